"""What somebody says is known of a conversation, in a file or on the command line, as facts that rules see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ..calendar import WEEK_S, second_of_week
from ..errors import BadValue, did_you_mean
from .reading import fact_value
from .vocabulary import CLOSED, FIELDS, INVARIANT_FIELDS, Field, field_named, field_names, truth_of

SHORT: Final[Mapping[str, str]] = {"page": "page.url", "at": "time"}
"""Short names of fields, for cases."""
ORDINARY: Final[Mapping[str, object]] = {"conversation.channel": "chat", "conversation.attempt": 1.0}
"""What is so unless a case says otherwise."""

Loc = tuple[str | int, ...]
Wrong = tuple[Loc, str, str | None, bool]
"""Where something is wrong, what, what it might mean, and whether it is the key."""


def given_facts(data: Mapping[str, Any], loc: Loc = ()) -> tuple[dict[str, object | None], list[Wrong]]:
    """The facts that nested or dotted names give (`{customer: {plan: trial}, page: /pricing, at: "Mon 10:15"}`), and
    what is wrong with the others; `unset` stands for what is not known, which is `None`.
    """
    facts: dict[str, object | None] = {}
    wrong: list[Wrong] = []
    for name, value, here in _flat(data, "", loc):
        try:
            found = fact(name, value)
        except UnknownFact as error:
            wrong.append((here, error.message, error.suggestion, True))
        except BadValue as error:
            wrong.append(((*here, *error.loc), f"`{name}`: {error.message}", error.suggestion, False))
        else:
            facts[SHORT.get(name, name)] = found
    return facts, wrong


class UnknownFact(BadValue):
    """There is no field of this name, or it would be truth."""


def fact(name: str, raw: object) -> object | None:
    """The value of a fact as it is written; `None` if that is `unset`. Raises `BadValue`, for its name `UnknownFact`.

    >>> fact("customer.tenure", "2d")
    172800.0
    """
    name = SHORT.get(name, name)
    instead = truth_of(name)
    if instead is not None:
        raise UnknownFact(f"`{name}` is truth, which no rule sees: {instead}")
    field = field_named(name)
    if field is None or name in INVARIANT_FIELDS:
        raise UnknownFact(f"unknown fact `{name}`", did_you_mean(name, (*SHORT, *field_names(name))))
    if raw == "unset":
        return None
    if field.kind == "moment":
        return _moment(raw)
    found = fact_value(field, raw)
    _refuse_impossible(field, found)
    return found


def _refuse_impossible(field: Field, value: object) -> None:
    """Raises `BadValue` for a value that a field never has: who looks for customers whom a rule fits looks no
    further than to what a field can have.
    """
    if isinstance(value, float) and value < 0:
        raise BadValue(f"it is never below 0, found `{value:g}`")
    if field.kind == "moment" and isinstance(value, float) and value >= WEEK_S:
        raise BadValue(f"a time of the week is below {WEEK_S:,} s, found `{value:g}`")
    words = CLOSED.get(field.values or "", ())
    if words and value not in words:
        listed = ", ".join(f"`{word}`" for word in words)
        raise BadValue(f"expected one of {listed}, found `{value}`", did_you_mean(str(value), words))
    if field.values == "pages" and isinstance(value, str) and "\n" in value:
        raise BadValue("a page has no line break")


def facts_of(data: Mapping[str, object]) -> dict[str, object | None]:
    """Facts that Python gives, as `decide` takes them (a number of seconds, a set of words) or as a file has them
    (`"2d"`, `"Mon 10:15"`, a list). Raises `UnknownFact` and `BadValue`: a mistyped name would test nothing.

    >>> facts_of({"customer.tenure": 60, "at": "Mon 00:01", "customer.flags": {"vip"}})
    {'customer.tenure': 60.0, 'time': 60.0, 'customer.flags': frozenset({'vip'})}
    """
    facts: dict[str, object | None] = {}
    for name, value in data.items():
        facts[SHORT.get(name, name)] = fact(name, "unset")
        field = field_named(SHORT.get(name, name))
        if value is None or field is None:
            continue
        try:
            facts[SHORT.get(name, name)] = _fact_of(field, value)
        except BadValue as error:
            raise BadValue(f"`{name}`: {error.message}", error.suggestion) from None
    return facts


def _fact_of(field: Field, value: object) -> object | None:
    if field.kind in ("moment", "duration") and isinstance(value, (int, float)) and not isinstance(value, bool):
        _refuse_impossible(field, float(value))
        return float(value)
    if isinstance(value, (set, frozenset, tuple)):
        value = sorted(value)
    return fact(field.name, value)


def as_in_yaml(name: str, value: str) -> object:
    """The value of a fact in a CSV as it would stand in YAML; several words are parted by `;`.

    >>> as_in_yaml("customer.contacts_30d", "5"), as_in_yaml("customer.plan", "5")
    (5.0, '5')
    """
    field = field_named(SHORT.get(name, name))
    if field is not None and field.kind == "words":
        return [each.strip() for each in value.split(";") if each.strip()]
    if field is None or field.kind not in ("number", "duration", "yes_no"):
        return value
    if value in ("true", "false"):
        return value == "true"
    try:
        return float(value)
    except ValueError:
        return value


def _moment(raw: object) -> float:
    if not isinstance(raw, str):
        raise BadValue('expected a time of the week such as "Mon 10:15"')
    if re.match(r"\d{4}-\d\d-\d\d", raw) is None:
        return float(second_of_week(raw))
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or len(raw) == len("2026-03-02"):
        raise BadValue(f'expected a local time such as "Mon 10:15" or "2026-03-02 10:15", found `{raw}`')
    return moment.weekday() * 86_400.0 + moment.hour * 3_600.0 + moment.minute * 60.0 + moment.second


def _flat(data: Mapping[str, Any], before: str, loc: Loc) -> Iterator[tuple[str, object, Loc]]:
    for key, value in data.items():
        name, here = f"{before}{key}", (*loc, key)
        is_group = isinstance(value, Mapping) and any(each.startswith(f"{_any_team(name)}.") for each in FIELDS)
        if is_group:
            yield from _flat(value, f"{name}.", here)
        else:
            yield name, value, here


def _any_team(name: str) -> str:
    """`queue.billing` as the fields have it, `queue.TEAM`."""
    parts = name.split(".")
    return ".".join([parts[0], "TEAM", *parts[2:]]) if len(parts) > 1 and parts[0] in ("queue", "team") else name
