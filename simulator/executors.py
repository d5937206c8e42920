"""Where replications run beside this process: a pool of worker processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from threading import current_thread, main_thread
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def process_pool(workers: int, make_ready: Callable[[T], None], sent: T) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers have each called `make_ready(sent)` once.

    When the block is left by an error or by Ctrl-C, the workers are ended at once and what they were doing is dropped.
    """
    earlier = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=make_ready, initargs=(sent,))
    try:
        with _deaf_to_ctrl_c():
            for _ in range(workers):
                pool.submit(int)
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - earlier:
            child.terminate()
        raise
    pool.shutdown()


def default_workers() -> int:
    """As many as there are processors for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
