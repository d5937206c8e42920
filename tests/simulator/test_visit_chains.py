"""The visits that conversations make with people, planned ahead: teams, times, who replies and who writes on."""

from __future__ import annotations

from itertools import pairwise
from math import inf, sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_desks import ANSWERS, HUMANS, SMALL, Row, busy_desk, one_desk, policy_of, rows_of, scenario_of, small_desk

from deskdrill.rules import Bot, Expectation, HandOver, Policy
from deskdrill.simulator.channels import by_email
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.dialogue import Reason
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.population import Population, draw_population
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visit_chains import Purpose, VisitChains, visit_chains
from deskdrill.simulator.visit_planner import VisitPlanner

HUMANS_ONLY = policy_of(HUMANS)
SAYS_WHEN = Policy("says-when", bot=Bot(hand_over=HandOver(when_closed="say_when")))


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


def test_people_move_on_wrongly_so_many_times_as_often_after_a_loop() -> None:
    scenario = scenario_of(arrivals={"per_week": 40_000}, behaviour={"after_a_loop": {"misroute_factor": 1.5}}, escalation={"team": "triage", "assigns_right": 0.8, "transfers_right": 0.1})
    desk = small_desk(scenario)
    draws = Draws(5, 0)
    people = draw_population(scenario, desk.pool, draws)
    planner = VisitPlanner(desk, people, draws, HUMANS_ONLY)
    rows = np.arange(people.size, dtype=np.int32)
    right = np.array([list(scenario.teams).index(intent.team) for intent in scenario.intents.values()])[people.intent]
    for team, plain, looped in (("triage", 0.2, 0.3), ("engineers", 0.9, 1.0)):
        left = np.full(rows.size, list(scenario.teams).index(team), dtype=np.int8)
        elsewhere = right != left
        for in_circles, share in ((False, plain), (True, looped)):
            moved = planner.moved_on(rows, left, 1, 1, np.full(rows.size, in_circles))
            wrong = (moved != right)[elsewhere].mean()
            assert abs(wrong - share) <= 4.5 * sqrt(share * (1 - share) / np.count_nonzero(elsewhere))


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
        factor = (scenario.behaviour.after_a_loop.handle_factor if row["loop"] else 1) * (scenario.returns.handle_factor if row["attempt"] > 1 else 1)
        took_s = visit["ended_s"] - visit["answered_s"]
        assert not able or took_s == pytest.approx(tables["problems"][row["problem"]]["work_s"] * factor)
        worked += able
    assert worked > 100


def test_work_drawn_anew_for_a_later_attempt_has_the_work_s_law_and_nothing_of_the_first() -> None:
    """By default a problem's work stays; the first attempt's is the same either way."""
    factor = 1.2
    intents = {name: {**intent, "work_grows_as_answers_fail": 0} for name, intent in SMALL["intents"].items()}
    patience = {"live": {"shape": "exponential", "mean": "1m"}, "inbox": {"shape": "exponential", "mean": "1m"}}
    segments = {name: {**each, "temperament": {**each["temperament"], "patience": patience}} for name, each in SMALL["segments"].items()}
    desk = small_desk(scenario_of(segments=segments, intents=intents, arrivals={"per_week": 60_000}, returns={**SMALL["returns"], "work": "anew"}))
    people = draw_population(desk.scenario, desk.pool, Draws(8, 0))
    everybody = np.arange(people.size, dtype=np.int32)
    planner = VisitPlanner(desk, people, Draws(8, 0), HUMANS_ONLY)
    no_loops = np.zeros(people.size, dtype=bool)
    first_s, second_s, third_s = (planner.work_s(SimpleNamespace(rows=everybody, attempt=attempt, loop=no_loops, collected=None), everybody) for attempt in (1, 2, 3))
    np.testing.assert_array_equal(first_s, people.work_s)
    for later_s in (second_s, third_s):
        assert abs(np.corrcoef(first_s, later_s)[0, 1] - intent_correlation(people, first_s)) < 4.5 / sqrt(people.size)
    assert abs(np.corrcoef(second_s, third_s)[0, 1] - intent_correlation(people, first_s)) < 4.5 / sqrt(people.size)
    for number, intent in enumerate(desk.scenario.intents.values()):
        of_kind = second_s[people.intent == number] / factor
        assert stats.kstest(of_kind, lambda t, work=intent.work: lognormal_cdf(t, work)).pvalue > 1e-3


def lognormal_cdf(times: np.ndarray, work: Any) -> np.ndarray:
    variance = np.log1p(work.cv**2)
    return stats.norm.cdf((np.log(times) - np.log(work.mean) + variance / 2) / np.sqrt(variance))


def intent_correlation(people: Population, work_s: np.ndarray) -> float:
    """How the work of two attempts goes together for being about the same intent: the share of variance between intents."""
    means = np.bincount(people.intent, work_s) / np.bincount(people.intent)
    return float(means[people.intent].var() / work_s.var())


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


def chains_of(policy: Policy = HUMANS_ONLY, **changed: Any) -> tuple[Desk, Population, VisitChains]:
    """The visits of first conversations that all begin at the frontline, after a bot or not."""
    desk = small_desk(scenario_of(arrivals={"per_week": 20_000}, **changed))
    draws = Draws(5, 0)
    people = draw_population(desk.scenario, desk.pool, draws)
    everybody = np.arange(people.size, dtype=np.int32)
    planner = VisitPlanner(desk, people, draws, policy)
    dialogues = SimpleNamespace(
        rows=everybody,
        attempt=1,
        loop=np.zeros(people.size, dtype=bool),
        has_bot=everybody % 2 == 0,
        reason=np.where(everybody % 3 == 0, np.int8(Reason.BACKLOG), np.int8(0)),
        email=by_email(desk.scenario, people, draws, everybody, 1),
        collected=None,
    )
    return desk, people, visit_chains(planner, dialogues, everybody, np.zeros(people.size, dtype=np.int8))  # type: ignore[arg-type]


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
    _, _, after = chains_of(SAYS_WHEN, segments=with_patience(told=None, announced_factor=3.0))
    told, first = (before.owner % 2 == 0) & (before.owner % 3 > 0), people.segment[before.owner] == 0
    np.testing.assert_array_equal(after.patience_s, before.patience_s)
    np.testing.assert_array_equal(after.message_patience_s[~told], before.message_patience_s[~told])
    np.testing.assert_allclose(after.message_patience_s[told & first], 3 * before.message_patience_s[told & first])
    np.testing.assert_allclose(after.message_patience_s[told & ~first], 6 / 4 * before.message_patience_s[told & ~first])


@pytest.mark.parametrize("expectation", [Expectation(), Expectation(later=False), Expectation(live=False)])
def test_who_is_told_what_to_expect_waits_so_many_times_as_long_with_a_bot_or_without(expectation: Expectation) -> None:
    """Those of the backlog have begun to wait before the run: nobody tells them."""
    _, people, before = chains_of()
    _, _, after = chains_of(Policy("expectation", expectation=expectation), segments=with_patience(told=None, announced_factor=3.0))
    factor = np.where(people.segment[before.owner] == 0, 3.0, 6 / 4)
    factor[before.owner % 3 == 0] = 1
    np.testing.assert_allclose(after.patience_s, before.patience_s * (factor if expectation.live else 1))
    np.testing.assert_allclose(after.message_patience_s, before.message_patience_s * (factor if expectation.later else 1))


@pytest.mark.parametrize(("live", "later"), [(True, False), (False, True)])
def test_who_writes_by_email_is_told_for_later(live: bool, later: bool) -> None:
    by_email = {name: {**each, "channels": {"chat": 0, "email": 1}} for name, each in with_patience(told=None, announced_factor=3.0).items()}
    _, _, before = chains_of(segments=by_email)
    _, _, after = chains_of(Policy("expectation", expectation=Expectation(live=live, later=later)), segments=by_email)
    assert ((after.patience_s > before.patience_s) == (later & (before.owner % 3 > 0))).all()


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




def by_mail(share: float, **email: Any) -> dict[str, Any]:
    """Everybody of `SMALL` writes so many e-mails."""
    channels = {"chat": 1 - share, "email": share}
    return {
        "segments": {name: {**segment, "channels": channels} for name, segment in SMALL["segments"].items()},
        "email": {"replies": 2.5, "replies_at_most": 6, "answers_after": {"shape": "exponential", "mean": "3h"}, **email},
    }


def summed(chains: VisitChains, what: Any) -> Any:
    """A column of visits, summed by conversation."""
    return np.bincount(chains.owner, weights=what)


def test_by_email_the_work_is_spread_evenly_over_the_replies_and_chats_stay_as_they_are() -> None:
    _, people, chats = chains_of()
    _, _, mixed = chains_of(**by_mail(0.4))
    later = mixed.purpose == Purpose.LATER_REPLY
    works = later | (mixed.purpose == Purpose.WORK)
    replies = summed(mixed, works)
    email = np.flatnonzero(replies > 1)
    assert mixed.same_agent is not None
    assert mixed.gap_s is not None
    np.testing.assert_array_equal(mixed.same_agent, later)
    np.testing.assert_allclose(summed(mixed, mixed.service_s * works), people.work_s)
    spread = mixed.service_s[works] * replies[mixed.owner[works]]
    np.testing.assert_allclose(spread, people.work_s[mixed.owner[works]])
    for name in ("team", "service_s", "message_patience_s", "touch"):
        once = ~np.isin(chats.owner, email), ~np.isin(mixed.owner, email)
        np.testing.assert_array_equal(getattr(chats, name)[once[0]], getattr(mixed, name)[once[1]])
    # Every gap leads to a later reply, and each is exponential with the mean of three hours.
    before = mixed.gap_s > 0
    np.testing.assert_array_equal(np.sort(mixed.next[before]), np.flatnonzero(later))
    assert stats.kstest(mixed.gap_s[before], stats.expon(scale=3 * 3600).cdf).pvalue > 1e-3


def test_replies_by_email_are_geometric_up_to_their_limit() -> None:
    _, people, chains = chains_of(**by_mail(1))
    works = (chains.purpose == Purpose.LATER_REPLY) | (chains.purpose == Purpose.WORK)
    replies = summed(chains, works)
    for many in range(1, 6):
        share = (1 - 1 / 2.5) ** many
        assert abs(np.mean(replies > many) - share) < 4.5 * sqrt(share * (1 - share) / people.size)
    assert replies.max() == 6


def test_who_writes_an_email_is_as_patient_as_after_a_message() -> None:
    _, _, chains = chains_of(**by_mail(1))
    np.testing.assert_array_equal(chains.patience_s, chains.message_patience_s)


def test_a_thread_is_written_up_once() -> None:
    teams = {name: {**team, "wrap_up": {"shape": "deterministic", "mean": "2m"}} for name, team in SMALL["teams"].items()}
    _, people, chains = chains_of(teams=teams, **by_mail(1))
    works = (chains.purpose == Purpose.LATER_REPLY) | (chains.purpose == Purpose.WORK)
    np.testing.assert_array_equal(summed(chains, chains.wrap_up_s * works), np.full(people.size, 120.0))
    assert (chains.wrap_up_s[works & (chains.next < 0)] == 120).all()


NOWHERE = {"after": "5m", "ends": 0.3, "to": "managers", "solved_there": 0.8}
WITH_MANAGERS = {
    "teams": {**{name: {**team, "leads_nowhere": NOWHERE} for name, team in SMALL["teams"].items() if name != "triage"},
              "triage": SMALL["teams"]["triage"], "managers": {"staffing": {"always": 1}}},
    "intents": {name: {**intent, "person_solves": 0.6} for name, intent in SMALL["intents"].items()},
}  # fmt: skip


def test_agents_stop_where_they_get_nowhere_and_end_it_or_hand_it_to_a_manager() -> None:
    """Only services that would not solve the problem lead nowhere, so the solved are served as before."""
    _, people, before = chains_of(intents=WITH_MANAGERS["intents"])
    desk, _, after = chains_of(**WITH_MANAGERS)
    work, manager = after.purpose == Purpose.WORK, after.purpose == Purpose.MANAGER
    stopped = ~before.solves[before.purpose == Purpose.WORK] & (before.service_s[before.purpose == Purpose.WORK] > 300)
    full_s = before.service_s[before.purpose == Purpose.WORK]
    np.testing.assert_array_equal(after.service_s[work], np.where(stopped, 300, full_s))
    handed = np.isin(after.owner[work], after.owner[manager])
    assert not handed[~stopped].any()
    assert abs(handed[stopped].mean() - 0.7) < 4.5 * sqrt(0.3 * 0.7 / stopped.sum())
    assert set(after.team[manager]) == {list(desk.scenario.teams).index("managers")}
    assert (after.next[manager] == -1).all()
    assert abs(after.solves[manager].mean() - 0.8) < 4.5 * sqrt(0.8 * 0.2 / manager.sum())
    assert people.size == work.sum()


def reopening(**changed: Any) -> dict[str, Any]:
    returns = {**SMALL["returns"], "reopens": {"share": 0.5, "after": {"shape": "exponential", "mean": "2h"}, "at_most": 2, **changed}}
    return {"returns": returns, "intents": {name: {**intent, "person_solves": 0.7} for name, intent in SMALL["intents"].items()}}


def test_the_unsolved_write_on_in_the_conversation_as_often_as_the_scenario_says() -> None:
    _, people, chains = chains_of(**reopening())
    again = chains.purpose == Purpose.REOPENED
    first, second = (again & (chains.step == step) for step in sorted(set(chains.step[again])))
    assert chains.gap_s is not None
    unsolved = ~chains.solves[chains.purpose == Purpose.WORK]
    for some, of in ((first, unsolved.sum()), (second, (~chains.solves[first]).sum())):
        assert abs(some.sum() / of - 0.5) < 4.5 * sqrt(0.25 / of)
    before = np.full(chains.owner.size, -1)
    before[chains.next[chains.next >= 0]] = np.flatnonzero(chains.next >= 0)
    np.testing.assert_array_equal(chains.team[again], chains.team[before[again]])
    assert not chains.solves[before[again]].any()
    assert stats.kstest(chains.gap_s[before[again]], stats.expon(scale=7200).cdf).pvalue > 1e-3
    assert not np.isin(chains.owner[~again & chains.solves & (chains.next >= 0)], chains.owner[again]).any()
    assert people.size == np.unique(chains.owner).size


def served_threads(**changed: Any) -> Run:
    teams = {name: {**team, "staffing": {"always": 4}, "concurrency": 2, **changed} for name, team in SMALL["teams"].items()}
    scenario = scenario_of(teams=teams, arrivals={"per_week": 4_000}, **by_mail(0.6))
    return simulate(small_desk(scenario), policy_of(HUMANS), 8)


def test_an_email_is_answered_when_the_work_on_it_is_done_and_by_one_agent() -> None:
    run = served_threads()
    table, visits = run.conversations, run.visits
    assert table.email is not None
    threads = np.flatnonzero(table.email & ~np.isnan(table.replied_s) & (table.first_visit == table.last_visit))
    np.testing.assert_array_equal(table.replied_s[threads], visits.ended_s[table.first_visit[threads]])
    rows = rows_of(tables_of(run)["visits"])
    made = [row for row in rows if row["purpose"] == "later_reply"]
    assert len(made) > 300
    chats = ~table.email & ~np.isnan(table.answered_s)
    np.testing.assert_array_equal(table.replied_s[chats], table.answered_s[chats] + run.desk.scenario.behaviour.agent_reply)
    by_conversation: dict[int, list[Row]] = {}
    for row in rows:
        by_conversation.setdefault(row["conversation"], []).append(row)
    for number, chain in by_conversation.items():
        dealt = [(row["group"], row["agent"]) for row in sorted(chain, key=lambda row: row["joined_s"]) if row["fate"] == "served" and row["team"] != "triage"]
        changes = sum(a != b for a, b in pairwise(dealt)) + bool(dealt)
        assert table.touches[number] == changes


def open_threads(run: Run) -> int:
    """The most e-mail threads that any agent has open at once; one ends when its last visit does, or its customer goes."""
    moments: dict[tuple[str, int], list[tuple[float, int]]] = {}
    chains: dict[int, list[Row]] = {}
    for row in rows_of(tables_of(run)["visits"]):
        chains.setdefault(row["conversation"], []).append(row)
    for chain in chains.values():
        works = sorted((row for row in chain if row["purpose"] in ("work", "later_reply")), key=lambda row: row["joined_s"])
        for before, after in pairwise(works):
            held = moments.setdefault((before["group"], before["agent"]), [])
            until_s = after["answered_s"] if after["fate"] == "served" else after["ended_s"]
            held += [(before["answered_s"], 1), (until_s, -1)]
    return max(most(each) for each in moments.values())


def most(moments: list[tuple[float, int]]) -> int:
    """The largest number of intervals that overlap."""
    return int(np.cumsum([change for _, change in sorted(moments)]).max())


def test_agents_have_no_more_threads_open_than_their_cap() -> None:
    loose, tight = served_threads(), served_threads(open_at_most=3)
    assert open_threads(tight) <= 3 < open_threads(loose)
