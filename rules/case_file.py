"""Files of cases (`NAME.cases.yaml`): their shape, and the cases that they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from ..calendar import WeekHours
from ..documents import Document, FileModel, Loc, read_document, validated
from ..errors import BadValue, InputError, Problem, did_you_mean, hint
from ..quantities import Duration
from .cases import ABOUT, ACTS, KEYS, Case, Expected, Step, Value
from .forms import Name, RuleId, listed
from .given import SHORT, Wrong, as_in_yaml, given_facts
from .matching import phrase_of
from .rows import read_csv
from .vocabulary import FIELDS, PRIORITIES

_ID: Final = r"[^\s/\\][^/\\\n]*"
Data = dict[str, Any]
Text = Annotated[str, Field(min_length=1)]


class StepFile(FileModel):
    """What the customer writes, and what should come of it."""

    say: str | None = Field(default=None, description="what the customer writes; several lines are several messages")
    after: Duration | None = Field(default=None, description="time since the step before")
    given: Data = Field(default={}, description="what has become known or changed by now")
    answers: bool = Field(
        default=True, description="it answers what the bot has asked for an errand, rather than say that it is wrong"
    )
    works: bool = Field(default=True, description="what the bot looks up or changes now goes well")
    means: Name | None = Field(
        default=None, description="the true intent, for invariants that speak of it; no rule sees it"
    )
    taken: bool = Field(default=False, description="an agent takes it up after that, so it waits no longer")
    closed: bool = Field(default=False, description="it is over after that; whoever writes on then reopens it")
    expect: Data = Field(default={}, description=f"what should come of it: {', '.join(KEYS)}")


class CaseFile(StepFile):
    """A conversation: one message, several turns, or a table of such."""

    id: Annotated[str, Field(pattern=f"^{_ID}$", max_length=200, description="its name, unique in the file")]
    why: Text | None = None
    todo: Text | None = Field(default=None, description="why it does not hold yet; it is played and may fail")
    invariants: Annotated[tuple[RuleId, ...], BeforeValidator(listed)] = Field(
        default=(), description="built-in invariants that it keeps too; the policy's hold in every case"
    )
    turns: Annotated[tuple[StepFile, ...], Field(max_length=1000)] = ()
    rows: Annotated[tuple[Data, ...], Field(max_length=100_000)] = Field(
        default=(), description="one case each: facts by their full names, `say`, and what is expected"
    )
    csv: Text | None = Field(
        default=None, description="the same from a CSV beside this file; `text` and `team` stand for `say` and `route`"
    )


class CasesFile(FileModel):
    """Cases of one policy."""

    policy: Text = Field(description="a file, relative to this one, or a shipped policy's name")
    scenario: Text | None = Field(
        default=None,
        description="whose recogniser reads messages whose intent is not given, whose knowledge and hours hold",
    )
    hours: WeekHours | None = Field(default=None, description="when people are there; always, or the scenario's")
    given: Data = Field(default={}, description="what is known in all cases")
    cases: Annotated[tuple[CaseFile, ...], Field(max_length=100_000)] = ()


def cases_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of cases, with descriptions, for editors."""
    schema = CasesFile.model_json_schema()
    expected = {
        name: {"description": about, **({"enum": list(PRIORITIES)} if name == "priority" else {})}
        for name, about in ABOUT.items()
    }
    shape = {"type": "object", "additionalProperties": False, "properties": expected}
    for name in ("StepFile", "CaseFile"):
        step = schema["$defs"][name]["properties"]
        step["expect"] = {**shape, "description": "what should come of it"}
        step["given"]["properties"] = {
            **{short: {"description": FIELDS[name].about} for short, name in SHORT.items()},
            **{name: {"description": field.about} for name, field in FIELDS.items() if "TEAM" not in name},
        }
    return {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "deskdrill cases"}


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of a file. `policy` is a path or a shipped policy's name."""

    place: str
    policy: str
    scenario: str | None
    hours: WeekHours | None
    cases: tuple[Case, ...]


def load_suite(path: Path) -> Suite:
    """The cases in a file. Raises `InputError` with every problem of the file."""
    return suite_from_document(read_document(path), path.parent)


def suite_from_document(document: Document, folder: Path = Path()) -> Suite:
    """The cases that a document describes; files that it names are in `folder`. Raises `InputError`."""
    file = validated(document, CasesFile)
    reader = _Reader(document, folder)
    given = reader.facts(file.given, ("given",))
    cases = [case for number, each in enumerate(file.cases) for case in reader.cases(each, ("cases", number), given)]
    reader.refuse_twice(cases)
    if reader.problems:
        raise InputError(sorted(reader.problems, key=lambda each: (each.line or 0, each.column or 0)))
    scenario = None if file.scenario is None else _beside(folder, file.scenario)
    return Suite(document.place, _beside(folder, file.policy), scenario, file.hours, tuple(cases))


def _beside(folder: Path, name: str) -> str:
    """A file of this name in the folder, if there is one; else the name."""
    return str(folder / name) if (folder / name).exists() else name


class _Reader:
    """Reads the cases of a file, gathering problems as it goes."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._document, self._folder = document, folder

    def facts(self, data: Mapping[str, Any], loc: Loc) -> dict[str, object | None]:
        """The facts of a mapping in the document."""
        found, wrong = given_facts(data, loc)
        self._note([*wrong, *_said(found, loc)])
        return found

    def cases(self, file: CaseFile, loc: Loc, given: Mapping[str, object]) -> Iterator[Case]:
        """The cases of one entry: as many as it has rows, else one."""
        facts = {**given, **self.facts(file.given, (*loc, "given"))}
        line, column = self._document.position(loc)
        if not file.rows and file.csv is None:
            yield Case(file.id, self._steps(file, loc), facts, file.why, file.todo, line, column, file.invariants)
            return
        for name in ("say", "turns", "after", "taken", "closed"):
            if getattr(file, name):
                told = "they say what is written" if name in ("say", "turns") else "each is one message"
                self._problem((*loc, name), f"case `{file.id}` has rows: {told}", at_key=True)
        expected = self._expected(file.expect, (*loc, "expect"))
        for number, row in enumerate(file.rows, 1):
            here = (*loc, "rows", number - 1)
            row_line, row_column = self._document.position(here)
            case = self._of_row(row, here, file, facts, expected)
            place = row_line, row_column
            yield Case(f"{file.id}[{number}]", case[1], case[0], file.why, file.todo, *place, file.invariants)
        if file.csv is not None:
            yield from self._of_csv(file, loc, facts, expected)

    def _of_row(
        self,
        row: Mapping[str, Any],
        loc: Loc,
        file: CaseFile,
        facts: Mapping[str, object],
        expected: tuple[Expected, ...],
    ) -> tuple[dict[str, object], tuple[Step, ...]]:
        known = self.facts({name: value for name, value in row.items() if name not in (*KEYS, "say")}, loc)
        expects = self._expected({name: value for name, value in row.items() if name in KEYS}, loc)
        say = row.get("say")
        if not isinstance(say, str):
            self._problem((*loc, "say") if "say" in row else loc, "expected what the customer writes, in `say`")
            say = ""
        if not (file.expect or file.invariants or row.keys() & KEYS):
            self._problem(loc, f"this row of case `{file.id}` expects nothing; say what should come of it")
        step = Step(say, (*expected, *expects), answers=file.answers, works=file.works, means=file.means)
        return {**facts, **known}, (step,)

    def _of_csv(
        self, file: CaseFile, loc: Loc, facts: Mapping[str, object], expected: tuple[Expected, ...]
    ) -> Iterator[Case]:
        path = self._folder / str(file.csv)
        try:
            columns, rows = read_csv(path)
        except InputError as error:
            self.problems += [self._document.problem((*loc, "csv"), f"{problem}") for problem in error.problems]
            return
        if not rows:
            self._problem((*loc, "csv"), f"{path} has no rows")
            return
        names = {name: {"text": "say", "team": "route"}.get(name, name) for name in columns}
        if "say" not in names.values():
            self._problem((*loc, "csv"), f"{path}:1: no column `text`, what the customer writes")
            return
        for line, cells in ((row.line, row.values) for row in rows):
            place = f"{path}:{line}"
            told = {names[column]: cell for column, cell in cells.items()}
            values = {
                name: cell if name in (*KEYS, "say") else as_in_yaml(name, cell) for name, cell in told.items()
            }
            known, wrong = given_facts({name: value for name, value in values.items() if name not in (*KEYS, "say")})
            for _, message, suggestion, _ in (*wrong, *_said(known, ())):
                self._problem((*loc, "csv"), f"{place}: {message}{hint(suggestion)}")
            said = self._expected({name: value for name, value in values.items() if name in KEYS}, (*loc, "csv"))
            expects = [replace(each, line=line, column=1, file=str(path)) for each in said]
            if not (file.expect or file.invariants or values.keys() & KEYS):
                self._problem((*loc, "csv"), f"{place}: this row expects nothing; say what should come of it")
            say = str(values.get("say", ""))
            step = Step(say, (*expected, *expects), answers=file.answers, works=file.works, means=file.means)
            about = (file.why, file.todo, line, 1, file.invariants, str(path))
            yield Case(f"{file.id}[{line}]", (step,), {**facts, **known}, *about)

    def _steps(self, file: CaseFile, loc: Loc) -> tuple[Step, ...]:
        for name in ("say", "expect", "after", "answers", "works", "means", "taken", "closed") if file.turns else ():
            if name in file.model_fields_set:
                told = "they say what is written and expected" if name in ("say", "expect") else "say so in one of them"
                self._problem((*loc, name), f"case `{file.id}` has `turns`: {told}", at_key=True)
        parts = [(each, (*loc, "turns", number)) for number, each in enumerate(file.turns)] or [(file, loc)]
        steps: list[Step] = []
        for part, here in parts:
            if part.say is None and part.after is None and not (part.taken or part.closed):
                kinds = "`say`, what the customer writes, `after`, how long nobody does, `taken` or `closed`"
                self._problem(here, f"a step needs {kinds}")
            facts = {} if part is file else self.facts(part.given, (*here, "given"))
            if "time" in facts and steps:
                self._problem((*here, "given"), "the clock goes on by itself in later turns: say `after`", at_key=True)
            expected = self._expected(part.expect, (*here, "expect"))
            after_s = part.after or 0.0
            steps.append(
                Step(
                    part.say, expected, after_s, facts, part.answers, part.works, part.means, part.taken, part.closed
                )
            )
        if not file.invariants and not any(part.expect for part, _ in parts):
            self._problem(loc, f"case `{file.id}` expects nothing; say in `expect` what should come of it")
        return tuple(steps)

    def _expected(self, data: Mapping[str, Any], loc: Loc) -> tuple[Expected, ...]:
        found = []
        for name, raw in data.items():
            here = (*loc, name)
            if name not in KEYS:
                message = f"nothing to expect is called `{name}`; there is {', '.join(KEYS)}"
                self._problem(here, message, did_you_mean(name, KEYS), at_key=True)
                continue
            value = self._value(name, raw, here)
            if value is not None:
                found.append(Expected(name, value, *self._document.position(here)))
        return tuple(found)

    def _value(self, name: str, raw: object, loc: Loc) -> Value | None:
        if name == "hand_over":
            if isinstance(raw, bool):
                return raw
            self._problem(loc, "`hand_over` is true or false")
            return None
        entries = [each for each in (raw if isinstance(raw, list) else [raw]) if isinstance(each, str) and each]
        if not entries or len(entries) != (len(raw) if isinstance(raw, list) else 1):
            self._problem(loc, f"`{name}` is a text{'' if name in ('route', 'priority') else ', or a list of them'}")
            return None
        for each in entries if name in ("says", "not_says") else ():
            try:
                phrase_of(each)
            except BadValue as error:
                self._problem(loc, f"`{name}`: {error.message}")
        for each in entries if name in ("did", "not_did") else ():
            if each not in ACTS:
                message = f"a desk does nothing called `{each}`; it does {', '.join(ACTS)}"
                self._problem(loc, message, did_you_mean(each, ACTS))
        if name in ("route", "priority"):
            if isinstance(raw, list):
                self._problem(loc, f"`{name}` is one text")
                return None
            return str(raw)
        return tuple(entries)

    def refuse_twice(self, cases: Sequence[Case]) -> None:
        """Notes cases of one name."""
        seen: set[str] = set()
        for case in cases:
            if case.id in seen:
                message = f"two cases are called `{case.id}`"
                self.problems.append(Problem(self._document.place, message, case.line, case.column))
            seen.add(case.id)

    def _note(self, wrong: Sequence[Wrong]) -> None:
        for loc, message, suggestion, at_key in wrong:
            self._problem(loc, message, suggestion, at_key=at_key)

    def _problem(self, loc: Loc, message: str, suggestion: str | None = None, *, at_key: bool = False) -> None:
        self.problems.append(self._document.problem(loc, message, suggestion, at_key=at_key))


def _said(facts: Mapping[str, object], loc: Loc) -> Iterator[Wrong]:
    """What is given of the message that only its words say."""
    for name in ("message.text", "message.says"):
        if name in facts:
            yield loc, f"`{name}` is what the customer writes: put it into `say`", None, True
