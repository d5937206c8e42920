from __future__ import annotations

from math import exp, log1p, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from deskdrill.scenarios.distributions import Deterministic, Exponential, Lognormal

probabilities = st.lists(st.floats(1e-12, 1 - 1e-12), min_size=1, max_size=20, unique=True).map(lambda u: np.sort(np.array(u)))
means = st.floats(0.1, 1e6)
spreads = st.floats(0.05, 10)


@given(means, spreads, probabilities)
def test_a_lognormal_has_the_quantiles_of_its_mean_and_spread(mean: float, cv: float, u: np.ndarray) -> None:
    s = sqrt(log1p(cv * cv))
    expected = stats.lognorm(s, scale=mean / exp(s * s / 2)).ppf(u)
    np.testing.assert_allclose(Lognormal(mean=mean, cv=cv).quantile(u), expected, rtol=1e-9)


@given(means, probabilities)
def test_an_exponential_has_the_quantiles_of_its_mean(mean: float, u: np.ndarray) -> None:
    np.testing.assert_allclose(Exponential(shape="exponential", mean=mean).quantile(u), stats.expon(scale=mean).ppf(u), rtol=1e-9)


@given(means, probabilities)
def test_a_deterministic_time_is_always_the_same(mean: float, u: np.ndarray) -> None:
    assert (Deterministic(shape="deterministic", mean=mean).quantile(u) == mean).all()


@given(st.sampled_from((Lognormal(mean=10.0, cv=2.0), Exponential(shape="exponential", mean=10.0))), probabilities)
def test_quantiles_ascend_and_are_never_negative(shape: Lognormal | Exponential, u: np.ndarray) -> None:
    times = shape.quantile(u)
    assert (np.diff(times) >= 0).all()
    assert (times >= 0).all()


@pytest.mark.parametrize(("mean", "cv", "median", "p90"), [(10, 0.8, 7.8087, 19.2327), (12, 1.2, 7.6822, 25.7717)])
def test_published_lognormals(mean: float, cv: float, median: float, p90: float) -> None:
    np.testing.assert_allclose(Lognormal(mean=float(mean), cv=cv).quantile(np.array([0.5, 0.9])), [median, p90], atol=1e-4)


@pytest.mark.parametrize("shape", [Lognormal(mean=300.0, cv=0.6), Exponential(shape="exponential", mean=300.0)])
def test_the_mean_is_the_mean(shape: Lognormal | Exponential) -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    assert shape.quantile(u).mean() == pytest.approx(300, rel=1e-3)
