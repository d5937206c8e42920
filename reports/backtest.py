"""Simulated beside actual: whether a scenario is the user's own desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from ..simulator.experiment import Experiment
from ..simulator.intervals import Estimate
from .actual import Actual
from .comparison import GROUP_MEASURES
from .export import notes_data, number_or_none
from .figures import ends, figure, margin
from .mismatches import notes_beside
from .readings import Readings
from .text import grid, wrapped


@dataclass(frozen=True, slots=True)
class Held:
    """A real figure beside the simulated one."""

    actual: Actual
    simulated: Estimate

    @property
    def is_inside(self) -> bool:
        """Whether the simulated mean is as near as the tolerance asks; never, where it has no value."""
        # A tolerance that is met exactly is met, whatever the last bit of the difference says.
        slack = 1e-9 * max(abs(self.actual.value), self.actual.tolerance)
        return abs(self.simulated.value - self.actual.value) <= self.actual.tolerance + slack

    @property
    def is_an_ordinary_week(self) -> bool:
        """Whether nine simulated weeks of ten hold the real figure."""
        return self.simulated.week_low <= self.actual.value <= self.simulated.week_high


def held_against(experiment: Experiment, figures: Sequence[Actual]) -> tuple[Held, ...]:
    """The figures beside what the experiment's first policy gives."""
    readings = Readings(experiment)
    return tuple(Held(each, readings.estimate(0, each.metric.id, each.part)) for each in figures)


def backtest_text(held: Sequence[Held], experiment: Experiment, width: int) -> str:
    """The answer, then a table with a line for each figure, then why some have no simulated value."""
    outside = sum(not each.is_inside for each in held)
    name, policy = experiment.scenario.name, experiment.names[0]
    if outside:
        answer = f"{name} under {policy} is not this desk yet: {outside} of {len(held)} figures are out of tolerance."
    else:
        answer = f"{name} under {policy} is like this desk: {_all(len(held))} inside the tolerance."
    rows = [_row(each) for each in held]
    headers = ["measure", "of", "actual", "tolerance", "simulated", "nine weeks of ten", ""]
    told = [answer, *map(str, notes_beside(experiment))]
    said = "\n".join(wrapped(each, width) for each in told)
    table = grid(rows, headers, right_from=len(headers))
    return "\n".join([f"{said}\n\n{table}", *(wrapped(note, width) for note in _footnotes(held))]) + "\n"


def backtest_data(held: Sequence[Held], experiment: Experiment) -> dict[str, Any]:
    """The same for programs."""
    return {
        "scenario": experiment.scenario.name,
        "policy": experiment.names[0],
        "seed": experiment.seed,
        "replications": experiment.replications,
        "rows": [
            {
                "measure": each.actual.metric.id,
                "segment": each.actual.part[1] if each.actual.part[0] == "segment" else None,
                "team": each.actual.part[1] if each.actual.part[0] == "team" else None,
                "group": each.actual.part[1] if each.actual.part[0] == "group" else None,
                "unit": each.actual.metric.unit,
                "actual": each.actual.value,
                "tolerance": each.actual.tolerance,
                "simulated": number_or_none(each.simulated.value),
                "low": number_or_none(each.simulated.low),
                "high": number_or_none(each.simulated.high),
                "week_low": number_or_none(each.simulated.week_low),
                "week_high": number_or_none(each.simulated.week_high),
                "inside": each.is_inside,
            }
            for each in held
        ],
        "inside": all(each.is_inside for each in held),
        **notes_data(experiment),
    }


def _row(held: Held) -> list[str]:
    metric, simulated = held.actual.metric, held.simulated
    week = ends(metric, simulated.week_low, simulated.week_high)
    if held.is_inside:
        verdict = "inside"
    else:
        verdict = "OUTSIDE, though such weeks happen" if held.is_an_ordinary_week else "OUTSIDE"
    return [
        metric.id,
        held.actual.part[1] or "all",
        figure(metric, held.actual.value),
        margin(metric, held.actual.tolerance),
        figure(metric, simulated.value),
        "-" if isnan(simulated.value) else " to ".join(week),
        verdict,
    ]


def _footnotes(held: Sequence[Held]) -> Iterator[str]:
    """Why some figures have no simulated value, a line for each reason."""
    missing: dict[str, list[str]] = {}
    for each in held:
        if isnan(each.simulated.value):
            of = f" ({each.actual.part[1]})" if each.actual.part[1] else ""
            missing.setdefault(_reason(each), []).append(each.actual.metric.id + of)
    return (f"{reason}: {', '.join(names)}" for reason, names in missing.items())


def _reason(held: Held) -> str:
    """Why there is no simulated value."""
    kind, metric, simulated = held.actual.part[0], held.actual.metric, held.simulated
    if (kind == "segment" and metric.id in GROUP_MEASURES) or (kind == "group" and metric.id not in GROUP_MEASURES):
        return f"not measured by {kind}"
    runs = f"in {simulated.nulls} of {simulated.n} replications"
    return f"never, too few are helped {runs}" if metric.null_means_never else f"nothing to count {runs}"


def _all(count: int) -> str:
    return "the figure is" if count == 1 else f"all {count} figures are"
