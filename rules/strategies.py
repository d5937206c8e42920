"""Policies, conditions and facts for property tests, ours and the user's (Hypothesis).

They draw from a small vocabulary, so that conditions often hold, and shrink towards few rules, few atoms and unset
facts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from .conditions import All, Any_, Atom, Condition, Group, None_, Not
from .policy import ESCALATION, Action, Answers, Articles, Bot, Guard, HandOver, Policy, Rule, Ruleset
from .vocabulary import FIELDS, HIT_POLICIES, ON_MISSING, OPERATORS, PRIORITIES, TRIGGERS, Field, field_named

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

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
PAGES: Final = ("/", "/pricing", "/developers", "/developers/keys", "/BILLING")
HOURS: Final = ("Mon-Fri 08-18", "Sat 10-14", "always", "never", "Mon 00-06, Sun 22-24")
WORDS: Final = {
    "customer.plan": ("trial", "starter", "pro"),
    "customer.language": ("en", "tr", "de"),
    "message.intent": ("refund", "invoice", "talk_to_person"),
    "conversation.route": TEAMS,
    "conversation.priority": PRIORITIES,
}
SETS: Final = {"customer.flags": ("vip", "at_risk"), "conversation.tags": TAGS}
NUMBERS: Final = (0.0, 1.0, 2.0, 5.0, 12.5)
SHARES: Final = (0.0, 0.4, 0.7, 0.699999988079071, 1.0)
SECONDS: Final = (0.0, 60.0, 900.0, 86_400.0)
MOMENTS: Final = (0.0, 8 * 3600.0, 18 * 3600.0 - 1, 18 * 3600.0, 5 * 86_400.0 + 36_000, 7 * 86_400.0 - 0.5)
_GLUE: Final = (" ", "", "\n", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "-", "'", "\N{COMBINING ACUTE ACCENT}")


@cache
def messages() -> SearchStrategy[str]:
    """Texts in which the phrases of generated conditions often occur: whole, glued to others, in capitals or broken."""
    words = st.one_of(st.sampled_from(PHRASES), st.sampled_from(PHRASES).map(str.upper), st.text(max_size=3))
    pairs = st.lists(st.tuples(words, st.sampled_from(_GLUE)), max_size=5)
    return pairs.map(lambda drawn: "".join(word + glue for word, glue in drawn))


@cache
def facts(fields: tuple[str, ...] | None = None) -> SearchStrategy[dict[str, object]]:
    """What is known of one conversation, any of it unset; of these fields only, unless `None`."""
    return st.fixed_dictionaries({}, optional={field.name: _facts_of(field) for field in _fields(fields)})


@cache
def atoms(
    fields: tuple[str, ...] | None = None, *, in_sequence: bool = False, errors: bool = True
) -> SearchStrategy[Atom]:
    """One field, any or one of these, compared with a value; `errors` allows `on_missing: error`."""
    kinds = [
        atoms_of(field.name, operator, errors=errors)
        for field in _fields(fields, in_sequence=in_sequence)
        for operator in field.operators
    ]
    return st.one_of(kinds)


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


@cache
def conditions(
    fields: tuple[str, ...] | None = None,
    *,
    groups: tuple[str, ...] = (),
    in_sequence: bool = False,
    errors: bool = True,
) -> SearchStrategy[Condition]:
    """Conditions nested a few levels deep, over `groups` by name and these fields, or any."""
    leaves: SearchStrategy[Condition] = atoms(fields, in_sequence=in_sequence, errors=errors)
    if groups:
        leaves = st.one_of(leaves, st.sampled_from(groups).map(Group))

    def joined(parts: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        return st.one_of(several.map(All), several.map(Any_), several.map(None_), parts.map(Not))

    return st.recursive(leaves, joined, max_leaves=4)


@st.composite
def policies(draw: st.DrawFn, fields: tuple[str, ...] | None = None, *, errors: bool = True) -> Policy:
    """Valid policies with up to two groups, two guards, and two rulesets of up to three rules."""
    groups: dict[str, Condition] = {}
    for name in ("protected", "second")[: draw(st.integers(0, 2))]:
        groups[name] = draw(conditions(fields, groups=tuple(groups), errors=errors))
    known = tuple(groups)
    guards = [
        Guard(f"guard-{number}", why, draw(conditions(fields, groups=known, errors=errors)))
        for number, why in enumerate(draw(st.lists(st.sampled_from((None, "a reason")), max_size=2)))
    ]
    rulesets = [
        draw(_rulesets(f"set-{number}", fields, known, errors=errors)) for number in range(draw(st.integers(0, 2)))
    ]
    return Policy("generated", None, groups, tuple(guards), draw(st.none() | bots()), tuple(rulesets))


@cache
def bots() -> SearchStrategy[Bot]:
    """Bots of every kind, the one with no way to a person too."""
    return st.builds(
        Bot,
        answers=st.none() | st.builds(Answers, st.sampled_from(SHARES), st.booleans()),
        articles=st.none() | st.builds(Articles, st.none() | st.sampled_from(SECONDS), st.sampled_from(SHARES)),
        hand_over=st.builds(
            HandOver,
            st.booleans(),
            st.integers(1, 3) | st.just("never"),
            st.sampled_from(("take_message", "say_when", "bot_only")),
        ),
        max_turns=st.integers(1, 8),
        at_max_turns=st.sampled_from(("hand_over", "close")),
    )


@st.composite
def _rulesets(
    draw: st.DrawFn, name: str, fields: tuple[str, ...] | None, groups: tuple[str, ...], *, errors: bool
) -> Ruleset:
    hit_policy = draw(st.sampled_from(HIT_POLICIES))
    when = conditions(fields, groups=groups, in_sequence=hit_policy == "sequence", errors=errors)
    rules = [
        Rule(f"{name}-rule-{number}", action, None, draw(when))
        for number, action in enumerate(draw(st.lists(_actions(), max_size=3)))
    ]
    needs_default = hit_policy in ("first", "unique")
    default = draw(_actions() if needs_default else st.none() | _actions())
    on = draw(st.sampled_from((TRIGGERS, TRIGGERS[:1], TRIGGERS[1:])))
    return Ruleset(name, tuple(rules), hit_policy, on, default)


@st.composite
def _actions(draw: st.DrawFn) -> Action:
    route = draw(st.none() | st.sampled_from((*TEAMS, ESCALATION)))
    priority = draw(st.none() | st.sampled_from(PRIORITIES))
    tags = draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True))
    nothing = route is None and priority is None and not tags
    return Action(ESCALATION if nothing else route, priority, tuple(tags))


def _fields(wanted: tuple[str, ...] | None, *, in_sequence: bool = False) -> list[Field]:
    """The fields of these names (all: `None`), and in a sequence those that only its rules can see."""
    fields = [field for name in FIELD_NAMES if (field := field_named(name)) is not None]
    return [
        field for field in fields if (in_sequence if field.only_in_sequence else wanted is None or field.name in wanted)
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
