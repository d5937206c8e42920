"""Which keys a place in a document may have: the types that a model allows there."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, RootModel


@dataclass(frozen=True, slots=True)
class Shapes:
    """The types, one of which a value must be. Nothing is known of a type that it does not understand: it then has no
    keys.
    """

    types: tuple[Any, ...]

    @classmethod
    def of(cls, *annotations: Any) -> Self:
        """The alternatives that annotations allow: unions, aliases and annotated types are opened."""
        return cls(tuple(part for annotation in annotations for part in _parts(annotation)))

    def below(self, step: str | int) -> Shapes:
        """What may stand at a key or an entry number of the value."""
        return Shapes.of(*(annotation for each in self.types for annotation in _entries(each, step)))

    def branch(self, label: str) -> Shapes:
        """What is left when pydantic names a branch of a union by `label`: a class, or the value of a discriminator;
        all of it for other labels.
        """
        named = tuple(each for each in self.types if getattr(each, "__name__", None) == label or label in _tags(each))
        return Shapes(named) if named else self

    def keys(self) -> tuple[str, ...]:
        """The keys that a mapping may have here, in the order of their definition."""
        return tuple(dict.fromkeys(key for each in self.types for key in _fields(each)))


    def successor(self, key: str, written: str) -> str | None:
        """What is written now in place of a key that there no longer is; `None` for other keys."""
        former = next((own[key] for each in self.types if key in (own := getattr(each, "former_keys", {}))), None)
        return None if former is None else former.format(written)


def _parts(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for alternative in get_args(annotation):
            yield from _parts(alternative)
    elif hasattr(annotation, "__value__"):
        yield from _parts(annotation.__value__)
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _parts(annotation.model_fields["root"].annotation)
    else:
        yield annotation


def _entries(shape: Any, step: str | int) -> Iterator[Any]:
    fields = _fields(shape)
    arguments = get_args(shape)
    if step in fields:
        yield fields[str(step)]
    elif not arguments or get_origin(shape) is Literal:
        return
    elif isinstance(step, str) and issubclass(get_origin(shape) or object, Mapping):
        yield arguments[-1]
    elif isinstance(step, int) and get_origin(shape) is tuple and arguments[-1] is not Ellipsis:
        yield arguments[min(step, len(arguments) - 1)]
    elif isinstance(step, int):
        yield arguments[0]


def _fields(shape: Any) -> dict[str, Any]:
    """The annotations of a type's keys, by the name they have in a file."""
    if not isinstance(shape, type):
        return {}
    if issubclass(shape, BaseModel):
        return {
            _name(name, info.validation_alias or info.alias): info.annotation
            for name, info in shape.model_fields.items()
        }
    if dataclasses.is_dataclass(shape):
        hints = get_type_hints(shape, include_extras=True)
        return {each.name: hints[each.name] for each in dataclasses.fields(shape) if each.init}
    if hasattr(shape, "__total__"):
        return get_type_hints(shape, include_extras=True)
    return {}


def _name(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else name


def _tags(shape: Any) -> set[object]:
    """The words that tell this type from its siblings in a discriminated union."""
    return {
        word
        for annotation in _fields(shape).values()
        if get_origin(annotation) is Literal
        for word in get_args(annotation)
    }
