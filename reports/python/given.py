"""What a function is given: names, paths, or what has been loaded already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from ...rules.loading import load_policy
from ...rules.policy import Policy
from ...scenarios.loading import load_scenario
from ...scenarios.scenario import Scenario
from ...simulator.desk import open_desk
from ..cli import workers as commands
from ..cli.usage import MOST
from ..inputs import Inputs, PolicySource, read_inputs

PathLike = str | os.PathLike[str]
Workers = int | str | Executor | None
"""Processes, `None` for one a processor; the address of a Dask scheduler; or any executor."""


def refused(who: str, message: str) -> InputError:
    """What is wrong with what a function was given."""
    return InputError(Problem(who, message))


def refuse_unless_whole(who: str, name: str, given: object, least: int, most: int = MOST) -> None:
    """Raises `InputError` for what is no whole number between these."""
    if type(given) is not int or not least <= given <= most:
        raise refused(who, f"`{name}` has to be a whole number from {least} to {most:,}, found {given!r}")


def path_of(who: str, name: str, given: Any) -> Path | None:
    """A path that may be left out. Raises `InputError`."""
    if given is not None and not is_named(given):
        raise refused(who, f"`{name}` has to be a path, found {given!r}")
    return None if given is None else Path(given)


def workers_of(who: str, given: Workers) -> commands.Workers:
    """The same as commands have it. Raises `InputError`."""
    if isinstance(given, str) and not given.isdigit():
        return commands.ClusterAt(given)
    if not isinstance(given, (str, bool)) and (given is None or isinstance(given, Executor)):
        return given
    if type(given) is not int or given < 1:
        allowed = "a number of processes, 1 or more; `None`: one a processor; a scheduler's address; or an executor"
        raise refused(who, f"`workers` has to be {allowed}, found {given!r}")
    return given


def is_named(given: object) -> bool:
    """Whether it is a name or a path, not the thing itself."""
    return isinstance(given, (str, os.PathLike))


def inputs_of(who: str, scenario: Any, policies: Any, messages: Path | None) -> Inputs:
    """A desk and policies; `who` asks for them. Raises `InputError`."""
    if is_named(policies) or isinstance(policies, Policy) or not isinstance(policies, Iterable):
        raise refused(who, f"expected a list of policies, found {_shown(policies)}")
    policies = tuple(policies)
    if not policies:
        raise refused(who, "expected a list of policies, found none")
    other = next((each for each in policies if not is_named(each) and not isinstance(each, Policy)), None)
    if other is not None:
        raise refused(who, f"a policy is a name, a path, or what `load_policy` gives, found {_shown(other)}")
    if not is_named(scenario) and not isinstance(scenario, Scenario):
        raise refused(who, f"a scenario is a name, a path, or what `load_scenario` gives, found {_shown(scenario)}")
    if is_named(scenario) and all(map(is_named, policies)):
        return read_inputs(str(scenario), [str(each) for each in policies], messages)
    desk = open_desk(load_scenario(scenario) if is_named(scenario) else scenario, messages)
    each = [load_policy(policy) if is_named(policy) else policy for policy in policies]
    twice = next((policy.name for number, policy in enumerate(each) if policy.name in _names(each[:number])), None)
    if twice is not None:
        raise refused(who, f"two policies are called `{twice}`; results go by their names")
    return Inputs(desk, tuple(PolicySource(policy, "") for policy in each))


def _names(policies: Sequence[Policy]) -> list[str]:
    return [policy.name for policy in policies]


def _shown(given: object) -> str:
    """A name as it is, anything else by its kind."""
    return f"`{given}`" if is_named(given) else f"a {type(given).__name__}"
