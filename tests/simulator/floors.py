"""Floors that Hypothesis makes, and what their records must always satisfy."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from deskdrill.simulator.floor import TOLD_GONE, Fate, Floor, FloorTeam, PlannedVisits, VisitRecords

FloatArray = NDArray[np.float64]
SHIFT_S = 900.0


@dataclass(frozen=True)
class Case:
    """A floor and who joins it: `joins_s[i]` is when visit `first[i]` does."""

    teams: tuple[FloorTeam, ...]
    visits: PlannedVisits
    joins_s: FloatArray
    first: NDArray[np.int32]

    def played(self, sequel: object = None) -> VisitRecords:
        """Its records."""
        floor = Floor(self.teams, self.visits)
        floor.sequel = sequel  # type: ignore[assignment]
        return floor.play(self.joins_s, self.first)

    def times(self, factor: float) -> Case:
        """The same with every time so many times as long."""
        teams = tuple(FloorTeam(t.concurrency, tuple(at * factor for at in t.from_s), t.agents) for t in self.teams)
        v = self.visits
        visits = PlannedVisits(
            v.team, v.priority, v.service_s * factor, v.patience_s * factor, v.message_patience_s * factor, v.next
        )
        return Case(teams, visits, self.joins_s * factor, self.first)


class Nothing:
    """A sequel to which nothing ever happens: the floor then notices everybody who leaves."""

    def __init__(self, visits: int) -> None:
        self.visits = visits

    def starts(self, code: int, now_s: float) -> None:  # noqa: ARG002 - a sequel is told both
        raise AssertionError("nothing was scheduled")

    def eventful(self) -> bytes:
        return bytes([TOLD_GONE]) * self.visits

    def ends(self, visit: int, now_s: float, served: bool) -> None:
        pass


@st.composite
def cases(draw: st.DrawFn, *, whole_seconds: bool = False, constant_staff: bool = False) -> Case:
    """Up to 40 chains of visits on one to three small teams.

    No two moments are equal but those that are meant to be: every time has random digits after the point, and shifts change at
    whole quarters of an hour. With `whole_seconds` they often are.
    """
    teams = tuple(
        FloorTeam(draw(st.integers(1, 3)), *_shifts(draw, constant_staff)) for _ in range(draw(st.integers(1, 3)))
    )
    chains = draw(st.lists(st.integers(1, 3), min_size=1, max_size=40))
    size = sum(chains)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))

    def seconds(most: int, many: int) -> FloatArray:
        whole = np.array(draw(st.lists(st.integers(0, most), min_size=many, max_size=many)), dtype=np.float64)
        return whole if whole_seconds else whole + rng.random(many)

    def maybe_never(times: FloatArray) -> FloatArray:
        return np.where(rng.random(times.size) < 0.2, inf, times)

    first = np.concatenate([[0], np.cumsum(chains)[:-1]]).astype(np.int32)
    following = np.arange(1, size + 1, dtype=np.int32)
    following[np.cumsum(chains) - 1] = -1
    many_teams = st.integers(0, len(teams) - 1)
    joins_s = np.sort(seconds(4 * int(SHIFT_S), len(chains)))
    visits = PlannedVisits(
        team=np.array(draw(st.lists(many_teams, min_size=size, max_size=size)), dtype=np.int8),
        priority=np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=np.int8),
        service_s=seconds(1200, size),
        patience_s=maybe_never(seconds(900, size)),
        message_patience_s=maybe_never(seconds(3600, size)),
        next=following,
    )
    return Case(teams, visits, joins_s, first)


def _shifts(draw: st.DrawFn, constant: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if constant:
        return (0.0,), (draw(st.integers(1, 3)),)
    agents = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    return tuple(number * SHIFT_S for number in range(len(agents))), tuple(agents)


def on_duty(team: FloorTeam, at_s: float) -> int:
    """Agents on duty at a moment, the new shift included."""
    return [agents for from_s, agents in zip(team.from_s, team.agents, strict=True) if from_s <= at_s][-1]


def assert_lawful(teams: tuple[FloorTeam, ...], planned: PlannedVisits, records: VisitRecords) -> None:
    """What every record of a floor satisfies, whatever the case; read off the records alone."""
    joined_s, answered_s, ended_s = records.joined_s, records.answered_s, records.ended_s
    fate = records.fate
    served, gone, still = fate == Fate.SERVED, fate == Fate.ABANDONED, fate == Fate.OPEN
    made = fate != Fate.NOT_MADE
    assert np.isnan(joined_s[~made]).all()
    assert np.isnan(answered_s[~served]).all()
    assert not np.isnan(joined_s[made]).any()
    assert (answered_s[served] >= joined_s[served]).all()
    np.testing.assert_array_equal(ended_s[served], answered_s[served] + planned.service_s[served])
    assert np.isnan(ended_s[still]).all()
    for number, team in enumerate(teams):
        _assert_team_lawful(team, np.flatnonzero(made & (planned.team == number)), planned, records)
    duty = np.array([on_duty(teams[planned.team[v]], joined_s[v]) if made[v] else 0 for v in range(fate.size)])
    bears_s = np.where(duty > 0, planned.patience_s, planned.message_patience_s)
    answered_at_once = served & (answered_s == joined_s)
    waited = made & ~answered_at_once
    assert (answered_s[served & waited] <= (joined_s + bears_s)[served & waited]).all()
    np.testing.assert_array_equal(ended_s[gone], (joined_s + bears_s)[gone])
    assert np.isinf(bears_s[still]).all()


def _assert_team_lawful(
    team: FloorTeam, mine: NDArray[np.intp], planned: PlannedVisits, records: VisitRecords
) -> None:
    joined_s, answered_s, ended_s = records.joined_s[mine], records.answered_s[mine], records.ended_s[mine]
    agent, priority = records.agent[mine], planned.priority[mine]
    served = ~np.isnan(answered_s)
    left_line_s = np.where(served, answered_s, np.where(np.isnan(ended_s), inf, ended_s))
    moments = np.unique(np.concatenate([joined_s, left_line_s[np.isfinite(left_line_s)], ended_s[served], team.from_s]))
    for at_s in (moments[:-1] + moments[1:]) / 2:
        holds = served & (answered_s < at_s) & (at_s < ended_s)
        load = np.bincount(agent[holds], minlength=max(team.agents, default=0))
        assert (load <= team.concurrency).all()
        free = on_duty(team, at_s) * team.concurrency - load[: on_duty(team, at_s)].sum()
        waits = (joined_s < at_s) & (at_s < left_line_s)
        assert not waits.any() or free == 0, "somebody waits while a slot is free"
    for one in np.flatnonzero(served):
        assert agent[one] < on_duty(team, answered_s[one]), "taken by an agent who was off duty"
        ahead = (priority < priority[one]) | ((priority == priority[one]) & (joined_s < joined_s[one]))
        # Whoever joined at that very moment is let off: within one moment, joins come after those who are answered.
        passed_over = ahead & (joined_s < answered_s[one]) & (left_line_s > answered_s[one])
        assert not passed_over.any(), "somebody ahead was passed over"
