"""What policies are worth in people, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..simulator.intervals import Estimate
from ..simulator.staffing.afterwards import Worth
from .export import number_or_none
from .figures import percent
from .terminal import neutral
from .text import grid


def frontier_text(worth: Sequence[Worth]) -> str:
    """What each policy does and takes, on the customers that checked it."""
    rows = [
        [
            neutral(each.policy),
            *_ends_of(each.automated),
            *_ends_of(each.false),
            f"{each.agent_hours:,.1f}",
            "*" if each.best else "",
        ]
        for each in worth
    ]
    headers = ["policy", "automated", "95% interval", "false deflection", "95% interval", "agent hours", ""]
    title = "What a policy is worth in people (*: no other is better in all three):"
    return f"{title}\n{grid(rows, headers, 1)}"


def _ends_of(found: Estimate) -> tuple[str, str]:
    return percent(found.value), f"{100 * found.low:.1f}..{100 * found.high:.1f}"


def frontier_data(worth: Sequence[Worth]) -> list[dict[str, Any]]:
    """The same for programs."""

    def ends(found: Estimate) -> dict[str, float | None]:
        return {name: number_or_none(getattr(found, name)) for name in ("value", "low", "high")}

    return [
        {
            "policy": each.policy,
            "automated_resolution_rate": ends(each.automated),
            "false_deflection_true_rate": ends(each.false),
            "agent_hours": each.agent_hours,
            "best": each.best,
        }
        for each in worth
    ]
