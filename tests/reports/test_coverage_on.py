"""`deskdrill coverage --on`: what messages, or a scenario's customers, try of a policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main

Told = Callable[..., str]
POLICY = """\
policy: today
groups: {trial: {customer.plan: trial}}
guards: [{id: no-trials, why: they leave, when: {group: trial}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, why: billing, when: {message.text: {contains_any: [refund, money]}}, then: {route: billing}}
      - {id: late, why: busy, when: {queue.billing.length: {gte: 3}}, then: {route: frontline}}
      - {id: logins, why: accounts, when: {message.text: {contains_any: [password]}}, then: {route: frontline}}
    default: {route: escalation}
  - {name: after, on: handed_over, hit_policy: collect, rules: []}
"""
MESSAGES = """\
text,team,customer.plan
i want a refund,billing,trial
money back!,billing,pro
hello there,frontline,pro
my refund,billing,
"""


@pytest.fixture
def desk(workspace: Path) -> Path:
    (workspace / "today.yaml").write_text(POLICY)
    (workspace / "messages.csv").write_text(MESSAGES)
    return workspace


def test_rules_that_fire_on_messages_are_counted_and_the_others_named(desk: Path, told: Told) -> None:
    found = json.loads(told("coverage", "today.yaml", "--on", "messages.csv", "--by", "team", "--format", "json"))
    (policy,) = found["policies"]
    counts = {each["id"]: (each["tried"], each["fired"]) for each in policy["covered"]}
    assert counts == {
        "trial": (4, 1), "no-trials": (4, 1), "routing.money": (4, 3), "routing.late": (1, 0), "routing.logins": (1, 0),
        "routing.default": (1, 1),
    }  # fmt: skip
    assert [each["id"] for each in policy["findings"]] == ["Q803", "Q802", "Q803", "Q802"]
    assert (policy["not_tried"], policy["not_known"]) == (["after"], ["queue.billing.length"])
    by = policy["by"]
    assert {name: part["openings"] for name, part in by.items()} == {"billing": 3, "frontline": 1}
    for each in policy["covered"]:
        parts = [one for part in by.values() for one in part["covered"] if one["id"] == each["id"]]
        assert sum(one["fired"] for one in parts) == each["fired"]


def test_the_text_says_how_often_and_what_is_not_known(desk: Path, told: Told) -> None:
    text = told("coverage", "today.yaml", "--on", "messages.csv", "--by", "team")
    assert "today.yaml:11:9: warning Q803: rule `routing.logins` is tried and never fires; on messages.csv it does nothing" in text
    assert "routing.money 4 3 100.0% 0.0%".split() in [line.split() for line in text.splitlines()]
    assert "Not tried at an opening: after." in text
    assert "Not known of any opening, so unset: queue.billing.length." in text
    assert "on 4 openings of messages.csv: 3 of 5 rules fire" in text


def test_segments_of_a_scenario_are_told_apart(desk: Path, told: Told) -> None:
    found = json.loads(told("coverage", "people.yaml", "--on", "tiny.yaml", "--by", "segment", "--sample", "200", "--format", "json"))
    (policy,) = found["policies"]
    assert policy["openings"] == 200
    assert set(policy["by"]) == {"standard", "trial"}
    assert sum(part["openings"] for part in policy["by"].values()) == 200


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("today.yaml", "--on", "messages.csv", "--at-least", "100%"), 1, ""),
        (("today.yaml", "--on", "messages.csv", "--by", "segment"), 2, "--by: no column `segment` beside the messages; there is team"),
        (("--on", "messages.csv"), 2, "deskdrill coverage: with --on, name policies: `deskdrill coverage careful --on X`"),
        (("today.yaml", "--on", "none.csv"), 2, "none.csv: no file of this name, nor a shipped scenario"),
        (("--by", "team"), 2, "--by: is for --on, messages or a scenario"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_one_line(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert main(("coverage", *arguments)) == code
    assert capsys.readouterr().err == (f"{said}\n" if said else "")


def test_suggested_cases_try_what_no_case_tried(desk: Path, told: Told) -> None:
    (desk / "one.cases.yaml").write_text("policy: careful\ncases: [{id: a, say: hello, expect: {hand_over: false}}]\n")
    (desk / "more.cases.yaml").write_text(told("coverage", "one.cases.yaml", "--suggest"))
    assert told("test", "more.cases.yaml").endswith(" passed\n")
    found = json.loads(told("coverage", "one.cases.yaml", "more.cases.yaml", "--format", "json"))
    (policy,) = found["policies"]
    assert (policy["share"], policy["findings"]) == (1.0, [])


def test_any_other_column_of_a_file_parts_its_messages(desk: Path, told: Told) -> None:
    (desk / "m.csv").write_text("text,region\nrefund please,north\nhello,south\nmoney back,north\nhi,\n")
    found = json.loads(told("coverage", "careful", "--on", "m.csv", "--by", "region", "--format", "json"))
    assert {name: each["openings"] for name, each in found["policies"][0]["by"].items()} == {"north": 2, "south": 1, "(none)": 1}


def test_no_cases_are_no_coverage(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "none.cases.yaml").write_text("policy: careful\ncases: []\n")
    assert main(("coverage", "none.cases.yaml")) == 3
    assert capsys.readouterr().err == "deskdrill coverage: there are no cases: nothing was tried\n"
