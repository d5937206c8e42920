"""Jobs done in this process, by processes or by any executor: the same results, and what is lost is done again."""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from works import Fragile, Sleeps, Squares

from deskdrill.simulator.executors import AHEAD, BATCH_S, WorkersGone, default_workers, results_of


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_is_done_once(workers: int) -> None:
    found = sorted(results_of(Squares(), deque(range(40)), workers))
    assert found == [(each, each * each) for each in range(40)]


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert sorted(results_of(Squares(), deque(range(40)), pool)) == [(each, each * each) for each in range(40)]


@pytest.mark.parametrize("workers", [1, 2])
def test_who_looks_at_a_result_may_add_jobs(workers: int) -> None:
    jobs, found = deque([1, 2]), []
    for job, _ in results_of(Squares(), jobs, workers):
        found.append(job)
        if job < 8:
            jobs.append(4 * job)
    assert sorted(found) == [1, 2, 4, 8, 16]


def test_what_a_dead_process_was_doing_is_done_again(tmp_path: Path) -> None:
    found = sorted(results_of(Fragile(tmp_path, once=frozenset({3, 7})), deque(range(12)), 2))
    assert found == [(each, each * each) for each in range(12)]


def test_a_job_that_ends_its_process_twice_is_given_up_and_the_rest_is_done(tmp_path: Path) -> None:
    given_up: list[int] = []
    found = sorted(results_of(Fragile(tmp_path, always=frozenset({5})), deque(range(10)), 2, given_up.append))
    assert given_up == [5]
    assert found == [(each, each * each) for each in range(10) if each != 5]


def test_without_anybody_to_tell_a_job_that_is_given_up_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkersGone, match="a worker process ended by itself"):
        list(results_of(Fragile(tmp_path, always=frozenset({1})), deque(range(4)), 2))


class Breaks(Executor):
    """Says that a worker has ended: at some jobs once, as if something beside them had done it, at others always."""

    def __init__(self, once: set[int], always: set[int]) -> None:
        self.once, self.always, self.many = once, always, 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        batch = set(args[1])
        if batch & (self.once | self.always):
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(fn(*args, **kwargs))
        self.once -= batch
        self.many += 1
        return future


def test_a_job_that_was_beside_one_that_ended_its_worker_is_not_given_up() -> None:
    given_up: list[int] = []
    found = sorted(results_of(Squares(), deque(range(40)), Breaks({0, 4, 39}, {37}), given_up.append))
    assert given_up == [37]
    assert found == [(each, each * each) for each in range(40) if each != 37]


def test_workers_that_all_end_are_told_soon() -> None:
    workers, given_up = Breaks(set(), set(range(400))), list[int]()
    with pytest.raises(WorkersGone, match="a worker ended by itself again and again"):
        list(results_of(Squares(), deque(range(400)), workers, given_up.append))
    assert not given_up
    assert workers.many <= AHEAD * default_workers() + 1


class Counting(Executor):
    """Does everything at once, and counts how many jobs it was given together."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sizes.append(len(args[1]))
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_short_jobs_are_given_out_together_and_long_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskdrill.simulator.executors.default_workers", lambda: 1)
    short, long = Counting(), Counting()
    many = 1_500
    assert len(list(results_of(Sleeps(0.0002), deque(range(many)), short))) == many
    # Many for each look, and never so many that somebody else has nothing to do.
    assert max(short.sizes) > 20
    assert max(short.sizes) <= many // AHEAD
    list(results_of(Sleeps(BATCH_S), deque(range(6)), long))
    assert set(long.sizes) == {1}
