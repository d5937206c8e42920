"""Messages whose truth is known beside what was recognised of them: those of the pool, or a simulated week's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rules.recogniser import Recognition
from ..scenarios.intents import TALK_TO_PERSON
from ..scenarios.pool import Kind
from .desk import Desk
from .draws import Draws
from .guesses import meanings
from .population import draw_population
from .temperaments import Temperaments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHOWN = (Kind.OPENING, Kind.ASK_PERSON, Kind.YES, Kind.NO, Kind.FRUSTRATED, Kind.THANKS, Kind.LEAVING)
"""The messages that are looked at: what is rephrased is an opening once more, and answers to the bot are expected."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Messages, one entry each.

    truth     int64    what it is about, as a code into `recognition.intents`
    origins   int64    what it was made from: messages of one origin are no independent witnesses
    weights   float64  how often first messages are like this, up to a factor; 0 for what never comes first
    texts     row of the pool, or -1 where it is the draw that counts and not the text
    """

    recognition: Recognition
    truth: IntArray
    origins: IntArray
    weights: FloatArray
    texts: IntArray

    @property
    def names(self) -> tuple[str, ...]:
        """The intents, then asking for a person, then small talk."""
        return self.recognition.intents


def of_pool(desk: Desk) -> Evaluation:
    """The texts of a desk's pool that customers write and no recogniser of ours has learnt from.

    Each has the wording that it was made from for its origin, a real message itself.
    """
    assert desk.recognition is not None  # the recogniser goes by the texts
    pool, names = desk.pool, desk.intent_names
    shown = np.flatnonzero(np.isin(pool.kinds, SHOWN))
    truth = meanings(pool, names)[shown].astype(np.int64)
    return Evaluation(
        Recognition(names, desk.recognition.codes[shown], desk.recognition.confidence[shown]),
        truth,
        pool.origins[shown].astype(np.int64),
        _weights(desk, truth),
        shown,
    )


def of_week(desk: Desk, seed: int, replication: int = 0) -> Evaluation:
    """The first messages of all new problems of a simulated week, where what is recognised of them is drawn."""
    draws, names = Draws(seed, replication), desk.intent_names
    people = draw_population(desk.scenario, desk.pool, draws)
    draws = draws.numbered(people.number)
    temper = Temperaments.of([segment.temperament for segment in desk.scenario.segments.values()])
    # As a conversation begins: some ask for a person before they say what it is about.
    asks = draws.uniform(people.size, "asks first", 1) < temper.asks_first[people.segment]
    truth = np.where(asks, names.index(TALK_TO_PERSON), people.intent).astype(np.int64)
    rows = np.arange(people.size, dtype=np.int32)
    if people.backlog is not None:
        rows = rows[people.backlog < 0]
    about = meanings(desk.pool, names)
    some_text = np.array([int(np.flatnonzero(about == code)[0]) for code in range(len(names))], dtype=np.int32)
    found = desk.recogniser(draws).guesses(rows, some_text[truth[rows]], 1, 0)
    recognition = Recognition(names, found.codes, found.confidence.astype(np.float32))
    each = np.arange(rows.size)
    return Evaluation(recognition, truth[rows], each, np.ones(rows.size), np.full(rows.size, -1))


def _weights(desk: Desk, truth: IntArray) -> FloatArray:
    """First messages are about the scenario's intents as often as its customers are, or ask for a person first."""
    scenario = desk.scenario
    asks = sum(each.share * each.temperament.asks_for_person_first for each in scenario.segments.values())
    mix = scenario.mix().sum(axis=0)
    shares = np.concatenate([mix / mix.sum() * (1 - asks), [asks, 0.0]])
    return np.asarray(shares[truth] / np.maximum(np.bincount(truth, minlength=shares.size), 1)[truth])
