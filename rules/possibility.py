"""Whether conditions can hold together for anybody of whom some facts are unset: what each atom may see is tried."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Final

from .conditions import All, Any_, Atom, Condition, Group, None_, Not, atoms
from .decide import MissingFact, holds
from .vocabulary import Field, field_named

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MOST_TRIES: Final = 5_000
"""Whoever needs more of them is told that it is possible."""
MOST_MARKS: Final = 8
"""Of a set of words, so many are tried in all their combinations."""

_Seen = dict[Atom, bool]


def possible(conditions: Sequence[Condition], groups: Mapping[str, Condition], unset: Collection[str]) -> bool:
    """Whether there may be facts for which all the conditions hold, with these fields unset.

    Where it says no, there are none. Where it says yes, there are some, but for what it does not look into: how the
    texts, or the hours, of several atoms go together, sets of more than `MOST_MARKS` words, and more than `MOST_TRIES`.

    >>> trial = Atom("customer.plan", "is", "trial")
    >>> possible([trial], {}, ["customer.plan"]), possible([Not(trial)], {}, ["customer.plan"])
    (False, True)
    """
    choices = _choices(All(tuple(conditions)), groups, unset)
    if not all(choices.values()):
        return False
    # A condition that holds goes on holding, whatever else is seen: each is left behind once it does.
    ways: list[tuple[int, _Seen]] = [(0, {})]
    for _ in range(MOST_TRIES):
        if not ways:
            return False
        number, seen = ways.pop()
        if number == len(conditions):
            return True
        held = _held(conditions[number], seen, groups, {})
        if isinstance(held, Atom):
            ways += [(number, {**seen, **more}) for more in choices[held]]
        elif held:
            ways.append((number + 1, seen))
    return True


def _held(
    condition: Condition, seen: _Seen, groups: Mapping[str, Condition], known: dict[str, bool | Atom]
) -> bool | Atom:
    """Whether a condition holds, or an atom that it depends on and of which nothing is said yet."""
    match condition:
        case Atom():
            return seen.get(condition, condition)
        case Group(name):
            if name not in known:
                known[name] = _held(groups[name], seen, groups, known)
            return known[name]
        case Not(part):
            return _opposite(_held(part, seen, groups, known))
        case All(parts) | Any_(parts) | None_(parts):
            settles = not isinstance(condition, All)
            open_: Atom | None = None
            for part in parts:
                held = _held(part, seen, groups, known)
                if held is settles:
                    return settles is not isinstance(condition, None_)
                open_ = open_ or (held if isinstance(held, Atom) else None)
            return open_ or settles is isinstance(condition, None_)


def _opposite(held: bool | Atom) -> bool | Atom:
    return held if isinstance(held, Atom) else not held


def _choices(
    condition: Condition, groups: Mapping[str, Condition], unset: Collection[str]
) -> dict[Atom, Sequence[_Seen]]:
    """What may be seen, for each atom: of all atoms on its field at once, or of it alone. None: no facts will do."""
    by_field: dict[str, list[Atom]] = {}
    for atom in dict.fromkeys(atoms(condition, groups)):
        by_field.setdefault(atom.field, []).append(atom)
    choices: dict[Atom, Sequence[_Seen]] = {}
    for name, tests in by_field.items():
        field = field_named(name)
        values: list[object] | None = [] if name in unset else None if field is None else values_of(field, tests)
        if values is None:
            choices |= {atom: [{atom: False}, {atom: True}] for atom in tests}
        else:
            together = _distinct([_seen(name, tests, value) for value in (*values, None)])
            choices |= dict.fromkeys(tests, together)
    return choices


def _seen(name: str, tests: Sequence[Atom], value: object) -> _Seen | None:
    """What the atoms see in a value of their field, `None`: unset; `None` where an atom needs it."""
    try:
        return {atom: holds(atom, {name: value}) for atom in tests}
    except MissingFact:
        return None


def _distinct(seen: Sequence[_Seen | None]) -> list[_Seen]:
    return list({tuple(each.items()): each for each in seen if each is not None}.values())


def values_of(field: Field, tests: Sequence[Atom]) -> list[object] | None:
    """Values that stand for all that a field may have, as far as these atoms tell them apart; `None`: they cannot be
    listed.
    """
    if any(atom.operator not in field.operators for atom in tests):
        return None
    compared: list[Any] = []
    for atom in tests:
        if atom.operator not in ("set", "unset"):
            compared += atom.value if isinstance(atom.value, tuple) else [atom.value]
    match field.kind:
        case "word":
            return [*dict.fromkeys(compared), "".join(map(str, compared)) + "x"]
        case "words":
            marks = tuple(dict.fromkeys(compared))
            if len(marks) > MOST_MARKS:
                return None
            return [frozenset(some) for many in range(len(marks) + 1) for some in combinations(marks, many)]
        case "yes_no":
            return [False, True]
        case "number" | "duration" if all(isinstance(each, int | float) for each in compared):
            bounds = sorted({0.0, *compared, math.inf if field.highest is None else field.highest})
            return [*bounds, *(_between(low, high) for low, high in pairwise(bounds))]
        case _:
            return None


def _between(low: float, high: float) -> float:
    return low + 1 if high == math.inf else low / 2 + high / 2
