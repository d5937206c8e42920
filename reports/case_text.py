"""Cases as they stand in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

from ..quantities import duration_text
from ..rules.cases import Case, Step
from ..rules.loading import load_policy, shipped
from ..rules.policy import Policy
from ..rules.vocabulary import field_named
from ..rules.wording import fact_in_words
from ..yaml_text import yaml_text


def cases_text(policy: Policy, cases: Iterable[Case], folder: Path, scenario: str | None = None) -> str:
    """A file of cases of a policy, for that folder; they expect nothing but to keep their invariants."""
    name = policy.place.removeprefix("shipped/").removesuffix(".yaml")
    is_shipped = name in shipped() and load_policy(name).place == policy.place
    about = {"policy": name if is_shipped else _from(folder, policy.place)}
    if scenario is not None:
        about["scenario"] = _from(folder, scenario) if Path(scenario).exists() else scenario
    return yaml_text({**about, "cases": [_case(each) for each in cases]})


def _from(folder: Path, name: str) -> str:
    """The way to a file from a folder, where there is one."""
    path = Path(name).absolute()
    return relpath(path, folder.absolute()) if path.anchor == folder.absolute().anchor else str(path)


def _case(case: Case) -> dict[str, Any]:
    told = {"why": case.why, "todo": case.todo, "invariants": list(case.invariants), "given": _facts(case.given)}
    about = {"id": case.id, **{key: value for key, value in told.items() if value}}
    return {**about, "turns": [_step(each) for each in case.steps]}


def _step(step: Step) -> dict[str, Any]:
    said: dict[str, Any] = {} if step.say is None else {"say": step.say}
    if step.after_s or step.say is None:
        said["after"] = duration_text(step.after_s)
    if step.means is not None:
        said["means"] = step.means
    if step.facts:
        said["given"] = _facts(step.facts)
    return said | {name: False for name in ("answers", "works") if not getattr(step, name)}


def _facts(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: written(name, value) for name, value in facts.items()}


def written(name: str, value: object) -> object:
    """A fact as it stands in a file."""
    field = field_named(name)
    if value is None:
        return "unset"
    if field is not None and field.kind == "duration" and isinstance(value, float):
        return duration_text(value)
    if field is not None and field.kind == "moment":
        return fact_in_words(name, value)
    if isinstance(value, frozenset):
        return sorted(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
