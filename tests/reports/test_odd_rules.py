"""Policies, cases and messages that are odd or too much: clear, and never slower by more than their size."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main

Told = Callable[..., str]
Refused = Callable[..., list[str]]
POLICY = """\
policy: today
guards: [{id: secret, why: so, when: {message.text: {contains_any: [istanbul, "\U0001f621", "\u05e9\u05dc\u05d5\u05dd", refund]}}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}}
rulesets: [{name: routing, hit_policy: first, rules: [], default: {route: escalation}}]
"""


def cases(say: str) -> str:
    return f'policy: today.yaml\ncases: [{{id: a, say: "{say}", expect: {{rule: secret, hand_over: true}}}}]\n'


@pytest.fixture
def desk(workspace: Path) -> Path:
    (workspace / "today.yaml").write_text(POLICY, encoding="utf-8")
    return workspace


@pytest.mark.parametrize(
    "say",
    [
        "\u0130STANBUL",
        "\u0131stanbul",
        "no \U0001f621!",
        "\u05e9\u05dc\u05d5\u05dd \u05dc\u05da",
        "re\u200bfund",
        "re\u00adfund",
        "\u202erefund\u202c",
        "\uff32\uff25\uff26\uff35\uff2e\uff24",
    ],
    ids=ascii,
)
def test_whatever_a_word_is_written_like_it_is_found_and_shown_as_it_is(desk: Path, told: Told, say: str) -> None:
    (desk / "today.cases.yaml").write_text(cases(say), encoding="utf-8")
    assert told("test") == "1 passed\n"
    shown = told("explain", "today.yaml", "--say", say)
    assert "secret fired" in shown
    assert not {"\u200b", "\u202e", "\u00ad"} & {*shown}


def test_a_message_of_a_megabyte_takes_no_more_than_its_size_asks(desk: Path, told: Told) -> None:
    took = []
    for times in (1_000, 100_000):
        (desk / "today.cases.yaml").write_text(cases("word word " * times + "refund"), encoding="utf-8")
        began = time.process_time()
        assert told("test") == "1 passed\n"
        took.append(time.process_time() - began)
    # A hundred times as long, and a start that is the same for both.
    assert took[1] < 100 * max(took[0], 0.05)
    assert took[1] < 20


def test_ten_thousand_rules_are_too_many_and_that_is_told_at_once(desk: Path, refused: Refused) -> None:
    rules = "".join(f"      - {{id: r{n}, why: so, when: {{message.text: {{contains_any: word{n}}}}}, then: {{route: escalation}}}}\n" for n in range(10_000))
    text = f"policy: many\nrulesets:\n  - name: routing\n    hit_policy: first\n    rules:\n{rules}    default: {{route: escalation}}\n"
    (desk / "many.yaml").write_text(text)
    began = time.process_time()
    (line,) = refused("explain", "many.yaml", "--say", "hello")
    assert line == "many.yaml:5006:9: a policy has at most 5,000 rules, found 10,000"
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("policy: today.yaml\ncases: 7\n", "today.cases.yaml:2:8: expected a list, found `7`"),
        ("policy: today.yaml\ncases: [{id: a, say: x}]\n", "today.cases.yaml:2:9: case `a` expects nothing"),
        ("policy: today.yaml\ncases: [{id: a, say: x, expect: {rule: secrett}}]\n", "today.cases.yaml:2:40: case `a`: the policy has no rule or guard `secrett`; did you mean `secret`?"),
        ("cases: []\n", "today.cases.yaml:1:1: "),
    ],
)
def test_malformed_cases_are_one_line(desk: Path, refused: Refused, text: str, line: str) -> None:
    (desk / "today.cases.yaml").write_text(text)
    (found,) = refused("test")
    assert found.startswith(line)


def test_an_empty_suite_is_no_success(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "today.cases.yaml").write_text("policy: today.yaml\ncases: []\n")
    assert main(("test",)) == 3
    assert capsys.readouterr().err == "deskdrill test: the files have no cases\n"


def test_messages_of_which_no_rule_says_anything_are_no_success(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "messages.csv").write_text("text\nnothing of that\n")
    (desk / "other.yaml").write_text(POLICY.replace("refund", "repayment"), encoding="utf-8")
    assert main(("diff", "today.yaml", "other.yaml", "--on", "messages.csv")) == 3
    said = capsys.readouterr().err
    assert said == "deskdrill diff: no rule of either policy fires for any of the 1 messages: nothing was tried\n"
