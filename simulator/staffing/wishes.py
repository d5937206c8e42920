"""What of a file of targets staffing can set, and what it cannot."""

from __future__ import annotations

from dataclasses import replace

from ...errors import InputError, Problem
from ...scenarios.scenario import Scenario
from ..experiment import Experiment
from ..judging import Judgement, judged, simultaneous
from ..targets import Kind, Target, Targets
from .aims import Aim, Over

SETS: dict[str, tuple[str, Kind]] = {
    "service_level": ("answered", "at_least"),
    "abandonment_rate": ("abandoned", "at_most"),
    "occupancy": ("occupied", "at_most"),
}
"""The measures that more agents reach, with what they are of an aim."""


def is_set(target: Target) -> bool:
    """Whether it is one that staffing sets."""
    _, kind = SETS.get(target.metric.id, ("", None))
    return target.kind == kind and target.part[0] != "segment"


def aim_of(targets: Targets, over: Over) -> Aim:
    """What staffing is to reach: the strictest of what is asked for, for every team that is staffed.

    Raises `InputError` where targets contradict one another, none is for staffing, or no number of agents reaches one.
    """
    problems, asked, weeks = list(_contradictions(targets)), dict[str, float](), list[float]()
    for target in filter(is_set, targets.must):
        name, kind = SETS[target.metric.id]
        if not 0 < target.limit < 1:
            told = f"no number of agents reaches {100 * target.limit:g}%; ask for a little less than all"
            problems.append(Problem(targets.place, told, target.line, target.column))
        stricter = max if kind == "at_least" else min
        asked[name] = stricter(asked.get(name, target.limit), target.limit)
        weeks += [] if target.in_weeks is None else [target.in_weeks]
    if not asked:
        told = "`service_level` at least, `abandonment_rate` at most, `occupancy` at most"
        problems.append(Problem(targets.place, f"none of these is one that staffing sets: {told}"))
    if problems:
        raise InputError(problems)
    return replace(
        Aim(asked.get("answered"), asked.get("abandoned"), asked.get("occupied"), over),
        in_weeks=max(weeks, default=None),
    )


def names_of(targets: Targets, scenario: Scenario) -> tuple[str, ...]:
    """Whose agents are to be changed: of the teams and groups that the targets name, with all who take from their
    inboxes; nobody, which is all, where one is of everybody.
    """
    named = [target.part for target in targets.must if is_set(target)]
    if any(kind == "overall" for kind, _ in named):
        return ()
    found = list[str]()
    for _, name in named:
        found += [name, *(scenario.served_by(name) if name in scenario.teams else ())]
    return tuple(name for name in dict.fromkeys(found) if scenario.agents[name].staffing)


def judged_afterwards(experiment: Experiment, targets: Targets) -> tuple[Judgement, ...]:
    """What can be said of each target that compares with nothing, all together at 95 %."""
    alone = tuple(target for target in targets.must if target.kind != "worse_by_at_most")
    if not alone:
        return ()
    return judged(experiment, Targets(targets.place, None, alone), 0, simultaneous(len(alone)))


def _contradictions(targets: Targets) -> list[Problem]:
    found = []
    for number, target in enumerate(targets.must):
        for other in targets.must[:number]:
            same = other.metric == target.metric and other.part == target.part
            least, most = (target, other) if target.kind == "at_least" else (other, target)
            if same and (least.kind, most.kind) == ("at_least", "at_most") and least.limit > most.limit:
                both = f"`{target.metric.id}` cannot be at least {least.limit:g} and at most {most.limit:g}"
                told = f"contradicts line {other.line}: {both}"
                found.append(Problem(targets.place, told, target.line, target.column))
    return found
