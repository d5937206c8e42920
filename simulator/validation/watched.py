"""What a case reads of a run: the product's own measures, and what its tables hold, once the desk is warm."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..conversations import Conversations
from ..measured import Measured, Part, Waits
from ..metrics import BY_ID
from ..occupation import occupation_of
from ..run import Run
from ..visits import Fate

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Watched:
    """A run from `from_s`, when it is warm, until its horizon; times come back in units of `unit_s` seconds.

    Customers are those who arrive in that window, whatever becomes of them later; shares of time are of the window.
    """

    def __init__(self, run: Run, from_s: float, unit_s: float) -> None:
        self.run, self.from_s, self.unit_s = run, from_s, unit_s
        self.until_s = run.desk.scenario.horizon_s
        self._measured = Measured(run)

    def measure(self, name: str, team: str | None = None, segment: str | None = None) -> float:
        """One of the product's measures, overall, of a team or of a segment; lengths of time in units."""
        metric = BY_ID[name]
        value = metric.value(self.part(team, segment))
        return value / self.unit_s if metric.unit == "s" else value

    def waits(self, team: str | None = None, segment: str | None = None) -> Waits:
        """The waits that these measures are of, in seconds."""
        return self.part(team, segment).waits

    def part(self, team: str | None = None, segment: str | None = None) -> Part:
        """Whom measures are about."""
        if team is not None:
            return self._parts["team", team]
        return self._parts["overall", ""] if segment is None else self._parts["segment", segment]

    @cached_property
    def _parts(self) -> dict[tuple[str, str], Part]:
        """The run's parts, without customers who arrived before the window."""
        measured, run = self._measured, self.run
        counted = run.population.arrives_s >= self.from_s
        table = run.conversations
        told = counted[table.problem]
        _, at = measured.visit_waits
        made = np.flatnonzero(run.visits.fate != Fate.NOT_MADE)
        rows = np.concatenate([each.rows for each in run.attempts.attempts])
        visited = counted[rows[run.attempts.owner[made]]]
        found = {}
        for kind, name, part in measured.parts():
            placed = told[part.placed]
            waits = part.waits.where(visited[at == part.team] if kind == "team" else placed)
            found[kind, name] = Part(
                measured,
                part.problems[counted[part.problems]],
                part.conversations[told[part.conversations]],
                part.placed[placed],
                waits,
                part.is_segment,
                part.team,
            )
        return found

    def occupancy(self, group: str) -> float:
        """Share of the window in which agents of a group, or of a team of its own, hold a conversation."""
        number = self._group(group)
        return self._spent("busy_s", number) / (self._window_s * self.run.floorplan.groups[number].most)

    def held(self, group: str) -> float:
        """Conversations that agents of a group, or of a team of its own, hold at once, on average over the window."""
        return self._spent("held_s", self._group(group)) / self._window_s

    def slot_utilisation(self, group: str) -> float:
        """Share of the slots of a group that are in use, on average over the window."""
        agents = self.run.floorplan.groups[self._group(group)]
        return self.held(group) / (agents.most * agents.concurrency)

    def _group(self, name: str) -> int:
        return list(self.run.desk.scenario.agents).index(name)

    def _spent(self, what: str, group: int) -> float:
        """Agents' time in the window: that until its end less that until its start."""
        groups, visits = self.run.floorplan.groups, self.run.visits
        until, before = (occupation_of(groups, visits, at_s) for at_s in (self.until_s, self.from_s))
        return float(getattr(until, what)[group] - getattr(before, what)[group])

    @property
    def _window_s(self) -> float:
        return self.until_s - self.from_s

    @property
    def window(self) -> float:
        """How long the window is, in units."""
        return self._window_s / self.unit_s

    def mean_number(self, from_s: FloatArray, until_s: FloatArray) -> float:
        """How many there are at once, on average over the window, of those who are there from one moment to another."""
        there = np.minimum(until_s, self.until_s) - np.maximum(from_s, self.from_s)
        return float(np.maximum(there, 0).sum()) / self._window_s

    def mean_queue(self, team: str | None = None) -> float:
        """How many wait at once, on average over the window."""
        visits = self.run.visits
        rows = visits.fate != Fate.NOT_MADE
        if team is not None:
            rows &= self.run.attempts.visits.team == self.run.team_names.index(team)
        return self.mean_number(visits.joined_s[rows], left_s(self.run)[rows])

    @property
    def table(self) -> Conversations:
        """All conversations of the run."""
        return self.run.conversations

    @cached_property
    def begins_within(self) -> BoolArray:
        """Whether each conversation begins in the window, whenever its customer came first."""
        starts_s = self.table.starts_s
        return np.asarray((starts_s >= self.from_s) & (starts_s < self.until_s))


def left_s(run: Run) -> FloatArray:
    """When each visit that was made left the line: answered or gone."""
    visits = run.visits
    return np.where(np.isnan(visits.answered_s), visits.ended_s, visits.answered_s)
