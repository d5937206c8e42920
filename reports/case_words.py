"""Results of rule tests in words: what was expected, what came instead, and which condition was false."""

from __future__ import annotations

import glob
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..rules.cases import Difference, Played, Value, several
from ..rules.decide import Tried
from ..rules.policy import DEFAULT, Policy, Ruleset
from ..rules.violations import Violation
from ..rules.wording import invariant_in_words
from .suites import Result
from .terminal import brief
from .text import wrapped

_ABOUT_RULES = ("route", "rule", "not_rules", "tags", "priority")
_MOST_REASONS = 6


def summary_words(found: Sequence[Result]) -> str:
    """How many cases passed, failed, or are still to do."""
    counts = Counter(each.verdict for each in found)
    parts = [f"{counts['passed']} passed", *(f"{counts[each]} {each}" for each in ("failed", "todo") if counts[each])]
    return ", ".join(parts)


def failure_words(result: Result, width: int) -> str:
    """What went wrong with a case that did not pass, ending with the command that plays it alone."""
    case = result.case
    lines = [f"{result.verdict} {brief(result.id)}"]
    if case.todo is not None:
        lines.append(f"  todo: {brief(case.todo)}")
    elif case.why is not None:
        lines.append(f"  {brief(case.why)}")
    if result.outcome.stopped is not None:
        lines.append(f"  {result.place}:{case.line}:{case.column}: {result.outcome.stopped}")
    for violation in result.outcome.violations:
        lines += _turn_words(result, violation.step)
        lines.append(f"  {violation_words(violation)}")
        lines += [f"    {brief(line)}" for line in _said(result.outcome.played[violation.step])]
    turn = None
    for difference in result.outcome.differences:
        if difference.step != turn:
            turn = difference.step
            lines += _turn_words(result, turn)
        lines += _difference_words(result, difference)
    folded = [wrapped(line, width, " " * (len(line) - len(line.lstrip()) + 2)) for line in lines]
    # Not folded: a line break inside a quoted name would be another name where the command is pasted.
    return "\n".join([*folded, f"  again: {reproduce(result)}"])


def reproduce(result: Result) -> str:
    """The command that plays this case alone."""
    name = result.case.id
    # Control characters could steer the terminal where it is shown, and would not be pasted as they are.
    pattern = name if name.isprintable() else "".join(c if c.isprintable() else "?" for c in glob.escape(name))
    options = (*result.bound.options, "--only", pattern)
    return shlex.join(["deskdrill", "test", result.bound.suite.place, *options])


def difference_words(difference: Difference) -> str:
    """What was expected and what came instead, in one line."""
    expected = difference.expected
    negated = expected.key.startswith("not_")
    wanted = f"{'none of ' if negated else ''}{_value_words(expected.value)}"
    return f"{expected.key}: expected {wanted}, got {brief(difference.actual)}"


def violation_words(violation: Violation) -> str:
    """What is broken, with its reason, and how it came to that."""
    invariant = violation.invariant
    why = "" if invariant.why is None else f" ({brief(invariant.why)})"
    return f"breaks {invariant.id}: {brief(invariant_in_words(invariant))}{why}; {violation.told}"


def because(result: Result, difference: Difference) -> Iterator[str]:
    """The rules that account for a difference with the values that they saw, or what the bot said instead."""
    upto = result.outcome.played[: difference.step + 1]
    # What was tried last of each rule: it may be when a conversation begins, and again when it is handed over.
    played, tried = upto[-1], list({each.id: each for one in upto for each in one.tried}.values())
    policy, key = result.bound.policy, difference.expected.key
    if key not in _ABOUT_RULES or (key == "route" and played.route is None):
        yield from _said(played)
        yield from (str(each) for each in tried if each.ruleset is None and each.fired)
        return
    concerned = _concerned(policy, difference.expected.key, difference.expected.value, tried)
    yield from (str(each) for each in concerned[:_MOST_REASONS])
    if len(concerned) > _MOST_REASONS:
        yield f"{len(concerned) - _MOST_REASONS} more rules would have"
    if key == "rule":
        yield from _not_tried(policy, difference.expected.value, tried)
    yield from (str(each) for each in tried if each.fired and each not in concerned)


def _turn_words(result: Result, number: int) -> Iterator[str]:
    """What the customer wrote, and where several turns are played in which."""
    say, many = result.outcome.played[number].step.say, len(result.case.steps) > 1
    if say is not None:
        yield f"  {f'turn {number + 1}, ' if many else ''}customer: {brief(say)}"
    elif many:
        yield f"  turn {number + 1}, the customer writes nothing"


def _difference_words(result: Result, difference: Difference) -> Iterator[str]:
    expected = difference.expected
    place = f"{expected.file or result.bound.suite.place}:{expected.line}:{expected.column}"
    yield f"  {place}: {difference_words(difference)}"
    yield from (f"    {brief(line)}" for line in because(result, difference))


def _said(played: Played) -> Iterator[str]:
    if played.said:
        yield from (f"the bot said ({line.kind}): {line.text}" for line in played.said)
    elif played.standing.to_people:
        yield "the bot said nothing: people have the conversation"
    else:
        yield "the bot said nothing"


def _concerned(policy: Policy, key: str, value: Value, tried: Sequence[Tried]) -> list[Tried]:
    """The rules that would have brought what is expected, or brought what is not, as they were tried."""
    wanted = several(value)
    if key in ("rule", "not_rules"):
        return [each for each in tried if each.id in wanted or each.rule in wanted]
    actions = {f"{ruleset.name}.{rule.id}": rule.then for ruleset in policy.rulesets for rule in ruleset.rules}
    found = []
    for each in tried:
        action = actions.get(each.id)
        if action is None or each.fired:
            continue
        routes = [] if action.route is None else [action.route]
        may: Mapping[str, Sequence[object]] = {"route": routes, "priority": [action.priority], "tags": action.tags}
        if set(wanted) & set(may[key]):
            found.append(each)
    return found


def _not_tried(policy: Policy, value: Value, tried: Sequence[Tried]) -> Iterator[str]:
    were = {name for each in tried for name in (each.id, each.rule)}
    for name in several(value):
        if name not in were:
            where = next((each for each in policy.rulesets if name in _names(each)), None)
            group = None if where is None else where.name
            before = next((each for each in tried if each.ruleset == group and each.fired), None)
            if before is not None:
                yield f"{name} was not tried: {before.id} fired before it"
            elif where is not None:
                yield f"{name} was not tried: `{where.name}` acts on {', '.join(where.on)}"
            else:
                yield f"{name} was not tried"


def _names(ruleset: Ruleset) -> tuple[str, ...]:
    ids = [*(rule.id for rule in ruleset.rules), DEFAULT]
    return (*ids, *(f"{ruleset.name}.{each}" for each in ids))


def _value_words(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return brief(", ".join(value) if isinstance(value, tuple) else value)
