"""`deskdrill fmt`: YAML files laid out in one way."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ...errors import InputError, Problem
from ...saving import write_whole
from .commands import Command

STDIN: Final = "-"
_FOLDERS: Final = ("scenarios", "rules", "tests")
_FILES: Final = ("targets.yaml", "shifts.yaml")


@dataclass(frozen=True, slots=True)
class Args:
    """Files and folders, `-` for standard input; none: the YAML files in `root`'s scenarios/, rules/ and tests/, and
    its targets.yaml and shifts.yaml.
    """

    files: tuple[str, ...] = ()
    check: bool = False
    diff: bool = False
    root: Path = Path()


def fmt(args: Args) -> int:
    """Rewrites files; 0, or 1 where `check` finds one that would change. Raises `InputError`, and then changes none."""
    from ...documents import read_text
    from ...layout import laid_out
    from ..telling import note

    if STDIN in args.files:
        if args.files != (STDIN,):
            raise InputError(Problem("deskdrill fmt", "`-` stands alone"))
        text = sys.stdin.read()
        return _told(args, STDIN, text, laid_out(text, "<stdin>"))
    found: list[tuple[Path, str, str]] = []
    problems: list[Problem] = []
    for path in _paths(args):
        try:
            text = read_text(path)
            found.append((path, text, laid_out(text, str(path))))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    changed = [(path, before, after) for path, before, after in found if before != after]
    for path, before, after in changed:
        _tell(args, path, before, after)
    counted = f"{len(found)} file{'' if len(found) == 1 else 's'}"
    is_are = "would be" if args.check or args.diff else "is" if len(changed) == 1 else "are"
    note(f"{counted}: {len(changed)} {is_are} laid out anew")
    return 1 if args.check and changed else 0


def _told(args: Args, name: str, before: str, after: str) -> int:
    """What becomes of standard input."""
    if args.diff:
        print("".join(_difference(name, before, after)), end="")
    elif not args.check:
        print(after, end="")
    return 1 if args.check and before != after else 0


def _tell(args: Args, path: Path, before: str, after: str) -> None:
    if args.diff:
        print("".join(_difference(str(path), before, after)), end="")
    else:
        print(path)
    if not args.check and not args.diff:
        write_whole(path, after)


def _difference(name: str, before: str, after: str) -> Iterator[str]:
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    for line in difflib.unified_diff(*lines, name, f"{name} (laid out)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _paths(args: Args) -> Iterator[Path]:
    folders = [args.root / folder for folder in _FOLDERS if (args.root / folder).is_dir()]
    alone = [args.root / name for name in _FILES if (args.root / name).is_file()]
    named = [Path(name) for name in args.files] or [*folders, *alone]
    if not named:
        message = "nothing to lay out: no files named, and no scenarios/, rules/ or tests/ here"
        raise InputError(Problem("deskdrill fmt", message))
    for path in dict.fromkeys(named):
        if path.is_dir():
            found = sorted(each for each in path.rglob("*") if _is_ours(each, path))
            if not found and args.files:
                raise InputError(Problem(str(path), "no YAML files in this folder"))
            yield from found
        else:
            yield path


def _is_ours(path: Path, below: Path) -> bool:
    """Whether it is a YAML file, and in no hidden folder: those are other tools'."""
    hidden = any(part.startswith(".") for part in path.relative_to(below).parts)
    return path.suffix in (".yaml", ".yml") and not hidden and path.is_file()


@click.command("fmt", cls=Command)
@click.argument("files", metavar="[FILE_OR_FOLDER]...|-", nargs=-1)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
def command(files: tuple[str, ...], *, check: bool, diff: bool) -> int:
    r"""Lay out YAML files in one way.

    Of policies, cases, scenarios, targets and shifts. Indentation, blanks and empty lines; comments stay, and so do
    words, quotes and order. What a file means never changes: one that cannot be laid out so is refused. Without FILE:
    the YAML files in ./scenarios, ./rules and ./tests, ./targets.yaml and ./shifts.yaml. `-` reads standard input and
    prints the result.

    \b
    Examples:
      deskdrill fmt
      deskdrill fmt rules/today.yaml --diff
      deskdrill fmt --check
    """
    return fmt(Args(files, check=check, diff=diff))
