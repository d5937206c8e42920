"""The fields that a rule may test, with their types, and the operators that fit each type.

Validation, analysis, JSON Schema and editor completion all come from this one table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["word", "words", "text", "number", "duration", "yes_no", "moment"]
Operand = Literal["value", "values", "phrases", "affixes", "pattern", "bound", "range", "hours", "flag"]
NamedValues = Literal[
    "plans",
    "companies",
    "products",
    "intents",
    "flags",
    "pages",
    "teams",
    "priorities",
    "channels",
    "replies",
    "urgencies",
]
Origin = Literal["given", "observed", "account", "enriched"]
Where = Literal["sequence", "flow", "invariant"]
Channel = Literal["chat", "email"]
OnMissing = Literal["no_match", "match", "error"]
Priority = Literal["urgent", "high", "normal", "low"]
Trigger = Literal["arrived", "message", "handed_over", "waiting", "message_while_waiting", "reopened", "closed"]
HitPolicy = Literal["first", "unique", "collect", "sequence"]

REPLIES = ("yes", "no")
URGENCIES = ("urgent", "normal")
CHANNELS: tuple[Channel, ...] = get_args(Channel)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
PLACING: tuple[Trigger, ...] = ("arrived", "handed_over")
"""When conversations are placed; at all other moments rules change what has been set."""
HIT_POLICIES: tuple[HitPolicy, ...] = get_args(HitPolicy)
ON_MISSING: tuple[OnMissing, ...] = get_args(OnMissing)

CLOSED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"priorities": PRIORITIES, "channels": CHANNELS, "replies": REPLIES, "urgencies": URGENCIES}
)
"""Fields with these values have no other words."""

ORIGINS: Mapping[Origin, str] = MappingProxyType(
    {
        "given": "the customer says so",
        "observed": "the desk sees it for itself",
        "account": "it stands in the customer's account",
        "enriched": "bought in or looked up, not told by the customer",
    }
)
"""How a desk comes to know what a field holds."""

TALK_TO_PERSON = "talk_to_person"
"""The intent of asking for a person, which every recogniser and policy may name."""
SMALL_TALK = "small_talk"
"""What is recognised of messages that are about no problem: thanks, a plain no, anger, a goodbye."""

NAME = r"[a-z][a-z0-9_]*"
"""What a team, intent, plan, flag or group may be called."""
RULE_ID = r"[a-z0-9]+(-[a-z0-9]+)*"
"""What a rule, guard or ruleset may be called."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison, the kinds of field it fits, and what it is compared with.

    A text may be a burst of messages, one a line. An operator looks at them one by one, so nothing is found across two:
    `is`, `in`, `starts_with`, `ends_with` and `matches` hold if they hold for any message; `contains_any` if any has
    one of the phrases; `contains_all` if each phrase is in some message, not all in the same; `is_not`, `not_in` and
    `contains_none` exactly where `is`, `in` and `contains_any` do not. The conditions `not` and `none` turn the truth
    for the burst as a whole.
    """

    name: str
    operand: Operand
    kinds: tuple[Kind, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a rule may test.

    `name` holds `TEAM` where a team's name stands; `team` is that name once it is known.
    `live` fields change while a conversation waits, so only the running clock can tell them.
    `since` is what happened so long ago, for a duration that counts from an event: only such a one is `older_than`.
    `only_in` names the only place whose conditions can see it: rules of a ruleset with `hit_policy: sequence`, branches
    of a bot's flow, or invariants, which see all that anybody sees.
    `values` says which of a scenario's lists its words come from; `None` means that any word will do.
    `origin` says how the desk knows it: a bot does not address strangers by what is `enriched` (S506).
    """

    name: str
    kind: Kind
    reads: str
    about: str
    values: NamedValues | None = None
    highest: float | None = None
    live: bool = False
    only_in: Where | None = None
    team: str | None = None
    since: str | None = None
    origin: Origin = "observed"

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that fit this field, in the order of `OPERATORS`."""
        return tuple(
            name
            for name, operator in OPERATORS.items()
            if self.kind in operator.kinds and (self.since is not None or name not in SINCE)
        )


_ORDERED: tuple[Kind, ...] = ("number", "duration")
_ANY: tuple[Kind, ...] = get_args(Kind)

_OPERATORS = (
    Operator("is", "value", ("word", "text", "number", "yes_no"), "exactly this (text: whatever the case)"),
    Operator("is_not", "value", ("word", "text", "number", "yes_no"), "set, and something else than this"),
    Operator("in", "values", ("word", "text", "number"), "one of these"),
    Operator("not_in", "values", ("word", "text", "number"), "set, and none of these"),
    Operator("contains_any", "phrases", ("words", "text"), "has at least one of these words or phrases"),
    Operator("contains_all", "phrases", ("words", "text"), "has every one of these words or phrases"),
    Operator("contains_none", "phrases", ("words", "text"), "is set and has none of these words or phrases"),
    Operator("starts_with", "affixes", ("text",), "begins with this, or with one of these"),
    Operator("ends_with", "affixes", ("text",), "ends with this, or with one of these"),
    Operator("matches", "pattern", ("text",), "has a match of this RE2 expression, as written ((?i) ignores case)"),
    Operator("set", "flag", _ANY, "is known"),
    Operator("unset", "flag", _ANY, "is not known"),
    Operator("gt", "bound", _ORDERED, "more than"),
    Operator("gte", "bound", _ORDERED, "at least"),
    Operator("lt", "bound", _ORDERED, "less than"),
    Operator("lte", "bound", _ORDERED, "at most"),
    Operator("between", "range", _ORDERED, "from the first to the second, both included"),
    Operator("older_than", "bound", ("duration",), "longer ago than"),
    Operator("within_last", "bound", ("duration",), "not longer ago than"),
    Operator("during", "hours", ("moment",), 'at these times of the week, such as "Mon-Fri 08-18"'),
)
OPERATORS: Mapping[str, Operator] = MappingProxyType({operator.name: operator for operator in _OPERATORS})

SINCE = frozenset({"older_than", "within_last"})
"""Operators that compare the time since an event."""

NEGATIVE = frozenset({"is_not", "not_in", "contains_none"})
"""Operators that say what a value is not. On an unset field they too are false, unless `on_missing` says otherwise."""

_FIELDS = (
    Field(
        "customer.plan",
        "word",
        "the customer's plan",
        "what the customer pays for",
        values="plans",
        origin="account",
    ),
    Field(
        "customer.tenure",
        "duration",
        "the time as a customer",
        "time since the customer joined",
        since="the customer joined",
        origin="account",
    ),
    Field(
        "customer.company",
        "word",
        "the customer's kind of company",
        "the kind of company that the customer writes for",
        values="companies",
        origin="enriched",
    ),
    Field(
        "customer.products",
        "words",
        "the customer's products",
        "the products that the customer uses",
        values="products",
        origin="account",
    ),
    Field(
        "customer.contacts_30d",
        "number",
        "the number of contacts in 30 days",
        "conversations this customer began in the 30 days before this one",
    ),
    Field(
        "customer.flags",
        "words",
        "the customer's flags",
        "marks that people set on the account",
        values="flags",
        origin="account",
    ),
    Field("customer.language", "word", "the customer's language", "two letters, such as `en` or `de`"),
    Field(
        "customer.help_centre_visit",
        "duration",
        "the last visit to the help centre",
        "time since the last visit; unset when none is known",
        since="the last visit to the help centre was",
    ),
    Field("page.url", "text", "the page", "where the customer was when writing", values="pages"),
    Field("message.text", "text", "the message", "what the customer wrote", origin="given"),
    Field(
        "message.intent",
        "word",
        "the recognised intent",
        "the recogniser's best guess; unset when it has none",
        values="intents",
    ),
    Field(
        "message.confidence",
        "number",
        "the recogniser's confidence",
        "how sure the recogniser is of its guess, 0 to 1",
        highest=1.0,
    ),
    Field(
        "message.says",
        "word",
        "what the message says",
        "`yes` or `no`, where it is a plain answer to a question; else unset",
        values="replies",
        origin="given",
    ),
    Field(
        "bot.failures",
        "number",
        "the number of turns that did not help",
        "turns of the bot that did not help, so far",
        only_in="flow",
    ),
    Field(
        "conversation.channel",
        "word",
        "the channel",
        "`chat` or `email`: whether the customer waits for the reply at the screen",
        values="channels",
    ),
    Field(
        "collected.plan",
        "word",
        "the plan that the customer named",
        "what the customer answered a bot that collects `plan`; unset until then",
        values="plans",
        origin="given",
    ),
    Field(
        "collected.topic",
        "word",
        "the topic that the customer named",
        "the intent that the customer chose when a bot that collects `topic` asked; unset until then",
        values="intents",
        origin="given",
    ),
    Field(
        "collected.urgency",
        "word",
        "the urgency that the customer named",
        "`urgent` or `normal`, as the customer answered a bot that collects `urgency`; unset until then",
        values="urgencies",
        origin="given",
    ),
    Field("conversation.attempt", "number", "the attempt", "1 for the first conversation about a problem, then 2, ..."),
    Field("time", "moment", "the time of the week", "local time of the desk"),
    Field("holiday", "yes_no", "a holiday", "whether the day is one of the desk's holidays"),
    Field("queue.TEAM.length", "number", "the queue of {team}", "conversations waiting for the team", live=True),
    Field(
        "queue.TEAM.expected_wait",
        "duration",
        "the expected wait for {team}",
        "delay of the last conversation that the team took up; or, if the scenario says so, queue over throughput",
        live=True,
    ),
    Field("team.TEAM.open", "yes_no", "somebody of {team} on shift", "whether anybody is on shift", live=True),
    Field("team.TEAM.free", "number", "the free slots of {team}", "conversations the team could take now", live=True),
    Field(
        "conversation.route",
        "word",
        "the route so far",
        "the team that an earlier rule chose; unset until one has",
        values="teams",
        only_in="sequence",
    ),
    Field(
        "conversation.priority",
        "word",
        "the priority so far",
        "the priority that an earlier rule chose, else `normal`",
        values="priorities",
        only_in="sequence",
    ),
    Field("conversation.tags", "words", "the tags so far", "the tags that earlier rules set", only_in="sequence"),
)
FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _FIELDS})
DID = "did"
TRUE_INTENT = "truth.intent"
_OF_INVARIANTS = (
    Field(DID, "words", "what is done", "what is done, such as `bot.answer` or `hand_over`", only_in="invariant"),
    Field(
        TRUE_INTENT,
        "word",
        "what the customer really wants",
        "the true intent, where a scenario or a case knows it; what is not known breaks nothing",
        values="intents",
        only_in="invariant",
    ),
)
INVARIANT_FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _OF_INVARIANTS})
"""What invariants see besides: no rule does."""

CLOCK = frozenset({"time", "holiday"})
"""Fields that go by the clock alone."""

TRUTH: Mapping[str, str] = MappingProxyType(
    {
        "segment": "test what is known of the customer, such as `customer.plan` or `customer.tenure`",
        "patience": "test what is known of the customer, such as `customer.contacts_30d`",
        "tolerance": "test what is known of the customer, such as `customer.contacts_30d`",
        "temperament": "test what is known of the customer, such as `customer.contacts_30d`",
        "true_intent": "test the recogniser's guess, `message.intent`",
        "right_team": "test the recogniser's guess, `message.intent`",
        "helped": "test what a desk can see, such as `conversation.attempt`",
        "solved": "test what a desk can see, such as `conversation.attempt`",
        "lost": "test what a desk can see, such as `customer.flags`",
    }
)
"""The last part of a field name that would be truth, and what to test instead: a rule never sees the truth."""

_OF_TEAM = re.compile(rf"(queue|team)\.({NAME})\.([a-z_]+)")


def field_named(name: str) -> Field | None:
    """The field of this name, team names filled in; `None` if there is none.

    >>> field_named("queue.billing.length").team
    'billing'
    """
    found = FIELDS.get(name) or INVARIANT_FIELDS.get(name)
    if found is not None:
        return found if "TEAM" not in name else None
    parts = _OF_TEAM.fullmatch(name)
    if parts is None:
        return None
    found = FIELDS.get(f"{parts[1]}.TEAM.{parts[3]}")
    return found and replace(found, name=name, team=parts[2], reads=found.reads.format(team=parts[2]))


def field_names(near: str = "") -> tuple[str, ...]:
    """The names that a field may have, for suggestions; team names are taken over from `near`."""
    parts = near.split(".")
    team = parts[1] if len(parts) == 3 else "TEAM"
    return tuple(name.replace("TEAM", team) for name in FIELDS)


def truth_of(name: str) -> str | None:
    """What to test instead of a field that would be truth; `None` if `name` is not one."""
    return TRUTH.get(name.rpartition(".")[2])
