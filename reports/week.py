"""Waits by the hour in which people joined an inbox, over the week, policies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ..calendar import WEEKDAYS
from ..quantities import format_duration
from ..simulator.experiment import Experiment

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

HOUR_S = 3600.0
WEEK_HOURS = 168


@dataclass(frozen=True)
class Week:
    """Waits by hour, means over the replications (and over the weeks, where the run is longer than one).

    labels    of each hour, `Mon 10:00`, local time
    days      first hour of each day
    closed    bool, by hour: nobody is on duty in any team
    left_out  hours at the beginning that are shown and do not count: the warm-up
    queued    shape (policies, hours): conversations that joined an inbox in an average week
    mean_s, p90_s   shape (policies, hours): their mean wait and the wait that nine of ten do not exceed, to the reply
                    or to leaving; NaN = nobody waited in any replication
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    days: tuple[int, ...]
    closed: BoolArray
    queued: FloatArray
    mean_s: FloatArray
    p90_s: FloatArray
    left_out: int = 0

    @property
    def hours(self) -> int:
        """Number of hours."""
        return len(self.labels)

    def sentences(self) -> tuple[str, ...]:
        """What there is to see, one sentence a policy."""
        return tuple(self._sentence(number) for number in range(len(self.names)))

    def _sentence(self, number: int) -> str:
        name, mean_s = self.names[number], self.mean_s[number]
        told = ~np.isnan(mean_s) & (np.arange(self.hours) >= self.left_out)
        if not told.any():
            return f"{name}: nobody waited for a person."
        parts = [
            f"{format_duration(self._mean_of(number, rows))} on average for those who joined while {when}"
            for when, rows in (("somebody was on duty", told & ~self.closed), ("nobody was", told & self.closed))
            if rows.any()
        ]
        open_s = np.where(told & ~self.closed, mean_s, np.nan)
        if not np.isnan(open_s).all():
            worst = int(np.nanargmax(open_s))
            parts.append(
                f"the worst hour with somebody on duty: {self.labels[worst]}, {format_duration(float(open_s[worst]))}"
            )
        return f"{name}: {'; '.join(parts)}."

    def _mean_of(self, number: int, rows: BoolArray) -> float:
        """The mean wait of a policy's conversations in some hours."""
        return float(np.average(self.mean_s[number][rows], weights=self.queued[number][rows]))


def week_of(experiment: Experiment) -> Week:
    """The waits of an experiment. A run of more than a week is folded onto the week, from Monday, without the hours
    that begin in the warm-up.
    """
    scenario, clock = experiment.scenario, experiment.scenario.clock
    starts_s = np.arange(scenario.days * 24, dtype=np.float64) * HOUR_S
    on_duty = np.sum([team.agents(clock, starts_s + HOUR_S / 2) for team in scenario.teams.values()], axis=0)
    queued, mean_s, p90_s = (
        np.array([[getattr(summary, name) for summary in each] for each in experiment.summaries], dtype=np.float64)
        for name in ("queued", "wait_mean_s", "wait_p90_s")
    )
    folds = scenario.days > 7
    warm_up_s = 0.0 if experiment.warm_up is None else experiment.warm_up.lasts_s
    if folds and warm_up_s:
        counts = starts_s >= warm_up_s
        starts_s, on_duty = starts_s[counts], on_duty[counts]
        queued, mean_s, p90_s = queued[..., counts], mean_s[..., counts], p90_s[..., counts]
    place = clock.hour_of_week(starts_s) if folds else np.arange(starts_s.size)
    hours = WEEK_HOURS if folds else starts_s.size
    labels = tuple(
        f"{WEEKDAYS[hour // 24]} {hour % 24:02d}:00" if folds else clock.label(float(starts_s[hour]))
        for hour in range(hours)
    )
    weeks = np.maximum(np.bincount(place, minlength=hours), 1)
    return Week(
        names=experiment.names,
        labels=labels,
        days=tuple(hour for hour in range(hours) if hour == 0 or labels[hour][:3] != labels[hour - 1][:3]),
        closed=np.bincount(place, weights=on_duty == 0, minlength=hours) == weeks,
        queued=_sums(queued.mean(axis=1), place, hours) / weeks,
        mean_s=_means(mean_s, place, hours),
        p90_s=_means(p90_s, place, hours),
        left_out=0 if folds else ceil(warm_up_s / HOUR_S),
    )


def _sums(by_policy: FloatArray, place: NDArray[np.int64], hours: int) -> FloatArray:
    """Columns of the same place added up."""
    return np.array([np.bincount(place, weights=row, minlength=hours) for row in by_policy])


def _means(values: FloatArray, place: NDArray[np.int64], hours: int) -> FloatArray:
    """From shape (policies, replications, elapsed hours) to (policies, hours): means of what is a number."""
    counts = _sums((~np.isnan(values)).sum(axis=1).astype(np.float64), place, hours)
    totals = _sums(np.nansum(values, axis=1), place, hours)
    return np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)


def closed_spans(closed: Sequence[bool] | BoolArray) -> tuple[tuple[int, int], ...]:
    """Stretches of closed hours, each from its first hour to the hour after its last.

    >>> closed_spans([True, False, True, True])
    ((0, 1), (2, 4))
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(closed, dtype=np.int8), [0]])))
    return tuple((int(first), int(after)) for first, after in zip(edges[::2], edges[1::2], strict=True))
