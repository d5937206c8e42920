"""What an experiment says, in a support lead's words: who is best, what changes for whom, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan

from ..quantities import format_duration
from ..simulator.metrics import BY_ID
from .counted import time_that_counts
from .figures import from_to, margin, of_100
from .precision_words import precision_sentence
from .provenance import provenance
from .readings import Readings

# What decides, in words, and how a value of it reads.
_DECIDING = (
    ("helped_rate", "problems really helped"),
    ("lost_rate", "customers lost"),
    ("time_to_help_p50_s", "median time to help"),
)
_UNSURE = {
    "helped_rate": "whether more problems are really helped",
    "lost_rate": "whether fewer customers are lost",
    "time_to_help_p50_s": "whether help comes sooner",
}
WORTH_SAYING = 0.005
"""Shares below it are left to the tables."""
MOST_SEGMENTS = 2
FEWEST_TO_RANK = 5
"""Replications below which tests find next to nothing, so that far apart and near are both called a tie."""


def headline(readings: Readings) -> str:
    """Which policy is best, by how much, and what of the agents' time it takes; of one policy, its size.

    Where no policy leads in all that decides, which leads in what; with few replications, the means only.
    """
    experiment = readings.experiment
    if len(experiment.policies) == 1:
        problems = sum(summary.problems for summary in experiment.summaries[0]) / experiment.replications
        conversations = sum(summary.conversations for summary in experiment.summaries[0]) / experiment.replications
        if not problems:
            return f"{experiment.names[0]} on {experiment.scenario.name}: nobody wrote in."
        return (
            f"{experiment.names[0]} on {experiment.scenario.name}: about {problems:,.0f} problems "
            f"in {conversations:,.0f} conversations in {time_that_counts(experiment)}."
        )
    if _is_empty(readings):
        return f"Nobody wrote in on {experiment.scenario.name}: there is nothing to compare."
    if all(isnan(readings.value(policy, "helped_rate")) for policy in range(len(experiment.policies))):
        return f"In some replications of {experiment.scenario.name} nobody wrote in: there is nothing to rank."
    if experiment.replications < FEWEST_TO_RANK:
        means = _means(readings, "helped_rate", range(len(experiment.policies)))
        few = f"Too few replications to rank ({experiment.replications}; it takes {FEWEST_TO_RANK})"
        return f"{few}; means: {means} really helped. {_busy(readings)}"
    found = {metric: readings.leaders(metric) for metric, _ in _DECIDING}
    ahead = {leaders[0] for leaders in found.values() if len(leaders) == 1}
    if len(ahead) == 1 and all(ahead & set(leaders) for leaders in found.values() if leaders):
        return _best_of_all(readings, ahead.pop(), found)
    best: dict[tuple[int, ...], list[str]] = {}
    for metric, words in _DECIDING:
        leaders = found[metric]
        best.setdefault(leaders, []).append(words + _at_best(readings, metric, leaders))
    parts = [f"{_leaders(readings, leaders)} on {_listed(words)}" for leaders, words in best.items()]
    return f"Best: {'; '.join(parts)}. {_busy(readings)}"


def policy_sentence(readings: Readings, policy: int) -> str:
    """What changes for whom under a policy, compared with the baseline; of the baseline, how things stand."""
    if _is_empty(readings):
        return f"{readings.experiment.names[policy]}: nobody wrote in."
    if isnan(readings.value(policy, "helped_rate")):
        return f"{readings.experiment.names[policy]}: in some replications nobody wrote in, so there is nothing to say."
    said = list(_standing(readings) if policy == 0 else _changes(readings, policy))
    return f"{readings.experiment.names[policy]}: {'; '.join(said)}."


def caution(readings: Readings) -> str:
    """How precise intervals are if that was asked, and that they cover chance, not the assumptions, and how many of
    these there are.
    """
    experiment = readings.experiment
    found = provenance(experiment.scenario)
    assumed = found["assumed"] + found["unmarked"]
    if experiment.replications > 1:
        first = f"The intervals (95 %, {experiment.replications} replications, seed {experiment.seed}) cover chance"
    else:
        first = f"One replication (seed {experiment.seed}) has no intervals; those of more would cover chance"
    name = experiment.scenario.name
    chance = (
        f"{first}, not the assumptions: {assumed} of the {found.total()} inputs of {name} are assumed, "
        f"{found['published']} published, {found['measured']} measured (`deskdrill describe` lists them)."
    )
    return " ".join(filter(None, (precision_sentence(experiment), chance)))


def _best_of_all(readings: Readings, policy: int, found: Mapping[str, tuple[int, ...]]) -> str:
    """By how much the best policy is ahead of the next, how busy both keep agents, and what it shares the lead of."""
    names = readings.experiment.names
    ahead = [metric for metric, leaders in found.items() if leaders == (policy,)]
    level = [_UNSURE[metric] for metric, leaders in found.items() if len(leaders) > 1]
    second = _second(readings, ahead[0], policy)
    leads = [_lead(readings, metric, policy, second, is_first=metric == ahead[0]) for metric in ahead]
    now, then = (readings.value(each, "occupancy") for each in (policy, second))
    busy = f"Agents are {100 * now:.0f}% busy ({names[second]} {100 * then:.0f}%)."
    said = [f"Best: {names[policy]}, with {_listed(leads)}.", "Nobody is on duty." if isnan(now) else busy]
    return " ".join([*said, f"Cannot tell {_listed(level, 'or')}."] if level else said)


def _second(readings: Readings, metric: str, best: int) -> int:
    """The policy that comes next to the best in a measure."""
    sign = 1 if metric == "helped_rate" else -1
    values = {policy: sign * readings.value(policy, metric) for policy in range(len(readings.experiment.policies))}
    return max(values.keys() - {best}, key=lambda policy: -inf if isnan(values[policy]) else values[policy])


def _lead(readings: Readings, metric: str, policy: int, second: int, *, is_first: bool) -> str:
    """The value of a measure under the best policy and by how much it is better; the first with interval and name."""
    value, found = readings.value(policy, metric), readings.against(second, policy, metric)
    told, words = {
        "helped_rate": (f"{of_100(value)} of 100 problems really helped", "more"),
        "lost_rate": (f"{of_100(value)} of 100 customers lost", "fewer"),
        "time_to_help_p50_s": (f"half of all problems solved within {format_duration(value)}", "less"),
    }[metric]
    name = readings.experiment.names[second]
    if isnan(found.difference):
        return f"{told} ({name}: never)"
    by = abs(found.difference)
    amount = format_duration(by) if metric.endswith("_s") else of_100(by)
    if not is_first:
        return f"{told} ({amount} {words})"
    return f"{told} ({amount} {margin(BY_ID[metric], (found.high - found.low) / 2)} {words} than {name})"


def _at_best(readings: Readings, metric: str, leaders: tuple[int, ...]) -> str:
    if not leaders:
        return ""
    return f" ({_means(readings, metric, leaders)})"


def _means(readings: Readings, metric: str, policies: Sequence[int]) -> str:
    """The mean of each of some policies, after its name if there are several."""
    is_time = metric.endswith("_s")
    said = []
    for policy in policies:
        value = readings.value(policy, metric)
        mean = "no value" if isnan(value) else format_duration(value) if is_time else of_100(value)
        said.append(mean if len(policies) == 1 else f"{readings.experiment.names[policy]} {mean}")
    return ", ".join(said) + ("" if is_time else " of 100")


def _is_empty(readings: Readings) -> bool:
    """Whether nobody wrote in, whatever the policy."""
    return not any(summary.problems for summaries in readings.experiment.summaries for summary in summaries)


def _leaders(readings: Readings, leaders: tuple[int, ...]) -> str:
    names = [readings.experiment.names[policy] for policy in leaders]
    if not names:
        return "no policy"
    return names[0] if len(names) == 1 else f"{_listed(names)} (cannot be told apart)"


def _busy(readings: Readings) -> str:
    names = readings.experiment.names
    values = [(name, readings.value(policy, "occupancy")) for policy, name in enumerate(names)]
    shares = [f"{name} {100 * value:.0f}%" for name, value in values if not isnan(value)]
    return f"Agents are busy: {', '.join(shares)} of their time." if shares else "Nobody is on duty."


def _standing(readings: Readings) -> Iterator[str]:
    """How things stand under the baseline, or the only policy."""
    yield f"{of_100(readings.value(0, 'helped_rate'))} of 100 problems are really helped{_by_bot(readings, 0)}"
    median = readings.value(0, "time_to_help_p50_s")
    yield "less than half of them ever" if isnan(median) else f"half of all within {format_duration(median)}"
    yield _lost(readings, 0)
    yield from _bot_troubles(readings, 0)
    wait = readings.value(0, "wait_p90_s")
    if not isnan(wait):
        yield f"of those an agent answers, nine in ten wait at most {format_duration(wait)}"
    abandoned = readings.value(0, "abandonment_rate")
    if abandoned >= WORTH_SAYING:
        yield f"{of_100(abandoned)} of 100 who wait for an agent give up waiting"
    busy = readings.value(0, "occupancy")
    if not isnan(busy):
        yield f"agents are busy {100 * busy:.0f}% of their time"


def _changes(readings: Readings, policy: int) -> Iterator[str]:
    """What is certain first, then what cannot be told."""
    unsure: list[str] = []
    helped = _shift(readings, policy, "helped_rate", "problems really helped")
    if helped is None:
        unsure.append("whether more problems are really helped")
    else:
        yield helped + _by_bot(readings, policy)
    lost = _shift(readings, policy, "lost_rate", "customers lost")
    if lost is None:
        unsure.append("whether more customers are lost")
    else:
        yield lost
    yield from _bot_troubles(readings, policy)
    before, after = (readings.value(each, "time_to_help_p50_s") for each in (0, policy))
    if isnan(after):
        yield "more than half of all problems are never solved" + (", as before" if isnan(before) else "")
    elif readings.is_certain(policy, "time_to_help_p50_s"):
        change = f"from {format_duration(before)} to {format_duration(after)}"
        yield f"the median time to help {_goes(before, after)} {change}"
    elif not isnan(before):
        unsure.append("whether help comes sooner")
    if readings.is_certain(policy, "occupancy"):
        now, then = (100 * readings.value(each, "occupancy") for each in (policy, 0))
        if f"{now:.0f}" == f"{then:.0f}":
            yield f"agents are hardly {'more' if now > then else 'less'} busy ({now:.0f}% of their time)"
        else:
            yield f"agents are busy {now:.0f}% of their time, not {then:.0f}%"
    if unsure:
        yield f"cannot tell {_listed(unsure, 'or')}"


def _shift(readings: Readings, policy: int, metric: str, words: str) -> str | None:
    """How a share of all problems changes, and for which segments most; `None` if nothing about it is certain."""
    segments = [("segment", name) for name in readings.segments] if len(readings.segments) > 1 else []
    certain = [part for part in segments if readings.is_certain(policy, metric, part)]
    certain.sort(key=lambda part: -abs(readings.difference(policy, metric, part).difference))
    told = [
        (part[1], from_to(readings.value(0, metric, part), readings.value(policy, metric, part))) for part in certain
    ]
    moved = [f"{name} {change}" for name, change in told if change is not None][:MOST_SEGMENTS]
    overall = readings.is_certain(policy, metric)
    if not overall and not moved:
        return None
    said = _shifted(readings, policy, metric, words) if overall else f"{words} cannot be told apart overall"
    return f"{said} ({', '.join(moved)})" if moved else said


def _shifted(readings: Readings, policy: int, metric: str, words: str) -> str:
    before, after = (readings.value(each, metric) for each in (0, policy))
    change = from_to(before, after)
    if change is None:
        return f"{words} hardly move from {of_100(before)} of 100"
    return f"{words} {'rise' if after > before else 'fall'} {change} of 100"


def _by_bot(readings: Readings, policy: int) -> str:
    share = readings.value(policy, "helped_by_bot_rate")
    return f", {of_100(share)} of 100 by the bot" if share >= WORTH_SAYING else ""


def _lost(readings: Readings, policy: int) -> str:
    share = readings.value(policy, "lost_rate")
    by_segment = {name: readings.value(policy, "lost_rate", ("segment", name)) for name in readings.segments}
    # A segment to which nobody belonged has no share.
    known = [name for name, there in by_segment.items() if not isnan(there)]
    worst = max(known, key=by_segment.__getitem__, default=None)
    if worst is None or by_segment[worst] <= share:
        return f"{of_100(share)} of 100 customers are lost"
    return f"{of_100(share)} of 100 customers are lost ({worst} customers: {of_100(by_segment[worst])})"


def _bot_troubles(readings: Readings, policy: int) -> Iterator[str]:
    """What a bot does to people, where it is worth saying."""
    unsolved = readings.value(policy, "false_deflection_true_rate")
    if unsolved >= WORTH_SAYING:
        yield f"{of_100(unsolved)} of 100 conversations count as deflected but are not solved"
    loops = readings.value(policy, "bot_loop_rate")
    if loops >= WORTH_SAYING:
        yield f"{of_100(loops)} of 100 go round in circles"
    protected = readings.value(policy, "protected_automated_known")
    if protected >= 1:
        time = time_that_counts(readings.experiment)
        yield f"the bot knowingly answers protected customers or topics {protected:,.0f} times in {time}"


def _goes(before: float, after: float) -> str:
    return "rises" if after > before else "falls"


def _listed(words: list[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
