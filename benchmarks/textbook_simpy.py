"""W1 and W2 as a good SimPy user writes them: a process per conversation, resources, a record per conversation.

Every engine's ratio is taken against this one. The columns are replayed, so it draws no random numbers while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from answers import BOT, Records
from workloads import OneTeam, SupportWeek, Workload

Process = Generator[simpy.Event, Any, None]
# arrival, wait (in queues only), abandoned, team
Record = tuple[float, float, bool, int]


@dataclass(frozen=True, slots=True)
class TextbookSimpy:
    """SimPy by its documentation."""

    def simulate(self, workload: Workload) -> Callable[[], Records]:
        rows = one_team(workload) if isinstance(workload, OneTeam) else support_week(workload)
        return lambda: _records(rows)


def one_team(workload: OneTeam) -> list[Record]:
    """W1: `Resource` is SimPy's first-in-first-out resource."""
    env = simpy.Environment()
    agents = simpy.Resource(env, capacity=workload.agents)
    records: list[Record] = []

    def conversation(handle_min: float, patience_min: float) -> Process:
        arrived = env.now
        with agents.request() as request:
            outcome = yield request | env.timeout(patience_min)
            wait = env.now - arrived
            answered = request in outcome
            if answered:
                yield env.timeout(handle_min)
        records.append((arrived, wait, not answered, 0))

    def arrivals() -> Process:
        columns = (workload.arrives_min, workload.handle_min, workload.patience_min)
        for arrives_min, handle_min, patience_min in zip(*(column.tolist() for column in columns), strict=True):
            yield env.timeout(arrives_min - env.now)
            env.process(conversation(handle_min, patience_min))

    env.process(arrivals())
    env.run()
    return records


def support_week(workload: SupportWeek) -> list[Record]:
    """W2: three slots an agent as capacity, since the speed of an agent does not depend on the load."""
    env = simpy.Environment()
    teams = [simpy.PriorityResource(env, capacity=slots) for slots in workload.slots]
    records: list[Record] = []

    def conversation(
        turns_min: list[float],
        helped: bool,
        priority: int,
        first_team: int,
        team: int,
        patience_min: list[float],
        look_min: float,
        handle_min: float,
    ) -> Process:
        arrived = env.now
        for turn_min in turns_min:
            yield env.timeout(turn_min)
        if helped:
            records.append((arrived, 0.0, False, BOT))
            return
        visits = [(team, handle_min)] if first_team == team else [(first_team, look_min), (team, handle_min)]
        wait = 0.0
        for (visited, work_min), patience in zip(visits, patience_min, strict=False):
            joined = env.now
            with teams[visited].request(priority=priority) as request:
                outcome = yield request | env.timeout(patience)
                wait += env.now - joined
                if request not in outcome:
                    records.append((arrived, wait, True, visited))
                    return
                yield env.timeout(work_min)
        records.append((arrived, wait, False, team))

    def arrivals() -> Process:
        columns = (
            workload.helped_by_bot,
            workload.priority,
            workload.first_team,
            workload.team,
            workload.patience_min,
            workload.look_min,
            workload.handle_min,
        )
        rows = zip(workload.turns_min, *(column.tolist() for column in columns), strict=True)
        for arrives_min, row in zip(workload.arrives_min.tolist(), rows, strict=True):
            yield env.timeout(arrives_min - env.now)
            env.process(conversation(*row))

    env.process(arrivals())
    env.run()
    return records


def _records(rows: list[Record]) -> Records:
    arrived, wait, abandoned, team = (np.array(column) for column in zip(*rows, strict=True))
    return Records.in_order_of_arrival(arrived, wait, abandoned, team)
