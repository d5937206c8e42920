"""`describe` tells of every key of arrivals, patience and people: whatever is changed there changes what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from deskdrill.documents import parse_document
from deskdrill.reports.description import describe_scenario
from deskdrill.scenarios import scenario_from_document

Way = tuple[str | int, ...]
OTHERS = {"kind": "even", "rate": "linear", "at": "Tue 11:00", "within": "Mon-Fri 11-14", "slots": "fill", "takes": "longest_wait", "offers": "random"}
AGENTS: dict[str, Any] = {
    "staffing": {"Mon-Fri 08-18": 4, "Sat 10-14": 2},
    "speed_by_load": [0.6],
    "slots": "spread",
    "takes": "priority",
    "work_factors": {"refund": 1.5},
    "newcomers": {"share": 0.5, "factor": 1.5},
    "strain": {"slower": 1, "above": 0.5, "memory": "1h"},
    "shrinkage": 0.1,
    "absences": 0.1,
    "breaks": [{"within": "Mon-Fri 12-14", "lasts": "30m"}],
}
TEMPERAMENT: dict[str, Any] = {
    "patience": {
        "live": {"shape": "weibull", "mean": "5m", "k": 0.8},
        "told": {"shape": "hyperexponential", "mean": "12m", "scv": 3},
        "inbox": {"shape": "exponential", "median": "8h"},
        "balks": 0.1,
        "silent": 0.3,
    },
    "tolerance_median": 3,
    "asks_for_person_first": 0.1,
    "spent_asks": 0.5,
    "refused_leaves": 0.5,
    "refused_repeats": 1,
    "helped_confirms": 0.5,
    "unhelped": {"says_no": 0.3, "asks": 0.3, "silent": 0.4},
    "recontacts_if_unsolved": 0.5,
    "loss": {"silent_unsolved": 0, "loop_or_refused": 0, "abandoned": 0, "second_wrong_inbox": 0},
}
SEGMENT: dict[str, Any] = {
    "share": 0.5,
    "intents": {"refund": 1},
    "facts": {"plan": {"pro": 1}, "tenure": {"mean": "400d"}},
    "temperament": TEMPERAMENT,
}
IMPATIENT = {"live": {"shape": "uniform", "from": "1m", "to": "9m"}, "inbox": {"shape": "gamma", "mean": "8h", "cv": 2}, "announced_factor": 2}
RICH: dict[str, Any] = {
    "scenario": "rich",
    "start": "2026-03-02",
    "days": 3,
    "holidays": ["2026-03-04"],
    "arrivals": {
        "kind": "poisson",
        "per_week": 400,
        "by_hour": [1, *[3] * 23],
        "by_weekday": {"Mon": 2, "Sat": 0.5},
        "rate": "steps",
        "on_holidays": 0.5,
        "day_factor_shape": 20,
        "day_factor_correlation": 0.3,
        "surges": [{"at": "Tue 10:00", "lasts": "1h", "times": 3, "intents": ["refund"], "announced": {"takes": 0.3, "after": "1m"}}],
    },
    "segments": {"one": SEGMENT, "two": {**SEGMENT, "temperament": {**TEMPERAMENT, "patience": IMPATIENT}}},
    "intents": {"refund": {"team": "billing", "work": {"mean": "10m"}}},
    "teams": {
        "frontline": {"staffing": {"always": 2}, "also_solves": ["refund"]},
        "billing": {
            **AGENTS,
            "answer_within": "1m",
            "offers": "in_order",
            "waiting_at_most": 5,
            "overflow": {"after": "5m", "to": ["frontline"]},
            "call_back": {"from_waiting": 1, "accepted": 0.5, "reached": 0.5},
            "weight": 2,
            "templated_replies": {"share": 0.5, "suspected": 0.3, "cleared_up_in": "1m"},
            "look": {"mean": "2m", "cv": 0.6},
            "notices_gone": {"mean": "1m", "cv": 0.5},
            "wrap_up": {"mean": "1m", "cv": 0.5},
        },
        "quiet": {"answer_within": "7m"},
        "triage": {"staffing": {"always": 1}, "concurrency": 2},
    },
    "groups": {"crew": {**AGENTS, "skills": ["billing", "triage"]}},
    "escalation": {"team": "triage", "assigns_right": 0.9, "transfers_right": 0.8, "keeps_priority": True},
}


def leaves(value: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*way, step))
    else:
        yield way, value


def another(way: Way, value: Any) -> Any:
    """Another value that could stand there; the same where only one could."""
    if way[0] == "holidays":
        return "2026-03-03"
    if isinstance(value, str) and way[-1] in OTHERS:
        return OTHERS[str(way[-1])]
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2
        case str() if value[:1].isdigit():
            return "4m"
    return value


PEOPLE = ("arrivals", "holidays", "teams", "groups", "escalation")
TOLD = [
    (way, another(way, value))
    for way, value in leaves(RICH)
    if (way[0] in PEOPLE or "patience" in way) and another(way, value) != value
]


def described(data: dict[str, Any]) -> str:
    return describe_scenario(scenario_from_document(parse_document(json.dumps(data))), 100)


@pytest.mark.parametrize(("way", "value"), TOLD, ids=[".".join(map(str, way)) for way, _ in TOLD])
def test_what_is_changed_is_told(way: Way, value: Any) -> None:
    data = deepcopy(RICH)
    inner: Any = data
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    assert described(data) != described(RICH)


@pytest.mark.parametrize("key", ["register", "bursts", "out_of_scope", "mentions_second_intent"])
def test_how_customers_write_is_told(key: str) -> None:
    told = described({**RICH, "messages": {key: "search-box" if key == "register" else 0.25}})
    assert told != described(RICH)


def test_kinds_of_company_and_products_are_told() -> None:
    facts = {**SEGMENT["facts"], "company": {"startup": 0.75, "agency": 0.25}, "products": {"api": 0.4}}
    told = " ".join(described({**RICH, "segments": {**RICH["segments"], "one": {**SEGMENT, "facts": facts}}}).split())
    assert "0 contacts in 30 days; kinds of company startup 75%, agency 25%; products api 40%." in told


@pytest.mark.parametrize(("kind", "what"), [("look_ups", "no look-up"), ("transactions", "no transaction")])
def test_outages_are_told(kind: str, what: str) -> None:
    told = described({**RICH, "behaviour": {kind: {"outages": [{"at": "Tue 10:00", "lasts": "9h"}]}}})
    assert f"In conversations that begin from Tue 10:00, for 9 h, {what} works." in " ".join(told.split())


def test_languages_are_told() -> None:
    segments = {**RICH["segments"], "two": {**RICH["segments"]["two"], "languages": {"en": 0.75, "de": 0.25}}}
    assert "languages en 75%, de 25%." in " ".join(described({**RICH, "segments": segments}).split())


def test_a_team_without_agents_of_its_own_is_told() -> None:
    assert "quiet      none of its own" in described(RICH)


def test_what_takes_teams_time_is_told_by_team() -> None:
    text = " ".join(described(RICH).split())
    assert "To see that a conversation belongs elsewhere takes 2 min on average (lognormal, cv 0.6)." in text
    assert "To see that the customer is gone takes 1 min on average (lognormal, cv 0.5)." in text
    assert "After each conversation an agent still writes it up: billing 1 min on average (lognormal, cv 0.5)." in text
    assert "A conversation that is moved on goes on with normal priority." not in text
