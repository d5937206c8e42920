"""What a command is given, read and checked together: all problems of all files are found before anything is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from ..documents import Document, parse_document, read_document, read_text
from ..errors import InputError, Problem
from ..rules.check import Finding, Names, check
from ..rules.loading import load_policy, policy_from_document, shipped
from ..rules.policy import Policy
from ..scenarios.loading import load_scenario, scenario_from_document, shipped_scenarios
from ..scenarios.scenario import Scenario
from ..simulator.desk import Desk, open_desk
from .names import names_of

Kind = Literal["scenario", "policy"]


@dataclass(frozen=True, slots=True)
class PolicySource:
    """A policy with the text of its file."""

    policy: Policy
    text: str
    document: Document | None = None
    """`None` for a shipped one."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A desk and the policies to try on it; the first is the baseline."""

    desk: Desk
    sources: tuple[PolicySource, ...]

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies alone."""
        return tuple(source.policy for source in self.sources)


def read_inputs(scenario: str, policies: Sequence[str], messages: Path | None) -> Inputs:
    """A scenario, policies (names or paths) and the messages that customers write, if they come from a file.

    Raises `InputError` with the problems of all of them: what cannot be read, names that the scenario does not know,
    and routes to where nobody ever works.
    """
    problems: list[Problem] = []
    found: Scenario | None = None
    try:
        found = read_scenario(scenario)
    except InputError as error:
        problems += error.problems
    sources: list[PolicySource] = []
    for name in policies:
        try:
            sources.append(read_policy(name))
        except InputError as error:
            problems += error.problems
    problems += _namesakes(sources)
    if found is not None:
        problems += _unfit(sources, names_of([found]))
    # Making a desk ready takes a second; without a messages file only the scenario can be wrong about it.
    desk = None
    if found is not None and (messages is not None or not problems):
        try:
            desk = open_desk(found, messages)
        except InputError as error:
            problems += error.problems
    elif messages is not None:
        problems += _unreadable(messages)
    if desk is None or problems:
        raise InputError(dict.fromkeys(problems))
    return Inputs(desk, tuple(sources))


def read_scenario(name_or_path: str) -> Scenario:
    """The scenario of a shipped name or in a file; says so if it is a policy. Raises `InputError`."""
    if name_or_path in shipped_scenarios() or not Path(name_or_path).exists():
        if name_or_path in shipped():
            raise InputError(Problem(name_or_path, "this is a policy, not a scenario; the scenario comes first"))
        return load_scenario(name_or_path)
    document = read_document(Path(name_or_path))
    if kind_of(document) == "policy":
        raise InputError(
            document.problem(("policy",), "this is a policy, not a scenario; the scenario comes first", at_key=True)
        )
    return scenario_from_document(document)


def read_policy(name_or_path: str) -> PolicySource:
    """The policy of a shipped name or in a file, which is read once; says so if it is a scenario. Raises `InputError`."""
    if name_or_path in shipped():
        policy = load_policy(name_or_path)
        return PolicySource(policy, read_text(files("deskdrill.rules") / "library" / f"{name_or_path}.yaml"))
    path = Path(name_or_path)
    if not path.exists():
        if name_or_path in shipped_scenarios():
            raise InputError(Problem(name_or_path, "this is a scenario, not a policy; only the first name is a scenario"))
        load_policy(name_or_path)
    text = read_text(path)
    document = parse_document(text, str(path))
    if kind_of(document) == "scenario":
        raise InputError(
            document.problem(("scenario",), "this is a scenario, not a policy; only the first name is a scenario", at_key=True)
        )
    return PolicySource(policy_from_document(document), text, document)


def kind_of(document: Document) -> Kind | None:
    """What a file says it is, by the first of the keys `scenario` and `policy`."""
    for key in document.data if isinstance(document.data, dict) else ():
        if key in ("scenario", "policy"):
            return "scenario" if key == "scenario" else "policy"
    return None


def stops_a_run(finding: Finding) -> bool:
    """Whether a policy with this finding cannot be simulated: a name that does not exist, a route to nobody."""
    return finding.id.startswith("V1") or finding.id == "S503"


def _unfit(sources: Sequence[PolicySource], names: Names) -> list[Problem]:
    """What of the policies does not fit the scenario."""
    return [
        Problem(finding.place, finding.message, finding.line, finding.column)
        for source in sources
        for finding in check(source.policy, names)
        if stops_a_run(finding)
    ]


def _namesakes(sources: Sequence[PolicySource]) -> list[Problem]:
    """Results are told apart by the policies' names."""
    seen: dict[str, str] = {}
    problems = []
    for source in sources:
        name, place = source.policy.name, source.policy.place
        if name in seen:
            also = "it is named twice" if seen[name] == place else f"so is the policy of {seen[name]}; rename one of them"
            line, column = source.document.position(("policy",)) if source.document else (None, None)
            problems.append(Problem(place, f"this policy is called `{name}`, and {also}", line, column))
        seen.setdefault(name, place)
    return problems


def _unreadable(messages: Path) -> list[Problem]:
    """The problems of a messages file itself, where there is no scenario to hold it against."""
    from ..scenarios.corpus import read_messages

    try:
        read_messages(messages)
    except InputError as error:
        return list(error.problems)
    return []
