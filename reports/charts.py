"""Charts as Vega-Lite specifications: plain dictionaries with their data in them, in the palette's light colours."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from math import isnan
from typing import Any

from ..quantities import format_duration
from .flows import PATHS, Flow
from .markup import clean
from .palette import OUTCOMES, PAGE, policy_colour
from .week import FloatArray, Week, closed_spans

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDE, NARROW = 860, 330
"""Widths of a whole chart in pixels: for a page, and for a phone."""
_INK, _MUTED, _LINE, _CLOSED, _ON_FILL = (PAGE[name][0] for name in ("ink", "muted", "line", "closed", "on-fill"))
_TICKS = {
    0: "0",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3600: "1 h",
    6 * 3600: "6 h",
    86400: "1 day",
    4 * 86400: "4 days",
    14 * 86400: "2 weeks",
}
_DASHES: tuple[list[int], ...] = ([1, 0], [1, 0], [6, 3], [2, 3], [8, 3, 2, 3])
_FONT = "system-ui, sans-serif"
_SMALL = 12
_CHARACTER_PX = 6.6
_NAME_PX = 320


def waits_chart(week: Week, width: int = WIDE) -> Spec:
    """Mean wait and the wait of nine in ten by hour of the week, one panel each, a line for each policy.

    Closed hours are grey, and a line marks the end of the warm-up. The wide one says at every hour what it holds, in
    the descriptions of unseen strips.
    """
    wide = width >= WIDE
    left, height = 56, 170 if wide else 150
    panels = (("Mean wait", week.mean_s), ("Nine in ten waited at most", week.p90_s))
    highest = max((float(value) for _, waits in panels for value in waits.flat if not isnan(value)), default=60.0)
    values = [
        [
            {"hour": hour + 0.5, "wait_s": None if isnan(wait_s) else round(float(wait_s), 2), "policy": number}
            for number in range(len(week.names))
            for hour, wait_s in enumerate(waits[number])
        ]
        for _, waits in panels
    ]
    frame = {"width": width - left - 8, "height": height}
    x = {"type": "quantitative", "scale": {"domain": [0, week.hours], "nice": False}, "axis": None}
    panel = {**frame, "encoding": {"x": {"field": "hour", **x}}}
    return {
        **_top(8),
        "vconcat": [
            {
                **panel,
                "title": {
                    "text": title,
                    "anchor": "start",
                    "frame": "group",
                    "fontSize": 13,
                    "fontWeight": 600,
                    "color": _INK,
                    "offset": 8,
                },
                "layer": [
                    *_week_layers(week, height, wide),
                    *_lines(week, rows, highest),
                    *([_hover(week, waits, height, f"shown-{place}")] if wide else []),
                ],
            }
            for place, ((title, waits), rows) in enumerate(zip(panels, values, strict=True))
        ],
        "spacing": 26,
    }


def flows_chart(names: tuple[str, ...], flows: tuple[tuple[Flow, ...], ...], width: int = WIDE) -> Spec:
    """Shares of all conversations by how they ended, a bar for each policy; a line above it holds those with a bot."""
    wide = width >= WIDE
    step, bar, top = 88, 30, 42
    rows = [
        {
            "from": flow.starts,
            "to": flow.starts + flow.share,
            "middle": flow.starts + flow.share / 2,
            "y": number * step + top,
            "y2": number * step + top + bar,
            "label": _fitting(flow.share, width * flow.share),
            "outcome": flow.outcome,
            "told": clean(f"{name}: {flow.words}, {100 * flow.share:.1f}% of conversations"),
        }
        for number, (name, each) in enumerate(zip(names, flows, strict=True))
        for flow in each
    ]
    x: Spec = {"type": "quantitative", "scale": {"domain": [0, 1], "nice": False}, "axis": None}
    place: Spec = {"y": {"field": "y", "type": "quantitative", "scale": None, "axis": None}}
    colour: Spec = {
        "field": "outcome",
        "type": "nominal",
        "scale": {"domain": list(OUTCOMES), "range": [pair[0] for pair in OUTCOMES.values()]},
        "legend": None,
    }
    between = {"x": {"field": "from", **x}, "x2": {"field": "to"}}
    return {
        **_top(1),
        "width": width - 4,
        "height": step * len(names),
        "data": {"values": rows},
        "layer": [
            {
                "name": "shown",
                "mark": {"type": "rect", "stroke": PAGE["paper"][0], "strokeWidth": 1},
                "encoding": {
                    **place,
                    "y2": {"field": "y2"},
                    **between,
                    "color": colour,
                    "description": {"field": "told"},
                },
            },
            {
                "mark": {
                    "type": "text",
                    "color": _ON_FILL,
                    "fontSize": _SMALL,
                    "fontWeight": 600,
                    "yOffset": bar // 2,
                    "baseline": "middle",
                },
                "encoding": {**place, "x": {"field": "middle", **x}, "text": {"field": "label"}},
            },
            *_brackets(names, flows, step, top, wide, place, x),
        ],
    }


def cut_to_fit(name: str) -> str:
    """A name as a chart has room for it: what is too long ends in `…`, never within what people see as one character.

    >>> cut_to_fit("a policy whose name goes on and on without an end")
    'a policy whose name goes on and on with…'
    """
    from wcwidth import iter_graphemes

    # Vega cuts a text of its own accord only if told its room, and then also between the halves of an emoji.
    parts = list(iter_graphemes(name))
    ends = list(accumulate(map(_pixels, parts)))
    if not ends or ends[-1] <= _NAME_PX:
        return name
    return "".join(parts[: bisect(ends, _NAME_PX - _pixels("…"))]) + "…"


def _pixels(character: str) -> float:
    """About how wide a character of a name is drawn."""
    from wcwidth import width

    return 13.0 if width(character) > 1 else 10.5 if character[0].isupper() else 8.0


def _brackets(
    names: tuple[str, ...], flows: tuple[tuple[Flow, ...], ...], step: int, top: int, wide: bool, place: Spec, x: Spec
) -> list[Spec]:
    """A policy's name, and over its bar how much met the bot and how much did not."""
    gap = 0.002 if wide else 0.005
    titles = [
        {"from": 0, "y": number * step + 12, "text": cut_to_fit(clean(name))} for number, name in enumerate(names)
    ]
    spans = [
        {
            "from": min(flow.starts for flow in chosen) + gap,
            "to": max(flow.starts + flow.share for flow in chosen) - gap,
            "y": number * step + top - 4,
            "text": f"{words} {100 * share:.0f}%" if share > (0.2 if wide else 0.34) else "",
            "anchor": "start" if path == "bot" else "end",
        }
        for number, each in enumerate(flows)
        for path, words in PATHS.items()
        if (chosen := [flow for flow in each if flow.path == path])
        if (share := sum(flow.share for flow in chosen))
    ]
    named: Spec = {
        "data": {"values": titles},
        "mark": {
            "type": "text",
            "align": "left",
            "fontSize": 13,
            "fontWeight": 600,
            "color": _INK,
            "baseline": "middle",
        },
        "encoding": {**place, "x": {"field": "from", **x}, "text": {"field": "text"}},
    }
    ruled: Spec = {
        "data": {"values": spans},
        "mark": {"type": "rule", "color": _MUTED, "strokeWidth": 1.5},
        "encoding": {**place, "x": {"field": "from", **x}, "x2": {"field": "to"}},
    }
    told = [
        {
            "data": {"values": [span for span in spans if span["anchor"] == anchor]},
            "mark": {
                "type": "text",
                "align": align,
                "fontSize": _SMALL,
                "color": _MUTED,
                "baseline": "bottom",
                "yOffset": -3,
            },
            "encoding": {**place, "x": {"field": field, **x}, "text": {"field": "text"}},
        }
        for anchor, align, field in (("start", "left", "from"), ("end", "right", "to"))
    ]
    return [named, ruled, *told]


def _fitting(share: float, pixels: float) -> str:
    text = f"{100 * share:.0f}%"
    return text if len(text) * _CHARACTER_PX + 8 < pixels else ""


def _week_layers(week: Week, height: int, wide: bool) -> list[Spec]:
    """Closed hours, midnights, the end of the warm-up, and the names of the days."""
    days = [
        {"hour": day, "middle": (day + after) / 2, "name": week.labels[day][: 3 if wide else 2]}
        for day, after in zip(week.days, (*week.days[1:], week.hours), strict=True)
    ]
    closed = [{"hour": first, "until": after} for first, after in closed_spans(week.closed)]
    full = {"y": {"value": 0}, "y2": {"value": height}}
    return [
        {
            "data": {"values": closed},
            "mark": {"type": "rect", "color": _CLOSED},
            "encoding": {"x2": {"field": "until"}, **full},
        },
        {"data": {"values": days}, "mark": {"type": "rule", "color": _LINE}, "encoding": full},
        {
            "data": {"values": [{"hour": week.left_out}] if week.left_out else []},
            "mark": {"type": "rule", "color": _INK, "strokeDash": [4, 3], "strokeWidth": 1.5},
            "encoding": full,
        },
        {
            "data": {"values": days},
            "mark": {"type": "text", "color": _MUTED, "fontSize": _SMALL, "baseline": "top", "y": height + 5},
            "encoding": {"x": {"field": "middle", "type": "quantitative"}, "text": {"field": "name"}},
        },
    ]


def _lines(week: Week, rows: list[Spec], highest: float) -> list[Spec]:
    """Lines of the policies over lines across, on an axis of lengths of time."""
    ticks = [seconds for seconds in _TICKS if seconds <= highest] or [0, 10]
    numbers = list(range(len(week.names)))
    y = {
        "field": "wait_s",
        "type": "quantitative",
        # Seconds by day and hours by night on one axis; symlog, unlike log, has a nought.
        "scale": {"type": "symlog", "constant": 5, "domain": [0, max(highest, ticks[-1])], "nice": False},
        "axis": None,
    }
    dashes = [_DASHES[number % len(_DASHES)] for number in numbers]
    # Broad below narrow: lines that run together are both seen.
    widths = [4.5 if number == 0 < numbers[-1] else 1.8 for number in numbers]
    lines = {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeCap": "round", "strokeJoin": "round"},
        "encoding": {
            "y": y,
            "color": {
                "field": "policy",
                "type": "nominal",
                "scale": {"domain": numbers, "range": [policy_colour(n) for n in numbers]},
                "legend": None,
            },
            "strokeWidth": {
                "field": "policy",
                "type": "nominal",
                "scale": {"domain": numbers, "range": widths},
                "legend": None,
            },
            "strokeDash": {
                "field": "policy",
                "type": "nominal",
                "scale": {"domain": numbers, "range": dashes},
                "legend": None,
            },
        },
    }
    # Drawn as marks: an axis would hide its grid behind the closed hours, and leave out every other label.
    marks = {"values": [{"wait_s": seconds, "label": _TICKS[seconds]} for seconds in ticks]}
    at = {"field": "wait_s", "type": "quantitative", "axis": None}
    grid: Spec = {
        "data": marks,
        "mark": {"type": "rule", "color": _LINE},
        "encoding": {"x": {"value": 0}, "x2": {"value": "width"}, "y": at},
    }
    told: Spec = {
        "data": marks,
        "mark": {"type": "text", "color": _MUTED, "fontSize": _SMALL, "align": "right", "baseline": "middle", "x": -6},
        "encoding": {"x": {"value": -6}, "y": at, "text": {"field": "label"}},
    }
    return [grid, told, lines]


def _hover(week: Week, waits: FloatArray, height: int, name: str) -> Spec:
    """An unseen strip for each hour that says what it holds."""
    strips = [
        {
            "hour": hour,
            "until": hour + 1,
            "told": clean(f"{label}: {'; '.join(map(_told, week.names, waits[:, hour]))}"),
        }
        for hour, label in enumerate(week.labels)
    ]
    return {
        # Names are unique: Vega-Lite takes two layers of one name for the same data.
        "name": name,
        "data": {"values": strips},
        "mark": {"type": "rect", "opacity": 0},
        "encoding": {
            "x2": {"field": "until"},
            "y": {"value": 0},
            "y2": {"value": height},
            "description": {"field": "told"},
        },
    }


def _told(policy: str, wait_s: float) -> str:
    return f"{policy} {'nobody' if isnan(wait_s) else format_duration(float(wait_s))}"


def _top(left: int) -> Spec:
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": {"left": left, "right": 2, "top": 4, "bottom": 4},
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
        },
    }
