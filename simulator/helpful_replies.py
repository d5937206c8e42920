"""When customers got the first reply that helped: the bot's, or the first of the agent who solves the problem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .conversations import Outcome
from .run import Run
from .visit_chains import Purpose
from .visits import Fate

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


def helpful_replies_s(run: Run) -> FloatArray:
    """For each problem, first message to that reply; not a number if it was never solved.

    An agent's first reply comes `agent_reply` after taking the conversation up (no later than the solution); by e-mail
    when it is sent. Agents who only move a conversation on do not help.
    """
    table, visits = run.conversations, run.visits
    replied_s = run.solved_s.copy()
    solves = (table.outcome == Outcome.SERVED) & (table.ends_s == run.solved_s[table.problem])
    rows = np.flatnonzero(solves).astype(np.int32)
    visit = _helping(run, table.first_visit[rows])
    said_s = visits.answered_s[visit] + run.desk.scenario.behaviour.agent_reply
    if table.email is not None:
        said_s = np.where(table.email[rows], visits.ended_s[visit], said_s)
    replied_s[table.problem[rows]] = np.minimum(said_s, table.ends_s[rows])
    return np.asarray(replied_s - run.population.arrives_s)


def _helping(run: Run, first: IntArray) -> IntArray:
    """For conversations that were served to the end, by their first visits: the visit in which the agent who solved it
    took it up.
    """
    purpose, following = run.attempts.purpose, run.visits.after(run.attempts.visits)
    found, now, at = first.copy(), first, np.arange(first.size)
    while at.size:
        takes_up = purpose[now] != Purpose.LATER_REPLY
        found[at[takes_up]] = now[takes_up]
        after = following[now]
        goes_on = after >= 0
        goes_on[goes_on] = run.visits.fate[after[goes_on]] != Fate.NOT_MADE
        now, at = after[goes_on], at[goes_on]
    return found
