"""`deskdrill fmt`: files laid out, all or none."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main

UNTIDY = "policy:   mine   # today's\nrulesets: []\n"
TIDY = "policy: mine     # today's\nrulesets: []\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(UNTIDY)
    (tmp_path / "rules" / "b.cases.yaml").write_text("policy: a.yaml\n")
    return tmp_path


def test_what_ships_is_laid_out() -> None:
    library = Path(__file__).parents[2] / "rules" / "library"
    simulator = Path(__file__).parents[2] / "simulator"
    alone = (simulator / "library" / "no-harm.yaml", simulator / "staffing" / "library" / "day-shifts.yaml")
    assert main(("fmt", "--check", *map(str, (*library.glob("[a-d]*.yaml"), *alone)))) == 0


def test_files_are_rewritten_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules" / "a.yaml").chmod(0o640)
    assert main(("fmt",)) == 0
    said = capsys.readouterr()
    assert said.out == f"{Path('rules/a.yaml')}\n"
    assert said.err == "2 files: 1 is laid out anew\n"
    assert (folder / "rules" / "a.yaml").read_text() == TIDY
    assert stat.S_IMODE((folder / "rules" / "a.yaml").stat().st_mode) == 0o640
    assert sorted(each.name for each in (folder / "rules").iterdir()) == ["a.yaml", "b.cases.yaml"]
    assert main(("fmt", "--check")) == 0


@pytest.mark.parametrize("name", ["targets.yaml", "shifts.yaml"])
def test_files_beside_the_folders_are_laid_out(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / name).write_text("must:   []\n")
    assert main(("fmt",)) == 0
    assert capsys.readouterr().out == f"{Path('rules/a.yaml')}\n{name}\n"
    assert (folder / name).read_text() == "must: []\n"


def test_check_and_diff_change_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("fmt", "--check")) == 1
    assert main(("fmt", "--diff", "rules/a.yaml")) == 0
    out = capsys.readouterr().out
    assert "-policy:   mine   # today's\n+policy: mine     # today's\n" in out
    assert (folder / "rules" / "a.yaml").read_text() == UNTIDY


def test_one_broken_file_and_none_is_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules" / "c.yaml").write_text("a: [1\n")
    assert main(("fmt",)) == 2
    assert capsys.readouterr().err.startswith(f"{Path('rules/c.yaml')}:")
    assert (folder / "rules" / "a.yaml").read_text() == UNTIDY


def test_standard_input_becomes_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(UNTIDY))
    assert main(("fmt", "-")) == 0
    assert capsys.readouterr().out == TIDY


def test_nothing_to_lay_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(("fmt",)) == 2
    assert capsys.readouterr().err.startswith("deskdrill fmt: nothing to lay out")
    assert main(("fmt", "no.yaml")) == 2
    (tmp_path / "empty").mkdir()
    capsys.readouterr()
    assert main(("fmt", "--check", "empty")) == 2
    assert capsys.readouterr().err.startswith("empty: no YAML files in this folder")
