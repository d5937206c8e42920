"""Agents who hold several chats at once, at a speed that depends on how many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from ..queueing import ChatMeasures, chat_design
from .model import SETTLED, Measure, Model
from .papers import TEAM, Desk, one_team, segment, team
from .parameters import Count, NotNegative, Positive, Positives
from .reading import mean_held, mean_queue, mean_service, measure, occupancy, share_waiting, slot_utilisation
from .scale import ENDLESS, Scale
from .shapes import exponential


@dataclass(frozen=True)
class Chats(Model):
    """Chats side by side."""

    name: ClassVar[str] = "chats"
    about: ClassVar[str] = "agents who hold several chats, each going on at a speed that depends on how many"

    arrivals: Annotated[Positive, "customers who arrive"]
    agents: Annotated[Count, "agents"]
    speeds: Annotated[Positives, "rate at which each chat is completed while its agent holds 1, 2, 3, ... of them"]
    leaving: Annotated[NotNegative, "one over the mean patience; 0: nobody leaves"]

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        slowest = min(self.speeds)
        return SETTLED / (min(slowest, self.leaving) if self.leaving else slowest / 10)

    @cached_property
    def exact(self) -> ChatMeasures:
        """The chain."""
        return chat_design(self.arrivals, self.speeds, self.agents, self.leaving)

    def desk(self, scale: Scale) -> Desk:
        # A chat is work of mean 1, and speeds are its rates of completion.
        many = len(self.speeds)
        agents = team(scale, self.agents, concurrency=many, speed_by_load=list(self.speeds))
        patience = exponential(1 / self.leaving) if self.leaving else ENDLESS
        return one_team(scale, exponential(1), segment(scale, 1, patience=patience), agents)

    def measures(self) -> tuple[Measure, ...]:
        exact = self.exact
        leaving = Measure("P(Ab)", lambda: exact.abandonment_probability, measure("abandonment_rate"))
        return (
            Measure("P(W>0)", lambda: exact.delay_probability, share_waiting()),
            *((leaving,) if self.leaving else ()),
            Measure("E[W]", lambda: exact.mean_wait, measure("wait_mean_s_all")),
            Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
            Measure("E[chats]", lambda: exact.mean_chats, mean_held(TEAM)),
            Measure("agent utilisation", lambda: exact.agent_utilisation, occupancy(TEAM)),
            Measure("slot utilisation", lambda: exact.slot_utilisation, slot_utilisation(TEAM)),
            Measure("E[duration]", lambda: exact.mean_duration, mean_service()),
        )
