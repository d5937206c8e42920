"""Several classes of customers and pools of agents, solved as a Markov chain: the V, N, W and X designs and their like.

Poisson arrivals, exponential handle times and patience. Rates are per one unit of time; waits come back in that unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import BadValue
from .arguments import require_counts, require_not_negative, require_positive, require_same_length, require_stable
from .chains import steady_state_within

SkillState = tuple[tuple[int, ...], tuple[int, ...]]
"""Agents busy in each group, and the queue of each class."""


@dataclass(frozen=True, slots=True)
class SkillClass:
    """One class of customers: `pools` are the places of those that serve it, in the order in which it tries them.

    `service_rates` has an entry for each of these pools. `impatience_rate` is one over the mean patience; 0 if nobody
    leaves.
    """

    arrival_rate: float
    impatience_rate: float
    pools: tuple[int, ...]
    service_rates: tuple[float, ...]

    def __post_init__(self) -> None:
        require_positive(arrival_rate=self.arrival_rate)
        require_not_negative(impatience_rate=self.impatience_rate)
        require_same_length(pools=self.pools, service_rates=self.service_rates)
        for rate in self.service_rates:
            require_positive(service_rate=rate)
        if len(set(self.pools)) < len(self.pools):
            raise BadValue(f"`pools` are {self.pools}; give each pool once")

    @property
    def paces(self) -> tuple[tuple[int, float], ...]:
        """Each pool with the rate at which it serves this class."""
        return tuple(zip(self.pools, self.service_rates, strict=True))


@dataclass(frozen=True, slots=True)
class SkillPool:
    """Agents of one kind; who gets free takes the first of the classes in `serves` that has a queue."""

    agents: int
    serves: tuple[int, ...]

    def __post_init__(self) -> None:
        require_counts(agents=self.agents)


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """What one class meets: P(W > 0), P(Ab), the mean wait of everybody and the mean queue."""

    delay_probability: float
    abandonment_probability: float
    mean_wait: float
    mean_queue: float


@dataclass(frozen=True, slots=True)
class SkillMeasures:
    """The classes, the occupancy of each pool, and the share who leave of all classes together."""

    classes: tuple[ClassMeasures, ...]
    occupancies: tuple[float, ...]
    abandonment_probability: float


def skill_design(classes: tuple[SkillClass, ...], pools: tuple[SkillPool, ...]) -> SkillMeasures:
    """Several classes and pools, first come first served in a class, with priorities that do not interrupt.

    An arrival takes a free agent of the first of its pools that has one, and else waits. Raises `BadValue` if classes
    and pools do not name each other, or if the chain is too large; `Unstable` if those who never leave are too many.
    Source: exact solution of the chain of busy agents and queues; the designs are those of Garnett and Mandelbaum
    (2000), An introduction to skills-based routing and its operational complexities.
    """
    chain = _SkillChain(classes, pools)
    steady = steady_state_within(chain.start, chain.moves, lambda state: sum(state[1]))

    def of_class(number: int) -> ClassMeasures:
        each, queue = classes[number], steady.mean(lambda state: state[1][number])
        return ClassMeasures(
            # Arrivals see time averages (Wolff, 1982).
            delay_probability=steady.share(lambda state: not any(chain.free(state[0], pool) for pool in each.pools)),
            abandonment_probability=each.impatience_rate * queue / each.arrival_rate,
            mean_wait=queue / each.arrival_rate,
            mean_queue=queue,
        )

    def occupancy(pool: int) -> float:
        return 1 - steady.mean(lambda state: chain.free(state[0], pool)) / pools[pool].agents

    measures = tuple(of_class(number) for number in range(len(classes)))
    leaving = sum(each.arrival_rate * met.abandonment_probability for each, met in zip(classes, measures, strict=True))
    return SkillMeasures(
        classes=measures,
        occupancies=tuple(occupancy(pool) for pool in range(len(pools))),
        abandonment_probability=leaving / sum(each.arrival_rate for each in classes),
    )


def v_design(
    arrival_rates: tuple[float, ...], service_rate: float, impatience_rates: tuple[float, ...], agents: int
) -> SkillMeasures:
    """One pool that serves several classes, the first of them first.

    >>> urgent, other = v_design((3, 6), service_rate=1, impatience_rates=(0.5, 0.5), agents=9).classes
    >>> round(urgent.abandonment_probability, 6), round(other.abandonment_probability, 6)
    (0.045049, 0.141673)
    """
    require_same_length(arrival_rates=arrival_rates, impatience_rates=impatience_rates)
    classes = tuple(
        SkillClass(arrivals, leaving, (0,), (service_rate,))
        for arrivals, leaving in zip(arrival_rates, impatience_rates, strict=True)
    )
    return skill_design(classes, (SkillPool(agents, tuple(range(len(classes)))),))


def n_design(
    arrival_rates: tuple[float, float],
    service_rate: float,
    impatience_rates: tuple[float, float],
    agents: tuple[int, int],
    first: int,
) -> SkillMeasures:
    """Two pools: the first serves the first class, the second what the first cannot take, and the second class.

    A freed agent of the second pool takes class `first` (0 or 1) before the other.

    >>> design = n_design((6, 4), 1, (0.5, 0.5), agents=(5, 6), first=1)
    >>> [round(each.abandonment_probability, 6) for each in design.classes]
    [0.06625, 0.086007]
    """
    if first not in {0, 1}:
        raise BadValue(f"`first` is {first}; give 0 for the first class or 1 for the second")
    classes = (
        SkillClass(arrival_rates[0], impatience_rates[0], (0, 1), (service_rate, service_rate)),
        SkillClass(arrival_rates[1], impatience_rates[1], (1,), (service_rate,)),
    )
    return skill_design(classes, (SkillPool(agents[0], (0,)), SkillPool(agents[1], (first, 1 - first))))


class _SkillChain:
    """The chain of the agents who are busy and of those who wait."""

    def __init__(self, classes: tuple[SkillClass, ...], pools: tuple[SkillPool, ...]) -> None:
        _check_skills(classes, pools)
        self.classes, self.pools = classes, pools
        # Agents of a pool who work at one rate are alike, whatever they work on.
        self.groups = sorted({group for each in classes for group in each.paces})
        place = {group: number for number, group in enumerate(self.groups)}
        self.group_of = [{group[0]: place[group] for group in each.paces} for each in classes]

    @property
    def start(self) -> SkillState:
        """Everybody busy, nobody waiting."""
        busy = [0] * len(self.groups)
        for number, pool in enumerate(self.pools):
            busy[self.group_of[pool.serves[0]][number]] = pool.agents
        return tuple(busy), (0,) * len(self.classes)

    def free(self, busy: tuple[int, ...], pool: int) -> int:
        """How many agents of a pool are free."""
        taken = sum(count for count, group in zip(busy, self.groups, strict=True) if group[0] == pool)
        return self.pools[pool].agents - taken

    def moves(self, state: SkillState) -> Iterator[tuple[SkillState, float]]:
        """What may happen next, and at which rate."""
        busy, queues = state
        for number, each in enumerate(self.classes):
            yield self._arrived(state, number), each.arrival_rate
            if queues[number]:
                yield (busy, _changed(queues, number, -1)), queues[number] * each.impatience_rate
        for group, count in enumerate(busy):
            if count:
                yield self._ended(state, group), count * self.groups[group][1]

    def _arrived(self, state: SkillState, number: int) -> SkillState:
        busy, queues = state
        for pool in self.classes[number].pools:
            if self.free(busy, pool):
                return _changed(busy, self.group_of[number][pool], 1), queues
        return busy, _changed(queues, number, 1)

    def _ended(self, state: SkillState, group: int) -> SkillState:
        """An agent of a group is free, and takes who waits."""
        busy, queues = _changed(state[0], group, -1), state[1]
        pool = self.groups[group][0]
        for number in self.pools[pool].serves:
            if queues[number]:
                return _changed(busy, self.group_of[number][pool], 1), _changed(queues, number, -1)
        return busy, queues


def _check_skills(classes: tuple[SkillClass, ...], pools: tuple[SkillPool, ...]) -> None:
    require_same_length(classes=classes)
    require_same_length(pools=pools)
    tried = {(number, pool) for number, each in enumerate(classes) for pool in each.pools}
    served = {(number, pool) for pool, each in enumerate(pools) for number in each.serves}
    if tried != served or not all(each.serves for each in pools):
        raise BadValue(
            "classes and pools do not name each other; every class in a pool's `serves` needs that pool in its "
            "`pools`, and the other way round, both counted from 0"
        )
    stay = [each for each in classes if not each.impatience_rate]
    if stay:
        least_load = sum(each.arrival_rate / max(each.service_rates) for each in stay)
        require_stable(least_load, sum(pools[pool].agents for pool in {p for each in stay for p in each.pools}))


def _changed(counts: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    return (*counts[:place], counts[place] + by, *counts[place + 1 :])
