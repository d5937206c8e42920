"""Openings from a file: a CSV or JSON Lines of messages, with what was known of their customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from ..errors import BadValue, InputError, Problem, did_you_mean
from .given import ORDINARY, SHORT, UnknownFact, as_in_yaml, fact, given_facts
from .openings import ListedColumns, Openings
from .rows import JSON_LINES, Row, read_rows
from .says import says
from .vocabulary import FIELDS, field_named

TEXT: Final = "text"
KNOWN: Final[tuple[str, ...]] = ("team", "label", "category", "split")
"""Columns that say what is true of a message: no rule sees them."""
_TEXTS: Final = (TEXT, "message.text", "say", "body", "content")
"""What the column of what the customer writes may be called; the first of these that there is counts."""
_PARTS: Final = tuple(
    dict.fromkeys(
        part
        for name, field in FIELDS.items()
        for part in (name.partition(".")[0], *([] if field.live or field.only_in else [name.rpartition(".")[2]]))
    )
)
"""What the names of facts begin and end with, as far as they are known when somebody writes."""
_LIKE: Final = 0.75
"""From which likeness on a name is taken for a slip of the pen: one letter of four."""
MOST_PROBLEMS: Final = 20
"""Problems of a file that are told one by one."""


def read_openings(path: Path) -> Openings:
    """The messages of a file, one a row, each the opening of a conversation.

    The column `text` (or the first of a CSV) is what the customer writes; `team`, `label` or `category`, and `split`
    are what is true of it; all others are facts by their names. An empty cell and `unset` are not known. A column whose
    name is like that of no fact is left out of those, and what is in it only known. Raises `InputError`: every problem,
    or the first 20.
    """
    names, rows = read_rows(path)
    place = str(path)
    if not rows:
        why = "there is only a heading" if names else "the file is empty"
        raise InputError(Problem(place, f"no messages: {why}", 1, 1))
    if len(names) == 1 and (parted := next((each for each in ";\t" if each in names[0]), None)) is not None:
        told = "`;`" if parted == ";" else "tabs"
        raise InputError(Problem(place, f"the columns are parted by {told}; part them by `,`", 1, 1))
    meant = {name: name.lower() if name.lower() in KNOWN else name for name in names}
    meant[_text_column(path, names, rows)] = TEXT
    left_out = tuple(name for name in names if meant[name] not in (TEXT, *KNOWN) and _is_strange(name))
    meant = {name: field for name, field in meant.items() if name not in left_out}
    problems: list[Problem] = []
    nested = path.suffix.lower() in JSON_LINES
    values = _nested(place, rows, meant, problems) if nested else _by_column(place, names, rows, meant, problems)
    texts = values.get(TEXT, [None] * len(rows))
    problems += _text_problems(place, rows, texts)
    if problems:
        raise InputError(_few(sorted(dict.fromkeys(problems), key=lambda each: each.line or 0)))
    facts = {name: column for name, column in values.items() if name not in (TEXT, *KNOWN)}
    known = {name: tuple(values[name]) for name in KNOWN if name in values}
    for name in left_out:
        cells = (row.values.get(name) for row in rows)
        known[name] = tuple(None if cell is None else str(cell).strip() for cell in cells)
    columns = ListedColumns(len(rows), _completed(facts, texts))
    return Openings(place, columns, tuple(f"{place}:{row.line}" for row in rows), known, left_out=left_out)


def _is_strange(name: str) -> bool:
    """Whether a column's name is neither a fact's, nor like one's, nor the last part of one's."""
    if name.lower() in _TEXTS:
        return True
    if "." in name or field_named(SHORT.get(name, name)) is not None or name in _PARTS:
        return False
    return not get_close_matches(name.lower(), (TEXT, *KNOWN, *_PARTS, *FIELDS), n=1, cutoff=_LIKE)


def _text_column(path: Path, names: Sequence[str], rows: Sequence[Row]) -> str:
    """The column of what the customer writes: by its name, else the first of a CSV unless it is plainly something
    else.
    """
    by_name = {name.lower(): name for name in reversed(names)}
    found = next((by_name[each] for each in _TEXTS if each in by_name), None)
    if found is not None:
        return found
    first = names[0]
    is_other = SHORT.get(first, first) in FIELDS or first.lower() in KNOWN
    has_words = any(any(map(str.isalpha, str(row.values.get(first, "")))) for row in rows)
    if is_other or not has_words or path.suffix.lower() in JSON_LINES:
        listed = ", ".join(f"`{name}`" for name in names)
        message = f"no column `{TEXT}`, what the customer writes, among {listed}"
        raise InputError(Problem(str(path), message, 1, 1, did_you_mean(TEXT, names)))
    return first


def _completed(facts: dict[str, list[Any]], texts: list[Any]) -> dict[str, list[Any]]:
    """The facts with those that follow: the message and what it says, an intent that is given is sure, the ordinary."""
    size = len(texts)
    found = {**facts, "message.text": texts, "message.says": _each(says, texts)}
    if "message.intent" in found:
        sure = found.get("message.confidence", [None] * size)
        pairs = zip(found["message.intent"], sure, strict=True)
        found["message.confidence"] = [1.0 if each is None and intent is not None else each for intent, each in pairs]
    for name, ordinary in ORDINARY.items():
        found[name] = [ordinary if each is None else each for each in found.get(name, [None] * size)]
    return found


def _by_column(
    place: str, names: Sequence[str], rows: Sequence[Row], meant: Mapping[str, str], problems: list[Problem]
) -> dict[str, list[Any]]:
    """The values of a CSV, column by column; each distinct value is looked at once."""
    found: dict[str, list[Any]] = {}
    for name in names:
        if name not in meant:
            continue
        field = meant[name]
        cells = [row.values.get(name) for row in rows]
        if field in (TEXT, *KNOWN):
            found[field] = [None if cell is None else str(cell).strip() for cell in cells]
            continue
        lines: dict[object, int] = {}
        for row, cell in zip(rows, cells, strict=True):
            lines.setdefault(cell, row.line)
        values: dict[object, object | None] = {None: None}
        for cell, line in lines.items():
            if cell is None:
                continue
            try:
                values[cell] = fact(field, as_in_yaml(field, str(cell)))
            except UnknownFact as error:
                near = error.suggestion or next((each for each in FIELDS if each.endswith(f".{name}")), None)
                problems.append(Problem(place, _unknown(name, error), 1, 1, near))
                break
            except BadValue as error:
                problems.append(Problem(place, f"`{name}`: {error.message}", line, 1, error.suggestion))
        found[SHORT.get(field, field)] = [values.get(cell) for cell in cells]
    return found


def _unknown(name: str, error: UnknownFact) -> str:
    return f"column `{name}`: {error.message}; beside facts there may be `{TEXT}`, {', '.join(f'`{k}`' for k in KNOWN)}"


def _nested(
    place: str, rows: Sequence[Row], meant: Mapping[str, str], problems: list[Problem]
) -> dict[str, list[Any]]:
    """The values of JSON Lines, whose facts may be nested."""
    found: dict[str, list[Any]] = {}
    for number, row in enumerate(rows):
        told = {meant[name]: value for name, value in row.values.items() if name in meant}
        ours = {name: told.pop(name) for name in (TEXT, *KNOWN) if name in told}
        for name, value in ours.items():
            if not isinstance(value, str):
                problems.append(Problem(place, f"`{name}` is not a text", row.line, 1))
        facts, wrong = given_facts(told)
        problems += [Problem(place, message, row.line, 1, near) for _, message, near, _ in wrong]
        values: dict[str, object] = {name: str(value).strip() for name, value in ours.items()}
        for name, known in {**values, **facts}.items():
            found.setdefault(name, [None] * len(rows))[number] = known
    return found


def _text_problems(place: str, rows: Sequence[Row], texts: Sequence[object]) -> Iterator[Problem]:
    for row, text in zip(rows, texts, strict=True):
        if not text:
            yield Problem(place, f"no `{TEXT}`: what does the customer write?", row.line, 1)
        elif not str(text).isascii() and any("\ud800" <= each <= "\udfff" for each in str(text)):
            yield Problem(place, "a text with half a character (a lone surrogate)", row.line, 1)


def _few(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The first of many problems; the last of them says how many more there are."""
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    last = problems[MOST_PROBLEMS]
    more = len(problems) - MOST_PROBLEMS
    return (*problems[:MOST_PROBLEMS], Problem(last.place, f"and {more:,} more problems from here on", last.line, 1))


def _each(function: Callable[[str], Any], texts: Sequence[str]) -> list[Any]:
    return [function(text) if text else None for text in texts]
