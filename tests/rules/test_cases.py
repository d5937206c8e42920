"""Cases: what a conversation that is written down comes to, and what is said where that is not as expected."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.calendar import WeekHours
from deskdrill.documents import parse_document
from deskdrill.rules import decide, guard_for, load_policy, policy_from_document
from deskdrill.rules.bot import Bot, HandOver
from deskdrill.rules.cases import ACTS, KEYS, STRAIGHT, Around, Case, Expected, Step, outcome, play
from deskdrill.rules.given import ORDINARY
from deskdrill.rules.standing import Knowledge
from deskdrill.rules.strategies import bots, facts, messages, policies

CAREFUL = load_policy("careful")
SURE = {"message.intent": "how_to", "message.confidence": 0.9, "customer.plan": "pro"}
by_rules = policies(errors=False).map(lambda policy: replace(policy, bot=None))
with_bots = st.builds(lambda policy, bot: replace(policy, bot=bot), policies(errors=False), bots())
conversations = st.lists(st.tuples(messages(), st.floats(0, 1e5)), min_size=1, max_size=5)


def steps_of(conversation):
    return [Step(text, after_s=after_s) for text, after_s in conversation]


def said_of(text, **changes):
    return Step(text, **changes)


@given(by_rules, facts(), messages())
def test_without_a_bot_a_case_comes_to_what_is_decided(policy, row, text):
    (played,) = play(policy, row, [Step(text)], Around())
    decision = decide(policy, played.facts)
    assert played.decision == decision
    assert played.route == (decision.route or "escalation")
    assert played.did == (STRAIGHT,)
    known = {name: value for name, value in {**ORDINARY, **row}.items() if not name.startswith("message.")}
    assert {name: value for name, value in played.facts.items() if not name.startswith("message.")} == known
    assert played.facts["message.text"] == text


@given(with_bots, facts(), conversations)
def test_a_conversation_goes_on_from_where_it_was(policy, row, conversation):
    steps = steps_of(conversation)
    whole = play(policy, row, steps, Around())
    assert len(whole) == len(steps)
    for number in range(1, len(steps)):
        assert play(policy, row, steps[:number], Around()) == whole[:number]
    over = [played.standing.over for played in whole]
    assert all(later == earlier for earlier, later in itertools.pairwise(over) if earlier is not None)
    assert all(not after.said for before, after in itertools.pairwise(whole) if before.standing.over is not None)


@given(with_bots, facts(), messages())
def test_whom_a_guard_keeps_from_the_bot_goes_straight_to_people(policy, row, text):
    (played,) = play(policy, row, [Step(text)], Around())
    guard = guard_for(policy, played.facts)
    assert (played.standing.guard == guard.id and played.did == (STRAIGHT,)) if guard else played.standing.guard is None


@given(with_bots, facts(), conversations)
def test_what_came_is_as_expected_when_it_is_expected(policy, row, conversation):
    """Whatever happens, a case that expects just that passes, and one that expects the contrary fails."""
    for played in play(policy, row, steps_of(conversation), Around()):
        kinds = tuple(line.kind for line in played.said)
        for key, value in {"rule": played.rules, "did": played.did, "reply": kinds, "tags": played.decision.tags, "hand_over": played.standing.to_people}.items():
            assert KEYS[key](value, played) is None
        assert KEYS["hand_over"](not played.standing.to_people, played) == str(played.standing.to_people).lower()
        assert (KEYS["not_did"](played.did, played) is None) == (not played.did)
        assert KEYS["reply"](tuple(kind.split()[0] for kind in kinds), played) is None
        assert KEYS["reply"]("answer no_such_intent", played) == (", ".join(kinds) or "none")
        words = tuple(line.text for line in played.said)
        assert KEYS["says"](words, played) is None
        assert (KEYS["not_says"](words, played) is None) == (not words)
        assert (KEYS["not_rules"](played.rules, played) is None) == (not played.rules)
        assert KEYS["did"](tuple(act for act in ACTS if act not in played.did), played) is not None
        assert (KEYS["route"]("no such team", played)) == (played.route or "none")
        assert (KEYS["priority"](played.decision.priority, played)) is None


@given(with_bots, facts(), conversations)
def test_a_case_that_expects_nothing_wrong_has_no_difference(policy, row, conversation):
    case = Case("c", tuple(steps_of(conversation)), row)
    assert outcome(replace(policy, invariants=()), case, Around()).passes
    assert not outcome(policy, case, Around()).differences
    hopeless = replace(case, steps=tuple(replace(step, expect=(Expected("route", "nowhere"),)) for step in case.steps))
    assert [each.step for each in outcome(policy, hopeless, Around()).differences] == list(range(len(case.steps)))


# Known answers --------------------------------------------------------------------------------------------------------------------


def test_intents_are_given_or_recognised_message_by_message():
    around = Around(recognise={"where is it?": ("order_status", 0.8)}.get)
    first, second = play(CAREFUL, {"customer.plan": "pro"}, [Step("where is it?"), Step("hm")], around)
    assert (first.facts["message.intent"], first.facts["message.confidence"]) == ("order_status", 0.8)
    assert "message.intent" not in second.facts
    (given_intent,) = play(CAREFUL, {"message.intent": "how_to"}, [Step("where is it?")], around)
    assert (given_intent.facts["message.intent"], given_intent.facts["message.confidence"]) == ("how_to", 1.0)


def test_what_becomes_known_in_a_turn_stays_known():
    steps = [Step("hello"), Step("hm", facts={"customer.plan": "trial"}), Step("hm")]
    assert [played.facts.get("customer.plan") for played in play(CAREFUL, {}, steps, Around())] == [None, "trial", "trial"]


def test_the_bot_answers_then_hands_over_when_asked():
    steps = [Step("how do I add a user?", facts=SURE), Step("somebody else", facts={"message.intent": "talk_to_person", "message.confidence": 0.9})]
    answered, handed = play(CAREFUL, {}, steps, Around())
    assert (answered.did, answered.route) == (("bot.answer",), None)
    assert (handed.did, handed.standing.over) == (("hand_over",), "asked")
    assert handed.route == "triage"


def test_a_bot_answers_only_what_its_knowledge_covers():
    (played,) = play(CAREFUL, SURE, [Step("how?")], Around(knowledge=Knowledge({}, {})))
    assert played.did == ("bot.not_understood",)


@pytest.mark.parametrize(("at_s", "did"), [(3 * 3600.0, "say_when"), (11 * 3600.0, "hand_over")])
def test_nobody_is_there_outside_the_hours(at_s, did):
    policy = replace(CAREFUL, bot=Bot(answers=None, hand_over=HandOver(when_asked=True, when_closed="say_when")), guards=())
    asks = {"message.intent": "talk_to_person", "message.confidence": 1.0, "time": at_s}
    (played,) = play(policy, asks, [Step("a human")], Around(hours=WeekHours.parse("Mon-Fri 09-17")))
    assert played.did == (did,)


def test_time_goes_on_between_the_turns():
    """Written on Monday at 8:50, again after half an hour: by then somebody is there."""
    policy = replace(CAREFUL, bot=Bot(answers=None, hand_over=HandOver(when_asked=True, when_closed="say_when")), guards=())
    asks = {"message.intent": "talk_to_person", "message.confidence": 1.0}
    steps = [Step("hello"), Step("a human", after_s=1800.0, facts=asks)]
    played = play(policy, {"time": 8 * 3600.0 + 50 * 60}, steps, Around(hours=WeekHours.parse("Mon-Fri 09-17")))
    assert played[-1].did == ("hand_over",)


def test_a_bot_that_waits_speaks_into_the_silence():
    policy = policy_from_document(parse_document("""
policy: p
bot:
  flow:
    ask: {says: Hello!, next: people, silent_for: {after: 10m, go: people}}
    people: {hands_over: true}
"""))
    hello, silence = play(policy, {}, [Step("hi"), Step(None, after_s=700.0)], Around())
    assert (hello.did, silence.did) == (("bot.says",), ("hand_over",))
    assert silence.route == "escalation"


def test_a_case_ends_where_a_fact_is_needed_and_missing():
    policy = policy_from_document(parse_document("""
policy: p
rulesets:
  - name: r
    hit_policy: first
    rules: [{id: needs, when: {customer.plan: {is: pro, on_missing: error}}, then: {route: a}}]
    default: {route: escalation}
"""))
    found = outcome(policy, Case("c", (Step("hi", (Expected("route", "a"),)),)), Around())
    assert not found.passes
    assert found.stopped == "rule `r.needs` needs `customer.plan`, which is unset (on_missing: error)"
    assert found.played == ()
