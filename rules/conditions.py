"""Conditions: atoms that compare one field, joined by all, any, none and not.

A condition is two-valued. An atom on an unset field is settled at once by its own `on_missing` (false, true or an
error), and what stands around it sees only that: `not` over an atom that is false because its field is unset is true.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .vocabulary import OnMissing

Value = str | float | bool | tuple[str, ...] | tuple[float, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Atom:
    """One field compared with a value.

    `value` by operator: `is` and `is_not` one value; `in`, `not_in`, `contains_*`, `starts_with` and `ends_with` a
    tuple; bounds a number (durations in seconds); `between` two; `during` and `matches` what was written; `set` and
    `unset` True. Where it stands in the file (`line`, `column`) does not count when two are compared.
    """

    field: str
    operator: str
    value: Value
    on_missing: OnMissing = "no_match"
    line: int | None = dataclasses.field(default=None, compare=False, repr=False)
    column: int | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """True for the customers that the policy's group of this name describes."""

    name: str
    line: int | None = dataclasses.field(default=None, compare=False, repr=False)
    column: int | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class All:
    """True when every part is; `All(())` is always true."""

    parts: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 (`Any` is the type's name)
    """True when at least one part is; `Any_(())` never is."""

    parts: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class None_:  # noqa: N801 (`None` is taken)
    """True when no part is."""

    parts: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Not:
    """True when the part is not."""

    part: Condition


Condition = Atom | Group | All | Any_ | None_ | Not

ALWAYS = All(())


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside this one; none for an atom or a group."""
    match condition:
        case All(parts) | Any_(parts) | None_(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()


def leaves(condition: Condition) -> Iterator[Atom | Group]:
    """The atoms and groups of a condition as written, in order, repeats included."""
    if isinstance(condition, Atom | Group):
        yield condition
    for part in parts_of(condition):
        yield from leaves(part)


def atoms(condition: Condition, groups: Mapping[str, Condition]) -> Iterator[Atom]:
    """The atoms of a condition in order, those of its groups in their place, repeats included."""
    for leaf in leaves(condition):
        if isinstance(leaf, Group):
            yield from atoms(groups[leaf.name], groups)
        else:
            yield leaf


def group_cycle(groups: Mapping[str, Condition]) -> tuple[str, ...] | None:
    """The names of a group that leads back to itself, the first one repeated at the end; `None` if there is none.

    >>> group_cycle({"a": Group("b"), "b": Not(Group("a"))})
    ('a', 'b', 'a')
    """
    settled: set[str] = set()

    def visited(name: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in settled or name not in groups:
            return None
        for leaf in leaves(groups[name]):
            if isinstance(leaf, Group) and (found := visited(leaf.name, (*path, name))) is not None:
                return found
        settled.add(name)
        return None

    return next((found for name in groups if (found := visited(name, ())) is not None), None)
