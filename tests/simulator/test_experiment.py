from __future__ import annotations

from functools import cache
from math import isnan, nan

import numpy as np
import pytest
from small_desks import CAREFUL, DEFLECT, HUMANS, SMALL, one_desk, policy_of

from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.intervals import holm, p_value
from deskdrill.simulator.metrics import BY_ID, METRICS
from deskdrill.simulator.replications import run_experiment

POLICIES = tuple(policy_of(text) for text in (HUMANS, DEFLECT, CAREFUL))


@cache
def experiment() -> Experiment:
    return run_experiment(one_desk(), POLICIES, replications=8, seed=5)


def test_every_policy_meets_the_same_customers() -> None:
    hashes = [[summary.population_hash for summary in of_policy] for of_policy in experiment().summaries]
    assert hashes[0] == hashes[1] == hashes[2]
    assert len(set(hashes[0])) == 8


def test_differences_are_paired_and_their_verdicts_told_together() -> None:
    found = experiment().differences()
    assert [(each.b, each.metric) for each in found] == [(name, metric) for name in ("deflect", "careful") for metric in BY_ID]
    paired = [
        experiment().values(policy, ("overall", ""), metric) - experiment().values(0, ("overall", ""), metric)
        for policy in (1, 2)
        for metric in range(len(METRICS))
    ]
    sure = holm([p_value(each) for each in paired])
    for each, values, told in zip(found, paired, sure, strict=True):
        np.testing.assert_equal(each.difference, float(values.mean()))
        assert isnan(each.difference) or each.low <= each.difference <= each.high or isnan(each.low)
        words = {"higher": ("worse", "better"), "lower": ("better", "worse"), "none": ("lower", "higher")}
        if_sure = words[BY_ID[each.metric].better][int(values.mean() > 0)]
        assert each.verdict == (if_sure if told and values.mean() != 0 else "cannot tell")


def test_a_measure_that_is_null_in_a_replication_tells_nothing() -> None:
    nulls = {each.metric for each in experiment().differences() if isnan(each.difference)}
    assert "containment_rate" in nulls
    assert all(each.verdict == "cannot tell" for each in experiment().differences() if each.metric in nulls and isnan(each.difference))
    found = experiment().estimate(0, ("overall", ""), list(BY_ID).index("containment_rate"))
    assert found.nulls == 8
    np.testing.assert_equal((found.value, found.low, found.week_high), (nan, nan, nan))


def test_meeting_the_same_customers_saves_replications() -> None:
    apart = experiment()
    other = run_experiment(one_desk(), POLICIES, replications=8, seed=6)
    gains = {each.metric: each.pairing for each in apart.differences() if each.b == "careful"}
    for number, metric in enumerate(METRICS):
        a, b = (apart.values(policy, ("overall", ""), number) for policy in (0, 2))
        factor = (a.var(ddof=1) + b.var(ddof=1)) / (b - a).var(ddof=1) if a.std() and b.std() and (b - a).std() else nan
        np.testing.assert_allclose(gains[metric.id], factor)
    assert gains["helped_rate"] > 1
    assert isnan(gains["agent_hours"])
    # What it is the factor of: the same against customers of another seed.
    helped = list(BY_ID).index("helped_rate")
    a, b = apart.values(0, ("overall", ""), helped), other.values(2, ("overall", ""), helped)
    assert (b - a).var() > (apart.values(2, ("overall", ""), helped) - a).var()


def test_a_bot_without_a_way_out_shows_in_the_verdicts() -> None:
    """Out of the customers' behaviour alone: more deflection, more loops, more who are lost, fewer who are helped."""
    told = {each.metric: each.verdict for each in experiment().differences() if each.b == "deflect"}
    assert told["deflection_rate"] == "higher"
    assert {told[name] for name in ("bot_loop_rate", "lost_rate", "helped_rate", "false_deflection_true_rate")} == {"worse"}


def test_paired_differences_vary_less_than_those_of_strangers() -> None:
    metric = list(BY_ID).index("gave_up_rate")
    a, b = (experiment().values(policy, ("overall", ""), metric) for policy in (0, 2))
    assert (b - a).var() < a.var() + b.var()


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_results() -> None:
    parallel = run_experiment(one_desk(), POLICIES[:2], replications=3, seed=5, workers=2)
    for mine, theirs in zip(experiment().summaries, parallel.summaries, strict=False):
        for a, b in zip(mine, theirs, strict=False):
            assert (a.population_hash, a.flows, a.problems) == (b.population_hash, b.flows, b.problems)
            for part, values in a.values.items():
                np.testing.assert_array_equal(values, b.values[part])


def test_shifts_are_those_of_the_staffing_in_local_time() -> None:
    desk = one_desk()
    clock = desk.scenario.clock
    for floor_team, team in zip(desk.floorplan.groups, desk.scenario.teams.values(), strict=True):
        for minute in range(0, 7 * 1440, 5):
            at_s = minute * 60.0
            period = np.searchsorted(floor_team.from_s, at_s, side="right") - 1
            assert floor_team.agents[period] == team.agents(clock, np.array([at_s]))[0]


def test_the_desk_is_open_while_anybody_is_on_duty() -> None:
    desk = one_desk()
    clock = desk.scenario.clock
    for at_s in np.arange(0, 7 * 86400, 1800) + 60.0:
        begins = clock.stamp(at_s)
        by_day = 8 <= begins.hour < 20 if begins.weekday() < 5 else 9 <= begins.hour < 17
        assert desk.is_open(np.array([at_s]))[0] == by_day
    assert desk.is_open(np.array([nan])).all()
    assert desk.scenario.days == SMALL["days"]
