"""How long `check` takes to hold the rules of a policy against one another.

    python benchmarks/checking.py     # 500 rules under each hit policy, of bounds and of expressions too; 5,000 once

Rules ask for intents, confidences, plans, contacts and phrases, drawn from a seed; many of them overlap, and more than
half are never reached, which takes longest to prove. CPU seconds of one process, the best of three runs. Issue 5 wants
500 rules in under 2 s.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from time import process_time

from deskdrill.rules import Action, Names, Policy, Rule, Ruleset, check
from deskdrill.rules.conditions import All, Any_, Atom, Condition
from deskdrill.rules.vocabulary import HIT_POLICIES, HitPolicy

MOST_S = 2.0
TEAMS = ("billing", "success", "frontline")
PLANS = ("trial", "starter", "pro", "enterprise")
INTENTS = tuple(f"intent_{number}" for number in range(77))
WORDS = tuple(f"word{number}" for number in range(900))
NAMES = Names(teams=TEAMS, plans=PLANS, intents=INTENTS)


def drawn(rules: int, hit_policy: HitPolicy, when: Callable[[random.Random], Condition], seed: int = 1) -> Policy:
    """A policy with so many rules in one ruleset."""
    rng = random.Random(seed)
    made = tuple(Rule(f"r{number}", Action(rng.choice(TEAMS)), "so", when(rng)) for number in range(rules))
    return Policy("drawn", rulesets=(Ruleset("routing", made, hit_policy, default=Action("escalation")),))


def _when(rng: random.Random) -> Condition:
    parts: list[Condition] = []
    kind = rng.random()
    if kind < 0.5:
        parts.append(Atom("message.intent", "in", tuple(rng.sample(INTENTS, 3))))
        parts.append(Atom("message.confidence", "gte", rng.choice((0.4, 0.5, 0.7))))
    if kind > 0.4:
        phrases = tuple(" ".join(rng.sample(WORDS, rng.choice((1, 2)))) for _ in range(5))
        parts.append(Atom("message.text", "contains_any", phrases))
    if rng.random() < 0.3:
        parts.append(Atom("customer.plan", "in", tuple(rng.sample(PLANS, 2))))
    if rng.random() < 0.2:
        parts.append(Atom("customer.contacts_30d", "gte", float(rng.randrange(1, 9))))
    return Any_(tuple(parts)) if rng.random() < 0.2 else All(tuple(parts))


def _bounds(rng: random.Random) -> Condition:
    parts: list[Condition] = [Atom("customer.contacts_30d", "gte", float(rng.randrange(50)))]
    if rng.random() < 0.6:
        parts.append(Atom("customer.tenure", "lt", round(rng.random() * 1e7)))
    if rng.random() < 0.6:
        low, high = sorted((rng.random(), rng.random()))
        parts.append(Atom("message.confidence", "between", (low, high)))
    return All(tuple(parts))


def _expressions(rng: random.Random) -> Condition:
    parts: list[Condition] = [Atom("message.text", "matches", f"{rng.choice(WORDS)}[0-9]+{rng.choice(WORDS)}")]
    if rng.random() < 0.5:
        parts.append(Atom("customer.plan", "in", tuple(rng.sample(PLANS, 2))))
    return All(tuple(parts))


def main() -> int:
    """Prints a line for each policy; 1 where 500 rules take longer than they may."""
    slow = False
    kinds = {"mixed rules": _when, "rules with bounds": _bounds, "rules with expressions": _expressions}
    few = [(500, each, kind) for kind in kinds for each in HIT_POLICIES]
    for rules, hit_policy, kind in [*few, (5_000, HIT_POLICIES[0], "mixed rules")]:
        policy = drawn(rules, hit_policy, kinds[kind])
        best, found = float("inf"), Counter[str]()
        for _ in range(3 if rules == 500 else 1):
            started = process_time()
            found = Counter(finding.id for finding in check(policy, NAMES))
            best = min(best, process_time() - started)
        told = ", ".join(f"{count} {id_}" for id_, count in sorted(found.items()))
        print(f"check of {rules:,} {kind} under `{hit_policy}`: {best:.2f} s ({told})")
        slow |= rules == 500 and best > MOST_S
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
