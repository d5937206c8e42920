"""The cheapest shifts that cover what is needed."""

from __future__ import annotations

from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.simulator.staffing.cover import Cover, Shift, candidates, cheapest_cover
from deskdrill.simulator.staffing.roster import SLOTS
from deskdrill.simulator.staffing.shift_file import Shifts, load_shifts, refuse_uncovered, shifts_from_document

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("billing", "engineers")
EIGHT = 16
"""The half-hour of Monday that begins at 08:00."""


def shifts_of(text: str, names: tuple[str, ...] = NAMES) -> Shifts:
    return shifts_from_document(parse_document(text, "shifts.yaml"), names)


def needs_of(**by_name: list[int]) -> dict[str, NDArray[np.int64]]:
    """Needs of Monday from 08:00 on."""
    found = {}
    for name, needed in by_name.items():
        found[name] = np.zeros(SLOTS, dtype=np.int64)
        found[name][EIGHT : EIGHT + len(needed)] = needed
    return found


@st.composite
def small_files(draw: st.DrawFn) -> Shifts:
    lines = ["premiums: [{within: Mon 09-24, extra: 50%}]", "shifts:"]
    for number in range(draw(st.integers(1, 2))):
        starts = draw(st.lists(st.sampled_from(["08:00", "08:30", "09:00"]), min_size=1, max_size=2, unique=True))
        lasts = draw(st.sampled_from(["1h", "1h30m", "2h"]))
        skills = draw(st.sampled_from(["[billing]", "[engineers]", "[engineers, billing]"]))
        wage = draw(st.integers(1, 9))
        breaks = ""
        if lasts == "2h" and draw(st.booleans()):
            breaks = f", breaks: [{{lasts: 30m, within: 30m-1h30m, paid: {str(draw(st.booleans())).lower()}}}]"
        lines.append(f"  s{number}: {{days: Mon, starts: {starts}, lengths: [{lasts}], skills: {skills}, wage: {wage}{breaks}}}")
    return shifts_of("\n".join(lines).replace("'", '"'))


small_needs = st.builds(
    lambda billing, engineers: needs_of(billing=billing, engineers=engineers),
    *(st.lists(st.integers(0, 1), min_size=4, max_size=4) for _ in NAMES),
)


def ways(shift: Shift) -> list[tuple[NDArray[np.int64], float]]:
    """The ways in which one person can work a shift: at work in each half-hour, and the pay."""
    starts = [range(each.first, each.last + 1) for each in shift.kind.breaks]
    found = []
    for begins in product(*starts):
        works, paid = np.zeros(SLOTS, dtype=np.int64), np.zeros(SLOTS)
        works[shift.slots] = paid[shift.slots] = 1
        for each, begin in zip(shift.kind.breaks, begins, strict=True):
            away = np.arange(shift.begins + begin, shift.begins + begin + each.lasts) % SLOTS
            works[away] = 0
            paid[away] *= each.paid
        found.append((works, float(paid @ shift.kind.costs) / 2))
    return found


def cheapest(shifts: Shifts, needs: dict[str, NDArray[np.int64]]) -> float:
    """The least cost, all ways of working tried; by Hall's theorem, who is there suffices for each set of teams."""
    each = [(shift.skills, *way) for shift in candidates(shifts, NAMES) for way in ways(shift)]
    counts = np.stack(np.meshgrid(*[np.arange(3)] * len(each), indexing="ij"), axis=-1).reshape(-1, len(each))
    enough = np.ones(len(counts), dtype=np.bool_)
    for some in (("billing",), ("engineers",), NAMES):
        there = counts @ np.array([works * bool(set(skills) & set(some)) for skills, works, _ in each])
        enough &= (there >= sum(needs[name] for name in some)).all(axis=1)
    costs = counts @ np.array([cost for *_, cost in each])
    return float(costs[enough].min(initial=inf))


@few
@given(small_files(), small_needs)
def test_no_shifts_that_cover_the_needs_cost_less(shifts: Shifts, needs: dict[str, NDArray[np.int64]]) -> None:
    found = cheapest_cover(shifts, needs, gap=0.0)
    least = cheapest(shifts, needs)
    assert bool(found.short) == (least == inf)
    if not found.short:
        assert found.cost == pytest.approx(least)
        assert found.bound <= found.cost + 1e-6
        assert_fits(found, needs)
    else:
        # What is said to lack is what these shifts cannot give: without it they can.
        left = {name: needed.copy() for name, needed in needs.items()}
        for each in found.short:
            left[each.name][each.slot] = each.gets
        assert not cheapest_cover(shifts, left).short


@few
@given(st.lists(st.integers(1, 3), min_size=8, max_size=20))
def test_of_shifts_that_cost_the_same_those_while_teams_are_open_are_taken(needed: list[int]) -> None:
    """A shift of four hours can always be moved to where the team is open for as long."""
    shifts = shifts_of("shifts: {s: {days: Mon, starts: [00:00-20:00], lengths: [4h]}}", ("billing",))
    found = cheapest_cover(shifts, needs_of(billing=needed), gap=0.0)
    for each in found.worked:
        assert EIGHT <= each.shift.begins <= EIGHT + len(needed) - 8
    assert found.gap < 1e-4


def assert_fits(found: Cover, needs: dict[str, NDArray[np.int64]]) -> None:
    """All needs are covered, by people who are on one of the shifts and not on a break, each in one place that they can
    work in; each person has each break of the shift, within its window.
    """
    assert all((found.there[name] >= needed).all() for name, needed in needs.items())
    at_work, paid = {}, 0.0
    for each in found.worked:
        shift = each.shift
        here = at_work.setdefault(shift.skills, np.zeros(SLOTS, dtype=np.int64))
        np.add.at(here, shift.slots, each.people)
        assert len(each.breaks) == len(shift.kind.breaks)
        for one, begins in zip(shift.kind.breaks, each.breaks, strict=True):
            assert sum(begins.values()) == each.people
            for at, many in begins.items():
                assert one.first <= (at - shift.begins) % SLOTS <= one.last
                np.add.at(here, np.arange(at, at + one.lasts) % SLOTS, -many)
        paid += each.people * (shift.lasts - sum(one.lasts for one in shift.kind.breaks if not one.paid)) / 2
    assert found.paid_hours == paid
    assert np.array_equal(sum(at_work.values(), np.zeros(SLOTS)), sum(found.there.values(), np.zeros(SLOTS)))
    for name, there in found.there.items():
        can = sum((here for skills, here in at_work.items() if name in skills), np.zeros(SLOTS))
        only = sum((here for skills, here in at_work.items() if skills == (name,)), np.zeros(SLOTS))
        assert (only <= there).all()
        assert (there <= can).all()


CONTRACTS = """
wage: 20
shifts:
  early: {starts: [06:00-09:00], lengths: [4h, 8h], contract: all_week}
  late: {starts: [12:00-16:00], lengths: [8h], contract: all_week, breaks: [{lasts: 30m, within: 2h-4h}]}
contracts:
  all_week: {days_at_most: 5, hours_at_least: 20h, hours_at_most: 30h, rest: 11h}
"""


@settings(parent=few, max_examples=5)
@given(st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_so_many_people_as_are_told_can_work_what_their_contract_allows(blocks: list[int]) -> None:
    needs = {"billing": np.zeros(SLOTS, dtype=np.int64)}
    for number, many in enumerate(blocks):
        begins = number // 2 * 48 + (16 if number % 2 == 0 else 30)
        needs["billing"][begins : begins + 12] = many
    found = cheapest_cover(shifts_of(CONTRACTS, ("billing",)), needs)
    assert_fits(found, needs)
    people = found.contracts.get(("all_week", ("billing",)), 0)
    each = [(one.shift, one.people) for one in found.worked]
    hours, many = sum(shift.hours * of for shift, of in each), sum(of for _, of in each)
    assert 20 * people <= hours <= 30 * people
    assert many <= 5 * people
    for day in range(7):
        today = sum(of for shift, of in each if shift.day == day)
        assert today <= people
        for end in {shift.begins + shift.lasts for shift, _ in each if shift.day == day}:
            late = sum(of for shift, of in each if shift.day == day and shift.begins + shift.lasts >= end)
            early = sum(of for shift, of in each if shift.day == (day + 1) % 7 and day * 48 + 48 + shift.begins % 48 < end + 22)
            assert not early or late + early <= people


def test_contracts_that_leave_too_few_say_where_people_lack_and_why() -> None:
    text = "wage: 1\nshifts:\n  day: {starts: [08:00], lengths: [2h], contract: two}\ncontracts:\n  two: {people_at_most: 2}\n"
    found = cheapest_cover(shifts_of(text, ("billing",)), needs_of(billing=[3, 2, 1, 1, 1]))
    assert [(each.slot, each.needed, each.gets, each.any_shift) for each in found.short] == [
        (EIGHT, 3, 2, True),
        (EIGHT + 4, 1, 0, False),
    ]


def test_a_shift_that_begins_on_sunday_covers_monday() -> None:
    needs = {"billing": np.zeros(SLOTS, dtype=np.int64)}
    needs["billing"][:2] = 1
    found = cheapest_cover(shifts_of("shifts:\n  night: {days: Sun, starts: ['23:00'], lengths: [2h]}\n", ("billing",)), needs)
    assert [(each.shift.begins, each.people) for each in found.worked] == [(334, 1)]
    assert (found.cost, found.there["billing"][:2].tolist()) == (2.0, [1, 1])


def test_who_has_two_skills_is_where_people_lack() -> None:
    text = """
shifts:
  both: {days: Mon, starts: ["08:00"], lengths: [1h], skills: [billing, engineers], wage: 3}
  one: {days: Mon, starts: ["08:00"], lengths: [1h], wage: 2}
"""
    found = cheapest_cover(shifts_of(text), needs_of(billing=[1, 0], engineers=[0, 1]), gap=0.0)
    # One person for both in turn is cheaper than one for each.
    assert (found.cost, [(each.shift.skills, each.people) for each in found.worked]) == (3.0, [(NAMES, 1)])
    assert [found.there[name][EIGHT : EIGHT + 2].tolist() for name in NAMES] == [[1, 0], [0, 1]]


def test_the_shipped_shifts_can_be_worked_on_any_desk() -> None:
    shifts = load_shifts("day-shifts", NAMES)
    assert (shifts.currency, shifts.priced) == ("EUR", True)
    assert all(kind.covers.all() for kind in shifts.kinds)


MISTAKES = {
    "shifts: {}": "shifts.yaml:1:9: ",
    "shifts: {day: {starts: ['08:00'], lengths: [0]}}": "shifts.yaml:1:45: expected whole half-hours, from 30m to 16h, found `0`",
    "shifts: {day: {starts: ['08:00'], lengths: [45m]}}": "shifts.yaml:1:45: expected whole half-hours, from 30m to 16h, found `45m`; did you mean `1h`?",
    "shifts: {day: {starts: ['08:15'], lengths: [8h]}}": "shifts.yaml:1:25: expected a time by the half-hour such as `07:30`, from 00:00 to 23:30, found `08:15`",
    "shifts: {day: {starts: ['10-08'], lengths: [8h]}}": "shifts.yaml:1:25: `10-08` ends before it begins; starts after midnight are another entry",
    "shifts: {day: {starts: ['08'], lengths: [8h], days: Mon 08-12}}": "shifts.yaml:1:53: expected whole days such as `Mon-Fri` or `Sat, Sun`, found `Mon 08-12`",
    "shifts: {day: {starts: ['08'], lengths: [8h], skills: [biling]}}": "shifts.yaml:1:56: the scenario has no team or group `biling` with agents of its own; did you mean `billing`?",
    "shifts: {day: {starts: ['08'], lengths: [8h], wage: -1}}": "shifts.yaml:1:53: ",
    "shifts: {day: {starts: ['08'], lengths: [8h], wage: 1}, late: {starts: ['08'], lengths: [8h]}}": "shifts.yaml:1:63: has no wage, and other shifts have one; say `wage` here or for the whole file",
    "shifts: {day: {starts: ['08'], lengths: [4h], breaks: [{lasts: 30m, within: 3h-5h}]}}": "shifts.yaml:1:77: the break may end 5h after the start, and a shift may be over after 4h",
    "shifts: {day: {starts: ['08'], lengths: [4h], breaks: [{lasts: 1h, within: 2h-2h30m}]}}": "shifts.yaml:1:76: there is no room for a break of 1h",
    "shifts: {day: {starts: ['08'], lengths: [4h], breaks: [{lasts: 4h, within: 0-4h}]}}": "shifts.yaml:1:55: a shift of 4h is nothing but breaks",
    "shifts: {day: {starts: ['08'], lengths: [4h], breaks: [{lasts: 30m, within: 0-2h}, {lasts: 30m, within: 1h-3h}]}}": "shifts.yaml:1:105: this break may begin before the one above it is over; give them apart, in their order",
    "shifts: {day: {starts: ['08'], lengths: [8h], contract: ful}}\ncontracts: {full: {}}": "shifts.yaml:1:57: unknown contract `ful`; did you mean `full`?",
    "shifts: {day: {starts: ['08'], lengths: [8h]}}\ncontracts: {full: {hours_at_least: 30h, hours_at_most: 20h}}": "shifts.yaml:2:36: more than `hours_at_most`, which is 20h",
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.items())
def test_what_is_wrong_with_a_file_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        shifts_of(text)
    assert str(error.value).startswith(told)
    assert len(error.value.problems) == 1


def test_shifts_that_covers_no_half_hour_of_a_team_is_refused() -> None:
    shifts = shifts_of("shifts: {day: {days: Sat, starts: ['08'], lengths: [8h], skills: [billing]}}")
    opened = needs_of(billing=[1], engineers=[1])
    with pytest.raises(InputError) as error:
        refuse_uncovered(shifts, {name: needed > 0 for name, needed in opened.items()})
    assert str(error.value).splitlines() == [
        "shifts.yaml:1:1: the shifts cover no half-hour in which `billing` is open",
        "shifts.yaml:1:1: no shift is worked in `engineers`, which is to be staffed; add one, or name the others with `--team`",
    ]


@pytest.mark.slow
def test_hundreds_of_shifts_for_four_teams_are_chosen_among() -> None:
    names = ("a", "b", "c", "d")
    text = """
wage: 20
shifts:
  full: {starts: [06:00-18:00], lengths: [8h30m], breaks: [{lasts: 30m, within: 3h-5h30m}], skills: [a, b], contract: full}
  other: {starts: [06:00-18:00], lengths: [8h30m], breaks: [{lasts: 30m, within: 3h-5h30m}], skills: [c, d], contract: full}
  part: {starts: ["00:00", "06:00", "12:00", "18:00"], lengths: [6h]}
contracts:
  full: {days_at_most: 5, hours_at_most: 40h, rest: 11h}
"""
    rng = np.random.default_rng(3)
    busy = np.tile(8 * np.exp(-((np.arange(48) - 26) / 9.0) ** 2) + 1, 7)
    needs = {name: rng.poisson(busy).astype(np.int64) for name in names}
    found = cheapest_cover(shifts_of(text, names), needs, 0.02, 60.0)
    assert found.optimal
    assert found.gap <= 0.02
    assert_fits(found, needs)
