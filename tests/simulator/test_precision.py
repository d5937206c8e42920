from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_desks import CAREFUL, HUMANS, one_desk, policy_of

from deskdrill.errors import BadValue
from deskdrill.reports.precision_words import precision_data, precision_sentence
from deskdrill.simulator.experiment import OVERALL, Experiment
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.precision import Precision, precision_of, until_precise, wish_of
from deskdrill.simulator.replications import Replications

POLICIES = (policy_of(HUMANS), policy_of(CAREFUL))
NUMBER = {metric.id: number for number, metric in enumerate(METRICS)}


class Known:
    """Stands for replications whose values are known: of one measure, the same under both policies."""

    def __init__(self, measure: str, values: np.ndarray) -> None:
        with Replications(one_desk(), POLICIES, seed=5) as replications:
            self._one = replications.up_to(1)
        self._measure, self._values = NUMBER[measure], values
        self.asked: list[int] = []

    def up_to(self, number: int) -> Experiment:
        self.asked.append(number)
        return replace(self._one, replications=number, summaries=tuple(tuple(self._like(each[0], value) for value in self._values[:number]) for each in self._one.summaries))

    def _like(self, summary, value):  # type: ignore[no-untyped-def]
        rows = summary.measured[OVERALL].copy()
        rows[self._measure] = (value, np.nan, np.nan, np.nan)
        return replace(summary, measured={OVERALL: rows})


@pytest.mark.parametrize(
    ("text", "width", "is_relative"),
    [
        ("wait_p90_s=5%", 0.05, True),
        ("wait_p90_s=30s", 30, False),
        ("wait_p90_s=1m30s", 90, False),
        ("wait_p90_s = 12.5", 12.5, False),
        ("misroute_rate=0.005", 0.005, False),
        ("misroute_rate=0.5pp", 0.005, False),
        ("misroute_rate=1e-3", 0.001, False),
        ("protected_automated=2", 2, False),
    ],
)
def test_a_wish_has_a_width_in_the_measures_unit_or_of_its_mean(text: str, width: float, is_relative: bool) -> None:
    found = wish_of(text)
    assert (found.width, found.is_relative) == (pytest.approx(width), is_relative)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wait_p90_s", "expected a measure and a width, such as `wait_p90_s=5%`, found `wait_p90_s`"),
        ("wait_p9_s=5%", "no such measure: `wait_p9_s`; did you mean `wait_p90_s`?"),
        ("wait_p90_s=", "expected a duration such as"),
        ("wait_p90_s=5 apples", "expected a duration"),
        ("misroute_rate=5s", "expected a width such as `0.005`, `0.5pp` or `5%` of the mean, found `5s`"),
        ("misroute_rate=0", "a width has to be above 0, found `0`"),
        ("misroute_rate=-1", "expected a width such as"),
        ("misroute_rate=nan", "expected a width such as"),
        ("misroute_rate=1e999", "expected a width such as|above 0"),
        ("protected_automated=2pp", "expected a width such as `2` or `5%` of the mean, found `2pp`"),
    ],
)
def test_a_wish_that_is_none_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(BadValue, match=said.replace("?", r"\?")):
        wish_of(text)


@given(st.lists(st.floats(10, 1000), min_size=40, max_size=40).map(np.array), st.floats(1, 200), st.integers(2, 15), st.integers(2, 40))
def test_replications_are_added_until_it_is_precise_and_no_further(values: np.ndarray, width: float, first: int, at_most: int) -> None:
    known, told = Known("wait_mean_s", values), list[int]()
    experiment, (found,) = until_precise(known, [wish_of(f"wait_mean_s={width}")], first, at_most, lambda _e, _p, number: told.append(number))  # type: ignore[arg-type]
    assert known.asked == sorted(set(known.asked))
    assert known.asked[1:] == told
    assert known.asked[0] == min(max(first, 10), at_most)
    assert known.asked[-1] == experiment.replications <= at_most
    assert found.is_reached or experiment.replications == at_most
    assert found.half == pytest.approx((experiment.estimate(0, OVERALL, NUMBER["wait_mean_s"]).high - values[: experiment.replications].mean()), abs=1e-6)
    assert found.is_reached == (found.half <= width)
    if not found.is_reached:
        assert found.needed == ceil(experiment.replications * (found.half / width) ** 2)


def test_the_interval_where_it_stops_still_covers_nearly_as_often_as_it_says() -> None:
    """Stopping when it looks narrow costs a little (Law, 2015, table 9.5), not more."""
    rng, covered = np.random.default_rng(3), []
    for _ in range(150):
        known = Known.__new__(Known)
        known._one, known._measure, known.asked = BASE._one, BASE._measure, []
        known._values = rng.exponential(100, 400)
        experiment, _ = until_precise(known, [wish_of("wait_mean_s=15%")], 10, 400)  # type: ignore[arg-type]
        found = experiment.estimate(0, OVERALL, NUMBER["wait_mean_s"])
        covered.append(found.low <= 100 <= found.high)
    assert np.mean(covered) >= 0.88


BASE = Known("wait_mean_s", np.array([]))


def test_a_share_of_nothing_is_out_of_reach_and_said_at_once() -> None:
    known = Known("wait_mean_s", np.zeros(50))
    known._values[0], known._values[1] = 1.0, -1.0
    experiment, (found,) = until_precise(known, [wish_of("wait_mean_s=5%")], 10)  # type: ignore[arg-type]
    assert known.asked == [10]
    assert found.needed == inf
    assert "which nothing reaches" in precision_sentence(replace(experiment, precision=(found,)))


@pytest.mark.parametrize("width", ["1e-300", "5e-324", "1e-308%"])
def test_a_width_that_takes_more_replications_than_there_is_time_for_is_told(width: str) -> None:
    known = Known("wait_mean_s", np.arange(50.0))
    _, (found,) = until_precise(known, [wish_of(f"wait_mean_s={width}")], 10, 40)  # type: ignore[arg-type]
    assert found.needed >= 1e18


def test_a_measure_without_a_value_is_out_of_reach_and_one_policy_without_it_is_in_nobodys_way() -> None:
    with Replications(one_desk(), POLICIES, seed=5) as replications:
        experiment, (found,) = until_precise(replications, [wish_of("containment_rate=0.9")], 10)
        assert found.is_reached
        assert found.policy == "careful"
    alone = replace(experiment, policies=POLICIES[:1], summaries=experiment.summaries[:1])
    (nothing,) = precision_of(alone, [wish_of("containment_rate=0.9")])
    assert isnan(nothing.half)
    assert precision_sentence(replace(alone, precision=(nothing,))) == (
        "NOT as precise as wanted after 10 replications: containment_rate of humans has no value in some of them."
    )
    assert precision_data(replace(alone, precision=(nothing,)))["precision"][0]["half_width"] is None


def test_who_asks_for_more_than_is_allowed_is_told_what_it_would_take() -> None:
    wish = wish_of("wait_p90_s=30s")
    with Replications(one_desk(), POLICIES, seed=5) as replications:
        experiment = replications.up_to(2)
    one = Precision(wish, "careful", 300.0, 30.0, 200)
    assert "wait_p90_s of careful is ±5 min, ±30 s wanted (about 221 replications would do: --at-most)" in precision_sentence(replace(experiment, precision=(one,)))
    assert precision_sentence(experiment) == ""
    assert precision_data(experiment) == {}
