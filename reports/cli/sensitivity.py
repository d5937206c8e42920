"""`deskdrill sensitivity`: which assumption would change the decision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from .commands import Command
from .options import FILE, MOST_REPLICATIONS, format_option, workers_option
from .sweep import documents_of, refuse_measures
from .usage import MOST, Whole
from .workers import Workers, hands

MEASURES = ("helped_rate", "wait_p90_s")


@dataclass(frozen=True, slots=True)
class Args:
    """A policy, or two of which the second is judged; `morris`: so many walks instead of one input at a time."""

    scenario: str
    policies: tuple[str, ...]
    measure: tuple[str, ...] = MEASURES
    morris: int | None = None
    most: int = 10
    replications: int = 10
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    format: Literal["text", "json"] = "text"


def sensitivity(args: Args) -> int:
    """Prints what each assumed input changes; 0. Raises `InputError`."""
    from ...simulator.sensitivity import Question, one_at_a_time, screened
    from .. import sensitivity_words as words
    from ..export import json_text
    from ..inputs import read_inputs
    from ..progress import progress
    from ..terminal import page_width

    refuse_measures(args.measure)
    inputs = read_inputs(args.scenario, args.policies, args.messages)
    document, _ = documents_of(args.scenario, ())
    question = Question(inputs.desk, document, inputs.policies, args.replications, args.seed, args.messages)
    question.refuse_unanswerable()
    with progress("replications") as finished, hands(args.workers) as workers:
        if args.morris is not None:
            walks = screened(question, args.measure, args.morris, workers, finished)
            data = words.screening_data(question, walks)
            text = words.screening_text(question, walks, args.most, page_width())
        else:
            singly = one_at_a_time(question, args.measure, workers, finished)
            data = words.one_at_a_time_data(question, singly)
            text = words.one_at_a_time_text(question, singly, args.most, page_width())
    print(json_text(data) if args.format == "json" else text, end="")
    return 0


@click.command("sensitivity", cls=Command)
@click.argument("scenario")
@click.argument("policies", metavar="[OLD] POLICY", nargs=-1, required=True)
@click.option("--measure", metavar="NAME", multiple=True, default=MEASURES, help="What to look at; several times.")
@click.option(
    "--morris", metavar="N", type=Whole(2, most=1000), help="N walks through all ranges: what depends on what."
)
@click.option("--most", metavar="N", type=Whole(1), default=10, show_default=True, help="Inputs that are shown.")
@click.option(
    "--replications",
    metavar="N",
    type=Whole(2, most=MOST_REPLICATIONS),
    default=10,
    show_default=True,
    help="Weeks for each end of each range, or each step of a walk.",
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
    r"""Which assumption would change the decision.

    A scenario's `sources` say how far off its inputs may be (`times: [0.5, 2]`). Each is tried at both ends of that,
    while the others stay, and the largest effect comes first: on a measure of one policy, or on the difference between
    two.

    \b
    Examples:
      deskdrill sensitivity saas-week humans-only careful
      deskdrill sensitivity saas-week careful --measure lost_rate --measure occupancy
      deskdrill sensitivity saas-week humans-only careful --morris 10 --format json
    """
    if len(policies) > 2:
        raise click.UsageError("one policy, or two that are compared", context)
    options["measure"] = tuple(dict.fromkeys(options["measure"]))
    return sensitivity(Args(policies=policies, **options))
