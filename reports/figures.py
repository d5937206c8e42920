"""Measured values as people read them: percentages, durations, counts, and how they changed."""

from __future__ import annotations

from math import inf, isnan

from ..quantities import format_duration
from ..simulator.experiment import Difference
from ..simulator.intervals import Estimate
from ..simulator.metrics import Metric

TENTH_OF_A_PERCENT = 0.001
NEVER = "never"
NOTHING = "-"


def figure(metric: Metric, value: float) -> str:
    """A value of a measure; not-a-number is `never` where help is waited for, else `-`.

    >>> from ..simulator.metrics import BY_ID
    >>> figure(BY_ID["helped_rate"], 0.8456), figure(BY_ID["wait_p90_s"], float("nan"))
    ('84.6%', '-')
    """
    if isnan(value):
        return NEVER if metric.null_means_never else NOTHING
    match metric.unit:
        case "share":
            return f"{_rounded(100 * value, 1):.1f}%"
        case "s":
            return format_duration(value)
        case "h":
            return f"{_rounded(value, 1):,.1f} h"
        case "count" | "value":
            return _count(value)
        case "per problem" | "score":
            return f"{_rounded(value, 2):.2f}"


def ends(metric: Metric, low: float, high: float) -> tuple[str, str]:
    """The ends of a range of values, cut where no value can be: an interval may reach below nothing or above all.

    >>> from ..simulator.metrics import BY_ID
    >>> ends(BY_ID["lost_rate"], -0.012, 0.034), ends(BY_ID["lost_rate"], 0, 0.000032)
    (('0.0%', '3.4%'), ('0%', '0.0032%'))
    """
    most = 1.0 if metric.unit == "share" else inf
    low, high = (end if isnan(end) else min(max(end, 0.0), most) for end in (low, high))
    if metric.unit == "share" and low < high < TENTH_OF_A_PERCENT:
        return f"{100 * low:.2g}%", f"{100 * high:.2g}%"
    if metric.unit == "share" and 1 - TENTH_OF_A_PERCENT < low < high:
        short_low, short_high = (float(f"{100 - 100 * end:.2g}") for end in (low, high))
        return f"{100 - short_low:.12g}%", f"{100 - short_high:.12g}%"
    return figure(metric, low), figure(metric, high)


def margin_of(metric: Metric, found: Estimate) -> str:
    """The interval of a mean, to stand after it: half of it where it is symmetric, else both ends."""
    if found.is_symmetric or isnan(found.low):
        return margin(metric, (found.high - found.low) / 2)
    low, high = ends(metric, found.low, found.high)
    return f"({low} to {high})"


def fine_change(metric: Metric, difference: float) -> str:
    """A difference with two digits at least, however small it is.

    >>> from ..simulator.metrics import BY_ID
    >>> fine_change(BY_ID["helped_rate"], -0.0000123), fine_change(BY_ID["helped_rate"], -0.0381)
    ('-0.0012 pp', '-3.8 pp')
    """
    if metric.unit == "share" and 0 < abs(difference) < TENTH_OF_A_PERCENT:
        return f"{100 * difference:+.2g} pp"
    return change(metric, difference)


def margin_of_change(metric: Metric, found: Difference | Estimate) -> str:
    """The interval of a difference, to stand after it."""
    if found.kind == "t" or isnan(found.low):
        return margin(metric, (found.high - found.low) / 2)
    if isinstance(found, Difference) and found.is_same:
        return ""
    return f"({fine_change(metric, found.low)} to {fine_change(metric, found.high)})"


def change(metric: Metric, difference: float) -> str:
    """A difference of two values, with its sign; shares in percentage points.

    >>> from ..simulator.metrics import BY_ID
    >>> change(BY_ID["helped_rate"], -0.0381), change(BY_ID["wait_p90_s"], 65)
    ('-3.8 pp', '+1 min 5 s')
    """
    if isnan(difference):
        return NOTHING
    sign = "+" if difference > 0 else ""
    if metric.unit == "share":
        return f"{_signed(100 * difference, 1)} pp"
    if metric.unit == "s":
        return f"{sign}{format_duration(difference)}"
    if metric.unit in ("count", "value"):
        return f"{sign}{_count(difference)}"
    digits = 2 if metric.unit in ("per problem", "score") else 1
    return f"{_signed(difference, digits)}{' h' if metric.unit == 'h' else ''}"


def margin(metric: Metric, half_width: float) -> str:
    """Half an interval, to stand after a value or a difference; empty where there is none (one replication, null).

    Durations in one unit, rounded: an interval needs no more.

    >>> from ..simulator.metrics import BY_ID
    >>> margin(BY_ID["helped_rate"], 0.0041), margin(BY_ID["wait_p90_s"], 95.2)
    ('±0.4', '±95 s')
    """
    if isnan(half_width):
        return ""
    match metric.unit:
        case "s" if half_width < 120:
            return f"±{half_width:.1f} s" if half_width < 10 else f"±{half_width:.0f} s"
        case "s" if half_width < 7200:
            return f"±{half_width / 60:.0f} min"
        case "s":
            return f"±{half_width / 3600:.0f} h" if half_width < 172_800 else f"±{half_width / 86_400:.1f} days"
        case "share":
            return f"±{100 * half_width:.1f}"
        case "count" | "value":
            return f"±{_count(half_width)}"
        case "h":
            return f"±{half_width:,.1f}"
        case "per problem" | "score":
            return f"±{half_width:.2f}"


def percent(share: float) -> str:
    """A share of an input, as exact as it was given, to three digits.

    >>> percent(0.2), percent(0.125), percent(0.0005)
    ('20%', '12.5%', '0.05%')
    """
    return f"{100 * share:.3g}%"


def of_100(share: float) -> str:
    """How many of a hundred: whole numbers from ten on.

    >>> of_100(0.1567), of_100(0.0081), of_100(0.0), of_100(0.0002)
    ('16', '0.8', '0', 'under 0.1')
    """
    if share == 0:
        return "0"
    percent = 100 * share
    return "under 0.1" if percent < 0.05 else f"{percent:.1f}" if percent < 9.95 else f"{percent:.0f}"


def from_to(before: float, after: float) -> str | None:
    """Two shares as numbers of a hundred, told apart by a decimal if need be; `None` if even that does not.

    >>> from_to(0.941, 0.335), from_to(0.1211, 0.1189), from_to(0.5, 0.5001)
    ('from 94 to 34', 'from 12.1 to 11.9', None)
    """
    if of_100(before) != of_100(after):
        return f"from {of_100(before)} to {of_100(after)}"
    texts = [f"{100 * share:.1f}" for share in (before, after)]
    return None if texts[0] == texts[1] else f"from {texts[0]} to {texts[1]}"


def _count(value: float) -> str:
    return f"{_rounded(value, 0):,.0f}" if abs(value) >= 99.95 else f"{_rounded(value, 1):.1f}"


def _rounded(value: float, digits: int) -> float:
    # Adding zero turns -0.0 into 0.0.
    return round(value, digits) + 0.0


def _signed(value: float, digits: int) -> str:
    value = _rounded(value, digits)
    return f"{value:+,.{digits}f}" if value else f"{0:.{digits}f}"
