"""Phrasebooks: the wordings from which synthetic customers' messages are made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..documents import Document, FileModel, read_document, read_text, validated
from ..errors import InputError, Problem, did_you_mean

Register = Literal["plain", "terse", "polite", "long", "upset"]
FakerKind = Literal["order_number", "amount", "email", "date", "person", "company", "card_digits"]

_SLOT = re.compile(r"\{(\w*)\}")
_LIBRARY = files(__package__) / "library" / "phrasebook"
HELD_OUT_EVERY = 3


def _without_slots(text: str) -> str:
    if found := _SLOT.search(text):
        raise ValueError(f"slot `{found[0]}` is filled in wordings only")
    return text


Unfilled = Annotated[str, Field(min_length=1), AfterValidator(_without_slots)]
"""A text that is used as it stands."""


class Wording(FileModel):
    """One way of saying something."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    register_: Annotated[Register, Field(alias="register")] = "plain"


class IntentWordings(FileModel):
    """How customers put one kind of problem, and what a bot would answer."""

    answer: Unfilled
    article: Annotated[Unfilled, Field(description="title of the help-centre article")]
    wordings: Annotated[tuple[Wording, ...], Field(min_length=HELD_OUT_EVERY)]


class FollowUp(FileModel):
    """What customers say later in a conversation."""

    wordings: Annotated[tuple[Wording, ...], Field(min_length=HELD_OUT_EVERY)]


class FollowUps(FileModel):
    """The kinds of later messages."""

    ask_person: FollowUp
    frustrated: FollowUp
    yes: Annotated[FollowUp, Field(description="the bot has understood what was meant")]
    no: FollowUp
    thanks: FollowUp
    leaving: FollowUp
    details: Annotated[
        FollowUp, Field(description="an answer to whatever the bot asks for, without the thing itself; never taught")
    ]
    rephrase_lead: FollowUp


class MadeUp(FileModel):
    """A slot whose values are made up, one for each text."""

    faker: FakerKind


class Phrasebook(FileModel):
    """Wordings in one language."""

    language: Annotated[str, Field(pattern="^[a-z]{2}$")]
    slots: dict[str, MadeUp | Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    intents: Annotated[dict[str, IntentWordings], Field(min_length=1)]
    follow_ups: FollowUps
    vague: Annotated[
        FollowUp | None,
        Field(description="openings that fit no intent: without any content, or about something else; never taught"),
    ] = None
    greetings: Annotated[tuple[Unfilled, ...], Field(min_length=1)]
    closings: Annotated[tuple[Unfilled, ...], Field(min_length=1)]
    joins: Annotated[
        tuple[Unfilled, ...], Field(description="how a second question is put behind the first, such as `Also,`")
    ] = ()

    def lacks(self, needs: Mapping[str, str]) -> list[tuple[str, str]]:
        """What the book has not of the parts that somebody needs, by a key."""
        return [(key, part) for key, part in needs.items() if not getattr(self, part)]


def shipped_languages() -> tuple[str, ...]:
    """Languages of the phrasebooks that come with the product."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _LIBRARY.iterdir() if entry.name.endswith(".yaml"))
    )


@cache
def load_phrasebook(language: str) -> Phrasebook:
    """The shipped phrasebook of that language; raises `InputError`."""
    known = shipped_languages()
    if language not in known:
        raise InputError((Problem(language, "no such phrasebook", suggestion=did_you_mean(language, known)),))
    return phrasebook_from_document(read_document(_LIBRARY / f"{language}.yaml", place=f"{language}.yaml"))


def phrasebook_text(language: str) -> str:
    """The file of a shipped phrasebook, as it is; empty where there is none."""
    return read_text(_LIBRARY / f"{language}.yaml") if language in shipped_languages() else ""


def phrasebook_from_document(document: Document) -> Phrasebook:
    """The phrasebook in a document; raises `InputError` where a slot has no values."""
    book = validated(document, Phrasebook)
    problems = tuple(
        document.problem(loc, f"slot `{{{slot}}}` has no values", suggestion=did_you_mean(slot, book.slots))
        for loc, wording in _all_wordings(book)
        for slot in _SLOT.findall(wording.text)
        if slot not in book.slots
    )
    if problems:
        raise InputError(problems)
    return book


def is_held_out(number: int) -> bool:
    """Whether the wording of that number is kept from the recogniser and written by customers: one in three."""
    return number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1


def slots_of(text: str) -> list[str]:
    """Names of the slots in a wording, in order.

    >>> slots_of("where is {order_number}?")
    ['order_number']
    """
    return _SLOT.findall(text)


def _all_wordings(book: Phrasebook) -> Iterator[tuple[tuple[str | int, ...], Wording]]:
    for name, intent in book.intents.items():
        for number, wording in enumerate(intent.wordings):
            yield ("intents", name, "wordings", number, "text"), wording
    for kind in FollowUps.model_fields:
        for number, wording in enumerate(getattr(book.follow_ups, kind).wordings):
            yield ("follow_ups", kind, "wordings", number, "text"), wording
    for number, wording in enumerate(book.vague.wordings if book.vague else ()):
        yield ("vague", "wordings", number, "text"), wording
