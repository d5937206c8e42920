"""A policy with a bot in Python, from the command line: run, kept, shown, checked, and refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.simulator.run_folder import RunFolder

Told = Callable[..., str]
Refused = Callable[..., list[str]]
POLICY = """\
policy: mine
bot:
  python: mybot:reply
  max_turns: 4
rulesets: []
"""
HOSTILE = "<script>alert('x')</script> =1+1 {opens}\\x00\\x1b[31m\\nsecond line, İstanbul \\U0001F600"
BOT = f"""\
from deskdrill.rules import Reply, Turn


def reply(turn: Turn) -> Reply:
    print("asked")
    text = "{HOSTILE}" + f" {{turn.random.random()}}"
    return Reply(text, about=turn.intent) if turn.intent in turn.covered else Reply("Hm, what?", question=True)
"""
ONCE = ("--replications", "1", "--workers", "1")


@pytest.fixture
def desk(workspace: Path) -> Path:
    (workspace / "mine.yaml").write_text(POLICY)
    (workspace / "mybot.py").write_text(BOT)
    return workspace


def test_a_run_folder_shows_what_it_said_and_nothing_of_it_is_taken_for_markup(desk: Path, capsys: pytest.CaptureFixture[str], told: Told) -> None:
    from deskdrill.reports.cli.main import main

    assert main(["compare", "tiny.yaml", "blocker.yaml", "mine.yaml", "--replications", "2", "--workers", "1", "--out", "out"]) == 0
    said = capsys.readouterr()
    assert set(said.err.splitlines()) == {"asked"}
    assert "asked\n" not in said.out
    report = Path("out/report.html").read_text()
    assert "<script>alert" not in report
    assert "&lt;script&gt;alert" in report
    assert sorted(path.name for path in Path("out/tables/bot_texts").iterdir()) == ["mine-0000.parquet", "mine-0001.parquet"]
    for replication in (0, 1):
        row = RunFolder(Path("out")).rows(
            "SELECT c.problem, t.text FROM messages m JOIN conversations c USING (policy, replication, conversation)"
            " JOIN texts t ON t.author = m.author AND t.text_code = m.text_code AND t.bot_of = m.policy"
            " WHERE m.author = 'bot' AND t.kind LIKE 'answer %' AND c.attempt = 1 ORDER BY c.problem LIMIT 1",
            (),
            f"mine-{replication:04d}",
        )[0]
        assert row["text"].startswith("<script>alert('x')</script> =1+1 {opens}\x00\x1b[31m\nsecond line, İstanbul 😀 0.")
        shown = told("transcripts", "out", f"mine/{replication}/{row['problem']}.1")
        assert "<script>alert('x')</script> =1+1 {opens}" in shown
        assert row["text"].split()[-1] in shown
        assert "\x1b" not in shown
        assert "\x00" not in shown
    results = json.loads(Path("out/results.json").read_text())
    assert results["metrics"]["mine"]["helped_by_bot_rate"]["value"] > 0


BREAKS = [
    ("def reply(turn):\n    return None\n", "mine.yaml:3:11: `mybot:reply`: expected a `deskdrill.rules.Reply`, found `None`, in turn 1 of conversation `mine/0/0.1`, after `"),
    ("def reply(turn):\n    return {}['x']\n", "mine.yaml:3:11: `mybot:reply` raised KeyError: 'x' (mybot.py:2), in turn 1 of conversation `mine/0/0.1`, after `"),
    ("def repyl(turn): ...\n", "mine.yaml:3:11: `mybot:reply`: no `reply` in module `mybot`; did you mean `repyl`?"),
]


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize(("source", "message"), BREAKS, ids=[message for _, message in BREAKS])
def test_a_bot_that_breaks_is_one_line_and_nothing_is_written(desk: Path, refused: Refused, source: str, message: str, command: str) -> None:
    (desk / "mybot.py").write_text(source)
    others = ["people.yaml"] * (command == "compare")
    (line,) = refused(command, "tiny.yaml", *others, "mine.yaml", *ONCE, "--out", "out")
    assert line.startswith(message)
    assert not (desk / "out").exists()


@pytest.mark.slow
def test_a_bot_that_breaks_in_a_worker_is_one_line(desk: Path, refused: Refused) -> None:
    (desk / "mybot.py").write_text("def reply(turn):\n    raise RuntimeError('no model\\nat all')\n")
    (line,) = refused("run", "tiny.yaml", "mine.yaml", "--replications", "4", "--workers", "2", "--out", "out")
    assert line.startswith("mine.yaml:3:11: `mybot:reply` raised RuntimeError: no model")
    assert not (desk / "out").exists()


def test_check_says_what_it_did_not_look_into(desk: Path, told: Told) -> None:
    (desk / "mybot.py").write_text("raise RuntimeError('imported')\n")
    analysed = "what `mybot:reply` does is not analysed: whether it answers, and what"
    assert told("check", "mine.yaml").splitlines()[0] == f"mine.yaml:3:11: info G404: {analysed}"
    (desk / "mine.yaml").write_text(POLICY.replace("max_turns: 4", "hand_over: {when_asked: false, after_failures: never}"))
    assert told("check", "mine.yaml").splitlines()[0] == (
        f"mine.yaml:3:11: warning G404: {analysed}; nor whether it lets anybody through to a person, which `hand_over` does neither on "
        "being asked nor on failing (S502); set `hand_over: {when_asked: true}`"
    )


def test_describe_and_schema_speak_of_it(desk: Path, told: Told) -> None:
    assert "- does in each turn what mybot:reply, a function in Python, says;" in told("describe", "mine.yaml")
    schema = json.loads(told("schema", "policy"))
    assert "deskdrill.rules.Turn" in schema["$defs"]["BotFile"]["properties"]["python"]["description"]


MISTAKES = [
    ("python: mybot:reply", "python: my bot", "mine.yaml:3:11: expected `module:function`, or what a package offers by name, found `my bot`"),
    ("python: mybot:reply", "python: 3", 'mine.yaml:3:11: expected text, found the number `3`; did you mean `"3"`?'),
    ("max_turns: 4", "answers: {confirm: true}", "mine.yaml:4:12: a bot in Python does by itself what `answers` says; keep one of them"),
    ("max_turns: 4", "look_ups: {refund: {}}", "mine.yaml:4:13: a bot in Python does by itself what `look_ups` says; keep one of them"),
    ("max_turns: 4", "flow: {bye: {closes: true}}", "mine.yaml:4:9: a bot in Python does by itself what `flow` says; keep one of them"),
    ("python: mybot:reply", "pyton: mybot:reply", "mine.yaml:3:3: unknown key `pyton`; did you mean `python`?"),
]


@pytest.mark.parametrize(("before", "after", "line"), MISTAKES, ids=[line for *_, line in MISTAKES])
def test_a_mistake_in_the_policy_is_one_line(desk: Path, refused: Refused, before: str, after: str, line: str) -> None:
    (desk / "mine.yaml").write_text(POLICY.replace(before, after))
    assert refused("run", "tiny.yaml", "mine.yaml") == [line]


def test_performance_is_told_of_what_it_showed_only(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from deskdrill.reports.cli.main import main

    (desk / "mybot.py").write_text("from deskdrill.rules import Reply\n\n\ndef reply(turn):\n    return Reply('Below Settings', about='how_to')\n")
    assert main(["run", "tiny.yaml", "mine.yaml", *ONCE, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["intent"]) for each in found["performance"]["mine"]] == [("answer", "how_to")]
    assert {each["intent"]: each["now"] for each in found["automate_next"]["mine"]} == {"how_to": ["answer"], "pricing": [], "refund": []}


def test_check_finds_a_bot_whose_module_is_nowhere_and_imports_none_that_is_there(desk: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    from deskdrill.reports.cli.main import main

    (desk / "mybot.py").write_text("raise RuntimeError('imported')\n")
    assert "0 errors" in told("check", "mine.yaml", "--scenario", "tiny.yaml")
    (desk / "mine.yaml").write_text(POLICY.replace("mybot:", "mbot:"))
    assert main(["check", "mine.yaml", "--scenario", "tiny.yaml"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        "mine.yaml:3:11: `mbot:reply`: no module `mbot` beside the file, nor one that is installed; did you mean `mybot:reply`?"
    )
