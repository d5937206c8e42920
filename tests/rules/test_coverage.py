"""Coverage: what counts as tried, and that nothing is rounded up."""

from __future__ import annotations

from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.rules import FactColumns, decide, guard_for, guard_trace, holds, policy_from_document
from deskdrill.rules.coverage import coverage_of, coverage_on, percent_seen
from deskdrill.rules.strategies import facts, policies
from deskdrill.rules.untested import without_the_untested

rows = st.lists(facts(), max_size=5)


def tries(policy, row):
    return [*guard_trace(policy, row), *decide(policy, row).trace]


def covered(policy, all_rows):
    return coverage_of(policy, [each for row in all_rows for each in tries(policy, row)])


@given(policies(errors=False), rows)
def test_counts_are_those_of_the_tries(policy, all_rows):
    found = covered(policy, all_rows)
    trace = [each for row in all_rows for each in tries(policy, row)]
    for each in found.covered:
        if each.acts:
            mine = [one for one in trace if one.id == each.id]
            assert (each.tried, each.fired) == (len(mine), sum(one.fired for one in mine))
            for part in each.parts:
                assert part.held == sum(holds(part.leaf, one.facts, policy.groups) for one in mine)
                assert part.held + part.failed == len(mine)
    assert {each.id for each in found.covered if each.acts} == {*policy.guard_ids, *policy.rule_ids}
    assert {each.id for each in found.covered if not each.acts} == set(policy.groups)


@given(policies(errors=False), rows)
def test_many_at_a_time_are_counted_as_one_by_one(policy, all_rows):
    trace = []
    for row in all_rows:
        trace += guard_trace(policy, row) if policy.bot is not None else ()
        trace += decide(policy, row).trace
    assert coverage_on(policy, FactColumns(all_rows)) == coverage_of(policy, trace)


@given(policies(errors=False), rows, facts())
def test_more_cases_never_cover_less(policy, all_rows, row):
    less, more = covered(policy, all_rows), covered(policy, [*all_rows, row])
    assert less.share <= more.share
    assert less.rules[0] <= more.rules[0]
    assert less.outcomes[0] <= more.outcomes[0]
    assert less.outcomes[1] == more.outcomes[1] == 2 * sum(1 for each in more.covered for _ in each.parts)


@given(policies(errors=False), rows)
def test_what_is_not_covered_is_found_and_nothing_else(policy, all_rows):
    found = covered(policy, all_rows)
    findings = list(found.findings())
    assert sum(each.id == "Q801" for each in findings) == found.rules[1] - found.rules[0]
    looked_at = [part for each in found.covered if each.tried for part in each.parts]
    assert sum(each.id == "Q802" for each in findings) == sum(2 - part.seen for part in looked_at)


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_a_share_is_never_rounded_up(part, whole):
    shown = percent_seen(min(part, whole) / whole)
    assert float(shown[:-1]) <= 100 * min(part, whole) / whole
    assert (shown == "100%") == (part >= whole)


def test_every_part_of_a_condition_counts_for_itself_and_a_group_once():
    policy = policy_from_document(parse_document("""
policy: p
groups: {big: {any: [{customer.plan: pro}, {customer.contacts_30d: {gte: 9}}]}}
rulesets:
  - name: r
    hit_policy: first
    rules:
      - {id: one, when: [{group: big}, {message.text: {contains_any: [refund]}}], then: {route: a}}
      - {id: two, when: {group: big}, then: {route: b}}
    default: {route: escalation}
"""))
    found = covered(policy, [{"customer.plan": "pro", "message.text": "hello"}])
    assert [(each.id, each.tried, each.fired, [(part.held, part.failed) for part in each.parts]) for each in found.covered] == [
        ("big", 2, 2, [(2, 0), (0, 2)]),
        ("r.one", 1, 0, [(1, 0), (0, 1)]),
        ("r.two", 1, 1, [(1, 0)]),
        ("r.default", 0, 0, []),
    ]
    assert (found.rules, found.outcomes) == ((1, 3), (5, 10))
    assert percent_seen(found.share) == "46.1%"
    told = [str(each) for each in found.findings()]
    assert "<text>:8:9: warning Q801: rule `r.one` is tried and never fires; add a case in which it fires" in told
    assert '<text>:8:41: warning Q802: in rule `r.one` it is never true that the message mentions "refund"' in told
    assert any("Q801: default `r.default` is never tried" in each for each in told)


def test_a_policy_without_rules_is_covered():
    policy = policy_from_document(parse_document("policy: p\n"))
    assert covered(policy, []).share == 1


@settings(max_examples=25)
@given(policies(errors=False), rows)
def test_what_no_case_tries_is_a_policy_that_does_the_same_in_all_cases(policy, all_rows):
    """Without guards, of which the first that holds stands for all."""
    for each in islice(without_the_untested(covered(policy, all_rows)), 40):
        for row in all_rows:
            one, other = decide(policy, row), decide(each.policy, row)
            assert (one.route, one.priority, set(one.tags)) == (other.route, other.priority, set(other.tags))
            assert (guard_for(policy, row) is None) == (guard_for(each.policy, row) is None)
