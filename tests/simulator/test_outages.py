"""Outages of look-ups and transactions: nothing works in conversations that begin during one, and nothing else changes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, ROUTING, SMALL, policy_of, rows_of, scenario_of, small_desk
from talks import Talk, talks

from deskdrill.rules import Errand, Policy
from deskdrill.rules.strategies import bots
from deskdrill.scenarios.outages import is_out
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.outages import manner_of
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

some = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
with_errands = bots().filter(lambda bot: bool(bot.errands)).map(lambda bot: dataclasses.replace(policy_of(ANSWERS), bot=bot))
seeds = st.integers(0, 2**32)
OF = {"look_up": "look_ups", "transaction": "transactions"}
FAR = {"at": "Mon 00:00", "lasts": "90d"}
outages = st.lists(st.fixed_dictionaries({"at": st.sampled_from(("Mon 00:00", "Mon 10:00", "Tue 12:30")), "lasts": st.sampled_from(("90m", "9h", "3d"))}), max_size=2)


def both(**keys: Any) -> dict[str, Any]:
    return {"look_ups": keys, "transactions": keys}


def desk_with(behaviour: dict[str, Any]) -> Desk:
    """Everybody writes again until the problem is solved, and nothing is misunderstood."""
    segments = {
        name: {**segment, "temperament": {**segment["temperament"], "recontacts_if_unsolved": 1, "asks_for_person_first": 0}}
        for name, segment in SMALL["segments"].items()
    }
    sure = {"kind": "confusion", "right": 1, "asks_for_person": 1}
    returns = {**SMALL["returns"], "asks_for_person_at_once": 0.2}
    return small_desk(scenario_of(behaviour=behaviour, segments=segments, recogniser=sure, returns=returns))


def errands(keys: str = "") -> Policy:
    """A bot that changes refunds and looks up invoices, as often as anybody writes again."""
    policy = policy_of(f"policy: errands\nbot:\n  hand_over: {{when_asked: false, after_failures: never}}\n{keys}\n{ROUTING}")
    assert policy.bot is not None
    does = (Errand("transaction", "refund", confidence_at_least=0.0), Errand("look_up", "invoice", confidence_at_least=0.0))
    return dataclasses.replace(policy, bot=dataclasses.replace(policy.bot, errands=does))


def results(talk: Talk, errand: Errand) -> list[str]:
    return [m.kind for m in talk.bot_said if m.kind in (f"{errand.kind} {errand.intent}", f"failed {errand.intent}")]


def everything(run: Run) -> dict[str, Any]:
    return {name: rows_of(table) for name, table in tables_of(run).items()}


@some
@given(scenarios(), with_errands, seeds)
def test_nothing_works_in_a_conversation_that_begins_during_an_outage(scenario: Scenario, policy: Policy, seed: int) -> None:
    assert policy.bot is not None
    for talk in talks(simulate(small_desk(scenario), policy, seed)):
        for errand in policy.bot.errands:
            worked = f"{errand.kind} {errand.intent}" in results(talk, errand)
            assert not (worked and is_out(manner_of(scenario, errand.kind).outages, scenario.clock, talk.row["starts_s"]))


def assert_fails_during_outages(looks: Any, changes: Any, late: bool, seed: int) -> set[tuple[bool, bool]]:
    """Whether later conversations had such, and whether it failed there."""
    desk = desk_with({"look_ups": {"works": 1, "outages": looks}, "transactions": {"works": 1, "outages": changes}})
    policy = errands() if not late else dataclasses.replace(errands(), guards=GUARDED.guards)
    attempts = set()
    for talk in talks(simulate(desk, policy, seed)):
        for errand in policy.bot.errands:
            out = bool(is_out(manner_of(desk.scenario, errand.kind).outages, desk.scenario.clock, talk.row["starts_s"]))
            found = results(talk, errand)
            attempts |= {(talk.row["attempt"] > 1, each.startswith("failed")) for each in found}
            assert all(each.startswith("failed") == out for each in found)
    return attempts


@some
@given(outages, outages, st.booleans(), seeds)
def test_what_always_works_fails_exactly_in_conversations_that_begin_during_an_outage(looks: Any, changes: Any, late: bool, seed: int) -> None:
    """In the first conversation about a problem and in each further one, whose beginning the clock decides."""
    assert_fails_during_outages(looks, changes, late, seed)


def test_first_and_later_conversations_begin_during_outages_and_at_other_times() -> None:
    found = assert_fails_during_outages([{"at": "Mon 10:00", "lasts": "9h"}], [{"at": "Tue 12:30", "lasts": "3d"}], False, 3)
    assert {(False, False), (True, False), (False, True)} <= found


GUARDED = policy_of(
    f"policy: guarded\nguards:\n  - {{id: crowded, when: {{queue.billing.length: {{gte: 2}}}}, forbid: bot}}\n"
    f"  - {{id: lunch, when: {{time: {{during: 'Mon-Fri 12-13'}}}}, forbid: bot}}\nbot: {{}}\n{ROUTING}"
)


@some
@given(outages, seeds)
def test_first_conversations_that_begin_at_other_times_are_as_without_outages(spells: Any, seed: int) -> None:
    with_, without = (simulate(desk_with(behaviour), errands(), seed) for behaviour in (both(outages=spells), both()))
    spells = with_.desk.scenario.behaviour.look_ups.outages
    before = {talk.row["problem"]: talk for talk in talks(without) if talk.row["attempt"] == 1}
    for talk in talks(with_):
        may_differ = talk.row["attempt"] > 1 or is_out(spells, with_.desk.scenario.clock, talk.row["starts_s"])
        assert may_differ or talk.said == before[talk.row["problem"]].said


@some
@given(seeds)
def test_an_outage_that_never_ends_is_as_if_nothing_ever_worked(seed: int) -> None:
    out, broken = (simulate(desk_with(behaviour), errands(), seed) for behaviour in (both(outages=[FAR]), both(works=0)))
    assert everything(out) == everything(broken)


@pytest.mark.parametrize("kind", OF)
def test_an_outage_of_one_kind_leaves_the_other_alone(kind: str) -> None:
    """Half of the problems that the bot could solve are tried in vain, the other half works as often as before."""
    run = simulate(desk_with({OF[kind]: {"outages": [FAR]}}), errands(), 4)
    assert run.policy.policy.bot is not None
    worked = {errand.kind: [each for talk in talks(run) for each in results(talk, errand)] for errand in run.policy.policy.bot.errands}
    other = next(each for each in OF if each != kind)
    assert all(each.startswith("failed") for each in worked[kind])
    assert len(worked[kind]) > 50
    assert sum(each.startswith(other) for each in worked[other]) > 0.85 * len(worked[other]) > 40


def test_an_outage_costs_those_nothing_whose_bot_goes_on_no_errands() -> None:
    """No further case is played for it, and the results are the same to the byte."""
    with_, without = (simulate(desk_with(behaviour), policy_of(ANSWERS), 5) for behaviour in (both(outages=[FAR]), both()))
    assert everything(with_) == everything(without)
    assert not any(attempt.is_late for attempt in with_.attempts.attempts)
