"""The benchmarks run; how fast anything is, no test says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_floor_s_features_are_timed() -> None:
    command = [sys.executable, "features.py", "--conversations", "400", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    assert "400 conversations, CPU time: median of 1 interleaved rounds" in lines
    assert [line.split("  ")[0] for line in lines].count("W1 as it is") == 1
    assert len(lines) >= 20


def test_dialogues_are_timed() -> None:
    command = [sys.executable, "dialogues.py", "--conversations", "3000", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    rows = {line.split()[0]: line.split() for line in ran.stdout.splitlines() if line}
    assert all(int(rows[policy][1].replace(",", "")) > 3000 for policy in ("careful", "deflect-hard"))


def test_synthetic_messages_are_held_against_real_ones_as_far_as_there_are_any(tmp_path: Path) -> None:
    command = [sys.executable, "realism.py", "--messages", "300", "--data", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    assert f"left out: {tmp_path / 'stripe_chat' / 'stripe.csv'} is not there (say where with --data)" in ran.stdout
    (tmp_path / "banking77").mkdir()
    (tmp_path / "banking77" / "messages.csv").write_text("split,text,label\ntrain,Where is my card?,a\ntest,WHERE is it,a\n", encoding="utf-8")
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    rows = {line.split("  ")[0]: line.split()[-1] for line in ran.stdout.splitlines() if line}
    assert (rows["end without punctuation"], rows["have a question mark"], rows["start in small letters"]) == ("50%", "50%", "0%")
    assert "stripe.csv is not there" in ran.stdout
    assert "banking77/messages.csv is not there" not in ran.stdout


def test_recognisers_are_timed() -> None:
    command = [sys.executable, "recognisers.py", "--rounds", "1", "--scenario", "bank-week"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    told = [line.split("  ")[0] for line in ran.stdout.splitlines()]
    assert "learnt: recognise 20,000 texts" in told
    assert "confusion: draw 200,000 guesses" in told


def test_diffs_are_timed() -> None:
    command = [sys.executable, "diffs.py", "--rounds", "1", "--rows", "300"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    told = [line.split("  ")[0] for line in ran.stdout.splitlines()]
    assert {"read", "three edits: decide", "three edits: trace", "another policy: trace"} <= set(told)


def test_bots_are_timed() -> None:
    command = [sys.executable, "bots.py", "--rounds", "1", "--scenario", "bank-week"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    told = [line.split("  ")[0] for line in ran.stdout.splitlines()]
    assert {"built in", "in Python"} <= set(told)


def test_what_is_fitted_is_looked_at_without_changing_it() -> None:
    library = ROOT / "scenarios" / "library"
    before = {path.name: path.read_text(encoding="utf-8") for path in library.glob("*.yaml")}
    command = [sys.executable, "calibrate.py", "saas-2022", "--weeks", "0.05", "--workers", "1", "--look"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    fitted = re.findall(r"^saas-2022  (\w+) +([\d.]+%)  ->  0\.\d+, published 0\.\d+$", ran.stdout, re.MULTILINE)
    assert [measure for measure, _ in fitted] == ["resolved_by_answers_rate", "misroute_rate", "rule_placed_rate", "resolved_by_articles_rate"]
    assert all(f"{number}" in before["saas-2022.yaml"] for _, number in fitted)
    assert before == {path.name: path.read_text(encoding="utf-8") for path in library.glob("*.yaml")}


def test_candidates_of_a_staffing_search_are_timed() -> None:
    command = [sys.executable, "staffing.py", "--scenario", "payment-outage", "--policies", "humans-only", "--replications", "1", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    (row,) = [line.split() for line in ran.stdout.splitlines() if line.startswith("humans-only")]
    assert float(row[5]) > 0


def test_choosing_shifts_is_timed() -> None:
    command = [sys.executable, "shifts.py", "--shifts", "200", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    row = ran.stdout.splitlines()[-1].split()
    assert float(row[4].removesuffix("%")) <= 2


def test_what_staffing_finds_is_shown_beside_theory() -> None:
    command = [sys.executable, "staffing_theory.py", "--replications", "2", "--cases", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    row = ran.stdout.splitlines()[-1].split()
    assert row[:3] == ["20", "5", "min"]
    assert "4..4" in row


def test_experiments_are_timed() -> None:
    command = [sys.executable, "experiments.py", "--replications", "1", "--rounds", "1"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    assert re.search(r"^careful +[0-9.]+ +[0-9.]+ +[0-9]+%$", ran.stdout, re.MULTILINE)
    assert re.search(r"^one process takes [0-9.]+ times as long as two", ran.stdout, re.MULTILINE)
