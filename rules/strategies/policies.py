"""Policies, conditions and facts for property tests, ours and the user's (Hypothesis).

They draw from a small vocabulary, so that conditions often hold, and shrink towards few rules, few atoms and unset
facts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_args

from hypothesis import strategies as st

from ..bot import Answers, Articles, Bot, Errand, Expectation, HandOver, PageSuggestion
from ..cases import ACTS
from ..conditions import All, Any_, Atom, Condition, Group, None_, Not
from ..flow import AFTER_SILENCE, ENDS, MAY_FAIL, Act, Branch, Flow, State, Timeout
from ..invariants import SAME_BOT_REPLY, After, AtMost, Claim, Invariant, Never
from ..policy import ESCALATION, Action, Guard, Policy, Rule, Ruleset
from ..survey import SURVEYED, Survey
from ..vocabulary import (
    CHANNELS,
    FIELDS,
    HIT_POLICIES,
    INVARIANT_FIELDS,
    ON_MISSING,
    OPERATORS,
    PLACING,
    PRIORITIES,
    REPLIES,
    TRIGGERS,
    URGENCIES,
    Field,
    field_named,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ..vocabulary import HitPolicy, Trigger, Where

GROUPS: Final = ("protected", "second")
TEAMS: Final = ("frontline", "billing", "engineers")
TAGS: Final = ("urgent", "money", "again")
PHRASES: Final = (
    "refund",
    "my card",
    "api key",
    "card",
    "İade",
    "ısı",
    "straße",
    "cafe\N{COMBINING ACUTE ACCENT}",
    "cafe",
    "\N{GRINNING FACE}",
    "退款",
    "don\N{RIGHT SINGLE QUOTATION MARK}t",
    "c++",
    "a",
)
FIELD_NAMES: Final = tuple(
    name.replace("TEAM", team) for name in FIELDS for team in (TEAMS[:2] if "TEAM" in name else ("",))
)
EXPRESSIONS: Final = ("refund", "(?i)re.und", "^a", r"\d+", "$", "[[:^alpha:]]")
INTENTS: Final = ("refund", "invoice")
COLLECTED: Final = ("order_number", "plan", "topic", "urgency")
PAGES: Final = ("/", "/pricing", "/developers", "/developers/keys", "/BILLING")
HOURS: Final = ("Mon-Fri 08-18", "Sat 10-14", "always", "never", "Mon 00-06, Sun 22-24")
WORDS: Final = {
    "customer.plan": ("trial", "starter", "pro"),
    "customer.company": ("startup", "agency", "enterprise"),
    "customer.language": ("en", "tr", "de"),
    "message.intent": ("refund", "invoice", "talk_to_person"),
    "message.says": REPLIES,
    "conversation.route": TEAMS,
    "conversation.priority": PRIORITIES,
    "conversation.channel": CHANNELS,
    "collected.plan": ("trial", "starter", "pro"),
    "collected.topic": ("refund", "invoice"),
    "collected.urgency": URGENCIES,
    "truth.intent": ("refund", "invoice", "talk_to_person"),
}
SETS: Final = {
    "customer.flags": ("vip", "at_risk"),
    "customer.products": ("api", "reports"),
    "conversation.tags": TAGS,
    "did": ACTS,
}
NUMBERS: Final = (0.0, 1.0, 2.0, 5.0, 12.5)
SHARES: Final = (0.0, 0.4, 0.7, 0.699999988079071, 1.0)
SECONDS: Final = (0.0, 60.0, 900.0, 86_400.0)
MOMENTS: Final = (0.0, 8 * 3600.0, 18 * 3600.0 - 1, 18 * 3600.0, 5 * 86_400.0 + 36_000, 7 * 86_400.0 - 0.5)
WAITS_S: Final = (60.0, 600.0, 5400.0)
_GLUE: Final = (" ", "", "\n", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "-", "'", "\N{COMBINING ACUTE ACCENT}")


@cache
def messages() -> SearchStrategy[str]:
    """Texts in which the phrases of generated conditions often occur: whole, glued to others, in capitals or broken."""
    words = st.one_of(st.sampled_from(PHRASES), st.sampled_from(PHRASES).map(str.upper), st.text(max_size=3))
    pairs = st.lists(st.tuples(words, st.sampled_from(_GLUE)), max_size=5)
    return pairs.map(lambda drawn: "".join(word + glue for word, glue in drawn))


@st.composite
def facts(draw: st.DrawFn, fields: tuple[str, ...] | None = None) -> dict[str, object]:
    """What is known of one conversation, any of it unset; of these fields only, unless `None`."""
    return dict(draw(_known_facts(fields)))


@cache
def _known_facts(fields: tuple[str, ...] | None) -> SearchStrategy[list[tuple[str, object]]]:
    found = _fields(fields)
    one = st.one_of([st.tuples(st.just(field.name), _facts_of(field)) for field in found])
    return st.lists(one, max_size=len(found), unique_by=lambda fact: fact[0])


@st.composite
def atoms(
    draw: st.DrawFn, fields: tuple[str, ...] | None = None, *, where: Where | None = None, errors: bool = True
) -> Atom:
    """One field, any or one of these, compared with a value; `errors` allows `on_missing: error`."""
    name, operator = draw(_comparisons(fields, where=where))
    return draw(atoms_of(name, operator, errors=errors))


@cache
def _comparisons(fields: tuple[str, ...] | None, *, where: Where | None) -> SearchStrategy[tuple[str, str]]:
    found = _fields(fields, where=where)
    return st.sampled_from(tuple((field.name, operator) for field in found for operator in field.operators))


@cache
def atoms_of(name: str, operator: str, *, errors: bool = True) -> SearchStrategy[Atom]:
    """This field compared by this operator."""
    field = field_named(name)
    if field is None:
        raise ValueError(f"no field is called `{name}`")
    operand = OPERATORS[operator].operand
    if operand == "flag":
        return st.just(Atom(name, operator, value=True))
    on_missing = st.sampled_from(ON_MISSING if errors else ON_MISSING[:2])
    return st.builds(Atom, st.just(name), st.just(operator), _operands(field, operand), on_missing)


@st.composite
def conditions(
    draw: st.DrawFn,
    fields: tuple[str, ...] | None = None,
    *,
    groups: tuple[str, ...] = (),
    where: Where | None = None,
    errors: bool = True,
    depth: int = 2,
) -> Condition:
    """Conditions nested up to `depth` deep, over `groups` by name and these fields, or any."""
    leaves = ("atom", "group") if groups else ("atom",)
    kind = draw(st.sampled_from((*leaves, "not", "all", "any", "none") if depth else leaves))
    if kind == "atom":
        return draw(atoms(fields, where=where, errors=errors))
    if kind == "group":
        return Group(draw(st.sampled_from(groups)))
    part = _conditions(fields, groups=groups, where=where, errors=errors, depth=depth - 1)
    if kind == "not":
        return Not(draw(part))
    parts = tuple(draw(st.lists(part, min_size=1, max_size=3)))
    return All(parts) if kind == "all" else Any_(parts) if kind == "any" else None_(parts)


# Kept, as hypothesis looks through each strategy that it has not seen before it draws from it.
_conditions = cache(conditions)


@st.composite
def policies(
    draw: st.DrawFn,
    fields: tuple[str, ...] | None = None,
    *,
    errors: bool = True,
    triggers: tuple[Trigger, ...] = TRIGGERS,
) -> Policy:
    """Valid policies with up to two groups, two guards, two rulesets of up to three rules, tried at some of these
    triggers, and an invariant.
    """
    first = _conditions(fields, errors=errors)
    second = _conditions(fields, groups=GROUPS[:1], errors=errors)
    described: list[Condition] = draw(
        st.one_of(st.just([]), first.map(lambda one: [one]), st.tuples(first, second).map(list))
    )
    groups = dict(zip(GROUPS, described, strict=False))
    known = tuple(groups)
    when = _conditions(fields, groups=known, errors=errors)
    # Names are given last, so that whatever is not needed can be left out alone.
    guards = draw(st.lists(st.builds(Guard, st.just("guard"), st.sampled_from((None, "a reason")), when), max_size=2))
    rulesets = draw(st.lists(_rulesets(fields, known, triggers, errors=errors), max_size=2))
    must_hold = draw(st.lists(invariants(fields, known), max_size=1))
    return Policy(
        "generated",
        groups=groups,
        guards=tuple(replace(guard, id=f"guard-{number}") for number, guard in enumerate(guards)),
        bot=draw(st.none() | bots()),
        expectation=draw(
            st.none() | st.sampled_from((Expectation(), Expectation(live=False), Expectation(later=False)))
        ),
        survey=draw(st.none() | st.sampled_from((SURVEYED, ("person",))).map(Survey)),
        rulesets=tuple(_named(ruleset, f"set-{number}") for number, ruleset in enumerate(rulesets)),
        invariants=tuple(replace(each, id=f"invariant-{number}") for number, each in enumerate(must_hold)),
    )


@cache
def invariants(fields: tuple[str, ...] | None = None, groups: tuple[str, ...] = ()) -> SearchStrategy[Invariant]:
    """Invariants of each form that a file may have, over `groups` by name and these fields, or any."""
    when = conditions(fields, groups=groups, where="invariant", errors=False)
    nevers: SearchStrategy[Claim] = st.builds(Never, when)
    afters = st.builds(After, when, st.integers(1, 4), when)
    counts = st.builds(AtMost, st.integers(1, 4), st.sampled_from((SAME_BOT_REPLY, *ACTS)))
    return st.builds(Invariant, st.just("invariant"), nevers | afters | counts, st.none() | st.just("a reason"))


def _named(ruleset: Ruleset, name: str) -> Ruleset:
    rules = tuple(replace(rule, id=f"{name}-rule-{number}") for number, rule in enumerate(ruleset.rules))
    return replace(ruleset, name=name, rules=rules)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """A bot's own states, up to five, of every kind; the last one needs to recognise nothing."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 5)))]
    acts = [draw(st.sampled_from(get_args(Act))) for _ in names[1:]] + [draw(st.sampled_from(AFTER_SILENCE))]
    by_itself = [name for name, act in zip(names, acts, strict=True) if act in AFTER_SILENCE]
    states = []
    for number, (name, act) in enumerate(zip(names, acts, strict=True)):
        if act in ENDS:
            states.append(State(name, act))
            continue
        ways = draw(st.lists(_branches(tuple(names)), max_size=2))
        states.append(
            State(
                name,
                act,
                {"says": f"Line {number}", "checks": "Do you mean {intent}?", "asks": "order_number"}.get(act, ""),
                draw(st.sampled_from(SHARES)) if act in MAY_FAIL else 0.0,
                (*ways, Branch(draw(st.sampled_from(names)))),
                draw(st.sampled_from(names[number + 1 :])) if act in MAY_FAIL else None,
                draw(st.none() | st.builds(Timeout, st.sampled_from((40.0, 600.0)), st.sampled_from(by_itself))),
            )
        )
    return Flow(tuple(states))


@cache
def _branches(names: tuple[str, ...]) -> SearchStrategy[Branch]:
    fields = tuple(name for name in FIELD_NAMES if (found := field_named(name)) and not found.live and name != "time")
    return st.builds(Branch, st.sampled_from(names), conditions(fields, where="flow", errors=False))


@cache
def bots() -> SearchStrategy[Bot]:
    """Bots of every kind, the one with no way to a person too, and those with states of their own."""
    return st.builds(
        Bot,
        answers=st.none()
        | st.builds(
            Answers,
            st.sampled_from(SHARES),
            st.booleans(),
            st.none() | st.just(INTENTS[:1]),
            while_typing=st.booleans(),
        ),
        articles=st.none() | st.builds(Articles, st.none() | st.sampled_from(SECONDS), st.sampled_from(SHARES)),
        page_suggestions=st.lists(
            st.builds(PageSuggestion, st.sampled_from(PAGES), st.sampled_from(INTENTS)),
            max_size=2,
            unique_by=lambda each: each.page,
        ).map(tuple),
        errands=st.lists(_errands(), max_size=2, unique_by=lambda errand: errand.intent).map(_in_order),
        languages=st.none() | st.just(("en",)),
        tone=st.sampled_from(("plain", "playful")),
        hand_over=st.builds(
            HandOver,
            st.booleans(),
            st.integers(1, 3) | st.just("never"),
            st.booleans(),
            st.sampled_from(("take_message", "say_when", "bot_only")),
        ),
        max_turns=st.integers(1, 8),
        at_max_turns=st.sampled_from(("hand_over", "close")),
        collect=st.lists(st.sampled_from(COLLECTED), max_size=2, unique=True).map(tuple),
        flow=st.none() | flows(),
    )


@cache
def _errands() -> SearchStrategy[Errand]:
    asks = st.lists(st.sampled_from(COLLECTED), max_size=2, unique=True).map(tuple)
    sure, intents = st.sampled_from(SHARES), st.sampled_from(INTENTS)
    transactions = st.builds(Errand, st.just("transaction"), intents, asks, sure, st.booleans())
    return transactions | st.builds(Errand, st.just("look_up"), intents, asks, sure)


def _in_order(errands: list[Errand]) -> tuple[Errand, ...]:
    """As a file has them: transactions first."""
    return tuple(sorted(errands, key=lambda errand: errand.kind, reverse=True))


@cache
def _rulesets(
    fields: tuple[str, ...] | None, groups: tuple[str, ...], triggers: tuple[Trigger, ...], *, errors: bool
) -> SearchStrategy[Ruleset]:
    placing = st.sampled_from([on for on in (PLACING, *((each,) for each in PLACING)) if set(on) <= set(triggers)])
    some = st.lists(st.sampled_from(triggers), min_size=1, unique=True).map(tuple)
    waits = st.lists(st.sampled_from(WAITS_S), min_size=1, unique=True).map(lambda waits_s: tuple(sorted(waits_s)))

    def of(hit_policy: HitPolicy, on: tuple[Trigger, ...]) -> SearchStrategy[Ruleset]:
        when = conditions(fields, groups=groups, where="sequence" if hit_policy == "sequence" else None, errors=errors)
        actions = _actions(only_tags="closed" in on)
        rules = st.lists(st.builds(Rule, st.just("rule"), actions, st.none(), when), max_size=3).map(tuple)
        needs_default = hit_policy in ("first", "unique") and any(trigger in PLACING for trigger in on)
        default = actions if needs_default else st.none() | actions
        waits_s = waits if "waiting" in on else st.just(())
        return st.builds(Ruleset, st.just("ruleset"), rules, st.just(hit_policy), st.just(on), default, waits_s)

    return st.tuples(st.sampled_from(HIT_POLICIES), placing | some).flatmap(lambda drawn: of(*drawn))


@cache
def _actions(*, only_tags: bool) -> SearchStrategy[Action]:
    route = st.sampled_from((*TEAMS, ESCALATION))
    priority = st.sampled_from(PRIORITIES)
    tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)
    some_tags = st.lists(st.sampled_from(TAGS), min_size=1, max_size=2, unique=True).map(tuple)
    tagging = st.builds(Action, st.none(), st.none(), some_tags)
    if only_tags:
        return tagging
    return st.one_of(
        st.builds(Action, route, st.none() | priority, tags),
        st.builds(Action, st.none(), priority, tags),
        tagging,
    )


def _fields(wanted: tuple[str, ...] | None, *, where: Where | None = None) -> list[Field]:
    """The fields of these names (all: `None`), and those that only conditions in that place can see."""
    named = (*FIELD_NAMES, *INVARIANT_FIELDS) if where == "invariant" else FIELD_NAMES
    fields = [field for name in named if (field := field_named(name)) is not None]
    if where == "invariant":
        return [field for field in fields if wanted is None or field.only_in == where or field.name in wanted]
    return [
        field
        for field in fields
        if (field.only_in == where if field.only_in else wanted is None or field.name in wanted)
    ]


def _facts_of(field: Field) -> SearchStrategy[Any]:
    match field.kind:
        case "words":
            return st.frozensets(st.sampled_from(SETS[field.name]))
        case "text" if field.values == "pages":
            return st.sampled_from(PAGES)
        case "text":
            return messages()
        case "moment":
            return st.sampled_from(MOMENTS)
        case _:
            return _values(field)


def _values(field: Field) -> SearchStrategy[Any]:
    match field.kind:
        case "word":
            return st.sampled_from(WORDS[field.name])
        case "words":
            return st.sampled_from(SETS[field.name])
        case "text":
            return st.sampled_from(PAGES if field.values == "pages" else PHRASES)
        case "number":
            return st.sampled_from(SHARES if field.highest == 1.0 else NUMBERS)
        case "duration":
            return st.sampled_from(SECONDS)
        case "yes_no":
            return st.booleans()
        case "moment":
            return st.sampled_from(HOURS)


def _operands(field: Field, operand: str) -> SearchStrategy[Any]:
    match operand:
        case "range":
            return st.tuples(_values(field), _values(field)).map(lambda pair: tuple(sorted(pair)))
        case "pattern":
            return st.sampled_from(EXPRESSIONS)
        case "values" | "phrases" | "affixes":
            return st.lists(_values(field), min_size=1, max_size=3, unique=True).map(tuple)
        case _:
            return _values(field)
