"""What of a run counts in its measures, in words: everything in it, or what comes after a warm-up."""

from __future__ import annotations

from typing import Any

from ..quantities import format_duration
from ..scenarios.scenario import Scenario
from ..simulator.experiment import Experiment


def beginning(scenario: Scenario) -> str:
    """How a run of a scenario begins, and from when on it counts, as a sentence."""
    steady = scenario.steady_state
    if steady is None:
        return "A run begins with nobody waiting, and everything in it counts."
    rule = "MSER-5 finds on a pilot run" if steady.warm_up == "mser" else f"lasts {format_duration(steady.warm_up)}"
    return f"A run is measured in steady state: the warm-up, which {rule}, is left out."


def what_counts(experiment: Experiment) -> str:
    """What the figures of an experiment are about, as a sentence or two."""
    warm_up = experiment.warm_up
    if warm_up is None:
        return "Terminating runs: they begin with nobody waiting, and everything counts."
    text = f"Steady state; left out: the first {format_duration(warm_up.lasts_s)} of each run"
    if not warm_up.is_found:
        return f"{text}."
    pilots = "a pilot run" if len(experiment.policies) == 1 else "a pilot run of each policy"
    short = " A pilot was too short for it to be sure: let the scenario have more days." if warm_up.is_at_bound else ""
    return f"{text}, found by MSER-5 on {pilots}.{short}"


def time_that_counts(experiment: Experiment) -> str:
    """The time in which problems that count arrived: `7 days`, `the 4.0 days after the warm-up`."""
    if experiment.warm_up is None:
        return f"{experiment.scenario.days} days" if experiment.scenario.days > 1 else "one day"
    return f"the {format_duration(experiment.scenario.horizon_s - experiment.warm_up.lasts_s)} after the warm-up"


def counted_data(experiment: Experiment) -> dict[str, Any]:
    """The same for programs."""
    warm_up = experiment.warm_up
    if warm_up is None:
        return {"kind": "terminating"}
    return {
        "kind": "steady_state",
        "warm_up_s": warm_up.lasts_s,
        "found_by": "mser5" if warm_up.is_found else None,
        "pilot_is_too_short": warm_up.is_at_bound,
    }
