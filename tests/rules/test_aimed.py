"""Customers, messages and conversations aim at one policy: at its values and bounds, and at what is nearly its phrases."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from deskdrill.calendar import WeekHours
from deskdrill.documents import parse_document
from deskdrill.rules import load_policy, policy_from_document
from deskdrill.rules.cases import Around, outcome
from deskdrill.rules.given import given_facts
from deskdrill.rules.matching import contains
from deskdrill.rules.strategies import SYNONYMS, bot_machine, conversations, customers, messages, policies
from deskdrill.rules.vocabulary import field_named

CAREFUL = load_policy("careful")
ALL_HOURS = WeekHours.parse("Mon-Fri 09-17")
WORDINGS = {"refund": ("money back please", "Refund!"), "invoice": ("the bill",), "talk_to_person": ("a real one, please",)}


def read(text):
    return policy_from_document(parse_document(text, "policy.yaml"))


# Laws -----------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.data(), policies())
def test_customers_have_facts_that_the_policy_could_see(data, policy):
    facts = data.draw(customers(policy, ALL_HOURS))
    tested = {atom_field for condition in policy.conditions() for atom_field in _fields(condition, policy)}
    of_invariants = {name for each in policy.invariants for condition in each.conditions() for name in _fields(condition, policy)}
    own = {"time", "customer.language", "customer.help_centre_visit"}
    assert facts.keys() <= tested | of_invariants | own
    assert all(value is not None and field_named(name) is not None for name, value in facts.items())


def _fields(condition, policy):
    from deskdrill.rules.conditions import atoms

    return {atom.field for atom in atoms(condition, policy.groups)}


@settings(max_examples=50)
@given(st.data(), policies(), st.none() | st.just(WORDINGS))
def test_conversations_can_be_played_and_begin_with_a_message(data, policy, wordings):
    around = Around(lambda text: ("refund", 0.8) if "refund" in text.lower() else None, hours=ALL_HOURS)
    case = data.draw(conversations(policy, wordings, around))
    found = outcome(policy, case, around)
    assert case.steps[0].say is not None
    assert len(found.played) == len(case.steps) or found.stopped is not None
    assert all(step.means is None for step in case.steps) or wordings is not None
    assert all(not {"message.intent", "message.confidence"} & step.facts.keys() for step in case.steps) or wordings is None


@settings(max_examples=30)
@given(st.data())
def test_whose_answers_the_bot_collects_is_known_from_then_on(data):
    asking = read(
        "policy: p\nbot: {collect: [order_number, urgency], hand_over: {when_unsure: true}}\n"
        "rulesets: [{name: r, hit_policy: first, rules: [{id: u, when: {collected.urgency: urgent}, then: {route: now}}], default: {route: later}}]"
    )
    case = data.draw(conversations(asking))
    found = outcome(asking, case, Around()).played
    told = [number for number, step in enumerate(case.steps) if "collected.urgency" in step.facts]
    assert all(found[number].standing.collected and not found[number - 1].standing.collected for number in told)


# Known answers --------------------------------------------------------------------------------------------------------------------


def minimal(strategy, wanted=lambda _: True):
    how = settings(max_examples=500, database=None, derandomize=False)
    return find(strategy, wanted, settings=how, random=Random(1))


def met(strategy, wanted):
    how = settings(max_examples=3_000, database=None, derandomize=False, phases=(Phase.generate,))
    return find(strategy, wanted, settings=how, random=Random(1))


def test_the_plainest_is_one_message_of_an_unknown_customer():
    case = minimal(conversations(CAREFUL))
    assert (case.given, [step.say for step in case.steps], case.steps[0].facts) == ({}, ["hello"], {})
    assert minimal(messages(CAREFUL)) == "hello"
    assert minimal(customers(CAREFUL)) == {}


@pytest.mark.parametrize("contacts", [0.0, 4.0, 5.0, 6.0])
def test_bounds_are_tried_on_both_sides(contacts):
    found = minimal(customers(CAREFUL), lambda facts: facts.get("customer.contacts_30d") == contacts)
    assert found == {"customer.contacts_30d": contacts}


@pytest.mark.parametrize("text", ["gdpr", "GDPR", "gdprs", "it is about gdpr, please", "dgpr", "contest", "scam"])
def test_messages_come_near_the_phrases_of_a_policy(text):
    assert text in met(messages(CAREFUL), lambda found: text in found)


@pytest.mark.parametrize("mark", ["\N{ZERO WIDTH SPACE}", "\N{RIGHT-TO-LEFT OVERRIDE}", "İ", "\N{POUTING FACE}", "\N{NO-BREAK SPACE}", "\n"])
def test_messages_are_hostile_too(mark):
    assert mark in met(messages(CAREFUL), lambda found: mark in found)
    assert len(met(messages(CAREFUL), lambda found: len(found) > 1_000)) > 1_000


def test_messages_of_no_policy_are_those_of_generated_ones():
    assert contains(minimal(messages(), lambda text: contains(text, "refund")), "refund")


def test_expressions_are_met_and_those_of_another_dialect_left_out():
    policy = read("policy: p\nguards: [{id: g, when: {any: [{message.text: {matches: '^x[0-9]{3}$'}}, {message.text: {matches: '[[:alpha:]]{9}'}}]}, forbid: bot}]\nbot: {}")
    assert met(messages(policy), lambda text: text.startswith("x0")).startswith("x0")


def test_what_means_the_same_means_the_same_both_ways():
    assert all(word in SYNONYMS[other] for word, others in SYNONYMS.items() for other in others)


def test_facts_of_customers_can_be_given_in_a_case():
    from deskdrill.reports.case_text import written

    for policy in (CAREFUL, load_policy("night-bot"), load_policy("self-service")):
        @settings(max_examples=20, database=None)
        @given(customers(policy, ALL_HOURS))
        def can_be_given(facts):
            again, wrong = given_facts({name: written(name, value) for name, value in facts.items()})
            assert not wrong
            assert again == facts

        can_be_given()


# A machine ------------------------------------------------------------------------------------------------------------------------


def test_a_machine_of_a_good_bot_finds_nothing_and_one_of_a_bad_one_finds_it():
    how = settings(max_examples=40, stateful_step_count=6, database=None, derandomize=True, phases=(Phase.generate,))
    run_state_machine_as_test(bot_machine(CAREFUL), settings=how)
    with pytest.raises((AssertionError, BaseExceptionGroup), match=r"escape-hatch|no-loop|distinct failures"):
        run_state_machine_as_test(bot_machine(load_policy("deflect-hard")), settings=how)


def test_a_machine_can_be_added_to():
    from hypothesis.stateful import invariant

    class Hasty(bot_machine(CAREFUL)):
        @invariant()
        def has_said_little(self):
            assert sum(len(each.said) for each in self.played) < 2, "two replies"

    how = settings(max_examples=60, stateful_step_count=8, database=None, derandomize=True, phases=(Phase.generate,))
    with pytest.raises(AssertionError, match="two replies"):
        run_state_machine_as_test(Hasty, settings=how)
    assert bot_machine(CAREFUL).TestCase.settings.stateful_step_count == 20


def test_the_example_of_the_page_is_a_test_that_passes():
    page = (Path(__file__).parents[2] / "docs" / "fuzz.md").read_text(encoding="utf-8")
    shown = {"__name__": "shown"}
    exec(re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1], shown)
    settings(max_examples=20, database=None)(shown["test_whoever_reaches_people_has_a_team"])()
    assert shown["TestCareful"].settings.stateful_step_count == 20


def test_the_invariants_of_the_page_are_a_policy_that_says_so():
    page = (Path(__file__).parents[2] / "docs" / "fuzz.md").read_text(encoding="utf-8")
    policy = read(re.search(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1])
    assert [each.id for each in policy.invariants] == [
        "protected-never-automated", "a-person-at-once-for-cancellations", "says-nothing-three-times", "disputes-never-automated",
    ]
