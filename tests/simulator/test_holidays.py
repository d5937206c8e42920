"""Holidays: nobody is on duty, fewer write, and rules know of it."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_desks import ROUTING, policy_of, scenario_of, small_desk

from deskdrill.calendar import DAY_S, Clock
from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.rules.decide import decide, guard_for
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.simulator.run import Run, simulate

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
FREE = "rules:\n      - {id: free, when: {holiday: true}, then: {route: billing, priority: urgent}}"
ON_HOLIDAYS = """
policy: on-holidays
guards:
  - {id: only-on-holidays, when: {holiday: false}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.3}
""" + ROUTING.replace("rules:", FREE, 1)


def played(policy: str = f"policy: humans\n{ROUTING}", **changes: object) -> Run:
    return simulate(small_desk(scenario_of(**changes)), policy_of(policy), 5, 0)


@given(
    start=st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 1)),
    zone=st.sampled_from(("UTC", "Europe/London", "America/Santiago", "Asia/Kathmandu", "Africa/Cairo")),
    after=st.lists(st.integers(0, 400), max_size=4),
    at_s=st.lists(st.floats(0, 400 * DAY_S), min_size=1, max_size=20),
)
def test_a_holiday_is_a_date_on_the_calendar(start: dt.date, zone: str, after: list[int], at_s: list[float]) -> None:
    holidays = tuple(start + dt.timedelta(days=days) for days in after)
    clock = Clock(start, zone, holidays)
    # To the second: the stamp of a moment is rounded to the microsecond.
    moments = np.floor(at_s)
    assert clock.is_holiday(moments).tolist() == [clock.stamp(each).date() in holidays for each in moments]


def test_nobody_answers_on_a_holiday() -> None:
    plain, free = played(days=3), played(days=3, holidays=[TUESDAY])
    assert (plain.visits.answered_s // DAY_S == 1).sum() > 20
    assert not (free.visits.answered_s // DAY_S == 1).any()
    assert (free.visits.answered_s // DAY_S == 2).any()
    # The same customers write.
    assert free.population.digest == plain.population.digest


def test_fewer_write_on_a_holiday() -> None:
    few = played(days=3, holidays=[TUESDAY], arrivals={"per_week": 9000, "by_hour": [1] * 24, "on_holidays": 0.25})
    by_day = np.bincount((few.population.arrives_s // DAY_S).astype(int), minlength=3)
    assert by_day[1] < by_day[0] / 2.5
    assert by_day[1] > by_day[0] / 8


def test_rules_and_guards_know_of_it_at_each_moment() -> None:
    run = played(ON_HOLIDAYS, days=3, holidays=[TUESDAY], returns={"at_most": 2})
    table = run.conversations
    free = table.starts_s // DAY_S == 1
    assert free.any()
    assert (table.bot_turns[~free] == 0).all()
    assert (table.bot_turns[free] > 0).mean() > 0.5
    # Who would come back on a holiday comes when somebody is there.
    assert (table.attempt[~free] > 1).any()
    billing = run.team_names.index("billing")
    straight = (table.bot_turns == 0) & (table.first_visit >= 0)
    assert (table.first_team[straight & free] == billing).all()
    assert (table.priority[straight & free] == 0).all()
    assert (table.priority[straight & ~free] > 0).all()


def test_one_decision_says_the_same() -> None:
    policy = policy_of(ON_HOLIDAYS)
    assert guard_for(policy, {"holiday": False}) is not None
    assert guard_for(policy, {"holiday": True}) is None
    assert decide(policy, {"holiday": True}).route == "billing"
    assert decide(policy, {"holiday": False}).route is None


@pytest.mark.parametrize(
    ("holidays", "problem"),
    [
        (["2026-13-01"], "`2026-13-01` is not a date such as 2026-12-25"),
        ([TUESDAY, TUESDAY], f"`{TUESDAY}` stands there twice"),
        (["2026-03-01"], f"`2026-03-01` is over when the run starts, on {MONDAY}"),
    ],
)
def test_a_holiday_that_is_none_is_told(holidays: list[str], problem: str) -> None:
    data = scenario_of().model_dump(mode="json", by_alias=True, exclude_unset=True) | {"holidays": holidays}
    with pytest.raises(InputError) as raised:
        scenario_from_document(parse_document(json.dumps(data), "f"))
    assert problem in str(raised.value)
