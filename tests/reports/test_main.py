"""The command line itself: help, versions, exit codes, and what happens when things break."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import deskdrill
from deskdrill.errors import DeskdrillError
from deskdrill.reports.cli import schema
from deskdrill.reports.cli.commands import COMMANDS
from deskdrill.reports.cli.main import main

PROGRAM = "import sys; from deskdrill.reports.cli.main import main; sys.exit(main())"
HELP = """\
Usage: deskdrill [OPTIONS] COMMAND [ARGS]...

  Try bot and routing rules on simulated customers before real ones meet them.

  SCENARIO and POLICY are files, or names of what ships (`deskdrill describe`
  lists it).

  Examples:
    deskdrill compare saas-week humans-only careful      which rules are better, and for whom
    deskdrill init mydesk --per-week 3200                a workspace of your own
    deskdrill check                                      whether its files are right
    deskdrill test                                       whether its rules do what its cases say

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  run          Simulate one policy: who is helped, who waits.
  compare      Compare policies on the same customers.
  rank         Which of many policies is best in one measure.
  sweep        What other values in a scenario or a policy change.
  sensitivity  Which assumption would change the decision.
  gate         Say whether a change of rules may go live.
  staff        How many agents each team needs in each half-hour.
  transcripts  Read the conversations of a run.
  query        Ask a run in SQL.
  runs         List runs.
  test         Play cases against the policies that they are about.
  explain      Say why a policy does what it does with a message.
  coverage     Say what of a policy its cases try.
  mutate       Say which mistakes in a policy its cases do not notice.
  fuzz         Look for conversations that break what must hold.
  diff         Say what an edit of a policy changes, and which edit it is.
  accept       Accept what an edit changes, for `deskdrill diff` to pass.
  score        Say how well rules place messages whose right team is known.
  check        Check scenarios and policies without running them.
  fmt          Lay out YAML files in one way.
  describe     Say in plain English what a policy or scenario means.
  schema       Print the JSON Schema of a kind of file, for editors.
  init         Write a workspace of your own, ready to run.
  backtest     Simulated beside actual: is this my desk?
  recogniser   How good the recogniser is, and what its mistakes do.
  validate     Hold the simulator against exact results of queueing theory.
"""
RUN_HELP = """\
Usage: deskdrill run [OPTIONS] SCENARIO POLICY

  Simulate one policy: who is helped, who waits.

  SCENARIO and POLICY are files, or names of what ships.

  Examples:
    deskdrill run saas-week careful
    deskdrill run scenarios/mydesk.yaml rules/today.yaml --out runs/today
    deskdrill run bank-week keywords --messages messages.csv --format json

Options:
  --replications N              Independent weeks to simulate.  [default: 20]
  --seed S                      Same seed, same weeks.  [default: 1]
  --messages FILE               CSV or JSON Lines of real messages: text,
                                label[, split, language].
  --workers N                   Processes; the results are the same.
                                [default: one a processor]
  --cluster ADDRESS             The Dask scheduler whose workers do it, such
                                as tcp://10.0.0.7:8786; the results are the
                                same.
  --precision MEASURE=WIDTH...  Add replications until half of each 95 %
                                interval is within WIDTH: `5%` of the mean,
                                `30s`, `0.5pp`.
  --at-most N                   With --precision, replications after which it
                                is given up.  [default: 500]
  --out DIR                     Folder for report.html, results.json, tables
                                and transcripts.
  --resume                      Go on with what an interrupted run has left
                                beside --out, or add to a finished one.
  --format [text|json]          What goes to stdout.  [default: text]
  --details                     All measures, how each answer performs, and
                                every intent to automate next.
  -q, --quiet                   No progress and no notes on stderr.
  -v, --verbose                 Log on stderr what is done, and how long it
                                takes.
  -h, --help                    Show this message and exit.
"""


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_help_lists_the_commands_with_a_line_each(told: Callable[..., str]) -> None:
    assert told("--help") == HELP
    assert told("-h") == HELP


def test_a_command_explains_itself(told: Callable[..., str]) -> None:
    assert told("run", "--help") == RUN_HELP


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples_that_name_it(told: Callable[..., str], command: str) -> None:
    text = told(command, "--help")
    assert f"\n  Examples:\n    deskdrill {command}" in text
    assert "\\b" not in text


def test_no_command_is_help_on_stderr(refused: Callable[..., list[str]]) -> None:
    assert refused() == HELP.splitlines()


def test_the_version_is_told(told: Callable[..., str]) -> None:
    assert told("--version") == f"deskdrill {deskdrill.__version__}\n"


def broken(error: BaseException) -> Callable[[object], int]:
    def schema_command(_: object) -> int:
        raise error

    return schema_command


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DeskdrillError("the desk is on fire"), 2, "the desk is on fire"),
        (
            KeyError("x\x1b[31m"),
            2,
            "deskdrill: a defect, not your mistake: KeyError: 'x\\x1b[31m'; DESKDRILL_TRACEBACK=1 shows where it happens",
        ),
        (OSError(28, "No space left on device", "/big/disk"), 2, "/big/disk: no space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_whatever_breaks_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    monkeypatch.delenv("DESKDRILL_TRACEBACK", raising=False)
    monkeypatch.setattr(schema, "schema", broken(error))
    assert main(("schema", "policy")) == code
    assert capsys.readouterr() == ("", f"{line}\n")


def test_a_defect_can_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKDRILL_TRACEBACK", "1")
    monkeypatch.setattr(schema, "schema", broken(KeyError("x")))
    with pytest.raises(KeyError):
        main(("schema", "policy"))


@pytest.mark.skipif(os.name == "nt", reason="pipes are closed otherwise there")
def test_a_reader_who_leaves_early_sees_no_traceback() -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "schema", "policy"], stdout=writing, stderr=subprocess.PIPE, text=True
    ) as program:
        # Nobody reads any more, before anything is written.
        os.close(reading)
        os.close(writing)
        _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_stdout_is_one_line() -> None:
    for arguments in (["schema", "policy"], ["--version"], ["describe"]):
        with Path("/dev/full").open("w") as full:
            ended = subprocess.run(
                [sys.executable, "-c", PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert ended.returncode == 2
        assert ended.stderr in ("stdout: no space left on device\n", "deskdrill: no space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="streams are closed otherwise there")
def test_closed_streams_are_no_defect() -> None:
    shell = ["sh", "-c", '"$0" -c "$1" schema policy >&-', sys.executable, PROGRAM]
    ended = subprocess.run(shell, stderr=subprocess.PIPE, text=True, check=False)
    message = "deskdrill: stdout is closed, so there is nowhere to print the answer\n"
    assert (ended.returncode, ended.stderr) == (2, message)
    shell[2] = '"$0" -c "$1" schema nothing 2>&-'
    ended = subprocess.run(shell, stdout=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_terminated_run_leaves_no_process_and_what_is_finished(workspace: Path) -> None:
    arguments = ["run", "tiny.yaml", "people.yaml", "--replications", "100000", "--workers", "2", "--out", "runs/out"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        deadline = time.monotonic() + 60
        # Once there are tables, the workers are at work.
        while not list(workspace.glob("runs/out.unfinished/summaries/*.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(of_session(program.pid)) > 2
        program.terminate()
        out, said = program.communicate(timeout=60)
        assert out == ""
        assert re.fullmatch(
            r"\d+ of 100000 replications are kept in runs/out.unfinished; the same with --resume goes on\nterminated\n", said
        )
    assert program.returncode == 143
    while of_session(program.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of_session(program.pid) == []
    assert [each.name for each in (workspace / "runs").iterdir()] == ["out.unfinished"]


def of_session(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of = stat.read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(stat.parent.name))
    return found


def test_a_terminal_that_cannot_show_a_character_shows_its_escape(workspace: Path) -> None:
    (workspace / "people.yaml").write_text((workspace / "people.yaml").read_text().replace("Everybody", "Jürgen"))
    shown = subprocess.run(
        [sys.executable, "-c", PROGRAM, "describe", "people.yaml"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert b"J\\xfcrgen" in shown.stdout


def test_progress_is_for_those_who_watch_only(workspace: Path, told: Callable[..., str]) -> None:
    # `told` asserts that stderr, which is no terminal here, stays empty.
    assert told("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1")


def test_notes_are_left_out_or_everything_is_logged(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--precision", "time_to_help_p50_s=1e-6", "--at-most", "11")
    assert main(asked) == 0
    usual = capsys.readouterr()
    assert len(usual.err.splitlines()) == 1
    assert main((*asked, "--quiet")) == 0
    assert capsys.readouterr() == (usual.out, "")
    logger = logging.getLogger("deskdrill")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logger, "level", logger.level)
        assert main((*asked, "-v")) == 0
        assert capsys.readouterr().out == usual.out
    assert main((*asked, "-v", "-q")) == 2
    assert "`--quiet` and `--verbose` exclude each other" in capsys.readouterr().err


def test_what_is_done_is_logged(workspace: Path) -> None:
    asked = [sys.executable, "-m", "deskdrill", "run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--verbose"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stderr.splitlines()
    assert all(re.fullmatch(r" *[0-9]+ ms  deskdrill\.[a-z_.]+: .+", line) for line in lines), lines
    assert "deskdrill.simulator.replications: people, replication 1: " in lines[-1]


def test_progress_is_shown_after_a_while_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from deskdrill.reports import progress as module

    class Watched:
        """A terminal's stderr."""

        def __init__(self) -> None:
            self.written: list[str] = []

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            self.written.append(text)
            return len(text)

        def flush(self) -> None:
            pass

    stream = Watched()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stream)
    bar = module._Bar("replications")
    bar.tell(1, 4)
    assert stream.written == []
    bar.show()
    bar.tell(3, 4)
    bar.close()
    said = "".join(stream.written)
    assert "replications" in said
    assert "3/4" in said


def test_the_package_is_a_command_too() -> None:
    ran = subprocess.run([sys.executable, "-m", "deskdrill", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("deskdrill ")
