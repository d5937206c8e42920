"""How long customers wait for a person before they leave, and whether anybody sees them go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Share
from .distributions import Distribution, PerhapsEndless

FloatArray = NDArray[np.float64]

_SMALLEST, _LARGEST = 2.0**-54, 1 - 2.0**-53
"""The ends of the open interval of probabilities."""


class Patience(FileModel):
    """How long a customer waits for a person, by what the customer was told; every wait is anew.

    All times of one wait come from one number, the share of customers who would wait at least as long, so that whoever
    is patient in a chat is patient after leaving a message too.
    """

    former_keys: ClassVar[Mapping[str, str]] = {
        "live_mean": "live: {{shape: exponential, mean: {0}}}",
        "told_mean": "told: {{shape: exponential, mean: {0}}}",
        "inbox_median": "inbox: {{shape: exponential, median: {0}}}",
    }

    live: Annotated[PerhapsEndless, Field(description="waiting in a live chat")]
    told: Annotated[
        PerhapsEndless | None,
        Field(
            description="waiting in a live chat, once told when a person will come; its mean over that of `live` "
            "stretches the wait after a message too. Without it `announced_factor` does"
        ),
    ] = None
    inbox: Annotated[PerhapsEndless, Field(description="after leaving a message while the desk is closed")]
    balks: Annotated[
        Share, Field(description="leave a live chat at once if nobody is free; the others wait as `live` says")
    ] = 0.0
    silent: Annotated[Share, Field(description="of those who leave, go without anybody noticing")] = 0.0
    announced_factor: Annotated[
        float | None,
        Field(
            gt=0, le=1000, description="told when a person will come, they wait so many times as long; 1 if left out"
        ),
    ] = None

    @model_validator(mode="after")
    def _says_once_what_being_told_does(self) -> Patience:
        if self.told is None:
            return self
        if self.announced_factor is not None:
            raise BadValue(
                "`told` and `announced_factor` both say how long customers wait once told; keep one of them",
                loc=("announced_factor",),
            )
        if not np.isfinite([self.told.mean_s, self.live.mean_s]).all():
            raise BadValue(
                "`told` goes by its mean over that of `live`, and where some never leave there is none; "
                "give `announced_factor` instead",
                loc=("told",),
            )
        return self

    @property
    def told_factor(self) -> float:
        """How many times as long customers wait who were told when a person will come."""
        if self.told is not None:
            return self.told.mean_s / self.live.mean_s
        return 1.0 if self.announced_factor is None else self.announced_factor

    def live_s(self, share: FloatArray) -> FloatArray:
        """Seconds that customers wait in a live chat; `share` is of all who would wait at least as long.

        Those with the largest shares balk and wait no time at all; `live` is spread over the others.
        """
        if not self.balks:
            return _outlasted(self.live, share)
        wait_s = np.zeros(share.shape)
        stay = np.flatnonzero(share < 1 - self.balks)
        wait_s[stay] = _outlasted(self.live, share[stay] / (1 - self.balks))
        return wait_s

    def inbox_s(self, share: FloatArray) -> FloatArray:
        """Seconds that customers wait after leaving a message; `share` is of all who would wait at least as long."""
        return _outlasted(self.inbox, share)


def _outlasted(shape: Distribution, share: FloatArray) -> FloatArray:
    return shape.quantile(np.clip(1 - share, _SMALLEST, _LARGEST))
