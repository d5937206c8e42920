"""A customer and a message for whom two policies do different things, found by trying what conditions speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, islice, product
from typing import Final

import numpy as np

from .conditions import All, Atom, Condition, atoms
from .decide import Facts, MissingFact, decide, guard_for, holds, hours
from .formulas import values_of
from .policy import Policy
from .vocabulary import Field, field_named

MOST_TRIES: Final = 3_000
"""Customers that are tried before the search ends."""
_MOST_MARKS: Final = 8
"""Of a set of words, so many are tried in all their combinations."""
_OTHER_TEXT: Final = "hello"
_OTHER_PAGE: Final = "/elsewhere"


def told_apart(one: Policy, other: Policy, conditions: Iterable[Condition]) -> Iterator[Facts]:
    """Facts for which guards and rules come to different things under two policies, those first that leave most unset.

    Tried are combinations of the values that tell the atoms of `conditions` apart, with everything else unset: where it
    finds none there may be some, for instance with texts that only an expression describes.
    """
    groups = {**other.groups, **one.groups}
    tried = _tried(All(tuple(conditions)), groups)
    return (facts for facts in tried if _does(one, facts) != _does(other, facts))


def whom_it_fits(condition: Condition, groups: Mapping[str, Condition]) -> Iterator[Facts]:
    """Facts for which a condition holds, as they are found; those first that leave most unset."""
    return (facts for facts in _tried(condition, groups) if _holds(condition, facts, groups))


def _tried(condition: Condition, groups: Mapping[str, Condition]) -> Iterator[Facts]:
    return islice(_combinations(atoms(condition, groups)), MOST_TRIES)


def _holds(condition: Condition, facts: Facts, groups: Mapping[str, Condition]) -> bool:
    try:
        return holds(condition, facts, groups)
    except MissingFact:
        return False


def _does(policy: Policy, facts: Facts) -> object:
    """What is done first: whether a guard keeps the bot away, and what rules do at the beginning and at a hand-over."""
    try:
        guard = policy.bot is not None and guard_for(policy, facts) is not None
        first = decide(policy, facts)
        # Without a bot nothing is ever handed over.
        last = first if policy.bot is None else decide(policy, facts, "handed_over", first)
    except MissingFact as error:
        return str(error)
    return guard, [(each.route, each.priority, frozenset(each.tags)) for each in (first, last)]


def _combinations(tested: Iterable[Atom]) -> Iterator[dict[str, object]]:
    """Facts about the fields that the atoms test, those first that leave most unset."""
    by_field: dict[str, list[Atom]] = {}
    for atom in dict.fromkeys(tested):
        by_field.setdefault(atom.field, []).append(atom)
    # It is always some time of the week; everything else may be unset.
    choices: Mapping[str, list[object | None]] = {
        name: [*([] if name == "time" else [None]), *_values(name, of)] or [None] for name, of in by_field.items()
    }
    # Text is what most rules go by: all its values are tried before the next fact changes.
    names = sorted(choices, key=lambda name: name == "message.text")
    for row in product(*(choices[name] for name in names)):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _values(name: str, tests: list[Atom]) -> list[object]:
    field = field_named(name)
    if field is None:
        return []
    if field.kind == "text":
        other = _OTHER_PAGE if field.values == "pages" else _OTHER_TEXT
        return [*dict.fromkeys(text for atom in tests for text in _texts(atom)), other]
    if field.kind == "words":
        marks = [each for atom in tests if isinstance(atom.value, tuple) for each in atom.value]
        return [*_sets(tuple(dict.fromkeys(marks))[:_MOST_MARKS])]
    return _moments(field, tests) if field.kind == "moment" else values_of(field, tests)


def _moments(field: Field, tests: list[Atom]) -> list[object]:
    """A time of the week for each way in which hours can hold or not."""
    parsed = [hours(text) for atom in tests for text in _operands(atom)]
    found: dict[tuple[bool, ...], object] = {}
    for moment in values_of(field, tests):
        held = tuple(bool(each.contains(np.array([moment]))[0]) for each in parsed)
        found.setdefault(held, moment)
    return list(found.values())


def _operands(atom: Atom) -> list[str]:
    """The texts that an atom compares with."""
    values = atom.value if isinstance(atom.value, tuple) else (atom.value,)
    return [each for each in values if isinstance(each, str)]


def _sets(marks: tuple[object, ...]) -> Iterator[object]:
    for many in range(len(marks) + 1):
        yield from map(frozenset, combinations(marks, many))


def _texts(atom: Atom) -> Iterator[str]:
    phrases = _operands(atom)
    match atom.operator:
        case "contains_all":
            yield " ".join(phrases)
        case "matches" | "set" | "unset":
            pass
        case _:
            yield from phrases
