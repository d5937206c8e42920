"""What ships, by name: scenarios, policies, measures, and the fields that rules may test."""

from __future__ import annotations

from ..rules.loading import load_policy, shipped
from ..rules.vocabulary import FIELDS
from ..scenarios.loading import load_scenario, shipped_scenarios
from ..simulator.metrics import BY_ID, METRICS, Metric
from .text import wrapped

_BETTER = {"higher": "higher is better", "lower": "lower is better", "none": "neither side is better"}


def catalogue_text(width: int) -> str:
    """Everything that ships, a line each."""
    groups = {
        "Scenarios": {name: load_scenario(name).about for name in shipped_scenarios()},
        "Policies": {name: load_policy(name).about or "" for name in shipped()},
        "Measures": {metric.id: f"{metric.title} ({metric.unit})" for metric in METRICS},
        "Fields that rules may test": {field.name: field.about for field in FIELDS.values()},
    }
    blocks = []
    for title, entries in groups.items():
        longest = max(map(len, entries))
        indent = " " * (longest + 4)
        lines = [wrapped(f"  {name:<{longest}}  {about}", width, indent) for name, about in entries.items()]
        blocks.append("\n".join([title, *lines]))
    return "\n\n".join([*blocks, "`deskdrill describe NAME` says more about a scenario, a policy or a measure."]) + "\n"


def describe_measure(name: str, width: int) -> str:
    """What a measure means: its unit, what is divided by what, and which way is better."""
    metric: Metric = BY_ID[name]
    lines = [
        f"Measure {metric.id}: {metric.title}.",
        f"Unit: {metric.unit}; {_BETTER[metric.better]}.",
        f"Numerator: {metric.numerator}.",
        f"Denominator: {metric.denominator}." if metric.denominator else "Not divided by anything.",
    ]
    return "\n".join(wrapped(line, width) for line in lines) + "\n"
