"""Who arrives when in one replication: the ordinary customers, and those of surges whom no notice keeps away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .draws import Draws

FloatArray = NDArray[np.float64]

SURGE_NUMBERS = 1 << 40
"""The customers of surge k, from 1, are numbered from k times this on: so many customers no run has."""


def draw_arrivals(
    scenario: Scenario, draws: Draws
) -> tuple[FloatArray, NDArray[np.int64] | None, NDArray[np.int64]]:
    """Arrival times in run seconds, ascending; the customers' numbers (None where they are those of the rows); and
    their groups: 0 ordinary, else the surge's number from 1.

    Ordinary customers are the same whatever surges there are, and a surge's are the same whatever share a notice takes
    of them: a larger share takes those of a smaller one too.
    """
    arrivals, clock, days = scenario.arrivals, scenario.clock, scenario.days
    ordinary_s = arrivals.times(draws.generator("arrivals"), clock, days)
    if arrivals.kind == "replayed" or not arrivals.surges:
        return ordinary_s, None, np.zeros(ordinary_s.size, dtype=np.int64)
    times, numbers = [ordinary_s], [np.arange(ordinary_s.size, dtype=np.int64)]
    # The generator starts anew, so these are the factors that the ordinary customers met.
    factors = arrivals.day_factors(draws.generator("arrivals"), days)
    for group, surge in enumerate(arrivals.surges, 1):
        rate = arrivals.extra_rate(surge, factors, clock, days).times(float(scenario.mix(surge.intents).sum()))
        extra_s = arrivals.arriving(rate, draws.generator(f"surge {group}"))
        number = group * SURGE_NUMBERS + np.arange(extra_s.size, dtype=np.int64)
        if surge.announced is not None:
            up_s = surge.starts_s(clock) + surge.announced.after
            writes = (extra_s < up_s) | (draws.uniform(number, "notice") >= surge.announced.takes)
            extra_s, number = extra_s[writes], number[writes]
        times.append(extra_s)
        numbers.append(number)
    arrives_s, number = np.concatenate(times), np.concatenate(numbers)
    order = np.argsort(arrives_s, kind="stable")
    return arrives_s[order], number[order], number[order] // SURGE_NUMBERS
