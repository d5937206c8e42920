"""What a policy does first with openings, as columns: straight to people, or the first act of its bot.

What `turn` says of a first message, for many at once; the two are held equal by a law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .columns import BoolArray, Column, Columns, FloatArray, Numbers, Words
from .standing import KNOWS_ALL, Knowledge
from .vocabulary import SMALL_TALK, TALK_TO_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .bot import Bot
    from .flow import State
    from .policy import Policy

PEOPLE: Final = "people"
"""No bot: straight to people."""
HANDS_OVER: Final = "hands_over"
COLLECTS: Final = "collects"
"""The bot asks for what people need to know, and then hands over."""
TO_PEOPLE: Final = (PEOPLE, HANDS_OVER, COLLECTS)
"""First acts after which people have the conversation, before the bot has tried to help."""
ACTS_IN_WORDS: Final[Mapping[str, str]] = {
    PEOPLE: "straight to people",
    HANDS_OVER: "the bot hands over at once",
    COLLECTS: "the bot asks questions, then hands over",
    "transaction": "the bot carries out a transaction",
    "look_up": "the bot looks something up",
    "answers": "the bot answers",
    "suggests": "the bot suggests an article",
    "not_understood": "the bot says that it does not understand",
    "closes": "the bot closes the conversation",
    "python": "the bot in Python replies",
}
"""First acts in words; those of a bot's own flow are `state NAME`."""


def act_in_words(act: str) -> str:
    """A first act in words.

    >>> act_in_words("state welcome")
    'the bot is in state welcome'
    """
    return ACTS_IN_WORDS.get(act, f"the bot is in {act}")


def first_acts(
    policy: Policy,
    columns: Columns,
    forbidden: BoolArray,
    knowledge: Knowledge = KNOWS_ALL,
    is_open: BoolArray | None = None,
    language: Words | None = None,
) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """For each row the index of its first act into the names given beside.

    `forbidden` is where a guard keeps the bot away; `is_open` where somebody is there, everywhere if `None`; `language`
    is what each is written in, if not `customer.language`.
    """
    if policy.bot is None:
        return np.zeros(columns.size, dtype=np.int16), (PEOPLE,)
    written = columns.column("customer.language") if language is None else language
    return _Openings(policy.bot, columns, knowledge, is_open).acts(forbidden, written)


class _Openings:
    """Openings under one bot, each given its first act once."""

    def __init__(self, bot: Bot, columns: Columns, knowledge: Knowledge, is_open: BoolArray | None) -> None:
        self._bot, self._knowledge, self._size = bot, knowledge, columns.size
        self._everybody = np.ones(self._size, dtype=np.bool_)
        self._columns = columns
        self._confidence = self._numbers("message.confidence", 0.0)
        asks = self._said("message.intent", lambda name: name == TALK_TO_PERSON)
        self._asked = asks & (self._confidence >= knowledge.asks_recognised_from)
        self._topical = self._said("message.intent", lambda name: name not in (TALK_TO_PERSON, SMALL_TALK))
        shut = np.zeros(self._size, dtype=np.bool_) if is_open is None else ~is_open
        self._alone = shut if bot.hand_over.when_closed == "bot_only" else np.zeros_like(shut)
        self._acts = np.zeros(self._size, dtype=np.int16)
        self._names: dict[str, int] = {}

    def acts(self, forbidden: BoolArray, written: Column | None) -> tuple[NDArray[np.int16], tuple[str, ...]]:
        bot = self._bot
        spoken = bot.languages
        foreign = np.zeros(self._size, dtype=np.bool_)
        if spoken is not None:
            foreign = self._named(written, lambda name: name not in spoken)
        rest = self._give(PEOPLE, forbidden | foreign, self._everybody)
        if bot.python is not None:
            self._give("python", self._everybody, rest)
            return self._acts, tuple(self._names)
        if bot.hand_over.when_asked:
            rest = self._hand_over(self._asked & ~self._alone, rest)
        if bot.flow is not None:
            self._step(rest)
        else:
            if bot.hand_over.when_asked:
                rest = self._give("not_understood", self._asked, rest)
            self._offer(rest)
        return self._acts, tuple(self._names)

    def _give(self, act: str, where: BoolArray, rest: BoolArray) -> BoolArray:
        """Gives the act where it belongs among the rest; what is left then."""
        code = self._names.setdefault(act, len(self._names))
        hit = where & rest
        self._acts[hit] = code
        return rest & ~hit

    def _hand_over(self, where: BoolArray, rest: BoolArray) -> BoolArray:
        return self._give(COLLECTS if self._bot.collect else HANDS_OVER, where, rest)

    def _offer(self, rest: BoolArray) -> None:
        bot, sure = self._bot, self._confidence
        for errand in bot.errands:
            about = self._about((errand.intent,))
            rest = self._give(errand.kind, about & (sure >= errand.confidence_at_least), rest)
        if bot.answers is not None:
            rest = self._give("answers", self._has_answer() & (sure >= bot.answers.confidence_at_least), rest)
        if bot.articles is not None:
            fresh = self._everybody
            if bot.articles.unless_help_centre_within is not None:
                since_s = self._numbers("customer.help_centre_visit", np.inf)
                fresh = since_s > bot.articles.unless_help_centre_within
            sure_enough = sure >= bot.articles.confidence_at_least
            rest = self._give("suggests", self._has_article() & sure_enough & fresh, rest)
        if bot.hand_over.when_unsure:
            rest = self._hand_over(~self._alone, rest)
        self._give("not_understood", self._everybody, rest)

    def _has_answer(self) -> BoolArray:
        answers, only = self._bot.answers, None if self._bot.answers is None else self._bot.answers.only
        found = self._topical if answers is None or only is None else self._about(only)
        return found if self._knowledge.answers is None else found & self._about(self._knowledge.answers)

    def _has_article(self) -> BoolArray:
        return self._topical if self._knowledge.articles is None else self._about(self._knowledge.articles)

    def _step(self, rest: BoolArray) -> None:
        """The first state of the bot's own flow, or the one that `otherwise` leads to."""
        assert self._bot.flow is not None  # only a bot with a flow steps
        # A plain yes or no is about nothing yet.
        topical = self._topical & ~self._said("message.says", lambda _: True)
        state: State | None = self._bot.flow.states[0]
        while state is not None:
            can = self._can(state, topical)
            match state.act:
                case "hands_over":
                    rest = self._hand_over(can & ~self._alone, rest)
                    rest = self._give("not_understood", can, rest)
                case "errand":
                    for errand in self._bot.errands:
                        rest = self._give(errand.kind, can & self._about((errand.intent,)), rest)
                case "answers" | "suggests" | "closes":
                    rest = self._give(state.act, can, rest)
                case _:
                    rest = self._give(f"state {state.name}", can, rest)
            state = None if state.otherwise is None else self._bot.flow.named(state.otherwise)

    def _can(self, state: State, topical: BoolArray) -> BoolArray:
        sure = topical & (self._confidence >= state.confidence_at_least)
        match state.act:
            case "answers":
                return sure & self._has_answer()
            case "suggests":
                return sure & self._has_article()
            case "errand":
                carried = tuple(errand.intent for errand in self._bot.errands if errand.confidence_at_least <= 1)
                return sure & self._about(carried)
            case "checks":
                return sure
        return self._everybody

    def _about(self, intents: Any) -> BoolArray:
        return self._topical & self._said("message.intent", lambda name: name in intents)

    def _said(self, field: str, wanted: Callable[[str], bool]) -> BoolArray:
        """Where a word is known and is a wanted one."""
        return self._named(self._columns.column(field), wanted)

    def _named(self, column: Column | None, wanted: Callable[[str], bool]) -> BoolArray:
        if not isinstance(column, Words):
            return np.zeros(self._size, dtype=np.bool_)
        # One more entry at the end, so that -1 (unset) finds it.
        return np.array([*map(wanted, column.names), False], dtype=np.bool_)[column.codes]

    def _numbers(self, field: str, unset: float) -> FloatArray:
        column = self._columns.column(field)
        if not isinstance(column, Numbers):
            return np.full(self._size, unset)
        values = column.values.astype(np.float64)
        return values if column.known is None else np.where(column.known, values, unset)
