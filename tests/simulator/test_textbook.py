"""docs/floor.md by hand, by laws, and by two programs that must agree.

`played` is either of them: the textbook model, or the simulator's own floor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import Any

import numpy as np
import pytest
from floors import GRID_S, Case, Seen, assert_lawful, cases
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import stdtrit
from textbook_floor import TextbookFloor, the_first

from deskdrill.simulator.floorplan import Floorplan, Group, Inbox, Strain
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

Played = Callable[[Case], VisitRecords]

NUMBERS = "fate", "group", "agent"
MOMENTS = "joined_s", "answered_s", "ended_s", "freed_s"

def by_the_textbook(case: Case, agents: NDArray[np.int32] | None = None) -> VisitRecords:
    """With the arbitrary picks as given: the agent of each visit."""
    choose = the_first if agents is None else lambda visit, _: int(agents[visit])
    return TextbookFloor(case.plan, case.visits, choose).play(joins_of(case))


def joins_of(case: Case) -> list[tuple[float, int]]:
    return list(zip(case.joins_s.tolist(), case.first.tolist(), strict=True))


either_floor = pytest.mark.parametrize(
    "played", [pytest.param(by_the_textbook, id="textbook"), pytest.param(Case.played, id="tuned")]
)
all_cases = pytest.mark.parametrize(
    "some_cases",
    [
        pytest.param(cases(), id="every feature"),
        pytest.param(cases(whole_seconds=True), id="many things at once"),
        pytest.param(cases(plain=True), id="plain"),
        pytest.param(cases(plain=True, whole_seconds=True), id="plain, many things at once"),
    ],
)


# Laws -----------------------------------------------------------------------------------------------------------------------------


@either_floor
@all_cases
def test_records_are_lawful(some_cases: Any, played: Played) -> None:
    @settings(max_examples=60)
    @given(some_cases)
    def hold(case: Case) -> None:
        assert_lawful(case.plan, case.visits, played(case))

    hold()


@either_floor
@all_cases
def test_every_first_visit_is_made_when_it_is_due(some_cases: Any, played: Played) -> None:
    @settings(max_examples=30)
    @given(some_cases)
    def hold(case: Case) -> None:
        records = played(case)
        np.testing.assert_array_equal(records.joined_s[case.first], case.joins_s)
        assert (records.fate[case.first] != Fate.NOT_MADE).all()

    hold()


@either_floor
@pytest.mark.parametrize("factor", [1 / 64, 64.0])
def test_in_another_unit_of_time_the_same_happens(played: Played, factor: float) -> None:
    @settings(max_examples=30)
    @given(cases(whole_seconds=True))
    def hold(case: Case) -> None:
        here, there = played(case), played(case.times(factor))
        for name in NUMBERS:
            np.testing.assert_array_equal(getattr(here, name), getattr(there, name), err_msg=name)
        for name in MOMENTS:
            np.testing.assert_array_equal(getattr(here, name) * factor, getattr(there, name), err_msg=name)

    hold()


@all_cases
def test_the_floor_does_what_the_textbook_model_does(some_cases: Any) -> None:
    @settings(max_examples=200)
    @given(some_cases)
    def agree(case: Case) -> None:
        found = case.played()
        expected = by_the_textbook(case, found.agent)
        for name in NUMBERS:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
        for name in MOMENTS:
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, err_msg=name)

    agree()


@all_cases
def test_rules_see_the_same_of_the_floor_and_of_the_textbook_model(some_cases: Any) -> None:
    @settings(max_examples=60)
    @given(some_cases, st.lists(st.integers(0, 80), max_size=20))
    def agree(case: Case, steps: list[int]) -> None:
        looks_s = [GRID_S * step for step in sorted(steps)]
        records, seen = case.looked_at(*looks_s)
        expected: list[Seen] = []

        def look(floor: TextbookFloor) -> None:
            expected.extend(
                (floor.now, floor.length(each), floor.expected_wait(each), floor.is_open(each), floor.free(each))
                for each in range(len(case.plan.inboxes))
            )

        floor = TextbookFloor(case.plan, case.visits, lambda visit, _: int(records.agent[visit]))
        floor.play(joins_of(case), [(at_s, look) for at_s in looks_s])
        np.testing.assert_allclose(np.array(seen, dtype=float), np.array(expected, dtype=float), rtol=1e-9, atol=1e-6)

    agree()


# By hand --------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class V:
    """A visit for a case by hand: when it joins (None where it follows another), and what it is planned as."""

    joins_s: float | None
    work_s: float = 100.0
    inbox: int = 0
    priority: int = 2
    patience_s: float = inf
    message_patience_s: float = inf
    then: int = -1
    kind: int | None = None
    silent: bool | None = None
    notice_s: float | None = None
    wrap_up_s: float | None = None
    gap_s: float | None = None
    same_agent: bool | None = None
    u_offer: float | None = None
    called_back: bool | None = None
    reached: bool | None = None


def case_of(plan: Floorplan | Group, *visits: V) -> Case:
    def column(name: str, dtype: Any = np.float64) -> NDArray[Any]:
        return np.array([getattr(visit, name) for visit in visits], dtype=dtype)

    def maybe(name: str, dtype: Any = np.float64) -> Any:
        values = [getattr(visit, name) for visit in visits]
        return np.array([value or 0 for value in values], dtype=dtype) if any(value is not None for value in values) else None

    planned = PlannedVisits(
        column("inbox", np.int8), column("priority", np.int8), column("work_s"), column("patience_s"), column("message_patience_s"),
        column("then", np.int32), maybe("kind", np.int16), maybe("silent", bool), maybe("notice_s"), maybe("wrap_up_s"), maybe("gap_s"),
        maybe("same_agent", bool), maybe("u_offer"), maybe("called_back", bool), maybe("reached", bool),
    )  # fmt: skip
    joins = sorted((visit.joins_s, number) for number, visit in enumerate(visits) if visit.joins_s is not None)
    at_s, first = zip(*joins, strict=True)
    plan = Floorplan.of_teams((plan,)) if isinstance(plan, Group) else plan
    return Case(plan, planned, np.array(at_s, dtype=np.float64), np.array(first, dtype=np.int32))


def staff(agents: int, concurrency: int = 1, **options: Any) -> Group:
    """A group that is always on duty."""
    return Group(concurrency, (0.0,), (agents,), **options)


def one_inbox(*groups: Group, **options: Any) -> Floorplan:
    """An inbox that lists all groups in their order."""
    return Floorplan((Inbox(tuple(range(len(groups))), **options),), groups)


# Order at one moment


@either_floor
def test_a_shift_changes_before_a_conversation_ends(played: Played) -> None:
    told = played(case_of(Group(1, (0.0, 100.0), (1, 0)), V(0), V(50)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.OPEN]


@either_floor
def test_a_conversation_ends_before_anybody_joins(played: Played) -> None:
    told = played(case_of(staff(1), V(0), V(50), V(100, priority=0)))
    assert told.answered_s.tolist() == [0, 100, 200]


@either_floor
def test_who_end_at_once_are_taken_in_the_order_of_visits(played: Played) -> None:
    """The agent of visit 0 is done first and takes who waited longest, though the group of visit 1 comes first."""
    plan = Floorplan((Inbox((1,)), Inbox((0,)), Inbox((0, 1))), (staff(1), staff(1)))
    told = played(case_of(plan, V(0, inbox=0), V(0, inbox=1), V(10, inbox=2), V(20, inbox=2)))
    assert told.group.tolist() == [1, 0, 1, 0]


@either_floor
def test_who_join_at_once_do_so_in_the_order_of_visits(played: Played) -> None:
    told = played(case_of(staff(1), V(5), V(5), V(5)))
    assert told.answered_s.tolist() == [5, 105, 205]


@either_floor
def test_taken_at_the_very_moment_at_which_patience_is_over_counts_as_taken(played: Played) -> None:
    told = played(case_of(staff(1), V(0), V(50, patience_s=50)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.SERVED]


@either_floor
def test_customers_leave_before_they_overflow(played: Played) -> None:
    plan = Floorplan((Inbox((0,), overflow_after_s=50, overflow_to=(1,)),), (staff(1), staff(1)))
    told = played(case_of(plan, V(0), V(10, patience_s=50)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED]


@either_floor
def test_one_without_patience_is_taken_only_where_a_slot_is_free(played: Played) -> None:
    told = played(case_of(staff(1), V(0, patience_s=0), V(5, patience_s=0)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED]
    assert told.ended_s.tolist() == [100, 5]


@either_floor
def test_of_those_who_joined_at_one_moment_the_smaller_number_is_taken_first(played: Played) -> None:
    """Visit 3 joins at 100 as visit 0 ends, before visit 2, who is due then, and waits longer all the same."""
    told = played(case_of(staff(1), V(0, then=3), V(50), V(100), V(None)))
    assert told.joined_s.tolist() == [0, 50, 100, 100]
    assert told.answered_s.tolist() == [0, 100, 200, 300]


# Shifts


@either_floor
def test_who_goes_off_duty_finishes_what_is_held_with_its_wrap_up_and_takes_nothing_new(played: Played) -> None:
    told = played(case_of(Group(1, (0.0, 50.0, 500.0), (1, 0, 1)), V(0, wrap_up_s=30), V(10)))
    assert told.ended_s[0] == 100
    assert told.freed_s[0] == 130
    assert told.answered_s[1] == 500


@either_floor
def test_who_moves_finds_all_groups_as_they_are_after_the_changes_of_that_moment(played: Played) -> None:
    """Group 1 goes with group 0: the message of visit 0 is not its any more; group 2 comes, and takes it before visit 2, who waits longer."""
    shifts = Group(1, (0.0, 150.0), (1, 0)), Group(1, (0.0, 150.0), (1, 0)), Group(1, (0.0, 150.0), (0, 1))
    chain = V(0, wrap_up_s=100, then=1, gap_s=10), V(None, same_agent=True)
    plan = Floorplan((Inbox((0, 1, 2)), Inbox((2,))), shifts)
    told = played(case_of(plan, *chain, V(20, inbox=1)))
    assert told.group.tolist() == [0, 2, 2]
    assert told.answered_s.tolist() == [0, 150, 250]


@either_floor
def test_groups_take_in_order_once_all_have_changed(played: Played) -> None:
    plan = Floorplan((Inbox((1, 0)),), (Group(1, (0.0, 50.0), (0, 1)), Group(1, (0.0, 50.0), (0, 1))))
    told = played(case_of(plan, V(0), V(10)))
    assert told.group.tolist() == [0, 1]


@either_floor
def test_before_the_first_change_of_shift_nobody_is_on_duty(played: Played) -> None:
    told = played(case_of(Group(1, (60.0,), (1,)), V(0), V(10, message_patience_s=20)))
    assert told.answered_s[0] == 60
    assert told.fate[1] == Fate.ABANDONED


@either_floor
def test_at_a_change_of_shift_agents_take_evenly_or_one_fills_up(played: Played) -> None:
    for slots, agents in (("spread", 2), ("fill", 1)):
        told = played(case_of(Group(2, (0.0, 60.0), (0, 2), slots=slots), V(0), V(10)))
        assert told.answered_s.tolist() == [60, 60]
        assert len(set(told.agent.tolist())) == agents


# Joining


@either_floor
def test_in_order_the_first_group_with_an_able_agent_takes(played: Played) -> None:
    plan = Floorplan((Inbox((1, 0)),), (staff(1), staff(1)))
    told = played(case_of(plan, V(0), V(10), V(150)))
    assert told.group.tolist() == [1, 0, 1]


@either_floor
def test_the_least_loaded_group_takes_the_first_of_equals(played: Played) -> None:
    plan = one_inbox(staff(1, concurrency=2), staff(1, concurrency=4), offers="least_loaded")
    told = played(case_of(plan, V(0), V(1), V(2), V(3)))
    assert told.group.tolist() == [0, 1, 1, 0]


@either_floor
def test_the_least_loaded_group_is_seen_by_the_agent_who_would_take(played: Played) -> None:
    """An agent of group 0 holds one of two; but the other one, who would take, holds nothing; with `fill` it is the first who would."""
    spread, fill = staff(2, concurrency=2, slots="spread"), staff(2, concurrency=2, slots="fill")
    for group, groups in ((spread, [0, 0]), (fill, [0, 1])):
        plan = one_inbox(group, staff(1), offers="least_loaded")
        assert played(case_of(plan, V(0), V(1))).group.tolist() == groups


@either_floor
def test_the_group_of_who_has_held_nothing_for_longest_takes(played: Played) -> None:
    plan = one_inbox(staff(1), staff(1), offers="longest_idle")
    told = played(case_of(plan, V(0, 150), V(10), V(200)))
    assert told.group.tolist() == [0, 1, 1]


@either_floor
def test_within_a_group_too_who_has_held_nothing_for_longest_takes(played: Played) -> None:
    told = played(case_of(one_inbox(staff(2), offers="longest_idle"), V(0, 150), V(10), V(200)))
    assert told.agent[2] == told.agent[1] != told.agent[0]


@either_floor
def test_who_comes_on_duty_again_has_held_nothing_since_then(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 100.0, 200.0), (1, 0, 1)), Group(1, (0.0, 50.0), (0, 1)), offers="longest_idle")
    assert played(case_of(plan, V(300))).group.tolist() == [1]
    assert played(case_of(plan, V(60))).group.tolist() == [0]


@either_floor
def test_if_nobody_holds_nothing_the_least_loaded_group_takes(played: Played) -> None:
    plan = one_inbox(staff(1, concurrency=2), staff(1, concurrency=4), offers="longest_idle")
    told = played(case_of(plan, V(0), V(1), V(2), V(3)))
    assert told.group.tolist() == [0, 1, 1, 0]


@either_floor
def test_a_random_group_is_one_of_those_with_an_able_agent(played: Played) -> None:
    plan = one_inbox(staff(1), Group(1, (0.0,), (0,)), staff(1), staff(1), offers="random")
    told = played(case_of(plan, V(0, u_offer=0.99), V(1, u_offer=0.49), V(2, u_offer=0.99)))
    assert told.group.tolist() == [3, 0, 2]


@either_floor
def test_under_expected_delay_a_visit_waits_for_one_group_alone(played: Played) -> None:
    """One behind one slot is as long as two behind two: visit 4 waits for group 0, though group 1 takes visit 3 sooner."""
    plan = one_inbox(staff(1), staff(2), offers="expected_delay")
    told = played(case_of(plan, V(0, 1000), V(1, 99), V(2, 1000), V(10), V(20)))
    assert told.group.tolist() == [0, 1, 1, 1, 0]
    assert told.answered_s.tolist() == [0, 1, 2, 100, 1000]


@either_floor
def test_the_expected_delay_goes_by_how_long_the_group_takes(played: Played) -> None:
    """Mean work is 362.5 s in group 0 and 100 s in group 1, so that three wait for group 1 before one does for group 0."""
    plan = one_inbox(staff(1, factors=(4.0, 1.0)), staff(1, factors=(1.0, 1.0)), offers="expected_delay")
    told = played(case_of(plan, *[V(number, kind=0) for number in range(7)], V(7, kind=1)))
    assert told.group.tolist() == [0, 1, 1, 1, 1, 0, 1, 1]


@either_floor
def test_the_expected_delay_of_a_group_with_nobody_on_duty_is_infinite(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 50.0), (0, 1)), staff(1), offers="expected_delay")
    told = played(case_of(plan, V(0), V(10), V(20)))
    assert told.group.tolist() == [1, 1, 1]
    assert told.answered_s.tolist() == [0, 100, 200]


@either_floor
def test_where_so_many_wait_the_next_one_is_blocked_and_nothing_follows(played: Played) -> None:
    told = played(case_of(one_inbox(staff(1), waiting_at_most=1), V(0), V(10), V(20, then=3), V(None), V(110)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.SERVED, Fate.BLOCKED, Fate.NOT_MADE, Fate.SERVED]
    assert told.ended_s[2] == told.joined_s[2] == 20


@either_floor
def test_an_inbox_where_nobody_may_wait_is_a_loss_system(played: Played) -> None:
    told = played(case_of(one_inbox(staff(1), waiting_at_most=0), V(0), V(10), V(100)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.BLOCKED, Fate.SERVED]


@either_floor
def test_patience_is_that_for_messages_while_all_groups_of_the_inbox_are_off_duty(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0,), (0,)), Group(1, (0.0, 50.0), (0, 1)))
    told = played(case_of(plan, V(0, 100, patience_s=5, message_patience_s=60), V(60, patience_s=5, message_patience_s=60)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED]
    assert told.ended_s[1] == 65


@either_floor
def test_who_accepts_to_be_called_back_keeps_the_place_and_no_longer_leaves(played: Played) -> None:
    accepts: dict[str, Any] = {"patience_s": 50, "called_back": True, "reached": True}
    told = played(
        case_of(one_inbox(staff(1), call_back_from=1), V(0), V(10, **accepts), V(20, **accepts), V(30, patience_s=60), V(40))
    )
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED, Fate.SERVED, Fate.ABANDONED, Fate.SERVED]
    assert told.answered_s[[2, 4]].tolist() == [100, 200]


@either_floor
def test_whoever_accepts_can_be_reached_where_nothing_is_said(played: Played) -> None:
    told = played(case_of(one_inbox(staff(1), call_back_from=0), V(0), V(10, patience_s=20, called_back=True)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.SERVED]


@either_floor
def test_who_cannot_be_reached_is_found_out_at_the_call_and_nothing_follows(played: Played) -> None:
    lost = V(10, called_back=True, reached=False, notice_s=7, wrap_up_s=30, then=3)
    told = played(case_of(one_inbox(staff(1), call_back_from=0), V(0), lost, V(20), V(None)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED_SILENTLY, Fate.SERVED, Fate.NOT_MADE]
    assert told.ended_s[1] == told.answered_s[1] == 100
    assert told.freed_s[1] == told.answered_s[2] == 107


@either_floor
def test_the_agent_is_who_holds_the_fewest_or_the_most(played: Played) -> None:
    for slots, agents in (("spread", [2, 2]), ("fill", [1, 2])):
        told = played(case_of(staff(2, concurrency=2, slots=slots), V(0), V(1), V(2), V(3)))
        assert [len(set(told.agent[:2].tolist())), len(set(told.agent.tolist()))] == agents
        assert sorted(np.bincount(told.agent).tolist()) == [2, 2]


# Taking


def taken_after(played: Played, group: Group, *visits: V, inboxes: int = 2, weights: Sequence[float] = (1, 1)) -> list[int]:
    """Those who wait for the one agent of a group, who is busy from 0 to 100 with visit 0, in the order in which they are taken."""
    plan = Floorplan(tuple(Inbox((0,), weight=weights[number]) for number in range(inboxes)), (group,))
    answered_s = played(case_of(plan, V(0), *visits)).answered_s
    return [int(number) for number in np.argsort(answered_s)[1:]]


@either_floor
def test_the_most_urgent_are_taken_first_then_who_joined_first_then_the_smaller_number(played: Played) -> None:
    waiting = V(10, inbox=1), V(20, priority=0, inbox=1), V(30, priority=0), V(10)
    assert taken_after(played, staff(1, takes="priority"), *waiting) == [2, 3, 1, 4]


@either_floor
def test_who_has_waited_longest_is_taken_first(played: Played) -> None:
    waiting = V(30, priority=0), V(20, inbox=1), V(10, priority=3)
    assert taken_after(played, staff(1, takes="longest_wait"), *waiting) == [3, 2, 1]


@either_floor
def test_the_largest_weighted_wait_is_taken_first(played: Played) -> None:
    """At 100 s visit 1 has waited 90, visit 2 twice 40; at 200 s visit 2 twice 140, visit 3 160."""
    waiting = V(10), V(60, inbox=1), V(40)
    assert taken_after(played, staff(1, takes="weighted_wait"), *waiting, weights=(1, 2)) == [1, 2, 3]


@either_floor
def test_a_group_takes_in_its_own_order_of_inboxes_those_not_listed_last(played: Played) -> None:
    waiting = V(10, priority=0), V(20, inbox=1), V(30, inbox=2), V(40, inbox=1, priority=1)
    group = staff(1, takes="in_order", inboxes=(2, 1))
    assert taken_after(played, group, *waiting, inboxes=3, weights=(1, 1, 1)) == [3, 4, 2, 1]


@either_floor
def test_an_agent_with_several_slots_takes_as_many(played: Played) -> None:
    told = played(case_of(Group(3, (0.0, 60.0), (0, 1)), V(0), V(10), V(20), V(30)))
    assert told.answered_s.tolist() == [60, 60, 60, 160]


# Work


@either_floor
def test_work_is_multiplied_by_the_factor_of_the_group_for_the_kind(played: Played) -> None:
    plan = Floorplan((Inbox((0,)), Inbox((1,))), (staff(2, factors=(1.0, 2.5)), staff(1)))
    told = played(case_of(plan, V(0), V(0, kind=1, wrap_up_s=10), V(0, kind=1, inbox=1)))
    assert told.ended_s.tolist() == [100, 250, 100]
    assert told.freed_s.tolist() == [100, 260, 100]


@either_floor
def test_every_second_agent_is_a_newcomer(played: Played) -> None:
    told = played(case_of(staff(4, newcomers=0.5, newcomer_factor=3.0), *[V(0)] * 4))
    assert told.ended_s[np.argsort(told.agent)].tolist() == [100, 300, 100, 300]


@either_floor
def test_strain_follows_being_busy_and_slows_down(played: Played) -> None:
    """Busy for one time constant, the level is 1 − 1/e; idle for another one, 1/e of what it was then."""
    strained = staff(1, strain=Strain(slower=2.0, above=0.1, memory_s=100.0))
    told = played(case_of(strained, V(0), V(50, 10), V(300), V(5000)))
    busy = 1 - exp(-1)
    second_s = 10 * (1 + 2 * (busy - 0.1))
    level = (1 + (busy - 1) * exp(-second_s / 100)) * exp(-(200 - second_s) / 100)
    third_s = 100 * (1 + 2 * (level - 0.1))
    assert level > 0.1
    np.testing.assert_allclose(told.ended_s, [100, 100 + second_s, 300 + third_s, 5100])


@either_floor
def test_what_an_agent_holds_progresses_at_the_speed_for_so_many(played: Played) -> None:
    """Half of visit 0 is done at 50, the rest takes 100 s more; half of visit 1 is done by then, the rest takes 50 s alone."""
    told = played(case_of(staff(1, concurrency=2, speeds=(1.0, 0.5)), V(0), V(50)))
    assert told.ended_s.tolist() == [150, 200]


@either_floor
def test_a_wrap_up_holds_the_slot_and_slows_down_what_else_is_held(played: Played) -> None:
    """The wrap-up of visit 0 of 25 lasts until 150: only then visit 1, of which 75 are done, is alone."""
    told = played(case_of(staff(1, concurrency=2, speeds=(1.0, 0.5)), V(0, 50, wrap_up_s=25), V(0), V(140)))
    assert told.ended_s[0] == 100
    assert told.freed_s[0] == told.answered_s[2] == 150
    assert told.ended_s[1] == 200


@either_floor
def test_the_next_visit_joins_after_the_gap_from_the_end_of_the_conversation(played: Played) -> None:
    told = played(case_of(staff(1), V(0, wrap_up_s=50, gap_s=20, then=1), V(None)))
    assert told.joined_s[1] == 120
    assert told.answered_s[1] == 150


@either_floor
def test_the_agent_takes_who_waits_before_the_next_visit_joins_at_once(played: Played) -> None:
    told = played(case_of(staff(1), V(0, then=2), V(50), V(None, priority=0)))
    assert told.joined_s[2] == 100
    assert told.answered_s[[1, 2]].tolist() == [100, 200]


# Leaving


@either_floor
def test_a_known_leaver_is_gone_and_nothing_follows(played: Played) -> None:
    told = played(case_of(one_inbox(staff(1), waiting_at_most=1), V(0), V(10, patience_s=20, then=3), V(40), V(None)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED, Fate.SERVED, Fate.NOT_MADE]
    assert told.ended_s[1] == 30


@either_floor
def test_a_silent_leaver_stays_in_line_until_an_agent_notices(played: Played) -> None:
    silent = V(10, patience_s=20, silent=True, notice_s=7, wrap_up_s=30, kind=1, then=4)
    plan = one_inbox(staff(1, factors=(1.0, 9.0)), waiting_at_most=2)
    told = played(case_of(plan, V(0), silent, V(40), V(50), V(None)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.ABANDONED_SILENTLY, Fate.SERVED, Fate.BLOCKED, Fate.NOT_MADE]
    assert told.ended_s[1] == 30
    assert told.answered_s[1] == 100
    assert told.freed_s[1] == told.answered_s[2] == 107


@either_floor
def test_a_silent_leaver_whom_nobody_takes_has_left_all_the_same(played: Played) -> None:
    told = played(case_of(staff(0), V(0, message_patience_s=20, silent=True)))
    assert told.fate.tolist() == [Fate.ABANDONED_SILENTLY]
    assert told.ended_s.tolist() == [20]
    assert np.isnan(told.answered_s).all()


# Overflow


@either_floor
def test_who_waits_too_long_overflows_to_the_first_group_with_an_able_agent(played: Played) -> None:
    plan = Floorplan((Inbox((0,), overflow_after_s=30, overflow_to=(2, 1)),), (staff(1), staff(1), staff(1)))
    told = played(case_of(plan, V(0), V(10), V(20)))
    assert told.group.tolist() == [0, 2, 1]
    assert told.answered_s.tolist() == [0, 40, 50]


@either_floor
def test_who_overflowed_keeps_the_place_and_either_group_takes(played: Played) -> None:
    """Group 1 is busy with its own inbox until 80: then it takes who overflowed first; group 0 takes the next at 100."""
    plan = Floorplan((Inbox((0,), overflow_after_s=30, overflow_to=(1,)), Inbox((1,))), (staff(1), staff(1)))
    told = played(case_of(plan, V(0), V(10), V(20), V(0, 80, inbox=1), V(15, inbox=1)))
    assert told.group.tolist() == [0, 1, 0, 1, 1]
    assert told.answered_s.tolist() == [0, 80, 100, 0, 180]


# Messages


@either_floor
def test_a_message_goes_back_to_its_agent_before_others_who_wait(played: Played) -> None:
    chain = V(0, then=1, gap_s=10), V(None, 50, same_agent=True)
    told = played(case_of(staff(1), *chain, V(20, priority=0), V(30, priority=0)))
    assert told.answered_s.tolist() == [0, 200, 100, 250]


@either_floor
def test_a_message_goes_back_to_its_agent_from_another_inbox(played: Played) -> None:
    plan = Floorplan((Inbox((0,)), Inbox((1,))), (staff(1), staff(1)))
    told = played(case_of(plan, V(0, then=1, gap_s=10), V(None, 50, inbox=1, same_agent=True)))
    assert told.group.tolist() == [0, 0]
    told = played(case_of(plan, V(0, then=1), V(None, 50, inbox=1, same_agent=True), V(120)))
    assert told.group.tolist() == [0, 0, 0]
    assert told.answered_s.tolist() == [0, 100, 150]


@either_floor
def test_a_message_waits_for_its_agent_though_another_is_able(played: Played) -> None:
    plan = one_inbox(staff(1), staff(1))
    told = played(case_of(plan, V(0, then=1, gap_s=10), V(None, same_agent=True), V(20), V(30)))
    assert told.group.tolist() == [0, 0, 1, 0]
    assert told.answered_s.tolist() == [0, 200, 20, 100]


@either_floor
def test_an_open_conversation_holds_no_slot_but_counts(played: Played) -> None:
    chain = V(0, then=1, gap_s=300), V(None, same_agent=True)
    assert played(case_of(staff(1), *chain, V(50))).answered_s.tolist() == [0, 400, 100]
    assert played(case_of(staff(1, open_at_most=2), *chain, V(50))).answered_s.tolist() == [0, 400, 100]
    assert played(case_of(staff(1, open_at_most=1), *chain, V(50))).answered_s.tolist() == [0, 400, 500]


@either_floor
def test_an_agent_with_as_many_open_as_allowed_takes_the_next_message_of_one(played: Played) -> None:
    chains = V(0, then=1, gap_s=300), V(None, same_agent=True), V(10, then=3, gap_s=300), V(None, same_agent=True)
    told = played(case_of(staff(1, concurrency=2, open_at_most=2), *chains, V(20)))
    assert told.answered_s.tolist() == [0, 400, 10, 410, 500]


@either_floor
def test_a_chain_counts_once_while_it_is_held(played: Played) -> None:
    chains = V(0, then=1, gap_s=10), V(None, same_agent=True), V(120, then=3, gap_s=10), V(None, same_agent=True)
    told = played(case_of(staff(1, concurrency=2, open_at_most=2), *chains))
    assert told.answered_s.tolist() == [0, 110, 120, 230]


@either_floor
def test_a_message_to_an_agent_off_duty_is_anybodys(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 50.0), (1, 0)), staff(1))
    told = played(case_of(plan, V(0, then=1, gap_s=10), V(None, then=2, gap_s=500, same_agent=True), V(None, same_agent=True)))
    assert told.group.tolist() == [0, 1, 1]
    assert told.answered_s.tolist() == [0, 110, 710]


@either_floor
def test_a_message_whose_agent_goes_off_duty_moves_with_its_place(played: Played) -> None:
    """Visit 1 waits in its agent's line from 110 on; at 150 the agent goes, and visit 4, who joined later, comes after it."""
    plan = one_inbox(Group(1, (0.0, 150.0), (1, 0)), staff(1))
    chain = V(0, then=1, gap_s=10), V(None, same_agent=True)
    told = played(case_of(plan, *chain, V(5, 400), V(90, 300), V(130)))
    assert told.group.tolist() == [0, 1, 1, 0, 1]
    assert told.answered_s.tolist() == [0, 405, 5, 100, 505]


@either_floor
def test_a_message_is_not_blocked_when_it_waits_for_its_agent_nor_when_it_moves(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 150.0), (1, 0)), staff(1), waiting_at_most=0)
    told = played(case_of(plan, V(0, then=1, wrap_up_s=100, gap_s=10), V(None, same_agent=True), V(5, 400), V(120), V(410)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.SERVED, Fate.SERVED, Fate.BLOCKED, Fate.BLOCKED]
    assert told.answered_s[1] == 405


@either_floor
def test_a_message_to_an_agent_off_duty_may_be_blocked(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 50.0), (1, 0)), staff(1), waiting_at_most=0)
    told = played(case_of(plan, V(0, then=1, gap_s=10), V(None, same_agent=True), V(5, 400)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.BLOCKED, Fate.SERVED]


@either_floor
def test_a_message_whose_agent_goes_off_duty_is_taken_at_once_where_somebody_is_able(played: Played) -> None:
    plan = one_inbox(Group(1, (0.0, 150.0), (1, 0)), staff(1))
    told = played(case_of(plan, V(0, then=1, gap_s=10), V(None, same_agent=True), V(105, 300)))
    assert told.group.tolist() == [0, 1, 0]
    assert told.answered_s.tolist() == [0, 150, 105]


@either_floor
@pytest.mark.parametrize(("gaps_s", "taken_s"), [((20, 30), [150, 250]), ((30, 20), [250, 150])])
def test_messages_whose_agents_go_off_duty_at_once_move_in_order_of_joining(
    played: Played, gaps_s: tuple[float, float], taken_s: list[float]
) -> None:
    """Whichever agent has which: it is not agent by agent."""
    plan = one_inbox(Group(1, (0.0, 150.0), (2, 0)), staff(1))
    first = [V(0, wrap_up_s=100, then=2 + number, gap_s=gap_s) for number, gap_s in enumerate(gaps_s)]
    told = played(case_of(plan, *first, V(None, same_agent=True), V(None, same_agent=True)))
    assert told.answered_s.tolist() == [0, 0, *taken_s]


@either_floor
@pytest.mark.parametrize(("gap_s", "taken_s"), [(10, 150), (100, 200)])
def test_a_conversation_is_no_longer_open_with_an_agent_who_was_off_duty_when_it_waited(
    played: Played, gap_s: float, taken_s: float
) -> None:
    """The next message joins before its agent goes at 150 or after; who comes back at 300 may take visit 2 in either case."""
    plan = Floorplan((Inbox((0, 1)), Inbox((0,))), (Group(1, (0.0, 150.0, 300.0), (1, 0, 1), open_at_most=1), staff(1)))
    chain = V(0, wrap_up_s=100, then=1, gap_s=gap_s), V(None, 500, same_agent=True)
    assert played(case_of(plan, *chain, V(310, inbox=1))).answered_s.tolist() == [0, taken_s, 310]


@either_floor
def test_whoever_takes_a_message_of_another_has_the_conversation_open_from_then_on(played: Played) -> None:
    """Visit 1, the last of its chain, is all that its agent may have open, so that visit 2 waits though there is a slot."""
    plan = Floorplan((Inbox((0, 1)), Inbox((1,))), (Group(1, (0.0, 150.0), (1, 0)), staff(1, concurrency=2, open_at_most=1)))
    told = played(case_of(plan, V(0, then=1, gap_s=100), V(None, 500, same_agent=True), V(300, inbox=1)))
    assert told.group.tolist() == [0, 1, 1]
    assert told.answered_s.tolist() == [0, 200, 700]


@either_floor
def test_a_message_overflows_only_when_it_no_longer_waits_for_its_agent(played: Played) -> None:
    inbox = Inbox((0,), overflow_after_s=20, overflow_to=(1,))
    plan = Floorplan((inbox,), (Group(1, (0.0, 150.0), (1, 0)), staff(1)))
    told = played(case_of(plan, V(0, wrap_up_s=100, then=1, gap_s=10), V(None, same_agent=True)))
    assert told.group.tolist() == [0, 1]
    assert told.answered_s.tolist() == [0, 150]


@either_floor
def test_a_customer_who_leaves_closes_the_conversation(played: Played) -> None:
    """Of two that may be open, that of visit 1 no longer is from 130 on: so visits 3 and 5 are both taken, and both are open."""
    for silent in (False, True):
        leaves = V(0, then=1, gap_s=10), V(None, same_agent=True, patience_s=20, silent=silent, notice_s=5)
        second = V(200, then=4, gap_s=1000), V(None, same_agent=True)
        third = V(210, then=6, gap_s=1000), V(None, same_agent=True)
        told = played(case_of(staff(1, open_at_most=2), *leaves, V(105, 295), *second, *third))
        assert told.ended_s[1] == 130
        late_s = 5 * silent
        assert told.answered_s[[3, 5]].tolist() == [400 + late_s, 500 + late_s]


@either_floor
def test_who_waits_in_an_agents_own_line_counts_as_waiting_in_the_inbox(played: Played) -> None:
    chain = V(0, then=1, gap_s=10), V(None, same_agent=True)
    told = played(case_of(one_inbox(staff(1), waiting_at_most=1), *chain, V(105), V(120)))
    assert told.fate.tolist() == [Fate.SERVED, Fate.SERVED, Fate.SERVED, Fate.BLOCKED]


# What rules see


def test_what_rules_see() -> None:
    """Of an agent with two slots on duty until 500, who has one open conversation at most."""
    seen: list[tuple[int, float, int, bool]] = []

    def look(floor: TextbookFloor) -> None:
        seen.append((floor.length(0), floor.expected_wait(0), floor.free(0), floor.is_open(0)))

    case = case_of(Group(2, (0.0, 500.0), (1, 0), open_at_most=1), V(10, then=1, gap_s=100), V(None, same_agent=True), V(20), V(30), V(40))
    floor = TextbookFloor(case.plan, case.visits)
    told = floor.play(joins_of(case), [(at_s, look) for at_s in (5, 15, 25, 150, 215, 315, 450, 550)])
    assert told.answered_s.tolist() == [10, 210, 310, 310, 410]
    assert seen == [
        (0, 0, 2, True),
        (0, 0, 0, True),
        (1, 0, 0, True),
        (3, 0, 0, True),
        (3, 0, 0, True),
        (1, 280, 0, True),
        (0, 370, 1, True),
        (0, 370, 0, False),
    ]


# Exact results of Markov chains ---------------------------------------------------------------------------------------------------


def batches(case: Case, measure: Callable[[VisitRecords, NDArray[np.intp]], float], many: int = 20) -> tuple[float, float]:
    """The mean over batches of a long run and half of its 99.9 % interval, after a first twentieth."""
    told = by_the_textbook(case)
    found = [measure(told, batch) for batch in np.array_split(np.arange(case.first.size // 20, case.first.size), many)]
    return float(np.mean(found)), float(stdtrit(many - 1, 0.9995) * np.std(found, ddof=1) / many**0.5)


def markov(plan: Floorplan | Group, rates: Sequence[float], leaving: float, many: int, priorities: Sequence[int] = (2, 2)) -> Case:
    """Poisson arrivals to each inbox, exponential work of mean 1 and patience."""
    rng = np.random.default_rng(20240607)
    inbox = rng.choice(len(rates), size=many, p=np.array(rates) / sum(rates)).astype(np.int8)
    joins_s = np.cumsum(rng.exponential(1 / sum(rates), many))
    patience_s = rng.exponential(1 / leaving, many)
    planned = PlannedVisits(
        inbox, np.array(priorities, dtype=np.int8)[inbox], rng.exponential(1.0, many), patience_s, patience_s, np.full(many, -1, np.int32)
    )
    plan = Floorplan.of_teams((plan,)) if isinstance(plan, Group) else plan
    return Case(plan, planned, joins_s, np.arange(many, dtype=np.int32))


def abandons(inbox: int) -> Callable[[Case], Callable[[VisitRecords, NDArray[np.intp]], float]]:
    def of(case: Case) -> Callable[[VisitRecords, NDArray[np.intp]], float]:
        return lambda told, batch: float((told.fate[batch] == Fate.ABANDONED)[case.visits.team[batch] == inbox].mean())

    return of


N_MODEL = Floorplan((Inbox((0, 1)), Inbox((1,))), (staff(5), staff(6)))
V_MODEL = Floorplan((Inbox((0,)), Inbox((0,))), (staff(9),))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(markov(V_MODEL, (3, 6), 0.5, 8000, (0, 1)), (0.045049, 0.141673), id="V"),
        pytest.param(markov(N_MODEL, (6, 4), 0.5, 8000, (1, 0)), (0.066250, 0.086007), id="N, second first"),
        pytest.param(markov(N_MODEL, (6, 4), 0.5, 8000, (0, 1)), (0.028380, 0.163475), id="N, first first"),
        pytest.param(markov(staff(1, 3, speeds=(1, 0.6, 0.45)), (2,), 0.25, 8000), (0.352010,), id="chat, one agent"),
        pytest.param(markov(staff(2, 3, speeds=(1, 0.6, 0.45)), (4,), 0.25, 8000), (0.332630,), id="chat, two agents"),
        pytest.param(markov(staff(2, 3, speeds=(1, 0.5, 1 / 3)), (3,), 0.5, 8000), (0.344787,), id="processor sharing"),
    ],
)
def test_the_textbook_model_abandons_as_many_as_the_markov_chain(case: Case, expected: tuple[float, ...]) -> None:
    for inbox, exact in enumerate(expected):
        mean, half = batches(case, abandons(inbox)(case))
        assert abs(mean - exact) <= half
