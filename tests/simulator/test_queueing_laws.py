"""The formulas held against each other: limits, identities, monotony."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import exp, gamma, inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.errors import BadValue
from deskdrill.scenarios.distributions import Deterministic, Lognormal
from deskdrill.simulator.queueing import (
    ErlangA,
    ErlangC,
    FiniteQueue,
    ImpatientQueue,
    PiecewiseRate,
    SinusoidalRate,
    Survival,
    Target,
    at_once,
    balanced_hyperexponential,
    beta_for_delay,
    conserved_wait,
    constant,
    erlang_b,
    erlang_c,
    exponential,
    from_quantile,
    garnett_delay,
    halfin_whitt_delay,
    hyperexponential,
    least_agents,
    load_at,
    lognormal,
    mixture,
    never,
    poisson_agents,
    poisson_tail,
    pollaczek_khinchine,
    priority_waits,
    quality_of_service,
    scheduled_agents,
    single_agent_priority_waits,
    square_root_agents,
    steady_state,
    steady_state_within,
    weibull,
)

pools = st.integers(1, 80)
rates = st.floats(0.05, 20)
utilisations = st.floats(0.05, 1.6)
stable = st.floats(0.05, 0.95)
shares = st.floats(0.02, 0.98)
times = st.floats(0.01, 5)
few = settings(max_examples=20)
patiences = st.one_of(
    st.builds(exponential, rates),
    st.builds(constant, rates),
    st.builds(lognormal, rates, st.floats(0.2, 3)),
    st.builds(weibull, rates, st.floats(0.4, 4)),
    st.builds(lambda share, first, second: hyperexponential((share, 1 - share), (first, second)), shares, rates, rates),
    st.builds(lambda share, mean: mixture((share, 1 - share), (at_once, exponential(mean))), shares, rates),
)


def near(expected: float, rel: float = 1e-9) -> object:
    return pytest.approx(expected, rel=rel, abs=1e-13)


# Erlang B, C and A


@given(st.floats(0.01, 30), st.integers(1, 40))
def test_erlang_b_is_the_share_of_the_last_state(load: float, agents: int) -> None:
    terms = [load**k / gamma(k + 1) for k in range(agents + 1)]
    assert erlang_b(load, agents) == near(terms[-1] / sum(terms))
    assert FiniteQueue(load, 1, agents, agents).blocking_probability == near(erlang_b(load, agents))


def test_erlang_b_of_a_load_that_a_factorial_cannot_hold() -> None:
    assert erlang_b(1e5, 100_000) == pytest.approx(sqrt(2 / np.pi / 1e5), rel=0.01)


def test_without_agents_everybody_is_blocked() -> None:
    assert erlang_b(3, 0) == 1


@given(shares, st.floats(0.2, 8))
@few
def test_erlang_b_does_not_depend_on_the_law_of_handle_times(share: float, spread: float) -> None:
    """Two agents, handle times of two kinds, mean 1: the chain of the agents busy with each kind."""
    slow = balanced_hyperexponential(1.0, 1 + spread)
    kinds = ((slow.share, slow.rates[0]), (1 - slow.share, slow.rates[1]))

    def moves(state: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        found = [((state[0] - 1, state[1]), state[0] * kinds[0][1]), ((state[0], state[1] - 1), state[1] * kinds[1][1])]
        arrivals = [((state[0] + 1, state[1]), share * kinds[0][0]), ((state[0], state[1] + 1), share * kinds[1][0])]
        return found + arrivals * (sum(state) < 2)

    assert steady_state((0, 0), moves).share(lambda state: sum(state) == 2) == near(erlang_b(share, 2))


@given(stable, rates, pools)
def test_a_long_finite_queue_is_erlang_c(utilisation: float, service: float, agents: int) -> None:
    arrivals = utilisation * agents * service
    endless, finite = ErlangC(arrivals, service, agents), FiniteQueue(arrivals, service, agents, agents + 1000)
    assert finite.delay_probability == near(endless.delay_probability)
    assert finite.mean_wait == near(endless.mean_wait)
    assert finite.mean_queue == near(endless.mean_queue)
    assert finite.occupancy == near(endless.occupancy)


@given(stable, rates, pools, shares)
def test_the_wait_quantile_turns_the_service_level_round(utilisation: float, service: float, agents: int, share: float) -> None:
    pool = ErlangC(utilisation * agents * service, service, agents)
    wait = pool.wait_quantile(share)
    assert pool.service_level(wait) == near(max(share, 1 - pool.delay_probability))
    assert (wait == 0) == (share <= 1 - pool.delay_probability)


@given(st.floats(0.05, 0.9), rates, pools)
def test_erlang_a_of_patient_customers_is_erlang_c(utilisation: float, service: float, agents: int) -> None:
    arrivals = utilisation * agents * service
    patient, endless = ErlangA(arrivals, service, 1e-7 * service, agents), ErlangC(arrivals, service, agents)
    assert patient.delay_probability == pytest.approx(endless.delay_probability, rel=1e-3)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-3)
    assert patient.service_levels(1 / service).of_offered == pytest.approx(endless.service_level(1 / service), rel=1e-4)


@given(utilisations, rates, pools)
def test_erlang_a_of_impatient_customers_is_erlang_b(utilisation: float, service: float, agents: int) -> None:
    arrivals = utilisation * agents * service
    hasty = ErlangA(arrivals, service, 1e9 * arrivals, agents)
    assert hasty.abandonment_probability == pytest.approx(erlang_b(arrivals / service, agents), rel=1e-6)


@given(utilisations, rates, st.floats(0.05, 20), pools)
def test_erlang_a_is_the_published_formula(utilisation: float, service: float, ratio: float, agents: int) -> None:
    """P(W > 0) = A E1 / (1 + (A − 1) E1); P(Ab | W > 0) = 1 / (ρA) + 1 − 1/ρ (Garnett, Mandelbaum and Reiman)."""
    arrivals, leaving = utilisation * agents * service, ratio * service
    x, y = agents * service / leaving, arrivals / leaving
    a = 1 + float(np.cumprod(y / (x + np.arange(1, 20_000))).sum())
    blocked = erlang_b(arrivals / service, agents)
    delayed = a * blocked / (1 + (a - 1) * blocked)
    pool = ErlangA(arrivals, service, leaving, agents)
    assert pool.delay_probability == near(delayed)
    left = (1 / (utilisation * a) + 1 - 1 / utilisation) * delayed
    assert pool.abandonment_probability == pytest.approx(left, rel=1e-6, abs=1e-12)


@given(utilisations, rates, pools)
def test_with_patience_as_long_as_handle_times_the_number_is_poisson(utilisation: float, rate: float, agents: int) -> None:
    arrivals = utilisation * agents * rate
    pool = ErlangA(arrivals, rate, rate, agents)
    assert pool.delay_probability == near(float(poisson_tail(pool.load, agents)))
    assert float(pool.states @ np.arange(pool.states.size)) == near(pool.load)


@given(utilisations, rates, rates, pools)
def test_what_comes_in_goes_out(utilisation: float, service: float, leaving: float, agents: int) -> None:
    pool = ErlangA(utilisation * agents * service, service, leaving, agents)
    assert pool.load * (1 - pool.abandonment_probability) == near(agents * pool.occupancy)
    assert leaving * pool.mean_queue == near(pool.arrival_rate * pool.abandonment_probability)


@given(utilisations, rates, rates, pools)
def test_one_more_agent_never_harms(utilisation: float, service: float, leaving: float, agents: int) -> None:
    arrivals = utilisation * agents * service
    fewer, more = (ErlangA(arrivals, service, leaving, many) for many in (agents, agents + 1))
    assert more.delay_probability <= fewer.delay_probability + 1e-12
    assert more.abandonment_probability <= fewer.abandonment_probability + 1e-12
    assert more.occupancy <= fewer.occupancy + 1e-12
    assert more.service_levels(1).of_offered >= fewer.service_levels(1).of_offered - 1e-12
    assert erlang_b(arrivals / service, agents + 1) <= erlang_b(arrivals / service, agents)


@given(utilisations, rates, rates, pools, st.floats(0.01, 100))
def test_the_unit_of_time_does_not_matter(utilisation: float, service: float, leaving: float, agents: int, unit: float) -> None:
    arrivals = utilisation * agents * service
    one, other = (ErlangA(arrivals * u, service * u, leaving * u, agents) for u in (1.0, unit))
    assert other.delay_probability == near(one.delay_probability)
    assert other.mean_wait_of_served * unit == near(one.mean_wait_of_served)
    assert other.service_levels(0.3 / unit).g1 == near(one.service_levels(0.3).g1)


# Any law of patience


@given(utilisations, rates, st.floats(0.02, 20), pools, times)
def test_exponential_patience_is_erlang_a(utilisation: float, service: float, ratio: float, agents: int, within: float) -> None:
    arrivals, leaving = utilisation * agents * service, ratio * service
    chain, integral = ErlangA(arrivals, service, leaving, agents), ImpatientQueue(arrivals, service, agents, exponential(1 / leaving))
    assert integral.delay_probability == near(chain.delay_probability)
    assert integral.abandonment_probability == near(chain.abandonment_probability)
    assert integral.mean_wait == near(chain.mean_wait)
    assert integral.mean_queue == near(chain.mean_queue)
    assert integral.occupancy == near(chain.occupancy)
    # The virtual wait is known: with s = exp(−θt) it has a gamma density (Zeltyn and Mandelbaum).
    assert integral.waits_longer(within) <= integral.delay_probability * exp(-leaving * within) + 1e-13


@given(utilisations, rates, pools, patiences)
def test_the_offered_wait_balances_the_agents(utilisation: float, service: float, agents: int, patience: Survival) -> None:
    """P(Ab) = (1 + (λ − nμ) J) / D, which no integral of patience enters."""
    pool = ImpatientQueue(utilisation * agents * service, service, agents, patience)
    idle = 1 - float(pool._offered_waits.weights.sum())  # J / D is (1 − idle) / λ
    empty_places = 1 / erlang_b(pool.arrival_rate / service, agents - 1)
    left = idle / empty_places + (1 - agents * service / pool.arrival_rate) * (1 - idle)
    assert pool.abandonment_probability == pytest.approx(left, abs=1e-9)


@given(utilisations, rates, pools, patiences, times)
def test_the_four_service_levels_keep_their_order(
    utilisation: float, service: float, agents: int, patience: Survival, within: float
) -> None:
    pool = ImpatientQueue(utilisation * agents * service, service, agents, patience)
    levels = pool.service_levels(within)
    assert levels.of_offered <= levels.g1 + 1e-12
    assert levels.g1 <= levels.g2 + 1e-12
    assert levels.of_offered <= levels.of_served + 1e-12
    assert levels.g2 == near(1 - pool.waits_longer(within), rel=1e-8)
    endless = pool.service_levels(1e6)
    assert (endless.of_served, endless.g2) == pytest.approx((1, 1))


@given(st.floats(0.05, 0.9), rates, pools)
def test_customers_who_never_leave_make_erlang_c(utilisation: float, service: float, agents: int) -> None:
    arrivals = utilisation * agents * service
    forever, endless = ImpatientQueue(arrivals, service, agents, never), ErlangC(arrivals, service, agents)
    assert forever.delay_probability == near(endless.delay_probability)
    assert forever.mean_wait == near(endless.mean_wait)
    assert forever.service_levels(0.5).of_offered == near(endless.service_level(0.5))
    assert forever.abandonment_probability == 0


@given(utilisations, rates, pools)
def test_customers_who_do_not_wait_at_all_make_erlang_b(utilisation: float, service: float, agents: int) -> None:
    pool = ImpatientQueue(utilisation * agents * service, service, agents, at_once)
    assert pool.abandonment_probability == near(erlang_b(utilisation * agents, agents))
    assert (pool.delay_probability, pool.mean_wait, pool.mean_wait_of_served) == (0, 0, 0)


@given(utilisations, rates, st.integers(1, 10), shares)
@few
def test_some_balk_and_the_others_are_exponential(utilisation: float, leaving: float, agents: int, balking: float) -> None:
    """The chain: arrivals thinned while everybody is busy."""
    arrivals = utilisation * agents

    def moves(inside: int) -> list[tuple[int, float]]:
        joins = arrivals * (1 if inside < agents else 1 - balking)
        leaves = min(inside, agents) + max(inside - agents, 0) * leaving
        return [(inside + 1, joins), *([(inside - 1, leaves)] if inside else [])]

    chain = steady_state_within(agents, moves, lambda inside: inside)
    pool = ImpatientQueue(arrivals, 1, agents, mixture((balking, 1 - balking), (at_once, exponential(1 / leaving))))
    assert pool.mean_queue == pytest.approx(chain.mean(lambda inside: max(inside - agents, 0)), rel=1e-7)
    assert pool.delay_probability == pytest.approx((1 - balking) * chain.share(lambda inside: inside >= agents), rel=1e-7)
    assert pool.occupancy == pytest.approx(chain.mean(lambda inside: min(inside, agents)) / agents, rel=1e-7)


@given(st.floats(0.3, 1.4), st.integers(1, 40), times)
def test_constant_patience_cuts_the_wait(utilisation: float, agents: int, patience: float) -> None:
    """Nobody leaves before, nobody waits longer; the closed form of the density: e^((λ−nμ)t) up to then, e^(−nμt) after."""
    arrivals, spare = utilisation * agents, (utilisation - 1) * agents
    pool = ImpatientQueue(arrivals, 1, agents, constant(patience))
    assert pool.waits_longer(patience) == 0
    before = np.expm1(spare * patience) / spare if abs(spare) > 1e-6 else patience
    weight = arrivals * erlang_b(arrivals, agents - 1) * exp(-max(0, spare * patience))
    after = exp(spare * patience) / agents
    total = exp(-max(0, spare * patience)) + weight * (before + after)
    assert pool.abandonment_probability == pytest.approx(weight * after / total, rel=1e-6)


def bounded(x: np.ndarray) -> np.ndarray:
    """Uniform patience, up to 0.8."""
    return np.maximum(1 - x / 0.8, 0.0)


QUANTILES = {
    "lognormal": (Lognormal(mean=2.0, cv=1.5).quantile, lognormal(2, 1.5)),
    "deterministic": (Deterministic(shape="deterministic", mean=1.3).quantile, constant(1.3)),
    "some balk": (
        lambda u: np.where(u < 0.3, 0.0, -np.log1p(-np.maximum(u - 0.3, 0) / 0.7)),
        mixture((0.3, 0.7), (at_once, exponential(1))),
    ),
    "some never leave": (lambda u: np.where(u < 0.8, u, inf), mixture((0.8, 0.2), (bounded, never))),
}


@pytest.mark.parametrize(("quantile", "survival"), QUANTILES.values(), ids=QUANTILES)
def test_a_quantile_function_gives_the_same_queue(quantile: Callable[[np.ndarray], np.ndarray], survival: Survival) -> None:
    one, other = (ImpatientQueue(10, 1, 10, each) for each in (from_quantile(quantile), survival))
    assert one.abandonment_probability == pytest.approx(other.abandonment_probability, rel=1e-9)
    assert one.mean_wait_of_served == pytest.approx(other.mean_wait_of_served, rel=1e-9)
    assert one.service_levels(0.5).g1 == pytest.approx(other.service_levels(0.5).g1, rel=1e-9)


@given(rates, st.floats(0.2, 3))
def test_the_mean_of_a_shape_is_its_mean(mean: float, spread: float) -> None:
    """In an infinite-server queue with one arrival per unit of time, long after the start."""
    shapes = exponential(mean), constant(mean), weibull(mean, 0.5 + spread), balanced_hyperexponential(mean, 1 + spread).survival
    for shape in shapes:
        assert load_at(2000.0 * mean, np.ones_like, shape, since=0) == pytest.approx(mean, rel=1e-6)
    assert load_at(1e7 * mean, np.ones_like, lognormal(mean, spread), since=0) == pytest.approx(mean, rel=1e-4)


# Priorities and one agent


@given(st.lists(rates, min_size=1, max_size=4), stable, st.integers(1, 20))
def test_no_order_of_priority_saves_work(weights: list[float], utilisation: float, agents: int) -> None:
    arrivals = [utilisation * agents * weight / sum(weights) for weight in weights]
    alone = ErlangC(sum(arrivals), 1, agents)
    for order in permutations(arrivals):
        assert conserved_wait(order, priority_waits(order, 1, agents)) == near(alone.load * alone.mean_wait)


@given(st.lists(st.tuples(rates, rates, st.floats(0, 9)), min_size=2, max_size=4), stable)
def test_no_order_of_priority_of_one_agent_saves_work(kinds: list[tuple[float, float, float]], utilisation: float) -> None:
    scale = utilisation / sum(rate * mean for rate, mean, _ in kinds)
    conserved = []
    for order in permutations([(rate * scale, mean, scv) for rate, mean, scv in kinds]):
        waits = single_agent_priority_waits(*zip(*order, strict=True))
        conserved.append(conserved_wait(tuple(rate * mean for rate, mean, _ in order), waits))
    assert conserved == pytest.approx([conserved[0]] * len(conserved))


@given(stable, st.floats(0.1, 8))
@few
def test_pollaczek_and_khinchine_are_the_chain_of_handle_times_of_two_kinds(utilisation: float, spread: float) -> None:
    utilisation = min(utilisation, 0.8)
    law = balanced_hyperexponential(1.0, 1 + spread)

    def moves(state: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        """How many wait, and the kind in service: −1 for none."""
        waiting, kind = state
        begins = ((0, law.share), (1, 1 - law.share))
        if kind < 0:
            return [((0, new), utilisation * share) for new, share in begins]
        after = [((waiting - 1, new), law.rates[kind] * share) for new, share in begins] if waiting else [((0, -1), law.rates[kind])]
        return [((waiting + 1, kind), utilisation), *after]

    chain = steady_state_within((0, -1), moves, lambda state: state[0])
    wait = chain.mean(lambda state: state[0]) / utilisation
    assert pollaczek_khinchine(utilisation, 1, 1 + spread) == pytest.approx(wait, rel=1e-6)


# Limits and staffing


@pytest.mark.parametrize("beta", [0.3, 1.0, 1.5])
def test_large_pools_come_to_their_limits(beta: float) -> None:
    agents = square_root_agents(40_000, beta)
    exact = quality_of_service(40_000, agents)
    assert erlang_c(40_000, agents) == pytest.approx(halfin_whitt_delay(exact), rel=0.01)
    pool = ErlangA(40_000, 1, 0.25, agents)
    assert pool.delay_probability == pytest.approx(garnett_delay(exact, 0.25), rel=0.01)
    assert garnett_delay(exact, 1e-9) == pytest.approx(halfin_whitt_delay(exact), rel=1e-3)


@given(shares, st.one_of(st.none(), st.floats(0.05, 20)))
def test_the_quality_of_service_turns_the_delay_round(delay: float, ratio: float | None) -> None:
    beta = beta_for_delay(delay, ratio)
    assert (halfin_whitt_delay(beta) if ratio is None else garnett_delay(beta, ratio)) == near(delay)


@given(st.floats(0.5, 1e5), st.floats(-0.5, 4))
def test_square_root_staffing_gives_at_least_its_quality(load: float, beta: float) -> None:
    agents = square_root_agents(load, beta)
    assert quality_of_service(load, agents) >= beta - 1e-6
    assert quality_of_service(load, agents + 1) > beta
    assert agents == 1 or quality_of_service(load, agents - 1) < beta + 1e-6


targets = st.builds(
    Target,
    service_level=st.one_of(st.none(), st.floats(0.3, 0.99)),
    within=st.floats(0, 2),
    abandonment=st.one_of(st.none(), st.floats(0.001, 0.3)),
    mean_wait=st.one_of(st.none(), st.floats(0.01, 3)),
    occupancy=st.floats(0.3, 0.98),
)


@given(st.floats(0.2, 150), targets, st.one_of(st.just(0.0), st.floats(0.1, 5)))
@few
def test_the_least_agents_are_enough_and_one_fewer_is_not(load: float, target: Target, leaving: float) -> None:
    agents = least_agents(load, 1, target, leaving)

    def enough(many: int) -> bool:
        return target.met_by(ErlangA(load, 1, leaving, many) if leaving else ErlangC(load, 1, many))

    assert enough(agents)
    assert agents == 1 or (not leaving and agents - 1 <= load) or not enough(agents - 1)


def test_an_impossible_target_is_refused() -> None:
    with pytest.raises(BadValue, match="1000000 agents do not reach the target"):
        least_agents(10, 1, Target(occupancy=1e-6))


@given(st.floats(1, 500), st.floats(0, 0.9))
def test_shrinkage_is_taken_of_those_on_the_books(required: float, shrinkage: float) -> None:
    assert scheduled_agents(required, shrinkage) * (1 - shrinkage) == near(required)


# Arrivals that change


@given(st.lists(st.floats(0, 50), min_size=2, max_size=6), rates, st.floats(0.1, 20), st.booleans())
def test_the_load_of_straight_lines_is_the_integral(levels: list[float], service: float, length: float, jumps: bool) -> None:
    edges = tuple(length * number for number in range(len(levels) + jumps))
    rate = (PiecewiseRate.constant if jumps else PiecewiseRate.linear)(edges, tuple(levels))
    moments = np.linspace(0, 2 * edges[-1], 7)
    loads = rate.load(moments, service)
    for moment, load in zip(moments, loads, strict=True):
        assert load == pytest.approx(load_at(float(moment), rate.at, exponential(1 / service), since=-1.0), rel=1e-7, abs=1e-9)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=6), rates, st.floats(0.1, 20))
def test_a_day_that_repeats_ends_as_it_began(levels: list[float], service: float, length: float) -> None:
    edges = tuple(length * number for number in range(len(levels) + 1))
    rate = PiecewiseRate.constant(edges, tuple(levels), periodic=True)
    end = edges[-1]
    assert rate.load(np.array([end * (1 - 1e-12)]), service)[0] == pytest.approx(float(rate.load(np.array([0.0]), service)[0]), abs=1e-6)
    assert rate.load(np.array([0.3 * end, -0.7 * end, 5.3 * end]), service) == pytest.approx(
        np.full(3, float(rate.load(np.array([0.3 * end]), service)[0])), rel=1e-6, abs=1e-9
    )
    moments = (np.arange(20_000) + 0.5) / 20_000 * end
    assert rate.load(moments, service).mean() * service == pytest.approx(rate.at(moments).mean(), rel=0.01, abs=1e-9)


@given(st.floats(0, 1), st.floats(0.2, 5), rates, st.floats(0, 10))
def test_the_load_of_a_sinusoidal_rate_is_the_integral(swing: float, frequency: float, service: float, moment: float) -> None:
    rate = SinusoidalRate(100, 100 * swing, frequency)
    since = moment - 50 / service
    exact = float(rate.load(np.array([moment]), service)[0])
    assert load_at(moment, rate.at, exponential(1 / service), since) == pytest.approx(exact, rel=1e-9)


def test_a_steady_rate_has_the_load_of_its_mean_handle_time() -> None:
    assert load_at(50.0, lambda t: np.full_like(t, 7.0), constant(3.0), since=0) == pytest.approx(21)
    assert load_at(0.0, np.ones_like, constant(3.0), since=0) == 0


@given(st.floats(0.01, 3000), st.integers(0, 3000))
def test_the_poisson_tail_is_the_sum_of_its_terms(mean: float, at_least: int) -> None:
    numbers = np.arange(at_least)
    below = np.exp(numbers * np.log(mean) - mean - np.cumsum(np.log(np.maximum(numbers, 1))))
    assert float(poisson_tail(mean, at_least)) == pytest.approx(1 - below.sum(), abs=1e-9)


@given(st.floats(0.1, 3000), shares)
def test_the_least_agents_of_a_poisson_number(mean: float, delay: float) -> None:
    agents = poisson_agents(mean, delay)
    assert float(poisson_tail(mean, agents)) <= delay
    assert agents == 1 or float(poisson_tail(mean, agents - 1)) > delay
