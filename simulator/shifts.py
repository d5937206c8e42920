"""When agents are on duty, to the minute, over a run and until the last customer has come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..calendar import DAY_S, Clock
from ..scenarios.scenario import Scenario
from ..scenarios.staffing import AgentGroup, Agents
from .draws import Draws
from .floorplan import Floorplan, Group, Inbox, Strain

IntArray = NDArray[np.int64]

MINUTE_S = 60.0
WEEK_S = 7 * 86400.0
MONTH_S = 30 * 86400.0


def until_s(scenario: Scenario) -> float:
    """When the last customer may have come back for the last time, with a month to spare; seconds since the start."""
    returns = scenario.returns
    coming_back_s = 0.0 if returns is None else (returns.at_most + 1) * (returns.window + WEEK_S)
    return scenario.horizon_s + coming_back_s + MONTH_S


@dataclass(frozen=True)
class Minutes:
    """The minutes of a run and beyond by the local clock.

    of_week   int64   the minute of the week, from Monday 00:00 on
    holiday   bool
    """

    of_week: IntArray
    holiday: NDArray[np.bool_]


def minutes_of(scenario: Scenario) -> Minutes:
    """The minutes from the start of a scenario's runs until the last customer may have come back."""
    return _minutes(scenario.clock, until_s(scenario))


@lru_cache(maxsize=16)
def _minutes(clock: Clock, until_s: float) -> Minutes:
    at_s = np.arange(0, until_s, MINUTE_S)
    return Minutes((clock.second_of_week(at_s) // MINUTE_S).astype(np.int64), clock.is_holiday(at_s))


def floorplan_of(
    scenario: Scenario, draws: Draws | None = None, in_week: Mapping[str, IntArray] | None = None
) -> Floorplan:
    """Inboxes and groups of a scenario, by the codes of its teams and of all who work there; with `draws`, some agents
    are absent. `in_week` has who is on duty in each minute of the week; else the scenario says so.
    """
    minutes = minutes_of(scenario)
    names, teams, intents = list(scenario.agents), list(scenario.teams), list(scenario.intents)
    groups = []
    for name, kind in scenario.agents.items():
        of_week = kind.in_week() if in_week is None else in_week[name]
        agents = np.where(minutes.holiday, 0, of_week[minutes.of_week])
        if draws is not None and kind.absences:
            agents = np.maximum(agents - _absent(kind, name, agents, scenario.clock, draws), 0)
        changes = np.flatnonzero(np.concatenate([[True], agents[1:] != agents[:-1]]))
        skills = kind.skills if isinstance(kind, AgentGroup) and kind.skills != "all" else ()
        strain = kind.strain
        groups.append(
            Group(
                concurrency=kind.concurrency,
                from_s=tuple((changes * MINUTE_S).tolist()),
                agents=tuple(agents[changes].tolist()),
                speeds=kind.speed_by_load,
                slots=kind.slots,
                open_at_most=kind.open_at_most,
                takes=kind.takes,
                inboxes=tuple(teams.index(team) for team in skills),
                factors=_factors(kind, intents),
                newcomers=kind.newcomers.share if kind.newcomers else 0.0,
                newcomer_factor=kind.newcomers.factor if kind.newcomers else 1.0,
                strain=None if strain is None else Strain(strain.slower, strain.above, strain.memory),
            )
        )
    inboxes = []
    for name, team in scenario.teams.items():
        serve = scenario.served_by(name) or (name,)
        overflow, call_back = team.overflow, team.call_back
        inboxes.append(
            Inbox(
                groups=tuple(names.index(each) for each in serve),
                offers=team.offers,
                waiting_at_most=team.waiting_at_most,
                overflow_after_s=np.inf if overflow is None else overflow.after,
                overflow_to=() if overflow is None else tuple(names.index(each) for each in overflow.to),
                call_back_from=None if call_back is None else call_back.from_waiting,
                weight=team.weight,
                throughput_over_s=scenario.expected_wait.throughput_over
                if scenario.expected_wait.by == "queue_over_throughput"
                else None,
            )
        )
    return Floorplan(tuple(inboxes), tuple(groups))


def _factors(kind: Agents, intents: list[str]) -> tuple[float, ...]:
    """By intent, how much of its time the work takes these agents; () if all of it."""
    context = kind.context_factor or 1.0
    factors = tuple(context * kind.work_factors.get(intent, 1.0) for intent in intents)
    return factors if any(factor != 1 for factor in factors) else ()


def _absent(kind: Agents, name: str, agents: IntArray, clock: Clock, draws: Draws) -> IntArray:
    """How many of the agents on duty are away at each minute: each with the given chance, for whole days.

    The agents of a day are numbered, and those on duty are the first ones; so a small shift is a part of a large one.
    Whether one is away on a day depends on name, day and number alone, and not on how many others there are.
    """
    day = (clock.second_of_week(np.arange(agents.size) * MINUTE_S) // DAY_S).astype(np.int64)
    begins = np.flatnonzero(np.concatenate([[True], day[1:] != day[:-1]]))
    away = np.zeros(agents.size, dtype=np.int64)
    for number, (begin, end) in enumerate(zip(begins, np.append(begins[1:], agents.size), strict=True)):
        on_duty = agents[begin:end]
        if not on_duty.any():
            continue
        ill = draws.generator(f"absent {name} {number}").random(int(on_duty.max())) < kind.absences
        away[begin:end] = np.concatenate([[0], np.cumsum(ill)])[on_duty]
    return away


def open_minutes(scenario: Scenario, plan: Floorplan) -> NDArray[np.bool_]:
    """Whether anybody who can solve something is on duty, for each minute since the start."""
    at_s = np.arange(minutes_of(scenario).of_week.size) * MINUTE_S
    opened = np.zeros(at_s.size, dtype=bool)
    solving = {intent.team for intent in scenario.intents.values()}
    serve = {
        group
        for name, inbox in zip(scenario.teams, plan.inboxes, strict=True)
        if name in solving
        for group in inbox.groups
    }
    for number in serve:
        group = plan.groups[number]
        period = np.searchsorted(np.array(group.from_s), at_s, side="right") - 1
        opened |= np.array(group.agents)[period] > 0
    return opened
