from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from small_desks import (
    ANSWERS,
    CAREFUL,
    DEFLECT,
    POLICIES,
    ROUTING,
    SMALL,
    busy_desk,
    one_desk,
    policy_of,
    rows_of,
    scenario_of,
    small_desk,
)  # fmt: skip
from talks import FAREWELLS, Message, Talk, is_of_errand, is_question, talks, turns_of

from deskdrill.rules import Policy
from deskdrill.rules.loops import loop_in, stumbles_in
from deskdrill.rules.strategies import bots
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.dialogue import Ending
from deskdrill.simulator.loop_table import loops_of
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

ASK_RECOGNISED = 0.5
KINDS = ("same reply", "comes round", "request ignored")

bold = policy_of(ANSWERS)
with_any_bot = bots().map(lambda bot: dataclasses.replace(bold, bot=bot))
some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_customers_and_bot_take_turns_and_the_clock_runs_on(scenario: Scenario, policy: Policy, seed: int) -> None:
    speaks_up = policy.bot is not None and policy.bot.flow is not None and policy.bot.flow.speaks_up
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        assert (talk.said[0].author == "bot") == (talk.row["reason"] == "page")
        assert talk.row["reason"] == "page" or talk.said[0].at_s == talk.row["starts_s"]
        assert all(a.author != b.author or (speaks_up and a.author == "bot") for a, b in pairwise(talk.said))
        assert all(a.at_s <= b.at_s + 0.05 for a, b in pairwise(talk.said))
        assert talk.row["bot_turns"] == len(talk.bot_said)


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_a_bot_answers_no_more_often_than_it_may(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert policy.bot is not None
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        last_words = [message for message in talk.bot_said if message.kind in (*FAREWELLS, "closing")]
        questions = [message for message in talk.bot_said if is_question(message) or is_of_errand(message)]
        # What it says into the silence answers nobody.
        spoken_up = [b for a, b in pairwise(talk.said) if a.author == b.author == "bot" and b.kind.startswith("says")]
        assert len(talk.bot_said) - len(last_words) - len(questions) - len(spoken_up) <= policy.bot.max_turns
        assert last_words in ([], talk.bot_said[-1:])


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_nobody_who_reaches_people_was_helped_by_the_bot(scenario: Scenario, policy: Policy, seed: int) -> None:
    for attempt in simulate(small_desk(scenario), policy, seed).attempts.attempts:
        for case in attempt.cases:
            played = case.dialogues
            helped = np.isin(played.ending, (Ending.HELPED_CONFIRMED, Ending.HELPED_SILENT))
            np.testing.assert_array_equal(~np.isnan(played.helped_s), helped)
            assert (played.helped_s[helped] <= played.duration_s[helped]).all()
            assert set(case.over.tolist()) == set(np.flatnonzero(played.ending == Ending.TO_PEOPLE).tolist())


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_a_bot_helps_only_with_what_the_problem_is_about(scenario: Scenario, policy: Policy, seed: int) -> None:
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        if_helped = {f"{means} {talk.row['intent']}" for means in ("answer", "article", "look_up", "transaction")}
        assert talk.row["outcome"] != "helped_by_bot" or talk.bot_said[-1].kind in if_helped


def leads_on(message: Message) -> bool:
    """Whether a bot's message is neither a way out nor a question."""
    return message.kind not in (*FAREWELLS, "closing") and not is_question(message) and not is_of_errand(message)


def is_loop(talk: Talk) -> bool:
    """Version 1: the same reply three times, replies that come round, or two turns after a request for a person that lead to none."""
    replies = [message for message in talk.bot_said if leads_on(message)]
    thrice = any(times >= 3 for times in Counter(message.similar for message in replies).values())
    requests = [message.at_s for message in talk.said if message.kind == "ask_person"]
    turns = [message for message in talk.bot_said if message.kind not in FAREWELLS and not is_question(message)]
    ignored = [message for message in turns if requests and message.at_s > requests[0]]
    return thrice or len(ignored) >= 2 or goes_in_cycles(talk)


def goes_in_cycles(talk: Talk) -> bool:
    """Several replies in a row that are said again in the same order, with nothing new between."""
    said = [message.similar for message in talk.bot_said if leads_on(message)]
    return any(
        said[start : start + length] == said[start + length : start + 2 * length]
        for length in range(2, len(said) // 2 + 1)
        for start in range(len(said) - 2 * length + 1)
    )


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_loops_and_stumbles_are_those_that_the_messages_show(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_loops_are_seen(simulate(small_desk(scenario), policy, seed))


def assert_loops_are_seen(run: Run) -> None:
    details = loops_of(run)
    for talk in talks(run):
        loop = loop_in(turns_of(talk), helped=talk.row["helped"])
        assert (loop is not None) == talk.row["loop"]
        assert stumbles_in(turns_of(talk)) == talk.row["stumble"]
        kind, turns, lost_s = (column[talk.row["conversation"]] for column in (details.kind, details.turns, details.lost_s))
        expected = (-1, 0, 0.0) if loop is None else (KINDS.index(loop.kind), loop.turns, loop.lost_s)
        assert (kind, turns, lost_s) == pytest.approx(expected, abs=0.1)
        assert loop is None or (loop.ended == "handed over") == (talk.row["bot_ending"] == "to_people")
        most = max(Counter(m.similar for m in talk.bot_said if leads_on(m)).values(), default=0)
        assert talk.row["loop"] == is_loop(talk)
        assert talk.row["stumble"] == (most == 2 and not talk.row["loop"])


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_loops_of_a_busy_desk_are_those_that_the_messages_show(text: str) -> None:
    assert_loops_are_seen(simulate(busy_desk(), policy_of(text), 3))


ASKS_WHETHER_ANYBODY_IS_THERE = f"""
policy: nagging
bot:
  flow:
    greet:
      says: Tell me more.
      next: [{{when: {{message.intent: talk_to_person, message.confidence: {{gte: 0.9}}}}, go: people}}, {{go: greet}}]
      silent_for: {{after: 20s, go: greet}}
    people: {{hands_over: true}}
  hand_over: {{after_failures: never, when_asked: false}}
  max_turns: 4
{ROUTING}
"""


def test_what_a_bot_says_into_the_silence_is_a_turn_like_others() -> None:
    run = simulate(busy_desk(), policy_of(ASKS_WHETHER_ANYBODY_IS_THERE), 3)
    kinds = loops_of(run).kind
    assert_loops_are_seen(run)
    assert (kinds == KINDS.index("same reply")).sum() > 50


PATIENT = {
    name: {**segment, "temperament": {**segment["temperament"], "tolerance_median": 100, "asks_for_person_first": 0, "unhelped": {"says_no": 1, "asks": 0, "silent": 0}}}
    for name, segment in SMALL["segments"].items()
}  # fmt: skip
NEVER_SURE = f"""
policy: never-sure
bot:
  answers: {{confidence_at_least: 1.0}}
  hand_over: {{after_failures: never}}
  max_turns: 6
  at_max_turns: close
{ROUTING}
"""


def test_platitudes_that_come_round_again_are_a_loop() -> None:
    """Six times not understood, in three wordings by turns: N6, and a repeated cycle by TERMS."""
    cycles = [talk for talk in talks(simulate(small_desk(scenario_of(segments=PATIENT)), policy_of(NEVER_SURE), 1)) if goes_in_cycles(talk)]
    assert len(cycles) > 100
    assert all(talk.row["loop"] for talk in cycles)


@pytest.mark.parametrize("text", [ANSWERS, CAREFUL], ids=["answers", "careful"])
def test_whoever_is_understood_to_want_a_person_gets_one_with_the_next_turn(text: str) -> None:
    asked = 0
    for talk in talks(simulate(busy_desk(), policy_of(text), 5)):
        for before, after in pairwise(talk.said):
            understood = before.intent == "talk_to_person" and before.confidence >= ASK_RECOGNISED
            assert not (understood and after.author == "bot") or after.kind in FAREWELLS
            asked += understood and after.author == "bot"
        last = talk.said[-1]
        assert last.kind not in FAREWELLS or talk.row["bot_ending"] == "to_people"
    assert asked > 30


def test_a_bot_that_hands_over_when_asked_never_loops_with_an_asker_it_understands() -> None:
    """A recogniser that is always right and sure: one turn after a request, the hand-over, whatever went wrong before."""
    desk = small_desk(scenario_of(), skill=1.0)
    sure = dataclasses.replace(desk, recognition=dataclasses.replace(desk.recognition, confidence=np.ones_like(desk.recognition.confidence)))
    for talk in talks(simulate(sure, policy_of(ANSWERS), 5)):
        requests = [place for place, message in enumerate(talk.said) if message.kind == "ask_person"]
        assert not requests or [message.kind in FAREWELLS for message in talk.said[requests[0] + 1 :]] == [True]
        assert not talk.row["refused"]


def test_the_way_out_that_does_not_exist_shows() -> None:
    run = simulate(busy_desk(), policy_of(DEFLECT), 5)
    assert not (run.conversations.first_visit >= 0).any()
    assert run.conversations.refused.mean() > 0.1
    assert all(talk.row["outcome"] in ("helped_by_bot", "left_in_bot") for talk in talks(run))


@pytest.mark.parametrize("when", ["message.text: {set: true}", "time: {during: always}", "queue.billing.length: {gte: 0}"])
def test_a_guard_that_always_holds_keeps_the_bot_silent(when: str) -> None:
    text = f"{ANSWERS}\nguards:\n  - {{id: always, when: {{{when}}}, forbid: bot}}\n"
    run = simulate(one_desk(), policy_of(text), 6)
    assert run.conversations.bot_turns.max() == 0
    assert {row["guard"] for row in rows_of(tables_of(run)["conversations"])} == {"always"}
    assert not run.conversations.protected.any()


def seen_by_the_desk(run: Run, talk: Talk) -> bool:
    """Whether a label that the desk knows protects the customer of a conversation."""
    people, rule = run.population, run.desk.scenario.protected
    who, attempt = talk.row["problem"], talk.row["attempt"]
    flags = {name for bit, name in enumerate(people.flag_names) if int(people.flags[who]) >> bit & 1}
    assert rule.contacts_30d_at_least is not None
    return bool(
        (people.plan_known[who] and people.plan_names[people.plan[who]] in rule.plans)
        or (people.flags_known[who] and flags & set(rule.flags))
        or (people.contacts_known[who] and people.contacts_30d[who] + attempt - 1 >= rule.contacts_30d_at_least)
    )


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_protected_customers_whom_the_bot_answered_are_counted_by_what_was_known_and_by_truth(text: str) -> None:
    run = simulate(busy_desk(), policy_of(text), 8)
    intents, rule = run.desk.scenario.intents, run.desk.scenario.protected
    for talk in talks(run):
        answered = [
            before for before, after in pairwise(talk.said) if after.author == "bot" and after.kind.startswith(("answer", "article"))
        ]
        sensitive = any(m.intent in intents and intents[m.intent].sensitive for m in answered)
        assert talk.row["protected_known"] == (bool(answered) and (seen_by_the_desk(run, talk) or sensitive))
        people, who = run.population, talk.row["problem"]
        flags = {name for bit, name in enumerate(people.flag_names) if int(people.flags[who]) >> bit & 1}
        assert rule.contacts_30d_at_least is not None
        truly = (
            talk.row["segment"] in rule.segments
            or people.plan_names[people.plan[who]] in rule.plans
            or bool(flags & set(rule.flags))
            or people.contacts_30d[who] + talk.row["attempt"] - 1 >= rule.contacts_30d_at_least
            or intents[talk.row["intent"]].sensitive
        )
        assert talk.row["protected"] == (bool(answered) and truly)


def test_whoever_carries_a_known_label_is_protected_in_truth() -> None:
    run = simulate(busy_desk(), policy_of(DEFLECT), 8)
    labelled = [talk for talk in talks(run) if talk.row["protected_known"] and seen_by_the_desk(run, talk)]
    assert len(labelled) > 100
    assert all(talk.row["protected"] for talk in labelled)


@pytest.mark.parametrize("replication", range(3))
def test_guards_that_cover_what_is_protected_leave_nobody_knowingly_automated(replication: int) -> None:
    run = simulate(busy_desk(), policy_of(CAREFUL), 9, replication)
    assert run.conversations.protected_known.sum() == 0
    assert run.conversations.protected.sum() > 0


def test_a_request_is_repeated_no_more_often_than_the_temperament_allows() -> None:
    most = {name: segment["temperament"]["refused_repeats"] for name, segment in SMALL["segments"].items()}
    for talk in talks(simulate(busy_desk(), policy_of(DEFLECT), 10)):
        requests = [message for message in talk.customer_said if message.kind == "ask_person"]
        assert len(requests) <= 1 + most[talk.row["segment"]]
        assert talk.row["asked"] == bool(requests)
        assert talk.row["refused"] == (bool(requests) and talk.row["bot_ending"] == "left")


def test_only_one_article_is_suggested_and_none_to_who_was_just_in_the_help_centre() -> None:
    run = simulate(busy_desk(), policy_of(CAREFUL), 11)
    for talk in talks(run):
        articles = [message for message in talk.bot_said if message.kind.startswith("article")]
        assert len(articles) <= 1
        since_s = run.population.help_centre_s[talk.row["problem"]]
        assert not articles or not since_s + articles[0].at_s - talk.row["starts_s"] <= 900


def closed_after_a_word() -> list[Talk]:
    """Conversations that the bot closed at its limit, though the customer had just said that it was not over."""
    hasty = ANSWERS.replace("max_turns: 4", "max_turns: 1\n  at_max_turns: close").replace("after_failures: 3", "after_failures: never")
    return [talk for talk in talks(simulate(busy_desk(), policy_of(hasty), 12)) if talk.bot_said[-1:] and talk.bot_said[-1].kind == "closing"]


def test_who_wrote_again_after_an_answer_and_was_closed_is_not_counted_as_resolved() -> None:
    """TERMS: confirmed or silent. These customers were neither."""
    closed = closed_after_a_word()
    assert len(closed) > 50
    assert not any(talk.row["counted_resolved"] for talk in closed)


def test_what_a_desk_counts_as_resolved_ended_with_an_answer_and_no_person() -> None:
    for talk in talks(simulate(busy_desk(), policy_of(ANSWERS), 13)):
        answered = bool(talk.bot_said) and talk.bot_said[-1].kind.startswith(("answer", "article"))
        assert not talk.row["counted_resolved"] or (answered and talk.row["bot_ending"] != "to_people")
        assert talk.row["bot_ending"] != "helped_confirmed" or talk.row["counted_resolved"]
        assert talk.said[-1].kind != "leaving" or not talk.row["counted_resolved"]


ALONE = f"""
policy: alone
bot:
  answers: {{confidence_at_least: 0.9}}
  hand_over: {{when_asked: true, after_failures: 2, when_closed: bot_only}}
  max_turns: 3
{ROUTING}
"""
GUARDED_ALONE = ALONE.replace("max_turns: 3", "max_turns: 30") + "guards:\n  - {id: no-bot-for-anger, when: {message.intent: complaint}, forbid: bot}\n"


@cache
def open_by_day() -> frozenset[int]:
    """Minutes of the run in which somebody is on duty at the small desk."""
    return frozenset(np.flatnonzero(one_desk().open_minutes).tolist())


def test_a_bot_that_is_alone_at_night_keeps_to_its_limit() -> None:
    for talk in talks(simulate(one_desk(), policy_of(ALONE), 14)):
        assert len(talk.bot_said) <= 4


def test_a_guard_stops_even_a_bot_that_is_alone() -> None:
    """Invariant of VALIDATION 0: no conversation whose facts match a guard gets an act that the guard forbids."""
    for talk in talks(simulate(one_desk(), policy_of(GUARDED_ALONE), 14)):
        for before, after in pairwise(talk.said):
            forbidden = before.author == "customer" and before.intent == "complaint"
            assert not forbidden or after.kind in FAREWELLS


def test_a_bot_that_is_alone_hands_over_by_day_only() -> None:
    text = ALONE.replace("max_turns: 3", "max_turns: 30")
    night = 0
    for talk in talks(simulate(one_desk(), policy_of(text), 14)):
        handed = talk.bot_said[-1:] if talk.row["bot_ending"] == "to_people" else []
        by_day = all(int(message.at_s // 60) in open_by_day() for message in handed)
        assert by_day or talk.row["attempt"] > 1
        night += int(talk.row["starts_s"] // 60) not in open_by_day()
    assert night > 30


def kinds_after_a_question(run: Run) -> Counter[str]:
    """What customers wrote whom the bot had not understood, but for requests for a person."""
    said = (pair for talk in talks(run) for pair in pairwise(talk.said))
    found = Counter(after.kind for before, after in said if before.kind == "not_understood")
    found["rephrased"] += found["blurred"]
    return Counter({kind: found[kind] for kind in ("rephrased", "frustrated", "no", "switched")})


@pytest.mark.parametrize("again", [{}, {"rephrased": 1, "frustrated": 0, "no": 0}, {"rephrased": 0.2, "frustrated": 0.5, "no": 0.3}, {"rephrased": 0.3, "frustrated": 0, "no": 0.1, "switches": 0.6}], ids=["default", "rephrased", "frustrated", "switches"])
def test_who_goes_on_writes_as_the_scenario_says(again: dict[str, float]) -> None:
    scenario = scenario_of(segments=PATIENT, behaviour={"writes_again": again or {"rephrased": 0.7, "frustrated": 0.15, "no": 0.15}})
    found = kinds_after_a_question(simulate(small_desk(scenario), policy_of(NEVER_SURE), 2))
    assert sum(found.values()) > 500
    for kind, share in dict(scenario.behaviour.writes_again).items():
        low, high = binom.ppf([0.0005, 0.9995], sum(found.values()), share)
        assert low <= found[kind.replace("switches", "switched")] <= high


def test_only_after_a_loop_customers_have_fewer_words() -> None:
    desk = small_desk(scenario_of(segments=PATIENT, behaviour={"after_a_loop": {"words": 0.4}}))
    blurred = 0
    for talk in talks(simulate(desk, policy_of(NEVER_SURE), 2)):
        for number, message in enumerate(talk.said):
            in_circles = is_loop(dataclasses.replace(talk, said=talk.said[:number]))
            assert message.kind not in ("rephrased", "blurred") or (message.kind == "blurred") == in_circles
            blurred += message.kind == "blurred"
    assert blurred > 100


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_so_many_of_those_who_give_up_on_the_bot_say_a_last_word(share: float) -> None:
    scenario = scenario_of(behaviour={"last_word": {"share": share, "after": "40s"}})
    left = [talk for talk in talks(simulate(small_desk(scenario), policy_of(DEFLECT), 2)) if talk.row["bot_ending"] == "left"]
    spoke = [talk for talk in left if talk.said[-1].kind == "leaving"]
    low, high = binom.ppf([0.0005, 0.9995], len(left), share)
    assert low <= len(spoke) <= high
    assert all(abs(talk.said[-1].at_s - talk.said[-2].at_s - 40) < 0.1 for talk in spoke)


def test_a_message_is_a_request_for_a_person_from_the_confidence_that_the_scenario_says() -> None:
    desk = small_desk(scenario_of(behaviour={"asks_recognised_from": 0.9}))
    ignored = 0
    for talk in talks(simulate(desk, policy_of(ANSWERS), 5)):
        for before, after in pairwise(talk.said):
            asks = before.intent == "talk_to_person" and after.author == "bot"
            assert not (asks and before.confidence >= 0.9) or after.kind in FAREWELLS
            ignored += asks and 0.5 <= before.confidence < 0.9 and after.kind not in FAREWELLS
    assert ignored > 10
