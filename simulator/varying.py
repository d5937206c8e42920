"""Scenarios and policies with other values in them: what `--vary` says, and which documents come of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, inf
from typing import Any, Final, Literal, TypeVar

from ..documents import Document, parse_document
from ..errors import BadValue, InputError, Problem, did_you_mean, hint
from ..rules.loading import policy_from_document
from ..rules.policy import Policy
from ..rules.policy_file import PolicyFile
from ..scenarios.checks.sources import covers, input_paths
from ..scenarios.loading import scenario_from_document
from ..scenarios.scenario import Scenario
from ..scenarios.wholes import with_the_rest
from .scaling import Amounts, amounts_of, with_factors, written_anew

T = TypeVar("T")
_RANGE: Final = re.compile(r"(-?[0-9.]+)([a-z%]*):(-?[0-9.]+)([a-z%]*)(?::([0-9]{1,4}))?")
_TIMES: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)x")
_DRAWN: Final = re.compile(r"(-?[0-9]{1,4}\.[0-9]{4,})([a-z%]+)")
_NAMES: Final = ("name", "id")
"""Keys by which entries of lists are known."""
Home = Literal["scenario", "policy"]
HOMES: Final[tuple[Home, ...]] = ("scenario", "policy")


@dataclass(frozen=True, slots=True, eq=False)
class Vary:
    """A key of a file, by the names on the way to it, and the values that it takes, as files write them, or as so many
    times what the scenario says (`0.8x`); without values any `between` two ends, with their unit.
    """

    path: tuple[str, ...]
    values: tuple[Any, ...]
    between: tuple[float, float, str] | None = None

    @property
    def name(self) -> str:
        """Its path as it is typed."""
        return ".".join(self.path)

    @property
    def scales(self) -> bool:
        """Whether its values are so many times what the scenario says."""
        return self.between[2] == "x" if self.between else all(_factor(each) is not None for each in self.values)

    def at(self, share: float) -> Any:
        """The value at a share, 0 to 1, of the way through its range, or of its list."""
        if self.values or self.between is None:
            return self.values[min(floor(share * len(self.values)), len(self.values) - 1)]
        low, high, unit = self.between
        return _written(low + share * (high - low), unit)


def vary_of(text: str) -> Vary:
    """What is typed: `arrivals.per_week=8000,12000`, `bot.answers.confidence_at_least=50%:90%:5` (five values from
    one to the other), or `returns.within=1d:7d` (a range, of which a hypercube takes what it needs). Raises `BadValue`.

    >>> vary_of("bot.max_turns=2,8").values, vary_of("a.b=10%:30%:3").values
    ((2, 8), ('10%', '20%', '30%'))
    """
    name, equals, said = text.partition("=")
    path = tuple(part.strip() for part in name.split("."))
    if not equals or not all(path) or not said.strip():
        example = "`arrivals.per_week=8000,12000` or `bot.answers.confidence_at_least=50%:90%:5`"
        raise BadValue(f"expected a key and its values, such as {example}, found `{text}`")
    found = _RANGE.fullmatch(said.strip())
    if found is None:
        values = _values(said.strip())
        if 0 < sum(_factor(each) is not None for each in values) < len(values):
            raise BadValue(f"`{name}` is either so many times what it was or has values of its own: `{said}`")
        if len({repr(each) for each in values}) < len(values):
            raise BadValue(f"`{name}` has a value twice: `{said}`")
        return Vary(path, values)
    low, high = _number(found[1]), _number(found[3])
    unit = found[4] or found[2]
    if found[2] not in ("", unit) or not low < high:
        raise BadValue(f"expected a range from a smaller to a larger value of one unit, found `{said}`")
    many = 0 if found[5] is None else int(found[5])
    if many == 1:
        raise BadValue(f"a range has two values at least, found `{said}`")
    values = tuple(_written(low + number * (high - low) / (many - 1), unit) for number in range(many))
    return Vary(path, values, None if values else (low, high, unit))


def _factor(value: Any) -> float | None:
    """How many times what the scenario says: 0.8 for `0.8x`."""
    found = _TIMES.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else float(found[1])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadValue(f"expected a number, found `{text}`") from None


def _written(number: float, unit: str) -> Any:
    rounded = float(f"{number:.12g}")
    short = int(rounded) if rounded.is_integer() else rounded
    return f"{short}{unit}" if unit else short


def _values(text: str) -> tuple[Any, ...]:
    """Values as a list in a file has them."""
    try:
        data = parse_document(f"[{text}]").data
    except InputError:
        data = None
    if not isinstance(data, list) or not data:
        raise BadValue(f"expected values as files write them, with commas between, found `{text}`")
    return tuple(data)


def shown(value: Any) -> str:
    """A value as a file may write it; one that a hypercube has drawn, with four digits.

    >>> shown("0.995144817884x"), shown(0.123456), shown("12.5%"), shown(8000)
    ('0.9951x', '0.1235', '12.5%', '8000')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str) and (drawn := _DRAWN.fullmatch(value)):
        return f"{float(drawn[1]):.4g}{drawn[2]}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def home_of(vary: Vary, scenario: Document, policies: Sequence[Document]) -> Home:
    """Whether a key is the scenario's or the policies'. Raises `BadValue` for one that is neither's or both's."""
    path = vary.path
    keys: dict[Home, list[str]] = {"scenario": list(Scenario.model_fields), "policy": list(PolicyFile.model_fields)}
    homes = [home for home in HOMES if path[0] in keys[home]]
    if len(homes) > 1:
        files: dict[Home, Sequence[Document]] = {"scenario": [scenario], "policy": policies}
        homes = [home for home in homes if any(_has_room(each.data, path) for each in files[home])]
    if len(homes) != 1:
        near = did_you_mean(path[0], [*keys["scenario"], *keys["policy"]])
        told = "both the scenario and a policy have" if homes else "neither the scenario nor a policy has"
        raise BadValue(f"{told} a key `{vary.name}`{hint(near)}")
    if homes[0] == "policy" and vary.scales:
        raise BadValue(f"`{vary.name}` is a policy's, and so many times what it was is for inputs of the scenario")
    if homes[0] == "policy" and not any(_has_room(each.data, path) for each in policies):
        _entry(policies[0].data, path[:-1])
    return homes[0]


def _has_room(data: Any, path: Sequence[str]) -> bool:
    """Whether there is a value at a path, or something in which a new key of its last name may stand."""
    for way in (path, path[:-1]):
        try:
            _entry(data, way)
        except BadValue:
            continue
        return True
    return False


def _there(data: Any, path: Sequence[str]) -> bool:
    try:
        _entry(data, path)
    except BadValue:
        return False
    return True


def _entry(data: Any, path: Sequence[str]) -> Any:
    before: tuple[str, ...] = ()
    while len(before) < len(path):
        if path[len(before)] == "*" and isinstance(data, Mapping):
            left = path[len(before) + 1 :]
            data = next((each for each in data.values() if _there(each, left)), next(iter(data.values()), data))
            before = (*before, "*")
            continue
        key, taken = _step(data, path[len(before) :], before)
        data, before = data[key], (*before, *path[len(before) : len(before) + taken])
    return data


def _step(data: Any, path: Sequence[str], before: Sequence[str]) -> tuple[Any, int]:
    """The key or number under which the first name of a path stands in a mapping or a list, and how many of its parts
    that name has: names with dots, such as `customer.plan`, have several. Raises `BadValue`.
    """
    known: Mapping[str, Any] = {}
    if isinstance(data, Mapping):
        known = {str(key): key for key in data}
    elif isinstance(data, list):
        for number, each in enumerate(data):
            names = [each[key] for key in _NAMES if key in each] if isinstance(each, Mapping) else []
            known = {**known, str(names[0] if names else number): number}
    for taken in range(1, len(path) + 1):
        if (name := ".".join(path[:taken])) in known:
            return known[name], taken
    inside = f"`{'.'.join(before)}`" if before else "the file"
    if path[0] == "*":
        raise BadValue(f"`*` is none of the entries in {inside}; name one, such as `{next(iter(known), '')}`")
    raise BadValue(f"{inside} has no `{path[0]}`{hint(did_you_mean(path[0], known))}")


def with_value(document: Document, path: Sequence[str], value: Any) -> Document:
    """The document with another value at a path, whose last key may be new; `*` is every entry that has what follows.

    Raises `BadValue` where there is no such path.
    """
    return replace(document, data=_replaced(document.data, tuple(path), value, ()))


def _replaced(data: Any, path: tuple[str, ...], value: Any, before: tuple[str, ...]) -> Any:
    if not path:
        return value
    if path[0] == "*" and isinstance(data, Mapping):
        having = {key for key, each in data.items() if _there(each, path[1:])}
        return {
            key: _replaced(each, path[1:], value, (*before, str(key))) if key in having or not having else each
            for key, each in data.items()
        }
    if isinstance(data, Mapping) and len(path) == 1 and path[0] not in {str(key) for key in data}:
        return {**data, path[0]: value}
    key, taken = _step(data, path, before)
    new = _replaced(data[key], path[taken:], value, (*before, *path[:taken]))
    if isinstance(data, Mapping):
        return {**data, key: new}
    return [*data[:key], new, *data[key + 1 :]]


def scenario_with(document: Document, values: Mapping[Vary, Any]) -> Scenario:
    """The scenario with these values; other shares of the same whole take the rest. Raises `InputError`, which names
    what was varied.
    """
    paths = [vary.path for vary in values if not vary.scales]
    try:
        factors = {_amounts(document, vary): _factor(value) or 0.0 for vary, value in values.items() if vary.scales}
    except BadValue as error:
        raise InputError(Problem(document.place, error.message)) from None

    def load(changed: Document) -> Scenario:
        whole = replace(changed, data=with_the_rest(document.data, changed.data, paths))
        return scenario_from_document(with_factors(whole, factors))

    return _loaded(document, values, load)


def is_rounded(document: Document, vary: Vary) -> bool:
    """Whether so many times what the scenario says is rounded to whole numbers, such as those of agents."""
    return vary.scales and _amounts(document, vary).whole_from < inf


def _amounts(document: Document, vary: Vary) -> Amounts:
    paths = tuple(path for path in input_paths(document.data) if covers(vary.name, path))
    if not paths:
        _entry(document.data, vary.path)
        raise BadValue(f"`{vary.name}` is no amount, so nothing is so many times it")
    low, high, _ = vary.between or (min(factors := [_factor(each) or 0.0 for each in vary.values]), max(factors), "x")
    return amounts_of(document, paths, low, high)


def policy_with(document: Document, values: Mapping[Vary, Any]) -> Policy:
    """The policy with these values, as far as it has what they are in. Raises `InputError`."""
    mine = {vary: value for vary, value in values.items() if _has_room(document.data, vary.path)}
    return _loaded(document, mine, policy_from_document)


def _loaded(document: Document, values: Mapping[Vary, Any], load: Callable[[Document], T]) -> T:
    changed = document
    for vary, value in values.items():
        if vary.scales:
            continue
        try:
            changed = with_value(changed, vary.path, value)
        except BadValue as error:
            raise InputError(Problem(document.place, f"`{vary.name}`: {error.message}")) from None
    try:
        return load(changed)
    except InputError:
        pass
    try:
        return load(written_anew(changed))
    except InputError as error:
        told = ", ".join(f"{vary.name}={shown(value)}" for vary, value in values.items())
        raise InputError(
            [replace(each, message=f"with {told}: {each.message}", line=None, column=None) for each in error.problems]
        ) from None
