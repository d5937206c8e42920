"""What a scenario says may be otherwise: inputs with a range, and the scenario in which they are larger or smaller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any, Literal

from ..documents import Document
from ..errors import BadValue, InputError, Problem
from ..quantities import parse_duration, parse_share
from ..scenarios.checks.sources import covers, input_paths
from ..scenarios.loading import scenario_from_document
from ..scenarios.scenario import Scenario
from ..scenarios.wholes import with_the_rest
from .varying import written_anew

Kind = Literal["measured", "published", "assumed"]


@dataclass(frozen=True, slots=True)
class Ranged:
    """An input of `sources` whose amounts may be smaller and larger: by the factors `low` (1 at most) to `high`.

    ends_at   where its plain numbers up to 1 end: at 1, if they are shares
    whole     whether its whole numbers have to stay whole
    """

    name: str
    low: float
    high: float
    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    ends_at: float = inf
    whole: bool = False

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
        _told_by_trying(document, Ranged(name, *source.times, source.kind, tuple(owners[name])))
        for name, source in scenario.sources.items()
        if source.times is not None and owners[name]
    )


def _told_by_trying(document: Document, ranged: Ranged) -> Ranged:
    """The input with what only a scenario knows: which plain numbers are shares, and which have to be whole."""
    amounts = [_at(document.data, path) for path in ranged.paths]
    plain = [each for each in amounts if not isinstance(each, str)]
    ways = [ranged]
    if any(each <= 1 < each * ranged.high for each in plain):
        ways.append(replace(ranged, ends_at=1.0))
    if any(isinstance(each, int) and each > 1 for each in plain):
        ways += [replace(each, whole=True) for each in ways]
    return next((each for each in ways if len(ways) == 1 or _makes_scenarios(document, each)), ways[-1])


def _makes_scenarios(document: Document, ranged: Ranged) -> bool:
    try:
        for factor in (ranged.low, ranged.high):
            scenario_from_document(_with_factors(document, {ranged: factor}))
    except InputError:
        return False
    return True


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = next(value for key, value in data.items() if str(key) == name)
    return data


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
    changed = _with_factors(document, factors)
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


def _with_factors(document: Document, factors: Mapping[Ranged, float]) -> Document:
    """The document with amounts times factors."""
    data: Any = document.data
    for ranged, factor in factors.items():
        for path in ranged.paths:
            data = _scaled(data, path, partial(_times, factor=factor, most=ranged.ends_at, whole=ranged.whole))
    paths = [path for ranged in factors for path in ranged.paths]
    return replace(document, data=with_the_rest(document.data, data, paths))


def _exactness(pattern: str) -> tuple[int, int]:
    names = pattern.split(".")
    return len(names), sum(name != "*" for name in names)


def _scaled(data: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(data)
    key = next(key for key in data if str(key) == path[0])
    return {**data, key: _scaled(data[key], path[1:], change)}


def _times(amount: Any, factor: float, most: float, *, whole: bool) -> Any:
    """An amount as files write it, times a factor."""
    if isinstance(amount, int) and whole and amount > 1:
        return max(round(amount * factor), 1)
    if not isinstance(amount, str):
        return min(amount * factor, most) if amount <= 1 else amount * factor
    try:
        return min(parse_share(amount) * factor, 1.0)
    except BadValue:
        return f"{parse_duration(amount) * factor:.9g}s"
