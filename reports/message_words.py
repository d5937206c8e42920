"""What customers write, in plain English."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules.wording import listed
from ..scenarios.messages import Messages
from .figures import percent


def message_lines(messages: Messages) -> Iterator[str]:
    """How customers write, as a paragraph, where there is more to say than that they write as in a chat.

    >>> list(message_lines(Messages(bursts=0.25)))
    ['They write as people do in a chat; 25% of what can be split is sent as several messages.']
    """
    shares = [
        (messages.out_of_scope, "of first messages tell nothing of the problem"),
        (messages.mentions_second_intent, "of first messages go on with something else"),
        (messages.bursts, "of what can be split is sent as several messages"),
    ]
    told = [f"{percent(share)} {what}" for share, what in shares if share]
    if told or messages.register_ != "chat":
        place = "a chat" if messages.register_ == "chat" else "a search box"
        yield "; ".join([f"They write as people do in {place}", *([listed(told, "and")] if told else [])]) + "."
