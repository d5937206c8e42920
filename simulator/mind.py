"""What a bot in Python keeps in mind of each dialogue of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rules.alike import Likeness
from ..rules.own_bot import Message
from .ledger import SaidSoFar

IntArray = NDArray[np.int32]


class Mind:
    """One entry for each dialogue.

    state      what the bot returned as its state last time
    messages   what was said so far, in order
    farewell   int32  code of what it says when it hands over; -1: what the policy says
    helps      int16  how often it has tried to help, questions not counted
    said       what it said then
    """

    def __init__(self, many: int, likeness: Likeness) -> None:
        self.state: list[Any] = [None] * many
        self.messages: list[tuple[Message, ...]] = [()] * many
        self.farewell = np.full(many, -1, dtype=np.int32)
        self.helps = np.zeros(many, dtype=np.int16)
        self.said = SaidSoFar(many, likeness)

    def farewell_or(self, at: IntArray, codes: IntArray) -> IntArray:
        """What the bot says when it hands these over, in place of what the policy says."""
        own = self.farewell[at]
        return np.where(own >= 0, own, codes).astype(np.int32)
