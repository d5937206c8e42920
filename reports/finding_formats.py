"""Findings for programs: JSON, SARIF 2.1.0 and GitHub's annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from .. import __version__
from ..errors import Problem, hint
from ..findings import Finding
from .annotations import annotation
from .finding_words import MEANINGS
from .inspection import Inspection

_SARIF_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def json_of(found: Inspection, exit_code: int) -> dict[str, Any]:
    """What was checked and found; a `witness` holds facts by field name, `null` where there is none."""
    problems: list[dict[str, Any]] = [
        {"id": None, "level": "error", "message": each.message}
        | {"place": each.place, "line": each.line, "column": each.column, "suggestion": each.suggestion}
        | {"witness": None}
        for each in found.problems
    ]
    findings: list[dict[str, Any]] = [
        {"id": each.id, "level": each.level, "message": each.message, "place": each.place, "line": each.line}
        | {"column": each.column, "suggestion": None, "witness": witness_of(each)}
        for each in found.findings
    ]
    checked = [{"place": each.place, "kind": each.kind, "name": each.name} for each in found.checked]
    return {"checked": checked, "findings": problems + findings, "exit_code": exit_code}


def witness_of(finding: Finding) -> dict[str, Any] | None:
    """The facts of a finding's witness as they stand in JSON: sets as sorted lists, durations in seconds."""
    if finding.witness is None:
        return None
    return {
        name: sorted(value) if isinstance(value, frozenset) else value for name, value in finding.witness.items()
    }


def sarif(found: Inspection, exit_code: int) -> dict[str, Any]:
    """A run of SARIF 2.1.0: each finding a result; what cannot be read, a notification of the tool."""
    ids = list(dict.fromkeys(each.id for each in found.findings))
    rules = [{"id": each, "shortDescription": {"text": MEANINGS[each]}} for each in ids]
    invocation: dict[str, Any] = {"executionSuccessful": not found.problems, "exitCode": exit_code}
    if found.problems:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": f"{each.message}{hint(each.suggestion)}"}, "locations": _at(each)}
            for each in found.problems
        ]
    results = [_result(each, ids.index(each.id)) for each in found.findings]
    driver = {"name": "deskdrill", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "invocations": [invocation]}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{**run, "results": results}]}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    about = {"ruleId": finding.id, "ruleIndex": index, "level": _SARIF_LEVELS[finding.level]}
    result = {**about, "message": {"text": finding.message}, "locations": _at(finding)}
    witness = witness_of(finding)
    return result if witness is None else {**result, "properties": {"witness": witness}}


def _at(each: Finding | Problem) -> list[dict[str, Any]]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(each.place.replace("\\", "/"))}}
    if each.line is not None:
        column = {} if each.column is None else {"startColumn": each.column}
        place["region"] = {"startLine": each.line, **column}
    return [{"physicalLocation": place}]


def github(found: Inspection) -> Iterator[str]:
    """An annotation for each problem and finding."""
    for each in found.problems:
        text = f"{each.message}{hint(each.suggestion)}"
        yield annotation("error", each.place, each.line, each.column, "deskdrill", text)
    yield from github_findings(found.findings)


def github_findings(findings: Sequence[Finding]) -> Iterator[str]:
    """An annotation for each finding, under its id."""
    for each in findings:
        yield annotation(_GITHUB_LEVELS[each.level], each.place, each.line, each.column, each.id, each.message)
