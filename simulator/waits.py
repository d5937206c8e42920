"""Waits in inboxes, by the clock and by business hours."""

from __future__ import annotations

from dataclasses import dataclass

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
Ends = tuple[FloatArray, FloatArray, FloatArray]
"""The end of each wait, and how long its inbox had been open by its beginning and by its end."""


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


@dataclass(frozen=True)
class Waiting:
    """The waits of a run's conversations and visits.

    by_visit         one wait for each visit asked about, in order
    team             int8, its team
    by_conversation  one wait for each conversation asked about, in order: until an agent who replies takes it up,
                     perhaps in another inbox than the first
    first_reply_business_s   float64, for every conversation, first message to an agent's first reply by business hours
                     of its first inbox; NaN if none replied, and for those not asked about
    """

    by_visit: Waits
    team: NDArray[np.int8]
    by_conversation: Waits
    first_reply_business_s: FloatArray


def waiting_of(run: Run, placed: IntArray, made: IntArray) -> Waiting:
    """The waits of the conversations `placed` (rows), which reached people, and of the visits `made`, among which are
    the conversations' first visits.
    """
    plan = run.floorplan
    hours = run.desk.business_hours if plan is run.desk.floorplan else BusinessHours(plan)
    targets, visits = _Targets(run), run.visits
    team, joined_s = run.attempts.visits.team[made], visits.joined_s[made]
    until_s = np.where(visits.fate[made] == Fate.SERVED, visits.answered_s[made], visits.ended_s[made])
    # How long inboxes had been open by the joining, and by the end of the wait.
    by_join, by_end = hours.until(team, joined_s, until_s)
    place = np.full(visits.fate.size, -1, dtype=np.int32)
    place[made] = np.arange(made.size, dtype=np.int32)
    first = place[run.conversations.first_visit[placed]]
    del place
    first_ends = until_s[first], by_join[first], by_end[first]
    by_conversation, first_reply_s = _of_conversations(run, hours, targets, placed, first_ends)
    by_visit = _of_visits(run, hours, targets, made, (until_s, by_join, by_end))
    return Waiting(by_visit, team, by_conversation, first_reply_s)


class _Targets:
    """Within what each team is to answer."""

    def __init__(self, run: Run) -> None:
        teams = run.desk.scenario.teams.values()
        self._within_s = np.array([team.answer_within for team in teams])
        self._business = np.array([team.answer_within_counts == "business_hours" for team in teams])

    def met(self, team: NDArray[np.int8], wait_s: FloatArray, business_s: FloatArray) -> BoolArray:
        """Whether waits are within the teams' targets, which count the one or the other."""
        counted_s = np.where(self._business[team], business_s, wait_s) if self._business.any() else wait_s
        return np.asarray(counted_s <= self._within_s[team])


def _of_visits(run: Run, hours: BusinessHours, targets: _Targets, rows: IntArray, ends: Ends) -> Waits:
    visits, until_s, by_join = run.visits, ends[0], ends[1]
    fate, team = visits.fate[rows], run.attempts.visits.team[rows]
    wait_s, business_s = until_s - visits.joined_s[rows], ends[2] - by_join
    soon = targets.met(team, wait_s, business_s)
    if run.conversations.email is not None:
        # An agent who works on an e-mail sends the reply at the end.
        works = run.by_email[rows] & (run.attempts.purpose[rows] != Purpose.LOOK)
        at = np.flatnonzero(works & (fate == Fate.SERVED))
        sent = rows[at]
        (by_reply,) = hours.until(team[at], visits.ended_s[sent])
        soon[at] = targets.met(team[at], visits.ended_s[sent] - visits.joined_s[sent], by_reply - by_join[at])
    gone = (fate == Fate.ABANDONED) | (fate == Fate.ABANDONED_SILENTLY)
    return Waits(wait_s, business_s, soon, fate == Fate.SERVED, gone, fate == Fate.BLOCKED)


def _of_conversations(
    run: Run, hours: BusinessHours, targets: _Targets, rows: IntArray, first: Ends
) -> tuple[Waits, FloatArray]:
    """The waits, and first replies by business hours; `first` are the ends of the first visits' waits."""
    table, (first_until_s, by_join, by_end) = run.conversations, first
    wait_s, outcome, team = table.wait_s[rows], table.outcome[rows], table.first_team[rows]
    # Most are answered by whom they waited for first: the visit's figure is theirs.
    until_s = np.where(np.isnan(table.answered_s[rows]), table.ends_s[rows], table.answered_s[rows])
    later = np.flatnonzero(until_s != first_until_s)
    (by_end[later],) = hours.until(team[later], until_s[later])
    (by_reply,) = hours.until(team, table.replied_s[rows])
    business_s = by_end - by_join
    soon = targets.met(team, wait_s, business_s)
    if table.email is not None:
        at = np.flatnonzero(table.email[rows] & (outcome == Outcome.SERVED))
        replied_s = table.replied_s[rows[at]] - run.visits.joined_s[table.first_visit[rows[at]]]
        soon[at] = targets.met(team[at], replied_s, by_reply[at] - by_join[at])
    gone = (outcome == Outcome.ABANDONED) | (outcome == Outcome.ABANDONED_SILENTLY)
    waits = Waits(wait_s, business_s, soon, outcome == Outcome.SERVED, gone, outcome == Outcome.BLOCKED)
    earlier = np.flatnonzero(table.starts_s[rows] != run.visits.joined_s[table.first_visit[rows]])
    (by_join[earlier],) = hours.until(team[earlier], table.starts_s[rows[earlier]])
    first_reply_s = np.full(table.size, np.nan)
    first_reply_s[rows] = by_reply - by_join
    return waits, first_reply_s
