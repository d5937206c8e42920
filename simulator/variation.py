"""What other values change: measures in each setting, and how they differ from those of the files as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .experiment import OVERALL, Experiment
from .intervals import Estimate, estimate, holm, p_value
from .metrics import BY_ID
from .settings import values_of
from .varying import Vary

FloatArray = NDArray[np.float64]
_NUMBERS = {name: number for number, name in enumerate(BY_ID)}


@dataclass(frozen=True)
class Variation:
    """A sweep: what was varied, the files as they are, and for each combination of values its replications, on the same
    customers as far as values leave them the same.
    """

    varies: tuple[Vary, ...]
    points: tuple[dict[Vary, Any], ...]
    unchanged: Experiment
    experiments: tuple[Experiment, ...]


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
            now = values_of(variation.unchanged, policy, measure)
            differences = [values_of(each, policy, measure) - now for each in variation.experiments]
            sure = holm([p_value(each) for each in differences])
            found += [
                Change(point, name, measure, mean_of(each, policy, measure), estimate(difference), is_sure)
                for point, (each, difference, is_sure) in enumerate(
                    zip(variation.experiments, differences, sure, strict=True)
                )
            ]
    return found


def mean_of(experiment: Experiment, policy: int, measure: str) -> Estimate:
    """The mean of a measure over everybody, with its interval."""
    return experiment.estimate(policy, OVERALL, _NUMBERS[measure])
