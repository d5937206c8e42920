"""Real labelled messages from a CSV file."""

from __future__ import annotations

import codecs
import csv
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..documents import refuse_utf_16
from ..errors import InputError, Problem, did_you_mean

TEST_SHARE_PERCENT = 25
LONGEST_TEXT = 20_000


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
    """The messages of a CSV with the columns text, label and perhaps split (train or test; else by a hash of the text).

    A text that stands in both parts is taken out of the train part, and counted in `in_both`.
    Raises `InputError` with the line of every problem.
    """
    place = str(path)
    parts: dict[str, dict[str, str]] = {"train": {}, "test": {}}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    rows = csv.reader(_lines(path), strict=True)
    line = 1
    try:
        columns = _columns(place, next((row for row in rows if row), None))
        line = rows.line_num + 1
        for row in rows:
            found = dict(zip(columns, row, strict=False))
            text, label = found.get("text", "").strip(), found.get("label", "").strip()
            part = found.get("split", "").strip().lower() or _part(text)
            if not row:
                pass
            elif any(row[len(columns) :]):
                problems.append(Problem(place, "more fields than columns; put a text with commas in quotes", line, 1))
            elif not text:
                problems.append(Problem(place, "empty text", line, 1))
            elif "\0" in text:
                problems.append(Problem(place, "a text with a NUL character", line, 1))
            elif len(text) > LONGEST_TEXT:
                problems.append(
                    Problem(place, f"a text of {len(text):,} characters; at most {LONGEST_TEXT:,}", line, 1)
                )
            elif not label:
                problems.append(Problem(place, "no label", line, 1))
            elif part not in parts:
                found_part = f"split `{part}` is neither `train` nor `test`"
                problems.append(Problem(place, found_part, line, 1, did_you_mean(part, parts)))
            else:
                parts[part].setdefault(text, label)
                lines.setdefault(label, line)
            line = rows.line_num + 1
    except csv.Error as error:
        problems.append(Problem(place, f"not readable as CSV: {error}", line, 1))
    if problems:
        raise InputError(tuple(problems))
    in_both = [text for text in parts["train"] if text in parts["test"]]
    for text in in_both:
        del parts["train"][text]
    for part, texts in parts.items():
        if not texts:
            raise InputError((Problem(place, f"no messages in the {part} part"),))
    return Corpus(place, tuple(parts["train"].items()), tuple(parts["test"].items()), lines, len(in_both))


def _columns(place: str, header: list[str] | None) -> list[str]:
    if header is None:
        raise InputError(Problem(place, "no messages: the file is empty"))
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
