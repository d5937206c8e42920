"""Patience of 0: what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from ...documents import Document, Loc
from ...errors import BadValue, Problem
from ...quantities import parse_duration

INSTEAD = "nobody would wait at all; `balks` is the share who leave a chat at once if nobody is free"


def with_advice(document: Document, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, those with a patience of 0 saying how customers without any are described."""
    zeros = {document.position(loc) for loc in _zeros(document.data)}
    return tuple(
        replace(problem, message=INSTEAD) if (problem.line, problem.column) in zeros else problem
        for problem in problems
    )


def _zeros(data: object) -> Iterator[Loc]:
    """Where a segment's customers have a patience of 0 on average or in the median."""
    for name, segment in _entries(data, "segments").items():
        patience = _entries(_entries(segment, "temperament"), "patience")
        for waiting in ("live", "told", "inbox"):
            for key in ("mean", "median"):
                if _is_zero(_entries(patience, waiting).get(key)):
                    yield ("segments", name, "temperament", "patience", waiting, key)


def _entries(data: object, key: str) -> Mapping[str, object]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _is_zero(value: object) -> bool:
    with suppress(BadValue):
        return parse_duration(value) == 0 if isinstance(value, str) else value == 0 and not isinstance(value, bool)
    return False
