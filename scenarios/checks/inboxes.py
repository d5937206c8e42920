"""Inboxes of teams: who takes from them, and what happens to those for whom there is nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...documents import Document, Loc
from ...errors import Problem
from ..intents import INTENTS
from ..scenario import Scenario
from ..staffing import AgentGroup
from .wording import twice, unknown

NAME = r"[a-z][a-z0-9_]*"
"""How policies can call a team."""
ESCALATION = "escalation"
"""What policies call the escalation inbox, whatever its name."""


def inbox_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    """A name that no policy can use, people who do not exist or take twice, offers that nobody can get."""
    team, at = scenario.teams[name], ("teams", name)
    yield from _name_problems(document, scenario, name)
    yield from _taker_problems(document, scenario, name)
    yield from _manager_problems(document, scenario, name)
    offer = team.call_back
    if offer is not None and team.waiting_at_most is not None and offer.from_waiting >= team.waiting_at_most:
        yield document.problem(
            (*at, "call_back", "from_waiting"),
            f"who finds {team.waiting_at_most} waiting is turned away (`waiting_at_most`), so nobody is ever offered "
            "to be called back",
        )
    if name == scenario.escalation.team and team.also_solves:
        yield document.problem(
            (*at, "also_solves", 0), f"`{name}` is the escalation inbox: it assigns, it does not solve"
        )
    for number, intent in enumerate(team.also_solves):
        if intent not in scenario.intents and intent not in INTENTS:
            yield unknown(document, (*at, "also_solves", number), "intent", intent, scenario.intents)
    yield from twice(document, (*at, "also_solves"), team.also_solves)


def _name_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    if re.fullmatch(NAME, name) is None:
        near = "_".join(re.findall("[a-z0-9]+", name.lower()))
        yield document.problem(
            ("teams", name),
            f"a policy cannot name team `{name}`: expected small letters, digits and underscores, a letter first",
            near if re.fullmatch(NAME, near) else None,
            at_key=True,
        )
    elif name == ESCALATION and scenario.escalation.team != name:
        inbox = scenario.escalation.team
        yield document.problem(
            ("teams", name),
            f"policies call the escalation inbox `{ESCALATION}`, and that is `{inbox}`; give the team another name",
            at_key=True,
        )


def _taker_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    team, at = scenario.teams[name], ("teams", name)
    helpers = () if team.overflow is None else team.overflow.to
    named: list[tuple[Loc, str]] = [(("served_by", number), each) for number, each in enumerate(team.served_by)]
    named += [(("overflow", "to", number), each) for number, each in enumerate(helpers)]
    for where, each in named:
        group = scenario.groups.get(each)
        if each not in scenario.agents:
            yield unknown(document, (*at, *where), "group", each, scenario.agents)
        elif not scenario.agents[each].staffing:
            yield document.problem((*at, *where), f"`{each}` has no agents of its own")
        elif where[0] == "overflow" and each in scenario.served_by(name):
            yield document.problem((*at, *where), f"`{each}` takes from `{name}` at once, and need not wait to help")
        elif where[0] == "served_by" and isinstance(group, AgentGroup) and lacks_skill(group, name):
            yield document.problem((*at, *where), f"group `{each}` does not list `{name}` under its `skills`")
    yield from twice(document, (*at, "served_by"), team.served_by)
    yield from twice(document, (*at, "overflow", "to"), helpers)


def _manager_problems(document: Document, scenario: Scenario, name: str) -> Iterator[Problem]:
    nowhere, at = scenario.teams[name].leads_nowhere, ("teams", name, "leads_nowhere", "to")
    if nowhere is None:
        return
    if nowhere.to not in scenario.teams:
        yield unknown(document, at, "team", nowhere.to, scenario.teams)
    elif nowhere.to in (name, scenario.escalation.team):
        yield document.problem(at, f"`{nowhere.to}` cannot take over from `{name}`; name a team of managers")
    elif scenario.agents.keys() >= {*scenario.served_by(nowhere.to)} and not scenario.staffed(nowhere.to):
        yield document.problem(at, f"team `{nowhere.to}` takes conversations over but has no agents all week")


def lacks_skill(group: AgentGroup, team: str) -> bool:
    """Whether a group lists its skills, and not this one; without any it takes from wherever it is listed."""
    return group.skills != "all" and bool(group.skills) and team not in group.skills
