"""How many agents would be busy if there were enough for everybody, while arrivals change: the modified offered load.

The number in service of an M_t/G/∞ queue that starts empty is Poisson with the mean m(t) computed here. Rates and
moments share one unit of time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue
from .arguments import require_inner_shares, require_not_negative, require_positive, require_same_length
from .panels import Panels
from .times import Survival

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SinusoidalRate:
    """Arrivals at the rate mean + amplitude · sin(frequency · t)."""

    mean: float
    amplitude: float
    frequency: float = 1.0

    def __post_init__(self) -> None:
        require_positive(mean=self.mean, frequency=self.frequency)
        require_not_negative(amplitude=self.amplitude)
        if self.amplitude > self.mean:
            raise BadValue(f"`amplitude` is {self.amplitude:g}; give at most the mean, {self.mean:g}")

    def at(self, moments: FloatArray) -> FloatArray:
        """The arrival rate at each moment."""
        return np.asarray(self.mean + self.amplitude * np.sin(self.frequency * moments))

    def load(self, moments: FloatArray, service_rate: float) -> FloatArray:
        """m(t) at each moment, for exponential handle times and arrivals that have always been so.

        Source: Eick, Massey and Whitt (1993), M_t/G/∞ queues with sinusoidal arrival rates:
        a/μ + b (μ sin ct − c cos ct) / (μ² + c²).

        >>> rate = SinusoidalRate(mean=100, amplitude=20)
        >>> rate.load(np.pi * np.array([0.5, 1.0]), service_rate=1.0).round(6).tolist()
        [110.0, 110.0]
        """
        require_positive(service_rate=service_rate)
        c, angle = self.frequency, self.frequency * moments
        swing = (service_rate * np.sin(angle) - c * np.cos(angle)) / (service_rate**2 + c**2)
        return np.asarray(self.mean / service_rate + self.amplitude * swing)


@dataclass(frozen=True, slots=True)
class PiecewiseRate:
    """Arrivals at a rate that is a straight line in every period, from `starts_at[i]` to `ends_at[i]`.

    `edges` are the moments between which the periods lie, one more than there are periods. Before the first and after
    the last nobody arrives, unless it is `periodic`: then the periods have repeated for ever.
    """

    edges: tuple[float, ...]
    starts_at: tuple[float, ...]
    ends_at: tuple[float, ...]
    periodic: bool = False

    @classmethod
    def constant(cls, edges: tuple[float, ...], rates: tuple[float, ...], periodic: bool = False) -> PiecewiseRate:
        """One rate for each period."""
        return cls(edges, rates, rates, periodic)

    @classmethod
    def linear(cls, edges: tuple[float, ...], rates: tuple[float, ...], periodic: bool = False) -> PiecewiseRate:
        """Straight lines between the rates at the edges, one for each edge."""
        require_same_length(edges=edges, rates=rates)
        return cls(edges, rates[:-1], rates[1:], periodic)

    def __post_init__(self) -> None:
        require_same_length(starts_at=self.starts_at, ends_at=self.ends_at)
        for rate in (*self.starts_at, *self.ends_at):
            require_not_negative(rate=rate)
        if len(self.edges) != len(self.starts_at) + 1:
            raise BadValue(f"{len(self.edges)} edges, {len(self.starts_at)} periods; give one edge more than periods")
        if not (np.isfinite(self.edges).all() and (np.diff(self.edges) > 0).all()):
            raise BadValue("`edges` do not ascend; give finite moments, each later than the one before")

    def at(self, moments: FloatArray) -> FloatArray:
        """The arrival rate at each moment; at an edge, that of the period which begins."""
        edges, starts = np.array(self.edges), np.array(self.starts_at)
        if self.periodic:
            moments = edges[0] + np.mod(moments - edges[0], edges[-1] - edges[0])
        period = np.clip(np.searchsorted(edges, moments, side="right") - 1, 0, starts.size - 1)
        rates = starts[period] + self._slopes[period] * (moments - edges[period])
        return np.asarray(np.where((moments >= edges[0]) & (moments < edges[-1]), rates, 0.0))

    def load(self, moments: FloatArray, service_rate: float) -> FloatArray:
        """m(t) at each moment, for exponential handle times; the desk starts empty unless the rate is periodic.

        It solves m' = λ(t) − μ m, period by period.
        Source: Eick, Massey and Whitt (1993), The physics of the M_t/G/∞ queue.

        >>> PiecewiseRate.constant((0, 2), (30,)).load(np.array([1.0, 3.0]), service_rate=1.0).round(4).tolist()
        [18.9636, 9.5428]
        """
        require_positive(service_rate=service_rate)
        edges = np.array(self.edges)
        starts, slopes = np.append(self.starts_at, 0.0), np.append(self._slopes, 0.0)
        at_edges = self._loads_at_edges(service_rate)
        if self.periodic:
            moments = edges[0] + np.mod(moments - edges[0], edges[-1] - edges[0])
        period = np.maximum(np.searchsorted(edges, moments, side="right") - 1, 0)
        since = moments - edges[period]
        loads = _relaxed(at_edges[period], starts[period], slopes[period], since, service_rate)
        return np.where(moments >= edges[0], loads, 0.0)

    @property
    def _slopes(self) -> FloatArray:
        return np.asarray((np.array(self.ends_at) - np.array(self.starts_at)) / np.diff(self.edges))

    def _loads_at_edges(self, service_rate: float) -> FloatArray:
        lengths, slopes = np.diff(self.edges), self._slopes

        def played(first: float) -> list[float]:
            loads = [first]
            for start, slope, length in zip(self.starts_at, slopes, lengths, strict=True):
                loads.append(float(_relaxed(loads[-1], start, slope, length, service_rate)))
            return loads

        if not self.periodic:
            return np.array(played(0.0))
        # What is there at the start of a cycle decays by a known factor until its end, and the two must agree.
        return np.array(played(played(0.0)[-1] / -np.expm1(-service_rate * float(lengths.sum()))))


def _relaxed(
    before: FloatArray | float, rate: FloatArray | float, slope: FloatArray | float, since: FloatArray, mu: float
) -> FloatArray:
    """The load m after a time at a rate that began at `rate` and grows by `slope`."""
    left = np.exp(-mu * since)
    return np.asarray(before * left + (rate / mu - slope / mu**2) * (1 - left) + slope * since / mu)


def load_at(moment: float, rate: Callable[[FloatArray], FloatArray], handle_time: Survival, since: float) -> float:
    """m(t) at one moment for any arrival rate and any law of handle times, by numeric integration.

    `handle_time` is the share of handle times longer than x (see `times`); the desk is empty at the moment `since`.
    Source: Eick, Massey and Whitt (1993), The physics of the M_t/G/∞ queue: m(t) = ∫ λ(t − u) P(S > u) du.

    >>> from deskdrill.simulator.queueing import constant
    >>> round(load_at(5.0, SinusoidalRate(100, 20).at, constant(1.0), since=0.0), 6)
    81.253884
    """
    if not moment > since:
        return 0.0
    panels = Panels(np.linspace(0, moment - since, 9))

    def present(each: Panels) -> FloatArray:
        return np.asarray(rate(moment - each.nodes) * handle_time(each.nodes))

    coarse = panels.integral(present(panels))
    panels = panels.refined(present, 1e-12 * max(coarse, 1e-12))
    return panels.integral(present(panels))


def poisson_tail(mean: FloatArray | float, at_least: NDArray[np.int_] | int) -> FloatArray:
    """P(N >= at_least) for a Poisson number: P(W > 0) where patience and handle times are exponential with one mean.

    Source: Jennings, Mandelbaum, Massey and Whitt (1996), Server staffing to meet time-varying demand; exact for θ = μ
    (Feldman, Mandelbaum, Massey and Whitt, 2008).

    >>> round(float(poisson_tail(110.0, 121)), 6)
    0.158299
    """
    from scipy.special import gammainc

    counts = np.asarray(at_least)
    if (np.asarray(mean) < 0).any() or (counts < 0).any():
        raise BadValue("a mean or a number is negative; give 0 or above")
    return np.asarray(np.where(counts == 0, 1.0, gammainc(np.maximum(counts, 1), mean)))


def poisson_agents(mean: float, delay_probability: float) -> int:
    """The fewest agents that a Poisson number reaches with at most this probability.

    Source: Jennings, Mandelbaum, Massey and Whitt (1996), Server staffing to meet time-varying demand.

    >>> poisson_agents(110.0, delay_probability=0.2)
    120
    """
    require_positive(mean=mean)
    require_inner_shares(delay_probability=delay_probability)
    agents = max(1, ceil(mean))
    while agents > 1 and float(poisson_tail(mean, agents - 1)) <= delay_probability:
        agents -= 1
    while float(poisson_tail(mean, agents)) > delay_probability:
        agents += 1
    return agents
