"""Files of cases: what they hold, rows and CSV, and one line for each mistake."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.quantities import duration_text
from deskdrill.rules import load_policy
from deskdrill.rules.case_file import cases_schema, load_suite, suite_from_document
from deskdrill.rules.cases import ABOUT, KEYS, Around, Expected, Step, play
from deskdrill.rules.given import given_facts
from deskdrill.rules.known_names import unknown_names
from deskdrill.rules.strategies import facts
from deskdrill.rules.vocabulary import field_named

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def written(name, value):
    """A fact as it stands in a file."""
    match field_named(name).kind:
        case "words":
            return sorted(value)
        case "duration":
            return duration_text(value)
        case "moment":
            minutes = int(value // 60)
            return f"{DAYS[minutes // 1440]} {minutes // 60 % 24:02}:{minutes % 60:02}"
        case _:
            return value


def suite_of(text, folder=None):
    return suite_from_document(parse_document(text, "my.cases.yaml"), *([folder] if folder else []))


def lines_for(text, folder=None):
    with pytest.raises(InputError) as refused:
        suite_of(text, folder)
    return str(refused.value).splitlines()


CASES = """\
policy: careful
hours: Mon-Fri 09-17
given: {customer.plan: pro}
cases:
  - id: one
    why: it matters
    given: {customer: {tenure: 2d}, page: /billing, at: "Mon 10:15", queue: {billing: {expected_wait: 90s}}}
    say: hello
    expect: {route: billing, tags: [a, b]}
  - id: two
    todo: later
    given: {customer: {plan: unset}}
    turns:
      - {say: hi, expect: {did: bot.answer}}
      - {after: 9h, expect: {hand_over: false}}
      - {say: more, after: 1m, given: {customer.plan: trial}, answers: false, works: false}
"""


@given(facts())
def test_facts_that_are_written_down_are_the_facts(row):
    flat = {name: written(name, value) for name, value in row.items()}
    found, wrong = given_facts(json.loads(json.dumps(flat)))
    assert not wrong
    assert {name: value if not isinstance(value, float) else pytest.approx(value, abs=60 if name == "time" else 1e-9) for name, value in row.items()} == found
    nested = {}
    for name, value in flat.items():
        first, _, rest = name.partition(".")
        if rest:
            nested.setdefault(first, {})[rest] = value
        else:
            nested[name] = value
    assert given_facts(nested)[0] == found
    assert given_facts(dict.fromkeys(row, "unset")) == (dict.fromkeys(row), [])


@given(st.lists(st.dictionaries(st.sampled_from(["customer.plan", "say", "route"]), st.sampled_from(["trial", "pro"]), min_size=1), max_size=5))
def test_a_table_is_a_case_each(rows):
    rows = [{"say": "hello", "route": "billing", **row} for row in rows]
    suite = suite_of(json.dumps({"policy": "careful", "cases": [{"id": "t", "rows": rows or [{"say": "x", "route": "y"}]}]}))
    assert [case.id for case in suite.cases] == [f"t[{number}]" for number in range(1, max(len(rows), 1) + 1)]
    assert [case.steps[0].say for case in suite.cases][: len(rows)] == [row["say"] for row in rows]
    assert [case.given for case in suite.cases][: len(rows)] == [{"customer.plan": row["customer.plan"]} if "customer.plan" in row else {} for row in rows]


def test_a_file_holds_what_it_says():
    suite = suite_of(CASES)
    one, two = suite.cases
    assert (suite.policy, str(suite.hours), suite.scenario) == ("careful", "Mon-Fri 09-17", None)
    assert (one.id, one.why, one.todo, one.line) == ("one", "it matters", None, 5)
    assert one.given == {"customer.plan": "pro", "customer.tenure": 172800.0, "page.url": "/billing", "time": 36900.0, "queue.billing.expected_wait": 90.0}
    assert one.steps == (Step("hello", (Expected("route", "billing"), Expected("tags", ("a", "b")))),)
    assert (one.steps[0].expect[0].line, one.steps[0].expect[0].column) == (9, 21)
    assert (two.todo, two.given) == ("later", {"customer.plan": None})
    assert [step.after_s for step in two.steps] == [0, 32400, 60]
    assert (two.steps[2].facts, two.steps[2].answers, two.steps[2].works) == ({"customer.plan": "trial"}, False, False)


def test_what_was_known_may_be_unset():
    (case,) = suite_of("policy: careful\ngiven: {customer.plan: pro}\ncases: [{id: a, given: {customer.plan: unset}, say: x, expect: {route: y}}]").cases
    assert case.given == {"customer.plan": None}
    (played,) = play(load_policy("careful"), case.given, case.steps, Around())
    assert "customer.plan" not in played.facts


def test_a_csv_is_a_case_each_line(tmp_path):
    (tmp_path / "corpus.csv").write_text('text,team,customer.plan,customer.contacts_30d\n"money, back",billing,pro,7\n\nhello,frontline,,\n')
    suite = suite_of("policy: careful\ncases: [{id: corpus, csv: corpus.csv, given: {customer.tenure: 1d}}]", tmp_path)
    assert [case.id for case in suite.cases] == ["corpus[2]", "corpus[4]"]
    assert [case.steps[0] for case in suite.cases] == [Step("money, back", (Expected("route", "billing"),)), Step("hello", (Expected("route", "frontline"),))]
    assert [case.given for case in suite.cases] == [{"customer.tenure": 86400.0, "customer.plan": "pro", "customer.contacts_30d": 7.0}, {"customer.tenure": 86400.0}]


def test_an_expectation_that_is_wrong_is_not_called_missing_too():
    (line,) = lines_for("policy: careful\ncases: [{id: a, say: x, expect: {hand_over: 3}}]")
    assert line.endswith("`hand_over` is true or false")
    (line,) = lines_for("policy: careful\ncases: [{id: a, rows: [{say: x, hand_over: 3}]}]")
    assert line.endswith("`hand_over` is true or false")


def test_what_holds_for_a_table_holds_for_its_csv(tmp_path):
    (tmp_path / "corpus.csv").write_text("text\nhello\n")
    (case,) = suite_of("policy: careful\ncases: [{id: corpus, csv: corpus.csv, answers: false, works: false, expect: {hand_over: true}}]", tmp_path).cases
    assert case.steps == (Step("hello", (Expected("hand_over", True),), answers=False, works=False),)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("{route: billing, tags", "{rout: billing, tags", "my.cases.yaml:9:14: nothing to expect is called `rout`; there is route, rule, not_rules, did, not_did, hand_over, reply, says, not_says, tags, priority; did you mean `route`?"),
        ("did: bot.answer}", "did: bot.answr}", "my.cases.yaml:14:33: a desk does nothing called `bot.answr`; it does "),
        ("hand_over: false", 'says: "\\u200b"', "my.cases.yaml:15:36: `says`: a phrase needs at least one character that can be seen"),
        ("hand_over: false", "hand_over: 3", "my.cases.yaml:15:41: `hand_over` is true or false"),
        ("route: billing", "route: [billing]", "my.cases.yaml:9:21: `route` is one text"),
        ("tenure: 2d", "tenur: 2d", "my.cases.yaml:7:24: unknown fact `customer.tenur`; did you mean `customer.tenure`?"),
        ("tenure: 2d", "tenure: 2", "my.cases.yaml:7:32: `customer.tenure`: expected a duration with its unit, found `2`"),
        ("tenure: 2d", "segment: trial", "my.cases.yaml:7:24: `customer.segment` is truth, which no rule sees"),
        ("id: two", "id: one", "my.cases.yaml:10:5: two cases are called `one`"),
        ("id: two", "id: two\n    say: hi", "`turns`: they say what is written and expected"),
        ("id: two", "id: two\n    after: 1h", "my.cases.yaml:11:5: case `two` has `turns`: say so in one of them"),
        ("id: two", "id: two\n    closed: true", "my.cases.yaml:11:5: case `two` has `turns`: say so in one of them"),
        ("say: hello\n    expect", "taken: true\n    rows: [{say: hello}]\n    expect", "my.cases.yaml:8:5: case `one` has rows: each is one message"),
        ("id: two", "id: two\n    works: false", "my.cases.yaml:11:5: case `two` has `turns`: say so in one of them"),
        ("say: hello\n    expect: {route: billing, tags: [a, b]}", "rows: [{say: hello}]", "my.cases.yaml:8:12: this row of case `one` expects nothing; say what should come of it"),
        ("say: hello\n    expect", "after: 1h\n    rows: [{say: hello}]\n    expect", "my.cases.yaml:8:5: case `one` has rows: each is one message"),
        ("{after: 9h, expect", "{after: 9h, given: {at: 'Tue 10:00'}, expect", "my.cases.yaml:15:21: the clock goes on by itself in later turns: say `after`"),
        ("tenure: 2d}", "tenure: 2d}, message: {text: hi}", "my.cases.yaml:7:5: `message.text` is what the customer writes: put it into `say`"),
        ("{after: 9h, expect", "{expect", "a step needs `say`, what the customer writes, `after`, how long nobody does, `taken` or `closed`"),
        ("expect: {route: billing, tags: [a, b]}", "expect: {}", "my.cases.yaml:5:5: case `one` expects nothing; say in `expect` what should come of it"),
        ('"Mon 10:15"', "Mondays", "`at`: "),
        ("policy: careful", "polcy: careful", "my.cases.yaml:1:1: unknown key `polcy`; did you mean `policy`?"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(old, new, line):
    assert any(line in each for each in lines_for(CASES.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "corpus.csv: no such file"),
        ("", "corpus.csv has no rows"),
        ("text,team\n\n", "corpus.csv has no rows"),
        ("page,team\n/billing,billing\n", "corpus.csv:1: no column `text`, what the customer writes"),
        ("text,page\nhi,/billing\n", "corpus.csv:2: this row expects nothing; say what should come of it"),
        ("text,team\nonly one\n", "corpus.csv:2:1: expected 2 values, found 1"),
        ("text,customer.pln\nhi,pro\n", "corpus.csv:2: unknown fact `customer.pln`; did you mean `customer.plan`?"),
    ],
)
def test_a_csv_that_cannot_be_used_is_one_line(tmp_path, content, line):
    if content is not None:
        (tmp_path / "corpus.csv").write_text(content)
    assert any(line in each for each in lines_for("policy: careful\ncases: [{id: c, csv: corpus.csv}]", tmp_path))


def test_a_policy_beside_the_file_is_meant(tmp_path):
    (tmp_path / "today.yaml").write_text("policy: today\n")
    (tmp_path / "today.cases.yaml").write_text("policy: today.yaml\ncases: []\n")
    assert load_suite(tmp_path / "today.cases.yaml").policy == str(tmp_path / "today.yaml")


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("rule", "no-bot-for-protectd", "the policy has no rule or guard `no-bot-for-protectd`; did you mean `no-bot-for-protected`?"),
        ("not_rules", "routing.dveelopers", "the policy has no rule or guard `routing.dveelopers`; did you mean `routing.developers`?"),
        ("route", "bilin", "no rule routes to `bilin`; did you mean `billing`?"),
        ("tags", "technica", "no rule sets the tag `technica`; did you mean `technical`?"),
        ("priority", "hihg", "there is no priority `hihg`; there is urgent, high, normal, low; did you mean `high`?"),
        ("reply", "answr how_to", "a bot has no reply of the kind `answr how_to`; there is answer, article, look_up, transaction, failed, ask, collect, check, says, not_understood, closing, hand_over, message_taken, says_when; did you mean `answer`?"),
    ],
)  # fmt: skip
def test_what_the_policy_does_not_have_is_told(key, value, told):
    suite = suite_of(json.dumps({"policy": "careful", "cases": [{"id": "c", "say": "x", "expect": {key: value}}]}))
    (problem,) = unknown_names(suite.cases, suite.place, load_policy("careful"))
    assert str(problem).endswith(f"case `c`: {told}")


@pytest.mark.parametrize(("key", "value"), [("rule", "routing.default"), ("rule", "default"), ("rule", "developers"), ("route", "escalation"), ("reply", "answer how_to"), ("route", "elsewhere")])
def test_what_the_policy_or_the_scenario_has_is_known(key, value):
    suite = suite_of(json.dumps({"policy": "careful", "cases": [{"id": "c", "say": "x", "expect": {key: value}}]}))
    assert not list(unknown_names(suite.cases, suite.place, load_policy("careful"), ("elsewhere",)))


def test_the_schema_knows_what_can_be_given_and_expected():
    schema = cases_schema()
    step = schema["$defs"]["StepFile"]["properties"]
    assert set(step["expect"]["properties"]) == set(KEYS) == set(ABOUT)
    assert {"page", "at", "customer.plan", "message.intent"} <= set(step["given"]["properties"])
    assert all(each["description"] for each in (*step["expect"]["properties"].values(), *step["given"]["properties"].values()))
