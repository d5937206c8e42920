"""Whatever is wrong with what is given: one line each, with its place, before anything is simulated or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Refused = Callable[..., list[str]]

POLICY = """\
policy: mine
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - id: one
        why: because
        when: {%s}
        then: {route: %s}
    default: {route: escalation}
"""


def edited(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text)


SCENARIO_MISTAKES = [
    # unknown key
    (("days: 2", "dyas: 2"), ["tiny.yaml:5:1: unknown key `dyas`; did you mean `days`?"]),
    # wrong type
    (("days: 2", "days: two"), ["tiny.yaml:5:7: expected a whole number, found `two`"]),
    # duplicate key
    (("days: 2\n", "days: 2\ndays: 3\n"), ["tiny.yaml:6:1: key `days` is given twice, first on line 5"]),
    # shares that do not sum to 1
    (("share: 70%", "share: 60%"), ["tiny.yaml:12:3: shares of the segments sum to 90%, not 100%"]),
    # nobody all week in a team that receives conversations
    (
        ("billing: {staffing: {Mon-Fri 08-20: 2}", "billing: {staffing: {Mon-Fri 08-20: 0}"),
        ["tiny.yaml:47:23: team `billing` receives conversations but has no agents all week"],
    ),
    # negative times
    (("median: 8h", "median: -8h"), ["tiny.yaml:21:45: a duration cannot be negative, found `-8h`"]),
]


@pytest.mark.parametrize(("change", "lines"), SCENARIO_MISTAKES)
def test_a_mistake_in_a_scenario_is_one_line(
    workspace: Path, refused: Refused, change: tuple[str, str], lines: list[str]
) -> None:
    edited(workspace / "tiny.yaml", change)
    assert refused("run", "tiny.yaml", "people.yaml", "--out", "out") == lines
    assert refused("compare", "tiny.yaml", "people.yaml", "blocker.yaml") == lines
    assert refused("check", "tiny.yaml")[: len(lines)] == lines
    assert not (workspace / "out").exists()


POLICY_MISTAKES = [
    # unknown team in a rule, and a near one
    ("customer.plan: trial", "biling", ["mine.yaml:9:23: rule `one` routes to unknown team `biling`; did you mean `billing`?"]),
    # an unknown value
    ("customer.plan: tril", "billing", ["mine.yaml:8:16: rule `one` tests `customer.plan` for unknown value `tril`; did you mean `trial`?"]),
    # the queue of a route that is no team
    (
        "queue.escalation.length: {gt: 3}",
        "billing",
        ["mine.yaml:8:16: `queue.escalation.length`: `escalation` is a route, not a team; did you mean `queue.triage.length`?"],
    ),
    # the truth
    (
        "customer.segment: trial",
        "billing",
        [
            "mine.yaml:8:16: rule `one` tests `customer.segment`, but a rule never sees the truth: test what is known of the "
            "customer, such as `customer.plan` or `customer.tenure`"
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("when", "route", "lines"), POLICY_MISTAKES)
def test_a_mistake_in_a_policy_is_one_line(
    workspace: Path, refused: Refused, when: str, route: str, lines: list[str]
) -> None:
    (workspace / "mine.yaml").write_text(POLICY % (when, route))
    assert refused("run", "tiny.yaml", "mine.yaml") == lines
    assert refused("backtest", "tiny.yaml", "mine.yaml", "actual.csv")[: len(lines)] == lines


def test_a_route_to_where_nobody_ever_works_stops_a_run(workspace: Path, refused: Refused) -> None:
    # Nobody's right team, so that the scenario itself is fine.
    edited(workspace / "tiny.yaml", ("  triage: {", "  night: {staffing: {Mon 08-09: 0}}\n  triage: {"))
    (workspace / "mine.yaml").write_text(POLICY % ("customer.plan: trial", "night"))
    message = "rule `one` routes to team `night`, where nobody is ever on shift; staff it, or route elsewhere"
    assert refused("run", "tiny.yaml", "mine.yaml") == [f"mine.yaml:9:23: {message}"]


ENDLESS = ("inbox: {shape: exponential, median: 8h}", "inbox: {shape: survival, points: [[1m, 1]]}")
LIVE = ("live: {shape: exponential, mean: 5m}\n        told: {shape: exponential, mean: 12m}", "live: {shape: survival, points: [[1m, 1]]}")


def test_a_queue_that_would_grow_for_ever_stops_a_run_without_a_bot(workspace: Path, refused: Refused, told: Callable[..., str]) -> None:
    edited(workspace / "tiny.yaml", LIVE, ENDLESS, ("per_week: 1400", "per_week: 8000"))
    grows = (
        "team `billing` is unstable: a week of customers who never leave brings 1.53 times the work that its agents can do, so "
        "the queue grows as long as customers arrive, unless a bot keeps 35% of them away"
    )
    assert refused("run", "tiny.yaml", "people.yaml")[0] == f"tiny.yaml:46:23: {grows}; policy `people` has none"
    assert refused("compare", "tiny.yaml", "blocker.yaml", "people.yaml")[0].endswith("policy `people` has none")
    assert told("check", "tiny.yaml", code=1).startswith(f"tiny.yaml:46:23: error D901: {grows}\n")
    assert told("check", "tiny.yaml", "blocker.yaml", "people.yaml", code=1).startswith(f"tiny.yaml:46:23: error D901: {grows}\n")
    assert told("check", "tiny.yaml", "blocker.yaml").startswith(f"tiny.yaml:46:23: warning D901: {grows}\n")
    with_bot = " ".join(told("run", "tiny.yaml", "blocker.yaml", "--replications", "1", "--workers", "1").split())
    assert f" warning D901: {grows} " in with_bot


def test_all_problems_of_all_files_are_told_at_once(workspace: Path, refused: Refused) -> None:
    edited(workspace / "tiny.yaml", ("days: 2", "dyas: 2"), ("billing: {staffing", "billing: {stafing"))
    (workspace / "mine.yaml").write_text("policy: mine\nguards: 5\nbot: {max_turns: 0}\n")
    (workspace / "messages.csv").write_text("text,label\n,manual\nhello,\n")
    lines = refused("compare", "tiny.yaml", "people.yaml", "mine.yaml", "nowhere.yaml", "--messages", "messages.csv")
    assert [line.split(": ")[0] for line in lines] == [
        "tiny.yaml:5:1",
        "tiny.yaml:47:13",
        "mine.yaml:2:9",
        "mine.yaml:3:18",
        "nowhere.yaml",
        "messages.csv:2:1",
        "messages.csv:3:1",
    ]


def test_an_empty_messages_file_is_one_line(workspace: Path, refused: Refused) -> None:
    (workspace / "messages.csv").write_bytes(b"")
    (line,) = refused("run", "tiny.yaml", "people.yaml", "--messages", "messages.csv")
    assert line.startswith("messages.csv: no messages")


def test_a_messages_file_in_latin_1_is_one_line(workspace: Path, refused: Refused) -> None:
    (workspace / "messages.csv").write_bytes("text,label\nhello,manual\ncafé,manual\n".encode("latin-1"))
    (line,) = refused("run", "tiny.yaml", "people.yaml", "--messages", "messages.csv")
    assert line.startswith("messages.csv:3:4: ")
    assert "UTF-8" in line


def test_a_label_without_an_intent_is_one_line(workspace: Path, refused: Refused) -> None:
    edited(workspace / "messages.csv", ("how do i export 0,manual", "how do i export 0,manul"))
    assert refused("run", "tiny.yaml", "people.yaml", "--messages", "messages.csv") == [
        "messages.csv:2:1: label `manul` has no intent in `messages.labels` of `tiny`; did you mean `manual`?"
    ]


def test_aliases_that_would_expand_to_gigabytes_are_refused(workspace: Path, refused: Refused) -> None:
    layers = [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 12)]
    (workspace / "bomb.yaml").write_text("\n".join(["a0: &a0 [x]", *layers]) + "\n")
    for argv in (("run", "bomb.yaml", "people.yaml"), ("run", "tiny.yaml", "bomb.yaml"), ("describe", "bomb.yaml")):
        (line,) = refused(*argv)
        assert line.startswith("bomb.yaml:")
        assert "aliases would expand to more than" in line


def test_missing_files_are_named_with_what_is_near(workspace: Path, refused: Refused) -> None:
    assert refused("run", "tony.yaml", "peeple.yaml") == [
        "tony.yaml: no such file; did you mean `tiny.yaml`?",
        "peeple.yaml: no such file; did you mean `people.yaml`?",
    ]
    assert refused("run", "saas-weak", "people.yaml") == [
        "saas-weak: no such shipped scenario or file; did you mean `saas-week`?"
    ]
    assert refused("describe", "carefull")[0].endswith("did you mean `careful`?")
    assert refused("check", "carefull")[0].endswith("did you mean `careful`?")
    assert refused("describe", "lost_rat")[0].endswith("did you mean `lost_rate`?")


def test_a_policy_given_for_a_scenario_is_told_so(workspace: Path, refused: Refused) -> None:
    assert refused("run", "people.yaml", "tiny.yaml") == [
        "people.yaml:1:1: this is a policy, not a scenario; the scenario comes first",
        "tiny.yaml:1:1: this is a scenario, not a policy; only the first name is a scenario",
    ]
    assert refused("run", "careful", "saas-week") == [
        "careful: this is a policy, not a scenario; the scenario comes first",
        "saas-week: this is a scenario, not a policy; only the first name is a scenario",
    ]


def test_two_policies_of_one_name_are_refused(workspace: Path, refused: Refused) -> None:
    (workspace / "copy.yaml").write_text("# a copy\n" + (workspace / "people.yaml").read_text())
    assert refused("compare", "tiny.yaml", "people.yaml", "copy.yaml") == [
        "copy.yaml:2:9: this policy is called `people`, and so is the policy of people.yaml; rename one of them"
    ]
    assert refused("compare", "tiny.yaml", "people.yaml", "people.yaml") == [
        "people.yaml:1:9: this policy is called `people`, and it is named twice"
    ]


def test_a_folder_that_is_no_run_is_not_overwritten(workspace: Path, refused: Refused) -> None:
    (workspace / "out").mkdir()
    (workspace / "out" / "thesis.txt").write_text("mine")
    (line,) = refused("run", "tiny.yaml", "people.yaml", "--out", "out")
    assert line.startswith("out: exists and is not a run folder")
    assert (workspace / "out" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("place", [".", "/", ""])
def test_a_run_is_not_written_where_its_folder_has_no_name(workspace: Path, refused: Refused, place: str) -> None:
    (line,) = refused("run", "tiny.yaml", "people.yaml", "--out", place)
    assert "a run makes one of its own, such as `runs/one`" in line


def test_names_too_long_for_files_are_one_line(workspace: Path, refused: Refused) -> None:
    long = "x" * 300
    assert refused("run", "tiny.yaml", "people.yaml", "--out", long) == [f"{long}: cannot be written: file name too long"]
    (line,) = refused("run", long, "people.yaml")
    assert line.endswith("file name too long") or "no such" in line
    edited(workspace / "people.yaml", ("policy: people", f"policy: {long}"))
    assert refused("run", "tiny.yaml", "people.yaml", "--out", "out") == [
        "people.yaml:1:9: the policy's name has 300 bytes; --out calls files by it: at most 200"
    ]
    assert not (workspace / "out").exists()


def test_a_file_name_that_would_steer_the_terminal_is_shown_escaped(workspace: Path, refused: Refused) -> None:
    (line,) = refused("run", "tiny.yaml", "x\x1b[31m.yaml")
    assert line == "x\\x1b[31m.yaml: no such file"


USAGE = [
    ((), "deskdrill run: argument `SCENARIO` is missing (`deskdrill run --help` explains)"),
    (("a",), "deskdrill run: argument `POLICY` is missing (`deskdrill run --help` explains)"),
    (("a", "b", "c"), "deskdrill run: got unexpected extra argument `c` (`deskdrill run --help` explains)"),
    (
        ("a", "b", "--sed", "1"),
        "deskdrill run: no such option `--sed`; did you mean `--seed`? (`deskdrill run --help` explains)",
    ),
    (("a", "b", "--seed"), "deskdrill run: option `--seed` requires an argument (`deskdrill run --help` explains)"),
    (
        ("a", "b", "--seed", "x"),
        "deskdrill run: `--seed`: expected a whole number from 0 to 9,223,372,036,854,775,807, found `x` (`deskdrill run --help` explains)",
    ),
    (
        ("a", "b", "--workers", "0"),
        "deskdrill run: `--workers`: expected a whole number from 1 to 1,024, found `0`; leave it out to use all processors "
        "(`deskdrill run --help` explains)",
    ),
    (
        ("a", "b", "--workers", "-2"),
        "deskdrill run: `--workers`: expected a whole number from 1 to 1,024, found `-2`; leave it out to use all processors "
        "(`deskdrill run --help` explains)",
    ),
    (
        ("a", "b", "--replications", "2.5"),
        "deskdrill run: `--replications`: expected a whole number from 1 to 100,000, found `2.5` (`deskdrill run --help` explains)",
    ),
    *(
        (
            ("a", "b", option, str(most + 1)),
            f"deskdrill run: `{option}`: expected a whole number from {least} to {most:,}, found `{most + 1}`{advice} "
            "(`deskdrill run --help` explains)",
        )
        for option, least, most, advice in (
            ("--replications", 1, 100_000, ""),
            ("--seed", 0, 2**63 - 1, ""),
            ("--workers", 1, 1_024, "; leave it out to use all processors"),
        )
    ),
    (
        ("a", "b", "--format", "jsn"),
        "deskdrill run: `--format`: expected one of `text`, `json`, found `jsn`; did you mean `json`? "
        "(`deskdrill run --help` explains)",
    ),
]


@pytest.mark.parametrize(("argv", "line"), USAGE)
def test_a_wrong_use_is_one_line_with_where_to_read_on(refused: Refused, argv: tuple[str, ...], line: str) -> None:
    assert refused("run", *argv) == [line]


def test_a_command_that_does_not_exist_is_told_what_is_near(refused: Refused) -> None:
    assert refused("rnu") == ["deskdrill: no such command `rnu`; did you mean `run`? (`deskdrill --help` explains)"]
    assert refused("compare", "a", "b") == [
        "deskdrill compare: two or more policies are compared; `deskdrill run` looks at one "
        "(`deskdrill compare --help` explains)"
    ]
