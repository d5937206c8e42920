"""What a case reads of a run: the product's own measures, and what its tables hold, once the desk is warm."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..conversations import Conversations
from ..measured import Measured
from ..metrics import BY_ID
from ..part import Part
from ..run import Run
from ..visits import Fate
from ..waits import Waits

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Watched:
    """A run from the end of its warm-up until its horizon; times come back in units of `unit_s` seconds.

    Customers are those who arrive in that window, whatever becomes of them later; shares of time are of the window.
    """

    def __init__(self, run: Run, unit_s: float) -> None:
        self.run, self.unit_s = run, unit_s
        self.from_s, self.until_s = run.counts_from_s, run.desk.scenario.horizon_s
        self._measured = Measured(run)
        self._coming: Iterator[tuple[str, str, Part]] = self._measured.parts()
        self._parts: dict[tuple[str, str], Part] = {}

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
        wanted = ("team", team) if team is not None else ("overall", "") if segment is None else ("segment", segment)
        # The parts are made one after the other, the first ones quickly: no more of them than are asked for.
        while wanted not in self._parts:
            kind, name, part = next(self._coming)
            self._parts[kind, name] = part
        return self._parts[wanted]

    def occupancy(self, group: str) -> float:
        """The share of its time on duty in which agents of a group, or of a team of its own, hold a conversation."""
        number = self._group(group)
        return float(self._measured.occupation.busy_s[number] / self.run.staffed_s[number])

    def slot_utilisation(self, group: str) -> float:
        """The share of the slots of a group, or of a team's own agents, that are in use."""
        number = self._group(group)
        return float(self._measured.occupation.held_s[number] / self._measured.slots_s[number])

    def held(self, group: str) -> float:
        """Conversations that agents of a group, or of a team of its own, hold at once, on average over the window."""
        return float(self._measured.occupation.held_s[self._group(group)]) / (self.until_s - self.from_s)

    def _group(self, name: str) -> int:
        return list(self.run.desk.scenario.agents).index(name)

    @property
    def window(self) -> float:
        """How long the window is, in units."""
        return (self.until_s - self.from_s) / self.unit_s

    def mean_number(self, from_s: FloatArray, until_s: FloatArray) -> float:
        """How many there are at once, on average over the window, of those who are there from one moment to another."""
        there_s = np.minimum(until_s, self.until_s) - np.maximum(from_s, self.from_s)
        return float(np.maximum(there_s, 0).sum()) / (self.until_s - self.from_s)

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
