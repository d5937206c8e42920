"""The least agents that reach the aim, from where theory begins: more where trials show that it is missed, fewer where
they show that it is not.

Theory is right unless trials show otherwise: there are more than it says only where so many demonstrably miss, fewer
only where fewer demonstrably do. Neighbouring periods are never cut in the same trial, as what one leaves undone waits
for the next. Who leaves at the end of a half-hour finishes what he or she holds; who is answered by others meanwhile
does not count as answered in time, or a roster would seem better for every gap in it.

For one skill this is iterative staffing (Feldman, Mandelbaum, Massey and Whitt, 2008, Staffing of time-varying queues
to achieve time-stable performance); for several, a local search over their groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .checking import Reached, checked
from .places import BoolArray, Goal, Judgement, Places, State, and_after, overlapping, turned
from .roster import IntArray
from .tally import Tally
from .trying import Trials

WORST = 0.05
"""Share of the periods of a week, those in which most can be won, in which agents are added at once."""
ROUNDS = 25
"""Trials in a row that add agents, or twice as many that take some away, at most."""


@dataclass
class Search:
    """A search for the least agents. `theory` has them by theory, `numbers` are the replications that rosters are tried
    on, and `ample` is what is reached with agents for everybody.
    """

    places: Places
    trials: Trials
    theory: State
    numbers: range
    ample: Judgement

    def __post_init__(self) -> None:
        places = self.places
        self._within_reach = {
            goal: found.value >= goal.limit if goal.at_least else found.value <= goal.limit
            for goal, found in self.ample.items()
        }
        self._servers = {team: places.servers(team) for team in places.teams}
        pairs = [(team, name) for team, names in self._servers.items() for name in names]
        self._periods = {
            (name, team): and_after(overlapping(places.groups[name], places.teams[team])) for team, name in pairs
        }
        self._cells = {(team, name): turned(self._periods[name, team], places.teams[team]) for team, name in pairs}
        self._settling = {
            name: np.array([self._only_settles(name, cell) for cell in range(agents.size)], dtype=np.bool_)
            for name, agents in self.theory.items()
        }

    def _only_settles(self, name: str, cell: int) -> bool:
        """Whether a period of a group is there to work off what came in before."""
        each = [self.places.settling[team][list(periods)].all() for team, periods in self.judged_by(name, cell)]
        return bool(each) and all(each)

    def found(self) -> State:
        """The agents of each period that the search ends with."""
        state = self.raised(self.theory)
        for _ in range(2):
            cut = self.lowered(state)
            state = self.raised(cut)
            if state is cut:
                break
        return state

    def reinforced(self, state: State, numbers: range) -> State:
        """More agents, until these replications reach everything: where periods demonstrably miss, all things looked at
        together, and where a goal is not reached over the week, in the periods that lack most.
        """
        for _ in range(ROUNDS):
            more = self.helped(state, self.trials.tallies(self.places.slots(state), numbers))
            if all(np.array_equal(more[name], agents) for name, agents in state.items()):
                break
            state = more
        return state

    def helped(self, state: State, tallies: Sequence[Tally]) -> State:
        """One agent more where these tallies show that something is not reached, and agents for everybody would."""
        more = {name: np.zeros(agents.size, dtype=np.int64) for name, agents in state.items()}
        for each in checked(self.places, tallies):
            if not each.passes:
                self._help(each.goal, self._promising(each, tallies), more)
        return {name: agents + more[name] for name, agents in state.items()}

    def _promising(self, failed: Reached, tallies: Sequence[Tally]) -> IntArray:
        """The periods in which to add for a goal that was not reached: those that miss, or, over the week, those in
        which the most customers could still be won, as agents for everybody would.
        """
        goal = failed.goal
        found, best = goal.shares(tallies, level=failed.level), self.ample[goal]
        if failed.kind == "half-hours":
            return np.asarray(np.flatnonzero(goal.misses(found) & self._within_reach[goal] & ~goal.settling))
        _, of = goal.counts(tallies)
        room = np.nan_to_num((best.value - found.value) * of.sum(axis=0)) * (1 if goal.at_least else -1)
        most = np.argsort(-room, kind="stable")[: max(1, round(room.size * WORST))]
        return np.asarray(most[room[most] > 0])

    def _help(self, goal: Goal, periods: IntArray, more: dict[str, IntArray]) -> None:
        """One agent more in some periods of a goal."""
        if goal.measure == "occupied":
            more[goal.who][periods] = 1
            return
        for period in periods.tolist():
            there = [(name, self._cells[goal.who, name][period]) for name in self._servers[goal.who]]
            for name, cells in [each for each in there if each[1]][:1]:
                more[name][list(cells)] = 1

    def judged_by(self, name: str, cell: int) -> list[tuple[str, tuple[int, ...]]]:
        """The teams that a period of a group is there for, with their periods then."""
        each = [(team, self._periods[name, team][cell]) for team, names in self._servers.items() if name in names]
        return [(team, periods) for team, periods in each if periods]

    def tallies(self, state: State) -> tuple[Tally, ...]:
        """What a state makes of the replications of the search."""
        return self.trials.tallies(self.places.slots(state), self.numbers)

    def raised(self, state: State) -> State:
        """Agents added until no period demonstrably misses what any number of agents would reach."""
        for _ in range(ROUNDS):
            more = self._missing(self.places.judged(self.tallies(state), covered=True), state)
            if not any(each.any() for each in more.values()):
                break
            state = {name: agents + more[name] for name, agents in state.items()}
        return state

    def lowered(self, state: State) -> State:
        """Agents taken away wherever what is reached without them shows that they are not needed."""
        step = {name: np.maximum(agents - self.theory[name], 1) for name, agents in state.items()}
        for round_ in range(2 * ROUNDS):
            cut = {
                name: self._cut(name, agents, step[name]) * ((np.arange(agents.size) + number + round_) % 2 == 0)
                for number, (name, agents) in enumerate(state.items())
            }
            if not any(each.any() for each in cut.values()):
                if not any(self._cut(name, agents, step[name]).any() for name, agents in state.items()):
                    break
                continue
            tried = {name: agents - cut[name] for name, agents in state.items()}
            enough = self._enough(self.places.judged(self.tallies(tried), covered=True), tried)
            for name in state:
                step[name] = np.where((cut[name] > 0) & ~enough[name], step[name] // 2, step[name])
            state = {name: np.where(enough[name], tried[name], agents) for name, agents in state.items()}
        return state

    def _cut(self, name: str, agents: IntArray, step: IntArray) -> IntArray:
        """How many agents less to try in each period of a group: all that is above theory at once, below it one; none
        below it while what came in before is worked off, for which no goal holds by the half-hour.
        """
        above = agents - self.theory[name]
        below = np.where(self._settling[name], 0, np.minimum(step, 1))
        return np.minimum(np.where(above > 0, np.minimum(step, above), below), agents - 1)

    def _missing(self, judgement: Judgement, state: State) -> dict[str, IntArray]:
        """How many agents more to try in each period."""
        more = {name: np.zeros(agents.size, dtype=np.int64) for name, agents in state.items()}
        misses = {team: self._misses(judgement, self.places.of_team(team)) for team in self.places.teams}
        for team, missed in misses.items():
            for period in np.flatnonzero(missed).tolist():
                lacking = max(self._lacking(judgement, goal, period) for goal in self.places.of_team(team))
                for name, cells in self._helpers(team, period, misses):
                    for cell in cells:
                        added = max(1, int(state[name][cell] * lacking / 3))
                        more[name][cell] = max(more[name][cell], added)
        for name, agents in state.items():
            goals = self.places.of_group(name)
            for goal in goals:
                busy = np.nan_to_num(judgement[goal].value) / goal.limit
                wanted = np.maximum(np.ceil(agents * (busy - 1)), 1).astype(np.int64)
                more[name] = np.maximum(more[name], np.where(self._misses(judgement, goals), wanted, 0))
        return more

    def _helpers(
        self, team: str, period: int, misses: dict[str, BoolArray]
    ) -> list[tuple[str, tuple[int, ...]]]:
        """Whose agents to add where a team misses: of the groups that are there, the one that takes from the most
        inboxes that miss, and of several the team's first.
        """
        there = [(name, self._cells[team, name][period]) for name in self._servers[team]]
        there = [(name, cells) for name, cells in there if cells]
        if len(there) <= 1:
            return there
        helped = Counter[str]()
        own = self.places.teams[team] == period
        for other, names in self._servers.items():
            at_once = np.unique(self.places.teams[other][own])
            if misses[other][at_once[at_once >= 0]].any():
                helped.update(names)
        return [max(there, key=lambda each: helped[each[0]])]

    def _lacking(self, judgement: Judgement, goal: Goal, period: int) -> float:
        """How much of what is to be answered in time is missing, a share: more agents at once where much is."""
        return max(1 - float(judgement[goal].value[period]) / goal.limit, 0.0) if goal.at_least else 0.0

    def _misses(self, judgement: Judgement, goals: tuple[Goal, ...]) -> BoolArray:
        """Where any of some goals is demonstrably missed that agents for everybody would reach."""
        each = [goal.misses(judgement[goal]) & self._within_reach[goal] & ~goal.settling for goal in goals]
        return np.asarray(np.any(each, axis=0))

    def _reaches(self, judgement: Judgement, goals: tuple[Goal, ...]) -> BoolArray:
        """Where all of some goals are demonstrably reached, or by nobody."""
        each = [goal.reaches(judgement[goal]) | ~self._within_reach[goal] | goal.settling for goal in goals]
        return np.asarray(np.all(each, axis=0))

    def _enough(self, judgement: Judgement, tried: State) -> dict[str, BoolArray]:
        """For each period of each group, whether what was tried is enough there and in the period after."""
        enough, teams = {}, {team: goals for team in self.places.teams if (goals := self.places.of_team(team))}
        missed = {team: self._misses(judgement, goals) for team, goals in teams.items()}
        reached = {team: self._reaches(judgement, goals) for team, goals in teams.items()}
        for name, agents in tried.items():
            below, goals = agents < self.theory[name], self.places.of_group(name)
            found = np.ones(agents.size, dtype=np.bool_)
            if goals:
                found = np.where(below, self._reaches(judgement, goals), ~self._misses(judgement, goals))
            for cell in range(agents.size):
                for team, periods in self.judged_by(name, cell):
                    if team in missed:
                        after = min(periods[-1] + 1, missed[team].size - 1)
                        found[cell] &= not missed[team][[*periods, after]].any()
                        found[cell] &= not below[cell] or reached[team][list(periods)].all()
            enough[name] = found
        return enough
