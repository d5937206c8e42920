"""What each visit of a conversation with people takes: drawn for one desk and population, whatever becomes of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rules.policy import Policy
from .desk import Desk
from .dialogue import Dialogues, Reason
from .draws import Draws
from .population import Population, drawn_work_s

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int32]
SmallArray = NDArray[np.int8]


class VisitPlanner:
    """Who a conversation goes to, how long that takes, and whether it helps, for one policy, desk and population."""

    def __init__(self, desk: Desk, population: Population, draws: Draws, policy: Policy) -> None:
        self._desk, self._people, self._draws, self._policy = desk, population, draws, policy
        scenario = desk.scenario
        teams, intents = list(scenario.teams), list(scenario.intents.items())
        self._teams = tuple(scenario.teams.values())
        self.escalation = teams.index(scenario.escalation.team)
        self._right_team = np.array([teams.index(intent.team) for _, intent in intents], dtype=np.int8)
        self._person_solves = np.array([intent.person_solves for _, intent in intents])
        self._can_solve = np.array(
            [
                [name == intent.team or intent_name in team.also_solves for intent_name, intent in intents]
                for name, team in scenario.teams.items()
            ]
        )
        # By the team that moves a conversation on and the right one: the teams it may be moved to by mistake, which are
        # all with agents but those two and the escalation inbox.
        staffed = [number for number in range(len(teams)) if desk.floorplan.is_staffed(number)]
        choices = [
            [[t for t in staffed if t not in (left, right, self.escalation)] for right in range(len(teams))]
            for left in range(len(teams))
        ]
        self._wrong_choices = np.array([[len(c) for c in row] for row in choices], dtype=np.int8)
        self._wrong_choice = np.array(
            [[c + [-1] * (len(teams) - len(c)) for c in row] for row in choices], dtype=np.int8
        )
        self._patience = [segment.temperament.patience for segment in scenario.segments.values()]
        self._silent = np.array([patience.silent for patience in self._patience])
        self._told_factor = np.array([patience.told_factor for patience in self._patience])
        nowhere = [team.leads_nowhere for team in self._teams]
        self._gives_up_s = np.array([np.inf if each is None else each.after for each in nowhere])
        self._ended = np.array([0.0 if each is None else each.ends for each in nowhere])
        self._manager = np.array([-1 if each is None else teams.index(each.to) for each in nowhere], dtype=np.int8)
        self._manager_solves = np.array([0.0 if each is None else each.solved_there for each in nowhere])

    def uniform(self, rows: IntArray, purpose: str, attempt: int, step: int) -> FloatArray:
        """Uniforms of some problems, never 0."""
        return self._draws.open_uniform(rows, purpose, attempt, step)

    def patience_s(self, rows: IntArray, attempt: int, step: int) -> tuple[FloatArray, FloatArray]:
        """How long customers wait live, and after a message: both from the share who would wait at least as long."""
        share = self.uniform(rows, "patience", attempt, step)
        backlog = self._people.backlog if attempt == step == 1 else None
        live_s, message_s = np.empty(rows.size), np.empty(rows.size)
        for number, patience in enumerate(self._patience):
            here = np.flatnonzero(self._people.segment[rows] == number)
            live_s[here], message_s[here] = patience.live_s(share[here]), patience.inbox_s(share[here])
            if backlog is not None:
                # Who waits already has not balked.
                here = here[backlog[rows[here]] >= 0]
                live_s[here] = patience.live_s(share[here] * (1 - patience.balks))
        return live_s, message_s

    def leaves_silently(self, rows: IntArray, attempt: int, step: int) -> BoolArray:
        """Whether customers who leave go without a word."""
        if not self._silent.any():
            return np.zeros(rows.size, dtype=np.bool_)
        u = self._draws.uniform(rows, "leaves silently", attempt, step)
        return np.asarray(u < self._silent[self._people.segment[rows]])

    def wrap_up_s(self, rows: IntArray, team: SmallArray, attempt: int, step: int) -> FloatArray:
        """What each team's agents still write up after the conversation; 0 where they do not."""
        wrap_up_s = np.zeros(rows.size)
        if any(kind.wrap_up is not None for kind in self._teams):
            u = self.uniform(rows, "wrap up", attempt, step)
            for number, kind in enumerate(self._teams):
                here = np.flatnonzero(team == number)
                if kind.wrap_up is not None:
                    wrap_up_s[here] = kind.wrap_up.quantile(u[here])
        return wrap_up_s

    def suspicion_s(self, rows: IntArray, team: SmallArray, attempt: int, step: int) -> FloatArray | None:
        """What it costs that customers take a team's templated first replies for a bot's; `None`: nobody sends any."""
        templated = [kind.templated_replies for kind in self._teams]
        if not any(templated):
            return None
        share = np.array([0.0 if each is None else each.share * each.suspected for each in templated])
        takes_s = np.array([0.0 if each is None else each.cleared_up_in for each in templated])
        suspects = self._draws.uniform(rows, "suspects a bot", attempt, step) < share[team]
        return np.where(suspects, takes_s[team], 0.0)

    def look_s(self, rows: IntArray, team: SmallArray, attempt: int, step: int) -> FloatArray:
        """How long teams take to see that a conversation belongs elsewhere."""
        u = self.uniform(rows, "look", attempt, step)
        look_s = np.empty(rows.size)
        for number, kind in enumerate(self._teams):
            here = team == number
            look_s[here] = kind.look.quantile(u[here])
        return look_s

    def told_factors(self, dialogues: Dialogues, over: IntArray) -> tuple[FloatArray | None, FloatArray | None]:
        """How many times as long customers wait in a chat, and after a message, because somebody said how long it
        takes; `None`: nobody did. Those of the backlog have begun to wait before.
        """
        expectation, bot = self._policy.expectation, self._policy.bot
        live, later = (False, False) if expectation is None else (expectation.live, expectation.later)
        factor = self._told_factor[self._people.segment[dialogues.rows[over]]]
        told = dialogues.reason[over] != Reason.BACKLOG
        by_bot = bot is not None and bot.hand_over.when_closed == "say_when"
        told_later = told if later else told & dialogues.has_bot[over]
        return (
            np.where(told, factor, 1.0) if live else None,
            np.where(told_later, factor, 1.0) if later or by_bot else None,
        )

    def work_s(self, dialogues: Dialogues, over: IntArray) -> FloatArray:
        """What the right team's agents have to do, before factors of their own."""
        scenario, people, rows, attempt = self._desk.scenario, self._people, dialogues.rows[over], dialogues.attempt
        work_s = people.work_s[rows]
        if attempt > 1 and scenario.returns is not None:
            if scenario.returns.work == "anew":
                u = self.uniform(rows, "work", attempt, 0)
                work_s = drawn_work_s(scenario, people.intent[rows], people.hardness[rows], u)
            work_s = work_s * scenario.returns.handle_factor
        work_s = work_s * np.where(dialogues.loop[over], scenario.behaviour.after_a_loop.handle_factor, 1.0)
        if dialogues.collected is not None:
            work_s = work_s * np.where(dialogues.collected[over], scenario.behaviour.collected_handle_factor, 1.0)
        return work_s

    def can_solve(self, rows: IntArray, team: SmallArray) -> BoolArray:
        """Whether teams can solve problems."""
        return np.asarray(self._can_solve[team, self._people.intent[rows]])

    def solves(self, rows: IntArray, attempt: int, step: int = 0) -> BoolArray:
        """Whether a service by a team that can solve a problem really does."""
        share = self._person_solves[self._people.intent[rows]]
        return np.asarray(self._draws.uniform(rows, "person solves", attempt, step) < share)

    def moved_on(
        self, rows: IntArray, left: SmallArray, attempt: int, touch: int, looped: BoolArray
    ) -> SmallArray:
        """Where the teams `left` send conversations that they cannot solve; `looped`: the bot went round in circles
        with the customer before.
        """
        right = self._right_team[self._people.intent[rows]]
        escalation = self._desk.scenario.escalation
        if touch + 1 == escalation.touches_at_most:
            return right
        share = np.where(left == self.escalation, escalation.assigns_right, escalation.transfers_right)
        factor = self._desk.scenario.behaviour.after_a_loop.misroute_factor
        share = np.where(looped, np.maximum(1 - (1 - share) * factor, 0.0), share)
        u = self._draws.uniform(rows, "moved on", attempt, touch)
        count = self._wrong_choices[left, right]
        goes_wrong = np.flatnonzero((u >= share) & (count > 0))
        moved = right.copy()
        spare = (u[goes_wrong] - share[goes_wrong]) / (1 - share[goes_wrong])
        pick = np.minimum((spare * count[goes_wrong]).astype(np.int8), count[goes_wrong] - 1)
        moved[goes_wrong] = self._wrong_choice[left[goes_wrong], right[goes_wrong], pick]
        return moved

    def replies(self, rows: IntArray, attempt: int) -> NDArray[np.int64]:
        """An agent's replies until a conversation by e-mail is done: geometric from 1 with the scenario's mean."""
        email = self._desk.scenario.by_email
        u = self.uniform(rows, "replies", attempt, 0)
        if email.replies == 1:
            return np.ones(rows.size, dtype=np.int64)
        replies = 1 + np.floor(np.log(u) / np.log(1 - 1 / email.replies))
        return np.asarray(np.minimum(replies, email.replies_at_most), dtype=np.int64)

    def answered_after_s(self, rows: IntArray, attempt: int, step: int) -> FloatArray:
        """When customers answer an agent's e-mail."""
        return self._desk.scenario.by_email.answers_after.quantile(self.uniform(rows, "answers after", attempt, step))

    @property
    def anything_leads_nowhere(self) -> bool:
        """Whether any team's agents hand over or end what leads nowhere."""
        return bool((self._manager >= 0).any())

    def given_up(
        self, rows: IntArray, team: SmallArray, work_s: FloatArray, solves: BoolArray, attempt: int
    ) -> tuple[FloatArray, SmallArray, BoolArray]:
        """Work where agents stop when they get nowhere; the manager's team that goes on (-1 none); whether it will then
        solve the problem.
        """
        stopped = ~solves & (work_s > self._gives_up_s[team])
        ended = self._draws.uniform(rows, "ended by agent", attempt) < self._ended[team]
        to = np.where(stopped & ~ended, self._manager[team], -1).astype(np.int8)
        solved = self._draws.uniform(rows, "manager solves", attempt) < self._manager_solves[team]
        return np.where(stopped, self._gives_up_s[team], work_s), to, solved

    def reopened(self, rows: IntArray, attempt: int, time: int) -> tuple[BoolArray, FloatArray]:
        """Whether customers whom a service did not help write on in the conversation, and after how long."""
        assert self._desk.scenario.returns is not None  # asked only where conversations are reopened
        reopens = self._desk.scenario.returns.reopens
        assert reopens is not None
        writes = self._draws.uniform(rows, "reopens", attempt, time) < reopens.share
        return writes, reopens.after.quantile(self.uniform(rows, "reopens after", attempt, time))

    @property
    def touches_at_most(self) -> int:
        """The last of so many teams is always the right one."""
        return self._desk.scenario.escalation.touches_at_most

    @property
    def reopened_at_most(self) -> int:
        """How often one conversation is reopened at most."""
        returns = self._desk.scenario.returns
        return 0 if returns is None or returns.reopens is None else returns.reopens.at_most
