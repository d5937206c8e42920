"""The floor as docs/floor.md tells it, sentence by sentence; nothing is shared with the simulator's own but the types.

Slow and obvious: whatever it wants to know, it finds by looking at all who wait and all agents. Where the page says that something
is arbitrary, a `choose` function decides, and is refused whoever was not to be chosen from.

After everything that happens the floor is looked over: nobody may hold too much, or wait while an agent is able to take them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import heappush
from math import exp, floor, inf, nan
from typing import Any

import numpy as np
import simpy

from deskdrill.simulator.floorplan import Floorplan, Group, Inbox
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

Choose = Callable[[int, list[int]], int]
"""The number of the agent who takes a visit, of those (all of one group) among whom it is arbitrary."""


def the_first(visit: int, agents: list[int]) -> int:
    return agents[0]


class Due(IntEnum):
    """What may be due, in the order at one moment."""

    SHIFT = 0
    END = 1
    JOIN = 2
    LEAVE = 3
    OVERFLOW = 4
    LOOK = 5
    RULES = 6


@dataclass(frozen=True)
class Try:
    """So long after the beginning of a wait: the visit goes on as another one (or itself), with this priority."""

    after_s: float
    onto: int
    priority: int


class Clock(simpy.Environment):
    """SimPy's queue sorts by moment, priority and a count; here the kind of what is due stands for the priority, and its number
    (of a group, of a visit) for the count.
    """

    def due(self, at_s: float, kind: Due, number: int, act: Callable[..., None], *args: Any) -> simpy.Event:
        """At that moment, `act(*args)`."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        event.callbacks = [lambda _: act(*args)]
        heappush(self._queue, (at_s, kind, (number, next(self._eid)), event))  # type: ignore[misc]
        return event


def call_off(event: simpy.Event) -> None:
    """What is due by it does not happen."""
    event.callbacks = []


@dataclass(eq=False)
class Visit:
    """A visit as planned, where it is now, and what became of it."""

    number: int
    inbox: int
    priority: int
    work_s: float
    patience_s: float
    message_patience_s: float
    next: int
    kind: int
    silent: bool
    notice_s: float
    wrap_up_s: float
    gap_s: float
    same_agent: bool
    u_offer: float
    called_back: bool
    reached: bool

    before: Visit | None = None
    keeps_agent: bool = False
    """Whether the visit after this one goes back to the agent of this one."""
    chain: int = -1
    """The first of the visits that go back to the agent of the one before, up to this one."""

    joined_s: float = nan
    waits_from_s: float = nan
    """When its wait began, in whatever inbox."""
    bears_until_s: float = inf
    moved_to: int = -1
    answered_s: float = nan
    ended_s: float = nan
    freed_s: float = nan
    agent: Agent | None = None
    fate: Fate = Fate.NOT_MADE

    own_line_of: Agent | None = None
    """The agent for whom it waits, where it came back to one."""
    alone: int | None = None
    """The group for which alone it waits."""
    overflowed: bool = False
    left: bool = False
    """Without a word."""
    to_call: bool = False

    required_s: float = 0.0
    wraps_s: float = 0.0
    progress_s: float = 0.0
    progress_at_s: float = 0.0
    ending: simpy.Event | None = None

    @property
    def by_messages(self) -> bool:
        """Whether it is one of a chain of visits with the same agent."""
        return self.same_agent or self.keeps_agent


@dataclass(eq=False)
class Agent:
    """One of a group."""

    group: int
    number: int
    on_duty: bool = False
    held: list[Visit] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    """Chains of messages."""
    idle_from_s: float = 0.0
    strain: float = 0.0
    strain_at_s: float = 0.0


class TextbookFloor:
    """Inboxes and groups, and visits that may happen."""

    def __init__(
        self, plan: Floorplan, planned: PlannedVisits, choose: Choose = the_first, rules: Mapping[int, Sequence[Try]] = {}
    ) -> None:
        self.plan = plan
        self.rules = rules
        self.choose = choose
        self.visits = visits_of(planned)
        self.agents = [[Agent(number, agent) for agent in range(group.most)] for number, group in enumerate(plan.groups)]
        self.last_wait_s = [0.0] * len(plan.inboxes)
        self.lined_up: list[Visit] = []
        self.clock = Clock()

    def play(
        self, joins: Iterable[tuple[float, int]], looks: Sequence[tuple[float, Callable[[TextbookFloor], None]]] = ()
    ) -> VisitRecords:
        """What became of all visits, after everything is over, if these join at these moments; `looks` are told of the floor at
        theirs.
        """
        changes: dict[float, dict[int, int]] = {}
        for number, group in enumerate(self.plan.groups):
            for from_s, agents in zip(group.from_s, group.agents, strict=True):
                changes.setdefault(from_s, {})[number] = agents
        for from_s, on_duty in changes.items():
            self.clock.due(from_s, Due.SHIFT, 0, self.change_shifts, on_duty)
        for at_s, visit in joins:
            self.clock.due(at_s, Due.JOIN, visit, self.join, self.visits[visit])
        for number, (at_s, look) in enumerate(looks):
            self.clock.due(at_s, Due.LOOK, number, look, self)
        while self.clock.peek() < inf:
            self.clock.step()
            self.look_over()
        return self.records()

    @property
    def now(self) -> float:
        return self.clock.now

    # Who is who -----------------------------------------------------------------------------------------------------------------

    def group_of(self, agent: Agent) -> Group:
        return self.plan.groups[agent.group]

    def inbox_of(self, visit: Visit) -> Inbox:
        return self.plan.inboxes[visit.inbox]

    def waiting(self) -> list[Visit]:
        """Whose wait began first comes first, then the smaller number."""
        return sorted(self.lined_up, key=lambda visit: (visit.waits_from_s, visit.number))

    def own_line(self, agent: Agent) -> list[Visit]:
        return [visit for visit in self.waiting() if visit.own_line_of is agent]

    def on_duty(self, group: int) -> int:
        return sum(agent.on_duty for agent in self.agents[group])

    def has_slot(self, agent: Agent) -> bool:
        return agent.on_duty and len(agent.held) < self.group_of(agent).concurrency

    def able(self, agent: Agent) -> bool:
        most = self.group_of(agent).open_at_most
        return self.has_slot(agent) and (most is None or len(agent.open) < most)

    def may_take(self, group: int, visit: Visit) -> bool:
        """Whether the group may take a visit that waits."""
        if visit.own_line_of is not None:
            return False
        if visit.overflowed and group in self.inbox_of(visit).overflow_to:
            return True
        return group in self.inbox_of(visit).groups if visit.alone is None else group == visit.alone

    # What rules see -------------------------------------------------------------------------------------------------------------

    def length(self, inbox: int) -> int:
        return sum(visit.inbox == inbox for visit in self.lined_up)

    def expected_wait(self, inbox: int) -> float:
        over_s = self.plan.inboxes[inbox].throughput_over_s
        if over_s is None:
            return self.last_wait_s[inbox]
        taken = sum(visit.inbox == inbox and visit.answered_s > self.now - over_s for visit in self.visits)
        return self.length(inbox) * over_s / max(taken, 1)

    def free(self, inbox: int) -> int:
        return sum(
            self.plan.groups[group].concurrency - len(agent.held)
            for group in self.plan.inboxes[inbox].groups
            for agent in self.agents[group]
            if self.able(agent)
        )

    def is_open(self, inbox: int) -> bool:
        return any(self.on_duty(group) for group in self.plan.inboxes[inbox].groups)

    # Shifts ---------------------------------------------------------------------------------------------------------------------

    def change_shifts(self, on_duty: dict[int, int]) -> None:
        """As many are on duty from now on, by group."""
        for group, many in on_duty.items():
            for agent in self.agents[group]:
                comes = agent.number < many and not agent.on_duty
                agent.on_duty = agent.number < many
                if comes and not agent.held:
                    agent.idle_from_s = self.now
        for visit in self.waiting():
            if visit.own_line_of is not None and not visit.own_line_of.on_duty:
                self.move_to_inbox(visit)
        for group in on_duty:
            while (agents := self.chosen_within(group)) and (visits := self.takes_from(group)):
                self.take(visits[0], self.pick(visits[0], agents))

    # Joining --------------------------------------------------------------------------------------------------------------------

    def join(self, visit: Visit) -> None:
        visit.joined_s = visit.waits_from_s = self.now
        visit.fate = Fate.OPEN
        inbox = self.inbox_of(visit)
        keeper = visit.before.agent if visit.same_agent and visit.before is not None else None
        if keeper is not None and keeper.on_duty:
            if self.has_slot(keeper):
                self.take(visit, keeper)
            else:
                visit.own_line_of = keeper
                self.wait(visit)
            return
        if keeper is not None:
            keeper.open.discard(visit.chain)
        if agents := self.offered(visit):
            self.take(visit, self.pick(visit, agents))
        elif inbox.waiting_at_most is not None and self.length(visit.inbox) >= inbox.waiting_at_most:
            visit.fate = Fate.BLOCKED
            visit.ended_s = self.now
        else:
            visit.alone = self.alone(visit)
            self.wait(visit)
            self.try_rules(visit, self.rules.get(visit.number, ()), self.now)

    def try_rules(self, visit: Visit, tries: Sequence[Try], from_s: float) -> None:
        """The first of these is due, so long after the beginning of the wait."""
        if tries:
            self.clock.due(from_s + tries[0].after_s, Due.RULES, visit.number, self.reconsider, visit, tries, from_s)

    def reconsider(self, visit: Visit, tries: Sequence[Try], from_s: float) -> None:
        if visit not in self.lined_up:
            return
        goes_on = self.visits[tries[0].onto]
        each = goes_on
        while True:
            each.priority = tries[0].priority
            if each.next < 0:
                break
            each = self.visits[each.next]
        if goes_on is not visit:
            self.move_over(visit, goes_on)
        if goes_on in self.lined_up:
            self.try_rules(goes_on, tries[1:], from_s)

    def move_over(self, visit: Visit, goes_on: Visit) -> None:
        """It waits elsewhere from now on, as long as it would have; a full inbox takes it too."""
        self.lined_up.remove(visit)
        goes_on.joined_s, goes_on.waits_from_s = self.now, visit.waits_from_s
        goes_on.fate, goes_on.left, goes_on.ended_s = visit.fate, visit.left, visit.ended_s
        goes_on.to_call, goes_on.bears_until_s = visit.to_call, visit.bears_until_s
        visit.fate, visit.ended_s, visit.moved_to = Fate.MOVED, self.now, goes_on.number
        if agents := self.offered(goes_on):
            self.take(goes_on, self.pick(goes_on, agents))
            return
        goes_on.alone = self.alone(goes_on)
        self.lined_up.append(goes_on)
        if not goes_on.left and goes_on.bears_until_s < inf:
            self.clock.due(goes_on.bears_until_s, Due.LEAVE, goes_on.number, self.leave, goes_on)
        overflows_s = goes_on.waits_from_s + self.inbox_of(goes_on).overflow_after_s
        if overflows_s < self.now:
            self.overflow(goes_on)
        else:
            self.clock.due(overflows_s, Due.OVERFLOW, goes_on.number, self.overflow, goes_on)

    def move_to_inbox(self, visit: Visit) -> None:
        """From the line of its own agent, who goes off duty."""
        assert visit.own_line_of is not None
        visit.own_line_of.open.discard(visit.chain)
        visit.own_line_of = None
        if agents := self.offered(visit):
            self.take(visit, self.pick(visit, agents))
            return
        visit.alone = self.alone(visit)
        if visit.overflowed:
            self.offer_to_overflow(visit)

    def wait(self, visit: Visit) -> None:
        inbox = self.inbox_of(visit)
        visit.to_call = (
            visit.called_back and inbox.call_back_from is not None and self.length(visit.inbox) >= inbox.call_back_from
        )
        self.lined_up.append(visit)
        patience_s = visit.patience_s if self.is_open(visit.inbox) else visit.message_patience_s
        if not visit.to_call:
            visit.bears_until_s = self.now + patience_s
            self.clock.due(visit.bears_until_s, Due.LEAVE, visit.number, self.leave, visit)
        self.clock.due(self.now + inbox.overflow_after_s, Due.OVERFLOW, visit.number, self.overflow, visit)

    def offered(self, visit: Visit) -> list[Agent]:
        """The agents, of one group, among whom it is arbitrary who takes a visit at once; nobody if none is able."""
        inbox = self.inbox_of(visit)
        groups = [group for group in inbox.groups if self.chosen_within(group)]
        if not groups:
            return []
        if inbox.offers == "random":
            return self.chosen_within(groups[floor(visit.u_offer * len(groups))])
        if inbox.offers == "longest_idle":
            idle = [a for group in groups for a in self.agents[group] if self.able(a) and not a.held]
            longest = [a for a in idle if a.idle_from_s == min(b.idle_from_s for b in idle)]
            if longest:
                return [agent for agent in longest if agent.group == longest[0].group]
        if inbox.offers in ("least_loaded", "longest_idle"):
            return self.chosen_within(min(groups, key=self.share_in_use))
        return self.chosen_within(groups[0])

    def share_in_use(self, group: int) -> float:
        return len(self.chosen_within(group)[0].held) / self.plan.groups[group].concurrency

    def chosen_within(self, group: int) -> list[Agent]:
        """The able agents who hold the fewest, or the most."""
        able = [agent for agent in self.agents[group] if self.able(agent)]
        best = min if self.plan.groups[group].slots == "spread" else max
        return [agent for agent in able if len(agent.held) == best(len(other.held) for other in able)]

    def pick(self, visit: Visit, agents: list[Agent]) -> Agent:
        numbers = [agent.number for agent in agents]
        number = self.choose(visit.number, numbers)
        assert number in numbers, f"visit {visit.number} is taken by {number}, but it is the turn of {numbers} of group {agents[0].group}"
        return agents[numbers.index(number)]

    def alone(self, visit: Visit) -> int | None:
        """The group for which alone a visit waits."""
        inbox = self.inbox_of(visit)
        if inbox.offers != "expected_delay":
            return None

        def delay_s(group: int) -> float:
            slots = self.on_duty(group) * self.plan.groups[group].concurrency
            ahead = sum(other.alone == group for other in self.lined_up if other is not visit)
            work_s = [other.work_s * self.factor(other, group) for other in self.visits if other.inbox == visit.inbox]
            return (ahead + 1) / slots * (sum(work_s) / len(work_s)) if slots else inf

        return min(inbox.groups, key=delay_s)

    # Taking ---------------------------------------------------------------------------------------------------------------------

    def take_on(self, agent: Agent) -> None:
        """The agent takes, again and again while able."""
        while True:
            if self.has_slot(agent) and self.own_line(agent):
                self.take(self.own_line(agent)[0], agent)
            elif self.able(agent) and self.takes_from(agent.group):
                self.take(self.takes_from(agent.group)[0], agent)
            else:
                return

    def takes_from(self, group: int) -> list[Visit]:
        """Those who wait and whom the group may take, in its order."""
        rule = self.plan.groups[group].takes
        order = self.plan.groups[group].inboxes

        def key(visit: Visit) -> tuple[float, ...]:
            if rule == "priority":
                return (visit.priority,)
            if rule == "weighted_wait":
                return (-self.inbox_of(visit).weight * (self.now - visit.waits_from_s),)
            if rule == "in_order":
                return (order.index(visit.inbox) if visit.inbox in order else len(order), visit.priority)
            assert rule == "longest_wait"
            return ()

        return sorted((visit for visit in self.waiting() if self.may_take(group, visit)), key=key)

    # Work -----------------------------------------------------------------------------------------------------------------------

    def take(self, visit: Visit, agent: Agent) -> None:
        assert self.has_slot(agent)
        self.last_wait_s[visit.inbox] = self.now - visit.joined_s
        keeper = visit.own_line_of
        if visit in self.lined_up:
            self.lined_up.remove(visit)
        visit.own_line_of = None
        visit.agent = agent
        visit.answered_s = self.now
        if visit.to_call and not visit.reached:
            visit.left = True
            visit.ended_s = self.now
            visit.fate = Fate.ABANDONED_SILENTLY
            if keeper is not None:
                keeper.open.discard(visit.chain)
        if visit.left:
            visit.required_s, visit.wraps_s = visit.notice_s, 0.0
        else:
            visit.required_s, visit.wraps_s = self.requirement_s(visit, agent), visit.wrap_up_s
            if visit.by_messages:
                agent.open.add(visit.chain)
        self.catch_up(agent)
        agent.held.append(visit)
        visit.progress_at_s = self.now
        self.foresee(agent)

    def requirement_s(self, visit: Visit, agent: Agent) -> float:
        group = self.group_of(agent)
        needed_s = visit.work_s * self.factor(visit, agent.group)
        if floor((agent.number + 1) * group.newcomers + 1e-9) > floor(agent.number * group.newcomers + 1e-9):
            needed_s *= group.newcomer_factor
        if group.strain is not None:
            needed_s *= 1 + group.strain.slower * max(0.0, self.strain(agent) - group.strain.above)
        return needed_s

    def factor(self, visit: Visit, group: int) -> float:
        """Of the group for the visit's kind."""
        factors = self.plan.groups[group].factors
        return factors[visit.kind] if factors else 1.0

    def strain(self, agent: Agent) -> float:
        """The level now: it has followed being busy since what the agent holds last changed."""
        strain = self.group_of(agent).strain
        if strain is None:
            return 0.0
        busy = float(bool(agent.held))
        return busy + (agent.strain - busy) * exp(-(self.now - agent.strain_at_s) / strain.memory_s)

    def speed(self, agent: Agent) -> float:
        speeds = self.group_of(agent).speeds
        return speeds[len(agent.held) - 1] if speeds else 1.0

    def catch_up(self, agent: Agent) -> None:
        """What has been done up to now, before what the agent holds changes."""
        agent.strain = self.strain(agent)
        agent.strain_at_s = self.now
        for visit in agent.held:
            visit.progress_s += (self.now - visit.progress_at_s) * self.speed(agent)
            visit.progress_at_s = self.now

    def foresee(self, agent: Agent) -> None:
        """When what the agent holds ends if nothing changes."""
        for visit in agent.held:
            if visit.ending is not None:
                call_off(visit.ending)
            over = visit.fate is Fate.SERVED
            left_s = visit.required_s + (visit.wraps_s if over else 0.0) - visit.progress_s
            ends_s = self.now + max(0.0, left_s) / self.speed(agent)
            visit.ending = self.clock.due(ends_s, Due.END, visit.number, self.free_slot if over else self.end, visit)

    def end(self, visit: Visit) -> None:
        """The conversation ends, or is found to have none to talk to."""
        agent = visit.agent
        assert agent is not None
        if not visit.left:
            visit.fate = Fate.SERVED
            visit.ended_s = self.now
            if not visit.keeps_agent:
                agent.open.discard(visit.chain)
        if visit.wraps_s:
            self.catch_up(agent)
            self.foresee(agent)
            self.take_on(agent)
        else:
            self.free_slot(visit)
        if not visit.left and visit.next >= 0:
            following = self.visits[visit.next]
            if visit.gap_s:
                self.clock.due(self.now + visit.gap_s, Due.JOIN, following.number, self.join, following)
            else:
                self.join(following)

    def free_slot(self, visit: Visit) -> None:
        agent = visit.agent
        assert agent is not None
        visit.freed_s = self.now
        self.catch_up(agent)
        agent.held.remove(visit)
        if not agent.held:
            agent.idle_from_s = self.now
        self.foresee(agent)
        self.take_on(agent)

    # Leaving --------------------------------------------------------------------------------------------------------------------

    def leave(self, visit: Visit) -> None:
        if visit not in self.lined_up:
            return
        visit.ended_s = self.now
        if visit.own_line_of is not None:
            visit.own_line_of.open.discard(visit.chain)
        if visit.silent:
            visit.left = True
            visit.fate = Fate.ABANDONED_SILENTLY
        else:
            self.lined_up.remove(visit)
            visit.own_line_of = None
            visit.fate = Fate.ABANDONED

    # Overflow -------------------------------------------------------------------------------------------------------------------

    def overflow(self, visit: Visit) -> None:
        if visit not in self.lined_up:
            return
        visit.overflowed = True
        if visit.own_line_of is None:
            self.offer_to_overflow(visit)

    def offer_to_overflow(self, visit: Visit) -> None:
        for group in self.inbox_of(visit).overflow_to:
            if agents := self.chosen_within(group):
                self.take(visit, self.pick(visit, agents))
                return

    # What holds at any moment ---------------------------------------------------------------------------------------------------

    def look_over(self) -> None:
        for group, agents in zip(self.plan.groups, self.agents, strict=True):
            for agent in agents:
                assert len(agent.held) <= group.concurrency
                assert group.open_at_most is None or len(agent.open) <= group.open_at_most
                assert not (self.has_slot(agent) and self.own_line(agent)), "somebody waits for an agent of their own with a slot to spare"
                assert not (self.able(agent) and self.takes_from(agent.group)), "somebody waits while an agent is able to take them"
        assert all(visit.own_line_of is None or visit.own_line_of.on_duty for visit in self.lined_up)

    def records(self) -> VisitRecords:
        def column(name: str) -> Any:
            return np.array([getattr(visit, name) for visit in self.visits], dtype=np.float64)

        return VisitRecords(
            joined_s=column("joined_s"),
            answered_s=column("answered_s"),
            ended_s=column("ended_s"),
            agent=np.array([-1 if v.agent is None else v.agent.number for v in self.visits], dtype=np.int32),
            fate=np.array([v.fate for v in self.visits], dtype=np.int8),
            group=np.array([-1 if v.agent is None else v.agent.group for v in self.visits], dtype=np.int8),
            freed_s=column("freed_s"),
            moved_to=np.array([v.moved_to for v in self.visits], dtype=np.int32) if self.rules else None,
        )


def visits_of(planned: PlannedVisits) -> list[Visit]:
    """One by one, with what follows from them all."""
    size = planned.team.size

    def cells(column: Any, missing: float | bool) -> list[Any]:
        return [missing] * size if column is None else column.tolist()

    columns = (
        planned.team.tolist(),
        planned.priority.tolist(),
        planned.service_s.tolist(),
        planned.patience_s.tolist(),
        planned.message_patience_s.tolist(),
        planned.next.tolist(),
        cells(planned.kind, missing=0),
        cells(planned.silent, missing=False),
        cells(planned.notice_s, missing=0.0),
        cells(planned.wrap_up_s, missing=0.0),
        cells(planned.gap_s, missing=0.0),
        cells(planned.same_agent, missing=False),
        cells(planned.u_offer, missing=0.0),
        cells(planned.called_back, missing=False),
        cells(planned.reached, missing=True),
    )
    visits = [Visit(number, *cells) for number, cells in enumerate(zip(*columns, strict=True))]
    for visit in visits:
        if visit.next >= 0:
            following = visits[visit.next]
            following.before = visit
            visit.keeps_agent = following.same_agent
    for visit in visits:
        first = visit
        while first.same_agent and first.before is not None:
            first = first.before
        visit.chain = first.number
    return visits
