"""Whether policies reach their targets: pass, fail, or cannot tell, by intervals that hold all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .experiment import Experiment, Part
from .intervals import LEVEL, Estimate, difference_of, exact_share, skew_interval
from .metrics import METRICS, Metric
from .targets import Preference, Target, Targets

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Verdict = Literal["pass", "fail", "cannot tell"]
Why = Literal["interval", "baseline", "seen", "unseen", "same", "never", "null", "one"]
UNSEEN_IN = 20
"""Replications without a single case that are enough for a limit that no number of them could prove."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said of a target under a policy, from `n` replications.

    value      the mean; for `worse_by_at_most` by how much it is worse than the baseline's, in the measure's unit or as
               a part of the baseline's mean; with `in_weeks`, the share of replications in which the target holds
    low, high  its interval at the level that was asked for; not numbers where there is none
    nulls      replications in which there was nothing to measure, under either policy if both are compared
    why        interval: it lies on one side of the limit, or not
               baseline: nothing is worse than itself
               seen: the limit is the end of what can be, and there is a case beyond it, so the mean is beyond it too
               unseen, same: no case, or no difference, in `UNSEEN_IN` replications or more, which is enough for a limit
               of none
               never: too few are helped in some replications, which is longer than any time
               null, one: no value in some replications; a single one has no interval
    decided_at replications after which it was decided; `None` as long as it is not
    """

    target: Target
    verdict: Verdict
    value: float
    low: float
    high: float
    n: int
    nulls: int
    why: Why
    decided_at: int | None = None

    @property
    def can_be_decided(self) -> bool:
        """Whether more replications can help: not where some have nothing to measure."""
        return self.verdict == "cannot tell" and self.why != "null"


def simultaneous(statements: int) -> float:
    """The level of each of so many intervals that hold all together at 95 % (Bonferroni).

    >>> round(simultaneous(5), 6)
    0.99
    """
    return 1 - (1 - LEVEL) / statements


def judged(experiment: Experiment, targets: Targets, policy: int, level: float = LEVEL) -> tuple[Judgement, ...]:
    """What can be said of each target under a policy of an experiment, in their order."""
    baseline = targets.baseline_among(experiment.names)
    return tuple(_judged(experiment, target, policy, baseline, level) for target in targets.must)


def _judged(experiment: Experiment, target: Target, policy: int, baseline: int, level: float) -> Judgement:
    metric = METRICS.index(target.metric)
    new, old = (experiment.values(each, target.part, metric) for each in (policy, baseline))
    if target.kind == "worse_by_at_most" and policy == baseline:
        found = Judgement(target, "pass", 0.0, 0.0, 0.0, new.size, 0, "baseline")
    elif target.in_weeks is not None:
        found = _in_weeks(target, target.in_weeks, new, old, level)
    elif target.kind == "worse_by_at_most":
        a, b = (_estimate(experiment, each, target, metric, level) for each in (baseline, policy))
        found = _worsening(target, new, old, a, b, level)
    else:
        found = _absolute(target, new, _estimate(experiment, policy, target, metric, level), level)
    return found if found.verdict == "cannot tell" else replace(found, decided_at=found.n)


def _estimate(experiment: Experiment, policy: int, target: Target, metric: int, level: float) -> Estimate:
    """The mean with an interval that misses it no more often than said: of few cases Wilson's ends too high."""
    found = experiment.estimate(policy, target.part, metric, level)
    if found.kind != "Wilson":
        return found
    low, high = exact_share(*experiment.cases(policy, target.part, metric), level)
    return replace(found, low=min(low, found.value), high=max(high, found.value))


def _absolute(target: Target, values: FloatArray, found: Estimate, level: float) -> Judgement:
    """A mean against its limit."""
    low, high = skew_interval(values, level) if found.kind == "t" else (found.low, found.high)
    told = Judgement(target, "cannot tell", found.value, low, high, found.n, found.nulls, "interval")
    at_most = target.kind == "at_most"
    if found.nulls:
        if target.metric.null_means_never:
            return replace(told, verdict="fail" if at_most else "pass", why="never")
        return replace(told, why="null")
    # No value is below 0, nor a share above 1, so one that differs from such an end puts the mean beyond it.
    end = 0.0 if at_most else 1.0 if target.metric.unit == "share" else nan
    if target.limit == end and (values != end).any():
        return replace(told, verdict="fail", why="seen")
    if found.n < 2:
        return replace(told, low=nan, high=nan, why="one")
    if (high <= target.limit) if at_most else (low >= target.limit):
        return replace(told, verdict="pass")
    if (low > target.limit) if at_most else (high < target.limit):
        return replace(told, verdict="fail")
    if target.limit == end and found.n >= UNSEEN_IN and (values == end).all():
        return replace(told, verdict="pass", why="unseen")
    return told


def _worsening(target: Target, new: FloatArray, old: FloatArray, a: Estimate, b: Estimate, level: float) -> Judgement:
    """By how much the policy (`b`) is worse than the baseline (`a`), paired.

    A limit that is a part of the baseline's mean is held against new − (1 + part) old, which is normal where a ratio of
    means is not (Fieller 1954); that is then told as a part of the baseline's mean.
    """
    nulls = int(np.isnan(new + old).sum())
    told = Judgement(target, "cannot tell", nan, nan, nan, new.size, nulls, "interval")
    if a.nulls or b.nulls:
        if target.metric.null_means_never and not (a.nulls and b.nulls):
            return replace(told, verdict="fail" if b.nulls else "pass", why="never")
        return replace(told, why="null")
    sign = 1.0 if target.metric.better == "lower" else -1.0
    factor = 1 + sign * target.limit if target.relative else 1.0
    worse = sign * (new - factor * old)
    mean, (low, high) = float(worse.mean()), skew_interval(worse, level)
    if a.kind in ("Wilson", "Poisson") and b.kind in ("Wilson", "Poisson"):
        low, high = difference_of(replace(a, value=factor * a.value, low=factor * a.low, high=factor * a.high), b)
        low, high = (low, high) if sign > 0 else (-high, -low)
    most = 0.0 if target.relative else target.limit
    if target.relative:
        of_mean = [target.limit + each / a.value if a.value else nan for each in (mean, low, high)]
        told = replace(told, value=of_mean[0], low=of_mean[1], high=of_mean[2])
    else:
        told = replace(told, value=mean, low=low, high=high)
    if new.size < 2:
        return replace(told, low=nan, high=nan, why="one")
    if high <= most or low > most:
        return replace(told, verdict="pass" if high <= most else "fail")
    if most == 0 and new.size >= UNSEEN_IN and (new == old).all():
        return replace(told, verdict="pass", why="same")
    return told


def _in_weeks(target: Target, share: float, new: FloatArray, old: FloatArray, level: float) -> Judgement:
    """The share of replications in which a target holds; those in which there is nothing to measure are left out."""
    holds, counts = held(target, new, old)
    n, nulls = int(counts.sum()), int((~counts).sum())
    many = int(holds[counts].sum())
    low, high = exact_share(many, n, level)
    told = Judgement(target, "cannot tell", many / n if n else nan, low, high, new.size, nulls, "interval")
    if not n:
        return replace(told, why="null")
    if low >= share or high < share:
        return replace(told, verdict="pass" if low >= share else "fail")
    return told


def held(target: Target, new: FloatArray, old: FloatArray) -> tuple[BoolArray, BoolArray]:
    """In which replications a target holds, and which count: those in which there is something to measure."""
    if target.metric.null_means_never:
        new, old = (np.where(np.isnan(each), np.inf, each) for each in (new, old))
    is_relative = target.kind == "worse_by_at_most"
    counts = ~(np.isnan(new) | np.isnan(old)) if is_relative else ~np.isnan(new)
    match target.kind:
        case "at_most":
            return new <= target.limit, counts
        case "at_least":
            return new >= target.limit, counts
        case "worse_by_at_most":
            sign = 1.0 if target.metric.better == "lower" else -1.0
            limit = old * (1 + sign * target.limit) if target.relative else old + sign * target.limit
            return (new <= limit if sign > 0 else new >= limit), counts


@dataclass(frozen=True, slots=True)
class Shipping:
    """What targets say of several policies.

    judgements  by policy, then by target
    passing     positions of the policies that reach all targets
    ship        the one of them to prefer; `None` where none passes, or several do and nothing says which
    alike       those of them whose means differ from the best by the margin of `prefer` at most, `ship` among them
    """

    targets: Targets
    judgements: tuple[tuple[Judgement, ...], ...]
    passing: tuple[int, ...]
    ship: int | None
    alike: tuple[int, ...] = ()

    @property
    def can_still_pass(self) -> tuple[int, ...]:
        """Positions of the policies that miss no target for sure."""
        return tuple(
            at for at, of_policy in enumerate(self.judgements) if all(each.verdict != "fail" for each in of_policy)
        )


def shipping(experiment: Experiment, targets: Targets) -> Shipping:
    """What targets say of the policies of an experiment; all intervals hold together."""
    policies = range(len(experiment.policies))
    level = simultaneous(len(targets.must) * len(policies))
    found = tuple(judged(experiment, targets, policy, level) for policy in policies)
    passing = tuple(at for at in policies if all(each.verdict == "pass" for each in found[at]))
    if targets.prefer is None or len(passing) < 2:
        return Shipping(targets, found, passing, passing[0] if len(passing) == 1 else None, passing)
    alike = _alike(experiment, targets.prefer, passing)
    baseline = targets.baseline_among(experiment.names)
    ship = None if not alike else baseline if baseline in alike else alike[0]
    return Shipping(targets, found, passing, ship, alike)


def _alike(experiment: Experiment, prefer: Preference, passing: Sequence[int]) -> tuple[int, ...]:
    """The policies with the best mean, or one that is as near to it as the margin; none where all are null."""
    means = {at: mean_of(experiment, at, prefer.part, prefer.metric) for at in passing}
    known = {at: mean for at, mean in means.items() if not isnan(mean)}
    if not known:
        return ()
    sign = 1.0 if prefer.metric.better == "higher" else -1.0
    best = max(sign * mean for mean in known.values())
    return tuple(at for at, mean in known.items() if best - sign * mean <= prefer.margin)


def mean_of(experiment: Experiment, policy: int, part: Part, metric: Metric) -> float:
    """The mean of a measure; not a number if it is null."""
    return experiment.estimate(policy, part, METRICS.index(metric)).value
