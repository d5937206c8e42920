"""Policies as they were in a revision of git, read with the files that stood beside them then."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from ..documents import read_text
from ..errors import InputError, Problem
from ..rules.loading import load_policy
from ..rules.policy import Policy
from .inputs import Gathering, PolicySource, read_policy

OLD_MARK: Final = "-old"


def policy_named(name: str) -> Policy:
    """The policy of a shipped name, in a file, or in a file at a revision of git. Raises `InputError`."""
    return source_named(name).policy


def source_named(name: str) -> PolicySource:
    """The policy of a shipped name, in a file, or in a file at a revision of git (`origin/main:rules/today.yaml`, the
    path from the top of the repository, or from here where it begins with `./` or `../`). Raises `InputError`.
    """
    revision, colon, path = name.partition(":")
    if colon and revision and path and not Path(name).exists():
        return _policy_at(revision, path, Path(), name)
    return read_policy(name)


def old_and_new(names: Sequence[str]) -> list[PolicySource]:
    """Two policies, of which one may be the other as it was: if both have one name, the first is called `NAME-old`.

    Raises `InputError` with what is wrong with both.
    """
    gathering = Gathering()
    found = [gathering.read(partial(source_named, name)) for name in names]
    gathering.refuse_problems()
    old, new = (each for each in found if each is not None)
    return [_called_old(old) if old.policy.name == new.policy.name else old, new]


def _called_old(source: PolicySource) -> PolicySource:
    """The policy under another name, in its text too: a run is kept with it."""
    name = f"{source.policy.name}{OLD_MARK}"
    text, many = re.subn(r"(?m)^policy:.*$", f"policy: {name}", source.text, count=1)
    if not many:
        told = f"both policies are called `{source.policy.name}`; rename one of them"
        raise InputError(Problem(source.policy.place, told))
    return PolicySource(replace(source.policy, name=name), text)


def policy_since(place: str, revision: str) -> Policy:
    """The policy in a file as it was in a revision of git. Raises `InputError`."""
    path = Path(place)
    return _policy_at(revision, f"./{path.name}", path.resolve().parent, place).policy


def _policy_at(revision: str, path: str, where: Path, place: str) -> PolicySource:
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
            found, text = load_policy(Path(aside) / there.name), read_text(Path(aside) / there.name)
        except InputError as error:
            told = f"{revision}:{folder}/" if folder else f"{revision}:"
            raise InputError(_as_named(problem, f"{aside}/", told) for problem in error.problems) from None
    return PolicySource(replace(found, place=f"{revision}:{there}"), text)


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
