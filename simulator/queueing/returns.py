"""Customers who come again: retries, recontacts, bots that ask again, and conversations in the wrong inbox.

Rates are per one unit of time; waits come back in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import BadValue
from .arguments import (
    require_counts,
    require_inner_shares,
    require_not_negative,
    require_positive,
    require_shares,
    require_stable,
)
from .chains import steady_state_within
from .erlang import ErlangC
from .impatience import ErlangA

Counts = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Retrial:
    """A pool where nobody waits and who finds no free agent tries again until there is one.

    `blocked_first` is the probability that the first attempt fails, `mean_orbit` the mean number who will try again.
    """

    blocked_first: float
    mean_orbit: float


def retrial_queue(arrival_rate: float, service_rate: float, retry_rate: float, agents: int) -> Retrial:
    """M/M/c with retrials: each blocked customer tries again at `retry_rate`.

    Raises `BadValue` for arguments out of range, `Unstable` if the agents cannot keep up.
    Source: Falin and Templeton (1997), Retrial Queues, ch. 1 for one agent: E[orbit] = ρ (λ + ρν) / ((1 − ρ) ν);
    for several, the chain of busy agents and of customers who will try again (ch. 2).

    >>> retrial_queue(arrival_rate=0.5, service_rate=1, retry_rate=1, agents=1)
    Retrial(blocked_first=0.5, mean_orbit=1.0)
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, retry_rate=retry_rate)
    require_counts(agents=agents)
    load = arrival_rate / service_rate
    require_stable(load, agents)
    if agents == 1:
        return Retrial(load, load * (arrival_rate + load * retry_rate) / ((1 - load) * retry_rate))

    def moves(state: Counts) -> list[tuple[Counts, float]]:
        busy, orbit = state
        ends = ((busy - 1, orbit), busy * service_rate)
        if busy == agents:
            return [((busy, orbit + 1), arrival_rate), ends]
        retried = [((busy + 1, orbit - 1), orbit * retry_rate)] if orbit else []
        return [((busy + 1, orbit), arrival_rate), *([ends] if busy else []), *retried]

    steady = steady_state_within((agents, 0), moves, lambda state: state[1])
    return Retrial(steady.share(lambda state: state[0] == agents), steady.mean(lambda state: state[1]))


@dataclass(frozen=True, slots=True)
class Retrying:
    """Erlang A whose leavers may try again.

    `attempt_rate`: attempts per unit of time, first ones included; `abandonment_probability`: of an attempt;
    `lost_share`: of the customers, who leave and do not try again; `delay_probability`: share of time without a free
    agent, which is what new customers meet.
    """

    attempt_rate: float
    delay_probability: float
    abandonment_probability: float
    lost_share: float
    occupancy: float
    mean_queue: float
    mean_orbit: float


def erlang_a_with_retries(
    arrival_rate: float, service_rate: float, impatience_rate: float, agents: int, retry_share: float, retry_rate: float
) -> Retrying:
    """M/M/n+M where who leaves tries again with the probability `retry_share`, after a time of mean 1/`retry_rate`.

    Raises `BadValue` for arguments out of range or a chain that is too large, `Unstable` if all try again and the
    agents cannot keep up.
    Source: exact solution of the chain of (in the system, will try again); Falin and Templeton (1997), Retrial Queues.

    >>> desk = erlang_a_with_retries(5, 0.5, 0.5, agents=11, retry_share=0.5, retry_rate=0.1)
    >>> round(desk.attempt_rate, 6), round(desk.lost_share, 6)
    (5.278493, 0.055699)
    """
    require_positive(
        arrival_rate=arrival_rate, service_rate=service_rate, impatience_rate=impatience_rate, retry_rate=retry_rate
    )
    require_counts(agents=agents)
    require_shares(retry_share=retry_share)
    if retry_share == 1:
        require_stable(arrival_rate / service_rate, agents)

    def moves(state: Counts) -> list[tuple[Counts, float]]:
        inside, orbit = state
        leaving = max(inside - agents, 0) * impatience_rate
        found = [((inside + 1, orbit), arrival_rate)]
        if inside:
            ends = min(inside, agents) * service_rate + leaving * (1 - retry_share)
            found += [((inside - 1, orbit), ends), ((inside - 1, orbit + 1), leaving * retry_share)]
        if orbit:
            found.append(((inside + 1, orbit - 1), orbit * retry_rate))
        return found

    steady = steady_state_within((agents, 0), moves, lambda state: max(state[0] - agents, state[1]))
    queue = steady.mean(lambda state: max(state[0] - agents, 0))
    orbit = steady.mean(lambda state: state[1])
    attempts = arrival_rate + retry_rate * orbit
    leaving = impatience_rate * queue
    return Retrying(
        attempt_rate=attempts,
        delay_probability=steady.share(lambda state: state[0] >= agents),
        abandonment_probability=leaving / attempts,
        lost_share=leaving * (1 - retry_share) / arrival_rate,
        occupancy=steady.mean(lambda state: min(state[0], agents)) / agents,
        mean_queue=queue,
        mean_orbit=orbit,
    )


def with_recontacts(arrival_rate: float, service_rate: float, agents: int, return_share: float) -> ErlangC:
    """M/M/c whose served customers write again with the probability `return_share`, as a visit sees it.

    Every visit, first or not, sees Erlang C at the rate λ / (1 − p), whatever the delay. Raises `Unstable` if the
    agents cannot keep up.
    Source: Jackson (1957), Networks of waiting lines; Yom-Tov and Mandelbaum (2014), Erlang-R.

    >>> round(with_recontacts(8, 1, agents=12, return_share=0.2).delay_probability, 6)
    0.449388
    """
    require_shares(return_share=return_share)
    if return_share == 1:
        raise BadValue("`return_share` is 1: everybody writes for ever; give a share below 1")
    return ErlangC(arrival_rate / (1 - return_share), service_rate, agents)


def behind_bot(
    arrival_rate: float, hand_over_share: float, service_rate: float, agents: int, impatience_rate: float = 0.0
) -> ErlangC | ErlangA:
    """The people behind a bot that is never busy: what it hands over is Poisson, however long it talks.

    Erlang A with an impatience rate, Erlang C without. Raises as these do.
    Source: Mirasol (1963), The output of an M/G/∞ queuing system is Poisson.

    >>> people = behind_bot(arrival_rate=60, hand_over_share=0.35, service_rate=5, agents=7)
    >>> round(people.delay_probability, 6), round(people.mean_wait, 6)
    (0.165054, 0.01179)
    """
    require_shares(hand_over_share=hand_over_share)
    require_not_negative(impatience_rate=impatience_rate)
    handed_over = arrival_rate * hand_over_share
    if impatience_rate:
        return ErlangA(handed_over, service_rate, impatience_rate, agents)
    return ErlangC(handed_over, service_rate, agents)


@dataclass(frozen=True, slots=True)
class BotTurns:
    """The share of conversations that a bot resolves, and its mean number of turns."""

    resolved_share: float
    mean_turns: float


def bot_turns(understood_share: float, misses: int) -> BotTurns:
    """A bot that understands each turn with the same probability, and a customer who gives up after so many misses.

    Source: the geometric law, cut: 1 − (1 − u)^m and (1 − (1 − u)^m) / u.

    >>> bot_turns(understood_share=0.5, misses=3)
    BotTurns(resolved_share=0.875, mean_turns=1.75)
    """
    require_shares(understood_share=understood_share)
    require_counts(misses=misses)
    if not understood_share:
        return BotTurns(0.0, float(misses))
    resolved = 1 - (1 - understood_share) ** misses
    return BotTurns(resolved, resolved / understood_share)


@dataclass(frozen=True, slots=True)
class Misroutes:
    """Conversations that are placed, and placed again, with the same chance to be right: `right_share`."""

    right_share: float

    def __post_init__(self) -> None:
        if self.right_share != 1:
            require_inner_shares(right_share=self.right_share)

    @property
    def mean_assignments(self) -> float:
        """The mean number of inboxes that a conversation sees, the right one included.

        >>> round(Misroutes(0.6).mean_assignments, 6)
        1.666667
        """
        return 1 / self.right_share

    def at_least(self, assignments: int) -> float:
        """The probability of so many inboxes or more."""
        require_counts(assignments=assignments)
        return (1 - self.right_share) ** (assignments - 1)

    def load_factor(self, wrong_touch: float, right_touch: float) -> float:
        """Work for people, as a multiple of what it would be were every first inbox right.

        A touch in a wrong inbox and one in the right inbox cost so much time.

        >>> round(Misroutes(0.6).load_factor(wrong_touch=2, right_touch=10), 6)
        1.133333
        """
        require_not_negative(wrong_touch=wrong_touch)
        require_positive(right_touch=right_touch)
        return 1 + (self.mean_assignments - 1) * wrong_touch / right_touch


@dataclass(frozen=True, slots=True)
class Containment:
    """Conversations per unit of time: handed over by the bot, contained by it, back after that, and for people."""

    handed_over: float
    contained: float
    recontacts: float
    for_people: float


def containment(
    problem_rate: float, contained_share: float, return_share: float, *, back_to_bot: bool = False
) -> Containment:
    """What containment leaves to people when a share of the contained comes back unsolved.

    Who comes back reaches a person at once; or, with `back_to_bot`, meets the bot as anybody does, and may come back
    again. Raises `BadValue` if everybody would come back for ever.
    Source: counting; recontacts = contained · f, work for people = handed over + contained · f.

    >>> once = containment(problem_rate=100, contained_share=0.78, return_share=0.5)
    >>> once.recontacts, once.for_people
    (39.0, 61.0)
    """
    require_positive(problem_rate=problem_rate)
    require_shares(contained_share=contained_share, return_share=return_share)
    comes_back = contained_share * return_share
    if not back_to_bot:
        handed_over = problem_rate * (1 - contained_share)
        recontacts = problem_rate * comes_back
        return Containment(handed_over, problem_rate * contained_share, recontacts, handed_over + recontacts)
    if comes_back == 1:
        raise BadValue("everybody is contained and comes back for ever; give a share below 1")
    conversations = problem_rate / (1 - comes_back)
    handed_over = conversations * (1 - contained_share)
    return Containment(handed_over, conversations * contained_share, conversations * comes_back, handed_over)
