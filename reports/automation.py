"""Which intents to automate next: what that would save, what it would risk, and what is better left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

import numpy as np

from ..simulator.automation import FIGURES, Means, means_of
from ..simulator.experiment import Experiment
from ..simulator.intervals import Estimate, estimate
from ..simulator.performance import offerings_of
from .counted import weeks_that_count
from .performance import performances_of

HOUR_S: Final = 3600.0
A_WEEK: Final[Mapping[str, tuple[str, float]]] = {
    "problems_a_week": ("problems", 1.0),
    "agent_hours_a_week": ("agent_s", HOUR_S),
    "saved_hours_a_week": ("saved_s", HOUR_S),
    "false_deflections_a_week": ("false_deflections", 1.0),
    "lost_a_week": ("lost", 1.0),
    "lost_value_a_week": ("lost_value", 1.0),
}
"""What is told by the week, of which figure, in what unit."""
SHARES: Final[Mapping[str, tuple[str, str]]] = {
    "recontact_share": ("recontacts", "conversations"),
    "helped_by_bot_share": ("helped_by_bot", "problems"),
    "protected_share": ("protected", "reached"),
}
"""What is told as a share of all replications together: what is divided by what."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent that a bot could take: its best `means`, what a policy's bot does about it already (`now`), figures by
    the week with their intervals (`A_WEEK`), and shares (`SHARES` and `problem_share`, of all problems).

    `why_not`: why it is none; empty if it is.
    """

    intent: str
    means: Means | None
    now: tuple[str, ...]
    why_not: str
    a_week: Mapping[str, Estimate]
    shares: Mapping[str, float]

    @property
    def saves(self) -> float:
        """Agent hours a week that it would save."""
        return self.a_week["saved_hours_a_week"].value


def candidates_of(experiment: Experiment, policy: int) -> tuple[Candidate, ...]:
    """All intents that anybody wrote about, first what would save most, last what is none."""
    scenario = experiment.scenario
    figures = np.array([summary.automation for summary in experiment.summaries[policy]])
    weeks = weeks_that_count(experiment) / experiment.replications
    performed = {each.offering for each in performances_of(experiment, policy)}
    offered = [each for each in offerings_of(scenario, experiment.policies[policy].bot) if each in performed]
    everybody = figures[:, :, FIGURES.index("problems")].sum()
    found = []
    for number, (name, intent) in enumerate(scenario.intents.items()):
        columns = {figure: figures[:, number, place] for place, figure in enumerate(FIGURES)}
        sums = {figure: float(column.sum()) for figure, column in columns.items()}
        if not sums["problems"]:
            continue
        means = means_of(scenario, name)
        why_not = "sensitive" if intent.sensitive else "" if means else "nothing would solve it"
        found.append(
            Candidate(
                intent=name,
                means=means,
                now=tuple(dict.fromkeys(each.kind for each in offered if each.intent == name)),
                why_not=why_not,
                a_week={key: estimate(columns[of] / (unit * weeks)) for key, (of, unit) in A_WEEK.items()},
                shares={
                    "problem_share": sums["problems"] / float(everybody),
                    **{key: _divided(sums[over], sums[under]) for key, (over, under) in SHARES.items()},
                },
            )
        )
    return tuple(sorted(found, key=lambda each: (bool(each.why_not), -each.saves)))


def _divided(over: float, under: float) -> float:
    return over / under if under else float("nan")


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def candidates_data(experiment: Experiment, policy: int) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "intent": each.intent,
            "means": each.means,
            "now": list(each.now),
            "why_not": each.why_not or None,
            **{key: _number(share) for key, share in each.shares.items()},
            **{
                key: None
                if isnan(found.value)
                else {"value": found.value, "low": _number(found.low), "high": _number(found.high)}
                for key, found in each.a_week.items()
            },
        }
        for each in candidates_of(experiment, policy)
    ]
