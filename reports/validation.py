"""Cases of validation as people and programs read them: the table of rows, the list of models, a case's two files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from shlex import quote
from typing import Any

from ..simulator.validation import CASES, MODELS, Case, Effort, Row, parameters_of, words_of
from .export import number_or_none
from .text import grid, wrapped

HEADERS = ["measure", "exact", "estimate", "99.9 % interval", "half-width", "verdict"]
UNITS = (
    "Rates are per unit of time, whatever that is; lengths of time are in that unit. A number may be a "
    "fraction (10/3). A random time is a shape as scenarios write it, its times being numbers: "
    "`service='{shape: erlang, mean: 1, phases: 2}'`."
)


def rows_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows for programs; `half_width_limit` is in the unit of `exact`."""
    return [
        {
            "case": row.case,
            "measure": row.measure,
            "exact": number_or_none(row.exact),
            "estimate": number_or_none(row.estimate),
            "low": number_or_none(row.low),
            "high": number_or_none(row.high),
            "half_width_limit": number_or_none(row.half_width_limit),
            "pass": row.passes,
        }
        for row in rows
    ]


def rows_text(rows: Sequence[Row], width: int) -> str:
    """The rows under their cases, and how many pass; ends with a line break."""
    shown = [
        [
            f"  {row.measure}",
            _number(row.exact),
            _number(row.estimate),
            f"{_number(row.low)} .. {_number(row.high)}",
            f"{_percent(row.half_width, row.exact)} of {_percent(row.half_width_limit, row.exact)}",
            _verdict(row),
        ]
        for row in rows
    ]
    head, line, *table = grid(shown, HEADERS, right_from=1).splitlines()
    lines = [head, line]
    for case, same in groupby(zip(rows, table, strict=True), key=lambda each: each[0].case):
        lines += [case, *(text for _, text in same)]
    return "\n".join(lines) + f"\n\n{wrapped(summary(rows), width)}\n"


def summary(rows: Sequence[Row]) -> str:
    """How many rows pass, and which cases were run a second time."""
    cases = list(dict.fromkeys(row.case for row in rows))
    passed = sum(row.passes for row in rows)
    said = f"{passed} of {len(rows)} measures pass, in {counted(len(cases), 'case')}."
    again = second_tries(rows)
    return f"{said} {again}" if again else said


def second_tries(rows: Sequence[Row]) -> str:
    """Which cases were run a second time; empty where none was."""
    again = list(dict.fromkeys(row.case for row in rows if row.attempt > 1))
    if not again:
        return ""
    return f"Second try, with a fresh seed, whose answer counts: {', '.join(again)}."


def _verdict(row: Row) -> str:
    again = ", 2nd try" if row.attempt > 1 else ""
    if row.passes:
        return f"pass{again}"
    return f"FAIL{again}: {'too wide' if row.holds else 'exact value outside'}"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _percent(value: float, whole: float) -> str:
    return f"{100 * value / abs(whole):.2g} %" if whole else "-"


def counted(count: int, word: str, words: str = "") -> str:
    """A number with its noun; `words` is the plural where it is not made with an s."""
    return f"{count} {word if count == 1 else words or f'{word}s'}"


def list_text(width: int) -> str:
    """All models with their parameters, and the shipped cases."""
    blocks = [wrapped(UNITS, width, "")]
    for name, model in MODELS.items():
        lines = [wrapped(f"{name}: {model.about}", width)]
        for each in parameters_of(model):
            default = "" if each.default is None else f" [{each.default}]"
            lines.append(wrapped(f"  {each.name}={each.kind.form}{default}  {each.about}", width, "      "))
        blocks.append("\n".join(lines))
    longest = max(len(case.name) for case in CASES)
    shipped = [
        wrapped(f"  {case.name:<{longest}}  {words_text(case)}", width, " " * (longest + 4)) for case in CASES
    ]
    blocks.append("\n".join(["Shipped cases, which `deskdrill validate` runs:", *shipped]))
    return "\n\n".join(blocks) + "\n"


def words_text(case: Case) -> str:
    """A case's model and parameters as they are typed."""
    return " ".join([case.model.name, *map(quote, words_of(case.model))])


def papers_text(case: Case, effort: Effort, seed: int) -> str:
    """The scenario and the policy of a case, and how they are run by hand."""
    papers = case.papers(effort)
    return (
        f"# scenario.yaml: {words_text(case)}\n{papers.scenario_text}---\n# policy.yaml\n{papers.policy_text}"
        f"---\n# {run_command('', effort, seed)}\n"
    )


def run_command(folder: str, effort: Effort, seed: int) -> str:
    """What runs the two files of a case as it is run here."""
    files = " ".join(quote(f"{folder}{name}") for name in ("scenario.yaml", "policy.yaml"))
    return f"deskdrill run {files} --replications {effort.replications} --seed {seed}"
