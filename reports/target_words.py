"""What targets say of policies, in words: what was found, against which limit, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, isfinite, isnan

from ..simulator.intervals import exact_share
from ..simulator.judging import UNSEEN_IN, Judgement, Verdict
from ..simulator.metrics import Metric
from ..simulator.targets import Target
from .figures import ends, figure, fine_change, percent
from .terminal import neutral
from .text import wrapped

_MARKS: dict[Verdict, str] = {"fail": "FAIL", "cannot tell": "OPEN", "pass": "pass"}
_ORDER: tuple[Verdict, ...] = ("fail", "cannot tell", "pass")
_MOST_MORE = 1_000_000


def by_verdict(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Those that fail first, then those of which nothing can be said yet; else in their order."""
    return sorted(judgements, key=lambda each: _ORDER.index(each.verdict))


def target_words(target: Target) -> str:
    """What must hold: `service_level of billing at least 80% in 90% of replications`."""
    of = f" of {neutral(target.part[1])}" if target.part[1] else ""
    weeks = "" if target.in_weeks is None else f" in {percent(target.in_weeks)} of replications"
    kind = "worse by at most" if target.kind == "worse_by_at_most" else target.kind.replace("_", " ")
    return f"{target.metric.id}{of} {kind} {limit_words(target)}{weeks}"


def limit_words(target: Target) -> str:
    """The limit alone, as exact as it was given."""
    metric, limit = target.metric, target.limit
    if target.relative:
        return f"{percent(limit)} of what it was"
    if metric.unit == "share":
        return f"{100 * limit:.3g} pp" if target.kind == "worse_by_at_most" else percent(limit)
    return figure(metric, limit) if metric.unit in ("s", "h") else f"{limit:,.10g}"


def found_words(judgement: Judgement) -> str:
    """What was found, and why that decides or does not."""
    told, n = judgement, judgement.n
    match told.why:
        case "null":
            under = " under one of the two policies" if told.target.kind == "worse_by_at_most" else ""
            return f"nothing to measure in {told.nulls} of {n} replications{under}"
        case "never":
            return f"in {told.nulls} of {n} replications too few are helped for it to have a value: never"
        case "baseline":
            return "it is the baseline"
        case "one":
            return f"{value_words(told)} in one replication, which has no interval"
        case "seen":
            return f"{value_words(told)} on average over {n} replications; a single case is one too many"
        case "same":
            return f"the same as the baseline in each of {n} replications"
        case "unseen":
            none = "none" if told.target.kind == "at_most" else "all"
            return f"{none} in {n} replications, which leaves room for {_room(told)}"
        case "interval":
            if told.target.in_weeks is not None:
                left_out = f"; {told.nulls} with nothing to measure are left out" if told.nulls else ""
                return f"holds in {_percent(told.value)} of {n - told.nulls} ({_interval(told)}){left_out}"
            if told.low == told.high:
                return f"{value_words(told)} in each of {n} replications"
            return f"{value_words(told)} ({_interval(told)})"


def _room(told: Judgement) -> str:
    metric = told.target.metric
    if told.target.kind == "at_most":
        return f"{_fine(metric, told.high)}{' a replication' if metric.unit == 'count' else ''} at most"
    return f"{_fine(metric, told.low)} at least"


def value_words(told: Judgement) -> str:
    """What was found, without its interval."""
    if told.target.in_weeks is not None:
        return f"holds in {_percent(told.value)}"
    if told.target.kind == "worse_by_at_most":
        return _worse(told, told.value)
    return figure(told.target.metric, told.value)


def _interval(told: Judgement) -> str:
    if isnan(told.low):
        return "no interval"
    if told.target.in_weeks is not None:
        return f"{_percent(told.low)} to {_percent(told.high)}"
    if told.target.kind == "worse_by_at_most":
        (low, one), (high, other) = (_worse(told, end).rsplit(" ", 1) for end in (told.low, told.high))
        return f"{low} to {high} {other}" if one == other else f"{low} {one} to {high} {other}"
    if told.target.metric.unit == "count" and told.high < 10:
        return f"{_fine(told.target.metric, told.low)} to {_fine(told.target.metric, told.high)}"
    return " to ".join(ends(told.target.metric, told.low, told.high))


def _worse(told: Judgement, by: float) -> str:
    """A worsening with its direction."""
    if isnan(by):
        return "no value"
    metric, size = told.target.metric, abs(by)
    text = f"{100 * size:.1f}%" if told.target.relative else fine_change(metric, size).lstrip("+")
    return f"{text} {'worse' if by >= 0 else 'better'}"


def _fine(metric: Metric, value: float) -> str:
    """A bound of what is rare, with two digits."""
    if metric.unit == "share":
        return f"{100 * value:.4g}%"
    return f"{max(value, 0):.2g}" if metric.unit == "count" else figure(metric, value)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def lines_of(
    judgements: Sequence[Judgement], width: int, beside: Mapping[Target, str] | None = None
) -> Iterator[str]:
    """A line for each target, those that fail first; `beside` is what else is to be said of some."""
    for each in by_verdict(judgements):
        late = each.decided_at is not None and each.decided_at < each.n
        when = f"; decided after {each.decided_at}" if late else ""
        more = (beside or {}).get(each.target, "")
        text = f"{_MARKS[each.verdict]}  {target_words(each.target)}: {found_words(each)}{when}{more}"
        yield wrapped(text, width, " " * 6)


def counts_words(judgements: Sequence[Judgement]) -> str:
    """`fails 1 of 5, passes 4`: what decides comes first."""
    verbs = {"fail": "fails", "cannot tell": "cannot tell of", "pass": "passes"}
    many = {verbs[verdict]: sum(each.verdict == verdict for each in judgements) for verdict in _ORDER}
    (verb, first), *others = [(verb, count) for verb, count in many.items() if count]
    return ", ".join([f"{verb} {first} of {len(judgements)}", *(f"{verb} {count}" for verb, count in others)])


def replications_wanted(judgement: Judgement, level: float) -> int | None:
    """About how many replications would decide a target, if its value stayed as it is; `None` where that is unknown or
    beyond a million.
    """
    value, share, many = judgement.value, judgement.target.in_weeks, judgement.n
    if judgement.why != "interval" or isnan(value):
        return None
    if share is not None:
        while many <= _MOST_MORE:
            low, high = exact_share(round(value * many), many, level)
            if low >= share or high < share:
                return many
            many = ceil(1.05 * many)
        return None
    gap, half = abs(value - judgement.target.limit), (judgement.high - judgement.low) / 2
    if not gap or not isfinite(half) or many * (half / gap) ** 2 > _MOST_MORE:
        return None
    return ceil(many * (half / gap) ** 2)


def why_open(judgement: Judgement, level: float) -> str:
    """Why nothing can be said of a target, and what would help; `level` is that of its interval."""
    if judgement.why == "null":
        return "a mean needs a value in each replication: ask for it with `in_weeks`, or of more customers"
    if judgement.why == "one":
        return "two replications are the fewest that tell anything"
    if judgement.value == judgement.target.limit == 0 and judgement.n < UNSEEN_IN:
        return f"none yet, but {UNSEEN_IN} replications are the fewest that tell"
    wanted = replications_wanted(judgement, level)
    if wanted is None:
        return "it is so near its limit that replications hardly help: move the limit, or take it for reached"
    return f"about {max(wanted, judgement.n + 1):,} replications should tell"
