"""Customers who leave the company over a problem: a hazard that grows with each bad event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .cells import cells
from .draws import Draws
from .population import Population

FloatArray = NDArray[np.float64]
CAP = 0.6


class Loss:
    """How near each problem's customer is to leaving; the k-th bad event adds k times its hazard, up to 0.6 in all
    (TERMS part 4).

    A customer is lost once the hazard exceeds the customer's own uniform. Columns can be read as arrays and changed one
    by one.
    """

    def __init__(self, scenario: Scenario, people: Population, draws: Draws) -> None:
        losses = [segment.temperament.loss for segment in scenario.segments.values()]

        def by_problem(kind: str) -> FloatArray:
            return np.array([float(getattr(loss, kind)) for loss in losses])[people.segment]

        self.silent_unsolved = by_problem("silent_unsolved")
        self.loop_or_refused = by_problem("loop_or_refused")
        self.abandoned = by_problem("abandoned")
        self.second_wrong_inbox = by_problem("second_wrong_inbox")
        self._bears = cells(draws.uniform(people.size, "lost"))
        self._hazard = cells(np.zeros(people.size))
        self._events = bytearray(people.size)

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Whether each customer is lost by now."""
        return np.frombuffer(self._bears) < np.frombuffer(self._hazard)

    def is_lost(self, problem: int) -> bool:
        """Whether one customer is lost by now."""
        return bool(self._bears[problem] < self._hazard[problem])

    def add(self, problem: int, hazard: float) -> None:
        """One bad event of one customer."""
        self._events[problem] = count = min(self._events[problem] + 1, 255)
        self._hazard[problem] = min(CAP, self._hazard[problem] + count * hazard)

    def add_all(self, problems: NDArray[np.int32], hazard: FloatArray) -> None:
        """One bad event of each of several customers, no customer twice; `hazard` has an entry for each."""
        events = np.frombuffer(self._events, dtype=np.uint8)
        hazards = np.frombuffer(self._hazard)
        events[problems] = np.minimum(events[problems].astype(np.int16) + 1, 255)
        hazards[problems] = np.minimum(CAP, hazards[problems] + events[problems] * hazard)


