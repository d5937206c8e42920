"""One pool of agents, Poisson arrivals, exponential handle times: Erlang B, Erlang C and the finite queue.

Rates are per one unit of time, the same for all; waits come back in that unit. A *load* is in erlangs: arrival rate
times mean handle time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue
from .arguments import require_counts, require_inner_shares, require_not_negative, require_positive, require_stable

FloatArray = NDArray[np.float64]
# A chain with more states than this would not fit into memory.
MOST_STATES = 5_000_000


def erlang_b(load: float, agents: int) -> float:
    """The probability that an arriving conversation finds no free agent, where nobody waits (M/G/c/c).

    `load` is in erlangs; the law of the handle times does not matter. Everybody is blocked where `agents` is 0.
    Source: Jagerman (1974), Some properties of the Erlang loss function: B(0) = 1, B(k) = a B(k−1) / (k + a B(k−1)),
    which is stable for any load.

    >>> round(erlang_b(load=8.0, agents=10), 8)
    0.12166106
    """
    require_not_negative(load=load)
    require_counts(0, agents=agents)
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """The probability that an arriving conversation has to wait, in an M/M/c queue that nobody leaves.

    `load` is in erlangs. Raises `Unstable` if `agents <= load`: the queue then grows for ever.
    Source: Cooper (1981), Introduction to Queueing Theory, ch. 3: C = B / (1 − ρ (1 − B)).

    >>> round(erlang_c(load=8.0, agents=10), 8)
    0.40918015
    """
    require_counts(agents=agents)
    require_not_negative(load=load)
    require_stable(load, agents)
    blocked = erlang_b(load, agents)
    return blocked / (1 - load / agents * (1 - blocked))


@dataclass(frozen=True)
class ErlangC:
    """M/M/c: an endless queue, first come first served, that nobody leaves.

    Raises `BadValue` for a rate that is not above 0 or fewer agents than one, `Unstable` if the agents cannot keep up.
    Source: Cooper (1981), Introduction to Queueing Theory, ch. 3.

    >>> desk = ErlangC(arrival_rate=100 / 30, service_rate=1 / 3, agents=14)
    >>> round(desk.service_level(within=20 / 60), 8)
    0.88835002
    """

    arrival_rate: float
    service_rate: float
    agents: int

    def __post_init__(self) -> None:
        require_positive(arrival_rate=self.arrival_rate, service_rate=self.service_rate)
        require_counts(agents=self.agents)
        require_stable(self.load, self.agents)

    @property
    def load(self) -> float:
        """Work that arrives in a unit of time, in erlangs."""
        return self.arrival_rate / self.service_rate

    @property
    def occupancy(self) -> float:
        """Share of their time that agents are busy."""
        return self.load / self.agents

    @cached_property
    def delay_probability(self) -> float:
        """P(W > 0)."""
        return erlang_c(self.load, self.agents)

    @property
    def mean_wait(self) -> float:
        """Mean wait of everybody, including those who do not wait."""
        return self.delay_probability / self._spare_rate

    @property
    def mean_queue(self) -> float:
        """Mean number of conversations that wait (Little's law)."""
        return self.arrival_rate * self.mean_wait

    def waits_longer(self, than: float) -> float:
        """P(W > than)."""
        require_not_negative(than=than)
        return self.delay_probability * exp(-self._spare_rate * than)

    def service_level(self, within: float) -> float:
        """Share answered within a time."""
        return 1 - self.waits_longer(within)

    def wait_quantile(self, share: float) -> float:
        """The wait that a share of the customers do not exceed; 0 where so many do not wait at all."""
        require_inner_shares(share=share)
        return max(0.0, log(self.delay_probability / (1 - share)) / self._spare_rate) if self.delay_probability else 0.0

    @property
    def _spare_rate(self) -> float:
        return self.agents * self.service_rate - self.arrival_rate


@dataclass(frozen=True)
class FiniteQueue:
    """M/M/c/K and, with an impatience rate, M/M/c/K+M: who finds `places` conversations in the system is blocked.

    `places` counts those being served too. `impatience_rate` is one over the mean of an exponential patience; 0 if
    nobody leaves. Probabilities are shares of all who arrive. Any load is stable.
    Raises `BadValue` for rates that are not positive, no agents, or fewer places than agents.
    Source: Gross, Shortle, Thompson and Harris (2008), Fundamentals of Queueing Theory, ch. 2 (birth and
    death).

    >>> desk = FiniteQueue(arrival_rate=4.2, service_rate=0.5, agents=12, places=17)
    >>> round(desk.blocking_probability, 6), round(desk.mean_wait, 6)
    (0.009477, 0.061124)
    """

    arrival_rate: float
    service_rate: float
    agents: int
    places: int
    impatience_rate: float = 0.0

    def __post_init__(self) -> None:
        require_positive(arrival_rate=self.arrival_rate, service_rate=self.service_rate)
        require_not_negative(impatience_rate=self.impatience_rate)
        require_counts(agents=self.agents)
        require_counts(self.agents, places=self.places)
        if self.places > MOST_STATES:
            raise BadValue(f"`places` is {self.places}; give at most {MOST_STATES}, or use ErlangC")

    @cached_property
    def states(self) -> FloatArray:
        """The probability of each number in the system, from 0 to `places`."""
        number = np.arange(1, self.places + 1)
        serving = np.minimum(number, self.agents)
        departures = serving * self.service_rate + (number - serving) * self.impatience_rate
        # Logarithms, as the weights of a large pool overflow.
        weights = np.concatenate([[0.0], np.cumsum(np.log(self.arrival_rate / departures))])
        states = np.exp(weights - weights.max())
        return np.asarray(states / states.sum())

    @property
    def blocking_probability(self) -> float:
        """Share who find no place."""
        return float(self.states[-1])

    @property
    def delay_probability(self) -> float:
        """P(W > 0): share who find a place but no free agent."""
        return float(self.states[self.agents : -1].sum())

    @property
    def mean_queue(self) -> float:
        """Mean number of conversations that wait."""
        queues = self.states[self.agents :]
        return float(queues @ np.arange(queues.size))

    @property
    def mean_wait(self) -> float:
        """Mean wait of those who found a place, whether served or not (Little's law)."""
        return self.mean_queue / (self.arrival_rate * (1 - self.blocking_probability))

    @property
    def abandonment_probability(self) -> float:
        """Share who leave the queue: θ E[Q] = λ P(Ab)."""
        return self.impatience_rate * self.mean_queue / self.arrival_rate

    @property
    def occupancy(self) -> float:
        """Share of their time that agents are busy."""
        return float(self.states @ np.minimum(np.arange(self.states.size), self.agents)) / self.agents
