"""A run made ready to be measured: the columns that several measures share, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .bot_endings import bot_endings
from .conversations import Outcome
from .helpful_replies import helpful_replies_s
from .loop_columns import LoopDetails
from .loop_table import loops_of
from .occupation import Occupation, occupation_of
from .offered import Offered
from .part import Part
from .run import Run
from .surveys import Surveyed, surveyed
from .visit_chains import Purpose
from .visits import Fate
from .waits import Waiting, waiting_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


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
    def offered_help(self) -> Offered:
        """What the bot offered."""
        return Offered(self.run)

    @cached_property
    def helpful_reply_s(self) -> FloatArray:
        """For each problem that was helped, first message to the first reply that helped; else not a number."""
        return np.where(self.helped, helpful_replies_s(self.run), np.nan)

    @cached_property
    def deflected(self) -> BoolArray:
        """For each conversation, ended in the bot, helped or not."""
        return self.run.conversations.outcome <= Outcome.LEFT_IN_BOT

    @cached_property
    def asked_bot(self) -> BoolArray:
        """For each conversation, whether the customer asked for a person and the bot replied."""
        table = self.run.conversations
        return np.asarray(table.asked & (table.bot_turns > 0))

    @cached_property
    def loops(self) -> LoopDetails:
        """For each conversation, its loop."""
        return loops_of(self.run)

    @cached_property
    def survey(self) -> Surveyed | None:
        """What customers say who are asked how it went; `None`: nobody is asked."""
        return surveyed(self.run)

    @cached_property
    def lost_value(self) -> FloatArray | None:
        """For each problem, what a customer was worth who leaves the company over it; `None`: no customer has a
        value.
        """
        values = [segment.value for segment in self.run.desk.scenario.segments.values()]
        if any(value is None for value in values):
            return None
        return np.asarray(np.array(values, dtype=np.float64)[self.run.population.segment] * self.run.lost)

    @cached_property
    def never_over(self) -> BoolArray:
        """For each conversation, still open when everything else is over."""
        return np.asarray(self.run.conversations.outcome == Outcome.OPEN)

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
        """Rows of the visits that were made in conversations that count, but for later replies by e-mail."""
        made = (self.run.visits.fate != Fate.NOT_MADE) & (self.run.attempts.purpose != Purpose.LATER_REPLY)
        rows = np.flatnonzero(made)
        return rows if self.run.counted is None else rows[self._counts(rows)]

    @cached_property
    def served(self) -> BoolArray:
        """For each conversation, served by an agent to the end."""
        return np.asarray(self.run.conversations.outcome == Outcome.SERVED)

    @cached_property
    def handled_s(self) -> FloatArray:
        """For each conversation, how long agents held it."""
        run, rows = self.run, self.served_visits
        held_s = np.bincount(
            run.attempts.owner[rows],
            weights=run.visits.freed_s[rows] - run.visits.answered_s[rows],
            minlength=run.attempts.conversations,
        )
        return np.asarray(held_s[run.conversations.code])

    @cached_property
    def served_visits(self) -> IntArray:
        """Rows of the visits in which an agent did what was planned."""
        return np.flatnonzero(self.run.visits.fate == Fate.SERVED)

    @cached_property
    def later(self) -> IntArray:
        """Rows of the visits of conversations that count which brought a later reply."""
        purpose, rows = self.run.attempts.purpose, self.served_visits
        again = (purpose[rows] == Purpose.LATER_REPLY) | (purpose[rows] == Purpose.REOPENED)
        return rows[again & self._counts(rows)] if again.any() else rows[:0]

    def later_reply_s(self, rows: IntArray) -> FloatArray:
        """For visits that lead to a later reply, from the customer's answer to that reply.

        By e-mail the reply is what the agent works on; in a chat it comes soon after the agent has taken it up.
        """
        run, visits = self.run, self.run.visits
        replied_s = visits.answered_s[rows] + run.desk.scenario.behaviour.agent_reply
        if run.conversations.email is not None:
            replied_s = np.where(run.by_email[rows], visits.ended_s[rows], replied_s)
        return np.asarray(replied_s - visits.joined_s[rows])

    def _problem_of(self, visits: IntArray) -> NDArray[np.int32]:
        attempts = self.run.attempts
        return np.concatenate([each.rows for each in attempts.attempts])[attempts.owner[visits]]

    def _counts(self, visits: IntArray) -> BoolArray:
        counted = self.run.counted
        return np.ones(visits.size, dtype=np.bool_) if counted is None else counted[self._problem_of(visits)]

    @cached_property
    def waiting(self) -> Waiting:
        """The waits of what counts."""
        return waiting_of(self.run, self.placed, self.visits)

    @cached_property
    def occupation(self) -> Occupation:
        """How agents on duty spent their time, for the agents of each team and then each group."""
        run = self.run
        return occupation_of(run.floorplan.groups, run.visits, run.desk.scenario.horizon_s, run.counts_from_s)

    @cached_property
    def slots_s(self) -> FloatArray:
        """Seconds of slots on duty, for the agents of each team and then each group."""
        return np.asarray(self.run.staffed_s * np.array([group.concurrency for group in self.run.floorplan.groups]))

    @cached_property
    def bot_ending(self) -> NDArray[np.int8]:
        """How the bot's part of each conversation ended: `BotEnding`."""
        return bot_endings(self.run.conversations)

    @cached_property
    def misplaced(self) -> BoolArray:
        """Conversations that are not placed in a team that can solve them."""
        return ~self.first_right

    def parts(self) -> Iterator[tuple[str, str, Part]]:
        """All parts: kind (`overall`, `segment`, `team`), name, part. What does not count is in none of them."""
        table, segment = self.run.conversations, self.run.population.segment
        problems, conversations, placed = self.problems, self.conversations, self.placed
        waits = self.waiting.by_conversation
        yield "overall", "", Part(self, problems, conversations, placed, waits, self.later)
        names = tuple(self.run.desk.scenario.segments)
        segments = zip(
            names,
            _groups(segment[problems], len(names)),
            _groups(segment[table.problem[conversations]], len(names)),
            _groups(segment[table.problem[placed]], len(names)),
            _groups(segment[self._problem_of(self.later)], len(names)),
            strict=True,
        )
        for name, those, told, reached, later in segments:
            rows = problems[those], conversations[told], placed[reached]
            yield "segment", name, Part(self, *rows, waits.where(reached), self.later[later], is_segment=True)
        waits, at = self.waiting.by_visit, self.waiting.team
        teams = zip(
            self.teams,
            _groups(self.right_team[problems], len(self.teams)),
            _groups(self.right_team[table.problem[conversations]], len(self.teams)),
            _groups(table.first_team[placed], len(self.teams)),
            _groups(at, len(self.teams)),
            _groups(self.run.attempts.visits.team[self.later], len(self.teams)),
            strict=True,
        )
        for number, (name, those, told, reached, visits, later) in enumerate(teams):
            rows = problems[those], conversations[told], placed[reached]
            yield "team", name, Part(self, *rows, waits.where(visits), self.later[later], agents=number)
        none = problems[:0]
        for number, name in enumerate(self.run.desk.scenario.groups, start=len(self.teams)):
            yield "group", name, Part(self, none, none, none, waits.where(none), none, agents=number)


def _groups(codes: NDArray[np.int8], many: int) -> list[IntArray]:
    """For each code below `many` the rows that have it, ascending."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=many))[:-1])
