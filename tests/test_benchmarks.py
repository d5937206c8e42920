"""The benchmarks run; how fast anything is, no test says."""

from __future__ import annotations

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


def test_recognisers_are_timed() -> None:
    command = [sys.executable, "recognisers.py", "--rounds", "1", "--scenario", "bank-week"]
    ran = subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True)
    told = [line.split("  ")[0] for line in ran.stdout.splitlines()]
    assert "learnt: recognise 20,000 texts" in told
    assert "confusion: draw 200,000 guesses" in told
