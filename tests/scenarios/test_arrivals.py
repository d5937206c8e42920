from __future__ import annotations

import datetime as dt
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from deskdrill.calendar import WEEKDAYS, Clock
from deskdrill.scenarios.arrivals import ByWeekday, EvenArrivals, PoissonArrivals, ReplayedArrivals

HOUR_S, DAY_S = 3600.0, 86400.0
BY_HOUR = (4, 3, 2, 2, 3, 5, 15, 45, 100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60, 30, 15, 8)
BY_WEEKDAY = ByWeekday(Mon=1.1, Tue=1.05, Wed=1.05, Thu=1, Fri=0.9, Sat=0.15, Sun=0.12)
WEEK = PoissonArrivals(per_week=20_000, by_hour=BY_HOUR, by_weekday=BY_WEEKDAY)
MONDAY = Clock(dt.date(2026, 3, 2), "Europe/London")
weights = st.integers(0, 9)
one_day = st.lists(weights, min_size=23, max_size=23).map(lambda hours: (1.0, *map(float, hours)))
streams = st.builds(
    PoissonArrivals,
    per_week=st.sampled_from((10.0, 500.0)),
    by_hour=one_day | st.fixed_dictionaries({"Tue-Fri": one_day, "Sat, Mon": one_day, "Sunday": one_day}),
    by_weekday=st.lists(weights, min_size=6, max_size=6).map(lambda days: ByWeekday(**dict(zip(WEEKDAYS, (1.0, *map(float, days)), strict=True)))),
    day_factor_shape=st.none() | st.sampled_from((1.0, 28.7)),
)
linear = streams.map(lambda stream: stream.model_copy(update={"rate": "linear"}))
even = (streams | linear).map(lambda stream: EvenArrivals(**{**dict(stream), "kind": "even"}))
clocks = st.builds(
    Clock, st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), st.sampled_from(("UTC", "Europe/London", "America/New_York", "Asia/Kolkata"))
)


def expected_by_hand(stream: PoissonArrivals, clock: Clock, days: int) -> list[float]:
    """The same by the standard library's time zones, one elapsed hour at a time."""
    midnight = dt.datetime.combine(clock.start, dt.time(), ZoneInfo(clock.time_zone)).astimezone(dt.UTC)
    given = stream.by_hour
    if not isinstance(given, dict):
        given = dict.fromkeys(("Sat, Mon", "Tue-Fri", "Sunday"), given)
    hours = {day: given[days] for day, days in zip(WEEKDAYS, ("Sat, Mon", *["Tue-Fri"] * 4, "Sat, Mon", "Sunday"), strict=True)}
    week = sum(getattr(stream.by_weekday, day) * hour for day in WEEKDAYS for hour in hours[day])
    found = []
    for elapsed in range(days * 24):
        local = (midnight + dt.timedelta(hours=elapsed)).astimezone(ZoneInfo(clock.time_zone))
        day = WEEKDAYS[local.weekday()]
        found.append(stream.per_week * getattr(stream.by_weekday, day) * hours[day][local.hour] / week)
    return found


@settings(max_examples=40)
@given(streams, clocks, st.integers(1, 10))
def test_expected_arrivals_follow_the_local_hour_and_weekday(stream: PoissonArrivals, clock: Clock, days: int) -> None:
    np.testing.assert_allclose(stream.expected(clock, days), expected_by_hand(stream, clock, days))


@settings(max_examples=40)
@given(streams, clocks, st.integers(1, 10), st.integers(0, 2**32))
def test_arrivals_ascend_within_the_horizon_and_keep_out_of_hours_without_weight(stream: PoissonArrivals, clock: Clock, days: int, seed: int) -> None:
    at_s = stream.times(np.random.default_rng(seed), clock, days)
    assert (np.diff(at_s) >= 0).all()
    assert ((at_s >= 0) & (at_s < days * DAY_S)).all()
    expected = stream.expected(clock, days)
    assert (expected[(at_s // HOUR_S).astype(int)] > 0).all()
    np.testing.assert_array_equal(at_s, stream.times(np.random.default_rng(seed), clock, days))


@settings(max_examples=40)
@given(linear | even, clocks, st.integers(1, 10), st.integers(0, 2**32))
def test_linear_and_even_arrivals_ascend_within_the_horizon(stream: PoissonArrivals | EvenArrivals, clock: Clock, days: int, seed: int) -> None:
    at_s = stream.times(np.random.default_rng(seed), clock, days)
    assert (np.diff(at_s) >= 0).all()
    assert ((at_s >= 0) & (at_s < days * DAY_S)).all()
    rate = stream.rate_over(clock, days)
    piece = np.searchsorted(rate.from_s, at_s, side="right") - 1
    assert ((rate.begins + rate.ends)[piece] > 0).all()


@settings(max_examples=40)
@given(streams, clocks, st.integers(1, 10))
def test_a_linear_rate_keeps_the_total_of_each_day(stream: PoissonArrivals, clock: Clock, days: int) -> None:
    smooth = stream.model_copy(update={"rate": "linear"})
    both = [each.expected(clock, days).reshape(days, 24).sum(axis=1) for each in (stream, smooth)]
    np.testing.assert_allclose(both[0], both[1], atol=1e-9)
    rate = smooth.rate_over(clock, days)
    within = np.arange(1, rate.begins.size) % 48 != 0
    np.testing.assert_allclose(rate.begins[1:][within], rate.ends[:-1][within], err_msg="it jumps within a day", atol=1e-12)


@settings(max_examples=40)
@given(streams | linear, clocks, st.integers(1, 5), st.integers(0, 2**32))
def test_a_moment_is_that_until_which_so_many_are_expected(stream: PoissonArrivals, clock: Clock, days: int, seed: int) -> None:
    rate = stream.rate_over(clock, days).by_day(np.random.default_rng(seed).gamma(2.0, 0.5, days))
    assume(rate.expected > 0)
    expected = np.sort(np.random.default_rng(seed).random(50)) * rate.expected
    at_s = rate.when(expected)
    assert (np.diff(at_s) >= 0).all()
    np.testing.assert_allclose(rate.until(at_s), expected, rtol=1e-9, atol=1e-9 * rate.expected)
    assert rate.until(days * DAY_S) == pytest.approx(rate.expected)


@settings(max_examples=40)
@given(streams | linear, clocks, st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_a_rate_expects_what_the_whole_does_then(stream: PoissonArrivals, clock: Clock, a: float, b: float) -> None:
    rate = stream.rate_over(clock, 2)
    from_s, to_s = min(a, b) * 2 * DAY_S, max(a, b) * 2 * DAY_S
    if from_s < to_s:
        part = rate.within(from_s, to_s)
        assert part.expected == pytest.approx(float(rate.until(to_s) - rate.until(from_s)), abs=1e-9)
        assert part.times(3).expected == pytest.approx(3 * part.expected)


@settings(max_examples=40)
@given(even, clocks, st.integers(1, 5))
def test_even_arrivals_are_each_half_way_between_whole_expected_numbers(stream: EvenArrivals, clock: Clock, days: int) -> None:
    alone = stream.model_copy(update={"day_factor_shape": None})
    rate = alone.rate_over(clock, days)
    at_s = alone.times(np.random.default_rng(1), clock, days)
    np.testing.assert_allclose(rate.until(at_s), np.arange(at_s.size) + 0.5, atol=1e-6)
    assert abs(at_s.size - rate.expected) <= 0.5 + 1e-9


def test_even_arrivals_at_a_constant_rate_come_like_a_clock() -> None:
    at_s = EvenArrivals(kind="even", per_week=7 * 24 * 60).times(np.random.default_rng(1), MONDAY, 1)
    np.testing.assert_allclose(at_s, 60 * np.arange(24 * 60) + 30)


def test_a_linear_rate_by_hand() -> None:
    """Two busy hours, 11 and 12: the rate rises from half past ten, is level between their middles and is 0 again at half past one.

    The ramps hold half an hour's customers each, the level hour one: together the two hours' total, so nothing is scaled.
    """
    by_hour = tuple(float(hour in (11, 12)) for hour in range(24))
    rate = PoissonArrivals(per_week=7 * 200, by_hour=by_hour, rate="linear").rate_over(MONDAY, 1)
    hours = [10.5, 11, 11.5, 12.5, 13, 13.5]
    np.testing.assert_allclose(rate.until(np.array(hours) * HOUR_S), [0, 12.5, 50, 150, 187.5, 200], atol=1e-9)


def test_a_full_week_has_as_many_as_it_says() -> None:
    assert WEEK.expected(MONDAY, 7).sum() == pytest.approx(20_000)
    assert WEEK.expected(MONDAY, 14).sum() == pytest.approx(40_000)


@pytest.mark.parametrize("rate", ["steps", "linear"])
def test_counts_in_each_hour_are_poisson(rate: str) -> None:
    """The index of dispersion of 30 weeks in every hour of the week: a chi-square with 29 degrees of freedom for each."""
    weeks = 30
    stream = WEEK.model_copy(update={"rate": rate})
    counts = np.array([np.bincount((stream.times(np.random.default_rng(seed), MONDAY, 7) // HOUR_S).astype(int), minlength=168) for seed in range(weeks)])
    expected = stream.expected(MONDAY, 7)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert stats.chi2.sf(chi_square, weeks * 168) > 1e-3
    assert stats.chi2.cdf(chi_square, weeks * 168) > 1e-3


@pytest.mark.parametrize("rate", ["steps", "linear"])
def test_arrivals_are_those_of_a_poisson_process_with_the_given_rate(rate: str) -> None:
    """Mapped through the expected number until then, they are uniform, and the gaps between them exponential."""
    stream = WEEK.model_copy(update={"rate": rate})
    at_s, over = stream.times(np.random.default_rng(5), MONDAY, 7), stream.rate_over(MONDAY, 7)
    operational = over.until(at_s)
    assert stats.kstest(operational / over.expected, "uniform").pvalue > 1e-3
    assert stats.kstest(np.diff(operational), "expon").pvalue > 1e-3


def test_a_day_factor_makes_days_busier_or_quieter_as_a_gamma() -> None:
    """Mean 1, squared coefficient of variation 1 / shape, added to that of the Poisson count."""
    shape, days = 10.0, 2000
    flat = PoissonArrivals(per_week=7 * 400, day_factor_shape=shape)
    at_s = np.concatenate([flat.times(np.random.default_rng(seed), MONDAY, 200) + seed * 200 * DAY_S for seed in range(days // 200)])
    counts = np.bincount((at_s // DAY_S).astype(int), minlength=days)
    assert abs(counts.mean() - 400) < 4 * 400 * sqrt((1 / shape + 1 / 400) / days)
    cv2 = counts.var() / counts.mean() ** 2
    assert cv2 == pytest.approx(1 / shape + 1 / 400, rel=0.15)


@pytest.mark.parametrize("r", [0.8, -0.5])
def test_correlated_day_factors_are_gamma_still_and_correlated_on_the_normal_scale(r: float) -> None:
    """Every tenth day is all but independent of the one before (.8 to the tenth is .1): those are tested for their shape."""
    shape = 4.0
    stream = PoissonArrivals(per_week=700, day_factor_shape=shape, day_factor_correlation=r)
    factors = stream.day_factors(np.random.default_rng(8), 20_000)
    gamma = stats.gamma(shape, scale=1 / shape)
    assert stats.kstest(factors[::20], gamma.cdf).pvalue > 1e-3
    z = stats.norm.ppf(gamma.cdf(factors))
    for lag in (1, 2, 3):
        assert np.corrcoef(z[:-lag], z[lag:])[0, 1] == pytest.approx(r**lag, abs=4 / sqrt(20_000) * sqrt((1 + r * r) / (1 - r * r)))


def test_without_a_correlation_the_day_factors_are_drawn_as_ever() -> None:
    stream = PoissonArrivals(per_week=700, day_factor_shape=4.0)
    np.testing.assert_array_equal(stream.day_factors(np.random.default_rng(3), 9), np.random.default_rng(3).gamma(4.0, 0.25, 9))


def test_recorded_arrivals_are_the_same_every_time_in_order() -> None:
    recorded = ReplayedArrivals(kind="replayed", at=(7200.0, 60.0, 60.5, 90_000.0))
    assert recorded.times(None, MONDAY, 2).tolist() == [60, 60.5, 7200, 90_000]
    expected = recorded.expected(MONDAY, 2)
    assert expected.sum() == 4
    assert expected[[0, 2, 25]].tolist() == [2, 1, 1]


def test_within_an_hour_and_a_day_the_factor_moves_all_alike() -> None:
    flat = PoissonArrivals(per_week=7 * 24_000, day_factor_shape=2.0)
    counts = np.bincount((flat.times(np.random.default_rng(2), MONDAY, 10) // HOUR_S).astype(int), minlength=240).reshape(10, 24)
    assert ((counts - counts.mean(axis=1, keepdims=True)) ** 2 / counts.mean(axis=1, keepdims=True)).sum() < stats.chi2.isf(1e-3, 230)
    assert counts.mean(axis=1).std() > 200


@pytest.mark.parametrize(
    ("start", "missing", "twice"),
    [(dt.date(2026, 3, 23), 1, None), (dt.date(2026, 10, 19), None, 1)],
    ids=["spring", "autumn"],
)
def test_in_the_week_when_clocks_change_an_hour_is_missing_or_comes_twice(start: dt.date, missing: int | None, twice: int | None) -> None:
    """The clocks change on Sunday at 1 o'clock in London; the seven times 24 elapsed hours then end an hour later or earlier."""
    clock = Clock(start, "Europe/London")
    local = clock.hour_of_week(np.arange(168) * HOUR_S)
    sunday = [int(hour - 144) for hour in local if hour >= 144]
    assert missing not in sunday
    assert twice is None or sunday.count(twice) == 2
    assert local[150] == 150 + (1 if missing else -1)
    assert WEEK.expected(clock, 7)[150] == pytest.approx(WEEK.expected(MONDAY, 7)[local[150]])
