from __future__ import annotations

import datetime as dt
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from deskdrill.calendar import WEEKDAYS, Clock
from deskdrill.scenarios.arrivals import Arrivals, ByWeekday

HOUR_S, DAY_S = 3600.0, 86400.0
BY_HOUR = (4, 3, 2, 2, 3, 5, 15, 45, 100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60, 30, 15, 8)
BY_WEEKDAY = ByWeekday(Mon=1.1, Tue=1.05, Wed=1.05, Thu=1, Fri=0.9, Sat=0.15, Sun=0.12)
WEEK = Arrivals(per_week=20_000, by_hour=BY_HOUR, by_weekday=BY_WEEKDAY)
MONDAY = Clock(dt.date(2026, 3, 2), "Europe/London")
weights = st.integers(0, 9)
streams = st.builds(
    Arrivals,
    per_week=st.sampled_from((10.0, 500.0)),
    by_hour=st.lists(weights, min_size=23, max_size=23).map(lambda hours: (1.0, *map(float, hours))),
    by_weekday=st.lists(weights, min_size=6, max_size=6).map(lambda days: ByWeekday(**dict(zip(WEEKDAYS, (1.0, *map(float, days)), strict=True)))),
    day_factor_shape=st.none() | st.sampled_from((1.0, 28.7)),
)
clocks = st.builds(
    Clock, st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), st.sampled_from(("UTC", "Europe/London", "America/New_York", "Asia/Kolkata"))
)


def expected_by_hand(stream: Arrivals, clock: Clock, days: int) -> list[float]:
    """The same by the standard library's time zones, one elapsed hour at a time."""
    midnight = dt.datetime.combine(clock.start, dt.time(), ZoneInfo(clock.time_zone)).astimezone(dt.UTC)
    week = sum(getattr(stream.by_weekday, day) * hour for day in WEEKDAYS for hour in stream.by_hour)
    found = []
    for elapsed in range(days * 24):
        local = (midnight + dt.timedelta(hours=elapsed)).astimezone(ZoneInfo(clock.time_zone))
        found.append(stream.per_week * getattr(stream.by_weekday, WEEKDAYS[local.weekday()]) * stream.by_hour[local.hour] / week)
    return found


@settings(max_examples=40)
@given(streams, clocks, st.integers(1, 10))
def test_expected_arrivals_follow_the_local_hour_and_weekday(stream: Arrivals, clock: Clock, days: int) -> None:
    np.testing.assert_allclose(stream.expected(clock, days), expected_by_hand(stream, clock, days))


@settings(max_examples=40)
@given(streams, clocks, st.integers(1, 10), st.integers(0, 2**32))
def test_arrivals_ascend_within_the_horizon_and_keep_out_of_hours_without_weight(stream: Arrivals, clock: Clock, days: int, seed: int) -> None:
    at_s = stream.times(np.random.default_rng(seed), clock, days)
    assert (np.diff(at_s) >= 0).all()
    assert ((at_s >= 0) & (at_s < days * DAY_S)).all()
    expected = stream.expected(clock, days)
    assert (expected[(at_s // HOUR_S).astype(int)] > 0).all()
    np.testing.assert_array_equal(at_s, stream.times(np.random.default_rng(seed), clock, days))


def test_a_full_week_has_as_many_as_it_says() -> None:
    assert WEEK.expected(MONDAY, 7).sum() == pytest.approx(20_000)
    assert WEEK.expected(MONDAY, 14).sum() == pytest.approx(40_000)


def test_counts_in_each_hour_are_poisson() -> None:
    """The index of dispersion of 30 weeks in every hour of the week: a chi-square with 29 degrees of freedom for each."""
    weeks = 30
    counts = np.array([np.bincount((WEEK.times(np.random.default_rng(seed), MONDAY, 7) // HOUR_S).astype(int), minlength=168) for seed in range(weeks)])
    expected = WEEK.expected(MONDAY, 7)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert stats.chi2.sf(chi_square, weeks * 168) > 1e-3
    assert stats.chi2.cdf(chi_square, weeks * 168) > 1e-3


def test_arrivals_are_those_of_a_poisson_process_with_the_given_rate() -> None:
    """Mapped through the expected number until then, they are uniform, and the gaps between them exponential."""
    at_s = WEEK.times(np.random.default_rng(5), MONDAY, 7)
    until = np.concatenate([[0.0], np.cumsum(WEEK.expected(MONDAY, 7))])
    operational = np.interp(at_s, np.arange(169) * HOUR_S, until)
    assert stats.kstest(operational / until[-1], "uniform").pvalue > 1e-3
    assert stats.kstest(np.diff(operational), "expon").pvalue > 1e-3


def test_a_day_factor_makes_days_busier_or_quieter_as_a_gamma() -> None:
    """Mean 1, squared coefficient of variation 1 / shape, added to that of the Poisson count."""
    shape, days = 10.0, 2000
    flat = Arrivals(per_week=7 * 400, day_factor_shape=shape)
    at_s = np.concatenate([flat.times(np.random.default_rng(seed), MONDAY, 200) + seed * 200 * DAY_S for seed in range(days // 200)])
    counts = np.bincount((at_s // DAY_S).astype(int), minlength=days)
    assert abs(counts.mean() - 400) < 4 * 400 * sqrt((1 / shape + 1 / 400) / days)
    cv2 = counts.var() / counts.mean() ** 2
    assert cv2 == pytest.approx(1 / shape + 1 / 400, rel=0.15)


def test_within_an_hour_and_a_day_the_factor_moves_all_alike() -> None:
    flat = Arrivals(per_week=7 * 24_000, day_factor_shape=2.0)
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
