"""Customers who come again: after a service, or because they were turned away or left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, log
from typing import Annotated, ClassVar

import numpy as np

from ...errors import BadValue
from ..conversations import Outcome
from ..queueing import ErlangC, Retrial, Retrying, erlang_a_with_retries, retrial_queue, with_recontacts
from .model import SETTLED, Measure, Model
from .papers import INTENTS, TEAM, Data, Desk, class_name, everybody_to, intent, segment, team
from .parameters import Count, NotNegative, Positive, Share, Time
from .reading import Read, mean_queue, measure, occupancy
from .scale import Scale, Shape
from .shapes import exponential, mean
from .waiting import relaxation, waiting_measures
from .watched import Watched

CUT = 1e-4
"""A customer comes back no more often than this share of them would."""
MOST_RETURNS = 60
LONGEST = 40.0
"""Delays after a service are cut at so many times their mean; exp(−40) of exponential ones are longer."""


@dataclass(frozen=True)
class Recontacts(Model):
    """M/M/c whose served customers write again."""

    name: ClassVar[str] = "recontacts"
    about: ClassVar[str] = "M/M/c whose served customers write again with some probability (Jackson, Erlang-R)"

    arrivals: Annotated[Positive, "new customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    again: Annotated[Share, "share of services after which the customer writes again"]
    delay: Annotated[Time, "time until then, of any shape"]
    within: Annotated[NotNegative, "time of the service level; 0: none"] = 0.0

    def __post_init__(self) -> None:
        returns_at_most("again", self.again)

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
        returns = {
            "if_helped": self.again,
            "soon": delay,
            "later": delay,
            "window": scale.lasts(LONGEST * mean(self.delay)),
            "at_most": returns_at_most("again", self.again),
            # The formula draws work for every visit; by default a problem keeps its own.
            "work": "anew",
        }
        agents = team(scale, self.agents, self.within)
        return coming_back(exponential(1 / self.service), segment(scale, 1), agents, returns, scale)

    def measures(self) -> tuple[Measure, ...]:
        return (
            *waiting_measures(self.exact, self.within),
            Measure("attempts", lambda: self.exact.arrival_rate, attempts),
        )


@dataclass(frozen=True)
class Retrials(Model):
    """M/M/c with retrials."""

    name: ClassVar[str] = "retrials"
    about: ClassVar[str] = "M/M/c where nobody waits, and who finds no agent free tries again until there is one"

    arrivals: Annotated[Positive, "new customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    retrying: Annotated[Positive, "one over the mean time until a customer tries again"]

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        spare = 1 - min(self.arrivals / (self.service * self.agents), 0.95)
        return SETTLED * (relaxation(self.arrivals, self.service, self.agents) + 1 / self.retrying / spare)

    @cached_property
    def exact(self) -> Retrial:
        """The chain, or the formula for one agent."""
        return retrial_queue(self.arrivals, self.service, self.retrying, self.agents)

    @property
    def fails_again(self) -> float:
        """The share of further attempts that find no agent free: all others get those served who did not at first."""
        succeed = self.arrivals * self.exact.blocked_first / (self.retrying * self.exact.mean_orbit)
        return 1 - succeed

    def desk(self, scale: Scale) -> Desk:
        at_most = returns_at_most("arrivals", self.fails_again)
        full = team(scale, self.agents, waiting_at_most=0)
        returns = {**after_leaving(scale, 1.0, self.retrying), "at_most": at_most}
        return coming_back(exponential(1 / self.service), segment(scale, 1), full, returns, scale)

    def measures(self) -> tuple[Measure, ...]:
        load = self.arrivals / (self.service * self.agents)
        return (
            Measure("P(block) first", lambda: self.exact.blocked_first, share_of_first(Outcome.BLOCKED)),
            Measure("E[orbit]", lambda: self.exact.mean_orbit, mean_orbit),
            Measure("occupancy", lambda: load, occupancy(TEAM)),
        )


@dataclass(frozen=True)
class LeaversTryAgain(Model):
    """M/M/n+M with retries."""

    name: ClassVar[str] = "leavers_try_again"
    about: ClassVar[str] = "M/M/n+M some of whose leavers try again"

    arrivals: Annotated[Positive, "new customers who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    leaving: Annotated[Positive, "one over the mean patience"]
    agents: Annotated[Count, "agents"]
    again: Annotated[Share, "share of those who leave who try again"]
    retrying: Annotated[Positive, "one over the mean time until they do"]

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        return SETTLED * (1 / min(self.service, self.leaving) + 1 / self.retrying / (1 - min(self.again, 0.9) / 2))

    @cached_property
    def exact(self) -> Retrying:
        """The chain."""
        return erlang_a_with_retries(
            self.arrivals, self.service, self.leaving, self.agents, self.again, self.retrying
        )

    def desk(self, scale: Scale) -> Desk:
        at_most = returns_at_most("again", self.again * self.exact.abandonment_probability)
        returns = {**after_leaving(scale, self.again, self.retrying), "at_most": at_most}
        customers = segment(scale, 1, patience=exponential(1 / self.leaving))
        return coming_back(exponential(1 / self.service), customers, team(scale, self.agents), returns, scale)

    def measures(self) -> tuple[Measure, ...]:
        exact = self.exact
        return (
            Measure("attempts", lambda: exact.attempt_rate, attempts),
            Measure("P(W>0) first", lambda: exact.delay_probability, share_of_first()),
            Measure("P(Ab) attempt", lambda: exact.abandonment_probability, measure("abandonment_rate")),
            Measure("lost", lambda: exact.lost_share, measure("gave_up_rate")),
            Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
            Measure("E[orbit]", lambda: exact.mean_orbit, mean_orbit),
            Measure("occupancy", lambda: exact.occupancy, occupancy(TEAM)),
        )


def returns_at_most(parameter: str, chance: float) -> int:
    """How often a customer comes back at most who does so each time with this chance; raises `BadValue`."""
    most = 1 if chance <= CUT else ceil(log(CUT) / log(min(chance, 1 - 1e-12)))
    if most > MOST_RETURNS:
        raise BadValue(
            f"`{parameter}` lets customers come back with the chance {chance:.3g} each time; a run lets one come back "
            f"{MOST_RETURNS} times at most, too few for this"
        )
    return most


def after_leaving(scale: Scale, share: float, rate: float) -> Data:
    """Returns of customers who were turned away or left, and of nobody else."""
    delay = scale.time(exponential(1 / rate))
    return {
        "if_helped": 0,
        "after_leaving": {"share": share, "delay": delay},
        "window": scale.lasts(LONGEST / rate),
    }


def coming_back(work: Shape, customers: Data, agents: Data, returns: Data, scale: Scale) -> Desk:
    """One team, and customers who come back to it as new ones come."""
    return Desk(
        {
            "segments": {class_name(0): customers},
            "intents": {INTENTS[0]: intent(scale, TEAM, work)},
            "teams": {TEAM: agents},
            "returns": {**returns, "asks_for_person_at_once": 0, "handle_factor": 1},
        },
        everybody_to(TEAM),
    )


def attempts(watched: Watched) -> float:
    """Conversations that begin in a unit of time."""
    return float(np.count_nonzero(watched.begins_within)) / watched.window


def share_of_first(outcome: Outcome | None = None) -> Read:
    """The share of new customers whose conversation has an outcome, or who were not answered at once."""

    def read(watched: Watched) -> float:
        table = watched.table
        first = watched.begins_within & (table.attempt == 1)
        found = table.wait_s > 0 if outcome is None else table.outcome == outcome
        return float(found[first].mean())

    return read


def mean_orbit(watched: Watched) -> float:
    """How many at once will try again, on average over the window: between the end of one attempt and the next."""
    table = watched.table
    order = np.lexsort((table.attempt, table.problem))
    follows = np.flatnonzero(table.problem[order][1:] == table.problem[order][:-1])
    return watched.mean_number(table.ends_s[order[follows]], table.starts_s[order[follows + 1]])
