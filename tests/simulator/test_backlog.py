"""A backlog: customers of no policy, who wait when the run starts and keep agents busy."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from people import assert_same_people
from slow_measures import assert_measured_alike
from small_desks import CAREFUL, HUMANS, POLICIES, ROUTING, SMALL, Row, policy_of, rows_of, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import TRIAGE, scenarios
from deskdrill.simulator.arriving import BACKLOG_NUMBERS
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.metrics import measure
from deskdrill.simulator.population import Population, draw_population
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visits import Fate

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
LIVE = """
policy: live
guards:
  - {id: crowded, when: {queue.billing.length: {gte: 3}}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.4}
""" + ROUTING.replace("    rules:", "    rules:\n      - {id: long, when: {queue.triage.length: {gte: 2}}, then: {route: engineers}}")
EVERY = {**POLICIES, "live": LIVE}
REOPENED = scenario_of(
    backlog={"billing": 40, "frontline": 30},
    returns={**SMALL["returns"], "reopens": {"share": 1, "after": {"mean": "10m"}}},
    intents={name: {**intent, "person_solves": 0.5} for name, intent in SMALL["intents"].items()},
)
some_policy = st.sampled_from(sorted(EVERY)).map(lambda name: policy_of(EVERY[name]))


def people_of(scenario: Scenario, seed: int) -> Population:
    return draw_population(scenario, small_desk(scenario).pool, Draws(seed, 0))


def of_backlog(run: Run) -> dict[int, Row]:
    """The problems of the backlog by their numbers."""
    problems = rows_of(tables_of(run)["problems"])
    return {row["problem"]: row for row in problems if row["backlog"] is not None}


@few
@given(scenarios(), st.integers(0, 2**32))
def test_a_backlog_changes_nobody_who_writes_in(scenario: Scenario, seed: int) -> None:
    without = people_of(scenario.model_copy(update={"backlog": {}}), seed)
    people = people_of(scenario, seed)
    numbers = np.arange(without.size) if without.number is None else without.number
    assert_same_people(people, without, numbers)
    assert people.size == without.size + sum(scenario.backlog.values())


@few
@given(scenarios(), st.integers(0, 2**32), st.integers(0, 20))
def test_a_larger_backlog_has_those_of_a_smaller_one(scenario: Scenario, seed: int, more: int) -> None:
    team = next(iter(scenario.intents.values())).team
    assume(scenario.mix(scenario.waiting_for(team)).any())
    small, large = (people_of(scenario.model_copy(update={"backlog": {TRIAGE: 4, team: many}}), seed) for many in (5, 5 + more))
    assert small.number is not None
    assert_same_people(large, small, small.number[small.number >= BACKLOG_NUMBERS])


@few
@given(scenarios(), some_policy, st.integers(0, 2**32))
@example(scenario_of(backlog={"billing": 40, "triage": 12}), policy_of(CAREFUL), 3)
@example(scenario_of(backlog={"billing": 40, "triage": 12}), policy_of(LIVE), 3)
@example(REOPENED, policy_of(HUMANS), 0)  # the visits of a conversation that is reopened are of the same touch
def test_whoever_waits_already_does_so_in_that_inbox_whatever_the_policy(scenario: Scenario, policy: Any, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    problems, tables = of_backlog(run), {name: rows_of(table) for name, table in tables_of(run).items()}
    assert {team: sum(row["backlog"] == team for row in problems.values()) for team in scenario.backlog} == scenario.backlog
    firsts = {c["conversation"]: c for c in tables["conversations"] if c["problem"] in problems and c["attempt"] == 1}
    joined = {v["conversation"]: v for v in tables["visits"] if v["conversation"] in firsts and v["touch"] == 1 and v["purpose"] in ("look", "work")}
    assert len(firsts) == len(problems)
    assert firsts.keys() == joined.keys()
    for number, row in firsts.items():
        team = problems[row["problem"]]["backlog"]
        assert (row["reason"], row["bot_turns"], row["guard"], row["rule"], row["priority"]) == ("backlog", 0, None, None, "normal")
        assert row["team"] == joined[number]["team"] == team
        assert row["starts_s"] == joined[number]["joined_s"] == 0
        assert team == TRIAGE or scenario.intents[row["intent"]].team == team
    assert not any(decision["conversation"] in firsts for decision in tables["decisions"])


@few
@given(scenarios(), some_policy, st.integers(0, 2**32))
@example(scenario_of(backlog={"billing": 40, "triage": 12}, steady_state={"warm_up": "18h"}), policy_of(HUMANS), 3)
@example(scenario_of(backlog={"billing": 400}, returns=None), policy_of(LIVE), 3)
def test_no_measure_counts_them(scenario: Scenario, policy: Any, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    assert_measured_alike(run)
    counts = np.array([row["counted"] for row in rows_of(tables_of(run)["problems"])], dtype=bool)
    assert not counts[list(of_backlog(run))].any()
    found = summary_of(run)
    assert found.problems == counts.sum()
    assert sum(found.flows.values()) == found.conversations


def test_a_backlog_of_nobody_is_none() -> None:
    none, nobody = (simulate(small_desk(scenario_of(backlog=each)), policy_of(HUMANS), 3) for each in ({}, {"billing": 0}))
    assert nobody.population.backlog is None
    assert nobody.population.digest == none.population.digest
    for part, values in measure(none).items():
        np.testing.assert_array_equal(measure(nobody)[part], values)


def test_a_backlog_keeps_agents_busy_and_others_waiting() -> None:
    one, other = (summary_of(simulate(small_desk(scenario_of(backlog=each, returns=None)), policy_of(HUMANS), 3)) for each in ({}, {"billing": 200}))
    np.testing.assert_array_equal(other.queued, one.queued)
    assert np.nanmax(other.wait_mean_s[8:20]) > np.nanmax(one.wait_mean_s[8:20])


ENDLESS = {"shape": "survival", "points": [["1d", 1]]}


def waiting_only(**patience: Any) -> Any:
    """A desk with one agent to whom 40 wait with work of 10 minutes each, and hardly anybody writes."""
    segment = SMALL["segments"]["standard"]
    told = {"live": ENDLESS, "inbox": ENDLESS, **patience}
    return small_desk(
        scenario_of(
            days=1,
            arrivals={"kind": "even", "per_week": 0.1},
            segments={"standard": {**segment, "share": 1, "intents": {"refund": 1}, "temperament": {**segment["temperament"], "patience": told}}},
            intents={"refund": {"team": "billing", "work": {"shape": "deterministic", "mean": "10m"}}},
            teams={"billing": {"staffing": {"always": 1}}, "triage": {"staffing": {"always": 1}}},
            backlog={"billing": 40},
            protected=None,
            returns=None,
        )
    )


def test_one_agent_takes_one_after_the_other() -> None:
    run = simulate(waiting_only(), policy_of(HUMANS.replace("engineers", "billing").replace("frontline", "billing")), 1)
    np.testing.assert_allclose(np.sort(run.visits.answered_s), np.arange(40) * 600.0)
    assert run.counted is not None
    assert not run.counted.any()


def test_who_waits_already_has_not_balked() -> None:
    desk = waiting_only(live={"shape": "deterministic", "mean": "15m"}, balks=0.9)
    run = simulate(desk, policy_of(HUMANS.replace("engineers", "billing").replace("frontline", "billing")), 1)
    left_s = run.visits.ended_s[run.visits.fate == Fate.ABANDONED]
    assert left_s.size == 38
    assert (left_s == 900).all()


def test_those_who_write_again_are_like_anybody_else() -> None:
    returns = {**SMALL["returns"], "asks_for_person_at_once": 0}
    run = simulate(small_desk(scenario_of(backlog={"billing": 300}, returns=returns)), policy_of(CAREFUL), 3)
    problems = of_backlog(run)
    again = [c for c in rows_of(tables_of(run)["conversations"]) if c["problem"] in problems and c["attempt"] > 1]
    assert any(row["bot_turns"] for row in again)
    assert {row["rule"] for row in again if row["team"]} - {None}
    assert {row["reason"] for row in again} & {"guard", "none", "asked", "failures"}


def test_rules_that_need_a_fact_are_not_asked_about_them() -> None:
    strict = HUMANS.replace("message.intent: complaint", "customer.plan: {is: pro, on_missing: error}")
    known = {
        name: {**segment, "facts": {**segment["facts"], "unset": {"plan": 1}}} for name, segment in SMALL["segments"].items()
    }
    quiet = small_desk(scenario_of(arrivals={"kind": "even", "per_week": 0.1}, segments=known, backlog={"frontline": 30}, returns=None))
    run = simulate(quiet, policy_of(strict), 3)
    assert run.population.size == 30
