"""What a person reads of an experiment: sentences first, then tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from statistics import median
from typing import Literal

from ..simulator.experiment import OVERALL, Experiment, Part, Verdict
from ..simulator.metrics import BY_ID, METRICS, Metric
from .counted import what_counts
from .figures import change, ends, figure, fine_change, margin_of, margin_of_change
from .mismatches import notes_beside
from .next_steps import Listing, next_of, offers_of
from .readings import Readings
from .sentences import caution, headline, policy_sentence

SEGMENT_MEASURES = (
    "helped_rate",
    "gave_up_rate",
    "lost_rate",
    "time_to_help_p50_s",
    "bot_loop_rate",
    "false_deflection_true_rate",
    "protected_automated",
)
GROUP_MEASURES = ("occupancy", "slot_utilisation", "agent_hours")
TEAM_MEASURES = ("wait_p90_s", "service_level", "abandonment_rate", "misroute_rate", "occupancy")
_FEW = " (from end to end where fewer than ten cases were counted)"
_BETTER = {"higher": "high", "lower": "low", "none": ""}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as text and half its interval (`±0.4`, or empty). `verdict` tells it from the baseline's; `None` where
    there is nothing to tell it from. `nulls` is the number of replications in which the measure had no value.
    """

    text: str
    margin: str = ""
    verdict: Verdict | None = None
    nulls: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is about, then a cell for each column."""

    keys: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `keys` are the headings of its rows' keys, `columns` those of their cells.

    `about` says how to read it, `unseen` names the measures that are left out because there was nothing to count,
    `more` says what else there is.
    Verdicts belong beside the cells if `kind` is `differences`; in tables of `parts`, of
    segments or teams, a cell that differs from the baseline's is marked, and there is no room for intervals.
    """

    title: str
    about: str
    kind: Literal["overall", "differences", "parts"]
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unseen: tuple[str, ...] = ()
    more: str = ""

    def footnotes(self, replications: int) -> tuple[str, ...]:
        """What is left out, what had no value in how many replications, a note for each column and number, and what
        more there is.
        """
        missing: dict[tuple[str, int], dict[str, list[str]]] = {}
        for row in self.rows:
            for column, cell in zip(self.columns, row.cells, strict=True):
                if cell.nulls:
                    missing.setdefault((column, cell.nulls), {}).setdefault(row.keys[0], []).append(row.keys[-1])
        left_out = (f"left out, as there was nothing to count: {', '.join(self.unseen)}",) if self.unseen else ()
        return left_out + tuple(
            f"{column}: no value in {nulls} of {replications} replications: {self._listed(measures)}"
            for (column, nulls), measures in missing.items()
        ) + ((self.more,) if self.more else ())

    def _listed(self, measures: Mapping[str, list[str]]) -> str:
        return ", ".join(self._named(measure, parts) for measure, parts in measures.items())

    def _named(self, measure: str, parts: list[str]) -> str:
        is_all = len(parts) == sum(row.keys[0] == measure for row in self.rows)
        return measure if is_all else f"{measure} ({', '.join(parts)})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """An experiment in words and tables.

    `headline` is what to know first, `sentences` has one for each policy in order, `counted` says what of the runs the
    figures are about, `caution` what the intervals do not cover, `notes` what is odd about the scenario or comes to
    nothing of a policy, `next_steps` what to do about what the bots offer and what to automate next; `details` are the
    tables behind that. The first policy is the baseline.
    """

    scenario: str
    policies: tuple[str, ...]
    seed: int
    replications: int
    headline: str
    sentences: tuple[str, ...]
    counted: str
    caution: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]
    next_steps: tuple[str, ...]
    details: tuple[Table, ...]


def comparison_of(experiment: Experiment) -> Comparison:
    """What to read of an experiment of one policy or several."""
    readings = Readings(experiment)
    listings = [*offers_of(experiment), *next_of(experiment)]
    return Comparison(
        scenario=experiment.scenario.name,
        policies=experiment.names,
        seed=experiment.seed,
        replications=experiment.replications,
        headline=headline(readings),
        sentences=tuple(policy_sentence(readings, policy) for policy in range(len(experiment.policies))),
        counted=what_counts(experiment),
        caution=caution(readings),
        notes=tuple(map(str, notes_beside(experiment))),
        tables=(
            *([_overall(readings), _differences(readings)] if len(experiment.policies) > 1 else [_of_one(readings)]),
            _by_part(readings, "segment", SEGMENT_MEASURES, readings.segments),
            _by_part(readings, "team", TEAM_MEASURES, readings.teams),
            *([_by_part(readings, "group", GROUP_MEASURES, readings.groups)] if readings.groups else []),
        ),
        next_steps=tuple(each.sentence for each in listings),
        details=tuple(map(_listed, listings)),
    )


def _listed(listing: Listing) -> Table:
    """A listing as a table of text."""
    names = tuple(heading.title for heading in (*listing.first, *listing.headings))
    rows = tuple(
        Row((name, said), tuple(Cell(told.text, f"({told.ends})" if told.ends else "") for told in figures))
        for name, said, figures in listing.rows
    )
    about = f"{listing.about} {'; '.join(f'{each.title}: {each.about}' for each in listing.headings)}"
    return Table(f"{listing.title}, {listing.policy}", about, "overall", names[:2], names[2:], rows)


def _overall(readings: Readings) -> Table:
    rows = tuple(Row((metric.id,), tuple(_cells(readings, metric, OVERALL))) for metric in _seen(readings))
    about, names = f"mean ± half its 95 % interval{_FEW}", readings.experiment.names
    return Table("Overall", about, "overall", ("measure",), names, rows, _unseen(readings))


def _seen(readings: Readings) -> Iterator[Metric]:
    unseen = readings.unseen()
    return (metric for metric in METRICS if metric not in unseen)


def _unseen(readings: Readings) -> tuple[str, ...]:
    return tuple(metric.id for metric in readings.unseen())


def _of_one(readings: Readings) -> Table:
    """The mean of the only policy, and, of several replications, their range."""
    rows, several = [], readings.experiment.replications > 1
    for metric in _seen(readings):
        found = readings.estimate(0, metric.id)
        weeks = " to ".join(ends(metric, found.week_low, found.week_high))
        cell = Cell(figure(metric, found.value) if isnan(found.value) else weeks)
        cells = [*_cells(readings, metric, OVERALL), *([cell] if several else [])]
        rows.append(Row((metric.id, _BETTER[metric.better]), tuple(cells)))
    about = f"mean ± half its 95 % interval{_FEW}"
    if several:
        about += ", and the range that holds nine replications of ten"
    keys, columns = ("measure", "better"), (readings.experiment.names[0], *(["nine of ten"] if several else []))
    return Table("Overall", about, "overall", keys, columns, tuple(rows), _unseen(readings))


def _differences(readings: Readings) -> Table:
    rows = []
    for metric in _seen(readings):
        cells = []
        for policy in range(1, len(readings.experiment.policies)):
            found = readings.difference(policy, metric.id)
            # Beside two ends, which have two digits at least, it has as many.
            told = change if found.kind == "t" else fine_change
            cells.append(Cell(told(metric, found.difference), margin_of_change(metric, found), found.verdict))
        rows.append(Row((metric.id,), tuple(cells)))
    baseline, *others = readings.experiment.names
    about = (
        f"the same customers met each policy{_pairing(readings)}; ± half the 95 % interval; verdicts Holm-adjusted "
        "within this table"
    )
    return Table(f"Difference from {baseline}", about, "differences", ("measure",), tuple(others), tuple(rows))


def _pairing(readings: Readings) -> str:
    """What that is worth: the median over the measures."""
    medians = []
    for policy in range(1, len(readings.experiment.policies)):
        gains = [readings.difference(policy, metric.id).pairing for metric in _seen(readings)]
        known = [gain for gain in gains if not isnan(gain)]
        if known:
            medians.append(f"{median(known):.1f}")
    if not medians:
        return ""
    least, most = min(medians, key=float), max(medians, key=float)
    times = least if least == most else f"{least} to {most}"
    return f" (different ones would take {times} times the replications, the median over measures)"


def _by_part(readings: Readings, kind: str, measures: Iterable[str], parts: Iterable[str]) -> Table:
    rows = tuple(
        Row((measure, part), tuple(_cells(readings, BY_ID[measure], (kind, part))))
        for measure in measures
        for part in parts
    )
    names = readings.experiment.names
    starred = f"; * differs from {names[0]}, Holm-adjusted within the {kind}" if len(names) > 1 else ""
    visits = "; a visit to its inbox waits by itself, while overall a conversation's waits are added up"
    about = f"means{starred}{visits if kind == 'team' else ''}"
    return Table(f"By {kind}", about, "parts", ("measure", kind), names, rows)


def _cells(readings: Readings, metric: Metric, part: Part) -> Iterator[Cell]:
    for policy in range(len(readings.experiment.policies)):
        found = readings.estimate(policy, metric.id, part)
        verdict = readings.difference(policy, metric.id, part).verdict if policy else None
        yield Cell(figure(metric, found.value), margin_of(metric, found), verdict, found.nulls)
