"""Parameters of a model as people write them, `name=value`, and what is wrong with them in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from fractions import Fraction
from math import isfinite
from typing import Annotated, Any, TypeVar, get_type_hints

from ...errors import BadValue, did_you_mean
from ...quantities import parse_share
from ...yaml_text import flow_text
from .scale import Shape
from .shapes import read_patience, read_shape

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a parameter is written, and read; `read` raises `BadValue`."""

    form: str
    read: Callable[[str], Any]


def _number(text: str) -> float:
    """A number such as `.5`, `48` or `10/3`."""
    try:
        value = float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise BadValue(f"expected a number such as `48`, `.5` or `10/3`, found `{text}`") from None
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value < 1e12:
        raise BadValue(f"expected a number above 0, found `{text}`")
    return value


def _not_negative(text: str) -> float:
    value = _number(text)
    if not 0 <= value < 1e12:
        raise BadValue(f"expected 0 or a number above it, found `{text}`")
    return value


def _any_number(text: str) -> float:
    value = _number(text)
    if not isfinite(value):
        raise BadValue(f"expected a number, found `{text}`")
    return value


def _share(text: str) -> float:
    if "%" in text:
        return parse_share(text)
    value = _number(text)
    if not 0 <= value <= 1:
        raise BadValue(f"expected a share from 0 to 1, or a percentage such as `20%`, found `{text}`")
    return value


def _count(text: str, least: int = 1) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and least <= int(text) <= 100_000):
        raise BadValue(f"expected a whole number from {least} to 100,000, found `{text}`")
    return int(text)


def _several(read: Callable[[str], T], separator: str = ",") -> Callable[[str], tuple[T, ...]]:
    return lambda text: tuple(read(part) for part in text.split(separator))


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            listed = ", ".join(f"`{choice}`" for choice in choices)
            raise BadValue(f"expected one of {listed}, found `{text}`", did_you_mean(text, choices))
        return text

    return read


def one_of(*choices: str) -> Kind:
    """One of some words."""
    return Kind("|".join(choices), _one_of(*choices))


Positive = Annotated[float, Kind("number", _positive)]
NotNegative = Annotated[float, Kind("number", _not_negative)]
Number = Annotated[float, Kind("number", _any_number)]
Share = Annotated[float, Kind("share", _share)]
Count = Annotated[int, Kind("count", _count)]
CountOrNone = Annotated[int, Kind("count", lambda text: _count(text, 0))]
Positives = Annotated[tuple[float, ...], Kind("number,number,...", _several(_positive))]
NotNegatives = Annotated[tuple[float, ...], Kind("number,number,...", _several(_not_negative))]
Counts = Annotated[tuple[int, ...], Kind("count,count,...", _several(_count))]
Orders = Annotated[tuple[tuple[int, ...], ...], Kind("1+2,2,...", _several(_several(_count, "+")))]
Time = Annotated[Shape, Kind("{shape: ..., mean: ...}", read_shape)]
Patience = Annotated[Shape, Kind("{shape: ..., mean: ...}", read_patience)]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a model; `default` is `None` where it has to be given."""

    name: str
    kind: Kind
    about: str
    default: str | None


def parameters_of(model: type) -> tuple[Parameter, ...]:
    """The parameters of a model, in order."""
    hints = get_type_hints(model, include_extras=True)
    found = []
    for each in fields(model):
        kind, about = hints[each.name].__metadata__
        default = None if each.default is MISSING else written(each.default)
        found.append(Parameter(each.name, kind, about, default))
    return tuple(found)


def model_of(model: type[T], name: str, words: Sequence[str]) -> T:
    """The model with the parameters in `words`. Raises `BadValue` that names the model and what it could be."""
    known = {each.name: each for each in parameters_of(model)}
    given: dict[str, Any] = {}
    for word in words:
        key, is_given, text = word.partition("=")
        if not is_given or key not in known:
            listed = ", ".join(f"`{each}`" for each in known)
            what = f"no parameter `{key}`" if is_given else f"expected `parameter=value`, found `{word}`"
            raise BadValue(f"{name}: {what}; it has {listed}", did_you_mean(key, known))
        if key in given:
            raise BadValue(f"{name}: `{key}` is given twice")
        try:
            given[key] = known[key].kind.read(text)
        except BadValue as error:
            raise BadValue(f"{name}: `{key}`: {error.message}", error.suggestion) from None
    missing = [each for each in known.values() if each.default is None and each.name not in given]
    if missing:
        listed = ", ".join(f"`{each.name}` ({each.about})" for each in missing)
        raise BadValue(f"{name}: missing {listed}")
    try:
        return model(**given)
    except BadValue as error:
        raise BadValue(f"{name}: {error.message}", error.suggestion) from None


def words_of(model: Any) -> tuple[str, ...]:
    """The parameters of a model as they are written, without those that have their default."""
    found = []
    for each in fields(model):
        value = getattr(model, each.name)
        if each.default is MISSING or value != each.default:
            found.append(f"{each.name}={written(value)}")
    return tuple(found)


def written(value: Any) -> str:
    """A value as it is written.

    >>> written((3.0, 0.5)), written(((1,), (1, 2))), written({"shape": "exponential", "mean": 2})
    ('3,.5', '1,1+2', '{shape: exponential, mean: 2}')
    """
    match value:
        case float():
            return _shortest(value)
        case tuple() if value and isinstance(value[0], tuple):
            return ",".join("+".join(map(written, each)) for each in value)
        case tuple():
            return ",".join(map(written, value))
        case Mapping():
            return flow_text(value)
        case _:
            return str(value)


def _shortest(value: float) -> str:
    """As few digits as give the number back, as a fraction of small numbers where that is shorter."""
    text = f"{value:.12g}"
    if float(text) != value:
        fraction = Fraction(value).limit_denominator(1000)
        text = str(fraction) if float(fraction) == value else repr(value)
    return text.removeprefix("0") if text.startswith("0.") else text
