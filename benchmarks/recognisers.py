"""What recognising costs: learning, looking at 20,000 texts, and drawing 200,000 guesses.

    python benchmarks/recognisers.py [--rounds 5] [--scenario bank-week --messages messages.csv]

CPU time, the median of interleaved rounds (A B C A B C) in one process, with everything imported before.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from run import machine
from tabulate import tabulate

from deskdrill.rules import KeywordRecogniser, LexicalRecogniser
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.recognisers import Confusion, recognisable
from deskdrill.simulator import open_desk
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.guesses import ByDraw, ConfusionTable

TEXTS, GUESSES = 20_000, 200_000
HEADINGS = ("what", "ms", "min..max")


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", default="saas-week")
    parser.add_argument("--messages", type=Path)
    asked = parser.parse_args(arguments)
    desk = open_desk(load_scenario(asked.scenario), asked.messages)
    pool, names = desk.pool, recognisable(tuple(desk.scenario.intents))
    texts = [pool.texts[number % len(pool.texts)] for number in range(TEXTS)]

    def learnt() -> LexicalRecogniser:
        return LexicalRecogniser.learn(pool.train_texts, pool.train_intents, names, wordings=pool.train_wordings)

    lexical = learnt()
    keywords = KeywordRecogniser(names, {name: [*name.split("_"), name.replace("_", " ")] for name in names})
    table = ConfusionTable(
        Confusion.model_validate({"kind": "confusion", "right": 0.8, "unknown": 0.05}), names[:-2], pool
    )
    rows = np.arange(GUESSES, dtype=np.int32)
    some = (rows % len(pool.texts)).astype(np.int32)
    timed: dict[str, Callable[[], object]] = {
        f"learn from {len(pool.train_texts):,} texts": learnt,
        f"learnt: recognise {TEXTS:,} texts": lambda: lexical.recognise(texts),
        f"keywords: recognise {TEXTS:,} texts": lambda: keywords.recognise(texts),
        f"confusion: draw {GUESSES:,} guesses": lambda: ByDraw(table, Draws(1, 0)).guesses(rows, some, 1, 0),
    }
    spent: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(asked.rounds):
        for name, work in timed.items():
            gc.collect()
            began = time.process_time()
            work()
            spent[name].append(1000 * (time.process_time() - began))
    print(machine(("deskdrill",)))
    print(f"\n{asked.scenario}, CPU time: median of {asked.rounds} interleaved rounds")
    cells = [[name, f"{median(ms):.0f}", f"{min(ms):.0f}..{max(ms):.0f}"] for name, ms in spent.items()]
    print(tabulate(cells, headers=HEADINGS, disable_numparse=True, colalign=("left", "right", "right")))


if __name__ == "__main__":
    main()
