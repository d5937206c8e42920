"""`deskdrill coverage`: what of a policy its cases try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem
from .commands import Command
from .options import format_option
from .usage import Parsed

if TYPE_CHECKING:
    from ...rules.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Args:
    """Files, folders or shipped policies; none: all files of cases below `root`."""

    files: tuple[str, ...] = ()
    policy: str | None = None
    scenario: str | None = None
    at_least: float | None = None
    format: Literal["text", "json"] = "text"
    root: Path = Path()


def coverage(args: Args) -> int:
    """Prints what is covered and what is not; 0, or 1 where it is less than wanted, or 3 where nothing was played."""
    from ..suites import bound, cases_files, covered

    found = covered(bound(cases_files(args.files, args.root), args.policy, args.scenario))
    if not found:
        raise InputError(Problem("deskdrill coverage", "no files of cases (*.cases.yaml) here"))
    code = 1 if args.at_least is not None and any(each.share < args.at_least for each, _ in found) else 0
    if args.format == "json":
        from ..export import json_text

        print(json_text({"policies": [_json(each, cases) for each, cases in found], "exit_code": code}), end="")
    else:
        _print_text(found, args.at_least)
    return code


def _print_text(found: Sequence[tuple[Coverage, int]], at_least: float | None) -> None:
    from ...rules.coverage import percent_seen
    from ..terminal import neutral

    for number, (each, cases) in enumerate(found):
        if number:
            print()
        for finding in each.findings():
            print(neutral(str(finding)))
        (fired, rules), (seen, outcomes) = each.rules, each.outcomes
        told = f"{fired} of {rules} rules fire, {seen} of {outcomes} outcomes of conditions are seen"
        wanted = "" if at_least is None or each.share >= at_least else f"; wanted {percent_seen(at_least)}"
        print(f"{neutral(each.policy.name)}: {percent_seen(each.share)} in {cases} cases: {told}{wanted}")


def _json(each: Coverage, cases: int) -> dict[str, Any]:
    from ...rules.wording import in_words

    rules = [
        {
            "id": one.id,
            "kind": one.kind,
            "tried": one.tried,
            "fired": one.fired,
            "line": one.line,
            "parts": [
                {"part": in_words(part.leaf), "true": part.held, "false": part.failed, "line": part.leaf.line}
                for part in one.parts
            ],
        }
        for one in each.covered
    ]
    findings = [
        {"id": one.id, "message": one.message, "place": one.place, "line": one.line, "column": one.column}
        for one in each.findings()
    ]
    (fired, acting), (seen, outcomes) = each.rules, each.outcomes
    totals = {"rules": acting, "rules_fired": fired, "outcomes": outcomes, "outcomes_seen": seen, "share": each.share}
    return {"policy": each.policy.name, "cases": cases, **totals, "covered": rules, "findings": findings}


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
@click.option(
    "--at-least", metavar="SHARE", type=Parsed("share", _share), help="Exit 1 where less than this is covered."
)
@format_option
def command(**options: Any) -> int:
    r"""Say what of a policy its cases try.

    Which rules never fire (Q801), and which conditions were never seen true, or never seen false, where their rule was
    tried (Q802). Files are found as by `deskdrill test`; cases of one policy in several files count together. Nothing
    is rounded up.

    \b
    Examples:
      deskdrill coverage
      deskdrill coverage careful
      deskdrill coverage rules/today.cases.yaml --at-least 90%
    """
    return coverage(Args(**options))
