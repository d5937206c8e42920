"""A compiled policy says of every row what `decide` says of it."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.rules import (
    Action,
    All,
    Any_,
    Atom,
    CompiledPolicy,
    FactColumns,
    Group,
    Guard,
    MissingFact,
    None_,
    Not,
    Numbers,
    Policy,
    Routing,
    Rule,
    Ruleset,
    TextPool,
    Texts,
    Words,
    decide,
    guard_for,
    holds,
)
from deskdrill.rules.strategies import (
    EXPRESSIONS,
    FIELD_NAMES,
    HOURS,
    MOMENTS,
    NUMBERS,
    PAGES,
    PHRASES,
    SECONDS,
    SETS,
    SHARES,
    WAITS_S,
    WORDS,
    conditions,
    facts,
    policies,
)
from deskdrill.rules.vocabulary import OPERATORS, PRIORITIES, TRIGGERS, field_named

# A few fields at a time, or a condition seldom meets a fact that it is about.
ALWAYS_SEEN = [name for name in FIELD_NAMES if field_named(name).only_in is None]
SOME_FIELDS = st.lists(st.sampled_from(ALWAYS_SEEN), min_size=1, max_size=3, unique=True).map(tuple)
TRIAL = Atom("customer.plan", "is", "trial")


def values_of(field):
    """Facts of a field that lie on and beside everything that a generated condition compares it with."""
    match field.kind:
        case "word":
            return WORDS[field.name]
        case "words":
            return [frozenset(some) for size in range(4) for some in combinations(SETS[field.name], size)]
        case "text":
            return PAGES if field.values == "pages" else (*PHRASES, *(f"x {a} {b}" for a in PHRASES for b in PHRASES))
        case "number":
            return SHARES if field.highest == 1.0 else (*NUMBERS, -1.0, 3.0)
        case "duration":
            return (*SECONDS, 59.999, 61.0)
        case "yes_no":
            return (True, False)
        case "moment":
            return MOMENTS


VALUES = {name: values_of(field_named(name)) for name in FIELD_NAMES}


def operands_of(name, operand):
    """Operands of every shape, each value at least once."""
    field = field_named(name)
    ones = SETS[name] if field.kind == "words" else PHRASES if name == "message.text" else VALUES[name]
    match operand:
        case "flag":
            return [True]
        case "hours":
            return HOURS
        case "pattern":
            return EXPRESSIONS
        case "range":
            return [(low, high) for low in ones for high in ones if low <= high]
        case "values" | "phrases" | "affixes":
            return [(one,) for one in ones] + [(ones[0], one) for one in ones] + [tuple(ones)]
        case _:
            return ones


def late_truths(compiled, rows):
    """The truth of each live atom in every row, as a running clock would tell it; unset fields are left to the columns."""
    atoms = {*compiled.late_atoms_of_guards, *compiled.late_atoms_of_rulesets}
    told = [atom for atom in atoms if all(row.get(atom.field) is not None for row in rows)]
    return {atom: np.array([holds(atom, row) for row in rows], dtype=np.bool_) for atom in told}


def outcome(question):
    """What a question answers, or that it cannot be answered for want of a fact."""
    try:
        return question()
    except MissingFact:
        return "a fact is missing"


def as_decision(policy, routing, row):
    """The parts of a decision that a row of a routing holds."""
    team, rule = routing.team[row], routing.rule[row]
    return (
        None if team < 0 else policy.teams[team],
        PRIORITIES[routing.priority[row]],
        {tag for bit, tag in enumerate(policy.tags) if int(routing.tags[row]) >> bit & 1},
        None if rule < 0 else policy.rule_ids[rule],
        bool(routing.overlap[row]),
        None if routing.acted[row] < 0 else policy.rule_ids[routing.acted[row]],
    )


def parts_of(decision):
    """The same parts of a decision of `decide`."""
    acted = decision.rules[-1] if decision.rules else None
    return (decision.route, decision.priority, set(decision.tags), decision.routed_by, bool(decision.overlap), acted)


def columns_from(policy, decisions):
    """Earlier decisions as a routing of the same policy."""
    return Routing(
        team=np.array([-1 if d.route is None else policy.teams.index(d.route) for d in decisions], dtype=np.int16),
        priority=np.array([PRIORITIES.index(d.priority) for d in decisions], dtype=np.int8),
        tags=np.array([sum(1 << policy.tags.index(tag) for tag in d.tags) for d in decisions], dtype=np.uint64),
        rule=np.array(
            [-1 if d.routed_by is None else policy.rule_ids.index(d.routed_by) for d in decisions], dtype=np.int16
        ),
        overlap=np.zeros(len(decisions), dtype=np.bool_),
        acted=np.full(len(decisions), -1, dtype=np.int16),
    )


@pytest.mark.parametrize(
    ("field", "operator"),
    [(name, operator) for name in FIELD_NAMES for operator in field_named(name).operators if "billing" not in name],
)
def test_each_operator_on_each_field_holds_over_columns_where_it_holds_for_the_row(field, operator):
    set_rows = [{field: value} for value in VALUES[field]]
    evaluate = CompiledPolicy(Policy("empty")).evaluate
    batches = {"no_match": [*set_rows, {}], "match": [*set_rows, {}], "error": set_rows}
    for (on_missing, rows), operand in product(batches.items(), operands_of(field, OPERATORS[operator].operand)):
        atom = Atom(field, operator, operand, on_missing)
        assert evaluate(atom, FactColumns(rows)).tolist() == [holds(atom, row) for row in rows]


@given(data=st.data(), fields=SOME_FIELDS)
def test_a_condition_over_columns_holds_where_it_holds_for_the_row(data, fields):
    condition = data.draw(conditions(fields))
    rows = data.draw(st.lists(facts(fields), max_size=4))
    expected = outcome(lambda: [holds(condition, row) for row in rows])
    evaluate = CompiledPolicy(Policy("empty")).evaluate
    assert outcome(lambda: evaluate(condition, FactColumns(rows)).tolist()) == expected


@settings(max_examples=200)
@given(data=st.data(), fields=SOME_FIELDS, trigger=st.sampled_from(TRIGGERS), told=st.booleans())
def test_a_batch_is_routed_as_decide_routes_each_row(data, fields, trigger, told):
    policy, rows = data.draw(policies(fields)), data.draw(st.lists(facts(fields), max_size=4))
    compiled = CompiledPolicy(policy)
    late = late_truths(compiled, rows) if told else {}
    waited_s = data.draw(st.sampled_from(WAITS_S))
    expected = outcome(lambda: [parts_of(decide(policy, row, trigger, waited_s=waited_s)) for row in rows])

    def actual():
        routing = compiled.route(FactColumns(rows), trigger, late, waited_s=waited_s)
        return [as_decision(policy, routing, row) for row in range(len(rows))]

    assert outcome(actual) == expected


@given(data=st.data(), fields=SOME_FIELDS)
def test_a_batch_is_routed_on_from_where_an_earlier_trigger_left_it(data, fields):
    policy = data.draw(policies(fields, errors=False))
    rows = data.draw(st.lists(facts(fields), max_size=4))
    compiled = CompiledPolicy(policy)
    life = [(trigger, None) for trigger in TRIGGERS[1:3]] + [("waiting", wait_s) for wait_s in WAITS_S] + [(trigger, None) for trigger in TRIGGERS[4:]]
    decisions = [decide(policy, row, "arrived") for row in rows]
    for trigger, waited_s in life:
        before = columns_from(policy, decisions)
        decisions = [decide(policy, row, trigger, decision, waited_s) for row, decision in zip(rows, decisions, strict=True)]
        routing = compiled.route(FactColumns(rows), trigger, before=before, waited_s=waited_s)
        assert [as_decision(policy, routing, row) for row in range(len(rows))] == [parts_of(each) for each in decisions]


@given(data=st.data(), fields=SOME_FIELDS, told=st.booleans())
def test_guards_keep_the_bot_from_the_rows_that_guard_for_names(data, fields, told):
    policy, rows = data.draw(policies(fields)), data.draw(st.lists(facts(fields), max_size=4))
    compiled = CompiledPolicy(policy)
    late = late_truths(compiled, rows) if told else {}

    def expected():
        guards = [guard_for(policy, row) for row in rows]
        return [-1 if guard is None else policy.guard_ids.index(guard.id) for guard in guards]

    assert outcome(lambda: compiled.forbids(FactColumns(rows), late).tolist()) == outcome(expected)


@given(data=st.data(), fields=SOME_FIELDS, truth=st.booleans())
def test_one_late_truth_counts_for_the_whole_batch(data, fields, truth):
    policy = data.draw(policies(fields, errors=False))
    rows = data.draw(st.lists(facts(fields), min_size=1, max_size=4))
    compiled = CompiledPolicy(policy)
    atoms = compiled.late_atoms_of_rulesets + compiled.time_atoms_of_rulesets
    one = compiled.route(FactColumns(rows), late=dict.fromkeys(atoms, truth))
    each = compiled.route(FactColumns(rows), late={atom: np.full(len(rows), truth) for atom in atoms})
    assert [as_decision(policy, one, row) for row in range(len(rows))] == [
        as_decision(policy, each, row) for row in range(len(rows))
    ]


@settings(max_examples=30)
@given(policy=policies())
def test_late_atoms_are_those_on_live_fields_and_on_time(policy):
    compiled = CompiledPolicy(policy)
    live = compiled.late_atoms_of_guards + compiled.late_atoms_of_rulesets
    time = compiled.time_atoms_of_guards + compiled.time_atoms_of_rulesets
    assert all(atom.field.startswith(("queue.", "team.")) for atom in live)
    assert all(atom.field in ("time", "holiday") for atom in time)
    needs_clock = any(field.startswith(("queue.", "team.", "time", "holiday")) for field in compiled.fields)
    assert not (live or time) or needs_clock


def routing_of(*rules, hit_policy="first", default=None):
    return Policy("p", rulesets=(Ruleset("r", rules, hit_policy, default=default or Action(route="triage")),))


def test_unique_takes_the_default_where_two_rules_hold_and_says_so():
    policy = routing_of(
        Rule("a", Action(route="billing"), when=TRIAL),
        Rule("b", Action(route="success"), when=Atom("message.intent", "is", "refund")),
        hit_policy="unique",
    )
    rows = [{"customer.plan": "trial"}, {"message.intent": "refund"}, {}]
    rows.append({**rows[0], **rows[1]})
    routing = CompiledPolicy(policy).route(FactColumns(rows))
    assert [policy.teams[team] for team in routing.team] == ["billing", "success", "triage", "triage"]
    assert [policy.rule_ids[rule] for rule in routing.rule] == ["r.a", "r.b", "r.default", "r.default"]
    assert routing.overlap.tolist() == [False, False, False, True]
    assert decide(policy, rows[3]).overlap == ("r.a", "r.b")


def test_a_rule_of_a_sequence_sees_what_those_before_it_set():
    rules = (
        Rule("a", Action(tags=("money",)), when=TRIAL),
        Rule("b", Action(route="billing", priority="high"), when=Atom("conversation.tags", "contains_any", ("money",))),
        Rule("c", Action(priority="urgent"), when=Atom("conversation.priority", "is", "high")),
    )
    for hit_policy, expected in (("sequence", (0, 0, 1)), ("collect", (-1, 2, 1))):
        policy = Policy("p", rulesets=(Ruleset("r", rules, hit_policy),))
        routing = CompiledPolicy(policy).route(FactColumns([{"customer.plan": "trial"}]))
        assert (routing.team[0], routing.priority[0], routing.tags[0]) == expected


def test_the_same_test_of_tags_is_made_anew_after_each_rule_of_a_sequence():
    untagged = Atom("conversation.tags", "contains_none", ("money",))
    rules = (
        Rule("a", Action(tags=("money",)), when=All((untagged, TRIAL))),
        Rule("b", Action(route="billing"), when=All((untagged, TRIAL))),
        Rule("c", Action(route="success"), when=Not(untagged)),
    )
    policy = Policy("p", rulesets=(Ruleset("r", rules, "sequence"),))
    rows = [{"customer.plan": "trial"}, {"customer.plan": "pro"}]
    routing = CompiledPolicy(policy).route(FactColumns(rows))
    assert [as_decision(policy, routing, row) for row in range(2)] == [parts_of(decide(policy, row)) for row in rows]
    assert [policy.rule_ids[rule] if rule >= 0 else None for rule in routing.rule] == ["r.c", None]


def test_a_word_that_no_row_has_is_not_among_all():
    atom = Atom("customer.flags", "contains_all", ("vip", "founder"))
    rows = [{"customer.flags": {"vip"}}, {"customer.flags": {"at_risk", "vip"}}]
    assert CompiledPolicy(Policy("p")).evaluate(atom, FactColumns(rows)).tolist() == [False, False]


@given(
    rows=st.lists(st.frozensets(st.sampled_from([f"flag_{number}" for number in range(100)])), min_size=1, max_size=4),
    wanted=st.lists(st.sampled_from([f"flag_{number}" for number in range(110)]), min_size=1, max_size=3, unique=True),
    operator=st.sampled_from(["contains_any", "contains_all", "contains_none"]),
)
def test_sets_of_any_number_of_words_are_told_apart(rows, wanted, operator):
    atom = Atom("customer.flags", operator, tuple(wanted))
    facts = [{"customer.flags": frozenset(f"flag_{number}" for number in range(100))}]
    facts += [{"customer.flags": row} for row in rows]
    assert CompiledPolicy(Policy("p")).evaluate(atom, FactColumns(facts)).tolist() == [holds(atom, row) for row in facts]


def test_a_strict_atom_whose_truth_was_told_misses_nothing():
    atom = Atom("queue.billing.length", "gt", 5.0, "error")
    policy = routing_of(Rule("a", Action(route="success"), when=atom))
    routing = CompiledPolicy(policy).route(FactColumns([{}, {}]), late={atom: np.array([True, False])})
    assert [policy.teams[team] for team in routing.team] == ["success", "triage"]


def test_where_two_guards_hold_the_first_is_named():
    guards = (Guard("a", None, TRIAL), Guard("b"))
    rows = [{"customer.plan": "trial"}, {}]
    assert CompiledPolicy(Policy("p", guards=guards)).forbids(FactColumns(rows)).tolist() == [0, 1]


def test_an_action_leaves_alone_what_it_does_not_name():
    rulesets = (
        Ruleset("one", (), default=Action("billing", "urgent", ("money",))),
        Ruleset("two", (), default=Action(tags=("again",))),
        Ruleset("three", (), "unique", default=Action(priority="low")),
    )
    for count, expected in ((1, (0, 0, 1)), (2, (0, 0, 3)), (3, (0, 3, 3))):
        routing = CompiledPolicy(Policy("p", rulesets=rulesets[:count])).route(FactColumns([{}]))
        assert (routing.team[0], routing.priority[0], routing.tags[0]) == expected


def test_the_word_escalation_sends_back_to_the_escalation_inbox():
    rules = (Rule("a", Action(route="billing")), Rule("b", Action(route="escalation"), when=TRIAL))
    policy = Policy("p", rulesets=(Ruleset("r", rules, "collect"),))
    routing = CompiledPolicy(policy).route(FactColumns([{"customer.plan": "trial"}, {}]))
    assert policy.teams == ("billing",)
    assert routing.team.tolist() == [-1, 0]
    assert [policy.rule_ids[rule] for rule in routing.rule] == ["r.b", "r.a"]
    assert decide(policy, {"customer.plan": "trial"}).route is None


def test_a_missing_fact_matters_only_to_a_rule_that_is_tried():
    strict = Rule("b", Action(route="billing"), when=Atom("customer.plan", "is", "trial", "error"))
    policy = routing_of(Rule("a", Action(route="success"), when=Atom("message.intent", "set", value=True)), strict)
    compiled = CompiledPolicy(policy)
    assert compiled.route(FactColumns([{"message.intent": "refund"}])).team.tolist() == [0]
    with pytest.raises(MissingFact, match=r"rule `r\.b` needs `customer\.plan`, which is unset"):
        compiled.route(FactColumns([{"message.intent": "refund"}, {}]))


def test_a_strict_atom_is_looked_at_whatever_stands_beside_it():
    strict = Atom("customer.plan", "is", "trial", "error")
    policy = routing_of(Rule("a", Action(route="x"), when=Any_((Atom("message.intent", "set", value=True), strict))))
    row = {"message.intent": "refund"}
    with pytest.raises(MissingFact):
        decide(policy, row)
    with pytest.raises(MissingFact):
        CompiledPolicy(policy).route(FactColumns([row]))


def test_confidence_in_single_precision_is_compared_as_it_is():
    class Confidence:
        size = 1

        def column(self, _):
            return Numbers(np.array([0.7], dtype=np.float32))

    seen = float(np.float32(0.7))
    assert seen < 0.7
    atom = Atom("message.confidence", "gte", 0.7)
    assert CompiledPolicy(Policy("p")).evaluate(atom, Confidence()).tolist() == [False]
    assert not holds(atom, {"message.confidence": seen})


class NothingKnown:
    """Columns of a desk that knows nothing of anybody."""

    size = 2

    def column(self, _):
        return None


@pytest.mark.parametrize(
    ("on_missing", "held"), [("no_match", [False, False]), ("match", [True, True])], ids=["no_match", "match"]
)
def test_a_field_without_a_column_is_unset_for_all(on_missing, held):
    atom = Atom("customer.plan", "is_not", "trial", on_missing)
    evaluate = CompiledPolicy(Policy("p")).evaluate
    assert evaluate(atom, NothingKnown()).tolist() == held
    assert evaluate(Not(atom), NothingKnown()).tolist() == [not each for each in held]
    assert evaluate(Atom("customer.plan", "unset", value=True), NothingKnown()).tolist() == [True, True]


def test_a_live_field_that_nobody_told_is_refused_rather_than_unset():
    atom = Atom("team.billing.open", "is", value=True)
    with pytest.raises(ValueError, match=r"`team\.billing\.open` must be given in `late`"):
        CompiledPolicy(Policy("p")).evaluate(atom, NothingKnown())
    assert CompiledPolicy(Policy("p")).evaluate(atom, NothingKnown(), {atom: True}).tolist() == [True, True]


def test_all_phrases_of_a_policy_are_looked_for_in_one_pass_over_a_pool(monkeypatch):
    passes = []
    original = TextPool.prepare

    def counted(self, phrases):
        before = len(self._hits)
        original(self, phrases)
        passes.append(len(self._hits) - before)

    monkeypatch.setattr(TextPool, "prepare", counted)
    words = [("refund", "card"), ("card", "python"), ("api key",)]
    rules = [
        Rule(f"rule-{n}", Action(route="x"), when=Atom("message.text", "contains_any", phrases))
        for n, phrases in enumerate(words)
    ]
    pool = TextPool(["my card", "python?", "hello"])

    class Messages:
        size = 3

        def column(self, _):
            return Texts(np.array([2, 0, -1]), pool)

    routing = CompiledPolicy(routing_of(*rules)).route(Messages())
    assert routing.rule.tolist() == [3, 0, 3]
    assert [new for new in passes if new] == [4]


def test_groups_are_evaluated_by_name_in_any_nesting():
    groups = {"protected": Any_((TRIAL, Atom("customer.flags", "contains_any", ("vip",))))}
    guard = Guard("g", None, All((Not(Group("protected")), None_((Atom("message.text", "set", value=True),)))))
    policy = Policy("p", groups=groups, guards=(guard,))
    rows = [{"customer.plan": "trial"}, {"customer.plan": "pro"}, {"customer.flags": {"vip"}}, {"message.text": ""}]
    assert CompiledPolicy(policy).forbids(FactColumns(rows)).tolist() == [-1, 0, -1, -1]
    assert [guard_for(policy, row) for row in rows] == [None, guard, None, None]


def test_codes_of_any_integer_type_may_have_names_that_no_row_uses():
    class Plans:
        size = 3

        def column(self, _):
            return Words(np.array([0, -1, 2], dtype=np.int8), ("trial", "starter", "pro"))

    held = CompiledPolicy(Policy("p")).evaluate(Atom("customer.plan", "not_in", ("pro", "enterprise")), Plans())
    assert held.tolist() == [True, False, False]


def test_routing_arrays_have_their_documented_types():
    policy = routing_of(Rule("a", Action("billing", "high", ("x",)), when=TRIAL))
    routing = CompiledPolicy(policy).route(FactColumns([{"customer.plan": "trial"}]))
    types = [
        array.dtype.name for array in (routing.team, routing.priority, routing.tags, routing.rule, routing.overlap)
    ]
    assert types == ["int16", "int8", "uint64", "int16", "bool"]
