"""A routing table in CSV: each row a rule, as if it were written in the policy, with the places of its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..csv_text import starts
from ..documents import Document, Named
from ..errors import InputError, Problem, did_you_mean
from ..nodes import Node
from .vocabulary import Field, field_named, field_names

SHORT: Final[Mapping[str, str]] = {
    "keywords": "message.text",
    "page": "page.url",
    "plan": "customer.plan",
    "flags": "customer.flags",
    "language": "customer.language",
    "company": "customer.company",
    "products": "customer.products",
    "intent": "message.intent",
    "channel": "conversation.channel",
}
"""Short names of columns, and the fields that they test."""
ACTIONS: Final[Mapping[str, str]] = {"team": "route", "priority": "priority", "tags": "tags"}
"""Columns that say what is done."""
NOTES: Final = ("id", "why")
BETWEEN: Final = "|"
"""What stands between several values of a cell."""
_COMPARED: Final = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


def table_document(file: Named) -> Document:
    """The rows of a table as a document with `rules`, ids filled in. Raises `InputError` with every cell that cannot be
    read.
    """
    reader = csv.reader(io.StringIO(file.text, newline=""), strict=True)
    lines = file.text.splitlines() or [""]
    problems: list[Problem] = []
    rules: list[Node] = []
    columns: list[str] | None = None
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            # The cells of a row that goes on in the next line begin, as far as anybody can tell, where the row does.
            columns_of = [*starts(lines[line - 1]), *[1] * len(cells)]
            places = [(line, column) for column in columns_of[: len(cells)]]
            if columns is None:
                columns = [cell.strip() for cell in cells]
                problems += _wrong_columns(file.place, columns, places)
                if problems:
                    break
            elif len(cells) != len(columns):
                told = f"expected {len(columns)} values, found {len(cells)}"
                problems.append(Problem(file.place, told, line, 1))
            else:
                rules.append(_rule(columns, [cell.strip() for cell in cells], places))
    except csv.Error as error:
        problems.append(Problem(file.place, f"not readable as CSV: {error}", reader.line_num, 1))
    if not problems and not rules:
        problems.append(Problem(file.place, "the table has no rows: a heading, then a rule a line", 1, 1))
    if problems:
        raise InputError(problems)
    listed = Node([each.value for each in rules], 1, 1, entries=dict(enumerate(rules)))
    root = _mapping({"rules": listed}, {"rules": (1, 1)}, (1, 1))
    return Document(file.place, root.value, root)


def _wrong_columns(place: str, columns: Sequence[str], places: Sequence[tuple[int, int]]) -> Iterator[Problem]:
    known = (*SHORT, *ACTIONS, *NOTES)
    for number, (name, (line, column)) in enumerate(zip(columns, places, strict=True)):
        if name in columns[:number]:
            yield Problem(place, f"two columns are called `{name}`", line, column)
        elif name not in known and field_named(name) is None:
            near = did_you_mean(name, (*known, *field_names(name)))
            yield Problem(place, f"unknown column `{name}`", line, column, near)
        elif SHORT.get(name, name) in {SHORT.get(each, each) for each in columns[:number]}:
            yield Problem(place, f"two columns test `{SHORT.get(name, name)}`", line, column)
    if not set(columns) & set(ACTIONS):
        yield Problem(place, f"no column says what is done: {', '.join(ACTIONS)}", 1, 1)


def _rule(columns: Sequence[str], cells: Sequence[str], places: Sequence[tuple[int, int]]) -> Node:
    given = {name: (cell, at) for name, cell, at in zip(columns, cells, places, strict=True) if cell}
    start = places[0]
    entries: dict[str, Node] = {"id": Node(f"row-{start[0]}", *start)}
    for name in NOTES:
        if name in given:
            entries[name] = Node(given[name][0], *given[name][1])
    when = {
        SHORT.get(name, name): _condition(cell, at, SHORT.get(name, name))
        for name, (cell, at) in given.items()
        if name not in ACTIONS and name not in NOTES
    }
    if when:
        entries["when"] = _mapping(when, {name: (node.line, node.column) for name, node in when.items()}, start)
    then = {ACTIONS[name]: _action(name, *given[name]) for name in ACTIONS if name in given}
    entries["then"] = _mapping(then, {name: (node.line, node.column) for name, node in then.items()}, start)
    return _mapping(entries, dict.fromkeys(entries, start), start)


def _condition(cell: str, at: tuple[int, int], name: str) -> Node:
    """A cell as the test of a field: one of some words, begins with a page, has one of some phrases, a bound, hours."""
    field = field_named(name)
    values = [each.strip() for each in cell.split(BETWEEN) if each.strip()]
    several = Node(values, *at, entries={number: Node(each, *at) for number, each in enumerate(values)})
    match field:
        case Field(kind="words") | Field(kind="text", values=None):
            return _operator("contains_any", several, at)
        case Field(kind="text"):
            return _operator("starts_with", several, at)
        case Field(kind="number" | "duration"):
            return _bounds(cell, at)
        case Field(kind="moment"):
            return _operator("during", Node(cell, *at), at)
        case Field(kind="yes_no"):
            return Node({"yes": True, "true": True, "no": False, "false": False}.get(cell.lower(), cell), *at)
        case _:
            return several


def _bounds(cell: str, at: tuple[int, int]) -> Node:
    """`>=3`, `<10m`, `5..10`, or a number."""
    compared = re.fullmatch(r"(>=|<=|>|<)\s*(.+)", cell)
    if compared is not None:
        return _operator(_COMPARED[compared[1]], _number(compared[2], at), at)
    low, between, high = cell.partition("..")
    if between:
        ends = [_number(low.strip(), at), _number(high.strip(), at)]
        return _operator("between", Node([each.value for each in ends], *at, entries=dict(enumerate(ends))), at)
    return _number(cell, at)


def _number(text: str, at: tuple[int, int]) -> Node:
    return Node(float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else text, *at)


def _action(name: str, cell: str, at: tuple[int, int]) -> Node:
    if name != "tags":
        return Node(cell, *at)
    tags = [each.strip() for each in cell.split(BETWEEN) if each.strip()]
    return Node(tags, *at, entries={number: Node(each, *at) for number, each in enumerate(tags)})


def _operator(name: str, value: Node, at: tuple[int, int]) -> Node:
    return _mapping({name: value}, {name: at}, at)


def _mapping(entries: Mapping[str, Node], keys: Mapping[str, tuple[int, int]], at: tuple[int, int]) -> Node:
    value: dict[str, Any] = {name: node.value for name, node in entries.items()}
    return Node(value, *at, entries=dict(entries.items()), keys=dict(keys))
