"""How each thing that a bot offers performs, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import Any, Final, Literal

import numpy as np

from ..simulator.experiment import Experiment
from ..simulator.intervals import wilson
from ..simulator.performance import AFTER_A_PAGE, COUNTS, Offering, offerings_of
from .counted import weeks_that_count

Advice = Literal["withdraw", "filter", "reword", "keep", "cannot tell"]

MOSTLY_OTHERS: Final = 0.5
HELPS_ENOUGH: Final = 0.4
COSTS_MORE: Final = 0.5
WHY: Final[Mapping[Advice, str]] = {
    "withdraw": "it costs more customers than it helps",
    "filter": "it is mostly shown for other intents: ask for more confidence, or choose other pages",
    "reword": "it is shown for the right intent, and few are helped by it",
    "keep": "it is mostly right, helps, and costs fewer customers than it helps",
    "cannot tell": "too few were shown it, or an interval holds the threshold",
}
"""What to do, in the order in which it is asked, and why."""
THRESHOLDS: Final = (
    f"Withdraw: of those helped or lost, more than {100 * COSTS_MORE:.0f} % are lost. Filter: it is about the right "
    f"intent for fewer than {100 * MOSTLY_OTHERS:.0f} %. Reword: of those for whom it is right, fewer than "
    f"{100 * HELPS_ENOUGH:.0f} % are helped. Keep: none of the three. The whole 95 % interval must lie on that side, "
    "else “cannot tell”; the first that holds is said."
)
SHARES: Final[Mapping[str, tuple[str, str]]] = {
    "right": ("right_intent", "shown"),
    "helped": ("helped", "shown"),
    "helped_if_right": ("helped", "right_intent"),
    "failed": ("failed", "shown"),
    "resolved": ("resolved", "shown"),
    "left_unhelped": ("left_unhelped", "shown"),
    "asked_for_person": ("asked_for_person", "shown"),
    "looped": ("looped", "shown"),
    "lost": ("lost", "shown"),
    "csat": ("satisfied", "survey_answers"),
}
"""Each share that is told of an offering: what is divided by what."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with the ends of its interval; not numbers where there is nothing to divide by."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, many: int, of: int) -> Share:
        """A share of independent cases, with Wilson's interval."""
        return cls(many / of if of else nan, *wilson(many, of))


@dataclass(frozen=True, slots=True)
class Performance:
    """One thing that a bot offers, over all replications: what was counted (`COUNTS`), `shown_a_week`, shares
    (`SHARES`), the mean `ces`, and what to do about it.
    """

    offering: Offering
    counts: Mapping[str, int]
    shown_a_week: float
    shares: Mapping[str, Share]
    ces: float
    advice: Advice

    @property
    def name(self) -> str:
        """What it is called: `answer refund`, `page /pricing: pricing`."""
        kind = self.offering.kind.replace("_", "-")
        page = f" {self.offering.page}:" if self.offering.page else ""
        return f"{kind}{page} {self.offering.intent}"


def performances_of(experiment: Experiment, policy: int) -> tuple[Performance, ...]:
    """All that a policy's bot offers, what is shown most first; of one in Python, what it has ever shown."""
    bot = experiment.policies[policy].bot
    offerings = offerings_of(experiment.scenario, bot)
    if not offerings:
        return ()
    counts = np.sum([summary.performance for summary in experiment.summaries[policy]], axis=0)
    weeks = weeks_that_count(experiment)
    found = [
        _performance(offering, dict(zip(COUNTS, row, strict=True)), weeks)
        for offering, row in zip(offerings, counts.tolist(), strict=True)
        if bot is None or bot.python is None or any(row)
    ]
    return tuple(sorted(found, key=lambda each: -each.counts["shown"]))


def _performance(offering: Offering, counts: Mapping[str, int], weeks: float) -> Performance:
    shares = {name: Share.of(counts[over], counts[under]) for name, (over, under) in SHARES.items()}
    if offering.kind == "page":
        shares |= {name: Share(nan, nan, nan) for name in shares if SHARES[name][0] in AFTER_A_PAGE}
    answers = counts["survey_answers"]
    return Performance(
        offering=offering,
        counts=counts,
        shown_a_week=counts["shown"] / weeks,
        shares=shares,
        ces=counts["ease"] / answers if answers else nan,
        advice=advice_on(counts),
    )


def advice_on(counts: Mapping[str, int]) -> Advice:
    """What to do about an offering; what is only chance, or too little to tell, is `cannot tell`.

    >>> advice_on({"shown": 500, "right_intent": 450, "helped": 50, "lost": 5})
    'reword'
    """
    lost = Share.of(counts["lost"], counts["lost"] + counts["helped"])
    right = Share.of(counts["right_intent"], counts["shown"])
    helped = Share.of(counts["helped"], counts["right_intent"])
    if lost.low > COSTS_MORE:
        return "withdraw"
    if right.high < MOSTLY_OTHERS:
        return "filter"
    if helped.high < HELPS_ENOUGH:
        return "reword"
    if lost.high < COSTS_MORE and right.low > MOSTLY_OTHERS and helped.low > HELPS_ENOUGH:
        return "keep"
    return "cannot tell"


def performance_data(experiment: Experiment, policy: int) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "kind": each.offering.kind,
            "intent": each.offering.intent,
            "page": each.offering.page or None,
            "advice": each.advice,
            "why": WHY[each.advice],
            "shown_a_week": each.shown_a_week,
            "counts": {
                name: None if each.offering.kind == "page" and name in AFTER_A_PAGE else many
                for name, many in each.counts.items()
            },
            "shares": {
                name: None if isnan(share.value) else {"value": share.value, "low": share.low, "high": share.high}
                for name, share in each.shares.items()
            },
            "ces_mean": None if isnan(each.ces) else each.ces,
        }
        for each in performances_of(experiment, policy)
    ]
