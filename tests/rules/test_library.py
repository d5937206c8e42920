"""The shipped policies are what they say they are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from deskdrill.rules import Atom, decide, load_policy, shipped
from deskdrill.rules.case_file import load_suite
from deskdrill.rules.cases import Around, outcome
from deskdrill.rules.conditions import atoms
from deskdrill.rules.decide import guard_for
from deskdrill.rules.known_names import unknown_names
from deskdrill.rules.loading import shipped_cases

TEAMS = {"frontline", "accounts", "billing", "engineers", "success", "triage"}
RIGHT_TEAM = {
    "get_card": "frontline", "card_trouble": "frontline", "eligibility": "frontline", "lost_or_stolen": "accounts",
    "identity_check": "accounts", "login_help": "accounts", "disputed_charge": "billing", "refund": "billing",
    "fees_and_rates": "billing", "top_up": "engineers", "transfer": "engineers", "cancellation": "success",
    "pricing": "frontline", "how_to": "frontline", "change_profile": "frontline", "status_update": "frontline",
    "add_users": "accounts", "data_request": "accounts", "invoice": "billing", "billing_details": "billing",
    "change_card": "billing", "failed_payment": "billing", "api_help": "engineers", "troubleshooting": "engineers",
    "upgrade": "success", "complaint": "success", "order_status": "frontline", "return_policy": "frontline",
    "shipping_time": "frontline", "shipping_cost": "frontline", "sizing": "frontline", "appointment_change": "frontline",
}  # fmt: skip
SAME_ROUTING = (
    "humans-only", "answer-bot-2022", "careful", "card-guard", "chat-bot-2018", "deflect-hard", "machine-only", "night-bot", "open-door",
    "playful", "self-service",
)  # fmt: skip


def test_twelve_policies_are_shipped():
    assert shipped() == tuple(sorted((*SAME_ROUTING, "keywords")))


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_says_what_it_is_and_routes_to_the_shared_teams(name):
    policy = load_policy(name)
    assert policy.name == name
    assert policy.about
    assert set(policy.teams) == TEAMS
    assert all(rule.why for ruleset in policy.rulesets for rule in ruleset.rules)
    assert decide(policy, {}).route == "triage"


@cache
def played_cases(name):
    """What became of each case of a shipped policy."""
    policy, suite = load_policy(name), load_suite(shipped_cases(name))
    return [outcome(policy, case, Around(hours=suite.hours)) for case in suite.cases]


def tried(name):
    """All that the cases of a shipped policy tried."""
    return [each for found in played_cases(name) for played in found.played for each in played.tried]


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_holds_its_cases_and_each_guard_rule_and_default_fires_in_one(name):
    policy, suite = load_policy(name), load_suite(shipped_cases(name))
    assert suite.policy == name
    assert not list(unknown_names(suite.cases, suite.place, policy))
    assert [found.case.id for found in played_cases(name) if not found.passes] == []
    assert not any(case.todo for case in suite.cases)
    assert {each.id for each in tried(name) if each.fired} == {*policy.guard_ids, *policy.rule_ids}
    assert {each.id for each in tried(name) if not each.fired} >= {*policy.guard_ids, *policy.rule_ids} - {f"{ruleset.name}.default" for ruleset in policy.rulesets}


@pytest.mark.parametrize("name", shipped())
def test_each_part_of_a_shipped_policy_s_conditions_is_seen_true_and_false_by_its_cases(name):
    """The whole of a list of words counts as one part."""
    policy, seen = load_policy(name), {(each.id, one.atom, one.held) for each in tried(name) for one in each.because}
    conditions = {**{guard.id: guard.when for guard in policy.guards}, **{f"{ruleset.name}.{rule.id}": rule.when for ruleset in policy.rulesets for rule in ruleset.rules}}
    parts = {(rule, atom) for rule, condition in conditions.items() for atom in atoms(condition, policy.groups)}
    assert {(rule, atom, held) for rule, atom in parts for held in (True, False)} - seen == set()


@pytest.mark.parametrize("name", [name for name in shipped() if load_policy(name).bot is not None])
def test_what_a_shipped_bot_can_do_it_does_in_a_case(name):
    """Each kind of errand, carried out and failed, each way to let go and what it does when nobody is there."""
    bot = load_policy(name).bot
    kinds = {line.kind for found in played_cases(name) for played in found.played for line in played.said}
    asked = {f"ask {field}" for errand in bot.errands for field in errand.asks}
    closing = {"take_message": "message_taken", "say_when": "says_when", "bot_only": "closing"}[bot.hand_over.when_closed]
    assert asked | {closing} <= kinds
    done = {kind.split()[0] for kind in kinds}
    able = {each for each, has in {"article": bot.articles, "not_understood": not bot.hand_over.when_unsure, "hand_over": bot.hand_over.when_asked}.items() if has}
    assert able | {"answer"} | {errand.kind for errand in bot.errands} | ({"failed"} if bot.errands else set()) <= done


@pytest.mark.parametrize("name", SAME_ROUTING)
@pytest.mark.parametrize(("intent", "team"), RIGHT_TEAM.items())
def test_an_intent_that_is_recognised_goes_to_its_team_and_one_that_is_guessed_to_triage(name, intent, team):
    policy = load_policy(name)
    assert decide(policy, {"message.intent": intent, "message.confidence": 0.4}).route == team
    assert decide(policy, {"message.intent": intent, "message.confidence": 0.39}).route == "triage"


def test_those_with_the_same_routing_differ_in_their_bot_and_guards_only():
    humans_only, *others = map(load_policy, SAME_ROUTING)
    assert all(policy.rulesets == humans_only.rulesets and policy.bot is not None for policy in others)
    assert humans_only.bot is None
    assert not humans_only.guards


def test_a_joke_is_all_that_playful_adds_and_a_guard_all_that_card_guard_does():
    plain, playful, guarded = map(load_policy, ("self-service", "playful", "card-guard"))
    assert (playful.guards, replace(playful.bot, tone="plain")) == (plain.guards, plain.bot)
    assert playful.bot.tone == "playful"
    assert (guarded.guards[1:], guarded.bot) == (plain.guards, plain.bot)
    for text, kept in (("my new credit card", True), ("the payment again", True), ("discard this", False)):
        assert (guard_for(guarded, {"message.text": text}) == guarded.guards[0]) == kept


def test_machine_only_does_what_self_service_does_and_lets_nobody_through():
    machine, plain = load_policy("machine-only"), load_policy("self-service")
    assert [replace(errand, accepts_replies=True) for errand in machine.bot.errands] == list(plain.bot.errands)
    assert not any(errand.accepts_replies for errand in machine.bot.errands if errand.kind == "transaction")
    assert (machine.bot.hand_over.when_asked, machine.bot.hand_over.after_failures, machine.bot.at_max_turns) == (False, "never", "close")
    assert machine.guards == ()


def test_the_door_is_open_in_three_ways():
    over = load_policy("open-door").bot.hand_over
    assert (over.when_asked, over.after_failures, over.when_unsure) == (True, 1, True)


def test_the_bot_at_night_keeps_away_by_day():
    policy = load_policy("night-bot")
    for hour, by_day in ((5.9, False), (6, True), (21.9, True), (22, False)):
        assert (guard_for(policy, {"time": hour * 3600.0}) == policy.guards[0]) == by_day


def test_deflect_hard_has_no_way_out():
    bot = load_policy("deflect-hard").bot
    assert (bot.answers.confidence_at_least, bot.articles.confidence_at_least) == (0.3, 0)
    assert not bot.answers.confirm
    assert (bot.hand_over.when_asked, bot.hand_over.after_failures) == (False, "never")
    assert (bot.max_turns, bot.at_max_turns) == (8, "close")
    assert load_policy("deflect-hard").guards == ()


def test_careful_keeps_its_bot_from_the_protected_and_the_sensitive():
    careful = load_policy("careful")
    assert careful.bot.answers.confidence_at_least == 0.7
    assert careful.bot.answers.confirm
    assert (careful.bot.hand_over.when_asked, careful.bot.hand_over.after_failures) == (True, 2)
    assert set(atoms(careful.groups["protected"], {})) == {
        Atom("customer.plan", "is", "trial"),
        Atom("customer.contacts_30d", "gte", 5.0),
        Atom("customer.flags", "contains_any", ("at_risk", "vip")),
    }


def test_the_answer_bot_talks_to_everybody_always_asks_whether_it_helped_and_passes_on_what_it_cannot_answer():
    policy = load_policy("answer-bot-2022")
    assert policy.guards == ()
    assert policy.bot.answers.confirm
    assert policy.bot.articles.unless_help_centre_within == 15 * 60
    assert (policy.bot.hand_over.when_asked, policy.bot.hand_over.after_failures, policy.bot.hand_over.when_unsure) == (True, 1, True)


def test_the_chat_bot_keeps_away_from_who_is_signed_in():
    policy = load_policy("chat-bot-2018")
    assert [atom for condition in policy.conditions() for atom in atoms(condition, {}) if atom.field == "customer.flags"] == [
        Atom("customer.flags", "contains_any", ("signed_in",))
    ]
    assert set(policy.survey.after) == {"bot", "person"}


def test_keywords_looks_at_words_and_pages_alone():
    keywords = load_policy("keywords")
    assert keywords.bot is None
    assert len(keywords.rule_ids) <= 61
    looked_at = {atom.field for condition in keywords.conditions() for atom in atoms(condition, {})}
    assert looked_at == {"message.text", "page.url"}


@pytest.mark.parametrize(
    ("text", "team"),
    [
        ("My card was STOLEN", "accounts"),
        ("why is my top-up pending", "engineers"),
        ("i want a refund now", "billing"),
        ("please close my account", "success"),
        ("the webhook returns an error", "engineers"),
        ("can you send me the invoice for March?", "billing"),
        ("do you take american express", "frontline"),
        ("hello?", "triage"),
    ],
)
def test_keywords_places_plain_messages_of_both_desks(text, team):
    assert decide(load_policy("keywords"), {"message.text": text}).route == team
