"""What of a run counts in its measures, in words: everything in it, or what comes after a warm-up; never a backlog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..calendar import WEEK_S
from ..quantities import format_duration
from ..rules.wording import listed
from ..scenarios.scenario import Scenario
from ..simulator.experiment import Experiment


def beginning(scenario: Scenario) -> str:
    """How a run of a scenario begins, and from when on it counts, in sentences."""
    steady, waiting = scenario.steady_state, _waiting(scenario)
    begins = f"A run begins with {waiting or 'nobody waiting'}"
    if steady is None:
        return f"{begins}, and everything {'else ' if waiting else ''}in it counts."
    rule = "MSER-5 finds on a pilot run" if steady.warm_up == "mser" else f"lasts {format_duration(steady.warm_up)}"
    return f"{begins}. It is measured in steady state: the warm-up, which {rule}, is left out."


def what_counts(experiment: Experiment) -> str:
    """What the figures of an experiment are about, in sentences."""
    return " ".join([_from_when(experiment), *_given_up(experiment)])


def _given_up(experiment: Experiment) -> Iterator[str]:
    """What is missing."""
    if not experiment.given_up:
        return
    numbers = sorted({number for _, number in experiment.given_up})
    under = listed([experiment.names[each] for each in sorted({policy for policy, _ in experiment.given_up})], "and")
    which = f"replication {numbers[0]}" if len(numbers) == 1 else f"replications {listed(map(str, numbers), 'and')}"
    yield (
        f"Left out: {which} of seed {experiment.seed}, in which a worker process ended by itself each time, "
        f"under {under}: short of memory, or ended by code of your own."
    )


def _from_when(experiment: Experiment) -> str:
    warm_up, waiting = experiment.warm_up, _waiting(experiment.scenario)
    if warm_up is None:
        everything = "everything else" if waiting else "everything"
        return f"Terminating runs: they begin with {waiting or 'nobody waiting'}, and {everything} counts."
    text = f"Steady state; left out: the first {format_duration(warm_up.lasts_s)} of each run"
    if warm_up.is_found:
        text += f", found by MSER-5 on a pilot run{' of each policy' if len(experiment.policies) > 1 else ''}"
    if warm_up.is_at_bound:
        text += ". A pilot was too short for it to be sure: let the scenario have more days"
    return f"{text}. Runs begin with {waiting}." if waiting else f"{text}."


def time_that_counts(experiment: Experiment) -> str:
    """The time in which problems that count arrived: `7 days`, `the 4.0 days after the warm-up`."""
    if experiment.warm_up is None:
        return f"{experiment.scenario.days} days" if experiment.scenario.days > 1 else "one day"
    return f"the {format_duration(experiment.scenario.horizon_s - experiment.warm_up.lasts_s)} after the warm-up"


def weeks_that_count(experiment: Experiment) -> float:
    """Weeks in which problems that count arrived, over all replications of a policy."""
    lasts_s = experiment.scenario.horizon_s - (0.0 if experiment.warm_up is None else experiment.warm_up.lasts_s)
    return experiment.replications * lasts_s / WEEK_S


def counted_data(experiment: Experiment) -> dict[str, Any]:
    """The same for programs."""
    warm_up = experiment.warm_up
    return {
        "kind": "terminating" if warm_up is None else "steady_state",
        "warm_up_s": 0.0 if warm_up is None else warm_up.lasts_s,
        "found_by": "mser5" if warm_up is not None and warm_up.is_found else None,
        "pilot_is_too_short": warm_up is not None and warm_up.is_at_bound,
        "backlog": experiment.scenario.backlog,
        **(
            {"given_up": [{"policy": experiment.names[policy], "replication": n} for policy, n in experiment.given_up]}
            if experiment.given_up
            else {}
        ),
    }


def _waiting(scenario: Scenario) -> str:
    """Who waits when a run begins; empty if nobody does."""
    parts = [f"{many:,} in {team}" for team, many in scenario.backlog.items() if many]
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"a backlog, which counts in no measure ({listed})"
