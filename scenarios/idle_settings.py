"""Settings of a scenario that can be used and change nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from ..calendar import WEEK_S, WeekHours
from ..documents import Loc
from .scenario import Scenario
from .staffing import MINUTE_S, AgentGroup, Agents, IntArray

_SAME_WITH_ONE_INBOX = {"in_order": "priority", "weighted_wait": "longest_wait"}
_AMONG_GROUPS = ("least_loaded", "random", "expected_delay")
_NO_EMAIL = "nobody writes by e-mail (`channels` of a segment)"


def idle_settings(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    """Settings that change nothing: the place of each, and why."""
    for name, agents in scenario.agents.items():
        for key, why in _idle_of_agents(scenario, name, agents):
            yield (*place_of_agents(scenario, name), *key), why
    for name in scenario.teams:
        for key, why in _idle_of_inbox(scenario, name):
            yield ("teams", name, *key), why
    for name, share in zip(scenario.intents, scenario.mix().sum(axis=0), strict=True):
        if not share:
            yield ("intents", name), f"nobody writes about `{name}`"
    for number, surge in enumerate(scenario.arrivals.surges):
        if surge.announced is not None and not surge.announced.takes:
            yield ("arrivals", "surges", number, "announced", "takes"), "the notice keeps nobody away"
    last = dt.date.fromisoformat(scenario.start) + dt.timedelta(days=scenario.days)
    in_run = any(dt.date.fromisoformat(each) < last for each in scenario.holidays)
    if scenario.arrivals.kind != "replayed" and scenario.arrivals.on_holidays is not None and not in_run:
        yield ("arrivals", "on_holidays"), "no holiday is in the days in which customers arrive"
    yield from _idle_of_facts(scenario)
    does = scenario.behaviour
    for kind, errands in (("look_ups", does.look_ups), ("transactions", does.transactions)):
        if errands.outages and not errands.works:
            yield ("behaviour", kind, "outages"), "nothing works at other times either"
    yield from _idle_of_email(scenario)
    yield from _idle_of_returns(scenario)
    for language in scenario.messages.wordings_in:
        if language not in scenario.languages:
            yield ("messages", "wordings_in", language), f"nobody writes in `{language}`"
    asked = [(language, name) for language in scenario.languages for name in scenario.intents_in(language)]
    if scenario.messages.mentions_second_intent and not any(scenario.asked_beside(b, a) for a, b in asked):
        yield ("messages", "mentions_second_intent"), "nobody writes about more than one thing"


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
    if agents.open_at_most is not None and not _anybody_by_email(scenario):
        yield ("open_at_most",), _NO_EMAIL
    if agents.context_factor == 1:
        yield ("context_factor",), "their work takes as long as without it"
    if new is not None and most and not np.floor(most * new.share + 1e-9):
        yield ("newcomers", "share"), f"{100 * new.share:g}% of {most} agents is not one agent"
    elif new is not None and new.factor == 1:
        yield ("newcomers", "factor"), "newcomers take as long as the others"
    if strain is not None and not strain.slower:
        yield ("strain", "slower"), "strain slows nobody"
    elif strain is not None and strain.above == 1:
        yield ("strain", "above"), "nobody is busy for more than all of the time"
    for number, each in enumerate(agents.breaks):
        if not _available(agents, each.within).any():
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
    templated = team.templated_replies
    if templated is not None and not templated.share * templated.suspected * templated.cleared_up_in:
        yield ("templated_replies",), "nobody takes them for a bot's, or it takes no time"
    nowhere = team.leads_nowhere
    if nowhere is not None and _all_solved(scenario, name):
        yield ("leads_nowhere",), f"every service of `{name}` solves the problem"
    elif nowhere is not None and nowhere.ends == 1:
        yield ("leads_nowhere", "to"), f"all are ended, so `{nowhere.to}` get nothing"
    if team.answer_within_counts == "business_hours" and _never_closes(scenario, name):
        yield ("answer_within_counts",), "somebody who takes from the inbox is always on duty"
    for number, intent in enumerate(team.also_solves):
        if intent not in scenario.intents:
            yield ("also_solves", number), f"this scenario has no intent `{intent}`"
        elif scenario.intents[intent].team == name:
            yield ("also_solves", number), f"`{name}` is the right team of `{intent}`"


def _idle_of_facts(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    """Gaps in what the desk does not know of anybody anyway."""
    products = any(segment.facts.products for segment in scenario.segments.values())
    for name, segment in scenario.segments.items():
        at: Loc = ("segments", name, "facts", "unset")
        if segment.facts.unset.company and segment.facts.company is None:
            yield (*at, "company"), f"`{name}` customers have no `company`"
        if segment.facts.unset.products and not products:
            yield (*at, "products"), "no segment has `products`"


def _idle_of_email(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    email = scenario.email
    if email is None:
        return
    if not _anybody_by_email(scenario):
        yield ("email",), _NO_EMAIL
    elif email.replies_at_most == 1 and "replies" in email.model_fields_set and email.replies > 1:
        yield ("email", "replies"), "an agent replies once at most"
    elif email.replies == 1 and "replies_at_most" in email.model_fields_set and email.replies_at_most > 1:
        yield ("email", "replies_at_most"), "an agent replies once"


def _idle_of_returns(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    returns = scenario.returns
    if returns is None:
        return
    if returns.changes_channel and not _anybody_by_email(scenario):
        yield ("returns", "changes_channel"), _NO_EMAIL
    if returns.reopens is not None and all(_all_solved(scenario, name) for name in scenario.teams):
        yield ("returns", "reopens"), "every service solves the problem"
    elif returns.reopens is not None and not returns.reopens.share:
        yield ("returns", "reopens", "share"), "nobody writes on"


def _anybody_by_email(scenario: Scenario) -> bool:
    return any(segment.share and segment.by_email for segment in scenario.segments.values())


def _all_solved(scenario: Scenario, team: str) -> bool:
    """Whether a service by a team that can solve the problem always does; managers have a share of their own."""
    asked = dict(zip(scenario.intents, scenario.mix().sum(axis=0), strict=True))
    also = scenario.teams[team].also_solves
    return all(
        kind.person_solves == 1
        for name, kind in scenario.intents.items()
        if asked[name] and (kind.team == team or name in also)
    )


def _never_closes(scenario: Scenario, team: str) -> bool:
    """Whether somebody who takes from an inbox is on duty at any time, whatever is drawn."""
    serve = [scenario.agents[name] for name in scenario.served_by(team) or (team,)]
    sure = [each.in_week() > 0 for each in serve if not each.absences]
    return bool(sure) and bool(np.any(sure, axis=0).all())


def nobody_available_s(agents: Agents, hours: str) -> float:
    """For how long of some hours of the week shrinkage, or the roster, leaves nobody."""
    return MINUTE_S * float(np.count_nonzero(_available(agents, hours) == 0))


def _available(agents: Agents, hours: str) -> IntArray:
    """Agents whom shrinkage leaves in each minute of some hours of the week."""
    week = np.arange(0, WEEK_S, MINUTE_S, dtype=np.float64)
    return agents.available(week[WeekHours.parse(hours).contains(week)])


def place_of_agents(scenario: Scenario, name: str) -> Loc:
    """Where the agents of a team or a group are described."""
    return ("teams" if name in scenario.teams else "groups", name)
