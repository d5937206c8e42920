"""What other values change: measures in each setting, and how they differ from those of the files as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .experiment import OVERALL, Experiment
from .intervals import Estimate, holm
from .metrics import BY_ID
from .varying import Vary

_NUMBERS = {name: number for number, name in enumerate(BY_ID)}


@dataclass(frozen=True)
class Variation:
    """A sweep: what was varied, the files as they are, and for each combination of values its replications, on the same
    customers as far as values leave them the same. Of what is `rounded`, a whole number stays one.
    """

    varies: tuple[Vary, ...]
    points: tuple[dict[Vary, Any], ...]
    unchanged: Experiment
    experiments: tuple[Experiment, ...]
    rounded: tuple[Vary, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A measure of one policy at a point: its mean, its paired difference from the files as they are, and whether that
    is told from chance, all points of the policy and the measure together (Holm).
    """

    point: int
    policy: str
    measure: str
    mean: Estimate
    difference: Estimate
    is_sure: bool


def changes_of(variation: Variation, measures: Sequence[str]) -> list[Change]:
    """All changes, by policy, then by measure, then by point."""
    found = []
    for policy, name in enumerate(variation.unchanged.names):
        for measure in measures:
            number = _NUMBERS[measure]
            changed = [each.changed_from(variation.unchanged, policy, number) for each in variation.experiments]
            sure = holm([p_value for _, p_value in changed])
            found += [
                Change(point, name, measure, mean_of(each, policy, measure), difference, is_sure)
                for point, (each, (difference, _), is_sure) in enumerate(
                    zip(variation.experiments, changed, sure, strict=True)
                )
            ]
    return found


def mean_of(experiment: Experiment, policy: int, measure: str) -> Estimate:
    """The mean of a measure over everybody, with its interval."""
    return experiment.estimate(policy, OVERALL, _NUMBERS[measure])
