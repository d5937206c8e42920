"""Recorded arrivals from a CSV file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

from ..calendar import Clock
from ..documents import read_text
from ..errors import BadValue, InputError, Problem, did_you_mean
from ..quantities import format_duration, parse_duration

COLUMN = "arrives"
_FORM = "a local date and time such as `2026-03-02 10:15:00`, or a duration since the start of the run such as `1h30m`"


def read_arrivals(path: Path, clock: Clock, horizon_s: float) -> tuple[float, ...]:
    """The times in the column `arrives` of a CSV, in its order, as seconds since the start of the run.

    Raises `InputError` with the line of every problem; times outside the run are one problem, at the first of them.
    """
    place = str(path)
    times_s: list[float] = []
    problems: list[Problem] = []
    outside: list[tuple[int, str]] = []
    for line, text in _cells(place, read_text(path, place)):
        try:
            at_s = _second(text, clock)
        except BadValue as bad:
            problems.append(Problem(place, bad.message, line, 1, bad.suggestion))
            continue
        times_s.append(at_s)
        if not 0 <= at_s < horizon_s:
            outside.append((line, text))
    if outside:
        line, text = outside[0]
        more = f"; so are {len(outside) - 1:,} more" if len(outside) > 1 else ""
        run = f"the run, {format_duration(horizon_s)} from {clock.stamp(0):%Y-%m-%d %H:%M}"
        problems.append(Problem(place, f"`{text}` is outside {run}{more}", line, 1))
    if not times_s and not problems:
        problems.append(Problem(place, "no arrivals", 1, 1))
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
    return tuple(times_s)


def _cells(place: str, content: str) -> Iterator[tuple[int, str]]:
    """The line and the text of each arrival."""
    rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        columns = [name.strip().lower() for name in next((row for row in rows if row), [])]
        if COLUMN not in columns:
            found = ", ".join(f"`{name}`" for name in columns) or "nothing"
            near = did_you_mean(COLUMN, columns)
            raise InputError(Problem(place, f"no column `{COLUMN}` among {found}", 1, 1, near))
        column = columns.index(COLUMN)
        line = rows.line_num + 1
        for row in rows:
            if row:
                yield line, row[column].strip() if column < len(row) else ""
            line = rows.line_num + 1
    except csv.Error as error:
        raise InputError(Problem(place, f"not readable as CSV: {error}", rows.line_num, 1)) from None


def _second(text: str, clock: Clock) -> float:
    if re.match(r"[0-9]{4}-", text):
        try:
            return clock.second(dt.datetime.fromisoformat(text))
        except ValueError:
            raise BadValue(f"expected {_FORM}, found `{text}`") from None
    if re.fullmatch(r"[0-9]*[1-9][0-9]*(\.[0-9]+)?|0\.[0-9]+", text):
        raise BadValue(f"expected {_FORM}, found `{text}`", f"{text}s")
    try:
        return parse_duration(text)
    except BadValue as bad:
        raise BadValue(f"expected {_FORM}, found `{text}`", bad.suggestion) from None
