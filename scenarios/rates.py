"""How many customers are expected when: a rate that is linear between moments, and may jump at them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..calendar import DAY_S, HOUR_S

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """An arrival rate over time, in pieces.

    from_s        float64  n + 1 moments, ascending: piece i lasts from moment i to moment i + 1
    begins, ends  float64  the rate, per second, at the beginning and just before the end of each piece
    """

    from_s: FloatArray
    begins: FloatArray
    ends: FloatArray

    @classmethod
    def steps(cls, by_hour: FloatArray) -> Self:
        """So many arrivals in each hour from second 0 on, at a constant rate within it."""
        rate = by_hour / HOUR_S
        return cls(np.arange(by_hour.size + 1.0) * HOUR_S, rate, rate)

    @classmethod
    def linear(cls, by_hour: FloatArray) -> Self:
        """A rate that is linear between the middles of the hours from second 0 on, where it is in proportion to the
        hours' arrivals; `by_hour` is of whole days, and each has as many arrivals as its hours together.

        At midnight the rate may jump. Before the first middle and after the last it is level.
        """
        halves_s = np.arange(2 * by_hour.size + 1.0) * (HOUR_S / 2)
        middles_s = halves_s[1::2]
        at_half = np.interp(halves_s, middles_s, by_hour / HOUR_S)
        begins, ends = at_half[:-1], at_half[1:]
        wanted = by_hour.reshape(-1, 24).sum(axis=1)
        found = ((begins + ends) * (HOUR_S / 4)).reshape(-1, 48).sum(axis=1)
        factor = np.repeat(wanted / np.where(wanted > 0, found, 1.0), 48)
        return cls(halves_s, begins * factor, ends * factor)

    @cached_property
    def _upto(self) -> FloatArray:
        """Expected arrivals until each moment."""
        return np.concatenate([[0.0], np.cumsum((self.begins + self.ends) / 2 * np.diff(self.from_s))])

    @property
    def expected(self) -> float:
        """Expected arrivals in all."""
        return float(self._upto[-1])

    def until(self, at_s: ArrayLike) -> FloatArray:
        """Expected arrivals until each moment: Λ(t)."""
        at_s = np.clip(np.asarray(at_s, dtype=np.float64), self.from_s[0], self.from_s[-1])
        piece = np.clip(np.searchsorted(self.from_s, at_s, side="right") - 1, 0, self.begins.size - 1)
        into_s = at_s - self.from_s[piece]
        slope = (self.ends - self.begins)[piece] / np.diff(self.from_s)[piece]
        return np.asarray(self._upto[piece] + into_s * (self.begins[piece] + slope * into_s / 2))

    def when(self, expected: ArrayLike) -> FloatArray:
        """The moments until which so many arrivals, of some at all, are expected: the inverse of `until`, never in a
        piece without any.

        Within a piece that begins at the rate r and rises by s a second, x arrivals are expected after
        2x / (r + √(r² + 2sx)) seconds.
        """
        expected = np.asarray(expected, dtype=np.float64)
        some = np.flatnonzero(np.diff(self._upto) > 0)
        piece = some[np.clip(np.searchsorted(self._upto[some], expected, side="right") - 1, 0, some.size - 1)]
        more = np.maximum(expected - self._upto[piece], 0.0)
        lasts_s = np.diff(self.from_s)[piece]
        begins, slope = self.begins[piece], (self.ends - self.begins)[piece] / lasts_s
        root = np.sqrt(np.maximum(begins**2 + 2 * slope * more, 0.0))
        into_s = 2 * more / np.where(begins + root > 0, begins + root, 1.0)
        # Just before the end of a piece at the most, so that rounding carries nobody into an hour without arrivals.
        latest_s = np.nextafter(self.from_s[piece + 1], 0.0)
        return np.minimum(self.from_s[piece] + np.minimum(into_s, lasts_s), latest_s)

    def by_day(self, factors: FloatArray) -> Rate:
        """The rate with each day, of 24 hours from second 0 on, busier by its factor."""
        day = (self.from_s[:-1] // DAY_S).astype(np.int64)
        return Rate(self.from_s, self.begins * factors[day], self.ends * factors[day])

    def times(self, factor: float) -> Rate:
        """So many times the rate."""
        return Rate(self.from_s, self.begins * factor, self.ends * factor)

    def within(self, from_s: float, to_s: float) -> Rate:
        """The rate between two moments, and none elsewhere."""
        between = (self.from_s > from_s) & (self.from_s < to_s)
        edges_s = np.concatenate([[from_s], self.from_s[between], [to_s]])
        piece = np.clip(np.searchsorted(self.from_s, edges_s[:-1], side="right") - 1, 0, self.begins.size - 1)
        slope = (self.ends - self.begins)[piece] / np.diff(self.from_s)[piece]
        begins = self.begins[piece] + slope * (edges_s[:-1] - self.from_s[piece])
        return Rate(edges_s, begins, begins + slope * np.diff(edges_s))

    def poisson(self, rng: np.random.Generator) -> FloatArray:
        """Arrival times of a Poisson process with this rate, ascending: a Poisson number of them, each at the moment
        until which a uniform share of all is expected.
        """
        if not self.expected > 0:
            return np.empty(0)
        return self.when(np.sort(rng.random(rng.poisson(self.expected))) * self.expected)

    def even(self) -> FloatArray:
        """As many arrival times as are expected, the k-th when k − 1/2 of them are."""
        many = int(np.floor(self.expected + 0.5))
        return self.when(np.arange(many) + 0.5) if many else np.empty(0)
