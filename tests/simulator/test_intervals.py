from __future__ import annotations

from fractions import Fraction
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from deskdrill.simulator.intervals import estimate, half_width, holm, p_value, week_range

samples = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40).map(np.array)
# Most of them near the bounds, where it matters how many hypotheses are left.
p_values = st.lists(st.integers(0, 64).map(lambda part: part / 1024) | st.floats(0, 1) | st.just(nan), max_size=12)


def holm_by_the_book(p: list[float], level: Fraction) -> list[bool]:
    """Reject the smallest while it is below the level over the number of those left; stop at the first that is not."""
    left = sorted((each, place) for place, each in enumerate(p) if not isnan(each))
    rejected = set()
    while left and Fraction(left[0][0]) * len(left) <= level:
        rejected.add(left.pop(0)[1])
    return [place in rejected for place in range(len(p))]


@given(p_values)
def test_hypotheses_are_rejected_as_holm_says(p: list[float]) -> None:
    assert holm(p, level=0.0625) == holm_by_the_book(p, Fraction(1, 16))


def test_each_rejection_makes_the_next_one_easier() -> None:
    """At 5 %: .01 against .05 / 3, then .02 against .05 / 2, then .04 against .05; .02 alone would fail against .05 / 3."""
    assert holm([0.04, 0.01, 0.02]) == [True, True, True]
    assert holm([0.04, 0.017, 0.02]) == [False, False, False]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_rejects_no_less_than_bonferroni_and_no_more_than_one_by_one(p: list[float]) -> None:
    rejected = holm(p)
    assert all(told for told, each in zip(rejected, p, strict=True) if each < 0.0499 / len(p))
    assert not any(told for told, each in zip(rejected, p, strict=True) if each > 0.0501)


@given(samples)
def test_the_interval_is_the_t_interval(values: np.ndarray) -> None:
    found, spread = estimate(values), stats.sem(values)
    low, high = stats.t.interval(0.95, values.size - 1, loc=values.mean(), scale=spread) if spread else (values.mean(),) * 2
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high), rel=1e-9, abs=1e-6)
    assert (found.n, found.nulls) == (values.size, 0)
    assert found.week_low <= np.median(values) <= found.week_high


@given(st.lists(st.floats(-1e3, 1e3, width=16), min_size=3, max_size=40).map(np.array))
def test_the_p_value_is_that_of_the_paired_t_test(differences: np.ndarray) -> None:
    expected = stats.ttest_1samp(differences, 0).pvalue if differences.std() else float(differences.mean() == 0)
    assert p_value(differences) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("freedom", "t"), [(4, 2.7764), (9, 2.2622), (19, 2.0930), (29, 2.0452), (99, 1.9842)])
def test_the_half_width_uses_the_tabled_quantiles(freedom: int, t: float) -> None:
    values = np.arange(freedom + 1, dtype=np.float64)
    assert half_width(values) == pytest.approx(t * values.std(ddof=1) / np.sqrt(values.size), rel=3e-5)


def test_intervals_cover_the_mean_as_often_as_they_say() -> None:
    """Ten replications, each the mean of fifty exponential times."""
    found = [estimate(values) for values in np.random.default_rng(3).exponential(size=(1000, 10, 50)).mean(axis=2)]
    assert 0.93 <= np.mean([each.low <= 1 <= each.high for each in found]) <= 0.97


def test_one_null_makes_the_estimate_null_and_is_counted() -> None:
    found = estimate(np.array([1.0, nan, 2.0]))
    assert isnan(found.value)
    assert isnan(found.low)
    assert isnan(found.week_high)
    assert (found.n, found.nulls) == (3, 1)


def test_one_replication_has_a_value_and_no_interval() -> None:
    found = estimate(np.array([3.0]))
    assert (found.value, found.week_low, found.week_high) == (3, 3, 3)
    assert isnan(found.low)
    assert isnan(found.high)


@pytest.mark.parametrize(("n", "low", "high"), [(2, 0, 1), (10, 0, 9), (20, 0, 19), (30, 1, 28), (100, 4, 95)])
def test_nine_weeks_of_ten_lie_between_two_order_statistics(n: int, low: int, high: int) -> None:
    """With m = n − 1 gaps, from rank ⌊m/20⌋ to rank ⌈19m/20⌉, from 0."""
    assert week_range(np.random.default_rng(0).permutation(float(n) * np.arange(n))) == (low * n, high * n)


@pytest.mark.parametrize(("n", "low", "high"), [(21, 1, 19), (41, 2, 38), (61, 3, 57), (101, 5, 95)])
def test_the_range_of_weeks_is_as_narrow_where_ranks_are_whole(n: int, low: int, high: int) -> None:
    assert week_range(np.arange(n, dtype=np.float64)) == (low, high)


@given(samples)
def test_the_range_of_weeks_holds_nine_in_ten_of_them(values: np.ndarray) -> None:
    low, high = week_range(values)
    assert np.mean((values >= low) & (values <= high)) >= 0.9
