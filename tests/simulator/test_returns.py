"""Customers who write again: who, when, how and by which channel."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_desks import ANSWERS, HUMANS, SMALL, policy_of, scenario_of, small_desk

from deskdrill.scenarios.distributions import Deterministic, Exponential, Lognormal, share_within
from deskdrill.simulator.channels import by_email
from deskdrill.simulator.conversations import Outcome
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.population import draw_population
from deskdrill.simulator.run import Run, simulate

RETRIES = {"share": 0.7, "delay": {"shape": "exponential", "mean": "20m"}}
LEFT = (Outcome.ABANDONED, Outcome.ABANDONED_SILENTLY, Outcome.BLOCKED)


def crowded(policy: str = HUMANS, *, full: int | None = None, **returns: Any) -> Run:
    """Many customers for few agents, who are there day and night."""
    teams = {name: {**team, "staffing": {"always": 1}, "waiting_at_most": full} for name, team in SMALL["teams"].items()}
    loyal = dict.fromkeys(("silent_unsolved", "loop_or_refused", "abandoned", "second_wrong_inbox"), 0)
    segments = {
        name: {**segment, "temperament": {**segment["temperament"], "loss": loyal}} for name, segment in SMALL["segments"].items()
    }
    scenario = scenario_of(teams=teams, segments=segments, arrivals={"per_week": 4_000}, returns={**SMALL["returns"], **returns})
    return simulate(small_desk(scenario), policy_of(policy), 9)


@pytest.mark.parametrize("full", [None, 3])
def test_who_left_a_queue_or_was_turned_away_tries_again_by_the_shares_of_retrials(full: int | None) -> None:
    """And after their delay: the desk is open day and night."""
    run = crowded(after_leaving=RETRIES, full=full)
    table, returns = run.conversations, run.desk.scenario.returns
    assert returns is not None
    assert returns.after_leaving is not None
    left = np.flatnonzero(np.isin(table.outcome, LEFT) & (table.attempt <= returns.at_most) & np.isnan(run.solved_s[table.problem]))
    assert left.size > 300
    starts_s = {(p, a): s for p, a, s in zip(table.problem.tolist(), table.attempt.tolist(), table.starts_s.tolist(), strict=True)}
    for number in left.tolist():
        problem, attempt = int(table.problem[number]), int(table.attempt[number])
        u = Draws(9, 0).uniform(run.population.size, "returns", attempt)[problem]
        delay_s = returns.after_leaving.delay.quantile(Draws(9, 0).open_uniform(run.population.size, "delay", attempt)[[problem]])[0]
        again_s = starts_s.get((problem, attempt + 1), inf)
        assert again_s == pytest.approx(table.ends_s[number] + delay_s if u < 0.7 else inf)


def test_who_did_not_leave_a_queue_comes_back_as_without_retrials() -> None:
    """A bot that hands over to nobody: retrials are for queues."""
    closed = "hand_over: {when_asked: false, after_failures: never}\n  at_max_turns: close"
    policy = ANSWERS.replace("hand_over: {when_asked: true, after_failures: 3}", closed)
    before, after = crowded(policy), crowded(policy, after_leaving=RETRIES)
    np.testing.assert_array_equal(before.conversations.starts_s, after.conversations.starts_s)


def test_those_who_come_back_within_the_window_do_so_by_their_delays_up_to_it() -> None:
    """Half soon and half later, each cut off at the window, not piled up there."""
    exponential = {"shape": "exponential", "mean": "3d"}
    run = crowded(soon=exponential, later=exponential, window="4d")
    table = run.conversations
    starts_s = {(p, a): s for p, a, s in zip(table.problem.tolist(), table.attempt.tolist(), table.starts_s.tolist(), strict=True)}
    ends = zip(table.problem.tolist(), table.attempt.tolist(), table.ends_s.tolist(), strict=True)
    delays_s = np.array([starts_s[p, a + 1] - ends_s for p, a, ends_s in ends if (p, a + 1) in starts_s])
    assert delays_s.size > 200
    assert delays_s.max() < 4 * 86400
    cut = stats.truncexpon(b=4 / 3, scale=3 * 86400)
    assert stats.kstest(delays_s, cut.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("time", "within_s", "share"), [
    (Exponential(shape="exponential", mean=60.0), 60.0, 0.6321206), (Lognormal(mean=60.0, cv=1.0), 1e9, 1.0),
    (Deterministic(shape="deterministic", mean=60.0), 59.0, 0.0), (Deterministic(shape="deterministic", mean=60.0), 60.0, 1.0),
])  # fmt: skip
def test_the_share_within_a_time_is_that_of_the_distribution(time: Any, within_s: float, share: float) -> None:
    assert share_within(time, within_s) == pytest.approx(share, abs=1e-7)


def test_who_writes_again_changes_the_channel_as_often_as_the_scenario_says() -> None:
    channels = {"chat": 0.6, "email": 0.4}
    segments = {name: {**segment, "channels": channels} for name, segment in SMALL["segments"].items()}
    desk = small_desk(scenario_of(segments=segments, arrivals={"per_week": 50_000}, returns={**SMALL["returns"], "changes_channel": 0.25}))
    draws = Draws(2, 0)
    people = draw_population(desk.scenario, desk.pool, draws)
    rows = np.arange(people.size, dtype=np.int32)
    email = [by_email(desk.scenario, people, draws, rows, attempt) for attempt in (1, 2, 3)]
    first, second, third = (each for each in email if each is not None)
    assert abs(first.mean() - 0.4) < 4.5 * sqrt(0.24 / rows.size)
    for before, after in ((first, second), (second, third)):
        assert abs((before != after).mean() - 0.25) < 4.5 * sqrt(0.25 * 0.75 / rows.size)
    some = by_email(desk.scenario, people, draws, rows[::7], 3)
    np.testing.assert_array_equal(some, third[::7])
