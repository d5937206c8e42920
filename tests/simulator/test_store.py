"""The tables of a run folder: what is written is what is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.simulator.store import CannotWrite, TableWriter
from deskdrill.simulator.tables import Named

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=5)
NUMBERS = st.floats(allow_subnormal=True) | st.just(float("nan"))


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, object], list[tuple[object, ...]]]:
    """A table, and the rows that should be read of it."""
    names, rows = draw(NAMES), draw(st.integers(0, 6))
    codes = draw(st.lists(st.integers(-1, len(names) - 1), min_size=rows, max_size=rows))
    numbers = draw(st.lists(NUMBERS, min_size=rows, max_size=rows))
    marks = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    table = {
        "name": Named(np.array(codes, dtype=np.int8), names),
        "number": np.array(numbers, dtype=np.float64),
        "mark": np.array(marks, dtype=np.bool_),
    }
    told = [names[code] if code >= 0 else None for code in codes]
    known = [None if np.isnan(number) else number for number in numbers]
    return table, list(zip(told, known, marks, strict=True))


WRITER = TableWriter()


@given(found=tables(), policy=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, found: tuple[dict[str, Any], list[tuple[object, ...]]], policy: str
) -> None:
    table, rows = found
    path = tmp_path_factory.mktemp("tables") / "part.parquet"
    WRITER.write(table, path, {"policy": policy, "replication": 3})
    read = duckdb.execute("SELECT name, number, mark, policy, replication FROM read_parquet(?)", [str(path)])
    assert read.fetchall() == [(*row, policy, 3) for row in rows]


def test_nothing_stays_of_a_table_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"part.parquet: cannot be written: "):
        WRITER.write({"x": np.arange(3)}, tmp_path / "none" / "part.parquet")
    assert not list(tmp_path.iterdir())
