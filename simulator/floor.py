"""The floor: people queueing for people. The only part of a run that needs a clock, and SimPy is the clock."""

from __future__ import annotations

import gc
from collections.abc import Generator
from heapq import heappop, heappush, heapreplace
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import simpy

from .agenda import GIVES_UP, JOINS, KIND_BIT, NEVER, STARTS, WORK_ENDS, Agenda
from .columns import Columns
from .floorplan import Floorplan
from .plain import PlainInboxes, special_inboxes
from .switchboard import Rules, Switchboard
from .visits import Fate, FloatArray, IntArray, PlannedVisits, VisitRecords

TOLD_SERVED, TOLD_GONE = 1, 2
"""Bits of `Sequel.eventful`."""
COUNTED, FOLLOWED = 4, 8
"""Bits beside them: who joins a plain inbox with a limit, where who waits is counted and so leaves at the moment; a
visit that another follows.
"""


class Sequel(Protocol):
    """What follows on the floor's doings: customers who come back, and conversations that wait for the clock to choose
    their way.
    """

    def starts(self, code: int, now_s: float) -> None:
        """A conversation begins; `code` is what was given to `Floor.schedule_start`."""

    def eventful(self) -> bytes:
        """One byte for each visit: whether `ends` is told that it was served (`TOLD_SERVED`), that its customer left
        (`TOLD_GONE`).
        """

    def ends(self, visit: int, now_s: float, fate: Fate) -> None:
        """The last visit of a conversation is over: served, or the customer is gone."""


class Floor(simpy.Environment):
    """Inboxes and agents, played from the first conversation that joins to the last one that is over (docs/floor.md).

    The changes of shift are a SimPy process. The many small things, joining and being served, are items of SimPy's
    event queue that its run loop handles in place: a visit's number stands where SimPy keeps the count that breaks
    ties. The loop itself plays the plain inboxes; the others are the switchboard's.

    In a plain inbox, leaving is an event only where the sequel wants to be told, or where few may wait.
    """

    def __init__(self, plan: Floorplan, visits: PlannedVisits, rules: Rules | None = None) -> None:
        super().__init__()
        self.sequel: Sequel | None = None
        self._told = bytes(visits.team.size)
        self._plan = plan
        # Whom rules may move or put before others waits with the switchboard.
        special = special_inboxes(plan, visits) if rules is None else set(range(len(plan.inboxes)))
        self._rules = rules
        self._is_special = bytes(number in special for number in range(len(plan.inboxes)))
        self._at = at = Columns.of(visits)
        slots = sum(group.most * group.concurrency for group in plan.groups)
        self._agenda = Agenda(self._queue, slots, visits.service_s, at.answered_s)
        self._plain = PlainInboxes(plan, special, at, self._agenda)
        self._switchboard = (
            Switchboard(plan, visits, at, self._agenda, self._join, self._tell, rules) if special else None
        )
        self.process(self._shifts())

    def length(self, inbox: int) -> int:
        """Customers who wait in an inbox, for all that its people know."""
        board = self._switchboard
        return board.trays[inbox].waiting if board and self._is_special[inbox] else self._plain.waiting[inbox]

    def expected_wait_s(self, inbox: int, now_s: float) -> float:
        """What the last one who was taken from an inbox had waited, or its queue over its throughput."""
        board = self._switchboard
        if board and self._is_special[inbox]:
            return board.trays[inbox].expected_wait_s(now_s)
        return self._plain.last_wait_s[inbox]

    def is_open(self, inbox: int) -> bool:
        """Whether anybody who takes from an inbox is on duty."""
        board = self._switchboard
        return board.trays[inbox].is_open() if board and self._is_special[inbox] else self._plain.on_duty[inbox] > 0

    def free_slots(self, inbox: int) -> int:
        """Conversations that the people of an inbox could take now."""
        board = self._switchboard
        return board.trays[inbox].slots_free() if board and self._is_special[inbox] else self._plain.free[inbox]

    def play(self, joins_s: FloatArray, visits: IntArray) -> VisitRecords:
        """The whole run: `visits[i]` joins at `joins_s[i]`, ascending. A negative entry −1 − c is the start of the
        sequel's code c.
        """
        # Nothing in the loop makes reference cycles; looking for them costs it a tenth of its time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._agenda.know(joins_s, visits)
            if self.sequel is not None:
                self._told = self.sequel.eventful()
                if self._switchboard is not None:
                    self._switchboard.told = self._told
            self._told = self._flagged(self._told)
            self._loop()
        finally:
            if collecting:
                gc.enable()
        records = self._at.records(self._plain.groups)
        if self._switchboard is None:
            return records
        special = np.frombuffer(self._is_special, dtype=bool)[np.frombuffer(self._at.team, dtype=np.int8)]
        return self._switchboard.more.records(records, special, moved=self._rules is not None)

    def schedule_start(self, at_s: float, code: int) -> None:
        """The sequel's `starts(code, at_s)` happens at that moment."""
        self._agenda.add(STARTS, at_s, code)

    def schedule_join(self, at_s: float, visit: int) -> None:
        """A planned visit joins its team's inbox at that moment."""
        self._agenda.add(JOINS, at_s, visit)

    def _shifts(self) -> Generator[simpy.Event, None, None]:
        changes = sorted(
            (from_s, number, agents)
            for number, group in enumerate(self._plan.groups)
            for from_s, agents in zip(group.from_s, group.agents, strict=True)
        )
        for from_s, at_once in groupby(changes, key=itemgetter(0)):
            if from_s > self.now:
                yield self.timeout(from_s - self.now)
            of_switchboard = []
            for _, number, agents in at_once:
                if number in self._plain.of_group:
                    self._plain.staff(self._plain.of_group[number], agents, self.now)
                else:
                    of_switchboard.append((number, agents))
            if self._switchboard is not None:
                self._switchboard.staff(of_switchboard, self.now)

    def _join(self, visit: int, now: float) -> None:
        """A visit that follows one of the switchboard's joins its inbox."""
        inbox = self._at.team[visit]
        if self._switchboard is not None and self._is_special[inbox]:
            self._switchboard.join(visit, now)
        elif self._plain.free[inbox]:
            self._plain.last_wait_s[inbox] = 0.0
            self._plain.begin(visit, inbox, now)
        else:
            self._wait(visit, inbox, now)

    def _flagged(self, told: bytes) -> bytes:
        """The bits of each visit, with `COUNTED` and `FOLLOWED`."""
        flags = np.frombuffer(told, dtype=np.uint8).copy()
        flags[np.frombuffer(self._at.following, dtype=np.int32) >= 0] |= FOLLOWED
        if self._plain.limits_any:
            limited = np.array([most < inf for most in self._plain.waiting_at_most])
            flags |= limited[np.frombuffer(self._at.team, dtype=np.int8)] * np.uint8(COUNTED)
        return flags.tobytes()

    def _wait(self, visit: int, inbox: int, now: float) -> None:
        """A customer waits in a plain inbox, or is turned away."""
        plain = self._plain
        if plain.waiting[inbox] >= plain.waiting_at_most[inbox]:
            plain.turn_away(visit, now)
            self._tell(visit, now, Fate.BLOCKED)
            return
        leaves_s = plain.wait(visit, inbox, now)
        if leaves_s < inf and self._told[visit] & (TOLD_GONE | COUNTED):
            self._agenda.add(GIVES_UP, leaves_s, visit)

    def _tell(self, visit: int, now: float, fate: int) -> None:
        if self.sequel is not None and self._told[visit] & (TOLD_SERVED if fate == Fate.SERVED else TOLD_GONE):
            self.sequel.ends(visit, now, Fate(fate))

    def _loop(self) -> None:  # noqa: PLR0915 - inlined: this loop is all the time a run takes
        queue: list[Any] = self._queue
        heappush(queue, (inf, NEVER, 0, None))
        served = WORK_ENDS << KIND_BIT
        agenda, at, plain = self._agenda, self._at, self._plain
        windows, per_window = agenda.windows, 1 / agenda.window_s
        stream = agenda.next_window()
        window_ends_s = agenda.ends_s
        sequel = self.sequel
        eager = sequel is not None or plain.limits_any
        SERVED = Fate.SERVED  # noqa: N806 - a constant made local
        told, is_special, board = self._told, self._is_special, self._switchboard
        has_board = board is not None
        team_of, next_of, agent_of = at.team, at.following, at.agent
        service_s, deadline_s, priority_of = at.service_s, at.deadline_s, at.priority
        patience_s, message_patience_s = at.patience_s, at.message_patience_s
        joined_s, answered_s = at.joined_s, at.answered_s
        lines, in_use, free, on_duty = plain.lines, plain.in_use, plain.free, plain.on_duty
        waiting, last_wait_s = plain.waiting, plain.last_wait_s
        loads, orders, bounds, places = plain.load, plain.order, plain.bound, plain.place
        next_s, next_kind, coming = next(stream)
        while True:
            now, kind, visit, _ = queue[0]
            if now < next_s or (now == next_s and (kind, visit) <= (next_kind, coming)):
                if kind == 2:
                    team = team_of[visit]
                    # Who is done and takes the next one has one item take the other's place.
                    replaces = not (has_board and is_special[team])
                    if not replaces:
                        heappop(queue)
                elif kind < 2:
                    if next_s == inf and self._idle():
                        break
                    self._now = now
                    self.step()
                    continue
                elif kind == 9:
                    break
                else:
                    heappop(queue)
            else:
                now, kind, visit = next_s, next_kind, coming
                if kind == 2:
                    team = team_of[visit]
                    replaces = False
                elif kind == 8:
                    stream = agenda.next_window()
                    window_ends_s = agenda.ends_s
                next_s, next_kind, coming = next(stream)
            if kind == 2:
                if has_board and is_special[team]:
                    board.work_ends(visit, now)  # type: ignore[union-attr]
                    continue
                agent = agent_of[visit]
                # Invariant: while anybody waits, no slot is free; so the agent who is done takes the next one.
                taken = -1
                if agent < on_duty[team]:
                    for line in in_use[team]:
                        while line:
                            taken = line.popleft()
                            if deadline_s[taken] >= now:
                                break
                            taken = -1
                        else:
                            continue
                        break
                if taken >= 0:
                    answered_s[taken] = now
                    agent_of[taken] = agent
                    if eager:
                        waiting[team] -= 1
                        last_wait_s[team] = now - joined_s[taken]
                    ends_s = now + service_s[taken]
                    if ends_s < window_ends_s:
                        if replaces:
                            heapreplace(queue, (ends_s, 2, taken, None))
                        else:
                            heappush(queue, (ends_s, 2, taken, None))
                    else:
                        if replaces:
                            heappop(queue)
                        if (window := int(ends_s * per_window)) in windows:
                            moments, codes = windows[window]
                            moments.append(ends_s)
                            codes.append(served | taken)
                        else:
                            agenda.add(2, ends_s, taken)
                else:
                    if replaces:
                        heappop(queue)
                    load = loads[team]
                    held = load[agent] = load[agent] - 1
                    place = places[team]
                    position = place[agent]
                    if position >= 0:
                        # Off the end of those who hold one more, onto the end of those who hold as many as the agent
                        # now does.
                        free[team] += 1
                        order, bound = orders[team], bounds[team]
                        first = bound[held]
                        other = order[first]
                        order[position], order[first] = other, agent
                        place[other], place[agent] = position, first
                        bound[held] = first + 1
                flags = told[visit]
                if not flags & 8:
                    if flags & 1:
                        sequel.ends(visit, now, SERVED)  # type: ignore[union-attr]
                    continue
                visit = next_of[visit]
            elif kind != 3:
                if kind == 6:
                    sequel.starts(visit, now)  # type: ignore[union-attr]
                elif kind == 8:
                    pass
                elif has_board and is_special[team_of[visit]]:
                    if kind == 7:
                        board.reconsider(visit, now)  # type: ignore[union-attr]
                    else:
                        (board.leave if kind == 4 else board.overflow)(visit, now)  # type: ignore[union-attr]
                elif answered_s[visit] != answered_s[visit]:
                    waiting[team_of[visit]] -= 1
                    if told[visit] & 2:
                        sequel.ends(visit, now, Fate.ABANDONED)  # type: ignore[union-attr]
                continue
            # A customer joins an inbox and is answered at once if a slot is free.
            team = team_of[visit]
            if has_board and is_special[team]:
                board.join(visit, now)  # type: ignore[union-attr]
            elif free[team]:
                free[team] -= 1
                bound = bounds[team]
                held = 0
                while not bound[held]:
                    held += 1
                position = bound[held] = bound[held] - 1
                agent = agent_of[visit] = orders[team][position]
                loads[team][agent] = held + 1
                answered_s[visit] = now
                if eager:
                    last_wait_s[team] = 0.0
                ends_s = now + service_s[visit]
                if ends_s < window_ends_s:
                    heappush(queue, (ends_s, 2, visit, None))
                elif (window := int(ends_s * per_window)) in windows:
                    moments, codes = windows[window]
                    moments.append(ends_s)
                    codes.append(served | visit)
                else:
                    agenda.add(2, ends_s, visit)
            elif (flags := told[visit]) & 4 or ((line := lines[team][priority_of[visit]]) and line[-1] > visit):
                self._wait(visit, team, now)
            else:
                # As `_wait` would, at the end of the line.
                joined_s[visit] = now
                leaves_s = now + (patience_s[visit] if on_duty[team] else message_patience_s[visit])
                deadline_s[visit] = leaves_s
                line.append(visit)
                if eager:
                    waiting[team] += 1
                    if flags & 2 and leaves_s < inf:
                        agenda.add(4, leaves_s, visit)

    def _idle(self) -> bool:
        """Whether nothing but shifts is still to come."""
        if self._plain.anybody_waits() or (self._switchboard is not None and self._switchboard.anybody_waits()):
            return False
        return all(item[1] < WORK_ENDS or item[1] == NEVER for item in self._queue)
