"""Pydantic's errors, said about the file: where in the document each belongs, in our words, without the noise of
unions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from .errors import BadValue, did_you_mean
from .nodes import Node
from .shapes import Shapes
from .syntax import shortened

# Beyond it a list of what was possible hides the sentence before it.
MOST_LISTED: Final = 12

KEYS_AND_VALUES: Final = "keys and values"

Loc = tuple[str | int, ...]

# What pydantic calls them in models, and in dataclasses.
_MISSING: Final = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_UNKNOWN: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with the value at `loc` of a document, or, `at_key`, with the last key of `loc`."""

    loc: Loc
    message: str
    suggestion: str | None = None
    at_key: bool = False
    # The value is of another kind altogether, such as text for a list: a union's other branches are nearer to what was
    # meant.
    wrong_kind: bool = False
    # Pydantic counts only the entries that are right: beside a wrong one, the count says nothing.
    counts_entries: bool = False


@dataclass(frozen=True, slots=True)
class _Error:
    """One of pydantic's errors, on its way down the document. `steps` are what is left of its `loc`."""

    details: ErrorDetails
    steps: Loc
    shapes: Shapes


def complaints(errors: Iterable[ErrorDetails], root: Node, model: type[BaseModel]) -> list[Complaint]:
    """The errors of validating a document as `model`, each at its place; of a union's errors only those that help."""
    start = Shapes.of(model)
    return _below([_Error(details, tuple(details["loc"]), start) for details in errors], root, ())


def _below(errors: Sequence[_Error], node: Node, loc: Loc) -> list[Complaint]:
    here: list[Complaint] = []
    deeper: dict[str | int, list[_Error]] = {}
    branches: dict[str | int, list[_Error]] = {}
    for error in errors:
        details, steps = error.details, error.steps
        if not steps or steps[0] == "[key]" or (len(steps) == 1 and details["type"] in (_MISSING | _UNKNOWN)):
            here.append(_complaint(error, node, loc))
        elif steps[0] in node.entries:
            deeper.setdefault(steps[0], []).append(_Error(details, steps[1:], error.shapes.below(steps[0])))
        else:
            # Not in the document: the name of a union's branch, or of a validator.
            branches.setdefault(steps[0], []).append(_Error(details, steps[1:], error.shapes.branch(str(steps[0]))))
    found = _without_misspelt(here if not deeper else [each for each in here if not each.counts_entries])
    for step, group in deeper.items():
        found += _below(group, node.entries[step], (*loc, step))
    if branches:
        found += _nearest_branch([_below(group, node, loc) for group in branches.values()], node, loc, errors[0].shapes)
    return found


def _without_misspelt(here: list[Complaint]) -> list[Complaint]:
    """Without the keys called missing that an unknown key is a misspelling of."""
    meant = {complaint.suggestion.partition(":")[0] for complaint in here if complaint.at_key and complaint.suggestion}
    return [
        each for each in here if each.at_key or each.message not in {_missing(key) for key in meant}
    ]


def _nearest_branch(branches: list[list[Complaint]], node: Node, loc: Loc, shapes: Shapes) -> list[Complaint]:
    """The complaints of the branch of a union that the user most likely meant; one that names all the kinds, where none
    is nearer than another.
    """
    if len(branches) == 1:
        return branches[0]
    if not isinstance(node.value, (list, dict)):
        specific = [branch for branch in branches if any(_expected(each) is None for each in branch)]
        return specific[0] if specific else _merged([each for branch in branches for each in branch])
    fitting = [branch for branch in branches if not any(each.wrong_kind and each.loc == loc for each in branch)]
    if not fitting:
        return _merged([each for branch in branches for each in branch])
    if node.keys and all(_own(branch, loc)[0] == len(node.keys) for branch in fitting):
        # No key fits any of the branches: each is compared with the keys of all of them.
        return [_unknown_key(key, shapes, node, loc) for key in node.keys]
    return min(fitting, key=lambda branch: (*_own(branch, loc), len(branch)))


def _own(branch: list[Complaint], loc: Loc) -> tuple[int, int]:
    """How many keys of the value at `loc` a branch does not know, and all that is wrong with the value itself."""
    unknown = sum(each.at_key and each.loc[:-1] == loc for each in branch)
    return unknown, unknown + sum(each.loc == loc for each in branch)


def _merged(alternatives: list[Complaint]) -> list[Complaint]:
    """One complaint that expects any of what the alternatives expect."""
    expected = list(dict.fromkeys(phrase for each in alternatives if (phrase := _expected(each)) is not None))
    first = alternatives[0]
    found = first.message.partition(", found ")[2]
    suggestion = next((each.suggestion for each in alternatives if each.suggestion is not None), None)
    message = f"expected {_or(expected)}" + (f", found {found}" if found else "")
    return [Complaint(first.loc, message, suggestion, first.at_key, wrong_kind=True)]


def _expected(complaint: Complaint) -> str | None:
    """What a message of the form `expected ..., found ...` expects; `None` for every other."""
    head, _, _ = complaint.message.partition(", found ")
    return head.removeprefix("expected ") if head.startswith("expected ") else None


def _complaint(error: _Error, node: Node, loc: Loc) -> Complaint:
    details = error.details
    kind = details["type"]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind in _MISSING:
        step = error.steps[0] if error.steps else details["loc"][-1]
        return Complaint(loc, f"entry {step + 1} is missing" if isinstance(step, int) else _missing(step))
    if kind in _UNKNOWN:
        return _unknown_key(str(error.steps[0]), error.shapes, node, loc)
    if error.steps:
        # `[key]`: what is wrong is the key itself, and the step before it has led here.
        return Complaint(loc, *_said(details, context, Node(loc[-1], node.line, node.column)), at_key=True)
    if kind in ("value_error", "assertion_error") and isinstance(context.get("error"), BadValue):
        return _bad_value(context["error"], node, loc)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag(details, context, node, loc)
    message, suggestion = _said(details, context, node)
    return Complaint(loc, message, suggestion, wrong_kind=kind in _KINDS, counts_entries=kind == "too_short")


def _bad_value(bad: BadValue, node: Node, loc: Loc) -> Complaint:
    """What one of our validators says; what it found is added to a message that only says what it expected."""
    says_all = bad.loc or not bad.message.startswith("expected ") or ", found " in bad.message
    message = bad.message if says_all else f"{bad.message}{_found(node)}"
    return Complaint((*loc, *bad.loc), message, bad.suggestion)


def _unknown_key(key: str, shapes: Shapes, node: Node, loc: Loc) -> Complaint:
    known = shapes.keys()
    value = node.entries[key].value if key in node.entries else None
    near = shapes.successor(key, "..." if isinstance(value, (list, dict)) else str(value)) or did_you_mean(key, known)
    possible = f"; possible here: {_listed(known)}" if near is None and 0 < len(known) <= MOST_LISTED else ""
    return Complaint((*loc, key), f"unknown key `{shortened(key)}`{possible}", near, at_key=True)


def _tag(details: ErrorDetails, context: Mapping[str, Any], node: Node, loc: Loc) -> Complaint:
    # A discriminator that is a function has the name of its key, and `()`.
    key = str(context["discriminator"]).strip("'").removesuffix("()")
    if details["type"] == "union_tag_not_found":
        return Complaint(
            loc, _missing(key) if isinstance(node.value, dict) else f"expected {KEYS_AND_VALUES}{_found(node)}"
        )
    tags = _quoted(str(context["expected_tags"]))
    at = (*loc, key) if key in node.entries else loc
    return Complaint(
        at,
        f"expected {_or([f'`{tag}`' for tag in tags])}, found `{shortened(str(context['tag']))}`",
        did_you_mean(str(context["tag"]), tags),
    )


def _said(details: ErrorDetails, context: Mapping[str, Any], node: Node) -> tuple[str, str | None]:
    """The message and the suggestion for an error about `node`."""
    kind = details["type"]
    if kind in _KINDS:
        expected, suggest = _KINDS[kind]
        return f"expected {expected}{_found(node, expected)}", suggest(node)
    if kind in ("literal_error", "enum"):
        tags = _quoted(str(context["expected"]))
        near = did_you_mean(str(node.value), tags)
        expected = (
            _or([f"`{tag}`" for tag in tags])
            if len(tags) <= MOST_LISTED or near is None
            else f"one of {len(tags)} words"
        )
        return f"expected {expected}{_found(node)}", near
    if kind == "string_too_short" and context["min_length"] == 1:
        return "expected a text that is not empty", None
    if kind in _BOUNDS:
        bound = _BOUNDS[kind].format(**{name: _number(value) for name, value in context.items()})
        return f"expected {bound}{_found(node)}", None
    if kind in ("too_short", "too_long"):
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        noun = "entry" if bound.endswith(" 1") else "entries"
        # Of a list or a mapping that is too long pydantic stops counting.
        found = context["actual_length"] if context["actual_length"] is not None else len(node.entries)
        return f"expected {bound} {noun}, found {found}", None
    if kind.startswith(("date_", "datetime_", "time_")):
        what = {"date": "a date such as `2026-03-02`", "datetime": "a date and time such as `2026-03-02T10:15:00`"}
        return f"expected {what.get(kind.partition('_')[0], 'a time such as `10:15:00`')}{_found(node)}", None
    message = (
        str(context["error"]) if kind in ("value_error", "assertion_error") and "error" in context else details["msg"]
    )
    message = (
        re.sub("^(Value error|Assertion failed), ", "", message).replace("Input should", "it should", 1).rstrip(".")
    )
    return message[:1].lower() + message[1:], None


def _found(node: Node, expected: str = "") -> str:
    match node.value:
        case None:
            return ", found nothing"
        case bool():
            return f", found `{node.written}`"
        case int() | float() if expected == "text":
            return f", found the number `{node.written}`"
        case int() | float():
            return f", found `{node.written}`"
        case str() as text:
            return f", found `{shortened(text)}`"
        case list():
            return ", found a list"
        case _:
            return f", found {KEYS_AND_VALUES}"


def _nothing(_: Node) -> None:
    return None


def _quotes(node: Node) -> str | None:
    return None if node.written is None or node.value is None else f'"{node.written}"'


def _listed_once(node: Node) -> str | None:
    if isinstance(node.value, dict) or node.value is None:
        return None
    text = str(node.value) if node.written is None else node.written
    return f"[{text}]" if re.fullmatch(r"[\w./@ -]{1,40}", text) else None


def _truth(node: Node) -> str | None:
    return {
        "yes": "true",
        "on": "true",
        "y": "true",
        "no": "false",
        "off": "false",
        "n": "false",
        "true": "true",
        "false": "false",
    }.get(str(node.value).casefold())


def _decimal(node: Node) -> str | None:
    """The number that `1_000`, `1,000`, `08`, `+ 5` or a quoted `5` was meant to be."""
    if not isinstance(node.value, str) or not (
        match := re.fullmatch(r"([-+]?)\s*0*([0-9][0-9_,]*?)(\.[0-9]+)?", node.value.strip())
    ):
        return None
    digits = match[2].replace("_", "").replace(",", "")
    return f"{match[1].replace('+', '')}{digits}{match[3] or ''}"


def _whole(node: Node) -> str | None:
    if isinstance(node.value, float):
        return str(int(node.value)) if node.value.is_integer() else None
    decimal = _decimal(node)
    return decimal if decimal is not None and "." not in decimal else None


_TEXT: Final = ("text", _quotes)
_WHOLE: Final = ("a whole number", _whole)
_NUMBER: Final = ("a number", _decimal)
_TRUTH: Final = ("`true` or `false`", _truth)
_LIST: Final = ("a list", _listed_once)
_MAPPING: Final = (KEYS_AND_VALUES, _nothing)
# What another kind of value was expected to be, and what the one that was found may have been meant as.
_KINDS: Final[dict[str, tuple[str, Callable[[Node], str | None]]]] = {
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), _LIST),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type", "dataclass_exact_type"),
        _MAPPING,
    ),
    "none_required": ("nothing", _nothing),
}
_BOUNDS: Final = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text of the form `{pattern}`",
}


def _missing(key: str) -> str:
    return f"key `{key}` is missing"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(expected: str) -> list[str]:
    """The words in a text such as `'a', 'b' or 'c'`, numbers too."""
    return [
        word or number for word, number in re.findall(r"'([^']*)'|(?<![\w.])(-?[0-9][\w.]*|True|False|None)", expected)
    ]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _or(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"
