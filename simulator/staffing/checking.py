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

FEWEST = 10
"""Replications without which it cannot be told that no period misses."""
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
    periods = sum(int(np.count_nonzero(~goal.settling)) for goal in places.goals)
    for goal in places.goals:
        found = goal.shares(tallies, over_the_week=True)
        if not found.value.size or np.isnan(found.value[0]):
            continue
        passes = True if goal.reaches(found)[0] else False if goal.misses(found)[0] else None
        week = float(found.value[0]), float(found.low[0]), float(found.high[0])
        yield Reached(goal, "week", goal.limit, *week, passes)
        if places.aim.over == "half-hour" and not goal.settling.all():
            yield _half_hours(goal, tallies, 1 - (1 - LEVEL) / periods)
        if places.aim.in_weeks is not None:
            yield _weeks(goal, tallies, places.aim.in_weeks)


def _half_hours(goal: Goal, tallies: Sequence[Tally], level: float) -> Reached:
    """The worst period. None is missed where not more seem to miss than would by chance, which few replications hardly
    show; one is where it demonstrably misses at a level (Bonferroni's, for all that is looked at).
    """
    found, judged = goal.shares(tallies), ~goal.settling
    # Where nobody came there is nothing to miss, and nothing worst.
    seen = np.where(judged & ~np.isnan(found.value), found.value, goal.limit)
    worst = int(np.argmin(seen) if goal.at_least else np.argmax(seen))
    seeming, sure = (int((judged & goal.misses(goal.shares(tallies, level=each))).sum()) for each in (LEVEL, level))
    periods = int(np.count_nonzero(judged))
    by_chance = seeming <= _most_by_chance(periods)
    there = float(found.value[worst]), float(found.low[worst]), float(found.high[worst])
    return Reached(
        goal,
        "half-hours",
        goal.limit,
        *there,
        passes=False if sure else True if by_chance and len(tallies) >= FEWEST else None,
        worst=int(np.flatnonzero(goal.period == worst)[0]),
        missing=sure or (0 if by_chance else seeming),
        periods=periods,
        level=level if sure or by_chance else LEVEL,
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """What became of customers of a team who came just before and just after it opened, in each run on average.

    closed, closed_left   chats that began while it was closed, and how many of them were left
    soon, in_time, left   who came while these were worked off, how many of them were answered in time, and who left
    """

    team: str
    closed: float
    closed_left: float
    soon: float
    in_time: float
    left: float


def openings(places: Places, tallies: Sequence[Tally]) -> tuple[Opening, ...]:
    """By team, of those where anybody came then."""
    found = []
    for name, period in places.teams.items():
        row = list(places.frame.scenario.teams).index(name)
        here = (period >= 0) & np.append(places.settling[name], False)[period]
        columns = ("joined", "answered", "abandoned")
        soon = (float(np.mean([getattr(tally, each)[row][here].sum() for tally in tallies])) for each in columns)
        shut = (np.mean([tally.closed[row].sum() for tally in tallies]), np.mean([t.closed_left[row] for t in tallies]))
        found.append(Opening(name, *map(float, shut), *soon))
    return tuple(each for each in found if each.closed or each.soon)


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
