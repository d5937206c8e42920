"""`deskdrill coverage`: what of a policy its cases try."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem
from .commands import Command
from .options import format_option
from .usage import MOST, Parsed, Whole

if TYPE_CHECKING:
    from ..suites import CoveredByCases

NOTHING_TRIED = 3


@dataclass(frozen=True, slots=True)
class Args:
    """Files, folders or shipped policies; none: all files of cases below `root`. With `on`, policies alone."""

    files: tuple[str, ...] = ()
    policy: str | None = None
    scenario: str | None = None
    at_least: float | None = None
    suggest: bool = False
    on: str | None = None
    by: str | None = None
    sample: int | None = None
    seed: int = 1
    format: Literal["text", "json"] = "text"
    root: Path = Path()


def coverage(args: Args) -> int:
    """Prints what is covered and what is not; 0, or 1 where it is less than wanted, or 3 where nothing was played."""
    if args.on is not None:
        return _coverage_on(args, args.on)
    from ..mutants import refuse_several
    from ..suites import bound, cases_files, covered

    _refuse_without_on(args)
    found = covered(bound(cases_files(args.files, args.root), args.policy, args.scenario))
    if not found:
        raise InputError(Problem("deskdrill coverage", "no files of cases (*.cases.yaml) here"))
    code = 1 if args.at_least is not None and any(each.coverage.share < args.at_least for each in found) else 0
    if not any(each.cases for each in found):
        none = "no case holds" if any(each.left_out for each in found) else "there are no cases"
        print(f"deskdrill coverage: {none}: nothing was tried", file=sys.stderr)
        code = NOTHING_TRIED
    if args.suggest:
        refuse_several([each.coverage.policy for each in found])
        _print_suggestions(found[0])
    elif args.format == "json":
        from ..export import json_text

        print(json_text({"policies": [_json(each) for each in found], "exit_code": code}), end="")
    else:
        _print_text(found, args.at_least)
    return code


def _coverage_on(args: Args, on: str) -> int:
    """Prints what messages, or a scenario's customers, cover; 0, or 1 where it is less than wanted, or 3 where there
    are none.
    """
    from ...rules.loading import load_policy
    from ..coverage_on import covered_on
    from ..export import json_text
    from ..openings import read_tried
    from ..terminal import page_width

    if args.suggest:
        raise InputError(Problem("--suggest", "is for cases: leave out --on"))
    if not args.files or args.policy is not None:
        raise InputError(Problem("deskdrill coverage", "with --on, name policies: `deskdrill coverage careful --on X`"))
    policies = [load_policy(name) for name in args.files]
    tried = read_tried(on, args.scenario, args.seed, args.sample)
    found = [covered_on(policy, tried, args.by) for policy in policies]
    code = NOTHING_TRIED if not tried.openings.size else 0
    if args.at_least is not None and any(each.whole.share < args.at_least for each in found):
        code = code or 1
    if args.format == "json":
        print(json_text({"policies": [each.data() for each in found], "exit_code": code}), end="")
    else:
        print("\n".join(each.text(page_width(), args.at_least) for each in found), end="")
    if code == NOTHING_TRIED:
        print(f"deskdrill coverage: {tried.openings.place} has no messages", file=sys.stderr)
    return code


def _print_suggestions(of_cases: CoveredByCases) -> None:
    """Cases for what is not covered, as a file to look through; each as the policy has it now."""
    from ...rules.untested import without_the_untested
    from ...rules.wording import counted
    from ..mutants import suggestions, suggestions_text

    found = of_cases.coverage
    untested = list(without_the_untested(found))
    cases = suggestions(found.policy, untested)
    told = f"{counted(len(cases), 'case')}, for as many as can be of {len(untested)} rules and outcomes without one"
    print(suggestions_text(found.policy, cases, told, of_cases.place))


def _refuse_without_on(args: Args) -> None:
    for name, value in (("--by", args.by), ("--sample", args.sample)):
        if value is not None:
            raise InputError(Problem(name, "is for --on, messages or a scenario"))


def _print_text(found: Sequence[CoveredByCases], at_least: float | None) -> None:
    from ...rules.coverage import percent_seen
    from ...rules.wording import counted
    from ..terminal import neutral

    for number, of_cases in enumerate(found):
        each = of_cases.coverage
        if number:
            print()
        for finding in each.findings():
            print(neutral(str(finding)))
        (fired, rules), (seen, outcomes) = each.rules, each.outcomes
        told = f"{fired} of {rules} rules fire, {seen} of {outcomes} outcomes of conditions are seen"
        wanted = "" if at_least is None or each.share >= at_least else f"; wanted {percent_seen(at_least)}"
        less = f"; {counted(of_cases.left_out, 'case')} left out: failing, or to do" if of_cases.left_out else ""
        cases = counted(of_cases.cases, "case")
        print(f"{neutral(each.policy.name)}: {percent_seen(each.share)} in {cases}: {told}{wanted}{less}")


def _json(of_cases: CoveredByCases) -> dict[str, Any]:
    from ..coverage_on import coverage_data

    cases = {"cases": of_cases.cases, "left_out": of_cases.left_out}
    return {"policy": of_cases.coverage.policy.name, **cases, **coverage_data(of_cases.coverage)}


def _share(text: str) -> float:
    from ...quantities import parse_share

    share = parse_share(text)
    if not share:
        raise BadValue("expected more than 0%")
    return share


@click.command("coverage", cls=Command)
@click.argument("files", metavar="[FILE_OR_FOLDER_OR_POLICY]...", nargs=-1)
@click.option("--policy", metavar="NAME_OR_PATH", help="Play the cases against this policy instead.")
@click.option("--scenario", metavar="NAME_OR_PATH", help="Take recogniser, knowledge and hours from this one.")
@click.option("--suggest", is_flag=True, help="Print cases that would try what no case tries.")
@click.option("--on", metavar="MESSAGES|SCENARIO", help="What messages, or a scenario's customers, try of policies.")
@click.option("--by", metavar="COLUMN", help="With --on: by segment, team, intent or a column of the file.")
@click.option("--sample", metavar="N", type=Whole(1), help="With a scenario: some of its customers.  [default: all]")
@click.option(
    "--seed",
    metavar="S",
    type=Whole(0, most=MOST),
    default=1,
    show_default=True,
    help="With a scenario: same seed, same customers.",
)
@click.option(
    "--at-least", metavar="SHARE", type=Parsed("share", _share), help="Exit 1 where less than this is covered."
)
@format_option
def command(**options: Any) -> int:
    r"""Say what of a policy its cases try.

    Which rules never fire (Q801), and which conditions were never seen true, or never seen false, where their rule was
    tried (Q802). Files are found as by `deskdrill test`; cases of one policy in several files count together. Nothing
    is rounded up.

    With --on, FILEs are policies, and what counts is what they do with the openings of a CSV, of JSON Lines or of a
    scenario's customers: guards, and rules on `arrived` (Q803: a rule that never fires there).

    \b
    Examples:
      deskdrill coverage
      deskdrill coverage careful
      deskdrill coverage rules/today.cases.yaml --at-least 90%
      deskdrill coverage rules/today.cases.yaml --suggest > rules/more.cases.yaml
      deskdrill coverage careful --on saas-week --by segment
      deskdrill coverage rules/today.yaml --on messages.csv --scenario saas-week
    """
    return coverage(Args(**options))
