"""The measures of a run: what each means, and its value for everybody, for each segment, team and group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..measured import FloatArray, Measured
from ..run import Run
from .bots import OF_BOTS
from .endings import OF_ENDINGS
from .help import OF_HELP
from .metric import Metric
from .routing import OF_ROUTING
from .staff import OF_STAFF
from .surveys import OF_SURVEYS
from .waits import OF_WAITS

__all__ = ["BY_ID", "METRICS", "Metric", "Values", "measure", "measures_of"]

METRICS: tuple[Metric, ...] = (*OF_HELP, *OF_SURVEYS, *OF_WAITS, *OF_BOTS, *OF_ENDINGS, *OF_ROUTING, *OF_STAFF)
BY_ID: Mapping[str, Metric] = {metric.id: metric for metric in METRICS}

Values = Mapping[tuple[str, str], FloatArray]
"""By part (kind, name): one value for each of `METRICS`, in order; not a number where the measure is null."""


def measure(run: Run) -> Values:
    """All measures of a run, for everybody, each segment and each team."""
    return measures_of(Measured(run))


def measures_of(measured: Measured) -> Values:
    """All measures of a run that is made ready."""
    return {(kind, name): np.array([metric.value(part) for metric in METRICS]) for kind, name, part in measured.parts()}
