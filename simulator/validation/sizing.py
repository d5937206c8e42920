"""How many conversations a case needs, found on pilot runs that are thrown away."""

from __future__ import annotations

from collections.abc import Sequence
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
ROOM = 1.1
"""An interval is planned narrower than it has to be by this factor, as its width is a matter of chance too."""


@dataclass(frozen=True, slots=True)
class Need:
    """Conversations that a case needs for a full and for a quick trial, and the measure that needs them."""

    full: int
    quick: int
    measure: str


def needs_of(cases: Sequence[Case], trial: Trial, pilot: Effort = PILOT) -> tuple[Need, ...]:
    """What each case needs, by the spread of its measures over the replications of a pilot."""
    parts = [Part(replace(case, full=pilot, quick=pilot), pilot, trial.seed + PILOT_SEED) for case in cases]
    return tuple(
        _need(case, np.array(exact_values(case)), values, pilot)
        for case, values in zip(cases, played(parts, trial), strict=True)
    )


def _need(case: Case, exact: FloatArray, values: FloatArray, pilot: Effort) -> Need:
    names = [measure.name for measure in case.measures]
    wide = np.array([name in case.wide for name in names])
    # What one conversation adds to the relative variance of the mean of all.
    variance = (values.std(axis=0, ddof=1) / np.abs(exact)) ** 2 * pilot.each
    full = _conversations(variance, np.where(wide, 2 * STRICT, STRICT))
    quick = _conversations(variance, np.full(exact.size, QUICK))
    return Need(int(full.max()), int(quick.max()), names[int(full.argmax())])


def _conversations(variance: FloatArray, limit: FloatArray) -> FloatArray:
    from scipy.special import stdtrit

    needed = np.full(variance.shape, float(LEAST))
    # The fewer the replications, the wider the quantile: a few rounds settle it.
    for _ in range(5):
        replications = np.array([Effort.of(each).replications for each in needed])
        quantile = stdtrit(replications - 1, 0.5 + LEVEL / 2)
        needed = np.maximum(variance * (ROOM * quantile / limit) ** 2, LEAST)
    return np.asarray(np.ceil(needed))


def sized(name: str, model: Model, trial: Trial) -> Case:
    """A case of a model with all its measures, as large as a pilot finds it has to be, up to a limit."""
    whole = Case(name, model, PILOT, PILOT)
    need = needs_of([whole], trial)[0]
    return replace(whole, full=Effort.of(min(need.full, MOST)), quick=Effort.of(min(need.quick, MOST)))
