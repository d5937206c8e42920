"""What one agent more or fewer does in each hour of the day, on the same customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..intervals import Estimate, estimate
from .places import Places
from .roster import SLOTS
from .tally import Tally
from .trying import Slots, Trials

APART = 3
"""Every third hour is changed at once: what an hour leaves undone is felt in the next, and no longer after that."""
HOURS = np.arange(SLOTS) % (SLOTS // 7) // 2
"""The hour of the day of each half-hour of the week."""


@dataclass(frozen=True, slots=True)
class Margin:
    """How many customers a run more are answered in time with one agent fewer, or more, on the roster of a team or
    group in one hour of all its days; `None`: there is nobody who could go.

    Only the customers who join in that hour and the next are counted, of the teams that the agent is there for.
    """

    group: str
    hour: int
    fewer: Estimate | None
    more: Estimate


def margins(places: Places, trials: Trials, roster: Slots, numbers: range) -> tuple[Margin, ...]:
    """The margins of a roster in each hour, by group and hour; differences are paired by replication."""
    before, found = trials.tallies(roster, numbers), list[Margin]()
    for name, period in places.groups.items():
        agents, here = roster[name], period >= 0
        for turn in range(APART):
            hours = here & (turn == HOURS % APART)
            if not hours.any():
                continue
            goes = hours & (agents > 1)
            more, fewer = (
                trials.tallies({**roster, name: changed}, numbers) for changed in (agents + hours, agents - goes)
            )
            for hour in np.unique(HOURS[hours]).tolist():
                leaves = bool((goes & (hour == HOURS)).any())
                won, lost = (_differences(places, name, hour, before, after) for after in (more, fewer))
                found.append(Margin(name, hour, estimate(lost) if leaves else None, estimate(won)))
    return tuple(sorted(found, key=lambda margin: (list(places.groups).index(margin.group), margin.hour)))


def _differences(
    places: Places, name: str, hour: int, before: Sequence[Tally], after: Sequence[Tally]
) -> NDArray[np.float64]:
    """Customers answered in time more than before, in each replication."""
    counted = (hour == HOURS) | ((hour + 1) % 24 == HOURS)
    teams = list(_teams(places, name))
    return np.array(
        [
            float((late.answered[teams][:, counted] - early.answered[teams][:, counted]).sum())
            for early, late in zip(before, after, strict=True)
        ]
    )


def _teams(places: Places, name: str) -> Iterator[int]:
    """The codes of the teams whose inboxes a group takes from."""
    scenario = places.frame.scenario
    for number, team in enumerate(scenario.teams):
        if name in scenario.served_by(team):
            yield number
