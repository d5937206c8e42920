"""Rules at every moment of a conversation, as the simulator plays them."""

from __future__ import annotations

import pickle
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from small_desks import (
    ANSWERS,
    HUMANS,
    ROUTING,
    guesses_of,
    one_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)
from test_placement import FIELDS, known

from deskdrill.errors import DeskdrillError
from deskdrill.rules import Decision, Policy, decide
from deskdrill.rules.strategies import policies
from deskdrill.rules.vocabulary import TRIGGERS
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.attempts import TooManyLateConditions
from deskdrill.simulator.run import PLAYED, Run, UnplayedTrigger, simulate
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visit_chains import Purpose
from deskdrill.simulator.visits import Fate

UNPLAYED = [trigger for trigger in TRIGGERS if trigger not in PLAYED]


@pytest.mark.parametrize("trigger", UNPLAYED)
def test_a_trigger_that_is_not_simulated_is_refused(trigger: str) -> None:
    on = "{waiting: 10m}" if trigger == "waiting" else trigger
    more = f"  - {{name: more, on: {on}, hit_policy: collect, rules: [{{id: a, then: {{tag: b}}}}]}}\n"
    with pytest.raises(UnplayedTrigger) as refused:
        simulate(one_desk(), policy_of(f"{HUMANS}{more}"))
    assert str(refused.value).startswith(f"humans: ruleset `more` acts on `{trigger}`, which is not simulated yet")


@pytest.mark.parametrize("error", [UnplayedTrigger("p", "r", "acts on `closed`"), TooManyLateConditions("p", 7)])
def test_what_cannot_be_played_is_said_by_worker_processes_too(error: DeskdrillError) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


LATE = """
  - name: late
    on: [{waiting: 1m}, {waiting: 10m}]
    hit_policy: sequence
    rules:
      - {id: first, when: {not: {conversation.tags: {contains_any: [waits]}}}, then: {priority: high, tag: waits}}
      - {id: again, when: [{conversation.tags: {contains_any: [waits]}}, {customer.plan: starter}], then: {route: engineers}}
"""
END = """
  - name: end
    on: closed
    hit_policy: collect
    rules:
      - {id: starter, when: {customer.plan: starter}, then: {tag: starter-over}}
"""
QUEUE = """
  - name: late
    on: {waiting: 2m}
    hit_policy: collect
    rules:
      - {id: over, when: {queue.engineers.length: {lt: 2}}, then: {route: engineers, tag: moved}}
"""


def wait_of(run: Run, conversation: int) -> tuple[float, float, list[int]]:
    """When a conversation began to wait for people, when that was over for all that anybody knew, and the teams in which it was."""
    visits, now = run.visits, int(run.conversations.first_visit[conversation])
    teams = [int(run.attempts.visits.team[now])]
    joined_s = float(visits.joined_s[now])
    while visits.fate[now] == Fate.MOVED:
        assert visits.moved_to is not None
        now = int(visits.moved_to[now])
        teams.append(int(run.attempts.visits.team[now]))
    known_s = visits.ended_s[now] if visits.fate[now] in (Fate.ABANDONED, Fate.BLOCKED) else visits.answered_s[now]
    return joined_s, inf if isnan(known_s) else float(known_s), teams


def over(policy: Policy, facts: dict[str, object], decision: Decision, times: int) -> Decision:
    """What is decided once a conversation is over, so many times."""
    for _ in range(times):
        decision = decide(policy, facts, "closed", decision)
    return decision


def reopenings(run: Run) -> list[int]:
    """How often each conversation was reopened."""
    made = (run.visits.fate != Fate.NOT_MADE) & (run.attempts.purpose == Purpose.REOPENED)
    many = np.bincount(run.attempts.owner[made], minlength=run.attempts.conversations)
    return [int(number) for number in many[run.conversations.code]]


def assert_moved_as_decided(run: Run) -> int:
    """Every conversation is where the slow evaluator says, once its wait is over; returns how often rules were tried."""
    policy, triage = run.policy.policy, run.desk.scenario.escalation.team
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations")}
    said_in, tried = guesses_of(run), 0
    reopened = reopenings(run)
    assert not run.conversations.tags[[row["conversation"] for row in tables["conversations"] if row["reason"] == "page"]].any()
    for row in (each for each in tables["conversations"] if each["reason"] != "page"):
        problem, said = tables["problems"][row["problem"]], said_in[row["conversation"]]
        facts = [known(run, problem, row, *each) for each in said]
        bits = int(run.conversations.tags[row["conversation"]])
        tags = {tag for number, tag in enumerate(policy.tags) if bits >> number & 1}
        ends = reopened[row["conversation"]] + (row["outcome"] != "open")
        if row["team"] is None:
            assert tags == set(over(policy, facts[-1], Decision(), ends).tags)
            continue
        if row["reason"] == "backlog":
            decision = Decision()
        else:
            decision = decide(policy, facts[0], "arrived")
            for further in facts[1:]:
                decision = decide(policy, further, "message", before=decision)
            if row["bot_turns"]:
                turn = row.get("telling_turn", [text for text, _ in said].index(row["telling_code"]))
                decision = decide(policy, facts[turn], "handed_over", before=decision)
        joined_s, over_s, teams = wait_of(run, row["conversation"])
        expected = [row["team"] if row["reason"] == "backlog" else decision.route or triage]
        for wait_s in policy.waits_s if over_s > joined_s else ():
            if joined_s + wait_s < over_s:
                tried += 1
                before, decision = decision, decide(policy, facts[-1], "waiting", decision, wait_s)
                if any(rule == decision.routed_by for rule in decision.rules) and (decision.route or triage) != expected[-1]:
                    expected.append(decision.route or triage)
                assert before.tags == decision.tags[: len(before.tags)]
        assert [run.team_names[team] for team in teams] == expected
        assert tags == set(over(policy, facts[-1], decision, ends).tags)
        assert row["priority"] == decision.priority
    return tried


@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(scenarios(), policies(FIELDS, errors=False, triggers=("arrived", "message", "handed_over", "waiting", "closed")), st.integers(0, 2**32))
@example(scenario_of(), policy_of(f"{ANSWERS}{LATE}{END}"), 1)
@example(scenario_of(), policy_of(f"policy: pages\nbot:\n  page_suggestions: {{/developers: how_to}}\n{ROUTING}{END}"), 1)
def test_who_waits_goes_where_a_slow_look_at_the_facts_sends_them(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_moved_as_decided(simulate(small_desk(scenario), policy, seed))


def test_rules_are_tried_on_many_who_wait() -> None:
    assert assert_moved_as_decided(simulate(one_desk(), policy_of(f"{HUMANS}{LATE}"), 1)) > 50


def test_rules_that_never_hold_change_no_result() -> None:
    """Though the floor plays them with its other program."""
    never = LATE.replace("then:", "when: {customer.plan: nobodys}, then:").replace("when: {not: {conversation.tags: {contains_any: [waits]}}}, ", "").replace("when: [{conversation.tags: {contains_any: [waits]}}, {customer.plan: starter}], ", "")
    plain, watched = (tables_of(simulate(one_desk(), policy_of(text), 3)) for text in (HUMANS, f"{HUMANS}{never}"))
    for name in plain.keys() - {"decisions"}:
        assert same_columns(plain[name], watched[name], ["rule", "tag"])
    assert rows_of(plain["decisions"]) == rows_of(watched["decisions"])


def test_rules_on_who_waits_see_the_queues_of_that_moment() -> None:
    """Who is moved after two minutes finds fewer than two waiting there, and the table of decisions tells which rule did it."""
    run = simulate(one_desk(), policy_of(f"{HUMANS}{QUEUE}"), 1)
    engineers, moved = run.team_names.index("engineers"), np.flatnonzero(run.visits.fate == Fate.MOVED)
    visits, planned = run.visits, run.attempts.visits
    assert moved.size > 5
    stays_s = np.where(visits.fate == Fate.ABANDONED, visits.ended_s, np.where(np.isnan(visits.answered_s), inf, visits.answered_s))
    for visit in moved.tolist():
        now_s = visits.joined_s[visit] + 120
        assert visits.ended_s[visit] == now_s
        waits = (planned.team == engineers) & (visits.joined_s < now_s) & (stays_s > now_s) & (visits.fate != Fate.BLOCKED)
        assert np.count_nonzero(waits) < 2
    told = [row for row in rows_of(tables_of(run)["decisions"]) if row["kind"] == "waiting 2m"]
    # Who waits in that inbox already is tagged and stays.
    assert {(row["rule"], row["team"]) for row in told} == {("late.over", "engineers")}
    assert len(told) >= moved.size
    assert {row["at_s"] for row in told} >= {float(at_s) for at_s in visits.ended_s[moved]}


def test_who_is_tagged_at_the_end_is_in_the_table_of_decisions() -> None:
    run = simulate(one_desk(), policy_of(f"{ANSWERS}{END}"), 1)
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations", "decisions")}
    over = {row["conversation"]: row for row in tables["decisions"] if row["kind"] == "closed"}
    starters = {row["problem"] for row in tables["problems"] if row["plan"] == "starter" and row["plan_known"]}
    ended = {row["conversation"]: row for row in tables["conversations"] if row["problem"] in starters and row["outcome"] != "open"}
    assert over.keys() == ended.keys()
    assert {row["rule"] for row in over.values()} == {"end.starter"}
    assert all(row["at_s"] == ended[number]["ends_s"] for number, row in over.items())
    live = END.replace("customer.plan: starter", "queue.engineers.length: {lt: 2}")
    with pytest.raises(UnplayedTrigger, match="looks at live queues, which is not simulated yet"):
        simulate(one_desk(), policy_of(f"{ANSWERS}{live}"))


def test_more_live_conditions_than_can_be_played_are_refused() -> None:
    on = ", ".join(f"{{waiting: {minutes}m}}" for minutes in range(1, 8))
    with pytest.raises(TooManyLateConditions):
        simulate(one_desk(), policy_of(f"{HUMANS}{QUEUE.replace('{waiting: 2m}', f'[{on}]')}"))
