"""What a command says beside its answer, on stderr: notes of how far it is, and with `-v` all that it does."""

from __future__ import annotations

import sys
from typing import Literal

Telling = Literal["quiet", "notes", "all"]
_told: Telling = "notes"


def tell(what: Telling) -> None:
    """From now on: warnings and errors alone (`quiet`), with notes and progress too, or all that is logged."""
    global _told  # noqa: PLW0603 - as stderr, there is one of it
    _told = what
    if what == "all":
        import logging

        logging.basicConfig(level=logging.WARNING, format="%(relativeCreated)7.0f ms  %(name)s: %(message)s")
        logging.getLogger("deskdrill").setLevel(logging.DEBUG)


def note(text: str) -> None:
    """A line of how far things are, unless nobody wants to read it."""
    if _told != "quiet":
        print(text, file=sys.stderr, flush=True)


def is_watched() -> bool:
    """Whether somebody may look at a bar of progress: on a terminal, where nothing else is written between."""
    return _told == "notes" and sys.stderr.isatty()
