"""How well a policy's rules place messages whose right team is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import BoolArray
from .compiled import CompiledPolicy, Routing
from .openings import IntArray, Openings
from .outcomes import is_tried, routed
from .policy import DEFAULT, ESCALATION, Policy, Ruleset

Codes = NDArray[np.int64]
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class TeamScore:
    """One team: how many messages are its own, how many are placed with it, how many of these rightly."""

    team: str
    own: int
    placed: int
    right: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Messages of one team that are placed with another."""

    team: str
    placed: str
    count: int
    samples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Messages for which two rules of a `first` ruleset hold that lead to different teams: the first of them acts."""

    acts: str
    loses: str
    count: int
    samples: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Score:
    """What came of messages with a known team.

    unmatched   those that no rule places: a default does, or nothing
    conflicts   how many messages have one; `pairs` are the two rules of each, the most frequent first
    confusions  the most frequent first
    fires       whether a rule places any message
    """

    policy: Policy
    openings: Openings
    right: int
    teams: tuple[TeamScore, ...]
    unmatched: int
    conflicts: int
    pairs: tuple[Conflict, ...]
    confusions: tuple[Confusion, ...]
    fires: bool

    @property
    def size(self) -> int:
        """How many messages."""
        return self.openings.size


def score(policy: Policy, openings: Openings, right: Sequence[str]) -> Score:
    """How well the rules place openings whose right teams are given, one each. Raises `MissingFact`.

    Placed is as on arrival; under a policy with a bot, as when the bot hands over at once.
    """
    compiled = CompiledPolicy(policy)
    routing = routed(compiled, openings.columns, np.full(openings.size, policy.bot is not None))
    names = list(dict.fromkeys((*policy.teams, ESCALATION, *sorted(set(right)))))
    numbers = {name: number for number, name in enumerate(names)}
    own = np.array([numbers[team] for team in right], dtype=np.int64)
    placed = np.where(routing.team < 0, numbers[ESCALATION], routing.team).astype(np.int64)
    by_rule = _by_rule(policy, routing)
    holding = compiled.rules_holding(openings.columns)
    pairs, conflicts = _conflicts(policy, openings, holding)
    return Score(
        policy,
        openings,
        int(np.count_nonzero(own == placed)),
        tuple(_teams(names, own, placed)),
        int(np.count_nonzero(~by_rule)),
        int(np.count_nonzero(conflicts)),
        pairs,
        tuple(_confusions(names, openings, own, placed)),
        bool(by_rule.any()),
    )


def _by_rule(policy: Policy, routing: Routing) -> BoolArray:
    """Which rows a rule has placed, and no default."""
    # One more entry at the end, which -1 (nothing placed it) looks up.
    is_rule = np.array([not name.endswith(f".{DEFAULT}") for name in policy.rule_ids] + [False], dtype=np.bool_)
    return is_rule[routing.rule]


def _teams(names: Sequence[str], own: Codes, placed: Codes) -> list[TeamScore]:
    of_own, of_placed = (np.bincount(codes, minlength=len(names)).tolist() for codes in (own, placed))
    of_right = np.bincount(own[own == placed], minlength=len(names)).tolist()
    found = [TeamScore(*each) for each in zip(names, of_own, of_placed, of_right, strict=True)]
    return sorted((each for each in found if each.own or each.placed), key=lambda each: (-each.own, each.team))


def _confusions(names: Sequence[str], openings: Openings, own: Codes, placed: Codes) -> list[Confusion]:
    wrong = np.flatnonzero(own != placed)
    found = []
    for pair in np.unique(own[wrong] * len(names) + placed[wrong]).tolist():
        team, with_ = divmod(pair, len(names))
        rows = wrong[(own[wrong] == team) & (placed[wrong] == with_)]
        found.append(Confusion(names[team], names[with_], int(rows.size), openings.samples(rows, SAMPLES)))
    return sorted(found, key=lambda each: (-each.count, each.team, each.placed))


def _conflicts(policy: Policy, openings: Openings, holding: BoolArray) -> tuple[tuple[Conflict, ...], BoolArray]:
    """Pairs of the rule that acts and the next one that holds and leads elsewhere, and which rows have such a pair."""
    found: list[Conflict] = []
    anywhere = np.zeros(openings.size, dtype=np.bool_)
    first = 0
    for ruleset in policy.rulesets:
        held = holding[first : first + len(ruleset.rules)]
        first += len(ruleset.rules)
        if ruleset.hit_policy != "first" or not is_tried(ruleset):
            continue
        for acts, loses, rows in _pairs(ruleset, held):
            anywhere[rows] = True
            count = int(rows.size)
            found.append(Conflict(f"{ruleset.name}.{acts}", f"{ruleset.name}.{loses}", count, openings.samples(rows)))
    return tuple(sorted(found, key=lambda each: (-each.count, each.acts, each.loses))), anywhere


def _pairs(ruleset: Ruleset, held: BoolArray) -> list[tuple[str, str, IntArray]]:
    """Rules of a ruleset, the one that acts and the next with another route, and the rows for which they do."""
    rules = ruleset.rules
    if not rules:
        return []
    acts = np.where(held.any(axis=0), held.argmax(axis=0), -1)
    found = []
    for number, rule in enumerate(rules):
        if rule.then.route is None:
            continue
        rows = np.flatnonzero(acts == number)
        for later in range(number + 1, len(rules)):
            other = rules[later].then.route
            if other is None or other == rule.then.route:
                continue
            hit = held[later, rows]
            if hit.any():
                found.append((rule.id, rules[later].id, rows[hit]))
                rows = rows[~hit]
    return found
