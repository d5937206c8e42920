"""Problems that are said in the same way wherever they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...documents import Document, Loc
from ...errors import Problem, did_you_mean

_SHARES_TOLERANCE = 1e-6


def unknown(
    document: Document, loc: Loc, kind: str, name: str, known: Iterable[str], *, at_key: bool = False
) -> Problem:
    """A name that nothing of its kind has."""
    return document.problem(loc, f"unknown {kind} `{name}`", suggestion=did_you_mean(name, known), at_key=at_key)


def share_problems(document: Document, loc: Loc, shares: Mapping[str, float], what: str) -> Iterator[Problem]:
    """Shares of a whole that do not sum to it."""
    total = math.fsum(shares.values())
    if abs(total - 1) > _SHARES_TOLERANCE:
        yield document.problem(loc, f"{what} sum to {100 * total:.6g}%, not 100%")


def twice(document: Document, loc: Loc, names: Sequence[str]) -> Iterator[Problem]:
    """Names that a list holds again."""
    for number, name in enumerate(names):
        if name in names[:number]:
            yield document.problem((*loc, number), f"`{name}` is listed twice")
