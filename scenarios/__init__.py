"""Who writes in, and who is there to answer."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "MessagePool": "pool",
    "Phrasebook": "phrasebook",
    "Scenario": "scenario",
    "kaplan_meier": "survival",
    "load_phrasebook": "phrasebook",
    "load_scenario": "loading",
    "phrasebook_pool": "pool",
    "read_messages": "corpus",
    "scenario_from_document": "loading",
    "scenario_schema": "loading",
    "shipped_scenarios": "loading",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the table is the one list of public names


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
