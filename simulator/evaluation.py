"""Messages whose truth is known beside what was recognised of them: those of the pool, or a simulated week's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rules.lexicon import tokens
from ..rules.recogniser import Recognition
from ..scenarios.intents import TALK_TO_PERSON
from ..scenarios.phrasebook import Phrasebook, Wording, is_held_out
from ..scenarios.pool import Kind
from .desk import Desk, book_of
from .draws import Draws
from .guesses import meanings
from .population import draw_population
from .temperaments import Temperaments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHOWN = (Kind.OPENING, Kind.ASK_PERSON, Kind.NO, Kind.FRUSTRATED, Kind.THANKS, Kind.LEAVING)
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


def of_pool(desk: Desk, *, real: bool) -> Evaluation:
    """The texts of a desk's pool that customers write and no recogniser of ours has learnt from.

    `real`: first messages are real ones, each its own origin; else they are made from wordings.
    """
    assert desk.recognition is not None  # the recogniser goes by the texts
    pool, names = desk.pool, desk.intent_names
    shown = np.flatnonzero(np.isin(pool.kinds, SHOWN))
    truth = meanings(pool, names)[shown].astype(np.int64)
    return Evaluation(
        Recognition(names, desk.recognition.codes[shown], desk.recognition.confidence[shown]),
        truth,
        _origins(desk, shown, truth, real=real),
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


def _origins(desk: Desk, shown: IntArray, truth: IntArray, *, real: bool) -> IntArray:
    """What each text was made from: of the wordings that customers write in its language, the one with most of its
    words in the text.

    The number of a wording, all lists one after the other; of real messages, a number of its own.
    """
    pool, names = desk.pool, desk.intent_names
    words: dict[object, list[frozenset[str]]] = {}
    first: dict[object, int] = {}
    many = 0
    for language, name in enumerate(pool.language_names):
        for about, wordings in _lists(book_of(desk.scenario, name), names, real=real).items():
            words[language, about] = [_words(each.text) for number, each in enumerate(wordings) if is_held_out(number)]
            first[language, about], many = many, many + len(words[language, about])
    found = np.arange(many, many + shown.size)
    for place, (row, about) in enumerate(zip(shown.tolist(), truth.tolist(), strict=True)):
        kind = Kind(int(pool.kinds[row]))
        made_from = int(pool.languages[row]), names[about] if kind is Kind.OPENING else kind
        if words.get(made_from):
            said = frozenset(tokens(pool.texts[row]))
            alike = [_alike(each, said) for each in words[made_from]]
            found[place] = first[made_from] + alike.index(max(alike))
    return found


def _lists(book: Phrasebook, names: Sequence[str], *, real: bool) -> dict[object, Sequence[Wording]]:
    """A phrasebook's wordings by what they are about; of first messages none, where these are real ones."""
    found: dict[object, Sequence[Wording]] = {
        Kind.ASK_PERSON: book.follow_ups.ask_person.wordings,
        Kind.NO: book.follow_ups.no.wordings,
        Kind.FRUSTRATED: book.follow_ups.frustrated.wordings,
        Kind.THANKS: book.follow_ups.thanks.wordings,
        Kind.LEAVING: book.follow_ups.leaving.wordings,
    }
    if not real:
        found.update({name: book.intents[name].wordings for name in names if name in book.intents})
    return found


def _words(wording: str) -> frozenset[str]:
    return frozenset(tokens(re.sub(r"\{\w*\}", " ", wording)))


def _alike(wording: frozenset[str], said: frozenset[str]) -> float:
    return len(wording & said) / max(len(wording), 1)
