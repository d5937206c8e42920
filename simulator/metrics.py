"""The measures of a run: what each means, and its value for everybody, for each segment and for each team."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .measured import BoolArray, FloatArray, Measured, Part, mean, quantile_of_sorted, ratio
from .run import Run

Unit = Literal["share", "s", "h", "count", "per problem"]
Side = Literal["higher", "lower", "none"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure: its unit, which way is better, and what is divided by what (TERMS part 3).

    By segment, all columns are those of the segment's customers. By team, problems and conversations are those whose
    right team it is;
    waits, service level and abandonment are those of its inbox (transfers included), staffing is its own, and
    misroutes, escalations and
    transfers count where a conversation was placed first. Where a run is measured in steady state, only problems that
    arrive after the warm-up count, with all their conversations, and agents' time from then to the horizon. The
    customers of a backlog count nowhere.
    """

    id: str
    title: str
    unit: Unit
    better: Side
    numerator: str
    denominator: str
    value: Callable[[Part], float]

    @property
    def definition(self) -> str:
        """Numerator and denominator in one line."""
        return f"{self.numerator} / {self.denominator}" if self.denominator else self.numerator


def _placed_share(part: Part, over: BoolArray, under: BoolArray) -> float:
    rows = part.placed[under[part.placed]]
    return ratio(np.count_nonzero(over[rows]), rows.size)


def _of_staff(part: Part, by_group: FloatArray) -> float:
    """The sum over everybody who works, or the figure of a team's own agents; not a number for a segment."""
    if part.is_segment:
        return float("nan")
    return float(by_group.sum() if part.team is None else by_group[part.team])


def _touches_mean(part: Part) -> float:
    rows = part.problems[part.of.reached_people[part.problems]]
    return mean(part.of.touches[rows].astype(np.float64))


ALL_PROBLEMS, ALL_CONVERSATIONS, OFFERED = "all problems", "all conversations", "conversations offered to people"

METRICS: tuple[Metric, ...] = (
    Metric(
        "helped_rate",
        "really helped",
        "share",
        "higher",
        "problems solved within the recontact window",
        ALL_PROBLEMS,
        lambda p: p.problem_share(p.of.helped),
    ),
    Metric(
        "helped_by_bot_rate",
        "really helped by the bot",
        "share",
        "higher",
        "problems solved within the window by a bot",
        ALL_PROBLEMS,
        lambda p: p.problem_share(p.of.helped_by_bot),
    ),
    Metric(
        "time_to_help_p50_s",
        "time to help, median",
        "s",
        "lower",
        "median of first message to real solution; not solved counts as never",
        "",
        lambda p: quantile_of_sorted(p.times_to_help_s, 0.5),
    ),
    Metric(
        "time_to_help_p90_s",
        "time to help, 90 %",
        "s",
        "lower",
        "90 % quantile of first message to real solution; not solved counts as never",
        "",
        lambda p: quantile_of_sorted(p.times_to_help_s, 0.9),
    ),
    Metric(
        "gave_up_rate",
        "gave up",
        "share",
        "lower",
        "problems whose customer stops trying unsolved",
        ALL_PROBLEMS,
        lambda p: p.problem_share(p.of.gave_up),
    ),
    Metric(
        "lost_rate",
        "lost to the company",
        "share",
        "lower",
        "problems whose customer leaves the company over it",
        ALL_PROBLEMS,
        lambda p: p.problem_share(p.of.run.lost),
    ),
    Metric(
        "first_human_reply_p50_s",
        "first human reply, median",
        "s",
        "lower",
        "median of first message to an agent's first reply (taking it up, then `agent_reply`), if any",
        "",
        lambda p: quantile_of_sorted(p.first_replies_s, 0.5),
    ),
    Metric(
        "first_human_reply_p90_s",
        "first human reply, 90 %",
        "s",
        "lower",
        "90 % quantile of first message to an agent's first reply (taking it up, then `agent_reply`), if any",
        "",
        lambda p: quantile_of_sorted(p.first_replies_s, 0.9),
    ),
    Metric(
        "wait_mean_s",
        "wait, mean",
        "s",
        "lower",
        "mean wait from joining the inbox to an agent's reply, of the served",
        "",
        lambda p: mean(p.waited_s),
    ),
    Metric(
        "wait_p50_s",
        "wait, median",
        "s",
        "lower",
        "median wait of the served",
        "",
        lambda p: quantile_of_sorted(p.waited_s, 0.5),
    ),
    Metric(
        "wait_p90_s",
        "wait, 90 %",
        "s",
        "lower",
        "90 % quantile of the wait of the served",
        "",
        lambda p: quantile_of_sorted(p.waited_s, 0.9),
    ),
    Metric(
        "wait_mean_s_all",
        "wait of all, mean",
        "s",
        "lower",
        "mean wait of everybody who queued, to the reply or to leaving",
        "",
        lambda p: mean(p.waited_by_all_s),
    ),
    Metric(
        "wait_p50_s_all",
        "wait of all, median",
        "s",
        "lower",
        "median wait of everybody who queued",
        "",
        lambda p: quantile_of_sorted(p.waited_by_all_s, 0.5),
    ),
    Metric(
        "wait_p90_s_all",
        "wait of all, 90 %",
        "s",
        "lower",
        "90 % quantile of the wait of everybody who queued",
        "",
        lambda p: quantile_of_sorted(p.waited_by_all_s, 0.9),
    ),
    Metric(
        "service_level",
        "answered in time",
        "share",
        "higher",
        "served, answered within the team's target",
        OFFERED,
        lambda p: ratio(np.count_nonzero(p.waits.answered & p.waits.soon), p.waits.wait_s.size),
    ),
    Metric(
        "service_level_of_served",
        "answered in time, of the served",
        "share",
        "higher",
        "served, answered within the team's target",
        "served",
        lambda p: ratio(np.count_nonzero(p.waits.answered & p.waits.soon), np.count_nonzero(p.waits.answered)),
    ),
    Metric(
        "service_level_g1",
        "answered in time, quick leavers left out",
        "share",
        "higher",
        "served, answered within the team's target",
        "conversations offered to people but those abandoned within the target",
        lambda p: ratio(
            np.count_nonzero(p.waits.answered & p.waits.soon),
            p.waits.wait_s.size - np.count_nonzero(p.waits.abandoned & p.waits.soon),
        ),
    ),
    Metric(
        "service_level_g2",
        "answered in time, quick leavers counted as good",
        "share",
        "higher",
        "served or abandoned within the team's target",
        OFFERED,
        lambda p: ratio(np.count_nonzero((p.waits.answered | p.waits.abandoned) & p.waits.soon), p.waits.wait_s.size),
    ),
    Metric(
        "abandonment_rate",
        "abandoned the queue",
        "share",
        "lower",
        "abandoned, silently or not",
        OFFERED,
        lambda p: ratio(np.count_nonzero(p.waits.abandoned), p.waits.wait_s.size),
    ),
    Metric(
        "blocked_rate",
        "turned away at a full inbox",
        "share",
        "lower",
        "blocked: the inbox held no more",
        OFFERED,
        lambda p: ratio(np.count_nonzero(p.waits.blocked), p.waits.wait_s.size),
    ),
    Metric(
        "bot_share",
        "with a bot",
        "share",
        "none",
        "conversations in which the bot spoke",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.run.conversations.bot_turns > 0),
    ),
    Metric(
        "deflection_rate",
        "deflected",
        "share",
        "none",
        "conversations that ended in the bot, helped or not",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.deflected),
    ),
    Metric(
        "containment_rate",
        "contained",
        "share",
        "higher",
        "conversations that ended in the bot, helped or not",
        "conversations with a bot",
        lambda p: ratio(p.count(p.of.deflected), p.count(p.of.run.conversations.bot_turns > 0)),
    ),
    Metric(
        "automated_resolution_rate",
        "counted as resolved by the bot",
        "share",
        "higher",
        "problems that the desk would count: confirmed, or silent after an answer, no agent",
        ALL_PROBLEMS,
        lambda p: p.problem_share(p.of.counted_resolved),
    ),
    Metric(
        "false_deflection_true_rate",
        "deflected, not helped",
        "share",
        "lower",
        "conversations that ended in the bot with the problem unsolved",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.deflected & ~p.of.run.conversations.helped),
    ),
    Metric(
        "false_deflection_observed_rate",
        "deflected, came back",
        "share",
        "lower",
        "conversations that ended in the bot and were followed by another within the window",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.deflected & p.of.back),
    ),
    Metric(
        "bot_loop_rate",
        "went round in circles",
        "share",
        "lower",
        "conversations with a loop (version 1)",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.run.conversations.loop),
    ),
    Metric(
        "stumble_rate",
        "stumbled",
        "share",
        "lower",
        "conversations with the same bot reply twice, no loop",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.run.conversations.stumble),
    ),
    Metric(
        "misroute_rate",
        "misrouted",
        "share",
        "lower",
        "placed by a rule in a team that cannot solve it",
        "conversations placed by a rule in a team",
        lambda p: _placed_share(p, ~p.of.first_right, p.of.by_rule),
    ),
    Metric(
        "escalation_rate",
        "sent to triage",
        "share",
        "lower",
        "sent to the escalation inbox",
        OFFERED,
        lambda p: _placed_share(p, p.of.run.conversations.first_team == p.of.triage, p.of.offered),
    ),
    Metric(
        "first_inbox_right_rate",
        "right inbox at first",
        "share",
        "higher",
        "first inbox can solve it",
        OFFERED,
        lambda p: _placed_share(p, p.of.first_right, p.of.offered),
    ),
    Metric(
        "transfer_rate",
        "transferred",
        "share",
        "lower",
        "taken up by a second agent",
        "conversations that an agent answered",
        lambda p: _placed_share(p, p.of.run.conversations.touches >= 2, p.of.answered),
    ),
    Metric(
        "touches_mean",
        "agents per problem",
        "per problem",
        "lower",
        "agents who took up a problem, mean (triage not counted)",
        "problems that reached people",
        _touches_mean,
    ),
    Metric(
        "protected_automated_known",
        "protected, automated knowingly",
        "count",
        "lower",
        "conversations, per run, in which the bot answered although it saw a protected label or a sensitive intent",
        "",
        lambda p: p.count(p.of.run.conversations.protected_known),
    ),
    Metric(
        "protected_automated",
        "protected, automated in truth",
        "count",
        "lower",
        "conversations, per run, in which the bot answered a customer or an intent that is protected in truth",
        "",
        lambda p: p.count(p.of.run.conversations.protected),
    ),
    Metric(
        "recontact_rate",
        "wrote again",
        "share",
        "lower",
        "conversations that are second or later attempts",
        ALL_CONVERSATIONS,
        lambda p: p.share(p.of.run.conversations.attempt > 1),
    ),
    Metric(
        "occupancy",
        "agents busy",
        "share",
        "none",
        "time agents on duty hold a conversation",
        "time on duty",
        lambda p: ratio(_of_staff(p, p.of.occupation.busy_s), _of_staff(p, p.of.run.staffed_s)),
    ),
    Metric(
        "slot_utilisation",
        "slots in use",
        "share",
        "none",
        "time conversations are held by agents on duty",
        "time on duty times the conversations that an agent holds at most",
        lambda p: ratio(_of_staff(p, p.of.occupation.held_s), _of_staff(p, p.of.slots_s)),
    ),
    Metric(
        "agent_hours",
        "agent hours",
        "h",
        "lower",
        "agent time on duty, from the warm-up to the horizon",
        "",
        lambda p: _of_staff(p, p.of.run.staffed_s) / 3600,
    ),
)

BY_ID: Mapping[str, Metric] = {metric.id: metric for metric in METRICS}

Values = Mapping[tuple[str, str], FloatArray]
"""By part (kind, name): one value for each of `METRICS`, in order; not a number where the measure is null."""


def measure(run: Run) -> Values:
    """All measures of a run, for everybody, each segment and each team."""
    return measures_of(Measured(run))


def measures_of(measured: Measured) -> Values:
    """All measures of a run that is made ready."""
    return {(kind, name): np.array([metric.value(part) for metric in METRICS]) for kind, name, part in measured.parts()}
