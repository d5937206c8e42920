"""The page on bots is code: its YAML loads, its Python runs, and it names every key."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields
from pathlib import Path

import pytest

from deskdrill.documents import parse_document
from deskdrill.rules import Bot, Names, Reply, Turn, check, policy_from_document
from deskdrill.rules.bot_file import BotFile, HandOverFile
from deskdrill.rules.flow_file import StateFile

PAGE = Path(__file__).parents[2] / "docs" / "bots.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
NAMES = Names(intents=("how_to", "invoice", "pricing", "order_status", "return_policy", "change_card"), pages=("/pricing",))


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_page_shows_is_a_bot_with_nothing_wrong(block):
    policy = policy_from_document(parse_document(f"policy: mine\n{block}"))
    assert policy.bot != Bot()
    assert [found for found in check(policy, NAMES) if found.id != "G404"] == []


@pytest.mark.parametrize("part", [BotFile, HandOverFile, StateFile])
def test_the_page_speaks_of_every_key(part):
    assert [key for key in part.model_fields if key not in TEXT and key != "says"] == []


@pytest.mark.parametrize("part", [Turn, Reply])
def test_the_page_speaks_of_all_that_a_bot_in_python_is_told_and_gives(part):
    told = {word for pair in re.findall(r"`(\w+)`|(\w+)=", TEXT) for word in pair}
    assert {field.name for field in fields(part) if field.init} - told <= {"seed"}


def test_what_the_page_runs_gives_what_it_says():
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
