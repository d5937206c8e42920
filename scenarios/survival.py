"""Times as they were observed: a list of them, or the curve of who is still waiting when."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Duration, Share, Weight

FloatArray = NDArray[np.float64]


class Empirical(FileModel):
    """One of the observed times, each as often as its weight says: no time comes out that was not observed, and the
    mean is theirs.
    """

    shape: Annotated[Literal["empirical"], Field(description="one of the observed times")]
    values: Annotated[tuple[Duration, ...], Field(min_length=1, description="the observed times, in any order")]
    weights: Annotated[
        tuple[Weight, ...] | None, Field(description="how much each value counts; all alike if left out")
    ] = None

    @model_validator(mode="after")
    def _weighs_every_value(self) -> Empirical:
        if self.weights is not None and len(self.weights) != len(self.values):
            raise BadValue(
                f"a weight for each value: expected {len(self.values)}, found {len(self.weights)}", loc=("weights",)
            )
        if self.weights is not None and not max(self.weights) > 0:
            raise BadValue("one weight at least is more than 0", loc=("weights",))
        if not self.mean_s > 0:
            raise BadValue("one value at least is more than 0", loc=("values",))
        return self

    @property
    def _weighed(self) -> tuple[FloatArray, FloatArray]:
        """The values that count, ascending, and the share of each."""
        values = np.array(self.values)
        weights = np.ones(values.size) if self.weights is None else np.array(self.weights)
        order = np.argsort(values, kind="stable")
        order = order[weights[order] > 0]
        return values[order], weights[order] / weights.max() / (weights / weights.max()).sum()

    @property
    def mean_s(self) -> float:
        """Mean, in seconds."""
        values, shares = self._weighed
        return float(values @ shares)

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean."""
        values, shares = self._weighed
        return float(shares @ (values / self.mean_s - 1) ** 2)

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: the smallest value that a share of at least u does not exceed.

        >>> Empirical(shape="empirical", values=(30.0, 10.0, 20.0)).quantile(np.array([0.1, 0.5, 0.9])).tolist()
        [10.0, 20.0, 30.0]
        """
        values, shares = self._weighed
        upto = np.cumsum(shares)
        # The last sum is 1 but for rounding.
        return np.asarray(values[np.minimum(np.searchsorted(upto, u, side="left"), values.size - 1)])


class Survival(FileModel):
    """A curve of who is still waiting after each time, such as Kaplan and Meier's: it steps down at its points and is
    level between them. Where it ends above 0, that share never leaves.
    """

    shape: Annotated[Literal["survival"], Field(description="a curve of who is still waiting when")]
    points: Annotated[
        tuple[tuple[Duration, Share], ...],
        Field(
            min_length=1,
            description="times with the share still waiting after each; times ascend, shares do not; before the first, "
            "everybody waits; a share above 0 at the end never leaves",
        ),
    ]

    @model_validator(mode="after")
    def _descends(self) -> Survival:
        for number, ((before_s, above), (after_s, below)) in enumerate(pairwise(self.points), 1):
            if after_s <= before_s:
                raise BadValue("the times of a curve ascend; this one is not later", loc=("points", number, 0))
            if below > above:
                raise BadValue("who has left does not come back: this share is larger", loc=("points", number, 1))
        if not self.mean_s > 0:
            raise BadValue("nobody waits at all: one share at least is above 0", loc=("points",))
        return self

    @property
    def never(self) -> float:
        """Share of those who never leave."""
        return self.points[-1][1]

    @property
    def mean_s(self) -> float:
        """Mean, in seconds; infinite where some never leave."""
        if self.never > 0:
            return math.inf
        times, waiting = np.array(self.points).T
        return float(times @ -np.diff(waiting, prepend=1.0))

    @property
    def squared_cv(self) -> float:
        """Variance over squared mean; not a number where some never leave."""
        if self.never > 0:
            return math.nan
        times, waiting = np.array(self.points).T
        return float((times / self.mean_s - 1) ** 2 @ -np.diff(waiting, prepend=1.0))

    def quantile(self, u: FloatArray) -> FloatArray:
        """Times in seconds at the probabilities `u`: the first at which a share of at most 1 − u still waits; infinite
        where there is none.

        >>> curve = Survival(shape="survival", points=((60.0, 0.5), (120.0, 0.2)))
        >>> curve.quantile(np.array([0.4, 0.6, 0.9])).tolist()
        [60.0, 120.0, inf]
        """
        still = 1 - np.asarray(u)
        if self.never > np.max(still, initial=0.0):
            return np.full(still.shape, np.inf)
        times, waiting = np.array(self.points).T
        return np.append(times, np.inf)[np.searchsorted(-waiting, -still, side="left")]


def kaplan_meier(times: ArrayLike, censored: ArrayLike) -> Survival:
    """The curve of who is still waiting when, from times some of which ended otherwise: the patience of customers of
    whom some were answered before they would have left.

    `times` are in seconds; `censored` says of each whether the customer was answered (or the records ended) then, and
    would have waited longer. Who leaves and who is answered at the same moment: leaving comes first. Customers who
    leave silently look answered, later than they left: with them the curve is too high. Raises `BadValue`.

    Source: Kaplan and Meier (1958), JASA 53, the product-limit estimate: S(t) is the product of 1 − d / n over the
    times until t, with d who leave then and n who had waited until then.

    >>> kaplan_meier([60, 120, 120, 300], [False, False, True, True]).points
    ((60.0, 0.75), (120.0, 0.5))
    """
    at_s = np.asarray(times, dtype=np.float64)
    answered = np.asarray(censored, dtype=bool)
    if at_s.ndim != 1 or at_s.shape != answered.shape or not at_s.size:
        raise BadValue(f"a time and whether it was cut short for each customer, found {at_s.size} and {answered.size}")
    if not (np.isfinite(at_s) & (at_s >= 0)).all():
        raise BadValue("times of waiting are at least 0 and finite")
    leaves_s, leave = np.unique(at_s[~answered], return_counts=True)
    if not leaves_s.size:
        return Survival(shape="survival", points=((float(at_s.max()), 1.0),))
    at_risk = at_s.size - np.searchsorted(np.sort(at_s), leaves_s, side="left")
    waiting = np.cumprod(1 - leave / at_risk)
    if not leaves_s[-1] > 0 and not waiting[-1] > 0:
        raise BadValue("nobody waited at all")
    return Survival(shape="survival", points=tuple(zip(leaves_s.tolist(), waiting.tolist(), strict=True)))
