"""Every measure again, slow and obvious, from the plain rows of the tables."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from small_desks import Row, rows_of
from talks import Talk, talks, turns_of

from deskdrill.rules.loops import loop_in
from deskdrill.simulator.metrics import BY_ID, METRICS, measure
from deskdrill.simulator.run import Run
from deskdrill.simulator.tables import tables_of

WINDOW_S = 7 * 86400
QUARTER_S = 900
OFFERS = ("answer", "article", "look_up", "transaction", "failed")


@dataclass
class Conversation:
    row: Row
    visits: list[Row] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return self.row[name]


@dataclass
class Wait:
    """A wait in an inbox, by the clock and by business hours; `None`: it is not over."""

    wait_s: float | None
    business_s: float | None
    is_soon: bool
    fate: str


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


def divided(some: list[Wait], of: list[Wait]) -> float:
    return len(some) / len(of) if of else nan


def quantile(values: Iterable[float], q: Fraction) -> float:
    """The smallest value that at least a share `q` of the values does not exceed; never is not a number."""
    ordered = sorted(values)
    reached = [value for rank, value in enumerate(ordered, 1) if Fraction(rank, len(ordered)) >= q]
    return reached[0] if reached and reached[0] < inf else nan


def mean(values: Iterable[float]) -> float:
    every = list(values)
    return float(np.mean(every)) if every else nan


def turns_after_request(talk: Talk) -> int:
    """Bot turns after the first request for a person, without ways out and questions before the hand-over."""
    turns = turns_of(talk)
    request = next((number for number, turn in enumerate(turns) if turn.asks_for_person), len(turns))
    return sum(turn.author == "bot" and turn.part in ("help", "else") for turn in turns[request:])


class SlowMeasures:
    """Every measure again, over plain rows, as TERMS part 3 says it; one method each."""

    def __init__(self, run: Run) -> None:
        self.scenario = run.desk.scenario
        self.survey = run.policy.policy.survey
        self.groups = dict(zip(self.scenario.agents, run.floorplan.groups, strict=True))
        tables = {name: rows_of(table) for name, table in tables_of(run).items()}
        self.problems = [Problem(row) for row in tables["problems"]]
        self.conversations = [Conversation(row) for row in tables["conversations"]]
        self.visits, self.talks = tables["visits"], talks(run)
        for each in self.conversations:
            self.problems[each.row["problem"]].attempts.append(each)
        for visit in self.visits:
            self.conversations[visit["conversation"]].visits.append(visit)
        self.triage = self.scenario.escalation.team
        self.from_s = run.counts_from_s
        moments = [visit[name] or 0 for visit in self.visits for name in ("joined_s", "answered_s", "ended_s")]
        minutes_s = np.arange(0, max([0.0, *moments]) + self.scenario.behaviour.agent_reply + 60, 60.0)
        self.is_open = {
            team: np.any([self.on_duty(name, minutes_s) > 0 for name in self.scenario.served_by(team)], axis=0)
            for team in self.scenario.teams
        }

    def on_duty(self, name: str, at_s: np.ndarray) -> np.ndarray:
        """How many agents of a team's own or of a group are on duty, absences taken off."""
        group = self.groups[name]
        return np.array(group.agents)[np.searchsorted(group.from_s, at_s, side="right") - 1]

    def business_s(self, team: str, from_s: float, until_s: float) -> float:
        """Seconds between two moments in minutes with somebody on duty who takes from an inbox."""
        first, last = int(from_s // 60), int(until_s // 60)
        is_open = self.is_open[team]
        if first == last:
            return (until_s - from_s) * is_open[first]
        ends = (60 * (first + 1) - from_s) * is_open[first] + (until_s - 60 * last) * is_open[last]
        return float(ends + 60 * np.count_nonzero(is_open[first + 1 : last]))

    def waited(self, team: str, joined_s: float, until_s: float | None, fate: str, sent_s: float | None = None) -> Wait:
        """A wait in a team's inbox; the target counts until the reply is sent, if that is another moment."""
        if until_s is None:
            return Wait(None, None, False, fate)
        by_target_s = until_s if sent_s is None else sent_s
        kind, business_s = self.scenario.teams[team], self.business_s(team, joined_s, until_s)
        counted_s = {"clock": by_target_s - joined_s, "business_hours": self.business_s(team, joined_s, by_target_s)}
        return Wait(until_s - joined_s, business_s, counted_s[kind.answer_within_counts] <= kind.answer_within, fate)

    def counts(self, problem: Problem) -> bool:
        """Whether a problem came after the warm-up and is of no backlog."""
        return problem.row["arrives_s"] >= self.from_s and problem.row["backlog"] is None

    def of_part(self, kind: str, name: str) -> dict[str, float]:
        chosen = {
            "overall": lambda _: True,
            "segment": lambda problem: problem.row["segment"] == name,
            "team": lambda problem: problem.row["right_team"] == name,
            "group": lambda _: False,
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
            **self.of_surveys(conversations),
            **self.of_placed(placed),
            **(self.of_inbox(name) if kind == "team" else self.of_waits(offered)),
            **self.of_later(kind, name),
            **self.of_staff([] if kind == "segment" else [name] if kind in ("team", "group") else list(self.scenario.agents)),
        }

    def of_problems(self, problems: list[Problem]) -> dict[str, float]:
        times = [problem.time_to_help_s for problem in problems]
        return {
            "helped_rate": share(times, lambda s: s < inf),
            "helped_by_bot_rate": share(problems, lambda p: p.helped_by_bot),
            "time_to_help_p50_s": quantile(times, Fraction(1, 2)),
            "time_to_help_p90_s": quantile(times, Fraction(9, 10)),
            "helpful_reply_mean_s": mean(self.helpful_reply_s(p) for p in problems if p.time_to_help_s < inf),
            "gave_up_rate": share(
                problems, lambda p: p.row["solved_s"] is None and all(c.row["outcome"] != "open" for c in p.attempts)
            ),
            "lost_rate": share(problems, lambda p: p.row["lost"]),
            "lost_value": self.value_of([p.row["segment"] for p in problems if p.row["lost"]]),
            "automated_resolution_rate": share(
                problems, lambda p: not p.met_person and any(c.row["counted_resolved"] for c in p.attempts)
            ),
            "resolved_by_answers_rate": share(problems, lambda p: not p.met_person and self.resolved_by(p) == "answer"),
            "resolved_by_articles_rate": share(problems, lambda p: not p.met_person and self.resolved_by(p) == "article"),
            "touches_mean": mean(sum(c.row["touches"] for c in p.attempts) for p in problems if p.reached_people),
        }

    def resolved_by(self, problem: Problem) -> str | None:
        """What the bot offered last in the last conversation about a problem that counts as resolved."""
        return ([None] + [self.offers(c)[-1] for c in problem.attempts if c.row["counted_resolved"]])[-1]

    def offers(self, conversation: Conversation) -> list[str]:
        """What the bot offered in a conversation, in order."""
        said = [message.kind.partition(" ")[0] for message in self.talks[conversation.row["conversation"]].bot_said]
        return [{"answer": "answer", "article": "article"}.get(kind, "errand") for kind in said if kind in OFFERS]

    def helpful_reply_s(self, problem: Problem) -> float:
        """First message to the bot's reply that solved a problem, or to the first one of the agent who did."""
        solved_s, arrives_s = problem.row["solved_s"], problem.row["arrives_s"]
        by_agents = [c for c in problem.attempts if c.row["outcome"] == "served" and c.row["ends_s"] == solved_s]
        for conversation in by_agents:
            taken_up = [visit for visit in conversation.visits if visit["purpose"] != "later_reply"][-1]
            in_chat_s = min(taken_up["answered_s"] + self.scenario.behaviour.agent_reply, solved_s)
            return (taken_up["ended_s"] if conversation.row["channel"] == "email" else in_chat_s) - arrives_s
        return solved_s - arrives_s

    def value_of(self, segments: list[str]) -> float:
        values = {name: segment.value for name, segment in self.scenario.segments.items()}
        return nan if None in values.values() else sum(values[name] for name in segments)

    def of_surveys(self, conversations: list[Conversation]) -> dict[str, float]:
        if self.survey is None:
            return dict.fromkeys(("csat_rate", "csat_all_rate", "ces_mean", "survey_reply_rate"), nan)

        def is_asked(each: Conversation) -> bool:
            row = each.row
            wrote_to_bot = row["bot_turns"] and row["reason"] not in ("page", "typing")
            in_bot = row["outcome"] in ("helped_by_bot", "left_in_bot") and wrote_to_bot
            return bool(("bot" in self.survey.after and in_bot) or ("person" in self.survey.after and row["outcome"] == "served"))

        answers = [c.row for c in conversations if c.row["csat"] is not None]
        over = [c.row for c in conversations if c.row["ends_s"] is not None]
        return {
            "csat_rate": share(answers, lambda row: row["csat"] >= 4),
            "csat_all_rate": share(over, lambda row: row["csat_if_asked"] >= 4),
            "ces_mean": mean(row["ces"] for row in answers),
            "survey_reply_rate": share(filter(is_asked, conversations), lambda c: c.row["csat"] is not None),
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

        def ended(*endings: str, reasons: Container[str] = (), others: bool = True, refused: bool | None = None) -> float:
            def so(each: Conversation) -> bool:
                by_reason = (each.row["reason"] in reasons) != others
                return bool(each.row["bot_turns"]) and each.row["bot_ending"] in endings and by_reason and refused in (None, each.row["refused"])

            return share(conversations, so)

        asked = [c for c in conversations if c.row["bot_turns"] and c.row["asked"]]
        found = [loop_in(turns_of(self.talks[c.row["conversation"]])) for c in conversations if c.row["bot_turns"]]
        loops = [loop for loop in found if loop is not None]
        return {
            "bot_share": share(conversations, lambda c: c.row["bot_turns"]),
            "deflection_rate": share(conversations, in_bot),
            "containment_rate": share((c for c in conversations if c.row["bot_turns"]), in_bot),
            "automated_resolution_share": share((c for c in conversations if c.row["bot_turns"]), lambda c: c.row["counted_resolved"]),
            "false_deflection_true_rate": share(conversations, lambda c: in_bot(c) and not c.row["helped"]),
            "false_deflection_observed_rate": share(conversations, lambda c: in_bot(c) and back(c)),
            "bot_loop_rate": share(conversations, lambda c: c.row["loop"]),
            "loop_turns_mean": mean(loop.turns for loop in loops),
            "loop_lost_mean_s": mean(loop.lost_s for loop in loops),
            "loop_left_rate": share((c for c in conversations if c.row["loop"]), lambda c: in_bot(c) and not c.row["helped"]),
            "asked_for_person_rate": share((c for c in conversations if c.row["bot_turns"]), lambda c: c.row["asked"]),
            "person_reached_rate": share(asked, lambda c: bool(c.visits)),
            "turns_to_person_mean": mean(turns_after_request(self.talks[c.row["conversation"]]) for c in asked if c.visits),
            "ended_helped_confirmed_rate": ended("helped_confirmed"),
            "ended_helped_silent_rate": ended("helped_silent"),
            "ended_unhelped_silent_rate": ended("unhelped_silent"),
            "ended_handed_over_asked_rate": ended("to_people", reasons=("asked",), others=False),
            "ended_handed_over_rate": ended("to_people", reasons=("asked",)),
            "ended_refused_rate": ended("left", refused=True),
            "ended_left_rate": ended("left", refused=False),
            "stumble_rate": share(conversations, lambda c: c.row["stumble"]),
            "protected_automated_known": sum(c.row["protected_known"] for c in conversations),
            "protected_automated": sum(c.row["protected"] for c in conversations),
            "open_rate": share(conversations, lambda c: c.row["outcome"] == "open"),
            "recontact_rate": share(conversations, lambda c: c.row["attempt"] > 1),
        }

    def of_placed(self, placed: list[Conversation]) -> dict[str, float]:
        def right(each: Conversation) -> bool:
            team, intent = each.row["team"], each.row["intent"]
            return team == self.scenario.intents[intent].team or intent in self.scenario.teams[team].also_solves

        def is_by_rule(each: Conversation) -> bool:
            return each.row["rule"] is not None and each.row["team"] != self.triage

        by_rule = list(filter(is_by_rule, placed))
        replies = [c for c in placed if c.row["answered_s"] is not None]
        reply_s = [self.reply_s(c) for c in replies]
        after_s = [c.row["answered_s"] - c.row["starts_s"] + s for c, s in zip(replies, reply_s, strict=True)]
        open_s = [
            self.business_s(c.row["team"], c.row["starts_s"], c.row["answered_s"] + s)
            for c, s in zip(replies, reply_s, strict=True)
        ]
        served = [c for c in placed if c.row["outcome"] == "served"]
        lasted_s = [c.row["ends_s"] - c.row["starts_s"] for c in served]
        return {
            "resolution_p50_s": quantile(lasted_s, Fraction(1, 2)),
            "resolution_p90_s": quantile(lasted_s, Fraction(9, 10)),
            "handle_mean_s": mean(sum(v["freed_s"] - v["answered_s"] for v in c.visits) for c in served),
            "reopen_rate": share(replies, lambda c: c.row["reopened"]),
            "misroute_rate": share(by_rule, lambda c: not right(c)),
            "rule_placed_rate": share(placed, is_by_rule),
            "escalation_rate": share(placed, lambda c: c.row["team"] == self.triage),
            "first_inbox_right_rate": share(placed, right),
            "transfer_rate": share(replies, lambda c: c.row["touches"] >= 2),
            "first_human_reply_p50_s": quantile(after_s, Fraction(1, 2)),
            "first_human_reply_p90_s": quantile(after_s, Fraction(9, 10)),
            "first_human_reply_p50_business_s": quantile(open_s, Fraction(1, 2)),
            "first_human_reply_p90_business_s": quantile(open_s, Fraction(9, 10)),
        }

    def replies(self, conversation: Conversation) -> list[Row]:
        """The visits in which an agent replied: not in triage, and by e-mail not by only moving it on."""
        silent = ("look",) if conversation.row["channel"] == "email" else ()
        return [
            v
            for v in conversation.visits
            if v["fate"] == "served" and v["team"] != self.triage and v["purpose"] not in silent
        ]

    def reply_s(self, conversation: Conversation) -> float:
        """From taking an answered conversation up to the first reply: by e-mail, all the work on it."""
        first = self.replies(conversation)[0]
        by_email = first["ended_s"] - first["answered_s"]
        return by_email if conversation.row["channel"] == "email" else self.scenario.behaviour.agent_reply

    def of_waits(self, offered: list[Conversation]) -> dict[str, float]:
        """From joining the first inbox to the first reply of an agent (triage does not reply), or to leaving."""
        waits = []
        for each in offered:
            replies = self.replies(each)
            until_s = replies[0]["answered_s"] if replies else each.visits[-1]["ended_s"]
            mailed = each.row["channel"] == "email" and each.row["outcome"] == "served"
            sent_s = replies[0]["ended_s"] if mailed else None
            waits.append(self.waited(each.row["team"], each.visits[0]["joined_s"], until_s, each.row["outcome"], sent_s))
        return self._waits(waits)

    def of_inbox(self, team: str) -> dict[str, float]:
        waits = []
        for visit in self.visits:
            until_s = visit["answered_s"] if visit["fate"] == "served" else visit["ended_s"]
            conversation = self.conversations[visit["conversation"]].row
            mailed = conversation["channel"] == "email" and visit["fate"] == "served" and visit["purpose"] != "look"
            sent_s = visit["ended_s"] if mailed else None
            if visit["team"] == team and self.counts(self.problems[conversation["problem"]]) and visit["purpose"] != "later_reply":
                waits.append(self.waited(team, visit["joined_s"], until_s, visit["fate"], sent_s))
        return self._waits(waits)

    def _waits(self, waits: list[Wait]) -> dict[str, float]:
        served = [w for w in waits if w.fate == "served"]
        left = [w for w in waits if w.fate.startswith("abandoned")]
        answered = [w.wait_s for w in served if w.wait_s is not None]
        every = [w.wait_s for w in waits if w.wait_s is not None]
        in_time = [w for w in served if w.is_soon]
        left_soon = [w for w in left if w.is_soon]
        return {
            "wait_mean_s": mean(answered),
            "wait_p50_s": quantile(answered, Fraction(1, 2)),
            "wait_p90_s": quantile(answered, Fraction(9, 10)),
            "wait_mean_business_s": mean(w.business_s for w in served if w.business_s is not None),
            "wait_mean_s_all": mean(every),
            "wait_p50_s_all": quantile(every, Fraction(1, 2)),
            "wait_p90_s_all": quantile(every, Fraction(9, 10)),
            "service_level": divided(in_time, waits),
            "service_level_of_served": divided(in_time, served),
            "service_level_g1": len(in_time) / (len(waits) - len(left_soon)) if len(waits) > len(left_soon) else nan,
            "service_level_g2": divided(in_time + left_soon, waits),
            "abandonment_rate": divided(left, waits),
            "blocked_rate": divided([w for w in waits if w.fate == "blocked"], waits),
        }

    def of_later(self, kind: str, name: str) -> dict[str, float]:
        """From a customer's answer in a conversation to the next reply of an agent."""
        after_s = []
        for visit in self.visits:
            conversation = self.conversations[visit["conversation"]]
            problem = self.problems[conversation.row["problem"]]
            about = {"overall": name, "segment": problem.row["segment"], "team": visit["team"], "group": None}[kind]
            later = visit["purpose"] in ("later_reply", "reopened") and visit["fate"] == "served"
            if later and about == name and self.counts(problem):
                works_s = visit["ended_s"] - visit["answered_s"]
                by_email = conversation.row["channel"] == "email"
                after_s.append(visit["answered_s"] - visit["joined_s"] + (works_s if by_email else self.scenario.behaviour.agent_reply))
        return {
            "later_reply_p50_s": quantile(after_s, Fraction(1, 2)),
            "later_reply_p90_s": quantile(after_s, Fraction(9, 10)),
        }

    def of_staff(self, teams: list[str]) -> dict[str, float]:
        if not teams:
            return {"occupancy": nan, "slot_utilisation": nan, "agent_hours": nan}
        staffed_s = busy_s = held_s = slots_s = 0.0
        for team in teams:
            staffed, busy, held = self.seconds_of(team)
            staffed_s, busy_s, held_s = staffed_s + staffed, busy_s + busy, held_s + held
            slots_s += staffed * self.scenario.agents[team].concurrency
        return {
            "occupancy": busy_s / staffed_s if staffed_s else nan,
            "slot_utilisation": held_s / slots_s if slots_s else nan,
            "agent_hours": staffed_s / 3600,
        }

    def seconds_of(self, team: str) -> tuple[float, float, float]:
        """Staffed and busy seconds of a team's agents from the warm-up to the horizon, and seconds of conversations
        held, quarter by quarter, agent by agent.
        """
        starts_s = np.arange(0, self.scenario.horizon_s, QUARTER_S)
        on_duty = self.on_duty(team, starts_s + 1).tolist()
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
