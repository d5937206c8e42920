"""Who is there to answer: teams, their agents by the hour, and what they can solve."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..calendar import Clock, WeekHours
from ..documents import FileModel
from ..quantities import Duration, Share
from .distributions import Distribution, Lognormal

IntArray = NDArray[np.int64]


class Team(FileModel):
    """A team and its inbox."""

    staffing: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=1_000_000)]],
        Field(
            min_length=1,
            description="agents on duty by times of the week, such as `Mon-Fri 08-18: 12`; overlapping rows add up",
        ),
    ]
    concurrency: Annotated[int, Field(ge=1, le=100, description="conversations an agent holds at once")] = 1
    also_solves: Annotated[
        tuple[str, ...], Field(description="intents it can solve beside those whose right team it is")
    ] = ()
    answer_within: Annotated[Duration, Field(gt=0, description="the target of the service level")] = 120.0
    look: Annotated[Distribution, Field(description="time to see that a conversation belongs elsewhere")] = Lognormal(
        mean=120.0, cv=0.6
    )

    def agents(self, clock: Clock, at_s: NDArray[np.float64]) -> IntArray:
        """Agents on duty at each moment of `at_s` (seconds since the start of the run)."""
        second = clock.second_of_week(at_s)
        total = np.zeros(second.shape, dtype=np.int64)
        for hours, agents in self.staffing.items():
            total += agents * WeekHours.parse(hours).contains(second)
        return total


class Escalation(FileModel):
    """The inbox for what no rule placed, and how well people move a conversation on."""

    team: Annotated[str, Field(description="the team whose people look at it and assign it")]
    assigns_right: Annotated[Share, Field(description="share that triage assigns to the right team")] = 0.9
    transfers_right: Annotated[Share, Field(description="share that a wrong team transfers to the right one")] = 0.9
