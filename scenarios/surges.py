"""Surges: hours in which something that has gone wrong makes extra customers write in, and what announcing it does."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..calendar import Clock
from ..documents import FileModel
from ..quantities import Duration, Share
from .moments import MOMENTS, moment_s


class Announced(FileModel):
    """A notice of the known problem, put up before people ask."""

    takes: Annotated[
        Share, Field(description="of the surge's own customers, those who read it and do not write in any more")
    ]
    after: Annotated[Duration, Field(description="time from the beginning of the surge until the notice is up")] = 0.0


class Surge(FileModel):
    """Extra customers on top of the ordinary ones, about what has gone wrong; surges at the same time add up."""

    at: Annotated[
        str,
        Field(
            description="when it begins, local time: a moment of the week (the first in the run), or a date and time",
            examples=MOMENTS,
        ),
    ]
    lasts: Annotated[Duration, Field(gt=0, description="how long")]
    times: Annotated[
        float, Field(gt=1, le=1000, description="customers about the intents, as a multiple of the ordinary ones")
    ]
    intents: Annotated[
        tuple[str, ...] | None, Field(min_length=1, description="what the extra customers write about; all if left out")
    ] = None
    announced: Annotated[Announced | None, Field(description="a proactive notice; none if left out")] = None

    def starts_s(self, clock: Clock) -> float:
        """The run second at which it begins, perhaps before the run; raises `BadValue` for what is no moment."""
        return moment_s(self.at, clock)
