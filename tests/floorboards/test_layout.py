"""YAML laid out: what it means and all comments stay, and doing it twice is doing it once."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.layout import comments_of, laid_out

WORD = st.text("abcxyz -#:'\"é", min_size=1, max_size=8)
VALUE = st.recursive(
    WORD | st.integers(-9, 99) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A YAML text in some layout, with comments here and there."""
    data = draw(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUE, min_size=1, max_size=4))
    flow = draw(st.sampled_from((None, False)))
    text = yaml.safe_dump(data, indent=draw(st.integers(2, 5)), default_flow_style=flow, sort_keys=False, width=1000)
    lines = []
    for line in text.splitlines():
        # Not in the midst of a quoted text that goes on in the next line.
        if draw(st.integers(0, 3)) == 0 and line[:1].isalpha():
            lines.append(f"{' ' * draw(st.integers(0, 3))}# {draw(st.sampled_from(('one', 'two', 'three')))}")
        lines.append(line)
        if draw(st.booleans()) and line[:1].isalpha():
            lines += [""] * draw(st.integers(0, 3))
    return "\n".join(lines)


@given(text=commented())
def test_meaning_and_comments_stay_and_once_is_enough(text: str) -> None:
    try:
        document = parse_document(text)
    except InputError:
        return
    try:
        found = laid_out(text)
    except InputError as error:
        # In a list within a list. It is refused, not done.
        assert "would be lost" in str(error)
        return
    assert parse_document(found).data == document.data
    words = [Counter(comment.strip("# ") for _, comment in comments_of(each)) for each in (text, found)]
    assert words[0] == words[1]
    assert laid_out(found) == found
    assert all(line == line.rstrip() for line in found.splitlines())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:   1\nb:\n- x\n- y\n", "a: 1\nb:\n  - x\n  - y\n"),
        ("a:\n    b:\n        c: 1\n", "a:\n  b:\n    c: 1\n"),
        ("a: {b:   1,c: [ 2,3 ]}\n", "a: {b: 1, c: [2, 3]}\n"),
        ("# first\n\n\n\na: 1 # why\n\n\n# last\n", "# first\n\na: 1 # why\n\n# last\n"),
        ("a: \"x\"\nb: 'y'\nc: no\nd: 08\ne: 1:30\n", "a: \"x\"\nb: 'y'\nc: no\nd: 08\ne: 1:30\n"),
        ("a: &x {b: 1}\nc: *x", "a: &x {b: 1}\nc: *x\n"),
        ("a: |\n   one\n     two\n", "a: |\n  one\n    two\n"),
        ("", ""),
        ("\n\n# only a comment", "# only a comment\n"),
        ("a:\nb:   {c: 1}\n", "a:\nb: {c: 1}\n"),
        ("a: ~\nb:\n", "a: null\nb: null\n"),
        ("b:\n\n\n- {}\n-   c: null\n    d: 1\n", "b:\n  - {}\n  - c: null\n    d: 1\n"),
        ("a: 1\r\nb:\r\n- 2\r\n", "a: 1\nb:\n  - 2\n"),
    ],
)
def test_the_layout(before: str, after: str) -> None:
    assert laid_out(before) == after


def test_a_comment_is_what_no_text_holds() -> None:
    text = "a: 'x # no' # yes\nb: |\n  # no\nc: d#no\n# also\n"
    assert list(comments_of(text)) == [(1, "# yes"), (5, "# also")]


def test_what_is_no_yaml_is_told_at_its_place() -> None:
    with pytest.raises(InputError, match=r"f:2:\d+: "):
        laid_out("a: 1\n  b: 2\n", "f")
