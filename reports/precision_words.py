"""How precise an experiment was to be, and how near it came, in words."""

from __future__ import annotations

from decimal import Decimal
from math import ceil, inf, isnan
from typing import Any

from ..quantities import format_duration
from ..rules.wording import listed
from ..simulator.experiment import Experiment
from ..simulator.metrics import BY_ID, Metric
from ..simulator.precision import SPARE, Precision
from .figures import margin


def precision_sentence(experiment: Experiment) -> str:
    """Whether it is as precise as wanted; of what is not, how far it is from that. Empty if nothing was wanted."""
    found, many = experiment.precision, experiment.replications
    if not found:
        return ""
    missing = [each for each in found if not each.is_reached]
    if not missing:
        wanted = listed((each.wish.text for each in found), "and")
        return f"As precise as wanted after {many} replications: {wanted}."
    told = "; ".join(f"{_distance(each)}{_advice(each, many)}" for each in missing)
    return f"NOT as precise as wanted after {many} replications: {told}."


def next_round(experiment: Experiment, found: tuple[Precision, ...], number: int, took_s: float) -> str:
    """What is to come after the replications so far, and about how long it takes."""
    furthest = max((each for each in found if not each.is_reached), key=lambda each: (each.needed < inf, each.needed))
    more = number - experiment.replications
    lasts_s = took_s / experiment.replications * more
    return (
        f"after {experiment.replications} replications {_distance(furthest)}: "
        f"{more} more, about {format_duration(ceil(lasts_s))}"
    )


def precision_data(experiment: Experiment) -> dict[str, Any]:
    """The same for programs; empty if nothing was wanted."""
    rows = [
        {
            "measure": each.wish.measure,
            "asked": each.wish.text,
            "policy": each.policy,
            "half_width": None if isnan(each.half) else each.half,
            "wanted": each.wanted,
            "reached": each.is_reached,
            "replications_needed": None if each.needed == inf else each.needed,
        }
        for each in experiment.precision
    ]
    return {"precision": rows} if rows else {}


def _distance(found: Precision) -> str:
    metric = BY_ID[found.wish.measure]
    if isnan(found.half):
        return f"{metric.id} of {found.policy} has no value"
    return f"{metric.id} of {found.policy} is {_margin(metric, found.half)}, {_margin(metric, found.wanted)} wanted"


def _margin(metric: Metric, half: float) -> str:
    return f"±{Decimal(f'{100 * half:.2g}'):f} pp" if metric.unit == "share" else margin(metric, half)


def _advice(found: Precision, many: int) -> str:
    if isnan(found.half):
        return " in some of them"
    if found.needed == inf:
        return ", a share of a mean of 0, which nothing reaches; give a width in the measure's own unit"
    if found.needed > many:
        return f" (about {ceil(SPARE * found.needed):,} replications would do: --at-most)"
    return ""
