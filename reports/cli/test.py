"""`deskdrill test`: plays cases against the policies that they are about."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import InputError, one_line
from .commands import Command
from .usage import OneOf

if TYPE_CHECKING:
    from ..suites import Result

Format = Literal["text", "json", "junit", "github"]
NOTHING_RAN = 3
_LOOK_EVERY_S = 0.3
_WATCHED = (".yaml", ".yml", ".csv", ".txt", ".py")


@dataclass(frozen=True, slots=True)
class Args:
    """Files, folders or shipped policies; none: all files of cases below `root`."""

    files: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    policy: str | None = None
    scenario: str | None = None
    format: Format = "text"
    watch: bool = False
    root: Path = Path()


def test(args: Args) -> int:
    """Plays the cases; 0 all hold, 1 one does not, 2 a file that cannot be used, 3 nothing was played."""
    if not args.watch:
        return _once(args)
    while True:
        before = _stamps(args)
        try:
            code = _once(args)
        except InputError as error:
            print("\n".join(one_line(line) for line in str(error).splitlines()), file=sys.stderr)
            code = 2
        print(f"exit code {code}; waiting for a file to change, Ctrl-C ends", file=sys.stderr, flush=True)
        now = last = before
        # Who writes a file may not have done yet: until nothing has changed for a while.
        while now == before or now != last:
            last = now
            time.sleep(_LOOK_EVERY_S)
            now = _stamps(args)


def _once(args: Args) -> int:
    from ..suites import bound, cases_files, results

    suites = bound(cases_files(args.files, args.root), args.policy, args.scenario)
    found = tuple(results(suites, args.only))
    code = NOTHING_RAN if not found else 1 if any(each.verdict == "failed" for each in found) else 0
    _print(found, len(suites), args, code)
    return code


def _print(found: Sequence[Result], files: int, args: Args, code: int) -> None:
    match args.format:
        case "json":
            from ..case_formats import json_of
            from ..export import json_text

            print(json_text(json_of(found, code)), end="")
        case "junit":
            from ..case_formats import junit

            print(junit(found), end="")
        case "github":
            from ..case_formats import github

            print(*github(found), sep="\n")
        case "text":
            _print_text(found)
    if code == NOTHING_RAN:
        print(_why_nothing(files, args), file=sys.stderr)


def _print_text(found: Sequence[Result]) -> None:
    from ..case_words import failure_words, summary_words
    from ..terminal import neutral, page_width

    for each in found:
        if each.verdict != "passed":
            print(failure_words(each, page_width()), end="\n\n")
        elif each.is_done:
            print(f"{neutral(each.id)} holds now: take `todo` away", end="\n\n")
    if found:
        print(summary_words(found))


def _why_nothing(files: int, args: Args) -> str:
    if not files:
        return "deskdrill test: no files of cases (*.cases.yaml) here; `deskdrill test --help` shows one"
    if args.only:
        return f"deskdrill test: no case is called {', '.join(f'`{each}`' for each in args.only)}"
    return "deskdrill test: the files have no cases"


def _stamps(args: Args) -> Mapping[Path, int]:
    """When what may matter was changed last: the files beside those that are named, or below `root`."""
    folders = {path if path.is_dir() else path.parent for path in map(Path, args.files) if path.exists()} or {args.root}
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.suffix in _WATCHED and path.is_file():
                found[path] = path.stat().st_mtime_ns
    return found


@click.command("test", cls=Command)
@click.argument("files", metavar="[FILE_OR_FOLDER_OR_POLICY]...", nargs=-1)
@click.option("--only", metavar="CASE", multiple=True, help="Only cases of this name; `*` stands for anything.")
@click.option("--policy", metavar="NAME_OR_PATH", help="Play the cases against this policy instead.")
@click.option("--scenario", metavar="NAME_OR_PATH", help="Take recogniser, knowledge and hours from this one.")
@click.option(
    "--format",
    type=OneOf(["text", "json", "junit", "github"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.option("--watch", is_flag=True, help="Play again whenever a file changes.")
def command(**options: Any) -> int:
    r"""Play cases against the policies that they are about.

    A case is a conversation with what should come of it. Without FILE: all *.cases.yaml below this folder. The name of
    a shipped policy stands for its cases. Exit code 0: all cases hold, 1: one does not, 2: a file that cannot be used,
    3: nothing was played.

    \b
    A file of cases:
      policy: rules/today.yaml
      cases:
        - id: trials-get-a-person
          given: {customer: {plan: trial}}
          say: what does the team plan cost?
          expect: {hand_over: true, not_did: bot.answer}

    \b
    Examples:
      deskdrill test
      deskdrill test rules/today.cases.yaml --only 'trial*'
      deskdrill test careful
      deskdrill test --format junit > results.xml
    """
    return test(Args(**options))
