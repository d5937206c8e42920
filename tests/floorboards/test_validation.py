from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel, ValidationError, field_validator, model_validator
from typing_extensions import TypedDict

from deskdrill.calendar import WeekHours
from deskdrill.documents import FileModel, parse_document, validated
from deskdrill.errors import BadValue, InputError
from deskdrill.quantities import Duration, Share, Weight


class Kind(Enum):
    CHAT = "chat"
    MAIL = "mail"


class Team(FileModel):
    agents: int = Field(ge=1, le=500)
    kind: Kind = Kind.CHAT
    plan: Literal["trial", "starter", "pro"] = "trial"
    wait: Duration = 0.0
    share: Share = 0.5
    weight: Weight = 1.0
    hours: WeekHours = WeekHours.parse("always")
    tags: tuple[str, ...] = ()
    open: bool = True
    after: int | Literal["never"] = 2


class Teams(FileModel):
    teams: dict[Annotated[str, Field(pattern="^[a-z_]+$")], Team]


@dataclass(frozen=True)
class Point:
    x: int
    why: str = ""


class Circle(FileModel):
    shape: Literal["circle"]
    radius: float


class Square(FileModel):
    shape: Literal["square"]
    width: float


class AnyOf(FileModel):
    any: tuple[Condition, ...]


class Not(FileModel):
    not_: Condition = Field(alias="not")


class Atom(FileModel):
    field: str
    operator: Literal["is", "is_not"]
    value: int | str | tuple[str, ...]


Condition = AnyOf | Not | Atom
AnyOf.model_rebuild()
Not.model_rebuild()


class Names(RootModel[dict[str, Point]]):
    pass


class Extra(TypedDict):
    note: str


class Mixed(FileModel):
    name: str = "x"
    when: Condition | None = None
    point: Point | None = None
    figure: Annotated[Circle | Square, Field(discriminator="shape")] | None = None
    pair: tuple[int, str] = (1, "")
    names: Names | None = None
    extra: Extra | None = None
    patience: Duration | Literal["never"] = 0.0
    least: tuple[int, ...] = Field(default=(1,), min_length=1, max_length=3)
    code: Annotated[str, Field(min_length=2, max_length=4)] = "ab"
    parts: dict[str, Share] = {}
    even: int = 0

    @field_validator("even")
    @classmethod
    def _is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError(f"`{number}` is odd")
        return number

    @model_validator(mode="after")
    def _sums_to_one(self) -> Mixed:
        if self.parts and abs(sum(self.parts.values()) - 1) > 1e-9:
            raise BadValue("the parts must sum to 1", loc=("parts",))
        return self


def problems_of(text: str, model: type[BaseModel]) -> list[str]:
    with pytest.raises(InputError) as caught:
        validated(parse_document(text, "f"), model)
    return str(caught.value).split("\n")


# A field -> what may stand there wrongly, and what is said of it. `None`: the key itself is wrong.
WRONG = {
    "agents": [
        ("many", "expected a whole number, found `many`"),
        ("3.0", "expected a whole number, found `3.0`; did you mean `3`?"),
        ("'3'", "expected a whole number, found `3`; did you mean `3`?"),
        ("0", "expected at least 1, found `0`"),
        ("501", "expected at most 500, found `501`"),
        ("[1]", "expected a whole number, found a list"),
        ("", "expected a whole number, found nothing"),
    ],
    "kind": [
        ("chta", "expected `chat` or `mail`, found `chta`; did you mean `chat`?"),
        ("5", "expected `chat` or `mail`, found `5`"),
    ],
    "plan": [
        ("starters", "expected `trial`, `starter` or `pro`, found `starters`; did you mean `starter`?"),
        ("true", "expected `trial`, `starter` or `pro`, found `true`"),
    ],
    "wait": [
        ("8", "expected a duration with its unit, found `8`; did you mean `8m`?"),
        ("-5m", "a duration cannot be negative, found `-5m`"),
        ("-5", "a duration cannot be negative, found `-5`"),
        ("true", "expected a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m`, found `true`"),
        ("{a: 1}", "expected a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m`, found keys and values"),
    ],
    "share": [
        ("20", "a share is at most 1, found `20`; did you mean `20%`?"),
        ("-0.1", "a share cannot be negative, found `-0.1`"),
        ("~", "expected a share from 0 to 1, or a percentage such as `20%`, found nothing"),
    ],
    "weight": [
        ("-1", "expected a number of 0 or more, found `-1`"),
        ("no", "expected a number of 0 or more, found `no`"),
    ],
    "hours": [
        ("Mon-Fry 08-18", "unknown day `Fry` in `Mon-Fry 08-18`; did you mean `Fri`?"),
        ("8", "expected hours such as `Mon-Fri 08-18`, `Mon-Fri 08:30-18, Sat 10-14` or `always`, found `8`"),
    ],
    "tags": [
        ("urgent", "expected a list, found `urgent`; did you mean `[urgent]`?"),
        ("{}", "expected a list, found keys and values"),
    ],
    "open": [
        ("yes", "expected `true` or `false`, found `yes`; did you mean `true`?"),
        ("Off", "expected `true` or `false`, found `Off`; did you mean `false`?"),
        ("1", "expected `true` or `false`, found `1`"),
    ],
    "after": [
        ("nevr", "expected a whole number or `never`, found `nevr`; did you mean `never`?"),
        ("1.5", "expected a whole number or `never`, found `1.5`"),
    ],
}
RIGHT = {
    "agents": "3",
    "kind": "mail",
    "plan": "pro",
    "wait": "1h30m",
    "share": "20%",
    "weight": "2.5",
    "hours": "Mon-Fri 08:30-18",
    "tags": "[a, b]",
    "open": "false",
    "after": "never",
}
UNKNOWN = {"agnets": "agents", "hour": "hours", "Share": "share"}


@st.composite
def team_files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file of teams with mistakes here and there, and what must be said of it."""
    lines, expected = ["teams:"], []
    for number in range(draw(st.integers(1, 4))):
        lines.append(f"  team_{'abcd'[number]}:")
        first = len(lines) + 1
        names = draw(st.permutations(sorted(RIGHT)).map(lambda each: [*each])) + draw(
            st.lists(st.sampled_from(sorted(UNKNOWN)), unique=True)
        )
        missing = "agents" in names and draw(st.integers(0, 4)) == 0 and "agnets" not in names
        if missing:
            names.remove("agents")
            expected.append((first, 5, "key `agents` is missing"))
        for name in names:
            lines.append("")
            if name in UNKNOWN:
                lines[-1] = f"    {name}: 1"
                expected.append((len(lines), 5, f"unknown key `{name}`; did you mean `{UNKNOWN[name]}`?"))
                continue
            wrong = draw(st.none() | st.sampled_from(WRONG[name]))
            lines[-1] = f"    {name}: {RIGHT[name] if wrong is None else wrong[0]}"
            if wrong is not None:
                # libyaml puts a value that is not there right behind the colon.
                column = len(name) + (7 if wrong[0] else 6)
                expected.append((len(lines), column, wrong[1]))
    return "\n".join(lines), [f"f:{line}:{column}: {message}" for line, column, message in sorted(expected)]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 999)
    | st.floats(-9, 9)
    | st.sampled_from(["a", "8m", "20%", "is", "never", "circle"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "name when point figure pair names any not field operator value shape radius x y parts teams".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(team_files())
def test_every_mistake_of_a_file_is_told_at_its_place_and_nothing_else(made: tuple[str, list[str]]) -> None:
    text, expected = made
    document = parse_document(text, "f")
    try:
        teams = validated(document, Teams)
    except InputError as error:
        assert str(error).split("\n") == expected
    else:
        assert expected == []
        assert all(team.wait == 5400 and team.share == 0.2 for team in teams.teams.values())


@given(anything, st.sampled_from([Mixed, Teams, Team]))
def test_problems_are_lines_of_plain_words_at_places_in_the_file(data: Any, model: type[BaseModel]) -> None:
    text = json.dumps(data, indent=1)
    document = parse_document(text, "f")
    try:
        validated(document, model)
    except InputError as error:
        assert len(set(error.problems)) == len(error.problems) > 0
        for problem in error.problems:
            line = text.split("\n")[(problem.line or 0) - 1]
            assert 1 <= (problem.column or 0) <= len(line)
            assert "\n" not in str(problem)
            assert not re.search(
                r"Input|should|valid|tagged|function|int_|str_|Mixed|Team|AnyOf|Atom|Point|Circle|Names|Extra|Literal|dict\b|tuple|\.$",
                str(problem),
            )


@given(anything, st.sampled_from([Mixed, Teams, Team]))
def test_a_document_is_refused_exactly_when_the_model_refuses_it(data: Any, model: type[BaseModel]) -> None:
    text = json.dumps(data)
    try:
        expected = model.model_validate_json(text)
    except ValidationError:
        with pytest.raises(InputError):
            validated(parse_document(text), model)
    else:
        assert validated(parse_document(text), model) == expected


@given(
    st.builds(Team, agents=st.integers(1, 500), wait=st.floats(0, 1e6), share=st.floats(0, 1), after=st.integers(1, 9))
)
def test_what_is_written_from_a_model_reads_back_as_it(team: Team) -> None:
    assert validated(parse_document(team.model_dump_json()), Team) == team


@given(st.sampled_from(sorted(Team.model_fields)), st.data())
def test_a_misspelt_required_key_is_said_once(name: str, data: st.DataObject) -> None:
    assume(name == "agents")
    at = data.draw(st.integers(1, len(name) - 1))
    slip = name[:at] + name[at + 1 :]
    assert problems_of(f"{slip}: 3", Team) == [f"f:1:1: unknown key `{slip}`; did you mean `agents`?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # No alternative fits: only that which fits best is spoken of.
        ("when: {field: a, operator: iz, value: 1}", ["1:28: expected `is` or `is_not`, found `iz`"]),
        ("when: {fild: a, operator: is, value: 1}", ["1:8: unknown key `fild`; did you mean `field`?"]),
        ("when: {field: a, operator: is, value: {}}", ["1:39: expected a whole number, text or a list, found keys and values"]),
        ("when: {any: [{not: {field: a, operator: is}}]}", ["1:20: key `value` is missing"]),
        ("when: {any: {field: a}}", ["1:13: expected a list, found keys and values"]),
        ("when: {al: []}", ["1:8: unknown key `al`; possible here: `any`, `not`, `field`, `operator`, `value`"]),
        ("when: 5", ["1:7: expected keys and values, found `5`"]),
        ("when: {any: [{field: a, operator: iz, value: 1}, 5, {not: 3}]}",
         ["1:35: expected `is` or `is_not`, found `iz`", "1:50: expected keys and values, found `5`", "1:59: expected keys and values, found `3`"]),
        # Discriminated unions.
        ("figure: {shape: cirle, radius: 1}", ["1:17: expected `circle` or `square`, found `cirle`; did you mean `circle`?"]),
        ("figure: {radius: 1}", ["1:9: key `shape` is missing"]),
        ("figure: {shape: square, radius: 1, wdth: 2}",
         ["1:25: unknown key `radius`; possible here: `shape`, `width`", "1:36: unknown key `wdth`; did you mean `width`?"]),
        ("figure: [1]", ["1:9: expected keys and values, found a list"]),
        # Dataclasses, root models, typed dicts, tuples.
        ("point: {xx: 1}", ["1:9: unknown key `xx`; did you mean `x`?"]),
        ("point: {y: 1}", ["1:8: key `x` is missing", "1:9: unknown key `y`; possible here: `x`, `why`"]),
        ("names: {a: {x: one}}", ["1:16: expected a whole number, found `one`"]),
        ("extra: {note: 5}", ['1:15: expected text, found the number `5`; did you mean `"5"`?']),
        ("pair: [1]", ["1:7: entry 2 is missing"]),
        ("pair: [1, a, b]", ["1:7: expected at most 2 entries, found 3"]),
        # Kinds and bounds.
        ("name: 5", ['1:7: expected text, found the number `5`; did you mean `"5"`?']),
        ("name: 2.50", ['1:7: expected text, found the number `2.50`; did you mean `"2.50"`?']),
        ("name: true", ['1:7: expected text, found `true`; did you mean `"true"`?']),
        ("name: [a]", ["1:7: expected text, found a list"]),
        ("patience: nver", ["1:11: expected a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m` or `never`, found `nver`; did you mean `never`?"]),
        ("patience: 5", ["1:11: expected a duration with its unit or `never`, found `5`; did you mean `5m`?"]),
        ("patience: -5m", ["1:11: a duration cannot be negative, found `-5m`"]),
        ("least: []", ["1:8: expected at least 1 entry, found 0"]),
        ("least: [1, 2, 3, 4]", ["1:8: expected at most 3 entries, found 4"]),
        ("code: a", ["1:7: expected at least 2 characters, found `a`"]),
        ("code: abcde", ["1:7: expected at most 4 characters, found `abcde`"]),
        ("even: 3", ["1:7: `3` is odd"]),
        ("least: [1_000, '08', 1.0]",
         ["1:9: expected a whole number, found `1_000`; did you mean `1000`?", "1:16: expected a whole number, found `08`; did you mean `8`?",
          "1:22: expected a whole number, found `1.0`; did you mean `1`?"]),
        # Rules of the whole point at the part that they are about.
        ("name: a\nparts: {a: 0.5, b: 20%}", ["2:8: the parts must sum to 1"]),
        # The file as a whole.
        ("", ["1:1: expected keys and values, found nothing"]),
        ("hello", ["1:1: expected keys and values, found `hello`"]),
        ("- a", ["1:1: expected keys and values, found a list"]),
    ],
)  # fmt: skip
def test_mistakes_are_said_in_our_words(text: str, expected: list[str]) -> None:
    assert problems_of(text, Mixed) == [f"f:{line}" for line in expected]


def test_a_wrong_key_is_shown_at_the_key() -> None:
    text = "teams:\n  Bad-Name: {agents: 3}"
    assert problems_of(text, Teams) == ["f:2:3: expected text of the form `^[a-z_]+$`, found `Bad-Name`"]


def test_a_mistake_behind_aliases_is_said_once() -> None:
    text = "teams:\n  a: &a {agents: 0}\n  b: *a\n  c: *a"
    assert problems_of(text, Teams) == ["f:2:18: expected at least 1, found `0`"]


def test_nothing_long_is_repeated_in_full() -> None:
    (problem,) = problems_of(f"agents: {'x' * 1000}", Team)
    assert len(problem) < 120
    (problem,) = problems_of(f"agents: 1\n{'x' * 1000}: 1", Team)
    assert len(problem) < 250


def test_a_file_model_is_frozen_strict_and_closed() -> None:
    team = Team(agents=3)
    with pytest.raises(ValidationError):
        team.agents = 4
    with pytest.raises(ValidationError):
        Team(agents="3")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Team(agents=3, agent=3)  # type: ignore[call-arg]
