"""The tables of a run folder: Parquet, one part a replication."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DeskdrillError
from ..rules.policy import Policy
from .desk import Desk
from .guesses import as_meant
from .kept import TABLES_FOLDER, part_name
from .measured import Measured
from .replies import replies_of
from .run import Run
from .summary import Summary
from .tables import Named, Table, tables_of

if TYPE_CHECKING:
    import duckdb

TABLES = ("problems", "conversations", "messages", "visits", "decisions", "performance", "automation")
BOT_TEXTS = "bot_texts"
"""A table that only replications of a bot in Python have."""

_FORMAT = (
    "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 500, WRITE_BLOOM_FILTER false, "
    "USE_TMP_FILE false"
)
"""What is quickest to write: columns of many values, as moments are, are not tried as dictionaries for long."""


class CannotWrite(DeskdrillError):
    """A table could not be written, say because the disk is full."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)

    def __str__(self) -> str:
        path, why = self.args
        return f"{path}: cannot be written: {why}"


def _why(error: Exception) -> str:
    """What is wrong, in a line: DuckDB tells the system's error by its number, somewhere in much else."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error)
    number = re.search(r'"errno":"(\d+)"', text)
    return os.strerror(int(number[1])).lower() if number else text.splitlines()[0]


def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads and writes local files only."""
    import duckdb

    return duckdb.connect(
        ":memory:", config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )


class TableWriter:
    """Writes tables as Parquet, one after the other. It makes ready what tables share, so it is kept."""

    def __init__(self) -> None:
        self._database = connection()
        self._lists: dict[tuple[str, ...], str] = {}

    def write(self, table: Table, path: Path, throughout: Mapping[str, str | int] | None = None) -> None:
        """One table; `throughout` are columns with one value in each row. Raises `CannotWrite`."""
        import duckdb

        columns: dict[str, Any] = {}
        selected = [f"{self._one(value)} AS {name}" for name, value in (throughout or {}).items()]
        for name, column in table.items():
            quoted = '"' + name.replace('"', '""') + '"'
            if isinstance(column, Named):
                columns[name] = np.add(column.codes, 1, dtype=np.int64)
                selected.append(f"{self._named(tuple(column.names))}[{quoted}] AS {quoted}")
            else:
                columns[name] = np.ma.array(column, mask=np.isnan(column)) if column.dtype.kind == "f" else column
                selected.append(quoted)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        query = f"COPY (SELECT {', '.join(selected)} FROM columns) TO {_literal(str(aside))} ({_FORMAT})"  # noqa: S608 - names are ours, values are quoted
        try:
            self._database.execute(query)
            aside.rename(path)
        except (duckdb.IOException, OSError) as error:
            raise CannotWrite(path, _why(error)) from None
        finally:
            with suppress(OSError):
                aside.unlink()

    def _one(self, value: str | int) -> str:
        return str(value) if isinstance(value, int) else f"{self._named((value,))}[1]"

    def _named(self, names: tuple[str, ...]) -> str:
        """The list that codes from 1 look names up in. As an enumeration it is written in half the time of texts, and
        from a variable in half the time that it takes spelt out in each query.
        """
        if names not in self._lists:
            variable = f"names_{len(self._lists)}"
            listed = ", ".join(map(_literal, names)) or "''"
            values = ", ".join(map(_literal, dict.fromkeys(names))) or "''"
            self._database.execute(f"SET VARIABLE {variable} = [{listed}]::ENUM({values})[]")
            self._lists[names] = f"getvariable('{variable}')"
        return self._lists[names]


def write_tables(run: Run, folder: Path, writer: TableWriter, measured: Measured, summary: Summary) -> tuple[str, ...]:
    """The tables of one replication, each to `folder/tables/TABLE/POLICY-REPLICATION.parquet`, written aside and
    renamed; gives their names.
    """
    part = f"{part_name(run.policy.policy.name, run.replication)}.parquet"
    throughout: dict[str, str | int] = {"policy": run.policy.policy.name, "replication": run.replication}
    tables = tables_of(run, measured, summary)
    for name, table in tables.items():
        place = folder / TABLES_FOLDER / name
        place.mkdir(parents=True, exist_ok=True)
        writer.write(table, place / part, throughout)
    return tuple(tables)


def write_texts(desk: Desk, policies: Sequence[Policy], folder: Path) -> None:
    """`texts.parquet`: what each text code of the messages stands for, and what is made of it by a recogniser that goes
    by the text. What bots in Python make up is in the table `bot_texts` of each replication.
    """
    pool = desk.pool
    replies = [(policy, replies_of(policy.bot, desk)) for policy in policies if policy.bot is not None]
    texts = [*pool.texts, *(text for _, each in replies for text in each.texts)]
    author = ["customer"] * len(pool.texts) + ["bot"] * (len(texts) - len(pool.texts))
    owner = [""] * len(pool.texts) + [policy.name for policy, each in replies for _ in each.texts]
    kinds = ["customer"] * len(pool.texts) + [kind for _, each in replies for kind in each.kinds]
    code = np.concatenate([np.arange(len(pool.texts)), *(np.arange(len(each.texts)) for _, each in replies)]).astype(
        np.int32
    )
    missing = len(texts) - len(pool.texts)
    table: Table = {
        "author": np.array(author, dtype=object),
        "bot_of": np.array(owner, dtype=object),
        "text_code": code,
        "kind": np.array(kinds, dtype=object),
        "text": np.array(texts, dtype=object),
    }
    if (recognition := desk.recognition) is not None:
        codes = np.concatenate([recognition.codes, np.full(missing, -1)])
        confidence = np.concatenate([as_meant(recognition.confidence), np.full(missing, np.nan)])
        table = {**table, "recognised": Named(codes, desk.intent_names), "confidence": confidence}
    TableWriter().write(table, folder / "texts.parquet")


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
