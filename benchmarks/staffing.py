"""What a staffing candidate costs, in comparison with the clock's own loop on the same floor.

    python benchmarks/staffing.py [--scenario saas-week] [--policies humans-only careful] [--replications 10]

A candidate is a roster tried on replications that are known already: its floor made ready, played and counted. The loop
is the playing alone. Both are timed in turn in one process, in CPU time, over all replications; a ratio is taken round
by round.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

from run import machine
from tabulate import tabulate

from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.staffing.roster import Today
from deskdrill.simulator.staffing.tally import Frame
from deskdrill.simulator.staffing.trying import Slots, Trial, packed

HEADINGS = ("policy", "loop", "candidate", "times", "min..max", "from the start", "times")


def seconds(what: Callable[[], object]) -> float:
    """CPU time of a call."""
    gc.collect()
    began = time.process_time()
    what()
    return time.process_time() - began


def tried(trial: Trial, roster: Slots, numbers: range) -> Callable[[], object]:
    """A roster tried on some replications."""
    return lambda: [trial.one((number, packed(roster))) for number in numbers]


def played(trial: Trial, roster: Slots, numbers: range) -> Callable[[], object]:
    """The loop alone, of the same."""
    floor = trial.floor(roster)
    assert floor.plan is not None  # nobody is absent in these scenarios
    plan, aheads = floor.plan, [trial.ahead(number, floor)[0] for number in numbers]
    return lambda: [ahead.played(plan) for ahead in aheads]


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="saas-week")
    parser.add_argument("--policies", nargs="+", default=["humans-only", "careful"])
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    print(machine(("deskdrill",)))
    desk = open_desk(load_scenario(asked.scenario))
    today = Today.of(desk.scenario)
    frame = Frame(today, tuple(team.answer_within for team in desk.scenario.teams.values()))
    rows = []
    for name in asked.policies:
        trial = Trial(desk, load_policy(name), 1, frame)
        # Two rosters in turn, so that nothing of one is left for the other.
        rosters = [{group: agents + more * (agents > 0) for group, agents in today.by_slot.items()} for more in (0, 1)]
        numbers = range(asked.replications)
        begun_s = seconds(tried(trial, rosters[0], numbers))
        loops, candidates = [], []
        for turn in range(1, asked.rounds + 1):
            candidates.append(seconds(tried(trial, rosters[turn % 2], numbers)))
            loops.append(seconds(played(trial, rosters[turn % 2], numbers)))
        ratios = [candidate / loop for candidate, loop in zip(candidates, loops, strict=True)]
        each = [1e3 * median(times) / asked.replications for times in (loops, candidates)]
        rows.append(
            [
                name,
                f"{each[0]:.1f} ms",
                f"{each[1]:.1f} ms",
                f"{median(ratios):.3f}",
                f"{min(ratios):.3f}..{max(ratios):.3f}",
                f"{1e3 * begun_s / asked.replications:.1f} ms",
                f"{begun_s / median(loops):.2f}",
            ]
        )
    print(f"\n{asked.scenario}, {asked.replications} replications, CPU time: median of {asked.rounds} rounds in turn")
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=("left", *["right"] * 6)))


if __name__ == "__main__":
    main()
