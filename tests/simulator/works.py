"""Work for executors; a module of its own, because processes import it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Squares:
    def one(self, job: int) -> int:
        return job * job


@dataclass(frozen=True)
class Fragile:
    """Some jobs end their process: the first time that they are done, or each time."""

    marks: Path
    once: frozenset[int] = frozenset()
    always: frozenset[int] = frozenset()

    def one(self, job: int) -> int:
        mark = self.marks / str(job)
        is_first = not mark.exists()
        mark.touch()
        if job in self.always or (job in self.once and is_first):
            os.kill(os.getpid(), signal.SIGKILL)
        return job * job


@dataclass(frozen=True)
class Sleeps:
    for_s: float

    def one(self, job: int) -> int:
        time.sleep(self.for_s)
        return job
