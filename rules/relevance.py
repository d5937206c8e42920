"""Which edits can matter to which openings: those of rules that hold there, and of what holds everywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from .columns import BoolArray, Columns
from .compiled import CompiledPolicy
from .conditions import Condition, Group, atoms, leaves
from .edits import Edit
from .policy import Policy
from .vocabulary import field_named


def relevant(old: Policy, new: Policy, edits: Sequence[Edit], columns: Columns) -> BoolArray:
    """Whether each edit (a row each) may matter to each opening (a column each).

    An edit of a guard or rule matters where that holds, in the old policy or the new one; one of a group, where it
    holds in one of them only; all others everywhere. Where a condition names a group that is edited too, it may hold
    under some of the edits and under none or all of them not: such an edit matters everywhere.
    """
    edited = {edit.owner.removeprefix("group ") for edit in edits if edit.owner.startswith("group ")}
    holding = [_holding(policy, columns, edited) for policy in (old, new)]
    everywhere = np.ones(columns.size, dtype=np.bool_)
    found = [_where(edit, holding, everywhere) for edit in edits]
    return np.array(found, dtype=np.bool_).reshape(len(found), columns.size)


def _where(edit: Edit, holding: Sequence[Mapping[str, BoolArray]], everywhere: BoolArray) -> BoolArray:
    owners = {edit.owner, *(f"{kind}.{name}" for kind, name, _ in edit.parts if kind.startswith("rule "))}
    known = [held[owner] for held in holding for owner in owners if owner in held]
    if not known:
        return everywhere
    if edit.owner.startswith("group "):
        return np.asarray(known[0] ^ known[1]) if len(known) == len(holding) else everywhere
    return np.asarray(np.logical_or.reduce(known))


def _holding(policy: Policy, columns: Columns, edited: Collection[str]) -> Mapping[str, BoolArray]:
    """Where each group, guard and rule holds, by what an edit of it calls its owner; none of those that name a group
    that is edited.
    """
    compiled = CompiledPolicy(policy)
    found: dict[str, BoolArray] = {}
    for name, condition in policy.groups.items():
        if not _names_any(condition, edited, policy):
            found[f"group {name}"] = compiled.holding(Group(name), columns)
    for guard, held in zip(policy.guards, compiled.guards_holding(columns), strict=True):
        found[f"guard {guard.id}"] = held | _names_any(guard.when, edited, policy)
    rules = [(ruleset, rule) for ruleset in policy.rulesets for rule in ruleset.rules]
    for (ruleset, rule), held in zip(rules, compiled.rules_holding(columns), strict=True):
        # What rules before it have set is not known here.
        unknown = _reads_other_rules(policy, rule.when) or _names_any(rule.when, edited, policy)
        found[f"rule {ruleset.name}.{rule.id}"] = held | unknown
    return found


def _names_any(condition: Condition, groups: Collection[str], policy: Policy) -> bool:
    """Whether a condition names one of some groups, by itself or in a group that it names."""
    named = {each.name for each in leaves(condition) if isinstance(each, Group)}
    return bool(named & set(groups)) or any(_names_any(policy.groups[name], groups, policy) for name in named)


def _reads_other_rules(policy: Policy, condition: Condition) -> bool:
    fields = (field_named(atom.field) for atom in atoms(condition, policy.groups))
    return any(field is not None and field.only_in is not None for field in fields)
