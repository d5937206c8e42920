"""Rules that are tried on who waits, on the floor itself: by a slow model, by laws, and by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from floors import GRID_S, Case, cases
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from textbook_floor import TextbookFloor, Try

from deskdrill.simulator.conservation import amiss_on_floor
from deskdrill.simulator.floorplan import Floorplan, Group
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""It would take minutes, on floors of forty chains."""
NUMBERS = "fate", "group", "agent", "moved_to"
MOMENTS = "joined_s", "answered_s", "ended_s", "freed_s"


class Script:
    """Rules that do what is written, visit by visit."""

    def __init__(self, visits: int, tries: Mapping[int, Sequence[Try]]) -> None:
        self.keeps_priority = bytes([1]) * visits
        self.tries = tries
        self.waits: dict[int, tuple[float, Sequence[Try]]] = {}

    def begins(self, visit: int, now_s: float) -> float:
        self.waits[visit] = now_s, self.tries.get(visit, ())
        return self.next_s(visit)

    def tried(self, visit: int, now_s: float) -> tuple[int, int, float]:
        from_s, (now, *later) = self.waits.pop(visit)
        assert now_s == from_s + now.after_s
        self.waits[now.onto] = from_s, later
        return now.onto, now.priority, self.next_s(now.onto)

    def next_s(self, visit: int) -> float:
        from_s, tries = self.waits[visit]
        return from_s + tries[0].after_s if tries else inf


def with_more(case: Case, teams: Sequence[int], like: Sequence[int]) -> Case:
    """The case with further visits, to these teams, otherwise like others but with nothing after them."""
    more: dict[str, Any] = {"team": np.array(teams, dtype=np.int8), "next": np.full(len(teams), -1, dtype=np.int32)}
    columns = {
        name: None if column is None else np.concatenate([column, more[name] if name in more else column[list(like)]])
        for name in PlannedVisits.__dataclass_fields__
        for column in [getattr(case.visits, name)]
    }
    if columns["same_agent"] is not None:
        columns["same_agent"][case.visits.team.size :] = False
    return replace(case, visits=PlannedVisits(**columns))


@st.composite
def scripts(draw: st.DrawFn, some_cases: Any) -> tuple[Case, dict[int, list[Try]]]:
    """A case, and what rules do to some of those who join first: move them, twice perhaps, or change their priority."""
    case: Case = draw(some_cases)
    moved = draw(st.lists(st.sampled_from(case.first.tolist()), max_size=12, unique=True))
    size, tries = case.visits.team.size, dict[int, list[Try]]()
    teams, like = list[int](), list[int]()
    for visit in moved:
        steps = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))
        now = visit
        for step in sorted(steps):
            if draw(st.booleans()):
                now = size + len(teams)
                teams.append(draw(st.integers(0, len(case.plan.inboxes) - 1)))
                like.append(visit)
            tries.setdefault(visit, []).append(Try(GRID_S * step, now, draw(st.integers(0, 3))))
    return (with_more(case, teams, like) if teams else case), tries


def by_the_textbook(case: Case, tries: Mapping[int, Sequence[Try]], found: VisitRecords) -> VisitRecords:
    joins = list(zip(case.joins_s.tolist(), case.first.tolist(), strict=True))
    return TextbookFloor(case.plan, case.visits, lambda visit, _: int(found.agent[visit]), tries).play(joins)


@pytest.mark.parametrize(
    "some_cases",
    [
        pytest.param(cases(), id="every feature"),
        pytest.param(cases(whole_seconds=True), id="many things at once"),
        pytest.param(cases(plain=True), id="plain"),
    ],
)
def test_the_floor_does_to_who_waits_what_the_textbook_model_does(some_cases: Any) -> None:
    @settings(max_examples=60, phases=NO_SHRINKING)
    @given(scripts(some_cases))
    def agree(script: tuple[Case, dict[int, list[Try]]]) -> None:
        case, tries = script
        found = case.played(rules=Script(case.visits.team.size, tries))
        assert not [*amiss_on_floor(case.plan, case.visits, found)]
        expected = by_the_textbook(case, tries, found)
        for name in NUMBERS if tries else NUMBERS[:3]:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
        for name in MOMENTS:
            np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, err_msg=name)

    agree()


@settings(max_examples=60, phases=NO_SHRINKING)
@given(cases(plain=True))
def test_rules_that_never_act_change_nothing(case: Case) -> None:
    plain, watched = case.played(), case.played(rules=Script(case.visits.team.size, {}))
    for name in (*NUMBERS[:3], *MOMENTS):
        np.testing.assert_array_equal(getattr(plain, name), getattr(watched, name), err_msg=name)


# By hand --------------------------------------------------------------------------------------------------------------------------


def desk(*visits: tuple[float, int, int, float], more: Sequence[tuple[int, int]] = (), patience_s: float = inf) -> Case:
    """Two teams of one agent each. A visit: when it joins, its team, priority and work; more visits: team, and like whom."""
    joins_s, team, priority, service_s = zip(*visits, strict=True)
    size = len(visits)
    planned = PlannedVisits(
        team=np.array(team, dtype=np.int8),
        priority=np.array(priority, dtype=np.int8),
        service_s=np.array(service_s, dtype=np.float64),
        patience_s=np.full(size, patience_s),
        message_patience_s=np.full(size, patience_s),
        next=np.full(size, -1, dtype=np.int32),
    )
    plan = Floorplan.of_teams((Group(1, (0.0,), (1,)), Group(1, (0.0,), (1,))))
    case = Case(plan, planned, np.array(joins_s, dtype=np.float64), np.arange(size, dtype=np.int32))
    return with_more(case, *map(list, zip(*more, strict=True))) if more else case


def played(case: Case, tries: dict[int, list[Try]]) -> VisitRecords:
    return case.played(rules=Script(case.visits.team.size, tries))


def test_who_is_moved_after_ten_minutes_is_taken_there_at_once() -> None:
    """Team 0 is busy for an hour; visit 1 joins at 60 s, is moved at 660 s to team 1, which is free."""
    case = desk((0, 0, 2, 3600), (60, 0, 2, 120), more=[(1, 1)])
    records = played(case, {1: [Try(600.0, 2, 2)]})
    assert records.fate.tolist() == [Fate.SERVED, Fate.MOVED, Fate.SERVED]
    assert records.moved_to is not None
    assert records.moved_to.tolist() == [-1, 2, -1]
    assert (records.ended_s[1], records.joined_s[2], records.answered_s[2], records.ended_s[2]) == (660, 660, 660, 780)


def test_who_is_moved_stands_where_the_whole_wait_puts_it() -> None:
    """In team 1 visit 2 has waited since 300 s when visit 1, waiting since 60 s, comes over at 660 s: 1 is taken first."""
    case = desk((0, 0, 2, 3600), (60, 0, 2, 120), (0, 1, 2, 1000), (300, 1, 2, 100), more=[(1, 1)])
    case = replace(case, joins_s=np.array([0.0, 0.0, 60.0, 300.0]), first=np.array([0, 2, 1, 3], dtype=np.int32))
    records = played(case, {1: [Try(600.0, 4, 2)]})
    assert (records.answered_s[4], records.answered_s[3]) == (1000, 1120)


def test_a_priority_changes_the_place_in_line_and_can_be_taken_back() -> None:
    line = ((0, 0, 2, 1000), (10, 0, 2, 100), (20, 0, 2, 100))
    assert played(desk(*line), {}).answered_s.tolist() == [0, 1000, 1100]
    assert played(desk(*line), {2: [Try(60.0, 2, 1)]}).answered_s.tolist() == [0, 1100, 1000]
    assert played(desk(*line), {2: [Try(60.0, 2, 1), Try(120.0, 2, 2)]}).answered_s.tolist() == [0, 1000, 1100]
    assert played(desk(*line), {2: [Try(60.0, 2, 1), Try(120.0, 2, 3), Try(180.0, 2, 1)]}).answered_s.tolist() == [0, 1100, 1000]


def test_moving_wins_no_patience() -> None:
    """Who bears 800 s leaves 860 s after the start, wherever; and whom nobody takes up is moved no more."""
    case = desk((0, 0, 2, 3600), (60, 0, 2, 120), (0, 1, 2, 3600), more=[(1, 1), (0, 1)], patience_s=800.0)
    case = replace(case, joins_s=np.array([0.0, 0.0, 60.0]), first=np.array([0, 2, 1], dtype=np.int32))
    records = played(case, {1: [Try(600.0, 3, 2), Try(900.0, 4, 2)]})
    assert records.fate.tolist() == [Fate.SERVED, Fate.MOVED, Fate.SERVED, Fate.ABANDONED, Fate.NOT_MADE]
    assert records.ended_s[3] == 860


def test_what_does_not_add_up_in_moves_is_found() -> None:
    case = desk((0, 0, 2, 3600), (60, 0, 2, 120), more=[(1, 1)])
    records = played(case, {1: [Try(600.0, 2, 2)]})
    assert records.moved_to is not None
    for broken in (
        replace(records, moved_to=None),
        replace(records, moved_to=np.array([-1, -1, -1], dtype=np.int32)),
        replace(records, joined_s=records.joined_s + np.array([0.0, 0.0, 1.0]), answered_s=records.answered_s + np.array([0.0, 0.0, 1.0])),
    ):
        assert any("moved" in said for said in amiss_on_floor(case.plan, case.visits, broken))
