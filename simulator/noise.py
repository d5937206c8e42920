"""Recognisers that are right a given share of the time and otherwise like a desk's own: for the question "what if"."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rules.recogniser import confusion as counted
from ..scenarios.recognisers import Confusion
from .desk import Desk
from .evaluation import of_pool
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
            shares = counted(evaluation.truth, evaluation.recognition)[:-1].astype(np.float64)
            self.small_talk = shares[-1] / max(shares[-1].sum(), 1.0)
            right = evaluation.recognition.codes == evaluation.truth
            first, guessed = evaluation.weights > 0, evaluation.recognition.codes >= 0
            sure = as_meant(evaluation.recognition.confidence)
            levels = {"right": _bands(sure[first & right]), "wrong": _bands(sure[first & ~right & guessed])}
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


def _bands(sure: FloatArray) -> tuple[dict[str, float], ...] | None:
    """Confidences as ten bands of equal share between their deciles; `None` for too few."""
    if sure.size < BANDS:
        return None
    edges = np.clip(np.quantile(sure, np.arange(BANDS + 1) / BANDS), 0.0, 1.0).round(4)
    return tuple({"share": 1 / BANDS, "from": low, "to": high} for low, high in pairwise(edges.tolist()))
