"""When a run takes place and when customers arrive in it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import numpy as np

from ...calendar import Clock
from ...documents import Document, Loc
from ...errors import BadValue, Problem
from ...quantities import format_duration
from ..scenario import Scenario
from ..surges import Surge
from .wording import unknown


def arrival_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """A first day or a time zone that does not exist, arrivals of nobody, and surges outside the run."""
    try:
        dt.date.fromisoformat(scenario.start)
    except ValueError:
        yield document.problem(("start",), f"`{scenario.start}` is not a date such as 2026-03-02")
        return
    for part, time_zone in (("start", "UTC"), ("time_zone", scenario.time_zone)):
        try:
            Clock(dt.date.fromisoformat(scenario.start), time_zone)
        except ValueError as error:
            yield document.problem((part,), str(error))
            return
    if scenario.arrivals.kind != "replayed":
        expected = float(scenario.arrivals.expected(scenario.clock, scenario.days).sum())
        if expected == 0 or not math.isfinite(expected):
            yield document.problem(("arrivals",), "nobody ever writes in: all hours or all weekdays have weight 0")
            return
    yield from _replay_problems(document, scenario)
    for number, surge in enumerate(scenario.arrivals.surges):
        yield from _surge_problems(document, scenario, surge, ("arrivals", "surges", number))


def _replay_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    arrivals = scenario.arrivals
    if arrivals.kind == "replayed" and arrivals.at is not None:
        for number, at_s in enumerate(arrivals.at):
            if at_s >= scenario.horizon_s:
                lasts = format_duration(scenario.horizon_s)
                yield document.problem(("arrivals", "at", number), f"the run lasts {lasts}; nobody can arrive after it")


def _surge_problems(document: Document, scenario: Scenario, surge: Surge, at: Loc) -> Iterator[Problem]:
    strangers = [
        unknown(document, (*at, "intents", number), "intent", name, scenario.intents)
        for number, name in enumerate(surge.intents or ())
        if name not in scenario.intents
    ]
    yield from strangers
    try:
        from_s = surge.starts_s(scenario.clock)
    except BadValue as bad:
        yield document.problem((*at, "at"), bad.message, bad.suggestion)
        return
    run = f"the run, {format_duration(scenario.horizon_s)} from {scenario.clock.label(0)}"
    if not 0 <= from_s < scenario.horizon_s:
        yield document.problem((*at, "at"), f"`{surge.at}` is outside {run}")
    elif from_s + surge.lasts > scenario.horizon_s:
        yield document.problem((*at, "lasts"), f"the surge goes on beyond {run}")
    elif surge.announced is not None and surge.announced.after >= surge.lasts:
        yield document.problem((*at, "announced", "after"), "the notice comes when the surge is over")
    elif not strangers and scenario.arrivals.kind != "replayed":
        extra = scenario.arrivals.extra_rate(surge, np.ones(scenario.days), scenario.clock, scenario.days)
        if not extra.expected * scenario.mix(surge.intents).sum() > 0:
            yield document.problem(at, "the surge adds nobody: nobody ordinarily writes about this then")
