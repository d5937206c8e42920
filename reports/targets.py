"""What a file of targets comes to: which policies reach them, what each costs, and which to ship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

from ..simulator.experiment import Experiment
from ..simulator.intervals import skew_interval
from ..simulator.judging import Judgement, Shipping, simultaneous
from ..simulator.metrics import BY_ID, METRICS
from ..simulator.targets import Target, Targets
from .export import number_or_none
from .figures import figure, fine_change, margin_of
from .readings import Readings
from .target_words import counts_words, lines_of, target_words
from .terminal import neutral
from .text import grid, wrapped

COSTS = ("agent_hours", "occupancy", "helped_rate", "lost_rate")
"""What a policy costs, and whom it helps."""
Code = Literal[0, 1, 3]
Judged = tuple[int, tuple[Judgement, ...]]
"""A policy's position, and what is said of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What targets say of the policies of an experiment; `level` is that of each interval, `ship` the name of the
    policy to go live with, `code` 0 for yes, 1 for no, 3 for cannot tell.
    """

    targets: Targets
    judged: tuple[Judged, ...]
    level: float
    conclusion: str
    ship: str | None
    code: Code


def answer_of(shipping: Shipping, experiment: Experiment) -> Answer:
    """What to ship: 0 if any policy reaches all targets, 1 if all miss one for sure."""
    names = experiment.names
    code: Code = 0 if shipping.passing else 3 if shipping.can_still_pass else 1
    return Answer(
        shipping.targets,
        tuple(enumerate(shipping.judgements)),
        simultaneous(len(shipping.targets.must) * len(names)),
        _conclusion(shipping, experiment),
        None if shipping.ship is None else names[shipping.ship],
        code,
    )


def _conclusion(shipping: Shipping, experiment: Experiment) -> str:
    names, many = experiment.names, len(shipping.targets.must)
    baseline = names[shipping.targets.baseline_among(names)]
    if shipping.ship is not None:
        name = names[shipping.ship]
        verb = "keep" if name == baseline else "ship"
        return f"{verb} {name}: passes {many} of {many}{_because(shipping, experiment)}"
    if shipping.passing:
        passing = ", ".join(names[at] for at in shipping.passing)
        return f"ship any of {passing}: each passes {many} of {many}; `prefer` in the targets would choose"
    if shipping.can_still_pass:
        still = ", ".join(names[at] for at in shipping.can_still_pass)
        return f"ship nothing yet: {still} may pass {many} of {many}; more --replications tell"
    return "ship none of them: each fails a target"


def _because(shipping: Shipping, experiment: Experiment) -> str:
    """Why this one of those that pass."""
    prefer, ship, names = shipping.targets.prefer, shipping.ship, experiment.names
    if prefer is None or ship is None or len(shipping.passing) < 2:
        return ""
    readings, metric, part = Readings(experiment), prefer.metric, prefer.part
    means = {at: readings.value(at, metric.id, part) for at in shipping.passing}
    told = ", ".join(f"{names[at]} {figure(metric, mean)}" for at, mean in means.items())
    measure = f"{metric.id} of {part[1]}" if part[1] else metric.id
    if len(shipping.alike) > 1:
        margin = fine_change(metric, prefer.margin).lstrip("+")
        return f"; in {measure} none is better by more than {margin} ({told})"
    sign = 1.0 if metric.better == "higher" else -1.0
    others = {at: mean for at, mean in means.items() if at != ship and not isnan(mean)}
    if not others:
        return f"; alone has a value of {measure} ({told})"
    other = max(others, key=lambda at: sign * others[at])
    number = METRICS.index(metric)
    ahead = sign * (experiment.values(ship, part, number) - experiment.values(other, part, number))
    low, high = skew_interval(ahead)
    value, least, most = (fine_change(metric, each).lstrip("+") for each in (float(ahead.mean()), low, high))
    sure = f"better than {names[other]} by" if low > 0 else f"cannot be told from {names[other]}, ahead by"
    return f"; best in {measure} ({told}), {sure} {value} ({least} to {most})"


def answer_text(answer: Answer, experiment: Experiment, width: int) -> str:
    """What each policy misses or is not sure of, what each costs, and the conclusion; ends with a line break."""
    names, readings = experiment.names, Readings(experiment)
    about = f"Targets of {neutral(answer.targets.place)} (their intervals hold all together at 95 %):"
    told = [wrapped(about, width)]
    for at, judgements in answer.judged:
        told.append(wrapped(f"{neutral(names[at])} {counts_words(judgements)}", width))
        told += lines_of([each for each in judgements if each.verdict != "pass"], width)
    rows = [
        [neutral(names[at]), *_costs(readings, at), counts_words(judgements)] for at, judgements in answer.judged
    ]
    headers = ["policy", *COSTS, "targets"]
    table = grid(rows, headers, right_from=len(headers), right=range(1, len(COSTS) + 1))
    return "\n\n".join(["\n".join(told), table, wrapped(neutral(answer.conclusion), width)]) + "\n"


def _costs(readings: Readings, policy: int) -> Iterator[str]:
    for measure in COSTS:
        metric, found = BY_ID[measure], readings.estimate(policy, measure)
        yield f"{figure(metric, found.value)} {margin_of(metric, found)}".rstrip()


def answer_data(answer: Answer, experiment: Experiment) -> dict[str, Any]:
    """The same for programs."""
    names = experiment.names
    prefer = answer.targets.prefer
    return {
        "file": answer.targets.place,
        "baseline": names[answer.targets.baseline_among(names)],
        "level": answer.level,
        "policies": {names[at]: [judgement_data(each) for each in judgements] for at, judgements in answer.judged},
        "prefer": None
        if prefer is None
        else {"measure": prefer.metric.id, **_of(prefer.part), "margin": prefer.margin, "unit": prefer.metric.unit},
        "ship": answer.ship,
        "conclusion": answer.conclusion,
        "exit_code": answer.code,
    }


def judgement_data(each: Judgement) -> dict[str, Any]:
    """What is said of a target: value and interval in the unit of its limit, or as shares of replications."""
    return {
        **target_data(each.target),
        "verdict": each.verdict,
        "value": number_or_none(each.value),
        "low": number_or_none(each.low),
        "high": number_or_none(each.high),
        "replications": each.n,
        "nulls": each.nulls,
        "why": each.why,
        "decided_at": each.decided_at,
    }


def target_data(target: Target) -> dict[str, Any]:
    """A target in a program's words; `relative`: its limit is a part of the baseline's mean."""
    return {
        "target": target_words(target),
        "measure": target.metric.id,
        **_of(target.part),
        "kind": target.kind,
        "limit": target.limit,
        "unit": target.metric.unit,
        "relative": target.relative,
        "in_weeks": target.in_weeks,
        "line": target.line,
    }


def _of(part: tuple[str, str]) -> dict[str, str | None]:
    return {kind: part[1] if part[0] == kind else None for kind in ("segment", "team", "group")}
