"""W1 and W2 in Ciw, replaying the very same columns.

Ciw expresses both: nodes, reneging, priority classes and a route per individual. An agent has three slots as three
servers of a node. One thing differs, in Ciw's favour: the bot is one visit to a node with infinitely many servers, its
turns summed, so one event in place of two to four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import ciw
import numpy as np
from answers import BOT, Records
from workloads import SEGMENT_PRIORITIES, TEAM_AGENTS, FloatArray, OneTeam, SupportWeek, Workload

BOT_NODE = 1
FIRST_TEAM_NODE = 2


@dataclass(frozen=True, slots=True)
class Ciw:
    """Ciw with distributions and routes that look up the individual's row."""

    def simulate(self, workload: Workload) -> Callable[[], Records]:
        if isinstance(workload, OneTeam):
            visits = one_team(workload)
            return lambda: _records_of_one_team(workload, visits)
        visits = support_week(workload)
        return lambda: _records_of_support_week(workload, visits)


class Shared(ciw.dists.Distribution):  # type: ignore[misc]
    """What Ciw's deep copies of distributions share: the columns need not be copied."""

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Replayed(Shared):
    """A column, looked up by the individual's number: Ciw numbers individuals from 1 in order of arrival."""

    def __init__(self, values: list[float]) -> None:
        self.values = values

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ARG002  (Ciw passes both by name)
        row: int = ind.id_number - 1
        return self.values[row]


class ReplayedByVisit(Shared):
    """A list a conversation, its items taken in turn: one for each queue that the conversation comes to."""

    def __init__(self, values: list[list[float]]) -> None:
        self.upcoming = [iter(items).__next__ for items in values]

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ARG002  (Ciw passes both by name)
        row: int = ind.id_number - 1
        return self.upcoming[row]()


class ReplayedArrivals(Shared):
    """The times between the arrivals of one class, `inf` after the last."""

    def __init__(self, arrives_min: FloatArray) -> None:
        self.upcoming = iter(arrives_min.tolist())

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ARG002  (Ciw passes both by name)
        # From the present time, not from the arrival before, so that rounding does not add up.
        return next(self.upcoming, float("inf")) - (t or 0.0)


def one_team(workload: OneTeam) -> list[Any]:
    """W1: one node. Ciw's own records, one a conversation."""
    network = ciw.create_network(
        arrival_distributions=[ReplayedArrivals(workload.arrives_min)],
        service_distributions=[Replayed(workload.handle_min.tolist())],
        reneging_time_distributions=[Replayed(workload.patience_min.tolist())],
        number_of_servers=[workload.agents],
        routing=[[0.0]],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(workload.conversations, method="Finish")
    return list(simulation.get_all_records())


def support_week(workload: SupportWeek) -> list[Any]:
    """W2: a node for the bot and one a team; segments are classes. Ciw's own records, one a visit to a node."""
    teams = range(len(TEAM_AGENTS))
    segments = range(len(SEGMENT_PRIORITIES))
    transferred = workload.first_team != workload.team
    works_min = [
        [look_min, handle_min] if has_look else [handle_min]
        for look_min, handle_min, has_look in _rows(workload.look_min, workload.handle_min, transferred)
    ]
    first_node, node = workload.first_team + FIRST_TEAM_NODE, workload.team + FIRST_TEAM_NODE
    routes = [
        [] if helped else [first, right] if has_look else [right]
        for helped, first, right, has_look in _rows(workload.helped_by_bot, first_node, node, transferred)
    ]
    bot = Replayed(workload.bot_turn_min.sum(axis=1).tolist())
    work = ReplayedByVisit(works_min)
    patience = ReplayedByVisit(workload.patience_min.tolist())
    classes = [f"segment {number}" for number in segments]
    network = ciw.create_network(
        arrival_distributions={
            name: [ReplayedArrivals(workload.arrives_min[workload.segment == number]), *(None for _ in teams)]
            for number, name in enumerate(classes)
        },
        service_distributions={name: [bot, *(work for _ in teams)] for name in classes},
        reneging_time_distributions={name: [None, *(patience for _ in teams)] for name in classes},
        priority_classes={name: SEGMENT_PRIORITIES[number] for number, name in enumerate(classes)},
        number_of_servers=[float("inf"), *workload.slots],
        routing={name: ciw.routing.ProcessBased(lambda ind, _: routes[ind.id_number - 1]) for name in classes},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(workload.conversations, method="Finish")
    return list(simulation.get_all_records())


def _rows(*columns: Any) -> Any:
    return zip(*(column.tolist() for column in columns), strict=True)


def _records_of_one_team(workload: OneTeam, visits: list[Any]) -> Records:
    return Records.in_order_of_arrival(
        np.array([visit.arrival_date for visit in visits]),
        np.array([visit.waiting_time for visit in visits]),
        np.array([visit.record_type == "renege" for visit in visits]),
        np.zeros(workload.conversations, dtype=np.int64),
    )


def _records_of_support_week(workload: SupportWeek, visits: list[Any]) -> Records:
    size = workload.conversations
    arrives_min, wait_min = np.zeros(size), np.zeros(size)
    abandoned, team = np.zeros(size, dtype=np.bool_), np.full(size, BOT)
    # An individual's visits follow one another in Ciw's list, so the last one names the team.
    for visit in visits:
        row = visit.id_number - 1
        if visit.node == BOT_NODE:
            arrives_min[row] = visit.arrival_date
            continue
        wait_min[row] += visit.waiting_time
        abandoned[row] = visit.record_type == "renege"
        team[row] = visit.node - FIRST_TEAM_NODE
    return Records.in_order_of_arrival(arrives_min, wait_min, abandoned, team)
