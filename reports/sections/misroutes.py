"""Who was placed where: the right team against the first team, for each policy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...simulator.experiment import Experiment
from ..markup import Markup, element
from ..palette import HEAT_STEPS
from .values import policy_name


def misroute_matrices(experiment: Experiment) -> Markup:
    """A matrix for each policy; conversations are means over the replications."""
    teams, triage = tuple(experiment.scenario.teams), experiment.scenario.escalation.team
    tables = [
        _matrix(
            number,
            name,
            np.mean([summary.placements for summary in experiment.summaries[number]], axis=0),
            teams,
            triage,
        )
        for number, name in enumerate(experiment.names)
    ]
    return element("div", tables, class_="matrices")


def _matrix(number: int, name: str, placed: NDArray[np.float64], teams: tuple[str, ...], triage: str) -> Markup:
    title = element("caption", policy_name(number, name))
    if not placed.any():
        return element(
            "table",
            title,
            element("tbody", element("tr", element("td", "No conversation reached people.", class_="none"))),
            class_="matrix",
        )
    above = element(
        "tr",
        element("th", "right team", scope="col", rowspan="2"),
        element("th", "placed first in", scope="colgroup", colspan=str(len(teams)), class_="above"),
        element("th", "all", scope="col", rowspan="2"),
    )
    heads = [
        element("th", element("bdi", team), element("small", " (escalation)") if team == triage else None, scope="col")
        for team in teams
    ]
    return element(
        "table",
        title,
        element("thead", above, element("tr", heads)),
        element("tbody", *_rows(placed, teams, triage)),
        class_="matrix numbers",
    )


def _rows(placed: NDArray[np.float64], teams: tuple[str, ...], triage: str) -> Iterator[Markup]:
    for right, team in enumerate(teams):
        total = placed[right].sum()
        if not total:
            continue
        cells = [
            _cell(placed[right, first] / total, right == first, teams[first] == triage) for first in range(len(teams))
        ]
        yield element(
            "tr",
            element("th", element("bdi", team), scope="row"),
            cells,
            element("td", f"{total:,.0f}", class_="total"),
        )


def _cell(share: float, right: bool, triage: bool) -> Markup:
    kind = "right" if right else "triage" if triage else "wrong"
    told = element("span", "right team: ", class_="unseen") if right else None
    # The root lets small shares be seen beside large ones.
    return element("td", told, _percent(share), class_=f"{kind} h{int(np.ceil(HEAT_STEPS * np.sqrt(share)))}")


def _percent(share: float) -> str:
    """Whole per cent; what is not nothing is not shown as nothing."""
    text = f"{100 * share:.0f}%"
    return "0" if not share else "<1%" if text == "0%" else text
