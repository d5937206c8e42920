"""Steady state: where MSER-5 cuts, what a warm-up leaves out, and that nothing else changes."""

from __future__ import annotations

from functools import cache
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from slow_measures import assert_measured_alike
from small_desks import ANSWERS, HUMANS, POLICIES, SMALL, busy_desk, policy_of, same_columns, scenario_of, small_desk

from deskdrill.errors import BadValue
from deskdrill.scenarios.scenario import Scenario, SteadyState
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.metrics import BY_ID, measure
from deskdrill.simulator.occupation import occupation_of
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.run import Run, UnknownWarmUp, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.warm_up import PILOT, Truncation, WarmUp, mser5, warm_up_of

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
VALUES = st.floats(-1e6, 1e6) | st.sampled_from((0.0, 1.0, 100.0))


def by_definition(series: list[float]) -> list[float]:
    """The statistic of MSER-5 for every number of batches that it may leave out."""
    means = [sum(series[at : at + 5]) / 5 for at in range(0, len(series) - 4, 5)]
    k = len(means)
    found = []
    for d in range(k // 2 + 1):
        kept = means[d:]
        middle = sum(kept) / len(kept)
        found.append(sum((z - middle) ** 2 for z in kept) / (k - d) ** 2)
    return found


@given(st.lists(VALUES, min_size=5, max_size=150))
@example([1.0] * 5)
def test_mser5_cuts_where_its_statistic_is_smallest(series: list[float]) -> None:
    statistics, cut = by_definition(series), mser5(series)
    assert cut.observations % 5 == 0
    assert cut.value == pytest.approx(min(statistics), rel=1e-6, abs=1e-6)
    assert cut.value == pytest.approx(statistics[cut.observations // 5], rel=1e-6, abs=1e-6)
    assert cut.is_at_bound == (cut.observations // 5 == len(series) // 5 // 2)


@given(st.lists(VALUES, max_size=100), st.lists(VALUES, max_size=4), st.floats(-1e3, 1e3))
def test_what_fills_no_batch_changes_nothing_and_a_shift_does_not_move_the_cut(series: list[float], more: list[float], by: float) -> None:
    whole = series[: len(series) // 5 * 5]
    assert repr(mser5([*whole, *more])) == repr(mser5(whole))
    steps = [round(value) * 64.0 for value in whole]
    assert mser5([value + round(by) for value in steps]).observations == mser5(steps).observations


def test_mser5_cuts_a_series_that_settles_where_it_settles() -> None:
    assert mser5([100] * 20 + [1, 2, 3, 4, 5] * 20) == Truncation(20, 0.0, is_at_bound=False)
    assert mser5([7.0] * 100) == Truncation(0, 0.0, is_at_bound=False)


def test_mser5_says_when_a_series_is_too_short() -> None:
    rising = mser5(np.repeat(np.arange(20.0, 0.0, -1.0) ** 2, 5))
    assert (rising.observations, rising.is_at_bound) == (50, True)
    nothing = mser5([1.0, 2.0])
    assert (nothing.observations, isnan(nothing.value), nothing.is_at_bound) == (0, True, True)


def test_mser5_refuses_what_is_not_finite() -> None:
    with pytest.raises(BadValue, match="not finite"):
        mser5([1.0, float("nan")] * 10)


def in_steady_state(scenario: Scenario, warm_up: Any) -> Scenario:
    return scenario.model_copy(update={"steady_state": SteadyState(warm_up=warm_up)})


def assert_same_run(a: Run, b: Run) -> None:
    """Whatever is counted, everybody writes, waits and works alike."""
    ours, theirs = tables_of(a), tables_of(b)
    # These tables are of what counts.
    for name in ours.keys() - {"performance", "automation"}:
        assert same_columns(ours[name], theirs[name], without=["counted"]), name


@few
@given(scenarios(), st.sampled_from(sorted(POLICIES)), st.integers(0, 2**32))
def test_a_warm_up_of_no_length_changes_no_measure(scenario: Scenario, policy: str, seed: int) -> None:
    plain, warm = (
        simulate(small_desk(each), policy_of(POLICIES[policy]), seed)
        for each in (scenario.model_copy(update={"steady_state": None}), in_steady_state(scenario, 0.0))
    )
    assert_same_run(plain, warm)
    for part, values in measure(plain).items():
        np.testing.assert_array_equal(measure(warm)[part], values)


@few
@given(scenarios(), st.sampled_from(sorted(POLICIES)), st.integers(0, 2**32), st.floats(0, 0.9))
@example(scenario_of(), "careful", 4, 0.5)
def test_measures_are_those_of_who_came_after_the_warm_up(scenario: Scenario, policy: str, seed: int, share: float) -> None:
    desk = small_desk(in_steady_state(scenario, float(round(share * scenario.horizon_s))))
    run = simulate(desk, policy_of(POLICIES[policy]), seed)
    assert_measured_alike(run)
    assert_same_run(run, simulate(desk, policy_of(POLICIES[policy]), seed, counts_from_s=0.0))


@pytest.mark.parametrize("warm_up_s", [3600.0, 86_400.0, 100_000.0])
def test_agents_time_counts_from_the_warm_up_to_the_horizon(warm_up_s: float) -> None:
    run = simulate(busy_desk(), policy_of(HUMANS), 3, counts_from_s=warm_up_s)
    groups, horizon_s = run.floorplan.groups, run.desk.scenario.horizon_s
    whole, before, after = (
        occupation_of(groups, run.visits, until_s, from_s)
        for from_s, until_s in ((0.0, horizon_s), (0.0, warm_up_s), (warm_up_s, horizon_s))
    )
    np.testing.assert_allclose(before.busy_s + after.busy_s, whole.busy_s)
    np.testing.assert_allclose(before.held_s + after.held_s, whole.held_s)
    assert (after.busy_s <= run.staffed_s + 1e-6).all()
    values = dict(zip(BY_ID, measure(run)["overall", ""], strict=True))
    assert values["occupancy"] == pytest.approx(after.busy_s.sum() / run.staffed_s.sum())
    minutes_s = np.arange(warm_up_s, horizon_s, 60.0)
    on_duty = sum(team.agents(run.desk.scenario.clock, minutes_s).sum() for team in run.desk.scenario.teams.values())
    assert values["agent_hours"] == pytest.approx(on_duty / 60, abs=0.2)


def test_a_summary_counts_what_measures_count_and_shows_the_waits_of_all() -> None:
    whole, warm = (summary_of(simulate(busy_desk(), policy_of(ANSWERS), 3, counts_from_s=each)) for each in (0.0, 86_400.0))
    assert 0 < warm.problems < whole.problems
    assert sum(warm.flows.values()) == warm.conversations < whole.conversations
    assert 0 < warm.placements.sum() < whole.placements.sum()
    assert warm.population_hash == whole.population_hash
    np.testing.assert_array_equal(warm.queued, whole.queued)
    np.testing.assert_array_equal(warm.wait_mean_s, whole.wait_mean_s)


@cache
def draining_desk() -> Desk:
    """Ten agents who serve 60 an hour. First 126 an hour come for four hours, then 42, evenly: the queue is gone after 18 h 40."""
    surge = {"at": "2026-03-02 00:00", "lasts": "4h", "times": 3}
    team = {"staffing": {"always": 10}}
    segment = SMALL["segments"]["standard"]
    patience = {"live": {"shape": "survival", "points": [["1d", 1]]}, "inbox": {"mean": "1d"}}
    return small_desk(
        scenario_of(
            days=12,
            arrivals={"kind": "even", "per_week": 7 * 24 * 42, "surges": [surge]},
            segments={"standard": {**segment, "share": 1, "intents": {"refund": 1}, "temperament": {**segment["temperament"], "patience": patience}}},
            intents={"refund": {"team": "billing", "work": {"shape": "deterministic", "mean": "10m"}}},
            teams={"billing": team, "triage": team},
            protected=None,
            returns=None,
            steady_state={"warm_up": "mser"},
        )
    )


ALL_TO_BILLING = "policy: {name}\nrulesets:\n  - {{name: routing, hit_policy: first, rules: [], default: {{route: {team}}}}}\n"
TO_BILLING, TO_TRIAGE = (policy_of(ALL_TO_BILLING.format(name=name, team=team)) for name, team in (("at-once", "billing"), ("triage", "escalation")))


def test_mser5_leaves_out_the_hours_in_which_a_desk_is_not_yet_itself() -> None:
    found = warm_up_of(draining_desk(), (TO_BILLING,), 1)
    assert found is not None
    assert found.is_found
    assert not found.is_at_bound
    assert 18 * 3600 <= found.lasts_s <= 19 * 3600
    assert found.lasts_s % 60 == 0


def test_where_nobody_waits_for_people_nothing_is_left_out() -> None:
    desk = small_desk(scenario_of(steady_state={"warm_up": "mser"}))
    assert warm_up_of(desk, (policy_of(POLICIES["deflect"]),), 1) == WarmUp(0.0, is_found=True)


def test_all_policies_leave_out_the_longest_of_their_warm_ups() -> None:
    both = warm_up_of(draining_desk(), (TO_BILLING, TO_TRIAGE), 1)
    each = [warm_up_of(draining_desk(), (policy,), 1) for policy in (TO_BILLING, TO_TRIAGE)]
    assert both is not None
    assert both.lasts_s == max(one.lasts_s for one in each if one is not None)


def test_the_pilot_is_none_of_the_runs_that_are_measured() -> None:
    pilot = simulate(draining_desk(), TO_BILLING, 1, PILOT, counts_from_s=0.0)
    measured = [simulate(draining_desk(), TO_BILLING, 1, number, counts_from_s=0.0) for number in range(2)]
    assert pilot.population.digest not in {run.population.digest for run in measured}


def test_a_run_of_its_own_does_not_guess_the_warm_up() -> None:
    with pytest.raises(UnknownWarmUp, match="small: the warm-up is left to MSER-5"):
        simulate(draining_desk(), TO_BILLING)


@cache
def found_by_mser() -> Experiment:
    desk = small_desk(scenario_of(days=6, steady_state={"warm_up": "mser"}))
    return run_experiment(desk, (policy_of(HUMANS), policy_of(ANSWERS)), replications=2, seed=5)


def test_a_warm_up_that_is_found_and_the_same_one_given_measure_alike() -> None:
    found = found_by_mser()
    assert found.warm_up is not None
    lasts_s = round(found.warm_up.lasts_s)
    given_one = small_desk(scenario_of(days=6, steady_state={"warm_up": f"{lasts_s}s"}))
    again = run_experiment(given_one, found.policies, replications=2, seed=5)
    assert again.warm_up == WarmUp(found.warm_up.lasts_s)
    for part, values in found.summaries[1][1].values.items():
        np.testing.assert_array_equal(again.summaries[1][1].values[part], values)


@pytest.mark.slow
def test_any_number_of_workers_finds_the_same_warm_up() -> None:
    found = found_by_mser()
    parallel = run_experiment(
        small_desk(scenario_of(days=6, steady_state={"warm_up": "mser"})), found.policies, replications=2, seed=5, workers=2
    )
    assert parallel.warm_up == found.warm_up
    for mine, theirs in zip(found.summaries, parallel.summaries, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            for part, values in a.values.items():
                np.testing.assert_array_equal(values, b.values[part])
