"""The chain of visits that a conversation makes with people, from its first team to the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import joined
from .desk import Desk
from .dialogue import Dialogues
from .draws import Draws
from .population import Population, drawn_work_s

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int32]
SmallArray = NDArray[np.int8]

# Where the random numbers of a visit are: looks and work by their touch, from 1 to at most 100.
_OF_MANAGER, _OF_REPLIES, _OF_REOPENED = 101, 102, 123


class Purpose(IntEnum):
    """What a visit is for."""

    LOOK = 0
    """To see that it belongs elsewhere, and move it on; triage does nothing else."""
    WORK = 1
    LATER_REPLY = 2
    """The customer has answered an agent's e-mail."""
    MANAGER = 3
    """The agent before got nowhere."""
    REOPENED = 4
    """The customer writes on after the end."""


@dataclass(frozen=True)
class VisitChains:
    """Visits that conversations will make if they wait long enough, in blocks: all first visits, then all second ones,
    and so on.

    owner      int32    row of the placements asked about
    touch      int8     1 for the first team, and so on
    purpose    int8     `Purpose`
    step       uint8    where a visit's random numbers are
    team       int8
    service_s  float64  look or work, all factors but those of the agent applied
    patience_s, message_patience_s   float64  how long the customer waits here: live, and after leaving a message at
                                     closed hours
    silent     bool     if the customer leaves here, nobody notices
    wrap_up_s  float64  time the agent is still held once the conversation is over
    next       int32    the visit after this one; -1 none
    solves     bool     if this is the last visit, its service really solves the problem
    gap_s      float64  from the end of this visit to the next; None: no time at all
    same_agent bool     goes back to the agent of the visit before; None: none does
    """

    owner: IntArray
    touch: SmallArray
    purpose: SmallArray
    step: NDArray[np.uint8]
    team: SmallArray
    service_s: FloatArray
    patience_s: FloatArray
    message_patience_s: FloatArray
    silent: BoolArray
    wrap_up_s: FloatArray
    next: IntArray
    solves: BoolArray
    gap_s: FloatArray | None
    same_agent: BoolArray | None


class VisitPlanner:
    """Plans the visits of conversations that reach people, for one desk and population."""

    def __init__(self, desk: Desk, population: Population, draws: Draws, *, says_when: bool) -> None:
        self._desk, self._people, self._draws, self._says_when = desk, population, draws, says_when
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

    def chains(self, dialogues: Dialogues, over: IntArray, team: SmallArray) -> VisitChains:
        """The visits of the conversations `over` (positions in the dialogues), whose first teams are given.

        A team that cannot solve a problem looks, then moves the conversation on: to the right team with the scenario's
        share, else to a wrong one. By e-mail the work is spread evenly over the agent's replies.
        """
        return _Chains(self, dialogues, over).planned(team)

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

    def look_s(self, rows: IntArray, team: SmallArray, attempt: int, step: int) -> FloatArray:
        """How long teams take to see that a conversation belongs elsewhere."""
        u = self.uniform(rows, "look", attempt, step)
        look_s = np.empty(rows.size)
        for number, kind in enumerate(self._teams):
            here = team == number
            look_s[here] = kind.look.quantile(u[here])
        return look_s

    def told_factor(self, dialogues: Dialogues, over: IntArray) -> FloatArray | None:
        """How many times as long customers wait after a message, if the bot said when a person would come."""
        if not self._says_when:
            return None
        factor = self._told_factor[self._people.segment[dialogues.rows[over]]]
        return np.where(dialogues.has_bot[over], factor, 1.0)

    def work_s(self, dialogues: Dialogues, over: IntArray) -> FloatArray:
        """What the right team's agents have to do, before factors of their own."""
        scenario, people, rows, attempt = self._desk.scenario, self._people, dialogues.rows[over], dialogues.attempt
        work_s = people.work_s[rows]
        if attempt > 1 and scenario.returns is not None:
            if scenario.returns.work == "anew":
                u = self.uniform(rows, "work", attempt, 0)
                work_s = drawn_work_s(scenario, people.intent[rows], people.hardness[rows], u)
            work_s = work_s * scenario.returns.handle_factor
        work_s = work_s * np.where(dialogues.loop[over], scenario.behaviour.loop_handle_factor, 1.0)
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

    def moved_on(self, rows: IntArray, left: SmallArray, attempt: int, touch: int) -> SmallArray:
        """Where the teams `left` send conversations that they cannot solve."""
        right = self._right_team[self._people.intent[rows]]
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


class _Chains:
    """The visits of one batch of conversations, block after block."""

    def __init__(self, planner: VisitPlanner, dialogues: Dialogues, over: IntArray) -> None:
        self._planner, self._rows, self._attempt = planner, dialogues.rows[over], dialogues.attempt
        self._work_s = planner.work_s(dialogues, over)
        self._told_factor = planner.told_factor(dialogues, over)
        self._email = None if dialogues.email is None else dialogues.email[over]
        self._last = np.full(over.size, -1, dtype=np.int32)
        self._touch = np.zeros(over.size, dtype=np.int8)
        self._blocks: list[dict[str, NDArray[Any]]] = []
        self._before: list[IntArray] = []
        self._gaps_s: list[FloatArray | None] = []
        self._size = 0

    def planned(self, team: SmallArray) -> VisitChains:
        """All visits, given each conversation's first team."""
        planner, attempt = self._planner, self._attempt
        solves = planner.solves(self._rows, attempt)
        manager, manager_solves = np.full(team.size, -1, dtype=np.int8), np.zeros(team.size, dtype=np.bool_)
        replies = None if self._email is None else np.where(self._email, planner.replies(self._rows, attempt), 1)
        at, now, last_team = np.arange(team.size, dtype=np.int32), team.astype(np.int8), team.astype(np.int8)
        for touch in range(1, planner.touches_at_most + 1):
            rows = self._rows[at]
            able = planner.can_solve(rows, now)
            here = at[able]
            if planner.anything_leads_nowhere:
                self._work_s[here], manager[here], manager_solves[here] = planner.given_up(
                    self._rows[here], now[able], self._work_s[here], solves[here], attempt
                )
            service_s = self._work_s[at] if replies is None else self._work_s[at] / replies[at]
            if not able.all():
                service_s[~able] = planner.look_s(rows[~able], now[~able], attempt, touch)
            wrap_up_s = planner.wrap_up_s(rows, now, attempt, touch)
            if replies is not None:
                # A thread is written up once.
                wrap_up_s[able & (replies[at] > 1)] = 0.0
            self._touch[at] = touch
            purpose = np.where(able, np.int8(Purpose.WORK), np.int8(Purpose.LOOK))
            self._add(at, touch, now, purpose, service_s, wrap_up_s, solves[at])
            if able.all():
                break
            at, left = at[~able], now[~able]
            now = planner.moved_on(self._rows[at], left, attempt, touch)
            last_team[at] = now
        if replies is not None:
            self._add_later_replies(replies, last_team, solves)
        if (manager >= 0).any():
            at = np.flatnonzero(manager >= 0).astype(np.int32)
            last_team[at] = manager[at]
            solves[at] = manager_solves[at]
            self._touch[at] += 1
            wrap_up_s = planner.wrap_up_s(self._rows[at], manager[at], attempt, _OF_MANAGER)
            self._add(at, _OF_MANAGER, manager[at], Purpose.MANAGER, self._work_s[at], wrap_up_s, solves[at])
        self._add_reopened(last_team, solves)
        return self._linked()

    def _add_later_replies(self, replies: NDArray[np.int64], team: SmallArray, solves: BoolArray) -> None:
        planner, attempt = self._planner, self._attempt
        for reply in range(2, int(replies.max(initial=1)) + 1):
            at = np.flatnonzero(replies >= reply).astype(np.int32)
            rows, step = self._rows[at], _OF_REPLIES + reply
            wrap_up_s = np.where(replies[at] == reply, planner.wrap_up_s(rows, team[at], attempt, step), 0.0)
            gap_s = planner.answered_after_s(rows, attempt, step)
            work_s = self._work_s[at] / replies[at]
            self._add(at, step, team[at], Purpose.LATER_REPLY, work_s, wrap_up_s, solves[at], gap_s)

    def _add_reopened(self, team: SmallArray, solves: BoolArray) -> None:
        planner, attempt = self._planner, self._attempt
        at = np.arange(team.size, dtype=np.int32)
        for time in range(1, planner.reopened_at_most + 1):
            at = at[~solves[at]]
            writes, gap_s = planner.reopened(self._rows[at], attempt, time)
            at, gap_s = at[writes], gap_s[writes]
            solves[at] = planner.solves(self._rows[at], attempt, time)
            step = _OF_REOPENED + time
            wrap_up_s = planner.wrap_up_s(self._rows[at], team[at], attempt, step)
            self._add(at, step, team[at], Purpose.REOPENED, self._work_s[at], wrap_up_s, solves[at], gap_s)

    def _add(
        self,
        at: IntArray,
        step: int,
        team: SmallArray,
        purpose: SmallArray | Purpose,
        service_s: FloatArray,
        wrap_up_s: FloatArray,
        solves: BoolArray,
        gap_s: FloatArray | None = None,
    ) -> None:
        """A visit for each of the conversations `at`, ascending; the gap is before it."""
        planner, rows, attempt = self._planner, self._rows[at], self._attempt
        live_s, message_s = planner.patience_s(rows, attempt, step)
        if self._told_factor is not None:
            message_s *= self._told_factor[at]
        if self._email is not None:
            live_s = np.where(self._email[at], message_s, live_s)
        if purpose is Purpose.REOPENED:
            # Who writes on has gone in between: nobody waits at the screen.
            live_s = message_s
        self._blocks.append(
            {
                "owner": at,
                "touch": self._touch[at],
                "purpose": np.broadcast_to(np.asarray(purpose, dtype=np.int8), at.shape),
                "step": np.full(at.size, step, dtype=np.uint8),
                "team": team,
                "service_s": service_s,
                "patience_s": live_s,
                "message_patience_s": message_s,
                "silent": planner.leaves_silently(rows, attempt, step),
                "wrap_up_s": wrap_up_s,
                "solves": solves,
            }
        )
        self._before.append(self._last[at])
        self._gaps_s.append(gap_s)
        self._last[at] = np.arange(self._size, self._size + at.size, dtype=np.int32)
        self._size += at.size

    def _linked(self) -> VisitChains:
        columns = {name: joined([block[name] for block in self._blocks]) for name in self._blocks[0]}
        following = np.full(self._size, -1, dtype=np.int32)
        gap_s = None if all(gap_s is None for gap_s in self._gaps_s) else np.zeros(self._size)
        first = 0
        for before, waited_s in zip(self._before, self._gaps_s, strict=True):
            linked = np.flatnonzero(before >= 0)
            following[before[linked]] = first + linked
            if waited_s is not None and gap_s is not None:
                gap_s[before[linked]] = waited_s
            first += before.size
        later = columns["purpose"] == Purpose.LATER_REPLY
        return VisitChains(next=following, gap_s=gap_s, same_agent=later if later.any() else None, **columns)
