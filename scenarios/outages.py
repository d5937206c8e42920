"""Outages: hours in which what a bot does by itself fails, because the systems behind it are down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from ..calendar import Clock
from ..documents import FileModel
from ..quantities import Duration
from .moments import MOMENTS, moment_s


class Outage(FileModel):
    """Hours in which nothing works. It counts when a conversation begins."""

    at: Annotated[
        str,
        Field(
            description="when it begins, local time: a moment of the week (the first in the run), or a date and time",
            examples=MOMENTS,
        ),
    ]
    lasts: Annotated[Duration, Field(gt=0, description="how long")]

    def starts_s(self, clock: Clock) -> float:
        """The run second at which it begins, perhaps before the run; raises `BadValue` for what is no moment."""
        return moment_s(self.at, clock)


def is_out(outages: Sequence[Outage], clock: Clock, at_s: ArrayLike) -> NDArray[np.bool_]:
    """Whether any of them is going on at those run seconds; it has ended at its last moment."""
    moments_s = np.asarray(at_s, dtype=np.float64)
    out = np.zeros(moments_s.shape, dtype=np.bool_)
    for outage in outages:
        from_s = outage.starts_s(clock)
        out |= (from_s <= moments_s) & (moments_s < from_s + outage.lasts)
    return out
