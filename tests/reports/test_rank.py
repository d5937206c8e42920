from __future__ import annotations

import json
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main
from deskdrill.simulator.selection import Behind

RANK = ("rank", "tiny.yaml", "people.yaml", "blocker.yaml", "--workers", "1")


def test_the_best_is_told_and_confirmed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main((*RANK, "--margin", "20pp", "--format", "json")) == 0
    found = capsys.readouterr()
    data = json.loads(found.out)
    assert (data["best"], data["confirmed"], data["margin"]) == ("people", True, 0.2)
    assert [each["verdict"] for each in data["policies"]] == ["best", "worse"]
    assert found.err == f"selected people after 10 replications; {data['fresh_replications']} fresh ones of each are to confirm it\n"
    assert main((*RANK, "--margin", "20 pp")) == 0
    assert capsys.readouterr().out.startswith("Best: people. With 95 % confidence no other policy has a helped_rate more than 20.0 pp higher;")


def test_what_fresh_customers_do_not_confirm_has_a_code_of_its_own(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskdrill.simulator.ranking.confirmed", lambda *_: (Behind(1, 0.1, -0.05, 0.25),))
    assert main((*RANK, "--margin", "20pp")) == 3
    assert capsys.readouterr().out.startswith("Cannot tell: people was selected, but on fresh customers blocker may have a")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--margin", "1pp", "--by", "helped"), "--by: no such measure: `helped`; did you mean `helped_rate`?"),
        (("--margin", "1pp", "--by", "occupancy"), "--by: neither more nor less of `occupancy` is better; rank by another measure"),
        (("--margin", "1%"), "--margin: `helped_rate` is a share: by how much is said in percentage points such as `1pp`, found `1%`; did you mean `1pp`?"),
        (("--margin", "wide"), "--margin: `helped_rate` is a share: by how much is said in percentage points such as `1pp`, found `wide`"),
        (("--margin", "0.2"), "--margin: `helped_rate` is a share: by how much is said in percentage points such as `1pp`, found `0.2`"),
        (("--margin", "0"), "--margin: a difference that does not matter is more than 0, found `0`"),
        (("--margin", "1pp", "--confidence", "40%"), "deskdrill rank: `--confidence`: expected a confidence between 50% and 100%, found `40%` (`deskdrill rank --help` explains)"),
        (("--margin", "1pp", "--by", "containment_rate"), "--by: `containment_rate` has no value in replication 0 of `people`: rank by another measure"),
        ((), "deskdrill rank: option `--margin` is missing (`deskdrill rank --help` explains)"),
    ],
)
def test_what_cannot_be_ranked_is_one_line(arguments: tuple[str, ...], said: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main((*RANK, *arguments)) == 2
    assert capsys.readouterr().err == f"{said}\n"


def test_one_policy_is_no_ranking(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("rank", "tiny.yaml", "people.yaml", "--margin", "1pp")) == 2
    assert "two or more policies are ranked" in capsys.readouterr().err
