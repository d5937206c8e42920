"""The names that a policy may use: those that all scenarios share, and those of the scenarios it is checked with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..calendar import WEEK_S, WeekHours
from ..errors import hint
from ..findings import Finding
from ..rules.check import Names, check
from ..rules.conditions import Atom, leaves
from ..rules.policy import ESCALATION, Policy
from ..rules.vocabulary import field_named
from ..scenarios.intents import COMPANIES, FLAGS, INTENTS, PLANS, PRODUCTS, SMALL_TALK, TALK_TO_PERSON
from ..scenarios.scenario import Scenario
from .mismatches import mismatches

TEAMS = ("frontline", "accounts", "billing", "engineers", "success", "triage")
"""The teams of the shipped scenarios."""
PAGES = ("/pricing", "/billing", "/account", "/developers", "/help", "/app", "/orders", "/")
"""The pages of the shipped scenarios."""


def names_of(scenarios: Sequence[Scenario]) -> Names:
    """The names that policies may use with any of these scenarios; without one, those of what ships."""
    intents = (*INTENTS, *(name for each in scenarios for name in each.intents), TALK_TO_PERSON, SMALL_TALK)
    facts = [segment.facts for each in scenarios for segment in each.segments.values()]
    pages = (*PAGES, *(page for each in scenarios for intent in each.intents.values() for page in intent.pages))
    teams = [name for each in scenarios for name in each.teams] if scenarios else TEAMS
    staffed = [name for each in scenarios for name in each.teams if each.staffed(name)]
    return Names(
        teams=_distinct((*teams, ESCALATION)),
        intents=_distinct(intents),
        plans=_distinct((*PLANS, *(name for each in facts for name in each.plan))),
        companies=_distinct((*COMPANIES, *(name for each in facts for name in each.company or ()))),
        products=_distinct((*PRODUCTS, *(name for each in facts for name in each.products))),
        flags=_distinct((*FLAGS, *(name for each in facts for name in each.flags))),
        pages=_distinct(pages),
        staffed_teams=_distinct((*staffed, ESCALATION)) if scenarios else None,
        shifts={name: _shifts(name, scenarios) for name in _distinct(teams) if scenarios},
        in_use={
            "customer.plan": _distinct([name for each in facts for name in each.plan]),
            "message.intent": _distinct([name for each in scenarios for name in each.intents]),
        },
    )


def _shifts(team: str, scenarios: Sequence[Scenario]) -> WeekHours:
    """The hours at which anybody who takes from a team's inbox is on duty, in any of the scenarios."""
    minutes = np.zeros(WEEK_S // 60, dtype=np.bool_)
    for each in scenarios:
        for name in each.served_by(team) if team in each.teams else ():
            minutes |= each.agents[name].in_week() > 0
    return WeekHours.of([(60 * minute, 60 * minute + 60) for minute in np.flatnonzero(minutes).tolist()])


def findings_of(policies: Iterable[Policy], scenarios: Sequence[Scenario]) -> tuple[Finding, ...]:
    """What `check` finds in policies that are to be used with any of these scenarios, policy by policy.

    `escalation` is a name to route to, but no team: its queue is that of the scenario's inbox (V104).
    """
    names = names_of(scenarios)
    found: list[Finding] = []
    for policy in policies:
        each = (*check(policy, names), *_queues_of_escalation(policy, scenarios), *mismatches(policy, scenarios))
        found += sorted(each, key=lambda finding: (finding.line or 0, finding.column or 0))
    return tuple(found)


def _queues_of_escalation(policy: Policy, scenarios: Sequence[Scenario]) -> Iterator[Finding]:
    inbox = scenarios[0].escalation.team if scenarios else "triage"
    tested = [leaf for condition in policy.conditions() for leaf in leaves(condition) if isinstance(leaf, Atom)]
    for atom in dict.fromkeys(tested):
        field = field_named(atom.field)
        if field is not None and field.team == ESCALATION:
            near = hint(atom.field.replace(f".{ESCALATION}.", f".{inbox}."))
            message = f"`{atom.field}`: `{ESCALATION}` is a route, not a team{near}"
            yield Finding("V104", "error", message, policy.place, atom.line, atom.column)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
