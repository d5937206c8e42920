"""What then happens: the simulation, its result, and what is measured of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# What a loop is lies in `rules`, where invariants speak of it.
_HOMES = {
    "METRICS": "metrics",
    "Desk": "desk",
    "Experiment": "experiment",
    "Metric": "metrics",
    "Run": "run",
    "Turn": ".rules.loops",
    "around_any": "around",
    "fuzzed": "fuzzing",
    "list_transcripts": "run_folder",
    "loop_in": ".rules.loops",
    "measure": "metrics",
    "mser5": "warm_up",
    "open_desk": "desk",
    "quality_of": "quality",
    "read_transcript": "transcript",
    "run_experiment": "replications",
    "simulate": "run",
    "swept": "sweep",
    "tables_of": "tables",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the table is the one list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
