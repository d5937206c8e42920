"""`deskdrill accept`: changes that are as they should be, written down with who says so and why."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import InputError, Problem, did_you_mean
from .commands import Command
from .diff import accepted_file, compared, comparing_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...rules.difference import Change


@dataclass(frozen=True, slots=True)
class Args:
    """As of `diff`; `only` are the ids of changes, all but those of protected customers if there are none."""

    old: str
    new: str
    on: str
    by: str
    why: str
    scenario: str | None = None
    sample: int | None = None
    seed: int = 1
    accepted: Path | None = None
    only: tuple[str, ...] = ()


def accept(args: Args) -> int:
    """Writes the changes that are not accepted yet; 0, or 1 where some are left, or 3 where there are none."""
    from ..accepted import judged, read_accepted, with_accepted, write_accepted
    from ..terminal import neutral

    file = accepted_file(args.new, args.accepted)
    if file is None:
        raise InputError(Problem(args.new, "is no file to write beside; say in `--accepted` where to write"))
    before = read_accepted(file)
    found = compared(args.old, args.new, args.on, args.scenario, args.seed, args.sample)
    open_changes = judged(found, before).open
    if not open_changes:
        print("nothing to accept: no change that is not accepted already", file=sys.stderr)
        return 0 if found.fires else 3
    chosen = _chosen(open_changes, args.only)
    after = with_accepted(before, found, chosen, args.by, args.why)
    if chosen:
        write_accepted(file, after)
        print(f"{neutral(str(file))}: {_counted(chosen)} accepted")
    left = [change for change in open_changes if change not in chosen]
    if left:
        loud = sum(change.count for change in left if change.protected)
        why = f"; {loud:,} messages are of protected customers, newly automated: name them in `--only`" if loud else ""
        print(f"deskdrill accept: {_counted(left)} left{why}", file=sys.stderr)
    return 1 if left else 0


def _chosen(changes: Sequence[Change], only: Sequence[str]) -> list[Change]:
    """The changes that are meant. Raises `InputError` for ids of none."""
    ids = [change.id for change in changes]
    problems = [
        Problem("--only", f"no change that is not accepted yet is called `{name}`", suggestion=did_you_mean(name, ids))
        for name in only
        if name not in ids
    ]
    if problems:
        raise InputError(problems)
    return [change for change in changes if change.id in only or (not only and not change.protected)]


def _counted(changes: Sequence[Change]) -> str:
    many = sum(change.count for change in changes)
    return f"{len(changes):,} kind{'' if len(changes) == 1 else 's'} of change ({many:,} messages)"


def _asked(name: str, given: str | None, question: str) -> str:
    if given is None and not sys.stdin.isatty():
        raise click.UsageError(f"`--{name}` is missing: {question}")
    answer: str = (click.prompt(question, err=True) if given is None else given).strip()
    if not answer:
        raise click.UsageError(f"`--{name}` is empty: {question}")
    return answer


@click.command("accept", cls=Command)
@comparing_options
@click.option("--by", metavar="NAME", help="Who accepts; asked for if left out.")
@click.option("--why", metavar="TEXT", help="Why that is right; asked for if left out.")
@click.option("--only", metavar="ID", multiple=True, help="Only the change that `deskdrill diff` calls so.")
def command(**options: Any) -> int:
    r"""Accept what an edit changes, for `deskdrill diff` to pass.

    From then on it fails on other changes only. They are written into NAME.accepted.yaml beside NEW, to be reviewed
    and kept with it: before and after, which edits do it, how many messages, some of them, who accepted it and why.
    Changes that leave protected customers to a bot are accepted one by one, with --only. Exit code 0: all is accepted,
    1: something is left, 2: a file that cannot be used, 3: no rule fired, so nothing was tried.

    \b
    Examples:
      deskdrill accept origin/main:rules/today.yaml rules/today.yaml --on messages.csv --by ana --why "billing asked"
      deskdrill accept HEAD:rules/today.yaml rules/today.yaml --on saas-week --only 3fa2c1 --by ana --why "agreed"
    """
    options["by"] = _asked("by", options["by"], "who accepts this?")
    options["why"] = _asked("why", options["why"], "why is it right?")
    return accept(Args(**options))
