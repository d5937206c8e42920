from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from replay import Replay
from small_desks import (
    ANSWERS,
    CAREFUL,
    DEFLECT,
    HUMANS,
    POLICIES,
    ROUTING,
    SMALL,
    Row,
    busy_desk,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)

from deskdrill.simulator import attempts
from deskdrill.simulator.course import Course
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.loss import CAP
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.tables import tables_of

LIVE = f"{ANSWERS}guards:\n  - {{id: crowded, when: {{queue.triage.length: {{gte: 2}}}}, forbid: bot}}\n".replace("policy: answers", "policy: live")
ALL = {**POLICIES, "live": LIVE}


def desk_of_all_returns() -> Desk:
    """A busy desk whose customers try again, reopen, write e-mails and change the channel."""
    segments = {name: {**segment, "channels": {"chat": 0.6, "email": 0.4}} for name, segment in SMALL["segments"].items()}
    returns = {
        **SMALL["returns"],
        "after_leaving": {"share": 0.7, "delay": {"shape": "exponential", "mean": "20m"}},
        "reopens": {"share": 0.5, "after": {"shape": "exponential", "mean": "2h"}},
        "changes_channel": 0.3,
    }
    arrivals = {**SMALL["arrivals"], "per_week": 2400}
    return small_desk(scenario_of(segments=segments, returns=returns, arrivals=arrivals, email={"replies": 2}))


DESKS = {"usual": busy_desk, "all returns": desk_of_all_returns}


def assert_same_tables(a: Run, b: Run) -> None:
    one, other = tables_of(a), tables_of(b)
    for name, table in one.items():
        assert same_columns(table, other[name]), name


@pytest.mark.parametrize("desk", DESKS.values(), ids=DESKS)
@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_services_that_are_not_told_to_the_course_lead_to_nothing(
    text: str, desk: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = simulate(desk(), policy_of(text), 31)
    monkeypatch.setattr(Course, "eventful", lambda self: b"\3" * self._attempts.owner.size)
    assert_same_tables(quiet, simulate(desk(), policy_of(text), 31))


@pytest.mark.parametrize("desk", DESKS.values(), ids=DESKS)
@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_attempts_that_are_not_played_ahead_would_never_have_begun(
    text: str, desk: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = simulate(desk(), policy_of(text), 32)
    monkeypatch.setattr(attempts, "_possible_ends", lambda cases: np.full(cases[0].dialogues.rows.size, np.uint8(255)))
    assert_same_tables(quick, simulate(desk(), policy_of(text), 32))


def bad_events(run: Run, row: Row, chain: list[Row]) -> list[str]:
    """What of a conversation brings its customer nearer to leaving the company (TERMS part 4)."""
    if row["bot_ending"] != "to_people":
        blocked = ["loop_or_refused"] if row["loop"] or row["refused"] else []
        quiet = row["bot_ending"] in ("unhelped_silent", "left") and not row["refused"]
        return blocked + ["silent_unsolved"] * quiet
    scenario = run.desk.scenario
    wrong = [
        visit
        for visit in chain
        if visit["team"] not in (scenario.escalation.team, scenario.intents[row["intent"]].team)
        and row["intent"] not in scenario.teams[visit["team"]].also_solves
    ]
    return (
        ["loop_or_refused"] * row["loop"] + ["second_wrong_inbox"] * (len(wrong) >= 2) + ["abandoned"] * (row["outcome"] == "abandoned")
    )


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_who_is_lost_is_what_the_bad_events_come_to_and_nobody_lost_writes_again(text: str) -> None:
    run = simulate(busy_desk(), policy_of(text), 33)
    tables = {name: rows_of(tables_of(run)[name]) for name in ("problems", "conversations", "visits")}
    chains: dict[int, list[Row]] = {}
    for visit in sorted(tables["visits"], key=lambda each: each["touch"]):
        chains.setdefault(visit["conversation"], []).append(visit)
    bears = Draws(33, 0).uniform(len(tables["problems"]), "lost")
    hazard, count = Counter[int](), Counter[int]()
    for row in tables["conversations"]:
        problem = row["problem"]
        loss = run.desk.scenario.segments[row["segment"]].temperament.loss
        assert bears[problem] >= hazard[problem], "a lost customer writes again"
        for event in bad_events(run, row, chains.get(row["conversation"], [])):
            count[problem] += 1
            hazard[problem] = min(CAP, hazard[problem] + count[problem] * getattr(loss, event))  # type: ignore[assignment]
    assert [problem["lost"] for problem in tables["problems"]] == [bears[number] < hazard[number] for number in range(bears.size)]
    assert sum(problem["lost"] for problem in tables["problems"]) >= 3


@pytest.mark.parametrize("text", [HUMANS, DEFLECT, CAREFUL], ids=["humans", "deflect", "careful"])
def test_customers_come_back_as_often_as_their_shares_say(text: str) -> None:
    """By the customer's own uniform: below the share of the unsolved or of the helped, unless lost or at the last attempt."""
    run = simulate(busy_desk(), policy_of(text), 34)
    returns, segments = run.desk.scenario.returns, run.desk.scenario.segments
    assert returns is not None
    rows = rows_of(tables_of(run)["conversations"])
    lost = run.lost
    came_back = {(row["problem"], row["attempt"] - 1) for row in rows}
    free = [row for row in rows if row["outcome"] != "open" and row["attempt"] <= returns.at_most and not lost[row["problem"]]]
    assert len(free) > 100
    for row in free:
        problem, attempt = row["problem"], row["attempt"]
        u = Draws(34, 0).uniform(run.population.size, "returns", attempt)[problem]
        share = returns.if_helped if row["helped"] else segments[row["segment"]].temperament.recontacts_if_unsolved
        assert ((problem, attempt) in came_back) == (u < share)


AT_ARRIVAL = f"""
policy: at-arrival
bot:
  answers: {{confidence_at_least: 0.4}}
  hand_over: {{after_failures: 2}}
rulesets:
  - name: first-look
    on: [arrived]
    hit_policy: first
    rules:
      - {{id: crowded, when: {{queue.frontline.length: {{gte: 1}}}}, then: {{route: engineers}}}}
    default: {{route: frontline}}
"""  # noqa: F541 - braces as in the other policies


def test_a_live_rule_sees_the_queue_as_it_is_when_the_conversation_reaches_people() -> None:
    run = simulate(busy_desk(), policy_of(AT_ARRIVAL), 35)
    replay, tables = Replay(run), tables_of(run)
    rows = rows_of(tables["conversations"])
    placed = [each for each in rows_of(tables["decisions"]) if each["kind"] == "rule"]
    assert len(placed) > 100
    for each in placed:
        crowded = replay.length("frontline", each["at_s"]) >= 1
        assert rows[each["conversation"]]["team"] == ("engineers" if crowded else "frontline")


BY_NIGHT = f"""
policy: by-night
guards:
  - {{id: by-day, when: {{time: {{during: Mon-Sun 09-17}}}}, forbid: bot}}
bot:
  answers: {{confidence_at_least: 0.99}}
  hand_over: {{after_failures: never}}
  max_turns: 30
{ROUTING}
"""


def test_a_guard_reads_the_clock_when_a_conversation_begins_whichever_attempt_it_is() -> None:
    run = simulate(busy_desk(), policy_of(BY_NIGHT), 36)
    clock = run.desk.scenario.clock
    seen = Counter[tuple[bool, bool]]()
    for row in rows_of(tables_of(run)["conversations"]):
        by_day = 9 <= clock.stamp(row["starts_s"]).hour < 17
        assert (row["bot_turns"] == 0) == by_day
        seen[by_day, row["attempt"] > 1] += 1
    assert len(seen) == 4
