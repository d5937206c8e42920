"""`validate`: what it prints, what it refuses, and that its runs are ordinary ones."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from deskdrill.reports.cli.validate import Args, validate
from deskdrill.reports.validation import list_text, rows_data, rows_text, summary
from deskdrill.simulator.validation import CASES, FIGURES, MODELS, PublishedRow, Row

Told = Callable[..., str]
Refused = Callable[..., list[str]]
BOT = "8-bot_asks_again-.5,3"
LEAVERS = "3-erlang_a-10,1,2,10"
KEYS = ["case", "measure", "exact", "estimate", "low", "high", "half_width_limit", "pass"]


@pytest.mark.slow
def test_a_quick_validation_passes_in_all_measures(told: Told) -> None:
    rows = json.loads(told("validate", "--quick", "--format", "json"))
    assert [row for row in rows if not row["pass"]] == []
    assert [(row["case"], row["measure"]) for row in rows] == [(case.name, measure.name) for case in CASES for measure in case.measures(quick=True)]
    for row in rows:
        assert list(row) == KEYS
        assert row["low"] <= row["exact"] <= row["high"]
        assert row["low"] <= row["estimate"] <= row["high"]
        assert row["half_width_limit"] == pytest.approx(0.1 * row["exact"])
        assert (row["high"] - row["low"]) / 2 <= row["half_width_limit"]


def test_stdout_is_json_and_nothing_else(told: Told) -> None:
    rows = json.loads(told("validate", BOT, "--format", "json"))
    assert [list(row) for row in rows] == [KEYS, KEYS]
    assert {row["case"] for row in rows} == {BOT}
    assert rows[0]["half_width_limit"] == pytest.approx(0.03 * rows[0]["exact"])


def test_the_same_bytes_with_one_worker_and_with_two(told: Told) -> None:
    argv = ("validate", BOT, "8-misroutes", "--quick")
    assert told(*argv, "--workers", "1") == told(*argv, "--workers", "2")
    assert told(*argv, "--workers", "1", "--seed", "2") != told(*argv, "--workers", "1")


def test_the_text_is_a_table_under_each_case_and_a_line_at_the_end(told: Told) -> None:
    head, line, *lines = told("validate", "8-bot_asks_again-.5", "--workers", "1").splitlines()
    assert head.split() == ["measure", "exact", "estimate", "99.9", "%", "interval", "half-width", "verdict"]
    assert set(line) == {"-", " "}
    assert [each for each in lines[:-2] if not each.startswith(" ")] == ["8-bot_asks_again-.5,2", "8-bot_asks_again-.5,3"]
    assert lines[1].split()[:2] == ["resolved", "0.75"]
    assert lines[1].split()[-1] == "pass"
    assert lines[-2:] == ["", "4 of 4 measures pass, in 2 cases."]


def test_a_measure_amiss_ends_with_1_and_says_why() -> None:
    fine = Row("8-x", "share", exact=0.5, estimate=0.51, low=0.49, high=0.53, half_width_limit=0.03)
    off = Row("9-y", "wait", exact=0.5, estimate=0.6, low=0.58, high=0.62, half_width_limit=0.03, attempt=2)
    wide = Row("9-y", "queue", exact=0.5, estimate=0.6, low=0.4, high=0.8, half_width_limit=0.03, attempt=2)
    text = rows_text((fine, off, wide), 80)
    assert "FAIL, 2nd try: exact value outside" in text
    assert "FAIL, 2nd try: too wide" in text
    assert summary((fine, off, wide)) == "1 of 3 measures pass, in 2 cases. Second try, with a fresh seed, whose answer counts: 9-y."
    assert [row["pass"] for row in rows_data((fine, off, wide))] == [True, False, False]


def test_the_exit_code_is_1_if_a_measure_does_not_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    off = Row("9-y", "wait", exact=0.5, estimate=0.6, low=0.58, high=0.62, half_width_limit=0.03, attempt=2)
    monkeypatch.setattr("deskdrill.simulator.validation.rows_of", lambda *_: (off,))
    assert validate(Args((BOT,), workers=1)) == 1
    assert validate(Args((BOT,), workers=1, format="json")) == 1
    out, err = capsys.readouterr()
    assert json.loads(out[out.index("[") :])[0]["pass"] is False
    assert err == "Second try, with a fresh seed, whose answer counts: 9-y.\n"


# Cases of one's own.

def test_a_model_with_parameters_is_a_case(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("bot_asks_again", "understood=.6", "misses=3")
    rows = json.loads(told("validate", *words, "--quick", "--format", "json"))
    assert {row["case"] for row in rows} == {"bot_asks_again understood=.6 misses=3"}
    assert [row["measure"] for row in rows] == ["resolved", "E[bot turns]"]
    assert rows[0]["exact"] == pytest.approx(1 - 0.4**3)


def test_the_words_of_the_list_are_the_case(told: Told) -> None:
    """What `--list` shows for a shipped case can be typed."""
    listed = " ".join(told("validate", "--list").split())
    words = shlex.split(listed.partition(f" {BOT} ")[2].partition(" 8-")[0])
    assert words == ["bot_asks_again", "understood=.5", "misses=3"]
    rows, shipped = (json.loads(told("validate", *argv, "--format", "json")) for argv in (words, (BOT,)))
    assert [row["exact"] for row in rows] == [row["exact"] for row in shipped]


def test_the_list_names_all_models_and_cases() -> None:
    text = list_text(100)
    for name, model in MODELS.items():
        assert f"\n{name}: {model.about}"[:90] in text
    for case in CASES:
        assert f"  {case.name} " in text
    assert max(map(len, text.splitlines())) <= 100


# Ordinary scenarios.

def test_both_files_of_a_case_run_by_hand_give_its_numbers(told: Told, tmp_path: Path) -> None:
    command = shlex.split(told("validate", LEAVERS, "--quick", "--out", str(tmp_path / "case")))
    assert command[:2] == ["deskdrill", "run"]
    found = json.loads(told(*command[1:], "--format", "json"))["metrics"]["by-kind"]
    rows = {row["measure"]: row for row in json.loads(told("validate", LEAVERS, "--quick", "--format", "json"))}
    assert found["abandonment_rate"]["value"] == pytest.approx(rows["P(Ab)"]["estimate"], rel=1e-12)
    unit_s = found["wait_mean_s_all"]["value"] / rows["E[W]"]["estimate"]
    assert unit_s == pytest.approx(round(unit_s))
    assert found["wait_mean_s"]["value"] == pytest.approx(rows["E[W] served"]["estimate"] * unit_s, rel=1e-12)


def test_what_is_shown_is_what_is_run(told: Told, tmp_path: Path) -> None:
    argv = ("validate", LEAVERS, "--quick")
    scenario, policy, command = told(*argv, "--show").split("---\n")
    told(*argv, "--out", str(tmp_path / "case"))
    assert scenario.partition("\n")[0] == "# scenario.yaml: erlang_a arrivals=10 service=1 leaving=2 agents=10"
    assert scenario.partition("\n")[2] == (tmp_path / "case" / "scenario.yaml").read_text()
    assert policy.partition("\n")[2] == (tmp_path / "case" / "policy.yaml").read_text()
    assert yaml.safe_load(scenario)["teams"]["desk"] == {"staffing": {"always": 10}}
    assert command == "# deskdrill run scenario.yaml policy.yaml --replications 20 --seed 1\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_wrong_with_the_files_of_a_case(case: object, told: Told, tmp_path: Path) -> None:
    told("validate", case.name, "--out", str(tmp_path / "case"))
    told("check", str(tmp_path / "case" / "scenario.yaml"), str(tmp_path / "case" / "policy.yaml"))


# Published figures.

def test_a_published_figure_that_is_missed_ends_with_1_and_says_how_it_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figures = [figure for figure in FIGURES if figure.scenario == "retail-b2c-best"]
    fine = PublishedRow(figures[0].case, figures[0].name, 0.33, 0.33, 0.328, 0.332, 0.02, at_least=0.325, at_most=0.335)
    off = PublishedRow(figures[1].case, figures[1].name, 0.44, 0.41, 0.40, 0.42, 0.03, at_least=0.435, at_most=0.445)
    monkeypatch.setattr("deskdrill.simulator.validation.published_rows", lambda *_: (fine, off))
    assert validate(Args(("retail-b2c-best",), published=True, workers=1)) == 1
    assert validate(Args(("retail-b2c-best",), published=True, workers=1, format="json")) == 1
    out, _ = capsys.readouterr()
    text, data = out[: out.index("[")], json.loads(out[out.index("[") :])
    assert [list(each) for each in data] == [KEYS, KEYS]
    assert [(each["exact"], each["pass"]) for each in data] == [(0.33, True), (0.44, False)]
    assert text.splitlines()[0].split() == ["measure", "published", "may", "be", "simulated", "99.9", "%", "interval", "half-width", "verdict"]
    assert "FAIL: published figure outside" in text
    assert "\n1 of 2 figures are reproduced, by 1 scenario with its policy.\n" in text
    assert f"{figures[1].name}: customer response time 44 % shorter" in " ".join(text.split())


@pytest.mark.slow
def test_published_figures_are_the_same_bytes_with_one_worker_and_with_two(told: Told) -> None:
    argv = ("validate", "--published", "chat", "--quick", "--format", "json")
    one = told(*argv, "--workers", "1")
    assert one == told(*argv, "--workers", "2")
    assert [each["measure"] for each in json.loads(one)] == ["bot_share", "deflection_rate", "csat_rate"]


# What is asked wrongly.

@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("erlan_a",), "deskdrill validate: no model, and no case whose name begins with `erlan_a`; did you mean `erlang_a`? (`deskdrill validate --list` shows all)"),
        (("erlang_a", "arrivals=1"), "deskdrill validate: erlang_a: missing `service` (conversations that a busy agent completes), `leaving` (one over the mean patience), `agents` (agents)"),
        (("erlang_c", "arrivals=10", "service=1", "agents=10"), "deskdrill validate: 10 agents with 10 erlangs of work, and nobody leaves: the queue grows for ever; give 11 agents or more, or a patience"),
        (("skills", "arrivals=1,2", "leaving=1,1", "agents=1,1", "pools=1,2", "serves=1+2,2", "service=1"), "deskdrill validate: no scenario says what these parameters ask: team `class_2` lists under `served_by` who takes from it, and not `pool_1`"),
        (("x_design", "arrivals=7,2", "service=1", "leaving=.8", "agents=3,5", "offers=expected_delay"), "deskdrill validate: x_design: `offers`: expected one of `in_order`, `least_loaded`, `longest_idle`, `random`, found `expected_delay`"),
        (("3", "--show"), "deskdrill validate: --show and --out are for one case, and 6 are named"),
        (("--published", "retale"), "deskdrill validate: no figure is published of `retale`, only of saas-2022, retail-b2c, retail-b2c-best, chat-2018; did you mean `retail-b2c`?"),
        (("--published", "--out", "x"), "deskdrill validate: --show and --out are for cases; what --published plays is shipped, such as saas-2022"),
        (("3", "--out", "x"), "deskdrill validate: --show and --out are for one case, and 6 are named"),
        (("retrials", "arrivals=.99", "service=1", "agents=1", "retrying=1"), "deskdrill validate: `arrivals` lets customers come back with the chance 0.995 each time; a run lets one come back 60 times at most, too few for this"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_one_line(words: tuple[str, ...], line: str, refused: Refused) -> None:
    assert refused("validate", *words) == [line]


def test_a_parameter_without_a_model_is_one_line(refused: Refused) -> None:
    (line,) = refused("validate", "arrivals=3")
    assert line.startswith("deskdrill validate: `arrivals=3` is a parameter, but no model stands before it; models are erlang_b, erlang_c, ")


def test_a_wrong_option_is_one_line(refused: Refused) -> None:
    assert refused("validate", "--seed", "-1")[0].startswith("deskdrill validate: `--seed`: expected a whole number from 0 to")
    assert refused("validate", "--quik") == ["deskdrill validate: no such option `--quik`; did you mean `--quick`? (`deskdrill validate --help` explains)"]
