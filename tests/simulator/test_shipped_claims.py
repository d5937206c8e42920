"""What each shipped scenario is shipped to show: the same customers, replication by replication, and an interval that clears zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from deskdrill.rules import Policy, load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.scenario import Scenario
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.experiment import OVERALL, Part
from deskdrill.simulator.intervals import half_width
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.replications import run_experiment

pytestmark = pytest.mark.slow
REPLICATIONS, SEED = 8, 2
NUMBERS = {metric.id: number for number, metric in enumerate(METRICS)}
TRIAL, BILLING, FRONTLINE = ("segment", "trial"), ("team", "billing"), ("team", "frontline")


def staffed(scenario: Scenario, hours: str, more: Mapping[str, int]) -> Scenario:
    """So many more people of some teams in some hours."""
    teams = {
        name: team.model_copy(update={"staffing": {**team.staffing, **({hours: more[name]} if name in more else {})}})
        for name, team in scenario.teams.items()
    }
    return scenario.model_copy(update={"teams": teams})


def without_outages(scenario: Scenario) -> Scenario:
    does = scenario.behaviour
    works = {name: getattr(does, name).model_copy(update={"outages": ()}) for name in ("look_ups", "transactions")}
    return scenario.model_copy(update={"behaviour": does.model_copy(update=works)})


def without_surges(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"arrivals": scenario.arrivals.model_copy(update={"surges": ()})})


A_FEW = {"frontline": 2, "accounts": 1, "billing": 1, "engineers": 1, "success": 1}
CHANGES: dict[str, Callable[[Scenario], Scenario]] = {
    "as shipped": lambda scenario: scenario,
    "nothing fails": without_outages,
    "nobody more than usual": without_surges,
    "nobody waits already": lambda scenario: scenario.model_copy(update={"backlog": {}}),
    "four more in billing": lambda scenario: staffed(scenario, "Tue 09-19", {"billing": 4}),
    "a few more in the morning": lambda scenario: staffed(scenario, "Mon 08-12", A_FEW),
    "a few more after noon": lambda scenario: staffed(scenario, "Mon 13-17", A_FEW),
}


class Side(NamedTuple):
    """A scenario, perhaps changed, and a policy; of the bot at night, perhaps changed too."""

    scenario: str
    policy: str
    change: str = "as shipped"


def policy_named(name: str) -> Policy:
    policy = load_policy(name.partition(":")[0])
    bot = policy.bot
    match name.partition(":")[2]:
        case "":
            return policy
        case "alone":
            return replace(policy, bot=replace(bot, hand_over=replace(bot.hand_over, when_closed="bot_only")))
        case "in English":
            return replace(policy, bot=replace(bot, languages=("en",)))
    raise LookupError(name)


@cache
def desk_of(scenario: str, change: str) -> Desk:
    desk = open_desk(load_scenario(scenario)) if change == "as shipped" else desk_of(scenario, "as shipped")
    return replace(desk, scenario=CHANGES[change](desk.scenario))


@cache
def measured(side: Side, metric: str, part: Part) -> np.ndarray:
    return np.array([values[part][NUMBERS[metric]] for values in replications(side)])


@cache
def replications(side: Side) -> tuple[Mapping[Part, np.ndarray], ...]:
    found = run_experiment(desk_of(side.scenario, side.change), (policy_named(side.policy),), REPLICATIONS, SEED)
    return tuple(summary.values for summary in found.summaries[0])


def interval(differences: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean."""
    return differences.mean() - half_width(differences), differences.mean() + half_width(differences)


def change(metric: str, before: Side, after: Side, part: Part = OVERALL) -> tuple[float, float]:
    """The interval of the difference that `after` makes."""
    return interval(measured(after, metric, part) - measured(before, metric, part))


def falls(found: tuple[float, float]) -> bool:
    return found[1] < 0


def rises(found: tuple[float, float]) -> bool:
    return found[0] > 0


def test_at_a_launch_a_bot_without_a_way_out_loses_trial_customers() -> None:
    people, deflects = Side("trial-launch", "humans-only"), Side("trial-launch", "deflect-hard")
    assert change("lost_rate", people, deflects, TRIAL)[0] > 0.05
    assert rises(change("lost_value", people, deflects))


def test_at_a_launch_a_bot_may_stand_in_front_of_trial_customers_if_its_door_is_open() -> None:
    """Fewer of them give up waiting than with people alone, no more are lost, and more of all are helped than where it keeps away."""
    people, careful, open_door = (Side("trial-launch", policy) for policy in ("humans-only", "careful", "open-door"))
    assert falls(change("abandonment_rate", people, open_door, TRIAL))
    assert change("lost_rate", people, open_door, TRIAL)[1] < 0.005
    assert rises(change("helped_rate", careful, open_door))
    assert falls(change("lost_value", careful, open_door))


OUTAGE = Side("payment-outage", "self-service")


def test_the_two_outages_of_payments_differ_in_the_notice_alone() -> None:
    told, untold = load_scenario("payment-outage-announced"), load_scenario("payment-outage")
    (surge,) = told.arrivals.surges
    assert surge.announced is not None
    assert surge.times == 4.5
    silent = told.arrivals.model_copy(update={"surges": (surge.model_copy(update={"announced": None}),)})
    assert told.model_copy(update={"arrivals": silent, "scenario": untold.name, "about": untold.about}) == untold


def test_a_notice_of_failing_payments_spares_the_queue_and_helps_more() -> None:
    announced = Side("payment-outage-announced", "self-service")
    assert falls(change("abandonment_rate", OUTAGE, announced, BILLING))
    assert rises(change("helped_rate", OUTAGE, announced))


def test_four_more_people_take_what_failing_payments_bring() -> None:
    """Then fewer leave than without them, and no more than half of what the outage adds is left."""
    more, quiet = OUTAGE._replace(change="four more in billing"), OUTAGE._replace(change="nobody more than usual")
    assert falls(change("abandonment_rate", OUTAGE, more, BILLING))
    left, brought = (measured(side, "abandonment_rate", BILLING) - measured(quiet, "abandonment_rate", BILLING) for side in (more, OUTAGE))
    assert falls(interval(left - brought / 2))


def test_a_joke_on_a_failed_payment_leaves_more_unhelped_in_the_bot() -> None:
    jokes = OUTAGE._replace(policy="playful")
    assert rises(change("false_deflection_true_rate", OUTAGE, jokes))
    assert falls(change("helped_rate", OUTAGE, jokes))


def test_a_guard_on_the_word_card_takes_from_the_bot_what_it_does_best() -> None:
    guarded = OUTAGE._replace(policy="card-guard")
    assert falls(change("helped_by_bot_rate", OUTAGE, guarded))
    assert rises(change("abandonment_rate", OUTAGE, guarded, BILLING))


SAFE, UNSAFE = Side("bot-down", "self-service"), Side("bot-down", "machine-only")


def test_when_the_bot_is_down_people_take_over_where_it_fails_safe() -> None:
    """They have more to do, and nearly all are helped all the same."""
    up = SAFE._replace(change="nothing fails")
    assert falls(change("helped_by_bot_rate", up, SAFE))
    assert rises(change("occupancy", up, SAFE, FRONTLINE))
    low, high = change("helped_rate", up, SAFE)
    assert -0.02 < low < high < 0


def test_when_the_bot_is_down_it_costs_more_where_nobody_catches_whom_it_fails() -> None:
    safe, unsafe = (
        measured(side, "helped_rate", OVERALL) - measured(side._replace(change="nothing fails"), "helped_rate", OVERALL)
        for side in (SAFE, UNSAFE)
    )
    assert falls(interval(unsafe - safe + 0.03))
    assert rises(change("lost_rate", UNSAFE._replace(change="nothing fails"), UNSAFE))
    assert rises(change("lost_rate", SAFE, UNSAFE))


MONDAY = Side("monday", "humans-only")


def test_on_monday_the_weekend_costs_those_who_write_on_monday() -> None:
    assert falls(change("abandonment_rate", MONDAY, MONDAY._replace(change="nobody waits already")))


def test_on_monday_people_are_worth_more_before_noon_than_after() -> None:
    morning, afternoon = (MONDAY._replace(change=f"a few more {when}") for when in ("in the morning", "after noon"))
    assert measured(morning, "agent_hours", OVERALL).tolist() == measured(afternoon, "agent_hours", OVERALL).tolist()
    assert falls(change("abandonment_rate", MONDAY, morning))
    assert falls(change("abandonment_rate", afternoon, morning))
    assert rises(change("helped_rate", afternoon, morning))


NIGHT, PEOPLE = Side("round-the-clock", "night-bot"), Side("round-the-clock", "humans-only")


def test_a_bot_at_night_helps_more_than_tomorrow_does() -> None:
    assert rises(change("helped_rate", PEOPLE, NIGHT))
    assert falls(change("abandonment_rate", PEOPLE, NIGHT))


def test_a_bot_at_night_is_worth_more_in_more_languages() -> None:
    english = NIGHT._replace(policy="night-bot:in English")
    assert rises(change("helped_by_bot_rate", english, NIGHT))
    assert rises(change("helped_rate", english, NIGHT))


def test_a_bot_that_is_alone_while_nobody_is_there_leaves_more_unhelped() -> None:
    alone = NIGHT._replace(policy="night-bot:alone")
    assert rises(change("false_deflection_true_rate", NIGHT, alone))
