from __future__ import annotations

import json
import warnings
from math import exp, inf, log, log1p, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_scenario import plain_scenario
from pydantic import TypeAdapter
from scipy import special, stats

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import scenario_from_document
from deskdrill.scenarios.distributions import (
    Branch,
    Deterministic,
    Distribution,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Uniform,
    Weibull,
)
from deskdrill.scenarios.strategies import distributions

# No two are so near that rounding could change their order.
probabilities = st.lists(st.integers(1, 2**30 - 1), min_size=1, max_size=20, unique=True).map(lambda u: np.sort(np.array(u)) / 2**30)
tails = st.lists(st.floats(1e-12, 1 - 1e-12), min_size=1, max_size=20, unique=True).map(lambda u: np.sort(np.array(u)))
means = st.floats(0.1, 1e6)
spreads = st.floats(0.05, 10)
whole_counts = st.integers(1, 50)
exponents = st.floats(0.1, 10)


def made(data: dict[str, Any]) -> Any:
    return TypeAdapter(Distribution).validate_json(json.dumps(data))


def midpoints(many: int) -> np.ndarray:
    return (np.arange(many) + 0.5) / many


@given(distributions().map(made), probabilities)
def test_quantiles_ascend_and_are_never_negative(shape: Any, u: np.ndarray) -> None:
    times = shape.quantile(u)
    assert times.shape == u.shape
    assert (np.diff(times) >= 0).all()
    assert (times >= 0).all()
    assert np.isfinite(times).all()


@given(distributions().map(made))
def test_probabilities_in_rows_give_times_in_rows(shape: Any) -> None:
    u = midpoints(6)
    assert shape.quantile(u.reshape(2, 3)).tolist() == shape.quantile(u).reshape(2, 3).tolist()


@given(distributions().map(made))
def test_the_mean_is_the_mean_of_the_quantiles(shape: Any) -> None:
    found = shape.quantile(midpoints(100_000)).mean()
    assert found == pytest.approx(shape.mean_s, rel=5e-3)


@given(distributions().map(made))
def test_the_squared_cv_is_that_of_the_quantiles(shape: Any) -> None:
    """Over the normal scale, where long tails are nearly polynomial; the ends beyond 8.2 standard deviations are left out."""
    z, step = np.linspace(-8.2, 8.2, 40_001, retstep=True)
    times = shape.quantile(np.clip(special.ndtr(z), 2.0**-54, 1 - 2.0**-53)) / shape.mean_s
    second_moment = float((times**2 * np.exp(-z * z / 2)).sum()) * step / np.sqrt(2 * np.pi)
    assert second_moment == pytest.approx(1 + shape.squared_cv, rel=5e-3)


def times_64(value: Any) -> Any:
    """Every duration of a distribution 64 times as long, and nothing else changed."""
    match value:
        case dict():
            return {key: times_64(each) for key, each in value.items()}
        case list():
            return [times_64(each) for each in value]
        case str() if value[:1].isdigit():
            return f"{int(value[:-1]) * 64}{value[-1]}"
        case _:
            return value


@given(distributions(), probabilities)
def test_in_another_unit_the_times_are_the_same(data: dict[str, Any], u: np.ndarray) -> None:
    here, there = made(data), made(times_64(data))
    np.testing.assert_allclose(there.quantile(u), 64 * here.quantile(u), rtol=1e-12)
    assert there.mean_s == pytest.approx(64 * here.mean_s, rel=1e-12)


@given(distributions())
def test_a_distribution_survives_its_own_json(data: dict[str, Any]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Distribution)
    there = adapter.validate_json(adapter.dump_json(made(data), by_alias=True))
    assert there == made(data)


@given(means, spreads, tails)
def test_a_lognormal_has_the_quantiles_of_its_mean_and_spread(mean: float, cv: float, u: np.ndarray) -> None:
    s = sqrt(log1p(cv * cv))
    expected = stats.lognorm(s, scale=mean / exp(s * s / 2)).ppf(u)
    np.testing.assert_allclose(Lognormal(mean=mean, cv=cv).quantile(u), expected, rtol=1e-9)


@given(means, tails)
def test_an_exponential_has_the_quantiles_of_its_mean_or_median(mean: float, u: np.ndarray) -> None:
    expected = stats.expon(scale=mean).ppf(u)
    np.testing.assert_allclose(Exponential(shape="exponential", mean=mean).quantile(u), expected, rtol=1e-9)
    by_median = Exponential(shape="exponential", median=mean * log(2))
    np.testing.assert_allclose(by_median.quantile(u), expected, rtol=1e-9)
    assert by_median.quantile(np.array([0.5]))[0] == pytest.approx(mean * log(2))


@given(means, tails)
def test_a_deterministic_time_is_always_the_same(mean: float, u: np.ndarray) -> None:
    assert (Deterministic(shape="deterministic", mean=mean).quantile(u) == mean).all()


@given(means, whole_counts, tails)
def test_as_many_of_an_erlang_are_shorter_as_the_incomplete_gamma_function_says(mean: float, phases: int, u: np.ndarray) -> None:
    times = made({"shape": "erlang", "mean": f"{mean:.6f}s", "phases": phases}).quantile(u)
    np.testing.assert_allclose(special.gammainc(phases, times * phases / float(f"{mean:.6f}")), u, rtol=1e-9)


@given(means, st.floats(0.1, 3), tails)
def test_as_many_of_a_gamma_are_shorter_as_the_incomplete_gamma_function_says(mean: float, cv: float, u: np.ndarray) -> None:
    times = Gamma(shape="gamma", mean=mean, cv=cv).quantile(u)
    np.testing.assert_allclose(special.gammainc(1 / cv**2, times / (mean * cv**2)), u, rtol=1e-8)


@given(means, exponents, tails)
def test_as_many_of_a_weibull_are_shorter_as_its_hazard_says(mean: float, k: float, u: np.ndarray) -> None:
    times = Weibull(shape="weibull", mean=mean, k=k).quantile(u)
    np.testing.assert_allclose(-special.expm1(-((times * special.gamma(1 + 1 / k) / mean) ** k)), u, rtol=1e-9)


@given(st.floats(0, 1e6), means, tails)
def test_a_uniform_time_lies_as_far_between_its_bounds_as_its_probability(least: float, more: float, u: np.ndarray) -> None:
    times = Uniform(shape="uniform", **{"from": least, "to": least + more}).quantile(u)
    np.testing.assert_allclose((times - least) / more, u, rtol=1e-6, atol=1e-9)


mixtures = st.lists(st.tuples(st.integers(1, 1000), st.floats(0.1, 1e7)), min_size=1, max_size=5).map(
    lambda parts: Hyperexponential(
        shape="hyperexponential",
        branches=tuple(Branch(share=weight / sum(each for each, _ in parts), mean=mean) for weight, mean in parts),
    )
)
balanced = st.builds(lambda mean, scv: Hyperexponential(shape="hyperexponential", mean=mean, scv=scv), means, st.floats(1, 1000))


@given(mixtures | balanced, tails)
def test_as_many_of_a_hyperexponential_are_shorter_as_its_branches_say(shape: Hyperexponential, u: np.ndarray) -> None:
    """To 12 digits: of what is shorter, and of what is longer."""
    shares, means = shape.mixture
    at = -shape.quantile(u)[:, None] / means
    low = u < 0.5
    np.testing.assert_allclose(-(shares * np.expm1(at)).sum(axis=1)[low], u[low], rtol=1e-12)
    np.testing.assert_allclose((shares * np.exp(at)).sum(axis=1)[~low], 1 - u[~low], rtol=1e-12)


@given(means, st.floats(1, 1000))
def test_balanced_means_give_the_mean_and_the_variance_and_half_the_mean_by_each_branch(mean: float, scv: float) -> None:
    shares, means = Hyperexponential(shape="hyperexponential", mean=mean, scv=scv).mixture
    np.testing.assert_allclose(shares * means, mean / 2, rtol=1e-9)
    assert 2 * (shares @ means**2) / mean**2 - 1 == pytest.approx(scv, rel=1e-6)


SAME = [
    ({"shape": "erlang", "mean": "10s", "phases": 1}, {"shape": "exponential", "mean": "10s"}),
    ({"shape": "gamma", "mean": "10s", "cv": 1}, {"shape": "exponential", "mean": "10s"}),
    ({"shape": "gamma", "mean": "10s", "cv": 0.5}, {"shape": "erlang", "mean": "10s", "phases": 4}),
    ({"shape": "weibull", "mean": "10s", "k": 1}, {"shape": "exponential", "mean": "10s"}),
    ({"shape": "hyperexponential", "mean": "10s", "scv": 1}, {"shape": "exponential", "mean": "10s"}),
    ({"mean": "10s", "cv": 0.8}, {"shape": "lognormal", "mean": "10s", "cv": 0.8}),
    ({"shape": "survival", "points": [["10s", 0.5], ["20s", 0]]}, {"shape": "empirical", "values": ["20s", "10s"]}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_shapes_that_are_special_cases_of_others_agree_with_them(one: dict[str, Any], other: dict[str, Any]) -> None:
    u = midpoints(1000)
    np.testing.assert_allclose(made(one).quantile(u), made(other).quantile(u), rtol=1e-10)


@pytest.mark.parametrize(("mean", "cv", "median", "p90"), [(10, 0.8, 7.8087, 19.2327), (12, 1.2, 7.6822, 25.7717)])
def test_published_lognormals(mean: float, cv: float, median: float, p90: float) -> None:
    np.testing.assert_allclose(Lognormal(mean=float(mean), cv=cv).quantile(np.array([0.5, 0.9])), [median, p90], atol=1e-4)


@pytest.mark.parametrize(("mean", "scv", "share", "rates"), [(10, 4, 0.887298, (0.17746, 0.02254)), (3, 2, 0.788675, (0.525783, 0.140883))])
def test_published_balanced_means(mean: float, scv: float, share: float, rates: tuple[float, float]) -> None:
    shares, means = Hyperexponential(shape="hyperexponential", mean=float(mean), scv=float(scv)).mixture
    assert shares[0] == pytest.approx(share, abs=1e-6)
    np.testing.assert_allclose(1 / means, rates, atol=1e-6)


def test_the_ends_of_the_probabilities_give_times_without_a_warning() -> None:
    u = np.array([2.0**-54, 1 - 2.0**-53])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in ({"mean": "9m", "cv": 10}, {"shape": "hyperexponential", "mean": "9m", "scv": 1000}, {"shape": "weibull", "mean": "9m", "k": 0.1}):
            assert (made(data).quantile(u) < inf).all()


MISTAKES = [
    ({"mean": "5m", "shape": "lognornal"}, "expected `lognormal`, `exponential`, `deterministic`, `erlang`, `hyperexponential`, `gamma`, `weibull`, `uniform`, `empirical` or `survival`, found `lognornal`; did you mean `lognormal`?"),
    ({"meen": "5m"}, "unknown key `meen`; did you mean `mean`?"),
    ({"shape": "exponential"}, "an exponential time has exactly one of `mean` and `median`, found neither"),
    ({"shape": "exponential", "mean": "5m", "median": "4m"}, "an exponential time has exactly one of `mean` and `median`, found both"),
    ({"shape": "exponential", "mean": 0}, "expected more than 0, found `0`"),
    ({"shape": "erlang", "mean": "5m"}, "key `phases` is missing"),
    ({"shape": "erlang", "mean": "5m", "phases": 0}, "expected at least 1, found `0`"),
    ({"shape": "erlang", "mean": "5m", "phases": 2, "cv": 1}, "unknown key `cv`; possible here: `mean`, `shape`, `phases`"),
    ({"shape": "hyperexponential", "mean": "5m"}, "a hyperexponential time has either `branches`, or `mean` and `scv`"),
    ({"shape": "hyperexponential", "mean": "5m", "scv": 0.5}, "expected at least 1, found `0.5`"),
    ({"shape": "hyperexponential", "mean": "5m", "branches": [{"share": 1, "mean": "5m"}]}, "a hyperexponential time has either `branches`, or `mean` and `scv`"),
    ({"shape": "hyperexponential", "branches": [{"share": 0.5, "mean": "5m"}]}, "shares of the branches sum to 50%, not 100%"),
    ({"shape": "weibull", "mean": "5m", "k": 0}, "expected at least 0.1, found `0`"),
    ({"shape": "uniform", "from": "5m", "to": "5m"}, "`to` is more than `from`; a time that is always the same is `deterministic`"),
    ({"shape": "empirical", "values": []}, "expected at least 1 entry, found 0"),
    ({"shape": "empirical", "values": [0, 0]}, "one value at least is more than 0"),
    ({"shape": "empirical", "values": ["5m", "6m"], "weights": [1]}, "a weight for each value: expected 2, found 1"),
    ({"shape": "empirical", "values": ["5m"], "weights": [0]}, "one weight at least is more than 0"),
    ({"shape": "survival", "points": [["5m", 0.5], ["5m", 0]]}, "the times of a curve ascend; this one is not later"),
    ({"shape": "survival", "points": [["5m", 0.5], ["6m", 0.6]]}, "who has left does not come back: this share is larger"),
    ({"shape": "survival", "points": [["5m", 0.5], ["6m", 0.25]]}, "this never ends for 25%; only patience may be endless: let the curve end at 0"),
    ("5m", "expected keys and values, found `5m`"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), MISTAKES, ids=[str(data) for data, _ in MISTAKES])
def test_a_mistake_in_a_shape_is_one_line_of_its_own(data: object, message: str) -> None:
    scenario = plain_scenario()
    scenario["intents"]["refund"]["work"] = data
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(json.dumps(scenario, indent=1), "mine.yaml"))
    (line,) = str(refused.value).splitlines()
    assert line.startswith("mine.yaml:")
    assert line.split(": ", 1)[1] == message
