"""A YAML text as a tree of nodes that know their line and column, within limits that a hostile file cannot break.

Built from the parser's events with a stack of our own: composing recursively, as YAML libraries do, ends in a crash on
deep nesting.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Final

import yaml

from .errors import InputError, Problem, did_you_mean
from .syntax import shortened, syntax_problem

DEEPEST: Final = 100
MOST_ALIASED_NODES: Final = 100_000
MOST_ALIASED_CHARACTERS: Final = 20_000_000
# Beyond it a whole number is a name rather than a quantity.
LARGEST_NUMBER: Final = 2**63

Scalar = str | int | float | bool | None
Position = tuple[int, int]

# YAML 1.2's core schema without what people do not mean: `010`, `08`, `1:30`, `0x1F`, `1_000`, `.inf`, `no` and dates
# stay text.
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Scalar]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place in the file, counted from 1. `value` is JSON-like; an alias shares it with its anchor.

    `written` is the text of a plain (unquoted) scalar, `None` for everything else. `entries` are the nodes of a list
    (by number) or a mapping (by key); `keys` the places of a mapping's keys. `size`, `characters` and `height` count
    all that hangs below, aliases written out.
    """

    value: object
    line: int
    column: int
    written: str | None = None
    entries: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    size: int = 1
    characters: int = 0
    height: int = 1


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been met, with the key that waits for its value."""

    value: list[object] | dict[str, object]
    line: int
    column: int
    anchor: str | None
    is_key: bool
    entries: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    # `None` with `has_key` set: the key was refused, and its value is dropped.
    key: str | None = None
    has_key: bool = False


def read_nodes(text: str, place: str) -> Node:
    """The root of a YAML text; an empty text is a node of `None`. Raises `InputError` with all that can be told at
    once.
    """
    text = text.removeprefix("\ufeff")
    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        raise InputError(_unprintable_problem(text, odd.start(), place))
    tree = _Tree(place)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        tree.problems.append(syntax_problem(text, error, place))
    except _Stop:
        pass
    if tree.problems:
        raise InputError(sorted(tree.problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return tree.root or Node(None, 1, 1)


def line_and_column(text: str, index: int) -> Position:
    """The place, counted from 1, of the character at `index`, with the line breaks of YAML 1.1 (which the parser goes
    by).
    """
    breaks = list(re.finditer("\r\n|[\n\r\x85\u2028\u2029]", text[:index]))
    return len(breaks) + 1, index - (breaks[-1].end() if breaks else 0) + 1


class _Stop(Exception):
    """Nothing sensible can be read beyond this point; the reason is among the problems."""


class _Tree:
    """The tree so far: takes one event after another."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0
        self._aliased_nodes = 0
        self._aliased_characters = 0

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        assert mark is not None
        line, column = mark.line + 1, mark.column + 1
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(line, column, "a second document starts here; a file holds one")
            case yaml.ScalarEvent():
                self._refuse_tag(event.tag, line, column)
                self._add(self._scalar(event, line, column), event.anchor)
            case yaml.SequenceStartEvent():
                self._start([], event, line, column)
            case yaml.MappingStartEvent():
                self._start({}, event, line, column)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._add(self._aliased(str(event.anchor), line, column), None)

    def _start(
        self, value: list[object] | dict[str, object], event: yaml.CollectionStartEvent, line: int, column: int
    ) -> None:
        self._refuse_tag(event.tag, line, column)
        if len(self._open) >= DEEPEST:
            self._stop(line, column, f"values are nested more than {DEEPEST} deep")
        is_key = self._wants_key()
        if is_key:
            kind = "a list" if isinstance(value, list) else "a mapping"
            self._problem(line, column, f"{kind} cannot be a key; put a text that starts with `[` or `{{` in quotes")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(value, line, column, event.anchor, is_key))

    def _end(self) -> None:
        done = self._open.pop()
        children = done.entries.values()
        node = Node(
            done.value,
            done.line,
            done.column,
            entries=done.entries,
            keys=done.keys,
            size=1 + sum(child.size for child in children),
            characters=sum(child.characters for child in children) + sum(map(len, done.keys)),
            height=1 + max((child.height for child in children), default=0),
        )
        if done.is_key:
            self._open[-1].has_key = True
        else:
            self._add(node, done.anchor)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        into = self._open[-1]
        if isinstance(into.value, list):
            into.entries[len(into.value)] = node
            into.value.append(node.value)
        elif not into.has_key:
            into.key, into.has_key = self._key(node, into), True
        else:
            if into.key is not None:
                into.entries[into.key] = node
                into.value[into.key] = node.value
            into.key, into.has_key = None, False

    def _key(self, node: Node, mapping: _Open) -> str | None:
        """The key that a scalar is, or `None` where it is refused."""
        key = node.value
        if isinstance(key, str):
            first = mapping.keys.get(key)
            if key == "<<" and node.written is not None:
                self._problem(node.line, node.column, "merge keys (`<<`) are not supported; write the keys out")
            elif first is not None:
                self._problem(
                    node.line, node.column, f"key `{shortened(key)}` is given twice, first on line {first[0]}"
                )
            else:
                mapping.keys[key] = node.line, node.column
                return key
        elif key is None:
            self._problem(node.line, node.column, "a key is missing before the `:`")
        elif not isinstance(key, (list, dict)):
            self._problem(
                node.line, node.column, f"key `{node.written}` must be text; put it in quotes", f'"{node.written}"'
            )
        return None

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._open[-1].has_key

    def _scalar(self, event: yaml.ScalarEvent, line: int, column: int) -> Node:
        written = str(event.value)
        # The parser marks plain scalars by no style at all, in some versions by an empty one.
        if event.style:
            return Node(written, line, column, characters=len(written))
        value: Scalar = written
        if written in _WORDS:
            value = _WORDS[written]
        elif _FLOAT.fullmatch(written):
            number = _number(written)
            if number is None:
                message = f"the number `{shortened(written)}` is too large; put it in quotes if it is a name"
                self._problem(line, column, message)
            value = number
        return Node(value, line, column, written, characters=len(written))

    def _aliased(self, name: str, line: int, column: int) -> Node:
        if name not in self._anchors:
            self._problem(
                line,
                column,
                f"alias `*{name}` has no anchor; put a text that starts with `*` in quotes",
                _starred(name, self._anchors),
            )
            return Node(None, line, column)
        node = self._anchors[name]
        if node is None:
            self._stop(line, column, f"alias `*{name}` stands inside the value it names")
            raise AssertionError
        if self._wants_key():
            self._problem(line, column, f"alias `*{name}` cannot be a key; write the key out")
            return Node([], line, column)
        self._aliased_nodes += node.size
        self._aliased_characters += node.characters
        if self._aliased_nodes > MOST_ALIASED_NODES or self._aliased_characters > MOST_ALIASED_CHARACTERS:
            self._stop(
                line,
                column,
                f"aliases would expand to more than {MOST_ALIASED_NODES:,} values or 20 MB; write out what is needed",
            )
        if len(self._open) + node.height > DEEPEST:
            self._stop(line, column, f"values are nested more than {DEEPEST} deep")
        return replace(node, line=line, column=column)

    def _refuse_tag(self, tag: str | None, line: int, column: int) -> None:
        if tag is not None:
            tag = re.sub("^tag:yaml.org,2002:", "!!", tag)
            self._problem(
                line, column, f"tag `{shortened(tag)}` is not supported; put a text that starts with `!` in quotes"
            )

    def _problem(self, line: int, column: int, message: str, suggestion: str | None = None) -> None:
        self.problems.append(Problem(self.place, message, line, column, suggestion))

    def _stop(self, line: int, column: int, message: str) -> None:
        self._problem(line, column, message)
        raise _Stop


def is_text(plain: str) -> bool:
    """Whether a scalar without quotes is read as text, and not as a number, `true`, `false` or `null`.

    >>> [is_text(each) for each in ("no", "1:30", "0E0", "true")]
    [True, True, False, False]
    """
    return plain not in _WORDS and _FLOAT.fullmatch(plain) is None


def _number(written: str) -> int | float | None:
    """The number that a decimal is; `None` for one that is too large."""
    if _INTEGER.fullmatch(written):
        # Python refuses to read thousands of digits.
        number = int(written) if len(written) < 30 else LARGEST_NUMBER
        return number if abs(number) < LARGEST_NUMBER else None
    return float(written) if math.isfinite(float(written)) else None


def _starred(name: str, known: dict[str, Node | None]) -> str | None:
    near = did_you_mean(name, known)
    return None if near is None else f"*{near}"


def _unprintable_problem(text: str, index: int, place: str) -> Problem:
    line, column = line_and_column(text, index)
    code = ord(text[index])
    advice = "is this a text file?" if code == 0 else "in double quotes it can be escaped"
    return Problem(place, f"the character U+{code:04X} cannot stand in a file; {advice}", line, column)
