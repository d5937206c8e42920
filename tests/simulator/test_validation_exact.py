"""What the shipped cases hold the simulator against: the printed digits of classic results, computed independently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from deskdrill.errors import BadValue, Unstable
from deskdrill.simulator.queueing import ErlangA, PiecewiseRate, poisson_tail
from deskdrill.simulator.validation import CASES, Case
from deskdrill.simulator.validation.changing import WINDOW, Sinusoidal
from deskdrill.simulator.validation.leaving import ErlangADesk, GeneralPatience
from deskdrill.simulator.validation.shapes import exponential, mean, squared_cv, survival
from deskdrill.simulator.validation.waiting import ErlangCDesk, OneAgent

BY_NAME = {case.name: case for case in CASES}

PRINTED: dict[str, dict[str, str]] = {
    # Erlang B
    "1-erlang_b-1,1": {"P(block)": "0.5"},
    "1-erlang_b-2,1": {"P(block)": "0.2"},
    "1-erlang_b-5,3": {"P(block)": "0.11005435"},
    "1-erlang_b-10,8": {"P(block)": "0.12166106"},
    "1-erlang_b-20,15": {"P(block)": "0.04559322"},
    "1-erlang_b-50,45": {"P(block)": "0.05410447"},
    "1-erlang_b-100,90": {"P(block)": "0.02695738"},
    "1-erlang_b-10,8-lognormal": {"P(block)": "0.12166106"},
    "1-erlang_b-10,8-hyperexponential": {"P(block)": "0.12166106"},
    # Erlang C: P(W>0) and the wait in units of mean work
    "2-erlang_c-2,1": {"P(W>0)": "0.33333333", "E[W]": "0.33333333"},
    "2-erlang_c-5,3": {"P(W>0)": "0.2361516", "E[W]": "0.1180758"},
    "2-erlang_c-5,4": {"P(W>0)": "0.55411255", "E[W]": "0.55411255"},
    "2-erlang_c-10,8": {"P(W>0)": "0.40918015", "E[W]": "0.20459008"},
    # 100 in half an hour, 3 minutes each, 14 agents, 20 seconds: the README of pyworkforce
    "2-erlang_c-14,10": {"P(W>0)": "0.17413193", "E[W]": "0.04353298", "SL": "0.88835002", "occupancy": "0.7142857"},
    "2-erlang_c-20,18": {"P(W>0)": "0.550769", "E[W]": "0.2753845"},
    "2-erlang_c-50,48": {"P(W>0)": "0.69445561", "E[W]": "0.34722781", "E[Q]": "16.67", "occupancy": "0.96"},
    "2-erlang_c-100,95": {"P(W>0)": "0.50645685", "E[W]": "0.10129137"},
    "2-finite_queue-12,17": {"P(block)": "0.009477", "E[W] accepted": "0.061124", "E[Q]": "0.254289", "occupancy": "0.693366"},
    # Erlang A; row 1 is the example of Garnett, Mandelbaum and Reiman
    "3-erlang_a-48,1,.5,50": {
        "P(W>0)": "0.467774", "P(Ab)": "0.030912", "E[W]": "0.061824", "E[W] served": "0.060265", "E[Q]": "2.967576", "occupancy": "0.930324",
        "SL served/offered": "0.943019", "SL served/served": "0.973100", "SL g1": "0.972030", "SL g2": "0.972864",
    },
    "3-erlang_a-4.2,.5,1,12": {
        "P(W>0)": "0.127372", "P(Ab)": "0.029679", "E[W]": "0.029679", "E[W] served": "0.024060", "E[Q]": "0.124651", "occupancy": "0.679225",
        "SL served/offered": "0.945270", "SL served/served": "0.974182", "SL g1": "0.967872", "SL g2": "0.968622",
    },
    "3-erlang_a-10/3,1/3,1/5,13": {
        "P(W>0)": "0.225797", "P(Ab)": "0.024963", "E[W]": "0.124817", "E[W] served": "0.115233", "E[Q]": "0.416055", "occupancy": "0.750028",
    },
    "3-erlang_a-102,1,1,100": {
        "P(W>0)": "0.591719", "P(Ab)": "0.049918", "E[W]": "0.049918", "E[W] served": "0.049041", "E[Q]": "5.091634", "occupancy": "0.969084",
    },
    "3-erlang_a-10,1,2,10": {
        "P(W>0)": "0.465575", "P(Ab)": "0.146009", "E[W]": "0.073005", "E[W] served": "0.062032", "E[Q]": "0.730046", "occupancy": "0.853991",
    },
    "3-erlang_a-30,1,.25,28": {
        "P(W>0)": "0.851474", "P(Ab)": "0.086005", "E[W]": "0.344022", "E[W] served": "0.348239", "E[Q]": "10.320653", "occupancy": "0.979280",
        "SL served/offered": "0.490752", "SL served/served": "0.536931", "SL g1": "0.519094", "SL g2": "0.545351",
    },
    # any law of patience
    "4-patience-exponential": {"P(W>0)": "0.619655", "P(Ab)": "0.103913", "E[W]": "0.207826", "E[W] served": "0.199581", "SL served/offered": "0.768132"},
    "4-patience-deterministic": {"P(W>0)": "0.851574", "P(Ab)": "0.040551", "E[W]": "0.892125"},
    "4-patience-hyperexponential": {"P(W>0)": "0.540382", "P(Ab)": "0.125571", "E[W]": "0.125703", "E[W] served": "0.117663", "SL served/offered": "0.824524"},
    # one agent, and priorities
    "5-one_agent-deterministic": {"E[W]": "2.0"},
    "5-one_agent-erlang": {"E[W]": "3.0"},
    "5-one_agent-exponential": {"E[W]": "4.0"},
    "5-one_agent-lognormal": {"E[W]": "4.88"},
    "5-one_agent-hyperexponential": {"E[W]": "10.0"},
    "5-priorities-1": {"E[W] 1": "1.142857", "E[W] 2": "5.714286"},
    "5-priorities-3": {"E[W] 1": "0.234450", "E[W] 2": "0.781499", "P(W>0)": "0.492344"},
    "5-priorities-5": {"E[W] 1": "0.138528", "E[W] 2": "0.230880", "E[W] 3": "0.923521"},
    "5-one_agent_priorities-.2,.4": {"E[W] 1": "0.75", "E[W] 2": "1.875"},
    # skills
    "6-skills-v": {
        "P(W>0) 1": "0.621435", "P(W>0) 2": "0.621435", "P(Ab) 1": "0.045049", "P(Ab) 2": "0.141673", "E[W] 1": "0.090098", "E[W] 2": "0.283347",
        "occupancy 1": "0.890535", "P(Ab)": "0.109465",
    },
    "6-skills-n-class-2": {
        "P(W>0) 1": "0.417304", "P(W>0) 2": "0.593182", "P(Ab) 1": "0.066250", "P(Ab) 2": "0.086007", "E[W] 1": "0.132499", "E[W] 2": "0.172015",
        "occupancy 1": "0.834674", "occupancy 2": "0.847517",
    },
    "6-skills-n-class-1": {
        "P(W>0) 1": "0.359879", "P(W>0) 2": "0.613884", "P(Ab) 1": "0.028380", "P(Ab) 2": "0.163475", "E[W] 1": "0.056760", "E[W] 2": "0.326951",
        "occupancy 1": "0.809556", "occupancy 2": "0.854673",
    },
    # chats
    "7-chats-2,1": {
        "P(W>0)": "0.865832", "P(Ab)": "0.352010", "E[W]": "1.408040", "E[chats]": "2.781095", "agent utilisation": "0.978816", "E[duration]": "2.145940",
    },
    "7-chats-4,2": {
        "P(W>0)": "0.927532", "P(Ab)": "0.332630", "E[W]": "1.330520", "E[chats]": "5.851296", "agent utilisation": "0.996206", "E[duration]": "2.191923",
    },
    "7-chats-4,3": {
        "P(W>0)": "0.915484", "P(Ab)": "0.280881", "E[W]": "1.123523", "E[chats]": "2.876477", "agent utilisation": "0.958826", "E[duration]": "1.0",
    },
    "7-chats-3,2": {
        "P(W>0)": "0.786351", "P(Ab)": "0.344787", "E[W]": "0.689574", "E[chats]": "5.520069", "agent utilisation": "0.982820", "E[duration]": "2.808282",
    },
    # retrials, recontacts, bots
    "8-retrials-1": {"E[orbit]": "1.0", "P(block) first": "0.5"},
    "8-retrials-3": {"E[orbit]": "3.243068", "P(block) first": "0.378514"},
    "8-retrials-5": {"E[orbit]": "16.672098", "P(block) first": "0.426304"},
    "8-leavers_try_again-10": {"attempts": "11.500984", "P(Ab) attempt": "0.174012", "lost": "0.050033", "occupancy": "0.949967", "P(W>0) first": "0.796521"},
    "8-leavers_try_again-5": {"attempts": "5.278493", "P(Ab) attempt": "0.105520", "lost": "0.055699", "occupancy": "0.858456"},
    "8-recontacts-8,.2": {"P(W>0)": "0.449388", "E[W]": "0.224694"},
    "8-bot_then_people-5": {"P(W>0)": "0.633773", "E[W]": "0.158443"},
    "8-bot_then_people-6": {"P(W>0)": "0.335978", "E[W]": "0.037331"},
    "8-bot_then_people-7": {"P(W>0)": "0.165054", "E[W]": "0.011790", "SL": "0.896497"},
    "8-bot_then_people-5-leaving": {"P(W>0)": "0.315363", "P(Ab)": "0.165606", "occupancy": "0.700891"},
    "8-bot_asks_again-.7,2": {"resolved": "0.91", "E[bot turns]": "1.3"},
    "8-bot_asks_again-.7,3": {"resolved": "0.973", "E[bot turns]": "1.39"},
    "8-bot_asks_again-.5,2": {"resolved": "0.75", "E[bot turns]": "1.5"},
    "8-bot_asks_again-.5,3": {"resolved": "0.875", "E[bot turns]": "1.75"},
    "8-misroutes-.6": {"E[assignments]": "1.666667", "P(assignments>=3)": "0.16", "load factor": "1.133333"},
    # arrivals that swing
    "9-sinusoidal-110,0": {"P(W>0)": "0.512680", "E[N]": "110"},
    "9-sinusoidal-110,.5": {"P(W>0)": "0.296014", "E[N]": "110"},
    "9-sinusoidal-110,1": {"P(W>0)": "0.158299", "E[N]": "110"},
    "9-sinusoidal-110,1.5": {"P(W>0)": "0.072062", "E[N]": "110"},
    "9-sinusoidal-90,0": {"P(W>0)": "0.514018", "E[N]": "90"},
    "9-sinusoidal-90,.5": {"P(W>0)": "0.312805", "E[N]": "90"},
    "9-sinusoidal-90,1": {"P(W>0)": "0.158221", "E[N]": "90"},
    "9-sinusoidal-90,1.5": {"P(W>0)": "0.065896", "E[N]": "90"},
}  # fmt: skip
"""By case and measure, as printed; the digits of the formula are these."""


def exact(case: Case) -> dict[str, float]:
    return {measure.name: measure.exact() for measure in case.measures(quick=False)}


@pytest.mark.parametrize("name", PRINTED)
def test_a_case_is_held_against_the_printed_digits(name: str) -> None:
    found = exact(BY_NAME[name])
    digits = {measure: len(text.partition(".")[2]) for measure, text in PRINTED[name].items()}
    assert {measure: f"{found[measure]:.{digits[measure]}f}" for measure in digits} == PRINTED[name]


def test_every_case_but_those_of_other_designs_is_printed() -> None:
    """The W design and the three X designs are cases of the same kinds, beyond the printed ones."""
    assert BY_NAME.keys() - PRINTED.keys() == {
        "6-skills-w", "6-x_design-in_order-priority", "6-x_design-least_loaded-longest_wait", "6-x_design-random-weighted_wait",
    }  # fmt: skip


def test_a_section_is_what_a_name_begins_with() -> None:
    assert {case.name.partition("-")[0] for case in CASES} == set("123456789")
    assert len(BY_NAME) == len(CASES)


def test_the_published_example_in_seconds() -> None:
    """48 a minute, a minute each, 50 agents: 20.83 s, nine in ten within 58.1 s (Garnett, Mandelbaum and Reiman 2002)."""
    found = {measure.name: measure.exact() for measure in BY_NAME["2-erlang_c-50,48"].model.measures()}
    assert f"{60 * found['E[W]']:.2f} {60 * found['P90 W']:.1f}" == "20.83 58.1"


def test_designs_in_which_all_serve_all_are_erlang_a() -> None:
    whole = ErlangA(10, 1, 0.5, 10)
    for name in BY_NAME.keys() - PRINTED.keys() - {"6-skills-w"}:
        assert exact(BY_NAME[name])["P(Ab)"] == whole.abandonment_probability


def test_patience_of_any_shape_is_the_scenario_s_own() -> None:
    """The formula of M/M/n+G is fed the quantiles that a run draws: for exponential ones it is Erlang A."""
    general = GeneralPatience(10.0, 1.0, {"shape": "gamma", "mean": 2, "cv": 1}, 10).exact
    special = ErlangADesk(10.0, 1.0, 0.5, 10).exact
    assert general.abandonment_probability == pytest.approx(special.abandonment_probability, rel=1e-9)
    assert general.mean_wait_of_served == pytest.approx(special.mean_wait_of_served, rel=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        exponential(2.0), {"shape": "weibull", "mean": 1, "k": 0.7}, {"shape": "uniform", "from": 1, "to": 3}, {"mean": 2, "cv": 0.5},
        {"shape": "empirical", "values": [1, 2, 4]}, {"shape": "survival", "points": [[1, 0.5], [2, 0]]},
        {"shape": "hyperexponential", "branches": [{"share": 0.5, "mean": 1}, {"share": 0.5, "mean": 3}]},
    ],
)  # fmt: skip
def test_a_shape_s_survival_has_its_mean_and_its_spread(shape: dict[str, Any]) -> None:
    x = np.linspace(0, 400, 400_001)
    longer = survival(shape)(x)
    assert np.trapezoid(longer, x) == pytest.approx(mean(shape), rel=1e-3)
    assert 2 * np.trapezoid(x * longer, x) == pytest.approx(mean(shape) ** 2 * (1 + squared_cv(shape)), rel=2e-3)


SWING = [BY_NAME[name].model for name in BY_NAME if name.startswith("9")]


@pytest.mark.parametrize("model", SWING, ids=lambda model: f"{model.agents}")
def test_customers_in_the_window_of_a_moment_wait_as_those_of_the_moment(model: Sinusoidal) -> None:
    """By the formula, over the straight lines between hours that are played: to a few parts in ten thousand."""
    hours = np.arange(25) - 0.5
    day = 2 * np.pi
    weights = np.array(model.desk(model.scale(1000)).scenario["arrivals"]["by_hour"])
    played = PiecewiseRate.linear(tuple(hours / 24 * day), tuple(np.append(weights[-1], weights)), periodic=True)
    assert np.abs(played.load(np.linspace(0, day, 97), 1.0) - model.swing.load(np.linspace(0, day, 97), 1.0)).max() < 0.005
    for (begins, ends), moment in zip(model.windows, model.moments, strict=True):
        assert ends - begins == pytest.approx(WINDOW)
        assert begins < moment < ends
        at = np.linspace(begins, ends, 20_001) * day
        rate = played.at(at)
        waiting = float((rate * poisson_tail(played.load(at, 1.0), model.agents)).sum() / rate.sum())
        assert waiting == pytest.approx(float(poisson_tail(model.swing.load(np.array([moment * day]), 1.0), model.agents)[0]), rel=5e-4)


def test_arguments_out_of_a_formula_s_range_are_refused_before_anything_is_run() -> None:
    with pytest.raises(Unstable):
        ErlangCDesk(10.0, 1.0, 10).measures()[0].exact()
    with pytest.raises(Unstable):
        OneAgent(1.0, exponential(1.0)).measures()[1].exact()
    with pytest.raises(BadValue, match="`amplitude` is 100"):
        Sinusoidal(100.0, 100.0, 1.0, 110, (0.5,))
