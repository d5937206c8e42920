"""Measures of how the bot's part of conversations ended: each with a bot in one of seven ways."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..dialogue import Ending, Reason
from ..measured import BoolArray, Part
from .metric import ALL_CONVERSATIONS, Metric, Side


def _ending(id_: str, title: str, better: Side, numerator: str, ended: Callable[[Part], BoolArray]) -> Metric:
    """A share of all conversations, of those with a bot that ended so."""
    return Metric(
        id_,
        title,
        "share",
        better,
        f"conversations with a bot {numerator}",
        ALL_CONVERSATIONS,
        lambda p: p.share(ended(p) & (p.of.run.conversations.bot_turns > 0)),
    )


OF_ENDINGS: tuple[Metric, ...] = (
    _ending(
        "ended_helped_confirmed_rate",
        "helped by the bot, said so",
        "higher",
        "that ended with the customer helped by the bot and saying so",
        lambda p: p.of.run.conversations.ending == Ending.HELPED_CONFIRMED,
    ),
    _ending(
        "ended_helped_silent_rate",
        "helped by the bot, silent",
        "higher",
        "that ended with the customer helped by the bot and going without a word",
        lambda p: p.of.run.conversations.ending == Ending.HELPED_SILENT,
    ),
    _ending(
        "ended_unhelped_silent_rate",
        "not helped, silent",
        "lower",
        "that ended with the customer not helped and going without a word, which a desk counts as resolved",
        lambda p: p.of.run.conversations.ending == Ending.UNHELPED_SILENT,
    ),
    _ending(
        "ended_handed_over_asked_rate",
        "handed over on asking",
        "none",
        "that went to people because the customer asked for a person",
        lambda p: _to_people(p) & (p.of.run.conversations.reason == Reason.ASKED),
    ),
    _ending(
        "ended_handed_over_rate",
        "handed over otherwise",
        "none",
        "that went to people by a guard, a rule of the bot or a reply to it",
        lambda p: _to_people(p) & (p.of.run.conversations.reason != Reason.ASKED),
    ),
    _ending(
        "ended_refused_rate",
        "asked for a person, refused",
        "lower",
        "that ended in the bot after the customer had asked for a person",
        lambda p: (p.of.run.conversations.ending == Ending.LEFT) & p.of.run.conversations.refused,
    ),
    _ending(
        "ended_left_rate",
        "left the bot",
        "lower",
        "that ended with the customer giving up on it, or closed by it, without having asked for a person",
        lambda p: (p.of.run.conversations.ending == Ending.LEFT) & ~p.of.run.conversations.refused,
    ),
)


def _to_people(part: Part) -> BoolArray:
    return np.asarray(part.of.run.conversations.ending == Ending.TO_PEOPLE)
