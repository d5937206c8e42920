"""An inbox at work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from operator import itemgetter

import numpy as np

from .crew import Crew
from .floorplan import Floorplan
from .lines import Line
from .throughput import Throughput
from .visits import PlannedVisits

Taker = tuple[Crew, int]
"""A group and the number of an agent."""


class Tray:
    """Who may take from an inbox, how many wait there in which lines, and what rules see of it (docs/floor.md)."""

    def __init__(self, number: int, plan: Floorplan, visits: PlannedVisits, crews: Sequence[Crew]) -> None:
        self.number, self.inbox = number, plan.inboxes[number]
        self.waiting = 0
        self.last_wait_s = 0.0
        over_s = self.inbox.throughput_over_s
        self.throughput = None if over_s is None else Throughput(over_s)
        self._crews = tuple(crews[group] for group in self.inbox.groups)
        self._helpers = tuple(crews[group] for group in self.inbox.overflow_to)
        for crew in self._crews:
            crew.keeps_idle |= self.inbox.offers == "longest_idle"
        self._offers_in_order = self.inbox.offers in ("in_order", "expected_delay")
        self._each_alone = self.inbox.offers == "expected_delay"
        self._mean_work_s = _mean_work_s(plan, visits, number) if self._each_alone else {}
        # One for each group, if each is waited for alone; else one for all.
        self._lines = [self._line((crew,)) for crew in self._crews] if self._each_alone else [self._line(self._crews)]

    def _line(self, crews: tuple[Crew, ...]) -> Line:
        alone = crews[0] if self._each_alone else None
        line = Line(self.number, self.inbox.weight, crews, alone)
        if self._helpers:
            more = tuple(crew for crew in self._helpers if crew not in crews)
            line.overflow = Line(self.number, self.inbox.weight, crews + more, alone)
        return line

    def lines(self) -> Iterator[Line]:
        """All its lines."""
        for line in self._lines:
            yield line
            if line.overflow is not None:
                yield line.overflow

    def is_open(self) -> bool:
        """Whether anybody who takes from it is on duty."""
        return any([crew.on_duty for crew in self._crews])  # noqa: C419 - a list is quicker than a generator

    def slots_free(self) -> int:
        """Slots of able agents of its groups."""
        return sum(crew.slots_free() for crew in self._crews)

    def expected_wait_s(self, now: float) -> float:
        """What the last one who was taken had waited, or the queue over the throughput."""
        return self.last_wait_s if self.throughput is None else self.throughput.expected_wait_s(self.waiting, now)

    def is_full(self) -> bool:
        """Whether nobody more may wait."""
        most = self.inbox.waiting_at_most
        return most is not None and self.waiting >= most

    def calls_back(self) -> bool:
        """Whether who waits now is offered to be called back."""
        from_waiting = self.inbox.call_back_from
        return from_waiting is not None and self.waiting >= from_waiting

    def offered(self, u: float) -> Taker | None:
        """Who takes a visit at once, if anybody can; `u` is the visit's uniform."""
        if self._offers_in_order:
            return _first_able(self._crews)
        offers = self.inbox.offers
        able = [(crew, agent) for crew in self._crews if (agent := crew.candidate()) >= 0]
        if not able:
            return None
        if offers == "random":
            return able[int(u * len(able))]
        if offers == "longest_idle":
            idle = [(longest[0], crew, longest[1]) for crew, _ in able if (longest := crew.longest_idle())]
            if idle:
                _, crew, agent = min(idle, key=itemgetter(0))
                return crew, agent
        return min(able, key=lambda taker: taker[0].share_held(taker[1]))

    def helper(self) -> Taker | None:
        """Who takes a visit that overflows at once, if anybody can."""
        return _first_able(self._helpers)

    def line_for_one_more(self) -> Line:
        """Where a visit waits."""
        return min(self._lines, key=self._expected_delay_s) if self._each_alone else self._lines[0]

    def _expected_delay_s(self, line: Line) -> float:
        crew = line.crews[0]
        slots = crew.on_duty * crew.concurrency
        return (crew.waited_for_alone + 1) / slots * self._mean_work_s[crew.number] if slots else inf


def _first_able(crews: tuple[Crew, ...]) -> Taker | None:
    for crew in crews:
        agent = crew.candidate()
        if agent >= 0:
            return crew, agent
    return None


def _mean_work_s(plan: Floorplan, visits: PlannedVisits, inbox: int) -> dict[int, float]:
    """The mean work of all visits planned for an inbox, by the factors of each of its groups."""
    here = np.flatnonzero(visits.team == inbox)
    if not here.size:
        return dict.fromkeys(plan.inboxes[inbox].groups, 0.0)
    work_s = visits.service_s[here]
    kind = np.zeros(here.size, dtype=np.int16) if visits.kind is None else visits.kind[here]
    factors = {group: np.array(plan.groups[group].factors) for group in plan.inboxes[inbox].groups}
    return {group: float((work_s * by[kind] if by.size else work_s).mean()) for group, by in factors.items()}
