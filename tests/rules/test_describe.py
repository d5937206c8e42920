"""A policy in plain English."""

from __future__ import annotations

import pytest
from hypothesis import given

from deskdrill.documents import parse_document
from deskdrill.rules import describe, load_policy, policy_from_document, shipped
from deskdrill.rules.strategies import policies

POLICY = """\
policy: sample
about: Everything that can be said in one file
groups:
  protected:
    any:
      - customer.plan: [trial, starter]
      - customer.tenure: {older_than: 52w, on_missing: match}
      - customer.flags: {contains_any: [at_risk, vip]}
  new: {customer.tenure: {lt: 36h}}
guards:
  - id: protected
    why: they leave
    when: {group: protected}
    forbid: bot
  - id: busy
    when:
      - queue.billing.expected_wait: {between: [5m, 90s5]}
    forbid: bot
bot:
  answers: {confidence_at_least: 65%}
  articles: {unless_help_centre_within: 15m, confidence_at_least: 0}
  collect: [order_number, plan, how_urgent]
  hand_over: {after_failures: 1, when_closed: say_when}
  max_turns: 1
  at_max_turns: close
expectation: {live: true, later: true}
survey: {after: [person, bot]}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - id: developers
        why: they read code
        when:
          any:
            - page.url: {starts_with: /developers}
            - message.text: {contains_all: [python, error]}
        then: {route: engineers, tags: [technical, later]}
      - id: night
        why: somebody reads it in the morning!
        when:
          - not: {time: {during: "Mon-Fri 08-18"}}
          - none:
              - team.billing.open: true
              - team.billing.free: {gte: 1}
          - message.intent: {unset: true}
        then: {route: escalation, priority: low}
      - id: all-else
        when:
          all:
            - any: [{message.confidence: {gt: 40%}}, {message.text: {matches: '^help'}}]
            - customer.help_centre_visit: {within_last: 1h, on_missing: error}
        then: {priority: high}
    default: {route: triage}
  - name: after
    on: handed_over
    hit_policy: sequence
    rules:
      - id: again
        why: third time
        when: {conversation.attempt: {gte: 3}, conversation.priority: {is_not: urgent}}
        then: {priority: urgent, tag: again}
"""

SAID = """\
Policy sample. Everything that can be said in one file.

Groups of customers:
- protected: the customer's plan is trial or starter, or the customer joined more than 52 weeks ago (or is not \
known), or the customer's flags include at_risk or vip
- new: the time as a customer is less than 36 hours

The bot keeps away, and a person takes over, when one of these holds:
- protected: the customer is in group protected. Why: they leave.
- busy: the expected wait for billing is from 5 minutes to 90 minutes. No reason is given.

The bot, where no guard keeps it away:
- answers when it is at least 65% sure what the customer wants, then asks whether that helped;
- suggests articles however unsure it is, but not to a customer who was in the help centre in the last 15 minutes;
- hands over to a person when the customer asks for a person or after 1 turn that did not help;
- asks for order number, plan and how urgent before it hands over, unless a guard stops it;
- when nobody is there to take over, it says when they are back and takes a message;
- after 1 turn closes the conversation, helped or not.

Those who wait in a chat, write e-mails or find nobody there are told at once how long it takes, or when somebody is back.

Customers are asked how satisfied they are, and how easy it was, once the bot's part is over and no person came in or a \
person has served them to the end.

Rules routing, when a conversation arrives or is handed over by the bot. The first rule that fits decides.
1. developers: if the page starts with "/developers", or the message mentions "python" and "error", send it to \
engineers and tag it technical and later. Why: they read code.
2. night: if it is not so that it is within Mon-Fri 08-18, and (none of these holds: somebody of billing is on shift; \
the free slots of billing is at least 1), and the recognised intent is not known, leave it in the escalation inbox and \
give it low priority. Why: somebody reads it in the morning!
3. all-else: if (the recogniser's confidence is more than 40% or the message matches the expression "^help"), and the \
last visit to the help centre was at most 1 hour ago (it must be known), give it high priority. No reason is given.
If none fits: send it to triage.

Rules after, when a conversation is handed over by the bot. Every rule that fits acts, in this order, and sees what \
those before it did.
1. again: if the attempt is at least 3 and the priority so far is not urgent, give it urgent priority and tag it again. \
Why: third time.

A conversation that no rule sends anywhere waits in the escalation inbox, with normal priority.
"""


def test_every_part_of_a_policy_is_said():
    policy = policy_from_document(parse_document(POLICY.replace("90s5", "90m")))
    assert describe(policy) == SAID


@given(policies())
def test_whatever_a_policy_holds_can_be_described(policy):
    text = describe(policy)
    named = [*policy.groups, *policy.guard_ids, *(rule.id for each in policy.rulesets for rule in each.rules)]
    assert all(name in text for name in named if policy.bot is not None or name not in policy.guard_ids)
    assert "{" not in text


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_is_described_with_all_its_reasons(name):
    policy = load_policy(name)
    text = describe(policy)
    assert "No reason is given" not in text
    assert all(rule.why in text for ruleset in policy.rulesets for rule in ruleset.rules)
    assert all(guard.why in text for guard in policy.guards)


def test_what_a_bot_does_by_itself_is_said():
    bot = """
policy: errands
bot:
  page_suggestions: {/pricing: pricing, /orders: order_status}
  languages: [en, de]
  tone: playful
  look_ups: {order_status: {asks: order_number}}
  transactions: {change_card: {asks: [email, card_digits], confidence_at_least: 80%, accepts_replies: false}}
  answers: {only: [how_to], while_typing: true}
  hand_over: {when_unsure: true}
"""
    assert (
        "- suggests articles before anybody writes, and to everybody: about pricing on pages from /pricing and order "
        "status on pages from /orders;\n"
        "- speaks en and de, and passes everybody else on at once;\n"
        "- jokes, whatever the matter;\n"
        "- changes what change card is about when it is at least 80% sure that this is wanted, once it knows email and "
        "card digits; nobody reads a reply;\n"
        "- looks up what order status is about when it is at least 70% sure that this is wanted, once it knows order "
        "number;\n"
        "- answers about how to when it is at least 70% sure what the customer wants, then asks whether that helped;\n"
        "- shows that answer while the customer types the first message, too;\n"
        "- hands over to a person when the customer asks for a person, as soon as it has nothing to offer or after 2 turns "
        "that did not help;\n"
    ) in describe(policy_from_document(parse_document(bot)))
