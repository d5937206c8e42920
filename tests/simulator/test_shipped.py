from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from floors import assert_lawful
from slow_measures import assert_measured_alike

from deskdrill.rules import load_policy, shipped
from deskdrill.scenarios import load_scenario, shipped_scenarios
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.run import simulate

pytestmark = pytest.mark.slow


@cache
def desk_of(scenario: str) -> Desk:
    """A shipped desk at a fortieth of its size: the laws do not depend on it, the time that they take does."""
    return open_desk(load_scenario(scenario).scaled(1 / 40))


@pytest.mark.parametrize("policy", shipped())
@pytest.mark.parametrize("scenario", shipped_scenarios())
def test_shipped_weeks_keep_the_laws_and_their_measures_are_what_they_say(scenario: str, policy: str) -> None:
    run = simulate(desk_of(scenario), load_policy(policy), 1)
    assert run.population.size > 100
    assert_lawful(run.floorplan, run.attempts.visits, run.visits)
    assert_measured_alike(run)


@pytest.mark.parametrize("scenario", shipped_scenarios())
def test_the_careful_policy_automates_nobody_whom_it_knows_to_be_protected(scenario: str) -> None:
    known = [int(simulate(desk_of(scenario), load_policy("careful"), 1, number).conversations.protected_known.sum()) for number in range(3)]
    assert known == [0, 0, 0]


@pytest.mark.parametrize("scenario", [name for name in shipped_scenarios() if load_scenario(name).recogniser.kind == "learnt"])
def test_shipped_recognisers_make_mistakes_and_know_how_often(scenario: str) -> None:
    """Of the texts that customers open with: right more often than not, not always, and about as often as the confidence says."""
    desk = desk_of(scenario)
    opening = desk.pool.kinds == 0
    right = (desk.recognition.codes == desk.pool.topic_intents[desk.pool.topics])[opening]
    assert 0.5 < right.mean() < 0.99
    assert abs(float(desk.recognition.confidence[opening].mean()) - float(np.mean(right))) < 0.15
