"""What a function is given: names, paths, or what has been loaded already."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from ...rules.loading import load_policy
from ...rules.policy import Policy
from ...scenarios.loading import load_scenario
from ...simulator.desk import open_desk
from ..cli import workers as commands
from ..inputs import Inputs, PolicySource, read_inputs

PathLike = str | os.PathLike[str]
Workers = int | str | Executor | None
"""Processes, `None` for one a processor; the address of a Dask scheduler; or any executor."""


def workers_of(given: Workers) -> commands.Workers:
    """The same as commands have it. Raises `InputError`."""
    if isinstance(given, int) and given < 1:
        raise InputError(Problem("deskdrill", f"`workers` has to be 1 or more, found {given}; `None`: one a processor"))
    return commands.ClusterAt(given) if isinstance(given, str) else given


def is_named(given: object) -> bool:
    """Whether it is a name or a path, not the thing itself."""
    return isinstance(given, (str, os.PathLike))


def inputs_of(who: str, scenario: Any, policies: Sequence[Any], messages: Path | None) -> Inputs:
    """A desk and policies; `who` asks for them. Raises `InputError`."""
    if isinstance(policies, (str, os.PathLike)) or not policies:
        found = "none" if not policies else f"`{policies}`"
        raise InputError(Problem(who, f"expected a list of policies, found {found}"))
    if is_named(scenario) and all(map(is_named, policies)):
        return read_inputs(str(scenario), [str(each) for each in policies], messages)
    desk = open_desk(load_scenario(scenario) if is_named(scenario) else scenario, messages)
    each = [load_policy(policy) if is_named(policy) else policy for policy in policies]
    twice = next((policy.name for number, policy in enumerate(each) if policy.name in _names(each[:number])), None)
    if twice is not None:
        raise InputError(Problem(who, f"two policies are called `{twice}`; results go by their names"))
    return Inputs(desk, tuple(PolicySource(policy, "") for policy in each))


def _names(policies: Sequence[Policy]) -> list[str]:
    return [policy.name for policy in policies]
