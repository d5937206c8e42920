from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import (
    ANSWERS,
    CAREFUL,
    HUMANS,
    ROUTING,
    SMALL,
    Guess,
    Row,
    guesses_of,
    one_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)  # fmt: skip

from deskdrill.rules import Policy, decide, guard_for
from deskdrill.rules.strategies import policies
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

WRITTEN_ON = """
  - name: written-on
    on: message
    hit_policy: sequence
    rules:
      - {id: asks, when: {message.intent: talk_to_person}, then: {priority: high, tag: asks}}
      - {id: asked, when: {conversation.tags: {contains_any: [asks]}}, then: {route: frontline}}
"""
# What a rule can look at without the running clock.
FIELDS = (
    "customer.plan", "customer.tenure", "customer.contacts_30d", "customer.flags", "customer.company", "customer.products", "customer.language", "customer.help_centre_visit",
    "page.url", "message.text", "message.intent", "message.confidence", "conversation.channel", "conversation.attempt",
)  # fmt: skip


def known(run: Run, problem: Row, row: Row, text: int, guess: Guess) -> dict[str, object]:
    """What a real system would know of a customer and a message, one fact at a time."""
    flags = {name.removeprefix("flag_") for name, value in problem.items() if name.startswith("flag_") and value}
    products = {name.removeprefix("product_") for name, value in problem.items() if name.startswith("product_") and value}
    intent, confidence = guess
    facts = {
        "customer.plan": problem["plan"] if problem["plan_known"] else None,
        "customer.tenure": problem["tenure_s"] if problem["tenure_known"] else None,
        "customer.contacts_30d": problem["contacts_30d"] + row["attempt"] - 1 if problem["contacts_known"] else None,
        "customer.flags": frozenset(flags) if problem["flags_known"] else None,
        "customer.company": problem.get("company") if problem.get("company_known") else None,
        "customer.products": frozenset(products) if problem.get("products_known") else None,
        "customer.language": problem["language"] if problem["language_known"] else None,
        "customer.help_centre_visit": problem["help_centre_s"],
        "page.url": problem["page"],
        "message.text": run.desk.pool.texts[text],
        "message.intent": intent,
        "message.confidence": confidence,
        "conversation.channel": row["channel"],
        "conversation.attempt": row["attempt"],
    }
    return {name: value for name, value in facts.items() if value is not None}


def assert_placed_as_decided(run: Run) -> None:
    policy, triage = run.policy.policy, run.desk.scenario.escalation.team
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations")}
    guesses = guesses_of(run)
    for row in (each for each in tables["conversations"] if each["reason"] not in ("backlog", "page")):
        problem, said = tables["problems"][row["problem"]], guesses[row["conversation"]]
        opening = known(run, problem, row, *said[0])
        assert said[0][0] == row["opening_code"]
        guard = guard_for(policy, opening) if policy.bot is not None else None
        assert (guard is not None) == (row["reason"] == "guard" and row["bot_turns"] == 0)
        assert row["reason"] != "language" or row["bot_turns"] == 0
        assert guard is None or row["guard"] == guard.id
        if row["team"] is None:
            continue
        decision = decide(policy, opening, "arrived")
        for further in said[1:]:
            decision = decide(policy, known(run, problem, row, *further), "message", before=decision)
        if row["bot_turns"]:
            # Where texts are recognised alike, any message with that text will do.
            turn = row.get("telling_turn", [text for text, _ in said].index(row["telling_code"]))
            assert said[turn][0] == row["telling_code"]
            decision = decide(policy, known(run, problem, row, *said[turn]), "handed_over", before=decision)
        assert row["team"] == (decision.route or triage)
        assert row["priority"] == decision.priority
        assert row["rule"] == decision.routed_by
        assert tags_of(run, row["conversation"]) == set(decision.tags)


def tags_of(run: Run, conversation: int) -> set[str]:
    bits = int(run.conversations.tags[conversation])
    return {tag for number, tag in enumerate(run.policy.policy.tags) if bits >> number & 1}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(scenarios(), policies(FIELDS, errors=False, triggers=("arrived", "message", "handed_over")), st.integers(0, 2**32))
@example(scenario_of(), policy_of(CAREFUL), 1)
@example(scenario_of(), policy_of(f"{ANSWERS}{WRITTEN_ON}"), 1)
@example(scenario_of(), policy_of(ANSWERS), 1)
def test_conversations_go_where_a_slow_look_at_the_facts_sends_them(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_placed_as_decided(simulate(small_desk(scenario), policy, seed))


def test_a_router_never_sees_the_truth() -> None:
    """Customers told apart by nothing but what rules do not see go to the same teams."""
    worse = {name: {**intent, "bot_solves": 0.9, "person_solves": 0.1, "work": {"mean": "1h"}} for name, intent in SMALL["intents"].items()}
    a, b = (simulate(small_desk(scenario_of(intents=intents)), policy_of(HUMANS), 2) for intents in (SMALL["intents"], worse))
    first = [[row["team"] for row in rows_of(tables_of(run)["conversations"]) if row["attempt"] == 1] for run in (a, b)]
    assert first[0] == first[1]


def test_only_those_whom_the_bot_told_when_wait_the_longer() -> None:
    """A guard keeps every customer from the bot, so what the bot would have said at closed hours changes nothing."""
    guarded = "\nguards:\n  - {id: all, when: {message.text: {set: true}}, forbid: bot}\n"
    silent, telling = (
        simulate(one_desk(), policy_of(f"policy: p\nbot:\n  hand_over: {{when_closed: {closed}}}\n{guarded}{ROUTING}"), 6)
        for closed in ("take_message", "say_when")
    )
    assert all(same_columns(a, b) for a, b in zip(tables_of(silent).values(), tables_of(telling).values(), strict=True))


def test_a_shift_begins_at_its_minute() -> None:
    teams = {**SMALL["teams"], "engineers": {"staffing": {"Mon-Fri 08:05-18": 1}}}
    team = small_desk(scenario_of(teams=teams)).floorplan.groups[list(SMALL["teams"]).index("engineers")]
    assert team.from_s[1] == 8 * 3600 + 5 * 60


def test_the_desk_is_open_no_earlier_than_somebody_is_there() -> None:
    teams = {name: {"staffing": {"Mon-Fri 08:05-18": 1}} for name in SMALL["teams"]}
    desk = small_desk(scenario_of(teams=teams))
    opens_s = 60.0 * int(np.flatnonzero(desk.open_minutes)[0])
    assert opens_s == min(team.from_s[1] for team in desk.floorplan.groups)
