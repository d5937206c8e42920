"""Files that people write, in YAML: their values, where each stands, and what is wrong with them, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .complaints import complaints
from .errors import InputError, Problem, did_you_mean
from .nodes import Node, Position, line_and_column, read_nodes

Loc = tuple[str | int, ...]
"""The way from the root of a document down to a value: keys of mappings and numbers of list entries."""

Name = Annotated[str, Field(min_length=1)]
"""What users call something of theirs."""

LARGEST_FILE: Final = 20_000_000
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

M = TypeVar("M", bound=BaseModel)


class FileModel(BaseModel):
    """The base of every model that comes from a file: frozen, strict, and refusing unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    former_keys: ClassVar[Mapping[str, str]] = {}
    """What is written now in place of a key that there no longer is; `{0}` stands for the old value."""


@dataclass(frozen=True, slots=True)
class Named:
    """The text of a file, and what problems call it."""

    place: str
    text: str


Beside = Callable[[str], Named]
"""Finds the files that a document names; raises `InputError`."""


@dataclass(frozen=True, slots=True)
class Document:
    r"""A file's values and their places. `data` is made of dicts with text keys, lists, text, numbers, booleans and
    `None`; it is not to be changed. `beside` finds the files that it names, if they are not on disk beside it.

    >>> document = parse_document("teams:\n  billing: {agents: many}\n", "peak.yaml")
    >>> document.position(("teams", "billing", "agents"))
    (2, 21)
    >>> print(document.problem(("teams", "billing", "agents"), "expected a whole number, found `many`"))
    peak.yaml:2:21: expected a whole number, found `many`
    """

    place: str
    data: object
    root: Node = field(repr=False)
    beside: Beside | None = field(default=None, repr=False, compare=False)

    def read_beside(self, name: str) -> Named:
        """A file that is named in this one, by a path from where this one is. Raises `InputError`."""
        if self.beside is not None:
            return self.beside(name)
        path = Path(self.place).parent / name
        return Named(str(path), read_text(path))

    def position(self, loc: Loc = ()) -> Position:
        """Line and column, from 1, of the value at `loc`; where nothing is there, of the nearest value above."""
        node = self._nearest(loc)
        return node.line, node.column

    def key_position(self, loc: Loc) -> Position:
        """Line and column of the key that `loc` ends with; of the value at `loc` where that is no key."""
        parent, last = self.root, None
        for step in loc:
            if last is not None:
                parent = parent.entries[last]
            if step not in parent.entries:
                return self.position(loc)
            last = step
        return parent.keys.get(str(last)) or self.position(loc)

    def problem(self, loc: Loc, message: str, suggestion: str | None = None, *, at_key: bool = False) -> Problem:
        """A problem with the value at `loc`, or, `at_key`, with the key that `loc` ends with."""
        line, column = self.key_position(loc) if at_key else self.position(loc)
        return Problem(self.place, message, line, column, suggestion)

    def _nearest(self, loc: Loc) -> Node:
        node = self.root
        for step in loc:
            if step not in node.entries:
                break
            node = node.entries[step]
        return node


def read_document(path: Path | Traversable, place: str | None = None) -> Document:
    """The document in a UTF-8 file; `place` is what problems call it (the path, if `None`). Raises `InputError`."""
    place = str(path) if place is None else place
    beside = None if place == str(path) or not isinstance(path, Path) else _beside(path, place)
    return parse_document(read_text(path, place), place, beside)


def read_text(path: Path | Traversable, place: str | None = None) -> str:
    """The text of a UTF-8 file of at most 20 MB, without its byte order mark. Raises `InputError`."""
    place = str(path) if place is None else place
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise InputError(Problem(place, "no such file", suggestion=_neighbour(path))) from None
    except IsADirectoryError:
        raise InputError(Problem(place, "this is a folder, not a file")) from None
    except (OSError, ValueError) as error:
        # `ValueError`: a NUL character in the path.
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(Problem(place, f"cannot be read: {reason}")) from None
    if len(content) > LARGEST_FILE:
        raise InputError(Problem(place, f"the file is larger than {LARGEST_FILE // 1_000_000} MB"))
    refuse_utf_16(content, place)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # `error.start` counts from after a byte order mark, which `error.object` no longer holds.
        before = error.object[: error.start].decode("utf-8")
        line, column = line_and_column(before, len(before))
        byte = error.object[error.start]
        raise InputError(
            Problem(
                place, f"the byte 0x{byte:02X} (`{chr(byte)}` in Latin-1) is not UTF-8; save it as UTF-8", line, column
            )
        ) from None


def refuse_utf_16(content: bytes, place: str) -> None:
    """Raises `InputError` for the bytes of a file in UTF-16, as spreadsheets write it, with or without its mark."""
    # Without a mark, every other byte of plain text is nought.
    if content.startswith(_UTF_16) or (content[:4:2] == b"\0\0") != (content[1:4:2] == b"\0\0"):
        raise InputError(Problem(place, "the file is in UTF-16; save it as UTF-8", 1, 1))


def _beside(path: Path, place: str) -> Beside:
    """Files beside one that problems do not call by its path."""

    def read(name: str) -> Named:
        called = str(Path(place).parent / name)
        return Named(called, read_text(path.parent / name, called))

    return read


def parse_document(text: str, place: str = "<text>", beside: Beside | None = None) -> Document:
    """The document in a YAML text. Raises `InputError`.

    Only `true` and `false` are booleans and only ordinary decimals are numbers: `no`, `on`, `08`, `1:30` and
    `2026-03-02` are text.

    >>> parse_document("on: [no, 08, 1:30, 0.5, true]").data
    {'on': ['no', '08', '1:30', 0.5, True]}
    """
    root = read_nodes(text, place)
    return Document(place, root.value, root, beside)


def validated(document: Document, model: type[M]) -> M:
    """The document as a `model` (pydantic's strict JSON mode). Raises `InputError` with every problem, in the order of
    the file.
    """
    try:
        return model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        found = complaints(error.errors(include_url=False), document.root, model)
    problems = {document.problem(each.loc, each.message, each.suggestion, at_key=each.at_key): None for each in found}
    raise InputError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))


def _neighbour(path: Path | Traversable) -> str | None:
    """A file beside the missing one with a similar name."""
    if not isinstance(path, Path):
        return None
    try:
        near = did_you_mean(path.name, (each.name for each in path.parent.iterdir()))
    except (OSError, ValueError):
        return None
    return None if near is None else str(path.with_name(near))
