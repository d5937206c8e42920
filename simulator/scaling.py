"""Amounts of a scenario file times a factor: shares stay shares, what has to be whole stays whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

from ..documents import Document, parse_document
from ..errors import BadValue, InputError
from ..quantities import parse_duration, parse_share
from ..scenarios.loading import scenario_from_document
from ..scenarios.wholes import with_the_rest
from ..yaml_text import yaml_text

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts of a scenario file that are scaled together.

    ends_at      where plain numbers up to 1 end: at 1, if they are shares
    whole_from   from which on whole numbers have to stay whole: all, or all but 0 and 1, which may be shares
    """

    paths: tuple[Path, ...]
    ends_at: float = inf
    whole_from: float = inf


def amounts_of(document: Document, paths: tuple[Path, ...], low: float, high: float) -> Amounts:
    """The amounts at some paths, to be scaled by factors from low to high, with what only a scenario knows: which plain
    numbers are shares, and which have to be whole.

    Raises `BadValue` for what is no amount.
    """
    found = Amounts(paths)
    plain = [each for path in paths if not isinstance(each := _amount(document.data, path), str)]
    ways = [found]
    if any(each <= 1 < each * high for each in plain):
        ways.append(replace(found, ends_at=1.0))
    least = [number for number in (2, 0) if any(isinstance(each, int) and each >= number for each in plain)]
    ways += [replace(each, whole_from=number) for number in least for each in ways]
    return next((each for each in ways if len(ways) == 1 or _makes_scenarios(document, each, low, high)), ways[-1])


def _makes_scenarios(document: Document, amounts: Amounts, *factors: float) -> bool:
    try:
        for factor in factors:
            scenario_from_document(with_factors(document, {amounts: factor}))
    except InputError:
        return False
    return True


def _amount(data: Any, path: Path) -> Any:
    for name in path:
        data = next(value for key, value in data.items() if str(key) == name)
    try:
        if isinstance(data, str):
            _times(data, 1.0, inf, inf)
        elif isinstance(data, bool) or not isinstance(data, (int, float)):
            raise BadValue("no number")
    except BadValue:
        raise BadValue(f"`{'.'.join(path)}` is no amount, so nothing is so many times it") from None
    return data


def with_factors(document: Document, factors: Mapping[Amounts, float]) -> Document:
    """The document with amounts times factors; other shares of the same whole take the rest."""
    data: Any = document.data
    for amounts, factor in factors.items():
        change = partial(_times, factor=factor, most=amounts.ends_at, whole_from=amounts.whole_from)
        for path in amounts.paths:
            data = _changed(data, path, change)
    paths = [path for amounts in factors for path in amounts.paths]
    return replace(document, data=with_the_rest(document.data, data, paths))


def _changed(data: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(data)
    key = next(key for key in data if str(key) == path[0])
    return {**data, key: _changed(data[key], path[1:], change)}


def _times(amount: Any, factor: float, most: float, whole_from: float) -> Any:
    """An amount as files write it, times a factor; what is there and is whole stays at least 1."""
    if not isinstance(amount, str):
        scaled = min(amount * factor, most) if amount <= 1 else amount * factor
        return max(round(scaled), min(amount, 1)) if isinstance(amount, int) and amount >= whole_from else scaled
    try:
        return min(parse_share(amount) * factor, 1.0)
    except BadValue:
        return f"{parse_duration(amount) * factor:.9g}s"


def written_anew(changed: Document) -> Document:
    """A changed document as a text of its own: what problems say was found is what was tried; lines are nobody's."""
    text = yaml_text(changed.data if isinstance(changed.data, dict) else {})
    return parse_document(text, changed.place, changed.beside)
