"""What a bot can say on a desk: every reply has a code, and replies that read alike share a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rules.alike import similarity_classes
from ..rules.bot import Bot
from ..rules.lines import answer_line, article_line, errand_line, plain, question_line
from .desk import Desk
from .states import states_of

HAND_OVER, MESSAGE_TAKEN, SAYS_WHEN, CLOSING = range(4)
_FIRST_FALLBACK = 4


@dataclass(frozen=True)
class Replies:
    """All replies of a bot on a desk.

    Codes: the four fixed ones, then the ways of not understanding, then an answer for each of the scenario's intents,
    then an article for each, then each question of its `states`, then two for each errand: it went well, or did not;
    then, for each state of a flow, what is said there (of a state that checks, one for each intent). `classes` holds
    for each code the lowest code whose text is at least 0.85 similar (TERMS: loop, version 1).

    From `first_own` on follow those that a bot in Python has made up; `None`: the bot is none. Which of them read alike
    only their dialogue says.
    """

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    classes: NDArray[np.integer[Any]]
    fallbacks: int
    first_answer: int
    first_article: int
    first_question: int
    first_errand: int
    first_of_flow: tuple[int, ...]
    first_own: int | None = None

    @property
    def first_fallback(self) -> int:
        """Code of the first way of not understanding."""
        return _FIRST_FALLBACK


def replies_of(bot: Bot, desk: Desk) -> Replies:
    """The replies that a bot has on a desk."""
    states = states_of(bot)
    intents = tuple(desk.scenario.intents)
    says = bot.says
    book = desk.book.intents
    texts = [says.hand_over, says.message_taken, says.says_when, says.closing]
    kinds = ["hand_over", "message_taken", "says_when", "closing"]
    texts += says.not_understood
    kinds += ["not_understood"] * len(says.not_understood)
    first_answer = len(texts)
    texts += [answer_line(bot, name, book[name].answer if name in book else None) for name in intents]
    kinds += [f"answer {name}" for name in intents]
    first_article = len(texts)
    texts += [article_line(bot, name, book[name].article if name in book else None) for name in intents]
    kinds += [f"article {name}" for name in intents]
    first_question = len(texts)
    texts += [question_line(bot, question.field) for question in states.questions]
    kinds += [
        f"{'collect' if question.errand is None else 'ask'} {question.field}" for question in states.questions
    ]
    first_errand = len(texts)
    for errand in states.errands:
        for worked in (True, False):
            texts.append(errand_line(bot, errand, worked=worked))
            kinds.append(f"{errand.kind if worked else 'failed'} {errand.intent}")
    first_of_flow = []
    for state in () if bot.flow is None else bot.flow.states:
        first_of_flow.append(len(texts))
        match state.act:
            case "says":
                texts.append(state.text)
                kinds.append(f"says {state.name}")
            case "asks":
                texts.append(question_line(bot, state.text))
                kinds.append(f"ask {state.text}")
            case "checks":
                texts += [state.text.replace("{intent}", plain(name)) for name in intents]
                kinds += [f"check {name}" for name in intents]
    return Replies(
        tuple(texts),
        tuple(kinds),
        similarity_classes(tuple(texts)),
        len(says.not_understood),
        first_answer,
        first_article,
        first_question,
        first_errand,
        tuple(first_of_flow),
    )
