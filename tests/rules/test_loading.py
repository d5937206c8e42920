"""Policies come from files exactly as written, and everything that is wrong with a file is said at once, each at its place."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.quantities import duration_text
from deskdrill.rules import (
    Action,
    All,
    Any_,
    Atom,
    Bot,
    CompiledPolicy,
    FactColumns,
    Group,
    Names,
    None_,
    Not,
    Policy,
    Rule,
    Ruleset,
    Survey,
    check,
    decide,
    describe,
    guard_for,
    load_policy,
    policy_from_document,
    policy_schema,
    shipped,
)
from deskdrill.rules.flow import MAY_FAIL
from deskdrill.rules.invariants import After, AtMost, Never
from deskdrill.rules.strategies import policies
from deskdrill.rules.vocabulary import FIELDS, field_named


def read(text):
    return policy_from_document(parse_document(text, "policy.yaml"))


def as_json(data):
    """A file's text in JSON, which is YAML too."""
    return json.dumps(data, ensure_ascii=False)


def condition_of(text):
    """The condition of a rule in a `sequence`, where every field may be tested."""
    lines = "".join(f"          {line}\n" for line in text.splitlines())
    rules = f"      - id: r\n        when:\n{lines}        then: {{route: billing}}\n"
    groups = "policy: p\ngroups: {protected: {customer.plan: trial}}\n"
    policy = read(f"{groups}rulesets:\n  - name: routing\n    hit_policy: sequence\n    rules:\n{rules}")
    return policy.rulesets[0].rules[0].when


def complaints(text):
    with pytest.raises(InputError) as refused:
        read(text)
    return str(refused.value).splitlines()


def written(condition):
    """A condition as the long form of a file."""
    match condition:
        case All(parts):
            return {"all": [written(part) for part in parts]}
        case Any_(parts):
            return {"any": [written(part) for part in parts]}
        case None_(parts):
            return {"none": [written(part) for part in parts]}
        case Not(part):
            return {"not": written(part)}
        case Group(name):
            return {"group": name}
        case Atom(field, operator, value, on_missing):
            flag = operator in ("set", "unset")
            return {field: {operator: operand(field, value), **({} if flag else {"on_missing": on_missing})}}


def operand(field, value):
    duration = field_named(field).kind == "duration" and value is not True
    match value:
        case tuple():
            return [operand(field, each) for each in value]
        case float() if duration:
            return duration_text(value)
        case _:
            return value


def action_written(action):
    given_keys = {"route": action.route, "priority": action.priority, "tags": list(action.tags) or None}
    return {key: value for key, value in given_keys.items() if value is not None}


def policy_written(policy):
    """A policy as a file that says everything."""
    bot = None if policy.bot is None else bot_written(policy.bot)
    return {
        "policy": policy.name,
        "groups": {name: written(condition) for name, condition in policy.groups.items()},
        "guards": [
            {"id": guard.id, "forbid": "bot", "when": written(guard.when), **({"why": guard.why} if guard.why else {})}
            for guard in policy.guards
        ],
        **({} if bot is None else {"bot": bot}),
        **({} if policy.expectation is None else {"expectation": asdict(policy.expectation)}),
        **({} if policy.survey is None else {"survey": {"after": list(policy.survey.after)}}),
        "invariants": [
            {"id": each.id, **claim_written(each.claim), **({"why": each.why} if each.why else {})}
            for each in policy.invariants
        ],
        "rulesets": [
            {
                "name": ruleset.name,
                "on": [
                    entry
                    for trigger in ruleset.on
                    for entry in ([{"waiting": f"{wait_s:g}s"} for wait_s in ruleset.waiting_s] if trigger == "waiting" else [trigger])
                ],
                "hit_policy": ruleset.hit_policy,
                "rules": [
                    {"id": rule.id, "when": written(rule.when), "then": action_written(rule.then)}
                    for rule in ruleset.rules
                ],
                **({} if ruleset.default is None else {"default": action_written(ruleset.default)}),
            }
            for ruleset in policy.rulesets
        ],
    }


def claim_written(claim):
    match claim:
        case Never(when):
            return {"never": written(when)}
        case After(when, within_turns, expect):
            return {"after": written(when), "within_turns": within_turns, "expect": written(expect)}
        case AtMost(times, of):
            return {"at_most": times, "of": of, "per": "conversation"}


def keys_of(part, *left_out):
    """A part of a bot as a file has it."""
    given = {name: value for name, value in asdict(part).items() if name not in ("line", "column", *left_out)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value is not None}


def state_written(state):
    parts = {
        state.act: state.text or True,
        "confidence_at_least": state.confidence_at_least if state.act in MAY_FAIL else None,
        "next": [{"go": each.go, **({} if each.when == All(()) else {"when": written(each.when)})} for each in state.next] or None,
        "otherwise": state.otherwise,
        "silent_for": state.silent_for and {"after": duration_text(state.silent_for.after), "go": state.silent_for.go},
    }
    return {key: value for key, value in parts.items() if value is not None}


def bot_written(bot):
    parts = {
        "answers": bot.answers and keys_of(bot.answers),
        "page_suggestions": {each.page: each.intent for each in bot.page_suggestions},
        "look_ups": {each.intent: keys_of(each, "kind", "intent", "accepts_replies") for each in bot.errands if each.kind == "look_up"},
        "transactions": {each.intent: keys_of(each, "kind", "intent") for each in bot.errands if each.kind == "transaction"},
        "languages": bot.languages and list(bot.languages),
        "tone": bot.tone,
        "articles": bot.articles
        and {
            "confidence_at_least": bot.articles.confidence_at_least,
            **(
                {}
                if bot.articles.unless_help_centre_within is None
                else {"unless_help_centre_within": duration_text(bot.articles.unless_help_centre_within)}
            ),
        },
        "hand_over": {field.name: getattr(bot.hand_over, field.name) for field in fields(bot.hand_over)},
        "max_turns": bot.max_turns,
        "at_max_turns": bot.at_max_turns,
        "collect": list(bot.collect),
        "says": {field.name: getattr(bot.says, field.name) for field in fields(bot.says)},
        "flow": bot.flow and {state.name: state_written(state) for state in bot.flow.states},
    }
    return {key: value for key, value in parts.items() if value is not None}


@settings(max_examples=150)
@given(policies())
def test_what_is_read_is_what_was_written(policy):
    assert read(as_json(policy_written(policy))) == policy


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_written_in_full_is_the_same_policy(name):
    policy = load_policy(name)
    again = read(as_json({**policy_written(policy), "about": policy.about}))
    assert again.groups == policy.groups
    assert again.bot == policy.bot
    assert [guard.when for guard in again.guards] == [guard.when for guard in policy.guards]
    assert [[rule.then for rule in each.rules] for each in again.rulesets] == [
        [rule.then for rule in each.rules] for each in policy.rulesets
    ]


@pytest.mark.parametrize(
    ("short", "condition"),
    [
        ("customer.plan: trial", Atom("customer.plan", "is", "trial")),
        ("customer.plan: [trial, pro]", Atom("customer.plan", "in", ("trial", "pro"))),
        ("customer.plan: {not_in: trial}", Atom("customer.plan", "not_in", ("trial",))),
        ("customer.plan: no", Atom("customer.plan", "is", "no")),
        ("customer.plan: {set: true}", Atom("customer.plan", "set", value=True)),
        ("customer.plan: {set: false}", Atom("customer.plan", "unset", value=True)),
        ("customer.contacts_30d: 5", Atom("customer.contacts_30d", "is", 5.0)),
        (
            "customer.contacts_30d: {gte: 2, lt: 5}",
            All((Atom("customer.contacts_30d", "gte", 2.0), Atom("customer.contacts_30d", "lt", 5.0))),
        ),
        (
            "customer.contacts_30d: {gte: 2, lt: 5, on_missing: match}",
            All(
                (
                    Atom("customer.contacts_30d", "gte", 2.0, "match"),
                    Atom("customer.contacts_30d", "lt", 5.0, "match"),
                )
            ),
        ),
        ("customer.tenure: {between: [1d, 1w]}", Atom("customer.tenure", "between", (86_400.0, 604_800.0))),
        ("customer.help_centre_visit: {within_last: 15m}", Atom("customer.help_centre_visit", "within_last", 900.0)),
        ("customer.flags: {contains_any: vip}", Atom("customer.flags", "contains_any", ("vip",))),
        ("message.confidence: {gte: 40%}", Atom("message.confidence", "gte", 0.4)),
        ("message.text: {starts_with: Hi}", Atom("message.text", "starts_with", ("Hi",))),
        ("message.text: {matches: '(?i)re.und'}", Atom("message.text", "matches", "(?i)re.und")),
        ("time: {during: Mon-Fri 8-18}", Atom("time", "during", "Mon-Fri 08-18")),
        ("team.billing.open: true", Atom("team.billing.open", "is", value=True)),
        ("conversation.tags: {contains_any: [a]}", Atom("conversation.tags", "contains_any", ("a",))),
        ("group: protected", Group("protected")),
        ("not: {group: protected}", Not(Group("protected"))),
        ("none: [{group: protected}]", None_((Group("protected"),))),
        ("- group: protected\n- page.url: /", All((Group("protected"), Atom("page.url", "is", "/")))),
        ("group: protected\npage.url: /", All((Group("protected"), Atom("page.url", "is", "/")))),
        (
            "any:\n  - all: [page.url: /]\n  - group: protected",
            Any_((All((Atom("page.url", "is", "/"),)), Group("protected"))),
        ),
    ],
)
def test_a_short_form_means_the_long_one(short, condition):
    assert condition_of(short) == condition


def test_what_is_left_out_is_always_and_both_triggers_and_the_stated_defaults():
    policy = read("policy: p\nbot: {answers: {}}\nrulesets: [{name: r, hit_policy: first, default: {tag: x}}]")
    assert policy.rulesets[0].on == ("arrived", "handed_over")
    assert policy.bot.answers.confidence_at_least == 0.7
    assert policy.bot.articles is None
    assert policy.bot.hand_over.after_failures == 2
    assert policy.bot.max_turns == 6
    assert policy.bot.collect == ()
    assert len(policy.bot.says.not_understood) > 1
    guarded = read("policy: p\nguards: [{id: g, forbid: bot}]")
    assert guarded.guards[0].when == All(())


@pytest.mark.parametrize(
    ("written", "after"),
    [("{}", ("bot", "person")), ("{after: person}", ("person",)), ("{after: [person, bot]}", ("bot", "person"))],
)
def test_a_survey_asks_after_both_unless_it_says_otherwise(written, after):
    assert read(f"policy: p\nbot: {{}}\nsurvey: {written}").survey == Survey(after)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{after: bot}", "2:17: the survey asks nobody: this policy has no bot"),
        ("{after: [bot]}", "2:17: the survey asks nobody: this policy has no bot"),
        ("{after: [person, person]}", "2:26: `person` stands there twice"),
        ("{after: []}", "2:17: expected at least 1 entry, found 0"),
        ("{after: [bott]}", "2:18: expected `bot` or `person`, found `bott`; did you mean `bot`?"),
        ("{aftr: bot}", "2:10: unknown key `aftr`; did you mean `after`?"),
    ],
)
def test_a_survey_that_cannot_be_is_refused_where_it_stands(written, said):
    with pytest.raises(InputError) as refused:
        read(f"policy: p\nsurvey: {written}")
    assert said in str(refused.value)


def test_one_thing_to_ask_for_needs_no_list():
    assert read("policy: p\nbot: {collect: order_number}").bot.collect == ("order_number",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[a, b, c, d, e, f, g, h, i, j, k]", "2:16: expected at most 10 entries, found 11"),
        ("[plan, plan, plan]", "2:23: `plan` stands there twice"),
        ("5", "2:16: expected a list, found `5`; did you mean `[5]`?"),
        ("[{plan: 1}]", "2:17: expected text, found keys and values"),
        ("[1st]", "2:17: expected small letters, digits and underscores, a letter first, found `1st`"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_where_it_stands(written, said):
    with pytest.raises(InputError) as refused:
        read(f"policy: p\nbot: {{collect: {written}}}")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("plan", "plan"), "`plan` is asked for twice"),
        (("Plan",), "found `Plan`"),
        (tuple("abcdefghijk"), "at most 10 things, found 11"),
    ],
)
def test_a_bot_that_asks_for_what_cannot_be_asked_for_is_never_made(names, said):
    with pytest.raises(BadValue, match=said):
        Bot(collect=names)


def test_a_condition_keeps_its_place_in_the_file_and_is_compared_without_it():
    policy = read("policy: p\ngroups:\n  a:\n    - customer.plan: trial\n  b: {customer.plan: trial}")
    first, second = policy.groups.values()
    assert (first.line, first.column) == (4, 7)
    assert (second.line, second.column) == (5, 7)
    assert first == second
    assert hash(first) == hash(second)


WRONG = """\
policy: Bad Name
abuot: x
groups:
  protected: {}
  a: {group: b}
  b: {not: {group: a}}
guards:
  - id: g
    when: {group: protectd}
    forbid: routing
bot:
  answers: {confidence_at_least: 7}
  hand_over: {after_failures: 0, when_closed: sleep}
  says: {article: no placeholder, collect: tell me}
  collect: [order_number, plan, Order No, plan]
expectation: {live: false, later: no, says_wait: soon, says_opens: "{wait}"}
rulesets:
  - name: routing
    on: [arived]
    hit_policy: first
    rules:
      - id: vip-refund
        when: {customer.paln: trial}
        then: {route: billing}
      - id: vip-refund
        when:
          any: []
        then: {}
      - id: default
        when:
          - customer.segment: trial
          - message.true_intent: refund
          - customer.tenure: {older_than: 5}
          - customer.flags: vip
          - message.text: {contains_any: []}
          - message.text: {contains_any: [ok, "", 404, no]}
          - message.text: {matches: "(?=x)y"}
          - message.confidence: {gte: 70}
          - message.confidence: {between: [0.9, 0.2]}
          - customer.plan: {gt: 3}
          - customer.plan: {iss: trial}
          - customer.contacts_30d: {gte: five, on_missing: maybe}
          - conversation.tags: {contains_any: [x]}
          - queue.TEAM.length: {gt: 3}
          - queue.billing.lenght: {gt: 3}
          - time: {during: Mon-Fry 08-18}
          - time: Mon-Fri 08-18
          - team.billing.open: yes
          - customer.plan:
          - any: {customer.plan: trial}
          - customer.plan: {set: true, on_missing: match}
          - customer.plan: {}
          - not: [a]
          - just text
        then: {route: Billing Team, priority: hgih, tagg: x}
"""

SAID = """\
1:9: expected small letters and digits, joined by dashes, found `Bad Name`; did you mean `bad-name`?
2:1: unknown key `abuot`; did you mean `about`?
4:14: the condition of group `protected` is empty
5:3: group `a` leads back to itself: a -> b -> a
9:19: guard `g` names unknown group `protectd`; did you mean `protected`?
10:13: expected `bot`, found `routing`
12:34: a share is at most 1, found `7`; did you mean `7%`?
13:31: expected at least 1 or `never`, found `0`
13:47: expected `take_message`, `say_when` or `bot_only`, found `sleep`
14:19: `article` needs `{article}`, for what is filled in there
14:44: `collect` needs `{field}`, for what is filled in there
15:33: expected small letters, digits and underscores, a letter first, found `Order No`; did you mean `order_no`?
15:43: `plan` stands there twice
16:35: expected `true` or `false`, found `no`; did you mean `false`?
16:50: `says_wait` needs `{wait}`, for what is filled in there
16:68: `says_opens` needs `{opens}`, for what is filled in there
19:10: expected `arrived`, `message`, `handed_over`, `message_while_waiting`, `reopened`, `closed` or `{waiting: 10m}`, found `arived`; did you mean `arrived`?
20:17: ruleset `routing` has no default, which `first` needs; add `default: {route: escalation}` (G402)
23:16: rule `vip-refund` tests unknown field `customer.paln`; did you mean `customer.plan`?
25:13: rule id `vip-refund` is taken already, in line 22
27:16: `any` of rule `vip-refund` is empty
28:15: an action does something: `route`, `priority`, `tag` or `tags`
29:13: `default` stands for the default of a ruleset; give the rule another id
31:13: rule `default` tests `customer.segment`, but a rule never sees the truth: test what is known of the customer, \
such as `customer.plan` or `customer.tenure`
32:13: rule `default` tests `message.true_intent`, but a rule never sees the truth: test the recogniser's guess, \
`message.intent`
33:43: `customer.tenure` of rule `default`: expected a duration with its unit, found `5`; did you mean `5m`?
34:29: `customer.flags` is a set of words: say how to compare it; did you mean `{contains_any: [vip]}`?
35:42: `message.text` of rule `default`: the list of `contains_any` is empty
36:47: `message.text` of rule `default`: a phrase needs at least one character that can be seen
36:51: `message.text` of rule `default`: expected text, found `404`; text that looks otherwise is put in quotes; \
did you mean `"404"`?
37:37: `message.text` of rule `default`: `(?=x)y` is not an RE2 expression: invalid perl operator: (?=
38:39: `message.confidence` of rule `default`: a share is at most 1, found `70`; did you mean `70%`?
39:43: `message.confidence` of rule `default`: `between` takes the lower value first; did you mean `[0.2, 0.9]`?
40:29: `gt` does not fit `customer.plan`, a word; it takes is, is_not, in, not_in, set, unset
41:29: `iss` is not an operator of `customer.plan`, a word; it takes is, is_not, in, not_in, set, unset; \
did you mean `is`?
42:42: `customer.contacts_30d` of rule `default`: expected a number, found `five`
42:60: `on_missing` is no_match, match or error, found `maybe`
43:13: rule `default` tests `conversation.tags`, which only rules of a ruleset with `hit_policy: sequence` can see
44:13: rule `default` tests `queue.TEAM.length`; put the name of a team in place of TEAM
45:13: rule `default` tests unknown field `queue.billing.lenght`; did you mean `queue.billing.length`?
46:28: `time` of rule `default`: unknown day `Fry` in `Mon-Fry 08-18`; did you mean `Fri`?
47:19: `time` is a time: say how to compare it; did you mean `{during: Mon-Fri 08-18}`?
48:32: `team.billing.open` of rule `default`: expected true or false, found `yes`
49:27: `customer.plan` of rule `default` is compared with nothing; did you mean `{unset: true}`?
50:18: `any` takes a list of conditions, found keys and values
51:40: `on_missing` says nothing beside `set` or `unset`
52:28: `customer.plan` needs an operator, one of is, is_not, in, not_in, set, unset
53:18: `not` takes one condition; for a list say `none`, or `all` within the `not`
54:13: rule `default` needs a condition such as `customer.plan: trial`, found `just text`
55:23: expected small letters, digits and underscores, a letter first, found `Billing Team`; did you mean `billing_team`?
55:47: expected `urgent`, `high`, `normal` or `low`, found `hgih`; did you mean `high`?
55:53: unknown key `tagg`; did you mean `tag`?
"""


def test_everything_that_is_wrong_with_a_file_is_said_at_once():
    assert complaints(WRONG) == [f"policy.yaml:{line}" for line in SAID.splitlines()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "policy.yaml:1:1: expected keys and values, found a list"),
        ("policy: p\nrulesets: {a: 1}", "policy.yaml:2:11: expected a list, found keys and values"),
        ("policy: p\ngroups: [a]", "policy.yaml:2:9: expected keys and values, found a list"),
        ("policy: p\nrulesets: [text]", "policy.yaml:2:12: expected keys and values, found `text`"),
        (
            "policy: p\nguards: [{id: g, forbid: bot}]\nrulesets: [{name: r, hit_policy: collect,"
            " rules: [{id: g, then: {tag: x}}]}]",
            "policy.yaml:3:56: rule id `g` is taken already, in line 2",
        ),
        (
            "policy: p\nrulesets:\n  - {name: r, hit_policy: collect}\n  - {name: r, hit_policy: collect}",
            "policy.yaml:4:12: ruleset name `r` is taken already, in line 3",
        ),
        (
            "policy: p\nrulesets: [{name: r, hit_policy: collect, default: {tags: ["
            + ", ".join(f"t{n}" for n in range(65))
            + "]}}]",
            "policy.yaml:2:12: a policy has at most 64 tags; this rule sets one more",
        ),
    ],
)
def test_one_thing_that_is_wrong(text, said):
    assert complaints(text) == [said]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["trial", "first", "billing", "bot"]),
        lambda parts: (
            st.lists(parts, max_size=3)
            | st.dictionaries(st.sampled_from(["any", "not", "group", "id", "when", "then", "name", *FIELDS]), parts)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["groups", "guards", "bot", "rulesets", "policy"]),
)
def test_whatever_stands_in_a_file_is_a_policy_or_an_input_error(data, key):
    text = as_json({"policy": "p", key: data})
    try:
        policy = read(text)
    except InputError as error:
        assert all(problem.line == 1 for problem in error.problems)
    else:
        assert isinstance(policy, Policy)


def test_a_policy_is_found_by_its_path_too(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("policy: mine\n", encoding="utf-8")
    assert load_policy(path).name == "mine"
    assert load_policy(str(path)).place == str(path)


def test_a_name_that_nobody_ships_is_answered_with_those_that_are_shipped():
    with pytest.raises(InputError) as refused:
        load_policy("carefull")
    assert str(refused.value) == (
        "carefull: no file of this name, nor a shipped policy (answer-bot-2022, card-guard, careful, chat-bot-2018, deflect-hard, "
        "humans-only, keywords, machine-only, night-bot, open-door, playful, self-service); did you mean `careful`?"
    )


def references(schema):
    match schema:
        case dict():
            yield from ([schema["$ref"]] if "$ref" in schema else [])
            for value in schema.values():
                yield from references(value)
        case list():
            for value in schema:
                yield from references(value)


def test_the_json_schema_describes_every_field_and_has_no_loose_ends():
    schema = policy_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert {name.removeprefix("#/$defs/") for name in references(schema)} <= schema["$defs"].keys()
    entries = schema["$defs"]["Condition"]["anyOf"][0]
    assert entries["properties"].keys() >= {name for name in FIELDS if "TEAM" not in name}
    assert len(entries["patternProperties"]) == sum("TEAM" in name for name in FIELDS)
    assert all("description" in entry for entry in entries["properties"].values())
    assert entries["properties"]["customer.company"]["description"] == (
        "the kind of company that the customer writes for; enriched: bought in or looked up, not told by the customer"
    )
    assert schema["properties"]["groups"]["patternProperties"]["^[a-z][a-z0-9_]*$"] == {"$ref": "#/$defs/Condition"}


def test_a_phrase_of_a_megabyte_is_refused_at_its_place():
    long = "x" * 1_000_000
    text = f"policy: p\nguards:\n  - id: g\n    forbid: bot\n    when: {{message.text: {{contains_any: [a, {long}]}}}}\n"
    assert complaints(text) == [
        "policy.yaml:5:45: `message.text` of guard `g`: a phrase has at most 1,000 characters, found 1,000,000"
    ]


def chained(count, link="{{group: g{}}}"):
    groups = "".join(f"  g{n}: {link.format(n - 1)}\n" for n in range(1, count))
    return f"policy: p\ngroups:\n  g0: {{customer.plan: trial}}\n{groups}"


def test_groups_within_groups_have_a_depth_that_everything_else_can_bear():
    assert complaints(chained(3_000)) == ["policy.yaml:53:3: group `g50` nests groups more than 50 deep"]
    with pytest.raises(ValueError, match="group `g50` nests groups more than 50 deep"):
        Policy("p", groups={f"g{n}": Group(f"g{n - 1}") if n else Any_(()) for n in range(3_000)})
    nested = "{{not: " * 40 + "{{group: g{}}}" + "}}" * 40
    assert complaints(chained(50, nested)) == [
        "policy.yaml:7:3: group `g4` nests conditions more than 150 deep, those of its groups counted in"
    ]


@pytest.mark.parametrize("link", ["{{group: g{}}}", "{{none: [group: g{}]}}", "{{any: [{{not: {{group: g{0}}}}}]}}"])
def test_what_is_just_not_too_deep_is_decided(link):
    text = chained(49, link) + "guards: [{id: g, forbid: bot, when: {none: [any: [any: [{group: g48}]]]}}]\n"
    policy = read(text)
    guard_for(policy, {"customer.plan": "trial"})
    CompiledPolicy(policy).forbids(FactColumns([{"customer.plan": "trial"}]))
    assert describe(policy)
    check(policy, Names(plans=("trial",)))


def test_groups_that_double_at_every_level_cost_no_more_than_their_text():
    text = chained(49, "{{any: [group: g{0}, group: g{0}]}}")
    text += "bot: {}\nguards: [{id: g, why: so, forbid: bot, when: {group: g48}}]\n"
    text += "rulesets: [{name: r, hit_policy: sequence, rules: [{id: a, why: so, when: {group: g48}, then: {route: x}}]}]\n"
    policy = read(text)
    facts = {"customer.plan": "trial"}
    assert guard_for(policy, facts).id == "g"
    assert [len(tried.because) for tried in decide(policy, facts).trace] == [1]
    compiled = CompiledPolicy(policy)
    assert compiled.forbids(FactColumns([facts])).tolist() == [0]
    assert compiled.route(FactColumns([facts])).rule.tolist() == [0]
    assert {found.id for found in check(policy, Names(teams=("x",), plans=("trial",)))} == {"L207"}
    assert len(describe(policy)) < 10_000


def test_a_policy_has_a_most_of_rules_and_guards():
    guards = "".join(f"  - {{id: g{n}, forbid: bot, when: {{page.url: /}}}}\n" for n in range(1_001))
    assert complaints(f"policy: p\nguards:\n{guards}") == [
        "policy.yaml:1003:5: a policy has at most 1,000 guards, found 1,001"
    ]
    rulesets = tuple(
        Ruleset(f"r{n}", tuple(Rule(f"a{n}-{m}", Action(route="x")) for m in range(2_501)), "collect") for n in range(2)
    )
    with pytest.raises(ValueError, match="a policy has at most 5,000 rules, found 5,002"):
        Policy("p", rulesets=rulesets)
    rules = [[{"id": f"a{n}-{m}", "then": {"route": "x"}} for m in range(2_501)] for n in range(2)]
    data = [{"name": f"r{n}", "hit_policy": "collect", "rules": rules[n]} for n in range(2)]
    (said,) = complaints(as_json({"policy": "p", "rulesets": data}))
    assert said.endswith("a policy has at most 5,000 rules, found 5,002")


def test_links_in_a_circle_are_said_to_be_that(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "round").symlink_to("round")
    for path in ("round", tmp_path / "round"):
        with pytest.raises(InputError, match="cannot be read: too many levels of symbolic links"):
            load_policy(path)


def test_what_is_suggested_for_a_name_is_one():
    text = "policy: p\nbot:\n  languages: [english, DE]\n  collect: [9 lives]\n"
    assert complaints(text) == [
        "policy.yaml:3:15: expected a language by two letters, such as `en`, found `english`",
        "policy.yaml:3:24: expected a language by two letters, such as `en`, found `DE`; did you mean `de`?",
        "policy.yaml:4:13: expected small letters, digits and underscores, a letter first, found `9 lives`",
    ]


@pytest.mark.parametrize(
    ("look_ups", "transactions", "said"),
    [
        (70, 0, "policy.yaml:4:5: expected at most 30 entries, found 70"),
        (16, 15, "policy.yaml:21:5: expected at most 30 entries in `look_ups` and `transactions` together, found 31"),
    ],
)
def test_more_errands_than_can_be_told_apart_are_counted(look_ups, transactions, said):
    listed = ["policy: p", "bot:", "  look_ups:", *(f"    a{number}: {{}}" for number in range(look_ups))]
    listed += ["  transactions:", *(f"    b{number}: {{}}" for number in range(transactions))] if transactions else []
    assert complaints("\n".join(listed)) == [said]


@pytest.mark.parametrize("part", ["bot", "expectation", "survey"])
def test_a_part_of_nothing_is_left_out(part):
    assert read(f"policy: p\nrulesets: []\n{part}:") == read(f"policy: p\nrulesets: []\n{part}: null") == read("policy: p\nrulesets: []")


@pytest.mark.parametrize("text", ["\\u200b", "\\xad \\ufeff", "  "])
def test_words_that_nobody_sees_are_refused(text):
    assert complaints(f'policy: p\nbot:\n  says: {{done: "{text}"}}') == [f"policy.yaml:3:16: nobody sees anything of this text, found `{text}`"]
