"""How a measure is read off a run: functions that are given what is watched of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .watched import Watched

Read = Callable[[Watched], float]


def measure(name: str, *, team: str | None = None, segment: str | None = None) -> Read:
    """One of the product's own measures, lengths of time in units."""
    return lambda watched: watched.measure(name, team, segment)


def share_waiting(*, team: str | None = None, segment: str | None = None) -> Read:
    """P(W>0): the share of customers who were not answered at once."""
    return lambda watched: float((watched.waits(team, segment).wait_s > 0).mean())


def mean_wait_of_accepted() -> Read:
    """Mean wait of those who found a place, served or not."""

    def read(watched: Watched) -> float:
        waits = watched.waits()
        return float(waits.wait_s[~waits.blocked].mean()) / watched.unit_s

    return read


def mean_queue(team: str | None = None) -> Read:
    """The time average of the number who wait."""
    return lambda watched: watched.mean_queue(team)


def occupancy(group: str) -> Read:
    """Share of time that the agents of a group are busy."""
    return lambda watched: watched.occupancy(group)


def mean_held(group: str) -> Read:
    """The time average of the conversations that agents of a group hold."""
    return lambda watched: watched.held(group)


def slot_utilisation(group: str) -> Read:
    """Share of slots in use."""
    return lambda watched: watched.slot_utilisation(group)


def mean_service() -> Read:
    """Mean time from an agent's taking a conversation to its end."""

    def read(watched: Watched) -> float:
        visits = watched.run.visits
        rows = visits.answered_s >= watched.from_s
        return float(np.mean((visits.ended_s - visits.answered_s)[rows])) / watched.unit_s

    return read
