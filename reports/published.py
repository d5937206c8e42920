"""Shipped scenarios beside published figures, as people read them: the table of rows, and how each figure is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..simulator.metrics import BY_ID
from ..simulator.validation import Figure, PublishedRow
from .text import grid, wrapped
from .validation import counted

HEADERS = ["measure", "published", "may be", "simulated", "99.9 % interval", "half-width", "verdict"]


def published_text(rows: Sequence[PublishedRow], figures: Sequence[Figure], width: int) -> str:
    """The rows under what is played, how many pass, and how each figure is read; ends with a line break."""
    shown = [
        [
            f"  {row.measure}",
            _percent(row.exact),
            f"{_percent(row.at_least)} .. {_percent(row.at_most)}",
            _percent(row.estimate),
            f"{_percent(row.low)} .. {_percent(row.high)}",
            f"{100 * row.half_width:.2f} of {100 * row.half_width_limit:.2f} pp",
            _verdict(row),
        ]
        for row in rows
    ]
    head, line, *table = grid(shown, HEADERS, right_from=1).splitlines()
    lines = [head, line]
    for case, same in groupby(zip(rows, table, strict=True), key=lambda each: each[0].case):
        lines += [case, *(text for _, text in same)]
    return "\n".join([*lines, "", wrapped(_summary(rows), width), "", *_readings(figures, width)]) + "\n"


def _summary(rows: Sequence[PublishedRow]) -> str:
    cases = {row.case for row in rows}
    passed = sum(row.passes for row in rows)
    played = counted(len(cases), "scenario with its policy", "scenarios with their policies")
    return f"{passed} of {len(rows)} figures are reproduced, by {played}."


def _readings(figures: Sequence[Figure], width: int) -> list[str]:
    """What was published of each, how it is read, and what the measure is."""
    said = ["What is published, and what is measured:"]
    for case, same in groupby(figures, key=lambda each: each.case):
        said.append(case)
        for figure in same:
            said.append(wrapped(f"  {figure.name}: {figure.says}.", width, "    "))
            said.append(wrapped(f"    = {BY_ID[figure.measure].definition}", width, "      "))
    return said


def _verdict(row: PublishedRow) -> str:
    return "pass" if row.passes else f"FAIL: {'too wide' if row.holds else 'published figure outside'}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
