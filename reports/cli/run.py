"""`deskdrill run`: one policy on one scenario."""

from __future__ import annotations

from typing import Any

import click

from .commands import Command
from .experiments import Args, experiment
from .options import details_option, format_option, out_options, precision_options, simulation_options


def run(args: Args) -> int:
    """What one policy does; 0."""
    return experiment(args)


@click.command("run", cls=Command)
@click.argument("scenario")
@click.argument("policy")
@simulation_options
@precision_options
@out_options
@format_option
@details_option
@click.pass_obj
def command(typed: str, /, policy: str, **options: Any) -> int:
    r"""Simulate one policy: who is helped, who waits.

    SCENARIO and POLICY are files, or names of what ships.

    \b
    Examples:
      deskdrill run saas-week careful
      deskdrill run scenarios/mydesk.yaml rules/today.yaml --out runs/today
      deskdrill run bank-week keywords --messages messages.csv --format json
    """
    return run(Args(policies=(policy,), command=typed, **options))
