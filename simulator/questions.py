"""The questions that a bot asks, for a hand-over or an errand: who stays to answer, and what they write.

Draws are addressed by the number of the question, from 0, in its conversation, and not by the turn: a customer leaves
at the same question under every policy that asks so many.
"""

from __future__ import annotations

import numpy as np

from ..scenarios.pool import Kind
from .batch import Batch
from .dialogue import Ending, IntArray, Reason


def asked(batch: Batch, at: IntArray, state: int, turn: int) -> IntArray:
    """The bot asks the question of a state; returns the rows of those who stay to answer it."""
    replies = batch.encounter.replies
    assert replies is not None  # a policy with a bot has replies
    assert batch.state is not None  # as has one with questions states
    batch.bot_says(at, turn, np.full(at.size, replies.first_question + state - 1, dtype=np.int32), None)
    if batch.encounter.states.question(state).errand is not None:
        batch.loops.ignores_request(at[batch.requests[at] > 0])
    on = staying(batch, at, turn)
    batch.state[on] = state
    return on


def staying(batch: Batch, at: IntArray, turn: int) -> IntArray:
    """Of customers who have been asked for something, the rows of those who stay to answer; they are about to."""
    behaviour, stay = batch.encounter.desk.scenario.behaviour, []
    for number, here in _by_number(batch, at):
        stays = batch.uniform("answers question", number, here) >= behaviour.question_drop_off
        batch.leave(here[~stays], Ending.LEFT, turn)
        batch.reason[here[~stays]] = Reason.DROPPED_OFF
        batch.customer_waits(here[stays], "gap of answer", number)
        stay.append(here[stays])
    on = np.sort(np.concatenate(stay)) if stay else at
    batch.next_kind[on] = Kind.DETAILS
    return on


def answered(batch: Batch, at: IntArray) -> IntArray:
    """What customers write in answer to the question that they were asked, as pool rows."""
    pool, people = batch.encounter.desk.pool, batch.encounter.people
    texts = np.empty(at.size, dtype=np.int32)
    for number, here in _by_number(batch, at):
        u = batch.uniform("text of answer", number, here)
        texts[np.searchsorted(at, here)] = pool.rows(Kind.DETAILS, people.topic[batch.rows[here]], u)
    batch.asked_before[at] += 1
    return texts


def _by_number(batch: Batch, at: IntArray) -> list[tuple[int, IntArray]]:
    """Rows by how many questions they were asked before."""
    before = batch.asked_before[at]
    return [(number, at[before == number]) for number in np.unique(before).tolist()]
