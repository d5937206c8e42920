"""An experiment as JSON for programs: every measure, overall, by segment and by team, and the differences."""

from __future__ import annotations

import hashlib
import json
from math import isfinite, isnan
from typing import Any

from ..simulator.experiment import OVERALL, Experiment, Part
from ..simulator.intervals import Estimate
from ..simulator.metrics import METRICS
from .automation import candidates_data
from .counted import counted_data
from .mismatches import notes_beside
from .performance import performance_data
from .precision_words import precision_data

Json = dict[str, Any]


def experiment_json(experiment: Experiment, targets: Json | None = None) -> str:
    """The text of results.json, with a line break at its end; `targets` is what they come to, if there are any.

    The same bytes for the same experiment, however many workers ran it; `null` where a measure has no value.
    """
    return json_text(experiment_data(experiment) | ({} if targets is None else {"targets": targets}))


def experiment_data(experiment: Experiment) -> Json:
    """The same as data; nothing in it is infinite or not a number."""
    parts = experiment.parts()
    segments = [part for part in parts if part[0] == "segment"]
    teams = [part for part in parts if part[0] == "team"]
    groups = [part for part in parts if part[0] == "group"]
    return {
        "scenario": experiment.scenario.name,
        "seed": experiment.seed,
        "replications": experiment.replications,
        "policies": list(experiment.names),
        "metrics": {name: _measured(experiment, policy, OVERALL) for policy, name in enumerate(experiment.names)},
        "segments": {name: _by_part(experiment, policy, segments) for policy, name in enumerate(experiment.names)},
        "teams": {name: _by_part(experiment, policy, teams) for policy, name in enumerate(experiment.names)},
        "differences": [
            {
                "metric": each.metric,
                "a": each.a,
                "b": each.b,
                "difference": number_or_none(each.difference),
                "low": number_or_none(each.low),
                "high": number_or_none(each.high),
                "interval": None if isnan(each.low) else each.kind,
                "verdict": each.verdict,
                "pairing": number_or_none(each.pairing),
            }
            for each in experiment.differences()
        ],
        "population_hash": population_hashes(experiment),
        "run": counted_data(experiment),
        "performance": {name: performance_data(experiment, policy) for policy, name in enumerate(experiment.names)},
        "automate_next": {name: candidates_data(experiment, policy) for policy, name in enumerate(experiment.names)},
        **(
            {"groups": {name: _by_part(experiment, at, groups) for at, name in enumerate(experiment.names)}}
            if groups
            else {}
        ),
        **notes_data(experiment),
        **precision_data(experiment),
    }


def notes_data(experiment: Experiment) -> Json:
    """`notes`, what is odd about the scenario or comes to nothing of a policy; no key where nothing is."""
    notes = [{"id": note.id, "level": note.level, "message": note.message} for note in notes_beside(experiment)]
    return {"notes": notes} if notes else {}


def population_hashes(experiment: Experiment) -> dict[str, str]:
    """For each policy, a hash over the populations that it met: equal for all, or they did not meet the same people."""
    return {
        name: hashlib.blake2b("".join(each.population_hash for each in summaries).encode(), digest_size=16).hexdigest()
        for name, summaries in zip(experiment.names, experiment.summaries, strict=True)
    }


def json_text(data: object) -> str:
    """Data as JSON for people and programs: indented, a line break at its end."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def no_formula(value: Any) -> Any:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def number_or_none(value: float) -> float | None:
    """The number, or `None` for what JSON has no word for."""
    return float(value) if isfinite(value) else None


def _by_part(experiment: Experiment, policy: int, parts: list[Part]) -> Json:
    return {part[1]: _measured(experiment, policy, part) for part in parts}


def _measured(experiment: Experiment, policy: int, part: Part) -> Json:
    found = {}
    for number, metric in enumerate(METRICS):
        each = experiment.estimate(policy, part, number)
        found[metric.id] = {
            "value": number_or_none(each.value),
            "low": number_or_none(each.low),
            "high": number_or_none(each.high),
            "week_low": number_or_none(each.week_low),
            "week_high": number_or_none(each.week_high),
            "unit": metric.unit,
            "n": each.n,
            "interval": None if isnan(each.low) else each.kind,
            **_pooled(experiment.pooled(policy, part, number)),
        }
    return found


def _pooled(found: Estimate | None) -> Json:
    """A ratio as the ratio of sums over all replications; `value` is the mean of their ratios."""
    if found is None or isnan(found.value):
        return {}
    ends = {"low": number_or_none(found.low), "high": number_or_none(found.high)}
    return {"ratio_of_sums": {"value": found.value, **ends}}
