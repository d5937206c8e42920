"""Customers who are turned away: Erlang B, the finite queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from ...errors import BadValue
from ..queueing import FiniteQueue, erlang_b
from .model import SETTLED, Measure, Model
from .papers import TEAM, Desk, one_team, segment, team
from .parameters import Count, NotNegative, Positive, Time, one_of
from .reading import mean_queue, mean_wait_of_accepted, measure, occupancy, share_waiting
from .scale import ENDLESS, Scale
from .shapes import exponential, mean

LOSS = one_of("turned_away", "balks")


@dataclass(frozen=True)
class ErlangB(Model):
    """M/G/c/c: who finds no agent free is turned away."""

    name: ClassVar[str] = "erlang_b"
    about: ClassVar[str] = "M/G/c/c: who finds no agent free is turned away"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Time, "handle time, of any shape"]
    agents: Annotated[Count, "agents"]
    loss: Annotated[str, LOSS, "they find the inbox full, or it is their own choice not to wait"] = "turned_away"

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        return SETTLED * 2 * mean(self.service)

    def desk(self, scale: Scale) -> Desk:
        balks = self.loss == "balks"
        full = {} if balks else {"waiting_at_most": 0}
        # Who balks waits no time at all, however patient the others are; of whom there are none.
        customers = segment(scale, 1, balks=1.0, patience=exponential(1)) if balks else segment(scale, 1)
        return one_team(scale, self.service, customers, team(scale, self.agents, **full))

    def measures(self) -> tuple[Measure, ...]:
        load = self.arrivals * mean(self.service)
        lost = measure("abandonment_rate" if self.loss == "balks" else "blocked_rate")
        return (
            Measure("P(block)", lambda: erlang_b(load, self.agents), lost),
            Measure(
                "occupancy", lambda: load * (1 - erlang_b(load, self.agents)) / self.agents, occupancy(TEAM)
            ),
        )


@dataclass(frozen=True)
class FiniteQueueDesk(Model):
    """M/M/c/K, and M/M/c/K+M: who finds the inbox full is turned away."""

    name: ClassVar[str] = "finite_queue"
    about: ClassVar[str] = "M/M/c/K, or M/M/c/K+M: who finds the inbox full is turned away"

    arrivals: Annotated[Positive, "customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    places: Annotated[Count, "customers in the system at most, those being served included"]
    leaving: Annotated[NotNegative, "one over the mean patience; 0: nobody leaves"] = 0.0

    def __post_init__(self) -> None:
        if self.places < self.agents:
            raise BadValue(f"`places` is {self.places}; give at least as many as agents, {self.agents}")

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        # The queue is filled or emptied in the time that the desk takes for so many conversations.
        return SETTLED * (1 + self.places / self.agents) / self.service

    @cached_property
    def exact(self) -> FiniteQueue:
        """The chain."""
        return FiniteQueue(self.arrivals, self.service, self.agents, self.places, self.leaving)

    def desk(self, scale: Scale) -> Desk:
        patience = exponential(1 / self.leaving) if self.leaving else ENDLESS
        desk = team(scale, self.agents, waiting_at_most=self.places - self.agents)
        return one_team(scale, exponential(1 / self.service), segment(scale, 1, patience=patience), desk)

    def measures(self) -> tuple[Measure, ...]:
        exact = self.exact
        waiting = (
            Measure("P(W>0)", lambda: exact.delay_probability, share_waiting()),
            Measure("E[W] accepted", lambda: exact.mean_wait, mean_wait_of_accepted()),
            Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
        )
        leaving = (Measure("P(Ab)", lambda: exact.abandonment_probability, measure("abandonment_rate")),)
        return (
            Measure("P(block)", lambda: exact.blocking_probability, measure("blocked_rate")),
            *(waiting if self.places > self.agents else ()),
            *(leaving if self.leaving and self.places > self.agents else ()),
            Measure("occupancy", lambda: exact.occupancy, occupancy(TEAM)),
        )
