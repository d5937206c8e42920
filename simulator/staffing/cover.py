"""The cheapest shifts with which enough people are there in every half-hour: an integer program, solved by HiGHS.

A shift is a column for each day, start and length; its breaks are columns of their own, one for each half-hour at which
one may begin, and each shift has one of them (Aykin, 1996, Optimal shift scheduling with multiple break windows), so
that shifts with several breaks are not multiplied. Who has several skills is in one team in each half-hour: a
transport. Contracts hold for all who have one together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DeskdrillError
from .roster import SLOT_S, SLOTS
from .shift_file import A_DAY, Contract, ShiftKind, Shifts

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Skills = tuple[str, ...]
Needs = Mapping[str, IntArray]
"""People in each half-hour of the week, by team or group."""
HOUR = 3600 / SLOT_S
IDLE = 1e-6
"""By such a part of its cost a shift is dearer for each half-hour in which nobody needs it: of shifts that cost the
same, one while teams are open is taken.
"""


class NoCover(DeskdrillError):
    """No shifts were found in time."""

    def __init__(self, lasted_s: float) -> None:
        super().__init__(lasted_s)

    def __str__(self) -> str:
        after = f"--time-limit: no shifts were found in {self.args[0]:.0f} s"
        return f"{after}; give more time, a wider `--gap`, or fewer starts"


@dataclass(frozen=True)
class Shift:
    """A shift that may be worked: who works it, when it begins (half-hour of the week) and how many it lasts."""

    kind: ShiftKind
    skills: Skills
    begins: int
    lasts: int

    @property
    def day(self) -> int:
        """The day on which it begins, 0 for Monday."""
        return self.begins // A_DAY

    @property
    def slots(self) -> IntArray:
        """Its half-hours of the week; one that begins on Sunday may end on Monday."""
        return np.arange(self.begins, self.begins + self.lasts) % SLOTS

    @property
    def hours(self) -> float:
        """Hours of work without breaks."""
        return (self.lasts - sum(each.lasts for each in self.kind.breaks)) / HOUR


@dataclass(frozen=True)
class Worked:
    """So many people work a shift; `breaks` has when they are away: for each break, the half-hours of the week in which
    it begins, with how many take it then.
    """

    shift: Shift
    people: int
    breaks: tuple[Mapping[int, int], ...]


@dataclass(frozen=True)
class Short:
    """What cannot be covered: a half-hour of a team or group, how many people it needs, how many it gets where nearly
    as few as can be are missing in all, and whether any shift is worked then.
    """

    name: str
    slot: int
    needed: int
    gets: int
    any_shift: bool


@dataclass(frozen=True)
class Cover:
    """The shifts that were found.

    there       people at work in each half-hour, by team or group
    cost        of the week; with any shifts at least `bound`, which is less by a share, `gap`
    contracts   by contract and skills, how many people it takes to work its shifts
    short       what cannot be covered; then there are no shifts
    optimal     whether the gap that was asked for was reached; else the time was over
    """

    worked: tuple[Worked, ...]
    there: Needs
    cost: float
    bound: float
    gap: float
    took_s: float
    optimal: bool
    contracts: Mapping[tuple[str, Skills], int] = field(default_factory=dict)
    short: tuple[Short, ...] = ()

    @property
    def paid_hours(self) -> float:
        """Hours a week that are paid."""
        unpaid = (sum(each.lasts for each in one.shift.kind.breaks if not each.paid) for one in self.worked)
        pairs = zip(self.worked, unpaid, strict=True)
        return sum(one.people * (one.shift.lasts - away) for one, away in pairs) / HOUR


def candidates(shifts: Shifts, names: Iterable[str]) -> tuple[Shift, ...]:
    """Every shift that may be worked in a week, for some teams and groups."""
    names = tuple(names)
    own = tuple((name,) for name in names)
    each = (
        (kind, skills)
        for kind in shifts.kinds
        for skills in (own if kind.skills is None else (tuple(name for name in kind.skills if name in names),))
    )
    return tuple(
        Shift(kind, skills, day * A_DAY + start, lasts)
        for kind, skills in each
        if skills
        for day in kind.days
        for start in kind.starts
        for lasts in kind.lengths
    )


def cheapest_cover(shifts: Shifts, needs: Needs, gap: float = 0.02, time_limit_s: float = 60.0) -> Cover:
    """The cheapest shifts that cover all needs, to within a share of their cost. Raises `NoCover`."""
    began = time.perf_counter()
    program = _Program(shifts, needs)
    found = program.solved(gap, time_limit_s)
    took_s = time.perf_counter() - began
    if found.x is None:
        if found.status == 1:
            raise NoCover(took_s)
        return Cover((), {}, 0.0, 0.0, 0.0, took_s, optimal=False, short=program.short(time_limit_s))
    values = np.round(found.x).astype(np.int64)
    cost, bound = float(program.costs @ values), float(found.mip_dual_bound or 0.0) / program.dearer
    left = max(1 - bound / cost, 0.0) if cost else 0.0
    worked, there = program.worked(values), program.there(values)
    return Cover(worked, there, cost, bound, left, took_s, found.status == 0, program.people(values))


class _Program:
    """The integer program. Columns: shifts, then breaks, people by contract, and who is in which team."""

    def __init__(self, shifts: Shifts, needs: Needs) -> None:
        self.needs, self.names = needs, tuple(needs)
        self.shifts = candidates(shifts, self.names)
        self._costs = list[float]()
        self._whole = list[bool]()
        self._entries: tuple[list[int], list[int], list[float]] = ([], [], [])
        self._low, self._high = list[float](), list[float]()
        self.breaks: list[list[list[tuple[int, int]]]] = []
        self._shifts_and_breaks()
        self.pools = tuple(dict.fromkeys(shift.skills for shift in self.shifts))
        self.people_of: dict[tuple[str, Skills], int] = {}
        for contract in shifts.contracts:
            self._contract(contract)
        self._coverage()
        self.costs = np.array(self._costs)
        idle = np.zeros(len(self._costs))
        idle[: len(self.shifts)] = [self._idle(shift) for shift in self.shifts]
        self._preferred = 1 + IDLE * idle
        self.dearer = float(self._preferred.max(initial=1.0))

    def _idle(self, shift: Shift) -> int:
        """Half-hours of a shift in which nobody who works it is needed."""
        needed = np.any([self.needs[name][shift.slots] > 0 for name in shift.skills], axis=0)
        return int(np.count_nonzero(~needed))

    def _column(self, cost: float, *, whole: bool = True) -> int:
        self._costs.append(cost)
        self._whole.append(whole)
        return len(self._costs) - 1

    def _row(self, entries: Iterable[tuple[int, float]], low: float, high: float) -> None:
        number = len(self._low)
        for column, value in entries:
            self._entries[0].append(number)
            self._entries[1].append(column)
            self._entries[2].append(value)
        self._low.append(low)
        self._high.append(high)

    def _shifts_and_breaks(self) -> None:
        self.on = list[list[tuple[int, float]]]()
        by_slot: dict[tuple[Skills, int], list[tuple[int, float]]] = {}
        for shift in self.shifts:
            costs = shift.kind.costs / HOUR
            column = self._column(float(costs[shift.slots].sum()))
            for slot in shift.slots.tolist():
                by_slot.setdefault((shift.skills, slot), []).append((column, 1.0))
        for number, shift in enumerate(self.shifts):
            costs = shift.kind.costs / HOUR
            mine = []
            for each in shift.kind.breaks:
                begins = [(shift.begins + at) % SLOTS for at in range(each.first, each.last + 1)]
                columns = []
                for begin in begins:
                    away = [(begin + step) % SLOTS for step in range(each.lasts)]
                    column = self._column(0.0 if each.paid else -float(costs[away].sum()))
                    columns.append((column, begin))
                    for slot in away:
                        by_slot[shift.skills, slot].append((column, -1.0))
                self._row([(number, -1.0), *((column, 1.0) for column, _ in columns)], 0.0, 0.0)
                mine.append(columns)
            self.breaks.append(mine)
        self.by_slot = by_slot

    def _contract(self, contract: Contract) -> None:
        """What all who have it can work together: each row says at least how many of them that takes."""
        people = []
        for skills in self.pools:
            mine = [
                number
                for number, shift in enumerate(self.shifts)
                if shift.kind.contract == contract.name and shift.skills == skills
            ]
            if not mine:
                continue
            many = self._column(0.0)
            self.people_of[contract.name, skills] = many
            people.append((many, 1.0))
            hours = [(number, self.shifts[number].hours) for number in mine]
            each = [(number, 1.0) for number in mine]
            for day in range(7):
                self._row([*(one for one in each if self.shifts[one[0]].day == day), (many, -1.0)], -inf, 0.0)
            if contract.days_at_most is not None:
                self._row([*each, (many, -float(contract.days_at_most))], -inf, 0.0)
            if contract.at_most is not None:
                self._row([*hours, (many, -contract.at_most / HOUR)], -inf, 0.0)
            if contract.at_least is not None:
                self._row([*hours, (many, -contract.at_least / HOUR)], 0.0, inf)
            self._rest(mine, many, contract.rest)
        if contract.people_at_most is not None and people:
            self._row(people, 0.0, float(contract.people_at_most))

    def _rest(self, mine: list[int], many: int, rest: int) -> None:
        """Who ends late on a day is another than who begins early on one of the next two."""
        for day in range(7):
            today = [number for number in mine if self.shifts[number].day == day]
            for after in (1, 2):
                then = [number for number in mine if self.shifts[number].day == (day + after) % 7]
                begins = {number: self.shifts[number].begins % A_DAY + after * A_DAY for number in then}
                ends = {number: self.shifts[number].begins % A_DAY + self.shifts[number].lasts for number in today}
                for end in sorted(set(ends.values())):
                    early = [number for number in then if begins[number] < end + rest]
                    if early:
                        late = [number for number in today if ends[number] >= end]
                        self._row([*((number, 1.0) for number in (*late, *early)), (many, -1.0)], -inf, 0.0)

    def _coverage(self) -> None:
        self.cover_rows: list[tuple[str, int]] = []
        rows: dict[tuple[str, int], list[tuple[int, float]]] = {}
        for name, needed in self.needs.items():
            for slot in np.flatnonzero(needed).tolist():
                rows[name, slot] = list(self.by_slot.get(((name,), slot), ()))
        for skills in self.pools:
            if len(skills) == 1:
                continue
            for slot in range(SLOTS):
                wanted = [name for name in skills if self.needs[name][slot]]
                there = self.by_slot.get((skills, slot), [])
                if not wanted or not there:
                    continue
                # For whole people the rest is a transport, which has a whole solution.
                columns = [self._column(0.0, whole=False) for _ in wanted]
                self._row([*there, *((column, -1.0) for column in columns)], 0.0, inf)
                for name, column in zip(wanted, columns, strict=True):
                    rows[name, slot].append((column, 1.0))
        self.first_cover = len(self._low)
        for (name, slot), entries in rows.items():
            self.cover_rows.append((name, slot))
            self._row(entries, float(self.needs[name][slot]), inf)

    def _matrix(self) -> Any:
        from scipy.sparse import csr_array

        rows, columns, values = self._entries
        return csr_array((values, (rows, columns)), shape=(len(self._low), len(self._costs)))

    def solved(self, gap: float, time_limit_s: float) -> Any:
        """What HiGHS finds."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        return milp(
            self.costs * self._preferred,
            integrality=np.array(self._whole, dtype=np.int8),
            bounds=Bounds(0, inf),
            constraints=LinearConstraint(self._matrix(), self._low, self._high),
            options={"mip_rel_gap": gap, "time_limit": time_limit_s},
        )

    def short(self, time_limit_s: float) -> tuple[Short, ...]:
        """The half-hours that lack people where nearly as few as can be are missing in all. Raises `NoCover`."""
        lacks = {}
        for number, where in enumerate(self.cover_rows, self.first_cover):
            lacks[where] = self._column(0.0)
            self._entries[0].append(number)
            self._entries[1].append(lacks[where])
            self._entries[2].append(1.0)
        self.costs = np.zeros(len(self._costs))
        self.costs[list(lacks.values())] = 1.0
        self._preferred = np.ones(len(self._costs))
        found = self.solved(0.05, time_limit_s)
        if found.x is None:
            raise NoCover(time_limit_s)
        reached = {(name, slot) for skills, slot in self.by_slot for name in skills}
        values = np.round(found.x).astype(np.int64)
        return tuple(
            Short(name, slot, needed, needed - int(values[column]), (name, slot) in reached)
            for (name, slot), column in lacks.items()
            if values[column] and (needed := int(self.needs[name][slot]))
        )

    def worked(self, values: IntArray) -> tuple[Worked, ...]:
        """The shifts that somebody works."""
        return tuple(
            Worked(
                shift,
                int(values[number]),
                tuple(
                    {begin: int(values[column]) for column, begin in columns if values[column]}
                    for columns in self.breaks[number]
                ),
            )
            for number, shift in enumerate(self.shifts)
            if values[number]
        )

    def people(self, values: IntArray) -> dict[tuple[str, Skills], int]:
        """How many people each contract takes at least for what was found: what its rows ask for."""
        matrix, low, high = self._matrix(), self._low, self._high
        found = {}
        for who, column in self.people_of.items():
            here = matrix[:, [column]].tocoo()
            with_none = values.astype(np.float64)
            with_none[column] = 0
            worked = matrix @ with_none
            found[who] = max(
                ceil(worked[row] / -value - 1e-9)
                for row, value in zip(here.coords[0].tolist(), here.data.tolist(), strict=True)
                if value < 0 and high[row] == 0 and low[row] == -inf
            )
        return found

    def there(self, values: IntArray) -> dict[str, IntArray]:
        """Who is where in each half-hour: those with several skills where they are needed, and then where the fewest
        are for what is needed.
        """
        found = {name: np.zeros(SLOTS, dtype=np.int64) for name in self.names}
        free: dict[int, Counter[Skills]] = {slot: Counter() for slot in range(SLOTS)}
        for (skills, slot), entries in self.by_slot.items():
            many = sum(int(sign) * int(values[column]) for column, sign in entries)
            if len(skills) == 1:
                found[skills[0]][slot] += many
            elif many:
                free[slot][skills] = many
        for slot, pools in free.items():
            if pools:
                lacks = {name: max(int(self.needs[name][slot] - found[name][slot]), 0) for name in self.names}
                for name, more in _sent(pools, lacks).items():
                    found[name][slot] += more
                for skills, many in pools.items():
                    for _ in range(many):
                        best = min(skills, key=lambda name: found[name][slot] / max(int(self.needs[name][slot]), 0.01))
                        found[best][slot] += 1
        return found


def _sent(pools: Counter[Skills], lacks: dict[str, int]) -> Counter[str]:
    """People sent from pools to where they are lacking, taken out of `pools`: a greatest flow, by augmenting paths."""
    placed: dict[tuple[Skills, str], int] = Counter()
    sent = Counter[str]()
    for name, many in lacks.items():
        for _ in range(many):
            path = _path(name, pools, placed)
            if path is None:
                break
            pools[path[0][0]] -= 1
            for skills, to, change in path:
                placed[skills, to] += change
            sent[name] += 1
    return sent


def _path(
    name: str, pools: Counter[Skills], placed: dict[tuple[Skills, str], int]
) -> list[tuple[Skills, str, int]] | None:
    """How to get one person more to a team or group: from a pool with somebody free, or in place of another whom such a
    pool replaces. The first step is the pool that gives somebody.
    """
    ways: dict[str, list[tuple[Skills, str, int]]] = {name: []}
    waiting = [name]
    while waiting:
        to = waiting.pop(0)
        for skills in pools:
            if to not in skills:
                continue
            if pools[skills] > 0:
                return [(skills, to, 1), *ways[to]]
            for other in skills:
                if other not in ways and placed.get((skills, other), 0) > 0:
                    ways[other] = [(skills, to, 1), (skills, other, -1), *ways[to]]
                    waiting.append(other)
    return None
