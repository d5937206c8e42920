"""Small desks, policies and plain rows of tables, shared by the tests of this room."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import isnan
from typing import Any

import numpy as np

from deskdrill.documents import parse_document
from deskdrill.rules import Policy, Recognition, policy_from_document
from deskdrill.scenarios.intents import TALK_TO_PERSON
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.scenarios.phrasebook import Phrasebook, phrasebook_from_document
from deskdrill.scenarios.pool import FOLLOW_UP_KINDS, SMALL_TALK, Kind, phrasebook_pool
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import INTENTS, TEAMS, TRIAGE
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.run import Run
from deskdrill.simulator.tables import Named, Table, tables_of

Row = dict[str, Any]

ROUTING = """
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, when: {message.intent: [refund, invoice]}, then: {route: billing}}
      - {id: anger, when: {message.intent: complaint}, then: {route: frontline, priority: high}}
      - {id: pages, when: {page.url: {starts_with: /developers}}, then: {route: engineers}}
    default: {route: escalation}
"""
HUMANS = f"policy: humans\n{ROUTING}"
CAREFUL = f"""
policy: careful
groups:
  protected:
    any:
      - customer.plan: trial
      - customer.contacts_30d: {{gte: 5}}
      - customer.flags: {{contains_any: [vip, at_risk]}}
guards:
  - {{id: labels, when: {{group: protected}}, forbid: bot}}
  - {{id: topics, when: {{message.intent: [complaint, refund]}}, forbid: bot}}
bot:
  answers: {{confidence_at_least: 0.7, confirm: true}}
  articles: {{confidence_at_least: 0.4, unless_help_centre_within: 15m}}
{ROUTING}
"""
DEFLECT = f"""
policy: deflect
bot:
  answers: {{confidence_at_least: 0, confirm: false}}
  articles: {{confidence_at_least: 0}}
  hand_over: {{when_asked: false, after_failures: never}}
  max_turns: 8
  at_max_turns: close
{ROUTING}
"""
ANSWERS = f"""
policy: answers
bot:
  answers: {{confidence_at_least: 0.5, confirm: true}}
  hand_over: {{when_asked: true, after_failures: 3}}
  max_turns: 4
{ROUTING}
"""
POLICIES = {"humans": HUMANS, "careful": CAREFUL, "deflect": DEFLECT, "answers": ANSWERS}


def solved_by_errands(share: float) -> dict[str, float]:
    """What look-ups and transactions that work can solve of an intent."""
    return {"look_up_solves": share, "transaction_solves": share}


SMALL: dict[str, Any] = {
    "scenario": "small",
    "start": "2026-03-02",
    "time_zone": "Europe/London",
    "days": 2,
    "arrivals": {"per_week": 900, "by_hour": [1] * 7 + [4] * 12 + [1] * 5, "day_factor_shape": 20},
    "segments": {
        "standard": {
            "share": 0.7,
            "facts": {
                "plan": {"starter": 0.6, "pro": 0.4},
                "tenure": {"mean": "400d"},
                "contacts_30d": 2,
                "flags": {"vip": 0.05, "at_risk": 0.1},
                "help_centre_visit": {"share": 0.3, "within": "1h"},
                "unset": {"plan": 0.1, "tenure": 0.1, "contacts_30d": 0.1, "flags": 0.2},
            },
            "temperament": {
                "patience": {
                    "live": {"shape": "exponential", "mean": "5m"},
                    "told": {"shape": "exponential", "mean": "12m"},
                    "inbox": {"shape": "exponential", "median": "8h"},
                },
                "tolerance_median": 3,
                "asks_for_person_first": 0.1,
                "spent_asks": 0.6,
                "refused_leaves": 0.35,
                "refused_repeats": 3,
                "helped_confirms": 0.4,
                "unhelped": {"says_no": 0.35, "asks": 0.25, "silent": 0.4},
                "recontacts_if_unsolved": 0.6,
                "loss": {"silent_unsolved": 0.02, "loop_or_refused": 0.05, "abandoned": 0.03, "second_wrong_inbox": 0.02},
            },
            "intents": {"refund": 0.2, "invoice": 0.3, "how_to": 0.4, "complaint": 0.1},
        },
        "trial": {
            "share": 0.3,
            "facts": {
                "plan": {"trial": 0.9, "starter": 0.1},
                "tenure": {"mean": "6d"},
                "unset": {"plan": 0.1},
            },
            "temperament": {
                "patience": {
                    "live": {"shape": "exponential", "mean": "4m"},
                    "told": {"shape": "exponential", "mean": "6m"},
                    "inbox": {"shape": "exponential", "median": "4h"},
                },
                "tolerance_median": 2,
                "asks_for_person_first": 0.05,
                "spent_asks": 0.3,
                "refused_leaves": 0.6,
                "refused_repeats": 2,
                "helped_confirms": 0.3,
                "unhelped": {"says_no": 0.15, "asks": 0.2, "silent": 0.65},
                "recontacts_if_unsolved": 0.25,
                "loss": {"silent_unsolved": 0.1, "loop_or_refused": 0.12, "abandoned": 0.08, "second_wrong_inbox": 0.04},
            },
            "intents": {"refund": 0.1, "invoice": 0.1, "how_to": 0.7, "complaint": 0.1},
        },
    },
    "intents": {
        "refund": {"team": "billing", "work": {"mean": "10m", "cv": 0.8}, "bot_solves": 0.3, **solved_by_errands(0.3), "complexity": "complex"},
        "invoice": {"team": "billing", "work": {"mean": "6m", "cv": 0.7}, "bot_solves": 0.7, **solved_by_errands(0.7), "article_solves": 0.6},
        "how_to": {
            "team": "frontline",
            "work": {"mean": "9m", "cv": 0.9},
            "bot_solves": 0.6,
            **solved_by_errands(0.6),
            "article_solves": 0.5,
            "pages": {"/": 0.7, "/developers": 0.3},
        },
        "complaint": {"team": "frontline", "work": {"mean": "15m"}, "person_solves": 0.8, "sensitive": True},
    },
    "teams": {
        "frontline": {"staffing": {"Mon-Fri 08-20": 2, "Sat-Sun 09-17": 1}, "concurrency": 2},
        "billing": {"staffing": {"Mon-Fri 08-20": 1, "Mon-Fri 10-16": 1, "Sat-Sun 09-17": 1}, "concurrency": 2},
        "engineers": {"staffing": {"Mon-Fri 08-20": 1}, "also_solves": ["how_to"]},
        "triage": {"staffing": {"Mon-Fri 08-20": 1, "Sat-Sun 09-17": 1}, "concurrency": 2, "look": {"mean": "90s"}},
    },
    "escalation": {"team": "triage", "assigns_right": 0.8, "transfers_right": 0.6},
    "protected": {"segments": ["trial"], "plans": ["trial"], "flags": ["vip", "at_risk"], "contacts_30d_at_least": 5},
    "returns": {"if_helped": 0.05, "soon": {"mean": "1h", "cv": 1.8}, "later": {"mean": "20h", "cv": 1.1}, "at_most": 3},
    "messages": {"texts_per_intent": 40},
}


def scenario_of(data: Mapping[str, Any] = SMALL, **changed: Any) -> Scenario:
    """A scenario from plain data, its top-level keys changed; `None` leaves one out."""
    whole = {name: value for name, value in {**data, **changed}.items() if value is not None}
    return scenario_from_document(parse_document(json.dumps(whole)))


def policy_of(text: str) -> Policy:
    """A policy from its YAML."""
    return policy_from_document(parse_document(text))


def wordings(topic: str, *texts: str) -> dict[str, Any]:
    """A phrasebook's wordings; `topic` stands in all of them."""
    return {"wordings": [{"text": f"{text} {topic}"} for text in texts]}


@cache
def small_book() -> Phrasebook:
    """A phrasebook without made-up values, so that pools are quickly typed."""
    says = ("please help with", "a question on", "what about the", "I need the", "it is", "trouble with my")
    data = {
        "language": "en",
        "intents": {
            name: {"answer": f"{name}: {answer}", "article": f"The {name} pages", **wordings(name.replace("_", " "), *says)}
            for name, answer in zip(
                INTENTS,
                (
                    "Money goes back to the card it came from within a week.",
                    "You find every bill below Settings.",
                    "Press the round button, then choose what to do.",
                    "We are sorry; tell us more so that we can put it right.",
                ),
                strict=True,
            )
        },
        "follow_ups": {
            "ask_person": wordings("a person", "get me", "I want", "is there", "let me talk to", "give me", "where is"),
            "frustrated": wordings("again", "this is useless", "not that", "no no no"),
            "yes": {"wordings": [{"text": text} for text in ("yes", "exactly", "yes that is it", "sure", "right", "yep")]},
            "no": wordings("no", "sadly", "that was it", "still"),
            "thanks": wordings("thanks", "many", "great", "fine"),
            "leaving": wordings("bye", "forget it", "enough", "well then"),
            "details": wordings("it is", "here you are", "sure", "one moment"),
            "rephrase_lead": wordings("I mean", "well", "so", "again"),
        },
        "vague": wordings("well", "hello", "are you there", "hm"),
        "joins": ["Also,"],
        "greetings": ["Hi,"],
        "closings": ["Thanks"],
    }
    return phrasebook_from_document(parse_document(json.dumps(data)))


def small_desk(scenario: Scenario, book: Phrasebook | None = None, seed: int = 0, skill: float = 0.75) -> Desk:
    """A desk whose recogniser is right about a text with the chance `skill`, else wrong or silent: nothing is learnt.
    A scenario's confusion matrix is kept to.
    """
    book = book or small_book()
    pool = phrasebook_pool(scenario, book, {"de": book.model_copy(update={"language": "de"})})
    if scenario.recogniser.kind == "confusion":
        return Desk(scenario, pool, book, None)
    names = (*scenario.intents, TALK_TO_PERSON, SMALL_TALK)
    rng = np.random.default_rng(seed)
    many = len(pool.texts)
    intent_of_topic = np.concatenate([pool.topic_intents, [0]])
    right = np.where(np.isin(pool.kinds, [int(kind) for kind in FOLLOW_UP_KINDS]), len(names) - 1, intent_of_topic[pool.topics])
    right = np.where(pool.kinds == Kind.ASK_PERSON, len(names) - 2, right)
    codes = np.where(rng.random(many) < skill, right, rng.integers(-1, len(names), many)).astype(np.int16)
    confidence = np.where(codes >= 0, rng.random(many), 0).astype(np.float32)
    return Desk(scenario, pool, book, Recognition(names, codes, confidence))


@cache
def one_desk() -> Desk:
    """The desk of `SMALL`."""
    return small_desk(scenario_of())


@cache
def busy_desk() -> Desk:
    """The desk of `SMALL` with two and a half times as many customers."""
    return small_desk(scenario_of(arrivals={**SMALL["arrivals"], "per_week": 2400}))


@cache
def open_all_day() -> Desk:
    """A busy desk with nobody ever off duty, whose queues are often not empty."""
    teams = {
        name: {**team, "staffing": {"always": 1}, "concurrency": 1 + (name == "frontline")}
        for name, team in SMALL["teams"].items()
    }
    return small_desk(scenario_of(teams=teams, arrivals={"per_week": 2400}, days=2))


def rows_of(table: Table) -> list[Row]:
    """A table as plain rows: names for codes, `None` for null."""
    columns = {name: _plain(column) for name, column in table.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(column: Any) -> list[Any]:
    if isinstance(column, Named):
        return [column.names[code] if code >= 0 else None for code in column.codes.tolist()]
    return [None if isinstance(value, float) and isnan(value) else value for value in column.tolist()]


Guess = tuple[str | None, float]
"""An intent and how sure that is."""


def guesses_of(run: Run) -> list[list[tuple[int, Guess]]]:
    """For each conversation the pool rows of what the customer wrote, in order, and what was recognised."""
    recognition = run.desk.recognition
    said: list[list[tuple[int, Guess]]] = [[] for _ in range(run.conversations.size)]
    for row in rows_of(tables_of(run)["messages"]):
        said[row["conversation"]] += [(row["text_code"], _guess(recognition, row))] * (row["author"] == "customer")
    return said


def _guess(recognition: Recognition | None, row: Row) -> Guess:
    if recognition is None:
        return row["recognised"], row["confidence"]
    text = row["text_code"] * (row["author"] == "customer")
    code = int(recognition.codes[text])
    return recognition.intents[code] if code >= 0 else None, float(recognition.confidence[text])


def same_columns(a: Table, b: Table, without: Sequence[str] = ()) -> bool:
    """Whether two tables hold the same bytes in every column."""
    assert a.keys() == b.keys()
    return all(_bytes(a[name]) == _bytes(b[name]) for name in a if name not in without)


def _bytes(column: Any) -> tuple[bytes, tuple[str, ...]]:
    return (column.codes.tobytes(), tuple(column.names)) if isinstance(column, Named) else (column.tobytes(), ())


__all__ = [
    "ANSWERS", "CAREFUL", "DEFLECT", "HUMANS", "POLICIES", "ROUTING", "SMALL", "TEAMS", "TRIAGE", "Guess", "busy_desk", "guesses_of", "one_desk",
    "open_all_day", "policy_of", "rows_of", "same_columns", "scenario_of", "small_book", "small_desk", "wordings",
]  # fmt: skip
