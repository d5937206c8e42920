"""A recogniser given by a confusion matrix: who is guessed to want what is drawn as the matrix says, and everybody is told the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from small_desks import (
    ANSWERS,
    CAREFUL,
    DEFLECT,
    HUMANS,
    POLICIES,
    ROUTING,
    SMALL,
    guesses_of,
    policy_of,
    rows_of,
    scenario_of,
    small_desk,
)

from deskdrill.rules import Policy
from deskdrill.rules.strategies import bots
from deskdrill.scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from deskdrill.scenarios.pool import PROBLEM_KINDS, Kind
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import INTENTS, confusions, scenarios, shares
from deskdrill.simulator import desk as desk_module
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.guesses import ByDraw, Guesses
from deskdrill.simulator.mixes import Mixes
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
with_any_bot = bots().map(lambda bot: dataclasses.replace(policy_of(ANSWERS), bot=bot))

VENDOR: dict[str, Any] = {
    "kind": "confusion",
    "right": 0.8,
    "unknown": 0.1,
    "rows": {"refund": {"refund": 0.7, "invoice": 0.2}},
    "asks_for_person": 0.95,
    "confidence": {"right": {"from": 0.6, "to": 1}, "wrong": [{"share": 0.7, "from": 0.2, "to": 0.5}, {"share": 0.3, "from": 0.5, "to": 0.9}]},
}
MATRIX = [
    [0.7, 0.2, 0, 0, 0, 0, 0.1],
    [0.1 / 3, 0.8, 0.1 / 3, 0.1 / 3, 0, 0, 0.1],
    [0.1 / 3, 0.1 / 3, 0.8, 0.1 / 3, 0, 0, 0.1],
    [0.1 / 3, 0.1 / 3, 0.1 / 3, 0.8, 0, 0, 0.1],
    [0, 0, 0, 0, 0.95, 0, 0.05],
    [0, 0, 0, 0, 0, 1, 0],
]
"""What `VENDOR` says of refund, invoice, how_to, complaint, asking for a person and small talk; the last column has no guess."""
MANY = 20_000


def desk_with(recogniser: dict[str, Any], **changed: Any) -> Desk:
    return small_desk(scenario_of(recogniser=recogniser, **changed))


def about(desk: Desk, meaning: str) -> int:
    """A row of the pool that is about something."""
    pool = desk.pool
    match meaning:
        case "talk_to_person":
            kind, topic = Kind.ASK_PERSON, 0
        case "small_talk":
            kind, topic = Kind.NO, 0
        case _:
            kind, topic = Kind.REPHRASED, pool.topic_names.index(meaning)
    return int(pool.starts[kind, topic])


def drawn(desk: Desk, meaning: str, seed: int = 1, attempt: int = 1, turn: int = 0, many: int = MANY) -> Guesses:
    """What is recognised where so many customers write about the same."""
    rows = np.arange(many, dtype=np.int32)
    return desk.recogniser(Draws(seed, 0)).guesses(rows, np.full(many, about(desk, meaning), dtype=np.int32), attempt, turn)


# The law of choosing.

@given(st.integers(1, 40).flatmap(lambda many: st.lists(shares(many), min_size=1, max_size=5)), st.integers(0, 2**32))
def test_a_uniform_chooses_as_inversion_does(rows: list[list[float]], seed: int) -> None:
    rng, table = np.random.default_rng(seed), np.array(rows)
    u, group = rng.random(500), rng.integers(0, len(rows), 500)
    codes = Mixes(table).codes(group, u)
    for code, number, each in zip(codes.tolist(), group.tolist(), u.tolist(), strict=True):
        upto = np.cumsum(table[number])
        assert table[number, code] > 0
        assert (upto[code - 1] if code else 0) <= each
        assert each < upto[code] or not table[number, code + 1 :].any()


@given(st.integers(1, 6).flatmap(shares), st.integers(0, 2**32))
def test_what_is_left_of_a_uniform_is_where_it_lies_between_its_bounds(row: list[float], seed: int) -> None:
    u, group, mixes = np.random.default_rng(seed).random(500), np.zeros(500, dtype=np.int8), Mixes(np.array([row]))
    codes = mixes.codes(group, u)
    left = mixes.left_over(group, codes, u)
    assert ((left >= 0) & (left < 1)).all()
    np.testing.assert_allclose(np.cumsum([0, *row])[codes] + left * np.array(row)[codes], u, atol=1e-12)


# The laws of the draw.

def assert_frequencies(found: np.ndarray, exact: list[float], alpha: float) -> None:
    """Each count lies within the bounds that its binomial law keeps to but once in 1 / alpha."""
    for code, share in enumerate(exact):
        count = int(np.count_nonzero(found == code))
        low, high = stats.binom.ppf([alpha / 2, 1 - alpha / 2], found.size, min(max(share, 0), 1))
        assert low <= count <= high, f"{count} of {found.size} for a share of {share}"


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize(("meaning", "exact"), [*zip((*INTENTS, TALK_TO_PERSON, SMALL_TALK), MATRIX, strict=True)])
def test_what_is_recognised_is_as_often_as_the_matrix_says(meaning: str, exact: list[float], turn: int) -> None:
    found = drawn(desk_with(VENDOR), meaning, attempt=2, turn=turn).codes
    assert_frequencies(np.where(found < 0, len(exact) - 1, found), exact, 1e-4)


@some
@given(confusions(), st.integers(0, 2**32), st.sampled_from((*INTENTS, TALK_TO_PERSON, SMALL_TALK)))
def test_any_matrix_is_kept_to(recogniser: dict[str, Any], seed: int, meaning: str) -> None:
    desk = desk_with(recogniser)
    scenario = desk.scenario
    assert scenario.recogniser.kind == "confusion"
    row = scenario.recogniser.shares(tuple(scenario.intents))[desk.intent_names.index(meaning)]
    assert row.sum() == pytest.approx(1)
    found = drawn(desk, meaning, seed).codes
    assert_frequencies(np.where(found < 0, row.size - 1, found), row.tolist(), 1e-9)


@some
@given(confusions(), st.integers(0, 2**32))
def test_a_guess_is_as_sure_as_the_bands_say(recogniser: dict[str, Any], seed: int) -> None:
    desk = desk_with(recogniser)
    for meaning in desk.intent_names:
        found = drawn(desk, meaning, seed, many=2000)
        right = found.codes == desk.intent_names.index(meaning)
        nothing = found.codes < 0
        levels = {"right": 0.9, "wrong": 0.6} | recogniser["confidence"]
        assert (found.confidence[nothing] == 0).all()
        for level, those in (("right", right), ("wrong", ~right & ~nothing)):
            low, high = ends(levels[level])
            assert ((found.confidence[those] >= low) & (found.confidence[those] <= high)).all()


def ends(level: Any) -> tuple[float, float]:
    """The least and the largest confidence of a level."""
    match level:
        case list():
            return min(ends(each)[0] for each in level), max(ends(each)[1] for each in level)
        case dict():
            return level["from"], level["to"]
        case _:
            return level, level


def test_confidence_is_spread_over_the_bands_and_has_nothing_to_do_with_the_guess() -> None:
    desk = desk_with(VENDOR)
    found = drawn(desk, "invoice", many=60_000)
    right = found.confidence[found.codes == 1]
    assert stats.kstest(right, stats.uniform(0.6, 0.4).cdf).pvalue > 1e-4
    for code in (0, 2, 3):
        wrong = found.confidence[found.codes == code]
        assert abs((wrong < 0.5).mean() - 0.7) < 4 * (0.21 / wrong.size) ** 0.5
        assert stats.kstest(wrong[wrong < 0.5], stats.uniform(0.2, 0.3).cdf).pvalue > 1e-4


def test_guesses_of_one_turn_say_nothing_of_another() -> None:
    a, b = (drawn(desk_with(VENDOR), "invoice", turn=turn).codes == 1 for turn in (0, 1))
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / MANY**0.5


@some
@given(scenarios().filter(lambda scenario: scenario.recogniser.kind == "confusion"), st.integers(0, 2**32), st.data())
def test_a_guess_does_not_depend_on_what_else_is_asked(scenario: Scenario, seed: int, data: st.DataObject) -> None:
    desk = small_desk(scenario)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows = np.arange(300, dtype=np.int32)
    texts = rng.integers(0, len(desk.pool.texts), 300).astype(np.int32)
    whole = desk.recogniser(Draws(seed, 3)).guesses(rows, texts, 2, 1)
    shuffled = rng.permutation(300)[: data.draw(st.integers(1, 300))]
    recogniser = desk.recogniser(Draws(seed, 3))
    recogniser.guesses(rows, texts, 1, 1)
    again = recogniser.guesses(rows[shuffled], texts[shuffled], 2, 1)
    np.testing.assert_array_equal(whole.codes[shuffled], again.codes)
    np.testing.assert_array_equal(whole.confidence[shuffled], again.confidence)


def test_turns_can_be_asked_about_together() -> None:
    desk = desk_with(VENDOR)
    recogniser, rows = desk.recogniser(Draws(4, 0)), np.arange(300, dtype=np.int32)
    texts, turns = np.full(300, about(desk, "refund"), dtype=np.int32), (rows % 3).astype(np.int8)
    together = recogniser.guesses(rows, texts, 1, turns)
    for turn in range(3):
        alone = recogniser.guesses(rows, texts, 1, turn)
        np.testing.assert_array_equal(together.codes[turns == turn], alone.codes[turns == turn])
        np.testing.assert_array_equal(together.confidence[turns == turn], alone.confidence[turns == turn])


def test_a_thousand_codes_are_told_apart() -> None:
    rows = np.random.default_rng(1).dirichlet(np.ones(1001), 3)
    mixes = Mixes(rows)
    codes = mixes.codes(np.zeros(300_000, dtype=np.int8), np.random.default_rng(2).random(300_000))
    assert stats.chisquare(np.bincount(codes, minlength=1001), rows[0] * 300_000 / rows[0].sum()).pvalue > 1e-4


# One guess for everybody: the bot, the rules, the tables, any policy.

@some
@given(scenarios().filter(lambda scenario: scenario.recogniser.kind == "confusion"), with_any_bot, with_any_bot, st.integers(0, 2**32))
def test_two_policies_meet_the_same_guesses(scenario: Scenario, a: Policy, b: Policy, seed: int) -> None:
    """A customer's message of one attempt and turn is recognised alike, if it is about the same."""
    assert_same_guesses(scenario, (a, b), seed)


def test_policies_that_behave_differently_meet_the_same_guesses() -> None:
    assert_same_guesses(scenario_of(recogniser=VENDOR), [policy_of(text) for text in POLICIES.values()], 5)


def assert_same_guesses(scenario: Scenario, policies: Any, seed: int) -> None:
    desk, found = small_desk(scenario), {}
    for policy in policies:
        run = simulate(desk, policy, seed)
        talks = rows_of(tables_of(run)["conversations"])
        for talk, said in zip(talks, guesses_of(run), strict=True):
            for turn, (text, guess) in enumerate(said):
                meaning = (desk.pool.kinds[text] in PROBLEM_KINDS, desk.pool.kinds[text] == Kind.ASK_PERSON)
                assert found.setdefault((talk["problem"], talk["attempt"], turn, meaning), guess) == guess


@pytest.mark.parametrize("text", [ANSWERS, CAREFUL, DEFLECT], ids=["answers", "careful", "deflect"])
def test_the_bot_answers_what_the_messages_show_as_recognised(text: str) -> None:
    run = simulate(desk_with(VENDOR), policy_of(text), 6)
    assert run.replies is not None
    said: dict[tuple[int, int], str | None] = {}
    answers = 0
    for row in rows_of(tables_of(run)["messages"]):
        if row["author"] == "customer":
            said[row["conversation"], row["turn"]] = row["recognised"]
            continue
        kind = run.replies.kinds[row["text_code"]]
        answered = kind.startswith(("answer ", "article "))
        answers += answered
        assert not answered or kind.split()[1] == said[row["conversation"], row["turn"]]
        assert row["recognised"] is None
        assert row["confidence"] is None
    assert answers > 50


@some
@given(scenarios().filter(lambda scenario: scenario.recogniser.kind == "confusion"), with_any_bot, st.integers(0, 2**32))
def test_decisions_show_what_was_recognised_of_the_message_that_was_looked_at(scenario: Scenario, policy: Policy, seed: int) -> None:
    guarded = dataclasses.replace(policy, guards=policy_of(CAREFUL).guards, groups=policy_of(CAREFUL).groups)
    assert_decisions_show_guesses(scenario, guarded, seed)


def test_decisions_of_a_busy_desk_show_what_was_recognised() -> None:
    assert assert_decisions_show_guesses(scenario_of(recogniser=VENDOR), policy_of(CAREFUL), 7) > 200


def assert_decisions_show_guesses(scenario: Scenario, policy: Policy, seed: int) -> int:
    run = simulate(small_desk(scenario), policy, seed)
    tables, guesses = {name: rows_of(table) for name, table in tables_of(run).items()}, guesses_of(run)
    for row in tables["decisions"]:
        talk = tables["conversations"][row["conversation"]]
        said = guesses[row["conversation"]]
        turn = {"guard": len(said) - 1, "rule": talk["telling_turn"] if talk["bot_turns"] else 0}[row["kind"]]
        assert (row["recognised"], row["confidence"]) == said[turn][1]
    return len(tables["decisions"])


def test_the_message_that_tells_most_is_the_one_that_is_surest() -> None:
    run = simulate(desk_with(VENDOR), policy_of(ANSWERS), 3)
    told_later = 0
    for row, said in zip(rows_of(tables_of(run)["conversations"]), guesses_of(run), strict=True):
        tells = [guess[1] if guess[0] not in (TALK_TO_PERSON, SMALL_TALK) else -0.5 for _, guess in said]
        # A last word is said when everything is decided.
        heard = tells[: max(row["bot_turns"], 1)]
        assert tells[row["telling_turn"]] == max(heard)
        assert row["telling_turn"] == heard.index(max(heard))
        told_later += row["telling_turn"] > 0
    assert told_later > 20


def test_a_level_at_a_threshold_reaches_it() -> None:
    """Confidences that a file gives are compared as they are written: 0.7 is at least 0.7."""
    sure = {"kind": "confusion", "right": 1, "confidence": {"right": 0.7}}
    text = ANSWERS.replace("confidence_at_least: 0.5", "confidence_at_least: 0.7")
    rule = "{id: sure, when: {message.confidence: {gte: 0.7}}, then: {route: billing}}"
    run = simulate(desk_with(sure, behaviour={"asks_recognised_from": 0.7}), policy_of(text.replace(ROUTING, "") + ROUTING.replace("    rules:\n", f"    rules:\n      - {rule}\n")), 9)
    openings = {row["conversation"]: row for row in reversed(rows_of(tables_of(run)["messages"])) if row["author"] == "bot"}
    assert run.replies is not None
    kinds = {run.replies.kinds[row["text_code"]].split()[0] for row in openings.values()}
    assert kinds == {"answer", "hand_over", "message_taken"}
    assert {row["rule"] for row in rows_of(tables_of(run)["conversations"])} == {None, "routing.sure"}


def test_rules_on_the_text_still_see_the_text() -> None:
    blind = {"kind": "confusion", "right": 0, "unknown": 1, "asks_for_person": 0}
    words = ROUTING.replace("{message.intent: [refund, invoice]}", "{message.text: {contains_any: [refund]}}")
    run = simulate(desk_with(blind, returns=None), policy_of(f"policy: words\n{words}"), 9)
    by_words = [row["rule"] == "routing.money" for row in rows_of(tables_of(run)["conversations"])]
    wrote = ["refund" in run.desk.pool.texts[code] for code in run.conversations.opening.tolist()]
    assert by_words == wrote
    assert sum(wrote) > 20


# Nothing for those who do not use it.

def test_a_learnt_recogniser_has_no_more_columns() -> None:
    run = simulate(small_desk(scenario_of()), policy_of(CAREFUL), 9)
    tables = tables_of(run)
    assert run.conversations.telling_turn is None
    assert "telling_turn" not in tables["conversations"]
    assert not {"turn", "recognised", "confidence"} & {*tables["messages"], *tables["decisions"]}


def test_a_learnt_recogniser_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    purposes = set()
    uniform = Draws.uniform

    def noted(self: Draws, problems: Any, purpose: str, attempt: int = 0, step: int = 0) -> Any:
        purposes.add(purpose)
        return uniform(self, problems, purpose, attempt, step)

    monkeypatch.setattr(Draws, "uniform", noted)
    simulate(small_desk(scenario_of()), policy_of(CAREFUL), 9)
    assert "recognised" not in purposes
    simulate(desk_with(VENDOR), policy_of(CAREFUL), 9)
    assert "recognised" in purposes


def test_where_no_bot_talks_and_no_rule_asks_nothing_is_drawn() -> None:
    text = "policy: plain\nrulesets:\n  - {name: routing, hit_policy: first, rules: [], default: {route: billing}}\n"
    asked = []

    class Asked(ByDraw):
        def guesses(self, *args: Any) -> Guesses:
            asked.append(args)
            return super().guesses(*args)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk_module, "ByDraw", Asked)
        simulate(desk_with(VENDOR), policy_of(text), 9)
        assert not asked
        simulate(desk_with(VENDOR), policy_of(HUMANS), 9)
        assert asked


def test_the_small_desk_s_matrix_is_the_one_written_out_here() -> None:
    recogniser = scenario_of(recogniser=VENDOR).recogniser
    assert recogniser.kind == "confusion"
    np.testing.assert_allclose(recogniser.shares(tuple(SMALL["intents"])), MATRIX)


# Better and worse: the same messages.

LEVELS = {"right": [{"share": 0.5, "from": 0.6, "to": 0.8}, {"share": 0.5, "from": 0.8, "to": 1}], "wrong": {"from": 0.2, "to": 0.9}}


@some
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32), st.integers(0, 2), st.sampled_from((LEVELS, {})))
def test_who_is_right_more_often_is_right_wherever_it_was_and_as_sure(a: float, b: float, seed: int, turn: int, levels: Any) -> None:
    better, worse = (
        drawn(desk_with({"kind": "confusion", "right": right, "unknown": (1 - right) / 3, "confidence": levels}), "invoice", seed, turn=turn, many=2000)
        for right in (max(a, b), min(a, b))
    )
    right = worse.codes == 1
    assert (better.codes[right] == 1).all()
    np.testing.assert_array_equal(better.confidence[right], worse.confidence[right])
    still = better.codes != 1
    np.testing.assert_array_equal(better.codes[still], worse.codes[still])
    np.testing.assert_allclose(better.confidence[still], worse.confidence[still], rtol=1e-9)
