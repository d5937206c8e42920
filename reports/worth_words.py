"""What policies are worth in people, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rules.wording import listed
from ..simulator.intervals import Estimate
from ..simulator.judging import Judgement, Verdict
from ..simulator.staffing.afterwards import Worth
from ..simulator.staffing.plan import Plan
from ..simulator.staffing.wishes import is_set
from ..simulator.targets import Targets
from .export import number_or_none
from .figures import percent
from .shift_words import Wage, schedule_sentences
from .staffing_words import needs, out_of_reach
from .target_words import by_verdict, found_words, target_words
from .targets import judgement_data
from .terminal import neutral
from .text import fitted, wrapped

REACHED: dict[Verdict, str] = {"pass": "reached", "fail": "not reached", "cannot tell": "cannot tell"}


def side_by_side_text(plans: Sequence[Plan], worth: Sequence[Worth], width: int, wage: Wage | None = None) -> str:
    """What each of several policies needs for the same goals, and what it is worth; ends with a line break."""
    found = [plan for plan in plans if not plan.beyond]
    lines = [line for plan in plans if plan.beyond for line in out_of_reach(plan)]
    for plan in found:
        lines += needs(plan)
        if plan.schedule is not None and not plan.schedule.cover.short:
            lines += [f"{neutral(plan.policy)}: {line}" for line in schedule_sentences(plan.schedule)]
    lines += [_beside(plan, found[0]) for plan in found[1:]]
    blocks = ["\n".join(wrapped(line, width) for line in lines)]
    if found:
        names = [*found[0].needed, "all"]
        rows = [[neutral(name), *(cell for plan in found for cell in _hours_and_heads(plan, name))] for name in names]
        headers = ["team", *(head for plan in found for head in (neutral(plan.policy), "at once"))]
        title = "Agent hours that are needed, and the most agents at once:"
        if wage is not None:
            rows.append([f"cost{wage.label}", *(cell for plan in found for cell in (_cost_of(plan, wage), ""))])
        blocks.append(f"{wrapped(title, width)}\n{fitted(rows, headers, 1, width, range(1, len(headers)))}")
        if len(worth) > 1:
            blocks.append(frontier_text(worth, width, with_shifts=any(plan.schedule is not None for plan in found)))
        blocks.append(
            wrapped(
                "Each is searched for by itself, so a few agent hours more or fewer say nothing. How many customers a "
                "policy really helps is another question, which `deskdrill compare` answers.",
                width,
            )
        )
    return "\n\n".join(blocks) + "\n"


def _beside(plan: Plan, first: Plan) -> str:
    """How many hours more or fewer than the first policy, and whether for the same."""
    hours, others = (sum(each.agent_hours(each.needed).values()) for each in (plan, first))
    who, other = neutral(plan.policy), neutral(first.policy)
    takes = "takes" if plan.question.heads else "needs"
    if hours == others:
        told = f"{who} {takes} as many agent hours as {other}"
    else:
        than = f"{abs(hours - others):,.1f} agent hours {'more' if hours > others else 'fewer'}"
        told = f"{who} {takes} {than} than {other} ({hours / others - 1:+.1%})"
    if plan.passes and first.passes:
        return f"{told}."
    reached = (f"{sum(each.passes is True for each in of.reached)} of {len(of.reached)}" for of in (plan, first))
    return f"{told}; {who} reaches {next(reached)} goals, {other} {next(reached)}."


def _hours_and_heads(plan: Plan, name: str) -> tuple[str, str]:
    hours = plan.agent_hours(plan.needed)
    if name == "all":
        return f"{sum(hours.values()):,.1f}", str(int(np.sum(list(plan.needed.values()), axis=0).max()))
    return f"{hours[name]:,.1f}", str(int(plan.needed[name].max()))


def _cost_of(plan: Plan, wage: Wage) -> str:
    """What the needed hours cost, premiums apart."""
    return f"{sum(plan.agent_hours(plan.needed).values()) * wage.an_hour:,.0f}"


def frontier_text(worth: Sequence[Worth], width: int, *, with_shifts: bool = False) -> str:
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
    headers = ["policy", "automated", "95% interval", "false deflection", "95% interval"]
    headers += ["agent hours with the shifts" if with_shifts else "agent hours", ""]
    title = "What a policy is worth in people (*: no other is better in all three):"
    return f"{wrapped(title, width)}\n{fitted(rows, headers, 1, width, range(1, len(headers)))}"


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


def targets_line(targets: Targets, judgements: Sequence[Judgement], policy: str) -> str:
    """How many targets of a file are reached with the agents that were found, to be said first."""
    reached = [each for each in judgements if each.verdict == "pass"]
    missed = [target_words(each.target) for each in by_verdict(judgements) if each.verdict == "fail"]
    of = f"{len(reached)} of {len(judgements)} targets of {neutral(targets.place)}"
    told = f"{neutral(policy)} reaches {of} over the whole week, nights too"
    unclear = [target_words(each.target) for each in judgements if each.verdict == "cannot tell"]
    if missed:
        told += f"; not {listed(missed, 'and')}"
    if unclear:
        told += f"; cannot tell of {listed(unclear, 'and')}"
    return f"{told}."


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
