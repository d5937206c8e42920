"""How customers open a conversation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .draws import Draws, IntArray


def opens_vaguely(scenario: Scenario, draws: Draws, rows: IntArray, attempt: int) -> NDArray[np.bool_] | None:
    """Whose first message in attempt number `attempt` at the problems `rows` tells nothing of the problem; `None`:
    nobody's. No policy changes it.
    """
    share = scenario.messages.out_of_scope
    return np.asarray(draws.uniform(rows, "out of scope", attempt) < share) if share else None
