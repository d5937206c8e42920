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
WINDOW = 0.19
"""The part of a cycle whose arrivals stand for a moment."""
NODES = 32
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
        warm_up = self.warm_up * unit_s / DAY_S
        # Every moment comes at least once.
        days = ceil(warm_up + max(conversations / self.rate * unit_s / DAY_S, 2.0))
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
        """P(W>0), each moment counting as many customers as arrive in its window."""
        arriving = [self._arriving(float(begins))[1].sum() for begins, _ in self.windows]
        return float(np.average(self._delay_at(self.at), weights=arriving))

    def _arriving(self, begins: float) -> tuple[FloatArray, FloatArray]:
        """Moments of the window that begins there, and how much of its arrivals each stands for."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        at = (begins + WINDOW * (nodes + 1) / 2) * 2 * pi / self.frequency
        return at, weights * self.swing.at(at)

    def _delay_at(self, at: FloatArray) -> FloatArray:
        return poisson_tail(self.swing.load(at, self.service), self.agents)

    @cached_property
    def windows(self) -> FloatArray:
        """Where the window of each moment begins and ends, as parts of a cycle; some begin before 0 or end after 1.

        It is placed so that the customers who arrive in it wait, on average, with the probability of the moment itself:
        the load bends between a moment and its neighbours, so that the middle of the window is not quite there. Its
        width does not change what is estimated, only how surely: all who arrive within a short time meet one state.
        """
        exact = self._delay_at(self.at)
        return np.array([self._window(*each) for each in zip(self.moments, exact.tolist(), strict=True)])

    def _window(self, moment: float, exact: float) -> tuple[float, float]:
        """The window about a moment whose customers wait as those of the moment do; about its middle if none does."""

        def excess(begins: float) -> float:
            at, arriving = self._arriving(begins)
            return float(arriving @ self._delay_at(at) / arriving.sum()) - exact

        middle = moment - WINDOW / 2
        begins = np.linspace(middle - WINDOW / 2, middle + WINDOW / 2, 1 + 2 * NODES)
        found = np.array([excess(float(each)) for each in begins])
        crossings = np.flatnonzero(np.diff(np.sign(found)))
        if not crossings.size:
            return middle, middle + WINDOW
        nearest = int(crossings[np.abs(begins[crossings] - middle).argmin()])
        low, high = float(begins[nearest]), float(begins[nearest + 1])
        is_rising = found[nearest + 1] > found[nearest]
        for _ in range(50):
            half = (low + high) / 2
            low, high = (low, half) if (excess(half) > 0) == is_rising else (half, high)
        return low, low + WINDOW

    def _waited(self, watched: Watched) -> float:
        """Share of those who arrived around one of the moments who waited."""
        at = watched.run.population.arrives_s[watched.table.problem] / DAY_S
        here = np.zeros(at.size, dtype=np.bool_)
        for begins, ends in self.windows:
            here |= (at - begins) % 1 < ends - begins
        return float((watched.table.wait_s[here & watched.begins_within] > 0).mean())

    def _number(self, watched: Watched) -> float:
        """The number in the system, on average over the moments of all cycles."""
        visits = watched.run.visits
        made = visits.fate != Fate.NOT_MADE
        days = np.arange(ceil(watched.from_s / DAY_S), watched.until_s / DAY_S)
        at_s = ((days[:, None] + np.array(self.moments)) * DAY_S).ravel()
        came = np.searchsorted(np.sort(visits.joined_s[made]), at_s, side="right")
        went = np.searchsorted(np.sort(visits.ended_s[made]), at_s, side="right")
        return float((came - went).mean())
