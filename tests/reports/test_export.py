"""The JSON of a comparison: its shape, and that it holds the same numbers as the experiment."""

from __future__ import annotations

import json
import math

import pytest

from deskdrill import reports
from deskdrill.reports.export import experiment_data, experiment_json
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.metrics import METRICS

KEYS = [
    "scenario",
    "seed",
    "replications",
    "policies",
    "metrics",
    "segments",
    "teams",
    "differences",
    "population_hash",
    "run",
    "performance",
    "automate_next",
]
VALUE_KEYS = ["value", "low", "high", "week_low", "week_high", "unit", "n", "interval"]
DIFFERENCE_KEYS = ["metric", "a", "b", "difference", "low", "high", "interval", "verdict", "pairing"]
VERDICTS = {"better", "worse", "higher", "lower", "cannot tell"}


def test_the_shape_is_exactly_that_of_the_issue(experiment: Experiment) -> None:
    data = json.loads(experiment_json(experiment))
    ids = [metric.id for metric in METRICS]
    assert list(data) == KEYS
    assert data["policies"] == ["people", "blocker"]
    assert [list(each) for each in data["metrics"].values()] == [ids, ids]
    for kind, names in (("segments", ["standard", "trial"]), ("teams", ["frontline", "billing", "triage"])):
        assert list(data[kind]) == data["policies"]
        assert all(list(each) == names for each in data[kind].values())
        assert all(list(measured) == ids for each in data[kind].values() for measured in each.values())
    every = [value for measured in data["metrics"].values() for value in measured.values()]
    assert all(list(value) in (VALUE_KEYS, [*VALUE_KEYS, "ratio_of_sums"]) and value["n"] == 4 for value in every)
    assert all(list(each) == DIFFERENCE_KEYS and each["verdict"] in VERDICTS for each in data["differences"])
    assert [(each["a"], each["b"]) for each in data["differences"]] == [("people", "blocker")] * len(ids)


def test_null_stands_for_what_has_no_value(experiment: Experiment) -> None:
    text = experiment_json(experiment)
    assert "NaN" not in text
    data = json.loads(text)
    assert data["metrics"]["blocker"]["wait_p90_s"]["value"] is None
    assert data["metrics"]["people"]["containment_rate"]["value"] is None
    assert data["segments"]["people"]["trial"]["occupancy"]["value"] is None


def test_every_number_is_the_experiment_s(experiment: Experiment) -> None:
    data = experiment_data(experiment)
    for policy, name in enumerate(experiment.names):
        for number, metric in enumerate(METRICS):
            value = experiment.estimate(policy, ("segment", "trial"), number).value
            told = data["segments"][name]["trial"][metric.id]["value"]
            assert told == value or (told is None and math.isnan(value))


def test_all_policies_met_the_same_people(experiment: Experiment) -> None:
    hashes = experiment_data(experiment)["population_hash"]
    assert len(set(hashes.values())) == 1


def test_the_room_offers_its_names() -> None:
    assert [getattr(reports, name).__name__ for name in reports.__all__] == reports.__all__
    with pytest.raises(AttributeError, match="has no attribute `comparision`"):
        reports.comparision  # noqa: B018
