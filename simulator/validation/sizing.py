"""How many conversations a case needs, found on pilot runs that are thrown away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .case import Case, Effort
from .model import Model
from .trial import LEVEL, QUICK, STRICT, Part, Trial, exact_values, played

FloatArray = NDArray[np.float64]
PILOT = Effort(conversations=300_000, replications=60)
PILOT_SEED = 2_000_003
"""The seed of a pilot is that of the trial and so many more."""
LEAST, MOST = 20_000, 40_000_000
ROOM = 0.5
"""An interval is planned narrower than it has to be, by so many standard deviations of its width: where that is not
enough, a trial goes on for longer."""


@dataclass(frozen=True, slots=True)
class Need:
    """Conversations that a case needs for a full and for a quick trial, and the measure that needs the former."""

    full: int
    quick: int
    measure: str


def needs_of(cases: Sequence[Case], trial: Trial, pilot: Effort = PILOT) -> tuple[Need, ...]:
    """What each case needs, by the spread of its measures over the replications of a pilot."""
    parts = [Part(case, pilot, trial.seed + PILOT_SEED, quick=False) for case in cases]
    return tuple(_need(part, values) for part, values in zip(parts, played(parts, trial), strict=True))


def _need(part: Part, values: FloatArray) -> Need:
    names = [measure.name for measure in part.measures]
    wide, slow = (np.isin(names, which) for which in (part.case.wide, part.case.slow))
    # What one conversation adds to the relative variance of the mean of all.
    relative = values.std(axis=0, ddof=1) / np.abs(np.array(exact_values(part)))
    variance = relative**2 * part.effort.each
    full = _conversations(variance, np.where(wide, 2 * STRICT, STRICT), Effort.full)
    quick = np.where(slow, LEAST, _conversations(variance, np.full(variance.shape, QUICK), Effort.quick))
    return Need(int(full.max()), int(quick.max()), names[int(full.argmax())])


def _conversations(variance: FloatArray, limit: FloatArray, effort: Callable[[float], Effort]) -> FloatArray:
    from scipy.special import stdtrit

    needed = np.full(variance.shape, float(LEAST))
    # The fewer the replications, the larger the quantile of t and the room: a few rounds settle it.
    for _ in range(8):
        replications = np.array([effort(each).replications for each in needed])
        room = 1 + ROOM / np.sqrt(2 * (replications - 1))
        needed = np.maximum(variance * (room * stdtrit(replications - 1, 0.5 + LEVEL / 2) / limit) ** 2, LEAST)
    return np.asarray(np.ceil(needed))


def sized(name: str, model: Model, trial: Trial) -> Case:
    """A case of a model with all its measures, as large as a pilot finds it has to be, up to a limit."""
    whole = Case(name, model, PILOT, PILOT)
    need = needs_of([whole], trial)[0]
    return replace(whole, full=Effort.full(min(need.full, MOST)), quick=Effort.quick(min(need.quick, MOST)))
