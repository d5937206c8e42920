"""One decision: what unset fields make of a condition, which rule wins, and what the trace says of it."""

from __future__ import annotations

import pytest
from hypothesis import given

from deskdrill.documents import parse_document
from deskdrill.rules import (
    Action,
    All,
    Any_,
    Atom,
    Group,
    Guard,
    MissingFact,
    None_,
    Not,
    Policy,
    Rule,
    Ruleset,
    TextPool,
    decide,
    guard_for,
    guard_trace,
    holds,
    load_policy,
    policy_from_document,
)
from deskdrill.rules.conditions import ALWAYS, atoms
from deskdrill.rules.strategies import conditions, facts, policies

TRIAL = Atom("customer.plan", "is", "trial")
REFUND = Atom("message.intent", "is", "refund")


def sequence_of(*rules):
    return Policy("p", rulesets=(Ruleset("r", rules, "sequence"),))


@given(condition=conditions(errors=False), row=facts())
def test_not_and_none_say_the_opposite_whatever_is_unset(condition, row):
    held = holds(condition, row)
    assert holds(Not(condition), row) is not held
    assert holds(None_((condition,)), row) is not held
    assert holds(All((condition,)), row) is held
    assert holds(Any_((condition,)), row) is held


@given(one=conditions(errors=False), other=conditions(errors=False), row=facts())
def test_de_morgan_holds(one, other, row):
    assert holds(None_((one, other)), row) == holds(All((Not(one), Not(other))), row)
    assert holds(Not(All((one, other))), row) == holds(Any_((Not(one), Not(other))), row)


@given(condition=conditions(), row=facts())
def test_facts_that_a_condition_does_not_name_do_not_matter(condition, row):
    named = {atom.field for atom in atoms(condition, {})}
    seen = {field: value for field, value in row.items() if field in named}

    def asked(known):
        try:
            return holds(condition, known)
        except MissingFact as missing:
            return missing.field

    assert asked(row) == asked(seen)


@given(policy=policies(errors=False), row=facts())
def test_the_rules_that_fired_are_those_of_the_trace_but_for_overlaps(policy, row):
    decision = decide(policy, row)
    fired = [tried.id for tried in decision.trace if tried.fired]
    assert [rule for rule in fired if rule not in decision.overlap] == list(decision.rules)
    assert decision.routed_by is None or decision.routed_by in decision.rules


@given(policy=policies(errors=False), row=facts())
def test_the_atoms_that_account_for_a_rule_saw_what_the_facts_say(policy, row):
    decision = decide(policy, row)
    seen = [each for tried in (*decision.trace, *guard_trace(policy, row)) for each in tried.because]
    told = [each for each in seen if not each.atom.field.startswith("conversation.")]
    assert all(each.saw == row.get(each.atom.field) for each in told)
    assert all(holds(each.atom, row) is each.held for each in told)


@given(condition=conditions(errors=False), row=facts())
def test_the_atoms_that_account_for_a_condition_are_enough_for_it(condition, row):
    held = holds(condition, row)
    policy = Policy("p", guards=(Guard("g", None, condition),))
    because = {each.atom.field for each in guard_trace(policy, row)[0].because}
    assert holds(condition, {field: value for field, value in row.items() if field in because}) is held


@pytest.mark.parametrize(
    ("operator", "value"), [("is_not", "trial"), ("not_in", ("trial",)), ("is", "trial"), ("in", ("trial",))]
)
def test_on_an_unset_field_every_comparison_is_what_on_missing_says(operator, value):
    assert not holds(Atom("customer.plan", operator, value), {})
    assert not holds(Atom("customer.plan", operator, value, "no_match"), {"customer.plan": None})
    assert holds(Atom("customer.plan", operator, value, "match"), {})
    with pytest.raises(MissingFact, match=r"needs `customer\.plan`, which is unset \(on_missing: error\)"):
        holds(Atom("customer.plan", operator, value, "error"), {})


def test_contains_none_is_false_of_an_unset_text_and_true_of_an_empty_one():
    atom = Atom("message.text", "contains_none", ("refund",))
    assert not holds(atom, {})
    assert holds(atom, {"message.text": ""})
    assert not holds(Atom("customer.flags", "contains_none", ("vip",)), {})
    assert holds(Atom("customer.flags", "contains_none", ("vip",)), {"customer.flags": []})


def test_under_not_an_atom_on_an_unset_field_is_simply_false():
    assert holds(Not(TRIAL), {})
    assert holds(None_((TRIAL, REFUND)), {})
    assert not holds(Not(Atom("customer.plan", "is", "trial", "match")), {})


def test_on_missing_says_nothing_about_a_field_that_is_set():
    assert not holds(Atom("customer.plan", "is", "trial", "match"), {"customer.plan": "pro"})
    assert not holds(Atom("customer.plan", "is", "trial", "error"), {"customer.plan": "pro"})


@pytest.mark.parametrize(
    ("atom", "value", "held"),
    [
        (Atom("customer.tenure", "older_than", 60.0), 60.0, False),
        (Atom("customer.tenure", "older_than", 60.0), 61.0, True),
        (Atom("customer.help_centre_visit", "within_last", 900.0), 900.0, True),
        (Atom("customer.help_centre_visit", "within_last", 900.0), 901.0, False),
        (Atom("customer.contacts_30d", "between", (2.0, 5.0)), 2, True),
        (Atom("customer.contacts_30d", "between", (2.0, 5.0)), 5, True),
        (Atom("customer.contacts_30d", "between", (2.0, 5.0)), 6, False),
        (Atom("time", "during", "Mon-Fri 08-18"), 8 * 3600.0, True),
        (Atom("time", "during", "Mon-Fri 08-18"), 18 * 3600.0, False),
        (Atom("team.billing.open", "is", value=False), False, True),
        (Atom("team.billing.open", "is_not", value=False), False, False),
        (Atom("page.url", "is", "/Pricing"), "/pricing", True),
        (Atom("page.url", "starts_with", ("/billing", "/account")), "/ACCOUNT/card", True),
        (Atom("page.url", "ends_with", ("card",)), "/account/card ", True),
        (Atom("customer.plan", "is", "Trial"), "trial", False),
        (Atom("message.text", "matches", "Refund"), "refund", False),
        (Atom("message.text", "matches", "(?i)Refund"), "my refunds", True),
        (Atom("message.text", "contains_all", ("my", "card")), "card of my own", True),
        (Atom("message.text", "contains_all", ("my", "card")), "my cards", False),
    ],
)
def test_what_an_operator_says_of_a_value(atom, value, held):
    assert holds(atom, {atom.field: value}) is held


def test_the_first_guard_that_holds_is_the_one_that_keeps_the_bot_away():
    guards = (Guard("a", "because", REFUND), Guard("b", None, TRIAL), Guard("c"))
    policy = Policy("p", guards=guards)
    assert guard_for(policy, {"customer.plan": "trial"}) == guards[1]
    assert guard_for(policy, {}) == guards[2]
    assert [(tried.id, tried.fired) for tried in guard_trace(policy, {"customer.plan": "trial"})] == [
        ("a", False),
        ("b", True),
    ]
    assert guard_for(Policy("p"), {}) is None


def test_rulesets_run_in_order_at_their_own_triggers():
    policy = Policy(
        "p",
        rulesets=(
            Ruleset("one", (), "first", ("arrived",), Action(route="billing", tags=("first",))),
            Ruleset("two", (), "first", ("handed_over",), Action(priority="high", tags=("second",))),
        ),
    )
    arrived = decide(policy, {})
    assert (arrived.route, arrived.priority, arrived.tags) == ("billing", "normal", ("first",))
    handed_over = decide(policy, {}, "handed_over", arrived)
    assert (handed_over.route, handed_over.priority, handed_over.tags) == ("billing", "high", ("first", "second"))
    assert handed_over.rules == ("two.default",)
    assert handed_over.routed_by == "one.default"
    assert decide(policy, {}, "handed_over").route is None


def test_a_strict_rule_names_itself_when_its_fact_is_missing():
    rule = Rule("who-pays", Action(route="billing"), None, Atom("customer.plan", "is", "pro", "error"))
    with pytest.raises(MissingFact) as missing:
        decide(sequence_of(rule), {})
    assert (missing.value.rule, missing.value.field) == ("r.who-pays", "customer.plan")


def test_a_trace_reads_as_what_was_tried_and_what_it_saw():
    policy = Policy(
        "p",
        groups={"protected": Any_((TRIAL, Atom("customer.contacts_30d", "gte", 5.0)))},
        rulesets=(
            Ruleset(
                "routing",
                (
                    Rule("a", Action(route="x"), None, All((Group("protected"), REFUND))),
                    Rule("b", Action(route="y"), "why not", Atom("message.text", "contains_any", ("api", "Python"))),
                    Rule("c", Action(route="z"), None, ALWAYS),
                ),
                "unique",
                default=Action(route="triage"),
            ),
        ),
    )
    row = {"customer.contacts_30d": 7, "message.text": "PYTHON?", "message.intent": "how_to"}
    assert [str(tried) for tried in decide(policy, row).trace] == [
        "routing.a did not fire: false: the recognised intent is refund (saw how_to)",
        'routing.b fired: the message mentions "Python" (saw "PYTHON?")',
        "routing.c fired: it has no condition",
        "routing.default fired: it is the default",
    ]
    assert decide(policy, row).overlap == ("routing.b", "routing.c")
    assert decide(policy, row).trace[1].why == "why not"


def test_a_shipped_policy_decides_as_its_rules_read():
    careful = load_policy("careful")
    trial = {"customer.plan": "trial", "message.text": "where do i change my picture", "message.intent": "how_to"}
    assert guard_for(careful, trial).id == "no-bot-for-protected"
    assert guard_for(careful, {**trial, "customer.plan": "pro"}) is None
    missed = {"customer.plan": "pro", "message.text": "You CHARGED me twice!!", "message.intent": "how_to"}
    assert guard_for(careful, missed).id == "no-bot-for-sensitive-words"
    sure, unsure = ({**trial, "message.confidence": confidence} for confidence in (0.9, 0.3))
    assert (decide(careful, sure).route, decide(careful, sure).routed_by) == ("frontline", "routing.everyday")
    assert (decide(careful, unsure).route, decide(careful, unsure).routed_by) == ("triage", "routing.default")


BURST = "Hi\n\nmy card was charged twice\nRefund me please"


@pytest.mark.parametrize(
    ("operator", "value", "held"),
    [
        ("is", "hi", True),
        ("is", "hi my card was charged twice refund me please", False),
        ("is_not", "hi", False),
        ("in", ("hello", "HI"), True),
        ("not_in", ("hello", "HI"), False),
        ("contains_any", ("refund",), True),
        ("contains_any", ("twice refund",), False),
        ("contains_all", ("card", "refund me"), True),
        ("contains_all", ("card", "invoice"), False),
        ("contains_none", ("invoice",), True),
        ("contains_none", ("refund", "invoice"), False),
        ("starts_with", ("refund",), True),
        ("starts_with", ("card",), False),
        ("ends_with", ("twice",), True),
        ("ends_with", ("please", "hi there"), True),
        ("matches", "^my .* twice$", True),
        ("matches", "(?s)Hi.*card", False),
    ],
)
def test_what_an_operator_says_of_a_burst(operator, value, held):
    atom = Atom("message.text", operator, value)
    assert holds(atom, {"message.text": BURST}) == held
    assert TextPool([BURST, "something else", ""]).select(operator, value)[0] == held
    assert holds(Not(atom), {"message.text": BURST}) != held


def test_a_trace_shows_the_messages_of_a_burst_in_one_line():
    policy = policy_from_document(parse_document("policy: p\nguards:\n  - {id: g, when: {message.text: {contains_any: [card]}}, forbid: bot}\n"))
    (tried,) = guard_trace(policy, {"message.text": BURST})
    assert '(saw "Hi / my card was charged twice / Refund me please")' in str(tried)
