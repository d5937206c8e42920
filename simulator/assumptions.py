"""What a scenario says may be otherwise: inputs with a range, and the scenario in which they are larger or smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Literal

from ..documents import Document
from ..errors import BadValue, InputError
from ..quantities import parse_duration, parse_share
from ..scenarios.checks.sources import covers, input_paths
from ..scenarios.loading import scenario_from_document
from ..scenarios.scenario import Scenario

Kind = Literal["measured", "published", "assumed"]


@dataclass(frozen=True, slots=True)
class Ranged:
    """An input of `sources` whose amounts may be smaller and larger: by the factors `low` (1 at most) to `high`."""

    name: str
    low: float
    high: float
    kind: Kind
    paths: tuple[tuple[str, ...], ...]

    def factor(self, share: float) -> float:
        """The factor at a share, 0 to 1, of the way from low to high, on which 1 is half-way."""
        return self.low + (1 - self.low) * 2 * share if share < 0.5 else 1 + (self.high - 1) * (2 * share - 1)


def ranged_inputs(document: Document, scenario: Scenario) -> tuple[Ranged, ...]:
    """The inputs with a range, in the order of `sources`. An amount of which several sources speak belongs to the one
    that names most of its path.
    """
    owners: dict[str, list[tuple[str, ...]]] = {pattern: [] for pattern in scenario.sources}
    for path in input_paths(document.data):
        speaking = [pattern for pattern in scenario.sources if covers(pattern, path)]
        if speaking:
            owners[max(speaking, key=_exactness)].append(path)
    return tuple(
        Ranged(name, *source.times, source.kind, tuple(owners[name]))
        for name, source in scenario.sources.items()
        if source.times is not None and owners[name]
    )


def without_range(scenario: Scenario) -> tuple[str, ...]:
    """The assumed inputs of `sources` of which no range is given, so nobody knows how far off they may be."""
    return tuple(name for name, source in scenario.sources.items() if source.kind == "assumed" and source.times is None)


def scenario_scaled(document: Document, factors: Mapping[Ranged, float]) -> Scenario:
    """The scenario with the amounts of some inputs times a factor each; shares end at 100 %. Raises `InputError`."""
    try:
        return scenario_from_document(_with_factors(document, factors, most=inf))
    except InputError:
        # Only the scenario knows whether a plain number is a share.
        changed = _with_factors(document, factors, most=1.0)
    try:
        return scenario_from_document(changed)
    except InputError as error:
        told = ", ".join(f"{ranged.name} times {factor:g}" for ranged, factor in factors.items())
        raise InputError([replace(each, message=f"with {told}: {each.message}") for each in error.problems]) from None


def _with_factors(document: Document, factors: Mapping[Ranged, float], most: float) -> Document:
    """The document with amounts times factors; plain numbers up to 1 end at `most`."""
    data: Any = document.data
    for ranged, factor in factors.items():
        for path in ranged.paths:
            data = _scaled(data, path, factor, most)
    return replace(document, data=data)


def _exactness(pattern: str) -> tuple[int, int]:
    names = pattern.split(".")
    return len(names), sum(name != "*" for name in names)


def _scaled(data: Any, path: tuple[str, ...], factor: float, most: float) -> Any:
    if not path:
        return _times(data, factor, most)
    key = next(key for key in data if str(key) == path[0])
    return {**data, key: _scaled(data[key], path[1:], factor, most)}


def _times(amount: Any, factor: float, most: float) -> Any:
    """An amount as files write it, times a factor."""
    if not isinstance(amount, str):
        return min(amount * factor, most) if amount <= 1 else amount * factor
    try:
        return min(parse_share(amount) * factor, 1.0)
    except BadValue:
        return f"{parse_duration(amount) * factor:.9g}s"
