"""Rows of a file with named columns, CSV or JSON Lines, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..documents import LARGEST_FILE, read_text
from ..errors import InputError, Problem

JSON_LINES: Final = (".jsonl", ".ndjson")
"""Endings of files that hold a JSON object in each line; all others are CSV."""


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a row by their columns; those of a CSV are text, and an empty cell is no value."""

    line: int
    values: dict[str, Any]


def read_rows(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """The names of a file's columns, in their order, and its rows. Raises `InputError` with every problem."""
    return _objects(path) if path.suffix.lower() in JSON_LINES else read_csv(path)


def read_csv(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """The names of a CSV's columns and its rows, those without any value left out. Raises `InputError` with every
    problem.
    """
    problems: list[Problem] = []
    text, place = read_text(path), str(path)
    before = csv.field_size_limit(LARGEST_FILE)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: tuple[str, ...] = ()
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if not any(cells):
                pass
            elif not names:
                names = tuple(cell.strip() for cell in cells)
                problems += _heading_problems(names, place, line)
            elif len(cells) != len(names):
                told = f"expected {len(names)} values, found {len(cells)}; put a text with commas in quotes"
                problems.append(Problem(place, told, line, 1))
            else:
                rows.append(Row(line, {name: cell for name, cell in zip(names, cells, strict=True) if cell}))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(place, f"not readable as CSV: {error}", line, 1))
    finally:
        csv.field_size_limit(before)
    if problems:
        raise InputError(problems)
    return names, rows


def _heading_problems(names: tuple[str, ...], place: str, line: int) -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Problem(place, f"two columns are called `{name}`", line, 1)


def _objects(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    problems: list[Problem] = []
    text, place = read_text(path), str(path)
    rows: list[Row] = []
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            data = json.loads(content)
        except (ValueError, RecursionError) as error:
            told = error.msg.lower() if isinstance(error, json.JSONDecodeError) else "too large a number, or too deep"
            column = error.colno if isinstance(error, json.JSONDecodeError) else 1
            problems.append(Problem(place, f"not readable as JSON: {told}", line, column))
            continue
        if not isinstance(data, dict):
            problems.append(Problem(place, "not an object with a key `text`", line, 1))
            continue
        rows.append(Row(line, {name: value for name, value in data.items() if value is not None}))
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(name for row in rows for name in row.values)), rows
