"""What each feature of the floor costs: conversations a second with it on, and in comparison with plain W1.

    python benchmarks/features.py [--conversations 200000] [--rounds 5]

The floors are played in turn (A B C A B C) in one process, in CPU time. A ratio is taken round by round.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from statistics import median

import numpy as np
from feature_floors import FEATURES, PLAIN, Draws, FeatureFloor
from run import machine
from tabulate import tabulate
from workloads import draw_one_team

from deskdrill.simulator.visits import GONE, VisitRecords

HEADINGS = ("floor", "1000/s", "min..max", "x plain", "min..max", "visits", "mean wait", "gone")
SEED = 1


def seconds(floor: FeatureFloor) -> tuple[float, VisitRecords]:
    """CPU time of playing a floor, with its records."""
    gc.collect()
    began = time.process_time()
    records = floor.play()
    return time.process_time() - began, records


def figures(floor: FeatureFloor, records: VisitRecords) -> tuple[str, str, str]:
    """Visits of a conversation, their mean wait in mean services, and the share of conversations that ended ungone."""
    made = ~np.isnan(records.joined_s)
    waits = (np.where(np.isnan(records.answered_s), records.ended_s, records.answered_s) - records.joined_s)[made]
    gone = np.isin(records.fate, GONE).sum() / floor.conversations
    return f"{made.sum() / floor.conversations:.2f}", f"{np.nanmean(waits):.3f}", f"{gone:.1%}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    print(machine(("deskdrill",)))
    draws, warm_up = (Draws(draw_one_team(SEED, size)) for size in (asked.conversations, 1_000))
    floors = {name: floor(draws) for name, floor in FEATURES.items()}
    told = {}
    rates: dict[str, list[float]] = {name: [] for name in floors}
    for name, floor in FEATURES.items():
        seconds(floor(warm_up))
        told[name] = figures(floors[name], seconds(floors[name])[1])
    for _ in range(asked.rounds):
        for name, floor in floors.items():
            rates[name].append(floor.conversations / seconds(floor)[0])
    rows = []
    for name, found in rates.items():
        ratios = [ours / plain for ours, plain in zip(found, rates[PLAIN], strict=True)]
        rows.append(
            [
                name,
                f"{median(found) / 1e3:,.0f}",
                f"{min(found) / 1e3:,.0f}..{max(found) / 1e3:,.0f}",
                f"{median(ratios):.2f}",
                f"{min(ratios):.2f}..{max(ratios):.2f}",
                *told[name],
            ]
        )
    print(f"\n{asked.conversations:,} conversations, CPU time: median of {asked.rounds} interleaved rounds")
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=("left", *["right"] * 7)))


if __name__ == "__main__":
    main()
