"""A conversation with a bot, turn by turn: what the customer writes, what the bot says, and where the two stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .decide import Facts

Why = Literal[
    "no_bot", "guard", "language", "asked", "failures", "turn_limit", "unsure", "flow", "replied", "no_reply", "closed"
]
"""Why the bot's part is over: `closed` by itself, `no_reply` by a message to which nobody reads a reply, to people
for any other reason.
"""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a bot knows, by intent: `answers` and `articles` with their texts; `None`: something about every intent."""

    answers: Mapping[str, str] | None = None
    articles: Mapping[str, str] | None = None
    asks_recognised_from: float = 0.5
    """From which confidence on a message counts as a request for a person."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a customer writes, and what is known then.

    `facts` are those of the message and the conversation, as rules see them; `language` is what it is written in
    (`None`: one that the bot speaks). `answers`: it answers what the bot has asked for an errand, rather than say that
    this is not what was meant. `works`: what the bot looks up or changes now goes well. `after_s` are the seconds since
    the first message, `silent_s` those since the bot spoke last; `is_open` says by the latter whether anybody is there.
    """

    facts: Facts
    language: str | None = None
    answers: bool = True
    works: bool = True
    after_s: float = 0.0
    silent_s: float = 0.0
    is_open: Callable[[float], bool] = field(default=lambda _: True)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot: what it does, such as `answer refund`, and its words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation with a bot stands, before the customer's next message.

    heard       messages of the customer so far
    tries       times that the bot has tried to help; failures: of these, those after which the customer wrote again
    fails       whoever writes again now was not helped by what the bot said last
    question    what it has asked for: the intent of the errand (`None`: for the hand-over), and the how-manieth of its
                questions that is, from 0; `None`: nothing
    done        it has carried out a transaction, and whoever writes now reaches a person
    state       of its flow; `None`: none yet
    waits_s     how long it waits before it goes on by itself, as that state says; `None`: for ever
    tried       intents whose errands it has tried
    article     it has suggested an article
    topic       the intent that it recognised last, and `sure` how sure it is
    because     why it hands over once its questions are answered
    collected   it knows all that it asks for
    over        why its part is over; `None`: it is not; `guard`: which guard stopped it
    """

    heard: int = 0
    tries: int = 0
    failures: int = 0
    fails: bool = False
    question: tuple[str | None, int] | None = None
    done: bool = False
    state: str | None = None
    waits_s: float | None = None
    tried: frozenset[str] = frozenset()
    article: bool = False
    topic: str | None = None
    sure: float = 0.0
    because: Why | None = None
    collected: bool = False
    over: Why | None = None
    guard: str | None = None

    @property
    def to_people(self) -> bool:
        """Whether the conversation has gone to people."""
        return self.over not in (None, "closed", "no_reply")


BEGINNING: Final = Standing()
KNOWS_ALL: Final = Knowledge()
