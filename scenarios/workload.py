"""How much work a week brings, and whether the people there can do it: what no policy without a bot can change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from .arrivals import ArrivalsByRate
from .distributions import PerhapsEndless
from .scenario import Scenario
from .staffing import MINUTE_S

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9
_GRID = (np.arange(2000) + 0.5) / 2000


@dataclass(frozen=True)
class Overload:
    """Work that may only be done by some groups of agents, and is more than they can do.

    ratio     work that comes over work that they can do in the same time
    teams     whose work it is
    groups    who may do it
    """

    ratio: float
    teams: tuple[str, ...]
    groups: tuple[str, ...]


def overloads(scenario: Scenario) -> tuple[Overload, ...]:
    """Where more work comes in a week than can be done, if everybody reaches a person once and nobody leaves.

    The work of an intent may be done by whoever takes from the inbox of a team that can solve it, or helps there; how
    it is best shared out is a linear program (the static planning problem of Harrison and López 1999, Heavy traffic
    resource pooling in parallel-server systems). Agents who are always busy hold as many conversations as they can.
    Surges, transfers and customers who come back are left out: with them there is more to do.
    """
    return tuple(each for each in _loads(scenario, dict.fromkeys(scenario.intents, 1.0)) if each.ratio > 1 + ROUNDING)


def unstable(scenario: Scenario) -> tuple[Overload, ...]:
    """Where the queue grows as long as customers arrive: those who never leave are too many already.

    A queue whose customers never leave with probability p has a steady state if p times the offered load is below the
    capacity (Baccelli, Boyer and Hébuterne 1984, Single-server queues with impatient customers). One that turns
    customers away cannot grow; recorded arrivals come to an end.
    """
    if scenario.arrivals.kind == "replayed" or not some_stay(scenario):
        return ()
    least = 1 + ROUNDING if scenario.arrivals.kind == "even" else 1 - ROUNDING
    return tuple(each for each in _loads(scenario, _staying(scenario, scenario.arrivals)) if each.ratio > least)


@dataclass(frozen=True)
class _Pool:
    """Agents of a group who are as quick as one another; `seconds` of work can they do in a week."""

    group: str
    seconds: float
    factor: float


@dataclass(frozen=True)
class _Kind:
    """Work that the same pools may do, each taking so many seconds for all of a week's."""

    teams: frozenset[str]
    seconds: Mapping[int, float]


def _loads(scenario: Scenario, shares: Mapping[str, float]) -> list[Overload]:
    """The pools that have most to do, then of the rest those that have, and so on, if these shares of the customers of
    each intent are served.
    """
    pools = _pools(scenario)
    kinds = _kinds(scenario, pools, shares)
    capacity = [pool.seconds for pool in pools]
    found: list[Overload] = []
    while kinds and not _is_light(kinds, capacity):
        ratio, busiest = _shared_out(kinds, capacity)
        if ratio < 1 - 2 * ROUNDING:
            break
        theirs = [kind for kind in kinds if busiest.issuperset(kind.seconds)] or kinds
        teams = set().union(*(kind.teams for kind in theirs))
        groups = {pools[number].group for number in busiest}
        found.append(Overload(ratio, _in_order(scenario.teams, teams), _in_order(scenario.agents, groups)))
        kinds = [
            _Kind(kind.teams, {number: needed for number, needed in kind.seconds.items() if number not in busiest})
            for kind in kinds
            if kind not in theirs
        ]
    return found


def _shared_out(kinds: Sequence[_Kind], capacity: Sequence[float]) -> tuple[float, set[int]]:
    """How busy the busiest pools are if all work is shared out as well as can be, and which they are."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    pairs = [(row, number, needed) for row, kind in enumerate(kinds) for number, needed in kind.seconds.items()]
    many, used = len(pairs), sorted({number for _, number, _ in pairs})
    place = {number: at for at, number in enumerate(used)}
    # The last variable is the ratio. A pool's work in units of its capacity is at most that.
    rows = [place[number] for _, number, _ in pairs] + [*range(len(used))]
    columns = [*range(many)] + [many] * len(used)
    values = [needed / capacity[number] for _, number, needed in pairs] + [-1.0] * len(used)
    done = csr_array((np.ones(many), ([row for row, _, _ in pairs], [*range(many)])), shape=(len(kinds), many + 1))
    solved = linprog(
        np.append(np.zeros(many), 1.0),
        A_ub=csr_array((values, (rows, columns)), shape=(len(used), many + 1)),
        b_ub=np.zeros(len(used)),
        A_eq=done,
        b_eq=np.ones(len(kinds)),
        method="highs",
    )
    assert solved.status == 0, solved.message  # a large enough ratio is always feasible
    # Pools with a price: with a little more of them, the ratio would fall.
    priced = np.flatnonzero(solved.ineqlin.marginals < -ROUNDING)
    return float(solved.x[-1]), {used[at] for at in priced}


def _is_light(kinds: Sequence[_Kind], capacity: Sequence[float]) -> bool:
    """Whether all work can be done if each kind goes to the pool that is then the least busy: often seen at once."""
    busy = np.zeros(len(capacity))
    for kind in kinds:
        after = {number: busy[number] + needed / capacity[number] for number, needed in kind.seconds.items()}
        best = min(after, key=after.__getitem__)
        busy[best] = after[best]
    return bool(busy.max(initial=0.0) < 1 - 2 * ROUNDING)


def _kinds(scenario: Scenario, pools: Sequence[_Pool], shares: Mapping[str, float]) -> list[_Kind]:
    """A week's work by who may do it, intents that the same pools do in the same way taken together."""
    weekly = _weekly(scenario)
    together: dict[tuple[tuple[int, float, float], ...], tuple[set[str], float, float]] = {}
    for name, intent in scenario.intents.items():
        many = weekly[name] * shares[name]
        if not many > 0:
            continue
        wrap_ups_s = _wrap_ups(scenario, name)
        ways = tuple(
            (number, pool.factor * scenario.agents[pool.group].work_factors.get(name, 1.0), wrap_ups_s[pool.group])
            for number, pool in enumerate(pools)
            if pool.group in wrap_ups_s
        )
        teams, number, seconds = together.get(ways, (set(), 0.0, 0.0))
        together[ways] = teams | {intent.team}, number + many, seconds + many * intent.work.mean_s
    return [
        _Kind(frozenset(teams), {pool: seconds * factor + many * wrap_up_s for pool, factor, wrap_up_s in ways})
        for ways, (teams, many, seconds) in together.items()
        if ways
    ]


def _wrap_ups(scenario: Scenario, intent: str) -> dict[str, float]:
    """Whoever may take a conversation about an intent in an inbox where it can be solved, with the mean time that the
    agent then writes up, in the inbox where that is shortest.
    """
    found: dict[str, float] = {}
    for name, team in scenario.teams.items():
        if name == scenario.intents[intent].team or intent in team.also_solves:
            wrap_up_s = 0.0 if team.wrap_up is None else team.wrap_up.mean_s
            for group in scenario.takers(name):
                found[group] = min(found.get(group, inf), wrap_up_s)
    return found


def _pools(scenario: Scenario) -> list[_Pool]:
    """The experienced agents and the newcomers of each group, where there are any."""
    found = []
    left_s = _left_s(scenario)
    for name, agents in scenario.agents.items():
        here = agents.in_week()
        # What is in work when a shift ends is finished after it.
        overtime_s = float(np.maximum(here - np.roll(here, -1), 0).sum()) * agents.concurrency * left_s
        newcomers = agents.newcomers
        new = 0 * here if newcomers is None else np.floor(here * newcomers.share + ROUNDING).astype(np.int64)
        slots = agents.concurrency * (agents.speed_by_load[-1] if agents.speed_by_load else 1.0)
        each_s = MINUTE_S * slots * (1 - agents.absences)
        for many, factor in ((here - new, 1.0), (new, newcomers.factor if newcomers else 1.0)):
            if many.any():
                found.append(_Pool(name, float(many.sum()) * each_s + overtime_s, factor))
    return found


def _left_s(scenario: Scenario) -> float:
    """What is left of a conversation at the end of a shift, on average, at most: E[S] if it has just begun, and
    E[S²] / 2 E[S] at a random moment.
    """
    found = [0.0]
    for intent in scenario.intents.values():
        drawn_s = intent.work.quantile(_GRID)
        found.append(max(intent.work.mean_s, float((drawn_s**2).mean() / (2 * drawn_s.mean()))))
    return max(found)


def _weekly(scenario: Scenario) -> dict[str, float]:
    """Expected new problems of each intent in a week, without surges; of a replay, a week's worth of it or all."""
    arrivals = scenario.arrivals
    if arrivals.kind == "replayed":
        many = arrivals.expected(scenario.clock, scenario.days).sum() / max(scenario.days / 7, 1.0)
    else:
        many = arrivals.per_week
    return dict(zip(scenario.intents, (float(many) * scenario.mix().sum(axis=0)).tolist(), strict=True))


def some_stay(scenario: Scenario) -> bool:
    """Whether anybody at all is sure never to leave."""
    patiences = [segment.temperament.patience for segment in scenario.segments.values()]
    endless = any(_never(each) for patience in patiences for each in (patience.live, patience.inbox))
    return endless or any(team.call_back for team in scenario.teams.values())


def _staying(scenario: Scenario, arrivals: ArrivalsByRate) -> dict[str, float]:
    """Of the customers of each intent, those whom nothing makes leave before an agent takes them."""
    by_minute = np.repeat(arrivals.by_hour_of_week(), 60)
    mix = scenario.mix()
    found = {}
    for name, of_intent in zip(scenario.intents, mix.T, strict=True):
        inboxes = [each for each, team in scenario.teams.items() if _solves(scenario, each, name)]
        if of_intent.sum() == 0 or any(scenario.teams[each].waiting_at_most is not None for each in inboxes):
            found[name] = 0.0
            continue
        opened = sum(scenario.agents[each].in_week() for each in scenario.served_by(scenario.intents[name].team)) > 0
        live = float(by_minute[opened].sum() / by_minute.sum())
        never = [
            live * (1 - patience.balks) * _never(patience.live) + (1 - live) * _never(patience.inbox)
            for patience in (segment.temperament.patience for segment in scenario.segments.values())
        ]
        offers = [scenario.teams[each].call_back for each in inboxes]
        stays = float(of_intent @ np.array(never) / of_intent.sum())
        found[name] = min(
            stays if offer is None else stays * (1 - offer.accepted) + offer.accepted * offer.reached
            for offer in offers
        )
    return found


def _solves(scenario: Scenario, team: str, intent: str) -> bool:
    return scenario.intents[intent].team == team or intent in scenario.teams[team].also_solves


def _never(patience: PerhapsEndless) -> float:
    """Share who never leave."""
    return float(getattr(patience, "never", 0.0))


def _in_order(names: Mapping[str, object], some: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in some)
