"""Rosters: how many agents each team and group has in every half-hour of the week, while it is open today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...calendar import DAY_S, WEEK_S, WeekHours
from ...scenarios.scenario import Scenario

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SLOT_S = 1800
SLOTS = WEEK_S // SLOT_S
"""Half-hours of a week, Monday's first."""
MINUTE_S = 60
_MINUTES = SLOT_S // MINUTE_S
_WEEK_MINUTES = WEEK_S // MINUTE_S
_MINUTES_S = np.arange(0, WEEK_S, MINUTE_S, dtype=np.float64)


@dataclass(frozen=True)
class Today:
    """Who is on the roster today: what of it stays, and when each team or group is open.

    agents   int64, one entry for each minute of the week, by team or group
    """

    scenario: Scenario
    agents: Mapping[str, IntArray]

    @classmethod
    def of(cls, scenario: Scenario) -> Today:
        """The roster that a scenario has."""
        return cls(scenario, {name: kind.on_roster(_MINUTES_S) for name, kind in scenario.agents.items()})

    @cached_property
    def by_slot(self) -> Mapping[str, IntArray]:
        """The most agents in each half-hour, by team or group."""
        return {name: agents.reshape(SLOTS, _MINUTES).max(axis=1) for name, agents in self.agents.items()}

    @cached_property
    def open_share(self) -> Mapping[str, NDArray[np.float64]]:
        """The share of each half-hour in which a team or group is open."""
        return {name: (agents > 0).reshape(SLOTS, _MINUTES).mean(axis=1) for name, agents in self.agents.items()}

    def with_slots(self, by_slot: Mapping[str, IntArray]) -> Mapping[str, IntArray]:
        """The roster, by minute, with other numbers of agents in the half-hours of some teams and groups; nobody comes
        while they are closed today.
        """
        changed = {name: np.repeat(agents, _MINUTES) * (self.agents[name] > 0) for name, agents in by_slot.items()}
        return {**self.agents, **changed}

    def on_duty(self, roster: Mapping[str, IntArray]) -> Mapping[str, IntArray]:
        """How many of a roster are on duty in each minute of the week, if nobody is absent."""
        return {name: kind.of_roster(roster[name], _MINUTES_S) for name, kind in self.scenario.agents.items()}

    def opened(self, agents: Mapping[str, IntArray]) -> tuple[BoolArray, ...]:
        """For each team, whether anybody who takes from its inbox is there in each minute of the week."""
        nobody = [np.zeros(_WEEK_MINUTES, dtype=np.bool_)]
        return tuple(
            np.any([agents[name] > 0 for name in self.scenario.served_by(team)] or nobody, axis=0)
            for team in self.scenario.teams
        )

    def scenario_with(self, roster: Mapping[str, IntArray]) -> Scenario:
        """The scenario with a roster, by minute; whoever has the same as today keeps the rows of today."""

        def changed(name: str) -> dict[str, int]:
            same = np.array_equal(roster[name], self.agents[name])
            return self.scenario.agents[name].staffing if same else rows_of(roster[name])

        def all_of(agents: Mapping[str, object]) -> dict[str, object]:
            return {
                name: each.model_copy(update={"staffing": changed(name)})  # type: ignore[attr-defined]
                for name, each in agents.items()
            }

        return self.scenario.model_copy(
            update={"teams": all_of(self.scenario.teams), "groups": all_of(self.scenario.groups)}
        )


def rows_of(roster: IntArray) -> dict[str, int]:
    """The rows of a scenario's `staffing` that name so many agents in each minute of the week.

    >>> rows_of(np.where(np.arange(10080) % 1440 < 600, 0, 2) * (np.arange(10080) < 3 * 1440))
    {'Mon-Wed 10-24': 2}
    """
    days: dict[tuple[int, int, int], list[int]] = {}
    for day, agents in enumerate(roster.reshape(7, -1)):
        edges = np.concatenate([[0], np.flatnonzero(np.diff(agents)) + 1, [agents.size]])
        for begins, ends in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if agents[begins]:
                days.setdefault((begins, ends, int(agents[begins])), []).append(day)
    rows: dict[str, int] = {}
    for (begins, ends, many), when in sorted(days.items(), key=lambda row: (row[1][0], row[0])):
        spans = [(day * DAY_S + begins * MINUTE_S, day * DAY_S + ends * MINUTE_S) for day in when]
        rows[str(WeekHours.of(spans))] = many
    return rows
