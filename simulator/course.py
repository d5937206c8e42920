"""The course of a run: which conversations begin when, who comes back, and what the clock decides between."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from ..rules.conditions import Atom
from ..rules.decide import holds
from ..scenarios.distributions import share_within
from .attempts import Attempt, Attempts, GuardCase, If, RouteCase
from .cells import cells, joined
from .desk import Desk
from .dialogue import Dialogues, Ending
from .draws import Draws
from .floor import TOLD_GONE, TOLD_SERVED, Floor
from .loss import Loss
from .outages import is_outage, outage_now
from .population import Population
from .shifts import MINUTE_S, WEEK_S
from .visits import GONE, Fate, VisitRecords
from .waiting_rules import RuleRecords, WaitingRules

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
JITTER_S = 3600.0
"""Who would have come back while the desk is closed comes within this time after it opens."""

WRONG_TEAMS = 2
"""So many wrong teams bring a customer nearer to leaving the company."""

_CLOCK_DECIDES = -2
# Plain numbers are quicker than those of an enumeration.
_IF_HELPED, _IF_UNSOLVED, _IF_LEFT = If.HELPED.value, If.UNSOLVED.value, If.LEFT.value


@dataclass(frozen=True)
class CourseRecords:
    """What the clock has decided.

    starts_s                float64  for each conversation that could happen, when it began; NaN: it never did
    guard_case, route_case  uint8    the cases of the guards and of the rulesets that each of them met
    solved_s                float64  for each problem, when it was really solved, as the course was told; NaN: never
    lost                    bool     whether each problem's customer left the company over it
    rules                            what rules did to those who waited; `None`: there are none
    """

    starts_s: FloatArray
    guard_case: NDArray[np.uint8]
    route_case: NDArray[np.uint8]
    solved_s: FloatArray
    lost: NDArray[np.bool_]
    rules: RuleRecords | None = None


class Course:
    """Begins conversations and follows up on their ends: the floor's sequel.

    A conversation's code is its attempt's `first_code` plus its position there; a code above all of them, less that
    number, is the hand-over of a conversation whose routing needs the clock.
    """

    def __init__(self, desk: Desk, attempts: Attempts, people: Population, draws: Draws) -> None:
        self._desk, self._attempts, self._people = desk, attempts, people
        self._many = many = attempts.conversations
        self._loss = Loss(desk.scenario, people, draws)
        # Columns, and their cells.
        self._start_column, self._solved_column = np.full(many, nan), np.full(people.size, nan)
        self._starts_s, self._solved_s = cells(self._start_column), cells(self._solved_column)
        self._guard_case = bytearray(many)
        self._route_case = bytearray(many)
        self._owner = cells(attempts.owner)
        self._wrong_teams = cells(attempts.wrong_teams)
        self._solves = cells(attempts.solves)
        self._next_open_s = cells(_next_open(desk.open_minutes))
        self._blocked = bytearray(people.size)
        self._loop = bytearray(b"".join(each.cases[0].dialogues.loop.tobytes() for each in attempts.attempts))
        # By code: the problem, the code of the attempt that would follow (-1 none), when it follows (bits), after how
        # long, also for who left a queue, and how long after opening; and, known ahead where the clock decides nothing,
        # the way: first visit (-1 none, -2 the clock decides) and when it joins.
        problem, follows, returns, back_after_s, retries_after_s, jitter_s, first_visit, over_after_s = (
            joined(column)
            for column in zip(*(self._told(draws, each) for each in attempts.attempts), strict=True)
        )
        self._problem, self._follows, self._first_visit = (cells(each) for each in (problem, follows, first_visit))
        self._returns = cells(returns)
        self._back_after_s, self._jitter_s = cells(back_after_s), cells(jitter_s)
        returning = desk.scenario.returns
        retries = returning is not None and returning.after_leaving is not None
        self._retries_after_s = cells(retries_after_s) if retries else self._back_after_s
        self._over_after_s = cells(over_after_s)
        self._floor: Floor | None = None
        has_rules = any(attempt.steps for attempt in attempts.attempts)
        self.rules = WaitingRules(attempts, self._case, self._begins_in) if has_rules else None
        """What rules do to who waits; `None`: nothing."""

    @property
    def is_needed(self) -> bool:
        """Whether anything on the floor leads to more: customers who return, or choices left to the clock."""
        return self._desk.scenario.returns is not None or any(attempt.is_late for attempt in self._attempts.attempts)

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
            self._start_column[attempt.first_code + at] = starts_s
            np.frombuffer(self._blocked, dtype=np.bool_)[attempt.rows[at]] |= case.dialogues.blocked[at]
            to_people = case.dialogues.ending[at] == Ending.TO_PEOPLE
            times.append((starts_s + case.dialogues.duration_s[at])[to_people])
            codes.append(case.routes[0].first_visit[at[to_people]])
            at, starts_s = self._all_end_in_bot(attempt, case.dialogues, at[~to_people], starts_s[~to_people])
            if not at.size:
                break
        every_s, every_code = np.concatenate(times), np.concatenate(codes)
        order = np.argsort(every_s, kind="stable")
        return every_s[order], every_code[order].astype(np.int32)

    def leave_floor(self, visits: VisitRecords) -> CourseRecords:
        """The run is over: what the course was not told of is counted, and the floor is no longer needed."""
        self._floor = None
        attempts = self._attempts
        told = np.frombuffer(self.eventful(), dtype=np.uint8) if self.is_needed else np.uint8(0)
        served = (visits.fate == Fate.SERVED) & (attempts.visits.next < 0) & (told & TOLD_SERVED == 0)
        left = np.isin(visits.fate, GONE) & (told & TOLD_GONE == 0)
        # Each is the last event of its problem, or the course would have been told; so no problem is named twice.
        last = np.flatnonzero(served | left)
        codes = attempts.owner[last]
        problems = np.frombuffer(self._problem, dtype=np.int32)[codes]
        bad = (
            (np.frombuffer(self._loop, dtype=bool)[codes], self._loss.loop_or_refused),
            (attempts.wrong_teams[last] >= WRONG_TEAMS, self._loss.second_wrong_inbox),
            (left[last], self._loss.abandoned),
        )
        for happened, hazard in bad:
            self._loss.add_all(problems[happened], hazard[problems[happened]])
        return CourseRecords(
            starts_s=self._start_column,
            guard_case=np.frombuffer(self._guard_case, dtype=np.uint8),
            route_case=np.frombuffer(self._route_case, dtype=np.uint8),
            solved_s=self._solved_column,
            lost=self._loss.lost,
            rules=None if self.rules is None else self.rules.records(),
        )

    def _all_end_in_bot(
        self, attempt: Attempt, dialogues: Dialogues, at: IntArray, starts_s: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Conversations that end without a person; returns positions and starts of the next attempts that follow."""
        codes, problems = attempt.first_code + at, attempt.rows[at]
        helped_s = starts_s + dialogues.helped_s[at]
        new = ~np.isnan(helped_s) & np.isnan(self._solved_column[problems])
        self._solved_column[problems[new]] = helped_s[new]
        bad = dialogues.loop[at] | dialogues.refused[at]
        self._loss.add_all(problems[bad], self._loss.loop_or_refused[problems[bad]])
        silent = dialogues.silent_unsolved[at]
        self._loss.add_all(problems[silent], self._loss.silent_unsolved[problems[silent]])
        wanted = np.where(np.isnan(self._solved_column[problems]), _IF_UNSOLVED, _IF_HELPED)
        back = (np.frombuffer(self._returns, dtype=np.uint8)[codes] & wanted > 0) & ~self._loss.lost[problems]
        codes = codes[back]
        wished_s = starts_s[back] + dialogues.duration_s[at[back]] + np.frombuffer(self._back_after_s)[codes]
        minute = np.minimum((wished_s / MINUTE_S).astype(np.int64), len(self._next_open_s) - 1)
        opens_s = np.frombuffer(self._next_open_s)[minute]
        start_s = np.where(opens_s > wished_s, opens_s + np.frombuffer(self._jitter_s)[codes], wished_s)
        return attempt.follows[at[back]], start_s

    def starts(self, code: int, now_s: float) -> None:
        """A conversation begins whose way the clock decides, or it reaches people."""
        floor = self._floor
        assert floor is not None  # set before the run
        if code >= self._many:
            self._reaches_people(code - self._many, now_s)
            return
        self._starts_s[code] = now_s
        attempt, position = self._located(code)
        self._guard_case[code] = self._case(attempt.guard_atoms, now_s)
        if attempt.by_history:
            self._guard_case[code] = 2 * self._guard_case[code] + self._blocked[self._problem[code]]
        dialogues = attempt.cases[self._guard_case[code]].dialogues
        self._loop[code] = dialogues.loop.item(position)
        self._blocked[self._problem[code]] |= dialogues.blocked.item(position)
        over_s = now_s + dialogues.duration_s.item(position)
        if dialogues.ending[position] == Ending.TO_PEOPLE:
            # The hand-over is a start of its own: the rulesets look at the clock then, if they look at it at all.
            floor.schedule_start(over_s, self._many + code)
        else:
            self._ends_in_bot(code, dialogues, position, now_s)

    def _ends_in_bot(self, code: int, dialogues: Dialogues, position: int, starts_s: float) -> None:
        problem = self._problem[code]
        helped_s = dialogues.helped_s.item(position)
        if not isnan(helped_s) and isnan(self._solved_s[problem]):
            self._solved_s[problem] = starts_s + helped_s
        if dialogues.loop[position] or dialogues.refused[position]:
            self._loss.add(problem, self._loss.loop_or_refused.item(problem))
        if dialogues.silent_unsolved[position]:
            self._loss.add(problem, self._loss.silent_unsolved.item(problem))
        self._comes_back(code, problem, starts_s + dialogues.duration_s.item(position))

    def _reaches_people(self, code: int, now_s: float) -> None:
        attempt, position = self._located(code)
        self._route_case[code] = route = self._case(attempt.route_atoms, now_s)
        assert self._floor is not None  # set before the run
        first_visit = attempt.cases[self._guard_case[code]].routes[route].first_visit
        self._floor.schedule_join(now_s, first_visit.item(position))

    def eventful(self) -> bytes:
        """One byte for each visit: the moments that the course is told of.

        Invariant: who is served or leaves and is not told of, does not return.
        """
        attempts = self._attempts
        returns = np.frombuffer(self._returns, dtype=np.uint8)[attempts.owner]
        # A service that solves leads to a return if the helped return; one that does not, if the unsolved do.
        served = (returns & np.where(attempts.solves, _IF_HELPED, _IF_UNSOLVED | _IF_HELPED)) > 0
        # Rules that look at queues see who left at once.
        gone = (returns & (_IF_LEFT | _IF_HELPED) > 0) | any(attempt.is_late for attempt in attempts.attempts)
        return np.asarray(served * np.uint8(TOLD_SERVED) | gone * np.uint8(TOLD_GONE), dtype=np.uint8).tobytes()

    def ends(self, visit: int, now_s: float, fate: Fate) -> None:
        """The last visit of a conversation is over."""
        served = fate == Fate.SERVED
        code = self._owner[visit]
        problem = self._problem[code]
        if served and self._solves[visit] and isnan(self._solved_s[problem]):
            self._solved_s[problem] = now_s
        if self._loop[code]:
            self._loss.add(problem, self._loss.loop_or_refused.item(problem))
        if self._wrong_teams[visit] >= WRONG_TEAMS:
            self._loss.add(problem, self._loss.second_wrong_inbox.item(problem))
        if not served:
            self._loss.add(problem, self._loss.abandoned.item(problem))
        self._comes_back(code, problem, now_s, _IF_UNSOLVED if served else _IF_LEFT)

    def _comes_back(self, code: int, problem: int, now_s: float, if_not_solved: int = _IF_UNSOLVED) -> None:
        wanted = if_not_solved if isnan(self._solved_s[problem]) else _IF_HELPED
        if not self._returns[code] & wanted or self._loss.is_lost(problem):
            return
        at_s = now_s + (self._retries_after_s[code] if wanted == _IF_LEFT else self._back_after_s[code])
        opens_s = self._next_open_s[min(int(at_s / MINUTE_S), len(self._next_open_s) - 1)]
        starts_s = opens_s + self._jitter_s[code] if opens_s > at_s else at_s
        assert self._floor is not None  # set before the run
        following = self._follows[code]
        first_visit = self._first_visit[following]
        if first_visit == _CLOCK_DECIDES:
            self._floor.schedule_start(starts_s, following)
            return
        self._starts_s[following] = starts_s
        if first_visit >= 0:
            self._floor.schedule_join(starts_s + self._over_after_s[following], first_visit)
        else:
            attempt, position = self._located(following)
            self._ends_in_bot(following, attempt.cases[0].dialogues, position, starts_s)

    def _begins_in(self, code: int) -> tuple[Attempt, GuardCase, RouteCase, int]:
        """Where a conversation stands that reaches people: its attempt, the cases that it met, its position."""
        attempt, position = self._located(code)
        guards = attempt.cases[self._guard_case[code]]
        return attempt, guards, guards.routes[self._route_case[code]], position

    def _located(self, code: int) -> tuple[Attempt, int]:
        for attempt in reversed(self._attempts.attempts):
            if code >= attempt.first_code:
                return attempt, code - attempt.first_code
        raise IndexError(code)

    def _case(self, atoms: tuple[Atom, ...], now_s: float) -> int:
        """The number of the case that holds now."""
        return sum(1 << bit for bit, atom in enumerate(atoms) if self._holds(atom, now_s))

    def _holds(self, atom: Atom, now_s: float) -> bool:
        if is_outage(atom):
            return outage_now(self._desk.scenario, atom, now_s)
        return holds(atom, {atom.field: self._live_value(atom.field, now_s)})

    def _live_value(self, field: str, now_s: float) -> object:
        scenario, floor = self._desk.scenario, self._floor
        assert floor is not None  # set before the run
        if field == "time":
            return float(scenario.clock.second_of_week(np.array([now_s]))[0])
        if field == "holiday":
            return bool(scenario.clock.is_holiday([now_s])[0])
        _, team, what = field.split(".")
        number = list(scenario.teams).index(team)
        match what:
            case "length":
                return float(floor.length(number))
            case "expected_wait":
                return floor.expected_wait_s(number, now_s)
            case "open":
                return floor.is_open(number)
            case _:
                return float(floor.free_slots(number))

    def _told(self, draws: Draws, attempt: Attempt) -> tuple[NDArray[np.generic], ...]:
        """The columns by code of one attempt."""
        returns, rows = self._desk.scenario.returns, attempt.rows
        follows = np.full(rows.size, -1, dtype=np.int32)
        back_after_s, jitter_s = np.zeros(rows.size), np.zeros(rows.size)
        retries_after_s = back_after_s
        coming = np.flatnonzero(attempt.follows >= 0)
        if returns is not None and coming.size:
            who = rows[coming]
            follows[coming] = self._attempts.attempts[attempt.number].first_code + attempt.follows[coming]
            soon = draws.uniform(who, "comes soon", attempt.number) < 0.5
            u_delay = draws.open_uniform(who, "delay", attempt.number)
            for some, delay in ((soon, returns.soon), (~soon, returns.later)):
                back_after_s[coming[some]] = delay.quantile(u_delay[some] * share_within(delay, returns.window))
            if returns.after_leaving is not None:
                retries_after_s = np.zeros(rows.size)
                retries_after_s[coming] = returns.after_leaving.delay.quantile(u_delay)
            jitter_s[coming] = JITTER_S * draws.uniform(who, "after opening", attempt.number)
        first_visit = np.full(rows.size, _CLOCK_DECIDES, dtype=np.int32)
        over_after_s = np.zeros(rows.size)
        if not attempt.is_late:
            case = attempt.cases[0]
            first_visit, over_after_s = case.routes[0].first_visit, case.dialogues.duration_s
        return rows, follows, attempt.returns, back_after_s, retries_after_s, jitter_s, first_visit, over_after_s


def _next_open(opened: NDArray[np.bool_]) -> FloatArray:
    """For each minute the moment from which somebody is on duty: its own start, or that of a later one; at the end of
    what is known, as a week before.
    """
    minutes_s = np.arange(opened.size) * MINUTE_S
    opens_s = np.minimum.accumulate(np.where(opened, minutes_s, np.inf)[::-1])[::-1].copy()
    unknown = np.flatnonzero(np.isinf(opens_s))
    opens_s[unknown] = opens_s[np.maximum(unknown - int(WEEK_S / MINUTE_S), 0)] + WEEK_S
    return np.where(np.isinf(opens_s), minutes_s, opens_s)
