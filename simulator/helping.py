"""What a bot has to offer for a message: an errand, an answer, an article, or nothing that it knows of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot
from .batch import Batch
from .dialogue import BoolArray, Ending, IntArray, Reason
from .guesses import Guesses
from .reactions import reactions


@dataclass(frozen=True, slots=True)
class Offers:
    """What the bot would do about some messages, one entry each.

    guessed             int64  what the message was taken for: intents, then reserved names; -1 nothing
    errand              int8   the errand it would go on, -1 none; None: it goes on no errands
    answers, suggests   bool   it would answer, or suggest an article; neither where it goes on an errand
    """

    guessed: NDArray[np.int64]
    errand: NDArray[np.int8] | None
    answers: BoolArray
    suggests: BoolArray

    @property
    def nothing(self) -> BoolArray:
        """Whether it has nothing to offer."""
        found = self.answers | self.suggests
        return np.asarray(~(found if self.errand is None else found | (self.errand >= 0)))

    def where(self, which: BoolArray) -> Offers:
        """Those for some of the messages."""
        errand = None if self.errand is None else self.errand[which]
        return Offers(self.guessed[which], errand, self.answers[which], self.suggests[which])


def offers_of(bot: Bot, batch: Batch, at: IntArray, guesses: Guesses, no_way_out: BoolArray) -> Offers:
    """What the bot has to offer; nothing for those whom it should let go, but nobody is there to take over."""
    encounter = batch.encounter
    guessed, confidence = guesses.codes.astype(np.int64), guesses.confidence
    topical = (guessed >= 0) & (guessed < encounter.desk.asks_for_person) & ~no_way_out
    errand = None
    if bot.errands:
        errand = np.where(topical, encounter.errand_of[guessed], np.int8(-1))
        needed = np.array([*(each.confidence_at_least for each in bot.errands), 2.0])
        errand[(confidence < needed[errand]) | batch.has_tried(at, errand)] = -1
        topical &= errand < 0
    answers = suggests = np.zeros(at.size, dtype=np.bool_)
    if bot.answers is not None:
        answers = topical & (confidence >= bot.answers.confidence_at_least) & encounter.has_answer[guessed]
    if bot.articles is not None:
        suggests = topical & ~answers & (confidence >= bot.articles.confidence_at_least) & ~batch.article_offered[at]
        suggests &= encounter.has_article[guessed]
        if bot.articles.unless_help_centre_within is not None:
            since_s = encounter.people.help_centre_s[batch.rows[at]] + batch.clock_s[at]
            suggests &= ~(since_s <= bot.articles.unless_help_centre_within)
    return Offers(guessed, errand, answers, suggests)


def offered(batch: Batch, at: IntArray, offers: Offers, turn: int) -> IntArray:
    """The bot answers, suggests an article or says that it did not understand, and the customers react; returns the
    rows that go on talking.
    """
    encounter = batch.encounter
    replies = encounter.replies
    assert replies is not None  # a policy with a bot has replies
    guessed, answers, suggests = offers.guessed, offers.answers, offers.suggests
    batch.article_offered[at[suggests]] = True
    codes = (replies.first_fallback + batch.failures[at] % replies.fallbacks).astype(np.int32)
    codes[answers] = replies.first_answer + guessed[answers]
    codes[suggests] = replies.first_article + guessed[suggests]
    batch.bot_says(at, turn, codes, replies.classes)
    helped = helped_by(batch, at, offers, turn)
    automated = answers | suggests
    batch.automates(at, guessed, automated)
    bot = encounter.policy.policy.bot
    if turn == 0 and bot is not None and bot.answers is not None and bot.answers.while_typing:
        read = helped & answers
        read &= batch.uniform("reads while typing", 0, at) < encounter.desk.scenario.behaviour.reads_while_typing
        batch.helped_s[at[read]], batch.reason[at[read]] = batch.clock_s[at[read]], Reason.TYPING
        batch.leave(at[read], Ending.HELPED_SILENT, turn)
        at, automated, helped = at[~read], automated[~read], helped[~read]
    return reactions(batch, at, turn, automated, helped)


def helped_by(batch: Batch, at: IntArray, offers: Offers, turn: int) -> BoolArray:
    """Whom the bot's answers help, and its articles that are read."""
    encounter, rows = batch.encounter, batch.rows[at]
    right = offers.guessed == encounter.people.intent[rows]
    helped = right & offers.answers & encounter.answer_helps[rows]
    if offers.suggests.any():
        read = batch.uniform("reads", turn, at) < encounter.read_share[rows]
        helped |= right & offers.suggests & encounter.article_helps[rows] & read
    return np.asarray(helped)
