"""Files that commands write beside what they print."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import InputError, Problem


def refuse_unwritable(path: Path) -> None:
    """Raises `InputError` where a file could not be written: before the work, not after it."""
    why = None
    if path.is_dir():
        why = "is a folder"
    elif not path.parent.is_dir():
        why = f"there is no folder {path.parent}"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        why = "permission denied"
    if why is not None:
        raise InputError(Problem(str(path), f"cannot be written: {why}"))


def write_whole(path: Path, text: str) -> None:
    """Writes a text aside and renames it, so that nobody ever finds half of it."""
    aside = path.with_name(f"{path.name}.unfinished")
    try:
        aside.write_text(text, encoding="utf-8", newline="")
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
