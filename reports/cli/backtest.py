"""`deskdrill backtest`: is this my desk?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from .commands import Command
from .experiments import Args as ExperimentArgs
from .experiments import simulated
from .options import FILE, format_option, simulation_options


@dataclass(frozen=True, slots=True)
class Args:
    """What to simulate, and the CSV of real figures to hold it against; `workers` is `None` for one a processor."""

    scenario: str
    policy: str
    actual: Path
    replications: int = 20
    seed: int = 1
    messages: Path | None = None
    workers: int | None = None
    format: Literal["text", "json"] = "text"


def backtest(args: Args) -> int:
    """Prints simulated beside actual; 0 if all figures are inside their tolerance, else 1. Raises `InputError`."""
    from ..actual import read_actual
    from ..backtest import backtest_data, backtest_text, held_against
    from ..export import json_text
    from ..inputs import Gathering
    from ..terminal import page_width

    gathering = Gathering()
    inputs = gathering.inputs(args.scenario, (args.policy,), args.messages)
    figures = gathering.read(lambda: read_actual(args.actual, gathering.scenario))
    gathering.refuse_problems()
    assert inputs is not None  # or there was a problem
    assert figures is not None
    chosen = ExperimentArgs(args.scenario, (args.policy,), args.replications, args.seed, workers=args.workers)
    found = simulated(chosen, inputs)
    held = held_against(found, figures)
    if args.format == "json":
        print(json_text(backtest_data(held, found)), end="")
    else:
        print(backtest_text(held, found, page_width()), end="")
    return 0 if all(each.is_inside for each in held) else 1


@click.command("backtest", cls=Command)
@click.argument("scenario")
@click.argument("policy")
@click.argument("actual", metavar="ACTUAL.CSV", type=FILE)
@simulation_options
@format_option
def command(**options: Any) -> int:
    r"""Simulated beside actual: is this my desk?

    ACTUAL.CSV has the columns measure, value, tolerance and, if wanted, segment, team or group. A value is `95 s`,
    `20%` or a number in the measure's unit; a tolerance is that too, `2pp` for a share, or a percentage of the value
    (`10%`). Exit code 1 if any figure is outside its tolerance. `deskdrill describe` lists the measures.

    \b
    Examples:
      deskdrill backtest scenarios/mydesk.yaml rules/today.yaml actual.csv
      deskdrill backtest saas-week humans-only actual.csv --replications 50 --format json

    \b
    actual.csv:
      measure,value,tolerance,team
      service_level,78%,5pp,billing
      abandonment_rate,6%,2pp,
    """
    return backtest(Args(**options))
