from __future__ import annotations

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import (
    ANSWERS,
    CAREFUL,
    HUMANS,
    ROUTING,
    SMALL,
    Row,
    busy_desk,
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
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

# What a rule can look at without the running clock.
FIELDS = (
    "customer.plan", "customer.tenure", "customer.contacts_30d", "customer.flags", "customer.language", "customer.help_centre_visit",
    "page.url", "message.text", "message.intent", "message.confidence", "conversation.attempt",
)  # fmt: skip


def known(run: Run, problem: Row, attempt: int, text: int) -> dict[str, object]:
    """What a real system would know of a customer and a message, one fact at a time."""
    flags = {name.removeprefix("flag_") for name, value in problem.items() if name.startswith("flag_") and value}
    recognition = run.desk.recognition
    code = int(recognition.codes[text])
    facts = {
        "customer.plan": problem["plan"] if problem["plan_known"] else None,
        "customer.tenure": problem["tenure_s"] if problem["tenure_known"] else None,
        "customer.contacts_30d": problem["contacts_30d"] + attempt - 1 if problem["contacts_known"] else None,
        "customer.flags": frozenset(flags) if problem["flags_known"] else None,
        "customer.language": "en",
        "customer.help_centre_visit": problem["help_centre_s"],
        "page.url": problem["page"],
        "message.text": run.desk.pool.texts[text],
        "message.intent": recognition.intents[code] if code >= 0 else None,
        "message.confidence": float(recognition.confidence[text]),
        "conversation.attempt": attempt,
    }
    return {name: value for name, value in facts.items() if value is not None}


def assert_placed_as_decided(run: Run) -> None:
    policy, triage = run.policy.policy, run.desk.scenario.escalation.team
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations")}
    for row in tables["conversations"]:
        problem = tables["problems"][row["problem"]]
        opening = known(run, problem, row["attempt"], row["opening_code"])
        guard = guard_for(policy, opening) if policy.bot is not None else None
        assert (guard is not None) == (row["reason"] == "guard" and row["bot_turns"] == 0)
        assert guard is None or row["guard"] == guard.id
        if row["team"] is None:
            continue
        decision = decide(policy, opening, "arrived")
        if row["bot_turns"]:
            decision = decide(policy, known(run, problem, row["attempt"], row["telling_code"]), "handed_over", before=decision)
        assert row["team"] == (decision.route or triage)
        assert row["priority"] == decision.priority
        assert row["rule"] == decision.routed_by


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(scenarios(), policies(FIELDS, errors=False), st.integers(0, 2**32))
@example(scenario_of(), policy_of(CAREFUL), 1)
@example(scenario_of(), policy_of(ANSWERS), 1)
def test_conversations_go_where_a_slow_look_at_the_facts_sends_them(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_placed_as_decided(simulate(small_desk(scenario), policy, seed))


def test_a_router_never_sees_the_truth() -> None:
    """Customers told apart by nothing but what rules do not see go to the same teams."""
    worse = {name: {**intent, "bot_solves": 0.9, "person_solves": 0.1, "work": {"mean": "1h"}} for name, intent in SMALL["intents"].items()}
    a, b = (simulate(small_desk(scenario_of(intents=intents)), policy_of(HUMANS), 2) for intents in (SMALL["intents"], worse))
    first = [[row["team"] for row in rows_of(tables_of(run)["conversations"]) if row["attempt"] == 1] for run in (a, b)]
    assert first[0] == first[1]


def many_visits() -> tuple[Run, list[list[Row]]]:
    run = simulate(small_desk(scenario_of(arrivals={"per_week": 20_000}, returns=None)), policy_of(HUMANS), 3)
    chains: list[list[Row]] = [[] for _ in range(run.conversations.size)]
    for visit in rows_of(tables_of(run)["visits"]):
        chains[visit["conversation"]].append(visit)
    return run, [sorted(chain, key=lambda visit: visit["touch"]) for chain in chains]


def test_people_move_a_conversation_on_as_well_as_the_scenario_says() -> None:
    run, chains = many_visits()
    scenario = run.desk.scenario
    right = [scenario.intents[list(scenario.intents)[code]].team for code in run.population.intent.tolist()]
    moves: dict[bool, list[bool]] = {True: [], False: []}
    for problem, chain in zip(run.conversations.problem.tolist(), chains, strict=True):
        assert all(after["team"] not in (before["team"], "triage") for before, after in pairwise(chain))
        # The last of six teams is always the right one.
        for before, after in pairwise(chain[:5]):
            moves[before["team"] == "triage"].append(after["team"] == right[problem])
    for by_triage, share in ((True, scenario.escalation.assigns_right), (False, scenario.escalation.transfers_right)):
        many = len(moves[by_triage])
        assert many > 100
        assert abs(sum(moves[by_triage]) / many - share) < 4.5 * sqrt(share * (1 - share) / many)


def test_a_chain_ends_with_the_first_team_that_can_solve_the_problem() -> None:
    run, chains = many_visits()
    scenario = run.desk.scenario
    for problem, outcome, chain in zip(run.conversations.problem.tolist(), run.conversations.outcome.tolist(), chains, strict=True):
        intent = list(scenario.intents)[run.population.intent[problem]]
        able = [visit["team"] == scenario.intents[intent].team or intent in scenario.teams[visit["team"]].also_solves for visit in chain]
        assert not any(able[:-1])
        assert able[-1] or outcome != 2


def test_service_is_the_customers_own_work_times_the_factors_that_apply() -> None:
    run = simulate(busy_desk(), policy_of(ANSWERS), 4)
    tables = {name: rows_of(tables_of(run)[name]) for name in ("conversations", "visits", "problems")}
    scenario = run.desk.scenario
    assert scenario.returns is not None
    worked = 0
    for visit in (each for each in tables["visits"] if each["fate"] == "served"):
        row = tables["conversations"][visit["conversation"]]
        intent = row["intent"]
        able = visit["team"] == scenario.intents[intent].team or intent in scenario.teams[visit["team"]].also_solves
        factor = (scenario.behaviour.loop_handle_factor if row["loop"] else 1) * (scenario.returns.handle_factor if row["attempt"] > 1 else 1)
        took_s = visit["ended_s"] - visit["answered_s"]
        assert not able or took_s == pytest.approx(tables["problems"][row["problem"]]["work_s"] * factor)
        worked += able
    assert worked > 100


def test_two_policies_and_two_staffings_meet_the_same_patience_and_work() -> None:
    """Common random numbers: what a customer brings to the first inbox does not depend on who else is there."""
    more = {name: {**team, "staffing": {"always": 5}} for name, team in SMALL["teams"].items()}
    runs = [simulate(desk, policy_of(HUMANS), 5) for desk in (one_desk(), small_desk(scenario_of(teams=more)))]
    runs.append(simulate(one_desk(), policy_of(ANSWERS), 5))
    first = [
        {int(p): int(v) for p, a, v in zip(r.conversations.problem, r.conversations.attempt, r.conversations.first_visit, strict=True) if a == 1 and v >= 0}
        for r in runs
    ]
    same = 0
    for problem in first[0].keys() & first[2].keys():
        planned = [run.attempts.visits for run in runs]
        at = [each[problem] for each in first]
        for column in ("patience_s", "message_patience_s"):
            assert len({float(getattr(each, column)[v]) for each, v in zip(planned, at, strict=True)}) == 1
        alike = len({int(each.team[v]) for each, v in zip(planned, at, strict=True)}) == 1 and not runs[2].conversations.loop[problem]
        assert not alike or len({float(each.service_s[v]) for each, v in zip(planned, at, strict=True)}) == 1
        same += alike
    assert same > 30


def test_patience_is_exponential_with_the_means_of_the_segment() -> None:
    run, _ = many_visits()
    visits, people = run.attempts.visits, run.population
    segment = people.segment[run.attempts.owner]
    for number, kind in enumerate(run.desk.scenario.segments.values()):
        patience = kind.temperament.patience
        live_s, message_s = visits.patience_s[segment == number], visits.message_patience_s[segment == number]
        assert abs(live_s.mean() / patience.live_mean - 1) < 4.5 / sqrt(live_s.size)
        assert abs(np.mean(message_s < patience.inbox_median) - 0.5) < 4.5 * 0.5 / sqrt(live_s.size)
    first = visits.patience_s[run.attempts.touch == 1]
    expected = -np.log(Draws(3, 0).open_uniform(people.size, "patience", 1, 1))
    means = np.array([kind.temperament.patience.live_mean for kind in run.desk.scenario.segments.values()])[people.segment]
    np.testing.assert_allclose(first, expected * means)


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
    team = small_desk(scenario_of(teams=teams)).floor_teams[list(SMALL["teams"]).index("engineers")]
    assert team.from_s[1] == 8 * 3600 + 5 * 60


def test_the_desk_is_open_no_earlier_than_somebody_is_there() -> None:
    teams = {name: {"staffing": {"Mon-Fri 08:05-18": 1}} for name in SMALL["teams"]}
    desk = small_desk(scenario_of(teams=teams))
    opens_s = 60.0 * int(np.flatnonzero(desk.open_minutes)[0])
    assert opens_s == min(team.from_s[1] for team in desk.floor_teams)
