"""Compares the engines on W1 and W2 and prints one table.

Each engine first runs in a process of its own, which gives its answers and its peak memory. Only engines whose answers
are right are then timed, in this process, in turn (A B A B) and in CPU time. Exit code: 0, or 1 if answers are wrong.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import multiprocessing
import os
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from answers import Answers
from checks import Verdict, against_erlang_a, against_other_seeds, against_same_draws, together
from engines import ENGINES, TEXTBOOK
from measures import Draw, Examined, Timed, answers_by_seed, examine, peak_of_columns_mb, timed
from tabulate import tabulate
from workloads import MONDAY_MORNING, WEEK, Hours, OneTeam, Workload, draw_one_team, draw_support_week

TIMED_SEED = 1
FIRST_CHECK_SEED = 101


@dataclass(frozen=True, slots=True)
class Case:
    """A workload at one size and the engines that are timed on it, textbook SimPy always among them.

    The answers are checked on `runs` seeds, those of a slow engine on `slow_runs`, never more; the first is timed.
    """

    name: str
    draw: Draw
    warm_up: Draw
    engines: tuple[str, ...]
    runs: int = 1
    slow_runs: int = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """An engine's verdict and figures on a case, and its peak memory in MB."""

    verdict: Verdict
    answers: Answers
    peak_mb: float


def planned_cases(full: bool, only: Sequence[str], engines: Sequence[str]) -> list[Case]:
    """What is timed, in order.

    In a short run a slow engine gets fewer conversations: a shorter horizon at the same load, never a thinner load.
    Textbook SimPy then runs that horizon too, so that the ratio is always between equal inputs.
    """
    slow = [] if full else [name for name in engines if ENGINES[name].slow]
    fast = tuple(name for name in engines if name not in slow)
    cases = []
    if "w1" in only:
        cases.append(_one_team("W1", 200_000, fast, runs=10 if full else 3))
        if slow:
            # Two runs, since the interval of one would be too wide to tell right from wrong.
            cases.append(_one_team("W1, shorter", 10_000, (TEXTBOOK, *slow), runs=2, slow_runs=2))
    if "w2" in only:
        cases.append(_support_week(WEEK, fast))
        parts: dict[Hours, list[str]] = {}
        for name in slow:
            parts.setdefault(ENGINES[name].short_hours or WEEK, []).append(name)
        cases += [_support_week(hours, (TEXTBOOK, *names)) for hours, names in parts.items()]
    return cases


def _one_team(name: str, conversations: int, engines: tuple[str, ...], runs: int, slow_runs: int = 1) -> Case:
    draw = partial(draw_one_team, conversations=conversations)
    return Case(name, draw, partial(draw_one_team, conversations=1_000), engines, runs, slow_runs)


def _support_week(hours: Hours, engines: tuple[str, ...]) -> Case:
    warm_up = partial(draw_support_week, hours=MONDAY_MORNING, per_week=20_000)
    return Case(f"W2, {hours.name}", partial(draw_support_week, hours=hours), warm_up, engines)


def agreement(pool: ProcessPoolExecutor, engines: Sequence[str], full: bool) -> dict[str, Verdict]:
    """Whether each engine agrees with textbook SimPy on several Monday mornings of W2, the busiest hours."""
    many, few = (40, 5) if full else (20, 2)
    draw = partial(draw_support_week, hours=MONDAY_MORNING)
    runs = {}
    for name in engines:
        seeds = range(FIRST_CHECK_SEED, FIRST_CHECK_SEED + (few if ENGINES[name].slow else many))
        runs[name] = pool.submit(answers_by_seed, name, draw, seeds)
    textbook = runs[TEXTBOOK].result()
    verdicts = {TEXTBOOK: Verdict(True, "the reference of the others")}
    for name, run in runs.items():
        if name == TEXTBOOK:
            continue
        figures = run.result()
        parts = [against_other_seeds(figures, textbook)]
        if ENGINES[name].same_draws:
            parts.append(against_same_draws(figures, textbook[: len(figures)]))
        verdicts[name] = together(parts)
    return verdicts


def checked(pool: ProcessPoolExecutor, case: Case) -> dict[str, Checked]:
    """Each engine alone in fresh processes: by formula for W1, and against textbook SimPy for the same draws."""
    workload = case.draw(TIMED_SEED)
    submitted = {}
    for name in case.engines:
        seeds = range(TIMED_SEED, TIMED_SEED + (case.slow_runs if ENGINES[name].slow else case.runs))
        submitted[name] = [pool.submit(examine, name, case.draw, seed) for seed in seeds]
    runs: dict[str, list[Examined]] = {name: [run.result() for run in futures] for name, futures in submitted.items()}
    textbook = [run.answers for run in runs[TEXTBOOK]]
    results = {}
    for name, examined in runs.items():
        parts = []
        if isinstance(workload, OneTeam):
            parts.append(against_erlang_a([run.records for run in examined], workload))
        if name != TEXTBOOK and ENGINES[name].same_draws:
            parts.append(against_same_draws([run.answers for run in examined], textbook[: len(examined)]))
        results[name] = Checked(together(parts), examined[0].answers, examined[0].peak_mb)
    return results


def rows_of(case: Case, workload: Workload, results: dict[str, Checked], speeds: dict[str, Timed]) -> list[list[str]]:
    """The table's rows for a case; an engine that was not timed has no speed."""
    rows = []
    for name, result in results.items():
        cells = [case.name, f"{workload.conversations:,}", ENGINES[name].title]
        speed = speeds.get(name)
        if speed is None:
            rows.append([*cells, "-", "-", "-", "-", f"{result.peak_mb:.0f}", "WRONG"])
            continue
        # Round by round, so that a slow spell of the machine slows both sides of a ratio.
        ratios = [ours / theirs for ours, theirs in zip(speed.rates, speeds[TEXTBOOK].rates, strict=True)]
        rows.append(
            [
                *cells,
                f"{median(speed.rates) / 1e3:,.1f}",
                f"{min(speed.rates) / 1e3:,.1f}..{max(speed.rates) / 1e3:,.1f}",
                f"{median(ratios):.2f}",
                f"{min(ratios):.2f}..{max(ratios):.2f}",
                f"{result.peak_mb:.0f}",
                "ok",
            ]
        )
    return rows


HEADINGS = ("workload", "conversations", "engine", "1000/s", "min..max", "x textbook", "min..max", "peak MB", "answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what was asked for; the exit code."""
    asked = _parsed(arguments)
    engines = tuple(name for name, entry in ENGINES.items() if name in (TEXTBOOK, *asked.engines) and entry.installed)
    rounds = asked.rounds or (5 if asked.full else 3)
    print(machine(engines))
    for name in sorted(set(asked.engines) - set(engines)):
        print(f"{name} is not installed and is left out")
    cases = planned_cases(asked.full, asked.only, engines)
    spawn = multiprocessing.get_context("spawn")
    print("\nanswers", flush=True)
    # Nothing is timed yet, so two processes at a time do no harm; the threads only wait for them.
    with (
        ProcessPoolExecutor(max_workers=2, mp_context=spawn, max_tasks_per_child=1) as pool,
        ThreadPoolExecutor() as threads,
    ):
        agreeing = threads.submit(agreement, pool, engines, asked.full) if "w2" in asked.only else None
        checking = {case.name: threads.submit(checked, pool, case) for case in cases}
        columns = {case.name: pool.submit(peak_of_columns_mb, case.draw, TIMED_SEED) for case in cases}
        agreed = agreeing.result() if agreeing else {}
        for name, verdict in agreed.items():
            _print_verdict("W2, several Mondays 6 to 11", name, verdict)
        results = {}
        for title, found in checking.items():
            results[title] = found.result()
            for name, result in results[title].items():
                if result.verdict.text:
                    _print_verdict(title, name, result.verdict)
    wrong = any(not verdict.right for verdict in agreed.values())
    rows = []
    for case in cases:
        workload = case.draw(TIMED_SEED)
        right = [
            name
            for name, result in results[case.name].items()
            if result.verdict.right and (isinstance(workload, OneTeam) or agreed[name].right)
        ]
        speeds = timed(right, workload, case.warm_up(TIMED_SEED), rounds)
        for name, speed in list(speeds.items()):
            repeated = against_same_draws(speed.answers, [results[case.name][name].answers] * rounds)
            if not repeated.right:
                _print_verdict(case.name, name, Verdict(False, f"a timed run is not the checked one: {repeated.text}"))
                del speeds[name]
        # Without the reference there is no ratio, and nothing to trust the others by.
        if TEXTBOOK not in speeds:
            speeds = {}
        wrong = wrong or len(speeds) < len(case.engines)
        rows += rows_of(case, workload, results[case.name], speeds)
    print(f"\nspeed, in CPU time: median of {rounds} interleaved rounds; ratios round by round")
    alignment = ("left", "right", "left", *["right"] * 5, "left")
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=alignment))
    shares = "; ".join(f"{name} {peak.result():.0f} MB" for name, peak in columns.items())
    print(f"\nof each peak, the interpreter, numpy and the drawn columns are: {shares}")
    return 1 if wrong else 0


def _print_verdict(case: str, name: str, verdict: Verdict) -> None:
    print(f"{'ok   ' if verdict.right else 'WRONG'}  {case}, {ENGINES[name].title}: {verdict.text}", flush=True)


def machine(engines: Sequence[str]) -> str:
    """The processor, the interpreter and the packages, in a line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    packages = dict.fromkeys(("numpy", *(ENGINES[name].package for name in engines)))
    versions = ", ".join(f"{package} {_version(package)}" for package in packages)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor}, {os.cpu_count()} cores; {python}; {versions}"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "from the checkout"


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="under three minutes (the default)")
    size.add_argument("--full", action="store_true", help="every engine at full size, about half an hour")
    parser.add_argument("--only", type=_words(("w1", "w2")), default=("w1", "w2"), metavar="w1,w2", help="workloads")
    parser.add_argument("--engines", type=_words(tuple(ENGINES)), default=tuple(ENGINES), metavar=",".join(ENGINES))
    parser.add_argument("--rounds", type=_positive, help="timed runs of each engine (3, or 5 with --full)")
    return parser.parse_args(arguments)


def _words(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def words(text: str) -> tuple[str, ...]:
        found = tuple(text.split(","))
        unknown = [word for word in found if word not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"`{unknown[0]}` is not one of {', '.join(known)}")
        return found

    return words


def _positive(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is less than 1")
    return rounds


if __name__ == "__main__":
    sys.exit(main())
