"""Bot dialogues on one core: a million conversations of `saas-week`, every message and every decision recorded.

    python benchmarks/dialogues.py [--conversations 1000000] [--rounds 5]

The bots are those of `careful` and `deflect-hard`, with 60 rules and guards and 300 phrases between them. Timed, in CPU
seconds: matching the phrases, all rounds of the dialogues, and placing by rule whoever reaches people. Not timed: the
population, and the pool with what the recogniser makes of it, which are there once for all policies. The policies take
turns; the median of the rounds is shown, with the least and the most.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from measures import peak_mb
from tabulate import tabulate

from deskdrill.rules import load_policy
from deskdrill.rules.compiled import CompiledPolicy
from deskdrill.rules.conditions import Any_, Atom
from deskdrill.rules.policy import Action, Guard, Policy, Rule
from deskdrill.scenarios import load_phrasebook, load_scenario
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.dialogue import Ending
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.encounter import Encounter
from deskdrill.simulator.placement import Placer
from deskdrill.simulator.population import Population, draw_population
from deskdrill.simulator.protection import protection_of
from deskdrill.simulator.replies import replies_of
from deskdrill.simulator.rounds import played

POLICIES = ("careful", "deflect-hard")
RULES, PHRASES, GUARDS = 60, 300, 10


@dataclass(frozen=True, slots=True)
class Timed:
    """One round: CPU seconds until the bot's part is over, and for placing the rest; messages of both sides."""

    dialogues_s: float
    placing_s: float
    conversations: int
    messages: int


def with_many_rules(policy: Policy) -> Policy:
    """The policy with so many rules and guards, each a condition on some phrases; `PHRASES` of them in all.

    The phrases are pairs of words that follow one another in the phrasebook's wordings, so that they do occur.
    """
    wordings = (wording.text for intent in load_phrasebook("en").intents.values() for wording in intent.wordings)
    pairs = {f"{first} {second}".casefold() for text in wordings for first, second in pairwise(text.split())}
    phrases = sorted(pair for pair in pairs if pair.replace(" ", "").isalpha())
    chosen = phrases[:: len(phrases) // PHRASES][:PHRASES]
    each = PHRASES // RULES
    conditions = [
        Any_((Atom("message.text", "contains_any", tuple(chosen[number * each : (number + 1) * each])),))
        for number in range(RULES)
    ]
    # A guard needs a bot that it can keep away; the few who meet one of its phrases go to people.
    guards = [Guard(f"guard-{number}", when=when) for number, when in enumerate(conditions[:GUARDS])]
    teams = sorted({rule.then.route for ruleset in policy.rulesets for rule in ruleset.rules if rule.then.route})
    rules = [
        Rule(f"rule-{number}", Action(teams[number % len(teams)]), when=when)
        for number, when in enumerate(conditions[GUARDS:])
    ]
    routing = policy.rulesets[0]
    return replace(
        policy,
        guards=(*policy.guards, *guards),
        rulesets=(replace(routing, rules=(*routing.rules, *rules)), *policy.rulesets[1:]),
    )


def one_round(desk: Desk, people: Population, draws: Draws, policy: Policy) -> Timed:
    """All first conversations of a population with one policy."""
    rows = np.arange(people.size, dtype=np.int32)
    protection = protection_of(desk.scenario, people)
    gc.collect()
    began = time.process_time()
    compiled = CompiledPolicy(policy)
    replies = replies_of(policy.bot, desk) if policy.bot is not None else None
    encounter = Encounter(desk, compiled, replies, people, draws, protection)
    dialogues = played(encounter, rows, people.arrives_s, 1, {})
    spoken = time.process_time()
    over = np.flatnonzero(dialogues.ending == Ending.TO_PEOPLE).astype(np.int32)
    Placer(desk, compiled, people, draws).place(dialogues, over, people.arrives_s[over], {})
    placed = time.process_time()
    messages = sum(said.rows.size for said in (*dialogues.customer_said, *dialogues.bot_said))
    return Timed(spoken - began, placed - spoken, people.size, messages)


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(arguments)
    scenario = load_scenario("saas-week")
    began = time.process_time()
    desk = open_desk(scenario.scaled(args.conversations / scenario.arrivals.per_week))
    opened_s = time.process_time() - began
    draws = Draws(1, 0)
    people = draw_population(desk.scenario, desk.pool, draws)
    draws = draws.numbered(people.number)
    policies = {name: with_many_rules(load_policy(name)) for name in POLICIES}
    found: dict[str, list[Timed]] = {name: [] for name in policies}
    for _ in range(args.rounds):
        for name, policy in policies.items():
            found[name].append(one_round(desk, people, draws, policy))
    table = [
        [
            name,
            f"{rounds[0].messages:,}",
            f"{statistics.median(each.dialogues_s for each in rounds):.2f}",
            f"{min(each.dialogues_s for each in rounds):.2f}..{max(each.dialogues_s for each in rounds):.2f}",
            f"{statistics.median(each.placing_s for each in rounds):.2f}",
        ]
        for name, rounds in found.items()
    ]
    print(f"{people.size:,} conversations, {len(desk.pool.texts):,} texts; CPU seconds, median of {args.rounds} rounds")
    print(tabulate(table, ["bot of", "messages", "dialogues", "min..max", "placing"], disable_numparse=True))
    print(f"opening the desk (pool and recogniser, or what is kept of them): {opened_s:.2f} s; peak {peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
