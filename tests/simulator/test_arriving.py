"""Surges: whom they add, whom a notice keeps away, and that nobody else changes."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import assert_same_people
from scipy import stats
from small_desks import HUMANS, SMALL, one_desk, policy_of, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.arriving import BACKLOG_NUMBERS, SURGE_NUMBERS, draw_arrivals
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.population import Population, draw_population
from deskdrill.simulator.run import simulate

SURGE = {"at": "Tue 10:30", "lasts": "2h", "times": 4, "intents": ["refund", "complaint"]}
BEGINS_S, HOUR_S = 86_400 + 10.5 * 3600, 3600


def surging(*surges: dict[str, Any], per_week: int = 20_000, **arrivals: Any) -> Scenario:
    return scenario_of(arrivals={**SMALL["arrivals"], "per_week": per_week, **arrivals, "surges": list(surges)})


def announced(takes: float, after: str = "10m") -> dict[str, Any]:
    return {**SURGE, "announced": {"takes": takes, "after": after}}


def people_of(scenario: Scenario, seed: int = 4) -> Population:
    return draw_population(scenario, one_desk().pool, Draws(seed, 0))


@settings(max_examples=25)
@given(scenarios(), st.integers(0, 2**32))
def test_whoever_arrives_does_so_within_the_run_in_order_with_a_number_of_one_s_own(scenario: Scenario, seed: int) -> None:
    arrives_s, numbers, group = draw_arrivals(scenario, Draws(seed, 0))
    assert (np.diff(arrives_s) >= 0).all()
    assert ((arrives_s >= 0) & (arrives_s < scenario.horizon_s)).all()
    waiting = sum(scenario.backlog.values())
    assert (numbers is None) == (not scenario.arrivals.surges and not waiting)
    assert np.count_nonzero(group > len(scenario.arrivals.surges)) == waiting
    if numbers is not None:
        assert np.unique(numbers).size == numbers.size
        before = numbers >= BACKLOG_NUMBERS
        assert np.count_nonzero(before) == waiting
        assert not arrives_s[before].any()
        np.testing.assert_array_equal(group[~before], numbers[~before] // SURGE_NUMBERS)
    again = draw_arrivals(scenario, Draws(seed, 0))
    np.testing.assert_array_equal(again[0], arrives_s)


@pytest.mark.parametrize("changed", [{}, {"kind": "even"}, {"rate": "linear", "day_factor_correlation": 0.5}])
def test_a_surge_adds_customers_and_changes_none(changed: dict[str, Any]) -> None:
    before = people_of(surging(**changed))
    after = people_of(surging(SURGE, announced(0.5), **changed))
    assert before.number is None
    assert after.number is not None
    assert after.size > before.size + 100
    assert_same_people(after, before, np.arange(before.size))
    one = people_of(surging(SURGE, **changed))
    assert one.number is not None
    assert_same_people(after, one, one.number)


@pytest.mark.parametrize(("fewer", "more"), [(announced(0.2), announced(0.5)), (announced(0.5, "1h"), announced(0.5)), (announced(0), announced(1))])
def test_a_notice_that_reaches_more_takes_those_whom_it_took_already_and_leaves_the_rest_as_they_are(
    fewer: dict[str, Any], more: dict[str, Any]
) -> None:
    large, small = people_of(surging(fewer)), people_of(surging(more))
    assert large.number is not None
    assert small.number is not None
    assert set(small.number.tolist()) < set(large.number.tolist())
    assert_same_people(small, large, small.number)


def test_a_notice_takes_its_share_of_the_surge_s_customers_from_when_it_is_up() -> None:
    scenario, takes = surging(announced(0.3), per_week=400_000), 0.3
    everybody = people_of(surging(SURGE, per_week=400_000))
    left = people_of(scenario)
    assert everybody.number is not None
    gone = ~np.isin(everybody.number, left.number)
    assert not gone[everybody.arrives_s < BEGINS_S + 600].any()
    asked = (everybody.number >= SURGE_NUMBERS) & (everybody.arrives_s >= BEGINS_S + 600)
    assert not gone[~asked].any()
    assert asked.sum() > 3000
    assert abs(gone[asked].mean() - takes) < 4.5 * sqrt(takes * (1 - takes) / asked.sum())


def test_a_surge_has_so_many_customers_at_the_times_and_about_the_matters_that_it_says() -> None:
    scenario = surging(SURGE, per_week=200_000, day_factor_shape=None)
    people = people_of(scenario)
    assert people.number is not None
    extra = people.number >= SURGE_NUMBERS
    at_s = people.arrives_s[extra]
    assert ((at_s >= BEGINS_S) & (at_s < BEGINS_S + 2 * HOUR_S)).all()
    names, segments = list(scenario.intents), list(scenario.segments.values())
    mix = np.array([[kind.share * kind.intents.get(name, 0) * (name in SURGE["intents"]) for name in names] for kind in segments])
    hourly = scenario.arrivals.expected(scenario.clock, 2)[34:36]
    expected = float(hourly[0] / 2 + hourly[1] + hourly[1] / 2) * 3 * mix.sum()
    assert abs(at_s.size - expected) < 4.5 * sqrt(expected)
    assert stats.kstest((at_s - BEGINS_S) / (2 * HOUR_S), "uniform").pvalue > 1e-3
    found = np.zeros_like(mix)
    np.add.at(found, (people.segment[extra], people.intent[extra]), 1)
    assert (found[mix == 0] == 0).all()
    assert stats.chisquare(found[mix > 0], at_s.size * mix[mix > 0] / mix.sum()).pvalue > 1e-3


def test_a_surge_of_a_matter_that_one_segment_does_not_have_brings_only_the_others() -> None:
    segments = {**SMALL["segments"], "trial": {**SMALL["segments"]["trial"], "intents": {"how_to": 1}}}
    scenario = scenario_of(segments=segments, arrivals={"per_week": 20_000, "surges": [{**SURGE, "intents": ["refund"]}]})
    people = people_of(scenario)
    assert people.number is not None
    extra = people.number >= SURGE_NUMBERS
    assert extra.sum() > 20
    assert set(people.segment[extra].tolist()) == {0}
    assert set(people.intent[extra].tolist()) == {0}


def test_the_days_of_a_surge_are_as_busy_as_their_other_hours() -> None:
    """With a factor that varies much, the extra customers of a day go with its ordinary ones."""
    surges = [{"at": f"{day} 08:00", "lasts": "12h", "times": 2} for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")]
    ordinary, extra = [], []
    for seed in range(6):
        people = people_of(scenario_of(days=7, arrivals={"per_week": 20_000, "day_factor_shape": 1, "surges": surges}), seed)
        assert people.number is not None
        hour = people.arrives_s % 86_400 // HOUR_S
        day = (people.arrives_s // 86_400).astype(int)
        within = (hour >= 8) & (hour < 20)
        ordinary += np.bincount(day[within & (people.number < SURGE_NUMBERS)], minlength=7).tolist()
        extra += np.bincount(day[people.number >= SURGE_NUMBERS], minlength=7).tolist()
    difference = np.array(ordinary) - np.array(extra)
    total = np.array(ordinary) + np.array(extra)
    assert stats.chi2.sf(float((difference**2 / np.maximum(total, 1)).sum()), len(total)) > 1e-3
    assert np.std(total) > 0.5 * np.mean(total)


def test_whom_the_notice_leaves_are_as_patient_and_work_as_long_in_the_run_too() -> None:
    """Common random numbers go by the customer, not by the row: what people bring to the inbox does not move."""
    runs = [simulate(small_desk(surging(announced(takes), per_week=900)), policy_of(HUMANS), 5) for takes in (0.2, 0.8)]
    found = []
    for run in runs:
        first, numbers = run.attempts.touch == 1, run.population.number
        assert numbers is not None
        firsts = np.flatnonzero(first)[: run.population.size]
        visits = run.attempts.visits
        found.append(dict(zip(numbers.tolist(), zip(visits.patience_s[firsts], visits.service_s[firsts], strict=True), strict=True)))
    both = found[0].keys() & found[1].keys()
    assert len(found[1]) < len(found[0])
    assert len(both) == len(found[1])
    assert all(found[0][number] == found[1][number] for number in both)


def test_recorded_customers_are_others_in_every_replication_but_come_when_they_came() -> None:
    scenario = scenario_of(arrivals={"kind": "replayed", "at": ["9h", "8h30m", "1d"] * 50})
    a, b = (draw_population(scenario, one_desk().pool, Draws(1, number)) for number in (0, 1))
    np.testing.assert_array_equal(a.arrives_s, np.repeat([8.5, 9, 24], 50) * HOUR_S)
    np.testing.assert_array_equal(a.arrives_s, b.arrives_s)
    assert (a.intent != b.intent).any()
