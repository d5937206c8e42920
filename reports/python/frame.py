"""A table for Python: columns by name, each a numpy array."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.store import CannotWrite, TableWriter
from ...simulator.tables import Named, Table
from ..markup import element
from ..terminal import neutral
from ..text import grid

SHOWN = 20
"""Rows that are shown of a longer table."""


class Frame(dict[str, NDArray[Any]]):
    """A table: numpy arrays of one length by the names of their columns, so `pandas.DataFrame(frame)` and
    `polars.DataFrame(frame)` take it as it is. Words are arrays of objects, `None` where nothing is known.
    """

    @classmethod
    def of(cls, table: Table) -> Frame:
        """A table of a run, names in the place of codes."""
        return cls({name: _plain(column) for name, column in table.items()})

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Frame:
        """Rows as columns; without any, all columns are empty."""
        columns = zip(*rows, strict=True) if rows else ((),) * len(names)
        return cls({name: _column(values) for name, values in zip(names, columns, strict=True)})

    @property
    def rows(self) -> int:
        """Number of rows."""
        return next((column.size for column in self.values()), 0)

    def where(self, **values: object) -> Frame:
        """The rows that have these values in these columns, or one of a list of values:
        `frame.where(policy="careful", measure=["wait_p90_s", "lost_rate"])`.

        Raises `KeyError` for a column that there is not.
        """
        held = np.ones(self.rows, dtype=np.bool_)
        for name, value in values.items():
            if name not in self:
                raise KeyError(f"no column `{name}`; there are {', '.join(self)}")
            wanted = list(value) if isinstance(value, (list, tuple, set, frozenset, np.ndarray)) else [value]
            held &= np.array([each in wanted for each in self[name]], dtype=np.bool_)
        return Frame({name: column[held] for name, column in self.items()})

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes it as a Parquet file, aside and renamed; not a number is null. Raises `CannotWrite`."""
        TableWriter().write(self, Path(path))

    def __repr__(self) -> str:
        shown = [[neutral(_shown(value)) for value in row] for row in self._first()]
        numbers = [number for number, column in enumerate(self.values()) if column.dtype.kind in "fiu"]
        return "\n".join([grid(shown, list(self), right_from=len(self), right=numbers), *self._more()])

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        head = element("tr", (element("th", name) for name in self))
        body = (element("tr", (element("td", _shown(value)) for value in row)) for row in self._first())
        table = element("table", element("thead", head), element("tbody", body))
        return table + "".join(element("p", more) for more in self._more())

    def _first(self) -> list[tuple[Any, ...]]:
        return list(islice(zip(*self.values(), strict=True), SHOWN))

    def _more(self) -> list[str]:
        return [f"{SHOWN} of {self.rows:,} rows"] if self.rows > SHOWN else []


def folder_of(path: str | os.PathLike[str]) -> Path:
    """A folder, made if it is not there. Raises `CannotWrite`."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(folder, (error.strerror or str(error)).lower()) from None
    return folder


def _column(values: Sequence[Any]) -> NDArray[Any]:
    is_words = any(value is None or isinstance(value, str) for value in values)
    return np.array(values, dtype=object) if is_words else np.array(values)


def _plain(column: Any) -> NDArray[Any]:
    if not isinstance(column, Named):
        return np.asarray(column)
    # The last stands for -1, which is nothing.
    names = np.array([*column.names, None], dtype=object)
    return np.asarray(names[np.asarray(column.codes)])


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
