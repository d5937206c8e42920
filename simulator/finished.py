"""Finished runs as one experiment, if they met the same customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import InputError, Problem
from ..rules.policy import Policy
from ..scenarios.scenario import Scenario
from .experiment import Experiment
from .kept import kept
from .manifest import Manifest, NotARun
from .run_folder import RunFolder
from .summary import Summary
from .warm_up import WarmUp


def experiment_of(folders: Sequence[Path]) -> Experiment:
    """The policies of finished runs side by side, in the order of the folders, over the replications that all have.

    A policy that is in several runs, the same to the byte, stands there once; policies of one name that are not the
    same have their folder's name beside theirs. Raises `NotARun`, and `InputError` where the runs did not meet the same
    customers, or have none in common.
    """
    runs = [RunFolder(folder) for folder in folders]
    for run in runs:
        _refuse_unlike(run, runs[0])
    numbers = [n for n in _numbers(runs[0]) if all(n in _numbers(run) for run in runs)]
    if not numbers:
        raise InputError(Problem(str(runs[0].folder), "the runs have no replication in common"))
    chosen = list(_policies(runs))
    names = Counter(policy.name for _, policy in chosen)
    summaries: list[tuple[Summary, ...]] = []
    policies: list[Policy] = []
    for run, policy in chosen:
        name = policy.name if names[policy.name] == 1 else f"{policy.name} ({run.folder.name})"
        summaries.append(tuple(_whole(run, policy.name, number) for number in numbers))
        policies.append(replace(policy, name=name))
    warm_up = runs[0].manifest.warm_up
    return Experiment(
        _as_written(runs[0].scenario),
        tuple(policies),
        runs[0].manifest.seed,
        len(numbers),
        tuple(summaries),
        None if warm_up is None else WarmUp(**warm_up),
    )


def _numbers(run: RunFolder) -> tuple[int, ...]:
    """The replications that a run has."""
    return tuple(sorted(map(int, run.manifest.population_hashes)))


def _as_written(scenario: Scenario) -> Scenario:
    """The scenario with its defaults left out, as they were in its file: nobody is told of settings that nobody set."""
    return Scenario.model_validate_json(scenario.model_dump_json(by_alias=True, exclude_defaults=True))


def _policies(runs: Sequence[RunFolder]) -> Iterator[tuple[RunFolder, Policy]]:
    seen: set[tuple[str, str | None]] = set()
    for run in runs:
        for name in run.manifest.policies:
            key = name, run.manifest.policy_hashes.get(name)
            if key not in seen:
                seen.add(key)
                yield run, run.policy(name)


def _whole(run: RunFolder, policy: str, replication: int) -> Summary:
    summary = kept(run.folder, policy, replication)
    if summary is None:
        what = f"replication {replication} of `{policy}` is damaged or missing"
        raise NotARun(run.folder, f"{what}; the command that wrote it, with --resume, runs it again")
    return summary


def _refuse_unlike(run: RunFolder, first: RunFolder) -> None:
    """Raises `InputError` where two runs cannot be compared."""
    mine, other = run.manifest, first.manifest
    if not mine.is_finished:
        raise NotARun(run.folder, "this run is not finished; the command that wrote it, with --resume, goes on")
    for what, one, two in _must_agree(mine, other):
        if one != two:
            told = f"not the same customers as in {first.folder}: {what} is {two} there and {one} here"
            told += "; `deskdrill compare` with a scenario and policies simulates them on the same ones"
            raise InputError(Problem(str(run.folder), told))


def _must_agree(mine: Manifest, other: Manifest) -> Iterator[tuple[str, object, object]]:
    yield "the scenario", mine.scenario, other.scenario
    yield "the seed", mine.seed, other.seed
    yield "the hash of scenario and messages", mine.desk_hash, other.desk_hash
    yield "the version of deskdrill", mine.versions.get("deskdrill"), other.versions.get("deskdrill")
    yield "the warm-up", mine.warm_up, other.warm_up
