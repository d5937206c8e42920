from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.rules import Recognition
from deskdrill.simulator.bursts import surest_of_bursts

NAMES = ("refund", "invoice", "talk_to_person", "small_talk")
SMALL_TALK = 3


class ByTable:
    """Knows each message by a table, as sure as the table says."""

    def __init__(self, known: dict[str, tuple[int, float]]) -> None:
        self.known = known

    def recognise(self, texts: Sequence[str]) -> Recognition:
        codes, confidence = zip(*(self.known.get(text, (-1, 0.0)) for text in texts), strict=True)
        return Recognition(NAMES, np.array(codes, dtype=np.int16), np.array(confidence, dtype=np.float32))


messages = st.sampled_from(("a", "b", "c", "d", "e"))
guesses = st.integers(-1, 3).flatmap(lambda code: st.tuples(st.just(code), st.just(0.0) if code < 0 else st.sampled_from((0.25, 0.5, 0.75))))


@given(st.dictionaries(messages, guesses), st.lists(st.lists(messages, min_size=1, max_size=4), min_size=1, max_size=6))
def test_the_surest_guess_about_any_message_counts(known: dict[str, tuple[int, float]], bursts: list[list[str]]) -> None:
    found = surest_of_bursts(ByTable(known), ["\n".join(burst) for burst in bursts], SMALL_TALK)
    for burst, code, confidence in zip(bursts, found.codes.tolist(), found.confidence.tolist(), strict=True):
        seen = [known.get(message, (-1, 0.0)) for message in burst]
        matters = [guess for guess in seen if guess[0] not in (-1, SMALL_TALK)] or seen
        assert (code, confidence) in seen
        assert confidence == max(sure for _, sure in matters)
        assert (code, confidence) == next(guess for guess in matters if guess[1] == confidence)


def test_a_thank_you_does_not_hide_the_matter() -> None:
    known = {"my card was declined": (0, 0.4), "thanks": (SMALL_TALK, 0.99), "hello": (-1, 0.0)}
    found = surest_of_bursts(ByTable(known), ["hello\nmy card was declined\nthanks", "thanks\nhello"], SMALL_TALK)
    assert found.codes.tolist() == [0, SMALL_TALK]
