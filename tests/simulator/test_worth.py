"""What policies are worth in people."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from deskdrill.simulator.intervals import estimate
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.staffing.afterwards import frontier

MEASURES = [metric.id for metric in METRICS]


class Seen:
    """As much of an experiment and of a plan as is looked at."""

    schedule = None
    needed: dict[str, Any] = {}

    def __init__(self, policy: str, automated: int, false: int, hours: int) -> None:
        self.policy, self._hours = policy, float(hours)
        self._found = {"automated_resolution_rate": automated / 10, "false_deflection_true_rate": false / 10}

    def agent_hours(self, _needed: object) -> dict[str, float]:
        return {"billing": self._hours}

    def estimate(self, _policy: int, _part: object, metric: int) -> Any:
        return estimate(self._values(MEASURES[metric]))

    def _values(self, measure: str) -> NDArray[np.float64]:
        return np.full(3, self._found[measure])


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=6))
def test_a_policy_is_marked_unless_another_is_better_in_all_three(figures: list[tuple[int, int, int]]) -> None:
    seen = [Seen(str(number), *each) for number, each in enumerate(figures)]
    found = frontier([cast(Any, (each, each)) for each in seen])
    for worth, (automated, false, hours) in zip(found, figures, strict=True):
        better = [each for each in figures if each[0] > automated and each[1] < false and each[2] < hours]
        assert worth.best == (not better)
    # Who automates most, or deflects least, or takes the fewest people, is beaten by nobody.
    assert any(worth.best for worth in found)
