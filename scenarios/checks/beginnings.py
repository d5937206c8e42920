"""What can be wrong with how a run begins, and from when on it counts."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document
from ...errors import Problem
from ...quantities import format_duration
from ..scenario import Scenario


def beginning_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Problems with a run's warm-up."""
    steady = scenario.steady_state
    if steady is not None and steady.warm_up != "mser" and steady.warm_up >= scenario.horizon_s:
        lasts, warm_up = format_duration(scenario.horizon_s), format_duration(steady.warm_up)
        yield document.problem(
            ("steady_state", "warm_up"), f"the run lasts {lasts}; a warm-up of {warm_up} leaves nothing to measure"
        )
