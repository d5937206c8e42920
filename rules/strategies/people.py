"""Customers as a policy sees them: what is known of them, at and around the values that its conditions speak of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from ...calendar import WEEK_S
from ..conditions import All, Atom, atoms
from ..decide import hours
from ..formulas import values_of
from ..vocabulary import CHANNELS, Field, field_named
from ..witness import whom_it_fits

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ...calendar import WeekHours
    from ..policy import Policy

_OF_CONVERSATIONS: Final = ("message.", "collected.", "bot.", "did", "truth.")
"""Beginnings of fields that tell of what is written or done, not of who writes."""
_OTHER_WORD: Final = "other"
_OTHER_PAGE: Final = "/elsewhere"
_MINUTE_S: Final = 60.0
_MOST_MARKS: Final = 8
_MOST_DESCRIBED: Final = 20
_MOST_OF_EACH: Final = 2


def customers(policy: Policy, people_there: WeekHours | None = None) -> SearchStrategy[dict[str, object]]:
    """What is known of a customer when a conversation begins, as facts by field; the plainest is one of whom nothing
    is.

    Facts are about what the policy looks at: the values that its conditions name, bounds and what lies on either side
    of them, and others. With `people_there` the time of the week is among them, about when people come and go.
    """
    facts = [
        st.tuples(st.just(name), st.sampled_from(values))
        for name, values in _choices(policy, people_there).items()
        if values
    ]
    if not facts:
        return st.builds(dict)
    anybody = st.lists(st.one_of(facts), max_size=len(facts), unique_by=lambda fact: fact[0]).map(dict)
    aimed = list(_whom_it_is_about(policy))
    return anybody | st.sampled_from(aimed).map(dict) if aimed else anybody


def _whom_it_is_about(policy: Policy) -> Iterator[dict[str, object]]:
    """Customers whom groups, guards and invariants describe, as far as they are looked for: several facts that have to
    come together seldom do by chance.
    """
    of_invariants = [condition for each in policy.invariants for condition in each.conditions()]
    described = [*policy.groups.values(), *of_invariants, *(guard.when for guard in policy.guards)]
    for condition in described[:_MOST_DESCRIBED]:
        fitting = (found for found in whom_it_fits(condition, policy.groups) if math.inf not in found.values())
        for found in islice(fitting, _MOST_OF_EACH):
            facts = {name: value for name, value in found.items() if _is_of_customers(name)}
            if len(facts) > 1 and facts.get("conversation.attempt", 1.0) != 0.0:
                yield facts


def _is_of_customers(name: str) -> bool:
    field = field_named(name)
    return field is not None and field.only_in is None and not name.startswith(_OF_CONVERSATIONS)


def tested(policy: Policy) -> dict[str, list[Atom]]:
    """The atoms of all conditions of a policy, its invariants' too, by the field that they are about."""
    of_invariants = [condition for each in policy.invariants for condition in each.conditions()]
    found: dict[str, list[Atom]] = {}
    for atom in dict.fromkeys(atoms(All((*policy.conditions(), *of_invariants)), policy.groups)):
        found.setdefault(atom.field, []).append(atom)
    return found


def _choices(policy: Policy, people_there: WeekHours | None) -> dict[str, list[object]]:
    """The values that are worth trying, by field."""
    choices: dict[str, list[object]] = {}
    for name, tests in tested(policy).items():
        field = field_named(name)
        if field is not None and _is_of_customers(name):
            choices[name] = list(dict.fromkeys(_values(field, tests)))
    if policy.bot is not None and policy.bot.languages is not None:
        choices.setdefault("customer.language", [*policy.bot.languages, "xx"])
    if policy.bot is not None and policy.bot.articles is not None and policy.bot.articles.unless_help_centre_within:
        spared = policy.bot.articles.unless_help_centre_within
        choices.setdefault("customer.help_centre_visit", [spared + 1, spared, spared / 2])
    if people_there is not None:
        choices["time"] = list(dict.fromkeys([*choices.get("time", []), *_around(people_there)]))
    return choices


def _values(field: Field, tests: Sequence[Atom]) -> Iterator[object]:
    match field.kind:
        case "moment":
            for atom in tests:
                if atom.operator == "during":
                    yield from _around(hours(str(atom.value)))
        case "words":
            marks = list(dict.fromkeys(mark for atom in tests for mark in named(atom)))
            yield from (frozenset((mark,)) for mark in marks)
            yield from (frozenset(marks[:_MOST_MARKS]), frozenset())
        case "text":
            for text in (text for atom in tests for text in named(atom)):
                yield from (text, f"{text}/more")
            yield _OTHER_PAGE
        case "word":
            yield from (word for atom in tests for word in named(atom))
            yield from CHANNELS if field.values == "channels" else (_OTHER_WORD,)
        case _:
            yield from _rounded(field, values_of(field, tests) or ())


def named(atom: Atom) -> Iterable[str]:
    """The words that an atom names; none of an expression."""
    values = atom.value if isinstance(atom.value, tuple) else (atom.value,)
    return () if atom.operator == "matches" else [each for each in values if isinstance(each, str)]


def _rounded(field: Field, values: Iterable[object]) -> Iterator[object]:
    """Numbers as a desk has them: whole, but for shares; an attempt is the first one at least."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, float | int):
            yield value
        elif math.isfinite(value) and not (field.name == "conversation.attempt" and value < 1):
            yield float(value if field.highest is not None else round(value))
            if field.kind == "number" and field.highest is None and value >= 2:
                yield float(round(value) - 1)


def _around(week: WeekHours) -> Iterator[float]:
    """Moments within times of the week, at their edges, and beside them."""
    for starts_s, ends_s in week.spans:
        yield from (float(starts_s), (ends_s - _MINUTE_S) % WEEK_S, float(ends_s) % WEEK_S)
        yield (starts_s - _MINUTE_S) % WEEK_S
