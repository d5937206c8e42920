"""How agents spent their time on duty."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .floorplan import Group
from .visits import VisitRecords

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Occupation:
    """Seconds, for each group.

    busy_s   agents on duty who held at least one conversation: who holds several is busy once
    held_s   conversations held by agents on duty, each counted
    """

    busy_s: FloatArray
    held_s: FloatArray


def occupation_of(
    groups: tuple[Group, ...], visits: VisitRecords, horizon_s: float, from_s: float = 0.0
) -> Occupation:
    """How agents on duty spent their time from `from_s` to the horizon; what is finished after the end of a shift does
    not count.
    """
    busy_s, held_s = np.zeros(len(groups)), np.zeros(len(groups))
    taken = np.flatnonzero((visits.group >= 0) & (visits.answered_s < horizon_s) & (visits.freed_s > from_s))
    for number, group in enumerate(groups):
        here = taken[visits.group[taken] == number]
        if not here.size:
            continue
        duty = Duty(group, horizon_s)
        agent, begin_s = visits.agent[here], np.maximum(visits.answered_s[here], from_s)
        end_s = np.minimum(visits.freed_s[here], horizon_s)
        until_end_s = duty.until(agent, end_s)
        busy_s[number] = held_s[number] = (until_end_s - duty.until(agent, begin_s)).sum()
        if group.concurrency == 1:
            continue
        # One time line for each agent, laid end to end, so that one sorted sweep finds the union of all intervals.
        line = agent * (2 * horizon_s + 1.0)
        order = by_agent(agent)
        order = order[np.argsort((line + begin_s)[order], kind="stable")]
        agent, line, begin_s, end_s = agent[order], line[order], begin_s[order], end_s[order]
        reached = np.maximum.accumulate(line + end_s)
        covered_s = np.concatenate([[0.0], reached[:-1]]) - line
        begin_s = np.minimum(np.maximum(begin_s, covered_s), end_s)
        busy_s[number] = (until_end_s[order] - duty.until(agent, begin_s)).sum()
    return Occupation(busy_s, held_s)


def by_agent(agent: NDArray[np.int32]) -> NDArray[np.intp]:
    """Rows in the order of their agents, those of one agent as they stand: by time or nearly so, which a stable sort
    then finds in one pass.
    """
    # Small integers are sorted by counting.
    return np.argsort(agent.astype(np.min_scalar_type(int(agent.max(initial=0)))), kind="stable")


class Duty:
    """When the agents of a group are on duty, up to the horizon."""

    def __init__(self, group: Group, horizon_s: float) -> None:
        periods = bisect_left(group.from_s, horizon_s)
        self._from_s, agents = np.array(group.from_s[:periods]), np.array(group.agents[:periods])
        self._agents = agents
        self._on = agents > np.arange(max(group.agents) or 1)[:, None]
        before_s = np.cumsum(self._on[:, :-1] * np.diff(self._from_s), axis=1)
        self._before_s = np.concatenate([np.zeros((self._on.shape[0], 1)), before_s], axis=1)

    def until(self, agent: NDArray[np.int32], at_s: FloatArray) -> FloatArray:
        """Time that each agent has been on duty since the start, up to a moment each."""
        period = np.searchsorted(self._from_s, at_s, side="right") - 1
        on, begin_s = self._on[agent, period], self._from_s[period]
        return np.asarray(self._before_s[agent, period] + on * (at_s - begin_s))

    def by_period(self, edges_s: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
        """Between each edge and the next: agents' time on duty, and the fewest agents who are there at once."""
        before_s = np.concatenate([[0.0], np.cumsum(self._agents[:-1] * np.diff(self._from_s))])
        last = np.searchsorted(self._from_s, edges_s, side="right") - 1
        staffed_s = np.diff(before_s[last] + self._agents[last] * (edges_s - self._from_s[last]))
        # Changes at an edge belong to what begins there.
        moments_s = np.union1d(self._from_s[self._from_s < edges_s[-1]], edges_s[:-1])
        agents = self._agents[np.searchsorted(self._from_s, moments_s, side="right") - 1]
        fewest = np.minimum.reduceat(agents, np.searchsorted(moments_s, edges_s[:-1]))
        return staffed_s, fewest
