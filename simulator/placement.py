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
from .waiting_plan import Stage, further_messages

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
    route     int16  code into the policy's teams; -1: no rule has set it
    acted     int16  the rule that acted last at the last trigger; -1: none did
    """

    team: NDArray[np.int8]
    priority: NDArray[np.int8]
    rule: NDArray[np.int16]
    tags: NDArray[np.uint64]
    route: NDArray[np.int16]
    acted: NDArray[np.int16]

    def where(self, rows: NDArray[np.intp]) -> Placements:
        """Some of the entries."""
        return Placements(*(getattr(self, field.name)[rows] for field in fields(self)))

    def copy(self) -> Placements:
        """The same in memory of its own."""
        return Placements(*(getattr(self, field.name).copy() for field in fields(self)))

    def put(self, rows: NDArray[np.intp], some: Placements) -> None:
        """Puts some entries in their places, before anybody else has these columns."""
        for field in fields(self):
            getattr(self, field.name)[rows] = getattr(some, field.name)


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
            np.full(over.size, -1, dtype=np.int16),
            np.full(over.size, -1, dtype=np.int16),
        )
        others = np.flatnonzero(waits_in < 0)
        placed.put(others, self._routed(dialogues, over[others], starts_s[others], late))
        return placed

    def changed(
        self,
        dialogues: Dialogues,
        over: IntArray,
        messages: tuple[IntArray, NDArray[np.int8]],
        at_s: FloatArray,
        stage: Stage,
        late: Late,
        before: Placements,
    ) -> Placements:
        """What rules at one stage of their waits make of the conversations `over`, which were placed so `before`;
        `messages` are what their customers wrote last (pool rows, and turns), `at_s` the moments.
        """
        rows, attempt = dialogues.rows[over], dialogues.attempt
        last = Messages(self._recogniser, rows, messages[0], attempt, messages[1])
        email = None if dialogues.email is None else dialogues.email[over]
        collected = None
        if dialogues.collected is not None:
            told = dialogues.collected[over]
            collected = Collected(self._desk, self._people, self._draws, rows, attempt, told, self._asks)
        facts = VisibleFacts(self._desk, self._people, last, at_s, email, collected)
        nothing = np.full(over.size, -1, dtype=np.int16)
        no_overlap = np.zeros(over.size, dtype=np.bool_)
        so_far = Routing(before.route, before.priority, before.tags, nothing, no_overlap, nothing)
        routing = self._policy.route(facts, stage.trigger, late, before=so_far, waited_s=stage.waited_s)
        routed = routing.rule >= 0
        return Placements(
            np.where(routed, self._team_of_code[routing.team], before.team),
            routing.priority,
            np.where(routed, routing.rule, before.rule),
            routing.tags,
            routing.team,
            routing.acted,
        )

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
        team = self._team_of_code[routing.team]
        return Placements(team, routing.priority, routing.rule, routing.tags, routing.team, routing.acted)

    def _route_on(
        self, routing: Routing, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, late: Late
    ) -> None:
        """What rules make of each further message to the bot, one after the other."""
        for turn, at, said in further_messages(dialogues, over):
            messages = Messages(self._recogniser, dialogues.rows[over[at]], said.codes, dialogues.attempt, turn)
            email = None if dialogues.email is None else dialogues.email[over[at]]
            facts = VisibleFacts(self._desk, self._people, messages, starts_s[at] + said.after_s, email)
            _put(self._policy.route(facts, "message", late, before=routing.where(at)), routing, at)


def _put(some: Routing, whole: Routing, rows: NDArray[np.int64]) -> None:
    """Some rows of a routing into their places in the whole."""
    for field in fields(Routing):
        getattr(whole, field.name)[rows] = getattr(some, field.name)
