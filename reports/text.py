"""A comparison as text for the terminal: sentences, then tables that show the measures' ids."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from .comparison import Cell, Comparison, Row, Table

GAP = 2
"""Blanks that tabulate puts between columns."""
PADDING = 2
"""Blanks that tabulate leaves beside a heading."""


FIRST = (
    "helped_rate", "helped_by_bot_rate", "time_to_help_p50_s", "gave_up_rate", "lost_rate", "csat_rate",
    "first_human_reply_p50_s", "wait_mean_s", "wait_p90_s", "service_level", "abandonment_rate", "blocked_rate",
    "bot_share", "deflection_rate", "automated_resolution_rate", "false_deflection_true_rate", "bot_loop_rate",
    "person_reached_rate", "protected_automated", "misroute_rate", "transfer_rate", "recontact_rate", "occupancy",
    "agent_hours",
)  # fmt: skip
"""The measures of a comparison in short, for everybody; parts have a choice of their own."""


def comparison_text(comparison: Comparison, width: int, *, details: bool = False) -> str:
    """A comparison with its first measures, or with all of them and its details, no line longer than `width` where its
    words allow it; ends with a line break.
    """
    paragraphs = [
        comparison.headline,
        *comparison.sentences,
        comparison.counted,
        comparison.caution,
        *comparison.notes,
    ]
    blocks = ["\n".join(wrapped(text, width) for text in paragraphs)]
    tables = comparison.tables if details else tuple(map(_in_short, comparison.tables))
    blocks += [table_text(table, width, comparison.replications) for table in tables]
    blocks.append("\n".join(wrapped(text, width) for text in ("What to do next:", *comparison.next_steps)))
    if details:
        blocks += [table_text(table, width, comparison.replications) for table in comparison.details if table.rows]
    return "\n\n".join(blocks) + "\n"


def _in_short(table: Table) -> Table:
    """The first of its measures, if it is about everybody, and how many more there are."""
    rows = tuple(row for row in table.rows if row.keys[0] in FIRST)
    if table.kind == "parts" or not rows or len(rows) == len(table.rows):
        return table
    more = f"{len(table.rows) - len(rows)} more measures: `--details`" if table.kind == "overall" else ""
    unseen = tuple(name for name in table.unseen if name in FIRST)
    return replace(table, rows=rows, unseen=unseen, more=more)


def wrapped(text: str, width: int, indent: str = "  ") -> str:
    """`text` in lines of `width`, all but the first indented; words (measures' ids, paths) are never broken."""
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def refolded(text: str, width: int) -> str:
    """`text` with its long lines folded, those of a list under their first word."""
    lines = []
    for line in text.splitlines():
        start = re.match(r"(?:- |[0-9]+\. )?", line)
        lines.append(wrapped(line, width, " " * (len(start[0]) if start else 0)))
    return "\n".join(lines) + "\n"


def table_text(table: Table, width: int, replications: int) -> str:
    """A table under its title; columns that do not fit side by side follow below, each time with the rows' keys."""
    notes = [wrapped(note, width) for note in table.footnotes(replications)]
    parts = [_part(table, columns) for columns in _fitting(table, width)]
    return "\n".join([wrapped(f"{table.title}: {table.about}", width), "\n\n".join(parts), *notes])


def grid(rows: list[list[str]], headers: list[str], right_from: int, right: Collection[int] = ()) -> str:
    """Plain columns, those from number `right_from` on, and those of `right`, aligned to the right."""
    from tabulate import tabulate

    align = ["right" if number >= right_from or number in right else "left" for number in range(len(headers))]
    # Texts that look like numbers stay as they are; blanks at the end keep marked and unmarked values in line.
    shown = tabulate(rows, headers, tablefmt="simple", disable_numparse=True, colalign=align, preserve_whitespace=True)
    return "\n".join(line.rstrip() for line in shown.splitlines())


def fitted(
    rows: Sequence[Sequence[str]], headers: Sequence[str], keys: int, width: int, right: Collection[int] = ()
) -> str:
    """Plain columns, those of `right` aligned to the right; where they are wider than `width`, in several tables one
    below the other, each with the first `keys` columns, of which names too long for that are folded at their dots.
    """
    if sum(_widths(rows, headers)) - GAP > width:
        most = width // (keys + 1) - GAP - PADDING
        headers, *rows = ([*(_folded(key, most) for key in row[:keys]), *row[keys:]] for row in (headers, *rows))
    widths = _widths(rows, headers)
    tables = []
    for run in _runs(sum(widths[:keys]), widths[keys:], width):
        kept = [*range(keys), *(keys + number for number in run)]
        shown = [[row[each] for each in kept] for row in rows]
        aligned = [place for place, each in enumerate(kept) if each in right]
        tables.append(grid(shown, [headers[each] for each in kept], len(kept), aligned))
    return "\n\n".join(tables)


def _folded(name: str, most: int) -> str:
    """A name with dots in lines that are no longer than this, as far as its parts are not."""
    lines = [""]
    for part in re.findall(r"[^.]*\.|[^.]+$", name) if len(name) > most else [name]:
        if lines[-1] and len(lines[-1] + part) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> list[int]:
    """What each column takes, with the gap behind it."""
    columns = zip(headers, *rows, strict=True)
    return [GAP + max(_longest(header) + PADDING, *map(_longest, column)) for header, *column in columns]


def _longest(cell: str) -> int:
    return max(map(len, cell.split("\n")))


def _runs(keys: int, widths: Sequence[int], width: int) -> list[range]:
    """Columns in runs that fit beside what keys take, at least one each."""
    runs: list[range] = []
    first, used = 0, keys
    for column, needed in enumerate(widths):
        if column > first and used + needed - GAP > width:
            runs.append(range(first, column))
            first, used = column, keys
        used += needed
    return [*runs, range(first, len(widths))]


def _part(table: Table, columns: range) -> str:
    headers = [*table.keys, *(header for number in columns for header in _headers(table, number))]
    rows = [
        [*keys, *(text for number in columns for text in _texts(table, row.cells[number]))]
        for keys, row in _keyed(table)
    ]
    return grid(rows, headers, right_from=len(headers) if table.kind == "differences" else len(table.keys))


def _keyed(table: Table) -> Iterator[tuple[tuple[str, ...], Row]]:
    """Rows with their keys as shown: a measure that several rows are about is named in the first of them."""
    for _, same in groupby(table.rows, key=lambda row: row.keys[0]):
        for number, row in enumerate(same):
            yield (("" if number else row.keys[0], *row.keys[1:]), row)


def _headers(table: Table, column: int) -> tuple[str, ...]:
    match table.kind:
        case "differences":
            return table.columns[column], "verdict"
        case "overall":
            return (table.columns[column],)
        case "parts":
            return (f"{table.columns[column]}  ",)


def _texts(table: Table, cell: Cell) -> tuple[str, ...]:
    match table.kind:
        case "differences":
            return _with_margin(cell), cell.verdict or ""
        case "overall":
            return (_with_margin(cell),)
        case "parts":
            return (f"{cell.text}{' *' if cell.verdict not in (None, 'cannot tell') else '  '}",)


def _with_margin(cell: Cell) -> str:
    return f"{cell.text} {cell.margin}".rstrip()


def _fitting(table: Table, width: int) -> list[range]:
    """The columns in runs that fit the width, at least one each."""
    keys = sum(_widths([row.keys for row in table.rows], table.keys))
    shown = ([_texts(table, row.cells[column]) for row in table.rows] for column in range(len(table.columns)))
    widths = [sum(_widths(texts, _headers(table, column))) for column, texts in enumerate(shown)]
    return _runs(keys, widths, width)
