"""Measures of how the bot's part of conversations ended: each with a bot in one of seven ways."""

from __future__ import annotations

from ..bot_endings import BotEnding
from ..quantiles import ratio
from .metric import ALL_CONVERSATIONS, Metric, Side


def _ending(id_: str, title: str, better: Side, numerator: str, ended: BotEnding) -> Metric:
    """A share of all conversations, of those with a bot that ended so."""
    return Metric(
        id_,
        title,
        "share",
        better,
        f"conversations with a bot {numerator}",
        ALL_CONVERSATIONS,
        lambda p: ratio(p.bot_endings[ended], p.conversations.size),
    )


OF_ENDINGS: tuple[Metric, ...] = (
    _ending(
        "ended_helped_confirmed_rate",
        "helped by the bot, said so",
        "higher",
        "that ended with the customer helped by the bot and saying so",
        BotEnding.HELPED_CONFIRMED,
    ),
    _ending(
        "ended_helped_silent_rate",
        "helped by the bot, silent",
        "higher",
        "that ended with the customer helped by the bot and going without a word",
        BotEnding.HELPED_SILENT,
    ),
    _ending(
        "ended_unhelped_silent_rate",
        "not helped, silent",
        "lower",
        "that ended with the customer not helped and going without a word, which a desk counts as resolved",
        BotEnding.UNHELPED_SILENT,
    ),
    _ending(
        "ended_handed_over_asked_rate",
        "handed over on asking",
        "none",
        "that went to people because the customer asked for a person",
        BotEnding.HANDED_OVER_ASKED,
    ),
    _ending(
        "ended_handed_over_rate",
        "handed over otherwise",
        "none",
        "that went to people by a guard, a rule of the bot or a reply to it",
        BotEnding.HANDED_OVER,
    ),
    _ending(
        "ended_refused_rate",
        "asked for a person, refused",
        "lower",
        "that ended in the bot after the customer had asked for a person",
        BotEnding.REFUSED,
    ),
    _ending(
        "ended_left_rate",
        "left the bot",
        "lower",
        "that ended with the customer giving up on it, or closed by it, without having asked for a person",
        BotEnding.LEFT,
    ),
)
