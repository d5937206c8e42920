"""How the customers of each segment behave with a bot, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenarios.segments import Temperament

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Temperaments:
    """The behaviour shares of each segment as arrays, shape (segments,)."""

    asks_first: FloatArray
    spent_asks: FloatArray
    refused_leaves: FloatArray
    refused_repeats: NDArray[np.int64]
    confirms: FloatArray
    says_no: FloatArray
    asks: FloatArray

    @classmethod
    def of(cls, temperaments: list[Temperament]) -> Temperaments:
        """The arrays of a scenario's segments, in order."""
        return cls(
            np.array([t.asks_for_person_first for t in temperaments]),
            np.array([t.spent_asks for t in temperaments]),
            np.array([t.refused_leaves for t in temperaments]),
            np.array([t.refused_repeats for t in temperaments]),
            np.array([t.helped_confirms for t in temperaments]),
            np.array([t.unhelped.says_no for t in temperaments]),
            np.array([t.unhelped.asks for t in temperaments]),
        )
