"""Shifts for the agents that were found needed, and what these shifts reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .checking import Reached, checked
from .cover import Cover, cheapest_cover
from .places import State
from .roster import SLOTS
from .search import Search
from .shift_file import Shifts
from .trying import Slots

MORE = 3
"""So many times the replications where a check cannot tell."""
ROUNDS = 4
"""So often shifts are chosen at most, each time for more agents where the last ones were shown to be short."""


@dataclass(frozen=True)
class Wanted:
    """The shifts that there may be, how near to the cheapest is near enough (a share of the cost), and for how long
    they are looked for each time (seconds).
    """

    shifts: Shifts
    gap: float = 0.02
    time_limit_s: float = 60.0


@dataclass(frozen=True)
class Schedule:
    """Shifts, what they are to cover and what they reach.

    needed    agents on the roster in each half-hour that the shifts cover, by team or group
    roster    agents whom the shifts bring there; in half-hours that are no part of the run, those of today
    reached   on customers (`fresh`, replications) whom nothing before has met; none if needs cannot be covered
    rounds    how often shifts were chosen
    """

    cover: Cover
    needed: Slots
    roster: Slots
    reached: tuple[Reached, ...]
    fresh: range
    rounds: int
    priced: bool
    currency: str | None

    @property
    def passes(self) -> bool | None:
        """Whether all is covered and reached; `None`: cannot tell."""
        if self.cover.short or any(each.passes is False for each in self.reached):
            return False
        return True if self.reached and all(each.passes for each in self.reached) else None

    def hours(self, slots: Slots) -> NDArray[np.float64]:
        """Hours of a week that agents in half-hours come to, in each half-hour of the week."""
        return np.asarray(np.sum([agents / 2 for agents in slots.values()] or [np.zeros(SLOTS)], axis=0))


def scheduled(search: Search, state: State, wanted: Wanted, first: int, many: int) -> Schedule:
    """The cheapest shifts for a state's agents, tried on `many` replications from `first` on, and again for more agents
    where they are shown to be short. Raises `NoCover` and what playing does.
    """
    places, shifts = search.places, wanted.shifts
    rounds = 0
    while True:
        rounds += 1
        slots = places.slots(state)
        needed = {name: np.where(places.groups[name] >= 0, agents, 0) for name, agents in slots.items()}
        cover = cheapest_cover(shifts, needed, wanted.gap, wanted.time_limit_s)
        if cover.short:
            return Schedule(cover, needed, {}, (), range(first, first), rounds, shifts.priced, shifts.currency)
        roster = {name: np.where(places.groups[name] >= 0, cover.there[name], slots[name]) for name in slots}
        for fresh in (range(first, first + many), range(first, first + MORE * many)):
            tallies = search.trials.tallies(roster, fresh)
            reached = checked(places, tallies)
            if any(each.passes is False for each in reached) or all(each.passes for each in reached):
                break
        more = state if rounds == ROUNDS or all(each.passes for each in reached) else search.helped(state, tallies)
        if all(np.array_equal(more[name], agents) for name, agents in state.items()):
            return Schedule(cover, needed, roster, reached, fresh, rounds, shifts.priced, shifts.currency)
        state, first = more, fresh.stop
