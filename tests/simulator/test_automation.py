"""What could be automated next, added up again slowly."""

from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import CAREFUL, HUMANS, POLICIES, SMALL, policy_of, rows_of, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.automation import FIGURES, automation_of, means_of
from deskdrill.simulator.measured import Measured
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32)
shipped = st.sampled_from(sorted(POLICIES)).map(lambda name: policy_of(POLICIES[name]))
VALUED = {name: {**segment, "value": value} for (name, segment), value in zip(SMALL["segments"].items(), (100, 7), strict=True)}


def figures(run: Run) -> dict[str, dict[str, float]]:
    return {row["intent"]: row for row in rows_of(tables_of(run)["automation"])}


def helps_slowly(run: Run, problem: int, means: str | None) -> float:
    """Whether the best means would help, from the customer's own numbers."""
    scenario, people = run.desk.scenario, run.population
    name = list(scenario.intents)[people.intent[problem]]
    kind, known, does = scenario.intents[name], scenario.knowledge_of(name), scenario.behaviour
    understands = people.understanding[problem] < getattr(does.understood, kind.complexity) * known.quality
    after_visit = 1.0 if isnan(people.help_centre_s[problem]) else does.articles.solves_after_help_centre_visit
    read = does.articles.read_by_digger if people.digger[problem] else does.articles.read_by_skimmer
    solved = {
        None: 0.0,
        "answer": (people.hardness[problem] < kind.bot_solves * known.covers) * understands,
        "article": (people.hardness[problem] < kind.article_solves * known.covers * known.quality * after_visit) * read,
        "look_up": (people.hardness[problem] < (kind.look_up_solves or 0)) * understands * does.look_ups.works,
        "transaction": (people.hardness[problem] < (kind.transaction_solves or 0)) * understands * does.transactions.works,
    }
    return float(solved[means])


def figures_slowly(run: Run) -> dict[str, dict[str, float]]:
    scenario, tables = run.desk.scenario, {name: rows_of(table) for name, table in tables_of(run).items()}
    found = {name: {"intent": name, **dict.fromkeys(FIGURES, 0.0)} for name in scenario.intents}
    held_s = [0.0] * len(tables["problems"])
    people = [False] * len(tables["problems"])
    for visit in tables["visits"]:
        problem = tables["conversations"][visit["conversation"]]["problem"]
        held_s[problem] += visit["freed_s"] - visit["answered_s"] if visit["fate"] == "served" else 0
        people[problem] = True
    by_bot = {
        row["problem"]
        for row in tables["conversations"]
        if row["outcome"] == "helped_by_bot" and tables["problems"][row["problem"]]["helped"] and row["starts_s"] <= tables["problems"][row["problem"]]["solved_s"] <= row["ends_s"]
    }
    for row in tables["conversations"]:
        counts = found[row["intent"]]
        is_counted = tables["problems"][row["problem"]]["counted"]
        counts["conversations"] += is_counted
        counts["recontacts"] += is_counted and row["attempt"] > 1
    for row in (each for each in tables["problems"] if each["counted"]):
        counts, number = found[row["intent"]], row["problem"]
        temper, returns = scenario.segments[row["segment"]].temperament, scenario.returns
        counts["problems"] += 1
        counts["helped_by_bot"] += row["helped"] and number in by_bot
        counts["agent_s"] += held_s[number]
        helps = helps_slowly(run, number, means_of(scenario, row["intent"])) * people[number]
        unhelped = (people[number] - helps) * temper.unhelped.silent * (1 - scenario.behaviour.returns_to_thread.share)
        if_helped, again, longer = (returns.if_helped, temper.recontacts_if_unsolved, returns.handle_factor - 1) if returns else (0, 0, 0)
        counts["reached"] += people[number]
        counts["protected"] += people[number] and bool(run.attempts.protection.in_truth(np.array([number], dtype=np.int32), 1)[0])
        counts["saved_s"] += held_s[number] * (helps * (1 - if_helped) - unhelped * again * longer)
        counts["false_deflections"] += unhelped
        counts["lost"] += unhelped * temper.loss.silent_unsolved
        counts["lost_value"] += unhelped * temper.loss.silent_unsolved * (scenario.segments[row["segment"]].value or 0)
    if None in [segment.value for segment in scenario.segments.values()]:
        found = {name: {**each, "lost_value": nan} for name, each in found.items()}
    return found


@few
@given(scenarios(), shipped, seeds)
@example(scenario_of(segments=VALUED, knowledge={"how_to": {"covers": 0}, "invoice": {"quality": 0.5}}), policy_of(CAREFUL), 1)
@example(scenario_of(returns=None, backlog={"billing": 5}), policy_of(HUMANS), 2)
def test_what_could_be_automated_is_added_up_as_its_definitions_say(scenario: Scenario, policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    found, expected = figures(run), figures_slowly(run)
    assert found.keys() == expected.keys()
    for name, row in found.items():
        for figure in FIGURES:
            number = nan if row[figure] is None else row[figure]
            assert number == pytest.approx(expected[name][figure], rel=1e-9, abs=1e-6, nan_ok=True), (name, figure)


@few
@given(scenarios(), shipped, seeds)
def test_a_bot_saves_no_more_than_all_the_time_and_risks_no_more_than_everybody(scenario: Scenario, policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    for row in figures(run).values():
        assert row["saved_s"] <= row["agent_s"] + 1e-6
        assert row["lost"] <= row["false_deflections"] + 1e-9
        assert max(row["false_deflections"], row["protected"]) <= row["reached"] <= row["problems"]
    assert sum(row["problems"] for row in figures(run).values()) == Measured(run).problems.size


def test_the_share_that_a_right_answer_would_solve_is_that_of_the_scenario() -> None:
    """Without anybody who returns, work of one length, and answers that fail as work grows not at all."""
    intents = {name: {**each, "work": {"shape": "deterministic", "mean": "5m"}, "work_grows_as_answers_fail": 0} for name, each in SMALL["intents"].items()}
    desk = small_desk(scenario_of(intents=intents, returns=None, arrivals={"per_week": 6000, "by_hour": [1] * 24}))
    runs = [simulate(desk, policy_of(HUMANS), seed) for seed in range(6)]
    invoices = [automation_of(Measured(run))[list(SMALL["intents"]).index("invoice")] for run in runs]
    reached, left = (sum(each[FIGURES.index(name)] for each in invoices) for name in ("reached", "false_deflections"))
    assert means_of(desk.scenario, "invoice") == "answer"
    gone = 1 - desk.scenario.behaviour.returns_to_thread.share
    helped, silent = 0.7 * 0.9, gone * np.array([0.4, 0.65])
    shares = np.array([0.7 * 0.3, 0.3 * 0.1])
    mean = (1 - helped) * float(shares / shares.sum() @ silent)
    spread = sqrt((1 - helped) * float(shares / shares.sum() @ np.square(silent)) - mean**2)
    assert abs(left - reached * mean) <= 4.5 * spread * sqrt(reached)


@pytest.mark.parametrize(
    ("changed", "best"),
    [
        ({"bot_solves": 0.5}, "answer"),
        ({"bot_solves": 0, "article_solves": 0.9}, "article"),
        ({"bot_solves": 0.5, "look_up_solves": 0.9}, "look_up"),
        ({"bot_solves": 0.5, "look_up_solves": 0.6, "transaction_solves": 1}, "transaction"),
        ({"bot_solves": 0.5, "look_up_solves": 0, "transaction_solves": 0.2}, "answer"),
        ({"bot_solves": 0, "article_solves": 0}, None),
    ],
)
def test_the_best_means_is_what_helps_the_largest_share(changed: dict[str, float], best: str | None) -> None:
    intents = {**SMALL["intents"], "invoice": {**SMALL["intents"]["invoice"], "look_up_solves": None, "transaction_solves": None, **changed}}
    assert means_of(scenario_of(intents=intents), "invoice") == best


@pytest.mark.parametrize(("given", "best"), [({"look_up_solves": 0.1}, "look_up"), ({"transaction_solves": 0.1}, "transaction"), ({}, None)])
def test_where_nothing_is_written_only_what_the_scenario_says_can_be_done_helps(given: dict[str, float], best: str | None) -> None:
    intents = {**SMALL["intents"], "invoice": {"team": "billing", "work": {"mean": "6m"}, "bot_solves": 0.9, "article_solves": 0.9, **given}}
    assert means_of(scenario_of(intents=intents, knowledge={"invoice": {"covers": 0}}), "invoice") == best


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_no_means_is_advised_whose_share_the_scenario_does_not_give(scenario: Scenario) -> None:
    share_of = {"answer": "bot_solves", "article": "article_solves", "look_up": "look_up_solves", "transaction": "transaction_solves"}
    advised = {name: means for name in scenario.intents if (means := means_of(scenario, name)) is not None}
    assert all(getattr(scenario.intents[name], share_of[means]) for name, means in advised.items())
