"""Shapes of random times, as quantile functions, so that one stored uniform gives the same person's time under every
policy.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..documents import FileModel
from ..quantities import Duration

FloatArray = NDArray[np.float64]


class Lognormal(FileModel):
    """A lognormal time, given by its mean and its coefficient of variation (standard deviation over mean)."""

    shape: Literal["lognormal"] = "lognormal"
    mean: Annotated[Duration, Field(gt=0, description="mean time")]
    cv: Annotated[float, Field(gt=0, le=10, description="standard deviation divided by the mean")] = 1.0

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`.

        With s² = ln(1 + cv²) and m = ln(mean) − s²/2, the quantile is exp(m + s Φ⁻¹(u)).

        >>> round(float(Lognormal(mean=10.0, cv=0.8).quantile(np.array([0.5]))[0]), 4)
        7.8087
        """
        from scipy.special import ndtri

        variance = math.log1p(self.cv**2)
        return np.asarray(np.exp(math.log(self.mean) - variance / 2 + math.sqrt(variance) * ndtri(u)))


class Exponential(FileModel):
    """An exponential time, given by its mean."""

    shape: Literal["exponential"]
    mean: Annotated[Duration, Field(gt=0, description="mean time")]

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: −mean ln(1 − u)."""
        return np.asarray(-self.mean * np.log1p(-u))


class Deterministic(FileModel):
    """The same time for everybody."""

    shape: Literal["deterministic"]
    mean: Annotated[Duration, Field(gt=0, description="the time")]

    def quantile(self, u: FloatArray) -> FloatArray:
        """The time in seconds, whatever `u`."""
        return np.full(u.shape, self.mean)


Distribution = Lognormal | Exponential | Deterministic
