"""What a bot waits for: a message about anything, the answer to a question, or a reply to what it has done."""

from __future__ import annotations

from dataclasses import dataclass

from ..rules.bot import Bot, Errand

HELP = 0
"""The state in which any message may come, and the bot tries to help."""


@dataclass(frozen=True, slots=True)
class Question:
    """A state: the bot has asked for `field`; `then` is the state after the answer, None: it has all it needs.

    `errand` is what it needs the answer for, by its number; None: to hand over.
    """

    field: str
    errand: int | None
    then: int | None


@dataclass(frozen=True, slots=True)
class States:
    """All states of a bot: `HELP`, one for each question, `done`, in which it has carried out an errand, and those of
    its own flow. A bot in Python has `HELP` and may ask anything there (`asks_freely`).

    Questions are numbered from 1; those before a hand-over come first. `first_of` holds the first question of each
    errand, None for one that needs to know nothing.
    """

    questions: tuple[Question, ...]
    errands: tuple[Errand, ...]
    first_of: tuple[int | None, ...]
    collects: int | None
    has_flow: bool
    asks_freely: bool = False

    @property
    def done(self) -> int:
        """The state after an errand that has been carried out: whoever writes now reaches a person."""
        return len(self.questions) + 1

    @property
    def first_of_flow(self) -> int:
        """The first state of the flow; from there on its states follow in their order."""
        return self.done + 1

    @property
    def several(self) -> bool:
        """Whether there is more than one state."""
        return bool(self.questions or self.errands or self.has_flow or self.asks_freely)

    def question(self, state: int) -> Question:
        """The question whose answer the bot waits for in a state."""
        return self.questions[state - 1]


def states_of(bot: Bot | None) -> States:
    """The states of a bot; of none, where there is no bot."""
    if bot is None:
        return States((), (), (), None, has_flow=False)
    questions: list[Question] = []

    def added(fields: tuple[str, ...], errand: int | None) -> int | None:
        first = len(questions) + 1
        for number, field in enumerate(fields):
            last = number + 1 == len(fields)
            questions.append(Question(field, errand, None if last else first + number + 1))
        return first if fields else None

    collects = added(bot.collect, None)
    first_of = tuple(added(errand.asks, number) for number, errand in enumerate(bot.errands))
    return States(
        tuple(questions),
        bot.errands,
        first_of,
        collects,
        has_flow=bot.flow is not None,
        asks_freely=bot.python is not None,
    )
