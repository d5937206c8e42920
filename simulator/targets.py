"""What a policy must reach before it goes live: a file of targets, which `compare`, `gate` and `staff` read alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field

from ..documents import Document, FileModel, Loc, Name, read_document, validated
from ..errors import BadValue, InputError, Problem, did_you_mean
from ..quantities import Share
from ..scenarios.scenario import Scenario
from .experiment import OVERALL, Part
from .limits import Written, parse_limit, parse_step, parse_worsening
from .metrics import BY_ID, METRICS, Metric

T = TypeVar("T")
Kind = Literal["at_most", "at_least", "worse_by_at_most"]
KINDS: Final[tuple[Kind, ...]] = ("at_most", "at_least", "worse_by_at_most")
OF_AGENTS: Final = frozenset({"occupancy", "slot_utilisation", "agent_hours"})
"""Measures of who is on duty: no segment has them, and a group of agents has no others."""
_PARTS: Final = ("segment", "team", "group")
_LIBRARY = files(__package__) / "library"


class OfPart(FileModel):
    """A measure, of everybody unless it says of whom."""

    measure: Name = Field(description="its id; `deskdrill describe` lists them")
    segment: Name | None = Field(default=None, description="of these customers only")
    team: Name | None = Field(default=None, description="of this team only")
    group: Name | None = Field(default=None, description="of this group of agents only")


class TargetFile(OfPart):
    """What must hold: one limit."""

    at_most: Written | None = Field(
        default=None, description="in the measure's unit: `20m`, `5%`, a number of cases", examples=["20m", "5%", 0]
    )
    at_least: Written | None = Field(default=None, description="likewise", examples=["80%"])
    worse_by_at_most: Written | None = Field(
        default=None,
        description="against the baseline, on the same customers: `1pp` of a share, else `30s` or `5%` of what it was",
        examples=["1pp", "30s", "5%"],
    )
    in_weeks: Share | None = Field(
        default=None, description="the share of replications in which it must hold; without it, on average"
    )


class PreferFile(OfPart):
    """What chooses among policies that reach all targets."""

    margin: Written = Field(default=0, description="means that are as near as that are alike", examples=["1m", "1pp"])


class TargetsFile(FileModel):
    """Targets of a desk."""

    baseline: Name | None = Field(default=None, description="the policy of today; else the first that is named")
    must: Annotated[tuple[TargetFile, ...], Field(min_length=1, max_length=1000)] = Field(
        description="all of these must hold"
    )
    prefer: PreferFile | None = Field(default=None, description="among those that reach all targets, the best in this")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that must hold. `limit` is in the measure's unit or, if `relative`, a part of the baseline's mean;
    `in_weeks` is the share of replications in which it must hold, `None` for on average.
    """

    metric: Metric
    part: Part
    kind: Kind
    limit: float
    relative: bool = False
    in_weeks: float | None = None
    line: int | None = None
    column: int | None = None

    @property
    def id(self) -> str:
        """What nothing else in its file is called, unless it is there twice."""
        of = f"{self.part[1]}: " if self.part[1] else ""
        weeks = "" if self.in_weeks is None else f" in {100 * self.in_weeks:g}%"
        share = "%" if self.relative else ""
        return f"{of}{self.metric.id} {self.kind} {self.limit * (100 if self.relative else 1):g}{share}{weeks}"


@dataclass(frozen=True, slots=True)
class Preference:
    """The measure in which the best of several is wanted; means that differ by at most `margin` are alike."""

    metric: Metric
    part: Part
    margin: float


@dataclass(frozen=True, slots=True)
class Targets:
    """All that a file asks for. `baseline` is the name of a policy, or `None` for the first of those that are tried."""

    place: str
    baseline: str | None
    must: tuple[Target, ...]
    prefer: Preference | None = None

    def baseline_among(self, names: Sequence[str]) -> int:
        """The position of the baseline."""
        return 0 if self.baseline is None else list(names).index(self.baseline)


def shipped_targets() -> tuple[str, ...]:
    """Names of the targets that come with the product."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in _LIBRARY.iterdir()))


def shipped_targets_text(name: str) -> str:
    """The text of a shipped file of targets."""
    return (_LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


def load_targets(
    name_or_path: str | Path, scenario: Scenario | None = None, policies: Sequence[str] | None = None
) -> Targets:
    """The targets of that shipped name, or in that file.

    Segments, teams and groups are those of `scenario`, the baseline one of `policies`; `None`: any will do.
    Raises `InputError` with every problem of the file.
    """
    name = str(name_or_path)
    if name in shipped_targets() and not Path(name).exists():
        return targets_from_document(read_document(_LIBRARY / f"{name}.yaml", place=f"{name}.yaml"), scenario, policies)
    path = Path(name_or_path)
    if not path.exists() and not path.suffix:
        near = did_you_mean(name, shipped_targets())
        raise InputError(Problem(name, "no such file of targets, nor shipped ones", suggestion=near))
    return targets_from_document(read_document(path), scenario, policies)


def targets_from_document(
    document: Document, scenario: Scenario | None = None, policies: Sequence[str] | None = None
) -> Targets:
    """The targets that a document describes. Raises `InputError` with every problem in file order."""
    file = validated(document, TargetsFile)
    reader = _Reader(document, scenario)
    must = [reader.target(each, ("must", number)) for number, each in enumerate(file.must)]
    prefer = None if file.prefer is None else reader.preference(file.prefer, ("prefer",))
    if file.baseline is not None and policies is not None and file.baseline not in policies:
        known = ", ".join(f"`{name}`" for name in policies)
        near = did_you_mean(file.baseline, policies)
        reader.problem(("baseline",), f"the baseline `{file.baseline}` is none of the policies ({known})", near)
    if reader.problems:
        raise InputError(sorted(reader.problems, key=lambda each: (each.line or 0, each.column or 0)))
    return Targets(document.place, file.baseline, tuple(each for each in must if each is not None), prefer)


def targets_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of targets, with descriptions, for editors."""
    schema = TargetsFile.model_json_schema()
    measures = [{"const": metric.id, "description": f"{metric.title}: {metric.definition}"} for metric in METRICS]
    schema["$defs"]["Measure"] = {"description": "a measure's id", "oneOf": measures}
    for name in ("TargetFile", "PreferFile"):
        about = schema["$defs"][name]["properties"]["measure"]["description"]
        schema["$defs"][name]["properties"]["measure"] = {"$ref": "#/$defs/Measure", "description": about}
    schema["$defs"]["TargetFile"]["oneOf"] = [{"required": [kind]} for kind in KINDS]
    return {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "deskdrill targets"}


class _Reader:
    """Makes targets of what is written; what is wrong with it is added to `problems`."""

    def __init__(self, document: Document, scenario: Scenario | None) -> None:
        self._document = document
        self._known: dict[str, Sequence[str]] | None = None
        if scenario is not None:
            found = (tuple(scenario.segments), tuple(scenario.teams), tuple(scenario.groups))
            self._known = dict(zip(_PARTS, found, strict=True))
        self.problems: list[Problem] = []

    def problem(self, loc: Loc, message: str, suggestion: str | None = None, *, at_key: bool = False) -> None:
        """Notes a problem with what is at `loc`."""
        self.problems.append(self._document.problem(loc, message, suggestion, at_key=at_key))

    def target(self, file: TargetFile, loc: Loc) -> Target | None:
        """What must hold; `None` if there is no saying."""
        before = len(self.problems)
        metric, part = self._metric(file, loc), self._part(file, loc)
        kind = self._kind(file, loc)
        if file.in_weeks is not None and not 0 < file.in_weeks < 1:
            told = "no number of weeks shows that; say a share of them below all, such as `95%`"
            self.problem((*loc, "in_weeks"), told if file.in_weeks else "in no week at all: this always holds")
        if metric is None or kind is None:
            return None
        self._refuse_part(metric, part, loc)
        at = (*loc, kind)
        if kind == "worse_by_at_most":
            if metric.better == "none":
                self.problem(at, f"`{metric.id}` has no better side: say `at_most` or `at_least`", at_key=True)
                return None
            limit, relative = self._value(at, lambda written: parse_worsening(written, metric), file) or (0.0, False)
        else:
            limit, relative = self._value(at, lambda written: parse_limit(written, metric), file) or 0.0, False
        if len(self.problems) > before:
            return None
        most = 1.0 if metric.unit == "share" else None
        if (kind == "at_least" and limit == 0) or (kind != "at_least" and not relative and limit == most):
            self.problem(at, f"`{metric.id}` is never {'less' if kind == 'at_least' else 'more'}: this always holds")
        line, column = self._document.position(loc)
        return Target(metric, part, kind, limit, relative, file.in_weeks, line, column)

    def preference(self, file: PreferFile, loc: Loc) -> Preference | None:
        """What chooses; `None` if there is no saying."""
        metric, part = self._metric(file, loc), self._part(file, loc)
        if metric is None:
            return None
        self._refuse_part(metric, part, loc)
        if metric.better == "none":
            self.problem((*loc, "measure"), f"`{metric.id}` has no better side, so nobody is best in it")
        try:
            return Preference(metric, part, parse_step(file.margin, metric))
        except BadValue as error:
            self.problem((*loc, "margin"), error.message, error.suggestion)
            return None

    def _metric(self, file: OfPart, loc: Loc) -> Metric | None:
        if file.measure not in BY_ID:
            told = f"unknown measure `{file.measure}`; `deskdrill describe` lists them"
            self.problem((*loc, "measure"), told, did_you_mean(file.measure, BY_ID))
        return BY_ID.get(file.measure)

    def _part(self, file: OfPart, loc: Loc) -> Part:
        chosen = OVERALL
        for kind in _PARTS:
            name = getattr(file, kind)
            if name is None:
                continue
            if chosen != OVERALL:
                self.problem((*loc, kind), f"of one {chosen[0]} or one {kind}, not both", at_key=True)
            elif self._known is not None and name not in self._known[kind]:
                self.problem((*loc, kind), f"unknown {kind} `{name}`", did_you_mean(name, self._known[kind]))
            chosen = (kind, name)
        return chosen

    def _refuse_part(self, metric: Metric, part: Part, loc: Loc) -> None:
        """Notes a measure that its part does not have."""
        of_agents = metric.id in OF_AGENTS
        if (part[0] == "segment" and of_agents) or (part[0] == "group" and not of_agents):
            self.problem((*loc, part[0]), f"`{metric.id}` is not measured by {part[0]}", at_key=True)

    def _kind(self, file: TargetFile, loc: Loc) -> Kind | None:
        found = [kind for kind in KINDS if getattr(file, kind) is not None]
        if not found:
            self.problem(loc, "no limit: say `at_most`, `at_least` or `worse_by_at_most`")
            return None
        if len(found) > 1:
            told = f"a target has one limit, not both `{found[0]}` and `{found[1]}`: make it two targets"
            self.problem((*loc, found[1]), told, at_key=True)
            return None
        return found[0]

    def _value(self, loc: Loc, parsed: Callable[[Written], T], file: TargetFile) -> T | None:
        try:
            return parsed(getattr(file, str(loc[-1])))
        except BadValue as error:
            self.problem(loc, error.message, error.suggestion)
            return None
