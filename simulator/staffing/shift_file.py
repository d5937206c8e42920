"""The shifts that people can work, as a file says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...calendar import DAY_S, WeekHours, whole_days
from ...documents import Document, FileModel, Loc, Name, read_document, validated
from ...errors import BadValue, InputError, Problem, did_you_mean
from ...quantities import Duration, Share, duration_text, parse_duration
from .roster import SLOT_S, SLOTS

T = TypeVar("T")
FloatArray = NDArray[np.float64]
A_DAY = DAY_S // SLOT_S
LONGEST_S = 16 * 3600
MOST_CANDIDATES = 20_000
_LIBRARY = files(__package__) / "library"
_TIME = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")

Wage = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False, description="for an hour that is paid")]
Limit = Annotated[Duration, Field(gt=0, le=7 * DAY_S)]


class PremiumFile(FileModel):
    """What hours cost more."""

    within: WeekHours = Field(description="these hours of the week, by the half-hour")
    extra: Share = Field(description="of the wage; what several premiums add is added up")


class BreakFile(FileModel):
    """A break of a shift."""

    lasts: Duration = Field(
        description="whole half-hours; shorter breaks are the scenario's `breaks`", examples=["30m"]
    )
    within: str = Field(description="when it may be, counted from the start of the shift", examples=["3h-5h30m"])
    paid: bool = Field(default=False, description="whether it is paid")


class ShiftKindFile(FileModel):
    """Shifts that are alike."""

    starts: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)] = Field(
        description="when they may begin: times of the day, or from one to another by the half-hour",
        examples=[["07:00-10:00", "14:00"]],
    )
    lengths: Annotated[tuple[Duration, ...], Field(min_length=1, max_length=20)] = Field(
        description="how long they may be, whole half-hours with their breaks, 16h at most", examples=[["8h30m"]]
    )
    days: str = Field(default="Mon-Sun", description="the days on which they begin", examples=["Mon-Fri"])
    skills: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="teams or groups of the scenario in which who works such a shift can work, in one of them at a "
        "time; left out: such shifts are there for each team or group, and worked in it alone",
    )
    breaks: Annotated[tuple[BreakFile, ...], Field(max_length=5)] = Field(default=(), description="in their order")
    contract: Name | None = Field(default=None, description="of who works them; else nothing binds one day to another")
    wage: Wage | None = Field(default=None, description="for an hour that is paid; else that of the file")


class ContractFile(FileModel):
    """What people who have it may work in a week."""

    days_at_most: Annotated[int, Field(ge=1, le=7)] | None = Field(default=None, description="shifts a week")
    hours_at_least: Limit | None = Field(default=None, description="hours a week without breaks, on average")
    hours_at_most: Limit | None = Field(default=None, description="likewise")
    rest: Annotated[Duration, Field(le=2 * DAY_S)] = Field(default=0.0, description="from a shift's end to the next")
    people_at_most: Annotated[int, Field(ge=0, le=100_000)] | None = Field(default=None, description="who have it")


class ShiftsFile(FileModel):
    """The shifts of a desk."""

    currency: Annotated[str, Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="a label beside costs, no more"
    )
    wage: Wage | None = Field(default=None, description="for an hour that is paid, where a shift has no other")
    premiums: Annotated[tuple[PremiumFile, ...], Field(max_length=50)] = Field(
        default=(), description="hours that cost more"
    )
    shifts: Annotated[dict[Name, ShiftKindFile], Field(min_length=1, max_length=200)] = Field(
        description="kinds of shifts, by name"
    )
    contracts: Annotated[dict[Name, ContractFile], Field(max_length=100)] = Field(default={}, description="by name")


@dataclass(frozen=True, slots=True)
class Break:
    """A break of so many half-hours that begins between two of the shift's own, counted from its start."""

    lasts: int
    first: int
    last: int
    paid: bool


@dataclass(frozen=True)
class ShiftKind:
    """Shifts that are alike.

    starts, lengths   half-hours, of the day and of the shift
    skills            where who works them can work; `None`: in any one team
    costs             what an hour costs in each half-hour of the week
    """

    name: str
    days: tuple[int, ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    skills: tuple[str, ...] | None
    breaks: tuple[Break, ...]
    contract: str | None
    costs: FloatArray

    @property
    def covers(self) -> NDArray[np.bool_]:
        """The half-hours of the week in which somebody on such a shift may be there."""
        found = np.zeros(SLOTS, dtype=np.bool_)
        for start in (day * A_DAY + start for day in self.days for start in self.starts):
            found[np.arange(start, start + max(self.lengths)) % SLOTS] = True
        return found


@dataclass(frozen=True, slots=True)
class Contract:
    """What people who have it may work in a week; times in half-hours, `None`: without limit."""

    name: str
    days_at_most: int | None
    at_least: float | None
    at_most: float | None
    rest: int
    people_at_most: int | None


@dataclass(frozen=True)
class Shifts:
    """All that a file has. `wage` is that of an hour without premiums, where a shift has no other; `priced`: whether
    there are wages; without, an hour counts as one.
    """

    place: str
    currency: str | None
    wage: float | None
    priced: bool
    kinds: tuple[ShiftKind, ...]
    contracts: tuple[Contract, ...]
    line: int | None = None
    column: int | None = None


def shipped_shifts() -> tuple[str, ...]:
    """Names of the files of shifts that come with the product."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in _LIBRARY.iterdir()))


def shipped_shifts_text(name: str) -> str:
    """The text of a shipped file of shifts."""
    return (_LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")


def load_shifts(name_or_path: str | Path, names: Collection[str], wage: float | None = None) -> Shifts:
    """The shifts of that shipped name, or in that file, for the teams and groups of those names; `wage` is for hours
    that the file has none for. Raises `InputError` with every problem of the file.
    """
    name = str(name_or_path)
    if name in shipped_shifts() and not Path(name).exists():
        return shifts_from_document(read_document(_LIBRARY / f"{name}.yaml", place=f"{name}.yaml"), names, wage)
    path = Path(name_or_path)
    if not path.exists() and not path.suffix:
        near = did_you_mean(name, shipped_shifts())
        raise InputError(Problem(name, "no such file of shifts, nor shipped ones", suggestion=near))
    return shifts_from_document(read_document(path), names, wage)


def shifts_from_document(document: Document, names: Collection[str] | None, wage: float | None = None) -> Shifts:
    """The shifts that a document describes, for any teams if `names` is `None`. Raises `InputError` with every problem
    in file order.
    """
    file = validated(document, ShiftsFile)
    if names is None:
        names = [skill for kind in file.shifts.values() for skill in kind.skills or ()]
    reader = _Reader(document, tuple(dict.fromkeys(names)))
    wage = wage if file.wage is None else file.wage
    wages = [wage if kind.wage is None else kind.wage for kind in file.shifts.values()]
    factor = np.ones(SLOTS)
    for premium in file.premiums:
        factor += premium.extra * premium.within.contains(np.arange(SLOTS) * SLOT_S)
    kinds = []
    for (name, kind), each in zip(file.shifts.items(), wages, strict=True):
        loc: Loc = ("shifts", name)
        if each is None and any(other is not None for other in wages):
            reader.problem(loc, "has no wage, and other shifts have one; say `wage` here or for the whole file")
        found = reader.kind(name, kind, loc, (1.0 if each is None else each) * factor)
        if kind.contract is not None and kind.contract not in file.contracts:
            near = did_you_mean(kind.contract, file.contracts)
            reader.problem((*loc, "contract"), f"unknown contract `{kind.contract}`", near)
        kinds += [] if found is None else [found]
    contracts = [reader.contract(name, each) for name, each in file.contracts.items()]
    if reader.problems:
        raise InputError(sorted(reader.problems, key=lambda each: (each.line or 0, each.column or 0)))
    reader.refuse_too_many(kinds)
    at = document.key_position(("shifts",))
    return Shifts(document.place, file.currency, wage, wages[0] is not None, tuple(kinds), tuple(contracts), *at)


def refuse_uncovered(shifts: Shifts, teams: dict[str, NDArray[np.bool_]]) -> None:
    """Raises `InputError` for a team or group, given with the half-hours in which it is open, that no shift is for, or
    none while it is open.
    """
    problems = []
    for name, opened in teams.items():
        own = [kind.covers for kind in shifts.kinds if kind.skills is None or name in kind.skills]
        if not own:
            told = f"no shift is worked in `{name}`, which is to be staffed; add one, or name the others with `--team`"
            problems.append(Problem(shifts.place, told, shifts.line, shifts.column))
        elif not (np.any(own, axis=0) & opened).any():
            told = f"the shifts cover no half-hour in which `{name}` is open"
            problems.append(Problem(shifts.place, told, shifts.line, shifts.column))
    if problems:
        raise InputError(problems)


def shifts_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of shifts, with descriptions, for editors."""
    schema = ShiftsFile.model_json_schema()
    return {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "deskdrill shifts"}


class _Reader:
    """Makes shifts of what is written; what is wrong with it is added to `problems`."""

    def __init__(self, document: Document, names: Sequence[str]) -> None:
        self._document, self._names = document, names
        self.problems: list[Problem] = []

    def problem(self, loc: Loc, message: str, suggestion: str | None = None) -> None:
        """Notes a problem with what is at `loc`."""
        self.problems.append(self._document.problem(loc, message, suggestion))

    def kind(self, name: str, file: ShiftKindFile, loc: Loc, costs: FloatArray) -> ShiftKind | None:
        """Shifts that are alike; `None` if there is no saying."""
        before = len(self.problems)
        days = self._read((*loc, "days"), whole_days, file.days) or ()
        starts = sorted(
            {
                start
                for number, text in enumerate(file.starts)
                for start in self._read((*loc, "starts", number), _starts, text) or ()
            }
        )
        lengths = sorted(
            {self._slots((*loc, "lengths", number), each, LONGEST_S) for number, each in enumerate(file.lengths)}
        )
        for number, each in enumerate(file.skills or ()):
            if each not in self._names:
                known = f"; it has {', '.join(f'`{one}`' for one in self._names)}"
                told = f"the scenario has no team or group `{each}` with agents of its own"
                near = did_you_mean(each, self._names)
                self.problem((*loc, "skills", number), told + ("" if near else known), near)
            elif each in (file.skills or ())[:number]:
                self.problem((*loc, "skills", number), f"`{each}` is there twice")
        breaks, after = list[Break](), 0
        for number, one in enumerate(file.breaks):
            found = self._break(one, (*loc, "breaks", number), lengths[0], after)
            if found is not None:
                breaks.append(found)
                after = found.last + found.lasts
        if sum(each.lasts for each in breaks) >= lengths[0] > 0 and len(self.problems) == before:
            self.problem((*loc, "breaks"), f"a shift of {_text(lengths[0])} is nothing but breaks")
        if len(self.problems) > before:
            return None
        skills = None if file.skills is None else tuple(sorted(file.skills, key=self._names.index))
        return ShiftKind(
            name, days, tuple(starts), tuple(lengths), skills, tuple(breaks), file.contract, costs
        )

    def contract(self, name: str, file: ContractFile) -> Contract:
        """A contract."""
        if file.hours_at_least and file.hours_at_most and file.hours_at_least > file.hours_at_most:
            most = duration_text(file.hours_at_most)
            self.problem(("contracts", name, "hours_at_least"), f"more than `hours_at_most`, which is {most}")
        least, most_s = (None if each is None else each / SLOT_S for each in (file.hours_at_least, file.hours_at_most))
        return Contract(name, file.days_at_most, least, most_s, int(-(-file.rest // SLOT_S)), file.people_at_most)

    def refuse_too_many(self, kinds: Sequence[ShiftKind]) -> None:
        """Raises `InputError` where there are more shifts than can be chosen among."""
        many = sum(
            len(kind.days) * len(kind.starts) * len(kind.lengths) * (len(self._names) if kind.skills is None else 1)
            for kind in kinds
        )
        if many > MOST_CANDIDATES:
            told = f"{many:,} shifts in a week to choose among, {MOST_CANDIDATES:,} at most"
            raise InputError(self._document.problem(("shifts",), f"{told}; allow fewer starts or lengths"))

    def _break(self, file: BreakFile, loc: Loc, shortest: int, after: int) -> Break | None:
        before = len(self.problems)
        lasts = self._slots((*loc, "lasts"), file.lasts, LONGEST_S)
        begins, ends = self._read((*loc, "within"), _within, file.within) or (0, 0)
        if len(self.problems) > before:
            return None
        at = (*loc, "within")
        if ends > shortest:
            told = f"the break may end {_text(ends)} after the start, and a shift may be over after {_text(shortest)}"
            self.problem(at, told)
        elif ends - begins < lasts:
            self.problem(at, f"there is no room for a break of {_text(lasts)}")
        elif begins < after:
            self.problem(at, "this break may begin before the one above it is over; give them apart, in their order")
        return Break(lasts, begins, ends - lasts, file.paid) if len(self.problems) == before else None

    def _slots(self, loc: Loc, lasts_s: float, most_s: int) -> int:
        """A length of time in half-hours; 0 if it is none."""
        if not lasts_s or lasts_s % SLOT_S or lasts_s > most_s:
            low = SLOT_S * max(1, round(lasts_s / SLOT_S))
            near = duration_text(min(low, most_s)) if lasts_s else None
            told = f"expected whole half-hours, from 30m to {duration_text(most_s)}, found `{duration_text(lasts_s)}`"
            self.problem(loc, told, near)
            return 0
        return int(lasts_s // SLOT_S)

    def _read(self, loc: Loc, parsed: Callable[[str], T], text: str) -> T | None:
        try:
            return parsed(text)
        except BadValue as error:
            self.problem(loc, error.message, error.suggestion)
            return None


def _starts(text: str) -> tuple[int, ...]:
    """The half-hours of the day at which shifts may begin; raises `BadValue`."""
    each = [part.strip() for part in text.split("-")]
    if not 1 <= len(each) <= 2:
        raise BadValue(f"expected a time such as `07:30`, or from one to another as `07:00-10:00`, found `{text}`")
    first, last = _start(each[0], text), _start(each[-1], text)
    if last < first:
        raise BadValue(f"`{text}` ends before it begins; starts after midnight are another entry")
    return tuple(range(first, last + 1))


def _start(time: str, text: str) -> int:
    match = _TIME.fullmatch(time)
    if match is None or int(match[1]) > 23 or (match[2] or "00") not in ("00", "30"):
        raise BadValue(f"expected a time by the half-hour such as `07:30`, from 00:00 to 23:30, found `{text}`")
    return 2 * int(match[1]) + ((match[2] or "00") == "30")


def _within(text: str) -> tuple[int, int]:
    """From when to when after the start of a shift, in half-hours; raises `BadValue`."""
    begins, dash, ends = text.partition("-")
    if not dash:
        raise BadValue(f"expected from when to when after the start, such as `3h-5h30m`, found `{text}`")
    found = [parse_duration(each.strip()) for each in (begins, ends)]
    if any(each % SLOT_S for each in found):
        raise BadValue(f"expected whole half-hours such as `3h-5h30m`, found `{text}`")
    return int(found[0] // SLOT_S), int(found[1] // SLOT_S)


def _text(slots: int) -> str:
    return duration_text(float(slots * SLOT_S))
