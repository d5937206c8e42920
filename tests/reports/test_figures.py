"""Values as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.reports.figures import change, ends, figure, from_to, margin, of_100
from deskdrill.simulator.metrics import BY_ID, METRICS, Metric

METRIC = st.sampled_from(METRICS)
VALUE = st.floats(0, 1e7) | st.just(math.nan)
SHARE = st.floats(0, 1)


@given(METRIC, VALUE)
def test_a_value_is_one_short_line_without_not_a_number_or_a_negative_zero(metric: object, value: float) -> None:
    text = figure(metric, value)
    assert 0 < len(text) <= 20
    assert "nan" not in text
    assert not text.startswith("-0")


@given(METRIC, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_ends_of_a_range_are_values_that_can_be(metric: Metric, one: float, other: float) -> None:
    least, most = 0.0, 1.0 if metric.unit == "share" else math.inf
    cut = [min(max(end, least), most) for end in (one, other)]
    if metric.unit != "share" or cut[0] >= cut[1] or (cut[1] >= 0.001 and cut[0] <= 0.999):
        assert ends(metric, one, other) == (figure(metric, cut[0]), figure(metric, cut[1]))


@given(st.floats(0, 0.001), st.floats(1e-9, 0.001))
def test_ranges_near_nothing_and_near_all_have_digits_that_tell(low: float, wide: float) -> None:
    for one, other in ((low, low + wide), (1 - low - wide, 1 - low)):
        told = [float(end.removesuffix("%")) / 100 for end in ends(BY_ID["helped_rate"], one, other)]
        assert told == pytest.approx([one, other], abs=max(0.06 * (low + wide), 0.0005 if low + wide >= 0.001 else 0.0))
        assert told[0] <= told[1]


@given(METRIC, st.floats(-1e6, 1e6))
def test_a_difference_has_the_sign_of_its_number_or_is_nothing(metric: object, difference: float) -> None:
    text = change(metric, difference)
    assert text[0] in {-1: "-0", 0: "0", 1: "+0"}[int(math.copysign(1, difference)) if difference else 0]


@given(SHARE, SHARE)
def test_two_shares_are_told_apart_or_not_told(before: float, after: float) -> None:
    text = from_to(before, after)
    assert text is None or text.removeprefix("from ").split(" to ")[0] != text.split(" to ")[1]


@given(SHARE)
def test_how_many_of_a_hundred_is_never_nothing_but_for_nothing(share: float) -> None:
    assert (of_100(share) == "0") == (share == 0)


@pytest.mark.parametrize(
    ("metric", "low", "high", "texts"),
    [
        ("lost_rate", -0.012, 0.034, ("0.0%", "3.4%")),
        ("helped_rate", 0.93, 1.02, ("93.0%", "100.0%")),
        ("wait_p90_s", -4.0, 65.0, ("0 s", "1 min 5 s")),
        ("touches_mean", 0.9, 1.2, ("0.90", "1.20")),
        ("wait_p90_s", math.nan, math.nan, ("-", "-")),
    ],
)
def test_ranges_read_so(metric: str, low: float, high: float, texts: tuple[str, str]) -> None:
    assert ends(BY_ID[metric], low, high) == texts


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("helped_rate", 0.8456, "84.6%"),
        ("helped_rate", 1.0, "100.0%"),
        ("wait_p90_s", 125.0, "2 min 5 s"),
        ("wait_p90_s", math.nan, "-"),
        ("time_to_help_p50_s", math.nan, "never"),
        ("agent_hours", 1836.0, "1,836.0 h"),
        ("protected_automated", 11747.5, "11,748"),
        ("protected_automated", 0.5, "0.5"),
        ("touches_mean", 1.156, "1.16"),
    ],
)
def test_values_read_so(metric: str, value: float, text: str) -> None:
    assert figure(BY_ID[metric], value) == text


@pytest.mark.parametrize(
    ("metric", "half", "text"),
    [
        ("helped_rate", 0.0041, "±0.4"),
        ("wait_p90_s", 9.44, "±9.4 s"),
        ("wait_p90_s", 95.0, "±95 s"),
        ("wait_p90_s", 223.0, "±4 min"),
        ("wait_p90_s", 5 * 3600.0, "±5 h"),
        ("wait_p90_s", 3 * 86400.0, "±3.0 days"),
        ("wait_p90_s", math.nan, ""),
        ("protected_automated", 451.2, "±451"),
    ],
)
def test_margins_read_so(metric: str, half: float, text: str) -> None:
    assert margin(BY_ID[metric], half) == text


def test_differences_of_shares_are_percentage_points() -> None:
    assert change(BY_ID["helped_rate"], -0.0381) == "-3.8 pp"
    assert change(BY_ID["helped_rate"], 0.0) == "0.0 pp"
    assert change(BY_ID["wait_p90_s"], -65.0) == "-1 min 5 s"
    assert change(BY_ID["wait_p90_s"], math.nan) == "-"
