"""A scenario: a desk and the customers who write to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..calendar import DAY_S, Clock
from ..documents import FileModel, Name
from ..quantities import Duration, Share
from .arrivals import Arrivals
from .behaviour import Behaviour
from .email import Email
from .intents import Intent
from .messages import Messages
from .recognisers import Learnt, Recogniser
from .returns import Returns
from .segments import Segment
from .staffing import AgentGroup, Agents, Escalation, ExpectedWait, Team

FloatArray = NDArray[np.float64]


class Knowledge(FileModel):
    """How much the help centre has on an intent, and how well it is written: bounds of all answers and articles."""

    covers: Annotated[
        Share, Field(description="share of its problems that anything is written about; 0: there is no answer")
    ] = 1.0
    quality: Annotated[
        Share, Field(description="share of customers, of those who could act upon a good text, who can with this one")
    ] = 1.0


class Protected(FileModel):
    """Customers who should meet a person. Sensitive intents are marked at the intents."""

    segments: Annotated[tuple[str, ...], Field(description="by truth")] = ()
    plans: Annotated[tuple[str, ...], Field(description="a label that the desk can see")] = ()
    flags: Annotated[tuple[str, ...], Field(description="a label that the desk can see")] = ()
    contacts_30d_at_least: Annotated[int | None, Field(ge=1, description="a label that the desk can see")] = None


class Source(FileModel):
    """Where an input comes from, exactly one of three, and how far off it may be."""

    measured: str | None = None
    published: str | None = None
    assumed: str | None = None
    times: Annotated[
        tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(le=1000)]] | None,
        Field(description="how much smaller and larger the amounts may be, as factors such as `[0.5, 2]`"),
    ] = None

    @property
    def kind(self) -> Literal["measured", "published", "assumed"]:
        """Which of the three it is."""
        return "measured" if self.measured is not None else "published" if self.published is not None else "assumed"

    @property
    def text(self) -> str:
        """The source, or the reason for the assumption."""
        return self.measured or self.published or self.assumed or ""


class SteadyState(FileModel):
    """A desk that has been running for long: what happens during the warm-up is played, and counts in no measure."""

    warm_up: Annotated[
        Literal["mser"] | Duration,
        Field(
            description="time from the start; problems that arrive in it, and agents' time, are left out. `mser`: the "
            "rule MSER-5 finds it on pilot runs"
        ),
    ]


class Scenario(FileModel):
    """A desk, its customers and its people, over some days."""

    scenario: Annotated[Name, Field(description="its name")]
    about: Annotated[str, Field(description="what desk this is, in a sentence or two")] = ""
    start: Annotated[str, Field(description="first day, such as 2026-03-02")]
    time_zone: Annotated[str, Field(description="IANA name, such as Europe/London")] = "UTC"
    days: Annotated[int, Field(ge=1, le=366, description="days in which customers arrive")] = 7
    holidays: Annotated[
        tuple[str, ...],
        Field(max_length=1000, description="dates, such as 2026-12-25; nobody is on duty, and rules see `holiday`"),
    ] = ()
    steady_state: Annotated[
        SteadyState | None,
        Field(description="measure the desk once it is warm; if left out, the run begins empty and everything counts"),
    ] = None
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
    knowledge: Annotated[
        dict[str, Knowledge],
        Field(description="by intent: what the help centre covers and how well; everything, and well, if left out"),
    ] = {}
    backlog: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=1_000_000)]],
        Field(
            description="conversations that wait in these teams' inboxes when the run starts; they keep agents busy "
            "and count in no measure"
        ),
    ] = {}
    expected_wait: ExpectedWait = ExpectedWait()
    protected: Protected = Protected()
    behaviour: Behaviour = Behaviour()
    recogniser: Annotated[
        Recogniser, Field(description="what tells the bot and the rules what a message is about")
    ] = Learnt(kind="learnt")
    email: Annotated[Email | None, Field(description="how conversations by e-mail go, if there are any")] = None
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
        return _clock(self.start, self.time_zone, self.holidays)

    @property
    def horizon_s(self) -> float:
        """Seconds from the start until customers stop arriving."""
        return float(self.days * DAY_S)

    @property
    def agents(self) -> dict[str, Agents]:
        """All who work: the agents of each team, by its name, then the groups."""
        return {**self.teams, **self.groups}

    @property
    def by_email(self) -> Email:
        """How conversations by e-mail go."""
        return Email() if self.email is None else self.email

    def knowledge_of(self, intent: str) -> Knowledge:
        """What the help centre has on an intent."""
        return self.knowledge.get(intent, _ALL_KNOWN)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that customers write in, as two letters, the main one first if anybody does."""
        main = self.messages.phrasebook
        written = dict.fromkeys(
            name for segment in self.segments.values() for name, share in segment.written_in(main).items() if share > 0
        )
        return tuple(sorted(written, key=lambda name: name != main))

    def intents_in(self, language: str) -> tuple[str, ...]:
        """The intents that customers write about in a language; in the first, also those that nobody has."""
        main, languages = self.messages.phrasebook, self.languages
        asked: set[str] = set()
        elsewhere: set[str] = set()
        for segment in self.segments.values():
            has = {name for name, share in segment.intents.items() if share > 0}
            elsewhere |= has
            if segment.written_in(main).get(language, 0) > 0:
                asked |= has
        if language == languages[0]:
            asked |= self.intents.keys() - elsewhere
        return tuple(name for name in self.intents if name in asked)

    def asked_beside(self, intent: str, language: str) -> tuple[str, ...]:
        """Other intents of customers who write about an intent in a language."""
        main, beside = self.messages.phrasebook, set()
        for segment in self.segments.values():
            if segment.intents.get(intent, 0) > 0 and segment.written_in(main).get(language, 0) > 0:
                beside |= {name for name, share in segment.intents.items() if share > 0}
        return tuple(name for name in self.intents if name in beside - {intent})

    def served_by(self, team: str) -> tuple[str, ...]:
        """Whose agents take from a team's inbox, in order of preference."""
        kind = self.teams[team]
        own = (team,) if kind.staffing else ()
        skilled = (name for name, group in self.groups.items() if group.skills == "all" or team in group.skills)
        return kind.served_by or (*own, *skilled)

    def waiting_for(self, team: str) -> tuple[str, ...]:
        """What the customers of a team's backlog want: the intents whose right team it is (if there are none, those
        that it solves too); of the escalation inbox, any.
        """
        if team == self.escalation.team:
            return tuple(self.intents)
        own = tuple(name for name, intent in self.intents.items() if intent.team == team)
        return own or self.teams[team].also_solves

    def takers(self, team: str) -> tuple[str, ...]:
        """Whose agents may take from a team's inbox, at once or to help after a time."""
        overflow = self.teams[team].overflow
        return (*self.served_by(team), *(overflow.to if overflow else ()))

    def staffed(self, team: str) -> bool:
        """Whether anybody who takes from a team's inbox is ever on duty."""
        return any(self.agents[name].in_week().any() for name in self.served_by(team))

    def scaled(self, factor: float) -> Scenario:
        """The same desk `factor` times as large: arrivals, backlog and agents alike, the latter two rounded up."""

        def more(counts: dict[str, int]) -> dict[str, int]:
            return {name: -int(-many * factor // 1) for name, many in counts.items()}

        def larger(agents: dict[str, Any]) -> dict[str, Any]:
            return {
                name: each.model_copy(update={"staffing": more(each.staffing)}) for name, each in agents.items()
            }

        return self.model_copy(
            update={
                "teams": larger(self.teams),
                "groups": larger(self.groups),
                "backlog": more(self.backlog),
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


_ALL_KNOWN = Knowledge()


@lru_cache(maxsize=64)
def _clock(start: str, time_zone: str, holidays: tuple[str, ...]) -> Clock:
    return Clock(dt.date.fromisoformat(start), time_zone, tuple(dt.date.fromisoformat(each) for each in holidays))
