"""A bot of the user's own, turn by turn: what it is told, and what it replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Literal

from ..errors import BadValue
from .vocabulary import Channel

MOST_CHARACTERS: Final = 5_000
"""Of one reply."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Message:
    """What one side has said; the messages that a customer writes in one go are one, with a line each."""

    author: Literal["customer", "bot"]
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A bot's turn in a conversation: all that a desk would know by then, and no more.

    text               what the customer has just written
    intent             what the recogniser takes it for: an intent, `talk_to_person` or `small_talk`; `None`: nothing
    confidence         how sure it is, 0 to 1
    says               "yes" or "no", where the text is a plain answer
    messages           all that was said so far in this conversation, the text included
    number             of this turn in its conversation, from 1
    failures           turns of the bot that did not help, as `hand_over.after_failures` counts them
    state              what the bot returned as its `state` last time; `None` in the first turn
    attempt            1 for the first conversation about the problem
    channel            "chat" or "email"
    plan, language, page, tenure_s, contacts_30d, flags, since_help_centre_s
                       what rules see of the customer; `None` where it is not known
    second_of_week     local time, since Monday 00:00; `None` in later attempts, whose time only the running clock tells
    desk_open          whether anybody is on duty; `None` where the time is not known
    covered            the intents that the scenario's `knowledge` covers at all
    seed               of `random`

    >>> turn = Turn("Where is my money?", intent="refund", confidence=0.8, second_of_week=86_400 + 9.5 * 3600)
    >>> turn.weekday, turn.hour, turn.plan
    ('Tue', 9.5, None)
    """

    text: str
    intent: str | None = None
    confidence: float = 0.0
    says: Literal["yes", "no"] | None = None
    messages: tuple[Message, ...] = ()
    number: int = 1
    failures: int = 0
    state: Any = None
    attempt: int = 1
    channel: Channel = "chat"
    plan: str | None = None
    language: str | None = None
    page: str | None = None
    tenure_s: float | None = None
    contacts_30d: int | None = None
    flags: frozenset[str] | None = None
    since_help_centre_s: float | None = None
    second_of_week: float | None = None
    desk_open: bool | None = None
    covered: frozenset[str] = frozenset()
    seed: int = 0
    _drawn: list[Random] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def random(self) -> Random:
        """Random numbers of this turn's own, the same in every run with the same seed; asked again, they go on."""
        if not self._drawn:
            self._drawn.append(Random(self.seed))  # noqa: S311 - a simulation, not a secret
        return self._drawn[0]

    @property
    def weekday(self) -> str | None:
        """The day, such as "Mon", if the time is known."""
        return None if self.second_of_week is None else _DAYS[int(self.second_of_week // _DAY_S) % 7]

    @property
    def hour(self) -> float | None:
        """The hours since midnight, if the time is known: 9.5 is half past nine."""
        return None if self.second_of_week is None else self.second_of_week % _DAY_S / 3600


@dataclass(frozen=True, slots=True)
class Reply:
    """What a bot does in its turn: says the text, hands over, or closes.

    `about` is the intent whose knowledge the text is made of: an answer, or, with `article`, an article for the
    customer to read. It helps as answers and articles of that intent do. Without `about` the text is no help, and
    counts as a turn that did not help; a `question` does not, and the customer answers it. `confirm`: the text asks
    whether it helped; where it does not, fewer say so.

    To `hand_over` or to `close` it needs no text: the policy's words are said then. `state` is given back in the next
    turn.

    Raises `BadValue` for what is no reply.

    >>> Reply("Money comes back within a week. Did that help?", about="refund").about
    'refund'
    >>> Reply(hand_over=True, close=True)
    Traceback (most recent call last):
    deskdrill.errors.BadValue: a reply does one thing, found `hand_over` and `close`
    """

    text: str = ""
    about: str | None = None
    article: bool = False
    question: bool = False
    hand_over: bool = False
    close: bool = False
    confirm: bool = True
    state: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise BadValue(f"the text of a reply is a text, found {_shown(self.text)}")
        if not self.text.strip() and (self.text or not (self.hand_over or self.close)):
            raise BadValue("the text of a reply is empty")
        if len(self.text) > MOST_CHARACTERS:
            raise BadValue(f"the text of a reply has at most {MOST_CHARACTERS:,} characters, found {len(self.text):,}")
        if not self.text.isascii() and not _can_be_written(self.text):
            raise BadValue(f"the text of a reply cannot be written as UTF-8, found {_shown(self.text)}")
        if self.about is not None and not isinstance(self.about, str):
            raise BadValue(f"`about` is an intent or None, found {_shown(self.about)}")
        if self.article or self.question or self.hand_over or self.close or not self.confirm:
            self._does_one_thing()

    def _does_one_thing(self) -> None:
        done = [name for name in ("article", "question", "hand_over", "close") if getattr(self, name)]
        if len(done) > 1:
            raise BadValue(f"a reply does one thing, found `{done[0]}` and `{done[1]}`")
        if self.article and self.about is None:
            raise BadValue("an article is about an intent; give `about`")
        if self.about is not None and done not in ([], ["article"]):
            raise BadValue(f"`about` is for answers and articles, found it with `{done[0]}`")


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    text = ascii(value)
    return f"`{text if len(text) <= 60 else text[:59] + '...'}`"
