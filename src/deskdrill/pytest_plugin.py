"""The pytest plugin: a fixture `desk` to load policies and scenarios, decide and run, in a test of one's own rules.

Installed with the package, so it is part of every pytest session there: nothing of ours is imported until a test uses
the fixture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        """Where the policy sends a conversation of which `facts` (`{"customer.plan": "trial"}`) are known, and why."""
        from .rules.decide import decide

        return decide(self._policy(policy), facts, on)

    def run(
        self, scenario: Scenario | str | Path, policy: Policy | str | Path, replications: int = 5, seed: int = 1
    ) -> Experiment:
        """So many replications of the scenario under the policy, in this process."""
        from .simulator.desk import open_desk
        from .simulator.experiment import run_experiment

        known = self.scenario(scenario) if isinstance(scenario, (str, Path)) else scenario
        return run_experiment(open_desk(known), (self._policy(policy),), replications, seed)

    def _policy(self, policy: Policy | str | Path) -> Policy:
        return self.policy(policy) if isinstance(policy, (str, Path)) else policy

    def _located(self, name_or_path: str | Path) -> str | Path:
        inside = self.root / name_or_path
        return inside if inside.exists() else name_or_path


@pytest.fixture(scope="session")
def desk(pytestconfig: pytest.Config) -> DeskFixture:
    """Loads policies and scenarios, relative to pytest's root folder, and decides and runs them."""
    return DeskFixture(pytestconfig.rootpath)
