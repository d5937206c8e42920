"""How good a recogniser is: how often right, about what, how sure, and what it takes for what."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.recogniser import confusion
from ..scenarios.intents import TALK_TO_PERSON
from ..scenarios.recognisers import Confusion
from .desk import Desk
from .evaluation import Evaluation, of_pool, of_week
from .guesses import as_meant
from .proportions import Proportion, proportion

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Source = Literal["wordings", "messages", "week"]

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
THRESHOLDS = (0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Sureness:
    """Guesses that are between `low` and `high` sure (`high` included in the last band only).

    `share`: of all first messages; `says`: how sure they are on average (not a number: none); `right`: how many are.
    """

    low: float
    high: float
    share: Proportion
    says: float
    right: Proportion


@dataclass(frozen=True, slots=True)
class OfIntent:
    """How well one thing that messages are about is recognised.

    `recall`: of messages about it, recognised as it; `unguessed`: without any guess; `precision`: of first messages
    recognised as it, about it (nothing, where first messages are never about it). `given`
    is the recall that the scenario's matrix says, `None` if it has none.
    """

    name: str
    recall: Proportion
    unguessed: Proportion
    precision: Proportion
    given: float | None


@dataclass(frozen=True, slots=True)
class Mistake:
    """Messages about one thing that are taken for another, `None` for nothing; `share`: of those about it."""

    truth: str
    taken_for: str | None
    share: Proportion
    texts: int
    example: str | None
    """One of them; `None` where what is recognised does not go by the text."""


@dataclass(frozen=True, eq=False)
class Quality:
    """What a recogniser makes of messages whose truth is known.

    accuracy, unguessed   of first messages about a problem: recognised rightly, without any guess
    asks                  of requests for a person: recognised as such
    intents               one thing each that messages may be about: the intents, asking for a person, small talk
    matrix                messages by what they are about (a row each) and what is recognised; the last column: nothing
    given                 the shares that the scenario's matrix says, in the same places; `None` if it has none
    mistakes              the largest first, by how often first messages are such
    bands, at_least       by how sure the guess is: ten bands, and from some thresholds on
    calibration_error     mean distance, over guesses, of how sure they are from how often they are right, by band
    says                  how sure the guesses about first messages are on average; not a number without a guess
    """

    scenario: str
    kind: str
    source: Source
    seed: int | None
    accuracy: Proportion
    unguessed: Proportion
    asks: Proportion
    intents: tuple[OfIntent, ...]
    matrix: IntArray
    given: FloatArray | None
    mistakes: tuple[Mistake, ...]
    bands: tuple[Sureness, ...]
    at_least: tuple[Sureness, ...]
    calibration_error: float
    says: float


def quality_of(desk: Desk, *, real: bool = False, seed: int = 1) -> Quality:
    """How good a desk's recogniser is, on texts that it has not learnt from; one that draws, in a simulated week.

    `real`: customers write real messages. Figures about first messages weigh intents as the scenario's customers have
    them.
    """
    recogniser = desk.scenario.recogniser
    if desk.recognition is not None:
        found = of_pool(desk)
        return _quality(desk, found, "messages" if real else "wordings", None, None)
    assert isinstance(recogniser, Confusion)  # no other kind goes without the texts
    given = recogniser.shares(tuple(desk.scenario.intents))
    return _quality(desk, of_week(desk, seed), "week", seed, given)


def _quality(
    desk: Desk, of: Evaluation, source: Source, seed: int | None, given: FloatArray | None
) -> Quality:
    codes, truth, names = of.recognition.codes.astype(np.int64), of.truth, of.names
    confidence = as_meant(of.recognition.confidence)
    right, guessed = codes == truth, codes >= 0
    problem = truth < names.index(TALK_TO_PERSON)
    first = of.weights > 0

    def share(hits: NDArray[np.bool_], among: NDArray[np.bool_], *, weighed: bool = True) -> Proportion:
        return proportion(hits[among], of.origins[among], of.weights[among] if weighed else None)

    intents = tuple(
        OfIntent(
            name,
            share(right, truth == code, weighed=False),
            share(~guessed, truth == code, weighed=False),
            share(right, first & (codes == code) & bool((first & (truth == code)).any())),
            None if given is None else float(given[code, code]),
        )
        for code, name in enumerate(names)
    )
    bands = tuple(
        _sureness(of, guessed & (confidence >= low) & ((confidence < high) | (high == 1.0)), low, high)
        for low, high in pairwise(EDGES)
    )
    at_least = tuple(_sureness(of, guessed & (confidence >= low), low, 1.0) for low in THRESHOLDS)
    return Quality(
        scenario=desk.scenario.name,
        kind=desk.scenario.recogniser.kind,
        source=source,
        seed=seed,
        accuracy=share(right, problem),
        unguessed=share(~guessed, problem),
        asks=intents[names.index(TALK_TO_PERSON)].recall,
        intents=intents,
        matrix=confusion(truth, of.recognition)[:-1],
        given=given,
        mistakes=_mistakes(desk, of),
        bands=bands,
        at_least=at_least,
        calibration_error=_calibration_error(bands),
        says=_mean(confidence[first & guessed], of.weights[first & guessed]),
    )


def _sureness(of: Evaluation, those: NDArray[np.bool_], low: float, high: float) -> Sureness:
    right = of.recognition.codes == of.truth
    weights = of.weights[those]
    return Sureness(
        low,
        high,
        proportion(those, of.origins, of.weights),
        _mean(as_meant(of.recognition.confidence[those]), weights),
        proportion(right[those], of.origins[those], weights),
    )


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return float(np.average(values, weights=weights)) if weights.sum() > 0 else nan


def _calibration_error(bands: tuple[Sureness, ...]) -> float:
    """Guo et al. (2017), On calibration of modern neural networks, eq. 3."""
    used = [band for band in bands if band.right.of]
    off = [abs(band.says - band.right.share) for band in used]
    return _mean(np.array(off), np.array([band.share.share for band in used]))


def _mistakes(desk: Desk, of: Evaluation) -> tuple[Mistake, ...]:
    """All that ever happened, in order of how often first messages are such; the others after them."""
    codes, truth = of.recognition.codes.astype(np.int64), of.truth
    wrong = np.flatnonzero(codes != truth)
    size = len(of.names) + 1
    cells, at, counts = np.unique(truth[wrong] * size + codes[wrong] % size, return_index=True, return_counts=True)
    weight = np.bincount(truth[wrong] * size + codes[wrong] % size, weights=of.weights[wrong], minlength=size * size)
    order = np.lexsort((cells, -counts, -weight[cells]))
    found = []
    kinds = zip(cells[order].tolist(), wrong[at[order]].tolist(), counts[order].tolist(), strict=True)
    for cell, example, many in kinds:
        meant, taken = divmod(cell, size)
        about = truth == meant
        hits = codes[about] == (taken if taken < size - 1 else -1)
        text = int(of.texts[example])
        found.append(
            Mistake(
                of.names[meant],
                of.names[taken] if taken < size - 1 else None,
                proportion(hits, of.origins[about]),
                many,
                desk.pool.texts[text] if text >= 0 else None,
            )
        )
    return tuple(found)
