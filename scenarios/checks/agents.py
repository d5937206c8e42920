"""Agents of a team or a group: when they are there, how they work, from where they take."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...calendar import WEEK_S, WeekHours
from ...documents import Document, Loc
from ...errors import Problem
from ...quantities import format_duration
from ..intents import INTENTS
from ..scenario import Scenario
from ..staffing import AgentGroup, Agents
from .wording import twice, unknown

MOST_AGENTS = 1_000_000


def agent_problems(document: Document, scenario: Scenario, name: str, agents: Agents) -> Iterator[Problem]:
    """Hours that are none, agents who are never there, speeds for other numbers of conversations, unknown skills."""
    at: Loc = ("teams" if name in scenario.teams else "groups", name)
    hours = [*_hours_problems(document, at, agents)]
    yield from hours or _presence_problems(document, at, name, agents)
    if agents.speed_by_load and len(agents.speed_by_load) != agents.concurrency:
        yield document.problem(
            (*at, "speed_by_load"),
            f"{len(agents.speed_by_load)} speeds for agents who hold up to {agents.concurrency} conversations",
        )
    for intent in agents.work_factors:
        if intent not in scenario.intents and intent not in INTENTS:
            yield unknown(document, (*at, "work_factors", intent), "intent", intent, scenario.intents, at_key=True)
    if isinstance(agents, AgentGroup):
        yield from _group_problems(document, scenario, name, agents)
    elif agents.staffing and name not in _takers(scenario) and scenario.agents.keys() >= {*scenario.served_by(name)}:
        yield document.problem(
            (*at, "served_by"), f"`{name}` has agents of its own, and they take from no inbox: list `{name}` here too"
        )


def _takers(scenario: Scenario) -> set[str]:
    """Whoever takes from any inbox: teams and groups of agents, by name."""
    return {each for name in scenario.teams for each in scenario.takers(name)}


def _hours_problems(document: Document, at: Loc, agents: Agents) -> Iterator[Problem]:
    for hours in agents.staffing:
        try:
            WeekHours.parse(hours)
        except ValueError as error:
            yield document.problem((*at, "staffing", hours), str(error), at_key=True)
    for number, each in enumerate(agents.breaks):
        try:
            spans = WeekHours.parse(each.within).spans
        except ValueError as error:
            yield document.problem((*at, "breaks", number, "within"), str(error))
            continue
        for span in spans:
            if span[1] - span[0] < each.lasts:
                window, lasts = WeekHours((span,)), format_duration(each.lasts)
                yield document.problem((*at, "breaks", number, "lasts"), f"a break of {lasts} does not fit `{window}`")
                break


def _presence_problems(document: Document, at: Loc, name: str, agents: Agents) -> Iterator[Problem]:
    """Agents whom the staffing names and who are then never there."""
    week = np.arange(0, WEEK_S, 60, dtype=np.float64)
    most = int(agents.on_roster(week).max(initial=0))
    if isinstance(agents, AgentGroup) and agents.staffing and not most:
        yield document.problem((*at, "staffing"), f"group `{name}` has no agents all week")
    elif most > MOST_AGENTS:
        yield document.problem((*at, "staffing"), f"{most:,} agents at once; at most {MOST_AGENTS:,}")
    elif most and not agents.available(week).any():
        yield document.problem(
            (*at, "shrinkage"), f"a shrinkage of {100 * agents.shrinkage:g}% leaves nobody of `{name}`, {most} at most"
        )
    elif most and not agents.in_week().any():
        yield document.problem((*at, "breaks"), f"with these breaks nobody of `{name}` is ever on duty")


def _group_problems(document: Document, scenario: Scenario, name: str, group: AgentGroup) -> Iterator[Problem]:
    at: Loc = ("groups", name)
    if name in scenario.teams:
        yield document.problem(at, f"`{name}` is a team; give the group another name", at_key=True)
    if not group.staffing:
        yield document.problem(at, f"group `{name}` has no `staffing`")
    if group.skills == "all":
        return
    for number, team in enumerate(group.skills):
        if team not in scenario.teams:
            yield unknown(document, (*at, "skills", number), "team", team, scenario.teams)
        elif scenario.teams[team].served_by and name not in scenario.teams[team].served_by:
            yield document.problem(
                (*at, "skills", number), f"team `{team}` lists under `served_by` who takes from it, and not `{name}`"
            )
    yield from twice(document, (*at, "skills"), group.skills)
    if not group.skills and name not in _takers(scenario):
        yield document.problem((*at, "skills"), f"group `{name}` takes from no inbox")
