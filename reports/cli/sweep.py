"""`deskdrill sweep`: what other values in a scenario or a policy change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean
from .commands import Command, Several
from .options import simulation_options
from .usage import OneOf, Parsed, Whole
from .workers import Workers, hands

if TYPE_CHECKING:
    from ...documents import Document
    from ...simulator.varying import Vary

MEASURES = ("helped_rate", "lost_rate", "wait_p90_s", "occupancy")
MOST_POINTS = 500


@dataclass(frozen=True, slots=True)
class Args:
    """What is varied in what; `latin`: so many points of a Latin hypercube, not all combinations."""

    scenario: str
    policies: tuple[str, ...]
    vary: tuple[Vary, ...]
    latin: int | None = None
    measure: tuple[str, ...] = MEASURES
    replications: int = 20
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    format: Literal["text", "json", "csv"] = "text"


def sweep(args: Args) -> int:
    """Prints what each combination of values comes to; 0. Raises `InputError`."""
    from ...simulator.designs import full, latin
    from ...simulator.settings import Setting, played_in
    from ...simulator.variation import Variation
    from ...simulator.varying import home_of, is_rounded, policy_with, scenario_with
    from ..inputs import read_inputs
    from ..progress import progress

    refuse_measures(args.measure)
    _refuse_too_many(args)
    inputs = read_inputs(args.scenario, args.policies, args.messages)
    scenario, policies = documents_of(args.scenario, args.policies)
    try:
        homes = {vary: home_of(vary, scenario, policies) for vary in args.vary}
    except BadValue as error:
        raise InputError(Problem("--vary", error.message)) from None
    points = list(full(args.vary)) if args.latin is None else latin(args.vary, args.latin, args.seed)
    # A hypercube through lists of few values meets some combinations again.
    points = list({repr(list(point.values())): point for point in points}.values())
    settings = [Setting(inputs.desk.scenario, inputs.policies)]
    for point in points:
        mine = {home: {vary: value for vary, value in point.items() if homes[vary] == home} for home in homes.values()}
        in_policies = mine.get("policy", {})
        tried = inputs.policies
        if in_policies:
            tried = tuple(policy_with(each, in_policies) for each in policies)
        of_scenario = mine.get("scenario", {})
        settings.append(
            Setting(scenario_with(scenario, of_scenario) if of_scenario else inputs.desk.scenario, tried)
        )
    with progress("replications") as finished, hands(args.workers) as workers:
        unchanged, *experiments = played_in(
            settings, inputs.desk, args.replications, args.seed, workers, finished, args.messages
        )
    rounded = tuple(vary for vary in args.vary if is_rounded(scenario, vary))
    _print(Variation(args.vary, tuple(points), unchanged, tuple(experiments), rounded), args)
    return 0


def documents_of(scenario: str, policies: Sequence[str]) -> tuple[Document, list[Document]]:
    """The documents of a scenario and of policies that could be read, shipped ones too."""
    from ...documents import parse_document
    from ..inputs import read_policy, read_scenario

    sources = [read_policy(name) for name in policies]
    return read_scenario(scenario).document, [
        each.document or parse_document(each.text, each.policy.place) for each in sources
    ]


def refuse_measures(measures: Sequence[str]) -> None:
    """Raises `InputError` for measures that there are not."""
    from ...simulator.metrics import BY_ID

    unknown = [name for name in measures if name not in BY_ID]
    if unknown:
        near = did_you_mean(unknown[0], BY_ID)
        raise InputError(Problem("--measure", f"no such measure: `{unknown[0]}`", suggestion=near))


def _refuse_too_many(args: Args) -> None:
    from ...simulator.designs import size_of

    for vary in args.vary if args.latin is None else ():
        if not vary.values:
            low, high, unit = vary.between or (0, 1, "")
            several = f"{vary.name}={low:g}{unit}:{high:g}{unit}:5"
            told = f"`{vary.name}` is a range; say how many values (`{several}`), or --latin"
            raise InputError(Problem("--vary", told))
    many = args.latin or size_of(args.vary)
    if many > MOST_POINTS:
        told = f"{many:,} combinations, and {MOST_POINTS} at most are tried; `--latin 50` tries some of them"
        raise InputError(Problem("--vary", told))


def _print(found: Any, args: Args) -> None:
    from ..export import json_text
    from ..terminal import page_width
    from ..variation_words import variation_csv, variation_data, variation_text

    match args.format:
        case "json":
            print(json_text(variation_data(found, args.measure)), end="")
        case "csv":
            print(variation_csv(found, args.measure), end="")
        case "text":
            print(variation_text(found, args.measure, page_width()), end="")


def _vary_of(text: str) -> Any:
    from ...simulator.varying import vary_of

    return vary_of(text)


@click.command("sweep", cls=Command)
@click.argument("scenario")
@click.argument("policies", metavar="POLICY...", nargs=-1, required=True)
@click.option(
    "--vary",
    metavar="KEY=VALUES...",
    cls=Several,
    multiple=True,
    required=True,
    type=Parsed("vary", _vary_of),
    help="A key of the scenario or the policies and its values: `2,4,8`, or `50%:90%:5`, five from one to the other; "
    "`0.8x,1.25x` are so many times what the scenario says.",
)
@click.option(
    "--latin", metavar="N", type=Whole(2, most=MOST_POINTS), help="Not all combinations: a Latin hypercube of N."
)
@click.option("--measure", metavar="NAME", multiple=True, default=MEASURES, help="What to look at; several times.")
@simulation_options
@click.option(
    "--format", type=OneOf(["text", "json", "csv"]), default="text", show_default=True, help="What goes to stdout."
)
@click.pass_context
def command(context: click.Context, /, policies: tuple[str, ...], vary: tuple[Vary, ...], **options: Any) -> int:
    r"""What other values in a scenario or a policy change.

    Keys are named as in their files, the entries of lists by their name or id: `teams.billing.answer_within`,
    `bot.max_turns`. Each combination of values meets the same customers as the files as they are.

    \b
    Examples:
      deskdrill sweep saas-week careful --vary bot.answers.confidence_at_least=50%:90%:5
      deskdrill sweep saas-week humans-only careful --vary arrivals.per_week=8000,12000,16000
      deskdrill sweep saas-week careful --vary "intents.*.work.mean=0.8x,1.25x" "teams.*.staffing=1x,2x"
      deskdrill sweep saas-week careful --vary arrivals.per_week=8000:16000 bot.max_turns=2:8:7 --latin 10 --format csv
    """
    names = [each.name for each in vary]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise click.UsageError(f"`{twice}` is varied twice; give all its values at once", context)
    options["measure"] = tuple(dict.fromkeys(options["measure"]))
    return sweep(Args(policies=policies, vary=vary, **options))
