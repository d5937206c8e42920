"""W1 with one feature of the floor at a time. Times are in minutes, as in `workloads.py`.

Every floor is about as loaded as W1: where a feature takes agents' time, there is less work or there are more agents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from workloads import FloatArray, OneTeam

from deskdrill.simulator.floor import Floor
from deskdrill.simulator.floorplan import Floorplan, Group, Inbox, Strain
from deskdrill.simulator.visits import PlannedVisits, VisitRecords


@dataclass(frozen=True)
class FeatureFloor:
    """A floor and what is planned for it; the first visit of conversation i is number i."""

    plan: Floorplan
    visits: PlannedVisits
    joins_min: FloatArray

    @property
    def conversations(self) -> int:
        return len(self.joins_min)

    def play(self) -> VisitRecords:
        """Its records, by the product's own floor."""
        return Floor(self.plan, self.visits).play(self.joins_min, np.arange(self.conversations, dtype=np.int32))


@dataclass(frozen=True)
class Draws:
    """W1's columns and what else features draw for each conversation."""

    workload: OneTeam

    @cached_property
    def uniform(self) -> FloatArray:
        """One more, for choices."""
        return np.random.default_rng([3, self.workload.seed]).random(self.size)

    @cached_property
    def exponential(self) -> FloatArray:
        """One more, of mean 1."""
        return np.random.default_rng([4, self.workload.seed]).exponential(size=self.size)

    @property
    def size(self) -> int:
        return self.workload.conversations

    def visits(self, inbox: np.ndarray | None = None, work: float = 1.0, **columns: np.ndarray) -> PlannedVisits:
        """A visit for each conversation; the work is so many times that of W1."""
        zeros = np.zeros(self.size, dtype=np.int8)
        w1 = self.workload
        nothing = np.full(self.size, -1, dtype=np.int32)
        return PlannedVisits(
            zeros if inbox is None else inbox.astype(np.int8),
            zeros,
            w1.handle_min * work,
            w1.patience_min,
            w1.patience_min,
            nothing,
            **columns,  # type: ignore[arg-type]
        )

    def floor(self, plan: Floorplan | Group, visits: PlannedVisits | None = None) -> FeatureFloor:
        """A floor of W1's customers; a group alone has its own inbox."""
        plan = Floorplan.of_teams((plan,)) if isinstance(plan, Group) else plan
        return FeatureFloor(plan, visits or self.visits(), self.workload.arrives_min)


def always(agents: int, concurrency: int = 1, **options: object) -> Group:
    """A group that never goes home."""
    return Group(concurrency, (0.0,), (agents,), **options)  # type: ignore[arg-type]


def one_inbox(*groups: Group, **options: object) -> Floorplan:
    """An inbox for all groups."""
    return Floorplan((Inbox(tuple(range(len(groups))), **options),), groups)  # type: ignore[arg-type]


def _skills(draws: Draws) -> FeatureFloor:
    plan = Floorplan((Inbox((0, 1)), Inbox((1,))), (always(10), always(10)))
    return draws.floor(plan, draws.visits(draws.uniform < 0.4))


def _weighted(draws: Draws) -> FeatureFloor:
    plan = Floorplan((Inbox((0,)), Inbox((0,), weight=2.0)), (always(20, takes="weighted_wait"),))
    return draws.floor(plan, draws.visits(draws.uniform < 0.4))


def _offered(offers: str) -> Callable[[Draws], FeatureFloor]:
    def floor(draws: Draws) -> FeatureFloor:
        return draws.floor(one_inbox(always(10), always(10), offers=offers), draws.visits(u_offer=draws.uniform))

    return floor


def _silent(draws: Draws) -> FeatureFloor:
    # Noticing takes a fifth of a mean service.
    silent = draws.uniform < 0.6
    return draws.floor(always(20), draws.visits(silent=silent, notice_s=0.2 * draws.exponential))


def _wrap_up(draws: Draws) -> FeatureFloor:
    return draws.floor(always(20), draws.visits(work=0.8, wrap_up_s=0.2 * draws.exponential))


def _called_back(draws: Draws) -> FeatureFloor:
    # A tenth of those who accept are not reached.
    visits = draws.visits(
        called_back=draws.uniform < 0.5, reached=draws.exponential < 2.3, notice_s=np.full(draws.size, 0.2)
    )
    return draws.floor(one_inbox(always(20), call_back_from=5), visits)


def _messages(draws: Draws) -> FeatureFloor:
    """Three messages a conversation, each a third of the work, five minutes apart on average."""
    size = draws.size
    first = draws.visits(work=1 / 3)
    threefold = {
        name: np.tile(getattr(first, name), 3)
        for name in ("team", "priority", "service_s", "patience_s", "message_patience_s")
    }
    number = np.arange(3 * size, dtype=np.int32)
    visits = replace(
        first,
        **threefold,
        next=np.where(number < 2 * size, number + size, -1).astype(np.int32),
        gap_s=np.tile(5 * draws.exponential, 3),
        same_agent=number >= size,
    )
    return draws.floor(always(20, open_at_most=20), visits)


PLAIN = "W1 as it is"
FEATURES: dict[str, Callable[[Draws], FeatureFloor]] = {
    PLAIN: lambda draws: draws.floor(always(20)),
    "two inboxes, a group helps out (N)": _skills,
    "offered to the first group able": _offered("in_order"),
    "offered to the least loaded": _offered("least_loaded"),
    "offered to the longest idle": _offered("longest_idle"),
    "offered by chance": _offered("random"),
    "offered by expected delay": _offered("expected_delay"),
    "taken by weighted wait": _weighted,
    "three at once, slower by load": lambda draws: draws.floor(always(15, 3, speeds=(1.0, 0.6, 0.45))),
    "silent leavers": _silent,
    "wrap-up": _wrap_up,
    "finite inbox": lambda draws: draws.floor(one_inbox(always(20), waiting_at_most=10)),
    "overflow": lambda draws: draws.floor(
        Floorplan((Inbox((0,), overflow_after_s=0.2, overflow_to=(1,)),), (always(17), always(3)))
    ),
    "call-backs": _called_back,
    "messages, open ones capped": _messages,
    "newcomers": lambda draws: draws.floor(always(21, newcomers=0.2, newcomer_factor=1.25)),
    "work factors": lambda draws: draws.floor(
        always(20, factors=(0.9, 1.15)), draws.visits(kind=(draws.uniform < 0.4).astype(np.int16))
    ),
    "strain": lambda draws: draws.floor(always(22, strain=Strain(slower=0.5, above=0.8, memory_s=30.0))),
    "queue over throughput": lambda draws: draws.floor(one_inbox(always(20), throughput_over_s=10.0)),
}
