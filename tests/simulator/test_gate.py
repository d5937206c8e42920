"""Replications are added until every target is decided, and only at fixed looks."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from normals import Given, Values, targets_of
from normals import given as measured
from small_desks import CAREFUL, HUMANS, one_desk, policy_of

from deskdrill.simulator.gate import Gated, gated, looks
from deskdrill.simulator.judging import UNSEEN_IN, Judgement
from deskdrill.simulator.replications import Replications
from deskdrill.simulator.targets import Targets


class Weeks:
    """Replications that are there already."""

    def __init__(self, old: Values, new: Values) -> None:
        self._policies = old, new

    def up_to(self, many: int) -> Given:
        old, new = ({name: values[:many] for name, values in of.items()} for of in self._policies)
        return measured(old, new)


def of_weeks(targets: Targets, new: Values, at_most: int) -> tuple[Gated, list[list[str]]]:
    seen: list[list[str]] = []

    def note(found: object) -> None:
        seen.append([each.verdict for each in cast("tuple[Judgement, ...]", found)])

    return gated(cast(Replications, Weeks(new, new)), targets, at_most, note), seen


@given(st.integers(1, 5000), st.integers(1, 50))
def test_looks_double_and_end_with_all(at_most: int, first: int) -> None:
    plan = looks(at_most, first)
    assert plan[-1] == at_most
    assert list(plan) == sorted(set(plan))
    assert all(b <= 2 * a for a, b in pairwise(plan))
    assert plan[0] == min(first, at_most)


@given(st.integers(0, 2**32), st.floats(90, 110), st.integers(2, 90))
def test_what_is_decided_stays_decided(seed: int, limit: float, at_most: int) -> None:
    values = {"wait_p90_s": np.random.default_rng(seed).normal(100, 20, at_most).clip(0)}
    found, seen = of_weeks(targets_of(f"measure: wait_p90_s, at_most: {limit:.3f}s"), values, at_most)
    assert len(seen) <= len(looks(at_most))
    assert [one for [one] in seen[:-1]] == ["cannot tell"] * (len(seen) - 1)
    assert found.experiment.replications == looks(at_most)[len(seen) - 1]
    assert found.judgements[0].decided_at in (None, found.experiment.replications)


def test_a_case_seen_late_is_a_case() -> None:
    never, unsure = "measure: protected_automated, at_most: 0", "measure: wait_p90_s, at_most: 100s"
    cases = np.zeros(80)
    cases[UNSEEN_IN + 15] = 1
    weeks = np.tile([80.0, 120.0], 40)
    found, seen = of_weeks(targets_of(never, unsure), {"protected_automated": cases, "wait_p90_s": weeks}, 80)
    assert [verdicts[0] for verdicts in seen] == ["pass", "fail", "fail"]
    assert (found.verdict, found.judgements[0].decided_at) == ("fail", 40)


def test_what_no_number_of_replications_decides_is_not_waited_for() -> None:
    values = {"wait_p90_s": np.tile([1.0, np.nan], 40)}
    found, seen = of_weeks(targets_of("measure: wait_p90_s, at_most: 100s"), values, 80)
    assert (found.verdict, len(seen)) == ("cannot tell", 1)


def test_more_targets_and_looks_ask_for_more_certainty() -> None:
    values = {"wait_p90_s": np.full(80, 50.0)}
    lines = ["measure: wait_p90_s, at_most: 60s", "measure: wait_p90_s, at_least: 40s"]
    assert of_weeks(targets_of(lines[0]), values, 10)[0].level == 0.95
    assert of_weeks(targets_of(*lines), values, 80)[0].level == pytest.approx(1 - 0.05 / 6)


def test_a_gate_is_the_same_on_any_number_of_workers() -> None:
    policies = tuple(policy_of(text) for text in (HUMANS, CAREFUL))
    targets = targets_of("measure: helped_rate, worse_by_at_most: 2pp", "measure: protected_automated_known, at_most: 0")
    found = []
    for workers in (1, 2):
        with Replications(one_desk(), policies, seed=4, workers=workers) as replicating:
            found.append(gated(replicating, targets, 21))
    assert repr(found[0].judgements) == repr(found[1].judgements)
    assert found[0].experiment.replications == found[1].experiment.replications
