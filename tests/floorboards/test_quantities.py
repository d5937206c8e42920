from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from deskdrill.errors import BadValue
from deskdrill.quantities import (
    LONGEST_S,
    SECONDS,
    Duration,
    Share,
    Weight,
    duration_text,
    format_duration,
    parse_duration,
    parse_share,
)

duration: TypeAdapter[float] = TypeAdapter(Duration)
share: TypeAdapter[float] = TypeAdapter(Share)
weight: TypeAdapter[float] = TypeAdapter(Weight)

counts = st.integers(0, 99) | st.decimals(0, 99, places=2)
# Numbers as they stand in files, with what people also write.
near_durations = st.text(alphabet="0123456789.wdhmsHM -:", max_size=10) | st.from_regex(
    r"\A-?[0-9]{1,3}(\.[0-9])? ?(ms|min|minutes|hours|h|d|wk|x)( and [0-9]{1,2} ?(s|sec|m))?\Z"
)


@given(st.floats(0, LONGEST_S))
@example(5e-324)
@example(LONGEST_S)
@example(0.1 + 0.2)
def test_a_duration_written_to_a_file_reads_back_as_the_same_number(seconds: float) -> None:
    assert parse_duration(duration_text(seconds)) == seconds


@given(st.dictionaries(st.sampled_from(list(SECONDS)), counts, min_size=1))
def test_a_duration_is_the_sum_of_its_parts(parts: dict[str, Any]) -> None:
    text = "".join(f"{parts[unit]}{unit}" for unit in SECONDS if unit in parts)
    assert parse_duration(text) == pytest.approx(sum(float(parts[unit]) * SECONDS[unit] for unit in parts), rel=1e-12)


@given(st.permutations(list(SECONDS)), st.integers(2, 5))
def test_units_out_of_order_are_refused_and_set_right(units: list[str], size: int) -> None:
    chosen = units[:size]
    assume(chosen != [unit for unit in SECONDS if unit in chosen])
    with pytest.raises(BadValue) as caught:
        parse_duration("".join(f"3{unit}" for unit in chosen))
    assert caught.value.suggestion == duration_text(sum(3 * SECONDS[unit] for unit in chosen))


@given(near_durations)
def test_what_is_suggested_for_a_duration_is_one(text: str) -> None:
    try:
        parse_duration(text)
    except BadValue as error:
        assume(error.suggestion is not None)
        assert 0 <= parse_duration(str(error.suggestion)) <= LONGEST_S


@given(near_durations)
def test_the_schema_of_a_duration_allows_what_a_file_may_hold(text: str) -> None:
    assume(text == text.strip() and text != "0")
    schema = duration.json_schema()
    pattern = schema["anyOf"][0]["pattern"]
    assert (re.search(pattern, text) is not None) == _is_accepted(duration, text)


@given(st.floats() | st.integers() | st.booleans() | st.none() | st.text() | st.lists(st.integers()))
def test_nothing_but_a_number_from_0_to_100_years_comes_out_of_a_duration(value: Any) -> None:
    try:
        seconds = duration.validate_python(value)
    except ValidationError:
        return
    assert isinstance(seconds, float)
    assert 0 <= seconds <= LONGEST_S


@given(st.floats(0, LONGEST_S))
def test_python_gives_a_duration_in_seconds_and_json_gives_it_back(seconds: float) -> None:
    assert duration.validate_python(seconds) == seconds
    assert duration.validate_json(duration.dump_json(seconds)) == seconds


@given(st.integers(1, 50_000_000) | st.floats(0.01, 5e7))
def test_a_bare_number_in_a_file_is_refused_and_offered_in_minutes(number: float) -> None:
    with pytest.raises(ValidationError) as caught:
        duration.validate_json(json.dumps(number))
    error = caught.value.errors()[0]["ctx"]["error"]
    assert error.suggestion == f"{number}m"


@given(st.integers(int(LONGEST_S // 60) + 1) | st.floats(LONGEST_S / 60, exclude_min=True) | st.floats(5e-324, 1e-5))
def test_no_impossible_number_of_minutes_is_offered(number: float) -> None:
    with pytest.raises(ValidationError) as caught:
        duration.validate_json(json.dumps(number))
    assert caught.value.errors()[0]["ctx"]["error"].suggestion is None


@given(st.floats(0, LONGEST_S))
@example(59.6)
@example(59.96)
@example(3599.5)
@example(3600 * 48 - 1)
@example(9.96)
@example(0.04)
def test_a_shown_duration_is_within_half_of_its_smallest_part(seconds: float) -> None:
    text = format_duration(seconds)
    units = {"s": 1.0, "min": 60.0, "h": 3600.0, "days": 86_400.0}
    parts = [(float(number.replace(",", "")), unit) for number, unit in re.findall(r"([0-9.,]+) (\S+)", text)]
    shown = sum(number * units[unit] for number, unit in parts)
    # Minutes come with seconds beside them, hours with minutes; only seconds and days have decimals.
    tenth = 0.1 if "." in text else 1.0
    step = {"s": tenth, "min": 1.0, "h": 60.0, "days": tenth * 86_400}[parts[0][1]]
    assert abs(shown - seconds) <= step / 2 * (1 + 1e-9)


@given(st.floats(0, LONGEST_S))
def test_no_part_of_a_shown_duration_overflows_into_the_next(seconds: float) -> None:
    text = format_duration(seconds).replace(",", "")
    parts = [(float(number), unit) for number, unit in re.findall(r"([0-9.]+) (\S+)", text)]
    assert 1 <= len(parts) <= 2
    assert all(number < {"s": 60, "min": 60, "h": 48, "days": math.inf}[unit] for number, unit in parts)
    assert all(number > 0 for number, _ in parts) or parts == [(0, "s")]


@given(st.floats(-LONGEST_S, LONGEST_S))
def test_a_negative_length_reads_as_the_positive_one_with_a_sign(seconds: float) -> None:
    assert format_duration(-abs(seconds)).removeprefix("-") == format_duration(abs(seconds))


@given(st.integers(0, 10_000))
def test_a_percentage_is_the_hundredth_of_its_number(basis_points: int) -> None:
    assert parse_share(f"{basis_points / 100}%") == pytest.approx(basis_points / 10_000, rel=1e-15)
    assert parse_share(f"{basis_points / 100:.2f} %") == share.validate_json(f'"{basis_points / 100:.2f}%"')


@given(st.integers(0, 100))
def test_a_whole_percentage_is_the_same_float_as_the_decimal(percent: int) -> None:
    assert parse_share(f"{percent}%") == float(f"0.{percent:02}" if percent < 100 else "1")


@given(st.floats() | st.integers() | st.booleans() | st.none() | st.text() | st.from_regex(r"\A-?[0-9.]{1,6} ?%?\Z"))
def test_nothing_but_a_number_from_0_to_1_comes_out_of_a_share(value: Any) -> None:
    try:
        part = share.validate_python(value)
    except ValidationError:
        return
    assert isinstance(part, float)
    assert 0 <= part <= 1


@given(st.floats() | st.integers() | st.booleans() | st.none() | st.text())
def test_a_weight_is_a_finite_number_of_0_or_more(value: Any) -> None:
    allowed = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1.7976931348623157e308
    assert _is_accepted(weight, value) == allowed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("8m", 480),
        ("2h", 7200),
        ("1d", 86_400),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0", 0),
        ("0s", 0),
    ],
)
def test_durations_of_the_manual(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds
    assert duration.validate_json(json.dumps(text)) == seconds


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("8", "8m"),
        ("1.5", "1.5m"),
        ("8 minutes", "8m"),
        ("90 sec", "1m30s"),
        ("1 hour and 30 minutes", "1h30m"),
        ("1H30M", "1h30m"),
        ("30m1h", "1h30m"),
        ("500ms", "0.5s"),
        ("1:30", "1h30m"),
        ("2 days, 3 hrs", "2d3h"),
        ("soon", None),
        ("8x", None),
        ("", None),
        ("-5m", None),
        ("1e3s", None),
        ("٣m", None),
        ("999999w", None),
        ("9999999 weeks", None),
    ],
)
def test_what_is_no_duration_is_refused_with_what_was_meant(text: str, suggestion: str | None) -> None:
    with pytest.raises(BadValue) as caught:
        parse_duration(text)
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (0.4, "0.4 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (3599.7, "1 h"),
        (11_520, "3 h 12 min"),
        (2.1 * 86_400, "2.1 days"),
        (1000 * 86_400, "1,000 days"),
        (-125, "-2 min 5 s"),
        (-0.01, "0 s"),
        (math.nan, "n/a"),
        (math.inf, "unbounded"),
    ],
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("20", "a share is at most 1, found `20`; did you mean `20%`?"),
        ("120%", "a share is at most 100%, found `120%`"),
        ("-1%", "a share cannot be negative, found `-1%`"),
        ("-0.5", "a share cannot be negative, found `-0.5`"),
        ("half", "expected a share from 0 to 1, or a percentage such as `20%`, found `half`"),
    ],
)
def test_what_is_no_share_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse_share(text)
    assert str(caught.value) == message


def test_the_schemas_describe_themselves() -> None:
    for adapter in (duration, share, weight):
        assert adapter.json_schema()["description"]


def _is_accepted(adapter: TypeAdapter[float], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
