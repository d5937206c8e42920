"""Rule tests: files of cases found, played against their policies, and what became of each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from os.path import relpath
from pathlib import Path
from typing import Final, Literal

from ..calendar import WeekHours
from ..errors import InputError, Problem, did_you_mean
from ..rules.case_file import Suite, load_suite
from ..rules.cases import Around, Case, Outcome, outcome
from ..rules.coverage import Coverage, coverage_of
from ..rules.known_names import unknown_names
from ..rules.loading import CASES, load_policy, shipped, shipped_cases
from ..rules.policy import Policy

Verdict = Literal["passed", "failed", "todo"]
_NOT_OURS: Final = frozenset(("node_modules", "venv", "build", "dist", "site-packages"))
"""Folders that hold other people's files."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A suite with its policy, and what it is played with; `options` are those that said so in place of the file."""

    suite: Suite
    policy: Policy
    around: Around
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case of a suite."""

    bound: Bound
    outcome: Outcome

    @property
    def case(self) -> Case:
        """The case."""
        return self.outcome.case

    @property
    def id(self) -> str:
        """The case's name with its file's: unique among all results."""
        return f"{self.bound.suite.place}::{self.case.id}"

    @property
    def place(self) -> str:
        """The file in which the case stands."""
        return self.case.file or self.bound.suite.place

    @property
    def verdict(self) -> Verdict:
        """A case that is `todo` may fail."""
        if self.outcome.passes:
            return "passed"
        return "failed" if self.case.todo is None else "todo"

    @property
    def is_done(self) -> bool:
        """Whether a case that is `todo` holds already."""
        return self.case.todo is not None and self.outcome.passes


def cases_files(names: Sequence[str], root: Path = Path()) -> tuple[Path, ...]:
    """The files of cases that are meant: files, folders, shipped policies; without a name, all below `root`.

    Raises `InputError` for names of nothing.
    """
    if not names:
        return tuple(_below(root))
    problems: list[Problem] = []
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            within = tuple(_below(path))
            found |= dict.fromkeys(within)
            if not within:
                problems.append(Problem(name, f"no files of cases (*{CASES}) in this folder"))
        elif name in shipped() and not path.exists():
            found[shipped_cases(name)] = None
        elif path.exists() or path.suffix:
            found[path] = None
        else:
            message = "no file or folder of this name, nor a shipped policy"
            problems.append(Problem(name, message, suggestion=did_you_mean(name, shipped())))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    """The files of cases below a folder, in order; hidden folders and those of installed packages are left out, and
    files that are empty: a shell makes one for what a command is about to write into it.
    """
    for path in sorted(folder.rglob(f"*{CASES}")):
        above = path.relative_to(folder).parts[:-1]
        is_ours = not any(part.startswith(".") or part in _NOT_OURS for part in above)
        if is_ours and path.is_file() and path.stat().st_size:
            yield path


def bound(paths: Sequence[Path], policy: str | None = None, scenario: str | None = None) -> tuple[Bound, ...]:
    """The suites in files, each with its policy; `policy` and `scenario` are taken in place of what the files name.

    Raises `InputError` with every problem of all of them.
    """
    problems: list[Problem] = []
    found: list[Bound] = []
    for path in paths:
        try:
            found.append(_bound(_named(path), policy, scenario))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(found)


def _named(path: Path) -> Suite:
    """The suite in a file, whose place is shown relative to where we are if it is below."""
    suite = load_suite(path)
    shown = relpath(path) if path.is_absolute() and path.is_relative_to(Path.cwd()) else str(path)
    return replace(suite, place=shown)


def _bound(suite: Suite, policy_name: str | None, scenario_name: str | None) -> Bound:
    policy = load_policy(policy_name) if policy_name is not None else _policy_of(suite)
    refuse_own_bot(policy, suite.place)
    name = suite.scenario if scenario_name is None else scenario_name
    around, teams = _around(suite, name) if name is not None else (Around(hours=suite.hours), ())
    problems = tuple(unknown_names(suite.cases, suite.place, policy, teams))
    if problems:
        raise InputError(problems)
    given = (("--policy", policy_name), ("--scenario", scenario_name))
    options = tuple(each for option, value in given if value is not None for each in (option, value))
    return Bound(suite, policy, around, options)


def refuse_own_bot(policy: Policy, place: str) -> None:
    """Raises `InputError` for a policy whose bot is in Python: a case would show what another bot does."""
    if policy.bot is not None and policy.bot.python is not None:
        name = policy.bot.python.function
        message = f"policy `{policy.name}`: cases do not play a bot in Python (`{name}`)"
        instead = "test it as the function that it is, and rules in a copy without it"
        raise InputError(Problem(place, f"{message}; {instead}"))


def _policy_of(suite: Suite) -> Policy:
    """The policy that a suite names; that there is none such is a mistake of the suite."""
    try:
        return load_policy(suite.policy)
    except InputError as error:
        if Path(suite.policy).exists():
            raise
        problems = [(f"policy `{each.place}`: {each.message}", each.suggestion) for each in error.problems]
        raise InputError(Problem(suite.place, told, suggestion=near) for told, near in problems) from None


def _around(suite: Suite, name: str) -> tuple[Around, tuple[str, ...]]:
    from ..scenarios.loading import load_scenario
    from ..simulator.around import around_of

    scenario = load_scenario(name)
    hours: WeekHours | None = suite.hours
    return around_of(scenario, tuple(_texts(suite)), hours), tuple(scenario.teams)


def _texts(suite: Suite) -> Iterator[str]:
    return (step.say for case in suite.cases for step in case.steps if step.say is not None)


def results(suites: Sequence[Bound], only: Sequence[str] = ()) -> Iterator[Result]:
    """What becomes of the cases, in order; of those that `only` names, exactly, by a pattern, or with their file's name
    (`FILE::CASE`).
    """
    for each in suites:
        for case in each.suite.cases:
            names = case.id, f"{each.suite.place}::{case.id}"
            if not only or any(wanted in names or fnmatchcase(case.id, wanted) for wanted in only):
                yield played(each, case)


def played(suite: Bound, case: Case) -> Result:
    """What becomes of a case of the suite."""
    return Result(suite, outcome(suite.policy, case, suite.around))


def by_policy(suites: Sequence[Bound]) -> tuple[tuple[Bound, ...], ...]:
    """The suites of each policy together."""
    found: dict[str, list[Bound]] = {}
    for each in suites:
        found.setdefault(each.policy.place, []).append(each)
    return tuple(map(tuple, found.values()))


@dataclass(frozen=True, slots=True)
class CoveredByCases:
    """What cases try of a policy: those that hold, so many; `left_out` do not, or are `todo`. The first of them are in
    the file `place`.
    """

    coverage: Coverage
    cases: int
    left_out: int
    place: str


def covered(suites: Sequence[Bound]) -> tuple[CoveredByCases, ...]:
    """What the cases try of each policy, those of one policy together."""
    found = []
    for same in by_policy(suites):
        every = tuple(results(same))
        hold = [each for each in every if each.verdict == "passed" and each.case.todo is None]
        tried = (each for result in hold for one in result.outcome.played for each in one.tried)
        coverage = coverage_of(same[0].policy, tried)
        found.append(CoveredByCases(coverage, len(hold), len(every) - len(hold), same[0].suite.place))
    return tuple(found)
