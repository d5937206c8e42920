"""Targets and what each policy comes to: one row a target."""

from __future__ import annotations

from collections.abc import Iterator

from ...simulator.experiment import Experiment
from ...simulator.judging import Judgement
from ...simulator.metrics import BY_ID
from ..markup import Markup, element, joined
from ..readings import Readings
from ..target_words import counts_words, found_words, target_words
from ..targets import COSTS, Answer
from .values import figure_text, policy_name, span_text

_CLASSES = {"pass": "better", "fail": "worse", "cannot tell": "unsure"}
_SIGNS = {"pass": "✓\u00a0pass", "fail": "✗\u00a0fail", "cannot tell": "cannot tell"}


def targets_table(answer: Answer, experiment: Experiment) -> Markup:
    """The conclusion, a row for each target and a column for each policy, then what each policy costs."""
    names, readings = experiment.names, Readings(experiment)
    policies = [at for at, _ in answer.judged]
    heads = [element("th", policy_name(at, names[at]), scope="col") for at in policies]
    head = element("thead", element("tr", element("th", "target", scope="col"), heads))
    by_target = zip(*(judgements for _, judgements in answer.judged), strict=True)
    rows = [
        element("tr", element("th", target_words(target), scope="row"), [_cell(each) for each in found])
        for target, found in zip(answer.targets.must, by_target, strict=True)
    ]
    sums = [element("td", element("b", counts_words(judgements))) for _, judgements in answer.judged]
    total = element("tr", element("th", "all of them", scope="row"), sums)
    body = element("tbody", rows, total, [element("tr", *_cost(readings, each, policies)) for each in COSTS])
    caption = element("caption", "Targets and what each policy comes to", class_="unseen")
    return joined(
        element("p", element("b", answer.conclusion), dir="auto"),
        element("div", element("table", caption, head, body, class_="plain"), class_="scroll"),
    )


def _cell(each: Judgement) -> Markup:
    verdict = element("span", _SIGNS[each.verdict], class_=f"verdict {_CLASSES[each.verdict]}")
    return element("td", verdict, element("br"), found_words(each))


def _cost(readings: Readings, measure: str, policies: list[int]) -> Iterator[Markup]:
    metric = BY_ID[measure]
    yield element("th", metric.title, scope="row")
    for at in policies:
        found = readings.estimate(at, measure)
        span = f" ({span_text(metric, found.low, found.high)})" if found.low < found.high else ""
        yield element("td", figure_text(metric, found.value), span)
