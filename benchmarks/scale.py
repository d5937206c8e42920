"""Whether cost grows linearly: CPU time and memory of a conversation, at 20 thousand, 200 thousand and 2 million.

    python benchmarks/scale.py [--full] [--rounds 3]

The same floor for longer: W1, which the loop plays, and a floor with two groups, which the switchboard plays. The sizes
are timed in turn; the smaller ones several times a round, so that as many conversations are played. Memory is the most
that Python held at once (`tracemalloc`) from making the floor to its records, those included, beyond the planned
columns; it is measured apart from time.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Sequence
from statistics import median

from feature_floors import FEATURES, PLAIN, Draws, FeatureFloor
from run import machine
from tabulate import tabulate
from workloads import draw_one_team

SIZES, FULL_SIZES = (20_000, 200_000), (20_000, 200_000, 2_000_000)
FLOORS = (PLAIN, "two inboxes, a group helps out (N)", "three at once, slower by load")
HEADINGS = ("floor", "conversations", "µs each", "min..max", "x smallest", "bytes each")


def microseconds(floor: FeatureFloor, times: int) -> float:
    """CPU time of a conversation, the mean over so many runs."""
    gc.collect()
    began = time.process_time()
    for _ in range(times):
        floor.play()
    return (time.process_time() - began) / times / floor.conversations * 1e6


def bytes_each(floor: FeatureFloor) -> float:
    """The most memory held at once for a conversation."""
    gc.collect()
    tracemalloc.start()
    floor.play()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / floor.conversations


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="2 million too")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    sizes = FULL_SIZES if asked.full else SIZES
    print(machine(("deskdrill",)))
    rows = []
    for name in FLOORS:
        floors = {size: FEATURES[name](Draws(draw_one_team(1, size))) for size in sizes}
        spent: dict[int, list[float]] = {size: [] for size in sizes}
        microseconds(floors[sizes[0]], 1)
        for _ in range(asked.rounds):
            for size, floor in floors.items():
                spent[size].append(microseconds(floor, max(sizes[-1] // size, 1)))
        for size, floor in floors.items():
            ratios = [each / smallest for each, smallest in zip(spent[size], spent[sizes[0]], strict=True)]
            rows.append(
                [
                    name if size == sizes[0] else "",
                    f"{size:,}",
                    f"{median(spent[size]):.2f}",
                    f"{min(spent[size]):.2f}..{max(spent[size]):.2f}",
                    f"{median(ratios):.2f}",
                    f"{bytes_each(floor):.0f}",
                ]
            )
    print(f"\nCPU time: median of {asked.rounds} interleaved rounds; ratios round by round")
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=("left", *["right"] * 5)))


if __name__ == "__main__":
    main()
