"""`deskdrill validate`: whether the simulator is right, by what queueing theory knows exactly."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean, hint
from .commands import Command
from .options import FILE, format_option, workers_option
from .usage import MOST, Whole
from .workers import Workers, hands

if TYPE_CHECKING:
    from ...simulator.validation import Case, Row, Trial

PLACE = "deskdrill validate"
MOST_SEED = MOST - 10_000_000
"""Second tries and pilots have seeds above the one that is given."""


@dataclass(frozen=True, slots=True)
class Args:
    """Cases by the beginnings of their names, or a model with its parameters; none: all that are shipped."""

    words: tuple[str, ...] = ()
    quick: bool = False
    seed: int = 1
    workers: Workers = None
    list: bool = False
    show: bool = False
    out: Path | None = None
    published: bool = False
    format: Literal["text", "json"] = "text"


def validate(args: Args) -> int:
    """Prints the rows of the cases; 0 if all pass, else 1. Raises `InputError` for words that name nothing."""
    from ..progress import progress
    from ..terminal import page_width

    if args.list:
        from ..validation import list_text

        print(list_text(page_width()), end="")
        return 0
    if args.published:
        return _published(args)
    from ...simulator.validation import Trial, rows_of

    try:
        with progress("replications") as finished, hands(args.workers) as workers:
            trial = Trial(args.seed, workers, args.quick, finished)
            cases = _cases(args.words, trial)
            rows = () if args.show or args.out else rows_of(cases, trial)
    except BadValue as error:
        raise InputError(Problem(PLACE, error.message, suggestion=error.suggestion)) from None
    if args.show or args.out:
        _show(cases, args)
        return 0
    _print(rows, args)
    return 0 if all(row.passes for row in rows) else 1


def _published(args: Args) -> int:
    """Prints the rows of the published figures, all or those whose case begins with a word."""
    from ...simulator.validation import FIGURES, Trial, published_rows
    from ..progress import progress
    from ..terminal import page_width

    if args.show or args.out:
        raise InputError(
            Problem(PLACE, "--show and --out are for cases; what --published plays is shipped, such as saas-2022")
        )
    names = list(dict.fromkeys(figure.scenario for figure in FIGURES))
    for word in args.words:
        if not any(name.startswith(word) for name in names):
            message = f"no figure is published of `{word}`, only of {', '.join(names)}"
            raise InputError(Problem(PLACE, message, suggestion=did_you_mean(word, names)))
    figures = [each for each in FIGURES if not args.words or each.scenario.startswith(args.words)]
    with progress("replications") as finished, hands(args.workers) as workers:
        rows = published_rows(Trial(args.seed, workers, args.quick, finished), figures)
    if args.format == "text":
        from ..published import published_text

        print(published_text(rows, figures, page_width()), end="")
    else:
        from ..export import json_text
        from ..validation import rows_data

        print(json_text(rows_data(rows)), end="")
    return 0 if all(row.passes for row in rows) else 1


def _cases(words: tuple[str, ...], trial: Trial) -> tuple[Case, ...]:
    """The cases that some words name."""
    from ...simulator.validation import CASES, MODELS, model_of, sized

    if words and words[0] in MODELS:
        name, *parameters = words
        return (sized(" ".join(words), model_of(MODELS[name], name, parameters), trial),)
    if not words:
        return CASES
    names = [case.name for case in CASES]
    chosen: set[str] = set()
    for word in words:
        begins = [word] if word in names else [name for name in names if name.startswith(word)]
        if not begins:
            raise InputError(Problem(PLACE, _unknown(word, MODELS, names)))
        chosen.update(begins)
    return tuple(case for case in CASES if case.name in chosen)


def _unknown(word: str, models: Any, cases: list[str]) -> str:
    near = did_you_mean(word, [*models, *cases])
    if "=" in word:
        return f"`{word}` is a parameter, but no model stands before it; models are {', '.join(models)}"
    return f"no model, and no case whose name begins with `{word}`{hint(near)} (`{PLACE} --list` shows all)"


def _show(cases: tuple[Case, ...], args: Args) -> None:
    """Prints a case's scenario and policy, or writes them into a folder."""
    from ..validation import papers_text, run_command

    if len(cases) != 1:
        raise InputError(Problem(PLACE, f"--show and --out are for one case, and {len(cases)} are named"))
    effort = cases[0].effort(quick=args.quick)
    if args.out is None:
        print(papers_text(cases[0], effort, args.seed), end="")
        return
    from ...simulator.folders import atomic_folder

    papers = cases[0].papers(effort)
    with atomic_folder(args.out) as folder:
        for name, text in (("scenario.yaml", papers.scenario_text), ("policy.yaml", papers.policy_text)):
            (folder / name).write_text(text, encoding="utf-8", newline="")
    print(run_command(f"{args.out}/", effort, args.seed))


def _print(rows: tuple[Row, ...], args: Args) -> None:
    from ..export import json_text
    from ..terminal import page_width
    from ..validation import rows_data, rows_text, second_tries

    if args.format == "text":
        print(rows_text(rows, page_width()), end="")
        return
    print(json_text(rows_data(rows)), end="")
    if again := second_tries(rows):
        print(again, file=sys.stderr)


@click.command("validate", cls=Command)
@click.argument("words", metavar="[CASE]... | MODEL PARAMETER=VALUE...", nargs=-1)
@click.option("--quick", is_flag=True, help="Shorter runs, for CI: intervals may be 10 % wide to each side.")
@click.option(
    "--seed",
    metavar="S",
    type=Whole(0, most=MOST_SEED),
    default=1,
    show_default=True,
    help="Same seed, same runs.",
)
@workers_option
@click.option(
    "--published", is_flag=True, help="Shipped scenarios against the published figures that they are fitted to."
)
@click.option("--list", is_flag=True, help="The models with their parameters, and the shipped cases.")
@click.option("--show", is_flag=True, help="The scenario and the policy of a case instead of its result.")
@click.option("--out", metavar="DIR", type=FILE, help="Folder for the scenario and the policy of a case.")
@format_option
def command(**options: Any) -> int:
    r"""Hold the simulator against exact results of queueing theory.

    Every case is an ordinary scenario with an ordinary policy, run 20 times and more with seeds of their own, until the
    99.9 % interval of each measure's mean reaches at most 3 % of the exact value to either side (6 % for a few; 10 %
    with --quick). A measure passes if the interval holds the exact value. A case with one that does not is run once
    more with a fresh seed, and that answer counts. Exit code 0: all pass, 1: one does not.

    CASE is the name of a shipped case, or the beginning of some names: 3 for all of section 3. A MODEL with parameters
    is a case of your own; how long it is run, a pilot run says.

    With --published, scenarios fitted to published figures of real desks are played with their policies for 20 to 60
    weeks: a figure is reproduced if the 99.9 % interval reaches into what it may have been before rounding (or what its
    words are taken to mean), and to at most 3 % of it to either side (4 % for a few; twice that with --quick). CASE is
    then a scenario, or the beginning of some names.

    \b
    Examples:
      deskdrill validate
      deskdrill validate --quick --format json
      deskdrill validate 3 4-patience 6-skills-n
      deskdrill validate --list
      deskdrill validate erlang_a arrivals=48 service=1 leaving=.5 agents=50
      deskdrill validate one_agent arrivals=.8 service='{shape: weibull, mean: 1, k: .7}'
      deskdrill validate erlang_a arrivals=48 service=1 leaving=.5 agents=50 --out mycase
      deskdrill validate --published
      deskdrill validate --published saas-2022 --format json
    """
    return validate(Args(**options))
