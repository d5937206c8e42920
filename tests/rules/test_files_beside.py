"""Lists of words and routing tables in files of their own, and `unless`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import Named, parse_document
from deskdrill.errors import InputError
from deskdrill.rules.conditions import All, Atom, Condition, Group, Not, leaves
from deskdrill.rules.decide import decide, guard_for, holds
from deskdrill.rules.loading import load_policy, policy_from_document
from deskdrill.rules.policy import Policy
from deskdrill.rules.strategies import conditions, facts
from deskdrill.rules.wording import in_words

WORDS = "words.txt"
TABLE = "routes.csv"
IN_A_FILE = """
policy: mine
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, when: {message.text: {contains_any: {file: words.txt}}}, then: {route: billing}}
    default: {route: escalation}
"""
IN_A_TABLE = """
policy: mine
rulesets:
  - name: routing
    hit_policy: first
    rules: [{id: first, when: {customer.plan: trial}, then: {route: success}}]
    table: routes.csv
    default: {route: escalation}
"""


def policy_of(text: str, **files: str) -> Policy:
    found = {name.replace("_", "."): content for name, content in files.items()}

    def beside(name: str) -> Named:
        return Named(name, found[name])

    return policy_from_document(parse_document(text, "mine.yaml", beside))


def problems_of(text: str, **files: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        policy_of(text, **files)
    return [str(problem) for problem in raised.value.problems]


# Lists of words.


def test_a_list_in_a_file_is_the_list_that_it_holds() -> None:
    text = "# of money\n\n  invoice  \nrefund # and its kind\ncharge\t# after a tab\nc# course\n"
    atom = policy_of(IN_A_FILE, words_txt=text).rulesets[0].rules[0].when
    assert isinstance(atom, Atom)
    assert atom.value == ("invoice", "refund", "charge", "c# course")


def test_a_file_is_looked_for_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(IN_A_FILE)
    (tmp_path / WORDS).write_bytes(b"\xef\xbb\xbfR\xc3\xbcckzahlung\r\nrefund\r\n")
    policy = load_policy(tmp_path / "mine.yaml")
    assert decide(policy, {"message.text": "meine RÜCKZAHLUNG?"}).route == "billing"
    assert policy.files == {WORDS: "Rückzahlung\r\nrefund\r\n"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "words.txt:1:1: the list is empty: one word or phrase a line"),
        ("# nothing\n\n", "words.txt:1:1: the list is empty: one word or phrase a line"),
        ("a\n b\nA\n", "words.txt:3:1: `A` stands there already, in line 1"),
        ("a\n\u200b\n", "words.txt:2:1: a phrase needs at least one character that can be seen"),
        ("a\n" + "b" * 1001, "words.txt:2:1: a phrase has at most 1,000 characters, found 1,001"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_at_its_line(content: str, problem: str) -> None:
    assert problems_of(IN_A_FILE, words_txt=content) == [problem]


@pytest.mark.parametrize(
    ("there", "problem"),
    [
        ("{file: words.txt, of: 2}", "`contains_any` takes a list, or the `file` that has it; found `of`"),
        ("{file: [a]}", "expected the name of a file, found a list"),
        ("{files: words.txt}", "expected text, found keys and values"),
    ],
)
def test_a_file_is_named_in_one_way(there: str, problem: str) -> None:
    (found,) = problems_of(IN_A_FILE.replace("{file: words.txt}", there), words_txt="a\n")
    assert problem in found


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(IN_A_FILE)
    with pytest.raises(InputError, match=r"mine.yaml:7:\d+: .*words.txt: no such file"):
        load_policy(tmp_path / "mine.yaml")


def test_a_list_of_100_000_words_is_read_at_once() -> None:
    many = "\n".join(f"word {number}" for number in range(100_000))
    (rule,) = policy_of(IN_A_FILE, words_txt=many).rulesets[0].rules
    assert isinstance(rule.when, Atom)
    assert len(rule.when.value) == 100_000  # type: ignore[arg-type]
    (found,) = problems_of(IN_A_FILE, words_txt=f"{many}\none more")
    assert found == "words.txt:100001:1: a list has at most 100,000 entries"


# Tables.


def test_a_row_is_a_rule_after_those_that_are_written_out() -> None:
    table = (
        "keywords,page,plan,customer.contacts_30d,time,team,priority,tags,why,id\n"
        "api|webhook,,,,,engineers,,technical,,\n"
        ",/pricing|/plans,trial,>=2,,success,high,,they ask for a price,prices\n"
        "\n"
        "crash,,,1..4,Mon-Fri 08-18,engineers,urgent,technical|crash,,\n"
        ",,,,,frontline,,,,rest\n"
    )
    written = """
        policy: mine
        rulesets:
          - name: routing
            hit_policy: first
            rules:
              - {id: first, when: {customer.plan: trial}, then: {route: success}}
              - {id: row-2, when: {message.text: {contains_any: [api, webhook]}}, then: {route: engineers, tag: technical}}
              - id: prices
                why: they ask for a price
                when:
                  page.url: {starts_with: [/pricing, /plans]}
                  customer.plan: [trial]
                  customer.contacts_30d: {gte: 2}
                then: {route: success, priority: high}
              - id: row-5
                when:
                  message.text: {contains_any: [crash]}
                  customer.contacts_30d: {between: [1, 4]}
                  time: {during: Mon-Fri 08-18}
                then: {route: engineers, priority: urgent, tags: [technical, crash]}
              - {id: rest, then: {route: frontline}}
            default: {route: escalation}
    """
    assert policy_of(IN_A_TABLE, routes_csv=table) == policy_of(written)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("", ["routes.csv:1:1: the table has no rows: a heading, then a rule a line"]),
        ("keywords,team\n", ["routes.csv:1:1: the table has no rows: a heading, then a rule a line"]),
        ("keyword,team\na,billing\n", ["routes.csv:1:1: unknown column `keyword`; did you mean `keywords`?"]),
        ("keywords,keywords,team\na,b,c\n", ["routes.csv:1:10: two columns are called `keywords`"]),
        ("message.text,keywords,team\na,b,c\n", ["routes.csv:1:14: two columns test `message.text`"]),
        ("keywords,plan\na,b\n", ["routes.csv:1:1: no column says what is done: team, priority, tags"]),
        ("keywords,team\na\n", ["routes.csv:2:1: expected 2 values, found 1"]),
        ('keywords,team\n"a,b\n', ["routes.csv:2:1: not readable as CSV: unexpected end of data"]),
        (
            "keywords,priority,team,customer.contacts_30d\na,higher,billing,>x\n,,Billing,\n",
            [
                "routes.csv:2:3: expected `urgent`, `high`, `normal` or `low`, found `higher`; did you mean `high`?",
                "routes.csv:2:18: `customer.contacts_30d` of rule `row-2`: expected a number, found `x`",
                "routes.csv:3:3: expected small letters, digits and underscores, a letter first, found `Billing`; did you mean `billing`?",
            ],
        ),
        ("keywords,team\na,\n", ["routes.csv:2:1: an action does something: `route`, `priority`, `tag` or `tags`"]),
        ("id,team\nfirst,billing\n", ["mine.yaml:7:12: rule id `first` of routes.csv is taken already; give the row another"]),
        ("id,team\na,billing\na,success\n", ["mine.yaml:7:12: rule id `a` of routes.csv is taken already; give the row another"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_told_at_its_cell(table: str, found: list[str]) -> None:
    assert problems_of(IN_A_TABLE, routes_csv=table) == found


def test_what_is_found_in_a_row_stands_where_the_policy_names_the_table() -> None:
    table = "plan,keywords,team\ntrial,api,engineers\npro,,billing\n"
    rules = policy_of(IN_A_TABLE, routes_csv=table).rulesets[0].rules[1:]
    for rule in rules:
        assert {(leaf.line, leaf.column) for leaf in leaves(rule.when)} == {(rule.line, rule.column)} == {(7, 12)}


WORD = st.text("abc xyz|\"',#é", min_size=1, max_size=8).map(str.strip).filter(lambda text: text.strip("| ,\"'#"))


@given(rows=st.lists(st.tuples(st.lists(WORD, min_size=1, max_size=3), st.sampled_from(("billing", "success"))), min_size=1, max_size=5))
def test_any_row_routes_what_its_words_say(rows: list[tuple[list[str], str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("keywords", "team"), *(("|".join(words), team) for words, team in rows)])
    policy = policy_of(IN_A_TABLE, routes_csv=file.getvalue())
    rules = policy.rulesets[0].rules[1:]
    for rule, (words, team) in zip(rules, rows, strict=True):
        assert rule.then.route == team
        wanted = [each.strip() for word in words for each in word.split("|") if each.strip()]
        assert isinstance(rule.when, Atom)
        assert rule.when.value == tuple(wanted)


# Exceptions.

UNLESS = """
policy: mine
groups: {vip: {customer.flags: {contains_any: vip}}}
guards:
  - {id: trials, when: {customer.plan: trial}, unless: {message.intent: how_to}, forbid: bot}
bot: {answers: {confidence_at_least: 0.5}}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, when: [{message.intent: refund}, {customer.plan: pro}], unless: {group: vip}, then: {route: billing}}
      - {id: others, unless: [{group: vip}, {customer.plan: pro}], then: {route: success}}
    default: {route: escalation}
"""


def test_an_exception_is_a_condition_that_must_not_hold() -> None:
    policy = policy_of(UNLESS)
    money, others = policy.rulesets[0].rules
    refund, pro = Atom("message.intent", "is", "refund"), Atom("customer.plan", "is", "pro")
    assert money.when == All((refund, pro, Not(Group("vip"))))
    assert others.when == Not(All((Group("vip"), pro)))
    assert in_words(policy.guards[0].when) == "the customer's plan is trial, unless the recognised intent is how_to"


def test_what_is_not_known_is_no_exception() -> None:
    policy = policy_of(UNLESS)
    assert guard_for(policy, {"customer.plan": "trial"}) is not None
    assert guard_for(policy, {"customer.plan": "trial", "message.intent": "how_to"}) is None
    assert decide(policy, {}).route == "success"


@given(when=conditions(), unless=conditions(), known=facts())
def test_an_exception_holds_where_the_condition_does_and_it_does_not(
    when: Condition, unless: Condition, known: dict[str, object]
) -> None:
    from deskdrill.rules.decide import MissingFact
    from deskdrill.rules.reading import with_exception

    try:
        expected = holds(when, known) and not holds(unless, known)
        assert holds(with_exception(when, unless), known) == expected
    except MissingFact:
        pass
