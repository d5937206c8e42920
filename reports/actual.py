"""Figures of a real desk, from a CSV that a dashboard gives or a person writes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..csv_text import starts
from ..documents import read_text
from ..errors import BadValue, InputError, Problem, did_you_mean
from ..quantities import parse_duration, parse_share
from ..scenarios.scenario import Scenario
from ..simulator.experiment import OVERALL, Part
from ..simulator.metrics import BY_ID, Metric

NEEDED = ("measure", "value", "tolerance")
OPTIONAL = ("segment", "team", "group")
_NUMBER = r"[+-]?[0-9][0-9,_]*\.?[0-9]*|\.[0-9]+"


@dataclass(frozen=True, slots=True)
class Actual:
    """A real figure: a measure of a part of the desk, its value, and how far off (in its unit) is near enough."""

    metric: Metric
    part: Part
    value: float
    tolerance: float


def read_actual(path: Path, scenario: Scenario | None) -> tuple[Actual, ...]:
    """The figures of a CSV with the columns measure, value, tolerance and perhaps segment, team or group.

    A value is `95 s`, `2m30s`, `20%` or a number in the measure's unit; a tolerance is that too, `2pp` (percentage
    points) for a share, or a percentage of the value. Segments, teams and groups are those of `scenario`; `None`: any
    will do.
    Raises `InputError` with every problem, at its line and column.
    """
    text, place = read_text(path), str(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] | None = None
    figures: list[Actual] = []
    problems: list[Problem] = []
    lines = text.splitlines() or [""]
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [cell.strip().casefold() for cell in cells]
                _refuse_columns(place, line, columns, starts(lines[line - 1]))
                continue
            row = _Row(place, line, columns, cells, starts(lines[line - 1]), problems)
            figure = row.figure(scenario)
            if figure is not None:
                figures.append(figure)
    except csv.Error as error:
        problems.append(Problem(place, f"not readable as CSV: {error}", reader.line_num, 1))
    if problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    if columns is None or not figures:
        what = "the file is empty" if columns is None else "there is only a heading"
        message = f"no figures: {what}; expected the columns {_listed(NEEDED)} and rows below"
        raise InputError(Problem(place, message, 1, 1))
    return tuple(figures)


def parse_value(text: str, metric: Metric) -> float:
    """A value of a measure as people write it; raises `BadValue`.

    >>> parse_value("95 s", BY_ID["wait_p90_s"]), parse_value("20%", BY_ID["misroute_rate"])
    (95.0, 0.2)
    """
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        plain = text.replace(",", "").replace("_", "").lstrip("+")
        number = float(plain)
        if metric.unit == "share":
            return parse_share(plain)
        if number < 0:
            raise BadValue(f"a measure is at least 0, found `{text}`")
        return number
    match metric.unit:
        case "share":
            return parse_share(text)
        case "s":
            return _seconds(text)
        case "h" if (hours := re.fullmatch(rf"({_NUMBER})\s*h(ours?)?", text)) is not None:
            return float(hours[1].replace(",", ""))
        case _:
            raise BadValue(f"expected a number, found `{text}`")


def parse_tolerance(text: str, metric: Metric, value: float) -> float:
    """How far off is near enough, in the measure's unit; raises `BadValue`.

    >>> parse_tolerance("10%", BY_ID["wait_p90_s"], 60.0), parse_tolerance("2pp", BY_ID["misroute_rate"], 0.2)
    (6.0, 0.02)
    """
    text = text.strip()
    percent = re.fullmatch(r"([0-9.]+)\s*%", text)
    points = re.fullmatch(r"([0-9.]+)\s*pp", text)
    try:
        if percent is not None:
            return float(percent[1]) / 100 * value
        if points is not None and metric.unit == "share":
            return float(points[1]) / 100
    except ValueError:
        raise BadValue(f"expected a number, found `{text}`") from None
    return parse_value(text, metric)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the file; what is wrong with it is added to `problems`."""

    place: str
    line: int
    columns: Sequence[str]
    cells: Sequence[str]
    starts: Sequence[int]
    problems: list[Problem]

    def figure(self, scenario: Scenario | None) -> Actual | None:
        if len(self.cells) > len(self.columns):
            found = f"{len(self.cells)} cells under {len(self.columns)} headings"
            self._complain(len(self.columns), f"{found}; a value with a comma needs quotes")
            return None
        before = len(self.problems)
        measure = self._cell("measure")
        metric = BY_ID.get(measure)
        if not measure:
            self._complain_of("measure", "no measure")
        elif metric is None:
            self._complain_of("measure", f"unknown measure `{measure}`", did_you_mean(measure, BY_ID))
        part = self._part(scenario)
        if metric is None:
            return None
        value = self._value(metric)
        tolerance = None if value is None else self._tolerance(metric, value)
        if value is None or tolerance is None or len(self.problems) > before:
            return None
        return Actual(metric, part, value, tolerance)

    def _part(self, scenario: Scenario | None) -> Part:
        chosen: Part = OVERALL
        for kind in OPTIONAL:
            name = self._cell(kind)
            if not name:
                continue
            known = (name,) if scenario is None else _parts(scenario)[kind]
            if name not in known:
                self._complain_of(kind, f"unknown {kind} `{name}`", did_you_mean(name, known))
            elif chosen != OVERALL:
                self._complain_of(kind, "a figure is of one segment, team or group")
            chosen = (kind, name)
        return chosen

    def _value(self, metric: Metric) -> float | None:
        text = self._cell("value")
        try:
            if not text:
                raise BadValue(f"no value for `{metric.id}`")
            return parse_value(text, metric)
        except BadValue as error:
            self._complain_of("value", error.message, error.suggestion)
            return None

    def _tolerance(self, metric: Metric, value: float) -> float | None:
        text = self._cell("tolerance")
        try:
            if not text:
                raise BadValue(f"no tolerance for `{metric.id}`: how far off is near enough, such as `10%`?")
            return parse_tolerance(text, metric, value)
        except BadValue as error:
            self._complain_of("tolerance", error.message, error.suggestion)
            return None

    def _cell(self, column: str) -> str:
        at = self.columns.index(column) if column in self.columns else len(self.cells)
        return self.cells[at].strip() if at < len(self.cells) else ""

    def _complain_of(self, column: str, message: str, suggestion: str | None = None) -> None:
        self._complain(self.columns.index(column), message, suggestion)

    def _complain(self, cell: int, message: str, suggestion: str | None = None) -> None:
        column = self.starts[cell] if cell < len(self.starts) else 1
        self.problems.append(Problem(self.place, message, self.line, column, suggestion))


def _parts(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """What figures can be of, by column."""
    return {"segment": tuple(scenario.segments), "team": tuple(scenario.teams), "group": tuple(scenario.groups)}


def _refuse_columns(place: str, line: int, columns: Sequence[str], starts: Sequence[int]) -> None:
    known = (*NEEDED, *OPTIONAL)
    if len(columns) == 1 and ";" in columns[0]:
        message = "the columns are parted by `;`; part them by `,`, and write decimals with `.`"
        raise InputError(Problem(place, message, line, 1))
    problems = [
        Problem(
            place, f"unknown column `{name}`; known are {_listed(known)}", line, starts[at], did_you_mean(name, known)
        )
        for at, name in enumerate(columns)
        if name not in known
    ]
    problems += [Problem(place, f"no column `{name}`", line, 1) for name in NEEDED if name not in columns]
    problems += [
        Problem(place, f"two columns are called `{name}`", line, starts[at])
        for at, name in enumerate(columns)
        if name in columns[:at]
    ]
    if problems:
        raise InputError(problems)


def _seconds(text: str) -> float:
    """A duration in a file's form, or as people write it (`95 s`, `2 min 30 s`, `1.5 hours`)."""
    try:
        return parse_duration(text)
    except BadValue as error:
        if error.suggestion is None:
            raise
        return parse_duration(error.suggestion)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
