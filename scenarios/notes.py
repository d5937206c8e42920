"""What is worth knowing of a scenario that can be used: people with too much to do, settings that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..documents import Document, Loc
from ..findings import Finding, Level
from ..quantities import format_duration
from .idle_settings import idle_settings, nobody_available_s, place_of_agents
from .scenario import Scenario
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


def notes_of(scenario: Scenario, *, with_bot: bool = False) -> tuple[Note, ...]:
    """The notes of a valid scenario, the gravest first.

    `with_bot`: every policy it is meant for has a bot, which may keep so many away that a queue does not grow for ever.
    """
    return (*_loads(scenario, with_bot), *_deserted(scenario), *_without_effect(scenario), *_unable(scenario))


def result_notes(scenario: Scenario) -> tuple[Note, ...]:
    """The notes that belong beside the figures of a run, which has a bot if a queue could grow for ever."""
    return tuple(note for note in notes_of(scenario, with_bot=True) if note.level != "info")


def _loads(scenario: Scenario, with_bot: bool) -> Iterator[Note]:
    growing = unstable(scenario)
    for each in growing:
        message = (
            f"{_subject(each, 'unstable')}: a week of customers who never leave brings {_times(each)} the work that "
            f"{_doers(each)} can do, so the queue grows as long as customers arrive, unless a bot keeps "
            f"{_kept_away(each)} of them away"
        )
        yield Note(UNSTABLE, "warning" if with_bot else "error", message, _place(scenario, each))
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
    return (*place_of_agents(scenario, load.groups[0]), "staffing")


def _deserted(scenario: Scenario) -> Iterator[Note]:
    """Rows of a roster that shrinkage leaves nobody of for a while."""
    for name, agents in scenario.agents.items():
        for hours, many in agents.staffing.items():
            if many and (deserted_s := nobody_available_s(agents, hours)):
                lasts = f"for {format_duration(deserted_s)} of `{hours}`"
                left = f"a shrinkage of {100 * agents.shrinkage:g}% leaves nobody of {many} {lasts}"
                yield Note(DESERTED, "warning", left, (*place_of_agents(scenario, name), "shrinkage"))


def _unable(scenario: Scenario) -> Iterator[Note]:
    managers = {team.leads_nowhere.to for team in scenario.teams.values() if team.leads_nowhere is not None}
    for name, team in scenario.teams.items():
        if name == scenario.escalation.team or name in managers:
            continue
        own = (intent for intent, kind in scenario.intents.items() if kind.team == name)
        if scenario.intents.keys().isdisjoint((*own, *team.also_solves)):
            message = f"team `{name}` can solve nothing; whatever a policy sends there is moved on"
            yield Note(UNABLE, "info", message, ("teams", name))


def _without_effect(scenario: Scenario) -> Iterator[Note]:
    for loc, why in idle_settings(scenario):
        yield Note(NO_EFFECT, "warning", f"no effect: {why}", loc)


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
