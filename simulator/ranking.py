"""Which of many policies is best in one measure: selected on one set of customers, confirmed on another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from .experiment import OVERALL
from .intervals import Estimate, estimate
from .metrics import BY_ID, METRICS
from .replications import Replications
from .selection import AT_MOST, CONFIDENCE, FIRST, Behind, Selection, confirmed, enough_to_confirm, select

FloatArray = NDArray[np.float64]
Verdict = Literal["best", "worse", "as good", "better", "cannot tell"]
_NUMBERS: Final = {metric.id: number for number, metric in enumerate(METRICS)}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A policy: how many replications the search took of it; then, of fresh ones, its mean, how far it is from the one
    that was selected (`None` for that one) in the measure's own unit, and what that comes to.
    """

    policy: str
    searched: int
    mean: Estimate
    behind: Behind | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Ranking:
    """What came of it: the policies with the selected one first, then by their means; `margin` in the measure's unit.

    Nobody is sure of a policy unless `is_confirmed`: no other is better by more than the margin, with the confidence
    given for all together.
    """

    measure: str
    margin: float
    confidence: float
    rows: tuple[Ranked, ...]
    fresh: int
    is_found: bool
    is_confirmed: bool

    @property
    def best(self) -> str:
        """The policy that was selected."""
        return self.rows[0].policy


def ranking_of(
    replications: Replications,
    measure: str,
    margin: float,
    confidence: float = CONFIDENCE,
    first: int = FIRST,
    at_most: int = AT_MOST,
    selected: Callable[[Selection, int], None] | None = None,
) -> Ranking:
    """Selects the policy that is best in a measure, and holds it against the others in replications that the search has
    not seen, as many as their spread asks for; `selected(selection, fresh)` hears of it before those are run.

    Raises `InputError` where the measure has no value in a replication.
    """
    sign = 1.0 if BY_ID[measure].better == "higher" else -1.0
    policies = range(len(replications.policies))

    def observe(chosen: Sequence[int], known: int, number: int) -> FloatArray:
        replications.run((policy, each) for each in range(known, number) for policy in chosen)
        return sign * np.array([_values(replications, policy, measure, range(known, number)) for policy in chosen])

    found = select(observe, len(policies), margin, confidence, first, at_most)
    shared = sign * np.array([_values(replications, policy, measure, range(first)) for policy in policies])
    fresh = min(enough_to_confirm(shared, found.best, margin, confidence), at_most)
    if selected is not None:
        selected(found, fresh)
    # No replication that anything was decided on.
    begin = max(number for _, number in replications.found) + 1
    replications.run((policy, number) for number in range(begin, begin + fresh) for policy in policies)
    values = np.array([_values(replications, policy, measure, range(begin, begin + fresh)) for policy in policies])
    others = {each.policy: each for each in confirmed(values, found.best, confidence)}
    rows = [
        Ranked(
            replications.policies[policy].name,
            found.taken[policy],
            estimate(values[policy]),
            others.get(policy),
            _verdict(others.get(policy), sign, margin),
        )
        for policy in policies
    ]
    rows.sort(key=lambda row: (row.behind is not None, -sign * row.mean.value))
    sure = all(max(sign * each.low, sign * each.high) <= margin for each in others.values())
    return Ranking(measure, margin, confidence, tuple(rows), fresh, found.is_found, sure)


def _verdict(behind: Behind | None, sign: float, margin: float) -> Verdict:
    if behind is None:
        return "best"
    low, high = sorted((sign * behind.low, sign * behind.high))
    if low > 0:
        return "better"
    if high < 0 and low > -margin:
        return "as good"
    if high < 0:
        return "worse"
    return "as good" if -margin < low and high < margin else "cannot tell"


def _values(replications: Replications, policy: int, measure: str, numbers: range) -> FloatArray:
    """A measure of a policy in some replications; raises `InputError` where it has no value, or none was run."""
    name = replications.policies[policy].name
    values = np.empty(len(numbers))
    for at, number in enumerate(numbers):
        summary = replications.found.get((policy, number))
        if summary is None:
            why = f"replication {number} of `{name}` could not be run, and a ranking needs every one"
            raise InputError(Problem("deskdrill rank", why))
        values[at] = summary.values[OVERALL][_NUMBERS[measure]]
        if np.isnan(values[at]):
            why = f"`{measure}` has no value in replication {number} of `{name}`: rank by another measure"
            raise InputError(Problem("--by", why))
    return values
