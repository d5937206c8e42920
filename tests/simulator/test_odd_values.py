"""Values that a file may hold and nobody expects: a run with them comes to an end, and its figures are figures."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from small_desks import ANSWERS, HUMANS, SMALL, policy_of, scenario_of, small_desk

from deskdrill.simulator.course import _next_open
from deskdrill.simulator.run import simulate
from deskdrill.simulator.summary import summary_of

AGES = {"shape": "deterministic", "mean": "500w"}
ODD: list[tuple[tuple[str, ...], Any]] = [
    (("intents", "invoice", "work"), {"shape": "deterministic", "mean": "90d"}),
    (("intents", "invoice", "work"), {"mean": "5000w", "cv": 10}),
    (("teams", "frontline", "look"), AGES),
    (("teams", "billing", "wrap_up"), AGES),
    (("returns", "later"), AGES),
    (("behaviour",), {"reply_gap": AGES}),
    (("behaviour",), {"bot_reply": "0.000000000001s"}),
    (("intents", "how_to", "work"), {"shape": "empirical", "values": [0, "1s"]}),
]


@pytest.mark.parametrize(("way", "value"), ODD, ids=[f"{'.'.join(way)} {value}" for way, value in ODD])
@pytest.mark.parametrize("text", [HUMANS, ANSWERS], ids=["humans", "answers"])
def test_a_run_with_an_odd_value_has_a_summary(text: str, way: tuple[str, ...], value: Any) -> None:
    data = deepcopy(SMALL)
    inner: dict[str, Any] = data
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    summary = summary_of(simulate(small_desk(scenario_of(data)), policy_of(text), 1))
    assert sum(summary.flows.values()) == summary.conversations >= summary.problems > 100
    assert summary.queued.min() >= 0


def test_beyond_what_is_known_a_desk_opens_as_a_week_before() -> None:
    week = np.zeros(7 * 1440, dtype=bool)
    week[600:700] = True
    opens_s = _next_open(np.tile(week, 3)) / 60
    assert opens_s[[0, 650, 700]].tolist() == [600, 650, 600 + 10080]
    assert opens_s[[2 * 10080 + 700, 3 * 10080 - 1]].tolist() == [3 * 10080 + 600] * 2
