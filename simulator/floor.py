"""The floor: people queueing for people. The only part of a run that needs a clock, and SimPy is the clock."""

from __future__ import annotations

import gc
from array import array
from collections import deque
from collections.abc import Generator, Iterator
from functools import partial
from heapq import heappop, heappush
from itertools import repeat
from math import inf, log2, nan
from typing import Any, Protocol

import numpy as np
import simpy

from .cells import cells
from .floorplan import Floorplan
from .switchboard import Columns, Loop, Switchboard, special_inboxes
from .visits import Fate, FloatArray, IntArray, PlannedVisits, VisitRecords

PRIORITIES = 4

WINDOW_SERVICES = 32_768
"""What is due later waits unsorted by windows of time, each as long as all agents at work take for so many services."""

# What a scheduled item is, in SimPy's place for its priority, so that items of one moment come in this order. 0 and 1
# are SimPy's own. docs/floor.md gives the order.
# The run loop names them by number: a global name costs it a tenth of its speed.
_SERVED, _JOINS, _GIVES_UP, _OVERFLOWS, _STARTS, _WINDOW_ENDS, _NEVER = 2, 3, 4, 5, 6, 8, 9
_KIND_BIT = 40
_NUMBER = (1 << _KIND_BIT) - 1

TOLD_SERVED, TOLD_GONE = 1, 2
"""Bits of `Sequel.eventful`."""


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
    ties. The loop itself plays the plain inboxes, one group each; the others are the switchboard's.

    In a plain inbox, where nothing depends on the moment at which a waiting customer leaves, leaving is only noticed
    when an agent looks for work; where the sequel wants to be told, it is an event.
    """

    def __init__(self, plan: Floorplan, visits: PlannedVisits) -> None:
        super().__init__()
        size = visits.team.size
        self.sequel: Sequel | None = None
        self._told = bytes(size)
        self._plan = plan
        special = special_inboxes(plan, visits)
        self._is_special = bytes(number in special for number in range(len(plan.inboxes)))
        self._plain_inbox = {
            inbox.groups[0]: number for number, inbox in enumerate(plan.inboxes) if number not in special
        }
        # The group of each plain inbox; whatever group for the others, whose entries stay unused.
        teams = [plan.groups[inbox.groups[0]] for inbox in plan.inboxes]
        self._concurrency = [team.concurrency for team in teams]
        self._team = cells(visits.team)
        self._priority = cells(visits.priority)
        self._next = cells(visits.next)
        self._service_s = cells(visits.service_s)
        self._patience_s = cells(visits.patience_s)
        self._message_patience_s = cells(visits.message_patience_s)
        self._joined_s = cells(np.full(size, nan))
        self._answered_s = cells(np.full(size, nan))
        self._ended_s = cells(np.full(size, nan))
        self._deadline_s = cells(np.full(size, inf))
        self._agent = cells(np.full(size, -1, dtype=np.int32))
        self._queued = [0] * len(teams)
        # What is due in the window of now is in SimPy's queue, or was known when the window began and is in its list.
        # The rest waits in the windows to come, as columns. So the queue stays short on a large floor, and who might
        # leave but is answered in time is never sorted at all.
        self._windows: dict[int, tuple[array[float], array[int]]] = {}
        self._window_order: list[int] = []
        self._window_s = _window_s(plan, visits.service_s)
        self._window_ends_s = 0.0
        self._stream = (np.empty(0), np.empty(0, dtype=np.int64))
        # Kept only with a sequel, and without those who left and of whom it was not told.
        self._waiting = [0] * len(teams)
        self._last_wait_s = [0.0] * len(teams)
        self._lines: list[tuple[deque[int], ...]] = [tuple(deque() for _ in range(PRIORITIES)) for _ in teams]
        # The agents of a team in order of load: bound[k] is where those who hold k + 1 begin; -1 marks who is off duty.
        self._on_duty = [0] * len(teams)
        self._free = [0] * len(teams)
        agents = [max(team.agents, default=0) for team in teams]
        self._load = [[0] * many for many in agents]
        self._order: list[list[int]] = [[] for _ in teams]
        self._place = [[-1] * many for many in agents]
        self._bound = [[0] * team.concurrency for team in teams]
        self._switchboard = self._switchboard_of(visits) if special else None
        self.process(self._shifts())

    def _switchboard_of(self, visits: PlannedVisits) -> Switchboard:
        columns = Columns(
            self._team,
            self._priority,
            self._service_s,
            self._patience_s,
            self._message_patience_s,
            self._next,
            self._joined_s,
            self._answered_s,
            self._ended_s,
            self._deadline_s,
            self._agent,
        )
        loop = Loop(
            work_ends=partial(self._defer, _SERVED),
            gives_up=partial(self._defer, _GIVES_UP),
            overflows=partial(self._defer, _OVERFLOWS),
            joins_later=partial(self._defer, _JOINS),
            joins=self._join,
            told=self._tell,
        )
        return Switchboard(self._plan, visits, columns, loop)

    def length(self, inbox: int) -> int:
        """Customers who wait in an inbox, for all that its people know."""
        board = self._switchboard
        return board.waiting[inbox] if board is not None and self._is_special[inbox] else self._waiting[inbox]

    def expected_wait_s(self, inbox: int) -> float:
        """What the last one who was taken from an inbox had waited."""
        board = self._switchboard
        return board.last_wait_s[inbox] if board is not None and self._is_special[inbox] else self._last_wait_s[inbox]

    def is_open(self, inbox: int) -> bool:
        """Whether anybody who takes from an inbox is on duty."""
        board = self._switchboard
        return board.is_open(inbox) if board is not None and self._is_special[inbox] else self._on_duty[inbox] > 0

    def free_slots(self, inbox: int) -> int:
        """Conversations that could be taken from an inbox now."""
        board = self._switchboard
        return board.free_slots(inbox) if board is not None and self._is_special[inbox] else self._free[inbox]

    def play(self, joins_s: FloatArray, visits: IntArray) -> VisitRecords:
        """The whole run: `visits[i]` joins at `joins_s[i]`, ascending. A negative entry −1 − c is the start of the
        sequel's code c.
        """
        # Nothing in the loop makes reference cycles; looking for them costs it a tenth of its time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            kinds = np.where(visits >= 0, _JOINS, _STARTS).astype(np.int64)
            numbers = np.where(visits >= 0, visits, -1 - visits.astype(np.int64))
            codes = kinds << _KIND_BIT | numbers
            if (joins_s[1:] == joins_s[:-1]).any():
                order = np.lexsort((codes, joins_s))
                joins_s, codes = joins_s[order], codes[order]
            self._stream = joins_s, codes
            if self.sequel is not None:
                self._told = self.sequel.eventful()
            self._loop()
        finally:
            if collecting:
                gc.enable()
        return self._records()

    def schedule_start(self, at_s: float, code: int) -> None:
        """The sequel's `starts(code, at_s)` happens at that moment."""
        self._defer(_STARTS, at_s, code)

    def schedule_join(self, at_s: float, visit: int) -> None:
        """A planned visit joins its team's inbox at that moment."""
        self._defer(_JOINS, at_s, visit)

    def _defer(self, kind: int, at_s: float, number: int) -> None:
        if at_s < self._window_ends_s:
            heappush(self._queue, (at_s, kind, number, None))  # type: ignore[misc]
            return
        window = int(at_s / self._window_s)
        items = self._windows.get(window)
        if items is None:
            items = self._windows[window] = array("d"), array("q")
            heappush(self._window_order, window)
        items[0].append(at_s)
        items[1].append(kind << _KIND_BIT | number)

    def _next_window(self) -> Iterator[tuple[float, int, int]]:
        """What is known to be due in the next window in which anything is: moment, kind and number, in that order."""
        at_s, codes = self._stream
        joins = int(at_s[0] / self._window_s) if at_s.size else None
        if joins is None and not self._window_order:
            self._window_ends_s = inf
            return repeat((inf, _NEVER, 0))
        if joins is None or (self._window_order and self._window_order[0] < joins):
            window = self._window_order[0]
        else:
            window = joins
        self._window_ends_s = (window + 1) * self._window_s
        until = int(np.searchsorted(at_s, self._window_ends_s))
        self._stream = at_s[until:], codes[until:]
        at_s, codes = at_s[:until], codes[:until]
        if self._window_order and self._window_order[0] == window:
            heappop(self._window_order)
            deferred_s, deferred = map(np.array, self._windows.pop(window))
            # Who would leave and is already answered does not matter any more.
            answered_s = np.frombuffer(self._answered_s)
            stale = deferred >> _KIND_BIT == _GIVES_UP
            stale[stale] = ~np.isnan(answered_s[deferred[stale] & _NUMBER])
            at_s = np.concatenate([at_s, deferred_s[~stale]])
            codes = np.concatenate([codes, deferred[~stale]])
            order = np.lexsort((codes, at_s))
            at_s, codes = at_s[order], codes[order]
        return zip(
            [*at_s.tolist(), self._window_ends_s],
            [*(codes >> _KIND_BIT).tolist(), _WINDOW_ENDS],
            [*(codes & _NUMBER).tolist(), 0],
            strict=True,
        )

    def _shifts(self) -> Generator[simpy.Event, None, None]:
        changes = sorted(
            (from_s, number, agents)
            for number, group in enumerate(self._plan.groups)
            for from_s, agents in zip(group.from_s, group.agents, strict=True)
        )
        for from_s, number, agents in changes:
            if from_s > self.now:
                yield self.timeout(from_s - self.now)
            if number in self._plain_inbox:
                self._staff(self._plain_inbox[number], agents)
            elif self._switchboard is not None:
                self._switchboard.staff(number, agents, self.now)

    def _join(self, visit: int, now: float) -> None:
        """A visit that follows one of the switchboard's joins its inbox."""
        if self._switchboard is not None and self._is_special[self._team[visit]]:
            self._switchboard.join(visit, now)
            return
        team = self._team[visit]
        if self._free[team]:
            self._last_wait_s[team] = 0.0
            self._begin(visit, team, now)
        else:
            self._wait(visit, team, now)

    def _wait(self, visit: int, team: int, now: float) -> None:
        """A customer waits in a plain inbox."""
        self._joined_s[visit] = now
        bears_s = self._patience_s[visit] if self._on_duty[team] else self._message_patience_s[visit]
        leaves_s = self._deadline_s[visit] = now + bears_s
        line = self._lines[team][self._priority[visit]]
        # Of those who join at one moment the smaller number is first.
        behind = []
        while line and line[-1] > visit and self._joined_s[line[-1]] == now:
            behind.append(line.pop())
        line.append(visit)
        line.extend(reversed(behind))
        self._queued[team] += 1
        self._waiting[team] += 1
        if self._told[visit] & TOLD_GONE and leaves_s < inf:
            self._defer(_GIVES_UP, leaves_s, visit)

    def _tell(self, visit: int, now: float, fate: Fate) -> None:
        if self.sequel is not None and self._told[visit] & (TOLD_SERVED if fate is Fate.SERVED else TOLD_GONE):
            self.sequel.ends(visit, now, fate)

    def _staff(self, team: int, agents: int) -> None:
        """From now on agents 0 to `agents` − 1 are on duty; the others finish what they hold and take nothing new."""
        load, cap = self._load[team], self._concurrency[team]
        self._on_duty[team] = agents
        order = sorted(range(agents), key=load.__getitem__)
        place = self._place[team] = [-1] * len(load)
        for position, agent in enumerate(order):
            place[agent] = position
        self._order[team] = order
        self._bound[team][:] = [sum(load[agent] <= held for agent in order) for held in range(cap)]
        self._free[team] = sum(cap - load[agent] for agent in order)
        now = self.now
        while self._free[team]:
            visit = self._next_waiting(team, now)
            if visit is None:
                break
            self._last_wait_s[team] = now - self._joined_s[visit]
            self._begin(visit, team, now)

    def _next_waiting(self, team: int, now: float) -> int | None:
        for line in self._lines[team]:
            while line:
                visit = line.popleft()
                self._queued[team] -= 1
                if self._deadline_s[visit] >= now:
                    self._waiting[team] -= 1
                    return visit
        return None

    def _begin(self, visit: int, team: int, now: float) -> None:
        """The least loaded agent on duty takes the visit."""
        self._free[team] -= 1
        bound = self._bound[team]
        held = 0
        while not bound[held]:
            held += 1
        bound[held] -= 1
        agent = self._order[team][bound[held]]
        self._load[team][agent] = held + 1
        self._agent[visit] = agent
        self._answered_s[visit] = now
        self._defer(_SERVED, now + self._service_s[visit], visit)

    def _loop(self) -> None:  # noqa: PLR0915 - inlined: this loop is all the time a run takes
        queue: list[Any] = self._queue
        heappush(queue, (inf, _NEVER, 0, None))
        served = _SERVED << _KIND_BIT
        windows, per_window = self._windows, 1 / self._window_s
        stream = self._next_window()
        window_ends_s = self._window_ends_s
        sequel = self.sequel
        eager = sequel is not None
        SERVED = Fate.SERVED  # noqa: N806 - a constant made local
        told, is_special, board = self._told, self._is_special, self._switchboard
        team_of, next_of, agent_of = self._team, self._next, self._agent
        service_s, deadline_s, priority_of = self._service_s, self._deadline_s, self._priority
        patience_s, message_patience_s = self._patience_s, self._message_patience_s
        joined_s, answered_s, ended_s = self._joined_s, self._answered_s, self._ended_s
        lines, queued, free, on_duty = self._lines, self._queued, self._free, self._on_duty
        waiting, last_wait_s = self._waiting, self._last_wait_s
        loads, orders, bounds, places = self._load, self._order, self._bound, self._place
        next_s, next_kind, coming = next(stream)
        while True:
            head = queue[0]
            now = head[0]
            if now < next_s or (now == next_s and head[1:3] <= (next_kind, coming)):
                kind = head[1]
                if kind < 2:
                    if next_s == inf and self._idle():
                        break
                    self._now = now
                    self.step()
                    continue
                if kind == 9:
                    break
                visit = heappop(queue)[2]
            else:
                now, kind, visit = next_s, next_kind, coming
                if kind == 8:
                    stream = self._next_window()
                    window_ends_s = self._window_ends_s
                next_s, next_kind, coming = next(stream)
            if kind == 2:
                team = team_of[visit]
                if is_special[team]:
                    board.work_ends(visit, now)  # type: ignore[union-attr]
                    continue
                ended_s[visit] = now
                agent = agent_of[visit]
                # Invariant: while anybody waits, no slot is free; so the agent who is done takes the next one.
                taken = -1
                if queued[team] and agent < on_duty[team]:
                    for line in lines[team]:
                        while line:
                            taken = line.popleft()
                            queued[team] -= 1
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
                        heappush(queue, (ends_s, 2, taken, None))
                    elif (window := int(ends_s * per_window)) in windows:
                        moments, codes = windows[window]
                        moments.append(ends_s)
                        codes.append(served | taken)
                    else:
                        self._defer(2, ends_s, taken)
                else:
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
                following = next_of[visit]
                if following < 0:
                    if told[visit] & 1:
                        sequel.ends(visit, now, SERVED)  # type: ignore[union-attr]
                    continue
                visit = following
            elif kind != 3:
                if kind == 6:
                    sequel.starts(visit, now)  # type: ignore[union-attr]
                elif kind == 8:
                    pass
                elif is_special[team_of[visit]]:
                    (board.leave if kind == 4 else board.overflow)(visit, now)  # type: ignore[union-attr]
                elif answered_s[visit] != answered_s[visit]:
                    ended_s[visit] = now
                    waiting[team_of[visit]] -= 1
                    sequel.ends(visit, now, Fate.ABANDONED)  # type: ignore[union-attr]
                continue
            # A customer joins an inbox and is answered at once if a slot is free.
            team = team_of[visit]
            if is_special[team]:
                board.join(visit, now)  # type: ignore[union-attr]
            elif free[team]:
                free[team] -= 1
                bound = bounds[team]
                held = 0
                while not bound[held]:
                    held += 1
                at = bound[held] = bound[held] - 1
                agent = agent_of[visit] = orders[team][at]
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
                    self._defer(2, ends_s, visit)
            elif told[visit] & 2 or ((line := lines[team][priority_of[visit]]) and line[-1] > visit):
                self._wait(visit, team, now)
            else:
                # As `_wait` would, at the end of the line.
                joined_s[visit] = now
                deadline_s[visit] = now + (patience_s[visit] if on_duty[team] else message_patience_s[visit])
                line.append(visit)
                queued[team] += 1
                waiting[team] += 1

    def _idle(self) -> bool:
        """Whether nothing but shifts is still to come."""
        if any(map(any, self._lines)) or (self._switchboard is not None and self._switchboard.anybody_waits()):
            return False
        return all(item[1] < _SERVED or item[1] == _NEVER for item in self._queue)

    def _records(self) -> VisitRecords:
        joined_s, answered_s, ended_s = (
            np.frombuffer(column) for column in (self._joined_s, self._answered_s, self._ended_s)
        )
        made = ~np.isnan(joined_s) | ~np.isnan(answered_s)
        answered = ~np.isnan(answered_s)
        joined_s = np.where(np.isnan(joined_s), answered_s, joined_s)
        deadline_s = np.frombuffer(self._deadline_s)
        fate = np.where(answered, np.int8(Fate.SERVED), np.int8(Fate.NOT_MADE))
        fate[made & ~answered & (deadline_s < inf)] = Fate.ABANDONED
        fate[made & ~answered & (deadline_s == inf)] = Fate.OPEN
        ended_s = np.where(made & ~answered, np.where(deadline_s < inf, deadline_s, nan), ended_s)
        freed_s = np.where(answered, ended_s, nan)
        inbox_group = np.array([inbox.groups[0] for inbox in self._plan.inboxes] or [0], dtype=np.int8)
        team = np.frombuffer(self._team, dtype=np.int8)
        group = np.where(answered, inbox_group[team], np.int8(-1)).astype(np.int8)
        board = self._switchboard
        if board is not None:
            special = np.frombuffer(self._is_special, dtype=bool)[team]
            fate[special] = np.frombuffer(board.fate, dtype=np.int8)[special]
            ended_s[special] = np.frombuffer(self._ended_s)[special]
            freed_s[special] = np.frombuffer(board.freed_s)[special]
            group[special] = np.frombuffer(board.group, dtype=np.int8)[special]
        agent = np.frombuffer(self._agent, dtype=np.int32)
        return VisitRecords(joined_s, answered_s, ended_s, agent, fate.astype(np.int8), group, freed_s)


def _window_s(plan: Floorplan, service_s: FloatArray) -> float:
    """Width of the windows: a power of two, so that dividing by it is exact."""
    slots = sum(group.most * group.concurrency for group in plan.groups)
    mean_s = float(service_s.mean()) if service_s.size else 0.0
    return 2.0 ** round(log2(max(WINDOW_SERVICES * mean_s / max(slots, 1), 2.0**-20)))
