"""What a model of validation is: parameters, the ordinary desk that it is, and what is exactly known of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from .papers import Desk, Heading, Papers, papers
from .scale import Scale
from .watched import Watched

SETTLED = 5.0
"""Time constants of a desk after which how it began does not matter: exp(−5) is less than a percent."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is known exactly and can be read off a run; `exact` is worked out when it is asked for."""

    name: str
    exact: Callable[[], float]
    read: Callable[[Watched], float]


class Model(ABC):
    """A classic model of queueing theory as an ordinary desk. A subclass is a frozen dataclass of its parameters.

    Rates are per unit of time, whatever that is; lengths of time are in that unit.
    """

    name: ClassVar[str]
    about: ClassVar[str]

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: the parameters, and not what was worked out of them."""
        parameters: Any = self
        return {each.name: getattr(self, each.name) for each in fields(parameters)}

    @property
    @abstractmethod
    def rate(self) -> float:
        """Customers who arrive in a unit of time."""

    @property
    @abstractmethod
    def warm_up(self) -> float:
        """Units of time after which how the run began does not matter any more."""

    @abstractmethod
    def desk(self, scale: Scale) -> Desk:
        """What its scenario and its policy have to say beside what all have in common."""

    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """What is known exactly; working it out raises `BadValue` and `Unstable` as the formulas do."""

    def scale(self, conversations: float) -> Scale:
        """How long a unit of time is, and the run, if so many conversations are to begin after the warm-up."""
        return Scale.for_horizon(self.warm_up + conversations / self.rate)

    def papers(self, scale: Scale) -> Papers:
        """The scenario and the policy, whole."""
        return papers(Heading(self.name, self.about, self.rate, self.warm_up), scale, self.desk(scale))
