"""Small scenarios, as files would hold them.

A day or two, at most a few hundred problems, and the teams, intents and flags that generated policies name. Every one
of them passes the loader; what a scenario may say of arrivals, patience, agents and inboxes, some of them say.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ...documents import parse_document
from ..loading import scenario_from_document
from .names import INTENTS, TEAMS, TRIAGE
from .parts import distributions, fractions, patiences, shares
from .recognisers import confusions, keywords
from .staff import people

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ..scenario import Scenario

SEGMENTS: Final = ("standard", "trial", "high-touch")
PLANS: Final = ("trial", "starter", "pro")
FLAGS: Final = ("vip", "at_risk")
COMPANIES: Final = ("startup", "agency", "enterprise")
PRODUCTS: Final = ("api", "reports")
LANGUAGES: Final = ("en", "de")
"""Of a scenario with two; the first is that of the phrasebook."""
PAGES: Final = ("/", "/pricing", "/developers")
# Mondays, and the weekends on which European and American clocks change.
STARTS: Final = ("2026-03-02", "2026-03-28", "2026-10-24", "2026-03-07")
TIME_ZONES: Final = ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata")


_WRITING: Final[SearchStrategy[dict[str, Any]]] = st.sampled_from(
    ({}, {"register": "search-box"}, {"out_of_scope": 0.3, "mentions_second_intent": 0.5})
)
_WORDS: Final = {
    "answer": "So geht das.",
    "article": "Wie das geht",
    "wordings": [{"text": text} for text in ("Wie geht das?", "Das geht nicht", "Ich komme damit nicht weiter.")],
}
_SOLVED: Final[dict[str, SearchStrategy[Any]]] = {"look_up_solves": fractions(), "transaction_solves": fractions()}
_ERRANDS_SOLVE: Final = st.fixed_dictionaries(_SOLVED) | st.fixed_dictionaries({}, optional=_SOLVED)
_EXPECTED_WAITS: Final = st.sampled_from(({}, {"by": "queue_over_throughput", "throughput_over": "10m"}))
_RETURNS: Final[dict[str, SearchStrategy[Any]]] = {
    "after_leaving": st.just({"share": 0.7, "delay": {"shape": "exponential", "mean": "20m"}}),
    "reopens": st.just({"share": 0.6, "after": {"shape": "exponential", "mean": "2h"}}),
    "changes_channel": st.sampled_from((0.3, 1)),
}
_ARRIVALS: Final[dict[str, SearchStrategy[Any]]] = {
    "kind": st.sampled_from(("poisson", "even")),
    "rate": st.sampled_from(("steps", "linear")),
    "day_factor_correlation": st.sampled_from((0.0, 0.6, -0.3)),
}


@cache
def scenarios(*, returns: bool | None = None, recorded: bool = True) -> SearchStrategy[Scenario]:
    """Small valid scenarios; with customers who come back, without, or either (`None`); some with `recorded` arrivals,
    unless that is false.
    """
    return scenario_data(returns=returns, recorded=recorded).map(
        lambda data: scenario_from_document(parse_document(json.dumps(data), "generated.yaml"))
    )


@st.composite
def scenario_data(draw: st.DrawFn, *, returns: bool | None = None, recorded: bool = True) -> dict[str, Any]:
    """What the files of `scenarios` hold, as plain data, to change and to spoil."""
    intents = draw(st.lists(st.sampled_from(INTENTS), min_size=1, unique=True))
    segments = draw(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=2, unique=True))
    start = draw(st.sampled_from(STARTS))
    data: dict[str, Any] = {
        "scenario": "generated",
        "start": start,
        "time_zone": draw(st.sampled_from(TIME_ZONES)),
        "days": draw(st.integers(1, 2)),
        "arrivals": draw(_recorded() if recorded and draw(st.integers(0, 7)) == 7 else _by_rate(start)),
        "segments": {
            name: _segment(draw, share, intents)
            for name, share in zip(segments, draw(shares(len(segments))), strict=True)
        },
        "intents": {name: _intent(draw) for name in intents},
        **people(draw, intents),
        "escalation": {
            "team": TRIAGE,
            "assigns_right": draw(fractions()),
            "transfers_right": draw(fractions()),
            "touches_at_most": draw(st.sampled_from((2, 6, 9))),
            "keeps_priority": draw(st.booleans()),
        },
        "behaviour": {
            "unasked_speaks": draw(fractions()),
            "after_a_loop": {
                "words": draw(st.sampled_from((0.5, 1))),
                "handle_factor": draw(st.sampled_from((1, 1.5))),
                "misroute_factor": draw(st.sampled_from((1, 1.25, 100))),
            },
            "asks_recognised_from": draw(fractions()),
            "question_drop_off": draw(fractions()),
            "collected": {
                "topic_right": draw(fractions()),
                "urgent": {"serious": draw(fractions()), "other": draw(fractions())},
            },
            "collected_handle_factor": draw(st.sampled_from((0.5, 1))),
            "writes_again": dict(zip(("rephrased", "frustrated", "no", "switches"), draw(shares(4)), strict=True)),
            "last_word": {"share": draw(fractions()), "after": "10s"},
            "look_ups": {"outages": draw(_outages(start))},
            "transactions": {"outages": draw(_outages(start))},
            "survey": {
                "reply": {kind: draw(fractions()) for kind in ("person", "bot", "silent")},
                "csat_4_or_5": {"helped": draw(fractions()), "transferred": draw(fractions())},
                "late_after": draw(st.sampled_from((0, "30m", "4h"))),
                "ces": {"easiest": draw(fractions()), "each_turn": draw(fractions())},
            },
        },
        "expected_wait": draw(_EXPECTED_WAITS),
        "messages": {"texts_per_intent": 20, "bursts": draw(st.sampled_from((0, 0.5))), **draw(_WRITING)},
    }
    if draw(st.booleans()):
        asked = {name for each in data["segments"].values() for name, share in each["intents"].items() if share}
        waits = [TRIAGE, *dict.fromkeys(data["intents"][name]["team"] for name in intents if name in asked)]
        waiting = draw(st.dictionaries(st.sampled_from(waits), st.integers(0, 30)))
        data["backlog"] = {
            name: min(many, data["teams"][name].get("waiting_at_most", many)) for name, many in waiting.items()
        }
    if draw(st.booleans()):
        data["steady_state"] = {"warm_up": draw(st.sampled_from((0, "45m", "18h")))}
    if draw(st.booleans()):
        data["recogniser"] = draw(confusions(tuple(intents)) | keywords(tuple(intents)))
    if draw(st.booleans()):
        for segment in data["segments"].values():
            segment["languages"] = dict(zip(LANGUAGES, draw(shares(len(LANGUAGES))), strict=True))
            segment["facts"]["unset"]["language"] = draw(fractions())
        data["messages"]["wordings_in"] = {"de": dict.fromkeys(intents, _WORDS)}
    if draw(st.booleans()):
        for segment in data["segments"].values():
            segment["facts"].update(draw(_looked_up()))
            segment["facts"]["unset"].update({fact: draw(fractions()) for fact in ("company", "products")})
    if draw(st.booleans()):
        for segment in data["segments"].values():
            segment["channels"] = dict(zip(("chat", "email"), draw(shares(2)), strict=True))
        data["email"] = {"replies": draw(st.sampled_from((1, 2.5))), "answers_after": draw(distributions())}
    if draw(st.booleans()):
        for segment in data["segments"].values():
            segment["value"] = draw(st.sampled_from((0, 2.5, 400)))
    if draw(st.booleans()) if returns is None else returns:
        data["returns"] = {
            "if_helped": draw(fractions()),
            "soon": {"mean": "40m", "cv": 1.8},
            "later": {"mean": "20h", "cv": 1.1},
            "at_most": draw(st.integers(1, 3)),
            "work": draw(st.sampled_from(("same", "anew"))),
            **draw(st.fixed_dictionaries({}, optional=_RETURNS)),
        }
    return data


_ONE_DAY = st.lists(st.integers(0, 3), min_size=23, max_size=23).map(lambda hours: [1, *hours])


@st.composite
def _by_rate(draw: st.DrawFn, start: str) -> dict[str, Any]:
    return {
        "per_week": draw(st.sampled_from((60, 200, 600))),
        "by_hour": draw(_ONE_DAY | st.fixed_dictionaries({"Mon-Thu": _ONE_DAY, "Fri, Sat, Sun": _ONE_DAY})),
        "day_factor_shape": draw(st.sampled_from((5.0, 28.7))),
        **draw(st.fixed_dictionaries({}, optional=_ARRIVALS)),
        **({"surges": [draw(surges(start))]} if draw(st.booleans()) else {}),
    }


@cache
def _looked_up() -> SearchStrategy[dict[str, Any]]:
    """Kinds of company and products of a segment, either, both or none."""
    company = shares(len(COMPANIES)).map(lambda parts: dict(zip(COMPANIES, parts, strict=True)))
    products = st.fixed_dictionaries({}, optional=dict.fromkeys(PRODUCTS, fractions()))
    return st.fixed_dictionaries({}, optional={"company": company, "products": products})


@cache
def _recorded() -> SearchStrategy[dict[str, Any]]:
    """Arrivals in the first day, many of them at once."""
    minutes = st.integers(0, 1439).map(lambda minute: f"{minute}m" if minute else 0)
    at = st.lists(minutes, min_size=1, max_size=60)
    return st.fixed_dictionaries({"kind": st.just("replayed"), "at": at})


@cache
def surges(start: str) -> SearchStrategy[dict[str, Any]]:
    """Surges in the first hours of a run, about everything."""
    announced = st.fixed_dictionaries({"takes": fractions()}, optional={"after": st.sampled_from((0, "10m"))})
    return st.fixed_dictionaries(
        {"at": st.just(f"{start} 00:00"), "lasts": st.sampled_from(("30m", "3h")), "times": st.sampled_from((2, 5))},
        optional={"announced": announced},
    )


@cache
def _outages(start: str) -> SearchStrategy[list[dict[str, Any]]]:
    """None, or one that begins on the first day, for a while or beyond the run."""
    at = st.sampled_from((f"{start} 00:00", f"{start} 12:00"))
    some = st.fixed_dictionaries({"at": at, "lasts": st.sampled_from(("6h", "2d", "60d"))})
    return st.lists(some, max_size=1)


def _segment(draw: st.DrawFn, share: float, intents: list[str]) -> dict[str, Any]:
    unhelped = draw(shares(3))
    return {
        "share": share,
        "facts": {
            "plan": dict(zip(PLANS, draw(shares(len(PLANS))), strict=True)),
            "tenure": draw(distributions()),
            "contacts_30d": draw(st.sampled_from((0.0, 1.0, 7.0))),
            "flags": {flag: draw(fractions()) for flag in FLAGS},
            "help_centre_visit": {"share": draw(fractions()), "within": "1h"},
            "unset": {fact: draw(fractions()) for fact in ("plan", "tenure", "contacts_30d", "flags")},
        },
        "temperament": {
            "patience": draw(patiences()),
            "tolerance_median": draw(st.sampled_from((1, 2, 5))),
            "asks_for_person_first": draw(fractions()),
            "spent_asks": draw(fractions()),
            "refused_leaves": draw(fractions()),
            "refused_repeats": draw(st.integers(0, 5)),
            "helped_confirms": draw(fractions()),
            "unhelped": dict(zip(("says_no", "asks", "silent"), unhelped, strict=True)),
            "recontacts_if_unsolved": draw(fractions()),
            "loss": {
                kind: draw(st.sampled_from((0.0, 0.05, 0.3)))
                for kind in ("silent_unsolved", "loop_or_refused", "abandoned", "second_wrong_inbox")
            },
        },
        "intents": dict(zip(intents, draw(shares(len(intents))), strict=True)),
    }


def _intent(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "team": draw(st.sampled_from(TEAMS)),
        "work": draw(distributions()),
        "person_solves": draw(fractions()),
        "bot_solves": draw(fractions()),
        **draw(_ERRANDS_SOLVE),
        "article_solves": draw(fractions()),
        "complexity": draw(st.sampled_from(("simple", "complex"))),
        "sensitive": draw(st.booleans()),
        "work_grows_as_answers_fail": draw(st.sampled_from((0.0, 0.5, 0.9))),
        "pages": dict(zip(PAGES, draw(shares(len(PAGES))), strict=True)),
    }
