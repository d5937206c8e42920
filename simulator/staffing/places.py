"""Where agents are placed and what that is judged by: the periods of teams and groups, and the goals of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .aims import LEVEL, Aim, Shares, by_period, shares
from .roster import IntArray
from .tally import Frame, Tally
from .trying import Slots

BoolArray = NDArray[np.bool_]
Measure = Literal["answered", "abandoned", "occupied"]

State = Mapping[str, IntArray]
"""Agents wanted on duty in each period of each group that may be changed; breaks come out of them."""

_COLUMNS = {
    "answered": ("answered", "joined"), "abandoned": ("abandoned", "joined"), "occupied": ("held_s", "slots_s"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Goal:
    """One share that is to be reached in each period of the week: of a team's customers, or of a group's time.

    who      a team, or for `occupied` a team or group whose agents it is about; `row` is its code
    limit    `answered` is to be that at least, the others at most
    period   the period of each half-hour of the week, −1: none
    settling   for each period, whether what came in before is worked off then: it counts over the week alone
    """

    who: str
    measure: Measure
    limit: float
    row: int
    period: IntArray
    settling: BoolArray

    @property
    def at_least(self) -> bool:
        """Whether more is better."""
        return self.measure == "answered"

    def shares(
        self, tallies: Sequence[Tally], *, over_the_week: bool = False, covered: bool = False, level: float = LEVEL
    ) -> Shares:
        """What some replications show in each period, or over the week."""
        some, of = self.counts(tallies, over_the_week=over_the_week, covered=covered)
        return shares(some, of, counts=self.measure != "occupied", level=level)

    def counts(
        self, tallies: Sequence[Tally], *, over_the_week: bool = False, covered: bool = False
    ) -> tuple[NDArray[np.float64], ...]:
        """Of each replication and period, what is divided by what; of the answered, perhaps the `covered` alone."""
        period = np.where(self.period >= 0, 0, -1) if over_the_week else self.period
        periods = int(period.max(initial=-1)) + 1
        some, of = ("covered", "joined") if covered and self.at_least else _COLUMNS[self.measure]
        return by_period(tallies, some, self.row, period, periods), by_period(tallies, of, self.row, period, periods)

    def lacks(self, tallies: Sequence[Tally], *, over_the_week: bool = False) -> BoolArray:
        """The periods in which it was not reached by these replications, chance or not; all, if the week was not."""
        found = self.shares(tallies, over_the_week=over_the_week).value
        lacks = found < self.limit if self.at_least else found > self.limit
        return np.repeat(lacks, int(self.period.max(initial=-1)) + 1) if over_the_week else np.asarray(lacks)

    def misses(self, found: Shares) -> BoolArray:
        """Where it is demonstrably missed."""
        return found.below(self.limit) if self.at_least else found.above(self.limit)

    def reaches(self, found: Shares) -> BoolArray:
        """Where it is demonstrably reached, or there is nobody for whom to reach it."""
        return np.asarray(~(found.low < self.limit if self.at_least else found.high > self.limit))


Judgement = Mapping[Goal, Shares]
"""What was reached of each goal."""


@dataclass(frozen=True)
class Places:
    """What may be changed, and what is judged.

    groups     those whose agents may be changed, with the period of each half-hour of the week (−1: not changed)
    teams      those whose inboxes are judged, with theirs (−1: closed)
    settling   for each period of each of these teams, whether what came in before is worked off then
    """

    frame: Frame
    aim: Aim
    groups: Mapping[str, IntArray]
    teams: Mapping[str, IntArray]
    settling: Mapping[str, BoolArray]

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """All that is to be reached, team by team and then by who works."""
        aim, scenario = self.aim, self.frame.scenario
        teams, agents = list(scenario.teams), list(scenario.agents)
        found = list[Goal]()
        for name, period in self.teams.items():
            if aim.answered is not None:
                found.append(Goal(name, "answered", aim.answered, teams.index(name), period, self.settling[name]))
            if aim.abandoned is not None:
                found.append(Goal(name, "abandoned", aim.abandoned, teams.index(name), period, self.settling[name]))
        if aim.occupied is not None:
            for name, period in self.groups.items():
                never = np.zeros(int(period.max(initial=-1)) + 1, dtype=np.bool_)
                found.append(Goal(name, "occupied", aim.occupied, agents.index(name), period, never))
        return tuple(found)

    def of_team(self, name: str) -> tuple[Goal, ...]:
        """What a team's customers are to get."""
        return tuple(goal for goal in self.goals if goal.who == name and goal.measure != "occupied")

    def of_group(self, name: str) -> tuple[Goal, ...]:
        """What is to be reached by those who work in a team or group."""
        return tuple(goal for goal in self.goals if goal.who == name and goal.measure == "occupied")

    def servers(self, team: str) -> tuple[str, ...]:
        """The groups that may be changed and take from a team's inbox, in order of preference."""
        return tuple(name for name in self.frame.scenario.served_by(team) if name in self.groups)

    def slots(self, state: State) -> Slots:
        """The roster on which so many are on duty: more, by those who are paid and do not work."""
        found = {}
        for name, wanted in state.items():
            period, agents = self.groups[name], self.frame.today.by_slot[name].copy()
            left = 1 - self.frame.scenario.agents[name].shrinkage
            here = period >= 0
            agents[here] = np.ceil(wanted[period[here]] / left - 1e-9)
            found[name] = agents
        return found

    def judged(self, tallies: Sequence[Tally], *, covered: bool = False) -> Judgement:
        """What some replications show of each goal, period by period."""
        return {goal: goal.shares(tallies, covered=covered) for goal in self.goals}


def overlapping(of: IntArray, among: IntArray) -> tuple[tuple[int, ...], ...]:
    """For each period of one kind, those of another with which it shares half-hours, ascending.

    >>> of, among = np.full(336, -1), np.full(336, -1)
    >>> of[:4], among[:4] = [0, 0, 1, 1], [0, 1, 1, 2]
    >>> overlapping(of, among)
    ((0, 1), (1, 2))
    """
    many = int(of.max(initial=-1)) + 1
    return tuple(tuple(sorted({*among[of == number].tolist()} - {-1})) for number in range(many))


def and_after(periods: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The same, but what shares no half-hour with any has the next ones, at the end of the week the first: soon after
    an opening agents are there for those who come later.

    >>> and_after(((), (0, 1), (2,), ()))
    ((0, 1), (0, 1), (2,), (0, 1))
    """
    found, following = list[tuple[int, ...]](), next(filter(None, periods), ())
    for each in reversed(periods):
        following = each or following
        found.append(following)
    return tuple(reversed(found))


def turned(periods: tuple[tuple[int, ...], ...], of: IntArray) -> tuple[tuple[int, ...], ...]:
    """For each period of one kind those of another which have it.

    >>> turned(((0, 1), (0, 1), ()), np.array([0, 1, 2]))
    ((0, 1), (0, 1), ())
    """
    many = int(of.max(initial=-1)) + 1
    return tuple(
        tuple(number for number, each in enumerate(periods) if period in each) for period in range(many)
    )
