"""Checks of what is given to a formula: a wrong argument is refused where it enters, with what to give instead."""

from __future__ import annotations

from collections.abc import Sized
from math import inf, isfinite

from ...errors import BadValue, Unstable


def require_positive(**values: float) -> None:
    """Raises `BadValue` unless every value is a finite number above 0; a keyword is the name that the caller knows."""
    for name, value in values.items():
        if not 0 < value < inf:
            raise BadValue(f"`{name}` is {value:g}; give a finite number above 0")


def require_not_negative(**values: float) -> None:
    """Raises `BadValue` unless every value is a finite number, 0 or above."""
    for name, value in values.items():
        if not 0 <= value < inf:
            raise BadValue(f"`{name}` is {value:g}; give a finite number, 0 or above")


def require_shares(**values: float) -> None:
    """Raises `BadValue` unless every value lies between 0 and 1, both allowed."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise BadValue(f"`{name}` is {value:g}; give a share between 0 and 1")


def require_inner_shares(**values: float) -> None:
    """Raises `BadValue` unless every value lies between 0 and 1, neither allowed."""
    for name, value in values.items():
        if not 0 < value < 1:
            raise BadValue(f"`{name}` is {value:g}; give a share above 0 and below 1")


def require_counts(least: int = 1, **values: int) -> None:
    """Raises `BadValue` unless every value is a whole number of at least `least`."""
    for name, value in values.items():
        if not isfinite(value) or value != int(value) or value < least:
            raise BadValue(f"`{name}` is {value:g}; give a whole number, {least} or above")


def require_same_length(**values: Sized) -> None:
    """Raises `BadValue` if the values are empty or of different lengths."""
    lengths = [len(value) for value in values.values()]
    names = " and ".join(f"`{name}`" for name in values)
    if len(set(lengths)) > 1:
        raise BadValue(f"{names} have {' and '.join(map(str, lengths))} entries; give as many of each")
    if 0 in lengths:
        raise BadValue(f"{names}: give at least one entry")


def require_stable(load: float, agents: int) -> None:
    """Raises `Unstable` unless `agents` can do more than the work of `load` erlangs."""
    if agents <= load:
        noun = "agent" if agents == 1 else "agents"
        raise Unstable(
            f"{agents} {noun} with {load:g} erlangs of work, and nobody leaves: the queue grows for ever; "
            f"give {int(load) + 1} agents or more, or a patience"
        )
