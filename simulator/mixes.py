"""Codes chosen by uniforms, with given shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.integer]

GUIDE_CELLS = 1024
_LARGEST = 2**22
"""Shares compared with uniforms at a time, at most: bounds the memory."""
_BELOW_ONE = 1 - 2.0**-53


class Mixes:
    """The shares of codes in each of several groups, made ready for uniforms to choose by.

    `shares` has shape (groups, codes), and each row sums to 1, up to rounding. By inversion with a guide table (Chen
    and Asau, 1974): a cell of [0, 1) in which only one code lies answers at once.
    """

    def __init__(self, shares: FloatArray) -> None:
        self._shares = shares
        self._upto = np.cumsum(shares, axis=1)
        for number in range(shares.shape[0]):
            self._upto[number, np.flatnonzero(shares[number])[-1] :] = np.inf
        edges = np.arange(GUIDE_CELLS + 1) / GUIDE_CELLS
        at_edge = np.array([np.searchsorted(row, edges, side="right") for row in self._upto], dtype=np.int16)
        self._guide = np.where(at_edge[:, :-1] == at_edge[:, 1:], at_edge[:, :-1], np.int16(-1))

    def codes(self, group: CodeArray, u: FloatArray) -> NDArray[np.int64]:
        """The code that each uniform chooses in its group."""
        codes = self._guide[group, (u * GUIDE_CELLS).astype(np.int32)].astype(np.int64)
        unsure = np.flatnonzero(codes < 0)
        at_once = max(1, _LARGEST // self._upto.shape[1])
        for begin in range(0, unsure.size, at_once):
            some = unsure[begin : begin + at_once]
            codes[some] = (u[some, None] >= self._upto[group[some]]).sum(axis=1)
        return np.asarray(codes, dtype=np.int64)

    def left_over(self, group: CodeArray, codes: CodeArray, u: FloatArray) -> FloatArray:
        """What is left of each uniform once it has chosen its code: again uniform in [0, 1), and independent of it."""
        before = np.where(codes > 0, self._upto[group, codes - 1], 0.0)
        return np.clip((u - before) / self._shares[group, codes], 0.0, _BELOW_ONE)
