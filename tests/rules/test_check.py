"""What `check` finds in policies that load well."""

from __future__ import annotations

import pytest

from deskdrill.documents import parse_document
from deskdrill.rules import (
    Action,
    Answers,
    Atom,
    Bot,
    Group,
    Guard,
    HandOver,
    Names,
    Policy,
    Rule,
    Ruleset,
    check,
    load_policy,
    policy_from_document,
    shipped,
)

NAMES = Names(
    teams=("frontline", "accounts", "billing", "engineers", "success", "triage"),
    intents=(
        "pricing", "upgrade", "cancellation", "refund", "invoice", "billing_details", "change_card", "failed_payment",
        "disputed_charge", "login_help", "add_users", "change_profile", "how_to", "status_update", "api_help",
        "troubleshooting", "data_request", "complaint", "get_card", "card_trouble", "lost_or_stolen", "fees_and_rates",
        "top_up", "transfer", "identity_check", "eligibility", "order_status", "return_policy",
        "shipping_time", "shipping_cost", "sizing", "appointment_change",
    ),
    plans=("trial", "starter", "pro", "enterprise"),
    companies=("startup", "agency"),
    products=("api", "reports"),
    flags=("vip", "at_risk", "signed_in"),
    pages=("/pricing", "/billing", "/account", "/developers", "/help", "/app", "/"),
    staffed_teams=("frontline", "accounts", "billing", "engineers", "success", "triage"),
)  # fmt: skip
PROTECTED = {"protected": Atom("customer.plan", "is", "trial")}


def found_in(text, names=NAMES):
    return [str(finding) for finding in check(policy_from_document(parse_document(text, "p.yaml")), names)]


def rule_with(condition):
    lines = "".join(f"          {line}\n" for line in condition.splitlines())
    rule = f"      - id: r\n        why: so\n        when:\n{lines}        then: {{route: billing, tag: money}}\n"
    return f"policy: p\nrulesets:\n  - name: routing\n    hit_policy: sequence\n    rules:\n{rule}"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("customer.plan: [trial, prro]", "V102: rule `r` tests `customer.plan` for unknown value `prro`; did you mean `pro`?"),
        ("message.intent: refnd", "V102: rule `r` tests `message.intent` for unknown value `refnd`; did you mean `refund`?"),
        (
            "customer.flags: {contains_any: [vipp]}",
            "V102: rule `r` tests `customer.flags` for unknown value `vipp`; did you mean `vip`?",
        ),
        ("customer.company: startupp", "V102: rule `r` tests `customer.company` for unknown value `startupp`; did you mean `startup`?"),
        (
            "customer.products: {contains_none: [apii]}",
            "V102: rule `r` tests `customer.products` for unknown value `apii`; did you mean `api`?",
        ),
        (
            "page.url: {starts_with: /developer/}",
            "V102: rule `r` tests `page.url` for `/developer/`, which fits none of the pages; did you mean `/developers`?",
        ),
        (
            "queue.biling.length: {gt: 3}",
            "V104: rule `r` tests `queue.biling.length`, but there is no team `biling`; did you mean `billing`?",
        ),
        (
            "conversation.priority: hihg",
            "V102: rule `r` tests `conversation.priority` for unknown value `hihg`; did you mean `high`?",
        ),
        (
            "conversation.tags: {contains_any: [money]}",
            "V105: rule `r` tests `conversation.tags` for `money`, which no earlier rule sets",
        ),
        (
            "conversation.route: billing",
            "V105: rule `r` tests `conversation.route` for `billing`, which no earlier rule sets",
        ),
    ],
)  # fmt: skip
def test_a_name_that_nobody_knows_is_an_error_at_its_place(condition, said):
    assert found_in(rule_with(condition)) == [f"p.yaml:9:11: error {said}"]


@pytest.mark.parametrize(
    "condition",
    [
        "message.intent: talk_to_person",
        "message.intent: order_status",
        "page.url: {starts_with: /DEV}",
        "page.url: {contains_any: [bill]}",
        "customer.plan: {set: true}",
        "message.text: {contains_any: [anything]}",
        "conversation.tags: {set: true}",
        "team.triage.open: true",
    ],
)
def test_what_is_known_is_no_finding(condition):
    assert found_in(rule_with(condition)) == []


TESTS_TOPIC = "{id: r, why: so, when: {collected.topic: refund}, then: {route: billing}}"


def collecting(names, *, on="handed_over", guard="", group=""):
    return (
        f"policy: p\nbot: {{collect: [{names}], answers: {{}}}}\n{group}{guard}"
        f"rulesets:\n  - name: routing\n    on: [{on}]\n    hit_policy: first\n    rules:\n      - {TESTS_TOPIC}\n    default: {{route: escalation}}\n"
    )


def test_what_a_bot_collects_may_be_tested_by_the_rules_after_it():
    assert found_in(collecting("topic")) == []
    group = "groups:\n  g: {all: [{collected.topic: refund}, {collected.urgency: {set: true}}]}\n"
    assert found_in(collecting("order_number, topic", group=group)) == []


def test_what_no_bot_collects_is_never_set():
    told = "tests `collected.topic`, but no bot collects it; add `topic` to `bot.collect`"
    assert found_in(collecting("plan")) == [f"p.yaml:8:33: error V105: rule `r` {told}"]
    assert [each.rpartition(": ")[2] for each in found_in(collecting("plan", group="groups:\n  g: {collected.topic: refund}\n"))] == [f"group `g` {told}", f"rule `r` {told}"]


def test_what_a_bot_collects_is_not_known_before_it_hands_over():
    told = "tests `collected.topic`, but a bot collects it as it hands over; only rules of a ruleset `on: [handed_over]` see it"
    assert found_in(collecting("topic", on="arrived")) == [f"p.yaml:8:33: error V105: rule `r` {told}"]
    guard = "guards:\n  - {id: g, why: so, when: {collected.topic: refund}, forbid: bot}\n"
    assert found_in(collecting("topic", guard=guard)) == [f"p.yaml:4:29: error V105: guard `g` {told}"]


def test_an_unknown_team_and_one_without_staff_are_told_apart():
    text = (
        "policy: p\nrulesets:\n  - name: routing\n    hit_policy: first\n    rules:\n"
        "      - {id: a, why: so, when: {page.url: /}, then: {route: biling}}\n"
        "      - {id: b, why: so, when: {page.url: /help}, then: {route: success}}\n"
        "    default: {route: escalation}\n"
    )
    names = Names(teams=NAMES.teams, pages=NAMES.pages, staffed_teams=("billing",))
    assert found_in(text, names) == [
        "p.yaml:6:61: error V104: rule `a` routes to unknown team `biling`; did you mean `billing`?",
        "p.yaml:7:65: error S503: rule `b` routes to team `success`, where nobody is ever on shift; "
        "staff it, or route elsewhere",
    ]
    unstaffed = Names(teams=NAMES.teams, pages=NAMES.pages)
    assert [line.split()[2] for line in found_in(text, unstaffed)] == ["V104:"]


def test_a_policy_made_in_python_is_checked_against_the_vocabulary_too():
    rules = (
        Rule("a", Action(route="billing"), "so", Atom("customer.paln", "is", "trial")),
        Rule("b", Action(route="billing"), "so", Atom("customer.segment", "is", "trial")),
        Rule("c", Action(route="billing"), "so", Atom("customer.plan", "gtt", "trial")),
    )
    said = [str(finding) for finding in check(Policy("p", rulesets=(Ruleset("r", rules),)), NAMES)]
    assert said == [
        "<policy>: error V101: rule `a` tests unknown field `customer.paln`; did you mean `customer.plan`?",
        "<policy>: error V101: rule `b` tests `customer.segment`, but a rule never sees the truth: "
        "test what is known of the customer, such as `customer.plan` or `customer.tenure`",
        "<policy>: error V103: rule `c` compares `customer.plan` with `gtt`, which does not fit it",
        "<policy>: error G402: ruleset `r` has no default, which `first` needs; add `default: {route: escalation}`",
    ]


@pytest.mark.parametrize(
    ("bot", "ids"),
    [
        (Bot(), []),
        (Bot(hand_over=HandOver(when_asked=False, after_failures=2)), []),
        (Bot(hand_over=HandOver(when_asked=True, after_failures="never")), []),
        (Bot(hand_over=HandOver(when_asked=False, after_failures="never")), ["S502"]),
        (Bot(hand_over=HandOver(when_asked=False, after_failures=9), max_turns=8, at_max_turns="close"), ["S502"]),
        (Bot(hand_over=HandOver(when_asked=False, after_failures=9), max_turns=8, at_max_turns="hand_over"), []),
    ],
)
def test_a_bot_without_a_way_to_a_person_is_found(bot, ids):
    assert [finding.id for finding in check(Policy("p", bot=bot), NAMES)] == ids


@pytest.mark.parametrize(
    ("bot", "ids"),
    [
        (Bot(collect=("plan",)), []),
        (Bot(collect=("plan",), hand_over=HandOver(when_asked=False, after_failures="never")), ["S502"]),
        (Bot(collect=("plan",), hand_over=HandOver(when_asked=False, after_failures="never"), at_max_turns="close"), ["L204", "S502"]),
        (Bot(collect=("plan",), hand_over=HandOver(when_asked=False, after_failures=2), at_max_turns="close"), []),
        (Bot(collect=("plan",), hand_over=HandOver(when_asked=True, after_failures="never"), at_max_turns="close"), ["S504"]),
    ],
)
def test_a_bot_that_never_comes_to_ask_its_questions_is_found(bot, ids):
    assert sorted(finding.id for finding in check(Policy("p", bot=bot), NAMES)) == ids


def test_protected_customers_need_a_guard_where_there_is_a_bot():
    bot = Bot(answers=Answers())
    unguarded = Policy("p", groups=PROTECTED, bot=bot, guards=(Guard("g", "so", Atom("page.url", "is", "/")),))
    assert [(finding.id, finding.level) for finding in check(unguarded, NAMES)] == [("S501", "warning")]
    groups = {**PROTECTED, "wider": Group("protected")}
    guarded = Policy("p", groups=groups, bot=bot, guards=(Guard("g", "so", Group("wider")),))
    assert check(guarded, NAMES) == ()
    assert check(Policy("p", groups=PROTECTED), NAMES) == ()


def test_a_rule_without_a_reason_is_worth_a_word():
    text = "policy: p\nguards:\n  - id: g\n    forbid: bot\n"
    assert found_in(text) == ["p.yaml:3:5: info Q804: guard `g` gives no reason; say in `why` what it is for"]


@pytest.mark.parametrize("name", [name for name in shipped() if name not in ("deflect-hard", "machine-only")])
def test_a_shipped_policy_has_no_findings(name):
    assert check(load_policy(name), NAMES) == ()


def test_the_shipped_mistake_is_found():
    assert [str(finding) for finding in check(load_policy("deflect-hard"), NAMES)] == [
        "shipped/deflect-hard.yaml: warning S502: from the bot no person is reached, neither by asking nor by failing; "
        "set `hand_over: {when_asked: true, after_failures: 2}`"
    ]


def test_the_other_shipped_mistake_is_found_with_its_muted_transactions():
    no_way_out, *muted = check(load_policy("machine-only"), NAMES)
    assert no_way_out.id == "S502"
    assert [finding.id for finding in muted] == ["S505"] * 3


def without_condition(rulesets="", bot="bot: {answers: {}}"):
    guards = "guards:\n  - {id: g, why: so, forbid: bot}\n"
    return f"policy: p\ngroups: {{protected: {{customer.plan: trial}}}}\n{bot}\n{guards}{rulesets}"


def test_a_guard_without_a_condition_keeps_the_bot_from_protected_customers_and_everybody_else():
    said = "p.yaml:5:5: warning L202: guard `g` has no condition, so it keeps the bot from everybody"
    assert found_in(without_condition()) == [said]


def test_without_a_bot_such_a_guard_keeps_nobody_from_anything():
    assert found_in(without_condition(bot="about: x")) == []


def test_rules_after_one_without_a_condition_never_act_under_first():
    rules = "".join(
        f"      - {{id: {id_}, why: so, {when}then: {{tag: {id_}}}}}\n"
        for id_, when in (("a", "when: {page.url: /}, "), ("b", ""), ("c", ""))
    )
    text = f"policy: p\nrulesets:\n  - name: routing\n    hit_policy: first\n    rules:\n{rules}"
    text += "    default: {route: escalation}\n"
    said = "p.yaml:7:9: warning L202: rule `b` has no condition, so the rules after it never act"
    assert found_in(text) == [said]
    assert [line.split()[2] for line in found_in(text.replace("first", "collect"))] == ["L203:"]


@pytest.mark.parametrize(("articles", "ids"), [(0.7, ["L204"]), (0.8, ["L204"]), (0.69, [])])
def test_articles_that_answers_always_forestall_are_found_at_their_place(articles, ids):
    text = (
        "policy: p\nbot:\n  answers: {confidence_at_least: 0.7}\n"
        f"  articles:\n    confidence_at_least: {articles}\n"
    )
    findings = check(policy_from_document(parse_document(text, "p.yaml")), NAMES)
    assert [finding.id for finding in findings] == ids
    assert [(finding.level, finding.line) for finding in findings] == [("warning", 5)] * len(ids)
    assert found_in(text.replace("  answers: {confidence_at_least: 0.7}\n", "")) == []


def test_errands_and_pages_name_what_there_is_and_a_reply_is_read():
    text = """\
policy: errands
bot:
  page_suggestions: {/prcing: refund, /pricing: refnd}
  look_ups: {refundd: {}}
  transactions: {refund: {accepts_replies: false}}
  answers: {only: [refund, invoicee]}
"""
    assert found_in(text) == [
        "p.yaml:3:31: error V102: an article is suggested on `/prcing`, which no page begins with; did you mean `/pricing`?",
        "p.yaml:3:49: error V102: the suggestion on `/pricing`: unknown intent `refnd`; did you mean `refund`?",
        "p.yaml:4:23: error V102: the errand about `refundd`: unknown intent `refundd`; did you mean `refund`?",
        "p.yaml:5:26: warning S505: nobody reads a reply to the message that `refund` is done; set `accepts_replies: true`, "
        "so that whom it did not help reaches a person",
        "p.yaml:6:12: error V102: the bot's answers: unknown intent `invoicee`; did you mean `invoice`?",
    ]
