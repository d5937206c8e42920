"""Replies that read alike: what is left out to save time changes nothing."""

from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from deskdrill.rules.alike import similarity_classes

# Few letters and pieces, so that many texts are nearly the same.
pieces = st.lists(st.sampled_from(["ab", "ba", "abc", "a", " ", "Here is how ", "your order", "?"]), max_size=8).map("".join)


def ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(other.casefold())
    matcher.set_seq1(one.casefold())
    return matcher.ratio()


@given(st.lists(pieces | st.text(max_size=12), max_size=8))
def test_a_text_is_in_the_class_of_the_first_that_starts_one_and_reads_alike(texts: list[str]) -> None:
    expected: list[int] = []
    for number, text in enumerate(texts):
        alike = (each for each in range(number) if expected[each] == each and ratio(texts[each], text) >= 0.85)
        expected.append(next(alike, number))
    assert similarity_classes(tuple(texts)).tolist() == expected
