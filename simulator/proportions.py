"""Shares of messages with intervals that hold for few of them too, and where many are made from one wording."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from .intervals import LEVEL, score_interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share with its 95 % interval: `of` so many messages, made from `origins` wordings (each its own, if they are as
    many). Not a number, all three, where there are no messages.
    """

    share: float
    low: float
    high: float
    of: int
    origins: int


def proportion(hits: BoolArray, origins: IntArray, weights: FloatArray | None = None) -> Proportion:
    """The weighted share of messages for which `hits` holds, with an interval that takes messages of one origin for
    alike as far as they are.

    Wilson's interval at the effective number of messages, p (1 − p) / variance, with Student's t for the number of
    origins (Dean and Pagano 2015, Journal of Survey Statistics and Methodology 3 (4), 484-503); the variance is that of
    a ratio of sums over origins (Cochran 1977, Sampling Techniques, eq. 11.30). Where all messages hit, or none, one of
    each origin counts. Messages of distinct origins and equal weight have Wilson's interval as in textbooks.

    >>> found = proportion(np.array([True] * 8 + [False] * 2), np.arange(10))
    >>> round(found.low, 3), found.share, round(found.high, 3)
    (0.49, 0.8, 0.943)
    """
    if weights is None:
        weights = np.ones(hits.size)
    total = float(weights.sum())
    if not total > 0:
        return Proportion(nan, nan, nan, 0, 0)
    used = weights > 0
    _, cluster = np.unique(origins[used], return_inverse=True)
    many, clusters = int(np.count_nonzero(used)), int(cluster.max()) + 1
    share = float(np.average(hits[used], weights=weights[used]))
    by_origin = np.bincount(cluster, weights=weights[used])
    off = np.bincount(cluster, weights=weights[used] * (hits[used] - share))
    variance = float(np.square(off).sum()) / total**2
    most = total**2 / float(np.square(by_origin).sum())
    if clusters < many and clusters > 1:
        variance *= clusters / (clusters - 1)
    effective = min(share * (1 - share) / variance, float(many)) if variance > 0 and 0 < share < 1 else most
    low, high = score_interval(share, effective, _quantile(clusters, clusters < many))
    return Proportion(share, low, high, many, clusters)


def _quantile(clusters: int, clustered: bool) -> float:
    from scipy.special import ndtri, stdtrit

    if not clustered:
        return float(ndtri(0.5 + LEVEL / 2))
    return float(stdtrit(clusters - 1, 0.5 + LEVEL / 2)) if clusters > 1 else np.inf
