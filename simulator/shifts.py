"""When agents are on duty, to the minute, over a run and until the last customer has come back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .floor import FloorTeam

MINUTE_S = 60.0
WEEK_S = 7 * 86400.0
MONTH_S = 30 * 86400.0


def until_s(scenario: Scenario) -> float:
    """When the last customer may have come back for the last time, with a month to spare; seconds since the start."""
    returns = scenario.returns
    coming_back_s = 0.0 if returns is None else (returns.at_most + 1) * (returns.window + WEEK_S)
    return scenario.horizon_s + coming_back_s + MONTH_S


def floor_teams(scenario: Scenario) -> tuple[FloorTeam, ...]:
    """The teams' shifts, as moments at which the number on duty changes."""
    at_s = np.arange(0, until_s(scenario), MINUTE_S)
    teams = []
    for team in scenario.teams.values():
        agents = team.agents(scenario.clock, at_s)
        changes = np.flatnonzero(np.concatenate([[True], agents[1:] != agents[:-1]]))
        teams.append(FloorTeam(team.concurrency, tuple(at_s[changes].tolist()), tuple(agents[changes].tolist())))
    return tuple(teams)


def open_minutes(scenario: Scenario, teams: tuple[FloorTeam, ...]) -> NDArray[np.bool_]:
    """Whether anybody who can solve something is on duty, for each minute since the start."""
    at_s = np.arange(0, until_s(scenario), MINUTE_S)
    opened = np.zeros(at_s.size, dtype=bool)
    solving = {intent.team for intent in scenario.intents.values()}
    for name, team in zip(scenario.teams, teams, strict=True):
        if name not in solving:
            continue
        period = np.searchsorted(np.array(team.from_s), at_s, side="right") - 1
        opened |= np.array(team.agents)[period] > 0
    return opened
