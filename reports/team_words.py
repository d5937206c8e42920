"""What takes the agents of a team time beside the work itself, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..scenarios.distributions import Distribution
from ..scenarios.scenario import Scenario
from .times import time_in_words


def team_lines(scenario: Scenario) -> Iterator[str]:
    """A line for all teams for each of these times, and one if moving on costs a conversation its priority."""
    teams = scenario.teams
    looks = _by_team({name: team.look for name, team in teams.items()})
    yield f"To see that a conversation belongs elsewhere takes {looks}."
    unnoticed = any(segment.temperament.patience.silent for segment in scenario.segments.values())
    gone = {name: team.notices_gone for name, team in teams.items() if unnoticed or team.call_back is not None}
    if gone:
        yield f"To see that the customer is gone takes {_by_team(gone)}."
    if not scenario.escalation.keeps_priority:
        yield "A conversation that is moved on goes on with normal priority."


def _by_team(times: Mapping[str, Distribution]) -> str:
    """Each time after the teams that it is of; by itself where it is of several, and of all."""
    teams: dict[str, list[str]] = {}
    for name, time in times.items():
        teams.setdefault(time_in_words(time), []).append(name)
    if len(teams) == 1 and len(times) > 1:
        return next(iter(teams))
    return "; ".join(f"{', '.join(names)} {words}" for words, names in teams.items())
