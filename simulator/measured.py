"""A run made ready to be measured: the columns that several measures share, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .conversations import Outcome
from .occupation import Occupation, occupation_of
from .run import Run
from .visit_chains import Purpose
from .visits import Fate

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The part of a run that a value is about: everybody, a segment or a team.

    `problems`, `conversations` and `placed` (those that reached people) are rows; `team` is the code of a team.
    """

    of: Measured
    problems: IntArray
    conversations: IntArray
    placed: IntArray
    waits: Waits
    is_segment: bool = False
    team: int | None = None

    @cached_property
    def times_to_help_s(self) -> FloatArray:
        """Times to help of this part's problems, ascending; infinite where help never came."""
        return np.sort(self.of.time_to_help_s[self.problems])

    @cached_property
    def first_replies_s(self) -> FloatArray:
        """First message to the first agent's reply, of the conversations that got one, ascending."""
        since_s = self.of.first_reply_s[self.placed]
        return np.sort(since_s[~np.isnan(since_s)])

    @cached_property
    def waited_s(self) -> FloatArray:
        """Waits of the answered, ascending."""
        return np.sort(self.waits.wait_s[self.waits.answered])

    @cached_property
    def waited_by_all_s(self) -> FloatArray:
        """Waits of everybody who queued and is done waiting, ascending."""
        return np.sort(self.waits.wait_s[~np.isnan(self.waits.wait_s)])

    def share(self, column: BoolArray) -> float:
        """Share of this part's conversations for which a column holds."""
        return ratio(np.count_nonzero(column[self.conversations]), self.conversations.size)

    def count(self, column: BoolArray) -> float:
        """Number of this part's conversations for which a column holds."""
        return float(np.count_nonzero(column[self.conversations]))

    def problem_share(self, column: BoolArray) -> float:
        """Share of this part's problems for which a column holds."""
        return ratio(np.count_nonzero(column[self.problems]), self.problems.size)


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits in inboxes, one entry each: seconds until the reply or until leaving, and whether the customer was
    answered, left, or was turned away; `soon` is within the team's target.
    """

    wait_s: FloatArray
    soon: BoolArray
    answered: BoolArray
    abandoned: BoolArray
    blocked: BoolArray

    def where(self, rows: IntArray | BoolArray) -> Waits:
        """Some of the entries."""
        return Waits(self.wait_s[rows], self.soon[rows], self.answered[rows], self.abandoned[rows], self.blocked[rows])


class Measured:
    """A run with the columns that several measures share, each made once."""

    def __init__(self, run: Run) -> None:
        self.run = run
        scenario = run.desk.scenario
        self.teams = list(scenario.teams)
        self.triage = self.teams.index(scenario.escalation.team)
        self.window_s = scenario.returns.window if scenario.returns is not None else 7 * 86400.0
        right = np.array([self.teams.index(intent.team) for intent in scenario.intents.values()], dtype=np.int8)
        self.right_team = right[run.population.intent]
        self.solves = np.array(
            [
                [t == i.team or n in team.also_solves for n, i in scenario.intents.items()]
                for t, team in scenario.teams.items()
            ]
        )
        self.answer_within_s = np.array([team.answer_within for team in scenario.teams.values()])

    @cached_property
    def time_to_help_s(self) -> FloatArray:
        """For each problem, first message to real solution; infinite if it never came within the recontact window."""
        since_s = self.run.solved_s - self.run.population.arrives_s
        return np.where(since_s <= self.window_s, since_s, np.inf)

    @cached_property
    def helped(self) -> BoolArray:
        """For each problem, solved within the recontact window."""
        return np.isfinite(self.time_to_help_s)

    @cached_property
    def helped_by_bot(self) -> BoolArray:
        """For each problem, solved within the window by a bot."""
        table = self.run.conversations
        by_bot = np.zeros(self.run.population.size, dtype=bool)
        bot = table.outcome == Outcome.HELPED_BY_BOT
        solved_s = self.run.solved_s[table.problem]
        by_bot[table.problem[bot & (table.starts_s <= solved_s) & (solved_s <= table.ends_s)]] = True
        return by_bot & self.helped

    @cached_property
    def answered(self) -> BoolArray:
        """For each conversation, whether an agent replied."""
        return ~np.isnan(self.run.conversations.answered_s)

    @cached_property
    def first_reply_s(self) -> FloatArray:
        """For each conversation, first message to an agent's first reply; NaN if none replied."""
        table = self.run.conversations
        return table.replied_s - table.starts_s

    @cached_property
    def met_person(self) -> BoolArray:
        """For each problem, whether an agent ever replied."""
        met = np.zeros(self.run.population.size, dtype=bool)
        met[self.run.conversations.problem[self.answered]] = True
        return met

    @cached_property
    def reached_people(self) -> BoolArray:
        """For each problem, whether any conversation about it reached people."""
        reached = np.zeros(self.run.population.size, dtype=bool)
        reached[self.run.conversations.problem[self.offered]] = True
        return reached

    @cached_property
    def touches(self) -> IntArray:
        """For each problem, agents who took it up."""
        table = self.run.conversations
        return np.bincount(table.problem, weights=table.touches, minlength=self.run.population.size).astype(np.int64)

    @cached_property
    def gave_up(self) -> BoolArray:
        """For each problem, unsolved with no conversation still open."""
        table = self.run.conversations
        still_open = np.zeros(self.run.population.size, dtype=bool)
        still_open[table.problem[table.outcome == Outcome.OPEN]] = True
        return np.isnan(self.run.solved_s) & ~still_open

    @cached_property
    def counted_resolved(self) -> BoolArray:
        """For each problem, what the desk would count as resolved by automation."""
        table = self.run.conversations
        counted = np.zeros(self.run.population.size, dtype=bool)
        counted[table.problem[table.counted_resolved]] = True
        return counted & ~self.met_person

    @cached_property
    def deflected(self) -> BoolArray:
        """For each conversation, ended in the bot, helped or not."""
        return self.run.conversations.outcome <= Outcome.LEFT_IN_BOT

    @cached_property
    def offered(self) -> BoolArray:
        """For each conversation, reached people."""
        return self.run.conversations.first_visit >= 0

    @cached_property
    def back(self) -> BoolArray:
        """For each conversation, whether the same customer wrote again about the problem within the window after its
        end.
        """
        table = self.run.conversations
        back = np.zeros(table.size, dtype=bool)
        # Attempts stand in blocks, problems ascend in each; the attempt after one is found in the next block.
        edges = np.searchsorted(table.attempt, np.arange(1, int(table.attempt.max(initial=0)) + 2))
        for first, middle, last in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
            position = first + np.searchsorted(table.problem[first:middle], table.problem[middle:last])
            back[position] = table.starts_s[middle:last] - table.ends_s[position] <= self.window_s
        return back

    @cached_property
    def by_rule(self) -> BoolArray:
        """For each conversation, placed by a rule in a team."""
        table = self.run.conversations
        return np.asarray(self.offered & (table.rule >= 0) & (table.first_team != self.triage))

    @cached_property
    def first_right(self) -> BoolArray:
        """For each conversation, whether its first team can solve it; false where it never reached people."""
        table = self.run.conversations
        return np.asarray(self.offered & self.solves[table.first_team, self.run.population.intent[table.problem]])

    @cached_property
    def problems(self) -> IntArray:
        """Rows of the problems that count."""
        counted = self.run.counted
        return np.arange(self.run.population.size) if counted is None else np.flatnonzero(counted)

    @cached_property
    def conversations(self) -> IntArray:
        """Rows of the conversations that count: those about problems that do."""
        table, counted = self.run.conversations, self.run.counted
        return np.arange(table.size) if counted is None else np.flatnonzero(counted[table.problem])

    @cached_property
    def placed(self) -> IntArray:
        """Rows of the conversations that count and reached people."""
        return self.conversations[self.offered[self.conversations]]

    @cached_property
    def visits(self) -> IntArray:
        """Rows of the visits that were made in conversations that count."""
        made = self.run.visits.fate != Fate.NOT_MADE
        if self.run.counted is not None:
            attempts = self.run.attempts
            made &= self.run.counted[np.concatenate([each.rows for each in attempts.attempts])][attempts.owner]
        return np.flatnonzero(made)

    @cached_property
    def conversation_waits(self) -> Waits:
        """One wait for each conversation of `placed`, in order."""
        table = self.run.conversations
        wait_s, outcome = table.wait_s[self.placed], table.outcome[self.placed]
        return Waits(
            wait_s,
            wait_s <= self.answer_within_s[table.first_team[self.placed]],
            outcome == Outcome.SERVED,
            (outcome == Outcome.ABANDONED) | (outcome == Outcome.ABANDONED_SILENTLY),
            outcome == Outcome.BLOCKED,
        )

    @cached_property
    def visit_waits(self) -> tuple[Waits, NDArray[np.int8]]:
        """One wait for each visit of `visits` but later replies by e-mail, in order, and its team."""
        visits = self.run.visits
        rows = self.visits[self.run.attempts.purpose[self.visits] != Purpose.LATER_REPLY]
        fate, team = visits.fate[rows], self.run.attempts.visits.team[rows]
        answered = fate == Fate.SERVED
        wait_s = np.where(answered, visits.answered_s[rows], visits.ended_s[rows]) - visits.joined_s[rows]
        gone = (fate == Fate.ABANDONED) | (fate == Fate.ABANDONED_SILENTLY)
        return Waits(wait_s, wait_s <= self.answer_within_s[team], answered, gone, fate == Fate.BLOCKED), team

    @cached_property
    def occupation(self) -> Occupation:
        """How agents on duty spent their time, for the agents of each team and then each group."""
        run = self.run
        return occupation_of(run.floorplan.groups, run.visits, run.desk.scenario.horizon_s, run.counts_from_s)

    @cached_property
    def slots_s(self) -> FloatArray:
        """Seconds of slots on duty, for the agents of each team and then each group."""
        return np.asarray(self.run.staffed_s * np.array([group.concurrency for group in self.run.floorplan.groups]))

    def parts(self) -> Iterator[tuple[str, str, Part]]:
        """All parts: kind (`overall`, `segment`, `team`), name, part. What does not count is in none of them."""
        table, segment = self.run.conversations, self.run.population.segment
        problems, conversations, placed = self.problems, self.conversations, self.placed
        waits = self.conversation_waits
        yield "overall", "", Part(self, problems, conversations, placed, waits)
        names = tuple(self.run.desk.scenario.segments)
        segments = zip(
            names,
            _groups(segment[problems], len(names)),
            _groups(segment[table.problem[conversations]], len(names)),
            _groups(segment[table.problem[placed]], len(names)),
            strict=True,
        )
        for name, those, told, reached in segments:
            rows = problems[those], conversations[told], placed[reached]
            yield "segment", name, Part(self, *rows, waits.where(reached), is_segment=True)
        waits, at = self.visit_waits
        teams = zip(
            self.teams,
            _groups(self.right_team[problems], len(self.teams)),
            _groups(self.right_team[table.problem[conversations]], len(self.teams)),
            _groups(table.first_team[placed], len(self.teams)),
            _groups(at, len(self.teams)),
            strict=True,
        )
        for number, (name, those, told, reached, visits) in enumerate(teams):
            rows = problems[those], conversations[told], placed[reached]
            yield "team", name, Part(self, *rows, waits.where(visits), team=number)


def _groups(codes: NDArray[np.int8], many: int) -> list[IntArray]:
    """For each code below `many` the rows that have it, ascending."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=many))[:-1])


def ratio(over: float | np.integer[Any], under: float | np.integer[Any]) -> float:
    """A share; not a number where there is nothing to divide by."""
    return float(over) / float(under) if under else float("nan")


def mean(values: FloatArray) -> float:
    """The mean; not a number of nothing."""
    return float(values.mean()) if values.size else float("nan")


def quantile(values: FloatArray, q: float) -> float:
    """The smallest value that at least a share `q` of the values does not exceed; not a number if it is infinite or
    there is none.

    The inverse of the empirical distribution function (Hyndman and Fan, 1996, definition 1).
    """
    return quantile_of_sorted(np.sort(values), q)


def quantile_of_sorted(ordered: FloatArray, q: float) -> float:
    """`quantile` of values that are in order already."""
    if not ordered.size:
        return float("nan")
    found = float(ordered[max(int(np.ceil(q * ordered.size)) - 1, 0)])
    return found if np.isfinite(found) else float("nan")
