"""A policy over columns: what `decide` says row by row, for a whole batch at once, without a loop over rows.

A condition on text is worked out once per text of the pool and looked up by index; a condition that several rules
share, once per batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .columns import BitArray, BoolArray, Columns, FactColumns, Moments, Numbers, TextPool, Texts, Words, WordSets
from .conditions import All, Atom, Condition, atoms, atoms_wanted
from .decide import MissingFact
from .policy import DEFAULT, ESCALATION
from .truths import Truths
from .vocabulary import CLOCK, PRIORITIES, field_named

if TYPE_CHECKING:
    from .policy import Action, Policy, Ruleset
    from .vocabulary import Trigger

__all__ = [
    "Columns",
    "CompiledPolicy",
    "FactColumns",
    "Late",
    "Moments",
    "Numbers",
    "Routing",
    "TextPool",
    "Texts",
    "WordSets",
    "Words",
]

Late = Mapping[Atom, "bool | BoolArray"]
"""The truth of atoms that only the running clock can tell, for the whole batch or row by row; `on_missing` is settled
already.
"""

READ_ONCE: Final[tuple[Trigger, ...]] = ("arrived", "message", "handed_over")
"""Rulesets that are tried at these look at the clock and the queues once, when people have a conversation."""
NORMAL: Final = PRIORITIES.index("normal")
TAGS_FIELD: Final = "conversation.tags"
ROUTE_FIELD: Final = "conversation.route"
PRIORITY_FIELD: Final = "conversation.priority"


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """Where each conversation of a batch goes.

    `team`: int16 index into `policy.teams`, -1 the escalation inbox. `priority`: int8, 0 urgent, 1 high, 2 normal, 3
    low. `tags`: uint64, bit k is `policy.tags[k]`. `rule`: int16 index into `policy.rule_ids` of the rule that set the
    route, -1 none. `overlap`: two rules of a `unique` ruleset held. `acted`: int16, the rule that acted last at this
    trigger, -1 none.
    """

    team: NDArray[np.int16]
    priority: NDArray[np.int8]
    tags: BitArray
    rule: NDArray[np.int16]
    overlap: BoolArray
    acted: NDArray[np.int16]

    def where(self, rows: NDArray[np.int64]) -> Routing:
        """That of some rows."""
        return Routing(*(getattr(self, part.name)[rows] for part in fields(self)))


class Watch(Protocol):
    """Somebody who wants to know what is tried, in the order in which it is."""

    def rule(self, rule_id: str, when: Condition, tried: BoolArray, truths: Truths) -> None:
        """A guard or a rule is tried on these rows; `truths` says what holds in them now."""

    def default(self, rule_id: str, acts: BoolArray) -> None:
        """The default of a ruleset acts on these rows."""


class CompiledPolicy:
    """A policy made ready for batches.

    `late_atoms_of_guards` and `late_atoms_of_rulesets` are the distinct atoms on live fields (`queue.*`, `team.*`),
    `time_atoms_of_...` those on `time`, each in the order of the file; all are empty for a policy that needs no clock.
    Those of rulesets are those that are tried until people have a conversation; `atoms_at` has those tried later.
    Any of them may be given in `late`; one that is not is read from its column.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        guards = [guard.when for guard in policy.guards]
        rules = [rule.when for ruleset in policy.rulesets for rule in ruleset.rules]
        placing = self._conditions_at(READ_ONCE)
        self.late_atoms_of_guards = self._distinct(guards, live=True)
        self.late_atoms_of_rulesets = self._distinct(placing, live=True)
        self.time_atoms_of_guards = self._distinct(guards, live=False)
        self.time_atoms_of_rulesets = self._distinct(placing, live=False)
        every = list(atoms(All(tuple(policy.conditions())), policy.groups))
        self.fields = frozenset(atom.field for atom in every)
        self._phrases = phrases_by_field(every)
        late = frozenset(atom.field for atom in every if atom.field in CLOCK or _is_live(atom))
        strict_in = atoms_wanted(policy.groups, lambda atom: atom.on_missing == "error")
        self._strict = {condition: _distinct_fields(strict_in(condition), late) for condition in (*guards, *rules)}
        self._codes = {rule_id: code for code, rule_id in enumerate(policy.rule_ids)}

    def atoms_at(self, trigger: Trigger, waited_s: float | None = None, *, live: bool) -> tuple[Atom, ...]:
        """The distinct atoms on live fields (else on `time`) that are looked at, at a trigger."""
        return self._distinct(self._conditions_at((trigger,), waited_s), live=live)

    def forbids(self, columns: Columns, late: Late | None = None, watch: Watch | None = None) -> NDArray[np.int16]:
        """For each row the index into `policy.guards` of the first guard that keeps the bot away, -1 for none; int16.

        `watch` is told what is tried. Raises `MissingFact`.
        """
        truths = self._truths(columns, late)
        found = np.full(columns.size, -1, dtype=np.int16)
        free = np.ones(columns.size, dtype=np.bool_)
        for index, guard in enumerate(self.policy.guards):
            self._try(guard.id, guard.when, truths, free, watch)
            hit = truths.of(guard.when) & free
            found[hit] = index
            free &= ~hit
        return found

    def guards_holding(self, columns: Columns, late: Late | None = None) -> BoolArray:
        """Whether each guard (a row each) holds in each row of the columns, whatever stands before it; under
        `on_missing: error` an unset field is no match.
        """
        return self._holding([guard.when for guard in self.policy.guards], columns, late)

    def rules_holding(self, columns: Columns, late: Late | None = None) -> BoolArray:
        """The same of each rule, in the order of the file, whatever the rules before it did."""
        return self._holding([rule.when for ruleset in self.policy.rulesets for rule in ruleset.rules], columns, late)

    def holding(self, condition: Condition, columns: Columns, late: Late | None = None) -> BoolArray:
        """Whether a condition, of the policy or on its groups, holds in each row; an unset field is never an error."""
        return self._truths(columns, late).of(condition).copy()

    def _holding(self, conditions: list[Condition], columns: Columns, late: Late | None) -> BoolArray:
        truths = self._truths(columns, late)
        held = [truths.of(condition) for condition in conditions]
        return np.array(held, dtype=np.bool_).reshape(len(held), columns.size)

    def route(
        self,
        columns: Columns,
        trigger: Trigger = "arrived",
        late: Late | None = None,
        before: Routing | None = None,
        waited_s: float | None = None,
        watch: Watch | None = None,
    ) -> Routing:
        """Where the rulesets send each row at this trigger, for `waiting` after a wait of `waited_s`; `before` is what
        they did to the same rows earlier. `watch` is told what is tried. Raises `MissingFact`.
        """
        size = columns.size
        truths = self._truths(columns, late)
        draft = _Draft(
            team=np.full(size, -1, dtype=np.int16) if before is None else before.team.astype(np.int16),
            priority=np.full(size, NORMAL, dtype=np.int8) if before is None else before.priority.astype(np.int8),
            tags=np.zeros(size, dtype=np.uint64) if before is None else before.tags.astype(np.uint64),
            rule=np.full(size, -1, dtype=np.int16) if before is None else before.rule.astype(np.int16),
            overlap=np.zeros(size, dtype=np.bool_),
            acted=np.full(size, -1, dtype=np.int16),
            watch=watch,
        )
        for ruleset in self.policy.rulesets:
            if not ruleset.is_tried(trigger, waited_s):
                continue
            match ruleset.hit_policy:
                case "first":
                    self._first(ruleset, truths, draft)
                case "unique":
                    self._unique(ruleset, truths, draft)
                case _:
                    self._all_in_order(ruleset, truths, draft)
        return Routing(draft.team, draft.priority, draft.tags, draft.rule, draft.overlap, draft.acted)

    def evaluate(self, condition: Condition, columns: Columns, late: Late | None = None) -> BoolArray:
        """Whether a condition, of the policy or on its groups, holds in each row. Raises `MissingFact`."""
        truths = self._truths(columns, late)
        strict = [atom for atom in atoms(condition, self.policy.groups) if atom.on_missing == "error"]
        _require("?", strict, truths, np.ones(columns.size, dtype=np.bool_))
        return truths.of(condition).copy()

    def _first(self, ruleset: Ruleset, truths: Truths, draft: _Draft) -> None:
        chosen = np.full(truths.size, len(ruleset.rules), dtype=np.int16)
        free = np.ones(truths.size, dtype=np.bool_)
        for index, rule in enumerate(ruleset.rules):
            self._try(f"{ruleset.name}.{rule.id}", rule.when, truths, free, draft.watch)
            hit = truths.of(rule.when) & free
            np.copyto(chosen, index, where=hit)
            free ^= hit
        self._act(ruleset, chosen, draft)

    def _unique(self, ruleset: Ruleset, truths: Truths, draft: _Draft) -> None:
        chosen = np.full(truths.size, len(ruleset.rules), dtype=np.int16)
        everybody = np.ones(truths.size, dtype=np.bool_)
        once = np.zeros(truths.size, dtype=np.bool_)
        twice = np.zeros(truths.size, dtype=np.bool_)
        for index, rule in enumerate(ruleset.rules):
            self._try(f"{ruleset.name}.{rule.id}", rule.when, truths, everybody, draft.watch)
            hit = truths.of(rule.when)
            twice |= once & hit
            once |= hit
            np.copyto(chosen, index, where=hit)
        np.copyto(chosen, len(ruleset.rules), where=twice)
        draft.overlap |= twice
        self._act(ruleset, chosen, draft)

    def _act(self, ruleset: Ruleset, chosen: NDArray[np.int16], draft: _Draft) -> None:
        """Takes for each row the action of one rule, by its index; the one after the last stands for the default."""
        actions = [*(rule.then for rule in ruleset.rules), ruleset.default]
        codes = np.array(
            [*(self._code(ruleset, rule.id) for rule in ruleset.rules), self._code(ruleset, DEFAULT)], dtype=np.int16
        )
        acting = codes[chosen]
        if draft.watch is not None and ruleset.default is not None:
            draft.watch.default(f"{ruleset.name}.{DEFAULT}", chosen == len(ruleset.rules))
        np.copyto(draft.acted, acting, where=acting >= 0)
        routes = np.array([action is not None and action.route is not None for action in actions])
        priorities = np.array([action is not None and action.priority is not None for action in actions])
        teams = np.array([self._team(action) for action in actions], dtype=np.int16)
        ranks = np.array([_rank(action) for action in actions], dtype=np.int8)
        if routes.any():
            where = routes[chosen]
            np.copyto(draft.team, teams[chosen], where=where)
            np.copyto(draft.rule, acting, where=where)
        if priorities.any():
            np.copyto(draft.priority, ranks[chosen], where=priorities[chosen])
        bits = np.array([self._bits(action) for action in actions], dtype=np.uint64)
        if bits.any():
            draft.tags |= bits[chosen]

    def _all_in_order(self, ruleset: Ruleset, truths: Truths, draft: _Draft) -> None:
        everybody = np.ones(truths.size, dtype=np.bool_)
        nobody = np.ones(truths.size, dtype=np.bool_)
        for rule in ruleset.rules:
            if ruleset.hit_policy == "sequence":
                truths.overlay(
                    {
                        ROUTE_FIELD: Words(draft.team, self.policy.teams),
                        PRIORITY_FIELD: Words(draft.priority, PRIORITIES),
                        TAGS_FIELD: WordSets(draft.tags, self.policy.tags),
                    }
                )
            self._try(f"{ruleset.name}.{rule.id}", rule.when, truths, everybody, draft.watch)
            hit = truths.of(rule.when)
            nobody &= ~hit
            self._act_where(hit, rule.then, self._code(ruleset, rule.id), draft)
        truths.overlay({})
        if ruleset.default is not None:
            if draft.watch is not None:
                draft.watch.default(f"{ruleset.name}.{DEFAULT}", nobody)
            self._act_where(nobody, ruleset.default, self._code(ruleset, DEFAULT), draft)

    def _act_where(self, hit: BoolArray, action: Action, code: int, draft: _Draft) -> None:
        np.copyto(draft.acted, code, where=hit)
        if action.route is not None:
            np.copyto(draft.team, self._team(action), where=hit)
            np.copyto(draft.rule, code, where=hit)
        if action.priority is not None:
            np.copyto(draft.priority, _rank(action), where=hit)
        if action.tags:
            draft.tags |= np.where(hit, np.uint64(self._bits(action)), np.uint64(0))

    def _truths(self, columns: Columns, late: Late | None) -> Truths:
        return Truths(columns, late or {}, self.policy.groups, self._phrases)

    def _try(
        self, rule: str, condition: Condition, truths: Truths, tried: BoolArray, watch: Watch | None
    ) -> None:
        """A rule is tried on some rows. Raises `MissingFact`."""
        _require(rule, self._strict[condition], truths, tried)
        if watch is not None:
            watch.rule(rule, condition, tried, truths)

    def _code(self, ruleset: Ruleset, rule: str) -> int:
        return self._codes.get(f"{ruleset.name}.{rule}", -1)

    def _team(self, action: Action | None) -> int:
        routed = action is not None and action.route not in (None, ESCALATION)
        return self.policy.teams.index(str(action.route)) if action is not None and routed else -1

    def _bits(self, action: Action | None) -> int:
        return sum(1 << self.policy.tags.index(tag) for tag in set(action.tags)) if action is not None else 0

    def _conditions_at(self, triggers: Sequence[Trigger], waited_s: float | None = None) -> list[Condition]:
        tried = [each for each in self.policy.rulesets if any(each.is_tried(at, waited_s) for at in triggers)]
        return [rule.when for ruleset in tried for rule in ruleset.rules]

    def _distinct(self, conditions: list[Condition], *, live: bool) -> tuple[Atom, ...]:
        every = atoms(All(tuple(conditions)), self.policy.groups)
        return tuple(dict.fromkeys(atom for atom in every if (_is_live(atom) if live else atom.field in CLOCK)))


@dataclass(slots=True)
class _Draft:
    """A routing while rulesets are still writing to it."""

    team: NDArray[np.int16]
    priority: NDArray[np.int8]
    tags: BitArray
    rule: NDArray[np.int16]
    overlap: BoolArray
    acted: NDArray[np.int16]
    watch: Watch | None = None


def _require(rule: str, strict: list[Atom] | tuple[Atom, ...], truths: Truths, tried: BoolArray) -> None:
    for atom in strict:
        if (truths.missing(atom) & tried).any():
            raise MissingFact(rule, atom.field)


def _distinct_fields(strict: tuple[Atom, ...], late: frozenset[str]) -> tuple[Atom, ...]:
    """One atom for each field, but all on the `late` ones: each of those may be given or not."""
    found = {atom if atom.field in late else atom.field: atom for atom in reversed(strict)}
    return tuple(reversed(found.values()))


def _rank(action: Action | None) -> int:
    return PRIORITIES.index(action.priority) if action is not None and action.priority is not None else NORMAL


def _is_live(atom: Atom) -> bool:
    field = field_named(atom.field)
    return field is not None and field.live


def phrases_by_field(every: list[Atom]) -> Mapping[str, tuple[str, ...]]:
    """The phrases that text atoms look for, so that one pass over a pool finds them all."""
    phrases: dict[str, dict[str, None]] = {}
    for atom in every:
        field = field_named(atom.field)
        if (
            field is not None
            and field.kind == "text"
            and atom.operator.startswith("contains")
            and isinstance(atom.value, tuple)
        ):
            phrases.setdefault(atom.field, {}).update(dict.fromkeys(map(str, atom.value)))
    return {name: tuple(found) for name, found in phrases.items()}
