"""Inboxes and groups that are more than one team with one inbox: who is offered a conversation, and who is taken next.

docs/floor.md says what happens; here it happens. Everything is a reaction to a moment that the floor's loop has
reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from math import inf, nan
from typing import Protocol

import numpy as np

from .agenda import GIVES_UP, JOINS, OVERFLOWS, RULES, WORK_ENDS, Agenda
from .cells import cells
from .columns import Columns, MoreColumns
from .crew import NOBODY, Crew
from .floorplan import Floorplan
from .lines import Lines
from .tray import Tray
from .visits import Fate, PlannedVisits

# Plain numbers, and names of this module, are quicker than those of an enumeration.
SERVED, OPEN, BLOCKED = Fate.SERVED.value, Fate.OPEN.value, Fate.BLOCKED.value
ABANDONED, ABANDONED_SILENTLY = Fate.ABANDONED.value, Fate.ABANDONED_SILENTLY.value

MOVED = Fate.MOVED.value

Joins = Callable[[int, float], None]
Told = Callable[[int, float, int], None]


class Rules(Protocol):
    """What is tried on visits while they wait."""

    @property
    def keeps_priority(self) -> bytes:
        """One byte for each visit: whether it has the priority that rules gave to the visit before it."""
        ...

    def begins(self, visit: int, now_s: float) -> float:
        """A visit begins to wait; returns when rules are tried on it, infinite if never."""
        ...

    def tried(self, visit: int, now_s: float) -> tuple[int, int, float]:
        """Rules are tried on a visit that still waits; returns the visit that goes on waiting (the same one if it
        stays), its priority, and when they are tried next, infinite if never.
        """
        ...


class Switchboard:
    """The inboxes and groups of a floor that are not plain.

    `joins` lets a visit join now that follows another at once; `told` hands on what became of a conversation; `rules`
    are those that are tried on who waits, if there are any.
    """

    def __init__(
        self,
        plan: Floorplan,
        visits: PlannedVisits,
        columns: Columns,
        agenda: Agenda,
        joins: Joins,
        told: Told,
        rules: Rules | None = None,
    ) -> None:
        self._rules = rules
        self._at, self._more = columns, MoreColumns.of(visits)
        self._add, self._joins, self._tell = agenda.add, joins, told
        self.told = bytes(visits.team.size)
        """Of which visits to tell what became of them."""
        self.crews = tuple(Crew(number, group) for number, group in enumerate(plan.groups))
        self.trays = tuple(Tray(number, plan, visits, self.crews) for number in range(len(plan.inboxes)))
        self._lines = Lines((line for tray in self.trays for line in tray.lines()), self.crews)
        # With speeds: what an agent's progress is when a visit's work ends.
        varies = any(crew.varies for crew in self.crews)
        self._ends_at = cells(np.full(visits.team.size if varies else 0, nan))
        # Who waits in an agent's own line; who comes back to whom; who is to be called.
        self._own: dict[int, tuple[Crew, int]] = {}
        self._keeper: dict[int, tuple[Crew, int]] = {}
        self._calls: set[int] = set()

    @property
    def more(self) -> MoreColumns:
        """What has become of the visits."""
        return self._more

    def anybody_waits(self) -> bool:
        """Whether any line holds anybody."""
        return bool(self._lines.of or self._own)

    # Shifts

    def staff(self, changes: Sequence[tuple[int, int]], now: float) -> None:
        """Changes of shift at one moment: groups and how many of each are on duty from now on."""
        moves: list[tuple[float, int]] = []
        for number, on_duty in changes:
            crew = self.crews[number]
            for own in crew.own_lines[on_duty:]:
                moves += (item for item in own if item[1] in self._own)
                own.clear()
            crew.staff(on_duty, now)
        for _, visit in sorted(moves):
            self._moves(visit, now)
        for number, _ in changes:
            crew = self.crews[number]
            while (agent := crew.candidate()) >= 0 and (visit := self._next_for(crew, now)) >= 0:
                self._takes(visit, crew, agent, now)

    def _moves(self, visit: int, now: float) -> None:
        """A visit whose agent goes off duty moves to its inbox."""
        tray = self.trays[self._at.team[visit]]
        del self._own[visit]
        tray.waiting -= 1
        if visit in self._keeper:
            self._loses_agent(visit)
        taker = tray.offered(self._more.u_offer[visit])
        if taker is not None:
            self._takes(visit, taker[0], taker[1], now)
        else:
            self._waits(visit, tray, now)

    # Joining

    def join(self, visit: int, now: float) -> None:
        """A visit joins its inbox."""
        at, more = self._at, self._more
        at.joined_s[visit] = more.since_s[visit] = now
        more.fate[visit] = OPEN
        tray = self.trays[at.team[visit]]
        if visit in self._keeper:
            crew, agent = self._keeper[visit]
            if crew.has_slot(agent):
                self._takes(visit, crew, agent, now)
                return
            if agent < crew.on_duty:
                self._bears(visit, tray, now)
                heappush(crew.own_lines[agent], (now, visit))
                self._own[visit] = crew, agent
                tray.waiting += 1
                return
            self._loses_agent(visit)
        taker = tray.offered(more.u_offer[visit])
        if taker is not None:
            self._takes(visit, taker[0], taker[1], now)
        elif tray.is_full():
            more.fate[visit] = BLOCKED
            more.ended_s[visit] = now
            self._tell(visit, now, BLOCKED)
        else:
            self._bears(visit, tray, now)
            self._waits(visit, tray, now)
            if self._rules is not None and (tried_s := self._rules.begins(visit, now)) < inf:
                self._add(RULES, tried_s, visit)

    def _bears(self, visit: int, tray: Tray, now: float) -> None:
        """How long the customer will wait."""
        at = self._at
        if self._more.called_back[visit] and tray.calls_back():
            self._calls.add(visit)
            return
        bears_s = at.patience_s[visit] if tray.is_open() else at.message_patience_s[visit]
        if bears_s < inf:
            at.deadline_s[visit] = now + bears_s
            self._add(GIVES_UP, now + bears_s, visit)

    def _waits(self, visit: int, tray: Tray, now: float) -> None:
        """A visit goes into a line of its inbox, in the place that its joining gives it."""
        at = self._at
        tray.waiting += 1
        line = self._lines.of[visit] = tray.line_for_one_more()
        since_s = self._more.since_s[visit]
        line.add(at.priority[visit], since_s, visit)
        if line.alone is not None:
            line.alone.waited_for_alone += 1
        if line.overflow is not None:
            overflows_s = since_s + tray.inbox.overflow_after_s
            if overflows_s < now:
                self.overflow(visit, now)
            else:
                self._add(OVERFLOWS, overflows_s, visit)

    def overflow(self, visit: int, now: float) -> None:
        """A visit that still waits may be taken by more groups."""
        line = self._lines.of.get(visit)
        if line is None or line.overflow is None:
            return
        at = self._at
        tray = self.trays[line.inbox]
        taker = tray.helper()
        if taker is not None:
            self._leaves_line(visit)
            self._takes(visit, taker[0], taker[1], now)
        else:
            self._lines.of[visit] = line.overflow
            line.overflow.add(at.priority[visit], self._more.since_s[visit], visit)

    # Rules

    def reconsider(self, visit: int, now: float) -> None:
        """Rules are tried on a visit, if it still waits in a line."""
        rules = self._rules
        if rules is None or visit not in self._lines.of:
            return
        goes_on, priority, tried_s = rules.tried(visit, now)
        at = self._at
        changes, following = priority != at.priority[goes_on], goes_on
        while following >= 0:
            if rules.keeps_priority[following]:
                at.priority[following] = priority
            following = at.following[following]
        if goes_on != visit:
            self._moves_over(visit, goes_on, now)
        elif changes:
            self._lines.changes_priority(visit, priority, self._more.since_s[visit])
        if tried_s < inf and goes_on in self._lines.of:
            self._add(RULES, tried_s, goes_on)

    def _moves_over(self, visit: int, goes_on: int, now: float) -> None:
        """A visit goes on waiting as another one, for as long as its customer bears it; a full inbox takes it too."""
        at, more = self._at, self._more
        self._leaves_line(visit)
        more.fate[goes_on], more.fate[visit] = more.fate[visit], MOVED
        more.ended_s[goes_on], more.ended_s[visit] = more.ended_s[visit], now
        more.moved_to[visit] = goes_on
        at.joined_s[goes_on], more.since_s[goes_on] = now, more.since_s[visit]
        at.deadline_s[goes_on] = at.deadline_s[visit]
        if visit in self._calls:
            self._calls.add(goes_on)
        tray = self.trays[at.team[goes_on]]
        taker = tray.offered(more.u_offer[goes_on])
        if taker is not None:
            self._takes(goes_on, taker[0], taker[1], now)
            return
        if more.fate[goes_on] == OPEN and at.deadline_s[goes_on] < inf:
            self._add(GIVES_UP, at.deadline_s[goes_on], goes_on)
        self._waits(goes_on, tray, now)

    # Leaving

    def leave(self, visit: int, now: float) -> None:
        """A customer's patience is over."""
        if visit not in self._lines.of and visit not in self._own:
            return
        more = self._more
        more.ended_s[visit] = now
        fate = more.fate[visit] = ABANDONED_SILENTLY if more.silent[visit] else ABANDONED
        if visit in self._keeper:
            self._loses_agent(visit)
        if fate == ABANDONED:
            self._leaves_line(visit)
        self._tell(visit, now, fate)

    def _leaves_line(self, visit: int) -> None:
        """A visit waits no longer."""
        line = self._lines.of.pop(visit, None)
        if line is None:
            del self._own[visit]
        elif line.alone is not None:
            line.alone.waited_for_alone -= 1
        self.trays[self._at.team[visit]].waiting -= 1

    def _loses_agent(self, visit: int) -> None:
        """The conversation is no longer open with the agent of the visit before."""
        crew, agent = self._keeper.pop(visit)
        crew.open[agent] -= 1
        crew.rerank(agent)

    # Taking

    def _next_for(self, crew: Crew, now: float) -> int:
        """Who is taken next by a group, no longer in line; -1 nobody waits whom it may take."""
        visit = self._lines.next_for(crew, now)
        if visit >= 0:
            self._leaves_line(visit)
        return visit

    def _takes(self, visit: int, crew: Crew, agent: int, now: float) -> None:
        """An agent takes a visit."""
        self._begins(visit, crew, agent, now)
        crew.rerank(agent)
        if crew.varies:
            self._comes_next(crew, agent, now)

    def _begins(self, visit: int, crew: Crew, agent: int, now: float) -> None:
        """As `_takes`, but for what depends on all that the agent holds."""
        at, more = self._at, self._more
        at.answered_s[visit] = now
        at.agent[visit] = agent
        more.group[visit] = crew.number
        tray = self.trays[at.team[visit]]
        tray.last_wait_s = now - at.joined_s[visit]
        if tray.throughput is not None:
            tray.throughput.takes(now)
        not_reached = visit in self._calls and not more.reached[visit]
        if not_reached:
            more.fate[visit] = ABANDONED_SILENTLY
            more.ended_s[visit] = now
        if more.fate[visit] == ABANDONED_SILENTLY:
            work_s = more.notice_s[visit]
            if visit in self._keeper:
                self._loses_agent(visit)
        else:
            more.fate[visit] = SERVED
            work_s = at.service_s[visit]
            if crew.is_quick_or_slow:
                work_s = crew.work_s(work_s, more.kind[visit], agent, now)
            if more.by_messages[visit] and self._keeper.pop(visit, None) is None:
                crew.open[agent] += 1
        if crew.varies:
            crew.advance(agent, now)
            self._ends_at[visit] = crew.progress[agent] + work_s
        else:
            self._add(WORK_ENDS, now + work_s, visit)
        crew.holds(agent, visit, now)
        if not_reached:
            self._tell(visit, now, ABANDONED_SILENTLY)

    def _takes_up(self, crew: Crew, agent: int, now: float) -> None:
        """An agent who may have become able takes from those who wait."""
        own = crew.own_lines[agent]
        while own and crew.has_slot(agent):
            _, visit = heappop(own)
            if self._own.get(visit) == (crew, agent):
                self._leaves_line(visit)
                self._begins(visit, crew, agent, now)
        while crew.is_able(agent) and (visit := self._next_for(crew, now)) >= 0:
            self._begins(visit, crew, agent, now)

    # Work

    def _comes_next(self, crew: Crew, agent: int, now: float) -> None:
        """Has the loop come back when the next of the conversations that an agent holds is done."""
        held, ends_at = crew.held[agent], self._ends_at
        if not held:
            return
        visit = held[0]
        at = ends_at[visit]
        for each in held:
            if ends_at[each] <= at and (ends_at[each] < at or each < visit):
                visit, at = each, ends_at[each]
        left = at - crew.progress[agent]
        done_s = now + left / crew.group.speeds[len(held) - 1] if left > 0 else now
        if visit != crew.next_done[agent] or done_s != crew.next_done_s[agent]:
            crew.next_done[agent], crew.next_done_s[agent] = visit, done_s
            self._add(WORK_ENDS, done_s, visit)

    def work_ends(self, visit: int, now: float) -> None:
        """The work on a visit, or the wrap-up after it, may be done."""
        at, more = self._at, self._more
        crew, agent = self.crews[more.group[visit]], at.agent[visit]
        if crew.varies:
            # An item for another visit or moment is out of date.
            if crew.next_done[agent] != visit or crew.next_done_s[agent] != now:
                return
            crew.next_done[agent] = NOBODY
            crew.advance(agent, now)
        ends = more.ended_s[visit] != more.ended_s[visit]
        following, wrap_up_s = NOBODY, 0.0
        if ends:
            more.ended_s[visit] = now
            following, wrap_up_s = at.following[visit], more.wrap_up_s[visit]
            if following >= 0 and more.same_agent[following]:
                self._keeper[following] = crew, agent
            elif more.by_messages[visit]:
                crew.open[agent] -= 1
        if not wrap_up_s:
            more.freed_s[visit] = now
            crew.lets_go(agent, visit, now)
        elif crew.varies:
            self._ends_at[visit] += wrap_up_s
        else:
            self._add(WORK_ENDS, now + wrap_up_s, visit)
        if self._lines.of or self._own:
            self._takes_up(crew, agent, now)
        crew.rerank(agent)
        if crew.varies:
            self._comes_next(crew, agent, now)
        if not ends:
            return
        if following < 0:
            if self.told[visit]:
                self._tell(visit, now, SERVED)
        elif more.gap_s[visit] > 0:
            self._add(JOINS, now + more.gap_s[visit], following)
        else:
            self._joins(following, now)
