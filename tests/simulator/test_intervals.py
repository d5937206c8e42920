from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from fractions import Fraction
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from deskdrill.simulator.intervals import (
    RARE,
    difference_of,
    estimate,
    estimate_of_count,
    estimate_of_share,
    exact_share,
    half_width,
    holm,
    p_value,
    p_value_of_counts,
    pooled,
    skew_interval,
    week_range,
    wilson,
)
from deskdrill.simulator.quantiles import Quantile, Ratio, interval_ranks, ratio, spread

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


shares_of = st.lists(st.tuples(st.integers(0, 40), st.integers(40, 400)), min_size=2, max_size=12)


@given(shares_of)
def test_a_share_of_few_cases_has_wilsons_interval_and_no_interval_is_empty(cases: list[tuple[int, int]]) -> None:
    many, of = (np.array(column, dtype=np.float64) for column in zip(*cases, strict=True))
    found, plain = estimate_of_share(many / of, of), estimate(many / of)
    rare = min(found.value * of.sum(), (1 - found.value) * of.sum()) < RARE
    assert (found.kind == "Wilson") == rare
    assert found.value == plain.value
    assert found.low <= found.value <= found.high
    assert (found.low, found.high) != (0, 0)
    if rare:
        assert 0 <= found.low < found.high <= 1
        assert (found.low, found.high) == pytest.approx(wilson_by_the_book(found.value, of.sum()))
    mirrored = estimate_of_share(1 - many / of, of)
    if rare:
        assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def wilson_by_the_book(share: float, n: float) -> tuple[float, float]:
    """Where |p − share| is z standard errors of p: the roots of a quadratic."""
    z = 1.959963984540054
    middle, half = np.roots([1 + z * z / n, -(2 * share + z * z / n), share * share]).mean(), np.ptp(np.roots([1 + z * z / n, -(2 * share + z * z / n), share * share])) / 2
    return float(middle - half), float(middle + half)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12).map(lambda each: np.array(each, dtype=np.float64)))
def test_a_rare_count_has_the_exact_poisson_interval(values: np.ndarray) -> None:
    found = estimate_of_count(values)
    if values.sum() >= RARE:
        assert found == estimate(values) or (values.size == 1 and isnan(found.low))
        return
    assert found.kind == "Poisson"
    many, n = values.sum(), values.size
    assert found.value == pytest.approx(many / n)
    # At the ends, as many or as few as were seen come once in forty times.
    assert stats.poisson.cdf(many, found.high * n) == pytest.approx(0.025)
    assert (found.low == 0) if many == 0 else stats.poisson.sf(many - 1, found.low * n) == pytest.approx(0.025)


@pytest.mark.parametrize(("rate", "of"), [(0.00002, 3000), (0.0002, 3000), (0.0008, 1500), (0.9995, 2000)])
def test_intervals_of_rare_shares_cover_as_often_as_they_say(rate: float, of: int) -> None:
    """Each of 1,000 experiments has five replications."""
    rng = np.random.default_rng(4)
    shares = rng.binomial(of, rate, size=(1000, 5)) / of
    found = [estimate_of_share(values, np.full(5, float(of))) for values in shares]
    assert np.mean([each.low <= rate <= each.high for each in found]) >= 0.93
    if rate * of < 0.1:
        assert np.mean([each.low <= rate <= each.high for each in map(estimate, shares)]) < 0.5


def test_intervals_of_rare_counts_cover_as_often_as_they_say() -> None:
    values = np.random.default_rng(5).poisson(0.6, size=(1000, 5)).astype(np.float64)
    assert np.mean([each.low <= 0.6 <= each.high for each in map(estimate_of_count, values)]) >= 0.95


def test_the_ratio_of_sums_is_not_the_mean_of_ratios() -> None:
    """A busy week in which everybody waits, and a quiet one: 90 of 100, then 1 of 10."""
    values, of = np.array([0.9, 0.1]), np.array([100.0, 10.0])
    assert estimate(values).value == pytest.approx(0.5)
    assert pooled(values, of).value == pytest.approx(91 / 110)
    assert pooled(np.array([0.9, nan]), np.array([100.0, 0.0])).value == pytest.approx(0.9)
    assert isnan(pooled(np.array([nan]), np.array([0.0])).value)


def test_intervals_of_the_ratio_of_sums_cover_as_often_as_they_say() -> None:
    """Weeks of very different sizes, in which busy ones are worse."""
    rng = np.random.default_rng(6)
    of = rng.poisson(rng.uniform(50, 400, size=(1000, 30))).astype(np.float64)
    over = rng.binomial(of.astype(int), of / 1000)
    truth = 1e-3 * np.mean(np.square(np.random.default_rng(7).poisson(np.random.default_rng(8).uniform(50, 400, 10**6)))) / 225
    found = [pooled(a / b, b) for a, b in zip(over, of, strict=True)]
    assert 0.92 <= np.mean([each.low <= truth <= each.high for each in found]) <= 0.97
    means = [estimate(a / b) for a, b in zip(over, of, strict=True)]
    assert np.mean([each.low <= truth <= each.high for each in means]) < 0.5


@pytest.mark.parametrize(("n", "q", "low", "high"), [(100, 0.9, 84, 96), (10, 0.5, 2, 9), (5, 0.9, 3, 6), (2, 0.5, 0, 3)])
def test_a_quantile_lies_between_two_order_statistics(n: int, q: float, low: int, high: int) -> None:
    """Ranks from 1; 0 and n + 1 are beyond the sample."""
    assert interval_ranks(n, q) == (low - 1, high - 1)
    below = stats.binom(n, q)
    assert below.cdf(high - 1) - below.cdf(low - 1) >= 0.95
    assert below.cdf(low - 1) <= 0.025
    assert low == 0 or below.cdf(low) > 0.025


def test_the_order_statistics_of_the_ninetieth_percentile_of_a_hundred_cover_as_told() -> None:
    assert stats.binom(100, 0.9).cdf(95) - stats.binom(100, 0.9).cdf(83) == pytest.approx(0.95569, abs=5e-6)


@pytest.mark.parametrize("value", [ratio(1, 3), ratio(0, 0), Quantile(2.0, 1.0, 4.0), Quantile(nan, nan, nan)], ids=("share", "none", "quantile", "nothing"))
def test_what_a_value_is_made_of_goes_along_to_other_processes(value: Ratio | Quantile) -> None:
    for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):
        np.testing.assert_equal(float(again), float(value))
        np.testing.assert_equal(vars(again), vars(value))


@given(st.lists(st.floats(0, 1e4) | st.just(np.inf), min_size=1, max_size=300))
def test_a_spread_has_the_values_at_its_ranks(values: list[float]) -> None:
    ordered = np.sort(values)
    for q, found in ((0.5, spread(np.array(values)).p50), (0.9, spread(np.array(values)).p90)):
        low, high = interval_ranks(ordered.size, q)
        assert found.low == (ordered[low] if low >= 0 else -np.inf)
        assert found.high == (ordered[high] if high < ordered.size else np.inf)
        at = ordered[max(int(np.ceil(q * ordered.size)) - 1, 0)]
        np.testing.assert_equal(float(found), at if np.isfinite(at) else nan)
        assert isnan(found) or found.low <= found <= found.high


def test_the_difference_of_two_rare_shares_is_as_wide_as_both() -> None:
    """Newcombe (1998), table II (a) by his method 10: 56 of 70 less 48 of 80."""
    a, b = (replace(estimate(np.array([many / of] * 2)), low=wilson(many, of)[0], high=wilson(many, of)[1]) for many, of in ((48, 80), (56, 70)))
    assert difference_of(a, b) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(0, 9), st.integers(0, 9))
def test_rare_counts_are_compared_exactly(a: int, b: int) -> None:
    found = p_value_of_counts(a, b, 5, 5)
    assert found == pytest.approx(p_value_of_counts(b, a, 5, 5))
    expected = 1.0 if a + b == 0 else min(1.0, 2 * min(stats.binom.cdf(b, a + b, 0.5), stats.binom.sf(b - 1, a + b, 0.5)))
    assert found == pytest.approx(expected)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40).map(np.array))
def test_an_interval_that_allows_for_skewness_is_mirrored_with_its_values(values: np.ndarray) -> None:
    low, high = skew_interval(values)
    assert low <= high
    np.testing.assert_allclose((-high, -low), skew_interval(-values), rtol=1e-6, atol=1e-6)


def test_an_interval_that_allows_for_skewness_reaches_further_to_the_long_side() -> None:
    values = np.array([1.0, 1.0, 2.0, 1.0, 3.0, 20.0])
    (low, high), half = skew_interval(values), half_width(values)
    assert high > values.mean() + half
    assert low > values.mean() - half


@given(st.integers(1, 60), st.data())
def test_the_exact_interval_of_a_share_holds_what_binomial_tails_say(of: int, data: st.DataObject) -> None:
    many = data.draw(st.integers(0, of))
    low, high = exact_share(many, of)
    assert low <= many / of <= high
    # As many cases or more have a chance of 2.5 % at its lower end, as many or fewer at its upper end.
    assert many == 0 or abs(stats.binom.sf(many - 1, of, low) - 0.025) < 1e-9
    assert many == of or abs(stats.binom.cdf(many, of, high) - 0.025) < 1e-9
