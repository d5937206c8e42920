"""What a scenario says around cases, and what tests of one's own may ask of a run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from deskdrill import assert_metric, assert_no_loops
from deskdrill.calendar import WEEK_S, WeekHours
from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.around import around_of, week_hours
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.experiment import OVERALL, Experiment
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.shifts import floorplan_of, open_minutes


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_hours_are_when_anybody_is_there_in_the_first_week(scenario: Scenario) -> None:
    """By the clock on the wall: where it is put back, what is so in one of the two hours is so in both."""
    week = scenario.model_copy(update={"days": 7})
    plan = floorplan_of(week)
    at_s = np.arange(0.0, WEEK_S, 60.0)
    open_at = week.clock.second_of_week(at_s[open_minutes(week, plan)[: at_s.size]])
    hours = week_hours(week)
    assert hours.contains(open_at).all()
    assert hours.open_s == 60 * len(set(open_at.tolist()))


def test_what_is_recognised_is_what_the_desk_recognises() -> None:
    desk = open_desk(load_scenario("saas-week"))
    texts = [text for text in desk.pool.texts if "\n" not in text][:300]
    around = around_of(desk.scenario, texts)
    recognition = desk.recognition
    assert recognition is not None
    for text in texts:
        row = desk.pool.texts.index(text)
        code, sure = recognition.codes[row], recognition.confidence[row]
        assert around.recognise(text) == ((recognition.intents[code], pytest.approx(sure, abs=1e-4)) if code >= 0 else None)


def test_knowledge_and_hours_are_the_scenario_s_unless_given() -> None:
    scenario = load_scenario("retail-b2c")
    around = around_of(scenario, ())
    assert around.knowledge.answers is not None
    assert set(around.knowledge.answers) == {name for name in scenario.intents if scenario.knowledge_of(name).covers > 0}
    assert around_of(scenario, (), WeekHours.parse("never")).hours == WeekHours(())


def test_a_confusion_matrix_recognises_no_texts() -> None:
    around = around_of(load_scenario("saas-2022"), ("where is my invoice?",))
    assert around.recognise("where is my invoice?") is None


# Assertions -------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def week() -> Experiment:
    desk = open_desk(load_scenario("saas-week"))
    return run_experiment(desk, tuple(map(load_policy, ("careful", "deflect-hard"))), replications=3)


def with_values(week: Experiment, metric: str, values: list[float]) -> Experiment:
    """The experiment with other values of a measure of its first policy."""
    number = next(number for number, each in enumerate(METRICS) if each.id == metric)
    summaries = []
    for summary, value in zip(week.summaries[0], values, strict=True):
        overall = summary.measured[OVERALL].copy()
        overall[number, 0] = value
        summaries.append(dataclasses.replace(summary, measured={**summary.measured, OVERALL: overall}))
    return dataclasses.replace(week, summaries=(tuple(summaries), *week.summaries[1:]))


def test_a_measure_whose_whole_interval_is_within_the_bounds_passes(week: Experiment) -> None:
    assert_metric(week, "misroute_rate", below=0.6, policy="careful")
    assert_metric(week, "helped_rate", above=0.5, below=1, segment="trial", policy="careful")
    assert_metric(week, "abandonment_rate", below=0.9, team="billing", policy="careful")


@pytest.mark.parametrize(
    ("values", "bounds", "told"),
    [
        ([0.1, 0.2, 0.3], {"below": 0.25}, "cannot tell whether it is below 0.25"),
        ([0.1, 0.2, 0.3], {"above": 0.1}, "cannot tell whether it is above 0.1"),
        ([0.3, 0.31, 0.32], {"below": 0.25}, "not below 0.25"),
        ([0.3, 0.31, 0.32], {"above": 0.5}, "not above 0.5"),
        ([0.3, float("nan"), 0.32], {"below": 0.5}, "nothing to measure in 1 of 3 replications"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_no_pass(week: Experiment, values: list[float], bounds: dict[str, float], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        assert_metric(with_values(week, "misroute_rate", values), "misroute_rate", policy="careful", **bounds)


def test_one_replication_tells_nothing() -> None:
    one = run_experiment(open_desk(load_scenario("saas-week")), (load_policy("careful"),), replications=1)
    with pytest.raises(AssertionError, match="has no interval"):
        assert_metric(one, "helped_rate", above=0)


def test_loops_are_found(week: Experiment) -> None:
    assert_no_loops(with_values(week, "bot_loop_rate", [0, 0, 0]), policy="careful")
    with pytest.raises(AssertionError, match="policy `deflect-hard` loops in 3 of 3 replications: in replication 0 in "):
        assert_no_loops(week, policy="deflect-hard")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({}, "say `below`, `above` or both"),
        ({"below": 1}, "say which `policy` is meant: careful, deflect-hard"),
        ({"below": 1, "policy": "mine"}, "there is no policy `mine`, only careful, deflect-hard"),
        ({"below": 1, "policy": "careful", "segment": "vip"}, "there is no segment `vip`, only standard"),
        ({"below": 1, "policy": "careful", "segment": "trial", "team": "billing"}, "say `segment` or `team`, not both"),
    ],
)  # fmt: skip
def test_names_of_nothing_are_refused(week: Experiment, names: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        assert_metric(week, "helped_rate", **names)  # type: ignore[arg-type]


def test_a_measure_that_there_is_not_is_refused(week: Experiment) -> None:
    with pytest.raises(ValueError, match="there is no measure `helpd_rate`"):
        assert_metric(week, "helpd_rate", below=1, policy="careful")
