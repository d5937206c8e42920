from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_desks import one_desk

from deskdrill.simulator.draws import Draws
from deskdrill.simulator.loss import CAP, Loss
from deskdrill.simulator.population import draw_population

hazards = st.sampled_from((0.0, 0.01, 0.05, 0.3))
events = st.lists(st.tuples(st.integers(0, 19), hazards), max_size=60)


def new_loss() -> Loss:
    desk = one_desk()
    draws = Draws(1, 0)
    return Loss(desk.scenario, draw_population(desk.scenario, desk.pool, draws), draws)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.integers(0, 19), hazards), max_size=8))
def test_events_told_one_by_one_and_all_at_once_come_to_the_same(rounds: list[dict[int, float]]) -> None:
    single, together = new_loss(), new_loss()
    for told in rounds:
        for problem, hazard in told.items():
            single.add(problem, hazard)
        together.add_all(np.array(list(told), dtype=np.int32), np.array(list(told.values()), dtype=np.float64))
    np.testing.assert_array_equal(single.lost, together.lost)
    assert [single.is_lost(problem) for problem in range(20)] == together.lost[:20].tolist()


@settings(max_examples=50)
@given(events)
def test_the_kth_event_counts_k_times_up_to_a_cap(told: list[tuple[int, float]]) -> None:
    loss = new_loss()
    hazard, count = dict.fromkeys(range(20), 0.0), dict.fromkeys(range(20), 0)
    bears = Draws(1, 0).uniform(loss.lost.size, "lost")
    for problem, each in told:
        before = loss.is_lost(problem)
        loss.add(problem, each)
        count[problem] += 1
        hazard[problem] = min(CAP, hazard[problem] + count[problem] * each)
        assert loss.is_lost(problem) == (bears[problem] < hazard[problem])
        assert loss.is_lost(problem) >= before
    assert loss.lost[20:].sum() == 0


def test_hazards_are_those_of_the_customers_segment() -> None:
    loss, people = new_loss(), draw_population(one_desk().scenario, one_desk().pool, Draws(1, 0))
    by_segment = [segment.temperament.loss for segment in one_desk().scenario.segments.values()]
    for kind in ("silent_unsolved", "loop_or_refused", "abandoned", "second_wrong_inbox"):
        assert getattr(loss, kind).tolist() == [getattr(by_segment[code], kind) for code in people.segment]


def test_more_than_255_events_of_one_customer_do_not_start_anew() -> None:
    loss = new_loss()
    for _ in range(300):
        loss.add(0, 1e-9)
    assert loss._events[0] == 255
    assert loss._hazard[0] == pytest.approx((255 * 256 / 2 + 45 * 255) * 1e-9)
