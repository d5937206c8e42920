"""Folders that are written whole: aside first, and renamed once all is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ..errors import InputError
from .kept import SUMMARIES
from .manifest import NotARun, Plan, is_run

UNFINISHED: Final = ".unfinished"
MOST_TOLD: Final = 4
"""Differences that are told; the rest is counted."""


@contextmanager
def atomic_folder(out: Path) -> Iterator[Path]:
    """A fresh folder beside `out` that takes its place when the block ends well, and is removed when it does not.

    An older run in `out` is replaced; anything else there is refused with `NotARun`.
    """
    _refuse_unreadable(out)
    try:
        if os.path.lexists(out) and not is_run(out):
            raise NotARun(out, "exists and is not a run folder; choose another place")
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise NotARun(out, f"cannot be written: {(error.strerror or 'unknown error').lower()}") from None
    try:
        yield fresh
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


@contextmanager
def unfinished_run(out: Path, plan: Plan, *, resume: bool) -> Iterator[Path]:
    """The folder beside `out` in which a run is written, which takes the place of `out` when the block ends well.

    It is there from the beginning, with the plan in it; when the block ends in any other way than by an `InputError`,
    finished replications stay there. With `resume` the next run goes on from them, or from those of a finished run in
    `out`; without, it begins anew. Raises `NotARun` where something else is in the way, the plan has changed, or
    somebody else is at it.
    """
    _refuse_unreadable(out)
    aside = out.with_name(f"{out.name}{UNFINISHED}")
    try:
        if os.path.lexists(out) and not is_run(out):
            raise NotARun(out, "exists and is not a run folder; choose another place")
        if os.path.lexists(aside) and not is_run(aside):
            raise NotARun(aside, "exists and is not a run that was begun; move it, or choose another place")
        out.parent.mkdir(parents=True, exist_ok=True)
        _begin(out, aside, plan, resume=resume)
    except OSError as error:
        raise NotARun(out, f"cannot be written: {(error.strerror or 'unknown error').lower()}") from None
    with _alone_in(aside):
        try:
            yield aside
        except BaseException as error:
            # Whatever has to be changed after an `InputError`, it would be another run.
            if isinstance(error, InputError) or not any((aside / SUMMARIES).glob("*.json")):
                shutil.rmtree(aside, ignore_errors=True)
            if isinstance(error, OSError) and error.filename is None and error.errno is not None:
                # Whoever writes text is not told into which file.
                raise OSError(error.errno, error.strerror, str(aside)) from None
            raise
        if out.exists():
            shutil.rmtree(out)
        aside.rename(out)


def _refuse_unreadable(out: Path) -> None:
    r"""Raises `NotARun` for a place without a name, or with a `\` in it, which parts folders for DuckDB."""
    if not out.name:
        raise NotARun(out, "is a folder that is there already; a run makes one of its own, such as `runs/one`")
    if "\\" in out.resolve().as_posix():
        raise NotARun(out, "tables below a name with a backslash cannot be read; choose another place")


def _begin(out: Path, aside: Path, plan: Plan, *, resume: bool) -> None:
    begun = next((each for each in (aside, out) if any(each.glob("*"))), None) if resume else None
    if begun is None:
        if aside.exists():
            with _alone_in(aside):
                shutil.rmtree(aside)
        with _whole(aside) as fresh:
            fresh.mkdir()
            plan.write(fresh)
        return
    changed = list(plan.differences(begun))
    if changed:
        more = f"; and {len(changed) - MOST_TOLD} more" if len(changed) > MOST_TOLD else ""
        told = "; ".join(changed[:MOST_TOLD]) + more
        raise NotARun(begun, f"cannot go on, as it is another run now: {told}; leave out `resume` to begin anew")
    if begun == out:
        # The finished run stays whole until this one takes its place.
        with _whole(aside) as fresh:
            shutil.copytree(out, fresh, copy_function=_copied)


@contextmanager
def _whole(aside: Path) -> Iterator[Path]:
    """Where a folder is made, which gets its name when the block ends: nobody ever finds half of it."""
    fresh = aside.with_name(f".{aside.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        yield fresh
        if aside.exists():
            aside.rmdir()
        fresh.rename(aside)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _copied(source: str, target: str) -> None:
    """Tables are never written twice in place, so the same file can be in two folders."""
    if source.endswith(".parquet"):
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else on this machine is in the block with the same folder; raises `NotARun` where somebody is.

    The system forgets it where a process ends, however it ends. Where it has no such locks, nobody is kept out.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotARun(folder, "another process is writing this run") from None
        yield
    finally:
        os.close(held)
