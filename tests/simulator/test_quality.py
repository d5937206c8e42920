"""How good a recogniser is: counted by hand, drawn as the matrix says, calibrated where it is built to be."""

from __future__ import annotations

import dataclasses
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import (
    SMALL,
    one_desk,
    policy_of,
    rows_of,
    scenario_of,
    small_book,
    small_desk,
)

from deskdrill.rules import Recognition
from deskdrill.scenarios.corpus import Corpus
from deskdrill.scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from deskdrill.scenarios.pool import FOLLOW_UP_KINDS, Kind, corpus_pool
from deskdrill.scenarios.recognisers import Learnt
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import LANGUAGES, confusions, scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.evaluation import SHOWN, of_pool, of_week
from deskdrill.simulator.guesses import meanings
from deskdrill.simulator.quality import Quality, quality_of
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
NAMES = (*SMALL["intents"], TALK_TO_PERSON, SMALL_TALK)
VENDOR: dict[str, Any] = {"kind": "confusion", "right": 0.8, "unknown": 0.1, "rows": {"refund": {"refund": 0.7, "invoice": 0.2}}, "asks_for_person": 0.95}


def desk_that(codes: Any, confidence: Any, **changed: Any) -> Desk:
    """A desk whose recogniser says this of each text."""
    desk = small_desk(scenario_of(**changed))
    said = np.asarray(codes(meanings(desk.pool, NAMES)), dtype=np.int16)
    sure = np.where(said >= 0, np.broadcast_to(confidence, said.shape), 0).astype(np.float32)
    return dataclasses.replace(desk, recognition=Recognition(NAMES, said, sure))


def shares_of(quality: Quality) -> list[tuple[float, float]]:
    return [(round(each.recall.share, 9), round(each.precision.share, 9)) for each in quality.intents]


# Laws.

@some
@given(st.integers(0, 2**32))
def test_rows_of_the_matrix_are_the_texts_and_shares_add_up(seed: int) -> None:
    rng = np.random.default_rng(seed)
    desk = desk_that(lambda truth: rng.integers(-1, len(NAMES), truth.size), rng.random())
    found = quality_of(desk)
    shown = np.isin(desk.pool.kinds, SHOWN)
    np.testing.assert_array_equal(found.matrix.sum(axis=1), np.bincount(meanings(desk.pool, NAMES)[shown], minlength=len(NAMES)))
    wrong = found.matrix.sum() - np.trace(found.matrix)
    assert sum(each.texts for each in found.mistakes) == wrong
    assert sum(band.share.share for band in found.bands if band.share.of) == pytest.approx(1 - unguessed_of_first(desk))
    for each in (found.accuracy, found.unguessed, found.asks, *(i.recall for i in found.intents)):
        assert 0 <= each.low <= each.share + 1e-9
        assert each.share <= each.high + 1e-9


def unguessed_of_first(desk: Desk) -> float:
    of = of_pool(desk)
    return float(np.average(of.recognition.codes < 0, weights=of.weights))


@some
@given(confusions().filter(lambda data: "rows" in data), st.integers(0, 2**32))
def test_what_a_week_draws_is_within_the_intervals_of_the_given_matrix(recogniser: dict[str, Any], seed: int) -> None:
    """Every row of the table holds what the matrix says, but for one in some thousands."""
    desk = small_desk(scenario_of(recogniser=recogniser, arrivals={**SMALL["arrivals"], "per_week": 4000}))
    found = quality_of(desk, seed=seed)
    assert found.given is not None
    for row, given_row, each in zip(found.matrix, found.given, found.intents, strict=True):
        expected = given_row * row.sum()
        assert (np.abs(row - expected) <= 4.5 * np.sqrt(expected * (1 - given_row)) + 4.5).all()
        assert each.given == given_row[NAMES.index(each.name)]


def test_what_a_week_draws_is_what_a_run_recognises() -> None:
    desk = small_desk(scenario_of(recogniser=VENDOR, returns=None, backlog={"billing": 5}, messages={"out_of_scope": 0.2}))
    of = of_week(desk, seed=7, replication=2)
    run = simulate(desk, policy_of("policy: none\n"), 7, 2)
    tables = tables_of(run)
    of_backlog = {row["problem"] for row in rows_of(tables["problems"]) if row.get("backlog")}
    problem = [row["problem"] for row in rows_of(tables["conversations"])]
    openings = {problem[row["conversation"]]: row for row in rows_of(tables["messages"]) if row["author"] == "customer" and row["turn"] == 0}
    said = [openings[number] for number in sorted(openings) if number not in of_backlog]
    truth = meanings(desk.pool, NAMES)
    assert len(said) == of.truth.size
    assert 0.1 < np.mean(of.truth == NAMES.index(SMALL_TALK)) < 0.3
    assert [truth[row["text_code"]] for row in said] == of.truth.tolist()
    assert [NAMES.index(row["recognised"]) if row["recognised"] else -1 for row in said] == of.recognition.codes.tolist()


def test_texts_of_one_wording_have_one_origin_and_others_another() -> None:
    desk = one_desk()
    of = of_pool(desk)
    for name in SMALL["intents"]:
        mine = of.truth == NAMES.index(name)
        # Two of the six wordings are written by customers.
        assert np.unique(of.origins[mine]).size == 2
        words = [{desk.pool.texts[row].lower().split()[0] for row in of.texts[mine & (of.origins == origin)]} for origin in np.unique(of.origins[mine])]
        assert max(map(len, words)) < 40


@some
@given(scenarios())
def test_first_messages_weigh_as_customers_write_them(scenario: Scenario) -> None:
    """Each segment has its own intents, languages, and share of those who ask for a person or tell nothing at first."""
    desk = small_desk(scenario.model_copy(update={"recogniser": Learnt(kind="learnt")}))
    of, languages = of_pool(desk), desk.pool.language_names
    found = np.zeros((len(desk.intent_names), len(languages)))
    np.add.at(found, (of.truth, desk.pool.languages[of.texts]), of.weights)
    expected, vague = {language: np.zeros(len(found)) for language in LANGUAGES}, scenario.messages.out_of_scope
    for segment in scenario.segments.values():
        asks = segment.temperament.asks_for_person_first
        for language, share in segment.written_in("en").items():
            of_these = segment.share * share * np.array([*((1 - asks) * (1 - vague) * np.array([segment.intents.get(name, 0.0) for name in scenario.intents])), asks, (1 - asks) * vague])
            expected[language] += of_these
    np.testing.assert_allclose(found.T, [expected[language] for language in languages], atol=1e-9)
    assert found.sum() == pytest.approx(1)
    kinds = desk.pool.kinds[of.texts]
    assert not of.weights[~np.isin(kinds, (Kind.OPENING, Kind.ASK_PERSON, Kind.VAGUE))].any()


def test_a_text_weighs_as_often_as_a_week_s_customers_write_such() -> None:
    """Half of the customers write in German, and a quarter of the texts are German."""
    segments = {name: {**each, "languages": {"en": 0.5, "de": 0.5}, "intents": {"refund": 0.2, "invoice": 0.3, "how_to": 0.5}} for name, each in SMALL["segments"].items()}
    desk = small_desk(scenario_of(segments=segments, messages={"out_of_scope": 0.2}, returns=None, arrivals={**SMALL["arrivals"], "per_week": 4000}))
    run, of, size = simulate(desk, policy_of("policy: none\n"), 3), of_pool(desk), len(NAMES)
    opening = run.conversations.opening
    written = np.bincount(2 * meanings(desk.pool, NAMES)[opening] + desk.pool.languages[opening], minlength=2 * size) / opening.size
    expected = np.bincount(2 * of.truth + desk.pool.languages[of.texts], weights=of.weights, minlength=2 * size)
    assert np.abs(written - expected).max() < 4.5 * np.sqrt(0.25 / opening.size)
    assert expected[1::2].sum() == pytest.approx(0.5)


def test_an_intent_that_nobody_has_and_no_message_is_about_is_never_drawn() -> None:
    segments = {name: {**each, "intents": {"refund": 0.6, "invoice": 0.4}} for name, each in SMALL["segments"].items()}
    rows = [(f"{intent} {number}", intent) for intent in ("refund", "invoice") for number in range(9)]
    corpus = Corpus("messages.csv", (), tuple(rows), {"refund": 1, "invoice": 10}, {})
    scenario = scenario_of(recogniser=VENDOR, segments=segments)
    desk = Desk(scenario, corpus_pool(scenario, corpus, small_book()), small_book(), None)
    found = quality_of(desk, real=True, seed=2)
    assert found.matrix[:4].sum(axis=1).astype(bool).tolist() == [True, True, False, False]


# Known answers.

def test_a_matrix_counted_by_hand() -> None:
    """Every refund is taken for an invoice, and of complaints nothing is recognised; all else is right."""
    def said(truth: np.ndarray) -> np.ndarray:
        return np.select([truth == 0, truth == 3], [1, -1], truth)

    intents = {"refund": 0.1, "invoice": 0.3, "how_to": 0.4, "complaint": 0.2}
    segments = {name: {**each, "share": 0.5, "intents": intents} for name, each in SMALL["segments"].items()}
    found = quality_of(desk_that(said, 0.8, segments=segments))
    small_talk = int(np.isin(one_desk().pool.kinds, [kind for kind in FOLLOW_UP_KINDS if kind not in (Kind.ASK_PERSON, Kind.DETAILS)]).sum())
    asks = int((one_desk().pool.kinds == Kind.ASK_PERSON).sum())
    assert found.matrix.tolist() == [
        [0, 40, 0, 0, 0, 0, 0],
        [0, 40, 0, 0, 0, 0, 0],
        [0, 0, 40, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 40],
        [0, 0, 0, 0, asks, 0, 0],
        [0, 0, 0, 0, 0, small_talk, 0],
    ]
    assert found.accuracy.share == pytest.approx(0.7)
    assert found.unguessed.share == pytest.approx(0.2)
    assert found.asks.share == 1
    assert shares_of(found)[:3] == [(0, pytest.approx(float("nan"), nan_ok=True)), (1, 0.75), (1, 1)]
    assert isnan(found.intents[3].precision.share)
    assert isnan(found.intents[-1].precision.share)
    assert [(each.truth, each.taken_for, each.share.share, each.texts) for each in found.mistakes] == [("complaint", None, 1, 40), ("refund", "invoice", 1, 40)]
    assert found.mistakes[1].example in one_desk().pool.texts
    # All guesses are 80 % sure; asks weigh 7.5 %, problems the rest: a tenth of these is wrong, and of a fifth nothing is said.
    right, guessed = 0.075 + 0.925 * 0.7, 0.075 + 0.925 * 0.8
    band = found.bands[8]
    assert (band.share.share, band.right.share, band.says) == (pytest.approx(guessed), pytest.approx(right / guessed), pytest.approx(0.8))
    assert found.calibration_error == pytest.approx(abs(0.8 - right / guessed))
    assert [each.share.share for each in found.at_least] == pytest.approx([guessed, guessed, 0])
    assert found.at_least[2].right.of == 0


def test_a_recogniser_that_is_as_often_right_as_it_is_sure_is_calibrated() -> None:
    rng = np.random.default_rng(11)
    at_once = {**SMALL["segments"]["standard"], "share": 1}
    nobody_asks = {"standard": {**at_once, "temperament": {**at_once["temperament"], "asks_for_person_first": 0}}}
    desk = small_desk(scenario_of(messages={"texts_per_intent": 4000}, segments=nobody_asks, protected=None))
    truth = meanings(desk.pool, NAMES)
    sure = rng.random(truth.size).astype(np.float32)
    codes = np.where(rng.random(truth.size) < sure, truth, (truth + 1) % 4).astype(np.int16)
    found = quality_of(dataclasses.replace(desk, recognition=Recognition(NAMES, codes, sure)), real=True)
    assert found.calibration_error < 0.02
    for band in found.bands:
        assert band.low <= band.says <= band.high
        width = band.right.high - band.right.low
        assert band.right.low - width / 2 <= band.says <= band.right.high + width / 2
    too_sure = dataclasses.replace(desk, recognition=Recognition(NAMES, codes, np.maximum(sure, 0.9)))
    assert quality_of(too_sure, real=True).calibration_error > 0.35


def test_without_a_guess_nothing_is_said_of_how_sure_it_is() -> None:
    found = quality_of(desk_that(lambda truth: np.full(truth.size, -1), 0))
    assert found.accuracy.share == 0
    assert 0 < found.accuracy.high < 0.7
    assert found.unguessed.share == 1
    assert isnan(found.calibration_error)
    assert isnan(found.says)
    assert all(band.right.of == 0 for band in found.bands)
