"""What is kept of a replication once its tables are gone: small, and the same wherever it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .automation import automation_of
from .conversations import Outcome
from .measured import Measured
from .metrics import measures_of
from .performance import performance_of
from .run import Run

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
HOUR_S = 3600.0


@dataclass(frozen=True)
class Summary:
    """One replication of one policy; of what counts, but for the waits by the hour, which show all of the run but the
    backlog: when its customers came is not known.

    problems, conversations   how many count
    measured     by part, measures in the order of `METRICS` with what they are made of, shape (measures, `MADE_OF`)
    queued, wait_mean_s, wait_p90_s   by elapsed hour of the run: conversations that joined an inbox then, and what they
                                      waited; NaN = nobody
    flows        conversations by (with a bot or `no bot`, outcome): how many
    placements   conversations that reached people, shape (teams, teams): right team by first team
    performance  counts of each thing that the bot may offer, shape (offerings, `performance.COUNTS`)
    automation   figures of each intent, shape (intents, `automation.FIGURES`)
    """

    policy: str
    seed: int
    replication: int
    population_hash: str
    problems: int
    conversations: int
    measured: Mapping[tuple[str, str], FloatArray]
    queued: IntArray
    wait_mean_s: FloatArray
    wait_p90_s: FloatArray
    flows: Mapping[tuple[str, str], int]
    placements: IntArray
    performance: IntArray
    automation: FloatArray

    @cached_property
    def values(self) -> Mapping[tuple[str, str], FloatArray]:
        """Measures by part, in the order of `METRICS`; NaN = null."""
        return {part: found[:, 0] for part, found in self.measured.items()}


def summary_of(run: Run, measured: Measured | None = None) -> Summary:
    """The summary of a run, which may be made ready to be measured already."""
    table, teams = run.conversations, len(run.team_names)
    measured = Measured(run) if measured is None else measured
    queued, wait_mean_s, wait_p90_s = _waits_by_hour(run)
    flows: dict[tuple[str, str], int] = {}
    with_bot, ended = table.bot_turns[measured.conversations] > 0, table.outcome[measured.conversations]
    for outcome in Outcome:
        for name, chosen in (("bot", with_bot), ("no bot", ~with_bot)):
            flows[name, outcome.name.lower()] = int(np.count_nonzero(chosen & (ended == outcome)))
    placed = measured.placed
    pairs = measured.right_team[table.problem[placed]].astype(np.int64) * teams + table.first_team[placed]
    return Summary(
        policy=run.policy.policy.name,
        seed=run.seed,
        replication=run.replication,
        population_hash=run.population.digest,
        problems=measured.problems.size,
        conversations=measured.conversations.size,
        measured=measures_of(measured),
        queued=queued,
        wait_mean_s=wait_mean_s,
        wait_p90_s=wait_p90_s,
        flows=flows,
        placements=np.bincount(pairs, minlength=teams * teams).reshape(teams, teams),
        performance=performance_of(measured),
        automation=automation_of(measured),
    )


def _waits_by_hour(run: Run) -> tuple[IntArray, FloatArray, FloatArray]:
    """By elapsed hour: conversations that joined an inbox, the mean of what they waited, and its 90 % quantile."""
    table, backlog = run.conversations, run.population.backlog
    hours = int(run.desk.scenario.days * 24)
    reached = table.first_visit >= 0
    rows = np.flatnonzero(reached if backlog is None else reached & (backlog[table.problem] < 0))
    joined = np.minimum(run.visits.joined_s[table.first_visit[rows]] / HOUR_S, hours).astype(np.int16)
    wait_s = table.wait_s[rows]
    queued = np.bincount(joined[joined < hours], minlength=hours)
    wait_mean_s, wait_p90_s = np.full(hours, np.nan), np.full(hours, np.nan)
    ordered_s = wait_s[np.lexsort((wait_s, joined))]
    some = np.flatnonzero(queued)
    begins = (np.cumsum(queued) - queued)[some]
    if some.size:
        # What joined after the last hour stands at the end.
        wait_mean_s[some] = np.add.reduceat(ordered_s[: queued.sum()], begins) / queued[some]
        wait_p90_s[some] = ordered_s[begins + np.ceil(0.9 * queued[some]).astype(np.int64) - 1]
    return queued, wait_mean_s, wait_p90_s
