"""What a bot leaves to people is longer and harder (WORLD.md, P2): of itself, by who is left, and by no factor."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit
from small_desks import ANSWERS, HUMANS, SMALL, policy_of, scenario_of, small_desk

from deskdrill.simulator.conversations import Outcome
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.run import Run, simulate

REPLICATIONS = 12


def desk_with(correlation: float) -> Desk:
    """One intent, half of it solved by a right answer; nobody returns or goes to a wrong team twice."""
    intent: dict[str, Any] = {**SMALL["intents"]["how_to"], "bot_solves": 0.5, "work_grows_as_answers_fail": correlation}
    segments = {name: {**segment, "intents": {"how_to": 1}} for name, segment in SMALL["segments"].items()}
    teams = {name: {**team, "staffing": {"always": 60}} for name, team in SMALL["teams"].items()}
    changed = {"intents": {"how_to": intent}, "segments": segments, "teams": teams, "returns": None, "protected": None}
    return small_desk(scenario_of(arrivals={"per_week": 12_000}, behaviour={"after_a_loop": {"handle_factor": 1}}, **changed))


def handled_s(run: Run) -> float:
    """Mean handle time of the served, from taking up to the end."""
    last = run.conversations.last_visit[run.conversations.outcome == Outcome.SERVED]
    return float((run.visits.ended_s[last] - run.visits.answered_s[last]).mean())


def rise(desk: Desk) -> tuple[float, float]:
    """By how much the mean handle time of the served is longer behind a bot, and the half-width of its 99.9 % interval."""
    rises = []
    for replication in range(REPLICATIONS):
        people, bot = (simulate(desk, policy_of(text), 4, replication) for text in (HUMANS, ANSWERS))
        np.testing.assert_array_equal(people.population.work_s, bot.population.work_s)
        rises.append(handled_s(bot) / handled_s(people) - 1)
    return float(np.mean(rises)), float(stdtrit(REPLICATIONS - 1, 0.9995)) * float(np.std(rises, ddof=1)) / sqrt(REPLICATIONS)


@pytest.mark.slow
def test_the_served_take_longer_behind_a_bot_though_no_problem_does() -> None:
    mean, half = rise(desk_with(0.6))
    assert mean - half > 0.05


@pytest.mark.slow
def test_where_work_has_nothing_to_do_with_how_hard_it_is_to_answer_nothing_rises() -> None:
    mean, half = rise(desk_with(0.0))
    assert abs(mean) <= half < 0.05
