"""Waits by business hours: the time in which somebody who takes from an inbox is on duty."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from floors import on_duty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import HUMANS, POLICIES, SMALL, busy_desk, open_all_day, policy_of, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.business_hours import BusinessHours
from deskdrill.simulator.floorplan import Floorplan, Group, Inbox
from deskdrill.simulator.measured import Measured
from deskdrill.simulator.metrics import BY_ID, measure
from deskdrill.simulator.run import simulate

HOUR_S = 3600.0
MEASURES = ("first_human_reply_p50", "first_human_reply_p90", "wait_mean")
few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def floorplans(draw: st.DrawFn) -> Floorplan:
    def group() -> Group:
        later = draw(st.lists(st.integers(1, 500), unique=True, max_size=5).map(sorted))
        from_s = tuple(60.0 * minute for minute in (0, *later))
        return Group(1, from_s, tuple(draw(st.integers(0, 2)) for _ in from_s))

    groups = tuple(group() for _ in range(draw(st.integers(1, 3))))
    some = st.lists(st.sampled_from(range(len(groups))), min_size=1, unique=True).map(tuple)
    return Floorplan(tuple(Inbox(draw(some)) for _ in range(draw(st.integers(1, 3)))), groups)


def open_s(plan: Floorplan, inbox: int, until_s: float) -> float:
    """Between any two neighbouring changes of shift somebody is there all the time, or nobody ever."""
    groups = [plan.groups[number] for number in plan.inboxes[inbox].groups]
    moments = sorted({0.0, until_s, *(at_s for group in groups for at_s in group.from_s if at_s < until_s)})
    total = 0.0
    for begin, end in pairwise(moments):
        total += (end - begin) * any(on_duty(group, (begin + end) / 2) for group in groups)
    return total


@given(floorplans(), st.lists(st.floats(0, 100_000) | st.integers(0, 600).map(lambda minute: 60.0 * minute), min_size=1))
def test_an_inbox_is_open_while_anybody_who_takes_from_it_is_on_duty(plan: Floorplan, moments_s: list[float]) -> None:
    hours = BusinessHours(plan)
    for inbox in range(len(plan.inboxes)):
        (found,) = hours.until(np.full(len(moments_s), inbox, dtype=np.int8), np.array(moments_s))
        np.testing.assert_allclose(found, [open_s(plan, inbox, each) for each in moments_s], atol=1e-9)


def test_a_moment_that_never_came_has_none() -> None:
    plan = Floorplan.of_teams((Group(1, (0.0,), (1,)),))
    assert np.isnan(BusinessHours(plan).until(np.zeros(1, dtype=np.int8), np.array([np.nan]))[0]).all()


def test_a_night_by_hand() -> None:
    """Open from 8 to 18: who writes at 17:00 and is answered at 9:00 waits for two hours of business."""
    plan = Floorplan.of_teams((Group(1, tuple(hour * HOUR_S for hour in (0, 8, 18, 32, 42)), (0, 2, 0, 1, 0)),))
    hours, inbox = BusinessHours(plan), np.zeros(4, dtype=np.int8)
    (found,) = hours.until(inbox, np.array([7, 17, 33, 400]) * HOUR_S)
    np.testing.assert_array_equal(found, np.array([0, 9, 11, 20]) * HOUR_S)


def test_by_email_the_target_counts_until_the_reply_is_sent_and_by_business_hours() -> None:
    """One mail at 17:00, three hours of work, a desk from 8 to 18: taken up at once, sent at 20:00."""
    never = {"shape": "survival", "points": [["1m", 1]]}
    temperament = {**SMALL["segments"]["standard"]["temperament"], "patience": {"live": never, "inbox": never}}
    segment = {**SMALL["segments"]["standard"], "share": 1, "temperament": temperament, "channels": {"chat": 0, "email": 1}}
    team = {"staffing": {"Mon-Sun 08-18": 1}, "also_solves": list(SMALL["intents"]), "answer_within": "2h"}
    intents = {
        name: {**intent, "work": {"shape": "deterministic", "mean": "3h"}, "work_grows_as_answers_fail": 0, "person_solves": 1}
        for name, intent in SMALL["intents"].items()
    }
    changed: dict[str, Any] = {
        "segments": {name: {**each, "share": 0} for name, each in SMALL["segments"].items()} | {"standard": segment},
        "intents": intents,
        "email": {"replies": 1, "replies_at_most": 1},
        "arrivals": {"kind": "replayed", "at": ["17h"]},
    }
    everybody = policy_of("policy: all\nrulesets: [{name: routing, hit_policy: first, default: {route: billing}}]")
    found = []
    for counts in ("clock", "business_hours"):
        teams = {**SMALL["teams"], "billing": {**team, "answer_within_counts": counts}}
        values = measure(simulate(small_desk(scenario_of(**changed, teams=teams)), everybody, 1))
        found += [dict(zip(BY_ID, values[part], strict=True)) for part in (("overall", ""), ("team", "billing"))]
    for named in found:
        assert named["wait_mean_s"] == 0
    for named in (found[0], found[2]):
        assert (named["first_human_reply_p50_s"], named["first_human_reply_p50_business_s"]) == (3 * HOUR_S, HOUR_S)
    assert [named["service_level"] for named in found] == [0.0, 0.0, 1.0, 1.0]


@few
@given(scenarios(), st.sampled_from(sorted(POLICIES)), st.integers(0, 2**32))
def test_business_hours_are_never_more_than_those_of_the_clock(scenario: Scenario, policy: str, seed: int) -> None:
    measured = Measured(simulate(small_desk(scenario), policy_of(POLICIES[policy]), seed))
    for waits in (measured.waiting.by_conversation, measured.waiting.by_visit):
        over = ~np.isnan(waits.wait_s)
        np.testing.assert_array_equal(np.isnan(waits.business_s), ~over)
        assert (waits.business_s[over] >= 0).all()
        assert (waits.business_s[over] <= waits.wait_s[over] + 1e-6).all()
    replied = ~np.isnan(measured.waiting.first_reply_business_s)
    assert (measured.waiting.first_reply_business_s[replied] <= measured.first_reply_s[replied] + 1e-6).all()


def test_a_desk_that_never_closes_has_business_hours_all_the_time() -> None:
    values = measure(simulate(open_all_day(), policy_of(HUMANS), 3))
    for each in values.values():
        named = dict(zip(BY_ID, each, strict=True))
        assert [named[f"{name}_business_s"] for name in MEASURES] == pytest.approx([named[f"{name}_s"] for name in MEASURES], nan_ok=True)


def levels(**changed: Any) -> np.ndarray:
    """The four service levels of triage's inbox and of everybody."""
    teams = {name: {**team, **changed} for name, team in SMALL["teams"].items()}
    values = measure(simulate(small_desk(scenario_of(teams=teams)), policy_of(HUMANS), 3))
    ids = list(BY_ID)
    first = ids.index("service_level")
    return np.array([values[part][first : first + 4] for part in (("overall", ""), ("team", "triage"), ("team", "billing"))])


def test_a_target_may_count_business_hours_only() -> None:
    clock, business = levels(), levels(answer_within_counts="business_hours")
    assert (business >= clock).all()
    assert (business > clock).any(axis=1).all()
    np.testing.assert_array_equal(levels(answer_within_counts="clock"), clock)


def test_waits_through_the_night_are_short_by_business_hours() -> None:
    named = dict(zip(BY_ID, measure(simulate(busy_desk(), policy_of(HUMANS), 3))["overall", ""], strict=True))
    assert named["wait_mean_business_s"] < 0.5 * named["wait_mean_s"]
    assert 0 < named["first_human_reply_p90_business_s"] < named["first_human_reply_p90_s"]
