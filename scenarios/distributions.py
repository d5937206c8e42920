"""Shapes of random times as files name them: by `shape`, lognormal where none is named."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import AfterValidator, Discriminator, Tag

from ..errors import BadValue
from .closed_forms import Deterministic, Erlang, Exponential, Gamma, Lognormal, Uniform, Weibull
from .hyperexponential import Branch, Hyperexponential
from .survival import Empirical, Survival, kaplan_meier

__all__ = [
    "Branch", "Deterministic", "Distribution", "Empirical", "Erlang", "Exponential", "Gamma", "Hyperexponential",
    "Lognormal", "PerhapsEndless", "Survival", "Uniform", "Weibull", "kaplan_meier",
    "share_within",
]  # fmt: skip


def shape(value: object) -> str | None:
    """The name of a distribution's shape, from a file or of an object; `None` for what is no distribution."""
    if isinstance(value, dict):
        named = value.get("shape", "lognormal")
        return named if isinstance(named, str) else str(named)
    return getattr(value, "shape", None)


PerhapsEndless: TypeAlias = Annotated[
    Annotated[Lognormal, Tag("lognormal")]
    | Annotated[Exponential, Tag("exponential")]
    | Annotated[Deterministic, Tag("deterministic")]
    | Annotated[Erlang, Tag("erlang")]
    | Annotated[Hyperexponential, Tag("hyperexponential")]
    | Annotated[Gamma, Tag("gamma")]
    | Annotated[Weibull, Tag("weibull")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Empirical, Tag("empirical")]
    | Annotated[Survival, Tag("survival")],
    Discriminator(shape),
]
"""A random time of any shape, which some may never reach the end of."""


def _ends(value: PerhapsEndless) -> PerhapsEndless:
    if isinstance(value, Survival) and value.never > 0:
        raise BadValue(
            f"this never ends for {100 * value.never:.3g}%; only patience may be endless: let the curve end at 0",
            loc=("points", len(value.points) - 1, 1),
        )
    return value


Distribution: TypeAlias = Annotated[PerhapsEndless, AfterValidator(_ends)]
"""A random time of any shape that ends for everybody."""


@lru_cache(maxsize=256)
def share_within(time: PerhapsEndless, within_s: float) -> float:
    """The share whose time is at most `within_s` seconds, by halving the interval of its quantiles.

    >>> round(share_within(Exponential(shape="exponential", mean=60.0), 60.0), 4)
    0.6321
    """

    def reached(share: float) -> float:
        return float(time.quantile(np.array([share]))[0])

    low, high = 2.0**-54, 1 - 2.0**-53
    if reached(high) <= within_s:
        return 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) <= within_s else (low, middle)
    return low
