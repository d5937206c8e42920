"""Files looked over without running anything: what cannot be read, and what policies and scenarios would not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..documents import Document, read_document
from ..errors import InputError, Problem, did_you_mean
from ..extensions import missing_module
from ..findings import Finding, Level
from ..rules.loading import load_policy, policy_from_document, shipped
from ..rules.policy import Policy
from ..scenarios.loading import load_scenario, scenario_from_document, shipped_scenarios
from ..scenarios.notes import notes_of
from ..scenarios.phrasebook import Phrasebook, phrasebook_from_document
from ..scenarios.scenario import Scenario
from ..simulator.assumptions import ranged_inputs, refuse_impossible
from ..simulator.staffing.plan import chosen
from ..simulator.staffing.shift_file import shifts_from_document
from ..simulator.targets import targets_from_document
from .inputs import Kind, ScenarioSource, kind_of, read_scenario
from .mismatches import HELPS_NOBODY, UNWRITTEN
from .names import findings_of
from .suites import bound, cases_files, covered

FOLDERS = ("scenarios", "rules")
"""Where a workspace keeps its files."""
PHRASEBOOKS = "phrasebook"
"""The folder of wordings beside a scenario."""
PHRASEBOOK_KEY = "follow_ups"
BESIDE = ("targets.yaml", "shifts.yaml")
"""A workspace's targets and the shifts that its people can work, beside its folders."""
HELD: Mapping[str, Literal["targets", "shifts"]] = {"must": "targets", "shifts": "shifts"}
"""Keys of files that are held against scenarios, and what these are called."""
NEEDS_A_SCENARIO = ("V102", "V104", "S503", HELPS_NOBODY, UNWRITTEN)
"""Findings that only the names of a scenario can tell."""
LEVELS: tuple[Level, ...] = ("info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that could be read."""

    place: str
    kind: Kind | Literal["phrasebook", "targets", "shifts"]
    name: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was read, what is wrong with the rest (`problems`), and what was found in scenarios and policies."""

    checked: tuple[Checked, ...]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]

    @property
    def unusable(self) -> tuple[Finding, ...]:
        """Findings with which a policy means nothing: it names what does not exist."""
        return tuple(finding for finding in self.findings if finding.id.startswith("V1"))

    def exit_code(self, fail_on: Level) -> Literal[0, 1, 2]:
        """2 where something cannot be used, 1 where a finding is at or above the level, else 0."""
        if self.problems or self.unusable:
            return 2
        return 1 if any(LEVELS.index(each.level) >= LEVELS.index(fail_on) for each in self.findings) else 0


def inspect(
    names: Sequence[str], scenario: str | None = None, root: Path = Path(), *, cases: bool = False
) -> Inspection:
    """Files, folders or shipped names looked over, all of them whatever is wrong with some.

    Policies are held against the names of `scenario`; if it is `None`, of the scenarios among the files, else of those
    in `root/scenarios`, else of what ships. With `cases` also what the cases beside a policy's file do not try.
    """
    sources: list[ScenarioSource] = []
    policies: list[Policy] = []
    checked: list[Checked] = []
    problems: list[Problem] = []
    untried: list[Finding] = []
    held: list[Document] = []
    broken_scenario = False
    for name in names:
        try:
            found = _read(name)
        except InputError as error:
            problems += error.problems
            broken_scenario |= _is_meant_for_scenario(Path(name))
            continue
        if isinstance(found, ScenarioSource):
            sources.append(found)
            checked.append(Checked(name, "scenario", found.scenario.name))
            problems += _impossible_ranges(found)
        elif isinstance(found, Document):
            held.append(found)
            checked.append(Checked(name, _held_kind(found) or "targets", Path(name).stem))
        elif isinstance(found, Phrasebook):
            checked.append(Checked(name, "phrasebook", found.language))
        else:
            policies.append(found)
            checked.append(Checked(name, "policy", found.name))
            problems += _missing_bots(found)
            if cases:
                try:
                    untried += _untried(name)
                except InputError as error:
                    problems += error.problems
    scenarios = [source.scenario for source in sources]
    against, more = _against(scenario, scenarios, root) if policies or held else (scenarios, [])
    problems += more
    problems += [problem for document in held for problem in _unfit(document, against)]
    findings: Sequence[Finding] = findings_of(policies, against)
    if problems and (not against or (broken_scenario and scenario is None and not scenarios)):
        # A scenario that would tell the names is itself broken: one mistake is not to be reported as many.
        findings = [finding for finding in findings if finding.id not in NEEDS_A_SCENARIO]
    with_bot = bool(policies) and all(policy.bot is not None for policy in policies)
    notes = [note.finding(each.document) for each in sources for note in notes_of(each.scenario, with_bot=with_bot)]
    return Inspection(tuple(checked), tuple(dict.fromkeys(problems)), (*notes, *findings, *untried))


def _untried(name: str) -> Iterator[Finding]:
    """What of a policy the cases beside it do not try (Q801, Q802)."""
    path = Path(name)
    files = cases_files([name]) if name in shipped() and not path.exists() else (path.with_suffix(".cases.yaml"),)
    if not files[0].is_file():
        yield Finding("Q801", "warning", f"no rule is tested: there is no `{files[0].name}` beside it; write one", name)
        return
    for each in covered(bound(files, name)):
        yield from each.coverage.findings()


def workspace_files(root: Path) -> tuple[str, ...]:
    """The YAML files below `root`'s scenarios/ and rules/, in order, without rule tests (`*.cases.yaml`) and accepted
    changes (`*.accepted.yaml`), and its `targets.yaml` and `shifts.yaml`.
    """
    beside = (str(root / name) for name in BESIDE if (root / name).is_file())
    return (*(each for folder in FOLDERS for each in yaml_files(root / folder)), *beside)


def yaml_files(folder: Path) -> tuple[str, ...]:
    """The YAML files below a folder, in order, without rule tests and accepted changes."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    return tuple(str(path) for path in found if not path.stem.endswith((".cases", ".accepted")))


def _held_kind(document: Document) -> Literal["targets", "shifts"] | None:
    """What a document is that is held against scenarios, by its keys; `None`: it is something else."""
    keys = document.data if isinstance(document.data, dict) else {}
    return next((kind for key, kind in HELD.items() if key in keys and not {"scenario", "policy"} & keys.keys()), None)


def _unfit(document: Document, scenarios: Sequence[Scenario]) -> Sequence[Problem]:
    """What is wrong with targets or shifts on each of the scenarios: nothing, if they fit one of them."""
    found: list[Sequence[Problem]] = []
    for scenario in scenarios or (None,):
        try:
            if _held_kind(document) == "targets":
                targets_from_document(document, scenario)
            else:
                shifts_from_document(document, None if scenario is None else chosen(scenario, ())[0])
        except InputError as error:
            found.append(error.problems)
        else:
            return ()
    return found[0]


def _impossible_ranges(source: ScenarioSource) -> Sequence[Problem]:
    """Ranges of inputs of which an end makes no scenario."""
    document = source.document
    try:
        refuse_impossible(document, ranged_inputs(document, source.scenario))
    except InputError as error:
        return error.problems
    return ()


def _missing_bots(policy: Policy) -> Iterator[Problem]:
    """A bot in Python whose module is nowhere."""
    bot = None if policy.bot is None else policy.bot.python
    if bot is not None and (missing := missing_module(bot.function, Path(bot.folder))) is not None:
        yield Problem(policy.place, missing.message, bot.line, bot.column, missing.suggestion)


def _against(scenario: str | None, among: Sequence[Scenario], root: Path) -> tuple[Sequence[Scenario], list[Problem]]:
    if scenario is None and among:
        return among, []
    found: list[Scenario] = []
    problems: list[Problem] = []
    for name in yaml_files(root / FOLDERS[0]) if scenario is None else (scenario,):
        if scenario is None and _is_in_phrasebooks(Path(name)):
            continue
        try:
            found.append(load_scenario(name))
        except InputError as error:
            problems += error.problems
    return found, problems


def _read(name: str) -> ScenarioSource | Policy | Phrasebook | Document:
    """What a file holds; targets and shifts as their document, for they are held against scenarios."""
    if name in shipped_scenarios():
        return read_scenario(name)
    if name in shipped():
        return load_policy(name)
    path = Path(name)
    if not path.exists() and path.name == name and not path.suffix:
        known = (*shipped_scenarios(), *shipped())
        raise InputError(
            Problem(name, "no file of this name, nor anything that ships", suggestion=did_you_mean(name, known))
        )
    document = read_document(path)
    if _is_in_phrasebooks(path) or (isinstance(document.data, dict) and PHRASEBOOK_KEY in document.data):
        return phrasebook_from_document(document)
    if _held_kind(document) is not None:
        return document
    match kind_of(document):
        case "scenario":
            return ScenarioSource(scenario_from_document(document), document)
        case "policy":
            return policy_from_document(document)
        case None:
            raise InputError(_of_no_kind(document))


def _is_meant_for_scenario(path: Path) -> bool:
    """Whether a file that cannot be used says that it is a scenario."""
    if not path.is_file():
        return False
    return any(line.startswith("scenario:") for line in path.read_text(encoding="utf-8", errors="replace").splitlines())


def _is_in_phrasebooks(path: Path) -> bool:
    return path.absolute().parent.name == PHRASEBOOKS


def _of_no_kind(document: Document) -> Problem:
    keys: Iterable[str] = document.data if isinstance(document.data, dict) else ()
    for key in keys:
        near = did_you_mean(key, ("scenario", "policy"))
        if near is not None:
            return document.problem((key,), f"unknown key `{key}`", near, at_key=True)
    return document.problem((), "neither a scenario nor a policy: it has no key `scenario` or `policy`")
