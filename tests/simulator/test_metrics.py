from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from slow_measures import assert_measured_alike
from small_desks import POLICIES, SMALL, busy_desk, policy_of, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.metrics import BY_ID, METRICS, measure
from deskdrill.simulator.run import simulate


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_every_measure_of_a_busy_desk_is_what_its_definition_says(text: str) -> None:
    assert_measured_alike(simulate(busy_desk(), policy_of(text), 21))


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.sampled_from(sorted(POLICIES)), st.integers(0, 2**32))
@example(scenario_of(returns=None), "careful", 4)
def test_every_measure_is_what_its_definition_says(scenario: Scenario, policy: str, seed: int) -> None:
    assert_measured_alike(simulate(small_desk(scenario), policy_of(POLICIES[policy]), seed))


def test_what_a_person_solved_is_not_helped_by_the_bot_that_answers_afterwards() -> None:
    """All who were helped write again, and the bot then answers right what is solved already."""
    again = scenario_of(returns={**SMALL["returns"], "if_helped": 1.0, "asks_for_person_at_once": 0})
    assert_measured_alike(simulate(small_desk(again), policy_of(POLICIES["answers"]), 21))


def test_conversations_that_are_never_over_are_counted() -> None:
    """A quarter of an hour a week for customers who never stop waiting."""
    segments = {
        name: {**segment, "temperament": {**segment["temperament"], "patience": {each: {"shape": "survival", "points": [["1d", 1]]} for each in ("live", "inbox")}}}
        for name, segment in SMALL["segments"].items()
    }
    teams = {name: {**team, "staffing": {"Mon 08:00-08:15": 1}} for name, team in SMALL["teams"].items()}
    run = simulate(small_desk(scenario_of(segments=segments, teams=teams, returns=None)), policy_of(POLICIES["humans"]), 1)
    values = dict(zip(BY_ID, measure(run)["overall", ""], strict=True))
    assert 0.5 < values["open_rate"] < 1
    assert values["open_rate"] == np.isnan(run.conversations.ends_s).mean()
    assert_measured_alike(run)


def test_parts_are_everybody_then_segments_then_teams() -> None:
    parts = list(measure(simulate(busy_desk(), policy_of(POLICIES["careful"]), 1)))
    assert parts == [("overall", ""), *(("segment", name) for name in SMALL["segments"]), *(("team", name) for name in SMALL["teams"])]


def test_a_quantile_among_the_never_helped_is_null() -> None:
    run = simulate(busy_desk(), policy_of(POLICIES["deflect"]), 1)
    values = dict(zip(BY_ID, measure(run)["overall", ""], strict=True))
    assert values["helped_rate"] < 0.5
    assert isnan(values["time_to_help_p50_s"])
    assert isnan(values["wait_mean_s"])


def test_the_share_of_a_policy_without_a_bot_is_null_only_where_it_divides_by_the_bot() -> None:
    values = dict(zip(BY_ID, measure(simulate(busy_desk(), policy_of(POLICIES["humans"]), 1))["overall", ""], strict=True))
    assert values["bot_share"] == values["deflection_rate"] == values["bot_loop_rate"] == 0
    assert [name for name, value in values.items() if isnan(value) and not name.startswith(("time_to_help", "later_reply", "lost_value", "csat", "ces", "survey"))] == [
        "containment_rate", "automated_resolution_share", "loop_turns_mean", "loop_lost_mean_s", "loop_left_rate", "asked_for_person_rate", "person_reached_rate", "turns_to_person_mean",
    ]  # fmt: skip


@pytest.mark.parametrize("policy", ["careful", "deflect"])
def test_the_bot_s_part_ends_in_one_of_seven_ways(policy: str) -> None:
    values = measure(simulate(busy_desk(), policy_of(POLICIES[policy]), 2))
    ways = [name for name in BY_ID if name.startswith("ended_")]
    assert len(ways) == 7
    for part, each in values.items():
        of_part = dict(zip(BY_ID, each, strict=True))
        assert sum(of_part[way] for way in ways) == pytest.approx(of_part["bot_share"], nan_ok=True), part


def test_problems_of_segments_add_up_to_everybody() -> None:
    run = simulate(busy_desk(), policy_of(POLICIES["careful"]), 2)
    values = {part: dict(zip(BY_ID, each, strict=True)) for part, each in measure(run).items()}
    sizes = np.bincount(run.population.segment)
    for metric in ("helped_rate", "lost_rate", "gave_up_rate"):
        parts = [values["segment", name][metric] for name in SMALL["segments"]]
        assert float(np.average(parts, weights=sizes)) == pytest.approx(values["overall", ""][metric])
    assert sum(values["team", name]["agent_hours"] for name in SMALL["teams"]) == pytest.approx(values["overall", ""]["agent_hours"])
    assert all(metric.better in ("higher", "lower", "none") and metric.numerator for metric in METRICS)
