"""From a formula's unit of time to a scenario's: rates by the week, lengths of time in seconds, minutes and hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

from ...calendar import DAY_S, WEEK_S
from ...errors import BadValue
from ...quantities import duration_text

Shape = Mapping[str, Any]
"""A random time as a scenario writes it, but its times are numbers, in units of the formula's time."""

ENDLESS: Shape = {"shape": "survival", "points": [[1, 1]]}
"""The patience of customers who never leave."""

LEAST_DAYS = 7
_ROUND = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
UNITS_S = (
    *(each / 1000 * ten for ten in (1, 10, 100) for each in (1, 2, 5)),
    *_ROUND,
    *(60 * each for each in _ROUND),
    *(3600 * each for each in (1, 2, 3, 4, 6, 8, 12, 24)),
)
"""Lengths of one unit that read well in a scenario."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How long one unit of a formula's time is in a scenario, which lasts so many days."""

    unit_s: float
    days: int

    @classmethod
    def for_horizon(cls, units: float) -> Scale:
        """A unit that reads well and days that hold at least so many units of time, a week at the least."""
        unit_s = next((each for each in UNITS_S if each * units >= LEAST_DAYS * DAY_S), UNITS_S[-1])
        return cls(unit_s, max(1, ceil(units * unit_s / DAY_S)))

    @property
    def horizon(self) -> float:
        """Units of time in which customers arrive."""
        return self.days * DAY_S / self.unit_s

    def per_week(self, rate: float) -> float:
        """Arrivals in a week, from those in a unit of time."""
        return rate * WEEK_S / self.unit_s

    def lasts(self, units: float) -> str:
        """A length of time as a scenario writes it."""
        return duration_text(units * self.unit_s)

    def time(self, shape: Shape) -> dict[str, Any]:
        """A random time as a scenario writes it; raises `BadValue` where a length of time is no number.

        >>> Scale(unit_s=600, days=7).time({"shape": "erlang", "mean": 1, "phases": 2})
        {'shape': 'erlang', 'mean': '10m', 'phases': 2}
        """
        return {key: self._scaled(key, value) for key, value in shape.items()}

    def _scaled(self, key: str, value: Any) -> Any:
        match key, value:
            case ("mean" | "median" | "from" | "to"), _:
                return self._length(value)
            case "values", list():
                return [self._length(each) for each in value]
            case "branches", list() if all(isinstance(each, Mapping) for each in value):
                return [self.time(each) for each in value]
            case "points", list() if all(isinstance(each, list) and len(each) == 2 for each in value):
                return [[self._length(at), share] for at, share in value]
            case _:
                return value

    def _length(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < inf:
            raise BadValue(f"expected a number of 0 or more, a length in units of time, found `{value}`")
        return self.lasts(value)
