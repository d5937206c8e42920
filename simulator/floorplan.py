"""Who works where: inboxes, groups of agents, and the two decisions between them (docs/floor.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf
from typing import Literal

Offers = Literal["in_order", "least_loaded", "longest_idle", "random", "expected_delay"]
Takes = Literal["priority", "longest_wait", "weighted_wait", "in_order"]
Slots = Literal["spread", "fill"]


@dataclass(frozen=True)
class Strain:
    """Agents who slow down: by `slower` times what their level of strain exceeds `above`; the level follows being busy
    with the time constant `memory_s`.
    """

    slower: float
    above: float
    memory_s: float


@dataclass(frozen=True)
class Group:
    """Agents who do the same work: `agents[i]` are on duty from `from_s[i]` on; each holds up to `concurrency`
    conversations.

    `inboxes` is the group's own order of preference, for `takes="in_order"`; `factors` are by kind of visit.
    """

    concurrency: int
    from_s: tuple[float, ...]
    agents: tuple[int, ...]
    speeds: tuple[float, ...] = ()
    slots: Slots = "spread"
    open_at_most: int | None = None
    takes: Takes = "priority"
    inboxes: tuple[int, ...] = ()
    factors: tuple[float, ...] = ()
    newcomers: float = 0.0
    newcomer_factor: float = 1.0
    strain: Strain | None = None

    @property
    def most(self) -> int:
        """Agents that are ever on duty at once."""
        return max(self.agents, default=0)

    def is_newcomer(self, agent: int) -> bool:
        """Whether an agent is a newcomer: evenly spread over the group."""
        return floor((agent + 1) * self.newcomers + 1e-9) > floor(agent * self.newcomers + 1e-9)


@dataclass(frozen=True)
class Inbox:
    """Where visits wait, and the groups that take from it, in order of preference.

    With `throughput_over_s`, rules see the queue over the throughput of so many seconds as the expected wait.
    """

    groups: tuple[int, ...]
    offers: Offers = "in_order"
    waiting_at_most: int | None = None
    overflow_after_s: float = inf
    overflow_to: tuple[int, ...] = ()
    call_back_from: int | None = None
    weight: float = 1.0
    throughput_over_s: float | None = None


@dataclass(frozen=True)
class Floorplan:
    """Inboxes, by the team codes of visits, and groups."""

    inboxes: tuple[Inbox, ...]
    groups: tuple[Group, ...]

    def is_staffed(self, inbox: int) -> bool:
        """Whether anybody who takes from an inbox is ever on duty."""
        return any(self.groups[group].most > 0 for group in self.inboxes[inbox].groups)

    @classmethod
    def of_teams(cls, groups: tuple[Group, ...]) -> Floorplan:
        """An inbox for each group, and nobody helps out."""
        return cls(tuple(Inbox((number,)) for number in range(len(groups))), groups)
