"""Shipped scenarios against the published figures that they are fitted to."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.rules import load_policy, shipped
from deskdrill.scenarios import load_scenario, shipped_scenarios
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.helpful_replies import helpful_replies_s
from deskdrill.simulator.intervals import half_width
from deskdrill.simulator.metrics import BY_ID
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.run import simulate
from deskdrill.simulator.validation import FIGURES, Figure, PublishedRow, Trial, measured_weeks, published_rows
from deskdrill.simulator.validation.published import less

SCENARIOS = tuple(dict.fromkeys(figure.scenario for figure in FIGURES))
FITTED = re.compile(r"# fitted to (\w+)$", re.MULTILINE)
shares = st.floats(0, 1)
weeks = st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)), min_size=2, max_size=30)


def row(low: float, high: float, at_least: float, at_most: float, limit: float) -> PublishedRow:
    return PublishedRow("a b", "c", (at_least + at_most) / 2, (low + high) / 2, low, high, limit, at_least=at_least, at_most=at_most)


# Whether a figure is reproduced.

@given(shares, shares, shares, shares, shares)
def test_a_figure_is_reproduced_if_the_interval_meets_what_it_may_be_and_is_narrow(a: float, b: float, c: float, d: float, limit: float) -> None:
    (low, high), (at_least, at_most) = sorted((a, b)), sorted((c, d))
    common = [x for x in (low, high, at_least, at_most) if low <= x <= high and at_least <= x <= at_most]
    assert row(low, high, at_least, at_most, limit).passes == (bool(common) and (high - low) / 2 <= limit)


@pytest.mark.parametrize(
    ("low", "high", "passes"),
    [(0.039, 0.0444, False), (0.043, 0.0446, True), (0.044, 0.046, True), (0.0456, 0.047, False), (0.03, 0.06, False)],
)
def test_a_figure_of_four_and_a_half_percent_may_have_been_rounded(low: float, high: float, passes: bool) -> None:
    assert row(low, high, 0.0445, 0.0455, 0.003).passes == passes


@given(weeks)
def test_by_how_much_less_is_the_ratio_of_means(pairs: list[tuple[float, float]]) -> None:
    values, than = np.array(pairs).T
    found = less(values, than)
    assert found.size == values.size
    assert found.mean() == pytest.approx(1 - values.mean() / than.mean(), rel=1e-9, abs=1e-9 * float(np.abs(found).max()))


@given(weeks, st.floats(0.1, 1))
def test_what_is_always_less_by_the_same_share_is_so_for_certain(pairs: list[tuple[float, float]], share: float) -> None:
    than = np.array(pairs)[:, 0]
    assert less(share * than, than) == pytest.approx(np.full(than.size, 1 - share), abs=1e-9)


def test_the_interval_of_by_how_much_less_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(1000):
        than = rng.gamma(20, 5, 30)
        found = less(than * rng.gamma(20, 0.6 / 20, 30), than)
        covered += abs(found.mean() - 0.4) <= half_width(found, 0.95)
    assert 920 <= covered <= 975


# What is published.

@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.case} {figure.name}")
def test_a_figure_is_of_what_ships_and_says_what_it_may_be(figure: Figure) -> None:
    assert figure.scenario in shipped_scenarios()
    assert {figure.policy, figure.less_than or figure.policy} <= set(shipped())
    assert figure.measure in BY_ID
    assert figure.at_least < figure.published < figure.at_most
    assert figure.says


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_number_that_is_fitted_names_a_figure_that_its_scenario_is_held_to(scenario: str) -> None:
    text = (files("deskdrill.scenarios") / "library" / f"{scenario}.yaml").read_text(encoding="utf-8")
    fitted = FITTED.findall(text)
    figures = {figure.measure for figure in FIGURES if figure.scenario == scenario}
    # What answers and articles resolve is all that is resolved.
    assert sorted(fitted) == sorted(figures - {"automated_resolution_rate"} if len(figures) > 1 else figures)
    assert text.count("# fitted") == len(fitted)


def test_three_quarters_and_one_quarter_are_all_that_is_resolved() -> None:
    published = {figure.measure: figure.published for figure in FIGURES if figure.scenario == "saas-2022"}
    by_both = published["resolved_by_answers_rate"] + published["resolved_by_articles_rate"]
    assert by_both == pytest.approx(published["automated_resolution_rate"])


def different(a: Any, b: Any, path: str = "") -> set[str]:
    """The dotted paths at which two nested mappings differ."""
    mappings = isinstance(a, dict) and isinstance(b, dict)
    inner = (different(a.get(key), b.get(key), f"{path}.{key}") for key in (a.keys() | b.keys() if mappings else ()))
    return set().union(*inner) if mappings else {path[1:]} - ({path[1:]} if a == b else set())


def test_the_best_shop_is_the_same_shop_but_for_what_it_says() -> None:
    usual, best = (load_scenario(name).model_dump(mode="json", exclude={"sources", "about", "scenario"}) for name in ("retail-b2c", "retail-b2c-best"))
    assert different(usual, best) == {
        "arrivals.per_week", "intents.order_status.bot_solves", "intents.order_status.article_solves", "knowledge.order_status.covers",
        "knowledge.order_status.quality", "messages.out_of_scope",
    }  # fmt: skip


# What comes of it.

@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_shipped_scenario_reproduces_what_is_published_of_it(scenario: str) -> None:
    figures = [figure for figure in FIGURES if figure.scenario == scenario]
    rows = published_rows(Trial(), figures)
    assert [each.measure for each in rows] == [figure.name for figure in figures]
    assert [each for each in rows if not each.passes] == []


@pytest.mark.slow
def test_another_number_than_the_one_fitted_gives_another_figure() -> None:
    """The check can fail: a help centre that covers next to nothing deflects fewer chats."""
    figures = [figure for figure in FIGURES if figure.scenario == "chat-2018"]
    desk = load_scenario("chat-2018")
    without = desk.model_copy(update={"knowledge": {name: desk.knowledge[name].model_copy(update={"covers": 0.01}) for name in desk.intents}})
    fitted, off = (measured_weeks(figures, {"chat-2018": each}, Trial(), 0.2) for each in (desk, without))
    deflected = next(figure for figure in figures if figure.measure == "deflection_rate")
    assert abs(fitted[deflected].mean() - 0.27) < 0.01
    assert off[deflected].mean() < 0.25


@pytest.fixture(scope="module")
def shop() -> Experiment:
    names = ("answer-bot-2022", "humans-only", "careful")
    return run_experiment(open_desk(load_scenario("retail-b2c")), tuple(map(load_policy, names)), replications=10)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["humans-only", "careful"])
@pytest.mark.parametrize("measure", ["time_to_help_p50_s", "helped_rate"])
def test_where_articles_are_good_wide_automation_beats_people_alone_and_the_careful_bot(shop: Experiment, policy: str, measure: str) -> None:
    """The product is not rigged against bots."""
    verdicts = {(each.a, each.b, each.metric): each.verdict for each in shop.differences()}
    assert verdicts["answer-bot-2022", policy, measure] == "worse"


@pytest.mark.slow
def test_where_nobody_waits_people_alone_help_more_than_wide_automation() -> None:
    """Nor against people: the same desk with twice the people."""
    text = (files("deskdrill.scenarios") / "library" / "retail-b2c.yaml").read_text(encoding="utf-8")
    doubled = re.sub(r"staffing: .*", lambda line: re.sub(r": (\d+)", lambda each: f": {2 * int(each[1])}", line[0]), text)
    desk = open_desk(scenario_from_document(parse_document(doubled)))
    experiment = run_experiment(desk, tuple(map(load_policy, ("answer-bot-2022", "humans-only"))), replications=6)
    verdicts = {(each.a, each.b, each.metric): each.verdict for each in experiment.differences()}
    assert verdicts["answer-bot-2022", "humans-only", "helped_rate"] == "better"
    assert verdicts["answer-bot-2022", "humans-only", "time_to_help_p50_s"] == "cannot tell"


@pytest.mark.slow
def test_helpful_replies_come_sooner_because_fewer_have_to_write_again() -> None:
    desk = open_desk(load_scenario("retail-b2c-best"))
    again, at_once_s = {}, {}
    for policy in ("humans-only", "answer-bot-2022"):
        run = simulate(desk, load_policy(policy), 5)
        table, after_s = run.conversations, helpful_replies_s(run)
        solving = table.ends_s == run.solved_s[table.problem]
        later = np.zeros(run.population.size, dtype=bool)
        later[table.problem[solving & (table.attempt > 1)]] = True
        helped = np.isfinite(after_s)
        again[policy], at_once_s[policy] = later[helped].mean(), after_s[helped & ~later].mean()
    assert again == {"humans-only": pytest.approx(0.15, abs=0.01), "answer-bot-2022": pytest.approx(0.08, abs=0.01)}
    assert at_once_s == {"humans-only": pytest.approx(150, abs=8), "answer-bot-2022": pytest.approx(750, abs=150)}
