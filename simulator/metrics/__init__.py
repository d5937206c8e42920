"""The measures of a run: what each means, and its value for everybody, for each segment, team and group."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import numpy as np

from ..measured import FloatArray, Measured
from ..quantiles import Quantile, Ratio
from ..run import Run
from .bots import OF_BOTS
from .endings import OF_ENDINGS
from .help import OF_HELP
from .metric import Metric
from .routing import OF_ROUTING
from .staff import OF_STAFF
from .surveys import OF_SURVEYS
from .waits import OF_WAITS

__all__ = ["BY_ID", "METRICS", "OF_THE_BOT", "Metric", "Values", "measure", "measures_of"]

METRICS: tuple[Metric, ...] = (*OF_HELP, *OF_SURVEYS, *OF_WAITS, *OF_BOTS, *OF_ENDINGS, *OF_ROUTING, *OF_STAFF)
BY_ID: Mapping[str, Metric] = {metric.id: metric for metric in METRICS}

Values = Mapping[tuple[str, str], FloatArray]
"""By part (kind, name): one value for each of `METRICS`, in order; not a number where the measure is null."""
OF_THE_BOT = frozenset({"helped_by_bot_rate", *(metric.id for metric in (*OF_BOTS, *OF_ENDINGS))})
"""Measures that are nothing, for sure, where a policy has no bot."""
MADE_OF = ("value", "of", "low", "high")
"""What `measures_of` gives of each measure."""


def measure(run: Run) -> Values:
    """All measures of a run, for everybody, each segment and each team."""
    return {part: found[:, 0] for part, found in measures_of(Measured(run)).items()}


def measures_of(measured: Measured) -> Values:
    """All measures of a run that is made ready, a row each: its value, what a ratio divides by, and the ends of the
    interval of a quantile within this run; shape (measures, `MADE_OF`), not a number where there is no such thing.
    """
    return {
        (kind, name): np.array([_row(metric.value(part)) for metric in METRICS])
        for kind, name, part in measured.parts()
    }


def _row(value: float) -> tuple[float, float, float, float]:
    if isinstance(value, Ratio):
        return value, value.under, nan, nan
    return (value, nan, value.low, value.high) if isinstance(value, Quantile) else (value, nan, nan, nan)
