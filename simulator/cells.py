"""Columns whose cells are read and changed one by one, as the running clock does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def cells(column: NDArray[np.generic]) -> memoryview[Any]:
    """The cells of a column: its own memory, if it lies in one piece, but a cell is a plain Python number, which is
    found four times as fast as one of numpy.
    """
    return memoryview(np.ascontiguousarray(column))  # type: ignore[arg-type]


def joined(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Columns one after the other, to be read; a single one is no copy."""
    return columns[0] if len(columns) == 1 else np.concatenate(columns)
