"""`deskdrill sweep`, `deskdrill sensitivity` and `compare --input-uncertainty`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from deskdrill.reports.cli.main import main

Told = Callable[..., str]
Refused = Callable[..., list[str]]
FEW = ("--replications", "2", "--workers", "1")


def with_ranges(workspace: Path) -> None:
    text = (workspace / "tiny.yaml").read_text()
    (workspace / "ranged.yaml").write_text(text + "  arrivals.per_week: {assumed: the size, times: [0.5, 1.5]}\n")


def with_bot(workspace: Path) -> None:
    text = (workspace / "people.yaml").read_text()
    (workspace / "bot.yaml").write_text(text.replace("policy: people", "policy: bot\nbot: {answers: {confidence_at_least: 0.5}}"))


def test_a_sweep_tells_each_combination_for_people_and_for_programs(workspace: Path, told: Told) -> None:
    asked = ("sweep", "tiny.yaml", "people.yaml", "--vary", "arrivals.per_week=700,1400", "teams.billing.answer_within=1m:3m:2", *FEW, "--measure", "helped_rate", "--measure", "service_level")
    data = json.loads(told(*asked, "--format", "json"))
    assert data["varied"] == ["arrivals.per_week", "teams.billing.answer_within"]
    assert [each["values"] for each in data["points"]] == [
        {"arrivals.per_week": people, "teams.billing.answer_within": within} for people in (700, 1400) for within in ("1m", "3m")
    ]
    assert all([one["measure"] for one in each["measures"]] == ["helped_rate", "service_level"] for each in data["points"])
    rows = list(csv.DictReader(io.StringIO(told(*asked, "--format", "csv"))))
    assert len(rows) == 2 + 2 * 4
    assert [row["arrivals.per_week"] for row in rows] == ["", "", *["700"] * 4, *["1400"] * 4]
    text = told(*asked)
    assert text.startswith("4 combinations of `arrivals.per_week` and `teams.billing.answer_within` on tiny, 2 replications")
    assert max(map(len, text.splitlines())) <= 100
    assert "as it is" in text


def test_a_hypercube_takes_some_of_the_combinations(workspace: Path, told: Told) -> None:
    asked = ("sweep", "tiny.yaml", "people.yaml", "--vary", "arrivals.per_week=700:1400", "days=1,2", "--latin", "3", *FEW, "--format", "json")
    points = [each["values"] for each in json.loads(told(*asked))["points"]]
    assert len(points) == 3
    assert len({each["arrivals.per_week"] for each in points}) == 3
    assert {each["days"] for each in points} <= {1, 2}


def test_a_value_may_be_a_list(workspace: Path, told: Told) -> None:
    data = json.loads(told("sweep", "tiny.yaml", "people.yaml", "--vary", "guards=[]", *FEW, "--measure", "helped_rate", "--measure", "helped_rate", "--format", "json"))
    assert [each["values"] for each in data["points"]] == [{"guards": []}]
    assert len(data["points"][0]["measures"]) == 1


def test_what_a_factor_rounds_is_told(workspace: Path, told: Told) -> None:
    asked = ("sweep", "tiny.yaml", "people.yaml", "--vary", "teams.billing.staffing=1.25x", "--vary", "arrivals.per_week=0.5x", *FEW, "--measure", "helped_rate")
    rounded = json.loads(told(*asked, "--format", "json"))["rounded"]
    assert rounded[0] == "teams.billing.staffing"
    text = " ".join(told(*asked).split())
    assert "Whole numbers of `teams.billing.staffing`" in text
    assert "are rounded, to 1 at least" in text
    assert json.loads(told(*asked[:3], *asked[5:], "--format", "json"))["rounded"] == rounded[1:]


def test_a_key_of_a_policy_changes_those_that_have_it(workspace: Path, told: Told) -> None:
    with_bot(workspace)
    data = json.loads(told("sweep", "tiny.yaml", "people.yaml", "bot.yaml", "--vary", "bot.answers.confidence_at_least=0,1", *FEW, "--format", "json"))
    by_policy = {name: [each["difference"] for point in data["points"] for each in point["measures"] if each["policy"] == name] for name in data["policies"]}
    assert set(by_policy["people"]) == {0}
    assert any(by_policy["bot"])


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--vary", "arivals.per_week=1,2"), "--vary: neither the scenario nor a policy has a key `arivals.per_week`; did you mean `arrivals`?"),
        (("--vary", "bot.max_turns=1,2"), "--vary: the file has no `bot`"),
        (("--vary", "arrivals.per_week=-1,2"), "tiny.yaml: with arrivals.per_week=-1: expected more than 0, found `-1`"),
        (("--vary", "arrivals.per_week=1:9"), "--vary: `arrivals.per_week` is a range; say how many values (`arrivals.per_week=1:9:5`), or --latin"),
        (("--vary", "arrivals.per_week=1x:2x"), "--vary: `arrivals.per_week` is a range; say how many values (`arrivals.per_week=1x:2x:5`), or --latin"),
        (("--vary", "arrivals.per_week=1:999:999"), "--vary: 999 combinations, and 500 at most are tried; `--latin 50` tries some of them"),
        (("--vary", "arrivals.per_week=1,2", "--measure", "helped"), "--measure: no such measure: `helped`"),
        (("--vary", "days=1", "--vary", "days=2"), "deskdrill sweep: `days` is varied twice; give all its values at once (`deskdrill sweep --help` explains)"),
        ((), "deskdrill sweep: option `--vary` is missing (`deskdrill sweep --help` explains)"),
    ],
)
def test_what_cannot_be_varied_is_one_line(workspace: Path, refused: Refused, options: tuple[str, ...], line: str) -> None:
    (said,) = refused("sweep", "tiny.yaml", "people.yaml", *options)
    assert said.startswith(line)


def test_which_assumption_matters_is_told(workspace: Path, told: Told) -> None:
    with_ranges(workspace)
    asked = ("sensitivity", "ranged.yaml", "people.yaml", *FEW, "--measure", "occupancy")
    data = json.loads(told(*asked, "--format", "json"))
    (measure,) = data["measures"]
    (only,) = measure["inputs"]
    assert (only["input"], only["kind"], only["times"]) == ("arrivals.per_week", "assumed", [0.5, 1.5])
    low, high = only["ends"]
    assert low["change"]["value"] < 0 < high["change"]["value"]
    assert data["without_range"] == ["segments"]
    text = told(*asked)
    assert "arrivals.per_week      0.5 " in text
    assert "==========|" in text or "|==========" in text
    assert "Not tried: 1 assumed input without a range" in text
    walked = json.loads(told(*asked, "--morris", "2", "--format", "json"))["measures"][0]["inputs"][0]
    assert walked["mu"] == walked["mu_star"] > 0
    assert walked["mu_star"] == pytest.approx(np.abs(walked["effects"]).mean())
    assert walked["sigma"] == pytest.approx(np.std(walked["effects"], ddof=1))
    assert "sigma" in told(*asked, "--morris", "2")


def test_two_policies_are_told_apart_at_both_ends(workspace: Path, told: Told) -> None:
    with_ranges(workspace)
    with_bot(workspace)
    data = json.loads(told("sensitivity", "ranged.yaml", "people.yaml", "bot.yaml", "--replications", "3", "--workers", "1", "--measure", "deflection_rate", "--format", "json"))
    (measure,) = data["measures"]
    assert measure["now"]["verdict"] == "higher"
    assert {each["verdict"] for each in measure["inputs"][0]["ends"]} == {"higher"}
    text = told("sensitivity", "ranged.yaml", "people.yaml", "bot.yaml", "--replications", "3", "--workers", "1", "--measure", "deflection_rate")
    assert "It is `higher`, and no end of a range is seen to change that." in text


def test_a_scenario_without_ranges_has_nothing_to_try(workspace: Path, refused: Refused) -> None:
    told = "tiny.yaml: no input has a range; `times: [0.5, 2]` beside an `assumed` in `sources` gives one"
    assert refused("sensitivity", "tiny.yaml", "people.yaml") == [told]
    with_bot(workspace)
    assert refused("compare", "tiny.yaml", "people.yaml", "bot.yaml", "--input-uncertainty", "5", "--replications", "1", "--workers", "1") == [told]


def test_inputs_that_are_not_known_widen_the_answer(workspace: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    with_ranges(workspace)
    with_bot(workspace)
    asked = ("compare", "ranged.yaml", "people.yaml", "bot.yaml", *FEW, "--input-uncertainty", "5")
    found = {each["measure"]: each for each in json.loads(told(*asked, "--format", "json"))["input_uncertainty"]}
    assert list(found) == ["helped_rate", "lost_rate", "wait_p90_s", "occupancy"]
    assert found["occupancy"]["sd_of_inputs"] is not None
    assert found["occupancy"]["policies"] == ["people", "bot"]
    assert "Inputs not known: bot less people, 5 draws of 1 input from their ranges" in told(*asked).replace("\n  ", " ")
    assert main(("run", "ranged.yaml", "people.yaml", "--input-uncertainty", "5")) == 2
    assert "no such option `--input-uncertainty`" in capsys.readouterr().err
