"""Other values in scenarios and policies: which, where they go, and what they change."""

from __future__ import annotations

from functools import cache
from math import isnan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc
from small_desks import CAREFUL, HUMANS, one_desk, policy_of

from deskdrill.documents import Document, parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.rules import Atom
from deskdrill.scenarios.checks.sources import input_paths
from deskdrill.scenarios.loading import scenario_document, scenario_from_document, shipped_scenarios
from deskdrill.simulator.assumptions import Ranged, ranged_inputs, refuse_impossible, scenario_scaled
from deskdrill.simulator.designs import elementary_effects, full, latin, walks
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.intervals import Estimate
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.scaling import Amounts, amounts_of
from deskdrill.simulator.sensitivity import Question, one_at_a_time, screened, side_of
from deskdrill.simulator.settings import Setting, played_in, values_of
from deskdrill.simulator.uncertainty import components, uncertain
from deskdrill.simulator.variation import Variation, changes_of
from deskdrill.simulator.varying import Vary, home_of, policy_with, scenario_with, vary_of, with_value

POLICY = """
policy: mine
bot: {answers: {confidence_at_least: 0.7}, max_turns: 6}
groups: {vips: {customer.plan: pro}}
guards: [{id: no-trials, when: {customer.plan: trial}, forbid: bot}]
rulesets:
  - name: routing
    hit_policy: first
    rules: [{id: money, when: {message.text: {contains_any: [refund]}}, then: {route: billing}}]
    default: {route: escalation}
"""


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1,2", (1, 2)),
        ("a=50%:90%:5", ("50%", "60%", "70%", "80%", "90%")),
        ("a=50:90%:2", ("50%", "90%")),
        ("a=0.5:0.9:5", (0.5, 0.6, 0.7, 0.8, 0.9)),
        ("a=1m:3m:2", ("1m", "3m")),
        ("a=10:20:3", (10, 15, 20)),
        ("a=mser,2d", ("mser", "2d")),
        ("a=true", (True,)),
        ("a=[x, y],[],null", (["x", "y"], [], None)),
        ("a='1,5',2", ("1,5", 2)),
    ],
)
def test_values_are_as_files_write_them(text: str, values: tuple[object, ...]) -> None:
    assert vary_of(text).values == values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", "expected a key and its values"),
        ("=1", "expected a key and its values"),
        ("a..b=1", "expected a key and its values"),
        ("a=", "expected a key and its values"),
        ("a=9:1:3", "from a smaller to a larger value of one unit"),
        ("a=1m:2h:3", "from a smaller to a larger value of one unit"),
        ("a=1:2:1", "a range has two values at least"),
        ("a=1,1", "`a` has a value twice"),
        ("a=0.8x,1", "`a` is either so many times what it was or has values of its own"),
        ("a=1,,2", "expected values as files write them, with commas between, found `1,,2`"),
        ("a=[1,{]", "expected values as files write them"),
        ("a=1.2.3:4:2", "expected a number, found `1.2.3`"),
    ],
)
def test_what_is_no_variation_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadValue, match=told.replace("`", ".")):
        vary_of(text)


@given(low=st.floats(-100, 100), width=st.floats(0.01, 100), many=st.integers(2, 9))
def test_a_range_has_both_its_ends_and_equal_steps(low: float, width: float, many: int) -> None:
    low = round(low, 2)
    values = vary_of(f"a={low:.2f}:{low + width:.2f}:{many}").values
    assert values[0] == pytest.approx(low)
    assert values[-1] == pytest.approx(low + width, abs=0.006)
    assert np.diff(values) == pytest.approx(np.full(many - 1, (values[-1] - values[0]) / (many - 1)))


def test_entries_of_lists_are_known_by_name_or_id() -> None:
    document = parse_document(POLICY, "mine.yaml")
    changed = policy_with(document, {vary_of("rulesets.routing.rules.money.then.route=success"): "success"})
    assert changed.rulesets[0].rules[0].then.route == "success"
    assert policy_with(document, {}).rulesets[0].rules[0].then.route == "billing"
    guarded = policy_with(document, {vary_of("guards.no-trials.when.customer.plan=pro"): "pro"})
    assert guarded.guards[0].when == Atom("customer.plan", "is", "pro")


@given(path=st.lists(st.sampled_from(["bot", "answers", "max_turns", "guards", "no-trials", "when", "zzz"]), min_size=1, max_size=4))
def test_a_value_goes_where_it_is_named_and_nowhere_else(path: list[str]) -> None:
    document = parse_document(POLICY, "mine.yaml")
    try:
        changed = with_value(document, path, "here")
    except BadValue:
        return
    assert str(changed.data).count("'here'") == 1
    assert document.data == parse_document(POLICY, "mine.yaml").data


def test_a_key_is_the_scenario_s_or_the_policy_s() -> None:
    scenario, policy = scenario_document("saas-week"), parse_document(POLICY, "mine.yaml")
    for said, home in (("arrivals.per_week=2x", "scenario"), ("bot.max_turns=2", "policy"), ("groups.vips.customer.plan=pro", "policy")):
        assert home_of(vary_of(said), scenario, [policy]) == home
    for said, told in (
        ("arivals.per_week=1", "did you mean .arrivals."),
        ("bot.answer.x=1", "did you mean .answers."),
        ("groups.zzz.x=1", "neither the scenario nor a policy"),
        ("bot.max_turns=2x", "so many times what it was is for inputs of the scenario"),
    ):
        with pytest.raises(BadValue, match=told):
            home_of(vary_of(said), scenario, [policy])


def test_an_input_may_be_so_many_times_what_the_scenario_says() -> None:
    document = scenario_document("saas-week")
    before = scenario_from_document(document)
    longer = vary_of("intents.*.work.mean=0.8x,1.25x")
    for name, intent in scenario_with(document, {longer: "1.25x"}).intents.items():
        assert intent.work.mean == pytest.approx(1.25 * before.intents[name].work.mean)
    trials = scenario_with(document, {vary_of("segments.trial.share=1x:2x:3"): "2x"}).segments
    assert trials["trial"].share == pytest.approx(2 * before.segments["trial"].share)
    assert sum(each.share for each in trials.values()) == pytest.approx(1)
    more = scenario_with(document, {vary_of("teams.frontline.staffing=2x"): "2x"}).teams["frontline"]
    assert more.staffing == {hours: 2 * agents for hours, agents in before.teams["frontline"].staffing.items()}
    sure = scenario_with(document, {vary_of("behaviour.understood=1x:9x"): "9x"}).behaviour
    assert sure.understood.simple == 1


def is_amount(document: Document, path: tuple[str, ...]) -> bool:
    try:
        amounts_of(document, (path,), 1, 1)
    except BadValue:
        return False
    return True


SAAS_WEEK = scenario_document("saas-week")
AMOUNTS = [each for each in input_paths(SAAS_WEEK.data) if is_amount(SAAS_WEEK, each)]


@given(path=st.sampled_from(AMOUNTS))
def test_once_what_the_scenario_says_is_the_scenario(path: tuple[str, ...]) -> None:
    """But for what is rounded where lengths are written in seconds."""
    once = scenario_with(SAAS_WEEK, {Vary(path, ("1x", "1.5x")): "1x"})
    assert once.sources == scenario_from_document(SAAS_WEEK).sources
    assert flat(once.model_dump()) == pytest.approx(flat(scenario_from_document(SAAS_WEEK).model_dump()), nan_ok=True)


def flat(data: Any) -> dict[str, Any]:
    """All numbers of a scenario, by their place."""
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, (list, tuple)):
        entries = list(enumerate(data))
    else:
        return {"": data} if isinstance(data, (int, float)) else {}
    return {f"{key}.{path}": each for key, value in entries for path, each in flat(value).items()}


def test_every_entry_that_has_a_key_gets_its_value() -> None:
    for name, team in scenario_with(SAAS_WEEK, {vary_of("teams.*.answer_within=7m"): "7m"}).teams.items():
        assert team.answer_within == 420, name
    with pytest.raises(InputError, match=r"`teams.frontline` has no `zzz`"):
        scenario_with(SAAS_WEEK, {vary_of("teams.*.zzz.x=1"): 1})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("intents.*.wrk.mean=2x", r"`intents.\*` has no `wrk`; did you mean `work`\?"),
        ("agents=2x", "the file has no `agents`; did you mean `segments`"),
        ("segments.*.temperament.patience.live=2x", "live.shape` is no amount, so nothing is so many times it"),
        ("days=2x", "`days` is no amount, so nothing is so many times it"),
        ("segments.*.share=2x", "with segments.*.share=2x: shares of the segments sum to 184%, not 100%"),
    ],
)
def test_what_is_no_amount_is_not_scaled(said: str, told: str) -> None:
    vary = vary_of(said)
    with pytest.raises(InputError, match=told):
        scenario_with(SAAS_WEEK, {vary: vary.values[0]})


def test_what_a_loader_refuses_is_told_with_the_value_that_was_tried() -> None:
    with pytest.raises(InputError, match=r"with arrivals.per_week=many: expected a number, found .many."):
        scenario_with(scenario_document("saas-week"), {vary_of("arrivals.per_week=many"): "many"})


# Designs ------------------------------------------------------------------------------------------------------------------------------


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_all_combinations_are_tried_once(sizes: list[int]) -> None:
    varies = [Vary((f"k{number}",), tuple(range(size))) for number, size in enumerate(sizes)]
    found = [tuple(point.values()) for point in full(varies)]
    assert len(set(found)) == len(found) == np.prod(sizes)


@given(points=st.integers(2, 20), seed=st.integers(0, 99))
def test_a_latin_hypercube_has_one_point_in_each_part_of_each_range(points: int, seed: int) -> None:
    varies = [vary_of("a=0:1"), vary_of("b=100:200")]
    found = latin(varies, points, seed)
    for vary, (low, high) in zip(varies, ((0, 1), (100, 200)), strict=True):
        parts = sorted(min(int((point[vary] - low) / (high - low) * points + 1e-9), points - 1) for point in found)
        assert parts == list(range(points))
    assert latin(varies, points, seed) == found
    # Where so many values are said, it is one of them.
    assert {point[vary] for vary in [vary_of("c=3:8:6")] for point in latin([vary], points, seed)} <= {3, 4, 5, 6, 7, 8}


@given(inputs=st.integers(1, 6), many=st.integers(1, 5), seed=st.integers(0, 99))
def test_a_walk_moves_each_input_once_and_stays_in_the_cube(inputs: int, many: int, seed: int) -> None:
    found = walks(inputs, many, seed)
    assert found.min() >= -1e-12
    assert found.max() <= 1 + 1e-12
    moved = np.abs(np.diff(found, axis=1))
    assert np.allclose(np.sort(moved, axis=1)[:, -1], 2 / 3)
    assert np.allclose(moved.sum(axis=(1, 2)), inputs * 2 / 3)


def test_elementary_effects_of_a_known_function() -> None:
    """y = 3 a - 2 b + 4 b c: of `a` exactly 3 in every walk, of `b` between -2 and 2, of `c` between 0 and 4."""
    walked = walks(3, 200, 1)
    a, b, c = walked[:, :, 0], walked[:, :, 1], walked[:, :, 2]
    effects = elementary_effects(walked, 3 * a - 2 * b + 4 * b * c)
    assert np.allclose(effects[:, 0], 3)
    assert np.allclose(effects[:, 1], -2 + 4 * c[:, 0]) or np.all((effects[:, 1] >= -2 - 1e-9) & (effects[:, 1] <= 2 + 1e-9))
    # The grid of `c` (and `b`) has the levels 0, 1/3, 2/3 and 1, of which each is met as often: mean 1/2, variance 5/36.
    assert effects[:, 1].mean() == pytest.approx(0, abs=0.3)
    assert effects[:, 2].mean() == pytest.approx(2, abs=0.3)
    assert effects[:, 2].std() == pytest.approx(4 * sqrt(5 / 36), abs=0.15)


# Settings -----------------------------------------------------------------------------------------------------------------------------


def test_a_setting_is_what_an_experiment_would_be() -> None:
    desk, policies = one_desk(), (policy_of(HUMANS), policy_of(CAREFUL))
    busier = desk.scenario.scaled(1.5)
    settings = [Setting(desk.scenario, policies), Setting(busier, policies), Setting(desk.scenario, policies[:1])]
    found = played_in(settings, desk, 3, seed=4)
    wanted = [run_experiment(desk, policies, 3, 4), run_experiment(open_desk(busier), policies, 3, 4), run_experiment(desk, policies[:1], 3, 4)]
    for one, other in zip(found, wanted, strict=True):
        for policy in range(len(one.policies)):
            assert np.array_equal(values_of(one, policy, "helped_rate"), values_of(other, policy, "helped_rate"))
    assert found[0].summaries[0] is found[2].summaries[0] or found[0].summaries[0][0] is found[2].summaries[0][0]


def test_on_any_number_of_workers_settings_come_to_the_same() -> None:
    desk, policies = one_desk(), (policy_of(CAREFUL),)
    settings = [Setting(desk.scenario, policies), Setting(desk.scenario.scaled(1.5), policies)]
    one, two = played_in(settings, desk, 2), played_in(settings, desk, 2, workers=2)
    assert [each.summaries[0][1].population_hash for each in one] == [each.summaries[0][1].population_hash for each in two]
    assert [values_of(each, 0, "lost_rate").tolist() for each in one] == [values_of(each, 0, "lost_rate").tolist() for each in two]


def test_settings_apart_meet_customers_of_their_own() -> None:
    desk, policies = one_desk(), (policy_of(CAREFUL),)
    found = played_in([Setting(desk.scenario, policies)] * 3, desk, 2, apart=True)
    numbers = [summary.replication for each in found for summary in each.summaries[0]]
    assert numbers == list(range(6))


def test_changes_are_paired_with_the_files_as_they_are() -> None:
    desk, policies = one_desk(), (policy_of(HUMANS), policy_of(CAREFUL))
    busier = desk.scenario.scaled(2)
    unchanged, same, more = played_in([Setting(each, policies) for each in (desk.scenario, desk.scenario, busier)], desk, 4)
    vary = vary_of("arrivals.per_week=1,2")
    found = changes_of(Variation((vary,), ({vary: 1}, {vary: 2}), unchanged, (same, more)), ("helped_rate",))
    assert [(each.policy, each.point) for each in found] == [(name, point) for name in unchanged.names for point in (0, 1)]
    assert (found[0].difference.value, found[0].is_sure) == (0.0, False)
    wanted = (values_of(more, 0, "helped_rate") - values_of(unchanged, 0, "helped_rate")).mean()
    assert found[1].difference.value == pytest.approx(wanted)


def test_changes_of_rare_cases_have_an_interval_that_is_never_empty() -> None:
    desk, policies = one_desk(), (policy_of(CAREFUL),)
    unchanged, more = played_in([Setting(each, policies) for each in (desk.scenario, desk.scenario.scaled(2))], desk, 4)
    vary = vary_of("arrivals.per_week=1")
    (blocked,) = changes_of(Variation((vary,), ({vary: 1},), unchanged, (more,)), ("blocked_rate",))
    assert blocked.mean.value == blocked.difference.value == 0
    assert blocked.difference.low < 0 < blocked.difference.high
    assert (blocked.difference.kind, blocked.is_sure) == ("Wilson", False)


# Assumptions --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_scenarios())
def test_both_ends_of_each_shipped_range_are_a_scenario(name: str) -> None:
    document = scenario_document(name)
    scenario = scenario_from_document(document)
    inputs = ranged_inputs(document, scenario)
    assert len(inputs) > 10
    paths = [path for each in inputs for path in each.amounts.paths]
    assert len(paths) == len(set(paths))
    for each in inputs:
        for end in (each.low, each.high):
            assert scenario_scaled(document, {each: end}) != scenario


def test_a_number_that_is_no_share_grows_beyond_1_and_a_share_does_not() -> None:
    document = scenario_document("saas-week")
    data = {**document.data}  # type: ignore[dict-item]
    changed = Document(document.place, data, document.root)
    scenario = scenario_from_document(changed)
    by_name = {each.name: each for each in ranged_inputs(changed, scenario)}
    tolerance, digger = by_name["segments.*.temperament.tolerance_median"], by_name["segments.*.temperament.digger"]
    for name, segment in scenario_scaled(changed, {tolerance: tolerance.high}).segments.items():
        assert segment.temperament.tolerance_median == pytest.approx(tolerance.high * scenario.segments[name].temperament.tolerance_median)
    for segment in scenario_scaled(changed, {digger: 5.0}).segments.values():
        assert segment.temperament.digger <= 1


def ranged_document(sources: str) -> Document:
    """A scenario with these ranges and no others."""
    document = scenario_document("saas-week")
    data = {**document.data, "sources": parse_document(sources).data}  # type: ignore[dict-item]
    return Document("mine.yaml", data, document.root)


def test_what_has_to_be_whole_is_rounded_and_the_rest_of_a_whole_stays_as_it_was_in_itself() -> None:
    document = ranged_document("{teams.*.concurrency: {assumed: x, times: [0.67, 1.33]}, segments.trial.share: {assumed: x, times: [0.5, 2]}}")
    scenario = scenario_from_document(document)
    held, trials = ranged_inputs(document, scenario)
    for name, team in scenario_scaled(document, {held: held.high}).teams.items():
        assert team.concurrency == round(scenario.teams[name].concurrency * 1.33)
    more = scenario_scaled(document, {trials: 2.0}).segments
    assert more["trial"].share == pytest.approx(2 * scenario.segments["trial"].share)
    others = [name for name in scenario.segments if name != "trial"]
    factors = [more[name].share / scenario.segments[name].share for name in others]
    assert factors == pytest.approx([factors[0]] * len(others))
    assert refuse_impossible(document, (held, trials)) is None


def test_an_input_that_ends_at_1_leaves_others_alone() -> None:
    document = ranged_document("{behaviour.understood.simple: {assumed: x, times: [0.7, 1.3]}, segments.trial.temperament.tolerance_median: {assumed: x, times: [0.5, 1.67]}}")
    understood = with_value(document, ("behaviour", "understood", "simple"), 0.92)
    both = with_value(understood, ("segments", "trial", "temperament", "tolerance_median"), 1)
    share, tolerance = ranged_inputs(both, scenario_from_document(both))
    assert (share.amounts.ends_at, tolerance.amounts.ends_at) == (1.0, float("inf"))
    found = scenario_scaled(both, {share: share.high, tolerance: tolerance.high})
    assert found.behaviour.understood.simple == 1
    assert found.segments["trial"].temperament.tolerance_median == 1.67


def test_a_range_that_no_scenario_has_is_told_where_it_stands() -> None:
    document = ranged_document("{segments.*.share: {assumed: x, times: [0.5, 1.2]}, behaviour.understood: {assumed: x, times: [0.7, 1.1]}}")
    with pytest.raises(InputError) as caught:
        refuse_impossible(document, ranged_inputs(document, scenario_from_document(document)))
    assert [str(each).partition(": ")[2] for each in caught.value.problems] == [
        "`segments.*.share` times 0.5 makes no scenario: shares of the segments sum to 50%, not 100%",
        "`segments.*.share` times 1.2 makes no scenario: shares of the segments sum to 120%, not 100%",
    ]


@given(share=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(1, 5))
def test_half_way_a_factor_is_1(share: float, low: float, high: float) -> None:
    ranged = Ranged("x", low, high, "assumed", Amounts(()))
    assert ranged.factor(0) == low
    assert ranged.factor(0.5) == 1
    assert ranged.factor(1) == pytest.approx(high)
    assert low - 1e-9 <= ranged.factor(share) <= high + 1e-9


@cache
def question() -> Question:
    document = scenario_document("saas-week")
    known = ("behaviour.understood", "segments.*.temperament.patience.live.mean", "segments.*.temperament.loss", "arrivals")
    sources = {name: source for name, source in document.data["sources"].items() if name in known}  # type: ignore[index]
    data = {**document.data, "arrivals": {**document.data["arrivals"], "per_week": 1500}, "sources": sources}  # type: ignore[dict-item, index]
    small = Document("small.yaml", data, document.root)
    desk = open_desk(scenario_from_document(small))
    return Question(desk, small, (policy_of(HUMANS), policy_of(CAREFUL)), 2)


def test_inputs_one_at_a_time_are_told_with_the_largest_effect_first() -> None:
    (found,) = one_at_a_time(question(), ("helped_rate",))
    sizes = [each.size for each in found.effects]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == len(question().inputs)
    for each in found.effects[:3]:
        for end in (each.low, each.high):
            assert end.change.value == pytest.approx(end.outcome.value - found.now.value)
    # Worked out by hand for the first of them.
    first = found.effects[0]
    scaled = scenario_scaled(question().document, {first.input: first.low.factor})
    alone = run_experiment(open_desk(scaled), question().policies, 2)
    assert first.low.outcome.value == pytest.approx(question().outcome(alone, "helped_rate").mean())


def test_screening_has_each_input_once() -> None:
    (found,) = screened(question(), ("helped_rate",), 2)
    assert {each.input for each in found.inputs} == set(question().inputs)
    assert all(each.size >= abs(each.mean) - 1e-12 for each in found.inputs)
    assert [each.size for each in found.inputs] == sorted((each.size for each in found.inputs), reverse=True)


@pytest.mark.parametrize(
    ("measure", "low", "high", "side"),
    [("helped_rate", 0.1, 0.2, "better"), ("lost_rate", 0.1, 0.2, "worse"), ("lost_rate", -0.2, -0.1, "better"), ("occupancy", -0.2, -0.1, "lower"), ("helped_rate", -0.1, 0.1, "cannot tell"), ("helped_rate", float("nan"), float("nan"), "cannot tell")],
)
def test_an_interval_is_on_one_side_or_cannot_tell(measure: str, low: float, high: float, side: str) -> None:
    assert side_of(measure, Estimate((low + high) / 2, low, high, low, high, 5, 0)) == side


# Inputs that are not known --------------------------------------------------------------------------------------------------------------


def test_components_of_variance_are_found_again() -> None:
    """y = 2 x + noise, x uniform on [0, 1]: inputs bring 2 / sqrt(12), weeks 0.3."""
    rng = np.random.default_rng(5)
    inputs = [Ranged(name, 0.5, 1.5, "assumed", ()) for name in ("x", "idle")]
    found = []
    for _ in range(60):
        shares = qmc.LatinHypercube(2, rng=rng).random(40)
        values = 2 * shares[:, :1] - 0.9 + 0.3 * rng.standard_normal((40, 5))
        found.append(components("helped_rate", inputs, shares, values))
    assert np.mean([each.inputs_sd**2 for each in found]) == pytest.approx(4 / 12, rel=0.02)
    assert np.mean([each.weeks_sd**2 for each in found]) == pytest.approx(0.09, rel=0.05)
    assert all(each.leading[0].input.name == "x" and each.leading[0].is_sure for each in found)
    assert sum(each.leading[1].is_sure for each in found) <= 6
    flips = found[0].flips
    assert flips is not None
    assert (flips.low, flips.high) == pytest.approx((-0.9, 1.1), abs=0.15)


def test_where_inputs_do_not_matter_weeks_bring_all() -> None:
    rng = np.random.default_rng(6)
    inputs = [Ranged("idle", 0.5, 1.5, "assumed", ())]
    found = [components("helped_rate", inputs, rng.random((20, 1)), rng.standard_normal((20, 5))) for _ in range(200)]
    assert np.median([each.inputs_sd for each in found]) < 0.2
    assert np.mean([each.weeks_sd**2 for each in found]) == pytest.approx(1, rel=0.1)


def test_the_interval_holds_what_the_real_inputs_bring() -> None:
    """Eight inputs of which nobody knows where in their ranges they are, and weeks: more draws do not make that known."""
    rng = np.random.default_rng(8)
    inputs = [Ranged(str(number), 0.5, 1.5, "assumed", ()) for number in range(8)]
    for draws, inputs_matter in ((10, True), (40, True), (10, False)):
        held, widths = 0, []
        for _ in range(400):
            shares = qmc.LatinHypercube(8, rng=rng).random(draws)
            real = rng.random(8).sum() * inputs_matter
            values = shares.sum(axis=1)[:, None] * inputs_matter + rng.standard_normal((draws, 5))
            found = components("helped_rate", inputs, shares, values).mean
            held += found.low <= real <= found.high
            widths.append(found.high - found.low)
        # What inputs bring is cut off at nought, so the interval is a little wide where they bring nothing.
        assert 0.92 <= held / 400 <= (0.98 if inputs_matter else 1), (draws, held)
        assert not inputs_matter or np.mean(widths) > 2 * 1.96 * sqrt(8 / 12)


def test_draws_of_inputs_meet_customers_of_their_own() -> None:
    found = uncertain(question(), ("helped_rate", "occupancy"), 5)
    assert [each.measure for each in found] == ["helped_rate", "occupancy"]
    assert all(each.draws == each.mean.n == 5 and not isnan(each.weeks_sd) for each in found)
    assert found == uncertain(question(), ("helped_rate", "occupancy"), 5)
