"""The charts in the page: drawn for a page and for a phone, with a key, a sentence a policy, and the numbers."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

from ...quantities import format_duration
from ...simulator.experiment import Experiment
from ..charts import NARROW, WIDE, Spec, flows_chart, waits_chart
from ..drawing import drawn
from ..flows import OUTCOMES, Flow, flows_of, flows_sentence
from ..markup import Markup, element
from ..week import Week, week_of
from .values import policy_name, sentence_item

_TITLES = {"waits": "Waits over the week.", "flows": "Where conversations went."}


def waits_figure(experiment: Experiment) -> Markup:
    """Waits over the week."""
    week = week_of(experiment)
    key = [element("li", policy_name(number, name)) for number, name in enumerate(week.names)]
    key.append(element("li", element("span", class_="swatch closed", aria_hidden="true"), "nobody on duty"))
    if week.left_out:
        mark = element("span", class_="swatch begins", aria_hidden="true")
        key.append(element("li", mark, "the end of the warm-up: measures count from here"))
    return _figure(
        "waits",
        week.names,
        [waits_chart(week, WIDE), waits_chart(week, NARROW)],
        key,
        week.sentences(),
        _waits_table(week),
    )


def flows_figure(experiment: Experiment) -> Markup:
    """Where conversations went."""
    flows, names = flows_of(experiment), experiment.names
    ended = {flow.outcome for each in flows for flow in each}
    key = [
        element("li", element("span", class_=f"swatch block o-{outcome}", aria_hidden="true"), words)
        for outcome, words in OUTCOMES.items()
        if outcome in ended
    ]
    sentences = [flows_sentence(name, each) for name, each in zip(names, flows, strict=True)]
    charts = [flows_chart(names, flows, WIDE), flows_chart(names, flows, NARROW)]
    return _figure("flows", names, charts, key, sentences, _flows_table(names, flows))


def _figure(
    name: str, names: tuple[str, ...], charts: list[Spec], key: list[Markup], sentences: Iterable[str], table: Markup
) -> Markup:
    told = list(sentences)
    label = " ".join([_TITLES[name], *told])
    pictures = [
        drawn(spec, label, f"{name}-{class_}", class_) for spec, class_ in zip(charts, ("wide", "narrow"), strict=True)
    ]
    numbers = element(
        "details", element("summary", "The numbers"), element("div", table, class_="scroll"), class_="fold"
    )
    items = (sentence_item(each, number, policy) for number, (each, policy) in enumerate(zip(told, names, strict=True)))
    caption = element("figcaption", element("ul", *items, class_="sentences"))
    return element("figure", element("ul", key, class_="key"), pictures, caption, numbers, class_="chart")


def _waits_table(week: Week) -> Markup:
    columns = [
        (name, waits) for number, name in enumerate(week.names) for waits in (week.mean_s[number], week.p90_s[number])
    ]
    first = element(
        "tr",
        element("td"),
        *(element("th", element("bdi", name), scope="colgroup", colspan="2") for name in week.names),
    )
    second = element(
        "tr",
        element("th", "joined", scope="col"),
        *([element("th", "mean", scope="col"), element("th", "90 %", scope="col")] for _ in week.names),
    )
    rows = [
        element("tr", element("th", label, scope="row"), *(element("td", _length(waits[hour])) for _, waits in columns))
        for hour, label in enumerate(week.labels)
    ]
    return element("table", element("thead", first, second), element("tbody", rows), class_="plain numbers")


def _length(seconds: float) -> str:
    return "–" if isnan(seconds) else format_duration(float(seconds))


def _flows_table(names: tuple[str, ...], flows: tuple[tuple[Flow, ...], ...]) -> Markup:
    shares = [{(flow.path, flow.outcome): flow for flow in each} for each in flows]
    ways = list(dict.fromkeys((flow.path, flow.outcome, flow.words) for each in flows for flow in each))
    head = element(
        "tr",
        element("th", "conversations", scope="col"),
        *(element("th", element("bdi", name), scope="col") for name in names),
    )
    rows = [
        element(
            "tr",
            element("th", words, scope="row"),
            *(
                element("td", f"{100 * each[path, outcome].share:.1f}%" if (path, outcome) in each else "0")
                for each in shares
            ),
        )
        for path, outcome, words in ways
    ]
    return element("table", element("thead", head), element("tbody", rows), class_="plain numbers")
