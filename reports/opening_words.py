"""What becomes of those who come just before and just after a team opens, in words and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..quantities import format_duration
from ..simulator.staffing.checking import Opening
from ..simulator.staffing.plan import Plan
from .figures import percent
from .terminal import neutral


def opening_sentences(plan: Plan) -> Iterator[str]:
    """What goals leave out, and what becomes of it."""
    span = "a week" if plan.scenario.days == 7 else "a run"
    shut = [
        f"{neutral(each.team)} {each.closed:,.0f}, {percent(each.closed_left / each.closed)} leave"
        for each in plan.openings
        if round(each.closed)
    ]
    if shut:
        yield f"Not counted: chats that begin while nobody is there, and wait for them ({span}: {'; '.join(shut)})."
    soon = [
        f"{neutral(each.team)} {percent(each.in_time / each.soon)} in time, {percent(each.left / each.soon)} leave"
        for each in plan.openings
        if round(each.soon)
    ]
    if soon:
        clears = format_duration(plan.question.clears_s)
        counts = "" if plan.question.aim.over == "week" else ", which count over the week and not by the half-hour"
        yield f"In the {clears} after an opening, while these are worked off{counts}: {'; '.join(soon)}."


def opening_data(opening: Opening) -> dict[str, Any]:
    """The same for programs, customers a run."""
    return {
        "team": opening.team,
        "closed": opening.closed,
        "closed_left": opening.closed_left,
        "after_opening": opening.soon,
        "after_opening_in_time": opening.in_time,
        "after_opening_left": opening.left,
    }
