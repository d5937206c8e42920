"""One decision about one conversation, with its trace: the slow, obvious reference that `compiled` is held equal to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import DeskdrillError
from .conditions import All, Any_, Atom, Condition, Group, None_, Not
from .matching import burst_contains, folded, has_match, messages_of
from .policy import DEFAULT, ESCALATION
from .vocabulary import PLACING, field_named
from .wording import atom_in_words, fact_in_words

if TYPE_CHECKING:
    from ..calendar import WeekHours
    from .policy import Action, Guard, Policy, Ruleset
    from .vocabulary import Priority, Trigger

Facts = Mapping[str, object]
"""What a real system would know, by field name; absent or `None` means unset.

Words and text are strings, several words any collection of them, numbers and durations (in seconds) numbers, yes-or-no
a bool, and `time` is seconds since Monday 00:00, local.
"""


class MissingFact(DeskdrillError):
    """A rule with `on_missing: error` was tried where its field is unset. `rule` and `field` name both."""

    def __init__(self, rule: str, field: str) -> None:
        super().__init__(rule, field)
        self.rule = rule
        self.field = field

    def __str__(self) -> str:
        return f"rule `{self.rule}` needs `{self.field}`, which is unset (on_missing: error)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one atom saw (`None`: the field was unset) and whether it held; `found` are the phrases of it that the text
    has.
    """

    atom: Atom
    saw: object
    held: bool
    found: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = atom_in_words(self.atom if not self.found else replace(self.atom, value=self.found))
        return f"{'' if self.held else 'false: '}{words} (saw {fact_in_words(self.atom.field, self.saw)})"


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was tried, whether it fired, and the atoms that account for that.

    `ruleset` is `None` for a guard. Where the rule fired, `because` holds the atoms that made it (under `not` and
    `none`, those that did not hold); where it did not, those that kept it from firing. A default has none. `facts` are
    those that it was tried on. `trigger` is when, where that was not as the conversation was placed, and `waited_s` the
    wait that made it `waiting`.
    """

    ruleset: str | None
    rule: str
    fired: bool
    because: tuple[Seen, ...] = ()
    why: str | None = None
    facts: Facts = field(default_factory=dict, compare=False, repr=False)
    trigger: Trigger | None = None
    waited_s: float | None = None

    @property
    def id(self) -> str:
        """`ruleset.rule`; of a guard its own id."""
        return self.rule if self.ruleset is None else f"{self.ruleset}.{self.rule}"

    def __str__(self) -> str:
        verb = "fired" if self.fired else "did not fire"
        reasons = "; ".join(map(str, self.because)) or (
            "it is the default" if self.rule == DEFAULT else "it has no condition"
        )
        return f"{self.id} {verb}: {reasons}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a conversation goes, and why.

    `route` is `None` for the escalation inbox. `rules` are the ids of the rules and defaults that fired, in order;
    `routed_by` is the one that set the route. `overlap` are the ids of rules that held together under `unique`.
    """

    route: str | None = None
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    routed_by: str | None = None
    overlap: tuple[str, ...] = ()
    trace: tuple[Tried, ...] = ()

    def __str__(self) -> str:
        sent = f"sent to {self.route or 'the escalation inbox'}"
        by = f", by {self.routed_by}" if self.routed_by else ""
        return "\n".join([f"{sent}{by}", *(f"  {tried}" for tried in self.trace)])


_Known = dict[str, tuple[bool, tuple[Seen, ...]]]


def guard_for(policy: Policy, facts: Facts) -> Guard | None:
    """The first guard that keeps the bot away, or `None`; raises `MissingFact`."""
    return next((guard for guard, tried in _guards_tried(policy, facts) if tried.fired), None)


def guard_trace(policy: Policy, facts: Facts) -> tuple[Tried, ...]:
    """The guards that are tried, up to and with the first that keeps the bot away; raises `MissingFact`."""
    return tuple(tried for _, tried in _guards_tried(policy, facts))


def decide(
    policy: Policy,
    facts: Facts,
    trigger: Trigger = "arrived",
    before: Decision | None = None,
    waited_s: float | None = None,
) -> Decision:
    """What the policy's rulesets do at this trigger, for `waiting` after a wait of `waited_s`; `before` is what they
    did to the same conversation earlier. Raises `MissingFact`.

    A rule that is tried looks at all its atoms, so `on_missing: error` does not depend on the order of what stands
    beside it.
    """
    before = before or Decision()
    decision = replace(before, rules=(), overlap=(), trace=())
    for ruleset in policy.rulesets:
        if ruleset.is_tried(trigger, waited_s):
            decision = _RUNS[ruleset.hit_policy](policy, ruleset, facts, decision)
    if trigger in PLACING:
        return decision
    told = tuple(replace(tried, trigger=trigger, waited_s=waited_s) for tried in decision.trace)
    return replace(decision, trace=told)


def holds(condition: Condition, facts: Facts, groups: Mapping[str, Condition] | None = None, rule: str = "?") -> bool:
    """Whether a condition holds for these facts; `rule` is named by the `MissingFact` that it may raise.

    >>> holds(Atom("customer.plan", "in", ("trial", "pro")), {"customer.plan": "trial"})
    True
    """
    return _judged(condition, facts, groups or {}, rule, {})[0]


def _guards_tried(policy: Policy, facts: Facts) -> list[tuple[Guard, Tried]]:
    tried = []
    known: _Known = {}
    for guard in policy.guards:
        held, because = _judged(guard.when, facts, policy.groups, guard.id, known)
        tried.append((guard, Tried(None, guard.id, held, because, guard.why, facts)))
        if held:
            break
    return tried


def _first(policy: Policy, ruleset: Ruleset, facts: Facts, decision: Decision) -> Decision:
    known: _Known = {}
    for index, rule in enumerate(ruleset.rules):
        decision = _with_tried(policy, ruleset, index, facts, decision, known)
        if decision.trace[-1].fired:
            return _after(decision, f"{ruleset.name}.{rule.id}", rule.then)
    return _after_default(decision, ruleset)


def _unique(policy: Policy, ruleset: Ruleset, facts: Facts, decision: Decision) -> Decision:
    matched = []
    known: _Known = {}
    for index, rule in enumerate(ruleset.rules):
        decision = _with_tried(policy, ruleset, index, facts, decision, known)
        if decision.trace[-1].fired:
            matched.append(rule)
    if len(matched) == 1:
        return _after(decision, f"{ruleset.name}.{matched[0].id}", matched[0].then)
    overlap = tuple(f"{ruleset.name}.{rule.id}" for rule in matched)
    return _after_default(replace(decision, overlap=decision.overlap + overlap), ruleset)


def _all_in_order(policy: Policy, ruleset: Ruleset, facts: Facts, decision: Decision) -> Decision:
    start = decision
    known: _Known = {}
    for index, rule in enumerate(ruleset.rules):
        seen = facts
        if ruleset.hit_policy == "sequence":
            seen, known = {**facts, **set_so_far(decision)}, {}
        decision = _with_tried(policy, ruleset, index, seen, decision, known)
        if decision.trace[-1].fired:
            decision = _after(decision, f"{ruleset.name}.{rule.id}", rule.then)
    return _after_default(decision, ruleset) if decision.rules == start.rules else decision


_RUNS: Final[Mapping[str, Callable[[Policy, Ruleset, Facts, Decision], Decision]]] = {
    "first": _first,
    "unique": _unique,
    "collect": _all_in_order,
    "sequence": _all_in_order,
}


def _with_tried(
    policy: Policy, ruleset: Ruleset, index: int, facts: Facts, decision: Decision, known: _Known
) -> Decision:
    rule = ruleset.rules[index]
    held, because = _judged(rule.when, facts, policy.groups, f"{ruleset.name}.{rule.id}", known)
    tried = Tried(ruleset.name, rule.id, held, because, rule.why, facts)
    return replace(decision, trace=(*decision.trace, tried))


def _after_default(decision: Decision, ruleset: Ruleset) -> Decision:
    if ruleset.default is None:
        return decision
    decision = replace(decision, trace=(*decision.trace, Tried(ruleset.name, DEFAULT, fired=True)))
    return _after(decision, f"{ruleset.name}.{DEFAULT}", ruleset.default)


def _after(decision: Decision, rule_id: str, action: Action) -> Decision:
    routed = action.route is not None
    return replace(
        decision,
        route=(None if action.route == ESCALATION else action.route) if routed else decision.route,
        routed_by=rule_id if routed else decision.routed_by,
        priority=action.priority or decision.priority,
        tags=tuple(dict.fromkeys(decision.tags + action.tags)),
        rules=(*decision.rules, rule_id),
    )


def set_so_far(decision: Decision) -> Facts:
    """What rules have done with a conversation, as later ones see it."""
    return {
        "conversation.route": decision.route,
        "conversation.priority": decision.priority,
        "conversation.tags": decision.tags,
    }


def _judged(
    condition: Condition,
    facts: Facts,
    groups: Mapping[str, Condition],
    rule: str,
    known: _Known,
) -> tuple[bool, tuple[Seen, ...]]:
    """Whether the condition holds, and the atoms that account for it. Looks at every atom, whatever the others say.

    `known` are the groups that were looked into already, with these facts.
    """
    match condition:
        case Atom():
            seen = _seen(condition, facts, rule)
            return seen.held, (seen,)
        case Group(name):
            if name not in known:
                known[name] = _judged(groups[name], facts, groups, rule, known)
            return known[name]
        case Not(part):
            held, because = _judged(part, facts, groups, rule, known)
            return not held, because
        case All(parts):
            verdicts = [_judged(part, facts, groups, rule, known) for part in parts]
            held = all(verdict for verdict, _ in verdicts)
        case Any_(parts):
            verdicts = [_judged(part, facts, groups, rule, known) for part in parts]
            held = any(verdict for verdict, _ in verdicts)
        case None_(parts):
            held, because = _judged(Any_(parts), facts, groups, rule, known)
            return not held, because
    # What a group saw is told once, however often the group is named.
    told = {id(because): because for verdict, because in verdicts if verdict == held}
    return held, tuple({id(seen): seen for because in told.values() for seen in because}.values())


def _seen(atom: Atom, facts: Facts, rule: str) -> Seen:
    saw = facts.get(atom.field)
    if atom.operator in ("set", "unset"):
        return Seen(atom, saw, (saw is None) == (atom.operator == "unset"))
    if saw is None:
        if atom.on_missing == "error":
            raise MissingFact(rule, atom.field)
        return Seen(atom, None, atom.on_missing == "match")
    phrases: Any = atom.value if atom.operator == "contains_any" else ()
    found = tuple(phrase for phrase in phrases if _has(saw, phrase))
    field = field_named(atom.field)
    compared = _text_compared if field is not None and field.kind == "text" else _compared
    return Seen(atom, saw, compared(saw, atom.operator, atom.value), found)


def _text_compared(saw: Any, operator: str, value: Any) -> bool:
    """Whether an operator holds for a text, or for the messages of a burst as `Operator` says."""
    messages = messages_of(saw)
    match operator:
        case "is" | "in":
            wanted = [folded(each) for each in ((value,) if operator == "is" else value)]
            return any(folded(message) in wanted for message in messages)
        case "is_not":
            return not _text_compared(saw, "is", value)
        case "not_in":
            return not _text_compared(saw, "in", value)
        case "contains_any":
            return any(_has(saw, phrase) for phrase in value)
        case "contains_all":
            return all(_has(saw, phrase) for phrase in value)
        case "contains_none":
            return not any(_has(saw, phrase) for phrase in value)
        case "starts_with":
            return any(folded(message).startswith(tuple(map(folded, value))) for message in messages)
        case "ends_with":
            return any(folded(message).endswith(tuple(map(folded, value))) for message in messages)
        case "matches":
            return any(has_match(message, value) for message in messages)
        case _:
            raise ValueError(f"unknown operator `{operator}`")


def _compared(saw: Any, operator: str, value: Any) -> bool:
    match operator:
        case "is":
            return bool(saw == value)
        case "is_not":
            return bool(saw != value)
        case "in":
            return saw in value
        case "not_in":
            return saw not in value
        case "contains_any":
            return any(_has(saw, phrase) for phrase in value)
        case "contains_all":
            return all(_has(saw, phrase) for phrase in value)
        case "contains_none":
            return not any(_has(saw, phrase) for phrase in value)
        case "gt" | "older_than":
            return bool(saw > value)
        case "gte":
            return bool(saw >= value)
        case "lt":
            return bool(saw < value)
        case "lte" | "within_last":
            return bool(saw <= value)
        case "between":
            return bool(value[0] <= saw <= value[1])
        case "during":
            return bool(hours(value).contains(saw))
        case _:
            raise ValueError(f"unknown operator `{operator}`")


def _has(saw: Any, phrase: str) -> bool:
    """Whether a text, or one message of a burst, has the phrase; or whether it is one of several words."""
    if isinstance(saw, str):
        return burst_contains(saw, phrase)
    return phrase in saw


@lru_cache(maxsize=256)
def hours(text: str) -> WeekHours:
    """The times of the week that `during` names."""
    from ..calendar import WeekHours

    return WeekHours.parse(text)
