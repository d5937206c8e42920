"""`deskdrill staff`: how many agents each team needs, as people and programs read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.documents import parse_document
from deskdrill.reports.cli.main import main
from deskdrill.scenarios.loading import load_scenario

FEW = ("staff", "tiny.yaml", "people.yaml", "--replications", "3", "--workers", "1")
WANTED = ("--answer-within", "3m", "--for", "60%", "--team", "billing")


@pytest.fixture
def answer(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs `deskdrill staff` on the small desk; gives its exit code and what it prints."""

    def run(*argv: str) -> tuple[int, str]:
        code = main((*FEW, *argv))
        said = capsys.readouterr()
        assert said.err == ""
        return code, said.out

    return run


def test_programs_are_told_the_roster_by_half_hour_and_what_it_reaches(answer: Callable[..., tuple[int, str]]) -> None:
    code, text = answer(*WANTED, "--format", "json")
    data = json.loads(text)
    assert code == data["exit_code"] == {True: 0, False: 1, None: 3}[min((each["pass"] for each in data["reached"]), key=[False, None, True].index)]
    rows = data["roster"]
    assert {"team", "from", "to", "agents", "now"} == set(rows[0])
    # Two days of twelve hours, all of them open today and still.
    assert [(rows[at]["from"], rows[at]["to"]) for at in (0, -1)] == [("Mon 08:00", "Mon 08:30"), ("Tue 19:30", "Tue 20:00")]
    assert len(rows) == 48
    assert all(row["agents"] >= 1 and row["now"] == 2 for row in rows)
    assert data["agent_hours"] == sum(row["agents"] for row in rows) / 2
    assert all({"target", "value", "low", "high", "pass"} <= set(each) for each in data["reached"])
    assert all(each["low"] <= each["value"] <= each["high"] for each in data["reached"])
    assert answer(*WANTED, "--format", "json") == (code, text)


def test_people_read_what_is_needed_now_and_what_differs(answer: Callable[..., tuple[int, str]]) -> None:
    _, text = answer(*WANTED)
    assert text.startswith("people on tiny: ")
    assert "agent hours in the days of the run are needed" in text.replace("\n  ", " ")
    assert "billing: agents on the roster in each half-hour, needed (difference from today):" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_rows_that_are_written_are_a_scenario_s(answer: Callable[..., tuple[int, str]]) -> None:
    _, text = answer(*WANTED, "--write", "needed.yaml", "--format", "json")
    written = parse_document(Path("needed.yaml").read_text()).data["teams"]["billing"]["staffing"]
    data = json.loads(text)
    assert data["staffing"] == {"billing": written}
    # In place of what stands there, they are a roster of so many.
    before = Path("tiny.yaml").read_text()
    rows = ", ".join(f"'{hours}': {agents}" for hours, agents in written.items())
    Path("tiny.yaml").write_text(before.replace("billing: {staffing: {Mon-Fri 08-20: 2}", f"billing: {{staffing: {{{rows}}}"))
    changed = load_scenario("tiny.yaml").teams["billing"]
    days = changed.in_week().reshape(7, 48, 30).max(axis=2)
    assert [int(each) for each in days[0] if each] == [row["agents"] for row in data["roster"][:24]]
    # Days that are no part of the run stay as they are.
    assert all(sum(day) == 24 * 2 for day in days[2:5])


def test_several_policies_stand_side_by_side(answer: Callable[..., tuple[int, str]]) -> None:
    code, text = answer("blocker.yaml", *WANTED)
    assert re.search(r"blocker needs as many agent hours as people; blocker reaches \d of \d goals, people\s+\d of \d\.", text)
    _, text = answer("blocker.yaml", *WANTED, "--wage", "28")
    assert re.search(r"^cost +672 +672$", text, re.MULTILINE)
    _, text = answer("blocker.yaml", *WANTED, "--heads", "3")
    assert "blocker takes as many agent hours as people" in text
    assert re.search(r"^team +people +at once +blocker +at once$", text, re.MULTILINE)
    again, data = answer("blocker.yaml", *WANTED, "--format", "json")
    assert again == code
    people, blocker = json.loads(data)["policies"]
    worth = json.loads(data)["frontier"]
    assert [each["policy"] for each in worth] == ["people", "blocker"]
    assert [each["agent_hours"] for each in worth] == [24, 24]
    # As many agent hours: nobody beats the other in all three.
    assert all(each["best"] for each in worth)
    assert worth[0]["automated_resolution_rate"]["value"] == 0
    assert re.search(r"^people +0%.* 24\.0 +\*$", text, re.MULTILINE)
    assert people["agent_hours"] == blocker["agent_hours"] == 24
    assert blocker["reached"] == []
    assert people == json.loads(answer(*WANTED, "--format", "json")[1])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "say what to reach: `--for`, `--abandon-at-most`, `--occupancy-at-most` or `--targets`"),
        (("--answer-within", "2m"), "`--answer-within` needs the share to be answered by then: `--for 80%`"),
        (("--for", "120%"), "`--for`: "),
        (("--for", "100%"), "expected a share above 0% and below 100%, found `100%`"),
        (("--for", "80%", "--answer-within", "2"), "found `2`; did you mean `2m`?"),
        (("--for", "80%", "--team", "biling"), "tiny: --team: no team or group `biling`; did you mean `billing`?"),
        (("--for", "80%", "--answer-within", "biling=2m"), "tiny: --answer-within: no team `biling`; did you mean `billing`?"),
        (("--for", "80%", "--replications", "1"), "--replications"),
        (("--for", "80%", "--heads", "0"), "expected a number of heads such as `14` or `billing=5`, found `0`"),
        (("--for", "80%", "--heads", "biling=4"), "no team or group `biling` whose agents may be changed; did you mean `billing`?"),
        (("--for", "80%", "--heads", "2"), "--heads: it takes 3 for all together to be there at all whenever they are today"),
        (("blocker.yaml", "--for", "80%", "--write", "x.yaml"), "`--write` writes the roster of one policy"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(
    workspace: Path, refused: Callable[..., list[str]], argv: tuple[str, ...], said: str
) -> None:
    (line,) = refused("staff", "tiny.yaml", "people.yaml", *argv)
    assert said in line


def test_what_nobody_reaches_is_answered_with_no(answer: Callable[..., tuple[int, str]]) -> None:
    scenario = Path("tiny.yaml").read_text()
    Path("tiny.yaml").write_text(
        scenario.replace("    share: 70%\n", "    share: 70%\n    channels: {chat: 0, email: 1}\n").replace(
            "    share: 30%\n", "    share: 30%\n    channels: {chat: 0, email: 1}\n"
        )
    )
    code, text = answer("--answer-within", "1m", "--for", "90%", "--team", "billing")
    assert code == 1
    assert text.startswith("No number of agents reaches this")
    assert "alone take an agent longer than 1 min" in text.replace("\n  ", " ")


def test_what_one_agent_more_or_fewer_does_is_said_hour_by_hour(answer: Callable[..., tuple[int, str]]) -> None:
    _, text = answer(*WANTED, "--each-hour")
    table = text.partition("Customers a run who are answered in time more or fewer, with one agent on all days of that hour:\n")[2]
    assert [line.split()[:2] for line in table.splitlines()[2:14]] == [["billing", f"{hour:02}-{hour + 1:02}"] for hour in range(8, 20)]
    _, data = answer(*WANTED, "--each-hour", "--format", "json")
    margins = json.loads(data)["each_hour"]
    assert [each["hour"] for each in margins] == list(range(8, 20))
    assert all(each["more"]["low"] <= each["more"]["value"] <= each["more"]["high"] for each in margins)


@pytest.mark.parametrize(("path", "why"), [("none/needed.yaml", "there is no folder none"), (".", "is a folder")])
def test_rows_that_could_not_be_written_are_refused_before_the_work(
    workspace: Path, capsys: pytest.CaptureFixture[str], path: str, why: str
) -> None:
    assert main(("staff", "tiny.yaml", "people.yaml", *WANTED, "--write", path)) == 2
    assert capsys.readouterr().err == f"{path}: cannot be written: {why}\n"
    assert not list(workspace.glob("*.unfinished"))
