"""Who works where, from a scenario's YAML to the floor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_desks import CAREFUL, HUMANS, SMALL, policy_of, scenario_of, small_desk

from deskdrill.scenarios.staffing import Agents
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.metrics import BY_ID
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.shifts import floorplan_of
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.visits import Fate

ALWAYS = {"always": 1}
TEAMS: dict[str, Any] = SMALL["teams"]


def played(teams: dict[str, Any], groups: dict[str, Any] | None = None, text: str = HUMANS, **more: Any) -> Run:
    changed = {name: {**team, **teams.get(name, {})} for name, team in TEAMS.items()}
    busy = {**SMALL["arrivals"], "per_week": 2000}
    return simulate(small_desk(scenario_of(teams=changed, groups=groups or {}, arrivals=busy, **more)), policy_of(text), 3)


HELPERS = {"floaters": {"staffing": {"Mon-Fri 09-18": 2}, "skills": ["billing", "frontline"]}}

DESKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a group helps out": ({}, HELPERS),
    "a group for everything": ({}, {"all": {"staffing": {"Mon-Fri 09-18": 1}, "skills": "all", "takes": "longest_wait"}}),
    "least loaded": ({"frontline": {"offers": "least_loaded"}}, HELPERS),
    "longest idle": ({"frontline": {"offers": "longest_idle"}}, HELPERS),
    "random": ({"frontline": {"offers": "random"}}, HELPERS),
    "expected delay": ({"frontline": {"offers": "expected_delay"}}, HELPERS),
    "in order": ({}, {"floaters": {**HELPERS["floaters"], "takes": "in_order"}}),
    "weighted": ({"billing": {"weight": 3}}, {"floaters": {**HELPERS["floaters"], "takes": "weighted_wait"}}),
    "served by": ({"frontline": {"served_by": ["floaters", "frontline"]}}, HELPERS),
    "overflow": ({"frontline": {"overflow": {"after": "5m", "to": ["billing"]}}}, {}),
    "slower when more are held": ({"frontline": {"speed_by_load": [1, 0.7]}}, {}),
    "full agents first": ({"frontline": {"slots": "fill"}}, {}),
    "work factors": ({"frontline": {"work_factors": {"how_to": 0.5}}}, {}),
    "newcomers": ({"frontline": {"newcomers": {"share": 0.5, "factor": 2}}}, {}),
    "strain": ({"frontline": {"strain": {"slower": 1, "above": 0.5, "memory": "30m"}}}, {}),
    "a finite inbox": ({"frontline": {"waiting_at_most": 2}}, {}),
    "call backs": ({"frontline": {"call_back": {"from_waiting": 1, "accepted": 0.7, "reached": 0.5}}}, {}),
    "wrap-up": ({"frontline": {"wrap_up": {"mean": "3m"}}}, {}),
    "absences": ({"frontline": {"absences": 0.4}}, {}),
}


@pytest.mark.parametrize(("teams", "groups"), DESKS.values(), ids=DESKS)
@pytest.mark.parametrize("text", [HUMANS, CAREFUL], ids=["humans", "careful"])
def test_every_floorplan_runs_conserves_and_is_measured(teams: dict[str, Any], groups: dict[str, Any], text: str) -> None:
    run = played(teams, groups, text)
    summary = summary_of(run)
    assert summary.problems > 200
    plain = played({}, {}, text)
    assert run.population.digest == plain.population.digest
    assert any(
        not np.array_equal(getattr(run.visits, column), getattr(plain.visits, column), equal_nan=True)
        for column in ("answered_s", "ended_s", "fate", "agent")
    ), "the floorplan changes nothing"


def test_a_group_takes_from_the_inboxes_of_its_skills_only() -> None:
    run = played({}, HELPERS)
    names = list(run.desk.scenario.agents)
    by_floaters = run.visits.group == names.index("floaters")
    assert by_floaters.sum() > 20
    teams = np.array(run.team_names)[run.attempts.visits.team[by_floaters]]
    assert set(teams) == {"billing", "frontline"}


def test_with_more_hands_fewer_give_up() -> None:
    def gave_up(run: Run) -> int:
        return int((run.visits.fate == Fate.ABANDONED).sum())

    assert gave_up(played({}, HELPERS)) < gave_up(played({}))


def test_customers_who_leave_without_a_word_cost_their_agents_time() -> None:
    def silent(share: float) -> dict[str, Any]:
        segments = {name: {**each, "temperament": {**each["temperament"]}} for name, each in SMALL["segments"].items()}
        for each in segments.values():
            each["temperament"]["patience"] = {**each["temperament"]["patience"], "silent": share}
        return segments

    known, unknown = played({}), played({}, segments=silent(1.0))
    gone = unknown.visits.fate == Fate.ABANDONED_SILENTLY
    assert gone.sum() > 50
    assert not (unknown.visits.fate == Fate.ABANDONED).any()
    found = gone & ~np.isnan(unknown.visits.answered_s)
    assert found.sum() > 20
    assert (unknown.visits.ended_s[found] <= unknown.visits.answered_s[found]).all()
    rates = [summary_of(run).values["overall", ""][list(BY_ID).index("abandonment_rate")] for run in (known, unknown)]
    assert rates[1] > rates[0], "agents lose time with those who are gone"


def test_blocked_and_called_back_customers_are_outcomes_of_their_own() -> None:
    blocked = played({"frontline": {"waiting_at_most": 0}})
    assert (blocked.visits.fate == Fate.BLOCKED).sum() > 20
    silent = played({"frontline": {"call_back": {"from_waiting": 0, "accepted": 1, "reached": 0}}})
    assert (silent.visits.fate == Fate.ABANDONED_SILENTLY).sum() > 20


def test_agents_who_are_absent_differ_by_replication_and_not_by_policy() -> None:
    teams = {name: {**team, "absences": 0.5} for name, team in TEAMS.items()}
    scenario = scenario_of(teams=teams)
    once, again, other = (floorplan_of(scenario, Draws(1, number)) for number in (0, 0, 1))
    assert once == again
    assert once != other
    full = floorplan_of(scenario)
    for some, every in zip(once.groups, full.groups, strict=True):
        assert some.most <= every.most


def test_nobody_is_called_back_who_has_written_an_email() -> None:
    segments = {name: {**segment, "channels": {"chat": 0, "email": 1}} for name, segment in SMALL["segments"].items()}
    offer = {"call_back": {"from_waiting": 0, "accepted": 1, "reached": 1}}
    plain, offered = (
        simulate(small_desk(scenario_of(segments=segments, email={}, teams={name: {**team, **more} for name, team in TEAMS.items()})), policy_of(HUMANS), 3)
        for more in ({}, offer)
    )
    assert (plain.visits.fate == Fate.ABANDONED).any()
    np.testing.assert_array_equal(plain.visits.fate, offered.visits.fate)
    np.testing.assert_array_equal(plain.visits.answered_s, offered.visits.answered_s)


@settings(max_examples=8)
@given(st.floats(0.05, 0.6), st.integers(1, 12), st.integers(0, 12))
def test_absences_take_their_share_of_every_shift_of_a_day(share: float, early: int, late: int) -> None:
    """Each agent of a shift is there with the same chance, however many others are on duty that day at other times."""
    staffing = {"always": 1, "Mon-Sun 06-14": early, "Mon-Sun 14-22": late}
    teams = {**TEAMS, "frontline": {**TEAMS["frontline"], "staffing": staffing, "absences": share}}
    scenario = scenario_of(teams=teams)
    number = list(scenario.agents).index("frontline")
    plans = [floorplan_of(scenario, Draws(7, replication)).groups[number] for replication in range(8)]
    for at, many in ((3, 1), (9, 1 + early), (18, 1 + late)):
        moments_s = 3600.0 * (np.arange(30) * 24 + at)
        there = [np.array(group.agents)[np.searchsorted(group.from_s, moments_s, side="right") - 1] for group in plans]
        sure = 5 * np.sqrt(share * (1 - share) * many / np.size(there))
        assert np.mean(there) == pytest.approx(many * (1 - share), abs=sure)


@settings(max_examples=8)
@given(st.integers(1, 12), st.integers(0, 99))
def test_one_agent_more_leaves_the_absences_of_the_others_as_they_are(many: int, seed: int) -> None:
    def there(agents: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        teams = {**TEAMS, "frontline": {**TEAMS["frontline"], "staffing": {"always": agents}, "absences": 0.4}}
        scenario = scenario_of(teams=teams)
        group = floorplan_of(scenario, Draws(seed, 0)).groups[list(scenario.agents).index("frontline")]
        days_s = np.arange(14) * 86400.0 + 43200
        return np.array(group.agents)[np.searchsorted(group.from_s, days_s, side="right") - 1]

    more = there(many + 1) - there(many)
    # The new one is there or not.
    assert set(more.tolist()) <= {0, 1}


def test_shrinkage_and_breaks_take_agents_off_duty() -> None:
    team = {**TEAMS["frontline"], "staffing": {"always": 10}, "shrinkage": 0.3, "breaks": [{"within": "Mon-Sun 12-13", "lasts": "30m"}]}
    agents = scenario_of(teams={**TEAMS, "frontline": team}).teams["frontline"]
    clock = scenario_of().clock
    hours = np.array([10, 12.25, 12.75, 13.5]) * 3600
    assert agents.agents(clock, hours).tolist() == [7, 3, 4, 7]


@given(st.integers(1, 40), st.floats(0, 0.95), st.integers(0, 6), st.integers(0, 16))
def test_shrinkage_takes_its_share_of_the_hours_though_agents_are_whole(many: int, share: float, day: int, from_hour: int) -> None:
    agents = Agents(staffing={"always": many}, shrinkage=share)
    hour = np.arange(24 * 7) * 3600.0
    left = agents.available(hour)
    expected = many * (1 - share)
    assert left.mean() == pytest.approx(expected, abs=0.02)
    assert np.abs(left - expected).max() < 1 + 1e-9
    shift = left[24 * day + from_hour : 24 * day + from_hour + 8]
    assert shift.mean() == pytest.approx(expected, abs=0.25)
    np.testing.assert_array_equal(left, agents.available(hour + 3599))
