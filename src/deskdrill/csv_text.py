"""Where the cells of a CSV stand, for problems that are to be found again."""

from __future__ import annotations


def starts(line: str) -> list[int]:
    """The column, from 1, at which each cell of a line starts; quotes may hold commas.

    >>> starts('measure,"a,b", c')
    [1, 9, 16]
    """
    found, quoted = [1], False
    for at, char in enumerate(line, start=2):
        quoted ^= char == '"'
        if char == "," and not quoted:
            found.append(at + len(line[at - 1 :]) - len(line[at - 1 :].lstrip(" ")))
    return found
