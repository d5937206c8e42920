"""Inboxes and groups that are more than one team with one inbox: who is offered a conversation, and who is taken next.

docs/floor.md says what happens; here it happens. Everything is a reaction to a moment that the floor's loop has
reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import exp, inf, nan
from typing import Any

import numpy as np

from .bench import Bench
from .cells import cells
from .floorplan import Floorplan, Group, Inbox
from .throughput import Throughput
from .visits import Fate, PlannedVisits

NOBODY = -1

Later = Callable[[float, int], None]
Told = Callable[[int, float, Fate], None]
Order = tuple[float, ...]


@dataclass
class Line:
    """Visits that wait for the same groups; lists of (order, visit), in which those gone from the line are passed over.

    A group that goes by priority and one that goes by waiting time may take from one line, so it is kept in each order
    that is asked for.
    """

    inbox: int
    groups: tuple[int, ...]
    alone: int = NOBODY
    overflow: Line | None = None
    by_priority: list[tuple[int, float, int]] = field(default_factory=list)
    by_joining: list[tuple[float, int]] = field(default_factory=list)
    asked_by_priority: bool = False
    asked_by_joining: bool = False


@dataclass(frozen=True)
class Columns:
    """Columns of the visits as cells."""

    team: memoryview[Any]
    priority: memoryview[Any]
    service_s: memoryview[Any]
    patience_s: memoryview[Any]
    message_patience_s: memoryview[Any]
    following: memoryview[Any]
    joined_s: memoryview[Any]
    answered_s: memoryview[Any]
    ended_s: memoryview[Any]
    deadline_s: memoryview[Any]
    agent: memoryview[Any]


@dataclass(frozen=True)
class Loop:
    """What the switchboard asks of the floor's loop: to come back at a moment for a visit (the first four), to let one
    join now, and to hand on what became of a conversation.
    """

    work_ends: Later
    gives_up: Later
    overflows: Later
    joins_later: Later
    joins: Callable[[int, float], None]
    told: Told


class Crew:
    """A group of agents at work."""

    def __init__(self, group: Group) -> None:
        many = group.most
        self.group = group
        self.on_duty = 0
        self.bench = Bench(many, group.concurrency)
        self.held: list[list[int]] = [[] for _ in range(many)]
        self.open = [0] * many
        self.own_lines: list[list[tuple[float, int]]] = [[] for _ in range(many)]
        self.idle_since_s = [0.0] * many
        self.newcomer = [group.is_newcomer(agent) for agent in range(many)]
        self.lines: list[Line] = []
        self.waited_for_alone = 0
        self.varies = any(speed != 1 for speed in group.speeds)
        # With speeds: how far who holds anything has come, and when that was worked out.
        self.progress = [0.0] * many
        self.progress_at_s = [0.0] * many
        self.level = [0.0] * many
        self.level_at_s = [0.0] * many

    def is_able(self, agent: int) -> bool:
        """Whether an agent can take a new conversation."""
        group = self.group
        return (
            agent < self.on_duty
            and len(self.held[agent]) < group.concurrency
            and (group.open_at_most is None or self.open[agent] < group.open_at_most)
        )

    def rerank(self, agent: int) -> None:
        """Puts an agent where the number of conversations held says."""
        group = self.group
        full = group.open_at_most is not None and self.open[agent] >= group.open_at_most
        self.bench.rank(agent, group.concurrency if full else len(self.held[agent]))

    def candidate(self) -> int:
        """The agent who would take a conversation; -1 nobody is able."""
        return self.bench.least() if self.group.slots == "spread" else self.bench.fullest()

    def longest_idle(self) -> int:
        """The able agent who has held nothing for longest; -1 nobody holds nothing."""
        idle = [agent for agent in range(self.on_duty) if not self.held[agent] and self.is_able(agent)]
        return min(idle, key=self.idle_since_s.__getitem__, default=NOBODY)

    def free_slots(self) -> int:
        """Slots of able agents."""
        return sum(
            self.group.concurrency - len(self.held[agent]) for agent in range(self.on_duty) if self.is_able(agent)
        )

    def strain(self, agent: int, now: float) -> float:
        """How much slower an agent is now; brings the agent's level up to date."""
        rule = self.group.strain
        if rule is None:
            return 1.0
        busy = 1.0 if self.held[agent] else 0.0
        passed_s = now - self.level_at_s[agent]
        self.level[agent] = busy + (self.level[agent] - busy) * exp(-passed_s / rule.memory_s)
        self.level_at_s[agent] = now
        return 1.0 + rule.slower * max(0.0, self.level[agent] - rule.above)


class Switchboard:
    """The inboxes and groups of a floor that are not plain."""

    def __init__(self, plan: Floorplan, visits: PlannedVisits, columns: Columns, loop: Loop) -> None:
        size = visits.team.size
        self._at, self._loop = columns, loop
        self._inboxes = plan.inboxes
        self.crews = tuple(Crew(group) for group in plan.groups)
        self.waiting = [0] * len(plan.inboxes)
        self._last_wait_s = [0.0] * len(plan.inboxes)
        self._throughput = [
            None if inbox.throughput_over_s is None else Throughput(inbox.throughput_over_s) for inbox in plan.inboxes
        ]
        self.fate = cells(np.zeros(size, dtype=np.int8))
        self.group = cells(np.full(size, NOBODY, dtype=np.int8))
        self.freed_s = cells(np.full(size, nan))
        # When the loop is to come back for a visit in work: an item for another moment is out of date.
        self._due_s = cells(np.full(size, nan))
        self._ends_at = cells(np.full(size, nan))
        self._wrap_up_s = cells(_or_zeros(visits.wrap_up_s, size))
        self._notice_s = cells(_or_zeros(visits.notice_s, size))
        self._gap_s = cells(_or_zeros(visits.gap_s, size))
        self._u_offer = cells(_or_zeros(visits.u_offer, size))
        self._kind = cells(np.zeros(size, dtype=np.int16) if visits.kind is None else visits.kind)
        self._silent = cells(_or_false(visits.silent, size))
        self._same_agent = cells(_or_false(visits.same_agent, size))
        by_messages = _or_false(visits.same_agent, size).copy()
        followed = np.flatnonzero(visits.next >= 0)
        by_messages[followed] |= by_messages[visits.next[followed]]
        self._by_messages = cells(by_messages)
        self._called_back = cells(_or_false(visits.called_back, size))
        self._reached = cells(np.ones(size, dtype=bool) if visits.reached is None else visits.reached)
        # Where each waits: the line, or the agent whose own line it is; who comes back to whom.
        self._line: dict[int, Line] = {}
        self._own: dict[int, tuple[int, int]] = {}
        self._keeper: dict[int, tuple[int, int]] = {}
        self._calls: set[int] = set()
        self._lines = [self._lines_of(number, inbox) for number, inbox in enumerate(plan.inboxes)]
        # Of each inbox that asks for it, by group: the mean work of its visits there.
        self._mean_work_s = [
            _mean_work_s(plan, visits, number) if inbox.offers == "expected_delay" else {}
            for number, inbox in enumerate(plan.inboxes)
        ]

    def _lines_of(self, number: int, inbox: Inbox) -> dict[int, Line]:
        """The lines of an inbox, by the one group they wait for; under -1 the line of those who wait for any."""
        apart = inbox.offers == "expected_delay"
        lines = {}
        for key, groups in [(g, (g,)) for g in inbox.groups] if apart else [(NOBODY, inbox.groups)]:
            line = lines[key] = Line(number, groups, alone=key)
            if inbox.overflow_to:
                more = tuple(group for group in inbox.overflow_to if group not in groups)
                line.overflow = Line(number, groups + more, alone=key)
        for line in lines.values():
            for each in (line, line.overflow):
                if each is None:
                    continue
                for group in each.groups:
                    crew = self.crews[group]
                    crew.lines.append(each)
                    each.asked_by_priority |= crew.group.takes in ("priority", "in_order")
                    each.asked_by_joining |= crew.group.takes in ("longest_wait", "weighted_wait")
        return lines

    def is_open(self, inbox: int) -> bool:
        """Whether anybody who takes from an inbox is on duty."""
        return any(self.crews[group].on_duty for group in self._inboxes[inbox].groups)

    def expected_wait_s(self, inbox: int, now: float) -> float:
        """What the last one who was taken from an inbox had waited, or its queue over its throughput."""
        throughput = self._throughput[inbox]
        if throughput is None:
            return self._last_wait_s[inbox]
        return throughput.expected_wait_s(self.waiting[inbox], now)

    def free_slots(self, inbox: int) -> int:
        """Slots of able agents of the groups that an inbox lists."""
        return sum(self.crews[group].free_slots() for group in self._inboxes[inbox].groups)

    def staff(self, changes: Sequence[tuple[int, int]], now: float) -> None:
        """Changes of shift at one moment: groups and how many of each are on duty from now on."""
        moves: list[tuple[float, int]] = []
        for number, on_duty in changes:
            crew = self.crews[number]
            before, crew.on_duty = crew.on_duty, on_duty
            for agent in range(before, on_duty):
                crew.idle_since_s[agent] = now
            crew.bench.staff(on_duty)
            for agent in range(on_duty, before):
                moves += (item for item in crew.own_lines[agent] if item[1] in self._own)
                crew.own_lines[agent].clear()
        for _, visit in sorted(moves):
            del self._own[visit]
            if visit in self._keeper:
                self._loses_agent(visit)
            self.waiting[self._at.team[visit]] -= 1
            self._finds_agent_or_waits(visit, now)
        for number, _ in changes:
            crew = self.crews[number]
            while (agent := crew.candidate()) >= 0 and (visit := self._next_for(number, now)) >= 0:
                self._takes(visit, number, agent, now)

    def join(self, visit: int, now: float) -> None:
        """A visit joins its inbox."""
        at = self._at
        at.joined_s[visit] = now
        self.fate[visit] = Fate.OPEN
        keeper = self._keeper.get(visit)
        if keeper is not None:
            group, agent = keeper
            crew = self.crews[group]
            if agent < crew.on_duty:
                if len(crew.held[agent]) < crew.group.concurrency:
                    self._takes(visit, group, agent, now)
                    return
                self._bears(visit, now)
                heappush(crew.own_lines[agent], (now, visit))
                self._own[visit] = keeper
                self.waiting[at.team[visit]] += 1
                return
            self._loses_agent(visit)
        inbox = self._inboxes[at.team[visit]]
        offered = self._offer(visit, inbox)
        if offered is not None:
            self._takes(visit, *offered, now)
        elif inbox.waiting_at_most is not None and self.waiting[at.team[visit]] >= inbox.waiting_at_most:
            self.fate[visit] = Fate.BLOCKED
            at.ended_s[visit] = now
            self._loop.told(visit, now, Fate.BLOCKED)
        else:
            self._bears(visit, now)
            self._waits(visit, now)

    def _bears(self, visit: int, now: float) -> None:
        """How long the customer will wait."""
        at, number = self._at, self._at.team[visit]
        bears_s = at.patience_s[visit] if self.is_open(number) else at.message_patience_s[visit]
        call_back_from = self._inboxes[number].call_back_from
        if call_back_from is not None and self.waiting[number] >= call_back_from and self._called_back[visit]:
            self._calls.add(visit)
            bears_s = inf
        at.deadline_s[visit] = now + bears_s
        if bears_s < inf:
            self._loop.gives_up(now + bears_s, visit)

    def _finds_agent_or_waits(self, visit: int, now: float) -> None:
        offered = self._offer(visit, self._inboxes[self._at.team[visit]])
        if offered is not None:
            self._takes(visit, *offered, now)
        else:
            self._waits(visit, now)

    def _offer(self, visit: int, inbox: Inbox) -> tuple[int, int] | None:
        """The group and the agent who take a visit at once, if anybody can."""
        able = [(group, agent) for group in inbox.groups if (agent := self.crews[group].candidate()) >= 0]
        if not able:
            return None
        match inbox.offers:
            case "longest_idle":
                idle = [(group, agent) for group, _ in able if (agent := self.crews[group].longest_idle()) >= 0]
                if idle:
                    return min(idle, key=lambda each: self.crews[each[0]].idle_since_s[each[1]])
                return min(able, key=self._share_held)
            case "least_loaded":
                return min(able, key=self._share_held)
            case "random":
                return able[int(self._u_offer[visit] * len(able))]
        return able[0]

    def _share_held(self, candidate: tuple[int, int]) -> float:
        crew = self.crews[candidate[0]]
        return len(crew.held[candidate[1]]) / crew.group.concurrency

    def _waits(self, visit: int, now: float) -> None:
        """A visit goes into the line of its inbox, in the place that its joining gives it."""
        number = self._at.team[visit]
        inbox, lines = self._inboxes[number], self._lines[number]
        self.waiting[number] += 1
        line = lines[NOBODY] if NOBODY in lines else lines[min(inbox.groups, key=lambda g: self._delay_s(number, g))]
        self._stands(visit, line)
        if line.alone >= 0:
            self.crews[line.alone].waited_for_alone += 1
        if line.overflow is not None:
            overflows_s = self._at.joined_s[visit] + inbox.overflow_after_s
            if overflows_s < now:
                self.overflow(visit, now)
            else:
                self._loop.overflows(overflows_s, visit)

    def _stands(self, visit: int, line: Line) -> None:
        at = self._at
        self._line[visit] = line
        if line.asked_by_priority:
            heappush(line.by_priority, (at.priority[visit], at.joined_s[visit], visit))
        if line.asked_by_joining:
            heappush(line.by_joining, (at.joined_s[visit], visit))

    def _delay_s(self, inbox: int, group: int) -> float:
        """Expected delay of one more who waits for a group alone."""
        crew = self.crews[group]
        slots = crew.on_duty * crew.group.concurrency
        return (crew.waited_for_alone + 1) / slots * self._mean_work_s[inbox][group] if slots else inf

    def overflow(self, visit: int, now: float) -> None:
        """A visit that still waits may be taken by more groups."""
        line = self._line.get(visit)
        if line is None or line.overflow is None:
            return
        self._stands(visit, line.overflow)
        for group in self._inboxes[line.inbox].overflow_to:
            agent = self.crews[group].candidate()
            if agent >= 0:
                self._leaves_line(visit)
                self._takes(visit, group, agent, now)
                return

    def leave(self, visit: int, now: float) -> None:
        """A customer's patience is over."""
        if visit not in self._line and visit not in self._own:
            return
        at = self._at
        at.ended_s[visit] = now
        fate = self.fate[visit] = Fate.ABANDONED_SILENTLY if self._silent[visit] else Fate.ABANDONED
        if visit in self._keeper:
            self._loses_agent(visit)
        if fate == Fate.ABANDONED:
            self._leaves_line(visit)
        self._loop.told(visit, now, fate)

    def _leaves_line(self, visit: int) -> None:
        """A visit waits no longer."""
        line = self._line.pop(visit, None)
        if line is None:
            del self._own[visit]
        elif line.alone >= 0:
            self.crews[line.alone].waited_for_alone -= 1
        self.waiting[self._at.team[visit]] -= 1

    def _loses_agent(self, visit: int) -> None:
        """The conversation is no longer open with the agent of the visit before."""
        group, agent = self._keeper.pop(visit)
        crew = self.crews[group]
        crew.open[agent] -= 1
        crew.rerank(agent)

    def _next_for(self, number: int, now: float) -> int:
        """Who is taken next by a group, no longer in line; -1 nobody waits whom it may take."""
        group, best, found = self.crews[number].group, None, NOBODY
        for line in self.crews[number].lines:
            visit = self._head(line, by_priority=group.takes in ("priority", "in_order"))
            if visit < 0:
                continue
            order = self._order(group, line, visit, now)
            if best is None or order < best:
                best, found = order, visit
        if found >= 0:
            self._leaves_line(found)
        return found

    def _head(self, line: Line, *, by_priority: bool) -> int:
        heap: list[Any] = line.by_priority if by_priority else line.by_joining
        while heap:
            visit: int = heap[0][-1]
            if self._line.get(visit) is line:
                return visit
            heappop(heap)
        return NOBODY

    def _order(self, group: Group, line: Line, visit: int, now: float) -> Order:
        at = self._at
        joined_s = at.joined_s[visit]
        match group.takes:
            case "priority":
                return at.priority[visit], joined_s, visit
            case "longest_wait":
                return joined_s, visit
            case "weighted_wait":
                return -self._inboxes[line.inbox].weight * (now - joined_s), joined_s, visit
        listed = group.inboxes
        rank = listed.index(line.inbox) if line.inbox in listed else len(listed)
        return rank, at.priority[visit], joined_s, visit

    def _takes(self, visit: int, number: int, agent: int, now: float) -> None:
        """An agent takes a visit."""
        at, crew = self._at, self.crews[number]
        group = crew.group
        came_back = visit in self._keeper
        at.answered_s[visit] = now
        at.agent[visit], self.group[visit] = agent, number
        inbox = at.team[visit]
        self._last_wait_s[inbox] = now - at.joined_s[visit]
        if (throughput := self._throughput[inbox]) is not None:
            throughput.takes(now)
        slower = crew.strain(agent, now)
        not_reached = visit in self._calls and not self._reached[visit]
        if not_reached:
            self.fate[visit] = Fate.ABANDONED_SILENTLY
            at.ended_s[visit] = now
        if self.fate[visit] == Fate.ABANDONED_SILENTLY:
            work_s = self._notice_s[visit]
        else:
            self.fate[visit] = Fate.SERVED
            work_s = at.service_s[visit] * slower
            if group.factors:
                work_s *= group.factors[self._kind[visit]]
            if crew.newcomer[agent]:
                work_s *= group.newcomer_factor
        if self.fate[visit] == Fate.SERVED:
            if came_back:
                del self._keeper[visit]
            elif self._by_messages[visit]:
                crew.open[agent] += 1
        elif came_back:
            self._loses_agent(visit)
        self._advance(crew, agent, now)
        crew.held[agent].append(visit)
        crew.rerank(agent)
        if crew.varies:
            self._ends_at[visit] = crew.progress[agent] + work_s
            self._comes_next(crew, agent, now)
        else:
            self._due(visit, now + work_s)
        if not_reached:
            self._loop.told(visit, now, Fate.ABANDONED_SILENTLY)

    def _due(self, visit: int, at_s: float) -> None:
        self._due_s[visit] = at_s
        self._loop.work_ends(at_s, visit)

    def _advance(self, crew: Crew, agent: int, now: float) -> None:
        """Brings what an agent has done up to now, before the number held changes."""
        if crew.varies:
            held = len(crew.held[agent])
            if held:
                crew.progress[agent] += (now - crew.progress_at_s[agent]) * crew.group.speeds[held - 1]
            crew.progress_at_s[agent] = now

    def _comes_next(self, crew: Crew, agent: int, now: float) -> None:
        """Has the loop come back when the next of the conversations that an agent holds is done."""
        held = crew.held[agent]
        if not held:
            return
        visit = min(held, key=lambda each: (self._ends_at[each], each))
        left = max(0.0, self._ends_at[visit] - crew.progress[agent])
        for each in held:
            self._due_s[each] = nan
        self._due(visit, now + left / crew.group.speeds[len(held) - 1])

    def work_ends(self, visit: int, now: float) -> None:
        """The work on a visit, or the wrap-up after it, may be done."""
        if self._due_s[visit] != now:
            return
        at, number, agent = self._at, self.group[visit], self._at.agent[visit]
        crew = self.crews[number]
        self._due_s[visit] = nan
        served = self.fate[visit] == Fate.SERVED
        ends = served and at.ended_s[visit] != at.ended_s[visit]
        following = at.following[visit] if ends else NOBODY
        self._advance(crew, agent, now)
        if ends:
            at.ended_s[visit] = now
            if following >= 0 and self._same_agent[following]:
                self._keeper[following] = number, agent
            elif self._by_messages[visit]:
                crew.open[agent] -= 1
        wrap_up_s = self._wrap_up_s[visit] if ends else 0.0
        if wrap_up_s:
            if crew.varies:
                self._ends_at[visit] += wrap_up_s
            else:
                self._due(visit, now + wrap_up_s)
        else:
            crew.strain(agent, now)
            self.freed_s[visit] = now
            crew.held[agent].remove(visit)
            if not crew.held[agent]:
                crew.idle_since_s[agent] = now
        crew.rerank(agent)
        if crew.varies:
            self._comes_next(crew, agent, now)
        self._takes_up(number, agent, now)
        if not ends:
            return
        if following < 0:
            self._loop.told(visit, now, Fate.SERVED)
        elif self._gap_s[visit] > 0:
            self._loop.joins_later(now + self._gap_s[visit], following)
        else:
            self._loop.joins(following, now)

    def _takes_up(self, number: int, agent: int, now: float) -> None:
        """An agent who has become able takes from those who wait."""
        crew = self.crews[number]
        own = crew.own_lines[agent]
        while own and agent < crew.on_duty and len(crew.held[agent]) < crew.group.concurrency:
            _, visit = heappop(own)
            if self._own.get(visit) == (number, agent):
                self._leaves_line(visit)
                self._takes(visit, number, agent, now)
        while crew.is_able(agent) and (visit := self._next_for(number, now)) >= 0:
            self._takes(visit, number, agent, now)

    def anybody_waits(self) -> bool:
        """Whether any line holds anybody."""
        return bool(self._line or self._own)


def _mean_work_s(plan: Floorplan, visits: PlannedVisits, inbox: int) -> dict[int, float]:
    """The mean work of all visits planned for an inbox, by the factors of each of its groups."""
    here = np.flatnonzero(visits.team == inbox)
    if not here.size:
        return dict.fromkeys(plan.inboxes[inbox].groups, 0.0)
    work_s = visits.service_s[here]
    kind = np.zeros(here.size, dtype=np.int16) if visits.kind is None else visits.kind[here]
    factors = {group: np.array(plan.groups[group].factors) for group in plan.inboxes[inbox].groups}
    return {group: float((work_s * by[kind] if by.size else work_s).mean()) for group, by in factors.items()}


def special_inboxes(plan: Floorplan, visits: PlannedVisits) -> set[int]:
    """The inboxes that need the switchboard; the others are plain: one group, which takes from nowhere else, and
    nothing beyond priorities, slots and shifts.
    """
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
            and inbox.waiting_at_most is None
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


def _or_zeros(column: Any, size: int) -> Any:
    return np.zeros(size) if column is None else column


def _or_false(column: Any, size: int) -> Any:
    return np.zeros(size, dtype=bool) if column is None else column
