"""`deskdrill rank`: the best of many policies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean, hint
from .commands import Command
from .options import FILE, MOST_REPLICATIONS, format_option, workers_option
from .usage import MOST, Parsed, Whole
from .workers import Workers, hands

if TYPE_CHECKING:
    from ...simulator.selection import Selection

CANNOT_TELL = 3


@dataclass(frozen=True, slots=True)
class Args:
    """What to rank, and by what; `margin` is a difference that does not matter, in the measure's own unit."""

    scenario: str
    policies: tuple[str, ...]
    by: str
    margin: str
    confidence: float = 0.95
    at_most: int = 2_000
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    format: Literal["text", "json"] = "text"


def rank(args: Args) -> int:
    """Prints which is best; 0, or 3 where fresh customers do not confirm it. Raises `InputError`."""
    from ...simulator.ranking import ranking_of
    from ...simulator.replications import Replications
    from ..export import json_text
    from ..inputs import read_inputs
    from ..progress import progress
    from ..ranking_words import ranking_data, ranking_text
    from ..telling import note
    from ..terminal import page_width

    margin = _margin(args)
    inputs = read_inputs(args.scenario, args.policies, args.messages)

    def selected(found: Selection, fresh: int) -> None:
        name, taken = inputs.policies[found.best].name, max(found.taken)
        told = f"selected {name} after {taken} replications; {fresh} fresh ones of each are to confirm it"
        note(told)

    with (
        progress("replications") as finished,
        hands(args.workers) as workers,
        Replications(inputs.desk, inputs.policies, args.seed, workers, finished=finished) as replications,
    ):
        found = ranking_of(
            replications, args.by, margin, args.confidence, at_most=args.at_most, selected=selected
        )
    text = json_text(ranking_data(found)) if args.format == "json" else ranking_text(found, page_width())
    print(text, end="")
    return 0 if found.is_confirmed else CANNOT_TELL


def _margin(args: Args) -> float:
    """The margin as a number; raises `InputError` for a measure that has no better side."""
    from ...simulator.limits import parse_step
    from ...simulator.metrics import BY_ID

    if args.by not in BY_ID:
        raise InputError(Problem("--by", f"no such measure: `{args.by}`{hint(did_you_mean(args.by, BY_ID))}"))
    if BY_ID[args.by].better == "none":
        raise InputError(Problem("--by", f"neither more nor less of `{args.by}` is better; rank by another measure"))
    try:
        margin = parse_step(args.margin, BY_ID[args.by])
    except BadValue as error:
        raise InputError(Problem("--margin", error.message, suggestion=error.suggestion)) from None
    if not margin > 0:
        told = f"a difference that does not matter is more than 0, found `{args.margin}`"
        raise InputError(Problem("--margin", told))
    return margin


def _confidence(text: str) -> float:
    from ...quantities import parse_share

    share = parse_share(text)
    if not 0.5 < share < 1:
        raise BadValue(f"expected a confidence between 50% and 100%, found `{text}`")
    return share


@click.command("rank", cls=Command)
@click.argument("scenario")
@click.argument("policies", metavar="POLICY POLICY...", nargs=-1, required=True)
@click.option("--by", metavar="MEASURE", default="helped_rate", show_default=True, help="The measure that decides.")
@click.option("--margin", metavar="WIDTH", required=True, help="A difference that does not matter: `1pp`, `30s`, `2`.")
@click.option(
    "--confidence",
    metavar="SHARE",
    type=Parsed("confidence", _confidence),
    default="95%",
    show_default=True,
    help="That the best is selected, where it is ahead by the margin.",
)
@click.option(
    "--at-most",
    metavar="N",
    type=Whole(10, most=MOST_REPLICATIONS),
    default=2_000,
    show_default=True,
    help="Replications of one policy after which its mean decides.",
)
@click.option(
    "--seed", metavar="S", type=Whole(0, most=MOST), default=1, show_default=True, help="Same seed, same weeks."
)
@click.option(
    "--messages", metavar="FILE", type=FILE, help="CSV or JSON Lines of real messages: text, label[, split, language]."
)
@workers_option
@format_option
@click.pass_context
def command(context: click.Context, /, policies: tuple[str, ...], **options: Any) -> int:
    r"""Which of many policies is best in one measure.

    All meet the same customers; a policy is out once it is behind by more than chance explains, so that hopeless ones
    cost little. The one that is left is held against the others on fresh customers.

    \b
    Examples:
      deskdrill rank saas-week humans-only deflect-hard careful night-bot --margin 1pp
      deskdrill rank saas-week humans-only careful --by wait_p90_s --margin 30s --format json

    Exit code 0: the best is confirmed (no other is better by more than the margin), 3: it cannot be told.
    """
    if len(policies) < 2:
        raise click.UsageError("two or more policies are ranked", context)
    return rank(Args(policies=policies, **options))
