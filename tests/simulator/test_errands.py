"""What a bot does by itself: look-ups, transactions, and the message that something is done."""

from __future__ import annotations

import dataclasses
from math import prod, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, ROUTING, SMALL, busy_desk, policy_of, scenario_of, small_desk
from talks import FAREWELLS, Talk, is_of_errand, talks

from deskdrill.errors import BadValue
from deskdrill.rules import Errand, Policy
from deskdrill.rules.strategies import bots
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.run import Run, simulate

some = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
with_errands = bots().filter(lambda bot: bool(bot.errands)).map(lambda bot: dataclasses.replace(policy_of(ANSWERS), bot=bot))
REFUND = {"asks": ("order_number", "email"), "confidence_at_least": 0.0}


def bot_with(*errands: Errand, keys: str = "") -> Policy:
    """A policy whose bot does nothing but these."""
    policy = policy_of(f"policy: errands\nbot:\n  hand_over: {{when_asked: true, after_failures: 1}}\n{keys}\n{ROUTING}")
    assert policy.bot is not None
    return dataclasses.replace(policy, bot=dataclasses.replace(policy.bot, errands=errands))


def results(talk: Talk, errand: Errand) -> list[str]:
    return [m.kind for m in talk.bot_said if m.kind in (f"{errand.kind} {errand.intent}", f"failed {errand.intent}")]


def asked_for(talk: Talk) -> list[str]:
    return [m.kind.removeprefix("ask ") for m in talk.bot_said if is_of_errand(m)]


@some
@given(scenarios(), with_errands, st.integers(0, 2**32))
def test_every_errand_is_tried_once_and_done_only_once_all_is_known(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert policy.bot is not None
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        for errand in policy.bot.errands:
            assert len(results(talk, errand)) <= 1
        known = sum(message.kind == "details" for message in talk.customer_said)
        done = [errand for errand in policy.bot.errands if results(talk, errand)]
        assert sum(len(errand.asks) for errand in done) <= known <= len(asked_for(talk)) + len(policy.bot.collect)


def test_a_bot_may_go_on_thirty_kinds_of_errands_and_ask_ten_things_for_each() -> None:
    """What it waits for has more states than a byte tells apart, and the errand that it has gone on is the last of them."""
    asks = tuple(f"field_{number}" for number in range(10))
    others = (Errand("transaction", f"other_{number}", asks, 0.0) for number in range(29))
    refund = Errand("look_up", "refund", asks, 0.0)
    few, many = (simulate(sure_desk(), bot_with(*errands), 3) for errands in ((refund,), (*others, refund)))
    until_done = [[[(message.kind, message.text) for message in talk.said[:21]] for talk in talks(run)] for run in (few, many)]
    assert until_done[0] == until_done[1]
    assert sum(results(talk, refund) == ["look_up refund"] for talk in talks(many)) > 100
    with pytest.raises(BadValue, match="at most 30 kinds of errands, found 31"):
        bot_with(*(Errand("look_up", f"other_{number}") for number in range(31)))


@some
@given(scenarios(), with_errands, st.integers(0, 2**32))
def test_who_replies_to_what_is_done_reaches_a_person_unless_nobody_reads_it(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert policy.bot is not None
    of_intent = {errand.intent: errand for errand in policy.bot.errands if errand.kind == "transaction"}
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        row, done = talk.row, [m for m in talk.bot_said if m.kind.startswith("transaction ")]
        reasons = {row["reason"]} & {"replied", "no_reply"}
        assert not reasons or done
        assert row["reason"] != "no_reply" or (row["bot_ending"] == "left" and row["counted_resolved"] and (row["attempt"] > 1 or not row["helped"]))
        last = [of_intent[message.kind.split()[1]].accepts_replies for message in done]
        assert (row["reason"] == "no_reply") <= (False in last)
        assert (row["reason"] == "replied") <= (True in last)
        assert not any(last) or row["bot_ending"] != "to_people" or row["reason"] in ("replied", "guard")


def assert_share(found: np.ndarray[Any, Any], of: np.ndarray[Any, Any], exact: float) -> None:
    assert of.sum() > 300
    assert abs((found & of).sum() / of.sum() - exact) < 4.5 * sqrt(exact * (1 - exact) / of.sum()) + 1e-12


def sure_desk(**intent: Any) -> Desk:
    """All customers want a refund, and every message is recognised."""
    standard = SMALL["segments"]["standard"]
    temperament = {**standard["temperament"], "asks_for_person_first": 0, "tolerance_median": 1e6}
    return small_desk(
        scenario_of(
            arrivals={"per_week": 9000},
            segments={"standard": {**standard, "share": 1, "intents": {"refund": 1}, "temperament": temperament}},
            intents={"refund": {**SMALL["intents"]["refund"], **intent}},
            behaviour={"look_ups": {"works": 0.8, "takes": "20s"}, "transactions": {"works": 0.9}, "question_drop_off": 0.1},
            protected={"segments": ["standard"]},
            recogniser={"kind": "confusion", "rows": {"refund": {"refund": 1}}, "asks_for_person": 1},
            returns=None,
        )
    )


@pytest.mark.parametrize(("kind", "works"), [("look_up", 0.8), ("transaction", 0.9)])
def test_an_errand_helps_as_often_as_it_works_and_solves_and_is_understood(kind: Any, works: float) -> None:
    """Understood by 60 % (complex); two questions at which one in ten leaves; the problem can be solved so in 70 %."""
    run = simulate(sure_desk(look_up_solves=0.7, transaction_solves=0.7), bot_with(Errand(kind, "refund", **REFUND)), 3)
    outcome = [row["outcome"] for row in (talk.row for talk in talks(run))]
    helped = np.array([each == "helped_by_bot" for each in outcome])
    assert_share(helped, np.ones_like(helped), prod((0.9, 0.9, works, 0.7, 0.6)))
    dropped = np.array([talk.row["reason"] == "dropped_off" for talk in talks(run)])
    assert_share(dropped, np.ones_like(dropped), 1 - 0.9**2)


@pytest.mark.parametrize("kind", ["look_up", "transaction"])
def test_what_a_scenario_does_not_say_can_be_looked_up_or_carried_out_solves_nothing(kind: Any) -> None:
    """Though an answer would solve 90 %."""
    errand = Errand(kind, "refund", confidence_at_least=0.0)
    run = simulate(sure_desk(bot_solves=0.9, look_up_solves=None, transaction_solves=None), bot_with(errand), 3)
    assert sum(bool(results(talk, errand)) for talk in talks(run)) > 300
    assert not any(talk.row["outcome"] == "helped_by_bot" for talk in talks(run))


@some
@given(scenarios(), with_errands, st.integers(0, 2**32))
def test_no_errand_helps_where_the_scenario_gives_no_share(scenario: Scenario, policy: Policy, seed: int) -> None:
    none = {name: intent.model_copy(update={"look_up_solves": None, "transaction_solves": None}) for name, intent in scenario.intents.items()}
    assert policy.bot is not None
    bot = dataclasses.replace(policy.bot, answers=None, articles=None, page_suggestions=(), flow=None)
    run = simulate(small_desk(scenario.model_copy(update={"intents": none})), dataclasses.replace(policy, bot=bot), seed)
    assert not any(talk.row["outcome"] == "helped_by_bot" for talk in talks(run))


def test_the_result_comes_when_the_look_up_is_over() -> None:
    run = simulate(sure_desk(), bot_with(Errand("look_up", "refund", confidence_at_least=0.0)), 3)
    bot_reply = run.desk.scenario.behaviour.bot_reply
    for talk in talks(run)[:50]:
        assert talk.bot_said[0].at_s - talk.said[0].at_s == pytest.approx(20 + bot_reply, abs=0.05)


def test_without_replies_the_same_customers_are_helped_and_the_others_are_lost_to_sight() -> None:
    """Who would have reached a person is counted as resolved; nobody is helped the more for it."""
    transaction = Errand("transaction", "refund", confidence_at_least=0.0)
    open_, closed = (
        simulate(sure_desk(transaction_solves=0.5), bot_with(dataclasses.replace(transaction, accepts_replies=accepts)), 4)
        for accepts in (True, False)
    )
    helped_open, helped_closed = ([talk.row["outcome"] == "helped_by_bot" for talk in talks(run)] for run in (open_, closed))
    assert helped_open == helped_closed
    replied, muted = ({talk.row["problem"] for talk in talks(run) if talk.row["reason"] == reason} for run, reason in ((open_, "replied"), (closed, "no_reply")))
    assert replied < muted
    assert len(replied) > 100
    assert all(talk.row["bot_ending"] == "to_people" and talk.bot_said[-1].kind in FAREWELLS for talk in talks(open_) if talk.row["problem"] in replied)


def test_what_protected_customers_are_told_by_a_look_up_counts_as_automation() -> None:
    run = simulate(sure_desk(), bot_with(Errand("look_up", "refund", confidence_at_least=0.0)), 3)
    found = [talk for talk in talks(run) if any(m.kind == "look_up refund" for m in talk.bot_said)]
    assert len(found) > 100
    assert all(talk.row["protected"] for talk in found)


def test_who_was_taken_for_another_does_not_tell_what_the_bot_asks_for() -> None:
    """On the busy desk one message in four is misunderstood."""
    run: Run = simulate(busy_desk(), bot_with(Errand("look_up", "refund", **REFUND)), 5)
    wrong = [talk for talk in talks(run) if talk.row["intent"] != "refund"]
    assert sum(bool(asked_for(talk)) for talk in wrong) > 10
    for talk in wrong:
        assert not any(message.kind == "details" for message in talk.customer_said)
        assert not results(talk, Errand("look_up", "refund"))
