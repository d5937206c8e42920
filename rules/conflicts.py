"""Rules that get in one another's way: two that hold together under `unique` (C301), two that set the same field
(C303), what a guard never lets the bot do (C304), and what is always undone later (C305).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ..findings import Finding
from .analysis import MOST_TOLD, Analysis, these
from .conditions import ALWAYS, All, Atom, Condition
from .logic import Tried, branches_of, rules_of

if TYPE_CHECKING:
    from .decide import Facts
    from .policy import Policy, Ruleset

MOST_LOOKED_AT: Final = 1_000_000
"""Pairs of rules of one ruleset."""
MOST_SEARCHED: Final = 20_000
"""Pairs among them that are searched for somebody who meets both."""
_SET: Final = ("route", "priority")


def conflicts(analysis: Analysis) -> Iterator[Finding]:
    """The findings about rules, guards and what the bot does."""
    for ruleset in analysis.policy.rulesets:
        if ruleset.hit_policy == "unique":
            yield from _overlaps(analysis, ruleset)
        elif ruleset.hit_policy != "first":
            yield from _written_twice(analysis, ruleset)
    yield from _undone_by_rulesets(analysis)
    yield from _never_allowed(analysis)


def _overlaps(analysis: Analysis, ruleset: Ruleset) -> Iterator[Finding]:
    rules = rules_of(ruleset)
    pairs, all_tried = _pairs(analysis, ruleset, rules)
    for number, before in pairs.items():
        message = (
            f"{rules[number]} and {these(rules[each].name for each, _ in before)} hold for the same customers, for "
            "whom the default acts under `unique`; narrow one of them, or use `first`"
        )
        witness = analysis.decidable(ruleset, before[0][1])
        yield analysis.finding("C301", "warning", message, rules[number].at, witness)
    if not all_tried:
        yield _too_many(analysis, ruleset)


def _too_many(analysis: Analysis, ruleset: Ruleset) -> Finding:
    message = (
        f"not all rules of `{ruleset.name}` were held against one another: there are too many; split the ruleset to "
        "have them compared"
    )
    return analysis.finding("G404", "info", message, (ruleset.line, ruleset.column))


def _pairs(
    analysis: Analysis, ruleset: Ruleset, rules: Sequence[Tried]
) -> tuple[dict[int, list[tuple[int, Facts]]], bool]:
    """For rules some of those before them that hold for the same customers, each with one of these; and whether all
    pairs were tried.
    """
    found, met = analysis.who_meets([rule.when for rule in rules])
    pairs: dict[int, list[tuple[int, Facts]]] = {}
    looked, searched = 0, 0
    for number, rule in enumerate(rules):
        for each in range(number):
            if len(pairs.get(number, ())) > MOST_TOLD or found[number] is None or found[each] is None:
                continue
            looked += 1
            if looked > MOST_LOOKED_AT or searched > MOST_SEARCHED:
                return pairs, False
            facts: Facts | None = None
            if met[each, number] and met[number, number]:
                facts = found[number]
            elif met[number, each] and met[each, each]:
                facts = found[each]
            elif not analysis.apart(rule.when, rules[each].when):
                searched += 1
                facts = analysis.somebody(analysis.of(rule.when).holds, analysis.of(rules[each].when).holds)
            if facts is not None and _both_act(analysis, ruleset, facts, (each, number)):
                pairs.setdefault(number, []).append((each, facts))
    return pairs, True


def _both_act(analysis: Analysis, ruleset: Ruleset, facts: Facts, numbers: tuple[int, int]) -> bool:
    """Whether two rules hold for somebody; where rules go by what earlier ones set, among all the others."""
    two = [ruleset.rules[each] for each in numbers]
    if not analysis.reads_of_what_is_set(ruleset):
        return all(analysis.holds(rule.when, facts) for rule in two)
    decision = analysis.decided(ruleset, facts)
    return decision is not None and all(f"{ruleset.name}.{rule.id}" in decision.rules for rule in two)


def _written_twice(analysis: Analysis, ruleset: Ruleset) -> Iterator[Finding]:
    """C305, and C303 for those that are undone for some customers only."""
    rules = rules_of(ruleset)
    reads = analysis.reads_of_what_is_set(ruleset)
    found, met = analysis.who_meets([rule.when for rule in rules])
    undone: set[tuple[int, str]] = set()
    for name in _SET:
        if f"conversation.{name}" in reads:
            continue  # What is undone was of use before.
        for number, rule in enumerate(rules):
            own = getattr(rule.then, name)
            if own is None or found[number] is None or not met[number, number]:
                continue
            after = range(number + 1, len(rules))
            later = [each for each in after if getattr(rules[each].then, name) not in (None, own)]
            by = [rules[each] for each in later if met[each, number]]
            holds = analysis.of(rule.when).holds
            if not by or not analysis.nobody(holds, *(analysis.of(rules[each].when).fails for each in later)):
                continue
            undone.add((number, name))
            one = next((each for each in by if analysis.nobody(holds, analysis.of(each.when).fails)), None)
            names = "a rule after it" if one is None else f"`{one.name}`"
            message = (
                f"the {name} that {rule} sets never counts: {names} always sets another one; leave it out, or put the "
                "rule last"
            )
            yield analysis.finding("C305", "warning", message, rule.at, found[number])
    yield from _some_twice(analysis, ruleset, rules, undone)


def _some_twice(
    analysis: Analysis, ruleset: Ruleset, rules: Sequence[Tried], undone: set[tuple[int, str]]
) -> Iterator[Finding]:
    pairs, all_tried = _pairs(analysis, ruleset, rules)
    for number, before in pairs.items():
        rule = rules[number]
        for name in _SET:
            own = getattr(rule.then, name)
            clash = [
                (rules[each].name, facts)
                for each, facts in before
                if own is not None
                and getattr(rules[each].then, name) not in (None, own)
                and (each, name) not in undone
                # Who is within a rule before it is an exception to it, and was meant to be.
                and not analysis.nobody(analysis.of(rule.when).holds, analysis.of(rules[each].when).fails)
            ]
            if clash:
                message = (
                    f"{rule} sets the {name} that {these(each for each, _ in clash)} set before it, for customers who "
                    "meet both; make sure that the later one is to win"
                )
                witness = analysis.decidable(ruleset, clash[0][1])
                yield analysis.finding("C303", "info", message, rule.at, witness)
    if not all_tried:
        yield _too_many(analysis, ruleset)


def _undone_by_rulesets(analysis: Analysis) -> Iterator[Finding]:
    """What a ruleset sets and a later one sets anew for everybody."""
    rulesets = analysis.policy.rulesets
    for number, ruleset in enumerate(rulesets):
        for name in _SET:
            setting = [rule for rule in ruleset.rules if getattr(rule.then, name) is not None]
            later = next((each for each in rulesets[number + 1 :] if _always_sets(each, name, ruleset)), None)
            if not setting or later is None:
                continue
            until = rulesets[number + 1 : rulesets.index(later) + 1]
            if any(f"conversation.{name}" in analysis.reads_of_what_is_set(each) for each in until):
                continue
            message = (
                f"the {name} that ruleset `{ruleset.name}` sets never counts: ruleset `{later.name}` runs after it and "
                f"always sets one; set the {name} in one of them"
            )
            rule = setting[0]
            facts = analysis.shown(rule.when)
            yield analysis.finding("C305", "warning", message, (rule.line, rule.column), facts)


def _always_sets(ruleset: Ruleset, name: str, after: Ruleset) -> bool:
    actions = [*(rule.then for rule in ruleset.rules), ruleset.default]
    sets = all(action is not None and getattr(action, name) is not None for action in actions)
    return sets and set(after.on) <= set(ruleset.on) and set(after.waiting_s) <= set(ruleset.waiting_s)


def _never_allowed(analysis: Analysis) -> Iterator[Finding]:
    """What the bot offers for an intent with which a guard always keeps it away; branches that guards never allow."""
    policy, bot = analysis.policy, analysis.policy.bot
    if bot is None or not policy.guards or any(guard.when == ALWAYS for guard in policy.guards):
        return
    allowed = [analysis.of(guard.when).fails for guard in policy.guards]
    for owner, condition, at in offers(policy):
        holds = analysis.of(condition).holds
        if analysis.nobody(holds) or not analysis.nobody(holds, *allowed):
            continue
        by = [guard.id for guard in policy.guards if not analysis.nobody(holds, analysis.of(guard.when).holds)]
        alone = [guard.id for guard in policy.guards if analysis.nobody(holds, analysis.of(guard.when).fails)]
        message = (
            f"{owner} never comes to anything: {these(alone[:1] or by)} always keeps the bot away then; take it out, "
            "or narrow the guard"
        )
        yield analysis.finding("C304", "warning", message, at, analysis.shown(condition))


def offers(policy: Policy) -> Iterator[tuple[str, Condition, tuple[int | None, int | None]]]:
    """What the bot does about an intent, or in a branch of its flow: in words, when, and where it stands."""
    bot = policy.bot
    if bot is None:
        return
    for errand in bot.errands if bot.flow is None else ():
        owner = f"the errand about `{errand.intent}`"
        yield owner, recognised(errand.intent, errand.confidence_at_least), (errand.line, errand.column)
    if bot.answers is not None and bot.flow is None:
        for intent in bot.answers.only or ():
            owner = f"the answer about `{intent}`"
            at = bot.answers.line, bot.answers.column
            yield owner, recognised(intent, bot.answers.confidence_at_least), at
    for branches in branches_of(policy):
        for branch in branches:
            yield str(branch), branch.when, branch.at


def recognised(intent: str, confidence: float) -> Condition:
    """That this was recognised, surely enough; `True` where nothing tests it."""
    return All((Atom("message.intent", "is", intent), Atom("message.confidence", "gte", confidence)))
