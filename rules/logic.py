"""Rules that never act, always match, or say what another says already (L201 to L206), and what was not looked into
(G404).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

from ..findings import Finding
from .analysis import Analysis, Fate, Place, place_of, these
from .conditions import ALWAYS, All, Condition, atoms
from .policy import Action
from .wording import in_words

if TYPE_CHECKING:
    from .policy import Policy, Ruleset

MOST_PARTS: Final = 30
"""Parts of a condition of which two that exclude one another are looked for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Something with a condition: `rule`, `guard`, `branch` (of a flow) or `group`."""

    kind: Literal["rule", "guard", "branch", "group"]
    name: str
    when: Condition
    at: Place
    then: Action | None = None

    def __str__(self) -> str:
        return self.name if self.kind == "branch" else f"{self.kind} `{self.name}`"


def logic(analysis: Analysis) -> Iterator[Finding]:
    """The findings about groups, guards, the branches of a flow and rules, each by itself and among its like."""
    policy = analysis.policy
    for each in groups_of(policy):
        if analysis.nobody(analysis.of(each.when).holds):
            yield _never(analysis, each)
    yield from _guards(analysis, guards_of(policy))
    for branches in branches_of(policy):
        yield from _in_order(analysis, branches)
    for ruleset in policy.rulesets:
        rules = rules_of(ruleset)
        match ruleset.hit_policy:
            case "first":
                yield from _in_order(analysis, rules)
            case "unique":
                yield from _alone(analysis, rules)
            case _:
                yield from _together(analysis, ruleset, rules)


def groups_of(policy: Policy) -> list[Tried]:
    """The groups of a policy."""
    return [Tried("group", name, when, place_of(when)) for name, when in policy.groups.items()]


def guards_of(policy: Policy) -> list[Tried]:
    """The guards of a policy that has a bot."""
    if policy.bot is None:
        return []
    return [Tried("guard", each.id, each.when, (each.line, each.column)) for each in policy.guards]


def branches_of(policy: Policy) -> list[list[Tried]]:
    """The branches of each state, but for the last, which everything else takes."""
    if policy.bot is None or policy.bot.flow is None:
        return []
    return [
        [
            Tried(
                "branch",
                f"the branch of state `{state.name}` to `{branch.go}`",
                branch.when,
                (branch.line, branch.column),
            )
            for branch in state.next[:-1]
        ]
        for state in policy.bot.flow.states
    ]


def rules_of(ruleset: Ruleset) -> list[Tried]:
    """The rules of a ruleset."""
    return [Tried("rule", each.id, each.when, (each.line, each.column), each.then) for each in ruleset.rules]


def _guards(analysis: Analysis, guards: Sequence[Tried]) -> Iterator[Finding]:
    fates = analysis.fates([each.when for each in guards])
    for number, (guard, fate) in enumerate(zip(guards, fates, strict=True)):
        if fate.kind == "never":
            yield _never(analysis, guard)
        elif _always(analysis, guard):
            why = "has no condition" if guard.when == ALWAYS else "holds for everybody"
            message = f"{guard} {why}, so it keeps the bot from everybody"
            yield analysis.finding("L202", "warning", message, guard.at)
        elif fate.kind == "covered":
            yield from _said_already(analysis, guards, number, fate)


def _said_already(analysis: Analysis, guards: Sequence[Tried], number: int, fate: Fate) -> Iterator[Finding]:
    guard, by = guards[number], [guards[each] for each in fate.by]
    if len(by) == 1 and _same(analysis, guard, by[0]):
        message = f"guard `{guard.name}` says the same as guard `{by[0].name}`; leave one of them out"
        yield analysis.finding("L203", "warning", message, guard.at, fate.facts)
    elif not any(_always(analysis, each) for each in by):
        message = (
            f"guard `{guard.name}` keeps the bot from nobody whom {these(each.name for each in by)} would not; leave "
            "it out, unless it stands there for its reason"
        )
        yield analysis.finding("L206", "info", message, guard.at, fate.facts)


def _in_order(analysis: Analysis, rules: Sequence[Tried]) -> Iterator[Finding]:
    """Rules of which the first that holds acts."""
    fates = analysis.fates([each.when for each in rules])
    always = False
    for number, (rule, fate) in enumerate(zip(rules, fates, strict=True)):
        if fate.kind == "never":
            yield _never(analysis, rule)
        elif always:
            continue  # Said of the rule that always holds.
        elif fate.kind == "covered":
            yield _shadowed(analysis, rules, number, fate)
        elif _always(analysis, rule):
            always = True
            yield from _always_acts(analysis, rules, number)
        elif fate.kind == "unknown":
            yield from _not_analysed(analysis, rule)
        elif rule.kind == "rule":
            yield from _no_need_of(analysis, rules, number, fate)


def _always_acts(analysis: Analysis, rules: Sequence[Tried], number: int) -> Iterator[Finding]:
    rule, is_last = rules[number], number + 1 == len(rules)
    if is_last and (rule.when == ALWAYS or rule.kind != "rule"):
        return  # As good a default as any.
    after = "the default never acts" if is_last else f"the {_those(rule)} after it never act"
    why = "has no condition" if rule.when == ALWAYS else "holds for everybody"
    yield analysis.finding("L202", "warning", f"{rule} {why}, so {after}", rule.at)


def _those(rule: Tried) -> str:
    return "rules" if rule.kind == "rule" else "branches"


def _shadowed(analysis: Analysis, rules: Sequence[Tried], number: int, fate: Fate) -> Finding:
    rule, by = rules[number], [rules[each] for each in fate.by]
    names = these(each.name for each in by)
    if rule.kind == "branch":
        names = "a branch before it" if len(by) == 1 else "branches before it"
    if len(by) == 1 and _same(analysis, rule, by[0]):
        does = ", and does the same" if rule.kind == "rule" and rule.then == by[0].then else ""
        message = f"{rule} has the condition of {names}, which comes first{does}; leave one of them out"
        return analysis.finding("L203", "warning", message, rule.at, fate.facts)
    theirs, before = ("that", "that one") if len(by) == 1 else ("one of those", "them")
    message = (
        f"{rule} never acts: whoever meets its condition meets {theirs} of {names} first; put it before {before}, or "
        "leave it out"
    )
    return analysis.finding("L204" if len(by) == 1 else "L205", "warning", message, rule.at, fate.facts)


def _no_need_of(analysis: Analysis, rules: Sequence[Tried], number: int, fate: Fate) -> Iterator[Finding]:
    """A rule whose every customer a later rule would treat the same way, with nothing else in between."""
    rule, later = rules[number], next(iter(fate.beside), None)
    if later is None or rules[later].then != rule.then:
        return
    holds = analysis.of(rule.when).holds
    between = [each for each in rules[number + 1 : later] if each.then != rule.then]
    if analysis.nobody(holds, analysis.of(rules[later].when).fails) and all(
        analysis.nobody(holds, analysis.of(each.when).holds) for each in between
    ):
        message = f"{rule} does what rule `{rules[later].name}` would do for the same customers; leave it out"
        yield analysis.finding("L206", "info", message, rule.at, fate.facts)


def _alone(analysis: Analysis, rules: Sequence[Tried]) -> Iterator[Finding]:
    """Rules of which one acts where no other holds."""
    fates = analysis.fates([each.when for each in rules], among_all=True)
    for number, (rule, fate) in enumerate(zip(rules, fates, strict=True)):
        by = [rules[each] for each in fate.by]
        if fate.kind == "never":
            yield _never(analysis, rule)
        elif _always(analysis, rule):
            why = "has no condition" if rule.when == ALWAYS else "holds for everybody"
            message = f"{rule} {why}, so no other rule ever acts under `unique`"
            if len(rules) > 1 or rule.when != ALWAYS:
                yield analysis.finding("L202", "warning", message, rule.at)
        elif fate.kind == "unknown":
            yield from _not_analysed(analysis, rule)
        elif fate.kind == "covered" and len(by) == 1 and _same(analysis, rule, by[0]):
            if fate.by[0] < number:
                told = f"{rule} has the condition of rule `{by[0].name}`"
                message = f"{told}, so under `unique` neither ever acts; leave one out"
                yield analysis.finding("L203", "warning", message, rule.at, fate.facts)
        elif fate.kind == "covered" and len(by) == 1:
            message = (
                f"{rule} never acts: whoever meets its condition meets that of `{by[0].name}` too, and under `unique` "
                "the default acts then; narrow the other one"
            )
            yield analysis.finding("L206", "warning", message, rule.at, fate.facts)
        elif fate.kind == "covered":
            message = (
                f"{rule} never acts: whoever meets its condition meets one of those of "
                f"{these(each.name for each in by)} too, and under `unique` the default acts then; narrow them"
            )
            yield analysis.finding("L205", "warning", message, rule.at, fate.facts)


def _together(analysis: Analysis, ruleset: Ruleset, rules: Sequence[Tried]) -> Iterator[Finding]:
    """Rules of which all that hold act."""
    reads_what_is_set = bool(analysis.reads_of_what_is_set(ruleset))
    found, truths = analysis.who_meets([rule.when for rule in rules])
    for number, rule in enumerate(rules):
        if found[number] is None:
            if analysis.nobody(analysis.of(rule.when).holds):
                yield _never(analysis, rule)
            else:
                yield from _not_analysed(analysis, rule)
            continue
        if rule.when != ALWAYS and _always(analysis, rule):
            message = f"{rule} holds for everybody; leave `when` out, or mend it"
            yield analysis.finding("L202", "warning", message, rule.at)
        others = [each for each in truths[:, number].nonzero()[0].tolist() if each != number]
        same = next((each for each in others if each < number and _same(analysis, rule, rules[each])), None)
        if same is not None and not reads_what_is_set:
            message = f"{rule} has the condition of rule `{rules[same].name}`; make one rule of both"
            shown = None if (facts := found[number]) is None else analysis.decidable(ruleset, facts)
            yield analysis.finding("L203", "warning", message, rule.at, shown)
        elif not reads_what_is_set:
            yield from _adds_nothing(analysis, ruleset, rules, number, others)


def _adds_nothing(
    analysis: Analysis, ruleset: Ruleset, rules: Sequence[Tried], number: int, others: Sequence[int]
) -> Iterator[Finding]:
    rule = rules[number]
    holds = analysis.of(rule.when).holds
    for each in others:
        other = rules[each]
        if _within(rule.then, other.then) and analysis.nobody(holds, analysis.of(other.when).fails):
            between = rules[each + 1 : number] if each < number else ()
            # An earlier rule of the same effect does not stand in for it where one in between undoes that.
            undoing = [one for one in between if _undoes(one.then, rule.then)]
            if any(not analysis.nobody(holds, analysis.of(one.when).holds) for one in undoing):
                continue
            message = f"{rule} adds nothing: rule `{other.name}` does as much for all its customers; leave it out"
            shown = None if (facts := analysis.shown(rule.when)) is None else analysis.decidable(ruleset, facts)
            yield analysis.finding("L206", "info", message, rule.at, shown)
            return


def _within(action: Action | None, other: Action | None) -> bool:
    if action is None or other is None:
        return False
    return (
        action.route in (None, other.route)
        and action.priority in (None, other.priority)
        and set(action.tags) <= set(other.tags)
    )


def _undoes(action: Action | None, of: Action | None) -> bool:
    if action is None or of is None:
        return False
    route = of.route is not None and action.route not in (None, of.route)
    return route or (of.priority is not None and action.priority not in (None, of.priority))


def _always(analysis: Analysis, rule: Tried) -> bool:
    return rule.when == ALWAYS or analysis.nobody(analysis.of(rule.when).fails)


def _same(analysis: Analysis, one: Tried, other: Tried) -> bool:
    first, second = analysis.of(one.when), analysis.of(other.when)
    return analysis.nobody(first.holds, second.fails) and analysis.nobody(first.fails, second.holds)


def _never(analysis: Analysis, rule: Tried) -> Finding:
    """Nobody meets the condition; two of its parts that exclude one another are named where there are any."""
    parts = rule.when.parts if isinstance(rule.when, All) and len(rule.when.parts) <= MOST_PARTS else ()
    for one, other in combinations(parts, 2):
        if analysis.nobody(analysis.of(one).holds, analysis.of(other).holds):
            why = f"it is never so that {in_words(one)} and {in_words(other)}"
            break
    else:
        why = f"it is never so that {in_words(rule.when)}"
    what = {"guard": "keeps the bot from nobody", "branch": "is never taken"}.get(rule.kind, "never matches")
    return analysis.finding("L201", "warning", f"{rule} {what}: {why}; mend the condition or leave it out", rule.at)


def _not_analysed(analysis: Analysis, rule: Tried) -> Iterator[Finding]:
    if analysis.exhausted:
        return  # Said once, of the whole policy.
    every = All(tuple(analysis.policy.conditions()))
    expressions = any(atom.operator == "matches" for atom in atoms(every, analysis.policy.groups))
    why = "what expressions match is not looked into" if expressions else "too many ways to meet the conditions"
    message = f"{rule} was not held against the others: {why}; test it with a case"
    yield analysis.finding("G404", "info", message, rule.at)
