"""What experiments cost: the share of statistics, two processes beside one, and memory as replications grow.

    python benchmarks/experiments.py [--replications 100] [--rounds 3]

The scenario is `saas-week`, the policies are those of `make demo`. Shares are of CPU time in one process, interleaved.
Commands are timed from start to end, by the clock, each round all of them in turn; memory is the most that the command
itself holds, its workers apart.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tabulate import tabulate

SCENARIO, POLICIES = "saas-week", ("humans-only", "deflect-hard", "careful")
COMMAND = (sys.executable, "-m", "deskdrill", "compare", SCENARIO, *POLICIES, "--quiet", "--format", "json")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as where the program is in use; else each process compiles them all again."""


def shares(rounds: int) -> list[tuple[str, float, float]]:
    """For each policy the CPU milliseconds of a simulated week, and of all that is measured of it."""
    from deskdrill import load_policy, load_scenario, open_desk, simulate
    from deskdrill.simulator.summary import summary_of

    desk, policies = open_desk(load_scenario(SCENARIO)), [load_policy(name) for name in POLICIES]
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in POLICIES}
    for number in range(4 * rounds):
        for policy in policies:
            began = time.process_time()
            run = simulate(desk, policy, replication=number)
            simulated = time.process_time()
            summary_of(run)
            taken[policy.name].append((simulated - began, time.process_time() - simulated))
    # The first of each warms up.
    return [(name, *(1000 * median(column) for column in zip(*each[1:], strict=True))) for name, each in taken.items()]


def timed(*options: str) -> tuple[float, float]:
    """Seconds that the command takes with these options, and the megabytes that it holds at most."""
    began = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.DEVNULL, env=ENVIRONMENT)  # noqa: S603 - ours
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(COMMAND)} {' '.join(options)} ended with {status}")
    return time.perf_counter() - began, _megabytes(used)


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def commands(replications: int, folder: Path) -> dict[str, Sequence[str]]:
    """What is timed, by what it is called."""
    every, few = ("--replications", str(replications)), ("--replications", str(max(1, replications // 10)))
    out = ("--out", str(folder / "run"))
    return {
        f"{replications} weeks, one process": (*every, "--workers", "1"),
        f"{replications} weeks, two processes": (*every, "--workers", "2"),
        f"{few[1]} weeks, two processes": (*few, "--workers", "2"),
        f"{replications} weeks, two processes, kept in files": (*every, "--workers", "2", *out),
    }


def main() -> None:
    """The tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rows = [
        (name, f"{week:.1f}", f"{told:.1f}", f"{100 * told / (week + told):.0f}%")
        for name, week, told in shares(args.rounds)
    ]
    print(tabulate(rows, ("policy", "a week, ms", "statistics, ms", "share"), colalign=("left", *["right"] * 3)))
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, options in commands(args.replications, Path(folder)).items():
                found.setdefault(name, []).append(timed(*options))
    lines = []
    for name, each in found.items():
        seconds, megabytes = zip(*each, strict=True)
        spread = f"{min(seconds):.2f}..{max(seconds):.2f}"
        lines.append((name, f"{median(seconds):.2f}", spread, f"{max(megabytes):.0f}"))
    print()
    headings = (f"{len(POLICIES)} policies of {SCENARIO}", "s, median", "min..max", "MB")
    print(tabulate(lines, headings, colalign=("left", *["right"] * 3)))
    one, two = (found[name] for name in list(found)[:2])
    ratios = [a / b for (a, _), (b, _) in zip(one, two, strict=True)]
    print(f"\none process takes {median(ratios):.2f} times as long as two ({min(ratios):.2f}..{max(ratios):.2f})")


if __name__ == "__main__":
    main()
