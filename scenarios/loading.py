"""Scenarios from files: shape first, then what hangs together, all problems at once."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ..calendar import Clock, WeekHours
from ..documents import Document, Loc, read_document, validated
from ..errors import BadValue, InputError, Problem, did_you_mean
from ..quantities import format_duration
from .intents import INTENTS, TALK_TO_PERSON
from .phrasebook import slots_of
from .recognisers import recogniser_problems
from .replay import read_arrivals
from .scenario import Scenario
from .staffing import AgentGroup, Agents
from .surges import Surge

_LIBRARY = files(__package__) / "library"
_SHARES_TOLERANCE = 1e-6
_INPUTS = (
    "arrivals", "segments", "intents", "teams", "groups", "escalation", "behaviour", "recogniser", "returns",
)  # fmt: skip
"""Sections that state something about the world, which may have a source."""


def shipped_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with the product."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _LIBRARY.iterdir() if entry.name.endswith(".yaml"))
    )


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The scenario of that shipped name, or in that file.

    Raises `InputError` with every problem of the file.
    """
    name = str(name_or_path)
    if name in shipped_scenarios():
        return scenario_from_document(read_document(_LIBRARY / f"{name}.yaml", place=f"{name}.yaml"))
    path = Path(name_or_path)
    if not path.exists() and re.fullmatch(r"[\w-]+", name):
        raise InputError(
            (Problem(name, "no such shipped scenario or file", suggestion=did_you_mean(name, shipped_scenarios())),)
        )
    return scenario_from_document(read_document(path))


def scenario_from_document(document: Document) -> Scenario:
    """The scenario in a document; raises `InputError` with every problem in file order."""
    scenario = validated(document, Scenario)
    problems = list(_problems(document, scenario))
    if problems:
        raise InputError(tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))))
    return _with_replay(document, scenario)


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema(by_alias=True)}


def _problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    yield from _time_problems(document, scenario)
    yield from _segment_problems(document, scenario)
    yield from _intent_problems(document, scenario)
    yield from _team_problems(document, scenario)
    yield from recogniser_problems(document, scenario.recogniser, tuple(scenario.intents))
    yield from _behaviour_problems(document, scenario)
    yield from _source_problems(document, scenario)


def _time_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    try:
        dt.date.fromisoformat(scenario.start)
    except ValueError:
        yield document.problem(("start",), f"`{scenario.start}` is not a date such as 2026-03-02")
        return
    for part, time_zone in (("start", "UTC"), ("time_zone", scenario.time_zone)):
        try:
            Clock(dt.date.fromisoformat(scenario.start), time_zone)
        except ValueError as error:
            yield document.problem((part,), str(error))
            return
    if scenario.arrivals.kind != "replayed":
        expected = float(scenario.arrivals.expected(scenario.clock, scenario.days).sum())
        if expected == 0 or not math.isfinite(expected):
            yield document.problem(("arrivals",), "nobody ever writes in: all hours or all weekdays have weight 0")
            return


    yield from _replay_problems(document, scenario)
    for number, surge in enumerate(scenario.arrivals.surges):
        yield from _surge_problems(document, scenario, surge, ("arrivals", "surges", number))


def _replay_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    arrivals = scenario.arrivals
    if arrivals.kind == "replayed" and arrivals.at is not None:
        for number, at_s in enumerate(arrivals.at):
            if at_s >= scenario.horizon_s:
                lasts = format_duration(scenario.horizon_s)
                yield document.problem(("arrivals", "at", number), f"the run lasts {lasts}; nobody can arrive after it")


def _surge_problems(document: Document, scenario: Scenario, surge: Surge, at: Loc) -> Iterator[Problem]:
    unknown = [
        _unknown(document, (*at, "intents", number), "intent", name, scenario.intents)
        for number, name in enumerate(surge.intents or ())
        if name not in scenario.intents
    ]
    yield from unknown
    try:
        from_s = surge.starts_s(scenario.clock)
    except BadValue as bad:
        yield document.problem((*at, "at"), bad.message, bad.suggestion)
        return
    run = f"the run, {format_duration(scenario.horizon_s)} from {scenario.clock.label(0)}"
    if not 0 <= from_s < scenario.horizon_s:
        yield document.problem((*at, "at"), f"`{surge.at}` is outside {run}")
    elif from_s + surge.lasts > scenario.horizon_s:
        yield document.problem((*at, "lasts"), f"the surge goes on beyond {run}")
    elif surge.announced is not None and surge.announced.after >= surge.lasts:
        yield document.problem((*at, "announced", "after"), "the notice comes when the surge is over")
    elif not unknown and scenario.arrivals.kind != "replayed":
        extra = scenario.arrivals.extra_rate(surge, np.ones(scenario.days), scenario.clock, scenario.days)
        if not extra.expected * scenario.mix(surge.intents).sum() > 0:
            yield document.problem(at, "the surge adds nobody: nobody ordinarily writes about this then")


def _with_replay(document: Document, scenario: Scenario) -> Scenario:
    """The scenario with its recorded arrivals read, from a path that starts at the scenario's own folder."""
    arrivals = scenario.arrivals
    if arrivals.kind != "replayed" or arrivals.replay is None:
        return scenario
    path = Path(document.place).parent / arrivals.replay
    times = read_arrivals(path, scenario.clock, scenario.horizon_s)
    return scenario.model_copy(update={"arrivals": arrivals.model_copy(update={"replay": None, "at": times})})


def _segment_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    yield from _share_problems(
        document,
        ("segments",),
        {name: segment.share for name, segment in scenario.segments.items()},
        "shares of the segments",
    )
    for name, segment in scenario.segments.items():
        at: Loc = ("segments", name)
        yield from _share_problems(document, (*at, "facts", "plan"), segment.facts.plan, "shares of the plans")
        yield from _share_problems(document, (*at, "intents"), segment.intents, "shares of the intents")
        unhelped = segment.temperament.unhelped
        yield from _share_problems(
            document,
            (*at, "temperament", "unhelped"),
            {"says_no": unhelped.says_no, "asks": unhelped.asks, "silent": unhelped.silent},
            "shares of what an unhelped customer does",
        )
        for intent in segment.intents:
            if intent not in scenario.intents:
                yield _unknown(document, (*at, "intents", intent), "intent", intent, scenario.intents, at_key=True)
        if segment.facts.help_centre_visit.share and not segment.facts.help_centre_visit.within:
            yield document.problem(
                (*at, "facts", "help_centre_visit"), "a share of visits needs `within`, the time before writing in"
            )
    for number, name in enumerate(scenario.protected.segments):
        if name not in scenario.segments:
            yield _unknown(document, ("protected", "segments", number), "segment", name, scenario.segments)
    yield from _protected_problems(document, scenario)


def _protected_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    for kind, most in (("plan", 100), ("flags", 60)):
        names = {name for segment in scenario.segments.values() for name in getattr(segment.facts, kind)}
        if len(names) > most:
            yield document.problem(
                ("segments",), f"{len(names)} different {kind}s; at most {most}".replace("ss;", "s;")
            )
    plans = {plan for segment in scenario.segments.values() for plan in segment.facts.plan}
    flags = {flag for segment in scenario.segments.values() for flag in segment.facts.flags}
    for number, plan in enumerate(scenario.protected.plans):
        if plan not in plans:
            yield _unknown(document, ("protected", "plans", number), "plan", plan, plans)
    for number, flag in enumerate(scenario.protected.flags):
        if flag not in flags:
            yield _unknown(document, ("protected", "flags", number), "flag", flag, flags)


def _intent_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    for name, intent in scenario.intents.items():
        at: Loc = ("intents", name)
        if name == TALK_TO_PERSON:
            yield document.problem(
                at, f"`{TALK_TO_PERSON}` is what asking for a person is recognised as, not a problem of its own"
            )
        if intent.team not in scenario.teams:
            yield _unknown(document, (*at, "team"), "team", intent.team, scenario.teams)
        elif intent.team == scenario.escalation.team:
            yield document.problem(
                (*at, "team"), f"`{intent.team}` is the escalation inbox: it assigns, it does not solve"
            )
        yield from _share_problems(document, (*at, "pages"), intent.pages, "shares of the pages")
        if (
            name not in INTENTS
            and name not in scenario.messages.wordings
            and name not in scenario.messages.labels.values()
        ):
            yield document.problem(
                at,
                f"nobody has words for intent `{name}`; give some under `messages.wordings`, or labels",
                suggestion=did_you_mean(name, INTENTS),
                at_key=True,
            )
    for name, own in scenario.messages.wordings.items():
        if name not in scenario.intents:
            yield _unknown(document, ("messages", "wordings", name), "intent", name, scenario.intents, at_key=True)
        for number, wording in enumerate(own.wordings):
            if slots_of(wording.text):
                loc = ("messages", "wordings", name, "wordings", number, "text")
                yield document.problem(loc, "wordings of a scenario are plain text, without `{slots}`")
    for label, intent_name in scenario.messages.labels.items():
        if intent_name not in scenario.intents:
            yield _unknown(document, ("messages", "labels", label), "intent", intent_name, scenario.intents)


def _team_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    if scenario.escalation.team not in scenario.teams:
        yield _unknown(document, ("escalation", "team"), "team", scenario.escalation.team, scenario.teams)
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
        if name in receives and not unreadable & set(serve) and not any(map(_works, map(scenario.agents.get, serve))):
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
                yield _unknown(document, (*at, "also_solves", number), "intent", intent, scenario.intents)


def _works(agents: Agents | None) -> bool:
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
            yield _unknown(document, (*at, "work_factors", intent), "intent", intent, scenario.intents, at_key=True)
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
            yield _unknown(document, (*at, "skills", number), "team", team, scenario.teams)
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
            yield _unknown(document, (*at, *where), "group", each, scenario.agents)
        elif not scenario.agents[each].staffing:
            yield document.problem((*at, *where), f"`{each}` has no agents of its own")
    for twice in {each for each in team.served_by if team.served_by.count(each) > 1}:
        yield document.problem((*at, "served_by"), f"`{twice}` is listed twice")


def _behaviour_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    again = scenario.behaviour.writes_again
    yield from _share_problems(
        document, ("behaviour", "writes_again"), dict(again), "shares of what a customer writes again"
    )


def _source_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    leaves = {tuple(path) for path in input_paths(document.data)}
    for pattern, source in scenario.sources.items():
        marks = [mark for mark in (source.measured, source.published, source.assumed) if mark is not None]
        if len(marks) != 1:
            yield document.problem(
                ("sources", pattern), "say exactly one of `measured`, `published`, `assumed`, and where from"
            )
        elif not any(covers(pattern, path) for path in leaves):
            yield document.problem(("sources", pattern), f"no input is called `{pattern}`", at_key=True)


def input_paths(data: Any) -> Iterator[tuple[str, ...]]:
    """Dotted paths, as tuples, of all numbers and choices that a scenario file states about the world."""
    for section in _INPUTS:
        if isinstance(data, Mapping) and section in data:
            yield from _leaves(data[section], (section,))


def covers(pattern: str, path: tuple[str, ...]) -> bool:
    """Whether a `sources` key speaks of an input: it is the path itself or a part of the tree above it.

    >>> covers("segments.*.share", ("segments", "trial", "share"))
    True
    """
    names = pattern.split(".")
    return len(names) <= len(path) and all(name in ("*", part) for name, part in zip(names, path, strict=False))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths of what a value states; nothing, an empty list and an empty mapping state nothing."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif value is not None and value != []:
        yield path


def _share_problems(document: Document, loc: Loc, shares: Mapping[str, float], what: str) -> Iterator[Problem]:
    total = math.fsum(shares.values())
    if abs(total - 1) > _SHARES_TOLERANCE:
        yield document.problem(loc, f"{what} sum to {100 * total:.6g}%, not 100%")


def _unknown(
    document: Document, loc: Loc, kind: str, name: str, known: Mapping[str, Any] | set[str], *, at_key: bool = False
) -> Problem:
    return document.problem(loc, f"unknown {kind} `{name}`", suggestion=did_you_mean(name, known), at_key=at_key)
