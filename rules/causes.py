"""Which edits make decisions change: for each conversation the smallest set of edits that does it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .decide import MissingFact
from .edits import Edit, edited
from .openings import SomeRows
from .outcomes import Codes, Decider, IntArray
from .policy import Policy
from .relevance import relevant

MOST_TRIED: Final = 5_000
"""Sets of edits that are all tried, smallest first; beyond, a search narrows down."""
MOST_SEARCHED: Final = 6_000
"""Sets of edits that the search tries in all."""
MOST_SIFTED: Final = 8
"""Edits of a set all of whose subsets are tried."""

Chosen = tuple[int, ...]
"""Numbers of edits, ascending."""


@dataclass(frozen=True, eq=False)
class Causes:
    """For each changed row the index into `sets` of the edits that make it change; -1: the search was given up."""

    of: NDArray[np.int32]
    sets: tuple[tuple[Edit, ...], ...]


def causes(
    old: Policy,
    new: Policy,
    edits: Sequence[Edit],
    decider: Decider,
    rows: IntArray,
    after: Codes,
    done: Callable[[int, int], None] | None = None,
) -> Causes:
    """What makes the decisions on `rows` come out as `after`, as they do under the new policy.

    A set that is found does it alone, added to the old policy, and no proper subset of it does. Of sets that are
    equally small, the one whose edits come first is taken. Sets of more than eight edits are only known to need each of
    theirs.
    """
    return _Search(old, new, edits, decider, rows, after, done or _unwatched).found()


class _Search:
    """A search, while it goes on."""

    def __init__(
        self,
        old: Policy,
        new: Policy,
        edits: Sequence[Edit],
        decider: Decider,
        rows: IntArray,
        after: Codes,
        done: Callable[[int, int], None],
    ) -> None:
        self._old, self._new, self._edits, self._decider = old, new, edits, decider
        self._rows, self._after, self._done = rows, after, done
        self._matters = relevant(old, new, edits, SomeRows(decider.columns, rows))
        self._of = np.full(rows.size, -1, dtype=np.int32)
        self._sets: list[Chosen] = []
        self._policies: dict[Chosen, Policy | None] = {}
        self._searched = 0

    def found(self) -> Causes:
        tried_to = self._smallest_first()
        while (left := np.flatnonzero(self._of < 0)).size and self._searched < MOST_SEARCHED:
            self._narrowed(left, tried_to)
            self._done(self._rows.size - left.size, self._rows.size)
        sets = tuple(tuple(self._edits[number] for number in chosen) for chosen in self._sets)
        return Causes(self._of, sets)

    def _smallest_first(self) -> int:
        """Tries all sets of one edit that matters, of two, ..., while they are few; the size of the largest that were
        all tried.
        """
        for size in range(1, len(self._edits) + 1):
            candidates = self._candidates(size)
            if candidates is None:
                return size - 1
            for chosen in candidates:
                left = np.flatnonzero((self._of < 0) & self._matters[list(chosen)].all(axis=0))
                self._assign(chosen, left[self._does(chosen, left)])
                self._done(int(np.count_nonzero(self._of >= 0)), self._rows.size)
        return len(self._edits)

    def _candidates(self, size: int) -> list[Chosen] | None:
        """The sets of so many edits that all matter to a row that is left; `None` if they are too many to be tried."""
        found: set[Chosen] = set()
        left = np.flatnonzero(self._of < 0)
        for matters in np.unique(self._matters[:, left], axis=1).T:
            numbers = np.flatnonzero(matters).tolist()
            if size > 1 and comb(len(numbers), size) > MOST_TRIED:
                return None
            found.update(combinations(numbers, size))
            if size > 1 and self._searched + len(found) > MOST_TRIED:
                return None
        return sorted(found)

    def _narrowed(self, left: IntArray, tried_to: int) -> None:
        """Finds a set for the first row that is left, and gives it to all rows for which it is as small as can be."""
        one = left[:1]
        start = tuple(np.flatnonzero(self._matters[:, one[0]]).tolist())
        if not start or not self._does_one(start, one):
            start, tried_to = tuple(range(len(self._edits))), 0
        chosen = self._sifted(self._ddmin(start, one), one, tried_to)
        hit = left[self._matters[list(chosen)][:, left].all(axis=0)] if tried_to else left
        hit = hit[self._does(chosen, hit)]
        for subset in _proper(chosen, tried_to):
            if not hit.size:
                break
            hit = hit[~self._does(subset, hit)]
        self._assign(chosen, np.union1d(hit, one))

    def _ddmin(self, chosen: Chosen, one: IntArray) -> Chosen:
        """A part of this set of edits of which none can be left out (Zeller and Hildebrandt 2002, Simplifying and
        isolating failure-inducing input, fig. 3).
        """
        parts = 2
        while len(chosen) > 1:
            chunks = [tuple(chunk.tolist()) for chunk in np.array_split(np.array(chosen), parts)]
            rests = [tuple(sorted(set(chosen) - set(chunk))) for chunk in chunks]
            smaller = next((chunk for chunk in chunks if self._does_one(chunk, one)), None)
            if smaller is not None:
                chosen, parts = smaller, 2
                continue
            rest = next((rest for rest in rests if self._does_one(rest, one)), None) if parts > 2 else None
            if rest is not None:
                chosen, parts = rest, max(parts - 1, 2)
            elif parts < len(chosen):
                parts = min(2 * parts, len(chosen))
            else:
                break
        return chosen

    def _sifted(self, chosen: Chosen, one: IntArray, tried_to: int) -> Chosen:
        """The smallest subset that does it too, if there is one."""
        return next((each for each in _proper(chosen, tried_to) if self._does_one(each, one)), chosen)

    def _does_one(self, chosen: Chosen, one: IntArray) -> bool:
        return bool(self._does(chosen, one)[0])

    def _does(self, chosen: Chosen, at: IntArray) -> NDArray[np.bool_]:
        """Whether these edits alone make each of these changed rows come out as the new policy has it."""
        self._searched += 1
        if chosen not in self._policies:
            self._policies[chosen] = edited(self._old, self._new, [self._edits[number] for number in chosen])
        policy = self._policies[chosen]
        if policy is None or not at.size:
            return np.zeros(at.size, dtype=np.bool_)
        try:
            return np.asarray(self._decider.decided(policy, self._rows[at]) == self._after[at])
        except MissingFact:
            return np.zeros(at.size, dtype=np.bool_)

    def _assign(self, chosen: Chosen, at: IntArray) -> None:
        if at.size:
            if chosen not in self._sets:
                self._sets.append(chosen)
            self._of[at] = self._sets.index(chosen)


def _proper(chosen: Chosen, tried_to: int) -> Iterator[Chosen]:
    """Proper subsets that have not all been tried in vain, smallest first; of a large set those with one edit less."""
    sizes = range(tried_to + 1, len(chosen)) if len(chosen) <= MOST_SIFTED else [len(chosen) - 1]
    for size in sizes:
        yield from combinations(chosen, size)


def _unwatched(_done: int, _of: int) -> None:
    """Nobody wants to know."""
