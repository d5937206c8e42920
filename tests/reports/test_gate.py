"""`gate` and `compare --targets`: yes, no or cannot tell, in words and for programs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deskdrill import assert_targets
from deskdrill.documents import parse_document
from deskdrill.reports.cli.main import main
from deskdrill.reports.gate_words import gate_github, gate_text
from deskdrill.reports.sections.targets import targets_table
from deskdrill.reports.targets import answer_of, answer_text
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.judging import shipping
from deskdrill.simulator.targets import targets_from_document

Told = Callable[..., str]
Refused = Callable[..., list[str]]
GATE = ("gate", "tiny.yaml", "people.yaml", "blocker.yaml", "--workers", "1", "--targets", "targets.yaml", "--at-most-replications")
# Of a desk on which `blocker` lets nobody through to a person.
REACHED = "  - {measure: occupancy, at_most: 95%}\n"
MISSED = "  - {measure: helped_rate, segment: trial, worse_by_at_most: 1pp}\n"


def write(*lines: str, baseline: str = "", prefer: str = "") -> None:
    Path("targets.yaml").write_text(f"{baseline}must:\n{''.join(lines)}{prefer}")


def gate(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main((*GATE, *argv))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_what_is_missed_comes_first_and_the_command_last(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(REACHED, MISSED)
    code, out, err = gate(capsys, "4")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == "blocker fails 1 of 2, passes 1 (targets of targets.yaml, 4 replications of tiny, seed 1; the"
    assert "; people: " in next(line for line in lines if line.startswith("pass"))
    assert [line.split()[0] for line in lines if line[:4] in ("FAIL", "OPEN", "pass")] == ["FAIL", "pass"]
    assert "- read them: deskdrill transcripts runs/gate --policy blocker --segment trial --unhelped" in lines
    assert lines[-1] == f"Again: deskdrill {' '.join(GATE)} 4"


def test_the_command_that_it_ends_with_comes_to_the_same(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(REACHED, MISSED)
    _, first, _ = gate(capsys, "3", "--seed", "5")
    again = first.splitlines()[-1].removeprefix("Again: deskdrill ").split()
    assert main(again) == 1
    assert capsys.readouterr().out == first


def test_all_reached_is_yes(workspace: Path, told: Told) -> None:
    write(REACHED)
    assert told(*GATE, "3").startswith("blocker passes 1 of 1 (")


@pytest.mark.parametrize(("inconclusive", "code"), [((), 3), (("--inconclusive", "warn"), 0), (("--inconclusive", "fail"), 1)])
def test_what_cannot_be_told_is_what_one_says_it_is(
    workspace: Path, capsys: pytest.CaptureFixture[str], inconclusive: tuple[str, ...], code: int
) -> None:
    write("  - {measure: bot_share, at_least: 10%, in_weeks: 90%}\n")
    ended, out, err = gate(capsys, "3", *inconclusive)
    assert ended == code
    assert "\nOPEN  bot_share at least 10% in 90% of replications: holds in 100% of 3 (29% to 100%); people: holds" in out
    assert "about 37 replications should tell" in out
    assert err == ("deskdrill gate: warning: blocker cannot tell of 1 of 1\n" if code == 0 else "")


def test_a_policy_is_never_worse_than_itself(workspace: Path, told: Told) -> None:
    write("  - {measure: helped_rate, worse_by_at_most: 0}\n")
    text = told("gate", "tiny.yaml", "people.yaml", "people.yaml", *GATE[4:], "3")
    assert text.startswith("people passes 1 of 1 (")
    assert "the baseline is\n  people-old)" in text


def test_open_targets_are_told_as_it_goes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("  - {measure: bot_share, at_least: 10%, in_weeks: 99.9%}\n", REACHED)
    code, _, err = gate(capsys, "21")
    assert code == 3
    assert err == "20 replications: 1 of 2 targets open: bot_share at least 10% in 99.9% of replications\n"


def test_a_policy_against_what_it_was_in_git(workspace: Path, told: Told) -> None:
    for line in ("init -q", "add people.yaml", "-c user.name=a -c user.email=a@example.com commit -qm one"):
        subprocess.run(["git", *line.split()], check=True)
    write(REACHED, baseline="baseline: people\n")
    data = json.loads(told("gate", "tiny.yaml", "HEAD:people.yaml", "people.yaml", *GATE[4:], "2", "--format", "json"))
    assert (data["old"], data["new"], data["baseline"]) == ("people-old", "people", "people-old")
    assert told("gate", "tiny.yaml", "HEAD:people.yaml", "people.yaml", *GATE[4:], "2", "--out", "runs/one")
    assert json.loads(Path("runs/one/results.json").read_text())["targets"]["ship"] == "people"
    told("transcripts", "runs/one", "--policy", "people-old")


def test_programs_read_json(workspace: Path, told: Told) -> None:
    write(REACHED, MISSED)
    data = json.loads(told(*GATE, "4", "--format", "json", code=1))
    reached, missed = data["policies"]["blocker"]
    assert (reached["verdict"], missed["verdict"], data["ship"], data["exit_code"]) == ("pass", "fail", None, 1)
    assert (missed["measure"], missed["segment"], missed["limit"], missed["line"]) == ("helped_rate", "trial", 0.01, 3)
    assert missed["limit"] < missed["low"] < missed["value"] < missed["high"]
    assert data["level"] == pytest.approx(0.975)


def test_builds_read_junit_and_annotations(workspace: Path, told: Told) -> None:
    write(REACHED, MISSED, "  - {measure: wait_p90_s, at_most: 20h, in_weeks: 99%}\n", REACHED)
    root = ET.fromstring(told(*GATE, "4", "--format", "junit", code=1))
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert len(cases) == 4
    assert cases["helped_rate of trial worse by at most 1 pp"] == ["failure"]
    annotations = told(*GATE, "4", "--format", "github", code=1).splitlines()
    assert annotations[0].startswith("::error file=targets.yaml,line=3,col=5,title=deskdrill gate%3A fail::helped_rate of trial")
    assert len(annotations) == 2
    warned = main((*GATE, "4", "--format", "github", "--inconclusive", "warn"))
    assert warned == 1


def test_compare_ends_with_what_to_ship(workspace: Path, told: Told) -> None:
    compare = ("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "4", "--workers", "1", "--targets", "targets.yaml")
    write(REACHED, MISSED)
    text = told(*compare, "--out", "runs/one")
    assert text.splitlines()[-3] == "keep people: passes 2 of 2"
    assert "\nblocker fails 1 of 2, passes 1\nFAIL  helped_rate of trial worse by at most 1 pp: " in text
    assert told("compare", "runs/one", "--targets", "targets.yaml").endswith("\nkeep people: passes 2 of 2\n")
    page = Path("runs/one/report.html").read_text()
    assert 'id="targets"' in page
    data = json.loads(Path("runs/one/results.json").read_text())["targets"]
    assert (data["ship"], data["baseline"], list(data["policies"])) == ("people", "people", ["people", "blocker"])
    write("  - {measure: bot_share, at_least: 10%}\n", "  - {measure: bot_share, at_most: 5%}\n")
    assert told(*compare, code=1).endswith("\nship none of them: each fails a target\n")
    write("  - {measure: wait_p90_s, at_most: 20h, in_weeks: 99%}\n")
    assert "ship nothing yet: people, blocker may pass 1 of 1" in told(*compare, code=3)
    write(REACHED, prefer="prefer: {measure: bot_share}\n".replace("bot_share", "helped_rate"))
    assert "\nkeep people: passes 1 of 1; best in helped_rate (people " in told(*compare)
    write(REACHED, prefer="prefer: {measure: lost_rate, margin: 90pp}\n")
    assert "\nkeep people: passes 1 of 1; in lost_rate none is better by more than 90.0 pp (people " in told(*compare)
    write(REACHED, baseline="baseline: blocker\n", prefer="prefer: {measure: helped_rate, segment: trial}\n")
    assert "\nship people: passes 1 of 1; best in helped_rate of trial (people " in told(*compare)
    write(REACHED)
    assert "ship any of people, blocker: each passes 1 of 1" in told(*compare)


def test_without_targets_there_is_no_such_section(workspace: Path, told: Told) -> None:
    told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--out", "runs/one")
    assert 'id="targets"' not in Path("runs/one/report.html").read_text()
    assert "targets" not in json.loads(Path("runs/one/results.json").read_text())


@pytest.mark.parametrize(
    ("text", "argv", "message"),
    [
        ("must: [{measure: wait_p90_s, at_most: 5m, team: biling}]", (), "targets.yaml:1:49: unknown team `biling`; did you mean `billing`?"),
        ("baseline: blocker\nmust: [{measure: wait_p90_s, at_most: 5m}]", (), "targets.yaml:1:11: the baseline `blocker` is none of the policies (`people`)"),
        ("must: [{measure: wait_p90_s, at_most: 5m}]", ("--targets", "no-ham"), "no-ham: no such file of targets, nor shipped ones; did you mean `no-harm`?"),
        ("must: [{measure: wait_p90_s, at_most: 5m}]", ("--targets", "gone.yaml"), "gone.yaml: no such file; did you mean `people.yaml`?"),
        ("must: [{measure: wait_p90_s, at_most: 5m}]", ("--at-most-replications", "1"), "deskdrill gate: `--at-most-replications`: expected a whole number from 2 to 100,000, found `1` (`deskdrill gate --help` explains)"),
        ("must: [{measure: wait_p90_s, at_most: 5m}]", ("--inconclusive", "warm"), "deskdrill gate: `--inconclusive`: expected one of `warn`, `fail`, found `warm`; did you mean `warn`? (`deskdrill gate --help` explains)"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(workspace: Path, refused: Refused, text: str, argv: tuple[str, ...], message: str) -> None:
    Path("targets.yaml").write_text(text)
    assert refused(*GATE, "3", *argv) == [message]


def test_mistakes_of_all_files_are_told_together(workspace: Path, refused: Refused) -> None:
    Path("targets.yaml").write_text("must: [{measure: wait_p90, at_most: 5m}]")
    lines = refused("gate", "tiny.yaml", "peple.yaml", "blocker.yml", "--targets", "targets.yaml")
    assert [line.split(":")[0] for line in lines] == ["peple.yaml", "blocker.yml", "targets.yaml"]
    assert len(refused("compare", "tiny.yaml", "people.yaml", "peple.yaml", "--targets", "targets.yaml")) == 2


def test_check_holds_targets_against_the_scenario(workspace: Path, told: Told, refused: Refused) -> None:
    write("  - {measure: wait_p90_s, team: billing, at_most: 5m}\n")
    told("check", "targets.yaml", "tiny.yaml")
    assert json.loads(told("check", "targets.yaml", "--format", "json"))["checked"][0]["kind"] == "targets"
    write("  - {measure: wait_p90_s, team: biling, at_most: 5m}\n")
    assert refused("check", "targets.yaml", "--scenario", "tiny.yaml")[0] == "targets.yaml:2:33: unknown team `biling`; did you mean `billing`?"
    write("  - {measure: wait_p90, at_most: 5m}\n")
    assert refused("check", "targets.yaml")[0].startswith("targets.yaml:2:15: unknown measure `wait_p90`")


def test_a_test_of_one_s_own_asks_the_same(workspace: Path, experiment: Experiment) -> None:
    write(REACHED)
    assert_targets(experiment, "targets.yaml", policy="people")
    write(REACHED, MISSED)
    with pytest.raises(AssertionError, match=r"^targets.yaml:3: misses trial: helped_rate worse_by_at_most 0.01: 0.[0-9]+, interval"):
        assert_targets(experiment, "targets.yaml", policy="blocker")
    write(REACHED, "  - {measure: bot_share, at_least: 10%, in_weeks: 99%}\n")
    with pytest.raises(AssertionError, match=r"^targets.yaml:3: cannot tell whether it reaches bot_share"):
        assert_targets(experiment, "targets.yaml", policy="blocker")
    with pytest.raises(ValueError, match="policy"):
        assert_targets(experiment, "targets.yaml")


def test_names_of_others_stay_text(experiment: Experiment) -> None:
    targets = targets_from_document(parse_document("must:\n  - {measure: wait_p90_s, at_most: 1s}\n", "a\x1b[2J.yaml"))
    answer = answer_of(shipping(experiment, targets), experiment)
    hostile = replace(targets.must[0], part=("team", "</td><script>alert(1)</script>\x1b[31m\u202e"))
    judged = tuple((at, tuple(replace(each, target=hostile) for each in found)) for at, found in answer.judged)
    changed = replace(answer, judged=judged, targets=replace(targets, must=(hostile,)), conclusion="</p><script>")
    told_of = replace(changed, targets=targets)
    page = targets_table(changed, experiment)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    for text in (answer_text(changed, experiment, 100), *gate_github(changed), gate_text(told_of, experiment, 20, "deskdrill gate", None, 100)):
        assert not {"\x1b", "\u202e"} & set(text)
