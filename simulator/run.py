"""One replication of one policy: the simulation from end to end, and its result as tables of columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import DeskdrillError, did_you_mean
from ..rules.compiled import CompiledPolicy
from ..rules.policy import Policy
from ..rules.vocabulary import Trigger
from .ahead import known_ahead
from .attempts import Attempts
from .closing import Closer
from .conservation import amiss_in_conversations, amiss_on_floor
from .conversations import Conversations, conversations_of, routes_of
from .desk import Desk
from .draws import Draws
from .floorplan import Floorplan, Group
from .guesses import Recogniser
from .population import Population
from .replies import Replies
from .visit_chains import Purpose
from .visits import Fate, VisitRecords
from .waiting_rules import NO_CHANGES, RuleRecords

FloatArray = NDArray[np.float64]

PLAYED: tuple[Trigger, ...] = ("arrived", "message", "handed_over", "waiting", "closed")
"""The triggers that are simulated."""


class BrokenConservation(DeskdrillError):
    """The counts of a run do not add up: a defect of the simulator, never of the input."""


class UnstaffedRoute(DeskdrillError):
    """A policy sends conversations to a team that does not exist, or where nobody ever works: a black hole."""


class UnplayedTrigger(DeskdrillError):
    """A policy has rules at a trigger that the simulator does not play."""

    def __init__(self, policy: str, ruleset: str, what: str) -> None:
        super().__init__(policy, ruleset, what)

    def __str__(self) -> str:
        policy, ruleset, what = self.args
        return (
            f"{policy}: ruleset `{ruleset}` {what}, which is not simulated yet; cases play it (`deskdrill test`), so "
            "take it out of the policy that you simulate"
        )


class UnknownWarmUp(DeskdrillError):
    """The scenario leaves the warm-up to MSER-5, which an experiment finds on pilot runs before it measures any."""

    def __init__(self, scenario: str) -> None:
        super().__init__(scenario)

    def __str__(self) -> str:
        told = "the warm-up is left to MSER-5; `run_experiment` finds it, or say from when on things count"
        return f"{self.args[0]}: {told}"


@dataclass(frozen=True)
class Run:
    """What happened in one replication under one policy; nothing in it changes any more."""

    desk: Desk
    policy: CompiledPolicy
    replies: Replies | None
    seed: int
    replication: int
    population: Population
    attempts: Attempts
    visits: VisitRecords
    conversations: Conversations
    counts_from_s: float
    """The end of the warm-up, run seconds: agents' time counts from then to the horizon; 0 without a warm-up."""
    counted: NDArray[np.bool_] | None
    """Whether each problem counts in measures: it arrived after the warm-up and is of no backlog; `None`: all do."""
    staffed_s: FloatArray
    """Agent time on duty that counts, seconds, for the agents of each team and then each group."""
    floorplan: Floorplan
    lost: NDArray[np.bool_]
    """Whether each problem's customer left the company over it."""
    solved_s: FloatArray
    """When each problem was really solved, run seconds; NaN: never."""
    begun: int
    """Number of conversations that began, as the course counted them."""
    guard_case: NDArray[np.uint8]
    """For each conversation that could have happened, the case of the guards that the clock chose."""
    rules: RuleRecords | None = None
    """What rules did to conversations once they were placed; `None`: there are no such rules."""

    @cached_property
    def team_names(self) -> tuple[str, ...]:
        """The scenario's teams, in the order of their codes."""
        return tuple(self.desk.scenario.teams)

    @property
    def rule_moments(self) -> tuple[str, ...]:
        """The moments at which rules changed what was placed, as `rules.stage` numbers them."""
        closed = ("closed",) if "closed" in self.policy.policy.triggers else ()
        return (*map(str, self.attempts.stages), *closed)

    @cached_property
    def by_email(self) -> NDArray[np.bool_]:
        """For each visit, whether its conversation happened and is by e-mail."""
        table = self.conversations
        email = np.zeros(self.attempts.conversations, dtype=np.bool_)
        if table.email is not None:
            email[table.code] = table.email
        return np.asarray(email[self.attempts.owner])

    @cached_property
    def recogniser(self) -> Recogniser:
        """What told the intents of this replication's messages; asked again, it says the same."""
        return self.desk.recogniser(self.draws)

    @cached_property
    def draws(self) -> Draws:
        """The random numbers of this replication's problems."""
        return Draws(self.seed, self.replication).numbered(self.population.number)


def simulate(
    desk: Desk, policy: Policy, seed: int = 1, replication: int = 0, counts_from_s: float | None = None
) -> Run:
    """One replication: the same population for every policy of a desk, seed and replication.

    What happens before `counts_from_s` counts in no measure; `None`: the scenario says so. Raises `UnstaffedRoute` for
    a policy that sends conversations where nobody ever works, `UnplayedTrigger`, `TooManyLateConditions`,
    `UnknownWarmUp` where the scenario leaves the warm-up to be found, and `InputError` where a bot in Python breaks.
    """
    check_routes(desk, policy)
    if counts_from_s is None:
        counts_from_s = warm_up_s(desk)
    ahead = known_ahead(desk, policy, seed, replication)
    compiled, population, attempts, draws = ahead.policy, ahead.population, ahead.attempts, ahead.draws
    plan = desk.floorplan_on(draws)
    visits, course = ahead.played(plan)
    conversations = conversations_of(desk, attempts, visits, course)
    rules = course.rules
    if "closed" in policy.triggers:
        closer = Closer(desk, compiled, population, draws, attempts)
        route = routes_of(attempts, course, conversations)
        conversations, rules = closer.closed(conversations, visits, course.guard_case, route, rules or NO_CHANGES)
    horizon_s = desk.scenario.horizon_s
    run = Run(
        desk=desk,
        policy=compiled,
        replies=ahead.replies,
        seed=seed,
        replication=replication,
        population=population,
        attempts=attempts,
        visits=visits,
        conversations=conversations,
        counts_from_s=counts_from_s,
        counted=counted_problems(population, counts_from_s),
        staffed_s=np.array([_staffed_s(group, counts_from_s, horizon_s) for group in plan.groups]),
        floorplan=plan,
        lost=conversations.lost,
        solved_s=conversations.solved_s,
        begun=int(np.count_nonzero(~np.isnan(course.starts_s))),
        guard_case=course.guard_case,
        rules=rules,
    )
    check_conservation(run)
    return run


def warm_up_s(desk: Desk) -> float:
    """The warm-up that the scenario names; raises `UnknownWarmUp`."""
    steady = desk.scenario.steady_state
    if steady is None:
        return 0.0
    if steady.warm_up == "mser":
        raise UnknownWarmUp(desk.scenario.name)
    return steady.warm_up


def counted_problems(population: Population, from_s: float) -> NDArray[np.bool_] | None:
    """Which problems count where the warm-up ends at a moment; `None`: all."""
    counted = population.arrives_s >= from_s if from_s > 0 else None
    if population.backlog is not None:
        of_no_policy = population.backlog < 0
        counted = of_no_policy if counted is None else counted & of_no_policy
    return counted


def check_routes(desk: Desk, policy: Policy) -> None:
    """Raises `UnplayedTrigger` and `UnstaffedRoute` where a policy cannot be played on a desk."""
    _refuse_unplayed(policy)
    _refuse_black_holes(desk, policy)


def _refuse_unplayed(policy: Policy) -> None:
    for ruleset in policy.rulesets:
        for trigger in ruleset.on:
            if trigger not in PLAYED:
                raise UnplayedTrigger(policy.name, ruleset.name, f"acts on `{trigger}`")
        if "closed" in ruleset.on and CompiledPolicy(policy).atoms_at("closed", live=True):
            raise UnplayedTrigger(policy.name, ruleset.name, "acts on `closed` and looks at live queues")


def _refuse_black_holes(desk: Desk, policy: Policy) -> None:
    teams = desk.scenario.teams
    for name in policy.teams:
        if name not in teams:
            hint = did_you_mean(name, teams)
            raise UnstaffedRoute(
                f"{policy.name}: team `{name}` is not in scenario `{desk.scenario.name}`"
                + (f"; did you mean `{hint}`?" if hint else "")
            )
        if not desk.floorplan.is_staffed(list(teams).index(name)):
            raise UnstaffedRoute(
                f"{policy.name}: sends conversations to team `{name}`, which has no agents all week "
                f"in scenario `{desk.scenario.name}`"
            )


def check_conservation(run: Run) -> None:
    """Raises `BrokenConservation` unless every conversation has exactly one outcome and no time runs backwards."""
    table, visits = run.conversations, run.visits
    for found in (
        *amiss_in_conversations(table, run.population.size),
        *amiss_on_floor(run.floorplan, run.attempts.visits, visits),
    ):
        raise BrokenConservation(found)
    counts = np.bincount(table.outcome, minlength=7)
    if int(counts.sum()) != table.size:
        raise BrokenConservation(f"{table.size} conversations have {counts.sum()} outcomes")
    if int(np.count_nonzero(table.attempt == 1)) != run.population.size:
        raise BrokenConservation("not every problem has a first conversation")
    if table.size != run.begun:
        raise BrokenConservation(f"{run.begun} conversations began, {table.size} ended somewhere")
    made = visits.fate != Fate.NOT_MADE
    first = (run.attempts.touch == 1) & (run.attempts.purpose <= Purpose.WORK) & (visits.fate != Fate.MOVED)
    if int(np.count_nonzero(made & first)) != int(np.count_nonzero(table.first_visit >= 0)):
        raise BrokenConservation("conversations that reached people and first visits differ in number")
    solved = ~np.isnan(run.solved_s)
    if (run.solved_s[solved] < run.population.arrives_s[solved]).any():
        raise BrokenConservation("a problem is solved before it arrives")


def _staffed_s(group: Group, from_s: float, horizon_s: float) -> float:
    begins = np.clip(group.from_s, from_s, horizon_s)
    ends = np.append(begins[1:], horizon_s)
    return float(((ends - begins) * group.agents).sum())
