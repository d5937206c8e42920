"""What a test of one's own may ask of finished replications, with their intervals taken into account."""

from __future__ import annotations

from pathlib import Path

from .experiment import OVERALL, Experiment, Part
from .judging import judged, simultaneous
from .metrics import BY_ID, METRICS
from .targets import load_targets


def assert_metric(
    experiment: Experiment,
    measure: str,
    *,
    below: float | None = None,
    above: float | None = None,
    policy: str | None = None,
    segment: str | None = None,
    team: str | None = None,
) -> None:
    """Raises AssertionError unless the whole 95 % interval of a measure's mean lies below or above a bound, or within
    both: a mean beyond it proves nothing, and `cannot tell` is no pass.

    `policy` names one of several; `segment` or `team` whose measure is meant, overall if neither. Raises ValueError for
    names of nothing, and where no bound is given.

    >>> import deskdrill
    >>> desk = deskdrill.open_desk(deskdrill.load_scenario("saas-week"))
    >>> careful = deskdrill.run_experiment(desk, [deskdrill.load_policy("careful")], replications=3)
    >>> assert_metric(careful, "misroute_rate", below=0.5)
    """
    if below is None and above is None:
        raise ValueError("say `below`, `above` or both")
    found = experiment.estimate(_policy(experiment, policy), _part(experiment, segment, team), _metric(measure))
    told = f"{measure} is {found.value:g}, 95 % interval {found.low:g} to {found.high:g} over {found.n} replications"
    if found.nulls:
        raise AssertionError(f"{measure} cannot be told: nothing to measure in {found.nulls} of {found.n} replications")
    if found.n < 2:
        raise AssertionError(f"{measure} cannot be told from one replication, which has no interval; play more")
    if below is not None and not found.high < below:
        raise AssertionError(f"{told}: {_verdict(found.low >= below)} below {below:g}")
    if above is not None and not found.low > above:
        raise AssertionError(f"{told}: {_verdict(found.high <= above)} above {above:g}")


def assert_no_loops(experiment: Experiment, *, policy: str | None = None) -> None:
    """Raises AssertionError if a bot went round in circles in any conversation of any replication."""
    number = _policy(experiment, policy)
    rates = experiment.values(number, OVERALL, _metric("bot_loop_rate"))
    loops = [(week, rate) for week, rate in enumerate(rates.tolist()) if rate]
    if loops:
        week, rate = loops[0]
        raise AssertionError(
            f"policy `{experiment.names[number]}` loops in {len(loops)} of {len(rates)} replications: in replication "
            f"{week} in {100 * rate:.2g} % of conversations; `deskdrill run ... --out DIR` and `deskdrill transcripts "
            "DIR --loops` show them"
        )


def assert_targets(experiment: Experiment, targets: str | Path, *, policy: str | None = None) -> None:
    """Raises AssertionError unless a policy reaches all targets of a file (or of a shipped name) for sure: `cannot
    tell` is no pass. Their intervals hold all together at 95 %.

    `policy` names one of several; the baseline is the file's, else the first. Raises `InputError` for a file that
    cannot be used, ValueError for names of nothing.

    >>> import deskdrill
    >>> desk = deskdrill.open_desk(deskdrill.load_scenario("saas-week"))
    >>> found = deskdrill.run_experiment(desk, [deskdrill.load_policy("humans-only")], replications=2)
    >>> assert_targets(found, "no-harm")
    """
    read = load_targets(targets, experiment.scenario, experiment.names)
    found = judged(experiment, read, _policy(experiment, policy), simultaneous(len(read.must)))
    told = [
        f"{read.place}:{each.target.line}: {'misses' if each.verdict == 'fail' else 'cannot tell whether it reaches'} "
        f"{each.target.id}: {each.value:g}, interval {each.low:g} to {each.high:g} over {each.n} replications"
        for each in found
        if each.verdict != "pass"
    ]
    if told:
        raise AssertionError("\n".join(told))


def _verdict(is_not: bool) -> str:
    return "not" if is_not else "cannot tell whether it is"


def _policy(experiment: Experiment, name: str | None) -> int:
    if name is None:
        if len(experiment.names) > 1:
            raise ValueError(f"say which `policy` is meant: {', '.join(experiment.names)}")
        return 0
    if name not in experiment.names:
        raise ValueError(f"there is no policy `{name}`, only {', '.join(experiment.names)}")
    return experiment.names.index(name)


def _part(experiment: Experiment, segment: str | None, team: str | None) -> Part:
    if segment is not None and team is not None:
        raise ValueError("say `segment` or `team`, not both")
    kind, name = ("segment", segment) if segment is not None else ("team", team)
    if name is None:
        return OVERALL
    if (kind, name) not in experiment.parts():
        known = ", ".join(each for of, each in experiment.parts() if of == kind)
        raise ValueError(f"there is no {kind} `{name}`, only {known}")
    return kind, name


def _metric(name: str) -> int:
    if name not in BY_ID:
        raise ValueError(f"there is no measure `{name}`; docs/measures.md lists all")
    return METRICS.index(BY_ID[name])
