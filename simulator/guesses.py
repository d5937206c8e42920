"""What is recognised of the messages that customers write: looked up by their texts, or drawn from a confusion matrix.

Either way it is a function of the message (who wrote it, in which attempt and turn, and its row of the pool), so
whoever asks again is told the same: the bot, the rules on arrival and after the bot, the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..rules.recogniser import Recognition
from ..scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from ..scenarios.pool import PROBLEM_KINDS, Kind, MessagePool
from ..scenarios.recognisers import Confusion, Level, bands_of
from .draws import Draws
from .mixes import Mixes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
Confidences = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was recognised of some messages, one entry each.

    codes        int16    into the desk's intent names; -1 nothing
    confidence   float    how sure, 0 to 1; 0 where nothing was recognised
    """

    codes: NDArray[np.int16]
    confidence: Confidences

    def where(self, rows: BoolArray) -> Guesses:
        """Those of some of the messages."""
        return Guesses(self.codes[rows], self.confidence[rows])


class Recogniser(Protocol):
    """What tells the intents of one replication's messages."""

    @property
    def goes_by_text(self) -> bool:
        """Whether a text is always recognised alike, whoever writes it and when."""
        ...

    def guesses(self, rows: IntArray, texts: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> Guesses:
        """What is recognised of the pool rows `texts`, which the problems `rows` write; `turn` counts a customer's
        messages in a conversation from 0, one number for all or one each.
        """
        ...


class Messages:
    """Messages of some customers, one each, and what is recognised of them, worked out when first asked for."""

    def __init__(
        self,
        recogniser: Recogniser,
        rows: IntArray,
        texts: IntArray,
        attempt: int,
        turn: int | NDArray[np.int8],
    ) -> None:
        self.rows, self.texts, self.attempt = rows, texts, attempt
        self._recogniser, self._turn = recogniser, turn

    @cached_property
    def guesses(self) -> Guesses:
        """What is recognised of them."""
        return self._recogniser.guesses(self.rows, self.texts, self.attempt, self._turn)


class ByText:
    """A recogniser that has looked at each row of the pool once."""

    goes_by_text = True

    def __init__(self, recognition: Recognition) -> None:
        self._recognition = recognition

    def guesses(self, rows: IntArray, texts: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> Guesses:  # noqa: ARG002 - the text says it all
        """What is recognised of the pool rows `texts`."""
        return Guesses(self._recognition.codes[texts], self._recognition.confidence[texts])


class ConfusionTable:
    """A scenario's confusion matrix, made ready to be drawn from."""

    def __init__(self, confusion: Confusion, intents: tuple[str, ...], pool: MessagePool) -> None:
        self.meanings = _meanings(pool, (*intents, TALK_TO_PERSON, SMALL_TALK))
        self.nothing = len(intents) + 2
        self.mixes = Mixes(confusion.shares(intents))
        self.right, self.wrong = _Sureness(confusion.confidence.right), _Sureness(confusion.confidence.wrong)


class ByDraw:
    """A recogniser of known quality: one uniform for each (problem, attempt, turn) chooses what is recognised, and what
    is left of it how sure that is. No policy changes either.
    """

    goes_by_text = False

    def __init__(self, table: ConfusionTable, draws: Draws) -> None:
        self._table, self._draws = table, draws

    def guesses(self, rows: IntArray, texts: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> Guesses:
        """What is recognised of the pool rows `texts`, which the problems `rows` write."""
        table, u = self._table, self._uniform(rows, attempt, turn)
        meaning = table.meanings[texts]
        found = table.mixes.codes(meaning, u)
        spare = table.mixes.left_over(meaning, found, u)
        right = found == meaning
        wrong = ~right & (found != table.nothing)
        confidence = np.zeros(u.size)
        confidence[right], confidence[wrong] = table.right.of(spare[right]), table.wrong.of(spare[wrong])
        return Guesses(np.where(right | wrong, found, -1).astype(np.int16), confidence)

    def _uniform(self, rows: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> FloatArray:
        if isinstance(turn, int):
            return self._draws.uniform(rows, "recognised", attempt, turn)
        u = np.empty(rows.size)
        for each in np.unique(turn):
            now = turn == each
            u[now] = self._draws.uniform(rows[now], "recognised", attempt, int(each))
        return u


class _Sureness:
    """Confidences, by uniforms."""

    def __init__(self, confidence: Level) -> None:
        bands = bands_of(confidence)
        self._from = np.array([band.from_ for band in bands])
        self._width = np.array([band.to for band in bands]) - self._from
        self._mixes = Mixes(np.array([[band.share for band in bands]]))

    def of(self, u: FloatArray) -> FloatArray:
        """The confidence that each uniform chooses."""
        if not self._width.any() and self._width.size == 1:
            return np.broadcast_to(self._from, u.shape)
        all_alike = np.zeros(u.size, dtype=np.int8)
        band = self._mixes.codes(all_alike, u)
        return np.asarray(self._from[band] + self._width[band] * self._mixes.left_over(all_alike, band, u))


def _meanings(pool: MessagePool, names: tuple[str, ...]) -> NDArray[np.int16]:
    """What each row of the pool is truly about, as a code into `names`."""
    small_talk, asks = names.index(SMALL_TALK), names.index(TALK_TO_PERSON)
    meanings = np.where(pool.kinds == Kind.ASK_PERSON, np.int16(asks), np.int16(small_talk))
    about = np.isin(pool.kinds, PROBLEM_KINDS)
    meanings[about] = pool.topic_intents[pool.topics[about]]
    return meanings
