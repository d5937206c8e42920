"""Staffing: rosters, what they are counted by, and the search for the fewest agents."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_desks import CAREFUL, HUMANS, POLICIES, SMALL, one_desk, policy_of, scenario_of, small_desk

from deskdrill.calendar import WeekHours
from deskdrill.errors import BadValue
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.business_hours import BusinessHours
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.measured import Measured
from deskdrill.simulator.queueing import ErlangA, SinusoidalRate, Target, least_agents, poisson_tail
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.staffing.aims import Aim, shares
from deskdrill.simulator.staffing.checking import _most_by_chance
from deskdrill.simulator.staffing.demand import Flow, Sizing
from deskdrill.simulator.staffing.periods import LEAST, periods_of
from deskdrill.simulator.staffing.plan import Plan, Question, TooFewHeads, staff
from deskdrill.simulator.staffing.roster import SLOT_S, SLOTS, Today, rows_of
from deskdrill.simulator.staffing.tally import Frame, Tally
from deskdrill.simulator.staffing.trying import Slots, Trial, Trials, packed
from deskdrill.simulator.visit_chains import Purpose

few = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
LIVE = """
policy: live
guards:
  - {id: crowded, when: {queue.triage.length: {gte: 1}}, forbid: bot}
  - {id: shut, when: {team.frontline.open: false}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.3, confirm: true}
  articles: {confidence_at_least: 0.2}
  hand_over: {when_asked: true, after_failures: 2, when_closed: bot_only}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: free, when: {team.engineers.free: {gte: 1}}, then: {route: engineers}}
      - {id: money, when: {message.intent: [refund, invoice]}, then: {route: billing}}
    default: {route: escalation}
"""
TRIED = {**POLICIES, "live": LIVE}


def frame_of(scenario: Scenario, clears_s: float = 3600.0) -> Frame:
    steady = scenario.steady_state
    warm_up_s = 3600.0 if steady is not None and steady.warm_up == "mser" else 0.0 if steady is None else float(steady.warm_up)
    return Frame(Today.of(scenario), tuple(team.answer_within for team in scenario.teams.values()), warm_up_s, clears_s)


@st.composite
def rosters(draw: st.DrawFn, scenario: Scenario) -> Slots:
    """Other numbers of agents for some who work, nobody where they are closed today."""
    today, found = Today.of(scenario), dict[str, NDArray[np.int64]]()
    for name, agents in today.by_slot.items():
        if agents.any() and draw(st.booleans()):
            rng = np.random.default_rng(draw(st.integers(0, 2**32)))
            found[name] = np.where(agents > 0, rng.integers(1, 4, SLOTS), 0)
    return found


@few
@given(st.data(), scenarios(), st.sampled_from(sorted(TRIED)), st.integers(0, 2**32))
def test_a_roster_is_played_as_a_scenario_with_that_staffing_is(data: st.DataObject, scenario: Scenario, name: str, seed: int) -> None:
    """On the very customers that another roster has been played on, every bit is what a run from the start makes."""
    trial = Trial(small_desk(scenario), policy_of(TRIED[name]), seed, frame_of(scenario))
    trial.one((0, packed(data.draw(rosters(scenario)))))
    assert_played(trial, data.draw(rosters(scenario)))


def test_a_roster_that_closes_at_noon_is_told_from_one_that_does_not() -> None:
    """One agent takes a break and nobody is there; of two, one is. Bots and customers who come back go by that."""
    breaks = [{"within": "Mon-Sun 12-14", "lasts": "1h"}]
    teams = {name: {**team, "staffing": {"Mon-Sun 08-20": 1}, "breaks": breaks} for name, team in SMALL["teams"].items()}
    desk = small_desk(scenario_of(teams=teams, arrivals={"per_week": 2000}))
    trial = Trial(desk, policy_of(LIVE), 7, frame_of(desk.scenario))
    trial.one((0, packed({})))
    assert_played(trial, {name: 2 * agents for name, agents in trial.frame.today.by_slot.items()})


def assert_played(trial: Trial, slots: Slots) -> None:
    floor = trial.floor(slots)
    ahead, counter = trial.ahead(0, floor)
    plan = floor.plan or replace(trial.desk, scenario=floor.scenario).floorplan_on(ahead.draws)
    visits, course = ahead.played(plan)
    today = trial.frame.today
    changed = replace(trial.desk, scenario=today.scenario_with(today.with_slots(slots)))
    run = simulate(changed, trial.policy, trial.seed, counts_from_s=trial.frame.counts_from_s)
    for field in fields(visits):
        np.testing.assert_array_equal(getattr(visits, field.name), getattr(run.visits, field.name))
    np.testing.assert_array_equal(course.guard_case, run.guard_case)
    assert_counted(counter.tally(visits, plan), run, trial.frame)


def assert_counted(tally: Tally, run: Run, frame: Frame) -> None:
    """Visit by visit, with nothing but the words of the definition."""
    scenario, measured = frame.scenario, Measured(run)
    waits, kept = measured.waiting.by_visit, measured.visits
    joined, answered, abandoned, closed = (np.zeros((len(scenario.teams), SLOTS), dtype=int) for _ in range(4))
    closed_left = np.zeros(len(scenario.teams), dtype=int)
    teams = list(scenario.teams.items())
    minutes_s = np.arange(0, scenario.horizon_s, 60)
    week_s, works = scenario.clock.second_of_week(minutes_s), ~scenario.clock.is_holiday(minutes_s)
    on_roster = {name: kind.on_roster(week_s) * works > 0 for name, kind in scenario.agents.items()}
    opened = {name: np.any([on_roster[each] for each in scenario.served_by(name)], axis=0) for name, _ in teams}
    for place, visit in enumerate(kept.tolist()):
        joined_s, team = run.visits.joined_s[visit], int(run.attempts.visits.team[visit])
        if joined_s >= scenario.horizon_s:
            continue
        name, kind = teams[team]
        email = bool(run.by_email[visit])
        business = kind.answer_within_counts == "business_hours" or email
        minute = int(joined_s // 60)
        still = opened[name][minute:]
        slot = int(week_s[minute + int(still.argmax())] // SLOT_S)
        if not still.any():
            continue
        gone = not waits.answered[place] and not waits.business_s[place] > 0
        if not still[0] and not business:
            closed[team, slot] += 1
            closed_left[team] += bool(waits.abandoned[place])
        elif still[0] or not gone:
            joined[team, slot] += 1
            replies = email and run.attempts.purpose[visit] != Purpose.LOOK
            wait_s = waits.business_s[place] if business else waits.wait_s[place]
            if replies:
                wait_s = until_sent_s(run, visit, team)
            answered[team, slot] += bool(waits.answered[place] and wait_s <= kind.answer_within)
            abandoned[team, slot] += bool(waits.abandoned[place])
    np.testing.assert_array_equal(tally.joined, joined)
    np.testing.assert_array_equal(tally.answered, answered)
    np.testing.assert_array_equal(tally.abandoned, abandoned)
    np.testing.assert_array_equal(tally.closed, closed)
    np.testing.assert_array_equal(tally.closed_left, closed_left)
    np.testing.assert_allclose(tally.held_s.sum(axis=1), measured.occupation.held_s, atol=1e-3)
    np.testing.assert_allclose(tally.slots_s.sum(axis=1), measured.slots_s, atol=1e-3)


def until_sent_s(run: Run, visit: int, team: int) -> float:
    """From joining until an e-mail's reply is sent, by business hours."""
    ends = (run.visits.joined_s[visit : visit + 1], run.visits.ended_s[visit : visit + 1])
    by_join, by_end = BusinessHours(run.floorplan).until(np.array([team], dtype=np.int8), *ends)
    return float(by_end[0] - by_join[0])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 2**32))
def test_the_rows_of_a_roster_name_just_its_agents(numbers: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    roster = np.repeat(rng.choice(numbers, 240), 42)
    total = np.zeros(roster.size, dtype=int)
    for hours, agents in rows_of(roster).items():
        total += agents * WeekHours.parse(hours).contains(np.arange(0, 604800, 60))
    np.testing.assert_array_equal(total, roster)


@given(st.integers(0, 2**32), st.floats(0.1, 12), st.sampled_from((0.0, 1800.0, 7200.0)))
def test_periods_are_half_hours_in_a_row_with_enough_customers(seed: int, busy: float, lasts_s: float) -> None:
    rng = np.random.default_rng(seed)
    opened = np.repeat(rng.random(42) < 0.6, 8)
    expected = rng.random(SLOTS) * busy * opened
    period = periods_of(expected, opened, lasts_s)
    np.testing.assert_array_equal(period >= 0, opened)
    assert (np.diff(period[opened]) >= 0).all()
    sums = np.bincount(period[opened], weights=expected[opened]) if opened.any() else np.zeros(1)
    assert sums.size == 1 or (sums >= LEAST).all()
    lasting = np.bincount(period[opened]) if opened.any() else np.ones(1)
    assert sums.size == 1 or (lasting * SLOT_S >= lasts_s).all()


def test_shares_of_independent_customers_have_wilson_s_interval_and_others_a_wider_one() -> None:
    rng = np.random.default_rng(1)
    many, each = 400, 50
    independent = rng.binomial(each, 0.8, (many, 1)).astype(float)
    of = np.full((many, 1), float(each))
    half = float((shares(independent, of).high - shares(independent, of).low)[0]) / 2
    assert half == pytest.approx(1.966 * np.sqrt(0.16 / (many * each)), rel=0.1)
    together = each * rng.binomial(1, 0.8, (many, 1)).astype(float)
    wide = shares(together, of)
    assert float((wide.high - wide.low)[0]) / 2 == pytest.approx(half * np.sqrt(each), rel=0.1)
    all_good = shares(of, of)
    assert all_good.value[0] == all_good.high[0] == 1
    assert 0.99 < all_good.low[0] < 1
    assert np.isnan(shares(np.zeros((3, 1)), np.zeros((3, 1))).value[0])


@given(st.floats(0.2, 40), st.floats(60, 900), st.sampled_from((0.0, 0.5, 2.0)), st.floats(0.5, 0.95))
@settings(max_examples=15)
def test_one_skill_is_sized_by_erlang(load: float, handle_s: float, patience_ratio: float, share: float) -> None:
    leaves = patience_ratio / handle_s
    sizing = Sizing(Flow(np.zeros(SLOTS), np.zeros(SLOTS), handle_s, leaves), Aim(share), 60.0, 1, 1.0)
    exact = least_agents(load / handle_s, 1 / handle_s, Target(share, 60.0), leaves)
    near = least_agents(load * (1 - 1e-4) / handle_s, 1 / handle_s, Target(share, 60.0), leaves)
    assert sizing.agents(load) in {exact, near}


def test_an_aim_wants_something_and_shares() -> None:
    with pytest.raises(BadValue, match="nothing to reach"):
        Aim()
    with pytest.raises(BadValue, match=r"`answered` is 1\.2"):
        Aim(1.2)


ONE: dict[str, Any] = {
    **SMALL,
    "days": 7,
    "segments": {
        "all": {
            **SMALL["segments"]["standard"],
            "share": 1,
            "temperament": {
                **SMALL["segments"]["standard"]["temperament"],
                "patience": {"live": {"shape": "exponential", "mean": "5m"}, "inbox": {"shape": "exponential", "mean": "5m"}},
            },
            "intents": {"how_to": 1},
        }
    },
    "intents": {
        **SMALL["intents"],
        "how_to": {"team": "frontline", "work": {"shape": "exponential", "mean": "5m"}, "person_solves": 1, "bot_solves": 0},
    },
    "teams": {
        **SMALL["teams"],
        "frontline": {"staffing": {"always": 3}, "answer_within": "30s"},
    },
    "returns": None,
    "protected": None,
}
EVERYBODY = "policy: all\nrulesets: [{name: routing, hit_policy: first, default: {route: frontline}}]"


def erlang_desk(per_week: float, **changed: Any) -> Desk:
    """One team, one skill: exponential patience and work, nobody comes back."""
    teams = {**ONE["teams"], "frontline": {**ONE["teams"]["frontline"], **changed}}
    return small_desk(scenario_of(ONE, arrivals={"per_week": per_week}, teams=teams))


@cache
def erlang_plan(**_: Any) -> Plan:
    question = Question(Aim(0.8, 0.05), {}, ("frontline",), replications=8, seed=3)
    return staff(erlang_desk(168 * 40), policy_of(EVERYBODY), question)


def test_one_team_at_a_constant_rate_needs_what_erlang_a_says() -> None:
    """40 an hour, five minutes each: in at least 95 % of the half-hours, and everything is reached."""
    target = Target(service_level=0.8, within=30 / 300, abandonment=0.05)
    exact = least_agents(40 / 12, 1, target, 1)
    needed = erlang_plan().needed["frontline"]
    assert (needed == exact).mean() >= 0.95
    assert erlang_plan().passes
    fewer = ErlangA(40 / 12, 1, 1, exact - 1)
    assert not target.met_by(fewer)


def test_on_a_holiday_nobody_is_needed_and_the_roster_of_that_day_stays() -> None:
    thursday = slice(3 * SLOTS // 7, 4 * SLOTS // 7)
    desk = small_desk(scenario_of(ONE, arrivals={"per_week": 168 * 40}, holidays=["2026-03-05"]))
    question = Question(Aim(0.8), {}, ("frontline",), replications=4, seed=3)
    plan = staff(desk, policy_of(EVERYBODY), question)
    assert not plan.needed["frontline"][thursday].any()
    assert not plan.now["frontline"][thursday].any()
    assert (np.delete(plan.needed["frontline"], np.r_[thursday]) > 0).all()
    assert plan.staffed.teams["frontline"].in_week()[3 * 1440] == desk.scenario.teams["frontline"].in_week()[0]


def test_few_replications_do_not_show_that_no_period_misses() -> None:
    question = Question(Aim(0.8, 0.05), {}, ("frontline",), replications=2, seed=3)
    plan = staff(erlang_desk(168 * 40), policy_of(EVERYBODY), question)
    assert {each.passes for each in plan.reached if each.kind == "half-hours"} <= {None, False}
    assert not plan.passes


SWING_UNIT_S = 86400 / (2 * np.pi)
SWING = SinusoidalRate(mean=100, amplitude=20)


def swinging_desk() -> Desk:
    """Arrivals that swing about 100 in a unit of time, a day to a swing; work and patience take a unit on average."""
    flattened = (np.sin(np.pi / 24) / (np.pi / 24)) ** 2
    by_hour = 100 + 20 / flattened * np.sin(2 * np.pi * (np.arange(24) + 0.5) / 24)
    unit = {"shape": "exponential", "mean": f"{SWING_UNIT_S}s"}
    all_alike = ONE["segments"]["all"]
    temperament = {**all_alike["temperament"], "patience": {"live": unit, "inbox": unit}}
    return small_desk(
        scenario_of(
            ONE,
            days=9,
            steady_state={"warm_up": "2d"},
            arrivals={"per_week": 100 * 7 * 86400 / SWING_UNIT_S, "by_hour": by_hour.tolist(), "rate": "linear"},
            segments={"all": {**all_alike, "temperament": temperament}},
            intents={**ONE["intents"], "how_to": {**ONE["intents"]["how_to"], "work": unit}},
            teams={**ONE["teams"], "frontline": {"staffing": {"always": 110}}},
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize(("wait", "within"), [(0.3, 0.03), (0.1, 0.05)])
def test_staffing_keeps_the_share_who_wait_level_while_arrivals_swing(wait: float, within: float) -> None:
    """Feldman, Mandelbaum, Massey and Whitt (2008): with patience as long as work, n agents make as many wait as the
    Poisson tail says, whatever they did before. With one number of agents all day, 2 to 51 % or more would wait.
    """
    question = Question(Aim(1 - wait), {"frontline": 0.0}, ("frontline",), replications=6, seed=5)
    plan = staff(swinging_desk(), policy_of(EVERYBODY), question)
    needed = plan.needed["frontline"]
    at = (np.arange(SLOTS) + 0.5) * SLOT_S / SWING_UNIT_S
    waits = np.array([poisson_tail(SWING.load(at[[slot]], 1.0), int(needed[slot]))[0] for slot in range(SLOTS)])
    assert np.abs(waits - wait).max() < within
    level = poisson_tail(SWING.load(at, 1.0), round(needed.mean()))
    assert level.max() - level.min() > 4 * (waits.max() - waits.min())
    assert plan.passes


def test_the_roster_is_judged_on_customers_whom_the_search_has_not_met() -> None:
    plan = erlang_plan()
    assert plan.fresh.start >= plan.question.replications
    again = Trial(erlang_desk(168 * 40), policy_of(EVERYBODY), 3, frame_of(plan.scenario))
    tallies = [again.one((number, packed(plan.needed))) for number in plan.fresh]
    answered = sum(tally.answered[0].sum() for tally in tallies) / sum(tally.joined[0].sum() for tally in tallies)
    assert next(each for each in plan.reached if each.kind == "week").value == pytest.approx(answered)


def test_today_is_what_the_scenario_says() -> None:
    plan = erlang_plan()
    assert plan.agent_hours(plan.now) == {"frontline": 3 * 168}
    assert next(each for each in plan.today if each.kind == "week").passes is False
    changed = Today.of(plan.scenario)
    roster = changed.with_slots(plan.needed)
    np.testing.assert_array_equal(Today.of(changed.scenario_with(roster)).by_slot["frontline"], plan.needed["frontline"])


def test_who_is_paid_and_does_not_work_is_on_the_roster_too() -> None:
    question = Question(Aim(0.8), {}, ("frontline",), replications=2, seed=3)
    plain, shrunk = (
        staff(erlang_desk(168 * 12, shrinkage=shrinkage), policy_of(EVERYBODY), question) for shrinkage in (0.0, 0.25)
    )
    np.testing.assert_allclose(
        sum(shrunk.agent_hours(shrunk.needed).values()), sum(plain.agent_hours(plain.needed).values()) / 0.75, rtol=0.2
    )


def test_nobody_comes_while_a_team_is_closed_today_and_somebody_is_there_while_it_is_open() -> None:
    plan = staff(one_desk(), policy_of(CAREFUL), Question(Aim(0.8), {}, replications=3))
    for name, agents in plan.needed.items():
        np.testing.assert_array_equal(agents > 0, plan.now[name] > 0)
    weekend = np.arange(SLOTS) >= 5 * 48
    assert not any(agents[weekend].any() for agents in plan.needed.values())


def test_the_number_of_workers_changes_nothing() -> None:
    question = Question(Aim(0.7), {}, ("billing",), replications=3)
    alone, together = (staff(one_desk(), policy_of(HUMANS), question, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(alone.needed["billing"], together.needed["billing"])
    assert [each.value for each in alone.reached] == [each.value for each in together.reached]


def test_what_no_number_of_agents_reaches_is_told_and_not_searched_for() -> None:
    """Every reply takes an agent an hour; ten minutes are wanted."""
    segments = {name: {**each, "channels": {"chat": 0, "email": 1}} for name, each in SMALL["segments"].items()}
    intents = {name: {**each, "work": {"shape": "deterministic", "mean": "1h"}} for name, each in SMALL["intents"].items()}
    desk = small_desk(scenario_of(segments=segments, intents=intents, email={"replies": 1, "replies_at_most": 1}))
    plan = staff(desk, policy_of(HUMANS), Question(Aim(0.8), dict.fromkeys(SMALL["teams"], 600.0), ("billing",), replications=2))
    assert plan.passes is False
    assert [each.goal.who for each in plan.beyond] == ["billing"]
    assert plan.slow["billing"] > 0.5


def test_a_roster_that_was_tried_is_not_played_again() -> None:
    trial = Trial(one_desk(), policy_of(HUMANS), 1, frame_of(one_desk().scenario))
    with Trials(trial) as trials:
        first = trials.tallies({}, range(2))
        assert trials.tallies({}, range(3))[:2] == first
        assert trials.played == 3


def test_over_the_week_fewer_do_than_in_each_half_hour() -> None:
    each, week = (
        staff(small_desk(scenario_of(days=7)), policy_of(HUMANS), Question(Aim(0.7, over=over), {}, ("billing",), replications=4))
        for over in ("half-hour", "week")
    )
    assert sum(week.agent_hours(week.needed).values()) < sum(each.agent_hours(each.needed).values())
    assert [reached.kind for reached in week.reached] == ["week"]
    assert week.reached[0].value >= 0.7


def test_in_most_weeks_takes_more_weeks_to_tell() -> None:
    question = Question(Aim(0.7, over="week", in_weeks=0.6), {}, ("billing",), replications=2)
    plan = staff(one_desk(), policy_of(HUMANS), question)
    (week, weeks) = plan.reached
    assert (week.kind, weeks.kind, weeks.limit) == ("week", "weeks", 0.6)
    assert len(plan.fresh) >= 11
    assert weeks.passes
    assert weeks.low >= 0.6


def test_there_are_no_more_heads_than_there_are() -> None:
    """In the half-hours in which they do not do, fewer customers are answered in time than with all that are needed."""
    desk = small_desk(scenario_of(arrivals={"per_week": 2000}))
    free, tied = (
        staff(desk, policy_of(HUMANS), Question(Aim(0.7), {}, heads=heads, replications=3)) for heads in ({}, {None: 5, "billing": 2})
    )
    at_once = sum(free.needed.values())
    assert at_once.max() > 5
    assert free.needed["billing"].max() > 2
    assert sum(tied.needed.values()).max() <= 5
    assert tied.needed["billing"].max() <= 2
    by_goal = [{each.goal.who: each.value for each in plan.reached if each.kind == "week"} for plan in (free, tied)]
    assert by_goal[0]["billing"] > by_goal[1]["billing"]
    with pytest.raises(TooFewHeads, match="--heads: it takes 4 for all together to be there at all"):
        staff(desk, policy_of(HUMANS), Question(Aim(0.7), {}, heads={None: 3}, replications=2))


def test_some_of_many_half_hours_seem_to_miss_by_chance() -> None:
    assert [_most_by_chance(many) for many in (10, 145)] == [1, 8]


def test_one_agent_more_or_fewer_in_an_hour_is_tried_on_the_same_customers() -> None:
    """Open for two hours a day: what an hour's agent does is the difference of two rosters on the same replications."""
    desk = erlang_desk(168 * 30, staffing={"Mon-Sun 10-12": 3})
    question = Question(Aim(0.6), {}, ("frontline",), replications=3, seed=2, each_hour=True, clears_s=0.0)
    plan = staff(desk, policy_of(EVERYBODY), question)
    assert [(each.group, each.hour) for each in plan.margins] == [("frontline", 10), ("frontline", 11)]
    trial, numbers = Trial(desk, policy_of(EVERYBODY), 2, frame_of(desk.scenario, 0.0)), plan.fresh[:3]
    at_ten = np.arange(SLOTS) % 48 // 2 == 10
    for step, found in ((1, plan.margins[0].more), (-1, plan.margins[0].fewer)):
        changed = {"frontline": plan.needed["frontline"] + step * at_ten}
        answered = [[trial.one((at, packed(roster))).answered.sum() for at in numbers] for roster in (changed, plan.needed)]
        differences = np.subtract(*answered)
        assert found is not None
        assert found.value == differences.mean()
        assert np.sign(found.value) == step
        assert found.n == 3


def test_soon_after_an_opening_those_are_there_who_work_off_what_came_before() -> None:
    """Twelve hours of chats wait; an hour later, goals hold, and the line is gone. Held at once, they take a crowd."""
    desk = erlang_desk(168 * 30, staffing={"Mon-Sun 08-20": 5})
    evenly, at_once = (
        staff(desk, policy_of(EVERYBODY), Question(Aim(0.8), {}, ("frontline",), replications=4, clears_s=clears_s))
        for clears_s in (3600.0, 0.0)
    )
    assert at_once.needed["frontline"].max() >= evenly.needed["frontline"].max()
    assert evenly.passes
    eight = np.arange(SLOTS) % 48 == 16
    nine = np.arange(SLOTS) % 48 == 18
    (week,) = (each for each in evenly.reached if each.kind == "week")
    assert week.goal.settling[week.goal.period[eight]].all()
    assert not week.goal.settling[week.goal.period[nine]].any()


def test_who_comes_soon_after_an_opening_counts_over_the_week() -> None:
    """Nobody is sent home in the hour that goals by the half-hour leave out."""
    desk = erlang_desk(168 * 30, staffing={"Mon-Sun 08-20": 5})
    plan = staff(desk, policy_of(EVERYBODY), Question(Aim(0.8, over="week"), {}, ("frontline",), replications=4))
    (opening,), (week,) = plan.openings, plan.reached
    assert opening.closed > 100
    assert opening.in_time + opening.left <= opening.soon
    with Trials(Trial(desk, policy_of(EVERYBODY), 1, frame_of(desk.scenario))) as trials:
        tallies = trials.tallies(plan.needed, plan.fresh)
    answered, joined = (sum(int(getattr(tally, name)[0].sum()) for tally in tallies) for name in ("answered", "joined"))
    assert week.value == pytest.approx(answered / joined)
    assert opening.soon < joined / len(tallies) / 8
    eight, nine = (plan.needed["frontline"][np.arange(SLOTS) % 48 == slot].mean() for slot in (16, 18))
    assert eight > nine / 2
