"""The shipped cases: classic results as parameters of the models, and how many conversations each takes.

A section is what a case's name begins with. The sizes are in thousands of conversations after the warm-up, over all
replications: with them the widest of a case's intervals is most often narrow enough (`sized` in `sizing.py` finds
them); where it is not, the trial goes on for longer.
"""

from __future__ import annotations

from .blocking import ErlangB, FiniteQueueDesk
from .bots import BotAsksAgain, BotThenPeople, MisrouteChain
from .case import Case, Effort
from .changing import Sinusoidal
from .chats import Chats
from .leaving import ErlangADesk, GeneralPatience
from .model import Model
from .returns import LeaversTryAgain, Recontacts, Retrials
from .scale import Shape
from .shapes import exponential
from .skills import Everybody, Skills, n_design, v_design
from .waiting import ErlangCDesk, OneAgent, OneAgentPriorities, Priorities

THOUSAND = 1000
THIRD = 1 / 3
ONE = exponential(1.0)
HYPER: Shape = {"shape": "hyperexponential", "mean": 1, "scv": 4}
TWO_KINDS: Shape = {
    "shape": "hyperexponential",
    "branches": [{"share": 0.5, "mean": 0.5}, {"share": 0.5, "mean": 3.5}],
}
RISING, FALLING = (0.25, 0.5), (0.75, 1.0)
"""Moments of a cycle at which the load of a sine of frequency 1 and service rate 1 is 110, and 90."""
WAIT = ("P(W>0)", "E[W]")
LONG_WAITS = ("E[W]", "E[Q]")
RARE = ("P(W>0)",)


def shipped(
    section: int,
    label: str,
    model: Model,
    full: float,
    quick: float,
    wide: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    slow: tuple[str, ...] = (),
) -> Case:
    """A case under the name of its section, its model and what tells it from others."""
    name = f"{section}-{model.name}-{label}"
    return Case(name, model, Effort.full(full * THOUSAND), Effort.quick(quick * THOUSAND), wide, only, slow)


def skill_rows(classes: int, pools: int) -> tuple[str, ...]:
    """What is known of a design of skills, without the mean queues, which are the mean waits times the rates."""
    numbers = range(1, classes + 1)
    by_class = [f"{measure} {number}" for number in numbers for measure in ("P(W>0)", "P(Ab)", "E[W]")]
    return (*by_class, "P(Ab)", *(f"occupancy {number}" for number in range(1, pools + 1)))


CASES: tuple[Case, ...] = (
    # Erlang B
    shipped(1, "1,1", ErlangB(1.0, ONE, 1), 24, 20),
    shipped(1, "2,1", ErlangB(1.0, ONE, 2), 107, 20),
    shipped(1, "5,3", ErlangB(3.0, ONE, 5), 291, 33),
    shipped(1, "10,8", ErlangB(8.0, ONE, 10), 296, 33),
    shipped(1, "20,15", ErlangB(15.0, ONE, 20, "balks"), 1750, 197),
    shipped(1, "50,45", ErlangB(45.0, ONE, 50, "balks"), 1950, 224),
    shipped(1, "100,90", ErlangB(90.0, ONE, 100, "balks"), 5450, 603),
    shipped(1, "10,8-lognormal", ErlangB(8.0, {"mean": 1, "cv": 1.5}, 10), 596, 67),
    shipped(1, "10,8-hyperexponential", ErlangB(8.0, HYPER, 10), 1250, 137),
    # Erlang C and the finite queue
    shipped(2, "2,1", ErlangCDesk(1.0, 1.0, 2), 738, 83, only=WAIT),
    shipped(2, "5,3", ErlangCDesk(3.0, 1.0, 5), 2650, 321, only=WAIT),
    shipped(2, "5,4", ErlangCDesk(4.0, 1.0, 5), 3300, 402, only=WAIT),
    shipped(2, "10,8", ErlangCDesk(8.0, 1.0, 10), 5600, 620, only=(*WAIT, "P90 W")),
    shipped(2, "14,10", ErlangCDesk(10.0, 1.0, 14, within=1 / 9), 6500, 703, only=(*WAIT, "occupancy", "SL")),
    shipped(2, "20,18", ErlangCDesk(18.0, 1.0, 20), 3150, 1200, wide=("E[W]",), only=WAIT),
    shipped(
        2, "50,48", ErlangCDesk(48.0, 1.0, 50),
        14700, 297, wide=LONG_WAITS, only=(*WAIT, *LONG_WAITS, "occupancy"), slow=LONG_WAITS,
    ),
    shipped(2, "100,95", ErlangCDesk(95.0, 1.0, 100), 18000, 631, wide=("E[W]",), only=WAIT, slow=("E[W]",)),
    shipped(
        2, "12,17", FiniteQueueDesk(4.2, 0.5, 12, 17),
        6350, 688, only=("P(block)", "E[W] accepted", "E[Q]", "occupancy"),
    ),
    # Erlang A, the four service levels with it
    shipped(3, "48,1,.5,50", ErlangADesk(48.0, 1.0, 0.5, 50, within=THIRD), 4650, 528),
    shipped(3, "4.2,.5,1,12", ErlangADesk(4.2, 0.5, 1.0, 12, within=THIRD), 1700, 189),
    shipped(3, "10/3,1/3,1/5,13", ErlangADesk(10 / 3, 1 / 3, 0.2, 13), 2750, 332),
    shipped(3, "102,1,1,100", ErlangADesk(102.0, 1.0, 1.0, 100), 3650, 437),
    shipped(3, "10,1,2,10", ErlangADesk(10.0, 1.0, 2.0, 10), 506, 57),
    shipped(3, "30,1,.25,28", ErlangADesk(30.0, 1.0, 0.25, 28, within=THIRD), 2500, 297),
    # any law of patience: one mean, three shapes
    shipped(4, "exponential", GeneralPatience(10.0, 1.0, exponential(2.0), 10, within=0.5), 1050, 112),
    shipped(
        4, "deterministic", GeneralPatience(10.0, 1.0, {"shape": "deterministic", "mean": 2}, 10, within=0.5),
        5350, 597,
    ),
    shipped(4, "hyperexponential", GeneralPatience(10.0, 1.0, TWO_KINDS, 10, within=0.5), 1050, 115),
    # one agent with any law of work, and priorities
    shipped(
        5, "deterministic", OneAgent(0.8, {"shape": "deterministic", "mean": 1}),
        906, 101, only=("E[W]", "occupancy"),
    ),
    shipped(
        5, "erlang", OneAgent(0.8, {"shape": "erlang", "mean": 1, "phases": 2}),
        1400, 152, only=("E[W]", "occupancy"),
    ),
    shipped(5, "exponential", OneAgent(0.8, ONE), 2300, 271, only=("E[W]", "occupancy")),
    shipped(5, "lognormal", OneAgent(0.8, {"mean": 1, "cv": 1.2}), 2650, 321, only=("E[W]", "occupancy")),
    shipped(5, "hyperexponential", OneAgent(0.8, HYPER), 4650, 530, only=("E[W]", "occupancy")),
    shipped(5, "1", Priorities((0.3, 0.5), 1.0, 1), 2500, 295),
    shipped(5, "3", Priorities((0.9, 1.2), 1.0, 3), 2250, 264),
    shipped(5, "5", Priorities((1.0, 1.0, 2.0), 1.0, 5), 4450, 515),
    shipped(5, ".2,.4", OneAgentPriorities((0.2, 0.4), {"mean": 1, "cv": 1}), 1150, 128),
    # skills
    shipped(6, "v", v_design((3.0, 6.0), (0.5, 0.5), 9), 897, 100, only=skill_rows(2, 1)),
    shipped(6, "n-class-2", n_design((6.0, 4.0), 0.5, (5, 6), first=2), 1550, 172, only=skill_rows(2, 2)),
    shipped(6, "n-class-1", n_design((6.0, 4.0), 0.5, (5, 6), first=1), 1300, 143, only=skill_rows(2, 2)),
    shipped(
        6, "w", Skills((2.0, 2.0, 2.0), (0.5, 0.5, 0.5), (3, 3), ((1,), (1, 2), (2,)), ((1, 2), (2, 3)), (1.0,)),
        806, 90, only=skill_rows(3, 2),
    ),
    shipped(
        6, "in_order-priority", Everybody((4.0, 6.0), 1.0, 0.5, (4, 6), "in_order", "priority"),
        929, 104, only=("P(W>0)", "P(Ab)", "E[W]", "occupancy"),
    ),
    shipped(
        6, "least_loaded-longest_wait", Everybody((4.0, 6.0), 1.0, 0.5, (4, 6), "least_loaded", "longest_wait"),
        929, 104, only=("P(W>0)", "P(Ab)", "E[W]", "occupancy"),
    ),
    shipped(
        6, "random-weighted_wait", Everybody((4.0, 6.0), 1.0, 0.5, (4, 6), "random", "weighted_wait"),
        929, 104, only=("P(W>0)", "P(Ab)", "E[W]", "occupancy"),
    ),
    # chats side by side
    shipped(
        7, "2,1", Chats(2.0, 1, (1.0, 0.6, 0.45), 0.25),
        151, 20, only=("P(W>0)", "P(Ab)", "E[W]", "E[chats]", "agent utilisation", "slot utilisation", "E[duration]"),
    ),
    shipped(
        7, "4,2", Chats(4.0, 2, (1.0, 0.6, 0.45), 0.25),
        227, 26, only=("P(W>0)", "P(Ab)", "E[W]", "E[chats]", "agent utilisation", "slot utilisation", "E[duration]"),
    ),
    shipped(
        7, "4,3", Chats(4.0, 3, (1.0,), 0.25),
        176, 20, only=("P(W>0)", "P(Ab)", "E[W]", "E[chats]", "agent utilisation", "slot utilisation", "E[duration]"),
    ),
    shipped(
        7, "3,2", Chats(3.0, 2, (1.0, 0.5, THIRD), 0.5),
        168, 20, only=("P(W>0)", "P(Ab)", "E[W]", "E[chats]", "agent utilisation", "slot utilisation", "E[duration]"),
    ),
    # retrials, recontacts, bots
    shipped(8, "1", Retrials(0.5, 1.0, 1, 1.0), 422, 47, only=("P(block) first", "E[orbit]")),
    shipped(8, "3", Retrials(2.0, 1.0, 3, 0.5), 940, 105, only=("P(block) first", "E[orbit]")),
    shipped(8, "5", Retrials(4.0, 1.0, 5, 0.2), 1850, 211, only=("P(block) first", "E[orbit]")),
    shipped(
        8, "10", LeaversTryAgain(10.0, 1.0, 0.5, 10, 0.75, 0.05),
        2150, 252, only=("attempts", "P(W>0) first", "P(Ab) attempt", "lost", "occupancy"),
    ),
    shipped(
        8, "5", LeaversTryAgain(5.0, 0.5, 0.5, 11, 0.5, 0.1),
        1250, 136, only=("attempts", "P(W>0) first", "P(Ab) attempt", "lost", "occupancy"),
    ),
    shipped(8, "8,.2", Recontacts(8.0, 1.0, 12, 0.2, exponential(3.0)), 6400, 694, only=(*WAIT, "attempts")),
    shipped(8, "5", BotThenPeople(60.0, 0.35, exponential(0.2), 5.0, 5), 12000, 1200, only=("contained", *WAIT)),
    shipped(8, "6", BotThenPeople(60.0, 0.35, exponential(0.2), 5.0, 6), 7650, 813, only=("contained", *WAIT)),
    shipped(
        8, "7", BotThenPeople(60.0, 0.35, exponential(0.2), 5.0, 7, within=1 / 30),
        7550, 803, only=("contained", *WAIT, "SL"),
    ),
    shipped(
        8, "5-leaving", BotThenPeople(60.0, 0.35, exponential(0.2), 5.0, 5, leaving=20.0),
        605, 68, only=("contained", "P(W>0)", "P(Ab)", "occupancy"),
    ),
    shipped(8, ".7,2", BotAsksAgain(0.7, 2), 20, 20),
    shipped(8, ".7,3", BotAsksAgain(0.7, 3), 20, 20),
    shipped(8, ".5,2", BotAsksAgain(0.5, 2), 20, 20),
    shipped(8, ".5,3", BotAsksAgain(0.5, 3), 20, 20),
    shipped(
        8, ".6", MisrouteChain(0.6, exponential(2.0), exponential(10.0)),
        66, 20, only=("E[assignments]", "P(assignments>=3)", "load factor"),
    ),
    # arrivals that swing
    shipped(9, "110,0", Sinusoidal(100.0, 20.0, 1.0, 110, RISING), 2700, 328),
    shipped(9, "110,.5", Sinusoidal(100.0, 20.0, 1.0, 116, RISING), 6000, 645),
    shipped(9, "110,1", Sinusoidal(100.0, 20.0, 1.0, 121, RISING), 3150, 1200, wide=RARE),
    shipped(9, "110,1.5", Sinusoidal(100.0, 20.0, 1.0, 126, RISING), 6950, 40, wide=RARE, slow=RARE),
    shipped(9, "90,0", Sinusoidal(100.0, 20.0, 1.0, 90, FALLING), 2250, 269),
    shipped(9, "90,.5", Sinusoidal(100.0, 20.0, 1.0, 95, FALLING), 5400, 592),
    shipped(9, "90,1", Sinusoidal(100.0, 20.0, 1.0, 100, FALLING), 3150, 1200, wide=RARE),
    shipped(9, "90,1.5", Sinusoidal(100.0, 20.0, 1.0, 105, FALLING), 7000, 40, wide=RARE, slow=RARE),
)
"""All of them, by section."""
