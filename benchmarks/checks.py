"""Whether an engine's answers are right; its speed counts only if they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from answers import Answers, Records
from workloads import FloatArray, OneTeam, erlang_a

CONFIDENCE = .999
BATCHES = 30
# An interval wider than this, as a share of the exact value, would accept a wrong engine.
WIDEST = .35
NEARLY_EQUAL = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """`right`, and a line that says why."""

    right: bool
    text: str


def together(parts: Sequence[Verdict]) -> Verdict:
    """Right if all the parts are."""
    return Verdict(all(part.right for part in parts), "; ".join(part.text for part in parts))


def against_erlang_a(runs: Sequence[Records], workload: OneTeam) -> Verdict:
    """The mean wait and the share abandoned, each with the exact value inside its interval.

    The interval is made of 30 batch means a run, all runs together.
    """
    exact = erlang_a(workload.per_min, 1.0, 1 / workload.mean_patience_min, workload.agents)
    measures = (
        ("mean wait", exact.mean_wait_min, [records.wait_min for records in runs]),
        ("abandoned", exact.share_abandoned, [records.abandoned.astype(np.float64) for records in runs]),
    )
    parts = []
    for name, value, columns in measures:
        means = np.array([batch.mean() for column in columns for batch in np.array_split(column, BATCHES)])
        half_width = _t_quantile(len(means) - 1, CONFIDENCE) * float(means.std(ddof=1)) / math.sqrt(len(means))
        right = abs(float(means.mean()) - value) <= half_width <= WIDEST * value
        parts.append(Verdict(right, f"{name} {means.mean():.5f} ± {half_width:.5f} (exact {value:.5f})"))
    return together(parts)


def against_same_draws(figures: Sequence[Answers], textbook: Sequence[Answers]) -> Verdict:
    """Every figure equal to textbook SimPy's for the very same columns, but for rounding; run by run."""
    names = textbook[0].names()
    worst = 0.0
    for ours, theirs in zip(figures, textbook, strict=True):
        if ours.names() != names:
            return Verdict(False, "figures for other teams than textbook SimPy's")
        found, expected = ours.figures(), theirs.figures()
        differences = np.abs(found - expected) / np.maximum(np.abs(expected), 1e-12)
        # Not `>`: a figure that is not a number is wrong too.
        wrong = np.flatnonzero(~(differences <= NEARLY_EQUAL))
        if wrong.size:
            at = wrong[0]
            return Verdict(False, f"{names[at]} {found[at]:.6f}, textbook SimPy {expected[at]:.6f} for the same draws")
        worst = max(worst, float(differences.max()))
    return Verdict(True, f"{len(names)} figures of textbook SimPy for the same draws, to {worst:.0e}")


def against_other_seeds(figures: Sequence[Answers], textbook: Sequence[Answers]) -> Verdict:
    """Every mean over the seeds within its interval around textbook SimPy's, all of them jointly at the confidence.

    The spread is that of textbook SimPy's seeds, of which there should be many; an engine may have run fewer.
    """
    names = textbook[0].names()
    if any(answer.names() != names for answer in figures):
        return Verdict(False, "figures for other teams than textbook SimPy's")
    found = np.array([answer.figures() for answer in figures])
    expected = np.array([answer.figures() for answer in textbook])
    quantile = _t_quantile(len(expected) - 1, 1 - (1 - CONFIDENCE) / len(names))
    spread: FloatArray = expected.std(axis=0, ddof=1)
    half_widths = quantile * spread * math.sqrt(1 / len(found) + 1 / len(expected))
    differences = found.mean(axis=0) - expected.mean(axis=0)
    outside = np.flatnonzero(~(np.abs(differences) <= half_widths))
    shown = outside[0] if outside.size else names.index("mean wait")
    text = f"{names[shown]} {found.mean(axis=0)[shown]:.4f}, textbook SimPy {expected.mean(axis=0)[shown]:.4f}"
    return Verdict(not outside.size, f"{text} ± {half_widths[shown]:.4f} ({len(found)} and {len(expected)} seeds)")


def _t_quantile(degrees: int, confidence: float) -> float:
    # Imported here: a process that measures its memory should not hold scipy.
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + confidence) / 2))
