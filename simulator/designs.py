"""Which combinations of values are tried: all of them, a Latin hypercube, and the walks of Morris."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .varying import Vary

FloatArray = NDArray[np.float64]
LEVELS = 4
"""Levels of each input in a walk; half of them are a step."""


def size_of(varies: Sequence[Vary]) -> int:
    """How many combinations there are."""
    return prod(len(each.values) for each in varies)


def full(varies: Sequence[Vary]) -> Iterator[dict[Vary, Any]]:
    """All combinations of values, the last changing first."""
    for values in product(*(each.values for each in varies)):
        yield dict(zip(varies, values, strict=True))


def latin(varies: Sequence[Vary], points: int, seed: int) -> list[dict[Vary, Any]]:
    """So many combinations, of each input one from each of as many equal parts of its range.

    Source: McKay, Beckman and Conover (1979), Technometrics 21, 239-245.
    """
    from scipy.stats import qmc

    shares = qmc.LatinHypercube(len(varies), rng=np.random.default_rng(seed)).random(points)
    return [{vary: vary.at(share) for vary, share in zip(varies, row, strict=True)} for row in shares.tolist()]


def walks(inputs: int, many: int, seed: int) -> FloatArray:
    """Walks through the unit cube, each from a random corner of a grid, one input after the other a step of 2/3 up or
    down; shape (many, inputs + 1, inputs).

    Source: Morris (1991), Factorial sampling plans for preliminary computational experiments, Technometrics 33, 161.
    """
    rng = np.random.default_rng(seed)
    step = LEVELS / (2 * (LEVELS - 1))
    found = np.empty((many, inputs + 1, inputs))
    for walk in found:
        low = rng.integers(0, LEVELS // 2, inputs) / (LEVELS - 1)
        up = rng.random(inputs) < 0.5
        walk[0] = np.where(up, low, low + step)
        for number, each in enumerate(rng.permutation(inputs), start=1):
            walk[number] = walk[number - 1]
            walk[number, each] += step if up[each] else -step
    return found


def elementary_effects(walked: FloatArray, values: FloatArray) -> FloatArray:
    """The effect of each input in each walk, per unit of the cube: shape (walks, inputs).

    walked   shape (walks, inputs + 1, inputs);  values   what came of each point, shape (walks, inputs + 1)
    """
    steps = np.diff(walked, axis=1)
    moved = np.abs(steps).argmax(axis=2)
    size = np.take_along_axis(steps, moved[:, :, None], axis=2)[:, :, 0]
    found = np.empty((walked.shape[0], walked.shape[2]))
    np.put_along_axis(found, moved, np.diff(values, axis=1) / size, axis=1)
    return found
