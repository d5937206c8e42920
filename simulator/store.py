"""The run folder: Parquet tables, one part a replication, and a manifest that says how they came about."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..errors import DeskdrillError
from ..rules.policy import Policy
from .desk import Desk
from .guesses import as_meant
from .replies import replies_of
from .run import Run
from .tables import Named, Table, tables_of

if TYPE_CHECKING:
    import duckdb

TABLES = ("problems", "conversations", "messages", "visits", "decisions", "performance", "automation")
BOT_TEXTS = "bot_texts"
"""A table that only replications of a bot in Python have."""
MANIFEST = "manifest.json"
RUN_ENTRIES = {MANIFEST, "scenario.json", "texts.parquet", "tables", "policies", "results.json", "report.html"}
"""All that a run folder holds."""
_PACKAGES = ("simpy", "numpy", "scipy", "duckdb", "faker", "pydantic")


class NotARun(DeskdrillError):
    """The folder is not one that `--out` has written."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: {why}")


class CannotWrite(DeskdrillError):
    """A table could not be written, say because the disk is full."""

    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__(f"{path}: cannot be written: {str(error).splitlines()[0]}")


@contextmanager
def atomic_folder(out: Path) -> Iterator[Path]:
    """A fresh folder beside `out` that takes its place when the block ends well, and is removed when it does not.

    An older run in `out` is replaced; anything else there is refused with `NotARun`.
    """
    try:
        if os.path.lexists(out) and not _may_replace(out):
            raise NotARun(out, "exists and is not a run folder; choose another place for --out")
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise NotARun(out, f"cannot be written: {(error.strerror or 'unknown error').lower()}") from None
    try:
        yield fresh
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _may_replace(out: Path) -> bool:
    """Whether a folder is empty, or a run and nothing but a run."""
    if out.is_symlink() or not out.is_dir():
        return False
    names = {entry.name for entry in out.iterdir()}
    if not names:
        return True
    try:
        read_manifest(out)
    except NotARun:
        return False
    return names <= RUN_ENTRIES


def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads and writes local files only."""
    import duckdb

    return duckdb.connect(
        ":memory:", config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )


def part_name(policy: str, replication: int) -> str:
    """The name of the files that hold one replication of one policy, without the ending."""
    return f"{policy}-{replication:04d}"


def write_tables(run: Run, folder: Path, database: duckdb.DuckDBPyConnection) -> None:
    """The tables of one replication, each to `folder/TABLE/POLICY-REPLICATION.parquet`, written aside and renamed."""
    part = f"{part_name(run.policy.policy.name, run.replication)}.parquet"
    extra: dict[str, str | int] = {"policy": run.policy.policy.name, "replication": run.replication}
    for name, table in tables_of(run).items():
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        write_table(database, table, place / part, extra)


def write_table(database: duckdb.DuckDBPyConnection, table: Table, path: Path, extra: Mapping[str, str | int]) -> None:
    """One table as Parquet; `extra` are columns with one value throughout. Raises `CannotWrite`."""
    import duckdb

    columns: dict[str, Any] = {}
    selected = [f"{_literal(value)} AS {name}" for name, value in extra.items()]
    for name, column in table.items():
        quoted = '"' + name.replace('"', '""') + '"'
        if isinstance(column, Named):
            columns[name] = np.asarray(column.codes)
            names = ", ".join(_literal(each) for each in column.names)
            value = f"([{names}]::VARCHAR[])[{quoted}::INTEGER + 1]" if column.names else "NULL::VARCHAR"
        else:
            columns[name] = column
            value = f"CASE WHEN isnan({quoted}) THEN NULL ELSE {quoted} END" if column.dtype.kind == "f" else quoted
        selected.append(f"{value} AS {quoted}")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    query = (
        f"COPY (SELECT {', '.join(selected)} FROM columns) TO {_literal(str(aside))} (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - names are ours, values are quoted
    )
    try:
        database.execute(query)
        aside.rename(path)
    except duckdb.IOException as error:
        raise CannotWrite(path, error) from None
    finally:
        with suppress(OSError):
            aside.unlink()


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
    with connection() as database:
        write_table(database, table, folder / "texts.parquet", {})


@dataclass(frozen=True, slots=True)
class Manifest:
    """How a run folder came about."""

    command: str
    scenario: str
    policies: tuple[str, ...]
    seed: int
    replications: int
    messages: str | None
    desk_hash: str
    population_hashes: Mapping[str, str]
    versions: Mapping[str, str]
    python: str
    written: str


def write_manifest(
    folder: Path,
    desk: Desk,
    command: str,
    policies: Sequence[Policy],
    seed: int,
    hashes: Sequence[str],
    messages: Path | None,
) -> None:
    """`manifest.json`; `hashes` are those of the populations, by replication."""
    manifest = {
        "command": command,
        "scenario": desk.scenario.name,
        "policies": [policy.name for policy in policies],
        "seed": seed,
        "replications": len(hashes),
        "messages": None if messages is None else str(messages),
        "desk_hash": desk.digest,
        "population_hashes": {str(number): each for number, each in enumerate(hashes)},
        "versions": {"deskdrill": __version__, **{package: version(package) for package in _PACKAGES}},
        "python": platform.python_version(),
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    (folder / "scenario.json").write_text(
        desk.scenario.model_dump_json(by_alias=True, indent=2) + "\n", encoding="utf-8"
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder; raises `NotARun`."""
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**stored, "policies": tuple(stored["policies"])})
    except FileNotFoundError:
        raise NotARun(folder, "no run here; `deskdrill compare ... --out FOLDER` writes one") from None
    except (OSError, ValueError, TypeError, KeyError):
        raise NotARun(folder, f"{MANIFEST} cannot be read") from None


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
