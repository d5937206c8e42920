"""Which conversations with a bot go round in circles (`loops.py` says what that is), for many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rules.loops import LOOP_TURNS, STUMBLE_TURNS

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


class LoopColumns:
    """What a bot has said so far to `many` customers, as far as it may make a loop: not its ways out, and not its
    questions for what it collects.
    """

    def __init__(self, many: int, most_turns: int) -> None:
        self._history = np.full((many, most_turns), -1, dtype=np.int16)
        self._said_alike = np.zeros(many, dtype=np.int16)
        self._cycle = np.zeros(many, dtype=bool)
        self._turns_since_request = np.zeros(many, dtype=np.int16)

    def says(self, at: IntArray, turn: int, said: NDArray[np.integer[Any]]) -> None:
        """The bot's replies in a turn, as classes of replies that read alike."""
        alike = 1 + (self._history[at, :turn] == said[:, None]).sum(axis=1, dtype=np.int16)
        self._history[at, turn] = said
        self._cycle[at] |= self._comes_round(at, turn)
        self._said_alike[at] = np.maximum(self._said_alike[at], alike)

    def ignores_request(self, at: IntArray) -> None:
        """A turn after a request for a person that leads to none."""
        self._turns_since_request[at] += 1

    @property
    def turns_since_request(self) -> NDArray[np.int16]:
        """Bot turns after a request for a person that led to none."""
        return self._turns_since_request

    @property
    def loop(self) -> BoolArray:
        """Whether each conversation has gone round in circles."""
        return self.found(slice(None))

    def found(self, at: IntArray | slice) -> BoolArray:
        """Whether some conversations have gone round in circles so far."""
        ignored = self._turns_since_request[at] >= STUMBLE_TURNS
        return np.asarray((self._said_alike[at] >= LOOP_TURNS) | self._cycle[at] | ignored)

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


@dataclass(frozen=True)
class LoopDetails:
    """Loops of some conversations, one entry each.

    kind     int8     0 the same reply, 1 replies that come round, 2 a request ignored; -1 no loop
    turns    int16    bot turns from the first to the last that belong to it
    lost_s   float64  from the first of them until the bot's part was over
    begins, ends   int16   rounds of the first and the last of them; -1: no loop
    """

    kind: NDArray[np.int8]
    turns: NDArray[np.int16]
    lost_s: NDArray[np.float64]
    begins: NDArray[np.int16]
    ends: NDArray[np.int16]


def loop_details(said: SaidMatrix, over_s: NDArray[np.float64]) -> LoopDetails:
    """The first loop of each conversation, as `loop_in` finds it in a transcript; `over_s`: when the bot's part was
    over, since the beginning.
    """
    columns, many = said.alike.shape
    places, each = np.arange(columns)[:, None], np.arange(many)
    first = np.full((3, many), columns)
    last = np.full((3, many), -1)
    first[0], last[0] = _same_again(said.alike)
    first[1], last[1] = _come_round(said.alike)
    after = said.counts & (places >= said.request)
    ignored = np.flatnonzero(after.sum(axis=0, dtype=np.int16) >= STUMBLE_TURNS)
    first[2, ignored] = after[:, ignored].argmax(axis=0)
    last[2, ignored] = columns - 1 - after[::-1, ignored].argmax(axis=0)
    # The one that begins first; of these the one that lasts longest.
    kind = np.argmin(first * (columns + 1) - last, axis=0)
    begins, ends = first[kind, each], last[kind, each]
    found = begins < columns
    inside = said.counts & (places >= begins) & (places <= ends)
    from_s = said.at_s[np.minimum(begins, columns - 1), each]
    return LoopDetails(
        kind=np.where(found, kind, -1).astype(np.int8),
        turns=np.where(found, inside.sum(axis=0, dtype=np.int16), np.int16(0)),
        lost_s=np.where(found, over_s - from_s, 0.0),
        begins=np.where(found, begins // said.per_round, -1).astype(np.int16),
        ends=np.where(found, ends // said.per_round, -1).astype(np.int16),
    )


def _same_again(said: IntArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each conversation's first reply that comes at least `LOOP_TURNS` times, the first and last column; as many as
    columns, and -1, if there is none.
    """
    columns, many = said.shape
    first, last = np.full(many, columns), np.full(many, -1)
    said_before = np.zeros(said.shape, dtype=np.bool_)
    for place in range(columns):
        again = (said[place + 1 :] == said[place]) & (said[place] >= 0)
        said_before[place + 1 :] |= again
        is_loop = (again.sum(axis=0, dtype=np.int16) + 1 >= LOOP_TURNS) & ~said_before[place] & (first == columns)
        here = np.flatnonzero(is_loop)
        if not here.size:
            continue
        first[here] = place
        last[here] = columns - 1 - again[::-1, here].argmax(axis=0)
    return first, last


def _come_round(alike: IntArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each conversation's first replies, two or more, that are followed by the same in the same order, the first
    column and the last of the second time; as many as columns, and -1, if there are none.
    """
    columns, many = alike.shape
    first, last = np.full(many, columns), np.full(many, -1)
    said, column_of = _without_gaps(alike)
    rounds = {length: _rounds(said, length) for length in range(2, columns // 2 + 1)}
    for start in range(columns):
        for length in range(2, (columns - start) // 2 + 1):
            here = np.flatnonzero(rounds[length][start] & (first == columns))
            first[here] = column_of[start, here]
            last[here] = column_of[start + 2 * length - 1, here]
    return first, last


def _without_gaps(alike: IntArray) -> tuple[IntArray, NDArray[np.int64]]:
    """Attempts to help moved together, in their order, and the column in which each stood before."""
    said, column_of = alike, np.broadcast_to(np.arange(alike.shape[0])[:, None], alike.shape)
    gaps = np.flatnonzero(((alike[1:] >= 0) & (alike[:-1] < 0)).any(axis=0))
    if gaps.size:
        order = np.argsort(alike[:, gaps] < 0, axis=0, kind="stable")
        said, column_of = said.copy(), column_of.copy()
        said[:, gaps], column_of[:, gaps] = np.take_along_axis(alike[:, gaps], order, axis=0), order
    return said, column_of


def _rounds(said: IntArray, length: int) -> BoolArray:
    """For each place (row) and conversation (column) whether the `length` replies from there on come again at once."""
    again = (said[:-length] == said[length:]) & (said[length:] >= 0)
    following = np.zeros(again.shape[1], dtype=np.int16)
    found = np.zeros(again.shape, dtype=np.bool_)
    for place in range(again.shape[0] - 1, -1, -1):
        following = (following + 1) * again[place]
        found[place] = following >= length
    return found


@dataclass(frozen=True)
class SaidMatrix:
    """What a bot said in some conversations; shape (rounds * per_round, conversations).

    alike     int32    class of its attempt to help, -1 where it made none
    counts    bool     an attempt to help, or a question for an errand: a turn that counts once a person was asked for
    at_s      float64  since the beginning
    request   int64    shape (conversations,): column of the first request for a person; as many as columns if none
    per_round          columns of a round: two where the bot may speak again before the customer does
    """

    alike: IntArray
    counts: BoolArray
    at_s: NDArray[np.float64]
    request: NDArray[np.int64]
    per_round: int
