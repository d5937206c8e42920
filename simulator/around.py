"""What a scenario says around the cases of a policy: what is recognised of their messages, what a bot knows, and when
anybody is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ..calendar import WEEK_S, WeekHours
from ..rules.cases import Around
from ..rules.recogniser import Recognition
from ..rules.standing import Knowledge
from ..rules.vocabulary import SMALL_TALK, TALK_TO_PERSON
from ..scenarios.phrasebook import FakerKind, MadeUp, Phrasebook, Wording, slots_of
from ..scenarios.scenario import Scenario
from .desk import Desk, open_desk
from .recognising import reader_of, recognised
from .shifts import MINUTE_S, floorplan_of, open_minutes

_MADE_UP: Final[Mapping[FakerKind, str]] = {
    "order_number": "A-10274",
    "amount": "£20",
    "email": "sam@example.com",
    "date": "14 March",
    "person": "Sam Lee",
    "company": "Northwind",
    "card_digits": "4242",
}


def around_of(scenario: Scenario, texts: Sequence[str], hours: WeekHours | None = None) -> Around:
    """What a scenario says around cases in which these texts are written; `hours` count in place of its staffing.

    Raises `InputError` where its recogniser cannot be used.
    """
    desk = open_desk(scenario)
    distinct = sorted(set(texts))
    found = recognised(desk.scenario, desk.pool, distinct) if distinct else None
    guesses = {} if found is None else _guesses(found, distinct)
    return Around(guesses.get, knowledge_of(desk), week_hours(scenario) if hours is None else hours)


def around_any(scenario: Scenario) -> tuple[Around, Mapping[str, tuple[str, ...]]] | None:
    """What a scenario says around conversations in which anything may be written, and the wordings of its phrasebook,
    slots filled in, by their true intent; `None`: its recogniser does not go by texts.

    Each text is read once, so that a recogniser is asked little more often than there are texts. Raises `InputError`
    where it cannot be used.
    """
    desk = open_desk(scenario)
    reads = reader_of(scenario, desk.pool)
    if reads is None:
        return None
    wordings = _wordings(desk)
    texts = sorted({text for several in wordings.values() for text in several})
    known: dict[str, tuple[str, float] | None] = {**dict.fromkeys(texts), **_guesses(reads(texts), texts)}

    def recognise(text: str) -> tuple[str, float] | None:
        if text not in known:
            known[text] = _guesses(reads([text]), [text]).get(text)
        return known[text]

    return Around(recognise, knowledge_of(desk), week_hours(scenario)), wordings


def knowledge_of(desk: Desk) -> Knowledge:
    """What a bot of this desk knows."""
    scenario, book = desk.scenario, desk.book.intents
    known = [name for name in scenario.intents if scenario.knowledge_of(name).covers > 0]
    answers = {name: book[name].answer for name in known if name in book}
    articles = dict.fromkeys(known, "")
    return Knowledge(articles | answers, articles, scenario.behaviour.asks_recognised_from)


def _guesses(found: Recognition, texts: Sequence[str]) -> dict[str, tuple[str, float]]:
    guesses = zip(texts, found.codes.tolist(), found.confidence.tolist(), strict=True)
    return {text: (found.intents[code], round(sure, 4)) for text, code, sure in guesses if code >= 0}


def _wordings(desk: Desk) -> dict[str, tuple[str, ...]]:
    """The texts of a desk's phrasebook: of each intent of the scenario, of requests for a person, and small talk."""
    book, later = desk.book, desk.book.follow_ups
    small_talk = (*later.frustrated.wordings, *later.no.wordings, *later.thanks.wordings)
    wordings: dict[str, Sequence[Wording]] = {
        **{name: book.intents[name].wordings for name in desk.scenario.intents if name in book.intents},
        TALK_TO_PERSON: later.ask_person.wordings,
        SMALL_TALK: small_talk,
    }
    return {name: tuple(_filled(book, each.text) for each in several) for name, several in wordings.items()}


def _filled(book: Phrasebook, text: str) -> str:
    """A wording with its slots filled in, always alike."""
    for slot in slots_of(text):
        values = book.slots[slot]
        text = text.replace(f"{{{slot}}}", _MADE_UP[values.faker] if isinstance(values, MadeUp) else values[0])
    return text


def week_hours(scenario: Scenario) -> WeekHours:
    """When anybody is on duty who can solve something, by the local time of the scenario's first week; holidays are
    days like others.
    """
    week = scenario.model_copy(update={"days": max(scenario.days, 7), "holidays": ()})
    there = np.flatnonzero(open_minutes(week, floorplan_of(week))[: round(WEEK_S / MINUTE_S)])
    of_week = np.zeros(round(WEEK_S / MINUTE_S) + 1, dtype=np.int8)
    of_week[(scenario.clock.second_of_week(there * MINUTE_S) // MINUTE_S).astype(np.int64)] = 1
    edges = np.flatnonzero(np.diff(of_week, prepend=np.int8(0))) * round(MINUTE_S)
    return WeekHours(tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)))
