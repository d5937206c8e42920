"""A value as a cell shows it: the number, its interval, the interval drawn, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose, isfinite, isnan

from ...simulator.experiment import OVERALL, Difference, Part
from ...simulator.intervals import Estimate
from ...simulator.metrics import Metric
from ..figures import change, ends, figure, fine_change
from ..markup import Markup, element
from ..palette import POLICIES
from ..readings import Readings

_SIGNS = {"better": "▲", "worse": "▼", "higher": "↑", "lower": "↓"}
_MARGIN = 0.04


def policy_class(number: int) -> str:
    """The CSS class that gives something a policy's colour."""
    return f"p{number % len(POLICIES)}"


def swatch(number: int) -> Markup:
    """A mark in a policy's colour, to stand before its name."""
    return element("span", class_=f"swatch {policy_class(number)}", aria_hidden="true")


def policy_name(number: int, name: str) -> Markup:
    """A policy's name with its mark."""
    return element("span", swatch(number), element("bdi", name), class_="policy")


@dataclass(frozen=True, slots=True)
class Scale:
    """The common scale of a row of interval bars, in per cent of their width."""

    low: float
    high: float

    @classmethod
    def of(cls, row: Sequence[Estimate]) -> Scale | None:
        """From the lowest end of an interval to the highest; `None` where there is nothing to compare."""
        ends = [end for each in row for end in (each.low, each.value, each.high) if isfinite(end)]
        if sum(isfinite(each.value) for each in row) < 2 or isclose(min(ends), max(ends)):
            return None
        margin = _MARGIN * (max(ends) - min(ends))
        return cls(min(ends) - margin, max(ends) + margin)

    def place(self, value: float) -> float:
        """Where a value lies."""
        return 100 * (value - self.low) / (self.high - self.low)


def bar(own: Estimate, baseline: Estimate, scale: Scale, number: int) -> Markup | None:
    """The interval of a policy drawn over that of the baseline, both on the row's scale."""
    if not isfinite(own.value):
        return None
    band = _band(baseline, scale, "base", 0, 14) if isfinite(baseline.value) and number > 0 else None
    middle = element("circle", cx=f"{scale.place(own.value):.2f}%", cy="7", r="3.5", class_="dot")
    axis = element("line", x1="0", x2="100%", y1="7", y2="7", class_="axis")
    return element(
        "svg",
        axis,
        band,
        _band(own, scale, "own", 5, 4),
        middle,
        class_=f"bar {policy_class(number)}",
        height="14",
        aria_hidden="true",
    )


def _band(interval: Estimate, scale: Scale, kind: str, top: int, height: int) -> Markup:
    low, high = (interval.low, interval.high) if isfinite(interval.low) else (interval.value, interval.value)
    start, width = scale.place(low), max(scale.place(high) - scale.place(low), 0.6)
    return element("rect", x=f"{start:.2f}%", width=f"{width:.2f}%", y=str(top), height=str(height), class_=kind)


def typeset(text: str) -> str:
    r"""A figure with a true minus or dash and no line break inside.

    >>> typeset("-3.8 pp"), typeset("-")
    ('−3.8\xa0pp', '–')
    """
    if text == "-":
        return "–"
    return (f"−{text[1:]}" if text.startswith("-") else text).replace(" ", "\u00a0")


def figure_text(metric: Metric, value: float) -> str:
    """A value as the page shows it."""
    return typeset(figure(metric, value))


def span_text(metric: Metric, low: float, high: float) -> str:
    """From one value to another, within what can be; a dash where they are null."""
    return " to ".join(map(typeset, ends(metric, low, high))) if isfinite(low) else "–"


def change_text(metric: Metric, difference: float) -> str:
    """A difference as the page shows it."""
    return typeset(change(metric, difference))


def changes_text(metric: Metric, difference: Difference) -> str:
    """The interval of a difference; a dash where it is null."""
    if isnan(difference.low):
        return "–"
    return " to ".join(typeset(fine_change(metric, end)) for end in (difference.low, difference.high))


@dataclass(frozen=True, slots=True)
class Column:
    """A measure of a part, for all policies: what a table shows of it, policy by policy."""

    readings: Readings
    metric: Metric
    part: Part = OVERALL

    def estimates(self) -> tuple[Estimate, ...]:
        """The means, by policy."""
        return tuple(
            self.readings.estimate(number, self.metric.id, self.part)
            for number in range(len(self.readings.experiment.names))
        )

    def difference(self, number: int) -> Difference | None:
        """A policy against the baseline; `None` for the baseline itself."""
        return self.readings.difference(number, self.metric.id, self.part) if number else None

    def cells(self, brief: bool = False) -> list[Markup]:
        """A cell for each policy.

        Where space is short, differences are said only when pointed at. On a phone, a cell shows its label: the
        measure's title if brief, else the policy's name.
        """
        row, names = self.estimates(), self.readings.experiment.names
        scale = Scale.of(row)
        return [
            element(
                "td",
                element(
                    "div",
                    _verdict(self.difference(number)),
                    " ",
                    _value(self.metric, each),
                    class_="value",
                    data_label=self.metric.title if brief else name,
                ),
                bar(each, row[0], scale, number) if scale else None,
                element(
                    "div",
                    None if brief else _by(self.metric, self.difference(number)),
                    " ",
                    _interval(self.metric, each),
                    class_="ends",
                ),
                class_=policy_class(number),
                role="cell",
            )
            for number, (each, name) in enumerate(zip(row, names, strict=True))
        ]


def _value(metric: Metric, each: Estimate) -> Markup:
    return element("span", figure_text(metric, each.value), class_="number none" if isnan(each.value) else "number")


def _interval(metric: Metric, each: Estimate) -> Markup | None:
    """The interval of the mean; of null, in how many replications it was so."""
    if isnan(each.value):
        return (
            element("span", f"in {each.nulls} of {each.n} replications", class_="interval")
            if 0 < each.nulls < each.n
            else None
        )
    if isnan(each.low):
        return None
    if isclose(each.low, each.high):
        return element("span", "in every replication", class_="interval")
    weeks = f"nine replications of ten: {span_text(metric, each.week_low, each.week_high)}"
    return element("span", span_text(metric, each.low, each.high), class_="interval", title=weeks)


def _by(metric: Metric, difference: Difference | None) -> Markup | None:
    """By how much a policy differs from the baseline."""
    if difference is None or isnan(difference.difference) or difference.is_same:
        return None
    return element("span", change_text(metric, difference.difference), class_="by", title=_ends(metric, difference))


def _ends(metric: Metric, difference: Difference) -> str:
    by = change_text(metric, difference.difference)
    return f"difference from the baseline: {by} ({changes_text(metric, difference)}, 95 % interval)"


def _verdict(difference: Difference | None) -> Markup | None:
    """What the difference from the baseline comes to; nothing for the baseline."""
    if difference is None:
        return None
    if difference.is_same:
        return element("span", "the same", class_="verdict unsure")
    if difference.verdict == "cannot tell":
        return element("span", "cannot tell", class_="verdict unsure")
    sign = element("span", _SIGNS[difference.verdict], aria_hidden="true")
    return element("span", sign, f"\u00a0{difference.verdict}", class_=f"verdict {difference.verdict}")


def sentence_item(text: str, number: int, name: str) -> Markup:
    """A sentence about a policy as an item of a list, the name marked where the sentence begins with it."""
    told: list[Markup | str] = (
        [element("b", element("bdi", name)), text.removeprefix(name)] if text.startswith(name) else [text]
    )
    return element("li", swatch(number), element("span", told))
