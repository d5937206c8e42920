"""When customers write in: at random or evenly, at a rate that follows the hour, the weekday and how busy the day turns
out to be; or exactly when they were recorded to.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from ..calendar import WEEKDAYS, Clock, whole_days
from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Duration, Weight
from .rates import Rate
from .surges import Surge

HOUR_S = 3600.0

FloatArray = NDArray[np.float64]


class ByWeekday(FileModel):
    """Relative busyness of the days of the week."""

    Mon: Weight = 1.0
    Tue: Weight = 1.0
    Wed: Weight = 1.0
    Thu: Weight = 1.0
    Fri: Weight = 1.0
    Sat: Weight = 1.0
    Sun: Weight = 1.0


def _days(text: str) -> str:
    whole_days(text)
    return text


OneDay = Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24)]
Days = Annotated[str, AfterValidator(_days)]


class ArrivalsByRate(FileModel):
    """A stream of new problems with a rate that the calendar sets."""

    per_week: Annotated[float, Field(gt=0, le=1e9, description="expected new problems in a full week, without surges")]
    by_hour: Annotated[
        OneDay | dict[Days, OneDay],
        Field(
            description="relative busyness of the 24 hours of the day, local time; where days differ, of each: "
            "`Mon-Fri: [...]`, `Sat, Sun: [...]`"
        ),
    ] = (1.0,) * 24
    by_weekday: Annotated[
        ByWeekday, Field(description="relative busyness of the days of the week; `by_hour` is multiplied by it")
    ] = ByWeekday()
    rate: Annotated[
        Literal["steps", "linear"],
        Field(
            description="within a day: constant in each hour, or linear between the middles of the hours (a quiet hour "
            "beside a busy one then gets some of its customers); a day's expected total is the same"
        ),
    ] = "steps"
    day_factor_shape: Annotated[
        float | None,
        Field(
            ge=0.01,
            le=1e6,
            description="shape of the gamma factor, mean 1, that makes whole days busier or quieter",
        ),
    ] = None
    day_factor_correlation: Annotated[
        float,
        Field(gt=-1, lt=1, description="correlation, on the normal scale, of the factors of successive days"),
    ] = 0.0
    on_holidays: Annotated[
        float | None,
        Field(ge=0, le=100, description="times an ordinary day's customers who write on holidays; else as many"),
    ] = None
    surges: Annotated[tuple[Surge, ...], Field(max_length=1000, description="hours of extra customers")] = ()
    kind: str

    @model_validator(mode="after")
    def _each_day_has_hours(self) -> Self:
        if isinstance(self.by_hour, dict):
            named = Counter(day for days in self.by_hour for day in whole_days(days))
            if twice := [day for number, day in enumerate(WEEKDAYS) if named[number] > 1]:
                raise BadValue(f"{', '.join(twice)}: hours are given more than once", loc=("by_hour",))
            if missing := [day for number, day in enumerate(WEEKDAYS) if not named[number]]:
                raise BadValue(f"no hours are given for {', '.join(missing)}", loc=("by_hour",))
        return self

    @model_validator(mode="after")
    def _correlates_something(self) -> Self:
        if self.day_factor_correlation and self.day_factor_shape is None:
            raise BadValue(
                "without `day_factor_shape` all days are alike: nothing is correlated", loc=("day_factor_correlation",)
            )
        return self

    def expected(self, clock: Clock, days: int) -> FloatArray:
        """Expected arrivals in each elapsed hour of the run, before the day factor and surges; shape (days × 24,)."""
        if self.rate == "steps":
            return self._by_elapsed_hour(clock, days)
        return np.diff(self.rate_over(clock, days).until(np.arange(days * 24 + 1) * HOUR_S))

    def rate_over(self, clock: Clock, days: int) -> Rate:
        """The rate during the run, before the day factor and surges."""
        by_hour = self._by_elapsed_hour(clock, days)
        return Rate.steps(by_hour) if self.rate == "steps" else Rate.linear(by_hour)

    def day_factors(self, rng: np.random.Generator, days: int) -> FloatArray:
        """How many times as busy as expected each day is; the first thing drawn from `rng`.

        Each is gamma; where successive ones are correlated, a Gaussian copula joins them: with z a first-order
        autoregressive sequence of standard normals, z' = r z + √(1 − r²) ε, a factor is the gamma's quantile at Φ(z).
        """
        shape, r = self.day_factor_shape, self.day_factor_correlation
        if shape is None:
            return np.ones(days)
        if r == 0:
            return rng.gamma(shape, 1 / shape, days)
        from scipy.special import gammaincinv, ndtr

        z = rng.standard_normal(days)
        for day in range(1, days):
            z[day] = r * z[day - 1] + np.sqrt(1 - r * r) * z[day]
        return np.asarray(gammaincinv(shape, ndtr(z)) / shape)

    def extra_rate(self, surge: Surge, factors: FloatArray, clock: Clock, days: int) -> Rate:
        """The rate of a surge's own customers if everybody's problem surged, on days with these factors."""
        from_s = surge.starts_s(clock)
        return self.rate_over(clock, days).by_day(factors).within(from_s, from_s + surge.lasts).times(surge.times - 1)

    def scaled(self, factor: float) -> Self:
        """So many times the customers."""
        return self.model_copy(update={"per_week": self.per_week * factor})

    def _by_elapsed_hour(self, clock: Clock, days: int) -> FloatArray:
        weights = self.by_hour_of_week()
        at_s = np.arange(days * 24) * HOUR_S
        factors = np.where(clock.is_holiday(at_s), 1.0 if self.on_holidays is None else self.on_holidays, 1.0)
        return np.asarray(self.per_week * weights[clock.hour_of_week(at_s)] / (weights.sum() or 1.0) * factors)

    def by_hour_of_week(self) -> FloatArray:
        """Relative busyness of the 168 hours of the week, Monday's first."""
        by_day = _of_order_one(np.array([getattr(self.by_weekday, day) for day in WEEKDAYS]))
        by_hour = np.empty((7, 24))
        for days, hours in self.by_hour.items() if isinstance(self.by_hour, dict) else [("Mon-Sun", self.by_hour)]:
            by_hour[list(whole_days(days))] = hours
        return (by_day[:, None] * _of_order_one(by_hour)).ravel()


def _of_order_one(weights: FloatArray) -> FloatArray:
    """The weights in other units, by a power of two, so that no sum or product of them is too large for a float."""
    return np.asarray(np.ldexp(weights, -np.frexp(weights.max())[1]))


class PoissonArrivals(ArrivalsByRate):
    """Customers who write in independently of one another: a Poisson process, given the day factors."""

    kind: Annotated[Literal["poisson"], Field(description="at random; what they are where nothing is said")] = "poisson"

    def times(self, rng: np.random.Generator, clock: Clock, days: int) -> FloatArray:
        """Arrival times in seconds since the start of the run, ascending, all below the horizon; without surges.

        Where the rate is constant within an hour: a Poisson number of arrivals, uniform in the hour.
        """
        factors = self.day_factors(rng, days)
        if self.rate == "linear":
            return self.arriving(self.rate_over(clock, days).by_day(factors), rng)
        counts = rng.poisson(self.expected(clock, days) * np.repeat(factors, 24))
        at_s = np.repeat(np.arange(days * 24) * HOUR_S, counts)
        at_s += rng.random(at_s.size) * HOUR_S
        at_s.sort()
        return at_s

    def arriving(self, rate: Rate, rng: np.random.Generator) -> FloatArray:
        """Arrival times, ascending, of a stream of this kind with a rate."""
        return rate.poisson(rng)


class EvenArrivals(ArrivalsByRate):
    """Customers who write in one after the other as evenly as the rate allows: the k-th when k − 1/2 are expected."""

    kind: Annotated[Literal["even"], Field(description="as evenly as the rate allows")]

    def times(self, rng: np.random.Generator, clock: Clock, days: int) -> FloatArray:
        """Arrival times in seconds since the start of the run, ascending, all below the horizon; without surges. Only
        the day factors are random.
        """
        return self.arriving(self.rate_over(clock, days).by_day(self.day_factors(rng, days)), rng)

    def arriving(self, rate: Rate, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002 - as of random arrivals
        """Arrival times, ascending, of a stream of this kind with a rate."""
        return rate.even()


class ReplayedArrivals(FileModel):
    """Customers who write in when they were recorded to, in every replication."""

    surges: ClassVar[tuple[Surge, ...]] = ()

    kind: Annotated[Literal["replayed"], Field(description="when they were recorded to")]
    replay: Annotated[
        str | None,
        Field(
            min_length=1,
            description="a CSV file, beside the scenario or by its path from there, with the column `arrives`: local "
            "dates and times such as `2026-03-02 10:15:00`, or durations since the start of the run; in any order",
        ),
    ] = None
    at: Annotated[
        tuple[Duration, ...] | None,
        Field(min_length=1, description="arrivals as durations since the start of the run, in any order; or `replay`"),
    ] = None

    @model_validator(mode="after")
    def _says_one(self) -> ReplayedArrivals:
        if (self.replay is None) == (self.at is None):
            raise BadValue("replayed arrivals come from either `replay`, a CSV file, or `at`, a list")
        return self

    def expected(self, clock: Clock, days: int) -> FloatArray:
        """Arrivals in each elapsed hour of the run; shape (days × 24,)."""
        at_s = self.times(None, clock, days)
        return np.bincount((at_s // HOUR_S).astype(np.int64), minlength=days * 24)[: days * 24].astype(np.float64)

    def times(self, rng: np.random.Generator | None, clock: Clock, days: int) -> FloatArray:  # noqa: ARG002
        """Arrival times in seconds since the start of the run, ascending."""
        if self.at is None:
            raise BadValue(f"the arrivals of `{self.replay}` have not been read; `load_scenario` reads them")
        return np.sort(np.array(self.at))

    def scaled(self, factor: float) -> Self:
        """The same customers; raises `BadValue` for any factor but 1."""
        if factor != 1:
            raise BadValue("recorded arrivals cannot be made more or fewer")
        return self


def kind(value: object) -> str | None:
    """The name of a kind of arrivals, from a file or of an object; `None` for what is none."""
    return str(value.get("kind", "poisson")) if isinstance(value, dict) else getattr(value, "kind", None)


Arrivals: TypeAlias = Annotated[
    Annotated[PoissonArrivals, Tag("poisson")]
    | Annotated[EvenArrivals, Tag("even")]
    | Annotated[ReplayedArrivals, Tag("replayed")],
    Discriminator(kind),
]
"""The stream of new problems."""
