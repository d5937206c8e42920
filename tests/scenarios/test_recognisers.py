"""A recogniser given by the table of a vendor's evaluation page: its shares, and what is said of a table that cannot be."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.scenarios.recognisers import Confusion, bands_of
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import INTENTS, confusions, keywords

HERE = "¦"


def with_recogniser(recogniser: str, intents: tuple[str, ...] = INTENTS) -> tuple[str, str]:
    """A scenario with these intents and that recogniser, and where the mark `¦` stood."""
    data = plain_scenario()
    data["intents"] = dict.fromkeys(intents, data["intents"]["refund"])
    data["segments"]["standard"]["intents"] = {name: 1 / len(intents) for name in intents}
    marked = f"{json.dumps(data)[:-1]},\n  recogniser: {recogniser}}}"
    before, _, after = marked.partition(HERE)
    return before + after, f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def loaded(recogniser: str, intents: tuple[str, ...] = INTENTS) -> Scenario:
    return scenario_from_document(parse_document(with_recogniser(recogniser, intents)[0], "mine.yaml"))


def shares(recogniser: dict[str, Any], intents: tuple[str, ...] = INTENTS) -> list[list[float]]:
    """The whole matrix, rounded."""
    confusion = loaded(json.dumps(recogniser), intents).recogniser
    assert isinstance(confusion, Confusion)
    return np.round(confusion.shares(intents), 9).tolist()


@given(confusions(), st.booleans())
def test_the_shares_of_every_row_sum_to_1_and_none_is_negative(recogniser: dict[str, Any], several: bool) -> None:
    intents = INTENTS if several else INTENTS[:2]
    known = {*intents, TALK_TO_PERSON, SMALL_TALK}
    rows = {name: {each: share for each, share in row.items() if each in known} for name, row in recogniser["rows"].items() if name in known}
    matrix = np.array(shares({**recogniser, "rows": {name: row for name, row in rows.items() if row}}, intents))
    assert matrix.shape == (len(intents) + 2, len(intents) + 3)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)


@given(confusions(("refund",)))
def test_one_intent_can_be_recognised_or_not(recogniser: dict[str, Any]) -> None:
    assert np.allclose(np.sum(shares(recogniser, ("refund",)), axis=1), 1, atol=1e-6)


def test_a_table_as_vendors_give_it() -> None:
    table = {
        "kind": "confusion",
        "right": "80%",
        "unknown": "11%",
        "rows": {"refund": {"refund": "70%", "invoice": "20%", "talk_to_person": "5%"}, "small_talk": {"small_talk": "90%"}},
        "asks_for_person": "95%",
    }
    assert shares(table) == [
        [0.7, 0.2, 0, 0, 0.05, 0, 0.05],
        [0.03, 0.8, 0.03, 0.03, 0, 0, 0.11],
        [0.03, 0.03, 0.8, 0.03, 0, 0, 0.11],
        [0.03, 0.03, 0.03, 0.8, 0, 0, 0.11],
        [0, 0, 0, 0, 0.95, 0, 0.05],
        [0, 0, 0, 0, 0, 0.9, 0.1],
    ]


def test_requests_for_a_person_are_as_any_intent_unless_they_are_said_to_be_otherwise() -> None:
    assert shares({"kind": "confusion", "right": 0.8, "unknown": 0.12})[4:] == [[0.02] * 4 + [0.8, 0, 0.12], [0, 0, 0, 0, 0, 1, 0]]


def test_a_scenario_learns_from_its_texts_unless_it_says_otherwise() -> None:
    plain = scenario_from_document(parse_document(json.dumps(plain_scenario())))
    assert plain.recogniser.kind == "learnt"
    assert loaded("{kind: learnt}").recogniser == plain.recogniser


@given(confusions() | keywords())
def test_a_recogniser_is_the_same_after_it_was_kept(recogniser: dict[str, Any]) -> None:
    """A run folder keeps the scenario as JSON."""
    scenario = loaded(json.dumps(recogniser))
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario


LEVELS = [
    ("80%", [(0.8, 0.8, 1.0)]),
    ("{from: 50%, to: 90%}", [(0.5, 0.9, 1.0)]),
    ("[{share: 40%, from: 90%, to: 1}, {share: 60%, from: 0.5, to: 0.5}]", [(0.9, 1.0, 0.4), (0.5, 0.5, 0.6)]),
]


@pytest.mark.parametrize(("level", "bands"), LEVELS)
def test_confidences_are_a_number_a_band_or_several(level: str, bands: list[tuple[float, float, float]]) -> None:
    recogniser = loaded(f"{{kind: confusion, right: 80%, confidence: {{wrong: {level}}}}}").recogniser
    assert isinstance(recogniser, Confusion)
    assert [(band.from_, band.to, band.share) for band in bands_of(recogniser.confidence.wrong)] == bands


MISTAKES = [
    ("¦learnt", "expected keys and values, found `learnt`"),
    ("¦{right: 80%}", "key `kind` is missing"),
    ("{kind: ¦confuson}", "expected `learnt`, `keywords`, `python` or `confusion`, found `confuson`; did you mean `confusion`?"),
    ("{kind: learnt, ¦right: 80%}", "unknown key `right`; possible here: `kind`"),
    ("¦{kind: confusion}", "intent `refund` has no row under `rows`, and there is no `right` for those without one"),
    ("{kind: confusion, right: ¦80}", "a share is at most 1, found `80`; did you mean `80%`?"),
    ("{kind: confusion, ¦rigth: 80%}", "unknown key `rigth`; did you mean `right`?"),
    ("{kind: confusion, right: 80%, unknown: ¦30%}", "`right` and `unknown` sum to 110%, more than 100%"),
    ("{kind: confusion, right: 80%, rows: {¦refnd: {refund: 70%}}}", "unknown intent `refnd`; did you mean `refund`?"),
    ("{kind: confusion, right: 80%, rows: {refund: {refund: 70%, ¦invoices: 20%}}}", "unknown intent `invoices`; did you mean `invoice`?"),
    ("{kind: confusion, right: 80%, rows: {refund: {refund: 70%, ¦talk_to_persn: 20%}}}", "unknown intent `talk_to_persn`; did you mean `talk_to_person`?"),
    ("{kind: confusion, right: 80%, rows: {refund: ¦{refund: 70%, invoice: 40%}}}", "shares of what `refund` is recognised as sum to 110%, more than 100%"),
    ("{kind: confusion, right: 80%, rows: {refund: ¦{}}}", "expected at least 1 entry, found 0"),
    ("{kind: confusion, right: 80%, rows: {refund: ¦70%}}", "expected keys and values, found `70%`"),
    (
        "{kind: confusion, right: 80%, rows: {talk_to_person: {talk_to_person: 70%}}, asks_for_person: ¦90%}",
        "`asks_for_person` and a row `talk_to_person` both say what requests for a person are recognised as; keep one of them",
    ),
    ("{kind: confusion, right: 80%, confidence: {right: {from: 90%, to: ¦50%}}}", "the band ends at 0.5, below its start at 0.9"),
    ("{kind: confusion, right: 80%, confidence: {right: ¦[{share: 60%, from: 90%, to: 1}]}}", "shares of the bands sum to 60%, not 100%"),
    ("{kind: confusion, right: 80%, confidence: {right: [¦{share: 60%, from: 90%}]}}", "key `to` is missing"),
    ("{kind: confusion, right: 80%, confidence: {wrong: ¦60}}", "a share is at most 1, found `60`; did you mean `60%`?"),
    ("{kind: confusion, right: 80%, confidence: {wrong: {¦fro: 1, to: 1}}}", "unknown key `fro`; did you mean `from`?"),
    ("{kind: confusion, right: 80%, confidence: {wrong: ¦[]}}", "expected at least 1 entry, found 0"),
    ("¦{kind: keywords}", "no phrases; give some under `intents`, or a `file` that has them"),
    ("{kind: keywords, intents: {refund: [money]}, file: ¦words.csv}", "`intents` and `file` both give the phrases; keep one of them"),
    ("{kind: keywords, intents: {¦refnd: [money]}}", "unknown intent `refnd`; did you mean `refund`?"),
    ("{kind: keywords, intents: {refund: ¦money}}", "expected a list, found `money`; did you mean `[money]`?"),
    ("{kind: keywords, intents: {refund: ¦[]}}", "expected at least 1 entry, found 0"),
    ("{kind: keywords, intents: {refund: [money, ¦' ']}}", "a phrase needs at least one character that can be seen"),
    ("{kind: keywords, intents: {refund: [money]}, confidence: ¦90}", "a share is at most 1, found `90`; did you mean `90%`?"),
    ("¦{kind: python}", "key `function` is missing"),
    ("{kind: python, function: ¦'ours:'}", "expected `module:function`, or what a package offers by name, found `ours:`"),
    ("{kind: python, function: ¦ours/guess.py}", "expected `module:function`, or what a package offers by name, found `ours/guess.py`"),
]  # fmt: skip


@pytest.mark.parametrize(("recogniser", "message"), MISTAKES, ids=[recogniser for recogniser, _ in MISTAKES])
def test_a_mistake_is_one_line_with_its_place(recogniser: str, message: str) -> None:
    text, place = with_recogniser(recogniser)
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    assert str(refused.value) == f"mine.yaml:{place}: {message}"


@pytest.mark.parametrize(
    ("recogniser", "message"),
    [
        ("{kind: confusion, right: ¦70%, unknown: 20%}", "`right` and `unknown` sum to 90%, and there is no other intent for the rest"),
        ("¦{kind: confusion, rows: {refund: {refund: 1}}}", "nothing says what requests for a person are recognised as; give `asks_for_person` or `right`"),
    ],
)
def test_where_there_is_one_intent_all_must_be_said(recogniser: str, message: str) -> None:
    text, place = with_recogniser(recogniser, ("refund",))
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    assert str(refused.value) == f"mine.yaml:{place}: {message}"


def test_all_mistakes_of_a_table_are_told_at_once() -> None:
    text, _ = with_recogniser("{kind: confusion, right: 80%, unknown: 30%, rows: {refnd: {refund: 70%, invoces: 40%}}}")
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    assert [line.split(": ", 1)[1] for line in str(refused.value).splitlines()] == [
        "`right` and `unknown` sum to 110%, more than 100%",
        "unknown intent `refnd`; did you mean `refund`?",
        "shares of what `refnd` is recognised as sum to 110%, more than 100%",
        "unknown intent `invoces`; did you mean `invoice`?",
    ]
