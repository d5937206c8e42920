"""Waits in inboxes, by the clock and by business hours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .business_hours import BusinessHours
from .conversations import Outcome
from .run import Run
from .visit_chains import Purpose
from .visits import Fate

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits in inboxes, one entry each: seconds until an agent takes it up or the customer leaves, by the clock and by
    business hours of the inbox, and whether the customer was answered, left, or was turned away; `soon` is within the
    team's target, which by e-mail counts until the reply is sent.
    """

    wait_s: FloatArray
    business_s: FloatArray
    soon: BoolArray
    answered: BoolArray
    abandoned: BoolArray
    blocked: BoolArray

    def where(self, rows: IntArray | BoolArray) -> Waits:
        """Some of the entries."""
        return Waits(
            self.wait_s[rows],
            self.business_s[rows],
            self.soon[rows],
            self.answered[rows],
            self.abandoned[rows],
            self.blocked[rows],
        )


class Waiting:
    """The waits of a run's conversations and visits.

    `placed` are the rows of the conversations asked about, which reached people; `visits` those of the visits, which
    were made; the conversations' first visits are among them.
    """

    def __init__(self, run: Run, placed: IntArray, visits: IntArray) -> None:
        self._run, self._placed, self._made = run, placed, visits
        teams = run.desk.scenario.teams.values()
        self._answer_within_s = np.array([team.answer_within for team in teams])
        self._counts_business = np.array([team.answer_within_counts == "business_hours" for team in teams])
        plan = run.floorplan
        self._hours = run.desk.business_hours if plan is run.desk.floorplan else BusinessHours(plan)

    @cached_property
    def by_visit(self) -> tuple[Waits, NDArray[np.int8]]:
        """One wait for each visit, in order, and its team."""
        visits, rows = self._run.visits, self._made
        fate, team = visits.fate[rows], self._run.attempts.visits.team[rows]
        wait_s = self._visit_until_s[rows] - visits.joined_s[rows]
        opened_by_join, opened_by_end = self._opened_by_visit
        business_s = opened_by_end[rows] - opened_by_join[rows]
        gone = (fate == Fate.ABANDONED) | (fate == Fate.ABANDONED_SILENTLY)
        soon = self._soon(team, wait_s, business_s)
        if self._run.conversations.email is not None:
            # An agent who works on an e-mail sends the reply at the end.
            works = self._run.by_email[rows] & (self._run.attempts.purpose[rows] != Purpose.LOOK)
            at = np.flatnonzero(works & (fate == Fate.SERVED))
            sent = rows[at]
            (opened_by_reply,) = self._hours.until(team[at], visits.ended_s[sent])
            soon[at] = self._soon(
                team[at], visits.ended_s[sent] - visits.joined_s[sent], opened_by_reply - opened_by_join[sent]
            )
        return Waits(wait_s, business_s, soon, fate == Fate.SERVED, gone, fate == Fate.BLOCKED), team

    @cached_property
    def by_conversation(self) -> Waits:
        """One wait for each conversation, in order: until an agent who replies takes it up, perhaps in another inbox
        than the first.
        """
        table, rows = self._run.conversations, self._placed
        wait_s, outcome, team = table.wait_s[rows], table.outcome[rows], table.first_team[rows]
        opened_by_join, opened_by_end = self._opened_by_conversation
        business_s = opened_by_end - opened_by_join
        soon = self._soon(team, wait_s, business_s)
        if table.email is not None:
            at = np.flatnonzero(table.email[rows] & (outcome == Outcome.SERVED))
            sent = rows[at]
            replies_after_s = table.replied_s[sent] - self._run.visits.joined_s[table.first_visit[sent]]
            soon[at] = self._soon(team[at], replies_after_s, self._opened_by_reply[at] - opened_by_join[at])
        return Waits(
            wait_s,
            business_s,
            soon,
            outcome == Outcome.SERVED,
            (outcome == Outcome.ABANDONED) | (outcome == Outcome.ABANDONED_SILENTLY),
            outcome == Outcome.BLOCKED,
        )

    @cached_property
    def first_reply_business_s(self) -> FloatArray:
        """For every conversation, first message to an agent's first reply by business hours of its first inbox; NaN if
        none replied, and for those not asked about.
        """
        run, rows = self._run, self._placed
        table = run.conversations
        opened_by_join, _ = self._opened_by_conversation
        opened_by_start, starts_s = opened_by_join.copy(), table.starts_s[rows]
        earlier = np.flatnonzero(starts_s != run.visits.joined_s[table.first_visit[rows]])
        (opened_by_start[earlier],) = self._hours.until(table.first_team[rows[earlier]], starts_s[earlier])
        since_s = np.full(table.size, np.nan)
        since_s[rows] = self._opened_by_reply - opened_by_start
        return since_s

    @cached_property
    def _opened_by_reply(self) -> FloatArray:
        """For each conversation, how long its first inbox had been open by an agent's first reply; NaN if none did."""
        table, rows = self._run.conversations, self._placed
        (opened,) = self._hours.until(table.first_team[rows], table.replied_s[rows])
        return opened

    @cached_property
    def _visit_until_s(self) -> FloatArray:
        """For every visit the end of its wait."""
        visits = self._run.visits
        return np.where(visits.fate == Fate.SERVED, visits.answered_s, visits.ended_s)

    @cached_property
    def _opened_by_visit(self) -> tuple[FloatArray, FloatArray]:
        """For every visit (NaN for those not asked about), how long its inbox had been open by its joining, and by the
        end of its wait.
        """
        visits, rows, until_s = self._run.visits, self._made, self._visit_until_s
        by_join, by_end = np.full((2, until_s.size), np.nan)
        by_join[rows], by_end[rows] = self._hours.until(
            self._run.attempts.visits.team[rows], visits.joined_s[rows], until_s[rows]
        )
        return by_join, by_end

    @cached_property
    def _opened_by_conversation(self) -> tuple[FloatArray, FloatArray]:
        """For each conversation, how long its first inbox had been open by its joining, and by the end of its wait."""
        table, rows = self._run.conversations, self._placed
        first, answered_s = table.first_visit[rows], table.answered_s[rows]
        by_join, by_end = (column[first] for column in self._opened_by_visit)
        # Most are answered by whom they waited for first: the visit's figure is theirs.
        until_s = np.where(np.isnan(answered_s), table.ends_s[rows], answered_s)
        later = np.flatnonzero(until_s != self._visit_until_s[first])
        (by_end[later],) = self._hours.until(table.first_team[rows[later]], until_s[later])
        return by_join, by_end

    def _soon(self, team: NDArray[np.int8], wait_s: FloatArray, business_s: FloatArray) -> BoolArray:
        """Whether waits are within the teams' targets, which count the one or the other."""
        counted_s = np.where(self._counts_business[team], business_s, wait_s) if self._counts_business.any() else wait_s
        return np.asarray(counted_s <= self._answer_within_s[team])
