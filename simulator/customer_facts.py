"""What is true of customers by their segment, and what of it the desk knows: each fact has an address of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..scenarios.segments import Segment
from .draws import Draws
from .mixes import Mixes

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Shares = Mapping[str, float]


class CustomerFacts:
    """Columns of facts about customers of these segments; `codes` says whose segment is which."""

    def __init__(self, draws: Draws, segments: Sequence[Segment], codes: NDArray[np.int8]) -> None:
        self._draws, self._segments, self._codes = draws, segments, codes

    def words(self, purpose: str, names: Sequence[str], shares: Sequence[Shares | None]) -> NDArray[np.int8]:
        """A code into `names` for each customer, with the shares of the segment; -1 in a segment without any."""
        mixes = np.array([[0.0 if each is None else each.get(name, 0.0) for name in names] for each in shares])
        none = np.array([[float(each is None)] for each in shares])
        if not none.any():
            return chosen(self._draws, purpose, self._codes, mixes).astype(np.int8)
        codes = chosen(self._draws, purpose, self._codes, np.hstack([mixes, none]))
        return np.where(codes < len(names), codes, -1).astype(np.int8)

    def marks(self, purpose: str, names: Sequence[str], shares: Sequence[Shares]) -> NDArray[np.uint64]:
        """Bits of the `names` that each customer has, each by itself, with the shares of the segment."""
        bits = np.zeros(self._codes.size, dtype=np.uint64)
        for number, name in enumerate(names):
            share = np.array([each.get(name, 0.0) for each in shares])[self._codes]
            has = self._draws.uniform(self._codes.size, f"{purpose} {name}") < share
            bits |= has.astype(np.uint64) << np.uint64(number)
        return bits

    def tenure_s(self) -> FloatArray:
        """The time since each customer came."""
        u = self._draws.open_uniform(self._codes.size, "tenure")
        tenure_s = np.empty(self._codes.size)
        for number, kind in enumerate(self._segments):
            rows = self._codes == number
            tenure_s[rows] = kind.facts.tenure.quantile(u[rows])
        return tenure_s

    def contacts_30d(self) -> NDArray[np.int32]:
        """The contacts of each customer in the last 30 days: geometric."""
        mean = np.array([segment.facts.contacts_30d for segment in self._segments])
        if not mean.any():
            return np.zeros(self._codes.size, dtype=np.int32)
        return _geometric(self._draws.uniform(self._codes.size, "contacts"), mean[self._codes])

    def help_centre_s(self) -> FloatArray:
        """The time since each customer's last visit to the help centre; NaN: there was none."""
        shares = np.array([segment.facts.help_centre_visit.share for segment in self._segments])
        if not shares.any():
            return np.full(self._codes.size, np.nan)
        share = shares[self._codes]
        within_s = np.array([segment.facts.help_centre_visit.within for segment in self._segments])[self._codes]
        u = self._draws.uniform(self._codes.size, "help centre")
        return np.where(u < share, u / np.where(share > 0, share, 1) * within_s, np.nan)

    def known(self, fact: str) -> BoolArray:
        """Whether the desk knows a fact of each customer, by its name in `unset`."""
        unset = np.array([getattr(segment.facts.unset, fact) for segment in self._segments])
        if not unset.any():
            return np.ones(self._codes.size, dtype=np.bool_)
        return np.asarray(self._draws.uniform(self._codes.size, f"unset {fact}") >= unset[self._codes])


def chosen(draws: Draws, purpose: str, group: NDArray[np.integer], shares: FloatArray) -> NDArray[np.int64]:
    """A code for each problem, with the shares of its group; nothing is drawn where there is but one code."""
    if shares.shape[1] == 1:
        return np.zeros(group.size, dtype=np.int64)
    return Mixes(shares).codes(group, draws.uniform(group.size, purpose))


def _geometric(u: FloatArray, mean: FloatArray) -> NDArray[np.int32]:
    """Geometric counts from 0 with the given means (0 where the mean is 0)."""
    q = np.where(mean > 0, mean / (1 + mean), 0.5)
    return np.where(mean > 0, np.floor(np.log1p(-u) / np.log(q)), 0).astype(np.int32)
