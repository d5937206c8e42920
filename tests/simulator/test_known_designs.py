"""The floor against exact chains: groups with several skills, chats held at once, finite inboxes, general patience."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray
from test_known_answers import REPLICATIONS, WARM_UP, assert_holds

from deskdrill.simulator.floor import Floor
from deskdrill.simulator.floorplan import Floorplan, Group, Inbox
from deskdrill.simulator.occupation import occupation_of
from deskdrill.simulator.queueing import ErlangA, FiniteQueue, chat_design, n_design, skill_design, v_design
from deskdrill.simulator.queueing.skills import SkillClass, SkillPool
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """Rates of arrival and of leaving by inbox, priorities by inbox, and who works there; mean work 1."""

    rates: tuple[float, ...]
    leaving: float
    plan: Floorplan
    priorities: tuple[int, ...] = (0, 0, 0)

    def played(self, seed: int, customers: int) -> Outcome:
        rng = np.random.default_rng(seed)
        horizon = customers / sum(self.rates)
        at = [rng.random(rng.poisson(rate * horizon)) * horizon for rate in self.rates]
        joins = np.concatenate(at)
        team = np.repeat(np.arange(len(at), dtype=np.int8), [each.size for each in at])
        order = np.argsort(joins)
        joins, team, size = joins[order], team[order], joins.size
        visits = PlannedVisits(
            team=team,
            priority=np.array(self.priorities, dtype=np.int8)[team],
            service_s=rng.exponential(size=size),
            patience_s=rng.exponential(size=size) / self.leaving if self.leaving else np.full(size, inf),
            message_patience_s=np.full(size, inf),
            next=np.full(size, -1, dtype=np.int32),
            u_offer=rng.random(size),
        )
        records = Floor(self.plan, visits).play(joins, np.arange(size, dtype=np.int32))
        return Outcome(records, team, joins > WARM_UP * horizon, self.plan, horizon)

    def replications(self, customers: int) -> list[Outcome]:
        return [self.played(seed, customers) for seed in range(REPLICATIONS)]


@dataclass(frozen=True)
class Outcome:
    """Records, the inbox of each, and which are kept after the warm-up."""

    records: VisitRecords
    team: NDArray[np.int8]
    kept: BoolArray
    plan: Floorplan
    horizon: float

    def of(self, inbox: int | None) -> BoolArray:
        return self.kept & (True if inbox is None else self.team == inbox)

    def share(self, fate: Fate, inbox: int | None = None) -> float:
        return float((self.records.fate[self.of(inbox)] == fate).mean())

    def waits(self, inbox: int | None = None) -> NDArray[np.float64]:
        r = self.records
        return (np.where(np.isnan(r.answered_s), r.ended_s, r.answered_s) - r.joined_s)[self.of(inbox)]

    def waited(self, inbox: int | None = None) -> float:
        return float((self.waits(inbox) > 0).mean())


def always(many: int, concurrency: int = 1, **more: object) -> Group:
    return Group(concurrency, (0.0,), (many,), **more)  # type: ignore[arg-type]


N_PLAN = Floorplan((Inbox((0, 1)), Inbox((1,))), (always(5), always(6)))


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1])
def test_two_inboxes_and_a_group_that_helps_out_are_the_n_design(first: int) -> None:
    exact = n_design((6, 4), 1, (0.5, 0.5), (5, 6), first)
    design = Design((6, 4), 0.5, N_PLAN, priorities=(0, 1) if first == 0 else (1, 0))
    runs = design.replications(10_000)
    for inbox, measures in enumerate(exact.classes):
        assert_holds(measures.delay_probability, [run.waited(inbox) for run in runs])
        assert_holds(measures.abandonment_probability, [run.share(Fate.ABANDONED, inbox) for run in runs], width=0.15)
        assert_holds(measures.mean_wait, [float(run.waits(inbox).mean()) for run in runs], width=0.15)


def test_one_group_for_two_inboxes_is_the_v_design() -> None:
    exact = v_design((3, 6), 1, (0.5, 0.5), 9)
    plan = Floorplan((Inbox((0,)), Inbox((0,))), (always(9),))
    runs = Design((3, 6), 0.5, plan, priorities=(0, 1)).replications(8_000)
    for inbox, measures in enumerate(exact.classes):
        assert_holds(measures.abandonment_probability, [run.share(Fate.ABANDONED, inbox) for run in runs], width=0.15)
        assert_holds(measures.mean_wait, [float(run.waits(inbox).mean()) for run in runs], width=0.15)


@pytest.mark.slow
def test_a_w_design_is_that_of_its_chain() -> None:
    """Three inboxes, two groups; the middle inbox may go to either."""
    exact = skill_design(
        (
            SkillClass(2, 0.5, (0,), (1.0,)),
            SkillClass(2, 0.5, (0, 1), (1.0, 1.0)),
            SkillClass(2, 0.5, (1,), (1.0,)),
        ),
        (SkillPool(3, (0, 1)), SkillPool(3, (1, 2))),
    )
    plan = Floorplan(
        (Inbox((0,)), Inbox((0, 1)), Inbox((1,))),
        (always(3, takes="in_order", inboxes=(0, 1)), always(3, takes="in_order", inboxes=(1, 2))),
    )
    runs = Design((2, 2, 2), 0.5, plan).replications(8_000)
    for inbox, measures in enumerate(exact.classes):
        assert_holds(measures.abandonment_probability, [run.share(Fate.ABANDONED, inbox) for run in runs], width=0.15)


@pytest.mark.parametrize("offers", ["in_order", "least_loaded", "longest_idle", "random"])
@pytest.mark.parametrize("takes", ["priority", "longest_wait", "weighted_wait"])
def test_who_serves_whom_does_not_matter_to_all_where_everybody_serves_everybody(offers: str, takes: str) -> None:
    """The X design with equal rates is Erlang A, whatever the two decisions."""
    inboxes = tuple(Inbox((0, 1), offers=offers, weight=1.0 + number) for number in range(2))  # type: ignore[arg-type]
    plan = Floorplan(inboxes, (always(4, takes=takes), always(6, takes=takes)))
    runs = Design((4, 6), 0.5, plan, priorities=(1, 0)).replications(4_000)
    exact = ErlangA(10, 1, 0.5, 10)
    assert_holds(exact.abandonment_probability, [run.share(Fate.ABANDONED) for run in runs], width=0.2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "many", "speeds", "leaving"),
    [(2, 1, (1, 0.6, 0.45), 0.25), (4, 2, (1, 0.6, 0.45), 0.25), (3, 2, (1, 1 / 2, 1 / 3), 0.5)],
)
def test_chats_that_slow_each_other_are_those_of_the_chain(
    rate: float, many: int, speeds: tuple[float, ...], leaving: float
) -> None:
    exact = chat_design(rate, speeds, many, leaving)
    plan = Floorplan((Inbox((0,)),), (always(many, len(speeds), speeds=speeds),))
    runs = Design((rate,), leaving, plan).replications(10_000)
    assert_holds(exact.delay_probability, [run.waited() for run in runs])
    assert_holds(exact.abandonment_probability, [run.share(Fate.ABANDONED) for run in runs])
    assert_holds(exact.mean_wait, [float(run.waits().mean()) for run in runs])
    held = [run.records.freed_s - run.records.answered_s for run in runs]
    assert_holds(exact.mean_duration, [float(np.nanmean(each[run.kept])) for each, run in zip(held, runs, strict=True)])
    spent = [occupation_of(run.plan.groups, run.records, run.horizon) for run in runs]
    staffed = [many * run.horizon for run in runs]
    assert_holds(exact.agent_utilisation, [o.busy_s[0] / s for o, s in zip(spent, staffed, strict=True)])
    slots = [o.held_s[0] / s / len(speeds) for o, s in zip(spent, staffed, strict=True)]
    assert_holds(exact.slot_utilisation, slots)


def test_a_full_inbox_turns_away_as_many_as_a_finite_queue() -> None:
    exact = FiniteQueue(8.4, 1, 12, 17)
    plan = Floorplan((Inbox((0,), waiting_at_most=5),), (always(12),))
    runs = Design((8.4,), 0, plan).replications(30_000)
    assert_holds(exact.blocking_probability, [run.share(Fate.BLOCKED) for run in runs], width=0.2)


def test_a_call_centre_that_lets_nobody_wait_is_erlang_b() -> None:
    plan = Floorplan((Inbox((0,), waiting_at_most=0),), (always(10),))
    runs = Design((8,), 0, plan).replications(6_000)
    assert_holds(0.12166106, [run.share(Fate.BLOCKED) for run in runs])
