from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.errors import BadValue
from deskdrill.scenarios import kaplan_meier
from deskdrill.scenarios.distributions import Empirical, Exponential, Survival

observed = st.lists(st.tuples(st.integers(0, 20).map(float), st.booleans()), min_size=1, max_size=40).filter(
    lambda rows: any(time > 0 for time, _ in rows)
)
# Weeks in remission of the 21 patients of Freireich et al. (1963) who were given 6-MP; `+`: still in remission then.
REMISSIONS = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()


def still(curve: Survival, at_s: float) -> float:
    """Share still waiting after a time, read off the points."""
    return next((share for time, share in reversed(curve.points) if time <= at_s), 1.0)


def by_hand(rows: list[tuple[float, bool]], at_s: float) -> float:
    share = 1.0
    for time in sorted({time for time, cut in rows if not cut and time <= at_s}):
        leave = sum(each == time and not cut for each, cut in rows)
        share *= 1 - leave / sum(each >= time for each, _ in rows)
    return share


@given(observed)
def test_a_curve_is_the_product_of_who_stayed_each_time(rows: list[tuple[float, bool]]) -> None:
    times, cut = zip(*rows, strict=True)
    if all(time == 0 for time, was_cut in rows if not was_cut) and by_hand(rows, 20) == 0:
        with pytest.raises(BadValue):
            kaplan_meier(times, cut)
        return
    curve = kaplan_meier(times, cut)
    for at_s in range(22):
        assert still(curve, at_s) == pytest.approx(by_hand(rows, at_s), abs=1e-12)


@given(st.lists(st.floats(0.1, 1e5), min_size=1, max_size=50))
def test_where_all_left_the_curve_has_the_quantiles_of_the_times_themselves(times: list[float]) -> None:
    curve = kaplan_meier(times, [False] * len(times))
    # Between the steps, where rounding cannot matter.
    u = (np.arange(len(times)) + 0.5) / len(times)
    np.testing.assert_array_equal(curve.quantile(u), Empirical(shape="empirical", values=tuple(times)).quantile(u))
    assert curve.mean_s == pytest.approx(np.mean(times))


@given(observed, st.lists(st.floats(0, 1, exclude_max=True), min_size=1))
def test_as_many_wait_longer_than_a_quantile_as_the_curve_says(rows: list[tuple[float, bool]], u: list[float]) -> None:
    times, cut = zip(*rows, strict=True)
    try:
        curve = kaplan_meier(times, cut)
    except BadValue:
        return
    for share, at_s in zip(u, curve.quantile(np.array(u)).tolist(), strict=True):
        assert (at_s == inf) == (share > 0 and curve.never > 1 - share) or share == 0
        assert at_s == inf or still(curve, at_s) <= 1 - share
        assert at_s == curve.points[0][0] or still(curve, np.nextafter(at_s, 0)) > 1 - share


def test_published_remissions() -> None:
    times, cut = [float(text.rstrip("+")) for text in REMISSIONS], [text.endswith("+") for text in REMISSIONS]
    curve = kaplan_meier(times, cut)
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert {int(time): round(share, 4) for time, share in curve.points} == published
    assert curve.never == pytest.approx(0.4482, abs=1e-4)
    assert curve.mean_s == inf
    assert sum(times) / (len(times) - sum(cut)) == pytest.approx(39.889, abs=1e-3)


def test_nobody_who_left_is_a_curve_that_never_falls() -> None:
    assert kaplan_meier([30.0, 60.0], [True, True]).points == ((60.0, 1.0),)


def test_a_known_patience_is_found_again_behind_the_waits_that_cut_it_short() -> None:
    """The true curve lies within four standard errors (Greenwood's, at most 0.5 / sqrt(n at risk)) at three times."""
    rng = np.random.default_rng(6)
    patience, wait = rng.exponential(300, 20_000), rng.exponential(200, 20_000)
    curve = kaplan_meier(np.minimum(patience, wait), wait <= patience)
    for at_s in (60, 300, 600):
        assert still(curve, at_s) == pytest.approx(np.exp(-at_s / 300), abs=0.04)


def test_silent_leavers_taken_for_answered_ones_make_people_look_more_patient() -> None:
    rng = np.random.default_rng(7)
    patience, wait = rng.exponential(300, 20_000), rng.exponential(200, 20_000)
    silent = rng.random(20_000) < 0.7
    # The desk sees a silent leaver when it is that customer's turn, and takes the visit for one it answered.
    left = (patience < wait) & ~silent
    naive = kaplan_meier(np.where(left, patience, wait), ~left)
    true = kaplan_meier(np.minimum(patience, wait), wait <= patience)
    assert all(still(naive, at_s) > still(true, at_s) + 0.1 for at_s in (120, 300, 600))


@pytest.mark.parametrize(
    ("times", "cut"),
    [([], []), ([1.0], [True, False]), ([-1.0], [False]), ([inf], [True]), ([float("nan")], [False]), ([0.0, 0.0], [False, False])],
)
def test_what_is_no_list_of_waits_is_refused(times: list[float], cut: list[bool]) -> None:
    with pytest.raises(BadValue):
        kaplan_meier(times, cut)


def test_weights_count_values_as_often_as_they_say() -> None:
    weighed = Empirical(shape="empirical", values=(30.0, 10.0, 99.0), weights=(1.0, 3.0, 0.0))
    assert weighed.mean_s == 15
    assert weighed.quantile(np.array([0.1, 0.7, 0.8, 0.99])).tolist() == [10, 10, 30, 30]


def test_a_mean_patience_by_the_exponential_law_is_time_waited_over_leavers() -> None:
    """The same list as published: an exponential's mean is 359 / 9."""
    assert Exponential(shape="exponential", mean=359 / 9).mean_s == pytest.approx(39.889, abs=1e-3)
