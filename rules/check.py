"""What is wrong with a valid policy, found without running it: unknown names, people who cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..calendar import WeekHours
from ..errors import did_you_mean, hint
from ..findings import Finding
from .analysis import Analysis
from .conditions import Atom, Condition, atoms_wanted, leaves
from .conflicts import conflicts, offers
from .gaps import empty_hours, gaps, values_known
from .logic import logic
from .personalisation import addressed_strangers
from .policy import ESCALATION
from .redundancy import redundancy
from .safety import COMPLAINS, SAYS_NO, safety
from .vocabulary import (
    CHANNELS,
    OPERATORS,
    PLACING,
    PRIORITIES,
    REPLIES,
    TALK_TO_PERSON,
    URGENCIES,
    Field,
    field_named,
    field_names,
    truth_of,
)
from .wording import listed

if TYPE_CHECKING:
    from .bot import Answers, Bot, Errand, InPython, PageSuggestion
    from .policy import Action, Guard, Policy, Rule
    from .vocabulary import Trigger

COLLECTED: Final = "collected."
"""What the names of fields begin with that a bot sets by asking."""
UNREADABLE: Final = frozenset(("V101", "V103"))
"""Findings with which conditions cannot be compared with one another."""
_WITH_BOT: Final[tuple[Trigger, ...]] = ("message", "handed_over")
_BEFORE_COLLECTING: Final[tuple[Trigger, ...]] = ("arrived", "message")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that scenarios share: a rule may use these and no others.

    `intents` holds all that any scenario uses; one that this scenario has not never matches. `staffed_teams` are those
    with anybody on shift in the week, `None` where there is no scenario to say so; `shifts` are their hours. `in_use`
    are the values of fields that the scenarios at hand have, for which rules should say something.
    """

    teams: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    staffed_teams: tuple[str, ...] | None = None
    shifts: Mapping[str, WeekHours] = field(default_factory=dict)
    in_use: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def check(policy: Policy, names: Names) -> tuple[Finding, ...]:
    """The findings of a policy, in the order of its file. An error is what would not do what it says; a warning, what
    people would suffer from.

    docs/findings.md lists them. What is compared with what is not of its type ends the search for rules that never act
    and the like: mend that first.
    """
    found = [
        *_conditions(policy, names),
        *_actions(policy, names),
        *_rulesets(policy),
        *_bot(policy),
        *_flow(policy),
        *addressed_strangers(policy),
        *_bot_names(policy, names),
        *_reasons(policy),
    ]
    if not any(finding.id in UNREADABLE for finding in found):
        found += _compared(policy, names)
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: (finding.line or 0, finding.column or 0)))


def _compared(policy: Policy, names: Names) -> Iterator[Finding]:
    """The findings for which conditions are held against one another."""
    offered = [condition for _, condition, _ in offers(policy)]
    analysis = Analysis(policy, (*offered, *values_known(names.in_use), SAYS_NO, COMPLAINS))
    yield from logic(analysis)
    yield from redundancy(analysis)
    yield from conflicts(analysis)
    yield from safety(analysis)
    yield from gaps(analysis, names.in_use)
    yield from empty_hours(analysis, names.shifts)
    if analysis.exhausted:
        message = (
            "the conditions are too many to be all held against one another, so what never acts or overlaps may be "
            "missing here; check rulesets in files of their own"
        )
        yield analysis.finding("G404", "info", message, (None, None))


def _conditions(policy: Policy, names: Names) -> Iterator[Finding]:
    for owner, condition in _owned(policy):
        for leaf in leaves(condition):
            if isinstance(leaf, Atom):
                for id_, message in _atom(leaf, names):
                    yield Finding(id_, "error", f"{owner} {message}", policy.place, leaf.line, leaf.column)
    yield from _never_set(policy)
    yield from _never_collected(policy)


def _owned(policy: Policy) -> Iterator[tuple[str, Condition]]:
    yield from ((f"group `{name}`", condition) for name, condition in policy.groups.items())
    yield from ((f"guard `{guard.id}`", guard.when) for guard in policy.guards)
    if policy.bot is not None and policy.bot.flow is not None:
        for state in policy.bot.flow.states:
            yield from ((f"state `{state.name}`", branch.when) for branch in state.next)
    yield from ((f"rule `{rule.id}`", rule.when) for ruleset in policy.rulesets for rule in ruleset.rules)
    yield from ((f"invariant `{each.id}`", condition) for each in policy.invariants for condition in each.conditions())


def _atom(atom: Atom, names: Names) -> Iterator[tuple[str, str]]:
    field = field_named(atom.field)
    if field is None:
        truth = truth_of(atom.field)
        why = f", but a rule never sees the truth: {truth}" if truth is not None else ""
        near = "" if truth is not None else hint(did_you_mean(atom.field, field_names(atom.field)))
        yield "V101", f"tests {'' if truth is not None else 'unknown field '}`{atom.field}`{why}{near}"
        return
    if field.team is not None and field.team not in names.teams:
        yield (
            "V104",
            f"tests `{atom.field}`, but there is no team `{field.team}`{hint(did_you_mean(field.team, names.teams))}",
        )
    if atom.operator not in field.operators:
        near = hint(did_you_mean(atom.operator, field.operators))
        yield "V103", f"compares `{atom.field}` with `{atom.operator}`, which does not fit it{near}"
        return
    known = _known_values(field, names)
    if known is None or OPERATORS[atom.operator].operand in ("flag", "pattern"):
        return
    if field.values == "pages":
        yield from _pages(atom, known)
        return
    for value in _values(atom):
        if value not in known:
            yield "V102", f"tests `{atom.field}` for unknown value `{value}`{hint(did_you_mean(str(value), known))}"


def _known_values(field: Field, names: Names) -> tuple[str, ...] | None:
    match field.values:
        case None:
            return None
        case "priorities":
            return PRIORITIES
        case "channels":
            return CHANNELS
        case "replies":
            return REPLIES
        case "urgencies":
            return URGENCIES
        case "intents":
            return (*names.intents, TALK_TO_PERSON)
        case listed:
            return tuple(getattr(names, listed))


def _values(atom: Atom) -> tuple[Any, ...]:
    return atom.value if isinstance(atom.value, tuple) else (atom.value,)


def _pages(atom: Atom, pages: Iterable[str]) -> Iterator[tuple[str, str]]:
    fits: Any = {
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "contains_any": str.__contains__,
        "contains_all": str.__contains__,
        "contains_none": str.__contains__,
    }.get(atom.operator, str.__eq__)
    for value in _values(atom):
        if not any(fits(page.casefold(), str(value).casefold()) for page in pages):
            yield (
                "V102",
                f"tests `page.url` for `{value}`, which fits none of the pages{hint(did_you_mean(str(value), pages))}",
            )


def _never_set(policy: Policy) -> Iterator[Finding]:
    """Tests of what earlier rules set, where no earlier rule can have set it."""
    tags: set[str] = set()
    teams: set[str] = set()
    tests_what_is_set = atoms_wanted(
        policy.groups, lambda atom: atom.field in ("conversation.tags", "conversation.route")
    )
    for ruleset in policy.rulesets:
        # Once conversations are placed all others may have been tried, whatever their order in the file.
        anything = any(trigger not in PLACING for trigger in ruleset.on)
        for rule in ruleset.rules:
            for atom in tests_what_is_set(rule.when):
                done: set[str] = {"conversation.tags": tags, "conversation.route": teams}[atom.field]
                if anything:
                    done = set(policy.tags if atom.field == "conversation.tags" else (*policy.teams, ESCALATION))
                if OPERATORS[atom.operator].operand == "flag":
                    continue
                for value in _values(atom):
                    if value not in done:
                        message = f"rule `{rule.id}` tests `{atom.field}` for `{value}`, which no earlier rule sets"
                        yield Finding("V105", "error", message, policy.place, atom.line, atom.column)
            _note(rule.then, tags, teams)
        if ruleset.default is not None:
            _note(ruleset.default, tags, teams)


def _never_collected(policy: Policy) -> Iterator[Finding]:
    """Tests of what a bot collects, where it cannot have done so."""
    collected = () if policy.bot is None else policy.bot.collect
    tests = atoms_wanted(policy.groups, lambda atom: atom.field.startswith(COLLECTED))
    late = [each for each in policy.rulesets if any(trigger not in _BEFORE_COLLECTING for trigger in each.on)]
    in_time = {id(rule.when) for ruleset in late for rule in ruleset.rules}
    for owner, condition in _owned(policy):
        for atom in tests(condition):
            name = atom.field.removeprefix(COLLECTED)
            if OPERATORS[atom.operator].operand == "flag":
                continue
            if name not in collected:
                why = f"but no bot collects it; add `{name}` to `bot.collect`"
            elif id(condition) not in in_time and not owner.startswith("group "):
                why = "but a bot collects it as it hands over; only rules of a ruleset `on: [handed_over]` see it"
            else:
                continue
            yield Finding("V105", "error", f"{owner} tests `{atom.field}`, {why}", policy.place, atom.line, atom.column)


def _note(action: Action, tags: set[str], teams: set[str]) -> None:
    tags.update(action.tags)
    if action.route is not None:
        teams.add(action.route)


def _actions(policy: Policy, names: Names) -> Iterator[Finding]:
    for owner, action in _owned_actions(policy):
        team = action.route
        if team is None or team == ESCALATION:
            continue
        if team not in names.teams:
            message = f"{owner} routes to unknown team `{team}`{hint(did_you_mean(team, (*names.teams, ESCALATION)))}"
            yield Finding("V104", "error", message, policy.place, action.line, action.column)
        elif names.staffed_teams is not None and team not in names.staffed_teams:
            message = f"{owner} routes to team `{team}`, where nobody is ever on shift; staff it, or route elsewhere"
            yield Finding("S503", "error", message, policy.place, action.line, action.column)


def _owned_actions(policy: Policy) -> Iterator[tuple[str, Action]]:
    for ruleset in policy.rulesets:
        yield from ((f"rule `{rule.id}`", rule.then) for rule in ruleset.rules)
        if ruleset.default is not None:
            yield f"the default of ruleset `{ruleset.name}`", ruleset.default


def _rulesets(policy: Policy) -> Iterator[Finding]:
    for ruleset in policy.rulesets:
        if ruleset.default is None and ruleset.places and ruleset.hit_policy in ("first", "unique"):
            add = f"add `default: {{route: {ESCALATION}}}`"
            message = f"ruleset `{ruleset.name}` has no default, which `{ruleset.hit_policy}` needs; {add}"
            yield Finding("G402", "error", message, policy.place, ruleset.line, ruleset.column)
        if policy.bot is None and all(trigger in _WITH_BOT for trigger in ruleset.on):
            acts = " and ".join(ruleset.on)
            message = f"ruleset `{ruleset.name}` is never tried: it acts on {acts}, and there is no bot"
            yield Finding("L201", "warning", message, policy.place, ruleset.line, ruleset.column)


def _bot(policy: Policy) -> Iterator[Finding]:
    bot = policy.bot
    if bot is None:
        return
    if bot.python is not None:
        yield _not_analysed(policy, bot, bot.python)
    elif bot.flow is None and not _lets_through(bot):
        late = f" before {bot.max_turns} turns are over" if bot.at_max_turns == "hand_over" else ""
        way_out = "set `hand_over: {when_asked: true, after_failures: 2}`"
        message = f"from the bot no person is reached{late}, neither by asking nor by failing; {way_out}"
        yield Finding("S502", "warning", message, policy.place)
    answers, articles = bot.answers, bot.articles
    if answers is not None and articles is not None and articles.confidence_at_least >= answers.confidence_at_least:
        message = (
            "articles are never suggested, because answers are tried first, at any confidence of "
            f"{answers.confidence_at_least:g} or more; put `confidence_at_least` of articles below that of answers"
        )
        yield Finding("L204", "warning", message, policy.place, articles.line, articles.column)
    may_hand_over = _lets_through(bot) or bot.at_max_turns == "hand_over" or bot.python is not None
    if bot.collect and not may_hand_over:
        message = (
            f"the bot never asks for {listed([f'`{name}`' for name in bot.collect], 'and')}, because it asks before it "
            "hands over and never does that; let it hand over, or take `collect` out"
        )
        yield Finding("L204", "warning", message, policy.place)


def _flow(policy: Policy) -> Iterator[Finding]:
    """States from which nobody is reached, and such as nothing leads to."""
    bot = policy.bot
    if bot is None or bot.flow is None:
        return
    for state in bot.flow.never_reached():
        message = f"no state leads to `{state.name}`, so the bot never comes to it"
        yield Finding("L204", "warning", message, policy.place, state.line, state.column)
    if _lets_through(bot):
        return
    for state in bot.flow.without_way_out():
        message = (
            f"from state `{state.name}` no person is reached, neither by asking nor by failing; let it lead to a state "
            "that hands over, or set `hand_over: {when_asked: true}`"
        )
        yield Finding("S502", "warning", message, policy.place, state.line, state.column)


def _bot_names(policy: Policy, names: Names) -> Iterator[Finding]:
    """Intents that no scenario has, and pages that none is like."""
    bot = policy.bot
    if bot is None:
        return
    named: list[tuple[str, str, Errand | PageSuggestion | Answers]] = [
        *((f"the errand about `{each.intent}`", each.intent, each) for each in bot.errands),
        *((f"the suggestion on `{each.page}`", each.intent, each) for each in bot.page_suggestions),
    ]
    if bot.answers is not None:
        named += [("the bot's answers", intent, bot.answers) for intent in bot.answers.only or ()]
    for owner, intent, part in named:
        if intent not in names.intents:
            message = f"{owner}: unknown intent `{intent}`{hint(did_you_mean(intent, names.intents))}"
            yield Finding("V102", "error", message, policy.place, part.line, part.column)
    for each in bot.page_suggestions:
        if not any(page.casefold().startswith(each.page.casefold()) for page in names.pages):
            near = hint(did_you_mean(each.page, names.pages))
            message = f"an article is suggested on `{each.page}`, which no page begins with{near}"
            yield Finding("V102", "error", message, policy.place, each.line, each.column)
    for errand in bot.errands:
        if errand.kind == "transaction" and not errand.accepts_replies:
            message = (
                f"nobody reads a reply to the message that `{errand.intent}` is done; set `accepts_replies: true`, so "
                "that whom it did not help reaches a person"
            )
            yield Finding("S505", "warning", message, policy.place, errand.line, errand.column)


def _not_analysed(policy: Policy, bot: Bot, python: InPython) -> Finding:
    """What only running it shows of a bot in Python."""
    message = f"what `{python.function}` does is not analysed: whether it answers, and what"
    if _lets_through(bot):
        return Finding("G404", "info", message, policy.place, python.line, python.column)
    message += (
        "; nor whether it lets anybody through to a person, which `hand_over` does neither on being asked nor on "
        "failing (S502); set `hand_over: {when_asked: true}`"
    )
    return Finding("G404", "warning", message, policy.place, python.line, python.column)


def _lets_through(bot: Bot) -> bool:
    return bot.hand_over.when_asked or _hands_over_on_failing(bot)


def _hands_over_on_failing(bot: Bot) -> bool:
    failures = bot.hand_over.after_failures
    return failures != "never" and (failures <= bot.max_turns or bot.at_max_turns == "hand_over")


def _reasons(policy: Policy) -> Iterator[Finding]:
    rules = [("rule", rule) for ruleset in policy.rulesets for rule in ruleset.rules]
    every: list[tuple[str, Guard | Rule]] = [*(("guard", guard) for guard in policy.guards), *rules]
    for what, each in every:
        if not each.why:
            message = f"{what} `{each.id}` gives no reason; say in `why` what it is for"
            yield Finding("Q804", "info", message, policy.place, each.line, each.column)
