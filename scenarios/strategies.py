"""Scenarios and phrasebooks for property tests, ours and the user's (Hypothesis).

Scenarios are small: a day or two, at most a few hundred problems, and the teams, intents and flags that generated
policies name. All are made as files would be, so that every one of them passes the loader; what a scenario may say of
arrivals, patience, agents and inboxes, some of them say.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ..documents import parse_document
from .intents import SMALL_TALK, TALK_TO_PERSON
from .loading import scenario_from_document
from .phrasebook import phrasebook_from_document

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .phrasebook import Phrasebook
    from .scenario import Scenario

TEAMS: Final = ("frontline", "billing", "engineers")
TRIAGE: Final = "triage"
GROUPS: Final = ("floaters", "experts")
INTENTS: Final = ("refund", "invoice", "how_to", "complaint")
SEGMENTS: Final = ("standard", "trial", "high-touch")
PLANS: Final = ("trial", "starter", "pro")
FLAGS: Final = ("vip", "at_risk")
PAGES: Final = ("/", "/pricing", "/developers")
# Mondays, and the weekends on which European and American clocks change.
STARTS: Final = ("2026-03-02", "2026-03-28", "2026-10-24", "2026-03-07")
TIME_ZONES: Final = ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata")
HOURS: Final = ("always", "Mon-Fri 08-18", "Mon-Sun 09-17", "Mon-Sun 22-24, 00-06", "Sat 10-14")
WORDS: Final = ("refund", "card", "help", "invoice", "again", "please", "don't", "straße", "退款", "42", "why?", "API")
_SLOTS: Final[dict[str, Any]] = {
    "thing": ["card", "invoice", "mobile app"],
    "order": {"faker": "order_number"},
    "who": {"faker": "person"},
}


_EXPECTED_WAITS: Final = st.sampled_from(({}, {"by": "queue_over_throughput", "throughput_over": "10m"}))
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
    "breaks": st.lists(st.sampled_from(_BREAKS), min_size=1, max_size=2, unique_by=lambda each: each["within"]),
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
    "wrap_up": st.nothing(),
    "notices_gone": st.nothing(),
}
_TIMES: Final = ("wrap_up", "notices_gone")
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
        **_people(draw, intents),
        "escalation": {
            "team": TRIAGE,
            "assigns_right": draw(_fractions()),
            "transfers_right": draw(_fractions()),
            "touches_at_most": draw(st.sampled_from((2, 6, 9))),
            "keeps_priority": draw(st.booleans()),
        },
        "behaviour": {
            "unasked_speaks": draw(_fractions()),
            "loop_handle_factor": draw(st.sampled_from((1, 1.5))),
            "asks_recognised_from": draw(_fractions()),
            "writes_again": dict(zip(("rephrased", "frustrated", "no"), draw(shares(3)), strict=True)),
            "last_word": {"share": draw(_fractions()), "after": "10s"},
        },
        "expected_wait": draw(_EXPECTED_WAITS),
        "messages": {"texts_per_intent": 20},
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
        data["recogniser"] = draw(confusions(tuple(intents)))
    if draw(st.booleans()):
        for segment in data["segments"].values():
            segment["channels"] = dict(zip(("chat", "email"), draw(shares(2)), strict=True))
        data["email"] = {"replies": draw(st.sampled_from((1, 2.5))), "answers_after": draw(distributions())}
    if draw(st.booleans()) if returns is None else returns:
        data["returns"] = {
            "if_helped": draw(_fractions()),
            "soon": {"mean": "40m", "cv": 1.8},
            "later": {"mean": "20h", "cv": 1.1},
            "at_most": draw(st.integers(1, 3)),
            "work": draw(st.sampled_from(("same", "anew"))),
            **draw(st.fixed_dictionaries({}, optional=_RETURNS)),
        }
    return data


@st.composite
def _by_rate(draw: st.DrawFn, start: str) -> dict[str, Any]:
    return {
        "per_week": draw(st.sampled_from((60, 200, 600))),
        "by_hour": draw(st.lists(st.integers(0, 3), min_size=23, max_size=23).map(lambda hours: [1, *hours])),
        "day_factor_shape": draw(st.sampled_from((5.0, 28.7))),
        **draw(st.fixed_dictionaries({}, optional=_ARRIVALS)),
        **({"surges": [draw(surges(start))]} if draw(st.booleans()) else {}),
    }


@cache
def _recorded() -> SearchStrategy[dict[str, Any]]:
    """Arrivals in the first day, many of them at once."""
    minutes = st.integers(0, 1439).map(lambda minute: f"{minute}m" if minute else 0)
    at = st.lists(minutes, min_size=1, max_size=60)
    return st.fixed_dictionaries({"kind": st.just("replayed"), "at": at})


@cache
def shares(parts: int) -> SearchStrategy[list[float]]:
    """That many shares, in whole per cent, that sum to 1; all but the first may be 0."""
    cuts = st.lists(st.integers(1, 100), min_size=parts - 1, max_size=parts - 1).map(
        lambda drawn: [0, *sorted(drawn), 100]
    )
    return cuts.map(lambda edges: [(high - low) / 100 for low, high in pairwise(edges)])


@cache
def surges(start: str) -> SearchStrategy[dict[str, Any]]:
    """Surges in the first hours of a run, about everything."""
    announced = st.fixed_dictionaries({"takes": _fractions()}, optional={"after": st.sampled_from((0, "10m"))})
    return st.fixed_dictionaries(
        {"at": st.just(f"{start} 00:00"), "lasts": st.sampled_from(("30m", "3h")), "times": st.sampled_from((2, 5))},
        optional={"announced": announced},
    )


@st.composite
def confusions(draw: st.DrawFn, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """Recognisers of known quality in a scenario with these intents, as a file holds them."""
    right = draw(_fractions())
    unknown = 1 - right if len(intents) == 1 else draw(st.sampled_from((0.0, (1 - right) / 2, 1 - right)))
    names = (*intents, TALK_TO_PERSON, SMALL_TALK)
    rows = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        guessed = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        rows[name] = dict(zip(guessed, draw(shares(len(guessed) + 1)), strict=False))
    asks = {} if TALK_TO_PERSON in rows or draw(st.booleans()) else {"asks_for_person": draw(_fractions())}
    bands = draw(shares(2).map(lambda parts: [{"share": part, "from": 0.5, "to": 0.9} for part in parts]))
    levels = st.sampled_from((0.9, 0, {"from": 0.2, "to": 0.7}, bands))
    confidence = draw(st.fixed_dictionaries({}, optional={"right": levels, "wrong": levels}))
    return {"kind": "confusion", "right": right, "unknown": unknown, "rows": rows, **asks, "confidence": confidence}


@cache
def distributions() -> SearchStrategy[dict[str, Any]]:
    """Random times of every shape, between seconds and hours, as a file holds them."""
    means = st.sampled_from(("20s", "5m", "30m", "2h"))
    cvs = st.sampled_from((0.3, 1.0, 2.0))
    branches = shares(2).filter(all).map(lambda parts: [{"share": part, "mean": "5m"} for part in parts])

    def shaped(shape: str, **fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({"shape": st.just(shape), **fields})

    return st.one_of(
        st.fixed_dictionaries({"mean": means, "cv": cvs}),
        shaped("exponential", mean=means),
        shaped("exponential", median=means),
        shaped("deterministic", mean=means),
        shaped("erlang", mean=means, phases=st.integers(1, 9)),
        shaped("hyperexponential", branches=branches),
        shaped("hyperexponential", mean=means, scv=st.sampled_from((1.0, 4.0))),
        shaped("gamma", mean=means, cv=cvs),
        shaped("weibull", mean=means, k=st.sampled_from((0.5, 1.0, 3.0))),
        shaped("uniform", **{"from": st.sampled_from((0, "10s")), "to": means}),
        shaped("empirical", values=st.lists(means, min_size=1, max_size=4)),
        _curves(st.just(0)),
    )


@cache
def patiences() -> SearchStrategy[dict[str, Any]]:
    """How long customers wait, as a file holds it; some have no end of patience, some have none."""
    fractions = st.sampled_from((0.0, 0.3, 1.0))
    maybe_endless = distributions() | _curves(st.sampled_from((0.2, 1.0)))
    return st.fixed_dictionaries(
        {"live": distributions(), "inbox": maybe_endless},
        optional={"told": distributions(), "balks": fractions, "silent": fractions},
    ) | st.fixed_dictionaries(
        {"live": maybe_endless, "inbox": maybe_endless},
        optional={"announced_factor": st.sampled_from((0.5, 3.0)), "balks": fractions, "silent": fractions},
    )


@cache
def _curves(never: SearchStrategy[float]) -> SearchStrategy[dict[str, Any]]:
    """Curves of who is still waiting, down to a share that never leaves."""

    def curve(times: list[str], last: float) -> dict[str, Any]:
        return {"shape": "survival", "points": [*([each, max(0.6, last)] for each in times), ["3h", last]]}

    return st.builds(curve, st.sampled_from(([], ["30s"], ["30s", "9m"])), never)


@cache
def phrasebooks(intents: tuple[str, ...] = INTENTS) -> SearchStrategy[Phrasebook]:
    """Small valid phrasebooks with wordings of these intents, of every register, with and without slots."""
    return phrasebook_data(intents).map(
        lambda data: phrasebook_from_document(parse_document(json.dumps(data, ensure_ascii=False), "generated.yaml"))
    )


@st.composite
def phrasebook_data(draw: st.DrawFn, intents: tuple[str, ...] = INTENTS) -> dict[str, Any]:
    """What the files of `phrasebooks` hold, as plain data. No wording occurs twice."""
    number = iter(range(10_000))
    registers = st.sampled_from(("plain", "terse", "polite", "long", "upset"))
    ends = st.sampled_from(("", ".", "?", "!"))

    def wordings(most: int) -> list[dict[str, str]]:
        lines = st.lists(st.sampled_from((*WORDS, *(f"{{{slot}}}" for slot in _SLOTS))), min_size=1, max_size=5)
        many = draw(st.integers(3, most))
        return [
            {"text": f"{' '.join(draw(lines))} n{next(number)}{draw(ends)}", "register": draw(registers)}
            for _ in range(many)
        ]

    return {
        "language": "en",
        "slots": _SLOTS,
        "intents": {
            name: {"answer": f"This is how {name} works.", "article": f"All about {name}", "wordings": wordings(6)}
            for name in intents
        },
        "follow_ups": {
            kind: {"wordings": wordings(4)}
            for kind in ("ask_person", "frustrated", "no", "thanks", "leaving", "rephrase_lead")
        },
        "greetings": ["Hi,", "Hello"],
        "closings": ["Thanks", "Best, Sam"],
    }


def _segment(draw: st.DrawFn, share: float, intents: list[str]) -> dict[str, Any]:
    unhelped = draw(shares(3))
    return {
        "share": share,
        "facts": {
            "plan": dict(zip(PLANS, draw(shares(len(PLANS))), strict=True)),
            "tenure": draw(distributions()),
            "contacts_30d": draw(st.sampled_from((0.0, 1.0, 7.0))),
            "flags": {flag: draw(_fractions()) for flag in FLAGS},
            "help_centre_visit": {"share": draw(_fractions()), "within": "1h"},
            "unset": {fact: draw(_fractions()) for fact in ("plan", "tenure", "contacts_30d", "flags")},
        },
        "temperament": {
            "patience": draw(patiences()),
            "tolerance_median": draw(st.sampled_from((1, 2, 5))),
            "asks_for_person_first": draw(_fractions()),
            "spent_asks": draw(_fractions()),
            "refused_leaves": draw(_fractions()),
            "refused_repeats": draw(st.integers(0, 5)),
            "helped_confirms": draw(_fractions()),
            "unhelped": dict(zip(("says_no", "asks", "silent"), unhelped, strict=True)),
            "recontacts_if_unsolved": draw(_fractions()),
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
        "person_solves": draw(_fractions()),
        "bot_solves": draw(_fractions()),
        "article_solves": draw(_fractions()),
        "complexity": draw(st.sampled_from(("simple", "complex"))),
        "sensitive": draw(st.booleans()),
        "work_grows_as_answers_fail": draw(st.sampled_from((0.0, 0.5, 0.9))),
        "pages": dict(zip(PAGES, draw(shares(len(PAGES))), strict=True)),
    }


def _people(draw: st.DrawFn, intents: list[str]) -> dict[str, Any]:
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
            teams[name]["leads_nowhere"] = {"after": "4m", "ends": draw(_fractions()), "to": manager}
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


@cache
def _fractions() -> SearchStrategy[float]:
    return st.sampled_from((0.0, 0.3, 0.5, 0.9, 1.0))
