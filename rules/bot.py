"""What a bot does in a conversation, and what it says: answers, articles, errands, questions, the way to a person."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from ..errors import BadValue
from .flow import Flow
from .vocabulary import NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLLECTED: Final = 10
MOST_ERRANDS: Final = 30
"""A run keeps which of them a conversation has had as the bits of one number."""
REPLACED_BY_PYTHON: Final = ("answers", "articles", "errands", "flow")
"""What a bot in Python does by itself, so that nothing beside it says how."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The bot answers when the recogniser is at least this sure (0 to 1), and asks whether that helped if `confirm`.

    `only`: it has answers for these intents; `None`: for all that the knowledge base covers. `while_typing`: it shows
    the answer before the first message is sent, too.
    """

    confidence_at_least: float = 0.7
    confirm: bool = True
    only: tuple[str, ...] | None = None
    while_typing: bool = False
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Articles:
    """The bot suggests articles when the recogniser is at least this sure.

    Not to a customer who was in the help centre within the last `unless_help_centre_within` seconds; `None`: to
    everybody.
    """

    unless_help_centre_within: float | None = None
    confidence_at_least: float = 0.3
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PageSuggestion:
    """An article about `intent` that pages beginning with `page` offer before anybody writes."""

    page: str
    intent: str
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Errand:
    """What the bot does about one intent by itself, once it is sure enough and knows what it `asks` for.

    `look_up`: it fetches what the customer wants to know. `transaction`: it changes something, and says so in a message
    that a person reads the reply to, if `accepts_replies`. Tried once in a conversation.
    """

    kind: Literal["look_up", "transaction"]
    intent: str
    asks: tuple[str, ...] = ()
    confidence_at_least: float = 0.7
    accepts_replies: bool = True
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HandOver:
    """When the bot hands the conversation to a person: on being asked, after this many turns that did not help (or
    `never`), or at once where it has nothing to offer (`when_unsure`).
    """

    when_asked: bool = True
    after_failures: int | Literal["never"] = 2
    when_unsure: bool = False
    when_closed: Literal["take_message", "say_when", "bot_only"] = "take_message"


@dataclass(frozen=True, slots=True)
class Says:
    """The bot's words. `{article}`, `{field}`, `{intent}` and `{opens}` stand for what is filled in, nothing else."""

    not_understood: tuple[str, ...] = (
        "Sorry, I did not understand that. Could you put it another way?",
        "I am not sure what you mean. Could you say it in other words?",
        "I still cannot tell what you need. Could you describe it differently?",
    )
    confirm: str = "Did that help?"
    hand_over: str = "I am passing you on to a person, with what you have told me."
    message_taken: str = "Nobody is here right now. I have passed your message on, and a person will reply to you here."
    says_when: str = "Nobody is here right now. We are back {opens}, and a person will reply to you here."
    article: str = "This may help: {article}"
    collect: str = "Could you tell me your {field}?"
    looked_up: str = "Here is what I found about your {intent}."
    not_found: str = "I cannot look up your {intent} just now."
    done: str = "That is done: {intent}. If anything is left, just reply here."
    done_no_reply: str = "That is done: {intent}. Please do not reply to this message."
    not_done: str = "I cannot do that just now: {intent}."
    closing: str = "Thank you for writing to us. I am closing this conversation now."


@dataclass(frozen=True, slots=True)
class InPython:
    """A bot of the user's own: `function` is `module:attribute`, or the name of an entry point of the group
    `deskdrill.bots`, and is called once a turn with a `Turn` and gives a `Reply`. Its module is looked for in `folder`
    first.
    """

    function: str
    folder: str = field(default=".", compare=False, repr=False)
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bot:
    """What the bot does in a conversation that no guard keeps from it.

    It tries to help at most `max_turns` times: it goes on an errand, answers, suggests an article, or says that it did
    not understand; the first of these that it can do. Whose next message is no reason to hand over is handed over or
    closed, as `at_max_turns` says; closed too where nobody is there and `when_closed` is `bot_only`. Before it hands
    over, unless a guard stops it, it asks for each name of `collect` in turn. Its questions, and the words with which
    it hands over or closes, come on top of `max_turns`; a run counts them as turns of the bot.

    With a `flow` it does what its states say, in place of errands, answers and articles in this order; when it hands
    over, and how often it tries, holds in every state. A bot of the user's own, `python`, does what it likes in each
    turn, in place of all these and within the same bounds.

    Who writes in a language that is not in `languages` goes to people at once; `None`: it speaks all. Pages suggest
    articles whatever guards say, as they do so before anybody writes. `playful`: it jokes, whatever the matter.

    Raises `BadValue` for too many names or errands, a name twice in one list, one that is no name, two errands of one
    intent, or a bot in Python beside what it does in place of.
    """

    answers: Answers | None = None
    articles: Articles | None = None
    page_suggestions: tuple[PageSuggestion, ...] = ()
    errands: tuple[Errand, ...] = ()
    languages: tuple[str, ...] | None = None
    tone: Literal["plain", "playful"] = "plain"
    hand_over: HandOver = field(default_factory=HandOver)
    max_turns: int = 6
    at_max_turns: Literal["hand_over", "close"] = "hand_over"
    says: Says = field(default_factory=Says)
    collect: tuple[str, ...] = ()
    flow: Flow | None = None
    python: InPython | None = None
    languages_at: tuple[int, int] | None = field(default=None, compare=False, repr=False)
    """Line and column of `languages` in its file."""

    def __post_init__(self) -> None:
        if self.python is not None and (besides := [name for name in REPLACED_BY_PYTHON if getattr(self, name)]):
            raise BadValue(f"a bot in Python does by itself what `{besides[0]}` says")
        if len(self.errands) > MOST_ERRANDS:
            raise BadValue(f"a bot goes on at most {MOST_ERRANDS} kinds of errands, found {len(self.errands)}")
        if (twice := _twice([errand.intent for errand in self.errands])) is not None:
            raise BadValue(f"two errands about `{twice}`")
        for asked in (self.collect, *(errand.asks for errand in self.errands)):
            if len(asked) > MOST_COLLECTED:
                raise BadValue(f"a bot asks for at most {MOST_COLLECTED} things, found {len(asked)}")
            for name in asked:
                if re.fullmatch(NAME, name) is None:
                    raise BadValue(f"expected small letters, digits and underscores, a letter first, found `{name}`")
            if (twice := _twice(asked)) is not None:
                raise BadValue(f"`{twice}` is asked for twice")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What whoever begins to wait for people is told at once, by itself and not by the bot, so guards do not forbid it.

    `live` tells those who wait in a chat; `later` those who write e-mails or find nobody there. `{wait}` stands for how
    long it takes, `{opens}` for when somebody is there again. Customers who have been told wait longer, as their
    patience says, until the conversation ends.
    """

    live: bool = True
    later: bool = True
    says_wait: str = "A person will reply to you here in about {wait}."
    says_opens: str = "Nobody is here right now. We are back {opens}, and a person will reply to you here."


def _twice(names: Sequence[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)
