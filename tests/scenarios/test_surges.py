"""What a file says of surges and of recorded arrivals, and what is wrong with it. What they do is the simulator's to test."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.calendar import Clock
from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import load_scenario, scenario_from_document
from deskdrill.scenarios.arrivals import PoissonArrivals
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.surges import Surge

MONDAY = Clock(dt.date(2026, 3, 2), "Europe/London")


def scenario_with(arrivals: dict[str, Any]) -> Scenario:
    return scenario_from_document(parse_document(json.dumps({**plain_scenario(), "arrivals": arrivals}, indent=1), "mine.yaml"))


def lines_for(arrivals: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as refused:
        scenario_with(arrivals)
    return [line.split(": ", 1)[1] for line in str(refused.value).splitlines()]


@given(st.integers(0, 6), st.integers(0, 20), st.integers(1, 180), st.floats(1.01, 9), st.sampled_from(("steps", "linear")))
def test_a_surge_expects_so_many_times_the_ordinary_customers_of_its_time(day: int, hour: int, minutes: int, times: float, rate: str) -> None:
    stream = PoissonArrivals(per_week=5000, by_hour=tuple(float(hour) for hour in range(24)), rate=rate, day_factor_shape=9.0)
    surge = Surge(at=f"2026-03-0{2 + day} {hour:02}:20", lasts=minutes * 60.0, times=times)
    factors = stream.day_factors(np.random.default_rng(day), 7)
    ordinary = stream.rate_over(MONDAY, 7).by_day(factors)
    from_s = day * 86_400 + hour * 3600 + 1200.0
    extra = stream.extra_rate(surge, factors, MONDAY, 7)
    assert extra.expected == pytest.approx((times - 1) * float(ordinary.until(from_s + minutes * 60) - ordinary.until(from_s)), abs=1e-9)
    assert surge.starts_s(MONDAY) == from_s


SURGE = {"at": "Tue 10:00", "lasts": "2h", "times": 3}
MISTAKES = [
    ({**SURGE, "intents": ["refnd"]}, ["unknown intent `refnd`; did you mean `refund`?"]),
    ({**SURGE, "at": "Tues 10:00"}, ["unknown day `Tues` in `Tues 10:00`; did you mean `Tue`?"]),
    ({**SURGE, "at": "10:00"}, ["expected a moment of the week such as `Mon 10:15`, found `10:00`"]),
    ({**SURGE, "at": "2026-03-99"}, ["expected a moment of the week such as `Tue 10:00`, or a date and time such as `2026-03-03 10:00`, found `2026-03-99`"]),
    ({**SURGE, "at": "2026-03-01 10:00"}, ["`2026-03-01 10:00` is outside the run, 7.0 days from Mon 00:00"]),
    ({**SURGE, "at": "2026-03-09 00:00"}, ["`2026-03-09 00:00` is outside the run, 7.0 days from Mon 00:00"]),
    ({**SURGE, "at": "Sun 23:00"}, ["the surge goes on beyond the run, 7.0 days from Mon 00:00"]),
    ({**SURGE, "times": 1}, ["expected more than 1, found `1`"]),
    ({**SURGE, "lasts": 0}, ["expected more than 0, found `0`"]),
    ({**SURGE, "intents": []}, ["expected at least 1 entry, found 0"]),
    ({**SURGE, "anounced": {"takes": 0.3}}, ["unknown key `anounced`; did you mean `announced`?"]),
    ({**SURGE, "announced": {"takes": 0.3, "after": "2h"}}, ["the notice comes when the surge is over"]),
]  # fmt: skip


@pytest.mark.parametrize(("surge", "messages"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_in_a_surge_is_told(surge: dict[str, Any], messages: list[str]) -> None:
    assert lines_for({"per_week": 100, "surges": [SURGE, surge]}) == messages


def test_a_surge_that_adds_nobody_is_told() -> None:
    by_hour = [1] * 10 + [0] * 4 + [1] * 10
    assert lines_for({"per_week": 100, "by_hour": by_hour, "surges": [SURGE]}) == ["the surge adds nobody: nobody ordinarily writes about this then"]


OTHERS = [
    ({"kind": "evn", "per_week": 5}, ["expected `poisson`, `even` or `replayed`, found `evn`; did you mean `even`?"]),
    ({"per_week": 5, "rate": "liner"}, ["expected `steps` or `linear`, found `liner`; did you mean `linear`?"]),
    ({"per_week": 5, "day_factor_correlation": 0.5}, ["without `day_factor_shape` all days are alike: nothing is correlated"]),
    ({"per_week": 5, "day_factor_shape": 9, "day_factor_correlation": 1}, ["expected less than 1, found `1`"]),
    ({"kind": "replayed"}, ["replayed arrivals come from either `replay`, a CSV file, or `at`, a list"]),
    ({"kind": "replayed", "at": ["1h"], "replay": "x.csv"}, ["replayed arrivals come from either `replay`, a CSV file, or `at`, a list"]),
    ({"kind": "replayed", "at": []}, ["expected at least 1 entry, found 0"]),
    ({"kind": "replayed", "at": ["1h"], "per_week": 5}, ["unknown key `per_week`; possible here: `kind`, `replay`, `at`"]),
    ({"kind": "replayed", "at": ["1h", "7d", "6d23h"]}, ["the run lasts 7.0 days; nobody can arrive after it"]),
]  # fmt: skip


@pytest.mark.parametrize(("arrivals", "messages"), OTHERS, ids=range(len(OTHERS)))
def test_a_mistake_in_the_arrivals_is_told(arrivals: dict[str, Any], messages: list[str]) -> None:
    assert lines_for(arrivals) == messages


def test_recorded_arrivals_may_stand_in_the_scenario_in_any_order() -> None:
    arrivals = scenario_with({"kind": "replayed", "at": ["2h", "1m30s", 0]}).arrivals
    assert arrivals.times(None, MONDAY, 7).tolist() == [0, 90, 7200]


def replayed(folder: Path, content: str) -> Scenario:
    (folder / "logs").mkdir()
    (folder / "logs" / "week.csv").write_text(content, encoding="utf-8")
    data = {**plain_scenario(), "time_zone": "Europe/London", "arrivals": {"kind": "replayed", "replay": "logs/week.csv"}}
    (folder / "mine.yaml").write_text(json.dumps(data), encoding="utf-8")
    return load_scenario(folder / "mine.yaml")


def test_a_recording_lies_beside_its_scenario_and_becomes_part_of_it(tmp_path: Path) -> None:
    scenario = replayed(tmp_path, "id,Arrives\n1,2026-03-03 10:00:30\n2,1h30m\n\n3,2026-03-02T00:00:00+00:00\n4,2026-03-02T12:00:00.25Z\n")
    assert scenario.arrivals.times(None, scenario.clock, 7).tolist() == [0, 5400, 43200.25, 86_400 + 36_030]
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario


RECORDINGS = [
    ("", ":1:1: no column `arrives` among nothing"),
    ("arives\n1h\n", ":1:1: no column `arrives` among `arives`; did you mean `arives`?"),
    ("arrives\n", ":1:1: no arrivals"),
    ("arrives\n12.5\n", ":2:1: expected a local date and time such as `2026-03-02 10:15:00`, or a duration since the start of the run such as `1h30m`, found `12.5`; did you mean `12.5s`?"),
    ("arrives\nnoon\n", ":2:1: expected a local date and time such as `2026-03-02 10:15:00`, or a duration since the start of the run such as `1h30m`, found `noon`"),
    ("arrives\n2026-03-02 25:00\n", ":2:1: expected a local date and time such as `2026-03-02 10:15:00`, or a duration since the start of the run such as `1h30m`, found `2026-03-02 25:00`"),
    ("arrives\n1h\n2026-03-01 23:59\n8d\n2026-03-09 00:00\n", ":3:1: `2026-03-01 23:59` is outside the run, 7.0 days from 2026-03-02 00:00; so are 2 more"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "line"), RECORDINGS, ids=[line for _, line in RECORDINGS])
def test_a_recording_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, content: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        replayed(tmp_path, content)
    assert str(refused.value) == f"{tmp_path / 'logs' / 'week.csv'}{line}"


def test_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    written = json.dumps({**plain_scenario(), "arrivals": {"kind": "replayed", "replay": "logs/gone.csv"}})
    (tmp_path / "mine.yaml").write_text(written)
    (tmp_path / "logs").mkdir()
    column = written.index('"logs/gone') + 1
    at = f"{tmp_path / 'mine.yaml'}:1:{column}"
    with pytest.raises(InputError) as refused:
        load_scenario(tmp_path / "mine.yaml")
    assert str(refused.value) == f"{at}: `logs/gone.csv`: no such file"
    (tmp_path / "logs" / "gune.csv").write_text("arrives\n")
    with pytest.raises(InputError) as refused:
        load_scenario(tmp_path / "mine.yaml")
    assert str(refused.value) == f"{at}: `logs/gone.csv`: no such file; did you mean `logs/gune.csv`?"


def test_recorded_arrivals_are_not_scaled() -> None:
    scenario = scenario_with({"kind": "replayed", "at": ["2h"]})
    assert scenario.scaled(1.0) == scenario
    with pytest.raises(ValueError, match="recorded arrivals"):
        scenario.scaled(2.0)
