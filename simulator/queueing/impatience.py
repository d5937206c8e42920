"""One pool of agents for customers who do not wait for ever: Erlang A, and M/M/n+G for any law of patience."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue, Unstable
from .arguments import require_counts, require_not_negative, require_positive
from .erlang import MOST_STATES, FiniteQueue, erlang_b
from .panels import Panels
from .times import Survival, exponential

FloatArray = NDArray[np.float64]
# Densities below exp(-45) of the highest are left out.
NEGLIGIBLE = 45.0
TOLERANCE = 1e-13


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """Answers within a time, counted in the four ways in use.

    `of_offered`: over all who arrive; `of_served`: over those who were answered; `g1`: over all who arrive but those
    who left within the time; `g2`: those who left within the time count as good.
    """

    of_offered: float
    of_served: float
    g1: float
    g2: float


@dataclass(frozen=True)
class ImpatientQueue:
    """M/M/n+G: Poisson arrivals, exponential handle times, first come first served, any law of patience.

    `patience` is the share of customers who bear a wait longer than x (see `times`): it may jump, start below 1 (some
    do not wait at all) and stay above 0 (some never leave). Waits are in the unit of time of the rates.
    Raises `BadValue` for a rate that is not above 0 or no agents, `Unstable` if those who never leave are too many.
    Source: Baccelli and Hebuterne (1981), On queues with impatient customers; Zeltyn and Mandelbaum (2005), Call
    centers with impatient customers: many-server asymptotics of the M/M/n+G queue.

    >>> from deskdrill.simulator.queueing import constant
    >>> desk = ImpatientQueue(arrival_rate=10, service_rate=1, agents=10, patience=constant(2.0))
    >>> round(desk.abandonment_probability, 6), round(desk.mean_wait, 6)
    (0.040551, 0.892125)
    """

    arrival_rate: float
    service_rate: float
    agents: int
    patience: Survival

    def __post_init__(self) -> None:
        require_positive(arrival_rate=self.arrival_rate, service_rate=self.service_rate)
        require_counts(agents=self.agents)

    @property
    def delay_probability(self) -> float:
        """P(W > 0); who balks does not wait."""
        return self.waits_longer(0.0)

    @cached_property
    def abandonment_probability(self) -> float:
        """P(Ab): share who leave, those who do not wait at all included."""
        waits = self._offered_waits
        return float(((1 - waits.stays) * waits.weights).sum())

    @cached_property
    def mean_wait(self) -> float:
        """Mean wait of everybody, served or not."""
        waits = self._offered_waits
        return float((waits.borne * waits.weights).sum())

    @cached_property
    def mean_wait_of_served(self) -> float:
        """Mean wait of those who were answered ("average speed of answer")."""
        waits = self._offered_waits
        return float((waits.wait * waits.stays * waits.weights).sum()) / (1 - self.abandonment_probability)

    @property
    def mean_queue(self) -> float:
        """Mean number of conversations that wait (Little's law)."""
        return self.arrival_rate * self.mean_wait

    @property
    def occupancy(self) -> float:
        """Share of their time that agents are busy."""
        return self.arrival_rate * (1 - self.abandonment_probability) / (self.agents * self.service_rate)

    def waits_longer(self, than: float) -> float:
        """P(W > than), of everybody, served or not."""
        require_not_negative(than=than)
        waits = self._offered_waits_cut(than)
        return float(waits.weights[waits.wait > than].sum()) * self._patient(than)

    def service_levels(self, within: float) -> ServiceLevels:
        """The four service levels for answers within a time."""
        require_not_negative(within=within)
        waits = self._offered_waits_cut(within)
        soon = waits.wait <= within
        stays, weights = waits.stays[soon], waits.weights[soon]
        answered = waits.none + float((stays * weights).sum())
        later = float(waits.weights[~soon].sum())
        left = float(((1 - stays) * weights).sum()) + later * (1 - self._patient(within))
        served = 1 - self.abandonment_probability
        return ServiceLevels(answered, answered / served, answered / (1 - left), answered + left)

    def _patient(self, than: float) -> float:
        return float(self.patience(np.array([than]))[0])

    @cached_property
    def _panels(self) -> Panels:
        """Panels on which the density of the offered wait is smooth, up to where it is negligible."""
        capacity = self.agents * self.service_rate
        panels = Panels(np.array([0.0, 1 / capacity]))
        # Beyond 2^60 services an agent nobody speaks of a steady state.
        for _ in range(60):
            panels = panels.refined(lambda each: self.patience(each.nodes), TOLERANCE / self.arrival_rate)
            log_density = self._log_density(panels)
            if log_density[-1, -1] < max(0.0, float(log_density.max())) - NEGLIGIBLE:
                break
            panels = Panels(np.append(panels.edges, 2 * panels.edges[-1]))
        else:
            raise Unstable(
                f"{self.agents} agents do {capacity:g} conversations per unit of time, and more customers than that "
                f"never leave, of {self.arrival_rate:g} who arrive: the queue grows for ever; give more agents"
            )
        highest = log_density.max()
        scale = panels.integral(np.exp(log_density - highest))
        return panels.refined(lambda each: np.exp(self._log_density(each) - highest), TOLERANCE * scale)

    def _log_density(self, panels: Panels) -> FloatArray:
        """λ H(x) − n μ x, where H(x) is the mean of the smaller of patience and x."""
        borne = panels.running(self.patience(panels.nodes))
        return self.arrival_rate * borne - self.agents * self.service_rate * panels.nodes

    @cached_property
    def _offered_waits(self) -> _OfferedWaits:
        return self._offered_waits_on(self._panels)

    def _offered_waits_cut(self, at: float) -> _OfferedWaits:
        """With no panel on both sides of a moment."""
        if not 0 < at < self._panels.edges[-1]:
            return self._offered_waits
        return self._offered_waits_on(self._panels.with_edge(at))

    def _offered_waits_on(self, panels: Panels) -> _OfferedWaits:
        stays = self.patience(panels.nodes)
        log_density = self._log_density(panels)
        highest = max(0.0, float(log_density.max()))
        # The states with a free agent weigh 1 / B(n − 1) where the moment at which the last one is taken weighs 1.
        taken = self.arrival_rate * erlang_b(self.arrival_rate / self.service_rate, self.agents - 1)
        weights = taken * np.exp(log_density - highest) * panels.weights
        total = exp(-highest) + float(weights.sum())
        return _OfferedWaits(exp(-highest) / total, panels.nodes, weights / total, stays, panels.running(stays))


@dataclass(frozen=True, slots=True)
class _OfferedWaits:
    """The wait of a customer of endless patience: the probability of none, and nodes with their weights for the rest.

    At each node: the share who stay so long, and the mean time that customers would bear of it.
    """

    none: float
    wait: FloatArray
    weights: FloatArray
    stays: FloatArray
    borne: FloatArray


@dataclass(frozen=True)
class ErlangA:
    """M/M/n+M: exponential patience; those who are not answered in time leave.

    `impatience_rate` is one over the mean patience. Any load is stable. Raises `BadValue` for a rate that is not above
    0, no agents, or a queue too long to be summed (customers far more patient than their wait).
    Source: Palm (1957); Garnett, Mandelbaum and Reiman (2002), Designing a call center with impatient customers.
    Summed over the states of the birth and death chain, until what is left out is below 1e-20.

    >>> desk = ErlangA(arrival_rate=48, service_rate=1, impatience_rate=0.5, agents=50)
    >>> round(desk.abandonment_probability, 6), round(desk.mean_queue, 6)
    (0.030912, 2.967576)
    """

    arrival_rate: float
    service_rate: float
    impatience_rate: float
    agents: int

    def __post_init__(self) -> None:
        require_positive(
            arrival_rate=self.arrival_rate, service_rate=self.service_rate, impatience_rate=self.impatience_rate
        )
        require_counts(agents=self.agents)
        if self.agents + self._longest_queue > MOST_STATES:
            raise BadValue(
                f"`impatience_rate` is {self.impatience_rate:g} for {self.arrival_rate:g} arrivals: the queue is too "
                "long to be summed; give a higher rate, or use ErlangC for customers who never leave"
            )

    @property
    def load(self) -> float:
        """Work that arrives in a unit of time, in erlangs; some of it leaves."""
        return self.arrival_rate / self.service_rate

    @property
    def delay_probability(self) -> float:
        """P(W > 0)."""
        return self._queue.delay_probability

    @property
    def abandonment_probability(self) -> float:
        """P(Ab): share who leave."""
        return self._queue.abandonment_probability

    @property
    def mean_wait(self) -> float:
        """Mean wait of everybody, served or not."""
        return self._queue.mean_wait

    @property
    def mean_wait_of_served(self) -> float:
        """Mean wait of those who were answered ("average speed of answer")."""
        return self._offered.mean_wait_of_served

    @property
    def mean_queue(self) -> float:
        """Mean number of conversations that wait."""
        return self._queue.mean_queue

    @property
    def occupancy(self) -> float:
        """Share of their time that agents are busy."""
        return self._queue.occupancy

    @property
    def states(self) -> FloatArray:
        """The probability of each number in the system, from 0 on."""
        return self._queue.states

    def waits_longer(self, than: float) -> float:
        """P(W > than), of everybody, served or not."""
        return self._offered.waits_longer(than)

    def service_levels(self, within: float) -> ServiceLevels:
        """The four service levels for answers within a time."""
        return self._offered.service_levels(within)

    @cached_property
    def _queue(self) -> FiniteQueue:
        places = self.agents + self._longest_queue
        return FiniteQueue(self.arrival_rate, self.service_rate, self.agents, places, self.impatience_rate)

    @cached_property
    def _offered(self) -> ImpatientQueue:
        return ImpatientQueue(self.arrival_rate, self.service_rate, self.agents, exponential(1 / self.impatience_rate))

    @property
    def _longest_queue(self) -> int:
        """Where the terms have fallen below 1e-20 of the largest, which stands where arrivals balance departures."""
        arrivals = self.arrival_rate / self.impatience_rate
        served = self.agents * self.service_rate / self.impatience_rate
        longest = max(arrivals - served, 0) + 12 * sqrt(arrivals) + 60
        # Without those who leave they would fall geometrically.
        return ceil(min(longest, 50 / log(served / arrivals)) if served > arrivals else longest)
