"""Openings of a scenario's customers are those of its runs, and a file's messages are recognised as cases are."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import CAREFUL, HUMANS, busy_desk, policy_of, rows_of, scenario_of, small_desk
from test_placement import FIELDS

from deskdrill.rules import Numbers, Policy, Words, load_policy
from deskdrill.rules.cases import Step, play
from deskdrill.rules.first_act import PEOPLE
from deskdrill.rules.openings import ListedColumns, Openings
from deskdrill.rules.openings_file import read_openings
from deskdrill.rules.outcomes import Decider
from deskdrill.rules.strategies import policies
from deskdrill.rules.vocabulary import PLACING
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.around import around_of, knowledge_of, week_hours
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.first_messages import as_recognised, first_messages
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(scenarios(), policies(FIELDS, errors=False, triggers=PLACING), st.integers(0, 2**32))
@example(scenario_of(), policy_of(CAREFUL), 1)
@example(scenario_of(), policy_of(HUMANS), 1)
def test_openings_are_those_of_a_run_and_go_where_it_sends_them(scenario: Scenario, policy: Policy, seed: int) -> None:
    bot = None if policy.bot is None else dataclasses.replace(policy.bot, page_suggestions=(), answers=None)
    policy = dataclasses.replace(policy, bot=bot)
    desk = small_desk(scenario)
    run = simulate(desk, policy, seed)
    openings = first_messages(desk, seed)
    decider = Decider(openings.columns, knowledge_of(desk), language=openings.language)
    found = [decider.outcomes[code] for code in decider.decided(policy).tolist()]
    first = [row for row in rows_of(tables_of(run)["conversations"]) if row["attempt"] == 1 and row["reason"] != "backlog"]
    first.sort(key=lambda row: row["problem"])
    assert [openings.text(number) for number in range(openings.size)] == [desk.pool.texts[row["opening_code"]] for row in first]
    for row, outcome in zip(first, found, strict=True):
        assert (outcome.act == PEOPLE) == (row["bot_turns"] == 0)
        if outcome.act == PEOPLE:
            triage = scenario.escalation.team
            assert row["team"] == (triage if outcome.route == "escalation" else outcome.route)
            assert row["priority"] == outcome.priority


def test_a_sample_is_some_of_the_same_customers() -> None:
    desk = busy_desk()
    everybody, some = first_messages(desk, 3), first_messages(desk, 3, 20)
    texts = {everybody.name(row): everybody.text(row) for row in range(everybody.size)}
    assert some.size == 20
    assert all(texts[some.name(row)] == some.text(row) for row in range(20))
    assert first_messages(desk, 3, 10**6).size == everybody.size
    assert set(everybody.known["team"]) <= set(desk.scenario.teams)


def test_a_files_messages_are_recognised_as_those_of_cases(tmp_path) -> None:
    texts = ["where is my invoice?", "i want my money back", "the weather is fine", "talk to a person", "cancel my plan"]
    (tmp_path / "m.csv").write_text("text,message.intent\n" + "".join(f"{text},\n" for text in texts) + "what is this?,refund\n", encoding="utf-8")
    scenario, policy = load_scenario("saas-week"), load_policy("careful")
    desk = open_desk(scenario)
    openings = as_recognised(read_openings(tmp_path / "m.csv"), desk)
    decider = Decider(openings.columns, knowledge_of(desk), week_hours(scenario))
    found = [decider.outcomes[code] for code in decider.decided(policy).tolist()]
    around = around_of(scenario, texts)
    for text, outcome in zip([*texts, "what is this?"], found, strict=True):
        given_facts = {"message.intent": "refund"} if text == "what is this?" else {}
        (played,) = play(policy, given_facts, [Step(text)], around)
        assert (outcome.act == PEOPLE) == (not played.said)
        assert played.standing.over is None or outcome.route == played.route
    intents, sure = openings.columns.column("message.intent"), openings.columns.column("message.confidence")
    assert isinstance(intents, Words)
    assert isinstance(sure, Numbers)
    assert intents.names[intents.codes[-1]] == "refund"
    assert sure.values[-1] == 1.0


def test_a_confusion_matrix_reads_no_texts() -> None:
    desk = small_desk(scenario_of(recogniser={"kind": "confusion", "right": 0.8}))
    openings = Openings("m", ListedColumns(1, {"message.text": ["hello"]}))
    assert as_recognised(openings, desk) is None
    column = first_messages(desk, 1).columns.column("message.intent")
    assert isinstance(column, Words)
    assert np.any(column.codes >= 0)
