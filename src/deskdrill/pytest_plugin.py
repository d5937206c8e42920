"""The pytest plugin: files of cases are collected as tests, and a fixture `desk` loads policies and scenarios, decides
and runs, in a test of one's own rules.

Installed with the package, so it is part of every pytest session there: nothing of ours is imported until a file of
cases is found, or a test uses the fixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .reports.suites import Bound, Result
    from .rules.cases import Case
    from .rules.decide import Decision
    from .rules.policy import Policy
    from .rules.vocabulary import Trigger
    from .scenarios.scenario import Scenario
    from .simulator.experiment import Experiment


@dataclass(frozen=True, slots=True)
class DeskFixture:
    """What a test can do with a desk. Files are named relative to `root`; what is shipped, by its name.

    Whatever is wrong with a file is raised as `InputError`, every problem of it at once.
    """

    root: Path

    def policy(self, name_or_path: str | Path) -> Policy:
        """The policy of that name or file."""
        from .rules.loading import load_policy

        return load_policy(self._located(name_or_path))

    def scenario(self, name_or_path: str | Path) -> Scenario:
        """The scenario of that name or file."""
        from .scenarios.loading import load_scenario

        return load_scenario(self._located(name_or_path))

    def decide(self, policy: Policy | str | Path, facts: Mapping[str, object], on: Trigger = "arrived") -> Decision:
        """Where the policy sends a conversation of which `facts` (`{"customer.plan": "trial"}`) are known, and why;
        `str(decision)` tells it. Raises `BadValue` for facts that rules do not know, or of another kind.
        """
        from .rules.decide import decide
        from .rules.given import facts_of

        return decide(self._policy(policy), facts_of(facts), on)

    def run(
        self, scenario: Scenario | str | Path, policy: Policy | str | Path, replications: int = 5, seed: int = 1
    ) -> Experiment:
        """So many replications of the scenario under the policy, in this process."""
        from .simulator.desk import open_desk
        from .simulator.replications import run_experiment

        known = self.scenario(scenario) if isinstance(scenario, (str, Path)) else scenario
        return run_experiment(open_desk(known), (self._policy(policy),), replications, seed)

    def _policy(self, policy: Policy | str | Path) -> Policy:
        return self.policy(policy) if isinstance(policy, (str, Path)) else policy

    def _located(self, name_or_path: str | Path) -> str | Path:
        inside = self.root / name_or_path
        return inside if inside.exists() else name_or_path


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known by which statistical tests, which play many weeks, are told from the others."""
    config.addinivalue_line("markers", "statistical: plays many weeks, and its answer is a matter of intervals")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CasesFile | None:
    """A file of cases as tests, one each."""
    is_ours = file_path.name.endswith(".cases.yaml") and file_path.stat().st_size > 0
    return CasesFile.from_parent(parent, path=file_path) if is_ours else None


class CasesFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Its cases; a file that cannot be used is an error of collection, one line each problem."""
        from .errors import InputError
        from .reports.suites import bound

        try:
            (suite,) = bound((self.path,))
        except InputError as error:
            raise self.CollectError(str(error)) from None
        cases = suite.suite.cases
        if not cases:
            raise self.CollectError(f"{self.path}: there are no cases in it")
        ids = {case.id for case in cases}
        for case in cases:
            # Where pytest reads a name, `::` parts it.
            plain = case.id.replace("::", ":")
            name = case.id if plain in ids else plain
            yield CaseItem.from_parent(self, name=name, suite=suite, case=case)


class CaseItem(pytest.Item):
    """A case of a suite."""

    def __init__(self, *, suite: Bound, case: Case, **settings: Any) -> None:
        super().__init__(**settings)
        self.suite, self.case = suite, case
        if case.todo is not None:
            self.add_marker(pytest.mark.xfail(reason=case.todo, strict=False))

    def runtest(self) -> None:
        """Plays the case; raises `CaseFailed` where something does not come out as expected."""
        from .reports.suites import played

        result = played(self.suite, self.case)
        if not result.outcome.passes:
            raise CaseFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected, what came instead, and which condition was false."""
        from .reports.case_words import failure_words

        if isinstance(excinfo.value, CaseFailed):
            return failure_words(excinfo.value.result, 100)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case stands."""
        line = self.case.line
        return self.path, None if line is None else line - 1, self.name


class CaseFailed(Exception):
    """A case does not hold."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.id)
        self.result = result


@pytest.fixture(scope="session")
def desk(pytestconfig: pytest.Config) -> DeskFixture:
    """Loads policies and scenarios, relative to pytest's root folder, and decides and runs them."""
    return DeskFixture(pytestconfig.rootpath)
