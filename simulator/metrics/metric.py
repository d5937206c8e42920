"""A measure of a run: what it means, and how it is worked out for a part of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..part import Part

Unit = Literal["share", "s", "h", "count", "per problem", "score", "value"]
Side = Literal["higher", "lower", "none"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure: its unit, which way is better, and what is divided by what (TERMS part 3).

    By segment, all columns are those of the segment's customers. By team, problems and conversations are those whose
    right team it is;
    waits, service level and abandonment are those of its inbox (transfers included), staffing is its own, and
    misroutes, escalations and
    transfers count where a conversation was placed first. Where a run is measured in steady state, only problems that
    arrive after the warm-up count, with all their conversations, and agents' time from then to the horizon. The
    customers of a backlog count nowhere.
    """

    id: str
    title: str
    unit: Unit
    better: Side
    numerator: str
    denominator: str
    value: Callable[[Part], float]
    of_cases: bool = True
    """Whether a share is one of cases that are counted, not of time."""

    @property
    def definition(self) -> str:
        """Numerator and denominator in one line."""
        return f"{self.numerator} / {self.denominator}" if self.denominator else self.numerator

    @property
    def null_means_never(self) -> bool:
        """Whether it is null because so few are ever helped, and not because there was nothing to count."""
        return self.id.startswith("time_to_help")


ALL_PROBLEMS, ALL_CONVERSATIONS, OFFERED = "all problems", "all conversations", "conversations offered to people"
