"""Ordinary scenarios whose waits and losses are known exactly: what a file says of shapes is what the floor meets."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit
from small_desks import SMALL, policy_of, scenario_of, small_desk

from deskdrill.simulator.metrics import BY_ID, measure
from deskdrill.simulator.queueing import erlang_c
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.visits import Fate

REPLICATIONS = 20
UNIT = "10m"
"""Mean work; the rates below are per this time."""
PER_WEEK = 7 * 24 * 6
EVERYTHING = """
policy: everything
rulesets:
  - {name: routing, hit_policy: first, rules: [{id: all, when: {message.text: {set: true}}, then: {route: billing}}], default: {route: escalation}}
"""
ENDLESS = {"shape": "survival", "points": [["1d", 1]]}

pytestmark = pytest.mark.slow


def runs_of(
    rate: float, agents: int, arrivals: int, *, work: dict[str, Any], live: dict[str, Any], balks: float = 0, **more: Any
) -> list[Run]:
    """One team that customers of one kind write to day and night: `rate` in the time of one work."""
    standard = SMALL["segments"]["standard"]
    patience = {"live": live, "inbox": ENDLESS, "balks": balks}
    segment = {**standard, "share": 1, "intents": {"refund": 1}, "temperament": {**standard["temperament"], "patience": patience}}
    desk = small_desk(
        scenario_of(
            days=round(arrivals / rate / PER_WEEK * 7) + 1,
            arrivals={"per_week": rate * PER_WEEK},
            segments={"standard": segment},
            intents={"refund": {"team": "billing", "work": work, "work_grows_as_answers_fail": 0}},
            teams={"billing": {"staffing": {"always": agents}}, "triage": {"staffing": {"always": 1}}},
            protected=None,
            returns=None,
            **more,
        )
    )
    return [simulate(desk, policy_of(EVERYTHING), 1, number) for number in range(REPLICATIONS)]


def kept(run: Run) -> np.ndarray:
    """Visits that joined after the first tenth of the run."""
    return run.visits.joined_s > 0.1 * run.desk.scenario.horizon_s


def abandoned(run: Run) -> float:
    return float((run.visits.fate[kept(run)] == Fate.ABANDONED).mean())


def wait(run: Run) -> float:
    """Mean wait of everybody, in units."""
    r = run.visits
    left_s = np.where(np.isnan(r.answered_s), r.ended_s, r.answered_s)
    return float((left_s - r.joined_s)[kept(run)].mean()) / 600


def assert_holds(exact: float, found: list[float], width: float = 0.06) -> None:
    """The 99.9 % interval of the replications contains the exact value and is not wide."""
    values = np.array(found)
    half = float(stdtrit(values.size - 1, 0.9995)) * values.std(ddof=1) / sqrt(values.size)
    assert abs(values.mean() - exact) <= half, f"{values.mean():.6f} ± {half:.6f} for {exact:.6f}"
    assert half <= width * exact, f"± {half:.6f} is wide for {exact:.6f}"


EXPONENTIAL = {"shape": "exponential", "mean": UNIT}
PATIENCE = [
    ({"shape": "exponential", "mean": "20m"}, 40_000, 0.103913, 0.207826),
    ({"shape": "deterministic", "mean": "20m"}, 80_000, 0.040551, 0.892125),
    ({"shape": "hyperexponential", "branches": [{"share": 0.5, "mean": "5m"}, {"share": 0.5, "mean": "35m"}]}, 40_000, 0.125571, 0.125703),
]


@pytest.mark.parametrize(("live", "arrivals", "abandons", "waits"), PATIENCE, ids=[live["shape"] for live, *_ in PATIENCE])
def test_abandonment_depends_on_the_shape_of_patience_as_baccelli_and_hebuterne_say(
    live: dict[str, Any], arrivals: int, abandons: float, waits: float
) -> None:
    """M/M/n+G with ten agents, rate 10, mean patience 2 (Zeltyn and Mandelbaum 2005): with one mean, three times as many leave."""
    runs = runs_of(10, 10, arrivals, work=EXPONENTIAL, live=live)
    assert_holds(abandons, [abandoned(run) for run in runs])
    assert_holds(waits, [wait(run) for run in runs])


WORK = [
    ({"shape": "deterministic", "mean": UNIT}, 1.0),
    ({"shape": "erlang", "mean": UNIT, "phases": 2}, 1.5),
    (EXPONENTIAL, 2.0),
    ({"mean": UNIT, "cv": 1.2}, 2.44),
    ({"shape": "uniform", "from": 0, "to": "20m"}, 4 / 3),
    ({"shape": "empirical", "values": ["5m", "15m"]}, 1.25),
]


@pytest.mark.parametrize(("work", "second_moment"), WORK, ids=range(len(WORK)))
def test_one_agent_s_queue_goes_by_the_second_moment_of_work(work: dict[str, Any], second_moment: float) -> None:
    """Pollaczek and Khinchine: at the load ρ the mean wait is λ E[S²] / (2 (1 − ρ))."""
    runs = runs_of(0.7, 1, 36_000, work=work, live=ENDLESS)
    assert_holds(0.7 * second_moment / 0.6, [wait(run) for run in runs])


@pytest.mark.parametrize("work", [{"mean": UNIT, "cv": 1.5}, {"shape": "hyperexponential", "mean": UNIT, "scv": 4}, {"shape": "weibull", "mean": UNIT, "k": 0.7}], ids=range(3))
def test_where_everybody_balks_the_loss_is_erlang_s_whatever_the_shape_of_work(work: dict[str, Any]) -> None:
    """M/G/10/10 at a load of 8: .12166106."""
    runs = runs_of(8, 10, 30_000, work=work, live=EXPONENTIAL, balks=1)
    assert_holds(0.12166106, [abandoned(run) for run in runs])


def test_in_steady_state_the_measures_are_those_of_erlang_c() -> None:
    """M/M/10 at a load of 8: who comes waits 0.409 / (10 - 8) of a work on average, and agents are busy for 0.8 of their time."""
    runs = runs_of(8, 10, 40_000, work=EXPONENTIAL, live=ENDLESS, steady_state={"warm_up": "1d"})
    values = [dict(zip(BY_ID, measure(run)["team", "billing"], strict=True)) for run in runs]
    assert_holds(erlang_c(8, 10) / 2, [each["wait_mean_s"] / 600 for each in values])
    assert_holds(0.8, [each["occupancy"] for each in values])
