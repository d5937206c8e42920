"""`deskdrill staff --shifts` and `--wage`: shifts and what hours cost, as people and programs read it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deskdrill.documents import parse_document
from deskdrill.reports.cli.main import main

FEW = ("staff", "tiny.yaml", "people.yaml", "--replications", "3", "--workers", "1")
WANTED = ("--answer-within", "3m", "--for", "60%", "--team", "billing")
SHIFTS = """\
currency: EUR
wage: 20
shifts:
  long: {starts: ["08:00", "11:30"], lengths: [8h30m], breaks: [{lasts: 30m, within: 3h-5h}], contract: full}
contracts:
  full: {days_at_most: 5, rest: 11h}
"""


@pytest.fixture
def shifts(workspace: Path) -> Path:
    path = workspace / "shifts.yaml"
    path.write_text(SHIFTS)
    return path


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main((*FEW, *WANTED, *argv))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.usefixtures("shifts")
def test_programs_are_told_the_shifts_and_what_they_reach(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "--shifts", "shifts.yaml", "--format", "json", "--write", "needed.yaml")
    data = json.loads(text)
    found = data["shifts"]
    assert (code, found["covered"], found["currency"], found["gap_reached"]) == (data["exit_code"], True, "EUR", True)
    assert all({"target", "value", "low", "high", "pass"} <= set(each) for each in found["reached"])
    assert min(found["checked_on"]) >= max(data["checked_on"])
    assert found["paid_hours"] == 8 * sum(each["people"] for each in found["shifts"])
    assert found["cost"] == 20 * found["paid_hours"]
    assert all(each["there"] >= each["needed"] for each in found["half_hours"])
    assert sum(each["there"] for each in found["half_hours"]) / 2 == found["needed_hours"] + found["surplus_hours"]
    # What is written is who the shifts bring there while the team is open, who is on a break left out.
    written = parse_document(Path("needed.yaml").read_text()).data["teams"]["billing"]["staffing"]
    assert data["staffing"] == {"billing": written}
    on_monday = {each["from"]: each["there"] for each in found["half_hours"]}
    (first,) = [many for hours, many in written.items() if re.match(r"Mon\S* 08-", hours)]
    assert first == on_monday["Mon 08:00"]


@pytest.mark.usefixtures("shifts")
def test_people_read_shifts_breaks_contracts_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = run(capsys, "--shifts", "shifts.yaml")
    assert code in {0, 1, 3}
    assert re.search(r"^Shifts: \d+ a week, [\d.]+ paid hours, [\d,]+ EUR with premiums\.$", text, re.MULTILINE)
    assert re.search(r"This is at most \d\.\d\d% above the cheapest there can be\.", text)
    assert re.search(r"^long +billing +08:00-16:30", text, re.MULTILINE)
    assert re.search(r"^full +billing +\d+$", text, re.MULTILINE)
    assert re.search(r"cost EUR +cost EUR +cost EUR\n +.*without premiums", text)
    assert "What the shifts reach:" in text


def test_what_shifts_cannot_cover_is_told_with_the_reason(shifts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shifts.write_text(SHIFTS.replace(', "11:30"', "").replace("rest: 11h", "people_at_most: 0"))
    code, text, _ = run(capsys, "--shifts", "shifts.yaml", "--write", "needed.yaml")
    assert code == 1
    told = text.replace("\n  ", " ")
    assert "These shifts cannot cover what is needed: 48 half-hours lack people" in told
    assert re.search(r"billing, Mon 08:00-16:30: up to \d people lack though shifts are worked then: contracts", told)
    assert "billing, Mon 16:30-20:00: no shift is worked then; allow one that begins earlier or lasts longer." in told
    assert not Path("needed.yaml").exists()


def test_a_wrong_file_of_shifts_is_refused_before_anything_runs(shifts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shifts.write_text(SHIFTS.replace("contract: full", "contract: ful").replace("wage: 20", "wage: -20"))
    code, text, error = run(capsys, "--shifts", "shifts.yaml")
    assert (code, text) == (2, "")
    assert error.startswith("shifts.yaml:2:7: ")
    assert run(capsys, "--shifts", "day-shift")[::2] == (2, "day-shift: no such file of shifts, nor shipped ones; did you mean `day-shifts`?\n")


@pytest.mark.usefixtures("workspace")
def test_hours_have_a_price_where_a_wage_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = run(capsys, "--wage", "28.50", "--format", "json")
    data = json.loads(text)
    assert data["cost"] == pytest.approx(28.5 * data["agent_hours"])
    assert data["teams"][0]["cost"] == data["cost"]
    assert sum(data["cost_by_hour"]) == pytest.approx(data["cost"])
    assert len(data["cost_by_hour"]) == 24
    _, text, _ = run(capsys, "--wage", "28.50")
    assert re.search(rf"^billing .* {data['cost']:,.0f} +[+-][\d,]+$", text, re.MULTILINE)
    code, _, error = run(capsys, "--wage", "-3")
    assert code == 2
    assert "expected an amount for an hour such as `28` or `28.50`, found `-3`" in error
