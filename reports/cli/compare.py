"""`deskdrill compare`: several policies on the same customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from .commands import Command
from .experiments import Args, experiment
from .options import (
    details_option,
    format_option,
    out_options,
    precision_options,
    simulation_options,
    targets_option,
)
from .usage import Whole

MANIFEST: Final = "manifest.json"
"""The file by which a finished run is known; nothing of the simulator is imported for that."""


def compare(args: Args) -> int:
    """What other policies change, compared with the first; 0, or what `targets` come to."""
    folders = (args.scenario, *args.policies)
    if not (Path(args.scenario) / MANIFEST).is_file():
        return experiment(args)
    from ...simulator.finished import experiment_of
    from ...simulator.targets import load_targets
    from .experiments import shipped, show

    found = experiment_of([Path(folder) for folder in folders])
    targets = None if args.targets is None else load_targets(args.targets, found.scenario, found.names)
    return show(args, found, shipped(found, targets))


@click.command("compare", cls=Command)
@click.argument("scenario", metavar="SCENARIO|RUN")
@click.argument("policies", metavar="POLICY POLICY...|RUN...", nargs=-1)
@simulation_options
@precision_options
@targets_option
@click.option(
    "--input-uncertainty",
    metavar="N",
    type=Whole(5, most=10_000),
    help="Also draw the inputs that have a range N times, and say what that adds to the intervals.",
)
@out_options
@format_option
@details_option
@click.pass_context
def command(context: click.Context, /, policies: tuple[str, ...], **options: Any) -> int:
    r"""Compare policies on the same customers.

    What changes, and for whom. The first POLICY is the baseline. SCENARIO and POLICY are files, or names of what ships.
    Instead, RUNs are folders that --out has written: what has been simulated on the same customers is put side by side.

    \b
    Examples:
      deskdrill compare saas-week humans-only deflect-hard careful --out build/demo
      deskdrill compare scenarios/mydesk.yaml rules/today.yaml rules/monday.yaml
      deskdrill compare bank-week keywords careful --messages messages.csv --format json
      deskdrill compare saas-week humans-only careful --precision wait_p90_s=5% misroute_rate=0.005
      deskdrill compare runs/today runs/monday
      deskdrill compare saas-week humans-only careful night-bot --targets no-harm
      deskdrill compare saas-week humans-only careful --input-uncertainty 20

    With --targets it ends with the policy to ship. Exit code 0: one reaches all targets, 1: each misses one, 3: cannot
    tell yet.
    """
    is_finished = (Path(options["scenario"]) / MANIFEST).is_file()
    if is_finished:
        _refuse_simulating(context)
    elif len(policies) < 2:
        raise click.UsageError("two or more policies are compared; `deskdrill run` looks at one", context)
    return compare(Args(policies=policies, command=context.obj, **options))


def _refuse_simulating(context: click.Context) -> None:
    """Finished runs are what they are."""
    for name in ("replications", "seed", "messages", "workers", "precision", "at-most", "out", "resume",
                 "input-uncertainty"):
        if context.get_parameter_source(name.replace("-", "_")) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"`--{name}` is about simulating, and these runs are finished", context)
