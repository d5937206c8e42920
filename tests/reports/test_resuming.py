"""Runs that end before their time: what is finished stays, and the next run goes on from there to the same bytes."""

from __future__ import annotations

import errno
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from deskdrill.reports import html
from deskdrill.reports.cli.main import main
from deskdrill.simulator import replications
from deskdrill.simulator.manifest import read_manifest

Told = Callable[..., str]
FOUR = ("compare", "tiny.yaml", "people.yaml", "blocker.yaml", "--replications", "4", "--workers", "1")
MOMENTS = 20


def files_of(folder: Path) -> Mapping[str, bytes]:
    """All files of a run, but for what it says of when and how it was made."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name != "manifest.json"}


@pytest.fixture
def stops_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, BaseException], None]:
    """Lets a run end with an error once so many replications are finished."""

    def stop(many: int, error: BaseException) -> None:
        done = 0
        whole = replications.simulate

        def broken(*args: object, **named: object) -> object:
            nonlocal done
            if done == many:
                raise error
            done += 1
            return whole(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(replications, "simulate", broken)

    return stop


@pytest.fixture
def whole(workspace: Path, told: Told) -> Mapping[str, bytes]:
    told(*FOUR, "--out", "whole")
    return files_of(workspace / "whole")


def test_what_is_finished_stays_and_the_next_run_goes_on(
    workspace: Path,
    whole: Mapping[str, bytes],
    told: Told,
    stops_after: Callable[[int, BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with monkeypatch.context():
        stops_after(3, KeyboardInterrupt())
        assert main((*FOUR, "--out", "out")) == 130
        said = capsys.readouterr()
    monkeypatch.undo()
    monkeypatch.chdir(workspace)
    assert said.out == ""
    assert said.err == "3 of 8 replications are kept in out.unfinished; the same with --resume goes on\ninterrupted\n"
    assert not (workspace / "out").exists()
    assert not read_manifest(workspace / "out.unfinished").is_finished
    kept = {name: content for name, content in files_of(workspace / "out.unfinished").items() if "summaries" in name}
    assert len(kept) == 3
    assert kept.items() <= whole.items()
    stops_after(5, AssertionError("what is finished is not run again"))
    told(*FOUR, "--out", "out", "--resume")
    assert files_of(workspace / "out") == whole
    assert not (workspace / "out.unfinished").exists()
    assert read_manifest(workspace / "out").is_finished


def test_fewer_replications_than_there_are_leave_no_others(
    workspace: Path, whole: Mapping[str, bytes], told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    told(*FOUR[:5], "6", *FOUR[6:], "--out", "out")
    assert FOUR[4] == "--replications"
    assert main((*FOUR, "--out", "out", "--resume")) == 0
    assert capsys.readouterr().err == "4 replications that were there are no part of this run, and are removed\n"
    assert files_of(workspace / "out") == whole


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes")
def test_workers_end_with_the_command_that_is_killed(workspace: Path) -> None:
    program = [sys.executable, "-m", "deskdrill", *FOUR, "--replications", "4000", "--workers", "2", "--out", "out"]
    running = subprocess.Popen(
        program, cwd=workspace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 60
    while not list(workspace.glob("out.unfinished/summaries/*.json")):
        assert time.monotonic() < until
        time.sleep(0.05)
    running.kill()
    running.wait()
    while time.monotonic() < until and is_there(running.pid):
        time.sleep(0.05)
    assert not is_there(running.pid)


def is_there(group: int) -> bool:
    """Whether a group has processes."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_resume_it_begins_anew(
    workspace: Path, whole: Mapping[str, bytes], told: Told, stops_after: Callable[[int, BaseException], None],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    stops_after(3, KeyboardInterrupt())
    assert main((*FOUR, "--out", "out")) == 130
    capsys.readouterr()
    monkeypatch.undo()
    monkeypatch.chdir(workspace)
    (workspace / "out.unfinished" / "summaries" / "people-0000.json").write_text("{}")
    told(*FOUR, "--out", "out")
    assert files_of(workspace / "out") == whole


def test_more_replications_are_added_to_a_finished_run(
    workspace: Path, whole: Mapping[str, bytes], told: Told, stops_after: Callable[[int, BaseException], None]
) -> None:
    told(*FOUR, "--replications", "2", "--out", "out")
    before = files_of(workspace / "out")
    stops_after(4, AssertionError("what is finished is not run again"))
    told(*FOUR, "--out", "out", "--resume")
    assert files_of(workspace / "out") == whole
    assert before.keys() < whole.keys()


@pytest.mark.parametrize("what", ["cut", "gone", "other bytes"])
def test_a_damaged_table_is_written_again(workspace: Path, whole: Mapping[str, bytes], told: Told, what: str) -> None:
    told(*FOUR, "--out", "out")
    part = workspace / "out" / "tables" / "visits" / "people-0001.parquet"
    content = part.read_bytes()
    part.unlink()
    if what != "gone":
        part.write_bytes(content[: len(content) // 2] if what == "cut" else content[:-9] + b"\0" + content[-8:])
    told(*FOUR, "--out", "out", "--resume")
    assert files_of(workspace / "out") == whole


@pytest.mark.parametrize(
    ("changed", "told_of"),
    [
        (("--seed", "2"), "the seed, 1 then, 2 now"),
        (("scenario",), "`arrivals.per_week`, "),
        (("policy",), "policy `people` has changed"),
    ],
)
def test_another_run_cannot_be_gone_on_with(
    workspace: Path, told: Told, capsys: pytest.CaptureFixture[str], changed: tuple[str, ...], told_of: str
) -> None:
    told(*FOUR, "--replications", "1", "--out", "out")
    before = files_of(workspace / "out")
    if changed == ("scenario",):
        text = (workspace / "tiny.yaml").read_text()
        (workspace / "tiny.yaml").write_text(re.sub(r"per_week: (\d+)", "per_week: 111", text))
    elif changed == ("policy",):
        with (workspace / "people.yaml").open("a") as file:
            file.write("# another\n")
    more = changed if changed[0].startswith("--") else ()
    assert main((*FOUR, *more, "--out", "out", "--resume")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"out: cannot go on, as it is another run now: {told_of}")
    assert files_of(workspace / "out") == before


def test_a_full_disk_leaves_what_is_finished(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "report.html")

    monkeypatch.setattr(html, "write_report", full)
    assert main((*FOUR, "--out", "out")) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "8 of 8 replications are kept in out.unfinished; the same with --resume goes on",
        "report.html: no space left on device",
    ]
    assert not (workspace / "out").exists()


def test_nothing_is_left_where_nothing_was_finished(
    workspace: Path, stops_after: Callable[[int, BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(workspace.rglob("*"))
    stops_after(0, KeyboardInterrupt())
    assert main((*FOUR, "--out", "out")) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert sorted(workspace.rglob("*")) == before


def test_two_at_once_do_not_write_the_same_run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fcntl = pytest.importorskip("fcntl")
    assert main((*FOUR, "--replications", "1", "--out", "out")) == 0
    (workspace / "out").rename(workspace / "out.unfinished")
    held = os.open(workspace / "out.unfinished", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    capsys.readouterr()
    for more in ((), ("--resume",)):
        assert main((*FOUR, "--out", "out", *more)) == 2
        assert capsys.readouterr().err.splitlines()[-1] == "out.unfinished: another process is writing this run"
    os.close(held)


@pytest.mark.parametrize("at", ["deskdrill.simulator.manifest.write_manifest", "deskdrill.simulator.folders._copied"])
def test_a_run_that_is_killed_before_it_begins_is_in_nobodys_way(
    at: str, workspace: Path, whole: Mapping[str, bytes], told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if at.endswith("_copied"):
        told(*FOUR[:5], "2", *FOUR[6:], "--out", "out")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(at, killed)
        assert main((*FOUR, "--out", "out", "--resume")) == 130
    capsys.readouterr()
    told(*FOUR, "--out", "out", "--resume")
    assert files_of(workspace / "out") == whole
    assert {path.name for path in workspace.iterdir() if "out" in path.name} == {"out"}


@pytest.mark.slow
def test_a_run_that_is_killed_at_any_moment_loses_nothing_that_is_finished(workspace: Path, told: Told) -> None:
    """Twenty times it is killed and goes on, unless it is done before."""
    many = ("--replications", "40", "--workers", "2")
    told(*FOUR, *many, "--out", "whole")
    program = [sys.executable, "-m", "deskdrill", *FOUR, *many, "--out", "out", "--resume"]
    moments, kept, kills = random.Random(7), set[str](), 0
    while kills < MOMENTS and not (workspace / "out").exists():
        running = subprocess.Popen(
            program, cwd=workspace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(moments.uniform(0.1, 1.3))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        kills += 1
        summaries = {path.name for path in workspace.glob("out*/summaries/*.json")}
        assert kept <= summaries
        kept = summaries
    assert kills > 3
    subprocess.run(program, cwd=workspace, check=True, capture_output=True)
    assert files_of(workspace / "out") == files_of(workspace / "whole")


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit on the size of files")
@pytest.mark.parametrize(("most", "line"), [(1_000, "full: cannot be written: "), (20_000, "full.unfinished/tables/"), (50_000, "full.unfinished: ")])
def test_a_disk_that_is_full_ends_a_run_in_a_line_and_it_can_go_on(workspace: Path, most: int, line: str) -> None:
    """A limit on the size of files stands for it."""
    program = (
        f"import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
        "from deskdrill.reports.cli.main import main\n"
        "sys.exit(main(('run', 'tiny.yaml', 'people.yaml', '--replications', '2', '--workers', '1', '--out', 'full')))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=workspace, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    (said,) = [each for each in ended.stderr.splitlines() if "--resume goes on" not in each]
    assert said.startswith(line)
    assert said.endswith("file too large")
    assert not [each.name for each in workspace.rglob("*") if each.name.startswith(".")]
    assert main(("run", "tiny.yaml", "people.yaml", "--replications", "2", "--workers", "1", "--out", "full", "--resume")) == 0
