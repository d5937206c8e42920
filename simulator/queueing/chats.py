"""Agents who hold several chats at once, at a speed that depends on how many, solved as a Markov chain."""

from __future__ import annotations

from dataclasses import dataclass

from .arguments import require_counts, require_not_negative, require_positive, require_same_length, require_stable
from .chains import steady_state_within

ChatState = tuple[tuple[int, ...], int]
"""Agents who hold 0, 1, 2, … chats, and the queue."""


@dataclass(frozen=True, slots=True)
class ChatMeasures:
    """What customers and agents meet where agents hold several chats.

    `mean_wait` is that of everybody; `mean_chats` are those held by all agents; `agent_utilisation` is the share of
    their time that agents hold a chat, `slot_utilisation` the share of all places for chats that are taken;
    `mean_duration` is that of a chat once answered.
    """

    delay_probability: float
    abandonment_probability: float
    mean_wait: float
    mean_queue: float
    mean_chats: float
    agent_utilisation: float
    slot_utilisation: float
    mean_duration: float


def chat_design(
    arrival_rate: float, service_rates: tuple[float, ...], agents: int, impatience_rate: float
) -> ChatMeasures:
    """Agents who each hold at most as many chats as there are `service_rates`: the k-th is that of each of k chats.

    Arrivals go to the least loaded agent, or wait if all hold the most; no chat moves from one agent to another.
    `impatience_rate` is one over the mean of an exponential patience; 0 if nobody leaves. Rates are per one unit of
    time; waits come back in that unit. Raises `BadValue` for arguments out of range or a chain that is too large,
    `Unstable` if nobody leaves and the agents cannot keep up.
    Source: exact solution of the chain; compare Tezcan and Zhang (2014), Routing and staffing in customer service chat
    systems with impatient customers.

    >>> desk = chat_design(arrival_rate=2, service_rates=(1, 0.6, 0.45), agents=1, impatience_rate=0.25)
    >>> round(desk.abandonment_probability, 6), round(desk.mean_duration, 6)
    (0.35201, 2.14594)
    """
    require_positive(arrival_rate=arrival_rate)
    require_same_length(service_rates=service_rates)
    for rate in service_rates:
        require_positive(service_rate=rate)
    require_counts(agents=agents)
    require_not_negative(impatience_rate=impatience_rate)
    most = len(service_rates)
    if not impatience_rate:
        require_stable(arrival_rate / (most * service_rates[-1]), agents)

    def moves(state: ChatState) -> list[tuple[ChatState, float]]:
        holding, queue = state
        least = next((k for k in range(most) if holding[k]), None)
        if least is None:
            found: list[tuple[ChatState, float]] = [((holding, queue + 1), arrival_rate)]
        else:
            found = [((_shifted(holding, least, 1), queue), arrival_rate)]
        for k in range(1, most + 1):
            if holding[k]:
                then = (holding, queue - 1) if queue else (_shifted(holding, k, -1), 0)
                found.append((then, holding[k] * k * service_rates[k - 1]))
        if queue:
            found.append(((holding, queue - 1), queue * impatience_rate))
        return found

    start: ChatState = ((0,) * most + (agents,), 0)
    steady = steady_state_within(start, moves, lambda state: state[1])
    queue = steady.mean(lambda state: state[1])
    chats = steady.mean(lambda state: sum(k * count for k, count in enumerate(state[0])))
    leaving = impatience_rate * queue
    return ChatMeasures(
        delay_probability=steady.share(lambda state: state[0][most] == agents),
        abandonment_probability=leaving / arrival_rate,
        mean_wait=queue / arrival_rate,
        mean_queue=queue,
        mean_chats=chats,
        agent_utilisation=1 - steady.mean(lambda state: state[0][0]) / agents,
        slot_utilisation=chats / (agents * most),
        mean_duration=chats / (arrival_rate - leaving),
    )


def _shifted(holding: tuple[int, ...], chats: int, by: int) -> tuple[int, ...]:
    """One agent who held so many chats holds one more or less."""
    after = list(holding)
    after[chats] -= 1
    after[chats + by] += 1
    return tuple(after)
