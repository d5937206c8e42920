"""`run` and `compare`: the same answer however many work on it, and a folder that holds all of it."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from deskdrill.reports.cli.compare import Args, compare
from deskdrill.reports.cli.main import main
from deskdrill.reports.cli.run import run
from deskdrill.simulator.manifest import read_manifest
from deskdrill.simulator.run_folder import RunFolder

Told = Callable[..., str]
TWICE = ("--replications", "2", "--workers", "1")


COMPARE = ("compare", "tiny.yaml", "people.yaml", "blocker.yaml", *TWICE)


@pytest.fixture(scope="module")
def kept(desk_files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a comparison."""
    folder = tmp_path_factory.mktemp("kept")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        for name, text in desk_files.items():
            (folder / name).write_text(text)
        assert main((*COMPARE, "--out", "runs/one")) == 0
    return folder / "runs" / "one"


def test_the_same_bytes_with_one_worker_and_with_two(workspace: Path, told: Told) -> None:
    argv = ("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "2", "--format", "json")
    assert told(*argv, "--workers", "1") == told(*argv, "--workers", "2")


def test_another_seed_is_another_week(workspace: Path, told: Told) -> None:
    argv = ("run", "tiny.yaml", "people.yaml", *TWICE, "--format", "json")
    assert told(*argv) == told(*argv, "--seed", "1")
    assert told(*argv) != told(*argv, "--seed", "2")


def test_stdout_is_json_and_nothing_else(workspace: Path, told: Told) -> None:
    data = json.loads(told("run", "tiny.yaml", "people.yaml", *TWICE, "--seed", "7", "--format", "json"))
    assert (data["scenario"], data["policies"], data["seed"], data["replications"]) == ("tiny", ["people"], 7, 2)
    assert data["differences"] == []


def test_the_text_starts_with_what_decides(workspace: Path, told: Told) -> None:
    text = told("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "3", "--workers", "1")
    assert text.startswith("Too few replications to rank (3; it takes 5); means: people ")
    assert "\npeople: " in text
    assert "\nblocker: " in text
    assert "not the assumptions" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_command_is_a_function_of_its_arguments(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Args("tiny.yaml", ("people.yaml",), replications=2, workers=1)) == 0
    alone = capsys.readouterr().out
    assert compare(Args("tiny.yaml", ("people.yaml", "blocker.yaml"), replications=2, workers=1)) == 0
    both = capsys.readouterr().out
    row = next(line for line in alone.splitlines() if line.startswith("helped_rate"))
    assert row.split()[2] in both


def test_customers_write_the_messages_of_a_file(workspace: Path, told: Told) -> None:
    told("run", "tiny.yaml", "people.yaml", *TWICE, "--messages", "messages.csv", "--out", "out")
    listed = json.loads(told("transcripts", "out", "--format", "json", "--limit", "200"))
    openings = {each["opening"] for each in listed}
    # The test rows, and what customers say beside them: who asks for a person at once says nothing of the problem.
    written = {opening for opening in openings if opening[-1:].isdigit()}
    assert written
    assert {opening.rpartition(" ")[2] for opening in written} <= {"6", "7", "8"}


def test_the_folder_holds_everything(kept: Path) -> None:
    names = {path.name for path in kept.iterdir()}
    assert names == {
        "report.html",
        "results.json",
        "manifest.json",
        "scenario.json",
        "policies",
        "summaries",
        "tables",
        "texts.parquet",
    }
    assert (kept / "policies" / "people.yaml").read_text() == (kept.parents[1] / "people.yaml").read_text()
    manifest = read_manifest(kept)
    assert (
        manifest.command
        == "deskdrill compare tiny.yaml people.yaml blocker.yaml --replications 2 --workers 1 --out runs/one"
    )
    assert manifest.policies == ("people", "blocker")
    assert len(list((kept / "tables" / "conversations").glob("*.parquet"))) == 4


def test_the_kept_results_are_those_that_are_printed(kept: Path, workspace: Path, told: Told) -> None:
    assert (kept / "results.json").read_text(encoding="utf-8") == told(*COMPARE, "--format", "json")


def test_the_last_line_says_where_the_report_is(workspace: Path, told: Told) -> None:
    text = told("run", "tiny.yaml", "people.yaml", *TWICE, "--out", "runs/two")
    assert text.splitlines()[-1] == f"Report: {Path('runs/two/report.html')}"
    assert (workspace / "runs" / "two" / "report.html").stat().st_size > 1000


def test_the_headline_is_repeated_before_the_report_is_named(workspace: Path, told: Told) -> None:
    text = told(*COMPARE, "--out", "out")
    first, *_, last, report = text.strip().split("\n\n")
    assert first.startswith(f"{last}\n")
    assert report.startswith("Report: ")


def test_what_is_odd_about_the_scenario_stands_beside_the_figures(workspace: Path, told: Told) -> None:
    scenario = workspace / "tiny.yaml"
    scenario.write_text(scenario.read_text().replace("per_week: 1400", "per_week: 6000", 1))
    text = " ".join(told("run", "tiny.yaml", "people.yaml", *TWICE, "--out", "out").split())
    message = "team `billing` is overloaded: a week brings 1.15 times the work that its agents can do"
    assert f" warning D902: {message}, so customers have to leave unserved, unless a bot keeps 13% of them away " in text
    (found,) = json.loads((workspace / "out" / "results.json").read_text())["notes"]
    assert (found["id"], found["level"]) == ("D902", "warning")
    assert found["message"].startswith(message)
    page = (workspace / "out" / "report.html").read_text(encoding="utf-8")
    assert '<ul class="notes"><li>warning D902: team <code>billing</code> is overloaded: ' in page
    (workspace / "actual.csv").write_text("measure,value,tolerance\nservice_level,50%,50pp\n")
    argv = ("backtest", "tiny.yaml", "people.yaml", "actual.csv", *TWICE)
    assert "warning D902: team `billing` is overloaded" in told(*argv)
    assert json.loads(told(*argv, "--format", "json"))["notes"] == [found]


@pytest.mark.parametrize("policies", [("people.yaml",), ("people.yaml", "blocker.yaml")])
def test_a_week_without_customers_is_an_answer(workspace: Path, told: Told, policies: tuple[str, ...]) -> None:
    scenario = workspace / "tiny.yaml"
    scenario.write_text(scenario.read_text().replace("per_week: 1400", "per_week: 0.01"))
    command = "run" if len(policies) == 1 else "compare"
    assert "obody wrote in" in told(command, "tiny.yaml", *policies, *TWICE)
    told(command, "tiny.yaml", *policies, *TWICE, "--out", "out")
    assert (workspace / "out" / "report.html").is_file()
    assert told("transcripts", "out") == "No conversation fits all of these.\n"


def test_the_hint_of_a_list_can_be_pasted(kept: Path, workspace: Path, told: Told) -> None:
    (workspace / "my run").symlink_to(kept)
    assert "One in full: deskdrill transcripts 'my run' " in told("transcripts", "my run", "--limit", "1")


def test_prose_is_as_wide_as_columns_says(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    assert 60 < max(map(len, told("describe", "careful").splitlines())) <= 70
    monkeypatch.setenv("COLUMNS", "180")
    assert 110 < max(map(len, told("describe", "careful").splitlines())) <= 180


def test_a_run_takes_the_place_of_an_older_one(workspace: Path, told: Told) -> None:
    for policy in ("people", "blocker"):
        told("run", "tiny.yaml", f"{policy}.yaml", *TWICE, "--out", "out", "--format", "json")
        assert read_manifest(workspace / "out").policies == (policy,)
        assert [path.name for path in (workspace / "out" / "policies").iterdir()] == [f"{policy}.yaml"]


def test_transcripts_are_listed_the_worst_first(kept: Path, told: Told) -> None:
    listed = json.loads(told("transcripts", str(kept), "--format", "json", "--limit", "50"))
    assert len(listed) == 50
    badness = [each["badness"] for each in listed]
    assert badness == sorted(badness, reverse=True)
    text = told("transcripts", str(kept), "--limit", "3")
    assert text.splitlines()[2].startswith(listed[0]["id"])
    assert f"One in full: deskdrill transcripts {kept} {listed[0]['id']}" in text


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        (("--policy", "blocker"), lambda each: each["policy"] == "blocker"),
        (("--segment", "trial"), lambda each: each["segment"] == "trial"),
        (("--intent", "refund"), lambda each: each["intent"] == "refund"),
        (("--outcome", "left_in_bot"), lambda each: each["outcome"] == "left_in_bot"),
        (("--loops",), lambda each: each["loop"]),
        (("--unhelped", "--policy", "people"), lambda each: not each["helped"] and each["policy"] == "people"),
        (("--replication", "1"), lambda each: each["id"].split("/")[1] == "1"),
    ],
)
def test_a_list_is_narrowed(
    kept: Path, told: Told, filters: tuple[str, ...], holds: Callable[[dict[str, str]], bool]
) -> None:
    listed = json.loads(told("transcripts", str(kept), *filters, "--format", "json"))
    assert listed
    assert all(holds(each) for each in listed)


def test_one_conversation_is_shown_with_its_rules_and_the_truth(kept: Path, told: Told) -> None:
    (first,) = json.loads(told("transcripts", str(kept), "--policy", "people", "--limit", "1", "--format", "json"))
    text = told("transcripts", str(kept), first["id"])
    assert text.startswith(first["id"])
    assert "placed in " in text
    assert "[billing knows about money]" in text or "[frontline knows the rest]" in text
    assert "What the rules saw when it opened\n  customer.plan" in text
    assert "The truth, which no rule sees\n  segment" in text
    data = json.loads(told("transcripts", str(kept), first["id"], "--format", "json"))
    assert (data["id"], data["truth"]["segment"]) == (first["id"], first["segment"])
    assert all(line["at"][:3] in text for line in data["lines"])


def test_no_conversation_is_an_answer_too(kept: Path, told: Told) -> None:
    assert told("transcripts", str(kept), "--policy", "people", "--loops") == "No conversation fits all of these.\n"


def test_what_a_run_does_not_know_is_one_line(kept: Path, refused: Callable[..., list[str]]) -> None:
    assert refused("transcripts", str(kept), "--segment", "trail") == [
        f"{kept}: no segment `trail` in this run; did you mean `trial`?"
    ]
    assert refused("transcripts", str(kept), "people/0/999999.1") == [
        f"{kept}: no conversation `people/0/999999.1` in this run"
    ]
    assert refused("transcripts", str(kept), "xyz") == [
        f"{kept}: `xyz` is not the id of a conversation, such as `blocker/0/12.1`"
    ]
    (line,) = refused("transcripts", str(kept.parent))
    assert line.startswith(f"{kept.parent}: no run here")


CONFUSED = """recogniser:
  kind: confusion
  right: 60%
  asks_for_person: 90%
  confidence: {right: {from: 60%, to: 90%}, wrong: {from: 30%, to: 70%}}
"""
CAUTIOUS = """\
policy: cautious
guards:
  - {id: no-prices, when: {message.intent: pricing}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.5}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, when: {message.intent: refund, message.confidence: {gte: 0.4}}, then: {route: billing}}
    default: {route: frontline}
"""


@pytest.fixture(scope="module")
def guessed(desk_files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run whose recogniser is given by a confusion matrix."""
    folder = tmp_path_factory.mktemp("guessed")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        (folder / "confused.yaml").write_text(desk_files["tiny.yaml"] + CONFUSED)
        (folder / "cautious.yaml").write_text(CAUTIOUS)
        (folder / "messages.csv").write_text(desk_files["messages.csv"])
        assert main(("run", "confused.yaml", "cautious.yaml", *TWICE, "--messages", "messages.csv", "--out", "one")) == 0
    return folder / "one"


def test_a_transcript_shows_what_was_drawn_and_what_came_of_it(guessed: Path, told: Told) -> None:
    """What the bot answered and the rules did follows from the guesses that the transcript shows."""
    filters = (("--team", "billing"), ("--intent", "pricing"), ("--misrouted",))
    listed = [each for some in filters for each in json.loads(told("transcripts", str(guessed), *some, "--limit", "6", "--format", "json"))]
    seen = {"answer": 0, "guard": 0, "money": 0}
    for each in listed:
        data = json.loads(told("transcripts", str(guessed), each["id"], "--format", "json"))
        said = [line for line in data["lines"] if line["author"] in ("customer", "bot")]
        for before, after in pairwise(said):
            answered = after["author"] == "bot" and after["note"].startswith("answer ")
            assert not answered or f"recognised as {after['note'].split()[1]}, " in before["note"]
            seen["answer"] += answered
        notes = [line["note"] for line in said if line["author"] == "customer"]
        done = [line["text"] for line in data["lines"] if line["author"] == "system"]
        guarded = "guard `no-prices` keeps the bot away" in done
        assert not guarded or "recognised as pricing" in notes[-1]
        money = any("by rule `routing.money`" in text for text in done)
        assert not money or any("recognised as refund" in note for note in notes)
        fired = "\n".join(data["trace"])
        assert money == ("routing.money fired" in fired)
        assert guarded == ("no-prices fired" in fired) or len(notes) > 1
        seen["guard"] += guarded
        seen["money"] += money
    assert all(seen.values())


def test_where_guesses_are_drawn_the_texts_say_nothing_of_them(guessed: Path) -> None:
    run = RunFolder(guessed)
    assert {"recognised", "confidence"}.isdisjoint(run.rows("SELECT * FROM texts LIMIT 1")[0])
    (found,) = run.rows(
        "SELECT count(*) AS messages, count(recognised) AS recognised, count(confidence) AS sure, min(turn) AS first FROM messages WHERE author = 'customer'"
    )
    assert 0 < found["recognised"] < found["messages"] == found["sure"]
    assert found["first"] == 0


def test_replications_are_added_until_it_is_as_precise_as_wanted(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "2", "--workers", "1", "--format", "json", "--out", "out")
    assert main((*argv, "--precision", "helped_rate=40%", "misroute_rate=30pp", "--precision", "lost_rate=0.4")) == 0
    easy, said = json.loads(capsys.readouterr().out), capsys.readouterr().err
    assert [(each["asked"], each["reached"]) for each in easy["precision"]] == [("helped_rate=40%", True), ("misroute_rate=30pp", True), ("lost_rate=0.4", True)]
    assert easy["replications"] == 10
    assert said == ""
    assert main((*argv, "--precision", "helped_rate=0.0001", "--at-most", "12", "--resume")) == 0
    found = capsys.readouterr()
    assert json.loads(found.out)["replications"] == 12
    assert [each["reached"] for each in json.loads(found.out)["precision"]] == [False]
    assert re.fullmatch(r"after 10 replications helped_rate of \w+ is ±.* pp, ±0.01 pp wanted: 2 more, about \d+ s\n", found.err)
    assert "NOT as precise as wanted after 12 replications" in (workspace / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (("--at-most", "12"), "deskdrill compare: `--at-most` goes with `--precision`"),
        (("--precision", "helped=1%"), "deskdrill compare: `--precision`: no such measure: `helped`; did you mean `helped_rate`?"),
        (("--precision", "helped_rate=1%", "wait_p90_s=5 apples"), "deskdrill compare: `--precision`: expected a duration"),
        (("--precision", "helped_rate=1%", "--", "x=1"), "x=1: "),
    ],
)
def test_a_precision_that_is_none_is_one_line(added: tuple[str, ...], said: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("compare", "tiny.yaml", "people.yaml", "blocker.yaml", *added)) == 2
    assert capsys.readouterr().err.startswith(said)
