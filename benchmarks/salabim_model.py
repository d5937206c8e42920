"""W1 and W2 in salabim, replaying the very same columns.

Generators, not the greenlets that salabim prefers by default (they need one more package); trace and monitors off,
since each conversation writes its own record. The bot takes its turns one by one, as in textbook SimPy.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import salabim
from answers import BOT, Records
from workloads import OneTeam, SupportWeek, Workload

Process = Generator[None, None, None]
# arrival, wait (in queues only), abandoned, team
Record = tuple[float, float, bool, int]


@dataclass(frozen=True, slots=True)
class Salabim:
    """salabim by its documentation: a component a conversation, resources, requests that fail."""

    def simulate(self, workload: Workload) -> Callable[[], Records]:
        rows = one_team(workload) if isinstance(workload, OneTeam) else support_week(workload)
        return lambda: _records(rows)


def one_team(workload: OneTeam) -> list[Record]:
    """W1."""
    env = salabim.Environment(trace=False, yieldless=False)
    agents = salabim.Resource(capacity=workload.agents, monitor=False)
    records: list[Record] = []

    class Conversation(salabim.Component):  # type: ignore[misc]
        def process(self, handle_min: float, patience_min: float) -> Process:
            arrived = env.now()
            yield self.request(agents, fail_delay=patience_min)
            wait = env.now() - arrived
            abandoned = self.failed()
            if not abandoned:
                yield self.hold(handle_min)
                self.release(agents)
            records.append((arrived, wait, abandoned, 0))

    class Arrivals(salabim.Component):  # type: ignore[misc]
        def process(self) -> Process:
            columns = (workload.arrives_min, workload.handle_min, workload.patience_min)
            for arrives_min, handle_min, patience_min in zip(*(column.tolist() for column in columns), strict=True):
                yield self.hold(till=arrives_min)
                Conversation(handle_min=handle_min, patience_min=patience_min)

    Arrivals()
    env.run()
    return records


def support_week(workload: SupportWeek) -> list[Record]:
    """W2: three slots an agent as capacity."""
    env = salabim.Environment(trace=False, yieldless=False)
    teams = [salabim.Resource(capacity=slots, monitor=False) for slots in workload.slots]
    records: list[Record] = []

    class Conversation(salabim.Component):  # type: ignore[misc]
        def process(
            self,
            turns_min: list[float],
            helped: bool,
            importance: int,
            first_team: int,
            team: int,
            patience_min: list[float],
            look_min: float,
            handle_min: float,
        ) -> Process:
            arrived = env.now()
            for turn_min in turns_min:
                yield self.hold(turn_min)
            if helped:
                records.append((arrived, 0.0, False, BOT))
                return
            visits = [(team, handle_min)] if first_team == team else [(first_team, look_min), (team, handle_min)]
            wait = 0.0
            for (visited, work_min), patience in zip(visits, patience_min, strict=False):
                joined = env.now()
                yield self.request((teams[visited], 1, importance), fail_delay=patience)
                wait += env.now() - joined
                if self.failed():
                    records.append((arrived, wait, True, visited))
                    return
                yield self.hold(work_min)
                self.release(teams[visited])
            records.append((arrived, wait, False, team))

    class Arrivals(salabim.Component):  # type: ignore[misc]
        def process(self) -> Process:
            columns = {
                "helped": workload.helped_by_bot,
                "importance": workload.priority,
                "first_team": workload.first_team,
                "team": workload.team,
                "patience_min": workload.patience_min,
                "look_min": workload.look_min,
                "handle_min": workload.handle_min,
            }
            rows = zip(workload.turns_min, *(column.tolist() for column in columns.values()), strict=True)
            for arrives_min, row in zip(workload.arrives_min.tolist(), rows, strict=True):
                yield self.hold(till=arrives_min)
                Conversation(**dict(zip(("turns_min", *columns), row, strict=True)))

    Arrivals()
    env.run()
    return records


def _records(rows: list[Record]) -> Records:
    arrived, wait, abandoned, team = (np.array(column) for column in zip(*rows, strict=True))
    return Records.in_order_of_arrival(arrived, wait, abandoned, team)
