"""The steady state of a Markov chain that is told as a function: from a state, to which others, at which rates."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue, DeskdrillError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
S = TypeVar("S", bound=Hashable)
Moves = Callable[[S], Iterable[tuple[S, float]]]
"""From a state to its next states, each with its rate; rates of 0 are ignored."""

BORDER = 1e-12
MOST_STATES = 400_000
# One over how many moves a long time is, and the imbalance that rounding may leave.
SOON = 1e-10
RESIDUAL = 1e-12


class TooManyStates(BadValue):
    """A chain that is too large to be solved."""


class Truncated(DeskdrillError):
    """An endless chain was cut where it still spends time: `border` is the share of time at the cut."""

    def __init__(self, border: float) -> None:
        super().__init__(border)
        self.border = border

    def __str__(self) -> str:
        return f"the chain was cut where it spends {self.border:.2g} of its time; keep more states"


@dataclass(frozen=True, slots=True)
class SteadyState(Generic[S]):
    """The share of time that a chain spends in each state; `border` is that of the states from which moves were cut."""

    states: tuple[S, ...]
    shares: FloatArray
    border: float

    def share(self, holds: Callable[[S], bool]) -> float:
        """The share of time in states of which something holds."""
        return self.mean(lambda state: float(holds(state)))

    def mean(self, value: Callable[[S], float]) -> float:
        """The mean over time of a number that each state has."""
        return float(np.fromiter(map(value, self.states), dtype=float, count=len(self.states)) @ self.shares)


def steady_state(
    start: S, moves: Moves[S], keep: Callable[[S], bool] = lambda _: True, tolerance: float = BORDER
) -> SteadyState[S]:
    """The steady state of the chain that is reached from `start`.

    An endless chain is cut: moves to states that `keep` refuses do not happen. Raises `Truncated` if the chain spends
    more than `tolerance` of its time where that matters, `TooManyStates` if they are, `BadValue` for a negative rate or
    a chain without a single steady state.
    Source: Stewart (2009), Probability, Markov Chains, Queues, and Simulation, ch. 10: πQ = 0 by elimination.

    >>> chain = steady_state(0, lambda n: [(n + 1, 1.0), (n - 1, 2.0)] if n else [(1, 1.0)], lambda n: n < 50)
    >>> round(chain.mean(float), 6)
    1.0
    """
    states, (source, target, rate), cut = _explored(start, moves, keep)
    recurrent = _recurrent(len(states), source, target)
    shares = np.zeros(len(states))
    inside = np.isin(source, recurrent)
    place = np.zeros(len(states), dtype=np.intp)
    place[recurrent] = np.arange(recurrent.size)
    shares[recurrent] = _solved(recurrent.size, place[source[inside]], place[target[inside]], rate[inside])
    border = float(shares[cut].sum())
    if border > tolerance:
        raise Truncated(border)
    return SteadyState(states, shares, border)


def steady_state_within(start: S, moves: Moves[S], size: Callable[[S], int], first: int = 32) -> SteadyState[S]:
    """The steady state of an endless chain, cut at a `size` that grows until no time is spent there.

    Raises `TooManyStates` where that takes too many, as where there is no steady state.
    """
    limit, border = first, 0.0
    while True:
        try:
            return steady_state(start, moves, lambda state: size(state) <= limit)  # noqa: B023 - used at once
        except Truncated as cut:
            limit, border = limit + limit // 2, cut.border
        except TooManyStates:
            if not border:
                raise
            raise TooManyStates(
                f"cut at {round(limit / 1.5)} who wait or will come back, the chain spends {border:.2g} of its time "
                f"there, and has over {MOST_STATES} states with more; give more agents, or customers who leave sooner"
            ) from None


def _explored(
    start: S, moves: Moves[S], keep: Callable[[S], bool]
) -> tuple[tuple[S, ...], tuple[IntArray, IntArray, FloatArray], IntArray]:
    """All states that can be reached, the moves between them, and the states from which a move was cut."""
    numbers = {start: 0}
    states = [start]
    sources: list[int] = []
    targets: list[int] = []
    rates: list[float] = []
    cut: set[int] = set()
    for number, state in enumerate(states):  # it grows while it is read
        for following, rate in moves(state):
            if not 0 <= rate < np.inf:
                raise BadValue(f"a rate from state {state} is {rate:g}; give a finite number, 0 or above")
            if rate == 0 or following == state:
                continue
            if not keep(following):
                cut.add(number)
                continue
            if following not in numbers:
                numbers[following] = len(states)
                states.append(following)
            sources.append(number)
            targets.append(numbers[following])
            rates.append(rate)
        if len(states) > MOST_STATES:
            raise TooManyStates(f"the chain has more than {MOST_STATES} states; give a smaller or less loaded design")
    arrays = (np.array(sources, dtype=np.intp), np.array(targets, dtype=np.intp), np.array(rates))
    return tuple(states), arrays, np.array(sorted(cut), dtype=np.intp)


def _recurrent(size: int, source: IntArray, target: IntArray) -> IntArray:
    """The states to which the chain always returns, in ascending order."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(source.size), (source, target)), shape=(size, size))
    count, component = connected_components(graph, directed=True, connection="strong")
    closed = np.ones(count, dtype=bool)
    closed[component[source[component[source] != component[target]]]] = False
    if closed.sum() != 1:
        raise BadValue("the chain can be caught in several sets of states; its steady state depends on chance")
    return np.flatnonzero(closed[component])


def _solved(size: int, source: IntArray, target: IntArray, rate: FloatArray) -> FloatArray:
    """πQ = 0 with the weight of one state set to 1, then scaled."""
    from scipy.sparse import coo_array, eye_array
    from scipy.sparse.linalg import spsolve

    if size == 1:
        return np.ones(1)
    every = np.arange(size)
    leaving = np.bincount(source, weights=rate, minlength=size)
    balance = coo_array(
        (np.concatenate([rate, -leaving]), (np.concatenate([target, every]), np.concatenate([source, every]))),
        shape=(size, size),
    ).tocsc()
    # Rounding is amplified where the known state is a rare one; where the chain is after a long time is a frequent one.
    later = spsolve(balance - SOON * leaving.max() * eye_array(size, format="csc"), -np.ones(size))
    known = int(later.argmax())
    others = np.delete(every, known)
    weights = np.ones(size)
    weights[others] = spsolve(balance[others][:, others], -balance[others][:, [known]].toarray().ravel())
    # Rounding leaves weights of about -1e-17 where the chain never is.
    weights = np.maximum(weights, 0.0)
    shares = weights / weights.sum()
    if not np.abs(balance @ shares).max() <= RESIDUAL * leaving.max():
        raise BadValue("the chain cannot be solved in floating point; give rates that are less far apart")
    return np.asarray(shares)
