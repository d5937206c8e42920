"""`deskdrill staff --targets`: goals from a file, and what becomes of all that it asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main

FEW = ("staff", "tiny.yaml", "people.yaml", "--replications", "3", "--workers", "1", "--targets", "wanted.yaml")
WANTED = """\
must:
  - {measure: abandonment_rate, team: billing, at_most: 60%}
  - {measure: abandonment_rate, team: billing, at_most: 55%}
  - {measure: misroute_rate, at_most: 99%}
  - {measure: deflection_rate, at_least: 90%}
  - {measure: helped_rate, worse_by_at_most: 1pp}
"""


def test_what_staffing_sets_is_reached_and_the_rest_is_told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "wanted.yaml").write_text(WANTED)
    code = main((*FEW, "--format", "json"))
    data = json.loads(capsys.readouterr().out)
    # Of several, the strictest; the team that is named alone is staffed, over the week.
    assert {(each["team"], each["measure"], each["limit"], each["kind"]) for each in data["reached"]} == {("billing", "abandoned", 0.55, "week")}
    assert [each["team"] for each in data["teams"]] == ["billing"]
    told = [(each["measure"], each["verdict"], each["set_by_staffing"]) for each in data["targets"]]
    assert told[-1] == ("deflection_rate", "fail", False)
    assert [each[2] for each in told] == [True, True, False, False]
    assert code == data["exit_code"] == 1
    assert main(FEW) == 1
    text = capsys.readouterr().out.replace("\n  ", " ")
    (line,) = [line for line in text.splitlines() if line.startswith("not reached: deflection_rate at least 90%: ")]
    assert line.endswith("; not one that staffing sets")
    assert re.match(r"people reaches \d of \d targets of \S+ over the whole week, nights too; not deflection_rate", text)
    assert "not judged: helped_rate worse by at most 1 pp: it compares two policies, which `deskdrill gate` does" in text


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["{measure: service_level, at_most: 50%}", "{measure: service_level, at_least: 80%}"], "wanted.yaml:3:5: contradicts line 2: `service_level` cannot be at least 0.8 and at most 0.5"),
        (["{measure: service_level, at_least: 100%}"], "wanted.yaml:2:5: no number of agents reaches 100%; ask for a little less than all"),
        (["{measure: misroute_rate, at_most: 5%}"], "wanted.yaml: none of these is one that staffing sets"),
        (["{measure: service_level, team: biling, at_least: 80%}"], "wanted.yaml:2:36: unknown team `biling`; did you mean `billing`?"),
    ],
)
def test_targets_that_no_staffing_can_be_for_are_refused(workspace: Path, capsys: pytest.CaptureFixture[str], lines: list[str], told: str) -> None:
    (workspace / "wanted.yaml").write_text("must:\n" + "".join(f"  - {line}\n" for line in lines))
    assert main(FEW) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(told)


def test_goals_come_from_the_file_or_from_options(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "wanted.yaml").write_text(WANTED)
    assert main((*FEW, "--for", "80%")) == 2
    assert "`--targets` says what to reach, and so does `--for`; give one" in capsys.readouterr().err
