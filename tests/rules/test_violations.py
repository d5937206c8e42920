"""Invariants say what must hold in every conversation, and a conversation breaks one from a certain step on, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.rules import Policy, check, describe, load_policy, policy_from_document
from deskdrill.rules.case_file import suite_from_document
from deskdrill.rules.cases import ACTS, Around, Case, Step, outcome
from deskdrill.rules.check import Names
from deskdrill.rules.conditions import ALWAYS, Any_, Atom, Group, Not
from deskdrill.rules.invariants import After, AtMost, Invariant, Never, NoLoop, built_in
from deskdrill.rules.known_names import unknown_names
from deskdrill.rules.strategies import bots, conversations, invariants, policies
from deskdrill.rules.violations import violations
from deskdrill.rules.wording import invariant_in_words

NEVER = Any_(())
ANSWERS = "policy: p\ngroups: {protected: {customer.plan: trial}}\nbot: {answers: {confidence_at_least: 50%}}\n"
REFUND = {"message.intent": "refund", "message.confidence": 0.9}
PERSON = {"message.intent": "talk_to_person", "message.confidence": 0.9}


def read(text):
    return policy_from_document(parse_document(text, "policy.yaml"))


def holding(*lines, before=ANSWERS):
    return read(f"{before}invariants:\n" + "".join(f"  - {line}\n" for line in lines))


def broken(policy, steps, given=None, **case):
    return {each.invariant.id: each.step for each in outcome(policy, Case("c", tuple(steps), given or {}, **case), Around()).violations}


# Laws -----------------------------------------------------------------------------------------------------------------------------


@st.composite
def played(draw):
    policy = draw(policies(errors=False).filter(lambda policy: policy.bot is not None))
    must_hold = draw(st.lists(invariants(groups=tuple(policy.groups)), min_size=1, max_size=3))
    policy = replace(policy, invariants=tuple(replace(each, id=f"i{number}") for number, each in enumerate(must_hold)))
    return policy, outcome(policy, draw(conversations(policy)), Around())


@settings(max_examples=30)
@given(played())
def test_what_is_broken_is_broken_from_one_step_on_and_not_before(found):
    policy, whole = found
    must_hold = (*policy.invariants, *built_in().values())
    for each in violations(must_hold, whole.played, policy.groups):
        upto = whole.played[: each.step + 1]
        assert each in violations((each.invariant,), upto, policy.groups)
        assert violations((each.invariant,), upto[:-1], policy.groups) == ()


@settings(max_examples=30)
@given(played(), st.integers(1, 5), st.sampled_from(("same_bot_reply", *ACTS)))
def test_what_is_always_or_never_so_is_told_and_more_may_happen_where_less_may(found, times, of):
    policy, whole = found

    def breaks(claim):
        return bool(violations((Invariant("i", claim),), whole.played, policy.groups))

    assert breaks(Never(ALWAYS))
    assert not breaks(Never(NEVER))
    assert not breaks(After(ALWAYS, times, ALWAYS))
    assert not breaks(After(NEVER, times, NEVER))
    assert breaks(After(ALWAYS, 1, NEVER)) or whole.played[0].did == ("bot.collect",)
    assert breaks(AtMost(times, of)) or not breaks(AtMost(times + 1, of))
    assert breaks(After(ALWAYS, times, NEVER)) or not breaks(After(ALWAYS, times + 1, NEVER))


@settings(max_examples=30)
@given(played())
def test_a_case_fails_where_an_invariant_of_its_policy_is_broken(found):
    policy, whole = found
    assert whole.passes == (not whole.violations)
    assert whole.violations == violations(policy.invariants, whole.played, policy.groups)
    without = outcome(replace(policy, invariants=()), whole.case, Around())
    assert without.passes
    assert without.played == whole.played


# Known answers --------------------------------------------------------------------------------------------------------------------


def test_never_is_about_what_is_known_and_what_is_done_in_one_step():
    policy = holding("{id: protected, why: they leave, never: {all: [{group: protected}, {did: bot.answer}]}}")
    assert broken(policy, [Step("hi"), Step("refund", facts=REFUND)], {"customer.plan": "trial"}) == {"protected": 1}
    assert broken(policy, [Step("hi"), Step("refund", facts=REFUND)], {"customer.plan": "pro"}) == {}
    assert broken(policy, [Step("hi"), Step("hm")], {"customer.plan": "trial"}) == {}


def test_never_sees_what_rules_have_done():
    routed = ANSWERS.replace("bot:", "rulesets: [{name: r, hit_policy: first, rules: [], default: {route: billing, tag: money}}]\nbot:")
    policy = holding("{id: billing, never: {conversation.route: billing}}", "{id: money, never: {conversation.tags: {contains_any: money}}}", before=routed)
    assert broken(policy, [Step("hi")]) == {"billing": 0, "money": 0}


@pytest.mark.parametrize(
    ("steps", "step"),
    [
        ([Step("human", facts=PERSON)], None),
        ([Step("hi"), Step("human", facts=PERSON), Step("hm")], 2),
        ([Step("human", facts=PERSON), Step(None, after_s=60.0)], None),
        ([Step("human", facts=PERSON), Step("hm"), Step("hm")], 1),
    ],
)
def test_after_counts_the_turns_of_the_customer_from_the_message_on(steps, step):
    deaf = ANSWERS.replace("bot: {", "bot: {hand_over: {when_asked: false, after_failures: never}, ")
    policy = holding("{id: i, after: {message.intent: talk_to_person}, within_turns: 2, expect: {did: [hand_over, take_message]}}", before=deaf)
    assert broken(policy, steps) == ({} if step is None else {"i": step})


def test_after_is_kept_by_a_guard_too_and_questions_before_the_hand_over_are_no_turns():
    line = "{id: i, after: {message.intent: talk_to_person}, within_turns: 1, expect: {did: hand_over}}"
    asking = ANSWERS.replace("bot: {", "bot: {collect: [order_number, plan], ")
    steps = [Step("hi"), Step("human", facts=PERSON), Step("A-1"), Step("pro")]
    assert broken(holding(line, before=asking), steps) == {}
    guarded = ANSWERS.replace("bot:", "guards: [{id: g, when: {message.intent: talk_to_person}, forbid: bot}]\nbot:")
    assert broken(holding(line, before=guarded), [Step("human", facts=PERSON)]) == {}


def test_after_is_broken_at_once_where_the_bot_closes():
    closing = ANSWERS.replace("bot: {", "bot: {max_turns: 1, at_max_turns: close, hand_over: {when_asked: false, after_failures: never}, ")
    policy = holding("{id: i, after: {message.intent: talk_to_person}, within_turns: 9, expect: {did: hand_over}}", before=closing)
    assert broken(policy, [Step("hi"), Step("human", facts=PERSON)]) == {"i": 1}


def test_at_most_counts_replies_that_read_alike_and_acts():
    stubborn = ANSWERS.replace("bot: {", "bot: {hand_over: {after_failures: never}, ")
    lines = ("{id: same, at_most: 2, of: same_bot_reply, per: conversation}", "{id: lost, at_most: 1, of: bot.not_understood}")
    policy = holding(*lines, before=stubborn)
    assert broken(policy, [Step("refund", facts=REFUND)] * 3) == {"same": 2}
    assert broken(policy, [Step("hm")] * 3) == {"lost": 1}


def test_what_nobody_knows_of_the_truth_breaks_nothing():
    policy = holding("{id: i, never: {all: [{truth.intent: disputed_charge}, {did: bot.answer}]}}", "{id: j, never: {not: {truth.intent: refund}}}")
    said = Step("money back", facts=REFUND)
    assert broken(policy, [said]) == {}
    assert broken(policy, [replace(said, means="disputed_charge")]) == {"i": 0, "j": 0}
    assert broken(policy, [replace(said, means="refund")]) == {}


def test_the_built_in_ones_are_kept_by_cases_that_name_them():
    deaf = load_policy("deflect-hard")
    asks = [Step("human", facts=PERSON)] * 2
    assert broken(deaf, asks) == {}
    assert broken(deaf, asks, invariants=("escape-hatch", "no-loop")) == {"escape-hatch": 1}
    assert broken(deaf, [Step("refund", facts=REFUND)] * 3, invariants=("no-loop",)) == {"no-loop": 2}
    assert broken(load_policy("careful"), asks, invariants=("escape-hatch",)) == {}


def test_a_request_is_one_that_is_known_to_be_or_where_nobody_knows_recognised_as_one():
    deaf = load_policy("deflect-hard")
    for step, is_one in [
        (Step("a pair of eyes?", means="talk_to_person"), True),
        (Step("refund", facts=PERSON, means="refund"), False),
        (Step("human", facts={**PERSON, "message.confidence": 0.4}), False),
    ]:
        assert bool(broken(deaf, [step] * 2, invariants=("escape-hatch",))) == is_one


def test_an_invariant_of_the_policy_takes_the_place_of_its_built_in_namesake():
    mild = holding("{id: no-loop, at_most: 5, of: same_bot_reply}", before=ANSWERS.replace("bot: {", "bot: {hand_over: {after_failures: never}, "))
    assert broken(mild, [Step("refund", facts=REFUND)] * 4, invariants=("no-loop",)) == {}


def test_what_must_hold_is_told_in_plain_words():
    policy = holding(
        "{id: a, why: they leave, never: {all: [{group: protected}, {did: [bot.answer, bot.article]}]}}",
        "{id: b, after: {message.intent: talk_to_person}, within_turns: 2, expect: {did: hand_over}}",
        "{id: c, at_most: 2, of: same_bot_reply, per: conversation}",
    )
    assert describe(policy).split("In every conversation:\n")[1].splitlines()[:3] == [
        "- a: never (the customer is in group protected, and the bot answers or the bot suggests an article). Why: they leave.",
        "- b: once a message comes for which the recognised intent is talk_to_person, within 2 turns a person takes over. No reason is given.",
        "- c: at most 2 times the bot says the same. No reason is given.",
    ]


@given(st.sampled_from(ACTS), st.sampled_from(("contains_any", "contains_all", "contains_none")))
def test_every_act_has_words(act, operator):
    assert "." not in invariant_in_words(Invariant("i", Never(Atom("did", operator, (act,)))))
    assert act not in invariant_in_words(Invariant("i", Never(Atom("did", operator, (act,)))))


# What is wrong is said -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{id: i, never: {did: bot.anwser}}", "5:21: a desk does nothing called `bot.anwser`; it does {acts}; did you mean `bot.answer`?"),
        ("{id: i, never: {did: {is: bot.answer}}}", "5:27: `is` does not fit `did`, a set of words; it takes contains_any, contains_all, contains_none, set, unset"),
        ("{id: i, never: {truth.intnt: refund}}", "5:21: invariant `i` tests unknown field `truth.intnt`; did you mean `truth.intent`?"),
        ("{id: i, never: {group: nobody}}", "5:28: invariant `i` names unknown group `nobody`"),
        ("{id: i, after: {did: bot.close}, expect: {did: hand_over}}", "5:5: invariant `i` has `after` without `within_turns`"),
        ("{id: i, after: {did: bot.close}, within_turns: 0, expect: {did: hand_over}}", "5:52: expected at least 1, found `0`"),
        ("{id: i, at_most: 2, of: replies}", "5:29: nothing to count is called `replies`; there is same_bot_reply, {acts}"),
        ("{id: i, at_most: 2}", "5:5: invariant `i` has `at_most` without `of`"),
        ("{id: i, at_most: 2, of: bot.ask, per: customer}", "5:43: expected `conversation`, found `customer`"),
        ("{id: i, never: {did: bot.ask}, within_turns: 2}", "5:5: invariant `i` has `never`, which `within_turns` does not go with"),
        ("{id: i}", "5:5: invariant `i` says nothing: give it `never`, `after` or `at_most`"),
        ("{id: i, never: soon}", "5:20: invariant `i` needs a condition such as `customer.plan: trial`, found `soon`"),
    ],
)
def test_what_is_wrong_with_an_invariant_is_one_line(line, said):
    with pytest.raises(InputError) as refused:
        holding(line)
    assert str(refused.value) == f"policy.yaml:{said.format(acts=', '.join(ACTS))}"


def test_two_of_one_name_are_refused():
    with pytest.raises(InputError, match="invariant id `i` is taken already, in line 5"):
        holding("{id: i, never: {did: bot.ask}}", "{id: i, never: {did: bot.close}}")
    with pytest.raises(BadValue, match="two invariants are called `i`"):
        Policy("p", invariants=(Invariant("i", NoLoop()),) * 2)
    with pytest.raises(BadValue, match="unknown group `g`"):
        Policy("p", invariants=(Invariant("i", Never(Not(Group("g")))),))


@pytest.mark.parametrize("name", ["did", "truth.intent"])
def test_only_invariants_see_what_is_done_and_the_truth(name):
    with pytest.raises(InputError, match=f"2:14: group `g` tests `{name}`, which only invariants can see"):
        read(f"policy: p\ngroups: {{g: {{{name}: refund}}}}")
    with pytest.raises(InputError, match=f"unknown fact `{name}`"):
        suite_from_document(parse_document(f"policy: p\ncases: [{{id: c, say: hi, given: {{{name}: refund}}, expect: {{hand_over: true}}}}]", "c.yaml"))


def test_check_finds_what_an_invariant_names_and_nobody_has():
    policy = holding("{id: i, never: {all: [{customer.plan: tiral}, {truth.intent: refnd}]}}")
    names = Names(plans=("trial",), intents=("refund",))
    messages = [each.message for each in check(policy, names) if each.id == "V102"]
    assert messages == [
        "invariant `i` tests `customer.plan` for unknown value `tiral`; did you mean `trial`?",
        "invariant `i` tests `truth.intent` for unknown value `refnd`; did you mean `refund`?",
    ]


def test_cases_name_invariants_that_there_are_and_then_need_not_expect_anything():
    text = "policy: p\ncases:\n  - {id: c, say: hi, means: refund, invariants: [no-loop, protected]}\n  - {id: d, say: hi, invariants: no-lop}\n"
    suite = suite_from_document(parse_document(text, "c.yaml"))
    assert [(each.invariants, each.steps[0].means) for each in suite.cases] == [(("no-loop", "protected"), "refund"), (("no-lop",), None)]
    policy = holding("{id: protected, never: {did: bot.close}}")
    found = [str(each) for each in unknown_names(suite.cases, "c.yaml", policy)]
    assert found == ["c.yaml:4:5: case `d`: there is no invariant `no-lop`; did you mean `no-loop`?"]


@settings(max_examples=30)
@given(bots())
def test_a_bot_that_always_hands_over_when_asked_is_heard(bot):
    """Whoever asks first thing, in a language that the bot speaks and while people are there, is heard."""
    heard = replace(bot, hand_over=replace(bot.hand_over, when_asked=True), collect=())
    assert broken(Policy("p", bot=heard), [Step("human", facts=PERSON)] * 2, invariants=("escape-hatch",)) == {}
