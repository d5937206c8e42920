"""What the bot offered in each conversation, as it was said."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .attempts import Attempt
from .dialogue import Dialogues, Said
from .run import Run

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class Offer(IntEnum):
    """Something that is meant to help."""

    NOTHING = 0
    ANSWER = 1
    ARTICLE = 2
    ERRAND = 3
    """What a look-up or a transaction came to."""


_OFFERS = {
    "answer": Offer.ANSWER,
    "article": Offer.ARTICLE,
    "look_up": Offer.ERRAND,
    "transaction": Offer.ERRAND,
    "failed": Offer.ERRAND,
}
"""By the first word of a kind of reply."""


class Offered:
    """What the bot of a run offered, each column made when it is asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @cached_property
    def last(self) -> NDArray[np.int8]:
        """For each conversation the last `Offer`; what a page suggested is an article."""
        run, last = self._run, np.zeros(self._run.conversations.size + 1, dtype=np.int8)
        if run.replies is None:
            return last[:-1]
        kinds = [_OFFERS.get(kind.partition(" ")[0], Offer.NOTHING) for kind in run.replies.kinds]
        offers = np.array(kinds, dtype=np.int8)
        for said, row_of in said_in(run, by_bot=True):
            offer = offers[said.codes]
            here = np.flatnonzero(offer)
            # Turns only grow; what did not happen so is put into an entry of its own.
            last[row_of[said.rows[here]]] = offer[here]
        return last[:-1]

    @cached_property
    def resolved(self) -> NDArray[np.int8]:
        """For each problem, the last `Offer` of the last of its conversations that the desk would count as resolved."""
        table, last = self._run.conversations, np.zeros(self._run.population.size, dtype=np.int8)
        rows = np.flatnonzero(table.counted_resolved)
        # Later attempts stand after earlier ones.
        last[table.problem[rows]] = self.last[rows]
        return last


def said_in(run: Run, *, by_bot: bool, counts: BoolArray | None = None) -> Iterator[tuple[Said, IntArray]]:
    """What was said in each turn, and for each problem the row of the conversation in which it may have been said; -1:
    of a conversation that did not happen so, or for which `counts` is false.
    """
    for _, dialogues, row_of in played(run, counts):
        for said in dialogues.bot_said if by_bot else dialogues.customer_said:
            yield said, row_of


def played(run: Run, counts: BoolArray | None = None) -> Iterator[tuple[Attempt, Dialogues, IntArray]]:
    """The dialogues of each case of each attempt, and for each problem the row of the conversation that met the case;
    -1: none did, or `counts` is false for it.
    """
    table = run.conversations
    for attempt in run.attempts.attempts:
        first, last = np.searchsorted(table.code, (attempt.first_code, attempt.first_code + attempt.rows.size))
        for number, case in enumerate(attempt.cases):
            rows = np.arange(first, last)
            if counts is not None:
                rows = rows[counts[first:last]]
            rows = rows[run.guard_case[table.code[rows]] == number]
            row_of = np.full(run.population.size, -1, dtype=np.int64)
            row_of[table.problem[rows]] = rows
            yield attempt, case.dialogues, row_of
