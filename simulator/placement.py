"""Where conversations that reach people are placed by rules."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..rules.compiled import NORMAL, CompiledPolicy, Late, Routing
from .collected import Collected
from .desk import Desk
from .dialogue import Dialogues
from .draws import Draws
from .facts import VisibleFacts
from .guesses import Messages
from .population import Population

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int32]


@dataclass(frozen=True)
class Placements:
    """The first team of some conversations and the rule that chose it; one entry for each row of the dialogues asked
    about.

    team      int8   code into the scenario's teams
    priority  int8   0 urgent, 1 high, 2 normal, 3 low
    rule      int16  code into the policy's rule ids; -1: no rule, so the escalation inbox
    tags      uint64
    """

    team: NDArray[np.int8]
    priority: NDArray[np.int8]
    rule: NDArray[np.int16]
    tags: NDArray[np.uint64]


class Placer:
    """Places the conversations of one policy."""

    def __init__(self, desk: Desk, policy: CompiledPolicy, population: Population, draws: Draws) -> None:
        self._desk, self._policy, self._people, self._draws = desk, policy, population, draws
        self._asks = () if policy.policy.bot is None else policy.policy.bot.collect
        self._recogniser = desk.recogniser(draws)
        scenario = desk.scenario
        teams = list(scenario.teams)
        escalation = teams.index(scenario.escalation.team)
        # One more entry at the end, so that the code -1 (no rule placed it) finds the escalation inbox.
        self._team_of_code = np.array([teams.index(name) for name in policy.policy.teams] + [escalation], dtype=np.int8)

    def place(self, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, late: Late) -> Placements:
        """First teams of the conversations `over` (positions in the dialogues), which began at `starts_s`; of those of
        a backlog the inbox in which they wait.
        """
        waits_in = self._waits_in(dialogues.rows[over], dialogues.attempt)
        if waits_in is None:
            return self._routed(dialogues, over, starts_s, late)
        placed = Placements(
            waits_in.copy(),
            np.full(over.size, NORMAL, dtype=np.int8),
            np.full(over.size, -1, dtype=np.int16),
            np.zeros(over.size, dtype=np.uint64),
        )
        others = np.flatnonzero(waits_in < 0)
        routed = self._routed(dialogues, over[others], starts_s[others], late)
        for field in fields(Placements):
            getattr(placed, field.name)[others] = getattr(routed, field.name)
        return placed

    def _waits_in(self, rows: IntArray, attempt: int) -> NDArray[np.int8] | None:
        """For each problem the inbox in which it waits from the start, -1 where it does not; `None` if none does."""
        backlog = self._people.backlog
        return None if backlog is None or attempt > 1 else backlog[rows]

    def _routed(self, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, late: Late) -> Placements:
        """Where the rules send conversations."""
        rows, attempt = dialogues.rows[over], dialogues.attempt
        opening = Messages(self._recogniser, rows, dialogues.opening[over], attempt, 0)
        email = None if dialogues.email is None else dialogues.email[over]
        routing = self._policy.route(VisibleFacts(self._desk, self._people, opening, starts_s, email), "arrived", late)
        if "message" in self._policy.policy.triggers:
            self._route_on(routing, dialogues, over, starts_s, late)
        after_bot = np.flatnonzero(dialogues.has_bot[over])
        if after_bot.size:
            handed = over[after_bot]
            at_s = starts_s[after_bot] + dialogues.duration_s[handed]
            turn = 0 if dialogues.telling_turn is None else dialogues.telling_turn[handed]
            telling = Messages(
                self._recogniser, dialogues.rows[handed], dialogues.telling[handed], attempt, turn
            )
            collected = None
            if dialogues.collected is not None:
                told = dialogues.collected[handed]
                collected = Collected(self._desk, self._people, self._draws, telling.rows, attempt, told, self._asks)
            by_email = None if email is None else email[after_bot]
            facts = VisibleFacts(self._desk, self._people, telling, at_s, by_email, collected)
            again = self._policy.route(facts, "handed_over", late, before=routing.where(after_bot))
            _put(again, routing, after_bot)
        return Placements(self._team_of_code[routing.team], routing.priority, routing.rule, routing.tags)

    def _route_on(
        self, routing: Routing, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, late: Late
    ) -> None:
        """What rules make of each further message to the bot, one after the other."""
        mine = dialogues.rows[over]
        for said in dialogues.customer_said if mine.size else ():
            if said.turn == 0:
                continue
            place = np.minimum(np.searchsorted(mine, said.rows), mine.size - 1)
            here = np.flatnonzero(mine[place] == said.rows)
            at = place[here]
            if not at.size:
                continue
            messages = Messages(self._recogniser, mine[at], said.codes[here], dialogues.attempt, said.turn)
            email = None if dialogues.email is None else dialogues.email[over[at]]
            at_s = starts_s[at] + said.after_s[here]
            facts = VisibleFacts(self._desk, self._people, messages, at_s, email)
            _put(self._policy.route(facts, "message", late, before=routing.where(at)), routing, at)


def _put(some: Routing, whole: Routing, rows: NDArray[np.int64]) -> None:
    """Some rows of a routing into their places in the whole."""
    for field in fields(Routing):
        getattr(whole, field.name)[rows] = getattr(some, field.name)
