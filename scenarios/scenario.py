"""A scenario: a desk and the customers who write to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from ..calendar import Clock
from ..documents import FileModel, Name
from ..errors import BadValue
from ..quantities import Duration, Share, duration_text
from .arrivals import DAY_S, Arrivals
from .distributions import Distribution, Lognormal
from .intents import Intent
from .phrasebook import IntentWordings
from .segments import Segment
from .staffing import AgentGroup, Agents, Escalation, Team

FloatArray = NDArray[np.float64]


class ArticleBehaviour(FileModel):
    """What suggested articles do."""

    read_by_digger: Share = 0.8
    read_by_skimmer: Share = 0.25
    solves_after_help_centre_visit: Annotated[
        Share, Field(description="factor on an article's chance for who has just been in the help centre")
    ] = 0.125


class Understood(FileModel):
    """Share of customers who can act upon a right answer."""

    simple: Share = 0.9
    complex: Share = 0.6


class Behaviour(FileModel):
    """What holds for all customers, whatever their segment."""

    reply_gap: Annotated[
        Distribution, Field(description="customer reads the bot's reply and writes the next message")
    ] = Lognormal(mean=50.0, cv=1.2)
    bot_reply: Annotated[Duration, Field(description="time the bot takes to reply")] = 2.0
    agent_reply: Annotated[
        Duration,
        Field(description="an agent who takes a conversation up reads it and writes the first reply in this time"),
    ] = 0.0
    articles: ArticleBehaviour = ArticleBehaviour()
    understood: Understood = Understood()
    unasked_speaks: Annotated[
        Share,
        Field(description="of the customers who would say whether it helped, those who do so without being asked"),
    ] = 0.5
    loop_handle_factor: Annotated[
        float, Field(ge=1, le=100, description="a conversation that went round in circles takes this much longer")
    ] = 1.15


def _90_days(window_s: float) -> float:
    if window_s > 90 * DAY_S:
        raise BadValue(f"a window of recontacts is at most 90d, found `{duration_text(window_s)}`")
    return window_s


class Returns(FileModel):
    """Customers who write again about the same problem."""

    if_helped: Annotated[Share, Field(description="writes again although it was solved")] = 0.05
    soon: Annotated[Distribution, Field(description="delay of the half who come back soon")] = Lognormal(
        mean=7413.0, cv=1.8
    )
    later: Annotated[Distribution, Field(description="delay of the other half")] = Lognormal(mean=128443.0, cv=1.1)
    asks_for_person_at_once: Share = 0.6
    handle_factor: Annotated[float, Field(ge=1, le=100, description="a later attempt takes this much longer")] = 1.2
    at_most: Annotated[int, Field(ge=1, le=10, description="further attempts a customer makes at most")] = 3
    window: Annotated[
        Duration, Field(gt=0, description="recontacts within this time count; at most 90d"), AfterValidator(_90_days)
    ] = 7 * DAY_S


class Protected(FileModel):
    """Customers who should meet a person. Sensitive intents are marked at the intents."""

    segments: Annotated[tuple[str, ...], Field(description="by truth")] = ()
    plans: Annotated[tuple[str, ...], Field(description="a label that the desk can see")] = ()
    flags: Annotated[tuple[str, ...], Field(description="a label that the desk can see")] = ()
    contacts_30d_at_least: Annotated[int | None, Field(ge=1, description="a label that the desk can see")] = None


class Messages(FileModel):
    """Where the texts come from."""

    phrasebook: Annotated[str, Field(description="shipped phrasebook of wordings")] = "en"
    register_: Annotated[Literal["chat"], Field(alias="register", description="how people type")] = "chat"
    texts_per_intent: Annotated[int, Field(ge=20, le=20_000, description="texts made for each intent")] = 400
    labels: Annotated[dict[Name, str], Field(description="intent of each label of a messages file")] = {}
    wordings: Annotated[
        dict[str, IntentWordings],
        Field(description="wordings of intents that the phrasebook does not know, or other ones"),
    ] = {}


class Source(FileModel):
    """Where an input comes from: exactly one of the three."""

    measured: str | None = None
    published: str | None = None
    assumed: str | None = None

    @property
    def kind(self) -> Literal["measured", "published", "assumed"]:
        """Which of the three it is."""
        return "measured" if self.measured is not None else "published" if self.published is not None else "assumed"

    @property
    def text(self) -> str:
        """The source, or the reason for the assumption."""
        return self.measured or self.published or self.assumed or ""


class Scenario(FileModel):
    """A desk, its customers and its people, over some days."""

    scenario: Annotated[Name, Field(description="its name")]
    about: Annotated[str, Field(description="what desk this is, in a sentence or two")] = ""
    start: Annotated[str, Field(description="first day, such as 2026-03-02")]
    time_zone: Annotated[str, Field(description="IANA name, such as Europe/London")] = "UTC"
    days: Annotated[int, Field(ge=1, le=366, description="days in which customers arrive")] = 7
    arrivals: Arrivals
    segments: Annotated[
        dict[Name, Segment], Field(min_length=1, max_length=100, description="kinds of customers, by name")
    ]
    intents: Annotated[
        dict[Name, Intent], Field(min_length=1, max_length=1000, description="what customers write about, by name")
    ]
    teams: Annotated[
        dict[Name, Team], Field(min_length=1, max_length=100, description="inboxes, and agents of their own")
    ]
    groups: Annotated[
        dict[Name, AgentGroup], Field(max_length=27, description="agents who take from the inboxes of several teams")
    ] = {}
    escalation: Escalation
    protected: Protected = Protected()
    behaviour: Behaviour = Behaviour()
    returns: Returns | None = None
    messages: Messages = Messages()
    sources: Annotated[
        dict[str, Source], Field(description="where inputs come from, by dotted path; `*` stands for any one name")
    ] = {}

    @property
    def name(self) -> str:
        """Its name."""
        return self.scenario

    @property
    def clock(self) -> Clock:
        """The local time of a run."""
        return _clock(self.start, self.time_zone)

    @property
    def horizon_s(self) -> float:
        """Seconds from the start until customers stop arriving."""
        return self.days * DAY_S

    @property
    def agents(self) -> dict[str, Agents]:
        """All who work: the agents of each team, by its name, then the groups."""
        return {**self.teams, **self.groups}

    def served_by(self, team: str) -> tuple[str, ...]:
        """Whose agents take from a team's inbox, in order of preference."""
        kind = self.teams[team]
        own = (team,) if kind.staffing else ()
        skilled = (name for name, group in self.groups.items() if group.skills == "all" or team in group.skills)
        return kind.served_by or (*own, *skilled)

    def takers(self, team: str) -> tuple[str, ...]:
        """Whose agents may take from a team's inbox, at once or to help after a time."""
        overflow = self.teams[team].overflow
        return (*self.served_by(team), *(overflow.to if overflow else ()))

    def staffed(self, team: str) -> bool:
        """Whether anybody who takes from a team's inbox is ever on duty."""
        return any(self.agents[name].in_week().any() for name in self.served_by(team))

    def scaled(self, factor: float) -> Scenario:
        """The same desk `factor` times as large: arrivals and agents alike, agents rounded up."""

        def larger(agents: dict[str, Any]) -> dict[str, Any]:
            return {
                name: each.model_copy(
                    update={"staffing": {hours: -int(-many * factor // 1) for hours, many in each.staffing.items()}}
                )
                for name, each in agents.items()
            }

        return self.model_copy(
            update={
                "teams": larger(self.teams),
                "groups": larger(self.groups),
                "arrivals": self.arrivals.scaled(factor),
            }
        )

    def mix(self, intents: Collection[str] | None = None) -> FloatArray:
        """Shares of all ordinary problems by segment and intent, in the scenario's order; 0 for intents other than the
        named ones.
        """
        return np.array(
            [
                [
                    segment.share * segment.intents.get(name, 0.0) if intents is None or name in intents else 0.0
                    for name in self.intents
                ]
                for segment in self.segments.values()
            ]
        )


@lru_cache(maxsize=64)
def _clock(start: str, time_zone: str) -> Clock:
    return Clock(dt.date.fromisoformat(start), time_zone)
