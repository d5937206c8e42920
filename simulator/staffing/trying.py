"""Rosters tried on the same customers: only the floor is played again, on any number of workers, with one result."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...rules.policy import Policy
from ...scenarios.scenario import Scenario
from ..ahead import Ahead, known_ahead
from ..desk import Desk
from ..executors import results_of
from ..floorplan import Floorplan
from ..shifts import floorplan_of
from .roster import IntArray, Today
from .tally import Counter, Frame, Tally

Slots = Mapping[str, IntArray]
"""Agents on the roster in each half-hour of the week, by team or group; who is not named stays as today."""
Job = tuple[int, tuple[tuple[str, bytes], ...]]
"""A replication, and a roster's half-hours as bytes."""
KEPT = 64
"""Replications that a worker keeps ready to be played again: some megabytes each."""


@dataclass(frozen=True)
class Trial:
    """Plays rosters on the replications of one policy: sent once to whoever does it."""

    desk: Desk
    policy: Policy
    seed: int
    frame: Frame
    _ready: dict[tuple[int, bytes], tuple[Ahead, Counter]] = field(default_factory=dict, repr=False)
    _floors: dict[tuple[tuple[str, bytes], ...], Floor] = field(default_factory=dict, repr=False)

    def one(self, job: Job) -> Tally:
        """What a roster makes of a replication."""
        replication, packed = job
        if packed not in self._floors:
            # One roster is tried on all replications before the next.
            self._floors.clear()
            self._floors[packed] = self.floor(unpacked(packed))
        return self.played(replication, self._floors[packed])

    def floor(self, slots: Slots) -> Floor:
        """The floor of a roster."""
        today = self.frame.today
        roster = today.with_slots(slots)
        in_week = today.on_duty(roster)
        same = all(np.array_equal(roster[name], agents) for name, agents in today.agents.items())
        scenario = today.scenario if same else today.scenario_with(roster)
        absences = any(kind.absences for kind in scenario.agents.values())
        plan = None if absences else floorplan_of(scenario, None, in_week)
        return Floor(in_week, _seen(today, in_week), plan, scenario)

    def played(self, replication: int, floor: Floor) -> Tally:
        """What became of a replication on a floor, counted."""
        ahead, counter = self.ahead(replication, floor)
        plan = floor.plan or floorplan_of(floor.scenario, ahead.draws, floor.in_week)
        visits, _ = ahead.played(plan)
        return counter.tally(visits, plan)

    def ahead(self, replication: int, floor: Floor) -> tuple[Ahead, Counter]:
        """A replication up to where the floor opens: the same one for all rosters in which the desk is open alike."""
        key = replication, floor.seen
        if key in self._ready:
            return self._ready[key]
        desk = self.desk
        if floor.seen != _seen(self.frame.today, self.frame.today.on_duty(self.frame.today.agents)):
            desk = replace(desk, scenario=floor.scenario)
        ahead = known_ahead(desk, self.policy, self.seed, replication)
        found = ahead, Counter(self.frame, ahead)
        # The first are those of the search, which come again and again: who comes later does not drive them out.
        if len(self._ready) < KEPT:
            self._ready[key] = found
        return found


@dataclass(frozen=True)
class Floor:
    """A roster made ready to be played.

    in_week   who is on duty in each minute of the week, by team or group
    seen      when the desk is open, as far as customers, bots and rules can know that before the clock runs
    plan      who works when; `None`: that depends on the replication, as some are absent
    """

    in_week: Mapping[str, IntArray]
    seen: bytes
    plan: Floorplan | None
    scenario: Scenario


def _seen(today: Today, in_week: Mapping[str, IntArray]) -> bytes:
    """When anybody who takes from each inbox is on duty: whether the desk is open, and which teams are ever staffed,
    follow from it.
    """
    scenario = today.scenario
    each = today.opened(in_week)
    solving = {intent.team for intent in scenario.intents.values()}
    opened = np.any([there for there, team in zip(each, scenario.teams, strict=True) if team in solving], axis=0)
    return np.packbits(opened).tobytes() + np.array([there.any() for there in each]).tobytes()


def packed(slots: Slots) -> tuple[tuple[str, bytes], ...]:
    """Half-hours as what can be compared and sent."""
    return tuple((name, np.asarray(agents, dtype=np.int32).tobytes()) for name, agents in sorted(slots.items()))


def unpacked(slots: tuple[tuple[str, bytes], ...]) -> dict[str, NDArray[np.int64]]:
    """The half-hours again."""
    return {name: np.frombuffer(agents, dtype=np.int32).astype(np.int64) for name, agents in slots}


class Trials:
    """Rosters that have been tried, and the workers that try more; those end with the `with` block.

    `finished(done, of)` is told after each replication of each roster, of `expected` or more.
    """

    def __init__(
        self,
        trial: Trial,
        workers: int | Executor = 1,
        finished: Callable[[int, int], None] | None = None,
        expected: int = 0,
    ) -> None:
        self.trial, self._expected = trial, expected
        self.played = 0
        self._workers, self._finished = workers, finished
        self._jobs = deque[Job]()
        self._results: Generator[tuple[Job, Tally]] | None = None
        self._found: dict[Job, Tally] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._results is not None:
            self._results.close()

    def tallies(self, slots: Slots, replications: Iterable[int]) -> tuple[Tally, ...]:
        """What a roster makes of some replications, in their order. Raises what playing does, and `WorkersGone` where
        nothing comes back.
        """
        name = packed(slots)
        asked = [(number, name) for number in replications]
        missing = [job for job in asked if job not in self._found]
        self._jobs.extend(missing)
        for _ in missing:
            if self._results is None:
                self._results = results_of(self.trial, self._jobs, self._workers)
            job, tally = next(self._results)
            self._found[job] = tally
            self.played += 1
            if self._finished is not None:
                self._finished(self.played, max(self.played, self._expected))
        return tuple(self._found[job] for job in asked)
