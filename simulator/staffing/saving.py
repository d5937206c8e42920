"""Agents taken away where it costs the week least: for goals that hold over the week, not in each half-hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .places import Goal, State
from .search import ROUNDS, Search
from .tally import Tally

FloatArray = NDArray[np.float64]

SHARE = 0.6
"""Of what a goal has to spare, so much is given away at once: what several cuts cost together, trials show after it."""
LIKELY = 0.68
"""The level at which a trial has to reach a goal: the check that follows sees more customers, and is strict."""


@dataclass(frozen=True)
class Cost:
    """What one agent less in a period of a group costs: conversations of each goal (of occupancy, seconds; what is won
    is negative), and the hours that it saves.
    """

    group: str
    cell: int
    lost: dict[Goal, float]
    hours: float

    @property
    def dear(self) -> float:
        """Conversations lost for an hour saved."""
        return sum(max(lost, 0.0) for goal, lost in self.lost.items() if goal.measure != "occupied") / self.hours


def saved(search: Search, state: State) -> State:
    """The agents that are left when those whom the week misses least are gone, one by one in many periods at once."""
    share, idle, round_ = dict.fromkeys(search.places.goals, SHARE), 0, 0
    while idle < 2 and round_ < 2 * ROUNDS:
        before = search.tallies(state)
        spare = _spare(search, before)
        cut = {name: every & (state[name] > 1) for name, every in every_second(state, round_).items()}
        round_ += 1
        after = search.tallies({name: agents - cut[name] for name, agents in state.items()})
        costs = sorted(costs_of(search, cut, before, after), key=lambda cost: (cost.dear, cost.group, cost.cell))
        chosen = _affordable(costs, spare, share)
        fewer = {name: agents.copy() for name, agents in state.items()}
        for cost in chosen:
            fewer[cost.group][cost.cell] -= 1
        left = _spare(search, search.tallies(fewer))
        broken = [goal for goal, many in spare.items() if left[goal] < 0 <= many]
        if broken:
            # What one team lets wait another may feel, so all are a little more careful, and these are most.
            share = {goal: part * (0.4 if goal in broken else 0.8) for goal, part in share.items()}
            continue
        idle = 0 if chosen else idle + 1
        state = fewer
    return state


def every_second(state: State, round_: int) -> dict[str, NDArray[np.bool_]]:
    """Every second period of each group, in the next round the others."""
    return {
        name: (np.arange(agents.size) + number + round_) % 2 == 0 for number, (name, agents) in enumerate(state.items())
    }


def _affordable(costs: Sequence[Cost], spare: dict[Goal, float], share: dict[Goal, float]) -> list[Cost]:
    """The cheapest cuts that a share of what there is to spare pays for."""
    left = {goal: share[goal] * many for goal, many in spare.items()}
    chosen = []
    for cost in costs:
        if all(lost <= left.get(goal, 0.0) for goal, lost in cost.lost.items() if lost > 0):
            chosen.append(cost)
            left = {goal: many - max(cost.lost.get(goal, 0.0), 0.0) for goal, many in left.items()}
    return chosen


def _spare(search: Search, tallies: Sequence[Tally]) -> dict[Goal, float]:
    """Conversations (seconds of agents' time) by which each goal is likely to be reached; negative: it is not."""
    found = {}
    for goal in search.places.goals:
        shown = goal.shares(tallies, over_the_week=True, level=LIKELY)
        if shown.value.size and not np.isnan(shown.value[0]):
            some, of = goal.counts(tallies, over_the_week=True)
            room = shown.low[0] - goal.limit if goal.at_least else goal.limit - shown.high[0]
            if search.places.aim.in_weeks is not None:
                # So many weeks have to reach it, not only the mean of all.
                by_week = (some - goal.limit * of)[:, 0] / of.mean() * (1 if goal.at_least else -1)
                room = min(room, float(np.quantile(by_week, 1 - search.places.aim.in_weeks)))
            found[goal] = float(room * of.sum())
    return found


def costs_of(
    search: Search, cut: dict[str, NDArray[np.bool_]], before: Sequence[Tally], after: Sequence[Tally]
) -> list[Cost]:
    """What each cut of a trial costs: what its own periods and those after them lose."""
    places, lost = search.places, dict[Goal, FloatArray]()
    for goal in places.goals:
        more, less = (goal.counts(tallies, covered=True)[0].sum(axis=0) for tallies in (before, after))
        lost[goal] = more - less if goal.at_least else less - more
    hours = {
        name: np.bincount(period[period >= 0], weights=places.frame.today.open_share[name][period >= 0] / 2)
        for name, period in places.groups.items()
    }
    found = []
    for name, cells in cut.items():
        own = places.of_group(name)
        for cell in np.flatnonzero(cells).tolist():
            each = {goal: float(lost[goal][cell]) for goal in own}
            for team, periods in search.judged_by(name, cell):
                here = [*periods, min(periods[-1] + 1, int(places.teams[team].max()))]
                for goal in places.of_team(team):
                    each[goal] = float(lost[goal][sorted(set(here))].sum())
            found.append(Cost(name, cell, each, float(hours[name][cell])))
    return found
