"""The terminal: how wide it is, and text of others that must not steer it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata

from ..errors import one_line

PAGE = 100
"""Columns where there is no terminal."""
NARROWEST = 60


def page_width() -> int:
    """Columns as the variable COLUMNS says, else of the terminal that stdout is; 100 where it is none."""
    said = os.environ.get("COLUMNS", "")
    if re.fullmatch("[0-9]{1,6}", said) and int(said):
        return max(NARROWEST, int(said))
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else PAGE


def neutral(text: str) -> str:
    r"""Text as one line that shows control characters, rather than letting them move the cursor or turn the writing.

    >>> neutral("red: \x1b[31m, two\nlines, a wide\u3000gap")
    'red: \\x1b[31m, two lines, a wide gap'
    """
    return one_line("".join(" " if char in "\r\n\t" or unicodedata.category(char) == "Zs" else char for char in text))


def brief(text: str, most: int = 400) -> str:
    """`neutral` text of at most so many characters.

    >>> brief("one two three", 8)
    'one two…'
    """
    return neutral(text if len(text) <= most else f"{text[: most - 1]}…")
