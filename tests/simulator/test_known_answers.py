"""The floor against exact results of queueing theory (VALIDATION.md, sections 1 to 8).

Twenty independent replications each; the exact value lies in the 99.9 % t-interval of their mean, whose half-width is at most
10 % of it. The first tenth of every replication is left out, as the floor starts empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import pytest
from floors import Nothing
from numpy.typing import NDArray
from scipy.special import stdtrit

from deskdrill.simulator.floor import TOLD_GONE, TOLD_SERVED, Floor
from deskdrill.simulator.floorplan import Floorplan, Group
from deskdrill.simulator.queueing import (
    ErlangA,
    ErlangC,
    erlang_a_with_retries,
    pollaczek_khinchine,
    priority_waits,
    v_design,
    with_recontacts,
)
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

FloatArray = NDArray[np.float64]
REPLICATIONS = 20
WARM_UP = 0.1


def assert_holds(exact: float, values: list[float], width: float = 0.1) -> None:
    """The exact value lies in the 99.9 % t-interval of the mean of the replications, which is narrow."""
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(stdtrit(len(values) - 1, 0.9995)) * spread / sqrt(len(values))
    assert abs(mean - exact) <= half, f"exactly {exact:.6g}, simulated {mean:.6g} ± {half:.2g}"
    assert half <= width * exact, f"{mean:.6g} ± {half:.2g} is too wide"


@dataclass(frozen=True)
class Stream:
    """One class of customers: rate of arrival, priority, mean of its exponential patience."""

    rate: float
    priority: int = 2
    patience: float = inf


@dataclass(frozen=True)
class Played:
    """Records in the order of arrival, warm-up left out, with the class of each."""

    records: VisitRecords
    kind: NDArray[np.intp]
    service_s: FloatArray
    kept: NDArray[np.bool_]

    def of(self, kind: int | None = None) -> NDArray[np.bool_]:
        return self.kept & (True if kind is None else self.kind == kind)

    def abandoned(self, kind: int | None = None) -> float:
        return float((self.records.fate[self.of(kind)] == Fate.ABANDONED).mean())

    def wait(self, kind: int | None = None) -> float:
        """Mean wait of everybody."""
        return float(self.waits(kind).mean())

    def waits(self, kind: int | None = None) -> FloatArray:
        r = self.records
        left_s = np.where(np.isnan(r.answered_s), r.ended_s, r.answered_s)
        return (left_s - r.joined_s)[self.of(kind)]

    def waited(self, kind: int | None = None) -> float:
        """Share who did not find a free slot."""
        r = self.records
        return float(((r.answered_s > r.joined_s) | np.isnan(r.answered_s))[self.of(kind)].mean())


def played(seed: int, streams: list[Stream], team: Group, arrivals: int, work: str = "exponential") -> Played:
    """About so many arrivals; mean work 1."""
    rng = np.random.default_rng(seed)
    horizon = arrivals / sum(stream.rate for stream in streams)
    at = [np.sort(rng.random(rng.poisson(stream.rate * horizon))) * horizon for stream in streams]
    kind = np.repeat(np.arange(len(streams)), [each.size for each in at])
    joins = np.concatenate(at)
    order = np.argsort(joins)
    joins, kind = joins[order], kind[order]
    size = joins.size
    service = {"exponential": rng.exponential(size=size), "constant": np.ones(size)}[work]
    patience = np.array([stream.patience for stream in streams])[kind]
    bears = np.where(np.isfinite(patience), np.where(np.isfinite(patience), patience, 1) * rng.exponential(size=size), inf)
    visits = PlannedVisits(
        np.zeros(size, dtype=np.int8), np.array([s.priority for s in streams], dtype=np.int8)[kind], service, bears, bears,
        np.full(size, -1, dtype=np.int32),
    )  # fmt: skip
    records = Floor(Floorplan.of_teams((team,)), visits).play(joins, np.arange(size, dtype=np.int32))
    return Played(records, kind, service, joins > WARM_UP * horizon)


def replications(streams: list[Stream], team: Group, arrivals: int, work: str = "exponential") -> list[Played]:
    return [played(seed, streams, team, arrivals, work) for seed in range(REPLICATIONS)]


def agents(many: int, concurrency: int = 1) -> Group:
    return Group(concurrency, (0.0,), (many,))


@pytest.mark.parametrize(("many", "load"), [(2, 1.0), (10, 8.0)])
def test_waits_without_abandonment_are_those_of_erlang_c(many: int, load: float) -> None:
    runs = replications([Stream(load)], agents(many), 40_000)
    exact = ErlangC(load, 1, many)
    assert_holds(exact.delay_probability, [run.waited() for run in runs])
    assert_holds(exact.mean_wait, [run.wait() for run in runs])


def test_the_service_level_is_that_of_erlang_c() -> None:
    """100 conversations in half an hour, 3 minutes each, 14 agents, 20 seconds: .88835."""
    load, target = 10.0, 20 / 180
    runs = replications([Stream(load)], agents(14), 10_000)
    assert_holds(ErlangC(load, 1, 14).service_level(target), [float((run.waits() <= target).mean()) for run in runs])


@pytest.mark.parametrize("case", [ErlangA(4.2, 0.5, 1, 12), ErlangA(10, 1, 2, 10)])
def test_waits_and_abandonment_are_those_of_erlang_a(case: ErlangA) -> None:
    stream = Stream(case.load, patience=case.service_rate / case.impatience_rate)
    runs = replications([stream], agents(case.agents), 20_000)
    assert_holds(case.delay_probability, [run.waited() for run in runs])
    assert_holds(case.abandonment_probability, [run.abandoned() for run in runs])
    assert_holds(case.mean_wait * case.service_rate, [run.wait() for run in runs])


@pytest.mark.slow
@pytest.mark.parametrize("case", [ErlangA(48, 1, 0.5, 50), ErlangA(102, 1, 1, 100)])
def test_a_large_floor_has_the_waits_of_erlang_a(case: ErlangA) -> None:
    runs = replications([Stream(case.arrival_rate, patience=1 / case.impatience_rate)], agents(case.agents), 60_000)
    assert_holds(case.delay_probability, [run.waited() for run in runs])
    assert_holds(case.abandonment_probability, [run.abandoned() for run in runs])


def test_slots_of_agents_who_hold_several_are_so_many_servers() -> None:
    """Work that does not slow down with load: two agents with three conversations each are six servers."""
    case = ErlangA(6, 1, 0.5, 6)
    runs = replications([Stream(6, patience=2)], agents(2, concurrency=3), 15_000)
    assert_holds(case.abandonment_probability, [run.abandoned() for run in runs])


def test_constant_work_halves_the_wait_of_one_agent() -> None:
    """Pollaczek and Khinchine: at load .8 the wait is 4 with exponential, 2 with constant work."""
    runs = replications([Stream(0.8)], agents(1), 25_000, work="constant")
    assert_holds(pollaczek_khinchine(0.8, 1, scv=0), [run.wait() for run in runs])


@pytest.mark.parametrize(("many", "rates"), [(3, (0.9, 1.2)), (5, (1.0, 1.0, 2.0))])
def test_the_urgent_wait_as_cobham_says(many: int, rates: tuple[float, ...]) -> None:
    """Cobham (1954), non-preemptive priorities with one mean work."""
    runs = replications([Stream(rate, priority=number) for number, rate in enumerate(rates)], agents(many), 45_000)
    for number, exact in enumerate(priority_waits(rates, 1, many)):
        assert_holds(exact, [run.wait(number) for run in runs])


def test_priorities_move_abandonment_from_one_class_to_the_other_and_create_none() -> None:
    """The V design: nine agents, rates 3 and 6, patience 2."""
    exact = v_design((3, 6), 1, (0.5, 0.5), agents=9)
    runs = replications([Stream(3, priority=0, patience=2), Stream(6, priority=1, patience=2)], agents(9), 25_000)
    for number, each in enumerate(exact.classes):
        assert_holds(each.abandonment_probability, [run.abandoned(number) for run in runs])
    assert_holds(exact.abandonment_probability, [run.abandoned() for run in runs])


def test_littles_law_holds_exactly() -> None:
    """Time-integrals over a closed window that starts and ends empty: L = λW without any error but rounding."""
    run = played(3, [Stream(10, patience=0.5)], agents(10), 5_000)
    r = run.records
    left = np.where(np.isnan(r.answered_s), r.ended_s, r.answered_s)
    moments = np.sort(np.concatenate([r.joined_s, left]))
    middle = (moments[:-1] + moments[1:]) / 2
    waiting = np.searchsorted(np.sort(r.joined_s), middle) - np.searchsorted(np.sort(left), middle)
    assert float((waiting * np.diff(moments)).sum()) == pytest.approx(float((left - r.joined_s).sum()), rel=1e-9)


def test_those_who_leave_are_as_many_as_patience_and_queue_say() -> None:
    """θ E[Q] = λ P(Ab), for exponential patience."""
    runs = replications([Stream(10, patience=0.5)], agents(10), 10_000)
    assert_holds(1.0, [run.wait() / (0.5 * run.abandoned()) for run in runs])


def test_one_more_agent_does_not_raise_abandonment() -> None:
    """The same customers: the 99.9 % interval of the paired difference lies below 0."""
    stream = [Stream(10, patience=2)]
    fewer, more = replications(stream, agents(10), 5_000), replications(stream, agents(11), 5_000)
    gains = np.array([a.abandoned() - b.abandoned() for a, b in zip(fewer, more, strict=True)])
    half = float(stdtrit(REPLICATIONS - 1, 0.9995)) * gains.std(ddof=1) / sqrt(REPLICATIONS)
    assert gains.mean() - half > 0


class ComesBack(Nothing):
    """Sends customers back after a delay: those who were served, or those who left."""

    def __init__(self, floor: Floor, again: NDArray[np.bool_], delay: FloatArray, following: NDArray[np.int32], served: bool) -> None:
        super().__init__(again.size)
        self.floor, self.again, self.delay, self.following, self.after_service = floor, again, delay, following, served

    def eventful(self) -> bytes:
        return bytes([TOLD_SERVED | TOLD_GONE]) * self.visits

    def ends(self, visit: int, now_s: float, fate: Fate) -> None:
        if (fate == Fate.SERVED) == self.after_service and self.again[visit] and self.following[visit] >= 0:
            self.floor.schedule_join(now_s + self.delay[visit], int(self.following[visit]))


def with_returns(seed: int, rate: float, many: int, patience: float, share: float, delay: float, *, served: bool) -> VisitRecords:
    """Customers who come back with the chance `share` after service or after leaving; the first half left out."""
    rng = np.random.default_rng(seed)
    arrivals, most = 12_000, 12
    horizon = arrivals / rate
    joins = np.sort(rng.random(arrivals)) * horizon
    size = arrivals * most
    following = np.arange(size, dtype=np.int32) + arrivals
    following[following >= size] = -1
    bears = rng.exponential(size=size) * patience if patience < inf else np.full(size, inf)
    visits = PlannedVisits(
        np.zeros(size, dtype=np.int8), np.full(size, 2, dtype=np.int8), rng.exponential(size=size), bears, bears,
        np.full(size, -1, dtype=np.int32),
    )  # fmt: skip
    floor = Floor(Floorplan.of_teams((agents(many),)), visits)
    floor.sequel = ComesBack(floor, rng.random(size) < share, rng.exponential(size=size) * delay, following, served)
    records = floor.play(joins, np.arange(arrivals, dtype=np.int32))
    kept = (records.joined_s > 0.3 * horizon) & (records.joined_s < horizon)
    return VisitRecords(*(getattr(records, name)[kept] for name in ("joined_s", "answered_s", "ended_s", "agent", "fate", "group", "freed_s")))


@pytest.mark.slow
def test_returns_after_service_make_an_open_network() -> None:
    """Jackson: with the chance .2 to come back, 8 arrivals and 12 agents see Erlang C at a load of 10, every visit alike."""
    runs = [with_returns(seed, 8, 12, inf, 0.2, 3.0, served=True) for seed in range(REPLICATIONS)]
    exact = with_recontacts(8, 1, agents=12, return_share=0.2)
    assert_holds(exact.delay_probability, [float((run.answered_s > run.joined_s).mean()) for run in runs], width=0.15)
    assert_holds(exact.mean_wait, [float((run.answered_s - run.joined_s).mean()) for run in runs], width=0.25)


@pytest.mark.slow
def test_those_who_left_and_try_again_load_the_floor_as_the_exact_chain_says() -> None:
    """10 per hour, patience 2, ten agents, three in four of those who left try again after 20 hours on average."""
    exact = erlang_a_with_retries(10, 1, 0.5, agents=10, retry_share=0.75, retry_rate=0.05)
    runs = [with_returns(seed, 10, 10, 2.0, 0.75, 20.0, served=False) for seed in range(REPLICATIONS)]
    assert_holds(exact.abandonment_probability, [float((run.fate == Fate.ABANDONED).mean()) for run in runs])
