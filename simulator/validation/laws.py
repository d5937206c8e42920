"""Laws that hold on every run without exception: conversations are conserved, and L = λW."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..conversations import OUTCOME_OF_FATE, Outcome
from ..run import BrokenConservation, Run
from ..visits import Fate
from .watched import left_s

FloatArray = NDArray[np.float64]
EXACTLY = 1e-9
"""What rounding may leave of an equation, as a share of its sides."""
DAY_S = 86400.0


def check_laws(run: Run) -> None:
    """Raises `BrokenConservation` unless a run conserves conversations, by segment and by day of arrival, and obeys
    Little's law, for those who wait and for slots in use.

    The run begins and ends empty, so that Little's law holds without any error but rounding.
    """
    check_flow(run)
    visits = run.visits
    made = visits.fate != Fate.NOT_MADE
    served = visits.fate == Fate.SERVED
    check_little(visits.joined_s[made], left_s(run)[made], "waiting")
    check_little(visits.answered_s[served], visits.freed_s[served], "slots in use")


def check_flow(run: Run) -> None:
    """Conversations = helped_by_bot + left_in_bot + served + abandoned + abandoned_silently + blocked + open: what the
    table says of them by segment and day against what the floor says of the visits.
    """
    table, visits = run.conversations, run.visits
    segment = run.population.segment[table.problem].astype(np.int64)
    day = (run.population.arrives_s[table.problem] / DAY_S).astype(np.int64)
    part = segment * (int(day.max(initial=0)) + 1) + day
    parts = int(part.max(initial=0)) + 1
    outcomes = len(Outcome)

    def counted(rows: NDArray[np.int64], outcome: NDArray[np.int8]) -> NDArray[np.int64]:
        return np.bincount(part[rows] * outcomes + outcome, minlength=parts * outcomes).reshape(parts, outcomes)

    by_table = counted(np.arange(table.size), table.outcome)
    # By the floor: a conversation that never joined an inbox ended in the bot, and each other has one last visit.
    row_of = np.full(run.attempts.conversations, -1, dtype=np.int64)
    row_of[table.code] = np.arange(table.size)
    following = run.attempts.visits.next
    made = visits.fate != Fate.NOT_MADE
    goes_on = made & (following >= 0)
    goes_on[goes_on] = (visits.fate[goes_on] == Fate.SERVED) & made[following[goes_on]]
    last = np.flatnonzero(made & ~goes_on)
    by_floor = counted(row_of[run.attempts.owner[last]], OUTCOME_OF_FATE[visits.fate[last]])
    in_bot = [Outcome.HELPED_BY_BOT, Outcome.LEFT_IN_BOT]
    reached = np.bincount(part[table.first_visit >= 0], minlength=parts)
    by_floor[:, in_bot] = by_table[:, in_bot]
    begun = np.bincount(part, minlength=parts)
    if not (
        (by_table == by_floor).all()
        and (by_table.sum(axis=1) == begun).all()
        and (by_table[:, in_bot].sum(axis=1) + reached == begun).all()
    ):
        raise BrokenConservation("conversations by segment, day and outcome are not those that the floor has seen")


def check_little(from_s: FloatArray, until_s: FloatArray, what: str) -> None:
    """The integral over time of how many there are is the sum of how long each is there."""
    if not from_s.size:
        return
    # Sorted apart they are nearly in order already, and merging two ascending halves is quick.
    moments = np.concatenate([np.sort(from_s, kind="stable"), np.sort(until_s, kind="stable")])
    order = np.argsort(moments, kind="stable")
    there = np.cumsum(np.where(order < from_s.size, 1, -1))[:-1]
    by_time = float((there * np.diff(moments[order])).sum())
    by_each = float((until_s - from_s).sum())
    if not (there >= 0).all() or not abs(by_time - by_each) <= EXACTLY * max(by_each, 1.0):
        raise BrokenConservation(f"Little's law does not hold for {what}: {by_time!r} by time, {by_each!r} by customer")
