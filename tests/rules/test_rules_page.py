"""docs/rules.md names every field and every operator, with the words of the vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

from deskdrill.rules.policy_file import PolicyFile, RulesetFile
from deskdrill.rules.routing_table import ACTIONS, SHORT
from deskdrill.rules.vocabulary import FIELDS, HIT_POLICIES, OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    table = PAGE.split(heading, 1)[1].split("\n\n", 1)[0]
    return {found[1]: found[2] for found in re.finditer(r"^\| `([^`]+)` \| .* \| (.*?) \|$", table, re.MULTILINE)}


def test_the_page_lists_every_field_and_every_operator() -> None:
    fields, operators = rows("| field | holds | |"), rows("| operator | fits | |")
    assert [*fields] == [*FIELDS]
    for name, field in FIELDS.items():
        assert fields[name].startswith(field.about), name
        assert ("live" in fields[name].removeprefix(field.about)) == field.live
    assert operators == {name: operator.about for name, operator in OPERATORS.items()}


def test_the_page_names_the_keys_and_the_columns() -> None:
    for name in (*HIT_POLICIES, *SHORT, *ACTIONS, "id", "why", "unless", "on_missing", "group"):
        assert f"`{name}`" in PAGE or f"`{name}:" in PAGE or f"{name}:" in PAGE, name
    assert {"groups", "guards", "bot", "rulesets"} <= PolicyFile.model_fields.keys()
    assert {"table", "rules", "hit_policy", "on", "default"} <= RulesetFile.model_fields.keys()
