"""Hours of the week, and the local time of a run: opening hours, time zones, daylight saving."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from .errors import BadValue, did_you_mean

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S
WEEK_S: Final = 7 * DAY_S

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_FULL_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_NUMBERS: Final = {name.casefold(): day for names in (WEEKDAYS, _FULL_NAMES) for day, name in enumerate(names)}
_HOURS_FORM: Final = "hours such as `Mon-Fri 08-18`, `Mon-Fri 08:30-18, Sat 10-14` or `always`"
_MOMENT_FORM: Final = "a moment of the week such as `Mon 10:15`"
_TIME: Final = r"[0-9]{1,2}(?::[0-9]{2})?"
_PART: Final = re.compile(
    rf"(?:(?P<first>[^\W\d]+)(?:\s*-\s*(?P<last>[^\W\d]+))?)?\s*(?:(?P<opens>{_TIME})\s*-\s*(?P<closes>{_TIME}))?",
)
_MOMENT: Final = re.compile(rf"(?P<day>[^\W\d]+)\s+(?P<time>{_TIME})")
# They name whatever the machine is set to, or nothing at all: the same run would differ from one machine to the next.
_NO_REAL_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
# Of all zones' changes of the clocks since 1900, no two are less than three days apart: a step cannot hide a pair.
_STEP_S: Final = DAY_S


@dataclass(frozen=True, slots=True)
class WeekHours:
    """A set of times in the week: local wall-clock time, the same every week.

    `spans` are half-open `(opens_s, closes_s)` in seconds since Monday 00:00, sorted, apart from one another, within
    the week.

    >>> hours = WeekHours.parse("Mon-Fri 08:30-18, Sat 22-02")
    >>> str(hours)
    'Mon-Fri 08:30-18, Sat 22-24, Sun 00-02'
    >>> hours.contains([8 * 3600, 9 * 3600]).tolist()
    [False, True]
    """

    spans: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if edges != sorted(set(edges)) or not all(0 <= edge <= WEEK_S for edge in edges):
            raise BadValue(
                f"the spans of a week must be sorted, apart and within 0 to {WEEK_S} seconds, found `{self.spans}`"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The hours that `text` names; raises `BadValue`.

        Parts are separated by commas, days by themselves wait for the hours that follow (`Mon, Wed 09-17`), hours by
        themselves take the days before them (`Mon-Fri 08-12, 13-17`) or every day, and days without any hours are whole
        days. Hours that close before they open run into the next day. `always` and `never` are the whole week and
        nothing.
        """
        word = text.strip().casefold()
        if word in ("always", "24/7"):
            return cls(((0, WEEK_S),))
        if word == "never":
            return cls(())
        return cls.of(_spans(text))

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Self:
        """The union of spans in any order; one that ends beyond the week goes on at its start."""
        pieces: list[tuple[int, int]] = []
        for opens_s, closes_s in spans:
            pieces.append((opens_s, min(closes_s, WEEK_S)))
            if closes_s > WEEK_S:
                pieces.append((0, closes_s - WEEK_S))
        merged: list[tuple[int, int]] = []
        for opens_s, closes_s in sorted(pieces):
            if merged and opens_s <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes_s))
            else:
                merged.append((opens_s, closes_s))
        return cls(tuple(merged))

    @property
    def open_s(self) -> int:
        """Seconds a week that these hours hold."""
        return sum(closes_s - opens_s for opens_s, closes_s in self.spans)

    def contains(self, second_of_week: ArrayLike) -> BoolArray:
        """Whether each moment (seconds since Monday 00:00 local) lies in these hours; the shape is that of the
        argument.
        """
        edges = np.array(self.spans, dtype=np.float64).ravel()
        # An odd number of edges at or before a moment: it lies within a span, whose start is in and whose end is not.
        passed = np.searchsorted(edges, np.asarray(second_of_week, dtype=np.float64), side="right")
        return np.asarray(passed % 2 == 1)

    def __str__(self) -> str:
        if not self.spans:
            return "never"
        if self.spans == ((0, WEEK_S),):
            return "always"
        by_day: list[list[str]] = [[] for _ in WEEKDAYS]
        for opens_s, closes_s in self.spans:
            for day in range(opens_s // DAY_S, -(-closes_s // DAY_S)):
                start_s = day * DAY_S
                by_day[day].append(
                    f"{_clock_text(max(opens_s - start_s, 0))}-{_clock_text(min(closes_s - start_s, DAY_S))}"
                )
        return ", ".join(_day_texts([tuple(hours) for hours in by_day]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _week_hours, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "description": "hours of the week, local: days and opening hours, commas between; or `always`, `never`",
            "examples": ["Mon-Fri 08-18", "Mon-Fri 08:30-18, Sat 10-14", "always"],
        }


def second_of_week(text: str) -> int:
    """The seconds from Monday 00:00 to a moment of the week. Raises `BadValue`.

    >>> second_of_week("Tue 08:30") == 24 * 3600 + 8.5 * 3600
    True
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"expected {_MOMENT_FORM}, found `{text}`")
    second = _second_of_day(match["time"], text)
    if second == DAY_S:
        raise BadValue(f"the day ends before `24:00`, found `{text}`")
    return _day_number(match["day"], text) * DAY_S + second


def whole_days(text: str) -> tuple[int, ...]:
    """The days that `text` names, 0 for Monday, ascending; raises `BadValue`.

    >>> whole_days("Mon-Wed, Sun")
    (0, 1, 2, 6)
    """
    spans = WeekHours.parse(text).spans
    if not spans or any(edge % DAY_S for span in spans for edge in span):
        raise BadValue(f"expected whole days such as `Mon-Fri` or `Sat, Sun`, found `{text}`")
    return tuple(day for opens_s, closes_s in spans for day in range(opens_s // DAY_S, closes_s // DAY_S))


@dataclass(frozen=True, slots=True)
class Clock:
    """The local time of a run, whose second 0 is local midnight of `start` (its first moment, where the clocks skip
    midnight).

    `time_zone` is an IANA name such as `Europe/London`; `holidays` are local dates. A run's seconds are real ones,
    counted on through daylight saving; moments before second 0 do not exist. Raises `BadValue` for an unknown time
    zone.

    >>> clock = Clock(dt.date(2026, 3, 28), "Europe/London")
    >>> clock.label(0), clock.label(24 * 3600 + 3600), clock.moment("Sun 02:00")
    ('Sat 00:00', 'Sun 02:00', 90000.0)
    """

    start: dt.date
    time_zone: str
    holidays: tuple[dt.date, ...] = ()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _start_s: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1900 <= self.start.year <= 2200:
            raise BadValue(f"a run starts between the years 1900 and 2200, found `{self.start}`")
        zone = _zone(self.time_zone)
        object.__setattr__(self, "_zone", zone)
        object.__setattr__(self, "_start_s", _unix_s(dt.datetime.combine(self.start, dt.time(), zone)))

    def second_of_week(self, at_s: ArrayLike) -> FloatArray:
        """Local wall-clock seconds since Monday 00:00, in [0, 604800), of each run second; not-a-number stays so.

        Raises `ValueError` for a moment before second 0 or an infinite one.
        """
        at_s = np.asarray(at_s, dtype=np.float64)
        changes_s, offsets_s = self._offsets(at_s)
        # Reduced to the week before the run seconds are added: the seconds since 1970 would cost a float its last
        # digits.
        monday_s = (self._start_s + 3 * DAY_S + offsets_s) % WEEK_S
        local_s = at_s + monday_s[np.searchsorted(changes_s, at_s, side="right")]
        return np.asarray(np.mod(local_s, WEEK_S))

    def is_holiday(self, at_s: ArrayLike) -> BoolArray:
        """Whether the local date of each run second is a holiday; not-a-number is none.

        >>> clock = Clock(dt.date(2026, 12, 24), "Europe/Berlin", (dt.date(2026, 12, 25),))
        >>> clock.is_holiday([0, 24 * 3600, 48 * 3600 - 1, 48 * 3600]).tolist()
        [False, True, True, False]
        """
        at_s = np.asarray(at_s, dtype=np.float64)
        if not self.holidays:
            return np.zeros(at_s.shape, dtype=np.bool_)
        changes_s, offsets_s = self._offsets(at_s)
        # What the clock shows, as seconds since the midnight of the first day.
        began = self.stamp(0.0)
        shown_s = at_s + (offsets_s - offsets_s[0])[np.searchsorted(changes_s, at_s, side="right")]
        days = np.floor((shown_s + 3600 * began.hour + 60 * began.minute) / DAY_S)
        return np.asarray(np.isin(days, [(each - self.start).days for each in self.holidays]))

    def hour_of_week(self, at_s: ArrayLike) -> IntArray:
        """The local hour of the week, 0 (Monday 00:00 to 01:00) to 167, of each run second; these must be numbers."""
        at_s = np.asarray(at_s, dtype=np.float64)
        if np.isnan(at_s).any():
            raise ValueError("an hour of the week needs moments that are numbers")
        return np.asarray(self.second_of_week(at_s) // HOUR_S).astype(np.int64)

    def stamp(self, at_s: float) -> dt.datetime:
        """The local date and time, aware of its zone, of a run second (rounded to the microsecond)."""
        start = dt.datetime.fromtimestamp(self._start_s, dt.UTC)
        return (start + dt.timedelta(seconds=float(at_s))).astimezone(self._zone)

    def label(self, at_s: float) -> str:
        """A run second as people read it, such as `Mon 10:15`; the seconds within the minute are dropped."""
        stamp = self.stamp(at_s)
        return f"{WEEKDAYS[stamp.weekday()]} {stamp:%H:%M}"

    def moment(self, text: str) -> float:
        """The run second at which the clocks first show `text` (`Mon 10:15`), at or after the start; raises `BadValue`.

        A time that the clocks skip in the first week is met in the next; of a time that they show twice, the first is
        meant.
        """
        weekday, second = divmod(second_of_week(text), DAY_S)
        days = (weekday - self.start.weekday()) % 7
        for week in count():
            day = dt.datetime.combine(self.start + dt.timedelta(days=days + 7 * week), dt.time(), self._zone)
            wanted = day + dt.timedelta(seconds=second)
            at_s = float(_unix_s(wanted) - self._start_s)
            if at_s >= 0 and self.stamp(at_s).replace(tzinfo=None) == wanted.replace(tzinfo=None):
                return at_s
        raise AssertionError("weeks do not end")

    def second(self, stamp: dt.datetime) -> float:
        """The run second of a date and time, negative before the start; without a zone of its own it is local, and of a
        time that the clocks show twice, the first is meant.

        >>> Clock(dt.date(2026, 3, 28), "Europe/London").second(dt.datetime(2026, 3, 29, 2))
        90000.0
        """
        zoned = stamp.replace(tzinfo=self._zone) if stamp.tzinfo is None else stamp
        return (zoned.astimezone(dt.UTC) - dt.datetime.fromtimestamp(self._start_s, dt.UTC)).total_seconds()

    def _offsets(self, at_s: FloatArray) -> tuple[FloatArray, IntArray]:
        """The run seconds at which the offset from UTC changes, and the offsets in seconds: before the first change,
        and from each on.
        """
        known = at_s[~np.isnan(at_s)]
        latest_s = float(known.max(initial=0))
        if known.min(initial=0) < 0 or latest_s > 200 * 366 * DAY_S:
            raise ValueError(f"the moments of a run lie between 0 and 200 years, found `{known.min()}` to `{latest_s}`")
        # A power of two of days, so that runs of about one length share one look-up.
        days = 1 << max(9, int(latest_s // DAY_S).bit_length())
        return _changes(self.time_zone, self._start_s, days)


def _week_hours(value: object) -> WeekHours:
    if isinstance(value, WeekHours):
        return value
    if not isinstance(value, str):
        raise BadValue(f"expected {_HOURS_FORM}")
    return WeekHours.parse(value)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """The spans that the parts of `text` name, in their order; they may overlap and end beyond the week."""
    waiting: list[int] = []
    days: list[int] = list(range(7))
    for part in text.replace("\N{EN DASH}", "-").split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or not part.strip():
            raise BadValue(f"expected {_HOURS_FORM}, found `{text}`")
        if match["first"]:
            waiting += _days(match["first"], match["last"] or match["first"], text)
        if not match["opens"]:
            continue
        days = waiting or days
        waiting = []
        opens_s, closes_s = _second_of_day(match["opens"], text), _second_of_day(match["closes"], text)
        if opens_s == closes_s:
            raise BadValue(
                f"`{match['opens']}-{match['closes']}` opens and closes at the same time; a whole day is `00-24`"
            )
        if opens_s == DAY_S:
            raise BadValue(f"`{match['opens']}-{match['closes']}` opens when the day ends; write `00` of the next day")
        for day in days:
            yield day * DAY_S + opens_s, day * DAY_S + closes_s + (DAY_S if closes_s < opens_s else 0)
    for day in waiting:
        yield day * DAY_S, (day + 1) * DAY_S


def _days(first: str, last: str, text: str) -> list[int]:
    start, end = _day_number(first, text), _day_number(last, text)
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]


def _day_number(name: str, text: str) -> int:
    day = _DAY_NUMBERS.get(name.casefold())
    if day is None:
        raise BadValue(
            f"unknown day `{name}` in `{text}`", did_you_mean(name, WEEKDAYS) or did_you_mean(name, _FULL_NAMES)
        )
    return day


def _second_of_day(time: str, text: str) -> int:
    hour, _, minute = time.partition(":")
    second = int(hour) * HOUR_S + int(minute or 0) * 60
    if int(minute or 0) > 59 or second > DAY_S:
        raise BadValue(f"no such time as `{time}` in `{text}`")
    return second


def _clock_text(second_of_day: int) -> str:
    hour, second = divmod(second_of_day, HOUR_S)
    return f"{hour:02}:{second // 60:02}" if second else f"{hour:02}"


def _day_texts(by_day: list[tuple[str, ...]]) -> Iterator[str]:
    """`Mon-Fri 08-12, 13-18` and so on: neighbouring days of the same hours together."""
    first = 0
    for day in range(7):
        if day < 6 and by_day[day + 1] == by_day[first]:
            continue
        if by_day[first]:
            days = WEEKDAYS[first] if day == first else f"{WEEKDAYS[first]}-{WEEKDAYS[day]}"
            yield f"{days} {', '.join(by_day[first])}"
        first = day + 1


def _zone(name: str) -> ZoneInfo:
    try:
        # The name of a folder of zones, such as `Europe`, is an `OSError`; one that leaves the folder, such as `../x`,
        # a `ValueError`.
        zone = None if name in _NO_REAL_ZONES else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None:
        raise BadValue(
            f"unknown time zone `{name}`; expected a name such as `Europe/London`",
            did_you_mean(name, available_timezones()),
        )
    return zone


def _unix_s(moment: dt.datetime) -> int:
    return int((moment.astimezone(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds())


@lru_cache(maxsize=64)
def _changes(time_zone: str, start_s: int, days: int) -> tuple[FloatArray, IntArray]:
    """The seconds after `start_s` (Unix time) at which the offset from UTC changes, within `days`; all offsets."""
    zone = _zone(time_zone)

    def offset_s(after_s: int) -> int:
        delta = dt.datetime.fromtimestamp(start_s + after_s, zone).utcoffset()
        assert delta is not None
        return int(delta.total_seconds())

    changes_s: list[int] = []
    offsets_s = [offset_s(0)]
    for step_s in range(_STEP_S, days * DAY_S + _STEP_S, _STEP_S):
        if offset_s(step_s) != offsets_s[-1]:
            before_s, after_s = step_s - _STEP_S, step_s
            while after_s - before_s > 1:
                middle_s = (before_s + after_s) // 2
                if offset_s(middle_s) == offsets_s[-1]:
                    before_s = middle_s
                else:
                    after_s = middle_s
            changes_s.append(after_s)
            offsets_s.append(offset_s(step_s))
    arrays = np.array(changes_s, dtype=np.float64), np.array(offsets_s, dtype=np.int64)
    for array in arrays:
        array.flags.writeable = False
    return arrays
