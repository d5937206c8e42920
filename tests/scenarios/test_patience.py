from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import scenario_from_document
from deskdrill.scenarios.patience import Patience
from deskdrill.scenarios.strategies import patiences

made = patiences().map(lambda data: Patience.model_validate_json(json.dumps(data)))
shares = st.lists(st.integers(1, 2**30 - 1), min_size=1, max_size=20, unique=True).map(lambda u: np.sort(np.array(u)) / 2**30)


@given(made, shares)
def test_whoever_is_more_patient_than_others_is_so_live_and_after_a_message(patience: Patience, share: np.ndarray) -> None:
    for wait_s in (patience.live_s(share), patience.inbox_s(share)):
        assert (wait_s >= 0).all()
        assert (wait_s[1:] <= wait_s[:-1]).all()


@given(made, shares)
def test_the_share_that_balks_is_the_least_patient_and_waits_no_time(patience: Patience, share: np.ndarray) -> None:
    wait_s = patience.live_s(share)
    assert (wait_s[share >= 1 - patience.balks] == 0).all()
    stay = share < 1 - patience.balks
    np.testing.assert_allclose(wait_s[stay], patience.live.quantile(1 - share[stay] / (1 - patience.balks)))


@given(made, st.floats(0, 1), shares)
def test_with_more_who_balk_nobody_waits_longer(patience: Patience, more: float, share: np.ndarray) -> None:
    changed = patience.model_copy(update={"balks": max(patience.balks, more)})
    assert (changed.live_s(share) <= patience.live_s(share) * (1 + 1e-12)).all()


@given(made)
def test_being_told_when_a_person_will_come_stretches_patience_by_one_factor(patience: Patience) -> None:
    expected = patience.announced_factor or (patience.told.mean_s / patience.live.mean_s if patience.told else 1)
    assert patience.told_factor == expected > 0


CURVE = {"shape": "survival", "points": [["1m", 0.5]]}
LIVE = {"shape": "exponential", "mean": "5m"}
MISTAKES = [
    ({"live_mean": "5m", "told_mean": "12m", "inbox_median": "8h"}, [
        "unknown key `live_mean`; did you mean `live: {shape: exponential, mean: 5m}`?",
        "unknown key `told_mean`; did you mean `told: {shape: exponential, mean: 12m}`?",
        "unknown key `inbox_median`; did you mean `inbox: {shape: exponential, median: 8h}`?",
    ]),
    ({"live": LIVE}, ["key `inbox` is missing"]),
    ({"live": LIVE, "inbox": LIVE, "balk": 0.1}, ["unknown key `balk`; did you mean `balks`?"]),
    ({"live": LIVE, "inbox": LIVE, "silent": "120%"}, ["a share is at most 100%, found `120%`"]),
    ({"live": LIVE, "inbox": LIVE, "told": LIVE, "announced_factor": 2}, [
        "`told` and `announced_factor` both say how long customers wait once told; keep one of them"
    ]),
    ({"live": CURVE, "inbox": LIVE, "told": LIVE}, [
        "`told` goes by its mean over that of `live`, and where some never leave there is none; give `announced_factor` instead"
    ]),
    ({"live": LIVE, "inbox": LIVE, "announced_factor": 0}, ["expected more than 0, found `0`"]),
]  # fmt: skip


@pytest.mark.parametrize(("patience", "messages"), MISTAKES, ids=[str(list(patience)) for patience, _ in MISTAKES])
def test_a_mistake_in_a_patience_is_told_at_its_place(patience: dict[str, Any], messages: list[str]) -> None:
    data = plain_scenario()
    data["segments"]["standard"]["temperament"]["patience"] = patience
    text = json.dumps(data, indent=1)
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    lines = str(refused.value).splitlines()
    assert [line.split(": ", 1)[1] for line in lines] == messages


def test_an_old_key_is_named_where_it_stands() -> None:
    data = plain_scenario()
    data["segments"]["standard"]["temperament"]["patience"] = {"live_mean": "5m", "inbox": LIVE}
    text = json.dumps(data, indent=1)
    line = text[: text.index('"live_mean"')].count("\n") + 1
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    assert str(refused.value).startswith(f"mine.yaml:{line}:6: unknown key `live_mean`; did you mean `live: {{shape")


def test_an_endless_patience_is_allowed_where_nobody_compares_means() -> None:
    data = plain_scenario()
    data["segments"]["standard"]["temperament"]["patience"] = {"live": CURVE, "inbox": CURVE, "announced_factor": 2}
    scenario = scenario_from_document(parse_document(json.dumps(data)))
    assert scenario.segments["standard"].temperament.patience.live_s(np.array([0.3, 0.7])).tolist() == [np.inf, 60]
