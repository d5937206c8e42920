"""The page on scenarios is code: its YAML loads, its Python runs, and it lists every shape."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path
from typing import get_args

import pytest
from plain_scenario import plain_scenario
from pydantic import BaseModel

from deskdrill.documents import parse_document
from deskdrill.rules import Expectation, Survey, policy_from_document
from deskdrill.scenarios import load_scenario, scenario_from_document
from deskdrill.scenarios.distributions import PerhapsEndless
from deskdrill.scenarios.email import Channels, Email
from deskdrill.scenarios.patience import Patience
from deskdrill.scenarios.returns import Returns
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.segments import KnownFacts, Unset
from deskdrill.scenarios.staffing import AgentGroup, Team
from deskdrill.scenarios.surveys import Ease, Satisfied, SurveyBehaviour, SurveyReplies

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
TEXT = PAGE.read_text(encoding="utf-8")
ALL_BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
OF_POLICIES = [block for block in ALL_BLOCKS if block.startswith(("expectation:", "survey:"))]
BLOCKS = [block for block in ALL_BLOCKS if block not in OF_POLICIES]


def loaded(block: str, folder: Path) -> Scenario:
    """A small scenario that holds what a block of the page says."""
    data, shown = plain_scenario(), parse_document(block).data
    assert isinstance(shown, dict)
    data["segments"]["standard"]["temperament"] |= {key: value for key, value in shown.items() if key == "patience"}
    data |= {key: value for key, value in shown.items() if key not in ("patience", "segments", "teams", "groups")}
    for part in ("segments", "teams", "groups"):
        data[part] = data.get(part, {}) | {name: {**data.get(part, {}).get(name, {}), **each} for name, each in shown.get(part, {}).items()}
    data["intents"]["invoice"] = data["intents"]["refund"]
    (folder / "week.csv").write_text("arrives\n2026-03-02 10:15:00\n1h30m\n", encoding="utf-8")
    (folder / "mine.yaml").write_text(json.dumps(data), encoding="utf-8")
    return load_scenario(folder / "mine.yaml")


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_page_shows_loads(block: str, tmp_path: Path) -> None:
    assert loaded(block, tmp_path) != scenario_from_document(parse_document(json.dumps(plain_scenario())))


def test_what_the_page_shows_of_a_policy_is_what_holds_where_nothing_else_is_said() -> None:
    expectation, survey = (policy_from_document(parse_document(f"policy: mine\nbot: {{}}\n{block}")) for block in OF_POLICIES)
    assert expectation.expectation == Expectation()
    assert survey.survey == Survey()


def test_the_page_shows_every_part_of_a_scenario_that_it_speaks_of() -> None:
    shown = {key for block in BLOCKS for key in parse_document(block).data}
    assert shown == {
        "patience", "arrivals", "segments", "email", "teams", "groups", "returns", "backlog", "days", "steady_state", "recogniser",
        "behaviour", "messages", "sources",
    }  # fmt: skip


def test_what_the_page_runs_gives_what_it_says() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0


def test_the_page_lists_every_shape() -> None:
    union, _ = get_args(PerhapsEndless)
    shapes = [get_args(get_args(each)[0].model_fields["shape"].annotation)[0] for each in get_args(union)]
    about_times, _, _ = TEXT.partition("## Random times")[2].partition("\n## Patience")
    assert re.findall(r"^\| `(\w+)` \|", about_times, re.MULTILINE) == shapes


@pytest.mark.parametrize("model", [AgentGroup, Team, Returns, Email, Channels, Patience, SurveyBehaviour, SurveyReplies, Satisfied, Ease, KnownFacts, Unset])
def test_the_page_speaks_of_every_key(model: type[BaseModel]) -> None:
    assert [key for key in model.model_fields if not re.search(rf"\b{key}\b", TEXT)] == []
