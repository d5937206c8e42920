"""The table of measures: every measure for everybody, policies side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...simulator.metrics import METRICS, Metric
from ..markup import Markup, element, joined
from ..readings import Readings
from .values import Column, change_text, changes_text, figure_text, policy_name, span_text

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Help": (
        "helped_rate", "helped_by_bot_rate", "time_to_help_p50_s", "time_to_help_p90_s", "helpful_reply_mean_s",
        "gave_up_rate", "lost_rate", "lost_value", "recontact_rate", "reopen_rate",
    ),
    "Asked how it went": ("csat_rate", "csat_all_rate", "ces_mean", "survey_reply_rate"),
    "Replies": (
        "first_human_reply_p50_s", "first_human_reply_p90_s", "first_human_reply_p50_business_s",
        "first_human_reply_p90_business_s", "later_reply_p50_s", "later_reply_p90_s", "resolution_p50_s",
        "resolution_p90_s",
    ),
    "Waiting": (
        "wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_mean_business_s", "wait_mean_s_all", "wait_p50_s_all",
        "wait_p90_s_all", "service_level", "service_level_of_served", "service_level_g1", "service_level_g2",
        "abandonment_rate", "blocked_rate", "open_rate",
    ),
    "The bot": (
        "bot_share", "deflection_rate", "containment_rate", "automated_resolution_rate", "resolved_by_answers_rate",
        "resolved_by_articles_rate", "automated_resolution_share", "false_deflection_true_rate",
        "false_deflection_observed_rate", "bot_loop_rate", "loop_turns_mean", "loop_lost_mean_s", "loop_left_rate",
        "stumble_rate", "asked_for_person_rate", "person_reached_rate", "turns_to_person_mean",
        "protected_automated_known", "protected_automated",
    ),
    "How the bot's part ended": (
        "ended_helped_confirmed_rate", "ended_helped_silent_rate", "ended_unhelped_silent_rate",
        "ended_handed_over_asked_rate", "ended_handed_over_rate", "ended_refused_rate", "ended_left_rate",
    ),
    "Routing": (
        "misroute_rate", "rule_placed_rate", "escalation_rate", "first_inbox_right_rate", "transfer_rate",
        "touches_mean",
    ),
    "Staffing": ("occupancy", "slot_utilisation", "handle_mean_s", "agent_hours"),
}  # fmt: skip
BETTER = {"higher": "higher is better", "lower": "lower is better", "none": "neither way is better in itself"}


def grouped() -> dict[str, list[Metric]]:
    """All measures by group; those that no group names come last."""
    home = {metric: group for group, ids in GROUPS.items() for metric in ids}
    groups: dict[str, list[Metric]] = {group: [] for group in (*GROUPS, "More")}
    for metric in METRICS:
        groups[home.get(metric.id, "More")].append(metric)
    order = {metric: place for ids in GROUPS.values() for place, metric in enumerate(ids)}
    return {
        group: sorted(metrics, key=lambda each: order.get(each.id, len(order)))
        for group, metrics in groups.items()
        if metrics
    }


def measure_title(metric: Metric) -> Markup:
    """A measure's title that unfolds to what it means, and says it when pointed at."""
    parts = [
        ("what is counted" if metric.denominator else "what it is", metric.numerator),
        ("divided by", metric.denominator),
        ("unit", {"s": "time", "h": "hours"}.get(metric.unit, metric.unit)),
        ("reads", BETTER[metric.better]),
    ]
    told = element("dl", *([element("dt", term), element("dd", text)] for term, text in parts if text))
    summary = element("summary", metric.title, title=f"{metric.definition}; {BETTER[metric.better]}")
    return element("details", summary, told, class_="definition")


def measures_table(readings: Readings) -> Markup:
    """The table, its measures in groups; without those that had nothing to count."""
    names, unseen = readings.experiment.names, readings.unseen()
    heads = [
        element(
            "th",
            policy_name(number, name),
            " (baseline)" if number == 0 and len(names) > 1 else None,
            scope="col",
            role="columnheader",
        )
        for number, name in enumerate(names)
    ]
    head = element(
        "thead",
        element("tr", element("th", "Measure", scope="col", role="columnheader"), heads, role="row"),
        role="rowgroup",
    )
    bodies = [
        element(
            "tbody",
            element(
                "tr",
                element("th", group, scope="rowgroup", colspan=str(len(names) + 1), role="rowheader"),
                class_="group",
                role="row",
            ),
            *_rows(readings, seen),
            role="rowgroup",
        )
        for group, metrics in grouped().items()
        if (seen := [metric for metric in metrics if metric not in unseen])
    ]
    caption = element("caption", "Measures for everybody, policies side by side", class_="unseen")
    return element("table", caption, head, bodies, class_="measures", role="table")


def _rows(readings: Readings, metrics: list[Metric]) -> Iterator[Markup]:
    for metric in metrics:
        head = element("th", measure_title(metric), element("code", metric.id), scope="row", role="rowheader")
        yield element("tr", head, Column(readings, metric).cells(), id=f"measure-{metric.id}", role="row")


def every_figure(readings: Readings) -> Markup:
    """All figures as one plain table: value, both intervals, replications, difference and verdict."""
    heads = (
        "measure",
        "policy",
        "value",
        "95 % interval of the mean",
        "nine replications of ten",
        "replications",
        "without a value",
        "difference",
        "its 95 % interval",
        "verdict",
    )
    rows = [row for metrics in grouped().values() for metric in metrics for row in _plain(Column(readings, metric))]
    head = element("thead", element("tr", *(element("th", each, scope="col") for each in heads)))
    return element("table", head, element("tbody", rows), class_="plain numbers")


def _plain(column: Column) -> Iterator[Markup]:
    metric = column.metric
    for number, (each, name) in enumerate(zip(column.estimates(), column.readings.experiment.names, strict=True)):
        difference = column.difference(number)
        cells = [
            figure_text(metric, each.value),
            span_text(metric, each.low, each.high),
            span_text(metric, each.week_low, each.week_high),
            str(each.n),
            str(each.nulls),
            "" if difference is None else change_text(metric, difference.difference),
            "" if difference is None else changes_text(metric, difference),
            "baseline" if difference is None else difference.verdict,
        ]
        about = element("th", element("code", metric.id), scope="row"), element("th", element("bdi", name), scope="row")
        yield element("tr", joined(*about), *(element("td", cell) for cell in cells))
