"""Enough replications: more are run until the intervals of some measures are as narrow as wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf, isnan

from ..errors import BadValue, did_you_mean, hint
from ..quantities import parse_duration
from .experiment import OVERALL, Experiment
from .intervals import Estimate
from .metrics import BY_ID, METRICS
from .replications import Replications

MOST_REPLICATIONS = 500
"""Replications after which it is given up, unless more are allowed."""
FEWEST = 10
"""Replications before their spread is trusted to say how many are needed."""
SPARE = 1.1
"""More than seem to be needed, so that a second round is seldom needed."""
_NUMBERS = {metric.id: number for number, metric in enumerate(METRICS)}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?"


@dataclass(frozen=True, slots=True)
class Wish:
    """Half of the 95 % interval of a measure's mean is to be at most `width`, in the measure's unit, or of the mean if
    `is_relative`; `text` is how it was asked for.
    """

    measure: str
    width: float
    is_relative: bool
    text: str


@dataclass(frozen=True, slots=True)
class Precision:
    """How near an experiment came to a wish, under the policy that is furthest from it.

    `half` is half of its interval (not a number: the measure has no value), `wanted` what it may be (0 where a share
    of nothing is wanted), `needed` the replications that seem to be needed for that, infinite if no number of them is.
    """

    wish: Wish
    policy: str
    half: float
    wanted: float
    needed: float

    @property
    def is_reached(self) -> bool:
        """Whether the interval is as narrow as wanted."""
        return self.half <= self.wanted


def wish_of(text: str) -> Wish:
    """A wish as it is typed: `wait_p90_s=5%` (of the mean), `wait_p90_s=30s`, `misroute_rate=0.005` or `0.5pp`.

    Raises `BadValue`.

    >>> wish_of("wait_p90_s=5%").is_relative, wish_of("misroute_rate=0.5pp").width
    (True, 0.005)
    """
    measure, equals, width = (part.strip() for part in text.partition("="))
    if not equals:
        raise BadValue(f"expected a measure and a width, such as `wait_p90_s=5%`, found `{text}`")
    if measure not in BY_ID:
        raise BadValue(f"no such measure: `{measure}`{hint(did_you_mean(measure, BY_ID))}")
    unit = BY_ID[measure].unit
    if found := re.fullmatch(rf"({_NUMBER})\s?%", width):
        value, is_relative = float(found[1]) / 100, True
    elif unit == "s" and not re.fullmatch(_NUMBER, width):
        value, is_relative = parse_duration(width), False
    elif unit == "share" and (found := re.fullmatch(rf"({_NUMBER})\s?pp", width)):
        value, is_relative = float(found[1]) / 100, False
    elif re.fullmatch(_NUMBER, width):
        value, is_relative = float(width), False
    else:
        example = {"share": "`0.005`, `0.5pp` or `5%` of the mean", "s": "`30s` or `5%` of the mean"}
        raise BadValue(f"expected a width such as {example.get(unit, '`2` or `5%` of the mean')}, found `{width}`")
    if not 0 < value < inf:
        raise BadValue(f"a width has to be above 0, found `{width}`")
    return Wish(measure, value, is_relative, f"{measure}={width}")


def precision_of(experiment: Experiment, wishes: Sequence[Wish]) -> tuple[Precision, ...]:
    """How near an experiment is to each wish, but for policies under which there is nothing to measure, such as what a
    bot contains where there is none. Half an interval shrinks with the square root of the replications.
    """
    return tuple(max(_by_policy(experiment, wish), key=_distance) for wish in wishes)


def _by_policy(experiment: Experiment, wish: Wish) -> list[Precision]:
    number = _NUMBERS[wish.measure]
    found = [experiment.estimate(policy, OVERALL, number) for policy in range(len(experiment.policies))]
    measured = [policy for policy, each in enumerate(found) if each.nulls < each.n] or range(len(found))
    return [_of_one(found[policy], experiment.names[policy], wish) for policy in measured]


def _of_one(found: Estimate, policy: str, wish: Wish) -> Precision:
    half, wanted = (found.high - found.low) / 2, wish.width * (abs(found.value) if wish.is_relative else 1.0)
    if isnan(half) and found.n > 1:
        needed = inf
    elif isnan(half):
        needed = FEWEST
    elif half <= wanted:
        needed = found.n
    else:
        needed = ceil(min(found.n * (half / wanted) * (half / wanted), 1e18)) if wanted else inf
    return Precision(wish, policy, half, wanted, needed)


def _distance(found: Precision) -> tuple[float, float]:
    return found.needed, found.half / found.wanted if found.wanted and not isnan(found.half) else inf


def until_precise(
    replications: Replications,
    wishes: Sequence[Wish],
    first: int,
    at_most: int = MOST_REPLICATIONS,
    told: Callable[[Experiment, tuple[Precision, ...], int], None] | None = None,
) -> tuple[Experiment, tuple[Precision, ...]]:
    """Runs `first` replications, then as many more as seem to be needed, until all wishes are reached, `at_most` are
    run, or one is seen to be out of reach of any number.

    `told` hears before each further round of the experiment so far, its precision, and how many replications it will
    have. How many are run depends on the results alone, never on who was finished first.
    Source: Law (2015), Simulation Modeling and Analysis, section 9.4.1 (the sequential procedure).
    """
    number = min(max(first, min(FEWEST, at_most)), at_most)
    while True:
        experiment = replications.up_to(number)
        found = precision_of(experiment, wishes)
        missing = [each for each in found if not each.is_reached]
        if not missing or number >= at_most or all(each.needed == inf for each in missing):
            return experiment, found
        needed = max(each.needed for each in missing if each.needed < inf)
        number = min(max(number + 1, ceil(min(SPARE * needed, float(at_most)))), at_most)
        if told is not None:
            told(experiment, found, number)
