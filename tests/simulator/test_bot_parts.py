"""Parts of a bot one by one: page suggestions, answers while typing, what it has answers for, tone, having nothing to offer."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, ROUTING, SMALL, busy_desk, policy_of, rows_of, scenario_of, small_desk
from talks import FAREWELLS, talks

from deskdrill.rules import Policy
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

ONLY_PAGES = policy_of(f"policy: pages\nbot:\n  page_suggestions: {{/: refund, /developers: how_to}}\n  hand_over: {{after_failures: 1}}\n{ROUTING}")
some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])


def desk_of(intent: str = "refund", temperament: dict[str, Any] | None = None, **changed: Any) -> Desk:
    """All customers want one thing, and every message is recognised."""
    standard = SMALL["segments"]["standard"]
    temper = {**standard["temperament"], "asks_for_person_first": 0, "tolerance_median": 1e6, "digger": 1, **(temperament or {})}
    facts = {**standard["facts"], "help_centre_visit": {"share": 0, "within": "1h"}}
    return small_desk(
        scenario_of(
            **{
                "arrivals": {"per_week": 9000},
                "segments": {"standard": {**standard, "share": 1, "facts": facts, "intents": {intent: 1}, "temperament": temper}},
                "recogniser": {"kind": "confusion", "right": 1, "confidence": {"right": 0.9}},
                "returns": None,
                "protected": {"segments": ["standard"]},
                **changed,
            }
        )
    )


def share_of(found: list[bool], exact: float) -> None:
    many = len(found)
    assert many > 300
    assert abs(sum(found) / many - exact) < 4.5 * sqrt(exact * (1 - exact) / many) + 1e-12


# Suggestions of pages -------------------------------------------------------------------------------------------------------------


@some
@given(scenarios(), st.integers(0, 2**32))
def test_who_is_helped_by_the_page_never_writes_and_the_others_meet_the_same_bot(scenario: Scenario, seed: int) -> None:
    desk = small_desk(scenario)
    without = policy_of(f"policy: none\nbot:\n  hand_over: {{after_failures: 1}}\n{ROUTING}")
    plain = {(t.row["problem"]): [m.text for m in t.said] for t in talks(simulate(desk, without, seed)) if t.row["attempt"] == 1}
    for talk in talks(simulate(desk, ONLY_PAGES, seed)):
        by_page = talk.row["reason"] == "page"
        assert by_page <= (talk.row["attempt"] == 1)
        assert bool(talk.customer_said) != by_page
        assert not by_page or (talk.row["outcome"], len(talk.bot_said), talk.row["guard"]) == ("helped_by_bot", 1, None)
        assert by_page or talk.row["attempt"] > 1 or [m.text for m in talk.said] == plain[talk.row["problem"]]


def test_a_page_helps_with_what_it_suggests_as_often_as_the_article_is_read_and_solves() -> None:
    """Eight in ten diggers read; the article solves half of the problems. The longest beginning of the page's name counts."""
    run = simulate(desk_of("how_to", intents={"how_to": {**SMALL["intents"]["how_to"], "pages": {"/developers/keys": 1}}}), ONLY_PAGES, 1)
    share_of([row["reason"] == "page" for row in rows(run)], 0.8 * 0.5)
    other = simulate(desk_of("how_to", intents={"how_to": {**SMALL["intents"]["how_to"], "pages": {"/pricing": 1}}}), ONLY_PAGES, 1)
    assert not any(row["reason"] == "page" for row in rows(other))


def rows(run: Run) -> list[Any]:
    return [talk.row for talk in talks(run)]


def test_guards_do_not_keep_pages_from_suggesting_and_it_is_automation_in_truth_only() -> None:
    guarded = policy_of(f"policy: g\nguards:\n  - {{id: all, when: {{message.text: {{set: true}}}}, forbid: bot}}\nbot:\n  page_suggestions: {{/: refund}}\n{ROUTING}")
    found = rows(simulate(desk_of(intents={"refund": {**SMALL["intents"]["refund"], "article_solves": 0.5}}), guarded, 1))
    by_page = [row for row in found if row["reason"] == "page"]
    assert len(by_page) > 100
    assert all(row["protected"] and not row["protected_known"] and row["counted_resolved"] for row in by_page)
    assert {row["guard"] for row in found if row["reason"] != "page"} == {"all"}


# Answers --------------------------------------------------------------------------------------------------------------------------


def answering(keys: str, more: str = "") -> Policy:
    return policy_of(f"policy: a\nbot:\n  answers: {{confidence_at_least: 0.5{keys}}}\n{more}\n{ROUTING}")


def test_answers_while_typing_help_the_same_customers_some_of_them_without_a_word() -> None:
    """`bot_solves` is 30 %, six in ten understand it, and four in ten read it in time."""
    desk = desk_of(behaviour={"reads_while_typing": 0.4})
    before, after = simulate(desk, answering(""), 2), simulate(desk, answering(", while_typing: true"), 2)
    first = {row["problem"] for row in rows(before) if row["helped"] and row["bot_turns"] == 1}
    typing = [row for row in rows(after) if row["reason"] == "typing"]
    assert {row["problem"] for row in typing} <= first
    assert {(row["bot_ending"], row["bot_turns"]) for row in typing} == {("helped_silent", 1)}
    share_of([row["reason"] == "typing" for row in rows(after)], prod((0.3, 0.6, 0.4)))


def test_a_bot_answers_only_what_it_has_answers_for() -> None:
    kinds = {m.kind for talk in talks(simulate(busy_desk(), answering(", only: [invoice]"), 2)) for m in talk.bot_said}
    assert "answer invoice" in kinds
    assert not kinds & {"answer refund", "answer how_to", "answer complaint"}


@pytest.mark.parametrize(("covers", "quality"), [(0.5, 1), (1, 0.5), (0.5, 0.4)])
def test_the_help_centre_bounds_what_answers_help(covers: float, quality: float) -> None:
    desk = desk_of(knowledge={"refund": {"covers": covers, "quality": quality}}, temperament={"unhelped": {"says_no": 0, "asks": 0, "silent": 1}})
    share_of([row["outcome"] == "helped_by_bot" for row in rows(simulate(desk, answering(""), 2))], 0.3 * covers * 0.6 * quality)


def test_the_help_centre_bounds_what_articles_help() -> None:
    intents = {"refund": {**SMALL["intents"]["refund"], "article_solves": 0.8}}
    desk = desk_of(intents=intents, knowledge={"refund": {"covers": 0.5, "quality": 0.75}}, temperament={"unhelped": {"says_no": 0, "asks": 0, "silent": 1}})
    policy = policy_of(f"policy: a\nbot:\n  articles: {{confidence_at_least: 0}}\n{ROUTING}")
    share_of([row["outcome"] == "helped_by_bot" for row in rows(simulate(desk, policy, 2))], 0.8 * 0.5 * 0.75 * 0.8)


def test_there_is_no_answer_and_no_article_about_what_the_help_centre_does_not_cover() -> None:
    policy = policy_of(f"policy: a\nbot:\n  answers: {{confidence_at_least: 0}}\n  articles: {{confidence_at_least: 0}}\n{ROUTING}")
    run = simulate(desk_of(knowledge={"refund": {"covers": 0}}), policy, 2)
    assert {m.kind for talk in talks(run) for m in talk.bot_said} <= {"not_understood", *FAREWELLS}


# Having nothing to offer ----------------------------------------------------------------------------------------------------------

ROUTER = policy_of(ANSWERS.replace("when_asked: true", "when_asked: true, when_unsure: true"))


@some
@given(scenarios(), st.integers(0, 2**32))
def test_a_bot_that_passes_on_what_it_cannot_answer_never_says_that_it_did_not_understand(scenario: Scenario, seed: int) -> None:
    for talk in talks(simulate(small_desk(scenario), ROUTER, seed)):
        assert not any(message.kind == "not_understood" for message in talk.bot_said)
        assert (talk.row["reason"] == "unsure") <= (talk.bot_said[-1:] != [] and talk.bot_said[-1].kind in FAREWELLS)


def test_what_a_router_passes_on_at_once_it_has_understood_no_worse_than_before() -> None:
    """Who would have been asked to say it again waits for a person from the first message on."""
    before, after = ({t.row["problem"]: t for t in talks(simulate(busy_desk(), policy, 2)) if t.row["attempt"] == 1} for policy in (policy_of(ANSWERS), ROUTER))
    unsure = [problem for problem, talk in after.items() if talk.row["reason"] == "unsure" and talk.row["bot_turns"] == 1]
    assert len(unsure) > 100
    assert all(before[problem].bot_said[0].kind == "not_understood" for problem in unsure if len(before[problem].bot_said) > 1)


# Tone -----------------------------------------------------------------------------------------------------------------------------


def test_jokes_on_serious_matters_cost_a_turn_of_patience_and_others_nothing() -> None:
    """Whoever bears two turns that do not help bears one."""

    def turns(serious: bool, tone: str) -> list[int]:
        intents = {"refund": {**SMALL["intents"]["refund"], "bot_solves": 0, "serious": serious}}
        never = "  hand_over: {when_asked: false, after_failures: never}\n  max_turns: 100\n  at_max_turns: close"
        temperament = {"unhelped": {"says_no": 1, "asks": 0, "silent": 0}, "spent_asks": 0, "tolerance_median": 2}
        run = simulate(desk_of(intents=intents, temperament=temperament), answering("", f"  tone: {tone}\n{never}"), 2)
        return [row["bot_turns"] for row in rows(run)]

    plain, joking = np.array(turns(True, "plain")), np.array(turns(True, "playful"))
    np.testing.assert_array_equal(joking, np.maximum(plain - 1, 1))
    assert turns(False, "playful") == turns(False, "plain") == plain.tolist()


def test_what_is_sensitive_is_serious_unless_it_is_said_otherwise() -> None:
    of = {name: intent.is_serious for name, intent in scenario_of().intents.items()}
    assert of == {"refund": False, "invoice": False, "how_to": False, "complaint": True}
    assert not scenario_of(intents={**SMALL["intents"], "complaint": {**SMALL["intents"]["complaint"], "serious": False}}).intents["complaint"].is_serious


def test_tables_name_every_reason() -> None:
    names = tables_of(simulate(busy_desk(), ONLY_PAGES, 1))["conversations"]["reason"].names
    assert {"page", "typing", "unsure", "replied", "no_reply", "language"} <= set(names)




# Languages ------------------------------------------------------------------------------------------------------------------------


def test_who_writes_in_a_language_that_the_bot_does_not_speak_goes_to_people_at_once() -> None:
    """The others meet the same bot, as if it spoke all."""
    scenario = load_scenario("saas-week")
    intents = {"how_to": 0.5, "invoice": 0.5}
    segments = {name: each.model_copy(update={"languages": {"en": 0.6, "de": 0.3, "fr": 0.1}, "intents": intents}) for name, each in scenario.segments.items()}
    arrivals = scenario.arrivals.model_copy(update={"per_week": 900.0})
    desk = open_desk(scenario.model_copy(update={"segments": segments, "arrivals": arrivals, "days": 2}))
    every, some_only = (simulate(desk, policy_of(ANSWERS.replace("bot:", f"bot:\n  languages: {spoken}")), 1) for spoken in ("[de, en, fr]", "[en, de]"))
    language = [row["language"] for row in rows_of(tables_of(every)["problems"])]
    before = {row["problem"]: row for row in rows(every) if row["attempt"] == 1}
    for row in (row for row in rows(some_only) if row["attempt"] == 1):
        foreign = language[row["problem"]] == "fr"
        assert (row["reason"] == "language") == foreign
        assert (row["bot_turns"], row["bot_ending"]) == ((0, "to_people") if foreign else (before[row["problem"]]["bot_turns"], before[row["problem"]]["bot_ending"]))
    assert {"en", "de", "fr"} == set(language)


def test_a_bot_that_does_not_speak_the_desk_s_language_speaks_to_nobody() -> None:
    run = simulate(busy_desk(), policy_of(ANSWERS.replace("bot:", "bot:\n  languages: [de]")), 1)
    assert run.conversations.bot_turns.max() == 0
    assert {row["reason"] for row in rows(run)} == {"language"}
