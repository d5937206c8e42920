"""Simulated beside actual."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.errors import InputError
from deskdrill.reports.actual import parse_tolerance, parse_value, read_actual
from deskdrill.reports.cli.backtest import Args, backtest
from deskdrill.reports.cli.main import main
from deskdrill.simulator.metrics import BY_ID

TWICE = ("--replications", "2", "--workers", "1")
WAIT, SHARE, HOURS = BY_ID["wait_p90_s"], BY_ID["service_level"], BY_ID["agent_hours"]


@given(st.floats(0, 1))
def test_a_share_may_be_a_number_or_a_percentage(share: float) -> None:
    assert parse_value(f"{share:.6f}", SHARE) == round(share, 6)
    assert abs(parse_value(f"{100 * share:.4f}%", SHARE) - share) < 1e-6


@given(st.floats(0, 1e6).map(lambda value: round(value, 3)))
def test_a_number_is_in_the_measure_s_unit(value: float) -> None:
    assert parse_value(f"{value:.3f}", WAIT) == value
    assert parse_value(f"{value:.3f} s", WAIT) == pytest.approx(value)
    assert parse_value(f"{value:,.3f}", HOURS) == value


@pytest.mark.parametrize(
    ("text", "seconds"), [("95 s", 95), ("95s", 95), ("2m", 120), ("2 min 30 s", 150), ("1h30m", 5400), ("1:30", 5400)]
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_value(text, WAIT) == seconds


def test_a_tolerance_is_absolute_or_a_part_of_the_value() -> None:
    assert parse_tolerance("30 s", WAIT, 100.0) == 30
    assert parse_tolerance("10%", WAIT, 100.0) == 10
    assert parse_tolerance("10%", SHARE, 0.8) == pytest.approx(0.08)
    assert parse_tolerance("5pp", SHARE, 0.8) == pytest.approx(0.05)
    assert parse_tolerance("0.05", SHARE, 0.8) == 0.05


def test_the_example_is_of_figures_that_every_dashboard_has(told: Callable[..., str]) -> None:
    example = told("backtest", "--help").partition("measure,value,tolerance,team\n")[2].splitlines()
    assert [line.split(",")[0].strip() for line in example[:2]] == ["service_level", "abandonment_rate"]


def test_a_desk_is_like_itself(workspace: Path, told: Callable[..., str]) -> None:
    data = json.loads(told("run", "tiny.yaml", "people.yaml", *TWICE, "--format", "json"))
    helped = data["metrics"]["people"]["helped_rate"]["value"]
    busy = data["teams"]["people"]["billing"]["occupancy"]["value"]
    lost = data["segments"]["people"]["trial"]["lost_rate"]["value"]
    (workspace / "actual.csv").write_text(
        "measure,value,tolerance,segment,team\n"
        f"helped_rate,{helped},0,,\n"
        f"occupancy,{100 * busy:.3f} %,1pp,,billing\n\n"
        f"lost_rate,{lost},1%,trial,\n"
    )
    text = told("backtest", "tiny.yaml", "people.yaml", "actual.csv", *TWICE)
    assert text.startswith("tiny under people is like this desk: all 3 figures are inside the tolerance.\n")
    assert [line.split()[-1] for line in text.splitlines()[4:]] == ["inside"] * 3


def test_a_figure_outside_its_tolerance_is_exit_code_1(workspace: Path, told: Callable[..., str]) -> None:
    (workspace / "actual.csv").write_text("measure,value,tolerance\nhelped_rate,1%,1pp\nagent_hours,160,90%\n")
    text = told("backtest", "tiny.yaml", "people.yaml", "actual.csv", *TWICE, code=1)
    assert text.startswith("tiny under people is not this desk yet: 1 of 2 figures are out of tolerance.\n")
    rows = text.splitlines()[4:]
    assert rows[0].startswith("helped_rate")
    assert [row.split()[-1] for row in rows] == ["OUTSIDE", "inside"]
    data = json.loads(told("backtest", "tiny.yaml", "people.yaml", "actual.csv", *TWICE, "--format", "json", code=1))
    assert [(row["measure"], row["inside"], row["unit"]) for row in data["rows"]] == [
        ("helped_rate", False, "share"),
        ("agent_hours", True, "h"),
    ]
    assert data["inside"] is False


def test_what_is_never_reached_is_outside(workspace: Path, told: Callable[..., str]) -> None:
    (workspace / "actual.csv").write_text("measure,value,tolerance\nwait_p90_s,95 s,1000%\n")
    assert "OUTSIDE" in told("backtest", "tiny.yaml", "blocker.yaml", "actual.csv", *TWICE, code=1)


def test_what_has_no_value_is_told_why(workspace: Path, told: Callable[..., str]) -> None:
    path = workspace / "tiny.yaml"
    path.write_text(f"{path.read_text()}\ngroups: {{crew: {{staffing: {{always: 1}}, skills: [frontline, billing]}}}}\n")
    (workspace / "actual.csv").write_text(
        "measure,value,tolerance,segment,group\n"
        "later_reply_p50_s,1h,10%,,\n"
        "agent_hours,10,10%,trial,\n"
        "containment_rate,20%,5pp,trial,\n"
        "occupancy,50%,5pp,trial,\n"
        "helped_rate,90%,5pp,,crew\n"
        "helped_rate,90%,5pp,,\n"
        "time_to_help_p90_s,1h,10%,,\n"
    )
    text = told("backtest", "tiny.yaml", "blocker.yaml", "actual.csv", *TWICE, code=1)
    assert text.splitlines()[-4:] == [
        "nothing to count in 2 of 2 replications: later_reply_p50_s",
        "not measured by segment: agent_hours (trial), occupancy (trial)",
        "not measured by group: helped_rate (crew)",
        "never, too few are helped in 2 of 2 replications: time_to_help_p90_s",
    ]


def test_the_command_is_a_function_of_its_arguments(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "actual.csv").write_text("measure,value,tolerance\nagent_hours,1,1\n")
    assert backtest(Args("tiny.yaml", "people.yaml", Path("actual.csv"), replications=1, workers=1)) == 1
    assert "agent_hours" in capsys.readouterr().out


MISTAKES = [
    (
        "",
        [
            "actual.csv:1:1: no figures: the file is empty; expected the columns `measure`, `value`, `tolerance` and rows below"
        ],
    ),
    (
        "measure,value,tolerance\n",
        [
            "actual.csv:1:1: no figures: there is only a heading; expected the columns `measure`, `value`, `tolerance` and rows below"
        ],
    ),
    (
        "measure;value;tolerance\nwait_p90_s;5 s;1 s\n",
        ["actual.csv:1:1: the columns are parted by `;`; part them by `,`, and write decimals with `.`"],
    ),
    (
        "measure,valeu\nwait_p90_s,5 s\n",
        [
            "actual.csv:1:9: unknown column `valeu`; known are `measure`, `value`, `tolerance`, `segment`, `team`, `group`; did you mean `value`?",
            "actual.csv:1:1: no column `value`",
            "actual.csv:1:1: no column `tolerance`",
        ],
    ),
    (
        "measure,value,tolerance,segment,team\n"
        "helped_rat,94%,2pp,,\n"
        "service_level,78,5%,,\n"
        "wait_p90_s,2 minn,30 s,,\n"
        "wait_p90_s,95,,,biling\n"
        "lost_rate,1%,50%,trail,billing\n"
        "agent_hours,1,836,1%,,\n"
        'wait_p90_s,"-5",30 s,,\n',
        [
            "actual.csv:2:1: unknown measure `helped_rat`; did you mean `helped_rate`?",
            "actual.csv:3:15: a share is at most 1, found `78`; did you mean `78%`?",
            "actual.csv:4:12: expected a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m`, found `2 minn`",
            "actual.csv:5:15: no tolerance for `wait_p90_s`: how far off is near enough, such as `10%`?",
            "actual.csv:5:17: unknown team `biling`; did you mean `billing`?",
            "actual.csv:6:18: unknown segment `trail`; did you mean `trial`?",
            "actual.csv:6:24: a figure is of one segment, team or group",
            "actual.csv:7:23: 6 cells under 5 headings; a value with a comma needs quotes",
            "actual.csv:8:12: a measure is at least 0, found `-5`",
        ],
    ),
]


@pytest.mark.parametrize(("text", "lines"), MISTAKES)
def test_mistakes_in_the_figures_are_told_with_their_place(
    workspace: Path, refused: Callable[..., list[str]], text: str, lines: list[str]
) -> None:
    (workspace / "actual.csv").write_text(text)
    assert refused("backtest", "tiny.yaml", "people.yaml", "actual.csv") == lines


def test_figures_may_be_of_a_group_of_agents(workspace: Path, told: Callable[..., str]) -> None:
    crew = "groups: {crew: {staffing: {always: 1}, skills: [frontline, billing]}}"
    path = workspace / "tiny.yaml"
    path.write_text(f"{path.read_text()}\n{crew}\n")
    (workspace / "actual.csv").write_text("measure,value,tolerance,group\nagent_hours,48,0,crew\nhandle_mean_s,10m,10m,\n")
    text = told("backtest", "tiny.yaml", "people.yaml", "actual.csv", "--replications", "2", "--workers", "1")
    assert re.search(r"agent_hours +crew +48.0 h .* inside", text)


def test_a_file_in_latin_1_is_told_where(workspace: Path, refused: Callable[..., list[str]]) -> None:
    (workspace / "actual.csv").write_bytes("measure,value,tolerance\nhelped_rate,5 %,für\n".encode("latin-1"))
    assert refused("backtest", "tiny.yaml", "people.yaml", "actual.csv") == [
        "actual.csv:2:18: the byte 0xFC (`ü` in Latin-1) is not UTF-8; save it as UTF-8"
    ]


def test_a_file_in_utf_16_is_told_how_to_be_saved(workspace: Path, refused: Callable[..., list[str]]) -> None:
    (workspace / "actual.csv").write_bytes("measure,value,tolerance\nhelped_rate,5 %,1pp\n".encode("utf-16-le"))
    assert refused("backtest", "tiny.yaml", "people.yaml", "actual.csv") == ["actual.csv:1:1: the file is in UTF-16; save it as UTF-8"]


def test_the_problems_of_all_files_are_told_together(workspace: Path, refused: Callable[..., list[str]]) -> None:
    (workspace / "actual.csv").write_text("measure,value,tolerance,team\nhelped_rate,94,1%,nobody\n")
    lines = refused("backtest", "saas-weak", "nowhere", "actual.csv")
    assert [line.split(":")[0] for line in lines] == ["saas-weak", "nowhere", "actual.csv"]


def test_any_part_will_do_where_no_scenario_can_tell(workspace: Path) -> None:
    (workspace / "actual.csv").write_text("measure,value,tolerance,team\nhelped_rate,94%,1%,nobody\n")
    assert read_actual(Path("actual.csv"), None)[0].part == ("team", "nobody")
    with pytest.raises(InputError, match="no such file"):
        read_actual(Path("elsewhere.csv"), None)


def test_the_readme_s_example_is_read(workspace: Path) -> None:
    assert main(("init", "mydesk")) == 0
    shown = (workspace / "mydesk" / "README.md").read_text().partition("    measure,value")[2].partition("\n\n")[0]
    lines = ["measure,value" + shown.splitlines()[0], *(line.strip() for line in shown.splitlines()[1:])]
    (workspace / "actual.csv").write_text("\n".join(lines) + "\n")
    assert len(read_actual(Path("actual.csv"), None)) == 3
