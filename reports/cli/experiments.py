"""What `run` and `compare` share: read everything, simulate, keep it, show it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import click

from ...errors import InputError, Problem
from .workers import Workers, hands

if TYPE_CHECKING:
    from ...simulator.experiment import Experiment
    from ...simulator.precision import Precision, Wish
    from ...simulator.replications import Replications
    from ...simulator.sensitivity import Question
    from ...simulator.targets import Targets
    from ...simulator.uncertainty import Uncertain
    from ..inputs import Inputs
    from ..targets import Answer

LONGEST_NAME = 200
"""Bytes of a policy's name that leave room, in the 255 of a file's, for what is added."""
WEEKS_A_DRAW = 5
UNCERTAIN_MEASURES = ("helped_rate", "lost_rate", "wait_p90_s", "occupancy")
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
    workers: Workers = None
    out: Path | None = None
    resume: bool = False
    format: Format = "text"
    details: bool = False
    precision: tuple[Wish, ...] = ()
    at_most: int | None = None
    targets: str | None = None
    input_uncertainty: int | None = None
    """Draws of the inputs that have a range."""
    command: str = "deskdrill"
    """As it was typed."""


def experiment(args: Args) -> int:
    """Simulates, keeps and shows; exit code 0, or what targets come to. Raises `DeskdrillError`."""
    if args.at_most is not None and not args.precision:
        raise click.UsageError("`--at-most` goes with `--precision`", click.get_current_context(silent=True))
    inputs, targets = _read(args)
    asked = _questions(args, inputs)
    if args.out is None:
        found = simulated(args, inputs)
        return show(args, found, shipped(found, targets), _uncertain(args, asked))
    found, answer = kept(args, inputs, args.out, lambda folder: _answered(simulated(args, inputs, folder), targets))
    code = show(args, found, answer, _uncertain(args, asked))
    if args.format == "text":
        if len(args.policies) > 1 and answer is None:
            _repeat_headline(found)
        print(f"\nReport: {args.out / 'report.html'}")
    return code


def _read(args: Args) -> tuple[Inputs, Targets | None]:
    """What is given, all of it. Raises `InputError` with the problems of all files."""
    from ...simulator.targets import load_targets
    from ..inputs import Gathering

    gathering, targets = Gathering(), None
    inputs = gathering.inputs(args.scenario, args.policies, args.messages)
    if args.targets is not None:
        path, names = args.targets, None if inputs is None else [policy.name for policy in inputs.policies]
        targets = gathering.read(lambda: load_targets(path, gathering.scenario, names))
    gathering.refuse_problems()
    assert inputs is not None  # or there was a problem
    return inputs, targets


def _answered(found: Experiment, targets: Targets | None) -> tuple[Experiment, Answer | None]:
    return found, shipped(found, targets)


def shipped(found: Experiment, targets: Targets | None) -> Answer | None:
    """What targets come to, if there are any."""
    from ...simulator.judging import shipping
    from ..targets import answer_of

    return None if targets is None else answer_of(shipping(found, targets), found)


def kept(
    args: Args, inputs: Inputs, out: Path, simulate: Callable[[Path], tuple[Experiment, Answer | None]]
) -> tuple[Experiment, Answer | None]:
    """An experiment and what targets come to, as a run folder, in which `simulate` keeps what it does.

    What is finished stays where something ends it before its time, and is told.
    """
    from ...simulator.folders import unfinished_run
    from ...simulator.kept import replications_kept
    from ...simulator.manifest import Plan

    _refuse_long_names(inputs)
    texts = {source.policy.name: source.text for source in inputs.sources}
    plan = Plan(inputs.desk, inputs.policies, texts, args.seed, args.command, args.messages)
    folder = None
    try:
        with unfinished_run(out, plan, resume=args.resume) as folder:
            found, answer = simulate(folder)
            _complete(args, inputs, found, folder, answer)
    except BaseException:
        if folder is not None and (many := replications_kept(folder, tuple(texts))):
            of = "" if args.precision else f" of {len(texts) * args.replications}"
            print(f"{many}{of} replications are kept in {folder}; the same with --resume goes on", file=sys.stderr)
        raise
    return found, answer


def _refuse_long_names(inputs: Inputs) -> None:
    """Raises `InputError` where a policy's name cannot be part of a file's."""
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
    from ...simulator.replications import Replications
    from ..progress import progress

    with (
        progress("replications") as finished,
        hands(args.workers) as workers,
        Replications(inputs.desk, inputs.policies, args.seed, workers, tables, finished) as replications,
    ):
        return _precise(args, replications) if args.precision else replications.up_to(args.replications)


def _precise(args: Args, replications: Replications) -> Experiment:
    """As many replications as the wanted precision takes; each further round is told before it begins."""
    from ...simulator.precision import MOST_REPLICATIONS, until_precise
    from ..precision_words import next_round
    from ..telling import note

    began = perf_counter()

    def told(experiment: Experiment, found: tuple[Precision, ...], number: int) -> None:
        note(next_round(experiment, found, number, perf_counter() - began))

    at_most = args.at_most or max(MOST_REPLICATIONS, args.replications)
    experiment, found = until_precise(replications, args.precision, args.replications, at_most, told)
    return replace(experiment, precision=found)


def _complete(args: Args, inputs: Inputs, found: Experiment, folder: Path, answer: Answer | None) -> None:
    """What `transcripts` and people read, once all replications are there."""
    from ...simulator.kept import drop_others
    from ...simulator.manifest import finish
    from ...simulator.store import write_texts
    from ...simulator.transcript import worst_transcripts
    from .. import html
    from ..comparison import comparison_of
    from ..export import experiment_json
    from ..targets import answer_data
    from ..telling import note

    others = drop_others(folder, {each.replication for each in found.summaries[0]})
    if others:
        note(f"{others} replications that were there are no part of this run, and are removed")
    write_texts(inputs.desk, inputs.policies, folder)
    hashes = {str(each.replication): each.population_hash for each in found.summaries[0]}
    finish(folder, args.command, hashes, found.warm_up)
    targets = None if answer is None else answer_data(answer, found)
    (folder / "results.json").write_text(experiment_json(found, targets), encoding="utf-8", newline="")
    html.write_report(folder / "report.html", comparison_of(found), found, worst_transcripts(folder), answer)


def _repeat_headline(found: Experiment) -> None:
    """What to know first, once more: the tables have moved it off the screen."""
    from ..readings import Readings
    from ..sentences import headline
    from ..terminal import page_width
    from ..text import wrapped

    print(f"\n{wrapped(headline(Readings(found)), page_width())}")


def _questions(args: Args, inputs: Inputs) -> list[Question]:
    """Each other policy against the first, if it was asked what inputs that are not known add. Raises `InputError`."""
    from ...simulator.sensitivity import Question
    from .sweep import documents_of

    if args.input_uncertainty is None:
        return []
    document, _ = documents_of(args.scenario, ())
    first, *others = inputs.policies
    asked = [
        Question(inputs.desk, document, (first, policy), WEEKS_A_DRAW, args.seed, args.messages) for policy in others
    ]
    asked[0].refuse_unanswerable()
    return asked


def _uncertain(args: Args, asked: Sequence[Question]) -> list[tuple[Question, Sequence[Uncertain]]]:
    """What it comes to that inputs are not known."""
    from ...simulator.uncertainty import uncertain
    from ..progress import progress

    if args.input_uncertainty is None:
        return []
    draws = args.input_uncertainty
    with progress("replications with other inputs") as finished, hands(args.workers) as workers:
        return [(each, uncertain(each, UNCERTAIN_MEASURES, draws, workers, finished)) for each in asked]


def show(
    args: Args,
    found: Experiment,
    answer: Answer | None = None,
    uncertain: Sequence[tuple[Question, Sequence[Uncertain]]] = (),
) -> int:
    """Prints an experiment, what targets come to, and what inputs that are not known add; the exit code."""
    from .. import uncertainty_words
    from ..comparison import comparison_of
    from ..export import experiment_data, json_text
    from ..targets import answer_data, answer_text
    from ..terminal import neutral, page_width
    from ..text import comparison_text, wrapped

    if args.format == "json":
        data = experiment_data(found)
        if answer is not None:
            data["targets"] = answer_data(answer, found)
        if uncertain:
            each = (uncertainty_words.uncertain_data(*asked) for asked in uncertain)
            data["input_uncertainty"] = [one for of_policy in each for one in of_policy]
        print(json_text(data), end="")
    else:
        if answer is not None:
            by = f"By {neutral(answer.targets.place)}: {neutral(answer.conclusion)}."
            by += " What follows does not look at targets."
            print(f"{wrapped(by, page_width())}\n")
        print(comparison_text(comparison_of(found), page_width(), details=args.details), end="")
        if answer is not None:
            print(f"\n{answer_text(answer, found, page_width())}", end="")
        for asked in uncertain:
            print(f"\n{uncertainty_words.uncertain_text(*asked, page_width())}", end="")
    return 0 if answer is None else answer.code
