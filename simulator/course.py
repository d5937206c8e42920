"""The course of a run: which conversations begin when, who comes back, and what the clock decides between."""

from __future__ import annotations

from array import array
from math import isnan

import numpy as np
from numpy.typing import NDArray

from ..rules.conditions import Atom
from ..rules.decide import holds
from .attempts import Attempt, Attempts, return_draws
from .desk import QUARTER_S, Desk
from .dialogue import Dialogues, Ending
from .draws import Draws
from .floor import Floor
from .loss import Loss
from .population import Population

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
NEVER = np.nan
_TO_PEOPLE = int(Ending.TO_PEOPLE)
JITTER_S = 3600.0
"""Who would have come back while the desk is closed comes within this time after it opens."""


class Course:
    """Begins conversations and follows up on their ends: the floor's sequel.

    A conversation's code is its attempt's `first_code` plus its position there; a code above all of them, less that
    number, is the
    hand-over of a conversation whose routing needs the clock.

    `starts_s`, `guard_case` and `route_case` have one entry for each conversation that could happen; `solved_s` one for
    each problem.
    """

    def __init__(self, desk: Desk, attempts: Attempts, people: Population, draws: Draws) -> None:
        self._desk, self._attempts, self._people = desk, attempts, people
        many = attempts.conversations
        self.loss = Loss(desk.scenario, people, draws)
        self._starts_s = array("d", bytes(8 * many))
        np.frombuffer(self._starts_s)[:] = NEVER
        self._solved_s = array("d", bytes(8 * people.size))
        np.frombuffer(self._solved_s)[:] = NEVER
        self._guard_case = bytearray(many)
        self._route_case = bytearray(many)
        self._service_solves = self._drawn_solutions(draws)
        self._returning = [self._drawn_returns(draws, attempt) for attempt in attempts.attempts]
        self._next_open_s = _next_open(desk.open_quarters)
        self._floor: Floor | None = None

    @property
    def is_needed(self) -> bool:
        """Whether anything on the floor leads to more: customers who return, or choices left to the clock."""
        return self._desk.scenario.returns is not None or any(attempt.is_late for attempt in self._attempts.attempts)

    @property
    def starts_s(self) -> FloatArray:
        """When each conversation began; NaN: it never did."""
        return np.frombuffer(self._starts_s)

    @property
    def solved_s(self) -> FloatArray:
        """When each problem was really solved; NaN: never."""
        return np.frombuffer(self._solved_s)

    @property
    def guard_case(self) -> NDArray[np.uint8]:
        """The case of the guards that each conversation met."""
        return np.frombuffer(self._guard_case, dtype=np.uint8)

    @property
    def route_case(self) -> NDArray[np.uint8]:
        """The case of the rulesets that each conversation met."""
        return np.frombuffer(self._route_case, dtype=np.uint8)

    def stream(self, floor: Floor) -> tuple[FloatArray, IntArray]:
        """What is known ahead: moments and visits that join, or starts (as −1 − code), in order of time."""
        self._floor = floor
        times: list[FloatArray] = []
        codes: list[IntArray] = []
        at, starts_s = np.arange(self._people.size, dtype=np.int32), self._people.arrives_s
        for attempt in self._attempts.attempts:
            if attempt.is_late:
                times.append(starts_s)
                codes.append((-1 - (attempt.first_code + at)).astype(np.int32))
                break
            case = attempt.cases[0]
            dialogues = case.dialogues
            self.starts_s[attempt.first_code + at] = starts_s
            to_people = dialogues.ending[at] == Ending.TO_PEOPLE
            times.append((starts_s + dialogues.duration_s[at])[to_people])
            codes.append(case.routes[0].first_visit[at[to_people]])
            in_bot = at[~to_people]
            at, starts_s = self._all_end_in_bot(attempt, dialogues, in_bot, starts_s[~to_people])
            if not at.size:
                break
        every_s, every_code = np.concatenate(times), np.concatenate(codes)
        order = np.argsort(every_s, kind="stable")
        return every_s[order], every_code[order].astype(np.int32)

    def _all_end_in_bot(
        self, attempt: Attempt, dialogues: Dialogues, at: IntArray, starts_s: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Conversations that end without a person; returns the positions and starts of the next attempts that follow at
        once from them.
        """
        problems = attempt.rows[at]
        helped_s = starts_s + dialogues.helped_s[at]
        new = ~np.isnan(helped_s) & np.isnan(self.solved_s[problems])
        self.solved_s[problems[new]] = helped_s[new]
        bad = dialogues.loop[at] | dialogues.refused[at]
        self.loss.add_all(problems[bad], self.loss.loop_or_refused[problems[bad]])
        silent = dialogues.silent_unsolved[at]
        self.loss.add_all(problems[silent], self.loss.silent_unsolved[problems[silent]])
        if self._desk.scenario.returns is None:
            return at[:0], starts_s[:0]
        u, if_helped, if_unsolved, delay_s, jitter_s = self._returning[attempt.number - 1]
        share = np.where(np.isnan(self.solved_s[problems]), if_unsolved[problems], if_helped[problems])
        follows = attempt.follows[at]
        back = (follows >= 0) & (u[problems] < share) & ~self.loss.lost[problems]
        wished_s = starts_s[back] + dialogues.duration_s[at[back]] + delay_s[problems[back]]
        return follows[back], self._moved_into_opening(wished_s, jitter_s[problems[back]])

    def starts(self, code: int, now_s: float) -> None:
        """A conversation begins, or one whose routing needs the clock reaches people."""
        many = len(self._starts_s)
        floor = self._floor
        assert floor is not None  # set before the run
        hands_over = code >= many
        code = code - many if hands_over else code
        attempt, position = self._located(code)
        if not hands_over:
            self._starts_s[code] = now_s
            if attempt.guard_atoms:
                self._guard_case[code] = self._case(attempt.guard_atoms, now_s)
        case = attempt.cases[self._guard_case[code]]
        dialogues = case.dialogues
        if hands_over:
            self._route_case[code] = route = self._case(attempt.route_atoms, now_s)
            floor.schedule_join(now_s, case.routes[route].first_visit.item(position))
            return
        over_s = now_s + dialogues.duration_s.item(position)
        if dialogues.ending.item(position) == _TO_PEOPLE:
            if attempt.route_atoms:
                floor.schedule_start(over_s, many + code)
            else:
                floor.schedule_join(over_s, case.routes[0].first_visit.item(position))
            return
        problem = attempt.rows.item(position)
        helped_s = dialogues.helped_s.item(position)
        if not isnan(helped_s) and self._solved_s[problem] != self._solved_s[problem]:
            self._solved_s[problem] = now_s + helped_s
        if dialogues.loop.item(position) or dialogues.refused.item(position):
            self.loss.add(problem, self.loss.loop_or_refused.item(problem))
        if dialogues.silent_unsolved.item(position):
            self.loss.add(problem, self.loss.silent_unsolved.item(problem))
        self._comes_back(attempt, position, problem, over_s)

    def eventful(self) -> bytes:
        """One byte for each visit: 1 if more than the service itself follows when it is served.

        Invariant: whoever is served without more to follow neither returns nor moves nearer to leaving the company.
        """
        attempts = self._attempts
        every = np.zeros(attempts.owner.size, dtype=bool)
        for attempt, returning, solves in zip(attempts.attempts, self._returning, self._service_solves, strict=True):
            mine = np.flatnonzero(
                (attempts.owner >= attempt.first_code) & (attempts.owner < attempt.first_code + attempt.rows.size)
            )
            position = attempts.owner[mine] - attempt.first_code
            problem = attempt.rows[position]
            may_return = attempt.follows[position] >= 0
            if self._desk.scenario.returns is not None:
                may_return &= ~solves[problem] | (returning[0] < returning[1])[problem]
            loop = np.zeros(attempt.rows.size, dtype=bool)
            for case in attempt.cases:
                loop |= case.dialogues.loop
            every[mine] = may_return | loop[position] | (attempts.wrong_before[mine] >= 2)
        return every.tobytes()

    def ends(self, visit: int, now_s: float, served: bool) -> None:
        """The last visit of a conversation is over, served or abandoned."""
        attempt, position = self._located(self._attempts.owner.item(visit))
        problem = attempt.rows.item(position)
        dialogues = attempt.cases[self._guard_case[attempt.first_code + position]].dialogues
        if (
            served
            and self._solved_s[problem] != self._solved_s[problem]
            and self._service_solves[attempt.number - 1].item(problem)
        ):
            self._solved_s[problem] = now_s
        if dialogues.loop.item(position):
            self.loss.add(problem, self.loss.loop_or_refused.item(problem))
        if self._attempts.wrong_before.item(visit) >= 2:
            self.loss.add(problem, self.loss.second_wrong_inbox.item(problem))
        if not served:
            self.loss.add(problem, self.loss.abandoned.item(problem))
        self._comes_back(attempt, position, problem, now_s)

    def _comes_back(self, attempt: Attempt, position: int, problem: int, now_s: float) -> None:
        follows = attempt.follows.item(position)
        if follows < 0 or self.loss.is_lost(problem):
            return
        u, if_helped, if_unsolved, delay_s, jitter_s = self._returning[attempt.number - 1]
        unsolved = self._solved_s[problem] != self._solved_s[problem]
        if u.item(problem) >= (if_unsolved if unsolved else if_helped).item(problem):
            return
        assert self._floor is not None  # set before the run
        at_s = now_s + delay_s.item(problem)
        opens_s = self._next_open_s.item(min(int(at_s / QUARTER_S), self._next_open_s.size - 1))
        start_s = opens_s + jitter_s.item(problem) if opens_s > at_s else at_s
        self._floor.schedule_start(start_s, self._attempts.attempts[attempt.number].first_code + follows)

    def _located(self, code: int) -> tuple[Attempt, int]:
        for attempt in reversed(self._attempts.attempts):
            if code >= attempt.first_code:
                return attempt, code - attempt.first_code
        raise IndexError(code)

    def _case(self, atoms: tuple[Atom, ...], now_s: float) -> int:
        """The number of the case that holds now."""
        return sum(1 << bit for bit, atom in enumerate(atoms) if self._holds(atom, now_s))

    def _holds(self, atom: Atom, now_s: float) -> bool:
        return holds(atom, {atom.field: self._live_value(atom.field, now_s)})

    def _live_value(self, field: str, now_s: float) -> object:
        scenario, floor = self._desk.scenario, self._floor
        assert floor is not None  # set before the run
        if field == "time":
            return float(scenario.clock.second_of_week(np.array([now_s]))[0])
        _, team, what = field.split(".")
        number = list(scenario.teams).index(team)
        match what:
            case "length":
                return float(floor.waiting[number])
            case "expected_wait":
                return floor.last_wait_s[number]
            case "open":
                return floor.on_duty[number] > 0
            case _:
                return float(floor.free[number])

    def _moved_into_opening(self, at_s: FloatArray, jitter_s: FloatArray) -> FloatArray:
        quarter = np.minimum((at_s / QUARTER_S).astype(np.int64), self._next_open_s.size - 1)
        opens_s = self._next_open_s[quarter]
        return np.where(opens_s > at_s, opens_s + jitter_s, at_s)

    def _drawn_solutions(self, draws: Draws) -> list[NDArray[np.bool_]]:
        share = np.array([intent.person_solves for intent in self._desk.scenario.intents.values()])[self._people.intent]
        return [
            draws.uniform(self._people.size, "person solves", attempt.number) < share
            for attempt in self._attempts.attempts
        ]

    def _drawn_returns(
        self, draws: Draws, attempt: Attempt
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        returns, size = self._desk.scenario.returns, self._people.size
        if returns is None:
            return (np.empty(0),) * 5
        u, if_helped, if_unsolved = return_draws(self._desk, self._people, draws, attempt.number)
        soon = draws.uniform(size, "comes soon", attempt.number) < 0.5
        u_delay = draws.open_uniform(size, "delay", attempt.number)
        delay_s = np.minimum(
            np.where(soon, returns.soon.quantile(u_delay), returns.later.quantile(u_delay)), returns.window
        )
        return u, if_helped, if_unsolved, delay_s, JITTER_S * draws.uniform(size, "after opening", attempt.number)

    @property
    def service_solves(self) -> list[NDArray[np.bool_]]:
        """For each attempt and problem, whether a service by a team that can solve it really does."""
        return self._service_solves


def _next_open(open_quarters: NDArray[np.bool_]) -> FloatArray:
    """For each quarter of an hour the moment from which somebody is on duty: its own start, or that of a later
    quarter.
    """
    starts_s = np.where(open_quarters, np.arange(open_quarters.size) * QUARTER_S, np.inf)
    return np.minimum.accumulate(starts_s[::-1])[::-1]
