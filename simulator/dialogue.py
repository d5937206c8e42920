"""Dialogues between customers and a bot: what became of them, as columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


class Ending(IntEnum):
    """How the part of a conversation before people ended."""

    TO_PEOPLE = 0
    HELPED_CONFIRMED = 1
    HELPED_SILENT = 2
    UNHELPED_SILENT = 3
    LEFT = 4


class Reason(IntEnum):
    """Why a conversation went to people, or was not let go to them."""

    NONE = 0
    NO_BOT = 1
    GUARD = 2
    ASKED = 3
    FAILURES = 4
    TURN_LIMIT = 5
    REFUSED = 6
    BACKLOG = 7
    DROPPED_OFF = 8
    """The customer left at one of the bot's questions."""
    UNSURE = 9
    """The bot had nothing to offer."""
    REPLIED = 10
    """The customer replied to the message that something was done."""
    NO_REPLY = 11
    """Nobody read the reply to such a message."""
    LANGUAGE = 12
    """The customer writes in a language that the bot does not speak."""
    PAGE = 13
    """Helped by what the page suggested, before writing."""
    TYPING = 14
    """Helped by an answer that was shown before the first message was sent."""
    FLOW = 15
    """A state of the bot's own flow hands over."""
    PYTHON = 16
    """A bot in Python hands over by itself."""


@dataclass(frozen=True)
class Said:
    """Messages of one round: problem, pool row or reply code, and seconds since the conversation began."""

    rows: IntArray
    turn: int
    codes: IntArray
    after_s: NDArray[np.float32]


@dataclass(frozen=True)
class Dialogues:
    """Attempts number `attempt` of all problems in `rows`, up to their end or to people; one entry for each row.

    ending, reason   int8   `Ending`, `Reason`
    guard            int16  the guard that kept the bot away or stopped it; -1 none
    bot_turns        int16
    duration_s       float64  from the first message to the end, or to the hand-over
    helped_s         float64  from the first message to the reply that helped; NaN = none did
    opening, telling int32  pool rows of the first message, and of the one that tells most of the problem
    telling_turn     int8   which of the customer's messages that is, from 0; `None`: the recogniser goes by its text
    turns_after_request   int16  bot turns after a request for a person that led to none
    asked, refused, loop, stumble, counted_resolved, protected_known, protected   bool
    email            bool   by e-mail; None: nobody's is
    collected        bool   the customer answered all that the bot asks for; None: it asks for nothing
    """

    attempt: int
    rows: IntArray
    ending: NDArray[np.int8]
    reason: NDArray[np.int8]
    guard: NDArray[np.int16]
    bot_turns: NDArray[np.int16]
    duration_s: FloatArray
    helped_s: FloatArray
    opening: IntArray
    telling: IntArray
    telling_turn: NDArray[np.int8] | None
    turns_after_request: NDArray[np.int16]
    asked: BoolArray
    refused: BoolArray
    loop: BoolArray
    stumble: BoolArray
    counted_resolved: BoolArray
    protected_known: BoolArray
    protected: BoolArray
    customer_said: tuple[Said, ...] = field(repr=False)
    bot_said: tuple[Said, ...] = field(repr=False)
    email: BoolArray | None = None
    collected: BoolArray | None = None

    @cached_property
    def silent_unsolved(self) -> BoolArray:
        """Whether the customer left the bot unhelped, but for those whose request for a person was refused (an event of
        its own).
        """
        gone = (self.ending == Ending.UNHELPED_SILENT) | (self.ending == Ending.LEFT)
        return np.asarray(gone & ~self.refused)

    @cached_property
    def blocked(self) -> BoolArray:
        """Whether the bot led the customer round in circles, or did not let through to a person."""
        return np.asarray(self.loop | self.refused | (self.reason == Reason.NO_REPLY))

    @property
    def has_bot(self) -> BoolArray:
        """Whether the bot said anything."""
        return self.bot_turns > 0
