"""Arrivals that change with time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, pi, sin
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...calendar import DAY_S
from ...errors import BadValue
from ..queueing import SinusoidalRate, poisson_tail
from ..visits import Fate
from .model import Measure, Model
from .papers import Desk, one_team, segment, team
from .parameters import Count, NotNegatives, Positive
from .scale import Scale
from .shapes import exponential
from .watched import Watched

FloatArray = NDArray[np.float64]
HOURS = 24
AROUND_S = 600.0
"""Arrivals so near a moment, on either side, stand for it. A cycle is a day; the rate that they meet, and with it the
probability to wait, is on average that of the moment itself to three parts in ten thousand (a test shows it).
"""
LONGEST_DAYS = 366


@dataclass(frozen=True)
class Sinusoidal(Model):
    """M_t/M/n+M with one mean of patience and of work, and arrivals that swing about their mean.

    The number in the system is then Poisson with the mean m(t) of infinitely many servers, whatever the number of
    agents is and does; a customer waits if it is n or more. The number of agents is constant, as agents who go off
    duty finish what they hold: for a while fewer than n of those on duty are busy while n are in the system.
    """

    name: ClassVar[str] = "sinusoidal"
    about: ClassVar[str] = "arrivals swing as a sine does, patience is as long as work: Poisson at any moment"

    arrivals: Annotated[Positive, "customers who arrive, on average over a cycle"]
    amplitude: Annotated[Positive, "how far they swing about that"]
    service: Annotated[Positive, "conversations that a busy agent completes, and one over the mean patience"]
    agents: Annotated[Count, "agents, at all times"]
    moments: Annotated[NotNegatives, "when to look, as parts of the cycle: arrivals are at their mean at 0, rising"]
    frequency: Annotated[Positive, "radians of the cycle in a unit of time"] = 1.0

    def __post_init__(self) -> None:
        if self.amplitude > 0.99 * self.arrivals:
            raise BadValue(f"`amplitude` is {self.amplitude:g}; give less than `arrivals`, {self.arrivals:g}")
        if max(self.moments) > 1:
            raise BadValue(f"`moments` has {max(self.moments):g}; give parts of a cycle, from 0 to 1")

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        # The load that is still missing after an empty start falls with the rate of service: to 5e-5 of it.
        return 10 / self.service

    def scale(self, conversations: float) -> Scale:
        # A cycle is a day.
        unit_s = DAY_S * self.frequency / (2 * pi)
        days = ceil((self.warm_up + conversations / self.rate) * unit_s / DAY_S)
        return Scale(unit_s, min(days, LONGEST_DAYS))

    @cached_property
    def swing(self) -> SinusoidalRate:
        """The arrivals."""
        return SinusoidalRate(self.arrivals, self.amplitude, self.frequency)

    @cached_property
    def at(self) -> FloatArray:
        """The moments, in units of time."""
        return np.array(self.moments) * 2 * pi / self.frequency

    def desk(self, scale: Scale) -> Desk:
        customers = segment(scale, 1, patience=exponential(1 / self.service))
        plain = one_team(scale, exponential(1 / self.service), customers, team(scale, self.agents))
        # Straight lines between points of a sine swing less than it, by this factor; what else they differ from it
        # by are waves more than twenty times as fast, and as many times smaller again in the load.
        flattened = (sin(pi / HOURS) / (pi / HOURS)) ** 2
        middles = 2 * pi * (np.arange(HOURS) + 0.5) / HOURS
        by_hour = self.arrivals + self.amplitude / flattened * np.sin(middles)
        arrivals = {"per_week": scale.per_week(self.arrivals), "by_hour": by_hour.tolist(), "rate": "linear"}
        return Desk({**plain.scenario, "arrivals": arrivals}, plain.policy)

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure("P(W>0)", self._delay, self._waited),
            Measure("E[N]", lambda: float(self._loads.mean()), self._number),
        )

    @property
    def _loads(self) -> FloatArray:
        return self.swing.load(self.at, self.service)

    def _delay(self) -> float:
        """P(W>0), each moment counting as many customers as arrive around it."""
        return float(np.average(poisson_tail(self._loads, self.agents), weights=self.swing.at(self.at)))

    def _waited(self, watched: Watched) -> float:
        """Share of those who arrived around one of the moments who waited."""
        arrives_s = watched.run.population.arrives_s[watched.table.problem]
        apart_s = np.abs((arrives_s[:, None] / DAY_S - np.array(self.moments) + 0.5) % 1 - 0.5) * DAY_S
        here = (apart_s.min(axis=1) <= AROUND_S) & watched.begins_within
        return float((watched.table.wait_s[here] > 0).mean())

    def _number(self, watched: Watched) -> float:
        """The number in the system, on average over the moments of all cycles."""
        visits = watched.run.visits
        made = visits.fate != Fate.NOT_MADE
        days = np.arange(ceil(watched.from_s / DAY_S), watched.until_s / DAY_S)
        at_s = ((days[:, None] + np.array(self.moments)) * DAY_S).ravel()
        came = np.searchsorted(np.sort(visits.joined_s[made]), at_s, side="right")
        went = np.searchsorted(np.sort(visits.ended_s[made]), at_s, side="right")
        return float((came - went).mean())
