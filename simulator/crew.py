"""A group of agents at work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import exp, nan

from .bench import Bench
from .floorplan import Group

NOBODY = -1


class Crew:
    """What each agent of a group holds, has open, has come to and is waited for by (docs/floor.md)."""

    def __init__(self, number: int, group: Group) -> None:
        many = group.most
        self.number, self.group = number, group
        self.concurrency, self.open_at_most = group.concurrency, group.open_at_most
        self.on_duty = 0
        self._bench = Bench(many, group.concurrency)
        self._ranks = self._bench.ranks
        self.candidate: Callable[[], int] = self._bench.least if group.slots == "spread" else self._bench.fullest
        """The agent who would take a conversation; -1 nobody is able."""
        self.held: list[list[int]] = [[] for _ in range(many)]
        self.open = [0] * many
        self.own_lines: list[list[tuple[float, int]]] = [[] for _ in range(many)]
        # Kept only where it is asked for: who is on duty and holds nothing, the longest first, and since when.
        self.keeps_idle = False
        self._idle: OrderedDict[int, float] = OrderedDict()
        self.waited_for_alone = 0
        self._newcomer = [group.is_newcomer(agent) for agent in range(many)]
        self.is_quick_or_slow = bool(group.factors or any(self._newcomer) or group.strain)
        # With speeds: how far who holds anything has come, and when that was worked out; what is done next, and when.
        self.varies = any(speed != 1 for speed in group.speeds)
        self.progress = [0.0] * many
        self._progress_at_s = [0.0] * many
        self.next_done = [NOBODY] * many
        self.next_done_s = [nan] * many
        self._strained = group.strain is not None
        self._level = [0.0] * many
        self._level_at_s = [0.0] * many

    def staff(self, on_duty: int, now: float) -> None:
        """From now on agents 0 to `on_duty` − 1 are on duty."""
        if self.keeps_idle:
            for agent in range(on_duty, self.on_duty):
                self._idle.pop(agent, None)
            self._idle.update((agent, now) for agent in range(self.on_duty, on_duty) if not self.held[agent])
        self.on_duty = on_duty
        self._bench.staff(on_duty)

    def holds(self, agent: int, visit: int, now: float) -> None:
        """An agent holds one more."""
        if self._strained:
            self._strains(agent, now)
        self.held[agent].append(visit)
        if self.keeps_idle:
            self._idle.pop(agent, None)

    def lets_go(self, agent: int, visit: int, now: float) -> None:
        """An agent holds one less."""
        if self._strained:
            self._strains(agent, now)
        held = self.held[agent]
        held.remove(visit)
        if self.keeps_idle and not held and agent < self.on_duty:
            self._idle[agent] = now

    def has_slot(self, agent: int) -> bool:
        """Whether an agent is on duty and can hold one more."""
        return agent < self.on_duty and len(self.held[agent]) < self.concurrency

    def is_able(self, agent: int) -> bool:
        """Whether an agent can take a new conversation."""
        return (
            agent < self.on_duty
            and len(self.held[agent]) < self.concurrency
            and (self.open_at_most is None or self.open[agent] < self.open_at_most)
        )

    def rerank(self, agent: int) -> None:
        """Puts an agent where the number of conversations held, and of open ones, says."""
        held = len(self.held[agent])
        rank = held if self.open_at_most is None or self.open[agent] < self.open_at_most else self.concurrency
        if rank != self._ranks[agent]:
            self._bench.rank(agent, rank)

    def longest_idle(self) -> tuple[float, int] | None:
        """Since when an able agent has held nothing, and who, for longest."""
        return next(((since_s, agent) for agent, since_s in self._idle.items() if self.is_able(agent)), None)

    def share_held(self, agent: int) -> float:
        """Share of an agent's slots in use."""
        return len(self.held[agent]) / self.concurrency

    def slots_free(self) -> int:
        """Slots of able agents."""
        return self._bench.free()

    def work_s(self, planned_s: float, kind: int, agent: int, now: float) -> float:
        """What an agent who takes a visit now requires for its planned work."""
        group = self.group
        work_s = planned_s
        if group.factors:
            work_s *= group.factors[kind]
        if self._newcomer[agent]:
            work_s *= group.newcomer_factor
        if group.strain is not None:
            self._strains(agent, now)
            work_s *= 1.0 + group.strain.slower * max(0.0, self._level[agent] - group.strain.above)
        return work_s

    def _strains(self, agent: int, now: float) -> None:
        """Brings an agent's level of strain up to date, before what is held changes."""
        rule = self.group.strain
        if rule is not None:
            busy = 1.0 if self.held[agent] else 0.0
            passed_s = now - self._level_at_s[agent]
            self._level[agent] = busy + (self._level[agent] - busy) * exp(-passed_s / rule.memory_s)
            self._level_at_s[agent] = now

    def advance(self, agent: int, now: float) -> None:
        """Brings what an agent has done up to now, before the number held changes."""
        held = len(self.held[agent])
        if held:
            self.progress[agent] += (now - self._progress_at_s[agent]) * self.group.speeds[held - 1]
        self._progress_at_s[agent] = now
