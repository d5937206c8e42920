"""What `check` says of rules held against one another is so: no rule is called dead that ever acts, and every witness shows it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deskdrill.calendar import WeekHours
from deskdrill.documents import parse_document
from deskdrill.rules import Names, check, decide, policy_from_document, possibility
from deskdrill.rules.analysis import Analysis
from deskdrill.rules.columns import FactColumns
from deskdrill.rules.conditions import ALWAYS, All, Any_, Atom, Group, Not, atoms
from deskdrill.rules.decide import MissingFact, guard_for, holds
from deskdrill.rules.formulas import Classes
from deskdrill.rules.policy import Action, Policy, Rule, Ruleset
from deskdrill.rules.possibility import Possibilities
from deskdrill.rules.redundancy import redundancy
from deskdrill.rules.strategies import atoms_of, conditions, facts, policies
from deskdrill.rules.truths import Truths
from deskdrill.rules.vocabulary import FIELDS, field_named

TOLD_APART = ("customer.plan", "customer.flags", "customer.contacts_30d", "message.text", "page.url", "time")
TRIAL, MANY = Atom("customer.plan", "is", "trial"), Atom("customer.contacts_30d", "gte", 5.0)
CARD, MY_CARD = Atom("message.text", "contains_any", ("card",)), Atom("message.text", "contains_any", ("my card",))
TEXTS = ("card", "my card", "refund my card", "refund", "a refund\nmy card", "cards", "hello", "card refund", "api key", "c++ a")
GRID = [
    {name: value for name, value in zip(("customer.plan", "customer.contacts_30d", "message.text", "customer.flags"), row, strict=True) if value is not None}
    for row in product((None, "trial", "pro"), (None, 0.0, 5.0, 13.0), (None, *TEXTS), (None, frozenset(), frozenset(("vip", "at_risk"))))
]
simple = conditions(TOLD_APART, groups=("protected",), errors=False, depth=1)
actions = st.sampled_from((Action("billing"), Action("frontline", "high"), Action("billing", None, ("money",))))


@st.composite
def rulesets(draw, hit_policies=("first", "unique", "collect")):
    """A policy with one ruleset, whose conditions often have to do with one another."""
    found = draw(st.lists(simple, min_size=1, max_size=3))
    whens = st.one_of(
        st.sampled_from(found),
        simple,
        st.lists(st.sampled_from(found), min_size=2, max_size=2).map(lambda parts: All(tuple(parts))),
        st.lists(st.sampled_from(found), min_size=2, max_size=2).map(lambda parts: Any_(tuple(parts))),
        st.sampled_from(found).map(Not),
    )
    rules = draw(st.lists(st.tuples(whens, actions), min_size=1, max_size=4))
    named = tuple(Rule(f"r{number}", then, "so", when) for number, (when, then) in enumerate(rules))
    group = draw(conditions(TOLD_APART, errors=False, depth=1))
    return Policy("p", groups={"protected": group}, rulesets=(Ruleset("set", named, draw(st.sampled_from(hit_policies)), default=Action("triage")),))


def policy_of(*whens, hit_policy="first", groups=None):
    rules = tuple(Rule(f"r{number}", Action("billing"), "so", when) for number, when in enumerate(whens))
    return Policy("p", groups={"protected": TRIAL} if groups is None else groups, rulesets=(Ruleset("set", rules, hit_policy, default=Action("triage")),))


def truths(policy, rows):
    found = Truths(FactColumns(rows), {}, policy.groups, {})
    return np.array([found.of(rule.when) for rule in policy.rulesets[0].rules])


def has_expression(policy):
    return any(atom.operator == "matches" for atom in atoms(All(tuple(policy.conditions())), policy.groups))


def acted(policy, row):
    return [each.removeprefix("set.") for each in decide(policy, row).rules]


def routed(policy, row):
    decision = decide(policy, row)
    return decision.route, decision.priority


def named(finding):
    return finding.message.split("`")[1]


# Laws -----------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(rulesets(("first",)), st.lists(facts(TOLD_APART), max_size=6))
@example(policy_of(CARD, MY_CARD), [])
@example(policy_of(Any_((TRIAL, MY_CARD)), Any_((Not(TRIAL), CARD)), MANY), [])
@example(policy_of(Atom("message.text", "is", "card"), Atom("message.text", "starts_with", ("card",)), CARD), [])
@example(policy_of(Atom("message.text", "ends_with", ("a",)), Atom("message.text", "contains_any", ("a",))), [])
def test_every_rule_either_acts_for_somebody_who_is_shown_or_never_acts(policy, more):
    fates = Analysis(policy).fates([rule.when for rule in policy.rulesets[0].rules])
    rows = [*GRID, *more]
    held = truths(policy, rows)
    for number, fate in enumerate(fates):
        match fate.kind:
            case "acts":
                assert acted(policy, fate.facts) == [f"r{number}"]
            case "never":
                assert not held[number].any()
            case "covered":
                assert not (held[number] & ~held[list(fate.by)].any(axis=0)).any()
                assert holds(policy.rulesets[0].rules[number].when, fate.facts, policy.groups)
            case "unknown":
                assert has_expression(policy)


@settings(max_examples=60)
@given(rulesets(), st.lists(facts(TOLD_APART), max_size=6))
@example(policy_of(CARD, MY_CARD, hit_policy="unique"), [])
@example(policy_of(Any_((CARD, TRIAL)), CARD, TRIAL, hit_policy="unique"), [])
@example(policy_of(TRIAL, TRIAL, hit_policy="collect"), [])
@example(policy_of(All((TRIAL, MANY)), TRIAL, hit_policy="collect"), [])
def test_what_is_said_of_rules_holds_for_everybody(policy, more):
    rows = [*GRID, *more]
    held = truths(policy, rows)
    rules = [rule.id for rule in policy.rulesets[0].rules]
    hit_policy = policy.rulesets[0].hit_policy
    does = [decide(policy, row) for row in rows[:: len(rows) // 40]]
    for finding in check(policy, Names()):
        if finding.id not in ("L201", "L202", "L203", "L204", "L205", "L206") or named(finding) not in rules:
            continue
        mine = held[rules.index(named(finding))]
        others = [rules.index(each) for each in finding.message.split("; for instance")[0].split("`")[3::2] if each in rules]
        match finding.id:
            case "L201":
                assert not mine.any()
            case "L202":
                assert mine.all()
            case "L203":
                assert (mine == held[others[0]]).all()
            case "L204" | "L205":
                assert not (mine & ~held[others].any(axis=0)).any() or "more" in finding.message
            case "L206":
                assert not (mine & ~held[others[0]]).any()
        if finding.id == "L206" and hit_policy != "unique":
            left = tuple(rule for rule in policy.rulesets[0].rules if rule.id != named(finding))
            without = replace(policy, rulesets=(replace(policy.rulesets[0], rules=left),))
            for before, row in zip(does, rows[:: len(rows) // 40], strict=True):
                after = decide(without, row)
                assert (before.route, before.priority, set(before.tags)) == (after.route, after.priority, set(after.tags))
        if finding.witness is not None:
            assert finding.id in ("L203", "L204", "L205", "L206")
            row = dict(finding.witness)
            assert truths(policy, [row])[rules.index(named(finding)), 0]
            assert hit_policy == "collect" or finding.id == "L206" or named(finding) not in acted(policy, row)


@settings(max_examples=40)
@given(policies(), st.lists(facts(), min_size=1, max_size=3))
def test_no_policy_has_a_finding_that_some_facts_belie(policy, rows):
    for finding in check(policy, Names()):
        name = named(finding) if "`" in finding.message else ""
        for row in [*rows, *([dict(finding.witness)] if finding.witness else [])]:
            try:
                guard = policy.bot and guard_for(policy, row)
                fired = {each.rpartition(".")[2] for each in decide(policy, row).rules}
            except MissingFact:
                continue
            never = finding.id in ("L201", "L204", "L205") and f"rule `{name}`" in finding.message
            assert not never or name not in fired, finding
            assert finding.id != "L206" or not guard or guard.id != name, finding


@settings(max_examples=60)
@given(rulesets(("unique", "collect")))
@example(policy_of(TRIAL, MANY, hit_policy="unique"))
@example(policy_of(Atom("message.text", "contains_any", ("refund",)), Atom("message.text", "is_not", "refund"), hit_policy="unique"))
def test_overlaps_are_those_that_somebody_shows(policy):
    held = truths(policy, GRID).astype(int)
    found = {named(each): each for each in check(policy, Names()) if each.id in ("C301", "C303", "C305")}
    unique = policy.rulesets[0].hit_policy == "unique"
    for number, rule in enumerate(policy.rulesets[0].rules):
        finding = found.get(rule.id)
        assert not unique or finding is not None or not (held[:number] @ held[number]).any() or has_expression(policy)
        if finding is not None and finding.witness is not None:
            decision = decide(policy, dict(finding.witness))
            assert f"set.{rule.id}" in (decision.overlap if unique else decision.rules)
            assert not unique or len(decision.overlap) > 1
        if finding is not None and finding.id == "C305":
            silent = replace(rule.then, **{finding.message.split()[1]: None})
            rules = tuple(replace(each, then=silent) if each is rule else each for each in policy.rulesets[0].rules)
            without = replace(policy, rulesets=(replace(policy.rulesets[0], rules=rules),))
            assert all(routed(policy, row) == routed(without, row) for row, mine in zip(GRID, held[number], strict=True) if mine)


@settings(max_examples=60)
@given(simple, conditions(TOLD_APART, errors=False, depth=1), st.lists(facts(TOLD_APART), max_size=4))
@example(All((TRIAL, Atom("customer.plan", "in", ("trial", "pro")))), ALWAYS, [])
@example(Any_((CARD, All((MY_CARD, TRIAL)))), ALWAYS, [])
def test_a_redundant_part_may_go(condition, group, more):
    policy = policy_of(condition, groups={"protected": group})
    for finding in redundancy(Analysis(policy)):
        if "in rule" in finding.message and "it makes no difference that" in finding.message:
            rows = [*GRID, *more]
            mine = truths(policy, rows)[0]
            assert any((truths(policy_of(left, groups=policy.groups), rows)[0] == mine).all() for left in without_a_part(condition))


def without_a_part(condition):
    parts = getattr(condition, "parts", ())
    for number, part in enumerate(parts):
        rest = (parts[:number], parts[number + 1 :])
        yield type(condition)((*rest[0], *rest[1]))
        yield from (type(condition)((*rest[0], inner, *rest[1])) for inner in without_a_part(part))
    if isinstance(condition, Not):
        yield from map(Not, without_a_part(condition.part))


def compared(kinds):
    names = [name for name, field in FIELDS.items() if field.kind in kinds and "TEAM" not in name]
    pairs = [(name, operator) for name in names for operator in field_named(name).operators]
    return st.sampled_from(pairs).flatmap(lambda pair: st.tuples(st.just(pair[0]), atoms_of(*pair, errors=False), st.lists(atoms_of(*pair, errors=False), max_size=3)))


@given(compared(("word", "number", "duration", "moment")), st.data())
def test_classes_of_values_say_what_atoms_say(drawn, data):
    name, atom, others = drawn
    classes = Classes(field_named(name), [atom, *others])
    for number, value in enumerate([*classes.values, None]):
        assert bool(classes.bits(atom) >> number & 1) is holds(atom, {name: value})
    # Whatever else it is, it is like one of them.
    row = data.draw(facts((name,)))
    like = [number for number, value in enumerate([*classes.values, None]) if all(holds(each, {name: value}) is holds(each, row) for each in (atom, *others))]
    assert like


@settings(max_examples=60)
@given(st.lists(conditions(("message.text", "page.url"), errors=False, depth=1), min_size=1, max_size=3), st.lists(facts(("message.text", "page.url")), min_size=1, max_size=8))
def test_no_text_is_thought_impossible_that_there_is(together, rows):
    shown = [row for row in rows if all(holds(each, row) for each in together)]
    possible = Possibilities(together, {})
    assert not shown or possible.facts([possible.of(each).holds for each in together]) is not None


# Known answers --------------------------------------------------------------------------------------------------------------------


def found_in(rules, hit_policy="first", more=""):
    lines = "".join(f"      - {{id: r{number}, why: so, {rule}}}\n" for number, rule in enumerate(rules))
    text = f"policy: p\n{more}rulesets:\n  - name: routing\n    hit_policy: {hit_policy}\n    rules:\n{lines}    default: {{route: escalation}}\n"
    names = Names(
        teams=("billing", "success", "escalation"), plans=("trial", "pro"), intents=("refund", "complaint"), pages=("/", "/billing"), flags=("vip",),
    )  # fmt: skip
    return [f"{each.id} {each.message}" for each in check(policy_from_document(parse_document(text, "p.yaml")), names)]


TO_BILLING, TO_SUCCESS = "then: {route: billing}", "then: {route: success}"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            ["when: [{customer.plan: trial}, {customer.plan: pro}], then: {route: billing}"],
            "L201 rule `r0` never matches: it is never so that the customer's plan is trial and the customer's plan is pro; mend the condition or leave it out",
        ),
        (
            ["when: {any: [{customer.plan: {set: true}}, {customer.plan: {unset: true}}]}, then: {route: billing}", "when: {page.url: /}, then: {route: success}"],
            "L202 rule `r0` holds for everybody, so the rules after it never act",
        ),
        (
            ["when: {customer.plan: trial}, then: {route: billing}", "when: {customer.plan: {in: [trial]}}, then: {route: success}"],
            "L203 rule `r1` has the condition of `r0`, which comes first; leave one of them out; for instance: customer.plan trial",
        ),
        (
            ["when: {message.text: {contains_any: [charge]}}, then: {route: billing}", "when: {message.text: {contains_any: [charge twice]}}, then: {route: success}"],
            'L204 rule `r1` never acts: whoever meets its condition meets that of `r0` first; put it before that one, or leave it out; for instance: message.text "charge twice"',
        ),
        (
            [
                "when: {customer.contacts_30d: {lt: 3}}, then: {route: billing}",
                "when: {customer.contacts_30d: {gte: 2}}, then: {route: success}",
                "when: {customer.contacts_30d: {set: true}}, then: {route: billing}",
            ],
            "L205 rule `r2` never acts: whoever meets its condition meets one of those of `r0` and `r1` first; put it before them, or leave it out; "
            "for instance: customer.contacts_30d 0",
        ),
        (
            ["when: [{customer.plan: trial}, {page.url: /}], then: {route: billing}", "when: {page.url: /}, then: {route: billing}"],
            'L206 rule `r0` does what rule `r1` would do for the same customers; leave it out; for instance: customer.plan trial, page.url "/"',
        ),
        (
            ["when: [{customer.plan: trial}, {customer.plan: [trial, pro]}], then: {route: billing}"],
            "L207 in rule `r0` it makes no difference that the customer's plan is trial or pro; leave it out",
        ),
        (
            ["when: {message.text: {contains_any: [charge, charge twice]}}, then: {route: billing}"],
            'L207 in rule `r0` there are phrases that make no difference: "charge twice" has "charge" in it, which is enough; leave them out',
        ),
        (
            [
                "when: {customer.contacts_30d: {lt: 3}}, then: {route: billing}",
                "when: {customer.contacts_30d: {gt: 3}}, then: {route: success}",
            ],
            "G401 the number of contacts in 30 days falls between the rules of `routing`, and the default acts (to the escalation inbox); move a bound, or "
            "leave it to the default; for instance: customer.contacts_30d 3",
        ),
    ],
)  # fmt: skip
def test_each_is_told_with_a_customer_who_shows_it_and_what_to_do(rules, said):
    assert found_in(rules) == [said]


@pytest.mark.parametrize(
    ("rules", "hit_policy", "said"),
    [
        (
            ["when: {customer.plan: trial}, then: {route: billing}", "when: {customer.contacts_30d: {gte: 5}}, then: {route: success}"],
            "unique",
            "C301 rule `r1` and `r0` hold for the same customers, for whom the default acts under `unique`; narrow one of them, or use `first`; "
            "for instance: customer.contacts_30d 5, customer.plan trial",
        ),
        (
            ["when: {customer.plan: trial}, then: {route: billing}", "when: {customer.contacts_30d: {gte: 5}}, then: {route: success}"],
            "collect",
            "C303 rule `r1` sets the route that `r0` set before it, for customers who meet both; make sure that the later one is to win; "
            "for instance: customer.contacts_30d 5, customer.plan trial",
        ),
        (
            ["when: {all: [{customer.plan: trial}, {page.url: /}]}, then: {priority: high}", "when: {customer.plan: trial}, then: {priority: low}"],
            "sequence",
            "C305 the priority that rule `r0` sets never counts: `r1` always sets another one; leave it out, or put the rule last; "
            'for instance: customer.plan trial, page.url "/"',
        ),
    ],
)  # fmt: skip
def test_rules_that_get_in_one_anothers_way(rules, hit_policy, said):
    assert found_in(rules, hit_policy) == [said]


def test_an_exception_to_an_earlier_rule_is_no_conflict():
    rules = ["when: {customer.plan: trial}, then: {route: billing}", "when: {all: [{customer.plan: trial}, {page.url: /}]}, then: {route: success}"]
    assert found_in(rules, "collect") == []


def ids_in(text, **names):
    known = Names(**{"teams": ("billing", "escalation"), "plans": ("trial", "pro"), "intents": ("refund", "invoice", "complaint"), "pages": ("/",), **names})
    return [(each.id, dict(each.witness or {})) for each in check(policy_from_document(parse_document(text, "p.yaml")), known)]


RULES = "rulesets: [{name: routing, hit_policy: first, rules: [%s], default: {route: escalation}}]\n"


def test_what_a_guard_never_lets_the_bot_do():
    text = "policy: p\nguards: [{id: g, why: so, when: {message.intent: refund}, forbid: bot}]\nbot: {answers: {only: [refund, invoice]}}\n"
    assert ids_in(text) == [("C304", {"message.intent": "refund", "message.confidence": 0.7})]
    assert ids_in(text.replace("{message.intent: refund}", "[{message.intent: refund}, {customer.plan: trial}]")) == []
    assert ids_in(text.replace("{message.intent: refund}", "[{message.intent: refund}, {message.confidence: {lt: 0.7}}]")) == []
    # Somebody is surer than that.
    assert ids_in(text.replace("{message.intent: refund}", "[{message.intent: refund}, {message.confidence: {lte: 0.9}}]")) == []


def test_a_guard_that_keeps_the_bot_from_some_of_the_protected_only():
    text = "policy: p\ngroups: {protected: {customer.plan: [trial, pro]}}\nguards: [{id: g, why: so, when: [{group: protected}, {page.url: /}], forbid: bot}]\nbot: {answers: {}}\n"
    assert ids_in(text) == [("S501", {"customer.plan": "trial"})]
    assert ids_in(text.replace("[{group: protected}, {page.url: /}]", "{customer.plan: {set: true}}")) == []


def test_who_meets_the_bot_speaks_its_language():
    text = "policy: p\ngroups: {protected: {customer.language: {not_in: [en]}}}\nbot: {answers: {}, languages: [en, de]}\nguards: [{id: g, why: so, when: {customer.plan: trial}, forbid: bot}]\n"
    for language, found in (("not_in: [en]", None), ("is: fr", None), ("is: de", "de")):
        told = [witness for id_, witness in ids_in(text.replace("not_in: [en]", language)) if id_ == "S501"]
        assert [each.get("customer.language") for each in told] == ([] if found is None else [found])


def test_a_rule_of_a_sequence_may_create_what_the_next_reads():
    same = "when: {conversation.tags: {contains_any: [money]}}"
    tag = "{id: b, why: so, when: {message.intent: refund}, then: {tag: money}}"
    rules = f"{tag}, {{id: a, why: so, {same}, then: {{route: billing}}}}, {{id: c, why: so, {same}, then: {{priority: high}}}}"
    text = "policy: p\n" + (RULES % rules).replace("first", "sequence")
    assert [id_ for id_, _ in ids_in(text)] == []


FLOW = """\
policy: p
bot:
  flow:
    help:
      answers: true
      otherwise: person
      next:
        - {when: {message.says: "yes"}, go: bye}
        - {go: %s}
    person: {hands_over: true}
    bye: {closes: true}
"""


def test_a_bot_that_closes_on_whom_it_did_not_help():
    assert ids_in(FLOW % "person") == []
    assert ids_in(FLOW % "bye") == [("S504", {"message.says": "no"})]
    assert ids_in((FLOW % "person").replace("otherwise: person", "otherwise: bye")) == [("S504", {})]
    assert ids_in((FLOW % "bye").replace("  flow:", "  hand_over: {after_failures: 1}\n  flow:")) == []


def test_what_a_later_ruleset_always_sets_anew():
    both = "policy: p\nrulesets:\n  - {name: a, hit_policy: collect, rules: [{id: r, why: so, when: {page.url: /}, then: {route: billing, tag: x}}]}\n"
    later = "  - {name: b, hit_policy: first, rules: [{id: s, why: so, when: {customer.plan: trial}, then: {route: billing}}], default: {%s}}\n"
    assert ids_in(both + later % "route: escalation") == [("C305", {"page.url": "/"})]
    assert ids_in(both + later % "tag: y") == []


def test_values_of_the_scenario_that_nobody_thought_of():
    rules = ", ".join(f"{{id: {each}, why: so, when: {{message.intent: {each}}}, then: {{route: billing, tag: {each}}}}}" for each in ("refund", "invoice"))
    in_use = {"message.intent": ("refund", "invoice", "complaint", "talk_to_person")}
    text = "policy: p\n" + RULES % rules
    assert ids_in(text) == []
    assert ids_in(text, in_use=in_use) == [("G403", {"message.intent": "complaint"})]
    # Whom a rule without that field takes is no witness of the default.
    all_taken = rules + ", {id: rest, why: so, when: {message.intent: {not_in: [refund]}}, then: {route: billing, tag: rest}}"
    assert [each for each in ids_in("policy: p\n" + RULES % all_taken, in_use=in_use) if each[0] == "G403"] == [("G403", {})]
    elsewhere = "guards: [{id: g, why: so, when: {message.intent: complaint}, forbid: bot}]\n"
    assert ids_in(text + elsewhere, in_use=in_use) == [("G401", {"message.intent": "complaint"})]


def test_a_rule_for_hours_at_which_its_team_has_left():
    shifts = {"billing": WeekHours.parse("Mon-Fri 09-17")}
    text = "policy: p\n" + RULES % '{id: r, why: so, when: {time: {during: "%s"}}, then: {route: billing}}'
    assert ids_in(text % "Mon-Fri 17-22", shifts=shifts) == [("T605", {"time": 17 * 3600.0})]
    assert ids_in(text % "Mon-Fri 16:59-22", shifts=shifts) == []


def test_what_an_expression_matches_is_not_guessed():
    rules = ["when: {message.text: {matches: 'a.c'}}, then: {route: billing}", "when: {message.text: {contains_any: [abc]}}, then: {route: success}"]
    told = "was not held against the others: what expressions match is not looked into; test it with a case"
    assert found_in(rules) == [f"G404 rule `r1` {told}"]
    assert found_in([rules[0].replace("a.c", "a(b|d)c"), rules[1]]) == [f"G404 rule `{name}` {told}" for name in ("r0", "r1")]
    assert found_in([rules[0].replace("a.c", "^abc$"), rules[1]]) == []


def test_a_search_that_would_take_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(possibility, "MOST_STEPS", 300)
    groups, name = {"g0": TRIAL}, "g0"
    for number in range(1, 35):
        other = Atom("customer.flags", "contains_any", (f"f{number}",))
        groups[f"g{number}"] = Any_((All((Group(name), Not(other))), All((Not(Group(name)), other))))
        name = f"g{number}"
    policy = policy_of(Group(name), All((Group(name), Not(Group(name)))), groups={**groups, "protected": TRIAL})
    assert {each.id for each in check(policy, Names(teams=("billing", "triage"), plans=("trial",), flags=tuple(f"f{number}" for number in range(45))))} <= {"G404"}


@pytest.mark.parametrize("hit_policy", ["first", "unique", "collect", "sequence"])
def test_marks_beyond_what_a_column_holds_are_held_against_one_another_too(hit_policy):
    flags = tuple(f"f{number}" for number in range(150))
    whens = [Atom("customer.flags", "contains_any", (flag,)) for flag in flags] + [Atom("customer.flags", "contains_all", flags)]
    ids = [each.id for each in check(policy_of(*whens, hit_policy=hit_policy), Names(teams=("billing", "triage"), plans=("trial",), flags=flags))]
    assert sorted(ids) == {"first": ["L204"], "unique": ["C301"] * 150 + ["L206"], "collect": ["L206"], "sequence": ["L206"]}[hit_policy]
