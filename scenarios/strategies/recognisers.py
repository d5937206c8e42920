"""Recognisers of known quality, and such as go by phrases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ..intents import SMALL_TALK, TALK_TO_PERSON
from .names import INTENTS
from .parts import fractions, shares

_PHRASES = ("money back", "a person", "Help!", "it’s", "naïve café", "請求書", "?!")


@st.composite
def keywords(draw: st.DrawFn, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """Recognisers by phrases in a scenario with these intents, as a file holds them."""
    names, phrases = st.sampled_from((*intents, TALK_TO_PERSON, SMALL_TALK)), st.sampled_from(_PHRASES)
    lists = draw(st.dictionaries(names, st.lists(phrases, min_size=1, max_size=3), min_size=1, max_size=4))
    sure = draw(st.fixed_dictionaries({}, optional={"confidence": fractions()}))
    return {"kind": "keywords", "intents": lists, **sure}


@st.composite
def confusions(draw: st.DrawFn, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """Recognisers of known quality in a scenario with these intents, as a file holds them."""
    right = draw(fractions())
    unknown = 1 - right if len(intents) == 1 else draw(st.sampled_from((0.0, (1 - right) / 2, 1 - right)))
    names = (*intents, TALK_TO_PERSON, SMALL_TALK)
    rows = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        guessed = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        rows[name] = dict(zip(guessed, draw(shares(len(guessed) + 1)), strict=False))
    asks = {} if TALK_TO_PERSON in rows or draw(st.booleans()) else {"asks_for_person": draw(fractions())}
    bands = draw(shares(2).map(lambda parts: [{"share": part, "from": 0.5, "to": 0.9} for part in parts]))
    levels = st.sampled_from((0.9, 0, {"from": 0.2, "to": 0.7}, bands))
    confidence = draw(st.fixed_dictionaries({}, optional={"right": levels, "wrong": levels}))
    return {"kind": "confusion", "right": right, "unknown": unknown, "rows": rows, **asks, "confidence": confidence}
