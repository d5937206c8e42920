"""What two policies decide differently of the same openings, and which edits make the difference."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..calendar import WeekHours
from .causes import causes
from .columns import BoolArray, Columns
from .compiled import CompiledPolicy
from .conditions import Group, atoms
from .edits import Edit, edits_of
from .openings import IntArray, Openings, fields_set
from .outcomes import Codes, Decider, Outcome, some_rule_fires
from .policy import Policy
from .standing import KNOWS_ALL, Knowledge
from .vocabulary import field_named

PROTECTED: Final = "protected"
"""The group whose customers should not be left to a bot."""
Kind = Literal["protected", "ordinary"]


@dataclass(frozen=True, slots=True)
class Change:
    """Openings of which the new policy decides something else, all in the same way and by the same edits.

    before, after   what differs: fields that are alike in both are empty, but for the team that people are in; tags are
                    those that are lost, and those that are won
    protected  they are of customers in the group `protected`, whom a bot tries to help now and did not before
    because    the smallest set of edits that does it alone; `None`: not found in the time that a search may take
    rows       which openings, ascending
    samples    some of them, of different texts
    """

    before: Outcome
    after: Outcome
    protected: bool
    because: tuple[Edit, ...] | None
    rows: IntArray
    samples: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many openings."""
        return int(self.rows.size)

    @property
    def causes(self) -> tuple[str, ...]:
        """The ids of the edits, by alphabet."""
        return () if self.because is None else tuple(sorted(edit.id for edit in self.because))

    @property
    def id(self) -> str:
        """Six letters and digits by which it is called: the same whatever openings it was found on."""
        return change_id(self.identity)

    @property
    def identity(self) -> Identity:
        """What it is, whatever openings it was found on."""
        return self.before, self.after, self.protected, self.causes


Identity = tuple[Outcome, Outcome, bool, tuple[str, ...]]
"""Before, after, whether protected customers are newly left to a bot, and the edits that do it."""


def change_id(identity: Identity) -> str:
    """What a change is called; so short that two may be called the same."""
    return hashlib.blake2b(repr(identity).encode(errors="replace"), digest_size=3).hexdigest()


@dataclass(frozen=True, eq=False)
class Difference:
    """Two policies on the same openings.

    changes      those of protected customers first, then the most frequent
    moved        openings from each inbox to each other (`bot`, a team, `escalation`), of those that change
    has_groups   whether the policies tell who is protected
    fires        whether any rule or guard of either fires at all
    unset        fields that a rule or guard tests and that no opening has, by name
    """

    old: Policy
    new: Policy
    openings: Openings
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]
    moved: Mapping[tuple[str, str], int]
    has_groups: bool
    fires: bool
    unset: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many openings change."""
        return sum(change.count for change in self.changes)


def difference(
    old: Policy,
    new: Policy,
    openings: Openings,
    knowledge: Knowledge = KNOWS_ALL,
    hours: WeekHours | None = None,
    done: Callable[[int, int], None] | None = None,
) -> Difference:
    """What `new` decides differently from `old`. Raises `MissingFact`.

    `done` is told how many of the changes are traced.
    """
    decider = Decider(openings.columns, knowledge, hours, openings.language)
    before, after = decider.decided(old), decider.decided(new)
    rows = np.flatnonzero(before != after)
    edits = edits_of(old, new)
    found = causes(old, new, edits, decider, rows, after[rows], done)
    protected = _protected(old, openings.columns) | _protected(new, openings.columns)
    loud = protected[rows] & _newly_automated(decider.outcomes, before[rows], after[rows])
    changes = [
        Change(*differing, is_loud, found.sets[cause] if cause >= 0 else None, each, openings.samples(each))
        for differing, is_loud, cause, each in _grouped(decider.outcomes, before, after, loud, rows, found.of)
    ]
    changes.sort(key=lambda each: (not each.protected, -each.count, each.before, each.after, each.causes))
    return Difference(
        old,
        new,
        openings,
        edits,
        tuple(changes),
        _moved(decider.outcomes, before[rows], after[rows]),
        any(PROTECTED in policy.groups for policy in (old, new)),
        rows.size > 0 or some_rule_fires(old, openings.columns) or some_rule_fires(new, openings.columns),
        _never_known(old, new, openings.columns),
    )


def _grouped(
    outcomes: list[Outcome], before: Codes, after: Codes, loud: BoolArray, rows: IntArray, cause: NDArray[np.int32]
) -> Iterator[tuple[tuple[Outcome, Outcome], bool, int, IntArray]]:
    """Rows that change in the same way and by the same edits, together."""
    if not rows.size:
        return
    pairs, which = np.unique(np.stack([before[rows], after[rows]], axis=1), axis=0, return_inverse=True)
    ways: dict[tuple[Outcome, Outcome], int] = {}
    way = [ways.setdefault(_differing(outcomes[was], outcomes[now]), len(ways)) for was, now in pairs.tolist()]
    kinds = np.stack([np.array(way)[which.ravel()], loud, cause], axis=1)
    distinct, which = np.unique(kinds, axis=0, return_inverse=True)
    which = which.ravel()
    parts = np.split(rows[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
    differing = list(ways)
    for (number, is_loud, of), part in zip(distinct.tolist(), parts, strict=True):
        yield differing[number], bool(is_loud), of, part


def _differing(before: Outcome, after: Outcome) -> tuple[Outcome, Outcome]:
    """Two outcomes without what is alike in them."""
    no_matter = {
        "act": before.act == after.act,
        "route": before.route == after.route and before.automated and after.automated,
        "priority": before.priority == after.priority,
    }
    alike = {name: "" for name, is_alike in no_matter.items() if is_alike}
    lost, won = set(before.tags) - set(after.tags), set(after.tags) - set(before.tags)
    return replace(before, **alike, tags=tuple(sorted(lost))), replace(after, **alike, tags=tuple(sorted(won)))


def _newly_automated(outcomes: list[Outcome], before: Codes, after: Codes) -> BoolArray:
    automated = np.array([outcome.automated for outcome in outcomes], dtype=np.bool_)
    return np.asarray(automated[after] & ~automated[before])


def _protected(policy: Policy, columns: Columns) -> BoolArray:
    if PROTECTED not in policy.groups:
        return np.zeros(columns.size, dtype=np.bool_)
    return CompiledPolicy(policy).holding(Group(PROTECTED), columns)


def _moved(outcomes: list[Outcome], before: Codes, after: Codes) -> Mapping[tuple[str, str], int]:
    pairs, counts = np.unique(np.stack([before, after], axis=1), axis=0, return_counts=True)
    found: Counter[tuple[str, str]] = Counter()
    for (was, now), many in zip(pairs.tolist(), counts.tolist(), strict=True):
        found[outcomes[was].inbox, outcomes[now].inbox] += many
    return dict(sorted(found.items()))


def _never_known(old: Policy, new: Policy, columns: Columns) -> tuple[str, ...]:
    tested = {
        atom.field
        for policy in (old, new)
        for condition in policy.conditions()
        for atom in atoms(condition, policy.groups)
        if (found := field_named(atom.field)) is not None and found.only_in is None
    }
    return tuple(sorted(tested - fields_set(columns, tested)))
