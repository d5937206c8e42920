"""A bot that tells a first-time visitor what was looked up about them is found, and no other (S506)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.rules import FIELDS, Names, check, guard_for, holds, policy_from_document
from deskdrill.rules.bot import Bot
from deskdrill.rules.conditions import ALWAYS, All, Any_, Atom, Group, None_, Not, atoms
from deskdrill.rules.decide import MissingFact
from deskdrill.rules.flow import Branch, Flow, State
from deskdrill.rules.personalisation import KNOWN_BY, is_enriched
from deskdrill.rules.policy import Guard, Policy
from deskdrill.rules.possibility import possible
from deskdrill.rules.strategies import NUMBERS, SECONDS, SETS, WORDS, conditions, facts, policies
from deskdrill.rules.vocabulary import ORIGINS

NAMES = Names(plans=("trial", "pro"), companies=("startup", "agency"), products=("api",), intents=("refund",), pages=("/pricing",))
GROUPS = ("first", "second")
STARTUP, KNOWN = Atom("customer.company", "is", "startup"), Atom("customer.tenure", "set", value=True)
TRIAL = Atom("customer.plan", "is", "trial")
# What tells customers apart, in few enough values to try them all.
TRIED = ("customer.plan", "customer.tenure", "customer.company", "customer.products", "message.intent")
FIELDS_SEEN = (*TRIED, "customer.flags", "customer.contacts_30d", "page.url", "message.text", "message.confidence", "message.says")


def state(name, *branches):
    return State(name, "says", "Hello", next=(*branches, Branch("person")))


def flowing(*states, groups=None, guards=()):
    """A policy whose bot has these states and one that hands over."""
    flow = Flow((*states, State("person", "hands_over")))
    named = tuple(Guard(f"guard-{number}", "so", when) for number, when in enumerate(guards))
    return Policy("p", groups=groups or {}, guards=named, bot=Bot(flow=flow))


def accused(policy, names=NAMES):
    """The states of which it is found."""
    return [each.message.split("`")[1] for each in check(policy, names) if each.id == "S506"]


def is_true(condition, row, groups):
    try:
        return holds(condition, row, groups)
    except MissingFact:
        return False


def goes_by_looked_up(condition, groups):
    return any(is_enriched(atom) for atom in atoms(condition, groups))


# Laws -----------------------------------------------------------------------------------------------------------------------------

some_groups = st.tuples(conditions(FIELDS_SEEN), conditions(FIELDS_SEEN, groups=GROUPS[:1])).map(lambda drawn: dict(zip(GROUPS, drawn, strict=True)))
branching = conditions(FIELDS_SEEN, groups=GROUPS, where="flow")
looking_up = st.one_of(
    branching,
    st.sampled_from((All, Any_, None_)).flatmap(lambda join: branching.map(lambda part: join((STARTUP, part)))),
)
strangers = facts(tuple(set(FIELDS) - set(KNOWN_BY)))


@given(looking_up, some_groups, st.lists(strangers, min_size=1, max_size=8))
@example(Any_((STARTUP, TRIAL)), {"first": ALWAYS, "second": ALWAYS}, [{"customer.company": "startup"}])
@example(Not(All((STARTUP, KNOWN))), {"first": ALWAYS, "second": ALWAYS}, [{}])
def test_where_nothing_is_found_no_stranger_takes_a_branch_that_tests_what_was_looked_up(condition, groups, rows):
    policy = flowing(state("greet", Branch("person", condition)), groups=groups)
    taken = [row for row in rows if is_true(condition, row, groups)]
    assert not taken or not goes_by_looked_up(condition, groups) or accused(policy) == ["greet"]


def values_of(name):
    """All that the conditions drawn here tell apart of a field, and unset."""
    bounds = SECONDS if FIELDS[name].kind == "duration" else NUMBERS
    subsets = [frozenset(mark for mark, has in zip(SETS.get(name, ()), some, strict=True) if has) for some in product((0, 1), repeat=len(SETS.get(name, ())))]
    every = {"word": [*WORDS.get(name, ()), "other"], "words": subsets, "duration": [*bounds, *(bound + 0.5 for bound in bounds)]}
    return [None, *every[FIELDS[name].kind]]


@settings(max_examples=60)
@given(st.lists(conditions(TRIED, groups=GROUPS), min_size=1, max_size=3), conditions(TRIED), conditions(TRIED, groups=GROUPS[:1]), st.sampled_from(((), TRIED[:1], KNOWN_BY)))
@example([All((STARTUP, Atom("customer.company", "is", "agency")))], ALWAYS, ALWAYS, ())
@example([STARTUP, Not(Group("first"))], STARTUP, ALWAYS, ())
@example([Atom("customer.tenure", "gt", 60.0), Atom("customer.tenure", "lt", 900.0)], ALWAYS, ALWAYS, ())
@example([Atom("customer.products", "contains_any", ("api",)), Atom("customer.products", "contains_none", ("api",))], ALWAYS, ALWAYS, ())
def test_what_is_possible_is_what_some_facts_make_hold(together, first, second, unset):
    groups = {"first": first, "second": second}
    values = [[None] if name in unset else values_of(name) for name in TRIED]
    tested = {atom.field for atom in atoms(All(tuple(together)), groups)}
    rows = product(*(each if name in tested else [None] for name, each in zip(TRIED, values, strict=True)))
    expected = any(is_true(All(tuple(together)), dict(zip(TRIED, row, strict=True)), groups) for row in rows)
    assert possible(together, groups, unset) == expected


simple = st.one_of(st.just(STARTUP), conditions(TRIED, groups=GROUPS[:1], depth=1), conditions(TRIED, groups=GROUPS[:1], depth=1).map(lambda part: All((STARTUP, part))))
customers = facts(tuple(name for name in TRIED if name not in KNOWN_BY))


@st.composite
def flows(draw):
    names = ("greet", "second", "third", "person")
    branches = st.lists(st.builds(Branch, st.sampled_from(names[::-1]), simple), max_size=3)
    return [replace(state(name), next=(*draw(branches), Branch(draw(st.sampled_from(names))))) for name in names[:3]]


@settings(max_examples=200)
@given(flows(), conditions(TRIED, depth=1), st.lists(simple, max_size=1), customers, st.lists(customers, min_size=1, max_size=4))
@example([state("greet", Branch("second", TRIAL)), state("second", Branch("person", STARTUP))], STARTUP, [], {"customer.company": "startup"}, [{}, {}])
@example([state("greet", Branch("person", TRIAL), Branch("person", STARTUP))], STARTUP, [], {"customer.company": "startup"}, [{}])
def test_a_stranger_whom_a_flow_leads_by_what_was_looked_up_is_found(states, group, guards, customer, messages):
    groups = {GROUPS[0]: group}
    policy = flowing(*states, groups=groups, guards=guards)
    found, at = accused(policy), states[0]
    own = {name: value for name, value in customer.items() if name.startswith("customer.")}
    for message in messages:
        row = {**{name: value for name, value in message.items() if not name.startswith("customer.")}, **own}
        branch = taken(policy, at, row)
        assert branch is None or not goes_by_looked_up(branch.when, groups) or at.name in found
        at = at if branch is None else policy.bot.flow.named(branch.go)


def taken(policy, at, row):
    """The branch along which a message leads; `None` if a guard keeps the bot from it, or a fact is needed and missing."""
    try:
        stopped = guard_for(policy, row) is not None
        return None if stopped else next((branch for branch in at.next if holds(branch.when, row, policy.groups)), None)
    except MissingFact:
        return None


@given(policies().filter(lambda policy: policy.bot is None or policy.bot.flow is None))
def test_routing_guards_and_page_suggestions_may_go_by_what_was_looked_up(policy):
    assert accused(policy) == []


# Known answers --------------------------------------------------------------------------------------------------------------------

UNKNOWN = All((Atom("customer.plan", "unset", value=True), Atom("customer.tenure", "unset", value=True)))
LONG = Atom("customer.tenure", "older_than", 86_400.0)


@pytest.mark.parametrize(
    "when",
    [
        STARTUP,
        Not(STARTUP),
        Atom("customer.company", "unset", value=True),
        Any_((STARTUP, KNOWN)),
        All((STARTUP, Atom("customer.contacts_30d", "gte", 1.0))),
        All((STARTUP, Not(LONG))),
        All((STARTUP, Atom("customer.tenure", "older_than", 86_400.0, "match"))),
        All((Group("startups"), Atom("message.intent", "is", "refund"))),
        All((Atom("customer.company", "is", "startup", "error"), UNKNOWN)),
    ],
)
def test_a_branch_that_strangers_can_take_is_found(when):
    assert accused(flowing(state("greet", Branch("person", when)), groups={"startups": STARTUP})) == ["greet"]


@pytest.mark.parametrize(
    "when",
    [
        All((STARTUP, KNOWN)),
        All((STARTUP, TRIAL)),
        All((STARTUP, LONG)),
        All((STARTUP, Any_((TRIAL, KNOWN)))),
        All((STARTUP, Not(UNKNOWN))),
        All((STARTUP, None_((Atom("customer.plan", "unset", value=True),)))),
        All((STARTUP, Atom("customer.plan", "is_not", "trial"))),
        All((STARTUP, Atom("customer.plan", "is", "trial", "error"))),
        None_((Not(STARTUP), Atom("customer.plan", "is_not", "trial", "match"))),
        All((STARTUP, Group("customers"))),
        Group("startups-we-know"),
        All((STARTUP, Atom("customer.company", "is", "agency"))),
        All((STARTUP, Atom("message.confidence", "gt", 0.7), Atom("message.confidence", "lt", 0.4))),
        Any_((TRIAL, Atom("message.intent", "is", "refund"))),
        Atom("customer.products", "contains_any", ("api",)),
        ALWAYS,
    ],
)
def test_a_branch_that_no_stranger_can_take_is_not_found(when):
    groups = {"customers": Any_((Atom("customer.plan", "set", value=True), KNOWN)), "startups-we-know": All((STARTUP, Group("customers")))}
    assert accused(flowing(state("greet", Branch("person", when)), groups=groups)) == []


def test_branches_before_it_may_take_all_strangers():
    greet = state("greet", Branch("person", UNKNOWN), Branch("person", STARTUP))
    assert accused(flowing(greet)) == []
    assert accused(flowing(state("greet", *greet.next[1::-1]))) == ["greet"]
    assert accused(flowing(state("greet", Branch("person", TRIAL), Branch("person", STARTUP)))) == ["greet"]


def test_a_guard_may_keep_the_bot_from_all_strangers():
    greet = state("greet", Branch("person", STARTUP))
    assert accused(flowing(greet, guards=[UNKNOWN])) == []
    assert accused(flowing(greet, guards=[All((UNKNOWN, Atom("message.intent", "is", "refund")))])) == ["greet"]
    assert accused(flowing(greet, guards=[STARTUP])) == []


def test_states_that_no_stranger_comes_to_may_go_by_what_was_looked_up():
    ours = state("ours", Branch("person", STARTUP))
    assert accused(flowing(state("greet", Branch("ours", KNOWN)), ours)) == []
    assert accused(flowing(state("greet", Branch("ours", LONG), Branch("ours", Atom("message.says", "is", "yes"))), ours)) == ["ours"]
    answering = replace(state("greet"), act="answers", otherwise="ours")
    assert accused(flowing(answering, ours)) == ["ours"]


def test_many_guards_and_long_lists_are_looked_at_in_time():
    words = [Any_(tuple(Atom("message.text", "contains_any", (f"word {n}",)) for n in range(here, here + 40))) for here in range(0, 800, 40)]
    marks = tuple(f"product {number}" for number in range(40))
    uses = Any_(tuple(Atom("customer.products", "contains_any", (mark,)) for mark in marks))
    greet = state("greet", Branch("person", All((STARTUP, uses))), Branch("person", All((STARTUP, KNOWN, uses))))
    assert accused(flowing(greet, guards=words)) == ["greet"]


@pytest.mark.parametrize("company", ["startup", "agency"])
def test_conditions_nested_as_deep_as_they_may_be_are_looked_at(company):
    """Each group names the one before it twice: its atoms stand there 2^36 times."""
    groups = {"group0": All((STARTUP, KNOWN))}
    for number in range(1, 37):
        before = Group(f"group{number - 1}")
        groups[f"group{number}"] = Any_((Not(Not(before)), before))
    when = Any_((Group("group36"), All((Atom("customer.company", "is", company), Not(STARTUP)))))
    assert accused(flowing(state("greet", Branch("person", when)), groups=groups)) == ["greet"][: company == "agency"]


def test_it_is_told_at_its_place_with_what_to_do():
    text = """\
policy: p
groups:
  startups: {customer.company: startup}
bot:
  flow:
    greet:
      says: Hello
      next:
        - {when: {all: [{message.intent: refund}, {customer.company: [startup, agency]}]}, go: person}
        - {when: {group: startups}, go: person}
        - {when: {all: [{group: startups}, {customer.tenure: {older_than: 1d}}]}, go: person}
        - {go: person}
    person: {hands_over: true}
"""
    said = (
        "warning S506: state `greet` addresses first-time visitors by `customer.company`, bought in or looked up, not told by the "
        "customer; require `customer.tenure: {set: true}` in the branch, or ask them"
    )
    found = [str(each) for each in check(policy_from_document(parse_document(text, "p.yaml")), NAMES) if each.id == "S506"]
    assert found == [f"p.yaml:9:52: {said}", f"p.yaml:10:19: {said}"]


def test_every_field_has_an_origin():
    assert {field.origin for field in FIELDS.values()} == set(ORIGINS)
    assert [name for name, field in FIELDS.items() if field.origin == "enriched"] == ["customer.company"]
