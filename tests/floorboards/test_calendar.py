from __future__ import annotations

import datetime as dt
import pickle
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from deskdrill.calendar import DAY_S, HOUR_S, WEEK_S, WEEKDAYS, Clock, WeekHours
from deskdrill.errors import BadValue

ZONES = sorted(name for name in available_timezones() if name not in {"localtime", "posixrules", "Factory"})
hours_adapter: TypeAdapter[WeekHours] = TypeAdapter(WeekHours)

dates = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
# Weighted towards zones with something odd: half an hour of daylight saving, midnights that do not exist or come twice,
# negative daylight saving, a break of it for Ramadan, offsets of a quarter of an hour, a day left out.
zones = st.sampled_from(ZONES) | st.sampled_from(
    [
        "Africa/Casablanca",
        "America/Havana",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Europe/London",
        "Pacific/Apia",
    ]
)
clocks = st.builds(Clock, dates, zones)
moments_s = st.floats(0, 3 * 366 * DAY_S) | st.integers(0, 3 * 366 * 24).map(lambda hour: float(hour * HOUR_S))
seconds_of_week = st.integers(0, WEEK_S - 1)


@st.composite
def week_hours(draw: st.DrawFn, step_s: int = 60) -> WeekHours:
    edges = draw(st.lists(st.integers(0, WEEK_S // step_s), unique=True, max_size=12).map(sorted))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    return WeekHours(tuple((opens * step_s, closes * step_s) for opens, closes in spans))


def local_second_of_week(clock: Clock, at_s: float) -> float:
    """The same by the standard library, one moment at a time."""
    zone = ZoneInfo(clock.time_zone)
    midnight = dt.datetime.combine(clock.start, dt.time(), zone).astimezone(dt.UTC)
    whole, rest = divmod(at_s, 1)
    local = (midnight + dt.timedelta(seconds=whole)).astimezone(zone)
    return local.weekday() * DAY_S + local.hour * HOUR_S + local.minute * 60 + local.second + rest


@given(clocks, st.lists(moments_s, max_size=20))
@example(Clock(dt.date(2026, 3, 28), "Europe/London"), [25 * 3600.0 - 0.001, 25 * 3600.0, 26 * 3600.0])
@example(Clock(dt.date(2026, 10, 24), "Europe/London"), [25 * 3600.0, 26 * 3600.0 - 0.5, 26 * 3600.0])
@example(Clock(dt.date(2026, 7, 1), "Australia/Lord_Howe"), [95.0 * DAY_S + 1800 * n for n in range(96)])
@example(Clock(dt.date(2011, 12, 29), "Pacific/Apia"), [3600.0 * n for n in range(60)])
@example(Clock(dt.date(2018, 11, 3), "America/Sao_Paulo"), [3600.0 * n for n in range(60)])
def test_local_time_is_that_of_the_standard_library(clock: Clock, at_s: list[float]) -> None:
    expected = np.array([local_second_of_week(clock, each) for each in at_s])
    found = clock.second_of_week(at_s)
    # On a circle: a rounding at the end of the week must not count as a week.
    apart = np.abs(found - expected)
    assert np.all(np.minimum(apart, WEEK_S - apart) < 1e-6)
    assert np.all((found >= 0) & (found < WEEK_S))


@given(clocks, st.data())
def test_every_change_of_the_clocks_is_met_to_the_second(clock: Clock, data: st.DataObject) -> None:
    minutes = np.arange(0, 400 * DAY_S, 900.0)
    local = clock.second_of_week(minutes)
    jumps = np.flatnonzero(np.mod(np.diff(local), WEEK_S) != 900)
    assume(len(jumps) > 0)
    around = minutes[data.draw(st.sampled_from(list(jumps)))]
    moments = np.arange(around, around + 901)
    assert clock.second_of_week(moments).tolist() == [local_second_of_week(clock, each) for each in moments.tolist()]


@given(clocks, moments_s)
def test_the_hour_is_that_of_the_second(clock: Clock, at_s: float) -> None:
    hour = clock.hour_of_week([at_s])
    assert hour.dtype == np.int64
    assert hour.tolist() == [int(clock.second_of_week(at_s) // HOUR_S)]
    assert 0 <= hour[0] < 168


@given(clocks, st.lists(moments_s | st.just(float("nan")), max_size=10))
def test_an_array_is_answered_as_its_parts_are(clock: Clock, at_s: list[float]) -> None:
    together = clock.second_of_week(np.array(at_s))
    assert together.shape == (len(at_s),)
    assert np.array_equal(together, [float(clock.second_of_week(each)) for each in at_s], equal_nan=True)
    assert np.array_equal(np.isnan(together), np.isnan(at_s))


@given(clocks, st.integers(0, 3 * 366 * DAY_S))
def test_a_stamp_is_that_many_real_seconds_after_the_start(clock: Clock, at_s: int) -> None:
    assert (clock.stamp(at_s) - clock.stamp(0).astimezone(dt.UTC)).total_seconds() == at_s
    assert str(clock.stamp(at_s).tzinfo) == clock.time_zone


@given(clocks)
@example(Clock(dt.date(2018, 11, 4), "America/Sao_Paulo"))
@example(Clock(dt.date(2026, 11, 1), "America/Havana"))
def test_second_0_is_the_first_of_its_day(clock: Clock) -> None:
    # Where a whole day was left out (Apia in 2011), it is the first of the next.
    assume((clock.time_zone, clock.start) != ("Pacific/Apia", dt.date(2011, 12, 30)))
    first = clock.stamp(0)
    assume(first.date() == clock.start)
    before = first.astimezone(dt.UTC) - dt.timedelta(seconds=1)
    assert before.astimezone(first.tzinfo).date() < clock.start


@given(clocks, st.integers(0, 14 * 24 * 60 - 1))
def test_a_label_names_the_minute_of_the_week(clock: Clock, minute: int) -> None:
    second = int(clock.second_of_week(minute * 60.0)) // 60 * 60
    day, rest = divmod(second, DAY_S)
    assert clock.label(minute * 60.0) == f"{WEEKDAYS[day]} {rest // HOUR_S:02}:{rest % HOUR_S // 60:02}"


@given(st.builds(Clock, st.dates(dt.date(1980, 1, 1), dt.date(2100, 1, 1)), zones), st.integers(0, 7 * 24 * 60 - 1))
@example(Clock(dt.date(2026, 3, 23), "Europe/London"), 6 * 24 * 60 + 90)
@example(Clock(dt.date(2026, 10, 19), "Europe/London"), 6 * 24 * 60 + 90)
@example(Clock(dt.date(2026, 3, 29), "Europe/London"), 6 * 24 * 60)
def test_a_moment_is_the_first_at_which_the_clocks_show_it(clock: Clock, minute: int) -> None:
    text = f"{WEEKDAYS[minute // 1440]} {minute // 60 % 24:02}:{minute % 60:02}"
    at_s = clock.moment(text)
    assert clock.label(at_s) == text
    assert 0 <= at_s < 3 * WEEK_S
    # Since 1980 all clocks are apart from one another by whole minutes.
    earlier = clock.second_of_week(np.arange(0, at_s, 60.0))
    assert not np.any(earlier == minute * 60)


@given(week_hours(), st.lists(seconds_of_week, max_size=30))
def test_hours_hold_their_spans_and_nothing_else(hours: WeekHours, at: list[int]) -> None:
    moments = [*at, *(edge for span in hours.spans for edge in span)]
    expected = [any(opens_s <= moment < closes_s for opens_s, closes_s in hours.spans) for moment in moments]
    assert hours.contains(np.array(moments)).tolist() == expected
    assert [bool(hours.contains(moment)) for moment in moments] == expected


@given(week_hours())
def test_hours_written_out_read_back_as_the_same(hours: WeekHours) -> None:
    assert WeekHours.parse(str(hours)) == WeekHours.of(hours.spans)
    assert hours_adapter.validate_json(hours_adapter.dump_json(WeekHours.of(hours.spans))) == WeekHours.of(hours.spans)


@given(st.lists(st.tuples(seconds_of_week, st.integers(1, DAY_S))), seconds_of_week)
def test_hours_are_the_union_of_spans_in_any_order_round_the_week(lengths: list[tuple[int, int]], moment: int) -> None:
    hours = WeekHours.of((start, start + length) for start, length in lengths)
    assert bool(hours.contains(moment)) == any((moment - start) % WEEK_S < length for start, length in lengths)
    assert hours.open_s <= min(WEEK_S, sum(length for _, length in lengths))
    assert all(closes_s < opens_s for (_, closes_s), (opens_s, _) in pairwise(hours.spans))


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 23 * 60), st.integers(1, 24 * 60)), min_size=1
    ),
    st.integers(0, 7 * 24 * 60 - 1),
)
def test_parts_of_days_and_hours_mean_what_they_say(parts: list[tuple[int, int, int, int]], minute: int) -> None:
    assume(all(opens != closes for _, _, opens, closes in parts))
    text = ", ".join(
        f"{WEEKDAYS[first]}-{WEEKDAYS[last]} {opens // 60}:{opens % 60:02} - {closes // 60:02}:{closes % 60:02}"
        for first, last, opens, closes in parts
    )
    day, of_day = divmod(minute, 1440)

    def is_day(first: int, last: int, asked: int) -> bool:
        return (asked - first) % 7 <= (last - first) % 7

    expected = any(
        (is_day(first, last, day) and opens <= of_day < (closes if closes > opens else 1440))
        or (closes < opens and is_day(first, last, (day - 1) % 7) and of_day < closes)
        for first, last, opens, closes in parts
    )
    assert bool(WeekHours.parse(text).contains(minute * 60)) == expected


@given(st.text() | st.text(alphabet="MonFriSat,-– 0189:24/7always"))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    try:
        hours = WeekHours.parse(text)
    except BadValue:
        return
    assert 0 <= hours.open_s <= WEEK_S


@given(st.text(max_size=20) | st.sampled_from(["", "/", "..", "../UTC", "Europe", "Europe/", "\0", "/etc/passwd"]))
def test_an_unknown_time_zone_is_refused_and_nothing_worse(name: str) -> None:
    assume(name not in ZONES)
    with pytest.raises(BadValue, match="unknown time zone"):
        Clock(dt.date(2026, 3, 2), name)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Mon-Fri 08-18", "Mon-Fri 08-18"),
        ("mon-friday 8:00–18:00", "Mon-Fri 08-18"),
        ("Mon-Fri 08:30-18, Sat 10-14", "Mon-Fri 08:30-18, Sat 10-14"),
        ("Mon, Wed 09-17", "Mon 09-17, Wed 09-17"),
        ("Mon-Fri 08-12, 13-17", "Mon-Fri 08-12, 13-17"),
        ("08-18", "Mon-Sun 08-18"),
        ("Sat-Sun", "Sat-Sun 00-24"),
        ("Fri-Mon 10-12", "Mon 10-12, Fri-Sun 10-12"),
        ("Sun 22-06", "Mon 00-06, Sun 22-24"),
        ("Mon-Sun 00-24", "always"),
        ("Always", "always"),
        ("24/7", "always"),
        ("never", "never"),
        ("Mon 08-10, Mon 09-12", "Mon 08-12"),
    ],
)
def test_hours_of_the_manual(text: str, same: str) -> None:
    assert str(WeekHours.parse(text)) == same


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Mon-Fry 08-18", "unknown day `Fry` in `Mon-Fry 08-18`; did you mean `Fri`?"),
        ("Mon 08-25", "no such time as `25` in `Mon 08-25`"),
        ("Mon 08:60-18", "no such time as `08:60` in `Mon 08:60-18`"),
        ("Mon 08-08", "`08-08` opens and closes at the same time; a whole day is `00-24`"),
        ("Mon 24-06", "`24-06` opens when the day ends; write `00` of the next day"),
        ("", "expected hours such as `Mon-Fri 08-18`, `Mon-Fri 08:30-18, Sat 10-14` or `always`, found ``"),
        (
            "Mon 08-18,",
            "expected hours such as `Mon-Fri 08-18`, `Mon-Fri 08:30-18, Sat 10-14` or `always`, found `Mon 08-18,`",
        ),
    ],
)
def test_what_are_no_hours_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadValue) as caught:
        WeekHours.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("spans", [((5, 3),), ((0, 10), (10, 20)), ((0, WEEK_S + 1),), ((-1, 5),), ((10, 20), (0, 5))])
def test_spans_out_of_order_are_no_hours(spans: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(BadValue):
        WeekHours(spans)


@pytest.mark.parametrize("text", ["Mon", "10:15", "Mon 24:00", "Mon 10:75", "Foo 10:15", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        Clock(dt.date(2026, 3, 2), "Europe/London").moment(text)


@pytest.mark.parametrize("at_s", [-1.0, float("inf"), [0.0, -1e-9], 1e12])
def test_a_moment_outside_the_run_is_refused(at_s: object) -> None:
    with pytest.raises(ValueError, match="between 0 and 200 years"):
        Clock(dt.date(2026, 3, 2), "Europe/London").second_of_week(at_s)  # type: ignore[arg-type]


def test_there_is_no_hour_of_a_moment_that_never_was() -> None:
    with pytest.raises(ValueError, match="numbers"):
        Clock(dt.date(2026, 3, 2), "Europe/London").hour_of_week([1.0, float("nan")])


def test_a_near_miss_of_a_time_zone_is_suggested() -> None:
    with pytest.raises(BadValue) as caught:
        Clock(dt.date(2026, 3, 2), "Europe/Londn")
    assert caught.value.suggestion == "Europe/London"


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory"])
def test_a_zone_that_depends_on_the_machine_is_refused(name: str) -> None:
    with pytest.raises(BadValue):
        Clock(dt.date(2026, 3, 2), name)


def test_a_run_starts_in_our_times() -> None:
    with pytest.raises(BadValue):
        Clock(dt.date(1, 1, 1), "Europe/London")


def test_a_clock_and_hours_survive_the_way_to_a_worker() -> None:
    clock = Clock(dt.date(2026, 3, 28), "Europe/London")
    again = pickle.loads(pickle.dumps(clock))
    assert again == clock
    assert again.label(90_000) == clock.label(90_000) == "Sun 02:00"
    hours = WeekHours.parse("Mon-Fri 08-18")
    assert pickle.loads(pickle.dumps(hours)) == hours


def test_hours_come_from_text_only() -> None:
    assert hours_adapter.validate_python(WeekHours(())) == WeekHours(())
    with pytest.raises(ValidationError):
        hours_adapter.validate_json("[[0, 10]]")
    assert hours_adapter.json_schema()["type"] == "string"
