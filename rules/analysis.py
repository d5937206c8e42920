"""What stands behind the findings about a policy's conditions: searches for customers, and the truth of many conditions
for many of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..findings import Finding, Level
from .columns import FactColumns, Texts
from .compiled import phrases_by_field
from .conditions import All, Atom, Condition, atoms, leaves
from .decide import Decision, Facts, MissingFact, decide, holds
from .formulas import Formula, Stated
from .policy import Policy, Ruleset
from .possibility import GivenUp, Possibilities
from .truths import Truths
from .vocabulary import FIELDS
from .wording import fact_in_words, listed

SET_SO_FAR: Final = frozenset(name for name, field in FIELDS.items() if field.only_in == "sequence")
"""Fields that say what earlier rules did."""
MOST_STEPS: Final = 3_000_000
"""Of all searches over one policy together."""
MOST_ROUNDS: Final = 60
MOST_TOLD: Final = 3
"""Rules that are named in one message."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a rule among others that come before it (or beside it, where one alone may act).

    acts      somebody for whom it acts is known: `facts`
    never     nobody meets its condition
    covered   whoever meets it meets one of `by` (numbers), as `facts` does
    unknown   it cannot be told

    `beside` are the later ones whose conditions `facts` meet too.
    """

    kind: Literal["acts", "never", "covered", "unknown"]
    facts: Facts | None = None
    by: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()


class Analysis:
    """A policy whose conditions are asked about, and `more`; all fields are known, and compared as their types are."""

    def __init__(self, policy: Policy, more: Iterable[Condition] = ()) -> None:
        self.policy = policy
        self._possible = Possibilities((*policy.conditions(), *more), policy.groups, MOST_STEPS)
        self._bits: dict[int, dict[int, int]] = {}
        self._met: dict[tuple[Condition, ...], tuple[list[Facts | None], NDArray[np.bool_]]] = {}
        self._atoms: dict[str, frozenset[Atom]] = {}
        every = list(atoms(All(tuple(policy.conditions())), policy.groups))
        self._phrases = phrases_by_field(every)
        self._stated: dict[int, tuple[Condition, Stated]] = {}

    @property
    def exhausted(self) -> bool:
        """Whether searches have taken all the steps that there are, so that nothing more is found."""
        return self._possible.exhausted

    def of(self, condition: Condition) -> Stated:
        """The condition to search with; each object is read once."""
        if id(condition) not in self._stated:
            self._stated[id(condition)] = condition, self._possible.of(condition)
        return self._stated[id(condition)][1]

    def unset(self, name: str) -> Formula:
        """That a field is unset."""
        return self._possible.unset(name)

    def values(self, name: str) -> list[Any]:
        """Values that stand for all of a field's; none of a field that nothing tests."""
        return self._possible.values(name)

    def at(self, name: str, value: object) -> Formula:
        """That a field has the value, one of `values`."""
        return self._possible.at(name, value)

    def formulas(self, condition: Condition) -> Stated:
        """A condition made for one question, of parts of the policy's."""
        return self._possible.of(condition)

    def facts(self, formulas: Sequence[Formula]) -> Facts | None:
        """Facts for which the formulas hold; `None`: nobody is like that. Raises `GivenUp`."""
        return self._possible.facts(formulas)

    def nobody(self, *formulas: Formula) -> bool:
        """Whether it is certain that the formulas never hold together."""
        try:
            return not self._possible.possible(formulas)
        except GivenUp:
            return False

    def apart(self, one: Condition, other: Condition) -> bool:
        """Whether it is plain that two conditions never hold together: they ask for different values of a field."""
        first, second = self._asked(self.of(one).holds), self._asked(self.of(other).holds)
        return any(not bits & second[number] for number, bits in first.items() if number in second)

    def asked(self, condition: Condition, name: str) -> list[Any]:
        """The values of a field (`None`: unset) for which a condition may hold, as far as is plain; empty for all."""
        of = self._possible.named(name)
        bits = {} if of is None else self._asked(self.of(condition).holds)
        if of is None or of[0] not in bits:
            return []
        return [each for number, each in enumerate([*of[1].values, None]) if bits[of[0]] >> number & 1]

    def _asked(self, formula: Formula) -> dict[int, int]:
        """The classes of values without which a formula never holds, by field."""
        if isinstance(formula, tuple):
            return {formula[0]: formula[1]}
        if isinstance(formula, int):
            return {}
        if id(formula) not in self._bits:
            parts = [self._asked(part) for part in formula.parts]
            found: dict[int, int] = {}
            for number in {number for part in parts for number in part}:
                if formula.every:
                    found[number] = reduce(and_, (part[number] for part in parts if number in part))
                elif all(number in part for part in parts):
                    found[number] = reduce(or_, (part[number] for part in parts))
            self._bits[id(formula)] = found
        return self._bits[id(formula)]

    def somebody(self, *formulas: Formula, shows: Callable[[Facts], bool] | None = None) -> Facts | None:
        """Facts for which the formulas hold and `shows` too, if one is found."""
        try:
            facts = self._possible.facts(formulas)
            return facts if facts is not None and (shows is None or shows(facts)) else None
        except (GivenUp, MissingFact):
            return None

    def shown(self, condition: Condition) -> Facts | None:
        """Facts for which a condition holds, if any are found."""
        return self.somebody(self.of(condition).holds, shows=lambda facts: self.holds(condition, facts))

    def holds(self, condition: Condition, facts: Facts) -> bool:
        """Whether the condition holds; what needs an unset field does not."""
        try:
            return holds(condition, facts, self.policy.groups)
        except MissingFact:
            return False

    def decided(self, ruleset: Ruleset, facts: Facts) -> Decision | None:
        """What one ruleset does; `None` where it needs a field that is unset."""
        try:
            wait_s = next(iter(ruleset.waiting_s), None)
            return decide(replace(self.policy, rulesets=(ruleset,)), facts, ruleset.on[0], waited_s=wait_s)
        except MissingFact:
            return None

    def decidable(self, ruleset: Ruleset, facts: Facts) -> Facts | None:
        """The facts, if no rule of the ruleset needs a field that is unset in them."""
        needed = {atom.field for atom in self._atoms_of(ruleset) if atom.on_missing == "error"}
        return facts if needed <= facts.keys() else None

    def reads_of_what_is_set(self, ruleset: Ruleset) -> frozenset[str]:
        """The fields by which rules of a sequence go by what earlier ones set."""
        return SET_SO_FAR & {atom.field for atom in self._atoms_of(ruleset)}

    def _atoms_of(self, ruleset: Ruleset) -> frozenset[Atom]:
        if ruleset.name not in self._atoms:
            every = atoms(All(tuple(rule.when for rule in ruleset.rules)), self.policy.groups)
            self._atoms[ruleset.name] = frozenset(
                atom for atom in every if atom.on_missing == "error" or atom.field in SET_SO_FAR
            )
        return self._atoms[ruleset.name]

    def truths(self, conditions: Sequence[Condition], rows: Sequence[Facts]) -> NDArray[np.bool_]:
        """Whether each condition (a row each) holds for each of these facts."""
        columns = FactColumns(rows)
        for name, phrases in self._phrases.items():
            # Once for all conditions, of which each would ask for all of them anew.
            column = columns.column(name)
            if isinstance(column, Texts):
                column.pool.prepare(phrases)
        truths = Truths(columns, {}, self.policy.groups, {})
        found = np.zeros((len(conditions), len(rows)), dtype=np.bool_)
        for number, condition in enumerate(conditions):
            found[number] = truths.of(condition)
        return found

    def who_meets(self, conditions: Sequence[Condition]) -> tuple[list[Facts | None], NDArray[np.bool_]]:
        """For each condition somebody who should meet it (`None`: nobody, or given up), and whether each condition (a
        row each) holds for each of them.
        """
        asked = tuple(conditions)
        if asked not in self._met:
            found = [self.somebody(self.of(condition).holds) for condition in conditions]
            self._met[asked] = found, self.truths(conditions, [facts or {} for facts in found])
        return self._met[asked]

    def fates(self, conditions: Sequence[Condition], *, among_all: bool = False) -> list[Fate]:
        """What becomes of each rule with these conditions, the others tried before it; `among_all`: all others."""
        stated = [self.of(condition) for condition in conditions]
        fates = [Fate("unknown") for _ in conditions]
        waiting: dict[int, list[int]] = {number: [] for number in range(len(conditions))}
        met: dict[int, Facts] = {}
        for _ in range(MOST_ROUNDS):
            rows: dict[int, Facts] = {}
            for number, blockers in list(waiting.items()):
                try:
                    facts = self.facts([stated[number].holds, *(stated[each].fails for each in blockers)])
                except GivenUp:
                    del waiting[number]
                    continue
                if facts is not None:
                    rows[number] = facts
                    continue
                del waiting[number]
                if blockers:
                    fates[number] = Fate("covered", met[number], self._fewest(stated, number, blockers))
                else:
                    fates[number] = Fate("never")
            if not rows:
                break
            truths = self.truths(conditions, list(rows.values()))
            for column, (number, facts) in enumerate(rows.items()):
                held = np.flatnonzero(truths[:, column]).tolist()
                more = [each for each in held if each < number or (among_all and each != number)]
                if not truths[number, column] or not set(more).isdisjoint(waiting[number]):
                    del waiting[number]  # The search takes for possible what it cannot write down.
                elif not more:
                    fates[number] = Fate("acts", facts, beside=tuple(each for each in held if each > number))
                    del waiting[number]
                else:
                    met.setdefault(number, facts)
                    waiting[number] += more
        return fates

    def _fewest(self, stated: Sequence[Stated], number: int, blockers: Sequence[int]) -> tuple[int, ...]:
        """One that covers the rule alone, if any does, else no more than are needed."""
        for each in blockers:
            if self.nobody(stated[number].holds, stated[each].fails):
                return (each,)
        needed = list(blockers)
        for each in blockers:
            rest = [other for other in needed if other != each]
            if self.nobody(stated[number].holds, *(stated[other].fails for other in rest)):
                needed = rest
        return tuple(sorted(needed))

    def finding(
        self, id_: str, level: Level, message: str, at: Place, witness: Facts | None = None
    ) -> Finding:
        """A finding with its place in the policy's file, and the witness in words and as facts."""
        told = message if witness is None else f"{message}; for instance: {in_plain_words(witness)}"
        return Finding(id_, level, told, self.policy.place, *at, witness)


Place = tuple[int | None, int | None]


def place_of(condition: Condition, else_: Place = (None, None)) -> Place:
    """Where a condition begins in its file."""
    leaf = next(leaves(condition), None)
    return else_ if leaf is None or leaf.line is None else (leaf.line, leaf.column)


def in_plain_words(facts: Facts) -> str:
    """A customer and a message: `customer.plan trial, message.text "refund"`; a text last."""
    if not facts:
        return "a customer of whom nothing is known"
    names = sorted(facts, key=lambda name: (name == "message.text", name))
    return ", ".join(f"{name} {fact_in_words(name, facts[name])}" for name in names)


def these(names: Iterable[str]) -> str:
    """A few names in backticks, and how many more there are."""
    every = [f"`{name}`" for name in names]
    more = len(every) - MOST_TOLD
    return listed(every if more <= 0 else [*every[:MOST_TOLD], f"{more} more"], "and")
