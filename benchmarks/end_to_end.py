"""The whole product on one core: `saas-week` scaled up, the policy `careful`, all measures, in one process.

    python benchmarks/end_to_end.py [--conversations 1000000] [--rounds 3]

Prints conversations a second of CPU time, with customers who return and without, and the peak memory of the process.
Each round is a process of its own. Opening the desk (phrasebook, recogniser) is not counted; it is once for any size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

from measures import peak_mb


def one_round(conversations: int, *, returns: bool) -> dict[str, float]:
    """Conversations, CPU seconds and peak megabytes of one simulated week with all its measures."""
    from deskdrill.rules import load_policy
    from deskdrill.scenarios import load_scenario
    from deskdrill.simulator.desk import open_desk
    from deskdrill.simulator.run import simulate
    from deskdrill.simulator.summary import summary_of

    scenario = load_scenario("saas-week")
    scenario = scenario.scaled(conversations / scenario.arrivals.per_week)
    if not returns:
        scenario = scenario.model_copy(update={"returns": None})
    desk, policy = open_desk(scenario), load_policy("careful")
    began = time.process_time()
    summary = summary_of(simulate(desk, policy, seed=1))
    return {"conversations": summary.conversations, "cpu_s": time.process_time() - began, "peak_mb": peak_mb()}


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=["returns", "no-returns"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one_round(args.conversations, returns=args.one == "returns")))
        return
    found: dict[str, list[dict[str, float]]] = {"no-returns": [], "returns": []}
    for _ in range(args.rounds):
        for kind, rounds in found.items():
            command = [sys.executable, __file__, "--conversations", str(args.conversations), "--one", kind]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this file
            rounds.append(json.loads(done.stdout))
    print(f"{'customers':<14}{'conversations':>14}{'1000/s, median':>16}{'min..max':>16}{'peak MB':>9}")
    for kind, rounds in found.items():
        speeds = sorted(each["conversations"] / each["cpu_s"] / 1000 for each in rounds)
        spread = f"{speeds[0]:.0f}..{speeds[-1]:.0f}"
        peak = max(each["peak_mb"] for each in rounds)
        title = "return" if kind == "returns" else "do not return"
        print(
            f"{title:<14}{rounds[0]['conversations']:>14,.0f}{statistics.median(speeds):>16.0f}{spread:>16}{peak:>9.0f}"
        )


if __name__ == "__main__":
    main()
