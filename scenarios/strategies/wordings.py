"""Small phrasebooks."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ...documents import parse_document
from ..phrasebook import phrasebook_from_document
from .names import INTENTS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ..phrasebook import Phrasebook

WORDS: Final = ("refund", "card", "help", "invoice", "again", "please", "don't", "straße", "退款", "42", "why?", "API")
_SLOTS: Final[dict[str, Any]] = {
    "thing": ["card", "invoice", "mobile app"],
    "order": {"faker": "order_number"},
    "who": {"faker": "person"},
}


@cache
def phrasebooks(intents: tuple[str, ...] = INTENTS, language: str = "en") -> SearchStrategy[Phrasebook]:
    """Small valid phrasebooks with wordings of these intents, of every register, with and without slots."""
    return phrasebook_data(intents, language).map(
        lambda data: phrasebook_from_document(parse_document(json.dumps(data, ensure_ascii=False), "generated.yaml"))
    )


@st.composite
def phrasebook_data(draw: st.DrawFn, intents: tuple[str, ...] = INTENTS, language: str = "en") -> dict[str, Any]:
    """What the files of `phrasebooks` hold, as plain data. No wording occurs twice."""
    number = iter(range(10_000))
    registers = st.sampled_from(("plain", "terse", "polite", "long", "upset"))
    ends = st.sampled_from(("", ".", "?", "!"))

    def wordings(most: int) -> list[dict[str, str]]:
        lines = st.lists(st.sampled_from((*WORDS, *(f"{{{slot}}}" for slot in _SLOTS))), min_size=1, max_size=5)
        many = draw(st.integers(3, most))
        return [
            {"text": f"{language}{next(number)} {' '.join(draw(lines))}{draw(ends)}", "register": draw(registers)}
            for _ in range(many)
        ]

    return {
        "language": language,
        "slots": _SLOTS,
        "intents": {
            name: {"answer": f"This is how {name} works.", "article": f"All about {name}", "wordings": wordings(6)}
            for name in intents
        },
        "follow_ups": {
            kind: {"wordings": wordings(4)}
            for kind in ("ask_person", "frustrated", "yes", "no", "thanks", "leaving", "details", "rephrase_lead")
        },
        "vague": {"wordings": wordings(4)},
        "joins": ["Also,", "And:"],
        "greetings": ["Hi,", "Hello"],
        "closings": ["Thanks", "Best, Sam"],
    }
