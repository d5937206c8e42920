"""Where conversations went, and who had to deal with them."""

from __future__ import annotations

import numpy as np

from ..part import BoolArray, Part
from ..quantiles import mean, ratio
from .metric import ALL_CONVERSATIONS, OFFERED, Metric


def _placed_share(part: Part, over: BoolArray, under: BoolArray) -> float:
    rows = part.placed[under[part.placed]]
    return ratio(np.count_nonzero(over[rows]), rows.size)


def _touches_mean(part: Part) -> float:
    rows = part.problems[part.of.reached_people[part.problems]]
    return mean(part.of.touches[rows].astype(np.float64))


OF_ROUTING: tuple[Metric, ...] = (
    Metric(
        "misroute_rate",
        "misrouted",
        "share",
        "lower",
        "placed by a rule in a team that cannot solve it",
        "conversations placed by a rule in a team",
        lambda p: _placed_share(p, p.of.misplaced, p.of.by_rule),
    ),
    Metric(
        "rule_placed_rate",
        "placed by a rule",
        "share",
        "none",
        "placed by a rule in a team",
        OFFERED,
        lambda p: _placed_share(p, p.of.by_rule, p.of.offered),
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
        "reopen_rate",
        "reopened",
        "share",
        "lower",
        "reopened: the customer wrote on after the end",
        "conversations that an agent answered",
        lambda p: _placed_share(p, p.of.run.conversations.reopened, p.of.answered),
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
)
