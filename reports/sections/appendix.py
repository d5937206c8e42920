"""What the figures rest on: inputs and their sources, definitions, policies in words, seed, hashes and versions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from ... import __version__
from ...rules.describe import describe
from ...scenarios.scenario import Scenario
from ...simulator.experiment import Experiment
from ...simulator.metrics import METRICS
from ..counted import what_counts
from ..markup import Markup, element
from ..provenance import KINDS, provenance
from .measures import BETTER

_PACKAGES = ("simpy", "numpy", "scipy", "vl-convert-python")
_MEANING = {
    "measured": "taken from data of a real desk",
    "published": "taken from a published figure",
    "assumed": "set by judgement; change them and see what the verdicts do",
    "unmarked": "no source is named; treat them as assumed",
}


def inputs_tables(scenario: Scenario) -> Iterator[Markup]:
    """A table for each kind of source, the best founded first."""
    counts = provenance(scenario)
    for kind in KINDS:
        if not counts[kind]:
            continue
        yield element("h4", f"{kind.capitalize()}: {counts[kind]} of {counts.total()} inputs")
        yield element("p", f"{_MEANING[kind].capitalize()}.", class_="small")
        rows = [
            element("tr", element("th", element("code", path), scope="row"), element("td", source.text, dir="auto"))
            for path, source in scenario.sources.items()
            if source.kind == kind
        ]
        if rows:
            yield element(
                "table",
                _head("inputs", "source" if kind != "assumed" else "reason"),
                element("tbody", rows),
                class_="plain",
            )


def definitions_table() -> Markup:
    """All measures: what is counted, over what, which way is better."""
    rows = [
        element(
            "tr",
            element("th", element("code", metric.id), scope="row"),
            *(
                element("td", text)
                for text in (metric.title, metric.numerator, metric.denominator or "–", BETTER[metric.better])
            ),
        )
        for metric in METRICS
    ]
    return element(
        "table",
        _head("measure", "title", "what is counted", "divided by", "reads"),
        element("tbody", rows),
        class_="plain",
    )


def policies_in_words(experiment: Experiment) -> Iterator[Markup]:
    """Each policy in plain English, folded."""
    for policy in experiment.policies:
        yield element(
            "details", element("summary", element("bdi", policy.name)), element("pre", describe(policy), dir="auto")
        )


def origin(experiment: Experiment) -> Markup:
    """What has to be the same to get the same figures again."""
    hashes = [summary.population_hash for summary in experiment.summaries[0]]
    same = all([summary.population_hash for summary in each] == hashes for each in experiment.summaries)
    whose = "the same for every policy" if same else "not the same for every policy: the differences are not paired"
    shown = element(
        "details",
        element("summary", f"{len(hashes)}, {whose}"),
        element("ol", *(element("li", element("code", each)) for each in hashes), start="0"),
    )
    versions = ", ".join(f"{name} {found}" for name, found in _versions())
    facts: tuple[tuple[str, Markup | str], ...] = (
        ("scenario", experiment.scenario.name),
        ("policies", ", ".join(experiment.names)),
        ("seed", str(experiment.seed)),
        ("replications", str(experiment.replications)),
        ("what counts", what_counts(experiment)),
        ("population hashes", shown),
        ("versions", versions),
    )
    return element("dl", *([element("dt", name), element("dd", value)] for name, value in facts), class_="origin")


def _versions() -> Iterator[tuple[str, str]]:
    yield "deskdrill", __version__
    for package in _PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            yield package, "unknown"


def _head(*names: str) -> Markup:
    return element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
