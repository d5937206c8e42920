"""Where replications run beside this process: a pool of worker processes."""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from threading import enumerate as live_threads
from types import FrameType
from typing import TypeVar

from ..errors import InputError, Problem

S = TypeVar("S")
J = TypeVar("J")
T = TypeVar("T")

AHEAD = 4
"""Jobs given out for each worker before their results are in."""
LOOK_S = 0.2
"""How often a wait looks up to see whether it should end."""
_A_PROCESS_ENDED = (
    "a worker process ended by itself: short of memory, ended by code of your own (`os._exit`), or the script that "
    'asked for workers has no `if __name__ == "__main__":` around that; `workers=1` needs no processes'
)
CLEARING_S = 5.0
"""Longest wait for a pool's own threads to notice that its processes are gone."""


def done_in_processes(
    work: Callable[[J], T], jobs: deque[J], workers: int, make_ready: Callable[[S], None], sent: S
) -> Iterator[tuple[J, T]]:
    """Each job with its result, as they are done by workers that have each called `make_ready(sent)` once.

    Jobs are taken from the left; who looks at a result may add more.

    When this is left by an error, by Ctrl-C or by a signal to end, the workers are ended at once and what they were
    doing is dropped.
    """
    waiting = dict[Future[T], J]()
    with _signals_held() as deliver, _pool(workers, make_ready, sent) as pool:
        while True:
            while jobs and len(waiting) < AHEAD * workers:
                job = jobs.popleft()
                waiting[pool.submit(work, job)] = job
            if not waiting:
                return
            ready, _ = wait(waiting, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            deliver()
            for future in ready:
                yield waiting.pop(future), future.result()


def default_workers() -> int:
    """As many as there are processors for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _pool(workers: int, make_ready: Callable[[S], None], sent: S) -> Iterator[ProcessPoolExecutor]:
    earlier, threads = set(active_children()), set(live_threads())
    with TemporaryDirectory(prefix="deskdrill-") as folder:
        # Whoever starts a process writes what it is sent into a pipe, and waits for ever where the process has ended
        # before it reads more than a pipe holds.
        parcel = Path(folder) / "sent"
        parcel.write_bytes(pickle.dumps((make_ready, sent), pickle.HIGHEST_PROTOCOL))
        pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_unpack, initargs=(parcel,))
        try:
            with _deaf_to_ctrl_c():
                for _ in range(workers):
                    pool.submit(int)
            yield pool
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(active_children()) - earlier:
                child.terminate()
            # A pool's thread that is still closing its pipes while the interpreter ends makes it complain.
            for thread in set(live_threads()) - threads:
                thread.join(CLEARING_S)
            if isinstance(error, BrokenProcessPool):
                raise InputError(Problem("deskdrill", _A_PROCESS_ENDED)) from None
            raise
        pool.shutdown()


def _unpack(parcel: Path) -> None:
    """Makes a worker ready with what was packed for it."""
    make_ready, sent = pickle.loads(parcel.read_bytes())  # noqa: S301 - packed by the process that started this one
    make_ready(sent)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started in the block ignore Ctrl-C, from their first moment: it reaches the whole group of processes,
    and the one that was typed at ends the others.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _signals_held() -> Iterator[Callable[[], None]]:
    """Signals to end are noted, and handled as before where the function that this gives is called.

    An exception raised anywhere, in the midst of the pool's own locks too, would leave them shut for ever.
    """
    if current_thread() is not main_thread():
        yield lambda: None
        return
    came: list[tuple[int, FrameType | None]] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda got, frame: came.append((got, frame))) for number in numbers}

    def deliver() -> None:
        if not came:
            return
        number, frame = came.pop(0)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        elif handler == signal.SIG_DFL:
            raise SystemExit(128 + number)

    try:
        yield deliver
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
