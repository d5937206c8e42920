"""Mutants: policies with one mistake, and customers who tell them from the policy."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.rules import decide, guard_for, load_policy, policy_from_document, shipped
from deskdrill.rules.mutation import mutants
from deskdrill.rules.strategies import facts, policies
from deskdrill.rules.witness import told_apart, whom_it_fits

ONE_EACH = """
policy: p
groups: {big: {customer.contacts_30d: {gte: 5}}}
guards: [{id: g, when: {group: big}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}, hand_over: {after_failures: 2}}
rulesets:
  - name: r
    hit_policy: first
    rules:
      - {id: one, when: {any: [{message.text: {contains_any: [refund, money back]}}, {page.url: {starts_with: /billing}}]}, then: {route: billing, priority: high, tag: money}}
      - {id: two, when: [{message.intent: how_to}, {message.confidence: {gte: 0.4}}], then: {route: frontline}}
      - {id: three, when: {message.intent: refund}, then: {route: billing}}
    default: {route: escalation}
"""


def policy_of(text):
    return policy_from_document(parse_document(text))


def does(policy, row):
    first = decide(policy, row)
    # Without a bot nothing is ever handed over.
    last = first if policy.bot is None else decide(policy, row, "handed_over", first)
    return guard_for(policy, row) is not None, [(each.route, each.priority, set(each.tags)) for each in (first, last)]


@settings(max_examples=50)
@given(policies(errors=False))
def test_every_mutant_is_another_policy_with_a_name_and_each_comes_once(policy):
    found = list(islice(mutants(policy), 300))
    assert all(each.policy != policy for each in found)
    assert len(Counter(each.policy for each in found)) == len(found)
    owners = {"bot", *policy.guard_ids, *policy.rule_ids, *(f"group {name}" for name in policy.groups), *(ruleset.name for ruleset in policy.rulesets)}
    if policy.bot is not None and policy.bot.flow is not None:
        owners |= {f"state {name}" for name in policy.bot.flow.names}
    assert {each.owner for each in found} <= owners


@settings(max_examples=60)
@given(policies(errors=False), st.lists(facts(), max_size=8))
def test_what_is_said_to_change_nothing_changes_nothing(policy, rows):
    for each in islice(mutants(policy), 300):
        if each.equivalent:
            assert all(does(each.policy, row) == does(policy, row) for row in rows)


@settings(max_examples=15)
@given(policies(errors=False))
def test_who_tells_a_mutant_apart_does(policy):
    for each in islice(mutants(policy), 0, 60, 6):
        conditions = [rule.when for ruleset in each.policy.rulesets for rule in ruleset.rules[:1]]
        for row in islice(told_apart(policy, each.policy, conditions), 2):
            assert (each.policy.bot is None) != (policy.bot is None) or does(policy, row) != does(each.policy, row)


@given(policies(errors=False))
def test_whom_a_guard_fits_it_stops(policy):
    for guard in policy.guards:
        for row in islice(whom_it_fits(guard.when, policy.groups), 3):
            assert guard_for(policy, row) is not None


def test_every_kind_of_mistake_is_made():
    found = Counter(each.operator for each in mutants(policy_of(ONE_EACH)))
    assert found == {
        "move bound": 6, "negate condition": 7, "drop guard": 1, "drop bot": 1, "change bot": 7, "drop rule": 3, "always match": 3,
        "drop condition": 4, "drop value": 2, "all<->any": 2, "other team": 4, "drop action": 3, "other priority": 1, "swap neighbours": 2,
        "move last": 1, "first<->collect": 1, "drop default": 1, "drop trigger": 2,
    }  # fmt: skip


def test_two_rules_about_other_intents_may_change_places():
    same = {each.id for each in mutants(policy_of(ONE_EACH)) if each.equivalent}
    assert same == {"r.two: after three"}


ORDERED = """
policy: p
rulesets:
  - name: r
    hit_policy: sequence
    rules:
      - {id: money, when: {message.text: {contains_any: [refund]}}, then: {tag: money}}
      - {id: tagged, when: {conversation.tags: {contains_any: [money]}}, then: {route: billing}}
      - {id: trial, when: {customer.plan: trial}, then: {route: success}}
    default: {route: escalation}
"""


def equivalent(text):
    return {(each.operator, each.owner) for each in mutants(policy_of(text)) if each.equivalent}


def test_a_rule_that_goes_by_what_the_one_before_has_set_has_its_place():
    assert not {(op, owner) for op, owner in equivalent(ORDERED) if op in ("swap neighbours", "move last")}
    (swapped,) = [each for each in mutants(policy_of(ORDERED)) if (each.operator, each.owner) == ("swap neighbours", "r.money")]
    row = {"message.text": "refund"}
    assert decide(policy_of(ORDERED), row).route == "billing"
    assert decide(swapped.policy, row).route != "billing"


PARTED = """
policy: p
rulesets:
  - name: r
    hit_policy: first
    rules:
      - {id: a, when: {message.intent: how_to}, then: {route: billing}}
      - {id: b, when: {message.intent: refund}, then: {route: success}}
    default: {route: escalation}
"""


def test_what_nobody_can_notice_is_said_to_be_the_same():
    assert equivalent(PARTED) >= {("first<->collect", "r"), ("drop trigger", "r"), ("swap neighbours", "r.a")}
    both = PARTED.replace("{message.intent: refund}", "{customer.plan: trial}")
    assert ("first<->collect", "r") not in equivalent(both)
    strict = PARTED.replace("{message.intent: refund}", "{message.intent: {is: refund, on_missing: error}}")
    assert ("first<->collect", "r") not in equivalent(strict)
    with_bot = PARTED.replace("policy: p", "policy: p\nbot: {answers: {confidence_at_least: 70%}}")
    assert {owner for op, owner in equivalent(with_bot) if op == "drop trigger"} == set()
    everybody = PARTED.replace("{message.intent: refund}", "{any: [{customer.plan: trial}, {not: {customer.plan: trial}}]}")
    assert ("drop default", "r.default") in equivalent(everybody)
    assert ("drop default", "r.default") not in equivalent(PARTED)


@pytest.mark.parametrize(
    ("owner", "told", "row"),
    [
        ("r.one", 'without "refund"', {"message.text": "refund"}),
        ("group big", "the number of contacts in 30 days is more than 5, not: the number of contacts in 30 days is at least 5", {"customer.contacts_30d": 5.0}),
        ("r.three", "without the rule", {"message.intent": "refund"}),
    ],
)  # fmt: skip
def test_a_customer_whom_nobody_tested(owner, told, row):
    policy = policy_of(ONE_EACH)
    (mutant,) = [each for each in mutants(policy) if (each.owner, each.told) == (owner, told)]
    conditions = [policy.groups["big"], *(rule.when for rule in policy.rulesets[0].rules if owner.endswith(rule.id))]
    conditions = conditions[:1] if owner == "group big" else conditions[1:]
    assert next(told_apart(policy, mutant.policy, conditions)) == row


@pytest.mark.parametrize("name", shipped())
def test_shipped_policies_have_mutants_at_their_places(name):
    found = list(mutants(load_policy(name)))
    assert len(found) > 20
    assert sum(each.line is not None for each in found) > 0.8 * len(found)


FLOW = """
policy: p
bot:
  flow:
    hello: {says: Hi., next: [{when: {bot.failures: {gte: 2}}, go: person}, {go: answer}], silent_for: {after: 5m, go: bye}}
    answer: {answers: true, confidence_at_least: 70%, otherwise: person, next: hello}
    person: {hands_over: true}
    bye: {closes: true}
rulesets:
  - {name: late, on: {waiting: 10m}, hit_policy: collect, rules: [{id: a, then: {priority: high}}]}
  - {name: tags, on: [message, closed], hit_policy: collect, rules: [{id: b, then: {tag: x}}]}
"""


def test_states_of_a_flow_and_moments_have_mistakes_too():
    told = {each.id for each in mutants(policy_of(FLOW))}
    assert {
        "state hello: without the way to person if the number of turns that did not help is at least 2",
        "state hello: to person if the number of turns that did not help is at least 2: leads to bye",
        "state hello: to answer: leads to person",
        "state hello: waits for ever",
        "state answer: otherwise to bye, not person",
        "state answer: from 60% on",
        "late: after 20 minutes of waiting, not 10 minutes",
        "tags: not on message",
        "tags: not on closed",
    } <= told
    # Where everything else leads has to be said.
    assert "state hello: without the way to answer" not in told
