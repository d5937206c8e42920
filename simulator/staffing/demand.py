"""What theory makes of the customers who come: how many agents each half-hour takes, before anything is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ...scenarios.scenario import Scenario
from ..queueing import ErlangA, ErlangC, PiecewiseRate, Target
from .aims import Aim
from .roster import SLOT_S, SLOTS
from .tally import Frame, Tally

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ENOUGH = 5000.0
"""So many customers are looked at for the share of all that a team is sent at a time of the week."""
MOMENTS = 6
"""Moments of a half-hour at which the offered load is worked out."""
MOST_AGENTS = 100_000


@dataclass(frozen=True)
class Flow:
    """Who comes to a team's inbox.

    joins        float64, one entry for each half-hour of the week: customers expected to join while it is open
    waiting      the same: customers who wait since before the opening and are to be worked off then
    handle_s     mean time for which an agent holds a conversation
    leaves       the rate at which who waits leaves, per second
    """

    joins: FloatArray
    waiting: FloatArray
    handle_s: float
    leaves: float

    @property
    def load(self) -> FloatArray:
        """The modified offered load: conversations that would be held if there were agents for all, on average over
        each half-hour. Source: Eick, Massey and Whitt (1993), The physics of the M_t/G/∞ queue.
        """
        edges = tuple(float(SLOT_S * each) for each in range(SLOTS + 1))
        rate = PiecewiseRate.constant(edges, tuple((self.joins / SLOT_S).tolist()), periodic=True)
        at_s = np.arange(SLOTS * MOMENTS, dtype=np.float64) * (SLOT_S / MOMENTS) + SLOT_S / MOMENTS / 2
        return np.asarray(rate.load(at_s, 1 / self.handle_s).reshape(SLOTS, MOMENTS).mean(axis=1))

    @property
    def to_clear(self) -> FloatArray:
        """The conversations that have to be held in each half-hour, on average, to work off who waits."""
        return self.waiting * (self.handle_s / SLOT_S)


def flow_of(frame: Frame, tallies: Sequence[Tally], team: int, arriving: FloatArray, leaves: float) -> Flow:
    """Who comes to a team's inbox, by what was counted of some replications.

    How many are sent there of those who arrive while it is open is averaged over the half-hours around; `arriving`, who
    is expected to arrive in each, is known exactly.
    """
    counted = np.array([tally.joined[team] for tally in tallies], dtype=np.float64).sum(axis=0)
    arrived = np.array([tally.arrived for tally in tallies], dtype=np.float64).sum(axis=0)
    joins = counted / len(tallies) / np.maximum(frame.weeks, 1e-9)
    if not frame.by_business_hours[team]:
        opened = frame.open_share[team]
        for slot in np.flatnonzero(arriving * opened).tolist():
            near = _around(slot, counted)
            came = float((arrived * opened)[near].sum())
            joins[slot] = arriving[slot] * opened[slot] * counted[near].sum() / came if came else 0.0
    served = sum(int(tally.served[team]) for tally in tallies)
    handled_s = sum(float(tally.handled_s[team]) for tally in tallies)
    closed = np.array([tally.closed[team] for tally in tallies], dtype=np.float64).mean(axis=0)
    waiting, settles = np.zeros(SLOTS), frame.settles[team]
    for slot in np.flatnonzero(closed).tolist():
        # They are worked off evenly from the opening on.
        here = _run_from(slot, settles)
        waiting[here] += closed[slot] / max(frame.weeks[slot], 1e-9) / len(here)
    return Flow(joins, waiting, handled_s / served if served and handled_s else 1.0, leaves)


def _run_from(slot: int, here: BoolArray) -> list[int]:
    """A half-hour with those after it for which something holds; itself at least."""
    ends = slot + 1
    while ends < SLOTS and here[ends]:
        ends += 1
    return list(range(slot, ends))


def _around(slot: int, counted: FloatArray) -> slice:
    """The half-hours around one in which enough customers were counted, at most the whole week."""
    upto = np.concatenate([[0.0], np.cumsum(counted)])
    reach = np.arange(SLOTS)
    sums = upto[np.minimum(slot + reach + 1, SLOTS)] - upto[np.maximum(slot - reach, 0)]
    wide = int(np.searchsorted(sums, ENOUGH))
    return slice(max(slot - wide, 0), min(slot + wide + 1, SLOTS))


def arriving_in(frame: Frame) -> FloatArray:
    """Customers expected to arrive in each half-hour of the week, on average over those of a run."""
    scenario = frame.scenario
    edges_s = np.arange(frame.slot_of_minute.size // 30 + 1, dtype=np.float64) * SLOT_S
    by_slot = np.bincount(frame.slot_of_minute[::30], weights=_expected(scenario, edges_s), minlength=SLOTS)
    often = np.bincount(frame.slot_of_minute[::30], minlength=SLOTS)
    return np.asarray(by_slot / np.maximum(often, 1))


def _expected(scenario: Scenario, edges_s: FloatArray) -> FloatArray:
    arrivals, clock, days = scenario.arrivals, scenario.clock, scenario.days
    if arrivals.kind == "replayed":
        return np.histogram(arrivals.times(None, clock, days), edges_s)[0].astype(np.float64)
    found = np.diff(arrivals.rate_over(clock, days).until(edges_s))
    for surge in arrivals.surges:
        rate = arrivals.extra_rate(surge, np.ones(days), clock, days)
        found = found + float(scenario.mix(surge.intents).sum()) * np.diff(rate.until(edges_s))
    return found


@dataclass
class Sizing:
    """The fewest agents for a load, by Erlang A, or Erlang C where nobody leaves; an agent who may hold several
    conversations stands for as many servers, each as slow as when all are held.
    """

    flow: Flow
    aim: Aim
    within_s: float
    concurrency: int
    speed: float
    _takes: dict[int, float] = field(default_factory=dict)

    def agents(self, load: float) -> int:
        """The fewest agents that reach the aim at a load; one at least."""
        few, many = 0, max(1, ceil(load / self.concurrency))
        while self.takes(many) < load and many < MOST_AGENTS:
            few, many = many, 2 * many
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (few, middle) if self.takes(middle) >= load else (middle, many)
        return many

    def takes(self, agents: int) -> float:
        """The largest load with which so many agents reach the aim."""
        if agents not in self._takes:
            low, high = 0.0, 2.0 * agents * self.concurrency
            for _ in range(18):
                middle = (low + high) / 2
                low, high = (middle, high) if self._reached(middle, agents) else (low, middle)
            self._takes[agents] = low
        return self._takes[agents]

    def _reached(self, load: float, agents: int) -> bool:
        arrives, serves = load / self.flow.handle_s, self.speed / self.flow.handle_s
        servers, aim = agents * self.concurrency, self.aim
        if not self.flow.leaves:
            only = aim.answered is None and aim.occupied is None
            target = Target(aim.answered, self.within_s, occupancy=0.999 if only else aim.occupied)
            return load < servers * self.speed and target.met_by(ErlangC(arrives, serves, servers))
        target = Target(aim.answered, self.within_s, aim.abandoned, occupancy=aim.occupied)
        return target.met_by(ErlangA(arrives, serves, self.flow.leaves, servers))
