"""A bot's own flow: what may be written, what is refused, and what is found wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.rules import Names, check, describe, policy_from_document
from deskdrill.rules.conditions import Atom
from deskdrill.rules.flow import Branch, Flow, State

FLOW = """\
policy: flowing
bot:
  hand_over: {when_asked: false, after_failures: never}
  at_max_turns: close
  flow:
    greet:
      says: Is it about an order, or about something else?
      next:
        - {when: {message.intent: [order_status, return_policy]}, go: order}
        - {when: {bot.failures: {gte: 2}}, go: person}
        - {go: help}
    order:
      errand: true
      confidence_at_least: 50%
      otherwise: help
      next: person
    help:
      answers: true
      otherwise: sure
      silent_for: {after: 10m, go: bye}
      next: greet
    sure:
      checks: "Do you mean {intent}?"
      confidence_at_least: 0.2
      otherwise: person
      next:
        - {when: {message.says: "yes"}, go: help}
        - {go: number}
    number:
      asks: order_number
      next: person
    person: {hands_over: true}
    bye: {closes: true}
"""


def read(text):
    return policy_from_document(parse_document(text, "p.yaml"))


def complaints(text):
    with pytest.raises(InputError) as refused:
        read(text)
    return [line.removeprefix("p.yaml:") for line in str(refused.value).splitlines()]


def with_states(states):
    return f"policy: p\nbot:\n  flow:\n{states}"


def test_a_flow_is_what_the_file_says():
    flow = read(FLOW).bot.flow
    assert flow.names == ("greet", "order", "help", "sure", "number", "person", "bye")
    assert flow.named("greet").next == (
        Branch("order", Atom("message.intent", "in", ("order_status", "return_policy"))),
        Branch("person", Atom("bot.failures", "gte", 2.0)),
        Branch("help"),
    )
    assert [(state.act, state.text) for state in flow.states] == [
        ("says", "Is it about an order, or about something else?"),
        ("errand", ""),
        ("answers", ""),
        ("checks", "Do you mean {intent}?"),
        ("asks", "order_number"),
        ("hands_over", ""),
        ("closes", ""),
    ]
    assert [state.confidence_at_least for state in flow.states] == [0, 0.5, 0.7, 0.2, 0, 0, 0]
    assert (flow.named("help").silent_for.after, flow.named("help").silent_for.go) == (600, "bye")


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("    a: {says: hi, next: [{when: {message.says: 'yes'}, go: a}]}", "4:8: `next` of a state with `says` ends with where everything else leads: `{go: STATE}`"),
        ('    a: {says: "\\u200b \\u2060"}', "4:15: nobody sees anything of this text, found `\\u200b \\u2060`"),
        ("    a: {says: hi, next: b}", "4:25: state `a` leads to unknown state `b`"),
        ("    greet: {says: hi, next: [{go: gret}]}\n    person: {hands_over: true}", "4:35: state `greet` leads to unknown state `gret`; did you mean `greet`?"),
        ("    a: {answers: true, next: a}", "4:8: a state with `answers` says in `otherwise` where it leads if nothing is recognised"),
        ("    a: {answers: true, otherwise: b, next: a}\n    b: {suggests: true, otherwise: a, next: a}", "4:35: the bot would never say anything: `otherwise` leads a -> b -> a"),
        ("    a: {closes: true, next: a}", "4:29: nothing follows on `closes`"),
        ("    a: {says: hi, asks: x, next: a}", "4:8: a state does one of `says`, `answers`, `suggests`, `errand`, `checks`, `asks`, `hands_over`, `closes`; found `says` and `asks`"),
        ("    a: {next: a}", "4:8: a state does one of `says`, `answers`, `suggests`, `errand`, `checks`, `asks`, `hands_over`, `closes`; found nothing"),
        ("    a: {says: hi, otherwise: a, next: a}", "4:30: `otherwise` is for states in which something has to be recognised"),
        ("    a: {says: hi, next: [{when: {queue.billing.length: {gt: 3}}, go: a}, {go: a}]}", "4:34: state `a` tests `queue.billing.length`; a bot looks at queues and the clock in guards, not in its flow"),
        ("    a: {says: hi, next: [{when: {conversation.route: billing}, go: a}, {go: a}]}", "4:34: state `a` tests `conversation.route`, which only rules of a ruleset with `hit_policy: sequence` can see"),
        ("    A: {closes: true}", "4:5: expected small letters, digits and underscores, a letter first, found `A`; did you mean `a`?"),
        ("    {}", "4:5: expected at least 1 entry, found 0"),
    ],
)  # fmt: skip
def test_what_is_no_flow_is_refused_at_its_place(states, said):
    assert complaints(with_states(states)) == [said]


def test_a_state_that_leads_nowhere_goes_on_as_it_is():
    """Where no person is reached either, `check` finds it; all branches of `next` are left out with it."""
    text = with_states("    a: {says: hi}\n    b: {asks: order_number, next: []}\n    c: {answers: true, otherwise: a}")
    assert [state.next for state in read(text).bot.flow.states] == [(Branch("a"),), (Branch("b"),), (Branch("c"),)]
    stuck = FLOW.replace("silent_for: {after: 10m, go: bye}\n      next: greet", "next: mail").replace("    person: {hands_over", "    mail: {says: Please write to us by mail.}\n    person: {hands_over")
    assert [line for line in found_in(stuck) if "S502" in line] == [
        "31:11: warning S502: from state `mail` no person is reached, neither by asking nor by failing; let it lead to a "
        "state that hands over, or set `hand_over: {when_asked: true}`"
    ]


@pytest.mark.parametrize("ways", [(), (Branch("a", Atom("message.says", "is", "yes")),)])
def test_a_state_made_in_python_leads_somewhere_whatever_is_written(ways):
    with pytest.raises(BadValue, match="`next` of state `a` ends with where everything else leads"):
        Flow((State("a", "says", "hi", next=ways),))


def test_more_states_than_a_flow_has_are_counted():
    states = "\n".join(f"    s{number}: {{closes: true}}" for number in range(61))
    assert complaints(with_states(states)) == ["4:5: expected at most 60 entries, found 61"]


def test_a_message_says_yes_or_no():
    text = with_states("    a: {says: hi, next: [{when: {message.says: maybe}, go: b}, {go: b}]}\n    b: {hands_over: true}")
    assert found_in(text) == ["4:34: error V102: state `a` tests `message.says` for unknown value `maybe`"]


def test_only_a_flow_sees_what_the_bot_has_done():
    text = "policy: p\nrulesets:\n  - {name: r, hit_policy: collect, rules: [{id: a, when: {bot.failures: 2}, then: {priority: low}}]}"
    assert complaints(text) == ["3:59: rule `a` tests `bot.failures`, which only branches of a bot's flow can see"]


def found_in(text):
    names = Names(teams=("billing",), intents=("order_status", "return_policy"))
    return [str(finding).removeprefix("p.yaml:") for finding in check(read(text), names)]


def test_a_flow_with_a_way_out_everywhere_has_no_finding():
    assert found_in(FLOW) == []


def test_a_state_with_no_way_to_a_person_is_found():
    """Whoever is told to mail goes round between two states."""
    text = FLOW.replace("silent_for: {after: 10m, go: bye}\n      next: greet", "next: mail").replace(
        "    person: {hands_over", "    mail: {says: Please write to us by mail., next: again}\n    again: {says: By mail please., next: mail}\n    person: {hands_over"
    )
    assert found_in(text) == [
        f"{place}: warning S502: from state `{name}` no person is reached, neither by asking nor by failing; let it lead to a "
        "state that hands over, or set `hand_over: {when_asked: true}`"
        for place, name in (("31:11", "mail"), ("32:12", "again"))
    ] + ["34:10: warning L204: no state leads to `bye`, so the bot never comes to it"]
    assert not any("S502" in line for line in found_in(text.replace("when_asked: false", "when_asked: true")))


names = st.sampled_from("abcdef")


@st.composite
def flows(draw):
    """Any states and ways between them, silent circles left out."""
    found = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    go = st.sampled_from(found)
    act = st.sampled_from(("says", "answers", "hands_over", "closes"))
    states = []
    for number, name in enumerate(found):
        does = draw(act)
        ends = does in ("hands_over", "closes")
        later = [*found[number + 1 :]]
        otherwise = draw(st.sampled_from(later)) if does == "answers" and later else None
        states.append(State(name, does, next=() if ends else (Branch(draw(go)),), otherwise=otherwise))
    return Flow(tuple(states))


@given(flows())
def test_no_way_out_is_what_a_walk_from_each_state_finds(flow):
    def reaches(name, seen):
        state = flow.named(name)
        return state.act == "hands_over" or any(way not in seen and reaches(way, {*seen, way}) for way in state.leads_to())

    stuck = {state.name for state in flow.without_way_out()}
    assert stuck == {state.name for state in flow.states if state.act != "closes" and not reaches(state.name, {state.name})}


@given(flows())
def test_never_reached_is_what_no_walk_from_the_first_state_finds(flow):
    seen = [flow.names[0]]
    for name in seen:
        seen += [way for way in flow.named(name).leads_to() if way not in seen]
    assert {state.name for state in flow.never_reached()} == set(flow.names) - set(seen)


def test_a_flow_made_by_hand_is_checked_too():
    with pytest.raises(BadValue, match="leads to unknown state `b`"):
        Flow((State("a", "says", "hi", next=(Branch("b"),)),))
    with pytest.raises(BadValue, match="two states are called `a`"):
        Flow((State("a", "closes"), State("a", "closes")))
    with pytest.raises(BadValue, match="a flow has a state at least"):
        Flow(())


def test_a_flow_is_said_state_by_state():
    assert (
        "- goes through its own states, from the first on:\n"
        '  - greet: says "Is it about an order, or about something else?"; if the recognised intent is order_status or '
        "return_policy, goes to order; if the number of turns that did not help is at least 2, goes to person; then goes "
        "to help;\n"
        "  - order: goes on the errand when it is at least 50% sure what the customer wants; otherwise goes to help; then "
        "goes to person;\n"
    ) in describe(read(FLOW))
