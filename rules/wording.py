"""Conditions and actions in plain English, as a support lead reads them aloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .conditions import All, Any_, Atom, Condition, Group, None_, Not
from .invariants import SAME_BOT_REPLY, After, AtMost, Never, NoLoop
from .matching import messages_of
from .policy import ESCALATION
from .vocabulary import DID, SINCE, Field, field_named

if TYPE_CHECKING:
    from .invariants import Invariant
    from .policy import Action

_COMPARED: Final[Mapping[str, str]] = {
    "is": "is {value}",
    "is_not": "is not {value}",
    "in": "is {any}",
    "not_in": "is none of {all}",
    "starts_with": "starts with {any}",
    "ends_with": "ends with {any}",
    "matches": "matches the expression {value}",
    "set": "is known",
    "unset": "is not known",
    "gt": "is more than {value}",
    "gte": "is at least {value}",
    "lt": "is less than {value}",
    "lte": "is at most {value}",
    "between": "is from {low} to {high}",
    "during": "is within {hours}",
}
_ACTS: Final[Mapping[str, str]] = {
    "bot.answer": "the bot answers",
    "bot.article": "the bot suggests an article",
    "bot.look_up": "the bot looks something up",
    "bot.transaction": "the bot changes something",
    "bot.failed": "the bot fails at an errand",
    "bot.ask": "the bot asks for something",
    "bot.collect": "the bot asks before it hands over",
    "bot.check": "the bot checks what was meant",
    "bot.says": "the bot says a line of its own",
    "bot.not_understood": "the bot does not understand",
    "bot.close": "the bot closes the conversation",
    "hand_over": "a person takes over",
    "take_message": "a message is taken",
    "say_when": "the bot says when people are back",
    "straight_to_people": "people have it from the start",
}
_MOST_SHOWN: Final = 160
"""Characters that are shown of a text that a rule saw."""
_ON_MISSING: Final[Mapping[str, str]] = {
    "no_match": "",
    "match": " (or is not known)",
    "error": " (it must be known)",
}


def listed(words: Iterable[str], joined_by: str) -> str:
    """`a, b and c`; empty for no words.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    *first, last = list(words) or [""]
    return f"{', '.join(first)} {joined_by} {last}" if first else last


def duration_in_words(seconds: float) -> str:
    """A length of time in its largest whole unit.

    >>> [duration_in_words(s) for s in (60, 900, 7200, 1209600)]
    ['1 minute', '15 minutes', '2 hours', '2 weeks']
    """
    for unit, size in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return counted(int(seconds // size), unit)
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


def counted(number: int, noun: str) -> str:
    """`1 turn`, `2 turns`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def atom_in_words(atom: Atom) -> str:
    """An atom as a clause: `the customer's plan is trial`."""
    field = field_named(atom.field)
    if field is None:
        return f"{atom.field} {atom.operator} {atom.value}"
    if field.name == DID:
        return _acts(atom)
    if field.name == "holiday" and atom.operator in ("is", "is_not"):
        return f"it is {'a' if atom.value is (atom.operator == 'is') else 'no'} holiday{_ON_MISSING[atom.on_missing]}"
    if field.kind == "yes_no" and atom.operator in ("is", "is_not"):
        there = atom.value is (atom.operator == "is")
        return f"{'somebody' if there else 'nobody'} of {field.team} is on shift{_ON_MISSING[atom.on_missing]}"
    if field.since is not None and atom.operator in SINCE:
        ago = f"{'more than' if atom.operator == 'older_than' else 'at most'} {_value(field, atom.value)} ago"
        return f"{field.since} {ago}{_ON_MISSING[atom.on_missing]}"
    if field.kind in ("words", "text") and atom.operator.startswith("contains"):
        return _contents(field, atom)
    subject = "it" if field.kind == "moment" else field.reads
    return f"{subject} {_COMPARED[atom.operator].format(**_values(field, atom.value))}{_ON_MISSING[atom.on_missing]}"


def fact_in_words(name: str, value: object) -> str:
    """What a rule saw of a field: text in quotes, durations with their unit, `nothing` when it was unset."""
    field = field_named(name)
    if value is None:
        return "nothing"
    if field is None:
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return listed([str(each) for each in value], "and") or "none"
    if field.kind == "text" and isinstance(value, str):
        seen = " / ".join(messages_of(value))
        return _value(field, seen if len(seen) <= _MOST_SHOWN else f"{seen[: _MOST_SHOWN - 1]}…")
    return _value(field, value)


def in_words(condition: Condition) -> str:
    """A condition as a clause; what could be misread is set in brackets."""
    match condition:
        case Atom():
            return atom_in_words(condition)
        case Group(name):
            return f"the customer is in group {name}"
        case All(()) | None_(()):
            return "always"
        case Any_(()):
            return "never"
        case All((*parts, Not(exception))) if parts:
            return f"{_clauses([_inside(part) for part in parts], 'and')}, unless {_inside(exception)}"
        case All(parts):
            return _clauses([_inside(part) for part in parts], "and")
        case Any_(parts):
            return _clauses([_inside(part) for part in parts], "or")
        case None_((part,)) | Not(part):
            return f"it is not so that {_inside(part)}"
        case None_(parts):
            return f"none of these holds: {'; '.join(in_words(part) for part in parts)}"


def action_in_words(action: Action) -> str:
    """What is done, as an instruction: `send it to billing with high priority and tag it refund`."""
    steps = []
    if action.route is not None:
        steps.append("leave it in the escalation inbox" if action.route == ESCALATION else f"send it to {action.route}")
    if action.priority is not None:
        steps.append(f"give it {action.priority} priority")
    if action.tags:
        steps.append(f"tag it {listed(action.tags, 'and')}")
    return listed(steps, "and") or "do nothing"


def invariant_in_words(invariant: Invariant) -> str:
    """What must hold in every conversation, as a clause."""
    if invariant.words is not None:
        return invariant.words
    match invariant.claim:
        case Never(when):
            return f"never {_inside(when)}"
        case After(when, within_turns, expect):
            turns = "in the reply to it" if within_turns == 1 else f"within {counted(within_turns, 'turn')}"
            return f"once a message comes for which {_inside(when)}, {turns} {_inside(expect)}"
        case AtMost(times, of):
            said = "the bot says the same" if of == SAME_BOT_REPLY else _ACTS.get(of, of)
            return f"at most {counted(times, 'time')} {said}"
        case NoLoop():
            return "the bot does not go round in circles"


def _clauses(clauses: list[str], joined_by: str) -> str:
    """Clauses side by side; with a comma between them where one holds a list or there are more than two."""
    plain = len(clauses) <= 2 and not any(" or " in clause or " and " in clause for clause in clauses)
    return f"{'' if plain else ','} {joined_by} ".join(clauses)


def _inside(part: Condition) -> str:
    words = in_words(part)
    several = isinstance(part, All | Any_ | None_) and len(part.parts) > 1
    return f"({words})" if several else words


def _acts(atom: Atom) -> str:
    """What is done, or is not: `the bot answers or a person takes over`."""
    values = atom.value if isinstance(atom.value, tuple) else ()
    acts = [_ACTS.get(str(each), str(each)) for each in values]
    match atom.operator:
        case "contains_any":
            return listed(acts, "or")
        case "contains_all":
            return listed(acts, "and")
        case "contains_none":
            return f"it is not so that {listed(acts, 'or')}"
        case _:
            return "anything or nothing is done" if atom.operator == "set" else "this is never so"


def _contents(field: Field, atom: Atom) -> str:
    verb = "mentions" if field.name == "message.text" else "include" if field.kind == "words" else "has"
    values = _values(field, atom.value)
    objects = {
        "contains_any": values["any"],
        "contains_all": values["all"],
        "contains_none": f"none of {values['all']}",
    }
    return f"{field.reads} {verb} {objects[atom.operator]}{_ON_MISSING[atom.on_missing]}"


def _values(field: Field, value: Any) -> Mapping[str, str]:
    """What the patterns of `_COMPARED` may name."""
    words = [_value(field, each) for each in (value if isinstance(value, tuple) else (value,))]
    return {
        "value": words[0],
        "low": words[0],
        "high": words[-1],
        "any": listed(words, "or"),
        "all": listed(words, "and"),
        "hours": str(value),
    }


def _value(field: Field, value: Any) -> str:
    match field.kind:
        case "text":
            return f'"{value}"'
        case "duration":
            return duration_in_words(value)
        case "number" if field.highest == 1.0:
            return f"{100 * value:.4g}%"
        case "number":
            return f"{value:g}"
        case "yes_no":
            return "yes" if value else "no"
        case "moment" if isinstance(value, float | int):
            return _moment(value)
        case _:
            return str(value)


def _moment(second_of_week: float) -> str:
    minutes = int(second_of_week // 60)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[minutes // 1440 % 7]
    return f"{day} {minutes // 60 % 24:02}:{minutes % 60:02}"
