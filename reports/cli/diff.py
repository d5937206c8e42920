"""`deskdrill diff`: what an edit of a policy changes, and which edit it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from ...errors import InputError, Problem
from .commands import Command
from .options import FILE
from .usage import MOST, OneOf, Whole

if TYPE_CHECKING:
    from ...rules.difference import Difference
    from ...rules.openings import Openings

F = TypeVar("F", bound=Callable[..., Any])
INCONCLUSIVE = 3
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Args:
    """Two policies, and what they are tried on; `accepted` is the file of accepted changes, beside NEW if `None`."""

    old: str
    new: str
    on: str
    scenario: str | None = None
    sample: int | None = None
    seed: int = 1
    accepted: Path | None = None
    show: int = SHOWN
    format: Literal["text", "json", "md"] = "text"


def diff(args: Args) -> int:
    """Prints what changes; 0 if nothing does that is not accepted, else 1; 3 where no rule of either policy fires."""
    from ..accepted import judged, read_accepted
    from ..difference_words import difference_data, difference_markdown, difference_text
    from ..export import json_text
    from ..terminal import page_width

    file = accepted_file(args.new, args.accepted)
    if args.accepted is not None and not args.accepted.exists():
        raise InputError(Problem(str(args.accepted), "no such file; `deskdrill accept` writes it"))
    accepted = () if file is None else read_accepted(file)
    found = compared(args.old, args.new, args.on, args.scenario, args.seed, args.sample)
    verdict = judged(found, accepted)
    code = 1 if verdict.open else 0 if found.fires else INCONCLUSIVE
    match args.format:
        case "json":
            print(json_text(difference_data(found, verdict, code)), end="")
        case "md":
            print(difference_markdown(found, verdict, args.show), end="")
        case "text":
            print(difference_text(found, verdict, args.show, page_width()), end="")
    if code == INCONCLUSIVE:
        told = f"no rule of either policy fires for any of the {found.openings.size:,} messages: nothing was tried"
        print(f"deskdrill diff: {told}", file=sys.stderr)
    return code


def compared(old: str, new: str, on: str, scenario: str | None, seed: int, sample: int | None) -> Difference:
    """What two policies decide differently. Raises `InputError`, all files' problems at once."""
    from ...rules.decide import MissingFact
    from ...rules.difference import difference
    from ..inputs import Gathering
    from ..openings import read_tried
    from ..progress import progress
    from ..revisions import policy_named

    gathering = Gathering()
    before, after = gathering.read(lambda: policy_named(old)), gathering.read(lambda: policy_named(new))
    tried = gathering.read(lambda: read_tried(on, scenario, seed, sample))
    gathering.refuse_problems()
    assert before is not None  # or there was a problem
    assert after is not None
    assert tried is not None
    tell_left_out(tried.openings)
    if tried.scenario is not None and not tried.recognised:
        told = f"the recogniser of {tried.scenario.name} goes by a confusion matrix: it cannot read messages"
        print(f"deskdrill: {told}, so no intent is recognised", file=sys.stderr)
    try:
        with progress("changes traced") as done:
            return difference(before, after, tried.openings, tried.knowledge, tried.hours, done)
    except MissingFact as error:
        raise InputError(Problem(on, str(error))) from None


def tell_left_out(openings: Openings) -> None:
    """Says on stderr which columns of a file nobody looks at."""
    from ..terminal import neutral

    if openings.left_out:
        names = ", ".join(f"`{name}`" for name in openings.left_out)
        print(f"deskdrill: {neutral(f'{openings.place}: not looked at: {names}')}", file=sys.stderr)


def accepted_file(new: str, given: Path | None) -> Path | None:
    """The file of accepted changes: what is given, else `NAME.accepted.yaml` beside the policy; `None` for a policy
    that is no file of the user's.
    """
    from ..accepted import beside

    if given is not None:
        return given
    return beside(new) if Path(new).is_file() else None


def comparing_options(command: F) -> F:
    """The two policies and what they are tried on."""
    for option in reversed(
        (
            click.argument("old", metavar="OLD"),
            click.argument("new", metavar="NEW"),
            click.option(
                "--on",
                metavar="MESSAGES_OR_SCENARIO",
                required=True,
                help="A CSV or JSON Lines of messages, or the customers of a scenario.",
            ),
            click.option("--scenario", metavar="NAME_OR_PATH", help="Its recogniser reads the messages of a file."),
            click.option(
                "--sample", metavar="N", type=Whole(1), help="With a scenario: some of its customers.  [default: all]"
            ),
            click.option(
                "--seed",
                metavar="S",
                type=Whole(0, most=MOST),
                default=1,
                show_default=True,
                help="With a scenario: same seed, same customers.",
            ),
            click.option(
                "--accepted", metavar="FILE", type=FILE, help="Accepted changes.  [default: NEW's name, .accepted.yaml]"
            ),
        )
    ):
        command = option(command)
    return command


@click.command("diff", cls=Command)
@comparing_options
@click.option(
    "--show", metavar="N", type=Whole(1), default=SHOWN, show_default=True, help="At most so many kinds of change."
)
@click.option(
    "--format", type=OneOf(["text", "json", "md"]), default="text", show_default=True, help="What goes to stdout."
)
def command(**options: Any) -> int:
    r"""Say what an edit of a policy changes, and which edit it is.

    Both policies decide on the same messages at their opening: bot or person, team, priority, tags. Each change is
    traced to the smallest set of edits that makes it. OLD may be a file at a revision of git. MESSAGES is a CSV with a
    column `text` and, if known, facts such as `customer.plan`. Exit code 0: nothing changes but what is accepted, 1:
    something does, 2: a file that cannot be used, 3: no rule fired, so nothing was tried.

    \b
    Examples:
      deskdrill diff origin/main:rules/today.yaml rules/today.yaml --on messages.csv
      deskdrill diff HEAD:rules/today.yaml rules/today.yaml --on messages.csv --scenario saas-week
      deskdrill diff careful open-door --on saas-week --sample 2000 --format md
    """
    return diff(Args(**options))
