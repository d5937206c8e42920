"""Finished runs: asked in SQL, listed, and put side by side."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main
from deskdrill.simulator.asking import answer, tables_in
from deskdrill.simulator.column_notes import COLUMN_NOTES, note_of
from deskdrill.simulator.run_folder import RunFolder

Told = Callable[..., str]
TWICE = ("--replications", "2", "--workers", "1")


@pytest.fixture
def kept(workspace: Path, told: Told) -> Path:
    told("compare", "tiny.yaml", "people.yaml", "blocker.yaml", *TWICE, "--out", "runs/one")
    return Path("runs/one")


def test_every_column_is_explained_and_nothing_else_is(kept: Path) -> None:
    tables = tables_in(RunFolder(kept))
    assert {*COLUMN_NOTES} - {*tables} == {"bot_texts"}
    for table, columns in tables.items():
        for column in columns:
            assert note_of(table, column), f"{table}.{column}"
    # Those of a recogniser that goes by chance, of companies and products are not in this run.
    elsewhere = {"turn", "telling_turn", "recognised", "confidence", "company", "company_known", "products_known"}
    for table, notes in COLUMN_NOTES.items():
        if table in tables:
            here = {*notes} - {*tables[table]} - elsewhere
            assert all(column.endswith("_*") for column in here), (table, here)


def test_measures_are_those_of_the_results(kept: Path) -> None:
    results = json.loads((kept / "results.json").read_text())
    query = """
        SELECT policy, avg(value) FROM measures WHERE kind = 'overall' AND measure = 'helped_rate' GROUP BY policy
    """
    found = dict(answer(RunFolder(kept), query).rows)
    for name, metrics in results["metrics"].items():
        assert found[name] == pytest.approx(metrics["helped_rate"]["value"])


def test_quantiles_of_measures_are_those_of_quantile_disc_among_the_served(kept: Path) -> None:
    query = """
        SELECT m.value, quantile_disc(wait_s, 0.9)
        FROM conversations c JOIN measures m USING (policy, replication)
        WHERE outcome = 'served' AND kind = 'overall' AND measure = 'wait_p90_s' GROUP BY policy, replication, m.value
    """
    rows = answer(RunFolder(kept), query).rows
    assert rows
    assert all(measured == asked for measured, asked in rows)


def test_a_query_is_answered_as_text_json_and_csv(kept: Path, told: Told) -> None:
    query = "SELECT policy, count(*) AS many, count(wait_s) > 0 AS waits FROM conversations GROUP BY ALL ORDER BY ALL"
    as_json = json.loads(told("query", str(kept), query, "--format", "json"))
    assert [row["policy"] for row in as_json] == ["blocker", "people"]
    assert [row["waits"] for row in as_json] == [False, True]
    header, *rows = csv.reader(io.StringIO(told("query", str(kept), query, "--format", "csv")))
    assert header == ["policy", "many", "waits"]
    assert [int(row[1]) for row in rows] == [row["many"] for row in as_json]
    lines = told("query", str(kept), query).splitlines()
    assert lines[2].split() == ["blocker", f"{as_json[0]['many']}", "no"]


def test_long_answers_are_cut_and_that_is_said(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("query", str(kept), "SELECT text FROM texts", "--limit", "3")) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 5
    assert said.err.startswith("the first 3 of ")


def test_hostile_values_are_neutral_in_text_and_in_csv(kept: Path, told: Told) -> None:
    query = "SELECT '=1+1' AS a, chr(27) || '[31m' AS b"
    assert told("query", str(kept), query, "--format", "csv").splitlines()[1].startswith("'=1+1,")
    assert "\x1b" not in told("query", str(kept), query)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FRO x", 'Parser Error: syntax error at or near "x"'),
        ("SELECT nope FROM texts", 'Binder Error: Referenced column "nope" not found in FROM clause!'),
        ("SELECT * FROM conversation", "Catalog Error: Table with name conversation does not exist!"),
        (" ", "the query is empty"),
        (";", "the query is empty"),
        ("SELECT 1; SELECT 2", "a query is one SELECT; "),
        ("COPY (SELECT 1) TO 'there.csv'", "a query is one SELECT; "),
        ("INSTALL httpfs", "a query is one SELECT; "),
        ("SET threads = 2", "a query is one SELECT; "),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'there.csv'", "a query is one SELECT; "),
        ("explain (analyze) copy (SELECT 1) TO 'there.csv'", "a query is one SELECT; "),
        ("SELECT now()", "a time with a time zone cannot be shown; "),
        ("SELECT '\ud800'", "the query is no text: "),
    ],
)
def test_a_wrong_query_is_one_line(kept: Path, capsys: pytest.CaptureFixture[str], sql: str, message: str) -> None:
    assert main(("query", str(kept), sql)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"deskdrill query: {message}")
    assert not Path("there.csv").exists()


def test_columns_of_one_name_are_told_apart_in_json(kept: Path, told: Told) -> None:
    assert json.loads(told("query", str(kept), "SELECT 1 AS n, 2 AS n", "--format", "json")) == [{"n": 1, "n_2": 2}]


@pytest.mark.parametrize("name", ["a[1]", "b*c", "d?", "it's", "~", "ä ö"])
def test_a_run_is_read_whatever_its_folder_is_called(workspace: Path, told: Told, name: str) -> None:
    """What stands for other letters in a pattern of files stands for itself in a folder's name."""
    for folder in (name, "bXc", "d1", "a1"):
        told("run", "tiny.yaml", "people.yaml", "--replications", "1", "--workers", "1", "--out", f"odd/{folder}")
    counted = "SELECT count(*) AS many FROM problems"
    found = [told("query", f"odd/{folder}", counted, "--format", "json") for folder in (name, "a1")]
    assert found[0] == found[1]


def test_a_folder_with_a_backslash_is_refused_before_the_work(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("run", "tiny.yaml", "people.yaml", "--replications", "1", "--out", "a\\b")) == 2
    assert "a name with a backslash" in capsys.readouterr().err


@pytest.mark.parametrize(
    "sql",
    ["FROM problems LIMIT 1;", "EXPLAIN ANALYZE SELECT 1", "WITH a AS (SELECT 1 AS x) SELECT * FROM a", "DESCRIBE texts", "SUMMARIZE visits", "SHOW TABLES", "EXPLAIN SELECT 1", "PIVOT problems ON segment USING count(*) GROUP BY policy", "VALUES (1)"],
)
def test_whatever_reads_is_a_query(kept: Path, told: Told, sql: str) -> None:
    assert len(told("query", str(kept), sql).splitlines()) > 2


def test_runs_are_listed_the_newest_first(kept: Path, told: Told, workspace: Path) -> None:
    told("run", "tiny.yaml", "people.yaml", "--replications", "1", "--out", "runs/deep/two")
    (workspace / "runs" / "other").mkdir()
    (workspace / "runs" / "other" / "manifest.json").write_text("{}")
    listed = json.loads(told("runs", "--format", "json"))
    assert sorted(each["folder"] for each in listed) == ["runs/deep/two", "runs/one"]
    assert [each["written"] for each in listed] == sorted((each["written"] for each in listed), reverse=True)
    assert "people, blocker" in told("runs", "runs")


def test_no_runs_are_no_answer(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("runs",)) == 3
    assert "no runs here" in capsys.readouterr().out
    assert main(("runs", "nowhere")) == 2
    assert capsys.readouterr().err == "nowhere: no such folder\n"


def test_runs_apart_are_compared_as_if_they_had_been_one(kept: Path, told: Told) -> None:
    told("run", "tiny.yaml", "people.yaml", *TWICE, "--out", "a")
    told("run", "tiny.yaml", "blocker.yaml", "--replications", "3", "--out", "b")
    together = told("compare", "tiny.yaml", "people.yaml", "blocker.yaml", *TWICE, "--format", "json")
    assert told("compare", "a", "b", "--format", "json") == together
    assert told("compare", "a", str(kept), "--format", "json") == together
    assert told("compare", "a", "b") == told("compare", "tiny.yaml", "people.yaml", "blocker.yaml", *TWICE)


def test_policies_of_one_name_are_told_apart_by_their_folders(kept: Path, told: Told, workspace: Path) -> None:
    text = (workspace / "people.yaml").read_text()
    (workspace / "people.yaml").write_text(text.replace("{route: billing}", "{route: frontline}"))
    told("run", "tiny.yaml", "people.yaml", *TWICE, "--out", "later")
    found = json.loads(told("compare", str(kept), "later", "--format", "json"))
    assert found["policies"] == ["people (one)", "blocker", "people (later)"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--seed", "2"), "the seed is 1 there and 2 here; `deskdrill compare` with a scenario and policies simulates them on the same ones"),
        (("--replications", "1"), None),
    ],
)
def test_runs_with_other_customers_are_not_compared(
    kept: Path, told: Told, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str | None
) -> None:
    told("run", "tiny.yaml", "blocker.yaml", *TWICE, *more, "--out", "b")
    code = main(("compare", str(kept), "b"))
    said = capsys.readouterr()
    if message is None:
        assert code == 0
    else:
        assert (code, said.err) == (2, f"b: not the same customers as in runs/one: {message}\n")


def test_finished_runs_are_not_simulated_again(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("compare", str(kept), "--seed", "3")) == 2
    assert capsys.readouterr().err.startswith("deskdrill compare: `--seed` is about simulating, and these runs are finished")


def test_a_damaged_replication_is_told(kept: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / kept / "tables" / "visits" / "people-0001.parquet").unlink()
    assert main(("compare", str(kept))) == 2
    assert capsys.readouterr().err.startswith("runs/one: replication 1 of `people` is damaged or missing; ")
