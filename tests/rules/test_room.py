"""The room's door: its public names, and what coming through it costs."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st

from deskdrill import rules
from deskdrill.errors import BadValue
from deskdrill.rules import (
    Action,
    Atom,
    CompiledPolicy,
    FactColumns,
    Group,
    Policy,
    Rule,
    Ruleset,
    decide,
    holds,
    load_policy,
)
from deskdrill.rules.strategies import atoms, facts, policies
from deskdrill.rules.vocabulary import FIELDS, OPERATORS, field_named


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("name", rules.__all__)
def test_each_public_name_is_there_and_listed(name):
    assert getattr(rules, name) is not None
    assert name in dir(rules)


def test_an_unknown_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="has no attribute `nothing`"):
        _ = rules.nothing


def test_coming_in_imports_neither_numpy_nor_pydantic_nor_hypothesis():
    loaded = python("import sys, deskdrill.rules; print(*sys.modules)")
    assert not {"numpy", "pydantic", "hypothesis", "ahocorasick", "re2"} & set(loaded)


def test_only_the_strategies_import_hypothesis():
    code = (
        "import sys; from deskdrill import rules; [getattr(rules, name) for name in rules.__all__]; print(*sys.modules)"
    )
    assert "hypothesis" not in python(code)


@pytest.mark.parametrize("name", ["decide", "describe", "check"])
@pytest.mark.parametrize(
    "first", ["import deskdrill.rules.{}", "import deskdrill.rules", "import deskdrill.rules.compiled"]
)
def test_a_function_is_not_hidden_by_the_module_of_its_name(name, first):
    code = (
        f"{first.format(name)}; from deskdrill.rules import {name}; from deskdrill.rules.{name} import {name} as same"
    )
    assert python(f"{code}; print(callable({name}) and {name} is same)") == ["True"]


def test_a_policy_travels_to_another_process():
    policy = load_policy("careful")
    again = pickle.loads(pickle.dumps(policy))
    assert again == policy
    assert decide(again, {"message.text": "python"}).route == "engineers"
    compiled = pickle.loads(pickle.dumps(CompiledPolicy(policy)))
    assert compiled.route(FactColumns([{"message.text": "python"}])).team.tolist() == [policy.teams.index("engineers")]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Policy("p", rulesets=(Ruleset("r", (Rule("a", Action()), Rule("a", Action()))),)), "two rules are called `a`"),
        (lambda: Policy("p", rulesets=(Ruleset("r", ()), Ruleset("r", ()))), "two rulesets are called `r`"),
        (lambda: Policy("p", rulesets=(Ruleset("r", (Rule("default", Action()),)),)), "cannot be called `default`"),
        (lambda: Policy("p", groups={"a": Group("b")}), "unknown group `b`"),
        (lambda: Policy("p", groups={"a": Group("b"), "b": Group("a")}), "group `a` leads back to itself: a -> b -> a"),
        (
            lambda: Policy("p", rulesets=(Ruleset("r", (), "first", default=Action(tags=tuple(map(str, range(65))))),)),
            "at most 64 tags, found 65",
        ),
    ],
)  # fmt: skip
def test_a_policy_is_made_valid_or_not_at_all(make, said):
    with pytest.raises(BadValue, match=said.replace("(", r"\(")):
        make()


def test_the_vocabulary_is_of_one_piece():
    assert all(field.operators for field in FIELDS.values())
    assert {kind for operator in OPERATORS.values() for kind in operator.kinds} == {f.kind for f in FIELDS.values()}
    assert field_named("queue.billing.length").live
    assert field_named("queue.billing.length").reads == "the queue of billing"
    assert field_named("queue.TEAM.length") is None
    assert field_named("queue.a.b.length") is None
    assert field_named("customer.segment") is None


# Not random, so that a run in a thousand does not end its shrinking early.
FAST = settings(database=None, derandomize=True, max_examples=2000)


@pytest.mark.slow
def test_generated_policies_shrink_to_one_rule_of_one_atom():
    smallest = find(policies(), lambda policy: any(ruleset.rules for ruleset in policy.rulesets), settings=FAST)
    assert len(smallest.rulesets) == 1
    (rule,) = smallest.rulesets[0].rules
    assert isinstance(rule.when, Atom)
    assert smallest.groups == {}
    assert smallest.guards == ()
    assert smallest.bot is None


def test_generated_facts_shrink_to_nothing_known():
    assert find(facts(), lambda _: True, settings=FAST) == {}
    some = facts(("customer.plan", "message.text", "message.intent", "time"))
    told = find(some, lambda row: "refund" in str(row.get("message.text")), settings=FAST)
    assert told.keys() == {"message.text"}
    assert told["message.text"].strip() == "refund"


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_is_drawn_and_can_hold(operator):
    fields = tuple(name for name, field in FIELDS.items() if operator in field.operators and "TEAM" not in name)[:1]
    drawn = st.tuples(atoms(fields, errors=False), facts(fields))
    atom, row = find(drawn, lambda pair: pair[0].operator == operator and holds(*pair), settings=FAST)
    assert (atom.field,) == fields
    assert row.keys() <= set(fields)
