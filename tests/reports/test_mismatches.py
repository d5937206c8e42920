"""What of a policy comes to nothing with a scenario: errands that help nobody, languages that nobody writes in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from deskdrill.documents import parse_document
from deskdrill.reports.mismatches import mismatches
from deskdrill.rules import load_policy, policy_from_document, shipped
from deskdrill.rules.strategies import policies
from deskdrill.rules.vocabulary import PLACING
from deskdrill.scenarios import load_scenario, scenario_from_document
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios

DOES = """\
policy: does
bot:
  look_ups: {how_to: {}}
  transactions:
    refund: {asks: email}
  languages: [en, de, xx]
rulesets: []
"""
QUICK = ("--replications", "1", "--workers", "1")
LOOK_UP = "scenario `tiny` does not say what a look-up about `how_to` solves, so it helps nobody; set `intents.how_to.look_up_solves`"
CHANGE = "scenario `tiny` does not say what a transaction about `refund` solves, so it helps nobody; set `intents.refund.transaction_solves`"


@pytest.fixture
def does(workspace: Path) -> Path:
    """A policy with errands and languages beside the small desk."""
    (workspace / "does.yaml").write_text(DOES)
    return workspace


def test_an_errand_of_which_the_scenario_gives_no_share_is_told_with_the_key_to_set(does: Path, told) -> None:
    lines = told("check", "does.yaml", "tiny.yaml").splitlines()
    assert [line for line in lines if "S507" in line] == [f"does.yaml:3:22: warning S507: {LOOK_UP}", f"does.yaml:5:13: warning S507: {CHANGE}"]


def test_a_language_that_nobody_writes_in_is_told(does: Path, told) -> None:
    lines = told("check", "does.yaml", "--scenario", "tiny.yaml").splitlines()
    assert [line for line in lines if "S508" in line] == ["does.yaml:6:14: warning S508: the bot speaks `de` and `xx`, in which nobody writes in scenario `tiny`"]


def test_what_ships_is_held_against_all_languages_where_no_scenario_is_named(does: Path, told) -> None:
    (does / "tiny.yaml").unlink()
    lines = told("check", "does.yaml", "night-bot").splitlines()
    assert [line for line in lines if "S508" in line] == ["does.yaml:6:14: warning S508: the bot speaks `xx`, in which no scenario has words"]
    assert not any("S507" in line for line in lines)


@pytest.mark.parametrize("key", ["look_up_solves: 0", "look_up_solves: 60%"])
def test_a_share_that_is_given_is_told_of_no_more_be_it_nothing(does: Path, told, key: str) -> None:
    text = (does / "tiny.yaml").read_text()
    (does / "tiny.yaml").write_text(text.replace("bot_solves: 55%", f"bot_solves: 55%, {key}"))
    assert [CHANGE in line for line in told("check", "does.yaml", "tiny.yaml").splitlines() if "S507" in line] == [True]


def test_beside_a_result_stands_one_line_for_all_errands_of_a_policy(does: Path, told) -> None:
    expected = [
        ("S507", "what `does` looks up or carries out helps nobody where the scenario does not say what that solves; set `intents.refund.transaction_solves` and `intents.how_to.look_up_solves`"),
        ("S508", "the bot of `does` speaks `de` and `xx`, in which nobody writes"),
    ]  # fmt: skip
    said = " ".join(told("run", "tiny.yaml", "does.yaml", *QUICK).split())
    assert all(f"warning {id_}: {message}" in said for id_, message in expected)
    data = json.loads(told("run", "tiny.yaml", "does.yaml", *QUICK, "--format", "json"))
    assert [(note["id"], note["message"]) for note in data["notes"] if note["id"] in ("S507", "S508")] == expected


@pytest.mark.parametrize("pair", sorted({tuple(row) for row in re.findall(r"deskdrill (?:compare|run) ([\w-]+) ([\w -]+)`", (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text())}))
def test_no_shipped_policy_comes_to_nothing_on_the_scenarios_that_are_shipped_with_it(pair: tuple[str, str]) -> None:
    scenario, names = pair
    found = [each for name in names.split() if name in shipped() for each in mismatches(load_policy(name), [load_scenario(scenario)])]
    assert found == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), policies(triggers=PLACING))
def test_an_errand_is_told_of_just_where_the_scenario_has_its_intent_and_no_share(scenario: Scenario, policy) -> None:
    errands = () if policy.bot is None or policy.bot.flow is not None else policy.bot.errands
    without = [each.intent for each in errands if each.intent in scenario.intents and getattr(scenario.intents[each.intent], f"{each.kind}_solves") is None]
    told = [re.search(r"`intents\.(\w+)\.", each.message) for each in mismatches(policy, [scenario]) if each.id == "S507"]
    assert not errands or sorted(match[1] for match in told if match) == sorted(without)


def test_an_errand_that_no_state_of_a_flow_goes_on_is_not_told_of() -> None:
    data = {"policy": "p", "bot": {"look_ups": {"refund": {}}, "flow": {"a": {"hands_over": True}}}, "rulesets": []}
    scenario = scenario_from_document(parse_document(json.dumps({**json.loads(load_scenario("bot-down").model_dump_json(by_alias=True, exclude_unset=True))})))
    assert mismatches(policy_from_document(parse_document(json.dumps(data))), [scenario]) == ()
