"""Who takes what from whom, in words: the parts of a scenario's staffing that go beyond a team and its inbox."""

from __future__ import annotations

from collections.abc import Iterator

from ..quantities import format_duration
from ..scenarios.scenario import Scenario
from ..scenarios.staffing import AgentGroup, Agents, Team
from .figures import percent

OFFERS = {
    "least_loaded": "is offered to the group with the emptiest agent",
    "longest_idle": "is offered to the agent who has been idle for longest",
    "random": "is offered to one of the groups by chance",
    "expected_delay": "waits for the group with the shortest expected delay",
}
TAKES = {
    "longest_wait": "take who has waited for longest",
    "weighted_wait": "take by waiting time times the inbox's weight",
    "in_order": "take by their own order of inboxes",
}


def floor_lines(scenario: Scenario) -> Iterator[str]:
    """A line for each group of agents and each inbox that differ from plain ones."""
    for name, group in scenario.groups.items():
        staffing = ", ".join(f"{agents} {hours}" for hours, agents in group.staffing.items())
        skills = "every inbox" if group.skills == "all" else ", ".join(group.skills)
        held = f", each up to {group.concurrency} at once" if group.concurrency > 1 else ""
        yield f"Group {name} ({staffing}{held}) takes from {skills}."
    for name, agents in scenario.agents.items():
        said = [*_of_agents(agents)]
        if said:
            yield f"Agents of {name}: {'; '.join(said)}."
    for name, team in scenario.teams.items():
        said = [*_of_inbox(scenario, name, team)]
        if said:
            yield f"Inbox {name}: {'; '.join(said)}."
    if scenario.expected_wait.by == "queue_over_throughput":
        over = format_duration(scenario.expected_wait.throughput_over)
        yield f"The expected wait that rules see is the queue over the throughput of the last {over}."


def _of_agents(agents: Agents) -> Iterator[str]:
    if agents.takes in TAKES:
        yield TAKES[agents.takes]
    if agents.slots == "fill":
        yield "who holds most takes the next"
    if agents.speed_by_load:
        speeds = ", ".join(f"{speed:g}" for speed in agents.speed_by_load)
        yield f"holding 1, 2, ... they work on each at speed {speeds}"
    if agents.open_at_most is not None:
        yield f"each has at most {agents.open_at_most} conversations by e-mail open"
    if agents.context_factor is not None:
        yield f"seeing what is known of the customer, they take {agents.context_factor:g} times as long"
    for intent, factor in agents.work_factors.items():
        yield f"{intent} takes {factor:g} times as long"
    if agents.newcomers is not None:
        yield f"{percent(agents.newcomers.share)} are newcomers and take {agents.newcomers.factor:g} times as long"
    if agents.strain is not None:
        yield f"slower by {agents.strain.slower:g} for what strain exceeds {percent(agents.strain.above)} busy"
    if agents.shrinkage:
        yield f"{percent(agents.shrinkage)} of the staffing is not available"
    if agents.absences:
        yield f"each is away on {percent(agents.absences)} of days"
    for each in agents.breaks:
        yield f"a break of {format_duration(each.lasts)} within {each.within}, one after the other"
    if agents.strain is not None:
        yield f"strain follows being busy over some {format_duration(agents.strain.memory)}"


def _of_inbox(scenario: Scenario, name: str, team: Team) -> Iterator[str]:
    serve = scenario.served_by(name)
    if serve != (name,):
        yield f"served by {', then '.join(serve) or 'nobody'}"
    if team.offers in OFFERS and len(serve) > 1:
        yield f"a conversation {OFFERS[team.offers]}"
    if team.waiting_at_most is not None:
        yield f"who finds {team.waiting_at_most} waiting is turned away"
    if team.overflow is not None:
        yield f"after {format_duration(team.overflow.after)} {' and '.join(team.overflow.to)} may take it too"
    if team.call_back is not None:
        offer = team.call_back
        yield (
            f"who finds {offer.from_waiting} waiting may be called back: {percent(offer.accepted)} accept, "
            f"{percent(offer.reached)} are reached"
        )
    if team.templated_replies is not None:
        templated = team.templated_replies
        yield (
            f"{percent(templated.share)} of their first replies in a chat are templates, for which "
            f"{percent(templated.suspected)} of customers take them for a bot; it costs "
            f"{format_duration(templated.cleared_up_in)} to clear that up"
        )
    if team.leads_nowhere is not None:
        nowhere = team.leads_nowhere
        ended = f"{percent(nowhere.ends)} are ended, the others" if nowhere.ends else "they"
        yield (
            f"after {format_duration(nowhere.after)} of work that leads nowhere {ended} go to {nowhere.to}, where "
            f"{percent(nowhere.solved_there)} are solved"
        )
    if team.weight != 1 and any(isinstance(each, AgentGroup) for each in scenario.agents.values()):
        yield f"its waits weigh {team.weight:g} times"
