"""Finished replications on disk: each summary with the size and checksum of the tables that belong to it.

A summary is written last, so where there is one the replication is whole; where a table is not what its summary says,
the replication is as good as never run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..saving import write_whole
from .metrics import METRICS
from .performance import COUNTS
from .summary import Summary

SUMMARIES: Final = "summaries"
TABLES_FOLDER: Final = "tables"
_MEASURES: Final = [metric.id for metric in METRICS]
_COUNTS: Final = ("queued", "placements", "performance")
_NUMBERS: Final = ("wait_mean_s", "wait_p90_s", "automation")


def part_name(policy: str, replication: int) -> str:
    """The name of the files that hold one replication of one policy, without the ending."""
    return f"{policy}-{replication:04d}"


def keep(summary: Summary, folder: Path, tables: Sequence[str]) -> None:
    """Writes the summary of a replication whose tables are in the folder already."""
    name = part_name(summary.policy, summary.replication)
    place = folder / SUMMARIES
    place.mkdir(parents=True, exist_ok=True)
    checks = {table: _check(_table(folder, table, name)) for table in tables}
    write_whole(place / f"{name}.json", json.dumps({**_stored(summary), "tables": checks}) + "\n")


def is_kept(folder: Path, policy: str, replication: int) -> bool:
    """Whether a replication is there, its tables not looked at."""
    return (folder / SUMMARIES / f"{part_name(policy, replication)}.json").is_file()


def kept(folder: Path, policy: str, replication: int) -> Summary | None:
    """The summary of a replication that is there, whole; `None` where it has to be run."""
    name = part_name(policy, replication)
    try:
        stored = json.loads((folder / SUMMARIES / f"{name}.json").read_text(encoding="utf-8"))
        tables = stored.pop("tables")
        whole = all(_check(_table(folder, table, name)) == check for table, check in tables.items())
        return _summary(stored) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def kept_in(folder: Path) -> Iterator[Summary]:
    """The summaries of all replications that are there, whole, in order."""
    for path in sorted((folder / SUMMARIES).glob("*.json")):
        policy, _, number = path.stem.rpartition("-")
        summary = kept(folder, policy, int(number)) if number.isdigit() else None
        if summary is not None:
            yield summary


def replications_kept(folder: Path, policies: Sequence[str]) -> int:
    """How many replications of these policies are there, whole or not."""
    names = [path.stem.rpartition("-")[0] for path in (folder / SUMMARIES).glob("*.json")]
    return sum(name in policies for name in names)


def drop_others(folder: Path, numbers: Collection[int]) -> int:
    """Removes replications of other numbers, their summaries first; how many there were, over all policies."""
    found = 0
    for files in (folder / SUMMARIES, *sorted((folder / TABLES_FOLDER).glob("*"))):
        for path in sorted(files.glob("*-*.*")):
            number = path.stem.rpartition("-")[2]
            if number.isdigit() and int(number) not in numbers:
                path.unlink()
                found += files.name == SUMMARIES
    return found


def _table(folder: Path, table: str, name: str) -> Path:
    return folder / TABLES_FOLDER / table / f"{name}.parquet"


def _check(path: Path) -> list[int]:
    """The size and the checksum of a file."""
    content = path.read_bytes()
    return [len(content), crc32(content)]


def _stored(summary: Summary) -> dict[str, Any]:
    plain = {
        name: getattr(summary, name)
        for name in ("policy", "seed", "replication", "population_hash", "problems", "conversations")
    }
    arrays = {name: _listed(getattr(summary, name)) for name in (*_COUNTS, *_NUMBERS)}
    measured = [[kind, name, _listed(rows)] for (kind, name), rows in summary.measured.items()]
    flows = [[bot, outcome, many] for (bot, outcome), many in summary.flows.items()]
    return {**plain, "measures": _MEASURES, "measured": measured, "flows": flows, **arrays}


def _summary(stored: Mapping[str, Any]) -> Summary:
    """The summary; raises `ValueError` where another version of the product has other measures."""
    if stored["measures"] != _MEASURES:
        raise ValueError("other measures")
    given = {name: value for name, value in stored.items() if name not in ("measures", "measured", "flows")}
    arrays = {name: np.array(given[name], dtype=np.int64) for name in _COUNTS}
    return Summary(
        **{
            **given,
            **arrays,
            **{name: np.array(given[name], dtype=np.float64) for name in _NUMBERS},
            "performance": arrays["performance"].reshape(-1, len(COUNTS)),
            "measured": {(kind, name): np.array(rows, dtype=np.float64) for kind, name, rows in stored["measured"]},
            "flows": {(bot, outcome): many for bot, outcome, many in stored["flows"]},
        }
    )


def _listed(column: NDArray[Any]) -> Any:
    """An array as lists, not-a-number as null."""
    listed = column.astype(object)
    if column.dtype.kind == "f":
        listed[np.isnan(column)] = None
    return listed.tolist()
