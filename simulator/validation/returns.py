"""Customers who come again: recontacts after a service that did not solve it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np

from ...errors import BadValue
from ..queueing import ErlangC, with_recontacts
from .model import SETTLED, Measure, Model
from .papers import INTENTS, TEAM, Desk, class_name, everybody_to, intent, segment, team
from .parameters import Count, NotNegative, Positive, Share, Time
from .scale import Scale
from .shapes import exponential, mean
from .waiting import relaxation, waiting_measures
from .watched import Watched

AGAIN_AT_MOST = 10
"""Further attempts of one customer; a run has no more, and hardly ever as many."""
LONGEST = 40.0
"""A delay is cut at so many times its mean, of which exp(−40) of exponential ones are longer."""


@dataclass(frozen=True)
class Recontacts(Model):
    """M/M/c whose services solve only some of the problems."""

    name: ClassVar[str] = "recontacts"
    about: ClassVar[str] = "M/M/c whose served customers write again with some probability (Jackson, Erlang-R)"

    arrivals: Annotated[Positive, "new customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    again: Annotated[Share, "share of services after which the customer writes again"]
    delay: Annotated[Time, "time until then, of any shape"]
    within: Annotated[NotNegative, "time of the service level; 0: none"] = 0.0

    def __post_init__(self) -> None:
        if self.again > 0.4:
            raise BadValue(f"`again` is {self.again:g}; a customer writes at most {AGAIN_AT_MOST} times more: give .4 or less")

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        coming = self.arrivals / (1 - self.again)
        return SETTLED * (relaxation(coming, self.service, self.agents) + mean(self.delay) / (1 - self.again))

    @cached_property
    def exact(self) -> ErlangC:
        """What every visit meets."""
        return with_recontacts(self.arrivals, self.service, self.agents, self.again)

    def desk(self, scale: Scale) -> Desk:
        delay = scale.time(self.delay)
        work = intent(scale, TEAM, exponential(1 / self.service), person_solves=1 - self.again)
        return Desk(
            {
                "segments": {class_name(0): segment(scale, 1, recontacts_if_unsolved=1)},
                "intents": {INTENTS[0]: work},
                "teams": {TEAM: team(scale, self.agents, self.within)},
                "returns": {
                    "if_helped": 0,
                    "soon": delay,
                    "later": delay,
                    "handle_factor": 1,
                    "work": "anew",
                    "at_most": AGAIN_AT_MOST,
                    "window": scale.lasts(LONGEST * mean(self.delay)),
                },
            },
            everybody_to(TEAM),
        )

    def measures(self) -> tuple[Measure, ...]:
        return (
            *waiting_measures(self.exact, self.within),
            Measure("attempts", lambda: self.exact.arrival_rate, attempts),
        )


def attempts(watched: Watched) -> float:
    """Conversations that begin in a unit of time."""
    return float(np.count_nonzero(watched.begins_within)) / watched.window
