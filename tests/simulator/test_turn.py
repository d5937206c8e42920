"""The bot turn by turn, by the slow reference, against the same bot over columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, CAREFUL, Row, busy_desk, policy_of, rows_of, small_desk
from talks import Talk, talks
from test_placement import FIELDS, known

from deskdrill.rules import Policy
from deskdrill.rules.says import says
from deskdrill.rules.standing import BEGINNING, Heard, Knowledge
from deskdrill.rules.strategies import bots, policies
from deskdrill.rules.turn import silence, turn
from deskdrill.rules.vocabulary import PLACING
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])

BEFORE_WRITING = ("page", "backlog")
BY_ITSELF = {"no_reply": "no_reply", "closed": "none"}

policies_ahead = policies(fields=FIELDS, errors=False, triggers=PLACING)
with_any_bot = st.builds(
    lambda policy, bot: dataclasses.replace(policy, bot=bot), policies_ahead, bots().map(lambda bot: dataclasses.replace(bot, page_suggestions=()))
)


def assert_said_as_played(run: Run, talk: Talk, problem: Row, texts: list[int]) -> None:
    policy, desk = run.policy.policy, run.desk
    scenario = desk.scenario
    knows = [name for name in scenario.intents if scenario.knowledge_of(name).covers > 0]
    knowledge = Knowledge(dict.fromkeys(knows, ""), dict.fromkeys(knows, ""), scenario.behaviour.asks_recognised_from)
    standing, said = BEGINNING, []
    spoke_s = wrote_s = talk.said[0].at_s
    heard = [number for number, message in enumerate(talk.said) if message.author == "customer"]
    for text, place in zip(texts, heard, strict=True):
        message = talk.said[place]
        if standing.over is not None:
            # Only a last word follows the end.
            assert message.kind in ("thanks", "leaving")
            break
        answers = [each for each in talk.said[place + 1 : place + 2] if each.author == "bot"]
        if not answers and message.kind in ("thanks", "leaving"):
            break
        facts = known(run, problem, talk.row, text, (message.intent, message.confidence))
        plain = says(message.text)
        standing, lines = turn(
            policy,
            standing,
            Heard(
                {**facts, **({} if plain is None else {"message.says": plain})},
                problem["language"],
                answers=message.kind == "details",
                works=not any(each.kind.startswith("failed ") for each in answers),
                after_s=message.at_s - wrote_s,
                silent_s=message.at_s - spoke_s,
                is_open=opening(run, talk, spoke_s),
            ),
            knowledge,
        )
        said += [line.kind for line in lines]
        spoke_s = answers[0].at_s if answers else spoke_s
    # Whoever goes without a word is gone, unless the bot speaks up first.
    standing, lines = silence(policy, standing, 1e9 * (len(said) < len(talk.bot_said)), opening(run, talk, spoke_s))
    said += [line.kind for line in lines]
    assert said == [message.kind for message in talk.bot_said]
    assert_over_as_played(talk, standing.over, standing.guard)


def opening(run: Run, talk: Talk, spoke_s: float) -> Callable[[float], bool]:
    """Whether anybody is there; a later attempt counts as begun while somebody is, as it comes in opening hours."""
    return lambda after_s: talk.row["attempt"] > 1 or bool(run.desk.is_open(np.array([spoke_s + after_s]))[0])


def assert_over_as_played(talk: Talk, over: str | None, guard: str | None) -> None:
    row = talk.row
    if row["bot_ending"] == "to_people":
        assert (over, guard) == (row["reason"], row["guard"])
    elif over is not None:
        assert over in BY_ITSELF
        assert row["reason"] in (BY_ITSELF[over], "refused", "none")


def assert_played_alike(run: Run) -> int:
    problems = rows_of(tables_of(run)["problems"])
    texts: list[list[int]] = [[] for _ in range(run.conversations.size)]
    for row in rows_of(tables_of(run)["messages"]):
        texts[row["conversation"]] += [row["text_code"]] * (row["author"] == "customer")
    checked = 0
    for talk, written in zip(talks(run), texts, strict=True):
        if talk.row["reason"] not in BEFORE_WRITING and written:
            assert_said_as_played(run, talk, problems[talk.row["problem"]], written)
            checked += 1
    return checked


@some
@given(scenarios(), with_any_bot, st.integers(0, 2**32))
def test_the_reference_says_what_the_columns_say(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert_played_alike(simulate(small_desk(scenario), policy, seed))


@pytest.mark.parametrize("text", [ANSWERS, CAREFUL], ids=["answers", "careful"])
def test_a_busy_desk_s_conversations_are_replayed_word_for_word(text: str) -> None:
    assert assert_played_alike(simulate(busy_desk(), policy_of(text), 3)) > 500
