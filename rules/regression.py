"""Softmax regression over the features of texts, without chance and without BLAS, whose sums depend on its threads.

The weights are sums of the learnt texts' own features, one coefficient a text and intent (the representer theorem:
Kimeldorf and Wahba 1971). What is optimised, and what is kept of the past, so has the size texts x intents, and the
features are touched once a round.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .lexicon import SPELLING, Bags, BoolArray, IntArray, Sparse

Matrix = NDArray[np.float32]

# Chosen by five-fold cross-validation on the train rows of banking77, where accuracy is flat between .03 and .1.
PENALTY = 0.05

_MEMORY = 5  # moves that the search remembers
_AT_ONCE = 1024  # rows that stay in the processor's cache
_ROUNDS = 60
_WORTH_A_ROUND = 1e-3  # the search ends when a round promises to lower the loss by less than this share


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What each word (its spelling included), n-gram and pair of a lexicon says for each intent, a column each."""

    words: Matrix
    grams: Matrix
    pairs: Matrix

    def scores(self, bags: Bags) -> Matrix:
        """A row a text, a column an intent: how strongly the text speaks for it. No text's row depends on another's."""
        new_words = np.float32(SPELLING) * (bags.spelling @ self.grams)
        return np.asarray(bags.words @ np.concatenate([self.words, new_words]) + bags.pairs @ self.pairs)


class Rows:
    """Known texts as rows of features, to be summed up with one coefficient a text and intent."""

    def __init__(self, bags: Bags, spelling: Sparse) -> None:
        self._words, self._words_turned = bags.words, bags.words.T.tocsr()
        self._pairs, self._pairs_turned = bags.pairs, bags.pairs.T.tocsr()
        self._spelling, self._spelling_turned = spelling, spelling.T.tocsr()

    def weights(self, coefficients: Matrix) -> Weights:
        """The weights that these coefficients make."""
        words = self._words_turned @ coefficients
        grams = self._spelling_turned @ words
        words += np.float32(SPELLING) * (self._spelling @ grams)
        return Weights(words, grams, self._pairs_turned @ coefficients)

    def scores(self, coefficients: Matrix) -> Matrix:
        """The scores of the texts themselves under those weights."""
        weights = self.weights(coefficients)
        return np.asarray(self._words @ weights.words + self._pairs @ weights.pairs)


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Each row of scores as chances that sum to 1.

    >>> softmax(np.log([[1.0, 3.0]])).round(3).tolist()
    [[0.25, 0.75]]
    """
    odds = np.asarray(scores - scores.max(axis=1, keepdims=True))
    np.exp(odds, out=odds)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Weights, or a difference of weights: their coefficients and the scores that they give every text."""

    coefficients: Matrix
    scores: Matrix

    def __matmul__(self, other: Point) -> float:
        """The inner product of the two as weights."""
        return float(np.einsum("ij,ij->i", self.coefficients, other.scores).sum(dtype=np.float64))

    def plus(self, factor: float, other: Point) -> Point:
        """This plus factor x other."""
        total = self.times(1.0)
        total.add(factor, other)
        return total

    def times(self, factor: float) -> Point:
        """Factor x this."""
        scale = np.float32(factor)
        return Point(scale * self.coefficients, scale * self.scores)

    def add(self, factor: float, other: Point) -> None:
        """Add factor x other to this, in place."""
        scale = np.float32(factor)
        for mine, others in ((self.coefficients, other.coefficients), (self.scores, other.scores)):
            for at in range(0, len(mine), _AT_ONCE):
                mine[at : at + _AT_ONCE] += scale * others[at : at + _AT_ONCE]


def fit(rows: Rows, codes: IntArray, intents: int, learnt: BoolArray, start: Matrix | None = None) -> Point:
    """The weights that minimise the sum of -ln p(intent) over the `learnt` texts, plus PENALTY / 2 x squared weights.

    `codes` are the texts' intents, 0 to intents - 1. `start` holds coefficients to begin with, for a shorter way; the
    problem is convex and has one answer. The scores that come back are those of all texts, learnt or not.
    By limited-memory BFGS (Nocedal 1980) with steps of the length of Newton's method along the way.
    """
    counted = learnt[:, None].astype(np.float32)
    coefficients = np.zeros((len(codes), intents), dtype=np.float32) if start is None else start * counted
    here = _stand(rows, Point(coefficients, rows.scores(coefficients)), codes, counted)
    past: deque[_Move] = deque(maxlen=_MEMORY)
    for _ in range(_ROUNDS):
        ahead = _downhill(here.slope, past)
        fall = -(here.slope @ ahead)
        if fall / 2 <= _WORTH_A_ROUND * here.loss:
            break
        spread = here.chance * ahead.scores
        curvature = (np.einsum("ij,ij->i", spread, ahead.scores) - np.square(spread.sum(axis=1))) * counted[:, 0]
        penalty = PENALTY * (ahead @ ahead)
        step = fall / (float(curvature.sum(dtype=np.float64)) + penalty)
        there = _stand(rows, here.point.plus(step, ahead), codes, counted)
        if there.loss > here.loss:
            # Nowhere is the curvature above half the squared scores (Böhning 1992): this step cannot raise the loss.
            most = 0.5 * float(np.square(ahead.scores * counted).sum(dtype=np.float64))
            there = _stand(rows, here.point.plus(fall / (most + penalty), ahead), codes, counted)
        past.append(_Move(there.point.plus(-1.0, here.point), there.slope.plus(-1.0, here.slope)))
        here = there
    return here.point


class _Stand(NamedTuple):
    """What is known at a point: each text's chance of each intent, the loss, and its slope."""

    point: Point
    chance: Matrix
    loss: float
    slope: Point


class _Move(NamedTuple):
    """A step of the past, and how the slope changed over it."""

    step: Point
    bend: Point


def _stand(rows: Rows, point: Point, codes: IntArray, counted: Matrix) -> _Stand:
    text = np.arange(len(codes))
    chance = softmax(point.scores)
    surprise = -np.log(np.maximum(chance[text, codes], np.float32(1e-30))) * counted[:, 0]
    loss = float(surprise.sum(dtype=np.float64)) + PENALTY / 2 * (point @ point)
    slope = chance * counted
    slope[text, codes] -= counted[:, 0]
    slope += np.float32(PENALTY) * point.coefficients
    return _Stand(point, chance, loss, Point(slope, rows.scores(slope)))


def _downhill(slope: Point, past: Sequence[_Move]) -> Point:
    """The direction that Nocedal's two loops (1980, p. 779) give; the steepest, without a past."""
    ahead = slope.times(-1.0)
    shares = []
    for step, bend in reversed(past):
        shares.append((step @ ahead) / (step @ bend))
        ahead.add(-shares[-1], bend)
    if past:
        step, bend = past[-1]
        ahead = ahead.times((step @ bend) / (bend @ bend))
    for (step, bend), share in zip(past, reversed(shares), strict=True):
        ahead.add(share - (bend @ ahead) / (step @ bend), step)
    return ahead
