"""Where inputs come from: which inputs a scenario states, and whether its `sources` speak of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...documents import Document
from ...errors import Problem
from ..scenario import Scenario


def source_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Sources of nothing, and those that are of no kind or of two."""
    leaves = {tuple(path) for path in input_paths(document.data)}
    for pattern, source in scenario.sources.items():
        marks = [mark for mark in (source.measured, source.published, source.assumed) if mark is not None]
        if len(marks) != 1:
            yield document.problem(
                ("sources", pattern), "say exactly one of `measured`, `published`, `assumed`, and where from"
            )
        elif not any(covers(pattern, path) for path in leaves):
            yield document.problem(("sources", pattern), f"no input is called `{pattern}`", at_key=True)


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
