"""What a bot says, word for word: its own words, with what they speak about filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bot import Bot, Errand


def answer_line(bot: Bot, intent: str, text: str | None) -> str:
    """An answer about an intent; `text` is that of the knowledge base, `None` where it is not known."""
    return f"{text or f'Here is how {plain(intent)} works with us.'}{_confirm(bot)}"


def article_line(bot: Bot, intent: str, title: str | None) -> str:
    """A suggested article about an intent; `title` is that of the knowledge base, `None` where it is not known."""
    return bot.says.article.replace("{article}", title or f"All about {plain(intent)}") + _confirm(bot)


def question_line(bot: Bot, field: str) -> str:
    """A question for something."""
    return bot.says.collect.replace("{field}", plain(field))


def errand_line(bot: Bot, errand: Errand, *, worked: bool) -> str:
    """What is said once an errand is over."""
    says = bot.says
    if errand.kind == "look_up":
        line = f"{says.looked_up}{_confirm(bot)}" if worked else says.not_found
    elif not worked:
        line = says.not_done
    else:
        line = says.done if errand.accepts_replies else says.done_no_reply
    return line.replace("{intent}", plain(errand.intent))


def plain(name: str) -> str:
    """A name as it stands in a sentence.

    >>> plain("order_number")
    'order number'
    """
    return name.replace("_", " ")


def _confirm(bot: Bot) -> str:
    return f" {bot.says.confirm}" if bot.answers is not None and bot.answers.confirm else ""
