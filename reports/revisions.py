"""Policies as they were in a revision of git, read with the files that stood beside them then."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from posixpath import normpath

from ..errors import InputError, Problem
from ..rules.loading import load_policy
from ..rules.policy import Policy
from .inputs import read_policy


def policy_named(name: str) -> Policy:
    """The policy of a shipped name, in a file, or in a file at a revision of git (`origin/main:rules/today.yaml`, the
    path from the top of the repository, or from here where it begins with `./` or `../`). Raises `InputError`.
    """
    revision, colon, path = name.partition(":")
    if colon and revision and path and not Path(name).exists():
        return _policy_at(revision, path, Path(), name)
    return read_policy(name).policy


def policy_since(place: str, revision: str) -> Policy:
    """The policy in a file as it was in a revision of git. Raises `InputError`."""
    path = Path(place)
    return _policy_at(revision, f"./{path.name}", path.resolve().parent, place)


def _policy_at(revision: str, path: str, where: Path, place: str) -> Policy:
    if revision.startswith("-"):
        raise InputError(Problem(place, f"`{revision}` is no revision of git"))
    from_here = path.startswith(("./", "../"))
    here = _asked(["rev-parse", "--show-prefix"], where, place, revision).decode().rstrip("\n") if from_here else ""
    there = PurePosixPath(normpath(here + path))
    _asked(["cat-file", "-e", f"{revision}:{there}"], where, place, revision)
    folder = "" if str(there.parent) == "." else str(there.parent)
    packed = _asked(["archive", "--format=tar", f"{revision}:{folder}"], where, place, revision, from_top=True)
    with tempfile.TemporaryDirectory() as aside, tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(aside, filter="data")
        try:
            found = load_policy(Path(aside) / there.name)
        except InputError as error:
            told = f"{revision}:{folder}/" if folder else f"{revision}:"
            raise InputError(_as_named(problem, f"{aside}/", told) for problem in error.problems) from None
    return replace(found, place=f"{revision}:{there}")


def _asked(arguments: list[str], where: Path, place: str, revision: str, *, from_top: bool = False) -> bytes:
    """What git answers. Raises `InputError` where it does not."""
    git = shutil.which("git")
    if git is None:
        raise InputError(Problem(place, f"git, which would know `{revision}`, is not installed"))
    if from_top:
        # Below its top, git packs only what is below the folder where it is asked.
        where = Path(_asked(["rev-parse", "--show-toplevel"], where, place, revision).decode().removesuffix("\n"))
    answer = subprocess.run([git, *arguments], cwd=where, capture_output=True, check=False)  # noqa: S603 - git itself
    if answer.returncode:
        said = (answer.stderr.decode(errors="replace").strip().splitlines() or ["git says nothing"])[-1]
        raise InputError(Problem(place, f"git has none at `{revision}`: {said}"))
    return answer.stdout


def _as_named(problem: Problem, aside: str, told: str) -> Problem:
    """A problem with a file that lies aside, with the name by which the user knows it."""
    message = problem.message.replace(aside, told)
    return replace(problem, place=problem.place.replace(aside, told), message=message)
