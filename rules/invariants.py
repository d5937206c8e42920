"""Invariants: what must hold in every conversation under a policy, whoever writes and whatever is recognised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from .conditions import All, Any_, Atom, Condition, atoms
from .vocabulary import TALK_TO_PERSON, TRUE_INTENT

SAME_BOT_REPLY: Final = "same_bot_reply"
"""What `AtMost` counts where it is no act: how often the bot says what reads alike."""
ESCAPE_TURNS: Final = 2


@dataclass(frozen=True, slots=True)
class Never:
    """A condition that holds at no step of a conversation."""

    when: Condition


@dataclass(frozen=True, slots=True)
class After:
    """Once `when` holds for a message, `expect` holds in the reply to it or in one of the next, `within_turns` in all.

    Questions before a hand-over, and steps in which the customer writes nothing, are no turns. Where the bot's part
    ends before, it is broken; where the conversation just stops, it is not.
    """

    when: Condition
    within_turns: int
    expect: Condition


@dataclass(frozen=True, slots=True)
class AtMost:
    """So many times at most in a conversation; `of` is an act of the desk, or `same_bot_reply`."""

    times: int
    of: str


@dataclass(frozen=True, slots=True)
class NoLoop:
    """The bot does not go round in circles, as `loops` defines it; requests that it ignores are not counted here."""


Claim = Never | After | AtMost | NoLoop


@dataclass(frozen=True, slots=True)
class Invariant:
    """A claim with a name and a reason; `words` say it plainer than its conditions do."""

    id: str
    claim: Claim
    why: str | None = None
    words: str | None = field(default=None, compare=False, repr=False)
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)

    def conditions(self) -> Iterator[Condition]:
        """Its conditions, in their order."""
        match self.claim:
            case Never(when):
                yield when
            case After(when, _, expect):
                yield when
                yield expect


def built_in(asks_recognised_from: float = 0.5) -> Mapping[str, Invariant]:
    """The invariants that every policy should keep, by their ids; a message counts as a request for a person if it is
    known to be one, or, where nobody knows, if it is recognised as one from that confidence on.
    """
    recognised = All(
        (
            Atom(TRUE_INTENT, "unset", value=True),
            Atom("message.intent", "is", TALK_TO_PERSON),
            Atom("message.confidence", "gte", asks_recognised_from),
        )
    )
    asks = Any_((Atom(TRUE_INTENT, "is", TALK_TO_PERSON), recognised))
    reached = Atom("did", "contains_any", ("hand_over", "take_message", "say_when"))
    circles = Invariant("no-loop", NoLoop(), "whoever is led round in circles is not helped, and notices")
    words = f"within {ESCAPE_TURNS} turns of asking for a person, the customer gets one, or leaves a message"
    why = "whoever asks for a person and is not heard is lost, and tells others"
    escape = Invariant("escape-hatch", After(asks, ESCAPE_TURNS, reached), why, words)
    return {each.id: each for each in (circles, escape)}


def needs_truth(condition: Condition, groups: Mapping[str, Condition]) -> bool:
    """Whether a condition says nothing of messages whose true intent is not known. One that asks whether it is known
    says something of those, too.
    """
    tested = [atom.operator for atom in atoms(condition, groups) if atom.field == TRUE_INTENT]
    return bool(tested) and not {"set", "unset"} & set(tested)
