"""The shipped phrasebooks: laws that hold for all of them, and what each language has of its own."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.documents import Document, parse_document, read_document
from deskdrill.errors import InputError
from deskdrill.rules.recogniser import LexicalRecogniser
from deskdrill.scenarios import load_phrasebook, phrasebook
from deskdrill.scenarios.intents import INTENTS
from deskdrill.scenarios.loading import load_scenario, scenario_from_document
from deskdrill.scenarios.phrasebook import (
    FollowUps,
    Phrasebook,
    Wording,
    is_held_out,
    phrasebook_from_document,
    slots_of,
)
from deskdrill.scenarios.pool import Kind, phrasebook_pool
from deskdrill.scenarios.strategies import phrasebook_data
from deskdrill.simulator.desk import open_desk

SHIPPED = tuple(sorted(Path(str(each)).stem for each in (files("deskdrill.scenarios") / "library" / "phrasebook").iterdir()))
OTHERS = tuple(language for language in SHIPPED if language != "en")
REGISTERS = {"plain", "terse", "polite", "long", "upset"}
COMMON = frozenset(
    ("order_status", "return_policy", "refund", "invoice", "change_card", "login_help", "pricing", "cancellation", "failed_payment",
     "shipping_time", "get_card", "lost_or_stolen", "how_to", "api_help")
)  # fmt: skip
WORLD = {
    "change card": "change_card",
    "update billing details": "billing_details",
    "change profile picture": "change_profile",
    "add users": "add_users",
    "shipping time": "shipping_time",
    "size": "sizing",
    "costs": "shipping_cost",
    "return policy": "return_policy",
    "order status": "order_status",
    "status update": "status_update",
    "appointment change": "appointment_change",
    "data use or breach": "data_breach",
    "pricing": "pricing",
    "upgrade": "upgrade",
    "cancellation": "cancellation",
    "failed payment": "failed_payment",
    "disputed charge": "disputed_charge",
    "API or Python": "api_help",
    "hard troubleshooting": "troubleshooting",
    "VIP request": "vip_request",
    "emotional complaint": "complaint",
    "at-risk account": "at_risk_account",
}
SAID_LONGER_TOO = frozenset(
    ("money back", "can t log in", "add another user", "any update", "error {}", "withdrawal fee", "top up", "no", "yes",
     "never mind", "i meant")
)  # fmt: skip
"""English wordings that customers write and that stand in a longer learnt one: shipped results rest on their places."""
LETTERS = {
    "de": "äöüß", "en": "", "es": "áéíóúñ¿¡", "fr": "éèêàçôùœ", "id": "", "pt": "ãõáéíóúêôç", "ru": "ёйщъыэюя",
    "tr": "ıİşğçöüâ",
}  # fmt: skip
"""Letters and marks without which a language looks odd."""
every_language = pytest.mark.parametrize("language", SHIPPED)
every_other_language = pytest.mark.parametrize("language", OTHERS)


def lists_of(book: Phrasebook) -> dict[str, Sequence[Wording]]:
    """All lists of wordings of a book that are split into learnt and held-out ones."""
    return {
        **{name: intent.wordings for name, intent in book.intents.items()},
        **{kind: getattr(book.follow_ups, kind).wordings for kind in FollowUps.model_fields},
    }


def vague_of(book: Phrasebook) -> Sequence[Wording]:
    assert book.vague is not None
    return book.vague.wordings


def wordings_of(book: Phrasebook) -> Iterator[Wording]:
    for wordings in (*lists_of(book).values(), vague_of(book)):
        yield from wordings


def texts_of(book: Phrasebook) -> Iterator[str]:
    """Everything that a customer or a bot may say in a book's words."""
    yield from (wording.text for wording in wordings_of(book))
    for intent in book.intents.values():
        yield from (intent.answer, intent.article)
    yield from (*book.greetings, *book.closings, *book.joins)
    yield from (value for slot in book.slots.values() for value in (slot if isinstance(slot, tuple) else ()))


def held_out(wordings: Sequence[Wording]) -> list[Wording]:
    return [wording for number, wording in enumerate(wordings) if is_held_out(number)]


def learnt(wordings: Sequence[Wording]) -> list[Wording]:
    return [wording for number, wording in enumerate(wordings) if not is_held_out(number)]


def words(text: str) -> str:
    """The words of a text without casing and punctuation, every slot alike; a text without words as it is."""
    # A folded `İ` is an `i` with a dot above.
    folded = re.sub(r"\{\w+\}", "{}", text).casefold().replace("\u0307", "")
    return " ".join(re.findall(r"\w+|\{\}", folded)) or text


def without_slots(text: str) -> str:
    return re.sub(r"\{\w+\}", " ", text)


def test_at_least_eight_languages_ship() -> None:
    assert set(SHIPPED) >= {"en", "de", "es", "fr", "pt", "ru", "tr", "id"}


@every_language
def test_a_book_is_in_the_language_that_its_file_is_named_for(language: str) -> None:
    assert load_phrasebook(language).language == language


def test_every_question_of_the_world_is_an_intent_in_english() -> None:
    assert set(WORLD.values()) <= set(load_phrasebook("en").intents)


def test_english_has_every_intent_that_scenarios_know_in_26_wordings() -> None:
    book = load_phrasebook("en")
    assert set(book.intents) == set(INTENTS)
    assert all(len(intent.wordings) >= 26 for intent in book.intents.values())
    assert len(vague_of(book)) >= 60


@every_other_language
def test_other_languages_have_the_commonest_intents_in_nine_wordings_and_more(language: str) -> None:
    book = load_phrasebook(language)
    assert set(book.intents) >= COMMON
    assert set(book.intents) <= set(INTENTS)
    assert all(len(intent.wordings) >= 9 for intent in book.intents.values())


@every_language
def test_all_that_is_said_later_is_there_in_every_language(language: str) -> None:
    book = load_phrasebook(language)
    assert len(book.follow_ups.ask_person.wordings) >= 15
    assert all(len(getattr(book.follow_ups, kind).wordings) >= 9 for kind in FollowUps.model_fields)
    assert len(vague_of(book)) >= 9
    assert len(book.joins) >= 6
    assert len(book.greetings) >= 6
    assert len(book.closings) >= 6


@every_language
def test_every_intent_is_put_in_every_register(language: str) -> None:
    for name, intent in load_phrasebook(language).intents.items():
        assert {wording.register_ for wording in intent.wordings} == REGISTERS, name


@every_language
def test_customers_write_in_the_registers_that_are_learnt(language: str) -> None:
    wordings = [intent.wordings for intent in load_phrasebook(language).intents.values()]
    written = Counter(wording.register_ for each in wordings for wording in held_out(each))
    taught = Counter(wording.register_ for each in wordings for wording in learnt(each))
    for register in REGISTERS:
        assert abs(written[register] / written.total() - taught[register] / taught.total()) < 0.05


@every_language
def test_no_wording_stands_twice_in_a_book(language: str) -> None:
    said = Counter(words(wording.text) for wording in wordings_of(load_phrasebook(language)))
    assert [text for text, times in said.items() if times > 1] == []


def held_out_and_contained(language: str) -> set[str]:
    """Requests for a person apart: they are a few words that every bot knows, said in longer and shorter ways."""
    return {
        words(kept.text)
        for name, wordings in lists_of(load_phrasebook(language)).items()
        if name != "ask_person"
        for kept in held_out(wordings)
        for wording in learnt(wordings)
        if f" {words(kept.text)} " in f" {words(wording.text)} "
    }


@every_other_language
def test_no_learnt_wording_contains_what_customers_write(language: str) -> None:
    assert held_out_and_contained(language) == set()


def test_no_learnt_wording_contains_what_customers_write_but_some_short_ones_in_english() -> None:
    assert held_out_and_contained("en") == SAID_LONGER_TOO


def alike(one: str, other: str) -> float:
    """The share of the words of both texts that are in each of them, slots apart."""
    a, b = (set(words(without_slots(text)).split()) for text in (one, other))
    return len(a & b) / len(a | b)


def held_out_near_copies(language: str) -> set[str]:
    return {
        words(kept.text)
        for wordings in lists_of(load_phrasebook(language)).values()
        for kept in held_out(wordings)
        for wording in learnt(wordings)
        if alike(kept.text, wording.text) >= 0.75
    }


@every_other_language
def test_nothing_that_customers_write_is_a_near_copy_of_what_is_learnt(language: str) -> None:
    assert held_out_near_copies(language) == set()


def test_one_english_wording_that_customers_write_is_a_near_copy_of_a_learnt_one() -> None:
    assert held_out_near_copies("en") == {"order a virtual card"}


@every_language
def test_every_slot_is_declared_and_every_declared_slot_is_used(language: str) -> None:
    book = load_phrasebook(language)
    assert {slot for wording in wordings_of(book) for slot in slots_of(wording.text)} == set(book.slots)


@every_language
def test_the_values_of_a_slot_are_different_and_plain(language: str) -> None:
    for name, slot in load_phrasebook(language).slots.items():
        values = slot if isinstance(slot, tuple) else ()
        assert len(set(values)) == len(values), name
        assert all("{" not in value for value in values), name


@every_language
def test_texts_are_typeset_as_one_types(language: str) -> None:
    for text in texts_of(load_phrasebook(language)):
        assert unicodedata.is_normalized("NFC", text), text
        assert text == text.strip(), text
        assert "  " not in text, text
        assert not re.search(r"[\t\n\r\u00a0\u00ad\u200b-\u200f\u2010-\u2015\u202f\u2026\ufeff\ufffd\u0307]", text), text
        assert text.count("{") == text.count("}") == len(slots_of(text)), text


@every_language
def test_texts_are_in_the_script_of_their_language(language: str) -> None:
    scripts = Counter(
        unicodedata.name(letter).split()[0]
        for text in texts_of(load_phrasebook(language))
        for letter in without_slots(text)
        if letter.isalpha()
    )
    at_least = {"ru": {"CYRILLIC": 0.95}}.get(language, {"LATIN": 1.0})
    assert set(scripts) <= {"LATIN", *at_least}
    assert all(scripts[script] >= share * scripts.total() for script, share in at_least.items())


@every_language
def test_a_word_is_in_one_script(language: str) -> None:
    for text in texts_of(load_phrasebook(language)):
        for word in re.findall(r"[^\W\d_]+", without_slots(text)):
            assert len({unicodedata.name(letter).split()[0] for letter in word}) == 1, word


@every_language
def test_a_language_has_its_letters(language: str) -> None:
    everything = "".join(texts_of(load_phrasebook(language)))
    assert set(LETTERS[language]) <= set(everything)


@every_language
def test_greetings_and_closings_are_left_to_the_typist(language: str) -> None:
    book = load_phrasebook(language)
    greetings = tuple(f"{words(greeting)} " for greeting in book.greetings)
    closings = tuple(f" {words(closing)}" for closing in book.closings)
    openings = [*vague_of(book), *(wording for intent in book.intents.values() for wording in intent.wordings)]
    for wording in (each for each in openings if each.register_ != "terse"):
        assert not words(wording.text).startswith(greetings), wording.text
    for wording in (each for each in openings if each.register_ in {"polite", "long"}):
        assert not words(wording.text).endswith(closings), wording.text


@every_language
def test_a_bot_says_nothing_that_it_would_have_to_look_up(language: str) -> None:
    book = load_phrasebook(language)
    for intent in book.intents.values():
        assert not slots_of(intent.answer) + slots_of(intent.article)
        assert not re.search(r"[{}@]|https?:", intent.answer + intent.article)
        assert intent.answer.endswith(".")
    answers = [intent.answer for intent in book.intents.values()]
    assert len(set(answers)) == len(answers)


def as_said(book: Phrasebook, wording: Wording, at: int) -> str:
    """A wording with a value of each slot, by its place: other ones for what is learnt and what is written."""
    text = wording.text
    for slot in slots_of(text):
        values = book.slots[slot]
        text = text.replace("{" + slot + "}", values[at] if isinstance(values, tuple) else "4711", 1)
    return text


@every_language
def test_what_customers_write_can_be_recognised_from_what_is_learnt(language: str) -> None:
    book = load_phrasebook(language)
    intents = {name: intent.wordings for name, intent in book.intents.items() if name in COMMON}
    taught = [(as_said(book, wording, 0), name) for name, wordings in intents.items() for wording in learnt(wordings)]
    asked = [(as_said(book, wording, -1), name) for name, wordings in intents.items() for wording in held_out(wordings)]
    recogniser = LexicalRecogniser.learn([text for text, _ in taught], [name for _, name in taught])
    found = recogniser.recognise([text for text, _ in asked])
    right = sum(found.intents[code] == name for code, (_, name) in zip(found.codes, asked, strict=True))
    assert right > 0.6 * len(asked)


def test_shipped_customers_who_ask_for_a_person_are_heard_in_every_language() -> None:
    desk = open_desk(load_scenario("round-the-clock"))
    heard = (desk.recognition.codes == desk.asks_for_person) & (desk.recognition.confidence >= desk.scenario.behaviour.asks_recognised_from)
    for language in range(len(desk.pool.language_names)):
        asks = (desk.pool.kinds == Kind.ASK_PERSON) & (desk.pool.languages == language)
        assert heard[asks].mean() >= 0.8


@every_language
def test_customers_of_a_scenario_write_in_the_language_of_its_phrasebook(language: str) -> None:
    data = plain_scenario()
    shares = dict.fromkeys(COMMON, 1 / len(COMMON))
    data["intents"] = {name: next(iter(data["intents"].values())) for name in COMMON}
    data["segments"] = {name: {**segment, "intents": shares} for name, segment in data["segments"].items()}
    data["messages"] = {"phrasebook": language}
    pool = phrasebook_pool(scenario_from_document(parse_document(json.dumps(data))), load_phrasebook(language))
    assert set(pool.topic_names) == COMMON
    assert all(text.strip() and "{" not in text for text in pool.texts)
    of_its_own = set(LETTERS[language].lower())
    assert 2 * len(of_its_own & set("".join(pool.texts).lower())) >= len(of_its_own)


def test_only_the_language_that_is_used_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def noted(path: Any, place: str) -> Document:
        opened.append(place)
        return read_document(path, place=place)

    load_phrasebook.cache_clear()
    monkeypatch.setattr(phrasebook, "read_document", noted)
    load_phrasebook("tr")
    load_phrasebook("tr")
    assert opened == ["tr.yaml"]


def test_a_language_that_does_not_ship_is_refused_with_one_like_it() -> None:
    with pytest.raises(InputError, match=r"^eng: no such phrasebook; did you mean `en`\?$"):
        load_phrasebook("eng")


def refused(data: dict[str, Any]) -> tuple[list[str], str]:
    """The problems of a phrasebook with its line and column, and its text."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    with pytest.raises(InputError) as error:
        phrasebook_from_document(parse_document(text, "mine.yaml"))
    return str(error.value).splitlines(), text


def place_of(text: str, part: str) -> str:
    before = text[: text.index(part)]
    return f"mine.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


some = settings(max_examples=15)


@some
@given(phrasebook_data(), st.sampled_from((("thingy", "thing"), ("ordre", "order"))))
def test_a_slot_without_values_is_refused_in_a_vague_opening_too(data: dict[str, Any], slots: tuple[str, str]) -> None:
    slot, near = slots
    data["vague"] = {"wordings": [{"text": "hello?"}, {"text": "help"}, {"text": f"about my {{{slot}}}"}]}
    problems, text = refused(data)
    where = place_of(text, '"about my')
    assert problems == [f"{where}: slot `{{{slot}}}` has no values; did you mean `{near}`?"]


@some
@given(phrasebook_data(), st.sampled_from(("greetings", "closings", "joins")))
def test_a_slot_where_nothing_is_filled_in_is_refused(data: dict[str, Any], part: str) -> None:
    data[part] = ["And so", "Dear {who},"]
    problems, text = refused(data)
    where = place_of(text, '"Dear')
    assert problems == [f"{where}: slot `{{who}}` is filled in wordings only"]


@some
@given(phrasebook_data(), st.sampled_from(("answer", "article")))
def test_a_slot_in_what_a_bot_says_is_refused(data: dict[str, Any], part: str) -> None:
    data["intents"]["refund"][part] = "It is on its way, {who}."
    problems, text = refused(data)
    where = place_of(text, '"It is')
    assert problems == [f"{where}: slot `{{who}}` is filled in wordings only"]


@some
@given(phrasebook_data())
def test_a_book_needs_no_vague_openings_and_no_joins(data: dict[str, Any]) -> None:
    without = {key: value for key, value in data.items() if key not in ("vague", "joins")}
    book = phrasebook_from_document(parse_document(json.dumps(without, ensure_ascii=False)))
    assert book.vague is None
    assert book.joins == ()
