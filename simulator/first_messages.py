"""Openings of a scenario's customers, and what its recogniser makes of messages from a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..rules.columns import Column, Numbers, Texts, Words
from ..rules.compiled import CompiledPolicy
from ..rules.openings import Openings, Overlaid
from ..rules.policy import Policy
from ..rules.vocabulary import field_named
from .channels import by_email
from .desk import Desk
from .draws import Draws
from .encounter import Encounter
from .facts import VisibleFacts
from .guesses import Messages, as_meant
from .population import draw_population
from .protection import protection_of
from .recognising import recognised
from .rounds import played

FIRST = 1
"""The attempt that an opening is of."""
_NOBODY = CompiledPolicy(Policy("people only"))


def first_messages(desk: Desk, seed: int, most: int | None = None) -> Openings:
    """The openings of one replication's customers in the order in which they arrive, or of so many of them, taken by
    chance; `known` has the right team, the segment and the intent of each. Those of a backlog, who wait when the run
    starts, are left out.

    Live fields (`queue.*`, `team.*`) are unset: only a run knows them.
    """
    draws = Draws(seed, 0)
    people = draw_population(desk.scenario, desk.pool, draws)
    draws = draws.numbered(people.number)
    rows = np.arange(people.size, dtype=np.int32)
    if people.backlog is not None:
        rows = rows[people.backlog < 0]
    if most is not None and most < rows.size:
        order = np.argsort(draws.uniform(rows, "sampled"), kind="stable")
        rows = np.sort(rows[order[:most]])
    starts_s = people.arrives_s[rows]
    email = by_email(desk.scenario, people, draws, rows, FIRST)
    encounter = Encounter(desk, _NOBODY, None, people, draws, protection_of(desk.scenario, people))
    opening = played(encounter, rows, starts_s, FIRST, {}, email).opening
    messages = Messages(encounter.recogniser, rows, opening, FIRST, 0)
    facts = VisibleFacts(desk, people, messages, starts_s, email)
    scenario = desk.scenario
    teams = [intent.team for intent in scenario.intents.values()]
    known: dict[str, tuple[str | None, ...]] = {
        "team": tuple(teams[code] for code in people.intent[rows].tolist()),
        "segment": _named(people.segment[rows], scenario.segments),
        "intent": _named(people.intent[rows], scenario.intents),
    }
    names = tuple(f"{desk.scenario.name}, customer {row + 1}" for row in rows.tolist())
    codes = np.zeros(rows.size, dtype=np.int8) if people.language is None else people.language[rows]
    language = Words(codes, desk.pool.language_names)
    return Openings(desk.scenario.name, _AtOpening(facts), names, known, sampled=True, language=language)


def _named(codes: NDArray[np.int8] | NDArray[np.int16], names: Iterable[str]) -> tuple[str, ...]:
    listed = tuple(names)
    return tuple(listed[code] for code in codes.tolist())


class _AtOpening:
    """Visible facts, and as unset what nobody knows before a conversation has begun."""

    def __init__(self, facts: VisibleFacts) -> None:
        self.size = facts.size
        self._facts = facts
        self._columns: dict[str, Column | None] = {}

    def column(self, field: str) -> Column | None:
        """The column of a field."""
        if field not in self._columns:
            found = field_named(field)
            if found is not None and found.live:
                unknown = np.zeros(self.size, dtype=np.bool_)
                self._columns[field] = Numbers(np.zeros(self.size), unknown)
            else:
                own = found is None or found.only_in is not None
                self._columns[field] = None if own else self._facts.column(field)
        return self._columns[field]


def as_recognised(openings: Openings, desk: Desk) -> Openings | None:
    """Openings with what the desk's recogniser makes of those whose intent is not given; `None`: it does not go by the
    texts. Raises `InputError` where it cannot be used.
    """
    texts = openings.columns.column("message.text")
    given = openings.columns.column("message.intent")
    sure = openings.columns.column("message.confidence")
    if not isinstance(texts, Texts):
        return openings
    found = recognised(desk.scenario, desk.pool, texts.pool.texts)
    if found is None:
        return None
    # One more entry at the end, which -1 (no text) looks up.
    codes = np.append(found.codes, np.int16(-1))[texts.index]
    confidence = np.append(np.round(as_meant(found.confidence), 4), 0.0)[texts.index]
    is_given = np.zeros(openings.size, dtype=np.bool_)
    names = found.intents
    known = codes >= 0
    if isinstance(given, Words) and given.names:
        names = tuple(dict.fromkeys((*names, *given.names)))
        is_given = np.asarray(given.codes >= 0)
        into = np.array([names.index(name) for name in given.names], dtype=np.int16)
        codes = np.where(is_given, into[given.codes], codes)
    if isinstance(sure, Numbers):
        told = is_given if sure.known is None else is_given & sure.known
        confidence = np.where(is_given, sure.values, confidence)
        known = np.where(is_given, told, known)
    overlay: dict[str, Column] = {
        "message.intent": Words(codes, names),
        "message.confidence": Numbers(confidence, known),
    }
    return replace(openings, columns=Overlaid(openings.columns, overlay))
