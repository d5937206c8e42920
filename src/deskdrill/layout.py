"""YAML laid out in one way, its comments kept: what people wrote, indented and spaced alike."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import yaml

from .documents import parse_document
from .errors import InputError, Problem

_WIDEST: Final = 100_000
"""Lines are not folded: where one ends is left to who writes it."""


_NULLS: Final = {"null", "~"}


def laid_out(text: str, place: str = "<text>") -> str:
    """The text with two columns for each level, lists indented below their key, single blanks where blanks stand in a
    line, at most one empty line in a row and one line break at the end. Words, quotes, order, and whether a list stands
    in one line or in several are left alone; no value is `null` in a text that
    writes one so, else nothing.

    Raises `InputError` for what is no YAML of ours, and where meaning or a comment would be lost.
    """
    before = parse_document(text, place)
    if before.data is None:
        return _tidy(text)
    found = text
    # What is joined or comes out of a comment may need another pass.
    for _ in range(3):
        again = _rewritten(found, place)
        if again == found:
            break
        found = again
    else:
        raise InputError(Problem(place, "this file cannot be laid out: each pass would change it again"))
    if parse_document(found, place).data != before.data:
        raise InputError(Problem(place, "this file cannot be laid out without changing what it means"))
    lost = Counter(_words(each) for _, each in comments_of(text)) - Counter(
        _words(each) for _, each in comments_of(found)
    )
    for line, comment in comments_of(text):
        if _words(comment) in lost:
            told = "this comment would be lost where it stands; move it, say above the key before it"
            raise InputError(Problem(place, told, line, 1))
    return found


def comments_of(text: str) -> Iterator[tuple[int, str]]:
    """The comments of a YAML text, with their lines."""
    for start, end, _ in _gaps(text):
        for found in re.finditer(r"#[^\n]*", text[start:end]):
            yield text.count("\n", 0, start + found.start()) + 1, found[0]


def _gaps(text: str) -> Iterator[tuple[int, int, bool]]:
    """What is between the words of a YAML text: from where to where, and whether a key or a dash waits for a value."""
    at, waits = 0, False
    for token in yaml.scan(text):
        start, end = token.start_mark.index, token.end_mark.index
        if start >= at and end > start:
            yield at, start, waits
            at, waits = end, isinstance(token, yaml.ValueToken | yaml.BlockEntryToken)
    yield at, len(text), waits


def _without_wide_gaps(text: str) -> str:
    """The text with at most one empty line in a row, and none before a value: the library loses its way there."""
    parts, at = list[str](), 0
    for start, end, waits in _gaps(text):
        gap = re.sub(r"\n[ \t\r]*(?=\n)", "\n", text[start:end])
        parts += [text[at:start], re.sub(r"\n{2,}", "\n", gap) if waits else re.sub(r"\n{3,}", "\n\n", gap)]
        at = end
    return "".join([*parts, text[at:]])


def _words(comment: str) -> str:
    return comment.strip("# \t\r")


def _null_written() -> type:
    """A writer of values that writes `null` out."""
    from ruamel.yaml.representer import RoundTripRepresenter

    class NullWritten(RoundTripRepresenter):
        pass

    NullWritten.add_representer(type(None), lambda writer, _: writer.represent_scalar("tag:yaml.org,2002:null", "null"))
    return NullWritten


def _rewritten(text: str, place: str) -> str:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    layout = YAML()
    layout.indent(mapping=2, sequence=4, offset=2)
    layout.width = _WIDEST
    layout.preserve_quotes = True
    layout.allow_duplicate_keys = False
    if _NULLS & {token.value for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken) and token.plain}:
        layout.Representer = _null_written()
    written = io.StringIO()
    try:
        layout.dump(layout.load(_without_wide_gaps(text)), written)
    except (YAMLError, ValueError, AttributeError, TypeError, RecursionError, AssertionError) as error:
        told = str(error).split("\n", 1)[0] or type(error).__name__
        raise InputError(Problem(place, f"this file cannot be laid out: {told}")) from None
    return _tidy(written.getvalue())


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return f"{tidy}\n" if tidy else ""
