"""When a run takes place, when customers arrive in it, and when what bots do fails in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from ...calendar import Clock
from ...documents import Document, Loc
from ...errors import BadValue, Problem
from ...quantities import format_duration
from ..scenario import Scenario
from ..surges import Surge
from .wording import twice, unknown

MOST_PROBLEMS = 50_000_000


def arrival_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """A first day or a time zone that does not exist, arrivals of nobody, and surges and outages outside the run."""
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
    wrong = [*_holiday_problems(document, scenario)]
    yield from wrong
    if wrong:
        return
    yield from _outage_problems(document, scenario)
    if scenario.arrivals.kind == "replayed":
        yield from _replay_problems(document, scenario)
        return
    expected = float(scenario.arrivals.expected(scenario.clock, scenario.days).sum())
    if expected == 0:
        yield document.problem(("arrivals",), "nobody ever writes in: all hours or all weekdays have weight 0")
        return
    surging = [
        [*_surge_problems(document, scenario, surge, ("arrivals", "surges", number))]
        for number, surge in enumerate(scenario.arrivals.surges)
    ]
    for found in surging:
        yield from found
    expected += sum(_extra(scenario, surge) for surge in scenario.arrivals.surges) if not any(surging) else 0.0
    if expected > MOST_PROBLEMS:
        yield document.problem(
            ("arrivals",), f"about {expected:,.0f} new problems in the run; at most {MOST_PROBLEMS:,} are simulated"
        )


def _holiday_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    for number, text in enumerate(scenario.holidays):
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            yield document.problem(("holidays", number), f"`{text}` is not a date such as 2026-12-25")
            continue
        if text in scenario.holidays[:number]:
            yield document.problem(("holidays", number), f"`{text}` stands there twice")
        elif date < dt.date.fromisoformat(scenario.start):
            yield document.problem(("holidays", number), f"`{text}` is over when the run starts, on {scenario.start}")


def _extra(scenario: Scenario, surge: Surge) -> float:
    """Customers whom a surge is expected to add."""
    if scenario.arrivals.kind == "replayed":
        return 0.0
    rate = scenario.arrivals.extra_rate(surge, np.ones(scenario.days), scenario.clock, scenario.days)
    return float(rate.expected * scenario.mix(surge.intents).sum())


def _replay_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    arrivals = scenario.arrivals
    if arrivals.kind == "replayed" and arrivals.at is not None:
        for number, at_s in enumerate(arrivals.at):
            if at_s >= scenario.horizon_s:
                lasts = format_duration(scenario.horizon_s)
                yield document.problem(("arrivals", "at", number), f"the run lasts {lasts}; nobody can arrive after it")


def _outage_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    does = scenario.behaviour
    for kind, errands in (("look_ups", does.look_ups), ("transactions", does.transactions)):
        for number, outage in enumerate(errands.outages):
            at: Loc = ("behaviour", kind, "outages", number, "at")
            try:
                from_s = outage.starts_s(scenario.clock)
            except BadValue as bad:
                yield document.problem(at, bad.message, bad.suggestion)
                continue
            if not 0 <= from_s < scenario.horizon_s:
                yield document.problem(at, f"`{outage.at}` is outside {_run(scenario)}")


def _run(scenario: Scenario) -> str:
    return f"the run, {format_duration(scenario.horizon_s)} from {scenario.clock.label(0)}"


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
    run = _run(scenario)
    if not 0 <= from_s < scenario.horizon_s:
        yield document.problem((*at, "at"), f"`{surge.at}` is outside {run}")
    elif from_s + surge.lasts > scenario.horizon_s:
        yield document.problem((*at, "lasts"), f"the surge goes on beyond {run}")
    elif surge.announced is not None and surge.announced.after >= surge.lasts:
        yield document.problem((*at, "announced", "after"), "the notice comes when the surge is over")
    elif not strangers and not _extra(scenario, surge) > 0:
        yield document.problem(at, "the surge adds nobody: nobody ordinarily writes about this then")
    yield from twice(document, (*at, "intents"), surge.intents or ())
