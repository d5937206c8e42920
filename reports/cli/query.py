"""`deskdrill query`: a run's tables, asked in SQL."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from .commands import Command
from .options import FILE
from .usage import OneOf, Whole

if TYPE_CHECKING:
    from ...simulator.asking import Answer
    from ...simulator.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Args:
    """A run folder, and a query or `None` for the list of its tables."""

    run: Path
    sql: str | None = None
    limit: int = 1000
    format: Literal["text", "json", "csv"] = "text"


def query(args: Args) -> int:
    """Prints the answer, or what can be asked; 0. Raises `NotARun`, and `InputError` for a query that is wrong."""
    from ...simulator.asking import answer
    from ...simulator.run_folder import RunFolder

    run = RunFolder(args.run)
    if args.sql is None:
        _print_tables(run, args)
    else:
        _print(answer(run, args.sql), args)
    return 0


def _print(found: Answer, args: Args) -> None:
    from ..export import json_text, no_formula
    from ..terminal import neutral
    from ..text import grid

    if args.format == "json":
        names = _told_apart(found.columns)
        rows = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in found.rows]
        print(json_text(rows), end="")
    elif args.format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(no_formula(name) for name in found.columns)
        writer.writerows([no_formula(value) for value in row] for row in found.rows)
    else:
        shown = [[neutral(_shown(value)) for value in row] for row in found.rows[: args.limit]]
        numbers = [number for number, column in enumerate(zip(*found.rows, strict=True)) if _is_number(column)]
        headers = [neutral(name) for name in found.columns]
        print(grid(shown, headers, right_from=len(headers), right=numbers))
        if len(found.rows) > args.limit:
            print(f"the first {args.limit:,} of {len(found.rows):,} rows; --limit shows more", file=sys.stderr)


def _print_tables(run: RunFolder, args: Args) -> None:
    from ...simulator.asking import tables_in
    from ...simulator.column_notes import note_of
    from ..export import json_text
    from ..terminal import neutral, page_width
    from ..text import wrapped

    tables = {
        table: {name: {"type": kind, "holds": note_of(table, name) or ""} for name, kind in columns.items()}
        for table, columns in tables_in(run).items()
    }
    if args.format == "json":
        print(json_text(tables), end="")
        return
    for number, (table, columns) in enumerate(tables.items()):
        print("\n" * (number > 0) + table)
        longest = max(map(len, columns))
        for name, column in columns.items():
            indent = " " * (longest + 4)
            print(wrapped(f"  {neutral(name):<{longest}}  {column['type']}; {column['holds']}", page_width(), indent))


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names of columns as keys: the second of a name gets a number.

    >>> _told_apart(["n", "team", "n"])
    ['n', 'team', 'n_2']
    """
    told: list[str] = []
    for name in names:
        number, key = 2, name
        while key in told:
            key, number = f"{name}_{number}", number + 1
        told.append(key)
    return told


def _is_number(column: tuple[Any, ...]) -> bool:
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in column)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    """A value that JSON has a word for."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)


@click.command("query", cls=Command)
@click.argument("run", type=FILE)
@click.argument("sql", required=False)
@click.option(
    "--limit", metavar="N", type=Whole(1), default=1000, show_default=True, help="Print at most so many rows as text."
)
@click.option(
    "--format",
    type=OneOf(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
def command(**options: Any) -> int:
    r"""Ask a run in SQL.

    RUN is a folder that `--out` of run or compare has written. Without SQL: its tables and columns, with what they
    hold. The dialect is DuckDB's. `measures` has every measure of every replication.

    \b
    Examples:
      deskdrill query build/demo
      deskdrill query build/demo "select team, count(*), sum(loop::int) as loops from conversations group by all"
      deskdrill query build/demo "select * from measures where measure = 'helped_rate'" --format csv
    """
    return query(Args(**options))
