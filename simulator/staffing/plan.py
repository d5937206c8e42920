"""The agents that each team needs, from the question to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ...errors import DeskdrillError
from ...rules.policy import Policy
from ...scenarios.scenario import Scenario
from ..desk import Desk
from ..run import check_routes
from ..warm_up import warm_up_of
from .aims import Aim
from .checking import Opening, Reached, checked, openings, weeks_needed
from .covering import MORE, Schedule, Wanted, scheduled
from .demand import Flow, Sizing, arriving_in, flow_of
from .heads import Heads, placed, too_few
from .margins import Margin, margins
from .periods import periods_of
from .places import Places, State
from .roster import SLOT_S, SLOTS, Today
from .saving import saved
from .search import Search
from .tally import Frame, Tally
from .trying import Slots, Trial, Trials

FloatArray = NDArray[np.float64]

ROSTERS = 24
"""Rosters that a search tries, more or less."""
CHECKS = 4
"""So often a roster is checked at most, each time on customers whom nothing has met."""


class TooFewHeads(DeskdrillError):
    """There are fewer heads than teams that are open at the same time."""

    def __init__(self, who: str | None, needed: int) -> None:
        super().__init__(who, needed)

    def __str__(self) -> str:
        who, needed = self.args
        whose = "all together" if who is None else f"`{who}`"
        return f"--heads: it takes {needed} for {whose} to be there at all whenever they are today; give as many"


@dataclass(frozen=True)
class Question:
    """What is asked: shares to reach (`aim`), each team's time to answer (seconds, by name, its own where it is not
    named), whose agents may be changed (teams or groups; nobody named: all), how many heads there are at once at
    most, if there are only so many, whether to try one agent more and fewer in each hour,
    how long after an opening what came in before is worked off and goals hold over the week alone (seconds), and of
    which shifts the agents are to be made, if of any.
    """

    aim: Aim
    within_s: Mapping[str, float]
    names: tuple[str, ...] = ()
    heads: Heads = field(default_factory=dict)
    each_hour: bool = False
    clears_s: float = 3600.0
    replications: int = 20
    seed: int = 1
    wanted: Wanted | None = None


@dataclass(frozen=True)
class Plan:
    """The least agents that were found, and what they reach.

    now, needed   agents on the roster in each half-hour of the week, by team or group that may be changed
    hours         how much of each half-hour they are there, in hours a week
    reached       by the needed agents, on customers whom the search has not met; `today`, by those of now on the same
    beyond        what no number of agents reaches, as far as agents for everybody reach it; then nothing was searched
    slow          by team: the share of e-mails to which the reply alone takes an agent longer than the target
    openings      what becomes of those who come just before and just after a team opens; no goal counts the former,
                  and the latter count over the week alone
    fresh         the replications of the last check; the search has had those from 0 to `question.replications`
    margins       what one agent more or fewer does in each hour, if that was asked
    checks        how often a roster was checked until it passed, or was given up
    schedule      the shifts, if there are to be any
    """

    scenario: Scenario
    policy: str
    question: Question
    now: Slots
    needed: Slots
    hours: Mapping[str, FloatArray]
    reached: tuple[Reached, ...]
    today: tuple[Reached, ...]
    beyond: tuple[Reached, ...]
    slow: Mapping[str, float]
    openings: tuple[Opening, ...]
    checks: int
    fresh: range
    played: int
    margins: tuple[Margin, ...] = ()
    schedule: Schedule | None = None

    def within_s(self, team: str) -> float:
        """Within what a team is to answer."""
        return self.question.within_s.get(team, self.scenario.teams[team].answer_within)

    @property
    def passes(self) -> bool | None:
        """Whether everything is reached, by the shifts if there are any; `None`: cannot tell of something, and nothing
        is missed, or nobody came.
        """
        return self.needed_passes if self.schedule is None else self.schedule.passes

    @property
    def needed_passes(self) -> bool | None:
        """Whether the agents that are needed reach everything, were they there as they are needed."""
        if self.beyond or any(each.passes is False for each in self.reached):
            return False
        return True if self.reached and all(each.passes for each in self.reached) else None

    def agent_hours(self, slots: Slots) -> dict[str, float]:
        """Agent hours of a roster in a week, by team or group."""
        return {name: float(agents @ self.hours[name]) for name, agents in slots.items()}

    @property
    def staffed(self) -> Scenario:
        """The scenario with the needed agents, or with those whom the shifts bring; in half-hours that are no part of
        the run, with those of today.
        """
        today = Today.of(self.scenario)
        slots = {name: np.where(agents > 0, agents, today.by_slot[name]) for name, agents in self.needed.items()}
        if self.schedule is not None:
            slots = dict(self.schedule.roster)
        return today.scenario_with(today.with_slots(slots))

    @property
    def staffing(self) -> dict[str, dict[str, int]]:
        """The rows of that scenario's `staffing`, by team or group."""
        staffed = self.staffed
        return {name: staffed.agents[name].staffing for name in self.needed}


def staff(
    desk: Desk,
    policy: Policy,
    question: Question,
    workers: int | Executor = 1,
    finished: Callable[[int, int], None] | None = None,
) -> Plan:
    """The least agents that reach the aim; `finished(done, of)` is told after each replication of a roster, as far as
    it can be said how many there will be.

    Raises what `simulate` does, `TooFewHeads`, and `NoCover`.
    """
    check_routes(desk, policy)
    warm_up = warm_up_of(desk, (policy,), question.seed)
    scenario = desk.scenario
    today = Today.of(scenario)
    within_s = tuple(question.within_s.get(name, team.answer_within) for name, team in scenario.teams.items())
    frame = Frame(today, within_s, 0.0 if warm_up is None else warm_up.lasts_s, question.clears_s)
    many = question.replications
    if question.aim.in_weeks is not None:
        many = max(many, weeks_needed(question.aim.in_weeks))
    groups, teams = chosen(scenario, question.names)
    with Trials(Trial(desk, policy, question.seed, frame), workers, finished, ROSTERS * many) as trials:
        return _Planner(frame, question, groups, teams, trials, many).plan(policy.name)


def chosen(scenario: Scenario, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whose agents may be changed, and the teams whose inboxes are judged: of all, or of some teams and groups."""
    staffed = tuple(name for name, kind in scenario.agents.items() if kind.staffing)
    groups = tuple(name for name in staffed if not names or name in names)
    teams = tuple(
        name
        for name in scenario.teams
        if (not names or name in names or any(each in scenario.groups for each in names))
        and any(each in groups for each in scenario.served_by(name))
    )
    return groups, teams


@dataclass
class _Planner:
    frame: Frame
    question: Question
    groups: tuple[str, ...]
    teams: tuple[str, ...]
    trials: Trials
    many: int

    def plan(self, policy: str) -> Plan:
        """The answer."""
        numbers = range(self.many)
        ample = self.trials.tallies(self._ample(), numbers)
        flows = self._flows(ample)
        places = self._places(flows)
        if (short := too_few(places, self.question.heads)) is not None:
            raise TooFewHeads(*short)
        beyond = self._beyond(places, ample)
        state: State = {}
        reached: tuple[Reached, ...] = ()
        checks, last, fresh = 0, self.many, range(self.many, 2 * self.many)
        if not beyond:
            theory = self._theory(places, flows)
            search = Search(places, self.trials, theory, numbers, places.judged(ample))
            state = search.found()
            if self.question.aim.over == "week":
                state = saved(search, state)
            if self.question.heads:
                state = placed(search, state, self.question.heads)
            for checks in range(1, CHECKS + 1):
                fresh = range(last, last + self.many)
                reached = self._checked(places, state, fresh)
                if any(each.passes is None for each in reached) and all(each.passes is not False for each in reached):
                    # More customers tell what some cannot.
                    fresh = range(last, last + MORE * self.many)
                    reached = self._checked(places, state, fresh)
                last = fresh.stop
                if checks == CHECKS or self.question.heads or all(each.passes for each in reached):
                    break
                state = search.reinforced(state, fresh)
        today = self._checked(places, None, fresh)
        schedule = None
        if self.question.wanted is not None and not beyond:
            schedule = scheduled(search, state, self.question.wanted, last, self.many)
        hourly: tuple[Margin, ...] = ()
        if self.question.each_hour and not beyond:
            hourly = margins(places, self.trials, places.slots(state), fresh[: self.many])
        by_slot = self.frame.today.by_slot
        now = {name: np.where(places.groups[name] >= 0, by_slot[name], 0) for name in self.groups}
        needed = {name: np.where(places.groups[name] >= 0, agents, 0) for name, agents in places.slots(state).items()}
        return Plan(
            scenario=self.frame.scenario,
            policy=policy,
            question=self.question,
            now=now,
            needed=needed,
            hours={name: self.frame.today.open_share[name] * (SLOT_S / 3600) for name in self.groups},
            reached=reached,
            today=today,
            beyond=beyond,
            slow=self._slow(),
            openings=openings(places, ample if beyond else self.trials.tallies(places.slots(state), fresh)),
            checks=checks,
            fresh=fresh,
            margins=hourly,
            schedule=schedule,
            played=self.trials.played,
        )

    def _checked(self, places: Places, state: State | None, numbers: range) -> tuple[Reached, ...]:
        """What agents reach on some replications; `None`: those of today."""
        return checked(places, self.trials.tallies({} if state is None else places.slots(state), numbers))

    def _ample(self) -> Slots:
        """Agents for everybody: as many as arrive in a half-hour and could still be in work from before."""
        scenario = self.frame.scenario
        busiest = float(arriving_in(self.frame).max())
        longest_s = max(intent.work.mean_s for intent in scenario.intents.values())
        many = ceil(busiest * (1 + longest_s / SLOT_S)) + 10
        return {name: np.where(self._open(name), many, 0) for name in self.groups}

    def _open(self, name: str) -> NDArray[np.bool_]:
        """The half-hours of the week in which a team or group is open, and which are part of a run, holidays apart."""
        return (self.frame.today.by_slot[name] > 0) & self.frame.works

    def _slow(self) -> dict[str, float]:
        _, counter = self.trials.trial.ahead(0, self.trials.trial.floor({}))
        each = zip(self.frame.scenario.teams, self.frame.within_s, strict=True)
        return {name: counter.takes_longer(team, within_s) for team, (name, within_s) in enumerate(each)}

    def _flows(self, ample: Sequence[Tally]) -> dict[str, Flow]:
        arriving, scenario = arriving_in(self.frame), self.frame.scenario
        _, counter = self.trials.trial.ahead(0, self.trials.trial.floor(self._ample()))
        found = {}
        for number, name in enumerate(scenario.teams):
            if name in self.teams:
                leaves = counter.patience(number, max(3600.0, 4 * self.frame.within_s[number]))
                found[name] = flow_of(self.frame, ample, number, arriving, leaves)
        return found

    def _places(self, flows: Mapping[str, Flow]) -> Places:
        scenario = self.frame.scenario
        within_s = dict(zip(scenario.teams, self.frame.within_s, strict=True))
        settles = dict(zip(scenario.teams, self.frame.settles, strict=True))
        groups, teams = {}, {}
        for name in self.groups:
            served = [team for team in self.teams if name in scenario.served_by(team)]
            joins = np.sum([flows[team].joins for team in served] or [np.zeros(SLOTS)], axis=0)
            clears = np.any([settles[team] for team in served] or [np.zeros(SLOTS, dtype=np.bool_)], axis=0)
            longest_s = max((within_s[team] for team in served), default=0.0)
            groups[name] = periods_of(joins, self._open(name), longest_s, clears)
        settling = {}
        for name in self.teams:
            opened = np.any([self._open(each) for each in scenario.served_by(name) if each in groups], axis=0)
            teams[name] = periods_of(flows[name].joins, opened, within_s[name], settles[name])
            many = int(teams[name].max(initial=-1)) + 1
            each = [settles[name][teams[name] == period].all() for period in range(many)]
            settling[name] = np.array(each, dtype=np.bool_)
        return Places(self.frame, self.question.aim, groups, teams, settling)

    def _theory(self, places: Places, flows: Mapping[str, Flow]) -> State:
        """The agents that theory has: each team's customers are for the first of its groups that is there."""
        scenario, found = self.frame.scenario, {}
        within_s = dict(zip(scenario.teams, self.frame.within_s, strict=True))
        for name, period in places.groups.items():
            agents = np.ones(int(period.max(initial=-1)) + 1, dtype=np.int64)
            first = {team: self._is_first(name, team, places) for team in places.teams if name in places.servers(team)}
            own = {team: here for team, here in first.items() if here.any()}
            if own:
                joins = sum((flows[team].joins * here for team, here in own.items()), np.zeros(SLOTS))
                load = sum((flows[team].load * here for team, here in own.items()), np.zeros(SLOTS))
                clear = sum((flows[team].to_clear * here for team, here in own.items()), np.zeros(SLOTS))
                weight = {team: float(flows[team].joins[here].sum()) or 1e-9 for team, here in own.items()}
                handle_s, leaves = (
                    float(np.average([getattr(flows[team], what) for team in own], weights=list(weight.values())))
                    for what in ("handle_s", "leaves")
                )
                kind = scenario.agents[name]
                speeds = kind.speed_by_load[: kind.concurrency] or (1.0,)
                flow = Flow(joins, np.zeros(SLOTS), handle_s, leaves)
                limit_s = min(within_s[team] for team in own)
                sizing = Sizing(flow, self.question.aim, limit_s, kind.concurrency, speeds[-1])
                for number in range(agents.size):
                    here = period == number
                    busy = joins[here] + 1e-12
                    agents[number] = sizing.agents(float(np.average(load[here], weights=busy)))
                    if clear[here].any():
                        held = float((load + clear)[here].mean()) / (kind.concurrency * speeds[-1])
                        agents[number] = max(agents[number], ceil(held))
            found[name] = agents
        return found

    def _is_first(self, name: str, team: str, places: Places) -> NDArray[np.bool_]:
        """The half-hours in which nobody before a group takes from a team's inbox."""
        here = self._open(name)
        for earlier in places.servers(team):
            if earlier == name:
                break
            here = here & ~self._open(earlier)
        return here

    def _beyond(self, places: Places, ample: Sequence[Tally]) -> tuple[Reached, ...]:
        """What is missed over the week though there are agents for everybody."""
        return tuple(each for each in checked(places, ample) if each.passes is False and each.kind != "half-hours")
