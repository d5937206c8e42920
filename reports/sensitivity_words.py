"""Which assumption would change the decision, in words and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..rules.wording import counted, listed
from ..simulator.assumptions import Ranged, without_range
from ..simulator.intervals import Estimate
from ..simulator.metrics import BY_ID, Metric
from ..simulator.sensitivity import Effect, End, OneAtATime, Question, Screening, side_of, turned
from .export import number_or_none
from .figures import change, figure, fine_change, margin, margin_of, margin_of_change
from .terminal import neutral
from .text import fitted, wrapped

_MORRIS = ("input", "mu*", "± half", "mu", "sigma")
BAR = 20
"""Characters of the longest bar, left and right of the middle."""


def one_at_a_time_text(question: Question, found: Sequence[OneAtATime], most: int, width: int) -> str:
    """For each measure the inputs that matter most; ends with a line break."""
    blocks = [wrapped(_about(question), width)]
    for each in found:
        metric, paired = BY_ID[each.measure], len(question.policies) == 2
        now = outcome_text(metric, each.now, paired=paired)
        rows = [_row(metric, effect, each, paired=paired) for effect in each.effects[:most]]
        headers = ["input", "times", each.measure, "change", *(["verdict"] if paired else []), "low | high"]
        told = wrapped(f"{each.measure}: {now}. {_flipped(question, each)}".rstrip(), width)
        blocks.append(f"{told}\n\n{fitted(_flat(rows), headers, 2, width, range(1, len(headers)))}")
    return "\n\n".join([*blocks, wrapped(_left_out(question), width)]) + "\n"


def _about(question: Question) -> str:
    names = [neutral(policy.name) for policy in question.policies]
    whose = f"{names[1]} less {names[0]}" if len(names) == 2 else names[0]
    inputs = counted(len(question.inputs), "input")
    return (
        f"{whose} on {neutral(question.desk.scenario.name)}: {inputs} with a range, each at both ends of it while the "
        f"others stay ({counted(question.replications, 'replication')}, seed {question.seed}; the same customers, 95 % "
        "intervals); the largest effect first."
    )


def _left_out(question: Question) -> str:
    none = without_range(question.desk.scenario)
    if not none:
        return "Each assumed input has a range."
    return (
        f"Not tried: {counted(len(none), 'assumed input')} without a range (`times: [0.5, 2]` in `sources` gives one): "
        f"{listed([f'`{neutral(name)}`' for name in none], 'and')}."
    )


def _flipped(question: Question, found: OneAtATime) -> str:
    """What would change the decision."""
    if len(question.policies) == 1:
        return ""
    now = side_of(found.measure, found.now)
    told = [
        f"`{neutral(effect.input.name)}` times {end.factor:g} makes it `{side}`"
        for effect in found.effects
        for end in (effect.low, effect.high)
        if (side := turned(found.measure, found.now, end)) is not None
    ]
    if not told:
        return f"It is `{now}`, and no end of a range is seen to change that."
    return f"It is `{now}`, but {listed(told, 'and')}."


def _row(metric: Metric, effect: Effect, found: OneAtATime, *, paired: bool) -> list[list[str]]:
    most = found.effects[0].size or 1.0
    rows = []
    for number, end in enumerate((effect.low, effect.high)):
        verdict = [side_of(found.measure, end.outcome)] if paired else []
        name = neutral(effect.input.name) if not number else ""
        outcome, told = outcome_text(metric, end.outcome, paired=paired), _change(metric, end.change)
        rows.append([name, f"{end.factor:g}", outcome, told, *verdict, _bar(end, most)])
    return rows


def _flat(rows: Sequence[list[list[str]]]) -> list[list[str]]:
    return [row for both in rows for row in both]


def _bar(end: End, most: float) -> str:
    """A bar to the left where the outcome falls, to the right where it rises."""
    length = round(BAR / 2 * min(abs(end.change.value) / most, 1.0)) if end.change.value == end.change.value else 0
    left, right = ("=" * length, "") if end.change.value < 0 else ("", "=" * length)
    return f"{left:>{BAR // 2}}|{right:<{BAR // 2}}"


def outcome_text(metric: Metric, found: Estimate, *, paired: bool) -> str:
    """A value with half its interval, or, `paired`, a difference."""
    if paired:
        return _change(metric, found)
    return f"{figure(metric, found.value)} {margin_of(metric, found)}".rstrip()


def _change(metric: Metric, found: Estimate) -> str:
    told = change(metric, found.value) if found.is_symmetric else fine_change(metric, found.value)
    return f"{told} {margin_of_change(metric, found)}".rstrip()


def one_at_a_time_data(question: Question, found: Sequence[OneAtATime]) -> dict[str, Any]:
    """The same for programs."""
    paired = len(question.policies) == 2
    return _head(question) | {
        "measures": [
            {
                "measure": each.measure,
                "now": estimate_data(each.now) | ({"verdict": side_of(each.measure, each.now)} if paired else {}),
                "inputs": [
                    input_data(one.input)
                    | {"ends": [_end(each.measure, each.now, end, paired=paired) for end in (one.low, one.high)]}
                    for one in each.effects
                ],
            }
            for each in found
        ]
    }


def _end(measure: str, now: Estimate, end: End, *, paired: bool) -> dict[str, Any]:
    told = {"factor": end.factor, **estimate_data(end.outcome), "change": estimate_data(end.change)}
    return told | ({"verdict": side_of(measure, end.outcome), "turned": turned(measure, now, end)} if paired else {})


def screening_text(question: Question, found: Sequence[Screening], most: int, width: int) -> str:
    """Morris' figures for each measure, the largest first; ends with a line break."""
    names = [neutral(policy.name) for policy in question.policies]
    whose = f"{names[1]} less {names[0]}" if len(names) == 2 else names[0]
    walks = counted(found[0].walks, "walk")
    about = (
        f"{whose} on {neutral(question.desk.scenario.name)}: {walks} through the ranges of "
        f"{counted(len(question.inputs), 'input')} ({counted(question.replications, 'replication')} a step, seed "
        f"{question.seed}; Morris 1991). mu*: what the whole range changes, on average (± half its 95 % interval); "
        "mu: with its sign; sigma: how much it differs from step to step, by other inputs, bends and chance."
    )
    blocks = [wrapped(about, width)]
    for each in found:
        metric = BY_ID[each.measure]
        rows = [
            [neutral(one.input.name), _change_of(metric, one.size).lstrip("+"), margin(metric, one.half),
             _change_of(metric, one.mean), _change_of(metric, one.deviation).lstrip("+")]
            for one in each.inputs[:most]
        ]  # fmt: skip
        blocks.append(f"{each.measure}\n\n{fitted(rows, _MORRIS, 1, width, range(1, 5))}")
    return "\n\n".join([*blocks, wrapped(_left_out(question), width)]) + "\n"


def _change_of(metric: Metric, value: float) -> str:
    return change(metric, value)


def screening_data(question: Question, found: Sequence[Screening]) -> dict[str, Any]:
    """The same for programs."""
    return _head(question) | {
        "walks": found[0].walks,
        "measures": [
            {
                "measure": screening.measure,
                "inputs": [
                    input_data(one.input)
                    | {"mu_star": number_or_none(one.size), "half": number_or_none(one.half)}
                    | {"mu": number_or_none(one.mean), "sigma": number_or_none(one.deviation)}
                    | {"effects": [number_or_none(each) for each in one.effects.tolist()]}
                    for one in screening.inputs
                ],
            }
            for screening in found
        ],
    }


def _head(question: Question) -> dict[str, Any]:
    return {
        "scenario": question.desk.scenario.name,
        "policies": [policy.name for policy in question.policies],
        "seed": question.seed,
        "replications": question.replications,
        "without_range": list(without_range(question.desk.scenario)),
    }


def input_data(ranged: Ranged) -> dict[str, Any]:
    """An input for programs."""
    return {"input": ranged.name, "kind": ranged.kind, "times": [ranged.low, ranged.high]}


def estimate_data(found: Estimate) -> dict[str, Any]:
    """A value and its interval for programs."""
    return {name: number_or_none(getattr(found, name)) for name in ("value", "low", "high")}
