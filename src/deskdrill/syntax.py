"""What is wrong with the syntax of a YAML file, in words for people who do not know YAML's."""

from __future__ import annotations

from typing import Final

import yaml

from .errors import Problem

LONGEST_SHOWN: Final = 60

_TAB: Final = "a tab indents this line; indent with spaces"
_ESCAPE: Final = "unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes"
_TAG: Final = "a text that starts with `!` must be in quotes"
# The parser's words -> ours. `{line}` is where the thing began that the parser was reading.
_MEANINGS: Final = {
    "mapping values are not allowed in this context": (
        "a `:` cannot stand here; put the text in quotes, or check the indentation and the line above"
    ),
    "mapping keys are not allowed in this context": "a `?` cannot stand here; put the text in quotes",
    "block sequence entries are not allowed in this context": (
        "a `- ` cannot stand here; start the list on the next line, or put the text in quotes"
    ),
    "found unknown escape character": _ESCAPE,
    "did not find expected hexdecimal number": _ESCAPE,
    "found invalid Unicode character escape code": "this escape names no character",
    "did not find expected alphabetic or numeric character": "a text that starts with `*` or `&` must be in quotes",
    "did not find expected comment or line break": (
        "after `|` or `>` the text starts on the next line; or put the text in quotes"
    ),
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character that violates indentation": _TAB,
    "did not find expected node content": "a value is missing here, or a bracket or comma is too many",
    "did not find expected '-' indicator": (
        "expected another `- ` of the list that starts on line {line}, with the same indentation"
    ),
    "did not find expected ',' or ']'": "the `[` on line {line} is not closed, or a comma is missing",
    "did not find expected ',' or '}'": "the `{{` on line {line} is not closed, or a comma is missing",
    "did not find expected key": (
        "this does not continue the keys that start on line {line}; check the quotes, the brackets and the indentation"
    ),
    "found unexpected document indicator": "the quote opened on line {line} is never closed",
    "could not find expected ':'": "expected `key: value`; there is no `:` after this",
    "did not find expected <document start>": "nothing can follow here; a file holds one value",
    "found incompatible YAML document": "this version of YAML is not supported; leave the `%YAML` line out",
    "found undefined tag handle": _TAG,
    "did not find expected tag URI": _TAG,
}
# The same where the file ends: what was opened is then the better place.
_UNCLOSED: Final = {
    "did not find expected ',' or ']'": "this `[` is never closed",
    "did not find expected ',' or '}'": "this `{` is never closed",
    "found unexpected end of stream": "this quote is never closed",
}
_STARTS: Final = "while scanning a simple key"


def syntax_problem(text: str, error: yaml.MarkedYAMLError, place: str) -> Problem:
    """The parser's complaint as one line that says what to do."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(place, f"this is not valid YAML: {error.problem}")
    if error.context == _STARTS and error.context_mark is not None:
        # The parser notices a missing `:` only on the line below.
        mark = error.context_mark
    if mark.index >= len(text.rstrip()) and error.context_mark is not None and error.problem in _UNCLOSED:
        return Problem(place, _UNCLOSED[error.problem], error.context_mark.line + 1, error.context_mark.column + 1)
    quote = _open_too_long(text, mark)
    if quote is not None:
        message = f"this quote is closed only on line {mark.line + 1}, where more follows; is a quote missing?"
        return Problem(place, message, quote.line + 1, quote.column + 1)
    character = text[mark.index : mark.index + 1]
    opened = mark.line + 1 if error.context_mark is None else error.context_mark.line + 1
    if error.problem == "found character that cannot start any token":
        shown = "a backtick" if character == "`" else f"`{character}`"
        message = _TAB if character == "\t" else f"a text that starts with {shown} must be in quotes"
    else:
        known = _MEANINGS.get(error.problem or "")
        message = f"this is not valid YAML: {error.problem}" if known is None else known.format(line=opened)
    return Problem(place, message, mark.line + 1, mark.column + 1)


def _open_too_long(text: str, mark: yaml.Mark) -> yaml.Mark | None:
    """Where the quoted text begins that ends right before `mark`, if on another line: its last quote may be the first
    of another text.
    """
    before: yaml.Token | None = None
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if (token.start_mark.line, token.start_mark.column) >= (mark.line, mark.column):
                break
            before = token
    except yaml.MarkedYAMLError:
        # What is wrong is further on, or it is another thing.
        pass
    if not isinstance(before, yaml.ScalarToken) or before.style not in ("'", '"'):
        return None
    return before.start_mark if before.start_mark.line < before.end_mark.line == mark.line else None


def shortened(text: str) -> str:
    """`text`, cut to what fits in a message."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
