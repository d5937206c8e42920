from __future__ import annotations

from math import inf

import numpy as np
from floors import SHIFT_S, Case, Nothing, Seen, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.simulator.floor import Floor
from deskdrill.simulator.floorplan import Floorplan, Group, Inbox
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

COLUMNS = ("joined_s", "answered_s", "ended_s", "freed_s", "agent", "group", "fate")


def assert_same(a: VisitRecords, b: VisitRecords) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


@settings(max_examples=100)
@given(cases() | cases(whole_seconds=True))
def test_leaving_noticed_at_once_or_later_gives_the_same_records(case: Case) -> None:
    assert_same(case.played(), case.played(Nothing(case.visits.team.size)))


@settings(max_examples=60)
@given(cases(plain=True, constant_staff=True), st.data())
def test_the_most_urgent_do_not_notice_those_behind_them(case: Case, data: st.DataObject) -> None:
    """With one visit each, equal service times and nobody leaving, taking away all but the most urgent moves the most urgent by at
    most one service: they never queue behind the others, only wait for the service under way.
    """
    alone = np.flatnonzero(case.visits.priority[case.first] == 0)
    service_s = float(data.draw(st.integers(1, 900)))
    size = case.visits.team.size
    visits = PlannedVisits(
        case.visits.team, case.visits.priority, np.full(size, service_s), np.full(size, inf), np.full(size, inf),
        np.full(size, -1, dtype=np.int32),
    )  # fmt: skip
    among = Case(case.plan, visits, case.joins_s, case.first).played()
    only = Case(case.plan, visits, case.joins_s[alone], case.first[alone]).played()
    later_s = among.answered_s[case.first[alone]] - only.answered_s[case.first[alone]]
    assert (later_s >= -1e-6).all()
    assert (later_s <= service_s + 1e-6).all()


def planned(*visits: tuple[int, int, float, float], following: tuple[int, ...] | None = None) -> PlannedVisits:
    """Visits from (team, priority, service, patience)."""
    team, priority, service_s, patience_s = zip(*visits, strict=True)
    return PlannedVisits(
        np.array(team, dtype=np.int8), np.array(priority, dtype=np.int8), np.array(service_s, dtype=np.float64),
        np.array(patience_s, dtype=np.float64), np.array(patience_s, dtype=np.float64) * 10,
        np.array(following or [-1] * len(visits), dtype=np.int32),
    )  # fmt: skip


def play(groups: tuple[Group, ...], visits: PlannedVisits, *joins: tuple[float, int]) -> VisitRecords:
    at_s, first = zip(*joins, strict=True)
    return Case(Floorplan.of_teams(groups), visits, np.array(at_s, dtype=np.float64), np.array(first, dtype=np.int32)).played()


def test_who_join_at_once_are_answered_in_the_order_of_visits() -> None:
    visits = planned((0, 2, 10, inf), (0, 2, 10, inf), (0, 2, 10, inf))
    records = play((Group(1, (0.0,), (1,)),), visits, (5, 1), (5, 2), (5, 0))
    assert records.answered_s.tolist() == [5, 15, 25]


def test_a_customer_whose_patience_ends_as_an_agent_comes_free_is_answered() -> None:
    visits = planned((0, 2, 10, inf), (0, 2, 10, 5))
    records = play((Group(1, (0.0,), (1,)),), visits, (0, 0), (5, 1))
    assert records.fate.tolist() == [Fate.SERVED, Fate.SERVED]
    assert records.answered_s[1] == 10


def test_a_customer_whose_patience_ends_as_a_shift_begins_is_answered() -> None:
    visits = planned((0, 2, 10, (SHIFT_S - 100) / 10))
    records = play((Group(1, (0.0, SHIFT_S), (0, 1)),), visits, (100, 0))
    assert records.answered_s.tolist() == [SHIFT_S]


def test_one_without_patience_is_answered_only_where_a_slot_is_free() -> None:
    visits = planned((0, 2, 10, 0), (0, 2, 10, 0))
    records = play((Group(1, (0.0,), (1,)),), visits, (0, 0), (5, 1))
    assert records.fate.tolist() == [Fate.SERVED, Fate.ABANDONED]
    assert records.ended_s.tolist() == [10, 5]


def test_an_agent_goes_home_after_the_conversation_in_hand_and_takes_no_new_one() -> None:
    visits = planned((0, 2, 100, inf), (0, 2, 10, inf))
    groups = (Group(1, (0.0, SHIFT_S, 2 * SHIFT_S), (1, 0, 1)),)
    records = play(groups, visits, (SHIFT_S - 50, 0), (SHIFT_S - 40, 1))
    assert records.ended_s[0] == SHIFT_S + 50
    assert records.answered_s[1] == 2 * SHIFT_S


def test_a_message_left_at_closed_doors_waits_with_another_patience() -> None:
    visits = planned((0, 2, 10, 100), (0, 2, 10, 80))
    groups = (Group(1, (0.0, SHIFT_S), (0, 1)),)
    records = play(groups, visits, (0, 0), (50, 1))
    assert records.answered_s[0] == SHIFT_S
    assert records.fate[1] == Fate.ABANDONED
    assert records.ended_s[1] == 850


def test_agents_are_loaded_evenly() -> None:
    visits = planned(*[(0, 2, 100.0, inf)] * 6)
    records = play((Group(2, (0.0,), (3,)),), visits, *((float(second), second) for second in range(6)))
    assert sorted(records.agent[:3].tolist()) == [0, 1, 2]
    assert sorted(records.agent[3:].tolist()) == [0, 1, 2]


def test_a_floor_without_visits_ends() -> None:
    empty = PlannedVisits(*(np.empty(0, dtype) for dtype in (np.int8, np.int8, float, float, float, np.int32)))
    records = Floor(Floorplan.of_teams((Group(1, (0.0,), (1,)),)), empty).play(np.empty(0), np.empty(0, dtype=np.int32))
    assert records.fate.size == 0


def test_a_customer_nobody_ever_answers_stays_open() -> None:
    records = play((Group(1, (0.0,), (0,)),), planned((0, 2, 1, inf)), (0, 0))
    assert records.fate.tolist() == [Fate.OPEN]
    assert np.isnan(records.ended_s[0])


def seen_at(plan: Group | Floorplan, visits: PlannedVisits, joins: list[tuple[float, int]], *looks_s: float) -> list[Seen]:
    at_s, first = zip(*joins, strict=True)
    plan = Floorplan.of_teams((plan,)) if isinstance(plan, Group) else plan
    case = Case(plan, visits, np.array(at_s, dtype=np.float64), np.array(first, dtype=np.int32))
    return case.looked_at(*looks_s)[1]


def test_what_rules_see_of_a_queue_is_what_is_there() -> None:
    visits = planned((0, 2, 100, inf), (0, 2, 100, inf), (0, 2, 100, 20), (0, 2, 100, inf))
    joins = [(10.0, 0), (20.0, 1), (30.0, 2), (40.0, 3)]
    assert seen_at(Group(1, (0.0,), (1,)), visits, joins, 5, 15, 35, 45, 55, 115, 305, 405) == [
        (5, 0, 0, 1, 1),
        (15, 0, 0, 1, 0),
        (35, 2, 0, 1, 0),
        (45, 3, 0, 1, 0),
        (55, 2, 0, 1, 0),
        (115, 1, 90, 1, 0),
        (305, 0, 170, 1, 0),
        (405, 0, 170, 1, 1),
    ]


def test_the_expected_wait_is_that_of_the_last_one_answered_when_a_shift_begins() -> None:
    visits = planned((0, 2, 100, 1000))
    (seen,) = seen_at(Group(1, (0.0, SHIFT_S), (0, 1)), visits, [(100.0, 0)], SHIFT_S + 1)
    assert seen == (SHIFT_S + 1, 0, SHIFT_S - 100, 1, 0)


def test_the_expected_wait_by_throughput_is_the_queue_over_what_was_taken_lately() -> None:
    """One agent takes a visit every 100 s from 10 on, looking back on 150 s: at 160 s the one of 10 s counts no more."""
    visits = planned(*[(0, 2, 100.0, inf)] * 5)
    plan = Floorplan((Inbox((0,), throughput_over_s=150.0),), (Group(1, (0.0,), (1,)),))
    joins = [(10.0 * number, number - 1) for number in range(1, 6)]
    seen = seen_at(plan, visits, joins, 5, 15, 55, 115, 155, 160, 215, 405, 415, 600)
    assert [(now_s, length, wait_s) for now_s, length, wait_s, _, _ in seen] == [
        (5, 0, 0),
        (15, 0, 0),
        (55, 4, 4 * 150 / 1),
        (115, 3, 3 * 150 / 2),
        (155, 3, 3 * 150 / 2),
        (160, 3, 3 * 150 / 1),
        (215, 2, 2 * 150 / 2),
        (405, 1, 1 * 150 / 1),
        (415, 0, 0),
        (600, 0, 0),
    ]


def test_the_expected_wait_by_throughput_counts_as_if_one_was_taken_where_nobody_was() -> None:
    visits = planned(*[(0, 2, 100.0, inf)] * 2)
    plan = Floorplan((Inbox((0,), throughput_over_s=60.0),), (Group(1, (0.0, SHIFT_S), (0, 1)),))
    seen = seen_at(plan, visits, [(10.0, 0), (20.0, 1)], 15, 25, SHIFT_S + 5)
    assert [wait_s for _, _, wait_s, _, _ in seen] == [60, 120, 60]
