"""What an edit changes: decided as `decide` and `turn` do, traced to the edits that do it alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.calendar import WeekHours
from deskdrill.rules import (
    Action,
    All,
    Atom,
    Bot,
    FactColumns,
    Group,
    Guard,
    HandOver,
    MissingFact,
    Policy,
    Rule,
    Ruleset,
    decide,
)
from deskdrill.rules import causes as causes_module
from deskdrill.rules.bot import Answers
from deskdrill.rules.causes import causes
from deskdrill.rules.difference import difference
from deskdrill.rules.edits import edited, edits_of
from deskdrill.rules.first_act import COLLECTS, HANDS_OVER, PEOPLE
from deskdrill.rules.openings import Openings
from deskdrill.rules.outcomes import Decider, Outcome
from deskdrill.rules.standing import BEGINNING, KNOWS_ALL, Heard, Knowledge
from deskdrill.rules.strategies import facts, policies
from deskdrill.rules.strategies.policies import INTENTS
from deskdrill.rules.turn import turn

some = settings(max_examples=40)
FIELDS = ("customer.plan", "message.intent", "message.confidence", "message.text", "message.says", "customer.language", "customer.help_centre_visit")
several = st.lists(facts(FIELDS), min_size=1, max_size=5)
knowledges = st.builds(
    Knowledge,
    st.none() | st.just(dict.fromkeys(INTENTS[:1], "")),
    st.none() | st.just(dict.fromkeys(INTENTS[1:], "")),
    st.sampled_from((0.0, 0.5, 1.0)),
)
PASSED_ON = ("hand_over", "says_when", "message_taken")


@st.composite
def pairs(draw):
    """A policy, and what might have become of it: other parts under the same names, in another order."""
    old, other = draw(policies(FIELDS, errors=False)), draw(policies(FIELDS, errors=False))
    guards = tuple(draw(st.permutations([*old.guards, *other.guards[2:]]))) if draw(st.booleans()) else other.guards
    rulesets = draw(st.sampled_from((old.rulesets, other.rulesets)))
    rulesets = tuple(draw(st.permutations([replace(each, rules=tuple(draw(st.permutations(each.rules)))) for each in rulesets])))
    bot = draw(st.sampled_from((old.bot, other.bot)))
    return old, replace(old, groups={**old.groups, **other.groups}, guards=guards, bot=bot, rulesets=rulesets)


def act_of(policy, row, knowledge, is_open):
    """What the slow reference does first."""
    standing, said = turn(policy, BEGINNING, Heard(row, row.get("customer.language"), is_open=lambda _: is_open), knowledge)
    if standing.over in ("no_bot", "guard", "language"):
        return PEOPLE
    kind = said[0].kind.partition(" ")[0]
    if standing.question is not None:
        asked = standing.question[0]
        return COLLECTS if asked is None else next(each.kind for each in policy.bot.errands if each.intent == asked)
    if kind in PASSED_ON:
        return HANDS_OVER
    if kind in ("says", "check") or (kind == "ask" and standing.question is None):
        return f"state {standing.state}"
    return {"answer": "answers", "article": "suggests", "failed": "look_up", "closing": "closes"}.get(kind, kind)


def slow(policy, row, knowledge=KNOWS_ALL, *, is_open=True):
    """The same decision, by `decide` and `turn`."""
    act = act_of(policy, row, knowledge, is_open)
    decision = decide(policy, row, "arrived")
    if act != PEOPLE:
        decision = decide(policy, row, "handed_over", decision)
    return Outcome(act, decision.route or "escalation", decision.priority, tuple(sorted(decision.tags)))


def fast(policy, rows, knowledge=KNOWS_ALL):
    decider = Decider(FactColumns(rows), knowledge)
    return [decider.outcomes[code] for code in decider.decided(policy).tolist()]


@some
@given(policies(errors=False), st.lists(facts(), min_size=1, max_size=4), knowledges)
def test_openings_are_decided_as_decide_and_turn_say_row_by_row(policy, rows, knowledge):
    assert fast(policy, rows, knowledge) == [slow(policy, row, knowledge) for row in rows]


@some
@given(policies(FIELDS, errors=False), several, knowledges)
def test_a_bot_alone_at_night_is_decided_as_turn_says(policy, rows, knowledge):
    rows = [{**row, "time": 0.0} for row in rows]
    decider = Decider(FactColumns(rows), knowledge, WeekHours.parse("Mon-Fri 08-18"))
    found = [decider.outcomes[code] for code in decider.decided(policy).tolist()]
    assert found == [slow(policy, row, knowledge, is_open=False) for row in rows]


@some
@given(pairs(), several)
def test_no_edit_leaves_the_old_policy_and_all_of_them_make_the_new_one(pair, rows):
    old, new = pair
    edits = edits_of(old, new)
    assert edited(old, new, ()) is not None
    assert fast(edited(old, new, ()), rows) == fast(old, rows)
    assert fast(edited(old, new, edits), rows) == fast(new, rows)
    assert [each.name for each in edited(old, new, edits).rulesets] == [each.name for each in new.rulesets]
    assert not edits_of(old, old)
    assert len({edit.id for edit in edits}) == len(edits)


def assert_differ_as_told(change, before, after):
    for told, other, outcome in ((change.before, change.after, before), (change.after, change.before, after)):
        assert told.act in ("", outcome.act)
        assert told.route in ("", outcome.route)
        assert told.priority in ("", outcome.priority)
        assert set(told.tags) <= set(outcome.tags)
        assert not set(told.tags) & set(other.tags)
    assert (change.before.act != change.after.act) == (before.act != after.act)
    assert (change.before.route != change.after.route) == (before.route != after.route)
    assert (change.before.priority != change.after.priority) == (before.priority != after.priority)
    assert set(change.before.tags) ^ set(change.after.tags) == set(before.tags) ^ set(after.tags)


@settings(max_examples=60)
@given(pairs(), several, st.booleans())
def test_the_traced_edits_do_it_alone_and_no_proper_subset_does(pair, rows, narrow):
    old, new = pair
    with pytest.MonkeyPatch.context() as patch:
        # The search that narrows down takes over from trying all when these are many.
        patch.setattr(causes_module, "MOST_TRIED", 0 if narrow else 5_000)
        found = difference(old, new, Openings("rows", FactColumns(rows)))
    before, after = [[slow(policy, row) for row in rows] for policy in pair]
    assert sorted(row for change in found.changes for row in change.rows.tolist()) == [number for number in range(len(rows)) if before[number] != after[number]]
    for change in found.changes:
        assert change.because is not None
        for row in change.rows.tolist():
            assert_differ_as_told(change, before[row], after[row])
            assert fast(edited(old, new, change.because), [rows[row]]) == [after[row]]
            for size in range(len(change.because)):
                for fewer in combinations(change.because, size):
                    policy = edited(old, new, fewer)
                    assert policy is None or fast(policy, [rows[row]]) != [after[row]]
            edits = edits_of(old, new)
            for other in combinations(edits, len(change.because) - 1) if len(edits) <= 5 and not narrow else ():
                policy = edited(old, new, other)
                assert policy is None or fast(policy, [rows[row]]) != [after[row]], "a smaller set does it too"


@settings(max_examples=15)
@given(pairs(), several, st.randoms(use_true_random=False))
def test_the_order_of_openings_changes_nothing_but_which_rows_they_are(pair, rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    told = []
    for some_rows in (rows, [rows[at] for at in order]):
        found = difference(*pair, Openings("rows", FactColumns(some_rows)))
        texts = [sorted(found.openings.text(row) for row in change.samples) for change in found.changes]
        told.append((found.moved, [(change.id, change.count) for change in found.changes], texts))
    assert told[0] == told[1]


def policy(*rules, guards=(), groups=None, bot=None, default="triage"):
    ruleset = Ruleset("routing", tuple(rules), default=Action(default))
    return Policy("p", groups=groups or {}, guards=tuple(guards), bot=bot, rulesets=(ruleset,))


def says(*phrases):
    return Atom("message.text", "contains_any", phrases)


REFUND = Rule("refunds", Action("billing"), when=says("refund"))
CARD = Rule("cards", Action("frontline"), when=says("card"))
BOT = Bot(answers=Answers(confidence_at_least=0.7), hand_over=HandOver())
TRIAL = Atom("customer.plan", "is", "trial")


def changes(old, new, *rows):
    found = difference(old, new, Openings("rows", FactColumns(rows)))
    return [(change.before.route, change.after.route, change.causes, change.count, change.protected) for change in found.changes]


def test_a_rule_that_is_moved_is_the_cause_and_not_the_one_that_stays():
    row = {"message.text": "a refund to my card"}
    third = Rule("logins", Action("accounts"), when=says("password"))
    old, new = policy(REFUND, CARD, third), policy(CARD, third, REFUND)
    assert [edit.id for edit in edits_of(old, new)] == ["rule routing.refunds moved"]
    assert changes(old, new, row) == [("billing", "frontline", ("rule routing.refunds moved",), 1, False)]


def test_two_edits_that_only_work_together_are_found_together():
    old = policy(REFUND, CARD)
    new = policy(replace(REFUND, when=says("money back")), replace(CARD, when=says("credit card")), Rule("tips", Action("sales"), when=says("tip")))
    assert changes(old, new, {"message.text": "refund my card"}) == [
        ("billing", "triage", ("rule routing.cards changed", "rule routing.refunds changed"), 1, False)
    ]


def test_a_group_may_make_a_rule_hold_that_holds_under_neither_policy():
    money = Rule("money", Action("sales"), when=All((Group("vips"), says("refund"))))
    pro = Atom("customer.plan", "is", "pro")
    old = policy(money, groups={"vips": TRIAL})
    more = [Rule("cash", Action("frontline"), when=says("cash")), Rule("plain", Action("sales"), when=says("refund"))]
    new = policy(replace(money, when=All((Group("vips"), says("money back")))), *more, groups={"vips": pro})
    # The group alone does it, and so does the new rule; the group's edit comes first.
    assert changes(old, new, {"message.text": "refund", "customer.plan": "pro"}) == [("triage", "sales", ("group vips changed",), 1, False)]


def test_protected_customers_newly_automated_come_first():
    guard = Guard("no-bot-for-protected", when=Group("protected"))
    groups = {"protected": TRIAL}
    old = policy(REFUND, guards=[guard], groups=groups, bot=BOT)
    new = policy(replace(REFUND, then=Action("frontline")), groups=groups, bot=BOT)
    ordinary = {"message.text": "refund", "customer.plan": "pro"}
    rows = [ordinary, ordinary, {"message.text": "hello", "customer.plan": "trial"}]
    found = changes(old, new, *rows)
    assert found[0] == ("triage", "triage", ("guard no-bot-for-protected removed",), 1, True)
    assert [each[4] for each in found] == [True, False]


def test_a_rule_that_moves_to_another_ruleset_is_one_edit():
    tags = Ruleset("tags", (), "collect")
    old = Policy("p", rulesets=(Ruleset("routing", (REFUND, CARD), default=Action("triage")), tags))
    new = Policy("p", rulesets=(Ruleset("routing", (CARD,), default=Action("triage")), replace(tags, rules=(REFUND,))))
    assert [edit.id for edit in edits_of(old, new)] == ["rule tags.refunds moved from routing"]


def test_words_decide_nothing_and_are_no_edit():
    old = policy(REFUND, bot=BOT)
    new = policy(replace(REFUND, why="they pay"), bot=replace(BOT, tone="playful"))
    assert edits_of(old, new) == ()


def test_a_group_is_traced_to_itself_and_not_to_the_rules_that_name_it():
    rule = Rule("trials", Action("sales"), when=Group("early"))
    old = policy(rule, groups={"early": TRIAL})
    new = policy(rule, groups={"early": Atom("customer.plan", "in", ("trial", "starter"))})
    assert changes(old, new, {"customer.plan": "starter"}) == [("triage", "sales", ("group early changed",), 1, False)]


def test_where_no_rule_fires_it_is_said():
    openings = Openings("rows", FactColumns([{"message.text": "hello"}]))
    assert not difference(policy(REFUND), policy(REFUND, CARD), openings).fires
    assert difference(policy(REFUND), policy(CARD), Openings("rows", FactColumns([{"message.text": "refund"}]))).fires


def test_a_fact_that_must_be_known_and_is_not_is_an_error_that_names_the_rule():
    strict = replace(REFUND, when=Atom("customer.plan", "is", "trial", "error"))
    with pytest.raises(MissingFact, match=r"rule `routing.refunds` needs `customer.plan`"):
        difference(policy(REFUND), policy(strict), Openings("rows", FactColumns([{"message.text": "refund"}])))


def test_a_search_that_is_given_up_says_so(monkeypatch):
    monkeypatch.setattr(causes_module, "MOST_TRIED", 0)
    monkeypatch.setattr(causes_module, "MOST_SEARCHED", 0)
    old, new = policy(REFUND, CARD), policy(replace(REFUND, when=says("money")), replace(CARD, when=says("cash")))
    decider = Decider(FactColumns([{"message.text": "refund my card"}]))
    before, after = decider.decided(old), decider.decided(new)
    rows = np.flatnonzero(before != after)
    assert causes(old, new, edits_of(old, new), decider, rows, after[rows]).of.tolist() == [-1]


@pytest.mark.parametrize(
    ("works", "expected"),
    [
        # Halving finds no pair of the four, nor three of them.
        ([{(0, 2), (0, 1, 2, 3)}], [(0, 2)]),
        # What the first opening needs is more than the second does.
        ([{(0, 1, 2), (0, 1, 2, 3)}, {(0, 1), (0, 1, 2), (0, 1, 2, 3)}], [(0, 1, 2), (0, 1)]),
    ],
)
def test_the_search_ends_with_sets_of_which_no_part_does_it(monkeypatch, works, expected):
    def does(_, chosen, at):
        return np.array([chosen in works[row] for row in at.tolist()], dtype=np.bool_)

    monkeypatch.setattr(causes_module, "MOST_TRIED", 0)
    monkeypatch.setattr(causes_module._Search, "_does", does)
    old, new = policy(), policy(*(replace(REFUND, id=f"r{number}") for number in range(4)))
    decider = Decider(FactColumns([{"message.text": "refund"}] * len(works)))
    edits = edits_of(old, new)
    found = causes(old, new, edits, decider, np.arange(len(works)), decider.decided(new))
    assert [tuple(edits.index(edit) for edit in found.sets[number]) for number in found.of.tolist()] == expected
