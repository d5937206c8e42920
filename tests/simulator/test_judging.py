"""Pass, fail or cannot tell: what decides a target, and how often that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from normals import Given, targets_of
from normals import given as measured

from deskdrill.documents import parse_document
from deskdrill.simulator.experiment import FloatArray
from deskdrill.simulator.gate import looks
from deskdrill.simulator.intervals import LEVEL
from deskdrill.simulator.judging import UNSEEN_IN, Judgement, judged, shipping, simultaneous
from deskdrill.simulator.targets import Target, Targets, targets_from_document

NAN = float("nan")


def judge(experiment: Given, target: Target, level: float = LEVEL) -> Judgement:
    return judged(experiment, Targets("t.yaml", None, (target,)), 1, level)[0]


def told(line: str, new: Sequence[float] | FloatArray, old: Sequence[float] | FloatArray | None = None, of: float = 1000.0) -> Judgement:
    measure = line.split(",", maxsplit=1)[0].removeprefix("measure: ")
    after = np.array(new, dtype=float)
    before = after if old is None else np.array(old, dtype=float)
    return judge(measured({measure: before}, {measure: after}, of), targets_of(line).must[0])


waits = st.lists(st.floats(0, 5000), min_size=2, max_size=30).map(np.array)
rates = st.lists(st.integers(0, 40).map(lambda many: many / 40), min_size=2, max_size=30).map(np.array)
counts = st.lists(st.one_of(st.just(0), st.integers(0, 30)), min_size=2, max_size=30).map(lambda found: np.array(found, float))
# From the strictest to the widest.
ORDER = {"fail": 0, "cannot tell": 1, "pass": 2}


@given(st.one_of(st.tuples(st.just("wait_p90_s"), waits), st.tuples(st.just("misroute_rate"), rates),
                 st.tuples(st.just("protected_automated"), counts)), st.data())  # fmt: skip
def test_a_wider_limit_is_never_harder_to_reach(found: tuple[str, FloatArray], data: st.DataObject) -> None:
    name, values = found
    top = 1.0 if name == "misroute_rate" else float(values.max()) + 1
    # A limit of none is another matter: no number of weeks could prove it.
    ends = 1 - 1e-9 if name == "misroute_rate" else top
    small, large = sorted(data.draw(st.tuples(*[st.floats(1e-9, ends)] * 2)))
    experiment = measured({name: values}, {name: values}, of=40.0)
    base = targets_of("measure: wait_p90_s, at_most: 1s").must[0]
    metric = targets_of(f"measure: {name}, at_most: 0").must[0].metric
    weeks = data.draw(st.sampled_from([None, 0.5, 0.9]))
    for kind, wide_is_large in (("at_most", True), ("at_least", False)):
        strict, wide = (small, large) if wide_is_large else (large, small)
        first, second = (
            judge(experiment, replace(base, metric=metric, kind=kind, limit=limit, in_weeks=weeks)) for limit in (strict, wide)
        )
        assert ORDER[first.verdict] <= ORDER[second.verdict]


@given(waits, st.integers(0, 2**32), st.floats(0, 500), st.floats(0, 500))
def test_a_wider_worsening_is_never_harder_to_reach(old: FloatArray, seed: int, a: float, b: float) -> None:
    new = np.maximum(old + np.random.default_rng(seed).normal(0, 100, old.size), 0)
    experiment = measured({"wait_p90_s": old}, {"wait_p90_s": new})
    base = targets_of("measure: wait_p90_s, worse_by_at_most: 1s").must[0]
    first, second = (judge(experiment, replace(base, limit=limit)) for limit in sorted((a, b)))
    assert ORDER[first.verdict] <= ORDER[second.verdict]


@given(rates, rates)
def test_what_is_better_higher_is_the_mirror_of_what_is_better_lower(a: FloatArray, b: FloatArray) -> None:
    size = min(a.size, b.size)
    old, new = a[:size], b[:size]
    lower = told("measure: misroute_rate, worse_by_at_most: 10pp", new, old)
    higher = told("measure: helped_rate, worse_by_at_most: 10pp", 1 - new, 1 - old)
    assert lower.verdict == higher.verdict
    np.testing.assert_allclose([lower.value, lower.low, lower.high], [higher.value, higher.low, higher.high], atol=1e-12)


def test_the_whole_interval_decides_and_not_the_mean() -> None:
    values = [9.0, 10.0, 11.0]
    # 10 ± 2.484, Student's t with 2 degrees of freedom.
    found = told("measure: wait_p90_s, at_most: 10s", values)
    assert (round(found.low, 3), round(found.high, 3), found.verdict) == (7.516, 12.484, "cannot tell")
    assert told("measure: wait_p90_s, at_most: 12.484s", values).verdict == "cannot tell"
    assert told("measure: wait_p90_s, at_most: 12.485s", values).verdict == "pass"
    assert told("measure: wait_p90_s, at_most: 7.515s", values).verdict == "fail"
    assert told("measure: wait_p90_s, at_least: 7.515s", values).verdict == "pass"
    assert told("measure: wait_p90_s, at_least: 12.485s", values).verdict == "fail"


def test_a_case_that_must_never_be_decides_at_once_and_its_absence_only_later() -> None:
    never = "measure: protected_automated_known, at_most: 0"
    assert told(never, [0, 0, 0, 1]).why == "seen"
    assert told(never, [1]).verdict == "fail"
    few = told(never, [0] * (UNSEEN_IN - 1))
    assert (few.verdict, few.low, round(few.high * few.n, 3)) == ("cannot tell", 0, 3.689)
    enough = told(never, [0] * UNSEEN_IN)
    assert (enough.verdict, enough.why, round(enough.high * enough.n, 3)) == ("pass", "unseen", 3.689)
    assert told("measure: service_level, at_least: 100%", [1.0] * UNSEEN_IN).verdict == "pass"
    assert told("measure: service_level, at_least: 100%", [1.0] * 5 + [0.99]).verdict == "fail"


def test_a_limit_above_none_is_reached_where_cases_show_it_and_not_before() -> None:
    """A thousand conversations a week: none in 20 weeks are three in a thousand times as many, or fewer."""
    few = told("measure: bot_loop_rate, at_most: 0.01%", [0.0] * UNSEEN_IN, of=1000.0)
    assert (few.verdict, few.why) == ("cannot tell", "interval")
    assert round(few.high * 20_000, 3) == 3.689
    assert told("measure: bot_loop_rate, at_most: 0.02%", [0.0] * UNSEEN_IN, of=1000.0).verdict == "pass"
    same = told("measure: bot_loop_rate, worse_by_at_most: 0.01pp", [0.0] * UNSEEN_IN, [0.0] * UNSEEN_IN, of=1000.0)
    assert same.verdict == "cannot tell"


@pytest.mark.parametrize("expected", [0.1, 0.4, 1.5, 5.0])
def test_few_cases_that_are_as_many_as_allowed_seldom_fail(expected: float) -> None:
    """The limit is the truth, in 20 weeks of 50 conversations: at most one in forty is told to miss it."""
    rng, truth = np.random.default_rng(4), expected / 1000
    failed = 0
    for _ in range(2000):
        values = rng.binomial(50, truth, 20) / 50
        failed += told(f"measure: bot_loop_rate, at_most: {truth:.12f}", values, of=50.0).verdict == "fail"
    assert failed / 2000 <= 0.035


def test_a_share_of_weeks_has_the_exact_interval() -> None:
    found = told("measure: wait_p90_s, at_most: 10s, in_weeks: 94%", [5.0] * 7 + [15.0] * 3)
    assert (found.value, round(found.low, 3), round(found.high, 3), found.verdict) == (0.7, 0.348, 0.933, "fail")
    assert told("measure: wait_p90_s, at_most: 10s, in_weeks: 93%", [5.0] * 7 + [15.0] * 3).verdict == "cannot tell"
    # 0.9 to the 35th is 2.503 %.
    assert told("measure: wait_p90_s, at_most: 10s, in_weeks: 90%", [5.0] * 36).verdict == "pass"
    assert told("measure: wait_p90_s, at_most: 10s, in_weeks: 90%", [5.0] * 35).verdict == "cannot tell"


def test_the_same_customers_make_small_changes_visible() -> None:
    old, more = np.array([100.0, 900.0, 400.0, 700.0, 250.0]), np.array([9.0, 11.0, 10.0, 10.0, 10.0])
    found = told("measure: wait_p90_s, worse_by_at_most: 20s", old + more, old)
    assert (found.verdict, found.value) == ("pass", 10)
    assert told("measure: wait_p90_s, worse_by_at_most: 5s", old + more, old).verdict == "fail"
    assert told("measure: wait_p90_s, at_most: 480s", old).verdict == "cannot tell"


def test_a_percentage_is_of_what_it_was() -> None:
    old = np.array([100.0, 900.0, 400.0, 700.0, 250.0])
    found = told("measure: wait_p90_s, worse_by_at_most: 20%", 1.1 * old, old)
    assert (found.verdict, round(found.value, 6)) == ("pass", 0.1)
    assert told("measure: wait_p90_s, worse_by_at_most: 9%", 1.1 * old, old).verdict == "fail"
    ease = np.array([5.0, 6.0, 5.5, 5.2])
    worse = told("measure: ces_mean, worse_by_at_most: 11%", 0.9 * ease, ease)
    assert (worse.verdict, round(worse.value, 6)) == ("pass", 0.1)
    assert told("measure: ces_mean, worse_by_at_most: 9%", 0.9 * ease, ease).verdict == "fail"


@given(st.integers(0, 2**32), st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_larger_percentage_is_never_harder_to_reach(seed: int, a: float, b: float) -> None:
    rng = np.random.default_rng(seed)
    old = rng.normal(100, 10, 20)
    experiment = measured({"wait_p90_s": old}, {"wait_p90_s": old * rng.normal(1.1, 0.1, 20)})
    base = targets_of("measure: wait_p90_s, worse_by_at_most: 1%").must[0]
    first, second = (judge(experiment, replace(base, limit=limit)) for limit in sorted((a, b)))
    assert ORDER[first.verdict] <= ORDER[second.verdict]


def test_two_policies_that_never_differ_are_not_told_apart_by_rare_cases() -> None:
    none = [0.0] * UNSEEN_IN
    assert told("measure: protected_automated, worse_by_at_most: 0", none, none).why == "same"
    assert told("measure: protected_automated, worse_by_at_most: 0", none[1:], none[1:]).verdict == "cannot tell"


def test_nothing_is_worse_than_itself() -> None:
    values = {"wait_p90_s": np.array([NAN, 5.0, 9.0])}
    targets = targets_of("measure: wait_p90_s, worse_by_at_most: 0", "measure: wait_p90_s, worse_by_at_most: 5%, in_weeks: 90%")
    assert [(each.verdict, each.why) for each in judged(measured(values, values), targets, 0)] == [("pass", "baseline")] * 2


def test_what_has_no_value_is_not_decided_unless_it_means_never() -> None:
    found = told("measure: wait_p90_s, at_most: 10s", [1.0, NAN, 1.0])
    assert (found.verdict, found.nulls, found.can_be_decided) == ("cannot tell", 1, False)
    assert told("measure: time_to_help_p50_s, at_most: 10s", [1.0, NAN, 1.0]).why == "never"
    assert told("measure: time_to_help_p50_s, worse_by_at_most: 10s", [1.0, NAN, 1.0], [1.0, 1.0, 1.0]).verdict == "fail"
    assert told("measure: time_to_help_p50_s, worse_by_at_most: 10s", [1.0, 1.0], [1.0, NAN]).verdict == "pass"
    assert told("measure: time_to_help_p50_s, at_most: 10s, in_weeks: 50%", [NAN] * 9).verdict == "fail"
    weeks = told("measure: wait_p90_s, at_most: 10s, in_weeks: 10%", [1.0] * 9 + [NAN])
    assert (weeks.verdict, weeks.value, weeks.nulls) == ("pass", 1, 1)


@pytest.mark.parametrize("line", ["measure: wait_p90_s, at_most: 10s", "measure: wait_p90_s, worse_by_at_most: 10s"])
def test_one_replication_tells_nothing(line: str) -> None:
    assert told(line, [1.0], [1.0]).why == "one"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["at_most: 5s", "at_most: 15s", "at_least: 5s"]), min_size=1, max_size=4), st.integers(0, 99))
def test_only_policies_that_reach_everything_are_shipped(limits: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = [{"wait_p90_s": rng.normal(mean, 1, 20).clip(0)} for mean in rng.choice([2, 10, 20], 2)]
    targets = targets_of(*(f"measure: wait_p90_s, {limit}" for limit in limits))
    found = shipping(measured(*values), targets)
    for policy, judgements in enumerate(found.judgements):
        assert (policy in found.passing) == all(each.verdict == "pass" for each in judgements)
    assert found.ship in (*found.passing, None)


def test_preferred_is_the_best_but_for_a_margin_that_keeps_what_is() -> None:
    slow, fast = np.full(20, 100.0), np.full(20, 70.0)
    lines = "must:\n  - {measure: wait_p90_s, at_most: 5m}\nprefer: {measure: wait_p90_s, margin: %s}\n"
    for margin, ship, alike in (("29s", 1, (1,)), ("30s", 0, (0, 1)), ("1m", 0, (0, 1))):
        found = shipping(measured({"wait_p90_s": slow}, {"wait_p90_s": fast}), targets_from_document(parse_document(lines % margin)))
        assert (found.passing, found.ship, found.alike) == ((0, 1), ship, alike)
    unsaid = shipping(measured({"wait_p90_s": slow}, {"wait_p90_s": fast}), targets_of("measure: wait_p90_s, at_most: 5m"))
    assert (unsaid.passing, unsaid.ship) == ((0, 1), None)


def wrongly(line: str, weeks: FloatArray, level: float) -> tuple[float, float]:
    """Of gates whose truth is at the limit, the share that fail and the share that pass."""
    target, plan = targets_of(line).must[0], looks(weeks.shape[1])
    ends = []
    for values in weeks:
        seen = (judge(measured({"wait_p90_s": values[:many]}, {"wait_p90_s": values[:many]}), target, level) for many in plan)
        ends.append(next((each.verdict for each in seen if each.verdict != "cannot tell"), None))
    return ends.count("fail") / len(ends), ends.count("pass") / len(ends)


def test_looking_again_and_again_is_seldom_wrong() -> None:
    """Each way at most 2.5 %; it would be far more if each look had 95 %."""
    weeks = np.random.default_rng(3).normal(100, 20, (2000, 160))
    fails, passes = wrongly("measure: wait_p90_s, at_most: 100s", weeks, simultaneous(len(looks(160))))
    # Three standard errors are 1 %.
    assert max(fails, passes) <= 0.025 + 0.0105
    fails, passes = wrongly("measure: wait_p90_s, at_most: 100s", weeks[:1000], LEVEL)
    assert min(fails, passes) > 0.04


def test_bad_weeks_that_are_few_do_not_make_a_gate_pass() -> None:
    """With Student's interval as it is, 7 % of these pass."""
    weeks = np.random.default_rng(4).exponential(100, (2000, 160))
    _, passes = wrongly("measure: wait_p90_s, at_most: 100s", weeks, simultaneous(len(looks(160))))
    assert passes <= 0.03 + 0.0115


def test_a_share_of_weeks_is_seldom_judged_wrongly() -> None:
    weeks = np.random.default_rng(5).uniform(0, 100, (2000, 160))
    fails, passes = wrongly("measure: wait_p90_s, at_most: 90s, in_weeks: 90%", weeks, simultaneous(len(looks(160))))
    assert max(fails, passes) <= 0.025
