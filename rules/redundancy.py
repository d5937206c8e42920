"""Parts of conditions that may be left out without changing what they mean (L207)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..findings import Finding
from .analysis import MOST_TOLD, Analysis, Place, place_of
from .conditions import All, Any_, Atom, Condition, None_, Not, atoms, leaves
from .logic import Tried, branches_of, groups_of, guards_of, rules_of
from .matching import Phrases, phrase_of
from .vocabulary import field_named
from .wording import in_words, listed

if TYPE_CHECKING:
    from .policy import Policy

MOST_PARTS: Final = 100
"""Parts of one list that are looked at."""


def redundancy(analysis: Analysis) -> Iterator[Finding]:
    """The findings about the conditions of groups, guards, branches and rules."""
    for each in _every(analysis.policy):
        for leaf in leaves(each.when):
            if isinstance(leaf, Atom):
                yield from _phrases(analysis, each, leaf)
        stated = analysis.of(each.when)
        if not analysis.nobody(stated.holds) and not analysis.nobody(stated.fails):
            yield from _parts(analysis, each)


def _every(policy: Policy) -> list[Tried]:
    branches = [branch for of in branches_of(policy) for branch in of]
    return [
        *groups_of(policy),
        *guards_of(policy),
        *branches,
        *(rule for ruleset in policy.rulesets for rule in rules_of(ruleset)),
    ]


def _parts(analysis: Analysis, each: Tried) -> Iterator[Finding]:
    stated = analysis.of(each.when)
    for part, without in _left_out(each.when):
        # An unset field ends a decision in an error only where it is looked at.
        if any(atom.on_missing == "error" for atom in atoms(part, analysis.policy.groups)):
            continue
        other = analysis.formulas(without)
        if analysis.nobody(stated.holds, other.fails) and analysis.nobody(stated.fails, other.holds):
            told = f"in {each} it makes no difference that {in_words(part)}; leave it out"
            yield analysis.finding("L207", "info", told, place_of(part, each.at))
            return  # Of two that say the same only one can go.


def _left_out(condition: Condition) -> Iterator[tuple[Condition, Condition]]:
    """The parts of lists within a condition, each with what is left without it."""
    match condition:
        case All(parts) | Any_(parts) | None_(parts) if len(parts) <= MOST_PARTS:
            of = type(condition)
            for number, part in enumerate(parts):
                if len(parts) > 1:
                    yield part, of((*parts[:number], *parts[number + 1 :]))
                for inner, left in _left_out(part):
                    yield inner, of((*parts[:number], left, *parts[number + 1 :]))
        case Not(part):
            for inner, left in _left_out(part):
                yield inner, Not(left)
        case _:
            return


def _phrases(analysis: Analysis, each: Tried, atom: Atom) -> Iterator[Finding]:
    """Phrases of a list of which another one, within them or around them, says as much."""
    field = field_named(atom.field)
    if field is None or field.kind != "text" or not atom.operator.startswith("contains"):
        return
    phrases: Any = atom.value
    told: list[str] = []
    for phrase, other in zip(phrases, _wider([phrase_of(each) for each in phrases]), strict=True):
        if other is None:
            continue
        if phrase_of(phrase) == phrase_of(phrases[other]):
            told.append(f'"{phrase}" stands there twice')
        elif atom.operator == "contains_all":
            told.append(f'"{phrases[other]}" is a part of "{phrase}", which has to be there')
        else:
            told.append(f'"{phrase}" has "{phrases[other]}" in it, which is enough')
    if told:
        more = [f"{len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
        message = f"in {each} there are phrases that make no difference: {listed([*told[:MOST_TOLD], *more], 'and')}"
        at: Place = (atom.line, atom.column) if atom.line is not None else each.at
        yield analysis.finding("L207", "info", f"{message}; leave them out", at)


def _wider(phrases: Sequence[str]) -> list[int | None]:
    """For each folded phrase the number of another one that whatever has it has too."""
    numbers = {phrase: number for number, phrase in reversed(list(enumerate(phrases)))}
    wider = [None if numbers[phrase] == mine else numbers[phrase] for mine, phrase in enumerate(phrases)]
    for phrase, places in Phrases(phrases).found_in(phrases).items():
        for place in places.tolist():
            if phrases[place] != phrase:
                wider[place] = numbers[phrase]
    return wider
