"""A policy: what a support desk's bot and routing rules would do, as one valid thing that never changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Final, Literal

from ..errors import BadValue
from .bot import Bot, Expectation
from .conditions import ALWAYS, Condition, Group, group_cycle, leaves, nested_too_deep
from .survey import Survey
from .vocabulary import PLACING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .invariants import Invariant
    from .vocabulary import HitPolicy, Priority, Trigger

ESCALATION: Final = "escalation"
"""The route that leads to the scenario's escalation inbox, whatever that team is called."""
DEFAULT: Final = "default"
"""The last part of the id of a ruleset's default."""
ONLY_TAGS: Final = "when a conversation is `closed`, rules only tag it: leave `route` and `priority` out"
"""Said of rules that do more then."""
MOST_TAGS: Final = 64
"""Tags of a policy are the bits of one integer."""
MOST_RULES: Final = 5_000
"""The codes of rules are int16, and every rule is tried on every row; so is every guard."""
MOST_GUARDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule does. `None` leaves what earlier rules set; tags are added to theirs."""

    route: str | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)

    @property
    def places(self) -> bool:
        """Whether it does more than tag."""
        return self.route is not None or self.priority is not None


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule that keeps the bot away, before and above all others. It never forbids routing."""

    id: str
    why: str | None = None
    when: Condition = ALWAYS
    forbid: Literal["bot"] = "bot"
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the action that is taken when it holds."""

    id: str
    then: Action
    why: str | None = None
    when: Condition = ALWAYS
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules that are tried together at the triggers of `on`; `waiting_s` are the waits, seconds, ascending, after which
    `waiting` has them tried. Where a conversation is `closed` they only tag (docs/triggers.md).

    `first`: the first rule that holds acts, else the default. `unique`: the one rule that holds acts, else the default;
    so does the default when two hold, and the overlap is recorded. `collect`: all rules that hold act in order, a later
    one overrides route and priority, tags add up. `sequence`: the same, but each rule sees what those before it set. In
    both the default, if any, acts when none holds.

    Without a default, `first` and `unique` change nothing where it would act; where conversations are placed
    (`arrived`, `handed_over`) a file may not leave it out, and `check` reports it (G402).
    """

    name: str
    rules: tuple[Rule, ...]
    hit_policy: HitPolicy = "first"
    on: tuple[Trigger, ...] = PLACING
    default: Action | None = None
    waiting_s: tuple[float, ...] = ()
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if ("waiting" in self.on) != bool(self.waiting_s):
            raise BadValue(f"ruleset `{self.name}`: `waiting` and the waits after which it is go together")
        ascend = list(self.waiting_s) == sorted(set(self.waiting_s))
        if not ascend or any(not 0 < wait_s < inf for wait_s in self.waiting_s):
            raise BadValue(f"ruleset `{self.name}`: waits are above 0 and ascend")
        if "closed" in self.on and any(action.places for action in self.actions()):
            raise BadValue(f"ruleset `{self.name}`: {ONLY_TAGS}")

    @property
    def places(self) -> bool:
        """Whether it is tried when conversations are placed."""
        return any(trigger in self.on for trigger in PLACING)

    def is_tried(self, trigger: Trigger, waited_s: float | None = None) -> bool:
        """Whether it is tried at this trigger; for `waiting`, after so long a wait."""
        return trigger in self.on and (trigger != "waiting" or waited_s in self.waiting_s)

    def actions(self) -> Iterator[Action]:
        """The actions of its rules, and of its default."""
        yield from (rule.then for rule in self.rules)
        if self.default is not None:
            yield self.default


@dataclass(frozen=True)
class Policy:
    """Guards, a bot or none, what is said to those who wait, a survey or none, rulesets that run in order, and what
    must hold whatever these do.

    Until a rule routes it, a conversation is in the scenario's escalation inbox with priority `normal` and no tags.
    `place` is the file it came from, `files` are the texts of those that it names (lists of words, routing tables), as
    it names them. Raises `BadValue` for two rules of one name, an unknown group, groups that lead
    back to themselves or are nested too deep, or more than 1,000 guards, 5,000 rules or 64 tags.
    """

    name: str
    about: str | None = None
    groups: Mapping[str, Condition] = field(default_factory=dict, hash=False)
    guards: tuple[Guard, ...] = ()
    bot: Bot | None = None
    expectation: Expectation | None = None
    survey: Survey | None = None
    rulesets: tuple[Ruleset, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    place: str = field(default="<policy>", compare=False)
    files: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        rules = [rule for ruleset in self.rulesets for rule in ruleset.rules]
        for what, most, count in (("guards", MOST_GUARDS, len(self.guards)), ("rules", MOST_RULES, len(rules))):
            if count > most:
                raise BadValue(f"a policy has at most {most:,} {what}, found {count:,}")
        ids = [guard.id for guard in self.guards] + [rule.id for rule in rules]
        rulesets, invariants = ([each.name for each in self.rulesets], [each.id for each in self.invariants])
        for what, names in (("rule", ids), ("ruleset", rulesets), ("invariant", invariants)):
            for name, times in Counter(names).items():
                if times > 1:
                    raise BadValue(f"two {what}s are called `{name}`")
        if DEFAULT in ids:
            raise BadValue(f"a rule cannot be called `{DEFAULT}`, which stands for the default of its ruleset")
        of_invariants = (condition for each in self.invariants for condition in each.conditions())
        for condition in (*self.conditions(), *of_invariants):
            for leaf in leaves(condition):
                if isinstance(leaf, Group) and leaf.name not in self.groups:
                    raise BadValue(f"unknown group `{leaf.name}`")
        if (cycle := group_cycle(self.groups)) is not None:
            raise BadValue(f"group `{cycle[0]}` leads back to itself: {' -> '.join(cycle)}")
        if (too_deep := nested_too_deep(self.groups)) is not None:
            raise BadValue(too_deep[1])
        if len(self.tags) > MOST_TAGS:
            raise BadValue(f"a policy has at most {MOST_TAGS} tags, found {len(self.tags)}")

    def conditions(self) -> Iterator[Condition]:
        """The conditions of groups, guards, the branches of a flow, and rules, in that order."""
        yield from self.groups.values()
        yield from (guard.when for guard in self.guards)
        if self.bot is not None and self.bot.flow is not None:
            yield from (branch.when for state in self.bot.flow.states for branch in state.next)
        yield from (rule.when for ruleset in self.rulesets for rule in ruleset.rules)

    def actions(self) -> Iterator[Action]:
        """The actions of all rules and defaults, in the order of the file."""
        for ruleset in self.rulesets:
            yield from ruleset.actions()

    @cached_property
    def waits_s(self) -> tuple[float, ...]:
        """The waits, seconds, after which rules are tried, ascending."""
        return tuple(sorted({wait_s for ruleset in self.rulesets for wait_s in ruleset.waiting_s}))

    @cached_property
    def triggers(self) -> frozenset[Trigger]:
        """The triggers at which any of its rulesets is tried."""
        return frozenset(trigger for ruleset in self.rulesets for trigger in ruleset.on)

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """The teams that rules and defaults route to, in the order of their first appearance; `escalation` is none of
        them.
        """
        return _distinct(action.route for action in self.actions() if action.route not in (None, ESCALATION))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that rules and defaults set, in the order of their first appearance."""
        return _distinct(tag for action in self.actions() for tag in action.tags)

    @cached_property
    def rule_ids(self) -> tuple[str, ...]:
        """`ruleset.rule` of every rule, and `ruleset.default` after the rules of a ruleset that has a default."""
        return tuple(
            f"{ruleset.name}.{name}"
            for ruleset in self.rulesets
            for name in (*(rule.id for rule in ruleset.rules), *([DEFAULT] if ruleset.default is not None else []))
        )

    @property
    def guard_ids(self) -> tuple[str, ...]:
        """The guards, in the order in which they are tried."""
        return tuple(guard.id for guard in self.guards)

    def why(self, rule_id: str) -> str | None:
        """The reason given for a rule (`routing.developers`) or a guard (`no-bot-for-protected`); `None` if it has
        none.
        """
        reasons = {f"{ruleset.name}.{rule.id}": rule.why for ruleset in self.rulesets for rule in ruleset.rules}
        return reasons.get(rule_id) or {guard.id: guard.why for guard in self.guards}.get(rule_id)


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))
