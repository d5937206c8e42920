"""Recognisers that go by the text, phrases or a function of the user's: asked once, told no truth, and refused in one line where they break."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_desks import CAREFUL, SMALL, policy_of, rows_of, scenario_of, small_book

from deskdrill import extensions
from deskdrill.errors import InputError
from deskdrill.scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from deskdrill.scenarios.loading import load_scenario
from deskdrill.scenarios.pool import Kind, phrasebook_pool
from deskdrill.scenarios.scenario import Scenario
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.recognising import recognition_of
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of

Function = Callable[[list[str], list[str]], Any]
NAMES = [*SMALL["intents"], TALK_TO_PERSON, SMALL_TALK]
MINE = "import calls\n\n\ndef guess(texts, intents):\n    return calls.answer(texts, intents)\n"


def scenario_file(folder: Path, recogniser: dict[str, Any]) -> Path:
    path = folder / "mine.yaml"
    path.write_text(json.dumps({**SMALL, "recogniser": recogniser}))
    return path


def written(folder: Path, source: str, function: str = "guess") -> Scenario:
    """A scenario beside a module of the user's."""
    (folder / "ours.py").write_text(source)
    return load_scenario(scenario_file(folder, {"kind": "python", "function": f"ours:{function}"}))


def desk_of(scenario: Scenario) -> Desk:
    pool = phrasebook_pool(scenario, small_book())
    return Desk(scenario, pool, small_book(), recognition_of(scenario, pool))


def with_function(monkeypatch: pytest.MonkeyPatch, function: Function) -> Scenario:
    """A scenario whose recogniser is a function of this process."""
    monkeypatch.setattr("deskdrill.simulator.recognising.extension", lambda *_: function)
    return scenario_of(recogniser={"kind": "python", "function": "ours:guess"})


# Laws.

def test_a_function_is_asked_once_with_distinct_texts_by_alphabet_and_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], list[str]]] = []

    def guess(texts: list[str], intents: list[str]) -> list[Any]:
        asked.append((texts, intents))
        return [(None, 0)] * len(texts)

    desk = desk_of(with_function(monkeypatch, guess))
    ((texts, names),) = asked
    assert texts == sorted(set(desk.pool.texts))
    assert names == NAMES


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_guess_belongs_to_its_text_wherever_that_stands(seed: int) -> None:
    """The pool's order says what a text is about; a function of the texts alone cannot tell."""
    def guess(texts: list[str], intents: list[str]) -> list[Any]:
        return [(intents[sum(text.encode()) % len(intents)], (sum(text.encode()) % 101) / 100) for text in texts]

    with pytest.MonkeyPatch.context() as patched:
        scenario = with_function(patched, guess)
        pool = phrasebook_pool(scenario, small_book())
        order = np.random.default_rng(seed).permutation(len(pool.texts))
        shuffled = dataclasses.replace(pool, texts=tuple(pool.texts[at] for at in order), kinds=pool.kinds[order])
        whole, again = recognition_of(scenario, pool), recognition_of(scenario, shuffled)
    assert whole is not None
    assert again is not None
    np.testing.assert_array_equal(whole.codes[order], again.codes)
    np.testing.assert_array_equal(whole.confidence[order], again.confidence)


@pytest.mark.parametrize("recogniser", [{"kind": "learnt"}, {"kind": "keywords", "intents": {"refund": ["refund"]}}])
def test_an_answer_to_the_bot_s_own_question_is_expected(recogniser: dict[str, Any]) -> None:
    desk = desk_of(scenario_of(recogniser=recogniser))
    answers = desk.pool.kinds == Kind.DETAILS
    assert desk.recognition is not None
    assert (desk.recognition.codes[answers] == NAMES.index(SMALL_TALK)).all()
    assert (desk.recognition.confidence[answers] == 1).all()


def test_a_run_sees_what_the_function_said(tmp_path: Path) -> None:
    source = "def guess(texts, intents):\n    return [('refund', 0.9) if 'refund' in text else (None, 0.3) for text in texts]\n"
    run = simulate(desk_of(written(tmp_path, source)), policy_of(CAREFUL), 3)
    topics = run.desk.scenario.intents
    truth = np.array(list(topics))[run.population.intent[run.conversations.problem]]
    by_guard = run.conversations.guard >= 0
    first = run.conversations.attempt == 1
    assert (by_guard | (truth != "refund") | run.conversations.asked)[first].all()
    assert "recognised" not in tables_of(run)["messages"]


@pytest.mark.parametrize("sure", [0.1, 0.3, 0.7, 0.9, 0.95])
def test_a_confidence_at_a_threshold_reaches_it(tmp_path: Path, sure: float) -> None:
    """What is said to be 70 % sure is so for rules and bot, though it is kept with seven digits."""
    said = f"def guess(texts, intents):\n    return [('refund', {sure})] * len(texts)\n"
    bot = f"bot:\n  answers: {{confidence_at_least: {sure}, confirm: true}}\n"
    rule = f"{{id: sure, when: {{message.confidence: {{gte: {sure}, lte: {sure}}}}}, then: {{route: billing}}}}"
    policy = f"policy: sure\n{bot}rulesets:\n  - name: routing\n    hit_policy: first\n    rules:\n      - {rule}\n    default: {{route: escalation}}\n"
    run = simulate(desk_of(written(tmp_path, said)), policy_of(policy), 3)
    assert run.replies is not None
    first = {row["conversation"]: row for row in reversed(rows_of(tables_of(run)["messages"])) if row["author"] == "bot"}
    assert {run.replies.kinds[row["text_code"]].split()[0] for row in first.values()} == {"answer"}
    assert {row["rule"] for row in rows_of(tables_of(run)["conversations"])} <= {None, "routing.sure"}


def test_a_desk_is_another_where_the_function_says_something_else(tmp_path: Path) -> None:
    one, other = (desk_of(written(tmp_path, f"def guess(texts, intents):\n    return [('refund', {sure})] * len(texts)\n")) for sure in (0.5, 0.6))
    assert one.scenario == other.scenario
    assert one.digest != other.digest


# Phrases.

def test_phrases_stand_in_the_scenario_or_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text('Phrase,Intent\nmoney back,refund\n"bill, please",invoice\nrefund,refund\n')
    inside = {"refund": ["money back", "refund"], "invoice": ["bill, please"]}
    by_file = load_scenario(scenario_file(tmp_path, {"kind": "keywords", "file": "words.csv"}))
    assert by_file == load_scenario(scenario_file(tmp_path, {"kind": "keywords", "intents": inside}))
    assert Scenario.model_validate_json(by_file.model_dump_json(by_alias=True)) == by_file


def test_a_phrase_that_folding_leaves_nothing_of_is_refused_with_its_place() -> None:
    scenario = scenario_of(recogniser={"kind": "keywords", "intents": {"refund": ["a", "\u3164"]}})
    scenario = scenario.model_copy(update={"recogniser": scenario.recogniser.model_copy(update={"intents": {"refund": ("a", "\u200b")}})})
    with pytest.raises(InputError) as refused:
        desk_of(scenario)
    assert str(refused.value) == "small: `recogniser.intents.refund.1`: a phrase needs at least one character that can be seen"


CSV_MISTAKES = [
    ("intent,phrase\nrefnd,money back\n", "words.csv:2:1: unknown intent `refnd`; did you mean `refund`?"),
    ("intent,phrase\n,money back\n", "words.csv:2:1: no intent"),
    ("intent,phrase\nrefund,\n", "words.csv:2:1: a phrase needs at least one character that can be seen"),
    ("intent,phrases\nrefund,x\n", "words.csv:1:1: no column `phrase` among `intent`, `phrases`; did you mean `phrases`?"),
    ("", "words.csv:1:1: no column `intent` among nothing\nwords.csv:1:1: no column `phrase` among nothing"),
    ("intent,phrase\ninvoice,bill, please\n", "words.csv:2:1: 3 cells under 2 columns; a phrase with a comma in it stands in double quotes"),
    ("intent,phrase\n", "words.csv:1:1: no phrases"),
    ("intent;phrase\nrefund;x\n", "words.csv:1:1: no columns but `intent;phrase`; columns are parted by commas"),
    ('intent,phrase\nrefund,"x\n', "words.csv:2:1: not readable as CSV: unexpected end of data"),
]


@pytest.mark.parametrize(("content", "message"), CSV_MISTAKES, ids=[content for content, _ in CSV_MISTAKES])
def test_a_mistake_in_the_file_of_phrases_is_one_line_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, message: str) -> None:
    (tmp_path / "words.csv").write_text(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        load_scenario(scenario_file(Path(), {"kind": "keywords", "file": "words.csv"}))
    assert str(refused.value) == message


def test_a_file_of_phrases_that_is_missing_is_reported_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text("intent,phrase\n")
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(SMALL)[:-1] + ",\n recogniser: {kind: keywords, file: wrds.csv}}")
    with pytest.raises(InputError) as refused:
        load_scenario(path)
    assert str(refused.value) == f"{path}:2:37: `wrds.csv`: no such file; did you mean `words.csv`?"


# A function that cannot be used.

def refusal(scenario: Scenario) -> str:
    with pytest.raises(InputError) as refused:
        desk_of(scenario)
    (problem,) = refused.value.problems
    return str(problem).removeprefix(f"{problem.place}:{problem.line}:{problem.column}: ").removeprefix("<text>: ")


ANSWERS: list[tuple[str, str]] = [
    ("None", "`ours:guess` gave `None`; expected a pair of intent and confidence for each text"),
    ("'refund'", "`ours:guess` gave `refund`; expected a pair of intent and confidence for each text"),
    ("[('refund', 1)]", "`ours:guess` gave 1 answers, and there are {texts} texts; the first without one is `{second}`"),
    ("[('refund', 1)] * 9999", "`ours:guess` gave 9,999 answers, and there are {texts} texts; the last is `{last}`"),
    ("[('refund', 1)] + [('refnd', 1)] * (len(texts) - 1)", "`ours:guess` gave, for the text `{second}`, the unknown intent `refnd`; so it is with {rest} more; did you mean `refund`?"),
    ("[('refund', 1)] * (len(texts) - 1) + [('refund', 1.5)]", "`ours:guess` gave, for the text `{last}`, the confidence `1.5`, which is no number from 0 to 1"),
    ("[('refund', 1)] * (len(texts) - 1) + [('refund', float('nan'))]", "`ours:guess` gave, for the text `{last}`, the confidence `nan`, which is no number from 0 to 1"),
    ("[('refund', 1)] * (len(texts) - 1) + [('refund', None)]", "`ours:guess` gave, for the text `{last}`, the confidence `None`, which is no number from 0 to 1"),
    ("[('refund', 1)] * (len(texts) - 1) + [(3, 1)]", "`ours:guess` gave, for the text `{last}`, `(3, 1)`, which is no pair of intent and confidence"),
    ("[('refund', 1)] * (len(texts) - 1) + ['ab']", "`ours:guess` gave, for the text `{last}`, `ab`, which is no pair of intent and confidence"),
    ("[('refund', 1)] * (len(texts) - 1) + [None]", "`ours:guess` gave, for the text `{last}`, `None`, which is no pair of intent and confidence"),
    ("[('refund', 1)] * (len(texts) - 1) + [('refund', '0.5')]", "`ours:guess` gave, for the text `{last}`, the confidence `'0.5'`, which is no number from 0 to 1"),
    ("[('refund', 10**400)] + [('refund', 1)] * (len(texts) - 1)", "`ours:guess` gave, for the text `{first}`, the confidence `10000000000000000000000000000000000000000000000000000000000…`, which is no number from 0 to 1"),
    ("[('refund', 1)] * (len(texts) - 1) + [{'intent': 'refund', 'sure': 1}]", "`ours:guess` gave, for the text `{last}`, `{{'intent': 'refund', 'sure': 1}}`, which is no pair of intent and confidence"),
    ("[('refund', 1)] * (len(texts) - 1) + [frozenset({'refund'})]", "`ours:guess` gave, for the text `{last}`, `frozenset({{'refund'}})`, which is no pair of intent and confidence"),
    ("[('refund', 1)] * (len(texts) - 1) + [('refund', 1, 1)]", "`ours:guess` gave, for the text `{last}`, `('refund', 1, 1)`, which is no pair of intent and confidence"),
    ("3", "`ours:guess` gave `3`; expected a pair of intent and confidence for each text"),
    ("len", "`ours:guess` gave `<built-in function len>`; expected a pair of intent and confidence for each text"),
    ("[('refund', 10**5000)] + [('refund', 1)] * (len(texts) - 1)", "`ours:guess` gave, for the text `{first}`, the confidence `<int>`, which is no number from 0 to 1"),
    ("{'refund': 1}", "`ours:guess` gave `{{'refund': 1}}`; expected a pair of intent and confidence for each text"),
    ("[(1 / 0 for _ in 'ab') for text in texts]", "`ours:guess` raised ZeroDivisionError: division by zero (ours.py:2)"),
    ("1 / 0", "`ours:guess` raised ZeroDivisionError: division by zero (ours.py:2)"),
    ("(1 / 0 for text in texts)", "`ours:guess` raised ZeroDivisionError: division by zero (ours.py:2)"),
    ("exit(3)", "`ours:guess` raised SystemExit: 3 (ours.py:2)"),
]


@pytest.mark.parametrize(("answer", "message"), ANSWERS, ids=[answer for answer, _ in ANSWERS])
def test_an_answer_that_is_none_is_one_line_that_names_the_text(tmp_path: Path, answer: str, message: str) -> None:
    scenario = written(tmp_path, f"def guess(texts, intents):\n    return {answer}\n")
    texts = sorted(set(phrasebook_pool(scenario, small_book()).texts))
    expected = message.format(texts=f"{len(texts):,}", first=texts[0], second=texts[1], last=texts[-1], rest=f"{len(texts) - 2:,}")
    assert refusal(scenario) == expected


SOURCES: list[tuple[str, str, str]] = [
    ("def gues(texts, intents): ...\n", "ours:guess", "`ours:guess`: no `guess` in module `ours`; did you mean `gues`?"),
    ("guess = 3\n", "ours:guess", "`ours:guess` is no function"),
    ("def guess(:\n", "ours:guess", "`ours:guess` raised SyntaxError: invalid syntax (ours.py:1)"),
    ("import nowhere_to_be_found\n", "ours:guess", "`ours:guess` raised ModuleNotFoundError: No module named 'nowhere_to_be_found' (ours.py:1)"),
    ("raise OSError('model.bin')\n", "ours:guess", "`ours:guess` raised OSError: model.bin (ours.py:1)"),
    ("def guess(texts, intents):\n    error = ValueError('no model')\n    error.add_note('see the manual')\n    raise error\n", "ours:guess", "`ours:guess` raised ValueError: no model (ours.py:4)"),
    ("", "our:guess", "`our:guess`: no module `our` beside the file, nor one that is installed; did you mean `ours:guess`?"),
    ("", "xyz.abc:guess", "`xyz.abc:guess`: no module `xyz.abc` beside the file, nor one that is installed"),
    ("", "ours", "no package offers `ours` (entry points `deskdrill.recognisers`); a function is `module:attribute`"),
]


@pytest.mark.parametrize(("source", "function", "message"), SOURCES, ids=[message for *_, message in SOURCES])
def test_a_function_that_is_not_there_is_one_line(tmp_path: Path, source: str, function: str, message: str) -> None:
    (tmp_path / "ours.py").write_text(source)
    assert refusal(load_scenario(scenario_file(tmp_path, {"kind": "python", "function": function}))) == message


@pytest.mark.parametrize("function", ["", ".ours:guess", "..:guess", "ours.:guess", "ours:guess()", "ours:", "/etc/ours:guess", "ours guess", ":guess"])
def test_a_name_that_can_be_no_function_s_is_refused_with_its_place(tmp_path: Path, function: str) -> None:
    (tmp_path / "ours.py").write_text("def guess(texts, intents): ...\n")
    with pytest.raises(InputError) as refused:
        load_scenario(scenario_file(tmp_path, {"kind": "python", "function": function}))
    (problem,) = refused.value.problems
    assert problem.message == f"expected `module:function`, or what a package offers by name, found `{function}`"


def test_a_function_that_breaks_is_reported_where_the_scenario_names_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(SMALL)[:-1] + ",\n recogniser: {kind: python, function: 'ours:guess'}}")
    (tmp_path / "ours.py").write_text("def guess(texts, intents):\n    raise ValueError('no model')\n")
    with pytest.raises(InputError) as refused:
        open_desk(load_scenario(path))
    assert str(refused.value) == f"{path}:2:39: `ours:guess` raised ValueError: no model (ours.py:2)"


def test_nothing_is_imported_before_it_is_used(tmp_path: Path) -> None:
    assert written(tmp_path, "raise RuntimeError('too early')\n").recogniser.kind == "python"


def test_a_function_may_print_and_import_its_neighbours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "calls.py").write_text("def answer(texts, intents):\n    print('asked')\n    return [(None, 0)] * len(texts)\n")
    desk_of(written(tmp_path, MINE))
    assert capsys.readouterr() == ("", "asked\n")


def test_two_folders_have_modules_of_one_name(tmp_path: Path) -> None:
    confidences = []
    for sure in (0.25, 0.75):
        folder = tmp_path / str(sure)
        folder.mkdir()
        recognition = desk_of(written(folder, f"def guess(texts, intents):\n    return [('refund', {sure})] * len(texts)\n")).recognition
        assert recognition is not None
        confidences.append(recognition.confidence[0])
    assert confidences == [0.25, 0.75]


class Offer:
    """An entry point."""

    def __init__(self, value: str) -> None:
        self.name, self.value = "vendor", value

    def load(self) -> Function:
        return lambda texts, _: [("invoice", 0.5)] * len(texts)


class Offers(list[Offer]):
    names = frozenset({"vendor"})


def test_a_package_offers_a_recogniser_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "entry_points", lambda **_: Offers([Offer("vendor.model:guess")]))
    recognition = desk_of(scenario_of(recogniser={"kind": "python", "function": "vendor"})).recognition
    assert recognition is not None
    assert recognition.codes[0] == 1
    assert refusal(scenario_of(recogniser={"kind": "python", "function": "vendr"})).endswith("did you mean `vendor`?")


def test_two_offers_of_one_name_are_refused_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "entry_points", lambda **_: Offers([Offer("a:guess"), Offer("b:guess")]))
    assert refusal(scenario_of(recogniser={"kind": "python", "function": "vendor"})) == "`vendor` is offered by `a:guess` and `b:guess`; name one of them"
