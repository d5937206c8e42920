from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_desks import SMALL, one_desk, scenario_of, small_desk

from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import INTENTS, scenario_data, scenarios
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.population import Population, draw_population

addresses = st.tuples(st.sampled_from(("message", "returns", "patience")), st.integers(1, 4), st.integers(0, 9))


@given(st.lists(addresses, min_size=2, unique=True), st.randoms(use_true_random=False), st.integers(0, 2**64), st.integers(0, 99))
def test_a_draw_does_not_depend_on_what_was_drawn_before(
    wanted: list[tuple[str, int, int]], shuffler: object, seed: int, replication: int
) -> None:
    draws = Draws(seed, replication)
    first = {address: draws.uniform(20, *address) for address in wanted}
    again = list(wanted)
    shuffler.shuffle(again)  # type: ignore[attr-defined]
    later = Draws(seed, replication)
    for address in again:
        np.testing.assert_array_equal(later.uniform(20, *address), first[address])
    assert len({column.tobytes() for column in first.values()}) == len(wanted)


@given(st.integers(1, 50), st.integers(1, 50))
def test_the_first_customers_draws_do_not_depend_on_how_many_follow(few: int, more: int) -> None:
    draws = Draws(1, 0)
    np.testing.assert_array_equal(draws.uniform(few + more, "work")[:few], draws.uniform(few, "work"))


@given(st.integers(0, 2**64), st.integers(0, 1000))
def test_draws_are_uniform_from_0_up_to_1(seed: int, replication: int) -> None:
    u = Draws(seed, replication).open_uniform(500, "work")
    assert ((u > 0) & (u < 1)).all()


def test_draws_at_neighbouring_addresses_are_uniform_and_unrelated() -> None:
    draws = Draws(7, 0)
    a, b, c = draws.uniform(20_000, "gap", 1, 1), draws.uniform(20_000, "gap", 1, 2), draws.uniform(20_000, "gap", 2, 1)
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef([a, b, c])[np.triu_indices(3, 1)]).max() < 4 / sqrt(20_000)


def company_of(people: Population, row: int) -> list[str]:
    """The kind of company that a customer writes for, if any."""
    codes = [] if people.company is None else [int(people.company[row])]
    return [people.company_names[code] for code in codes if code >= 0]


def products_of(people: Population, row: int) -> set[str]:
    bits = 0 if people.products is None else int(people.products[row])
    return {name for bit, name in enumerate(people.product_names) if bits >> bit & 1}


@settings(max_examples=25)
@given(scenarios(), st.integers(0, 2**40))
def test_every_customer_is_one_that_the_scenario_describes(scenario: Scenario, seed: int) -> None:
    desk = small_desk(scenario)
    people = draw_population(scenario, desk.pool, Draws(seed, 0))
    segments, intents = list(scenario.segments.values()), list(scenario.intents)
    assert (np.diff(people.arrives_s) >= 0).all()
    assert ((people.arrives_s >= 0) & (people.arrives_s < scenario.horizon_s)).all()
    for row in range(people.size):
        kind = segments[people.segment[row]]
        assert kind.intents[intents[people.intent[row]]] > 0
        assert kind.facts.plan[people.plan_names[people.plan[row]]] > 0
        assert scenario.intents[intents[people.intent[row]]].pages[people.page_names[people.page[row]]] > 0
        assert desk.pool.topic_intents[people.topic[row]] == people.intent[row]
        flags = {name for bit, name in enumerate(people.flag_names) if int(people.flags[row]) >> bit & 1}
        assert all(kind.facts.flags[flag] > 0 for flag in flags)
        assert all((kind.facts.company or {})[company] > 0 for company in company_of(people, row))
        assert all(kind.facts.products[product] > 0 for product in products_of(people, row))
    assert (people.work_s > 0).all()
    assert (people.tenure_s > 0).all()
    assert (people.tolerance >= 1).all()
    visited = ~np.isnan(people.help_centre_s)
    assert ((people.help_centre_s[visited] >= 0) & (people.help_centre_s[visited] <= 3600)).all()


MANY = scenario_of(arrivals={"per_week": 210_000}, days=1)


@cache
def many_people() -> Population:
    return draw_population(MANY, one_desk().pool, Draws(4, 0))


def assert_shares(codes: np.ndarray, shares: Sequence[float]) -> None:
    """Each code as often as its share says, within four and a half standard deviations."""
    found = np.bincount(codes, minlength=len(shares)) / codes.size
    for got, share in zip(found, shares, strict=True):
        assert abs(got - share) <= 4.5 * sqrt(share * (1 - share) / codes.size), f"{got} for {share}"


def test_segments_have_their_shares() -> None:
    assert many_people().size > 25_000
    assert_shares(many_people().segment, [segment.share for segment in MANY.segments.values()])


@pytest.mark.parametrize("segment", SMALL["segments"])
def test_intents_plans_flags_and_gaps_have_their_shares_in_each_segment(segment: str) -> None:
    people, kind = many_people(), MANY.segments[segment]
    mine = people.segment == list(MANY.segments).index(segment)
    assert_shares(people.intent[mine], [kind.intents[name] for name in MANY.intents])
    assert_shares(people.plan[mine], [kind.facts.plan.get(name, 0) for name in people.plan_names])
    for bit, flag in enumerate(people.flag_names):
        share = kind.facts.flags.get(flag, 0)
        assert_shares((people.flags[mine] >> np.uint64(bit) & np.uint64(1)).astype(int), [1 - share, share])
    for fact in ("plan", "tenure", "contacts", "flags"):
        unset = getattr(kind.facts.unset, "contacts_30d" if fact == "contacts" else fact)
        assert_shares(getattr(people, f"{fact}_known")[mine].astype(int), [unset, 1 - unset])
    visit = kind.facts.help_centre_visit
    assert_shares((~np.isnan(people.help_centre_s[mine])).astype(int), [1 - visit.share, visit.share])
    assert_shares(people.digger[mine].astype(int), [1 - kind.temperament.digger, kind.temperament.digger])


def test_visits_to_the_help_centre_are_spread_over_the_time_before() -> None:
    since_s = many_people().help_centre_s
    assert stats.kstest(since_s[~np.isnan(since_s)] / 3600, "uniform").pvalue > 1e-3


def test_pages_have_their_shares_in_each_intent() -> None:
    people = many_people()
    for number, intent in enumerate(MANY.intents.values()):
        assert_shares(people.page[people.intent == number], [intent.pages.get(page, 0) for page in people.page_names])


@pytest.mark.parametrize("segment", SMALL["segments"])
def test_half_of_the_customers_have_given_up_after_the_median_number_of_turns(segment: str) -> None:
    people, temperament = many_people(), MANY.segments[segment].temperament
    tolerance = people.tolerance[people.segment == list(MANY.segments).index(segment)]
    median = int(temperament.tolerance_median)
    assert_shares((tolerance <= median).astype(int), [0.5, 0.5])
    assert_shares((tolerance <= 2 * median).astype(int), [0.25, 0.75])
    assert np.median(tolerance) in (median, median + 0.5, median + 1)


@pytest.mark.parametrize("segment", SMALL["segments"])
def test_contacts_are_geometric_with_their_mean(segment: str) -> None:
    people, mean = many_people(), MANY.segments[segment].facts.contacts_30d
    contacts = people.contacts_30d[people.segment == list(MANY.segments).index(segment)]
    assert abs(contacts.mean() - mean) <= 4.5 * sqrt(mean * (1 + mean) / contacts.size)
    assert_shares(np.minimum(contacts, 1), [1 / (1 + mean), mean / (1 + mean)])


def test_tenure_and_work_have_their_distributions() -> None:
    people = many_people()
    for number, segment in enumerate(MANY.segments.values()):
        tenure_s = people.tenure_s[people.segment == number]
        assert stats.kstest(probabilities(tenure_s, segment.facts.tenure), "uniform").pvalue > 1e-3
    for number, intent in enumerate(MANY.intents.values()):
        # The copula that makes unanswerable problems longer leaves the distribution as it is.
        work_s = people.work_s[people.intent == number]
        assert stats.kstest(probabilities(work_s, intent.work), "uniform").pvalue > 1e-3


def probabilities(times_s: np.ndarray, lognormal: object) -> np.ndarray:
    spread = sqrt(np.log1p(lognormal.cv**2))  # type: ignore[attr-defined]
    return stats.lognorm(spread, scale=lognormal.mean / np.exp(spread**2 / 2)).cdf(times_s)  # type: ignore[attr-defined]


@pytest.mark.parametrize("intent", INTENTS)
def test_what_a_bot_leaves_over_takes_longer(intent: str) -> None:
    """P2: the rest is longer and harder, with nothing put in but a correlation; the harder the rest, the longer."""
    people, number = many_people(), list(MANY.intents).index(intent)
    mine = people.intent == number
    work_s, hardness = people.work_s[mine], people.hardness[mine]
    assert stats.kstest(hardness, "uniform").pvalue > 1e-3
    left = [work_s[hardness >= share].mean() for share in (0.0, 0.3, 0.6, 0.9)]
    assert left == sorted(left)
    assert left[1] > 1.05 * left[0]
    assert stats.spearmanr(hardness, work_s).statistic == pytest.approx(6 / np.pi * np.arcsin(0.5 / 2), abs=0.03)


def test_without_a_correlation_what_is_left_over_is_as_long_as_the_rest() -> None:
    intents = {name: {**intent, "work_grows_as_answers_fail": 0} for name, intent in SMALL["intents"].items()}
    people = draw_population(scenario_of(intents=intents, arrivals={"per_week": 70_000}, days=1), one_desk().pool, Draws(5, 0))
    assert abs(stats.spearmanr(people.hardness, people.work_s).statistic) < 4 / sqrt(people.size)


def test_one_more_flag_elsewhere_does_not_change_who_carries_the_others() -> None:
    """Draws are addressed: what the same customers are does not move when something unrelated is added."""
    people = many_people()
    changed = scenario_of(arrivals={"per_week": 210_000}, days=1, returns=None, teams={**SMALL["teams"], "success": {"staffing": {"always": 1}}})
    assert draw_population(changed, one_desk().pool, Draws(4, 0)).digest == people.digest


LOOKED_UP: dict[str, dict[str, Any]] = {
    "standard": {"company": {"startup": 0.3, "agency": 0.7}, "products": {"api": 0.4, "reports": 0.9}, "unset": {"company": 0.35, "products": 0.2}},
    "trial": {"products": {"api": 0.1, "app": 1}},
}


def looked_up(**changed: dict[str, Any]) -> Scenario:
    """Segments of which one has kinds of company, and both have products."""
    parts = {**LOOKED_UP, **changed}
    segments = {name: {**each, "facts": {**each["facts"], **parts[name]}} for name, each in SMALL["segments"].items()}
    return scenario_of(segments=segments, arrivals={"per_week": 30_000}, days=1)


def test_companies_and_products_have_their_shares_and_their_gaps() -> None:
    scenario = looked_up()
    people = draw_population(scenario, one_desk().pool, Draws(3, 0))
    assert people.company_names == ("agency", "startup")
    assert people.product_names == ("api", "app", "reports")
    assert people.company is not None
    assert people.company_known is not None
    assert people.products_known is not None
    standard, trial = people.segment == 0, people.segment == 1
    assert_shares(people.company[standard], [0.7, 0.3])
    assert (people.company[trial] == -1).all()
    assert not people.company_known[trial].any()
    assert people.products_known[trial].all()
    for known, share in ((people.company_known, 0.35), (people.products_known, 0.2)):
        assert_shares(known[standard].astype(int), [share, 1 - share])
    for rows, shares in ((standard, (0.4, 0, 0.9)), (trial, (0.1, 1, 0))):
        for bit, share in enumerate(shares):
            assert_shares((people.products[rows] >> np.uint64(bit) & np.uint64(1)).astype(int), [1 - share, share])


@settings(max_examples=25)
@given(scenario_data(recorded=False), st.integers(0, 2**40))
def test_who_has_which_company_or_product_changes_nothing_else_about_customers(data: dict[str, Any], seed: int) -> None:
    """Draws are addressed; where no segment has any there are no such columns."""
    with_facts, without = (json.loads(json.dumps(data)) for _ in range(2))
    for segment in with_facts["segments"].values():
        segment["facts"].update(LOOKED_UP["standard"] | {"unset": {**segment["facts"]["unset"], "company": 0.5, "products": 0.5}})
    for segment in without["segments"].values():
        for fact in ("company", "products"):
            segment["facts"].pop(fact, None)
    a, b = (draw_population(each, small_desk(each).pool, Draws(seed, 0)) for each in map(scenario_of, (with_facts, without)))
    nothing = {"company": None, "company_known": None, "company_names": (), "products": None, "products_known": None, "product_names": ()}
    assert {name: getattr(b, name) for name in nothing} == nothing
    assert dataclasses.replace(a, **nothing).digest == b.digest


TONGUES = {"trial": {"en": 0.6, "de": 0.4}, "standard": {"de": 1}}


def in_two_languages(**changed: object) -> Scenario:
    segments = {name: {**each, **({"languages": TONGUES[name]} if name in TONGUES else {})} for name, each in SMALL["segments"].items()}
    words = {"answer": "So.", "article": "So", "wordings": [{"text": text} for text in ("Wie geht das?", "Bitte helfen", "Was nun?")]}
    messages = {**SMALL["messages"], "wordings_in": {"de": dict.fromkeys(SMALL["intents"], words)}}
    return scenario_of(segments=segments, messages=messages, arrivals={"per_week": 30_000}, days=1, **changed)


def test_languages_have_their_shares_and_all_a_customer_writes_is_in_one() -> None:
    scenario = in_two_languages()
    desk = small_desk(scenario)
    people = draw_population(scenario, desk.pool, Draws(3, 0))
    assert people.language is not None
    assert people.language_known is None
    for number, name in enumerate(scenario.segments):
        assert_shares(people.language[people.segment == number], [TONGUES.get(name, {"en": 1}).get(each, 0) for each in ("en", "de")])
    np.testing.assert_array_equal(desk.pool.topic_languages[people.topic], people.language)
    np.testing.assert_array_equal(desk.pool.topic_intents[people.topic], people.intent)


def test_a_language_changes_nothing_else_about_customers() -> None:
    scenario, alone = in_two_languages(), scenario_of(arrivals={"per_week": 30_000}, days=1)
    a, b = (draw_population(each, small_desk(each).pool, Draws(3, 0)) for each in (scenario, alone))
    assert b.language is None
    for name in ("arrives_s", "segment", "intent", "plan", "flags", "tenure_s", "work_s", "hardness", "tolerance"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    english = a.language == 0
    np.testing.assert_array_equal(a.topic[english], b.topic[english])


def test_the_desk_does_not_know_the_language_of_as_many_as_it_says() -> None:
    data = {name: {**each, "facts": {**each["facts"], "unset": {"language": 0.25}}} for name, each in SMALL["segments"].items()}
    scenario = scenario_of(segments=data, arrivals={"per_week": 30_000}, days=1)
    people = draw_population(scenario, small_desk(scenario).pool, Draws(3, 0))
    assert people.language_known is not None
    assert_shares(people.language_known.astype(int), [0.25, 0.75])
