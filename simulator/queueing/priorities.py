"""Queues that need no chain: one agent with any law of handle times, and priorities that do not interrupt.

Rates are per one unit of time; waits come back in that unit, one for each class, in the order of the classes: the first
is the most urgent.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from .arguments import require_counts, require_not_negative, require_positive, require_same_length, require_stable
from .erlang import erlang_c


def pollaczek_khinchine(arrival_rate: float, mean_service: float, scv: float) -> float:
    """The mean wait in an M/G/1 queue that nobody leaves, first come first served.

    `scv` is the squared coefficient of variation of the handle times: 0 for constant, 1 for exponential ones.
    Raises `BadValue` for arguments out of range, `Unstable` if the agent cannot keep up.
    Source: Pollaczek (1930), Khinchine (1932): W = λ E[S²] / (2 (1 − ρ)).

    >>> round(pollaczek_khinchine(arrival_rate=0.8, mean_service=1.0, scv=1.44), 6)
    4.88
    """
    return single_agent_priority_waits((arrival_rate,), (mean_service,), (scv,))[0]


def single_agent_priority_waits(
    arrival_rates: tuple[float, ...], mean_services: tuple[float, ...], scvs: tuple[float, ...]
) -> tuple[float, ...]:
    """The mean wait of each class in an M/G/1 queue with priorities that do not interrupt and that nobody leaves.

    Raises `BadValue` for arguments out of range, `Unstable` if the agent cannot keep up with all classes together.
    Source: Cobham (1954), Priority assignment in waiting line problems:
    W_k = (Σ λ_i E[S_i²] / 2) / ((1 − s_{k−1}) (1 − s_k)), s_k = ρ_1 + … + ρ_k.

    >>> waits = single_agent_priority_waits((0.2, 0.4), (1.0, 1.0), (1.0, 1.0))
    >>> [round(wait, 6) for wait in waits]
    [0.75, 1.875]
    """
    require_same_length(arrival_rates=arrival_rates, mean_services=mean_services, scvs=scvs)
    for rate, mean, scv in zip(arrival_rates, mean_services, scvs, strict=True):
        require_positive(arrival_rate=rate, mean_service=mean)
        require_not_negative(scv=scv)
    loads = [rate * mean for rate, mean in zip(arrival_rates, mean_services, strict=True)]
    require_stable(sum(loads), 1)
    residual = sum(load * mean * (1 + scv) / 2 for load, mean, scv in zip(loads, mean_services, scvs, strict=True))
    return _priority_waits(residual, loads)


def priority_waits(arrival_rates: tuple[float, ...], service_rate: float, agents: int) -> tuple[float, ...]:
    """The mean wait of each class in an M/M/c queue with priorities that do not interrupt and that nobody leaves.

    All classes have the same service rate. Raises `BadValue` for arguments out of range, `Unstable` if the agents
    cannot keep up with all classes together.
    Source: Cobham (1954): W_k = (C(c, a) / (c μ)) / ((1 − s_{k−1}) (1 − s_k)), s_k = (λ_1 + … + λ_k) / (c μ).

    >>> [round(wait, 6) for wait in priority_waits((0.9, 1.2), service_rate=1.0, agents=3)]
    [0.23445, 0.781499]
    """
    require_same_length(arrival_rates=arrival_rates)
    for rate in arrival_rates:
        require_positive(arrival_rate=rate)
    require_positive(service_rate=service_rate)
    require_counts(agents=agents)
    capacity = agents * service_rate
    residual = erlang_c(sum(arrival_rates) / service_rate, agents) / capacity
    return _priority_waits(residual, [rate / capacity for rate in arrival_rates])


def _priority_waits(residual: float, utilisations: list[float]) -> tuple[float, ...]:
    up_to = [0.0, *accumulate(utilisations)]
    return tuple(residual / ((1 - above) * (1 - with_it)) for above, with_it in pairwise(up_to))


def conserved_wait(loads: tuple[float, ...], waits: tuple[float, ...]) -> float:
    """Σ ρ_k W_k, which no order of service changes that does not interrupt, look at handle times or leave agents idle.

    It holds for one agent with any law of handle times of the classes, and for several where all are exponential with
    one rate. `loads` are erlangs of each class.
    Source: Kleinrock (1965), A conservation law for a wide class of queueing disciplines.

    >>> round(conserved_wait((0.2, 0.4), (0.75, 1.875)), 6), round(conserved_wait((0.4, 0.2), (1.0, 2.5)), 6)
    (0.9, 0.9)
    """
    require_same_length(loads=loads, waits=waits)
    for load, wait in zip(loads, waits, strict=True):
        require_positive(load=load)
        require_not_negative(wait=wait)
    return sum(load * wait for load, wait in zip(loads, waits, strict=True))
