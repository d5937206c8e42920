"""What a command is given, read and checked together: all problems of all files, before anything is simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar

from ..documents import Document, parse_document, read_document, read_text
from ..errors import InputError, Problem
from ..findings import Finding
from ..rules.loading import load_policy, policy_from_document, shipped
from ..rules.policy import Policy
from ..scenarios.corpus import read_messages
from ..scenarios.loading import scenario_document, scenario_from_document, shipped_scenarios
from ..scenarios.notes import UNSTABLE, notes_of
from ..scenarios.scenario import Scenario
from ..simulator.desk import Desk, open_desk
from .names import findings_of

T = TypeVar("T")
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


@dataclass(frozen=True, slots=True)
class ScenarioSource:
    """A scenario with its file."""

    scenario: Scenario
    document: Document


class Gathering:
    """Files read one after the other whatever is wrong with some, so that all problems can be raised together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.scenario: Scenario | None = None
        """The scenario, once it could be read."""

    def read(self, reader: Callable[[], T]) -> T | None:
        """What `reader` gives; `None` if it raises `InputError`, whose problems are kept."""
        try:
            return reader()
        except InputError as error:
            self.problems += error.problems
            return None

    def inputs(
        self,
        scenario: str,
        policies: Sequence[str],
        messages: Path | None,
        sources_of: Callable[[Sequence[str]], list[PolicySource]] | None = None,
    ) -> Inputs | None:
        """A desk and policies; `None` if there are problems. `sources_of` reads policies that are no names or paths."""
        source = self.read(lambda: read_scenario(scenario))
        found = self.scenario = None if source is None else source.scenario
        if sources_of is None:
            read = [self.read(partial(read_policy, name)) for name in policies]
            sources = [source for source in read if source is not None]
        else:
            sources = self.read(partial(sources_of, policies)) or []
        self.problems += _namesakes(sources)
        if source is None or found is None:
            if messages is not None:
                self.read(lambda: read_messages(messages))
            return None
        self.problems += [*_unfit(sources, found), *_never_emptied(sources, source)]
        # Making a desk ready takes a second; without a messages file only the scenario can be wrong about it.
        desk = None if self.problems and messages is None else self.read(lambda: open_desk(found, messages))
        return None if desk is None or self.problems else Inputs(desk, tuple(sources))

    def refuse_problems(self) -> None:
        """Raises `InputError` if there are any problems."""
        if self.problems:
            raise InputError(dict.fromkeys(self.problems))


def read_inputs(scenario: str, policies: Sequence[str], messages: Path | None) -> Inputs:
    """A scenario, policies (names or paths) and the messages that customers write, if they come from a file.

    Raises `InputError` with the problems of all of them: what cannot be read, names that the scenario does not know,
    routes to where nobody ever works, and queues that would grow for ever.
    """
    gathering = Gathering()
    inputs = gathering.inputs(scenario, policies, messages)
    gathering.refuse_problems()
    assert inputs is not None  # or there was a problem
    return inputs


def read_scenario(name_or_path: str) -> ScenarioSource:
    """The scenario of a shipped name or in a file; says so if it is a policy. Raises `InputError`."""
    if name_or_path in shipped_scenarios() or not Path(name_or_path).exists():
        if name_or_path in shipped():
            raise InputError(Problem(name_or_path, "this is a policy, not a scenario; the scenario comes first"))
        document = scenario_document(name_or_path)
        return ScenarioSource(scenario_from_document(document), document)
    document = read_document(Path(name_or_path))
    if kind_of(document) == "policy":
        raise InputError(
            document.problem(("policy",), "this is a policy, not a scenario; the scenario comes first", at_key=True)
        )
    return ScenarioSource(scenario_from_document(document), document)


def read_policy(name_or_path: str) -> PolicySource:
    """The policy of a shipped name or in a file, which is read once; says so if it is a scenario. Raises
    `InputError`.
    """
    if name_or_path in shipped():
        policy = load_policy(name_or_path)
        return PolicySource(policy, read_text(files("deskdrill.rules") / "library" / f"{name_or_path}.yaml"))
    path = Path(name_or_path)
    if not path.exists():
        if name_or_path in shipped_scenarios():
            raise InputError(
                Problem(name_or_path, "this is a scenario, not a policy; only the first name is a scenario")
            )
        load_policy(name_or_path)
    text = read_text(path)
    document = parse_document(text, str(path))
    if kind_of(document) == "scenario":
        raise InputError(
            document.problem(
                ("scenario",), "this is a scenario, not a policy; only the first name is a scenario", at_key=True
            )
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


def _unfit(sources: Sequence[PolicySource], scenario: Scenario) -> list[Problem]:
    """What of the policies does not fit the scenario."""
    return [
        Problem(finding.place, finding.message, finding.line, finding.column)
        for finding in findings_of([source.policy for source in sources], [scenario])
        if stops_a_run(finding)
    ]


def _never_emptied(sources: Sequence[PolicySource], given: ScenarioSource) -> list[Problem]:
    """Queues that grow for ever under a policy without a bot."""
    without_bot = next((source.policy for source in sources if source.policy.bot is None), None)
    if without_bot is None:
        return []
    return [
        given.document.problem(note.loc, f"{note.message}; policy `{without_bot.name}` has none")
        for note in notes_of(given.scenario)
        if note.id == UNSTABLE
    ]


def _namesakes(sources: Sequence[PolicySource]) -> list[Problem]:
    """Results are told apart by the policies' names."""
    seen: dict[str, str] = {}
    problems = []
    for source in sources:
        name, place = source.policy.name, source.policy.place
        if name in seen:
            also = (
                "it is named twice" if seen[name] == place else f"so is the policy of {seen[name]}; rename one of them"
            )
            line, column = source.document.position(("policy",)) if source.document else (None, None)
            problems.append(Problem(place, f"this policy is called `{name}`, and {also}", line, column))
        seen.setdefault(name, place)
    return problems
