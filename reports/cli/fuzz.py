"""`deskdrill fuzz`: conversations made up against a policy, until one breaks what must always hold."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import InputError, Problem, did_you_mean
from ...saving import refuse_unwritable, write_whole
from .commands import Command
from .options import FILE
from .usage import MOST, OneOf, Whole

if TYPE_CHECKING:
    from ...rules.cases import Around
    from ...rules.policy import Policy
    from ..fuzz_words import Fuzz

Format = Literal["text", "json", "github"]
Wordings = Mapping[str, Sequence[str]]
NOTHING_TRIED = 3
USUAL_EXAMPLES = 1_000
MOST_EXAMPLES = 1_000_000
MOST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Args:
    """A policy, and how long to look for what breaks it; `examples` are 1,000, or as many as `seconds` allow."""

    policy: str
    scenario: str | None = None
    examples: int | None = None
    seconds: int | None = None
    seed: int = 1
    invariant: tuple[str, ...] = ()
    save: Path | None = None
    format: Format = "text"


def fuzz(args: Args) -> int:
    """Prints what is broken; 0 nothing was, 1 something is, 2 a file that cannot be used, 3 nothing was tried."""
    from ...rules.loading import load_policy
    from ..progress import progress
    from ..suites import refuse_own_bot

    policy = load_policy(args.policy)
    refuse_own_bot(policy, policy.place)
    _refuse_unknown(args.invariant, policy)
    if args.save is not None:
        _refuse_to_write(args.save)
    if policy.bot is None and not policy.rulesets:
        print(f"deskdrill fuzz: {policy.name} has neither a bot nor rules: there is nothing to try", file=sys.stderr)
        return NOTHING_TRIED
    around, wordings = _around(args.scenario)
    from ...simulator.fuzzing import fuzzed, without_trace
    from ..fuzz_words import Fuzz

    with without_trace(), progress("conversations") as done:
        found = fuzzed(
            policy,
            around,
            wordings,
            only=args.invariant,
            examples=args.examples or (USUAL_EXAMPLES if args.seconds is None else MOST_EXAMPLES),
            seconds=args.seconds,
            seed=args.seed,
            done=done,
        )
    code = 1 if found.broken else 0 if found.kept else NOTHING_TRIED
    whole = Fuzz(args.policy, policy, args.scenario, args.seed, found)
    _print(whole, args, code)
    if args.save is not None:
        _save(whole, args.save)
    return code


def _refuse_unknown(wanted: Sequence[str], policy: Policy) -> None:
    from ...simulator.fuzzing import invariants_of

    known = [each.id for each in invariants_of(policy)]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        message = f"policy `{policy.name}` has no invariant `{unknown[0]}`; there is {', '.join(known)}"
        raise InputError(Problem("deskdrill fuzz", message, suggestion=did_you_mean(unknown[0], known)))


def _refuse_to_write(path: Path) -> None:
    """Before anything is looked for: nobody's file is lost, and `deskdrill test` finds the new one."""
    from ...rules.loading import CASES

    if path.exists():
        raise InputError(Problem(str(path), "there is such a file already; `--save` another one"))
    if not path.name.endswith(CASES):
        near = f"{path.name.removesuffix('.yaml')}{CASES}"
        raise InputError(Problem(str(path), f"a file of cases is called NAME{CASES}", suggestion=near))
    refuse_unwritable(path)


def _around(name: str | None) -> tuple[Around, Wordings | None]:
    """What conversations are played with, and how customers of the scenario put what they want."""
    from ...rules.cases import Around

    if name is None:
        return Around(), None
    from ...scenarios.loading import load_scenario
    from ...simulator.around import around_any

    found = around_any(load_scenario(name))
    if found is None:
        message = "its recogniser goes by a confusion matrix, so nobody knows what it makes of a text"
        raise InputError(Problem(name, f"{message}; fuzz with another scenario, or without one"))
    return found


def _print(found: Fuzz, args: Args, code: int) -> None:
    from ..fuzz_words import case_file, fuzz_github, fuzz_json, fuzz_text, summary_lines
    from ..terminal import page_width

    match args.format:
        case "json":
            from ..export import json_text

            print(json_text(fuzz_json(found, code)), end="")
        case "github":
            for line in fuzz_github(found):
                print(line)
            print(*summary_lines(found), sep="\n", file=sys.stderr)
        case "text":
            print(fuzz_text(found, page_width()), end="")
            if found.found.broken and args.save is None:
                print("\nAs cases, for a file NAME.cases.yaml; they fail as long as this is so:\n")
                print(case_file(found, Path()), end="")


def _save(found: Fuzz, path: Path) -> None:
    """Writes the cases; nothing where all is kept."""
    from ..fuzz_words import case_file
    from ..telling import note

    if not found.found.broken:
        note(f"deskdrill fuzz: nothing is broken, so {path} was not written")
        return
    write_whole(path, case_file(found, path.parent))
    note(f"deskdrill fuzz: wrote {path}; `deskdrill test {path}` plays it")


@click.command("fuzz", cls=Command)
@click.argument("policy", metavar="POLICY")
@click.option("--scenario", metavar="NAME_OR_PATH", help="Write its wordings, and read them with its recogniser.")
@click.option(
    "--examples",
    metavar="N",
    type=Whole(1, most=MOST_EXAMPLES),
    help="Conversations to try.  [default: 1000, or as many as --seconds allow]",
)
@click.option("--seconds", metavar="T", type=Whole(1, most=MOST_SECONDS), help="Stop looking after so long.")
@click.option(
    "--seed", metavar="S", type=Whole(0, most=MOST), default=1, show_default=True, help="Same seed, same finds."
)
@click.option("--invariant", metavar="ID", multiple=True, help="Only this one.")
@click.option("--save", metavar="FILE", type=FILE, help="Write what breaks them as cases, to a new NAME.cases.yaml.")
@click.option(
    "--format",
    type=OneOf(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
def command(**options: Any) -> int:
    r"""Look for conversations that break what must hold.

    What must hold: the policy's `invariants`, and of every policy that its bot leads nobody round in circles (no-loop)
    and that whoever asks for a person gets one, or leaves a message, within two turns (escape-hatch). Each that is
    broken is shown by the shortest conversation and the plainest customer that were found to break it. Exit code 0:
    nothing was found, which is no proof; 1: something is broken; 2: a file that cannot be used; 3: nothing to try.

    \b
    Examples:
      deskdrill fuzz careful
      deskdrill fuzz rules/today.yaml --scenario scenarios/mydesk.yaml --examples 10000
      deskdrill fuzz deflect-hard --invariant escape-hatch --save found.cases.yaml
    """
    return fuzz(Args(**options))
