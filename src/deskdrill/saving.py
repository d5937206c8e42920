"""Files that are written whole: nobody ever finds half of one."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import InputError, Problem


def write_whole(path: Path, text: str) -> None:
    """Writes a text aside and renames it; a link still leads to the same file, which keeps its permissions.

    What is no file, `/dev/stdout` or a pipe, is written to as it is. Raises `OSError`, with the file as it was.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="") as there:
            there.write(text)
        return
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8", newline="")
        if target.exists():
            aside.chmod(target.stat().st_mode & 0o7777)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def refuse_unwritable(path: Path) -> None:
    """Raises `InputError` where a file could not be written: before the work, not after it."""
    target, why = (path.resolve() if path.is_symlink() else path), None
    if target.is_dir():
        why = "is a folder"
    elif not target.parent.is_dir():
        why = f"there is no folder {target.parent}"
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        why = "permission denied"
    if why is not None:
        raise InputError(Problem(str(path), f"cannot be written: {why}"))
