"""When customers write in: a Poisson stream whose rate follows the hour, the weekday and how busy the day turns out to
be.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..calendar import WEEKDAYS, Clock
from ..documents import FileModel
from ..quantities import Weight

HOUR_S = 3600.0
DAY_S = 86400.0

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


class Arrivals(FileModel):
    """The stream of new problems."""

    per_week: Annotated[float, Field(gt=0, le=1e9, description="expected new problems in a full week")]
    by_hour: Annotated[
        tuple[Weight, ...],
        Field(min_length=24, max_length=24, description="relative busyness of the 24 hours of the day, local time"),
    ] = (1.0,) * 24
    by_weekday: ByWeekday = ByWeekday()
    day_factor_shape: Annotated[
        float | None,
        Field(
            gt=0,
            description="shape of the gamma factor, mean 1, that makes whole days busier or quieter",
        ),
    ] = None

    def expected(self, clock: Clock, days: int) -> FloatArray:
        """Expected arrivals in each elapsed hour of the run, before the day factor; shape (days × 24,)."""
        by_day = np.array([getattr(self.by_weekday, day) for day in WEEKDAYS])
        weights = np.outer(by_day, np.array(self.by_hour)).ravel()
        hours = clock.hour_of_week(np.arange(days * 24) * HOUR_S)
        return np.asarray(self.per_week * weights[hours] / (weights.sum() or 1.0))

    def times(self, rng: np.random.Generator, clock: Clock, days: int) -> FloatArray:
        """Arrival times in seconds since the start of the run, ascending, all below the horizon.

        Within an hour the rate is constant: a Poisson number of arrivals, uniform in the hour.
        """
        factors = (
            np.ones(days)
            if self.day_factor_shape is None
            else rng.gamma(self.day_factor_shape, 1 / self.day_factor_shape, days)
        )
        counts = rng.poisson(self.expected(clock, days) * np.repeat(factors, 24))
        at_s = np.repeat(np.arange(days * 24) * HOUR_S, counts)
        at_s += rng.random(at_s.size) * HOUR_S
        at_s.sort()
        return at_s
