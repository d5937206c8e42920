"""What is run of a model to hold it against its formula, and what comes of it: a case and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from .model import Measure, Model
from .papers import Papers
from .scale import Scale

MOST_REPLICATIONS = 200


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is run: conversations after the warm-up, in all replications together."""

    conversations: int
    replications: int

    @classmethod
    def full(cls, conversations: float) -> Effort:
        """So many conversations, in replications of a good length: 40 at least."""
        return cls._of(conversations, each=40_000, least=40)

    @classmethod
    def quick(cls, conversations: float) -> Effort:
        """So many conversations, in 20 replications at least."""
        return cls._of(conversations, each=20_000, least=20)

    @classmethod
    def _of(cls, conversations: float, each: int, least: int) -> Effort:
        # With more replications both the quantile of t and the chance of an interval that is too wide are smaller.
        return cls(ceil(conversations), min(max(least, ceil(conversations / each)), MOST_REPLICATIONS))

    @property
    def each(self) -> float:
        """Conversations of a replication after its warm-up."""
        return self.conversations / self.replications


@dataclass(frozen=True)
class Case:
    """A model under a name, how much of it is run, and which of its measures are rows.

    Of the measures in `wide` the interval may be twice as wide, but in a quick trial.
    """

    name: str
    model: Model
    full: Effort
    quick: Effort
    wide: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    """The measures that are rows; all, if there is none here."""
    slow: tuple[str, ...] = ()
    """Measures that a quick trial leaves out: they would take it too long."""

    def measures(self, *, quick: bool) -> tuple[Measure, ...]:
        """The measures that are rows."""
        left_out = self.slow if quick else ()
        return tuple(
            each
            for each in self.model.measures()
            if (not self.only or each.name in self.only) and each.name not in left_out
        )

    def effort(self, *, quick: bool) -> Effort:
        """How much is run."""
        return self.quick if quick else self.full

    def scale(self, effort: Effort) -> Scale:
        """How long its unit of time is, and its run."""
        return self.model.scale(effort.each)

    def papers(self, effort: Effort) -> Papers:
        """The scenario and the policy that are run."""
        return self.model.papers(self.scale(effort))


@dataclass(frozen=True, slots=True)
class Row:
    """A measure held against its exact value: the 99.9 % interval holds it, and is narrow enough.

    `half_width_limit` is in the measure's own unit. `attempt` is 2 where an interval of the case missed its value and
    this is the answer of a run with a fresh seed, which counts.
    """

    case: str
    measure: str
    exact: float
    estimate: float
    low: float
    high: float
    half_width_limit: float
    attempt: int = 1

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2

    @property
    def is_narrow(self) -> bool:
        """Whether the interval is as narrow as it has to be."""
        return self.half_width <= self.half_width_limit

    @property
    def holds(self) -> bool:
        """Whether the interval holds the exact value."""
        return self.low <= self.exact <= self.high

    @property
    def passes(self) -> bool:
        """Both."""
        return self.holds and self.is_narrow
