"""Whether a roster reaches the aim, told by customers whom the search for it has never met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from ..intervals import wilson
from .aims import LEVEL
from .places import Goal, Places
from .tally import Tally

Kind = Literal["week", "weeks", "half-hours"]


@dataclass(frozen=True, slots=True)
class Reached:
    """What was reached of a goal, with its 95 % interval.

    kind      `week`: over the week; `weeks`: in which share of the weeks it is reached over the week; `half-hours`: in
              the worst period of the week
    limit     at least that is to be answered, or be the share of weeks; at most that abandoned or occupied
    passes    whether it is reached; `None`: cannot tell
    worst     the first half-hour of the worst period, counted from Monday's; −1 for the other kinds
    missing   how many of the `periods` miss, at the level for all or at that of one
    """

    goal: Goal
    kind: Kind
    limit: float
    value: float
    low: float
    high: float
    passes: bool | None
    worst: int = -1
    missing: int = 0
    periods: int = 0
    level: float = LEVEL
    """At which periods are told to miss."""


def weeks_needed(share: float) -> int:
    """Weeks to simulate so that such a share of weeks can be shown though some weeks miss."""
    from scipy.special import ndtri

    squared = float(ndtri(0.5 + LEVEL / 2)) ** 2
    return ceil(2 * squared * share / (1 - share))


def checked(places: Places, tallies: Sequence[Tally]) -> tuple[Reached, ...]:
    """Every goal, held against some replications; those that nobody meets are left out."""
    return tuple(_checked(places, tallies))


def _checked(places: Places, tallies: Sequence[Tally]) -> Iterator[Reached]:
    # So many periods are looked at that some seem to miss by chance: the level holds for all of them together.
    periods = sum(int(goal.period.max(initial=-1)) + 1 for goal in places.goals)
    for goal in places.goals:
        found = goal.shares(tallies, over_the_week=True)
        if not found.value.size or np.isnan(found.value[0]):
            continue
        passes = True if goal.reaches(found)[0] else False if goal.misses(found)[0] else None
        week = float(found.value[0]), float(found.low[0]), float(found.high[0])
        yield Reached(goal, "week", goal.limit, *week, passes)
        if places.aim.over == "half-hour":
            yield _half_hours(goal, tallies, 1 - (1 - LEVEL) / periods)
        if places.aim.in_weeks is not None:
            yield _weeks(goal, tallies, places.aim.in_weeks)


def _half_hours(goal: Goal, tallies: Sequence[Tally], level: float) -> Reached:
    """The worst period. None is missed where not more seem to miss than would by chance; one is where it demonstrably
    misses at a level (Bonferroni's, for all that is looked at).
    """
    found = goal.shares(tallies)
    worst = int(np.nanargmin(found.value) if goal.at_least else np.nanargmax(found.value))
    seeming, sure = (int(goal.misses(goal.shares(tallies, level=each)).sum()) for each in (LEVEL, level))
    by_chance = seeming <= _most_by_chance(found.value.size)
    there = float(found.value[worst]), float(found.low[worst]), float(found.high[worst])
    return Reached(
        goal,
        "half-hours",
        goal.limit,
        *there,
        passes=False if sure else True if by_chance else None,
        worst=int(np.flatnonzero(goal.period == worst)[0]),
        missing=sure or (0 if by_chance else seeming),
        periods=found.value.size,
        level=level if sure or by_chance else LEVEL,
    )


def _most_by_chance(periods: int) -> int:
    """So many of some periods at most seem to miss, at the level of one, where none does."""
    from scipy.special import bdtr

    each = (1 - LEVEL) / 2
    return next(many for many in range(periods + 1) if bdtr(many, periods, each) >= 1 - each)


def _weeks(goal: Goal, tallies: Sequence[Tally], share: float) -> Reached:
    some, of = (each[:, 0] for each in goal.counts(tallies, over_the_week=True))
    good = some >= goal.limit * of if goal.at_least else some <= goal.limit * of
    many = int(np.count_nonzero(good))
    low, high = wilson(many, good.size)
    passes = True if low >= share else False if high < share else None
    return Reached(goal, "weeks", share, many / good.size, low, high, passes)
