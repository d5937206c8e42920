"""Shapes of random times whose quantiles are known in closed form or by an inverse of the incomplete gamma function.

Every shape has `quantile(u)`, times in seconds at the probabilities `u`, so that one stored uniform gives the same
person's time under every policy; `mean_s`; and `squared_cv`, the variance over the squared mean.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Duration

FloatArray = NDArray[np.float64]

Time = Annotated[Duration, Field(gt=0)]
Mean = Annotated[Time, Field(description="mean time")]
Spread = Annotated[float, Field(gt=0, le=10, description="standard deviation divided by the mean")]


class OfMean(FileModel):
    """A random time that is given by its mean, and perhaps more."""

    mean: Mean

    @property
    def mean_s(self) -> float:
        """Mean, in seconds."""
        return self.mean


class Lognormal(OfMean):
    """A lognormal time, given by its mean and its coefficient of variation (standard deviation over mean)."""

    shape: Annotated[Literal["lognormal"], Field(description="what it is where nothing is said")] = "lognormal"
    cv: Spread = 1.0

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return self.cv**2

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
    """An exponential time, given by its mean or by its median."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["mean"]}, {"required": ["median"]}]})

    shape: Annotated[Literal["exponential"], Field(description="memoryless")]
    mean: Annotated[Time | None, Field(description="mean time, unless `median` is given")] = None
    median: Annotated[Time | None, Field(description="half take longer; unless `mean` is given")] = None

    @model_validator(mode="after")
    def _says_one(self) -> Exponential:
        if (self.mean is None) == (self.median is None):
            found = "neither" if self.mean is None else "both"
            raise BadValue(f"an exponential time has exactly one of `mean` and `median`, found {found}")
        return self

    @property
    def mean_s(self) -> float:
        """Mean, in seconds: the median is the mean times ln 2."""
        return self.mean if self.mean is not None else (self.median or 0.0) / math.log(2.0)

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return 1.0

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: −mean ln(1 − u)."""
        return np.asarray(-self.mean_s * np.log1p(-u))


class Deterministic(OfMean):
    """The same time for everybody."""

    shape: Annotated[Literal["deterministic"], Field(description="the same for everybody")]
    mean: Annotated[Duration, Field(gt=0, description="the time")]

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return 0.0

    def quantile(self, u: FloatArray) -> FloatArray:
        """The time in seconds, whatever `u`."""
        return np.full(u.shape, self.mean)


class Erlang(OfMean):
    """The sum of some independent exponential times of one mean."""

    shape: Annotated[Literal["erlang"], Field(description="a sum of exponential times: less spread")]
    phases: Annotated[int, Field(ge=1, le=1000, description="number of exponential times that are added up")]

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return 1 / self.phases

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: mean / k · P⁻¹(k, u), with k phases and P the regularised lower
        incomplete gamma function.
        """
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self.phases, u) * (self.mean / self.phases))


class Gamma(OfMean):
    """A gamma time, given by its mean and its coefficient of variation (standard deviation over mean)."""

    shape: Annotated[Literal["gamma"], Field(description="by mean and cv")]
    cv: Annotated[float, Field(ge=0.001, le=10, description="standard deviation divided by the mean")] = 1.0

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return self.cv**2

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: mean cv² · P⁻¹(1 / cv², u), with P the regularised lower
        incomplete gamma function.
        """
        from scipy.special import gammaincinv

        return np.asarray(gammaincinv(self.cv**-2, u) * (self.mean * self.cv**2))


class Weibull(OfMean):
    """A Weibull time: with k below 1 who has waited long leaves ever more rarely, with k above 1 ever more often."""

    shape: Annotated[Literal["weibull"], Field(description="hazard falls or rises with time")]
    k: Annotated[float, Field(ge=0.1, le=100, description="exponent of time in the hazard's integral (1: exponential)")]

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean: Γ(1 + 2/k) / Γ(1 + 1/k)² − 1."""
        return math.expm1(math.lgamma(1 + 2 / self.k) - 2 * math.lgamma(1 + 1 / self.k))

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: scale (−ln(1 − u))^(1/k), with the scale mean / Γ(1 + 1/k)."""
        return np.asarray((self.mean / math.gamma(1 + 1 / self.k)) * (-np.log1p(-u)) ** (1 / self.k))


class Uniform(FileModel):
    """A time between two bounds, any of them as likely."""

    shape: Annotated[Literal["uniform"], Field(description="any time between two bounds, as likely")]
    least: Annotated[Duration, Field(alias="from", description="the shortest time")]
    most: Annotated[Duration, Field(alias="to", gt=0, description="the longest time")]

    @model_validator(mode="after")
    def _ascends(self) -> Uniform:
        if self.most <= self.least:
            raise BadValue("`to` is more than `from`; a time that is always the same is `deterministic`", loc=("to",))
        return self

    @property
    def mean_s(self) -> float:
        """Mean, in seconds."""
        return (self.least + self.most) / 2

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        return (self.most - self.least) ** 2 / (12 * self.mean_s**2)

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`."""
        return np.asarray(self.least + (self.most - self.least) * u)
