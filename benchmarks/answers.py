"""What an engine answered: a record per conversation, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from workloads import TEAM_AGENTS, BoolArray, FloatArray, IntArray

# The team of a conversation that the bot ended.
BOT = -1


@dataclass(frozen=True, slots=True)
class Records:
    """A row a conversation, in order of arrival.

    `wait_min` is the time in queues, over all of them, neither the bot nor a look at the wrong team included; 0 for
    one that the bot ended. `team` is the last queue it was in, or `BOT`.
    """

    arrives_min: FloatArray
    wait_min: FloatArray
    abandoned: BoolArray
    team: IntArray

    @classmethod
    def in_order_of_arrival(
        cls, arrives_min: FloatArray, wait_min: FloatArray, abandoned: NDArray[np.generic], team: NDArray[np.generic]
    ) -> Records:
        """The records sorted, whatever order the engine wrote them in."""
        order = np.argsort(arrives_min, kind="stable")
        return cls(arrives_min[order], wait_min[order], abandoned[order].astype(np.bool_), team[order].astype(np.int64))


@dataclass(frozen=True, slots=True)
class TeamAnswers:
    """Figures over the conversations whose last queue was this team's."""

    conversations: int
    mean_wait_min: float
    share_abandoned: float


@dataclass(frozen=True, slots=True)
class Answers:
    """The figures of a run; waits and shares are over the conversations that came to a queue."""

    conversations: int
    helped_by_bot: int
    mean_wait_min: float
    share_abandoned: float
    teams: tuple[TeamAnswers, ...]

    def figures(self) -> FloatArray:
        """Every figure in one row, for comparison: waits, shares and counts, overall and by team."""
        row: list[float] = [self.conversations, self.helped_by_bot, self.mean_wait_min, self.share_abandoned]
        for team in self.teams:
            row += [team.conversations, team.mean_wait_min, team.share_abandoned]
        return np.array(row)

    def names(self) -> tuple[str, ...]:
        """The name of each of `figures`."""
        names = ["conversations", "helped by bot", "mean wait", "share abandoned"]
        for number in range(len(self.teams)):
            names += [f"{measure} of team {number}" for measure in ("conversations", "mean wait", "share abandoned")]
        return tuple(names)


def answers(records: Records) -> Answers:
    """The figures of the records."""
    queued = records.team != BOT
    members = [records.team == number for number in range(len(TEAM_AGENTS))]
    return Answers(
        conversations=len(records.team),
        helped_by_bot=int(np.count_nonzero(~queued)),
        mean_wait_min=float(records.wait_min[queued].mean()),
        share_abandoned=float(records.abandoned[queued].mean()),
        teams=tuple(
            TeamAnswers(
                conversations=int(np.count_nonzero(member)),
                mean_wait_min=float(records.wait_min[member].mean()),
                share_abandoned=float(records.abandoned[member].mean()),
            )
            for member in members
            if member.any()
        ),
    )
