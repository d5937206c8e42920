"""Where conversations that reach people are placed, and the chain of teams they pass through."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..rules.compiled import CompiledPolicy, Late, Routing
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


@dataclass(frozen=True)
class VisitChains:
    """Visits that conversations will make if they wait long enough, in blocks: all first visits, then all second ones,
    and so on.

    owner      int32    row of the placements asked about
    touch      int8     1 for the first team, and so on
    team       int8
    service_s  float64  look or work, all factors but those of the agent applied
    patience_s, message_patience_s   float64  how long the customer waits here: live, and after leaving a message at
                                     closed hours
    silent     bool     if the customer leaves here, nobody notices
    wrap_up_s  float64  time the agent is still held once the conversation is over
    next       int32    the visit after this one if the team cannot solve it; -1 none
    """

    owner: IntArray
    touch: NDArray[np.int8]
    team: NDArray[np.int8]
    service_s: FloatArray
    patience_s: FloatArray
    message_patience_s: FloatArray
    silent: BoolArray
    wrap_up_s: FloatArray
    next: IntArray


class Placer:
    """Places the conversations of one policy."""

    def __init__(self, desk: Desk, policy: CompiledPolicy, population: Population, draws: Draws) -> None:
        self._desk, self._policy, self._people, self._draws = desk, policy, population, draws
        self._recogniser = desk.recogniser(draws)
        scenario = desk.scenario
        teams = list(scenario.teams)
        self.escalation = teams.index(scenario.escalation.team)
        # One more entry at the end, so that the code -1 (no rule placed it) finds the escalation inbox.
        self._team_of_code = np.array(
            [teams.index(name) for name in policy.policy.teams] + [self.escalation], dtype=np.int8
        )
        self.staffed = np.array([desk.floorplan.is_staffed(number) for number in range(len(teams))])
        intents = list(scenario.intents.items())
        self.right_team = np.array([teams.index(intent.team) for _, intent in intents], dtype=np.int8)
        self.solves = np.array(
            [
                [name == intent.team or intent_name in team.also_solves for intent_name, intent in intents]
                for name, team in scenario.teams.items()
            ]
        )
        # By the team that moves a conversation on and the right one: the teams it may be moved to by mistake, which are
        # all with agents but those two and the escalation inbox.
        choices = [
            [
                [t for t in np.flatnonzero(self.staffed).tolist() if t not in (left, right, self.escalation)]
                for right in range(len(teams))
            ]
            for left in range(len(teams))
        ]
        self._wrong_choices = np.array([[len(c) for c in row] for row in choices], dtype=np.int8)
        self._wrong_choice = np.array(
            [[c + [-1] * (len(teams) - len(c)) for c in row] for row in choices], dtype=np.int8
        )
        self._patience = [segment.temperament.patience for segment in scenario.segments.values()]
        self._silent = np.array([patience.silent for patience in self._patience])
        self._told_factor = np.array([patience.told_factor for patience in self._patience])
        bot = policy.policy.bot
        self._says_when = bot is not None and bot.hand_over.when_closed == "say_when"

    def place(self, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, late: Late) -> Placements:
        """First teams of the conversations `over` (positions in the dialogues), which began at `starts_s`."""
        rows, attempt = dialogues.rows[over], dialogues.attempt
        opening = Messages(self._recogniser, rows, dialogues.opening[over], attempt, 0)
        routing = self._policy.route(VisibleFacts(self._desk, self._people, opening, starts_s), "arrived", late)
        after_bot = np.flatnonzero(dialogues.has_bot[over])
        if after_bot.size:
            handed = over[after_bot]
            at_s = starts_s[after_bot] + dialogues.duration_s[handed]
            turn = 0 if dialogues.telling_turn is None else dialogues.telling_turn[handed]
            telling = Messages(
                self._recogniser, dialogues.rows[handed], dialogues.telling[handed], attempt, turn
            )
            facts = VisibleFacts(self._desk, self._people, telling, at_s)
            again = self._policy.route(facts, "handed_over", late, before=_rows_of(routing, after_bot))
            for field in fields(Routing):
                getattr(routing, field.name)[after_bot] = getattr(again, field.name)
        return Placements(self._team_of_code[routing.team], routing.priority, routing.rule, routing.tags)

    def chains(self, dialogues: Dialogues, over: IntArray, team: NDArray[np.int8]) -> VisitChains:
        """The teams that conversations pass through, from their first team to one that can solve the problem.

        A team that cannot solve it looks, then moves it on: to the right team with the scenario's share, else to a
        wrong one.
        """
        rows, attempt = dialogues.rows[over], dialogues.attempt
        people, scenario = self._people, self._desk.scenario
        intent, segment = people.intent[rows], people.segment[rows]
        right = self.right_team[intent]
        work_s = people.work_s[rows] * np.where(dialogues.loop[over], scenario.behaviour.loop_handle_factor, 1.0)
        if attempt > 1 and scenario.returns is not None:
            work_s = work_s * scenario.returns.handle_factor
        told = dialogues.has_bot[over] if self._says_when else None
        blocks: list[_Block] = []
        at, now = np.arange(over.size, dtype=np.int32), team.astype(np.int8)
        for touch in range(1, scenario.escalation.touches_at_most + 1):
            able = self.solves[now, intent[at]]
            service_s = work_s[at].copy()
            if not able.all():
                service_s[~able] = self._look_s(rows[at[~able]], now[~able], attempt, touch)
            live_s, message_s = self._patience_s(rows[at], segment[at], attempt, touch)
            if told is not None:
                message_s *= np.where(told[at], self._told_factor[segment[at]], 1.0)
            silent = self._leaves_silently(rows[at], segment[at], attempt, touch)
            wrap_up_s = self._wrap_up_s(rows[at], now, attempt, touch)
            blocks.append((at, now, service_s, live_s, message_s, silent, wrap_up_s))
            if able.all():
                break
            at, left = at[~able], now[~able]
            now = self._moved_on(rows[at], left, right[at], attempt, touch)
        return _linked(blocks)

    def _patience_s(
        self, rows: IntArray, segment: NDArray[np.int8], attempt: int, touch: int
    ) -> tuple[FloatArray, FloatArray]:
        """How long customers wait live, and after a message: both from the share who would wait at least as long."""
        share = self._draws.open_uniform(rows, "patience", attempt, touch)
        live_s, message_s = np.empty(rows.size), np.empty(rows.size)
        for number, patience in enumerate(self._patience):
            here = np.flatnonzero(segment == number)
            live_s[here], message_s[here] = patience.live_s(share[here]), patience.inbox_s(share[here])
        return live_s, message_s

    def _leaves_silently(self, rows: IntArray, segment: NDArray[np.int8], attempt: int, touch: int) -> BoolArray:
        if not self._silent.any():
            return np.zeros(rows.size, dtype=np.bool_)
        return self._draws.uniform(rows, "leaves silently", attempt, touch) < self._silent[segment]

    def _wrap_up_s(self, rows: IntArray, team: NDArray[np.int8], attempt: int, touch: int) -> FloatArray:
        """What each team's agents still write up after the conversation; 0 where they do not."""
        wrap_up_s = np.zeros(rows.size)
        kinds = [kind.wrap_up for kind in self._desk.scenario.teams.values()]
        if any(kind is not None for kind in kinds):
            u = self._draws.open_uniform(rows, "wrap up", attempt, touch)
            for number, kind in enumerate(kinds):
                here = np.flatnonzero(team == number)
                if kind is not None:
                    wrap_up_s[here] = kind.quantile(u[here])
        return wrap_up_s

    def _look_s(self, rows: IntArray, team: NDArray[np.int8], attempt: int, touch: int) -> FloatArray:
        u = self._draws.open_uniform(rows, "look", attempt, touch)
        look_s = np.empty(rows.size)
        for number, kind in enumerate(self._desk.scenario.teams.values()):
            here = team == number
            look_s[here] = kind.look.quantile(u[here])
        return look_s

    def _moved_on(
        self, rows: IntArray, left: NDArray[np.int8], right: NDArray[np.int8], attempt: int, touch: int
    ) -> NDArray[np.int8]:
        escalation = self._desk.scenario.escalation
        if touch + 1 == escalation.touches_at_most:
            return right
        share = np.where(left == self.escalation, escalation.assigns_right, escalation.transfers_right)
        u = self._draws.uniform(rows, "moved on", attempt, touch)
        count = self._wrong_choices[left, right]
        goes_wrong = np.flatnonzero((u >= share) & (count > 0))
        moved = right.copy()
        spare = (u[goes_wrong] - share[goes_wrong]) / (1 - share[goes_wrong])
        pick = np.minimum((spare * count[goes_wrong]).astype(np.int8), count[goes_wrong] - 1)
        moved[goes_wrong] = self._wrong_choice[left[goes_wrong], right[goes_wrong], pick]
        return moved


def _rows_of(routing: Routing, rows: NDArray[np.int64]) -> Routing:
    return Routing(
        routing.team[rows], routing.priority[rows], routing.tags[rows], routing.rule[rows], routing.overlap[rows]
    )


_Block = tuple[IntArray, NDArray[np.int8], FloatArray, FloatArray, FloatArray, BoolArray, FloatArray]
"""Owner, team, service, patience live and after a message, silent, wrap-up of the visits of one touch."""


def _linked(blocks: list[_Block]) -> VisitChains:
    sizes = [block[0].size for block in blocks]
    firsts = np.concatenate([[0], np.cumsum(sizes)])
    following = np.full(int(firsts[-1]), -1, dtype=np.int32)
    for number in range(1, len(blocks)):
        # Within a block owners ascend, so the visit before is found by its owner.
        before = np.searchsorted(blocks[number - 1][0], blocks[number][0]) + firsts[number - 1]
        following[before] = np.arange(firsts[number], firsts[number + 1], dtype=np.int32)
    owner, team, service_s, patience_s, message_s, silent, wrap_up_s = (
        np.concatenate([block[part] for block in blocks]) for part in range(7)
    )
    touch = np.repeat(np.arange(1, len(blocks) + 1, dtype=np.int8), sizes)
    return VisitChains(owner, touch, team, service_s, patience_s, message_s, silent, wrap_up_s, following)
