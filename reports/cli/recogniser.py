"""`deskdrill recogniser`: how good a scenario's recogniser is, and what its mistakes do to a policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from .commands import Command
from .options import format_option, simulation_options
from .usage import Parsed
from .workers import Workers, hands

ACCURACIES = (0.95, 0.9, 0.8, 0.7, 0.6)
MOST_ACCURACIES = 20


@dataclass(frozen=True, slots=True)
class Args:
    """A scenario; with a policy, the accuracies to try it with; `workers` is `None` for one a processor."""

    scenario: str
    policy: str | None = None
    accuracies: tuple[float, ...] = ACCURACIES
    bearable: float = 0.01
    replications: int = 20
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    format: Literal["text", "json"] = "text"


def recogniser(args: Args) -> int:
    """Prints how good the recogniser is or, with a policy, what recognisers of several accuracies do to it; 0."""
    return _quality(args) if args.policy is None else _sweep(args, args.policy)


def _quality(args: Args) -> int:
    from ...simulator.quality import quality_of
    from ..export import json_text
    from ..inputs import read_inputs
    from ..recogniser_quality import quality_data, quality_text
    from ..terminal import page_width

    inputs = read_inputs(args.scenario, (), args.messages)
    found = quality_of(inputs.desk, real=args.messages is not None, seed=args.seed)
    print(json_text(quality_data(found)) if args.format == "json" else quality_text(found, page_width()), end="")
    return 0


def _sweep(args: Args, policy: str) -> int:
    from ...simulator.sweep import swept
    from ..export import json_text
    from ..inputs import read_inputs
    from ..progress import progress
    from ..recogniser_sweep import sweep_data, sweep_text
    from ..terminal import page_width

    inputs = read_inputs(args.scenario, (policy,), args.messages)
    with progress("replications") as finished, hands(args.workers) as workers:
        found = swept(
            inputs.desk,
            inputs.policies[0],
            args.accuracies,
            args.replications,
            args.seed,
            workers=workers,
            finished=finished,
        )
    if args.format == "json":
        print(json_text(sweep_data(found, args.bearable)), end="")
    else:
        print(sweep_text(found, args.bearable, page_width()), end="")
    return 0


def _accuracies(text: str) -> tuple[float, ...]:
    from ...errors import BadValue
    from ...quantities import parse_share

    found = tuple(dict.fromkeys(parse_share(part.strip()) for part in text.split(",")))
    if len(found) > MOST_ACCURACIES:
        raise BadValue(f"at most {MOST_ACCURACIES} accuracies, found {len(found)}")
    if min(found) == 1:
        raise BadValue("a recogniser that is never wrong is tried in any case; name an accuracy below 100%")
    return found


def _bearable(text: str) -> float:
    from ...errors import BadValue
    from ...quantities import parse_share

    share = parse_share(text)
    if not share:
        raise BadValue("expected a share above 0, such as `1%`")
    return share


@click.command("recogniser", cls=Command)
@click.argument("scenario")
@click.option("--policy", metavar="POLICY", help="See what mistakes do to this policy.")
@click.option(
    "--accuracies",
    metavar="SHARE,...",
    type=Parsed("shares", _accuracies),
    help="With --policy: recognised rightly.  [default: 95%,90%,80%,70%,60%]",
)
@click.option(
    "--leak",
    "bearable",
    metavar="SHARE",
    type=Parsed("share", _bearable),
    help="With --policy: a guard leaks where so much more gets past it.  [default: 1%]",
)
@simulation_options
@format_option
def command(**options: Any) -> int:
    r"""How good the recogniser is, and what its mistakes do.

    Without --policy: how many messages it recognises, how sure it is and how often that is right, what it takes for
    what; on texts that it has not learnt from or, for a confusion matrix, in a simulated week. With --policy: the same
    customers meet the policy with recognisers that are right less and less often, and one that is never wrong: what
    becomes of them, which guards leak, and from which error rate on.

    \b
    Examples:
      deskdrill recogniser saas-week
      deskdrill recogniser bank-week --messages messages.csv --format json
      deskdrill recogniser saas-week --policy careful
      deskdrill recogniser scenarios/mydesk.yaml --policy rules/today.yaml --accuracies 95%,85%,75% --leak 2%
    """
    if options["policy"] is None:
        for name in ("accuracies", "bearable"):
            if options[name] is not None:
                option = "--leak" if name == "bearable" else "--accuracies"
                raise click.UsageError(f"`{option}` says what to try a policy with; name one with `--policy`")
    return recogniser(Args(**{name: value for name, value in options.items() if value is not None}))
