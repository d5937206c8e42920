"""Whether what cases expect exists: the rules, teams, tags and replies that a policy has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from ..errors import Problem, did_you_mean
from .cases import DID, Case, Expected, several
from .invariants import built_in
from .policy import ESCALATION, Policy
from .vocabulary import PRIORITIES

_KINDS: Final = tuple(DID)
_LISTED: Final = ("priority", "reply")
"""What there is of these is short enough to be listed."""


def unknown_names(
    cases: Iterable[Case], place: str, policy: Policy, teams: Collection[str] = ()
) -> Iterator[Problem]:
    """A line for each name that a case expects, and neither the policy nor `teams`, those of a scenario, have."""
    known: Mapping[str, tuple[str, tuple[str, ...]]] = {
        "route": ("no rule routes to", (*dict.fromkeys((*policy.teams, *teams, ESCALATION)),)),
        "rule": ("the policy has no rule or guard", _rules(policy)),
        "not_rules": ("the policy has no rule or guard", _rules(policy)),
        "tags": ("no rule sets the tag", policy.tags),
        "priority": ("there is no priority", PRIORITIES),
        "reply": ("a bot has no reply of the kind", _KINDS),
    }
    own = (*(each.id for each in policy.invariants), *built_in())
    for case in cases:
        for name in (each for each in case.invariants if each not in own):
            told = f"case `{case.id}`: there is no invariant `{name}`"
            yield Problem(case.file or place, told, case.line, case.column, did_you_mean(name, own))
        for expected in (each for step in case.steps for each in step.expect):
            if expected.key in known:
                message, names = known[expected.key]
                yield from _unknown(case, expected, place, message, names)


def _unknown(case: Case, expected: Expected, place: str, message: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for name in several(expected.value):
        word = name.split(" ")[0] if expected.key == "reply" else name
        if word not in names:
            listed = f"; there is {', '.join(names)}" if expected.key in _LISTED else ""
            told = f"case `{case.id}`: {message} `{name}`{listed}"
            yield Problem(expected.file or place, told, expected.line, expected.column, did_you_mean(word, names))


def _rules(policy: Policy) -> tuple[str, ...]:
    """Ids as they may be written: guards', rules' with and without their rulesets, and `ruleset.default`."""
    return (*policy.guard_ids, *policy.rule_ids, *dict.fromkeys(each.rpartition(".")[2] for each in policy.rule_ids))
