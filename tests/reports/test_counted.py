"""What of a run counts: said wherever its figures are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deskdrill.reports.charts import WIDE, waits_chart
from deskdrill.reports.comparison import comparison_of
from deskdrill.reports.counted import time_that_counts, what_counts
from deskdrill.reports.drawing import drawn
from deskdrill.reports.html import report_page
from deskdrill.reports.week import week_of
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.transcript import worst_transcripts
from deskdrill.simulator.warm_up import WarmUp

Told = Callable[..., str]
EMPTY = "Terminating runs: they begin with nobody waiting, and everything counts."
A_DAY = "Steady state; left out: the first 24 h of each run."


def warm(workspace: Path, warm_up: str, days: int = 2) -> None:
    """The small desk of this folder, measured in steady state."""
    path = workspace / "tiny.yaml"
    path.write_text(path.read_text().replace("days: 2", f"days: {days}\nsteady_state: {{warm_up: {warm_up}}}"))


@pytest.mark.parametrize(
    ("warm_up", "said"),
    [
        (None, EMPTY),
        (WarmUp(86_400), A_DAY),
        (WarmUp(97_200, is_found=True), "Steady state; left out: the first 27 h of each run, found by MSER-5 on a pilot run of each policy."),
        (
            WarmUp(0, is_found=True, is_at_bound=True),
            "Steady state; left out: the first 0 s of each run, found by MSER-5 on a pilot run of each policy. A pilot was "
            "too short for it to be sure: let the scenario have more days.",
        ),
    ],
)
def test_what_counts_is_told_in_text_and_on_the_page(experiment: Experiment, warm_up: WarmUp | None, said: str) -> None:
    found = replace(experiment, warm_up=warm_up)
    assert what_counts(found) == comparison_of(found).counted == said
    assert report_page(comparison_of(found), found, []).count(said) == 2


def test_a_run_says_what_counts_in_text_and_json(workspace: Path, told: Told) -> None:
    assert EMPTY in " ".join(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1").split())
    assert json.loads(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--format", "json"))["run"] == {
        "kind": "terminating", "warm_up_s": 0, "found_by": None, "pilot_is_too_short": False, "backlog": {},
    }  # fmt: skip
    warm(workspace, "1d")
    assert A_DAY in " ".join(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1").split())
    assert json.loads(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--format", "json"))["run"] == {
        "kind": "steady_state", "warm_up_s": 86_400, "found_by": None, "pilot_is_too_short": False, "backlog": {},
    }  # fmt: skip


def test_a_run_whose_warm_up_is_found_can_be_kept_and_read(workspace: Path, told: Told) -> None:
    warm(workspace, "mser", days=3)
    said = told("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "2", "--workers", "1", "--out", "kept")
    assert "found by MSER-5 on a pilot run of each policy" in " ".join(said.split())
    run = json.loads((workspace / "kept" / "results.json").read_text())["run"]
    assert (run["kind"], run["found_by"]) == ("steady_state", "mser5")
    (first, *_) = json.loads(told("transcripts", "kept", "--limit", "3", "--format", "json"))
    assert told("transcripts", "kept", first["id"])
    assert run["warm_up_s"] % 60 == 0


@pytest.mark.parametrize(("warm_up", "said"), [("1d", "the warm-up, which lasts 24 h, is left out."), ("mser", "the warm-up, which MSER-5 finds on a pilot run, is left out.")])
def test_a_described_scenario_says_how_it_is_measured(workspace: Path, told: Told, warm_up: str, said: str) -> None:
    assert "A run begins with nobody waiting, and everything in it counts." in " ".join(told("describe", "tiny.yaml").split())
    warm(workspace, warm_up)
    assert f"A run begins with nobody waiting. It is measured in steady state: {said}" in " ".join(told("describe", "tiny.yaml").split())


BACKLOG = "a backlog, which counts in no measure (4 in billing and 1 in triage)"


def test_a_backlog_is_told_wherever_figures_are(workspace: Path, told: Told) -> None:
    path = workspace / "tiny.yaml"
    path.write_text(path.read_text().replace("days: 2", "days: 2\nbacklog: {billing: 4, triage: 1}"))
    said = " ".join(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--out", "kept").split())
    assert f"Terminating runs: they begin with {BACKLOG}, and everything else counts." in said
    assert json.loads((workspace / "kept" / "results.json").read_text())["run"]["backlog"] == {"billing": 4, "triage": 1}
    page = (workspace / "kept" / "report.html").read_text()
    assert page.count(BACKLOG) == 2
    assert "problems counted in each" in page
    assert "The backlog is left out" in page
    assert f"A run begins with {BACKLOG}, and everything else in it counts." in " ".join(told("describe", "tiny.yaml").split())
    warm(workspace, "1d")
    said = " ".join(told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1").split())
    assert f"Steady state; left out: the first 24 h of each run. Runs begin with {BACKLOG}." in said


def test_who_waited_already_is_read_as_such(workspace: Path, told: Told) -> None:
    path = workspace / "tiny.yaml"
    path.write_text(path.read_text().replace("days: 2", "days: 2\nbacklog: {billing: 400}"))
    told("run", "tiny.yaml", "people.yaml", "--replications", "1", "--workers", "1", "--out", "kept")
    assert "has been waiting in billing since before the run" in told("transcripts", "kept", "people/0/0.1")
    assert "What the rules saw" not in told("transcripts", "kept", "people/0/0.1")
    worst = [each.id for each in worst_transcripts(workspace / "kept")]
    assert all(int(each.rsplit("/", 1)[1].split(".")[0]) >= 400 for each in worst)
    assert len(worst) == 10


def test_a_warm_up_as_long_as_the_run_is_one_line(workspace: Path, refused: Callable[..., list[str]]) -> None:
    warm(workspace, "2d")
    assert refused("run", "tiny.yaml", "people.yaml") == [
        "tiny.yaml:6:25: the run lasts 2.0 days; a warm-up of 2.0 days leaves nothing to measure"
    ]


def test_the_time_that_counts_in_words(experiment: Experiment) -> None:
    assert time_that_counts(experiment) == "2 days"
    assert time_that_counts(replace(experiment, warm_up=WarmUp(86_400))) == "the 24 h after the warm-up"


def test_waits_show_the_warm_up_and_say_nothing_of_it(experiment: Experiment) -> None:
    plain, week = week_of(experiment), week_of(replace(experiment, warm_up=WarmUp(36 * 3600 + 60)))
    assert (plain.left_out, week.left_out) == (0, 37)
    np.testing.assert_array_equal(week.mean_s, plain.mean_s)
    assert week.sentences() != plain.sentences()
    dashed = [drawn(waits_chart(each, WIDE), "label", "waits", "wide").count('stroke-dasharray="4,3"') for each in (plain, week)]
    assert dashed == [0, 2]
    pages = [report_page(comparison_of(each), each, []) for each in (experiment, replace(experiment, warm_up=WarmUp(86_400)))]
    assert ["the end of the warm-up" in page for page in pages] == [False, True]


def test_a_longer_run_is_folded_without_its_warm_up(experiment: Experiment) -> None:
    """Nine days of one conversation an hour, of which the first waits nine times as long as the others."""
    hours = 9 * 24
    waits_s = np.where(np.arange(hours) < 24, 90.0, 10.0)
    changed = {"queued": np.ones(hours, dtype=np.int64), "wait_mean_s": waits_s, "wait_p90_s": waits_s}
    summaries = tuple(tuple(replace(each, **changed) for each in of) for of in experiment.summaries)
    longer = replace(experiment, scenario=experiment.scenario.model_copy(update={"days": 9}), summaries=summaries)
    assert week_of(longer).mean_s[0, 0] == 50
    week = week_of(replace(longer, warm_up=WarmUp(86_400)))
    assert week.left_out == 0
    assert (week.mean_s == 10).all()
    assert (week.queued == 1).all()
