from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from deskdrill.scenarios import load_phrasebook
from deskdrill.scenarios.bursts import LEAST_WORDS, in_messages, one_message, parts_of
from deskdrill.scenarios.phrasebook import Phrasebook
from deskdrill.scenarios.strategies import phrasebooks
from deskdrill.scenarios.typist import Typist

words = st.text(st.sampled_from("abI.,;:!?…–'"), min_size=1, max_size=6)
sentences = st.lists(words, min_size=1, max_size=20).map(" ".join)


@given(sentences)
def test_parts_are_the_text_in_order(text: str) -> None:
    assert " ".join(parts_of(text)).split() == text.split()
    assert all(part.strip() for part in parts_of(text))


@given(st.lists(sentences, min_size=2, max_size=8), st.integers(0, 99))
def test_a_burst_has_two_to_four_messages_with_all_that_was_to_be_said(parts: list[str], seed: int) -> None:
    messages = in_messages(parts, random.Random(seed))
    assert 2 <= len(messages) <= 4
    assert all(message.strip() for message in messages)
    kept = [" ".join(each).translate(str.maketrans("", "", ",;:–— ")) for each in (messages, parts)]
    assert kept[0] == kept[1]


@given(st.text())
def test_one_message_has_no_line_break_and_loses_no_word(text: str) -> None:
    assert "\n" not in one_message(text)
    assert "\r" not in one_message(text)
    assert one_message(text).split() == text.split()


def test_a_clause_of_a_few_words_is_not_sent_alone() -> None:
    assert parts_of("Yes, so the card is gone, and the money too. Why?") == ["Yes, so the card is gone,", "and the money too.", "Why?"]
    for text in (wording.text for intent in load_phrasebook("en").intents.values() for wording in intent.wordings):
        assert all(len(part.split()) >= LEAST_WORDS for part in parts_of(text) if part.endswith(","))


@given(phrasebooks(), st.integers(0, 9))
def test_whoever_types_all_at_once_sends_one_message(book: Phrasebook, seed: int) -> None:
    typist = Typist(book, str(seed))
    assert not any("\n" in typist.typed(each) for intent in book.intents.values() for each in intent.wordings)


def test_as_many_are_split_as_the_scenario_says_of_those_that_can_be() -> None:
    book = load_phrasebook("en")
    typist = Typist(book, "bursts", bursts=0.3)
    long = [each for intent in book.intents.values() for each in intent.wordings if len(parts_of(each.text)) > 1]
    typed = [typist.typed(wording) for wording in long for _ in range(20)]
    assert len(typed) > 1000
    assert abs(sum("\n" in text for text in typed) / len(typed) - 0.3) < 0.05
    assert {text.count("\n") + 1 for text in typed} == {1, 2, 3, 4}
