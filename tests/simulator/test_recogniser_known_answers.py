"""Ordinary scenarios with a recogniser of known quality, whose bot and routing come out as a formula says."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import binom
from small_desks import SMALL, policy_of, scenario_of, small_desk

from deskdrill.rules import Policy
from deskdrill.simulator.conversations import Outcome
from deskdrill.simulator.dialogue import Ending
from deskdrill.simulator.measured import Measured
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.run import Run, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.visits import Fate

REPLICATIONS = 20
ENDLESS = {"shape": "survival", "points": [["1d", 1]]}
WORK, LOOK = {"shape": "deterministic", "mean": "10m"}, {"shape": "deterministic", "mean": "2m"}
INTENTS = ("refund", "invoice", "how_to", "complaint")
TEAM_OF = dict(zip(INTENTS, ("billing", "invoices", "frontline", "success"), strict=True))

BY_INTENT = f"""
rulesets:
  - name: routing
    hit_policy: first
    rules:
      {"".join(f"- {{id: to-{team}, when: {{message.intent: {intent}}}, then: {{route: {team}}}}}{chr(10)}      " for intent, team in TEAM_OF.items())}
    default: {{route: escalation}}
"""


def desk_of(recogniser: dict[str, Any], mix: dict[str, float], **temperament: Any) -> Any:
    """A desk with people enough, whose customers have endless patience; each intent has a team of its own."""
    standard = SMALL["segments"]["standard"]
    patience = {"live": ENDLESS, "inbox": ENDLESS}
    endless = {**standard["temperament"], "patience": patience, "tolerance_median": 1_000_000, "asks_for_person_first": 0, **temperament}
    teams = {name: {"staffing": {"always": 500}, "look": LOOK} for name in (*TEAM_OF.values(), "triage")}
    return small_desk(
        scenario_of(
            days=7,
            arrivals={"per_week": 2000},
            segments={"standard": {**standard, "share": 1, "intents": mix, "temperament": endless}},
            intents={name: {"team": TEAM_OF[name], "work": WORK, "bot_solves": 1, "person_solves": 1} for name in mix},
            teams=teams,
            escalation={"team": "triage", "transfers_right": 0.6, "touches_at_most": 100},
            behaviour={"understood": {"simple": 1, "complex": 1}, "writes_again": {"rephrased": 1, "frustrated": 0, "no": 0}},
            recogniser={"kind": "confusion", **recogniser},
            protected=None,
            returns=None,
        )
    )


def runs_of(desk: Any, policy: Policy) -> list[Run]:
    return [simulate(desk, policy, 1, number) for number in range(REPLICATIONS)]


def measured(runs: list[Run], measure: str) -> list[float]:
    """A measure over all conversations of each run, as a report shows it."""
    row = [metric.id for metric in METRICS].index(measure)
    return [float(summary_of(run).values["overall", ""][row]) for run in runs]


def assert_holds(exact: float, found: list[float], width: float = 0.03) -> None:
    """The 99.9 % interval of the replications contains the exact value and is not wide."""
    values = np.array(found)
    half = float(stdtrit(values.size - 1, 0.9995)) * values.std(ddof=1) / sqrt(values.size)
    assert abs(values.mean() - exact) <= half, f"{values.mean():.6f} ± {half:.6f} for {exact:.6f}"
    assert half <= width * exact, f"± {half:.6f} is wide for {exact:.6f}"


# A bot that asks again.

ASKS_AGAIN = [(0.7, 2, 0.91, 1.3), (0.7, 3, 0.973, 1.39), (0.5, 2, 0.75, 1.5), (0.5, 3, 0.875, 1.75)]


@cache
def asked_again(understood: float, misses: int) -> list[Run]:
    """Customers whose every message is understood with that chance, and a bot that hands over after so many misses."""
    desk = desk_of({"right": understood, "unknown": round(1 - understood, 9)}, {"refund": 1}, unhelped={"says_no": 1, "asks": 0, "silent": 0})
    bot = f"bot:\n  answers: {{confidence_at_least: 0.5}}\n  hand_over: {{after_failures: {misses}}}\n  max_turns: 20\n"
    everybody = "rulesets:\n  - {name: routing, hit_policy: first, rules: [], default: {route: billing}}\n"
    return runs_of(desk, policy_of(f"policy: asks-again\n{bot}{everybody}"))


@pytest.mark.parametrize(("understood", "misses", "resolved", "turns"), ASKS_AGAIN)
def test_a_bot_that_asks_again_resolves_so_many(understood: float, misses: int, resolved: float, turns: float) -> None:
    """P(resolved) = 1 − (1 − u)^m; the others reach a person."""
    assert resolved == pytest.approx(1 - (1 - understood) ** misses)
    runs = asked_again(understood, misses)
    assert_holds(resolved, measured(runs, "helped_by_bot_rate"))
    for run in runs:
        by_bot = run.conversations.outcome == Outcome.HELPED_BY_BOT
        assert (run.conversations.outcome[~by_bot] == Outcome.SERVED).all()


@pytest.mark.parametrize(("understood", "misses", "resolved", "turns"), ASKS_AGAIN)
def test_a_bot_that_asks_again_takes_so_many_turns(understood: float, misses: int, resolved: float, turns: float) -> None:
    """E[turns] = (1 − (1 − u)^m) / u. `bot_turns` counts the reply that hands over too, which (1 − u)^m get."""
    assert turns == pytest.approx(resolved / understood)
    found = [run.conversations for run in asked_again(understood, misses)]
    handed_over = [table.ending == Ending.TO_PEOPLE for table in found]
    assert_holds(turns, [float((table.bot_turns - over).mean()) for table, over in zip(found, handed_over, strict=True)])
    assert_holds(turns + 1 - resolved, [float(table.bot_turns.mean()) for table in found])
    for table, over in zip(found, handed_over, strict=True):
        assert (table.bot_turns[over] == misses + 1).all()
        assert table.bot_turns[~over].max() == misses


# Routing by what was recognised.

MIX = {"refund": 0.4, "invoice": 0.3, "how_to": 0.2, "complaint": 0.1}
TABLE: dict[str, Any] = {
    "right": 0.8,
    "unknown": 0.1,
    "rows": {"refund": {"refund": 0.7, "invoice": 0.2, "talk_to_person": 0.04}, "complaint": {"how_to": 0.5}},
    "asks_for_person": 0.95,
}
CONFUSED = {
    "refund": {"refund": 0.7, "invoice": 0.2},
    "invoice": {"invoice": 0.8, "refund": 0.1 / 3, "how_to": 0.1 / 3, "complaint": 0.1 / 3},
    "how_to": {"how_to": 0.8, "refund": 0.1 / 3, "invoice": 0.1 / 3, "complaint": 0.1 / 3},
    "complaint": {"how_to": 0.5},
}
"""What is recognised as an intent, so that a rule places it; all else goes to the escalation inbox."""


@pytest.mark.parametrize("asks_first", [0, 0.3])
def test_a_policy_that_goes_by_the_intent_misroutes_as_the_matrix_says(asks_first: float) -> None:
    """Who asks for a person first is about nothing that a rule knows, unless it is taken for it."""
    placed = sum(MIX[name] * sum(row.values()) for name, row in CONFUSED.items())
    wrong = sum(MIX[name] * share for name, row in CONFUSED.items() for each, share in row.items() if each != name)
    runs = runs_of(desk_of(TABLE, MIX, asks_for_person_first=asks_first), policy_of(f"policy: by-intent\n{BY_INTENT}"))
    assert_holds(wrong / placed, measured(runs, "misroute_rate"), width=0.05)
    found = [Measured(run) for run in runs]
    offered, by_rule = (sum(int(each.sum()) for each in column) for column in zip(*((m.offered, m.by_rule) for m in found), strict=True))
    assert_as_often(by_rule, offered, placed * (1 - asks_first))
    assert_as_often(sum(int((m.by_rule & ~m.first_right).sum()) for m in found), by_rule, wrong / placed)


def assert_as_often(count: int, of: int, share: float) -> None:
    """The count lies within the 99.9 % of its binomial law."""
    low, high = binom.ppf([0.0005, 0.9995], of, share)
    assert low <= count <= high, f"{count} of {of} for a share of {share}"


# A chain of wrong teams.

def test_where_every_team_is_right_with_the_same_chance_the_chain_is_geometric() -> None:
    """E[teams] = 1 / p, P(3 or more) = (1 − p)²; a look of 2 minutes and work of 10 load people 1 + (1/p − 1) · 2/10 as much."""
    runs = runs_of(desk_of({"right": 0.6}, dict.fromkeys(INTENTS, 0.25)), policy_of(f"policy: by-intent\n{BY_INTENT}"))
    assert_holds(1 / 0.6, measured(runs, "touches_mean"))
    assert_holds(0.16, [float((run.conversations.touches >= 3).mean()) for run in runs], width=0.06)
    assert_holds(1 + (1 / 0.6 - 1) * 2 / 10, [busy_s(run) / (run.conversations.size * 600) for run in runs])
    assert max(int(run.conversations.touches.max()) for run in runs) > 6


def busy_s(run: Run) -> float:
    """What agents spent on all conversations."""
    served = run.visits.fate == Fate.SERVED
    return float((run.visits.ended_s - run.visits.answered_s)[served].sum())


def test_the_last_team_is_right_whoever_moves_the_conversation_on() -> None:
    desk = desk_of({"right": 0.6}, dict.fromkeys(INTENTS, 0.25))
    short = desk.scenario.model_copy(update={"escalation": desk.scenario.escalation.model_copy(update={"touches_at_most": 2})})
    touches = simulate(small_desk(short), policy_of(f"policy: by-intent\n{BY_INTENT}")).conversations.touches
    assert set(touches.tolist()) == {1, 2}
    assert_as_often(int(np.count_nonzero(touches == 1)), touches.size, 0.6)
