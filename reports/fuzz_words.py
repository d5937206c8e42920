"""What fuzzing found in words: the plainest conversation that breaks each invariant, as a transcript, and how to see it
again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..rules.cases import Case, Played
from ..rules.policy import Policy
from ..rules.wording import counted, duration_in_words, fact_in_words, invariant_in_words
from ..simulator.fuzzing import Broken, Fuzzed
from .annotations import annotation
from .case_text import cases_text, written
from .terminal import brief, neutral
from .text import wrapped

_MOST_NAMED: Final = 5
_NOT_TOLD: Final = frozenset(("message.intent", "message.confidence"))
"""Facts of a step that are told as what is recognised."""


@dataclass(frozen=True, slots=True)
class Fuzz:
    """A policy, as it was named, with what it was tried on, by which seed, and what came of it."""

    name: str
    policy: Policy
    scenario: str | None
    seed: int
    found: Fuzzed


def again(fuzz: Fuzz, broken: Broken) -> str:
    """The command that finds a violation again."""
    around = [] if fuzz.scenario is None else ["--scenario", fuzz.scenario]
    by = ["--invariant", broken.violation.invariant.id, "--seed", str(fuzz.seed), "--examples", str(broken.examples)]
    return shlex.join(["deskdrill", "fuzz", fuzz.name, *around, *by])


def named_cases(fuzz: Fuzz) -> list[Case]:
    """The conversations that break something, each a case that fails as long as it does."""
    return [
        replace(
            each.case,
            id=f"fuzz {each.violation.invariant.id}",
            why=each.violation.invariant.why,
            invariants=(each.violation.invariant.id,),
        )
        for each in fuzz.found.broken
    ]


def case_file(fuzz: Fuzz, folder: Path) -> str:
    """These cases as a file of that folder."""
    return cases_text(fuzz.policy, named_cases(fuzz), folder, fuzz.scenario)


def fuzz_text(fuzz: Fuzz, width: int) -> str:
    """All of it, for people."""
    blocks = ["\n".join(_broken_lines(fuzz, each, width)) for each in fuzz.found.broken]
    return "\n\n".join([*blocks, "\n".join(wrapped(line, width) for line in summary_lines(fuzz))]) + "\n"


def summary_lines(fuzz: Fuzz) -> Iterator[str]:
    """How much was tried, what it reached, what was kept, and what nobody looked at."""
    found, reached = fuzz.found, fuzz.found.reached
    came_to = [f"{len(reached.rules)} of {reached.all_rules} guards and rules"] if reached.all_rules else []
    if reached.all_states:
        came_to.append(f"{len(reached.states)} of {counted(reached.all_states, 'state')} of its flow")
    came_to.append(counted(len(reached.acts), "kind") + " of acts")
    name, tried = neutral(fuzz.policy.name), f"{found.tried:,} conversation{'' if found.tried == 1 else 's'}"
    yield f"{name}: {tried} tried, {found.different:,} of them different, which came to {', '.join(came_to)}."
    guards = fuzz.policy.guard_ids if fuzz.policy.bot is not None else ()
    never = [each for each in (*guards, *fuzz.policy.rule_ids) if each not in reached.rules]
    if never:
        more = f" and {len(never) - _MOST_NAMED} more" if len(never) > _MOST_NAMED else ""
        yield f"Never reached: {', '.join(never[:_MOST_NAMED])}{more}."
    for why, times in found.stopped.items():
        yield f"Not played to the end: {counted(times, 'conversation')}, because {neutral(why)}."
    if found.unchecked:
        need = "which only a scenario with wordings knows (--scenario)"
        yield f"Not checked: {', '.join(found.unchecked)}, since it speaks of the true intent, {need}."
    if found.broken:
        yield f"Broken: {', '.join(each.violation.invariant.id for each in found.broken)}."
    if found.kept:
        yield f"Not broken by any of them: {', '.join(found.kept)}. That is no proof."


def _broken_lines(fuzz: Fuzz, broken: Broken, width: int) -> Iterator[str]:
    invariant = broken.violation.invariant
    yield from (_folded(line, width) for line in _told(fuzz, broken))
    yield f"  again: {again(fuzz, broken)}"
    if invariant.line is not None:
        yield f"  invariant: {fuzz.policy.place}:{invariant.line}:{invariant.column}"


def _told(fuzz: Fuzz, broken: Broken) -> Iterator[str]:
    invariant = broken.violation.invariant
    yield f"broken {invariant.id}: {brief(invariant_in_words(invariant))}"
    if invariant.why is not None:
        yield f"  why: {brief(invariant.why)}"
    yield f"  {_known(broken.case.given)}"
    for each in broken.outcome.played:
        yield from _turn(each, by_scenario=fuzz.scenario is not None)
    yield f"  here: {broken.violation.told}"


def _known(given: Mapping[str, object]) -> str:
    facts = ", ".join(f"{name} {brief(fact_in_words(name, value))}" for name, value in given.items())
    return f"a customer of whom this is known: {facts}" if facts else "a customer of whom nothing is known"


def _turn(played: Played, *, by_scenario: bool) -> Iterator[str]:
    step = played.step
    if step.say is None:
        yield f"    the customer writes nothing for {duration_in_words(step.after_s)}"
    else:
        after = f" ({duration_in_words(step.after_s)} later)" if step.after_s else ""
        yield f"    customer{after}: {brief(step.say)}"
        notes = [_recognised(played)] if by_scenario or "message.intent" in played.facts else []
        notes += [f"really about {step.means.replace('_', ' ')}"] if step.means is not None and by_scenario else []
        notes += [f"now {name} is {brief(fact_in_words(name, value))}" for name, value in _news(step.facts).items()]
        notes += ["that is not what was meant"] * (not step.answers) + ["the systems fail"] * (not step.works)
        if notes:
            yield f"      {'; '.join(notes)}"
    for line in played.said:
        yield f"    bot ({brief(line.kind)}): {brief(line.text)}"
    if played.standing.to_people and not played.said:
        yield "    people have it"
    elif not played.said:
        yield "    the bot says nothing"


def _recognised(played: Played) -> str:
    intent, sure = played.facts.get("message.intent"), played.facts.get("message.confidence")
    if intent is None:
        return "nothing is recognised"
    return f"taken for {str(intent).replace('_', ' ')}, {fact_in_words('message.confidence', sure)} sure"


def _news(facts: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in facts.items() if name not in _NOT_TOLD}


def _folded(line: str, width: int) -> str:
    return wrapped(line, width, " " * (len(line) - len(line.lstrip()) + 4))


def fuzz_json(fuzz: Fuzz, exit_code: int) -> dict[str, Any]:
    """All of it, for programs."""
    found, reached = fuzz.found, fuzz.found.reached
    return {
        "policy": fuzz.policy.name,
        "scenario": fuzz.scenario,
        "seed": fuzz.seed,
        "conversations": found.tried,
        "different": found.different,
        "broken": [_broken_json(fuzz, each) for each in found.broken],
        "kept": list(found.kept),
        "unchecked": list(found.unchecked),
        "stopped": dict(found.stopped),
        "reached": {
            "rules": sorted(reached.rules),
            "of_rules": reached.all_rules,
            "states": sorted(reached.states),
            "of_states": reached.all_states,
            "acts": sorted(reached.acts),
        },
        "exit_code": exit_code,
    }


def _broken_json(fuzz: Fuzz, broken: Broken) -> dict[str, Any]:
    invariant = broken.violation.invariant
    return {
        "invariant": invariant.id,
        "must": invariant_in_words(invariant),
        "why": invariant.why,
        "told": broken.violation.told,
        "turn": broken.violation.step + 1,
        "line": invariant.line,
        "column": invariant.column,
        "given": {name: written(name, value) for name, value in broken.case.given.items()},
        "transcript": [_turn_json(each) for each in broken.outcome.played],
        "again": again(fuzz, broken),
    }


def _turn_json(played: Played) -> dict[str, Any]:
    step = played.step
    return {
        "say": step.say,
        "after_s": step.after_s,
        "means": step.means,
        "recognised": played.facts.get("message.intent"),
        "confidence": played.facts.get("message.confidence"),
        "did": list(played.did),
        "bot": [line.text for line in played.said],
        "hand_over": played.standing.to_people,
    }


def fuzz_github(fuzz: Fuzz) -> Sequence[str]:
    """A line for each broken invariant, which GitHub shows beside it, or at the beginning of the policy."""
    lines = []
    for each in fuzz.found.broken:
        invariant = each.violation.invariant
        text = "\n".join([*_told(fuzz, each), f"again: {again(fuzz, each)}"])
        line = invariant.line or 1
        lines.append(annotation("error", fuzz.policy.place, line, invariant.column, f"broken {invariant.id}", text))
    return lines
