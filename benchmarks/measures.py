"""Running an engine: in a fresh process for its answers and memory, and in turn with others for its speed."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from answers import Answers, Records, answers
from engines import ENGINES
from workloads import Workload

Draw = Callable[[int], Workload]


@dataclass(frozen=True, slots=True)
class Examined:
    """What a run in a fresh process gave; the peak is in MB (10^6 bytes)."""

    records: Records
    answers: Answers
    peak_mb: float


def examine(name: str, draw: Draw, seed: int) -> Examined:
    """One run of the named engine. For a fresh process, since its peak memory is that of the process."""
    finished = ENGINES[name].engine().simulate(draw(seed))
    peak = peak_mb()
    records = finished()
    return Examined(records, answers(records), peak)


def peak_of_columns_mb(draw: Draw, seed: int) -> float:
    """The peak of a process that draws the columns and runs no engine."""
    draw(seed)
    return peak_mb()


def answers_by_seed(name: str, draw: Draw, seeds: Sequence[int]) -> list[Answers]:
    """The named engine's figures for each seed."""
    engine = ENGINES[name].engine()
    return [answers(engine.simulate(draw(seed))()) for seed in seeds]


def peak_mb() -> float:
    """The most memory that this process has held."""
    # On Linux `ru_maxrss` survives exec: a child reports its parent's peak if that is larger. VmHWM starts anew.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


@dataclass(frozen=True, slots=True)
class Timed:
    """An engine's speed in each round, in conversations per second of CPU time, and the figures of each round."""

    rates: tuple[float, ...]
    answers: tuple[Answers, ...]


def timed(names: Sequence[str], workload: Workload, warm_up: Workload, rounds: int) -> dict[str, Timed]:
    """The engines in turn, `rounds` times over, after a warm-up of each.

    The garbage collector stays on, as it is for a user, and has nothing left to do before each run.
    """
    engines = {name: ENGINES[name].engine() for name in names}
    for engine in engines.values():
        engine.simulate(warm_up)
    rates: dict[str, list[float]] = {name: [] for name in names}
    figures: dict[str, list[Answers]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, engine in engines.items():
            gc.collect()
            started = time.process_time()
            finished = engine.simulate(workload)
            elapsed = time.process_time() - started
            figures[name].append(answers(finished()))
            rates[name].append(figures[name][-1].conversations / elapsed)
            del finished
    return {name: Timed(tuple(rates[name]), tuple(figures[name])) for name in names}
