"""`deskdrill check`: whether scenarios and policies are right, without running them."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import InputError, Problem
from .commands import Command
from .usage import OneOf

if TYPE_CHECKING:
    from ..inspection import Inspection

Level = Literal["error", "warning", "info"]
Format = Literal["text", "json", "sarif", "github"]


_LEVELS: dict[Level, str] = {"error": "error", "warning": "warning", "info": "note"}


@dataclass(frozen=True, slots=True)
class Args:
    """Files, folders or names of what ships; none: what is in `root`'s scenarios/ and rules/."""

    files: tuple[str, ...] = ()
    scenario: str | None = None
    fail_on: Level = "error"
    cases: bool = False
    format: Format = "text"
    root: Path = Path()


def check(args: Args) -> int:
    """Prints what is wrong; 0 nothing at or above the level, 1 something, 2 a file that cannot be used."""
    from ..inspection import inspect

    files = _files(args)
    found = inspect(files, args.scenario, args.root, cases=args.cases)
    code = found.exit_code(args.fail_on)
    _print(args.format, found, code, len(files))
    return code


def _print(form: Format, found: Inspection, code: int, files: int) -> None:
    from ..export import json_text
    from ..finding_formats import github, json_of, sarif

    match form:
        case "json":
            print(json_text(json_of(found, code)), end="")
        case "sarif":
            print(json_text(sarif(found, code)), end="")
        case "github":
            for line in github(found):
                print(line)
        case "text":
            _print_text(found, files)


def _files(args: Args) -> tuple[str, ...]:
    from ..inspection import workspace_files, yaml_files

    files = args.files or workspace_files(args.root)
    if not files:
        message = "nothing to check: no files named, and none in scenarios/ or rules/ here"
        raise InputError(Problem("deskdrill check", message))
    empty = [name for name in files if Path(name).is_dir() and not yaml_files(Path(name))]
    if empty:
        raise InputError(Problem(name, "no YAML files in this folder") for name in empty)
    return tuple(each for name in files for each in (yaml_files(Path(name)) if Path(name).is_dir() else (name,)))


def _print_text(found: Inspection, files: int) -> None:
    """What makes a file unusable goes to stderr, as in every command; the other findings are the answer."""
    from ..terminal import neutral

    unusable = found.unusable
    for line in (*found.problems, *unusable):
        print(neutral(str(line)), file=sys.stderr)
    for finding in found.findings:
        if finding not in unusable:
            print(neutral(str(finding)))
    counts: Counter[Level] = Counter(finding.level for finding in found.findings)
    counts["error"] += len(found.problems)
    listed = ", ".join(_counted(counts[level], word) for level, word in _LEVELS.items())
    read = _counted(files, "file")
    print(f"{read} checked: {listed}", file=sys.stderr if found.problems or unusable else sys.stdout)


def _counted(count: int, word: str) -> str:
    return f"{count} {word if count == 1 else f'{word}s'}"


@click.command("check", cls=Command)
@click.argument("files", metavar="[FILE_OR_NAME]...", nargs=-1)
@click.option("--scenario", metavar="NAME_OR_PATH", help="Hold policies against its teams, intents and pages.")
@click.option(
    "--fail-on",
    type=OneOf(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="Exit 1 from this level on.",
)
@click.option("--cases", is_flag=True, help="Also say what the cases (*.cases.yaml) beside a policy do not try.")
@click.option(
    "--format",
    type=OneOf(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
def command(**options: Any) -> int:
    r"""Check scenarios and policies without running them.

    Policies: names that nobody knows, rules that never act or get in one another's way, customers of whom nobody
    thought, people who cannot be reached; with a customer who shows it where there is one (docs/findings.md lists all).
    Without FILE: all in ./scenarios and ./rules, ./targets.yaml and ./shifts.yaml. Policies, targets and shifts are
    held against --scenario, else against the scenarios among the files, else those in ./scenarios, else what ships.
    Exit code 0: nothing found at the level, 1: something, 2: a file that cannot be used.

    \b
    Examples:
      deskdrill check
      deskdrill check rules/today.yaml --scenario saas-week
      deskdrill check rules --cases --fail-on warning
      deskdrill check scenarios rules --format sarif > findings.sarif
    """
    return check(Args(**options))
