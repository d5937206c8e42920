"""The chain of visits that a conversation makes with people, from its first team to the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import joined
from .dialogue import Dialogues
from .visit_planner import BoolArray, FloatArray, IntArray, SmallArray, VisitPlanner

# Where the random numbers of a visit are: looks and work by their touch, from 1 to at most 100.
_OF_MANAGER, _OF_REPLIES, _OF_REOPENED = 101, 102, 123


class Purpose(IntEnum):
    """What a visit is for."""

    LOOK = 0
    """To see that it belongs elsewhere, and move it on; triage does nothing else."""
    WORK = 1
    LATER_REPLY = 2
    """The customer has answered an agent's e-mail."""
    MANAGER = 3
    """The agent before got nowhere."""
    REOPENED = 4
    """The customer writes on after the end."""


@dataclass(frozen=True)
class VisitChains:
    """Visits that conversations will make if they wait long enough, in blocks: all first visits, then all second ones,
    and so on.

    owner      int32    row of the placements asked about
    touch      int8     1 for the first team, and so on
    purpose    int8     `Purpose`
    step       uint8    where a visit's random numbers are
    team       int8
    service_s  float64  look or work, all factors but those of the agent applied
    patience_s, message_patience_s   float64  how long the customer waits here: live, and after leaving a message at
                                     closed hours
    silent     bool     if the customer leaves here, nobody notices
    wrap_up_s  float64  time the agent is still held once the conversation is over
    next       int32    the visit after this one; -1 none
    solves     bool     if this is the last visit, its service really solves the problem
    gap_s      float64  from the end of this visit to the next; None: no time at all
    same_agent bool     goes back to the agent of the visit before; None: none does
    """

    owner: IntArray
    touch: SmallArray
    purpose: SmallArray
    step: NDArray[np.uint8]
    team: SmallArray
    service_s: FloatArray
    patience_s: FloatArray
    message_patience_s: FloatArray
    silent: BoolArray
    wrap_up_s: FloatArray
    next: IntArray
    solves: BoolArray
    gap_s: FloatArray | None
    same_agent: BoolArray | None


def visit_chains(planner: VisitPlanner, dialogues: Dialogues, over: IntArray, team: SmallArray) -> VisitChains:
    """The visits of the conversations `over` (positions in the dialogues), whose first teams are given.

    A team that cannot solve a problem looks, then moves the conversation on: to the right team with the scenario's
    share, else to a wrong one. By e-mail the work is spread evenly over the agent's replies.
    """
    return _Chains(planner, dialogues, over).planned(team)


class _Chains:
    """The visits of one batch of conversations, block after block."""

    def __init__(self, planner: VisitPlanner, dialogues: Dialogues, over: IntArray) -> None:
        self._planner, self._rows, self._attempt = planner, dialogues.rows[over], dialogues.attempt
        self._work_s = planner.work_s(dialogues, over)
        self._looped = dialogues.loop[over]
        self._told_live, self._told_later = planner.told_factors(dialogues, over)
        self._email = None if dialogues.email is None else dialogues.email[over]
        self._last = np.full(over.size, -1, dtype=np.int32)
        self._touch = np.zeros(over.size, dtype=np.int8)
        self._blocks: list[dict[str, NDArray[Any]]] = []
        self._before: list[IntArray] = []
        self._gaps_s: list[FloatArray | None] = []
        self._size = 0

    def planned(self, team: SmallArray) -> VisitChains:
        """All visits, given each conversation's first team."""
        planner, attempt = self._planner, self._attempt
        solves = planner.solves(self._rows, attempt)
        manager, manager_solves = np.full(team.size, -1, dtype=np.int8), np.zeros(team.size, dtype=np.bool_)
        replies = None if self._email is None else np.where(self._email, planner.replies(self._rows, attempt), 1)
        at, now, last_team = np.arange(team.size, dtype=np.int32), team.astype(np.int8), team.astype(np.int8)
        for touch in range(1, planner.touches_at_most + 1):
            rows = self._rows[at]
            able = planner.can_solve(rows, now)
            here = at[able]
            if planner.anything_leads_nowhere:
                self._work_s[here], manager[here], manager_solves[here] = planner.given_up(
                    self._rows[here], now[able], self._work_s[here], solves[here], attempt
                )
            service_s = self._work_s[at] if replies is None else self._work_s[at] / replies[at]
            suspicion_s = planner.suspicion_s(rows, now, attempt, touch)
            if suspicion_s is not None:
                in_chat = able if self._email is None else able & ~self._email[at]
                service_s = np.where(in_chat, service_s + suspicion_s, service_s)
            if not able.all():
                service_s[~able] = planner.look_s(rows[~able], now[~able], attempt, touch)
            wrap_up_s = planner.wrap_up_s(rows, now, attempt, touch)
            if replies is not None:
                # A thread is written up once.
                wrap_up_s[able & (replies[at] > 1)] = 0.0
            self._touch[at] = touch
            purpose = np.where(able, np.int8(Purpose.WORK), np.int8(Purpose.LOOK))
            self._add(at, touch, now, purpose, service_s, wrap_up_s, solves[at])
            if able.all():
                break
            at, left = at[~able], now[~able]
            now = planner.moved_on(self._rows[at], left, attempt, touch, self._looped[at])
            last_team[at] = now
        if replies is not None:
            self._add_later_replies(replies, last_team, solves)
        if (manager >= 0).any():
            at = np.flatnonzero(manager >= 0).astype(np.int32)
            last_team[at] = manager[at]
            solves[at] = manager_solves[at]
            self._touch[at] += 1
            wrap_up_s = planner.wrap_up_s(self._rows[at], manager[at], attempt, _OF_MANAGER)
            self._add(at, _OF_MANAGER, manager[at], Purpose.MANAGER, self._work_s[at], wrap_up_s, solves[at])
        self._add_reopened(last_team, solves)
        return self._linked()

    def _add_later_replies(self, replies: NDArray[np.int64], team: SmallArray, solves: BoolArray) -> None:
        planner, attempt = self._planner, self._attempt
        for reply in range(2, int(replies.max(initial=1)) + 1):
            at = np.flatnonzero(replies >= reply).astype(np.int32)
            rows, step = self._rows[at], _OF_REPLIES + reply
            wrap_up_s = np.where(replies[at] == reply, planner.wrap_up_s(rows, team[at], attempt, step), 0.0)
            gap_s = planner.answered_after_s(rows, attempt, step)
            work_s = self._work_s[at] / replies[at]
            self._add(at, step, team[at], Purpose.LATER_REPLY, work_s, wrap_up_s, solves[at], gap_s)

    def _add_reopened(self, team: SmallArray, solves: BoolArray) -> None:
        planner, attempt = self._planner, self._attempt
        at = np.arange(team.size, dtype=np.int32)
        for time in range(1, planner.reopened_at_most + 1):
            at = at[~solves[at]]
            writes, gap_s = planner.reopened(self._rows[at], attempt, time)
            at, gap_s = at[writes], gap_s[writes]
            solves[at] = planner.solves(self._rows[at], attempt, time)
            step = _OF_REOPENED + time
            wrap_up_s = planner.wrap_up_s(self._rows[at], team[at], attempt, step)
            self._add(at, step, team[at], Purpose.REOPENED, self._work_s[at], wrap_up_s, solves[at], gap_s)

    def _add(
        self,
        at: IntArray,
        step: int,
        team: SmallArray,
        purpose: SmallArray | Purpose,
        service_s: FloatArray,
        wrap_up_s: FloatArray,
        solves: BoolArray,
        gap_s: FloatArray | None = None,
    ) -> None:
        """A visit for each of the conversations `at`, ascending; the gap is before it."""
        planner, rows, attempt = self._planner, self._rows[at], self._attempt
        live_s, message_s = planner.patience_s(rows, attempt, step)
        if self._told_live is not None:
            live_s *= self._told_live[at]
        if self._told_later is not None:
            message_s *= self._told_later[at]
        if self._email is not None:
            live_s = np.where(self._email[at], message_s, live_s)
        if purpose is Purpose.REOPENED:
            # Who writes on has gone in between: nobody waits at the screen.
            live_s = message_s
        self._blocks.append(
            {
                "owner": at,
                "touch": self._touch[at],
                "purpose": np.broadcast_to(np.asarray(purpose, dtype=np.int8), at.shape),
                "step": np.full(at.size, step, dtype=np.uint8),
                "team": team,
                "service_s": service_s,
                "patience_s": live_s,
                "message_patience_s": message_s,
                "silent": planner.leaves_silently(rows, attempt, step),
                "wrap_up_s": wrap_up_s,
                "solves": solves,
            }
        )
        self._before.append(self._last[at])
        self._gaps_s.append(gap_s)
        self._last[at] = np.arange(self._size, self._size + at.size, dtype=np.int32)
        self._size += at.size

    def _linked(self) -> VisitChains:
        columns = {name: joined([block[name] for block in self._blocks]) for name in self._blocks[0]}
        following = np.full(self._size, -1, dtype=np.int32)
        gap_s = None if all(gap_s is None for gap_s in self._gaps_s) else np.zeros(self._size)
        first = 0
        for before, waited_s in zip(self._before, self._gaps_s, strict=True):
            linked = np.flatnonzero(before >= 0)
            following[before[linked]] = first + linked
            if waited_s is not None and gap_s is not None:
                gap_s[before[linked]] = waited_s
            first += before.size
        later = columns["purpose"] == Purpose.LATER_REPLY
        return VisitChains(next=following, gap_s=gap_s, same_agent=later if later.any() else None, **columns)
