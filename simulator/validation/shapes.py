"""Random times of a model: what a user writes, the survival function that formulas ask for, and its moments."""

from __future__ import annotations

from functools import cache
from json import dumps

import numpy as np
from numpy.typing import NDArray

from ...documents import FileModel, parse_document, validated
from ...errors import BadValue, InputError
from ...scenarios.distributions import PerhapsEndless
from ...scenarios.survival import Survival as Curve
from ..queueing import Survival, from_quantile
from .scale import Scale, Shape

FloatArray = NDArray[np.float64]
_ONE_SECOND = Scale(unit_s=1.0, days=1)


def exponential(mean: float) -> Shape:
    """Exponential times."""
    return {"shape": "exponential", "mean": mean}


def read_shape(text: str) -> Shape:
    """A shape as a scenario writes it, times being numbers; raises `BadValue`.

    >>> read_shape("{shape: erlang, mean: 2, phases: 3}")
    {'shape': 'erlang', 'mean': 2, 'phases': 3}
    """
    data = _read(text)
    if share_endless(data):
        raise BadValue("this never ends for some; only patience may be endless")
    return data


def read_patience(text: str) -> Shape:
    """A shape that may never end for some; raises `BadValue`."""
    data = _read(text)
    distribution(data)
    return data


def _read(text: str) -> Shape:
    try:
        data = parse_document(text).data
    except InputError as error:
        raise BadValue(error.problems[0].message) from None
    if not isinstance(data, dict):
        raise BadValue(f"expected a shape such as `{{shape: exponential, mean: 2}}`, found `{text}`")
    return data


def distribution(shape: Shape) -> PerhapsEndless:
    """The scenario's own distribution, whose seconds are units; raises `BadValue`."""
    return _distribution(dumps(shape))


def mean(shape: Shape) -> float:
    """The mean, in units; infinite where some times never end."""
    return distribution(shape).mean_s


def squared_cv(shape: Shape) -> float:
    """Variance over squared mean."""
    return distribution(shape).squared_cv


def survival(shape: Shape) -> Survival:
    """The share of times that are longer than x, from the very quantiles that a run draws."""
    times = distribution(shape)
    if times.shape == "exponential":
        return lambda x: np.exp(-x / times.mean_s)
    if times.shape == "deterministic":
        return lambda x: np.where(x < times.mean_s, 1.0, 0.0)
    return from_quantile(times.quantile)


def balking(shape: Shape, share: float) -> Survival:
    """The patience of customers of whom a share do not wait at all."""
    patient = survival(shape)
    return lambda x: (1 - share) * patient(x)


def share_endless(shape: Shape) -> float:
    """The share of times that never end."""
    times = distribution(shape)
    return times.never if isinstance(times, Curve) else 0.0


class _Held(FileModel):
    time: PerhapsEndless


@cache
def _distribution(text: str) -> PerhapsEndless:
    shape = parse_document(text).data
    assert isinstance(shape, dict)  # written by `distribution`
    try:
        held = validated(parse_document(dumps({"time": _ONE_SECOND.time(shape)})), _Held)
    except InputError as error:
        raise BadValue(error.problems[0].message, error.problems[0].suggestion) from None
    return held.time
