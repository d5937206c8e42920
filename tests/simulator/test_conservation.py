"""What must add up in every run is looked at in every run, and whatever does not is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from floors import Case, cases
from hypothesis import given, settings
from small_desks import ANSWERS, busy_desk, policy_of

from deskdrill.simulator.conservation import _holds_more, amiss_in_conversations, amiss_on_floor
from deskdrill.simulator.conversations import Conversations, Outcome
from deskdrill.simulator.run import BrokenConservation, Run, check_conservation, simulate
from deskdrill.simulator.visits import Fate, VisitRecords


@settings(max_examples=50)
@given(cases() | cases(whole_seconds=True) | cases(plain=True))
def test_nothing_is_amiss_on_any_floor(case: Case) -> None:
    assert list(amiss_on_floor(case.plan, case.visits, case.played())) == []


@cache
def a_run() -> Run:
    return simulate(busy_desk(), policy_of(ANSWERS), 3)


def first(chosen: Any) -> int:
    return int(np.flatnonzero(chosen)[0])


def spoilt(records: VisitRecords, visit: int, **values: float) -> VisitRecords:
    columns = {field.name: column.copy() for field in fields(records) if (column := getattr(records, field.name)) is not None}
    for name, value in values.items():
        columns[name][visit] = value
    return VisitRecords(**columns)


def served(records: VisitRecords) -> int:
    return first(records.fate == Fate.SERVED)


def gone(records: VisitRecords) -> int:
    return first(records.fate == Fate.ABANDONED)


SPOILT: dict[str, Callable[[VisitRecords], VisitRecords]] = {
    "a visit that was made never joined": lambda r: spoilt(r, served(r), joined_s=np.nan),
    "taken and neither served": lambda r: spoilt(r, served(r), fate=Fate.ABANDONED),
    "served and never taken": lambda r: spoilt(r, gone(r), fate=Fate.SERVED),
    "an agent was with nobody": lambda r: spoilt(r, gone(r), agent=0),
    "over and still open": lambda r: spoilt(r, gone(r), fate=Fate.OPEN),
    "a wait is negative": lambda r: spoilt(r, gone(r), ended_s=-1.0),
    "what follows it is negative": lambda r: spoilt(r, served(r), freed_s=r.answered_s[served(r)] - 1),
    "an agent worked who is never on duty": lambda r: spoilt(r, served(r), agent=1000),
    "an agent held more than": lambda r: replace(r, freed_s=np.where(r.group >= 0, r.freed_s + 1e6, np.nan)),
}


@pytest.mark.parametrize(("message", "change"), SPOILT.items(), ids=SPOILT)
def test_a_record_that_cannot_be_is_noticed(message: str, change: Callable[[VisitRecords], VisitRecords]) -> None:
    run = replace(a_run(), visits=change(a_run().visits))
    assert any(message in found for found in amiss_on_floor(run.floorplan, run.attempts.visits, run.visits))
    with pytest.raises(BrokenConservation):
        check_conservation(run)


def test_a_conversation_that_is_moved_on_arrives_and_no_other_does() -> None:
    run = a_run()
    visits, records = run.attempts.visits, run.visits
    moved = first((records.fate == Fate.SERVED) & (visits.next >= 0))
    stayed = first((records.fate == Fate.ABANDONED) & (visits.next >= 0))
    after, never = int(visits.next[moved]), int(visits.next[stayed])
    too_early = spoilt(records, after, joined_s=records.joined_s[moved] - 1)
    assert "a conversation arrived before it was moved on" in amiss_on_floor(run.floorplan, visits, too_early)
    for visit, fate, joined_s in ((after, Fate.NOT_MADE, np.nan), (never, Fate.OPEN, 1.0)):
        message = "a conversation was moved on and never arrived, or arrived and was never moved on"
        assert message in amiss_on_floor(run.floorplan, visits, spoilt(records, visit, fate=fate, joined_s=joined_s))


def without(table: Conversations, row: int) -> Conversations:
    columns = {
        field.name: np.delete(column, row)
        for field in fields(table)
        if isinstance(column := getattr(table, field.name), np.ndarray) and field.name not in ("lost", "solved_s")
    }
    return replace(table, **columns)


def test_a_conversation_that_cannot_be_is_noticed() -> None:
    table, problems = a_run().conversations, a_run().population.size
    assert list(amiss_in_conversations(table, problems)) == []
    again = first(table.attempt == 2)
    missing = without(table, first(table.problem == table.problem[again]))
    assert "not every problem has one first conversation" in amiss_in_conversations(missing, problems)
    third = table.attempt.copy()
    third[again] = 3
    assert "an attempt has none before it, or is made twice" in amiss_in_conversations(replace(table, attempt=third), problems)
    outcome = table.outcome.copy()
    outcome[first(table.first_visit < 0)] = Outcome.SERVED
    (found,) = amiss_in_conversations(replace(table, outcome=outcome), problems)
    assert found.startswith("a conversation has an outcome of people")
    assert list(amiss_in_conversations(replace(table, wait_s=table.wait_s - 1e9), problems)) == ["a conversation or a wait runs backwards"]


def spans(*each: tuple[int, float, float]) -> tuple[Any, Any, Any]:
    agents, begins, ends = zip(*each, strict=True)
    return np.array(agents, dtype=np.int32), np.array(begins), np.array(ends)


def test_who_ends_as_another_begins_holds_one() -> None:
    assert not _holds_more(1, *spans((0, 0.0, 10.0), (0, 10.0, 20.0), (1, 5.0, 15.0)))
    assert _holds_more(1, *spans((0, 0.0, 10.0), (0, 9.5, 20.0), (1, 5.0, 15.0)))
    assert not _holds_more(2, *spans((3, 0.0, 10.0), (3, 9.5, 20.0), (3, 10.0, 30.0)))
    assert _holds_more(2, *spans((3, 0.0, 10.0), (3, 9.5, 20.0), (3, 9.9, 30.0)))
