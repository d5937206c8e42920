"""Asking customers, once a conversation is over, how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

AskedAfter = Literal["bot", "person"]
SURVEYED: Final[tuple[AskedAfter, ...]] = ("bot", "person")


@dataclass(frozen=True, slots=True)
class Survey:
    """Customers are asked how satisfied they are and how easy it was, after conversations that ended in the bot, after
    those that a person served to the end, or after both. Who left a queue is not asked.
    """

    after: tuple[AskedAfter, ...] = SURVEYED
