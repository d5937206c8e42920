"""Findings for programs, and the page that tells them all."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.errors import Problem
from deskdrill.findings import Finding
from deskdrill.reports.cli.main import main
from deskdrill.reports.finding_formats import github_findings, json_of, sarif
from deskdrill.reports.finding_words import MEANINGS, PAGE
from deskdrill.reports.inspection import Inspection

Told = Callable[..., str]
ROOT = Path(__file__).parents[2]
SHADOWED = """\
policy: today
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: charges, why: so, when: {message.text: {contains_any: [charge]}}, then: {route: billing}}
      - {id: twice, why: so, when: {message.text: {contains_any: [charge twice]}, customer.flags: {contains_any: [vip]}}, then: {route: success}}
    default: {route: escalation}
"""

places = st.none() | st.integers(1, 500)
some_findings = st.builds(
    Finding, st.sampled_from(sorted(MEANINGS)), st.sampled_from(("info", "warning", "error")), st.text(), st.sampled_from(("rules/a b.yaml", "ü.yaml")), places, places,
    st.none() | st.just({"customer.flags": frozenset(("vip", "at_risk")), "customer.tenure": 60.0}),
)  # fmt: skip
some_problems = st.builds(Problem, st.just("rules/x.yaml"), st.text(), places, places, st.none() | st.just("refund"))
inspections = st.builds(Inspection, st.just(()), st.lists(some_problems, max_size=2).map(tuple), st.lists(some_findings, max_size=4).map(tuple))


def test_the_page_tells_every_finding_that_there_is_and_no_other() -> None:
    sources = [path for room in ("rules", "scenarios", "simulator", "reports", "src") for path in (ROOT / room).rglob("*.py")]
    used = {id_ for path in sources if path.name != "finding_words.py" for id_ in re.findall(r'"([VLCGSTQD]\d{3})"', path.read_text(encoding="utf-8"))}
    rows = re.findall(r"^\| ([A-Z]\d{3}) \| ([a-z, ]+) \|", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    assert [id_ for id_, _ in rows] == list(MEANINGS)
    assert used == set(MEANINGS)


def words(node: ast.expr) -> list[str]:
    """What an argument may be, where it is written there."""
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def test_the_page_tells_the_levels_and_of_which_there_is_a_witness() -> None:
    rows = re.findall(r"^\| ([A-Z]\d{3}) \| ([a-z, ]+) \| ?([a-z ]*)\|", (ROOT / PAGE).read_text(encoding="utf-8"), re.MULTILINE)
    levels, shown = {id_: set(levels.split(", ")) for id_, levels, _ in rows}, {id_ for id_, _, witness in rows if witness}
    calls = [
        node.args
        for path in (ROOT / "rules").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("finding", "Finding")
    ]
    made = [(id_, level, len(args)) for args in calls for id_ in words(args[0]) if id_ in MEANINGS for level in words(args[1])]
    assert {(id_, level) for id_, level, _ in made if level in ("info", "warning", "error")} <= {(id_, level) for id_ in levels for level in levels[id_]}
    assert {id_ for id_, _, count in made if count == 5 and id_[0] in "LCGT"} | {"S501", "S504"} == shown


@given(inspections)
def test_sarif_has_the_form_of_its_standard(found: Inspection) -> None:
    log = json.loads(json.dumps(sarif(found, 1)))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    (invocation,) = run["invocations"]
    notes = invocation.get("toolExecutionNotifications", [])
    assert (invocation["executionSuccessful"], len(notes)) == (not found.problems, len(found.problems))
    assert len(run["results"]) == len(found.findings)
    for result, finding in zip(run["results"], found.findings, strict=True):
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == finding.id
        assert result["level"] == {"info": "note"}.get(finding.level, finding.level)
        assert result["message"]["text"] == finding.message
    for each in (*run["results"], *notes):
        (location,) = each["locations"]
        assert re.fullmatch(r"[\w/.%-]+", location["physicalLocation"]["artifactLocation"]["uri"])
        region = location["physicalLocation"].get("region", {"startLine": 1})
        assert set(region) <= {"startLine", "startColumn"}
        assert all(number >= 1 for number in region.values())


@given(inspections)
def test_each_annotation_is_one_line_of_its_own(found: Inspection) -> None:
    lines = list(github_findings(found.findings))
    assert len(lines) == len(found.findings)
    for line, finding in zip(lines, found.findings, strict=True):
        assert re.fullmatch(rf"::(error|warning|notice) file=[^,:]+,[^:]*title={finding.id}::[^\r\n]*", line)


@given(inspections)
def test_json_keeps_every_witness(found: Inspection) -> None:
    told = json.loads(json.dumps(json_of(found, 0)))["findings"][len(found.problems) :]
    for each, finding in zip(told, found.findings, strict=True):
        assert each["witness"] == (None if finding.witness is None else {"customer.flags": ["at_risk", "vip"], "customer.tenure": 60.0})


def test_a_shadowed_rule_is_told_in_every_form(workspace: Path, told: Told) -> None:
    (workspace / "today.yaml").write_text(SHADOWED)
    message = (
        "rule `twice` never acts: whoever meets its condition meets that of `charges` first; put it before that one, or leave it out; "
        'for instance: customer.flags vip, message.text "charge twice"'
    )
    (line,) = (each for each in told("check", "today.yaml", "--scenario", "saas-week").splitlines() if "L204" in each)
    assert line == f"today.yaml:7:9: warning L204: {message}"
    data = json.loads(told("check", "today.yaml", "--scenario", "saas-week", "--format", "json"))
    (found,) = (each for each in data["findings"] if each["id"] == "L204")
    assert found["witness"] == {"message.text": "charge twice", "customer.flags": ["vip"]}
    assert f"::warning file=today.yaml,line=7,col=9,title=L204::{message}" in told("check", "today.yaml", "--scenario", "saas-week", "--format", "github")
    (run,) = json.loads(told("check", "today.yaml", "--scenario", "saas-week", "--format", "sarif"))["runs"]
    (result,) = (each for each in run["results"] if each["ruleId"] == "L204")
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 9}


def test_what_cannot_be_read_is_told_to_programs_too(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "bad.yaml").write_text("policy: today\nrulesetz: []\n")
    assert main(("check", "bad.yaml", "--format", "sarif")) == 2
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert main(("check", "bad.yaml", "--format", "github")) == 2
    assert capsys.readouterr().out.startswith("::error file=bad.yaml,line=2,")


def test_what_the_cases_do_not_try_is_found_where_it_is_asked_for(workspace: Path, told: Told) -> None:
    (workspace / "today.yaml").write_text(SHADOWED.replace("[charge twice]", "[refund]"))
    assert "Q80" not in told("check", "today.yaml", "--scenario", "saas-week")
    assert "today.yaml: warning Q801: no rule is tested: there is no `today.cases.yaml` beside it; write one\n" in told(
        "check", "today.yaml", "--scenario", "saas-week", "--cases"
    )
    (workspace / "today.cases.yaml").write_text("policy: today.yaml\ncases:\n  - {id: a, say: a charge, expect: {route: billing}}\n")
    lines = told("check", "today.yaml", "--scenario", "saas-week", "--cases").splitlines()
    assert "today.yaml:7:9: warning Q801: rule `routing.twice` is never tried; add a case in which it fires" in lines
