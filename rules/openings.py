"""Openings: what customers open conversations with and what is known of them then, for a policy to decide on."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import Column, Columns, Moments, Numbers, Texts, Words, WordSets, column_of
from .vocabulary import field_named

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Openings:
    """Conversations at their opening, one row each.

    place      the file that they are from, or the scenario
    columns    the facts that rules see
    names      what each row is called, such as `messages.csv:12`; empty: by its number
    known      what is known of each row besides, by column, such as `team` or `label`: never seen by a rule
    sampled    whether they stand for more of their kind, so that a share of them has an interval
    left_out   columns of the file that are no facts: they are known, and nothing else
    language   what each is written in, as a bot notices; `None`: as `customer.language` says
    """

    place: str
    columns: Columns
    names: tuple[str, ...] = ()
    known: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    sampled: bool = False
    language: Words | None = None
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.columns.size

    def text(self, row: int) -> str:
        """What the customer of a row writes; empty where that is not known."""
        column = self.columns.column("message.text")
        if not isinstance(column, Texts) or column.index[row] < 0:
            return ""
        return column.pool.texts[int(column.index[row])]

    def name(self, row: int) -> str:
        """What a row is called."""
        return self.names[row] if self.names else f"{self.place} {row + 1}"

    def samples(self, rows: IntArray, most: int = 3) -> tuple[int, ...]:
        """Rows of different texts out of these, the same whatever order they stand in; each text's first row."""
        column = self.columns.column("message.text")
        if not isinstance(column, Texts):
            return tuple(rows[:most].tolist())
        _, first = np.unique(column.index[rows], return_index=True)
        by_text: dict[str, int] = {}
        for row in rows[np.sort(first)].tolist():
            by_text.setdefault(self.text(row), row)
        # Not by alphabet, so that they are not all of one kind.
        chosen = sorted(by_text, key=lambda text: (zlib.crc32(text.encode(errors="replace")), text))[:most]
        return tuple(by_text[text] for text in chosen)

    def where(self, rows: IntArray) -> Openings:
        """Some of them."""
        known = {name: tuple(values[row] for row in rows.tolist()) for name, values in self.known.items()}
        names = tuple(self.name(row) for row in rows.tolist())
        language = None if self.language is None else Words(self.language.codes[rows], self.language.names)
        return replace(self, columns=SomeRows(self.columns, rows), names=names, known=known, language=language)


class ListedColumns:
    """Columns of listed values, by field; a field that is not listed is unset in every row."""

    def __init__(self, size: int, values: Mapping[str, Sequence[Any]]) -> None:
        self.size = size
        self._values = values
        self._columns: dict[str, Column] = {}

    def column(self, field: str) -> Column:
        """The column of a field of the vocabulary; raises `KeyError` for another name."""
        if field not in self._columns:
            found = field_named(field)
            if found is None:
                raise KeyError(field)
            self._columns[field] = column_of(found.kind, self._values.get(field) or [None] * self.size)
        return self._columns[field]


class SomeRows:
    """Some rows of other columns; texts stay in their pool, so that what is known of it is not asked again."""

    def __init__(self, columns: Columns, rows: IntArray) -> None:
        self.size = rows.size
        self._of, self._rows = columns, rows
        self._columns: dict[str, Column | None] = {}

    def column(self, field: str) -> Column | None:
        """The column of a field."""
        if field not in self._columns:
            self._columns[field] = self._some(self._of.column(field))
        return self._columns[field]

    def _some(self, column: Column | None) -> Column | None:
        rows = self._rows
        match column:
            case None:
                return None
            case Numbers(values, known):
                return Numbers(values[rows], None if known is None else known[rows])
            case Words(codes, names):
                return Words(codes[rows], names)
            case WordSets(bits, names, known):
                return WordSets(bits[rows], names, None if known is None else known[rows])
            case Texts(index, pool):
                return Texts(index[rows], pool)
            case Moments(second_of_week):
                return Moments(second_of_week[rows])


class Overlaid:
    """Columns with some of their fields replaced."""

    def __init__(self, columns: Columns, fields: Mapping[str, Column]) -> None:
        self.size = columns.size
        self._of, self._fields = columns, fields

    def column(self, field: str) -> Column | None:
        """The column of a field."""
        return self._fields[field] if field in self._fields else self._of.column(field)


def fields_set(columns: Columns, fields: Iterable[str]) -> frozenset[str]:
    """Which of some fields are known in any row."""
    return frozenset(name for name in fields if _some_known(columns.column(name)))


def _some_known(column: Column | None) -> bool:
    match column:
        case None:
            return False
        case Words(codes, _):
            return bool((codes >= 0).any())
        case Texts(index, _):
            return bool((index >= 0).any())
        case Moments(second_of_week):
            return bool((~np.isnan(second_of_week)).any())
        case Numbers(values, known) | WordSets(values, _, known):
            return bool(values.size) if known is None else bool(known.any())
