"""What the bot did, and to whom."""

from __future__ import annotations

from ..quantiles import ratio
from .metric import ALL_CONVERSATIONS, ALL_PROBLEMS, Metric

OF_BOTS: tuple[Metric, ...] = (
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
)
