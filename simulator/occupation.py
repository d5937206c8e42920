"""How agents spent their time on duty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .floor import Fate, FloorTeam, VisitRecords

FloatArray = NDArray[np.float64]


def busy_s(
    teams: tuple[FloorTeam, ...], team_of: NDArray[np.int8], visits: VisitRecords, horizon_s: float
) -> FloatArray:
    """Seconds in which agents on duty held at least one conversation, within the horizon, for each team.

    An agent who holds several conversations is busy once; what is finished after the end of a shift does not count.
    """
    busy = np.zeros(len(teams))
    served = np.flatnonzero((visits.fate == Fate.SERVED) & (visits.answered_s < horizon_s))
    for number, team in enumerate(teams):
        here = served[team_of[served] == number]
        if not here.size:
            continue
        begin_s, end_s = visits.answered_s[here], np.minimum(visits.ended_s[here], horizon_s)
        # One time line for each agent, laid end to end, so that one sorted sweep finds the union of all intervals.
        line = visits.agent[here] * (2 * horizon_s + 1.0)
        order = np.argsort(line + begin_s, kind="stable")
        agent, line, begin_s, end_s = visits.agent[here][order], line[order], begin_s[order], end_s[order]
        reached = np.maximum.accumulate(line + end_s)
        covered_s = np.concatenate([[0.0], reached[:-1]]) - line
        begin_s = np.minimum(np.maximum(begin_s, covered_s), end_s)
        busy[number] = (_on_duty_s(team, agent, end_s) - _on_duty_s(team, agent, begin_s)).sum()
    return busy


def _on_duty_s(team: FloorTeam, agent: NDArray[np.int32], at_s: FloatArray) -> FloatArray:
    """Time that each agent has been on duty since the start, up to a moment each."""
    from_s = np.array(team.from_s)
    on = np.array(team.agents) > np.arange(max(team.agents) or 1)[:, None]
    before_s = np.concatenate([np.zeros((on.shape[0], 1)), np.cumsum(on[:, :-1] * np.diff(from_s), axis=1)], axis=1)
    period = np.searchsorted(from_s, at_s, side="right") - 1
    return np.asarray(before_s[agent, period] + on[agent, period] * (at_s - from_s[period]))
