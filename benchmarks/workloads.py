"""The two reference workloads as columns, drawn once from a seed and given to every engine.

Times are in minutes from the start of the run. A row is a conversation, in order of arrival.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

HOUR_WEIGHTS = (
    *(.25, .2, .15, .15, .2, .3, .6, 1, 1.5, 1.8, 1.9, 1.9),
    *(1.8, 1.8, 1.9, 1.8, 1.6, 1.4, 1.2, 1, .8, .6, .45, .35),
)
WEEKDAY_WEIGHTS = (1.1, 1.05, 1.05, 1, 1, .6, .5)

SEGMENT_SHARES = (.6, .3, .1)
SEGMENT_PRIORITIES = (2, 1, 0)
SEGMENT_PATIENCE_MIN = (8.0, 12.0, 20.0)
TEAM_SHARES = (.4, .3, .2, .1)
TEAM_AGENTS = (22, 17, 11, 6)
CONVERSATIONS_AT_ONCE = 3
HELPED_BY_BOT_SHARES = (.50, .45, .40, .30)
BOT_TURNS = (2, 3, 4)
BOT_TURN_MEAN_MIN = .5
WRONG_TEAM_SHARE = .15
LOOK_MEAN_MIN, LOOK_SIGMA = 2.0, .6
HANDLE_MEAN_MIN, HANDLE_SIGMA = 8.0, .8


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the week, from `start` to `end` in hours since Monday midnight."""

    name: str
    start: int
    end: int


WEEK = Hours("the week", 0, 168)
FRIDAY_TO_16 = Hours("Friday to 16", 96, 112)
MONDAY_MORNING = Hours("Monday 6 to 11", 6, 11)


@dataclass(frozen=True, slots=True)
class OneTeam:
    """W1: one team with impatient customers, the queue that Erlang A solves exactly.

    The mean handle time is one minute, so the offered load in erlangs is the number of arrivals per minute.
    """

    seed: int
    agents: int
    per_min: float
    mean_patience_min: float
    arrives_min: FloatArray
    handle_min: FloatArray
    patience_min: FloatArray

    @property
    def conversations(self) -> int:
        return len(self.arrives_min)


@dataclass(frozen=True, slots=True)
class SupportWeek:
    """W2: a bot first, then four teams with priorities, misroutes and several conversations an agent.

    `team` is the right team, `first_team` the one whose queue the conversation enters first: another one for a
    misroute. `bot_turn_min` has a column a turn; a turn that is not taken lasts 0. `patience_min` has two columns:
    for the first queue and, after a transfer, for the second. Being exponential, a fresh patience a queue is the
    same in law as what is left of one.
    """

    seed: int
    hours: Hours
    arrives_min: FloatArray
    segment: IntArray
    team: IntArray
    first_team: IntArray
    bot_turns: IntArray
    bot_turn_min: FloatArray
    helped_by_bot: BoolArray
    look_min: FloatArray
    handle_min: FloatArray
    patience_min: FloatArray

    @property
    def conversations(self) -> int:
        return len(self.arrives_min)

    @property
    def priority(self) -> IntArray:
        """0 is answered first."""
        return np.array(SEGMENT_PRIORITIES)[self.segment]

    @property
    def turns_min(self) -> list[list[float]]:
        """The times of the turns that are taken, a list a conversation."""
        taken = zip(self.bot_turn_min.tolist(), self.bot_turns.tolist(), strict=True)
        return [turns[:count] for turns, count in taken]

    @property
    def slots(self) -> tuple[int, ...]:
        """How many conversations each team can hold at once."""
        return tuple(agents * CONVERSATIONS_AT_ONCE for agents in TEAM_AGENTS)


Workload = OneTeam | SupportWeek


def draw_one_team(seed: int, conversations: int = 200_000) -> OneTeam:
    """W1 with 20 agents at an offered load of 0.95 an agent and patience of twice the mean handle time."""
    agents, load, mean_patience_min = 20, .95, 2.0
    rng = np.random.default_rng([1, seed])
    per_min = agents * load
    return OneTeam(
        seed=seed,
        agents=agents,
        per_min=per_min,
        mean_patience_min=mean_patience_min,
        arrives_min=np.cumsum(rng.exponential(1 / per_min, conversations)),
        handle_min=rng.exponential(1.0, conversations),
        patience_min=rng.exponential(mean_patience_min, conversations),
    )


def draw_support_week(seed: int, hours: Hours = WEEK, per_week: float = 200_000) -> SupportWeek:
    """W2, or a part of its week at its full load, starting empty.

    `per_week` is the mean number of arrivals in a whole week; how many arrive in `hours` is Poisson.
    """
    rng = np.random.default_rng([2, seed])
    arrives_min = _arrivals(rng, hours, per_week)
    size = len(arrives_min)
    segment = rng.choice(len(SEGMENT_SHARES), size, p=SEGMENT_SHARES)
    team = rng.choice(len(TEAM_SHARES), size, p=TEAM_SHARES)
    # A wrong team is any of the other three, equally likely.
    wrong_team = (team + rng.integers(1, len(TEAM_SHARES), size)) % len(TEAM_SHARES)
    bot_turns = rng.choice(BOT_TURNS, size)
    turn_taken = np.arange(max(BOT_TURNS)) < bot_turns[:, np.newaxis]
    return SupportWeek(
        seed=seed,
        hours=hours,
        arrives_min=arrives_min,
        segment=segment,
        team=team,
        first_team=np.where(rng.random(size) < WRONG_TEAM_SHARE, wrong_team, team),
        bot_turns=bot_turns,
        bot_turn_min=np.where(turn_taken, rng.exponential(BOT_TURN_MEAN_MIN, turn_taken.shape), 0.0),
        helped_by_bot=rng.random(size) < np.array(HELPED_BY_BOT_SHARES)[team],
        look_min=_lognormal(rng, LOOK_MEAN_MIN, LOOK_SIGMA, size),
        handle_min=_lognormal(rng, HANDLE_MEAN_MIN, HANDLE_SIGMA, size),
        patience_min=rng.exponential(np.array(SEGMENT_PATIENCE_MIN)[segment][:, np.newaxis], (size, 2)),
    )


def _arrivals(rng: np.random.Generator, hours: Hours, per_week: float) -> FloatArray:
    """A Poisson process whose rate is constant within each hour of the week."""
    weights = np.outer(WEEKDAY_WEIGHTS, HOUR_WEIGHTS).ravel()
    per_hour = per_week * weights[hours.start : hours.end] / weights.sum()
    counts = rng.poisson(per_hour)
    hour = np.repeat(np.arange(len(counts)), counts)
    return np.sort((hour + rng.random(len(hour))) * 60)


def _lognormal(rng: np.random.Generator, mean: float, sigma: float, size: int) -> FloatArray:
    """Lognormal times of the given mean; `sigma` is the standard deviation of their logarithm."""
    return rng.lognormal(math.log(mean) - sigma**2 / 2, sigma, size)


@dataclass(frozen=True, slots=True)
class ErlangA:
    """Exact steady-state figures of an M/M/n+M queue."""

    mean_wait_min: float
    share_abandoned: float


def erlang_a(per_min: float, handled_per_min: float, left_per_min: float, agents: int) -> ErlangA:
    """The mean wait over all arrivals and the share that abandons.

    `handled_per_min` is one over the mean handle time, `left_per_min` one over the mean patience.
    Source: Garnett, Mandelbaum and Reiman (2002), Designing a call center with impatient customers, section 4.

    >>> figures = erlang_a(per_min=48, handled_per_min=1, left_per_min=.5, agents=50)
    >>> round(figures.share_abandoned, 6), round(figures.mean_wait_min, 6)
    (0.030912, 0.061824)
    """
    load = per_min / handled_per_min
    blocking = 1.0
    for servers in range(1, agents + 1):
        blocking = load * blocking / (servers + load * blocking)
    x, y = agents * handled_per_min / left_per_min, per_min / left_per_min
    # A(x, y) = x e^y y^-x gamma_lower(x, y), by its series of positive terms.
    series, term, step = 1.0, 1.0, 0
    while term > 1e-17 * series:
        step += 1
        term *= y / (x + step)
        series += term
    waits = series * blocking / (1 + (series - 1) * blocking)
    load_an_agent = load / agents
    share_abandoned = (1 / (load_an_agent * series) + 1 - 1 / load_an_agent) * waits
    return ErlangA(mean_wait_min=share_abandoned / left_per_min, share_abandoned=share_abandoned)
