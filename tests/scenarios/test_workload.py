"""Whether the people of a scenario can do the work that comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.scenarios import load_scenario, scenario_from_document, shipped_scenarios
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.workload import overloads, unstable

HOURS = 7 * 24
ENDLESS = {"shape": "survival", "points": [["1m", 1]]}
INTENTS = ("refund", "invoice", "pricing")


def desk(
    work: Mapping[str, float],
    teams: Mapping[str, Any],
    groups: Mapping[str, Any] | None = None,
    *,
    live: Any = ENDLESS,
    inbox: Any = ENDLESS,
    balks: float = 0.0,
    **arrivals: Any,
) -> Scenario:
    """A desk with one customer an hour of each intent, whose work takes so many minutes; team i solves intent i."""
    data = plain_scenario()
    segment = data["segments"]["standard"]
    segment["intents"] = {name: 1 / len(work) for name in work}
    segment["temperament"]["patience"] = {"live": live, "inbox": inbox, "balks": balks}
    many = len(work) * HOURS
    own = dict(zip(work, teams, strict=False))
    data |= {
        "arrivals": {"per_week": many, **arrivals} if arrivals.get("kind") != "replayed" else arrivals,
        "intents": {
            name: {"team": own[name], "work": {"shape": "exponential", "mean": f"{minutes}m"}} for name, minutes in work.items()
        },
        "teams": {**teams, "triage": {"staffing": {"always": 1}}},
        "groups": groups or {},
    }
    return scenario_from_document(parse_document(json.dumps(data)))


def ratios(scenario: Scenario) -> dict[tuple[str, ...], float]:
    return {each.teams: each.ratio for each in overloads(scenario)}


def staffed(agents: int, hours: str = "always", **more: Any) -> dict[str, Any]:
    return {"staffing": {hours: agents}, **more}


def test_what_ships_can_do_its_work() -> None:
    assert [overloads(load_scenario(name)) for name in shipped_scenarios()] == [()] * len(shipped_scenarios())


@pytest.mark.parametrize(
    ("work", "team", "ratio"),
    [
        (90, staffed(1), 1.5),
        (90, staffed(1, wrap_up={"mean": "30m"}), 2.0),
        (240, staffed(1, concurrency=2), 2.0),
        # Each of two conversations goes on at 0.75: one and a half at once.
        (240, staffed(1, concurrency=2, speed_by_load=[1, 0.75]), 4 / 1.5),
        (90, staffed(1, work_factors={"refund": 2}), 3.0),
        (120, staffed(2, newcomers={"share": 0.5, "factor": 2}), 2 / 1.5),
        (120, staffed(2, shrinkage=0.5), 2.0),
        (120, staffed(2, absences=0.5), 2.0),
    ],
)
def test_what_one_team_can_do_is_known_exactly(work: float, team: dict[str, Any], ratio: float) -> None:
    assert ratios(desk({"refund": work}, {"billing": team})) == {("billing",): pytest.approx(ratio)}


def test_what_is_in_work_at_the_end_of_a_shift_is_finished_after_it() -> None:
    # 56 h a week of agents, and five conversations a week that are finished after the shift, 90 min each.
    (found,) = overloads(desk({"refund": 90}, {"billing": staffed(2, "Mon-Fri 09-14")}))
    assert found.ratio == pytest.approx(HOURS * 1.5 / (50 + 5 * 2 * 1.5))


def test_teams_apart_are_told_apart() -> None:
    scenario = desk({"refund": 90, "invoice": 30, "pricing": 120}, {name: staffed(1) for name in ("one", "two", "three")})
    assert ratios(scenario) == {("three",): pytest.approx(2), ("one",): pytest.approx(1.5)}


def test_a_group_that_helps_is_shared_out_as_well_as_can_be() -> None:
    teams = {"one": staffed(1), "two": staffed(1)}
    crew = {"crew": staffed(1, skills=["one", "two"])}
    assert ratios(desk({"refund": 90, "invoice": 90}, teams, crew)) == {}
    assert ratios(desk({"refund": 150, "invoice": 120}, teams, crew)) == {("one", "two"): pytest.approx(1.5)}
    assert ratios(desk({"refund": 180, "invoice": 30}, teams, crew)) == {("one",): pytest.approx(1.5)}
    only_one = {"crew": staffed(1, skills=["two"])}
    assert ratios(desk({"refund": 90, "invoice": 90}, teams, only_one)) == {("one",): pytest.approx(1.5)}


def test_agents_go_where_they_are_quick() -> None:
    """An agent of `crew` does a refund in a third of the time, and an invoice in three times: it does refunds."""
    teams = {"one": staffed(1), "two": staffed(1)}
    crew = {"crew": staffed(1, skills=["one", "two"], work_factors={"refund": 1 / 3, "invoice": 3})}
    assert ratios(desk({"refund": 180, "invoice": 60}, teams, crew)) == {}
    assert ratios(desk({"refund": 60, "invoice": 180}, teams, crew))


def test_who_can_also_solve_it_and_who_helps_after_a_time_may_do_the_work() -> None:
    for more in ({"also_solves": ["refund"]}, {}):
        helped = {} if more else {"overflow": {"after": "5m", "to": ["two"]}}
        teams = {"one": staffed(1, **helped), "two": staffed(1, **more)}
        assert ratios(desk({"refund": 90, "invoice": 15}, teams)) == {}
        assert ratios(desk({"refund": 120, "invoice": 60}, teams)) == {("one", "two"): pytest.approx(1.5)}


@st.composite
def designs(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, Any], dict[str, Any]]:
    """Three inboxes without agents of their own, and up to four groups of any skills."""
    teams = ("one", "two", "three")
    work = {name: draw(st.sampled_from((20, 60, 150))) for name in INTENTS}
    many = draw(st.integers(1, 4))
    skills = [draw(st.sets(st.sampled_from(teams), min_size=1)) for _ in range(many)]
    skills[0] |= set(teams).difference(*skills)
    groups = {f"crew{n}": staffed(draw(st.integers(1, 4)), skills=sorted(each)) for n, each in enumerate(skills)}
    return work, {name: {} for name in teams}, groups


@settings(max_examples=60)
@given(designs())
def test_the_first_overload_is_the_worst_set_of_inboxes(design: tuple[dict[str, float], dict[str, Any], dict[str, Any]]) -> None:
    """Where all are as quick as one another: the largest ratio, over sets of inboxes, of their work to all who may do it
    (max-flow, min-cut).
    """
    work, teams, groups = design
    worst = 0.0
    for size in range(1, 4):
        for chosen in combinations(range(3), size):
            names = [list(teams)[number] for number in chosen]
            hours = sum(list(work.values())[number] / 60 for number in chosen)
            worst = max(worst, hours / sum(g["staffing"]["always"] for g in groups.values() if set(names) & set(g["skills"])))
    found = overloads(desk(work, teams, groups))
    assert [each.ratio for each in found] == sorted((each.ratio for each in found), reverse=True)
    assert (found[0].ratio if found else min(worst, 1.0)) == pytest.approx(worst)


PATIENT = {"shape": "exponential", "mean": "5m"}


def test_a_queue_that_nobody_leaves_grows_for_ever_where_there_is_too_much_work() -> None:
    team = {"billing": staffed(1)}
    assert [each.ratio for each in unstable(desk({"refund": 90}, team))] == [pytest.approx(1.5)]
    assert unstable(desk({"refund": 59}, team)) == ()
    assert unstable(desk({"refund": 90}, team, live=PATIENT)) == ()
    assert len(unstable(desk({"refund": 60}, team))) == 1, "at full load a queue of random arrivals has no bound either"
    assert unstable(desk({"refund": 60}, team, kind="even")) == ()


def test_only_customers_who_never_leave_make_a_queue_grow_for_ever() -> None:
    """Stable if and only if the share who never leave times the load is below 1, whatever the others do."""
    for load, never in ((2.0, 0.49), (2.0, 0.51), (1.25, 0.79), (1.25, 0.81)):
        scenario = desk({"refund": 60 * load}, {"billing": staffed(1)}, live={"shape": "survival", "points": [["1m", never]]})
        assert [each.ratio for each in unstable(scenario)] == [pytest.approx(load * never)] * (load * never > 1)


def test_who_balks_does_not_stay() -> None:
    team = {"billing": staffed(1)}
    assert unstable(desk({"refund": 90}, team, balks=0.4)) == ()
    assert len(unstable(desk({"refund": 90}, team, balks=0.2))) == 1


def test_a_finite_inbox_does_not_grow_and_recorded_arrivals_end() -> None:
    assert unstable(desk({"refund": 90}, {"billing": staffed(1, waiting_at_most=50)})) == ()
    recorded = desk({"refund": 300}, {"billing": staffed(1)}, kind="replayed", at=["1h"] * 50)
    assert unstable(recorded) == ()
    assert [each.ratio for each in overloads(recorded)] == [pytest.approx(50 * 5 / HOURS)]


def test_who_is_called_back_stays() -> None:
    offers = {"from_waiting": 3, "accepted": 0.8, "reached": 0.9}
    scenario = desk({"refund": 90}, {"billing": staffed(1, call_back=offers)}, live=PATIENT)
    assert [each.ratio for each in unstable(scenario)] == [pytest.approx(1.5 * 0.8 * 0.9)]


def test_messages_left_at_night_stay_where_nobody_forgets_them() -> None:
    """Half of all customers come by night; only they never leave."""
    day = {"billing": staffed(3, "Mon-Sun 00-12")}
    scenario = desk({"refund": 300}, day, live=PATIENT)
    (found,) = unstable(scenario)
    assert found.ratio == pytest.approx(HOURS * 5 / 2 / (3 * HOURS / 2 + 7 * 3 * 5))
