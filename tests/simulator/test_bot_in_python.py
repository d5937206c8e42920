"""A bot of the user's in Python: told no truth, held to the policy's bounds, met by the same customers, refused in one line where it breaks."""

from __future__ import annotations

import dataclasses
import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import (
    ANSWERS,
    CAREFUL,
    ROUTING,
    SMALL,
    busy_desk,
    one_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)
from talks import FAREWELLS, Talk, talks, turns_of

from deskdrill import extensions
from deskdrill.errors import InputError
from deskdrill.rules import Answers, Bot, HandOver, InPython, Message, Policy, Reply, Turn, load_policy
from deskdrill.rules.loops import loop_in, stumbles_in
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator import own_bot
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.executors import WorkersGone
from deskdrill.simulator.loop_table import loops_of
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.replies import replies_of
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

Function = Callable[[Turn], Any]
some = settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32)
MINE = InPython("mybot:reply")
BOUND_KEYS = ("languages", "tone", "hand_over", "max_turns", "at_max_turns", "collect")


def played(desk: Desk, policy: Policy, function: Function, seed: int = 1, replication: int = 0) -> Run:
    """A run whose bot is a function of this process, within the policy's bounds."""
    assert policy.bot is not None
    bounds = {key: getattr(policy.bot, key) for key in BOUND_KEYS}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("deskdrill.simulator.own_bot.extension", lambda *_: function)
        return simulate(desk, dataclasses.replace(policy, bot=Bot(python=MINE, **bounds)), seed, replication)


LATE = ANSWERS.replace("bot:\n", "guards:\n  - {id: crowd, when: {queue.billing.length: {gte: 2}}, forbid: bot}\nbot:\n")


@st.composite
def bounds(draw: st.DrawFn) -> Policy:
    """What holds whatever the bot does; with guards, one of which only the clock can tell, or without."""
    policy = policy_of(draw(st.sampled_from((ANSWERS, CAREFUL, LATE))))
    closed = st.sampled_from(("take_message", "say_when", "bot_only"))
    bot = Bot(
        answers=Answers(draw(st.sampled_from((0.0, 0.3, 0.5, 0.9))), draw(st.booleans())),
        hand_over=HandOver(draw(st.booleans()), draw(st.integers(1, 3) | st.just("never")), draw(st.booleans()), draw(closed)),
        languages=draw(st.none() | st.just(("en",))),
        tone=draw(st.sampled_from(("plain", "playful"))),
        max_turns=draw(st.integers(1, 8)),
        at_max_turns=draw(st.sampled_from(("hand_over", "close"))),
        collect=draw(st.sampled_from(((), ("plan",), ("plan", "email")))),
    )
    return dataclasses.replace(policy, bot=bot)


# Laws.

def answer_bot(bot: Bot, desk: Desk) -> Function:
    """Does in Python what a bot with `answers` does."""
    replies, intents = replies_of(bot, desk), list(desk.scenario.intents)
    rules, answers, sure_from = bot.hand_over, bot.answers, desk.scenario.behaviour.asks_recognised_from
    assert answers is not None

    def reply(turn: Turn) -> Reply:
        asked = rules.when_asked and turn.intent == "talk_to_person" and turn.confidence >= sure_from
        failed = rules.after_failures != "never" and turn.failures >= rules.after_failures
        refused = rules.when_closed == "bot_only" and turn.desk_open is False and (asked or failed)
        if turn.intent in turn.covered and turn.confidence >= answers.confidence_at_least and not refused:
            return Reply(replies.texts[replies.first_answer + intents.index(turn.intent)], about=turn.intent, confirm=answers.confirm)
        return Reply(replies.texts[replies.first_fallback + turn.failures % replies.fallbacks])

    return reply


@some
@given(scenarios(), bounds(), seeds)
@example(scenario_of(), policy_of(ANSWERS), 1)
@example(scenario_of(), policy_of(LATE), 2)
def test_a_bot_in_python_that_does_what_answers_do_has_the_same_dialogues(scenario: Scenario, policy: Policy, seed: int) -> None:
    desk = small_desk(scenario)
    assert policy.bot is not None
    run, own = simulate(desk, policy, seed), played(desk, policy, answer_bot(policy.bot, desk), seed)
    one, same = tables_of(run), tables_of(own)
    assert all(same_columns(one[name], same[name]) for name in ("problems", "conversations", "visits", "decisions", "automation"))
    assert same_columns(one["messages"], same["messages"], without=["text_code"])
    for talk, alike in zip(talks(run), talks(own), strict=True):
        assert [(m.text, m.kind) for m in talk.said] == [(m.text, m.kind) for m in alike.said]
    np.testing.assert_array_equal(loops_of(run).turns, loops_of(own).turns)


TEXTS = ("Look below Settings.", "Look below  settings!", "What is it?", "What is it??", "A wholly different sentence.", "<b>&</b>")


def anything(desk: Desk) -> Function:
    """A bot that does anything a bot may do, by its own random numbers; its state says how often it was asked."""
    intents = list(desk.scenario.intents)

    def reply(turn: Turn) -> Reply:
        text, state = turn.random.choice(TEXTS), [*(turn.state or []), turn.number]
        match turn.random.randrange(7):
            case 0:
                return Reply(text, about=turn.random.choice(intents), confirm=turn.random.random() < 0.5, state=state)
            case 1:
                return Reply(text, about=turn.random.choice(intents), article=True, state=state)
            case 2:
                return Reply(text, question=True, state=state)
            case 3:
                return Reply(turn.random.choice(("", "A person takes over.")), hand_over=turn.number > 2, close=turn.number < 3, state=state)
        return Reply(text, state=state)

    return reply


@some
@given(scenarios(), bounds(), seeds)
@example(scenario_of(), policy_of(ANSWERS), 1)
def test_whatever_it_does_every_conversation_ends_within_bounds(scenario: Scenario, policy: Policy, seed: int) -> None:
    """Conservation is checked by every run."""
    assert policy.bot is not None
    desk = small_desk(scenario)
    for talk in talks(played(desk, policy, anything(desk), seed)):
        assert talk.row["bot_turns"] == len(talk.bot_said)
        assert all(before.at_s <= after.at_s + 0.05 for before, after in zip(talk.said, talk.said[1:], strict=False))
        tries = [message for message in talk.bot_said if message.kind not in (*FAREWELLS, "closing") and not message.kind.startswith("collect")]
        assert len(tries) <= policy.bot.max_turns
        assert talk.row["reason"] != "python" or [m.kind for m in talk.bot_said if not m.kind.startswith("collect")][-1] in FAREWELLS


@some
@given(scenarios(), bounds(), seeds)
@example(scenario_of(arrivals={"per_week": 3000}), dataclasses.replace(policy_of(ANSWERS), bot=Bot(hand_over=HandOver(False, "never"), max_turns=8)), 3)
def test_loops_of_what_it_makes_up_are_those_that_the_transcript_shows(scenario: Scenario, policy: Policy, seed: int) -> None:
    desk = small_desk(scenario)
    run = played(desk, policy, anything(desk), seed)
    details = loops_of(run)
    for talk in talks(run):
        loop = loop_in(turns_of(talk), helped=talk.row["helped"])
        assert (loop is not None) == talk.row["loop"]
        assert stumbles_in(turns_of(talk)) == talk.row["stumble"]
        expected = (0, 0.0) if loop is None else (loop.turns, loop.lost_s)
        assert (details.turns[talk.row["conversation"]], details.lost_s[talk.row["conversation"]]) == pytest.approx(expected, abs=0.1)


@some
@given(scenarios(), bounds(), seeds)
@example(scenario_of(), policy_of(ANSWERS), 1)
def test_a_turn_holds_what_was_said_and_its_own_state(scenario: Scenario, policy: Policy, seed: int) -> None:
    """Dialogues that never happen are asked about too; those that do are among what was asked."""
    desk, turns = small_desk(scenario), defaultdict[tuple[Message, ...], list[Turn]](list)
    inner = anything(desk)

    def reply(turn: Turn) -> Reply:
        turns[turn.messages].append(turn)
        return inner(turn)

    for talk in talks(played(desk, policy, reply, seed)):
        said = tuple(Message(message.author, message.text) for message in talk.said)  # type: ignore[arg-type]
        asked = [number for number, message in enumerate(talk.said) if message.kind.split()[0] in ("answer", "article", "ask", "not_understood")]
        for number, at in enumerate(asked):
            found = [turn for turn in turns[said[:at]] if turn.attempt == talk.row["attempt"]]
            assert found
            assert all(turn.number == number + 1 and turn.text == said[at - 1].text for turn in found)
            assert all(turn.state == (list(range(1, number + 1)) or None) for turn in found)


@some
@given(scenarios(), seeds)
@example(scenario_of(), 1)
def test_a_turn_tells_what_a_desk_can_see_and_no_more(scenario: Scenario, seed: int) -> None:
    desk, seen = small_desk(scenario), []

    def reply(turn: Turn) -> Reply:
        seen.append(turn)
        return Reply("What is it?", question=True)

    run = played(desk, policy_of(ANSWERS), reply, seed)
    people = rows_of(tables_of(run)["problems"])
    first = [turn for turn in seen if (turn.number, turn.attempt) == (1, 1)]
    # Without guards, languages or requests everybody talks to the bot, one after the other.
    names = [name.removeprefix("flag_") for name in people[0] if name.startswith("flag_")] if people else []
    told = [
        (
            person["plan"] if person["plan_known"] else None,
            person["tenure_s"] if person["tenure_known"] else None,
            person["contacts_30d"] if person["contacts_known"] else None,
            frozenset(name for name in names if person[f"flag_{name}"]) if person["flags_known"] else None,
            person["language"] if person["language_known"] else None,
            person["help_centre_s"],
            person["page"],
            scenario.clock.second_of_week(np.array([person["arrives_s"]]))[0],
            bool(desk.is_open(np.array([person["arrives_s"]]))[0]),
        )
        for person in people
    ]
    facts = [(t.plan, t.tenure_s, t.contacts_30d, t.flags, t.language, t.since_help_centre_s, t.page, t.second_of_week, t.desk_open) for t in first]
    everybody = iter(told)
    assert all(fact in everybody for fact in facts)
    assert {field.name for field in dataclasses.fields(Turn)}.isdisjoint({"segment", "true_intent", "problem"})
    for turn in seen:
        assert (turn.second_of_week is None) == (turn.desk_open is None) == (turn.attempt > 1)
        assert turn.covered == {name for name in scenario.intents if scenario.knowledge_of(name).covers > 0}


@some
@given(scenarios(), bounds(), seeds)
def test_the_same_seed_gives_the_same_bytes(scenario: Scenario, policy: Policy, seed: int) -> None:
    desk = small_desk(scenario)
    one, other = (tables_of(played(desk, policy, anything(desk), seed)) for _ in range(2))
    assert all(same_columns(one[name], other[name]) for name in one if name != "bot_texts")
    assert [one["bot_texts"][name].tolist() for name in one["bot_texts"]] == [other["bot_texts"][name].tolist() for name in other["bot_texts"]]  # type: ignore[union-attr]


def test_random_numbers_belong_to_conversation_and_turn() -> None:
    """Whatever another turn draws, and however often, nobody else's change; two draws of one turn differ."""
    drawn: list[dict[tuple[Any, ...], tuple[float, float]]] = [{}, {}]

    def drawing(found: dict[tuple[Any, ...], tuple[float, float]], more: int) -> Function:
        def reply(turn: Turn) -> Reply:
            found[turn.messages, turn.second_of_week, turn.number] = (turn.random.random(), turn.random.random())
            for _ in range(more * turn.number):
                turn.random.random()
            return Reply("What is it?", question=True)

        return reply

    for found, more in zip(drawn, (0, 3), strict=True):
        played(busy_desk(), policy_of(ANSWERS), drawing(found, more), 4)
    assert drawn[0] == drawn[1]
    every = [number for pair in drawn[0].values() for number in pair]
    assert len(set(every)) == len(every) > 1000
    assert abs(np.mean(every) - 0.5) < 4.5 / np.sqrt(12 * len(every))


# Known answers.

SURE = {
    **SMALL["segments"]["standard"],
    "share": 1,
    "intents": {"refund": 1},
    "temperament": {**SMALL["segments"]["standard"]["temperament"], "asks_for_person_first": 0, "tolerance_median": 1e6},
}


def sure_desk(**changed: Any) -> Desk:
    """Everybody wants a refund, and is understood."""
    certain = {"kind": "confusion", "right": 1, "confidence": {"right": 0.6}}
    return small_desk(scenario_of(segments={"standard": SURE}, recogniser=certain, protected={"segments": ["standard"]}, arrivals={"per_week": 6000}, returns=None, **changed))


def test_an_answer_helps_as_its_intent_says_and_another_helps_nobody() -> None:
    """Three in ten refunds are solved by an answer, and six in ten understand it."""
    desk, bounds_ = sure_desk(), policy_of(ANSWERS.replace("max_turns: 4", "max_turns: 1"))
    right = played(desk, bounds_, lambda _: Reply("Below Settings.", about="refund"), 2)
    wrong = played(desk, bounds_, lambda _: Reply("Below Settings.", about="invoice"), 2)
    helped = right.conversations.helped[right.conversations.ending > 0]
    many = right.population.size
    assert abs(helped.sum() / many - 0.18) < 4.5 * np.sqrt(0.18 * 0.82 / many)
    assert not wrong.conversations.helped[wrong.conversations.ending > 0].any()


def test_what_the_desk_does_not_know_helps_nobody() -> None:
    desk = sure_desk(knowledge={"refund": {"covers": 0}})
    run = played(desk, policy_of(ANSWERS), lambda _: Reply("Below Settings.", about="refund"), 2)
    assert not run.conversations.helped[run.conversations.ending > 0].any()


def test_an_answer_that_does_not_ask_is_confirmed_by_fewer() -> None:
    def confirmed(*, confirm: bool) -> float:
        run = played(sure_desk(), policy_of(ANSWERS), lambda _: Reply("Below Settings.", about="refund", confirm=confirm), 2)
        return float((run.conversations.ending == 1).sum())

    assert confirmed(confirm=False) < 0.7 * confirmed(confirm=True)


def first_bot_said(run: Run) -> list[Talk]:
    return [talk for talk in talks(run) if talk.bot_said]


def test_who_is_asked_answers_or_leaves() -> None:
    """Three in a hundred leave at a question; the others answer, and the bot goes on from its state."""
    def reply(turn: Turn) -> Reply:
        if turn.state is None:
            return Reply("Which order is it?", question=True, state="asked")
        return Reply("It is on its way.", about="refund", state="answered") if turn.state == "asked" else Reply(hand_over=True)

    every = first_bot_said(played(sure_desk(), policy_of(ANSWERS), reply, 5))
    asked = [talk for talk in every if talk.bot_said[0].text == "Which order is it?"]
    left = [talk for talk in asked if talk.row["reason"] == "dropped_off"]
    assert abs(len(left) / len(asked) - 0.03) < 4.5 * np.sqrt(0.03 * 0.97 / len(asked))
    for talk in asked:
        assert talk in left or (talk.said[2].kind, talk.said[3].text) == ("details", "It is on its way.")


def test_it_hands_over_and_closes_in_its_words_or_the_policy_s() -> None:
    def reply(turn: Turn) -> Reply:
        words = "Goodbye, {name}." if turn.random.random() < 0.5 else ""
        return Reply(words, hand_over=turn.contacts_30d == 0, close=turn.contacts_30d != 0)

    collecting = policy_of(ANSWERS.replace("max_turns: 4", "max_turns: 4\n  collect: plan"))
    every = [talk for talk in first_bot_said(played(busy_desk(), collecting, reply, 6)) if talk.row["reason"] in ("python", "none", "refused")]
    last = {(talk.row["bot_ending"], talk.bot_said[-1].kind, talk.bot_said[-1].text == "Goodbye, {name}.") for talk in every}
    assert {("to_people", "hand_over", True), ("to_people", "message_taken", False), ("left", "closing", True), ("left", "closing", False)} <= last
    assert all(talk.bot_said[0].kind == "collect plan" for talk in every if talk.row["bot_ending"] == "to_people")


def test_alone_at_night_it_lets_nobody_through() -> None:
    alone = policy_of(ANSWERS.replace("after_failures: 3", "after_failures: 3, when_closed: bot_only"))
    closed_ = 0
    heard = []

    def reply(turn: Turn) -> Reply:
        heard.append(turn)
        return Reply(hand_over=True)

    run = played(busy_desk(), alone, reply, 7)
    for talk in first_bot_said(run):
        at_s = np.array([message.at_s for message in talk.customer_said])
        opens = run.desk.is_open(at_s)
        closed_ += int(not opens[0])
        kinds = [message.kind for message in talk.bot_said]
        assert kinds[0] == ("hand_over" if opens[0] else "not_understood")
        assert "message_taken" not in kinds
    assert closed_ > 50
    assert run.replies is not None
    assert {turn.messages[1].text for turn in heard if turn.number == 2} == {run.replies.texts[run.replies.first_fallback]}


def test_who_never_ends_is_ended() -> None:
    endless = policy_of(ANSWERS.replace("when_asked: true, after_failures: 3", "when_asked: false, after_failures: never"))
    run = played(sure_desk(), endless, lambda turn: Reply(f"And then, {turn.number}?", question=True), 1)
    assert max(talk.row["bot_turns"] for talk in talks(run)) == 5
    assert {talk.row["reason"] for talk in talks(run)} == {"turn_limit", "dropped_off"}


def test_replies_with_numbers_in_them_read_alike() -> None:
    """They differ in a figure, and nowhere else."""
    endless = policy_of(ANSWERS.replace("when_asked: true, after_failures: 3", "when_asked: false, after_failures: never"))
    run = played(sure_desk(), endless, lambda turn: Reply(f"I did not find order number {turn.number}, could you say that again?"), 1)
    every = talks(run)
    assert all(talk.row["loop"] for talk in every if talk.row["bot_turns"] > 3)
    assert sum(talk.row["loop"] for talk in every) > 100


PAGE = (Path(__file__).parents[2] / "docs" / "bots.md").read_text(encoding="utf-8")


def test_the_bot_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    (source,) = re.findall(r'^```python\n(""".*?)^```', PAGE, re.MULTILINE | re.DOTALL)
    (bot,) = re.findall(r"^```yaml\n(bot:\n  python:.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "mybot.py").write_text(source)
    (tmp_path / "mine.yaml").write_text(f"policy: mine\n{bot}\n{ROUTING}")
    every = first_bot_said(simulate(busy_desk(), load_policy(tmp_path / "mine.yaml"), 8))
    kinds = {message.kind for talk in every for message in talk.bot_said}
    assert {"answer invoice", "answer how_to", "ask question", "not_understood", "hand_over"} <= kinds
    assert all([message.kind for message in talk.bot_said].count("ask question") <= 1 for talk in every)
    assert any(talk.row["helped"] for talk in every)
    assert "python" not in {talk.row["reason"] for talk in every}


# A bot that cannot be used.

BOT = f"policy: mine\nbot:\n  python: mybot:reply\n  max_turns: 8\n{ROUTING}"


def written(folder: Path, source: str, text: str = BOT) -> Policy:
    (folder / "mybot.py").write_text(f"from deskdrill.rules import Reply, Turn\n\n\n{source}")
    (folder / "mine.yaml").write_text(text)
    return load_policy(folder / "mine.yaml")


def refusal(folder: Path, policy: Policy) -> str:
    with pytest.raises(InputError) as refused:
        simulate(one_desk(), policy, 3)
    (problem,) = refused.value.problems
    assert (problem.place, problem.line, problem.column) == (str(folder / "mine.yaml"), 3, 11)
    return str(problem).removeprefix(f"{folder}/mine.yaml:3:11: ")


def where() -> str:
    """The first turn of that run."""
    said = talks(played(one_desk(), policy_of(ANSWERS), lambda _: Reply("Hm"), 3))[0].said[0].text
    return f"in turn 1 of conversation `mine/0/0.1`, after `{said}`; `--seed 3 --replications 1` comes there again"


MISTAKES: list[tuple[str, str]] = [
    ("1 / 0", "`mybot:reply` raised ZeroDivisionError: division by zero (mybot.py:5), {where}"),
    ("exit(3)", "`mybot:reply` raised SystemExit: 3 (mybot.py:5), {where}"),
    ("next(iter(()), None) or (_ for _ in ()).throw(GeneratorExit('over'))", "`mybot:reply` raised GeneratorExit: over (mybot.py:5), {where}"),
    ("(_ for _ in ()).throw(type('Stop', (BaseException,), {'__module__': 'builtins'})('over'))", "`mybot:reply` raised Stop: over (mybot.py:5), {where}"),
    ("None", "`mybot:reply`: expected a `deskdrill.rules.Reply`, found `None`, {where}"),
    ("'Hello'", "`mybot:reply`: expected a `deskdrill.rules.Reply`, found `Hello`, {where}"),
    ("Reply('')", "`mybot:reply`: the text of a reply is empty (mybot.py:5), {where}"),
    ("Reply(' \\n', hand_over=True)", "`mybot:reply`: the text of a reply is empty (mybot.py:5), {where}"),
    ("Reply()", "`mybot:reply`: the text of a reply is empty (mybot.py:5), {where}"),
    ("Reply(3)", "`mybot:reply`: the text of a reply is a text, found `3` (mybot.py:5), {where}"),
    ("Reply('x' * 5001)", "`mybot:reply`: the text of a reply has at most 5,000 characters, found 5,001 (mybot.py:5), {where}"),
    ("Reply('\\ud800')", "`mybot:reply`: the text of a reply cannot be written as UTF-8, found `'\\ud800'` (mybot.py:5), {where}"),
    ("Reply('a', about=3)", "`mybot:reply`: `about` is an intent or None, found `3` (mybot.py:5), {where}"),
    ("Reply('a', about='refnd')", "`mybot:reply`: a reply about unknown intent `refnd`, {where}; did you mean `refund`?"),
    ("Reply('a', about='talk_to_person')", "`mybot:reply`: a reply about unknown intent `talk_to_person`, {where}"),
    ("Reply('a', article=True)", "`mybot:reply`: an article is about an intent; give `about` (mybot.py:5), {where}"),
    ("Reply('a', about='refund', question=True)", "`mybot:reply`: `about` is for answers and articles, found it with `question` (mybot.py:5), {where}"),
    ("Reply(hand_over=True, close=True)", "`mybot:reply`: a reply does one thing, found `hand_over` and `close` (mybot.py:5), {where}"),
    ("Reply('a', helps=True)", "`mybot:reply` raised TypeError: Reply.__init__() got an unexpected keyword argument 'helps' (mybot.py:5), {where}"),
    ("setattr(turn, 'text', 'b')", "`mybot:reply` raised dataclasses.FrozenInstanceError: cannot assign to field 'text' (mybot.py:5), {where}"),
]


@pytest.mark.parametrize(("reply", "message"), MISTAKES, ids=[reply for reply, _ in MISTAKES])
def test_a_reply_that_is_none_is_one_line_that_names_conversation_and_turn(tmp_path: Path, reply: str, message: str) -> None:
    policy = written(tmp_path, f"def reply(turn):\n    return {reply}\n")
    assert refusal(tmp_path, policy) == message.format(where=where())


def test_a_bot_that_never_comes_back_is_one_line_whatever_it_catches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_bot, "LIMIT_S", 0.2)
    source = "def reply(turn):\n    while True:\n        try:\n            turn.text\n        except Exception:\n            pass\n"
    said = refusal(tmp_path, written(tmp_path, source))
    assert re.sub(r"mybot.py:\d+", "mybot.py:6", said) == f"`mybot:reply` has not come back within 0.2 s (mybot.py:6), {where()}"


def test_each_call_has_its_own_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_bot, "LIMIT_S", 0.4)
    source = "import time\nfrom deskdrill.rules import Reply\ndef reply(turn):\n    time.sleep(0.002)\n    return Reply('Hm')\n"
    assert simulate(one_desk(), written(tmp_path, source), 3).conversations.size > 50


def test_an_async_bot_is_one_line(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    assert refusal(tmp_path, written(tmp_path, "async def reply(turn): ...\n")) == f"`mybot:reply`: is `async`; a bot is a plain function that gives a `deskdrill.rules.Reply`, {where()}"
    assert not recwarn.list


def test_a_reply_of_a_class_of_one_s_own_is_a_reply_if_it_is_whole(tmp_path: Path) -> None:
    source = "from deskdrill.rules import Reply\nclass Mine(Reply):\n    def __init__(self, text): {init}\ndef reply(turn):\n    return Mine('Hm')\n"
    simulate(one_desk(), written(tmp_path, source.format(init="super().__init__(text)")), 3)
    assert refusal(tmp_path, written(tmp_path, source.format(init="pass"))).startswith("`mybot:reply` raised AttributeError: ")


def test_a_bot_that_goes_to_another_folder_leaves_us_where_we_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    source = "import os\nfrom deskdrill.rules import Reply\ndef reply(turn):\n    os.chdir('/')\n    return Reply('Hm')\n"
    simulate(one_desk(), written(tmp_path, source), 3)
    assert Path.cwd() == tmp_path / "here"
    gone = source.replace("os.chdir('/')", "os.path.exists('../here') and os.rmdir('../here')")
    simulate(one_desk(), written(tmp_path, gone), 3)
    assert not (tmp_path / "here").exists()


def test_python_s_and_numpy_s_own_random_numbers_go_by_the_seed_and_are_left_as_they_were(tmp_path: Path) -> None:
    source = "import random\nimport numpy as np\nfrom deskdrill.rules import Reply\ndef reply(turn):\n    return Reply(f'{random.random()} {np.random.rand()}')\n"
    policy = written(tmp_path, source)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    drawn = random.random(), np.random.rand()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    one, other, third = (simulate(one_desk(), policy, seed).replies for seed in (3, 3, 4))
    assert (random.random(), np.random.rand()) == drawn  # noqa: NPY002
    assert one is not None
    assert other is not None
    assert third is not None
    assert one.texts == other.texts != third.texts
    assert len(set(one.texts)) > 50


SOURCES: list[tuple[str, str]] = [
    ("def repy(turn): ...\n", "`mybot:reply`: no `reply` in module `mybot`; did you mean `repy`?"),
    ("reply = 3\n", "`mybot:reply` is no function"),
    ("def reply(:\n", "`mybot:reply` raised SyntaxError: invalid syntax (mybot.py:4)"),
    ("import nowhere_to_be_found\n", "`mybot:reply` raised ModuleNotFoundError: No module named 'nowhere_to_be_found' (mybot.py:4)"),
]


@pytest.mark.parametrize(("source", "message"), SOURCES, ids=[message for _, message in SOURCES])
def test_a_bot_that_is_not_there_is_one_line(tmp_path: Path, source: str, message: str) -> None:
    assert refusal(tmp_path, written(tmp_path, source)) == message


def test_a_module_that_is_missing_is_one_line(tmp_path: Path) -> None:
    policy = written(tmp_path, "", BOT.replace("mybot:reply", "mbot:reply "))
    assert refusal(tmp_path, policy) == "`mbot:reply`: no module `mbot` beside the file, nor one that is installed; did you mean `mybot:reply`?"


def test_nothing_is_imported_before_it_is_used(tmp_path: Path) -> None:
    assert written(tmp_path, "raise RuntimeError('too early')\n").bot == Bot(python=MINE, max_turns=8)


class Offer:
    """An entry point."""

    name, value = "vendor", "vendor.bots:reply"

    def load(self) -> Function:
        return lambda _: Reply("Hello from the vendor")


class Offers(list[Offer]):
    names = frozenset({"vendor"})


def test_a_package_offers_a_bot_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "entry_points", lambda group: Offers([Offer()] * (group == "deskdrill.bots")))
    run = simulate(one_desk(), written(tmp_path, "", BOT.replace("mybot:reply", "vendor")), 3)
    assert "Hello from the vendor" in run.replies.texts  # type: ignore[union-attr]


def test_later_turns_and_replications_are_named(tmp_path: Path) -> None:
    policy = written(tmp_path, "def reply(turn):\n    return Reply('Hm') if turn.number < 2 else None\n")
    with pytest.raises(InputError) as refused:
        simulate(one_desk(), policy, 5, replication=3)
    assert "found `None`, in turn 2 of conversation `mine/3/" in str(refused.value)
    assert str(refused.value).endswith("`--seed 5 --replications 4` comes there again")
    with pytest.raises(InputError) as refused:
        simulate(one_desk(), policy, 5, replication=-1)
    assert str(refused.value).endswith("`--seed 5` comes there again")


STATEFUL = """
calls = 0


def reply(turn):
    global calls
    calls += 1
    return Reply(f"You are number {calls}, {turn.random.random()}.")
"""


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    """Each replication imports the module anew, so that even what it counts is the same."""
    policy = written(tmp_path, STATEFUL)
    for workers in (1, 2):
        run_experiment(one_desk(), (policy,), replications=3, seed=5, workers=workers, out=tmp_path / str(workers))
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.parquet"))
    assert Path("tables/bot_texts/mine-0002.parquet") in files
    for file in files:
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


@pytest.mark.slow
def test_a_bot_that_breaks_in_a_worker_is_one_line_too(tmp_path: Path) -> None:
    policy = written(tmp_path, "def reply(turn):\n    1 / 0\n")
    with pytest.raises(InputError, match=r"mine.yaml:3:11: `mybot:reply` raised ZeroDivisionError: division by zero \(mybot.py:5\), in turn 1"):
        run_experiment(one_desk(), (policy,), replications=3, workers=2)


@pytest.mark.slow
def test_a_worker_that_ends_by_itself_is_one_line(tmp_path: Path) -> None:
    policy = written(tmp_path, "import os\ndef reply(turn):\n    os._exit(3)\n")
    with pytest.raises(WorkersGone, match="a worker process ended by itself: "):
        run_experiment(one_desk(), (policy,), replications=3, workers=2)


@pytest.mark.slow
def test_a_script_without_a_guard_ends_with_one_line(tmp_path: Path) -> None:
    """Its workers run the script again, and end before they have read what is sent to them."""
    (tmp_path / "script.py").write_text(
        "import deskdrill\ndesk = deskdrill.open_desk(deskdrill.load_scenario('saas-week'))\n"
        "deskdrill.run_experiment(desk, (deskdrill.load_policy('careful'),), replications=2, workers=2)\n"
    )
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("deskdrill.simulator.executors.WorkersGone: deskdrill: a worker process ended by itself: ")
