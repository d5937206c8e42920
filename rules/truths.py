"""The truth of conditions over one batch of columns, each worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .columns import Column, Columns, Moments, Numbers, Texts, Words, WordSets
from .conditions import All, Any_, Atom, Condition, Group, None_, Not
from .decide import hours
from .vocabulary import field_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .columns import BoolArray


class Truths:
    """What holds in each row of a batch; arrays that it gives out are shared and must not be written to.

    `phrases` are those that all conditions to come will look for, by text field.
    """

    def __init__(
        self,
        columns: Columns,
        late: Mapping[Atom, bool | BoolArray],
        groups: Mapping[str, Condition],
        phrases: Mapping[str, Sequence[str]],
    ) -> None:
        self.size = columns.size
        self._columns = columns
        self._late = late
        self._groups = groups
        self._phrases = phrases
        self._overlay: Mapping[str, Column] = {}
        # A plain bool is the truth of every row.
        self._truths: dict[Condition, bool | BoolArray] = {}
        self._passing: dict[Condition, bool | BoolArray] = {}
        self._overlay_reads = 0
        self._places: dict[str, NDArray[np.intp]] = {}

    def of(self, condition: Condition) -> BoolArray:
        """Whether the condition holds, row by row. `on_missing: error` counts as no match: see `missing`."""
        return np.broadcast_to(np.asarray(self._truth(condition), dtype=np.bool_), (self.size,))

    def missing(self, atom: Atom) -> BoolArray:
        """In which rows the field of an atom is unset; in none for an atom whose truth was given."""
        known = True if atom in self._late else self._known(self._column(atom.field))
        return np.broadcast_to(~np.asarray(known, dtype=np.bool_), (self.size,))

    def overlay(self, columns: Mapping[str, Column]) -> None:
        """From here on reads these columns in place of the batch's own; forgets what came of those laid over before."""
        self._overlay = columns
        self._passing.clear()

    def _truth(self, condition: Condition) -> bool | BoolArray:
        if condition in self._truths:
            return self._truths[condition]
        if condition in self._passing:
            self._overlay_reads += 1
            return self._passing[condition]
        reads = self._overlay_reads
        truth = self._work_out(condition)
        (self._truths if reads == self._overlay_reads else self._passing)[condition] = truth
        return truth

    def _work_out(self, condition: Condition) -> bool | BoolArray:
        match condition:
            case Atom():
                return self._late[condition] if condition in self._late else self._atom(condition)
            case Group(name):
                return self._truth(self._groups[name])
            case Not(part):
                return _negated(self._truth(part))
            case All(parts):
                return self._joined(parts, np.logical_and, neutral=True)
            case Any_(parts):
                return self._joined(parts, np.logical_or, neutral=False)
            case None_(parts):
                return _negated(self._joined(parts, np.logical_or, neutral=False))

    def _joined(self, parts: Sequence[Condition], join: Any, *, neutral: bool) -> bool | BoolArray:
        arrays: list[BoolArray] = []
        # What was given or is known already comes first: it may settle the rest.
        for part in sorted(parts, key=lambda part: part not in self._late and part not in self._truths):
            truth = self._truth(part)
            if isinstance(truth, np.ndarray):
                arrays.append(truth)
            elif bool(truth) is not neutral:
                return not neutral
        if not arrays:
            return neutral
        joined = arrays[0]
        for index, array in enumerate(arrays[1:]):
            joined = join(joined, array, out=joined if index else None)
        return joined

    def _atom(self, atom: Atom) -> bool | BoolArray:
        column = self._column(atom.field)
        known = self._known(column)
        if atom.operator in ("set", "unset"):
            return known if atom.operator == "set" else _negated(known)
        missing = atom.on_missing == "match"
        if column is None:
            return missing
        if isinstance(column, Texts):
            return self._looked_up(atom, column, missing=missing)
        held = _HELD[type(column)](column, atom.operator, atom.value)
        if known is True:
            return held
        return np.asarray(held | ~known if missing else held & known, dtype=np.bool_)

    def _looked_up(self, atom: Atom, column: Texts, *, missing: bool) -> BoolArray:
        places = self._places.get(atom.field)
        if places is None:
            column.pool.prepare(self._phrases.get(atom.field, ()))
            places = column.index.astype(np.intp)
            self._places[atom.field] = places
        # One more than the pool has, which -1 looks up: those who have no text.
        table = np.append(column.pool.select(atom.operator, atom.value), missing)
        return np.asarray(table.take(places))

    def _column(self, field: str) -> Column | None:
        if field in self._overlay:
            self._overlay_reads += 1
            return self._overlay[field]
        column = self._columns.column(field)
        if column is None and (found := field_named(field)) is not None and found.live:
            raise ValueError(f"the truth of atoms on `{field}` must be given in `late`, or as a column")
        return column

    def _known(self, column: Column | None) -> bool | BoolArray:
        match column:
            case None:
                return False
            case Words(codes, _):
                return np.asarray(codes >= 0)
            case Texts(index, _):
                return np.asarray(index >= 0)
            case Moments(second_of_week):
                return ~np.isnan(second_of_week)
            case Numbers(_, known) | WordSets(_, _, known):
                return True if known is None else known


def _negated(truth: bool | BoolArray) -> bool | BoolArray:
    return np.asarray(~truth, dtype=np.bool_) if isinstance(truth, np.ndarray) else not truth


def _numbers(column: Any, operator: str, value: Any) -> BoolArray:
    # float32 would compare with the bound rounded to float32: 0.7 as a float32 is less than 0.7.
    values = np.asarray(column.values, dtype=np.float64)
    match operator:
        case "is":
            held = values == value
        case "is_not":
            held = values != value
        case "in" | "not_in":
            held = np.isin(values, value, invert=operator == "not_in")
        case "gt" | "older_than":
            held = values > value
        case "gte":
            held = values >= value
        case "lt":
            held = values < value
        case "lte" | "within_last":
            held = values <= value
        case "between":
            held = (values >= value[0]) & (values <= value[1])
        case _:
            raise ValueError(f"operator `{operator}` does not fit numbers")
    return np.asarray(held)


def _words(column: Any, operator: str, value: Any) -> BoolArray:
    wanted = {value} if isinstance(value, str) else set(value)
    negative = operator in ("is_not", "not_in")
    held = np.zeros(column.codes.shape, dtype=np.bool_)
    for code, name in enumerate(column.names):
        if name in wanted:
            held |= column.codes == code
    if operator not in ("is", "is_not", "in", "not_in"):
        raise ValueError(f"operator `{operator}` does not fit a word")
    return ~held if negative else held


def _word_sets(column: Any, operator: str, value: Any) -> BoolArray:
    known = [name for name in value if name in column.names]
    wanted = column.bits.dtype.type(sum(1 << column.names.index(name) for name in set(known)))
    match operator:
        case "contains_any":
            held = (column.bits & wanted) != 0
        case "contains_none":
            held = (column.bits & wanted) == 0
        case "contains_all":
            # A name that the column does not know is in no row.
            has_all = len(known) == len(value)
            held = (column.bits & wanted) == wanted if has_all else np.zeros(column.bits.shape, dtype=np.bool_)
        case _:
            raise ValueError(f"operator `{operator}` does not fit a set of words")
    return np.asarray(held)


def _moments(column: Any, operator: str, value: Any) -> BoolArray:
    if operator != "during":
        raise ValueError(f"operator `{operator}` does not fit a time")
    return hours(value).contains(column.second_of_week)


_HELD: Mapping[type, Callable[[Any, str, Any], BoolArray]] = {
    Numbers: _numbers,
    Words: _words,
    WordSets: _word_sets,
    Moments: _moments,
}
