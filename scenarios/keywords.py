"""Phrases by intent, in a scenario or in a CSV beside it: what a recogniser by keywords goes by."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ..documents import Document, FileModel, Loc, read_text
from ..errors import InputError, Problem, did_you_mean
from ..quantities import Share

COLUMNS = ("intent", "phrase")
LONGEST_PHRASE = 1_000

_PLACE: Loc = ("recogniser",)


class Keywords(FileModel):
    """A recogniser that looks for phrases: the intent with most of them in a message is recognised."""

    kind: Literal["keywords"]
    intents: Annotated[
        dict[str, Annotated[tuple[str, ...], Field(min_length=1, max_length=10_000)]],
        Field(
            description="phrases of each intent, found at word boundaries and whatever their case; of intents with "
            "equally many in a message the first"
        ),
    ] = {}
    file: Annotated[
        str | None, Field(description="CSV beside the scenario with the columns intent and phrase, in place of these")
    ] = None
    confidence: Annotated[
        Share,
        Field(
            description="how sure it is where only one intent has phrases in the message; else times its share of them"
        ),
    ] = 0.9


def keyword_problems(document: Document, keywords: Keywords, known: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with phrases in a scenario in which these are the intents that can be recognised."""
    if keywords.intents and keywords.file is not None:
        yield document.problem((*_PLACE, "file"), "`intents` and `file` both give the phrases; keep one of them")
    elif not keywords.intents and keywords.file is None:
        yield document.problem(_PLACE, "no phrases; give some under `intents`, or a `file` that has them")
    for name, phrases in keywords.intents.items():
        at: Loc = (*_PLACE, "intents", name)
        if name not in known:
            yield document.problem(at, f"unknown intent `{name}`", suggestion=did_you_mean(name, known), at_key=True)
        for number, phrase in enumerate(phrases):
            if (wrong := _wrong_with(phrase)) is not None:
                yield document.problem((*at, number), wrong)


def with_phrases(keywords: Keywords, document: Document, known: Sequence[str]) -> Keywords:
    """The same with the phrases of its file, whose path starts at the folder of the scenario's document."""
    if keywords.file is None:
        return keywords
    path = Path(document.place).parent / keywords.file
    try:
        phrases = read_phrases(path, known)
    except InputError as error:
        raise InputError(_at_file(document, keywords.file, each) for each in error.problems) from None
    return keywords.model_copy(update={"intents": phrases, "file": None})


def read_phrases(path: Path, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The phrases of a CSV by intent, intents and phrases in its order. Raises `InputError` with the line of every
    problem; `known` are the intents that there may be.
    """
    place = str(path)
    phrases: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for line, intent, phrase, off in _rows(place, read_text(path, place)):
        wrong = off or _wrong_with(phrase)
        if not intent:
            problems.append(Problem(place, "no intent", line, 1))
        elif intent not in known:
            problems.append(Problem(place, f"unknown intent `{intent}`", line, 1, did_you_mean(intent, known)))
        elif wrong is not None:
            problems.append(Problem(place, wrong, line, 1))
        else:
            phrases.setdefault(intent, []).append(phrase)
    if not phrases and not problems:
        problems.append(Problem(place, "no phrases", 1, 1))
    if problems:
        raise InputError(problems)
    return {intent: tuple(each) for intent, each in phrases.items()}


def _wrong_with(phrase: str) -> str | None:
    if not any(char.isprintable() and not char.isspace() for char in phrase):
        return "a phrase needs at least one character that can be seen"
    if len(phrase) > LONGEST_PHRASE:
        return f"a phrase has at most {LONGEST_PHRASE:,} characters, found {len(phrase):,}"
    return None


def _rows(place: str, content: str) -> Iterator[tuple[int, str, str, str | None]]:
    """The line, the intent and the phrase of each row, and what is wrong with its cells."""
    rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        columns = [name.strip().lower() for name in next((row for row in rows if row), [])]
        missing = [name for name in COLUMNS if name not in columns]
        if missing:
            found = ", ".join(f"`{name}`" for name in columns) or "nothing"
            if len(columns) == 1 and ";" in columns[0]:
                raise InputError(Problem(place, f"no columns but {found}; columns are parted by commas", 1, 1))
            raise InputError(
                Problem(place, f"no column `{name}` among {found}", 1, 1, did_you_mean(name, columns))
                for name in missing
            )
        line = rows.line_num + 1
        for row in rows:
            if row:
                cells = dict(zip(columns, row, strict=False))
                yield line, cells.get("intent", "").strip(), cells.get("phrase", "").strip(), _too_many(row, columns)
            line = rows.line_num + 1
    except csv.Error as error:
        raise InputError(Problem(place, f"not readable as CSV: {error}", rows.line_num, 1)) from None


def _too_many(row: Sequence[str], columns: Sequence[str]) -> str | None:
    if any(cell.strip() for cell in row[len(columns) :]):
        return f"{len(row)} cells under {len(columns)} columns; a phrase with a comma in it stands in double quotes"
    return None


def _at_file(document: Document, file: str, problem: Problem) -> Problem:
    """A problem of the CSV; of the file as a whole, such as that there is none, where the scenario names it."""
    if problem.line is not None:
        return problem
    near = problem.suggestion and str(Path(file).with_name(Path(problem.suggestion).name))
    return document.problem((*_PLACE, "file"), f"`{file}`: {problem.message}", near)
