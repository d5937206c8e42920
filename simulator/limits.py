"""How far a measure may go, as people write it in a file, in the measure's own unit."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite

from ..errors import BadValue
from ..quantities import parse_duration, parse_share
from .metrics import Metric

Written = str | int | float
"""As it stands in a file: `20m`, `5%`, `1pp`, or a number."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_HOUR_S = 3600.0


def parse_limit(written: Written, metric: Metric) -> float:
    """A value that a measure may reach; raises `BadValue`.

    A share is `5%` or a number from 0 to 1, a time carries its unit, and so do hours of work; all else is a number.

    >>> from .metrics import BY_ID
    >>> parse_limit("20m", BY_ID["wait_p90_s"]), parse_limit("5%", BY_ID["misroute_rate"])
    (1200.0, 0.05)
    >>> parse_limit(20, BY_ID["wait_p90_s"])
    Traceback (most recent call last):
    deskdrill.errors.BadValue: expected a duration with its unit, found `20`; did you mean `20m`?
    """
    text = _text(written)
    match metric.unit:
        case "share":
            return parse_share(text)
        case "s":
            return parse_duration(text)
        case "h":
            return _hours(text)
        case _:
            return _number(text, metric)


def parse_step(written: Written, metric: Metric) -> float:
    """A difference of two values of a measure; raises `BadValue`. That of two shares is in percentage points.

    >>> from .metrics import BY_ID
    >>> parse_step("1pp", BY_ID["misroute_rate"]), parse_step("30s", BY_ID["wait_p90_s"])
    (0.01, 30.0)
    """
    if metric.unit != "share":
        return parse_limit(written, metric)
    text = _text(written)
    points = re.fullmatch(rf"({_NUMBER})\s?pp", text)
    if points is None and text != "0":
        percent = re.fullmatch(rf"({_NUMBER})\s?%", text)
        raise BadValue(
            f"`{metric.id}` is a share: by how much is said in percentage points such as `1pp`, found `{text}`",
            None if percent is None else f"{percent[1]}pp",
        )
    step = 0.0 if points is None else float(points[1]) / 100
    if not step <= 1:
        raise BadValue(f"two shares differ by at most 100pp, found `{text}`")
    return step


def parse_worsening(written: Written, metric: Metric) -> tuple[float, bool]:
    """By how much a measure may be worse, and whether that is a part of what it was; raises `BadValue`.

    >>> from .metrics import BY_ID
    >>> parse_worsening("30s", BY_ID["wait_p90_s"]), parse_worsening("5%", BY_ID["wait_p90_s"])
    ((30.0, False), (0.05, True))
    """
    percent = re.fullmatch(rf"({_NUMBER})\s?%", _text(written))
    if percent is None or metric.unit == "share":
        return parse_step(written, metric), False
    return float(percent[1]) / 100, True


def _text(written: Written) -> str:
    if isinstance(written, str):
        return written.strip()
    # Positional: nobody writes exponents, and no form that is expected here has one.
    return format(Decimal(repr(written)), "f") if isfinite(written) else str(written)


def _hours(text: str) -> float:
    if re.fullmatch(_NUMBER, text) and text != "0":
        raise BadValue(f"expected hours with their unit, found `{text}`", f"{text}h")
    return parse_duration(text) / _HOUR_S


def _number(text: str, metric: Metric) -> float:
    if not re.fullmatch(_NUMBER, text):
        raise BadValue(f"`{metric.id}` is a plain number of 0 or more, found `{text}`")
    return float(text)
