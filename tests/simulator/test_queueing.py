"""The formulas and chains against the exact results of VALIDATION.md, sections 1 to 9 and 12, to the digits printed there."""

from __future__ import annotations

from collections.abc import Iterable
from math import atan, ceil, cos, exp, pi, sin, sqrt

import numpy as np
import pytest

from deskdrill.simulator.queueing import (
    ErlangA,
    ErlangC,
    FiniteQueue,
    ImpatientQueue,
    Misroutes,
    SinusoidalRate,
    SkillMeasures,
    balanced_hyperexponential,
    behind_bot,
    bot_turns,
    chat_design,
    conserved_wait,
    constant,
    containment,
    erlang_a_with_retries,
    erlang_b,
    erlang_c,
    exponential,
    garnett_delay,
    halfin_whitt_delay,
    hyperexponential,
    lognormal_parameters,
    n_design,
    poisson_tail,
    pollaczek_khinchine,
    priority_waits,
    quality_of_service,
    retrial_queue,
    single_agent_priority_waits,
    square_root_agents,
    v_design,
    with_recontacts,
)


def assert_prints(values: Iterable[float], printed: str) -> None:
    """The values round to the printed ones."""
    values, texts = list(values), printed.split()
    assert len(values) == len(texts)
    for value, text in zip(values, texts, strict=True):
        decimals = len(text.partition(".")[2])
        assert abs(value - float(text)) <= 0.5000001 * 10**-decimals, f"{value:.{decimals + 2}f} is not {text}"


# 1 Erlang B


@pytest.mark.parametrize(
    ("agents", "load", "printed"),
    [
        (1, 1, ".5"), (2, 1, ".2"), (5, 3, ".11005435"), (10, 8, ".12166106"), (20, 15, ".04559322"), (50, 45, ".05410447"),
        (100, 90, ".02695738"),
    ],
)  # fmt: skip
def test_erlang_b(agents: int, load: float, printed: str) -> None:
    assert_prints([erlang_b(load, agents)], printed)


# 2 Erlang C


@pytest.mark.parametrize(
    ("agents", "load", "printed"),
    [
        (2, 1, ".33333333 .33333333"),
        (5, 3, ".2361516 .1180758"),
        (5, 4, ".55411255 .55411255"),
        (10, 8, ".40918015 .20459008"),
        (14, 10, ".17413193 .04353298"),
        (20, 18, ".550769 .2753845"),
        (50, 48, ".69445561 .34722781"),
        (100, 95, ".50645685 .10129137"),
    ],
)
def test_erlang_c(agents: int, load: float, printed: str) -> None:
    pool = ErlangC(load, 1, agents)
    assert_prints([pool.delay_probability, pool.mean_wait], printed)
    assert pool.delay_probability == erlang_c(load, agents)


def test_the_service_level_of_pyworkforce() -> None:
    """100 conversations in 30 minutes, 3 minutes each, 14 agents, 20 seconds."""
    pool = ErlangC(100 / 30, 1 / 3, 14)
    assert_prints([pool.service_level(20 / 60), pool.occupancy, pool.delay_probability], ".88835002 .7142857 .17413193")


def test_the_example_of_garnett_mandelbaum_and_reiman_without_abandonment() -> None:
    pool = ErlangC(48, 1, 50)
    assert_prints([60 * pool.mean_wait, 60 * pool.wait_quantile(0.9), pool.mean_queue, pool.occupancy], "20.83 58.1 16.67 .96")


def test_a_queue_with_17_places() -> None:
    pool = FiniteQueue(4.2, 0.5, 12, 17)
    assert_prints([pool.blocking_probability, pool.mean_wait, pool.occupancy, pool.mean_queue], ".009477 .061124 .693366 .254289")


# 3 Erlang A


@pytest.mark.parametrize(
    ("arrivals", "service", "leaving", "agents", "printed"),
    [
        (48, 1, 0.5, 50, ".467774 .030912 .061824 .060265 2.967576 .930324"),
        (4.2, 0.5, 1, 12, ".127372 .029679 .029679 .024060 .124651 .679225"),
        (10 / 3, 1 / 3, 1 / 5, 13, ".225797 .024963 .124817 .115233 .416055 .750028"),
        (102, 1, 1, 100, ".591719 .049918 .049918 .049041 5.091634 .969084"),
        (10, 1, 2, 10, ".465575 .146009 .073005 .062032 .730046 .853991"),
        (30, 1, 0.25, 28, ".851474 .086005 .344022 .348239 10.320653 .979280"),
    ],
)
def test_erlang_a(arrivals: float, service: float, leaving: float, agents: int, printed: str) -> None:
    pool = ErlangA(arrivals, service, leaving, agents)
    measures = [
        pool.delay_probability, pool.abandonment_probability, pool.mean_wait, pool.mean_wait_of_served, pool.mean_queue,
        pool.occupancy,
    ]  # fmt: skip
    assert_prints(measures, printed)


def test_the_example_of_garnett_mandelbaum_and_reiman() -> None:
    pool = ErlangA(48, 1, 0.5, 50)
    measures = 100 * pool.abandonment_probability, 60 * pool.mean_wait, pool.mean_queue, 100 * pool.occupancy
    assert_prints(measures, "3.1 3.7 3 93")


@pytest.mark.parametrize(
    ("arrivals", "service", "leaving", "agents", "printed"),
    [
        (48, 1, 0.5, 50, ".943019 .973100 .972030 .972864"),
        (4.2, 0.5, 1, 12, ".945270 .974182 .967872 .968622"),
        (30, 1, 0.25, 28, ".490752 .536931 .519094 .545351"),
    ],
)
def test_the_four_service_levels(arrivals: float, service: float, leaving: float, agents: int, printed: str) -> None:
    levels = ErlangA(arrivals, service, leaving, agents).service_levels(within=1 / 3)
    assert_prints([levels.of_offered, levels.of_served, levels.g1, levels.g2], printed)


# 4 Any law of patience


def test_patience_of_one_mean_and_three_shapes() -> None:
    patience = {
        "exponential": exponential(2.0),
        "constant": constant(2.0),
        "two kinds": hyperexponential((0.5, 0.5), (0.5, 3.5)),
    }
    met = {shape: ImpatientQueue(10, 1, 10, survival) for shape, survival in patience.items()}
    common = {
        shape: (pool.delay_probability, pool.abandonment_probability, pool.mean_wait) for shape, pool in met.items()
    }
    assert_prints(common["exponential"], ".619655 .103913 .207826")
    assert_prints(common["constant"], ".851574 .040551 .892125")
    assert_prints(common["two kinds"], ".540382 .125571 .125703")
    served = {shape: (pool.mean_wait_of_served, pool.service_levels(0.5).of_offered) for shape, pool in met.items()}
    assert_prints(served["exponential"], ".199581 .768132")
    assert_prints(served["two kinds"], ".117663 .824524")
    assert common["two kinds"][1] > 3 * common["constant"][1]


# 5 One agent, and priorities


def test_pollaczek_khinchine() -> None:
    """Constant, Erlang-2, exponential, lognormal with a cv of 1.2, hyperexponential."""
    assert_prints([pollaczek_khinchine(0.8, 1, scv) for scv in (0, 0.5, 1, 1.2**2, 4)], "2.0 3.0 4.0 4.88 10.0")


@pytest.mark.parametrize(
    ("agents", "rates", "printed"),
    [(1, (0.3, 0.5), "1.142857 5.714286"), (3, (0.9, 1.2), ".234450 .781499"), (5, (1, 1, 2), ".138528 .230880 .923521")],
)
def test_cobham(agents: int, rates: tuple[float, ...], printed: str) -> None:
    assert_prints(priority_waits(rates, 1, agents), printed)


def test_cobham_rests_on_erlang_c() -> None:
    assert_prints([erlang_c(2.1, 3)], ".492344")


def test_priorities_of_one_agent() -> None:
    waits = single_agent_priority_waits((0.2, 0.4), (1, 1), (1, 1))
    assert_prints(waits, ".75 1.875")
    turned = single_agent_priority_waits((0.4, 0.2), (1, 1), (1, 1))
    assert conserved_wait((0.2, 0.4), waits) == pytest.approx(conserved_wait((0.4, 0.2), turned), rel=1e-12)


# 6 Skills


def by_class(design: SkillMeasures, measure: str) -> list[float]:
    return [getattr(each, measure) for each in design.classes]


def test_the_v_design() -> None:
    design = v_design((3, 6), 1, (0.5, 0.5), 9)
    assert_prints(by_class(design, "delay_probability"), ".621435 .621435")
    assert_prints(by_class(design, "abandonment_probability"), ".045049 .141673")
    assert_prints(by_class(design, "mean_wait"), ".090098 .283347")
    assert_prints([*design.occupancies, design.abandonment_probability], ".890535 .109465")
    assert_prints([ErlangA(9, 1, 0.5, 9).abandonment_probability], ".109465")


@pytest.mark.parametrize(
    ("first", "printed"),
    [
        (1, ".417304 .593182 .066250 .086007 .132499 .172015 .834674 .847517"),
        (0, ".359879 .613884 .028380 .163475 .056760 .326951 .809556 .854673"),
    ],
)
def test_the_n_design(first: int, printed: str) -> None:
    design = n_design((6, 4), 1, (0.5, 0.5), (5, 6), first)
    measures = ("delay_probability", "abandonment_probability", "mean_wait")
    assert_prints([*(value for name in measures for value in by_class(design, name)), *design.occupancies], printed)


# 7 Chats side by side


@pytest.mark.parametrize(
    ("arrivals", "agents", "speeds", "leaving", "printed"),
    [
        (2, 1, (1, 0.6, 0.45), 0.25, ".865832 .352010 1.408040 2.781095 .978816 2.145940"),
        (4, 2, (1, 0.6, 0.45), 0.25, ".927532 .332630 1.330520 5.851296 .996206 2.191923"),
        (4, 3, (1,), 0.25, ".915484 .280881 1.123523 2.876477 .958826 1.0"),
        (3, 2, (1, 1 / 2, 1 / 3), 0.5, ".786351 .344787 .689574 5.520069 .982820 2.808282"),
    ],
)
def test_chats_side_by_side(arrivals: float, agents: int, speeds: tuple[float, ...], leaving: float, printed: str) -> None:
    desk = chat_design(arrivals, speeds, agents, leaving)
    measures = (
        desk.delay_probability, desk.abandonment_probability, desk.mean_wait, desk.mean_chats, desk.agent_utilisation,
        desk.mean_duration,
    )  # fmt: skip
    assert_prints(measures, printed)
    assert desk.slot_utilisation == pytest.approx(desk.mean_chats / agents / len(speeds))


# 8 Coming again


@pytest.mark.parametrize(
    ("agents", "arrivals", "retries", "printed"),
    [(1, 0.5, 1, ".5 1.0"), (3, 2, 0.5, ".378514 3.243068"), (5, 4, 0.2, ".426304 16.672098")],
)
def test_retrials(agents: int, arrivals: float, retries: float, printed: str) -> None:
    desk = retrial_queue(arrivals, 1, retries, agents)
    assert_prints([desk.blocked_first, desk.mean_orbit], printed)


def test_erlang_a_with_retries() -> None:
    often = erlang_a_with_retries(10, 1, 0.5, 10, retry_share=0.75, retry_rate=0.05)
    measures = (
        often.attempt_rate, often.abandonment_probability, often.lost_share, often.occupancy, often.delay_probability,
    )  # fmt: skip
    assert_prints(measures, "11.500984 .174012 .050033 .949967 .796521")
    rarely = erlang_a_with_retries(5, 0.5, 0.5, 11, retry_share=0.5, retry_rate=0.1)
    measures = (rarely.attempt_rate, rarely.abandonment_probability, rarely.lost_share, rarely.occupancy)
    assert_prints(measures, "5.278493 .105520 .055699 .858456")


def test_recontacts() -> None:
    desk = with_recontacts(8, 1, 12, return_share=0.2)
    assert_prints([desk.delay_probability, desk.mean_wait], ".449388 .224694")


def test_people_behind_a_bot() -> None:
    desks = [behind_bot(60, 0.35, 5, agents) for agents in (5, 6, 7)]
    assert_prints([desk.delay_probability for desk in desks], ".633773 .335978 .165054")
    assert_prints([desk.mean_wait for desk in desks], ".158443 .037331 .011790")
    soon = behind_bot(60, 0.35, 5, 7)
    assert isinstance(soon, ErlangC)
    assert_prints([soon.service_level(2 / 60)], ".896497")
    impatient = behind_bot(60, 0.35, 5, 5, impatience_rate=20)
    assert isinstance(impatient, ErlangA)
    measures = impatient.delay_probability, impatient.abandonment_probability, impatient.occupancy
    assert_prints(measures, ".315363 .165606 .700891")


@pytest.mark.parametrize(
    ("understood", "misses", "printed"),
    [(0.7, 2, ".91 1.3"), (0.7, 3, ".973 1.39"), (0.5, 2, ".75 1.5"), (0.5, 3, ".875 1.75")],
)
def test_a_bot_that_asks_again(understood: float, misses: int, printed: str) -> None:
    bot = bot_turns(understood, misses)
    assert_prints([bot.resolved_share, bot.mean_turns], printed)


def test_misroutes() -> None:
    chain = Misroutes(0.6)
    assert_prints([chain.mean_assignments, chain.at_least(3), chain.load_factor(2, 10)], "1.666667 .16 1.133333")


def test_containment_is_not_resolution() -> None:
    """78 of 100 contained, half of these unsolved and back: 39 recontacts, 61 conversations for people."""
    once = containment(100, contained_share=0.78, return_share=0.5)
    assert (once.recontacts, once.for_people) == pytest.approx((once.contained * 0.5, once.handed_over + once.contained * 0.5))
    again = containment(100, contained_share=0.78, return_share=0.5, back_to_bot=True)
    assert again.handed_over + again.contained == pytest.approx(100 + again.recontacts)
    assert again.for_people == pytest.approx(100 * 0.22 / (1 - 0.39))


# 9 Arrivals that change

SINE = SinusoidalRate(mean=100, amplitude=20)


def test_the_load_of_a_sinusoidal_rate() -> None:
    moments = np.linspace(0, 2 * pi, 50)
    expected = [100 + 10 * (sin(t) - cos(t)) for t in moments]
    assert SINE.load(moments, 1.0) == pytest.approx(expected, rel=1e-12)


def test_the_load_lags_behind_the_rate() -> None:
    moments = np.linspace(0, 2 * pi, 200_001)
    loads = SINE.load(moments, 1.0)
    lag = float(moments[loads.argmax()] - moments[SINE.at(moments).argmax()])
    assert lag == pytest.approx(atan(1), abs=1e-4)
    assert_prints([lag, loads.max() - 100], ".7854 14.1421")


@pytest.mark.parametrize(
    ("load", "moments", "agents", "printed"),
    [
        (110, (pi / 2, pi), [110, 116, 121, 126], ".512680 .296014 .158299 .072062"),
        (90, (3 * pi / 2, 2 * pi), [90, 95, 100, 105], ".514018 .312805 .158221 .065896"),
    ],
)
def test_staffing_by_the_modified_offered_load(load: float, moments: tuple[float, float], agents: list[int], printed: str) -> None:
    for m in SINE.load(np.array(moments), 1.0):
        assert m == pytest.approx(load, rel=1e-12)
        assert [square_root_agents(float(m), beta) for beta in (0, 0.5, 1, 1.5)] == agents
        assert_prints([float(p) for p in poisson_tail(float(m), np.array(agents))], printed)


def test_the_limit_of_halfin_and_whitt() -> None:
    assert_prints(
        [halfin_whitt_delay(beta) for beta in (0.25, 0.5, 1, 1.5, 2)], ".720932 .504539 .223361 .084690 .026881"
    )


@pytest.mark.parametrize(
    ("ratio", "printed"),
    [
        (0.25, ".530953 .400369 .195088 .077957 .025483"),
        (1, ".401294 .308538 .158655 .066807 .022750"),
        (4, ".268641 .208992 .111917 .049633 .017790"),
    ],
)
def test_the_limit_of_garnett(ratio: float, printed: str) -> None:
    assert_prints([garnett_delay(beta, ratio) for beta in (0.25, 0.5, 1, 1.5, 2)], printed)


def test_erlang_c_on_the_way_to_its_limit() -> None:
    loads = (25, 100, 400)
    agents = [ceil(load + sqrt(load)) for load in loads]
    assert_prints([erlang_c(load, many) for load, many in zip(loads, agents, strict=True)], ".249893 .237008 .230285")
    assert [quality_of_service(load, many) for load, many in zip(loads, agents, strict=True)] == [1, 1, 1]


# 12 Laws from their moments


@pytest.mark.parametrize(
    ("mean", "cv", "printed"),
    [(10, 0.8, "2.055237 .703346 7.8087 19.2327"), (12, 1.2, "2.038908 .944456 7.6822 25.7717")],
)
def test_a_lognormal_law_from_its_mean_and_spread(mean: float, cv: float, printed: str) -> None:
    law = lognormal_parameters(mean, cv)
    assert_prints([law.mu, law.sigma, law.median, law.quantile(0.9)], printed)
    assert exp(law.mu + law.sigma**2 / 2) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("mean", "scv", "printed"), [(10, 4, ".887298 .177460 .022540"), (3, 2, ".788675 .525783 .140883")]
)
def test_a_hyperexponential_law_of_balanced_means(mean: float, scv: float, printed: str) -> None:
    law = balanced_hyperexponential(mean, scv)
    assert_prints([law.share, *law.rates], printed)
