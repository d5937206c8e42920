"""Policies in which something that no case has tried makes no difference any more: whoever tells one from the policy
tests it, and shows that it matters by itself (modified condition/decision coverage, Chilenski and Miller 1994).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .conditions import ALWAYS, All, Any_, Atom, Condition, Group, None_, Not, leaves
from .coverage import Coverage
from .mutation import Mutant
from .policy import DEFAULT, Policy
from .wording import in_words


def without_the_untested(coverage: Coverage) -> Iterator[Mutant]:
    """For each rule that never fired the policy without it; for each outcome of a part of a condition that was never
    seen, the policy in which the part has the other outcome for everybody.
    """
    policy = coverage.policy
    for each in coverage.covered:
        owner = f"group {each.id}" if each.kind == "group" else each.id
        if each.acts and not each.fired:
            yield Mutant("drop rule", owner, "it never fires", _without(policy, each.id), each.line, each.column)
        for number, part in enumerate(each.parts):
            for seen, truth in ((part.held, False), (part.failed, True)):
                if not seen:
                    told = f"never {str(not truth).lower()}: {in_words(part.leaf)}"
                    stuck = _with_stuck(policy, owner, number, ALWAYS if truth else Any_(()))
                    yield Mutant("stuck", owner, told, stuck, part.leaf.line, part.leaf.column)


def _without(policy: Policy, id_: str) -> Policy:
    rulesets = tuple(
        replace(
            ruleset,
            rules=tuple(rule for rule in ruleset.rules if f"{ruleset.name}.{rule.id}" != id_),
            default=None if id_ == f"{ruleset.name}.{DEFAULT}" else ruleset.default,
        )
        for ruleset in policy.rulesets
    )
    return replace(policy, guards=tuple(each for each in policy.guards if each.id != id_), rulesets=rulesets)


def _with_stuck(policy: Policy, owner: str, number: int, constant: Condition) -> Policy:
    def changed(when: Condition, of: str) -> Condition:
        return _with_leaf(when, number, constant) if of == owner else when

    rulesets = tuple(
        replace(
            ruleset,
            rules=tuple(replace(r, when=changed(r.when, f"{ruleset.name}.{r.id}")) for r in ruleset.rules),
        )
        for ruleset in policy.rulesets
    )
    return replace(
        policy,
        groups={name: changed(when, f"group {name}") for name, when in policy.groups.items()},
        guards=tuple(replace(guard, when=changed(guard.when, guard.id)) for guard in policy.guards),
        rulesets=rulesets,
    )


def _with_leaf(condition: Condition, number: int, new: Condition) -> Condition:
    """The condition with another in place of the leaf of this number, counted as `leaves` does."""
    match condition:
        case Atom() | Group():
            return new if number == 0 else condition
        case Not(part):
            return Not(_with_leaf(part, number, new))
        case All(parts) | Any_(parts) | None_(parts):
            found = []
            for part in parts:
                many = sum(1 for _ in leaves(part))
                found.append(_with_leaf(part, number, new) if 0 <= number < many else part)
                number -= many
            return type(condition)(tuple(found))
