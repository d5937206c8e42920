"""Whether problems were solved, and what became of those who were not helped."""

from __future__ import annotations

import numpy as np

from ..part import Part
from ..quantiles import mean
from .metric import ALL_PROBLEMS, Metric


def _lost_value(part: Part) -> float:
    values = part.of.lost_value
    return float("nan") if values is None else float(values[part.problems].sum())


def _helpful_reply_mean_s(part: Part) -> float:
    after_s = part.of.helpful_reply_s[part.problems]
    return mean(after_s[~np.isnan(after_s)])


OF_HELP: tuple[Metric, ...] = (
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
        lambda p: p.times_to_help_s.p50,
    ),
    Metric(
        "time_to_help_p90_s",
        "time to help, 90 %",
        "s",
        "lower",
        "90 % quantile of first message to real solution; not solved counts as never",
        "",
        lambda p: p.times_to_help_s.p90,
    ),
    Metric(
        "helpful_reply_mean_s",
        "first helpful reply, mean of the helped",
        "s",
        "lower",
        "first message to the reply that helped (the bot's, or the first of the agent who solves it), summed",
        "problems solved within the recontact window",
        _helpful_reply_mean_s,
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
        "lost_value",
        "value lost",
        "value",
        "lower",
        "the `value` of the segments of customers who leave the company, summed over a run",
        "",
        _lost_value,
    ),
)
