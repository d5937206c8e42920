from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from deskdrill.errors import BadValue
from deskdrill.simulator import selection
from deskdrill.simulator.selection import Selection, confirmed, enough_to_confirm, kn_constants, select


class Known:
    """Values that are known, and how many of each were asked for."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.asked = values, [0] * len(values)

    def __call__(self, policies: Sequence[int], known: int, number: int) -> np.ndarray:
        for policy in policies:
            assert self.asked[policy] == known
            self.asked[policy] = number
        return self.values[list(policies), known:number]


def textbook_kn(values: np.ndarray, margin: float, confidence: float, first: int, at_most: int) -> tuple[int, int]:
    """The procedure as it is printed: one more of each survivor at a time. The policy, and the replications that it took."""
    k = len(values)
    eta = 0.5 * ((2 * (1 - confidence) / (k - 1)) ** (-2 / (first - 1)) - 1)
    h2 = 2 * eta * (first - 1)
    s2 = {(i, j): np.var(values[i, :first] - values[j, :first], ddof=1) for i in range(k) for j in range(k)}
    survivors, r = list(range(k)), first
    while True:
        means = {i: values[i, :r].mean() for i in survivors}
        w = {(i, j): max(0.0, margin / (2 * r) * (h2 * s2[i, j] / margin**2 - r)) for i in survivors for j in survivors}
        survivors = [i for i in survivors if all(means[i] >= means[j] - w[i, j] for j in survivors if j != i)]
        if len(survivors) == 1 or r >= at_most:
            return max(survivors, key=lambda i: means[i]), r
        r += 1


@pytest.mark.parametrize(
    ("k", "alpha", "n0", "eta", "h2"),
    [(2, 0.05, 10, 0.334050, 6.012905), (3, 0.05, 10, 0.472944, 8.512989), (5, 0.05, 20, 0.237238, 9.015056), (10, 0.05, 20, 0.302934, 11.511485)],
)
def test_the_constants_are_those_that_are_published(k: int, alpha: float, n0: int, eta: float, h2: float) -> None:
    assert kn_constants(k, n0, alpha) == pytest.approx((eta, h2), abs=2e-6)


@given(st.integers(2, 5), st.integers(0, 10_000), st.floats(0.1, 2), st.integers(2, 15), st.sampled_from([0.8, 0.95]))
def test_it_selects_what_the_textbook_selects_after_as_many_replications(k: int, seed: int, margin: float, first: int, confidence: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(k, 400)) * rng.uniform(0.2, 2, size=(k, 1)) + rng.normal(size=(1, 400)) + rng.normal(size=(k, 1))
    known = Known(values)
    found = select(known, k, margin, confidence, first, at_most=400)
    best, taken = textbook_kn(values, margin, confidence, first, 400)
    assert (found.best, max(found.taken)) == (best, taken)
    assert all(asked >= took for asked, took in zip(known.asked, found.taken, strict=True))
    assert found.taken[found.best] == taken


@given(st.integers(0, 10_000), st.permutations(range(4)), st.integers(1, 40))
def test_neither_the_order_of_policies_nor_the_size_of_batches_changes_what_is_found(seed: int, order: list[int], batch: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(4, 300)) + np.array([[0.0], [0.3], [0.5], [0.6]])
    found = select(Known(values), 4, 0.4, at_most=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "BATCH", batch)
        other = select(Known(values[order]), 4, 0.4, at_most=300)
    assert order[other.best] == found.best
    assert [other.taken[order.index(each)] for each in range(4)] == list(found.taken)


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_the_best_is_selected_as_often_as_promised_in_the_slippage_configuration(shared: float) -> None:
    """Three normal policies, the best ahead of both others by the margin exactly; 1,000 times. `shared` is the correlation
    that the same customers bring.
    """
    rng, right, took = np.random.default_rng(11), 0, 0
    for _ in range(1000):
        values = np.sqrt(1 - shared) * rng.normal(size=(3, 400)) + np.sqrt(shared) * rng.normal(size=(1, 400))
        found = select(Known(values + np.array([[0.5], [0.0], [0.0]])), 3, 0.5, at_most=400)
        right += found.best == 0
        took += sum(found.taken)
        assert found.is_found
    assert right / 1000 >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 1000)
    TOOK[shared] = took
    if len(TOOK) == 2:
        assert TOOK[0.8] < 0.7 * TOOK[0.0]


TOOK: dict[float, int] = {}


def test_policies_that_are_the_same_end_the_search() -> None:
    values = np.tile(np.random.default_rng(2).normal(size=(1, 60)), (3, 1))
    assert select(Known(values), 3, 0.5, at_most=60) == Selection(0, (10, 10, 10), is_found=True)


def test_what_is_not_found_in_time_is_told_by_the_means() -> None:
    values = np.random.default_rng(3).normal(size=(2, 30)) * 50
    found = select(Known(values), 2, 0.01, at_most=30)
    assert not found.is_found
    assert found.taken == (30, 30)
    assert found.best == int(values.mean(axis=1).argmax())


@pytest.mark.parametrize("given_", [{"policies": 1}, {"margin": 0}, {"margin": float("nan")}, {"confidence": 0.5}, {"first": 1}])
def test_what_cannot_be_selected_from_is_refused(given_: dict[str, float]) -> None:
    with pytest.raises(BadValue, match="selection takes"):
        select(Known(np.zeros((2, 20))), **{"policies": 2, "margin": 1.0, **given_})  # type: ignore[arg-type]


def test_the_others_intervals_hold_together() -> None:
    rng, held = np.random.default_rng(5), []
    means = np.array([[1.0], [0.5], [0.9], [-1.0]])
    for _ in range(1000):
        values = means + rng.normal(size=(4, 12)) + rng.normal(size=(1, 12))
        held.append(all(each.low <= means[each.policy, 0] - 1.0 <= each.high for each in confirmed(values, 0)))
    assert 0.93 <= np.mean(held) <= 0.99


def test_against_one_other_the_interval_is_the_paired_t_interval() -> None:
    values = np.random.default_rng(6).normal(size=(2, 9))
    (found,) = confirmed(values, 1)
    expected = stats.ttest_rel(values[0], values[1]).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_as_many_as_seem_enough_make_intervals_of_about_the_margin() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=(3, 20))
    many = enough_to_confirm(values, 0, 0.5)
    halves = [(each.high - each.low) / 2 for each in confirmed(rng.normal(size=(3, many)), 0)]
    assert 0.12 < max(halves) < 0.4
