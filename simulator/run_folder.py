"""A finished run on disk: its tables as queries, and lists of its conversations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..calendar import Clock
from ..errors import InputError, Problem, did_you_mean
from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .manifest import SCENARIO, Manifest, NotARun, read_manifest, stored_policy
from .shifts import floorplan_of, open_minutes
from .store import BOT_TEXTS, TABLES, connection

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list of conversations; `badness` orders the worst first."""

    id: str
    policy: str
    segment: str
    intent: str
    outcome: str
    starts_s: float
    turns: int
    loop: bool
    misrouted: bool
    helped: bool
    lost: bool
    wait_s: float | None
    badness: float
    opening: str


# How bad a conversation was for its customer; the number of bot turns and the wait break ties.
_BADNESS = """(4 * p.lost::INT + 3 * c.loop::INT + 3 * c.refused::INT + 2 * c.misrouted::INT + 2 * (NOT c.helped)::INT
    + (c.outcome = 'abandoned')::INT + least(c.bot_turns, 20) / 20.0 + least(coalesce(c.wait_s, 0), 36000) / 36000.0)"""
LISTED = f"""
    SELECT c.policy || '/' || c.replication || '/' || c.problem || '.' || c.attempt AS id,
           c.policy, c.segment, c.intent, c.outcome,
           c.starts_s, c.bot_turns, c.loop, c.misrouted, c.helped, p.lost, c.wait_s, {_BADNESS} AS badness, t.text
    FROM conversations c
    JOIN problems p USING (policy, replication, problem)
    JOIN texts t ON t.author = 'customer' AND t.text_code = c.opening_code
"""  # noqa: S608 - no outside text


class RunFolder:
    """A finished run that `--out` wrote. Raises `NotARun` where there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        try:
            self.scenario = Scenario.model_validate_json((folder / SCENARIO).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NotARun(folder, f"{SCENARIO} cannot be read") from None
        self._databases: dict[str, duckdb.DuckDBPyConnection] = {}

    @cached_property
    def clock(self) -> Clock:
        """The run's local time."""
        return self.scenario.clock

    @cached_property
    def open_minutes(self) -> NDArray[np.bool_]:
        """Whether anybody who can solve something is on duty, for each minute since the start."""
        return open_minutes(self.scenario, floorplan_of(self.scenario))

    @property
    def recognised_by_text(self) -> bool:
        """Whether the texts say what was recognised; else each message does."""
        return self.scenario.recogniser.kind != "confusion"

    def policy(self, name: str) -> Policy:
        """One of its policies, as it was run."""
        return stored_policy(self.folder, name)

    def rows(self, query: str, values: tuple[object, ...] = (), part: str = "*") -> list[dict[str, Any]]:
        """What a query over the tables gives, a dictionary a row; `part` names one policy's replication. Raises
        `NotARun` for a damaged table.
        """
        import duckdb

        try:
            found = self.database(part).execute(query, values)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            raise NotARun(self.folder, f"its tables cannot be read: {str(error).splitlines()[0]}") from None

    def database(self, part: str = "*") -> duckdb.DuckDBPyConnection:
        """A connection with a view of each table, over the files of one part or of all. Raises `NotARun` where it is
        not finished.
        """
        if not (self.folder / "texts.parquet").is_file():
            raise NotARun(self.folder, "this run is not finished; the command that wrote it, with --resume, goes on")
        if part not in self._databases:
            database = connection()
            # Runs of earlier versions have fewer tables.
            for table in (each for each in TABLES if (self.folder / "tables" / each).is_dir()):
                _view(database, table, _files(self.folder / "tables" / table, f"{part}.parquet"))
            _view(database, "texts", _files(self.folder, "texts.parquet"), *_made_up(self.folder, part))
            self._databases[part] = database
        return self._databases[part]


def _view(database: duckdb.DuckDBPyConnection, name: str, files: str, *more: str) -> None:
    """A view of a table's files, and of what more there is of it."""
    every = " UNION ALL BY NAME ".join([f"SELECT * FROM read_parquet({files})", *more])  # noqa: S608 - quoted
    database.execute(f"CREATE VIEW {name} AS {every}")


def _made_up(folder: Path, part: str) -> list[str]:
    """What bots in Python have said in a part, as texts; their codes hold in its replication only."""
    place = folder / "tables" / BOT_TEXTS
    files = sorted(place.glob(f"{part}.parquet"))
    columns = "'bot' AS author, policy AS bot_of, text_code, kind, text"
    return [f"SELECT {columns} FROM read_parquet({_files(place, each.name)})" for each in files]  # noqa: S608 - quoted


def _files(folder: Path, pattern: str) -> str:
    """The files of a folder as SQL; what stands for others in a pattern stands for itself in the folder's name."""
    place = re.sub(r"[*?\[]", r"[\g<0>]", folder.resolve().as_posix())
    return "'" + f"{place}/{pattern}".replace("'", "''") + "'"


def list_transcripts(  # noqa: PLR0913 - the filters of a list
    folder: Path,
    *,
    policy: str | None = None,
    segment: str | None = None,
    intent: str | None = None,
    team: str | None = None,
    outcome: str | None = None,
    channel: str | None = None,
    loops: bool = False,
    misrouted: bool = False,
    unhelped: bool = False,
    refused: bool = False,
    protected: bool = False,
    replication: int | None = None,
    limit: int = 20,
) -> list[Listed]:
    """Conversations that fit all filters, the worst first. Raises `NotARun`, and `InputError` for a name that the run
    does not know.
    """
    run = RunFolder(folder)
    named = {
        "policy": policy, "segment": segment, "intent": intent, "team": team, "outcome": outcome, "channel": channel
    }  # fmt: skip
    for column, value in named.items():
        if value is not None:
            refuse_unknown(run, column, value)
    values: dict[str, object] = {column: value for column, value in named.items() if value is not None}
    if replication is not None:
        values["replication"] = replication
    flags = {
        "c.loop": loops,
        "c.misrouted": misrouted,
        "NOT c.helped": unhelped,
        "c.refused": refused,
        "c.protected": protected,
    }
    wanted = [f"c.{column} = ?" for column in values] + [flag for flag, on in flags.items() if on]
    where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
    query = f"{LISTED} {where} ORDER BY badness DESC, c.policy, c.replication, c.problem, c.attempt LIMIT {int(limit)}"
    return [_listed(row) for row in run.rows(query, tuple(values.values()))]


def refuse_unknown(run: RunFolder, column: str, value: str) -> None:
    """Raises `InputError` where no conversation of the run has that value in that column."""
    if column == "policy":
        known = set(run.manifest.policies)
    else:
        query = f"SELECT DISTINCT {column} AS name FROM conversations WHERE {column} IS NOT NULL"  # noqa: S608 - ours
        known = {row["name"] for row in run.rows(query)}
    if value not in known:
        raise InputError(
            Problem(str(run.folder), f"no {column} `{value}` in this run", suggestion=did_you_mean(value, known))
        )


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        row["id"],
        row["policy"],
        row["segment"],
        row["intent"],
        row["outcome"],
        row["starts_s"],
        row["bot_turns"],
        row["loop"],
        row["misrouted"],
        row["helped"],
        row["lost"],
        row["wait_s"],
        float(row["badness"]),
        row["text"],
    )
