"""Queries of the user's own over a finished run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from .kept import kept_in
from .metrics import METRICS
from .run_folder import RunFolder
from .store import BOT_TEXTS, TABLES
from .summary import Summary

if TYPE_CHECKING:
    import duckdb

MEASURES: Final = "measures"
"""A table of all measures, a row for each replication, part and measure."""
_ASKED_OF: Final = "deskdrill query"
_READING: Final = ("SELECT", "MULTI")
"""Statements that read, as DuckDB calls them; MULTI is a PIVOT."""
_EXPLAIN: Final = re.compile(r"\s*explain\b\s*(analyze\b\s*)?(\([^)]*\))?", re.IGNORECASE)
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: the names of the columns, and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def answer(run: RunFolder, query: str) -> Answer:
    """What a query in SQL gives over all tables of a run. Raises `InputError` where it cannot be answered."""
    import duckdb

    if not query.strip(" ;\n\t"):
        raise InputError(Problem(_ASKED_OF, "the query is empty"))
    try:
        query.encode()
        database = _asked(run)
        if not _reads(database, query):
            told = "a query is one SELECT; `--format csv` or `--format json` writes what it gives"
            raise InputError(Problem(_ASKED_OF, told))
        found = database.execute(query)
        if any(str(column[1]) == _ZONED for column in found.description or ()):
            told = "a time with a time zone cannot be shown; `::timestamp` makes it one without"
            raise InputError(Problem(_ASKED_OF, told))
        names = tuple(column[0] for column in found.description or ())
        return Answer(names, tuple(found.fetchall()))
    except duckdb.Error as error:
        raise InputError(Problem(_ASKED_OF, _in_a_line(str(error)))) from None
    except UnicodeEncodeError:
        raise InputError(Problem(_ASKED_OF, "the query is no text: some of its bytes are no characters")) from None


def _reads(database: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether a query is one statement that writes nothing; what is explained with ANALYZE is done as well."""
    explained = _EXPLAIN.match(query)
    statements = database.extract_statements(query if explained is None else query[explained.end() :])
    return len(statements) == 1 and statements[0].type.name in _READING


def tables_in(run: RunFolder) -> Mapping[str, Mapping[str, str]]:
    """The tables of a run, each with its columns and their types, in their order."""
    query = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY column_index"
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in _asked(run).execute(query).fetchall():
        found.setdefault(table, {})[column] = kind.lower()
    return {name: found[name] for name in (*TABLES, BOT_TEXTS, "texts", MEASURES) if name in found}


def _asked(run: RunFolder) -> duckdb.DuckDBPyConnection:
    database = run.database()
    columns = _measures(kept_in(run.folder))
    database.register("columns", columns)
    database.execute(f"CREATE TEMP TABLE {MEASURES} AS SELECT * FROM columns")  # noqa: S608 - no outside text
    database.unregister("columns")
    return database


def _measures(summaries: Iterator[Summary]) -> dict[str, NDArray[Any]]:
    rows = [
        (each.policy, each.replication, *part, metric.id, None if np.isnan(value) else float(value))
        for each in summaries
        for part, values in each.values.items()
        for metric, value in zip(METRICS, values, strict=True)
    ]
    names = ("policy", "replication", "kind", "part", "measure", "value")
    kinds = (object, np.int32, object, object, object, np.float64)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: np.array(column, dtype=kind) for name, column, kind in zip(names, columns, kinds, strict=True)}


def _in_a_line(message: str) -> str:
    """An error of the database without the query itself, which follows on a line of its own."""
    lines = takewhile(lambda line: not line.startswith("LINE "), message.splitlines())
    return " ".join(line.strip() for line in lines if line.strip())
