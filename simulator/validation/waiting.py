"""Customers who wait until they are served: Erlang C, one agent with any law of work, priorities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from math import sqrt
from typing import Annotated, ClassVar

from ...errors import BadValue
from ..queueing import ErlangC, pollaczek_khinchine, priority_waits, single_agent_priority_waits
from .model import SETTLED, Measure, Model
from .papers import INTENTS, PRIORITIES, TEAM, Desk, by_class, class_name, intent, one_team, segment, segments, team
from .parameters import Count, NotNegative, Positive, Positives, Time
from .reading import mean_queue, measure, occupancy, share_waiting
from .scale import ENDLESS, Scale, Shape
from .shapes import exponential, mean, squared_cv


@dataclass(frozen=True)
class ErlangCDesk(Model):
    """M/M/c."""

    name: ClassVar[str] = "erlang_c"
    about: ClassVar[str] = "M/M/c: customers wait until they are served"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    within: Annotated[NotNegative, "time of the service level; 0: none"] = 0.0

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        return SETTLED * relaxation(self.arrivals, self.service, self.agents)

    @cached_property
    def exact(self) -> ErlangC:
        """The formula."""
        return ErlangC(self.arrivals, self.service, self.agents)

    def desk(self, scale: Scale) -> Desk:
        agents = team(scale, self.agents, self.within)
        return one_team(scale, exponential(1 / self.service), segment(scale, 1), agents)

    def measures(self) -> tuple[Measure, ...]:
        return waiting_measures(self.exact, self.within)


def waiting_measures(exact: ErlangC, within: float) -> tuple[Measure, ...]:
    """What is known of a team whose customers wait until they are served."""
    found = [
        Measure("P(W>0)", lambda: exact.delay_probability, share_waiting()),
        Measure("E[W]", lambda: exact.mean_wait, measure("wait_mean_s_all")),
        Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
        Measure("occupancy", lambda: exact.occupancy, occupancy(TEAM)),
    ]
    if exact.wait_quantile(0.9):
        found.append(Measure("P90 W", lambda: exact.wait_quantile(0.9), measure("wait_p90_s_all")))
    if within:
        found.append(Measure("SL", lambda: exact.service_level(within), measure("service_level")))
    return tuple(found)


def relaxation(arrivals: float, service: float, agents: int) -> float:
    """The time constant with which M/M/c forgets how it began; that of its services where it does not settle.

    Source: Morse (1958), Queues, Inventories and Maintenance, for one agent: 1 / (√(cμ) − √λ)²; for several it is an
    upper bound where all are busy.
    """
    capacity = agents * service
    if arrivals >= capacity:
        return 1 / service
    return 1 / service + 1 / (sqrt(capacity) - sqrt(arrivals)) ** 2


@dataclass(frozen=True)
class OneAgent(Model):
    """M/G/1."""

    name: ClassVar[str] = "one_agent"
    about: ClassVar[str] = "M/G/1: one agent, any law of handle times"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Time, "handle time, of any shape"]

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        work = mean(self.service)
        return SETTLED * relaxation_of_one(self.arrivals * work, work * (1 + squared_cv(self.service)))

    def desk(self, scale: Scale) -> Desk:
        return one_team(scale, self.service, segment(scale, 1), team(scale, 1))

    def measures(self) -> tuple[Measure, ...]:
        work, scv = mean(self.service), squared_cv(self.service)
        load = self.arrivals * work

        def wait() -> float:
            return pollaczek_khinchine(self.arrivals, work, scv)

        return (
            Measure("P(W>0)", lambda: load, share_waiting()),
            Measure("E[W]", wait, measure("wait_mean_s_all")),
            Measure("E[Q]", lambda: self.arrivals * wait(), mean_queue()),
            Measure("occupancy", lambda: load, occupancy(TEAM)),
        )


def relaxation_of_one(load: float, mean_square_by_mean: float) -> float:
    """The time constant of a single agent's queue in heavy traffic, 2 λ E[S²] / (1 − ρ)²; never less than E[S²] / E[S].

    Source: Abate and Whitt (1987), Transient behavior of regulated Brownian motion, I.
    """
    return mean_square_by_mean * (2 * load / (1 - load) ** 2 if load < 1 else 1.0) + mean_square_by_mean


@dataclass(frozen=True)
class Priorities(Model):
    """M/M/c with priorities that do not interrupt."""

    name: ClassVar[str] = "priorities"
    about: ClassVar[str] = "M/M/c whose first class goes first, without interrupting anybody (Cobham)"

    arrivals: Annotated[Positives, "customers of each class who arrive, the most urgent class first; at most 4 classes"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]

    def __post_init__(self) -> None:
        require_few(self.arrivals)

    @property
    def rate(self) -> float:
        return sum(self.arrivals)

    @property
    def warm_up(self) -> float:
        return SETTLED * relaxation(self.rate, self.service, self.agents)

    @cached_property
    def exact(self) -> ErlangC:
        """What all classes together meet."""
        return ErlangC(self.rate, self.service, self.agents)

    def desk(self, scale: Scale) -> Desk:
        return urgent_first(scale, self.arrivals, self.agents, exponential(1 / self.service))

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure("P(W>0)", lambda: self.exact.delay_probability, share_waiting()),
            *waits_by_class(len(self.arrivals), lambda: priority_waits(self.arrivals, self.service, self.agents)),
            Measure("occupancy", lambda: self.exact.occupancy, occupancy(TEAM)),
        )


@dataclass(frozen=True)
class OneAgentPriorities(Model):
    """M/G/1 with priorities that do not interrupt."""

    name: ClassVar[str] = "one_agent_priorities"
    about: ClassVar[str] = "M/G/1 whose first class goes first, without interrupting anybody"

    arrivals: Annotated[Positives, "customers of each class who arrive, the most urgent class first; at most 4 classes"]
    service: Annotated[Time, "handle time of all classes, of any shape"]

    def __post_init__(self) -> None:
        require_few(self.arrivals)

    @property
    def rate(self) -> float:
        return sum(self.arrivals)

    @property
    def warm_up(self) -> float:
        work = mean(self.service)
        return SETTLED * relaxation_of_one(self.rate * work, work * (1 + squared_cv(self.service)))

    def desk(self, scale: Scale) -> Desk:
        return urgent_first(scale, self.arrivals, 1, self.service)

    def measures(self) -> tuple[Measure, ...]:
        classes = len(self.arrivals)
        work, scv = (mean(self.service),) * classes, (squared_cv(self.service),) * classes
        return (
            *waits_by_class(classes, lambda: single_agent_priority_waits(self.arrivals, work, scv)),
            Measure("occupancy", lambda: self.rate * mean(self.service), occupancy(TEAM)),
        )


def require_few(arrivals: tuple[float, ...]) -> None:
    """Raises `BadValue` for more classes than a policy has priorities."""
    if len(arrivals) > len(PRIORITIES):
        raise BadValue(f"`arrivals` has {len(arrivals)} classes; a policy has {len(PRIORITIES)} priorities")


def urgent_first(scale: Scale, rates: tuple[float, ...], agents: int, work: Shape) -> Desk:
    """One team whose customers have the priority of their class."""
    return Desk(
        {
            "segments": segments(scale, rates, (ENDLESS,) * len(rates)),
            "intents": {INTENTS[number]: intent(scale, TEAM, work) for number in range(len(rates))},
            "teams": {TEAM: team(scale, agents)},
        },
        by_class({number: {"route": TEAM, "priority": PRIORITIES[number]} for number in range(len(rates))}),
    )


def waits_by_class(classes: int, waits: Callable[[], tuple[float, ...]]) -> tuple[Measure, ...]:
    """The mean wait of each class."""

    def exact(number: int) -> float:
        return waits()[number]

    return tuple(
        Measure(
            f"E[W] {number + 1}",
            partial(exact, number),
            measure("wait_mean_s_all", segment=class_name(number)),
        )
        for number in range(classes)
    )
