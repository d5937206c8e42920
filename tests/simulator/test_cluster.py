"""A cluster on this machine: a scheduler and two workers on loopback."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from pathlib import Path
from shutil import rmtree
from threading import Thread
from typing import Any

import pytest
from works import Fragile, Sleeps, Squares

from deskdrill.errors import InputError
from deskdrill.reports.cli.main import main
from deskdrill.reports.export import experiment_json
from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.simulator import cluster as clusters
from deskdrill.simulator import open_desk, run_experiment
from deskdrill.simulator.cluster import cluster
from deskdrill.simulator.executors import WorkersGone, results_of

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
SQUARES = [(each, each * each) for each in range(40)]


def scheduler_with(workers: int) -> Any:
    quiet = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": None, "silence_logs": 50}
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **quiet)


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with scheduler_with(2) as found:
            yield found


def pids_of(found: Any) -> list[int]:
    return [each.pid for each in found.workers.values()]


def test_every_job_is_done_once_and_who_looks_may_add_some(two_workers: Any) -> None:
    with cluster(two_workers.scheduler_address) as executor:
        assert executor.hands == 2
        assert sorted(results_of(Squares(), deque(range(40)), executor)) == SQUARES
        jobs, found = deque([1, 2]), []
        for job, _ in results_of(Squares(), jobs, executor):
            found.append(job)
            if job < 8:
                jobs.append(4 * job)
        assert sorted(found) == [1, 2, 4, 8, 16]


def test_an_experiment_is_the_same_as_in_this_process(two_workers: Any) -> None:
    desk, policies = open_desk(load_scenario("saas-week")), (load_policy("humans-only"), load_policy("careful"))
    with cluster(two_workers.scheduler_address) as executor:
        there = run_experiment(desk, policies, 3, workers=executor)
    assert experiment_json(there) == experiment_json(run_experiment(desk, policies, 3))


def test_the_command_is_told_where_the_workers_are(two_workers: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("run", "bank-week", "keywords", "--replications", "2", "--format", "json")
    assert main((*asked, "--cluster", two_workers.scheduler_address, "--out", str(tmp_path / "there"))) == 0
    there = capsys.readouterr().out
    assert main((*asked, "--workers", "1", "--out", str(tmp_path / "here"))) == 0
    assert capsys.readouterr().out == there
    tables = [sorted((tmp_path / each / "tables").rglob("*.parquet")) for each in ("here", "there")]
    assert [each.read_bytes() for each in tables[0]] == [each.read_bytes() for each in tables[1]]
    assert main((*asked, "--workers", "2", "--cluster", two_workers.scheduler_address)) == 2
    assert "`--cluster` has workers of its own; leave `--workers` out" in capsys.readouterr().err


class Elsewhere(Executor):
    """Workers whose disk is not ours: what they write cannot be seen here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        rmtree(self.folder / "summaries")
        return future


def test_a_folder_that_workers_do_not_share_is_refused(tmp_path: Path) -> None:
    desk, policies = open_desk(load_scenario("bank-week")), (load_policy("keywords"),)
    with pytest.raises(InputError, match="the workers write it on their own machines"):
        run_experiment(desk, policies, 2, workers=Elsewhere(tmp_path), out=tmp_path)


def test_what_a_lost_worker_was_doing_is_done_again(two_workers: Any) -> None:
    killed = False
    with cluster(two_workers.scheduler_address) as executor:
        found = []
        for job, _ in results_of(Sleeps(0.05), deque(range(40)), executor):
            found.append(job)
            if len(found) == 10 and not killed:
                os.kill(pids_of(two_workers)[0], signal.SIGKILL)
                killed = True
        assert sorted(found) == list(range(40))


def test_what_a_job_raises_is_raised_here(two_workers: Any) -> None:
    with cluster(two_workers.scheduler_address) as executor, pytest.raises(TypeError):
        list(results_of(Squares(), deque(["no number"]), executor))


def test_workers_of_another_version_are_refused(two_workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "VERSION", "9.9.9")
    with pytest.raises(InputError, match=r"this worker has deskdrill .*, and needs 9\.9\.9, as here"):
        cluster(two_workers.scheduler_address).__enter__()


def test_a_job_that_ends_each_worker_is_given_up_and_the_rest_is_done(two_workers: Any, tmp_path: Path) -> None:
    given_up: list[int] = []
    with cluster(two_workers.scheduler_address) as executor:
        work = Fragile(tmp_path, always=frozenset({37}))
        found = sorted(results_of(work, deque(range(40)), executor, given_up.append))
    assert given_up == [37]
    assert found == [each for each in SQUARES if each[0] != 37]




def test_a_scheduler_that_goes_ends_the_run_in_a_line() -> None:
    found = scheduler_with(1)
    with cluster(found.scheduler_address) as executor:
        results = results_of(Sleeps(0.02), deque(range(400)), executor)
        assert len(list(islice(results, 5))) == 5
        found.close()
        with pytest.raises(WorkersGone, match="the scheduler has gone"):
            deque(results)


def test_a_scheduler_without_workers_is_refused() -> None:
    with scheduler_with(0) as found, pytest.raises(InputError, match="has no workers; start one with `dask worker"):
        cluster(found.scheduler_address).__enter__()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{free}", "tcp://127.0.0.1", "nowhere", "smoke://a:1", "tcp://a b:x", ""])
def test_where_nobody_listens_is_told_in_time(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CONNECT_S", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(InputError, match="no Dask scheduler answers within"):
        cluster(address.format(free=port)).__enter__()
    assert time.monotonic() - began < 5


def test_who_listens_and_is_no_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CONNECT_S", 0.3)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match="no Dask scheduler answers within"):
            cluster(f"tcp://127.0.0.1:{other.getsockname()[1]}").__enter__()


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'deskdrill\[dask\]'"):
        cluster("tcp://127.0.0.1:1").__enter__()


def test_what_was_finished_before_the_scheduler_went_is_kept_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out = scheduler_with(1), tmp_path / "run"
    asked = ("run", "saas-week", "careful", "--replications", "40", "--out", str(out), "-q")

    def close_soon() -> None:
        while not any(tmp_path.glob("run.unfinished/summaries/*.json")):
            time.sleep(0.02)
        found.close()

    closing = Thread(target=close_soon)
    closing.start()
    assert main((*asked, "--cluster", found.scheduler_address)) == 2
    closing.join()
    *_, kept, gone = capsys.readouterr().err.splitlines()
    assert gone == f"{found.scheduler_address}: the scheduler has gone, and its workers with it"
    assert re.fullmatch(r"[1-9]\d* of 40 replications are kept in .*run\.unfinished; the same with --resume goes on", kept)
