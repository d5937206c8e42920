"""A policy with better and worse recognisers: the same customers, the same mistakes, and guards that leak by a definition of their own."""

from __future__ import annotations

import dataclasses
from functools import cache
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import (
    ANSWERS,
    CAREFUL,
    DEFLECT,
    HUMANS,
    ROUTING,
    SMALL,
    one_desk,
    policy_of,
    rows_of,
    scenario_of,
    small_desk,
)

from deskdrill.rules import FactColumns, Recognition, guard_for
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.guesses import meanings
from deskdrill.simulator.leaks import Leak, bot_answered, leaks_of_guards, leaks_of_intents
from deskdrill.simulator.noise import Noise
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.sweep import MEASURES, Leaking, Sweep, swept
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
LEAKY = CAREFUL.replace("articles: {confidence_at_least: 0.4, unless_help_centre_within: 15m}", "articles: {confidence_at_least: 0}")
WITH_CLOCK = f"""
policy: with-clock
guards:
  - {{id: evenings, when: {{time: {{during: Mon-Sun 18-23}}}}, forbid: bot}}
  - {{id: busy, when: {{queue.billing.length: {{gte: 2}}}}, forbid: bot}}
  - {{id: topics, when: {{message.intent: complaint}}, forbid: bot}}
bot:
  answers: {{confidence_at_least: 0.2, confirm: true}}
{ROUTING}
"""


@cache
def small_sweep(workers: int = 1, text: str = LEAKY) -> Sweep:
    return swept(one_desk(), policy_of(text), (0.6, 0.9), 3, seed=4, workers=workers)


# Laws.

@some
@given(scenarios(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32), st.integers(0, 3))
def test_what_a_recogniser_is_right_about_a_better_one_is_right_about_too(scenario: Scenario, a: float, b: float, seed: int, turn: int) -> None:
    desk = small_desk(scenario)
    noise, names = Noise(desk), desk.intent_names
    rows = np.arange(len(desk.pool.texts), dtype=np.int32)
    truth = meanings(desk.pool, names)
    worse, better = (noise.desk(accuracy).recogniser(Draws(seed, 0)).guesses(rows, rows, 1, turn) for accuracy in sorted((a, b)))
    right = worse.codes == truth
    assert (better.codes[right] == truth[right]).all()
    np.testing.assert_array_equal(better.confidence[right], worse.confidence[right])
    wrong = better.codes != truth
    np.testing.assert_array_equal(better.codes[wrong], worse.codes[wrong])


@some
@given(scenarios(), st.floats(0, 1))
def test_the_rows_of_a_noisy_recogniser_sum_to_1_and_are_that_often_right(scenario: Scenario, accuracy: float) -> None:
    desk = small_desk(scenario)
    recogniser = Noise(desk).recogniser(accuracy)
    shares = recogniser.shares(tuple(scenario.intents))
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(shares.diagonal()[:-1], accuracy, atol=1e-12)
    assert (shares >= 0).all()
    assert type(recogniser).model_validate_json(recogniser.model_dump_json(by_alias=True)) == recogniser


def test_small_talk_is_taken_for_what_the_desk_s_own_takes_it_for() -> None:
    noise = Noise(one_desk())
    rows = [noise.recogniser(accuracy).shares(tuple(SMALL["intents"]))[-1] for accuracy in (0.2, 0.9)]
    np.testing.assert_allclose(rows[0], rows[1])
    np.testing.assert_allclose(rows[0], noise.small_talk, atol=1e-12)


def test_every_setting_meets_the_same_customers() -> None:
    sweep = small_sweep()
    assert sweep.accuracies == (1.0, 0.9, 0.6, None)
    for replication in range(3):
        assert len({row[replication].population_hash for row in sweep.outcomes}) == 1


def test_the_result_is_the_same_on_any_number_of_workers() -> None:
    one, two = small_sweep(), small_sweep(workers=2)
    for a, b in zip((each for row in one.outcomes for each in row), (each for row in two.outcomes for each in row), strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        assert dataclasses.replace(a, values=b.values) == b


def test_first_messages_are_recognised_as_often_as_the_setting_says() -> None:
    sweep = small_sweep()
    assert sweep.recognised(0).value == 1
    assert sweep.heard(0).value == 1
    for setting, accuracy in ((1, 0.9), (2, 0.6)):
        assert sweep.recognised(setting).value == pytest.approx(accuracy, abs=0.05)
        assert sweep.heard(setting).value == pytest.approx(accuracy, abs=0.2)


def test_the_own_setting_is_the_run_that_everybody_sees() -> None:
    sweep = small_sweep()
    run = simulate(one_desk(), policy_of(LEAKY), 4, 1)
    own = sweep.outcomes[-1][1]
    assert own.guards == leaks_of_guards(run)
    assert own.intents == leaks_of_intents(run)


# Leaks, counted the slow way.

def facts_by_truth(run: Run, row: dict[str, Any], problem: dict[str, Any], text: str) -> dict[str, object]:
    """What a rule would see of a first message, were everything known and recognised."""
    people, number = run.population, row["problem"]
    since_s = people.help_centre_s[number]
    return {
        "customer.plan": people.plan_names[people.plan[number]],
        "customer.tenure": float(people.tenure_s[number]),
        "customer.contacts_30d": float(people.contacts_30d[number] + row["attempt"] - 1),
        "customer.flags": {flag for bit, flag in enumerate(people.flag_names) if int(people.flags[number]) >> bit & 1},
        "customer.language": "en",
        "customer.help_centre_visit": None if np.isnan(since_s) else float(since_s),
        "page.url": run.desk.page_names[people.page[number]],
        "message.text": text,
        "message.intent": problem["intent"],
        "message.confidence": 1.0,
        "conversation.channel": row.get("channel", "chat"),
        "conversation.attempt": row["attempt"],
        "time": float(run.desk.scenario.clock.second_of_week(np.array([row["starts_s"]]))[0]),
    }


def slow_leaks(run: Run) -> tuple[list[Leak], list[Leak]]:
    """The definitions once more, one conversation at a time, from the tables."""
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    problems = {row["problem"]: row for row in tables["problems"]}
    answered: set[int] = set()
    opening: dict[int, str] = {}
    for row in tables["messages"]:
        of = row["conversation"]
        is_customer = row["author"] == "customer"
        opening.setdefault(of, run.desk.pool.texts[row["text_code"]] if is_customer else "")
        kind = "" if is_customer or row["author"] != "bot" or run.replies is None else run.replies.kinds[row["text_code"]]
        answered |= {of} if kind.startswith(("answer ", "article ")) else set()
    policy, scenario = run.policy.policy, run.desk.scenario
    guards = [[0, 0] for _ in policy.guards]
    intents = {name: [0, 0] for name, intent in scenario.intents.items() if intent.sensitive}
    for number, row in enumerate(tables["conversations"]):
        problem = problems[row["problem"]]
        facts = facts_by_truth(run, row, problem, opening[number])
        for counts, guard in zip(guards, policy.guards, strict=True):
            held = guard_for(dataclasses.replace(policy, guards=(guard,)), facts) is not None
            counts[0] += held
            counts[1] += held and number in answered
        counts = intents.get(problem["intent"], [0, 0])
        counts[0] += 1
        counts[1] += number in answered
    return [Leak(*each) for each in guards], [Leak(*each) for each in intents.values()]


@pytest.mark.parametrize("text", [LEAKY, ANSWERS, HUMANS, DEFLECT])
@pytest.mark.parametrize("recogniser", [None, {"kind": "confusion", "right": 0.6, "unknown": 0.1}])
def test_leaks_are_what_the_definition_says(text: str, recogniser: dict[str, Any] | None) -> None:
    run = simulate(small_desk(scenario_of(recogniser=recogniser)), policy_of(text), 5)
    assert (list(leaks_of_guards(run)), list(leaks_of_intents(run))) == slow_leaks(run)


@some
@given(scenarios(recorded=False).filter(lambda scenario: scenario.steady_state is None and not scenario.backlog), st.integers(0, 2**32))
def test_leaks_of_any_scenario_are_what_the_definition_says(scenario: Scenario, seed: int) -> None:
    run = simulate(small_desk(scenario), policy_of(LEAKY), seed)
    assert (list(leaks_of_guards(run)), list(leaks_of_intents(run))) == slow_leaks(run)


def test_guards_hold_one_by_one_whatever_stands_before_them() -> None:
    run = simulate(one_desk(), policy_of(LEAKY), 5)
    facts = [{"customer.plan": "trial", "message.intent": "refund"}, {"message.intent": "complaint"}, {}]
    assert run.policy.guards_holding(FactColumns(facts)).tolist() == [[True, False, False], [True, True, False]]


def test_guards_by_the_clock_and_live_queues_are_asked_what_the_clock_said() -> None:
    run = simulate(one_desk(), policy_of(WITH_CLOCK), 5)
    evenings, busy, topics = leaks_of_guards(run)
    assert evenings.kept > 20
    assert busy.kept > 10
    # What the clock says is known when the bot begins: only recognising can go wrong.
    assert (evenings.leaked, busy.leaked) == (0, 0)
    assert 0 < topics.leaked < topics.kept


def test_a_guard_on_the_text_never_leaks() -> None:
    words = "\npolicy: words\nguards:\n  - {id: words, when: {message.text: {contains_any: [refund]}}, forbid: bot}\nbot:\n  answers: {confidence_at_least: 0}\n" + ROUTING
    sweep = swept(one_desk(), policy_of(words), (0.3,), 2, seed=4)
    leaking = sweep.of_guard(0)
    assert leaking.kept(0) > 40
    assert [leaking.leaked(setting) for setting in range(3)] == [0, 0, 0]
    assert 0 < leaking.share(1).high < 0.05
    assert leaking.crossing(0.05).low == inf


def test_where_no_bot_answers_nothing_leaks() -> None:
    run = simulate(one_desk(), policy_of(HUMANS), 5)
    assert not bot_answered(run).any()
    assert all(each.leaked == 0 for each in leaks_of_intents(run))


# Known answers: from which error rate on.

def leaking(*by_setting: list[tuple[int, int]], accuracies: tuple[float | None, ...] = (1.0, 0.9, 0.8, 0.6, None)) -> Leaking:
    """Leaks by setting and replication, each as (kept, leaked)."""
    return Leaking("guard", "g", accuracies, [[Leak(*each) for each in row] for row in by_setting])


NONE = [(1000, 0), (1000, 0)]


@pytest.mark.parametrize(
    ("leaked", "at"),
    [((10, 20, 40), 0.1), ((5, 15, 40), 0.15), ((0, 0, 40), 0.25), ((0, 0, 9), inf), ((40, 40, 40), 0.025)],
)
def test_an_error_rate_is_read_off_straight_lines(leaked: tuple[int, ...], at: float) -> None:
    found = leaking(NONE, *([(1000, each), (1000, each)] for each in leaked), NONE).crossing(0.01)
    assert found.at == pytest.approx(at)
    assert found.low <= found.at <= found.high


def test_the_interval_is_where_the_ends_of_the_intervals_reach_it() -> None:
    """Two replications that are d apart have 95 % intervals of ± 12.7062 d / 2."""
    rows = ([(100_000, at * 1000 - 10), (100_000, at * 1000 + 10)] for at in (1, 2, 4))
    found = leaking([(100_000, 0)] * 2, *rows, [(100_000, 0)] * 2).crossing(0.01)
    half = 12.7062 * 10 / 100_000
    assert found.at == pytest.approx(0.1)
    assert found.low == pytest.approx(0.1 * 0.01 / (0.01 + half), rel=1e-4)
    assert found.high == pytest.approx(0.1 + 0.1 * half / 0.01, rel=1e-4)


def test_what_leaks_anyway_does_not_count() -> None:
    anyway = leaking([(100, 30)] * 2, *([(100, 30 + each)] * 2 for each in (0, 0, 4)), [(100, 30)] * 2)
    assert anyway.more(3).value == pytest.approx(0.04)
    assert anyway.crossing(0.02).at == pytest.approx(0.3)


def test_few_conversations_are_no_proof_that_nothing_leaks() -> None:
    few = leaking(*[[(3, 0), (2, 0)]] * 5)
    assert few.share(1).value == 0
    assert 0.3 < few.share(1).high < 0.6
    found = few.crossing(0.01)
    assert (found.at, found.high) == (inf, inf)
    assert found.low < 0.01


def test_nobody_to_keep_is_no_share() -> None:
    nobody = leaking(*[[(0, 0), (0, 0)]] * 5)
    assert np.isnan(nobody.share(1).value)
    assert (nobody.kept(1), nobody.share(1).n) == (0, 0)
    assert nobody.crossing(0.01).low == 0
    assert nobody.crossing(0.01).high == inf


def test_one_replication_may_be_anywhere() -> None:
    one = leaking([(1000, 0)], [(1000, 30)], [(1000, 50)], [(1000, 90)], [(1000, 0)]).crossing(0.01)
    assert (one.low, one.high) == (0, inf)


def test_measures_are_those_of_the_catalogue() -> None:
    sweep = small_sweep()
    assert sweep.measure(0, "helped_rate").n == 3
    assert all(sweep.measure(setting, name).n == 3 for setting in range(4) for name in MEASURES)


def test_worse_recognisers_misroute_more_and_guards_leak_more() -> None:
    sweep = small_sweep()
    misrouted = [sweep.measure(setting, "misroute_rate").value for setting in range(3)]
    leaked = [sweep.of_guard(1).share(setting).value for setting in range(3)]
    assert misrouted == sorted(misrouted)
    assert leaked == sorted(leaked)
    assert leaked[0] == 0
    assert leaked[2] > 0.05


def test_noise_of_a_matrix_is_its_own_mistakes() -> None:
    matrix = {"kind": "confusion", "right": 0.8, "rows": {"refund": {"refund": 0.5, "invoice": 0.3, "complaint": 0.1}}, "confidence": {"wrong": 0.4}}
    desk: Desk = small_desk(scenario_of(recogniser=matrix))
    noisy = Noise(desk).recogniser(0.9)
    np.testing.assert_allclose(noisy.shares(tuple(SMALL["intents"]))[0], [0.9, 0.06, 0, 0.02, 0, 0, 0.02])
    assert noisy.confidence == desk.scenario.recogniser.confidence  # type: ignore[union-attr]


def test_noise_errs_as_the_own_does_where_customers_write_in_two_languages() -> None:
    """More than half of them write in German, in which all is taken for invoices, else for complaints; a fifth of the texts is German."""
    segments = {name: {**each, "languages": {"en": 0.45, "de": 0.55}, "intents": {"refund": 0.5, "how_to": 0.5}} for name, each in SMALL["segments"].items()}
    desk = small_desk(scenario_of(segments=segments, messages={"texts_per_intent": 400}))
    german = desk.pool.languages == desk.pool.language_names.index("de")
    said, sure = np.where(german, np.int16(1), np.int16(3)), np.where(german, np.float32(0.25), np.float32(0.75))
    noise = Noise(dataclasses.replace(desk, recognition=Recognition(desk.intent_names, said, sure)))
    shares = noise.recogniser(0.9).shares(tuple(SMALL["intents"]))[0]
    np.testing.assert_allclose(shares[:4], [0.9, 0.055, 0, 0.045], atol=1e-3)
    assert [band["from"] for band in noise.confidence["wrong"]].count(0.25) == 6
