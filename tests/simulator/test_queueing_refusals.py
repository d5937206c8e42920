"""What the formulas refuse, in one line that says what to give instead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from math import inf, nan

import pytest

from deskdrill.errors import BadValue, Unstable
from deskdrill.simulator.queueing import (
    ErlangA,
    ErlangC,
    FiniteQueue,
    ImpatientQueue,
    Misroutes,
    PiecewiseRate,
    SinusoidalRate,
    SkillClass,
    SkillPool,
    Target,
    balanced_hyperexponential,
    chat_design,
    constant,
    containment,
    erlang_a_with_retries,
    erlang_b,
    erlang_c,
    exponential,
    halfin_whitt_delay,
    hyperexponential,
    lognormal_parameters,
    mixture,
    n_design,
    never,
    poisson_tail,
    pollaczek_khinchine,
    priority_waits,
    retrial_queue,
    scheduled_agents,
    single_agent_priority_waits,
    skill_design,
    square_root_agents,
    steady_state,
    v_design,
    with_recontacts,
)

LINES = PiecewiseRate.constant
SKILL = SkillClass(1, 1, (0,), (1,))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: erlang_b(-1, 3), "`load` is -1; give a finite number, 0 or above"),
        (lambda: erlang_b(1, -1), "`agents` is -1; give a whole number, 0 or above"),
        (lambda: erlang_b(1, 2.5), "`agents` is 2.5; give a whole number, 0 or above"),
        (lambda: erlang_b(1, nan), "`agents` is nan; give a whole number, 0 or above"),
        (lambda: erlang_c(1, 0), "`agents` is 0; give a whole number, 1 or above"),
        (lambda: ErlangC(-1, 1, 3), "`arrival_rate` is -1; give a finite number above 0"),
        (lambda: ErlangC(1, nan, 3), "`service_rate` is nan; give a finite number above 0"),
        (lambda: ErlangC(1, inf, 3), "`service_rate` is inf; give a finite number above 0"),
        (lambda: ErlangC(1, 1, 3).waits_longer(-1), "`than` is -1; give a finite number, 0 or above"),
        (lambda: ErlangC(1, 1, 3).wait_quantile(1), "`share` is 1; give a share above 0 and below 1"),
        (lambda: FiniteQueue(1, 1, 5, 4), "`places` is 4; give a whole number, 5 or above"),
        (lambda: FiniteQueue(1, 1, 5, 10**9), "`places` is 1000000000; give at most 5000000, or use ErlangC"),
        (lambda: ErlangA(1, 1, 0, 3), "`impatience_rate` is 0; give a finite number above 0"),
        (lambda: ErlangA(2, 1, 1e-9, 1), "`impatience_rate` is 1e-09 for 2 arrivals: the queue is too long to be summed; give a higher rate, or use ErlangC for customers who never leave"),
        (lambda: ImpatientQueue(0, 1, 1, never), "`arrival_rate` is 0; give a finite number above 0"),
        (lambda: constant(0), "`length` is 0; give a finite number above 0"),
        (lambda: hyperexponential((0.5, 0.6), (1, 2)), "`shares` add up to 1.1; they must add up to 1"),
        (lambda: hyperexponential((1.0,), (1, 2)), "`shares` and `means` have 1 and 2 entries; give as many of each"),
        (lambda: mixture((1.5, -0.5), (never, never)), "`shares[0]` is 1.5; give a share between 0 and 1"),
        (lambda: balanced_hyperexponential(1, 0.5), "`scv` is 0.5; a hyperexponential law needs 1 or above"),
        (lambda: lognormal_parameters(1, 0), "`cv` is 0; give a finite number above 0"),
        (lambda: priority_waits((), 1, 3), "`arrival_rates`: give at least one entry"),
        (Target, "the target is empty; give a service level, abandonment, mean wait or occupancy"),
        (lambda: Target(service_level=80), "`service_level` is 80; give a share above 0 and below 1"),
        (lambda: square_root_agents(4, -2), "`beta` is -2, which leaves no agents for a load of 4; give a higher one"),
        (lambda: halfin_whitt_delay(0), "`beta` is 0; give a finite number above 0"),
        (lambda: scheduled_agents(3, 1), "`shrinkage` is 1: nobody is ever there; give a share below 1"),
        (lambda: SinusoidalRate(1, 2), "`amplitude` is 2; give at most the mean, 1"),
        (lambda: LINES((0, 1), (1, 2)), "2 edges, 2 periods; give one edge more than periods"),
        (lambda: LINES((0, 0), (1,)), "`edges` do not ascend; give finite moments, each later than the one before"),
        (lambda: poisson_tail(-1.0, 2), "a mean or a number is negative; give 0 or above"),
        (lambda: with_recontacts(1, 1, 3, 1), "`return_share` is 1: everybody writes for ever; give a share below 1"),
        (lambda: containment(1, 1, 1, back_to_bot=True), "everybody is contained and comes back for ever; give a share below 1"),
        (lambda: Misroutes(0), "`right_share` is 0; give a share above 0 and below 1"),
        (lambda: n_design((1, 1), 1, (1, 1), (1, 1), 2), "`first` is 2; give 0 for the first class or 1 for the second"),
        (lambda: SkillClass(1, 1, (0, 0), (1, 2)), "`pools` are (0, 0); give each pool once"),
        (lambda: skill_design((SKILL,), (SkillPool(1, (0,)), SkillPool(1, (0,)))), "classes and pools do not name each other; every class in a pool's `serves` needs that pool in its `pools`, and the other way round, both counted from 0"),
        (lambda: chat_design(1, (), 1, 1), "`service_rates`: give at least one entry"),
        (lambda: steady_state(0, lambda _: [(1, -1.0)]), "a rate from state 0 is -1; give a finite number, 0 or above"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_in_one_line(asked: Callable[[], object], message: str) -> None:
    with pytest.raises(BadValue) as caught:
        asked()
    assert str(caught.value) == message


UNSTABLE = {
    "erlang c": lambda: erlang_c(3, 3),
    "a pool": lambda: ErlangC(5, 1, 4),
    "one agent": lambda: pollaczek_khinchine(1, 1, 1),
    "priorities": lambda: priority_waits((1, 2), 1, 3),
    "priorities of one agent": lambda: single_agent_priority_waits((0.5, 0.6), (1, 1), (1, 1)),
    "retrials": lambda: retrial_queue(3, 1, 1, 3),
    "recontacts": lambda: with_recontacts(3, 1, 4, 0.5),
    "skills": lambda: v_design((2, 2), 1, (0, 0), 4),
    "a class that never leaves": lambda: v_design((5, 8), 1, (0, 0.5), 4),
    "all try again": lambda: erlang_a_with_retries(11, 1, 0.5, 10, retry_share=1, retry_rate=1),
    "chats": lambda: chat_design(3, (1, 0.6, 0.45), 2, 0),
    "some never leave": lambda: ImpatientQueue(10, 1, 3, mixture((0.5, 0.5), (never, exponential(1)))).mean_wait,
}


@pytest.mark.parametrize("asked", UNSTABLE.values(), ids=UNSTABLE)
def test_a_queue_that_grows_for_ever_is_refused(asked: Callable[[], object]) -> None:
    with pytest.raises(Unstable, match="the queue grows for ever; give"):
        asked()


def test_the_formulas_load_no_scipy_and_never_its_statistics() -> None:
    code = """
import sys
from deskdrill.simulator.queueing import *
assert not any(name.split('.')[0] == 'scipy' for name in sys.modules)
ErlangA(10, 1, 1, 10).service_levels(1), v_design((1, 1), 1, (1, 1), 2), garnett_delay(1, 1), poisson_tail(3.0, 2)
ImpatientQueue(10, 1, 10, lognormal(1, 1)).mean_wait, lognormal_parameters(1, 1).quantile(.5)
assert 'scipy.stats' not in sys.modules and 'scipy.sparse' in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
