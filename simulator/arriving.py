"""Who arrives when in one replication: the ordinary customers, those of surges whom no notice keeps away, and those who
wait already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .draws import Draws

FloatArray = NDArray[np.float64]

SURGE_NUMBERS = 1 << 40
"""The customers of surge k, from 1, are numbered from k times this on: so many customers no run has."""
BACKLOG_NUMBERS = 1 << 52
"""The customers of a backlog are numbered from here on, each inbox's from `SURGE_NUMBERS` times its team further: above
all surges.
"""


def draw_arrivals(
    scenario: Scenario, draws: Draws
) -> tuple[FloatArray, NDArray[np.int64] | None, NDArray[np.int64]]:
    """Arrival times in run seconds, ascending; the customers' numbers (None where they are those of the rows); and
    their groups: 0 ordinary, then the surges, then the inboxes with a backlog, whose customers are there at second 0.

    Ordinary customers are the same whatever surges and backlogs there are, and a surge's are the same whatever share a
    notice takes of them: a larger share takes those of a smaller one too.
    """
    arrivals, clock, days = scenario.arrivals, scenario.clock, scenario.days
    ordinary_s = arrivals.times(draws.generator("arrivals"), clock, days)
    if not arrivals.surges and not any(scenario.backlog.values()):
        return ordinary_s, None, np.zeros(ordinary_s.size, dtype=np.int64)
    times, numbers = [ordinary_s], [np.arange(ordinary_s.size, dtype=np.int64)]
    if arrivals.kind != "replayed":
        # The generator starts anew, so these are the factors that the ordinary customers met.
        factors = arrivals.day_factors(draws.generator("arrivals"), days)
        for number, surge in enumerate(arrivals.surges, 1):
            rate = arrivals.extra_rate(surge, factors, clock, days).times(float(scenario.mix(surge.intents).sum()))
            extra_s = arrivals.arriving(rate, draws.generator(f"surge {number}"))
            own = number * SURGE_NUMBERS + np.arange(extra_s.size, dtype=np.int64)
            if surge.announced is not None:
                up_s = surge.starts_s(clock) + surge.announced.after
                writes = (extra_s < up_s) | (draws.uniform(own, "notice") >= surge.announced.takes)
                extra_s, own = extra_s[writes], own[writes]
            times.append(extra_s)
            numbers.append(own)
    teams = list(scenario.teams)
    for team, waiting in scenario.backlog.items():
        first = BACKLOG_NUMBERS + teams.index(team) * SURGE_NUMBERS
        times.append(np.zeros(waiting))
        numbers.append(np.arange(first, first + waiting, dtype=np.int64))
    group = np.repeat(np.arange(len(times)), [each.size for each in times])
    arrives_s, own_number = np.concatenate(times), np.concatenate(numbers)
    order = np.argsort(arrives_s, kind="stable")
    return arrives_s[order], own_number[order], group[order]
