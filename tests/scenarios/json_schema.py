"""As much of JSON Schema (draft 2020-12) as our schemas use; a keyword that is not known here is an error, not ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}
_BOUNDS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_SIZES = {
    "minLength": (str, lambda value, bound: len(value) >= bound),
    "maxLength": (str, lambda value, bound: len(value) <= bound),
    "minItems": (list, lambda value, bound: len(value) >= bound),
    "maxItems": (list, lambda value, bound: len(value) <= bound),
    "minProperties": (dict, lambda value, bound: len(value) >= bound),
    "maxProperties": (dict, lambda value, bound: len(value) <= bound),
}
_NOTES = {"title", "description", "default", "examples", "$schema", "$defs", "deprecated"}


def misfits(value: Any, schema: Schema | bool, root: Schema, at: str = "") -> Iterator[str]:
    """Where a value does not fit a schema."""
    if isinstance(schema, bool):
        yield from () if schema else [f"{at} is not allowed"]
        return
    for keyword, rule in schema.items():
        yield from (f"{at}: {each}" for each in _against(keyword, rule, value, schema, root, at))


def _against(keyword: str, rule: Any, value: Any, schema: Schema, root: Schema, at: str) -> Iterator[str]:
    match keyword:
        case "$ref":
            yield from misfits(value, _found(rule, root), root, at)
        case "type":
            if not any(_TYPES[name](value) for name in ([rule] if isinstance(rule, str) else rule)):
                yield f"{value!r} is no {rule}"
        case "const":
            yield from () if value == rule else [f"{value!r} is not {rule!r}"]
        case "enum":
            yield from () if value in rule else [f"{value!r} is none of {rule!r}"]
        case "anyOf" | "oneOf":
            fits = sum(not any(misfits(value, each, root, at)) for each in rule)
            yield from () if (fits == 1 if keyword == "oneOf" else fits) else [f"{value!r} fits none of {len(rule)}"]
        case "allOf":
            for each in rule:
                yield from misfits(value, each, root, at)
        case "not":
            yield from () if any(misfits(value, rule, root, at)) else [f"{value!r} fits what it must not"]
        case "required":
            yield from (f"`{name}` is missing" for name in rule if isinstance(value, dict) and name not in value)
        case "properties" | "patternProperties" | "additionalProperties" | "propertyNames":
            yield from _in_object(keyword, rule, value, schema, root, at)
        case "items" | "prefixItems":
            yield from _in_array(keyword, rule, value, schema, root, at)
        case "uniqueItems":
            yield from [f"{value!r} repeats itself"] if rule and isinstance(value, list) and len(set(map(repr, value))) < len(value) else []
        case "pattern":
            yield from [f"{value!r} does not match {rule}"] if isinstance(value, str) and not re.search(rule, value) else []
        case _ if keyword in _BOUNDS:
            yield from [f"{value!r} is out of bounds"] if _TYPES["number"](value) and not _BOUNDS[keyword](value, rule) else []
        case _ if keyword in _SIZES:
            kind, fits = _SIZES[keyword]
            yield from [f"{value!r} is too short or too long"] if isinstance(value, kind) and not fits(value, rule) else []
        case _:
            assert keyword in _NOTES, f"{keyword} is not known here"


def _in_object(keyword: str, rule: Any, value: Any, schema: Schema, root: Schema, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", {})
    for name, inner in value.items():
        named = name in schema.get("properties", {})
        matched = [each for pattern, each in patterns.items() if re.search(pattern, name)]
        if keyword == "properties" and named:
            yield from misfits(inner, rule[name], root, f"{at}.{name}")
        elif keyword == "patternProperties":
            for each in matched:
                yield from misfits(inner, each, root, f"{at}.{name}")
        elif keyword == "additionalProperties" and not named and not matched:
            yield from misfits(inner, rule, root, f"{at}.{name}")
        elif keyword == "propertyNames":
            yield from misfits(name, rule, root, f"{at}.{name}")


def _in_array(keyword: str, rule: Any, value: Any, schema: Schema, root: Schema, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        return
    first = len(schema.get("prefixItems", ()))
    for number, inner in enumerate(value):
        if keyword == "prefixItems" and number < first:
            yield from misfits(inner, rule[number], root, f"{at}[{number}]")
        elif keyword == "items" and number >= first:
            yield from misfits(inner, rule, root, f"{at}[{number}]")


def schemas_within(schema: Any) -> Iterator[Schema]:
    """A schema and all that are written inside it."""
    if isinstance(schema, dict):
        yield schema
        for keyword in ("$defs", "properties", "patternProperties"):
            for inner in schema.get(keyword, {}).values():
                yield from schemas_within(inner)
        for keyword in ("items", "additionalProperties", "not", "propertyNames"):
            yield from schemas_within(schema.get(keyword))
        for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
            for inner in schema.get(keyword, ()):
                yield from schemas_within(inner)


def _found(reference: str, root: Schema) -> Schema:
    assert reference.startswith("#/")
    found: Any = root
    for step in reference[2:].split("/"):
        found = found[step]
    return found
