"""A recogniser by phrases: most of them win, at word boundaries, whoever asks and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskdrill.errors import BadValue
from deskdrill.rules.keywords import KeywordRecogniser
from deskdrill.rules.matching import contains

INTENTS = ("refund", "invoice", "talk_to_person", "small_talk")
WORDS = ("money", "back", "Bill", "CANCEL", "human", "straße", "ok", "it's")
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join)
phrase_lists = st.dictionaries(st.sampled_from(INTENTS), st.lists(phrases, min_size=1, max_size=5), max_size=4)
texts = st.lists(st.lists(st.sampled_from((*WORDS, "money's", "billing", "?!", "")), max_size=8).map(" ".join), max_size=12)
sure = st.floats(0, 1, width=32)


def slow(lists: dict[str, list[str]], text: str, sure: float) -> tuple[str | None, float]:
    """The definition, said once more: one text, one phrase at a time."""
    hits = {intent: len({phrase.casefold() for phrase in own if contains(text, phrase)}) for intent, own in lists.items()}
    most = max(hits.values(), default=0)
    first = next((intent for intent, many in hits.items() if many == most > 0), None)
    return first, sure * most / max(sum(hits.values()), 1)


@given(phrase_lists, texts, sure)
@example({"refund": ["money", "MONEY"], "invoice": ["Bill", "money"]}, ["bill money"], 1.0)
def test_the_intent_with_most_phrases_is_recognised_and_of_several_the_first(lists: dict[str, list[str]], said: list[str], sure: float) -> None:
    found = KeywordRecogniser(INTENTS, lists, sure).recognise(said)
    for text, code, confidence in zip(said, found.codes.tolist(), found.confidence.tolist(), strict=True):
        intent, expected = slow(lists, text, sure)
        assert (found.intents[code] if code >= 0 else None) == intent
        assert confidence == pytest.approx(expected, abs=1e-6)


@given(phrase_lists, texts, st.randoms(use_true_random=False))
def test_texts_in_another_order_are_recognised_alike(lists: dict[str, list[str]], said: list[str], random: object) -> None:
    order = list(range(len(said)))
    random.shuffle(order)  # type: ignore[attr-defined]
    recogniser = KeywordRecogniser(INTENTS, lists)
    whole, shuffled = recogniser.recognise(said), recogniser.recognise([said[at] for at in order])
    np.testing.assert_array_equal(whole.codes[order], shuffled.codes)
    np.testing.assert_array_equal(whole.confidence[order], shuffled.confidence)


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("Money BACK please", "refund", 0.8),
        ("money back, the bill was wrong", "refund", 0.4),
        ("my bill, my bill, and a refund", "refund", 0.4),
        ("moneyback", None, 0),
        ("refundable?", None, 0),
        ("bills", None, 0),
        ("a person! a human being", "talk_to_person", 0.8),
        ("", None, 0),
    ],
)
def test_examples(text: str, intent: str | None, confidence: float) -> None:
    lists = {"refund": ["money back", "refund"], "invoice": ["bill"], "talk_to_person": ["human", "a person"]}
    found = KeywordRecogniser(INTENTS, lists, 0.8).recognise([text])
    assert [found.intents[code] if code >= 0 else None for code in found.codes] == [intent]
    assert found.confidence[0] == pytest.approx(confidence)


def test_phrases_that_cannot_be_looked_for_are_refused_with_their_place() -> None:
    with pytest.raises(BadValue, match="at least one character that can be seen") as refused:
        KeywordRecogniser(INTENTS, {"refund": ["ok"], "invoice": ["bill", "\u200b"]})
    assert refused.value.loc == ("invoice", 1)
    with pytest.raises(BadValue, match="unknown intent `refnd`"):
        KeywordRecogniser(INTENTS, {"refnd": ["ok"]})
