"""What staffing is to reach, and whether counts show that it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue
from .tally import Tally

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Over = Literal["half-hour", "week"]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Aim:
    """Shares that every team is to reach: of its customers, `answered` in time at least and `abandoned` at most; of
    what its agents could hold, `occupied` at most. `None` leaves one free.

    over       whether each half-hour of the week has to reach them, or the week as a whole
    in_weeks   in which share of the weeks a team has to reach them over the week; `None`: on average
    """

    answered: float | None = None
    abandoned: float | None = None
    occupied: float | None = None
    over: Over = "half-hour"
    in_weeks: float | None = None

    def __post_init__(self) -> None:
        if self.answered is self.abandoned is self.occupied is None:
            raise BadValue("there is nothing to reach; give a share to answer in time, of who leaves, or of occupancy")
        for name in ("answered", "abandoned", "occupied", "in_weeks"):
            share = getattr(self, name)
            if share is not None and not 0 < share < 1:
                raise BadValue(f"`{name}` is {share:g}; give a share above 0% and below 100%")


@dataclass(frozen=True)
class Shares:
    """Shares over replications with their 95 % intervals, arrays of one shape; not a number where there is nothing."""

    value: FloatArray
    low: FloatArray
    high: FloatArray

    def above(self, limit: float) -> BoolArray:
        """Where they are demonstrably above a limit."""
        return np.asarray(self.low > limit)

    def below(self, limit: float) -> BoolArray:
        """Where they are demonstrably below it."""
        return np.asarray(self.high < limit)


def shares(some: FloatArray, of: FloatArray, *, counts: bool = True, level: float = LEVEL) -> Shares:
    """The share of `some` in `of`, both summed over independent replications (the first axis, two at least).

    The variance over replications is that of the delta method; of counts, it tells how many independent customers the
    shares are worth, at most all of them, and the interval is Wilson's for so many, so that it is of use near 0 and 1.
    A share is worth no more than all of them are on average: a few weeks in which all customers of a half-hour happened
    to fare alike do not say how much alike they fare.
    Sources: Law (2015), Simulation Modeling and Analysis, section 9.4; Wilson (1927).
    """
    from scipy.special import stdtrit

    many = some.shape[0]
    quantile = float(stdtrit(many - 1, 0.5 + level / 2))
    total = of.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = some.sum(axis=0) / total
        spread = ((some - value * of) ** 2).sum(axis=0) * many / (many - 1) / total**2
        if not counts:
            half = quantile * np.sqrt(spread)
            return Shares(value, np.maximum(value - half, 0.0), np.minimum(value + half, 1.0))
        binomial = value * (1 - value) / total
        alike = np.nansum(spread) / (np.nansum(binomial) or 1.0)
        worth = total / np.maximum(np.where(binomial > 0, spread / binomial, 1.0), max(alike, 1.0))
        squared = quantile**2 / worth
        middle, half = value + squared / 2, np.sqrt(squared * (value * (1 - value) + squared / 4))
        return Shares(value, (middle - half) / (1 + squared), (middle + half) / (1 + squared))


def by_period(
    tallies: Sequence[Tally], name: str, row: int, period_of: NDArray[np.int64], periods: int
) -> FloatArray:
    """What the tallies have in one row, of a team or a group, by the period of each half-hour (−1: none); of shape
    (replications, periods).
    """
    here = np.flatnonzero(period_of >= 0)
    columns = np.array([getattr(tally, name)[row][here] for tally in tallies], dtype=np.float64)
    found = np.zeros((len(tallies), periods))
    np.add.at(found.T, period_of[here], columns.T)
    return found
