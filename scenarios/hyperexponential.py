"""Times of several kinds of cases mixed: each case is exponential, with a mean of its own."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Share
from .closed_forms import Mean, Time

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-14
"""Newton's steps end when they no longer move any time by more than this share of it."""
STEPS_AT_MOST = 200
_SHARES_TOLERANCE = 1e-6


class Branch(FileModel):
    """One kind of case."""

    share: Annotated[Share, Field(gt=0, description="share of the cases; the shares of all branches sum to 1")]
    mean: Mean


class Hyperexponential(FileModel):
    """A mixture of exponential times, given by its branches, or by its mean and its squared coefficient of variation:
    then it has two branches that contribute half of the mean each (balanced means).
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["branches"]}, {"required": ["mean", "scv"]}]}
    )

    shape: Annotated[Literal["hyperexponential"], Field(description="exponential times mixed: more spread")]
    branches: Annotated[
        tuple[Branch, ...] | None, Field(min_length=1, max_length=100, description="the kinds of cases")
    ] = None
    mean: Annotated[Time | None, Field(description="mean time, unless `branches` are given")] = None
    scv: Annotated[
        float | None, Field(ge=1, le=1000, description="variance over squared mean, unless `branches` are given")
    ] = None

    @model_validator(mode="after")
    def _says_one(self) -> Hyperexponential:
        balanced = (self.mean is not None, self.scv is not None)
        if any(balanced) if self.branches is not None else not all(balanced):
            raise BadValue("a hyperexponential time has either `branches`, or `mean` and `scv`")
        if self.branches is not None:
            total = math.fsum(branch.share for branch in self.branches)
            if abs(total - 1) > _SHARES_TOLERANCE:
                raise BadValue(f"shares of the branches sum to {100 * total:.6g}%, not 100%", loc=("branches",))
        return self

    @property
    def mixture(self) -> tuple[FloatArray, FloatArray]:
        """Shares, which sum to 1, and means in seconds, of the branches.

        Balanced means (Whitt 1982, Approximating a point process by a renewal process, section 3):
        p = (1 + √((c² − 1) / (c² + 1))) / 2, and the two rates are 2p / mean and 2(1 − p) / mean.

        >>> shares, means = Hyperexponential(shape="hyperexponential", mean=10.0, scv=4.0).mixture
        >>> shares.round(6).tolist(), (1 / means).round(6).tolist()
        ([0.887298, 0.112702], [0.17746, 0.02254])
        """
        if self.branches is not None:
            shares = np.array([branch.share for branch in self.branches])
            return np.asarray(shares / shares.sum()), np.array([branch.mean for branch in self.branches])
        assert self.mean is not None
        assert self.scv is not None
        p = (1 + math.sqrt((self.scv - 1) / (self.scv + 1))) / 2
        shares = np.array([p, 1 - p])
        return shares, np.asarray(self.mean / (2 * shares))

    @property
    def mean_s(self) -> float:
        """Mean, in seconds."""
        shares, means = self.mixture
        return float(shares @ means)

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        shares, means = self.mixture
        return 2 * float(shares @ means**2) / self.mean_s**2 - 1

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`, to 12 digits.

        The logarithm g(t) of the share Σ pᵢ exp(−t / mᵢ) that takes longer than t is convex and descends, so Newton's
        steps for g(t) = ln(1 − u) that begin below the solution ascend to it and never pass it. They begin at the
        largest of the lower bounds that g'(0) and each branch by itself give; were rounding to carry one past the upper
        bound max mᵢ · −ln(1 − u), it would be held there.
        """
        shares, means = self.mixture
        wanted = -np.log1p(-np.asarray(u, dtype=np.float64).ravel())
        upper = means.max() * wanted
        times = np.maximum(wanted / (shares / means).sum(), 0.0)
        for share, mean in zip(shares, means, strict=True):
            np.maximum(times, mean * (wanted + math.log(share)), out=times)
        np.minimum(times, upper, out=times)
        left = np.flatnonzero(np.isfinite(wanted))
        for _ in range(STEPS_AT_MOST):
            if not left.size:
                break
            at = times[left]
            longer, slope = _log_longer(at, shares, means)
            step = (longer + wanted[left]) / slope
            after = np.clip(at + step, at, upper[left])
            times[left] = after
            left = left[after - at > TOLERANCE * after]
        return np.asarray(times.reshape(np.shape(u)))


def _log_longer(times: FloatArray, shares: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """g(t), the logarithm of the share that takes longer than each time, and −g'(t)."""
    by_branch = -times[:, None] / means
    shorter = -(shares * np.expm1(by_branch)).sum(axis=1)
    # Beyond the longest branch's reach everything would be 0: its exponential is taken out first.
    top = by_branch.max(axis=1)
    scaled = shares * np.exp(by_branch - top[:, None])
    total = scaled.sum(axis=1)
    # Each of the two keeps its digits where the other loses them.
    longer = np.where(shorter < 0.5, np.log1p(-np.minimum(shorter, 0.5)), top + np.log(total))
    return np.asarray(longer), np.asarray((scaled / means).sum(axis=1) / total)
