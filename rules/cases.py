"""Cases: what a policy should do in a conversation, what it did, and where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from .conversation import (
    ACTS,
    DID,
    STRAIGHT,
    Around,
    Conversation,
    Expected,
    NotPossible,
    Played,
    Recognise,
    Step,
    Value,
    play,
)
from .decide import MissingFact
from .invariants import Invariant, built_in
from .matching import contains
from .policy import Policy
from .violations import Violation, violations

__all__ = [
    "ABOUT", "ACTS", "DID", "KEYS", "STRAIGHT", "Around", "Case", "Conversation", "Difference", "Expected",
    "NotPossible", "Outcome", "Played", "Recognise", "Step", "Value", "outcome", "play", "several", "unmet",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and what should come of it; `todo` says why it is not expected to hold yet.

    It keeps the policy's invariants, and those of the built-in ones that are among `invariants`. It stands in `file`, a
    CSV, if not in that of its suite.
    """

    id: str
    steps: tuple[Step, ...]
    given: Mapping[str, object] = field(default_factory=dict)
    why: str | None = None
    todo: str | None = None
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)
    invariants: tuple[str, ...] = ()
    file: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that did not come out as expected, in the step of that number (from 0)."""

    step: int
    expected: Expected
    actual: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; `stopped` says why it could not be played to the end, `violations` what it breaks."""

    case: Case
    played: tuple[Played, ...]
    differences: tuple[Difference, ...]
    stopped: str | None = None
    violations: tuple[Violation, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether all is as expected."""
        return not self.differences and not self.violations and self.stopped is None


def outcome(policy: Policy, case: Case, around: Around) -> Outcome:
    """A case, played as far as that is possible."""
    conversation, played, stopped = Conversation(policy, case.given, around), list[Played](), None
    for step in case.steps:
        try:
            played.append(conversation.after(step))
        except (MissingFact, NotPossible) as error:
            stopped = str(error)
            break
    differences = tuple(
        Difference(number, expected, actual)
        for number, each in enumerate(played)
        for expected in each.step.expect
        if (actual := unmet(expected, each)) is not None
    )
    broken: tuple[Violation, ...] = ()
    try:
        broken = violations(_invariants_of(policy, case, around), played, policy.groups)
    except MissingFact as error:
        stopped = stopped or str(error)
    return Outcome(case, tuple(played), differences, stopped, broken)


def _invariants_of(policy: Policy, case: Case, around: Around) -> tuple[Invariant, ...]:
    """The policy's, and the built-in ones that a case names; one of the policy's takes the place of its namesake."""
    own = {each.id for each in policy.invariants}
    wanted = [name for name in case.invariants if name not in own]
    ready = built_in(around.knowledge.asks_recognised_from) if wanted else {}
    return (*policy.invariants, *(ready[name] for name in wanted if name in ready))


def unmet(expected: Expected, played: Played) -> str | None:
    """What came instead of what is expected; `None`: it is as expected."""
    return KEYS[expected.key](expected.value, played)


def several(value: Value) -> tuple[str, ...]:
    """What is expected as a tuple of texts, one text too."""
    return value if isinstance(value, tuple) else (str(value),)


def _is(wanted: Value, found: str | None) -> str | None:
    return None if found == wanted else found or "none"


def _has(wanted: Value, found: Sequence[str]) -> str | None:
    return None if set(several(wanted)) <= set(found) else ", ".join(found) or "none"


def _has_none(unwanted: Value, found: Sequence[str]) -> str | None:
    there = [each for each in found if each in several(unwanted)]
    return ", ".join(there) or None


def _with_short(rules: Sequence[str]) -> tuple[str, ...]:
    """Ids of rules, with and without their rulesets."""
    return (*rules, *(each.rpartition(".")[2] for each in rules))


def _fired(wanted: Value, played: Played) -> str | None:
    return None if set(several(wanted)) <= set(_with_short(played.rules)) else ", ".join(played.rules) or "none"


def _handed_over(wanted: Value, played: Played) -> str | None:
    to_people = played.standing.to_people
    return None if to_people is wanted else str(to_people).lower()


def _replied(wanted: Value, played: Played) -> str | None:
    """A kind is meant with what it is about, or without: `answer refund`, `answer`."""
    kinds = [line.kind for line in played.said]
    found = {*kinds, *(kind.split()[0] for kind in kinds)}
    return None if set(several(wanted)) <= found else ", ".join(kinds) or "none"


def _says(wanted: Value, played: Played) -> str | None:
    words = "\n".join(line.text for line in played.said)
    missing = [phrase for phrase in several(wanted) if not any(contains(line.text, phrase) for line in played.said)]
    return (words or "nothing") if missing else None


def _says_none(unwanted: Value, played: Played) -> str | None:
    found = [line.text for line in played.said if any(contains(line.text, phrase) for phrase in several(unwanted))]
    return "\n".join(found) or None


KEYS: Final[Mapping[str, Callable[[Value, Played], str | None]]] = {
    "route": lambda wanted, played: _is(wanted, played.route),
    "rule": _fired,
    "not_rules": lambda unwanted, played: _has_none(unwanted, _with_short(played.rules)),
    "did": lambda wanted, played: _has(wanted, played.did),
    "not_did": lambda unwanted, played: _has_none(unwanted, played.did),
    "hand_over": _handed_over,
    "reply": _replied,
    "says": _says,
    "not_says": _says_none,
    "tags": lambda wanted, played: _has(wanted, played.decision.tags),
    "priority": lambda wanted, played: _is(wanted, played.decision.priority),
}
"""What a step may be expected to come to, and how that is told: what came instead, `None` where it is as expected."""
ABOUT: Final[Mapping[str, str]] = {
    "route": "the team that has it; `escalation`: the escalation inbox",
    "rule": "rules and guards that acted, with or without the name of their ruleset",
    "not_rules": "rules and guards that did not act",
    "did": f"what was done: {', '.join(ACTS)}",
    "not_did": "what was not done",
    "hand_over": "whether people have it",
    "reply": "the kind of the bot's reply, such as `answer refund`",
    "says": "words that the bot's reply contains",
    "not_says": "words that it does not contain",
    "tags": "tags that rules set",
    "priority": "the priority that rules set",
}
"""What each of them is, for those who write it."""
