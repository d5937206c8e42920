"""Customers who do not wait for ever: Erlang A, and any law of patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Annotated, ClassVar

from ..queueing import ErlangA, ImpatientQueue, ServiceLevels
from .model import SETTLED, Measure, Model
from .papers import TEAM, Desk, one_team, segment, team
from .parameters import Count, NotNegative, Patience, Positive, Share
from .reading import mean_queue, measure, occupancy, share_waiting
from .scale import Scale
from .shapes import balking, exponential, mean, share_endless
from .waiting import relaxation

SERVICE_LEVELS: tuple[tuple[str, str, Callable[[ServiceLevels], float]], ...] = (
    ("SL served/offered", "service_level", lambda levels: levels.of_offered),
    ("SL served/served", "service_level_of_served", lambda levels: levels.of_served),
    ("SL g1", "service_level_g1", lambda levels: levels.g1),
    ("SL g2", "service_level_g2", lambda levels: levels.g2),
)
"""The four service levels: what they are called here, the product's measure, and which of the exact ones each is."""


@dataclass(frozen=True)
class ErlangADesk(Model):
    """M/M/n+M."""

    name: ClassVar[str] = "erlang_a"
    about: ClassVar[str] = "M/M/n+M: exponential patience"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    leaving: Annotated[Positive, "one over the mean patience"]
    agents: Annotated[Count, "agents"]
    within: Annotated[NotNegative, "time of the four service levels; 0: none"] = 0.0

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        slowest = 1 / min(self.service, self.leaving)
        steady = relaxation(self.arrivals, self.service, self.agents) if self.is_stable_without else inf
        return SETTLED * min(slowest, steady)

    @property
    def is_stable_without(self) -> bool:
        """Whether the agents could do it all if nobody left."""
        return self.arrivals < self.service * self.agents

    @cached_property
    def exact(self) -> ErlangA:
        """The formula."""
        return ErlangA(self.arrivals, self.service, self.leaving, self.agents)

    def desk(self, scale: Scale) -> Desk:
        customers = segment(scale, 1, patience=exponential(1 / self.leaving))
        return one_team(scale, exponential(1 / self.service), customers, team(scale, self.agents, self.within))

    def measures(self) -> tuple[Measure, ...]:
        return leaving_measures(self.exact, self.within)


@dataclass(frozen=True)
class GeneralPatience(Model):
    """M/M/n+G."""

    name: ClassVar[str] = "patience"
    about: ClassVar[str] = "M/M/n+G: patience of any shape (Baccelli and Hebuterne; Zeltyn and Mandelbaum)"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    patience: Annotated[Patience, "patience, of any shape; `survival` may end above 0"]
    agents: Annotated[Count, "agents"]
    balks: Annotated[Share, "share of customers who leave at once if nobody is free"] = 0.0
    within: Annotated[NotNegative, "time of the four service levels; 0: none"] = 0.0

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        stay = self.arrivals * share_endless(self.patience)
        last = mean(self.patience) if not stay else relaxation(stay, self.service, self.agents)
        return SETTLED * (1 / self.service + last)

    @cached_property
    def exact(self) -> ImpatientQueue:
        """The formula."""
        return ImpatientQueue(self.arrivals, self.service, self.agents, balking(self.patience, self.balks))

    def desk(self, scale: Scale) -> Desk:
        customers = segment(scale, 1, patience=self.patience, balks=self.balks)
        return one_team(scale, exponential(1 / self.service), customers, team(scale, self.agents, self.within))

    def measures(self) -> tuple[Measure, ...]:
        return leaving_measures(self.exact, self.within)


def leaving_measures(exact: ErlangA | ImpatientQueue, within: float) -> tuple[Measure, ...]:
    """What is known of a team whose customers leave."""

    def level(kind: Callable[[ServiceLevels], float]) -> Callable[[], float]:
        return lambda: kind(exact.service_levels(within))

    return (
        Measure("P(W>0)", lambda: exact.delay_probability, share_waiting()),
        Measure("P(Ab)", lambda: exact.abandonment_probability, measure("abandonment_rate")),
        Measure("E[W]", lambda: exact.mean_wait, measure("wait_mean_s_all")),
        Measure("E[W] served", lambda: exact.mean_wait_of_served, measure("wait_mean_s")),
        Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
        Measure("occupancy", lambda: exact.occupancy, occupancy(TEAM)),
        *(Measure(name, level(kind), measure(own)) for name, own, kind in SERVICE_LEVELS if within),
    )
