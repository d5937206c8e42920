"""What can be wrong with how a run begins, and from when on it counts."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document
from ...errors import Problem
from ...quantities import format_duration
from ..scenario import Scenario
from .wording import unknown


def beginning_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Problems with a run's warm-up, and with who waits already."""
    steady = scenario.steady_state
    if steady is not None and steady.warm_up != "mser" and steady.warm_up >= scenario.horizon_s:
        lasts, warm_up = format_duration(scenario.horizon_s), format_duration(steady.warm_up)
        yield document.problem(
            ("steady_state", "warm_up"), f"the run lasts {lasts}; a warm-up of {warm_up} leaves nothing to measure"
        )
    asked = {intent for segment in scenario.segments.values() for intent, share in segment.intents.items() if share > 0}
    for team, waiting in scenario.backlog.items():
        at = ("backlog", team)
        if team not in scenario.teams:
            yield unknown(document, at, "team", team, scenario.teams, at_key=True)
            continue
        most = scenario.teams[team].waiting_at_most
        if waiting and not scenario.staffed(team):
            yield document.problem(at, f"nobody ever takes from the inbox of `{team}`: it has no agents all week")
        elif waiting and not asked.intersection(scenario.waiting_for(team)):
            yield document.problem(at, f"nobody writes about what `{team}` solves, so nobody can be waiting for it")
        elif most is not None and waiting > most:
            yield document.problem(at, f"the inbox of `{team}` holds at most {most} who wait, found `{waiting}`")
