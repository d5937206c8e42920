"""`deskdrill runs`: the runs in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .commands import Command
from .options import FILE, format_option

if TYPE_CHECKING:
    from ...simulator.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Args:
    """The folders below which runs are looked for."""

    folders: tuple[Path, ...] = (Path(),)
    format: Literal["text", "json"] = "text"


def runs(args: Args) -> int:
    """Prints the runs, the newest first; 0, or 3 where there are none."""
    from ...errors import InputError, Problem
    from ..export import json_text
    from ..terminal import neutral, page_width
    from ..text import fitted

    for folder in args.folders:
        if not folder.is_dir():
            raise InputError(Problem(str(folder), "no such folder"))
    found = sorted(_found(args), key=lambda each: each[1].written, reverse=True)
    if args.format == "json":
        print(json_text([{"folder": str(folder), **asdict(manifest)} for folder, manifest in found]), end="")
    elif found:
        headers = ["folder", "scenario", "policies", "replications", "seed", "written"]
        rows = [[neutral(cell) for cell in (str(folder), *_cells(manifest))] for folder, manifest in found]
        print(fitted(rows, headers, 1, page_width(), (3, 4)))
    else:
        print("no runs here; `deskdrill compare ... --out FOLDER` writes one")
    return 0 if found else 3


def _cells(manifest: Manifest) -> tuple[str, ...]:
    when = manifest.written.replace("T", " ").removesuffix("+00:00")
    many = f"{manifest.replications}" if manifest.is_finished else "unfinished"
    return manifest.scenario, ", ".join(manifest.policies), many, str(manifest.seed), f"{when} UTC"


def _found(args: Args) -> Iterator[tuple[Path, Manifest]]:
    """The folders that hold a run, each once. What is in a run is not looked through."""
    from ...simulator.manifest import MANIFEST, NotARun, read_manifest

    waiting, seen = list(args.folders), set[Path]()
    while waiting:
        folder = waiting.pop()
        if (place := folder.resolve()) in seen:
            continue
        seen.add(place)
        if (folder / MANIFEST).is_file():
            try:
                yield folder, read_manifest(folder)
            except NotARun:
                # A manifest of something else.
                pass
            else:
                continue
        try:
            waiting += [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")]
        except OSError:
            # A folder that is not ours to read.
            continue


@click.command("runs", cls=Command)
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=FILE)
@format_option
def command(folders: tuple[Path, ...], **options: Literal["text", "json"]) -> int:
    r"""List runs.

    Those that `--out` of run or compare has written below FOLDER, or below this folder, the newest first.

    \b
    Examples:
      deskdrill runs
      deskdrill runs build --format json
    """
    return runs(Args(folders=folders or (Path(),), **options))
