"""`deskdrill gate`: whether a change of rules may go live."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from .commands import Command
from .experiments import Args as ExperimentArgs
from .experiments import kept
from .options import FILE, MOST_REPLICATIONS, workers_option
from .usage import MOST, OneOf, Whole
from .workers import Workers, hands

if TYPE_CHECKING:
    from ...simulator.experiment import Experiment
    from ...simulator.judging import Judgement
    from ...simulator.targets import Targets
    from ..inputs import Inputs
    from ..targets import Answer, Code

AT_MOST = 320
CANNOT_TELL: Code = 3


@dataclass(frozen=True, slots=True)
class Args:
    """What to try, and what it must reach; `inconclusive` is what a target that stays open is: `None` for a code of its
    own, 3.
    """

    scenario: str
    old: str
    new: str
    targets: str
    at_most_replications: int = AT_MOST
    inconclusive: Literal["warn", "fail"] | None = None
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    out: Path | None = None
    resume: bool = False
    format: Literal["text", "json", "junit", "github"] = "text"
    command: str = "deskdrill"
    """As it was typed."""


def gate(args: Args) -> int:
    """Prints what becomes of each target; 0 all are reached, 1 one is missed, 3 it cannot be told. Raises
    `InputError`.
    """
    inputs, targets = _read(args)
    if args.out is None:
        experiment, answer = _gated(args, inputs, targets, None)
    else:
        about = ExperimentArgs(
            args.scenario,
            (args.old, args.new),
            args.at_most_replications,
            args.seed,
            args.messages,
            resume=args.resume,
            command=args.command,
        )
        experiment, found = kept(about, inputs, args.out, lambda folder: _gated(args, inputs, targets, folder))
        assert found is not None  # `_gated` always has an answer
        answer = found
    _print(args, experiment, answer)
    return answer.code


def _read(args: Args) -> tuple[Inputs, Targets]:
    """What is given, all of it. Raises `InputError` with the problems of all files."""
    from ...simulator.targets import load_targets
    from ..inputs import Gathering
    from ..revisions import old_and_new

    gathering = Gathering()
    inputs = gathering.inputs(args.scenario, (args.old, args.new), args.messages, old_and_new)
    names = None if inputs is None else _called(*(policy.name for policy in inputs.policies))
    targets = gathering.read(lambda: load_targets(args.targets, gathering.scenario, names))
    gathering.refuse_problems()
    assert inputs is not None  # or there was a problem
    assert targets is not None
    return inputs, replace(targets, baseline=None)


def _called(old: str, new: str) -> list[str]:
    """What a file of targets may call the baseline: it may have got a mark that tells it from the new policy."""
    from ..revisions import OLD_MARK

    return [new, old] if old == f"{new}{OLD_MARK}" else [old]


def _gated(args: Args, inputs: Inputs, targets: Targets, folder: Path | None) -> tuple[Experiment, Answer]:
    """The replications that it took and what they come to; open targets are told on stderr."""
    from ...simulator.gate import gated
    from ...simulator.replications import Replications
    from ..gate_words import answer_of_gate, open_words
    from ..progress import progress
    from ..telling import note

    def told(judgements: Sequence[Judgement]) -> None:
        many = judgements[0].n
        if many < args.at_most_replications and any(each.can_be_decided for each in judgements):
            note(open_words(judgements, many))

    with (
        progress("replications") as finished,
        hands(args.workers) as workers,
        Replications(inputs.desk, inputs.policies, args.seed, workers, folder, finished) as replicating,
    ):
        found = gated(replicating, targets, args.at_most_replications, told)
    codes: dict[str | None, Code] = {None: CANNOT_TELL, "warn": 0, "fail": 1}
    return found.experiment, answer_of_gate(found, codes[args.inconclusive])


def _print(args: Args, experiment: Experiment, answer: Answer) -> None:
    from ..export import json_text
    from ..gate_words import gate_data, gate_github, gate_junit, gate_text
    from ..terminal import neutral, page_width

    most, out = args.at_most_replications, None if args.out is None else str(args.out)
    match args.format:
        case "json":
            print(json_text(gate_data(answer, experiment, most, args.command)), end="")
        case "junit":
            print(gate_junit(answer, experiment), end="")
        case "github":
            for line in gate_github(answer):
                print(line)
        case "text":
            print(gate_text(answer, experiment, most, args.command, out, page_width()), end="")
    if answer.code == 0 and answer.ship is None:
        print(f"deskdrill gate: warning: {neutral(answer.conclusion)}", file=sys.stderr)


@click.command("gate", cls=Command)
@click.argument("scenario", metavar="SCENARIO")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--targets", metavar="FILE", required=True, help="What NEW must reach, or `no-harm`, which ships.")
@click.option(
    "--at-most-replications",
    metavar="N",
    type=Whole(2, most=MOST_REPLICATIONS),
    default=AT_MOST,
    show_default=True,
    help="Give up after so many.",
)
@click.option(
    "--inconclusive",
    type=OneOf(["warn", "fail"]),
    help="Take what cannot be told for a warning (exit code 0) or a failure (1).  [default: exit code 3]",
)
@click.option(
    "--seed", metavar="S", type=Whole(0, most=MOST), default=1, show_default=True, help="Same seed, same weeks."
)
@click.option(
    "--messages", metavar="FILE", type=FILE, help="CSV or JSON Lines of real messages: text, label[, split, language]."
)
@workers_option
@click.option("--out", metavar="DIR", type=FILE, help="Folder for report.html, results.json, tables and transcripts.")
@click.option("--resume", is_flag=True, help="Go on with what an interrupted gate has left beside --out.")
@click.option(
    "--format",
    type=OneOf(["text", "json", "junit", "github"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.pass_obj
def command(typed: str, /, **options: Any) -> int:
    r"""Say whether a change of rules may go live.

    OLD and NEW meet the same customers, week after week, until every target is reached or missed for sure. OLD may be
    a file at a revision of git. Exit code 0: NEW reaches all targets, 1: it misses one, 2: a file that cannot be used,
    3: it cannot be told; `--inconclusive warn` makes that 0, `fail` 1.

    \b
    A file of targets:
      must:
        - {measure: protected_automated_known, at_most: 0}
        - {measure: helped_rate, segment: trial, worse_by_at_most: 1pp}
        - {measure: first_human_reply_p90_s, team: billing, at_most: 20m, in_weeks: 90%}

    \b
    Examples:
      deskdrill gate saas-week humans-only careful --targets no-harm
      deskdrill gate scenarios/mydesk.yaml origin/main:rules/today.yaml rules/today.yaml --targets targets.yaml
      deskdrill gate saas-week keywords careful --targets targets.yaml --inconclusive fail --format junit > gate.xml
    """
    return gate(Args(command=typed, **options))
