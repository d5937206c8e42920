"""`deskdrill recogniser`: how good it is, what its mistakes do to a policy, and one line for whatever is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deskdrill.reports.recogniser_sweep import sweep_data, sweep_text
from deskdrill.rules import load_policy
from deskdrill.simulator.leaks import Leak
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.sweep import Outcome, Sweep

Told = Callable[..., str]
Refused = Callable[..., list[str]]
GUARDED = """\
policy: guarded
about: A bot that keeps away from prices.
guards:
  - {id: prices, when: {message.intent: pricing}, forbid: bot}
  - {id: starters, when: {customer.plan: starter}, forbid: bot}
bot:
  answers: {confidence_at_least: 0, confirm: true}
rulesets: []
"""
CONFUSION = "recogniser: {kind: confusion, right: 80%, unknown: 10%, rows: {refund: {refund: 70%, how_to: 20%}}, asks_for_person: 95%}\n"


@pytest.fixture
def desk(workspace: Path) -> Path:
    (workspace / "guarded.yaml").write_text(GUARDED)
    (workspace / "matrix.yaml").write_text((workspace / "tiny.yaml").read_text() + CONFUSION)
    return workspace


def with_recogniser(desk: Path, recogniser: str) -> None:
    (desk / "mine.yaml").write_text((desk / "tiny.yaml").read_text() + f"recogniser: {recogniser}\n")


def words(text: str) -> str:
    return " ".join(text.split())


# How good it is.

def test_a_learnt_recogniser_is_measured_on_texts_that_it_has_not_learnt_from(desk: Path, told: Told) -> None:
    text = words(told("recogniser", "tiny.yaml"))
    assert text.startswith("The recogniser of tiny (learnt) is right about ")
    assert "of first messages about a problem (95% interval " in text
    assert "those about problems made from 24 wordings that the scenario teaches nobody" in text
    assert "of requests for a person for what they are (95% interval" in text
    assert "90% and more" in text
    assert "The largest mistakes, by how often first messages are such" in text


def test_the_json_has_the_whole_matrix(desk: Path, told: Told) -> None:
    found = json.loads(told("recogniser", "tiny.yaml", "--format", "json"))
    assert list(found) == ["scenario", "recogniser", "source", "seed", "accuracy", "no_guess", "requests_for_a_person_recognised", "intents", "confusion", "mistakes", "calibration"]
    matrix = np.array(found["confusion"]["messages"])
    assert found["confusion"]["about"] == ["how_to", "pricing", "refund", "talk_to_person", "small_talk"]
    assert found["confusion"]["recognised_as"] == [*found["confusion"]["about"], None]
    assert matrix.shape == (5, 6)
    assert matrix[:3].sum(axis=1).tolist() == [20, 20, 20]
    assert [each["recall"]["share"] for each in found["intents"][:3]] == pytest.approx(np.diagonal(matrix)[:3] / 20)
    assert sum(each["texts"] for each in found["mistakes"]) == matrix.sum() - np.trace(matrix)
    assert found["intents"][-1]["precision"] == {"share": None, "low": None, "high": None, "of": 0, "origins": 0}
    assert len(found["calibration"]["bands"]) == 10
    assert found["confusion"]["given"] is None


def test_real_messages_are_each_their_own(desk: Path, told: Told) -> None:
    text = words(told("recogniser", "tiny.yaml", "--messages", "messages.csv"))
    assert "Measured on 9 messages of the test rows, which it has not learnt from" in text
    found = json.loads(told("recogniser", "tiny.yaml", "--messages", "messages.csv", "--format", "json"))
    assert found["accuracy"]["origins"] == 9
    assert found["accuracy"]["low"] < found["accuracy"]["share"]


def test_a_matrix_is_shown_beside_what_a_week_drew(desk: Path, told: Told) -> None:
    text = told("recogniser", "matrix.yaml", "--seed", "3")
    assert "first messages of one simulated week (seed 3), with the matrix of the scenario" in words(text)
    refund = next(line for line in text.splitlines() if line.startswith("refund  "))
    assert refund.split()[2] == "70.0%"
    (small_talk,) = (line for line in text.splitlines() if line.startswith("small_talk"))
    assert small_talk.split() == ["small_talk", "0", "100.0%", "-", "-", "-", "-", "-"]
    found = json.loads(told("recogniser", "matrix.yaml", "--seed", "3", "--format", "json"))
    assert found["confusion"]["given"][2] == pytest.approx([0.2, 0, 0.7, 0, 0, 0.1])
    assert found["seed"] == 3
    assert all(each["example"] is None for each in found["mistakes"])
    assert told("recogniser", "matrix.yaml", "--seed", "3") == text
    assert told("recogniser", "matrix.yaml", "--seed", "4") != text


def test_phrases_and_functions_are_measured_too(desk: Path, told: Told) -> None:
    with_recogniser(desk, "{kind: keywords, intents: {refund: [refund, money], pricing: [price, cost]}}")
    text = words(told("recogniser", "mine.yaml"))
    assert text.startswith("The recogniser of tiny (keywords) is right about ")
    assert "It takes 0.0% of requests for a person for what they are (95% interval 0 to " in text
    # Phrases of one intent make it 90 % sure: in the last band, and at the last threshold.
    assert re.search(r"90% to 100% [1-9]", text)
    assert re.search(r"90% and more [1-9]", text)
    (desk / "ours.py").write_text("def guess(texts, intents):\n    return [(None, 0)] * len(texts)\n")
    with_recogniser(desk, "{kind: python, function: 'ours:guess'}")
    text = words(told("recogniser", "mine.yaml"))
    assert "is right about 0.0% of first messages about a problem (95% interval 0 to " in text
    assert "It never has a guess." in text


def test_a_recogniser_without_a_mistake_is_told_so(desk: Path, told: Told) -> None:
    with_recogniser(desk, "{kind: confusion, right: 100%}")
    text = told("recogniser", "mine.yaml")
    assert text.endswith("It makes no mistake on these messages.\n")
    assert "is right about 100.0% of first messages about a problem (95% interval 9" in words(text)


# What its mistakes do.

SWEEP = ("recogniser", "tiny.yaml", "--policy", "guarded.yaml", "--replications", "3", "--accuracies", "80%,50%", "--workers", "1")


def test_a_policy_is_tried_with_better_and_worse_recognisers(desk: Path, told: Told) -> None:
    text = told(*SWEEP)
    assert words(text).startswith("guarded on tiny: the same customers (3 replications, seed 1) with the scenario's own recogniser (learnt, ")
    assert "with recognisers that are right about 80% and 50%, and with one that is never wrong." in words(text)
    assert "guard prices" in text
    assert "intent pricing" in text
    assert "Leaked: conversations in which the bot answered or suggested an article / conversations from which it should" in words(text)
    assert max(map(len, text.splitlines())) <= 100


def test_the_json_of_a_sweep_has_every_setting(desk: Path, told: Told) -> None:
    found = json.loads(told(*SWEEP, "--format", "json"))
    assert [each["name"] for each in found["settings"]] == ["never wrong", "80%", "50%", "its own"]
    assert [each["accuracy"] for each in found["settings"]] == [1.0, 0.8, 0.5, None]
    assert [each["recogniser"] for each in found["settings"]] == ["confusion"] * 3 + ["learnt"]
    assert found["settings"][0]["recognised_rightly"]["value"] == 1
    assert [each["name"] for each in found["guards"]] == ["prices", "starters"]
    assert [each["name"] for each in found["sensitive_intents"]] == ["pricing"]
    assert found["guards"][0]["settings"][0]["leaked"] == 0
    assert found["guards"][0]["settings"][2]["share"]["value"] > 0.1
    assert found["first_guards"] == ["prices"]
    assert json.loads(told(*SWEEP, "--format", "json")) == found


def test_policies_without_guards_or_without_a_bot_have_nothing_to_leak(desk: Path, told: Told) -> None:
    few = ("--replications", "2", "--accuracies", "70%", "--workers", "1")
    text = told("recogniser", "tiny.yaml", "--policy", "blocker.yaml", *few)
    assert "blocker has no guards that could leak." in text
    assert "misroute_rate" in text.split("left out, as there was nothing to count: ")[1].splitlines()[0]
    text = told("recogniser", "tiny.yaml", "--policy", "people.yaml", *few)
    assert "people has no bot, so nothing can leak to it." in text
    assert "Leaks:" not in text


def test_one_replication_tells_nothing_for_sure(desk: Path, told: Told) -> None:
    text = told("recogniser", "tiny.yaml", "--policy", "guarded.yaml", "--replications", "1", "--accuracies", "50%")
    assert "Which guard leaks first: cannot tell, as one replication has no intervals." in words(text)


# What is said of which leaks first, by leaks made up.

def sweep_of(*guards: tuple[int, int, int]) -> Sweep:
    """A sweep over 100 %, 90 % and 80 % in which of 10,000 conversations so many leak, two replications alike but for one."""
    from deskdrill.reports.inputs import read_inputs

    policy = load_policy(Path("guarded.yaml"))
    inputs = read_inputs("tiny.yaml", (), None)
    values = np.zeros(len(METRICS))
    outcomes = tuple(
        tuple(
            Outcome(values, 1.0, 1.0, tuple(Leak(10_000, each[setting] + (replication if each[setting] else 0)) for each in guards), (Leak(10, 0),), "")
            for replication in range(2)
        )
        for setting in range(3)
    )
    return Sweep(inputs.desk, policy, 1, 2, (1.0, 0.9, 0.8, None), (*outcomes, outcomes[-1]), None)


TELLS = [
    (((0, 200, 400), (0, 0, 0)), "The guard that leaks first is `prices` once 5.0% are recognised wrongly (95% interval 4.8 to 5.2%): from then on 1% more of the conversations that should be kept from the bot get through than where none is recognised wrongly. The other one: later, or not up to 20%."),
    (((0, 200, 400), (0, 198, 400)), "Which guard leaks first: cannot tell, as intervals overlap: `prices` once 5.0% are recognised wrongly (95% interval 4.8 to 5.2%), `starters` once 5.0% are recognised wrongly (95% interval 4.9 to 5.2%) (1% more"),
    (((0, 0, 0), (0, 10, 50)), "No guard leaks: up to 20% of messages recognised wrongly, in no case 1% more of the conversations that should be kept from the bot get through than where none is recognised wrongly."),
    (((0, 0, 96), (0, 0, 0)), "Whether any guard leaks: cannot tell; perhaps `prices` beyond what was tried (95% interval 19.7% or more) (1% more of"),
    (((300, 300, 300), (0, 0, 0)), "No guard leaks: up to 20%"),
]  # fmt: skip


@pytest.mark.parametrize(("guards", "sentence"), TELLS, ids=[sentence[:40] for _, sentence in TELLS])
def test_which_leaks_first_is_said_as_far_as_it_is_known(desk: Path, guards: Any, sentence: str) -> None:
    assert sentence in words(sweep_text(sweep_of(*guards), 0.01, 100))


def test_nothing_that_leaked_has_a_bound_and_nobody_to_keep_has_no_share(desk: Path) -> None:
    text = sweep_text(sweep_of((0, 200, 400), (0, 0, 0)), 0.01, 200)
    (starters,) = (line for line in text.splitlines() if line.startswith("guard starters"))
    assert starters.split("  ")[-1].strip() == "0% ≤0.02%"
    assert "±0.0 " not in text
    json.dumps(sweep_data(sweep_of((0, 200, 400), (0, 0, 0)), 0.01), allow_nan=False)


# What is wrong.

MISTAKES = [
    (("--accuracies", "80%"), "deskdrill recogniser: `--accuracies` says what to try a policy with; name one with `--policy` (`deskdrill recogniser --help` explains)"),
    (("--leak", "2%"), "deskdrill recogniser: `--leak` says what to try a policy with; name one with `--policy` (`deskdrill recogniser --help` explains)"),
    (("--policy", "guarded.yaml", "--accuracies", "95"), "deskdrill recogniser: `--accuracies`: a share is at most 1, found `95`; did you mean `95%`? (`deskdrill recogniser --help` explains)"),
    (("--policy", "guarded.yaml", "--accuracies", "100%"), "deskdrill recogniser: `--accuracies`: a recogniser that is never wrong is tried in any case; name an accuracy below 100% (`deskdrill recogniser --help` explains)"),
    (("--policy", "guarded.yaml", "--accuracies", ",".join(f"{each}%" for each in range(30))), "deskdrill recogniser: `--accuracies`: at most 20 accuracies, found 30 (`deskdrill recogniser --help` explains)"),
    (("--policy", "guarded.yaml", "--leak", "0"), "deskdrill recogniser: `--leak`: expected a share above 0, such as `1%` (`deskdrill recogniser --help` explains)"),
    (("--policy", "gurded.yaml"), "gurded.yaml: no such file; did you mean `guarded.yaml`?"),
    (("--policy", "tiny.yaml"), "tiny.yaml:1:1: this is a scenario, not a policy; only the first name is a scenario"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "line"), MISTAKES, ids=[line[:70] for _, line in MISTAKES])
def test_a_mistake_is_one_line(desk: Path, refused: Refused, options: tuple[str, ...], line: str) -> None:
    assert refused("recogniser", "tiny.yaml", *options) == [line]


@pytest.mark.parametrize("command", [("recogniser", "mine.yaml"), ("run", "mine.yaml", "people.yaml")])
def test_a_function_that_breaks_is_one_line_where_the_scenario_names_it(desk: Path, refused: Refused, command: tuple[str, ...]) -> None:
    (desk / "ours.py").write_text("def guess(texts, intents):\n    raise ValueError('no model\\nhere')\n")
    with_recogniser(desk, "{kind: python, function: 'ours:guess'}")
    line = (desk / "tiny.yaml").read_text().count("\n") + 1
    assert refused(*command) == [f"mine.yaml:{line}:38: `ours:guess` raised ValueError: no model\\nhere (ours.py:2)"]


def test_a_scenario_with_a_function_is_found_from_anywhere(desk: Path, told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    (desk / "ours.py").write_text("def guess(texts, intents):\n    return [('refund', 0.5)] * len(texts)\n")
    with_recogniser(desk, "{kind: python, function: 'ours:guess'}")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    told("run", str(desk / "mine.yaml"), str(desk / "people.yaml"), "--replications", "2", "--workers", "2", "--out", "out")
    assert "recognised as refund, 50% sure" in told("transcripts", "out", told("transcripts", "out", "--limit", "1", "--format", "json").split('"id": "')[1].split('"')[0])
    assert "ours:guess" in Path("out/scenario.json").read_text()
