"""`check`, `describe` and `schema`: files looked at without running them."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from deskdrill.reports.cli.check import Args, check
from deskdrill.reports.cli.main import main
from deskdrill.rules import shipped
from deskdrill.scenarios import shipped_scenarios
from deskdrill.simulator.metrics import METRICS

Told = Callable[..., str]
Refused = Callable[..., list[str]]

UNREASONED = """\
policy: today
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: one, then: {route: %s}}
    default: {route: escalation}
"""


@pytest.fixture
def desk(workspace: Path) -> Path:
    """A workspace as `init` lays it out, whose one policy has a rule without a reason."""
    (workspace / "scenarios").mkdir()
    (workspace / "rules").mkdir()
    (workspace / "tiny.yaml").rename(workspace / "scenarios" / "tiny.yaml")
    (workspace / "rules" / "today.yaml").write_text(UNREASONED % "billing")
    return workspace


def test_what_ships_has_no_errors(told: Told) -> None:
    text = told("check", *shipped(), *shipped_scenarios())
    assert text.splitlines()[-1].startswith(f"{len(shipped()) + len(shipped_scenarios())} files checked: 0 errors, ")


SHIFTS = "shifts:\n  day: {starts: ['08:00'], lengths: [8h], skills: [%s]}\n"


def test_shifts_are_held_against_the_teams_of_the_scenario(desk: Path, told: Told, refused: Refused) -> None:
    Path("shifts.yaml").write_text(SHIFTS % "billing")
    assert told("check").splitlines()[-1] == "3 files checked: 0 errors, 0 warnings, 1 note"
    Path("shifts.yaml").write_text(SHIFTS % "biling")
    (line, count) = refused("check", "shifts.yaml")
    assert line == "shifts.yaml:2:52: the scenario has no team or group `biling` with agents of its own; did you mean `billing`?"
    assert count == "1 file checked: 1 error, 0 warnings, 0 notes"
    Path("shifts.yaml").write_text(SHIFTS.replace("8h", "8") % "billing")
    assert "expected a duration with its unit, found `8`" in refused("check", "shifts.yaml")[0]


def test_a_range_that_no_scenario_has_is_told(desk: Path, refused: Refused) -> None:
    place = Path("scenarios/tiny.yaml")
    place.write_text(place.read_text() + "  segments.*.share: {assumed: x, times: [0.5, 1]}\n")
    line, _ = refused("check", "scenarios/tiny.yaml")
    assert line.endswith("`segments.*.share` times 0.5 makes no scenario: shares of the segments sum to 50%, not 100%")
    assert line.startswith(f"{place}:{len(place.read_text().splitlines())}:")


def test_without_files_the_workspace_is_checked(desk: Path, told: Told) -> None:
    place = Path("rules/today.yaml")
    assert told("check") == (
        f"{place}:6:9: info Q804: rule `one` gives no reason; say in `why` what it is for\n"
        "2 files checked: 0 errors, 0 warnings, 1 note\n"
    )


def test_the_fail_level_decides_the_exit_code(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [check(Args(fail_on=level)) for level in ("error", "warning", "info")] == [0, 0, 1]
    assert main(("check", "--fail-on", "info")) == 1
    assert "Q804" in capsys.readouterr().out


def test_a_name_that_no_scenario_knows_is_an_error_at_any_level(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "biling")
    assert main(("check", "rules/today.yaml")) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "rules/today.yaml:6:33: error V104: rule `one` routes to unknown team `biling`; did you mean `billing`?",
        "1 file checked: 1 error, 0 warnings, 1 note",
    ]
    assert "Q804" in said.out


def test_policies_are_held_against_the_scenarios_of_the_workspace(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # `engineers` is a team of what ships, but not of this desk.
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "engineers")
    assert main(("check", "rules/today.yaml")) == 2
    assert "error V104: rule `one` routes to unknown team `engineers`" in capsys.readouterr().err
    assert main(("check", "rules/today.yaml", "--scenario", "saas-week")) == 0
    (desk / "scenarios" / "tiny.yaml").unlink()
    assert main(("check", "rules/today.yaml")) == 0


def test_a_route_to_nobody_is_an_error_of_the_policy(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = desk / "scenarios" / "tiny.yaml"
    scenario.write_text(scenario.read_text().replace("  triage: {", "  night: {staffing: {always: 0}}\n  triage: {", 1))
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "night")
    assert main(("check",)) == 1
    assert "error S503: rule `one` routes to team `night`" in capsys.readouterr().out


def test_a_team_that_a_group_answers_for_has_people(desk: Path, told: Told) -> None:
    scenario = desk / "scenarios" / "tiny.yaml"
    crew = "groups:\n  crew: {staffing: {always: 1}, skills: [night, billing]}\nescalation:"
    scenario.write_text(scenario.read_text().replace("  triage: {", "  night: {}\n  triage: {", 1).replace("escalation:", crew, 1))
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "night")
    assert "S503" not in told("check")


def test_what_is_odd_about_a_scenario_is_a_finding_of_its_file(desk: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = desk / "scenarios" / "tiny.yaml"
    scenario.write_text(scenario.read_text().replace("frontline: {staffing: {always: 2}", "frontline: {weight: 2, staffing: {always: 2}"))
    warning = f"{scenario.relative_to(desk)}:46:23: warning D903: no effect: nobody who takes from the inbox goes by `weighted_wait`"
    assert told("check", "scenarios").splitlines() == [warning, "1 file checked: 0 errors, 1 warning, 0 notes"]
    assert main(("check", "scenarios", "--fail-on", "warning", "--format", "json")) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["id"], found["level"], found["line"], found["column"]) == ("D903", "warning", 46, 23)


def test_a_broken_scenario_does_not_make_its_teams_unknown(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = desk / "scenarios" / "tiny.yaml"
    scenario.write_text(scenario.read_text().replace("days: 2", "days: two"))
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "night")
    assert main(("check",)) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"{Path('scenarios/tiny.yaml')}:5:7: expected a whole number, found `two`",
        "2 files checked: 1 error, 0 warnings, 1 note",
    ]


def test_files_of_neither_kind_are_told_so(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "near.yaml").write_text("about: x\npolcy: x\n")
    (workspace / "far.yaml").write_text("shopping: [milk]\n")
    assert main(("check", "near.yaml", "far.yaml", "nowhere-at-all.yaml")) == 2
    assert capsys.readouterr().err.splitlines() == [
        "near.yaml:2:1: unknown key `polcy`; did you mean `policy`?",
        "far.yaml:1:1: neither a scenario nor a policy: it has no key `scenario` or `policy`",
        "nowhere-at-all.yaml: no such file",
        "3 files checked: 3 errors, 0 warnings, 0 notes",
    ]


def test_a_phrasebook_is_checked_as_one(desk: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    book = desk / "scenarios" / "library" / "phrasebook" / "en.yaml"
    book.parent.mkdir(parents=True)
    text = (files("deskdrill.scenarios") / "library" / "phrasebook" / "en.yaml").read_text(encoding="utf-8")
    book.write_text(text)
    assert told("check").endswith("3 files checked: 0 errors, 0 warnings, 1 note\n")
    assert told("check", "rules").endswith("1 file checked: 0 errors, 0 warnings, 1 note\n")
    (desk / "other.yaml").write_text(text.replace("follow_ups:", "follow_ups: 1\nspare:", 1))
    assert main(("check", "other.yaml")) == 2
    assert "`spare`" in capsys.readouterr().err


def test_nothing_to_check_is_not_a_clean_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused("check") == [
        "deskdrill check: nothing to check: no files named, and none in scenarios/ or rules/ here"
    ]
    (tmp_path / "rules").mkdir()
    assert refused("check", "rules") == ["rules: no YAML files in this folder"]


def test_a_broken_scenario_beside_a_policy_is_not_replaced_by_another(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its policy is not held against the names of the other scenarios in the folder."""
    other = (desk / "scenarios" / "tiny.yaml").read_text()
    (desk / "mine.yaml").write_text(other.replace("billing", "money").replace("days: 2", "days: [2]"))
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "money")
    assert main(("check", "mine.yaml", "rules/today.yaml")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["mine.yaml", "2 files checked"]


def test_findings_as_json(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "rules" / "today.yaml").write_text(UNREASONED % "biling")
    (desk / "rules" / "worse.yaml").write_text("policy: worse\nguards: 5\n")
    assert main(("check", "rules", "--format", "json")) == 2
    said = capsys.readouterr()
    assert said.err == ""
    data = json.loads(said.out)
    assert data["exit_code"] == 2
    assert data["checked"] == [{"place": str(Path("rules/today.yaml")), "kind": "policy", "name": "today"}]
    assert [(each["id"], each["level"], each["line"]) for each in data["findings"]] == [
        (None, "error", 2),
        ("Q804", "info", 6),
        ("V104", "error", 6),
    ]


def test_everything_that_ships_is_listed(told: Told) -> None:
    text = told("describe")
    for name in (*shipped_scenarios(), *shipped(), *(metric.id for metric in METRICS), "customer.plan"):
        assert f"\n  {name} " in text


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_every_measure_is_explained(told: Told, metric: object) -> None:
    text = " ".join(told("describe", metric.id).split())
    assert metric.numerator in text
    assert f"Denominator: {metric.denominator}." in text or not metric.denominator


def test_a_scenario_is_described_with_its_sources(workspace: Path, told: Told) -> None:
    text = told("describe", "tiny.yaml")
    assert text.startswith("Scenario tiny. A small desk for tests.\n")
    assert "2 days from Mon 2026-03-02, Europe/London time. About 1,400 new problems in a full week" in text
    assert "- trial: 30% of problems. Plan trial 100%" in text
    assert "- published: teams.*.staffing: a roster on the wall" in text
    assert "12 measured, 3 published" in text
    assert "What no rule places goes to triage" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_policy_is_described(workspace: Path, told: Told) -> None:
    text = told("describe", "people.yaml")
    assert text.startswith("Policy people. Everybody meets a person.\n")
    assert "1. money: if the recognised intent is refund, send it to billing. Why: billing knows about money." in text
    assert max(map(len, told("describe", "careful").splitlines())) <= 100


@pytest.mark.parametrize(("kind", "key"), [("policy", "rulesets"), ("scenario", "segments")])
def test_a_schema_is_json_schema(told: Told, kind: str, key: str) -> None:
    schema = json.loads(told("schema", kind))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert key in schema["properties"]
