from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import inf, isnan

import numpy as np
import pytest
from floors import assert_lawful
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from replay import Replay
from small_desks import (
    ANSWERS,
    CAREFUL,
    DEFLECT,
    HUMANS,
    POLICIES,
    ROUTING,
    SMALL,
    Row,
    busy_desk,
    one_desk,
    open_all_day,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)  # fmt: skip

from deskdrill.errors import DeskdrillError
from deskdrill.rules import CompiledPolicy, Policy
from deskdrill.rules.strategies import policies
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.automation import FIGURES
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.run import PLAYED, BrokenConservation, Run, check_conservation, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visits import Fate

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def playable(policy: Policy) -> bool:
    """Few enough live conditions to play all their cases quickly."""
    compiled = CompiledPolicy(policy)
    if compiled.atoms_at("closed", live=True):
        return False
    late = (compiled.late_atoms_of_guards, compiled.late_atoms_of_rulesets)
    timed = (compiled.time_atoms_of_guards, compiled.time_atoms_of_rulesets)
    for wait_s in policy.waits_s:
        late += (compiled.atoms_at("waiting", wait_s, live=True),)
        timed += (compiled.atoms_at("waiting", wait_s, live=False),)
    return sum(map(len, late)) + sum(map(len, timed)) <= 3


any_policy = policies(errors=False, triggers=PLAYED).filter(playable)
shipped_kinds = st.sampled_from(sorted(POLICIES)).map(lambda name: policy_of(POLICIES[name]))
some_policy = shipped_kinds | any_policy
# Whom rules move waits twice, in records that the laws of a floor do not know; test_waiting_floor.py has its own.
unmoved_policy = some_policy.filter(lambda policy: "waiting" not in policy.triggers)


@few
@given(scenarios(), some_policy, st.integers(0, 2**40), st.integers(0, 100))
def test_the_same_seed_gives_the_same_bytes(scenario: Scenario, policy: Policy, seed: int, replication: int) -> None:
    a, b = (tables_of(simulate(small_desk(scenario), policy, seed, replication)) for _ in range(2))
    assert all(same_columns(a[name], b[name]) for name in a)


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_another_seed_or_replication_is_another_week(text: str) -> None:
    one, other, later = (simulate(one_desk(), policy_of(text), *at) for at in ((1, 0), (2, 0), (1, 1)))
    assert len({run.population.digest for run in (one, other, later)}) == 3


@few
@given(scenarios(), some_policy, some_policy, st.integers(0, 2**40))
def test_a_policy_never_changes_who_writes_in(scenario: Scenario, a: Policy, b: Policy, seed: int) -> None:
    desk = small_desk(scenario)
    assert simulate(desk, a, seed).population.digest == simulate(desk, b, seed).population.digest


@few
@given(scenarios(), some_policy, st.integers(0, 2**40))
def test_conversations_conserve(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    visits_of: dict[int, list[Row]] = {}
    for visit in tables["visits"]:
        visits_of.setdefault(visit["conversation"], []).append(visit)
    firsts = [row["problem"] for row in tables["conversations"] if row["attempt"] == 1]
    assert firsts == [problem["problem"] for problem in tables["problems"]]
    earlier: dict[tuple[int, int], Row] = {}
    for row in tables["conversations"]:
        chain = visits_of.pop(row["conversation"], [])
        assert row["outcome"] == outcome_of(row, chain)
        assert all(before["ended_s"] <= after["joined_s"] for before, after in pairwise(chain))
        touches = [visit["touch"] for visit in chain]
        assert touches == sorted(touches)
        assert set(touches) == set(range(1, max(touches, default=0) + 1))
        earlier[row["problem"], row["attempt"]] = row
        previous = earlier.get((row["problem"], row["attempt"] - 1))
        assert (previous is None) == (row["attempt"] == 1)
        assert previous is None or previous["ends_s"] <= row["starts_s"]
        assert row["ends_s"] is None or row["ends_s"] >= row["starts_s"]
        assert row["wait_s"] is None or row["wait_s"] >= 0
    assert not visits_of, "a visit belongs to a conversation that never happened"


def outcome_of(row: Row, chain: list[Row]) -> str:
    """A conversation's outcome from how the bot's part ended and from its visits."""
    if row["bot_ending"] != "to_people":
        assert not chain
        return "helped_by_bot" if row["bot_ending"].startswith("helped") else "left_in_bot"
    assert all(visit["fate"] in ("served", "moved") for visit in chain[:-1])
    return chain[-1]["fate"]


@few
@given(scenarios(), unmoved_policy, st.integers(0, 2**40))
def test_the_floor_of_a_run_is_lawful(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    assert_lawful(run.floorplan, run.attempts.visits, run.visits)


@few
@given(scenarios(), some_policy, st.integers(0, 2**40))
def test_a_problem_is_solved_where_it_says_it_is(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    by_problem: dict[int, list[Row]] = {}
    for row in tables["conversations"]:
        by_problem.setdefault(row["problem"], []).append(row)
    for problem in tables["problems"]:
        rows, solved_s = by_problem[problem["problem"]], problem["solved_s"]
        within = [row for row in rows if solved_s is not None and row["starts_s"] <= solved_s <= (row["ends_s"] or inf)]
        assert solved_s is None or any(row["outcome"] in ("helped_by_bot", "served") for row in within)
        for row in rows:
            assert row["helped"] == (solved_s is not None and solved_s <= (inf if row["ends_s"] is None else row["ends_s"]))


NEVER_LIVE = "queue.billing.length: {gte: 1000000}"
NEVER_TIME = "time: {during: never}"
guarded: Callable[[str, str], str] = lambda text, when: f"{text}\n" + (  # noqa: E731 - reads as the text it makes
    f"guards:\n  - {{id: extra, when: {{{when}}}, forbid: bot}}\n" if "guards:" not in text else ""
)


def with_rule(text: str, when: str) -> str:
    """A policy with one more rule before the others of its routing."""
    return text.replace("    rules:\n", f"    rules:\n      - {{id: extra, when: {{{when}}}, then: {{route: engineers}}}}\n")


@pytest.mark.parametrize("returns", [None, SMALL["returns"]], ids=["no returns", "returns"])
@pytest.mark.parametrize("condition", [NEVER_LIVE, NEVER_TIME])
@pytest.mark.parametrize("text", [HUMANS, ANSWERS, DEFLECT], ids=["humans", "answers", "deflect"])
def test_a_condition_that_never_holds_changes_nothing(text: str, condition: str, returns: object) -> None:
    """Where the clock has to choose, everything happens in the event loop; where it has not, most is computed ahead. Both agree."""
    desk = small_desk(scenario_of(returns=returns))
    plain = tables_of(simulate(desk, policy_of(text), 5))
    for changed in (guarded(text, condition), with_rule(text, condition)):
        late = tables_of(simulate(desk, policy_of(changed), 5))
        for name in ("problems", "messages", "visits"):
            assert same_columns(plain[name], late[name]), name
        assert rows_of(plain["conversations"]) == rows_of(late["conversations"])
        assert rows_of(plain["decisions"]) == rows_of(late["decisions"])


@pytest.mark.parametrize("text", [HUMANS, ANSWERS], ids=["humans", "answers"])
def test_a_condition_that_always_holds_is_the_same_as_none(text: str) -> None:
    desk = one_desk()
    for always in ("queue.billing.length: {gte: 0}", "time: {during: always}"):
        live = rows_of(tables_of(simulate(desk, policy_of(with_rule(text, always)), 6))["conversations"])
        plain = rows_of(tables_of(simulate(desk, policy_of(with_rule(text, "message.text: {set: true}")), 6))["conversations"])
        assert live == plain


LIVE = """
policy: live
guards:
  - {id: crowded-triage, when: {queue.triage.length: {gte: 1}}, forbid: bot}
  - {id: nobody-free, when: {team.frontline.free: {lt: 1}}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.4}
  hand_over: {after_failures: 1}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: crowded, when: {queue.billing.length: {gte: 2}}, then: {route: engineers}}
      - {id: free, when: {team.engineers.free: {gte: 1}}, then: {route: billing}}
      - {id: shut, when: {team.frontline.open: false}, then: {route: escalation}}
      - {id: open, when: {team.frontline.free: {gte: 1}}, then: {route: frontline}}
    default: {route: billing}
"""
SLOW = """
policy: slow
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: slow, when: {queue.billing.expected_wait: {gt: 3m}}, then: {route: frontline}}
    default: {route: billing}
"""


def expected_rule(replay: Replay, at_s: float) -> str:
    if replay.length("billing", at_s) >= 2:
        return "routing.crowded"
    if replay.free("engineers", at_s) >= 1:
        return "routing.free"
    if not replay.on_duty("frontline", at_s):
        return "routing.shut"
    return "routing.open" if replay.free("frontline", at_s) >= 1 else "routing.default"


def expected_guard(replay: Replay, at_s: float) -> str | None:
    if replay.length("triage", at_s) >= 1:
        return "crowded-triage"
    return "nobody-free" if replay.free("frontline", at_s) < 1 else None


def handed_over_s(row: Row, messages: dict[int, list[Row]]) -> float:
    """When a conversation reached people: with its last message."""
    return row["starts_s"] if not row["bot_turns"] else messages[row["conversation"]][-1]["at_s"]


@pytest.mark.parametrize("desk", [busy_desk, open_all_day])
def test_live_conditions_see_what_a_replay_of_the_visits_shows(desk: Callable[[], Desk]) -> None:
    run = simulate(desk(), policy_of(LIVE), 11)
    replay, seen = Replay(run), Counter[str | None]()
    table = run.conversations
    for number, row in enumerate(rows_of(tables_of(run)["conversations"])):
        guard = expected_guard(replay, row["starts_s"])
        assert row["guard"] == guard
        assert (row["reason"] == "guard") == (guard is not None)
        assert (row["bot_turns"] == 0) == (guard is not None)
        rule = expected_rule(replay, float(table.bot_ends_s[number])) if row["bot_ending"] == "to_people" else None
        assert row["rule"] == rule
        seen.update((guard, rule))
    often = ("nobody-free", "routing.crowded", "routing.free", "routing.open", "routing.default")
    assert min(seen[each] for each in often) > 3, seen


def test_the_expected_wait_is_that_of_the_last_one_answered() -> None:
    run = simulate(open_all_day(), policy_of(SLOW), 12)
    replay, seen = Replay(run), Counter[str]()
    for row in rows_of(tables_of(run)["conversations"]):
        slow = replay.last_wait_s("billing", row["starts_s"]) > 180
        assert row["rule"] == ("routing.slow" if slow else "routing.default")
        seen[row["rule"]] += 1
    assert min(seen.values()) > 20


def test_the_expected_wait_can_be_the_queue_over_the_throughput() -> None:
    teams = {name: {**team, "staffing": {"always": 1}} for name, team in SMALL["teams"].items()}
    looks_back = {"by": "queue_over_throughput", "throughput_over": "20m"}
    busy = {**SMALL["arrivals"], "per_week": 2000}
    desk = small_desk(scenario_of(teams=teams, arrivals=busy, expected_wait=looks_back))
    run = simulate(desk, policy_of(SLOW), 12)
    replay, seen = Replay(run), Counter[str]()
    for row in rows_of(tables_of(run)["conversations"]):
        slow = replay.queue_over_throughput_s("billing", row["starts_s"], 1200) > 180
        assert row["rule"] == ("routing.slow" if slow else "routing.default")
        seen[row["rule"]] += 1
    assert min(seen.values()) > 20


BY_CLOCK = """
policy: by-clock
guards:
  - {id: by-day, when: {time: {during: Mon-Fri 09-17}}, forbid: bot}
bot:
  answers: {confidence_at_least: 0.4}
  hand_over: {after_failures: 1}
""" + ROUTING


def test_a_guard_on_the_clock_holds_by_the_local_time_of_each_attempt() -> None:
    run = simulate(one_desk(), policy_of(BY_CLOCK), 13)
    clock, seen = run.desk.scenario.clock, Counter[tuple[bool, bool]]()
    for row in rows_of(tables_of(run)["conversations"]):
        begins = clock.stamp(row["starts_s"])
        by_day = begins.weekday() < 5 and 9 <= begins.hour < 17
        assert (row["bot_turns"] == 0) == by_day
        seen[by_day, row["attempt"] > 1] += 1
    assert len(seen) == 4


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_a_week_in_which_nobody_writes_has_a_summary(text: str) -> None:
    summary = summary_of(simulate(small_desk(scenario_of(arrivals={"per_week": 0.0001})), policy_of(text)))
    assert (summary.problems, summary.conversations, sum(summary.flows.values())) == (0, 0, 0)
    assert all(isnan(value) or value >= 0 for values in summary.values.values() for value in values)


def test_a_week_in_which_nobody_writes_has_empty_tables() -> None:
    run = simulate(small_desk(scenario_of(arrivals={"per_week": 0.0001})), policy_of(HUMANS))
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    # Nobody wrote about any of the intents.
    assert [sum(row[name] or 0 for name in FIGURES) for row in tables.pop("automation")] == [0] * len(SMALL["intents"])
    assert {name: len(rows) for name, rows in tables.items()} == dict.fromkeys(
        ("problems", "conversations", "messages", "visits", "decisions", "performance"), 0
    )


def without_row(run: Run, row: int) -> Run:
    table = run.conversations
    size = table.size
    columns = {
        field.name: np.delete(getattr(table, field.name), row)
        for field in dataclasses.fields(table)
        if field.name not in ("lost", "solved_s") and np.size(getattr(table, field.name)) == size
    }
    return dataclasses.replace(run, conversations=dataclasses.replace(table, **columns))


def test_a_conversation_lost_on_the_way_to_people_is_noticed() -> None:
    run = simulate(one_desk(), policy_of(ANSWERS), 3)
    with pytest.raises(BrokenConservation):
        check_conservation(without_row(run, int(np.flatnonzero(run.conversations.first_visit >= 0)[0])))


def test_a_conversation_lost_in_the_bot_is_noticed() -> None:
    run = simulate(one_desk(), policy_of(ANSWERS), 3)
    with pytest.raises(BrokenConservation):
        check_conservation(without_row(run, int(np.flatnonzero(run.conversations.first_visit < 0)[0])))


def test_a_transfer_that_never_arrives_is_noticed() -> None:
    run = simulate(one_desk(), policy_of(HUMANS), 3)
    moved = np.flatnonzero((run.attempts.touch == 2) & (run.visits.fate == Fate.SERVED))[0]
    fate, joined_s = run.visits.fate.copy(), run.visits.joined_s.copy()
    fate[moved], joined_s[moved] = Fate.NOT_MADE, np.nan
    with pytest.raises(BrokenConservation):
        check_conservation(dataclasses.replace(run, visits=dataclasses.replace(run.visits, fate=fate, joined_s=joined_s)))


def test_a_policy_that_sends_customers_where_nobody_ever_works_is_refused() -> None:
    teams = {**SMALL["teams"], "engineers": {"staffing": {"always": 0}}}
    with pytest.raises(DeskdrillError, match="engineers"):
        simulate(small_desk(scenario_of(teams=teams)), policy_of(HUMANS))


def test_a_team_whose_agents_work_at_no_time_is_a_black_hole_too() -> None:
    teams = {**SMALL["teams"], "engineers": {"staffing": {"never": 3}}}
    with pytest.raises(DeskdrillError, match="engineers"):
        simulate(small_desk(scenario_of(teams=teams)), policy_of(HUMANS))


def test_a_policy_that_names_an_unknown_team_is_refused() -> None:
    with pytest.raises(DeskdrillError, match="enginers"):
        simulate(one_desk(), policy_of(HUMANS.replace("route: engineers", "route: enginers")))


@settings(few, max_examples=10)
@given(scenarios(returns=True), any_policy, st.integers(0, 2**40))
@example(scenario_of(), policy_of(CAREFUL), 1)
def test_nobody_comes_back_more_often_than_allowed_and_only_within_the_window(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    assert scenario.returns is not None
    table = run.conversations
    assume(table.size)
    assert table.attempt.max() <= scenario.returns.at_most + 1
    # Whoever comes back while the desk is closed comes within an hour after it opens: at most a week later in these scenarios.
    ends = {(int(p), int(a)): float(e) for p, a, e in zip(table.problem, table.attempt, table.ends_s, strict=True)}
    for problem, attempt, starts_s in zip(table.problem.tolist(), table.attempt.tolist(), table.starts_s.tolist(), strict=True):
        away_s = starts_s - ends[problem, attempt - 1] if attempt > 1 else 0.0
        assert 0 <= away_s <= scenario.returns.window + 7 * 86400 + 3600
