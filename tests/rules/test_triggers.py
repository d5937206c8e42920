"""Rules at every moment of a conversation: after a wait, at a message while it waits, reopened, over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.rules import Action, Policy, Rule, Ruleset, decide, describe, policy_from_document
from deskdrill.rules.case_file import suite_from_document
from deskdrill.rules.cases import Around, Case, NotPossible, Step, outcome, play
from deskdrill.rules.check import Names, check
from deskdrill.rules.strategies import WAITS_S, facts, messages, policies

ROOT = Path(__file__).parents[2]
by_rules = policies(errors=False).map(lambda policy: replace(policy, bot=None))
steps = st.lists(
    st.builds(Step, st.none() | messages(), after_s=st.sampled_from((0.0, 30.0, *WAITS_S))), min_size=1, max_size=4
)

LIFE = """
policy: life
bot:
  answers: {confidence_at_least: 50%}
rulesets:
  - name: placing
    hit_policy: first
    rules:
      - {id: money, when: {message.intent: refund}, then: {route: billing}}
    default: {route: frontline}
  - name: more
    on: message
    hit_policy: collect
    rules:
      - {id: angry, when: {message.text: {contains_any: [useless]}}, then: {priority: high, tag: angry}}
  - name: late
    on: [{waiting: 10m}, {waiting: 1h}]
    hit_policy: sequence
    rules:
      - {id: again, when: {conversation.tags: {contains_any: [late]}}, then: {priority: urgent, tag: very-late}}
      - {id: to-triage, when: {time: {during: Mon-Fri 09-17}}, then: {route: triage, tag: late}}
  - name: anybody
    on: message_while_waiting
    hit_policy: collect
    rules:
      - {id: there, when: {message.text: {contains_any: [anybody]}}, then: {priority: high, tag: asked-again}}
  - name: back
    on: reopened
    hit_policy: collect
    rules:
      - {id: back, then: {route: experts, tag: reopened}}
  - name: end
    on: closed
    hit_policy: collect
    rules:
      - {id: thanks, when: {message.text: {contains_any: [thanks]}}, then: {tag: thankful}}
"""
POLICY = policy_from_document(parse_document(LIFE))
PEOPLE = {"message.intent": "talk_to_person", "message.confidence": 1.0}


@given(by_rules, facts(), messages(), st.lists(st.sampled_from((1.0, 59.0, 60.0, 540.0, 5000.0)), min_size=1, max_size=4))
def test_a_wait_comes_to_the_same_however_it_is_cut_up(policy, row, text, parts):
    """Rules see the moment at which the wait is over, not that of the step that tells of it."""
    once = play(policy, row, [Step(text), Step(None, after_s=sum(parts))], Around())
    often = play(policy, row, [Step(text), *(Step(None, after_s=part) for part in parts)], Around())
    assert once[-1].decision.rules == often[-1].decision.rules
    assert (once[-1].route, once[-1].decision.priority, once[-1].decision.tags) == (often[-1].route, often[-1].decision.priority, often[-1].decision.tags)


@given(by_rules, facts(), messages(), steps)
def test_each_moment_is_decided_as_decide_decides_it(policy, row, text, more):
    """Of a conversation that nobody takes up, step by step, by hand."""
    *_, last = play(policy, row, [Step(text), *more], Around())
    clock = row.get("time")
    waited_s, heard = 0.0, text
    known = lambda at_s: last_facts(row, heard, None if clock is None else (clock + at_s) % 604_800.0)  # noqa: E731 - as short
    decision = decide(policy, known(0.0))
    for step in more:
        before_s, waited_s = waited_s, waited_s + step.after_s
        for wait_s in WAITS_S:
            due = wait_s in policy.waits_s and before_s < wait_s <= waited_s
            decision = decide(policy, known(wait_s), "waiting", decision, wait_s) if due else decision
        heard = heard if step.say is None else step.say
        decision = decision if step.say is None else decide(policy, known(waited_s), "message_while_waiting", decision)
    assert (last.decision.route, last.decision.priority, last.decision.tags) == (decision.route, decision.priority, decision.tags)


def last_facts(row, text, clock):
    """What rules see of a conversation at a moment, its last message being this one."""
    (played,) = play(Policy("none"), {**row, **({} if clock is None else {"time": clock})}, [Step(text)], Around())
    return played.facts


# Known answers --------------------------------------------------------------------------------------------------------------------


def played(*conversation, given=None):
    return play(POLICY, {"time": 8 * 3600.0 + 55 * 60, **(given or {})}, conversation, Around())


def told(step):
    return step.route, step.decision.priority, set(step.decision.tags)


def test_a_conversation_goes_through_all_of_them():
    """Written on Monday at 8:55; ten minutes of waiting are over at 9:05."""
    sure = {"message.intent": "refund", "message.confidence": 0.9}
    first, again, asks, wait, more, hour, taken, over, back = played(
        Step("money back", facts=sure),
        Step("useless", after_s=60.0, facts={"message.intent": None, "message.confidence": None}),
        Step("a person", facts=PEOPLE),
        Step(None, after_s=660.0),
        Step("anybody there?", after_s=60.0),
        Step(None, after_s=3600.0),
        Step("thanks!", taken=True),
        Step(None, after_s=60.0, closed=True),
        Step("one more thing", after_s=86_400.0),
    )
    assert (first.route, again.route) == (None, None)
    assert again.decision.priority == "high"
    assert "more.angry" in again.rules
    assert told(asks) == ("frontline", "high", {"angry"})
    assert told(wait) == ("triage", "high", {"angry", "late"})
    assert told(more) == ("triage", "high", {"angry", "late", "asked-again"})
    assert told(hour) == ("triage", "urgent", {"angry", "late", "asked-again", "very-late"})
    assert told(taken) == told(hour)
    assert told(over) == ("triage", "urgent", {"angry", "late", "asked-again", "very-late", "thankful"})
    assert over.closed
    assert not back.closed
    assert told(back)[0] == "experts"
    assert "reopened" in told(back)[2]
    assert "late.to-triage" in hour.rules
    assert "placing.default" in hour.rules


def test_a_message_beside_a_long_wait_comes_after_it():
    first, late = played(Step("money back"), Step("anybody?", after_s=900.0), given=PEOPLE)
    assert first.route == "frontline"
    assert [each.trigger for each in late.tried] == ["waiting", "waiting", "message_while_waiting"]
    assert [each.facts["time"] for each in late.tried] == [9 * 3600.0 + 300, 9 * 3600.0 + 300, 9 * 3600.0 + 600]


def test_nothing_waits_that_is_taken_or_over():
    for end in (Step(None, taken=True), Step(None, closed=True)):
        *_, wait = played(Step("hi"), end, Step(None, after_s=7200.0), given=PEOPLE)
        assert not [each for each in wait.tried if each.trigger == "waiting"]


def test_a_bot_that_ends_it_is_over_too_and_nobody_reads_on():
    policy = policy_from_document(parse_document(LIFE.replace("answers: {confidence_at_least: 50%}", "max_turns: 1\n  at_max_turns: close")))
    *_, over, later = play(policy, {}, [Step("hi"), Step("thanks", closed=False), Step("hello?")], Around())
    assert over.closed
    assert over.decision.tags == ("thankful",)
    assert not later.tried
    assert later.route is None


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step(None, taken=True), "a step says `taken`, but the conversation is not with people by then"),
        (Step(None, closed=True), None),
    ],
)
def test_a_step_that_cannot_be_is_told(step, said):
    case = Case("c", (Step("hi", facts={"message.intent": "refund", "message.confidence": 0.9}), step))
    assert outcome(POLICY, case, Around()).stopped == said
    twice = replace(case, steps=(Step("hi", facts=PEOPLE), Step(None, closed=True), step))
    with pytest.raises(NotPossible, match="a step says"):
        play(POLICY, twice.given, twice.steps, Around())


def test_rules_on_what_is_over_only_tag():
    for rules, default in (((Rule("r", Action(route="billing")),), None), ((), Action(priority="low"))):
        with pytest.raises(BadValue, match="rules only tag it"):
            Ruleset("end", rules, "collect", ("closed",), default)


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("waiting", "p:4:9: `waiting` needs a time, such as `{waiting: 10m}`"),
        ("[arrived, waiting]", "p:4:19: `waiting` needs a time, such as `{waiting: 10m}`"),
        ("{waitin: 10m}", "p:4:9: expected `{waiting: 10m}`, found `waitin`; did you mean `waiting`?"),
        ("{waiting: 0m}", "p:4:19: expected more than 0, found `0m`"),
        ("[]", "p:4:9: expected at least one trigger, found none"),
        ("closed", "p:6:28: when a conversation is `closed`, rules only tag it: leave `route` and `priority` out"),
    ],
)
def test_triggers_that_cannot_be_are_refused_where_they_stand(on, said):
    text = f"policy: p\nrulesets:\n  - name: r\n    on: {on}\n    hit_policy: first\n    rules: [{{id: a, then: {{route: b}}}}]\n"
    with pytest.raises(InputError) as refused:
        policy_from_document(parse_document(text, "p"))
    assert said in str(refused.value).splitlines()


def test_where_nothing_is_placed_no_default_is_needed():
    text = "policy: p\nrulesets:\n  - name: r\n    on: {waiting: 10m}\n    hit_policy: first\n    rules: [{id: a, why: b, then: {tag: b}}]\n"
    policy = policy_from_document(parse_document(text))
    assert policy.rulesets[0].waiting_s == (600.0,)
    assert check(policy, Names()) == ()
    assert "has waited for people for 10 minutes" in describe(policy)


def test_the_pages_show_what_can_be_read():
    blocks = [
        block.split("```", 1)[0]
        for page in ("triggers", "testing")
        for block in (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split("```yaml\n")[1:]
    ]
    (rulesets,) = (block for block in blocks if block.startswith("rulesets:"))
    policy = policy_from_document(parse_document(f"policy: p\n{rulesets}"))
    assert policy.waits_s == (600.0,)
    (turns,) = (block for block in blocks if block.startswith("    turns:"))
    (case,) = suite_from_document(parse_document(f"policy: p\ncases:\n  - id: c\n{turns}")).cases
    assert [(step.taken, step.closed) for step in case.steps[3:]] == [(True, False), (False, True), (False, False)]


def test_rules_at_messages_to_a_bot_that_there_is_not_are_never_tried():
    rules = (Rule("a", Action(tags=("b",)), "why"),)
    (found,) = check(Policy("p", rulesets=(Ruleset("r", rules, "collect", ("message",)),)), Names())
    assert found.message == "ruleset `r` is never tried: it acts on message, and there is no bot"
    assert check(Policy("p", rulesets=(Ruleset("r", rules, "collect", ("arrived", "message")),)), Names()) == ()


def test_what_a_later_ruleset_sets_is_known_once_people_have_it():
    written = LIFE.replace("[late]", "[reopened]")
    assert not [each for each in check(policy_from_document(parse_document(written)), Names()) if each.id == "V105"]
    unknown = check(policy_from_document(parse_document(LIFE.replace("[late]", "[nobody-sets-it]"))), Names())
    assert [each.id for each in unknown if each.id == "V105"] == ["V105"]
