"""Policies with one mistake each: what somebody might have written instead, to see whether cases notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Final

from ..errors import BadValue
from .bot import Bot
from .conditions import ALWAYS, All, Any_, Atom, Condition, Group, None_, Not, Value, atoms
from .flow import MAY_FAIL, Branch, Flow, State
from .policy import DEFAULT, Action, Guard, Policy, Rule, Ruleset
from .possibility import alike, possible
from .vocabulary import PRIORITIES, field_named
from .wording import action_in_words, duration_in_words, in_words

_Place = tuple[int | None, int | None]
MOST_PAIRED: Final = 60
"""Rules of which each is held against each other."""
_OTHER_BOUND: Mapping[str, str] = {"gt": "gte", "gte": "gt", "lt": "lte", "lte": "lt"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy with one mistake.

    operator     its kind, such as `drop rule`
    owner        where it is: the id of a rule or guard, a ruleset's name, `group NAME` or `bot`
    told         what was done, in words
    equivalent   whether it can be told that it does the same as the policy for everybody
    """

    operator: str
    owner: str
    told: str
    policy: Policy
    line: int | None = None
    column: int | None = None
    equivalent: bool = False

    @property
    def id(self) -> str:
        """What it is called, unique among the mutants of a policy as long as `told` is."""
        return f"{self.owner}: {self.told}"


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every policy that differs from this one by one mistake and is not equal to it, each once."""
    seen = {policy}
    for each in (*_of_groups(policy), *_of_guards(policy), *_of_bot(policy), *_of_flow(policy), *_of_rulesets(policy)):
        if each.policy not in seen:
            seen.add(each.policy)
            yield each


# Conditions.


def _changed(condition: Condition) -> Iterator[tuple[str, str, Condition, Atom | Group | None]]:
    """A condition with one mistake in it: the operator, what was done, the condition, and the leaf that it is about."""
    match condition:
        case Atom():
            yield from _changed_atom(condition)
        case Group(name):
            yield "negate condition", f"not in group {name}", Not(condition), condition
        case Not(part):
            yield "negate condition", f"without the `not` around: {in_words(part)}", part, None
            yield from ((op, told, Not(new), leaf) for op, told, new, leaf in _changed(part))
        case All(parts) | Any_(parts) | None_(parts):
            yield from _changed_list(condition, parts)


def _changed_list(
    condition: All | Any_ | None_, parts: tuple[Condition, ...]
) -> Iterator[tuple[str, str, Condition, Atom | Group | None]]:
    of = type(condition)
    for number, part in enumerate(parts):
        rest = (*parts[:number], *parts[number + 1 :])
        if rest:
            leaf = part if isinstance(part, Atom | Group) else None
            yield "drop condition", f"without: {in_words(part)}", of(rest), leaf
        for op, told, new, leaf in _changed(part):
            yield op, told, of((*parts[:number], new, *parts[number + 1 :])), leaf
    if len(parts) > 1 and not isinstance(condition, None_):
        other: Condition = Any_(parts) if isinstance(condition, All) else All(parts)
        words = ("any of these instead of all", "all of these instead of any")[isinstance(condition, Any_)]
        yield "all<->any", f"{words}: {in_words(condition)}", other, None


def _changed_atom(atom: Atom) -> Iterator[tuple[str, str, Condition, Atom | Group | None]]:
    yield "negate condition", f"not: {in_words(atom)}", Not(atom), atom
    for op, told, new in _other_values(atom):
        yield op, told, new, atom


def _other_values(atom: Atom) -> Iterator[tuple[str, str, Atom]]:
    value = atom.value
    if atom.operator in _OTHER_BOUND:
        moved_over = replace(atom, operator=_OTHER_BOUND[atom.operator])
        yield "move bound", f"{in_words(moved_over)}, not: {in_words(atom)}", moved_over
    if isinstance(value, tuple) and len(value) > 1 and all(isinstance(each, str) for each in value):
        for number in range(len(value)):
            left: Value = tuple(each for at, each in enumerate(value) if at != number and isinstance(each, str))
            yield "drop value", f'without "{value[number]}"', replace(atom, value=left)
    if isinstance(value, bool | str | tuple):
        return
    field = field_named(atom.field)
    step = 0.1 if field is not None and field.highest == 1.0 else 1.0
    for moved in (value - step, value + step):
        if moved >= 0 and (field is None or field.highest is None or moved <= field.highest):
            new = replace(atom, value=round(moved, 6))
            yield "move bound", f"{in_words(new)}, not: {in_words(atom)}", new


# Where conditions stand.


def _of_groups(policy: Policy) -> Iterator[Mutant]:
    for name, condition in policy.groups.items():
        for op, told, new, leaf in _changed(condition):
            changed, same = replace(policy, groups={**policy.groups, name: new}), alike(condition, new, policy.groups)
            yield Mutant(op, f"group {name}", told, changed, *_place(leaf), equivalent=same)


def _of_guards(policy: Policy) -> Iterator[Mutant]:
    for number, guard in enumerate(policy.guards):

        def with_guard(*new: Guard, at: int = number) -> Policy:
            return replace(policy, guards=(*policy.guards[:at], *new, *policy.guards[at + 1 :]))

        here = guard.line, guard.column
        yield Mutant("drop guard", guard.id, "without the guard", with_guard(), *here)
        for op, told, new, leaf in _changed(guard.when):
            changed, same = with_guard(replace(guard, when=new)), alike(guard.when, new, policy.groups)
            yield Mutant(op, guard.id, told, changed, *_place(leaf, here), equivalent=same)


def _of_bot(policy: Policy) -> Iterator[Mutant]:
    bot = policy.bot
    if bot is None:
        return
    yield Mutant("drop bot", "bot", "without the bot", replace(policy, bot=None))
    for told, change in _changed_bots(bot):
        try:
            changed = replace(policy, bot=change(bot))
        except BadValue:
            continue  # Nothing that a file could say.
        yield Mutant("change bot", "bot", told, changed)


def _changed_bots(bot: Bot) -> Iterator[tuple[str, Callable[[Bot], Bot]]]:
    rules = bot.hand_over

    def with_rules(**changes: object) -> Callable[[Bot], Bot]:
        return lambda of: replace(of, hand_over=replace(of.hand_over, **changes))  # type: ignore[arg-type]  # its names

    if bot.answers is not None:
        answers = bot.answers
        yield "no answers", lambda of: replace(of, answers=None)
        for moved in (round(answers.confidence_at_least + step, 6) for step in (-0.1, 0.1)):
            if 0 <= moved <= 1:
                other = replace(answers, confidence_at_least=moved)
                yield f"answers from {100 * moved:.3g}% on", partial(replace, answers=other)
    if bot.articles is not None:
        yield "no articles", lambda of: replace(of, articles=None)
    for errand in bot.errands:
        left = tuple(each for each in bot.errands if each is not errand)
        yield f"no {errand.kind} of {errand.intent}", partial(replace, errands=left)
    asked = not rules.when_asked
    yield f"when_asked: {str(asked).lower()}", with_rules(when_asked=asked)
    if rules.after_failures != "never":
        for failures in (rules.after_failures + 1, "never"):
            yield f"after_failures: {failures}", with_rules(after_failures=failures)
    yield f"max_turns: {bot.max_turns + 1}", lambda of: replace(of, max_turns=of.max_turns + 1)
    if bot.collect:
        yield "collects nothing", lambda of: replace(of, collect=())


def _of_flow(policy: Policy) -> Iterator[Mutant]:
    """Mistakes in the states of a bot's own flow."""
    if policy.bot is None or policy.bot.flow is None:
        return
    bot, states = policy.bot, policy.bot.flow.states
    for number, state in enumerate(states):
        here = state.line, state.column
        for op, told, changed, same in _changed_states(state, policy):
            try:
                flow = Flow((*states[:number], changed, *states[number + 1 :]))
            except BadValue:
                continue  # Nothing that a file could say.
            new = replace(policy, bot=replace(bot, flow=flow))
            yield Mutant(op, f"state {state.name}", told, new, *here, equivalent=same)


def _changed_states(state: State, policy: Policy) -> Iterator[tuple[str, str, State, bool]]:
    """A state with one mistake: the operator, what was done, the state, and whether it is known to do the same."""
    names = () if policy.bot is None or policy.bot.flow is None else policy.bot.flow.names
    for number, branch in enumerate(state.next):

        def with_branch(*new: Branch, at: int = number) -> State:
            return replace(state, next=(*state.next[:at], *new, *state.next[at + 1 :]))

        to = f"to {branch.go} if {in_words(branch.when)}" if branch.when != ALWAYS else f"to {branch.go}"
        yield "drop branch", f"without the way {to}", with_branch(), False
        for op, told, when, _ in _changed(branch.when):
            same = alike(branch.when, when, policy.groups)
            yield op, f"{to}: {told}", with_branch(replace(branch, when=when)), same
        if (other := _next_of(branch.go, names)) is not None:
            yield "other state", f"{to}: leads to {other}", with_branch(replace(branch, go=other)), False
    if state.silent_for is not None:
        yield "drop timeout", "waits for ever", replace(state, silent_for=None), False
    if state.otherwise is not None and (other := _next_of(state.otherwise, names)) is not None:
        yield "other state", f"otherwise to {other}, not {state.otherwise}", replace(state, otherwise=other), False
    for moved in (round(state.confidence_at_least + step, 6) for step in (-0.1, 0.1)):
        if state.act in MAY_FAIL and 0 <= moved <= 1:
            told = f"from {100 * moved:.3g}% on"
            yield "move bound", told, replace(state, confidence_at_least=moved), False


def _next_of(name: str, names: Sequence[str]) -> str | None:
    """The name that follows, round in a circle; `None` where there is no other."""
    return names[(names.index(name) + 1) % len(names)] if len(names) > 1 else None


def _of_rulesets(policy: Policy) -> Iterator[Mutant]:
    for number, ruleset in enumerate(policy.rulesets):
        yield from _of_ruleset(policy, ruleset, partial(_with_ruleset, policy, number))


def _with_ruleset(policy: Policy, number: int, new: Ruleset) -> Policy:
    return replace(policy, rulesets=(*policy.rulesets[:number], new, *policy.rulesets[number + 1 :]))


def _of_ruleset(policy: Policy, ruleset: Ruleset, put: Callable[[Ruleset], Policy]) -> Iterator[Mutant]:
    yield from _of_rules(policy, ruleset, lambda rules: put(replace(ruleset, rules=tuple(rules))))
    here, default = (ruleset.line, ruleset.column), ruleset.default
    if ruleset.hit_policy == "first":
        changed, same = put(replace(ruleset, hit_policy="collect")), _exclude_each_other(policy, ruleset)
        yield Mutant("first<->collect", ruleset.name, "hit_policy: collect", changed, *here, equivalent=same)
    elif ruleset.hit_policy == "collect" and default is not None:
        changed, same = put(replace(ruleset, hit_policy="first")), _exclude_each_other(policy, ruleset)
        yield Mutant("first<->collect", ruleset.name, "hit_policy: first", changed, *here, equivalent=same)
    for trigger in ruleset.on if len(ruleset.on) > 1 else ():
        left = tuple(each for each in ruleset.on if each != trigger)
        waits = () if trigger == "waiting" else ruleset.waiting_s
        without = put(replace(ruleset, on=left, waiting_s=waits))
        same = trigger == "handed_over" and policy.bot is None
        yield Mutant("drop trigger", ruleset.name, f"not on {trigger}", without, *here, equivalent=same)
    for number, wait_s in enumerate(ruleset.waiting_s):
        waits = tuple(sorted({*ruleset.waiting_s[:number], 2 * wait_s, *ruleset.waiting_s[number + 1 :]}))
        told = f"after {duration_in_words(2 * wait_s)} of waiting, not {duration_in_words(wait_s)}"
        yield Mutant("move bound", ruleset.name, told, put(replace(ruleset, waiting_s=waits)), *here)
    if default is not None:
        owner, here = f"{ruleset.name}.{DEFAULT}", (default.line, default.column)
        same, without = default_never_acts(policy, ruleset), put(replace(ruleset, default=None))
        yield Mutant("drop default", owner, "without the default", without, *here, equivalent=same)
        for op, told, action in _changed_actions(default, policy):
            yield Mutant(op, owner, told, put(replace(ruleset, default=action)), *here, equivalent=same)


def _of_rules(policy: Policy, ruleset: Ruleset, with_rules: Callable[[Sequence[Rule]], Policy]) -> Iterator[Mutant]:
    rules = list(ruleset.rules)
    for number, rule in enumerate(rules):
        owner, here = f"{ruleset.name}.{rule.id}", (rule.line, rule.column)
        rest = rules[:number] + rules[number + 1 :]
        yield Mutant("drop rule", owner, "without the rule", with_rules(rest), *here)

        def with_rule(new: Rule, at: int = number) -> Policy:
            return with_rules([*rules[:at], new, *rules[at + 1 :]])

        if rule.when != ALWAYS:
            yield Mutant("always match", owner, "always fits", with_rule(replace(rule, when=ALWAYS)), *here)
        for op, told, new, leaf in _changed(rule.when):
            changed, same = with_rule(replace(rule, when=new)), alike(rule.when, new, policy.groups)
            yield Mutant(op, owner, told, changed, *_place(leaf, here), equivalent=same)
        for op, told, action in _changed_actions(rule.then, policy):
            yield Mutant(op, owner, told, with_rule(replace(rule, then=action)), *here)
        if number + 1 < len(rules):
            after = rules[number + 1]
            swapped = [*rules[:number], after, rule, *rules[number + 2 :]]
            same = _never_together(policy, ruleset, rule, [after])
            yield Mutant("swap neighbours", owner, f"after {after.id}", with_rules(swapped), *here, equivalent=same)
        if number + 2 < len(rules):
            same = _never_together(policy, ruleset, rule, rules[number + 1 :])
            moved = with_rules([*rest, rule])
            yield Mutant("move last", owner, "as the last rule", moved, *here, equivalent=same)


def _never_together(policy: Policy, ruleset: Ruleset, rule: Rule, others: Sequence[Rule]) -> bool:
    """Whether the order of a rule and some others cannot matter: no two fit the same, or only one acts anyhow."""
    if ruleset.hit_policy == "unique":
        return True
    if _goes_by_others([rule, *others], policy):
        return False
    alike = all(other.then == rule.then for other in others) and ruleset.hit_policy == "collect"
    return alike or not any(possible([rule.when, other.when], policy.groups, ()) for other in others)


def _exclude_each_other(policy: Policy, ruleset: Ruleset) -> bool:
    """Whether it is certain that no two rules of a ruleset hold together, and none needs a fact that others do not:
    where the first that holds acts, those after it are not tried.
    """
    tested = atoms(All(tuple(rule.when for rule in ruleset.rules)), policy.groups)
    if len(ruleset.rules) > MOST_PAIRED or any(atom.on_missing == "error" for atom in tested):
        return False
    pairs = combinations([rule.when for rule in ruleset.rules], 2)
    return not any(possible(pair, policy.groups, ()) for pair in pairs)


def default_never_acts(policy: Policy, ruleset: Ruleset) -> bool:
    """Whether it is certain that some rule of a ruleset holds for everybody, so that its default has nobody left."""
    if ruleset.hit_policy == "unique":
        return False
    return any(alike(rule.when, ALWAYS, policy.groups) for rule in ruleset.rules)


def _goes_by_others(rules: Sequence[Rule], policy: Policy) -> bool:
    """Whether any of these rules goes by what others have set, so that it may hold after one and not before it."""
    tested = atoms(All(tuple(rule.when for rule in rules)), policy.groups)
    return any(field is not None and field.only_in == "sequence" for field in (field_named(a.field) for a in tested))


def _changed_actions(action: Action, policy: Policy) -> Iterator[tuple[str, str, Action]]:
    if action.route is not None:
        teams = [team for team in policy.teams if team != action.route]
        if teams:
            other = teams[(policy.teams.index(action.route) if action.route in policy.teams else 0) % len(teams)]
            changed = replace(action, route=other)
            yield "other team", f"{action_in_words(changed)}, not: {action_in_words(action)}", changed
        if action.priority is not None or action.tags:
            yield "drop action", "without its route", replace(action, route=None)
    if action.priority is not None:
        yield "drop action", f"without {action.priority} priority", replace(action, priority=None)
        next_ = PRIORITIES[(PRIORITIES.index(action.priority) + 1) % len(PRIORITIES)]
        yield "other priority", f"{next_} priority, not {action.priority}", replace(action, priority=next_)
    for tag in action.tags:
        left = tuple(each for each in action.tags if each != tag)
        yield "drop action", f"without the tag {tag}", replace(action, tags=left)


def _place(leaf: Atom | Group | None, else_: _Place = (None, None)) -> _Place:
    return else_ if leaf is None or leaf.line is None else (leaf.line, leaf.column)
