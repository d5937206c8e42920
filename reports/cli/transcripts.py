"""`deskdrill transcripts`: the conversations of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Literal

import click

from .commands import Command
from .options import FILE, format_option
from .usage import Whole


@dataclass(frozen=True, slots=True)
class Args:
    """A run folder, the conversation to show or `None` for a list, and what the list is narrowed to."""

    run: Path
    id: str | None = None
    policy: str | None = None
    segment: str | None = None
    intent: str | None = None
    team: str | None = None
    outcome: str | None = None
    channel: str | None = None
    replication: int | None = None
    loops: bool = False
    misrouted: bool = False
    unhelped: bool = False
    refused: bool = False
    protected: bool = False
    limit: int = 20
    format: Literal["text", "json"] = "text"


def transcripts(args: Args) -> int:
    """Prints the conversations of a run that fit all filters, worst first, or the one of an id; 0.

    Raises `NotARun`, and `InputError` for a name or an id that the run does not know.
    """
    return _list(args) if args.id is None else _show(args, args.id)


def _show(args: Args, chosen: str) -> int:
    from ...simulator.transcript import read_transcript
    from ..export import json_text
    from ..reading import transcript_data, transcript_text
    from ..terminal import page_width

    found = read_transcript(args.run, chosen, args.policy)
    print(json_text(transcript_data(found)) if args.format == "json" else transcript_text(found, page_width()), end="")
    return 0


def _list(args: Args) -> int:
    from ...simulator.run_folder import RunFolder, list_transcripts
    from ..export import json_text
    from ..reading import list_text, listed_data
    from ..terminal import page_width

    found = list_transcripts(
        args.run,
        policy=args.policy,
        segment=args.segment,
        intent=args.intent,
        team=args.team,
        outcome=args.outcome,
        channel=args.channel,
        loops=args.loops,
        misrouted=args.misrouted,
        unhelped=args.unhelped,
        refused=args.refused,
        protected=args.protected,
        replication=args.replication,
        limit=args.limit,
    )
    clock = RunFolder(args.run).clock
    if args.format == "json":
        print(json_text(listed_data(found, clock)), end="")
    elif found:
        print(list_text(found, clock, page_width()), end="")
        more = f"The worst {args.limit}; --limit shows more. " if len(found) == args.limit else ""
        print(f"\n{more}One in full: deskdrill transcripts {quote(str(args.run))} {quote(found[0].id)}")
    else:
        print("No conversation fits all of these.")
    return 0


@click.command("transcripts", cls=Command)
@click.argument("run", type=FILE)
@click.argument("id", required=False)
@click.option("--policy", metavar="NAME", help="Of this policy.")
@click.option("--segment", metavar="NAME", help="Of customers who truly are of this segment.")
@click.option("--intent", metavar="NAME", help="Truly about this.")
@click.option("--team", metavar="NAME", help="Placed in this team first.")
@click.option("--outcome", metavar="NAME", help="That ended so: helped_by_bot, left_in_bot, served, abandoned, ...")
@click.option("--channel", metavar="NAME", help="By this channel: chat or email.")
@click.option("--replication", metavar="N", type=Whole(0), help="Of this replication; the first is 0.")
@click.option("--loops", is_flag=True, help="That went round in circles.")
@click.option("--misrouted", is_flag=True, help="Placed by a rule in a team that cannot solve it.")
@click.option("--unhelped", is_flag=True, help="That did not solve the problem.")
@click.option("--refused", is_flag=True, help="Whose customer asked for a person and never got one.")
@click.option("--protected", is_flag=True, help="In which a bot answered whom it should not.")
@click.option(
    "--limit", metavar="N", type=Whole(1), default=20, show_default=True, help="List at most so many, the worst."
)
@format_option
def command(**options: Any) -> int:
    r"""Read the conversations of a run.

    A list, or one in full. RUN is a folder that `--out` of run or compare has written; ID is one of its list.

    \b
    Examples:
      deskdrill transcripts build/demo --loops --segment trial
      deskdrill transcripts build/demo --policy careful --misrouted --limit 5
      deskdrill transcripts build/demo careful/0/1234.1
    """
    return transcripts(Args(**options))
