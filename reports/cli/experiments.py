"""What `run` and `compare` share: read everything, simulate, keep it, show it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from ...simulator.experiment import Experiment
    from ...simulator.precision import Precision, Wish
    from ...simulator.replications import Replications
    from ..inputs import Inputs

LONGEST_NAME = 200
"""Bytes of a policy's name that leave room, in the 255 of a file's, for what is added."""
Format = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Args:
    """What to simulate, and what to do with it; `workers` is `None` for one a processor.

    With a `precision`, `replications` are only the first; more are run until it is reached, or `at_most` are run.
    """

    scenario: str
    policies: tuple[str, ...]
    replications: int = 20
    seed: int = 1
    messages: Path | None = None
    workers: int | None = None
    out: Path | None = None
    resume: bool = False
    format: Format = "text"
    details: bool = False
    precision: tuple[Wish, ...] = ()
    at_most: int | None = None
    command: str = "deskdrill"
    """As it was typed."""


def experiment(args: Args) -> int:
    """Simulates, keeps and shows; exit code 0. Raises `DeskdrillError`."""
    from ..inputs import read_inputs

    if args.at_most is not None and not args.precision:
        raise click.UsageError("`--at-most` goes with `--precision`", click.get_current_context(silent=True))
    inputs = read_inputs(args.scenario, args.policies, args.messages)
    if args.out is None:
        show(args, simulated(args, inputs))
        return 0
    _refuse_long_names(inputs)
    found = _kept(args, inputs, args.out)
    show(args, found)
    if args.format == "text":
        if len(args.policies) > 1:
            _repeat_headline(found)
        print(f"\nReport: {args.out / 'report.html'}")
    return 0


def _kept(args: Args, inputs: Inputs, out: Path) -> Experiment:
    """The experiment, as a run folder. What is finished stays where something ends it before its time, and is told."""
    from ...simulator.folders import unfinished_run
    from ...simulator.kept import replications_kept
    from ...simulator.manifest import Plan

    texts = {source.policy.name: source.text for source in inputs.sources}
    plan = Plan(inputs.desk, inputs.policies, texts, args.seed, args.command, args.messages)
    folder = None
    try:
        with unfinished_run(out, plan, resume=args.resume) as folder:
            found = simulated(args, inputs, folder)
            _complete(args, inputs, found, folder)
    except BaseException:
        if folder is not None and (many := replications_kept(folder, tuple(texts))):
            of = "" if args.precision else f" of {len(texts) * args.replications}"
            print(f"{many}{of} replications are kept in {folder}; the same with --resume goes on", file=sys.stderr)
        raise
    return found


def _refuse_long_names(inputs: Inputs) -> None:
    """Raises `InputError` where a policy's name cannot be part of a file's."""
    from ...errors import InputError, Problem

    problems = []
    for source in inputs.sources:
        length = len(source.policy.name.encode())
        if length > LONGEST_NAME:
            line, column = source.document.position(("policy",)) if source.document else (None, None)
            message = f"the policy's name has {length} bytes; --out calls files by it: at most {LONGEST_NAME}"
            problems.append(Problem(source.policy.place, message, line, column))
    if problems:
        raise InputError(problems)


def simulated(args: Args, inputs: Inputs, tables: Path | None = None) -> Experiment:
    """The experiment, with progress on stderr for those who watch."""
    from ...simulator.executors import default_workers
    from ...simulator.replications import Replications
    from ..progress import progress

    workers = args.workers or default_workers()
    with (
        progress("replications") as finished,
        Replications(inputs.desk, inputs.policies, args.seed, workers, tables, finished) as replications,
    ):
        return _precise(args, replications) if args.precision else replications.up_to(args.replications)


def _precise(args: Args, replications: Replications) -> Experiment:
    """As many replications as the wanted precision takes; each further round is told before it begins."""
    from ...simulator.precision import MOST_REPLICATIONS, until_precise
    from ..precision_words import next_round

    began = perf_counter()

    def told(experiment: Experiment, found: tuple[Precision, ...], number: int) -> None:
        print(next_round(experiment, found, number, perf_counter() - began), file=sys.stderr)

    at_most = args.at_most or max(MOST_REPLICATIONS, args.replications)
    experiment, found = until_precise(replications, args.precision, args.replications, at_most, told)
    return replace(experiment, precision=found)


def _complete(args: Args, inputs: Inputs, found: Experiment, folder: Path) -> None:
    """What `transcripts` and people read, once all replications are there."""
    from ...simulator.manifest import finish
    from ...simulator.store import write_texts
    from ...simulator.transcript import worst_transcripts
    from .. import html
    from ..comparison import comparison_of
    from ..export import experiment_json

    write_texts(inputs.desk, inputs.policies, folder)
    hashes = {str(each.replication): each.population_hash for each in found.summaries[0]}
    finish(folder, args.command, hashes, found.warm_up)
    (folder / "results.json").write_text(experiment_json(found), encoding="utf-8", newline="")
    html.write_report(folder / "report.html", comparison_of(found), found, worst_transcripts(folder))


def _repeat_headline(found: Experiment) -> None:
    """What to know first, once more: the tables have moved it off the screen."""
    from ..readings import Readings
    from ..sentences import headline
    from ..terminal import page_width
    from ..text import wrapped

    print(f"\n{wrapped(headline(Readings(found)), page_width())}")


def show(args: Args, found: Experiment) -> None:
    """Prints an experiment."""
    if args.format == "json":
        from ..export import experiment_json

        print(experiment_json(found), end="")
        return
    from ..comparison import comparison_of
    from ..terminal import page_width
    from ..text import comparison_text

    print(comparison_text(comparison_of(found), page_width(), details=args.details), end="")
