"""What customers tell a bot that asks, as facts for the rules after it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from small_desks import ANSWERS, Row, policy_of, rows_of, scenario_of, small_desk

from deskdrill.rules import Policy
from deskdrill.rules.strategies import bots
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])

ASKS = """
policy: asks
bot:
  collect: [topic, plan, urgency]
  hand_over: {when_unsure: true}
rulesets:
  - name: routing
    on: [handed_over]
    hit_policy: first
    rules:
      - {id: urgent, when: {collected.urgency: urgent}, then: {priority: urgent, route: escalation}}
      - {id: trial, when: {collected.plan: trial}, then: {route: frontline}}
      - {id: refund, when: {collected.topic: refund}, then: {route: billing}}
    default: {route: engineers}
"""
NAMES = ("plan", "topic", "urgency")

with_questions = bots().filter(lambda bot: bool(bot.collect)).map(lambda bot: dataclasses.replace(policy_of(ANSWERS), bot=bot))


def conversations(scenario: Scenario, policy: Policy, seed: int = 1) -> list[Row]:
    return rows_of(tables_of(simulate(small_desk(scenario), policy, seed))["conversations"])


@some
@given(scenarios(), with_questions, st.integers(0, 2**32))
def test_what_a_bot_has_not_been_told_is_unset(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert policy.bot is not None
    for row in conversations(scenario, policy, seed):
        for name in NAMES:
            assert (row[f"collected_{name}"] is not None) == (row["collected"] and name in policy.bot.collect)


@some
@given(scenarios(), st.lists(st.sampled_from(("order_number", *NAMES)), unique=True), st.integers(0, 2**32))
def test_a_customer_answers_the_same_whatever_else_is_asked(scenario: Scenario, fields: list[str], seed: int) -> None:
    policy = policy_of(ASKS)
    assert policy.bot is not None
    others = dataclasses.replace(policy, bot=dataclasses.replace(policy.bot, collect=tuple(fields)))
    told = [{(row["problem"], row["attempt"]): row for row in conversations(scenario, each, seed)} for each in (policy, others)]
    for key in told[0].keys() & told[1].keys():
        for name in NAMES:
            both = [rows[key][f"collected_{name}"] for rows in told]
            assert None in both or both[0] == both[1]


@some
@given(scenarios(), st.integers(0, 2**32))
def test_a_topic_is_one_that_the_segment_has_and_the_plan_is_true(scenario: Scenario, seed: int) -> None:
    run = simulate(small_desk(scenario), policy_of(ASKS), seed)
    plans = [run.population.plan_names[code] for code in run.population.plan]
    for row in rows_of(tables_of(run)["conversations"]):
        asked_about = {name for name, share in scenario.segments[row["segment"]].intents.items() if share}
        assert row["collected_topic"] in {None, row["intent"], *asked_about}
        assert row["collected_plan"] in (None, plans[row["problem"]])


def test_rules_after_the_bot_read_what_was_told() -> None:
    seen: Counter[str] = Counter()
    for row in conversations(scenario_of(), policy_of(ASKS)):
        told = row["collected"]
        urgent = row["collected_urgency"] == "urgent"
        fits = ("urgent", urgent), ("trial", row["collected_plan"] == "trial"), ("refund", row["collected_topic"] == "refund")
        expected = next((f"routing.{rule}" for rule, holds in fits if holds), "routing.default")
        assert not told or row["rule"] == expected
        assert not told or row["priority"] == ("urgent" if urgent else "normal")
        seen[expected] += told
    assert min(seen.values()) > 10
    assert len(seen) == 4


@pytest.mark.parametrize(("topic_right", "serious", "other"), [(0.7, 0.8, 0.1), (1, 1, 0), (0, 0, 1)])
def test_shares_are_those_of_the_scenario(topic_right: float, serious: float, other: float) -> None:
    changed: dict[str, Any] = {"topic_right": topic_right, "urgent": {"serious": serious, "other": other}}
    scenario = scenario_of(arrivals={"per_week": 8000}, behaviour={"collected": changed}, returns=None)
    rows = [row for row in conversations(scenario, policy_of(ASKS)) if row["collected"]]
    is_serious = np.array([scenario.intents[row["intent"]].is_serious for row in rows])
    urgent = np.array([row["collected_urgency"] == "urgent" for row in rows])
    right = np.array([row["collected_topic"] == row["intent"] for row in rows])
    for found, share in ((right, topic_right), (urgent[is_serious], serious), (urgent[~is_serious], other)):
        low, high = binom.ppf([0.0005, 0.9995], found.size, share)
        assert found.size > 200
        assert low <= found.sum() <= high
