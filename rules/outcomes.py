"""What a policy decides at the opening of conversations, many at a time, as codes that several policies share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .columns import BoolArray, Columns, Moments, Words
from .compiled import CompiledPolicy, Routing
from .first_act import PEOPLE, TO_PEOPLE, first_acts
from .openings import SomeRows
from .policy import ESCALATION, Policy
from .standing import KNOWS_ALL, Knowledge
from .vocabulary import PRIORITIES

if TYPE_CHECKING:
    from ..calendar import WeekHours
    from .policy import Ruleset
    from .vocabulary import Trigger

OPENING: Final[tuple[Trigger, ...]] = ("arrived", "handed_over")
"""The triggers of what is decided here."""
IntArray = NDArray[np.int64]
Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """What is decided of an opening.

    act        what comes first: straight to people, or what the bot does (`first_act.py`)
    route      the team that has it then; where the bot tries to help, if the bot handed it over; or `escalation`
    priority, tags   as rules set them by then; tags by alphabet
    """

    act: str
    route: str
    priority: str
    tags: tuple[str, ...] = ()

    @property
    def automated(self) -> bool:
        """Whether a bot tries to help before any person does."""
        return self.act not in TO_PEOPLE

    @property
    def inbox(self) -> str:
        """`bot`, or the team that has it at once."""
        return "bot" if self.automated else self.route


class Decider:
    """Decides on openings, policy after policy; `outcomes` are all that came of any so far, by their codes.

    `knowledge` is what a bot knows; `hours` are those in which people are there (`None`: always, as for those whose
    time is unknown); `language` is what each is written in (`None`: as `customer.language` says).
    """

    def __init__(
        self,
        columns: Columns,
        knowledge: Knowledge = KNOWS_ALL,
        hours: WeekHours | None = None,
        language: Words | None = None,
    ) -> None:
        self.columns = columns
        self.outcomes: list[Outcome] = []
        self._knowledge, self._hours, self._language = knowledge, hours, language
        self._codes: dict[Outcome, int] = {}

    def decided(self, policy: Policy, rows: IntArray | None = None) -> Codes:
        """The code of what the policy decides of each of these rows, all if `None`; raises `MissingFact`."""
        columns = self.columns if rows is None else SomeRows(self.columns, rows)
        compiled = CompiledPolicy(policy)
        acts, names = self._acts(compiled, columns, rows)
        routing = routed(compiled, columns, acts != (names.index(PEOPLE) if PEOPLE in names else -1))
        return self._coded(policy, acts, names, routing)

    def _acts(
        self, compiled: CompiledPolicy, columns: Columns, rows: IntArray | None
    ) -> tuple[NDArray[np.int16], tuple[str, ...]]:
        if compiled.policy.bot is None:
            return first_acts(compiled.policy, columns, np.zeros(columns.size, dtype=np.bool_))
        forbidden = compiled.forbids(columns) >= 0
        language = self._language
        if language is not None and rows is not None:
            language = Words(language.codes[rows], language.names)
        return first_acts(compiled.policy, columns, forbidden, self._knowledge, self._is_open(columns), language)

    def _is_open(self, columns: Columns) -> BoolArray | None:
        times = None if self._hours is None else columns.column("time")
        if self._hours is None or not isinstance(times, Moments):
            return None
        at = times.second_of_week
        return np.asarray(np.isnan(at) | self._hours.contains(np.nan_to_num(at)))

    def _coded(
        self, policy: Policy, acts: NDArray[np.int16], names: tuple[str, ...], routing: Routing
    ) -> Codes:
        tags, tags_code = np.unique(routing.tags, return_inverse=True)
        teams = len(policy.teams) + 1
        key = acts.astype(np.int64)
        for code, many in ((routing.team + 1, teams), (routing.priority, len(PRIORITIES)), (tags_code, tags.size)):
            key = key * many + code
        _, first, where = np.unique(key, return_index=True, return_inverse=True)
        codes = np.empty(first.size, dtype=np.int32)
        for number, row in enumerate(first.tolist()):
            team, bits = int(routing.team[row]), int(routing.tags[row])
            outcome = Outcome(
                names[int(acts[row])],
                ESCALATION if team < 0 else policy.teams[team],
                PRIORITIES[int(routing.priority[row])],
                tuple(sorted(tag for bit, tag in enumerate(policy.tags) if bits >> bit & 1)),
            )
            codes[number] = self._codes.setdefault(outcome, len(self._codes))
            if codes[number] == len(self.outcomes):
                self.outcomes.append(outcome)
        return codes[where]


def routed(compiled: CompiledPolicy, columns: Columns, met_bot: BoolArray) -> Routing:
    """Where rules send openings on arrival and, those who meet the bot, when it hands them over at once. Raises
    `MissingFact`.
    """
    routing = compiled.route(columns, "arrived")
    rows = np.flatnonzero(met_bot)
    if rows.size and any("handed_over" in ruleset.on for ruleset in compiled.policy.rulesets):
        again = compiled.route(SomeRows(columns, rows), "handed_over", before=routing.where(rows))
        for part in fields(Routing):
            getattr(routing, part.name)[rows] = getattr(again, part.name)
    return routing


def some_rule_fires(policy: Policy, columns: Columns) -> bool:
    """Whether the condition of any guard or rule holds for any opening; a bot's guards only."""
    compiled = CompiledPolicy(policy)
    guarded = policy.bot is not None and bool(compiled.guards_holding(columns).any())
    rules = (rule for ruleset in policy.rulesets if is_tried(ruleset) for rule in ruleset.rules)
    return guarded or any(bool(compiled.holding(rule.when, columns).any()) for rule in rules)


def is_tried(ruleset: Ruleset) -> bool:
    """Whether a ruleset is tried at the opening of conversations."""
    return any(trigger in ruleset.on for trigger in OPENING)
