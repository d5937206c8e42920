"""`deskdrill compare`: several policies on the same customers."""

from __future__ import annotations

from typing import Any

import click

from .commands import Command
from .experiments import Args, experiment
from .options import details_option, format_option, out_options, simulation_options


def compare(args: Args) -> int:
    """What other policies change, compared with the first; 0."""
    return experiment(args)


@click.command("compare", cls=Command)
@click.argument("scenario")
@click.argument("policies", metavar="POLICY POLICY...", nargs=-1, required=True)
@simulation_options
@out_options
@format_option
@details_option
@click.pass_obj
def command(typed: str, /, policies: tuple[str, ...], **options: Any) -> int:
    r"""Compare policies on the same customers.

    What changes, and for whom. The first POLICY is the baseline. SCENARIO and POLICY are files, or names of what ships.

    \b
    Examples:
      deskdrill compare saas-week humans-only deflect-hard careful --out build/demo
      deskdrill compare scenarios/mydesk.yaml rules/today.yaml rules/monday.yaml
      deskdrill compare bank-week keywords careful --messages messages.csv --format json
    """
    if len(policies) < 2:
        raise click.UsageError(
            "two or more policies are compared; `deskdrill run` looks at one", click.get_current_context()
        )
    return compare(Args(policies=policies, command=typed, **options))
