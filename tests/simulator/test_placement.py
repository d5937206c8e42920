from __future__ import annotations

from itertools import pairwise
from math import inf, sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from small_desks import (
    ANSWERS,
    CAREFUL,
    HUMANS,
    ROUTING,
    SMALL,
    Guess,
    Row,
    busy_desk,
    guesses_of,
    one_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)  # fmt: skip

from deskdrill.rules import Policy, decide, guard_for
from deskdrill.rules.compiled import CompiledPolicy
from deskdrill.rules.strategies import policies
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.placement import Placer, VisitChains
from deskdrill.simulator.population import Population, draw_population
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

# What a rule can look at without the running clock.
FIELDS = (
    "customer.plan", "customer.tenure", "customer.contacts_30d", "customer.flags", "customer.language", "customer.help_centre_visit",
    "page.url", "message.text", "message.intent", "message.confidence", "conversation.attempt",
)  # fmt: skip


def known(run: Run, problem: Row, attempt: int, text: int, guess: Guess) -> dict[str, object]:
    """What a real system would know of a customer and a message, one fact at a time."""
    flags = {name.removeprefix("flag_") for name, value in problem.items() if name.startswith("flag_") and value}
    intent, confidence = guess
    facts = {
        "customer.plan": problem["plan"] if problem["plan_known"] else None,
        "customer.tenure": problem["tenure_s"] if problem["tenure_known"] else None,
        "customer.contacts_30d": problem["contacts_30d"] + attempt - 1 if problem["contacts_known"] else None,
        "customer.flags": frozenset(flags) if problem["flags_known"] else None,
        "customer.language": "en",
        "customer.help_centre_visit": problem["help_centre_s"],
        "page.url": problem["page"],
        "message.text": run.desk.pool.texts[text],
        "message.intent": intent,
        "message.confidence": confidence,
        "conversation.attempt": attempt,
    }
    return {name: value for name, value in facts.items() if value is not None}


def assert_placed_as_decided(run: Run) -> None:
    policy, triage = run.policy.policy, run.desk.scenario.escalation.team
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations")}
    guesses = guesses_of(run)
    for row in tables["conversations"]:
        problem, said = tables["problems"][row["problem"]], guesses[row["conversation"]]
        opening = known(run, problem, row["attempt"], *said[0])
        assert said[0][0] == row["opening_code"]
        guard = guard_for(policy, opening) if policy.bot is not None else None
        assert (guard is not None) == (row["reason"] == "guard" and row["bot_turns"] == 0)
        assert guard is None or row["guard"] == guard.id
        if row["team"] is None:
            continue
        decision = decide(policy, opening, "arrived")
        if row["bot_turns"]:
            # Where texts are recognised alike, any message with that text will do.
            turn = row.get("telling_turn", [text for text, _ in said].index(row["telling_code"]))
            assert said[turn][0] == row["telling_code"]
            decision = decide(policy, known(run, problem, row["attempt"], *said[turn]), "handed_over", before=decision)
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


def test_patience_has_the_shapes_of_the_segment() -> None:
    run, _ = many_visits()
    visits, people = run.attempts.visits, run.population
    segment = people.segment[run.attempts.owner]
    for number, kind in enumerate(run.desk.scenario.segments.values()):
        patience = kind.temperament.patience
        live_s, message_s = visits.patience_s[segment == number], visits.message_patience_s[segment == number]
        assert abs(live_s.mean() / patience.live.mean_s - 1) < 4.5 / sqrt(live_s.size)
        assert abs(np.mean(message_s < patience.inbox.median) - 0.5) < 4.5 * 0.5 / sqrt(live_s.size)
    first = visits.patience_s[run.attempts.touch == 1]
    expected = -np.log(Draws(3, 0).open_uniform(people.size, "patience", 1, 1))
    means = np.array([kind.temperament.patience.live.mean_s for kind in run.desk.scenario.segments.values()])[people.segment]
    np.testing.assert_allclose(first, expected * means)


def chains_of(told: bool = False, **changed: Any) -> tuple[Desk, Population, VisitChains]:
    """The visits of first conversations that all begin at the frontline, after a bot or not."""
    desk = small_desk(scenario_of(arrivals={"per_week": 20_000}, **changed))
    draws = Draws(5, 0)
    people = draw_population(desk.scenario, desk.pool, draws)
    everybody = np.arange(people.size, dtype=np.int32)
    bot = "bot:\n  answers: {confidence_at_least: 0.5}\n  hand_over: {when_closed: say_when}\n"
    placer = Placer(desk, CompiledPolicy(policy_of(f"policy: p\n{bot if told else ''}{ROUTING}")), people, draws)
    dialogues = SimpleNamespace(rows=everybody, attempt=1, loop=np.zeros(people.size, dtype=bool), has_bot=everybody % 2 == 0)
    return desk, people, placer.chains(dialogues, everybody, np.zeros(people.size, dtype=np.int8))  # type: ignore[arg-type]


def with_patience(**patience: Any) -> dict[str, Any]:
    """The segments of `SMALL`, the first with another patience."""
    first, *others = SMALL["segments"].items()
    temperament = {**first[1]["temperament"], "patience": {**first[1]["temperament"]["patience"], **patience}}
    return {first[0]: {**first[1], "temperament": temperament}, **dict(others)}


def test_those_who_balk_are_the_least_patient_and_the_others_wait_as_the_shape_says() -> None:
    _, people, before = chains_of()
    _, _, after = chains_of(segments=with_patience(balks=0.25))
    first = people.segment[before.owner] == 0
    balks = after.patience_s == 0
    np.testing.assert_array_equal(after.patience_s[~first], before.patience_s[~first])
    np.testing.assert_array_equal(after.message_patience_s, before.message_patience_s)
    assert not balks[~first].any()
    assert abs(balks[first].mean() - 0.25) < 4.5 * sqrt(0.25 * 0.75 / first.sum())
    assert before.patience_s[first & balks].max() < before.patience_s[first & ~balks].min()
    assert stats.kstest(after.patience_s[first & ~balks], stats.expon(scale=300).cdf).pvalue > 1e-3
    assert (after.patience_s <= before.patience_s).all()


def test_the_silent_are_as_many_as_the_segment_says_and_as_patient_as_the_others() -> None:
    _, people, before = chains_of()
    _, _, some = chains_of(segments=with_patience(silent=0.3))
    _, _, more = chains_of(segments=with_patience(silent=0.7))
    first = people.segment[some.owner] == 0
    assert not before.silent.any()
    assert not some.silent[~first].any()
    assert abs(some.silent[first].mean() - 0.3) < 4.5 * sqrt(0.3 * 0.7 / first.sum())
    assert (some.silent <= more.silent).all()
    np.testing.assert_array_equal(some.patience_s, before.patience_s)
    assert stats.ks_2samp(some.patience_s[first & some.silent], some.patience_s[first & ~some.silent]).pvalue > 1e-3


def test_who_is_told_when_a_person_will_come_waits_so_many_times_as_long_after_a_message() -> None:
    _, people, before = chains_of()
    _, _, after = chains_of(told=True, segments=with_patience(told=None, announced_factor=3.0))
    told, first = before.owner % 2 == 0, people.segment[before.owner] == 0
    np.testing.assert_array_equal(after.patience_s, before.patience_s)
    np.testing.assert_array_equal(after.message_patience_s[~told], before.message_patience_s[~told])
    np.testing.assert_allclose(after.message_patience_s[told & first], 3 * before.message_patience_s[told & first])
    np.testing.assert_allclose(after.message_patience_s[told & ~first], 6 / 4 * before.message_patience_s[told & ~first])


def test_a_patience_of_any_shape_is_that_of_the_chains() -> None:
    curve = {"shape": "survival", "points": [["1m", 0.5], ["1h", 0.2]]}
    weibull = {"shape": "weibull", "mean": "6h", "k": 0.5}
    _, people, chains = chains_of(segments=with_patience(told=None, live=curve, inbox=weibull))
    first = people.segment[chains.owner] == 0
    live_s = chains.patience_s[first]
    assert set(np.unique(live_s)) == {60.0, 3600.0, inf}
    assert abs(np.mean(live_s == inf) - 0.2) < 4.5 * sqrt(0.2 * 0.8 / live_s.size)
    assert stats.kstest(chains.message_patience_s[first], stats.weibull_min(0.5, scale=3 * 3600).cdf).pvalue > 1e-3


def test_wrap_up_is_that_of_the_team_whatever_the_problem() -> None:
    _, _, none = chains_of()
    writing = {name: {**team, "wrap_up": {"shape": "erlang", "mean": "2m", "phases": 2}} for name, team in SMALL["teams"].items() if name == "billing"}
    desk, _, some = chains_of(teams={**SMALL["teams"], **writing})
    billing = some.team == list(desk.scenario.teams).index("billing")
    assert not none.wrap_up_s.any()
    assert not some.wrap_up_s[~billing].any()
    assert billing.sum() > 500
    assert stats.kstest(some.wrap_up_s[billing], stats.gamma(2, scale=60).cdf).pvalue > 1e-3
    np.testing.assert_array_equal(some.service_s, none.service_s)
    assert abs(stats.spearmanr(some.wrap_up_s[billing], some.service_s[billing]).statistic) < 4 / sqrt(billing.sum())


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
