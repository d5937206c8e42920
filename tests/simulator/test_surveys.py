"""What customers say when they are asked how it went."""

from __future__ import annotations

from dataclasses import replace
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from slow_measures import assert_measured_alike
from small_desks import (
    CAREFUL,
    HUMANS,
    POLICIES,
    SMALL,
    busy_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)

from deskdrill.rules import Policy, Survey
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.conversations import Outcome
from deskdrill.simulator.metrics import BY_ID, measure
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.surveys import Surveyed, _efforts, _scores, surveyed
from deskdrill.simulator.tables import tables_of

few = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32)
shipped = st.sampled_from(sorted(POLICIES)).map(lambda name: policy_of(POLICIES[name]))
surveys = st.sampled_from((Survey(), Survey(("bot",)), Survey(("person",))))
ANSWERS = ("csat", "ces", "csat_if_asked", "survey_answers", "satisfied", "ease")
SIGMAS = 4.5


def asking(policy: Policy, survey: Survey | None = None) -> Policy:
    return replace(policy, survey=survey or Survey())


def told(run: Run) -> Surveyed:
    found = surveyed(run)
    assert found is not None
    return found


@few
@given(scenarios(), shipped, surveys, seeds)
@example(scenario_of(backlog={"billing": 9}), policy_of(CAREFUL), Survey(), 1)
def test_a_survey_moves_nothing_else(scenario: Scenario, policy: Policy, survey: Survey, seed: int) -> None:
    desk = small_desk(scenario)
    without, with_ = (tables_of(simulate(desk, each, seed)) for each in (policy, asking(policy, survey)))
    for name in without:
        assert same_columns(without[name], with_[name], ANSWERS)
    assert all(np.isnan(without["conversations"][column]).all() for column in ANSWERS[:3])


@few
@given(scenarios(), shipped, surveys, seeds)
def test_who_answers_was_asked_and_who_left_a_queue_was_not(scenario: Scenario, policy: Policy, survey: Survey, seed: int) -> None:
    run = simulate(small_desk(scenario), asking(policy, survey), seed)
    found, table = told(run), run.conversations
    assert not (found.replied & ~found.asked).any()
    for row, csat, ces, replied, asked in zip(rows_of(tables_of(run)["conversations"]), found.csat, found.ces, found.replied, found.asked, strict=True):
        is_over = row["ends_s"] is not None
        assert (1 <= csat <= 5, 1 <= ces <= 7) == (is_over, is_over)
        assert (row["csat"], row["ces"]) == ((csat, ces) if replied else (None, None))
        assert row["csat_if_asked"] == (csat if is_over else None)
        kind = "person" if row["outcome"] == "served" else "bot"
        assert not asked or (kind in survey.after and row["outcome"] in ("served", "helped_by_bot", "left_in_bot"))
        assert not (asked and kind == "bot") or row["bot_turns"] > 0
    assert not found.asked[np.isin(table.outcome, (Outcome.ABANDONED, Outcome.ABANDONED_SILENTLY, Outcome.BLOCKED, Outcome.OPEN))].any()


@few
@given(scenarios(), shipped, surveys, seeds)
@example(scenario_of(segments={n: {**s, "value": 5} for n, s in SMALL["segments"].items()}), policy_of(CAREFUL), Survey(), 3)
def test_the_measures_of_a_survey_are_what_their_definitions_say(scenario: Scenario, policy: Policy, survey: Survey, seed: int) -> None:
    assert_measured_alike(simulate(small_desk(scenario), asking(policy, survey), seed))


@few
@given(scenarios(), st.tuples(shipped, shipped), seeds)
def test_two_policies_meet_the_same_customers_in_the_same_mood(scenario: Scenario, pair: tuple[Policy, Policy], seed: int) -> None:
    """Who is helped at least as well, as soon and with as few transfers and loops, is at least as satisfied."""
    desk = small_desk(scenario)
    one, other = (simulate(desk, asking(policy), seed) for policy in pair)
    first = one.conversations.attempt == 1
    many = int(first.sum())
    a, b = one.conversations, other.conversations
    same = np.ones(many, dtype=bool)
    for name in ("helped", "loop", "touches", "bot_turns", "outcome"):
        same &= getattr(a, name)[:many] == getattr(b, name)[:many]
    late = desk.scenario.behaviour.survey.late_after
    after_s = [run.solved_s - run.population.arrives_s for run in (one, other)]
    same &= (after_s[0] > late) == (after_s[1] > late)
    np.testing.assert_array_equal(told(one).csat[:many][same], told(other).csat[:many][same])
    np.testing.assert_array_equal(told(one).ces[:many][same], told(other).ces[:many][same])


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1, exclude_max=True)), min_size=1, max_size=20))
@example([(0.0, 0.0), (1.0, 0.999999), (0.5, 0.5)])
def test_scores_fall_with_the_uniform_and_are_top_as_often_as_they_should(pairs: list[tuple[float, float]]) -> None:
    share, u = np.array(pairs).T
    scores = _scores(share, u)
    np.testing.assert_array_equal(scores >= 4, u < share)
    assert set(scores.tolist()) <= {1, 2, 3, 4, 5}
    assert (_scores(share, u * 0.5) >= scores).all()
    efforts = _efforts(share, u)
    assert set(efforts.tolist()) <= set(range(1, 8))
    assert (_efforts(share, u * 0.5) >= efforts).all()
    assert (_efforts(np.minimum(share * 1.1, 1), u) >= efforts).all()


@pytest.mark.parametrize("ease", [0.0, 0.3, 0.85, 1.0])
def test_ease_is_one_and_a_binomial_number_of_six(ease: float) -> None:
    many = 200_000
    scores = _efforts(np.full(many, ease), (np.arange(many) + 0.5) / many)
    expected = [comb(6, k) * ease**k * (1 - ease) ** (6 - k) for k in range(7)]
    np.testing.assert_allclose(np.bincount(scores, minlength=8)[1:] / many, expected, atol=2e-5)


def near(many: int, of: int, share: float) -> bool:
    return of > 100 and abs(many - of * share) <= SIGMAS * sqrt(of * share * (1 - share))


def test_shares_are_those_of_the_scenario() -> None:
    """Weeks in which everybody meets a person, and others with a bot that refuses people."""
    runs = [simulate(busy_desk(), asking(policy_of(POLICIES[name])), seed) for name in ("humans", "deflect", "answers") for seed in range(8)]
    pairs = [(run.conversations, told(run), run) for run in runs]

    def counted(which: str) -> list[tuple[int, int]]:
        found = []
        for table, survey, run in pairs:
            since_s = (run.solved_s - run.population.arrives_s)[table.problem]
            served, over, late = table.outcome == Outcome.SERVED, survey.csat > 0, since_s > 4 * 3600
            silent = table.counted_resolved & ~served & (table.ending != 1)
            once = over & (table.touches <= 1)
            chosen, hit = {
                "person": (survey.asked & served, survey.replied),
                "bot": (survey.asked & ~served & ~silent, survey.replied),
                "silent": (survey.asked & silent, survey.replied),
                "helped": (once & table.helped & ~table.loop & ~late, survey.satisfied),
                "late": (once & table.helped & (table.loop | late), survey.satisfied),
                "unhelped": (once & ~table.helped & ~table.loop, survey.satisfied),
                "looped": (once & ~table.helped & table.loop, survey.satisfied),
                "transferred": (over & (table.touches > 1) & table.helped & ~table.loop & ~late, survey.satisfied),
            }[which]
            found.append((int((hit & chosen).sum()), int(chosen.sum())))
        return found

    expected = {"person": 0.25, "bot": 0.08, "silent": 0.02, "helped": 0.92, "late": 0.75, "unhelped": 0.25, "looped": 0.1, "transferred": 0.8}
    for which, share in expected.items():
        hits, of = (sum(each) for each in zip(*counted(which), strict=True))
        assert near(hits, of, share), (which, hits, of)


def test_ease_is_lower_with_every_attempt_transfer_and_turn() -> None:
    runs = [simulate(busy_desk(), asking(policy_of(HUMANS)), seed) for seed in range(6)]
    once, again = [], []
    for run in runs:
        table, survey = run.conversations, told(run)
        first = (table.attempt == 1) & table.helped & (table.touches == 1)
        once += survey.ces[first].tolist()
        again += survey.ces[(table.attempt == 2) & table.helped].tolist()
    expected = 1 + 6 * 0.85
    assert abs(np.mean(once) - expected) <= SIGMAS * sqrt(6 * 0.85 * 0.15 / len(once))
    assert np.mean(again) < expected - 0.5


def test_those_who_answer_flatter_a_desk_that_people_leave() -> None:
    """Who leaves a queue is not asked, and who goes from the bot without a word hardly ever answers."""
    found = [told(simulate(busy_desk(), asking(policy_of(POLICIES["answers"])), seed)) for seed in range(6)]
    replied, all_over = (sum(int(mask.sum()) for mask in masks) for masks in zip(*((each.replied, each.csat > 0) for each in found), strict=True))
    flattered, true = (sum(int((each.satisfied & each.replied).sum()) for each in found) / replied, sum(int(each.satisfied.sum()) for each in found) / all_over)
    assert flattered > true + 0.05


def test_value_is_lost_with_each_customer_who_leaves() -> None:
    segments = {name: {**each, "value": value} for (name, each), value in zip(SMALL["segments"].items(), (10, 3), strict=True)}
    run = simulate(small_desk(scenario_of(segments=segments)), policy_of(POLICIES["deflect"]), 5)
    values = {part: dict(zip(BY_ID, each, strict=True))["lost_value"] for part, each in measure(run).items()}
    lost = [int((run.lost & (run.population.segment == code)).sum()) for code in range(2)]
    assert min(lost) > 0
    assert values["overall", ""] == 10 * lost[0] + 3 * lost[1]
    assert values["segment", "trial"] == 3 * lost[1]
    assert np.isnan(measure(simulate(busy_desk(), policy_of(HUMANS), 1))["overall", ""][list(BY_ID).index("lost_value")])
