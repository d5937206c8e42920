"""Phrases are found at word boundaries, whatever the case, in any script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from deskdrill.errors import BadValue
from deskdrill.rules.matching import Phrases, contains, expression, folded, has_match, messages_of, phrase_of
from deskdrill.rules.strategies import PHRASES, messages

UNSEEN = (
    "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\N{ZERO WIDTH NO-BREAK SPACE}\N{VARIATION SELECTOR-16}"
)
# Few letters, so that phrases overlap, end within one another and stand at the edges of words.
TIGHT = st.text(alphabet="ab -'\N{COMBINING ACUTE ACCENT}退\N{GRINNING FACE}", max_size=8)
TEXTS = st.lists(st.one_of(messages(), TIGHT, st.text(max_size=12)), max_size=5)
LOOKED_FOR = st.lists(
    st.one_of(st.sampled_from(PHRASES), TIGHT, st.text(max_size=4)).filter(folded), max_size=6, unique=True
)


def goes_on(character):
    """Whether a character is a part of a word, said in another way than in the product."""
    unspaced = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "BOPOMOFO")
    if unicodedata.name(character, "").startswith(unspaced):
        return False
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc", "Me", "Pc", "No", "Nl")


def slowly_contains(text, phrase):
    """Every place of the folded text is tried, with its neighbours."""
    text, phrase = f" {folded(text)} ", folded(phrase)
    return any(
        text[start : start + len(phrase)] == phrase
        and not (goes_on(text[start - 1]) and goes_on(phrase[0]))
        and not (goes_on(phrase[-1]) and goes_on(text[start + len(phrase)]))
        for start in range(1, len(text) - len(phrase))
    )


@st.composite
def with_unseen(draw):
    """A text, and the same with characters in it that nobody sees."""
    text = draw(st.one_of(messages(), st.text(max_size=12)))
    places = draw(st.lists(st.tuples(st.integers(0, len(text)), st.sampled_from(UNSEEN)), max_size=4))
    broken = text
    for place, unseen in sorted(places, reverse=True):
        broken = broken[:place] + unseen + broken[place:]
    return text, broken


def tellable(text):
    """Whether `goes_on` can tell every character's script from its name: beyond these there are names of many forms."""
    return all(ord(character) < 0x2E80 or character in "退款\N{GRINNING FACE}" for character in text)


@given(texts=TEXTS, phrases=LOOKED_FOR)
@example(texts=["abab a ab"], phrases=["ab", "b a", "a ab", "abab", "b"])
@example(texts=["", "a"], phrases=["a"])
@example(texts=["a\nb", "b a"], phrases=["a b"])
def test_many_phrases_are_found_at_once_as_each_is_found_alone(texts, phrases):
    found = Phrases(map(phrase_of, phrases)).found_in(texts)
    for phrase in phrases:
        expected = [index for index, text in enumerate(texts) if contains(text, phrase)]
        assert list(found.get(phrase_of(phrase), ())) == expected


@given(
    text=st.one_of(messages(), TIGHT, st.text(max_size=12)), phrase=LOOKED_FOR.filter(bool).map(lambda some: some[0])
)
def test_a_phrase_is_found_where_trying_every_place_finds_it(text, phrase):
    assume(tellable(folded(text) + folded(phrase)))
    assert contains(text, phrase) == slowly_contains(text, phrase)


@given(st.one_of(messages(), st.text()))
def test_folding_twice_changes_nothing(text):
    assert folded(folded(text)) == folded(text)


@given(with_unseen())
def test_characters_that_nobody_sees_do_not_count(pair):
    text, broken = pair
    assert folded(broken) == folded(text)


@given(phrase=st.one_of(st.sampled_from(PHRASES), st.text(max_size=6)).filter(folded), before=TIGHT, after=TIGHT)
def test_a_phrase_between_spaces_is_found_in_capitals_too(phrase, before, after):
    assert contains(f"{before} {phrase} {after}", phrase)
    assume(folded(phrase.upper()) == folded(phrase))
    assert contains(f"{before} {phrase.upper()} {after}", phrase)


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("I want a REFUND!", "refund", True),
        ("my refunds", "refund", False),
        ("non-refundable", "refund", False),
        ("pre-refund check", "refund", True),
        ("cancel\n\t my   plan", "cancel my", True),
        ("cancel\N{NO-BREAK SPACE}my plan", "cancel my", True),
        ("cancelmy plan", "cancel my", False),
        ("can\N{ZERO WIDTH SPACE}cel my plan", "cancel my", True),
        ("can\N{SOFT HYPHEN}cel my plan", "cancel my", True),
        ("İADE istiyorum", "iade", True),
        ("iade", "İADE", True),
        ("ISI", "ısı", True),
        ("I\N{COMBINING DOT ABOVE}ade", "iade", True),
        ("STRASSE", "straße", True),
        ("cafe\N{COMBINING ACUTE ACCENT}", "café", True),
        ("café", "cafe", False),
        ("cafe\N{COMBINING ACUTE ACCENT}s", "café", False),
        ("n\N{COMBINING DOT BELOW}\N{COMBINING DIAERESIS}o", "no", False),
        ("i love it\N{GRINNING FACE}", "\N{GRINNING FACE}", True),
        ("i love it\N{GRINNING FACE}", "it", True),
        ("\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}", "\N{HEAVY BLACK HEART}", True),
        ("I DON\N{RIGHT SINGLE QUOTATION MARK}T know", "don't", True),
        ("we use C++ here", "c++", True),
        ("see /developers/keys", "/developers", True),
        ("snake_case", "snake", False),
        ("route66", "route", False),
        ("我要退款", "退款", True),
        ("ｒｅｆｕｎｄ", "refund", True),
        ("ΟΔΟΣ", "οδος", True),
        ("отмените Заказ", "заказ", True),
        ("refund", "refund please", False),
        ("", "refund", False),
    ],
)
def test_what_is_found(text, phrase, found):
    assert contains(text, phrase) is found
    assert (phrase_of(phrase) in Phrases([phrase_of(phrase)]).found_in(["x", text])) is found


def test_lone_surrogates_of_broken_exports_are_ordinary_characters():
    assert contains("\ud800 refund \udfff", "refund")
    assert list(Phrases(["refund"]).found_in(["\ud800 refund"])["refund"]) == [0]
    assert has_match("\ud800 refund", "refund")


@pytest.mark.parametrize("nothing", ["", "  ", "\N{ZERO WIDTH SPACE}", "\n"])
def test_a_phrase_of_nothing_is_refused(nothing):
    with pytest.raises(BadValue, match="at least one character that can be seen"):
        phrase_of(nothing)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("(", "missing )"), ("(?=a)b", "invalid perl operator"), (r"(a)\1", "invalid escape sequence")],
)
def test_expressions_that_cannot_run_in_linear_time_are_refused(pattern, reason):
    with pytest.raises(BadValue) as refused:
        expression(pattern)
    assert f"`{pattern}` is not an RE2 expression" in str(refused.value)
    assert reason in str(refused.value)


def test_an_expression_that_takes_other_engines_years_takes_none():
    assert not has_match("a" * 5000 + "b", "^(a+)+$")


def test_a_phrase_is_too_long_before_it_would_end_the_process():
    longest = "x" * 1_000
    assert list(Phrases([longest]).found_in([longest])) == [longest]
    with pytest.raises(ValueError, match="a phrase has at most 1,000 characters"):
        Phrases(["x" * 1_001])
    with pytest.raises(BadValue, match="a phrase has at most 1,000 characters, found 1,001"):
        phrase_of("x" * 1_001)


@given(st.one_of(messages(), st.text()))
def test_a_burst_has_all_that_was_written_and_a_line_is_one_message(text):
    said = messages_of(text)
    assert said
    assert "".join("".join(said).split()) == "".join(text.split())
    assert len(said) == 1 or all(message.strip() and "\n" not in message for message in said)
    assert messages_of(" ".join(said).replace("\n", " ")) == (" ".join(said).replace("\n", " "),)


def test_what_is_cleaned_is_what_is_listed() -> None:
    from deskdrill.rules.matching import _CLEANED, _cleaned

    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert _cleaned(every) == every.translate(_CLEANED)


@given(st.text(max_size=30) | st.text(" \t\x0b\x1c\x85\xa0\u2003\u3000ab", max_size=12))
def test_blanks_are_single_and_between_words_only(text: str) -> None:
    assert folded(text) == " ".join(folded(text).split())
