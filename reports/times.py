"""Random times in plain English."""

from __future__ import annotations

import numpy as np

from ..quantities import format_duration
from ..scenarios.distributions import (
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    PerhapsEndless,
    Survival,
    Uniform,
    Weibull,
)
from .figures import percent


def time_in_words(time: PerhapsEndless) -> str:
    """How long a random time is, and of what shape.

    >>> time_in_words(Weibull(shape="weibull", mean=300.0, k=0.8))
    '5 min on average (Weibull, k 0.8)'
    >>> time_in_words(Uniform(shape="uniform", **{"from": 60.0, "to": 120.0}))
    '1 min to 2 min, all alike'
    """
    match time:
        case Deterministic():
            return f"always {format_duration(time.mean_s)}"
        case Exponential(median=float(median)):
            return f"{format_duration(median)} in the median (exponential)"
        case Uniform():
            return f"{format_duration(time.least)} to {format_duration(time.most)}, all alike"
        case Survival() if time.never > 0:
            stays = f"as an observed curve says, where {percent(time.never)} never leave"
            if time.never >= 0.5:
                return stays
            return f"{format_duration(float(time.quantile(np.array([0.5]))[0]))} in the median, {stays}"
        case _:
            return f"{format_duration(time.mean_s)} on average ({_shape(time)})"


def _shape(time: PerhapsEndless) -> str:
    match time:
        case Exponential():
            return "exponential"
        case Erlang():
            return f"Erlang, {time.phases} phase{'s' if time.phases > 1 else ''}"
        case Gamma():
            return f"gamma, cv {time.cv:g}"
        case Weibull():
            return f"Weibull, k {time.k:g}"
        case Hyperexponential():
            shares, means = time.mixture
            kinds = [f"{percent(share)} {format_duration(mean)}" for share, mean in zip(shares, means, strict=True)]
            return f"hyperexponential: {', '.join(kinds)}"
        case Empirical():
            many = len(time.values)
            return f"drawn from {many} observed time{'s' if many > 1 else ''}"
        case Survival():
            return f"an observed curve of {len(time.points)} point{'s' if len(time.points) > 1 else ''}"
        case Lognormal():
            return f"lognormal, cv {time.cv:g}"
        case _:
            return time.shape
