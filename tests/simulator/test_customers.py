"""What customers do beside writing: silence that is not leaving, and lost faith."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, CAREFUL, DEFLECT, HUMANS, SMALL, policy_of, rows_of, scenario_of, small_desk
from talks import Talk, talks

from deskdrill.rules import Policy
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.desk import Desk
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visit_chains import Purpose

some = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
CROWDED = DEFLECT + "\nguards:\n  - {id: crowded, when: {queue.billing.length: {gte: 1}}, forbid: bot}\n"
AT_NIGHT = DEFLECT.replace("rulesets:", "guards:\n  - {id: night, when: {time: {during: Mon-Fri 18-24}}, forbid: bot}\nrulesets:")


def busy(**returns: Any) -> Scenario:
    return scenario_of(arrivals={**SMALL["arrivals"], "per_week": 2400}, returns={**SMALL["returns"], **returns})


# Lost faith (C5) ------------------------------------------------------------------------------------------------------------------


def attempts_of(desk: Desk, policy: Policy, seed: int) -> list[list[Talk]]:
    """The conversations of each problem, in order."""
    by_problem: dict[int, list[Talk]] = {}
    for talk in talks(simulate(desk, policy, seed)):
        by_problem.setdefault(talk.row["problem"], []).append(talk)
    return [sorted(each, key=lambda talk: talk.row["attempt"]) for each in by_problem.values()]


def was_blocked(talk: Talk) -> bool:
    return talk.row["loop"] or talk.row["refused"] or talk.row["reason"] == "no_reply"


@some
@given(scenarios(returns=True), st.sampled_from((ANSWERS, CAREFUL, DEFLECT, CROWDED, AT_NIGHT)).map(policy_of), st.integers(0, 2**32))
@example(busy(), policy_of(DEFLECT), 1)
@example(busy(), policy_of(CROWDED), 1)
@example(busy(), policy_of(AT_NIGHT), 1)
def test_who_was_blocked_asks_for_a_person_at_once_ever_after(scenario: Scenario, policy: Policy, seed: int) -> None:
    for attempts in attempts_of(small_desk(scenario), policy, seed):
        blocked = False
        for talk in attempts:
            assert not blocked or talk.said[0].kind == "ask_person"
            blocked |= was_blocked(talk)


@pytest.mark.parametrize("policy", [DEFLECT, CROWDED, AT_NIGHT], ids=["ahead", "live", "by the clock"])
def test_who_was_not_blocked_asks_no_more_often_than_others_who_write_again(policy: str) -> None:
    scenario = busy(asks_for_person_at_once=0.5, asks_after_being_blocked=0.9)
    first: dict[bool, list[bool]] = {False: [], True: []}
    for seed in range(3):
        for attempts in attempts_of(small_desk(scenario), policy_of(policy), seed):
            blocked = False
            for before, after in pairwise(attempts):
                blocked |= was_blocked(before)
                first[blocked].append(after.said[0].kind == "ask_person")
    for blocked, share in ((False, 0.5), (True, 0.9)):
        many = len(first[blocked])
        assert many > 60
        assert abs(sum(first[blocked]) / many - share) < 4.5 * sqrt(share * (1 - share) / many)


# Silence is not leaving (C2) ------------------------------------------------------------------------------------------------------


def silent_desk(share: float) -> Desk:
    """Whom an answer does not help says nothing; so many write on exactly five hours after they would have."""
    standard = SMALL["segments"]["standard"]
    quiet = {**standard["temperament"], "unhelped": {"says_no": 0, "asks": 0, "silent": 1}, "tolerance_median": 1e6, "asks_for_person_first": 0}
    thread = {"share": share, "after": {"shape": "deterministic", "mean": "5h"}}
    return small_desk(
        scenario_of(
            arrivals={"per_week": 6000},
            segments={"standard": {**standard, "share": 1, "temperament": quiet, "intents": {"refund": 1}}},
            behaviour={"returns_to_thread": thread, "reply_gap": {"shape": "deterministic", "mean": "1m"}},
            recogniser={"kind": "confusion", "right": 1, "asks_for_person": 1},
            protected={"segments": ["standard"]},
            returns=None,
        )
    )


def test_so_many_of_the_silent_write_on_hours_later_and_are_counted_as_resolved_until_then() -> None:
    never, some_do = ({t.row["problem"]: t for t in talks(simulate(silent_desk(share), policy_of(ANSWERS), 2))} for share in (0.0, 0.3))
    silent = {problem for problem, talk in never.items() if talk.row["bot_ending"] == "unhelped_silent"}
    assert all(never[problem].row["counted_resolved"] for problem in silent)
    back = {problem for problem in silent if len(some_do[problem].customer_said) > 1}
    assert len(silent) > 500
    assert abs(len(back) / len(silent) - 0.3) < 4.5 * sqrt(0.3 * 0.7 / len(silent))
    for problem, talk in some_do.items():
        assert problem in back or talk.row["outcome"] == never[problem].row["outcome"]
    for problem in back:
        away_s = some_do[problem].customer_said[1].at_s - some_do[problem].bot_said[0].at_s
        assert away_s == pytest.approx(5 * 3600 + 60, abs=0.5)


@some
@given(scenarios(), st.integers(0, 2**32))
def test_of_the_silent_the_same_write_on_under_every_share_that_is_larger(scenario: Scenario, seed: int) -> None:
    def back(share: float) -> set[int]:
        behaviour = scenario.behaviour.model_copy(update={"returns_to_thread": scenario.behaviour.returns_to_thread.model_copy(update={"share": share})})
        run = simulate(small_desk(scenario.model_copy(update={"behaviour": behaviour})), policy_of(ANSWERS), seed)
        return {t.row["problem"] for t in talks(run) if t.row["attempt"] == 1 and len(t.customer_said) > 1}

    assert back(0.0) <= back(0.4) <= back(1.0)


# Taken for a bot (C4) -------------------------------------------------------------------------------------------------------------


def test_templated_replies_cost_what_it_takes_to_clear_up_that_it_is_a_person() -> None:
    """Three in ten of the half who get one, in chats only, and with the team that works on the problem only."""

    def services(**more: Any) -> dict[tuple[int, str, str], float]:
        segments = {name: {**each, "channels": {"chat": 0.5, "email": 0.5}} for name, each in SMALL["segments"].items()}
        teams = {name: {**team, **(more if name == "billing" else {})} for name, team in SMALL["teams"].items()}
        run = simulate(small_desk(scenario_of(segments=segments, teams=teams, arrivals={"per_week": 6000}, returns=None)), policy_of(HUMANS), 3)
        table = rows_of(tables_of(run)["conversations"])
        first = np.flatnonzero(run.conversations.first_visit >= 0)
        of = run.attempts.visits.service_s[run.conversations.first_visit[first]]
        purpose = run.attempts.purpose[run.conversations.first_visit[first]]
        return {
            (table[row]["problem"], table[row]["channel"], f"{table[row]['team']} {purpose[number]}"): of[number]
            for number, row in enumerate(first.tolist())
        }

    before, after = services(), services(templated_replies={"share": 0.5, "suspected": 0.3, "cleared_up_in": "2m"})
    assert before.keys() == after.keys()
    dearer = [after[key] - before[key] for key in before if key[1:] == ("chat", f"billing {int(Purpose.WORK)}")]
    assert set(np.round(dearer, 6)) == {0.0, 120.0}
    assert abs(np.mean(np.array(dearer) > 0) - 0.15) < 4.5 * sqrt(0.15 * 0.85 / len(dearer))
    assert all(after[key] == before[key] for key in before if key[1:] != ("chat", f"billing {int(Purpose.WORK)}"))
