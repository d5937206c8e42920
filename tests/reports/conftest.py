"""A desk that is small enough to be simulated in a moment, and two policies for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main
from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.replications import run_experiment

SCENARIO = """\
scenario: tiny
about: A small desk for tests.
start: 2026-03-02
time_zone: Europe/London
days: 2

arrivals:
  per_week: 1400
  by_hour: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]

segments:
  standard:
    share: 70%
    facts:
      plan: {starter: 1}
      tenure: {mean: 300d}
    temperament: &temperament
      patience:
        live: {shape: exponential, mean: 5m}
        told: {shape: exponential, mean: 12m}
        inbox: {shape: exponential, median: 8h}
      tolerance_median: 3
      asks_for_person_first: 6%
      spent_asks: 60%
      refused_leaves: 35%
      refused_repeats: 3
      helped_confirms: 40%
      unhelped: {says_no: 35%, asks: 25%, silent: 40%}
      recontacts_if_unsolved: 62%
      loss: {silent_unsolved: 10%, loop_or_refused: 12%, abandoned: 10%, second_wrong_inbox: 4%}
    intents: {how_to: 60%, refund: 40%}
  trial:
    share: 30%
    facts:
      plan: {trial: 1}
      tenure: {mean: 6d}
    temperament: *temperament
    intents: {how_to: 70%, pricing: 30%}

intents:
  how_to: {team: frontline, work: {mean: 9m}, bot_solves: 55%, article_solves: 50%}
  pricing: {team: frontline, work: {mean: 7m}, bot_solves: 40%, sensitive: true, pages: {/pricing: 1}}
  refund: {team: billing, work: {mean: 10m}, bot_solves: 30%, pages: {/billing: 1}}

teams:
  frontline: {staffing: {always: 2}, concurrency: 2}
  billing: {staffing: {Mon-Fri 08-20: 2}, concurrency: 2}
  triage: {staffing: {always: 1}, concurrency: 2}

escalation: {team: triage}
protected: {segments: [trial], plans: [trial]}
returns: {at_most: 2}
messages: {texts_per_intent: 20, labels: {manual: how_to, price: pricing, money_back: refund}}

sources:
  arrivals: {measured: the ticket system}
  teams.*.staffing: {published: a roster on the wall}
  segments: {assumed: a guess}
"""
PEOPLE = """\
policy: people
about: Everybody meets a person.
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - id: money
        why: billing knows about money
        when: {message.intent: refund}
        then: {route: billing}
      - id: rest
        why: frontline knows the rest
        then: {route: frontline}
    default: {route: escalation}
"""
BLOCKER = """\
policy: blocker
about: Nobody meets a person.
bot:
  answers: {confidence_at_least: 0, confirm: false}
  hand_over: {when_asked: false, after_failures: never}
  max_turns: 6
  at_max_turns: close
rulesets: []
"""
MESSAGES = "text,label,split\n" + "".join(
    f"{text} {number},{label},{split}\n"
    for text, label in (
        ("how do i export", "manual"),
        ("what is the price", "price"),
        ("money back please", "money_back"),
    )
    for number, split in enumerate(("train",) * 6 + ("test",) * 3)
)


FILES = {"tiny.yaml": SCENARIO, "people.yaml": PEOPLE, "blocker.yaml": BLOCKER, "messages.csv": MESSAGES}


@pytest.fixture(scope="session")
def desk_files() -> dict[str, str]:
    """The small desk, its policies and messages: file names and texts."""
    return FILES


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with these files; it is the current one."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Both policies on the small desk, four times."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    desk = open_desk(load_scenario(folder / "tiny.yaml"))
    policies = (load_policy(folder / "people.yaml"), load_policy(folder / "blocker.yaml"))
    return run_experiment(desk, policies, 4)


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Runs the command line, which must end with exit code 2 and say nothing on stdout; gives the lines of stderr."""

    def lines(*argv: str) -> list[str]:
        code = main(argv)
        said = capsys.readouterr()
        assert (code, said.out) == (2, "")
        return said.err.splitlines()

    return lines


@pytest.fixture(autouse=True)
def _same_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when nobody says how wide the terminal is, whatever runs the tests says of its own."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs the command line, which must end well and say nothing on stderr; gives stdout."""

    def text(*argv: str, code: int = 0) -> str:
        ended = main(argv)
        said = capsys.readouterr()
        assert (ended, said.err) == (code, "")
        return said.out

    return text
