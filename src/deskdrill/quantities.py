"""Durations, shares and weights as people write them in a file, and durations as people read them.

From a file (pydantic's JSON mode) a duration carries its unit; from Python it is a plain number of seconds.
"""

from __future__ import annotations

import math
import re
import sys
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from .errors import BadValue

# Largest first, which is also the order in which they are written.
SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST_S: Final = 100 * 365.25 * SECONDS["d"]

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PARTS = "".join(rf"(?:({_NUMBER}){unit})?" for unit in SECONDS)
# The look-ahead refuses the empty text, all units being optional.
_DURATION = re.compile(rf"(?=.){_PARTS}")
_SHARE = re.compile(rf"({_NUMBER})\s?%")
_LOOSE_PART = re.compile(rf"({_NUMBER})\s*([a-zA-Z]+)\.?,?\s*(?:and\s+)?")
_LOOSE_UNITS: Final = {
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "w"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
}
_DURATION_FORM = "a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m`"
_SHARE_FORM = "a share from 0 to 1, or a percentage such as `20%`"


def parse_duration(text: str) -> float:
    """The seconds of a duration as it stands in a file; raises `BadValue`.

    The units are `w`, `d`, `h`, `m` and `s`, each at most once, the larger before the smaller; `0` needs none. At most
    100 years.

    >>> parse_duration("1h30m")
    5400.0
    >>> parse_duration("8")
    Traceback (most recent call last):
    deskdrill.errors.BadValue: expected a duration with its unit, found `8`; did you mean `8m`?
    """
    text = text.strip()
    if text == "0":
        return 0.0
    if text.startswith("-"):
        raise BadValue(f"a duration cannot be negative, found `{text}`")
    if re.fullmatch(_NUMBER, text):
        raise _without_unit(text)
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadValue(f"expected {_DURATION_FORM}, found `{text}`", _loose_duration(text))
    parts = zip(match.groups(), SECONDS.values(), strict=True)
    return _bounded(math.fsum(float(number) * size for number, size in parts if number), text)


def duration_text(seconds: float) -> str:
    """A duration as it stands in a file, exactly: `parse_duration` gives back the same number.

    >>> duration_text(5400.0), duration_text(0.25), duration_text(0)
    ('1h30m', '0.25s', '0')
    """
    if not 0 <= seconds <= LONGEST_S:
        raise BadValue(f"expected a duration from 0 to 100 years in seconds, found `{seconds!r}`")
    if not float(seconds).is_integer():
        # Positional: a file knows no exponents. Splitting a fraction over units could round it.
        return f"{_positional(seconds)}s"
    left = int(seconds)
    text = ""
    for unit, size in SECONDS.items():
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0"


def format_duration(seconds: float) -> str:
    """A length of time for people, to two significant parts: seconds below a minute, days above 48 hours.

    A negative length (a difference) keeps its sign; not-a-number is `n/a` (there was nothing to measure) and infinity
    is `unbounded`.

    >>> [format_duration(s) for s in (0.4, 45, 125, 3600 * 3.2, 86400 * 2.1)]
    ['0.4 s', '45 s', '2 min 5 s', '3 h 12 min', '2.1 days']
    """
    if math.isnan(seconds):
        return "n/a"
    if seconds < 0:
        text = format_duration(-seconds)
        return text if text == "0 s" else f"-{text}"
    if math.isinf(seconds):
        return "unbounded"
    # Each unit is left only when the rounded value no longer fits it, so that nothing reads "60 s" or "1 h 60 min".
    if round(seconds, 1) < 10 and round(seconds, 1) != round(seconds):
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    if round(seconds) < 3600:
        return _two_parts(round(seconds), 60, "min", "s")
    if round(seconds / 60) < 48 * 60:
        return _two_parts(round(seconds / 60), 60, "h", "min")
    days = seconds / 86_400
    return f"{days:.1f} days" if days < 99.95 else f"{days:,.0f} days"


def parse_share(text: str) -> float:
    """The share, from 0 to 1, of a text such as `0.2` or `20%`; raises `BadValue`.

    >>> parse_share("20%"), parse_share("0.2")
    (0.2, 0.2)
    """
    text = text.strip()
    if (match := _SHARE.fullmatch(text)) is not None:
        # Divided, not multiplied by 0.01: 20 / 100 is the same float as 0.2, and 7 * 0.01 is not 0.07.
        share = float(match[1]) / 100
        if share > 1:
            raise BadValue(f"a share is at most 100%, found `{text}`")
        return share
    if re.fullmatch(_NUMBER, text):
        return _share_of_number(float(text), text)
    if re.fullmatch(rf"-{_NUMBER}\s?%?", text):
        raise BadValue(f"a share cannot be negative, found `{text}`")
    raise BadValue(f"expected {_SHARE_FORM}, found `{text}`")


def _share_of_number(share: float, text: str) -> float:
    if share < 0:
        raise BadValue(f"a share cannot be negative, found `{text}`")
    if not share <= 1:
        raise BadValue(f"a share is at most 1, found `{text}`", f"{text}%" if share <= 100 else None)
    return share


def _bounded(seconds: float, text: str) -> float:
    if not seconds <= LONGEST_S:
        raise BadValue(f"a duration is at most 100 years (5217w), found `{text}`")
    return float(seconds)


def _two_parts(count: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(count, size)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def _positional(number: float) -> str:
    text = repr(float(number))
    if "e" not in text:
        return text
    # Small numbers only: the large ones are whole and never come here.
    return f"{number:.{int(text.partition('e-')[2]) + 17}f}".rstrip("0")


def _without_unit(number: str) -> BadValue:
    """A bare number: most likely minutes were meant."""
    minutes = f"{number}m"
    is_one = _DURATION.fullmatch(minutes) is not None and float(number) * SECONDS["m"] <= LONGEST_S
    return BadValue(f"expected a duration with its unit, found `{number}`", minutes if is_one else None)


def _loose_duration(text: str) -> str | None:
    """What `8 minutes`, `1:30`, `500ms` or `30m 1h` were meant to be, or `None`."""
    if (clock := re.fullmatch(r"([0-9]{1,3}):([0-5][0-9])", text)) is not None:
        return duration_text(int(clock[1]) * 3600 + int(clock[2]) * 60)
    if (milliseconds := re.fullmatch(rf"({_NUMBER})\s*ms", text)) is not None:
        return _offered(float(milliseconds[1]) / 1000)
    seconds = 0.0
    at = 0
    while at < len(text) and (part := _LOOSE_PART.match(text, at)) is not None:
        unit = _LOOSE_UNITS.get(part[2].lower())
        if unit is None:
            return None
        seconds += float(part[1]) * SECONDS[unit]
        at = part.end()
    return _offered(seconds) if 0 < at == len(text) else None


def _offered(seconds: float) -> str | None:
    return duration_text(seconds) if seconds <= LONGEST_S else None


def _duration(value: object, info: ValidationInfo) -> float:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadValue(f"expected {_DURATION_FORM}")
    if value < 0:
        raise BadValue(f"a duration cannot be negative, found `{value}`")
    if info.mode == "json" and value != 0:
        raise _without_unit(str(value))
    return _bounded(value, str(value))


def _share(value: object) -> float:
    if isinstance(value, str):
        return parse_share(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadValue(f"expected {_SHARE_FORM}")
    return _share_of_number(float(value), str(value))


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadValue("expected a number of 0 or more")
    if not 0 <= value <= sys.float_info.max:
        raise BadValue(f"expected a number of 0 or more, found `{value}`")
    return float(value)


Duration = Annotated[
    float,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": f"^{_DURATION.pattern}$"}, {"const": 0}],
            "description": "a length of time in w, d, h, m and s, the larger before the smaller; 0 needs no unit",
            "examples": ["90s", "8m", "1h30m", "2d"],
        }
    ),
]
"""Seconds, at least 0. In a file `90s`, `8m`, `2h`, `1d`, `1w`, `1h30m`; from Python a number of seconds."""

Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^{_SHARE.pattern}$"},
            ],
            "description": "a share of the whole: a number from 0 to 1, or a percentage",
            "examples": [0.2, "20%"],
        }
    ),
]
"""A part of the whole, from 0 to 1. In a file `0.2` or `20%`."""

Weight = Annotated[
    float,
    BeforeValidator(_weight),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "description": "how much this counts beside its neighbours: a number of 0 or more",
        }
    ),
]
"""How much something counts beside its neighbours: at least 0, finite, in no unit."""
