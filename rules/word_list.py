"""A list of words in a file of its own: one a line, with comments, as many rules as like may name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..documents import Named
from ..errors import BadValue, InputError, Problem
from .matching import folded

MOST_WORDS: Final = 100_000
"""Phrases of one list."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a list, and the line where it stands."""

    text: str
    line: int


def words_of(file: Named, checked: Callable[[str], object]) -> tuple[Listed, ...]:
    """The entries of a list: its lines without what follows a `#` after a blank or at their beginning, and without
    blanks around them. Raises `InputError` with every line that `checked` refuses, that stands there twice, or that is
    one too many, and where there are none.
    """
    found: dict[str, Listed] = {}
    problems: list[Problem] = []
    for number, line in enumerate(file.text.splitlines(), 1):
        text = ("" if line.lstrip().startswith("#") else re.split(r"\s#", line, maxsplit=1)[0]).strip()
        if not text:
            continue
        column = line.index(text) + 1
        try:
            checked(text)
        except BadValue as error:
            problems.append(Problem(file.place, error.message, number, column, error.suggestion))
            continue
        same = found.setdefault(folded(text), Listed(text, number))
        if same.line != number:
            problems.append(Problem(file.place, f"`{text}` stands there already, in line {same.line}", number, column))
        elif len(found) > MOST_WORDS:
            raise InputError(Problem(file.place, f"a list has at most {MOST_WORDS:,} entries", number, column))
    if not found and not problems:
        raise InputError(Problem(file.place, "the list is empty: one word or phrase a line", 1, 1))
    if problems:
        raise InputError(problems)
    return tuple(found.values())
