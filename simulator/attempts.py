"""Attempts computed ahead: what each conversation will do, as far as no clock is needed.

Attempt 1 is everybody's; attempt k + 1 is computed for the customers whose own draws could bring them back. Where a
rule needs the
running clock or the live state of the queues, every combination of answers (a *case*) is computed and the clock picks
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntFlag
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DeskdrillError
from ..rules.compiled import NORMAL, CompiledPolicy, Late
from ..rules.conditions import Atom
from .cells import joined
from .channels import by_email
from .desk import Desk
from .dialogue import Dialogues, Ending
from .draws import Draws
from .encounter import Encounter
from .extras import Columns, Extras
from .outages import outage_atoms
from .own_bot import OwnBot
from .placement import Placements, Placer
from .population import Population
from .protection import Protection, protection_of
from .replies import Replies
from .rounds import played
from .visit_chains import Purpose, VisitChains, visit_chains
from .visit_planner import VisitPlanner
from .visits import PlannedVisits
from .waiting_plan import Stage, Step, Waiters, stages_of, steps_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

LATE_CONDITIONS_AT_MOST = 6


class If(IntFlag):
    """After which ends of a conversation its customer comes back."""

    HELPED = 1
    """The problem is solved by then."""
    UNSOLVED = 2
    LEFT = 4
    """The customer left the queue, and the problem is not solved."""


class TooManyLateConditions(DeskdrillError):
    """A policy asks for more live conditions than the simulator plays ahead."""

    def __init__(self, policy: str, found: int) -> None:
        super().__init__(policy, found)

    def __str__(self) -> str:
        policy, found = self.args
        return (
            f"{policy}: {found} different conditions on time, live queues and outages; at most "
            f"{LATE_CONDITIONS_AT_MOST} can be simulated, so share them between rules"
        )


@dataclass(frozen=True)
class RouteCase:
    """Placements of the conversations that reach people, in one case of the late conditions of the rulesets.

    first_visit   int32, one entry for each row of the dialogues: its first visit; -1 if it does not reach people
    then          the cases at the next step of their waits, in which rules may have moved them to another visit
    """

    placements: Placements
    first_visit: IntArray
    then: tuple[RouteCase, ...] = ()


@dataclass(frozen=True)
class GuardCase:
    """Dialogues in one case of the late conditions of the guards; `over` are the positions of those that reach
    people.
    """

    dialogues: Dialogues
    over: IntArray
    routes: tuple[RouteCase, ...]


@dataclass(frozen=True)
class Attempt:
    """All that is known ahead of attempts of one number. `first_code` numbers its conversations among all.

    by_history: the clock has to tell, too, whom the bot has blocked in an earlier attempt; the even cases are of those
    whom it has not.

    returns   uint8, one entry for each row: after which of its ends the customer would come back (`If`, as bits)
    follows   int32, its position in the next attempt; -1: would not come back
    steps     the moments of their waits at which rules are tried
    """

    number: int
    first_code: int
    rows: IntArray
    cases: tuple[GuardCase, ...]
    returns: NDArray[np.uint8]
    follows: IntArray
    guard_atoms: tuple[Atom, ...]
    route_atoms: tuple[Atom, ...]
    by_history: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether the running clock has to choose between cases."""
        return bool(self.guard_atoms or self.route_atoms)


@dataclass(frozen=True)
class Attempts:
    """All attempts and the visits that they may make.

    owner          int32  code of the conversation of each visit
    touch          int8   1 for the first team that it comes to, and so on
    purpose        int8   `Purpose`
    solves         bool   if this is its last visit, the service really solves the problem
    wrong_teams    int8   wrong teams, triage not counted, that it has come to, this one included
    """

    attempts: tuple[Attempt, ...]
    visits: PlannedVisits
    owner: IntArray
    touch: NDArray[np.int8]
    purpose: NDArray[np.int8]
    solves: NDArray[np.bool_]
    wrong_teams: NDArray[np.int8]
    protection: Protection
    stages: tuple[Stage, ...]
    keeps_priority: bool

    @property
    def conversations(self) -> int:
        """Number of conversations that could happen."""
        last = self.attempts[-1]
        return last.first_code + last.rows.size


def draw_attempts(
    desk: Desk,
    policy: CompiledPolicy,
    replies: Replies | None,
    people: Population,
    draws: Draws,
    own_bot: OwnBot | None = None,
) -> Attempts:
    """Everything that needs no clock, for one policy and one population; `own_bot` is the policy's, if it has one."""
    protection = protection_of(desk.scenario, people)
    encounter = Encounter(desk, policy, replies, people, draws, protection, own_bot)
    placer = Placer(desk, policy, people, draws)
    planner = VisitPlanner(desk, people, draws, policy.policy)
    visits = _VisitList(planner, Extras(desk, people, draws), keeps_priority=desk.scenario.escalation.keeps_priority)
    stages = stages_of(policy)
    attempts: list[Attempt] = []
    rows, starts_s, first_code = np.arange(people.size, dtype=np.int32), people.arrives_s, 0
    returns = desk.scenario.returns
    last = 1 if returns is None else returns.at_most + 1
    blocked = np.zeros(rows.size, dtype=np.bool_)
    for number in range(1, last + 1):
        attempt_visits = visits.of_attempt(first_code)
        steps = steps_of(policy, stages, rows.size, number)
        guard_atoms, route_atoms = _late_atoms(policy, number, outage_atoms(desk.scenario, policy.policy.bot), steps)
        email = by_email(desk.scenario, people, draws, rows, number)
        cases = []
        by_history = number > 1 and bool(guard_atoms or route_atoms) and policy.policy.bot is not None
        for guards in _truths(guard_atoms):
            for before in (np.zeros_like(blocked), np.ones_like(blocked)) if by_history else (blocked,):
                dialogues = played(encounter, rows, starts_s, number, guards, email, before)
                over = np.flatnonzero(dialogues.ending == Ending.TO_PEOPLE).astype(np.int32)
                placed = [placer.place(dialogues, over, starts_s[over], case) for case in _truths(route_atoms)]
                later = _later(Waiters(placer, dialogues, over, starts_s[over], stages), steps, placed)
                cases.append(GuardCase(dialogues, over, tuple(attempt_visits(dialogues, over, placed, later))))
        returning = np.zeros(rows.size, dtype=np.uint8)
        if number < last:
            returning = _returning(desk, people, draws, rows, number) & _possible_ends(cases)
        coming = returning > 0
        follows = np.where(coming, np.cumsum(coming) - 1, -1).astype(np.int32)
        attempts.append(
            Attempt(
                number, first_code, rows, tuple(cases), returning, follows, guard_atoms, route_atoms, by_history, steps
            )
        )
        first_code += rows.size
        rows, blocked = rows[coming], (blocked | cases[0].dialogues.blocked)[coming]
        if not rows.size:
            break
        starts_s = np.full(rows.size, np.nan)
    return visits.assembled(tuple(attempts), protection, stages)


def _later(waiters: Waiters, steps: tuple[Step, ...], placed: list[Placements]) -> list[list[Placements]]:
    """Where they are after each step, in each case of what was before and of the step's late conditions."""
    levels, before = list[list[Placements]](), placed
    for step in steps:
        before = [waiters.tried(step, case, each) for each in before for case in _truths(step.atoms)]
        levels.append(before)
    return levels


def _returning(desk: Desk, people: Population, draws: Draws, rows: IntArray, attempt: int) -> NDArray[np.uint8]:
    """After which ends of an attempt customers come back; one uniform each decides, and is below the larger shares."""
    returns = desk.scenario.returns
    assert returns is not None  # only asked where customers return
    shares = np.array([s.temperament.recontacts_if_unsolved for s in desk.scenario.segments.values()])
    u, if_unsolved, again = draws.uniform(rows, "returns", attempt), shares[people.segment[rows]], returns.after_leaving
    found = (u < returns.if_helped) * np.uint8(If.HELPED) | (u < if_unsolved) * np.uint8(If.UNSOLVED)
    return np.asarray(found | (u < (if_unsolved if again is None else again.share)) * np.uint8(If.LEFT), dtype=np.uint8)


def _possible_ends(cases: list[GuardCase]) -> NDArray[np.uint8]:
    """The ends that attempts may have after which customers come back: who has been helped before may come back after
    any.
    """
    possible = np.full(cases[0].dialogues.rows.size, np.uint8(If.HELPED))
    for case in cases:
        ending = case.dialogues.ending
        unsolved = (ending != Ending.HELPED_CONFIRMED) & (ending != Ending.HELPED_SILENT)
        possible |= unsolved * np.uint8(If.UNSOLVED) | (ending == Ending.TO_PEOPLE) * np.uint8(If.LEFT)
    return possible


def _late_atoms(
    policy: CompiledPolicy, attempt: int, outages: tuple[Atom, ...], steps: tuple[Step, ...]
) -> tuple[tuple[Atom, ...], tuple[Atom, ...]]:
    """Conditions that only the running clock can tell; when a later attempt begins, is not known ahead either."""
    guards, routes = policy.late_atoms_of_guards, policy.late_atoms_of_rulesets
    if attempt > 1:
        guards = (*guards, *policy.time_atoms_of_guards, *outages)
        routes += policy.time_atoms_of_rulesets
    found = len(guards) + len(routes) + sum(len(step.atoms) for step in steps)
    if found > LATE_CONDITIONS_AT_MOST:
        raise TooManyLateConditions(policy.policy.name, found)
    return guards, routes


def _truths(atoms: tuple[Atom, ...]) -> Iterator[Late]:
    """All combinations of answers; the number of a combination has bit i set where atom i holds."""
    for combination in product((False, True), repeat=len(atoms)):
        yield dict(zip(atoms, reversed(combination), strict=True))


class _VisitList:
    """Visits of all attempts and cases, gathered one after the other."""

    def __init__(self, planner: VisitPlanner, extras: Extras, *, keeps_priority: bool) -> None:
        self._planner, self._extras, self._keeps_priority = planner, extras, keeps_priority
        self._extra: list[Columns] = []
        self._chains: list[VisitChains] = []
        self._priorities: list[NDArray[np.int8]] = []
        self._owners: list[IntArray] = []
        self._size = 0

    def of_attempt(self, first_code: int):  # type: ignore[no-untyped-def]
        """A function that adds the visits of the cases of one attempt and gives their `RouteCase`s."""

        def added(
            dialogues: Dialogues, over: IntArray, placed: list[Placements], later: list[list[Placements]]
        ) -> list[RouteCase]:
            return self._followed(dialogues, over, first_code, list(placing(dialogues, over, placed)), later)

        def placing(dialogues: Dialogues, over: IntArray, placed: list[Placements]) -> Iterator[RouteCase]:
            first: IntArray | None = None
            for placements in placed:
                # Visits of the first case serve the others too, wherever team and priority are the same.
                if first is None:
                    new = np.arange(over.size, dtype=np.int32)
                else:
                    base = placed[0]
                    new = np.flatnonzero(
                        (placements.team != base.team) | (placements.priority != base.priority)
                    ).astype(np.int32)
                visit_of = np.full(dialogues.rows.size, -1, dtype=np.int32) if first is None else first.copy()
                visit_of[over[new]] = self._add(dialogues, over[new], placements, new, first_code)
                first = visit_of if first is None else first
                yield RouteCase(placements, visit_of)

        return added

    def _followed(
        self,
        dialogues: Dialogues,
        over: IntArray,
        first_code: int,
        cases: list[RouteCase],
        later: list[list[Placements]],
    ) -> list[RouteCase]:
        """The cases with those that follow them; who is moved to a team in the same step has the same visit there."""
        if not later:
            return cases
        each, following = len(later[0]) // len(cases), list[RouteCase]()
        of_team: dict[int, IntArray] = {}
        for number, placements in enumerate(later[0]):
            before = cases[number // each]
            visit_of = before.first_visit.copy()
            moved = np.flatnonzero(placements.team != before.placements.team).astype(np.int32)
            for team in np.unique(placements.team[moved]).tolist():
                at = moved[placements.team[moved] == team]
                known = of_team.setdefault(team, np.full(visit_of.size, -1, dtype=np.int32))
                new = at[known[over[at]] < 0]
                if new.size:
                    known[over[new]] = self._add(dialogues, over[new], placements, new, first_code)
                visit_of[over[at]] = known[over[at]]
            following.append(RouteCase(placements, visit_of))
        following = self._followed(dialogues, over, first_code, following, later[1:])
        of_case = [tuple(following[first : first + each]) for first in range(0, len(following), each)]
        return [replace(case, then=then) for case, then in zip(cases, of_case, strict=True)]

    def _add(
        self, dialogues: Dialogues, over: IntArray, placements: Placements, new: IntArray, first_code: int
    ) -> IntArray:
        chains = visit_chains(self._planner, dialogues, over, placements.team[new])
        priority = placements.priority[new][chains.owner]
        if not self._keeps_priority:
            priority = np.where(chains.touch > 1, np.int8(NORMAL), priority)
        self._chains.append(chains)
        self._priorities.append(priority)
        self._owners.append(over[chains.owner] + np.int32(first_code))
        problems = dialogues.rows[over[chains.owner]]
        by_email = None if dialogues.email is None else dialogues.email[over[chains.owner]]
        self._extra.append(self._extras.columns(chains, problems, dialogues.attempt, by_email))
        first = self._size
        self._size += chains.owner.size
        return np.arange(first, first + over.size, dtype=np.int32)

    def assembled(
        self, attempts: tuple[Attempt, ...], protection: Protection, stages: tuple[Stage, ...]
    ) -> Attempts:
        """The attempts with all their visits."""
        following, first = [], 0
        for chains in self._chains:
            following.append(np.where(chains.next >= 0, chains.next + first, -1).astype(np.int32))
            first += chains.owner.size

        def column(name: str) -> NDArray[Any]:
            return joined([getattr(chains, name) for chains in self._chains])

        def if_any(name: str) -> NDArray[Any] | None:
            columns = [getattr(chains, name) for chains in self._chains]
            if not any(each is not None and each.any() for each in columns):
                return None
            kind = next(each.dtype for each in columns if each is not None)
            return joined(
                [
                    np.zeros(chains.owner.size, dtype=kind) if each is None else each
                    for each, chains in zip(columns, self._chains, strict=True)
                ]
            )

        visits = PlannedVisits(
            team=column("team"),
            priority=joined(self._priorities).astype(np.int8, copy=False),
            service_s=column("service_s"),
            patience_s=column("patience_s"),
            message_patience_s=column("message_patience_s"),
            next=joined(following),
            silent=if_any("silent"),
            wrap_up_s=if_any("wrap_up_s"),
            gap_s=if_any("gap_s"),
            same_agent=if_any("same_agent"),
            **{name: joined([each[name] for each in self._extra]) for name in self._extra[0]},
        )
        return Attempts(
            attempts=attempts,
            visits=visits,
            owner=joined(self._owners),
            touch=column("touch"),
            purpose=column("purpose"),
            solves=column("solves"),
            wrong_teams=joined([_wrong_teams(chains, self._planner.escalation) for chains in self._chains]),
            protection=protection,
            stages=stages,
            keeps_priority=self._keeps_priority,
        )


def _wrong_teams(chains: VisitChains, escalation: int) -> NDArray[np.int8]:
    """A team that only looks is a wrong one, unless it is triage."""
    wrong = ((chains.purpose == Purpose.LOOK) & (chains.team != escalation)).astype(np.int8)
    # The visit after one is in a later block, so that all before it are counted already.
    edges = np.flatnonzero(np.diff(chains.owner, prepend=np.int32(1 << 30)) <= 0)
    for begin, end in pairwise([*edges.tolist(), wrong.size]):
        here = begin + np.flatnonzero(chains.next[begin:end] >= 0)
        wrong[chains.next[here]] += wrong[here]
    return np.asarray(wrong, dtype=np.int8)
