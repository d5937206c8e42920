"""What can be wrong with what a user wrote, and how it is said: one line a problem, with its place and a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

# Below it, difflib's ratio suggests words that share little but their length.
NEAR_ENOUGH = 0.6


class DeskdrillError(Exception):
    """The root of every error that this package raises on purpose; the command line ends with exit code 2."""


class Terminated(BaseException):
    """Somebody wants this process to end: a time limit, a CI job that is cancelled. No `Exception`, so that whatever
    catches all of these does not keep the process from ending.
    """


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file or an argument.

    `line` and `column` count from 1; `None` where the place has none. `message` is lower-case, without a full stop,
    with what the user wrote in backticks. `suggestion` is what the user could write instead, exactly as it would stand
    in the file.

    >>> print(Problem("policies/refunds.yaml", "unknown field `customer.paln`", 7, 13, "customer.plan"))
    policies/refunds.yaml:7:13: unknown field `customer.paln`; did you mean `customer.plan`?
    """

    place: str
    message: str
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.place, self.line, self.column) if part is not None)
        return one_line(f"{where}: {self.message}{hint(self.suggestion)}")


class InputError(DeskdrillError):
    """What the user gave cannot be used: every problem of it, at once, in the order of the file.

    >>> raise InputError([Problem("peak.yaml", "team `billing` receives conversations but has no agents", 12, 5)])
    Traceback (most recent call last):
    deskdrill.errors.InputError: peak.yaml:12:5: team `billing` receives conversations but has no agents
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class BadValue(DeskdrillError, ValueError):
    """A value that cannot be used, said without a place: `documents.validated` adds the file, line and column.

    Being a `ValueError`, it may be raised by pydantic validators. `loc` is the way from the validated value down to the
    culprit, when that is a part of it: `("segments", "trial")`.
    """

    def __init__(self, message: str, suggestion: str | None = None, loc: tuple[str | int, ...] = ()) -> None:
        super().__init__(message, suggestion, loc)
        self.message = message
        self.suggestion = suggestion
        self.loc = loc

    def __str__(self) -> str:
        return f"{self.message}{hint(self.suggestion)}"


class Unstable(BadValue):
    """A queue that would grow for ever: more work arrives than its agents can do, and too few customers leave."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that is closest to `word`, or `None` if none is near; letter case, `-` and `_` are not told apart.

    >>> did_you_mean("custmer.plan", ["customer.plan", "customer.tenure"])
    'customer.plan'
    >>> did_you_mean("zebra", ["customer.plan"]) is None
    True
    """
    by_spelling: dict[str, str] = {}
    for each in known:
        by_spelling.setdefault(_spelling(each), each)
    # difflib is quadratic in the length of the words: nobody means a name with a page of text.
    if len(word) > 100:
        return None
    nearest = difflib.get_close_matches(_spelling(word), by_spelling, n=1, cutoff=NEAR_ENOUGH)
    return by_spelling[nearest[0]] if nearest and by_spelling[nearest[0]] != word else None


def hint(suggestion: str | None) -> str:
    """The end of a message that offers `suggestion`; empty for `None`."""
    return "" if suggestion is None else f"; did you mean `{suggestion}`?"


def one_line(text: str) -> str:
    """`text` with line breaks and control characters shown as escapes, so that a problem stays one line and cannot
    steer a terminal.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _spelling(word: str) -> str:
    return word.casefold().replace("-", "_")
