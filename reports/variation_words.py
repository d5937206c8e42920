"""What other values change, in words, as a table, and for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from ..rules.wording import counted, listed
from ..simulator.metrics import BY_ID
from ..simulator.variation import Change, Variation, changes_of, mean_of
from ..simulator.varying import shown
from .export import no_formula, number_or_none
from .figures import change, figure, fine_change, margin_of_change
from .terminal import neutral
from .text import fitted, wrapped

UNCHANGED = "as it is"
COLUMNS = ("policy", "measure", "value", "low", "high", "difference", "difference_low", "difference_high", "sure")


def variation_text(variation: Variation, measures: Sequence[str], width: int) -> str:
    """A table for each policy: a row a point, a column a measure; ends with a line break."""
    changes, names = changes_of(variation, measures), [f"`{neutral(vary.name)}`" for vary in variation.varies]
    blocks = []
    for policy, name in enumerate(variation.unchanged.names):
        mine = {(each.point, each.measure): each for each in changes if each.policy == name}
        points = range(len(variation.points))
        means = [mean_of(variation.unchanged, policy, measure) for measure in measures]
        columns = [
            [figure(BY_ID[name_], mean.value), *(_cell(mine[point, name_]) for point in points)]
            for name_, mean in zip(measures, means, strict=True)
        ]
        keys = [
            [UNCHANGED, *(neutral(shown(values[vary])) for values in variation.points)] for vary in variation.varies
        ]
        heads = [neutral(each) for each in _short(variation)]
        rows = list(zip(*keys, *columns, strict=True))
        right = range(len(heads), len(heads) + len(measures))
        blocks += [neutral(name), fitted(rows, [*heads, *measures], len(heads), width, right)]
    many, seed = variation.unchanged.replications, variation.unchanged.seed
    scenario = neutral(variation.unchanged.scenario.name)
    about = (
        f"{counted(len(variation.points), 'combination')} of {listed(names, 'and')} on {scenario}, "
        f"{counted(many, 'replication')} each, seed {seed}. Beside each value its difference from the files as "
        "they are, paired on the same customers; * told from chance, Holm-adjusted for all combinations of a policy "
        "and measure."
    )
    if variation.rounded:
        whole = listed([f"`{neutral(vary.name)}`" for vary in variation.rounded], "and")
        about += f" Whole numbers of {whole} are rounded, to 1 at least: 1.25 times 1 agent is 1 agent."
    return "\n\n".join([wrapped(about, width), *blocks]) + "\n"


def _short(variation: Variation) -> list[str]:
    """The last names of what is varied, as many of each as tell it from the others."""
    paths = [vary.path for vary in variation.varies]
    found = []
    for path in paths:
        others = [other for other in paths if other != path]
        many = next(many for many in range(1, len(path) + 1) if path[-many:] not in [each[-many:] for each in others])
        found.append(".".join(path[-many:]))
    return found


def _cell(found: Change) -> str:
    metric = BY_ID[found.measure]
    of = found.difference
    told = change(metric, of.value) if of.is_symmetric else fine_change(metric, of.value)
    interval = margin_of_change(metric, of)
    difference = f"{told}: {interval[1:-1]}" if interval.startswith("(") else f"{told} {interval}".rstrip()
    return f"{figure(metric, found.mean.value)} ({difference}){'*' if found.is_sure else ' '}"


def variation_data(variation: Variation, measures: Sequence[str]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "scenario": variation.unchanged.scenario.name,
        "policies": list(variation.unchanged.names),
        "seed": variation.unchanged.seed,
        "replications": variation.unchanged.replications,
        "varied": [vary.name for vary in variation.varies],
        "rounded": [vary.name for vary in variation.rounded],
        "unchanged": [
            {"policy": name, "measure": measure, **_estimate(mean_of(variation.unchanged, policy, measure))}
            for policy, name in enumerate(variation.unchanged.names)
            for measure in measures
        ],
        "points": [
            {"values": {vary.name: values[vary] for vary in variation.varies}, "measures": list(measured)}
            for values, measured in zip(variation.points, _by_point(variation, measures), strict=True)
        ],
    }


def variation_csv(variation: Variation, measures: Sequence[str]) -> str:
    """A row for each point, policy and measure; the files as they are have empty values."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(no_formula, [*(vary.name for vary in variation.varies), *COLUMNS]))
    none = [""] * len(variation.varies)
    for each in variation_data(variation, measures)["unchanged"]:
        told = (each[name] for name in ("value", "low", "high"))
        writer.writerow(map(no_formula, [*none, each["policy"], each["measure"], *told, "", "", "", ""]))
    for values, measured in zip(variation.points, _by_point(variation, measures), strict=True):
        for found in measured:
            row = [values[vary] for vary in variation.varies]
            writer.writerow(map(no_formula, [*row, *(found[name] for name in COLUMNS)]))
    return file.getvalue()


def _by_point(variation: Variation, measures: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    changes = changes_of(variation, measures)
    for point in range(len(variation.points)):
        yield [_change(each) for each in changes if each.point == point]


def _change(found: Change) -> dict[str, Any]:
    return {
        "policy": found.policy,
        "measure": found.measure,
        **_estimate(found.mean),
        "difference": number_or_none(found.difference.value),
        "difference_low": number_or_none(found.difference.low),
        "difference_high": number_or_none(found.difference.high),
        "sure": found.is_sure,
    }


def _estimate(found: Any) -> dict[str, float | None]:
    return {name: number_or_none(getattr(found, name)) for name in ("value", "low", "high")}
