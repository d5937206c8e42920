"""What a bot does for customers by itself: it asks for what it needs to know, then looks something up or changes it."""

from __future__ import annotations

import numpy as np

from .batch import Batch
from .dialogue import BoolArray, IntArray
from .helping import Offers
from .outages import manner_of, meets_outage
from .questions import asked
from .reactions import reactions
from .states import HELP


def begun(batch: Batch, at: IntArray, offers: Offers, turn: int) -> IntArray:
    """The bot sets out on the errands that it offers; returns the rows that go on talking."""
    assert offers.errand is not None  # only asked where the bot goes on errands
    batch.tries_errand(at, offers.errand)
    right = offers.guessed == batch.encounter.people.intent[batch.rows[at]]
    on = []
    for number in np.unique(offers.errand).tolist():
        here = offers.errand == number
        first = batch.encounter.states.first_of[number]
        if first is None:
            on.append(carried_out(batch, at[here], number, right[here], turn))
            continue
        on.append(asked(batch, at[here & right], first, turn))
        # Whom the bot got wrong does not tell it what it asks for, but that this is not what was meant.
        on.append(_declined(batch, at[here & ~right], first, turn))
    return np.sort(np.concatenate(on))


def carried_out(batch: Batch, at: IntArray, number: int, right: BoolArray, turn: int) -> IntArray:
    """The bot knows what it needs and does it; `right`: it is what the customer wants. Returns the rows that go on
    talking, in the state that follows.
    """
    encounter, states = batch.encounter, batch.encounter.states
    errand, replies = states.errands[number], encounter.replies
    assert replies is not None  # a policy with a bot has replies
    assert batch.state is not None  # as has one with errands states
    scenario = encounter.desk.scenario
    manner = manner_of(scenario, errand.kind)
    works = batch.uniform(f"works {errand.kind}", number, at) < manner.works
    if manner.outages:
        works &= ~meets_outage(scenario, errand, batch.late, batch.starts_s[at])
    batch.clock_s[at] += manner.takes
    codes = np.where(works, np.int32(2 * number), np.int32(2 * number + 1)) + np.int32(replies.first_errand)
    batch.bot_says(at, turn, codes.astype(np.int32), replies.classes)
    code = np.full(at.size, encounter.desk.intent_names.index(errand.intent), dtype=np.int64)
    batch.automates(at, code, works)
    helped = right & works & encounter.errand_helps(errand, batch.rows[at])
    done = works if errand.kind == "transaction" else np.zeros(at.size, dtype=np.bool_)
    batch.state[at] = np.where(done, states.done, batch.returns_to[at] if batch.returns_to.size else HELP)
    return reactions(batch, at, turn, works, helped, None if errand.accepts_replies else done)


def _declined(batch: Batch, at: IntArray, state: int, turn: int) -> IntArray:
    replies = batch.encounter.replies
    assert replies is not None  # a policy with a bot has replies
    codes = np.full(at.size, replies.first_question + state - 1, dtype=np.int32)
    batch.bot_says(at, turn, codes, None)
    nothing = np.zeros(at.size, dtype=np.bool_)
    return reactions(batch, at, turn, nothing, nothing)
