"""Plain inboxes: one group each, which takes from nowhere else, and only priorities, a limit, slots and shifts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import inf

import numpy as np

from .agenda import WORK_ENDS, Agenda
from .columns import Columns
from .floorplan import Floorplan, Group
from .visits import PlannedVisits

PRIORITIES = 4


class PlainInboxes:
    """Who waits and who is there, by inbox. The floor's run loop plays them in place; here is what is rare.

    Where nothing depends on the moment at which a waiting customer leaves, leaving is only noticed when an agent
    looks for work. `waiting_at_most` is infinite where an inbox has no limit; `limits_any`: one has.
    """

    def __init__(self, plan: Floorplan, special: set[int], columns: Columns, agenda: Agenda) -> None:
        self._at, self._agenda = columns, agenda
        self.of_group = {
            inbox.groups[0]: number for number, inbox in enumerate(plan.inboxes) if number not in special
        }
        # The group of each plain inbox; whatever group for the others, whose entries stay unused.
        self.groups = [inbox.groups[0] for inbox in plan.inboxes]
        groups = [plan.groups[group] for group in self.groups]
        self._concurrency = [group.concurrency for group in groups]
        self.lines = [tuple(deque[int]() for _ in range(PRIORITIES)) for _ in groups]
        # The lines that any visit may stand in, the first to be taken from first.
        team, priority = (np.frombuffer(column, dtype=np.int8) for column in (columns.team, columns.priority))
        visits = np.bincount(team.astype(np.int64) * PRIORITIES + priority, minlength=PRIORITIES * len(groups))
        self.in_use = [
            tuple(line for line, many in zip(lines, of_inbox, strict=True) if many)
            for lines, of_inbox in zip(self.lines, visits.reshape(-1, PRIORITIES).tolist(), strict=True)
        ]
        limits = [inbox.waiting_at_most for inbox in plan.inboxes]
        self.waiting_at_most = [inf if most is None or n in special else most for n, most in enumerate(limits)]
        self.limits_any = min(self.waiting_at_most, default=inf) < inf
        # Kept only with a sequel or a limit, and without those who left and of whom it was not told.
        self.waiting = [0] * len(groups)
        self.last_wait_s = [0.0] * len(groups)
        # The agents of a group in order of load: bound[k] is where those who hold k + 1 begin; a place of -1 marks who
        # is off duty.
        self.on_duty = [0] * len(groups)
        self.free = [0] * len(groups)
        self.load = [[0] * group.most for group in groups]
        self.order: list[list[int]] = [[] for _ in groups]
        self.place = [[-1] * group.most for group in groups]
        self.bound = [[0] * group.concurrency for group in groups]

    def wait(self, visit: int, inbox: int, now: float) -> float:
        """A customer waits; returns when the customer leaves."""
        at = self._at
        at.joined_s[visit] = now
        bears_s = at.patience_s[visit] if self.on_duty[inbox] else at.message_patience_s[visit]
        leaves_s: float = now + bears_s
        at.deadline_s[visit] = leaves_s
        line = self.lines[inbox][at.priority[visit]]
        # Of those who join at one moment the smaller number is first.
        behind = []
        while line and line[-1] > visit and at.joined_s[line[-1]] == now:
            behind.append(line.pop())
        line.append(visit)
        line.extend(reversed(behind))
        self.waiting[inbox] += 1
        return leaves_s

    def turn_away(self, visit: int, now: float) -> None:
        """A customer finds nobody free and as many waiting as may wait: a deadline before all times says so."""
        self._at.joined_s[visit] = now
        self._at.deadline_s[visit] = -inf

    def staff(self, inbox: int, agents: int, now: float) -> None:
        """From now on agents 0 to `agents` − 1 are on duty; the others finish what they hold and take nothing new."""
        load, most = self.load[inbox], self._concurrency[inbox]
        self.on_duty[inbox] = agents
        order = sorted(range(agents), key=load.__getitem__)
        place = self.place[inbox] = [-1] * len(load)
        for position, agent in enumerate(order):
            place[agent] = position
        self.order[inbox] = order
        self.bound[inbox][:] = [sum(load[agent] <= held for agent in order) for held in range(most)]
        self.free[inbox] = sum(most - load[agent] for agent in order)
        while self.free[inbox] and (visit := self._next_waiting(inbox, now)) is not None:
            self.last_wait_s[inbox] = now - self._at.joined_s[visit]
            self.begin(visit, inbox, now)

    def _next_waiting(self, inbox: int, now: float) -> int | None:
        for line in self.lines[inbox]:
            while line:
                visit = line.popleft()
                if self._at.deadline_s[visit] >= now:
                    self.waiting[inbox] -= 1
                    return visit
        return None

    def begin(self, visit: int, inbox: int, now: float) -> None:
        """The least loaded agent on duty takes the visit."""
        at = self._at
        self.free[inbox] -= 1
        bound = self.bound[inbox]
        held = 0
        while not bound[held]:
            held += 1
        bound[held] -= 1
        agent = self.order[inbox][bound[held]]
        self.load[inbox][agent] = held + 1
        at.agent[visit] = agent
        at.answered_s[visit] = now
        self._agenda.add(WORK_ENDS, now + at.service_s[visit], visit)

    def anybody_waits(self) -> bool:
        """Whether any line holds anybody."""
        return any(map(any, self.lines))


def special_inboxes(plan: Floorplan, visits: PlannedVisits) -> set[int]:
    """The inboxes that are not plain."""
    taken_from = [
        {number for number, inbox in enumerate(plan.inboxes) if group in (*inbox.groups, *inbox.overflow_to)}
        for group in range(len(plan.groups))
    ]
    special = set(_asked_of_visits(visits))
    for number, inbox in enumerate(plan.inboxes):
        plain = (
            len(inbox.groups) == 1
            and taken_from[inbox.groups[0]] == {number}
            and inbox.offers != "longest_idle"
            and not inbox.overflow_to
            and inbox.call_back_from is None
            and inbox.throughput_over_s is None
            and _is_plain(plan.groups[inbox.groups[0]])
        )
        if not plain:
            special.add(number)
    return special


def _is_plain(group: Group) -> bool:
    return (
        all(speed == 1 for speed in group.speeds)
        and group.slots == "spread"
        and group.open_at_most is None
        and group.takes in ("priority", "in_order")
        and all(factor == 1 for factor in group.factors)
        and (not group.newcomers or group.newcomer_factor == 1)
        and group.strain is None
    )


def _asked_of_visits(visits: PlannedVisits) -> Iterator[int]:
    for column in (visits.silent, visits.wrap_up_s, visits.gap_s, visits.same_agent):
        if column is not None:
            yield from np.unique(visits.team[np.asarray(column) != 0]).tolist()
    if visits.same_agent is not None:
        # Who takes a visit is looked for when the next one comes back.
        followed = np.flatnonzero(visits.next >= 0)
        yield from np.unique(visits.team[followed[visits.same_agent[visits.next[followed]]]]).tolist()
