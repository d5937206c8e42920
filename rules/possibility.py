"""Whether conditions can hold together, or one without others, for anybody: a search that either shows a customer and a
message or has tried every way (Davis, Logemann and Loveland 1962).

Where it says that nobody is like that, nobody is. The other way round only what an expression matches is taken for
anything, and so is what earlier rules of a sequence set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .conditions import Condition, atoms
from .formulas import FALSE, TRUE, Classes, Formula, Formulas, Joined, Stated

MOST_STEPS: Final = 20_000
"""Of one search; whoever needs more is told that it was given up."""


class GivenUp(Exception):
    """A search took too many steps."""


@dataclass(slots=True)
class _Known:
    bits: dict[int, int] = field(default_factory=dict)
    signs: dict[int, bool] = field(default_factory=dict)

    def copy(self) -> _Known:
        return _Known(self.bits.copy(), self.signs.copy())


class Possibilities:
    """What may be so, of these conditions and of others made of their atoms; `most_steps` bounds all searches together.

    >>> from .conditions import Atom
    >>> trial, many = Atom("customer.plan", "is", "trial"), Atom("customer.contacts_30d", "gte", 5.0)
    >>> possible = Possibilities([trial, many], {})
    >>> possible.facts([possible.of(trial).holds, possible.of(many).fails])
    {'customer.plan': 'trial'}
    """

    def __init__(
        self, conditions: Iterable[Condition], groups: Mapping[str, Condition], most_steps: float = float("inf")
    ) -> None:
        self._formulas = Formulas(conditions, groups)
        self._statements = self._formulas.statements
        self._full = [each.full for each in self._formulas.classes]
        self._left = most_steps

    @property
    def exhausted(self) -> bool:
        """Whether all steps are used up, so that nothing can be told any more."""
        return self._left < 0

    def of(self, condition: Condition) -> Stated:
        """A condition as formulas to search with."""
        return self._formulas.of(condition)

    def unset(self, name: str) -> Formula:
        """That a field is unset."""
        return self._formulas.unset(name)

    def named(self, name: str) -> tuple[int, Classes] | None:
        """The number and the classes of a field that has values and is tested."""
        return self._formulas.named(name)

    def values(self, name: str) -> list[Any]:
        """Values that stand for all of a field's, as far as conditions tell them apart."""
        of = self._formulas.named(name)
        return [] if of is None else of[1].values

    def at(self, name: str, value: object) -> Formula:
        """That a field has one of these values."""
        of = self._formulas.named(name)
        return TRUE if of is None else (of[0], 1 << of[1].values.index(value))

    def possible(self, formulas: Sequence[Formula]) -> bool:
        """Whether all the formulas may hold together. Raises `GivenUp`."""
        return self._search(formulas) is not None

    def facts(self, formulas: Sequence[Formula]) -> dict[str, object] | None:
        """Facts for which all the formulas hold, most of them unset; `None` if there are none. Raises `GivenUp`.

        They are to be tried: what an expression matches cannot be written down, nor every text.
        """
        known = self._search(formulas)
        if known is None:
            return None
        found = self._statements.facts(known.signs)
        for number, bits in known.bits.items():
            of = self._formulas.classes[number]
            if not bits & of.unset:
                found[of.field.name] = of.values[(bits & -bits).bit_length() - 1]
        return found

    def _search(self, formulas: Sequence[Formula]) -> _Known | None:
        steps = [0]
        ways = [(_Known(), list(formulas))]
        while ways:
            known, open_ = ways.pop()
            if not self._settled(known, open_, steps):
                continue
            if not open_:
                return known
            narrowest = min(open_, key=lambda each: len(each.parts) if isinstance(each, Joined) else 0)
            rest = [each for each in open_ if each is not narrowest]
            parts = narrowest.parts if isinstance(narrowest, Joined) else ()
            ways += [(known.copy(), [part, *rest]) for part in reversed(parts)]
        return None

    def _settled(self, known: _Known, open_: list[Formula], steps: list[int]) -> bool:
        """Takes what must be so for known, until only choices are open; false if it cannot be."""
        waiting, news = open_[:], True
        choices: list[Formula] = []
        while news:
            news = False
            while waiting:
                formula = self._simpler(waiting.pop(), known, steps)
                if not isinstance(formula, Joined):
                    news = True
                    if not self._take(known, formula):
                        return False
                elif formula.every:
                    waiting += formula.parts
                elif not formula.parts:
                    return False
                else:
                    choices.append(formula)
            if news:
                waiting, choices = choices, []
        open_[:] = choices
        return True

    def _take(self, known: _Known, literal: int | tuple[int, int]) -> bool:
        if isinstance(literal, tuple):
            number, bits = literal
            left = known.bits.get(number, self._full[number]) & bits
            known.bits[number] = left
            return left != 0
        for each in (literal, *self._statements.forced(literal)):
            sign = known.signs.setdefault(abs(each), each > 0)
            if sign is not (each > 0):
                return False
        return True

    def _simpler(self, formula: Formula, known: _Known, steps: list[int]) -> Formula:
        """The formula with what is known left out."""
        steps[0] += 1
        self._left -= 1
        if steps[0] > MOST_STEPS or self._left < 0:
            raise GivenUp
        if isinstance(formula, tuple):
            number, bits = formula
            here = known.bits.get(number, self._full[number])
            return FALSE if not here & bits else TRUE if here & bits == here else formula
        if isinstance(formula, int):
            sign = known.signs.get(abs(formula))
            return formula if sign is None else TRUE if sign is (formula > 0) else FALSE
        left: list[Formula] = []
        for part in formula.parts:
            simpler = self._simpler(part, known, steps)
            if isinstance(simpler, Joined) and not simpler.parts:
                if simpler.every is not formula.every:
                    return simpler
            else:
                left.append(simpler)
        return left[0] if len(left) == 1 else Joined(formula.every, tuple(left))


def alike(one: Condition, other: Condition, groups: Mapping[str, Condition]) -> bool:
    """Whether it is certain that two conditions hold for the same facts, and need the same fields to be known.

    >>> from .conditions import Atom, Not
    >>> alike(Atom("customer.contacts_30d", "gt", 3.0), Not(Atom("customer.contacts_30d", "lte", 3.0, "match")), {})
    True
    """
    if _strict(one, groups) != _strict(other, groups):
        return False
    found = Possibilities([one, other], groups)
    first, second = found.of(one), found.of(other)
    try:
        return not (found.possible([first.holds, second.fails]) or found.possible([first.fails, second.holds]))
    except GivenUp:
        return False


def _strict(condition: Condition, groups: Mapping[str, Condition]) -> set[str]:
    return {atom.field for atom in atoms(condition, groups) if atom.on_missing == "error"}


def possible(conditions: Sequence[Condition], groups: Mapping[str, Condition], unset: Collection[str]) -> bool:
    """Whether there may be facts for which all the conditions hold, with these fields unset; where it says no, there
    are none.

    >>> from .conditions import Atom, Not
    >>> trial = Atom("customer.plan", "is", "trial")
    >>> possible([trial], {}, ["customer.plan"]), possible([Not(trial)], {}, ["customer.plan"])
    (False, True)
    """
    found = Possibilities(conditions, groups)
    formulas = [found.of(each).holds for each in conditions]
    try:
        return found.possible([*formulas, *(found.unset(name) for name in unset)])
    except GivenUp:
        return True
