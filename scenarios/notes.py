"""What is worth knowing of a scenario that can be used: people with too much to do, settings that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..calendar import WEEK_S, WeekHours
from ..documents import Document, Loc
from ..findings import Finding, Level
from .scenario import Scenario
from .staffing import MINUTE_S, AgentGroup, Agents
from .workload import Overload, overloads, unstable

UNSTABLE = "D901"
"""More customers who never leave than can be served: the queue of a policy without a bot grows for ever."""
OVERLOADED = "D902"
"""More work than can be done: customers have to leave, or a bot has to keep them away."""
NO_EFFECT = "D903"
"""A setting that changes nothing."""
DESERTED = "D904"
"""Hours in which the staffing names agents and nobody is there."""
UNABLE = "D905"
"""A team that can solve nothing."""
_SAME_WITH_ONE_INBOX = {"in_order": "priority", "weighted_wait": "longest_wait"}
_AMONG_GROUPS = ("least_loaded", "random", "expected_delay")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know, or to mend, about the part of a scenario at `loc`."""

    id: str
    level: Level
    message: str
    loc: Loc

    def __str__(self) -> str:
        return f"{self.level} {self.id}: {self.message}"

    def finding(self, document: Document) -> Finding:
        """The note with its place in the scenario's file."""
        return Finding(self.id, self.level, self.message, document.place, *document.position(self.loc))


def notes_of(scenario: Scenario) -> tuple[Note, ...]:
    """The notes of a valid scenario, the gravest first."""
    return (*_loads(scenario), *_deserted(scenario), *_without_effect(scenario), *_unable(scenario))


def result_notes(scenario: Scenario) -> tuple[Note, ...]:
    """The notes that belong beside the figures of a run."""
    return tuple(note for note in notes_of(scenario) if note.level != "info")


def _loads(scenario: Scenario) -> Iterator[Note]:
    growing = unstable(scenario)
    for each in growing:
        message = (
            f"{_subject(each, 'unstable')}: a week of customers who never leave brings {_times(each)} the work that "
            f"{_doers(each)} can do, so the queue grows as long as customers arrive, unless a bot keeps "
            f"{_kept_away(each)} of them away"
        )
        yield Note(UNSTABLE, "error", message, _place(scenario, each))
    said = {team for each in growing for team in each.teams}
    for each in overloads(scenario):
        if not said.issuperset(each.teams):
            message = (
                f"{_subject(each, 'overloaded')}: a week brings {_times(each)} the work that {_doers(each)} can do, so "
                f"customers have to leave unserved, unless a bot keeps {_kept_away(each)} of them away"
            )
            yield Note(OVERLOADED, "warning", message, _place(scenario, each))


def _subject(load: Overload, is_what: str) -> str:
    names = _listed(load.teams)
    return f"team {names} is {is_what}" if len(load.teams) == 1 else f"teams {names} are {is_what}"


def _times(load: Overload) -> str:
    return f"{load.ratio:.2f} times" if load.ratio < 9.995 else f"{load.ratio:,.0f} times"


def _doers(load: Overload) -> str:
    own = load.groups == load.teams and len(load.teams) == 1
    return "its agents" if own else f"the agents of {_listed(load.groups)}"


def _kept_away(load: Overload) -> str:
    share = 100 * (1 - 1 / load.ratio)
    return "some" if share < 0.5 else f"{share:.0f}%"


def _place(scenario: Scenario, load: Overload) -> Loc:
    return (*_at(scenario, load.groups[0]), "staffing")


def _deserted(scenario: Scenario) -> Iterator[Note]:
    """Rows of a roster that shrinkage, rounded, leaves nobody of."""
    for name, agents in scenario.agents.items():
        for hours, many in agents.staffing.items():
            if many and not _available(agents, hours):
                left = f"a shrinkage of {100 * agents.shrinkage:g}% leaves nobody of {many} at `{hours}`"
                yield Note(DESERTED, "warning", left, (*_at(scenario, name), "shrinkage"))


def _unable(scenario: Scenario) -> Iterator[Note]:
    for name, team in scenario.teams.items():
        own = (intent for intent, kind in scenario.intents.items() if kind.team == name)
        if name != scenario.escalation.team and scenario.intents.keys().isdisjoint((*own, *team.also_solves)):
            message = f"team `{name}` can solve nothing; whatever a policy sends there is moved on"
            yield Note(UNABLE, "info", message, ("teams", name))


def _without_effect(scenario: Scenario) -> Iterator[Note]:
    """Settings that change nothing, each with why."""
    for name, agents in scenario.agents.items():
        for key, why in _idle_of_agents(scenario, name, agents):
            yield _no_effect((*_at(scenario, name), *key), why)
    for name in scenario.teams:
        for key, why in _idle_of_inbox(scenario, name):
            yield _no_effect(("teams", name, *key), why)
    for name, share in zip(scenario.intents, scenario.mix().sum(axis=0), strict=True):
        if not share:
            yield _no_effect(("intents", name), f"nobody writes about `{name}`")
    for number, surge in enumerate(scenario.arrivals.surges):
        if surge.announced is not None and not surge.announced.takes:
            yield _no_effect(("arrivals", "surges", number, "announced", "takes"), "the notice keeps nobody away")


def _idle_of_agents(scenario: Scenario, name: str, agents: Agents) -> Iterator[tuple[Loc, str]]:
    most = int(agents.in_week().max(initial=0))
    inboxes = sum(name in scenario.takers(team) for team in scenario.teams)
    if agents.slots == "fill" and agents.concurrency == 1:
        yield ("slots",), "an agent who holds one conversation at most is never given a second"
    if agents.takes in _SAME_WITH_ONE_INBOX and inboxes == 1:
        yield ("takes",), f"with one inbox it is the same as `{_SAME_WITH_ONE_INBOX[agents.takes]}`"
    elif agents.takes == "in_order" and (not isinstance(agents, AgentGroup) or agents.skills in {"all", ()}):
        yield ("takes",), "there is no order to go by, as `skills` would list the teams of a group"
    new, strain = agents.newcomers, agents.strain
    if new is not None and most and not np.floor(most * new.share + 1e-9):
        yield ("newcomers", "share"), f"{100 * new.share:g}% of {most} agents is not one agent"
    elif new is not None and new.factor == 1:
        yield ("newcomers", "factor"), "newcomers take as long as the others"
    if strain is not None and not strain.slower:
        yield ("strain", "slower"), "strain slows nobody"
    elif strain is not None and strain.above == 1:
        yield ("strain", "above"), "nobody is busy for more than all of the time"
    for number, each in enumerate(agents.breaks):
        if not _available(agents, each.within):
            yield ("breaks", number, "within"), f"nobody of `{name}` is on duty then"
    for intent in agents.work_factors:
        if intent not in scenario.intents:
            yield ("work_factors", intent), f"this scenario has no intent `{intent}`"


def _idle_of_inbox(scenario: Scenario, name: str) -> Iterator[tuple[Loc, str]]:
    team = scenario.teams[name]
    if team.offers in _AMONG_GROUPS and len(scenario.served_by(name)) == 1:
        yield ("offers",), "only one group of agents takes from the inbox"
    if team.weight != 1 and all(scenario.agents[each].takes != "weighted_wait" for each in scenario.takers(name)):
        yield ("weight",), "nobody who takes from the inbox goes by `weighted_wait`"
    if team.call_back is not None and not team.call_back.accepted:
        yield ("call_back", "accepted"), "nobody accepts"
    unnoticed = team.call_back or any(each.temperament.patience.silent for each in scenario.segments.values())
    if "notices_gone" in team.model_fields_set and not unnoticed:
        yield ("notices_gone",), "nobody leaves without a word (`silent` in `patience`), and nobody is called back"
    for number, intent in enumerate(team.also_solves):
        if intent not in scenario.intents:
            yield ("also_solves", number), f"this scenario has no intent `{intent}`"
        elif scenario.intents[intent].team == name:
            yield ("also_solves", number), f"`{name}` is the right team of `{intent}`"


def _no_effect(loc: Loc, why: str) -> Note:
    return Note(NO_EFFECT, "warning", f"no effect: {why}", loc)


def _available(agents: Agents, hours: str) -> bool:
    """Whether shrinkage leaves anybody in some hours of the week."""
    week = np.arange(0, WEEK_S, MINUTE_S, dtype=np.float64)
    return bool(agents.available(week[WeekHours.parse(hours).contains(week)]).any())


def _at(scenario: Scenario, name: str) -> Loc:
    """Where the agents of a team or a group are described."""
    return ("teams" if name in scenario.teams else "groups", name)


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
