"""Bots before people, and conversations in the wrong inbox."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np

from ...errors import BadValue
from ..dialogue import Ending
from ..queueing import BotTurns, ErlangA, ErlangC, Misroutes, behind_bot, bot_turns
from ..visits import Fate
from .leaving import leaving_measures
from .model import SETTLED, Measure, Model
from .papers import INTENTS, TEAM, Desk, class_name, intent, one_team, segment, team
from .parameters import Count, NotNegative, Positive, Share, Time
from .reading import Read, measure
from .scale import ENDLESS, Scale
from .shapes import exponential, mean
from .waiting import relaxation, waiting_measures
from .watched import Watched

TOUCHES_AT_MOST = 100
"""No chain of wrong inboxes is longer; with a fifth of all placements right, one of two billion would be."""


@dataclass(frozen=True)
class BotThenPeople(Model):
    """A bot that is never busy, and people behind it."""

    name: ClassVar[str] = "bot_then_people"
    about: ClassVar[str] = "a bot hands over a share of the conversations: Poisson, however long it talks (Mirasol)"

    arrivals: Annotated[Positive, "customers who arrive"]
    handed_over: Annotated[Share, "share of them whom the bot hands over; the others leave"]
    talk: Annotated[Time, "time that the bot talks with those whom it hands over, of any shape"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    agents: Annotated[Count, "agents"]
    leaving: Annotated[NotNegative, "one over the mean patience; 0: nobody leaves"] = 0.0
    within: Annotated[NotNegative, "time of the service level; 0: none"] = 0.0

    @property
    def rate(self) -> float:
        return self.arrivals

    @property
    def warm_up(self) -> float:
        to_people = self.arrivals * self.handed_over
        people = 1 / self.leaving if self.leaving else relaxation(to_people, self.service, self.agents)
        return SETTLED * (people + 1 / self.service + 2 * mean(self.talk))

    @cached_property
    def exact(self) -> ErlangC | ErlangA:
        """What those who are handed over meet."""
        return behind_bot(self.arrivals, self.handed_over, self.service, self.agents, self.leaving)

    def desk(self, scale: Scale) -> Desk:
        # The bot never understands. A customer bears that once: then a share asks for a person, and the others leave.
        customers = segment(
            scale,
            1,
            patience=exponential(1 / self.leaving) if self.leaving else ENDLESS,
            tolerance_median=0.01,
            spent_asks=self.handed_over,
        )
        agents = team(scale, self.agents, self.within)
        plain = one_team(scale, exponential(1 / self.service), customers, agents)
        bot = {"hand_over": {"when_asked": False, "after_failures": 1}}
        return Desk(
            {**plain.scenario, "behaviour": {"reply_gap": scale.time(self.talk), "bot_reply": 0}},
            {"bot": bot, **plain.policy},
        )

    def measures(self) -> tuple[Measure, ...]:
        exact = self.exact
        if isinstance(exact, ErlangA):
            people = leaving_measures(exact, self.within)
        else:
            people = waiting_measures(exact, self.within)
        return (Measure("contained", lambda: 1 - self.handed_over, measure("containment_rate")), *people)


@dataclass(frozen=True)
class BotAsksAgain(Model):
    """A bot that asks again when it does not understand."""

    name: ClassVar[str] = "bot_asks_again"
    about: ClassVar[str] = "a bot understands each message with one probability, and hands over after some misses"

    understood: Annotated[Share, "share of messages that the bot understands"]
    misses: Annotated[Count, "messages not understood after which it hands over"]

    def __post_init__(self) -> None:
        if not 0 < self.understood < 1:
            raise BadValue(f"`understood` is {self.understood:g}; give a share above 0 and below 1")
        if self.misses > 90:
            raise BadValue(f"`misses` is {self.misses}; give at most 90")

    @property
    def rate(self) -> float:
        return 1.0

    @property
    def warm_up(self) -> float:
        return 0.0

    @cached_property
    def exact(self) -> BotTurns:
        """The geometric law."""
        return bot_turns(self.understood, self.misses)

    def desk(self, scale: Scale) -> Desk:
        # A right answer always helps, and customers write again until they are handed over.
        customers = segment(scale, 1, tolerance_median=1_000_000)
        plain = one_team(scale, exponential(1), customers, team(scale, 100))
        bot = {
            "answers": {"confidence_at_least": 0.5},
            "hand_over": {"after_failures": self.misses},
            "max_turns": self.misses + 1,
        }
        own = {
            "intents": {INTENTS[0]: intent(scale, TEAM, exponential(1), bot_solves=1)},
            "behaviour": {
                "understood": {"simple": 1},
                "writes_again": {"rephrased": 1, "frustrated": 0, "no": 0},
                "reply_gap": scale.time(exponential(1)),
            },
            "recogniser": {"kind": "confusion", "right": self.understood, "unknown": 1 - self.understood},
        }
        return Desk({**plain.scenario, **own}, {"bot": bot, **plain.policy})

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure("resolved", lambda: self.exact.resolved_share, measure("helped_by_bot_rate")),
            Measure("E[bot turns]", lambda: self.exact.mean_turns, turns_of_bot),
        )


def turns_of_bot(watched: Watched) -> float:
    """Messages that the bot tried to understand, a conversation; the reply that hands over is a turn of its own."""
    table, told = watched.table, watched.part().conversations
    handed_over = table.ending[told] == Ending.TO_PEOPLE
    return float((table.bot_turns[told] - handed_over).mean())


@dataclass(frozen=True)
class MisrouteChain(Model):
    """Conversations that are placed, and moved on, with the same chance to be right."""

    name: ClassVar[str] = "misroutes"
    about: ClassVar[str] = "every placement, the first and each that follows, is right with the same probability"

    right: Annotated[Share, "share of placements in the right inbox"]
    look: Annotated[Time, "time that a wrong inbox takes to see it, of any shape"]
    work: Annotated[Time, "time that the right inbox takes, of any shape"]

    def __post_init__(self) -> None:
        if not 0.2 <= self.right < 1:
            raise BadValue(f"`right` is {self.right:g}; give a share of .2 or more, and below 1")

    @property
    def rate(self) -> float:
        return 1 / mean(self.work)

    @property
    def warm_up(self) -> float:
        return SETTLED * mean(self.work)

    @cached_property
    def exact(self) -> Misroutes:
        """The geometric law."""
        return Misroutes(self.right)

    def desk(self, scale: Scale) -> Desk:
        # Who moves a conversation on by mistake moves it to another wrong team: there have to be two.
        wrong = {f"wrong_{number}": team(scale, 10, look=scale.time(self.look)) for number in (1, 2)}
        lucky = {"id": "lucky", "when": {"customer.plan": class_name(0)}, "then": {"route": TEAM}}
        customers = [segment(scale, share, number) for number, share in enumerate((self.right, 1 - self.right))]
        # They all want the same; the plan says who is placed rightly at first.
        segments = {
            class_name(number): {**each, "intents": {INTENTS[0]: 1}} for number, each in enumerate(customers)
        }
        return Desk(
            {
                "segments": segments,
                "intents": {INTENTS[0]: intent(scale, TEAM, self.work)},
                "teams": {TEAM: team(scale, 10), **wrong},
                "escalation": {"transfers_right": self.right, "touches_at_most": TOUCHES_AT_MOST},
            },
            {
                "rulesets": [
                    {"name": "routing", "hit_policy": "first", "rules": [lucky], "default": {"route": "wrong_1"}}
                ]
            },
        )

    def measures(self) -> tuple[Measure, ...]:
        look, work = mean(self.look), mean(self.work)
        return (
            Measure("E[assignments]", lambda: self.exact.mean_assignments, measure("touches_mean")),
            Measure("P(assignments>=2)", lambda: self.exact.at_least(2), measure("transfer_rate")),
            Measure("P(assignments>=3)", lambda: self.exact.at_least(3), at_least(3)),
            Measure("load factor", lambda: self.exact.load_factor(look, work), load_factor(work)),
        )


def at_least(touches: int) -> Read:
    """Share of the conversations that so many agents took up."""

    def read(watched: Watched) -> float:
        placed = watched.part().placed
        return float((watched.table.touches[placed] >= touches).mean())

    return read


def load_factor(work: float) -> Read:
    """Time of agents for a conversation, over what it would be in the right inbox alone."""

    def read(watched: Watched) -> float:
        run = watched.run
        placed = watched.part().placed
        codes = watched.table.code[placed]
        spent_s = np.where(run.visits.fate == Fate.SERVED, run.visits.freed_s - run.visits.answered_s, 0.0)
        by_code = np.bincount(run.attempts.owner, weights=spent_s, minlength=run.attempts.conversations)
        return float(by_code[codes].mean()) / watched.unit_s / work

    return read
