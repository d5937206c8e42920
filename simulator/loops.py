"""Which conversations with a bot go round in circles, and which only stumble (TERMS: loop, version 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

LOOP_TURNS = 3
STUMBLE_TURNS = 2


class Loops:
    """What a bot has said so far to `many` customers, as far as it may make a loop: not its ways out, and not its
    questions for what it collects.
    """

    def __init__(self, many: int, most_turns: int) -> None:
        self._history = np.full((many, most_turns), -1, dtype=np.int16)
        self._said_alike = np.zeros(many, dtype=np.int16)
        self._cycle = np.zeros(many, dtype=bool)
        self._turns_since_request = np.zeros(many, dtype=np.int16)

    def says(self, at: IntArray, turn: int, said: NDArray[np.int16]) -> None:
        """The bot's replies in a turn, as classes of replies that read alike."""
        alike = 1 + (self._history[at, :turn] == said[:, None]).sum(axis=1, dtype=np.int16)
        self._history[at, turn] = said
        self._cycle[at] |= self._comes_round(at, turn)
        self._said_alike[at] = np.maximum(self._said_alike[at], alike)

    def ignores_request(self, at: IntArray) -> None:
        """A turn after a request for a person that leads to none."""
        self._turns_since_request[at] += 1

    @property
    def loop(self) -> BoolArray:
        """Whether each conversation has gone round in circles."""
        ignored = self._turns_since_request >= STUMBLE_TURNS
        return np.asarray((self._said_alike >= LOOP_TURNS) | self._cycle | ignored)

    @property
    def stumble(self) -> BoolArray:
        """Whether the bot has said the same twice, and it came to no loop."""
        return np.asarray(~self.loop & (self._said_alike == STUMBLE_TURNS))

    def _comes_round(self, at: IntArray, turn: int) -> BoolArray:
        """Whether the last replies, two or more, repeat those just before them in the same order."""
        comes_round = np.zeros(at.size, dtype=bool)
        for length in range(2, (turn + 1) // 2 + 1):
            last = self._history[at, turn - length + 1 : turn + 1]
            before = self._history[at, turn - 2 * length + 1 : turn - length + 1]
            comes_round |= (last == before).all(axis=1) & (last >= 0).all(axis=1)
        return comes_round
