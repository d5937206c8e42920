from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import load_phrasebook, load_scenario, read_messages, typist
from deskdrill.scenarios.languages import LANGUAGES
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.scenarios.phrasebook import FollowUp, MadeUp, Phrasebook, Wording, is_held_out, phrasebook_from_document
from deskdrill.scenarios.pool import PROBLEM_KINDS, Kind, MessagePool, corpus_pool, phrasebook_pool
from deskdrill.scenarios.registers import MANNERS, Habits, Manner, Register
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import INTENTS, phrasebook_data, phrasebooks, scenario_data, scenarios
from deskdrill.scenarios.strategies import LANGUAGES as SPOKEN
from deskdrill.scenarios.typist import Typist
from deskdrill.scenarios.writing import in_tones, whole
from deskdrill.simulator import open_desk

some = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
NEAT = Manner(tones={}, habits=Habits())


@cache
def shipped_pool() -> MessagePool:
    return phrasebook_pool(load_scenario("saas-week"), load_phrasebook("en"))


NOT_EVERYWHERE = (Kind.VAGUE, Kind.BLURRED, Kind.SWITCHED)
OF_A_TOPIC = (Kind.OPENING, Kind.REPHRASED, Kind.BLURRED)


def abouts(pool: MessagePool, kind: Kind, topic: int) -> set[int]:
    """What texts of a kind that are written by customers with a problem of some topic may be about."""
    others = np.flatnonzero((pool.topic_languages == pool.topic_languages[topic]) & (pool.topic_intents != pool.topic_intents[topic]))
    return {Kind.SWITCHED: set(others.tolist())}.get(kind, {topic if kind in OF_A_TOPIC else -1})


def assert_blocks_hold_what_they_say(pool: MessagePool) -> None:
    assert len(pool.texts) == pool.kinds.size == pool.topics.size == pool.languages.size
    assert pool.starts.shape == pool.sizes.shape == (len(Kind), len(pool.topic_names))
    covered = np.zeros(len(pool.texts), dtype=int)
    for kind in Kind:
        for topic in range(len(pool.topic_names)):
            start, size = int(pool.starts[kind, topic]), int(pool.sizes[kind, topic])
            assert size > 0 or kind in NOT_EVERYWHERE
            assert set(pool.kinds[start : start + size].tolist()) <= {kind}
            assert set(pool.topics[start : start + size].tolist()) <= abouts(pool, kind, topic)
            assert set(pool.languages[start : start + size].tolist()) <= {pool.topic_languages[topic]}
            covered[start : start + size] += 1
    assert covered.all()
    assert (covered[pool.topics >= 0] == 1).all()
    assert all(text.strip() for text in pool.texts)
    for about in set(zip(pool.topic_intents.tolist(), pool.topic_languages.tolist(), strict=True)):
        mine = (pool.topic_intents == about[0]) & (pool.topic_languages == about[1])
        assert pool.topic_shares[mine].sum() == pytest.approx(1)


def rows_of(pool: MessagePool, kind: Kind, topic: int) -> range:
    start = int(pool.starts[kind, topic])
    return range(start, start + int(pool.sizes[kind, topic]))


def texts_of(pool: MessagePool, kind: Kind, topic: int) -> list[str]:
    return [pool.texts[row] for row in rows_of(pool, kind, topic)]


two_books = st.fixed_dictionaries({language: phrasebooks(language=language) for language in SPOKEN})
Books = dict[str, Phrasebook]


def pool_in(scenario: Scenario, books: Books) -> MessagePool:
    return phrasebook_pool(scenario, books["en"], books)


@some
@given(scenarios(), two_books)
def test_blocks_hold_what_they_say(scenario: Scenario, books: Books) -> None:
    pool = pool_in(scenario, books)
    topics = [(language, intent) for language in scenario.languages for intent in scenario.intents_in(language)]
    assert [(pool.language_names[code], name) for code, name in zip(pool.topic_languages, pool.topic_names, strict=True)] == topics
    assert [tuple(scenario.intents)[code] for code in pool.topic_intents] == list(pool.topic_names)
    assert_blocks_hold_what_they_say(pool)


@some
@given(scenarios(), two_books)
def test_every_text_is_made_of_a_wording_of_its_kind_its_topic_and_its_language(scenario: Scenario, books: Books) -> None:
    """A generated wording begins with its language and a number of its own, which no slip of the finger touches."""
    pool = pool_in(scenario, books)
    whole = pool.kinds != Kind.BLURRED
    for text, kind, topic, code in zip(np.array(pool.texts)[whole], pool.kinds[whole], pool.topics[whole], pool.languages[whole], strict=True):
        language = pool.language_names[code]
        book = books[language]
        assert book.vague is not None
        of_kind = {Kind.DETAILS: book.follow_ups.details.wordings, Kind.VAGUE: book.vague.wordings, **{of: getattr(book.follow_ups, of.name.lower()).wordings for of in TAUGHT_LATER}}
        wordings = book.intents[pool.topic_names[topic]].wordings if kind in PROBLEM_KINDS else of_kind[Kind(kind)]
        marks = {mark_of(each.text) for number, each in enumerate(wordings) if is_held_out(number) or kind in (Kind.DETAILS, Kind.VAGUE)}
        assert marks & set(re.findall(rf"{language}\d+", text.lower()))
        assert not re.search(rf"{({*SPOKEN} - {language}).pop()}\d+", text.lower())


@some
@given(scenarios(), two_books)
def test_whoever_was_led_in_circles_has_fewer_words_for_the_same(scenario: Scenario, books: Books) -> None:
    pool, words = pool_in(scenario, books), scenario.behaviour.after_a_loop.words
    assert pool.sizes[Kind.BLURRED].all() == pool.sizes[Kind.BLURRED].any() == (words < 1)
    for topic in range(len(pool.topic_names)):
        openings, fewer = ([text.split() for text in texts_of(pool, kind, topic)] for kind in (Kind.OPENING, Kind.BLURRED))
        for text in fewer:
            assert any(in_order(text, opening) and len(text) == max(1, round(words * len(opening))) for opening in openings)


def in_order(words: list[str], among: list[str]) -> bool:
    rest = iter(among)
    return all(word in rest for word in words)


@some
@given(scenarios(), two_books)
def test_something_else_is_what_others_of_the_same_segments_open_with(scenario: Scenario, books: Books) -> None:
    pool, switches = pool_in(scenario, books), scenario.behaviour.writes_again.switches
    for topic, name in enumerate(pool.topic_names):
        language = pool.language_names[pool.topic_languages[topic]]
        beside = {other for other, each in enumerate(pool.topic_names) if each in scenario.asked_beside(name, language) and pool.topic_languages[other] == pool.topic_languages[topic]}
        rows = rows_of(pool, Kind.SWITCHED, topic)
        assert {int(about) for about in pool.topics[rows]} == (beside if switches else set())
        assert all(pool.texts[row] in texts_of(pool, Kind.OPENING, int(pool.topics[row])) for row in rows)


@some
@given(scenarios(), two_books)
def test_texts_of_one_wording_have_one_origin_and_others_another(scenario: Scenario, books: Books) -> None:
    """Of a burst or of what says it twice, the first wording counts, which is in every text made from it."""
    pool = pool_in(scenario, books)
    marks: dict[int, set[str]] = {}
    for text, kind, origin in zip(pool.texts, pool.kinds, pool.origins.tolist(), strict=True):
        found = set(re.findall(r"[a-z]{2}\d+", text.lower()))
        marks[origin] = marks.get(origin, found) & (marks.get(origin, found) if kind == Kind.BLURRED else found)
    assert all(marks.values())
    only = [min(found) for found in marks.values() if len(found) == 1]
    assert len(only) == len(set(only)) > 5


def test_many_intents_in_two_languages_are_told_apart() -> None:
    names = [f"intent_{number}" for number in range(150)]
    scenario = scenario_from_document(parse_document(json.dumps(plain_scenario())))
    segment = scenario.segments["standard"].model_copy(update={"languages": {"en": 0.5, "de": 0.5}, "intents": dict.fromkeys(names, 1 / 150)})
    many = scenario.model_copy(update={"segments": {"standard": segment}, "intents": dict.fromkeys(names, scenario.intents["refund"])})
    books = {each: load_phrasebook(each) for each in SPOKEN}
    pool = pool_in(many, {each: book.model_copy(update={"intents": dict.fromkeys(names, book.intents["refund"])}) for each, book in books.items()})
    assert len(pool.topic_names) == 300
    assert_blocks_hold_what_they_say(pool)


TAUGHT_LATER = (Kind.ASK_PERSON, Kind.NO, Kind.FRUSTRATED, Kind.THANKS, Kind.LEAVING, Kind.YES)


def mark_of(text: str) -> str:
    """What generated wordings begin with: each its own."""
    return re.findall(r"[a-z]{2}\d+", text)[-1]


@some
@given(scenarios(), two_books, phrasebooks(language="de"))
def test_what_is_written_in_one_language_is_the_same_whatever_others_there_are(scenario: Scenario, books: Books, other: Phrasebook) -> None:
    a, b = pool_in(scenario, books), pool_in(scenario, {**books, "de": other})
    alone = scenario.model_copy(update={"segments": {name: each.model_copy(update={"languages": None}) for name, each in scenario.segments.items()}})
    c = pool_in(alone, books)
    english = [[text for text, code in zip(pool.texts, pool.languages, strict=True) if pool.language_names[code] == "en"] for pool in (a, b, c)]
    assert english[0] == english[1]
    assert set(english[0]) <= set(english[2])
    assert english[0] == english[2] or scenario.intents_in("en") != alone.intents_in("en")


def test_blocks_of_the_shipped_phrasebook_hold_what_they_say() -> None:
    assert_blocks_hold_what_they_say(shipped_pool())


@some
@given(scenarios(), two_books, st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50), st.data())
def test_a_draw_stays_in_its_block(scenario: Scenario, books: Books, u: list[float], data: st.DataObject) -> None:
    pool = pool_in(scenario, books)
    kind = data.draw(st.sampled_from([kind for kind in Kind if pool.sizes[kind].all()]))
    topics = np.array(data.draw(st.lists(st.integers(0, len(pool.topic_names) - 1), min_size=len(u), max_size=len(u))), dtype=np.int16)
    rows = pool.rows(kind, topics, np.array([*u[:-1], np.nextafter(1, 0)]))
    assert (pool.kinds[rows] == kind).all()
    assert all(about in abouts(pool, kind, topic) for about, topic in zip(pool.topics[rows].tolist(), topics.tolist(), strict=True))
    assert (pool.languages[rows] == pool.topic_languages[topics]).all()


@some
@given(scenarios(), two_books)
def test_the_same_phrasebook_makes_the_same_pool(scenario: Scenario, books: Books) -> None:
    a, b = pool_in(scenario, books), pool_in(scenario, books)
    assert a.texts == b.texts
    assert a.digest == b.digest


@some
@given(scenarios(), two_books)
def test_what_customers_write_is_never_learnt_from(scenario: Scenario, books: Books) -> None:
    pool = pool_in(scenario, books)
    assert not set(pool.texts) & set(pool.train_texts)
    kept = {wording.text for language in scenario.languages for wording in held_out(books[language])}
    assert kept
    assert not kept & set(pool.train_wordings)
    assert len(pool.train_texts) == len(pool.train_intents) == len(pool.train_wordings)
    assert set(pool.train_intents) <= {*scenario.intents, "talk_to_person", "small_talk"}


@some
@given(scenarios(), two_books, st.floats(0.01, 1))
def test_who_may_open_without_a_word_on_the_problem_is_never_taught(scenario: Scenario, books: Books, share: float) -> None:
    messages = {"out_of_scope": 0.0}, {"out_of_scope": share}
    without, pool = (pool_in(scenario.model_copy(update={"messages": scenario.messages.model_copy(update=each)}), books) for each in messages)
    assert_blocks_hold_what_they_say(pool)
    vague = pool.kinds == Kind.VAGUE
    assert pool.sizes[Kind.VAGUE].all()
    assert not without.sizes[Kind.VAGUE].any()
    assert [text for text, extra in zip(pool.texts, vague, strict=True) if not extra] == list(without.texts)
    wordings = {each.text for book in books.values() if book.vague for each in book.vague.wordings}
    assert not wordings & set(pool.train_wordings)
    assert set(pool.train_texts) <= set(without.train_texts)


@some
@given(scenarios(), two_books)
def test_a_second_thing_that_is_mentioned_is_one_that_the_same_customers_have(scenario: Scenario, books: Books) -> None:
    messages = scenario.messages.model_copy(update={"mentions_second_intent": 1.0, "out_of_scope": 0.0})
    pool = pool_in(scenario.model_copy(update={"messages": messages}), books)
    openings = np.flatnonzero(pool.kinds == Kind.OPENING).tolist()
    for text, topic in ((pool.texts[row], pool.topics[row]) for row in openings):
        language, name = pool.language_names[pool.topic_languages[topic]], pool.topic_names[topic]
        of_intent = {each: {mark_of(wording.text) for wording in intent.wordings} for each, intent in books[language].intents.items()}
        marks = set(re.findall(rf"{language}\d+", text.lower()))
        beside = {each for each, known in of_intent.items() if marks & known} - {name}
        assert marks & of_intent[name]
        assert beside <= set(scenario.asked_beside(name, language))
        assert len(beside) <= 1
        # What comes first is what it is about.
        assert re.findall(rf"{language}\d+", text.lower())[0] in of_intent[name]


@settings(some, max_examples=5)
@given(phrasebook_data(("refund",)))
def test_a_text_that_customers_write_is_not_learnt_from_another_wording_either(data: dict[str, Any]) -> None:
    for number, wording in enumerate(data["intents"]["refund"]["wordings"]):
        wording.update(text=("money back", "Money back!", "money, back")[number % 3], register="terse")
    book = phrasebook_from_document(parse_document(json.dumps(data, ensure_ascii=False)))
    pool = phrasebook_pool(scenario_from_document(parse_document(json.dumps(plain_scenario()))), book)
    assert any("money, back" in text for text in pool.texts)
    assert not set(pool.texts) & set(pool.train_texts)
    assert "refund" not in pool.train_intents


def held_out(book: Phrasebook) -> list[Any]:
    every = [intent.wordings for intent in book.intents.values()]
    every += [follow_up.wordings for follow_up in dict(book.follow_ups).values() if isinstance(follow_up, FollowUp)]
    return [wording for wordings in every for number, wording in enumerate(wordings) if is_held_out(number)]


def test_at_least_four_of_twelve_shipped_wordings_are_kept_from_the_recogniser() -> None:
    for intent in load_phrasebook("en").intents.values():
        assert len(intent.wordings) >= 12
        assert sum(map(is_held_out, range(len(intent.wordings)))) >= 4
    assert not set(shipped_pool().texts) & set(shipped_pool().train_texts)


def test_every_shipped_intent_has_its_texts_and_each_is_taught() -> None:
    scenario = load_scenario("saas-week")
    pool = shipped_pool()
    assert (pool.sizes[Kind.OPENING] == scenario.messages.texts_per_intent).all()
    assert set(scenario.intents) <= set(pool.train_intents)
    assert {"talk_to_person", "small_talk"} <= set(pool.train_intents)


def test_an_intent_without_wordings_is_refused_with_a_near_miss() -> None:
    book = load_phrasebook("en")
    less = book.model_copy(update={"intents": {name: kept for name, kept in book.intents.items() if name != "api_help"}})
    with pytest.raises(InputError, match=r"no wordings for intent `api_help` in `en`; give some under `messages\.wordings`, or"):
        phrasebook_pool(load_scenario("saas-week"), less)


@some
@given(phrasebook_data(), st.sampled_from(("{thingy}", "{Order}", "{}")))
def test_a_slot_without_values_is_refused_with_its_place(data: dict[str, Any], slot: str) -> None:
    data["intents"]["refund"]["wordings"][1]["text"] = f"about {slot} and {slot}"
    text = json.dumps(data, ensure_ascii=False, indent=1)
    with pytest.raises(InputError) as refused:
        phrasebook_from_document(parse_document(text, "mine.yaml"))
    line = text[: text.index(f"about {slot}")].count("\n") + 1
    assert all(each.startswith(f"mine.yaml:{line}:") and f"slot `{slot}` has no values" in each for each in str(refused.value).splitlines())


@settings(some, max_examples=5)
@given(phrasebooks(), st.text(max_size=5))
def test_a_typist_types_the_same_for_the_same_seed(book: Phrasebook, seed: str) -> None:
    wordings = [wording for intent in book.intents.values() for wording in intent.wordings]
    a, b = Typist(book, seed), Typist(book, seed)
    assert [a.typed(wording) for wording in wordings] == [b.typed(wording) for wording in wordings]


@some
@given(phrasebooks())
def test_a_neat_typist_fills_the_slots_and_changes_nothing_else(book: Phrasebook) -> None:
    typist = Typist(book, "neat", NEAT)
    for wording in (each for intent in book.intents.values() for each in intent.wordings if each.register_ == "plain"):
        typed = typist.typed(wording)
        assert "{" not in typed
        assert "{" in wording.text or typed == wording.text
        outside = [part.split("}")[-1] for part in wording.text.split("{")]
        assert all(part in typed for part in outside)


@some
@given(phrasebooks(), st.text(max_size=5))
def test_no_slot_is_left_open_and_no_text_is_empty(book: Phrasebook, seed: str) -> None:
    typist = Typist(book, seed)
    for wording in (each for intent in book.intents.values() for each in intent.wordings):
        for lead in ("", "I mean,"):
            typed = typist.typed(wording, lead)
            assert typed.strip()
            assert "{" not in typed


def test_what_stands_in_a_slot_does_not_change_with_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    class NextYear(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime(2027, 6, 1, tzinfo=tz)

    def values() -> list[tuple[str, ...]]:
        typist._made_up_values.cache_clear()
        return [typist._made_up_values("en", kind, kind) for kind in get_args(MadeUp.model_fields["faker"].annotation)]

    now = values()
    monkeypatch.setattr("faker.providers.date_time.datetime", NextYear)
    assert values() == now


def test_people_type_as_the_habits_say() -> None:
    book, habits = load_phrasebook("en"), Habits(lower_case_start=0.4, no_end_punctuation=0.3, repeated_punctuation=0.2, greets={"plain": 0.25})
    typist = Typist(book, "habits", Manner(tones={}, habits=habits))
    plain = [each for intent in book.intents.values() for each in intent.wordings if each.register_ == "plain" and each.text[-1] in ".?"]
    typed = [typist.typed(wording) for wording in plain for _ in range(20)]
    many = len(typed)
    assert many > 2000
    assert abs(sum(text[0].islower() for text in typed) / many - 0.4) < 0.04
    assert abs(sum(text[-1] not in ".!?" for text in typed) / many - 0.3) < 0.04
    assert abs(sum(text.endswith(("!!", "...", "??", "?!")) for text in typed) / many - 0.2) < 0.04
    assert abs(sum(text.lower().startswith(tuple(each.lower() for each in book.greetings)) for text in typed) / many - 0.25) < 0.04


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_fingers_slip_as_often_as_the_habits_say(rate: float) -> None:
    typist = Typist(load_phrasebook("en"), "slips", Manner(tones={}, habits=Habits(slips_per_word=rate)))
    wording = Wording(text="seven words that might mislead somebody here")
    typed = [typist.typed(wording) for _ in range(3000)]
    right = sum(len(set(text.split()) & set(wording.text.split())) for text in typed)
    # A space that is missed spoils two words.
    assert 1 - rate * 1.12 - 0.01 < right / (7 * len(typed)) < 1 - rate * 0.95 + 0.01
    assert all(abs(len(text) - len(wording.text)) <= 7 for text in typed)


@given(st.integers(0, 2**32), st.sampled_from(sorted(LANGUAGES)), st.text(st.characters(categories=("L", "Zs", "Po")), min_size=1).filter(str.strip))
def test_a_slip_leaves_the_letters_of_the_language(seed: int, language: str, text: str) -> None:
    book = load_phrasebook("en").model_copy(update={"language": language, "slots": {}})
    typed = Typist(book, str(seed), Manner(tones={}, habits=Habits(slips_per_word=0.9))).typed(Wording(text=text))
    keys = {key for row in LANGUAGES[language].keys for key in (*row, LANGUAGES[language].upper(row))}
    assert set(typed) <= set(text) | {letter for key in keys for letter in key} | {" "}


@given(st.sampled_from(sorted(LANGUAGES)))
def test_neighbours_on_a_keyboard_are_neighbours_of_each_other(language: str) -> None:
    near = LANGUAGES[language].near
    assert all(len(keys) >= 2 and key not in keys and all(key in near[other] for other in keys) for key, keys in near.items())


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [("en", "My ID", "my id"), ("tr", "IŞIK İÇİN", "ışık için"), ("de", "Üben", "üben"), ("ru", "ЁЛКА", "ёлка")],
)
def test_small_letters_are_those_of_the_language(language: str, text: str, typed: str) -> None:
    assert LANGUAGES[language].lower(text) == typed
    assert LANGUAGES[language].lower(LANGUAGES[language].upper(typed)) == typed


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [("de", "Größe Übung", "Groesse Uebung"), ("tr", "sığınağı İŞ", "siginagi IS"), ("ru", "ещё й", "еще й"), ("es", "¿Dónde está?", "¿Donde esta?"), ("pt", "cartão", "cartao")],
)
def test_marks_are_left_out_as_people_of_the_language_do(language: str, text: str, typed: str) -> None:
    assert LANGUAGES[language].plain(text) == typed


@given(st.lists(st.floats(0, 50), min_size=1, max_size=12).filter(lambda numbers: sum(numbers) > 0), st.integers(1, 500))
def test_whole_numbers_keep_the_sum_and_come_near(numbers: list[float], many: int) -> None:
    exact = [many * number / sum(numbers) for number in numbers]
    found = whole(exact)
    assert sum(found) == many
    assert all(abs(a - b) < 1 for a, b in zip(found, exact, strict=True))


@pytest.mark.parametrize("register", MANNERS)
def test_tones_are_written_in_their_shares(register: Register) -> None:
    wordings = load_phrasebook("en").intents["refund"].wordings
    shares = in_tones(wordings, MANNERS[register])
    tones = {wording.register_ for wording in wordings}
    total = sum(MANNERS[register].tones.get(tone, 0) for tone in tones)
    for tone in tones:
        found = sum(share for wording, share in shares if wording.register_ == tone)
        assert found == pytest.approx(MANNERS[register].tones.get(tone, 0) / total)


def test_where_nothing_is_of_a_tone_that_people_write_in_anything_will_do() -> None:
    wordings = [Wording.model_validate({"text": text, "register": "long"}) for text in ("one", "two")]
    assert in_tones(wordings, MANNERS["search-box"]) == [(wordings[0], 0.5), (wordings[1], 0.5)]


LABELLED = "label,text,split\n" + "".join(
    f"{label},{label} {verb} number {number},{split}\n"
    for label in ("money_back", "late_money", "bill", "guide", "angry")
    for verb in ("please", "where")
    for number in range(6)
    for split in ["test" if number % 3 == 2 else "train"]
)
LABELS = {"money_back": "refund", "late_money": "refund", "bill": "invoice", "guide": "how_to", "angry": "complaint"}


def desk_of_labels(data: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> Scenario:
    """A scenario with four intents and a map of labels."""
    intents = {name: next(iter(data["intents"].values())) for name in INTENTS}
    segments = {name: {**segment, "intents": dict.fromkeys(INTENTS, 0.25)} for name, segment in data["segments"].items()}
    messages = {"texts_per_intent": 20, "labels": dict(LABELS if labels is None else labels)}
    for segment in segments.values():
        segment.pop("languages", None)
    changed = {"intents": intents, "segments": segments, "messages": messages, "backlog": {}}
    return scenario_from_document(parse_document(json.dumps({**data, **changed})))


@settings(some, max_examples=5)
@given(scenario_data(), phrasebooks())
def test_customers_write_the_test_rows_and_the_recogniser_learns_the_others(data: dict[str, Any], book: Phrasebook) -> None:
    pool = pool_of(LABELLED, desk_of_labels(data), book)
    assert_blocks_hold_what_they_say(pool)
    openings = {text for text, kind in zip(pool.texts, pool.kinds, strict=True) if kind == Kind.OPENING}
    assert openings == {line.split(",")[1] for line in LABELLED.splitlines()[1:] if line.endswith("test")}
    taught = {(text, intent) for text, intent in zip(pool.train_texts, pool.train_intents, strict=True) if " number " in text}
    assert taught == {
        (text, LABELS[label]) for label, text, split in (line.split(",") for line in LABELLED.splitlines()[1:]) if split == "train"
    }
    assert not set(pool.texts) & set(pool.train_texts)
    assert set(pool.topic_names) == set(LABELS)


def pool_of(content: str, scenario: Scenario, book: Phrasebook, name: str = "m.csv") -> MessagePool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(content, encoding="utf-8")
        return corpus_pool(scenario, read_messages(path), book, {"de": load_phrasebook("de")})


def two_languages_of_labels() -> Scenario:
    data = plain_scenario()
    data["segments"]["standard"]["languages"] = {"en": 0.5, "de": 0.5}
    return scenario_from_document(parse_document(json.dumps(data)))


IN_TWO = "text,label,split,language\n" + "".join(
    f"{text} {number},refund,{part},{language}\n"
    for text, language in (("money back", ""), ("Geld her", "de"), ("devolución", "en"))
    for number, part in enumerate(("train", "train", "test"))
)


def test_real_messages_are_written_by_those_who_speak_their_language() -> None:
    books = {each: load_phrasebook(each) for each in SPOKEN}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.csv"
        path.write_text(IN_TWO, encoding="utf-8")
        pool = corpus_pool(two_languages_of_labels(), read_messages(path), books["en"], books)
        assert_blocks_hold_what_they_say(pool)
        opening = pool.kinds == Kind.OPENING
        found = {pool.language_names[code]: set() for code in range(2)}
        for text, code in zip(np.array(pool.texts)[opening].tolist(), pool.languages[opening], strict=True):
            found[pool.language_names[code]].add(text)
        assert found == {"en": {"money back 2", "devolución 2"}, "de": {"Geld her 2"}}
        only_german = plain_scenario()
        only_german["segments"]["standard"]["languages"] = {"de": 1}
        alone = corpus_pool(scenario_from_document(parse_document(json.dumps(only_german))), read_messages(path), books["en"], books)
        assert {"Geld her 0", "Geld her 1"} <= set(alone.train_texts)
        assert not any("money" in text for text in (*alone.texts, *alone.train_texts))


def test_an_intent_that_nobody_wrote_about_in_a_language_is_refused() -> None:
    with pytest.raises(InputError, match=r"m.csv: no test message for intent `refund` in `de`$"):
        pool_of(IN_TWO.replace(",de", ",en"), two_languages_of_labels(), example_book())


def test_topics_come_up_as_often_as_the_file_has_them() -> None:
    more = LABELLED + "".join(f"late_money,another late one {number},test\n" for number in range(4))
    pool = pool_of(more, desk_of_labels(plain_scenario()), example_book())
    shares = dict(zip(pool.topic_names, pool.topic_shares.tolist(), strict=True))
    assert shares["money_back"] == pytest.approx(4 / 12)
    assert shares["late_money"] == pytest.approx(8 / 12)
    assert shares["bill"] == 1


def test_a_label_without_an_intent_is_refused_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(LABELLED, encoding="utf-8")
    scenario = desk_of_labels(plain_scenario(), {name: intent for name, intent in LABELS.items() if name not in ("bill", "angry")} | {"bil": "invoice"})
    with pytest.raises(InputError) as refused:
        corpus_pool(scenario, read_messages(path), example_book())
    lines = [number for label in ("bill", "angry") for number, line in enumerate(LABELLED.splitlines(), 1) if line.startswith(label)]
    assert str(refused.value).splitlines() == [
        f"{path}:{lines[0]}:1: label `bill` has no intent in `messages.labels` of `generated`; did you mean `bil`?",
        f"{path}:{lines[12]}:1: label `angry` has no intent in `messages.labels` of `generated`",
    ]


def test_an_intent_that_nobody_wrote_about_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("".join(line for line in LABELLED.splitlines(keepends=True) if not line.startswith("bill")), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        corpus_pool(desk_of_labels(plain_scenario()), read_messages(path), example_book())
    assert str(refused.value) == f"{path}: no test message for intent `invoice`"


def test_the_same_messages_in_another_folder_make_the_same_pool() -> None:
    scenario, book = desk_of_labels(plain_scenario()), load_phrasebook("en")
    assert pool_of(LABELLED, scenario, book, "one.csv").digest == pool_of(LABELLED, scenario, book, "other.csv").digest


@cache
def example_book() -> Phrasebook:
    return load_phrasebook("en")


def test_an_intent_of_ones_own_brings_its_wordings() -> None:
    data = plain_scenario()
    shipped = next(iter(data["intents"]))
    for segment in data["segments"].values():
        segment["intents"] = {shipped: 0.5, "gift_card": 0.5}
    data["intents"] = {shipped: data["intents"][shipped], "gift_card": data["intents"][shipped]}
    words = [{"text": text} for text in ("my gift card", "gift card code fails", "where do I enter a voucher")]
    data["messages"] = {"wordings": {"gift_card": {"answer": "Enter it at the till.", "article": "Gift cards", "wordings": words}}}
    scenario = scenario_from_document(parse_document(json.dumps(data)))
    texts = open_desk(scenario).pool.texts
    assert any("voucher" in text.lower() for text in texts)


def test_an_intent_that_nobody_has_words_for_is_refused_at_its_line() -> None:
    data = plain_scenario()
    data["intents"]["gift_card"] = next(iter(data["intents"].values()))
    with pytest.raises(InputError, match="nobody has words for intent `gift_card`"):
        scenario_from_document(parse_document(json.dumps(data)))
