"""Scenarios from files: shape first, then what hangs together, all problems at once."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..calendar import Clock, WeekHours
from ..documents import Document, Loc, read_document, validated
from ..errors import InputError, Problem, did_you_mean
from .intents import INTENTS, TALK_TO_PERSON
from .phrasebook import slots_of
from .scenario import Scenario

_LIBRARY = files(__package__) / "library"
_SHARES_TOLERANCE = 1e-6


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
    return scenario


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema(by_alias=True)}


def _problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    yield from _time_problems(document, scenario)
    yield from _segment_problems(document, scenario)
    yield from _intent_problems(document, scenario)
    yield from _team_problems(document, scenario)
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
    if scenario.arrivals.expected(scenario.clock, scenario.days).sum() == 0 or not math.isfinite(
        scenario.arrivals.expected(scenario.clock, scenario.days).sum()
    ):
        yield document.problem(("arrivals",), "nobody ever writes in: all hours or all weekdays have weight 0")


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
    for name, team in scenario.teams.items():
        at: Loc = ("teams", name)
        readable = True
        for hours in team.staffing:
            try:
                WeekHours.parse(hours)
            except ValueError as error:
                readable = False
                yield document.problem((*at, "staffing", hours), str(error), at_key=True)
        if (
            readable
            and name in receives
            and not any(agents and WeekHours.parse(hours).spans for hours, agents in team.staffing.items())
        ):
            yield document.problem(
                (*at, "staffing"), f"team `{name}` receives conversations but has no agents all week"
            )
        if name == scenario.escalation.team and team.also_solves:
            yield document.problem(
                (*at, "also_solves", 0), f"`{name}` is the escalation inbox: it assigns, it does not solve"
            )
        for number, intent in enumerate(team.also_solves):
            if intent not in scenario.intents and intent not in INTENTS:
                yield _unknown(document, (*at, "also_solves", number), "intent", intent, scenario.intents)


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
    for section in ("arrivals", "segments", "intents", "teams", "escalation", "behaviour", "returns"):
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
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    else:
        yield path


def _share_problems(document: Document, loc: Loc, shares: Mapping[str, float], what: str) -> Iterator[Problem]:
    total = math.fsum(shares.values())
    if abs(total - 1) > _SHARES_TOLERANCE:
        yield document.problem(loc, f"{what} sum to {100 * total:.6g}%, not 100%")


def _unknown(
    document: Document, loc: Loc, kind: str, name: str, known: Mapping[str, Any] | set[str], *, at_key: bool = False
) -> Problem:
    return document.problem(loc, f"unknown {kind} `{name}`", suggestion=did_you_mean(name, known), at_key=at_key)
