"""Experiments whose measures are given, not simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from small_desks import CAREFUL, policy_of, scenario_of

from deskdrill.documents import parse_document
from deskdrill.simulator.experiment import Experiment, FloatArray, Part
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.targets import Targets, targets_from_document

OLD, NEW = (policy_of(CAREFUL.replace("policy: careful", f"policy: {name}")) for name in ("old", "new"))
SCENARIO = scenario_of()
Values = Mapping[str, FloatArray]
"""By the measure's id, for everybody: in each replication."""


@dataclass(frozen=True)
class Given(Experiment):
    """An experiment with these values; of every share, `of` cases are counted in a replication."""

    given: tuple[Values, ...] = field(default=())
    of: float = 1000.0

    def _measured(self, policy: int, part: Part, metric: int) -> FloatArray:  # noqa: ARG002 - the same for all
        measure = METRICS[metric]
        values = self.given[policy][measure.id]
        of = np.full(values.size, self.of if measure.unit == "share" else np.nan)
        nothing = np.full(values.size, np.nan)
        return np.array([values, of, nothing, nothing])

    def values(self, policy: int, part: Part, metric: int) -> FloatArray:
        return self._measured(policy, part, metric)[0]


def given(old: Values, new: Values, of: float = 1000.0) -> Given:
    """An experiment of `old`, the baseline, and `new`."""
    replications = next(iter(old.values())).size
    return Given(SCENARIO, (OLD, NEW), 1, replications, (), given=(old, new), of=of)


def targets_of(*must: str) -> Targets:
    """Targets from lines as they stand in a file."""
    return targets_from_document(parse_document("must:\n" + "".join(f"  - {{{line}}}\n" for line in must)))
