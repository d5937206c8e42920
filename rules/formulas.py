"""Conditions as formulas that a search understands: over classes of values that no atom tells apart, and over plain
statements about texts and sets of words (`TextStatements`).

A literal is a pair (number of a field, bits of the classes that its value may be in), or the number of a statement,
negative where it is not so.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from .conditions import All, Any_, Atom, Condition, Group, None_, Not, atoms
from .decide import hours
from .statements import Statements
from .vocabulary import CLOSED, Field, field_named

Literal = int | tuple[int, int]
_OTHER: Final = "another"


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Formulas of which all must hold, or (`every` is false) any one."""

    every: bool
    parts: tuple[Formula, ...]


Formula = Literal | Joined
TRUE: Final = Joined(every=True, parts=())
FALSE: Final = Joined(every=False, parts=())


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """A condition as two formulas: when it holds and when it does not, for facts with which it can be judged at all
    (`on_missing: error`).
    """

    holds: Formula
    fails: Formula


class Classes:
    """A field's values in classes that its atoms cannot tell apart; the last class is of those for whom it is unset.

    `values` has one of each class. What tests of order ask for is a run of classes.
    """

    def __init__(self, field: Field, tests: Iterable[Atom]) -> None:
        self.field = field
        self.values: list[Any] = values_of(field, tests)
        self.full = (1 << len(self.values) + 1) - 1
        self.unset = 1 << len(self.values)
        self._index = {value: number for number, value in enumerate(self.values)} if field.kind == "word" else {}

    def bits(self, atom: Atom) -> int:
        """The classes for which an atom holds."""
        match atom.operator:
            case "unset":
                return self.unset
            case "set":
                return self.full ^ self.unset
            case _:
                return self._known_bits(atom) | (self.unset if atom.on_missing == "match" else 0)

    def _known_bits(self, atom: Atom) -> int:
        value: Any = atom.value
        known = self.full ^ self.unset
        match atom.operator:
            case "is" | "in":
                return self._equal(value)
            case "is_not" | "not_in":
                return known ^ self._equal(value)
            case "during":
                held = hours(value).contains(np.array(self.values, dtype=np.float64))
                return sum(1 << int(number) for number in np.flatnonzero(held))
            case "gt" | "older_than":
                return known >> (start := bisect_right(self.values, value)) << start
            case "gte":
                return known >> (start := bisect_left(self.values, value)) << start
            case "lt":
                return (1 << bisect_left(self.values, value)) - 1
            case "lte" | "within_last":
                return (1 << bisect_right(self.values, value)) - 1
            case _:
                below = (1 << bisect_left(self.values, value[0])) - 1
                return ((1 << bisect_right(self.values, value[1])) - 1) & ~below

    def _equal(self, value: Any) -> int:
        wanted = value if isinstance(value, tuple) else (value,)
        if self._index:
            places = [self._index[each] for each in wanted if each in self._index]
        else:
            places = [number for number, each in enumerate(self.values) if each in wanted]
        bits = 0
        for place in places:
            bits |= 1 << place
        return bits


def values_of(field: Field, tests: Iterable[Atom]) -> list[Any]:
    """Values that stand for all that a field may have, as far as these atoms tell them apart; rising, where they have
    an order. For fields with values: no text, no set of words.
    """
    compared: list[Any] = []
    for atom in tests:
        if atom.operator not in ("set", "unset"):
            compared += atom.value if isinstance(atom.value, tuple) else [atom.value]
    match field.kind:
        case "word":
            closed = CLOSED.get(field.values or "", ())
            found = [*dict.fromkeys([*compared, *closed])]
            return found if closed else [*found, _other_than(found)]
        case "yes_no":
            return [False, True]
        case "moment":
            spans = [edge for text in compared for span in hours(text).spans for edge in span]
            return sorted({0.0, *(float(edge) for edge in spans if edge < 7 * 86_400)})
        case _:
            bounds = sorted({0.0, *compared, *([] if field.highest is None else [field.highest])})
            between = {_between(low, high) for low, high in pairwise(bounds)}
            return sorted({*bounds, *between, *([_beyond(bounds[-1], field)] if field.highest is None else [])})


def _other_than(words: Iterable[str]) -> str:
    other = _OTHER
    while other in words:
        other += "_one"
    return other


def _between(low: float, high: float) -> float:
    """A number between two, a whole one if there is any."""
    whole = math.floor(low) + 1.0
    return whole if low < whole < high else low / 2 + high / 2


def _beyond(low: float, field: Field) -> float:
    """A number above all: one more, or twice as long."""
    return low + 1.0 if field.kind == "number" else 2.0 * low or 3_600.0


class Formulas:
    """The conditions of a policy as formulas. What is no field, or is compared as its type is not, may be anything."""

    def __init__(self, conditions: Iterable[Condition], groups: Mapping[str, Condition]) -> None:
        self._groups = groups
        self.statements = Statements()
        self.classes: list[Classes] = []
        self._numbers: dict[str, int] = {}
        self._of_groups: dict[str, Stated] = {}
        self._of_atoms: dict[Atom, Stated] = {}
        by_field: dict[str, dict[Atom, None]] = {}
        for atom in atoms(All(tuple(conditions)), groups):
            by_field.setdefault(atom.field, {})[atom] = None
        for name, tests in by_field.items():
            field = field_named(name)
            if field is None or any(atom.operator not in field.operators for atom in tests):
                continue
            if field.kind in ("text", "words"):
                self.statements.add(field, tests)
            else:
                self._numbers[name] = len(self.classes)
                self.classes.append(Classes(field, tests))
        self.statements.settle()

    def of(self, condition: Condition) -> Stated:
        """A condition that is one of those given, or made of their parts."""
        match condition:
            case Atom():
                if condition not in self._of_atoms:
                    self._of_atoms[condition] = self._atom(condition)
                return self._of_atoms[condition]
            case Group(name):
                if name not in self._of_groups:
                    self._of_groups[name] = self.of(self._groups[name])
                return self._of_groups[name]
            case Not(part):
                stated = self.of(part)
                return Stated(stated.fails, stated.holds)
            case All(parts) | Any_(parts) | None_(parts):
                each = [self.of(part) for part in parts]
                every = isinstance(condition, All)
                # Whatever decides, every part was looked at, so it could be judged.
                judged = [self._judged(part) for part in parts]
                holds = self._joined(every, [part.holds for part in each], judged)
                fails = self._joined(not every, [part.fails for part in each], judged)
                return Stated(fails, holds) if isinstance(condition, None_) else Stated(holds, fails)

    def named(self, name: str) -> tuple[int, Classes] | None:
        """The number and the classes of a field that has values and is tested."""
        number = self._numbers.get(name)
        return None if number is None else (number, self.classes[number])

    def unset(self, name: str) -> Formula:
        """That a field is unset; always so for one that nothing tests."""
        if name in self._numbers:
            number = self._numbers[name]
            return number, self.classes[number].unset
        known = self.statements.known.get(name)
        return TRUE if known is None else -known

    def _atom(self, atom: Atom) -> Stated:
        if atom.field in self._numbers:
            number = self._numbers[atom.field]
            of = self.classes[number]
            bits = of.bits(atom)
            judged = of.full ^ (of.unset if atom.on_missing == "error" and atom.operator not in ("set", "unset") else 0)
            return Stated((number, bits & judged), (number, (of.full ^ bits) & judged))
        if atom.field in self.statements.known:
            return self._stated(atom, self.statements.known[atom.field])
        opaque = self.statements.opaque(atom)
        return Stated(opaque, -opaque)

    def _stated(self, atom: Atom, known: int) -> Stated:
        if atom.operator in ("set", "unset"):
            return Stated(known, -known) if atom.operator == "set" else Stated(-known, known)
        found, every = self.statements.of(atom)
        holds = Joined(every, tuple(found))
        fails = Joined(not every, tuple(-each for each in found))
        there, not_there = Joined(True, (known, holds)), Joined(True, (known, fails))
        match atom.on_missing:
            case "error":
                return Stated(there, not_there)
            case "match":
                return Stated(Joined(False, (-known, there)), not_there)
            case _:
                return Stated(there, Joined(False, (-known, not_there)))

    def _judged(self, condition: Condition) -> list[Formula]:
        """That what has to be known is."""
        strict = [atom for atom in atoms(condition, self._groups) if atom.on_missing == "error"]
        found: list[Formula] = []
        for atom in dict.fromkeys(strict):
            if atom.operator in ("set", "unset"):
                continue
            if atom.field in self._numbers:
                number = self._numbers[atom.field]
                found.append((number, self.classes[number].full ^ self.classes[number].unset))
            elif atom.field in self.statements.known:
                found.append(self.statements.known[atom.field])
        return found

    def _joined(self, every: bool, parts: list[Formula], judged: list[list[Formula]]) -> Formula:
        """Parts joined, with the bits of one field put together."""
        bits: dict[int, int] = {}
        others: dict[int, Formula] = {}
        for part in parts:
            if isinstance(part, tuple):
                number, some = part
                before = bits.get(number)
                bits[number] = some if before is None else before & some if every else before | some
            else:
                others[part if isinstance(part, int) else id(part)] = part
        inner = (*bits.items(), *others.values())
        joined: Formula = inner[0] if len(inner) == 1 else Joined(every, inner)
        strict = dict.fromkeys(each for of in judged for each in of)
        return Joined(True, (*strict, joined)) if strict else joined
