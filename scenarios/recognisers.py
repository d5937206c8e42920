"""What tells the bot and the rules what a message is about: learnt from the texts, by phrases, by a function of the
user's, or of a quality that is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from ..documents import Document, FileModel, Loc
from ..errors import BadValue, Problem, did_you_mean
from ..extensions import extension_name
from ..quantities import Share
from .intents import SMALL_TALK, TALK_TO_PERSON
from .keywords import Keywords, keyword_problems

FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-6
_PLACE: Loc = ("recogniser",)


class Band(FileModel):
    """Confidences spread evenly between two."""

    from_: Annotated[Share, Field(alias="from")]
    to: Share
    share: Annotated[Share, Field(description="of the guesses, where there are several bands; they sum to 1")] = 1.0

    @model_validator(mode="after")
    def _goes_up(self) -> Band:
        if self.to < self.from_:
            raise BadValue(f"the band ends at {self.to:g}, below its start at {self.from_:g}", loc=("to",))
        return self


def level(value: object) -> str:
    """How confidences are given: as one number, one band or several."""
    if isinstance(value, (list, tuple)):
        return "bands"
    return "band" if isinstance(value, (dict, Band)) else "number"


Level: TypeAlias = Annotated[
    Annotated[Share, Tag("number")]
    | Annotated[Band, Tag("band")]
    | Annotated[tuple[Band, ...], Field(min_length=1, max_length=100), Tag("bands")],
    Discriminator(level),
]
"""Confidences: always the same one, spread evenly over a band, or over several bands with a share each."""


def bands_of(confidence: Level) -> tuple[Band, ...]:
    """Confidences as bands, however they are given.

    >>> [(band.from_, band.to, band.share) for band in bands_of(0.9)]
    [(0.9, 0.9, 1.0)]
    """
    if isinstance(confidence, Band):
        return (confidence,)
    if isinstance(confidence, tuple):
        return confidence
    return (Band.model_validate({"from": confidence, "to": confidence}),)


class Confidence(FileModel):
    """How sure the recogniser is of its guesses, 0 to 1."""

    right: Annotated[Level, Field(description="where the guess is right")] = 0.9
    wrong: Annotated[Level, Field(description="where the guess is wrong")] = 0.6


class Learnt(FileModel):
    """A recogniser that learns from wordings that customers do not write, and goes by the words of each message."""

    kind: Literal["learnt"]


class Own(FileModel):
    """A recogniser in Python, yours: asked once for all messages that anybody writes."""

    kind: Literal["python"]
    function: Annotated[
        str,
        AfterValidator(extension_name),
        Field(
            description="`module:attribute`, the module beside the scenario's file or installed; or the name of an "
            "entry point of the group `deskdrill.recognisers`. It is given a list of texts and the names of the "
            "intents, and gives for each text a pair: an intent or None, and a confidence from 0 to 1"
        ),
    ]
    _folder: str = PrivateAttr(default=".")
    _place: tuple[str, int | None, int | None] = PrivateAttr(default=("recogniser.function", None, None))

    @property
    def folder(self) -> str:
        """Where modules are looked for first: the folder of the scenario's file."""
        return self._folder

    def named_in(self, document: Document) -> Own:
        """The same, knowing in which file it is named, and where."""
        own = self.model_copy()
        own._folder = str(Path(document.place).parent)
        own._place = (document.place, *document.position((*_PLACE, "function")))
        return own

    def problem(self, message: str, suggestion: str | None = None) -> Problem:
        """What is wrong with the function, where it is named."""
        place, line, column = self._place
        return Problem(place, message, line, column, suggestion)


class Confusion(FileModel):
    """A recogniser of known quality: what it takes messages for is drawn, whatever their words."""

    kind: Literal["confusion"]
    right: Annotated[
        Share | None,
        Field(description="share recognised rightly, of every intent without a row of its own"),
    ] = None
    unknown: Annotated[
        Share,
        Field(
            description="share without any guess, of every intent without a row of its own; the rest goes evenly to "
            "the other intents"
        ),
    ] = 0.0
    rows: Annotated[
        dict[str, Annotated[dict[str, Share], Field(min_length=1)]],
        Field(
            description="by true intent: the shares of what it is recognised as; what is missing to 100 % has no guess"
        ),
    ] = {}
    asks_for_person: Annotated[
        Share | None,
        Field(
            description="share of requests for a person that are recognised as such, the others as nothing; like an "
            "intent without a row if left out"
        ),
    ] = None
    confidence: Confidence = Confidence()

    def shares(self, intents: Sequence[str]) -> FloatArray:
        """What messages are recognised as: a row for each thing that they may be about, in which the shares sum to 1.

        Rows: the intents in order, then asking for a person, then small talk. Columns: the same, then no guess.
        """
        names = recognisable(intents)
        shares = np.zeros((len(names), len(names) + 1))
        for number, name in enumerate(names):
            row = shares[number]
            given = self._given(name)
            if given is not None:
                for each, share in given.items():
                    row[names.index(each)] = share
                row[-1] = max(0.0, 1 - math.fsum(given.values()))
                continue
            right = 0.0 if self.right is None else self.right
            others = np.flatnonzero(np.arange(len(intents)) != number)
            row[others] = max(0.0, 1 - right - self.unknown) / max(others.size, 1)
            row[number], row[-1] = right, self.unknown
        return shares

    def _given(self, name: str) -> Mapping[str, float] | None:
        """The row of an intent that has one of its own."""
        if name == TALK_TO_PERSON and self.asks_for_person is not None:
            return {name: self.asks_for_person}
        return self.rows.get(name, {name: 1.0} if name == SMALL_TALK else None)


def kind(value: object) -> str | None:
    """The name of a kind of recogniser, from a file or of an object; `None` for what is none."""
    if isinstance(value, dict):
        return str(value.get("kind", "confusion"))
    return getattr(value, "kind", None)


Recogniser: TypeAlias = Annotated[
    Annotated[Learnt, Tag("learnt")]
    | Annotated[Keywords, Tag("keywords")]
    | Annotated[Own, Tag("python")]
    | Annotated[Confusion, Tag("confusion")],
    Discriminator(kind),
]
"""What tells the bot and the rules what a message is about."""


def recogniser_problems(document: Document, recogniser: Recogniser, intents: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with a recogniser in a scenario with these intents."""
    known = recognisable(intents)
    if isinstance(recogniser, Keywords):
        yield from keyword_problems(document, recogniser, known)
    elif isinstance(recogniser, Confusion):
        yield from _confusion_problems(document, recogniser, intents, known)


def recognisable(intents: Sequence[str]) -> tuple[str, ...]:
    """All that a message can be recognised as in a scenario with these intents."""
    return (*intents, TALK_TO_PERSON, SMALL_TALK)


def _confusion_problems(
    document: Document, recogniser: Confusion, intents: Sequence[str], known: Sequence[str]
) -> Iterator[Problem]:
    for name, row in recogniser.rows.items():
        at: Loc = (*_PLACE, "rows", name)
        for place, each in ((at, name), *(((*at, each), each) for each in row)):
            if each not in known:
                yield document.problem(
                    place, f"unknown intent `{each}`", suggestion=did_you_mean(each, known), at_key=True
                )
        total = math.fsum(row.values())
        if total > 1 + _TOLERANCE:
            yield document.problem(
                at, f"shares of what `{name}` is recognised as sum to {100 * total:.6g}%, more than 100%"
            )
    if TALK_TO_PERSON in recogniser.rows and recogniser.asks_for_person is not None:
        yield document.problem(
            (*_PLACE, "asks_for_person"),
            f"`asks_for_person` and a row `{TALK_TO_PERSON}` both say what requests for a person are recognised as; "
            "keep one of them",
        )
    yield from _problems_without_a_row(document, recogniser, intents)
    for which in ("right", "wrong"):
        total = math.fsum(band.share for band in bands_of(getattr(recogniser.confidence, which)))
        if abs(total - 1) > _TOLERANCE:
            yield document.problem(
                (*_PLACE, "confidence", which), f"shares of the bands sum to {100 * total:.6g}%, not 100%"
            )


def _problems_without_a_row(document: Document, recogniser: Confusion, intents: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with `right` and `unknown`, which hold for intents that have no row."""
    rowless = [name for name in intents if name not in recogniser.rows]
    asks_rowless = TALK_TO_PERSON not in recogniser.rows and recogniser.asks_for_person is None
    if recogniser.right is None:
        if rowless:
            yield document.problem(
                _PLACE, f"intent `{rowless[0]}` has no row under `rows`, and there is no `right` for those without one"
            )
        elif asks_rowless:
            yield document.problem(
                _PLACE, "nothing says what requests for a person are recognised as; give `asks_for_person` or `right`"
            )
        return
    total = recogniser.right + recogniser.unknown
    if total > 1 + _TOLERANCE:
        yield document.problem(
            (*_PLACE, "unknown"), f"`right` and `unknown` sum to {100 * total:.6g}%, more than 100%"
        )
    elif rowless and len(intents) == 1 and total < 1 - _TOLERANCE:
        yield document.problem(
            (*_PLACE, "right"),
            f"`right` and `unknown` sum to {100 * total:.6g}%, and there is no other intent for the rest",
        )
