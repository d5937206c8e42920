"""A turn of a bot in Python, for many customers at once: what it does, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot
from ..rules.own_bot import Message, Reply
from .batch import Batch
from .dialogue import BoolArray, IntArray, Reason
from .flows import Ways
from .guesses import Messages
from .helping import Offers, helped_by
from .ledger import Ledger
from .questions import staying
from .reactions import reactions
from .replies import CLOSING
from .turn_facts import TurnFacts

AT_ONCE = 4096
"""Turns that are objects at one time."""


class Act(IntEnum):
    """What a bot in Python does in a turn."""

    CANNOT_HELP = 0
    ANSWERS = 1
    SUGGESTS = 2
    ASKS = 3
    HANDS_OVER = 4
    CLOSES = 5


@dataclass(frozen=True, slots=True)
class Acts:
    """What it does, one entry for each dialogue.

    act       int8   `Act`
    codes     int32  what it says; -1: what the policy says
    about     int64  the intent of its answer or article; -1 none
    confirm   bool   it asks whether it helped
    """

    act: NDArray[np.int8]
    codes: IntArray
    about: NDArray[np.int64]
    confirm: BoolArray


def replied(
    bot: Bot, batch: Batch, at: IntArray, messages: Messages, no_way_out: BoolArray, turn: int, ways: Ways
) -> IntArray:
    """The bot takes its turn in the dialogues `at`; returns the rows that go on talking. `no_way_out`: whom it should
    let go, but nobody is there to take over.
    """
    encounter, mind, replies = batch.encounter, batch.mind, batch.encounter.replies
    assert mind is not None  # a policy with a bot in Python has its mind
    assert replies is not None  # as it has replies
    done = _acts(batch, at, messages, turn)
    act, codes = done.act, done.codes
    alone = np.zeros(at.size, dtype=np.bool_)
    if bot.hand_over.when_closed == "bot_only":
        alone = ~encounter.desk.is_open(batch.moments_s(at))
    cannot_hand_over = alone & (act == Act.HANDS_OVER)
    act[cannot_hand_over] = Act.CANNOT_HELP
    codes[cannot_hand_over] = replies.first_fallback + batch.failures[at[cannot_hand_over]] % replies.fallbacks
    for row, code in zip(at[cannot_hand_over].tolist(), codes[cannot_hand_over].tolist(), strict=True):
        mind.messages[row] += (Message("bot", replies.texts[code]),)
    unsure = (act == Act.CANNOT_HELP) & ~alone & ~no_way_out & bot.hand_over.when_unsure
    hands_over = act == Act.HANDS_OVER
    mind.farewell[at[hands_over]] = codes[hands_over]
    over = hands_over | unsure
    on = [ways.hand_over(at[over], np.where(unsure, np.int8(Reason.UNSURE), np.int8(Reason.PYTHON))[over])]
    closes = act == Act.CLOSES
    if closes.any():
        ways.close(at[closes], codes[closes])
    asks = act == Act.ASKS
    if asks.any():
        batch.bot_says(at[asks], turn, codes[asks], None)
        batch.has_tried_to_help(at[asks])
        on.append(staying(batch, at[asks], turn))
    helps = ~(over | closes | asks)
    on.append(_helped(batch, at[helps], Acts(act[helps], codes[helps], done.about[helps], done.confirm[helps]), turn))
    return np.sort(np.concatenate(on)).astype(np.int32)


def _acts(batch: Batch, at: IntArray, messages: Messages, turn: int) -> Acts:
    """What the bot does about each message, asked one dialogue after the other."""
    own, mind = batch.encounter.own_bot, batch.mind
    assert own is not None  # only asked of a bot in Python
    assert mind is not None  # which has a mind
    found = Acts(
        np.zeros(at.size, dtype=np.int8),
        np.zeros(at.size, dtype=np.int32),
        np.full(at.size, -1, dtype=np.int64),
        np.ones(at.size, dtype=np.bool_),
    )
    facts = TurnFacts(batch, at, messages, turn)
    for begin in range(0, at.size, AT_ONCE):
        part = slice(begin, min(begin + AT_ONCE, at.size))
        rows = at[part].tolist()
        for row, text in zip(rows, facts.texts(part), strict=True):
            mind.messages[row] += (Message("customer", text),)
        replies = own.replies(facts.turns(part), batch.rows[at[part]].tolist())
        acts = [_act(reply, own.ledger) for reply in replies]
        found.act[part] = [act for act, _ in acts]
        found.codes[part] = [code for _, code in acts]
        found.about[part] = [own.code_of(reply.about) for reply in replies]
        found.confirm[part] = [bool(reply.confirm) for reply in replies]
        for row, reply, (act, _) in zip(rows, replies, acts, strict=True):
            mind.state[row] = reply.state
            if act <= Act.ASKS:
                mind.messages[row] += (Message("bot", reply.text),)
    return found


def _act(reply: Reply, ledger: Ledger) -> tuple[Act, int]:
    """What a reply does, and the code of what it says."""
    text = reply.text
    if reply.about is not None:
        if reply.article:
            return Act.SUGGESTS, ledger.code(f"article {reply.about}", text)
        return Act.ANSWERS, ledger.code(f"answer {reply.about}", text)
    if reply.question:
        return Act.ASKS, ledger.code("ask question", text)
    if reply.hand_over:
        return Act.HANDS_OVER, ledger.code("hand_over", text) if text else -1
    if reply.close:
        return Act.CLOSES, ledger.code("closing", text) if text else CLOSING
    return Act.CANNOT_HELP, ledger.code("not_understood", text)


def _helped(batch: Batch, at: IntArray, acts: Acts, turn: int) -> IntArray:
    """The bot answers, suggests an article or cannot help, and the customers react; returns the rows that go on."""
    mind = batch.mind
    assert mind is not None  # only asked of a bot in Python
    batch.bot_says(at, turn, acts.codes, None)
    tried = mind.helps[at]
    for place in np.unique(tried).tolist():
        here = tried == place
        batch.loops.says(at[here], place, mind.said.says(at[here], place, acts.codes[here]))
    mind.helps[at] += 1
    offers = Offers(acts.about, None, acts.act == Act.ANSWERS, acts.act == Act.SUGGESTS)
    automated = ~offers.nothing
    helped = helped_by(batch, at, offers, turn)
    batch.automates(at, acts.about, automated)
    return reactions(batch, at, turn, automated, helped, asks_for_word=acts.confirm)
