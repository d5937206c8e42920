"""Conditions as they stand in a file: their short and long forms, with every problem at its place."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, cast

from ..calendar import WeekHours
from ..errors import BadValue, InputError, Problem, did_you_mean
from ..quantities import parse_duration, parse_share
from .conditions import ALWAYS, All, Any_, Atom, Condition, Group, None_, Not
from .matching import expression, phrase_of
from .vocabulary import (
    DID,
    INVARIANT_FIELDS,
    ON_MISSING,
    OPERATORS,
    Field,
    OnMissing,
    field_named,
    field_names,
    truth_of,
)
from .word_list import words_of

if TYPE_CHECKING:
    from ..documents import Document, Loc
    from .conditions import Value
    from .vocabulary import Operator, Where

_JOINED: Final[Mapping[str, type[All | Any_ | None_]]] = {"all": All, "any": Any_, "none": None_}
_OTHER_KEYS: Final = (*_JOINED, "not", "group")
_A: Final[Mapping[str, str]] = {
    "word": "a word",
    "words": "a set of words",
    "text": "text",
    "number": "a number",
    "duration": "a duration",
    "yes_no": "yes or no",
    "moment": "a time",
}


class ConditionReader:
    """Reads the conditions of one document, gathering `problems` as it goes; what cannot be read counts as always true.

    `groups` are the names that the document defines. `files` are the texts of lists of words that it names.
    """

    def __init__(self, document: Document, groups: Sequence[str]) -> None:
        self.problems: list[Problem] = []
        self.files: dict[str, str] = {}
        self._document = document
        self._lists: dict[str, tuple[str, ...]] = {}
        self._groups = dict.fromkeys(groups)

    def condition(self, data: object, loc: Loc, owner: str, *, where: Where | None = None) -> Condition:
        """The condition at `loc`; `owner` is whose it is, such as "rule `developers`", for the messages."""
        return _Owned(self, owner, where=where).condition(data, loc)

    def report(self, loc: Loc, message: str, suggestion: str | None = None, *, at_key: bool = False) -> None:
        """Notes a problem with what stands at `loc`."""
        self.problems.append(self._document.problem(loc, message, suggestion, at_key=at_key))

    def words(self, name: str, loc: Loc) -> tuple[str, ...]:
        """The words of a list in a file of its own; none if there is something wrong with it."""
        if name not in self._lists:
            self._lists[name] = ()
            try:
                file = self._document.read_beside(name)
                self.files[name] = file.text
                self._lists[name] = tuple(each.text for each in words_of(file, phrase_of))
            except InputError as error:
                here = [each for each in error.problems if each.line is not None]
                self.problems += here
                for each in error.problems if not here else ():
                    self.report(loc, f"{each}")
        return self._lists[name]

    def place(self, loc: Loc) -> tuple[int, int]:
        """Line and column of the key that `loc` ends with."""
        return self._document.key_position(loc)

    @property
    def groups(self) -> Collection[str]:
        """The names that a `group` may have."""
        return self._groups


_PLACES: Final[dict[Where, str]] = {
    "sequence": "rules of a ruleset with `hit_policy: sequence`",
    "flow": "branches of a bot's flow",
    "invariant": "invariants",
}


class _Owned:
    """Reads the conditions of one rule, guard or group."""

    def __init__(self, reader: ConditionReader, owner: str, *, where: Where | None) -> None:
        self._reader = reader
        self._owner = owner
        self._where = where

    def condition(self, data: object, loc: Loc) -> Condition:
        if isinstance(data, list):
            if not data:
                return self._refused(loc, f"the list of conditions of {self._owner} is empty")
            return _together([self.condition(each, (*loc, index)) for index, each in enumerate(data)])
        if not isinstance(data, Mapping):
            return self._refused(
                loc, f"{self._owner} needs a condition such as `customer.plan: trial`, found {_shown(data)}"
            )
        if not data:
            return self._refused(loc, f"the condition of {self._owner} is empty")
        return _together([self._entry(key, value, (*loc, key)) for key, value in data.items()])

    def _entry(self, key: str, value: object, loc: Loc) -> Condition:
        if key in _JOINED:
            if not isinstance(value, list):
                return self._refused(loc, f"`{key}` takes a list of conditions, found {_shown(value)}")
            if not value:
                return self._refused(loc, f"`{key}` of {self._owner} is empty")
            return _JOINED[key](tuple(self.condition(each, (*loc, index)) for index, each in enumerate(value)))
        if key == "not":
            if isinstance(value, list):
                return self._refused(loc, "`not` takes one condition; for a list say `none`, or `all` within the `not`")
            return Not(self.condition(value, loc))
        if key == "group":
            return self._group(value, loc)
        return self._field(key, value, loc)

    def _group(self, value: object, loc: Loc) -> Condition:
        if not isinstance(value, str):
            return self._refused(loc, f"`group` takes the name of one group, found {_shown(value)}")
        if value not in self._reader.groups:
            near = did_you_mean(value, self._reader.groups)
            return self._refused(loc, f"{self._owner} names unknown group `{value}`", near)
        return Group(value, *self._reader.place(loc))

    def _field(self, name: str, value: object, loc: Loc) -> Condition:
        instead = truth_of(name)
        if instead is not None:
            message = f"{self._owner} tests `{name}`, but a rule never sees the truth: {instead}"
            return self._refused(loc, message, at_key=True)
        field = field_named(name)
        if field is None:
            if "TEAM" in name and name in field_names():
                message = f"{self._owner} tests `{name}`; put the name of a team in place of TEAM"
                return self._refused(loc, message, at_key=True)
            more = INVARIANT_FIELDS if self._where == "invariant" else ()
            near = did_you_mean(name, (*field_names(name), *more, *_OTHER_KEYS))
            return self._refused(loc, f"{self._owner} tests unknown field `{name}`", near, at_key=True)
        if field.only_in not in (None, self._where) and self._where != "invariant":
            message = f"{self._owner} tests `{name}`, which only {_PLACES[field.only_in]} can see"
            return self._refused(loc, message, at_key=True)
        if self._where == "flow" and (field.live or field.kind == "moment"):
            message = f"{self._owner} tests `{name}`; a bot looks at queues and the clock in guards, not in its flow"
            return self._refused(loc, message, at_key=True)
        if isinstance(value, Mapping):
            return self._operators(field, value, loc)
        if value is None:
            return self._refused(loc, f"`{name}` of {self._owner} is compared with nothing", "{unset: true}")
        operator = "contains_any" if name == DID else "in" if isinstance(value, list) else "is"
        if operator not in field.operators:
            return self._refused(loc, f"`{name}` is {_A[field.kind]}: say how to compare it", _instead(field, value))
        return self._atom(field, operator, value, loc, loc, "no_match")

    def _operators(self, field: Field, entries: Mapping[str, object], loc: Loc) -> Condition:
        on_missing = self._on_missing(entries, loc)
        operators = [key for key in entries if key != "on_missing"]
        if not operators:
            return self._refused(loc, f"`{field.name}` needs an operator, one of {', '.join(field.operators)}")
        parts = []
        for name in operators:
            here = (*loc, name)
            if name not in field.operators:
                what = "does not fit" if name in OPERATORS else "is not an operator of"
                near = did_you_mean(name, (*field.operators, "on_missing"))
                message = f"`{name}` {what} `{field.name}`, {_A[field.kind]}; it takes {', '.join(field.operators)}"
                parts.append(self._refused(here, message, near, at_key=True))
            else:
                parts.append(self._atom(field, name, entries[name], loc, here, on_missing))
        return _together(parts)

    def _on_missing(self, entries: Mapping[str, object], loc: Loc) -> OnMissing:
        given = entries.get("on_missing", "no_match")
        here = (*loc, "on_missing")
        if "on_missing" in entries and entries.keys() <= {"set", "unset", "on_missing"} and len(entries) > 1:
            self._reader.report(here, "`on_missing` says nothing beside `set` or `unset`", at_key=True)
        for known in ON_MISSING:
            if given == known:
                return known
        near = did_you_mean(given, ON_MISSING) if isinstance(given, str) else None
        self._reader.report(here, f"`on_missing` is no_match, match or error, found {_shown(given)}", near)
        return "no_match"

    def _atom(self, field: Field, name: str, raw: object, loc: Loc, here: Loc, on_missing: OnMissing) -> Condition:
        operator = OPERATORS[name]
        if isinstance(raw, Mapping) and "file" in raw and operator.operand in ("phrases", "affixes", "values"):
            raw = self._words(field, name, raw, here)
            if raw is None:
                return ALWAYS
        errors: list[BadValue] = []
        value = _operand(field, operator, raw, errors)
        for error in errors:
            message = f"`{field.name}` of {self._owner}: {error.message}"
            self._reader.report((*here, *error.loc), message, error.suggestion)
        if value is None:
            return ALWAYS
        if operator.operand == "flag":
            name = name if value is True else {"set": "unset", "unset": "set"}[name]
            return Atom(field.name, name, True, "no_match", *self._reader.place(loc))
        return Atom(field.name, name, value, on_missing, *self._reader.place(loc))

    def _words(self, field: Field, operator: str, raw: Mapping[str, object], here: Loc) -> list[str] | None:
        """The words of the file that stands in place of a list."""
        name = raw["file"]
        if field.kind != "text":
            self._refused(here, f"`{field.name}` is {_A[field.kind]}: only lists of words live in a file of their own")
        elif raw.keys() != {"file"}:
            other = next(key for key in raw if key != "file")
            message = f"`{operator}` takes a list, or the `file` that has it; found `{other}`"
            self._refused((*here, other), message, at_key=True)
        elif not isinstance(name, str) or not name:
            self._refused((*here, "file"), f"expected the name of a file, found {_shown(name)}")
        else:
            return list(self._reader.words(name, (*here, "file"))) or None
        return None

    def _refused(self, loc: Loc, message: str, suggestion: str | None = None, *, at_key: bool = False) -> Condition:
        self._reader.report(loc, message, suggestion, at_key=at_key)
        return ALWAYS


def with_exception(when: Condition | None, unless: Condition | None) -> Condition:
    """What `when` and `unless` say together; `None`: it is not there."""
    if unless is None:
        return ALWAYS if when is None else when
    parts = () if when is None else when.parts if isinstance(when, All) else (when,)
    return All((*parts, Not(unless))) if parts else Not(unless)


def fact_value(field: Field, raw: object) -> str | float | bool | frozenset[str]:
    """What is known of a field, as it is written; of one that holds several words, a list of them or one. Raises
    `BadValue`.
    """
    if field.kind == "words":
        return frozenset(_text(each) for each in (raw if isinstance(raw, list) else [raw]))
    return _text(raw) if field.kind == "text" else _value(field, raw)


def _together(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _operand(field: Field, operator: Operator, raw: object, errors: list[BadValue]) -> Value | None:
    """The value that an operator compares with; `None` with every reason in `errors` where there is none."""
    try:
        if operator.operand in ("values", "phrases", "affixes"):
            return _several(field, operator, raw, errors)
        return _single(field, operator, raw)
    except BadValue as error:
        errors.append(error)
        return None


def _single(field: Field, operator: Operator, raw: object) -> Value:
    match operator.operand:
        case "bound":
            return _number(field, raw)
        case "flag":
            if not isinstance(raw, bool):
                raise BadValue(f"`{operator.name}` takes true or false, found {_shown(raw)}")
            return raw
        case "range":
            return _range(field, raw)
        case "hours":
            if not isinstance(raw, str):
                raise BadValue(f"`during` takes hours such as `Mon-Fri 08-18`, found {_shown(raw)}")
            return str(WeekHours.parse(raw))
        case "pattern":
            text = _text(raw)
            expression(text)
            return text
        case _:
            return _value(field, raw)


def _several(field: Field, operator: Operator, raw: object, errors: list[BadValue]) -> Value | None:
    """The entries of a list, or a single value as a list of one."""
    entries = raw if isinstance(raw, list) else [raw]
    if not entries:
        raise BadValue(f"the list of `{operator.name}` is empty")
    values = []
    for index, entry in enumerate(entries):
        try:
            values.append(_value(field, entry))
        except BadValue as error:
            errors.append(BadValue(error.message, error.suggestion, (index,) if isinstance(raw, list) else ()))
    # The field's kind made them all of one type.
    return None if errors else cast("Value", tuple(values))


def _value(field: Field, raw: object) -> str | float | bool:
    match field.kind:
        case "yes_no":
            if not isinstance(raw, bool):
                raise BadValue(f"expected true or false, found {_shown(raw)}")
            return raw
        case "number" | "duration":
            return _number(field, raw)
        case "text":
            return _phrase(raw)
        case _:
            return _text(raw)


def _number(field: Field, raw: object) -> float:
    if field.kind == "duration":
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise BadValue(f"expected a duration such as `90s`, `15m` or `2d`, found {_shown(raw)}")
        return parse_duration(_written(raw))
    if field.highest == 1.0:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise BadValue(f"expected a share from 0 to 1, found {_shown(raw)}")
        return parse_share(_written(raw))
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise BadValue(f"expected a number, found {_shown(raw)}")
    return float(raw)


def _range(field: Field, raw: object) -> tuple[float, float]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise BadValue(f"`between` takes two values, the lower first, as in `[5, 10]`, found {_shown(raw)}")
    low, high = (_number(field, each) for each in raw)
    if low > high:
        raise BadValue("`between` takes the lower value first", f"[{_written(raw[1])}, {_written(raw[0])}]")
    return low, high


def _text(raw: object) -> str:
    if isinstance(raw, bool | int | float):
        raise BadValue(
            f"expected text, found {_shown(raw)}; text that looks otherwise is put in quotes", f'"{_written(raw)}"'
        )
    if not isinstance(raw, str):
        raise BadValue(f"expected text, found {_shown(raw)}")
    return raw


def _phrase(raw: object) -> str:
    text = _text(raw)
    phrase_of(text)
    return text


def _instead(field: Field, raw: object) -> str | None:
    """What a short form stood for, in the long form that fits the field."""
    values = raw if isinstance(raw, list) else [raw]
    if field.kind == "words":
        return f"{{contains_any: [{', '.join(map(_written, values))}]}}"
    operator = {"moment": "during", "duration": "gte"}.get(field.kind)
    return f"{{{operator}: {_written(raw)}}}" if operator is not None and not isinstance(raw, list) else None


def _written(raw: object) -> str:
    if isinstance(raw, bool):
        return str(raw).lower()
    return "" if raw is None else f"{raw}"


def _shown(raw: object) -> str:
    match raw:
        case None:
            return "nothing"
        case list():
            return "a list"
        case Mapping():
            return "keys and values"
        case _:
            return f"`{_written(raw)}`"
