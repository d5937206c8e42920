"""Columns whose cells are read and changed one by one, as the running clock does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def cells(column: NDArray[np.generic]) -> memoryview[Any]:
    """The cells of a column: its own memory, if it lies in one piece, but a cell is a plain Python number, which is
    found four times as fast as one of numpy.
    """
    return memoryview(np.ascontiguousarray(column))  # type: ignore[arg-type]
