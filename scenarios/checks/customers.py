"""Kinds of customers, and who of them is protected."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document, Loc
from ...errors import Problem
from ..scenario import Scenario
from .wording import share_problems, unknown

_MOST = (
    ("plan", "plans", 100),
    ("company", "kinds of company", 100),
    ("flags", "flags", 60),
    ("products", "products", 60),
)
"""Facts, what their names are called, and how many of them are told apart."""
_COLUMNS = ("flags", "products")
"""Facts whose names become columns of tables, whose names DuckDB and others compare without capitals."""


def customer_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Shares that do not sum to 1, more names than are told apart, and segments, plans and flags that nobody has."""
    yield from share_problems(
        document,
        ("segments",),
        {name: segment.share for name, segment in scenario.segments.items()},
        "shares of the segments",
    )
    for name, segment in scenario.segments.items():
        at: Loc = ("segments", name)
        yield from share_problems(document, (*at, "facts", "plan"), segment.facts.plan, "shares of the plans")
        company = segment.facts.company
        if company is not None:
            yield from share_problems(document, (*at, "facts", "company"), company, "shares of the kinds of company")
        yield from share_problems(document, (*at, "intents"), segment.intents, "shares of the intents")
        if segment.channels is not None:
            channels = segment.channels.model_dump()
            yield from share_problems(document, (*at, "channels"), channels, "shares of the channels")
        unhelped = segment.temperament.unhelped
        yield from share_problems(
            document,
            (*at, "temperament", "unhelped"),
            {"says_no": unhelped.says_no, "asks": unhelped.asks, "silent": unhelped.silent},
            "shares of what an unhelped customer does",
        )
        for intent in segment.intents:
            if intent not in scenario.intents:
                yield unknown(document, (*at, "intents", intent), "intent", intent, scenario.intents, at_key=True)
        if segment.facts.help_centre_visit.share and not segment.facts.help_centre_visit.within:
            yield document.problem(
                (*at, "facts", "help_centre_visit"), "a share of visits needs `within`, the time before writing in"
            )
    yield from _alike_problems(document, scenario)
    yield from _value_problems(document, scenario)
    again = dict(scenario.behaviour.writes_again)
    yield from share_problems(document, ("behaviour", "writes_again"), again, "shares of what a customer writes again")
    for number, name in enumerate(scenario.protected.segments):
        if name not in scenario.segments:
            yield unknown(document, ("protected", "segments", number), "segment", name, scenario.segments)
    yield from _protected_problems(document, scenario)


def _alike_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Names of flags and products that differ in capitals alone, in one segment or in two."""
    for kind in _COLUMNS:
        first: dict[str, str] = {}
        for segment, each in scenario.segments.items():
            for name in getattr(each.facts, kind):
                other = first.setdefault(name.lower(), name)
                if other != name:
                    message = (
                        f"{kind} `{other}` and `{name}` differ in capitals alone, and would be one column of the "
                        "tables; rename one of them"
                    )
                    yield document.problem(("segments", segment, "facts", kind, name), message, at_key=True)


def _value_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    valued = [name for name, segment in scenario.segments.items() if segment.value is not None]
    others = [f"`{name}`" for name in scenario.segments if name not in valued]
    if valued and others:
        message = f"all segments have a `value` or none; there is none for {', '.join(others)}"
        yield document.problem(("segments", valued[0], "value"), message)


def _protected_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    for kind, named, most in _MOST:
        names = {name for segment in scenario.segments.values() for name in getattr(segment.facts, kind) or ()}
        if len(names) > most:
            yield document.problem(("segments",), f"{len(names)} different {named}; at most {most}")
    plans = {plan for segment in scenario.segments.values() for plan in segment.facts.plan}
    flags = {flag for segment in scenario.segments.values() for flag in segment.facts.flags}
    for number, plan in enumerate(scenario.protected.plans):
        if plan not in plans:
            yield unknown(document, ("protected", "plans", number), "plan", plan, plans)
    for number, flag in enumerate(scenario.protected.flags):
        if flag not in flags:
            yield unknown(document, ("protected", "flags", number), "flag", flag, flags)
