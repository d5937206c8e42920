"""What `deskdrill diff` costs: reading messages, deciding on them twice, tracing what changes.

    python benchmarks/diffs.py [--rows 100000] [--rounds 3] [--messages messages.csv]

The rows are the texts of a CSV (its column `text`; else of the shipped phrasebook), each repeated with another number
at its end, so that all are distinct. CPU time, the median of the rounds, each in a fresh pool of texts.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from run import machine
from tabulate import tabulate

from deskdrill.rules import Policy, load_policy
from deskdrill.rules.difference import difference
from deskdrill.rules.openings_file import read_openings
from deskdrill.rules.outcomes import Decider
from deskdrill.scenarios import load_scenario
from deskdrill.simulator import open_desk

PLANS = ("trial", "starter", "pro", "")
HEADINGS = ("what", "s", "min..max")


def edited(policy: Policy) -> Policy:
    """The policy with another route in its rule `pin`, without its last rule, its first two the other way round."""
    (ruleset,) = policy.rulesets
    first, second, *rules = ruleset.rules[:-1]
    moved = [replace(rule, then=replace(rule.then, route="frontline")) if rule.id == "pin" else rule for rule in rules]
    return replace(policy, rulesets=(replace(ruleset, rules=(second, first, *moved)),))


def write(path: Path, texts: Sequence[str], rows: int) -> None:
    """Messages as a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["text", "customer.plan"])
        for number in range(rows):
            again, at = divmod(number, len(texts))
            out.writerow([f"{texts[at]} {again}" if again else texts[at], PLANS[number % len(PLANS)]])


def timed(spent: dict[str, list[float]], path: Path, keywords: Policy, others: dict[str, Policy]) -> dict[str, str]:
    """Adds the seconds of one round; what came of each comparison."""
    found = {}
    began = time.process_time()
    read_openings(path)
    spent.setdefault("read", []).append(time.process_time() - began)
    for name, policy in others.items():
        openings = read_openings(path)
        began = time.process_time()
        decider = Decider(openings.columns)
        decider.decided(keywords)
        decider.decided(policy)
        decided = time.process_time()
        # Which texts have which phrases is known by now.
        told = difference(keywords, policy, openings)
        spent.setdefault(f"{name}: decide", []).append(decided - began)
        spent.setdefault(f"{name}: trace", []).append(time.process_time() - decided)
        found[name] = f"{len(told.edits)} edits, {told.changed:,} messages change, in {len(told.changes):,} ways"
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=Path)
    asked = parser.parse_args(arguments)
    if asked.messages is None:
        texts = list(dict.fromkeys(open_desk(load_scenario("bank-week")).pool.texts))
    else:
        messages = read_openings(asked.messages)
        texts = [messages.text(row) for row in range(messages.size)]
    keywords = load_policy("keywords")
    others = {"three edits": edited(keywords), "another policy": load_policy("careful")}
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.csv"
        write(path, texts, asked.rows)
        for _ in range(asked.rounds):
            found = timed(spent, path, keywords, others)
    print(machine(("deskdrill",)))
    print(f"\n{asked.rows:,} messages, CPU time: median of {asked.rounds} rounds")
    cells = [[name, f"{median(s):.2f}", f"{min(s):.2f}..{max(s):.2f}"] for name, s in spent.items()]
    print(tabulate(cells, headers=HEADINGS, disable_numparse=True, colalign=("left", "right", "right")))
    for name, told in found.items():
        print(f"{name}: {told}")


if __name__ == "__main__":
    main()
