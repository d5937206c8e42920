"""What rules cost without a simulation: matching, deciding, playing cases, and the pytest plugin.

    python benchmarks/rules.py [--rounds 5]

100,000 distinct messages (texts of the shipped phrasebooks, each with a number at its end) against 100 rules with 300
phrases, those of the shipped `keywords` first; 500 cases of two turns for `careful`; a pytest session without cases,
with the plugin and without it, in turn. CPU time of one core, the median of the rounds. Wanted are 300,000 messages and
150,000 decisions a second, 500 cases in a second, and less than 20 ms of the plugin.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from run import machine
from tabulate import tabulate

from deskdrill.rules import (
    Action,
    CompiledPolicy,
    FactColumns,
    Policy,
    Rule,
    Ruleset,
    TextPool,
    Texts,
    load_policy,
)
from deskdrill.rules.conditions import All, Any_, Atom, Condition, atoms
from deskdrill.rules.matching import Phrases, phrase_of
from deskdrill.scenarios import load_scenario
from deskdrill.simulator import open_desk

MESSAGES, RULES, PHRASES, CASES = 100_000, 100, 300, 500
INTENTS = ("refund", "invoice", "how_to", "login_problem", "bug_report")
TEAMS = ("billing", "accounts", "engineers", "frontline")


def phrases() -> tuple[str, ...]:
    """Three hundred phrases as people keep them in rules."""
    found: dict[str, None] = {}
    for name in ("keywords", "careful", "night-bot"):
        policy = load_policy(name)
        for atom in atoms(All(tuple(policy.conditions())), policy.groups):
            if atom.operator.startswith("contains") and isinstance(atom.value, tuple):
                found.update(dict.fromkeys(phrase_of(str(each)) for each in atom.value))
    return tuple(found)[:PHRASES]


def texts() -> list[str]:
    """Messages of which no two are alike."""
    pool = [*open_desk(load_scenario("bank-week")).pool.texts, *open_desk(load_scenario("saas-week")).pool.texts]
    return [f"{pool[number % len(pool)]} {number}" for number in range(MESSAGES)]


def policy_of(words: Sequence[str]) -> Policy:
    """A hundred rules, three phrases each; half of them look at something else too."""
    rules = []
    for number in range(RULES):
        mine: Condition = Atom("message.text", "contains_any", tuple(words[3 * number : 3 * number + 3]))
        if number % 2:
            other = Atom("message.intent", "is", INTENTS[number % len(INTENTS)])
            mine = Any_((mine, All((other, Atom("customer.contacts_30d", "gte", float(number % 7))))))
        rules.append(Rule(f"r{number}", Action(TEAMS[number % len(TEAMS)]), "so", mine))
    return Policy("p", rulesets=(Ruleset("routing", tuple(rules), default=Action("escalation")),))


class Messages(FactColumns):
    """Facts of the messages, with their texts in a pool that nothing is known of."""

    def __init__(self, written: Sequence[str], facts: Sequence[dict[str, object]]) -> None:
        import numpy as np

        super().__init__(facts)
        self._texts = Texts(np.arange(len(written), dtype=np.int32), TextPool(written))

    def column(self, field: str):  # type: ignore[no-untyped-def]  # as of the parent
        """The texts, or another fact."""
        return self._texts if field == "message.text" else super().column(field)


def cpu_s(work: Callable[[], object]) -> float:
    """The CPU time that something takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def session_s(folder: str, *arguments: str) -> float:
    """The CPU time of a pytest session in a folder without tests."""
    before = os.times()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603 - a command of ours
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def cases_s() -> tuple[float, float]:
    """Seconds to read and to play 500 cases of two turns."""
    from deskdrill.reports.suites import bound, results

    case = (
        "  - id: case {0}\n    given: {{customer.plan: pro, message: {{intent: refund, confidence: 0.9}}}}\n"
        "    turns:\n      - {{say: money back {0}, expect: {{did: hand_over}}}}\n"
        "      - {{say: that did not help, after: 2m, expect: {{route: billing}}}}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "careful.cases.yaml"
        path.write_text("policy: careful\ncases:\n" + "".join(case.format(number) for number in range(CASES)))
        began = time.process_time()
        suites = bound([path], None, None)
        read = time.process_time() - began
        began = time.process_time()
        found = tuple(results(suites, ()))
        played = time.process_time() - began
    assert len(found) == CASES
    return read, played


def main() -> int:
    """Prints a table; 0."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    words, written = phrases(), texts()
    policy, automaton = policy_of(words), Phrases(words)
    compiled = CompiledPolicy(policy)
    facts = [
        {"message.intent": INTENTS[each % 5], "customer.contacts_30d": float(each % 9)} for each in range(MESSAGES)
    ]
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            spent.setdefault("match", []).append(cpu_s(lambda: automaton.found_in(written)))
            route = partial(compiled.route, Messages(written, facts))
            spent.setdefault("decide, matching included", []).append(cpu_s(route))
            spent.setdefault("decide again", []).append(cpu_s(route))
            read, played = cases_s()
            spent.setdefault("read 500 cases", []).append(read)
            spent.setdefault("play 500 cases", []).append(played)
            with_it, without = session_s(folder), session_s(folder, "-p", "no:deskdrill")
            spent.setdefault("the plugin, of a session", []).append(with_it - without)
    rows = [
        [what, median(each), f"{min(each):.3f}..{max(each):.3f}", _rate(what, each)] for what, each in spent.items()
    ]
    print(machine([]))
    print(tabulate(rows, ("what", "s", "min..max", "a second"), floatfmt=".3f"))
    return 0


def _rate(what: str, seconds: Sequence[float]) -> str:
    return f"{MESSAGES / median(seconds):,.0f}" if what.startswith(("match", "decide")) else ""


if __name__ == "__main__":
    sys.exit(main())
