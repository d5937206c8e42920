"""So many heads and no more: placed where they lose the fewest customers, or win the most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .places import Places, State
from .roster import SLOTS, IntArray
from .saving import Cost, costs_of, every_second
from .search import Search

Heads = Mapping[str | None, int]
"""Agents on the roster at once at most, of a team or group, by its name, and of all together (`None`)."""
ROUNDS = 60
"""Trials that take heads away, or place those that are left, at most."""


def too_few(places: Places, heads: Heads) -> tuple[str | None, int] | None:
    """For whom there are fewer heads than it takes to be there at all while it is open today, and how many that
    takes; `None`: there are enough.
    """
    one = {name: np.ones(int(period.max(initial=-1)) + 1, dtype=np.int64) for name, period in places.groups.items()}
    least = places.slots(one)
    for name, many in heads.items():
        needed = int(_at_once(places, least, name).max())
        if needed > many:
            return name, needed
    return None


def placed(search: Search, state: State, heads: Heads) -> State:
    """The agents that are there when no more than so many heads are, beginning with what a search has found: heads
    less where they are missed least, and more where there is room and others now wait for longer than they should.
    """
    for round_ in range(ROUNDS):
        over = _over(search.places, state, heads)
        if not any(each.any() for each in over.values()):
            break
        # Some may be nobody's turn in this round.
        cut = {name: every & over[name] & (state[name] > 1) for name, every in every_second(state, round_).items()}
        state = _chosen(search, state, heads, cut, -1)
    idle = 0
    for round_ in range(ROUNDS):
        room, lacks = _room(search.places, state, heads), _lacks(search, state)
        free = {name: every & room[name] & lacks[name] for name, every in every_second(state, round_).items()}
        more = _chosen(search, state, heads, free, +1)
        idle = idle + 1 if all(np.array_equal(more[name], state[name]) for name in state) else 0
        state = more
        if idle == 2:
            break
    return state


def _chosen(
    search: Search, state: State, heads: Heads, cells: dict[str, NDArray[np.bool_]], step: int
) -> State:
    """One head less (−1) where that is needed and costs least, or one more (+1) where there is room and most to win."""
    if not any(each.any() for each in cells.values()):
        return state
    tried = {name: agents + step * cells[name] for name, agents in state.items()}
    costs = costs_of(search, cells, search.tallies(state), search.tallies(tried))
    found = {name: agents.copy() for name, agents in state.items()}
    for cost in sorted(costs, key=lambda cost: (_lost(cost), cost.group, cost.cell)):
        wanted = _over if step < 0 else _room
        if (step < 0 or _lost(cost) < 0) and wanted(search.places, found, heads)[cost.group][cost.cell]:
            found[cost.group][cost.cell] += step
    return found


def _lacks(search: Search, state: State) -> dict[str, NDArray[np.bool_]]:
    """The periods of each group in which something is not reached that it is there for."""
    places, tallies, found = search.places, search.tallies(state), {}
    missed = {goal: goal.lacks(tallies, over_the_week=places.aim.over == "week") for goal in places.goals}
    for name, agents in state.items():
        found[name] = np.zeros(agents.size, dtype=np.bool_)
        for cell in range(agents.size):
            for team, periods in search.judged_by(name, cell):
                found[name][cell] |= any(missed[goal][list(periods)].any() for goal in places.of_team(team))
    return found


def _lost(cost: Cost) -> float:
    """Conversations lost for an hour, all goals together."""
    return sum(lost for goal, lost in cost.lost.items() if goal.measure != "occupied") / cost.hours


def _over(places: Places, state: State, heads: Heads) -> dict[str, NDArray[np.bool_]]:
    """The periods in which there are more than so many heads in any half-hour."""
    slots, found = places.slots(state), {}
    for name, period in places.groups.items():
        fits = _fits(places, slots, heads, name)
        found[name] = ~_all_of(period, fits)
    return found


def _room(places: Places, state: State, heads: Heads) -> dict[str, NDArray[np.bool_]]:
    """The periods in all of whose half-hours there may be one head more."""
    found = {}
    for name, period in places.groups.items():
        fits = _fits(places, places.slots({**state, name: state[name] + 1}), heads, name)
        found[name] = _all_of(period, fits)
    return found


def _fits(places: Places, slots: Mapping[str, IntArray], heads: Heads, name: str) -> NDArray[np.bool_]:
    """The half-hours in which there are not more than so many heads, of a group and of all."""
    each = [_at_once(places, slots, who) <= many for who, many in heads.items() if who in (None, name)]
    return np.asarray(np.all(each or [np.ones(SLOTS, dtype=np.bool_)], axis=0))


def _all_of(period: IntArray, here: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether something holds in all half-hours of each period."""
    some, many = period >= 0, int(period.max(initial=-1)) + 1
    return np.asarray(np.bincount(period[some], weights=~here[some], minlength=many) == 0)


def _at_once(places: Places, slots: Mapping[str, IntArray], name: str | None) -> IntArray:
    """Heads in each half-hour, of one group or of all."""
    names = slots if name is None else [name]
    return np.asarray(np.sum([np.where(places.groups[each] >= 0, slots[each], 0) for each in names], axis=0))
