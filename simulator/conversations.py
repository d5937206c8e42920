"""The conversations of a run as one table: what each came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attempts import Attempt, Attempts, GuardCase, RouteCase
from .course import CourseRecords
from .desk import Desk
from .dialogue import Dialogues, Ending
from .visit_chains import Purpose
from .visits import Fate, VisitRecords

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rows = slice | NDArray[np.int32] | NDArray[np.bool_]
"""Which of the entries of a column: `slice(None)` for all, positions, or whether it is each."""
IntArray = NDArray[np.int32]


class Outcome(IntEnum):
    """How a conversation ended: exactly one of these (TERMS part 3)."""

    HELPED_BY_BOT = 0
    LEFT_IN_BOT = 1
    SERVED = 2
    ABANDONED = 3
    ABANDONED_SILENTLY = 4
    BLOCKED = 5
    OPEN = 6


BY_BOT, LEFT = np.int8(Outcome.HELPED_BY_BOT), np.int8(Outcome.LEFT_IN_BOT)
OUTCOME_OF_FATE = np.full(len(Fate), Outcome.OPEN, dtype=np.int8)
"""What a conversation that reached people comes to, by the fate of its last visit."""
for _fate, _outcome in (
    (Fate.SERVED, Outcome.SERVED),
    (Fate.ABANDONED, Outcome.ABANDONED),
    (Fate.ABANDONED_SILENTLY, Outcome.ABANDONED_SILENTLY),
    (Fate.BLOCKED, Outcome.BLOCKED),
):
    OUTCOME_OF_FATE[_fate] = _outcome


@dataclass(frozen=True)
class Conversations:
    """Columns with one row for each conversation that happened: first attempts in order of problem, then second ones,
    and so on.

    code            int32    number among the conversations that could have happened
    problem         int32    row of the population
    attempt         int8     1 = first
    starts_s, ends_s          float64  first message; end (NaN: still open)
    outcome         int8     `Outcome`
    ending, reason  int8     how the part before people ended (`Ending`), and why it went to people (`Reason`)
    guard           int16    guard that kept the bot away; -1 none
    bot_turns       int16
    bot_ends_s      float64  when the part before people ended
    first_visit, last_visit   int32  rows of the visits; -1: never reached people
    rule            int16    rule that chose the first team, -1 none
    first_team      int8     -1: never reached people
    priority        int8
    tags            uint64
    answered_s      float64  an agent who replies takes it up for the first time (triage does not reply); NaN none
    replied_s       float64  that agent's first reply
    wait_s          float64  from joining the first inbox to being taken up so, or to leaving; NaN: never joined
    touches         int8     agents who took it up one after the other, triage not counted
    reopened        bool     the customer wrote on in it after the end
    helped          bool     really solved by the end of this conversation
    opening, telling   int32    pool rows of the first message, and of the one that told most of the problem
    telling_turn    int8     which of the customer's messages that was, from 0; `None`: the recogniser goes by its text
    turns_after_request   int16  bot turns after a request for a person that led to none
    asked, refused, loop, stumble, counted_resolved, protected_known, protected   bool
    collected       bool     the customer answered all that the bot asks for; `None`: it asks for nothing
    """

    code: IntArray
    problem: IntArray
    attempt: NDArray[np.int8]
    starts_s: FloatArray
    ends_s: FloatArray
    outcome: NDArray[np.int8]
    ending: NDArray[np.int8]
    reason: NDArray[np.int8]
    guard: NDArray[np.int16]
    bot_turns: NDArray[np.int16]
    bot_ends_s: FloatArray
    first_visit: IntArray
    last_visit: IntArray
    rule: NDArray[np.int16]
    first_team: NDArray[np.int8]
    priority: NDArray[np.int8]
    tags: NDArray[np.uint64]
    answered_s: FloatArray
    replied_s: FloatArray
    wait_s: FloatArray
    touches: NDArray[np.int8]
    reopened: BoolArray
    helped: BoolArray
    opening: IntArray
    telling: IntArray
    telling_turn: NDArray[np.int8] | None
    turns_after_request: NDArray[np.int16]
    asked: BoolArray
    refused: BoolArray
    loop: BoolArray
    stumble: BoolArray
    counted_resolved: BoolArray
    protected_known: BoolArray
    protected: BoolArray
    collected: BoolArray | None
    lost: BoolArray
    """One entry for each problem: the customer left the company over it."""
    solved_s: FloatArray
    """One entry for each problem: when it was really solved; NaN never."""
    email: BoolArray | None
    """Whether it was by e-mail; None: nobody writes any."""

    @property
    def size(self) -> int:
        """Number of conversations that happened."""
        return self.problem.size

    @cached_property
    def by_attempt(self) -> list[slice]:
        """The rows of the attempts of each number; no problem stands twice in one."""
        edges = [0, *(np.flatnonzero(np.diff(self.attempt)) + 1).tolist(), self.size]
        return [slice(first, last) for first, last in pairwise(edges) if last > first]


@dataclass(frozen=True, slots=True)
class Column:
    """The type of a column and what stands where there is nothing."""

    dtype: type[np.generic]
    missing: int


def conversations_of(desk: Desk, attempts: Attempts, visits: VisitRecords, course: CourseRecords) -> Conversations:
    """The table of a finished run."""
    happened = np.flatnonzero(~np.isnan(course.starts_s)).astype(np.int32)
    starts_s = course.starts_s[happened]
    problem = _by_attempt(attempts, happened, np.int32, lambda attempt, at: attempt.rows[at])
    number = np.empty(happened.size, dtype=np.int8)
    for attempt, mine, _ in _parts(attempts, happened):
        number[mine] = attempt.number

    def told(read: Callable[[Dialogues], NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
        return _by_guard_case(attempts, course, happened, dtype, lambda case, at: read(case.dialogues)[at])

    first_visit = _by_route_case(
        attempts, course, happened, Column(np.int32, -1), lambda _, route, at: route.first_visit[at]
    )

    def placed(read: Callable[[RouteCase], NDArray[Any]], column: Column) -> NDArray[Any]:
        def of(case: GuardCase, route: RouteCase, at: Rows) -> NDArray[Any]:
            if case.over.size == case.dialogues.rows.size:
                return read(route)[at]
            whole: NDArray[Any] = np.full(case.dialogues.rows.size, column.missing, dtype=column.dtype)
            whole[case.over] = read(route)
            return whole[at]

        return _by_route_case(attempts, course, happened, column, of)

    ending = told(lambda d: d.ending, np.int8)
    reached = ending == Ending.TO_PEOPLE
    first_visit = np.where(reached, first_visit, -1).astype(np.int32)
    email = _by_email(attempts, happened)
    followed = _followed(desk, attempts, visits, first_visit, email)
    last_visit = followed.last
    fate = _at_visits(visits.fate, last_visit, Fate.NOT_MADE)
    bot_ends_s = starts_s + told(lambda d: d.duration_s, np.float64)
    helped_in_bot = (ending == Ending.HELPED_CONFIRMED) | (ending == Ending.HELPED_SILENT)
    outcome = np.where(reached, OUTCOME_OF_FATE[fate], np.where(helped_in_bot, BY_BOT, LEFT)).astype(np.int8)
    served = outcome == Outcome.SERVED
    ends_s = np.where(reached, _at_visits(visits.ended_s, last_visit, np.nan), bot_ends_s)
    solves = _at_visits(attempts.solves, last_visit, 0)
    solved_s = _solved(course, problem, served & solves, ends_s)
    answered_s = _at_visits(visits.answered_s, followed.reply, np.nan)
    replied_s = answered_s + desk.scenario.behaviour.agent_reply
    if email is not None:
        # By e-mail the reply is what the agent works on.
        replied_s[email] = _at_visits(visits.ended_s, followed.reply[email], np.nan)
    joined_s = _at_visits(visits.joined_s, first_visit, np.nan)
    priority = placed(lambda r: r.placements.priority, Column(np.int8, 2))
    tags = placed(lambda r: r.placements.tags, Column(np.uint64, 0))
    if course.rules is not None:
        # In order of time: the last one counts.
        changed = np.searchsorted(happened, course.rules.code)
        priority[changed], tags[changed] = course.rules.priority, course.rules.tags
    return Conversations(
        code=happened,
        problem=problem,
        attempt=number,
        starts_s=starts_s,
        ends_s=ends_s,
        outcome=outcome,
        ending=ending,
        reason=told(lambda d: d.reason, np.int8),
        guard=told(lambda d: d.guard, np.int16),
        bot_turns=told(lambda d: d.bot_turns, np.int16),
        bot_ends_s=bot_ends_s,
        first_visit=first_visit,
        last_visit=last_visit,
        rule=placed(lambda r: r.placements.rule, Column(np.int16, -1)),
        first_team=placed(lambda r: r.placements.team, Column(np.int8, -1)),
        priority=priority,
        tags=tags,
        answered_s=answered_s,
        wait_s=np.where(np.isnan(answered_s), ends_s, answered_s) - joined_s,
        replied_s=replied_s,
        touches=followed.touches,
        reopened=followed.reopened,
        email=email,
        helped=solved_s[problem] <= np.where(np.isnan(ends_s), np.inf, ends_s),
        opening=told(lambda d: d.opening, np.int32),
        telling=told(lambda d: d.telling, np.int32),
        telling_turn=None if desk.recognition is not None else told(_telling_turn, np.int8),
        turns_after_request=told(lambda d: d.turns_after_request, np.int16),
        asked=told(lambda d: d.asked, np.bool_),
        refused=told(lambda d: d.refused, np.bool_),
        loop=told(lambda d: d.loop, np.bool_),
        stumble=told(lambda d: d.stumble, np.bool_),
        counted_resolved=told(lambda d: d.counted_resolved, np.bool_),
        protected_known=told(lambda d: d.protected_known, np.bool_),
        protected=told(lambda d: d.protected, np.bool_),
        collected=None if attempts.attempts[0].cases[0].dialogues.collected is None else told(_collected, np.bool_),
        lost=course.lost,
        solved_s=solved_s,
    )


def routes_of(attempts: Attempts, course: CourseRecords, table: Conversations) -> NDArray[np.int16]:
    """The team that rules have chosen for each conversation, as code of the policy's teams; -1: none."""

    def of(case: GuardCase, route: RouteCase, at: Rows) -> NDArray[np.int16]:
        whole = np.full(case.dialogues.rows.size, -1, dtype=np.int16)
        whole[case.over] = route.placements.route
        return whole[at]

    routes = np.asarray(_by_route_case(attempts, course, table.code, Column(np.int16, -1), of))
    if course.rules is not None:
        routes[np.searchsorted(table.code, course.rules.code)] = course.rules.route
    return routes


def _telling_turn(dialogues: Dialogues) -> NDArray[np.int8]:
    assert dialogues.telling_turn is not None  # only asked where the recogniser does not go by the text
    return dialogues.telling_turn


def _collected(dialogues: Dialogues) -> BoolArray:
    assert dialogues.collected is not None  # only asked where the bot asks for something
    return dialogues.collected


@dataclass(frozen=True)
class _Followed:
    """For each conversation its last visit that was made, the one in which an agent first replied (-1 none), the number
    of agents who took it up, and whether it was reopened.
    """

    last: IntArray
    reply: IntArray
    touches: NDArray[np.int8]
    reopened: BoolArray


def _followed(
    desk: Desk, attempts: Attempts, visits: VisitRecords, first_visit: IntArray, email: BoolArray | None
) -> _Followed:
    """What became of conversations with people. Triage does not reply; by e-mail nobody does who only moves it on."""
    triage = list(desk.scenario.teams).index(desk.scenario.escalation.team)
    last, reply = first_visit.copy(), np.full(first_visit.size, -1, dtype=np.int32)
    touches, reopened = np.zeros(first_visit.size, dtype=np.int8), np.zeros(first_visit.size, dtype=np.bool_)
    # Whoever replied last, as one number.
    agents = int(visits.agent.max(initial=0)) + 1
    replied_last = np.full(first_visit.size, -1, dtype=np.int64)
    after = visits.after(attempts.visits)
    at = np.flatnonzero(first_visit >= 0)
    while at.size:
        now = last[at]
        answered = visits.fate[now] == Fate.SERVED
        dealt = answered & (attempts.visits.team[now] != triage)
        who = visits.group[now].astype(np.int64) * agents + visits.agent[now]
        touches[at] += dealt & (who != replied_last[at])
        replied_last[at[dealt]] = who[dealt]
        if email is not None:
            dealt &= ~(email[at] & (attempts.purpose[now] == Purpose.LOOK))
        first = dealt & (reply[at] < 0)
        reply[at[first]] = now[first]
        following = after[now]
        goes_on = (answered | (visits.fate[now] == Fate.MOVED)) & (following >= 0)
        goes_on[goes_on] = visits.fate[following[goes_on]] != Fate.NOT_MADE
        at, following = at[goes_on], following[goes_on]
        reopened[at] |= attempts.purpose[following] == Purpose.REOPENED
        last[at] = following
    return _Followed(last, reply, touches, reopened)


def _by_email(attempts: Attempts, happened: IntArray) -> BoolArray | None:
    if attempts.attempts[0].cases[0].dialogues.email is None:
        return None

    def email(attempt: Attempt, at: Rows) -> BoolArray:
        column = attempt.cases[0].dialogues.email
        assert column is not None  # nobody writes by e-mail, or every attempt has the column
        return np.asarray(column[at])

    return _by_attempt(attempts, happened, np.bool_, email)


def _at_visits(column: NDArray[Any], visit: IntArray, missing: float) -> NDArray[Any]:
    """A column of the visits, looked up for each conversation; `missing` where it has no visit (-1)."""
    found = np.full(visit.size, missing, dtype=column.dtype)
    has = visit >= 0
    found[has] = column[visit[has]]
    return found


def _solved(course: CourseRecords, problem: IntArray, by_person: BoolArray, ends_s: FloatArray) -> FloatArray:
    """When each problem was first really solved: by the bot, as the course recorded, or by a person."""
    solved_s = np.where(np.isnan(course.solved_s), np.inf, course.solved_s)
    np.minimum.at(solved_s, problem[by_person], ends_s[by_person])
    return np.where(np.isinf(solved_s), np.nan, solved_s)


def _by_attempt(
    attempts: Attempts, codes: IntArray, dtype: type[np.generic], read: Callable[[Attempt, Rows], NDArray[Any]]
) -> NDArray[Any]:
    """A column for the conversations `codes`, read off each attempt at positions in it."""
    values: NDArray[Any] = np.empty(codes.size, dtype=dtype)
    for attempt, mine, at in _parts(attempts, codes):
        values[mine] = read(attempt, at)
    return values


def _by_guard_case(
    attempts: Attempts,
    course: CourseRecords,
    codes: IntArray,
    dtype: type[np.generic],
    read: Callable[[GuardCase, Rows], NDArray[Any]],
) -> NDArray[Any]:
    """A column read off the case of the guards that each conversation met."""
    values: NDArray[Any] = np.empty(codes.size, dtype=dtype)
    for attempt, mine, at in _parts(attempts, codes):
        for number, case in enumerate(attempt.cases):
            here = slice(None) if len(attempt.cases) == 1 else course.guard_case[codes[mine]] == number
            values[mine][here] = read(case, _some(at, here))
    return values


def _by_route_case(
    attempts: Attempts,
    course: CourseRecords,
    codes: IntArray,
    column: Column,
    read: Callable[[GuardCase, RouteCase, Rows], NDArray[Any]],
) -> NDArray[Any]:
    """A column read off the case of the guards and of the rulesets that each conversation met."""
    values: NDArray[Any] = np.full(codes.size, column.missing, dtype=column.dtype)
    for attempt, mine, at in _parts(attempts, codes):
        for number, case in enumerate(attempt.cases):
            for route_number, route in enumerate(case.routes):
                here: slice | BoolArray = slice(None)
                if len(attempt.cases) > 1 or len(case.routes) > 1:
                    here = (course.guard_case[codes[mine]] == number) & (course.route_case[codes[mine]] == route_number)
                values[mine][here] = read(case, route, _some(at, here))
    return values


def _parts(attempts: Attempts, codes: IntArray) -> Iterator[tuple[Attempt, slice, Rows]]:
    """For each attempt the slice of the ascending codes that are its conversations, and their positions in it."""
    for attempt in attempts.attempts:
        first, last = np.searchsorted(codes, (attempt.first_code, attempt.first_code + attempt.rows.size))
        # First attempts all happen.
        everywhere = last - first == attempt.rows.size
        at = slice(None) if everywhere else (codes[first:last] - attempt.first_code).astype(np.int32)
        yield attempt, slice(int(first), int(last)), at


def _some(at: Rows, here: Rows) -> Rows:
    """Some of the positions."""
    return here if isinstance(at, slice) else at[here]
