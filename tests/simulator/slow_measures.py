"""Every measure again, slow and obvious, from the plain rows of the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from small_desks import Row, rows_of

from deskdrill.simulator.metrics import BY_ID, METRICS, measure
from deskdrill.simulator.run import Run
from deskdrill.simulator.tables import tables_of

WINDOW_S = 7 * 86400
QUARTER_S = 900


@dataclass
class Conversation:
    row: Row
    visits: list[Row] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return self.row[name]


@dataclass
class Problem:
    row: Row
    attempts: list[Conversation] = field(default_factory=list)

    @property
    def reached_people(self) -> bool:
        return any(each.visits for each in self.attempts)

    @property
    def met_person(self) -> bool:
        return any(each.row["answered_s"] is not None for each in self.attempts)

    @property
    def time_to_help_s(self) -> float:
        if self.row["solved_s"] is None:
            return inf
        since_s = self.row["solved_s"] - self.row["arrives_s"]
        return since_s if since_s <= WINDOW_S else inf

    @property
    def helped_by_bot(self) -> bool:
        """Whether the bot was talking when the problem was solved, whoever met the customer before."""
        solved_s = self.row["solved_s"]
        return self.time_to_help_s < inf and any(
            each.row["outcome"] == "helped_by_bot" and each.row["starts_s"] <= solved_s <= each.row["ends_s"]
            for each in self.attempts
        )


def share(of: Iterable[object], holds: Callable[[object], object]) -> float:
    every = list(of)
    return sum(bool(holds(each)) for each in every) / len(every) if every else nan


def quantile(values: Iterable[float], q: Fraction) -> float:
    """The smallest value that at least a share `q` of the values does not exceed; never is not a number."""
    ordered = sorted(values)
    reached = [value for rank, value in enumerate(ordered, 1) if Fraction(rank, len(ordered)) >= q]
    return reached[0] if reached and reached[0] < inf else nan


def mean(values: Iterable[float]) -> float:
    every = list(values)
    return float(np.mean(every)) if every else nan


class SlowMeasures:
    """Every measure again, over plain rows, as TERMS part 3 says it; one method each."""

    def __init__(self, run: Run) -> None:
        self.scenario = run.desk.scenario
        tables = {name: rows_of(table) for name, table in tables_of(run).items()}
        self.problems = [Problem(row) for row in tables["problems"]]
        self.conversations = [Conversation(row) for row in tables["conversations"]]
        self.visits = tables["visits"]
        for each in self.conversations:
            self.problems[each.row["problem"]].attempts.append(each)
        for visit in self.visits:
            self.conversations[visit["conversation"]].visits.append(visit)
        self.triage = self.scenario.escalation.team
        self.from_s = run.counts_from_s

    def counts(self, problem: Problem) -> bool:
        """Whether a problem came after the warm-up and is of no backlog."""
        return problem.row["arrives_s"] >= self.from_s and problem.row["backlog"] is None

    def of_part(self, kind: str, name: str) -> dict[str, float]:
        chosen = {
            "overall": lambda _: True,
            "segment": lambda problem: problem.row["segment"] == name,
            "team": lambda problem: problem.row["right_team"] == name,
        }[kind]
        everybody = [problem for problem in self.problems if self.counts(problem)]
        told = [each for each in self.conversations if self.counts(self.problems[each.row["problem"]])]
        problems = [problem for problem in everybody if chosen(problem)]
        conversations = [each for each in told if chosen(self.problems[each.row["problem"]])]
        offered = [each for each in (told if kind == "team" else conversations) if each.visits]
        placed = [each for each in offered if kind != "team" or each.row["team"] == name]
        return {
            **self.of_problems(problems),
            **self.of_conversations(conversations),
            **self.of_placed(placed),
            **(self.of_inbox(name) if kind == "team" else self.of_waits(offered)),
            **self.of_staff([] if kind == "segment" else [name] if kind == "team" else list(self.scenario.teams)),
        }

    def of_problems(self, problems: list[Problem]) -> dict[str, float]:
        times = [problem.time_to_help_s for problem in problems]
        return {
            "helped_rate": share(times, lambda s: s < inf),
            "helped_by_bot_rate": share(problems, lambda p: p.helped_by_bot),
            "time_to_help_p50_s": quantile(times, Fraction(1, 2)),
            "time_to_help_p90_s": quantile(times, Fraction(9, 10)),
            "gave_up_rate": share(
                problems, lambda p: p.row["solved_s"] is None and all(c.row["outcome"] != "open" for c in p.attempts)
            ),
            "lost_rate": share(problems, lambda p: p.row["lost"]),
            "automated_resolution_rate": share(
                problems, lambda p: not p.met_person and any(c.row["counted_resolved"] for c in p.attempts)
            ),
            "touches_mean": mean(sum(c.row["touches"] for c in p.attempts) for p in problems if p.reached_people),
        }

    def of_conversations(self, conversations: list[Conversation]) -> dict[str, float]:
        def in_bot(each: Conversation) -> bool:
            return each.row["outcome"] in ("helped_by_bot", "left_in_bot")

        def back(each: Conversation) -> bool:
            later = [
                other.row["starts_s"] - each.row["ends_s"]
                for other in self.problems[each.row["problem"]].attempts
                if other.row["attempt"] == each.row["attempt"] + 1
            ]
            return any(0 <= away_s <= WINDOW_S for away_s in later)

        return {
            "bot_share": share(conversations, lambda c: c.row["bot_turns"]),
            "deflection_rate": share(conversations, in_bot),
            "containment_rate": share((c for c in conversations if c.row["bot_turns"]), in_bot),
            "false_deflection_true_rate": share(conversations, lambda c: in_bot(c) and not c.row["helped"]),
            "false_deflection_observed_rate": share(conversations, lambda c: in_bot(c) and back(c)),
            "bot_loop_rate": share(conversations, lambda c: c.row["loop"]),
            "stumble_rate": share(conversations, lambda c: c.row["stumble"]),
            "protected_automated_known": sum(c.row["protected_known"] for c in conversations),
            "protected_automated": sum(c.row["protected"] for c in conversations),
            "recontact_rate": share(conversations, lambda c: c.row["attempt"] > 1),
        }

    def of_placed(self, placed: list[Conversation]) -> dict[str, float]:
        def right(each: Conversation) -> bool:
            team, intent = each.row["team"], each.row["intent"]
            return team == self.scenario.intents[intent].team or intent in self.scenario.teams[team].also_solves

        by_rule = [each for each in placed if each.row["rule"] is not None and each.row["team"] != self.triage]
        replies = [c for c in placed if c.row["answered_s"] is not None]
        reply_s = self.scenario.behaviour.agent_reply
        after_s = [c.row["answered_s"] - c.row["starts_s"] + reply_s for c in replies]
        return {
            "misroute_rate": share(by_rule, lambda c: not right(c)),
            "escalation_rate": share(placed, lambda c: c.row["team"] == self.triage),
            "first_inbox_right_rate": share(placed, right),
            "transfer_rate": share(replies, lambda c: c.row["touches"] >= 2),
            "first_human_reply_p50_s": quantile(after_s, Fraction(1, 2)),
            "first_human_reply_p90_s": quantile(after_s, Fraction(9, 10)),
        }

    def of_waits(self, offered: list[Conversation]) -> dict[str, float]:
        """From joining the first inbox to the first reply of an agent (triage does not reply), or to leaving."""
        waits = []
        for each in offered:
            joined_s = each.visits[0]["joined_s"]
            replies = [v["answered_s"] for v in each.visits if v["fate"] == "served" and v["team"] != self.triage]
            until_s = replies[0] if replies else each.visits[-1]["ended_s"]
            wait_s = None if until_s is None else until_s - joined_s
            target_s = self.scenario.teams[each.row["team"]].answer_within
            waits.append((wait_s, each.row["outcome"] == "served", target_s, each.row["outcome"].startswith("abandoned"), each.row["outcome"] == "blocked"))
        return self._waits(waits)

    def of_inbox(self, team: str) -> dict[str, float]:
        target_s = self.scenario.teams[team].answer_within
        waits = []
        for visit in self.visits:
            served = visit["fate"] == "served"
            until_s = visit["answered_s"] if served else visit["ended_s"]
            wait_s = None if until_s is None else until_s - visit["joined_s"]
            entry = (wait_s, served, target_s, visit["fate"].startswith("abandoned"), visit["fate"] == "blocked")
            counts = self.counts(self.problems[self.conversations[visit["conversation"]].row["problem"]])
            waits += [entry] if visit["team"] == team and counts else []
        return self._waits(waits)

    def _waits(self, waits: list[tuple[float | None, bool, float, bool, bool]]) -> dict[str, float]:
        answered = [wait_s for wait_s, replied, _, _, _ in waits if replied and wait_s is not None]
        every = [wait_s for wait_s, _, _, _, _ in waits if wait_s is not None]
        return {
            "wait_mean_s": mean(answered),
            "wait_p50_s": quantile(answered, Fraction(1, 2)),
            "wait_p90_s": quantile(answered, Fraction(9, 10)),
            "wait_mean_s_all": mean(every),
            "wait_p50_s_all": quantile(every, Fraction(1, 2)),
            "wait_p90_s_all": quantile(every, Fraction(9, 10)),
            "service_level": share(waits, lambda w: w[1] and w[0] <= w[2]),
            "service_level_of_served": share([w for w in waits if w[1]], lambda w: w[0] <= w[2]),
            "service_level_g1": share([w for w in waits if not (w[3] and w[0] <= w[2])], lambda w: w[1] and w[0] <= w[2]),
            "service_level_g2": share(waits, lambda w: (w[1] or w[3]) and w[0] <= w[2]),
            "abandonment_rate": share(waits, lambda w: w[3]),
            "blocked_rate": share(waits, lambda w: w[4]),
        }

    def of_staff(self, teams: list[str]) -> dict[str, float]:
        if not teams:
            return {"occupancy": nan, "slot_utilisation": nan, "agent_hours": nan}
        staffed_s = busy_s = held_s = slots_s = 0.0
        for team in teams:
            staffed, busy, held = self.seconds_of(team)
            staffed_s, busy_s, held_s = staffed_s + staffed, busy_s + busy, held_s + held
            slots_s += staffed * self.scenario.teams[team].concurrency
        return {
            "occupancy": busy_s / staffed_s if staffed_s else nan,
            "slot_utilisation": held_s / slots_s if slots_s else nan,
            "agent_hours": staffed_s / 3600,
        }

    def seconds_of(self, team: str) -> tuple[float, float, float]:
        """Staffed and busy seconds of a team's agents from the warm-up to the horizon, and seconds of conversations
        held, quarter by quarter, agent by agent.
        """
        kind = self.scenario.teams[team]
        starts_s = np.arange(0, self.scenario.horizon_s, QUARTER_S)
        on_duty = kind.agents(self.scenario.clock, starts_s + 1).tolist()
        staffed_s = busy_s = held_s = 0.0
        served = [v for v in self.visits if v["group"] == team]
        for start_s, agents in zip(starts_s.tolist(), on_duty, strict=True):
            from_s, until_s = max(start_s, self.from_s), max(start_s + QUARTER_S, self.from_s)
            staffed_s += agents * (until_s - from_s)
            for agent in range(agents):
                held = [
                    (max(v["answered_s"], from_s), min(v["freed_s"], until_s))
                    for v in served
                    if v["agent"] == agent and v["answered_s"] < until_s and v["freed_s"] > from_s
                ]
                busy_s += covered(held)
                held_s += sum(end - begin for begin, end in held)
        return staffed_s, busy_s, held_s


def covered(spans: list[tuple[float, float]]) -> float:
    """The length of the union of spans."""
    total, reached = 0.0, -inf
    for begin, end in sorted(spans):
        total += max(end - max(begin, reached), 0.0)
        reached = max(reached, end)
    return total


def assert_measured_alike(run: Run) -> None:
    slow = SlowMeasures(run)
    for (kind, name), values in measure(run).items():
        expected = slow.of_part(kind, name)
        assert expected.keys() == BY_ID.keys()
        for metric, value in zip(METRICS, values, strict=True):
            where = f"{metric.id} of {kind} {name}"
            assert value == pytest.approx(expected[metric.id], rel=1e-9, abs=1e-9, nan_ok=True), where
