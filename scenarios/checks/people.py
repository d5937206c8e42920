"""Teams, groups of agents, and who takes from which inbox."""

from __future__ import annotations

from collections.abc import Iterator

from ...calendar import WeekHours
from ...documents import Document, Loc
from ...errors import Problem
from ..intents import INTENTS
from ..scenario import Scenario
from ..staffing import AgentGroup, Agents
from .wording import unknown


def people_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Teams without anybody, agents who take from nowhere, and names that nobody has."""
    if scenario.escalation.team not in scenario.teams:
        yield unknown(document, ("escalation", "team"), "team", scenario.escalation.team, scenario.teams)
    asked = {intent for segment in scenario.segments.values() for intent, share in segment.intents.items() if share > 0}
    receives = {scenario.intents[intent].team for intent in asked if intent in scenario.intents} | {
        scenario.escalation.team
    }
    unreadable: set[str] = set()
    for name, agents in scenario.agents.items():
        found = list(_agents_problems(document, scenario, name, agents))
        unreadable |= {name} if found else set()
        yield from found
    for name, team in scenario.teams.items():
        at: Loc = ("teams", name)
        yield from _inbox_problems(document, scenario, name)
        serve = [each for each in scenario.served_by(name) if each in scenario.agents]
        if name in receives and not unreadable & set(serve) and not any(map(works, map(scenario.agents.get, serve))):
            yield document.problem(
                (*at, "staffing") if team.staffing else at,
                f"team `{name}` receives conversations but has no agents all week",
            )
        if name == scenario.escalation.team and team.also_solves:
            yield document.problem(
                (*at, "also_solves", 0), f"`{name}` is the escalation inbox: it assigns, it does not solve"
            )
        for number, intent in enumerate(team.also_solves):
            if intent not in scenario.intents and intent not in INTENTS:
                yield unknown(document, (*at, "also_solves", number), "intent", intent, scenario.intents)


def works(agents: Agents | None) -> bool:
    """Whether anybody of a group is ever on duty."""
    staffing = {} if agents is None else agents.staffing
    return any(many and WeekHours.parse(hours).spans for hours, many in staffing.items())


def _agents_problems(document: Document, scenario: Scenario, name: str, agents: Agents) -> Iterator[Problem]:
    """What is wrong with the agents of a team or a group."""
    at: Loc = ("teams" if name in scenario.teams else "groups", name)
    for where, hours in [
        *((("staffing", hours), hours) for hours in agents.staffing),
        *((("breaks", number, "within"), each.within) for number, each in enumerate(agents.breaks)),
    ]:
        try:
            WeekHours.parse(hours)
        except ValueError as error:
            yield document.problem((*at, *where), str(error), at_key=where[0] == "staffing")
    if agents.speed_by_load and len(agents.speed_by_load) != agents.concurrency:
        yield document.problem(
            (*at, "speed_by_load"),
            f"{len(agents.speed_by_load)} speeds for agents who hold up to {agents.concurrency} conversations",
        )
    for intent in agents.work_factors:
        if intent not in scenario.intents and intent not in INTENTS:
            yield unknown(document, (*at, "work_factors", intent), "intent", intent, scenario.intents, at_key=True)
    if not isinstance(agents, AgentGroup):
        return
    if name in scenario.teams:
        yield document.problem(("groups", name), f"`{name}` is a team; give the group another name", at_key=True)
    if not agents.staffing:
        yield document.problem(at, f"group `{name}` has no `staffing`")
    if agents.skills == "all":
        return
    for number, team in enumerate(agents.skills):
        if team not in scenario.teams:
            yield unknown(document, (*at, "skills", number), "team", team, scenario.teams)
        elif scenario.teams[team].served_by and name not in scenario.teams[team].served_by:
            yield document.problem(
                (*at, "skills", number), f"team `{team}` lists under `served_by` who takes from it, and not `{name}`"
            )
    helps = any(
        name in team.served_by or (team.overflow and name in team.overflow.to) for team in scenario.teams.values()
    )
    if not agents.skills and not helps:
        yield document.problem((*at, "skills"), f"group `{name}` takes from no inbox")


def _inbox_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    """What is wrong with who takes from an inbox."""
    team, at = scenario.teams[name], ("teams", name)
    named: list[tuple[Loc, str]] = [(("served_by", number), each) for number, each in enumerate(team.served_by)]
    if team.overflow is not None:
        named += [(("overflow", "to", number), each) for number, each in enumerate(team.overflow.to)]
    for where, each in named:
        if each not in scenario.agents:
            yield unknown(document, (*at, *where), "group", each, scenario.agents)
        elif not scenario.agents[each].staffing:
            yield document.problem((*at, *where), f"`{each}` has no agents of its own")
    for twice in {each for each in team.served_by if team.served_by.count(each) > 1}:
        yield document.problem((*at, "served_by"), f"`{twice}` is listed twice")
    yield from _manager_problems(document, scenario, name)


def _manager_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    """What is wrong with who takes over where a team gets nowhere."""
    nowhere, at = scenario.teams[name].leads_nowhere, ("teams", name, "leads_nowhere", "to")
    if nowhere is None:
        return
    if nowhere.to not in scenario.teams:
        yield unknown(document, at, "team", nowhere.to, scenario.teams)
    elif nowhere.to in (name, scenario.escalation.team):
        yield document.problem(at, f"`{nowhere.to}` cannot take over from `{name}`; name a team of managers")
    elif not any(works(scenario.agents.get(each)) for each in scenario.served_by(nowhere.to)):
        yield document.problem(at, f"team `{nowhere.to}` takes conversations over but has no agents all week")
