"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .commands import Several
from .usage import MOST, OneOf, Parsed, Whole

F = TypeVar("F", bound=Callable[..., Any])
MOST_REPLICATIONS = 100_000
MOST_WORKERS = 1_024
FILE = click.Path(path_type=Path)


def workers_option(command: F) -> F:
    """Who does it."""
    cluster = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="The Dask scheduler whose workers do it, such as tcp://10.0.0.7:8786; the results are the same.",
    )
    return click.option(
        "--workers",
        metavar="N",
        type=Whole(1, "; leave it out to use all processors", MOST_WORKERS),
        help="Processes; the results are the same.  [default: one a processor]",
    )(cluster(command))


def simulation_options(command: F) -> F:
    """How much is simulated, and on what."""
    for option in reversed(
        (
            click.option(
                "--replications",
                metavar="N",
                type=Whole(1, most=MOST_REPLICATIONS),
                default=20,
                show_default=True,
                help="Independent weeks to simulate.",
            ),
            click.option(
                "--seed",
                metavar="S",
                type=Whole(0, most=MOST),
                default=1,
                show_default=True,
                help="Same seed, same weeks.",
            ),
            click.option(
                "--messages",
                metavar="FILE",
                type=FILE,
                help="CSV or JSON Lines of real messages: text, label[, split, language].",
            ),
            workers_option,
        )
    ):
        command = option(command)
    return command


def precision_options(command: F) -> F:
    """Replications until it is precise enough."""
    most = click.option(
        "--at-most",
        metavar="N",
        type=Whole(2, most=MOST_REPLICATIONS),
        help="With --precision, replications after which it is given up.  [default: 500]",
    )
    return click.option(
        "--precision",
        metavar="MEASURE=WIDTH...",
        cls=Several,
        multiple=True,
        type=Parsed("wish", _wish_of),
        help="Add replications until half of each 95 % interval is within WIDTH: `5%` of the mean, `30s`, `0.5pp`.",
    )(most(command))


def _wish_of(text: str) -> Any:
    from ...simulator.precision import wish_of

    return wish_of(text)


def format_option(command: F) -> F:
    """Text for people or JSON for programs."""
    return click.option(
        "--format", type=OneOf(["text", "json"]), default="text", show_default=True, help="What goes to stdout."
    )(command)


def targets_option(command: F) -> F:
    """What policies must reach."""
    return click.option(
        "--targets", metavar="FILE", help="What must hold before a policy goes live, or `no-harm`, which ships."
    )(command)


def details_option(command: F) -> F:
    """Tables that the text leaves out."""
    return click.option(
        "--details", is_flag=True, help="All measures, how each answer performs, and every intent to automate next."
    )(command)


def out_options(command: F) -> F:
    """Where to keep everything."""
    resume = click.option(
        "--resume",
        is_flag=True,
        help="Go on with what an interrupted run has left beside --out, or add to a finished one.",
    )
    return click.option(
        "--out", metavar="DIR", type=FILE, help="Folder for report.html, results.json, tables and transcripts."
    )(resume(command))
