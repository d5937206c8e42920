"""How many agents: the least for a target, square-root staffing and its limits, shrinkage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, exp, pi, sqrt

from ...errors import BadValue
from .arguments import require_counts, require_inner_shares, require_not_negative, require_positive, require_shares
from .erlang import ErlangC
from .impatience import ErlangA

MOST_AGENTS = 1_000_000
# Of an agent; less is rounding, for which nobody is hired.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Target:
    """What a pool of agents has to reach; `None` leaves a measure free.

    `service_level`: share of all who arrive that is answered `within` a time, at least. The other measures are at most:
    share who leave, mean wait of everybody, share of their time that agents are busy.
    """

    service_level: float | None = None
    within: float = 0.0
    abandonment: float | None = None
    mean_wait: float | None = None
    occupancy: float | None = None

    def __post_init__(self) -> None:
        require_not_negative(within=self.within)
        limits = {
            "service_level": self.service_level, "abandonment": self.abandonment, "occupancy": self.occupancy,
        }  # fmt: skip
        require_inner_shares(**{name: value for name, value in limits.items() if value is not None})
        if self.mean_wait is not None:
            require_positive(mean_wait=self.mean_wait)
        elif all(value is None for value in limits.values()):
            raise BadValue("the target is empty; give a service level, abandonment, mean wait or occupancy")

    def met_by(self, pool: ErlangC | ErlangA) -> bool:
        """Whether a pool reaches every part of the target."""
        return (
            _at_most(pool.occupancy, self.occupancy)
            and _at_most(pool.mean_wait, self.mean_wait)
            and (isinstance(pool, ErlangC) or _at_most(pool.abandonment_probability, self.abandonment))
            and (self.service_level is None or _service_level(pool, self.within) >= self.service_level)
        )


def least_agents(arrival_rate: float, service_rate: float, target: Target, impatience_rate: float = 0.0) -> int:
    """The fewest agents that meet a target: by Erlang C if nobody leaves, by Erlang A with an impatience rate.

    Times of the target are in the unit of the rates. Raises `BadValue` for arguments out of range, or if a million
    agents do not do.

    >>> least_agents(100 / 30, 1 / 3, Target(service_level=0.8, within=20 / 60))
    14
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    require_not_negative(impatience_rate=impatience_rate)
    load = arrival_rate / service_rate

    def enough(agents: int) -> bool:
        if impatience_rate:
            return target.met_by(ErlangA(arrival_rate, service_rate, impatience_rate, agents))
        return agents > load and target.met_by(ErlangC(arrival_rate, service_rate, agents))

    return _least(enough, max(1, ceil(load)))


def square_root_agents(load: float, beta: float) -> int:
    """Agents for a load with the quality of service β: the load and β times its square root, rounded up.

    Source: Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers.

    >>> square_root_agents(load=100, beta=1)
    110
    """
    require_positive(load=load)
    agents = ceil(load + beta * sqrt(load) - ROUNDING)
    if agents < 1:
        raise BadValue(f"`beta` is {beta:g}, which leaves no agents for a load of {load:g}; give a higher one")
    return agents


def quality_of_service(load: float, agents: int) -> float:
    """The β of a staffing: agents above the load, in square roots of the load; negative where there are too few.

    >>> quality_of_service(load=100, agents=110)
    1.0
    """
    require_positive(load=load)
    require_counts(agents=agents)
    return (agents - load) / sqrt(load)


def halfin_whitt_delay(beta: float) -> float:
    """P(W > 0) of a large M/M/c pool with the quality of service β, above 0: 1 / (1 + β Φ(β) / φ(β)).

    Source: Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers.

    >>> round(halfin_whitt_delay(1.0), 6)
    0.223361
    """
    from scipy.special import ndtr

    require_positive(beta=beta)
    density = exp(-(beta**2) / 2) / sqrt(2 * pi)
    return density / (density + beta * float(ndtr(beta)))


def garnett_delay(beta: float, patience_ratio: float) -> float:
    """P(W > 0) of a large M/M/n+M pool with the quality of service β, of either sign.

    `patience_ratio` is θ/μ: mean handle time over mean patience.
    Source: Garnett, Mandelbaum and Reiman (2002), Designing a call center with impatient customers:
    1 / (1 + √(θ/μ) h(β √(μ/θ)) / h(−β)), h = φ / (1 − Φ).

    >>> round(garnett_delay(1.0, patience_ratio=0.25), 6)
    0.195088
    """
    require_positive(patience_ratio=patience_ratio)
    waits = _hazard(-beta)
    return waits / (waits + sqrt(patience_ratio) * _hazard(beta / sqrt(patience_ratio)))


def beta_for_delay(delay_probability: float, patience_ratio: float | None = None) -> float:
    """The quality of service β at which a large pool lets this share of its customers wait.

    By Garnett, Mandelbaum and Reiman with a `patience_ratio` (θ/μ), by Halfin and Whitt without.

    >>> round(beta_for_delay(0.223361), 4), round(beta_for_delay(0.308538, patience_ratio=1.0), 4)
    (1.0, 0.5)
    """
    require_inner_shares(delay_probability=delay_probability)
    if patience_ratio is None:
        return _falls_to(delay_probability, halfin_whitt_delay, 0.0)
    ratio = patience_ratio
    return _falls_to(delay_probability, lambda beta: garnett_delay(beta, ratio), -BETA_LIMIT)


def scheduled_agents(required: float, shrinkage: float) -> float:
    """Agents to have on the books, so that `required` are there when a share of paid time is not worked.

    Source: Cleveland (2012), Call Center Management on Fast Forward: required / (1 − shrinkage), never times
    (1 + shrinkage).

    >>> scheduled_agents(required=14, shrinkage=0.3)
    20.0
    """
    require_not_negative(required=required)
    require_shares(shrinkage=shrinkage)
    if shrinkage == 1:
        raise BadValue("`shrinkage` is 1: nobody is ever there; give a share below 1")
    return required / (1 - shrinkage)


# Beyond it the normal law is 0 or 1 in floating point.
BETA_LIMIT = 37.0


def _falls_to(level: float, curve: Callable[[float], float], low: float) -> float:
    """Where a falling curve reaches a level, by bisection."""
    high = BETA_LIMIT
    for _ in range(100):
        middle = (low + high) / 2
        if curve(middle) > level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _hazard(x: float) -> float:
    """The hazard of the standard normal law, φ / (1 − Φ)."""
    from scipy.special import erfcx

    return sqrt(2 / pi) / float(erfcx(x / sqrt(2)))


def _least(enough: Callable[[int], bool], guess: int) -> int:
    """The least number that is enough, where every larger one is."""
    too_few, number = 0, guess
    while not enough(number):
        too_few, number = number, 2 * number
        if number > MOST_AGENTS:
            raise BadValue(f"{MOST_AGENTS} agents do not reach the target; give an easier one")
    while number - too_few > 1:
        middle = (too_few + number) // 2
        if enough(middle):
            number = middle
        else:
            too_few = middle
    return number


def _at_most(value: float, limit: float | None) -> bool:
    return limit is None or value <= limit


def _service_level(pool: ErlangC | ErlangA, within: float) -> float:
    return pool.service_level(within) if isinstance(pool, ErlangC) else pool.service_levels(within).of_offered
