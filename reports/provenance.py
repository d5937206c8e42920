"""Where a scenario's inputs come from: how many are measured, published or assumed, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from ..scenarios.checks.sources import covers, input_paths
from ..scenarios.scenario import Scenario

Kind = Literal["measured", "published", "assumed", "unmarked"]
KINDS: tuple[Kind, ...] = ("measured", "published", "assumed", "unmarked")
_NO_NUMBERS = tuple(("recogniser", key) for key in ("kind", "intents", "function"))


def provenance(scenario: Scenario) -> Counter[Kind]:
    """How many inputs are of each kind, defaults included; `unmarked` are those that no source speaks of.

    Of several sources that speak of an input, the one that names most of its path counts.
    """
    return Counter(_kind(scenario, path) for path in _inputs(scenario))


def _inputs(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    # The name of a distribution's shape goes with its mean and spread, that of a kind of recogniser with its shares; it
    # is no number of its own. Nor is what is left out, nor phrases and functions, which are what they are.
    stated = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    return (path for path in input_paths(stated) if path[-1] != "shape" and path[:2] not in _NO_NUMBERS)


def _kind(scenario: Scenario, path: tuple[str, ...]) -> Kind:
    speaking = [pattern for pattern in scenario.sources if covers(pattern, path)]
    if not speaking:
        return "unmarked"
    return scenario.sources[max(speaking, key=_exactness)].kind


def _exactness(pattern: str) -> tuple[int, int]:
    names = pattern.split(".")
    return len(names), sum(name != "*" for name in names)
