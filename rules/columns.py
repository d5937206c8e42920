"""What rules see, as columns: one row a conversation, text as indices into a pool of distinct texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .decide import Facts
from .matching import Phrases, expression, folded, messages_of, phrase_of
from .vocabulary import field_named

if TYPE_CHECKING:
    from .conditions import Value

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.integer[Any]]
BitArray = NDArray[np.uint64]

MACHINE_BITS: Final = 64
"""So many distinct words a `WordSets` tells apart in machine words; more of them take whole numbers of Python."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers, durations in seconds, or yes-or-no as 1 and 0; float64. `known` says which rows are set; `None`: all."""

    values: FloatArray
    known: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """One word a row: an index into `names`, any integer type; -1 is unset."""

    codes: CodeArray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WordSets:
    """Several words a row: bit k is `names[k]`; uint64, or Python's integers where there are more than 64 names.
    `known` says which rows are set; `None`: all.
    """

    bits: BitArray | NDArray[np.object_]
    names: tuple[str, ...]
    known: BoolArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """One text a row: an index into the pool, any integer type; -1 is unset."""

    index: CodeArray
    pool: TextPool


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Local times of the week: seconds since Monday 00:00, float64; not-a-number is unset."""

    second_of_week: FloatArray


Column = Numbers | Words | WordSets | Texts | Moments


class Columns(Protocol):
    """What is known of a batch of conversations."""

    @property
    def size(self) -> int:
        """Number of rows."""
        ...

    def column(self, field: str) -> Column | None:
        """The column of a field, of the kind that fits its type; `None` when it is unset in every row."""
        ...


class TextPool:
    """Distinct texts, and which of them a text condition holds for: worked out once per operator and value, then
    remembered.

    The lines of a text are the messages of a burst: `Operator` says what that means.
    The arrays that it gives out are shared and must not be written to.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)
        self._messages = self.texts
        self._burst: _Bursts | None = None
        if any("\n" in text for text in self.texts):
            bursts = [messages_of(text) for text in self.texts]
            self._messages = tuple(message for burst in bursts for message in burst)
            self._burst = _Bursts(np.array([len(burst) for burst in bursts], dtype=np.int64))
        self._folded: tuple[str, ...] | None = None
        self._hits: dict[str, NDArray[np.int64]] = {}
        self._selected: dict[tuple[str, Value], BoolArray] = {}

    def __len__(self) -> int:
        return len(self.texts)

    def prepare(self, phrases: Collection[str]) -> None:
        """Looks for these phrases (as written), those not yet looked for all in one pass."""
        new = {phrase_of(phrase) for phrase in phrases} - self._hits.keys()
        if new:
            found = Phrases(sorted(new)).found_in(self._messages)
            if self._burst is not None:
                found = {phrase: self._burst.of(hits) for phrase, hits in found.items()}
            self._hits.update({phrase: found.get(phrase, np.empty(0, dtype=np.int64)) for phrase in new})

    def select(self, operator: str, value: Value) -> BoolArray:
        """Which texts the operator of a `text` field holds for, over the whole pool.

        >>> TextPool(["Refund, please", "no way"]).select("contains_any", ("refund", "cancel")).tolist()
        [True, False]
        """
        selected = self._selected.get((operator, value))
        if selected is None:
            selected = self._select(operator, value)
            selected.flags.writeable = False
            self._selected[operator, value] = selected
        return selected

    def _select(self, operator: str, value: Any) -> BoolArray:
        match operator:
            case "contains_any" | "contains_none":
                held = np.zeros(len(self), dtype=np.bool_)
                for hits in self._hits_of(value):
                    held[hits] = True
                return ~held if operator == "contains_none" else held
            case "contains_all":
                held = np.ones(len(self), dtype=np.bool_)
                for hits in self._hits_of(value):
                    one = np.zeros_like(held)
                    one[hits] = True
                    held &= one
                return held
            case "is" | "is_not" | "in" | "not_in":
                wanted = {folded(each) for each in ((value,) if isinstance(value, str) else value)}
                held = self._each(lambda text: text in wanted)
                return ~held if operator in ("is_not", "not_in") else held
            case "starts_with":
                affixes = tuple(map(folded, value))
                return self._each(lambda text: text.startswith(affixes))
            case "ends_with":
                affixes = tuple(map(folded, value))
                return self._each(lambda text: text.endswith(affixes))
            case "matches":
                search = expression(value).search
                texts = (text.encode(errors="replace").decode() for text in self._messages)
                return self._any([search(text) is not None for text in texts])
            case _:
                raise ValueError(f"operator `{operator}` does not fit text")

    def _hits_of(self, phrases: Sequence[str]) -> list[NDArray[np.int64]]:
        self.prepare(phrases)
        return [self._hits[phrase_of(phrase)] for phrase in phrases]

    def _each(self, test: Any) -> BoolArray:
        if self._folded is None:
            self._folded = tuple(map(folded, self._messages))
        return self._any(list(map(test, self._folded)))

    def _any(self, of_messages: list[bool]) -> BoolArray:
        """Which texts have a message for which it holds."""
        held = np.array(of_messages, dtype=np.bool_)
        return held if self._burst is None else self._burst.any(held)


class _Bursts:
    """Which messages make up each text, one after the other."""

    def __init__(self, sizes: NDArray[np.int64]) -> None:
        self._starts = np.cumsum(sizes) - sizes
        self._owners = np.repeat(np.arange(sizes.size), sizes)

    def of(self, messages: NDArray[np.int64]) -> NDArray[np.int64]:
        """The texts that these messages belong to."""
        return np.unique(self._owners[messages])

    def any(self, of_messages: BoolArray) -> BoolArray:
        """Whether something holds for any message of each text."""
        return np.asarray(np.logical_or.reduceat(of_messages, self._starts))


class FactColumns:
    """Facts of single conversations as columns, one row each: for cases and corpora, not for a simulated population.

    >>> FactColumns([{"customer.plan": "trial"}, {}]).column("customer.plan").codes.tolist()
    [0, -1]
    """

    def __init__(self, rows: Sequence[Facts]) -> None:
        self.rows = tuple(rows)
        self._columns: dict[str, Column] = {}

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def column(self, field: str) -> Column:
        """The column of a field of the vocabulary; raises `KeyError` for another name."""
        if field not in self._columns:
            found = field_named(field)
            if found is None:
                raise KeyError(field)
            self._columns[field] = column_of(found.kind, [row.get(field) for row in self.rows])
        return self._columns[field]


def column_of(kind: str, values: Sequence[Any]) -> Column:
    """A column of the values of a field of this kind, one a row; `None` is unset."""
    known = np.array([value is not None for value in values], dtype=np.bool_)
    match kind:
        case "word":
            words, names = _coded(values)
            return Words(words, names)
        case "text":
            index, texts = _coded(values)
            return Texts(index, TextPool(texts))
        case "words":
            places = {
                name: place for place, name in enumerate(dict.fromkeys(name for row in values for name in row or ()))
            }
            sets = [sum(1 << places[name] for name in set(row or ())) for row in values]
            if len(places) > MACHINE_BITS:
                return WordSets(np.array(sets, dtype=np.object_), tuple(places), known)
            return WordSets(np.array(sets, dtype=np.uint64), tuple(places), known)
        case "moment":
            return Moments(np.array([np.nan if value is None else value for value in values], dtype=np.float64))
        case _:
            return Numbers(np.array([0 if value is None else value for value in values], dtype=np.float64), known)


def _coded(values: Sequence[str | None]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    codes: Mapping[str, int] = {
        name: code for code, name in enumerate(dict.fromkeys(v for v in values if v is not None))
    }
    return np.array([-1 if value is None else codes[value] for value in values], dtype=np.int32), tuple(codes)
