"""The chains against formulas that they must agree with, and against each other."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.errors import BadValue
from deskdrill.simulator.queueing import (
    BotTurns,
    ErlangA,
    SkillClass,
    SkillPool,
    TooManyStates,
    Truncated,
    bot_turns,
    chains,
    chat_design,
    erlang_a_with_retries,
    priority_waits,
    retrial_queue,
    skill_design,
    steady_state,
    steady_state_within,
    v_design,
    with_recontacts,
)

rates = st.floats(0.05, 20)
utilisations = st.floats(0.05, 1.6)
shares = st.floats(0.02, 0.98)
few = settings(max_examples=20)


def near(expected: float, rel: float = 1e-9) -> object:
    return pytest.approx(expected, rel=rel, abs=1e-13)


# Chains


def test_a_chain_that_is_cut_too_early_is_found() -> None:
    with pytest.raises(Truncated, match="keep more states") as caught:
        steady_state(0, lambda n: [(n + 1, 1.0), (max(n - 1, 0), 2.0)], lambda n: n < 5)
    assert caught.value.border == pytest.approx(1 / 31)


def test_a_chain_forgets_where_it_began() -> None:
    """States 0 and 1 are left for good."""
    chain = steady_state(0, lambda n: {0: [(1, 1.0)], 1: [(2, 1.0)], 2: [(3, 1.0)], 3: [(2, 3.0)]}[n])
    assert dict(zip(chain.states, chain.shares, strict=True)) == pytest.approx({0: 0, 1: 0, 2: 0.75, 3: 0.25})


def test_a_chain_that_stops_stays_there() -> None:
    chain = steady_state("start", lambda state: [("end", 1.0)] if state == "start" else [])
    assert chain.share(lambda state: state == "end") == 1


def test_a_chain_with_two_ends_has_no_steady_state() -> None:
    with pytest.raises(BadValue, match="several sets of states"):
        steady_state(0, lambda n: [(1, 1.0), (2, 1.0)] if n == 0 else [])


def test_a_chain_without_a_steady_state_has_too_many_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_STATES", 5_000)
    with pytest.raises(TooManyStates, match="give more agents, or customers who leave sooner"):
        steady_state_within(0, lambda n: [(n + 1, 3.0), (max(n - 1, 0), 2.0)], lambda n: n)


@pytest.mark.parametrize("start", [0, 60, 119])
def test_a_chain_may_begin_where_it_hardly_ever_is(start: int) -> None:
    """Of 120 states the middle one is visited 1e41 times as often as the ends."""
    chain = steady_state(start, lambda n: [(n + step, 1.0 if (n - 60) * step > 0 else 5.0) for step in (-1, 1) if 0 <= n + step < 120])
    shares = dict(zip(chain.states, chain.shares, strict=True))
    assert [shares[n] * 3.5 for n in (0, 60, 61, 119)] == pytest.approx([5.0**-59, 1, 1, 5.0**-58], rel=1e-9)


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), min_size=1, max_size=30))
def test_a_birth_and_death_chain_is_the_product_of_its_rates(pairs: list[tuple[float, float]]) -> None:
    def moves(n: int) -> list[tuple[int, float]]:
        up = [(n + 1, pairs[n][0])] if n < len(pairs) else []
        return up + ([(n - 1, pairs[n - 1][1])] if n else [])

    chain = steady_state(0, moves)
    weights = np.cumprod([1.0, *(up / down for up, down in pairs)])
    assert chain.shares == pytest.approx(weights / weights.sum(), rel=1e-8)


# Skills and chats


@given(rates, rates, st.floats(0.5, 2), st.floats(0.5, 2), st.tuples(st.integers(1, 3), st.integers(1, 3)))
@few
def test_agents_who_all_can_do_everything_are_erlang_a(
    first: float, second: float, service: float, leaving: float, agents: tuple[int, int]
) -> None:
    """The X design: whatever the order of pools and classes."""
    first, second = (weight / (first + second) * sum(agents) * service for weight in (first, second))
    classes = (
        SkillClass(first, leaving, (0, 1), (service, service)),
        SkillClass(second, leaving, (1, 0), (service, service)),
    )
    design = skill_design(classes, (SkillPool(agents[0], (0, 1)), SkillPool(agents[1], (1, 0))))
    whole = ErlangA(first + second, service, leaving, sum(agents))
    assert design.abandonment_probability == pytest.approx(whole.abandonment_probability, rel=1e-7)
    for each in design.classes:
        assert each.delay_probability == pytest.approx(whole.delay_probability, rel=1e-7)
    busy = sum(share * many for share, many in zip(design.occupancies, agents, strict=True))
    assert busy == pytest.approx(whole.occupancy * sum(agents), rel=1e-7)


@given(st.tuples(rates, rates), st.floats(0.2, 2), st.integers(1, 6))
@few
def test_priorities_neither_make_nor_save_abandonment(weights: tuple[float, float], leaving: float, agents: int) -> None:
    first, second = (weight / sum(weights) * agents for weight in weights)
    design = v_design((first, second), 1, (leaving, leaving), agents)
    whole = ErlangA(agents, 1, leaving, agents)
    assert design.abandonment_probability == pytest.approx(whole.abandonment_probability, rel=1e-7)
    assert design.classes[0].mean_wait <= design.classes[1].mean_wait


def test_the_v_design_without_abandonment_is_cobhams() -> None:
    design = v_design((0.9, 1.2), 1, (0, 0), 3)
    assert [each.mean_wait for each in design.classes] == pytest.approx(priority_waits((0.9, 1.2), 1, 3), rel=1e-6)


def test_pools_that_share_nothing_are_pools_of_their_own() -> None:
    """The I design, with rates of their own."""
    classes = (SkillClass(3, 0.5, (0,), (1,)), SkillClass(4, 2, (1,), (0.5,)))
    design = skill_design(classes, (SkillPool(4, (0,)), SkillPool(6, (1,))))
    for number, alone in enumerate((ErlangA(3, 1, 0.5, 4), ErlangA(4, 0.5, 2, 6))):
        assert design.classes[number].abandonment_probability == pytest.approx(alone.abandonment_probability, rel=1e-8)
        assert design.classes[number].delay_probability == pytest.approx(alone.delay_probability, rel=1e-8)
        assert design.occupancies[number] == pytest.approx(alone.occupancy, rel=1e-8)


def test_a_pool_that_serves_two_classes_at_two_rates_is_balanced() -> None:
    """The work done is the work that comes in and stays."""
    classes = (SkillClass(2, 0.5, (0,), (1.0,)), SkillClass(2, 1.0, (0,), (0.5,)))
    design = skill_design(classes, (SkillPool(5, (1, 0)),))
    served = [1 - each.abandonment_probability for each in design.classes]
    assert 5 * design.occupancies[0] == pytest.approx(2 * served[0] / 1 + 2 * served[1] / 0.5, rel=1e-8)


@given(utilisations, st.integers(1, 3), st.integers(1, 3), st.floats(0.1, 4))
@few
def test_chats_that_do_not_slow_each_other_are_erlang_a(utilisation: float, agents: int, most: int, leaving: float) -> None:
    slots = agents * most
    desk, whole = chat_design(utilisation * slots, (1.0,) * most, agents, leaving), ErlangA(utilisation * slots, 1, leaving, slots)
    assert desk.abandonment_probability == pytest.approx(whole.abandonment_probability, rel=1e-7)
    assert desk.delay_probability == pytest.approx(whole.delay_probability, rel=1e-7)
    assert desk.slot_utilisation == pytest.approx(whole.occupancy, rel=1e-7)
    assert desk.mean_duration == pytest.approx(1)


@given(st.floats(0.2, 2), st.integers(1, 4), st.floats(0.1, 4))
@few
def test_an_agent_who_shares_herself_works_no_faster(arrivals: float, most: int, leaving: float) -> None:
    """One agent, k chats each at 1/k of the speed: as many conversations end as if she took one after the other."""
    desk = chat_design(arrivals, tuple(1 / k for k in range(1, most + 1)), 1, leaving)
    assert desk.agent_utilisation == pytest.approx(arrivals * (1 - desk.abandonment_probability), rel=1e-7)
    chain = steady_state_within(
        0, lambda n: [(n + 1, arrivals), *([(n - 1, 1 + max(n - most, 0) * leaving)] if n else [])], lambda n: n
    )
    assert desk.delay_probability == pytest.approx(chain.share(lambda n: n >= most), rel=1e-7)


# Coming again


def test_the_retrial_formula_of_one_agent_is_its_chain() -> None:
    def moves(state: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        busy, orbit = state
        if busy:
            return [((1, orbit + 1), 0.6), ((0, orbit), 1.0)]
        return [((1, orbit), 0.6), *([((1, orbit - 1), orbit * 0.3)] if orbit else [])]

    chain = steady_state_within((1, 0), moves, lambda state: state[1])
    exact = retrial_queue(0.6, 1, 0.3, 1)
    assert exact.blocked_first == pytest.approx(chain.share(lambda state: state[0] == 1), rel=1e-8)
    assert exact.mean_orbit == pytest.approx(chain.mean(lambda state: state[1]), rel=1e-7)


@given(utilisations, st.integers(1, 8), st.floats(0.2, 4))
@few
def test_nobody_who_tries_again_leaves_erlang_a(utilisation: float, agents: int, leaving: float) -> None:
    once, pool = (
        erlang_a_with_retries(utilisation * agents, 1, leaving, agents, retry_share=0, retry_rate=1),
        ErlangA(utilisation * agents, 1, leaving, agents),
    )
    assert once.attempt_rate == pytest.approx(pool.arrival_rate)
    assert once.abandonment_probability == pytest.approx(pool.abandonment_probability, rel=1e-7)
    assert once.lost_share == pytest.approx(pool.abandonment_probability, rel=1e-7)


@given(shares, shares)
@few
def test_all_who_try_again_are_served_or_lost(share: float, utilisation: float) -> None:
    desk = erlang_a_with_retries(3 * utilisation, 1, 0.5, 3, retry_share=share, retry_rate=0.5)
    assert 3 * desk.occupancy == pytest.approx(3 * utilisation * (1 - desk.lost_share), rel=1e-7)
    assert desk.attempt_rate * (1 - desk.abandonment_probability * share) == pytest.approx(3 * utilisation, rel=1e-7)


@given(st.floats(0.1, 0.8), st.floats(0.05, 5), shares)
@settings(max_examples=10)
def test_every_visit_sees_erlang_c_whatever_the_delay(utilisation: float, again: float, share: float) -> None:
    """Jackson: the chain of those in the system and those who will write again."""
    share, arrivals = min(share, 0.6), 2 * utilisation * (1 - min(share, 0.6))

    def moves(state: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        inside, later = state
        found = [((inside + 1, later), arrivals)]
        if inside:
            found += [((inside - 1, later), min(inside, 2) * (1 - share)), ((inside - 1, later + 1), min(inside, 2) * share)]
        return [*found, *([((inside + 1, later - 1), later * again)] if later else [])]

    outside = 2 * utilisation * share / again
    chain = steady_state(
        (2, int(outside)), moves, lambda state: state[0] < 300 and state[1] < outside + 12 * sqrt(outside) + 30, tolerance=1e-6
    )
    pool = with_recontacts(arrivals, 1, 2, share)
    assert pool.delay_probability == pytest.approx(chain.share(lambda state: state[0] >= 2), rel=1e-4)


@given(shares, st.integers(1, 8))
def test_a_bot_that_asks_again_by_counting(understood: float, misses: int) -> None:
    bot = bot_turns(understood, misses)
    by_turn = [(1 - understood) ** turn * understood for turn in range(misses)]
    assert bot.resolved_share == near(sum(by_turn))
    assert bot.mean_turns == near(sum((turn + 1) * p for turn, p in enumerate(by_turn)) + misses * (1 - bot.resolved_share))


def test_a_bot_that_understands_nothing_asks_until_the_customer_gives_up() -> None:
    assert bot_turns(0, 3) == BotTurns(0.0, 3.0)
