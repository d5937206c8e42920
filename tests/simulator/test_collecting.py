"""What a bot asks for before it hands over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from small_desks import (
    ANSWERS,
    CAREFUL,
    ROUTING,
    SMALL,
    busy_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)
from talks import FAREWELLS, Talk, is_question, talks

from deskdrill.rules import Policy
from deskdrill.rules.strategies import bots
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.pool import Kind
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.dialogue import Dialogues, Ending, Reason
from deskdrill.simulator.replies import replies_of
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visit_chains import Purpose

ASKED_FIRST = ("asked", "failures", "turn_limit", "unsure")
FIELDS = ("order_number", "plan", "urgency")

some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])


def asking(text: str, fields: Sequence[str] = FIELDS[:2]) -> Policy:
    """A policy whose bot asks for these first."""
    policy = policy_of(text)
    assert policy.bot is not None
    return dataclasses.replace(policy, bot=dataclasses.replace(policy.bot, collect=tuple(fields)))


def dropping(share: float, **changed: Any) -> Desk:
    """The busy desk, where so many leave at each question."""
    return small_desk(scenario_of(arrivals={**SMALL["arrivals"], "per_week": 2400}, behaviour={"question_drop_off": share, **changed}))


with_questions = bots().filter(lambda bot: bool(bot.collect)).map(
    lambda bot: dataclasses.replace(policy_of(ANSWERS), bot=dataclasses.replace(bot, errands=(), page_suggestions=(), flow=None))
)
with_guards = with_questions.map(lambda policy: dataclasses.replace(policy, guards=policy_of(CAREFUL).guards, groups=policy_of(CAREFUL).groups))


def assert_asks_first(run: Run) -> int:
    """Who is handed over for one of these reasons has answered everything; questions and answers stand where they belong."""
    bot = run.policy.policy.bot
    assert bot is not None
    for talk in talks(run):
        asked = [message.kind for message in talk.bot_said if is_question(message)]
        answers = [message for message in talk.customer_said if message.kind == "details"]
        assert asked == [f"collect {field}" for field in bot.collect[: len(asked)]]
        assert talk.row["collected"] == (len(answers) == len(bot.collect))
        assert talk.row["reason"] not in ASKED_FIRST or talk.row["collected"]
        assert (talk.row["reason"] == "dropped_off") == (len(asked) == len(answers) + 1)
        assert talk.row["reason"] == "guard" or talk.row["collected"] or not answers or talk.row["reason"] == "dropped_off"
        assert_in_their_places(talk)
        assert_dropped_off_is_gone_unhelped(talk)
    return sum(row["collected"] for row in rows_of(tables_of(run)["conversations"]))


def assert_in_their_places(talk: Talk) -> None:
    for before, after in pairwise(talk.said):
        assert not is_question(before) or after.kind in ("details", "leaving")
        assert before.kind != "details" or is_question(after) or after.kind in FAREWELLS
        assert after.kind != "details" or is_question(before)
    assert not talk.said or talk.said[-1].kind != "details"


def assert_dropped_off_is_gone_unhelped(talk: Talk) -> None:
    dropped = talk.row["reason"] == "dropped_off"
    assert not dropped or (talk.row["bot_ending"], talk.row["outcome"], talk.row["refused"], talk.row["counted_resolved"]) == ("left", "left_in_bot", False, False)


@some
@given(scenarios(), with_questions | with_guards, st.integers(0, 2**32))
def test_nobody_is_handed_over_with_a_question_unanswered(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_asks_first(simulate(small_desk(scenario), policy, seed))


@pytest.mark.parametrize("text", [ANSWERS, CAREFUL], ids=["answers", "careful"])
def test_a_busy_desk_asks_before_it_hands_over(text: str) -> None:
    assert assert_asks_first(simulate(dropping(0.1), asking(text, FIELDS), 1)) > 30


def test_where_a_guard_keeps_the_bot_away_nothing_is_asked() -> None:
    run = simulate(dropping(0.1), asking(f"{ANSWERS}\nguards:\n  - {{id: all, when: {{message.text: {{set: true}}}}, forbid: bot}}\n"), 2)
    assert run.conversations.bot_turns.max() == 0
    assert not tables_of(run)["conversations"]["collected"].any()


def test_a_guard_that_an_answer_meets_ends_the_questions() -> None:
    """Answers of the small phrasebook: `it is`, `here you are`, `sure` or `one moment`."""
    guarded = f"{ANSWERS}\nguards:\n  - {{id: moment, when: {{message.text: {{contains_any: [one moment]}}}}, forbid: bot}}\n"
    stopped = [talk for talk in talks(simulate(dropping(0), asking(guarded, FIELDS), 3)) if talk.row["guard"] == "moment"]
    assert len(stopped) > 50
    for talk in stopped:
        assert "one moment" in talk.customer_said[-1].text.lower()
        assert talk.bot_said[-1].kind in FAREWELLS
        assert talk.row["reason"] == "guard"
        assert talk.row["bot_ending"] == "to_people"
    assert {len([m for m in talk.bot_said if is_question(m)]) for talk in stopped} == {1, 2, 3}


@pytest.mark.parametrize("share", [0, 0.03, 0.5, 1])
def test_so_many_leave_at_each_question(share: float) -> None:
    found = talks(simulate(dropping(share), asking(ANSWERS, FIELDS), 4))
    for number in range(len(FIELDS)):
        asked = [talk for talk in found if sum(map(is_question, talk.bot_said)) > number]
        left = [talk for talk in asked if talk.row["reason"] == "dropped_off" and sum(map(is_question, talk.bot_said)) == number + 1]
        low, high = binom.ppf([0.0005, 0.9995], len(asked), share)
        assert low <= len(left) <= high
        assert number or len(asked) > 200


def first_attempt(run: Run) -> Dialogues:
    return run.attempts.attempts[0].cases[0].dialogues


def test_the_same_customers_reach_people_later_and_nothing_else_changes_for_them() -> None:
    """Common random numbers: who answers is as without questions, but for the time and the turns that they take."""
    desk = dropping(0.2)
    plain, asked = (first_attempt(simulate(desk, policy, 5)) for policy in (policy_of(ANSWERS), asking(ANSWERS)))
    assert asked.collected is not None
    assert plain.collected is None
    dropped = asked.reason == Reason.DROPPED_OFF
    handed = plain.ending == Ending.TO_PEOPLE
    np.testing.assert_array_equal(handed, asked.collected | dropped)
    assert dropped.sum() > 50
    for name in ("ending", "reason", "refused"):
        np.testing.assert_array_equal(getattr(plain, name)[~dropped], getattr(asked, name)[~dropped])
    for name in ("opening", "telling", "guard", "asked", "loop", "stumble", "protected", "protected_known", "helped_s"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(asked, name))
    np.testing.assert_array_equal(asked.bot_turns[~dropped] - plain.bot_turns[~dropped], 2 * asked.collected[~dropped])
    np.testing.assert_array_equal(asked.duration_s[~handed], plain.duration_s[~handed])
    assert (asked.duration_s[asked.collected] > plain.duration_s[asked.collected] + 2 * desk.scenario.behaviour.bot_reply).all()
    assert asked.silent_unsolved[dropped].all()


def test_a_customer_leaves_at_the_same_question_whenever_the_bot_asks() -> None:
    desk, hasty = dropping(0.3), ANSWERS.replace("after_failures: 3", "after_failures: 1")
    early, late, short = (first_attempt(simulate(desk, asking(text, fields), 6)) for text, fields in ((hasty, FIELDS), (ANSWERS, FIELDS), (ANSWERS, FIELDS[:1])))
    assert late.collected is not None
    both = (late.collected | (late.reason == Reason.DROPPED_OFF)) & np.isin(early.reason, (Reason.ASKED, Reason.FAILURES, Reason.DROPPED_OFF))
    assert both.sum() > 100
    np.testing.assert_array_equal(early.reason[both] == Reason.DROPPED_OFF, late.reason[both] == Reason.DROPPED_OFF)
    of_one = short.reason == Reason.DROPPED_OFF
    assert (late.reason[of_one] == Reason.DROPPED_OFF).all()
    assert of_one.sum() < (late.reason == Reason.DROPPED_OFF).sum()


@pytest.mark.parametrize("factor", [0.9, 0.5, 1])
def test_work_takes_exactly_so_much_of_what_it_takes_without(factor: float) -> None:
    desk = dropping(0.2, collected_handle_factor=factor)
    plain, asked = (simulate(desk, policy, 7) for policy in (policy_of(ANSWERS), asking(ANSWERS)))
    before_s, after_s = work_of_first_attempts(plain), work_of_first_attempts(asked)
    collected = first_attempt(asked).collected
    assert collected is not None
    assert set(after_s) == set(np.flatnonzero(collected).tolist())
    assert len(after_s) > 100
    assert all(after_s[problem] == before_s[problem] * factor for problem in after_s)


def work_of_first_attempts(run: Run) -> dict[int, float]:
    """What the team that solves a problem has to do, by problem."""
    owner, purpose = run.attempts.owner, run.attempts.purpose
    first = np.flatnonzero((purpose == Purpose.WORK) & (owner < run.population.size))
    return dict(zip(owner[first].tolist(), run.attempts.visits.service_s[first].tolist(), strict=True))


def test_where_only_a_guard_hands_over_nothing_is_shortened() -> None:
    guarded = f"{ANSWERS}\nguards:\n  - {{id: all, when: {{message.text: {{set: true}}}}, forbid: bot}}\n"
    desk = dropping(0.2, collected_handle_factor=0.5)
    plain, asked = (simulate(desk, policy, 7) for policy in (policy_of(guarded), asking(guarded)))
    assert all(same_columns(a, b) for a, b in zip(tables_of(plain).values(), tables_of(asked).values(), strict=True))


def test_questions_come_on_top_of_the_turns_that_a_bot_may_have() -> None:
    found = talks(simulate(dropping(0), asking(ANSWERS.replace("max_turns: 4", "max_turns: 1"), FIELDS), 8))
    at_limit = [talk for talk in found if talk.row["reason"] == "turn_limit"]
    assert len(at_limit) > 50
    assert all([message.kind for message in talk.bot_said[1:4]] == [f"collect {field}" for field in FIELDS] for talk in at_limit)
    assert all(talk.row["bot_turns"] == 5 for talk in at_limit)


def test_ten_questions_that_read_alike_make_no_loop() -> None:
    """TERMS: a second bot turn after a request for a person makes one, unless it is a question or the hand-over."""
    asks_at_once = {name: {**each, "temperament": {**each["temperament"], "asks_for_person_first": 1}} for name, each in SMALL["segments"].items()}
    sure = {"kind": "confusion", "right": 1}
    desk = small_desk(scenario_of(segments=asks_at_once, recogniser=sure, behaviour={"question_drop_off": 0}))
    run = simulate(desk, asking(ANSWERS, [f"field_{letter}" for letter in "abcdefghij"]), 9)
    assert len(set(run.replies.classes[run.replies.first_question :].tolist())) == 1
    assert run.conversations.collected.all()
    assert not (run.conversations.loop | run.conversations.stumble | run.conversations.refused).any()
    assert (run.conversations.bot_turns == 11).all()


def test_answers_take_the_time_of_the_channel() -> None:
    behaviour = {"reply_gap": {"shape": "deterministic", "mean": "40s"}, "bot_reply": "3s", "question_drop_off": 0}
    segments = {name: {**each, "channels": {"chat": 0.5, "email": 0.5}} for name, each in SMALL["segments"].items()}
    email = {"answers_after": {"shape": "deterministic", "mean": "2h"}}
    answered = {"chat": 0, "email": 0}
    for talk in talks(simulate(small_desk(scenario_of(segments=segments, behaviour=behaviour, email=email)), asking(ANSWERS), 10)):
        gap_s = {"chat": 40.0, "email": 7200.0}[talk.row["channel"]]
        for before, after in pairwise(talk.said):
            takes_s = {("bot", "details"): gap_s, ("customer", "collect"): 3.0}.get((before.author, after.kind.split()[0]), after.at_s - before.at_s)
            assert after.at_s - before.at_s == pytest.approx(takes_s, abs=0.1)
            answered[talk.row["channel"]] += after.kind == "details"
    assert min(answered.values()) > 100


def test_a_question_names_what_it_asks_for_in_the_words_of_the_policy() -> None:
    says = 'says: {collect: "Und {field}, bitte?"}'
    policy = policy_of(f"policy: p\nbot:\n  collect: [order_number, plan]\n  {says}\n{ROUTING}")
    replies = replies_of(policy.bot, busy_desk())
    assert replies.texts[replies.first_question :] == ("Und order number, bitte?", "Und plan, bitte?")
    assert replies.kinds[replies.first_question :] == ("collect order_number", "collect plan")


def test_more_questions_leave_the_codes_of_all_other_replies_as_they_are() -> None:
    without, with_some = (replies_of(policy.bot, busy_desk()) for policy in (policy_of(ANSWERS), asking(ANSWERS)))
    many = len(without.texts)
    assert without.first_question == many
    assert (with_some.texts[:many], with_some.kinds[:many]) == (without.texts, without.kinds)
    np.testing.assert_array_equal(with_some.classes[:many], without.classes)


def test_an_answer_to_a_question_is_surely_about_no_intent() -> None:
    desk = open_desk(load_scenario("bank-week"))
    assert desk.recognition is not None
    details = desk.pool.kinds == Kind.DETAILS
    assert details.sum() > 50
    assert {desk.intent_names[code] for code in desk.recognition.codes[details]} == {"small_talk"}
    assert (desk.recognition.confidence[details] == 1).all()


def test_a_policy_that_asks_for_nothing_collects_nothing() -> None:
    run = simulate(dropping(1), policy_of(ANSWERS), 11)
    assert run.conversations.collected is None
    assert not any(message.kind == "details" for talk in talks(run) for message in talk.said)
    assert all(same_columns(a, b) for a, b in zip(tables_of(run).values(), tables_of(simulate(dropping(0), policy_of(ANSWERS), 11)).values(), strict=True))


def test_desks_draw_the_same_answers_for_the_same_seed() -> None:
    a, b = (tables_of(simulate(dropping(0.1), asking(ANSWERS), 12)) for _ in range(2))
    assert all(same_columns(a[name], b[name]) for name in a)
