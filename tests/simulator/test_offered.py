"""What the bot offered last, and when the first reply came that helped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_measures import assert_measured_alike
from small_desks import POLICIES, SMALL, busy_desk, policy_of, scenario_of, small_desk
from test_performance import FLOW, HANDS_ON

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.metrics import BY_ID, measure
from deskdrill.simulator.run import Run, simulate

few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])


def overall(run: Run) -> dict[str, float]:
    return dict(zip(BY_ID, measure(run)["overall", ""].tolist(), strict=True))


@few
@given(scenarios(), st.sampled_from(("careful", "deflect")), st.integers(0, 2**32))
def test_what_a_bot_without_errands_resolves_it_resolves_by_answers_and_articles(scenario: Scenario, policy: str, seed: int) -> None:
    values = overall(simulate(small_desk(scenario), policy_of(POLICIES[policy]), seed))
    by_both = values["resolved_by_answers_rate"] + values["resolved_by_articles_rate"]
    assert by_both == pytest.approx(values["automated_resolution_rate"], abs=1e-12, nan_ok=True)


@few
@given(scenarios(), st.sampled_from((HANDS_ON, FLOW)), st.integers(0, 2**32))
def test_measures_of_bots_with_errands_pages_and_states_are_what_their_definitions_say(scenario: Scenario, policy: str, seed: int) -> None:
    assert_measured_alike(simulate(small_desk(scenario), policy_of(policy), seed))


@pytest.mark.parametrize("policy", [HANDS_ON, FLOW], ids=["hands-on", "flow"])
def test_a_bot_that_does_it_all_resolves_by_all_of_it(policy: str) -> None:
    run = simulate(busy_desk(), policy_of(policy), 4)
    assert_measured_alike(run)
    values = overall(run)
    assert values["resolved_by_answers_rate"] > 0
    assert values["resolved_by_articles_rate"] > 0
    assert values["resolved_by_answers_rate"] + values["resolved_by_articles_rate"] < values["automated_resolution_rate"]
    assert 0 < values["automated_resolution_share"] < 1


def test_with_people_at_once_the_first_helpful_reply_comes_when_an_agent_has_read() -> None:
    """As many agents as anybody can want, the right inbox at first for half the desk: the others are moved on first."""
    teams = {name: {**team, "staffing": {"always": 500}} for name, team in SMALL["teams"].items()}
    desk = small_desk(scenario_of(teams=teams, returns=None, behaviour={"agent_reply": "10s"}))
    run = simulate(desk, policy_of(POLICIES["humans"]), 1)
    values, helped = overall(run), run.solved_s - run.population.arrives_s
    assert 10 < values["helpful_reply_mean_s"] < np.nanmean(helped)
    assert values["wait_mean_s"] < values["helpful_reply_mean_s"]
