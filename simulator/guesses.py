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

DIGITS = 7
"""Of a confidence, after the point."""


def as_meant(confidence: Confidences) -> FloatArray:
    """Confidences as float64; of float32 the number of seven digits that each stands for.

    >>> as_meant(np.array([0.9], dtype=np.float32)).tolist()
    [0.9]
    """
    wide = confidence.astype(np.float64)
    return np.round(wide, DIGITS) if confidence.dtype == np.float32 else wide


@dataclass(frozen=True, slots=True)
class Guesses:
    """What was recognised of some messages, one entry each.

    codes        int16    into the desk's intent names; -1 nothing
    confidence   float    how sure, 0 to 1; 0 where nothing was recognised
    """

    codes: NDArray[np.int16]
    confidence: Confidences

    @property
    def sureness(self) -> FloatArray:
        """The confidence as it was meant: what is kept as float32 has seven digits, and 0.7 is at least 0.7."""
        return as_meant(self.confidence)

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

    def where(self, rows: BoolArray) -> Messages:
        """Some of the messages."""
        turn = self._turn if isinstance(self._turn, int) else self._turn[rows]
        return Messages(self._recogniser, self.rows[rows], self.texts[rows], self.attempt, turn)

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
    """A scenario's confusion matrix, made ready to be drawn from.

    `right_shares` are its diagonal; `mistakes` the rest of each row, as shares of the mistakes.
    """

    def __init__(self, confusion: Confusion, intents: tuple[str, ...], pool: MessagePool) -> None:
        self.meanings = meanings(pool, (*intents, TALK_TO_PERSON, SMALL_TALK))
        self.nothing = len(intents) + 2
        shares = confusion.shares(intents)
        self.right_shares = shares.diagonal().copy()
        np.fill_diagonal(shares, 0.0)
        # Where there are no mistakes, none is ever drawn.
        shares[~shares.any(axis=1), self.nothing] = 1.0
        self.mistakes = Mixes(shares / shares.sum(axis=1, keepdims=True))
        self.right, self.wrong = _Sureness(confusion.confidence.right), _Sureness(confusion.confidence.wrong)


class ByDraw:
    """A recogniser of known quality: one uniform for each (problem, attempt, turn) says whether it is right, another
    what it takes the message for if not, and how sure it is. No policy changes either.

    So who is right 80 times of 100 is right wherever it would be with 70, is as sure of that, and makes the other
    mistakes as before.
    """

    goes_by_text = False

    def __init__(self, table: ConfusionTable, draws: Draws) -> None:
        self._table, self._draws = table, draws

    def guesses(self, rows: IntArray, texts: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> Guesses:
        """What is recognised of the pool rows `texts`, which the problems `rows` write."""
        table = self._table
        meaning = table.meanings[texts]
        codes, confidence = meaning.copy(), np.zeros(rows.size)
        right = self._uniform("recognised", rows, attempt, turn) < table.right_shares[meaning]
        if table.right.varies:
            confidence[right] = table.right.of(self._uniform(_MORE, rows[right], attempt, _of_some(turn, right)))
        else:
            confidence[right] = table.right.surest
        wrong = np.flatnonzero(~right)
        u, meant = self._uniform(_MORE, rows[wrong], attempt, _of_some(turn, wrong)), meaning[wrong]
        found = table.mistakes.codes(meant, u)
        guessed = found != table.nothing
        codes[wrong] = np.where(guessed, found, -1)
        spare = table.mistakes.left_over(meant[guessed], found[guessed], u[guessed])
        confidence[wrong[guessed]] = table.wrong.of(spare)
        return Guesses(codes, confidence)

    def _uniform(self, purpose: str, rows: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> FloatArray:
        if isinstance(turn, int):
            return self._draws.uniform(rows, purpose, attempt, turn)
        u = np.empty(rows.size)
        for each in np.unique(turn):
            now = turn == each
            u[now] = self._draws.uniform(rows[now], purpose, attempt, int(each))
        return u


_MORE = "recognised as"
"""The address of what a message is taken for where that is wrong, and of how sure that is."""


def _of_some(turn: int | NDArray[np.int8], some: BoolArray | NDArray[np.int64]) -> int | NDArray[np.int8]:
    return turn if isinstance(turn, int) else turn[some]


class _Sureness:
    """Confidences, by uniforms."""

    def __init__(self, confidence: Level) -> None:
        bands = bands_of(confidence)
        self._from = np.array([band.from_ for band in bands])
        self._width = np.array([band.to for band in bands]) - self._from
        self._mixes = Mixes(np.array([[band.share for band in bands]]))
        self.varies = bool(self._width.any() or self._width.size > 1)
        self.surest = max(band.to for band in bands)

    def of(self, u: FloatArray) -> FloatArray:
        """The confidence that each uniform chooses."""
        if not self.varies:
            return np.full(u.size, self.surest)
        all_alike = np.zeros(u.size, dtype=np.int8)
        band = self._mixes.codes(all_alike, u)
        return np.asarray(self._from[band] + self._width[band] * self._mixes.left_over(all_alike, band, u))


def meanings(pool: MessagePool, names: tuple[str, ...]) -> NDArray[np.int16]:
    """What each row of the pool is truly about, as a code into `names`: the intents, `talk_to_person`, `small_talk`."""
    small_talk, asks = names.index(SMALL_TALK), names.index(TALK_TO_PERSON)
    found = np.where(pool.kinds == Kind.ASK_PERSON, np.int16(asks), np.int16(small_talk))
    about = np.isin(pool.kinds, PROBLEM_KINDS)
    found[about] = pool.topic_intents[pool.topics[about]]
    return found
