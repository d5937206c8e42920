"""Customers of whom nobody thought: values that fall between rules (G401), and such as no rule names (G403)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..calendar import WEEK_S, WeekHours
from ..findings import Finding
from .analysis import Analysis, these
from .conditions import All, Atom, Condition, atoms
from .policy import ESCALATION
from .vocabulary import NEGATIVE, SMALL_TALK, TALK_TO_PERSON, field_named

if TYPE_CHECKING:
    from .decide import Facts
    from .policy import Policy, Ruleset

_NAMED: Final = ("customer.plan", "message.intent")
"""Fields of whose values every one deserves a thought where rules tell several apart."""
_NO_TOPIC: Final = frozenset((TALK_TO_PERSON, SMALL_TALK))
_SPLIT: Final = 2
"""From so many values that rules name on, a field is what they go by."""


def gaps(analysis: Analysis, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """The findings about rulesets with a default; `known` are the values of a field that the scenarios have."""
    yield from _unnamed(analysis, known)
    for ruleset in analysis.policy.rulesets:
        if ruleset.default is not None and ruleset.hit_policy in ("first", "unique"):
            yield from _between(analysis, ruleset)
            yield from _forgotten(analysis, ruleset, known)


def values_known(known: Mapping[str, tuple[str, ...]]) -> list[Condition]:
    """Conditions that make these values known to an analysis."""
    return [Atom(name, "in", values) for name, values in known.items() if values]


def _unnamed(analysis: Analysis, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Values of the scenario that nothing in the policy names."""
    policy = analysis.policy
    for name in _NAMED:
        named = _values_named(policy, name)
        missing = [each for each in known.get(name, ()) if each not in named and each not in _NO_TOPIC]
        ruleset = next((each for each in policy.rulesets if len(_tested(each, name, policy)) >= _SPLIT), None)
        field = field_named(name)
        if ruleset is None or not missing or field is None:
            continue
        witness = next((facts for each in missing if (facts := _to_default(analysis, ruleset, name, each))), None)
        message = (
            f"{field.reads} may be {these(missing)}, which nothing in the policy names; add {_it(missing)} to a rule, "
            "or leave it to the default"
        )
        yield analysis.finding("G403", "info", message, (ruleset.line, ruleset.column), witness)


def empty_hours(analysis: Analysis, shifts: Mapping[str, WeekHours]) -> Iterator[Finding]:
    """Rules that act only at hours at which nobody of the team that they route to is on shift (T605)."""
    starts = analysis.values("time")
    for ruleset in analysis.policy.rulesets:
        for rule in ruleset.rules:
            team = rule.then.route
            times = analysis.asked(rule.when, "time")
            if team is None or team not in shifts or not shifts[team].spans or not times or None in times:
                continue
            ends = dict(zip(starts, [*starts[1:], WEEK_S], strict=True))
            spans = [(int(start), int(ends[start])) for start in times]
            if any(opens < end and start < closes for start, end in spans for opens, closes in shifts[team].spans):
                continue
            message = (
                f"rule `{rule.id}` sends customers to `{team}` only at hours at which nobody there is on shift "
                f"({WeekHours.of(spans)}); send them elsewhere then, or staff these hours"
            )
            facts = analysis.shown(rule.when)
            yield analysis.finding("T605", "warning", message, (rule.line, rule.column), facts)


def _it(missing: list[str]) -> str:
    return "it" if len(missing) == 1 else "them"


def _values_named(policy: Policy, name: str) -> set[str]:
    every = atoms(All(tuple(policy.conditions())), policy.groups)
    found = {each for atom in every if atom.field == name for each in _words(atom)}
    bot = policy.bot
    if bot is not None and name == "message.intent":
        found |= {each.intent for each in bot.errands} | {each.intent for each in bot.page_suggestions}
        found |= set(() if bot.answers is None else bot.answers.only or ())
    return found


def _words(atom: Atom) -> tuple[str, ...]:
    values = atom.value if isinstance(atom.value, tuple) else (atom.value,)
    return tuple(each for each in values if isinstance(each, str))


def _tested(ruleset: Ruleset, name: str, policy: Policy) -> set[str]:
    """The values that rules of a ruleset ask for."""
    return {
        each
        for rule in ruleset.rules
        for atom in atoms(rule.when, policy.groups)
        if atom.field == name and atom.operator not in NEGATIVE
        for each in _words(atom)
    }


def _forgotten(analysis: Analysis, ruleset: Ruleset, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Values that a guard or another ruleset names, and for which none of these rules acts by what they ask for."""
    policy = analysis.policy
    for name in _NAMED:
        here = _tested(ruleset, name, policy)
        if len(here) < _SPLIT:
            continue
        elsewhere = _values_named(policy, name) - here - _NO_TOPIC
        missing = [each for each in known.get(name, tuple(sorted(elsewhere))) if each in elsewhere]
        found = [(each, facts) for each in missing if (facts := _to_default(analysis, ruleset, name, each)) is not None]
        if found:
            field = field_named(name)
            reads = name if field is None else field.reads
            message = (
                f"where {reads} is {these(each for each, _ in found)}, no rule of `{ruleset.name}` asks for it and the "
                f"default acts{_escalates(ruleset)}, though the policy names it elsewhere; add it to a rule, or leave "
                "it to the default"
            )
            yield analysis.finding("G401", "info", message, (ruleset.line, ruleset.column), found[0][1])


def _escalates(ruleset: Ruleset) -> str:
    route = None if ruleset.default is None else ruleset.default.route
    return "" if route is None else f" (to {'the escalation inbox' if route == ESCALATION else route})"


def _between(analysis: Analysis, ruleset: Ruleset) -> Iterator[Finding]:
    """Numbers and lengths of time with rules on both sides of them, and none that asks for them."""
    policy = analysis.policy
    tested = [atom for rule in ruleset.rules for atom in atoms(rule.when, policy.groups)]
    for name in dict.fromkeys(atom.field for atom in tested):
        field = field_named(name)
        if field is None or field.kind not in ("number", "duration"):
            continue
        asking = [rule for rule in ruleset.rules if any(atom.field == name for atom in atoms(rule.when, policy.groups))]
        if len(asking) < _SPLIT or any(_open_to(analysis, rule.when, name) for rule in asking):
            continue
        values = analysis.values(name)
        caught = [
            any(not analysis.nobody(analysis.of(rule.when).holds, analysis.at(name, each)) for rule in asking)
            for each in values
        ]
        first, last = _ends(caught)
        for value, is_caught in list(zip(values, caught, strict=True))[first:last]:
            whole = field.kind != "number" or field.highest is not None or float(value).is_integer()
            if is_caught or not whole:
                continue
            facts = _to_default(analysis, ruleset, name, value)
            if facts is not None:
                message = (
                    f"{field.reads} falls between the rules of `{ruleset.name}`, and the default acts"
                    f"{_escalates(ruleset)}; move a bound, or leave it to the default"
                )
                yield analysis.finding("G401", "info", message, (ruleset.line, ruleset.column), facts)
                break


def _open_to(analysis: Analysis, condition: Condition, name: str) -> bool:
    """Whether a condition may hold where a field is unset: then it does not go by it."""
    return not analysis.nobody(analysis.of(condition).holds, analysis.unset(name))


def _ends(caught: list[bool]) -> tuple[int, int]:
    """From the first value that a rule asks for to the last one."""
    places = [number for number, each in enumerate(caught) if each]
    return (places[0], places[-1]) if places else (0, 0)


def _to_default(analysis: Analysis, ruleset: Ruleset, name: str, value: Any) -> Facts | None:
    """Facts with this value and nothing else that is known, if the default acts on them."""
    facts = {name: value}
    decision = analysis.decided(ruleset, facts)
    return facts if decision is not None and decision.rules == (f"{ruleset.name}.default",) else None
