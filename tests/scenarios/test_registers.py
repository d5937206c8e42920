"""How near the shipped registers come to figures of real text that were published or measured elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from deskdrill.scenarios import load_phrasebook, load_scenario
from deskdrill.scenarios.pool import Kind, phrasebook_pool
from deskdrill.scenarios.registers import MANNERS, Register

WORD = re.compile(r"(?<![\w'.@-])[a-z]+(?:'[a-z]+)?(?![\w@-]|\.\w)")
GREETING = re.compile(r"(hi|hello|hey|dear|good (morning|afternoon|evening))\b")


@cache
def openings(scenario: str, register: Register) -> tuple[str, ...]:
    """The first messages of a shipped scenario, written so."""
    desk = load_scenario(scenario)
    desk = desk.model_copy(update={"messages": desk.messages.model_copy(update={"register_": register})})
    pool = phrasebook_pool(desk, load_phrasebook("en"))
    return tuple(text for text, kind in zip(pool.texts, pool.kinds, strict=True) if kind == Kind.OPENING)


@cache
def vocabulary() -> frozenset[str]:
    """The words of the English phrasebook, as they are spelt there."""
    book = load_phrasebook("en")
    follow_ups = [each for kind in dict(book.follow_ups).values() for each in kind.wordings]
    wordings = [*follow_ups, *(each for intent in book.intents.values() for each in intent.wordings)]
    listed = [value for slot in book.slots.values() if isinstance(slot, tuple) for value in slot]
    texts = [*(each.text for each in wordings), *listed, *book.greetings, *book.closings]
    return frozenset(word for text in texts for word in re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower()))


def share(texts: tuple[str, ...], holds: Callable[[str], object]) -> float:
    return sum(map(bool, map(holds, texts))) / len(texts)


def starts_small(text: str) -> bool:
    return next((each.islower() for each in text if each.isalpha()), False)


def has_unknown_word(text: str) -> bool:
    return any(word not in vocabulary() for word in WORD.findall(text))


@pytest.mark.parametrize("scenario", ["saas-week", "bank-week"])
def test_chat_comes_near_the_customers_of_a_real_support_chat(scenario: str) -> None:
    """5, 11 and 21 words at the quartiles; 51 % start small, 65 % end bare, 26 % ask, 5 % repeat marks, 9 % greet, 17 % have an unknown word."""
    texts = openings(scenario, "chat")
    quartiles = np.percentile([len(text.split()) for text in texts], (25, 50, 75))
    assert np.abs(quartiles - (5, 11, 21)).max() <= 3
    assert share(texts, starts_small) == pytest.approx(0.51, abs=0.04)
    assert share(texts, lambda text: text[-1] not in ".!?…") == pytest.approx(0.65, abs=0.04)
    assert share(texts, lambda text: "?" in text) == pytest.approx(0.26, abs=0.06)
    assert share(texts, lambda text: re.search(r"[!?.]{2,}|…", text)) == pytest.approx(0.05, abs=0.02)
    assert share(texts, lambda text: GREETING.match(text.lower())) == pytest.approx(0.09, abs=0.03)
    assert share(texts, has_unknown_word) == pytest.approx(0.17, abs=0.05)


@pytest.mark.parametrize("scenario", ["saas-week", "bank-week"])
def test_a_search_box_comes_near_what_is_typed_into_bots(scenario: str) -> None:
    """3, 5 and 8 words at the quartiles; 90 % end bare."""
    texts = openings(scenario, "search-box")
    quartiles = np.percentile([len(text.split()) for text in texts], (25, 50, 75))
    assert np.abs(quartiles - (3, 5, 8)).max() <= 2
    assert share(texts, lambda text: text[-1] not in ".!?…") == pytest.approx(0.9, abs=0.04)
    assert share(texts, lambda text: GREETING.match(text.lower())) < 0.02


@pytest.mark.parametrize("register", MANNERS)
def test_no_text_of_a_register_has_an_open_slot_or_a_gap(register: Register) -> None:
    for text in openings("saas-week", register):
        assert not re.search(r"[{}]|\s\s|^\s|\s$|\0", text)
        assert not re.search(r"[a-z] [,.;:!?]", text)


def test_whoever_greets_goes_on_in_small_letters_but_for_names() -> None:
    greeted = [text for text in openings("saas-week", "chat") if text.startswith(("Hi, ", "Hello, ", "Hey, ")) and not text.isupper()]
    after = {text.split(", ", 1)[1].split()[0] for text in greeted}
    assert "I" in after
    assert {"can", "how"} <= after
    assert not after & {"Can", "How", "Where", "My", "Why", "What", "The", "We"}
