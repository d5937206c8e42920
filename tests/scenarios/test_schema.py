"""What an editor says of the keys of a scenario."""

from __future__ import annotations

from typing import Any

import pytest

from deskdrill.scenarios import scenario_schema

PARTS = (
    "PoissonArrivals", "EvenArrivals", "ReplayedArrivals", "ByWeekday", "Surge", "Announced",
    "Patience", "Lognormal", "Exponential", "Deterministic", "Erlang", "Hyperexponential", "Branch", "Gamma", "Weibull", "Uniform",
    "Empirical", "Survival",
    "Team", "AgentGroup", "Breaks", "Newcomers", "StrainOfWork", "Overflow", "CallBack", "Escalation",
)  # fmt: skip
SCHEMA = scenario_schema()


def is_told(key: dict[str, Any]) -> bool:
    """Whether a key is explained, by itself or by what it may hold."""
    parts = [key, *(each for union in ("anyOf", "oneOf", "allOf") for each in key.get(union, ()))]
    referred = [SCHEMA["$defs"][each["$ref"].rpartition("/")[2]] for each in parts if "$ref" in each]
    return any(each.get("description") for each in (*parts, *referred))


@pytest.mark.parametrize("part", PARTS)
def test_every_key_of_arrivals_patience_and_people_is_explained(part: str) -> None:
    keys = SCHEMA["$defs"][part]["properties"]
    assert [name for name, key in keys.items() if not is_told(key)] == []


def test_every_key_of_a_scenario_is_explained() -> None:
    assert [name for name, key in SCHEMA["properties"].items() if not is_told(key)] == []
