"""Moments of a run as files name them."""

from __future__ import annotations

import datetime as dt

from ..calendar import Clock
from ..errors import BadValue

MOMENTS = ["Tue 10:00", "2026-03-03 10:00"]
"""Examples, for editors."""
_FORM = "a moment of the week such as `Tue 10:00`, or a date and time such as `2026-03-03 10:00`"


def moment_s(text: str, clock: Clock) -> float:
    """The run second of a moment of the week (the first in the run) or of a date and time, perhaps before the run.

    Raises `BadValue` for what is no moment.
    """
    text = text.strip()
    if not text[:4].isdigit():
        return clock.moment(text)
    try:
        return clock.second(dt.datetime.fromisoformat(text))
    except ValueError:
        raise BadValue(f"expected {_FORM}, found `{text}`") from None
