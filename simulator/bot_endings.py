"""How the bot's part of a conversation ended, in one of seven ways."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .conversations import Conversations
from .dialogue import Ending, Reason


class BotEnding(IntEnum):
    """How the bot's part ended; `NO_BOT`: there was none."""

    HELPED_CONFIRMED = 0
    HELPED_SILENT = 1
    UNHELPED_SILENT = 2
    HANDED_OVER_ASKED = 3
    HANDED_OVER = 4
    REFUSED = 5
    LEFT = 6
    NO_BOT = 7


_BY_ENDING = {
    Ending.TO_PEOPLE: BotEnding.HANDED_OVER,
    Ending.HELPED_CONFIRMED: BotEnding.HELPED_CONFIRMED,
    Ending.HELPED_SILENT: BotEnding.HELPED_SILENT,
    Ending.UNHELPED_SILENT: BotEnding.UNHELPED_SILENT,
    Ending.LEFT: BotEnding.LEFT,
}


def bot_endings(table: Conversations) -> NDArray[np.int8]:
    """The `BotEnding` of each conversation."""
    found = np.array([_BY_ENDING[each] for each in Ending], dtype=np.int8)[table.ending]
    found[(found == BotEnding.HANDED_OVER) & (table.reason == Reason.ASKED)] = BotEnding.HANDED_OVER_ASKED
    found[(found == BotEnding.LEFT) & table.refused] = BotEnding.REFUSED
    found[table.bot_turns == 0] = BotEnding.NO_BOT
    return found
