"""What of a policy is tried: which rules fired, and which parts of their conditions were seen true and seen false."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import floor

import numpy as np

from ..findings import Finding
from .columns import BoolArray, Columns
from .compiled import CompiledPolicy
from .conditions import Atom, Condition, Group, leaves
from .decide import Tried, holds
from .mutation import default_never_acts
from .policy import DEFAULT, Policy
from .truths import Truths
from .wording import in_words


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition as written, an atom or a group's name, and how often it was seen to hold and not to."""

    leaf: Atom | Group
    held: int
    failed: int

    @property
    def seen(self) -> int:
        """Of its two outcomes those that were seen."""
        return (self.held > 0) + (self.failed > 0)


@dataclass(frozen=True, slots=True)
class Covered:
    """A guard, rule, default or group: how often it was tried and fired (of a group: was looked at and held).

    `parts` are those of its condition. Of the conditions of a bot's flow nothing is counted.
    """

    id: str
    kind: str
    tried: int
    fired: int
    parts: tuple[Part, ...] = ()
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)

    @property
    def acts(self) -> bool:
        """Whether it is something that fires."""
        return self.kind != "group"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was tried of a policy, in the order of its file."""

    policy: Policy
    covered: tuple[Covered, ...]

    @property
    def rules(self) -> tuple[int, int]:
        """Guards, rules and defaults that fired, and all."""
        acting = [each for each in self.covered if each.acts]
        return sum(each.fired > 0 for each in acting), len(acting)

    @property
    def outcomes(self) -> tuple[int, int]:
        """Outcomes of parts of conditions that were seen, and all."""
        parts = [part for each in self.covered for part in each.parts]
        return sum(part.seen for part in parts), 2 * len(parts)

    @property
    def share(self) -> float:
        """The share of rules that fired and of outcomes that were seen, together; 1 where there is nothing to see."""
        seen, all_ = (sum(pair) for pair in zip(self.rules, self.outcomes, strict=True))
        return seen / all_ if all_ else 1.0

    def findings(self, on: str | None = None) -> Iterator[Finding]:
        """What is not covered: Q801 a rule that never fires in any case, or, `on` messages or a scenario of this name,
        Q803; Q802 an outcome that is never seen.
        """
        number, advice = "Q803", f"on {on} it does nothing"
        if on is None:
            number, advice = "Q801", "add a case in which it fires"
        for each in self.covered:
            if each.acts and not each.fired:
                tried = "is tried and never fires" if each.tried else "is never tried"
                yield self._finding(number, f"{each.kind} `{each.id}` {tried}; {advice}", each)
            for part in each.parts if each.tried else ():
                for outcome, times in (("true", part.held), ("false", part.failed)):
                    if not times:
                        told = f"in {each.kind} `{each.id}` it is never {outcome} that {in_words(part.leaf)}"
                        yield self._finding("Q802", told, part.leaf)

    def _finding(self, number: str, message: str, at: Covered | Atom | Group) -> Finding:
        return Finding(number, "warning", message, self.policy.place, at.line, at.column)


def percent_seen(share: float) -> str:
    """A share in per cent, never rounded up.

    >>> percent_seen(0.9999), percent_seen(1.0)
    ('99.9%', '100%')
    """
    return "100%" if share >= 1 else f"{floor(1000 * share) / 10:g}%"


def coverage_of(policy: Policy, tried: Iterable[Tried]) -> Coverage:
    """What these tries of its rules cover of a policy."""
    counts = _Counts(policy)
    for each in tried:
        counts.add(each)
    return Coverage(policy, tuple(counts.covered()))


def coverage_on(policy: Policy, columns: Columns) -> Coverage:
    """What conversations cover at their opening, one a row: guards, if there is a bot, and rulesets on `arrived`.

    Raises `MissingFact`.
    """
    counts, compiled = _Counts(policy), CompiledPolicy(policy)
    if policy.bot is not None:
        compiled.forbids(columns, watch=counts)
    compiled.route(columns, "arrived", watch=counts)
    return Coverage(policy, tuple(counts.covered()))


class _Counts:
    """What was seen so far, by owner (a guard's id, `ruleset.rule`, `group NAME`)."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._tried: dict[str, int] = defaultdict(int)
        self._fired: dict[str, int] = defaultdict(int)
        self._parts: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        self._conditions: Mapping[str, Condition] = {guard.id: guard.when for guard in policy.guards} | {
            f"{ruleset.name}.{rule.id}": rule.when for ruleset in policy.rulesets for rule in ruleset.rules
        }

    def add(self, tried: Tried) -> None:
        """One try of a rule."""
        self._tried[tried.id] += 1
        self._fired[tried.id] += tried.fired
        condition = self._conditions.get(tried.id)
        if condition is not None:
            self._look(tried.id, condition, tried, set())

    def rule(self, rule_id: str, when: Condition, tried: BoolArray, truths: Truths) -> None:
        """Tries of a guard or a rule, many at a time."""
        self._tried[rule_id] += int(np.count_nonzero(tried))
        self._fired[rule_id] += int(np.count_nonzero(truths.of(when) & tried))
        self._look_at(rule_id, when, tried, truths, set())

    def default(self, rule_id: str, acts: BoolArray) -> None:
        """Defaults that act."""
        many = int(np.count_nonzero(acts))
        self._tried[rule_id] += many
        self._fired[rule_id] += many

    def _look_at(self, owner: str, condition: Condition, tried: BoolArray, truths: Truths, entered: set[str]) -> None:
        many = int(np.count_nonzero(tried))
        for number, leaf in enumerate(leaves(condition)):
            held = int(np.count_nonzero(truths.of(leaf) & tried))
            seen = self._parts[owner, number]
            seen[True] += held
            seen[False] += many - held
            if isinstance(leaf, Group) and leaf.name not in entered:
                entered.add(leaf.name)
                group = f"group {leaf.name}"
                self._tried[group] += many
                self._fired[group] += held
                self._look_at(group, self._policy.groups[leaf.name], tried, truths, entered)

    def _look(self, owner: str, condition: Condition, tried: Tried, entered: set[str]) -> None:
        for number, leaf in enumerate(leaves(condition)):
            held = holds(leaf, tried.facts, self._policy.groups, tried.id)
            self._parts[owner, number][held] += 1
            if isinstance(leaf, Group) and leaf.name not in entered:
                entered.add(leaf.name)
                group = f"group {leaf.name}"
                self._tried[group] += 1
                self._fired[group] += held
                self._look(group, self._policy.groups[leaf.name], tried, entered)

    def covered(self) -> Iterator[Covered]:
        """The policy with its counts."""
        policy = self._policy
        for name, condition in policy.groups.items():
            yield self._of("group", name, f"group {name}", condition)
        for guard in policy.guards:
            yield self._of("guard", guard.id, guard.id, guard.when, guard.line, guard.column)
        for ruleset in policy.rulesets:
            for rule in ruleset.rules:
                name = f"{ruleset.name}.{rule.id}"
                yield self._of("rule", name, name, rule.when, rule.line, rule.column)
            if ruleset.default is not None and not default_never_acts(policy, ruleset):
                name, action = f"{ruleset.name}.{DEFAULT}", ruleset.default
                yield Covered(name, "default", self._tried[name], self._fired[name], (), action.line, action.column)

    def _of(
        self,
        kind: str,
        name: str,
        owner: str,
        condition: Condition,
        line: int | None = None,
        column: int | None = None,
    ) -> Covered:
        parts = tuple(
            Part(leaf, held=self._parts[owner, number][1], failed=self._parts[owner, number][0])
            for number, leaf in enumerate(leaves(condition))
        )
        return Covered(name, kind, self._tried[owner], self._fired[owner], parts, line, column)
