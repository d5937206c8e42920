"""What a scenario says may be otherwise: inputs with a range, and the scenario in which they are larger or smaller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..documents import Document
from ..errors import InputError, Problem
from ..scenarios.checks.sources import covers, input_paths
from ..scenarios.loading import scenario_from_document
from ..scenarios.scenario import Scenario
from .scaling import Amounts, amounts_of, with_factors, written_anew

Kind = Literal["measured", "published", "assumed"]


@dataclass(frozen=True, slots=True)
class Ranged:
    """An input of `sources` whose amounts may be smaller and larger: by the factors `low` (1 at most) to `high`."""

    name: str
    low: float
    high: float
    kind: Kind
    amounts: Amounts

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
        Ranged(name, *source.times, source.kind, amounts_of(document, tuple(owners[name]), *source.times))
        for name, source in scenario.sources.items()
        if source.times is not None and owners[name]
    )


def without_range(scenario: Scenario) -> tuple[str, ...]:
    """The assumed inputs of `sources` of which no range is given, so nobody knows how far off they may be."""
    return tuple(name for name, source in scenario.sources.items() if source.kind == "assumed" and source.times is None)


def refuse_impossible(document: Document, inputs: Sequence[Ranged]) -> None:
    """Raises `InputError` with all ranges of which an end makes no scenario.

    Where all lower ends together and all upper ends together make one, each is taken to make one.
    """
    try:
        for low in (True, False):
            scenario_scaled(document, {each: each.low if low else each.high for each in inputs})
    except InputError:
        pass
    else:
        return
    problems: list[Problem] = []
    for each in inputs:
        for end in (each.low, each.high):
            try:
                scenario_scaled(document, {each: end})
            except InputError as error:
                problems += error.problems[:1]
    if problems:
        raise InputError(problems)


def scenario_scaled(document: Document, factors: Mapping[Ranged, float]) -> Scenario:
    """The scenario with the amounts of some inputs times a factor each; shares end at 100 %, other shares of the same
    whole take the rest, and what has to be whole is rounded. Raises `InputError` where that is none.
    """
    changed = with_factors(document, {ranged.amounts: factor for ranged, factor in factors.items()})
    try:
        return scenario_from_document(changed)
    except InputError:
        pass
    try:
        return scenario_from_document(written_anew(changed))
    except InputError as error:
        told = ", ".join(f"`{ranged.name}` times {factor:g}" for ranged, factor in factors.items())
        at = ("sources", next(iter(factors)).name, "times") if len(factors) == 1 else ("sources",)
        raise InputError(document.problem(at, f"{told} makes no scenario: {error.problems[0].message}")) from None


def _exactness(pattern: str) -> tuple[int, int]:
    names = pattern.split(".")
    return len(names), sum(name != "*" for name in names)
