"""Who is there to answer: agents, the inboxes they take from, and inboxes that nobody takes from."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document
from ...errors import Problem
from ..scenario import Scenario
from .agents import agent_problems
from .inboxes import inbox_problems
from .wording import unknown


def people_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """What is wrong with agents and with inboxes, and teams that receive conversations and have nobody to answer."""
    if scenario.escalation.team not in scenario.teams:
        yield unknown(document, ("escalation", "team"), "team", scenario.escalation.team, scenario.teams)
    if scenario.expected_wait.by == "last_wait" and "throughput_over" in scenario.expected_wait.model_fields_set:
        yield document.problem(
            ("expected_wait", "throughput_over"), "`throughput_over` goes with `by: queue_over_throughput`"
        )
    spoilt: set[str] = set()
    for name, agents in scenario.agents.items():
        found = [*agent_problems(document, scenario, name, agents)]
        spoilt |= {name} if found else set()
        yield from found
    receiving = _receiving(scenario)
    for name, team in scenario.teams.items():
        found = [*inbox_problems(document, scenario, name)]
        yield from found
        readable = not found and spoilt.isdisjoint(scenario.served_by(name))
        if name in receiving and readable and not scenario.staffed(name):
            yield document.problem(
                ("teams", name, "staffing") if team.staffing else ("teams", name),
                f"team `{name}` receives conversations but has no agents all week",
            )


def _receiving(scenario: Scenario) -> set[str]:
    """Teams that conversations come to, whatever the policy: right teams, and the escalation inbox."""
    asked = {intent for segment in scenario.segments.values() for intent, share in segment.intents.items() if share > 0}
    return {scenario.intents[intent].team for intent in asked if intent in scenario.intents} | {
        scenario.escalation.team
    }
