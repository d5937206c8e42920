"""Results of rule tests for programs: JSON, JUnit's XML and GitHub's annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from .annotations import annotation
from .case_words import because, difference_words, failure_words, violation_words
from .suites import Result

_NO_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNLIMITED = 10_000
"""Columns of a text that nobody folds."""


def json_of(found: Sequence[Result], exit_code: int) -> dict[str, Any]:
    """A list of results, and how many there are of each kind."""
    counts = {verdict: sum(each.verdict == verdict for each in found) for verdict in ("passed", "failed", "todo")}
    return {"cases": [_case_json(each) for each in found], **counts, "exit_code": exit_code}


def _case_json(result: Result) -> dict[str, Any]:
    case, outcome = result.case, result.outcome
    differences = [
        {
            "turn": each.step + 1,
            "key": each.expected.key,
            "expected": list(each.expected.value) if isinstance(each.expected.value, tuple) else each.expected.value,
            "actual": each.actual,
            "because": list(because(result, each)),
            "line": each.expected.line,
            "column": each.expected.column,
        }
        for each in outcome.differences
    ]
    place = {"file": result.place, "line": case.line, "column": case.column}
    about = {"id": case.id, "policy": result.bound.policy.name, "verdict": result.verdict, "todo": case.todo}
    violations = [
        {"invariant": each.invariant.id, "turn": each.step + 1, "told": violation_words(each)}
        for each in outcome.violations
    ]
    stopped = outcome.stopped
    return {**about, **place, "stopped": stopped, "differences": differences, "violations": violations}


def junit(found: Sequence[Result]) -> str:
    """One test suite a file, one test case a case, each name once; what is to do is skipped."""
    root = ET.Element("testsuites", _counts(found))
    for place, of_file in groupby(found, key=lambda each: each.bound.suite.place):
        mine = list(of_file)
        suite = ET.SubElement(root, "testsuite", {"name": xml_text(place), **_counts(mine)})
        for each in mine:
            about = {"classname": xml_text(place), "name": xml_text(each.case.id), "file": xml_text(each.place)}
            case = ET.SubElement(suite, "testcase", {**about, "line": str(each.case.line)})
            if each.verdict != "passed":
                tag = "failure" if each.verdict == "failed" else "skipped"
                message = each.case.todo or _headline(each)
                failure = ET.SubElement(case, tag, {"message": xml_text(message)})
                failure.text = xml_text(failure_words(each, _UNLIMITED))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _counts(found: Sequence[Result]) -> dict[str, str]:
    failed, todo = (sum(each.verdict == verdict for each in found) for verdict in ("failed", "todo"))
    return {"tests": str(len(found)), "failures": str(failed), "skipped": str(todo), "errors": "0"}


def github(found: Sequence[Result]) -> Iterator[str]:
    """A line for each difference, which GitHub shows beside the line of the file."""
    for result in found:
        if result.is_done:
            yield _annotation("notice", result, result.case.line, result.case.column, "holds now: take `todo` away")
        if result.verdict == "passed":
            continue
        level = "error" if result.verdict == "failed" else "notice"
        if result.outcome.stopped is not None:
            yield _annotation(level, result, result.case.line, result.case.column, result.outcome.stopped)
        for broken in result.outcome.violations:
            yield _annotation(level, result, result.case.line, result.case.column, violation_words(broken))
        for each in result.outcome.differences:
            text = "\n".join([difference_words(each), *because(result, each)])
            file = each.expected.file or result.bound.suite.place
            yield annotation(level, file, each.expected.line, each.expected.column, result.case.id, text)


def _annotation(level: str, result: Result, line: int | None, column: int | None, text: str) -> str:
    return annotation(level, result.place, line, column, result.case.id, text)


def _headline(result: Result) -> str:
    if result.outcome.stopped is not None:
        return result.outcome.stopped
    outcome = result.outcome
    return "; ".join([*map(violation_words, outcome.violations), *map(difference_words, outcome.differences)])


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 has no way to write."""
    return _NO_XML.sub("\ufffd", text)
