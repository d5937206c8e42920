"""Shares with intervals: Wilson's as in textbooks, wider where messages are made from few wordings, never nothing."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from deskdrill.simulator.intervals import score_interval
from deskdrill.simulator.proportions import proportion

some_hits = st.lists(st.booleans(), min_size=1, max_size=60).map(np.array)


# Laws.

@given(some_hits, st.integers(0, 2**32))
def test_the_share_lies_within_its_interval_and_that_within_0_and_1(hits: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = proportion(hits, rng.integers(0, 9, hits.size), rng.random(hits.size) + 0.01)
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1
    assert found.high > found.low


@given(some_hits)
def test_messages_of_distinct_origins_have_the_textbook_s_interval(hits: np.ndarray) -> None:
    found = proportion(hits, np.arange(hits.size))
    exact = stats.binomtest(int(hits.sum()), hits.size).proportion_ci(0.95, method="wilson")
    assert found.share == pytest.approx(hits.mean())
    np.testing.assert_allclose([found.low, found.high], [exact.low, exact.high], atol=1e-6)


@given(some_hits.filter(lambda hits: hits.size > 1), st.integers(2, 50))
def test_to_write_every_message_so_often_makes_nobody_surer(hits: np.ndarray, times: int) -> None:
    """Copies are no witnesses: the interval is at least as wide as that of one each."""
    once = proportion(hits, np.arange(hits.size))
    copied = proportion(np.repeat(hits, times), np.repeat(np.arange(hits.size), times))
    assert copied.share == pytest.approx(once.share)
    assert copied.high - copied.low >= (once.high - once.low) * 0.999
    assert (copied.of, copied.origins) == (hits.size * times, hits.size)


@given(some_hits, st.integers(0, 2**32), st.floats(0.01, 100))
def test_the_order_of_messages_and_the_unit_of_weights_do_not_matter(hits: np.ndarray, seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    origins, weights, order = rng.integers(0, 5, hits.size), rng.random(hits.size) + 0.01, rng.permutation(hits.size)
    one, other = proportion(hits, origins, weights), proportion(hits[order], origins[order] * 7, weights[order] * unit)
    np.testing.assert_allclose([one.share, one.low, one.high], [other.share, other.low, other.high], atol=1e-9)


@given(some_hits, st.integers(0, 2**32))
def test_messages_without_weight_do_not_count(hits: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, origins = rng.integers(0, 2, hits.size).astype(float), rng.integers(0, 5, hits.size)
    counts = weights > 0
    assume(counts.any())
    assert proportion(hits, origins, weights) == proportion(hits[counts], origins[counts])


def test_the_interval_holds_the_truth_where_messages_are_made_from_few_wordings() -> None:
    """Each wording has a chance of its own; 95 % intervals that take texts for independent would hold it in 35 %."""
    rng, held, rounds = np.random.default_rng(5), 0, 1000
    for _ in range(rounds):
        hits = rng.random((25, 40)) < rng.beta(2, 1, (25, 1))
        found = proportion(hits.ravel(), np.repeat(np.arange(25), 40))
        held += found.low <= 2 / 3 <= found.high
    assert held >= stats.binom.ppf(1e-4, rounds, 0.94)


# Known answers.

def test_nothing_has_no_share() -> None:
    found = proportion(np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64))
    assert isnan(found.share)
    assert isnan(found.low)
    assert (found.of, found.origins) == (0, 0)


def test_one_wording_tells_next_to_nothing() -> None:
    found = proportion(np.array([True] * 30 + [False] * 10), np.zeros(40, dtype=np.int64))
    assert (found.low, found.share, found.high) == (0, 0.75, 1)


@pytest.mark.parametrize(("share", "n", "interval"), [(0.0, 10, (0.0, 0.2775)), (1.0, 10, (0.7225, 1.0)), (0.5, 4, (0.15, 0.85))])
def test_wilson_s_interval(share: float, n: int, interval: tuple[float, float]) -> None:
    assert score_interval(share, n, 1.959964) == pytest.approx(interval, abs=1e-4)
