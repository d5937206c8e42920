"""Messages whose truth is known beside what was recognised of them: those of the pool, or a simulated week's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rules.recogniser import Recognition
from ..scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from ..scenarios.pool import Kind
from .desk import Desk
from .draws import Draws
from .guesses import meanings
from .openings import opens_vaguely
from .population import draw_population
from .temperaments import Temperaments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FIRST = (Kind.OPENING, Kind.ASK_PERSON, Kind.VAGUE)
"""What conversations begin with."""
SHOWN = (*FIRST, Kind.YES, Kind.NO, Kind.FRUSTRATED, Kind.THANKS, Kind.LEAVING)
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
        _weights(desk, shown, truth),
        shown,
    )


def of_week(desk: Desk, seed: int, replication: int = 0) -> Evaluation:
    """The first messages of all new problems of a simulated week, where what is recognised of them is drawn."""
    draws, names = Draws(seed, replication), desk.intent_names
    people = draw_population(desk.scenario, desk.pool, draws)
    draws = draws.numbered(people.number)
    temper = Temperaments.of([segment.temperament for segment in desk.scenario.segments.values()])
    rows = np.arange(people.size, dtype=np.int32)
    # As a conversation begins: some say nothing of what it is about, or ask for a person before they do.
    truth = people.intent.astype(np.int64)
    if (vague := opens_vaguely(desk.scenario, draws, rows, 1)) is not None:
        truth[vague] = names.index(SMALL_TALK)
    asks = draws.uniform(people.size, "asks first", 1) < temper.asks_first[people.segment]
    truth[asks] = names.index(TALK_TO_PERSON)
    if people.backlog is not None:
        rows = rows[people.backlog < 0]
    # Some text about each thing that a text is about: which one makes no difference.
    about, first = np.unique(meanings(desk.pool, names), return_index=True)
    texts = first[np.searchsorted(about, truth[rows])].astype(np.int32)
    found = desk.recogniser(draws).guesses(rows, texts, 1, 0)
    recognition = Recognition(names, found.codes, found.confidence.astype(np.float32))
    each = np.arange(rows.size)
    return Evaluation(recognition, truth[rows], each, np.ones(rows.size), np.full(rows.size, -1))


def _weights(desk: Desk, shown: IntArray, truth: IntArray) -> FloatArray:
    """As often as customers begin with such: with their intents, in their languages, or with no problem at all."""
    scenario, pool = desk.scenario, desk.pool
    segments, main, vague = scenario.segments.values(), scenario.messages.phrasebook, scenario.messages.out_of_scope
    asks = np.array([[each.temperament.asks_for_person_first] for each in segments])
    written = np.array([[each.written_in(main).get(name, 0.0) for name in pool.language_names] for each in segments])
    mix = scenario.mix()
    people = mix.sum(axis=1, keepdims=True)
    parts = (mix * (1 - asks) * (1 - vague), people * asks, people * (1 - asks) * vague)
    shares = (np.concatenate(parts, axis=1).T @ written / people.sum()).ravel()
    cells = truth * written.shape[1] + pool.languages[shown]
    first = np.isin(pool.kinds[shown], FIRST)
    many = np.bincount(cells[first], minlength=shares.size)
    return np.where(first, shares[cells] / np.maximum(many, 1)[cells], 0.0)
