"""What it comes to that inputs are not known, in words and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..rules.wording import counted
from ..simulator.metrics import BY_ID
from ..simulator.sensitivity import Question, side_of
from ..simulator.uncertainty import Lead, Uncertain
from .export import number_or_none
from .figures import change
from .sensitivity_words import estimate_data, input_data, outcome_text
from .terminal import neutral
from .text import fitted, wrapped


def uncertain_text(question: Question, found: Sequence[Uncertain], width: int) -> str:
    """What drawing the inputs anew adds; ends with a line break."""
    names = [neutral(policy.name) for policy in question.policies]
    whose = f"{names[1]} less {names[0]}" if len(names) == 2 else names[0]
    draws = found[0].draws
    about = (
        f"Inputs not known: {whose}, {counted(draws, 'draw')} of {counted(len(question.inputs), 'input')} from their "
        f"ranges, {counted(question.replications, 'replication')} each on customers of its own. The interval (95 %) "
        "is where the long-run outcome of the real inputs lies; inputs and weeks: the standard deviations that they "
        "bring."
    )
    rows = []
    for each in found:
        metric, paired = BY_ID[each.measure], len(names) == 2
        verdict = [side_of(each.measure, each.mean), f"{_right(each)} of {draws}"] if paired else []
        inputs, weeks = (change(metric, sd).lstrip("+") for sd in (each.inputs_sd, each.weeks_sd))
        mean = outcome_text(metric, each.mean, paired=paired)
        rows.append([each.measure, mean, inputs, weeks, *verdict, _leading(each)])
    sides = ["verdict", "same side"] if len(names) == 2 else []
    headers = ["measure", "mean", "inputs", "weeks", *sides, "goes with"]
    table = fitted(rows, headers, 1, width, range(1, 4))
    notes = [wrapped(_flip(each), width) for each in found if len(names) == 2]
    return "\n\n".join([wrapped(about, width), table, "\n".join(notes)]).rstrip() + "\n"


def _lead_data(lead: Lead) -> dict[str, Any]:
    told = {"correlation": number_or_none(lead.correlation), "sure": lead.is_sure}
    return {**input_data(lead.input), "at_low": number_or_none(lead.low), "at_high": number_or_none(lead.high), **told}


def _right(found: Uncertain) -> int:
    """In how many draws the outcome is on the side of its mean."""
    return found.above if found.mean.value > 0 else found.draws - found.above


def _leading(found: Uncertain) -> str:
    """The input that the outcome goes with most, if that is told from chance."""
    first = found.leading[0]
    return neutral(first.input.name) if first.is_sure else "cannot tell"


def _flip(found: Uncertain) -> str:
    metric, flips = BY_ID[found.measure], found.flips
    name = found.measure
    if flips is None:
        return f"{name}: no input is seen to bring it to the other side by itself."
    ranged = flips.input
    return (
        f"{name}: `{neutral(ranged.name)}` ({ranged.kind}) alone would bring it from {change(metric, flips.low)} "
        f"(times {ranged.low:g}) to {change(metric, flips.high)} (times {ranged.high:g}), along the line through the "
        "draws."
    )


def uncertain_data(question: Question, found: Sequence[Uncertain]) -> list[dict[str, Any]]:
    """The same for programs."""
    names = [ranged.name for ranged in question.inputs]
    return [
        {
            "measure": each.measure,
            "policies": [policy.name for policy in question.policies],
            "draws": each.draws,
            "replications": question.replications,
            **estimate_data(each.mean),
            "sd_of_inputs": number_or_none(each.inputs_sd),
            "sd_of_weeks": number_or_none(each.weeks_sd),
            "above_0": each.above,
            "flips": None if each.flips is None else each.flips.input.name,
            "drawn": [
                {"times": dict(zip(names, factors, strict=True)), "outcome": number_or_none(outcome)}
                for factors, outcome in each.drawn
            ],
            "inputs": [_lead_data(lead) for lead in each.leading],
        }
        for each in found
    ]
