"""Real labelled messages from a file: CSV or JSON Lines."""

from __future__ import annotations

import codecs
import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..documents import refuse_utf_16
from ..errors import InputError, Problem, did_you_mean
from .phrasebook import shipped_languages

TEST_SHARE_PERCENT = 25
LONGEST_TEXT = 20_000
JSON_LINES = (".jsonl", ".ndjson")
"""Endings of files that hold a JSON object in each line; all others are CSV."""
_PARTS = ("train", "test")
_EMPTY = "no messages: the file is empty"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled messages; the recogniser learns from `train`, customers write `test`. Rows are (text, label).

    `languages` has the language of each text for which the file gives one.
    """

    place: str
    train: tuple[tuple[str, str], ...]
    test: tuple[tuple[str, str], ...]
    label_lines: dict[str, int]
    in_both: int
    languages: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, in order of first appearance."""
        return tuple(self.label_lines)


def read_messages(path: Path) -> Corpus:
    """The messages of a CSV with the columns text, label and perhaps split (train or test; else by a hash of the text)
    and language; or of a JSON Lines file (`.jsonl`, `.ndjson`) with an object of these keys in each line.

    A text that stands in both parts is taken out of the train part, and counted in `in_both`.
    Raises `InputError` with the line of every problem.
    """
    place = str(path)
    parts: dict[str, dict[str, str]] = {"train": {}, "test": {}}
    lines: dict[str, int] = {}
    languages: dict[str, str] = {}
    problems: list[Problem] = []
    read = _json_rows if path.suffix.lower() in JSON_LINES else _csv_rows
    for line, row in read(place, _lines(path)):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        text, label, language = row.get("text", "").strip(), row.get("label", "").strip(), row.get("language", "")
        language, part = language.strip().lower(), row.get("split", "").strip().lower()
        wrong = _amiss(text, label, part, language)
        if wrong is not None:
            problems.append(Problem(place, wrong[0], line, 1, wrong[1]))
            continue
        parts[part or _part(text)].setdefault(text, label)
        lines.setdefault(label, line)
        if language:
            languages.setdefault(text, language)
    if problems:
        raise InputError(tuple(problems))
    in_both = [text for text in parts["train"] if text in parts["test"]]
    for text in in_both:
        del parts["train"][text]
    for part, texts in parts.items():
        if not texts:
            raise InputError((Problem(place, f"no messages in the {part} part"),))
    return Corpus(place, tuple(parts["train"].items()), tuple(parts["test"].items()), lines, len(in_both), languages)


def _amiss(text: str, label: str, part: str, language: str) -> tuple[str, str | None] | None:
    """What is wrong with a row, and what may have been meant."""
    if not text:
        return "empty text", None
    if "\0" in text:
        return "a text with a NUL character", None
    if any("\ud800" <= each <= "\udfff" for each in text + label):
        return "a text with half a character (a lone surrogate)", None
    if len(text) > LONGEST_TEXT:
        return f"a text of {len(text):,} characters; at most {LONGEST_TEXT:,}", None
    if not label:
        return "no label", None
    if part not in ("", *_PARTS):
        return f"split `{part}` is neither `train` nor `test`", did_you_mean(part, _PARTS)
    known = shipped_languages()
    if language and language not in known:
        there_are = ", ".join(f"`{each}`" for each in known)
        return f"no phrasebook in `{language}`; there are {there_are}", did_you_mean(language, known)
    return None


def _csv_rows(place: str, lines: io.StringIO) -> Iterator[tuple[int, dict[str, str] | Problem]]:
    """The rows of a CSV, by its header, and the lines on which they begin; or what is wrong with one."""
    rows = csv.reader(lines, strict=True)
    line = 1
    try:
        columns = _columns(place, next((row for row in rows if row), None))
        line = rows.line_num + 1
        for row in rows:
            if any(row[len(columns) :]):
                yield line, Problem(place, "more fields than columns; put a text with commas in quotes", line, 1)
            elif row:
                yield line, dict(zip(columns, row, strict=False))
            line = rows.line_num + 1
    except csv.Error as error:
        yield line, Problem(place, f"not readable as CSV: {error}", line, 1)


def _json_rows(place: str, lines: io.StringIO) -> Iterator[tuple[int, dict[str, str] | Problem]]:
    """The objects of a JSON Lines file, and their lines; or what is wrong with one."""
    nothing = True
    for line, content in enumerate(lines, 1):
        if not content.strip():
            continue
        nothing = False
        try:
            row = json.loads(content)
        except json.JSONDecodeError as error:
            yield line, Problem(place, f"not readable as JSON: {_uncapitalised(error.msg)}", line, error.colno)
            continue
        except (ValueError, RecursionError):
            yield line, Problem(place, "not readable as JSON: too large a number, or too deeply nested", line, 1)
            continue
        if not isinstance(row, dict):
            yield line, Problem(place, "not an object with the keys `text` and `label`", line, 1)
            continue
        named = {str(name).strip().lower(): each for name, each in row.items()}
        yield line, _texts_of(place, line, named)
    if nothing:
        raise InputError(Problem(place, _EMPTY))


def _texts_of(place: str, line: int, row: dict[str, object]) -> dict[str, str] | Problem:
    """The values of an object that we look at, all of them text; those that are `null` are left out."""
    found: dict[str, str] = {}
    for name in ("text", "label"):
        if name not in row:
            keys = ", ".join(f"`{each}`" for each in row) or "none"
            return Problem(place, f"no key `{name}` among {keys}", line, 1, did_you_mean(name, row))
    for name in ("text", "label", "split", "language"):
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            return Problem(place, f"`{name}` is not a text", line, 1)
        if value is not None:
            found[name] = value
    return found


def _uncapitalised(message: str) -> str:
    return message[:1].lower() + message[1:]


def _columns(place: str, header: list[str] | None) -> list[str]:
    if header is None:
        raise InputError(Problem(place, _EMPTY))
    columns = [name.strip().lower() for name in header]
    missing = [name for name in ("text", "label") if name not in columns]
    if missing:
        found = ", ".join(f"`{name}`" for name in columns)
        where = "; columns are parted by commas" if len(columns) == 1 and ";" in columns[0] else ""
        raise InputError(
            Problem(place, f"no column `{name}` among {found}{where}", 1, 1, did_you_mean(name, columns))
            for name in missing
        )
    return columns


def _part(text: str) -> str:
    return "test" if zlib.crc32(text.encode()) % 100 < TEST_SHARE_PERCENT else "train"


def _lines(path: Path) -> io.StringIO:
    try:
        raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except FileNotFoundError:
        raise InputError(Problem(str(path), "no such file")) from None
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {(error.strerror or 'unknown error').lower()}")) from None
    refuse_utf_16(raw, str(path))
    try:
        return io.StringIO(raw.decode("utf-8"), newline="")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8 (it may be Latin-1); save the file as UTF-8"
        raise InputError(Problem(str(path), message, line, column)) from None
