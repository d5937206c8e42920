"""A recogniser in plain English."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..scenarios.intents import SMALL_TALK, TALK_TO_PERSON
from ..scenarios.keywords import Keywords
from ..scenarios.recognisers import Band, Confusion, Level, Own, Recogniser, bands_of
from .figures import percent

MOST_PHRASES = 8
_ROUNDING = 1e-9


def recogniser_lines(recogniser: Recogniser, intents: Collection[str]) -> Iterator[str]:
    """What the scenario's recogniser makes of messages, as a paragraph."""
    match recogniser:
        case Confusion():
            yield _known_quality(recogniser, intents)
        case Keywords():
            yield _phrases(recogniser, intents)
        case Own():
            yield (
                f"What a message is about is told by `{recogniser.function}`, a function of your own, which is asked "
                "once about every text."
            )
        case _:
            yield "What a message is about is recognised by its words; the recogniser learns from other wordings."


def _phrases(recogniser: Keywords, intents: Collection[str]) -> str:
    told = "; ".join(f"{intent} by {_some(phrases)}" for intent, phrases in recogniser.intents.items())
    text = (
        f"What a message is about is recognised by phrases, most of which in a message decide: {told}. The guess is "
        f"{percent(recogniser.confidence)} sure where only one has phrases in the message, else less by its share."
    )
    never = [name for name in (*intents, TALK_TO_PERSON) if name not in recogniser.intents]
    return f"{text} Never recognised, for want of phrases: {', '.join(never)}." if never else text


def _some(phrases: Sequence[str]) -> str:
    """A few phrases, and how many there are more.

    >>> _some(("money back", "refund"))
    '"money back", "refund"'
    """
    shown = ", ".join(f'"{phrase}"' for phrase in phrases[:MOST_PHRASES])
    return shown if len(phrases) <= MOST_PHRASES else f"{shown} and {len(phrases) - MOST_PHRASES} more"


def _known_quality(recogniser: Confusion, intents: Collection[str]) -> str:
    rows = {name: row for name, row in recogniser.rows.items() if name in intents}
    parts = [f"{name} as {_row(row)}" for name, row in rows.items()]
    if len(rows) < len(intents):
        parts.append(f"any {'other ' if rows else ''}problem {_without_a_row(recogniser)}")
    if TALK_TO_PERSON in recogniser.rows:
        parts.append(f"a request for a person as {_row(recogniser.rows[TALK_TO_PERSON])}")
    elif recogniser.asks_for_person is not None:
        parts.append(f"a request for a person {percent(recogniser.asks_for_person)} rightly, else not at all")
    else:
        parts.append(f"a request for a person {_without_a_row(recogniser)}")
    talk = recogniser.rows.get(SMALL_TALK)
    parts.append("small talk always rightly" if talk is None else f"small talk as {_row(talk)}")
    sure = recogniser.confidence
    return (
        f"Messages are recognised as well as this, whatever their words: {'; '.join(parts)}. Where the guess is right "
        f"it is {_sure(sure.right)}; where it is wrong, {_sure(sure.wrong)}."
    )


def _without_a_row(recogniser: Confusion) -> str:
    right = recogniser.right or 0.0
    text = f"{percent(right)} rightly"
    if recogniser.unknown:
        text += f", {percent(recogniser.unknown)} not at all"
    return f"{text}, else as any of the other intents" if 1 - right - recogniser.unknown > _ROUNDING else text


def _row(row: Mapping[str, float]) -> str:
    """A row of the matrix.

    >>> _row({"refund": 0.7, "invoice": 0.2})
    'refund 70%, invoice 20%, nothing 10%'
    """
    nothing = 1 - sum(row.values())
    told = {**row, "nothing": nothing} if nothing > _ROUNDING else row
    return ", ".join(f"{name} {percent(share)}" for name, share in told.items())


def _sure(confidence: Level) -> str:
    """How sure that is.

    >>> _sure(0.9)
    '90% sure'
    """
    bands = bands_of(confidence)
    if len(bands) == 1:
        return _band(bands[0])
    return ", ".join(f"{_band(band)} in {percent(band.share)}" for band in bands)


def _band(band: Band) -> str:
    if band.from_ == band.to:
        return f"{percent(band.to)} sure"
    return f"{percent(band.from_)} to {percent(band.to)} sure"
