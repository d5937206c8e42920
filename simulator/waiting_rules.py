"""What rules do to conversations while they wait for people, as the clock comes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from math import inf

import numpy as np
from numpy.typing import NDArray

from ..rules.conditions import Atom
from .attempts import Attempt, Attempts, GuardCase, RouteCase
from .visit_chains import Purpose


@dataclass(frozen=True)
class RuleRecords:
    """What rules changed while conversations waited, one entry each, in order of time.

    code      int32    the conversation
    at_s      float64  run seconds
    stage     int8     index into the attempts' stages
    rule      int16    code of the rule that moved it, else of the one that acted last
    team      int8     where it is now, as code of the scenario's teams
    priority  int8     what it is now
    tags      uint64   those that it has now
    route     int16    the team that rules have chosen, as code of the policy's; -1: none have
    """

    code: NDArray[np.int32]
    at_s: NDArray[np.float64]
    stage: NDArray[np.int8]
    rule: NDArray[np.int16]
    team: NDArray[np.int8]
    priority: NDArray[np.int8]
    tags: NDArray[np.uint64]
    route: NDArray[np.int16]


NO_CHANGES = RuleRecords(
    np.empty(0, dtype=np.int32),
    np.empty(0, dtype=np.float64),
    np.empty(0, dtype=np.int8),
    np.empty(0, dtype=np.int16),
    np.empty(0, dtype=np.int8),
    np.empty(0, dtype=np.int8),
    np.empty(0, dtype=np.uint64),
    np.empty(0, dtype=np.int16),
)


def joined_records(parts: list[RuleRecords]) -> RuleRecords:
    """Records one after the other."""
    return RuleRecords(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(RuleRecords)}
    )


@dataclass(slots=True)
class _Waiter:
    """A conversation that waits: since when, and how far its rules have been tried."""

    attempt: Attempt
    dialogues: GuardCase
    position: int
    case: RouteCase
    from_s: float
    step: int = 0


class WaitingRules:
    """Tells the floor when rules are tried on who waits, and what comes of it.

    `now_of(atoms, now_s)` is the number of the case of late conditions that holds; `begins_in(code)` is where a
    conversation stands that reaches people: its attempt, the cases of guards and rulesets, its position.
    """

    def __init__(
        self,
        attempts: Attempts,
        now_of: Callable[[tuple[Atom, ...], float], int],
        begins_in: Callable[[int], tuple[Attempt, GuardCase, RouteCase, int]],
    ) -> None:
        self._now_of, self._begins_in = now_of, begins_in
        first = (attempts.touch == 1) & (attempts.purpose <= Purpose.WORK)
        self._owner, self._is_first = attempts.owner, first.tobytes()
        self.keeps_priority = (first | attempts.keeps_priority | (attempts.touch == 1)).tobytes()
        """For each visit one byte: whether it has the priority of the conversation, not that of all moved on."""
        self._waiters: dict[int, _Waiter] = {}
        self._changes: list[tuple[float, ...]] = []

    def begins(self, visit: int, now_s: float) -> float:
        """A visit begins to wait; returns when rules are tried on it, infinite if never."""
        if not self._is_first[visit]:
            return inf
        code = self._owner.item(visit)
        attempt, guards, case, position = self._begins_in(code)
        self._waiters[code] = _Waiter(attempt, guards, position, case, now_s)
        return self._next_s(self._waiters[code])

    def tried(self, visit: int, now_s: float) -> tuple[int, int, float]:
        """Rules are tried on a visit that still waits; returns the visit that goes on waiting (the same one if it
        stays), its priority, and when they are tried next, infinite if never.
        """
        code = self._owner.item(visit)
        waiter = self._waiters[code]
        step, before = waiter.attempt.steps[waiter.step], waiter.case.placements
        waiter.case = waiter.case.then[self._now_of(step.atoms, now_s)]
        waiter.step += 1
        after, at = waiter.case.placements, int(np.searchsorted(waiter.dialogues.over, waiter.position))
        was, now = (
            (each.rule.item(at), each.team.item(at), each.priority.item(at), each.tags.item(at))
            for each in (before, after)
        )
        if was != now:
            rule = now[0] if was[:2] != now[:2] else after.acted.item(at)
            self._changes.append(
                (code, now_s, step.stage.item(waiter.position), rule, *now[1:], after.route.item(at))
            )
        return waiter.case.first_visit.item(waiter.position), now[2], self._next_s(waiter)

    def records(self) -> RuleRecords:
        """What they changed."""
        if not self._changes:
            return NO_CHANGES
        names = (field.name for field in fields(RuleRecords))
        columns = zip(names, zip(*self._changes, strict=True), strict=True)
        return RuleRecords(
            **{name: np.array(column, dtype=getattr(NO_CHANGES, name).dtype) for name, column in columns}
        )

    def _next_s(self, waiter: _Waiter) -> float:
        steps = waiter.attempt.steps
        if waiter.step >= len(steps):
            return inf
        return waiter.from_s + steps[waiter.step].after_s.item(waiter.position)
