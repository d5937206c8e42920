"""What policies are worth in people, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..simulator.intervals import Estimate
from ..simulator.judging import Judgement, Verdict
from ..simulator.staffing.afterwards import Worth
from ..simulator.staffing.wishes import is_set
from ..simulator.targets import Targets
from .export import number_or_none
from .figures import percent
from .target_words import by_verdict, found_words, target_words
from .targets import judgement_data
from .terminal import neutral
from .text import grid, wrapped

REACHED: dict[Verdict, str] = {"pass": "reached", "fail": "not reached", "cannot tell": "cannot tell"}


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


def targets_text(targets: Targets, judgements: Sequence[Judgement], policy: str, width: int) -> str:
    """What becomes of each target of a file with the agents that were found."""
    lines = [f"{neutral(targets.place)}, {neutral(policy)} with these agents, the whole week with its nights:"]
    for each in by_verdict(judgements):
        why = "" if each.verdict == "pass" or is_set(each.target) else "; not one that staffing sets"
        lines.append(f"{REACHED[each.verdict]}: {target_words(each.target)}: {found_words(each)}{why}")
    lines += [
        f"not judged: {target_words(target)}: it compares two policies, which `deskdrill gate` does"
        for target in targets.must
        if target.kind == "worse_by_at_most"
    ]
    return "\n".join(wrapped(line, width) for line in lines) + "\n"


def targets_data(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{**judgement_data(each), "set_by_staffing": is_set(each.target)} for each in judgements]
