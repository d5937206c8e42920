from __future__ import annotations

from itertools import pairwise
from math import inf

import numpy as np
import pytest
from floors import Case, cases, on_duty
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.simulator.floorplan import Group
from deskdrill.simulator.occupation import occupation_of
from deskdrill.simulator.visits import Fate, VisitRecords


def busy_by_brute_force(case: Case, records: VisitRecords, horizon_s: float) -> list[float]:
    """Between any two neighbouring moments, the agents on duty who hold a conversation."""
    busy = []
    for number, team in enumerate(case.plan.groups):
        mine = records.group == number
        moments = np.concatenate([records.answered_s[mine], records.freed_s[mine], team.from_s, [horizon_s]])
        moments = np.unique(moments[moments <= horizon_s])
        total = 0.0
        for begin, end in pairwise(moments.tolist()):
            middle = (begin + end) / 2
            holds = mine & (records.answered_s <= middle) & (records.freed_s > middle)
            present = set(records.agent[holds].tolist()) & set(range(on_duty(team, middle)))
            total += len(present) * (end - begin)
        busy.append(total)
    return busy


@settings(max_examples=100)
@given(cases() | cases(whole_seconds=True), st.sampled_from((600.0, 1800.0, 86400.0)))
def test_busy_time_is_what_a_sweep_over_all_moments_finds(case: Case, horizon_s: float) -> None:
    records = case.played()
    found = occupation_of(case.plan.groups, records, horizon_s).busy_s
    np.testing.assert_allclose(found, busy_by_brute_force(case, records, horizon_s), rtol=1e-9, atol=1e-6)


@settings(max_examples=50)
@given(cases())
def test_nobody_is_busy_for_longer_than_on_duty(case: Case) -> None:
    horizon_s = 7200.0
    busy = occupation_of(case.plan.groups, case.played(), horizon_s).busy_s
    for found, team in zip(busy, case.plan.groups, strict=True):
        until = np.minimum([*team.from_s[1:], inf], horizon_s)
        assert -1e-9 <= found <= (np.maximum(until - np.array(team.from_s), 0) * team.agents).sum() + 1e-6


def test_busy_time_by_hand() -> None:
    """One agent with two conversations from 10 to 30 and 20 to 50, home at 40: busy from 10 to 40."""
    records = VisitRecords(
        np.array([10.0, 20.0]), np.array([10.0, 20.0]), np.array([30.0, 50.0]), np.array([0, 0], dtype=np.int32),
        np.array([Fate.SERVED, Fate.SERVED], dtype=np.int8), np.zeros(2, dtype=np.int8), np.array([30.0, 50.0]),
    )  # fmt: skip
    team = Group(2, (0.0, 40.0), (1, 0))
    assert occupation_of((team,), records, 100.0).busy_s[0] == pytest.approx(30)
    assert occupation_of((team,), records, 25.0).busy_s[0] == pytest.approx(15)
