"""Conditions: atoms that compare one field, joined by all, any, none and not.

A condition is two-valued. An atom on an unset field is settled at once by its own `on_missing` (false, true or an
error), and what stands around it sees only that: `not` over an atom that is false because its field is unset is true.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .vocabulary import OnMissing

MOST_GROUPS_DEEP: Final = 50
"""Groups may stand within groups so many times over."""
MOST_LEVELS: Final = 150
"""The conditions of a group may stand within one another so many times over, those of its groups counted in."""

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
    """The atoms of a condition in order, those of a group where it is first named, and there only."""
    entered: set[str] = set()
    path = [leaves(condition)]
    while path:
        leaf = next(path[-1], None)
        if leaf is None:
            path.pop()
        elif isinstance(leaf, Atom):
            yield leaf
        elif leaf.name not in entered:
            entered.add(leaf.name)
            path.append(leaves(groups[leaf.name]))


def atoms_wanted(
    groups: Mapping[str, Condition], wanted: Callable[[Atom], bool]
) -> Callable[[Condition], tuple[Atom, ...]]:
    """A function that gives the wanted atoms of a condition on these groups, each place of the file once.

    For asking of many conditions: what is in a group is looked for once.
    """
    within: dict[str, dict[int, Atom]] = {}

    def found_in(condition: Condition) -> dict[int, Atom]:
        found: dict[int, Atom] = {}
        entered: set[str] = set()
        for leaf in leaves(condition):
            if isinstance(leaf, Atom):
                if wanted(leaf):
                    found[id(leaf)] = leaf
            elif leaf.name not in entered:
                entered.add(leaf.name)
                found.update(within[leaf.name])
        return found

    for name in _inner_first(groups)[0]:
        within[name] = found_in(groups[name])
    return lambda condition: tuple(found_in(condition).values())


def group_cycle(groups: Mapping[str, Condition]) -> tuple[str, ...] | None:
    """The names of a group that leads back to itself, the first one repeated at the end; `None` if there is none.

    >>> group_cycle({"a": Group("b"), "b": Not(Group("a"))})
    ('a', 'b', 'a')
    """
    return _inner_first(groups)[1]


def nested_too_deep(groups: Mapping[str, Condition]) -> tuple[str, str] | None:
    """The name of a group that nests groups or conditions too deep, and what to say of it; `None` if there is none.

    For groups that do not lead back to themselves.
    """
    deep: dict[str, int] = {}
    levels: dict[str, int] = {}
    for name in _inner_first(groups)[0]:
        deep[name] = 1 + max((deep.get(inner, 0) for inner in _groups_named(groups[name])), default=0)
        levels[name] = 1 + _levels(groups[name], levels)
        if deep[name] > MOST_GROUPS_DEEP:
            return name, f"group `{name}` nests groups more than {MOST_GROUPS_DEEP} deep"
        if levels[name] > MOST_LEVELS:
            counted_in = "those of its groups counted in"
            return name, f"group `{name}` nests conditions more than {MOST_LEVELS} deep, {counted_in}"
    return None


def _levels(condition: Condition, of_groups: Mapping[str, int]) -> int:
    if isinstance(condition, Group):
        return of_groups.get(condition.name, 0)
    return 1 + max((_levels(part, of_groups) for part in parts_of(condition)), default=0)


def _groups_named(condition: Condition) -> Iterator[str]:
    return (leaf.name for leaf in leaves(condition) if isinstance(leaf, Group))


def _inner_first(groups: Mapping[str, Condition]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The names of the groups, each after those that it names, and a cycle if there is one: the order ends there."""
    settled: dict[str, None] = {}
    for start in groups:
        # A path in place of recursion: groups may be chained by the thousand before anybody counts them.
        path = {} if start in settled else {start: _groups_named(groups[start])}
        while path:
            name = next(reversed(path))
            inner = next(path[name], None)
            if inner is None:
                del path[name]
                settled[name] = None
            elif inner in path:
                names = tuple(path)
                return tuple(settled), (*names[names.index(inner) :], inner)
            elif inner in groups and inner not in settled:
                path[inner] = _groups_named(groups[inner])
    return tuple(settled), None
