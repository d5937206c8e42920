"""By which channel customers write: chat, or e-mail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .draws import Draws
from .population import Population

BoolArray = NDArray[np.bool_]


def by_email(
    scenario: Scenario, people: Population, draws: Draws, rows: NDArray[np.int32], attempt: int
) -> BoolArray | None:
    """Whether each of some problems' conversations of one attempt is by e-mail; `None` where nobody writes any."""
    shares = np.array([segment.by_email for segment in scenario.segments.values()])
    if not shares.any():
        return None
    email = np.asarray(draws.uniform(rows, "channel") < shares[people.segment[rows]])
    changes = 0.0 if scenario.returns is None else scenario.returns.changes_channel
    for number in range(2, attempt + 1):
        email = email ^ (draws.uniform(rows, "changes channel", number) < changes)
    return email
