"""The warm-up of a run that is measured in steady state: how much of its beginning is left out, by MSER-5 if asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadValue
from ..rules.policy import Policy
from .desk import Desk
from .measured import Measured
from .run import Run, simulate
from .shifts import MINUTE_S

FloatArray = NDArray[np.float64]

BATCH = 5
PILOT = -1
"""The replication that pilot runs play; no replication that is measured has this number."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where MSER-5 cuts a series: how many of its first observations it leaves out, and the statistic there.

    `is_at_bound`: it would leave out half of the series, the most it may; the series is too short to say.
    """

    observations: int
    value: float
    is_at_bound: bool


def mser5(series: ArrayLike) -> Truncation:
    """Where to cut the warm-up off a series of observations, in their order in time.

    The series is batched into fives (what is left over is dropped). Of the k batch means z, the first d are left out,
    where d ≤ k / 2 makes Σ (z_j − z̄)² / (k − d)² over the others smallest; the smallest such d. The value of a series
    without a whole batch is not a number. Raises `BadValue` for observations that are not finite.
    Source: White (1997), Simulation 69 (6); White, Cobb and Spratt (2000), Proc. Winter Simulation Conference.

    >>> mser5([100] * 20 + [1, 2, 3, 4, 5] * 20)
    Truncation(observations=20, value=0.0, is_at_bound=False)
    """
    observed = np.asarray(series, dtype=np.float64)
    if not np.isfinite(observed).all():
        raise BadValue("a series to be truncated has observations that are not finite")
    batches = observed.size // BATCH
    if not batches:
        return Truncation(0, nan, is_at_bound=True)
    # From the end, one batch more at a time: Welford (1962), whose terms are never negative.
    means = observed[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)[::-1]
    kept = np.arange(1, batches + 1)
    mean_so_far = np.cumsum(means) / kept
    off = means[1:] - mean_so_far[:-1]
    squares = np.concatenate([[0.0], np.cumsum(off * off * kept[:-1] / kept[1:])])
    most = batches // 2
    statistic = (squares / kept**2.0)[::-1][: most + 1]
    cut = int(np.argmin(statistic))
    return Truncation(cut * BATCH, float(statistic[cut]), is_at_bound=cut == most)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How long the warm-up is; `is_found`: by MSER-5 on pilot runs, which were too short for it if `is_at_bound`."""

    lasts_s: float
    is_found: bool = False
    is_at_bound: bool = False


def warm_up_of(desk: Desk, policies: Sequence[Policy], seed: int) -> WarmUp | None:
    """The warm-up of an experiment, the same for all its policies; `None` for runs that are measured from the start.

    MSER-5 plays one pilot run of each policy, with draws of its own, and the longest warm-up counts.
    """
    steady = desk.scenario.steady_state
    if steady is None:
        return None
    if steady.warm_up != "mser":
        return WarmUp(steady.warm_up)
    found = [_of_pilot(simulate(desk, policy, seed, PILOT, counts_from_s=0.0)) for policy in policies]
    return WarmUp(max(each.lasts_s for each in found), is_found=True, is_at_bound=any(e.is_at_bound for e in found))


def _of_pilot(run: Run) -> WarmUp:
    """Until the first message of the first conversation that MSER-5 keeps, rounded up to whole minutes.

    Its series are the waits, as far as they are ever over, of the conversations that joined an inbox before the
    horizon, in order of joining.
    """
    table, horizon_s = run.conversations, run.desk.scenario.horizon_s
    rows = Measured(run).placed
    rows = rows[~np.isnan(table.wait_s[rows])]
    joined_s = run.visits.joined_s[table.first_visit[rows]]
    order = np.argsort(joined_s, kind="stable")
    rows = rows[order][joined_s[order] < horizon_s]
    cut = mser5(table.wait_s[rows])
    if not cut.observations:
        # Where nobody waits for people there is nothing to settle.
        return WarmUp(0.0, is_found=True, is_at_bound=cut.is_at_bound and rows.size > 0)
    lasts_s = MINUTE_S * ceil(table.starts_s[rows[cut.observations]] / MINUTE_S)
    return WarmUp(min(lasts_s, horizon_s - MINUTE_S), is_found=True, is_at_bound=cut.is_at_bound)
