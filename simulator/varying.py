"""Scenarios and policies with other values in them: what `--vary` says, and which documents come of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Any, Final, Literal, TypeVar

from ..documents import Document, parse_document
from ..errors import BadValue, InputError, Problem, did_you_mean, hint
from ..rules.loading import policy_from_document
from ..rules.policy import Policy
from ..rules.policy_file import PolicyFile
from ..scenarios.loading import scenario_from_document
from ..scenarios.scenario import Scenario
from ..scenarios.wholes import with_the_rest
from ..yaml_text import yaml_text

T = TypeVar("T")
_RANGE: Final = re.compile(r"(-?[0-9.]+)([a-z%]*):(-?[0-9.]+)([a-z%]*)(?::([0-9]{1,4}))?")
_NAMES: Final = ("name", "id")
"""Keys by which entries of lists are known."""
Home = Literal["scenario", "policy"]
HOMES: Final[tuple[Home, ...]] = ("scenario", "policy")


@dataclass(frozen=True, slots=True, eq=False)
class Vary:
    """A key of a file, by the names on the way to it, and the values that it takes, as files write them; without values
    any `between` two ends, with their unit.
    """

    path: tuple[str, ...]
    values: tuple[Any, ...]
    between: tuple[float, float, str] | None = None

    @property
    def name(self) -> str:
        """Its path as it is typed."""
        return ".".join(self.path)

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
    """A value as a file may write it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def home_of(path: Sequence[str], scenario: Document, policies: Sequence[Document]) -> Home:
    """Whether a key is the scenario's or the policies'. Raises `BadValue` for one that is neither's or both's."""
    keys: dict[Home, list[str]] = {"scenario": list(Scenario.model_fields), "policy": list(PolicyFile.model_fields)}
    homes = [home for home in HOMES if path[0] in keys[home]]
    if len(homes) > 1:
        files: dict[Home, Sequence[Document]] = {"scenario": [scenario], "policy": policies}
        homes = [home for home in homes if any(_has_room(each.data, path) for each in files[home])]
    if len(homes) != 1:
        near = did_you_mean(path[0], [*keys["scenario"], *keys["policy"]])
        told = "both the scenario and a policy have" if homes else "neither the scenario nor a policy has"
        raise BadValue(f"{told} a key `{'.'.join(path)}`{hint(near)}")
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


def _entry(data: Any, path: Sequence[str]) -> Any:
    before: tuple[str, ...] = ()
    while len(before) < len(path):
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
        raise BadValue(f"`*` names nothing here; name one of those in {inside}, such as `{next(iter(known), '')}`")
    raise BadValue(f"{inside} has no `{path[0]}`{hint(did_you_mean(path[0], known))}")


def with_value(document: Document, path: Sequence[str], value: Any) -> Document:
    """The document with another value at a path; its last key may be new. Raises `BadValue` where there is none."""
    return replace(document, data=_replaced(document.data, tuple(path), value, ()))


def _replaced(data: Any, path: tuple[str, ...], value: Any, before: tuple[str, ...]) -> Any:
    if not path:
        return value
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
    paths = [vary.path for vary in values]

    def load(changed: Document) -> Scenario:
        return scenario_from_document(replace(changed, data=with_the_rest(document.data, changed.data, paths)))

    return _loaded(document, values, load)


def policy_with(document: Document, values: Mapping[Vary, Any]) -> Policy:
    """The policy with these values, as far as it has what they are in. Raises `InputError`."""
    mine = {vary: value for vary, value in values.items() if _has_room(document.data, vary.path)}
    return _loaded(document, mine, policy_from_document)


def _loaded(document: Document, values: Mapping[Vary, Any], load: Callable[[Document], T]) -> T:
    changed = document
    for vary, value in values.items():
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


def written_anew(changed: Document) -> Document:
    """A changed document as a text of its own: what problems say was found is what was tried; lines are nobody's."""
    text = yaml_text(changed.data if isinstance(changed.data, dict) else {})
    return parse_document(text, changed.place, changed.beside)
