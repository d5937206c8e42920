"""What customers do once the bot has said something that was meant to help."""

from __future__ import annotations

import numpy as np

from ..scenarios.pool import Kind
from .batch import Batch
from .dialogue import BoolArray, Ending, IntArray, Reason


def reactions(
    batch: Batch,
    at: IntArray,
    turn: int,
    automated: BoolArray,
    helped: BoolArray,
    mute: BoolArray | None = None,
    *,
    fails: bool = True,
    asks_for_word: BoolArray | None = None,
) -> IntArray:
    """Who is helped, who leaves, and what the others write next; returns the rows that go on talking.

    `automated`: the bot offered something, rather than not understand. `mute`: nobody reads what these would write.
    `fails`: to the bot, a turn that did not help is a failure; not so where it only asked. `asks_for_word`:
    the bot asks whether it helped; `None`: it does where its `answers` say so.
    """
    encounter = batch.encounter
    temper, segment, behaviour = encounter.temper, batch.segment[at], encounter.desk.scenario.behaviour
    u = batch.uniform("reaction", turn, at)
    bot = encounter.policy.policy.bot
    confirm = bot is not None and bot.answers is not None and bot.answers.confirm
    speaks = np.where(confirm if asks_for_word is None else asks_for_word, 1.0, behaviour.unasked_speaks)
    confirms = helped & (u < temper.confirms[segment] * speaks)
    batch.helped_s[at[helped]] = batch.clock_s[at[helped]]
    batch.leave(at[confirms], Ending.HELPED_CONFIRMED, turn)
    batch.leave(at[helped & ~confirms], Ending.HELPED_SILENT, turn)
    if mute is not None:
        muted = mute & ~helped
        batch.ending[at[muted]], batch.reason[at[muted]] = Ending.LEFT, Reason.NO_REPLY
        helped = helped | muted

    batch.has_tried_to_help(at)
    asked = (batch.next_kind[at] == Kind.ASK_PERSON) & ~helped
    batch.unhelpful[at[~helped]] += 1
    if turn == 0 and encounter.offended is not None:
        batch.unhelpful[at] += encounter.offended[batch.rows[at]]
    spent = (batch.unhelpful[at] >= encounter.people.tolerance[batch.rows[at]]) & ~helped & ~asked
    follows = ~(helped | asked | spent)
    no, asks = temper.says_no[segment] * np.where(automated, speaks, 1.0), temper.asks[segment]
    # Whom the bot did not understand is asked to write again and does; silence follows answers.
    silent = follows & automated & (u >= no + asks)
    wants_person = (spent & (u < temper.spent_asks[segment])) | (follows & (u >= no) & (u < no + asks))
    too_often = batch.requests[at] > temper.refused_repeats[segment]
    leaves = (asked & ((u < temper.refused_leaves[segment]) | too_often)) | (spent & ~wants_person)
    batch.resolved[at[asked]] = False
    # Silence is not leaving: some read the answer between meetings.
    away = silent & batch.somebody_returns
    if away.any():
        away[away] = batch.uniform("returns to the thread", turn, at[away]) < behaviour.returns_to_thread.share
        silent &= ~away
    batch.leave(at[silent], Ending.UNHELPED_SILENT, turn)
    batch.leave(at[leaves], Ending.LEFT, turn)

    goes_on = ~(helped | silent | leaves)
    u_kind = batch.uniform("next kind", turn, at)
    again = behaviour.writes_again
    upto = np.cumsum([again.rephrased, again.frustrated, again.switches])
    written = [Kind.REPHRASED, Kind.FRUSTRATED, Kind.SWITCHED]
    kinds = np.select([u_kind < each for each in upto], written, Kind.NO).astype(np.int8)
    kinds[wants_person | asked] = Kind.ASK_PERSON
    on = at[goes_on]
    batch.next_kind[on] = kinds[goes_on]
    batch.requests[at[goes_on & (wants_person | asked)]] += 1
    batch.failures[on] += fails
    batch.customer_waits(on, "gap", turn)
    if away.any():
        back = at[away]
        u_away = np.maximum(batch.uniform("away", turn, back), 2.0**-54)
        batch.clock_s[back] += behaviour.returns_to_thread.after.quantile(u_away)
    return np.asarray(on, dtype=np.int32)
