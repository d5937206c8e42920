"""W1 and W2 on the product's own floor: the shipped engine with its visit table, fed with the workload's columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from answers import BOT, Records
from workloads import CONVERSATIONS_AT_ONCE, TEAM_AGENTS, OneTeam, SupportWeek, Workload

from deskdrill.simulator.floor import Floor
from deskdrill.simulator.floorplan import Floorplan, Group
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords


class Deskdrill:
    """The floor of `deskdrill`, least loaded agent first."""

    def simulate(self, workload: Workload) -> Callable[[], Records]:
        """The finished run; its visit table is the engine's own record."""
        if isinstance(workload, OneTeam):
            return _one_team(workload)
        return _support_week(workload)


def _one_team(workload: OneTeam) -> Callable[[], Records]:
    size = workload.conversations
    zeros = np.zeros(size, dtype=np.int8)
    visits = PlannedVisits(
        zeros,
        zeros,
        workload.handle_min,
        workload.patience_min,
        workload.patience_min,
        np.full(size, -1, dtype=np.int32),
    )
    floor = Floor(Floorplan.of_teams((Group(1, (0.0,), (workload.agents,)),)), visits)
    played = floor.play(workload.arrives_min, np.arange(size, dtype=np.int32))

    def records() -> Records:
        return Records(
            workload.arrives_min, _wait(played), played.fate == Fate.ABANDONED, np.zeros(size, dtype=np.int64)
        )

    return records


def _support_week(workload: SupportWeek) -> Callable[[], Records]:
    joins_min = workload.arrives_min + workload.bot_turn_min.sum(axis=1)
    over = np.flatnonzero(~workload.helped_by_bot)
    wrong = workload.first_team[over] != workload.team[over]
    moved = over[wrong]
    following = np.full(over.size + moved.size, -1, dtype=np.int32)
    following[: over.size][wrong] = over.size + np.arange(moved.size)
    patience_min = np.concatenate([workload.patience_min[over, 0], workload.patience_min[moved, 1]])
    visits = PlannedVisits(
        team=np.concatenate([workload.first_team[over], workload.team[moved]]).astype(np.int8),
        priority=workload.priority[np.concatenate([over, moved])].astype(np.int8),
        service_s=np.concatenate(
            [np.where(wrong, workload.look_min[over], workload.handle_min[over]), workload.handle_min[moved]]
        ),
        patience_s=patience_min,
        message_patience_s=patience_min,
        next=following,
    )
    groups = tuple(Group(CONVERSATIONS_AT_ONCE, (0.0,), (agents,)) for agents in TEAM_AGENTS)
    floor = Floor(Floorplan.of_teams(groups), visits)
    order = np.argsort(joins_min[over], kind="stable").astype(np.int32)
    played = floor.play(joins_min[over][order], order)

    def records() -> Records:
        wait = _wait(played)
        last = np.where(
            (following[: over.size] >= 0) & (played.fate[: over.size] == Fate.SERVED), following[: over.size], -1
        )
        at_last = np.where(last >= 0, last, np.arange(over.size))
        total, abandoned = np.zeros(workload.conversations), np.zeros(workload.conversations, dtype=bool)
        team = np.full(workload.conversations, BOT, dtype=np.int64)
        total[over] = wait[: over.size] + np.where(last >= 0, wait[last], 0.0)
        abandoned[over] = played.fate[at_last] == Fate.ABANDONED
        team[over] = visits.team[at_last]
        return Records(workload.arrives_min, total, abandoned, team)

    return records


def _wait(played: VisitRecords) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    until = np.where(np.isnan(played.answered_s), played.ended_s, played.answered_s)
    return np.asarray(np.nan_to_num(until - played.joined_s))
