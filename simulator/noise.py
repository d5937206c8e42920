"""Recognisers that are right a given share of the time and otherwise like a desk's own: for the question "what if"."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scenarios.recognisers import Confusion
from .desk import Desk
from .evaluation import Evaluation, of_pool
from .guesses import as_meant

FloatArray = NDArray[np.float64]

BANDS = 10


class Noise:
    """The mistakes of a desk's own recogniser, to be made more or less often.

    mistakes     shape (names, names + 1): of the mistakes about each thing, what it is taken for; rows sum to 1
    small_talk   what messages without a problem are taken for, whatever the accuracy
    confidence   how sure it is where it is right and where it is wrong, as a scenario says it
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        own = desk.scenario.recogniser
        if isinstance(own, Confusion):
            shares = own.shares(tuple(desk.scenario.intents))
            self.small_talk = shares[-1].copy()
            self.confidence: Any = own.confidence
            spread = 0.0
        else:
            evaluation = of_pool(desk)
            shares = _counted(evaluation)
            self.small_talk = shares[-1] / max(shares[-1].sum(), 1.0)
            right = evaluation.recognition.codes == evaluation.truth
            wrong = ~right & (evaluation.recognition.codes >= 0)
            levels = {"right": _bands(evaluation, right), "wrong": _bands(evaluation, wrong)}
            self.confidence = {name: level for name, level in levels.items() if level}
            # One mistake more is spread evenly: what was never seen to happen may happen.
            spread = 1.0
        self.mistakes = _mistakes(shares, len(desk.scenario.intents), spread)

    def desk(self, accuracy: float) -> Desk:
        """The same desk with a recogniser that is right about this share of the messages about a problem, whatever it
        is, and of requests for a person.
        """
        scenario = self._desk.scenario.model_copy(update={"recogniser": self.recogniser(accuracy)})
        return replace(self._desk, scenario=scenario, recognition=None)

    def recogniser(self, accuracy: float) -> Confusion:
        """The recogniser of that accuracy."""
        names = self._desk.intent_names
        shares = self.mistakes * (1.0 - accuracy)
        np.fill_diagonal(shares, accuracy)
        shares[-1] = self.small_talk
        rows = {
            name: {names[code]: float(row[code]) for code in range(len(names)) if row[code] > 0 or names[code] == name}
            for name, row in zip(names, shares, strict=True)
        }
        return Confusion.model_validate({"kind": "confusion", "rows": rows, "confidence": self.confidence})


def _mistakes(shares: FloatArray, intents: int, spread: float) -> FloatArray:
    """The rows without their right guesses, `spread` of a mistake more, scaled to sum to 1; evenly over the other
    intents where there is none.
    """
    found = shares.copy()
    np.fill_diagonal(found, 0.0)
    for code, row in enumerate(found):
        others = np.array([other for other in range(intents) if other != code], dtype=np.int64)
        extra = spread if row.any() else 1.0
        if others.size:
            row[others] += extra / others.size
        else:
            row[-1] += extra
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _counted(of: Evaluation) -> FloatArray:
    """Texts by what they are about (a row each) and what is recognised, the last column nothing; each counts as often
    as customers begin with such. Small talk is mostly said later, so that its texts all count alike.
    """
    many, weight = np.bincount(of.truth), np.bincount(of.truth, weights=of.weights)
    begun = weight > 0
    begun[-1] = False
    scale = np.divide(many, weight, out=np.ones(many.size), where=begun)
    counts = np.where(begun[of.truth], of.weights * scale[of.truth], 1.0)
    size = len(of.names) + 1
    cells = of.truth * size + of.recognition.codes.astype(np.int64) % size
    return np.asarray(np.bincount(cells, weights=counts, minlength=(size - 1) * size).reshape(size - 1, size))


def _bands(of: Evaluation, those: NDArray[np.bool_]) -> tuple[dict[str, float], ...] | None:
    """How sure it is of some first messages, as ten bands of equal share between the deciles; `None` for too few."""
    those = those & (of.weights > 0)
    if np.count_nonzero(those) < BANDS:
        return None
    sure, shares = as_meant(of.recognition.confidence[those]), np.arange(BANDS + 1) / BANDS
    edges = np.quantile(sure, shares, weights=of.weights[those], method="inverted_cdf").clip(0.0, 1.0).round(4)
    return tuple({"share": 1 / BANDS, "from": low, "to": high} for low, high in pairwise(edges.tolist()))
