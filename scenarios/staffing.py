"""Who is there to answer: teams with their inboxes, groups of agents, and who takes what."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from ..calendar import HOUR_S, WEEK_S, Clock, WeekHours
from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Duration, Share
from .distributions import Distribution, Lognormal

IntArray = NDArray[np.int64]
Factor = Annotated[float, Field(gt=0, le=100)]
MINUTE_S = 60
"""Agents come and go by the minute."""
GOLDEN = (5**0.5 - 1) / 2


def _a_minute(lasts_s: float) -> float:
    if lasts_s < MINUTE_S:
        raise BadValue("a break lasts a minute at least")
    return lasts_s


class Breaks(FileModel):
    """Breaks that the agents of a group take one after the other, so that as few as can be are away at once."""

    within: Annotated[str, Field(description="times of the week, such as `Mon-Fri 12-14`")]
    lasts: Annotated[
        Duration, Field(description="how long each agent is away, a minute at least"), AfterValidator(_a_minute)
    ]

    def away(self, agents: IntArray, second_of_week: NDArray[np.float64]) -> IntArray:
        """How many of the agents on duty are on a break at each moment."""
        away = np.zeros_like(agents)
        for opens_s, closes_s in WeekHours.parse(self.within).spans:
            turns = max(int((closes_s - opens_s) // self.lasts), 1)
            here = (second_of_week >= opens_s) & (second_of_week < opens_s + turns * self.lasts)
            turn = ((second_of_week - opens_s) // self.lasts).astype(np.int64)
            # Agent j takes turn j mod `turns`.
            away = np.where(here, (agents - turn + turns - 1) // turns, away)
        return away


class Newcomers(FileModel):
    """Agents who are still learning."""

    share: Annotated[Share, Field(description="of the group's agents")]
    factor: Annotated[Factor, Field(description="their work takes this much longer")] = 1.25


class StrainOfWork(FileModel):
    """Agents who have been busy for long get slower."""

    slower: Annotated[float, Field(ge=0, le=10, description="more time for work per unit of strain above the level")]
    above: Annotated[Share, Field(description="busy share that is no strain")] = 0.85
    memory: Annotated[Duration, Field(gt=0, description="time constant with which strain follows being busy")] = 3600.0


class Agents(FileModel):
    """Agents who do the same work."""

    staffing: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=1_000_000)]],
        Field(
            description="agents on duty by times of the week, such as `Mon-Fri 08-18: 12`; overlapping rows add up",
        ),
    ] = {}
    concurrency: Annotated[int, Field(ge=1, le=100, description="conversations an agent holds at once")] = 1
    open_at_most: Annotated[
        int | None,
        Field(
            ge=1, le=1000, description="conversations by e-mail an agent has open at once, waiting for customers too"
        ),
    ] = None
    speed_by_load: Annotated[
        tuple[Annotated[float, Field(ge=0.001, le=100)], ...],
        Field(description="speed at which each conversation goes on while its agent holds 1, 2, 3, ... of them"),
    ] = ()
    slots: Annotated[
        Literal["spread", "fill"],
        Field(description="which agent takes a conversation: who holds the fewest, or the most"),
    ] = "spread"
    takes: Annotated[
        Literal["priority", "longest_wait", "weighted_wait", "in_order"],
        Field(description="whom an agent who is free takes next"),
    ] = "priority"
    work_factors: Annotated[
        dict[str, Factor], Field(description="by intent: work takes this much longer (below 1: less long)")
    ] = {}
    context_factor: Annotated[
        Factor | None,
        Field(description="work takes this much of its time where agents see what is known of the customer beside it"),
    ] = None
    newcomers: Newcomers | None = None
    strain: StrainOfWork | None = None
    shrinkage: Annotated[
        Share, Field(lt=1, description="share of the staffed hours that nobody works; required / (1 − shrinkage)")
    ] = 0.0
    absences: Annotated[Share, Field(lt=1, description="chance of each agent to be away for a day")] = 0.0
    breaks: Annotated[tuple[Breaks, ...], Field(description="when they are away in turns")] = ()

    def agents(self, clock: Clock, at_s: NDArray[np.float64]) -> IntArray:
        """Agents on duty at each moment of `at_s` (seconds since the start of the run), if nobody is absent; nobody on
        holidays.
        """
        return np.where(clock.is_holiday(at_s), 0, self.on_duty(clock.second_of_week(at_s)))

    def in_week(self) -> IntArray:
        """Agents on duty in each minute of the week from Monday 00:00 on, if nobody is absent."""
        return self.on_duty(np.arange(0, WEEK_S, MINUTE_S, dtype=np.float64))

    def on_duty(self, second_of_week: NDArray[np.float64]) -> IntArray:
        """Agents on duty at each moment of the week (seconds since Monday 00:00), if nobody is absent."""
        return self.of_roster(self.on_roster(second_of_week), second_of_week)

    def of_roster(self, roster: IntArray, second_of_week: NDArray[np.float64]) -> IntArray:
        """How many of those whom a roster names are on duty at each moment: what shrinkage and breaks leave of them."""
        total = self._left(roster, second_of_week)
        for each in self.breaks:
            total = total - each.away(total, second_of_week)
        return np.asarray(np.maximum(total, 0))

    def available(self, second_of_week: NDArray[np.float64]) -> IntArray:
        """What shrinkage leaves of the staffing, breaks or not: in some hours one agent more than in others, so that
        the sum over the week is right though agents are whole.
        """
        return self._left(self.on_roster(second_of_week), second_of_week)

    def _left(self, roster: IntArray, second_of_week: NDArray[np.float64]) -> IntArray:
        # Multiples of the golden ratio spread evenly, over any number of hours.
        turn = (np.floor(second_of_week / HOUR_S) + 0.5) * GOLDEN % 1
        return np.asarray(np.floor(roster * (1 - self.shrinkage) + turn), dtype=np.int64)

    def on_roster(self, second_of_week: NDArray[np.float64]) -> IntArray:
        """Agents whom the staffing names at each moment of the week."""
        total = np.zeros(second_of_week.shape, dtype=np.int64)
        for hours, agents in self.staffing.items():
            total += agents * WeekHours.parse(hours).contains(second_of_week)
        return total


class Overflow(FileModel):
    """Who else may take a conversation that has waited for long."""

    after: Annotated[Duration, Field(ge=0)]
    to: Annotated[tuple[str, ...], Field(min_length=1, description="groups, or teams whose own agents help")]


class CallBack(FileModel):
    """An offer to be called back: who accepts keeps the place in line and no longer leaves it."""

    from_waiting: Annotated[int, Field(ge=0, description="offered when so many wait already")]
    accepted: Annotated[Share, Field(description="share who accept")] = 0.5
    reached: Annotated[Share, Field(description="share of those who can be reached then")] = 0.9


class LeadsNowhere(FileModel):
    """What agents do with a conversation in which they get nowhere: they hand it to a manager, or end it."""

    after: Annotated[Duration, Field(gt=0, description="work on it until then")]
    ends: Annotated[Share, Field(description="of these, are ended without a solution; the others go to `to`")] = 0.0
    to: Annotated[str, Field(description="the team whose people take it over")]
    solved_there: Annotated[Share, Field(description="share that they really solve")] = 0.6


class TemplatedReplies(FileModel):
    """First replies in a chat that are sent as they are stored: some customers take the agent for a bot, answer in
    keywords and ask for a person.
    """

    share: Annotated[Share, Field(description="of first replies in a chat")]
    suspected: Annotated[Share, Field(description="of the customers who get one, take the agent for a bot")] = 0.2
    cleared_up_in: Annotated[Duration, Field(description="the agent's time until that is cleared up")] = 60.0


class Team(Agents):
    """A team: an inbox and, where it has staffing, agents of its own."""

    also_solves: Annotated[
        tuple[str, ...], Field(description="intents it can solve beside those whose right team it is")
    ] = ()
    answer_within: Annotated[Duration, Field(gt=0, description="the target of the service level")] = 120.0
    answer_within_counts: Annotated[
        Literal["clock", "business_hours"],
        Field(description="the target's time: by the clock, or while somebody who takes from the inbox is on duty"),
    ] = "clock"
    look: Annotated[Distribution, Field(description="time to see that a conversation belongs elsewhere")] = Lognormal(
        mean=120.0, cv=0.6
    )
    notices_gone: Annotated[
        Distribution, Field(description="time to see that the customer has left without a word")
    ] = Lognormal(mean=60.0, cv=0.5)
    offers: Annotated[
        Literal["in_order", "least_loaded", "longest_idle", "random", "expected_delay"],
        Field(description="which group is offered a conversation if several have an agent free"),
    ] = "in_order"
    served_by: Annotated[
        tuple[str, ...],
        Field(description="who takes from the inbox, in order; else the team's own agents, then all whose skill it is"),
    ] = ()
    waiting_at_most: Annotated[int | None, Field(ge=0, description="who finds so many waiting is turned away")] = None
    overflow: Overflow | None = None
    call_back: CallBack | None = None
    templated_replies: Annotated[
        TemplatedReplies | None, Field(description="first replies that read as if a bot had written them")
    ] = None
    leads_nowhere: Annotated[
        LeadsNowhere | None, Field(description="what becomes of services that would not solve the problem")
    ] = None
    weight: Annotated[float, Field(gt=0, le=1e6, description="for groups that take by `weighted_wait`")] = 1.0
    wrap_up: Annotated[
        Distribution | None,
        Field(description="time after each conversation in which the agent still writes it up; none if left out"),
    ] = None


class AgentGroup(Agents):
    """Agents who take from several inboxes."""

    skills: Annotated[
        tuple[str, ...] | Literal["all"],
        Field(description="teams from whose inboxes they take, in their order of preference; or `all`"),
    ]


class ExpectedWait(FileModel):
    """What rules see as the expected wait of an inbox, `queue.TEAM.expected_wait`."""

    by: Annotated[
        Literal["last_wait", "queue_over_throughput"],
        Field(
            description="what the last one whom people took had waited, or how long those who wait now would take "
            "at the rate at which people took conversations lately"
        ),
    ] = "last_wait"
    throughput_over: Annotated[
        Duration, Field(gt=0, description="for `queue_over_throughput`: how far back `lately` reaches")
    ] = 1800.0


class Escalation(FileModel):
    """The inbox for what no rule placed, and how well people move a conversation on."""

    team: Annotated[str, Field(description="the team whose people look at it and assign it")]
    assigns_right: Annotated[Share, Field(description="share that triage assigns to the right team")] = 0.9
    transfers_right: Annotated[Share, Field(description="share that a wrong team transfers to the right one")] = 0.9
    touches_at_most: Annotated[
        int, Field(ge=2, le=100, description="the last of so many teams is the right one, whoever moves it on")
    ] = 6
    keeps_priority: Annotated[bool, Field(description="a conversation that is moved on keeps its priority")] = True
