"""Tables by segment, by team and by group of agents: a few measures that tell them apart."""

from __future__ import annotations

from collections.abc import Iterator

from ...simulator.experiment import Part
from ...simulator.metrics import BY_ID, Metric
from ..markup import Markup, element
from ..readings import Readings
from .values import Column, policy_name

SEGMENT_MEASURES = ("helped_rate", "gave_up_rate", "lost_rate", "bot_loop_rate", "false_deflection_true_rate")
TEAM_MEASURES = ("service_level", "wait_p90_s", "abandonment_rate", "misroute_rate", "occupancy")
GROUP_MEASURES = ("occupancy", "slot_utilisation", "agent_hours")


def parts_table(readings: Readings, kind: str, measures: tuple[str, ...]) -> Markup:
    """A row for each part of a kind (`segment`, `team` or `group`) and policy, a column for each measure."""
    metrics = [BY_ID[measure] for measure in measures]
    parts = [part for part in readings.experiment.parts() if part[0] == kind]
    heads = [
        element(
            "th", metric.title, element("code", metric.id), scope="col", role="columnheader", title=metric.definition
        )
        for metric in metrics
    ]
    head = element(
        "thead",
        element("tr", element("th", kind.capitalize(), scope="col", role="columnheader"), heads, role="row"),
        role="rowgroup",
    )
    bodies = [
        element(
            "tbody",
            element(
                "tr",
                element(
                    "th", element("bdi", part[1]), scope="rowgroup", colspan=str(len(metrics) + 1), role="rowheader"
                ),
                class_="group",
                role="row",
            ),
            *_rows(readings, metrics, part),
            role="rowgroup",
        )
        for part in parts
    ]
    caption = element("caption", f"Measures by {kind} and policy", class_="unseen")
    return element("table", caption, head, bodies, class_=f"parts of-{len(metrics)}", role="table")


def _rows(readings: Readings, metrics: list[Metric], part: Part) -> Iterator[Markup]:
    columns = [Column(readings, metric, part).cells(brief=True) for metric in metrics]
    for number, name in enumerate(readings.experiment.names):
        cells = [column[number] for column in columns]
        yield element("tr", element("th", policy_name(number, name), scope="row", role="rowheader"), cells, role="row")
