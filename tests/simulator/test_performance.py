"""How each thing that a bot offers performs, counted again slowly from what was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import HUMANS, POLICIES, ROUTING, Row, busy_desk, one_desk, policy_of, rows_of, scenario_of, small_desk
from talks import Talk, talks, turns_of

from deskdrill.rules import CompiledPolicy, Policy, Survey, load_policy
from deskdrill.rules.loops import loop_in
from deskdrill.rules.strategies import policies
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.measured import Measured
from deskdrill.simulator.performance import AFTER_A_PAGE, COUNTS, Offering, offerings_of, performance_of
from deskdrill.simulator.run import PLAYED, Run, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.tables import tables_of

few = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
seeds = st.integers(0, 2**32)
HANDS_ON = f"""
policy: hands-on
bot:
  answers: {{confidence_at_least: 0.3}}
  articles: {{confidence_at_least: 0}}
  look_ups: {{how_to: {{confidence_at_least: 0.2}}}}
  transactions: {{invoice: {{asks: [order_number, plan], confidence_at_least: 0.2}}}}
  page_suggestions: {{/: how_to, /dev: invoice}}
  hand_over: {{after_failures: 4}}
survey: {{}}
{ROUTING}
"""

FLOW = f"""
policy: flow
bot:
  look_ups: {{invoice: {{asks: email, confidence_at_least: 0}}}}
  flow:
    order: {{errand: true, confidence_at_least: 0, otherwise: help, next: help}}
    help: {{answers: true, confidence_at_least: 0.2, otherwise: article, next: article}}
    article: {{suggests: true, confidence_at_least: 0, otherwise: number, next: help}}
    number: {{asks: order_number, next: person}}
    person: {{hands_over: true}}
survey: {{}}
{ROUTING}
"""


def playable(policy: Policy) -> bool:
    compiled = CompiledPolicy(policy)
    if compiled.atoms_at("closed", live=True):
        return False
    late = (compiled.late_atoms_of_guards, compiled.late_atoms_of_rulesets)
    timed = (compiled.time_atoms_of_guards, compiled.time_atoms_of_rulesets)
    for wait_s in policy.waits_s:
        late += (compiled.atoms_at("waiting", wait_s, live=True),)
        timed += (compiled.atoms_at("waiting", wait_s, live=False),)
    return policy.bot is not None and sum(map(len, late)) + sum(map(len, timed)) <= 3 and tells_errands_apart(policy)


def tells_errands_apart(policy: Policy) -> bool:
    """Whether no two errands ask for the same, so that a transcript tells which it is."""
    asked = [field for errand in policy.bot.errands for field in errand.asks]
    return len(set(asked)) == len(asked)


shipped = st.sampled_from(("careful", "deflect", "answers")).map(lambda name: replace(policy_of(POLICIES[name]), survey=Survey()))
some_policy = shipped | policies(errors=False, triggers=PLAYED).filter(playable)


def counted(run: Run) -> dict[Offering, dict[str, int]]:
    offerings = offerings_of(run.desk.scenario, run.policy.policy.bot)
    found = performance_of(Measured(run))
    return {each: dict(zip(COUNTS, row, strict=True)) for each, row in zip(offerings, found.tolist(), strict=True)}


def first_reply_of(offering: Offering, run: Run) -> set[str]:
    """The kinds of reply that show it."""
    asks = [errand.asks for errand in run.policy.policy.bot.errands if errand.intent == offering.intent and errand.kind == offering.kind]
    worked, failed = f"{offering.kind} {offering.intent}", f"failed {offering.intent}"
    return {f"ask {asks[0][0]}"} if asks and asks[0] else {worked, failed} if asks else {worked}


def counted_slowly(run: Run) -> dict[Offering, dict[str, int]]:
    """From the transcripts; an errand that asks is told by its first question."""
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    told = [talk for talk in talks(run) if tables["problems"][talk.row["problem"]]["counted"]]
    offerings = offerings_of(run.desk.scenario, run.policy.policy.bot)
    found = {each: dict.fromkeys(COUNTS, 0) for each in offerings}
    kinds = {kind: each for each in offerings if each.kind != "page" for kind in first_reply_of(each, run)}
    last_of_problem: dict[int, Offering] = {}
    for talk in told:
        if talk.row["reason"] != "page":
            _count_talk(talk, kinds, found, last_of_problem)
        _count_page(talk, tables["problems"][talk.row["problem"]], run, found)
    for problem, last in last_of_problem.items():
        found[last]["lost"] += tables["problems"][problem]["lost"]
    return found


def _count_talk(talk: Talk, kinds: dict[str, Offering], found: dict[Offering, dict[str, int]], last_of: dict[int, Offering]) -> None:
    row, seen = talk.row, []
    for message in talk.said:
        offering = kinds.get(message.kind) if message.author == "bot" else None
        if offering is not None:
            found[offering]["times"] += 1
            seen.append((message, offering))
        for each, counts in found.items():
            counts["failed"] += message.author == "bot" and each.kind in ("look_up", "transaction") and message.kind == f"failed {each.intent}"
    if not seen:
        return
    last = seen[-1][1]
    last_of[row["problem"]] = last
    looped = in_loop(talk)
    for offering in {each: None for _, each in seen}:
        found[offering]["looped"] += any(id(message) in looped for message, each in seen if each == offering)
    for message, offering in [(message, each) for place, (message, each) in enumerate(seen) if each not in [other for _, other in seen[:place]]]:
        counts = found[offering]
        counts["shown"] += 1
        counts["right_intent"] += row["intent"] == offering.intent
        later = talk.said[talk.said.index(message) + 1 :]
        counts["asked_for_person"] += any(each.author == "customer" and each.kind == "ask_person" for each in later)
        counts["survey_answers"] += row["csat"] is not None
        counts["satisfied"] += (row["csat"] or 0) >= 4
        counts["ease"] += int(row["ces"] or 0)
    found[last]["helped"] += row["outcome"] == "helped_by_bot"
    found[last]["resolved"] += row["counted_resolved"]
    found[last]["left_unhelped"] += row["outcome"] == "left_in_bot"


def in_loop(talk: Talk) -> set[int]:
    """The bot's messages that belong to the first loop."""
    turns = turns_of(talk)
    loop = loop_in(turns)
    mine = [(message, turn) for message, turn in zip(talk.said, turns, strict=True) if turn.author == "bot" and turn.part in ("help", "else")]
    from_s = turns[-1].at_s - (loop.lost_s if loop else 0)
    inside = [message for message, turn in mine if turn.at_s >= from_s - 1e-6]
    return {id(message) for message in inside[: loop.turns if loop else 0]}


def _count_page(talk: Talk, problem: Row, run: Run, found: dict[Offering, dict[str, int]]) -> None:
    row, bot = talk.row, run.policy.policy.bot
    fits = [each for each in bot.page_suggestions if problem["page"].casefold().startswith(each.page.casefold()) and each.intent in run.desk.scenario.intents]
    if not fits or row["attempt"] > 1 or row["reason"] == "backlog":
        return
    longest = max(fits, key=lambda each: len(each.page))
    # Where the help centre has nothing on it, the page has nothing to suggest.
    counts = found.get(Offering("page", longest.intent, longest.page), dict.fromkeys(COUNTS, 0))
    helped = row["reason"] == "page"
    for name, holds in (("times", True), ("shown", True), ("right_intent", row["intent"] == longest.intent), ("helped", helped), ("resolved", helped and row["counted_resolved"])):
        counts[name] += holds


@few
@given(scenarios(), some_policy, seeds)
@example(scenario_of(), policy_of(HANDS_ON), 1)
@example(scenario_of(backlog={"billing": 9}, steady_state={"warm_up": "12h"}), policy_of(HANDS_ON), 2)
@example(scenario_of(knowledge={"how_to": {"covers": 0}}), policy_of(HANDS_ON), 3)
@example(scenario_of(), policy_of(FLOW), 4)
def test_what_is_counted_of_each_offering_is_what_the_transcripts_say(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    assert counted(run) == counted_slowly(run)


@few
@given(scenarios(), some_policy, seeds)
@example(scenario_of(), policy_of(HANDS_ON), 1)
def test_counts_of_an_offering_fit_together(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    for offering, counts in counted(run).items():
        assert counts["helped"] <= counts["right_intent"] <= counts["shown"] <= counts["times"]
        assert counts["helped"] + counts["left_unhelped"] <= counts["shown"]
        assert all(counts[name] <= counts["shown"] for name in COUNTS if name not in ("times", "ease"))
        assert counts["satisfied"] <= counts["survey_answers"]
        assert counts["survey_answers"] <= counts["ease"] <= 7 * counts["survey_answers"]
        assert not counts["failed"] or offering.kind in ("look_up", "transaction")
        assert not any(counts[name] for name in AFTER_A_PAGE if offering.kind == "page")
    lost = sum(counts["lost"] for counts in counted(run).values())
    assert lost <= run.lost[Measured(run).problems].sum()


@few
@given(scenarios(), some_policy, seeds)
def test_whom_the_bot_helped_something_that_it_offered_helped(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    by_bot = (run.conversations.outcome == 0)[Measured(run).conversations]
    assert sum(counts["helped"] for counts in counted(run).values()) == by_bot.sum()


def test_a_policy_without_a_bot_offers_nothing() -> None:
    run = simulate(one_desk(), policy_of(HUMANS), 1)
    assert summary_of(run).performance.shape == (0, len(COUNTS))


def test_a_bot_with_a_flow_offers_what_its_states_do() -> None:
    run = simulate(busy_desk(), policy_of(FLOW), 4)
    found = counted(run)
    assert {each.kind for each in found} == {"answer", "article", "look_up"}
    assert {kind: sum(counts["helped"] for each, counts in found.items() if each.kind == kind) > 0 for kind in ("answer", "article", "look_up")} == {
        "answer": True, "article": True, "look_up": True
    }  # fmt: skip
    answering = replace(run.policy.policy.bot, flow=None)
    assert {each.kind for each in offerings_of(run.desk.scenario, answering)} == {"look_up"}


def test_a_bot_that_does_it_all_is_told_offering_by_offering() -> None:
    run = simulate(busy_desk(), policy_of(HANDS_ON), 4)
    found = counted(run)
    assert [(each.kind, each.intent, each.page) for each in found] == [
        *(("answer", name, "") for name in ("refund", "invoice", "how_to", "complaint")),
        *(("article", name, "") for name in ("refund", "invoice", "how_to", "complaint")),
        ("transaction", "invoice", ""), ("look_up", "how_to", ""), ("page", "how_to", "/"), ("page", "invoice", "/dev"),
    ]  # fmt: skip
    assert found[Offering("answer", "refund")]["helped"] > 0
    assert found[Offering("look_up", "how_to")]["helped"] > 0
    assert found[Offering("transaction", "invoice")]["failed"] > 0
    assert found[Offering("page", "how_to", "/")]["helped"] > 0
    assert found[Offering("answer", "complaint")]["helped"] == 0
    assert np.array_equal(summary_of(run).performance, performance_of(Measured(run)))


@pytest.mark.slow
def test_counts_vary_about_as_much_as_wilson_s_interval_takes_them_to() -> None:
    """Conversations are nearly independent: the spread over weeks is that of a binomial within a quarter."""
    desk, policy = open_desk(load_scenario("saas-week")), load_policy("deflect-hard")
    weeks = np.array([performance_of(Measured(simulate(desk, policy, 11, week))) for week in range(12)], dtype=float)
    shown = weeks[:, :, COUNTS.index("shown")]
    for name in ("helped", "left_unhelped", "asked_for_person"):
        counts = weeks[:, :, COUNTS.index(name)]
        share = counts.sum(axis=0) / np.maximum(shown.sum(axis=0), 1)
        binomial = shown * share * (1 - share)
        often = (binomial > 5).all(axis=0)
        squares = (counts - share * shown)[:, often] ** 2 / binomial[:, often]
        assert often.sum() >= 5
        assert 0.75 < np.sqrt(squares.sum(axis=0).mean() / 11) < 1.25
