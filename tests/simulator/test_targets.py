"""Files of targets: what they say, and what is wrong with them."""

from __future__ import annotations

import json
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_desks import scenario_of

from deskdrill.documents import parse_document
from deskdrill.errors import BadValue, InputError
from deskdrill.simulator.limits import parse_limit, parse_step, parse_worsening
from deskdrill.simulator.metrics import BY_ID, METRICS
from deskdrill.simulator.targets import (
    Target,
    Targets,
    load_targets,
    shipped_targets,
    targets_from_document,
    targets_schema,
)

WAIT, SHARE, HOURS, COUNT = (BY_ID[name] for name in ("wait_p90_s", "misroute_rate", "agent_hours", "protected_automated"))


def read(text: str) -> Targets:
    return targets_from_document(parse_document(text, "t.yaml"), scenario_of(), ("today", "monday"))


EXAMPLE = """\
baseline: today
must:
  - {measure: protected_automated_known, at_most: 0}
  - {measure: helped_rate, segment: trial, worse_by_at_most: 1pp}
  - {measure: first_human_reply_p90_s, team: billing, at_most: 20m, in_weeks: 90%}
prefer: {measure: time_to_help_p50_s, margin: 1m}
"""


def test_targets_are_what_they_say() -> None:
    found = read(EXAMPLE)
    never, helped, reply = found.must
    assert found.baseline_among(("monday", "today")) == 1
    assert never == Target(BY_ID["protected_automated_known"], ("overall", ""), "at_most", 0, line=3, column=5)
    assert (helped.part, helped.kind, helped.limit, helped.relative) == (("segment", "trial"), "worse_by_at_most", 0.01, False)
    assert (reply.part, reply.limit, reply.in_weeks) == (("team", "billing"), 1200, 0.9)
    assert found.prefer is not None
    assert (found.prefer.metric.id, found.prefer.margin) == ("time_to_help_p50_s", 60)


def test_without_a_baseline_the_first_policy_is_it() -> None:
    assert read("must: [{measure: lost_rate, at_most: 5%}]").baseline_among(("monday", "today")) == 0


@given(st.floats(0, 1, exclude_max=True).map(lambda share: round(share, 9)))
def test_a_share_may_be_a_number_or_a_percentage(share: float) -> None:
    assert parse_limit(share, SHARE) == share
    assert isclose(parse_limit(f"{100 * share:.9f}%", SHARE), share, abs_tol=1e-12)
    assert isclose(parse_step(f"{100 * share:.9f}pp", SHARE), share, abs_tol=1e-12)


@given(st.floats(0, 1e6).map(lambda value: round(value, 3)))
def test_a_time_has_its_unit_and_hours_of_work_have_theirs(value: float) -> None:
    assert parse_limit(f"{value:.3f}s", WAIT) == value
    assert isclose(parse_limit(f"{value:.3f}h", HOURS) if value < 8e5 else value, value)
    assert parse_limit(value, COUNT) == value
    if value:
        with pytest.raises(BadValue):
            parse_limit(value, WAIT)


def test_by_how_much_it_may_be_worse_is_a_step_or_a_part() -> None:
    assert parse_worsening("10%", WAIT) == (0.1, True)
    assert parse_worsening("90s", WAIT) == (90, False)
    assert parse_worsening("1pp", SHARE) == (0.01, False)
    assert parse_worsening(0, SHARE) == (0, False)
    assert parse_worsening(3, COUNT) == (3, False)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{measure: helped_rat, at_most: 5%}", "5:15: unknown measure `helped_rat`; `deskdrill describe` lists them; did you mean `helped_rate`?"),
        ("{measure: wait_p90_s, at_most: 20}", "5:36: expected a duration with its unit, found `20`; did you mean `20m`?"),
        ("{measure: agent_hours, at_most: 40}", "5:37: expected hours with their unit, found `40`; did you mean `40h`?"),
        ("{measure: protected_automated, at_most: 5%}", "5:45: `protected_automated` is a plain number of 0 or more, found `5%`"),
        ("{measure: helped_rate, at_least: 80}", "5:38: a share is at most 1, found `80`; did you mean `80%`?"),
        ("{measure: helped_rate, worse_by_at_most: 5%}", "5:46: `helped_rate` is a share: by how much is said in percentage points such as `1pp`, found `5%`; did you mean `5pp`?"),
        ("{measure: helped_rate, worse_by_at_most: 0.01}", "5:46: `helped_rate` is a share: by how much is said in percentage points such as `1pp`, found `0.01`"),
        ("{measure: wait_p90_s, at_most: 5m, at_least: 1m}", "5:40: a target has one limit, not both `at_most` and `at_least`: make it two targets"),
        ("{measure: wait_p90_s}", "5:5: no limit: say `at_most`, `at_least` or `worse_by_at_most`"),
        ("{measure: wait_p90_s, segment: trial, team: billing, at_most: 5m}", "5:43: of one segment or one team, not both"),
        ("{measure: wait_p90_s, team: biling, at_most: 5m}", "5:33: unknown team `biling`; did you mean `billing`?"),
        ("{measure: wait_p90_s, segment: trail, at_most: 5m}", "5:36: unknown segment `trail`; did you mean `trial`?"),
        ("{measure: occupancy, group: all, at_most: 80%}", "5:33: unknown group `all`"),
        ("{measure: wait_p90_s, team: billing, group: x, at_most: 5m}", "5:42: of one team or one group, not both\nt.yaml:5:42: `wait_p90_s` is not measured by group"),
        ("{measure: occupancy, segment: trial, at_most: 80%}", "5:26: `occupancy` is not measured by segment"),
        ("{measure: bot_share, worse_by_at_most: 1pp}", "5:26: `bot_share` has no better side: say `at_most` or `at_least`"),
        ("{measure: wait_p90_s, at_most: 5m, in_weeks: 100%}", "5:50: no number of weeks shows that; say a share of them below all, such as `95%`"),
        ("{measure: wait_p90_s, at_most: 5m, in_weeks: 0}", "5:50: in no week at all: this always holds"),
        ("{measure: lost_rate, at_most: 100%}", "5:35: `lost_rate` is never more: this always holds"),
        ("{measure: wait_p90_s, at_least: 0}", "5:37: `wait_p90_s` is never less: this always holds"),
        ("{measure: wait_p90_s, at_mots: 5m}", "5:27: unknown key `at_mots`; did you mean `at_most`?"),
        ("{measure: wait_p90_s, at_most: [5m]}", "5:36: expected text, a whole number or a number, found a list"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_at_its_place(line: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(f"# a\n\n\nmust:\n  - {line}\n")
    assert str(error.value) == f"t.yaml:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("must: []", "1:7: expected at least 1 entry, found 0"),
        ("prefer: {measure: lost_rate}", "1:1: key `must` is missing"),
        ("baseline: tody\nmust: [{measure: lost_rate, at_most: 1%}]", "1:11: the baseline `tody` is none of the policies (`today`, `monday`); did you mean `today`?"),
        ("must: [{measure: lost_rate, at_most: 1%}]\nprefer: {measure: bot_share}", "2:19: `bot_share` has no better side, so nobody is best in it"),
        ("must: [{measure: lost_rate, at_most: 1%}]\nprefer: {measure: wait_p90_s, margin: 5}", "2:39: expected a duration with its unit, found `5`; did you mean `5m`?"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_file_is_one_line_too(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(text)
    assert str(error.value) == f"t.yaml:{message}"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        read("must:\n  - {measure: lost_rat, at_most: 1%}\n  - {measure: wait_p90_s, at_most: 5}\n")
    assert [problem.line for problem in error.value.problems] == [2, 3]


def test_a_missing_file_is_told_with_what_ships() -> None:
    with pytest.raises(InputError, match="no such file of targets, nor shipped ones; did you mean `no-harm`"):
        load_targets("noharm")
    with pytest.raises(InputError, match="no such file"):
        load_targets("targets.yaml")


@pytest.mark.parametrize("name", shipped_targets())
def test_what_ships_fits_every_desk(name: str) -> None:
    found = load_targets(name)
    assert found.baseline is None
    assert {target.part for target in found.must} == {("overall", "")}


def test_the_schema_knows_all_measures_and_explains_every_key() -> None:
    schema = targets_schema()
    json.dumps(schema)
    measures = schema["$defs"].pop("Measure")["oneOf"]
    assert [each["const"] for each in measures] == [metric.id for metric in METRICS]
    for shape in (schema, *schema["$defs"].values()):
        assert all("description" in each for each in shape["properties"].values())


def test_targets_have_names_of_their_own() -> None:
    assert [each.id for each in read(EXAMPLE).must] == [
        "protected_automated_known at_most 0",
        "trial: helped_rate worse_by_at_most 0.01",
        "billing: first_human_reply_p90_s at_most 1200 in 90%",
    ]
