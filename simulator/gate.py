"""More replications until every target of a change is decided, without looking too often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .experiment import Experiment
from .judging import Judgement, Verdict, judged, simultaneous
from .replications import Replications
from .targets import Targets

FIRST_LOOK: Final = 20
MOST_REPLICATIONS: Final = 320
NEW: Final = 1
"""The policy that is judged; the one before it is the baseline."""


@dataclass(frozen=True, slots=True)
class Gated:
    """What became of a change: the replications of both policies, and what is said of each target."""

    experiment: Experiment
    targets: Targets
    judgements: tuple[Judgement, ...]
    level: float
    """Of each interval, so that all of them hold together at 95 %, at every look."""

    @property
    def verdict(self) -> Verdict:
        """`fail` if any target is missed, `pass` if all are reached."""
        verdicts = {each.verdict for each in self.judgements}
        return "fail" if "fail" in verdicts else "cannot tell" if "cannot tell" in verdicts else "pass"


def looks(at_most: int, first: int = FIRST_LOOK) -> tuple[int, ...]:
    """After how many replications the targets are looked at: each time twice as many, and at the end.

    >>> looks(100)
    (20, 40, 80, 100)
    """
    found = []
    while first < at_most:
        found.append(first)
        first *= 2
    return (*found, at_most)


def gated(
    replicating: Replications,
    targets: Targets,
    at_most: int = MOST_REPLICATIONS,
    told: Callable[[Sequence[Judgement]], None] | None = None,
) -> Gated:
    """Replications of two policies, the baseline and the change, until each target is decided or there are `at_most`.

    Each look might be wrong by chance, so the 5 % are shared out among all looks and targets (Bonferroni, as in group
    sequential trials: Jennison and Turnbull 2000, Group Sequential Methods, section 2): the chance that any target is
    ever decided wrongly is at most 5 %. What is decided stays so, but for a case seen after none had been.
    `told` is given the judgements of each look.
    """
    plan = looks(at_most)
    level = simultaneous(len(plan) * len(targets.must))
    found: tuple[Judgement, ...] = ()
    for many in plan:
        experiment = replicating.up_to(many)
        now = judged(experiment, targets, NEW, level)
        found = tuple(map(_kept, found, now)) if found else now
        if told is not None:
            told(found)
        if not any(each.can_be_decided for each in found):
            break
    return Gated(experiment, targets, found, level)


def _kept(before: Judgement, now: Judgement) -> Judgement:
    """The figures of all replications, with what was decided of fewer."""
    if before.verdict == "cannot tell" or before.why in ("unseen", "same"):
        return now
    return replace(now, verdict=before.verdict, why=before.why, decided_at=before.decided_at)
