"""Made-up conversations find what breaks an invariant, and what is left of it is as short and plain as can be."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import Phase, find, settings

from deskdrill.calendar import WeekHours
from deskdrill.documents import parse_document
from deskdrill.rules import load_policy, policy_from_document
from deskdrill.rules.cases import Around, outcome
from deskdrill.rules.policy import Policy
from deskdrill.rules.strategies import policies
from deskdrill.scenarios import load_scenario
from deskdrill.simulator.around import around_any, around_of
from deskdrill.simulator.fuzzing import Broken, Fuzzed, fuzzed

BUDGET = 200
"""Conversations within which what is known to be wrong is found."""
PARCELS = """
policy: parcels
bot:
  hand_over: {after_failures: never}
  max_turns: 8
  flow:
    greet: {says: What is it about?, next: [{when: {message.text: {contains_any: [parcel]}}, go: late}, {go: person}]}
    late: {says: Is it late?, next: [{when: {message.says: "no"}, go: damaged}, {go: person}]}
    damaged: {says: "Has it arrived damaged, then?", next: [{when: {message.says: "no"}, go: late}, {go: person}]}
    person: {hands_over: true}
"""
DISPUTES = """
policy: disputes
guards: [{id: g, why: money wants a person, when: {message.text: {contains_any: [dispute, charge]}}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}}
invariants: [{id: disputes, why: as above, never: {all: [{truth.intent: disputed_charge}, {did: bot.answer}]}}]
"""


def read(text: str) -> Policy:
    return policy_from_document(parse_document(text, "policy.yaml"))


@pytest.fixture(scope="module")
def desk() -> tuple[Around, dict[str, tuple[str, ...]]]:
    found = around_any(load_scenario("saas-week"))
    assert found is not None
    return found[0], dict(found[1])


def by_id(found: Fuzzed) -> dict[str, Broken]:
    return {each.violation.invariant.id: each for each in found.broken}


def said(broken: Broken) -> list[str | None]:
    return [step.say for step in broken.case.steps]


# Laws -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_what_is_found_breaks_what_it_says_at_its_last_step_and_the_same_seed_finds_the_same(seed: int) -> None:
    how = settings(max_examples=20, database=None, derandomize=False, phases=(Phase.generate,))
    policy = find(policies(), lambda policy: policy.bot is not None, settings=how, random=Random(seed))
    found = fuzzed(policy, Around(), examples=30, seed=seed)
    assert {each.id for each in policy.invariants} | {"no-loop", "escape-hatch"} == {*by_id(found), *found.kept, *found.unchecked}
    for name, each in by_id(found).items():
        again = outcome(replace(policy, invariants=(each.violation.invariant,)), each.case, Around())
        assert [(broken.invariant.id, broken.step) for broken in again.violations] == [(name, len(each.case.steps) - 1)]
    once_more = fuzzed(policy, Around(), examples=30, seed=seed)
    assert (once_more.tried, once_more.broken, once_more.reached) == (found.tried, found.broken, found.reached)
    assert found.tried <= 30


# Known answers --------------------------------------------------------------------------------------------------------------------


def test_a_bot_with_no_way_out_is_found_by_an_unknown_customer_in_the_fewest_turns() -> None:
    found = by_id(fuzzed(load_policy("deflect-hard"), Around(), examples=BUDGET))
    assert found.keys() == {"no-loop", "escape-hatch"}
    assert [found[name].case.given for name in found] == [{}, {}]
    assert said(found["escape-hatch"]) == ["human", "human"]
    assert said(found["no-loop"]) == ["hello"] * 3


def test_a_request_in_place_of_an_answer_that_an_errand_needs_is_not_heard() -> None:
    policy = read("policy: p\nbot: {look_ups: {order_status: {asks: order_number}}, hand_over: {when_asked: true, after_failures: never}}")
    found = by_id(fuzzed(policy, Around(), only=("escape-hatch",), examples=BUDGET))["escape-hatch"]
    assert [each.did for each in found.outcome.played[:2]] == [("bot.ask",), ("bot.look_up",)]
    assert said(found)[1] == "human"
    assert len(found.case.steps) == 3


def test_a_loop_behind_two_states_is_found() -> None:
    found = fuzzed(read(PARCELS), Around(), examples=BUDGET)
    assert by_id(found).keys() == {"no-loop"}
    assert said(by_id(found)["no-loop"]) == ["hello", "parcel", "no", "no", "no"]
    assert found.reached.states == {"greet", "late", "damaged", "person"}


TWO_PHRASES = """
policy: p
bot: {answers: {confidence_at_least: 0.5}, hand_over: {when_asked: true, after_failures: 2}}
invariants:
  - id: stolen-cards
    never: {all: [{message.text: {contains_any: [stolen]}}, {message.text: {contains_any: [card]}}, {did: bot.answer}]}
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_takes_two_phrases_in_one_message_is_found(seed: int) -> None:
    found = by_id(fuzzed(read(TWO_PHRASES), Around(), only=("stolen-cards",), examples=BUDGET, seed=seed))
    assert {"stolen", "card"} <= set(said(found["stolen-cards"])[0].split())


def test_a_guard_on_words_is_evaded_by_another_word_for_the_same(desk: tuple[Around, dict[str, tuple[str, ...]]]) -> None:
    found = by_id(fuzzed(read(DISPUTES), *desk, only=("disputes",), examples=BUDGET))["disputes"]
    (step,) = found.case.steps
    assert (found.case.given, step.means) == ({}, "disputed_charge")
    assert not {"dispute", "charge"} & set(str(step.say).lower().split())


def test_what_a_synonym_evades_is_found_though_no_wording_does() -> None:
    said_plainly = {"refund": ("refund", "a refund, please"), "talk_to_person": ("human",)}
    around = Around(lambda text: ("talk_to_person" if text == "human" else "refund", 0.9))
    policy = read(DISPUTES.replace("dispute, charge", "refund").replace("disputed_charge", "refund"))
    found = by_id(fuzzed(policy, around, said_plainly, examples=BUDGET))["disputes"]
    assert said(found) == ["money back"]


def test_the_truth_is_not_checked_where_nobody_knows_it() -> None:
    found = fuzzed(read(DISPUTES), Around(), examples=BUDGET)
    assert (found.unchecked, found.kept, found.broken) == (("disputes",), ("no-loop", "escape-hatch"), ())


def test_careful_keeps_what_every_policy_should() -> None:
    found = fuzzed(load_policy("careful"), Around(), examples=BUDGET)
    assert (found.broken, found.kept, found.unchecked) == ((), ("no-loop", "escape-hatch"), ())
    assert found.tried == BUDGET >= found.different > BUDGET // 4
    assert len(found.reached.rules) >= 12
    assert found.reached.all_rules == 17


def test_careful_does_not_hear_a_wording_that_neither_its_words_nor_the_recogniser_know(desk: tuple[Around, dict[str, tuple[str, ...]]]) -> None:
    """True, and said so in docs/fuzz.md."""
    around, wordings = desk
    found = by_id(fuzzed(load_policy("careful"), around, wordings, examples=2 * BUDGET))
    assert found.keys() == {"escape-hatch"}
    text = str(found["escape-hatch"].case.steps[0].say)
    assert text in wordings["talk_to_person"]
    intent, confidence = around.recognise(text) or (None, 0.0)
    assert intent != "talk_to_person" or confidence < around.knowledge.asks_recognised_from


def test_at_night_a_message_is_a_way_out_and_a_bot_alone_is_none() -> None:
    night = Around(hours=WeekHours.parse("Mon-Fri 09-17"))
    bot = "policy: p\nbot: {hand_over: {when_asked: true, when_closed: WHEN}}"
    for way in ("take_message", "say_when"):
        assert not fuzzed(read(bot.replace("WHEN", way)), night, examples=BUDGET // 4).broken
    found = by_id(fuzzed(read(bot.replace("WHEN", "bot_only")), night, examples=BUDGET))
    assert found["escape-hatch"].case.given.keys() == {"time"}
    assert not fuzzed(read(bot.replace("WHEN", "bot_only")), Around(), examples=BUDGET // 4).broken


def test_one_invariant_alone_is_found_alike() -> None:
    policy = read("policy: p\nbot: {hand_over: {when_asked: false}}\ninvariants: [{id: i, never: {did: bot.not_understood}}]")
    many = fuzzed(policy, Around(), examples=BUDGET)
    alone = fuzzed(policy, Around(), only=("escape-hatch",), examples=BUDGET)
    assert by_id(many).keys() == {"i", "escape-hatch"}
    assert [(each.violation, each.case) for each in alone.broken] == [(same.violation, same.case) for same in (by_id(many)["escape-hatch"],)]


def test_time_ends_the_search_between_two_batches() -> None:
    told: list[tuple[int, int]] = []
    found = fuzzed(load_policy("careful"), Around(), examples=100_000, seconds=0.1, done=lambda done, of: told.append((done, of)))
    assert BUDGET <= found.tried < 100_000
    assert told[-1] == (found.tried, 100_000)


def test_what_needs_a_fact_that_is_not_known_is_counted() -> None:
    policy = read("policy: p\nguards: [{id: g, when: {customer.plan: {is: trial, on_missing: error}}, forbid: bot}]\nbot: {}")
    found = fuzzed(policy, Around(), examples=BUDGET)
    assert set(found.stopped) == {"rule `g` needs `customer.plan`, which is unset (on_missing: error)"}
    assert 0 < sum(found.stopped.values()) < found.tried


def test_any_text_is_read_as_the_scenarios_recogniser_reads_it(desk: tuple[Around, dict[str, tuple[str, ...]]]) -> None:
    around, wordings = desk
    texts = ["wat", *[text for several in wordings.values() for text in several[:1]]]
    assert "{" not in "".join(text for several in wordings.values() for text in several)
    alone = around_of(load_scenario("saas-week"), texts)
    assert [around.recognise(text) for text in texts] == [alone.recognise(text) for text in texts]
    assert alone.knowledge == around.knowledge


def test_a_recogniser_that_does_not_go_by_texts_reads_none() -> None:
    assert around_any(load_scenario("saas-2022")) is None
