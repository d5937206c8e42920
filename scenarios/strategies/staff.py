"""Teams and groups of agents, and what may be said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from .names import GROUPS, INTENTS, TEAMS, TRIAGE
from .parts import distributions, fractions

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOURS: Final = ("always", "Mon-Fri 08-18", "Mon-Sun 09-17", "Mon-Sun 22-24, 00-06", "Sat 10-14")

_BREAKS: Final = (
    {"within": "Mon-Sun 12-14", "lasts": "30m"},
    {"within": "Mon-Fri 10-11, 15-16", "lasts": "1h"},
    {"within": "Sat-Sun 00-06", "lasts": "90m"},
)
# What may be said of agents and of inboxes, beside what depends on the rest.
_AGENTS: Final[dict[str, SearchStrategy[Any]]] = {
    "slots": st.sampled_from(("spread", "fill")),
    "takes": st.sampled_from(("priority", "longest_wait", "weighted_wait", "in_order")),
    "newcomers": st.fixed_dictionaries({"share": st.sampled_from((0.3, 0.5, 1))}, optional={"factor": st.just(2)}),
    "strain": st.fixed_dictionaries(
        {"slower": st.sampled_from((0.5, 2))}, optional={"above": st.sampled_from((0, 0.5)), "memory": st.just("20m")}
    ),
    "shrinkage": st.sampled_from((0.2, 0.3)),
    "absences": st.sampled_from((0.2, 0.6)),
    "breaks": st.lists(st.sampled_from(_BREAKS), min_size=1, max_size=2, unique_by=id).map(
        lambda drawn: [dict(each) for each in drawn]
    ),
    "context_factor": st.just(0.5),
    "open_at_most": st.integers(1, 4),
}
_INBOXES: Final[dict[str, SearchStrategy[Any]]] = {
    "offers": st.sampled_from(("in_order", "least_loaded", "longest_idle", "random", "expected_delay")),
    "weight": st.sampled_from((0.5, 3)),
    "waiting_at_most": st.integers(0, 3),
    "call_back": st.fixed_dictionaries(
        {"from_waiting": st.integers(0, 2)},
        optional={"accepted": st.sampled_from((0, 0.5, 1)), "reached": st.sampled_from((0, 0.7, 1))},
    ),
    "templated_replies": st.fixed_dictionaries(
        {"share": st.sampled_from((0, 0.5, 1))}, optional={"suspected": st.just(1)}
    ),
    "wrap_up": st.nothing(),
    "notices_gone": st.nothing(),
}
_TIMES: Final = ("wrap_up", "notices_gone")


def people(draw: st.DrawFn, intents: list[str]) -> dict[str, Any]:
    """Teams and groups of agents, any of whom takes from somewhere; every inbox has somebody."""
    skills = st.just("all") | st.lists(st.sampled_from((*TEAMS, TRIAGE)), max_size=3, unique=True)
    many = draw(st.sampled_from((0, 0, 1, 2)))
    groups = {name: {**_agents(draw, intents), "skills": draw(skills)} for name in GROUPS[:many]}
    teams = {name: _inbox(draw, solves=name != TRIAGE) for name in (*TEAMS, TRIAGE)}
    skilled = {
        name: [each for each, group in groups.items() if group["skills"] == "all" or name in group["skills"]]
        for name in teams
    }
    for name, team in teams.items():
        if not skilled[name] or draw(st.booleans()):
            team |= _agents(draw, intents)
    # Whoever has no skills of their own takes where an inbox lists them.
    unskilled = {name: draw(st.sampled_from(TEAMS)) for name, group in groups.items() if not group["skills"]}
    staffed = [*(name for name, team in teams.items() if "staffing" in team), *groups]
    for name, team in teams.items():
        serve = [*((name,) if "staffing" in team else ()), *skilled[name]]
        listed = [each for each, inbox in unskilled.items() if inbox == name]
        if listed or draw(st.integers(0, 3)) == 3:
            others = [each for each in staffed if each in TEAMS and each != name]
            guests = draw(st.lists(st.sampled_from(others), max_size=1)) if others else []
            serve = team["served_by"] = draw(st.permutations([*serve, *listed, *guests]))
        helpers = [each for each in staffed if each not in serve]
        if helpers and draw(st.integers(0, 3)) == 3:
            to = draw(st.lists(st.sampled_from(helpers), min_size=1, max_size=2, unique=True))
            team["overflow"] = {"after": draw(st.sampled_from((0, "5m", "2h"))), "to": to}
    for name in TEAMS:
        if draw(st.integers(0, 5)) == 5:
            manager = draw(st.sampled_from([each for each in TEAMS if each != name]))
            teams[name]["leads_nowhere"] = {"after": "4m", "ends": draw(fractions()), "to": manager}
    return {"teams": teams, "groups": groups}


def _agents(draw: st.DrawFn, intents: list[str]) -> dict[str, Any]:
    hours = draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=2, unique=True))
    concurrency = draw(st.integers(1, 3))
    agents: dict[str, Any] = {"staffing": {each: draw(st.integers(1, 3)) for each in hours}, "concurrency": concurrency}
    said = draw(st.lists(st.sampled_from(("speed_by_load", "work_factors", *_AGENTS)), max_size=3, unique=True))
    for key in said:
        if key == "speed_by_load":
            agents[key] = [1, 0.6, 0.45][:concurrency]
        elif key == "work_factors":
            agents[key] = {each: draw(st.sampled_from((0.5, 1.5))) for each in intents}
        else:
            agents[key] = draw(_AGENTS[key])
    return agents


def _inbox(draw: st.DrawFn, *, solves: bool) -> dict[str, Any]:
    inbox: dict[str, Any] = {
        "also_solves": draw(st.lists(st.sampled_from(INTENTS), max_size=2, unique=True)) if solves else [],
        "answer_within": "2m",
        "answer_within_counts": draw(st.sampled_from(("clock", "business_hours"))),
        "look": draw(distributions()),
    }
    for key in draw(st.lists(st.sampled_from(tuple(_INBOXES)), max_size=3, unique=True)):
        inbox[key] = draw(distributions() if key in _TIMES else _INBOXES[key])
    if "call_back" in inbox and inbox.get("waiting_at_most", 9) <= inbox["call_back"]["from_waiting"]:
        inbox["waiting_at_most"] = inbox["call_back"]["from_waiting"] + 1
    return inbox
