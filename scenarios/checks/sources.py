"""Where inputs come from: which inputs a scenario states, and whether its `sources` speak of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...documents import Document
from ...errors import BadValue, Problem
from ...quantities import parse_duration, parse_share
from ..scenario import Scenario


def source_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Sources of nothing, and those that are of no kind or of two."""
    leaves = list(input_paths(document.data))
    for pattern, source in scenario.sources.items():
        marks = [mark for mark in (source.measured, source.published, source.assumed) if mark is not None]
        if len(marks) != 1:
            yield document.problem(
                ("sources", pattern), "say exactly one of `measured`, `published`, `assumed`, and where from"
            )
        elif not any(covers(pattern, path) for path in leaves):
            yield document.problem(("sources", pattern), f"no input is called `{pattern}`", at_key=True)
        elif source.times is not None and (message := _range_problem(document.data, pattern, source.times, leaves)):
            yield document.problem(("sources", pattern, "times"), message)


def _range_problem(
    data: Any, pattern: str, times: tuple[float, float], leaves: Collection[tuple[str, ...]]
) -> str | None:
    low, high = times
    if not low <= 1 <= high or low == high:
        return f"expected factors from at most 1 to at least 1, such as `[0.5, 2]`, found `[{low:g}, {high:g}]`"
    no_amount = next((path for path in leaves if covers(pattern, path) and not _is_amount(_at(data, path))), None)
    if no_amount is not None:
        return f"only amounts may be larger or smaller, and `{'.'.join(no_amount)}` is none; name those that are"
    return None


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = {str(key): value for key, value in data.items()}[name]
    return data


def _is_amount(value: Any) -> bool:
    """Whether a value of a file is a number, a share or a length of time."""
    if not isinstance(value, str):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    for parsed in (parse_share, parse_duration):
        try:
            parsed(value)
        except BadValue:
            continue
        return True
    return False


_SECTIONS = (
    "arrivals", "segments", "intents", "teams", "groups", "escalation", "knowledge", "backlog", "behaviour",
    "recogniser", "email", "returns",
)  # fmt: skip
_OF_MESSAGES = ("out_of_scope", "mentions_second_intent", "bursts")
"""What of `messages` says something about customers, rather than where texts come from; a share of 0 says nothing."""


def input_paths(data: Any) -> Iterator[tuple[str, ...]]:
    """Dotted paths, as tuples, of all numbers and choices that a scenario file states about the world."""
    for section in _SECTIONS:
        if isinstance(data, Mapping) and section in data:
            yield from _leaves(data[section], (section,))
    messages = data.get("messages") if isinstance(data, Mapping) else None
    if isinstance(messages, Mapping):
        yield from _leaves({name: messages[name] for name in _OF_MESSAGES if messages.get(name)}, ("messages",))


def covers(pattern: str, path: tuple[str, ...]) -> bool:
    """Whether a `sources` key speaks of an input: it is the path itself or a part of the tree above it.

    >>> covers("segments.*.share", ("segments", "trial", "share"))
    True
    """
    names = pattern.split(".")
    return len(names) <= len(path) and all(name in ("*", part) for name, part in zip(names, path, strict=False))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths of what a value states; nothing, an empty list and an empty mapping state nothing."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif value is not None and value != []:
        yield path
