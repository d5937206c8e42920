"""The floor as a textbook would write it: a SimPy process for each conversation, nothing shared with the simulator's own.

Slow and obvious. Which of several equally loaded agents takes a conversation is arbitrary, but who goes home first is not;
so the textbook lets a `choose` function pick, and refuses any agent who is not among the least loaded on duty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf

import simpy

Choose = Callable[[int, list[int]], int]
"""The agent who takes a visit, of those who may."""


@dataclass
class Visit:
    """A visit as planned, and what became of it."""

    number: int
    team: int
    priority: int
    service_s: float
    patience_s: float
    message_patience_s: float
    next: int
    joined_s: float | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    agent: int | None = None
    answered: simpy.Event | None = None

    @property
    def fate(self) -> str:
        """The name of its `Fate`."""
        if self.joined_s is None:
            return "NOT_MADE"
        if self.answered_s is not None:
            return "SERVED"
        return "ABANDONED" if self.ended_s is not None else "OPEN"


@dataclass
class Team:
    """Agents 0, 1, ... of whom the first `on_duty` take new conversations, and a waiting line for each priority."""

    concurrency: int
    held: list[int]
    on_duty: int = 0
    lines: list[list[Visit]] = field(default_factory=lambda: [[], [], [], []])

    def fit(self) -> list[int]:
        """The least loaded agents on duty who can take one more."""
        able = [agent for agent in range(self.on_duty) if self.held[agent] < self.concurrency]
        least = min((self.held[agent] for agent in able), default=0)
        return [agent for agent in able if self.held[agent] == least]


class TextbookFloor:
    """Teams as `(concurrency, [(from_s, agents), ...])`; visits; joins as `[(at_s, visit), ...]`."""

    def __init__(self, teams: list[tuple[int, list[tuple[float, int]]]], visits: list[Visit], choose: Choose) -> None:
        self.env = simpy.Environment()
        self.visits = visits
        self.choose = choose
        self.teams = [Team(concurrency, [0] * max([0, *(agents for _, agents in shifts)])) for concurrency, shifts in teams]
        for team, (_, shifts) in zip(self.teams, teams, strict=True):
            self.env.process(self.shifts(team, shifts))

    def play(self, joins: list[tuple[float, int]]) -> list[Visit]:
        """All visits, after everything is over."""
        for at_s, number in joins:
            self.env.process(self.conversation(at_s, self.visits[number]))
        self.env.run()
        return self.visits

    def shifts(self, team: Team, shifts: list[tuple[float, int]]) -> Iterator[simpy.Event]:
        for from_s, agents in shifts:
            yield self.env.timeout(from_s - self.env.now)
            team.on_duty = agents
            self.assign(team)

    def assign(self, team: Team) -> None:
        """While somebody waits and somebody is free, the first in line of the most urgent priority is answered."""
        while team.fit() and any(team.lines):
            line = next(line for line in team.lines if line)
            visit = line.pop(0)
            assert visit.answered is not None
            self.begin(team, visit)
            visit.answered.succeed()

    def begin(self, team: Team, visit: Visit) -> None:
        fit = team.fit()
        visit.agent = self.choose(visit.number, fit)
        assert visit.agent in fit, f"visit {visit.number} is taken by {visit.agent}, but {fit} are the least loaded"
        team.held[visit.agent] += 1
        visit.answered_s = self.env.now

    def conversation(self, at_s: float, visit: Visit) -> Iterator[simpy.Event]:
        yield self.env.timeout(at_s)
        while True:
            team = self.teams[visit.team]
            visit.joined_s = self.env.now
            if team.fit():
                self.begin(team, visit)
            else:
                visit.answered = self.env.event()
                team.lines[visit.priority].append(visit)
                patience_s = visit.patience_s if team.on_duty else visit.message_patience_s
                yield visit.answered if patience_s == inf else visit.answered | self.env.timeout(patience_s)
                if not visit.answered.triggered:
                    team.lines[visit.priority].remove(visit)
                    visit.ended_s = self.env.now
                    return
            yield self.env.timeout(visit.service_s)
            visit.ended_s = self.env.now
            assert visit.agent is not None
            team.held[visit.agent] -= 1
            self.assign(team)
            if visit.next < 0:
                return
            visit = self.visits[visit.next]
