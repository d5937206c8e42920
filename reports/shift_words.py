"""Shifts and what they cost, in words, tables and data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from ..calendar import WEEKDAYS
from ..quantities import duration_text
from ..simulator.staffing.cover import HOUR, Short, Worked
from ..simulator.staffing.covering import Schedule
from ..simulator.staffing.roster import SLOT_S, SLOTS
from ..simulator.staffing.shift_file import A_DAY
from .terminal import neutral
from .text import fitted, wrapped

MOST_SHORT = 12
"""Stretches that cannot be covered and are shown."""


@dataclass(frozen=True, slots=True)
class Wage:
    """What an hour costs; `currency` is a label, no more."""

    an_hour: float
    currency: str | None = None

    @property
    def label(self) -> str:
        """The currency behind a word."""
        return "" if self.currency is None else f" {neutral(self.currency)}"


def clock_text(slot: int) -> str:
    """When a half-hour of the day begins."""
    return f"{slot * SLOT_S // 3600:02}:{slot * SLOT_S % 3600 // 60:02}"


def moment_text(slot: int) -> str:
    """When a half-hour of the week begins."""
    return f"{WEEKDAYS[slot // A_DAY]} {clock_text(slot % A_DAY)}"


def schedule_blocks(schedule: Schedule, width: int) -> list[str]:
    """The shifts of a week, if there are any: who begins when, breaks, contracts, and who is there beside the needs."""
    if schedule.cover.short:
        return []
    blocks = [table(schedule, width) for table in (_shifts, _breaks, _contracts, _half_hours)]
    return [block for block in blocks if block]


def schedule_sentences(schedule: Schedule) -> list[str]:
    """What the shifts come to, or what they cannot cover."""
    if schedule.cover.short:
        return list(_not_covered(schedule))
    cover = schedule.cover
    people, needed = sum(each.people for each in cover.worked), float(schedule.hours(schedule.needed).sum())
    there = float(schedule.hours(cover.there).sum())
    cost = f", {_cost(schedule, cover.cost)} with premiums" if schedule.priced else ""
    lines = [
        f"Shifts: {people} a week, {cover.paid_hours:,.1f} paid hours{cost}.",
        f"Of {there:,.1f} hours at work {needed:,.1f} are needed, {there - needed:,.1f} are more than that.",
    ]
    near = f"at most {100 * cover.gap:.2f}% above the cheapest there can be"
    over = f"The time was over: this is {near}. More `--time-limit` may find better."
    lines.append(f"This is {near}." if cover.optimal else over)
    if schedule.rounds > 1:
        again = f"Shifts were chosen {schedule.rounds} times"
        lines.append(f"{again}: what the first reached was short, so more was to be covered.")
    verdict = {True: "reach everything", False: "do not reach everything", None: "may reach everything or not"}
    lines.append(
        f"On {len(schedule.fresh)} weeks of customers whom nothing before has met, they {verdict[schedule.passes]}."
        if schedule.reached
        else "Nobody comes to these teams while they are open, so nothing can be told."
    )
    return lines


def schedule_data(schedule: Schedule) -> dict[str, Any]:
    """The shifts for programs."""
    cover = schedule.cover
    needed, there = schedule.hours(schedule.needed), schedule.hours(cover.there)
    return {
        "covered": not cover.short,
        "cost": cover.cost if schedule.priced and not cover.short else None,
        "currency": schedule.currency,
        "paid_hours": cover.paid_hours,
        "needed_hours": float(needed.sum()),
        "surplus_hours": float((there - needed).sum()) if not cover.short else None,
        "gap": cover.gap,
        "gap_reached": cover.optimal,
        "rounds": schedule.rounds,
        "shifts": [_worked_data(each) for each in cover.worked],
        "contracts": [
            {"contract": name, "skills": list(skills), "people": people}
            for (name, skills), people in cover.contracts.items()
        ],
        "half_hours": [
            {
                "team": name,
                "from": moment_text(slot),
                "needed": int(schedule.needed[name][slot]),
                "there": int(there[slot]),
            }
            for name, there in cover.there.items()
            for slot in np.flatnonzero(there + schedule.needed[name]).tolist()
        ],
        "not_covered": [
            {
                "team": each.name,
                "from": moment_text(each.slot),
                "needed": each.needed,
                "gets": each.gets,
                "any_shift": each.any_shift,
            }
            for each in cover.short
        ],
    }


def _worked_data(each: Worked) -> dict[str, Any]:
    shift = each.shift
    return {
        "shift": shift.kind.name,
        "skills": list(shift.skills),
        "begins": moment_text(shift.begins),
        "lasts": duration_text(float(shift.lasts * SLOT_S)),
        "people": each.people,
        "breaks": [{moment_text(at): many for at, many in sorted(begins.items())} for begins in each.breaks],
    }


def _cost(schedule: Schedule, cost: float) -> str:
    return f"{cost:,.0f} {neutral(schedule.currency)}" if schedule.currency is not None else f"a cost of {cost:,.0f}"


def _who(skills: tuple[str, ...]) -> str:
    return ", ".join(neutral(name) for name in skills)


def _shifts(schedule: Schedule, width: int) -> str:
    """A row for each shift that begins at a time of the day, with how many begin it on each day."""
    by_row: dict[tuple[str, tuple[str, ...], int, int], list[int]] = defaultdict(lambda: [0] * 7)
    for each in schedule.cover.worked:
        shift = each.shift
        by_row[shift.kind.name, shift.skills, shift.begins % A_DAY, shift.lasts][shift.day] += each.people
    rows = [
        [neutral(kind), _who(skills), f"{clock_text(begins)}-{clock_text((begins + lasts) % A_DAY)}", *map(_many, days)]
        for (kind, skills, begins, lasts), days in sorted(by_row.items())
    ]
    table = fitted(rows, ["shift", "team", "from-to", *WEEKDAYS], 3, width, range(3, 10))
    return f"People who begin each shift:\n{table}"


def _breaks(schedule: Schedule, width: int) -> str:
    """When people go on their breaks."""
    by_row: dict[tuple[str, tuple[str, ...], int], list[int]] = defaultdict(lambda: [0] * 7)
    for each in schedule.cover.worked:
        for begins in each.breaks:
            for at, many in begins.items():
                by_row[each.shift.kind.name, each.shift.skills, at % A_DAY][at // A_DAY] += many
    rows = [
        [neutral(kind), _who(skills), clock_text(at), *map(_many, days)]
        for (kind, skills, at), days in sorted(by_row.items())
    ]
    table = fitted(rows, ["shift", "team", "from", *WEEKDAYS], 3, width, range(3, 10))
    return f"People whose break begins:\n{table}" if rows else ""


def _many(people: int) -> str:
    return str(people) if people else ""


def _contracts(schedule: Schedule, width: int) -> str:
    """How many people of each contract it takes."""
    rows = [
        [neutral(name), _who(skills), str(people)]
        for (name, skills), people in schedule.cover.contracts.items()
        if people
    ]
    if not rows:
        return ""
    told = (
        "Hours and days hold for all who have a contract together, and rest from each day to the next ones; who works "
        "which shift is not planned here, and may take a person more."
    )
    return f"People it takes:\n{fitted(rows, ['contract', 'team', 'people'], 2, width, (2,))}\n{wrapped(told, width)}"


def _half_hours(schedule: Schedule, width: int) -> str:
    """Who is there beside who is needed, all teams and groups together."""
    needed, there = (
        np.sum(list(slots.values()), axis=0) for slots in (schedule.needed, schedule.cover.there)
    )
    rows = []
    for slot in range(A_DAY):
        days = range(slot, SLOTS, A_DAY)
        if any(there[day] for day in days):
            rows.append([clock_text(slot), *(_surplus(int(there[day]), int(needed[day])) for day in days)])
    title = "People at work in each half-hour (more than needed), all together:"
    return f"{wrapped(title, width)}\n{fitted(rows, ['from', *WEEKDAYS], 1, width, range(1, 8))}"


def _surplus(there: int, needed: int) -> str:
    return "" if not there else f"{there} (+{there - needed})" if there > needed else str(there)


def _not_covered(schedule: Schedule) -> Iterator[str]:
    """What no shifts cover, stretch by stretch, and why."""
    short = schedule.cover.short
    yield (
        f"These shifts cannot cover what is needed: {len(short)} half-hours lack people, "
        f"{sum(each.needed - each.gets for each in short) / HOUR:,.1f} hours of work in all, even at best."
    )
    stretches = [list(each) for _, each in groupby(enumerate(short), key=_stretch)]
    for stretch in stretches[:MOST_SHORT]:
        each = [one for _, one in stretch]
        lacks = max(one.needed - one.gets for one in each)
        why = (
            f"up to {lacks} people lack though shifts are worked then: contracts, or breaks, leave no more"
            if each[0].any_shift
            else "no shift is worked then; allow one that begins earlier or lasts longer"
        )
        end = clock_text((each[-1].slot + 1) % A_DAY)
        yield f"{neutral(each[0].name)}, {moment_text(each[0].slot)}-{end}: {why}."
    if len(stretches) > MOST_SHORT:
        yield f"And {len(stretches) - MOST_SHORT} more stretches; `--format json` has all."


def _stretch(numbered: tuple[int, Short]) -> tuple[str, int, int, bool]:
    """The same for half-hours that follow one another on a day and lack people for the same reason."""
    number, each = numbered
    return each.name, each.slot // A_DAY, each.slot - number, each.any_shift
