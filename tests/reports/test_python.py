"""`deskdrill.run` and `deskdrill.compare`: experiments from Python, with results as columns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import isnan
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import deskdrill
from deskdrill.errors import DeskdrillError, InputError
from deskdrill.reports.cli.main import main
from deskdrill.reports.export import experiment_json
from deskdrill.reports.python.experiments import Results
from deskdrill.reports.python.frame import Frame
from deskdrill.simulator.metrics import METRICS


@pytest.fixture(scope="module")
def found() -> Results:
    return deskdrill.compare("bank-week", ["humans-only", "keywords"], replications=3)


def test_measures_are_what_the_command_tells(found: Results) -> None:
    frame = found.measures.where(policy="keywords", kind="overall")
    assert frame["measure"].tolist() == [metric.id for metric in METRICS]
    for number, value in enumerate(frame["value"]):
        each = found.experiment.estimate(1, ("overall", ""), number)
        assert np.array_equal([value, frame["low"][number]], [each.value, each.low], equal_nan=True)
    teams = found.measures.where(kind="team", measure="wait_p90_s", policy="keywords")
    assert set(teams["part"]) == set(found.desk.scenario.teams)


def test_differences_are_paired_with_the_first(found: Results) -> None:
    one = found.differences.where(kind="overall", measure="misroute_rate")
    each = {name: found.replications.where(policy=name, kind="overall", measure="misroute_rate")["value"] for name in found.policies}
    assert one["difference"].tolist() == [pytest.approx((each["keywords"] - each["humans-only"]).mean())]
    assert one["baseline"].tolist() == ["humans-only"]
    assert found.replications.rows == 2 * 3 * len(found.experiment.parts()) * len(METRICS)


def test_tables_are_those_of_the_run_folder(found: Results, tmp_path: Path) -> None:
    kept = deskdrill.compare("bank-week", (name for name in ["keywords"]), replications=1, out=tmp_path / "one")
    assert kept.folder is not None
    assert (kept.folder / "report.html").is_file()
    for name, frame in found.tables("keywords").items():
        # Not a number is null there.
        sums = ", ".join(f'count("{column}"), count(DISTINCT "{column}")' for column in frame)
        there = duckdb.sql(f"SELECT count(*), {sums} FROM '{kept.folder}/tables/{name}/*.parquet'").fetchall()
        counts = [number for column in frame.values() for number in counted(column.tolist())]
        assert there == [(frame.rows, *counts)], name


def counted(values: list[object]) -> tuple[int, int]:
    known = [value for value in values if value is not None and not (isinstance(value, float) and isnan(value))]
    return len(known), len(set(known))


def test_the_same_from_files_objects_and_any_workers(found: Results, tmp_path: Path) -> None:
    scenario, policies = deskdrill.load_scenario("bank-week"), [deskdrill.load_policy(name) for name in found.policies]
    told = experiment_json(found.experiment)
    assert experiment_json(deskdrill.compare(scenario, policies, replications=3).experiment) == told
    with ThreadPoolExecutor(2) as pool:
        assert experiment_json(deskdrill.compare(scenario, list(found.policies), replications=3, workers=pool).experiment) == told


def test_precision_adds_replications() -> None:
    found = deskdrill.run("bank-week", "keywords", replications=2, precision={"wait_p90_s": "0.01%"}, at_most=11)
    assert found.experiment.replications == 11
    assert [each.is_reached for each in found.experiment.precision] == [False]


def test_what_is_written_is_read_again(found: Results, tmp_path: Path) -> None:
    folder = found.to_parquet(tmp_path / "a" / "b")
    assert sorted(each.name for each in folder.iterdir()) == ["differences.parquet", "measures.parquet", "replications.parquet"]
    rows = duckdb.sql(f"SELECT policy, measure, value FROM '{folder}/measures.parquet'").fetchall()
    wanted = zip(found.measures["policy"], found.measures["measure"], found.measures["value"], strict=True)
    assert rows == [(policy, measure, None if np.isnan(value) else value) for policy, measure, value in wanted]
    (tmp_path / "file").touch()
    with pytest.raises((DeskdrillError, OSError)):
        found.to_parquet(tmp_path / "file")


def test_a_notebook_shows_the_report_s_sentences_and_tables(found: Results) -> None:
    page = found._repr_html_()
    assert found.comparison.headline in page
    assert all(f"<caption>{table.title}" in page for table in found.comparison.tables)
    assert "<script" not in page
    assert str(found).startswith(found.comparison.headline[:40])
    assert repr(found) == "<Results: humans-only, keywords on bank-week, 3 replications, seed 1>"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"scenario": "bank-weak"}, "did you mean `bank-week`"),
        ({"policies": ["keyword"]}, "did you mean `keywords`"),
        ({"policies": "keywords"}, "expected a list of policies, found `keywords`"),
        ({"policies": []}, "expected a list of policies, found none"),
        ({"policies": [deskdrill.load_policy("keywords")] * 2}, "two policies are called `keywords`"),
        ({"policies": [deskdrill.load_policy("keywords")], "out": "x"}, "name files, not objects"),
        ({"policies": deskdrill.load_policy("keywords")}, "expected a list of policies, found a Policy"),
        ({"policies": ["keywords", ["careful"]]}, "a policy is a name, a path, or what `load_policy` gives, found a list"),
        ({"scenario": 3}, "a scenario is a name, a path, or what `load_scenario` gives, found a int"),
        ({"replications": 0}, "`replications` has to be a whole number from 1 to 100,000, found 0"),
        ({"replications": "2"}, "`replications` has to be a whole number from 1 to 100,000, found '2'"),
        ({"replications": True}, "`replications` has to be a whole number from 1 to 100,000, found True"),
        ({"seed": 1.0}, "`seed` has to be a whole number from 0 to "),
        ({"seed": None}, "`seed` has to be a whole number from 0 to "),
        ({"precision": ["wait_p90_s"]}, "`precision` has to be widths by measure"),
        ({"precision": {"wait_p90_s": "5%"}, "at_most": 0}, "`at_most` has to be a whole number"),
        ({"resume": True}, "`resume` goes with `out`"),
        ({"out": 3}, "`out` has to be a path, found 3"),
        ({"messages": 3}, "`messages` has to be a path, found 3"),
        ({"workers": "4"}, "`workers` has to be a number of processes"),
        ({"workers": 2.0}, "`workers` has to be a number of processes"),
        ({"at_most": 5}, "`at_most` goes with `precision`"),
        ({"precision": {"wait_p90_s": -1}}, "`precision`: "),
        ({"precision": {"wait_p90": "5%"}}, "did you mean `wait_p90_s`"),
        ({"workers": 0}, "`workers` has to be a number of processes, 1 or more; `None`: one"),
        ({"messages": "none.csv"}, "none.csv"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(settings: dict[str, object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {"scenario": "bank-week", "policies": ["keywords"], "replications": 1, **settings}
    with pytest.raises(DeskdrillError) as refused:
        deskdrill.compare(**asked)  # type: ignore[arg-type]
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_names_that_are_not_there_are_refused(found: Results) -> None:
    with pytest.raises(InputError, match="did you mean `keywords`"):
        found.tables("keyword")
    for number in (3, -1, 1.5):
        with pytest.raises(InputError, match=f"no replication {number} in these results; there are 0 to 2"):
            found.tables("keywords", number)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"deskdrill\.run: `seed` has to be"):
        deskdrill.run("bank-week", "keywords", seed=-1)
    with pytest.raises(KeyError, match="no column `polcy`; there are policy, kind"):
        found.measures.where(polcy="keywords")


def test_what_cannot_be_written_is_told_in_a_line(found: Results, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DeskdrillError, match="file: cannot be written: file exists"):
        found.to_parquet(tmp_path / "file")
    with pytest.raises(DeskdrillError, match="folder: cannot be written: is a directory"):
        found.measures.to_parquet(tmp_path / "folder")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_rows_are_found_by_several_values(found: Results) -> None:
    both = found.measures.where(kind="overall", measure=["lost_rate", "helped_rate"])
    assert sorted(set(both["measure"])) == ["helped_rate", "lost_rate"]
    assert both.rows == 4


def test_the_programs_of_the_page_run(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    programs = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(programs) == 3
    for program in programs:
        (tmp_path / "program.py").write_text(program, encoding="utf-8")
        done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_staffing_is_what_the_command_tells(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = deskdrill.staff("bank-week", "keywords", answer_within={"accounts": "3m"}, share=0.8, over="week", teams=["accounts"], replications=2)
    code = main(("staff", "bank-week", "keywords", "--answer-within", "accounts=3m", "--for", "80%", "--over", "week", "--team", "accounts", "--replications", "2", "--workers", "1", "--format", "json"))
    told = json.loads(capsys.readouterr().out)
    assert json.loads(json.dumps(found.data)) == told
    assert code == told["exit_code"]
    assert found.roster.rows == len(told["roster"]) > 0
    assert found.roster["agents"].tolist() == [each["agents"] for each in told["roster"]]
    assert found.agent_hours == told["agent_hours"]
    assert found.reached["pass"].tolist() == [each["pass"] for each in told["reached"]]
    assert sorted(each.name for each in found.to_parquet(tmp_path).iterdir()) == ["reached.parquet", "roster.parquet"]
    assert "<table>" in found._repr_html_()
    assert "staffing:" in found.rows()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "there is nothing to reach"),
        ({"share": "80"}, "`share`: "),
        ({"share": 1.5}, "`share`: "),
        ({"share": ["80%"]}, "`share` has to be a number or a text such as `80%` or `2m`, found ['80%']"),
        ({"share": 0.8, "answer_within": -3}, "`answer_within`: a duration cannot be negative, found `-3s`"),
        ({"share": 0.8, "over": "day"}, "`over` has to be 'half-hour' or 'week', found 'day'"),
        ({"share": 0.8, "teams": "billing"}, "`teams` has to be a list of names, found 'billing'"),
        ({"share": 0.8, "heads": 2.5}, "`heads` has to be a whole number"),
        ({"share": 0.8, "wage": "30"}, "`wage` has to be what an hour costs, more than 0, found '30'"),
        ({"share": 0.8, "teams": ["biling"]}, "did you mean `billing`"),
        ({"share": 0.8, "answer_within": "soon"}, "`answer_within`: "),
        ({"share": 0.8, "replications": 1}, "`replications` has to be a whole number from 2 to 100,000, found 1"),
        ({"share": 0.8, "heads": {"nobody": 3}}, "no team or group `nobody`"),
    ],
)
def test_what_cannot_be_staffed_is_refused_in_a_line(settings: dict[str, object], told: str) -> None:
    with pytest.raises(DeskdrillError) as refused:
        deskdrill.staff("saas-week", "careful", **settings)  # type: ignore[arg-type]
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@given(rows=st.lists(st.tuples(st.one_of(st.none(), st.text()), st.floats(), st.integers(-9, 9))))
def test_rows_become_columns_and_whatever_is_in_them_is_shown_as_text(rows: list[tuple[object, ...]]) -> None:
    frame = Frame.of_rows(("a", "b", "c"), rows)
    assert frame.rows == len(rows)
    assert [repr(row) for row in zip(*(column.tolist() for column in frame.values()), strict=True)] == [repr(row) for row in rows]
    assert all(line.isprintable() for line in repr(frame).splitlines())
    assert "<script" not in frame._repr_html_()
