"""What a bot in Python costs: whole runs with a trivial one, and with the built-in bot that does the same.

    python benchmarks/bots.py [--rounds 5] [--scenario saas-week]

CPU time of `simulate`, the median of interleaved rounds (A B A B) in one process, each a replication of its own.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from run import machine
from tabulate import tabulate

from deskdrill.documents import parse_document
from deskdrill.rules import Policy, Reply, Turn, policy_from_document
from deskdrill.scenarios import load_scenario
from deskdrill.simulator import Run, open_desk, simulate

BOUNDS = "  hand_over: {when_asked: true, after_failures: 3}\n  max_turns: 6\nrulesets: []\n"
BOTS = {
    "built in": "  answers: {confidence_at_least: 70%}\n",
    "in Python": "  python: bots:reply\n",
}
HEADINGS = ("bot", "conversations", "bot turns", "ms", "min..max", "1000 conversations/s", "µs more a turn")


def reply(turn: Turn) -> Reply:
    """A trivial bot: does what the built-in one does."""
    if turn.confidence >= 0.7 and turn.intent in turn.covered:
        return Reply("Here is how it works with us. Did that help?", about=turn.intent)
    return Reply("Sorry, I did not understand that. Could you put it another way?")


def policy_of(bot: str) -> Policy:
    """A policy with a bot; its module is this one."""
    beside = str(Path(__file__).with_name("timed.yaml"))
    return policy_from_document(parse_document(f"policy: timed\nbot:\n{bot}{BOUNDS}", beside))


def turns_played(run: Run) -> int:
    """Turns of the bot, those of conversations that may happen and did not included."""
    return sum(int(case.dialogues.bot_turns.sum()) for each in run.attempts.attempts for case in each.cases)


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenario", default="saas-week")
    asked = parser.parse_args(arguments)
    desk = open_desk(load_scenario(asked.scenario))
    policies = {name: policy_of(bot) for name, bot in BOTS.items()}
    spent: dict[str, list[tuple[float, int, int]]] = {name: [] for name in policies}
    for number in range(-1, asked.rounds):
        for name, policy in policies.items():
            gc.collect()
            began = time.process_time()
            run = simulate(desk, policy, 1, max(number, 0))
            seconds = time.process_time() - began
            # The first round only warms up.
            spent[name] += [(seconds, run.conversations.size, turns_played(run))] * (number >= 0)
    print(machine(("deskdrill",)))
    print(f"\n{asked.scenario}, CPU time: median of {asked.rounds} interleaved rounds")
    plain = median(seconds for seconds, *_ in spent["built in"])
    cells = []
    for name, rounds in spent.items():
        took = [seconds for seconds, *_ in rounds]
        size, turns = median(size for _, size, _ in rounds), median(turns for *_, turns in rounds)
        more = f"{1e6 * (median(took) - plain) / turns:.1f}" if name != "built in" else "-"
        speed = median(size / seconds / 1000 for seconds, size, _ in rounds)
        ms = f"{1000 * median(took):.0f}", f"{1000 * min(took):.0f}..{1000 * max(took):.0f}"
        cells.append([name, f"{size:,.0f}", f"{turns:,.0f}", *ms, f"{speed:.0f}", more])
    print(tabulate(cells, headers=HEADINGS, disable_numparse=True, colalign=("left", *["right"] * 6)))


if __name__ == "__main__":
    main()
